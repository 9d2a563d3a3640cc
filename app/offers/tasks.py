"""Offers follow the clock, closed deals and released listings."""

from __future__ import annotations

from uuid import UUID

from app.offers.service import offers
from app.platform import outbox


@outbox.schedule("* * * * *")
async def expire_offers() -> None:
    await offers.expire_due()


@outbox.subscribe("deal.close", priority=8)
async def lapse_offers(deal_id: str) -> None:
    await offers.lapse_of(UUID(deal_id))


@outbox.subscribe("listing.release", "listing.restore", priority=4)
async def thaw_offers(listing_id: str) -> None:
    await offers.thaw(UUID(listing_id))
