"""Who may do what in a round: pure predicates on the actor and the facts."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from app.kit.actor import Actor

OWNER = {"update", "announce", "conclude", "answer"}


def is_owner(actor: Actor, org_id: UUID) -> bool:
    return not actor.anonymous and actor.org_id == org_id and actor.role is not None


def may_plan(actor: Actor, org_id: UUID) -> bool:
    return is_owner(actor, org_id) and actor.can_manage


def may_operate(actor: Actor) -> bool:
    return actor.is_operator and actor.can_write and not actor.anonymous


def may_see(actor: Actor, org_id: UUID, status: str) -> bool:
    """A draft is its owner's and the operator's; what was announced is everybody's."""
    return status != "draft" or is_owner(actor, org_id) or actor.is_operator


def sees_entries(actor: Actor, org_id: UUID) -> bool:
    return is_owner(actor, org_id) or actor.is_operator


def may_cancel(actor: Actor, org_id: UUID, status: str) -> bool:
    """The owner until bids are taken; afterwards the operator, with a reason."""
    if may_operate(actor):
        return status != "draft"
    return may_plan(actor, org_id) and status in ("draft", "announced")


def may_take_part(actor: Actor, org_id: UUID) -> bool:
    return actor.can_manage and actor.org_id is not None and not is_owner(actor, org_id)


def bidder(entry_status: str | None, deposit_status: str | None) -> bool:
    """Admitted, and with the deposit confirmed where one is asked (None: none is)."""
    return entry_status == "approved" and deposit_status in (None, "confirmed")


def actions(
    actor: Actor,
    org_id: UUID,
    kind: str,
    status: str,
    *,
    entry: str | None,
    deposit: str | None,
    registering: bool,
    officers: Collection[UUID],
    objections_open: bool,
) -> list[str]:
    """Buttons on a round. `entry` and `deposit`: states of one's own, None for none."""
    found = []
    if may_plan(actor, org_id):
        found += ["update", "announce"] if status == "draft" else []
        if kind == "announcement" and status == "closed" and not objections_open:
            found.append("conclude")
    if may_operate(actor):
        found += ["name_officers"] if kind == "sealed" and status == "draft" else []
        found += ["award"] if (kind, status) in (("english", "closed"), ("sealed", "opened")) else []
        found += ["turn_key"] if kind == "sealed" and status == "closed" and actor.person_id in officers else []
    if may_cancel(actor, org_id, status) and status not in ("awarded", "unsold", "cancelled"):
        found.append("cancel")
    if may_take_part(actor, org_id):
        found += _bidders(kind, status, entry, deposit, registering)
    return found


def _bidders(kind: str, status: str, entry: str | None, deposit: str | None, registering: bool) -> list[str]:
    found = []
    if kind == "announcement":
        return ["object"] if status == "announced" else []
    if status == "announced" and registering and entry in (None, "withdrawn"):
        found.append("apply")
    if status == "announced" and entry in ("applied", "approved"):
        found.append("withdraw_entry")
    if status in ("announced", "open") and entry in ("applied", "approved") and deposit == "required":
        found.append("declare_deposit")
    if status == "open" and bidder(entry, deposit):
        found += ["bid"] if kind == "english" else ["seal", "take_back"]
    return found


def entry_actions(actor: Actor, status: str, deposit: str | None, round_status: str) -> list[str]:
    """Buttons on an application, on the operator's desk."""
    if not may_operate(actor) or round_status not in ("announced", "open"):
        return []
    found = []
    if round_status == "announced":
        found += ["approve"] if status == "applied" else []
        found += ["reject"] if status in ("applied", "approved") else []
    if deposit == "declared" and status in ("applied", "approved"):
        found += ["confirm_deposit", "question_deposit"]
    return found
