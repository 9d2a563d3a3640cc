"""Row -> index document. Only what is public of a listing ever enters the index."""

from __future__ import annotations

from typing import Any

from app import reference
from app.kit.text import sort_key
from app.listings import tiers
from app.listings.schemas import Tier
from search.documents import ListingDocument

_STORY = ("problem", "solution", "applications", "target_users", "limits", "cooperation", "trl_evidence")


def document(row: Any) -> ListingDocument:
    """The document of one row of `repository.documents`."""
    (
        id_, lang, title_vi, title_en, summary_vi, summary_en, story, keywords, ipc, field, priority, trl, ip_kinds,
        modes, price_policy, price_from, price_to, province, published_at, refreshed_at, org_id, org_vi, org_en,
        org_kind, chosen, number, _status, evidence, numbers,
    ) = row  # fmt: skip
    visible = {k: Tier(v) for k, v in chosen.items()}
    body = "\n".join(story[k] for name in _STORY for k in (f"{name}_vi", f"{name}_en") if k in story)
    claims = "\n".join(story[k] for k in ("advantages_vi", "advantages_en") if k in story)
    identifiers = [f"CN-{number:05d}"]
    if tiers.tier_of(visible, "rights") is Tier.public:
        identifiers += numbers or []
    english = lang == "en"
    return ListingDocument(
        id=id_,
        title_vi="" if english else title_vi,
        title_en=title_vi if english else title_en or "",
        summary_vi="" if english else summary_vi or "",
        summary_en=(summary_en or summary_vi or "") if english else summary_en or "",
        body=body,
        claims=claims,
        owner_name=f"{org_vi} {org_en or ''}".strip(),
        owner_id=org_id,
        owner_kind=org_kind,
        identifiers=identifiers,
        ipc=ipc,
        keywords=keywords,
        fields=reference.field_and_parents(field) if field else (),
        priority=priority or "",
        trl=trl,
        ip_kinds=ip_kinds,
        modes=modes,
        price_policy=price_policy or "",
        price_from=price_from,
        price_to=price_to,
        province=str(province) if province else "",
        evidence_level=str(evidence) if evidence is not None else "",
        published_at=published_at,
        refreshed_at=refreshed_at or published_at,
        sort_title=sort_key(title_vi),
    )
