"""Who is told what. Every sentence is made from the state as it is now, not as it was when the job was queued."""

from __future__ import annotations

from uuid import UUID

from app.deals import Side, deals
from app.kit.actor import system
from app.listings import listings
from app.matching import matching
from app.needs import needs
from app.notifications.telling import tell
from app.offers import offers
from app.profiles import campaigns
from app.proposals import proposals

READER = system("santex notifications")
IN_MAIL = 8
# Event -> the state in which the contract it tells about must still be.
CONTRACT_EVENTS = {"deal.report_contract": "reported", "deal.dispute_contract": "disputed"}


class Notifications:
    async def deal_event(self, deal_id: UUID, event: str) -> None:
        """Interest, closing and contracts: told to the side that did not act."""
        deal = await deals.peek(deal_id)
        to, once, other = [deal.seller.id, deal.buyer.id], event, None
        if event == "deal.express_interest":
            to = [deal.seller.id]
        elif event in CONTRACT_EVENTS:
            # A contract may be reported and disputed several times: each report is told of once.
            contract = next((e for e in reversed(deal.evidence) if e.status == CONTRACT_EVENTS[event]), None)
            if contract is None:
                return  # decided or reported anew in the meantime
            reporter, answerer = deal.seller, deal.buyer
            if contract.org_id == deal.buyer.id:
                reporter, answerer = deal.buyer, deal.seller
            told, other = (answerer, reporter) if event == "deal.report_contract" else (reporter, answerer)
            to, once = [told.id], f"{event}:{contract.id}"
        await tell(to, event.replace(".", "_"), deal_id, once, f"/deals/{deal_id}", deal=deal, other=other)

    async def offer_event(self, offer_id: UUID, event: str) -> None:
        """Offers: a new one to the side that answers, an answer to the side that sent it."""
        offer = await offers.peek(offer_id)
        deal = await deals.peek(offer.deal_id)
        sender_org = deal.seller.id if offer.side is Side.seller else deal.buyer.id
        other_org = deal.buyer.id if offer.side is Side.seller else deal.seller.id
        to = {
            "offer.send": [other_org],
            "offer.accept": [sender_org, other_org],
            "offer.decline": [sender_org],
            "offer.withdraw": [other_org],
            "offer.expire": [sender_org, other_org],
            "offer.freeze": [sender_org, other_org],
        }[event]
        once = event
        if event == "offer.freeze":  # may happen again after the offer was reopened
            if offer.status != "frozen":
                return
            once = f"{event}:{offer.status_at.isoformat()}"
        await tell(to, event.replace(".", "_"), offer_id, once, f"/deals/{deal.id}", deal=deal, offer=offer)

    async def listing_event(self, listing_id: UUID, event: str) -> None:
        """The operator's answers, to the owner."""
        view = await listings.read(READER, listing_id)
        move = await listings.last_move(listing_id, event.removeprefix("listing."))
        if move is None:
            return
        await tell(
            [view.card.org_id],
            event.replace(".", "_"),
            listing_id,
            f"{event}:{move.at.isoformat()}",  # an action may be taken again; each time is told of once
            f"/listings/{listing_id}",
            card=view.card,
            reason=move.reason,
        )

    async def need_event(self, need_id: UUID, event: str) -> None:
        """The operator's answers and the clock's, to the asker."""
        found = await needs.whole([need_id])
        move = await needs.last_move(need_id, event.removeprefix("need."))
        if not found or move is None:
            return
        need = found[0]
        await tell(
            [need.org_id],
            event.replace(".", "_"),
            need_id,
            f"{event}:{move.at.isoformat()}",  # an action may be taken again; each time is told of once
            f"/needs/{need_id}",
            title=need.content.title,
            reference=need.reference,
            reason=move.reason,
        )

    async def proposal_event(self, proposal_id: UUID, event: str) -> None:
        """A new proposal to the asker, an answer to the proposer. No mail names the other side: it may be sealed."""
        told = await proposals.told(proposal_id)
        to = {
            "proposal.send": [told.asker_org_id],
            "proposal.reveal": [told.asker_org_id, told.proposer_org_id],
        }.get(event, [told.proposer_org_id])
        await tell(
            to,
            event.replace(".", "_"),
            proposal_id,
            event,
            f"/proposals/{proposal_id}",
            title=told.need_title,
            reference=told.need_reference,
        )

    async def campaign_invitation(self, campaign_id: UUID, org_id: UUID) -> None:
        """An enterprise is asked for its profile, while the campaign is open."""
        campaign = await campaigns.peek(campaign_id)
        if campaign is None or campaign.status != "open":
            return
        event = f"campaign.invited:{org_id}"
        path = f"/account/profile/{campaign.year}"
        await tell([org_id], "campaign_invited", campaign_id, event, path, campaign=campaign)

    async def match_digest(self, digest_id: UUID) -> None:
        """New matches of a day, to the organisation whose needs or technologies they are."""
        found = await matching.digest(digest_id)
        if found is None:
            return
        shown = found.for_needs[:IN_MAIL], found.for_listings[:IN_MAIL]
        total = len(found.for_needs) + len(found.for_listings)
        await tell(
            [found.org_id], "match_digest", digest_id, "match.digest", "/my/matches",
            for_needs=shown[0], for_listings=shown[1], total=total, more=total - len(shown[0]) - len(shown[1]),
        )  # fmt: skip

    async def match_interest(self, side_id: UUID) -> None:
        """An asker is interested: the owner is invited to propose. The asker may be sealed, and no name is told."""
        told = await matching.told(side_id)
        if told is None or told.side != "asker":
            return
        await tell(
            [told.owner_org_id], "match_invited", told.match_id, "match_side.interest", f"/matches/{told.match_id}",
            title=told.need_title, reference=told.need_reference, listing=told.listing_title,
        )  # fmt: skip


notifications = Notifications()
