"""Who may write an index of Meilisearch, and what was written while a new one was being built beside it.

Meilisearch has no transactions: what keeps an old view from overwriting a new one is that writers come one after
another, and what keeps a swap from losing writes is that it knows them. This one serves a single process;
`search.pending.PostgresJournal` serves all processes of a site.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from app.kit import clock
from app.kit.errors import Conflict
from app.kit.text import Text


def overtaken() -> Conflict:
    return Conflict(
        "rebuild_overtaken",
        Text("Một lần dựng lại chỉ mục khác đã thay lần này.", "Another rebuild has taken this one's place."),
    )


class Journal(Protocol):
    def exclusive(self, index: str) -> AbstractAsyncContextManager[None]:
        """One writer of an index at a time."""
        ...

    async def begin(self, index: str) -> UUID:
        """A rebuild begins, instead of any other under way: from now on writes are remembered."""
        ...

    async def wrote(self, index: str, ids: Iterable[UUID]) -> None:
        """These were written or removed; remembered while a rebuild is under way."""
        ...

    async def changed(self, index: str, build: UUID) -> set[UUID]:
        """What was written since the rebuild began; Conflict when another has taken its place."""
        ...

    async def end(self, index: str, build: UUID) -> None: ...

    async def building_since(self, index: str) -> datetime | None: ...


@dataclass(slots=True)
class _Build:
    id: UUID
    since: datetime
    changed: set[UUID] = field(default_factory=set)


class MemoryJournal:
    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._builds: dict[str, _Build] = {}

    @asynccontextmanager
    async def exclusive(self, index: str) -> AsyncIterator[None]:
        async with self._locks.setdefault(index, asyncio.Lock()):
            yield

    async def begin(self, index: str) -> UUID:
        build = _Build(uuid4(), clock.now())
        self._builds[index] = build
        return build.id

    async def wrote(self, index: str, ids: Iterable[UUID]) -> None:
        if index in self._builds:
            self._builds[index].changed.update(ids)

    async def changed(self, index: str, build: UUID) -> set[UUID]:
        under_way = self._builds.get(index)
        if under_way is None or under_way.id != build:
            raise overtaken()
        return set(under_way.changed)

    async def end(self, index: str, build: UUID) -> None:
        under_way = self._builds.get(index)
        if under_way is not None and under_way.id == build:
            del self._builds[index]

    async def building_since(self, index: str) -> datetime | None:
        under_way = self._builds.get(index)
        return under_way.since if under_way else None
