"""The desk itself: the list of one's deals, handing one over, and the clock of deals that lie still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.accounts import accounts
from app.deals import DEAL, Access, Participant, Side, deals
from app.deals import HandOver as GiveTo
from app.desk import errors, policy
from app.desk.repository import listing, tasks
from app.desk.schemas import (
    Colleague,
    DeskFilter,
    DeskList,
    HandOver,
    HandOverPage,
    HandOverView,
    Sort,
    view,
)
from app.kit import clock, paging
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id, parse_id
from app.platform import audit, outbox
from app.platform.db import reading, unit_of_work


@dataclass(frozen=True, slots=True)
class Stalled:
    """A stall as its mail tells it: the party that is waited for, and its side's broker who gets a copy."""

    deal_id: UUID
    side: Side
    org_id: UUID
    copies: list[UUID]
    days: int


@dataclass(frozen=True, slots=True)
class HandedOver:
    deal_id: UUID
    to_id: UUID
    by_name: str
    note: str | None
    tasks: int


def _moment(value: str) -> str:
    """A key of the list as the database reads it: a moment, or the end of time for deals without a deadline."""
    if value == "infinity":
        return value
    return clock.parse(value if value[-3:-2] == ":" else f"{value}:00").isoformat()


def _id(value: str) -> UUID:
    found = parse_id(value)
    if found is None:
        raise ValueError("not an id")
    return found


class Desk:
    async def list(
        self, actor: Actor, wanted: DeskFilter | None = None, *, cursor: str | None = None, limit: int = 50
    ) -> DeskList:
        """The deals the actor takes part in (every one for the operator and the Department), with counts."""
        if actor.anonymous:
            raise Unauthenticated
        wanted = wanted or DeskFilter()
        if wanted.status is not None and wanted.status not in DEAL.states:
            raise errors.unknown_stage()
        sort = wanted.sort or (Sort.moved if listing.sees_all(actor) else Sort.deadline)
        limit = paging.clamp(limit)
        after = paging.position(cursor, _moment, _id) if cursor else None
        async with reading() as session:
            rows = await listing.page(session, actor, wanted, sort, after=after, limit=limit + 1)
            counts = await listing.counts(session, actor)
        more = None
        if len(rows) > limit:
            item, key = rows[limit - 1]
            more = paging.encode([key, str(item.id)])
        return DeskList(items=[r[0] for r in rows[:limit]], counts=counts, sort=sort, next_cursor=more)

    # --- handing over ---

    async def hand_over_page(self, actor: Actor, deal_id: UUID) -> HandOverPage:
        """Who handles the deal for one's organisation, to whom it may be given, and how it went before."""
        access = await deals.access(actor, deal_id)
        if access.capacity is None or actor.org_id is None:
            raise errors.for_the_sides()
        mine = _participation(access, actor.org_id)
        handler = mine.handler_id
        people = await accounts.colleagues(actor.org_id)
        async with reading() as session:
            history = await tasks.handovers(session, deal_id, actor.org_id)
            count = await tasks.count_open(session, deal_id, actor.org_id, handler) if handler else 0
        return HandOverPage(
            deal_id=deal_id,
            reference=access.reference,
            handler_id=handler,
            handler_name=mine.handler_name,
            handler_left=handler is not None and all(p.person_id != handler for p in people),
            colleagues=[Colleague(person_id=p.person_id, name=p.name) for p in people if p.person_id != handler],
            history=[view(HandOverView, h) for h in history],
            open_tasks=count,
            may_hand_over=policy.may_hand_over(actor, access),
        )

    async def hand_over(self, actor: Actor, deal_id: UUID, command: HandOver) -> UUID:
        """Give the deal to a colleague: their open tasks move along, and the colleague is told. The hand-over's id.
        Conflict when the handler is no longer the one whom the giver saw."""
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        if not policy.may_hand_over(actor, access) or actor.org_id is None or actor.person_id is None:
            raise Forbidden
        made = new_id()
        async with unit_of_work() as session:
            await deals.locked(deal_id)
            access = await deals.access(actor, deal_id)
            handler = _participation(access, actor.org_id).handler_id
            if command.from_id is not None and command.from_id != handler:
                raise errors.handed_over_meanwhile()
            if command.person_id == handler:
                raise Conflict
            if all(p.person_id != command.person_id for p in await accounts.colleagues(actor.org_id)):
                raise errors.choose_a_colleague()
            await deals.hand_over(actor, deal_id, GiveTo(person_id=command.person_id))
            moved = 0
            if handler is not None:
                moved = await tasks.move_tasks(session, deal_id, actor.org_id, handler, command.person_id)
            await tasks.add_handover(
                session, id=made, deal_id=deal_id, org_id=actor.org_id, from_id=handler, to_id=command.person_id,
                by_id=actor.person_id, by_name=actor.person_name, note=command.note, tasks=moved, at=clock.now(),
            )  # fmt: skip
            audit.record(
                session, actor, "desk.hand_over", "deal", deal_id,
                {"from": str(handler) if handler else None, "to": str(command.person_id), "tasks": moved},
            )  # fmt: skip
            outbox.publish(session, "desk.handed_over", handover_id=made)
        return made

    async def handed_over(self, handover_id: UUID) -> HandedOver | None:
        """What the colleague is told."""
        async with reading() as session:
            row = await tasks.handover(session, handover_id)
        return HandedOver(row.deal_id, row.to_id, row.by_name, row.note, row.tasks) if row else None

    # --- the stall clock ---

    async def find_stalls(self) -> int:
        """Write down every party silent for fourteen days in its turn, once a clock; how many are new."""
        before = clock.now() - timedelta(days=policy.STALL_DAYS)
        async with reading() as session:
            due = await listing.due_stalls(session, before)
        done = 0
        for deal_id, since in due:
            async with unit_of_work() as session:
                row = await deals.locked(deal_id)
                if row.turn is None or await listing.silent_since(session, deal_id) != since:
                    continue  # somebody moved or wrote in the meantime
                id_, side = new_id(), Side(row.turn)
                org_id = row.seller_org_id if side is Side.seller else row.buyer_org_id
                if await listing.add_stall(session, id_, deal_id, side.value, org_id, since, clock.now()):
                    outbox.publish(session, "deal.stalled", stall_id=id_)
                    done += 1
        return done

    async def stalled(self, stall_id: UUID) -> Stalled | None:
        """The stall, while it still lasts: None once the party has moved or written."""
        async with reading() as session:
            row = await listing.stall(session, stall_id)
            if row is None or row.turn != row.side or row.now_since != row.turn_since:
                return None
            copies = await listing.brokers(session, row.deal_id)
        days = (clock.now() - row.turn_since).days
        return Stalled(row.deal_id, Side(row.side), row.org_id, copies, days)


def _participation(access: Access, org_id: UUID) -> Participant:
    found = next((p for p in access.participants if p.org_id == org_id), None)
    if found is None:
        raise NotFound
    return found


desk = Desk()
