"""Commission is exact: brackets, bounds, the cap, and shares that add up to the đồng."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.brokerage import commission
from app.brokerage.schemas.mandates import CommissionTerms
from app.kit.money import MAX_AMOUNT

AMOUNTS = st.integers(0, MAX_AMOUNT)
PERCENTS = st.decimals("0.001", 100, places=3)


@st.composite
def terms(draw: st.DrawFn, *, bounded: bool = True) -> CommissionTerms:
    ends = sorted(draw(st.sets(st.integers(1, 10**13), max_size=4)))
    tiers = [{"up_to": e, "percent": draw(PERCENTS)} for e in ends] + [{"percent": draw(PERCENTS)}]
    fields: dict[str, object] = {"tiers": tiers, "fixed": draw(st.none() | st.integers(0, 10**10))}
    if bounded:
        low = draw(st.none() | st.integers(0, 10**11))
        fields |= {"minimum": low, "maximum": draw(st.none() | st.integers(max(1, low or 1), 10**13))}
    return CommissionTerms.model_validate(fields)


def reference(given_: CommissionTerms, value: int) -> Fraction:
    """The rule in other words: every đồng pays the rate of its bracket; exact, before rounding and bounds."""
    total, below = Fraction(0), 0
    for tier in given_.tiers:
        end = value if tier.up_to is None else tier.up_to
        total += max(0, min(value, end) - below) * Fraction(tier.percent) / 100
        below = max(below, end)
    return total


@given(terms(bounded=False), AMOUNTS)
def test_brackets_follow_the_reference(given_: CommissionTerms, value: int) -> None:
    found = commission.compute(given_, value)
    assert found.amount == round(reference(given_, value)) + (given_.fixed or 0)
    assert sum(x.part for x in found.lines) == value
    assert sum((x.amount for x in found.lines), Decimal(0)) == Decimal(reference(given_, value).numerator) / Decimal(
        reference(given_, value).denominator
    )


@given(terms(), AMOUNTS, AMOUNTS, st.none() | PERCENTS)
def test_a_larger_contract_never_pays_less(given_: CommissionTerms, a: int, b: int, cap: Decimal | None) -> None:
    low, high = sorted((a, b))
    assert commission.compute(given_, low, cap).amount <= commission.compute(given_, high, cap).amount


@given(terms(), AMOUNTS, PERCENTS)
def test_bounds_and_cap_are_kept(given_: CommissionTerms, value: int, cap: Decimal) -> None:
    found = commission.compute(given_, value, cap)
    if given_.minimum is not None:
        assert found.uncapped >= given_.minimum
    if given_.maximum is not None:
        assert found.uncapped <= given_.maximum
    assert found.amount * 100 <= Fraction(cap) * value
    assert found.amount <= found.uncapped
    assert found.capped == (found.amount < found.uncapped)


@given(AMOUNTS, st.lists(st.decimals("0.01", 100, places=2), min_size=1, max_size=6))
def test_shares_add_up(amount: int, percents: list[Decimal]) -> None:
    shares = [(UUID(int=n), p) for n, p in enumerate(percents)]
    parts = commission.split(amount, shares)
    assert [org for org, _ in parts] == [org for org, _ in shares]
    assert sum(part for _, part in parts) == amount
    total = sum(Fraction(p) for p in percents)
    for (_, part), percent in zip(parts, percents, strict=True):
        assert abs(part - amount * Fraction(percent) / total) < 1


@given(terms(), st.decimals("0.001", 100, places=3), st.lists(st.integers(1, MAX_AMOUNT), max_size=30))
def test_what_may_exceed_the_cap_is_found(given_: CommissionTerms, cap: Decimal, values: list[int]) -> None:
    """A witness really exceeds; without one no value does, bracket ends and their neighbours among them."""
    witness = commission.may_exceed(given_, cap)
    ends = [e for t in given_.tiers if t.up_to for e in (t.up_to - 1, t.up_to, t.up_to + 1) if e > 0]

    def exceeds(value: int) -> bool:
        exact = reference(given_, value) + (given_.fixed or 0)
        if given_.minimum is not None:
            exact = max(exact, Fraction(given_.minimum))
        if given_.maximum is not None:
            exact = min(exact, Fraction(given_.maximum))
        return exact > value * Fraction(cap) / 100

    if witness is None:
        assert not any(exceeds(v) for v in [*values, *ends, 1, MAX_AMOUNT])
    else:
        assert exceeds(witness)


def test_a_retainer_is_owed_without_a_contract() -> None:
    given_ = CommissionTerms.model_validate({"tiers": [{"percent": "1"}], "pay": "retainer", "retainer": 1_000_000})
    assert commission.may_exceed(given_, Decimal(10)) == 0


def test_the_example_of_the_form() -> None:
    """Up to 1 tỷ 5 %, above 3 %: of 1.5 tỷ it is 50 + 15 triệu."""
    given_ = CommissionTerms.model_validate({"tiers": [{"up_to": "1.000.000.000", "percent": "5"}, {"percent": "3"}]})
    assert commission.compute(given_, 1_500_000_000).amount == 65_000_000
    assert commission.compute(given_, 1_500_000_000, Decimal(4)).amount == 60_000_000


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"tiers": [{"up_to": 10, "percent": 5}]},
        {"tiers": [{"percent": 5}, {"percent": 3}]},
        {"tiers": [{"up_to": 10, "percent": 5}, {"up_to": 10, "percent": 4}, {"percent": 3}]},
        {"tiers": [{"percent": 5}], "minimum": 10, "maximum": 9},
        {"tiers": [{"percent": 0}]},
        {"tiers": [{"percent": 101}]},
        {"fixed": 1, "pay": "retainer"},
        {"fixed": 1, "split": [{"org_id": str(UUID(int=1)), "percent": 99}]},
        {"fixed": 1, "split": [{"org_id": str(UUID(int=1)), "percent": 50}] * 2},
    ],
)
def test_what_makes_no_commission_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CommissionTerms.model_validate(wrong)


def test_a_negative_value_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="negative"):
        commission.compute(CommissionTerms(fixed=1), -1)
