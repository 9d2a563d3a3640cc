"""Present value and terminal value (giá trị hiện tại, giá trị cuối kỳ)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.kit.text import Text
from app.valuations.methods.base import Approach, Method, Note, Number, OutOfRange, Result, Source, Unit, field
from app.valuations.methods.flows import (
    FACTOR,
    HALF,
    MONEY,
    ONE,
    RATE,
    TT32,
    ZERO,
    Flows,
    Timing,
    amounts,
    discount,
    figure,
    table,
)  # fmt: skip


class PresentValueInputs(Timing):
    """Cash flows, one a period (or one that repeats); negative where money goes out."""

    cash_flows: Flows = amounts(
        "Dòng tiền", "Cash flows", example=["1000000000", "1200000000", "1300000000"],
        help_vi="Mỗi kỳ một số tiền, hoặc một số duy nhất lặp lại (khi đó nhập số kỳ). Số âm là tiền chi ra.",
        help_en="One amount a period, or a single one that repeats (then give the periods). Negative is money out.",
    )  # fmt: skip


def present_value(inputs: PresentValueInputs) -> Result:
    """PV = Σ CF_i / (1+r)^x_i. Exponents by `Timing`. Money in, money out; figures `present_value`, `undiscounted`,
    `rate_per_period` and `annuity_factor` (the sum of the discount factors)."""
    count = inputs.count(cash_flows=inputs.cash_flows)
    done = discount(inputs.spread(inputs.cash_flows, count), inputs)
    return Result(
        method="present_value", unit=MONEY, value=done.total,
        figures=(
            figure("present_value", "Giá trị hiện tại", "Present value", MONEY, done.total),
            figure("undiscounted", "Tổng chưa chiết khấu", "Sum before discounting", MONEY, sum(done.flows, ZERO)),
            figure("rate_per_period", "Tỷ suất một kỳ", "Rate of one period", RATE, inputs.period_rate()),
            figure("annuity_factor", "Tổng hệ số chiết khấu", "Sum of discount factors", FACTOR, sum(done.factors,
            ZERO)),
        ),
        schedules=(table(done),),
    )  # fmt: skip


class Terminal(StrEnum):
    """What is left after the last period: nothing, growth for ever, or a sale at a multiple."""

    none = "none"
    gordon = "gordon"
    exit_multiple = "exit_multiple"


class TerminalValueInputs(PresentValueInputs):
    """Explicit flows and what comes after them. Without a choice nothing comes after: a patent has a legal end."""

    terminal: Terminal = field(
        Unit.none, "Giá trị cuối kỳ", "Terminal value", default=Terminal.none,
        help_vi="Không có (none, mặc định: quyền có thời hạn thì hết hạn là hết), tăng trưởng đều (gordon), hoặc "
        "bán lại "
        "theo bội số (exit_multiple).",
        help_en="none (the default: a right with a term ends with it), steady growth (gordon), or sale at a multiple "
        "(exit_multiple).",
    )  # fmt: skip
    indefinite_life: bool = field(
        Unit.none, "Tuổi đời không xác định", "Life is indefinite", default=False,
        help_vi="Khai báo rằng tài sản không có ngày hết hạn (ví dụ bí mật kinh doanh). Bắt buộc với tăng trưởng đều.",
        help_en="Declares that the asset has no end (a trade secret, say). Needed for steady growth.",
    )  # fmt: skip
    growth: Number | None = field(
        Unit.rate, "Tốc độ tăng trưởng dài hạn", "Long-term growth", default=None, ge=-HALF, le=1,
        help_vi="Mỗi kỳ, dạng phần của một; phải nhỏ hơn tỷ suất chiết khấu của một kỳ. Dùng cho tăng trưởng đều.",
        help_en="Per period, as a fraction of one; must be below the discount rate of a period. For steady growth.",
    )  # fmt: skip
    exit_multiple: Number | None = field(
        Unit.factor, "Bội số bán lại", "Exit multiple", default=None, ge=0, le=100,
        help_vi="Giá bán lại cuối kỳ chia cho dòng tiền kỳ cuối. Dùng cho bán lại theo bội số.",
        help_en="Price at the end over the last period's cash flow. For a sale at a multiple.",
    )  # fmt: skip


def _terminal(inputs: TerminalValueInputs, last: Decimal, end: Decimal, count: int) -> tuple[Decimal, Decimal]:
    """Terminal value and its exponent: Gordon is discounted like the last flow (n − 0.5 at mid-year), an exit at the
    end of the last period (n), since the sale happens there whatever the convention of the flows."""
    rate_ = inputs.period_rate()
    if inputs.terminal is Terminal.none:
        return ZERO, end
    if last < 0:
        raise OutOfRange("cash_flows", _LAST)
    if count == 1 and inputs.first_period < 1:
        raise OutOfRange("first_period", _WHOLE)
    if inputs.terminal is Terminal.exit_multiple:
        if inputs.exit_multiple is None:
            raise OutOfRange("exit_multiple", _MULTIPLE)
        return last * inputs.exit_multiple, end
    if not inputs.indefinite_life:
        raise OutOfRange("indefinite_life", _INDEFINITE)
    if inputs.growth is None or inputs.growth >= rate_:
        raise OutOfRange("growth", _GROWTH.format(rate=f"{rate_:.6f}".rstrip("0").rstrip(".")))
    return last * (ONE + inputs.growth) / (rate_ - inputs.growth), inputs.exponents(count)[-1]


_LAST = Text(
    "Dòng tiền kỳ cuối phải từ 0 trở lên khi có giá trị cuối kỳ.",
    "The last cash flow must be 0 or more where there is a terminal value.",
)
_WHOLE = Text(
    "Giá trị cuối kỳ cần ít nhất một kỳ trọn vẹn: đặt bằng 1 hoặc thêm một kỳ.",
    "A terminal value needs at least one whole period: set this to 1 or add a period.",
)
_MULTIPLE = Text("Hãy nhập bội số, từ 0 đến 100.", "Enter the multiple, from 0 to 100.")
_INDEFINITE = Text(
    "Quyền có thời hạn (20 năm với sáng chế, 10 năm với giải pháp hữu ích) không có giá trị sau khi hết hạn. Chỉ dùng "
    "tăng trưởng đều khi khai báo tuổi đời không xác định (true).",
    "A right with a term (20 years for a patent, 10 for a utility solution) is worth nothing after it. Steady growth "
    "needs the life declared indefinite (true).",
)
_GROWTH = Text(
    "Tốc độ tăng trưởng phải từ −0,5 đến dưới tỷ suất chiết khấu của một kỳ ({rate}).",
    "Growth must be from −0.5 to below the discount rate of a period ({rate}).",
)


def terminal_value(inputs: TerminalValueInputs) -> Result:
    """Σ CF_i/(1+r)^x_i + TV/(1+r)^x. Gordon TV = CF_n(1+g)/(r−g), r > g, x that of the last flow; exit multiple
    TV = CF_n·multiple, x = n. Figures `terminal_value`, `present_value_terminal`, `present_value_explicit`, `value`."""
    count = inputs.count(cash_flows=inputs.cash_flows)
    done = discount(inputs.spread(inputs.cash_flows, count), inputs)
    terminal, exponent = _terminal(inputs, done.flows[-1], inputs.first_period + count - 1, count)
    brought = terminal / (ONE + inputs.period_rate()) ** exponent
    value = done.total + brought
    notes = {
        Terminal.none: Note(
            code="no_terminal_value", vi="Không tính giá trị sau kỳ cuối: quyền có thời hạn kết thúc khi hết hạn.",
            en="Nothing is counted after the last period: a right with a term ends with it.",
        ),
        Terminal.gordon: Note(
            code="indefinite_life", vi="Giả định tài sản sinh lợi không có điểm dừng; hãy nêu căn cứ trong báo cáo.",
            en="The asset is assumed to earn without end; the report must say on what grounds.",
        ),
        Terminal.exit_multiple: Note(
            code="exit_multiple", vi="Giả định bán được tài sản cuối kỳ theo bội số đã nhập; quyền phải còn hạn khi "
            "đó.",
            en="The asset is assumed to be sold at the multiple entered; the right must still be in force then.",
        ),
    }  # fmt: skip
    return Result(
        method="terminal_value", unit=MONEY, value=value,
        figures=(
            figure("present_value_explicit", "Giá trị hiện tại các kỳ", "Present value of the periods", MONEY,
            done.total),
            figure("terminal_value", "Giá trị cuối kỳ", "Terminal value", MONEY, terminal),
            figure("terminal_exponent", "Số mũ giá trị cuối kỳ", "Exponent of the terminal "
            "value", Unit.number, exponent),
            figure(
                "present_value_terminal", "Giá trị hiện tại của giá trị cuối kỳ", "Present value of the terminal value",
                MONEY, brought,
            ),
            figure("rate_per_period", "Tỷ suất một kỳ", "Rate of one period", RATE, inputs.period_rate()),
            figure("value", "Giá trị", "Value", MONEY, value),
        ),
        schedules=(table(done),), notes=(notes[inputs.terminal],),
    )  # fmt: skip


METHODS: tuple[Method[Any], ...] = (
    Method(
        name="present_value", approach=Approach.tool, vi="Giá trị hiện tại của dòng tiền", en="Present value",
        about_vi="Quy các khoản tiền tương lai về ngày định giá, cuối kỳ hoặc giữa kỳ, kể cả kỳ đầu không trọn.",
        about_en="Brings future amounts to the value date, end or mid period, with a part first period.",
        formula="PV = Σ CF_i / (1+r)^x_i; x_i = f, f+1, ... (end); f/2, f+0.5, f+1.5, ... (mid)",
        inputs=PresentValueInputs, function=present_value, sources=(TT32,),
    ),
    Method(
        name="terminal_value", approach=Approach.tool, vi="Giá trị cuối kỳ", en="Terminal value",
        about_vi="Cộng phần giá trị sau kỳ dự báo: tăng trưởng đều hoặc bán lại theo bội số. Sáng chế mặc định "
        "không có.",
        about_en="Adds what comes after the forecast: steady growth or sale at a multiple. None for patents by "
        "default.",
        formula="Gordon: TV = CF_n(1+g)/(r−g), r > g, discounted by n (end) or n−0.5 (mid); "
        "exit: TV = CF_n·multiple, discounted by n",
        inputs=TerminalValueInputs, function=terminal_value,
        sources=(TT32, Source("QuickRead (NACVA), 18/07/2018, mid-year convention")),
    ),
)  # fmt: skip
