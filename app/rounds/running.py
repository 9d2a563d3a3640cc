"""A round in the course of time: the gate, the end, the result. Every decision by the database's clock, and each may be
taken twice: by the job at its moment, by the sweep of every minute, by whoever reads the round after it.

Lock order: listing, then the round, then the deal; nobody waits for a round while holding a deal.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from app.accounts import organisations_by_id
from app.deals import deals
from app.kit.actor import Actor, system
from app.kit.errors import DomainError, Forbidden, NotFound, Unauthenticated
from app.kit.text import Text
from app.listings import listings
from app.offers import Terms, offers
from app.platform import state
from app.platform.db import reading, unit_of_work
from app.rounds import errors, policy, proxy
from app.rounds.models import Round
from app.rounds.planning import call_off, let_go, release_deposits, visible
from app.rounds.repository import bids, entries, sealed
from app.rounds.repository import rounds as repository
from app.rounds.schemas import Kind, Reason
from app.rounds.showing import publish_live, reference_of
from app.rounds.workflow import HOLDING, LIVE, ROUND

log = logging.getLogger("santex.rounds")
CLOCK = system("santex rounds")
CONCLUDED_BY_THE_CLOCK = (("english", "closed"), ("sealed", "opened"))
AWARD = Text("Trúng {kind} {reference} với giá {price} đồng.", "Won {kind} {reference} at {price} đồng.")


class Running:
    async def advance(self, round_id: UUID) -> None:
        """Let happen what is due now; nothing when nothing is. Safe to call at any time, by anybody."""
        async with reading() as session:
            row = await repository.get(session, round_id)
            due = await repository.is_due(session, round_id)
        if row is None:
            return
        if due and row.status == "announced" and row.kind != Kind.announcement:
            await self._open(row)
        if due:
            await self._close(row)
            async with reading() as session:
                row = await repository.get(session, round_id) or row
        if (row.kind, row.status) in CONCLUDED_BY_THE_CLOCK:
            await self._concluded(round_id)

    async def _concluded(self, round_id: UUID) -> None:
        try:
            await self.conclude(CLOCK, round_id)
        except DomainError as refusal:
            log.warning("round %s has no result yet: %s", round_id, refusal)

    async def _open(self, row: Round) -> None:
        """The gate: with enough interest the round opens and the listing leaves the market; otherwise it is over."""
        async with unit_of_work() as session:
            listing = await listings.lock(row.listing_id)
            locked = await repository.lock(session, row.id)
            if locked is None or locked.status != "announced" or locked.opens_at > await repository.now(session):
                return
            interest = await self._interest(session, locked)
            await repository.set_fields(session, row.id, interest=interest)
            if interest < locked.quorum:
                await call_off(CLOCK, locked, Reason.no_interest, None)
            elif listing != "published":
                await call_off(CLOCK, locked, Reason.listing_unavailable, None)
            else:
                await listings.reserve(CLOCK, row.listing_id, round_id=row.id)
                await state.transition(session, Round, row.id, ROUND, "open", CLOCK, detail={"interest": interest})
                await publish_live(session, row.id)

    @staticmethod
    async def _interest(session: Any, row: Round) -> int:
        """Distinct verified organisations with a live deal on the listing or a live application to the round."""
        applied = {e.org_id for e in await entries.of_round(session, row.id, entries.ALIVE)}
        wanted = (applied | await deals.buyers_on(row.listing_id)) - {row.org_id}
        orgs = await organisations_by_id(session, wanted)
        return sum(o.verified for o in orgs.values())

    async def _close(self, row: Round) -> None:
        """No bid counts from here on. An English auction knows its winner; envelopes stay closed."""
        async with unit_of_work() as session:
            locked = await repository.lock(session, row.id)
            if locked is None or locked.status not in LIVE or locked.ends_at > await repository.now(session):
                return
            if locked.status == "announced" and locked.kind != Kind.announcement:
                return
            values: dict[str, Any] = {}
            detail: dict[str, Any] = {}
            if locked.kind == Kind.english:
                values = await self._settled(session, locked)
            elif locked.kind == Kind.sealed:
                # From now on the set stands: what was laid in is written down, still unread.
                detail = {"envelopes": await sealed.hashes(session, row.id)}
            await state.transition(session, Round, row.id, ROUND, "close", CLOCK, values=values, detail=detail)
            await publish_live(session, row.id)

    @staticmethod
    async def _settled(session: Any, row: Round) -> dict[str, Any]:
        standing = proxy.Standing(row.price, row.leader_id, row.leader_max)
        values: dict[str, Any] = {"winner_id": row.leader_id, "result_price": row.price}
        last = proxy.settle(standing, row.reserve or 0)
        if last is not None:
            at = await repository.now(session)
            price = {"round_id": row.id, "seq": row.seq + 1, "entry_id": last.bidder, "price": last.price}
            await bids.add_prices(session, [price | {"automatic": True, "at": at}])
            values |= {"price": last.price, "seq": row.seq + 1, "result_price": last.price}
        return values

    async def conclude(self, actor: Actor, round_id: UUID) -> None:
        """Award the round or declare it unsold. One transaction: the listing released and granted to the winner, the
        deal agreed, the losers' deposits released. Conflict while the rights cannot be granted; it may be tried again.
        """
        async with reading() as session:
            row = await repository.get(session, round_id)
        if row is None:
            raise NotFound
        async with unit_of_work() as session:
            listing = await listings.lock(row.listing_id)
            locked = await repository.lock(session, round_id)
            if locked is None:
                raise NotFound
            ROUND.check("award", locked.status)
            if locked.kind == Kind.sealed and locked.status != "opened":
                raise ROUND.refusal("award", locked.status)
            won, code = await self._verdict(session, locked)
            if won is None:
                await state.transition(
                    session, Round, round_id, ROUND, "fail", actor, reason_code=code,
                    values={"reason_code": code, "leader_max": None, "winner_id": None},
                )  # fmt: skip
                await let_go(session, actor, locked, listing, str(code))
            else:
                await self._award(session, actor, locked, listing, *won)
            await publish_live(session, round_id)

    @staticmethod
    async def _verdict(session: Any, row: Round) -> tuple[tuple[UUID, int] | None, str | None]:
        """((winning organisation, price), None), or (None, why nobody won)."""
        if row.kind == Kind.announcement:
            if any(o.answered_at is None for o in await repository.objections(session, row.id)):
                raise errors.objections_open()
            assert row.intended_org_id is not None  # noqa: S101 - planned with both
            return (row.intended_org_id, row.intended_price or 0), None
        if row.winner_id is None or row.result_price is None:
            return None, Reason.no_bids if row.result_price is None else Reason.reserve_not_met
        if row.result_price < (row.reserve or 0):
            return None, Reason.reserve_not_met
        entry = await entries.get(session, row.winner_id)
        assert entry is not None  # noqa: S101 - winners are entries of the round
        return (entry.org_id, row.result_price), None

    @staticmethod
    async def _award(session: Any, actor: Actor, row: Round, listing: str, org_id: UUID, price: int) -> None:
        if row.kind != Kind.announcement and row.status in HOLDING and listing == "reserved":
            await listings.release(CLOCK, row.listing_id, reason="round")
        sheet = Terms.model_validate(row.terms).model_copy(update={"upfront": price})
        reason = AWARD.format(
            kind=Kind(row.kind).label.vi.lower(),
            reference=reference_of(row.number),
            price=f"{price:,}".replace(",", "."),
        )
        deal_id = await offers.award(CLOCK, row.listing_id, org_id, sheet, reason=reason.vi, source=f"round:{row.id}")
        await state.transition(
            session, Round, row.id, ROUND, "award", actor, detail={"deal": str(deal_id), "price": price},
            values={"deal_id": deal_id, "result_price": price, "leader_max": None},
        )  # fmt: skip
        await release_deposits(session, actor, row.id, row.winner_id)

    async def award(self, actor: Actor, round_id: UUID) -> None:
        """Try once more to grant what was won: the owner after an announcement, the operator otherwise."""
        row = await visible(actor, round_id)
        may = policy.may_plan(actor, row.org_id) if row.kind == Kind.announcement else policy.may_operate(actor)
        if not may:
            raise Unauthenticated if actor.anonymous else Forbidden
        await self.conclude(actor, round_id)

    # --- by the clock ---

    async def sweep(self) -> int:
        """Everything that is due; how many rounds. Each in transactions of its own."""
        async with reading() as session:
            due = await repository.due(session)
        for round_id in due:
            try:
                await self.advance(round_id)
            except DomainError as refusal:
                log.warning("round %s could not go on: %s", round_id, refusal)
        async with unit_of_work() as session:
            await sealed.forget_stale_turns(session)
        return len(due)

    async def hold_again(self, listing_id: UUID) -> None:
        """A listing that was suspended while a round held it is on the market again: it goes back to the round."""
        async with unit_of_work() as session:
            status = await listings.lock(listing_id)
            round_id = await repository.live_of_listing(session, listing_id)
            row = await repository.lock(session, round_id) if round_id else None
            if row is not None and status == "published" and row.kind != Kind.announcement and row.status in HOLDING:
                await listings.reserve(CLOCK, listing_id, round_id=row.id)


running = Running()
