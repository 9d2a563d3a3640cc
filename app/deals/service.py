"""The verbs of deals."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from app import accounts
from app.deals import errors, policy, repository
from app.deals.contracts import Contracts
from app.deals.models import Deal
from app.deals.participants import Participation
from app.deals.schemas import (
    Capacity,
    CloseDeal,
    DealList,
    DealView,
    EvidenceLevel,
    ExpressInterest,
    ReasonCode,
    Side,
    Timeline,
)
from app.deals.turns import ANSWER_DAYS
from app.deals.workflow import DEAL
from app.kit import clock, paging
from app.kit.actor import Actor, Staff
from app.kit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import listings
from app.platform import audit, rates, state
from app.platform.db import reading, unit_of_work
from app.reference import TransferMode


class Deals(Participation, Contracts):
    async def express_interest(
        self, actor: Actor, listing_id: UUID, command: ExpressInterest, *, is_demo: bool = False
    ) -> UUID:
        """Open the deal between the actor's organisation and the listing's owner (evidence L0); its id.
        A second interest of the same buyer leads to the live deal instead of making another."""
        view = await listings.read(actor, listing_id)
        if actor.anonymous:
            raise Unauthenticated
        if actor.org_id is None or actor.role is None:
            raise errors.no_organisation()
        if view.mine:
            raise errors.own_listing()
        if not policy.may_express_interest(actor):
            raise Forbidden
        if not is_demo:
            await rates.hit(f"interest:{actor.org_id}", 60, 3600)
        async with unit_of_work():
            seller = await listings.lock_offered(listing_id)
            return await self._open(
                actor, listing_id, seller, actor.org_id, command.message, command.intended_use, is_demo
            )

    async def open_between(self, actor: Actor, listing_id: UUID, buyer_org_id: UUID, *, message: str) -> UUID:
        """The live deal of this buyer on this listing, opened when there is none; its id. For what the exchange
        itself decides (a round's award): `actor` acts for it, `message` says why. Called with the listing locked."""
        async with unit_of_work():
            seller = await listings.lock_offered(listing_id)
            if seller == buyer_org_id:
                raise errors.own_listing()
            return await self._open(actor, listing_id, seller, buyer_org_id, message, None, False)

    @staticmethod
    async def _open(
        actor: Actor, listing_id: UUID, seller: UUID, buyer: UUID, message: str, use: str | None, is_demo: bool
    ) -> UUID:
        """The deal with its first evidence (L0), or the live one these two have already."""
        now, id_ = clock.now(), new_id()
        async with unit_of_work() as session:
            made = await repository.open_deal(
                session,
                id=id_,
                listing_id=listing_id,
                seller_org_id=seller,
                buyer_org_id=buyer,
                status=DEAL.initial,
                status_at=now,
                opened_at=now,
                opened_by=actor.person_id,
                message=message,
                intended_use=use,
                turn=Side.seller.value,
                turn_since=now,
                turn_until=now + timedelta(days=ANSWER_DAYS),
                is_demo=is_demo,
            )
            if made is None:
                live = await repository.live_deal(session, listing_id, buyer)
                if live is None:
                    raise Conflict
                return live
            for org_id, capacity, handler in (
                (seller, Capacity.seller, None),
                (buyer, Capacity.buyer, actor.person_id if actor.org_id == buyer else None),
            ):
                await repository.join(
                    session, deal_id=id_, org_id=org_id, capacity=capacity.value, handler_id=handler, since=now
                )
            await state.note(session, DEAL, id_, "express_interest", None, DEAL.initial, actor)
            await repository.add_evidence(
                session,
                deal_id=id_,
                level=EvidenceLevel.interest.value,
                kind="interest",
                status="confirmed",
                status_at=now,
                at=now,
                org_id=buyer,
                person_id=actor.person_id,
                sha256=hashlib.sha256(message.encode()).hexdigest(),
            )
            await listings.record_evidence(listing_id, EvidenceLevel.interest)
        return id_

    async def read(self, actor: Actor, deal_id: UUID) -> DealView:
        """The deal; a look by the Department or the operator is a sensitive read and is written down."""
        view = await self._view(actor, deal_id)
        if view.capacity is None:
            async with unit_of_work() as session:
                audit.record(session, actor, "deal.read", "deal", deal_id)
        return view

    async def _view(self, actor: Actor, deal_id: UUID) -> DealView:
        async with reading() as session:
            row = await repository.deal(session, deal_id, actor)
            if row is None:
                raise NotFound
            parties = await accounts.organisations_by_id(session, [row.seller_org_id, row.buyer_org_id])
            evidence = await repository.evidence(session, deal_id)
            participants = (await repository.participants(session, [deal_id]))[deal_id]
        card = (await listings.cards([row.listing_id]))[row.listing_id]
        side = policy.side_of(actor, row.seller_org_id, row.buyer_org_id)
        capacity = policy.capacity_of(actor, participants)
        if (capacity is None or capacity.serves is None) and not actor.is_operator:
            for item in evidence:
                item.disputed_why = None  # words between the parties; the Department sees the fact
        contracts = [e for e in evidence if e.kind == "contract"]
        newest = (contracts[-1].status, contracts[-1].org_id) if contracts else None
        return DealView(
            id=row.id,
            reference=repository.reference_of(row.number),
            listing=card,
            seller=parties[row.seller_org_id],
            buyer=parties[row.buyer_org_id],
            participants=participants,
            side=side,
            capacity=capacity,
            status=row.status,
            status_at=row.status_at,
            opened_at=row.opened_at,
            message=row.message,
            intended_use=row.intended_use,
            turn=Side(row.turn) if row.turn else None,
            turn_until=row.turn_until,
            evidence_level=row.evidence_level,
            agreed_offer_id=row.agreed_offer_id,
            agreed_value=row.agreed_value,
            reason_code=ReasonCode(row.reason_code) if row.reason_code else None,
            evidence=evidence,
            actions=policy.actions(actor, side, row.status, newest),
            is_demo=row.is_demo,
        )

    async def peek(self, deal_id: UUID) -> DealView:
        """The deal for the exchange's own messages: no actor's look, so nothing is written to the audit log."""
        return await self._view(Actor(staff=frozenset({Staff.operator})), deal_id)

    async def list(
        self,
        actor: Actor,
        *,
        status: str | None = None,
        listing_id: UUID | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> DealList:
        """The deals the actor may see, those that moved last first."""
        if actor.anonymous:
            raise Unauthenticated
        limit = paging.clamp(limit)
        after = None
        if cursor:
            after = paging.position(cursor, clock.parse, UUID)
        async with reading() as session:
            found = await repository.page(
                session, actor, status=status, listing_id=listing_id, after=after, limit=limit + 1
            )
        items = found[:limit]
        more = None
        if len(found) > limit:
            more = paging.encode([items[-1].status_at.isoformat(), str(items[-1].id)])
        return DealList(items=items, next_cursor=more)

    async def timeline(self, actor: Actor, deal_id: UUID, also: tuple[UUID, ...] = ()) -> Timeline:
        async with reading() as session:
            row = await repository.deal(session, deal_id, actor)
            if row is None:
                raise NotFound
            return Timeline(items=await repository.timeline(session, row, also))

    async def references(self, deal_ids: Sequence[UUID]) -> dict[UUID, str]:
        """What people call these deals ("GD-00012"); for callers that know already who may see them."""
        async with reading() as session:
            return await repository.references(session, deal_ids)

    async def waiting(self, actor: Actor) -> int:
        """How many deals wait for the actor's organisation."""
        if actor.org_id is None or actor.role is None:
            return 0
        async with reading() as session:
            return await repository.count_my_turn(session, actor.org_id)

    async def totals(self) -> tuple[int, int, int]:
        """(live, terms agreed and no contract yet, contracts signed): three counts that are never added up."""
        async with reading() as session:
            return await repository.totals(session)

    async def buyers_on(self, listing_id: UUID) -> set[UUID]:
        """Organisations with a live deal on the listing: the interest that is measured before a round opens."""
        async with reading() as session:
            return await repository.buyers_on(session, listing_id)

    async def close(self, actor: Actor, deal_id: UUID, command: CloseDeal) -> None:
        """Stop, with a coded reason. A listing this deal held goes back on the market."""
        async with unit_of_work() as session:
            row = await self._party(actor, deal_id)
            # Listing before deal, as accepting an offer locks them; only then does holds_listing stand still.
            listing = await listings.lock(row.listing_id)
            row = await self.locked(deal_id)
            await state.transition(
                session,
                Deal,
                deal_id,
                DEAL,
                "close",
                actor,
                reason_code=command.reason_code.value,
                reason=command.reason,
                values={
                    "turn": None, "turn_since": None, "turn_until": None, "reason_code": command.reason_code.value,
                    "holds_listing": False,
                },
            )  # fmt: skip
            if row.holds_listing and listing == "reserved":  # a suspended one stays with the operator
                await listings.release(actor, row.listing_id, reason=command.reason_code.value)

    # --- called by offers, inside their unit of work ---

    async def negotiate(self, actor: Actor, deal_id: UUID, *, turn: Side, until: datetime) -> None:
        """An offer went out: the deal is (or stays) in negotiation, and it is the other side's turn."""
        async with unit_of_work() as session:
            row = await repository.lock(session, deal_id)
            if row is None:
                raise NotFound
            if row.status == "interested":
                await state.transition(session, Deal, deal_id, DEAL, "negotiate", actor)
            elif row.status != "negotiating":
                raise DEAL.refusal("negotiate", row.status)
            await self._turn(deal_id, turn, until)

    async def agree(
        self, actor: Actor, deal_id: UUID, *, offer_id: UUID, terms_hash: str, value: int, mode: TransferMode,
        holds_listing: bool,
    ) -> None:  # fmt: skip
        """Terms were accepted: evidence L1 (terms agreed, no contract yet)."""
        now = clock.now()
        async with unit_of_work() as session:
            await state.transition(
                session, Deal, deal_id, DEAL, "agree", actor,
                values={
                    "agreed_offer_id": offer_id, "agreed_value": value, "agreed_mode": mode.value,
                    "holds_listing": holds_listing, "turn": None, "turn_since": None, "turn_until": None,
                },
                detail={"offer": str(offer_id), "terms": terms_hash},
            )  # fmt: skip
            await repository.add_evidence(
                session, deal_id=deal_id, level=EvidenceLevel.terms.value, kind="terms", status="confirmed",
                status_at=now, at=now, org_id=actor.org_id, person_id=actor.person_id, value=value, sha256=terms_hash,
            )  # fmt: skip
            await repository.raise_evidence(session, deal_id, EvidenceLevel.terms)
            row = await self.locked(deal_id)
            await listings.record_evidence(row.listing_id, EvidenceLevel.terms)

    async def set_turn(self, deal_id: UUID, side: Side | None, until: datetime | None = None) -> None:
        """An offer left the table: whose turn it is now. Conflict when the deal is no longer negotiated."""
        row = await self.locked(deal_id)
        if row.status != "negotiating":
            raise DEAL.refusal("negotiate", row.status)
        await self._turn(deal_id, side, until)

    async def hold(self, deal_id: UUID, holds: bool) -> None:
        """The deal holds its listing, or does so no more. The listing is locked."""
        await self.locked(deal_id)
        async with unit_of_work() as session:
            await repository.set_fields(session, deal_id, holds_listing=holds)

    async def record_memorandum(
        self, actor: Actor, deal_id: UUID, *, value: int | None, signed_on: date | None, sha256: str
    ) -> None:
        """Both sides confirmed heads of terms: evidence L1. Its value is written beside the fact and counted nowhere:
        only a confirmed contract makes a transaction. The listing and the deal are locked."""
        now = clock.now()
        async with unit_of_work() as session:
            row = await self.locked(deal_id)
            await repository.add_evidence(
                session, deal_id=deal_id, level=EvidenceLevel.terms.value, kind="mou", status="confirmed",
                status_at=now, at=now, org_id=actor.org_id, person_id=actor.person_id, value=value,
                signed_on=signed_on, sha256=sha256,
            )  # fmt: skip
            await repository.raise_evidence(session, deal_id, EvidenceLevel.terms)
            await listings.record_evidence(row.listing_id, EvidenceLevel.terms)


deals = Deals()
