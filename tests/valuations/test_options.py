"""Real options: textbook values, parity, limits, and what is refused."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.valuations.methods.options import density, normal
from tests.valuations.calculating import calculate, near, refused, value

SHARE: dict[str, Any] = {
    "underlying": 42, "exercise_price": 40, "life": "0.5", "risk_free_rate": "0.1", "volatility": "0.2",
}  # fmt: skip
TREE: dict[str, Any] = {"underlying": 50, "exercise_price": 52, "life": 2, "risk_free_rate": "0.05", "steps": 2}
numbers = st.decimals(min_value="0.5", max_value="200", places=2)
rates = st.decimals(min_value="-0.05", max_value="0.3", places=4)
volatilities = st.decimals(min_value="0.05", max_value="1.5", places=3)
lives = st.decimals(min_value="0.1", max_value="20", places=2)


@pytest.mark.parametrize("x", [-38, -12.5, -5.01, -4.99, -1, -0.01, 0, 0.3, 2, 4.9, 5.1, 9])
def test_normal_distribution(x: float) -> None:
    assert math.isclose(float(normal(Decimal(x))), 0.5 * math.erfc(-x / math.sqrt(2)), rel_tol=1e-13)


def test_normal_distribution_joins_its_two_forms() -> None:
    with localcontext() as context:
        context.prec = 40
        step = Decimal("1e-20")
        gap = normal(5 + step) - normal(Decimal(5))
        assert abs(gap / step / density(Decimal(5)) - 1) < Decimal("1e-10")


def test_black_scholes_textbook() -> None:
    """d1 = (ln 1.05 + 0.12·0.5)/(0.2·√0.5) = 0.7693, d2 = 0.6278; call 4.76, put 0.81."""
    call = calculate("black_scholes", **SHARE)
    assert near(call.figure("d1"), "0.7693", "5e-5")
    assert near(call.figure("d2"), "0.6278", "5e-5")
    assert near(call.value or 0, "4.759422", "1e-6")
    assert near(value("black_scholes", **SHARE, kind="put"), "0.808599", "1e-6")


def test_cost_of_delay_is_one_over_life() -> None:
    patent: dict[str, Any] = {
        "underlying": 3422, "exercise_price": 2875, "life": 17, "risk_free_rate": "0.067", "volatility": "0.47329",
    }  # fmt: skip
    waits = calculate("black_scholes", **patent, cost_of_delay=True)
    with localcontext() as context:
        context.prec = 40
        assert waits.value == value("black_scholes", **patent, dividend_yield=Decimal(1) / 17)
    assert (waits.figure("npv_if_exercised_now"), round(waits.figure("time_premium"))) == (547, 360)
    assert "cost_of_delay" in {n.code for n in waits.notes}
    assert refused("black_scholes", **patent, cost_of_delay=True, dividend_yield="0.01")[0] == "dividend_yield"


@given(numbers, numbers, lives, rates, volatilities, st.decimals(min_value=0, max_value="0.2", places=3))
@settings(max_examples=60)
def test_put_call_parity(s: Decimal, k: Decimal, t: Decimal, r: Decimal, v: Decimal, y: Decimal) -> None:
    given_: dict[str, Any] = {
        "underlying": s, "exercise_price": k, "life": t, "risk_free_rate": r, "dividend_yield": y,
    }  # fmt: skip
    with localcontext() as context:
        context.prec = 40
        forward = s * (-y * t).exp() - k * (-r * t).exp()
    for method, more in (
        ("black_scholes", {"volatility": v}),
        ("binomial_option", {"volatility": max(v, Decimal("0.6")), "steps": 60, "exercise": "european"}),
    ):
        call, put = (value(method, **given_, **more, kind=kind) for kind in ("call", "put"))
        assert near(call - put, forward, "1e-24")
        assert call >= 0
        assert put >= 0


def test_lattice_by_hand() -> None:
    """u 1.2, d 0.8, r 5 %, one year a step: p = (e^0.05 - 0.8)/0.4 = 0.6282. Put at 52 on 50: ends 0, 4, 20; up node
    1.4147, down node 9.4636 unless exercised at once for 12. So 4.1923 European, 5.0896 American."""
    european = calculate("binomial_option", **TREE, up="1.2", down="0.8", kind="put", exercise="european")
    american = calculate("binomial_option", **TREE, up="1.2", down="0.8", kind="put")
    assert near(european.value or 0, "4.192654", "1e-6")
    assert near(american.value or 0, "5.089632", "1e-6")
    rows = [[round(v or 0, 4) for v in row] for row in american.schedules[0].rows]
    assert [row[3] for row in rows] == [50, 60, 40, 72, 48, 32]
    assert rows[2][4:] == [12, 1]  # the lower node of step 1 is exercised
    assert near(rows[1][4], "1.4147", "1e-4")
    assert rows[1][5] == 0


def test_crr_textbook() -> None:
    found = value(
        "binomial_option", underlying=40, exercise_price=40, life="0.5", risk_free_rate="0.08", volatility="0.3",
        steps=2, exercise="european",
    )  # fmt: skip
    assert near(found, "3.771977", "1e-6")


@pytest.mark.parametrize("kind", ["call", "put"])
def test_binomial_nears_black_scholes(kind: str) -> None:
    exact = value("black_scholes", **SHARE, kind=kind)
    gaps = [
        abs(value("binomial_option", **SHARE, kind=kind, steps=n, exercise="european") - exact) for n in (10, 40, 160)
    ]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < Decimal("0.006")


@given(numbers, numbers, rates, volatilities, st.integers(1, 30), st.sampled_from(["call", "put"]))
@settings(max_examples=60)
def test_american_is_worth_at_least_the_european_and_the_exercise(
    s: Decimal, k: Decimal, r: Decimal, v: Decimal, steps: int, kind: str
) -> None:
    shared: dict[str, Any] = {
        "underlying": s, "exercise_price": k, "life": 1, "risk_free_rate": r, "volatility": max(v, Decimal("0.4")),
        "steps": steps, "kind": kind,
    }  # fmt: skip
    american = calculate("binomial_option", **shared, exercise="american")
    european = value("binomial_option", **shared, exercise="european")
    assert american.value is not None
    assert american.value >= european
    assert american.value >= american.figure("npv_if_exercised_now")
    if kind == "call" and r >= 0:  # nothing is lost by waiting: an early exercise is never better
        assert near(american.value, european, "1e-24")


@pytest.mark.parametrize(
    ("method", "change", "field"),
    [
        ("black_scholes", {"volatility": 0}, "volatility"),
        ("black_scholes", {"life": -1}, "life"),
        ("black_scholes", {"life": "NaN"}, "life"),
        ("black_scholes", {"underlying": 0}, "underlying"),
        ("binomial_option", {"steps": 501}, "steps"),
        ("binomial_option", {"steps": 4, "up": "1.1"}, "volatility"),
        ("binomial_option", {"steps": 4, "volatility": None, "up": "1.1"}, "down"),
        ("binomial_option", {"steps": 4, "volatility": None, "up": "1.01", "down": "0.99"}, "up"),
        ("binomial_option", {"steps": 1, "volatility": "0.01", "life": 5}, "steps"),
    ],
)
def test_wrong_inputs_are_named(method: str, change: dict[str, Any], field: str) -> None:
    assert refused(method, **SHARE | change)[0] == field
