"""The index of organisations: what accounts knows of them, and what listings count for them.

Kept here because both doors are in reach. Only organisations shown to all are in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import search
from app import accounts
from app.listings import listing_ids, offered_by, owners_of
from app.platform.db import reading
from search import sources
from search.documents import ORGANISATIONS, OrganisationDocument

BATCH = 500
READINGS = 5


async def read(ids: Sequence[UUID]) -> list[OrganisationDocument]:
    """The documents of those of these organisations that are shown."""
    async with reading() as session:
        return await accounts.organisation_documents(session, ids, await offered_by(session, ids))


async def index(ids: Sequence[UUID]) -> None:
    """Bring these organisations' documents in line with the database.

    Read again after writing: two listings of one organisation are followed by two jobs, and the one that read earlier
    may write later.
    """
    written: list[OrganisationDocument] | None = None
    for _ in range(READINGS):
        shown = sorted(await read(ids), key=lambda d: d.id)
        if shown == written:
            return
        await search.engine().upsert(ORGANISATIONS, shown)
        gone = set(ids) - {d.id for d in shown}
        await search.engine().delete(ORGANISATIONS, list(gone))
        written = shown


async def index_between(first: UUID, last: UUID) -> None:
    """All organisations whose ids lie between these, both included."""
    after: UUID | None = UUID(int=first.int - 1)
    while True:
        async with reading() as session:
            ids = await accounts.organisation_ids(session, after, BATCH, last)
        if not ids:
            return
        await index(ids)
        after = ids[-1]


async def index_owners(ids: Sequence[UUID], *, shown: bool = False) -> None:
    """The organisations of these listings; `shown`: as far as the listings are public."""
    async with reading() as session:
        owners = await owners_of(session, ids, shown=shown)
    if owners:
        await index(owners)


async def index_owners_between(first: UUID, last: UUID) -> None:
    """The organisations of the public listings whose ids lie between these, both included; each once a batch."""
    after: UUID | None = UUID(int=first.int - 1)
    while True:
        async with reading() as session:
            ids = [i for i in await listing_ids(session, after, BATCH) if i <= last]
        if not ids:
            return
        await index_owners(ids)
        after = ids[-1]


async def every_document() -> AsyncIterator[OrganisationDocument]:
    """All documents in id order, for a rebuild."""
    after: UUID | None = None
    while True:
        async with reading() as session:
            ids = await accounts.organisation_ids(session, after, BATCH)
            found = await accounts.organisation_documents(session, ids, await offered_by(session, ids))
        if not ids:
            return
        for document in sorted(found, key=lambda d: d.id):
            yield document
        after = ids[-1]


async def count() -> int:
    async with reading() as session:
        return await accounts.count_organisations(session)


sources.register(ORGANISATIONS, read=read, every=every_document, count=count)
