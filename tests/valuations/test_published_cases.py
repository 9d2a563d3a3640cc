"""Every published case of valuation gives the figures its source expects, within its tolerance.

The file is named by SANTEX_VALUATION_CASES, else `shared/domain/valuation-cases.json` beside the repository. Any file
of the same shape runs: a list of cases with `id`, `kind`, `method`, `inputs`, `expected`, `tolerance`.
"""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.settings import ROOT
from tests.valuations.published import MAPPED, Given, number

NAME = "SANTEX_VALUATION_CASES"
FILE = Path(os.environ.get(NAME) or ROOT.parent / "shared" / "domain" / "valuation-cases.json")


def _cases() -> list[dict[str, Any]]:
    if not FILE.is_file():
        return []
    whole = json.loads(FILE.read_text("utf-8"), parse_float=Decimal)
    return [case for case in whole if case.get("kind") == "valuation"]


CASES = _cases()


def last_place(printed: Decimal) -> Decimal:
    """One unit of the last place printed: 248.45 -> 0.01."""
    return Decimal(1).scaleb(min(int(printed.as_tuple().exponent), 0))


def allowed(case: dict[str, Any], name: str, expected: Decimal) -> Decimal:
    """The case's tolerance for a figure; half a unit of the last place printed where it names none."""
    tolerance = case.get("tolerance")
    if isinstance(tolerance, dict):
        tolerance = tolerance.get(name)
    if isinstance(tolerance, int | float | Decimal):
        return number(tolerance)
    return last_place(expected) / 2


def compare(case: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What does not agree, in words."""
    wrong = []
    for name, expected in case["expected"].items():
        if name not in found:
            wrong.append(f"{name}: the engine's call gives no such figure, only {sorted(found)}")
            continue
        pairs = [(expected, found[name])]
        if isinstance(expected, list):
            if len(expected) != len(found[name]):
                wrong.append(f"{name}: {len(expected)} expected, {len(found[name])} found")
            pairs = list(zip(expected, found[name], strict=False))
        for want, have in pairs:
            bound = allowed(case, name, number(want))
            if not abs(have - number(want)) <= bound:
                wrong.append(f"{name}: expected {want} ± {bound}, found {have}")
    return wrong


@pytest.mark.skipif(
    not FILE.is_file() and NAME not in os.environ,
    reason=f"no published cases at {FILE}: name such a file in the environment variable {NAME}",
)
def test_the_file_holds_cases() -> None:
    assert FILE.is_file(), f"{NAME} names {FILE}, which is no file"
    assert CASES, f"{FILE} holds no case of kind valuation"
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[f"{c['id']}-{c['method']}" for c in CASES])
def test_case(case: dict[str, Any]) -> None:
    if case["method"] not in MAPPED:
        pytest.fail(f"{case['id']}: unknown method {case['method']!r}; known: {', '.join(sorted(MAPPED))}")
    found = MAPPED[case["method"]](Given(case["inputs"]))
    assert compare(case, found) == [], case.get("note", "")
    # Where the source prints a mistake, the engine must not share it.
    if case.get("status") == "published_wrong" and "printed" in case:
        printed = number(case["printed"])
        assert all(abs(v - printed) > last_place(printed) for v in found.values() if isinstance(v, Decimal))


@pytest.mark.parametrize(
    "case", [c for c in CASES if isinstance(c.get("recomputed"), dict)], ids=lambda c: str(c["id"])
)
def test_unrounded(case: dict[str, Any]) -> None:
    """Sources round on the way; the same figures recomputed without rounding agree to the last place given."""
    found = MAPPED[case["method"]](Given(case["inputs"]))
    same = {k: v for k, v in case["recomputed"].items() if k in case["expected"] and not isinstance(v, list)}
    for name, want in same.items():
        assert abs(found[name] - number(want)) <= last_place(number(want)), name


def test_a_wrong_figure_is_seen() -> None:
    """The comparison itself can fail: a figure off by more than its tolerance, a missing one, a list too short."""
    case = {"expected": {"a": 1, "b": Decimal("2.50"), "c": [1, 2]}, "tolerance": {"a": Decimal("0.1")}}
    right = {"a": Decimal("1.1"), "b": Decimal("2.504"), "c": [Decimal(1), Decimal(2)]}
    assert compare(case, right) == []
    for name, bad in (("a", Decimal("1.2")), ("b", Decimal("2.51")), ("c", [Decimal(1)])):
        assert compare(case, right | {name: bad}) != []
    assert compare(case, {"a": Decimal(1)}) != []


@pytest.mark.parametrize(
    ("text", "meant"), [("1/16 per year", "0.0625"), ("12 %", "0.12"), ("0.5", "0.5"), ("-3e2", "-300")]
)
def test_numbers_in_words(text: str, meant: str) -> None:
    assert number(text) == Decimal(meant)


def test_units_of_keys() -> None:
    """Prices in CNY and volumes in tens of thousands meet in a case told in tens of thousands of CNY."""
    given = Given({"unit": "10k_CNY", "price_CNY": 20, "volume_10k": 3, "capital": 7})
    assert given.money("price")[0] * given.count("volume")[0] == 60
    assert given.money("capital") == [7]
