"""Saved searches follow what is shown: a change is noted, a run a minute looks and tells."""

from __future__ import annotations

from uuid import UUID

from app.catalogue.saved import saved_searches
from app.listings import LISTING
from app.platform import outbox

SHOWS = [f"listing.{t.action}" for t in LISTING.transitions.values() if t.target == "published"]


# After the index, which hears of the same changes with a higher priority.
@outbox.subscribe("listing.updated", *SHOWS, "listings.imported", priority=-5)
async def note_catalogue_change(**_ids: str) -> None:
    await saved_searches.note_change()


@outbox.subscribe("saved_search.digest")
async def mail_saved_search_digest(digest_id: str) -> None:
    await saved_searches.send_digest(UUID(digest_id))


@outbox.schedule("* * * * *")
async def run_saved_searches() -> None:
    await saved_searches.run()
