"""Who may do what with a listing: pure predicates on the actor and the facts."""

from uuid import UUID

from app.kit.actor import Actor
from app.kit.workflow import Transition
from app.listings.schemas import Tier
from app.listings.workflow import EDITABLE

OWNER_PREPARES = {"take_back", "reopen"}
OWNER_BINDS = {"submit", "archive", "transfer"}
OPERATOR = {"approve", "request_changes", "suspend", "restore", "transfer"}
LEVELS = {Tier.public: 0, Tier.registered: 1, Tier.nda: 2}


def is_owner(actor: Actor, org_id: UUID) -> bool:
    return not actor.anonymous and actor.org_id == org_id and actor.role is not None


def may_edit(actor: Actor, org_id: UUID) -> bool:
    return is_owner(actor, org_id) and actor.can_edit


def may_review(actor: Actor) -> bool:
    return actor.is_operator and actor.can_write


def may_act(actor: Actor, org_id: UUID, action: str) -> bool:
    """reserve and release are no buttons: accepting an exclusive offer, or its deal's end, takes them."""
    if action in OPERATOR and may_review(actor):
        return True
    if not is_owner(actor, org_id):
        return False
    return (action in OWNER_PREPARES and actor.can_edit) or (action in OWNER_BINDS and actor.can_manage)


def actions(actor: Actor, org_id: UUID, status: str, possible: list[Transition]) -> list[str]:
    found = [t.action for t in possible if may_act(actor, org_id, t.action)]
    if status in EDITABLE and may_edit(actor, org_id):
        found.insert(0, "edit")
    if status == "published" and may_edit(actor, org_id):
        found.append("refresh")
    return found


def level(actor: Actor, org_id: UUID) -> Tier:
    """The highest tier this actor reads by standing alone. Only the owner reads the NDA tier so: neither the
    operator nor the Department does, and everyone else needs an accepted NDA."""
    if is_owner(actor, org_id):
        return Tier.nda
    return Tier.public if actor.anonymous else Tier.registered


def opens(have: Tier, needed: Tier) -> bool:
    return LEVELS[have] >= LEVELS[needed]
