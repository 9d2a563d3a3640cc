"""Who is asked what, and who may answer: pure."""

from __future__ import annotations

from app.deals import Side
from app.kit.actor import Actor
from app.outcomes.schemas import Basis, Became, Stage

DAYS = (30, 90, 180)
LAST_STAYS_OPEN = 90  # days for which the last question may still be answered

OPTIONS: dict[Basis, tuple[Became, ...]] = {
    Basis.agreed: (
        Became.under_way, Became.in_use, Became.contract_outside, Became.solved_otherwise, Became.bought_elsewhere,
        Became.stopped,
    ),
    Basis.contracted: (Became.under_way, Became.in_use, Became.stopped),
    Basis.closed: (
        Became.still_looking, Became.solved_otherwise, Became.bought_elsewhere, Became.contract_outside, Became.in_use,
        Became.stopped,
    ),
}  # fmt: skip
# A match's reasons reach the owner in threes only (matching), because the asker may be sealed.
OWNERS_STAGES = tuple(s for s in Stage if s is not Stage.match)


def window(days: int) -> int:
    """How many days a question stays open: until the next one, or for the last one a time of its own."""
    later = [d for d in DAYS if d > days]
    return (later[0] - days) if later else LAST_STAYS_OPEN


def options(basis: Basis, side: Side) -> list[Became]:
    """A seller has nothing to solve another way."""
    return [o for o in OPTIONS[basis] if not (o is Became.solved_otherwise and side is Side.seller)]


def may_answer(actor: Actor) -> bool:
    """Whoever prepares work for the organisation; an answer binds nobody."""
    return actor.can_edit


def sees_all(actor: Actor) -> bool:
    return actor.is_operator


def sees_suppressed(actor: Actor) -> bool:
    return actor.is_department and not actor.is_operator
