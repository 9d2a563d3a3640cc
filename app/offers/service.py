"""Offers as they are read, and what follows when the clock, a deal or a listing moves."""

from __future__ import annotations

from uuid import UUID

from app.deals import Side, deals
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import DomainError, NotFound
from app.listings import listings
from app.offers import policy, repository, terms
from app.offers.awards import Awards
from app.offers.models import Offer
from app.offers.schemas import OfferList, OfferView, RoomView, Terms
from app.offers.workflow import OFFER
from app.platform import state
from app.platform.db import reading, unit_of_work


class Offers(Awards):
    # --- reading ---

    async def room_view(self, actor: Actor, deal_id: UUID, *, against: int | None = None) -> RoomView:
        """The deal with its rounds; the difference of the newest round `against` an earlier one (the one before)."""
        deal = await deals.read(actor, deal_id)
        async with reading() as session:
            rows = await repository.of_deal(session, deal_id)
        readable = policy.may_read_terms(actor, deal.side)
        views = self._views(actor, deal.side, rows) if readable else []
        sheets = [v.terms for v in views]
        earlier = None
        if views:
            wanted = against if against is not None else views[-1].round - 1
            earlier = next((v.terms for v in views[:-1] if v.round == wanted), None)
        events = await deals.timeline(actor, deal_id, tuple(r.id for r in rows))
        lies_open = any(r.status in ("open", "frozen") for r in rows)
        return RoomView(
            deal=deal,
            offers=views,
            difference=terms.difference(earlier, sheets[-1]) if sheets else [],
            agreed=terms.agreed(sheets),
            timeline=events.items,
            may_send=policy.may_send(actor, deal.side, deal.status, lies_open),
        )

    @staticmethod
    def _views(actor: Actor, side: Side | None, rows: list[Offer]) -> list[OfferView]:
        views: list[OfferView] = []
        for row in rows:
            sheet = Terms.model_validate(row.terms)
            views.append(
                OfferView(
                    id=row.id, deal_id=row.deal_id, round=row.round, side=Side(row.side), org_id=row.org_id,
                    status=row.status, status_at=row.status_at, sent_at=row.sent_at, valid_until=row.valid_until,
                    terms=sheet, terms_hash=row.terms_hash, value=sheet.value, note=row.note,
                    changed=terms.changed(views[-1].terms if views else None, sheet),
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
        return self._views(system(), None, [row])[0]

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
            due = await repository.due(session, clock.now())
        done = 0
        for offer_id, deal_id in due:
            try:
                async with unit_of_work() as session:
                    row = await deals.locked(deal_id)
                    await state.transition(
                        session, Offer, offer_id, OFFER, "expire", system(), where=[Offer.valid_until <= clock.now()]
                    )
                    if row.status == "negotiating":
                        offer = await repository.offer(session, offer_id)
                        await deals.set_turn(deal_id, Side(offer.side) if offer else None)
                done += 1
            except DomainError:
                continue  # answered or withdrawn in the meantime
        return done

    async def lapse_of(self, deal_id: UUID) -> None:
        """The deal was closed: its open offer has no value any more, and an accepted one binds no longer."""
        async with unit_of_work() as session:
            row = await deals.locked(deal_id)
            if row.status != "closed":
                return
            await repository.unbind_deal(session, deal_id)
            offer = await repository.open_offer(session, deal_id)
            if offer is not None:
                await state.transition(session, Offer, offer.id, OFFER, "lapse", system())

    async def thaw(self, listing_id: UUID) -> None:
        """The listing is on the market again: frozen offers that are still in time open (the clock expires the
        others). One that was suspended while a deal held it goes back to that deal instead."""
        async with unit_of_work() as session:
            if await listings.lock(listing_id) != "published":
                return
            holder = await repository.exclusive_holder(session, listing_id)
            if holder is not None and (await deals.locked(holder)).holds_listing:
                await listings.reserve(system(), listing_id, deal_id=holder)
                return
            for offer in await repository.frozen(session, listing_id):
                if offer.valid_until > clock.now():
                    await state.transition(session, Offer, offer.id, OFFER, "thaw", system())


offers = Offers()
