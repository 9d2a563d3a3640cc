"""The paper: the same numbers from the same paper, to the last digit, and a word for each thing that does not fit."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.errors import Invalid
from app.valuations import canonical
from app.valuations.paper import compute, make_report, read_paper, read_report, settle, verify
from tests.valuations.papers import METHODS, data, paper


def test_outcome_is_exact_and_rounded_once() -> None:
    out = compute(paper(), METHODS)
    income = out.found("income")
    exact = sum((Decimal("1000000000.1") / Decimal("1.15") ** i for i in range(1, 6)), Decimal(0))
    assert income.value == Decimal(3352155098)
    assert abs((income.exact or 0) - exact) < Decimal("1e-15")
    assert out.found("share").value == out.found("share").exact  # a rate is not money: not rounded
    assert out.synthesis is not None
    # rounding the parts first would give another đồng than rounding once
    weighed = Decimal("0.7") * (income.exact or 0) + Decimal("0.3") * 3400000000
    assert out.value == out.synthesis.value == weighed.quantize(Decimal(1))
    assert (out.low, out.high) == (income.value, Decimal(3400000000))
    assert out.synthesis.within_bound
    assert [b.path for b in out.tornado] == ["yearly", "r"]
    assert out.tornado[1].at_low > out.tornado[1].at_high


@pytest.mark.parametrize(("currency", "value"), [("VND", "1234"), ("USD", "1234.56"), ("JPY", "1234")])
def test_money_is_rounded_to_the_minor_unit_half_to_even(currency: str, value: str) -> None:
    made = paper(
        currency=currency,
        calculations=[
            {"key": "a", "method": "sale", "inputs": {"price": "1234.565" if value[-3] == "." else "1234.5", "n": 3}}
        ],
        synthesis=None,
        sensitivity=None,
    )
    assert compute(made, METHODS).value == Decimal(value)


def test_report_is_the_same_bytes_whatever_the_order_and_the_writing() -> None:
    report = make_report(paper(), methods=METHODS)
    turned = json.loads(json.dumps(dict(reversed(data().items()))))
    turned["calculations"][0]["inputs"] = {"r": 0.150, "yearly": "1000000000.1", "years": 5}
    other = make_report(read_paper(json.dumps(turned)), methods=METHODS)
    assert other.json_bytes() == report.json_bytes()
    assert other.sha256 == report.sha256
    again = read_report(report.json_bytes())
    assert again.json_bytes() == report.json_bytes()
    assert again.paper.calculations[0].inputs["years"] == 5  # a default is written out
    assert settle(again.paper, METHODS) == again.paper
    assert verify(again, METHODS) == []


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in _leaves(v, (*path, k))]
    if isinstance(value, list):
        return [leaf for k, v in enumerate(value) for leaf in _leaves(v, (*path, k))]
    return [path]


STATED = json.loads(make_report(paper(), methods=METHODS).json_bytes())
NUMBERS = [
    p
    for p in _leaves(STATED["outcome"])
    if p[-1] not in {"vi", "en", "key", "method", "unit", "approach", "path", "simulation"}
]


@settings(max_examples=60)
@given(st.sampled_from(NUMBERS))
def test_every_stated_number_is_compared(path: tuple[Any, ...]) -> None:
    changed = copy.deepcopy(STATED)
    node = changed["outcome"]
    for part in path[:-1]:
        node = node[part]
    old = node[path[-1]]
    node[path[-1]] = (not old) if isinstance(old, bool) else canonical.number(Decimal(old or 0) + Decimal("1e-9"))
    found = verify(read_report(json.dumps(changed)), METHODS)
    where = ".".join(["outcome", *(str(p) for p in path)])
    assert [(d.path, d.stated, d.recomputed) for d in found] == [(where, node[path[-1]], old)]


def swing(calculation: str, path: str, low: int, high: int) -> dict[str, Any]:
    return {"calculation": calculation, "swings": [{"path": path, "low": low, "high": high}]}


def weigh(calculation: str, weight: float, reason: str) -> dict[str, Any]:
    return {"weights": [{"calculation": calculation, "weight": weight, "reason": reason}]}


@pytest.mark.parametrize(
    ("change", "field"),
    [  # one case a line
        ({"currency": "XXX"}, "currency"),
        ({"surprise": 1}, "surprise"),
        ({"calculations": []}, "calculations"),
        ({"sensitivity": swing("nothing", "r", 0, 1)}, "sensitivity.calculation"),
        ({"sensitivity": swing("income", "q", 0, 1)}, "sensitivity.swings.0.path"),
        ({"sensitivity": swing("income", "r", 0, 7)}, "sensitivity.swings.0.high"),
        ({"sensitivity": swing("income", "r", 1, 0)}, "sensitivity.swings.0"),
        ({"sensitivity": swing("share", "a", 0, 1)}, "sensitivity.calculation"),
        ({"synthesis": weigh("income", 0.5, "x")}, "synthesis.weights"),
        ({"synthesis": weigh("income", 1, " ")}, "synthesis.weights.0.reason"),
        ({"synthesis": weigh("share", 1, "x")}, "synthesis.weights.0.calculation"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        compute(paper(**change), METHODS)
    assert field in refused.value.fields


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"yearly": 1, "r": 2}, "inputs.r"),
        ({"yearly": 1}, "inputs.r"),
        ({"yearly": 1, "r": 0.1, "rate": 1}, "inputs.rate"),
        ({"yearly": 1, "r": 1}, "inputs.r"),
        ({"yearly": "NaN", "r": 0.1}, "inputs.yearly"),
    ],
)
def test_inputs_are_named_by_calculation(inputs: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        compute(paper(calculations=[{"key": "income", "method": "rent", "inputs": inputs}], synthesis=None), METHODS)
    assert f"calculations.0.{field}" in refused.value.fields


def test_unknown_method_missing_evidence_and_a_refusing_method() -> None:
    base = data()["calculations"]
    unknown = [{"key": "income", "method": "guess", "inputs": {}}]
    with pytest.raises(Invalid) as refused:
        compute(paper(calculations=unknown, synthesis=None), METHODS)
    assert set(refused.value.fields) == {"calculations.0.method"}
    base[0]["notes"][0]["path"] = "nowhere"
    with pytest.raises(Invalid) as refused:
        compute(paper(calculations=base), METHODS)
    assert set(refused.value.fields) == {"calculations.0.notes.0.path"}
    few = data()["calculations"]
    few[1]["inputs"]["n"] = 2
    with pytest.raises(Invalid) as refused:
        compute(paper(calculations=few), METHODS)
    assert set(refused.value.fields) == {"synthesis.weights.1.weight"}
    out = compute(paper(calculations=few, synthesis=None), METHODS)
    assert (out.found("market").enough, out.found("market").value, out.value) == (False, None, None)


def test_values_too_far_apart_need_an_explanation() -> None:
    apart = data()["calculations"]
    apart[1]["inputs"]["price"] = 9000000000
    with pytest.raises(Invalid) as refused:
        compute(paper(calculations=apart), METHODS)
    assert set(refused.value.fields) == {"synthesis.explanation"}
    explained = data()["synthesis"] | {"explanation": "Hai cách tiếp cận đo hai quyền khác nhau."}
    out = compute(paper(calculations=apart, synthesis=explained), METHODS)
    assert out.synthesis is not None
    assert not out.synthesis.within_bound


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": NaN}', "[" * 100000, '{"x": 1' + "0" * 5000 + "}"])
def test_no_paper_no_crash(text: str) -> None:
    with pytest.raises(Invalid):
        read_report(text)


def test_monstrous_numbers_of_a_report_are_differences_not_memory() -> None:
    changed = copy.deepcopy(STATED)
    changed["outcome"]["calculations"][0]["figures"][0]["value"] = "1e999999"
    assert len(verify(read_report(json.dumps(changed)), METHODS)) == 1


def test_a_reference_valuation_has_no_certificate() -> None:
    changed = STATED | {"particulars": {"certificate": "12/CT"}}
    with pytest.raises(Invalid) as refused:
        read_report(json.dumps(changed))
    assert "particulars" in refused.value.fields


@settings(max_examples=200)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**20), max_value=10**20))
def test_a_number_has_one_writing(value: Decimal) -> None:
    text = canonical.number(value)
    assert Decimal(text) == value
    assert canonical.number(Decimal(text + "0" if "." in text else text + ".0")) == text
