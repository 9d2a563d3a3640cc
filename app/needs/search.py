"""Row -> index document. Only the gist of a need ever enters the index, and never who asks blindly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app import reference
from app.kit import clock
from app.kit.text import sort_key
from app.needs.bands import bands
from app.needs.schemas import NeedCard
from search.documents import NeedDocument

_TEXTS = ("problem", "process", "constraints", "tried", "rights_note")
_LISTS = ("metrics", "must_haves", "nice_to_haves", "criteria")


def _body(gist: Mapping[str, Any]) -> str:
    said = [gist[name] for name in _TEXTS if gist.get(name)]
    for name in _LISTS:
        said += [" ".join(v for k in ("name", "text") if (v := row.get(k))) for row in gist.get(name, ())]
    return "\n".join(s for s in said if s)


def document(card: NeedCard, gist: Mapping[str, Any]) -> NeedDocument:
    english = card.lang == "en"
    levels = range(card.trl_min or 1, (card.trl_max or 9) + 1) if card.trl_min or card.trl_max else ()
    shown: datetime = card.published_at or clock.now()
    return NeedDocument(
        id=card.id,
        title_vi="" if english else card.title,
        title_en=card.title if english else card.title_en or "",
        summary_vi="" if english else card.summary or "",
        summary_en=(card.summary or "") if english else card.summary_en or "",
        body=_body(gist),
        asker_name=f"{card.asker_name or ''} {card.asker_name_en or ''} {card.ordering_authority or ''}".strip(),
        identifiers=[card.reference],
        ipc=card.ipc,
        keywords=card.keywords,
        kind=card.kind.value,
        fields=reference.field_and_parents(card.field) if card.field else (),
        priority=card.priority or "",
        trl=[str(n) for n in levels],
        modes=[m.value for m in card.modes],
        budget=bands(card.budget_min, card.budget_max),
        province=str(card.province) if card.province else "",
        deadline=card.deadline,
        published_at=shown,
        refreshed_at=shown,
        sort_title=sort_key(card.title),
    )
