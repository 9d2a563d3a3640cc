"""The simulation: its columns equal the methods draw by draw, its distributions are what they say, a seed is a result."""

from __future__ import annotations

import hashlib
import itertools
import math
import statistics
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from app.valuations import canonical
from app.valuations.methods import METHODS
from app.valuations.methods import simulation as sim
from app.valuations.methods.paths import moved, reach
from app.valuations.methods.simulation import numbers, values
from app.valuations.methods.simulation.draws import Correlation, Draws, Shape, Spread
from tests.valuations.calculating import calculate, example, near, refused, value

TAX: dict[str, Any] = {"discount_rate": "0.18", "tax_basis": "after_tax", "tax_rate": "0.2"}
ROYALTY: dict[str, Any] = TAX | {"royalty_rate": "0.05", "revenue": [200, 260, 320]}
PATHS_OF_ALL = ["discount_rate", "tax_rate"]

# Each target under the conventions that change its arithmetic, and the inputs drawn in it.
CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("present_value", {"discount_rate": "0.18", "cash_flows": [-100, 70, 90]}, ["discount_rate", "cash_flows.1"]),
    ("present_value", {"discount_rate": "0.18", "cash_flows": [70], "periods": 8, "first_period": "0.4",
                       "convention": "mid_year"}, ["discount_rate", "cash_flows.0", "first_period"]),
    ("present_value", {"discount_rate": "0.18", "cash_flows": [70], "periods": 30, "periods_per_year": 12},
     ["discount_rate", "cash_flows.0"]),
    ("present_value", {"discount_rate": "0.02", "cash_flows": [70, 80], "periods_per_year": 4,
                       "rate_basis": "per_period", "convention": "mid_year"}, ["discount_rate", "cash_flows.1"]),
    ("relief_from_royalty", ROYALTY | {"upkeep": [3]}, [*PATHS_OF_ALL, "royalty_rate", "revenue.0", "upkeep.0"]),
    ("relief_from_royalty", ROYALTY | {"tab_life": 10, "convention": "mid_year", "first_period": "0.25"},
     [*PATHS_OF_ALL, "royalty_rate", "revenue.2", "first_period"]),
    ("relief_from_royalty", ROYALTY | {"revenue": [], "units": [100], "unit_price": [2], "periods": 6, "tab_life": 5,
                                       "periods_per_year": 4, "rate_basis": "per_period", "first_period": "0.5"},
     [*PATHS_OF_ALL, "units.0", "unit_price.0", "first_period"]),
    ("relief_from_royalty", {"royalty_rate": "0.05", "revenue": [200], "periods": 5, "discount_rate": "0.18",
                             "tax_basis": "before_tax"}, ["royalty_rate", "discount_rate"]),
    ("with_and_without", TAX | {"profit_with": [50, 60, 70], "profit_without": [40], "probability": "0.8",
                                "tab_life": 8}, [*PATHS_OF_ALL, "profit_with.1", "profit_without.0", "probability"]),
    ("incremental_income", TAX | {"volume": [10, 12], "volume_without": [9], "price": [20], "price_without": [17],
                                  "cost": [3], "cost_without": [4], "excess_per_unit": ["0.5"], "first_period": "0.5"},
     [*PATHS_OF_ALL, "volume.1", "volume_without.0", "price.0", "price_without.0", "cost.0", "cost_without.0",
      "excess_per_unit.0", "first_period"]),
    ("incremental_income", TAX | {"income": [90, 95], "capital": [200], "industry_return": "0.12", "first_period": "0.5"},
     [*PATHS_OF_ALL, "income.0", "capital.0", "industry_return", "first_period"]),
    ("mpeem", TAX | {"ebit": [60, 70, 80], "revenue": [300, 350, 400], "fixed_assets": [90], "tab_life": 10,
                     "fixed_assets_return": "0.08", "working_capital": "0.06", "working_capital_return": "0.05",
                     "workforce": [20], "workforce_return": "0.12", "first_period": "0.75",
                     "other_charges": [{"name": "mark", "value": [30], "return_rate": "0.14"}]},
     [*PATHS_OF_ALL, "ebit.0", "revenue.1", "fixed_assets.0", "working_capital", "workforce_return", "first_period",
      "other_charges.0.value.0", "other_charges.0.return_rate"]),
    ("rnpv", {"discount_rate": "0.1", "revenues": [{"year": "5.5", "amount": 900}, {"year": 7, "amount": 900}],
              "stages": [{"probability": "0.5", "cost": 10, "duration": "1.3"}, {"probability": "0.8", "cost": 90}]},
     ["discount_rate", "stages.0.probability", "stages.0.duration", "stages.1.cost", "revenues.0.amount",
      "revenues.0.year"]),
]  # fmt: skip


def _spreads(name: str, inputs: dict[str, Any], paths: list[str], width: str = "0.1") -> list[Spread]:
    model = METHODS[name].inputs.model_validate(inputs)
    made = []
    for path in paths:
        at = reach(model, path, "path")
        ends = sorted((at * (1 - Decimal(width)), at * (1 + Decimal(width))))
        made.append(Spread(path=path, shape=Shape.uniform, low=ends[0], high=ends[1]))
    return made


@pytest.mark.parametrize(("name", "inputs", "paths"), CASES, ids=lambda v: v if isinstance(v, str) else "")
def test_columns_equal_the_method_draw_by_draw(name: str, inputs: dict[str, Any], paths: list[str]) -> None:
    method = METHODS[name]
    model = method.inputs.model_validate(inputs)
    drawn = Draws(_spreads(name, inputs, paths), (), seed=11).block(6)
    column = np.broadcast_to(sim.FORMS[name](model, values.loose(model, drawn)), 6)
    assert len(set(column.tolist())) == 6
    for n in range(6):
        changed = moved(model, {p: (Decimal(repr(float(drawn[p][n]))), p) for p in paths})
        assert near(float(column[n]), method.calculate(changed).value or 0, "1e-12"), (name, n)


@pytest.mark.parametrize("name", sorted(sim.FORMS))
def test_a_degenerate_simulation_is_the_point_value(name: str) -> None:
    inputs, paths = next((i, p) for n, i, p in CASES if n == name)
    fixed = [s.model_dump() | {"low": s.high, "high": s.high} for s in _spreads(name, inputs, paths, "0")]
    found = calculate("monte_carlo", method=name, inputs=inputs, spreads=fixed, draws=1000, seed=1)
    point = value(name, **inputs)
    assert found.figure("point_value") == point
    assert found.value == found.low == found.high
    assert near(found.value or 0, point)
    assert found.figure("standard_error") < Decimal("1e-9")
    assert sum(row[2] or 0 for row in found.schedules[0].rows) == 1000


def _simulated(**changes: Any) -> Any:
    return calculate("monte_carlo", **example("monte_carlo") | {"draws": 5000} | changes)


def test_a_seed_is_a_result() -> None:
    """The digest was taken on one machine; only arithmetic that IEEE 754 fixes leads to it, so it holds on any."""
    first, again, other = _simulated(), _simulated(), _simulated(seed=7)
    assert first == again
    assert first.value != other.value
    numbers_ = [[f.value for f in first.figures], [s.rows for s in first.schedules]]
    assert hashlib.sha256(canonical.write(numbers_)).hexdigest() == (
        "f59e238fc7058e56be349ca8d57b4ffade335b1747942271aa93c99b521d61f8"
    )


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _simulated()
    monkeypatch.setattr(sim, "BLOCK", 777)
    parts = _simulated()
    assert (parts.value, parts.low, parts.high) == (whole.value, whole.low, whole.high)
    assert parts.figures == whole.figures


def test_linear_in_one_input_has_a_known_distribution() -> None:
    """PV of one amount due in a year at 0 %: the value is the amount, here normal with mean 100 and deviation 20."""
    spreads = [{"path": "cash_flows.0", "shape": "normal", "mean": 100, "deviation": 20}]
    inputs = {"discount_rate": 0, "cash_flows": [100]}
    found = calculate("monte_carlo", method="present_value", inputs=inputs, spreads=spreads, draws=100_000, seed=3)
    law = statistics.NormalDist(100, 20)
    error = float(found.figure("standard_error"))
    assert math.isclose(error, 20 / math.sqrt(100_000), rel_tol=0.02)
    assert abs(float(found.figure("mean")) - 100) < 4 * error
    for key, share in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
        assert abs(float(found.figure(key)) - law.inv_cdf(share)) < 0.4
    shifted = calculate(
        "monte_carlo", method="present_value", inputs=inputs, draws=100_000, seed=3,
        spreads=[{"path": "cash_flows.0", "shape": "normal", "mean": 10, "deviation": 20}],
    )  # fmt: skip
    assert abs(float(shifted.figure("probability_negative")) - statistics.NormalDist(10, 20).cdf(0)) < 0.006
    rows = found.schedules[0].rows
    assert sum(row[2] or 0 for row in rows) == 100_000
    assert all(a[1] == b[0] for a, b in itertools.pairwise(rows))
    assert (rows[0][0], rows[-1][1]) == (found.figure("minimum"), found.figure("maximum"))


SHAPES = {
    "triangular": (Spread(path="x", shape=Shape.triangular, low=1, likely=2, high=6), 3.0, math.sqrt(7 / 6)),
    "pert": (Spread(path="x", shape=Shape.pert, low=1, likely=2, high=6), 2.5, math.sqrt(1.5 * 3.5 / 7)),
    "pert at its end": (Spread(path="x", shape=Shape.pert, low=1, likely=1, high=7), 2.0, math.sqrt(5 / 7)),
    "uniform": (Spread(path="x", shape=Shape.uniform, low=1, high=5), 3.0, math.sqrt(16 / 12)),
    "normal": (Spread(path="x", shape=Shape.normal, mean=-3, deviation=2), -3.0, 2.0),
    "lognormal": (Spread(path="x", shape=Shape.lognormal, mean=5, deviation=2), 5.0, 2.0),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_have_the_moments_they_promise(name: str) -> None:
    spread, mean, deviation = SHAPES[name]
    x = Draws([spread], (), seed=5).block(200_000)["x"]
    assert abs(float(x.mean()) - mean) < 5 * deviation / math.sqrt(200_000)
    assert math.isclose(float(x.std()), deviation, rel_tol=0.012)
    if spread.low is not None and spread.high is not None:
        assert float(spread.low) <= float(x.min())
        assert float(x.max()) <= float(spread.high)


def test_correlations_are_reproduced_by_every_shape() -> None:
    spreads = [
        Spread(path="a", shape=Shape.normal, mean=0, deviation=1), Spread(path="b", shape=Shape.normal, mean=5, deviation=2),
        Spread(path="c", shape=Shape.triangular, low=0, likely=1, high=3), Spread(path="d", shape=Shape.uniform, low=0, high=1),
        Spread(path="e", shape=Shape.lognormal, mean=2, deviation=1), Spread(path="f", shape=Shape.pert, low=0, likely=1, high=2),
    ]  # fmt: skip
    stated = {("a", "b"): -0.7, ("a", "c"): 0.5, ("c", "d"): 0.4, ("d", "e"): -0.3}
    correlations = [Correlation(first=a, second=b, coefficient=Decimal(str(c))) for (a, b), c in stated.items()]
    drawn = Draws(spreads, correlations, seed=9).block(100_000)
    alone = Draws(spreads, (), seed=9).block(100_000)
    for path, column in drawn.items():  # what is correlated keeps its own distribution
        assert np.allclose(np.sort(column)[::5000][1:-1], np.sort(alone[path])[::5000][1:-1], atol=0.08)
    ranks = {p: np.argsort(np.argsort(c)) for p, c in drawn.items()}
    for a in drawn:
        for b in drawn:
            if a < b:  # Spearman's of a Gaussian copula is 6/π·asin(ρ/2)
                wanted = 6 / math.pi * math.asin(stated.get((a, b), 0.0) / 2)
                assert abs(float(np.corrcoef(ranks[a], ranks[b])[0, 1]) - wanted) < 0.015, (a, b)
    assert abs(float(np.corrcoef(drawn["a"], drawn["b"])[0, 1]) + 0.7) < 0.01


def test_numbers_against_the_library() -> None:
    x = np.linspace(-30.0, 30.0, 4001)
    assert np.allclose(numbers.exp(x), np.exp(x), rtol=1e-15)
    assert np.allclose(numbers.log(np.exp(x)), x, rtol=1e-15, atol=1e-15)
    p = numbers.draw(numbers.uniform(1, 0), 2000)
    law = statistics.NormalDist()
    assert np.allclose(numbers.normal_quantile(p), [law.inv_cdf(v) for v in p.tolist()], rtol=1e-14, atol=1e-14)
    edge = np.array([1e-15, 1e-12, 1 - 1e-12])
    assert np.allclose(numbers.normal_quantile(edge), [law.inv_cdf(v) for v in edge.tolist()], rtol=1e-13)
    z = np.linspace(-8.0, 8.0, 1001)
    assert np.allclose(numbers.normal_share(z), [law.cdf(v) for v in z.tolist()], rtol=0, atol=1e-13)
    for exponent in (0.0, 0.5, 3.0, 17.5, 2.3):
        assert np.allclose(numbers.power(p + 0.5, exponent), (p + 0.5) ** exponent, rtol=1e-14)
    assert math.isclose(numbers.total(p), math.fsum(p.tolist()), rel_tol=1e-15)


ONE_SPREAD = {"path": "royalty_rate", "shape": "uniform", "low": "0.02", "high": "0.06"}


def _pair(first: str, second: str, coefficient: str) -> dict[str, Any]:
    return {"first": first, "second": second, "coefficient": coefficient}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"method": "horoscope"}, "method"),
        ({"inputs": ROYALTY | {"royalty_rate": 2}}, "inputs.royalty_rate"),
        ({"inputs": ROYALTY | {"tax_rate": None}}, "inputs.tax_rate"),
        ({"inputs": ROYALTY | {"surprise": 1}}, "inputs.surprise"),
        ({"spreads": [ONE_SPREAD | {"path": "no_such"}]}, "spreads.0.path"),
        ({"spreads": [ONE_SPREAD | {"path": "revenue"}]}, "spreads.0.path"),
        ({"spreads": [ONE_SPREAD | {"path": "periods_per_year"}]}, "spreads.0.path"),
        ({"spreads": [ONE_SPREAD, ONE_SPREAD]}, "spreads.1.path"),
        ({"spreads": [ONE_SPREAD | {"high": 2}]}, "spreads.0"),
        ({"spreads": [ONE_SPREAD | {"high": "0.01"}]}, "spreads.0.low"),
        ({"spreads": [ONE_SPREAD | {"shape": "pert"}]}, "spreads.0.likely"),
        ({"spreads": [ONE_SPREAD | {"mean": 1}]}, "spreads.0.mean"),
        ({"draws": 999}, "draws"),
        ({"draws": 1_000_001}, "draws"),
        ({"seed": -1}, "seed"),
        ({"correlations": [_pair("royalty_rate", "revenue.0", "0.5")]}, "correlations.0.second"),
        ({"correlations": [_pair("royalty_rate", "royalty_rate", "0.5")]}, "correlations.0.second"),
        ({"correlations": [_pair("royalty_rate", "discount_rate", "1")]}, "correlations.0.coefficient"),
    ],
)
def test_wrong_inputs_are_named(change: dict[str, Any], field: str) -> None:
    whole: dict[str, Any] = {
        "method": "relief_from_royalty", "inputs": ROYALTY, "spreads": [ONE_SPREAD], "draws": 1000, "seed": 1,
    }  # fmt: skip
    assert calculate("monte_carlo", **whole).value is not None
    assert refused("monte_carlo", **whole | change)[0] == field


def test_correlations_that_cannot_hold_together() -> None:
    paths = ["royalty_rate", "discount_rate", "tax_rate"]
    inputs = example("monte_carlo") | {
        "spreads": [ONE_SPREAD | {"path": p, "low": "0.1", "high": "0.2"} for p in paths],
        "correlations": [_pair(paths[0], paths[1], "0.9"), _pair(paths[1], paths[2], "0.9"), _pair(paths[0], paths[2], "-0.9")],
    }  # fmt: skip
    assert refused("monte_carlo", **inputs)[0] == "correlations"
    inputs["correlations"][2]["coefficient"] = "0.9"
    assert calculate("monte_carlo", **inputs).value is not None
