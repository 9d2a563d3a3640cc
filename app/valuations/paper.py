"""The paper of a valuation: everything that was put in, from which everything that came out can be had again.

A `Paper` names the asset, the purpose, the value date, the calculations with the origin of each input, and how their
values are weighed. `compute` runs it; a `Report` keeps paper and outcome together, and `verify` computes the paper
again and lists what differs. Nothing here reads a clock, a file or a database: the same paper gives the same outcome,
to the last digit. Amounts are in units of the currency (not its minor unit) and are rounded once, at the end, to the
minor unit, half to even; rates are fractions of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.kit.errors import Invalid
from app.kit.text import Text
from app.valuations import canonical
from app.valuations.methods import METHODS
from app.valuations.methods.base import Approach, Method, OutOfRange, Result, Unit
from app.valuations.methods.synthesis import METHODS as SYNTHESES
from app.valuations.parts import (
    Asset,
    Bar,
    Calculation,
    Difference,
    Found,
    InputNote,
    Kind,
    Origin,
    Outcome,
    Paper,
    Particulars,
    Person,
    Report,
    Sensitivity,
    Swing,
    Synthesis,
    Weight,
    Whole,
)
from app.web.forms import invalid

__all__ = [
    "Asset",
    "Bar",
    "Calculation",
    "Difference",
    "Found",
    "InputNote",
    "Kind",
    "Origin",
    "Outcome",
    "Paper",
    "Particulars",
    "Person",
    "Report",
    "Sensitivity",
    "Swing",
    "Synthesis",
    "Weight",
    "Whole",
    "compute",
    "make_report",
    "read_paper",
    "read_report",
    "settle",
    "verify",
]

Methods = Mapping[str, Method[Any]]
SYNTHESIS = SYNTHESES[0]
PARTS, WEIGHTS = "parts", "weights"  # what the method and the paper call the same thing
M = TypeVar("M", bound=BaseModel)


def read_paper(data: bytes | str | Mapping[str, Any]) -> Paper:
    """A paper from JSON; Invalid with the fields that do not fit."""
    return _read(Paper, data)


def read_report(data: bytes | str | Mapping[str, Any]) -> Report:
    """A report from JSON; Invalid with the fields that do not fit."""
    return _read(Report, data)


def _read(model: type[M], data: bytes | str | Mapping[str, Any]) -> M:
    try:
        value = canonical.read(data) if isinstance(data, bytes | str) else data
    except (ValueError, RecursionError):
        raise Invalid(fields={"": _NO_JSON}) from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(error) from None


_NO_JSON = Text("Tệp này không phải là JSON hợp lệ.", "This is not valid JSON.")
_NO_METHOD = Text("Không có phương pháp “{name}”.", "There is no method {name!r}.")
_NO_INPUT = Text("Không có đầu vào “{path}”.", "There is no input {path!r}.")
_NO_MONEY = Text(
    "Chỉ phép tính cho ra số tiền mới có trọng số hoặc phân tích độ nhạy.",
    "Only a calculation that gives an amount of money can be weighed or tested.",
)
_NO_VALUE = Text(
    "Phép tính này không đủ dữ liệu để cho giá trị; hãy đặt trọng số bằng 0 hoặc bổ sung dữ liệu.",
    "This calculation has too little data to give a value: give it weight 0 or add data.",
)


def settle(paper: Paper, methods: Methods = METHODS) -> Paper:
    """The same paper with every input checked by its method's schema and every default written out, so that it means
    the same when a default changes one day. Invalid names each input that does not fit."""
    calculations = tuple(_settled(c, f"calculations.{i}", methods) for i, c in enumerate(paper.calculations))
    simulation = _settled(paper.simulation, "simulation", methods) if paper.simulation else None
    return paper.model_copy(update={"calculations": calculations, "simulation": simulation})


def _settled(calculation: Calculation, where: str, methods: Methods) -> Calculation:
    inputs = canonical.plain(_inputs(calculation, where, methods))
    for i, note in enumerate(calculation.notes):
        if _at(inputs, note.path) is _MISSING:
            raise Invalid(fields={f"{where}.notes.{i}.path": _NO_INPUT.format(path=note.path)})
    return calculation.model_copy(update={"inputs": inputs})


def _inputs(calculation: Calculation, where: str, methods: Methods) -> Any:
    method = methods.get(calculation.method)
    if method is None:
        raise Invalid(fields={f"{where}.method": _NO_METHOD.format(name=calculation.method)})
    try:
        return method.inputs.model_validate(calculation.inputs)
    except ValidationError as error:
        fields = invalid(error).fields
        raise Invalid(
            fields={f"{where}.inputs.{f}" if f else f"{where}.inputs": t for f, t in fields.items()}
        ) from None


_MISSING = object()


def _at(inputs: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(inputs, dict) and part in inputs:
            inputs = inputs[part]
        elif isinstance(inputs, list) and part.isdigit() and int(part) < len(inputs):
            inputs = inputs[int(part)]
        else:
            return _MISSING
    return inputs


def _with(inputs: Any, path: list[str], value: Decimal) -> Any:
    """A copy of JSON inputs with another value at the path, which is there."""
    if not path:
        return canonical.number(value)
    head, rest = path[0], path[1:]
    if isinstance(inputs, list):
        at = int(head)
        return [*inputs[:at], _with(inputs[at], rest, value), *inputs[at + 1 :]]
    return {**inputs, head: _with(inputs[head], rest, value)}


def compute(paper: Paper, methods: Methods = METHODS) -> Outcome:
    """Everything the paper asks for. Invalid names the input, weight or bound that stands in the way."""
    paper = settle(paper, methods)
    found = tuple(_found(c, f"calculations.{i}", paper.currency, methods) for i, c in enumerate(paper.calculations))
    whole = _synthesis(paper, paper.synthesis, {f.key: f for f in found}) if paper.synthesis else None
    money = [f for f in found if f.unit is Unit.money]
    amounts = [f for f in money if f.approach is not Approach.tool] or money
    answer: Whole | Found | None = whole or (amounts[0] if len(amounts) == 1 else None)
    simulation = _found(paper.simulation, "simulation", paper.currency, methods) if paper.simulation else None
    return Outcome(
        calculations=found,
        synthesis=whole,
        tornado=_tornado(paper, methods),
        simulation=simulation,
        value=answer.value if answer else None,
        low=answer.low if answer else None,
        high=answer.high if answer else None,
    )


def _result(calculation: Calculation, where: str, methods: Methods) -> Result:
    inputs = _inputs(calculation, where, methods)
    try:
        return methods[calculation.method].calculate(inputs)
    except OutOfRange as error:
        field = f"{where}.inputs.{error.field}" if error.field else f"{where}.inputs"
        raise Invalid(fields={field: error.text}) from None


def _found(calculation: Calculation, where: str, currency: str, methods: Methods) -> Found:
    result = _result(calculation, where, methods)

    def rounded(value: Decimal | None) -> Decimal | None:
        return canonical.to_minor(value, currency) if value is not None and result.unit is Unit.money else value

    return Found(
        key=calculation.key,
        method=calculation.method,
        approach=methods[calculation.method].approach,
        unit=result.unit,
        exact=result.value,
        value=rounded(result.value),
        low=rounded(result.low),
        high=rounded(result.high),
        enough=result.enough,
        figures=result.figures,
        schedules=result.schedules,
        notes=result.notes,
    )


def _synthesis(paper: Paper, asked: Synthesis, found: Mapping[str, Found]) -> Whole:
    used: list[dict[str, Any]] = []
    for i, w in enumerate(asked.weights):
        f = found[w.calculation]
        if f.unit is not Unit.money:
            raise Invalid(fields={f"synthesis.weights.{i}.calculation": _NO_MONEY})
        if not w.weight:
            continue
        if f.exact is None:
            raise Invalid(fields={f"synthesis.weights.{i}.weight": _NO_VALUE})
        used.append({"name": f.key, "value": f.exact, "weight": w.weight, "reason": w.reason})
    given = {"parts": used, "spread_bound": asked.spread_bound, "explanation": asked.explanation}
    try:
        result = SYNTHESIS.calculate(SYNTHESIS.inputs.model_validate(given))
    except OutOfRange as error:
        raise Invalid(fields={f"synthesis.{error.field.replace(PARTS, WEIGHTS)}": error.text}) from None
    except ValidationError as error:
        raise Invalid(fields={f"synthesis.{f}": t for f, t in invalid(error).fields.items()}) from None
    value, low, high = (
        canonical.to_minor(v, paper.currency) for v in (result.value, result.low, result.high) if v is not None
    )
    return Whole(
        exact=result.value or Decimal(0),
        value=value,
        low=low,
        high=high,
        spread=result.figure("spread"),
        within_bound=not result.notes,
    )


def _tornado(paper: Paper, methods: Methods) -> tuple[Bar, ...]:
    if paper.sensitivity is None:
        return ()
    at = next(i for i, c in enumerate(paper.calculations) if c.key == paper.sensitivity.calculation)
    base = paper.calculations[at]
    bars = []
    for i, swing in enumerate(paper.sensitivity.swings):
        where = f"sensitivity.swings.{i}"
        if _at(base.inputs, swing.path) is _MISSING:
            raise Invalid(fields={f"{where}.path": _NO_INPUT.format(path=swing.path)})
        ends = []
        for side in ("low", "high"):
            moved = _with(base.inputs, swing.path.split("."), getattr(swing, side))
            try:
                found = _found(base.model_copy(update={"inputs": moved}), where, paper.currency, methods)
            except Invalid as error:
                raise Invalid(fields={f"{where}.{side}": next(iter(error.fields.values()))}) from None
            if found.unit is not Unit.money:
                raise Invalid(fields={"sensitivity.calculation": _NO_MONEY})
            if found.value is None:
                raise Invalid(fields={f"{where}.{side}": _NO_VALUE})
            ends.append(found.value)
        bars.append(Bar(path=swing.path, low=swing.low, high=swing.high, at_low=ends[0], at_high=ends[1]))
    return tuple(sorted(bars, key=lambda b: (-b.width, b.path)))


def make_report(paper: Paper, particulars: Particulars | None = None, methods: Methods = METHODS) -> Report:
    """The report of a paper: settled, computed, with its particulars. Invalid as `compute`."""
    settled = settle(paper, methods)
    return Report(paper=settled, particulars=particulars or Particulars(), outcome=compute(settled, methods))


def verify(report: Report, methods: Methods = METHODS) -> list[Difference]:
    """What differs between the stated outcome and the paper computed again, number by number; empty when they agree.

    Invalid when the paper itself can no longer be computed.
    """
    again = make_report(report.paper, report.particulars, methods)
    found: list[Difference] = []
    for part in ("paper", "outcome"):
        _compare(canonical.plain(getattr(report, part)), canonical.plain(getattr(again, part)), part, found)
    return found


def _compare(stated: Any, again: Any, path: str, found: list[Difference]) -> None:
    if isinstance(stated, dict) and isinstance(again, dict):
        for key in sorted(stated.keys() | again.keys()):
            _compare(stated.get(key), again.get(key), f"{path}.{key}", found)
    elif isinstance(stated, list) and isinstance(again, list) and len(stated) == len(again):
        for i, (a, b) in enumerate(zip(stated, again, strict=True)):
            _compare(a, b, f"{path}.{i}", found)
    elif stated != again:
        found.append(Difference(path=path, stated=stated, recomputed=again))
