"""Who may do what with a match: pure predicates on the actor and the facts."""

from __future__ import annotations

from uuid import UUID

from app.kit.actor import Actor
from app.matching.workflow import SIDE

ASKER, OWNER = "asker", "owner"


def side_of(actor: Actor, asker_org_id: UUID, owner_org_id: UUID) -> str | None:
    """The side the actor's organisation stands on."""
    if actor.anonymous or actor.role is None or actor.org_id is None:
        return None
    return {asker_org_id: ASKER, owner_org_id: OWNER}.get(actor.org_id)


def actions(actor: Actor, side: str | None, status: str) -> list[str]:
    """Whoever prepares work for the organisation answers; the operator only looks."""
    return [t.action for t in SIDE.actions_from(status)] if side and actor.can_edit else []


def may_tune(actor: Actor) -> bool:
    return actor.is_operator and actor.can_write


def may_watch(actor: Actor) -> bool:
    return actor.is_operator or actor.is_department
