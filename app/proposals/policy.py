"""Who may do what with a proposal: pure predicates on the actor and the facts."""

from uuid import UUID

from app.kit.actor import Actor
from app.proposals.schemas import PartySide
from app.proposals.workflow import LIVE

ASKER = {"shortlist", "decline", "accept", "open_deal"}
PROPOSER = {"withdraw", "attach_listing"}


def side_of(actor: Actor, asker: UUID, proposer: UUID) -> PartySide | None:
    if actor.anonymous or actor.role is None:
        return None
    if actor.org_id == asker:
        return PartySide.asker
    return PartySide.proposer if actor.org_id == proposer else None


def may_see(actor: Actor, side: PartySide | None) -> bool:
    """Both sides and the operator; to everyone else, the Department too, it does not exist."""
    return side is not None or actor.is_operator


def may_act(actor: Actor, side: PartySide | None, action: str) -> bool:
    """Owner or manager of the side whose verb it is; consent is either side's."""
    if side is None or not actor.can_manage:
        return False
    if action == "consent":
        return True
    return action in (ASKER if side is PartySide.asker else PROPOSER)


def actions(
    actor: Actor,
    side: PartySide | None,
    status: str,
    *,
    need_open: bool,
    consented: bool,
    other_consented: bool,
    with_listing: bool,
    with_deal: bool,
    revealed: bool,
    sealed: bool,
) -> list[str]:
    """Buttons. `consented` is what this side has said, `other_consented` the other one."""
    live, found = status in LIVE, []
    if live and need_open:
        found += ["shortlist"] if status == "sent" else []
        found += ["accept"] if other_consented else []
    if live:
        found += ["decline", "withdraw"]
    if (live or status == "accepted") and not consented:
        found.append("consent")
    if (live or status == "accepted") and not with_listing and (revealed or not sealed):
        found.append("attach_listing")
    if status == "accepted" and with_listing and not with_deal:
        found.append("open_deal")
    return [a for a in found if may_act(actor, side, a)]
