"""Finding open needs: the search of an address, its answer with facet counts, and the feed of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree as ET

from markupsafe import Markup
from pydantic import BaseModel, BeforeValidator, ConfigDict

import search
from app import reference
from app.kit import clock, paging
from app.kit.text import Text
from app.kit.typed import line
from app.needs import bands, repository
from app.needs.schemas import NeedCard, NeedKind
from app.platform.db import reading
from app.reference import TransferMode
from app.settings import settings
from app.web import formats, forms
from search import NEEDS, Answer, Query
from search.documents import EPOCH

ATOM = "http://www.w3.org/2005/Atom"
MAX_QUERY = 300
DUE = (14, 30, 90)
SORTS: Mapping[str, Text] = {
    "relevance": Text("Phù hợp nhất", "Most relevant"),
    "newest": Text("Mới nhất", "Newest"),
    "deadline": Text("Sắp hết hạn trước", "Deadline first"),
    "title": Text("Tên A–Z", "Title A–Z"),
}
TITLES: Mapping[str, Text] = {
    "kind": Text("Loại nhu cầu", "Kind of need"),
    "field": Text("Lĩnh vực khoa học", "Field of science"),
    "budget": Text("Khoảng ngân sách", "Budget band"),
    "trl": Text("TRL chấp nhận", "Accepted TRL"),
    "mode": Text("Hình thức chuyển giao", "Mode of transfer"),
    "province": Text("Tỉnh, thành phố", "Province"),
    "due": Text("Hạn nhận đề xuất", "Deadline"),
}
ANY_DAY = Text("Bất kỳ", "Any")
WITHIN = Text("trong {n} ngày tới", "within {n} days")
DUE_WITHIN = Text("hạn trong {n} ngày tới", "due within {n} days")
EVERYTHING = Text("Mọi nhu cầu", "Every need")
# Parameter -> name of the facet in the index.
FACETS: Mapping[str, str] = {
    "kind": "kind", "field": "fields", "budget": "budget", "trl": "trl", "mode": "modes", "province": "province",
}  # fmt: skip
OPEN_FACETS = frozenset({"kind", "field", "budget"})
_VALUES: Mapping[str, Callable[[], Mapping[str, Text | str]]] = {
    "kind": lambda: {k.value: k.label for k in NeedKind},
    "field": lambda: {c: f.name for c, f in reference.fields().items()},
    "budget": lambda: bands.LABELS,
    "trl": lambda: {str(n): f"TRL {n}" for n in range(9, 0, -1)},
    "mode": lambda: {m.value: m.label for m in TransferMode},
    "province": lambda: {str(p.code): p.name for p in reference.provinces()},
}


def _many(value: Any) -> Any:
    values = value if isinstance(value, list | tuple) else [value]
    return [p.strip() for v in values if isinstance(v, str) for p in v.split(",") if p.strip()][:50]


def _cut(value: Any) -> Any:
    return (line(value) or "")[:MAX_QUERY] if isinstance(value, str) else ""


def _due(value: Any) -> Any:
    days = int(value) if str(value).isdigit() and len(str(value)) < 6 else 0
    return next((offered for offered in DUE if days <= offered), None) if days else None


def _sort(value: Any) -> Any:
    return value if value in SORTS else ""


def _capped(value: Any) -> Any:
    return paging.clamp(int(value)) if str(value).isdigit() else paging.DEFAULT_LIMIT


Many = Annotated[list[str], BeforeValidator(_many)]


class NeedParams(BaseModel):
    """A search as its address states it. Unknown parameters are ignored; a limit past the maximum is capped."""

    model_config = ConfigDict(extra="ignore")

    q: Annotated[str, BeforeValidator(_cut)] = ""
    kind: Many = []
    field: Many = []
    budget: Many = []
    trl: Many = []
    mode: Many = []
    province: Many = []
    due: Annotated[int | None, BeforeValidator(_due)] = None
    sort: Annotated[str, BeforeValidator(_sort)] = ""
    cursor: str | None = None
    limit: Annotated[int, BeforeValidator(_capped)] = paging.DEFAULT_LIMIT

    def address(self) -> str:
        """What is looked for, not how it is shown, always in the same order."""
        made: list[tuple[str, str]] = []
        for name in ("q", *FACETS, "due"):
            value = getattr(self, name)
            made += [(name, str(v)) for v in (sorted(value) if isinstance(value, list) else [value]) if v]
        return urlencode(made)


def from_pairs(pairs: Iterable[tuple[str, str]]) -> NeedParams:
    data: dict[str, list[str]] = {}
    for key, value in pairs:
        data.setdefault(key, []).append(value)
    return forms.build(NeedParams, {k: v if k in FACETS else v[-1] for k, v in data.items()})


def from_address(query: str) -> NeedParams:
    """The search of an address, as the results page reads it. Unknown parts are passed over."""
    return from_pairs(parse_qsl(query, max_num_fields=200, encoding="utf-8", errors="replace"))


class NeedPage(BaseModel):
    """Found needs with facet counts (a facet's own filter is left out of its counts)."""

    items: list[NeedCard]
    next_cursor: str | None
    total: int
    facets: dict[str, dict[str, int]]
    did_you_mean: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A found need as the page writes it."""

    card: NeedCard
    title: Markup
    summary: Markup


@dataclass(frozen=True, slots=True)
class Found:
    rows: list[Row]
    page: NeedPage
    relaxed: bool


def _query(params: NeedParams, locale: str) -> Query:
    ranges: dict[str, tuple[int | None, int | None]] = {}
    if params.due:
        today = (clock.today() - EPOCH).days
        ranges["deadline"] = (today, today + params.due)
    return Query(
        text=params.q,
        filters={index: frozenset(chosen) for name, index in FACETS.items() if (chosen := getattr(params, name))},
        ranges=ranges,
        sort="" if params.sort == "relevance" else params.sort,
        cursor=params.cursor,
        limit=params.limit,
        locale=locale,
        facets=tuple(FACETS.values()),
        highlight=False,
    )


async def find(params: NeedParams, locale: str) -> Found:
    """Two statements: the index's answer, and the cards under the public's visibility."""
    answer: Answer = await search.engine().search(NEEDS, _query(params, locale))
    async with reading() as session:
        cards = await repository.cards(session, [h.id for h in answer.hits])
    shown = [cards[h.id] for h in answer.hits if h.id in cards]
    rows = [
        Row(
            card,
            formats.highlight(card.name(locale), search.highlight(card.name(locale), answer.terms)),
            formats.highlight(card.about(locale), search.highlight(card.about(locale), answer.terms)),
        )
        for card in shown
    ]
    counts = {n: dict(answer.facets[i].counts) if i in answer.facets else {} for n, i in FACETS.items()}
    page = NeedPage.model_construct(
        items=shown, next_cursor=answer.next_cursor, total=answer.total, facets=counts,
        did_you_mean=answer.did_you_mean,
    )  # fmt: skip
    return Found(rows, page, answer.relaxed)


async def newest(params: NeedParams, cursor: str | None, limit: int) -> tuple[list[NeedCard], str | None]:
    """A page of the open needs that hold every word, newest first, and the next page's cursor."""
    asked = params.model_copy(update={"sort": "newest", "cursor": cursor, "limit": limit})
    answer: Answer = await search.engine().search(NEEDS, replace(_query(asked, "vi"), facets=(), strict=True))
    async with reading() as session:
        cards = await repository.cards(session, [h.id for h in answer.hits])
    return list(cards.values()), answer.next_cursor


@lru_cache
def values(facet: str, locale: str) -> dict[str, str]:
    """Slug -> label, in display order."""
    return {slug: t if isinstance(t, str) else t.get(locale) for slug, t in _VALUES[facet]().items()}


def drawn(params: NeedParams, counts: Mapping[str, Mapping[str, int]], locale: str) -> list[dict[str, Any]]:
    """The facets as the component draws them; values that nothing has are left out unless chosen."""
    made = []
    for name in FACETS:
        chosen, found = set(getattr(params, name)), counts.get(name, {})
        shown = [
            {
                "value": slug, "label": label, "count": found.get(slug, 0), "selected": slug in chosen,
                "depth": slug.count(".") if name == "field" else 0,
            }
            for slug, label in values(name, locale).items()
            if found.get(slug) or slug in chosen
        ]  # fmt: skip
        if shown:
            is_open = name in OPEN_FACETS or bool(chosen)
            made.append({"name": name, "title": TITLES[name].get(locale), "values": shown, "open": is_open})
    return made


def chips(params: NeedParams, address: Callable[..., str], locale: str) -> list[dict[str, str]]:
    """What is chosen, each with the address that takes it away (`address` gives the page's with changes)."""
    made = []
    for name in FACETS:
        chosen = getattr(params, name)
        for slug in chosen:
            left = [v for v in chosen if v != slug]
            label = values(name, locale).get(slug, slug)
            url = address(**{name: left}, cursor=None)
            made.append({"group": TITLES[name].get(locale), "label": label, "remove_url": url})
    if params.due:
        label = WITHIN.format(n=params.due).get(locale)
        made.append({"group": TITLES["due"].get(locale), "label": label, "remove_url": address(due=None, cursor=None)})
    return made


def described(params: NeedParams, locale: str) -> str:
    """The search in words: what a name proposes and a list of saved ones shows."""
    parts = [f"“{params.q}”"] if params.q else []
    for name in FACETS:
        parts += [values(name, locale).get(slug, slug) for slug in getattr(params, name)]
    if params.due:
        parts.append(DUE_WITHIN.format(n=params.due).get(locale))
    return ", ".join(parts) or EVERYTHING.get(locale)


def atom(cards: Iterable[NeedCard], query: str, locale: str, now: datetime) -> bytes:
    """Atom feed (RFC 4287) of a search; a blind need's entry has no author but "anonymous", and whole days."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")

    def add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
        element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
        element.text = text or None
        return element

    base = settings().base_url.rstrip("/")
    here = f"{base}/feeds/needs.atom" + (f"?{query}" if query else "")
    listed = list(cards)
    newest = max((c.published_at for c in listed if c.published_at), default=now)
    add(feed, "id", here)
    add(feed, "title", f"{settings().site_name}: " + ("new needs" if locale == "en" else "nhu cầu công nghệ mới"))
    add(feed, "updated", newest.isoformat())
    add(feed, "link", rel="self", href=here, type="application/atom+xml")
    add(feed, "link", rel="alternate", href=f"{base}/needs" + (f"?{query}" if query else ""))
    for card in listed:
        entry = add(feed, "entry")
        add(entry, "id", f"urn:uuid:{card.id}")
        add(entry, "title", card.name(locale))
        add(entry, "link", rel="alternate", href=f"{base}{card.url}")
        add(entry, "updated", (card.published_at or now).isoformat())
        add(add(entry, "author"), "name", card.asker(locale))
        add(entry, "summary", card.about(locale))
        for code in card.ipc:
            add(entry, "category", term=code, scheme="https://www.wipo.int/classifications/ipc")
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body
