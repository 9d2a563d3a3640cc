"""Taking turns over a term sheet. Lock order everywhere: listing, then deal, then offer.

Public verbs ask first whether the actor's own organisation wants approvals (gate); what was approved is carried out
by the same inner steps, so an approved act is refused for the same reasons as a direct one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.deals import REASONS, DealView, Side, deals
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.text import Text
from app.listings import listings
from app.offers import errors, gate, overlap, policy, repository, terms
from app.offers.models import Offer, OfferMark
from app.offers.overlap import Scope
from app.offers.schemas import AcceptTerms, DeclineOffer, SendOffer, Terms, WithdrawOffer
from app.offers.workflow import OFFER
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work


class Negotiation:
    # --- what a side says ---

    async def send(self, actor: Actor, deal_id: UUID, command: SendOffer, *, at: datetime | None = None) -> UUID | None:
        """Put an offer on the table when none lies there; its id, None when it waits for the own side's approval.
        Invalid when it changes an agreed term without a reason."""
        deal = await deals.read(actor, deal_id)
        if not policy.may_bind(actor, deal.side):
            raise Forbidden
        assert deal.side is not None  # noqa: S101 - may_bind
        async with unit_of_work():
            await listings.lock_offered(deal.listing.id)
            await deals.locked(deal_id)
            return await self._put(actor, deal, deal.side, command, at, ask="send")

    async def counter(
        self, actor: Actor, offer_id: UUID, command: SendOffer, *, at: datetime | None = None
    ) -> UUID | None:
        """Answer an open offer with changed terms; the new offer's id, None when it waits for the own side's approval.
        Invalid when nothing changed, or an agreed term is changed without a reason."""
        row, deal = await self._answerable(actor, offer_id)
        if not terms.changed(Terms.model_validate(row.terms), command.terms):
            raise errors.nothing_changed()
        side = Side(row.side).other
        async with unit_of_work():
            await listings.lock_offered(row.listing_id)
            await deals.locked(row.deal_id)
            return await self._put(actor, deal, side, command, at, answers=row, ask="counter")

    async def accept(self, actor: Actor, offer_id: UUID) -> bool:
        """Agree to an open offer; False when it waits for the own side's approval. One transaction: the listing
        reserved when nothing is left to grant, competing offers that meet an exclusive grant frozen, the deal
        advanced, the outbox written. Expiry, by the database's clock, beats a late accept."""
        row, deal = await self._answerable(actor, offer_id)
        async with unit_of_work():
            await listings.lock_offered(row.listing_id)
            await deals.locked(row.deal_id)
            await self._grantable(row.listing_id, repository.scope_of(row))
            await self._still_open(offer_id)
            if await gate.asks(actor, deal, "accept", value=Terms.model_validate(row.terms).value, answers=row):
                return False
            await self._accept(actor, row)
        return True

    async def accept_terms(self, actor: Actor, offer_id: UUID, command: AcceptTerms) -> None:
        """Agree to single terms of an open offer: they lock, and the turn stays where it is. Invalid for a term the
        offer does not state, Conflict when all of them are marked already."""
        row, _ = await self._answerable(actor, offer_id)
        sheet, wanted = Terms.model_validate(row.terms), set(command.terms)
        if not wanted or any(t not in terms.LABELS or terms.value_of(sheet, t) is None for t in wanted):
            raise errors.not_in_offer()
        async with unit_of_work() as session:
            await deals.locked(row.deal_id)
            await self._still_open(offer_id)
            same = {"org_id": actor.org_id, "person_id": actor.person_id, "person_name": actor.person_name}
            rows = [{"offer_id": offer_id, "term": t, "at": clock.now(), **same} for t in sorted(wanted)]
            if not await repository.mark(session, rows):
                raise errors.already_marked()
            audit.record(session, actor, "offer.accept_terms", "offer", offer_id, {"terms": sorted(wanted)})
            outbox.publish(session, "offer.accept_terms", offer_id=offer_id)

    async def decline(self, actor: Actor, offer_id: UUID, command: DeclineOffer) -> None:
        """Say no with a coded reason; the deal stays open, and the other side may offer again."""
        self._coded(command.reason_code)
        row, _ = await self._answerable(actor, offer_id)
        async with unit_of_work():
            await deals.locked(row.deal_id)
            await self._move(offer_id, "decline", actor, reason_code=command.reason_code, reason=command.reason)
            await deals.set_turn(row.deal_id, Side(row.side))

    async def withdraw(self, actor: Actor, offer_id: UUID, command: WithdrawOffer) -> None:
        """Take back one's own open offer, with a coded reason."""
        self._coded(command.reason_code)
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
            await state.transition(
                session, Offer, offer_id, OFFER, "withdraw", actor,
                reason_code=command.reason_code, reason=command.reason,
            )  # fmt: skip
            await deals.set_turn(row.deal_id, Side(row.side))

    @staticmethod
    def _coded(reason_code: str) -> None:
        if reason_code not in REASONS:
            raise Invalid(fields={"reason_code": Text("Hãy chọn lý do.", "Choose the reason.")})

    # --- steps, inside the caller's unit of work ---

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
    async def _still_open(offer_id: UUID) -> None:
        """Called with the deal locked: open, and in time by the database's clock."""
        async with reading() as session:
            row = await repository.offer(session, offer_id, fresh=True)
            assert row is not None  # noqa: S101 - offers are kept
            OFFER.check("accept", row.status)
            if not await repository.is_in_time(session, offer_id):
                raise errors.expired()

    @staticmethod
    async def _grantable(listing_id: UUID, scope: Scope) -> None:
        """Conflict, naming the part, when somebody holds what would be granted. The listing is locked."""
        async with reading() as session:
            for _, held in await repository.grants(session, listing_id):
                if overlap.conflict(held, scope):
                    raise errors.rights_taken(overlap.words(*(overlap.shared(held, scope) or ((), ()))))

    async def _accept(self, actor: Actor, row: Offer) -> None:
        await self._move(row.id, "accept", actor)
        await self._grant(actor, row)

    @staticmethod
    async def _grant(actor: Actor, row: Offer) -> None:
        """What follows from an accepted offer: it binds and the deal is agreed. An exclusive grant freezes what
        competes with it; when nothing is left to grant, it takes the listing off the market."""
        sheet, scope = Terms.model_validate(row.terms), repository.scope_of(row)
        async with unit_of_work() as session:
            await repository.bind(session, row.id, True)
            held = [s for _, s in await repository.grants(session, row.listing_id)]
            whole = scope.exclusive and overlap.nothing_left(held, await listings.territory(row.listing_id))
            await deals.agree(
                actor,
                row.deal_id,
                offer_id=row.id,
                terms_hash=row.terms_hash,
                value=sheet.value,
                mode=sheet.mode,
                holds_listing=whole,
            )
            if whole:
                await listings.reserve(actor, row.listing_id, deal_id=row.deal_id)
            if scope.exclusive:
                open_ = await repository.competing(session, row.listing_id, row.deal_id)
                met = [id_ for id_, other in open_ if whole or overlap.conflict(scope, other)]
                await state.transition_many(session, Offer, met, OFFER, "freeze", system())

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
                    where=[repository.in_time()],
                )
            except Conflict:
                row = await repository.offer(session, offer_id, fresh=True)
                if row is not None and row.status == "open":
                    raise errors.expired() from None
                raise

    async def _put(
        self,
        actor: Actor,
        deal: DealView,
        side: Side,
        command: SendOffer,
        at: datetime | None = None,
        *,
        answers: Offer | None = None,
        ask: str | None = None,
    ) -> UUID | None:
        """A new round, in the place of the one it answers; None when `ask` found that approvals are needed first."""
        id_, now = new_id(), at or clock.now()
        until = now + timedelta(days=command.valid_days)
        scope = command.terms.scope
        async with unit_of_work() as session:
            if answers is not None:
                await self._still_open(answers.id)
            elif await repository.open_offer(session, deal.id):
                raise errors.not_your_turn()
            reasons = await self._reasons(deal.id, command)
            if ask and await gate.asks(actor, deal, ask, value=command.terms.value, answers=answers, command=command):
                return None
            if answers is not None:
                await self._move(answers.id, "counter", actor)
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
                exclusive=scope.exclusive,
                scope_territory=list(scope.territory),
                scope_fields=list(scope.fields),
                terms=command.terms.canonical(),
                terms_hash=command.terms.hash(),
                note=command.note,
            )
            await repository.unlock(session, id_, reasons)
            await state.note(
                session, OFFER, id_, "send", None, OFFER.initial, actor,
                detail={"deal": str(deal.id), "terms": command.terms.hash(), "unlocked": sorted(reasons)},
            )  # fmt: skip
            await deals.negotiate(actor, deal.id, turn=side.other, until=until)
        return id_

    @staticmethod
    async def _reasons(deal_id: UUID, command: SendOffer) -> dict[str, str]:
        """Why agreed terms are opened again; Invalid when the sheet changes one and says nothing. The deal is locked,
        so nobody marks a term meanwhile."""
        async with reading() as session:
            said = await repository.said(session, deal_id)
        opened = terms.unlocked_by(terms.locked([as_said(*r) for r in said]), command.terms)
        silent = [t for t in opened if t not in command.unlock]
        if silent:
            raise errors.locked({t: terms.LABELS[t] for t in silent})
        return {t: command.unlock[t] for t in opened}


def as_said(row: Offer, marks: Sequence[OfferMark], _: object = None) -> terms.Said:
    marked = frozenset(m.term for m in marks)
    return terms.Said(row.round, Side(row.side), row.status, Terms.model_validate(row.terms), marked)
