"""Results of the calculators in the words of one language: amounts, per cent, tables, the chart that fits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.kit.money import EXPONENTS
from app.kit.text import Text
from app.valuations import wording
from app.valuations.calculators import CalculationView, ScheduleView
from app.valuations.canonical import to_minor
from app.valuations.methods import METHODS
from app.valuations.methods.base import Unit
from app.valuations.shapes import amount, find, shapes
from app.web import formats

_PLACES = Decimal("0.000001")
# Money of a schedule in the order of how well its course tells the result.
_TELLING = ("expected", "adjusted", "share", "present_value", "cost_now", "value")


def shown(value: str | None, unit: Unit, currency: str, locale: str) -> str:
    """A number of a result as people read it; rounded for the eye only (`exact` stands in the JSON)."""
    if value is None:
        return "–"
    number = Decimal(value)
    if unit is Unit.money:
        minor = int(to_minor(number, currency).scaleb(EXPONENTS[currency]))
        return formats.money(minor, locale, currency)
    if unit is Unit.rate:
        return f"{amount((number * 100).quantize(Decimal('0.0001')), locale)}\u00a0%"
    if unit is Unit.year:
        return f"{number:f}"
    text = amount(number.quantize(_PLACES), locale)
    return f"{text}\u00a0{wording.UNITS[unit].get(locale)}" if unit is Unit.years else text


@dataclass(frozen=True, slots=True)
class Bar:
    """One shape of a chart, on a scale from 0 to 100 of the chart's own span: `start` and `size`."""

    label: str
    display: str
    start: float
    size: float
    negative: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """`kind`: columns (a course by period, a distribution), bars (things beside one another), tornado (each input's
    swing). `zero` is where nothing lies on the scale."""

    kind: str
    title: str
    bars: list[Bar]
    zero: float
    first: str
    last: str
    told: str


def _bars(spans: list[tuple[str, str, Decimal, Decimal]], base: Decimal) -> tuple[list[Bar], float]:
    """Spans (label, display, from, to) on one scale that holds `base`."""
    low = min(base, *(min(a, b) for _, _, a, b in spans))
    high = max(base, *(max(a, b) for _, _, a, b in spans))
    width = (high - low) or Decimal(1)

    def at(value: Decimal) -> float:
        return round(float((value - low) / width * 100), 2)

    made = [Bar(lb, sh, at(min(a, b)), round(at(max(a, b)) - at(min(a, b)), 2), b < a) for lb, sh, a, b in spans]
    return made, at(base)


def spans(ranges: list[tuple[str, str, str, str]]) -> list[Bar]:
    """Ranges (label, display, low, high) beside one another on one scale from nothing up."""
    return _bars([(lb, sh, Decimal(a), Decimal(b)) for lb, sh, a, b in ranges], Decimal(0))[0]


def _column(s: ScheduleView) -> int | None:
    money = [i for i, c in enumerate(s.columns) if c.unit is Unit.money]
    for word in _TELLING:
        for i in money:
            if word in s.columns[i].key:
                return i
    return money[-1] if money else None


def named(label: str, view: CalculationView, locale: str) -> str:
    """A row's label in words: a method by its name, an input of the method that was computed over by its own."""
    if label in METHODS:
        return METHODS[label].en if locale == "en" else METHODS[label].vi
    base = METHODS.get(str(view.inputs.get("method")))
    parts = [find(shapes(base.inputs), p) for p in label.split(" ~ ")] if base else []
    if not parts or any(p is None for p in parts):
        return label
    numbers = [next((f" {int(x) + 1}" for x in p.split(".") if x.isdigit()), "") for p in label.split(" ~ ")]
    return " ~ ".join(p.label.get(locale) + n for p, n in zip(parts, numbers, strict=True) if p)


def _row_label(s: ScheduleView, n: int, view: CalculationView, locale: str) -> str:
    if s.labels:
        return named(s.labels[n], view, locale)
    first = s.columns[0]
    if first.unit is not Unit.money and s.rows[n][0] is not None:
        name = first.en if locale == "en" else first.vi
        return f"{name} {shown(s.rows[n][0], first.unit, view.currency, locale)}"
    return str(n + 1)


def _of_schedule(view: CalculationView, s: ScheduleView, locale: str) -> Chart | None:
    at = _column(s)
    if at is None:
        return None
    rows = [(n, row[at]) for n, row in enumerate(s.rows) if row[at] is not None]
    if len(rows) < 2:
        return None
    spans = [
        (
            _row_label(s, n, view, locale),
            shown(value, Unit.money, view.currency, locale),
            Decimal(0),
            Decimal(value or 0),
        )
        for n, value in rows
    ]
    bars, zero = _bars(spans, Decimal(0))
    column = s.columns[at]
    title = f"{s.en}: {column.en}" if locale == "en" else f"{s.vi}: {column.vi}"
    values = [Decimal(v or 0) for _, v in rows]
    told = _TOLD.format(
        first=spans[0][1],
        last=spans[-1][1],
        low=shown(str(min(values)), Unit.money, view.currency, locale),
        high=shown(str(max(values)), Unit.money, view.currency, locale),
    ).get(locale)
    kind = "bars" if s.labels and len(rows) <= 12 else "columns"
    return Chart(kind, title, bars, zero, bars[0].label, bars[-1].label, told)


def _tornado(view: CalculationView, s: ScheduleView, locale: str) -> Chart | None:
    keys = [c.key for c in s.columns]
    if "at_low" not in keys or "at_high" not in keys or not s.labels or not s.rows:
        return None
    low, high = keys.index("at_low"), keys.index("at_high")
    spans = []
    for label, row in zip(s.labels, s.rows, strict=True):
        a, b = Decimal(row[low] or 0), Decimal(row[high] or 0)
        unit = s.columns[low].unit
        ends = " … ".join(shown(str(end), unit, view.currency, locale) for end in sorted((a, b)))
        spans.append((named(label, view, locale), ends, a, b))
    base = Decimal(view.value.exact) if view.value else spans[0][2]
    bars, zero = _bars(spans, base)
    return Chart("tornado", s.en if locale == "en" else s.vi, bars, zero, "", "", "")


def _histogram(view: CalculationView, s: ScheduleView, locale: str) -> Chart | None:
    keys = [c.key for c in s.columns]
    counted = next((i for i, k in enumerate(keys) if k in ("count", "share", "frequency", "draws")), None)
    if counted is None or "from" not in keys or "to" not in keys or len(s.rows) < 3:
        return None
    start, end = keys.index("from"), keys.index("to")
    unit = s.columns[start].unit
    labels = [
        f"{shown(r[start], unit, view.currency, locale)} … {shown(r[end], unit, view.currency, locale)}" for r in s.rows
    ]
    spans = [
        (label, shown(r[counted], s.columns[counted].unit, view.currency, locale), Decimal(0), Decimal(r[counted] or 0))
        for label, r in zip(labels, s.rows, strict=True)
    ]
    bars, zero = _bars(spans, Decimal(0))
    first = shown(s.rows[0][start], unit, view.currency, locale)
    last = shown(s.rows[-1][end], unit, view.currency, locale)
    most = max(spans, key=lambda x: x[3])
    told = _SPREAD.format(first=first, last=last, most=most[0]).get(locale)
    return Chart("columns", s.en if locale == "en" else s.vi, bars, zero, first, last, told)


def chart_of(view: CalculationView, locale: str) -> Chart | None:
    """The chart that tells this result best; None where numbers alone do (a rate, a factor)."""
    for make in (_tornado, _histogram, _of_schedule):
        for s in view.schedules:
            found = make(view, s, locale)
            if found:
                return found
    return None


def table_of(s: ScheduleView, view: CalculationView, locale: str) -> dict[str, Any]:
    """A schedule as a table: header cells and rows of cells, labels first where there are any."""
    head = ([""] if s.labels else []) + [c.en if locale == "en" else c.vi for c in s.columns]
    body = [
        ([named(s.labels[n], view, locale)] if s.labels else [])
        + [shown(v, c.unit, view.currency, locale) for v, c in zip(row, s.columns, strict=True)]
        for n, row in enumerate(s.rows)
    ]
    return {"title": s.en if locale == "en" else s.vi, "head": head, "rows": body, "labelled": bool(s.labels)}


_TOLD = Text(
    "Từ {first} đến {last}; thấp nhất {low}, cao nhất {high}.", "From {first} to {last}; lowest {low}, highest {high}."
)
_SPREAD = Text(
    "Từ {first} đến {last}; nhiều nhất trong khoảng {most}.", "From {first} to {last}; most of them within {most}."
)
