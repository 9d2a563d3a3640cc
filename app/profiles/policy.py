"""Who may do what with profiles and campaigns: pure predicates on the actor and the facts."""

from __future__ import annotations

from uuid import UUID

from app.kit.actor import Actor
from app.kit.workflow import Transition
from app.profiles.workflow import COUNTED

# Whose questionnaire it is: the circular asks producing enterprises.
ENTERPRISES = ("company", "cooperative")
PREPARES = {"reopen"}
BINDS = {"declare"}


def is_enterprise(actor: Actor) -> bool:
    return actor.org_kind in ENTERPRISES and actor.role is not None


def is_own(actor: Actor, org_id: UUID) -> bool:
    return not actor.anonymous and actor.org_id == org_id and actor.role is not None


def may_edit(actor: Actor) -> bool:
    return is_enterprise(actor) and actor.can_edit


def may_act(actor: Actor, action: str) -> bool:
    """Declaring binds the enterprise; `lock` is no button: the campaign's close takes it."""
    return is_enterprise(actor) and ((action in PREPARES and actor.can_edit) or (action in BINDS and actor.can_manage))


def actions(actor: Actor, org_id: UUID, status: str, possible: list[Transition]) -> list[str]:
    """Buttons on one's own profile."""
    if not is_own(actor, org_id):
        return []
    found = [t.action for t in possible if may_act(actor, t.action)]
    return ["edit", *found] if status == "draft" and may_edit(actor) else found


def is_staff(actor: Actor) -> bool:
    return actor.is_department or actor.is_operator


def may_run(actor: Actor) -> bool:
    """Campaigns are the Department's own business, so it acts here; the operator acts for it."""
    return is_staff(actor) and actor.can_write


def may_read_answers(actor: Actor, campaign: str, profile: str) -> bool:
    """Raw answers of others: of profiles that count in a campaign only, by the Department and the operator."""
    return is_staff(actor) and profile in COUNTED.get(campaign, ())


def campaign_actions(actor: Actor, status: str, possible: list[Transition]) -> list[str]:
    if not may_run(actor):
        return []
    more = ["reschedule", "invite"] if status in ("planned", "open") else []
    return [*(t.action for t in possible), *more]
