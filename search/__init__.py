"""The index (chỉ mục tìm kiếm) and its engines: one port, documents and settings as reviewed code.

    answer = await search.engine().search(search.LISTINGS, search.Query(text="xử lý nước thải", facets=("fields",)))

The index is a disposable projection: hits are ids and are read again from the database under the actor's visibility.
`configure` is called by the composition roots; nothing else chooses an engine.
"""

from __future__ import annotations

from search.documents import INDEXES, LISTINGS, ORGANISATIONS, Document, ListingDocument, OrganisationDocument
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
    "ORGANISATIONS",
    "Answer",
    "Capability",
    "Document",
    "EngineStatus",
    "Facet",
    "Hit",
    "IndexStatus",
    "ListingDocument",
    "OrganisationDocument",
    "Query",
    "SearchEngine",
    "Suggestion",
    "configure",
    "engine",
    "highlight",
]

_engine: SearchEngine | None = None


def configure(engine: SearchEngine | None) -> None:
    global _engine  # noqa: PLW0603 - one engine a process, set by the composition root
    _engine = engine


def engine() -> SearchEngine:
    if _engine is None:
        raise RuntimeError("search.configure() has not been called by the composition root")
    return _engine
