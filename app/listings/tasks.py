"""The index follows committed state: every change of a listing re-reads it and puts or removes its document."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import search
from app.listings import repository
from app.listings.search import document
from app.listings.workflow import LISTING
from app.platform import outbox
from app.platform.db import reading
from search import sources
from search.documents import LISTINGS, ListingDocument

BATCH = 500
READINGS = 5
MOVES = [f"listing.{action}" for action in LISTING.transitions]


async def read(ids: Sequence[UUID]) -> list[ListingDocument]:
    """The documents of those of these listings that are shown."""
    async with reading() as session:
        return [document(r) for r in await repository.documents(session, ids)]


async def index(ids: list[UUID]) -> None:
    """Bring these listings' documents in line with the database.

    Read again after writing: a job that read earlier may write later than one that read what came after.
    """
    written: list[ListingDocument] | None = None
    for _ in range(READINGS):
        shown = await read(ids)
        if shown == written:
            return
        await search.engine().upsert(LISTINGS, shown)
        gone = set(ids) - {d.id for d in shown}
        await search.engine().delete(LISTINGS, list(gone))
        written = shown


@outbox.subscribe("listing.updated", *MOVES, priority=5)
async def index_listing(listing_id: str) -> None:
    await index([UUID(listing_id)])


@outbox.subscribe("listings.imported")
async def index_imported(first: str, last: str) -> None:
    """Index a batch of an import, given by its first and last id."""
    after, end = UUID(int=UUID(first).int - 1), UUID(last)
    while True:
        async with reading() as session:
            ids = [i for i in await repository.listing_ids(session, after, BATCH) if i <= end]
        if not ids:
            return
        await index(ids)
        after = ids[-1]


@outbox.subscribe("organisation.updated", "organisation.verify", "organisation.suspend", "organisation.restore")
async def index_listings_of(organisation_id: str) -> None:
    """An organisation's name and standing are part of its listings' documents."""
    after: UUID | None = None
    while True:
        async with reading() as session:
            ids = await repository.listing_ids(session, after, BATCH, UUID(organisation_id))
        if not ids:
            return
        await index(ids)
        after = ids[-1]


async def every_document() -> AsyncIterator[ListingDocument]:
    """All documents in id order, for a rebuild."""
    after: UUID | None = None
    while True:
        async with reading() as session:
            ids = await repository.listing_ids(session, after, BATCH)
            rows = await repository.documents(session, ids)
        if not ids:
            return
        for row in rows:
            yield document(row)
        after = ids[-1]


async def count() -> int:
    async with reading() as session:
        return await repository.indexable(session)


sources.register(LISTINGS, read=read, every=every_document, count=count)
