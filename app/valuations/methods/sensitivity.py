"""Sensitivity: what the value of a method becomes when its inputs move, one at a time, two at a time, or until it
reaches a target."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any

from pydantic import ValidationInfo, field_validator

from app.kit.text import Text
from app.valuations.methods import (
    cost,
    discounting,
    income,
    incremental,
    market,
    mpeem,
    options,
    paths,
    profit_split,
    rnpv,
    trees,
)
from app.valuations.methods.base import (
    MOST,
    Approach,
    Column,
    Figure,
    Inputs,
    Method,
    Note,
    Number,
    OutOfRange,
    Result,
    Schedule,
    Source,
    Unit,
    field,
)

# Halvings of the range: the place is known to 30 digits of it, far past any rounding of money.
HALVINGS = 100

_FAMILIES = (cost, market, income, mpeem, incremental, profit_split, discounting, rnpv, options, trees)
TARGETS: dict[str, Method[Any]] = {m.name: m for family in _FAMILIES for m in family.METHODS}
Target = StrEnum("Target", {name: name for name in TARGETS})  # type: ignore[misc]  # the methods that give a value
_EXAMPLE = {
    "royalty_rate": "0.05", "revenue": ["20000000000", "26000000000", "32000000000"], "discount_rate": "0.18",
    "tax_basis": "after_tax", "tax_rate": "0.2",
}  # fmt: skip


def _number(vi: str, en: str, help_vi: str, help_en: str, **rest: Any) -> Any:
    return field(Unit.none, vi, en, help_vi=help_vi, help_en=help_en, **rest)


def _path(vi: str, en: str, example: str) -> Any:
    return field(
        Unit.none, vi, en, pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=200, example=example,
        help_vi="Tên đầu vào của phương pháp; trong danh sách thì nối bằng dấu chấm, ví dụ stages.1.probability.",
        help_en="Name of an input of the method; within a list joined by dots, for example stages.1.probability.",
    )  # fmt: skip


class TargetInputs(Inputs):
    method: Target = field(
        Unit.none, "Phương pháp", "Method", example="relief_from_royalty",
        help_vi="Phương pháp được xem xét.", help_en="The method that is looked at.",
    )  # fmt: skip
    inputs: dict[str, Any] = field(
        Unit.none, "Đầu vào của phương pháp", "Inputs of the method", example=_EXAMPLE,
        help_vi="Như khi tính một lần.", help_en="As for a single calculation.",
    )  # fmt: skip

    @field_validator("inputs")
    @classmethod
    def _fit_method(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if "method" in info.data:
            paths.read(TARGETS[info.data["method"].value], given)
        return given


class Swing(Inputs):
    path: str = _path("Đầu vào", "Input", "discount_rate")
    low: Number = _number("Thấp", "Low", "Giá trị thấp của đầu vào.", "The low value of the input.", example="0.14")
    high: Number = _number("Cao", "High", "Giá trị cao của đầu vào.", "The high value of the input.", example="0.25")


class TornadoInputs(TargetInputs):
    swings: tuple[Swing, ...] = field(
        Unit.none, "Các đầu vào thay đổi", "Inputs that move", min_length=1, max_length=30,
        help_vi="Mỗi đầu vào được thay đổi riêng, các đầu vào khác giữ nguyên.",
        help_en="Each is moved alone, the others stay.",
        example=[
            {"path": "discount_rate", "low": "0.14", "high": "0.25"},
            {"path": "royalty_rate", "low": "0.03", "high": "0.06"},
        ],
    )  # fmt: skip


class TwoWayInputs(TargetInputs):
    row_path: str = _path("Đầu vào theo hàng", "Input of the rows", "discount_rate")
    row_values: tuple[Number, ...] = _number(
        "Giá trị theo hàng", "Values of the rows", "Mỗi giá trị một hàng.", "One row a value.",
        min_length=1, max_length=25, example=["0.14", "0.18", "0.22"],
    )  # fmt: skip
    column_path: str = _path("Đầu vào theo cột", "Input of the columns", "royalty_rate")
    column_values: tuple[Number, ...] = _number(
        "Giá trị theo cột", "Values of the columns", "Mỗi giá trị một cột.", "One column a value.",
        min_length=1, max_length=25, example=["0.03", "0.05", "0.07"],
    )  # fmt: skip


class BreakEvenInputs(TargetInputs):
    path: str = _path("Đầu vào cần tìm", "Input to find", "royalty_rate")
    low: Number = _number(
        "Từ", "From", "Đầu dưới của khoảng tìm.", "The lower end of the search.", example="0"
    )  # fmt: skip
    high: Number = _number(
        "Đến", "To", "Đầu trên của khoảng tìm.", "The upper end of the search.", example="1"
    )  # fmt: skip
    target: Number = _number(
        "Giá trị cần đạt", "Value to reach", "Mặc định 0: điểm hòa vốn.", "0 by default: breaking even.",
        default=Decimal(0), ge=-MOST, le=MOST, example="3000000000",
    )  # fmt: skip


class _Moved:
    """The value of the target method with some of its inputs moved."""

    def __init__(self, i: TargetInputs) -> None:
        self.method = TARGETS[i.method.value]
        self.inputs = paths.read(self.method, i.inputs)
        self.result: Result = paths.within("inputs", partial(self.method.calculate, self.inputs))
        self.base = self._value(self.result, "inputs")

    def at(self, changes: Mapping[str, tuple[Decimal, str]]) -> Decimal:
        """`changes`: path -> (number, field of ours to name when it does not fit)."""
        field_ = next(iter(changes.values()))[1]
        moved = paths.moved(self.inputs, changes)
        try:
            return self._value(self.method.calculate(moved), field_)
        except OutOfRange as error:
            named = changes.get(error.field)
            raise OutOfRange(named[1] if named else field_, error.text) from None

    @staticmethod
    def _value(result: Result, field_: str) -> Decimal:
        if result.value is None:
            raise OutOfRange(field_, _NO_VALUE)
        return result.value


def tornado(i: TornadoInputs) -> Result:
    """The base value in the target's unit, with the lowest and highest that one moved input leads to."""
    target = _Moved(i)
    bars = []
    for n, s in enumerate(i.swings):
        base = paths.reach(target.inputs, s.path, f"swings.{n}.path")
        if s.low > s.high:
            raise OutOfRange(f"swings.{n}.low", _LOW_HIGH)
        ends = [target.at({s.path: (getattr(s, end), f"swings.{n}.{end}")}) for end in ("low", "high")]
        bars.append((s.path, base, s, ends))
    bars.sort(key=lambda bar: (-abs(bar[3][1] - bar[3][0]), bar[0]))
    unit = target.result.unit
    found = [v for *_, ends in bars for v in ends] + [target.base]
    return Result(
        method="tornado", unit=unit, value=target.base, low=min(found), high=max(found),
        schedules=(
            Schedule(
                key="tornado", vi="Biểu đồ tornado", en="Tornado", labels=tuple(path for path, *_ in bars),
                columns=(
                    Column(key="base", vi="Đầu vào hiện tại", en="Input now", unit=Unit.none),
                    Column(key="low", vi="Đầu vào thấp", en="Input low", unit=Unit.none),
                    Column(key="high", vi="Đầu vào cao", en="Input high", unit=Unit.none),
                    Column(key="at_low", vi="Giá trị khi thấp", en="Value at low", unit=unit),
                    Column(key="at_high", vi="Giá trị khi cao", en="Value at high", unit=unit),
                    Column(key="swing", vi="Độ rộng", en="Swing", unit=unit),
                ),
                rows=tuple((base, s.low, s.high, *ends, abs(ends[1] - ends[0])) for _, base, s, ends in bars),
            ),
        ),
        notes=(_ALONE,),
    )  # fmt: skip


def two_way_table(i: TwoWayInputs) -> Result:
    """The base value in the target's unit, and the values for every pair of two moved inputs."""
    target = _Moved(i)
    for name in ("row", "column"):
        paths.reach(target.inputs, getattr(i, f"{name}_path"), f"{name}_path")
    if i.row_path == i.column_path:
        raise OutOfRange("column_path", _SAME)
    rows = []
    for n, row in enumerate(i.row_values):
        moved = {i.row_path: (row, f"row_values.{n}")}
        cells = [
            target.at(moved | {i.column_path: (column, f"column_values.{k}")})
            for k, column in enumerate(i.column_values)
        ]
        rows.append((row, *cells))
    unit = target.result.unit
    row_name, column_name = (paths.names(target.inputs, p) for p in (i.row_path, i.column_path))
    found = [v for row in rows for v in row[1:]]
    return Result(
        method="two_way_table", unit=unit, value=target.base, low=min(found), high=max(found),
        schedules=(
            Schedule(
                key="table", vi=f"{row_name.vi} (hàng) và {column_name.vi} (cột)",
                en=f"{row_name.en} (rows) and {column_name.en} (columns)", rows=tuple(rows),
                columns=(
                    Column(key="row", vi=row_name.vi, en=row_name.en, unit=paths.unit(target.inputs, i.row_path)),
                    *(
                        Column(key=f"c{k}", vi=f"{v:f}", en=f"{v:f}", unit=unit) for k, v in enumerate(i.column_values)
                    ),
                ),
            ),
        ),
    )  # fmt: skip


def break_even_royalty(i: BreakEvenInputs) -> Result:
    """The number at which the method's value is the target, in that input's own unit: halving the range until its 30th
    digit. OutOfRange when the value at both ends lies on one side of the target."""
    target = _Moved(i)
    paths.reach(target.inputs, i.path, "path")
    if i.low >= i.high:
        raise OutOfRange("low", _LOW_HIGH)
    low, high = i.low, i.high
    at_low, at_high = (target.at({i.path: (end, name)}) for end, name in ((low, "low"), (high, "high")))
    if (at_low - i.target) * (at_high - i.target) > 0:
        ends = {"low": f"{at_low:.0f}", "high": f"{at_high:.0f}", "target": f"{i.target:f}"}
        raise OutOfRange("target", _NOT_BETWEEN.format(**ends))
    below = at_low <= i.target  # the value rises through the target
    found = low if at_low == i.target else high
    if i.target not in (at_low, at_high):
        for _ in range(HALVINGS):
            found = (low + high) / 2
            value = target.at({i.path: (found, "path")})
            if value == i.target:
                break
            low, high = (found, high) if (value < i.target) == below else (low, found)
    reached = target.at({i.path: (found, "path")})
    name = paths.names(target.inputs, i.path)
    return Result(
        method="break_even_royalty", unit=paths.unit(target.inputs, i.path), value=found,
        figures=(
            Figure(key="value_reached", vi="Giá trị tại đó", en="Value there", unit=target.result.unit, value=reached),
            Figure(key="value_now", vi="Giá trị hiện tại", en="Value now", unit=target.result.unit, value=target.base),
            Figure(key="input_now", vi=f"{name.vi} hiện tại", en=f"{name.en} now",
                   unit=paths.unit(target.inputs, i.path), value=paths.reach(target.inputs, i.path, "path")),
        ),
    )  # fmt: skip


_NO_VALUE = Text("Phương pháp không cho giá trị với các đầu vào này.", "The method gives no value for these inputs.")
_LOW_HIGH = Text("Giá trị thấp phải nhỏ hơn giá trị cao.", "The low value must be less than the high one.")
_SAME = Text("Hàng và cột phải là hai đầu vào khác nhau.", "Rows and columns must be two different inputs.")
_NOT_BETWEEN = Text(
    "Trong khoảng này giá trị đi từ {low} đến {high}, không qua {target}. Hãy mở rộng khoảng hoặc đổi giá trị cần đạt.",
    "Over this range the value goes from {low} to {high} and does not pass {target}. Widen the range or change the"
    " target.",
)
_ALONE = Note(
    code="one_at_a_time",
    vi="Mỗi đầu vào thay đổi riêng; tác động cùng lúc xem mô phỏng Monte Carlo.",
    en="Each input moves alone; for joint effects see the Monte Carlo simulation.",
)

METHODS: tuple[Method[Any], ...] = (
    Method(
        name="tornado", approach=Approach.tool, vi="Phân tích độ nhạy (tornado)", en="Sensitivity (tornado)",
        about_vi="Cho thấy đầu vào nào làm giá trị thay đổi nhiều nhất.",
        about_en="Shows which input moves the value most.",
        formula="swing_k = |V(x_k = high) - V(x_k = low)|, the others at their values",
        inputs=TornadoInputs, function=tornado, sources=(Source("TT 37/2024/TT-BTC"),),
    ),
    Method(
        name="two_way_table", approach=Approach.tool, vi="Bảng độ nhạy hai chiều", en="Two-way table",
        about_vi="Giá trị khi hai đầu vào cùng thay đổi.", about_en="The value while two inputs move together.",
        formula="V(x = row, y = column)",
        inputs=TwoWayInputs, function=two_way_table, sources=(Source("TT 37/2024/TT-BTC"),),
    ),
    Method(
        name="break_even_royalty", approach=Approach.tool,
        vi="Tỷ lệ phí hoặc giá hòa vốn", en="Break-even royalty or price",
        about_vi="Tìm mức phí, giá hay đầu vào khác mà tại đó giá trị bằng mức cần đạt.",
        about_en="Finds the royalty, price or other input at which the value reaches a target.",
        formula="x with V(x) = target, by halving the range",
        inputs=BreakEvenInputs, function=break_even_royalty, sources=(Source("TT 37/2024/TT-BTC"),),
    ),
)  # fmt: skip
