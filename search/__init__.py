"""The index (chỉ mục tìm kiếm) and its engines: one port, documents and settings as reviewed code.

    answer = await search.engine().search(search.LISTINGS, search.Query(text="xử lý nước thải", facets=("fields",)))

The index is a disposable projection: hits are ids and are read again from the database under the actor's visibility.
`configure` is called by the composition roots; nothing else chooses an engine.
"""

from __future__ import annotations

from search.documents import (
    INDEXES,
    LISTINGS,
    NEEDS,
    ORGANISATIONS,
    Document,
    ListingDocument,
    NeedDocument,
    OrganisationDocument,
)
from search.notices import Notice
from search.port import (
    Answer,
    Capability,
    EngineStatus,
    Facet,
    Hit,
    IndexStatus,
    Query,
    SearchEngine,
    Suggestion,
)
from search.query import highlight

__all__ = [
    "INDEXES",
    "LISTINGS",
    "NEEDS",
    "ORGANISATIONS",
    "Answer",
    "Capability",
    "Document",
    "EngineStatus",
    "Facet",
    "Hit",
    "IndexStatus",
    "ListingDocument",
    "NeedDocument",
    "Notice",
    "OrganisationDocument",
    "Query",
    "SearchEngine",
    "Suggestion",
    "close",
    "configure",
    "engine",
    "highlight",
    "look",
    "notices",
]

_engine: SearchEngine | None = None


def configure(engine: SearchEngine | None) -> None:
    global _engine  # noqa: PLW0603 - one engine a process, set by the composition root
    _engine = engine


async def close() -> None:
    """End what the engine holds open, and forget it."""
    closing = getattr(_engine, "close", None)
    configure(None)
    if closing:
        await closing()


def engine() -> SearchEngine:
    if _engine is None:
        raise RuntimeError("search.configure() has not been called by the composition root")
    return _engine


def notices() -> tuple[Notice, ...]:
    """What operators should know about search just now; empty when all is well, and with one engine alone."""
    said = getattr(engine(), "notices", None)
    return said() if said else ()


async def look() -> tuple[Notice, ...]:
    """The same, with what other processes have found: they keep it in the database."""
    said = getattr(engine(), "look", None)
    return await said() if said else ()
