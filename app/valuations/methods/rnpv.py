"""Risk-adjusted net present value (rNPV): development in stages, each of which may fail.

A stage's cost is paid when the stage is reached, so it carries the chance of having passed all stages before it, not of
passing its own. Revenue comes only when every stage has been passed. The risk of failure stands in these chances; the
discount rate is then the ordinary cost of capital. A venture rate holds the same risk once more and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.kit.text import Text
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
    money,
    rate,
)

# Above it a rate is hardly an ordinary cost of capital: improvements of known technology are priced at 20-30 %.
ORDINARY = Decimal("0.2")


class RateBasis(StrEnum):
    """What the discount rate already holds: `cost_of_capital` time and market risk only, `venture` failure as well."""

    cost_of_capital = "cost_of_capital"
    venture = "venture"


class Stage(Inputs):
    name: str = field(
        Unit.none, "Tên giai đoạn", "Name of the stage", default="", max_length=120, example="Thử nghiệm pilot"
    )
    probability: Number = rate(
        "Xác suất thành công", "Chance of success", gt=0, example="0.6",
        help_vi="Khả năng qua được giai đoạn này khi đã bước vào nó.",
        help_en="The chance of passing this stage once it has been entered.",
    )  # fmt: skip
    cost: Number = money(
        "Chi phí", "Cost", example="5000000000",
        help_vi="Tiền phải trả khi bắt đầu giai đoạn.", help_en="What is paid when the stage begins.",
    )  # fmt: skip
    duration: Number = field(
        Unit.years, "Thời gian", "Duration", default=Decimal(0), ge=0, le=50, example="1",
        help_vi="Số năm của giai đoạn; giai đoạn sau bắt đầu khi giai đoạn này kết thúc.",
        help_en="Years the stage takes; the next one begins when it ends.",
    )  # fmt: skip
    year: Number | None = field(
        Unit.years, "Bắt đầu sau", "Begins after", default=None, ge=0, le=100,
        help_vi="Số năm kể từ ngày định giá; bỏ trống thì tính từ thời gian của các giai đoạn trước.",
        help_en="Years from the value date; left empty, it follows from the durations before it.",
    )  # fmt: skip


class Revenue(Inputs):
    year: Number = field(
        Unit.years, "Sau số năm", "After years", ge=0, le=100, example="3",
        help_vi="Số năm kể từ ngày định giá.", help_en="Years from the value date.",
    )  # fmt: skip
    amount: Number = money(
        "Thu nhập ròng", "Net income", least=-MOST, example="6000000000",
        help_vi="Doanh thu trừ chi phí và thuế trong năm đó nếu mọi giai đoạn đều thành công; có thể âm.",
        help_en="Revenue less costs and tax of that year if every stage succeeds; may be negative.",
    )  # fmt: skip


class RnpvInputs(Inputs):
    discount_rate: Number = rate(
        "Tỷ suất chiết khấu", "Discount rate", example="0.12",
        help_vi="Chi phí vốn thông thường; rủi ro thất bại đã nằm trong xác suất của các giai đoạn.",
        help_en="The ordinary cost of capital; the risk of failure stands in the chances of the stages.",
    )  # fmt: skip
    rate_basis: RateBasis = field(
        Unit.none, "Tỷ suất đã gồm", "What the rate holds", default=RateBasis.cost_of_capital,
        example="cost_of_capital",
        help_vi="Tỷ suất kiểu vốn mạo hiểm đã tính rủi ro thất bại: không dùng cùng xác suất của các giai đoạn.",
        help_en="A venture rate already holds the risk of failure: it does not go with chances of stages.",
    )  # fmt: skip
    stages: tuple[Stage, ...] = field(
        Unit.none, "Các giai đoạn", "Stages", min_length=1, max_length=20,
        help_vi="Theo thứ tự thời gian.", help_en="In the order of time.",
        example=[
            {"name": "Hoàn thiện mẫu", "probability": "0.5", "cost": "2000000000", "year": "0"},
            {"name": "Thử nghiệm pilot", "probability": "0.6", "cost": "5000000000", "year": "1"},
            {"name": "Sản xuất thử", "probability": "0.8", "cost": "8000000000", "year": "2", "duration": "1"},
        ],
    )  # fmt: skip
    revenues: tuple[Revenue, ...] = field(
        Unit.none, "Thu nhập khi thành công", "Income on success", min_length=1, max_length=100,
        help_vi="Mỗi năm một dòng, sau khi giai đoạn cuối kết thúc.",
        help_en="One line a year, after the last stage has ended.",
        example=[{"year": str(year), "amount": "6000000000"} for year in range(3, 11)],
    )  # fmt: skip


def starts(stages: Sequence[Any], revenues: Sequence[Any]) -> list[Any]:
    """The year in which each stage begins; OutOfRange when a stage or an income comes before what it waits for."""
    made: list[Any] = []
    ended: Any = 0
    for n, stage in enumerate(stages):
        begins = ended if stage.year is None else stage.year
        if begins < ended:
            raise OutOfRange(f"stages.{n}.year", _TOO_EARLY.format(least=_plain(ended)))
        made.append(begins)
        ended = begins + stage.duration
    for n, revenue in enumerate(revenues):
        if revenue.year < ended:
            raise OutOfRange(f"revenues.{n}.year", _BEFORE_SUCCESS.format(least=_plain(ended)))
    return made


def _plain(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else f"{value:g}"


def rnpv(i: RnpvInputs) -> Result:
    """Value in money: what the stages and the income after them are worth today, at the chances of getting there."""
    begins = starts(i.stages, i.revenues)
    total = Decimal(1)
    for stage in i.stages:
        total *= stage.probability
    if i.rate_basis is RateBasis.venture and total < 1:
        raise OutOfRange("rate_basis", _TWICE)
    growth = 1 + i.discount_rate
    reached, costs, unadjusted = Decimal(1), Decimal(0), Decimal(0)
    rows, labels = [], []
    for n, (stage, year) in enumerate(zip(i.stages, begins, strict=True)):
        present = -stage.cost / growth**year
        rows.append((year, -stage.cost, reached, present, present * reached))
        labels.append(stage.name or f"{n + 1}")
        costs += present * reached
        unadjusted += present
        reached *= stage.probability
    income = Decimal(0)
    for revenue in i.revenues:
        present = revenue.amount / growth**revenue.year
        rows.append((revenue.year, revenue.amount, total, present, present * total))
        labels.append("")
        income += present * total
        unadjusted += present
    notes = [_ONCE]
    if i.discount_rate > ORDINARY and total < 1:
        notes.append(_HIGH_RATE)
    return Result(
        method="rnpv", unit=Unit.money, value=income + costs, notes=tuple(notes),
        figures=(
            Figure(key="npv_unadjusted", vi="NPV nếu mọi giai đoạn thành công", en="NPV if every stage succeeds",
                   unit=Unit.money, value=unadjusted),
            Figure(key="probability_of_success", vi="Xác suất qua mọi giai đoạn", en="Chance of passing every stage",
                   unit=Unit.rate, value=total),
            Figure(key="present_costs", vi="Giá trị hiện tại của chi phí, theo xác suất",
                   en="Present value of the costs, at their chances", unit=Unit.money, value=-costs),
            Figure(key="present_income", vi="Giá trị hiện tại của thu nhập, theo xác suất",
                   en="Present value of the income, at its chance", unit=Unit.money, value=income),
        ),
        schedules=(
            Schedule(key="cash_flows", vi="Dòng tiền", en="Cash flows", columns=_COLUMNS, rows=tuple(rows),
                     labels=tuple(labels)),
        ),
    )  # fmt: skip


_COLUMNS = (
    Column(key="year", vi="Năm", en="Year", unit=Unit.years),
    Column(key="amount", vi="Số tiền", en="Amount", unit=Unit.money),
    Column(key="probability", vi="Xác suất", en="Chance", unit=Unit.rate),
    Column(key="present_value", vi="Giá trị hiện tại", en="Present value", unit=Unit.money),
    Column(key="expected", vi="Theo xác suất", en="At its chance", unit=Unit.money),
)
_TOO_EARLY = Text(
    "Giai đoạn trước kết thúc sau {least} năm: hãy nhập từ {least} trở lên.",
    "The stage before it ends after {least} years: give {least} or more.",
)
_BEFORE_SUCCESS = Text(
    "Giai đoạn cuối kết thúc sau {least} năm, thu nhập chỉ có từ đó: hãy nhập từ {least} trở lên.",
    "The last stage ends after {least} years, and income comes only then: give {least} or more.",
)
_TWICE = Text(
    "Tỷ suất vốn mạo hiểm đã gồm rủi ro thất bại, xác suất của các giai đoạn tính nó lần nữa."
    " Hãy dùng chi phí vốn thông thường, hoặc đặt mọi xác suất bằng 1.",
    "A venture rate already holds the risk of failure, and the chances of the stages count it again."
    " Use the ordinary cost of capital, or set every chance to 1.",
)
_ONCE = Note(
    code="risk_counted_once",
    vi="Rủi ro thất bại chỉ tính một lần, trong xác suất của các giai đoạn; chi phí nhân với xác suất đến được nó.",
    en="The risk of failure is counted once, in the chances of the stages; a cost carries that of reaching its stage.",
)
_HIGH_RATE = Note(
    code="rate_may_count_risk_twice",
    vi="Tỷ suất trên 20 % thường đã gồm rủi ro thất bại: hãy kiểm tra để rủi ro không bị tính hai lần.",
    en="A rate above 20 % usually holds the risk of failure already: check that the risk is not counted twice.",
)

METHODS: tuple[Method[Any], ...] = (
    Method(
        name="rnpv", approach=Approach.income,
        vi="Giá trị hiện tại ròng điều chỉnh rủi ro (rNPV)", en="Risk-adjusted net present value (rNPV)",
        about_vi="Cho công nghệ còn phải qua nhiều giai đoạn thử nghiệm, mỗi giai đoạn có thể thất bại.",
        about_en="For technology that has still to pass stages of trial, each of which may fail.",
        formula="rNPV = -Σ C_j·P(reach j)/(1+r)^t_j + P(pass all)·Σ R_t/(1+r)^t",
        inputs=RnpvInputs, function=rnpv,
        sources=(
            Source("Stewart, Allison & Johnson, Putting a price on biotechnology, Nature Biotechnology 19 (2001)"),
            Source("Svennebring & Wikberg, Net present value approaches for drug discovery (2013)", "PMC3622797"),
        ),
    ),
)  # fmt: skip
