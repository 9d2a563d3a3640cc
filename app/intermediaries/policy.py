"""Who may do what: pure predicates on the actor and the facts."""

from __future__ import annotations

from uuid import UUID

from app.intermediaries.workflow import EDITABLE, LICENCE, PROVIDER
from app.kit.actor import Actor
from app.kit.workflow import Transition

# Whose verb each action is.
OWNERS = {"submit", "take_back", "unlist"}
OPERATORS = {"approve", "request_changes", "suspend", "restore"}


def is_own(actor: Actor, org_id: UUID, person_id: UUID | None) -> bool:
    """An organisation's profile is its members'; an expert's is that person's alone."""
    if actor.anonymous or actor.role is None or actor.org_id is None:
        return False
    return actor.person_id == person_id if person_id else actor.org_id == org_id


def may_see_whole(actor: Actor, own: bool) -> bool:
    """Drafts, licences with their files, what the operator asked for."""
    return own or actor.is_operator


def may_begin(actor: Actor, expert: bool) -> bool:
    """An expert speaks for themselves, whatever their role; an organisation through those who prepare its work."""
    return actor.can_write and actor.org_id is not None and (actor.role is not None if expert else actor.can_edit)


def may_edit(actor: Actor, own: bool, expert: bool) -> bool:
    return own and may_begin(actor, expert)


def may_bind(actor: Actor, own: bool, expert: bool) -> bool:
    """Submit, take off the directory, declare or withdraw a licence: for an organisation an owner or a manager."""
    return own and actor.can_write and (expert or actor.can_manage)


def may_review(actor: Actor) -> bool:
    return actor.is_operator and actor.can_write


def may_act(actor: Actor, own: bool, expert: bool, action: str) -> bool:
    if action in OWNERS:
        return may_bind(actor, own, expert)
    return action in OPERATORS and may_review(actor)


def actions(actor: Actor, own: bool, expert: bool, status: str, *, unseen: bool) -> list[str]:
    """Buttons on a profile. `unseen`: it was edited after its last review."""
    possible: list[Transition] = PROVIDER.actions_from(status)
    found = [t.action for t in possible if may_act(actor, own, expert, t.action)]
    if status == "listed" and not unseen:
        found = [a for a in found if a != "approve"]
    if status in EDITABLE and may_edit(actor, own, expert):
        found.insert(0, "edit")
    if status != "suspended" and may_bind(actor, own, expert):
        found.append("declare_licence")
    return found


def licence_actions(actor: Actor, own: bool, expert: bool, status: str) -> list[str]:
    """Buttons on one licence; `expire` is no button, the calendar takes it."""
    owners = {"withdraw"} if may_bind(actor, own, expert) else set()
    operators = {"check", "refuse"} if may_review(actor) else set()
    return [t.action for t in LICENCE.actions_from(status) if t.action in owners | operators]


def may_rate(actor: Actor) -> bool:
    """A rating speaks for the organisation."""
    return actor.can_manage and actor.org_id is not None


def may_report(actor: Actor, ratee_org_id: UUID) -> bool:
    """Whom the words are about asks the operator to look at them."""
    return actor.can_manage and actor.org_id == ratee_org_id


def remark_actions(actor: Actor, ratee_org_id: UUID, status: str, *, words: bool, published: bool) -> list[str]:
    if not words or not published:
        return []
    found = ["report"] if status == "shown" and may_report(actor, ratee_org_id) else []
    if may_review(actor):
        found += ["keep"] if status == "reported" else []
        found += ["hide"] if status in ("shown", "reported") else []
    return found
