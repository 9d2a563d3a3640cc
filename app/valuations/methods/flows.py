"""Cash flows in time: what every income method shares. When amounts arrive, at which rate, before or after tax.

A series is one amount a period, or a single amount that repeats (then `periods` says how often). Convention, part of a
first period and periods shorter than a year are told by `Timing`; tax and the benefit of amortising the price by
`Taxed`. All functions work in the caller's Decimal context (`Method.calculate` sets 40 digits) and round nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.kit.errors import BilingualError
from app.kit.text import Text
from app.valuations.methods.base import (
    MOST,
    Column,
    Convention,
    Figure,
    Inputs,
    Note,
    Number,
    OutOfRange,
    Schedule,
    Source,
    Unit,
    field,
    rate,
)  # fmt: skip

ZERO, ONE, HALF = Decimal(0), Decimal(1), Decimal("0.5")
# More rows than anybody reads: 50 years of months.
PERIODS = 600
TAX_LIFE = 40


def _whole(value: Any) -> Any:
    if isinstance(value, bool):
        raise BilingualError("Hãy nhập một số nguyên.", "Enter a whole number.")
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
Amount = Annotated[Number, Field(ge=0, le=MOST)]
Flow = Annotated[Number, Field(ge=-MOST, le=MOST)]
Amounts = tuple[Amount, ...]
Flows = tuple[Flow, ...]

TT32 = Source("Thông tư 32/2024/TT-BTC")
TT37 = Source("Thông tư 37/2024/TT-BTC")


class RateBasis(StrEnum):
    """What a discount rate counts: `per_year` an effective yearly rate, `per_period` the rate of one period."""

    per_year = "per_year"
    per_period = "per_period"


class TaxBasis(StrEnum):
    """Whether corporate income tax is taken from the flows; a report prints which."""

    after_tax = "after_tax"
    before_tax = "before_tax"


def amounts(vi: str, en: str, *, unit: Unit = Unit.money, needed: bool = True, **rest: Any) -> Any:
    """A field that holds a series: one amount a period, or one that repeats."""
    more: dict[str, Any] = {"min_length": 1} if needed else {"default": ()}
    return field(unit, vi, en, **{"max_length": PERIODS} | more | rest)


class Timing(Inputs):
    """When amounts arrive and the rate that discounts them.

    Exponents of a period's amount, f being the part of the first period that is left: end-year f, f+1, f+2, ...;
    mid-year f/2, f+0.5, f+1.5, ... With f = 1 that is 1, 2, 3 and 0.5, 1.5, 2.5.
    """

    discount_rate: Number = rate(
        "Tỷ suất chiết khấu", "Discount rate", le=2, example="0.18",
        help_vi="Tỷ suất sinh lời mà rủi ro của tài sản đòi hỏi, dạng phần của một: 0,18 là 18 %.",
        help_en="The return the asset's risk asks for, as a fraction of one: 0.18 is 18 %.",
    )  # fmt: skip
    convention: Convention = field(
        Unit.none, "Thời điểm nhận tiền", "When money arrives", default=Convention.end_year,
        help_vi="Cuối kỳ (end_year) hoặc giữa kỳ (mid_year) khi tiền về đều trong kỳ.",
        help_en="At the end of each period (end_year), or mid-period (mid_year) when money comes in evenly.",
    )  # fmt: skip
    periods: Whole | None = field(
        Unit.number, "Số kỳ", "Number of periods", default=None, ge=1, le=PERIODS,
        help_vi="Cần khi chỉ nhập một số tiền lặp lại cho mọi kỳ. Bỏ trống: bằng số số tiền đã nhập.",
        help_en="Needed when one amount repeats in every period. Empty: as many as the amounts entered.",
    )  # fmt: skip
    first_period: Number = rate(
        "Phần còn lại của kỳ đầu", "Part of the first period left", default=ONE, gt=0,
        help_vi="Từ ngày định giá đến hết kỳ đầu, tính bằng phần của một kỳ; 1 là trọn kỳ. Số tiền nhập từng kỳ giữ "
        "nguyên; số tiền lặp lại chỉ được tính theo phần này ở kỳ đầu.",
        help_en="From the value date to the end of the first period, as a part of one; 1 is a whole period. Amounts "
        "entered one by one stay as they are; a repeating amount counts in the first period by this part only.",
    )  # fmt: skip
    periods_per_year: Whole = field(
        Unit.number, "Số kỳ trong một năm", "Periods in a year", default=1, ge=1, le=366,
        help_vi="1 nếu kỳ là năm, 4 là quý, 12 là tháng, 365 là ngày.",
        help_en="1 where a period is a year, 4 for quarters, 12 for months, 365 for days.",
    )  # fmt: skip
    rate_basis: RateBasis = field(
        Unit.none, "Tỷ suất tính theo", "The rate is", default=RateBasis.per_year,
        help_vi="Theo năm (per_year): quy đổi về một kỳ bằng (1+r)^(1/m) − 1. Theo kỳ (per_period): dùng như đã nhập.",
        help_en="per_year: brought to one period by (1+r)^(1/m) − 1. per_period: used as entered.",
    )  # fmt: skip

    def period_rate(self) -> Decimal:
        """The rate of one period."""
        if self.rate_basis is RateBasis.per_period or self.periods_per_year == 1:
            return self.discount_rate
        return (ONE + self.discount_rate) ** (ONE / self.periods_per_year) - ONE

    def annual_rate(self) -> Decimal:
        """The effective rate of a year."""
        if self.rate_basis is RateBasis.per_year or self.periods_per_year == 1:
            return self.discount_rate
        return (ONE + self.discount_rate) ** self.periods_per_year - ONE

    def exponents(self, count: int) -> list[Decimal]:
        """The exponent of each of `count` periods."""
        ends = [self.first_period + i for i in range(count)]
        if self.convention is Convention.end_year:
            return ends
        return [self.first_period / 2, *(end - HALF for end in ends[1:])]

    def count(self, **series: Sequence[Decimal]) -> int:
        """How many periods these series span; OutOfRange names the one that differs."""
        long = {name: len(values) for name, values in series.items() if len(values) > 1}
        count = self.periods or max(long.values(), default=1)
        for name, length in long.items():
            if length != count:
                raise OutOfRange(name, _LENGTHS.format(count=count, length=length))
        return count

    def spread(self, values: Sequence[Decimal], count: int, *, whole: bool = False) -> list[Decimal]:
        """A series over `count` periods. A single amount repeats; in a part first period only that part of it
        counts, unless it is `whole`: a price, a rate, a stock of assets."""
        if len(values) != 1 or (count == 1 and self.periods is None):
            return list(values) or [ZERO] * count
        return [values[0] if whole else values[0] * self.first_period, *([values[0]] * (count - 1))]


_LENGTHS = Text(
    "Cần đúng {count} số, mỗi kỳ một số (đang có {length}), hoặc một số duy nhất lặp lại cho mọi kỳ.",
    "Exactly {count} numbers are needed, one a period (there are {length}), or a single one that repeats.",
)


class Taxed(Timing):
    """Timing, with tax and the benefit of amortising the price."""

    tax_basis: TaxBasis = field(
        Unit.none, "Trước hay sau thuế", "Before or after tax", example="after_tax",
        help_vi="Sau thuế (after_tax) trừ thuế thu nhập doanh nghiệp khỏi dòng tiền; trước thuế (before_tax) thì "
        "không.",
        help_en="after_tax takes corporate income tax from the flows; before_tax does not.",
    )  # fmt: skip
    tax_rate: Number | None = rate(
        "Thuế suất thu nhập doanh nghiệp", "Corporate income tax rate", default=None, le=Decimal("0.99"), example="0.2",
        help_vi="Dạng phần của một: 0,2 là 20 %. Bắt buộc khi tính sau thuế, không dùng khi tính trước thuế.",
        help_en="As a fraction of one: 0.2 is 20 %. Needed after tax, not used before tax.",
    )  # fmt: skip
    tab_life: Whole | None = field(
        Unit.years, "Số năm khấu hao theo thuế", "Tax life", default=None, ge=1, le=TAX_LIFE,
        help_vi="Chỉ nhập khi người mua được khấu hao tài sản để tính thuế: cộng lợi ích thuế từ khấu hao (TAB). Là "
        "thời "
        "gian khấu hao theo luật thuế, không phải tuổi đời kinh tế.",
        help_en="Only where the buyer may amortise the asset for tax: adds the tax amortisation benefit. It is the "
        "life "
        "tax law allows, not the economic life.",
    )  # fmt: skip

    def tax(self) -> Decimal:
        """The tax rate to apply: 0 before tax. OutOfRange where it is missing or a benefit is asked without tax."""
        if self.tax_basis is TaxBasis.before_tax:
            if self.tab_life is not None:
                raise OutOfRange("tab_life", _NO_TAB)
            return ZERO
        if self.tax_rate is None:
            raise OutOfRange("tax_rate", _TAX_NEEDED)
        return self.tax_rate


_NO_TAB = Text(
    "Lợi ích thuế chỉ có khi tính sau thuế. Hãy bỏ trống mục này hoặc chọn tính sau thuế.",
    "There is a tax benefit only after tax. Leave this empty or choose after tax.",
)
_TAX_NEEDED = Text(
    "Tính sau thuế cần thuế suất, từ 0 đến 0,99.", "After tax a tax rate is needed, from 0 to 0.99."
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Discounted:
    """Flows brought to the value date: exponent, factor and present value of each, and their sum."""

    flows: list[Decimal]
    exponents: list[Decimal]
    factors: list[Decimal]
    values: list[Decimal]

    @property
    def total(self) -> Decimal:
        return sum(self.values, ZERO)


def discount(flows: Sequence[Decimal], timing: Timing) -> Discounted:
    """CF_i / (1+r)^x_i, x_i by `Timing`."""
    base, exponents = ONE + timing.period_rate(), timing.exponents(len(flows))
    factors = [ONE / base**x for x in exponents]
    return Discounted(list(flows), exponents, factors, [f * v for f, v in zip(flows, factors, strict=True)])


def annuity(rate_: Decimal, count: int, convention: Convention) -> Decimal:
    """The present value of one unit in each of `count` periods: (1 − (1+r)^−n)/r, n where r is 0; mid-period times
    (1+r)^0.5."""
    factor = sum((ONE / (ONE + rate_) ** i for i in range(1, count + 1)), ZERO)
    return factor * (ONE + rate_).sqrt() if convention is Convention.mid_year else factor


def tab_factor(tax: Decimal, life: int, rate_: Decimal, convention: Convention) -> Decimal:
    """1 / (1 − (t/n)·a), a the annuity of the tax life at a yearly rate: what a value grows by when its price may be
    amortised in equal parts. At least 1."""
    return ONE / (ONE - tax / life * annuity(rate_, life, convention))


MONEY, RATE, FACTOR, NUMBER = Unit.money, Unit.rate, Unit.factor, Unit.number


def figure(key: str, vi: str, en: str, unit: Unit, value: Decimal) -> Figure:
    return Figure(key=key, vi=vi, en=en, unit=unit, value=value)


def column(key: str, vi: str, en: str, unit: Unit = MONEY) -> Column:
    return Column(key=key, vi=vi, en=en, unit=unit)


def table(discounted: Discounted, *working: tuple[Column, Sequence[Decimal]]) -> Schedule:
    """The cash-flow table: period, the working columns, flow, exponent, discount factor, present value."""
    columns = (
        column("period", "Kỳ", "Period", NUMBER), *(c for c, _ in working), column("flow", "Dòng tiền", "Cash flow"),
        column("exponent", "Số mũ chiết khấu", "Exponent", NUMBER),
        column("factor", "Hệ số chiết khấu", "Discount factor", FACTOR),
        column("present_value", "Giá trị hiện tại", "Present value"),
    )  # fmt: skip
    periods = [Decimal(i) for i in range(1, len(discounted.flows) + 1)]
    lines = zip(
        periods, *(values for _, values in working), discounted.flows, discounted.exponents, discounted.factors,
        discounted.values, strict=True,
    )  # fmt: skip
    return Schedule(
        key="cash_flow", vi="Bảng dòng tiền", en="Cash-flow table", columns=columns, rows=tuple(tuple(x) for x in lines)
    )


def basis_note(inputs: Taxed) -> Note:
    """Which tax basis the value stands on: two published answers to one question may differ by it alone."""
    if inputs.tax_basis is TaxBasis.before_tax:
        return Note(
            code="before_tax", vi="Giá trị tính trước thuế thu nhập doanh nghiệp.",
            en="The value is before corporate income tax.",
        )  # fmt: skip
    return Note(
        code="after_tax", vi="Giá trị tính sau thuế thu nhập doanh nghiệp.",
        en="The value is after corporate income tax.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Valued:
    """A value with what led to it: figures to show, notes, and the value itself (with TAB where asked)."""

    value: Decimal
    figures: tuple[Figure, ...]
    notes: tuple[Note, ...]


def valued(inputs: Taxed, before: Decimal) -> Valued:
    """The value of flows worth `before`, times the TAB factor where `tab_life` is given."""
    tax, notes = inputs.tax(), [basis_note(inputs)]
    shown = [figure("rate_per_period", "Tỷ suất một kỳ", "Rate of one period", RATE, inputs.period_rate())]
    shown.append(figure("value_before_tab", "Giá trị chưa có lợi ích thuế", "Value before tax benefit", MONEY, before))
    value = before
    if inputs.tab_life is not None:
        factor = tab_factor(tax, inputs.tab_life, inputs.annual_rate(), inputs.convention)
        value = before * factor
        shown += [
            figure("tab_factor", "Hệ số lợi ích thuế", "Tax benefit factor", FACTOR, factor),
            figure("tab", "Lợi ích thuế từ khấu hao", "Tax amortisation benefit", MONEY, value - before),
        ]
        notes.append(
            Note(
                code="tab", vi="Có cộng lợi ích thuế: chỉ đúng khi người mua được khấu hao tài sản này để tính thuế.",
                en="A tax benefit is added: right only where the buyer may amortise this asset for tax.",
            )
        )  # fmt: skip
    shown.append(figure("value", "Giá trị", "Value", MONEY, value))
    if value < 0:
        notes.append(
            Note(
                code="negative", vi="Giá trị âm: với các giả định này tài sản không mang lại lợi ích kinh tế.",
                en="The value is negative: on these assumptions the asset brings no economic benefit.",
            )
        )  # fmt: skip
    return Valued(value, tuple(shown), tuple(notes))
