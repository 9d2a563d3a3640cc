"""Who may do what in brokerage: pure predicates on the actor and the facts."""

from __future__ import annotations

from uuid import UUID

from app.brokerage.workflow import PENDING
from app.kit.actor import Actor


def role_of(actor: Actor, client: UUID, broker: UUID) -> str | None:
    """client | broker, as what the actor's organisation stands in a mandate."""
    if actor.anonymous or actor.role is None:
        return None
    if actor.org_id == client:
        return "client"
    return "broker" if actor.org_id == broker else None


def may_bind(actor: Actor, role: str | None) -> bool:
    """Propose, counter, sign, decline, end: owner or manager of a party."""
    return role is not None and actor.can_manage


def mandate_actions(
    actor: Actor,
    role: str | None,
    status: str,
    *,
    signed: bool,
    notice: bool,
    ending_asked_by: UUID | None,
) -> list[str]:
    """Buttons. `signed`: this side has signed the newest version."""
    if not may_bind(actor, role):
        return []
    if status in PENDING:
        return [*([] if signed else ["sign"]), "counter", "decline"]
    if status != "active":
        return []
    found = [] if notice else ["give_notice"]
    if ending_asked_by is None:
        found.append("ask_to_end")
    elif ending_asked_by != actor.org_id:
        found.append("agree_to_end")
    return found


# --- introductions ---


def standing(actor: Actor, broker: UUID, client: UUID, counterparty: UUID) -> str | None:
    """broker | client | counterparty, in an introduction."""
    if actor.anonymous or actor.role is None or actor.org_id is None:
        return None
    return {broker: "broker", client: "client", counterparty: "counterparty"}.get(actor.org_id)


def reads_counterparty(actor: Actor, standing_: str | None, consented: bool) -> bool:
    """The client learns who it is only when that party has consented."""
    return actor.is_operator or standing_ in ("broker", "counterparty") or consented


def introduction_actions(actor: Actor, standing_: str | None, status: str, *, claimable: bool) -> list[str]:
    found = []
    if standing_ == "counterparty" and actor.can_manage and status == "sealed":
        found += ["accept", "decline"]
    if standing_ == "broker" and actor.can_edit:
        found.append("receipt")
        if claimable and actor.can_manage:
            found.append("claim")
    return found


# --- claims ---


def claim_standing(actor: Actor, claimant: UUID, respondent: UUID | None) -> str | None:
    if actor.anonymous or actor.role is None:
        return None
    if actor.org_id == claimant:
        return "claimant"
    return "respondent" if respondent is not None and actor.org_id == respondent else None


def takes_evidence(status: str) -> bool:
    """While somebody has yet to decide."""
    return status in ("open", "appealed")


def may_decide(actor: Actor) -> bool:
    return actor.is_operator and actor.can_write and actor.person_id is not None


def claim_actions(
    actor: Actor, standing_: str | None, status: str, *, answered: bool, appealable: bool, first_decider: UUID | None
) -> list[str]:
    found = []
    if standing_ is not None and actor.can_manage:
        if status == "open" and standing_ == "respondent" and not answered:
            found.append("answer")
        if status == "open" and standing_ == "claimant":
            found.append("withdraw")
        if takes_evidence(status):
            found.append("attach")
        if status == "decided" and appealable:
            found.append("appeal")
    if may_decide(actor):
        if status == "open":
            found.append("decide")
        if status == "appealed" and first_decider != actor.person_id:
            found.append("decide_appeal")
    return found


# --- who reads figures ---


def may_read_figures(actor: Actor, broker: bool) -> bool:
    return broker or actor.is_operator or actor.is_department
