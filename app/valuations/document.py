"""The report as its reader sees it: every sentence, number and table of the printed document, in one language.

Pure: the same report gives the same data, and the typesetter the same bytes. Amounts are shown to the minor unit,
rates in per cent; nothing is computed here beyond that rounding for the eye.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import BaseModel

from app.kit.money import EXPONENTS
from app.kit.text import Text
from app.valuations import document_words as words
from app.valuations.canonical import rounded, to_minor
from app.valuations.methods import METHODS
from app.valuations.methods.base import Figure, Inputs, Schedule, Unit
from app.valuations.paper import Methods
from app.valuations.parts import Bar, Calculation, Found, InputNote, Report
from app.valuations.wording import APPROACHES, choice
from app.web import codes, formats

# More columns than this do not fit an upright page.
WIDE = 9
# A run of letters longer than this may be broken anywhere: a table cell cannot grow.
LONGEST = 24
_LONG = re.compile(rf"\S{{{LONGEST + 1},}}")
_PIECE = re.compile(rf".{{1,{LONGEST}}}")
_BREAK = "\u200b"


def breakable(text: str) -> str:
    """The text with places to break in words too long for a cell."""
    return _LONG.sub(lambda m: _BREAK.join(_PIECE.findall(m.group())), text)


@dataclass(frozen=True, slots=True)
class Shown:
    """How numbers read in one language and currency."""

    locale: str
    currency: str

    def money(self, value: Decimal) -> str:
        """With the currency's sign."""
        return formats.money(
            int(to_minor(value, self.currency).scaleb(EXPONENTS[self.currency])), self.locale, self.currency
        )

    def number(self, value: Decimal | None, unit: Unit) -> str:
        """Bare, as in a table; a dash for what is not there."""
        if value is None:
            return "–"
        if unit is Unit.money:
            return self.money(value).rsplit("\u00a0", 1)[0]
        if unit is Unit.rate:
            return f"{formats.decimal(rounded(value * 100, 4), self.locale)}\u00a0%"
        if unit is Unit.year:
            return f"{value:f}"
        return formats.decimal(rounded(value, 6), self.locale)

    def full(self, value: Decimal | None, unit: Unit) -> str:
        """On its own: with the currency or what it counts."""
        if value is None:
            return "–"
        if unit is Unit.money:
            return self.money(value)
        said = self.number(value, unit)
        return f"{said}\u00a0{words.YEARS.get(self.locale)}" if unit is Unit.years else said

    def given(self, value: Decimal, unit: Unit) -> str:
        """As it was put in, with every digit."""
        if unit is Unit.rate:
            return f"{formats.decimal(value * 100, self.locale)}\u00a0%"
        if unit is Unit.money:
            return f"{formats.decimal(value, self.locale)}\u00a0{formats.sign(self.currency)}"
        if unit is Unit.year:
            return f"{value:f}"
        said = formats.decimal(value, self.locale)
        return f"{said}\u00a0{words.YEARS.get(self.locale)}" if unit is Unit.years else said

    def name(self, of: Any) -> str:
        """What a figure, a column, a schedule or a note is called."""
        return str(of.en if self.locale == "en" else of.vi)


@dataclass(frozen=True, slots=True)
class Line:
    """One input: where it stands, what it is called, what it holds, and whether that is the method's default."""

    path: str
    name: Text
    value: str
    default: bool


def lines(inputs: Inputs, shown: Shown) -> list[Line]:
    """The inputs of a calculation, one line each: a list of numbers is one line, so is each part of a list of parts."""
    return list(_lines(inputs, "", shown))


def _lines(inputs: BaseModel, at: str, shown: Shown) -> Iterator[Line]:
    for key, info in type(inputs).model_fields.items():
        value, path = getattr(inputs, key), f"{at}{key}"
        if value is None or value in ((), ""):
            continue
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        name = Text(str(extra.get("title_vi", key)), str(extra.get("title_en", key)))
        unit = Unit(str(extra.get("unit", Unit.none)))
        default = not info.is_required() and value == info.default
        if isinstance(value, BaseModel):
            yield from (
                Line(x.path, Text(f"{name.vi}: {x.name.vi}", f"{name.en}: {x.name.en}"), x.value, x.default)
                for x in _lines(value, f"{path}.", shown)
            )
        elif isinstance(value, Mapping) and (of := METHODS.get(str(getattr(inputs, "method", "")))):
            # A tool's inputs of the method it works on, as that method names them.
            yield from _lines(of.inputs.model_validate(value), f"{path}.", shown)
        elif isinstance(value, tuple) and any(isinstance(v, BaseModel) for v in value):
            for i, part in enumerate(value):
                named = Text(f"{name.vi} {i + 1}", f"{name.en} {i + 1}")
                yield Line(f"{path}.{i}", named, _said(part, unit, shown), default)
        else:
            yield Line(path, name, _said(value, unit, shown), default)


def _said(value: Any, unit: Unit, shown: Shown) -> str:
    if isinstance(value, BaseModel):
        return "; ".join(f"{x.name.get(shown.locale)}: {x.value}" for x in _lines(value, "", shown))
    if isinstance(value, bool):
        return words.YES_NO[value].get(shown.locale)
    if isinstance(value, int) and unit is Unit.none:
        return str(value)
    if isinstance(value, Decimal | int):
        return shown.given(Decimal(value), unit)
    if isinstance(value, Enum):
        return choice(str(value.value)).get(shown.locale)
    if isinstance(value, date):
        return formats.day(value, shown.locale)
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_said(v, unit, shown)}" for k, v in sorted(value.items()))
    if isinstance(value, tuple | list):
        return "; ".join(_said(v, unit, shown) for v in value)
    return str(value)


def _belongs(note: InputNote, line: Line) -> bool:
    return f"{note.path}.".startswith(f"{line.path}.") or f"{line.path}.".startswith(f"{note.path}.")


def _assumptions(calculation: Calculation, shown: Shown, methods: Methods) -> list[list[str]]:
    inputs = methods[calculation.method].inputs.model_validate(calculation.inputs)
    rows = []
    for line in lines(inputs, shown):
        notes = [n for n in calculation.notes if _belongs(n, line)]
        origins = _joined(words.ORIGINS[n.origin].get(shown.locale) for n in notes)
        if not origins:
            origins = (words.DEFAULT if line.default else words.NO_ORIGIN).get(shown.locale)
        evidence = [f"{words.FILE.get(shown.locale)} {n.evidence[:12]}" for n in notes if n.evidence]
        rows.append(
            [
                line.name.get(shown.locale),
                line.value,
                origins,
                _joined([*(n.source for n in notes), *evidence]),
                _joined(n.remark for n in notes),
            ]
        )
    return rows


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(p for p in parts if p))


def _title(found: Found, paper_title: str, shown: Shown, methods: Methods) -> str:
    name = shown.name(methods[found.method])
    return f"{paper_title} ({name})" if paper_title else name


def _values(found: Found, shown: Shown) -> str:
    if not found.enough:
        return words.TOO_FEW.get(shown.locale)
    return shown.full(found.value, found.unit)


def _range(low: Decimal | None, high: Decimal | None, unit: Unit, shown: Shown) -> str:
    if low is None or high is None:
        return "–"
    return f"{shown.number(low, unit)} – {shown.number(high, unit)}"


def _approaches(report: Report, shown: Shown, methods: Methods) -> dict[str, Any]:
    weights = {w.calculation: w.weight for w in report.paper.synthesis.weights} if report.paper.synthesis else {}
    titles = {c.key: c.title for c in report.paper.calculations}
    rows = []
    for f in report.outcome.calculations:
        weight = shown.number(weights[f.key], Unit.rate) if f.key in weights else "–"
        approach = APPROACHES[f.approach].get(shown.locale)
        title = _title(f, titles[f.key], shown, methods)
        rows.append([approach, title, _values(f, shown), _range(f.low, f.high, f.unit, shown), weight])
    return {
        "head": [t.get(shown.locale) for t in words.APPROACHES_HEAD],
        "rows": rows,
        "aligns": ["left", "left", "right", "right", "right"],
    }


def _synthesis(report: Report, shown: Shown, methods: Methods) -> dict[str, Any] | None:
    asked, whole = report.paper.synthesis, report.outcome.synthesis
    if asked is None or whole is None:
        return None
    titles = {c.key: c.title for c in report.paper.calculations}
    rows = []
    for w in asked.weights:
        f = report.outcome.found(w.calculation)
        share = shown.number(f.exact * w.weight, Unit.money) if f.exact is not None else "–"
        title = _title(f, titles[f.key], shown, methods)
        rows.append([title, _values(f, shown), shown.number(w.weight, Unit.rate), share, w.reason])
    said = words.SPREAD if whole.within_bound else words.SPREAD_OVER
    spread, bound = shown.number(rounded(whole.spread, 4), Unit.rate), shown.number(asked.spread_bound, Unit.rate)
    return {
        "head": [t.get(shown.locale) for t in words.SYNTHESIS_HEAD],
        "rows": rows,
        "aligns": ["left", "right", "right", "right", "left"],
        "spread": said.get(shown.locale).format(spread=spread, bound=bound),
        "explanation": asked.explanation,
    }


def _figures(figures: Iterable[Figure], shown: Shown) -> list[list[str]]:
    return [[shown.name(f), shown.full(f.value, f.unit)] for f in figures]


def _schedule(schedule: Schedule, shown: Shown) -> dict[str, Any]:
    units = [c.unit for c in schedule.columns]
    head = [
        f"{shown.name(c)} ({formats.sign(shown.currency)})" if c.unit is Unit.money else shown.name(c)
        for c in schedule.columns
    ]
    rows = [[shown.number(v, u) for v, u in zip(row, units, strict=True)] for row in schedule.rows]
    # A column in which nothing stands says nothing.
    kept = [n for n in range(len(units)) if any(row[n] is not None for row in schedule.rows)]
    head, rows = [head[n] for n in kept], [[row[n] for n in kept] for row in rows]
    aligns = ["right"] * len(head)
    if schedule.labels:
        head, aligns = ["", *head], ["left", *aligns]
        rows = [[label, *row] for label, row in zip(schedule.labels, rows, strict=True)]
    return {
        "title": shown.name(schedule), "head": head, "rows": rows, "aligns": aligns, "wide": len(head) > WIDE
    }  # fmt: skip


def _calculation(calculation: Calculation, found: Found, shown: Shown, methods: Methods) -> dict[str, Any]:
    method = methods[calculation.method]
    return {
        "title": _title(found, calculation.title, shown, methods),
        "about": method.about_en if shown.locale == "en" else method.about_vi,
        "formula": method.formula,
        "assumptions": _assumptions(calculation, shown, methods),
        "figures": _figures(found.figures, shown),
        "schedules": [_schedule(s, shown) for s in found.schedules if s.rows and s.key != words.HISTOGRAM],
        "notes": [shown.name(n) for n in found.notes],
    }


def _named(inputs: Inputs, path: str, shown: Shown) -> tuple[str, Unit]:
    """What the input at the path is called, and what it counts."""
    at: Any = inputs
    name, unit = [], Unit.none
    for part in path.split("."):
        if isinstance(at, BaseModel):
            extra = type(at).model_fields[part].json_schema_extra
            told = extra if isinstance(extra, dict) else {}
            name.append(str(told.get(f"title_{shown.locale}", part)))
            unit = Unit(str(told.get("unit", unit)))
            at = getattr(at, part)
        else:
            name.append(str(int(part) + 1))
            at = at[int(part)]
    return " ".join(name), unit


def _tornado(report: Report, shown: Shown, methods: Methods) -> dict[str, Any] | None:
    asked = report.paper.sensitivity
    if asked is None or not report.outcome.tornado:
        return None
    found = report.outcome.found(asked.calculation)
    calculation = next(c for c in report.paper.calculations if c.key == asked.calculation)
    inputs = methods[calculation.method].inputs.model_validate(calculation.inputs)
    base = found.value or Decimal(0)
    ends = [base, *(v for b in report.outcome.tornado for v in (b.at_low, b.at_high))]
    least, width = min(ends), (max(ends) - min(ends)) or Decimal(1)

    def place(value: Decimal) -> float:
        return float(rounded((value - least) / width, 5))

    def bar(b: Bar) -> dict[str, Any]:
        name, unit = _named(inputs, b.path, shown)
        left, right = min(b.at_low, b.at_high, base), max(b.at_low, b.at_high, base)
        return {
            "name": name,
            "span": f"{shown.given(b.low, unit)} … {shown.given(b.high, unit)}",
            "from_to": f"{shown.money(b.at_low)} … {shown.money(b.at_high)}",
            "left": place(left),
            "middle": place(base) - place(left),
            "right": place(right) - place(base),
            "low_first": b.at_low <= b.at_high,
        }

    title = _title(found, calculation.title, shown, methods)
    return {
        "about": words.TORNADO_ABOUT.get(shown.locale).format(method=title, value=_values(found, shown)),
        "legend": words.TORNADO_LEGEND.get(shown.locale),
        "base": place(base),
        "bars": [bar(b) for b in report.outcome.tornado],
    }


def _distribution(report: Report, shown: Shown) -> dict[str, Any] | None:
    found = report.outcome.simulation
    bins = next((s for s in found.schedules if s.key == words.HISTOGRAM), None) if found else None
    if found is None or bins is None or not bins.rows:
        return None
    keys = [c.key for c in bins.columns]
    at = {k: [row[keys.index(k)] or Decimal(0) for row in bins.rows] for k in ("from", "to", "share")}
    most = max(at["share"]) or Decimal(1)
    return {
        "about": _joined(shown.name(n) for n in found.notes),
        "bars": [float(rounded(s / most, 4)) for s in at["share"]],
        "from": shown.money(at["from"][0]),
        "to": shown.money(at["to"][-1]),
        "figures": _figures(found.figures, shown),
    }


def _facts(report: Report, shown: Shown) -> list[list[str]]:
    p, w = report.particulars, report.paper
    facts: list[tuple[Text, str]] = [
        (words.PURPOSE, w.purpose),
        (words.VALUE_DATE, formats.day(w.value_date, shown.locale)),
        (words.ISSUED_ON, formats.day(p.issued_on, shown.locale)),
        (words.VALID_UNTIL, formats.day(p.valid_until, shown.locale)),
        (words.CLIENT, p.client),
        (words.ORGANISATION, p.organisation),
        (words.NUMBER, p.number),
        (words.CERTIFICATE, p.certificate),
        (words.RIGHTS, w.asset.rights),
        (words.OWNER, w.asset.owner),
        (words.IDENTIFIERS, ", ".join(w.asset.identifiers)),
        (words.DESCRIPTION, w.asset.description),
        (words.CURRENCY, w.currency),
    ]
    return [[name.get(shown.locale), value] for name, value in facts if value]


def _answer(report: Report, shown: Shown) -> dict[str, str]:
    out = report.outcome
    if out.value is None:
        return {
            "name": words.VALUE.get(shown.locale),
            "value": words.NO_ANSWER.get(shown.locale),
            "words": "",
            "range": "",
        }
    spoken = formats.money_words(int(out.value)) if shown.locale == "vi" and shown.currency == "VND" else ""
    ranged = out.low is not None and out.high is not None and out.low < out.high
    range_ = words.RANGE.get(shown.locale).format(range=_range(out.low, out.high, Unit.money, shown)) if ranged else ""
    name = words.WEIGHTED if out.synthesis else words.VALUE
    return {"name": name.get(shown.locale), "value": shown.money(out.value), "words": spoken, "range": range_}


def address(report: Report) -> str:
    """Where anybody can check the report: its page on the site it was made on, else just its hash."""
    site = report.particulars.site.rstrip("/")
    return f"{site}/valuations/verify/{report.sha256}" if site else f"sha256:{report.sha256}"


def document(report: Report, locale: str, methods: Methods = METHODS) -> dict[str, Any]:
    """All that `templates/documents/valuation.typ` shows, in JSON's types."""
    shown = Shown(locale, report.paper.currency)
    p, kind = report.particulars, report.particulars.kind
    by_key = {c.key: c for c in report.paper.calculations}
    calculations = [_calculation(by_key[f.key], f, shown, methods) for f in report.outcome.calculations]
    if report.paper.simulation and report.outcome.simulation:
        simulated = _calculation(report.paper.simulation, report.outcome.simulation, shown, methods)
        # Its figures stand under the chart of the distribution.
        calculations.append(simulated | {"figures": []})
    people = [
        {"name": x.name, "role": x.role, "card": f"{words.CARD.get(locale)} {x.card}" if x.card else ""}
        for x in p.people
    ]
    limits = [*p.limits, *(t.get(locale) for t in words.LIMITS[kind])]
    made = {
        "lang": locale,
        "kind": kind.value,
        "kind_name": words.KIND_NAMES[kind].get(locale),
        "kind_note": words.KIND_NOTES[kind].get(locale),
        "title": words.TITLES[kind].get(locale),
        "header": p.number or report.paper.asset.name[:60],
        "author": p.organisation,
        "asset": report.paper.asset.name,
        "facts": _facts(report, shown),
        "answer": _answer(report, shown),
        "approaches": _approaches(report, shown, methods),
        "synthesis": _synthesis(report, shown, methods),
        "assumptions": {
            "head": [t.get(locale) for t in words.ASSUMPTIONS_HEAD],
            "aligns": ["left", "left", "left", "left", "left"],
        },
        "figures": {"head": [t.get(locale) for t in words.FIGURES_HEAD]},
        "calculations": calculations,
        "tornado": _tornado(report, shown, methods),
        "distribution": _distribution(report, shown),
        "evidence": list(p.price_evidence),
        "limits": list(dict.fromkeys(limits)),
        "people": people,
        "words": {k: t.get(locale) for k, t in words.HEADINGS.items()},
    }
    whole = {"hash": report.sha256, "url": address(report), "qr": codes.qr_svg(address(report))}
    return {key: _breakable(value) for key, value in made.items()} | whole


def _breakable(value: Any) -> Any:
    if isinstance(value, str):
        return breakable(value)
    if isinstance(value, dict):
        return {k: _breakable(v) for k, v in value.items()}
    return [_breakable(v) for v in value] if isinstance(value, list) else value
