"""What the product may ask of a search engine: pure values and one Protocol, the same for every engine.

Filters are slugs, never labels. The filters of one facet are alternatives, different facets all have to hold.
Facets are disjunctive: the counts of a facet leave out its own filter, so its other values stay choosable.
Highlights are ranges of characters, never HTML. What an engine can do beyond that it declares as capabilities.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from search.documents import Document

NO_FILTERS: Mapping[str, frozenset[str]] = {}
NO_RANGES: Mapping[str, tuple[int | None, int | None]] = {}


class Capability(StrEnum):
    PREFIX = "prefix"
    SYNONYMS = "synonyms"
    PHRASES = "phrases"
    EXCLUSION = "exclusion"
    RELAXED = "relaxed"
    DID_YOU_MEAN = "did_you_mean"
    TYPOS = "typos"
    HYBRID = "hybrid"
    DEEP_PAGES = "deep_pages"
    TRANSACTIONAL = "transactional"


@dataclass(frozen=True, slots=True)
class Query:
    """One search. `sort` empty: relevance with a text, newest without. `cursor` comes from an earlier answer.

    `locale` says in which language titles and summaries are highlighted, where a document has both. `strict`: only
    documents that hold every word; else, by relevance, a short list is filled up with near ones.
    """

    text: str = ""
    filters: Mapping[str, frozenset[str]] = field(default_factory=lambda: NO_FILTERS)
    ranges: Mapping[str, tuple[int | None, int | None]] = field(default_factory=lambda: NO_RANGES)
    sort: str = ""
    cursor: str | None = None
    limit: int = 20
    locale: str = "vi"
    facets: tuple[str, ...] = ()
    highlight: bool = True
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """`matched` names the parts of the document that hold a word of the query: title, keywords, summary, body."""

    id: UUID
    score: float
    matched: tuple[str, ...] = ()
    highlights: Mapping[str, list[tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """`terms` are the folded words looked for (see `search.highlight`); `relaxed`: not every word had to match."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
    facets: Mapping[str, Facet] = field(default_factory=dict)
    next_cursor: str | None = None
    did_you_mean: str | None = None
    relaxed: bool = False
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A phrase that published documents hold, and how many hold it."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """`stale`: built under other settings than today's code has, so it wants a rebuild."""

    name: str
    documents: int
    built_at: datetime | None
    building_since: datetime | None
    stale: bool


@dataclass(frozen=True, slots=True)
class EngineStatus:
    engine: str
    reachable: bool
    capabilities: frozenset[Capability]
    indexes: tuple[IndexStatus, ...]


class SearchEngine(Protocol):
    """`index` is a name in `search.documents.INDEXES`. Writes join the caller's unit of work where the engine can."""

    name: str
    capabilities: frozenset[Capability]

    async def search(self, index: str, query: Query) -> Answer: ...

    async def suggest(self, index: str, text: str, limit: int = 8) -> tuple[Suggestion, ...]: ...

    async def upsert(self, index: str, documents: Sequence[Document]) -> None: ...

    async def delete(self, index: str, ids: Sequence[UUID]) -> None: ...

    async def rebuild(self, index: str, documents: AsyncIterator[Document]) -> int:
        """Fill a fresh index beside the one in use, then swap; writes made meanwhile reach both. Returns the count."""
        ...

    async def count(self, index: str) -> int: ...

    async def status(self) -> EngineStatus: ...
