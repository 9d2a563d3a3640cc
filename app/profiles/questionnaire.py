"""The questionnaire as dated data: groups, criteria, and how an answer that was typed is read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.kit.errors import BilingualError
from app.kit.money import MAX_AMOUNT
from app.kit.text import Text
from app.kit.typed import rate, whole
from app.kit.workflow import Choice, labels

DATA = Path(__file__).parent / "data"
MAX_NUMBER = 1_000_000_000
PERCENT = Text("%", "%")
YES_NO = MappingProxyType({"no": Text("Không", "No"), "yes": Text("Có", "Yes")})


class Kind(Choice):
    amount = "amount"
    percent = "percent"
    number = "number"
    yes_no = "yes_no"
    choice = "choice"


labels(
    Kind,
    amount=("Số tiền, đồng", "Amount in đồng"),
    percent=("Phần trăm", "Percentage"),
    number=("Số nguyên", "Whole number"),
    yes_no=("Có hoặc không", "Yes or no"),
    choice=("Chọn một mức", "One of several levels"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """`max_points` is the highest score of the group, in points of 100."""

    code: str
    name: Text
    max_points: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """`checked` is False while its wording is ours; `benchmark`: scored against a figure of the industry."""

    code: str
    group: str
    number: int
    kind: Kind
    name: Text
    hint: Text
    unit: Text | None
    benchmark: bool
    checked: bool
    lowest: int = 0
    options: Mapping[str, Text] = field(default_factory=dict)

    @property
    def bare_unit(self) -> Text | None:
        """What stands behind the number; đồng are written by the money filter."""
        return PERCENT if self.kind is Kind.percent else self.unit


@dataclass(frozen=True, slots=True)
class Questionnaire:
    document: str
    article: str
    in_force_from: date
    in_force_to: date | None
    checked: bool
    groups: Mapping[str, Group]
    criteria: Mapping[str, Criterion]

    def of(self, group: str) -> list[Criterion]:
        return [c for c in self.criteria.values() if c.group == group]


@lru_cache
def questionnaire() -> Questionnaire:
    """The questionnaire in force. ValueError when a criterion stands under no group, or its number twice."""
    raw = tomllib.loads((DATA / "questionnaire.toml").read_text(encoding="utf-8"))
    groups = {g["code"]: Group(g["code"], Text(g["vi"], g["en"]), g["max_points"]) for g in raw["group"]}
    criteria = [_criterion(row) for row in raw["criterion"]]
    if [c.number for c in criteria] != list(range(1, len(criteria) + 1)) or {c.group for c in criteria} != set(groups):
        raise ValueError("questionnaire.toml: criteria are numbered 1, 2, 3, ... under the groups named")
    return Questionnaire(
        raw["document"], raw["article"], raw["in_force_from"], raw.get("in_force_to"), raw["checked"],
        MappingProxyType(groups), MappingProxyType({c.code: c for c in criteria}),
    )  # fmt: skip


def _criterion(row: dict[str, Any]) -> Criterion:
    kind = Kind(row["kind"])
    options = {o["key"]: Text(o["vi"], o["en"]) for o in row.get("options", ())}
    return Criterion(
        code=f"{row['group']}{row['number']}",
        group=row["group"],
        number=row["number"],
        kind=kind,
        name=Text(row["vi"], row["en"]),
        hint=Text(row["hint_vi"], row["hint_en"]),
        unit=Text(row["unit_vi"], row["unit_en"]) if "unit_vi" in row else None,
        benchmark=row.get("benchmark", False),
        checked=row["checked"],
        lowest=row.get("lowest", 0),
        options=MappingProxyType(dict(YES_NO) if kind is Kind.yes_no else options),
    )


@dataclass(frozen=True, slots=True)
class Value:
    """An answer: a number, or the key of an option."""

    number: Decimal | None = None
    option: str | None = None


def read(criterion: Criterion, raw: str | int | bool | Decimal) -> Value:
    """What was typed, as an answer of the criterion's kind. BilingualError says how to mend it."""
    if criterion.options:
        key = {True: "yes", False: "no"}[raw] if isinstance(raw, bool) else str(raw).strip()
        if key not in criterion.options:
            raise BilingualError("Hãy chọn một giá trị trong danh sách.", "Choose one of the listed values.")
        return Value(option=key)
    if isinstance(raw, bool):
        raise BilingualError("Hãy nhập một số.", "Enter a number.")
    plain = whole(raw) if criterion.kind is Kind.amount else rate(raw)
    try:
        number = Decimal(plain)
    except (InvalidOperation, ValueError):
        number = Decimal("NaN")
    if not number.is_finite():
        raise BilingualError("Hãy nhập một số, ví dụ 12 hoặc 12,5.", "Enter a number, for example 12 or 12.5.")
    return Value(number=_within(criterion, number))


def _within(criterion: Criterion, number: Decimal) -> Decimal:
    highest = {Kind.amount: MAX_AMOUNT, Kind.percent: 100, Kind.number: MAX_NUMBER}[criterion.kind]
    if not criterion.lowest <= number <= highest:
        raise BilingualError(
            f"Giá trị phải từ {criterion.lowest} đến {highest}.", f"Must be from {criterion.lowest} to {highest}."
        )
    if criterion.kind is Kind.percent:
        return round(number, 2)
    if number != number.to_integral_value():
        raise BilingualError("Hãy nhập một số nguyên.", "Enter a whole number.")
    return number
