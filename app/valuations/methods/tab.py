"""Tax amortisation benefit (TAB, lợi ích thuế từ khấu hao): what a buyer saves in tax by amortising the price.

The benefit raises the price, which raises the benefit: the factor sums that series. It uses the life tax law allows,
not the economic life, and only where the buyer may amortise at all.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.valuations.methods.base import (
    Approach,
    Convention,
    Inputs,
    Method,
    Note,
    Number,
    Result,
    Schedule,
    Source,
    Unit,
    field,
    money,
    rate,
)
from app.valuations.methods.flows import (
    FACTOR,
    HALF,
    MONEY,
    NUMBER,
    ONE,
    TAX_LIFE,
    TT37,
    ZERO,
    Whole,
    annuity,
    column,
    figure,
    tab_factor,
)  # fmt: skip


class TabInputs(Inputs):
    """A value before the benefit, and how it may be amortised."""

    value_before: Number = money(
        "Giá trị chưa có lợi ích thuế", "Value before the benefit", example="3400000000",
        help_vi="Giá trị hiện tại sau thuế của tài sản, ví dụ từ phương pháp tiền sử dụng.",
        help_en="The asset's present value after tax, from relief from royalty, say.",
    )  # fmt: skip
    tax_rate: Number = rate(
        "Thuế suất thu nhập doanh nghiệp", "Corporate income tax rate", le=Decimal("0.99"), example="0.2",
        help_vi="Thuế suất của người mua, dạng phần của một.", help_en="The buyer's rate, as a fraction of one.",
    )  # fmt: skip
    tax_life: Whole = field(
        Unit.years, "Số năm khấu hao theo thuế", "Tax life", ge=1, le=TAX_LIFE, example=5,
        help_vi="Thời gian khấu hao luật thuế cho phép, không phải tuổi đời kinh tế.",
        help_en="The life tax law allows, not the economic life.",
    )  # fmt: skip
    discount_rate: Number = rate(
        "Tỷ suất chiết khấu", "Discount rate", le=2, example="0.18",
        help_vi="Theo năm, dạng phần của một.", help_en="Per year, as a fraction of one.",
    )  # fmt: skip
    convention: Convention = field(
        Unit.none, "Thời điểm tiết kiệm thuế", "When tax is saved", default=Convention.end_year,
        help_vi="Cuối năm (end_year) hoặc giữa năm (mid_year).", help_en="end_year or mid_year.",
    )  # fmt: skip


def tax_amortisation_benefit(inputs: TabInputs) -> Result:
    """factor = 1/[1 − (t/n)·a], a = (1 − (1+k)^−n)/k, times (1+k)^0.5 at mid-year; value = value_before·factor. The
    factor is at least 1. Money in and out; figures `annuity_factor`, `tab_factor`, `tab`, `value_with_tab`; the
    schedule's present values add up to `tab`."""
    life, rate_ = inputs.tax_life, inputs.discount_rate
    factor = tab_factor(inputs.tax_rate, life, rate_, inputs.convention)
    value = inputs.value_before * factor
    shift = HALF if inputs.convention is Convention.mid_year else ZERO
    saved = value / life * inputs.tax_rate
    rows = []
    for year in range(1, life + 1):
        exponent = year - shift
        brought = ONE / (ONE + rate_) ** exponent
        rows.append((Decimal(year), value / life, saved, exponent, brought, saved * brought))
    columns = (
        column("year", "Năm", "Year", NUMBER), column("amortisation", "Khấu hao", "Amortisation"),
        column("flow", "Thuế tiết kiệm", "Tax saved"), column("exponent", "Số mũ chiết khấu", "Exponent", NUMBER),
        column("factor", "Hệ số chiết khấu", "Discount factor", FACTOR),
        column("present_value", "Giá trị hiện tại", "Present value"),
    )  # fmt: skip
    return Result(
        method="tax_amortisation_benefit", unit=MONEY, value=value,
        figures=(
            figure(
                "annuity_factor", "Hệ số niên kim", "Annuity factor", FACTOR, annuity(rate_, life, inputs.convention)
            ),
            figure("tab_factor", "Hệ số lợi ích thuế", "Tax benefit factor", FACTOR, factor),
            figure("tab", "Lợi ích thuế từ khấu hao", "Tax amortisation benefit", MONEY, value - inputs.value_before),
            figure("value_with_tab", "Giá trị có lợi ích thuế", "Value with the benefit", MONEY, value),
        ),
        schedules=(
            Schedule(key="tax_saving", vi="Bảng tiết kiệm thuế", en="Tax saved by year", columns=columns,
            rows=tuple(rows)),
        ),
        notes=(
            Note(
                code="tab", vi="Chỉ đúng khi người mua được khấu hao tài sản này để tính thuế, trong thời gian đã "
                "nhập.",
                en="Right only where the buyer may amortise this asset for tax, over the life entered.",
            ),
        ),
    )  # fmt: skip


METHODS: tuple[Method[Any], ...] = (
    Method(
        name="tax_amortisation_benefit", approach=Approach.tool, vi="Lợi ích thuế từ khấu hao (TAB)",
        en="Tax amortisation benefit (TAB)",
        about_vi="Phần giá trị người mua có thêm nhờ khấu hao giá mua vào chi phí tính thuế.",
        about_en="What the asset is worth more to a buyer who amortises its price for tax.",
        formula="factor = 1/[1 − (t/n)·(1 − (1+k)^−n)/k]; mid-year: annuity·(1+k)^0.5; value = value_before·factor",
        inputs=TabInputs, function=tax_amortisation_benefit,
        sources=(Source("Wikipedia, Tax amortization benefit", checked=True), TT37),
    ),
)  # fmt: skip
