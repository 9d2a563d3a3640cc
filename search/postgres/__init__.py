"""PostgreSQL as the search engine: full-text indexes for words, one bitmap a facet value for filters and counts.

Each document has a small number, `ord`. A facet value is a row of bits, one a document, in segments of 8,192; so
filters are ANDs, disjunctive counts are population counts, and both cost the same whatever was found. Words come
from two vectors under GIN indexes: `tsv` (all text, kept out of line) finds, `head` (title, keywords, identifiers;
kept in the narrow row) ranks. One statement gives hits, total and facets of one moment.

Every index has two slots, `a` and `b`: one is read, the other is filled by a rebuild and then swapped in. Writers
of an index queue on its row in `search_index`; a reader's statement says which slot was current in its own snapshot
and is repeated on the other when that was not the one read.
"""

from __future__ import annotations

from app.platform import db
from search.postgres.engine import PostgresEngine
from search.postgres.run import run
from search.postgres.tables import DDL, DROP, TABLES

__all__ = ["DDL", "DROP", "TABLES", "PostgresEngine", "create_all_for_tests"]


async def create_all_for_tests() -> None:
    """The engine's part of the schema, in the configured database."""
    async with db.unit_of_work() as session:
        for statement in DDL:
            await run(session, statement)
