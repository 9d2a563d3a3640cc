"""What holds for every method: examples that run, names and help in both languages, bounds, sources, stable keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from app.valuations.methods import METHODS, Inputs, Method, OutOfRange

EVERY = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())


def extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def examples(method: Method[Any]) -> dict[str, Any]:
    fields = method.inputs.model_fields
    return {name: extra(f)["example"] for name, f in fields.items() if "example" in extra(f)}


def parts(annotation: Any) -> Iterator[type[Inputs]]:
    """Inputs nested in a field's type."""
    if isinstance(annotation, type) and issubclass(annotation, Inputs):
        yield annotation
    for inner in get_args(annotation):
        yield from parts(inner)


def nested(inputs: type[Inputs], seen: set[type[Inputs]] | None = None) -> set[type[Inputs]]:
    seen = set() if seen is None else seen
    if inputs not in seen:
        seen.add(inputs)
        for field in inputs.model_fields.values():
            for part in parts(field.annotation):
                nested(part, seen)
    return seen


@EVERY
def test_examples_run(method: Method[Any]) -> None:
    """A calculator opens with the examples: all required fields have one, and together they give a result that can be
    had again from its own JSON."""
    given = examples(method)
    missing = [n for n, f in method.inputs.model_fields.items() if f.is_required() and n not in given]
    assert missing == []
    inputs = method.inputs.model_validate(given)
    result = method.calculate(inputs)
    assert result.method == method.name
    assert result.value is not None
    assert result.value.is_finite()
    again = method.inputs.model_validate(json.loads(inputs.model_dump_json()))
    assert again == inputs
    assert method.calculate(again) == result


@EVERY
def test_result_reads_well(method: Method[Any]) -> None:
    """Keys are unique words, every name stands in both languages, tables are whole."""
    result = method.calculate(method.inputs.model_validate(examples(method)))
    for keyed in (result.figures, result.schedules, *(s.columns for s in result.schedules)):
        keys = [k.key for k in keyed]
        assert len(set(keys)) == len(keys)
        assert all(key.isidentifier() and key.islower() for key in keys), keys
        assert all(k.vi.strip() and k.en.strip() for k in keyed)
    for schedule in result.schedules:
        assert all(len(row) == len(schedule.columns) for row in schedule.rows)
        assert len(schedule.labels) in {0, len(schedule.rows)}
    assert all(note.vi.strip() and note.en.strip() and note.code.isidentifier() for note in result.notes)


@EVERY
def test_told_in_both_languages(method: Method[Any]) -> None:
    assert METHODS[method.name] is method
    assert all((method.vi, method.en, method.about_vi, method.about_en, method.formula))
    assert method.sources
    assert all(source.document for source in method.sources)
    assert method.function.__doc__
    for inputs in nested(method.inputs):
        for name, field in inputs.model_fields.items():
            told = extra(field)
            for part in ("unit", "title_vi", "title_en"):
                assert told.get(part), f"{inputs.__name__}.{name} has no {part}"
            if inputs.model_fields[name].annotation is not str:
                assert told.get("help_vi"), f"{inputs.__name__}.{name} has no help"
                assert told.get("help_en"), f"{inputs.__name__}.{name} has no help"


def unbounded(schema: dict[str, Any]) -> bool:
    """Whether a property takes numbers, texts or lists without an end."""
    kinds = {schema.get("type"), *(s.get("type") for s in schema.get("anyOf", ()))}
    bounds = schema.keys() | {k for s in schema.get("anyOf", ()) for k in s}
    if "array" in kinds:
        items = schema.get("items") or next(s["items"] for s in schema["anyOf"] if s.get("type") == "array")
        return "maxItems" not in bounds or ("$ref" not in items and unbounded(items))
    if kinds & {"number", "integer"}:
        return not ({"minimum", "exclusiveMinimum"} & bounds and {"maximum", "exclusiveMaximum"} & bounds)
    return "string" in kinds and not {"maxLength", "enum"} & bounds


@EVERY
def test_every_number_is_bounded(method: Method[Any]) -> None:
    if method.inputs.model_fields.keys() >= {"method", "inputs"}:
        return  # values put in the place of another method's inputs: that method's bounds hold
    schema = method.inputs.model_json_schema()
    for holder in (schema, *(d for d in schema.get("$defs", {}).values() if "properties" in d)):
        wide = [name for name, part in holder["properties"].items() if unbounded(part)]
        assert wide == [], holder["title"]


@EVERY
def test_unknown_names_are_refused(method: Method[Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        method.inputs.model_validate(examples(method) | {"no_such_input": 1})
    assert refused.value.errors()[0]["loc"] == ("no_such_input",)


def test_names_of_the_circular() -> None:
    """The trap of TT 37/2024/TT-BTC: its "thu nhập tăng thêm" is MPEEM, its "lợi nhuận vượt trội" with-and-without."""
    names = {name: method.vi.lower() for name, method in METHODS.items()}
    assert names["mpeem"] == "phương pháp thu nhập tăng thêm"
    assert names["with_and_without"] == "phương pháp lợi nhuận vượt trội"
    assert names["relief_from_royalty"] == "phương pháp tiền sử dụng tài sản vô hình"
    assert names["reproduction_cost"] == "phương pháp chi phí tái tạo"
    assert names["replacement_cost"] == "phương pháp chi phí thay thế"
    assert names["comparables"] == "phương pháp so sánh"
    for term, owner in (("tăng thêm", "mpeem"), ("vượt trội", "with_and_without")):
        assert [name for name, vi in names.items() if term in vi] == [owner]


LEVEL = {"tax_basis": "after_tax", "tax_rate": "0.2", "discount_rate": "0.18"}
ROYALTY = LEVEL | {"royalty_rate": "0.05"}
COSTS = {"materials": "100"}
DEALS = [{"name": n, "price": "100"} for n in "abc"]
TERMINAL = {"cash_flows": ["100"], "discount_rate": "0.15", "terminal": "gordon", "indefinite_life": True}
UNIT = LEVEL | {"volume": ["10"]}
WHOLE = LEVEL | {"income": ["300"], "capital": ["1000"], "industry_return": "0.2"}
CAPM = {"risk_free": "0.04", "beta": "1"}

TOGETHER: list[tuple[str, dict[str, Any], str]] = [
    ("terminal_value", TERMINAL | {"growth": "0.15"}, "growth"),
    ("terminal_value", TERMINAL, "growth"),
    ("terminal_value", TERMINAL | {"growth": "0.03", "indefinite_life": False}, "indefinite_life"),
    ("terminal_value", TERMINAL | {"growth": "0.03", "cash_flows": ["-1"]}, "cash_flows"),
    ("terminal_value", TERMINAL | {"growth": "0.03", "first_period": "0.5"}, "first_period"),
    ("terminal_value", TERMINAL | {"terminal": "exit_multiple"}, "exit_multiple"),
    ("present_value", {"cash_flows": ["1", "2"], "discount_rate": "0.1", "periods": 3}, "cash_flows"),
    ("capm", CAPM, "market_return"),
    ("capm", CAPM | {"market_return": "0.1", "equity_premium": "0.06"}, "equity_premium"),
    ("capm", CAPM | {"market_return": "0.03"}, "market_return"),
    ("wacc", {"equity": "0", "debt": "0", "cost_of_equity": "0.1", "cost_of_debt": "0.1", "tax_rate": "0"}, "equity"),
    ("rate_band", {}, "trl"),
    ("rate_band", {"trl": 5, "stage": "bridge"}, "stage"),
    ("reproduction_cost", COSTS | {"age": "3"}, "remaining_life"),
    ("reproduction_cost", COSTS | {"remaining_life": "3"}, "age"),
    ("reproduction_cost", COSTS | {"economic_loss": "3"}, "economic_loss"),
    ("reproduction_cost", COSTS | {"loss_form": "subtractive", "economic": "0.1"}, "economic"),
    ("replacement_cost", COSTS | {"loss_form": "subtractive", "technological_loss": "101"}, "technological_loss"),
    ("relief_from_royalty", ROYALTY, "revenue"),
    ("relief_from_royalty", ROYALTY | {"revenue": ["1"], "units": ["1"], "unit_price": ["1"]}, "units"),
    ("relief_from_royalty", ROYALTY | {"units": ["1"]}, "unit_price"),
    ("relief_from_royalty", ROYALTY | {"revenue": ["1", "2"], "upkeep": ["1", "2", "3"]}, "revenue"),
    ("relief_from_royalty", ROYALTY | {"revenue": ["1"], "tax_rate": None}, "tax_rate"),
    ("relief_from_royalty", ROYALTY | {"revenue": ["1"], "tax_basis": "before_tax", "tab_life": 5}, "tab_life"),
    ("mpeem", LEVEL | {"ebit": ["10"], "working_capital": "0.1"}, "revenue"),
    ("with_and_without", LEVEL | {"profit_with": ["1", "2"], "profit_without": ["1"], "periods": 4}, "profit_with"),
    ("incremental_income", LEVEL, "volume"),
    ("incremental_income", UNIT, "excess_per_unit"),
    ("incremental_income", LEVEL | {"price": ["2"], "price_without": ["1"]}, "volume"),
    ("incremental_income", UNIT | {"price": ["2"]}, "price_without"),
    ("incremental_income", UNIT | {"cost_without": ["2"]}, "cost"),
    ("incremental_income", UNIT | {"volume_without": ["5"]}, "price_without"),
    ("incremental_income", WHOLE | {"industry_return": None}, "industry_return"),
    ("incremental_income", WHOLE | {"volume": ["1"]}, "volume"),
    ("comparables", {"comparables": DEALS, "minimum": 2}, "minimum_reason"),
    ("comparables", {"comparables": [DEALS[0] | {"weight": "1"}, *DEALS[1:]]}, "comparables.1.weight"),
    ("comparables", {"comparables": [d | {"weight": "1"} for d in DEALS]}, "comparables.0.weight_reason"),
    (
        "comparables",
        {"comparables": [d | {"weight": "0", "weight_reason": "x"} for d in DEALS]},
        "comparables.0.weight",
    ),
    (
        "comparables",
        {"comparables": [DEALS[0] | {"adjustments": [{"kind": "trl", "amount": "-1"}]}]},
        "comparables.0.adjustments.0.amount",
    ),
    (
        "comparables",
        {"comparables": [DEALS[0] | {"adjustments": [{"kind": "trl", "amount": "-100"}]}], "form": "additive"},
        "comparables.0.adjustments",
    ),
    (
        "comparables",
        {"comparables": [DEALS[0] | {"adjustments": [{"kind": "trl", "amount": "0"}] * 2}]},
        "comparables.0.adjustments.1.kind",
    ),
]


@pytest.mark.parametrize(("name", "given", "field"), TOGETHER, ids=[f"{n}-{f}" for n, _, f in TOGETHER])
def test_inputs_that_do_not_hold_together(name: str, given: dict[str, Any], field: str) -> None:
    """The refusal names the field to change and says in both languages what is allowed."""
    method = METHODS[name]
    inputs = method.inputs.model_validate({k: v for k, v in given.items() if v is not None})
    with pytest.raises(OutOfRange) as refused:
        method.calculate(inputs)
    assert refused.value.field == field
    assert refused.value.text.vi.strip() != refused.value.text.en.strip()


ALONE: list[tuple[str, dict[str, Any], tuple[str | int, ...], str]] = [
    ("relief_from_royalty", ROYALTY | {"royalty_rate": "5"}, ("royalty_rate",), "less than or equal to 1"),
    ("relief_from_royalty", ROYALTY | {"revenue": ["1", "-1"]}, ("revenue", 1), "greater than or equal to 0"),
    ("relief_from_royalty", ROYALTY | {"discount_rate": "NaN"}, ("discount_rate",), "finite"),
    ("relief_from_royalty", ROYALTY | {"tab_life": -5}, ("tab_life",), "greater than or equal to 1"),
    ("reproduction_cost", COSTS | {"age": "1", "remaining_life": "0"}, ("remaining_life",), "greater than 0"),
    ("creativity_cost", COSTS | {"research_risk": "1"}, ("research_risk",), "less than or equal to 0.99"),
    ("indexed_cost", {"costs": [{"amount": "1", "index_then": "0"}]}, ("costs", 0, "index_then"), "greater than 0"),
    ("tax_amortisation_benefit", {"tax_life": True}, ("tax_life",), "whole number"),
    ("capm", CAPM | {"beta": True}, ("beta",), "number"),
    ("profit_split", LEVEL | {"profits": []}, ("profits",), "at least 1"),
    ("rate_band", {"trl": 10}, ("trl",), "less than or equal to 9"),
]


@pytest.mark.parametrize(("name", "given", "where", "says"), ALONE, ids=[f"{n}-{w[-1]}" for n, _, w, _ in ALONE])
def test_inputs_out_of_bounds(name: str, given: dict[str, Any], where: tuple[str | int, ...], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        METHODS[name].inputs.model_validate(given)
    told = {e["loc"]: e["msg"] for e in refused.value.errors()}
    assert says in told[where]


def test_floats_mean_what_they_print() -> None:
    method = METHODS["build_up"]
    given = method.inputs.model_validate({"risk_free": 0.1, "market_premium": 0.2})
    assert method.calculate(given).value == Decimal("0.3")
