"""rNPV, decision trees and the synthesis: known answers, properties, refusals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.valuations.calculating import calculate, example, near, refused, value

STAGES: list[dict[str, Any]] = [
    {"probability": "0.5", "cost": 100, "duration": 1},
    {"probability": "0.8", "cost": 200, "duration": 1},
]
INCOME = [{"year": 2, "amount": 1000}]
chances = st.decimals(min_value="0.05", max_value=1, places=2)
money = st.integers(0, 10**9)


def test_rnpv_by_hand() -> None:
    """At 10 %: -100 - 0.5·200/1.1 + 0.4·1000/1.21 = 139.669421...; all succeeding: -100 - 200/1.1 + 1000/1.21."""
    found = calculate("rnpv", discount_rate="0.1", stages=STAGES, revenues=INCOME)
    assert near(found.value or 0, Decimal(-100) - Decimal(100) / Decimal("1.1") + Decimal(400) / Decimal("1.21"))
    assert near(found.figure("npv_unadjusted"), -100 - Decimal(200) / Decimal("1.1") + Decimal(1000) / Decimal("1.21"))
    assert found.figure("probability_of_success") == Decimal("0.4")
    assert [row[2] for row in found.schedules[0].rows] == [1, Decimal("0.5"), Decimal("0.4")]
    assert near(sum((row[4] or 0 for row in found.schedules[0].rows), Decimal(0)), found.value or 0, "1e-24")


def test_a_cost_carries_the_chance_of_reaching_not_of_passing() -> None:
    last_never_passes = [*STAGES, {"probability": "0.000001", "cost": 300, "duration": 0}]
    found = value("rnpv", discount_rate=0, stages=last_never_passes, revenues=INCOME)
    assert near(found, -100 - 100 - 120, "1e-3")


@given(st.lists(st.tuples(chances, money), min_size=1, max_size=5), money, st.decimals(0, "0.5", places=3))
@settings(max_examples=60)
def test_certain_stages_make_rnpv_npv(stages: list[tuple[Decimal, int]], income: int, rate: Decimal) -> None:
    given_: dict[str, Any] = {"discount_rate": rate, "revenues": [{"year": 9, "amount": income}]}
    risky = [{"probability": p, "cost": c, "duration": 1} for p, c in stages]
    found = calculate("rnpv", **given_, stages=risky)
    certain = calculate("rnpv", **given_, stages=[s | {"probability": 1} for s in risky])
    assert certain.value == certain.figure("npv_unadjusted")
    assert near(certain.value or 0, found.figure("npv_unadjusted"), "1e-24")
    assert near(found.figure("present_income") - found.figure("present_costs"), found.value or 0, "1e-24")


def test_risk_is_counted_once() -> None:
    inputs: dict[str, Any] = {"discount_rate": "0.5", "stages": STAGES, "revenues": INCOME}
    assert refused("rnpv", **inputs, rate_basis="venture")[0] == "rate_basis"
    assert "rate_may_count_risk_twice" in {n.code for n in calculate("rnpv", **inputs).notes}
    certain = [s | {"probability": 1} for s in STAGES]
    alone = calculate("rnpv", discount_rate="0.5", rate_basis="venture", stages=certain, revenues=INCOME)
    assert "rate_may_count_risk_twice" not in {n.code for n in alone.notes}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"revenues": [{"year": 1, "amount": 5}]}, "revenues.0.year"),
        ({"stages": [STAGES[0], STAGES[1] | {"year": "0.5"}]}, "stages.1.year"),
        ({"stages": [STAGES[0] | {"probability": "1.2"}]}, "stages.0.probability"),
        ({"stages": []}, "stages"),
        ({"discount_rate": -1}, "discount_rate"),
        ({"stages": [STAGES[0] | {"chance": 1}]}, "stages.0.chance"),
    ],
)
def test_rnpv_names_what_is_wrong(change: dict[str, Any], field: str) -> None:
    assert refused("rnpv", **{"discount_rate": "0.1", "stages": STAGES, "revenues": INCOME} | change)[0] == field


def _develop(cost: int) -> dict[str, Any]:
    return {
        "kind": "decision", "branches": [
            {"name": "go", "kind": "chance", "amount": -cost, "branches": [
                {"name": "good", "probability": "0.4", "amount": 242, "year": 2},
                {"name": "bad", "probability": "0.6", "amount": -11, "year": 1},
            ]},
            {"name": "stop"},
        ],
    }  # fmt: skip


def test_tree_takes_the_better_branch() -> None:
    """At 10 %: 0.4·242/1.21 - 0.6·11/1.1 = 80 - 6 = 74: worth 50, not worth 75."""
    go = calculate("decision_tree", root=_develop(50), discount_rate="0.1")
    stop = calculate("decision_tree", root=_develop(75), discount_rate="0.1")
    assert (go.value, stop.value) == (24, 0)
    assert (go.low, go.high, go.figure("probability_of_loss")) == (-60, 150, Decimal("0.6"))
    chosen = [s.labels[0] for s in (*go.schedules, *stop.schedules) if s.key == "choices"]
    assert [c.split("→")[1].strip() for c in chosen] == ["go", "stop"]
    ends = next(s for s in go.schedules if s.key == "ends")
    assert ends.labels == ("go → good", "go → bad")


@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(1, 20)), min_size=1, max_size=12))
@settings(max_examples=60)
def test_leaves_and_tree_agree(ends: list[tuple[int, int]]) -> None:
    whole = 1 << max(sum(weight for _, weight in ends) - 1, 1).bit_length()  # chances that a decimal writes exactly
    weights = [Decimal(weight) / whole for _, weight in ends]
    weights[-1] = 1 - sum(weights[:-1])
    values = [amount for amount, _ in ends]
    rolled = calculate(
        "decision_tree", leaves=[{"value": v, "probability": p} for v, p in zip(values, weights, strict=True)]
    )
    branches = [{"amount": v, "probability": p} for v, p in zip(values, weights, strict=True)]
    nested = calculate("decision_tree", root={"kind": "chance", "branches": branches})
    assert rolled.value == nested.value == sum(v * p for v, p in zip(values, weights, strict=True))
    assert rolled.figure("probability_sum") == nested.figure("probability_sum") == 1
    assert rolled.low is not None
    assert rolled.high is not None
    assert rolled.low <= (rolled.value or 0) <= rolled.high


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({}, "root"),
        ({"root": {"amount": 1}, "leaves": [{"value": 1, "probability": 1}]}, "root"),
        ({"leaves": [{"value": 1, "probability": "0.5"}, {"value": 2, "probability": "0.4"}]}, "leaves"),
        ({"leaves": [{"value": 1, "probability": "1.5"}]}, "leaves.0.probability"),
        ({"root": {"kind": "chance", "branches": [{"probability": "0.9"}]}}, "root.branches"),
        ({"root": {"kind": "chance", "branches": [{}]}}, "root.branches.0.probability"),
        ({"root": {"kind": "decision", "branches": [{"probability": 1}]}}, "root.branches.0.probability"),
        ({"root": {"kind": "chance"}}, "root.branches"),
        ({"root": {"branches": [{}]}}, "root.branches"),
        ({"root": {"kind": "decision", "year": 2, "branches": [{"year": 1}]}}, "root.branches.0.year"),
    ],
)
def test_trees_name_what_is_wrong(inputs: dict[str, Any], field: str) -> None:
    assert refused("decision_tree", **inputs)[0] == field


def test_a_tree_has_a_bound_on_its_depth() -> None:
    node: dict[str, Any] = {}
    for _ in range(25):
        node = {"kind": "decision", "branches": [node]}
    assert "too deep" in refused("decision_tree", root=node)[1]


def _parts(*pairs: tuple[object, object]) -> list[dict[str, Any]]:
    return [{"name": f"m{n}", "value": v, "weight": w, "reason": "evidence"} for n, (v, w) in enumerate(pairs)]


def test_synthesis_weighs() -> None:
    found = calculate("synthesis", parts=_parts((100, "0.25"), (120, "0.75")))
    assert (found.value, found.low, found.high) == (115, 100, 120)
    assert near(found.figure("spread"), Decimal(20) / 110)


def test_far_apart_needs_an_explanation() -> None:
    parts = _parts((100, "0.5"), (300, "0.5"))  # (300 - 100) / 200 = 1
    field, said = refused("synthesis", parts=parts)
    assert (field, "100.0 %" in said, "50.0 %" in said) == ("explanation", True, True)
    assert refused("synthesis", parts=parts, explanation="  ")[0] == "explanation"
    found = calculate("synthesis", parts=parts, explanation="The cost approach misses the market.")
    assert found.value == 200
    assert found.notes[0].code == "spread_explained"
    assert calculate("synthesis", parts=parts, spread_bound=1).notes == ()
    assert refused("synthesis", parts=_parts((-100, "0.5"), (100, "0.5")))[0] == "explanation"


@given(st.lists(st.tuples(st.integers(1, 10**12), st.integers(1, 9)), min_size=1, max_size=8))
@settings(max_examples=60)
def test_synthesis_lies_between(pairs: list[tuple[int, int]]) -> None:
    weights = [Decimal(w) / 100 for _, w in pairs]
    weights[-1] = 1 - sum(weights[:-1])
    found = calculate(
        "synthesis", parts=_parts(*((v, w) for (v, _), w in zip(pairs, weights, strict=True))), explanation="drawn"
    )
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert min(v for v, _ in pairs) == found.low <= found.value <= found.high == max(v for v, _ in pairs)
    assert sum(row[2] or 0 for row in found.schedules[0].rows) == found.value


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        (_parts((1, "0.5"), (1, "0.4")), "parts"),
        (_parts((1, "-0.5"), (1, "1.5")), "parts.0.weight"),
        ([], "parts"),
        ([{"name": "a", "value": 1, "weight": 1, "reason": ""}], "parts.0.reason"),
    ],
)
def test_synthesis_names_what_is_wrong(parts: list[dict[str, Any]], field: str) -> None:
    assert refused("synthesis", parts=parts)[0] == field


@pytest.mark.parametrize("name", ["rnpv", "decision_tree", "synthesis", "black_scholes", "binomial_option"])
def test_examples_are_whole_calculations(name: str) -> None:
    assert calculate(name, **example(name)).value is not None
