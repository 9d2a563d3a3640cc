"""What the server beside the database has still to be told, and who is telling it.

A write marks ids in the unit of work that changed them, so a mark commits or vanishes with its change. Whoever syncs
reads the marked documents from committed state, has them written, and only then strikes out the marks it read: a mark
made meanwhile is a newer one and stays. So nothing is lost wherever a process dies, and nothing old overwrites
anything new, for there is one writer at a time (an advisory lock of the database, gone with its holder).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, DateTime, Index, String, Table, Text, Uuid
from sqlalchemy import Sequence as Numbers
from sqlalchemy.exc import DBAPIError

from app.kit import clock
from app.platform import db
from search.meilisearch.journal import overtaken
from search.postgres.run import run

metadata = db.Base.metadata

MARKS = Numbers("search_mark", metadata=metadata)
PENDING = Table(
    "search_pending",
    metadata,
    Column("name", String, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("mark", BigInteger, MARKS, server_default=MARKS.next_value(), nullable=False),
    # Why the server would not take it; asked again when the document changes or an operator says so.
    Column("refused", Text),
    Index("ix_search_pending_mark", "name", "mark"),
)
BUILD = Table(
    "search_build",
    metadata,
    Column("name", String, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
)
# Written to the index in use while another is built beside it.
WRITTEN = Table(
    "search_written", metadata, Column("name", String, primary_key=True), Column("id", Uuid, primary_key=True)
)

LOCK = "santex.search"


class Busy(Exception):
    """Another process has been writing this index for too long to wait for it."""


@dataclass(frozen=True, slots=True)
class Backlog:
    waiting: int
    refused: Mapping[UUID, str]


async def mark(index: str, ids: Iterable[UUID]) -> None:
    """In the caller's unit of work."""
    async with db.unit_of_work() as session:
        await run(
            session,
            "INSERT INTO search_pending (name, id) SELECT %(index)s, unnest(%(ids)s::uuid[])"
            " ON CONFLICT (name, id) DO UPDATE SET mark = nextval('search_mark'), refused = NULL",
            {"index": index, "ids": sorted(set(ids))},
        )


async def take(index: str, limit: int) -> dict[UUID, int]:
    """The oldest marks, which stay until they are struck out."""
    async with db.reading() as session:
        rows = await run(
            session,
            "SELECT id, mark FROM search_pending WHERE name = %(index)s AND refused IS NULL ORDER BY mark LIMIT %(n)s",
            {"index": index, "n": limit},
        )
    return {row[0]: row[1] for row in rows}


async def strike_out(index: str, marks: Mapping[UUID, int]) -> None:
    async with db.unit_of_work() as session:
        await run(
            session,
            "DELETE FROM search_pending p USING unnest(%(ids)s::uuid[], %(marks)s::bigint[]) AS t(id, mark)"
            " WHERE p.name = %(index)s AND p.id = t.id AND p.mark = t.mark",
            {"index": index, "ids": list(marks), "marks": list(marks.values())},
        )


async def refuse(index: str, marks: Mapping[UUID, int], reasons: Mapping[UUID, str]) -> None:
    """Keep these, with the reason, but do not try them again as they are."""
    some = {id_: marks[id_] for id_ in reasons if id_ in marks}
    async with db.unit_of_work() as session:
        await run(
            session,
            "UPDATE search_pending p SET refused = t.why FROM unnest(%(ids)s::uuid[], %(marks)s::bigint[],"
            " %(whys)s::text[]) AS t(id, mark, why) WHERE p.name = %(index)s AND p.id = t.id AND p.mark = t.mark",
            {
                "index": index,
                "ids": list(some),
                "marks": list(some.values()),
                "whys": [reasons[id_][:1000].replace("\x00", "") for id_ in some],
            },
        )


async def backlog(index: str) -> Backlog:
    async with db.reading() as session:
        rows = await run(
            session,
            "SELECT id, refused, count(*) FILTER (WHERE refused IS NULL) OVER () FROM search_pending"
            " WHERE name = %(index)s ORDER BY refused IS NULL, mark LIMIT 100",
            {"index": index},
        )
    return Backlog(int(rows[0][2]) if rows else 0, {row[0]: row[1] for row in rows if row[1] is not None})


class PostgresJournal:
    """`search.meilisearch.Journal` for all processes of a site."""

    @asynccontextmanager
    async def exclusive(self, index: str) -> AsyncIterator[None]:
        # A transaction of its own that does nothing else, so that no row is locked while the network is waited for.
        async with db.database().write_sessions() as session, session.begin():
            try:
                await run(
                    session,
                    "SELECT pg_advisory_xact_lock(hashtext(%(lock)s), hashtext(%(index)s))",
                    {"lock": LOCK, "index": index},
                )
            except DBAPIError as error:  # the lock_timeout every session has
                raise Busy(f"another process is writing {index}") from error
            yield

    async def begin(self, index: str) -> UUID:
        build = uuid4()
        async with db.unit_of_work() as session:
            await run(
                session,
                "INSERT INTO search_build (name, id, since) VALUES (%(index)s, %(id)s, %(now)s)"
                " ON CONFLICT (name) DO UPDATE SET id = EXCLUDED.id, since = EXCLUDED.since",
                {"index": index, "id": build, "now": clock.now()},
            )
            await run(session, "DELETE FROM search_written WHERE name = %(index)s", {"index": index})
        return build

    async def wrote(self, index: str, ids: Iterable[UUID]) -> None:
        async with db.unit_of_work() as session:
            await run(
                session,
                "INSERT INTO search_written (name, id) SELECT name, unnest(%(ids)s::uuid[]) FROM search_build"
                " WHERE name = %(index)s ON CONFLICT DO NOTHING",
                {"index": index, "ids": sorted(set(ids))},
            )

    async def changed(self, index: str, build: UUID) -> set[UUID]:
        async with db.reading() as session:
            known = await run(session, "SELECT id FROM search_build WHERE name = %(index)s", {"index": index})
            if not known or known[0][0] != build:
                raise overtaken()
            rows = await run(session, "SELECT id FROM search_written WHERE name = %(index)s", {"index": index})
        return {row[0] for row in rows}

    async def end(self, index: str, build: UUID) -> None:
        async with db.unit_of_work() as session:
            ended = await run(
                session,
                "DELETE FROM search_build WHERE name = %(index)s AND id = %(id)s RETURNING id",
                {"index": index, "id": build},
            )
            if ended:
                await run(session, "DELETE FROM search_written WHERE name = %(index)s", {"index": index})

    async def building_since(self, index: str) -> datetime | None:
        async with db.reading() as session:
            rows = await run(session, "SELECT since FROM search_build WHERE name = %(index)s", {"index": index})
        return rows[0][0] if rows else None
