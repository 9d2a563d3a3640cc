"""What the product tells people about, as it happens."""

from __future__ import annotations

from uuid import UUID

from app.notifications import (
    brokerage,
    desk,
    disclosure,
    independence,
    intermediaries,
    offers,
    outcomes,
    rounds,
    valuations,
)
from app.notifications.service import notifications
from app.platform import outbox

# Importing a capability's mails is what makes them heard.
MAILS = (brokerage, desk, disclosure, independence, intermediaries, offers, outcomes, rounds, valuations)


def _on_deal(event: str) -> None:
    async def tell(deal_id: str) -> None:
        await notifications.deal_event(UUID(deal_id), event)

    tell.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(tell)


def _on_offer(event: str) -> None:
    async def tell(offer_id: str) -> None:
        await notifications.offer_event(UUID(offer_id), event)

    tell.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(tell)


def _on_listing(event: str) -> None:
    async def tell(listing_id: str) -> None:
        await notifications.listing_event(UUID(listing_id), event)

    tell.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(tell)


def _on_need(event: str) -> None:
    async def tell(need_id: str) -> None:
        await notifications.need_event(UUID(need_id), event)

    tell.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(tell)


def _on_proposal(event: str) -> None:
    async def tell(proposal_id: str) -> None:
        await notifications.proposal_event(UUID(proposal_id), event)

    tell.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(tell)


DEAL_EVENTS = ("deal.express_interest", "deal.close", "deal.contract", "deal.report_contract", "deal.dispute_contract")
OFFER_EVENTS = ("offer.send", "offer.accept", "offer.decline", "offer.withdraw", "offer.expire", "offer.freeze")
NEED_EVENTS = ("need.approve", "need.request_changes", "need.reject", "need.expire")
PROPOSAL_EVENTS = (
    "proposal.send", "proposal.shortlist", "proposal.decline", "proposal.accept", "proposal.lapse", "proposal.reveal",
)  # fmt: skip
LISTING_EVENTS = ("listing.approve", "listing.request_changes", "listing.suspend")
for name in DEAL_EVENTS:
    _on_deal(name)
for name in OFFER_EVENTS:
    _on_offer(name)
for name in LISTING_EVENTS:
    _on_listing(name)
for name in NEED_EVENTS:
    _on_need(name)
for name in PROPOSAL_EVENTS:
    _on_proposal(name)


@outbox.subscribe("campaign.invited")
async def tell_campaign_invited(campaign_id: str, organisation_id: str) -> None:
    await notifications.campaign_invitation(UUID(campaign_id), UUID(organisation_id))


@outbox.subscribe("match.digest")
async def tell_match_digest(digest_id: str) -> None:
    await notifications.match_digest(UUID(digest_id))


@outbox.subscribe("match_side.interest")
async def tell_match_interest(match_side_id: str) -> None:
    await notifications.match_interest(UUID(match_side_id))
