"""Profit split (chia lợi nhuận): what is earned with a technology, shared by agreement or by what each put in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.valuations.methods.base import Approach, Figure, Method, Note, Number, Result, Source, money, rate
from app.valuations.methods.flows import (
    MONEY,
    ONE,
    RATE,
    TT37,
    Flows,
    Taxed,
    amounts,
    column,
    discount,
    figure,
    table,
    valued,
)  # fmt: skip

# A starting point of negotiations, rejected as evidence by courts of the United States (Uniloc v. Microsoft, 2011).
HINT = Decimal("0.25")


class ProfitSplitInputs(Taxed):
    """Profits made with the technology, and its share of them."""

    profits: Flows = amounts(
        "Lợi nhuận", "Profits", example=["500000000", "550000000", "540000000"],
        help_vi="Trước thuế, từ hoạt động dùng công nghệ; mỗi kỳ một số, hoặc một số lặp lại. Số âm là lỗ.",
        help_en="Before tax, of what uses the technology; one a period, or one that repeats. Negative is a loss.",
    )  # fmt: skip
    share: Number | None = rate(
        "Phần của công nghệ", "The technology's share", default=None,
        help_vi="Từ 0 đến 1, nêu căn cứ. Bỏ trống: dùng 0,25 chỉ như gợi ý ban đầu.",
        help_en="0 to 1, with grounds. Empty: 0.25, as a hint to start from and no more.",
    )  # fmt: skip
    operating_margin: Number | None = rate(
        "Biên lợi nhuận hoạt động", "Operating margin", default=None,
        help_vi="Lợi nhuận trên doanh thu; nếu nhập, cho biết tỷ lệ tiền sử dụng tương đương trên doanh thu.",
        help_en="Profit over sales; where given, the equal royalty rate on sales is shown.",
    )  # fmt: skip


_HINT = Note(
    code="assumption_25", vi="Giả định: phần của công nghệ lấy 25 % chỉ là gợi ý để bắt đầu thương lượng, không "
    "phải căn cứ; "
    "hãy thay bằng phần có lý do.",
    en="Assumption: a share of 25 % is a hint to start a negotiation from, not evidence; put a reasoned share in its "
    "place.",
)  # fmt: skip


def _split(
    method: str, inputs: Taxed, profits: Flows, share: Decimal, more: tuple[Figure, ...], notes: tuple[Note, ...]
) -> Result:
    """The share's worth and, beside it, the rest's: together the worth of all profits."""
    tax = inputs.tax()
    whole = inputs.spread(profits, inputs.count(profits=profits))
    mine = [amount * share for amount in whole]
    taxes = [amount * tax for amount in mine]
    done = discount([a - b for a, b in zip(mine, taxes, strict=True)], inputs)
    all_ = discount([amount * (ONE - tax) for amount in whole], inputs).total
    found = valued(inputs, done.total)
    return Result(
        method=method, unit=MONEY, value=found.value,
        figures=(
            *more, figure("share", "Phần của công nghệ", "The technology's share", RATE, share),
            figure("present_value_profits", "Giá trị hiện tại của toàn bộ lợi nhuận", "Present value of all profits",
            MONEY, all_),
            figure("other_part", "Phần của bên kia", "The other side's part", MONEY, all_ - done.total), *found.figures,
        ),
        schedules=(
            table(
                done, (column("profit", "Lợi nhuận", "Profit"), whole),
                (column("shared", "Phần của công nghệ", "The technology's part"), mine),
                (column("tax", "Thuế", "Tax"), taxes),
            ),
        ),
        notes=(*found.notes, *notes),
    )  # fmt: skip


def profit_split(inputs: ProfitSplitInputs) -> Result:
    """V = Σ s·profit_i·(1−t)/(1+r)^x_i, times the TAB factor where a tax life is given. Without a share, 25 % with a
    note that it is a hint. Figures `share`, `royalty_on_sales` (s·margin), `present_value_profits`, `other_part`, then
    as in `valued`; value before TAB and `other_part` add up to `present_value_profits`."""
    share = HINT if inputs.share is None else inputs.share
    more: tuple[Figure, ...] = ()
    if inputs.operating_margin is not None:
        on_sales = share * inputs.operating_margin
        more = (figure("royalty_on_sales", "Tỷ lệ tương đương trên doanh thu", "Equal rate on sales", RATE, on_sales),)
    return _split("profit_split", inputs, inputs.profits, share, more, (_HINT,) if inputs.share is None else ())


class EquivalentInputs(Taxed):
    """What each side put in, and, where a value is wanted, the profits to split."""

    patent_cost: Number = money(
        "Chi phí của công nghệ", "Cost of the technology", gt=0, example="100000000",
        help_vi="Chi phí tạo lại hoặc thay thế, lớn hơn 0.", help_en="To make again or replace, above 0.",
    )  # fmt: skip
    patent_return: Number = rate(
        "Tỷ suất lợi nhuận trên chi phí công nghệ", "Cost-profit rate of the technology", le=100, example="5",
        help_vi="Lợi nhuận trên chi phí; 5 là 500 %, vì công nghệ thường sinh lợi cao so với chi phí.",
        help_en="Profit over cost; 5 is 500 %, since technology often earns much against its cost.",
    )  # fmt: skip
    licensee_assets: Number = money(
        "Tài sản của bên nhận", "The licensee's assets", gt=0, example="3000000000",
        help_vi="Tài sản bên nhận đưa vào khai thác, lớn hơn 0.", help_en="What the licensee puts to use, above 0.",
    )  # fmt: skip
    licensee_return: Number = rate(
        "Tỷ suất lợi nhuận trên chi phí của bên nhận", "Cost-profit rate of the licensee", le=100, example="0.1",
        help_vi="Lợi nhuận trên chi phí, dạng phần của một.", help_en="Profit over cost, as a fraction of one.",
    )  # fmt: skip
    profits: Flows = amounts(
        "Lợi nhuận", "Profits", needed=False, example=["400000000", "420000000", "430000000"],
        help_vi="Trước thuế; mỗi kỳ một số, hoặc một số lặp lại. Bỏ trống: chỉ tính phần của công nghệ.",
        help_en="Before tax; one a period, or one that repeats. Empty: the share alone is found.",
    )  # fmt: skip


def equivalent_investment_split(inputs: EquivalentInputs) -> Result:
    """s = A/(A+B), A = technology's cost·(1 + its cost-profit rate), B = licensee's assets·(1 + theirs); V as in
    `profit_split`. Without profits the result is the share itself (unit `rate`). Figures `equivalent_technology`,
    `equivalent_licensee`, `share`."""
    mine = inputs.patent_cost * (ONE + inputs.patent_return)
    theirs = inputs.licensee_assets * (ONE + inputs.licensee_return)
    share = mine / (mine + theirs)
    more = (
        figure(
            "equivalent_technology",
            "Đầu tư tương đương của công nghệ",
            "Equivalent investment, technology",
            MONEY,
            mine,
        ),
        figure(
            "equivalent_licensee", "Đầu tư tương đương của bên nhận", "Equivalent investment, licensee", MONEY, theirs
        ),
    )
    if not inputs.profits:
        shown = figure("share", "Phần của công nghệ", "The technology's share", RATE, share)
        return Result(method="equivalent_investment_split", unit=RATE, value=share, figures=(*more, shown))
    return _split("equivalent_investment_split", inputs, inputs.profits, share, more, ())


METHODS: tuple[Method[Any], ...] = (
    Method(
        name="profit_split", approach=Approach.income, vi="Chia lợi nhuận", en="Profit split",
        about_vi="Giá trị của phần lợi nhuận thuộc về công nghệ; 25 % chỉ là gợi ý ban đầu.",
        about_en="What the technology's share of profit is worth; 25 % is a hint to start from only.",
        formula="V = Σ s·profit_i(1−t)/(1+r)^x_i · TAB factor; rate on sales = s·operating margin",
        inputs=ProfitSplitInputs, function=profit_split,
        sources=(Source("KPMG, Profitability and royalty rates across industries, 2012"), TT37),
    ),
    Method(
        name="equivalent_investment_split", approach=Approach.income, vi="Chia lợi nhuận theo đầu tư tương đương",
        en="Profit split by equivalent investment",
        about_vi="Phần của công nghệ theo tỷ trọng đầu tư tương đương của hai bên.",
        about_en="The technology's share by the equivalent investment of both sides.",
        formula="s = A/(A+B), A = cost·(1+rate), B = assets·(1+rate); V = Σ s·profit_i(1−t)/(1+r)^x_i",
        inputs=EquivalentInputs, function=equivalent_investment_split,
        sources=(Source("dfrtw.com/zhuanlichaxun/70401.html"), TT37),
    ),
)  # fmt: skip
