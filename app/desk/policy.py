"""Who may do what at the desk: pure predicates on the actor and the deal as they take part in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.deals import Access, Capacity, Side
from app.desk.schemas import Channel, NoteScope
from app.kit.actor import Actor

RETRACT_MINUTES = 10
STALL_DAYS = 14
_SIDES = {
    Capacity.seller: Side.seller,
    Capacity.seller_broker: Side.seller,
    Capacity.buyer: Side.buyer,
    Capacity.buyer_broker: Side.buyer,
}


def side_of(access: Access) -> Side | None:
    """The side a participant speaks for. Valuers, appraisers and advisers speak for none."""
    return _SIDES.get(access.capacity) if access.capacity is not None else None


def channels(side: Side | None) -> tuple[Channel, ...]:
    return () if side is None else (Channel.all, Channel(side.value))


def may_read(actor: Actor, side: Side | None) -> bool:
    """Messages and tasks: the people of the two sides and of their brokers."""
    return side is not None and actor.role is not None


def may_write(actor: Actor, side: Side | None) -> bool:
    return may_read(actor, side) and actor.can_edit


def may_inspect(actor: Actor, access: Access) -> bool:
    """The operator keeps order in a dispute: with a reason, and logged. Not in a deal the operator takes part in."""
    return access.capacity is None and actor.is_operator and actor.can_write


def may_note(actor: Actor, access: Access) -> bool:
    """Whoever takes part, in any capacity, keeps notes of its own."""
    return access.capacity is not None and actor.role is not None


def may_write_note(actor: Actor, access: Access) -> bool:
    return may_note(actor, access) and actor.can_edit


def reads_note(actor: Actor, org_id: UUID, person_id: UUID, scope: NoteScope) -> bool:
    return actor.org_id == org_id and (scope is NoteScope.organisation or actor.person_id == person_id)


def may_hand_over(actor: Actor, access: Access) -> bool:
    """Give the deal to a colleague: who may bind the organisation, or who handles the deal now."""
    if access.capacity is None or actor.role is None:
        return False
    mine = next((p for p in access.participants if p.org_id == actor.org_id), None)
    return actor.can_manage or (actor.can_edit and mine is not None and mine.handler_id == actor.person_id)


def message_actions(actor: Actor, person_id: UUID, status: str, sent_at: datetime, now: datetime) -> list[str]:
    fresh = now - sent_at < timedelta(minutes=RETRACT_MINUTES)
    mine = actor.person_id == person_id and actor.can_edit
    return ["retract"] if mine and status == "sent" and fresh else []


def task_actions(actor: Actor, side: Side | None, org_id: UUID, status: str) -> list[str]:
    """Whoever shares a task may say that it is done; its own organisation may change or drop it."""
    if not may_write(actor, side):
        return []
    found = {"open": ["finish"], "done": ["reopen"]}.get(status, [])
    if status == "open" and actor.org_id == org_id:
        found += ["edit", "drop"]
    return found
