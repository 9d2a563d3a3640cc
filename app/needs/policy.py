"""Who may do what with a need: pure predicates on the actor and the facts."""

from datetime import date
from uuid import UUID

from app.kit.actor import Actor
from app.kit.workflow import Transition
from app.needs.schemas import NeedKind, Tier
from app.needs.workflow import EDITABLE, OPEN

ASKER_PREPARES = {"take_back", "reopen"}
ASKER_BINDS = {"submit", "close", "withdraw"}
OPERATOR = {"approve", "request_changes", "reject", "withdraw"}
ORDERING_KINDS = {"agency", "department"}


def is_asker(actor: Actor, org_id: UUID) -> bool:
    return not actor.anonymous and actor.org_id == org_id and actor.role is not None


def may_edit(actor: Actor, org_id: UUID) -> bool:
    return is_asker(actor, org_id) and actor.can_edit


def may_review(actor: Actor) -> bool:
    return actor.is_operator and actor.can_write


def may_order(org_kind: str, kind: NeedKind) -> bool:
    """A public order is placed by an agency; whatever else somebody needs is no order."""
    return kind is NeedKind.enterprise or org_kind in ORDERING_KINDS


def may_act(actor: Actor, org_id: UUID, action: str) -> bool:
    """match, win and expire are no buttons: shortlisting, choosing a winner and the clock take them."""
    if action in OPERATOR and may_review(actor):
        return True
    if not is_asker(actor, org_id):
        return False
    return (action in ASKER_PREPARES and actor.can_edit) or (action in ASKER_BINDS and actor.can_manage)


def may_propose(actor: Actor, org_id: UUID, status: str, deadline: date | None, today: date) -> bool:
    """Any other organisation, while the need is open; who may bind it sends."""
    in_time = deadline is None or deadline >= today
    return status in OPEN and in_time and actor.can_manage and actor.org_id is not None and actor.org_id != org_id


def actions(actor: Actor, org_id: UUID, status: str, possible: list[Transition]) -> list[str]:
    found = [t.action for t in possible if may_act(actor, org_id, t.action)]
    if status in EDITABLE and may_edit(actor, org_id):
        found.insert(0, "edit")
    if status in OPEN and is_asker(actor, org_id) and actor.can_manage:
        found.append("extend")
    return found


def level(actor: Actor, org_id: UUID, *, verified_broker: bool, let_in: bool) -> Tier:
    """How much this actor reads. The asker everything; the operator too, whose review needs it; who was let in by
    mutual consent as well; a verified intermediary the broker tier; the Department no more than everyone."""
    if is_asker(actor, org_id) or actor.is_operator or let_in:
        return Tier.matched
    return Tier.broker if verified_broker else Tier.gist
