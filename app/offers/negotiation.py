"""Taking turns over a term sheet. Lock order everywhere: listing, then deal, then offer."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.deals import REASONS, DealView, Side, deals
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.text import Text
from app.listings import listings
from app.offers import errors, policy, repository, terms
from app.offers.models import Offer
from app.offers.schemas import DeclineOffer, SendOffer, Terms
from app.offers.workflow import OFFER
from app.platform import state
from app.platform.db import reading, unit_of_work


class Negotiation:
    async def send(self, actor: Actor, deal_id: UUID, command: SendOffer, *, at: datetime | None = None) -> UUID:
        """Put an offer on the table when none lies there; its id."""
        deal = await deals.read(actor, deal_id)
        if not policy.may_bind(actor, deal.side):
            raise Forbidden
        assert deal.side is not None  # noqa: S101 - may_bind
        async with unit_of_work():
            await listings.lock_offered(deal.listing.id)
            await deals.locked(deal_id)
            return await self._put(actor, deal, deal.side, command, at)

    async def counter(self, actor: Actor, offer_id: UUID, command: SendOffer, *, at: datetime | None = None) -> UUID:
        """Answer an open offer with changed terms; the new offer's id. Invalid when nothing changed."""
        row, deal = await self._answerable(actor, offer_id)
        if not terms.changed(Terms.model_validate(row.terms), command.terms):
            raise errors.nothing_changed()
        side = Side(row.side).other
        async with unit_of_work():
            await listings.lock_offered(row.listing_id)
            await deals.locked(row.deal_id)
            await self._move(offer_id, "counter", actor)
            return await self._put(actor, deal, side, command, at)

    async def accept(self, actor: Actor, offer_id: UUID) -> None:
        """Agree to an open offer. One transaction: the listing reserved when rights are exclusive, competing
        offers frozen, the deal advanced, the outbox written. Expiry, by the database's clock, beats a late accept."""
        row, _ = await self._answerable(actor, offer_id)
        async with unit_of_work():
            await listings.lock_offered(row.listing_id)
            await deals.locked(row.deal_id)
            await self._grantable(row.listing_id, Terms.model_validate(row.terms))
            await self._move(offer_id, "accept", actor)
            await self._grant(actor, row)

    @staticmethod
    async def _grantable(listing_id: UUID, sheet: Terms) -> None:
        """Conflict when somebody holds what the sheet would grant. The caller holds the listing's lock."""
        async with reading() as session:
            if await repository.exclusive_holder(session, listing_id) or (
                sheet.exclusive and await repository.binding_any(session, listing_id)
            ):
                raise errors.rights_taken()

    @staticmethod
    async def _grant(actor: Actor, row: Offer) -> None:
        """What follows from an accepted offer: it binds, the deal is agreed, an exclusive right takes the listing."""
        sheet = Terms.model_validate(row.terms)
        async with unit_of_work() as session:
            await repository.bind(session, row.id, True)
            await deals.agree(
                actor,
                row.deal_id,
                offer_id=row.id,
                terms_hash=row.terms_hash,
                value=sheet.value,
                holds_listing=sheet.exclusive,
            )
            if sheet.exclusive:
                await listings.reserve(actor, row.listing_id, deal_id=row.deal_id)
                others = await repository.competing(session, row.listing_id, row.deal_id)
                await state.transition_many(session, Offer, others, OFFER, "freeze", system())

    async def decline(self, actor: Actor, offer_id: UUID, command: DeclineOffer) -> None:
        """Say no with a coded reason; the deal stays open, and the other side may offer again."""
        if command.reason_code not in REASONS:
            raise Invalid(fields={"reason_code": Text("Hãy chọn lý do.", "Choose the reason.")})
        row, _ = await self._answerable(actor, offer_id)
        async with unit_of_work():
            await deals.locked(row.deal_id)
            await self._move(offer_id, "decline", actor, reason_code=command.reason_code, reason=command.reason)
            await deals.set_turn(row.deal_id, Side(row.side))

    async def withdraw(self, actor: Actor, offer_id: UUID) -> None:
        """Take back one's own open offer."""
        async with reading() as session:
            row = await repository.offer(session, offer_id)
        if row is None:
            raise NotFound
        deal = await deals.read(actor, row.deal_id)
        if not policy.may_bind(actor, deal.side):
            raise Forbidden
        if deal.side is not Side(row.side):
            raise errors.not_own_offer()
        async with unit_of_work() as session:
            await deals.locked(row.deal_id)
            await state.transition(session, Offer, offer_id, OFFER, "withdraw", actor)
            await deals.set_turn(row.deal_id, Side(row.side))

    async def _answerable(self, actor: Actor, offer_id: UUID) -> tuple[Offer, DealView]:
        """Visible (404) -> the other side, who may bind (403) -> open and in time (409)."""
        async with reading() as session:
            row = await repository.offer(session, offer_id)
        if row is None:
            raise NotFound
        deal = await deals.read(actor, row.deal_id)
        if not policy.may_bind(actor, deal.side):
            raise Forbidden
        if deal.side is Side(row.side):
            raise errors.own_offer()
        OFFER.check("accept", row.status)
        if row.valid_until <= clock.now():
            raise errors.expired()
        return row, deal

    @staticmethod
    async def _move(
        offer_id: UUID, action: str, actor: Actor, *, reason_code: str | None = None, reason: str | None = None
    ) -> None:
        """Answer an offer that must still be in time when the database writes it."""
        async with unit_of_work() as session:
            try:
                await state.transition(
                    session,
                    Offer,
                    offer_id,
                    OFFER,
                    action,
                    actor,
                    reason_code=reason_code,
                    reason=reason,
                    where=[Offer.valid_until > clock.now()],
                )
            except Conflict:
                row = await repository.offer(session, offer_id)
                if row is not None and row.status == "open":
                    raise errors.expired() from None
                raise

    @staticmethod
    async def _put(actor: Actor, deal: DealView, side: Side, command: SendOffer, at: datetime | None) -> UUID:
        id_, now = new_id(), at or clock.now()
        until = now + timedelta(days=command.valid_days)
        async with unit_of_work() as session:
            if await repository.open_offer(session, deal.id):
                raise errors.not_your_turn()
            await repository.add(
                session,
                id=id_,
                deal_id=deal.id,
                listing_id=deal.listing.id,
                round=await repository.next_round(session, deal.id),
                side=side.value,
                org_id=actor.org_id,
                person_id=actor.person_id,
                status=OFFER.initial,
                status_at=now,
                sent_at=now,
                valid_until=until,
                exclusive=command.terms.exclusive,
                terms=command.terms.canonical(),
                terms_hash=command.terms.hash(),
                note=command.note,
            )
            await state.note(
                session, OFFER, id_, "send", None, OFFER.initial, actor,
                detail={"deal": str(deal.id), "terms": command.terms.hash()},
            )  # fmt: skip
            await deals.negotiate(actor, deal.id, turn=side.other, until=until)
        return id_
