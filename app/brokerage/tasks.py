"""Brokerage follows the clock, its clients' things, and the deals its introductions lead to."""

from __future__ import annotations

from uuid import UUID

from app.brokerage.claiming import claims
from app.brokerage.introducing import introductions
from app.brokerage.mandating import mandates
from app.brokerage.settling import attributing
from app.platform import outbox


@outbox.schedule("*/5 * * * *")
async def turn_mandates() -> None:
    """Mandates end and extend on the day, in Vietnam."""
    await mandates.turn_due()


@outbox.schedule("3-59/15 * * * *")
async def lapse_introductions() -> None:
    await introductions.lapse_due()


@outbox.subscribe("listing.archive", "listing.transfer")
async def listing_left(listing_id: str) -> None:
    await mandates.client_closed("listing_ids", UUID(listing_id))


@outbox.subscribe("need.win", "need.close", "need.expire", "need.withdraw", "need.reject")
async def need_left(need_id: str) -> None:
    await mandates.client_closed("need_ids", UUID(need_id))


@outbox.subscribe("deal.express_interest", "deal.contract", priority=6)
async def attribute_deal(deal_id: str) -> None:
    """A deal has opened, or its contract stands: who brought it about, and what is due for it."""
    await attributing.settle(UUID(deal_id))


@outbox.subscribe("introduction_claim.decide", "introduction_claim.decide_appeal", priority=6)
async def apply_decision(introduction_claim_id: str) -> None:
    _, own = await claims.told(UUID(introduction_claim_id))
    seller, buyer = own.client_org_id, own.counterparty_org_id
    if own.side == "buyer":
        seller, buyer = buyer, seller
    await attributing.settle_between(seller, buyer)


@outbox.subscribe("conflict_finding.clear", "conflict_finding.consent", "conflict_finding.end")
async def seat_brokers(conflict_finding_id: str) -> None:
    """The firewall may let in now whom it refused."""
    await attributing.seat_again()
