"""Price bands tell nothing of few deals: on any set of deals, from any figures that are shown together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.deals import Settled
from app.reference import TransferMode
from app.valuations import bands
from app.valuations.bands import REST, Cell, Rules, banded, cells, covering, disclosable, isolated, quartiles, safe

RULES = Rules(5, 5, Decimal(75), Decimal(85))


def org(n: int) -> UUID:
    return UUID(int=n + 1)


def deal(
    n: int,
    amount: int = 1_000_000_000,
    *,
    seller: int | None = None,
    buyer: int | None = None,
    mode: str | None = "licence",
    field: str | None = "2.7",
    trl: int | None = 8,
) -> Settled:
    return Settled(
        deal_id=org(n), listing_id=org(n), seller_org_id=org(1000 + (n if seller is None else seller)),
        buyer_org_id=org(5000 + (n if buyer is None else buyer)), mode=TransferMode(mode) if mode else None,
        field=field, trl=trl, amount=amount, currency="VND", signed_on=date(2026, 6, 1),
    )  # fmt: skip


def places(found: Iterable[Cell]) -> list[tuple[str, str, str, int]]:
    return [(c.mode, c.field, c.trl, len(c.deals)) for c in found]


@pytest.mark.parametrize(
    ("deals", "told"),
    [
        ([deal(n) for n in range(5)], True),
        ([deal(n) for n in range(4)], False),
        ([deal(n, seller=n % 4) for n in range(8)], False),  # four sellers
        ([deal(n, 100) for n in range(4)] + [deal(9, 1200)], True),  # 1200 of 1600: 75 per cent
        ([deal(n, 100) for n in range(4)] + [deal(9, 1201)], False),
        ([deal(n, 100) for n in range(3)] + [deal(8, 850), deal(9, 850)], True),  # two: 85 per cent
        ([deal(n, 100) for n in range(3)] + [deal(8, 851), deal(9, 850)], False),
        ([deal(n, buyer=0) for n in range(6)], False),  # one buyer bought them all
    ],
)
def test_minimum_sellers_and_dominance(deals, told):
    assert safe(deals, RULES) is told
    assert bool(cells(deals, RULES)) is told


def test_one_deal_counts_once():
    """Two entries of one contract are one deal."""
    twice = [deal(n) for n in range(4)] + [deal(0, seller=9)]
    assert not safe(twice, RULES)


def test_what_is_too_few_is_put_together_step_by_step():
    enough = [deal(n) for n in range(5)]
    few = [deal(10 + n, trl=2) for n in range(3)] + [deal(20 + n, trl=5) for n in range(2)]
    assert places(cells(enough + few, RULES)) == [("licence", "2.7", "7-9", 5), ("licence", "2.7", REST, 5)]
    other_fields = [deal(30 + n, field=f"2.{n + 1}") for n in range(5)]
    assert places(cells(enough + other_fields, RULES)) == [("licence", "2", REST, 5), ("licence", "2.7", "7-9", 5)]
    other_branches = [deal(40 + n, field=f"{n + 1}.1") for n in range(5)]
    assert places(cells(enough + other_branches, RULES)) == [("licence", "", REST, 5), ("licence", "2.7", "7-9", 5)]
    assert places(cells(enough + few[:4], RULES)) == [("licence", "2.7", "7-9", 5)]
    # A mode is never mixed with another, and what has none is left out.
    assert cells([deal(n, mode="licence" if n % 2 else "assignment") for n in range(8)], RULES) == []
    assert cells([deal(n, mode=None) for n in range(8)], RULES) == []
    # Without a field or a readiness a deal is told among all others.
    assert places(cells([deal(n, field=None, trl=None) for n in range(5)], RULES)) == [("licence", "", REST, 5)]


def test_a_technology_finds_the_narrowest_band():
    told = cells([deal(n) for n in range(5)] + [deal(30 + n, field=f"2.{n + 1}") for n in range(5)], RULES)
    found = [covering(told, "licence", f, t) for f, t in (("2.7", 9), ("2.7", 1), ("2.4", None), ("3.1", 9))]
    assert [c and (c.field, c.trl) for c in found] == [("2.7", "7-9"), ("2", REST), ("2", REST), None]
    assert covering(told, "assignment", "2.7", 9) is None


def test_figures_are_rounded():
    prices = [1_234_000_000, 987_000_000, 2_310_000_000, 555_000_000, 1_500_000_000]
    found = quartiles(Cell("licence", "2.7", "7-9", tuple(deal(n, p) for n, p in enumerate(prices))))
    assert found == (990_000_000, 1_200_000_000, 1_500_000_000)
    assert bands.quantile([Decimal(1), Decimal(2), Decimal(4), Decimal(8)], Decimal("0.25")) == Decimal("1.75")
    assert [bands.rounded(Decimal(v)) for v in ("7", "1249", "1251", "99.6")] == [7, 1200, 1300, 100]


@given(st.integers(1, 10**15))
def test_a_banded_price_is_near(amount):
    found = banded(amount)
    assert abs(found - amount) <= max(amount * 0.13, 1)
    assert str(found).rstrip("0") in {"1", "125", "12", "16", "2", "25", "315", "31", "3", "4", "5", "63", "6", "8"}


MODES, FIELDS = ("licence", "assignment"), (None, "2", "2.1", "2.7", "3.1")
DEALS = st.lists(
    st.fixed_dictionaries(
        {
            "seller": st.integers(0, 12), "buyer": st.integers(0, 12), "amount": st.integers(1, 10**11),
            "mode": st.sampled_from(MODES), "field": st.sampled_from(FIELDS),
            "trl": st.sampled_from([None, 1, 3, 4, 7, 9]),
        }
    ),
    max_size=60,
).map(lambda found: [deal(n, **d) for n, d in enumerate(found)])  # fmt: skip


@given(DEALS)
@settings(max_examples=200)
def test_nothing_below_the_minimum_can_be_worked_out(deals):
    told = cells(deals, RULES)
    groups = [frozenset(d.deal_id for d in c.deals) for c in told]
    for c in told:
        assert safe(c.deals, RULES)
        assert {d.mode for d in c.deals} == {c.mode}
        assert len({(c.mode, c.field, c.trl) for c in told}) == len(told)
    # Any two told figures: their union and their difference are again enough deals of enough sellers, or nothing.
    sellers = {d.deal_id: d.seller_org_id for d in deals}
    for a, b in combinations(groups, 2):
        for part in (a - b, b - a, a & b, a | b):
            assert not part or (len(part) >= 5 and len({sellers[i] for i in part}) >= 5)
    assert not groups or not isolated(set(groups), 5)
    # What a visitor asks for chooses a told band and never makes a new one.
    for mode, field, trl in {(str(d.mode), d.field or "", d.trl) for d in deals}:
        found = covering(told, mode, field, trl)
        assert found is None or found in told
    # The order of the books does not matter.
    again = cells(list(reversed(deals)), RULES)
    assert places(again) == places(told)
    assert [quartiles(c) for c in again] == [quartiles(c) for c in told]


@given(DEALS)
def test_prices_scale(deals):
    """A thousand times the money: the same cells, quartiles a thousand times as large."""
    dear = [d.model_copy(update={"amount": d.amount * 1000}) for d in deals if d.amount >= 100]
    cheap = [d for d in deals if d.amount >= 100]
    one, other = cells(cheap, RULES), cells(dear, RULES)
    assert places(one) == places(other)
    for a, b in zip(one, other, strict=True):
        assert [v * 1000 for v in quartiles(a)] == pytest.approx(quartiles(b), rel=0.051)


def group(*members: int) -> frozenset[UUID]:
    return frozenset(org(m) for m in members)


def test_the_audit_finds_what_subtraction_gives_away():
    whole = group(*range(6))
    assert isolated({whole, group(*range(5))}, 5)  # the sixth
    assert not isolated({whole}, 5)
    assert not isolated({whole, group(*range(10, 16))}, 5)
    # a + b - c leaves one deal, though no two of the three do.
    a, b, c = group(*range(6)), group(*range(6, 12)), group(*range(1, 12))
    assert isolated({a, b, c}, 5)
    # A total beside its shown part, where five or more are hidden, tells nothing of few.
    assert not isolated({group(*range(10)), group(*range(5))}, 5)


@given(st.lists(st.frozensets(st.integers(0, 15), min_size=1), min_size=1, max_size=7))
def test_what_is_disclosed_side_by_side_isolates_nobody(sets):
    groups = [(n, frozenset(org(m) for m in s)) for n, s in enumerate(sets)]
    told = disclosable(groups, 5)
    kept = {s for n, s in groups if n in told}
    assert all(len(s) >= 5 for s in kept)
    assert not kept or not isolated(kept, 5)
    first = next((n for n, s in groups if len(s) >= 5), None)
    assert first is None or first in told


def test_a_naive_table_of_totals_would_be_caught():
    """The audit is worth something: with the total of a field beside its told band the hidden deal comes out."""
    deals = [deal(n) for n in range(5)] + [deal(9, trl=2)]
    told = [frozenset(d.deal_id for d in c.deals) for c in cells(deals, RULES)]
    assert len(told) == 1
    assert isolated({*told, frozenset(d.deal_id for d in deals)}, 5)
