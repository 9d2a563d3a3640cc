"""Who may do what with a deal: pure predicates on the actor and the facts."""

from collections.abc import Sequence
from uuid import UUID

from app.deals.schemas import Capacity, Participant, Side
from app.kit.actor import Actor


def side_of(actor: Actor, seller: UUID, buyer: UUID) -> Side | None:
    if actor.anonymous or actor.role is None:
        return None
    if actor.org_id == seller:
        return Side.seller
    return Side.buyer if actor.org_id == buyer else None


def capacity_of(actor: Actor, participants: Sequence[Participant]) -> Capacity | None:
    """In what the actor's organisation takes part now."""
    if actor.anonymous or actor.role is None:
        return None
    return next((p.capacity for p in participants if p.org_id == actor.org_id), None)


def may_see(actor: Actor, capacity: Capacity | None) -> bool:
    """Who takes part, the operator and the Department; to everyone else the deal does not exist."""
    return capacity is not None or actor.is_operator or actor.is_department


def may_hand_over(actor: Actor, capacity: Capacity | None, handler_id: UUID | None) -> bool:
    """Owners and managers of an organisation that takes part, and the person who handles the deal there."""
    return capacity is not None and (actor.can_manage or (actor.can_edit and handler_id == actor.person_id))


def may_express_interest(actor: Actor) -> bool:
    return actor.can_edit and actor.org_id is not None


def may_bind(actor: Actor, side: Side | None) -> bool:
    """Close, report or confirm: owner or manager of a party."""
    return side is not None and actor.can_manage


def actions(actor: Actor, side: Side | None, status: str, contract: tuple[str, UUID | None] | None) -> list[str]:
    """Buttons on the deal itself. `contract` is (status, reporting organisation) of the newest reported contract."""
    if not may_bind(actor, side):
        return []
    found = []
    if status == "agreed":
        if contract is None or contract[0] == "disputed":
            found.append("report_contract")
        elif contract[0] == "reported" and contract[1] != actor.org_id:
            found += ["confirm_contract", "dispute_contract"]
    if status in ("interested", "negotiating", "agreed"):
        found.append("close")
    return found
