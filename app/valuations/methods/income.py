"""The income approach: relief from royalty and with-and-without.

Names follow TT 37/2024/TT-BTC, which a translation of the English terms would miss: "phương pháp tiền sử dụng tài sản
vô hình" is relief from royalty, "phương pháp lợi nhuận vượt trội" with-and-without (not excess earnings), and "phương
pháp thu nhập tăng thêm" MPEEM (`mpeem`; not incremental income, which is `incremental`).
"""

from __future__ import annotations

from typing import Any

from app.kit.text import Text
from app.valuations.methods.base import Approach, Method, Note, Number, OutOfRange, Result, Unit, rate
from app.valuations.methods.flows import (
    MONEY,
    ONE,
    TT32,
    TT37,
    Amounts,
    Flows,
    Taxed,
    amounts,
    column,
    discount,
    figure,
    table,
    valued,
)  # fmt: skip


class RoyaltyInputs(Taxed):
    """Sales made with the technology, the royalty its owner need not pay, and the upkeep its owner bears."""

    royalty_rate: Number = rate(
        "Tỷ lệ tiền sử dụng", "Royalty rate", example="0.05",
        help_vi="Phần của doanh thu một bên độc lập sẽ trả để được dùng, 0,05 là 5 %; nêu căn cứ.",
        help_en="The share of sales an independent party would pay for use, 0.05 is 5 %; say on what grounds.",
    )  # fmt: skip
    revenue: Amounts = amounts(
        "Doanh thu", "Revenue", needed=False, example=["20000000000", "26000000000", "32000000000"],
        help_vi="Doanh thu thuần từ sản phẩm dùng công nghệ: mỗi kỳ một số, hoặc một số lặp lại (khi đó nhập số kỳ). "
        "Bỏ trống nếu nhập sản lượng và đơn giá.",
        help_en="Net sales of what uses the technology: one a period, or one that repeats (then give the periods). "
        "Leave empty where units and price are given.",
    )  # fmt: skip
    units: Amounts = amounts(
        "Sản lượng bán", "Units sold", unit=Unit.number, needed=False,
        help_vi="Mỗi kỳ một số, hoặc một số lặp lại. Nhập cùng đơn giá.",
        help_en="One a period, or one that repeats. Goes with the price.",
    )  # fmt: skip
    unit_price: Amounts = amounts(
        "Đơn giá", "Price of a unit", needed=False,
        help_vi="Giá bán một đơn vị, mỗi kỳ một số hoặc một số lặp lại.",
        help_en="Price of one unit, one a period or one that repeats.",
    )  # fmt: skip
    upkeep: Amounts = amounts(
        "Chi phí duy trì", "Upkeep", needed=False,
        help_vi="Chi phí chủ sở hữu phải chịu để giữ quyền (phí duy trì, quản lý), trước thuế. Bỏ trống: không có.",
        help_en="What the owner pays to keep the right (renewals, administration), before tax. Empty: none.",
    )  # fmt: skip


def relief_from_royalty(inputs: RoyaltyInputs) -> Result:
    """Σ (Rev_i·ρ − upkeep_i)(1−t)/(1+r)^x_i, times the TAB factor where a tax life is given. Money in and out; upkeep
    is a cost and lowers tax. Revenue is entered, or units times price. The schedule shows revenue, royalty, upkeep,
    tax and flow of each period; figures `revenue_first`, `value_before_tab`, `tab_factor`, `tab`, `value`."""
    tax = inputs.tax()
    if bool(inputs.revenue) == bool(inputs.units):
        raise OutOfRange("units" if inputs.revenue else "revenue", _ONE_BASE)
    if bool(inputs.units) != bool(inputs.unit_price):
        raise OutOfRange("unit_price", _ONE_BASE)
    count = inputs.count(revenue=inputs.revenue, units=inputs.units, unit_price=inputs.unit_price, upkeep=inputs.upkeep)
    if inputs.revenue:
        revenue = inputs.spread(inputs.revenue, count)
    else:
        prices = inputs.spread(inputs.unit_price, count, whole=True)
        revenue = [q * p for q, p in zip(inputs.spread(inputs.units, count), prices, strict=True)]
    royalty = [amount * inputs.royalty_rate for amount in revenue]
    upkeep = inputs.spread(inputs.upkeep, count)
    before = [a - b for a, b in zip(royalty, upkeep, strict=True)]
    taxes = [amount * tax for amount in before]
    done = discount([a - b for a, b in zip(before, taxes, strict=True)], inputs)
    found = valued(inputs, done.total)
    return Result(
        method="relief_from_royalty", unit=MONEY, value=found.value,
        figures=(
            figure("revenue_first", "Doanh thu kỳ đầu", "Revenue of the first period", MONEY, revenue[0]),
            *found.figures,
        ),
        schedules=(
            table(
                done, (column("revenue", "Doanh thu", "Revenue"), revenue),
                (column("royalty", "Tiền sử dụng", "Royalty"), royalty),
                (column("upkeep", "Chi phí duy trì", "Upkeep"), upkeep),
                (column("tax", "Thuế", "Tax"), taxes),
            ),
        ),
        notes=found.notes,
    )  # fmt: skip


_ONE_BASE = Text(
    "Nhập đúng một trong hai: doanh thu, hoặc cả sản lượng và đơn giá (từ 0 trở lên).",
    "Give exactly one base: revenue, or both units and their price (0 or more).",
)


class WithAndWithoutInputs(Taxed):
    """The owner's profit with the technology and without it."""

    profit_with: Flows = amounts(
        "Lợi nhuận khi có công nghệ", "Profit with the technology", example=["5000000000", "6000000000", "7000000000"],
        help_vi="Trước thuế; mỗi kỳ một số, hoặc một số lặp lại. Số âm là lỗ.",
        help_en="Before tax; one a period, or one that repeats. Negative is a loss.",
    )  # fmt: skip
    profit_without: Flows = amounts(
        "Lợi nhuận khi không có công nghệ", "Profit without it", example=["4000000000", "4300000000", "4500000000"],
        help_vi="Trước thuế, cùng doanh nghiệp và cùng kỳ nhưng dùng giải pháp tốt nhất còn lại.",
        help_en="Before tax, the same business and periods with the next best solution.",
    )  # fmt: skip
    probability: Number = rate(
        "Xác suất của trường hợp không có", "Chance of the case without", default=ONE,
        help_vi="Khả năng doanh nghiệp thật sự phải làm mà không có công nghệ này; 1 nếu chắc chắn.",
        help_en="How likely the business would really have to do without; 1 where that is certain.",
    )  # fmt: skip


def with_and_without(inputs: WithAndWithoutInputs) -> Result:
    """Σ p·(profit_with_i − profit_without_i)(1−t)/(1+r)^x_i, times the TAB factor where a tax life is given."""
    tax = inputs.tax()
    count = inputs.count(profit_with=inputs.profit_with, profit_without=inputs.profit_without)
    with_, without = inputs.spread(inputs.profit_with, count), inputs.spread(inputs.profit_without, count)
    excess = [a - b for a, b in zip(with_, without, strict=True)]
    weighed = [amount * inputs.probability for amount in excess]
    taxes = [amount * tax for amount in weighed]
    done = discount([a - b for a, b in zip(weighed, taxes, strict=True)], inputs)
    found = valued(inputs, done.total)
    return Result(
        method="with_and_without", unit=MONEY, value=found.value, figures=found.figures,
        schedules=(
            table(
                done, (column("profit_with", "Lợi nhuận khi có", "Profit with"), with_),
                (column("profit_without", "Lợi nhuận khi không có", "Profit without"), without),
                (column("excess", "Lợi nhuận vượt trội", "Premium profit"), excess),
                (column("weighed", "Nhân xác suất", "Times the chance"), weighed),
                (column("tax", "Thuế", "Tax"), taxes),
            ),
        ),
        notes=(
            *found.notes,
            Note(
                code="same_business", vi="Hai trường hợp phải là cùng một doanh nghiệp, chỉ khác ở công nghệ này.",
                en="Both cases must be the same business, differing in this technology alone.",
            ),
        ),
    )  # fmt: skip


METHODS: tuple[Method[Any], ...] = (
    Method(
        name="relief_from_royalty", approach=Approach.income, vi="Phương pháp tiền sử dụng tài sản vô hình",
        en="Relief from royalty",
        about_vi="Giá trị của khoản tiền sử dụng mà chủ sở hữu không phải trả cho người khác.",
        about_en="What the royalty is worth that an owner need not pay to somebody else.",
        formula="V = Σ (Rev_i·ρ − upkeep_i)(1−t)/(1+r)^x_i · TAB factor",
        inputs=RoyaltyInputs, function=relief_from_royalty, sources=(TT37, TT32),
    ),
    Method(
        name="with_and_without", approach=Approach.income, vi="Phương pháp lợi nhuận vượt trội",
        en="With-and-without (premium profit)",
        about_vi="So lợi nhuận của cùng doanh nghiệp khi có và khi không có công nghệ.",
        about_en="Compares the profit of one business with the technology and without it.",
        formula="V = Σ p·(profit_with_i − profit_without_i)(1−t)/(1+r)^x_i · TAB factor",
        inputs=WithAndWithoutInputs, function=with_and_without, sources=(TT37,),
    ),
)  # fmt: skip
