"""The verbs of the catalogue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

import search
from app import accounts
from app.accounts import OrganisationView
from app.catalogue import labels
from app.catalogue.schemas import (
    FACETS,
    FILTERS,
    CataloguePage,
    HomeFigures,
    OrganisationPage,
    Params,
    Result,
    Results,
    Suggestions,
)
from app.deals import deals
from app.kit import clock, paging
from app.kit.ids import parse_id
from app.listings import Card, cards, listings
from app.platform.db import reading
from app.web import formats
from search import LISTINGS, Answer, Query

HOME_SECONDS = 30
NO_HIGHLIGHT: dict[str, list[tuple[int, int]]] = {}


def query_of(params: Params, locale: str, *, facets: bool = True, marked: bool = False) -> Query:
    """The index's query of a search; `marked` asks where the words stand, which only the results page shows."""
    filters = {FILTERS[name]: frozenset(chosen) for name in FILTERS if (chosen := getattr(params, name))}
    if params.trl_min or params.trl_max:
        span = {str(n) for n in range(params.trl_min or 1, (params.trl_max or 9) + 1)}
        filters["trl"] = frozenset(filters.get("trl", frozenset(span)) & span) or frozenset({"none"})
    ranges = {}
    if params.price_min is not None or params.price_max is not None:
        ranges["price"] = (params.price_min, params.price_max)
    return Query(
        text=params.q,
        filters=filters,
        ranges=ranges,
        sort="" if params.sort == "relevance" else params.sort,
        cursor=params.cursor,
        limit=params.limit,
        locale=locale,
        facets=tuple(FACETS.values()) if facets else (),
        highlight=marked,
    )


class Catalogue:
    def __init__(self) -> None:
        self._home: tuple[float, HomeFigures] | None = None
        self._home_lock = asyncio.Lock()

    async def _found(
        self, params: Params, locale: str, *, facets: bool = True, marked: bool = False
    ) -> tuple[Answer, dict[UUID, Card]]:
        """Two statements: the index's answer, and the cards under the public's visibility."""
        answer = await search.engine().search(LISTINGS, query_of(params, locale, facets=facets, marked=marked))
        async with reading() as session:
            found = await cards(session, [h.id for h in answer.hits])
        return answer, found

    async def page(self, params: Params, locale: str) -> CataloguePage:
        answer, found = await self._found(params, locale)
        return CataloguePage.model_construct(
            items=[found[h.id] for h in answer.hits if h.id in found],
            next_cursor=answer.next_cursor,
            total=answer.total,
            facets=self._facets(answer),
            did_you_mean=answer.did_you_mean,
        )

    async def search(self, params: Params, locale: str) -> Results:
        """What the results page shows: cards with marked words and the places that matched."""
        answer, found = await self._found(params, locale, marked=True)
        items = []
        for hit in answer.hits:
            card = found.get(hit.id)
            if card is None:
                continue  # the index is a moment behind: what is no longer shown is passed over
            english = locale == "en"
            in_english = card.lang == "en"
            title_key = "title_en" if (english and card.title_en) or in_english else "title_vi"
            summary_key = "summary_en" if (english and card.summary_en) or not card.summary_vi else "summary_vi"
            marks = hit.highlights or NO_HIGHLIGHT
            items.append(
                Result(
                    card,
                    formats.highlight(card.title(locale), marks.get(title_key, [])),
                    formats.highlight(card.summary(locale), marks.get(summary_key, [])),
                    [labels.MATCHED[m].get(locale) for m in hit.matched if m in labels.MATCHED] if params.q else [],
                )
            )
        return Results(
            items, answer.total, self._facets(answer), answer.next_cursor, answer.did_you_mean, answer.relaxed
        )

    @staticmethod
    def _facets(answer: Answer) -> dict[str, dict[str, int]]:
        return {name: dict(answer.facets[facet].counts) for name, facet in FACETS.items() if facet in answer.facets}

    async def similar(self, card: Card, locale: str, limit: int = 4) -> list[Card]:
        """Listings near this one: its own title as the question, within its field first."""
        params = Params(q=card.title(locale), field=[card.field] if card.field else [], limit=limit + 1)
        answer, found = await self._found(params, locale, facets=False)
        near = [found[h.id] for h in answer.hits if h.id in found and h.id != card.id]
        if len(near) < limit and card.field:
            more = await self._found(Params(field=[card.field], limit=limit + 1), locale, facets=False)
            seen = {c.id for c in near} | {card.id}
            near += [c for h in more[0].hits if (c := more[1].get(h.id)) and c.id not in seen]
        return near[:limit]

    async def suggest(self, text: str, limit: int = 8) -> Suggestions:
        if len(text.strip()) < 2:
            return Suggestions(items=[])
        found = await search.engine().suggest(LISTINGS, text[:100], min(limit, 20))
        return Suggestions(items=[s.text for s in found])

    async def newest(self, locale: str, limit: int = 6) -> list[Card]:
        answer, found = await self._found(Params(sort="newest", limit=limit), locale, facets=False)
        return [found[h.id] for h in answer.hits if h.id in found]

    async def compare(self, ids: Sequence[str]) -> list[Card]:
        """Up to four public listings, in the order given."""
        wanted = [i for raw in ids[:4] if (i := parse_id(raw))]
        async with reading() as session:
            found = await cards(session, wanted)
        return [found[i] for i in dict.fromkeys(wanted) if i in found]

    async def organisations(self, *, kind: str | None, cursor: str | None, limit: int) -> OrganisationPage:
        """The directory in Vietnamese order."""
        limit = paging.clamp(limit)
        after = None
        if cursor:
            after = paging.position(cursor, paging.key, UUID)
        items, last = await accounts.accounts.directory(kind=kind, after=after, limit=limit)
        return OrganisationPage(items=items, next_cursor=paging.encode([last[0], str(last[1])]) if last else None)

    async def names(self, ids: Sequence[str]) -> dict[str, OrganisationView]:
        wanted = [i for raw in ids if (i := parse_id(raw))]
        async with reading() as session:
            found = await accounts.organisations_by_id(session, wanted)
        return {str(k): v for k, v in found.items()}

    async def home_figures(self) -> HomeFigures:
        """Counted at most every 30 seconds a process; `as_of` says when."""
        if self._home and time.monotonic() - self._home[0] < HOME_SECONDS:
            return self._home[1]
        async with self._home_lock:
            if self._home and time.monotonic() - self._home[0] < HOME_SECONDS:
                return self._home[1]
            shown, owners = await listings.totals()
            live, agreed, contracts = await deals.totals()
            figures = HomeFigures(
                as_of=clock.now(), technologies=shown, organisations=owners, live_deals=live, agreed=agreed,
                contracts=contracts,
            )  # fmt: skip
            self._home = (time.monotonic(), figures)
        return figures


catalogue = Catalogue()
