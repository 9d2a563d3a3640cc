"""Calculations by name for tests: a result, the field that a refusal names, the example inputs of a method."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from app.valuations.methods import METHODS, OutOfRange, Result
from app.web.forms import invalid


def calculate(name: str, **inputs: Any) -> Result:
    method = METHODS[name]
    return method.calculate(method.inputs.model_validate(inputs))


def value(name: str, **inputs: Any) -> Decimal:
    found = calculate(name, **inputs).value
    assert found is not None
    return found


def refused(name: str, **inputs: Any) -> tuple[str, str]:
    """The field and the English sentence of the refusal that these inputs meet."""
    with pytest.raises((OutOfRange, ValidationError)) as caught:
        calculate(name, **inputs)
    if isinstance(caught.value, OutOfRange):
        assert caught.value.text.vi
        return caught.value.field, caught.value.text.en
    fields = invalid(caught.value).fields
    field = next(iter(fields))
    return field, fields[field].en


def example(name: str) -> dict[str, Any]:
    """The example of every input that has one: together they are a whole calculation."""
    made = {}
    for field, info in METHODS[name].inputs.model_fields.items():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and "example" in extra:
            made[field] = extra["example"]
    return made


def near(found: Decimal | float, wanted: Decimal | float | str, tolerance: str = "1e-12") -> bool:
    """Equal but for a relative (below 1: absolute) tolerance."""
    found, wanted = Decimal(found), Decimal(wanted)
    return abs(found - wanted) <= Decimal(tolerance) * max(1, abs(wanted))
