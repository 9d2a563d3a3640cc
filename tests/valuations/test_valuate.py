"""`santex valuate`: what the command says is what the function finds, for a case of every method."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result as Said
from typer.testing import CliRunner

from app.cli import app
from app.valuations import canonical, wording
from app.valuations.methods import METHODS
from tests.valuations.calculating import calculate, example

SMALL = {"monte_carlo": {"draws": 1000}}
PAPER: dict[str, Any] = {
    "format": "santex/valuation-1", "asset": {"name": "Màng lọc nước"}, "purpose": "niêm yết",
    "value_date": "2026-11-24", "currency": "VND",
    "calculations": [
        {"key": "royalty", "method": "relief_from_royalty", "inputs": example("relief_from_royalty")},
        {"key": "cost", "method": "replacement_cost", "inputs": example("replacement_cost")},
    ],
    "synthesis": {
        "weights": [
            {"calculation": "royalty", "weight": "0.6", "reason": "Doanh thu có hợp đồng."},
            {"calculation": "cost", "weight": "0.4", "reason": "Chi phí có chứng từ."},
        ],
        "spread_bound": "0.5",
    },
    "sensitivity": {
        "calculation": "royalty", "swings": [{"path": "royalty_rate", "low": "0.04", "high": "0.06"}],
    },
    "simulation": {"key": "draws", "method": "monte_carlo", "inputs": example("monte_carlo") | SMALL["monte_carlo"]},
}  # fmt: skip


def _said(tmp_path: Path, given: object, *options: str) -> Said:
    file = tmp_path / "valuation.json"
    file.write_text(given if isinstance(given, str) else json.dumps(given), encoding="utf-8")
    return CliRunner().invoke(app, ["valuate", str(file), *options], env={"COLUMNS": "300"})


@pytest.mark.parametrize("name", list(METHODS))
def test_command_and_function_agree(name: str, tmp_path: Path) -> None:
    inputs = example(name) | SMALL.get(name, {})
    found = calculate(name, **inputs)
    said = _said(tmp_path, {"method": name, "inputs": inputs}, "--json")
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert told["value"]["exact"] == canonical.number(found.value or Decimal(0))
    assert {f["key"]: f["exact"] for f in told["figures"]} == {f.key: canonical.number(f.value) for f in found.figures}
    assert [s["rows"] for s in told["schedules"]] == canonical.plain([s.rows for s in found.schedules])


def test_people_read_names_units_notes_and_what_it_is_not(tmp_path: Path) -> None:
    inputs = {
        "discount_rate": "0.1", "revenues": [{"year": 2, "amount": 1_210_000}],
        "stages": [{"name": "[bold]pilot", "probability": "0.5", "cost": 100_000, "duration": 1}],
    }  # fmt: skip
    said = _said(tmp_path, {"method": "rnpv", "inputs": inputs, "currency": "VND"})
    assert said.exit_code == 0, said.output
    for words in ("rNPV", "400,000", "VND", "50 %", "[bold]pilot", "risk of failure is counted once"):
        assert words in said.stdout
    assert said.stdout.strip().endswith(wording.REFERENCE.en)


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ("{", ["FILE: This is not valid JSON."]),
        ({"method": "guess", "inputs": {}, "currency": "XXX"}, ["method: No such method", "currency: Choose one"]),
        ({"inputs": {}, "extra": 1}, ["method: Fill in this field.", "extra: This field is not accepted here."]),
        ({"method": "black_scholes", "inputs": example("black_scholes") | {"life": -3, "volatility": "NaN"}},
         ["life: The value must be in the range: above 0 to 100.", "volatility: "]),
        ({"method": "synthesis", "inputs": {"parts": [{"name": "a", "value": 1, "weight": 2, "reason": "r"}]}},
         ["parts.0.weight: The value must be in the range: from 0 to 1 (100 %)."]),
        ({"method": "rnpv", "inputs": example("rnpv") | {"rate_basis": "venture"}}, ["rate_basis: A venture rate"]),
        ({"format": "santex/valuation-1"}, ["asset: Fill in this field."]),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line_a_field(given: object, lines: list[str], tmp_path: Path) -> None:
    said = _said(tmp_path, given)
    assert said.exit_code == 1
    assert said.stdout == ""
    told = said.stderr.splitlines()
    assert all(any(t.startswith(line) for t in told) for line in lines), told
    assert all(": " in t for t in told)


def test_a_paper_becomes_a_report_that_verifies(tmp_path: Path) -> None:
    made = _said(tmp_path, PAPER, "--json")
    assert made.exit_code == 0, made.output
    report = json.loads(made.stdout)
    assert report["format"] == "santex/valuation-report-1"
    assert _said(tmp_path, report, "--verify").exit_code == 0
    report["outcome"]["calculations"][0]["exact"] = "1"
    said = _said(tmp_path, report, "--verify")
    assert said.exit_code == 1
    assert "outcome.calculations.0.exact: the report says 1" in said.stderr
    assert _said(tmp_path, PAPER, "--verify").exit_code == 1  # a paper is no report


def test_a_paper_is_shown(tmp_path: Path) -> None:
    said = _said(tmp_path, PAPER)
    assert said.exit_code == 0, said.output
    wanted = ["Relief from royalty", "Replacement cost", "Synthesis: ", "royalty_rate", "P90", wording.REFERENCE.en]
    assert all(words in said.stdout for words in wanted), said.stdout
