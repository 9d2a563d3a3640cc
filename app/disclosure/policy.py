"""Who may open what: pure predicates on facts. The same rule stands in SQL at every read (repository.OPEN)."""

from __future__ import annotations

from dataclasses import dataclass

from app.kit.actor import Actor, Role
from app.kit.workflow import Workflow

FULL_ROLES = (Role.owner, Role.manager, Role.member)
# Why not, in the order in which it is asked; the words are in errors.REFUSALS.
WHY = ("removed", "no_part", "role", "closed", "no_nda", "not_signed", "not_granted", "not_inspecting")


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides. `needs` is the stage of the document, None for the confidential fields and the questions, which
    any stage opens; `single` says that this very document was granted by itself."""

    owner: bool = False  # acts for the organisation that offers the technology
    operator: bool = False
    inspecting: bool = False  # the operator gave a reason less than an hour ago
    takes_part: bool = False
    role: Role | None = None
    handles: bool = False
    live: bool = True  # the deal is not closed
    nda: bool = False  # both parties have signed, and the term has not passed
    signed: bool = False  # this organisation's own signature stands on that text
    stage: int = 0  # the highest stage opened to the deal and not expired
    any_document: bool = False
    single: bool = False
    needs: int | None = None
    removed: bool = False


def why_not(f: Facts) -> str | None:
    """None when it opens, else the first reason of WHY that keeps it shut."""
    if f.removed:
        return "removed"
    if f.owner:
        return None if f.role is not None else "role"
    if f.operator and not f.takes_part:
        return None if f.inspecting else "not_inspecting"
    if not f.takes_part:
        return "no_part"
    if f.role not in FULL_ROLES and not (f.role is not None and f.handles):
        return "role"
    if not f.live:
        return "closed"
    if not f.nda:
        return "no_nda"
    if not f.signed:
        return "not_signed"
    return None if granted(f) else "not_granted"


def granted(f: Facts) -> bool:
    if f.needs is None:
        return f.stage >= 1
    return f.stage >= f.needs or f.single


def may_open(f: Facts) -> bool:
    return why_not(f) is None


def may_ask(f: Facts) -> bool:
    """A party that sees anything of the room may ask; the owner answers, it does not ask itself."""
    return not f.owner and may_open(_anything(f)) and f.takes_part and f.role in FULL_ROLES


def may_enter(f: Facts) -> bool:
    """Whether anything at all of the room is open: the questions, the list of what is there."""
    return may_open(_anything(f))


def _anything(f: Facts) -> Facts:
    return Facts(
        owner=f.owner, operator=f.operator, inspecting=f.inspecting, takes_part=f.takes_part, role=f.role,
        handles=f.handles, live=f.live, nda=f.nda, signed=f.signed, stage=1 if f.stage or f.any_document else 0,
    )  # fmt: skip


def nda_actions(
    actor: Actor, workflow: Workflow, status: str, *, party: bool, takes_part: bool, signed: bool, proposer: bool
) -> list[str]:
    """Buttons on an agreement. Only owners and managers bind their organisation."""
    if not actor.can_manage or not takes_part:
        return []
    if not party:
        return ["adhere"] if status == "in_force" and not signed else []
    found = []
    for t in workflow.actions_from(status):
        if t.action in ("sign", "countersign"):
            found += [] if signed else ["sign"]
        elif t.action == "withdraw":
            found += ["withdraw"] if proposer else []
        elif t.action == "decline":
            found += [] if proposer else ["decline"]
        elif t.action == "terminate":
            found.append("terminate")
    return found


def may_manage_room(actor: Actor, owner: bool) -> bool:
    """Put papers in and take them out, answer questions: the owner's people who may write."""
    return owner and actor.can_edit


def may_grant(actor: Actor, owner: bool) -> bool:
    """Open something to a deal: that binds the owner."""
    return owner and actor.can_manage


def may_read_log(actor: Actor, owner: bool) -> bool:
    """The owner; the operator, whose look is written down. The Department reads counts only."""
    return (owner and actor.role is not None) or actor.is_operator
