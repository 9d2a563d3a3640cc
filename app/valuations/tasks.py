"""Cases follow the calendar, and the listing they are about."""

from __future__ import annotations

from uuid import UUID

from app.platform import outbox
from app.valuations.service import valuations


@outbox.schedule("20 17 * * *")  # 00:20 in Vietnam: what expired with yesterday is marked today
async def sweep_valuations() -> None:
    await valuations.sweep()


@outbox.subscribe("listing.updated", priority=2)
async def mark_edited_asset(listing_id: str) -> None:
    await valuations.asset_edited(UUID(listing_id))
