"""`santex valuate`: a calculation or a whole paper from a file, computed, and shown in a terminal or as JSON.

FILE is `{"method", "inputs", "currency"}` (what a calculator's page offers to copy), or a paper (`format`
"santex/valuation-1"). Needs no database. Every answer says that it is an estimate for reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from app.kit.errors import Invalid
from app.kit.money import EXPONENTS
from app.kit.text import Text
from app.valuations import calculators, canonical, paper, wording
from app.valuations.calculators import CalculationView
from app.valuations.methods import METHODS, Unit
from app.valuations.paper import Difference, Found, Outcome, Report
from app.web.forms import invalid

# Longer tables are for `--json`.
MOST_ROWS = 40


class _File(calculators.Calculate, extra="forbid"):
    method: str


def valuate(data: bytes) -> CalculationView | Report:
    """The file computed. Invalid names each field that does not fit and the range allowed."""
    try:
        given = canonical.read(data)
    except (ValueError, RecursionError):
        raise Invalid(fields={"FILE": _NO_JSON}) from None
    if isinstance(given, dict) and "format" in given:
        return paper.make_report(paper.read_paper(given))
    try:
        asked = _File.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None
    fields: dict[str, Text] = {}
    if asked.method not in METHODS:
        fields["method"] = _NO_METHOD.format(known=", ".join(METHODS))
    if asked.currency not in EXPONENTS:
        fields["currency"] = calculators.NO_CURRENCY.format(known=", ".join(EXPONENTS))
    if fields:
        raise Invalid(fields=fields)
    method = METHODS[asked.method]
    inputs = calculators.validated(method, asked.inputs)
    return calculators.view_of(method, calculators.computed(method, inputs), inputs, asked.currency)


def verify(data: bytes) -> list[Difference]:
    """What differs between a report's figures and its paper computed again; Invalid when it is no report."""
    return paper.verify(paper.read_report(data))


def as_json(found: CalculationView | Report) -> str:
    """The result exactly: every number as the string of its Decimal."""
    return canonical.write(found).decode()


def shown(found: CalculationView | Report) -> Iterator[Table | str]:
    """What a terminal prints, part by part; numbers rounded for reading."""
    if isinstance(found, CalculationView):
        yield from _calculation(found)
    else:
        yield from _outcome(found.outcome, found.paper.currency)
    yield wording.REFERENCE.en


def _calculation(found: CalculationView) -> Iterator[Table | str]:
    method = METHODS[found.method]
    table = _figures(method.en)
    for name, number in (("Value", found.value), ("Low", found.low), ("High", found.high)):
        if number is not None:
            table.add_row(name, _number(Decimal(number.exact), found.unit, found.currency), _unit(found, found.unit))
    for f in found.figures:
        table.add_row(escape(f.en), _number(Decimal(f.exact), f.unit, found.currency), _unit(found, f.unit))
    yield table
    for s in found.schedules:
        rows = [[None if v is None else Decimal(v) for v in row] for row in s.rows]
        yield from _schedule(s.en, [(c.en, c.unit) for c in s.columns], s.labels, rows, found.currency)
    for note in found.notes:
        yield f"- {note.en}"


def _outcome(found: Outcome, currency: str) -> Iterator[Table | str]:
    table = Table("Calculation", "Method", "Value", "Low", "High", "Unit")
    for f in found.calculations:
        ends = (_number(v, f.unit, currency) for v in (f.value, f.low, f.high))
        table.add_row(escape(f.key), METHODS[f.method].en, *ends, _words(f.unit, currency))
    yield table
    if found.synthesis:
        spread = _number(found.synthesis.spread, Unit.rate, currency)
        yield f"Synthesis: {_number(found.synthesis.value, Unit.money, currency)} {currency}, spread {spread}"
    if found.tornado:
        rows = [[b.low, b.high, b.at_low, b.at_high] for b in found.tornado]
        heads = [("Input low", Unit.none), ("Input high", Unit.none), ("At low", Unit.money), ("At high", Unit.money)]
        yield from _schedule("Sensitivity", heads, [b.path for b in found.tornado], rows, currency)
    if found.simulation:
        yield from _simulation(found.simulation, currency)
    for f in found.calculations:
        for note in f.notes:
            yield f"- {f.key}: {note.en}"
    if found.value is not None:
        span = " to ".join(_number(v, Unit.money, currency) for v in (found.low, found.high) if v is not None)
        yield f"Value: {_number(found.value, Unit.money, currency)} {currency}{f' ({span})' if span else ''}"


def _simulation(found: Found, currency: str) -> Iterator[Table]:
    table = _figures(METHODS[found.method].en)
    for f in found.figures:
        table.add_row(escape(f.en), _number(f.value, f.unit, currency), _words(f.unit, currency))
    yield table


def _figures(title: str) -> Table:
    table = Table("", "", "Unit", title=title)
    table.columns[1].justify = "right"
    return table


def _schedule(
    title: str,
    columns: Sequence[tuple[str, Unit]],
    labels: Sequence[str],
    rows: Sequence[Sequence[Decimal | None]],
    currency: str,
) -> Iterator[Table | str]:
    table = Table(title=escape(title))
    if labels:
        table.add_column("")
    for name, _ in columns:
        table.add_column(escape(name), justify="right")
    for n, row in enumerate(rows[:MOST_ROWS]):
        cells = [_number(v, unit, currency) for v, (_, unit) in zip(row, columns, strict=True)]
        table.add_row(*([escape(labels[n])] if labels else []), *cells)
    yield table
    if len(rows) > MOST_ROWS:
        yield f"... and {len(rows) - MOST_ROWS} more rows; --json keeps them all"


def _number(value: Decimal | None, unit: Unit, currency: str) -> str:
    if value is None:
        return ""
    if unit is Unit.money:
        return f"{canonical.to_minor(value, currency):,f}"
    if unit is Unit.rate:
        return f"{canonical.number(canonical.rounded(value * 100, 4))} %"
    return canonical.number(canonical.rounded(value, 6))


def _words(unit: Unit, currency: str) -> str:
    return {Unit.money: currency, Unit.rate: "", Unit.none: ""}.get(unit, wording.UNITS[unit].en)


def _unit(found: CalculationView, unit: Unit) -> str:
    return _words(unit, found.currency)


_NO_JSON = Text("Tệp này không phải là JSON hợp lệ.", "This is not valid JSON.")
_NO_METHOD = Text("Không có phương pháp này; các phương pháp: {known}.", "No such method; there are {known}.")
