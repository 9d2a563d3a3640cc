"""Saved searches follow what is shown: a change is noted, a run a minute looks and tells. So does the index of
organisations, which says how many public listings each of them has."""

from __future__ import annotations

from uuid import UUID

from app.catalogue import organisations
from app.catalogue.saved import saved_searches
from app.listings import LISTING, VISIBLE
from app.needs import NEED, OPEN
from app.platform import outbox

SHOWS = [f"listing.{t.action}" for t in LISTING.transitions.values() if t.target == "published"]
SHOWS += [f"need.{t.action}" for t in NEED.transitions.values() if t.target in OPEN]
# What makes a listing one more, or one less, of its organisation's public ones.
COUNTS = [
    f"listing.{t.action}"
    for t in LISTING.transitions.values()
    if any((source in VISIBLE) != (t.target in VISIBLE) for source in t.sources)
]


@outbox.subscribe(
    "organisation.register", "organisation.updated", "organisation.verify", "organisation.suspend",
    "organisation.restore", priority=4,
)  # fmt: skip
async def index_organisation(organisation_id: str) -> None:
    await organisations.index([UUID(organisation_id)])


@outbox.subscribe("organisations.imported")
async def index_imported_organisations(first: str, last: str) -> None:
    """A batch of an import, given by its first and last id."""
    await organisations.index_between(UUID(first), UUID(last))


@outbox.subscribe(*COUNTS, priority=4)
async def index_owner(listing_id: str) -> None:
    await organisations.index_owners([UUID(listing_id)])


@outbox.subscribe("listing.updated", priority=3)
async def index_owner_of_changed(listing_id: str) -> None:
    """Its field may be another one. A draft's changes are none of its organisation's document."""
    await organisations.index_owners([UUID(listing_id)], shown=True)


@outbox.subscribe("listings.imported")
async def index_owners_of_imported(first: str, last: str) -> None:
    await organisations.index_owners_between(UUID(first), UUID(last))


# After the index, which hears of the same changes with a higher priority.
@outbox.subscribe("listing.updated", "need.updated", *SHOWS, "listings.imported", "needs.imported", priority=-5)
async def note_catalogue_change(**_ids: str) -> None:
    await saved_searches.note_change()


@outbox.subscribe("saved_search.digest")
async def mail_saved_search_digest(digest_id: str) -> None:
    await saved_searches.send_digest(UUID(digest_id))


@outbox.schedule("* * * * *")
async def run_saved_searches() -> None:
    await saved_searches.run()
