"""Offers as they are read, and what follows when the clock, a deal or a listing moves."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.deals import Side, deals
from app.kit.actor import Actor, system
from app.kit.errors import DomainError, NotFound
from app.kit.text import Text
from app.listings import listings
from app.offers import overlap, policy, repository, terms
from app.offers.approvals import Approvals
from app.offers.awards import Awards
from app.offers.heads import memoranda
from app.offers.models import Offer, OfferMark, OfferUnlock
from app.offers.negotiation import as_said
from app.offers.schemas import LockView, MarkView, OfferList, OfferView, RoomView, Terms, UnlockView
from app.offers.workflow import MEMORANDUM, OFFER
from app.platform import outbox, state
from app.platform.db import reading, unit_of_work

# Days before its end on which the side whose turn it is hears of an offer, the nearest first: after an outage one
# reminder goes out, not two.
REMINDERS = (1, 3)


class Offers(Approvals, Awards):
    # --- reading ---

    async def room_view(self, actor: Actor, deal_id: UUID, *, against: int | None = None) -> RoomView:
        """The deal with its rounds; the difference of the newest round `against` an earlier one (the one before)."""
        deal = await deals.read(actor, deal_id)
        async with reading() as session:
            said = await repository.said(session, deal_id)
            taken = await self._taken(said[-1][0]) if said else None
        rows = [r for r, _, _ in said]
        readable = policy.may_read_terms(actor, deal.side, deal.capacity)
        views = self._views(actor, deal.side, said) if readable else []
        sheets = [v.terms for v in views]
        locks = terms.locked([as_said(row, marks) for row, marks, _ in said]) if readable else {}
        earlier = None
        if views:
            wanted = against if against is not None else views[-1].round - 1
            earlier = next((v.terms for v in views[:-1] if v.round == wanted), None)
        papers = (await memoranda.in_deal(actor, deal)).items
        events = await deals.timeline(actor, deal_id, (*(r.id for r in rows), *(k.id for k in papers)))
        lives = any(not MEMORANDUM.states[k.status].final for k in papers)
        lies_open = any(r.status in ("open", "frozen") for r in rows)
        return RoomView(
            deal=deal,
            offers=views,
            difference=terms.difference(earlier, sheets[-1]) if sheets else [],
            agreed=list(locks),
            locks=[
                LockView(term=k.term, label=terms.LABELS[k.term], value=k.value, round=k.round, marked=k.marked)
                for k in locks.values()
            ],
            taken=taken if readable else None,
            timeline=events.items,
            approvals=await self.approvals_of_deal(actor, deal_id) if deal.side else [],
            memoranda=papers,
            may_propose_memorandum=policy.may_propose_memorandum(actor, deal.side, deal.status, lives),
            may_send=policy.may_send(actor, deal.side, deal.status, lies_open),
        )

    @staticmethod
    async def _taken(row: Offer) -> Text | None:
        """Which part of what lies on the table somebody else was granted, so that it cannot be accepted."""
        if row.status not in ("open", "frozen"):
            return None
        scope = repository.scope_of(row)
        async with reading() as session:
            held = [s for deal_id, s in await repository.grants(session, row.listing_id) if deal_id != row.deal_id]
        met = next((h for h in held if overlap.conflict(h, scope)), None)
        return overlap.words(*(overlap.shared(met, scope) or ((), ()))) if met else None

    @staticmethod
    def _views(
        actor: Actor, side: Side | None, said: Sequence[tuple[Offer, Sequence[OfferMark], Sequence[OfferUnlock]]]
    ) -> list[OfferView]:
        views: list[OfferView] = []
        for row, marks, unlocks in said:
            sheet = Terms.model_validate(row.terms)
            changes = [c for c in terms.difference(views[-1].terms if views else None, sheet) if c.kind != "same"]
            views.append(
                OfferView(
                    id=row.id, deal_id=row.deal_id, round=row.round, side=Side(row.side), org_id=row.org_id,
                    status=row.status, status_at=row.status_at, sent_at=row.sent_at, valid_until=row.valid_until,
                    terms=sheet, terms_hash=row.terms_hash, value=sheet.value, note=row.note,
                    changed=[c.term for c in changes], changes=changes,
                    marks=[
                        MarkView(term=k.term, label=terms.LABELS[k.term], person=k.person_name, at=k.at) for k in marks
                    ],
                    unlocked=[UnlockView(term=u.term, label=terms.LABELS[u.term], reason=u.reason) for u in unlocks],
                    actions=policy.actions(actor, side, Side(row.side), row.status),
                )
            )  # fmt: skip
        return views

    async def of_deal(self, actor: Actor, deal_id: UUID) -> OfferList:
        return OfferList(items=(await self.room_view(actor, deal_id)).offers)

    async def peek(self, offer_id: UUID) -> OfferView:
        """One offer for the exchange's own messages."""
        async with reading() as session:
            row = await repository.offer(session, offer_id)
        if row is None:
            raise NotFound
        return self._views(system(), None, [(row, [], [])])[0]

    async def deal_of(self, actor: Actor, offer_id: UUID) -> UUID:
        """The deal of an offer the actor may see; NotFound otherwise."""
        async with reading() as session:
            row = await repository.offer(session, offer_id)
        if row is None:
            raise NotFound
        await deals.read(actor, row.deal_id)
        return row.deal_id

    # --- what follows from elsewhere (tasks) ---

    async def expire_due(self) -> int:
        """Expire every offer whose time has passed; how many. Each in its own transaction."""
        async with reading() as session:
            due = await repository.due(session)
        done = 0
        for offer_id, deal_id in due:
            try:
                async with unit_of_work() as session:
                    row = await deals.locked(deal_id)
                    await state.transition(
                        session, Offer, offer_id, OFFER, "expire", system(), where=[repository.run_out()]
                    )
                    if row.status == "negotiating":
                        offer = await repository.offer(session, offer_id)
                        await deals.set_turn(deal_id, Side(offer.side) if offer else None)
                done += 1
            except DomainError:
                continue  # answered or withdrawn in the meantime
        return done

    async def remind_due(self) -> int:
        """Remind the side whose turn it is of offers that run out within a day, and within three; how many."""
        async with unit_of_work() as session:
            found = [(id_, days) for days in REMINDERS for id_ in await repository.remind(session, days)]
            for id_, days in found:
                outbox.publish(session, "offer.remind", offer_id=id_, days=days)
        return len(found)

    async def lapse_of(self, deal_id: UUID) -> None:
        """The deal was closed: its open offer has no value any more, an accepted one binds no longer, and what was
        frozen because of it may open again."""
        async with reading() as session:
            newest = await repository.newest(session, deal_id)
        if newest is None:
            return
        async with unit_of_work() as session:
            await listings.lock(newest.listing_id)
            row = await deals.locked(deal_id)
            if row.status != "closed":
                return
            await repository.unbind_deal(session, deal_id)
            offer = await repository.open_offer(session, deal_id)
            if offer is not None:
                await state.transition(session, Offer, offer.id, OFFER, "lapse", system())
        await self.thaw(newest.listing_id)

    async def thaw(self, listing_id: UUID) -> None:
        """Something of the listing may be free again. A listing whose grants leave something open goes back on the
        market; one that was suspended while a deal held it goes back to that deal; frozen offers that are still in
        time and meet no live grant open (the clock expires the others)."""
        async with unit_of_work() as session:
            status = await listings.lock(listing_id)
            if status not in ("published", "reserved"):
                return
            granted = await repository.grants(session, listing_id)
            held = [s for _, s in granted]
            holder = None
            for deal_id, _ in granted:
                if (await deals.locked(deal_id)).holds_listing:
                    holder = deal_id
            whole = overlap.nothing_left(held, await listings.territory(listing_id))
            if status == "reserved":
                if whole or holder is None:
                    return
                await deals.hold(holder, False)
                await listings.release(system(), listing_id, reason="a grant of it ended")
            elif whole and holder is not None:
                await listings.reserve(system(), listing_id, deal_id=holder)
                return
            for offer in await repository.frozen(session, listing_id):
                scope = repository.scope_of(offer)
                if not any(overlap.conflict(h, scope) for h in held) and await repository.is_in_time(session, offer.id):
                    await state.transition(session, Offer, offer.id, OFFER, "thaw", system())


offers = Offers()
