"""Who is told what. Every sentence is made from the state as it is now, not as it was when the job was queued."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from app.accounts import accounts
from app.deals import Side, deals
from app.integrations.mail import Mail, sender
from app.kit import clock
from app.kit.actor import system
from app.listings import listings
from app.notifications import repository
from app.offers import offers
from app.platform.db import unit_of_work
from app.settings import settings
from app.web.mails import compose

READER = system("santex notifications")


class Notifications:
    async def _tell(
        self, org_ids: Sequence[UUID], template: str, subject_id: UUID, event: str, path: str, **context: object
    ) -> None:
        """Mail everyone who may bind these organisations, once per event and person.

        The claim is committed first; a mail that could not leave gives it back, and the job is retried."""
        for org_id in org_ids:
            for email, name, locale in await accounts.contacts(org_id):
                key = hashlib.sha256(f"{event}|{subject_id}|{email}".encode()).hexdigest()[:40]
                async with unit_of_work() as session:
                    if not await repository.claim(session, key, email, event, subject_id, clock.now()):
                        continue
                link = f"{settings().base_url.rstrip('/')}{path}"
                subject, body = compose(template, locale, name=name, link=link, **context)
                try:
                    await sender().send(Mail(key, email, subject, body))
                except Exception:
                    async with unit_of_work() as session:
                        await repository.forget(session, key)
                    raise

    async def deal_event(self, deal_id: UUID, event: str) -> None:
        """Interest, closing and contracts: told to the side that did not act."""
        deal = await deals.peek(deal_id)
        both = [deal.seller.id, deal.buyer.id]
        to = {
            "deal.express_interest": [deal.seller.id],
            "deal.close": both,
            "deal.contract": both,
            "deal.report_contract": [deal.seller.id if deal.turn is Side.seller else deal.buyer.id],
            "deal.dispute_contract": [deal.seller.id if deal.turn is Side.seller else deal.buyer.id],
        }[event]
        await self._tell(
            to,
            event.replace(".", "_"),
            deal_id,
            f"{event}:{deal.status_at.isoformat()}",
            f"/deals/{deal_id}",
            deal=deal,
        )

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
        await self._tell(to, event.replace(".", "_"), offer_id, event, f"/deals/{deal.id}", deal=deal, offer=offer)

    async def listing_event(self, listing_id: UUID, event: str) -> None:
        """The operator's answers, to the owner."""
        view = await listings.read(READER, listing_id)
        reason = await listings.last_reason(listing_id)
        await self._tell(
            [view.card.org_id],
            event.replace(".", "_"),
            listing_id,
            f"{event}:{view.status_at.isoformat()}",
            f"/listings/{listing_id}",
            card=view.card,
            reason=reason,
        )


notifications = Notifications()
