"""An award of the exchange: what a public round decided becomes an agreed deal like any other."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from app.deals import DEAL, Side, deals
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.ids import new_id
from app.listings import listings
from app.offers import repository
from app.offers.models import Offer
from app.offers.negotiation import Negotiation
from app.offers.schemas import Terms
from app.offers.workflow import OFFER
from app.platform import state
from app.platform.db import unit_of_work

# The offer stands accepted the moment it is put; the column asks for some time of validity.
VALID = timedelta(days=1)


class Awards(Negotiation):
    async def award(
        self, actor: Actor, listing_id: UUID, buyer_org_id: UUID, sheet: Terms, *, reason: str, source: str
    ) -> UUID:
        """The winner's terms, agreed by the rule of the round; the deal's id. Joins the caller's unit of work.

        `source` names what decided ("round:0193…"), `reason` says in words why this buyer. Opens or finds the deal
        between the listing's owner and the buyer, puts the buyer's offer with these terms and accepts it, advances
        the deal to agreed (evidence L1), reserves the listing when nothing is left to grant, and freezes the open
        offers that compete. An offer that lies open in that very deal loses its value. Locks the listing, then the
        deal. Conflict when the listing takes no offers, the rights are taken, or that deal is agreed already.
        """
        now, id_ = clock.now(), new_id()
        async with unit_of_work() as session:
            await listings.lock_offered(listing_id)
            await self._grantable(listing_id, sheet)
            deal_id = await deals.open_between(actor, listing_id, buyer_org_id, message=reason)
            DEAL.check("agree", (await deals.locked(deal_id)).status)
            lying = await repository.open_offer(session, deal_id)
            if lying is not None:
                await state.transition(session, Offer, lying.id, OFFER, "lapse", system(), reason=reason)
            await repository.add(
                session,
                id=id_,
                deal_id=deal_id,
                listing_id=listing_id,
                round=await repository.next_round(session, deal_id),
                side=Side.buyer.value,
                org_id=buyer_org_id,
                person_id=None,
                status=OFFER.initial,
                status_at=now,
                sent_at=now,
                valid_until=now + VALID,
                exclusive=sheet.exclusive,
                terms=sheet.canonical(),
                terms_hash=sheet.hash(),
                note=reason,
            )
            detail = {"deal": str(deal_id), "terms": sheet.hash(), "source": source}
            await state.note(session, OFFER, id_, "send", None, OFFER.initial, actor, detail=detail)
            await state.transition(session, Offer, id_, OFFER, "accept", actor, reason=reason, detail=detail)
            row = await repository.offer(session, id_)
            assert row is not None  # noqa: S101 - written above
            await self._grant(actor, row)
        return deal_id
