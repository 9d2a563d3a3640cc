"""Who may do what in accounts: pure predicates on the actor and the facts."""

from uuid import UUID

from app.kit.actor import Actor, Role
from app.kit.workflow import Transition

STANDING = {"verify", "suspend", "restore"}


def may_manage_organisation(actor: Actor, org_id: UUID) -> bool:
    return actor.org_id == org_id and actor.can_manage


def may_see_members(actor: Actor, org_id: UUID) -> bool:
    return actor.org_id == org_id or actor.is_operator


def may_change_role(actor: Actor, org_id: UUID, current: Role) -> bool:
    """Only owners touch owners and managers; managers look after members and viewers."""
    if actor.org_id != org_id or not actor.can_manage:
        return False
    return actor.role is Role.owner or current in (Role.member, Role.viewer)


def roles_to_give(actor: Actor, current: Role) -> list[str]:
    """Verbs that give another role. Owners and managers are made by an owner; ownership goes to a manager first."""
    found = [f"make_{r.value}" for r in (Role.manager, Role.member, Role.viewer) if r is not current]
    if actor.role is not Role.owner:
        return [v for v in found if v != "make_manager"]
    return ["make_owner", *found] if current is Role.manager else found


def may_change_standing(actor: Actor, action: str) -> bool:
    return action in STANDING and actor.is_operator and actor.can_write


def standing_actions(actor: Actor, possible: list[Transition]) -> list[Transition]:
    return [t for t in possible if may_change_standing(actor, t.action)]
