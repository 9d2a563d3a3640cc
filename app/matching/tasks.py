"""Matches follow both sides: each change of a need or a listing looks again for its matches, after the index has it."""

from __future__ import annotations

from uuid import UUID

from app.listings import LISTING
from app.matching import finding, repository
from app.matching.service import matching
from app.needs import NEED, OPEN
from app.platform import outbox
from app.platform.db import unit_of_work

BATCH = 200
# Moves into the market and out of it; what happens to drafts is no matter.
NEED_MOVES = [f"need.{t.action}" for t in NEED.transitions.values() if {t.target, *t.sources} & set(OPEN)]
LISTING_MOVES = [f"listing.{t.action}" for t in LISTING.transitions.values() if "published" in (t.target, *t.sources)]


# After the index, which hears of the same changes with a higher priority.
@outbox.subscribe("need.updated", "match.need", *NEED_MOVES, priority=-5, long=True)
async def match_need(need_id: str) -> None:
    await finding.look_for_need(UUID(need_id))


@outbox.subscribe("listing.updated", *LISTING_MOVES, priority=-5, long=True)
async def match_listing(listing_id: str) -> None:
    await finding.look_for_listing(UUID(listing_id))


@outbox.subscribe("listings.imported", "organisation.restore", priority=-6, long=True)
async def match_again_after_many(**_ids: str) -> None:
    """Many listings at once: the open needs, far fewer, look again."""
    await look_again()


@outbox.subscribe("needs.imported", priority=-6, long=True)
async def match_imported_needs(ids: str) -> None:
    async with unit_of_work() as session:
        for id_ in ids.split(","):
            outbox.publish(session, "match.need", need_id=id_)


@outbox.subscribe("match_weights.enforce", priority=-6, long=True)
async def match_again_under_new_weights(match_weights_id: str) -> None:
    await look_again()


async def look_again() -> None:
    """A job for each open need; the looks themselves are bounded."""
    after: UUID | None = None
    while True:
        async with unit_of_work() as session:
            ids = await repository.open_needs_after(session, after, BATCH)
            for id_ in ids:
                outbox.publish(session, "match.need", need_id=id_)
        if not ids:
            return
        after = ids[-1]


@outbox.schedule("*/10 * * * *")
async def catch_up() -> None:
    """The same need twice in the queue is looked at twice, which changes nothing."""
    async with unit_of_work() as session:
        for id_ in await repository.never_looked_at(session, BATCH):
            outbox.publish(session, "match.need", need_id=id_)


@outbox.schedule("0 0 * * *")
async def tell_of_matches() -> None:
    """Seven in the morning in Vietnam."""
    await matching.open_digests()
