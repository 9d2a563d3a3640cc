"""Discount rates (tỷ suất chiết khấu): from the market, by the capital structure, and built up.

All rates are fractions of one per year. Bands for early technology are in `bands`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.kit.text import Text
from app.valuations.methods.base import (
    Approach,
    Inputs,
    Method,
    Note,
    Number,
    OutOfRange,
    Result,
    Source,
    Unit,
    field,
    rate,
)
from app.valuations.methods.flows import ONE, RATE, TT32, TT37, ZERO, figure


def _premium(vi: str, en: str, help_vi: str, help_en: str) -> Any:
    return rate(vi, en, default=ZERO, help_vi=help_vi, help_en=help_en)


class CapmInputs(Inputs):
    """Cost of equity by the capital asset pricing model. Give the market's return or its premium, not both."""

    risk_free: Number = rate(
        "Lãi suất phi rủi ro", "Risk-free rate", example="0.04",
        help_vi="Ví dụ lợi suất trái phiếu Chính phủ kỳ hạn gần với tuổi đời của tài sản.",
        help_en="The yield of government bonds about as long as the asset's life, say.",
    )  # fmt: skip
    beta: Number = field(
        Unit.factor, "Hệ số beta", "Beta", ge=-5, le=10, example="1.2",
        help_vi="Độ nhạy của ngành so với thị trường; 1 là như thị trường.",
        help_en="How strongly the industry moves with the market; 1 is like the market.",
    )  # fmt: skip
    market_return: Number | None = rate(
        "Tỷ suất sinh lời của thị trường", "Return of the market", default=None, example="0.1",
        help_vi="Không nhỏ hơn lãi suất phi rủi ro. Bỏ trống nếu nhập phần bù rủi ro thị trường.",
        help_en="Not below the risk-free rate. Leave empty where the market premium is given.",
    )  # fmt: skip
    equity_premium: Number | None = rate(
        "Phần bù rủi ro thị trường", "Equity risk premium", default=None,
        help_vi="Phần thị trường sinh lời hơn lãi suất phi rủi ro. Bỏ trống nếu nhập tỷ suất của thị trường.",
        help_en="What the market earns above the risk-free rate. Leave empty where the market's return is given.",
    )  # fmt: skip
    size_premium: Number = _premium(
        "Phần bù quy mô", "Size premium", "Doanh nghiệp nhỏ rủi ro hơn.", "Small companies carry more risk."
    )
    country_premium: Number = _premium(
        "Phần bù quốc gia", "Country premium",
        "Khi số liệu thị trường lấy từ nước khác.", "Where the market figures come from another country.",
    )  # fmt: skip
    specific_premium: Number = _premium(
        "Phần bù riêng",
        "Specific premium",
        "Rủi ro riêng của tài sản, nêu rõ lý do.",
        "The asset's own risk, with reasons.",
    )


def capm(inputs: CapmInputs) -> Result:
    """r_e = r_f + β·ERP + size + country + specific; ERP is the market's return less r_f where that is given.
    Figures `equity_premium`, `cost_of_equity`."""
    if (inputs.market_return is None) == (inputs.equity_premium is None):
        raise OutOfRange("equity_premium" if inputs.market_return is not None else "market_return", _ONE_OF)
    if inputs.market_return is not None and inputs.market_return < inputs.risk_free:
        raise OutOfRange("market_return", _MARKET.format(least=inputs.risk_free))
    premium = inputs.equity_premium
    if premium is None:
        premium = (inputs.market_return or ZERO) - inputs.risk_free
    more = inputs.size_premium + inputs.country_premium + inputs.specific_premium
    value = inputs.risk_free + inputs.beta * premium + more
    return Result(
        method="capm", unit=RATE, value=value,
        figures=(
            figure("equity_premium", "Phần bù rủi ro thị trường", "Equity risk premium", RATE, premium),
            figure("cost_of_equity", "Chi phí vốn chủ sở hữu", "Cost of equity", RATE, value),
        ),
    )  # fmt: skip


_ONE_OF = Text(
    "Nhập đúng một trong hai: tỷ suất sinh lời của thị trường hoặc phần bù rủi ro thị trường (0 đến 1).",
    "Give exactly one: the return of the market or the equity risk premium (0 to 1).",
)
_MARKET = Text(
    "Tỷ suất của thị trường phải từ lãi suất phi rủi ro ({least}) đến 1.",
    "The market's return must be from the risk-free rate ({least}) to 1.",
)


class WaccInputs(Inputs):
    """Weighted average cost of capital. Equity and debt in one unit: amounts at market value, or weights."""

    equity: Number = field(
        Unit.number, "Vốn chủ sở hữu", "Equity", ge=0, le=10**18, example="0.6",
        help_vi="Giá trị thị trường hoặc tỷ trọng, cùng đơn vị với nợ vay.",
        help_en="Market value or weight, in the same unit as debt.",
    )  # fmt: skip
    debt: Number = field(
        Unit.number, "Nợ vay", "Debt", ge=0, le=10**18, example="0.4",
        help_vi="Giá trị thị trường hoặc tỷ trọng, cùng đơn vị với vốn chủ sở hữu.",
        help_en="Market value or weight, in the same unit as equity.",
    )  # fmt: skip
    cost_of_equity: Number = rate(
        "Chi phí vốn chủ sở hữu", "Cost of equity", le=2, example="0.112",
        help_vi="Ví dụ kết quả của CAPM.", help_en="The result of CAPM, say.",
    )  # fmt: skip
    cost_of_debt: Number = rate(
        "Lãi vay trước thuế", "Cost of debt before tax", example="0.06",
        help_vi="Lãi suất vay dài hạn của ngành.", help_en="The industry's long-term borrowing rate.",
    )  # fmt: skip
    tax_rate: Number = rate(
        "Thuế suất thu nhập doanh nghiệp", "Corporate income tax rate", le=Decimal("0.99"), example="0.2",
        help_vi="Lãi vay được trừ khi tính thuế nên làm giảm chi phí nợ.",
        help_en="Interest lowers taxable income, so tax lowers the cost of debt.",
    )  # fmt: skip
    intangible_premium: Number = _premium(
        "Phần bù cho tài sản vô hình", "Premium for the intangible",
        "Tài sản vô hình thường rủi ro hơn cả doanh nghiệp; cộng vào WACC.",
        "An intangible usually carries more risk than the whole business; added to the WACC.",
    )  # fmt: skip


def wacc(inputs: WaccInputs) -> Result:
    """WACC = E/(E+D)·r_e + D/(E+D)·r_d·(1−t), plus the premium for the intangible. Figures `equity_weight`,
    `debt_weight`, `debt_after_tax`, `wacc`, `rate`."""
    total = inputs.equity + inputs.debt
    if total == 0:
        raise OutOfRange("equity", _CAPITAL)
    equity, after_tax = inputs.equity / total, inputs.cost_of_debt * (ONE - inputs.tax_rate)
    average = equity * inputs.cost_of_equity + (ONE - equity) * after_tax
    value = average + inputs.intangible_premium
    return Result(
        method="wacc", unit=RATE, value=value,
        figures=(
            figure("equity_weight", "Tỷ trọng vốn chủ sở hữu", "Weight of equity", RATE, equity),
            figure("debt_weight", "Tỷ trọng nợ vay", "Weight of debt", RATE, ONE - equity),
            figure("debt_after_tax", "Lãi vay sau thuế", "Cost of debt after tax", RATE, after_tax),
            figure("wacc", "Chi phí vốn bình quân (WACC)", "Weighted average cost of capital", RATE, average),
            figure("rate", "Tỷ suất cho tài sản vô hình", "Rate for the intangible", RATE, value),
        ),
        notes=(
            Note(
                code="intangible_above_wacc", vi="Tỷ suất của tài sản vô hình thường không thấp hơn WACC của doanh "
                "nghiệp.",
                en="The rate of an intangible is usually not below the WACC of its business.",
            ),
        ),
    )  # fmt: skip


_CAPITAL = Text(
    "Vốn chủ sở hữu và nợ vay không thể cùng bằng 0: nhập ít nhất một số dương.",
    "Equity and debt cannot both be 0: enter at least one above 0.",
)


class BuildUpInputs(Inputs):
    """A rate built up from the risk-free rate and named premia."""

    risk_free: Number = rate(
        "Lãi suất phi rủi ro", "Risk-free rate", example="0.04",
        help_vi="Điểm bắt đầu, ví dụ lợi suất trái phiếu Chính "
        "phủ.", help_en="The start, a government bond's yield, say.",
    )  # fmt: skip
    market_premium: Number = _premium(
        "Phần bù rủi ro chung", "General risk premium",
        "Rủi ro chung của thị trường hoặc của khoản đầu tư.", "The general risk of the market or the investment.",
    )  # fmt: skip
    size_premium: Number = _premium(
        "Phần bù quy mô", "Size premium", "Doanh nghiệp nhỏ rủi ro hơn.", "Small companies carry more risk."
    )
    industry_premium: Number = _premium(
        "Phần bù ngành", "Industry premium", "Rủi ro riêng của ngành.", "The industry's own risk."
    )
    technology_premium: Number = _premium(
        "Phần bù công nghệ", "Technology premium",
        "Công nghệ chưa chứng minh, dễ bị thay thế. Không cộng nếu xác suất thành công đã tính riêng.",
        "Unproven or easily replaced technology. Not where chances of success are counted separately.",
    )  # fmt: skip
    liquidity_premium: Number = _premium(
        "Phần bù thanh khoản", "Liquidity premium", "Tài sản khó bán lại.", "The asset is hard to sell on."
    )
    country_premium: Number = _premium(
        "Phần bù quốc gia", "Country premium", "Rủi ro của nơi khai thác.", "The risk of where it is used."
    )
    other_premium: Number = _premium(
        "Phần bù khác", "Other premium", "Nêu rõ trong ghi chú.", "Say what it is in the remark."
    )


def build_up(inputs: BuildUpInputs) -> Result:
    """r = r_f + Σ premia. Figures `premia` and `rate`."""
    premia = sum((getattr(inputs, name) for name in BuildUpInputs.model_fields if name != "risk_free"), ZERO)
    value = inputs.risk_free + premia
    return Result(
        method="build_up", unit=RATE, value=value,
        figures=(
            figure("premia", "Tổng phần bù rủi ro", "Sum of premia", RATE, premia),
            figure("rate", "Tỷ suất chiết khấu", "Discount rate", RATE, value),
        ),
    )  # fmt: skip


METHODS: tuple[Method[Any], ...] = (
    Method(
        name="capm", approach=Approach.tool, vi="Mô hình định giá tài sản vốn "
        "(CAPM)", en="Capital asset pricing model (CAPM)",
        about_vi="Tính chi phí vốn chủ sở hữu từ lãi suất phi rủi ro, beta và phần bù rủi ro thị trường.",
        about_en="The cost of equity from the risk-free rate, beta and the equity risk premium.",
        formula="r_e = r_f + β·(r_m − r_f) + size + country + specific",
        inputs=CapmInputs, function=capm, sources=(TT32, Source("W. F. Sharpe, Journal of Finance 19(3), 1964")),
    ),
    Method(
        name="wacc", approach=Approach.tool, vi="Chi phí sử dụng vốn bình quân (WACC)", en="Weighted average cost "
        "of capital (WACC)",
        about_vi="Bình quân chi phí vốn chủ sở hữu và lãi vay sau thuế theo tỷ trọng vốn.",
        about_en="Cost of equity and after-tax cost of debt, weighed by the capital structure.",
        formula="WACC = E/(E+D)·r_e + D/(E+D)·r_d·(1−t)",
        inputs=WaccInputs, function=wacc, sources=(TT32,),
    ),
    Method(
        name="build_up", approach=Approach.tool, vi="Tỷ suất cộng dồn phần bù rủi ro", en="Build-up rate",
        about_vi="Cộng lãi suất phi rủi ro với từng phần bù rủi ro có lý do.",
        about_en="The risk-free rate plus premia, each with its reason.",
        formula="r = r_f + Σ premia",
        inputs=BuildUpInputs, function=build_up, sources=(TT32, TT37),
    ),
)  # fmt: skip
