"""How bids meet in an English auction: a pure function from what stands and what comes in to what stands then.

Everybody names an amount and, if they like, a maximum up to which the exchange bids for them. The highest maximum
leads, the earlier one of two equal; the price is what it takes to lead: the other's maximum and one step more, never
above the leader's own maximum, never below the amount the leader named. The last automatic step may therefore be
smaller than a whole one. Amounts in đồng.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Standing:
    """Before the first bid all three are None."""

    price: int | None = None
    leader: UUID | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A rise of the price; `automatic`: the exchange bid within somebody's maximum."""

    price: int
    bidder: UUID
    automatic: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """`steps`: (price from which it holds, least rise), rising, the first from 0."""

    start: int
    steps: Sequence[tuple[int, int]]

    def rise(self, price: int) -> int:
        return next(step for since, step in reversed(self.steps) if since <= price)

    def least(self, standing: Standing) -> int:
        """The lowest amount that the next bidder may name."""
        return self.start if standing.price is None else standing.price + self.rise(standing.price)


def place(rules: Rules, standing: Standing, bidder: UUID, amount: int, maximum: int) -> tuple[Standing, list[Step]]:
    """What stands after the bid, and the rises on the way. The caller has checked that `amount` is enough and
    `maximum` no less, and for the leader that `maximum` is above the one that stands."""
    if standing.price is None or standing.leader is None or standing.maximum is None:
        return Standing(amount, bidder, maximum), [Step(amount, bidder, automatic=False)]
    if bidder == standing.leader:
        return replace(standing, maximum=maximum), []
    if maximum > standing.maximum:
        if amount > standing.maximum:
            return Standing(amount, bidder, maximum), [Step(amount, bidder, automatic=False)]
        steps = []
        if standing.maximum > standing.price:
            steps.append(Step(standing.maximum, standing.leader, automatic=True))
        price = min(maximum, standing.maximum + rules.rise(standing.maximum))
        steps.append(Step(price, bidder, automatic=True))
        return Standing(price, bidder, maximum), steps
    steps = [Step(maximum, bidder, automatic=maximum > amount)] if maximum < standing.maximum else []
    price = min(standing.maximum, maximum + rules.rise(maximum))
    steps.append(Step(price, standing.leader, automatic=True))
    return replace(standing, price=price), steps


def settle(standing: Standing, reserve: int) -> Step | None:
    """At the end: when the leader's maximum reaches the reserve and the price does not, the exchange bids it."""
    if standing.price is None or standing.leader is None or standing.maximum is None:
        return None
    if standing.price < reserve <= standing.maximum:
        return Step(reserve, standing.leader, automatic=True)
    return None
