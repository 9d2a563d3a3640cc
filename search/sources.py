"""Where the documents of an index come from: capabilities above say it, engines and checks below use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from search.documents import Document


@dataclass(frozen=True, slots=True)
class Source:
    """`read`: the documents, of those ids, that are to be found now; the others are not. `every`: all, in id order.

    `count`: how many `every` would give, where that can be told without making them.
    """

    read: Callable[[Sequence[UUID]], Awaitable[Sequence[Document]]]
    every: Callable[[], AsyncIterator[Document]]
    count: Callable[[], Awaitable[int]] | None = None

    async def expected(self) -> int:
        if self.count:
            return await self.count()
        return sum([1 async for _ in self.every()])


_sources: dict[str, Source] = {}


def register(
    index: str,
    *,
    read: Callable[[Sequence[UUID]], Awaitable[Sequence[Document]]],
    every: Callable[[], AsyncIterator[Document]],
    count: Callable[[], Awaitable[int]] | None = None,
) -> None:
    _sources[index] = Source(read, every, count)


def sources() -> Mapping[str, Source]:
    return dict(_sources)
