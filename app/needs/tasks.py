"""The clock ends what is due, and the index follows committed state: each change of a need re-reads its document."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import search
from app.needs import repository
from app.needs.search import document
from app.needs.service import needs
from app.needs.workflow import NEED
from app.platform import outbox
from app.platform.db import reading
from search import sources
from search.documents import NEEDS, NeedDocument

BATCH = 500
READINGS = 5
MOVES = [f"need.{action}" for action in NEED.transitions]


@outbox.schedule("*/5 * * * *")
async def expire_needs() -> None:
    await needs.expire_due()


async def read(ids: Sequence[UUID]) -> list[NeedDocument]:
    """The documents of those of these needs that are open."""
    async with reading() as session:
        return [document(card, gist) for card, gist in await repository.documents(session, ids)]


async def index(ids: list[UUID]) -> None:
    """Bring these needs' documents in line with the database.

    Read again after writing: a job that read earlier may write later than one that read what came after.
    """
    written: list[NeedDocument] | None = None
    for _ in range(READINGS):
        shown = await read(ids)
        if shown == written:
            return
        await search.engine().upsert(NEEDS, shown)
        gone = set(ids) - {d.id for d in shown}
        await search.engine().delete(NEEDS, list(gone))
        written = shown


@outbox.subscribe("need.updated", *MOVES, priority=5)
async def index_need(need_id: str) -> None:
    await index([UUID(need_id)])


@outbox.subscribe("needs.imported")
async def index_imported(ids: str) -> None:
    """Index a batch of an import: their ids are random, so they are all named."""
    await index([UUID(i) for i in ids.split(",")])


@outbox.subscribe("organisation.updated", "organisation.verify", "organisation.suspend", "organisation.restore")
async def index_needs_of(organisation_id: str) -> None:
    """An organisation's name and standing are part of its named needs' documents; its blind ones know nothing of it."""
    after: UUID | None = None
    while True:
        async with reading() as session:
            ids = await repository.need_ids(session, after, BATCH, UUID(organisation_id))
        if not ids:
            return
        await index(ids)
        after = ids[-1]


async def every_document() -> AsyncIterator[NeedDocument]:
    """All documents in id order, for a rebuild."""
    after: UUID | None = None
    while True:
        async with reading() as session:
            ids = await repository.need_ids(session, after, BATCH)
            rows = await repository.documents(session, ids)
        if not ids:
            return
        for card, gist in rows:
            yield document(card, gist)
        after = ids[-1]


async def count() -> int:
    async with reading() as session:
        return await repository.indexable(session)


sources.register(NEEDS, read=read, every=every_document, count=count)
