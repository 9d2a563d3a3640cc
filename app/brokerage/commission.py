"""The commission of a mandate: exact whole đồng. Pure.

Brackets are marginal: each percentage is of the part of the value inside its bracket. The sum is rounded once, half to
even; then the fixed sum is added, then minimum and maximum bound it, then the cap of the law when one holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal, localcontext
from uuid import UUID

from app.brokerage.schemas.mandates import CommissionTerms, Pay, Tier
from app.kit.money import MAX_AMOUNT, Money

# 10^15 đồng with three decimals of a per cent stays exact far below this.
EXACT = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Line:
    """One bracket of the statement: the part of the value in it and the amount before rounding."""

    part: int
    percent: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Computed:
    """`amount` is due; `uncapped` what the mandate alone would give."""

    value: int
    lines: tuple[Line, ...]
    uncapped: int
    amount: int
    capped: bool


def lines(tiers: Sequence[Tier], value: int) -> tuple[Line, ...]:
    """The brackets a value reaches into, lowest first."""
    found, below = [], 0
    for tier in tiers:
        top = value if tier.up_to is None else min(value, tier.up_to)
        if top > below:
            part = top - below
            found.append(
                Line(part, tier.percent, EXACT.divide(EXACT.multiply(Decimal(part), tier.percent), Decimal(100)))
            )
            below = top
    return tuple(found)


def compute(terms: CommissionTerms, value: int, cap_percent: Decimal | None = None) -> Computed:
    """What is due when a contract of `value` đồng is signed. ValueError for a negative value."""
    if value < 0:
        raise ValueError("a contract has no negative value")
    brackets = lines(terms.tiers, value)
    with localcontext(EXACT):
        exact = sum((x.amount for x in brackets), Decimal(0))
        uncapped = int(exact.quantize(Decimal(1), ROUND_HALF_EVEN)) + (terms.fixed or 0)
        if terms.minimum is not None:
            uncapped = max(uncapped, terms.minimum)
        if terms.maximum is not None:
            uncapped = min(uncapped, terms.maximum)
        amount = uncapped
        if cap_percent is not None:
            amount = min(amount, int((Decimal(value) * cap_percent / 100).quantize(Decimal(1), ROUND_DOWN)))
    return Computed(value, brackets, uncapped, amount, amount < uncapped)


def _exact(terms: CommissionTerms, value: int) -> Decimal:
    with localcontext(EXACT):
        total = sum((x.amount for x in lines(terms.tiers, value)), Decimal(0)) + (terms.fixed or 0)
        if terms.minimum is not None:
            total = max(total, Decimal(terms.minimum))
        if terms.maximum is not None:
            total = min(total, Decimal(terms.maximum))
        return total


def may_exceed(terms: CommissionTerms, cap_percent: Decimal) -> int | None:
    """A contract value at which the commission would exceed the cap; None when there is none.

    The difference of both is linear between few values, so it is enough to look at these: the smallest, each bracket's
    end, the value at which the maximum is met, the largest. A retainer is owed without any contract: it exceeds always.
    """
    if terms.pay is Pay.retainer:
        return 0
    looked_at = {1, MAX_AMOUNT, *(t.up_to for t in terms.tiers if t.up_to is not None)}
    if terms.maximum is not None:
        met = _first_meeting(terms, terms.maximum)
        looked_at |= {met, max(1, met - 1)}
    for value in sorted(looked_at):
        with localcontext(EXACT):
            if _exact(terms, value) > Decimal(value) * cap_percent / 100:
                return value
    return None


def _first_meeting(terms: CommissionTerms, bound: int) -> int:
    """The least value at which brackets and fixed sum reach `bound`; the largest amount when they never do."""
    low, high = 1, MAX_AMOUNT
    plain = terms.model_copy(update={"minimum": None, "maximum": None})
    while low < high:
        middle = (low + high) // 2
        if _exact(plain, middle) >= bound:
            high = middle
        else:
            low = middle + 1
    return low


def split(amount: int, shares: Sequence[tuple[UUID, Decimal]]) -> list[tuple[UUID, int]]:
    """The amount among brokers by their percentages; the parts add up to it exactly."""
    parts = Money(amount).allocate([percent for _, percent in shares])
    return [(org_id, part.amount) for (org_id, _), part in zip(shares, parts, strict=True)]


def portion(amount: int, basis_points: int) -> int:
    """The part of a commission that an attribution shared among brokers leaves to one of them (10000 = all of it)."""
    return Money(amount).percent(Decimal(basis_points) / 100).amount
