"""Who may do what with an offer: pure predicates on the actor and the facts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.deals import Capacity, Side
from app.kit.actor import Actor, Role

ANSWERS = ("accept", "counter", "accept_terms", "decline")


def may_bind(actor: Actor, side: Side | None) -> bool:
    return side is not None and actor.can_manage


def actions(actor: Actor, side: Side | None, offer_side: Side, status: str) -> list[str]:
    """Buttons on one offer: the other side answers, the sender may withdraw."""
    if not may_bind(actor, side):
        return []
    if side is not offer_side:
        return list(ANSWERS) if status == "open" else []
    return ["withdraw"] if status in ("open", "frozen") else []


def may_send(actor: Actor, side: Side | None, deal_status: str, open_offer: bool) -> bool:
    """A first or a fresh offer: either side, while the deal is live and nothing lies open."""
    return may_bind(actor, side) and deal_status in ("interested", "negotiating") and not open_offer


def may_read_terms(actor: Actor, side: Side | None, capacity: Capacity | None = None) -> bool:
    """Terms belong to the parties; their brokers read them and cannot act, the operator reads them to keep order.
    The Department reads only what was agreed, as a figure of the deal; valuers and advisers are given what they
    need by a party."""
    return side is not None or (capacity is not None and capacity.broker) or actor.is_operator


def may_set_rule(actor: Actor) -> bool:
    """Owners alone: a manager who needs approval must not be the one who lifts it."""
    return actor.can_write and actor.role is Role.owner


def approval_actions(
    actor: Actor, status: str, approvers: Sequence[UUID], voted: Sequence[UUID], in_time: bool
) -> list[str]:
    """Buttons on a request of one's own organisation."""
    if status != "pending" or not actor.can_manage:
        return []
    decides = in_time and actor.person_id in approvers and actor.person_id not in voted
    return [*(("approve", "refuse") if decides else ()), "withdraw"]


def memorandum_actions(actor: Actor, side: Side | None, of_side: Side, status: str, deal_status: str) -> list[str]:
    """Buttons on a memorandum: the other side answers, its proposer takes it back, both say what became of it."""
    if not may_bind(actor, side):
        return []
    if status == "proposed":
        return ["withdraw"] if side is of_side else ["confirm", "decline"]
    return ["outcome"] if status in ("confirmed", "due") and deal_status != "closed" else []


def may_propose_memorandum(actor: Actor, side: Side | None, deal_status: str, lives: bool) -> bool:
    return may_bind(actor, side) and deal_status in ("interested", "negotiating", "agreed") and not lives
