"""Sensitivity: the tornado holds the base, the table is the method cell by cell, the break-even is where it says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.valuations.methods import Unit
from tests.valuations.calculating import calculate, near, refused, value

ROYALTY: dict[str, Any] = {
    "royalty_rate": "0.05", "revenue": [200, 260, 320], "discount_rate": "0.18", "tax_basis": "after_tax",
    "tax_rate": "0.2", "upkeep": [4], "periods": 3,
}  # fmt: skip
OF_ROYALTY: dict[str, Any] = {"method": "relief_from_royalty", "inputs": ROYALTY}
rates = st.decimals(min_value="0.01", max_value="0.9", places=3)


@given(st.tuples(rates, rates), st.tuples(rates, rates))
@settings(max_examples=50)
def test_tornado(discount: tuple[Decimal, Decimal], royalty: tuple[Decimal, Decimal]) -> None:
    swings = [
        {"path": path, "low": min(ends), "high": max(ends)}
        for path, ends in (("discount_rate", discount), ("royalty_rate", royalty))
    ]
    found = calculate("tornado", **OF_ROYALTY, swings=swings)
    assert found.value == value("relief_from_royalty", **ROYALTY)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= (found.value or 0) <= found.high
    table = found.schedules[0]
    widths = [row[5] or 0 for row in table.rows]
    assert widths == sorted(widths, reverse=True)
    for path, row in zip(table.labels, table.rows, strict=True):
        assert row[0] == Decimal(ROYALTY[path])
        for at, end in ((1, 3), (2, 4)):
            assert row[end] == value("relief_from_royalty", **ROYALTY | {path: row[at]})


def test_a_bar_around_the_base_contains_it() -> None:
    swings = [{"path": "revenue.1", "low": 100, "high": 300}, {"path": "upkeep.0", "low": 0, "high": 4}]
    found = calculate("tornado", **OF_ROYALTY, swings=swings)
    for row in found.schedules[0].rows:
        assert min(row[3] or 0, row[4] or 0) <= (found.value or 0) <= max(row[3] or 0, row[4] or 0)


def test_two_way_table_is_the_method_in_every_cell() -> None:
    rows, columns = ["0.1", "0.18", "0.3"], ["0.03", "0.05"]
    found = calculate(
        "two_way_table", **OF_ROYALTY, row_path="discount_rate", row_values=rows, column_path="royalty_rate",
        column_values=columns,
    )  # fmt: skip
    table = found.schedules[0]
    assert [c.en for c in table.columns] == ["Discount rate", *columns]
    assert table.columns[0].unit is Unit.rate
    for rate, row in zip(rows, table.rows, strict=True):
        cells = [value("relief_from_royalty", **ROYALTY | {"discount_rate": rate, "royalty_rate": c}) for c in columns]
        assert row == (Decimal(rate), *cells)


@given(st.integers(1, 300))
@settings(max_examples=25)
def test_break_even_royalty_is_where_the_value_is_the_target(target: int) -> None:
    found = calculate("break_even_royalty", **OF_ROYALTY, path="royalty_rate", low=0, high=1, target=target)
    assert found.unit is Unit.rate
    assert near(found.figure("value_reached"), target, "1e-24")
    # The value is linear in the royalty, so the place is known by hand.
    at_0, at_1 = (value("relief_from_royalty", **ROYALTY | {"royalty_rate": r}) for r in (0, 1))
    assert near(found.value or 0, (target - at_0) / (at_1 - at_0), "1e-24")


def test_break_even_where_the_value_falls_and_at_an_end() -> None:
    flows: dict[str, Any] = {"method": "present_value", "inputs": {"discount_rate": "0.1", "cash_flows": [-100, 121]}}
    internal = calculate("break_even_royalty", **flows, path="discount_rate", low=0, high=1)
    assert near(internal.value or 0, "0.21", "1e-24")  # -100 + 121/(1+r) = 0
    price = calculate("break_even_royalty", **flows, path="cash_flows.1", low=110, high=130)
    assert (price.value, price.unit) == (110, Unit.money)
    assert price.figure("input_now") == 121


@pytest.mark.parametrize(
    ("method", "change", "field"),
    [
        ("tornado", {"swings": [{"path": "royalty", "low": 0, "high": 1}]}, "swings.0.path"),
        ("tornado", {"swings": [{"path": "royalty_rate", "low": 1, "high": 0}]}, "swings.0.low"),
        ("tornado", {"swings": [{"path": "royalty_rate", "low": 0, "high": 2}]}, "swings.0.high"),
        ("tornado", {"swings": []}, "swings"),
        ("tornado", {"method": "monte_carlo"}, "method"),
        ("tornado", {"inputs": ROYALTY | {"tax_rate": 3}}, "inputs.tax_rate"),
        ("tornado", {"inputs": ROYALTY | {"tax_rate": None}}, "inputs.tax_rate"),
        ("two_way_table", {"column_path": "discount_rate"}, "column_path"),
        ("two_way_table", {"row_path": "nothing"}, "row_path"),
        ("two_way_table", {"row_values": ["0.1", "-5"]}, "row_values.1"),
        ("break_even_royalty", {"target": 10**9}, "target"),
        ("break_even_royalty", {"low": "0.9", "high": "0.8"}, "low"),
        ("break_even_royalty", {"high": 7}, "high"),
        ("break_even_royalty", {"path": "tax_basis"}, "path"),
    ],
)
def test_wrong_inputs_are_named(method: str, change: dict[str, Any], field: str) -> None:
    whole: dict[str, dict[str, Any]] = {
        "tornado": {"swings": [{"path": "royalty_rate", "low": 0, "high": 1}]},
        "two_way_table": {
            "row_path": "discount_rate", "row_values": ["0.1"], "column_path": "royalty_rate", "column_values": ["0.1"],
        },
        "break_even_royalty": {"path": "royalty_rate", "low": 0, "high": 1, "target": 10},
    }  # fmt: skip
    assert calculate(method, **OF_ROYALTY, **whole[method]).value is not None
    assert refused(method, **OF_ROYALTY | whole[method] | change)[0] == field


def test_what_the_method_itself_refuses_names_the_moved_input() -> None:
    perpetual: dict[str, Any] = {
        "discount_rate": "0.1", "cash_flows": [100], "terminal": "gordon", "indefinite_life": True, "growth": "0.02",
    }  # fmt: skip
    swings = [{"path": "growth", "low": "0.01", "high": "0.2"}]
    field, said = refused("tornado", method="terminal_value", inputs=perpetual, swings=swings)
    assert field == "swings.0.high"
    assert "discount rate" in said
