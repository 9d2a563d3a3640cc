"""Multi-period excess earnings, MPEEM: "phương pháp thu nhập tăng thêm" of TT 37/2024/TT-BTC.

What the business earns, less a fair return on every other asset that helps to earn it, is the technology's. Working
capital and workforce are such assets too, though a workforce is not recognised on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.kit.text import Text
from app.valuations.methods.base import (
    Approach,
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
    rate,
)  # fmt: skip
from app.valuations.methods.flows import (
    MONEY,
    ONE,
    RATE,
    TT37,
    ZERO,
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


class Charge(Inputs):
    """Another asset that helps to earn the income."""

    name: str = field(
        Unit.none, "Tên tài sản", "Name of the asset", min_length=1, max_length=120, example="Nhãn hiệu",
        help_vi="Ví dụ nhãn hiệu, phần mềm, quan hệ khách hàng.",
        help_en="A trade mark, software, customer relations, say.",
    )  # fmt: skip
    value: Amounts = amounts(
        "Giá trị hợp lý", "Fair value", example=["900000000"],
        help_vi="Mỗi kỳ một số, hoặc một số dùng cho mọi kỳ.", help_en="One a period, or one for all periods.",
    )  # fmt: skip
    return_rate: Number = rate(
        "Tỷ suất sinh lời hợp lý", "Fair return", le=2, example="0.14",
        help_vi="Của một kỳ, dạng phần của một.", help_en="Of one period, as a fraction of one.",
    )  # fmt: skip


def _return(vi: str, en: str) -> Any:
    return rate(
        vi, en, default=ZERO, le=2,
        help_vi="Của một kỳ, dạng phần của một; tài sản an toàn hơn có tỷ suất thấp hơn.",
        help_en="Of one period, as a fraction of one; safer assets earn less.",
    )  # fmt: skip


class MpeemInputs(Taxed):
    """Earnings of the business and the assets that contribute to them, at fair value and fair return."""

    ebit: Flows = amounts(
        "Lợi nhuận trước lãi vay và thuế", "EBIT", example=["3000000000", "4200000000", "5600000000"],
        help_vi="Của phần kinh doanh dùng công nghệ; mỗi kỳ một số, hoặc một số lặp lại. Số âm là lỗ.",
        help_en="Of the business that uses the technology; one a period, or one that repeats. Negative is a loss.",
    )  # fmt: skip
    revenue: Amounts = amounts(
        "Doanh thu", "Revenue", needed=False, example=["20000000000", "26000000000", "32000000000"],
        help_vi="Cần khi có vốn lưu động tính theo doanh thu.",
        help_en="Needed where working capital is a share of it.",
    )  # fmt: skip
    fixed_assets: Amounts = amounts(
        "Tài sản cố định", "Fixed assets", needed=False, example=["8000000000"],
        help_vi="Giá trị hợp lý; mỗi kỳ một số, hoặc một số dùng cho mọi kỳ.",
        help_en="At fair value; one a period, or one for all periods.",
    )  # fmt: skip
    fixed_assets_return: Number = _return("Tỷ suất trên tài sản cố định", "Return on fixed assets")
    working_capital: Number = rate(
        "Vốn lưu động trên doanh thu", "Working capital to revenue", default=ZERO, le=2,
        help_vi="Phần của doanh thu, ví dụ 0,06; cần nhập doanh thu.",
        help_en="A share of revenue, 0.06 say; needs revenue.",
    )  # fmt: skip
    working_capital_return: Number = _return("Tỷ suất trên vốn lưu động", "Return on working capital")
    workforce: Amounts = amounts(
        "Lực lượng lao động", "Workforce", needed=False,
        help_vi="Chi phí tuyển và đào tạo lại đội ngũ; mỗi kỳ một số, hoặc một số dùng cho mọi kỳ.",
        help_en="What hiring and training the team again would cost; one a period, or one for all periods.",
    )  # fmt: skip
    workforce_return: Number = _return("Tỷ suất trên lực lượng lao động", "Return on workforce")
    other_charges: tuple[Charge, ...] = field(
        Unit.none, "Tài sản đóng góp khác", "Other contributory assets", default=(), max_length=20,
        help_vi="Mỗi tài sản một dòng: tên, giá trị, tỷ suất.", help_en="One line each: name, value, return.",
    )  # fmt: skip
    wacc: Number | None = rate(
        "WACC của doanh nghiệp", "WACC of the business", default=None, le=2,
        help_vi="Của một kỳ; để đối chiếu với IRR và WARA.", help_en="Of one period; to be compared with IRR and WARA.",
    )  # fmt: skip
    irr: Number | None = rate(
        "IRR của thương vụ", "IRR of the deal", default=None, ge=-ONE, le=5,
        help_vi="Tỷ suất hoàn vốn nội bộ từ mô hình giá mua cả doanh nghiệp; để đối chiếu với WACC.",
        help_en="Internal rate of return of the model by which the whole business is priced; compared with the WACC.",
    )  # fmt: skip
    check_bound: Number = rate(
        "Chênh lệch cho phép", "Gap allowed", default=Decimal("0.02"),
        help_vi="IRR, WACC và WARA lệch nhau quá mức này thì có cảnh báo; mặc định 0,02 là giả định của sàn.",
        help_en="A warning is shown where IRR, WACC and WARA differ by more; 0.02 unless told, our assumption.",
    )  # fmt: skip


def _charges(
    inputs: MpeemInputs, revenue: Sequence[Decimal], count: int
) -> list[tuple[str, list[Decimal], list[Decimal]]]:
    """Each contributory asset: key, its value and its charge in every period. Returns on a stock count in a part
    first period by that part; working capital follows revenue, which is that part's already."""
    part = [inputs.first_period, *([ONE] * (count - 1))]
    stocks = [("fixed_assets", inputs.fixed_assets, inputs.fixed_assets_return)]
    stocks.append(("workforce", inputs.workforce, inputs.workforce_return))
    stocks += [(f"other_{i}", c.value, c.return_rate) for i, c in enumerate(inputs.other_charges, 1)]
    charges = []
    for key, stock, return_ in stocks:
        values = inputs.spread(stock, count, whole=True)
        charges.append((key, values, [v * return_ * p for v, p in zip(values, part, strict=True)]))
    flows = [amount * inputs.working_capital for amount in revenue]
    held = [amount / p for amount, p in zip(flows, part, strict=True)]
    charges.insert(1, ("working_capital", held, [amount * inputs.working_capital_return for amount in flows]))
    return charges


def _check(inputs: MpeemInputs, first: Sequence[tuple[Decimal, Decimal]]) -> tuple[list[Figure], list[Note]]:
    """WARA over `first` (value and return of every asset in the first period), and how it and the IRR stand to the
    WACC."""
    total = sum((value for value, _ in first), ZERO)
    wara = sum((value * return_ for value, return_ in first), ZERO) / total if total > 0 else None
    shown, notes, gaps = [], [], []
    if wara is not None:
        shown.append(
            figure("wara", "Tỷ suất bình quân các tài sản (WARA)", "Weighted average return on assets", RATE, wara)
        )
    for key, rate_ in (("wara", wara), ("irr", inputs.irr)):
        if inputs.wacc is not None and rate_ is not None:
            gaps.append(rate_ - inputs.wacc)
            name = key.upper()
            shown.append(figure(f"{key}_less_wacc", f"{name} trừ WACC", f"{name} less WACC", RATE, rate_ - inputs.wacc))
    if not gaps:
        notes.append(
            Note(
                code="check_missing", vi="Chưa đối chiếu IRR, WACC và WARA: hãy nhập WACC của doanh nghiệp.",
                en="IRR, WACC and WARA were not compared: give the WACC of the business.",
            )
        )  # fmt: skip
    elif any(abs(gap) > inputs.check_bound for gap in gaps):
        notes.append(
            Note(
                code="check_gap", vi="IRR, WACC và WARA lệch nhau quá mức cho phép: xem lại tỷ suất hoặc giá trị "
                "các tài sản.",
                en="IRR, WACC and WARA differ by more than allowed: look again at the returns or the values of the "
                "assets.",
            )
        )  # fmt: skip
    return shown, notes


def mpeem(inputs: MpeemInputs) -> Result:
    """excess_i = EBIT_i(1−t) − Σ_k FV_k,i·ret_k; V = Σ excess_i/(1+r)^x_i, times the TAB factor where a tax life is
    given. Working capital is a share of revenue. Returns are of one period. Figures `charges` (sum), `wara`,
    `wara_less_wacc`, `irr_less_wacc`, `value_before_tab`, `tab_factor`, `tab`, `value`; the cash-flow table's `flow` is
    the excess, the table `contributory` holds value and charge of each asset by period."""
    tax = inputs.tax()
    if inputs.working_capital > 0 and not inputs.revenue:
        raise OutOfRange("revenue", _REVENUE)
    others = {f"other_charges.{i}.value": c.value for i, c in enumerate(inputs.other_charges)}
    count = inputs.count(
        ebit=inputs.ebit, revenue=inputs.revenue, fixed_assets=inputs.fixed_assets, workforce=inputs.workforce, **others
    )
    ebit, revenue = inputs.spread(inputs.ebit, count), inputs.spread(inputs.revenue, count)
    taxes = [amount * tax for amount in ebit]
    charges = _charges(inputs, revenue, count)
    charged = [sum(line, ZERO) for line in zip(*(c for _, _, c in charges), strict=True)]
    done = discount([e - t - c for e, t, c in zip(ebit, taxes, charged, strict=True)], inputs)
    found = valued(inputs, done.total)
    returns = {
        "fixed_assets": inputs.fixed_assets_return, "working_capital": inputs.working_capital_return,
        "workforce": inputs.workforce_return,
        **{f"other_{i}": c.return_rate for i, c in enumerate(inputs.other_charges, 1)},
    }  # fmt: skip
    assets = [(values[0], returns[key]) for key, values, _ in charges]
    shown, notes = _check(inputs, [*assets, (max(found.value, ZERO), inputs.period_rate())])
    by_key = {key: charge for key, _, charge in charges}
    other = [sum((charge[i] for key, _, charge in charges if key.startswith("other_")), ZERO) for i in range(count)]
    return Result(
        method="mpeem", unit=MONEY, value=found.value,
        figures=(
            figure("charges", "Tổng đóng góp của tài sản khác", "Contributory charges in all", MONEY,
            sum(charged, ZERO)),
            *shown, *found.figures,
        ),
        schedules=(
            table(
                done, (column("revenue", "Doanh thu", "Revenue"), revenue), (column("ebit", "EBIT", "EBIT"), ebit),
                (column("tax", "Thuế", "Tax"), taxes),
                (column("charge_fixed_assets", "Tài sản cố định", "Fixed assets"), by_key["fixed_assets"]),
                (column("charge_working_capital", "Vốn lưu động", "Working capital"), by_key["working_capital"]),
                (column("charge_workforce", "Lực lượng lao động", "Workforce"), by_key["workforce"]),
                (column("charge_other", "Tài sản khác", "Other assets"), other),
            ),
            *_contributory(inputs, charges),
        ),
        notes=(*found.notes, *notes, _ONCE),
    )  # fmt: skip


def _contributory(
    inputs: MpeemInputs, charges: Sequence[tuple[str, list[Decimal], list[Decimal]]]
) -> tuple[Schedule, ...]:
    """Value and charge of each further asset by period; none where there are no further assets."""
    named = {f"other_{i}": c.name for i, c in enumerate(inputs.other_charges, 1)}
    rows, labels = [], []
    for key, values, charge in charges:
        if key in named:
            rows += [(Decimal(i), v, c) for i, (v, c) in enumerate(zip(values, charge, strict=True), 1)]
            labels += [named[key]] * len(values)
    if not rows:
        return ()
    columns = (
        column("period", "Kỳ", "Period", Unit.number), column("asset", "Giá trị tài sản", "Value of the asset"),
        column("charge", "Phần đóng góp", "Charge"),
    )  # fmt: skip
    return (
        Schedule(
            key="contributory", vi="Tài sản đóng góp khác", en="Other contributory assets", columns=columns,
            rows=tuple(rows), labels=tuple(labels),
        ),
    )  # fmt: skip


_REVENUE = Text(
    "Vốn lưu động tính theo doanh thu: hãy nhập doanh thu (từ 0 trở lên) hoặc đặt vốn lưu động bằng 0.",
    "Working capital is a share of revenue: give revenue (0 or more) or set working capital to 0.",
)
_ONCE = Note(
    code="mpeem_once", vi="Trong một doanh nghiệp chỉ một tài sản được định giá theo phương pháp này, thường là tài "
    "sản chính.",
    en="In one business only one asset may be valued by this method, usually the main one.",
)  # fmt: skip

METHODS: tuple[Method[Any], ...] = (
    Method(
        name="mpeem", approach=Approach.income, vi="Phương pháp thu nhập tăng thêm",
        en="Multi-period excess earnings (MPEEM)",
        about_vi="Lấy thu nhập sau thuế trừ phần sinh lời hợp lý của mọi tài sản đóng góp khác, kể cả vốn lưu động "
        "và lao động.",
        about_en="Income after tax less a fair return on every other asset that contributes, working capital and "
        "workforce among them.",
        formula="excess_i = EBIT_i(1−t) − Σ_k FV_k·ret_k; V = Σ excess_i/(1+r)^x_i · TAB factor; check IRR ≈ WACC ≈ "
        "WARA",
        inputs=MpeemInputs, function=mpeem, sources=(TT37, Source("Rev. Rul. 68-609 (older one-period form)")),
    ),
)  # fmt: skip
