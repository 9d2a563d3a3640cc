"""The workbook of a report: inputs as named cells, every working as live formulas, the synthesis over them.

Change an input and the workbook follows. Each formula carries the report's own number as its kept value, so a viewer
that computes nothing shows the same. A spreadsheet counts with 15 to 17 digits, which is a đồng in a thousand billion.
The same report gives the same bytes. Text is text: nothing typed by anybody becomes a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import xlsxwriter
from pydantic import BaseModel

from app.kit.money import EXPONENTS
from app.kit.text import Text
from app.valuations import document_words as words
from app.valuations import workbook_words as said
from app.valuations.formulas import ARRAY, RECIPES, Recipe
from app.valuations.methods import METHODS
from app.valuations.methods.base import Inputs, Unit
from app.valuations.paper import Methods
from app.valuations.parts import Calculation, Found, Report

# Where a calculation's sheet begins to list figures: title, formula, remark, exact value, rounded value, a gap, heads.
FIRST_FIGURE = 8


def leaves(inputs: BaseModel, at: str = "", name: Text | None = None) -> Iterator[tuple[str, Text, Unit, Any]]:
    """Every single value of the inputs: its path, its name, its unit, itself. What was left empty is not there."""
    for key, info in type(inputs).model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        own = Text(str(extra.get("title_vi", key)), str(extra.get("title_en", key)))
        full = Text(f"{name.vi}: {own.vi}", f"{name.en}: {own.en}") if name else own
        yield from _leaves(getattr(inputs, key), f"{at}{key}", full, Unit(str(extra.get("unit", Unit.none))))


def _leaves(value: Any, path: str, name: Text, unit: Unit) -> Iterator[tuple[str, Text, Unit, Any]]:
    if value is None:
        return
    if isinstance(value, BaseModel):
        yield from leaves(value, f"{path}.", name)
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _leaves(item, f"{path}.{i}", Text(f"{name.vi} {i + 1}", f"{name.en} {i + 1}"), unit)
    elif isinstance(value, Mapping):
        for key, item in sorted(value.items()):
            yield from _leaves(item, f"{path}.{key}", Text(f"{name.vi}: {key}", f"{name.en}: {key}"), unit)
    else:
        yield path, name, unit, value


class _Place:
    """A calculation's sheet, laid out before it is written: figures, then schedules, one under the other."""

    def __init__(self, book: _Book, calculation: Calculation, found: Found, inputs: Inputs, sheet: str) -> None:
        self.book, self.calculation, self.found, self.inputs, self.sheet = book, calculation, found, inputs, sheet
        self.value, self.rounded = "$B$4", "$B$5"
        self._figures = {f.key: FIRST_FIGURE + n for n, f in enumerate(found.figures)}
        self.tops: dict[str, int] = {}
        row = FIRST_FIGURE + len(found.figures) + 1
        for s in found.schedules:
            self.tops[s.key] = row
            row += len(s.rows) + 3
        self._columns = {s.key: {c.key: n + 1 for n, c in enumerate(s.columns)} for s in found.schedules}

    def ref(self, path: str) -> str:
        return self.book.names[self.calculation.key, path]

    def fig(self, key: str) -> str:
        return f"$B${self._figures[key] + 1}"

    def at(self, schedule: str, column: str, row: int) -> str:
        return f"{_letters(self._columns[schedule][column])}{self.tops[schedule] + 3 + row}"

    def span(self, schedule: str, column: str) -> str:
        return f"{self.at(schedule, column, 0)}:{self.at(schedule, column, self.rows(schedule) - 1)}"

    def rows(self, schedule: str) -> int:
        return next((len(s.rows) for s in self.found.schedules if s.key == schedule), 0)


def _letters(column: int) -> str:
    made = ""
    while column >= 0:
        made, column = chr(ord("A") + column % 26) + made, column // 26 - 1
    return made


class _Book:
    def __init__(self, report: Report, locale: str, methods: Methods) -> None:
        self.report, self.locale, self.methods = report, locale, methods
        self.names: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self._out = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._out,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        day = report.particulars.issued_on or report.paper.value_date
        self._book.set_properties(
            {
                "title": words.TITLES[report.particulars.kind].get(locale),
                "comments": report.sha256,
                "created": datetime(day.year, day.month, day.day),  # noqa: DTZ001 - the format keeps no zone
            }
        )
        self._book.set_calc_mode("auto")
        places = EXPONENTS[report.paper.currency]
        self._formats = {
            Unit.money: self._format("#,##0" + (f".{'0' * places}" if places else "")),
            Unit.rate: self._format("0.00##%"),
            Unit.factor: self._format("0.0#####"),
            Unit.year: self._format("0"),
        }
        self._plain = self._format("#,##0.######")
        self._text = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._head = self._book.add_format(
            {"bold": True, "font_color": "#0F5C5E", "bg_color": "#F1F5F4", "bottom": 1, "text_wrap": True}
        )
        self._title = self._book.add_format({"bold": True, "font_size": 14})
        self._strong = self._book.add_format({"bold": True})

    def _format(self, pattern: str) -> Any:
        return self._book.add_format({"num_format": pattern, "valign": "top"})

    def _for(self, unit: Unit) -> Any:
        return self._formats.get(unit, self._plain)

    def _say(self, text: Text) -> str:
        return text.get(self.locale)

    def _name(self, of: Any) -> str:
        return str(of.en if self.locale == "en" else of.vi)

    def _sheet(self, wanted: str) -> tuple[str, Any]:
        """A sheet under this name, or the nearest that is free (a workbook's names are short and know no case)."""
        name, n = wanted[:31], 1
        while name.lower() in self._taken:
            n += 1
            name = f"{wanted[:27]}~{n}"
        self._taken.add(name.lower())
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        return name, sheet

    def bytes(self) -> bytes:
        paper, out = self.report.paper, self.report.outcome
        _, front = self._sheet(self._say(said.SUMMARY))
        inputs_name, inputs_sheet = self._sheet(self._say(said.INPUTS))
        pairs = [(c, out.found(c.key)) for c in paper.calculations]
        if paper.simulation and out.simulation:
            key = paper.simulation.key
            while any(c.key == key for c in paper.calculations):
                key += "_"
            pairs.append((paper.simulation.model_copy(update={"key": key}), out.simulation))
        places = []
        row = 3
        inputs_sheet.write_row(2, 0, [self._say(t) for t in said.INPUT_HEADS], self._head)
        for calculation, found in pairs:
            given = self.methods[calculation.method].inputs.model_validate(calculation.inputs)
            row = self._inputs(inputs_sheet, inputs_name, calculation, given, row)
            name, sheet = self._sheet(calculation.key)
            places.append(_Place(self, calculation, found, given, name))
            self._calculation(sheet, places[-1])
        inputs_sheet.write_string(0, 0, self._say(said.INPUTS), self._title)
        inputs_sheet.set_column(0, 1, 24)
        inputs_sheet.set_column(2, 2, 34)
        inputs_sheet.set_column(3, 3, 20)
        inputs_sheet.set_column(4, 9, 18)
        inputs_sheet.freeze_panes(3, 0)
        self._front(front, {p.calculation.key: p for p in places})
        self._book.close()
        return self._out.getvalue()

    def _inputs(self, sheet: Any, name: str, calculation: Calculation, given: Inputs, row: int) -> int:
        notes = {n.path: n for n in calculation.notes}
        for path, title, unit, value in leaves(given):
            above = [path.rsplit(".", n)[0] for n in range(path.count(".") + 1)]
            note = next((notes[p] for p in above if p in notes), None)
            own = self._defined(f"in_{calculation.key}__{path.replace('.', '__')}")
            self.names[calculation.key, path] = own
            self._book.define_name(own, f"='{name}'!$D${row + 1}")
            sheet.write_string(row, 0, calculation.title or self._name(self.methods[calculation.method]), self._text)
            sheet.write_string(row, 1, own, self._text)
            sheet.write_string(row, 2, self._say(title), self._text)
            self._put(sheet, row, 3, value, unit)
            sheet.write_string(row, 4, self._say(said.UNITS[unit]), self._text)
            if note:
                sheet.write_string(row, 5, self._say(words.ORIGINS[note.origin]), self._text)
                for column, text in ((6, note.source), (7, note.evidence or ""), (8, note.remark)):
                    sheet.write_string(row, column, text, self._text)
            row += 1
        return row

    def _defined(self, wanted: str) -> str:
        name, n = wanted, 1
        while name.lower() in self._taken:
            n += 1
            name = f"{wanted}__{n}"
        self._taken.add(name.lower())
        return name

    def _put(self, sheet: Any, row: int, column: int, value: Any, unit: Unit) -> None:
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value, self._text)
        elif isinstance(value, Decimal | int):
            sheet.write_number(row, column, float(value), self._given(Decimal(value), unit))
        else:
            sheet.write_string(row, column, str(value.value if isinstance(value, Enum) else value), self._text)

    def _given(self, value: Decimal, unit: Unit) -> Any:
        """An amount typed with more digits than the minor unit shows them all."""
        return self._plain if unit is Unit.money and value != value.to_integral_value() else self._for(unit)

    def _formula(self, sheet: Any, row: int, column: int, formula: str | None, value: Decimal, unit: Unit) -> None:
        if formula is None:
            sheet.write_number(row, column, float(value), self._for(unit))
        elif formula.startswith(ARRAY):
            body = f"{{={formula.removeprefix(ARRAY)}}}"
            sheet.write_array_formula(row, column, row, column, body, self._for(unit), float(value))
        else:
            sheet.write_formula(row, column, f"={formula}", self._for(unit), float(value))

    def _calculation(self, sheet: Any, place: _Place) -> None:
        found, method = place.found, self.methods[place.calculation.method]
        recipe = Recipe(place)
        if found.method in RECIPES:
            RECIPES[found.method](recipe)
        live = recipe.value is not None
        sheet.write_string(0, 0, place.calculation.title or self._name(method), self._title)
        sheet.write_string(1, 0, method.formula)
        sheet.write_string(2, 0, self._say(said.LIVE if live else said.VALUES))
        sheet.write_string(3, 0, self._say(said.EXACT), self._strong)
        sheet.write_string(4, 0, self._say(said.ROUNDED), self._strong)
        if found.exact is None or found.value is None:
            sheet.write_string(3, 1, self._say(words.TOO_FEW))
        else:
            places = EXPONENTS[self.report.paper.currency]
            self._formula(sheet, 3, 1, recipe.value, found.exact, found.unit)
            amount = found.unit is Unit.money
            self._formula(sheet, 4, 1, f"ROUND(B4,{places})" if amount else "B4", found.value, found.unit)
        sheet.write_row(FIRST_FIGURE - 1, 0, [self._say(t) for t in words.FIGURES_HEAD], self._head)
        for n, f in enumerate(found.figures):
            sheet.write_string(FIRST_FIGURE + n, 0, self._name(f), self._text)
            self._formula(sheet, FIRST_FIGURE + n, 1, recipe.figures.get(f.key), f.value, f.unit)
        for s in found.schedules:
            top = place.tops[s.key]
            sheet.write_string(top, 0, self._name(s), self._strong)
            sheet.write_row(top + 1, 0, ["", *(self._name(c) for c in s.columns)], self._head)
            for i, values in enumerate(s.rows):
                if s.labels:
                    sheet.write_string(top + 2 + i, 0, s.labels[i], self._text)
                for n, (column, value) in enumerate(zip(s.columns, values, strict=True)):
                    cell = recipe.cells.get((s.key, column.key))
                    if value is not None:
                        self._formula(sheet, top + 2 + i, n + 1, cell(i) if cell else None, value, column.unit)
        sheet.set_column(0, 0, 38)
        sheet.set_column(1, 20, 20)

    def _front(self, sheet: Any, places: Mapping[str, _Place]) -> None:
        report, whole = self.report, self.report.outcome.synthesis
        sheet.write_string(0, 0, words.TITLES[report.particulars.kind].get(self.locale), self._title)
        sheet.write_string(1, 0, words.KIND_NOTES[report.particulars.kind].get(self.locale), self._strong)
        facts = [
            (said.ASSET, report.paper.asset.name), (words.PURPOSE, report.paper.purpose),
            (words.VALUE_DATE, report.paper.value_date.isoformat()), (words.CURRENCY, report.paper.currency),
            (words.HEADINGS["hash"], report.sha256),
        ]  # fmt: skip
        for n, (name, value) in enumerate(facts):
            sheet.write_string(3 + n, 0, self._say(name))
            sheet.write_string(3 + n, 1, value)
        top = 4 + len(facts)
        sheet.write_row(top, 0, [self._say(t) for t in said.SYNTHESIS_HEADS], self._head)
        row = top + 1
        asked = {w.calculation: w for w in report.paper.synthesis.weights} if report.paper.synthesis else {}
        for c in report.paper.calculations:
            place, found, weight = places[c.key], report.outcome.found(c.key), asked.get(c.key)
            sheet.write_string(row, 0, c.title or self._name(self.methods[c.method]), self._text)
            if found.exact is not None:
                self._formula(sheet, row, 1, f"'{place.sheet}'!$B$4", found.exact, found.unit)
            if weight:
                sheet.write_number(row, 2, float(weight.weight), self._for(Unit.rate))
                share = (found.exact or Decimal(0)) * weight.weight
                self._formula(sheet, row, 3, f"B{row + 1}*C{row + 1}", share, Unit.money)
                sheet.write_string(row, 4, weight.reason, self._text)
            row += 1
        if whole and report.paper.synthesis:
            first, counted = top + 2, [w.calculation for w in report.paper.synthesis.weights if w.weight]
            keys = [c.key for c in report.paper.calculations]
            cells = ",".join(f"B{first + keys.index(k)}" for k in counted)
            spread = f"IF(AVERAGE({cells})>0,(MAX({cells})-MIN({cells}))/AVERAGE({cells}),0)"
            places_ = EXPONENTS[report.paper.currency]
            lines = [
                (said.EXACT, f"SUM(D{first}:D{row})", whole.exact, Unit.money),
                (said.ROUNDED, f"ROUND(B{row + 2},{places_})", whole.value, Unit.money),
                (said.LOW, f"ROUND(MIN({cells}),{places_})", whole.low, Unit.money),
                (said.HIGH, f"ROUND(MAX({cells}),{places_})", whole.high, Unit.money),
                (said.SPREAD, spread, whole.spread, Unit.rate),
            ]
            for n, (title, formula, number, unit) in enumerate(lines):
                sheet.write_string(row + 1 + n, 0, self._say(title), self._strong)
                self._formula(sheet, row + 1 + n, 1, formula, number, unit)
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, 3, 22)
        sheet.set_column(4, 4, 60)


def workbook(report: Report, locale: str, methods: Methods = METHODS) -> bytes:
    """The report as XLSX in one language. Blocks for some tens of milliseconds."""
    return _Book(report, locale, methods).bytes()
