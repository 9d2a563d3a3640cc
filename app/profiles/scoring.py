"""Scores from dated tables. None is shipped: the official tables, coefficient and thresholds are not at hand.

A table is one TOML file in data/scores/ (docs/profiles.md tells its format). Until a table covers a profile's sector
and year, there is no score, and the answers are shown as they were given.
"""

from __future__ import annotations

import ast
import operator
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.kit.text import Text
from app.profiles.questionnaire import DATA, Criterion, Questionnaire, Value, questionnaire

FOLDER = DATA / "scores"
_OPERATIONS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_CALLS: dict[str, Callable[..., Decimal]] = {"min": min, "max": max}


@dataclass(frozen=True, slots=True)
class Points:
    """Points of one criterion: by option, or by the last step whose start is not above the number.

    With a benchmark the number is first turned into per cent of it."""

    options: Mapping[str, Decimal]
    steps: tuple[tuple[Decimal, Decimal], ...]
    benchmark: Decimal | None

    @property
    def highest(self) -> Decimal:
        return max([*self.options.values(), *(points for _, points in self.steps)])

    def of(self, value: Value) -> Decimal:
        if value.option is not None:
            return self.options[value.option]
        number = value.number or Decimal(0)
        if self.benchmark:
            number = 100 * number / self.benchmark
        return next((points for start, points in reversed(self.steps) if start <= number), Decimal(0))


@dataclass(frozen=True, slots=True)
class Grade:
    name: Text
    total_from: Decimal
    coefficient_from: Decimal


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """`sectors` are VSIC sections or a section with its division ("C", "C10"); empty means every sector.
    `checked` is False until somebody has compared the file with the official text; show it so."""

    document: str
    article: str
    in_force_from: date
    in_force_to: date | None
    checked: bool
    sectors: tuple[str, ...]
    points: Mapping[str, Points]
    coefficient: str
    grades: tuple[Grade, ...]

    def covers(self, section: str, division: str | None, year: int) -> bool:
        day = date(year, 12, 31)
        timely = self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)
        return timely and (not self.sectors or section in self.sectors or f"{section}{division}" in self.sectors)


@dataclass(frozen=True, slots=True)
class Score:
    """Points of the groups that are answered in full. Total, coefficient and grade need all of them."""

    table: ScoreTable
    points: Mapping[str, Decimal]
    groups: Mapping[str, Decimal]
    total: Decimal | None
    coefficient: Decimal | None
    grade: Text | None


def evaluate(formula: str, names: Mapping[str, Decimal]) -> Decimal | None:
    """Arithmetic on the groups' points: + - * / ( ) min max. None when it divides by nothing; ValueError when it
    holds anything else."""

    def value(node: ast.expr) -> Decimal:
        match node:
            case ast.BinOp(left, op, right) if type(op) in _OPERATIONS:
                return _OPERATIONS[type(op)](value(left), value(right))
            case ast.UnaryOp(ast.USub(), operand):
                return -value(operand)
            case ast.Constant(int() | float() as number) if not isinstance(number, bool):
                return Decimal(str(number))
            case ast.Name(name) if name in names:
                return names[name]
            case ast.Call(ast.Name(name), [_, *_] as arguments, []) if name in _CALLS:
                return _CALLS[name]([value(a) for a in arguments])
        raise ValueError(f"a formula may not hold {ast.unparse(node)!r}")

    try:
        return value(ast.parse(formula, mode="eval").body)
    except SyntaxError as error:
        raise ValueError(f"not a formula: {formula!r}") from error
    except ArithmeticError:
        return None


def load(path: Path, asked: Questionnaire | None = None) -> ScoreTable:
    """The table in a file; ValueError names what is not sound in it."""
    asked = asked or questionnaire()
    raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    points = {code: _points(row) for code, row in raw["points"].items()}
    if points.keys() != asked.criteria.keys():
        raise ValueError(f"{path.name}: criteria differ: {sorted(points.keys() ^ asked.criteria.keys())}")
    for code, row in points.items():
        _sound(path, asked.criteria[code], row)
    for group in asked.groups.values():
        if sum(points[c.code].highest for c in asked.of(group.code)) != group.max_points:
            raise ValueError(f"{path.name}: the highest points of group {group.code} are not {group.max_points}")
    evaluate(raw["coefficient"], {g: Decimal(1) for g in asked.groups})
    grades = tuple(
        Grade(Text(g["vi"], g["en"]), Decimal(g["total_from"]), Decimal(g["coefficient_from"])) for g in raw["class"]
    )
    return ScoreTable(
        raw["document"], raw["article"], raw["in_force_from"], raw.get("in_force_to"), raw["checked"],
        tuple(raw.get("sectors", ())), points, raw["coefficient"], grades,
    )  # fmt: skip


def _points(row: dict[str, Any]) -> Points:
    return Points(
        options={key: Decimal(p) for key, p in row.get("options", {}).items()},
        steps=tuple((Decimal(start), Decimal(p)) for start, p in row.get("steps", ())),
        benchmark=Decimal(row["benchmark"]) if "benchmark" in row else None,
    )


def _sound(path: Path, criterion: Criterion, row: Points) -> None:
    starts = [start for start, _ in row.steps]
    if row.options.keys() != criterion.options.keys() or bool(row.options) == bool(row.steps):
        raise ValueError(f"{path.name}: {criterion.code} needs points of its options, or steps")
    if starts != sorted(set(starts)):
        raise ValueError(f"{path.name}: the steps of {criterion.code} do not rise")
    if criterion.benchmark != bool(row.benchmark):
        raise ValueError(f"{path.name}: {criterion.code} {'needs a' if criterion.benchmark else 'has no'} benchmark")


@lru_cache
def tables(folder: Path) -> tuple[ScoreTable, ...]:
    """Every table of a folder, the newest first."""
    found = [load(path) for path in sorted(folder.glob("*.toml"))]
    return tuple(sorted(found, key=lambda t: t.in_force_from, reverse=True))


def table_for(section: str | None, division: str | None, year: int) -> ScoreTable | None:
    """The table that covers a sector in a year, one of the very division before one of the section."""
    if section is None:
        return None
    found = [t for t in tables(FOLDER) if t.covers(section, division, year)]
    return next((t for t in found if f"{section}{division}" in t.sectors), found[0] if found else None)


def score(table: ScoreTable, answers: Mapping[str, Value]) -> Score:
    asked = questionnaire()
    points = {code: table.points[code].of(value) for code, value in answers.items()}
    whole = {g: [c.code for c in asked.of(g)] for g in asked.groups}
    groups = {
        g: sum((points[c] for c in codes), Decimal(0)) for g, codes in whole.items() if points.keys() >= set(codes)
    }
    total = coefficient = grade = None
    if groups.keys() == asked.groups.keys():
        total = sum(groups.values(), Decimal(0))
        coefficient = evaluate(table.coefficient, groups)
        if coefficient is not None:
            coefficient = round(coefficient, 3)
            grade = next(
                (
                    g.name
                    for g in sorted(table.grades, key=lambda g: (g.total_from, g.coefficient_from), reverse=True)
                    if g.total_from <= total and g.coefficient_from <= coefficient
                ),
                None,
            )
    return Score(table, points, groups, total, coefficient, grade)


def shares(table: ScoreTable | None, answers: Mapping[str, Value]) -> dict[str, float]:
    """Group -> 0 to 1: points of what is answered against the highest when there is a table, else the answered part."""
    asked = questionnaire()
    found = {}
    for code, group in asked.groups.items():
        criteria = [c.code for c in asked.of(code)]
        answered = [c for c in criteria if c in answers]
        if table:
            points = sum((table.points[c].of(answers[c]) for c in answered), Decimal(0))
            found[code] = float(points / group.max_points)
        else:
            found[code] = len(answered) / len(criteria)
    return found
