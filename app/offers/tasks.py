"""Offers, approvals and memoranda follow the clock, closed deals and released listings."""

from __future__ import annotations

from uuid import UUID

from app.offers.heads import memoranda
from app.offers.service import offers
from app.platform import outbox


@outbox.schedule("* * * * *")
async def expire_offers() -> None:
    await offers.expire_due()
    await offers.lapse_approvals()


@outbox.schedule("7 * * * *")
async def remind_of_ends() -> None:
    await offers.remind_due()
    await memoranda.follow_clock()


@outbox.subscribe("deal.close", priority=8)
async def lapse_offers(deal_id: str) -> None:
    await offers.lapse_of(UUID(deal_id))
    await offers.lapse_approvals(deal_id=UUID(deal_id))


@outbox.subscribe("deal.close", "deal.contract", priority=4)
async def settle_memoranda(deal_id: str) -> None:
    await memoranda.follow_deal(UUID(deal_id))


@outbox.subscribe(
    "offer.accept", "offer.counter", "offer.decline", "offer.withdraw", "offer.expire", "offer.lapse", priority=4
)
async def lapse_approvals(offer_id: str) -> None:
    await offers.lapse_approvals(offer_id=UUID(offer_id))


@outbox.subscribe("listing.release", "listing.restore", priority=4)
async def thaw_offers(listing_id: str) -> None:
    await offers.thaw(UUID(listing_id))
