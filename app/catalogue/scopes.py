"""What a saved search may be over: how its address is read, said in words and searched, and what a match shows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import search
from app import listings, needs
from app.catalogue import labels
from app.catalogue.schemas import FACETS, Scope, from_address
from app.catalogue.service import catalogue, query_of
from app.listings import Card
from app.needs import NeedCard
from app.platform.db import reading
from app.web import formats
from search import LISTINGS

PAGE = 100
C = TypeVar("C", Card, NeedCard)


@dataclass(frozen=True, slots=True)
class Line:
    """A match as a list and a mail write it."""

    title: str
    by: str
    url: str
    trl: int | None
    published_at: datetime | None
    deadline: date | None = None


class Searched(ABC, Generic[C]):
    """One scope, as saved searches need it."""

    @abstractmethod
    def address(self, query: str) -> str:
        """The one form of all addresses of the same search."""

    @abstractmethod
    async def describe(self, query: str, locale: str) -> str:
        """The search in words: what a name proposes and a list shows."""

    @abstractmethod
    async def newest(self, query: str, cursor: str | None) -> tuple[Sequence[C], str | None]:
        """A page of public results, newest first, and the next page's cursor.

        Strictly: what holds only some of the words is good enough to look at, not to be told of.
        """

    @abstractmethod
    async def cards(self, ids: Sequence[UUID]) -> Mapping[UUID, C]:
        """Cards of those that are shown to all today."""

    @abstractmethod
    def line(self, card: C, locale: str) -> Line: ...

    def waits(self, card: C) -> bool:
        """Whether it is found and told of at the digest's hour only, and of past days only: its hours are secret."""
        return False

    def told(self, card: C) -> bool:
        """Whether a mail still has reason to tell of it."""
        return True


class OverListings(Searched[Card]):
    def address(self, query: str) -> str:
        return from_address(query).address()

    async def describe(self, query: str, locale: str) -> str:
        params = from_address(query)
        parts = [f"“{params.q}”"] if params.q else []
        for name in FACETS:
            parts += [labels.value(name, slug, locale) for slug in getattr(params, name)]
        if params.org:
            names = await catalogue.names(params.org)
            parts += [names[i].name(locale) if i in names else i for i in params.org]
        if params.trl_min or params.trl_max:
            parts.append(f"TRL {params.trl_min or 1}–{params.trl_max or 9}")
        if params.price_min is not None or params.price_max is not None:
            ends = (params.price_min, params.price_max)
            parts.append(" – ".join("…" if e is None else formats.money_short(e, locale) for e in ends))
        if params.refreshed:
            parts.append(labels.WITHIN.format(n=params.refreshed).get(locale))
        return ", ".join(parts) or labels.EVERYTHING.get(locale)

    async def newest(self, query: str, cursor: str | None) -> tuple[Sequence[Card], str | None]:
        params = from_address(query).model_copy(update={"sort": "newest", "cursor": cursor, "limit": PAGE})
        params, _ = await catalogue.understood(params)
        asked = replace(query_of(params, "vi", facets=False), strict=True)
        answer = await search.engine().search(LISTINGS, asked)
        shown = await self.cards([h.id for h in answer.hits])
        return list(shown.values()), answer.next_cursor

    async def cards(self, ids: Sequence[UUID]) -> Mapping[UUID, Card]:
        async with reading() as session:
            return await listings.cards(session, ids)

    def line(self, card: Card, locale: str) -> Line:
        return Line(card.title(locale), card.org(locale), card.url, card.trl, card.published_at)


class OverNeeds(Searched[NeedCard]):
    def address(self, query: str) -> str:
        return needs.search_of(query).address()

    async def describe(self, query: str, locale: str) -> str:
        return needs.described(needs.search_of(query), locale)

    async def newest(self, query: str, cursor: str | None) -> tuple[Sequence[NeedCard], str | None]:
        return await needs.newest(needs.search_of(query), cursor, PAGE)

    async def cards(self, ids: Sequence[UUID]) -> Mapping[UUID, NeedCard]:
        async with reading() as session:
            return await needs.cards(session, ids)

    def line(self, card: NeedCard, locale: str) -> Line:
        return Line(card.name(locale), card.asker(locale), card.url, None, card.published_at, card.deadline)

    def waits(self, card: NeedCard) -> bool:
        return card.blind

    def told(self, card: NeedCard) -> bool:
        return card.status in needs.OPEN


_OVER: Mapping[Scope, Searched[Any]] = {Scope.listings: OverListings(), Scope.needs: OverNeeds()}


def over(scope: str) -> Searched[Any]:
    return _OVER[Scope(scope)]
