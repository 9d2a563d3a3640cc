"""The cost approach (cách tiếp cận từ chi phí): what it would take to make the asset again, less what it has lost.

Reproduction (chi phí tái tạo) makes the same asset; replacement (chi phí thay thế) one of equal use. An intangible does
not wear out: its losses are functional, technological and economic, or its used-up life.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.valuations.methods.base import (
    Approach,
    Inputs,
    Method,
    Number,
    Result,
    Schedule,
    Source,
    Unit,
    field,
    money,
    rate,
)  # fmt: skip
from app.valuations.methods.flows import FACTOR, ONE, TT32, TT37, ZERO, column
from app.valuations.methods.obsolescence import Obsolescence, worth


class Costs(Obsolescence):
    """What the work takes at today's prices."""

    materials: Number = money(
        "Vật tư, nguyên liệu", "Materials", example="300000000",
        help_vi="Theo giá tại ngày định giá.", help_en="At prices of the value date.",
    )  # fmt: skip
    equipment: Number = money(
        "Thiết bị, thử nghiệm", "Equipment and testing", default=ZERO, example="500000000",
        help_vi="Khấu hao hoặc thuê thiết bị dùng để làm ra công nghệ.",
        help_en="Depreciation or hire of what was used to make the technology.",
    )  # fmt: skip
    labour: Number = money(
        "Nhân công", "Labour", default=ZERO, example="900000000",
        help_vi="Lương và bảo hiểm của người làm nghiên cứu.", help_en="Pay and insurance of those who did the "
        "research.",
    )  # fmt: skip
    overheads: Number = money(
        "Chi phí chung",
        "Overheads",
        default=ZERO,
        help_vi="Quản lý, mặt bằng, điện nước.",
        help_en="Management, space, energy.",
    )
    protection: Number = money(
        "Chi phí xác lập quyền", "Cost of protection", default=ZERO,
        help_vi="Phí nộp đơn, đại diện, duy trì đã trả.", help_en="Filing, agents, renewals paid.",
    )  # fmt: skip


_PARTS = (
    ("materials", "Vật tư, nguyên liệu", "Materials"),
    ("equipment", "Thiết bị, thử nghiệm", "Equipment and testing"),
    ("labour", "Nhân công", "Labour"),
    ("overheads", "Chi phí chung", "Overheads"),
    ("protection", "Chi phí xác lập quyền", "Cost of protection"),
)


Part = tuple[str, str, str, Decimal]


def _parts(inputs: Costs) -> list[Part]:
    return [(key, vi, en, getattr(inputs, key)) for key, vi, en in _PARTS]


def reproduction_cost(inputs: Costs) -> Result:
    """RC·(1−functional)(1−technological)(1−economic)(1−life used), or RC − Σ losses; RC the cost of making the same
    asset again at today's prices. Money in and out; figures `cost_new`, `loss_*`, `life_used`, `obsolescence`,
    `value`."""
    parts = _parts(inputs)
    return worth("reproduction_cost", parts, inputs)


class ReplacementInputs(Costs):
    """Costs of an asset of equal use, with what a developer would earn."""

    developer_profit: Number = rate(
        "Lợi nhuận của nhà phát triển", "Developer's profit", default=ZERO, le=10,
        help_vi="Phần của chi phí, ví dụ 0,1: lợi nhuận thông thường của người làm thuê việc nghiên cứu này.",
        help_en="A share of the costs, 0.1 say: what a contractor would normally earn on this research.",
    )  # fmt: skip
    incentive: Number = rate(
        "Phần thưởng kinh doanh", "Entrepreneurial incentive", default=ZERO, le=10,
        help_vi="Phần của chi phí: lợi ích mất đi trong thời gian phát triển.",
        help_en="A share of the costs: what is forgone while the asset is being developed.",
    )  # fmt: skip


def replacement_cost(inputs: ReplacementInputs) -> Result:
    """RC = Σ costs·(1 + developer's profit + incentive), less losses as in `reproduction_cost`."""
    parts = _parts(inputs)
    costs = sum((p[3] for p in parts), ZERO)
    parts += [
        ("developer_profit", "Lợi nhuận của nhà phát triển", "Developer's profit", costs * inputs.developer_profit),
        ("incentive", "Phần thưởng kinh doanh", "Entrepreneurial incentive", costs * inputs.incentive),
    ]
    return worth("replacement_cost", parts, inputs)


class CreativityInputs(Obsolescence):
    """Costs of research with creative work weighed up, the risk of failing and a return."""

    materials: Number = money(
        "Vật tư, nguyên liệu", "Materials", example="150000000",
        help_vi="Chi phí vật chất đã tiêu hao (một phần của C).", help_en="Material used up (a part of C).",
    )  # fmt: skip
    equipment: Number = money(
        "Thiết bị, thử nghiệm", "Equipment and testing", default=ZERO, example="200000000",
        help_vi="Khấu hao thiết bị (một phần của C).", help_en="Depreciation of equipment (a part of C).",
    )  # fmt: skip
    creative_labour: Number = money(
        "Lao động sáng tạo", "Creative labour", example="300000000",
        help_vi="Chi phí lao động nghiên cứu (V).", help_en="Cost of research work (V).",
    )  # fmt: skip
    creativity: Number = field(
        Unit.factor, "Hệ số sáng tạo", "Creativity multiplier", ge=0, le=100, example="1.2",
        help_vi="β₁: một đồng lao động sáng tạo đáng giá bao nhiêu đồng lao động thường.",
        help_en="β₁: how many units of ordinary work one unit of creative work is worth.",
    )  # fmt: skip
    research_risk: Number = rate(
        "Rủi ro nghiên cứu", "Research risk", le=Decimal("0.99"), example="0.4",
        help_vi="β₂: phần các nghiên cứu loại này thất bại, từ 0 đến 0,99.",
        help_en="β₂: the share of such research that fails, 0 to 0.99.",
    )  # fmt: skip
    return_rate: Number = rate(
        "Tỷ suất lợi nhuận đầu tư", "Return on investment", le=10, example="0.2",
        help_vi="L: lợi nhuận trên vốn đầu tư vô hình.", help_en="L: return on what was invested.",
    )  # fmt: skip


def creativity_cost(inputs: CreativityInputs) -> Result:
    """RC = (C + β₁·V)/(1 − β₂)·(1 + L), C materials and equipment, V creative labour; less losses. Figure `cost_new`
    is RC."""
    base = inputs.materials + inputs.equipment + inputs.creativity * inputs.creative_labour
    risked = base / (ONE - inputs.research_risk)
    cost = risked * (ONE + inputs.return_rate)
    parts = [
        ("materials", "Vật tư, nguyên liệu", "Materials", inputs.materials),
        ("equipment", "Thiết bị, thử nghiệm", "Equipment and testing", inputs.equipment),
        (
            "creative_labour",
            "Lao động sáng tạo × hệ số",
            "Creative labour × multiplier",
            inputs.creativity * inputs.creative_labour,
        ),
        ("research_risk", "Bù rủi ro nghiên cứu", "Allowance for research risk", risked - base),
        ("return", "Lợi nhuận đầu tư", "Return on investment", cost - risked),
    ]
    return worth("creativity_cost", parts, inputs)


class DatedCost(Inputs):
    """A cost as it was paid, with the price index of that time."""

    label: str = field(
        Unit.none, "Khoản chi", "Item", default="", max_length=120,
        help_vi="Tên khoản chi, để in trong báo cáo.", help_en="The item's name, to be printed in the report.",
    )  # fmt: skip
    amount: Number = money(
        "Số tiền đã chi",
        "Amount paid",
        example="800000000",
        help_vi="Theo giá lúc chi.",
        help_en="At the prices of then.",
    )
    index_then: Number = field(
        Unit.level, "Chỉ số giá lúc chi", "Price index then", gt=0, le=10**9, example="104.2",
        help_vi="Cùng gốc với chỉ số hiện tại, lớn hơn 0.", help_en="On the base of the index now, above 0.",
    )  # fmt: skip


class IndexedInputs(Obsolescence):
    """Historic costs brought to today's prices."""

    costs: tuple[DatedCost, ...] = field(
        Unit.none, "Các khoản chi trong quá khứ", "Historic costs", min_length=1, max_length=100,
        example=[{"label": "2023", "amount": "800000000", "index_then": "104.2"}],
        help_vi="Mỗi khoản một dòng: số tiền và chỉ số giá lúc chi.",
        help_en="One line each: the amount and the price index of that time.",
    )  # fmt: skip
    index_now: Number = field(
        Unit.level, "Chỉ số giá hiện tại", "Price index now", gt=0, le=10**9, example="112.5",
        help_vi="Tại ngày định giá, lớn hơn 0.", help_en="At the value date, above 0.",
    )  # fmt: skip


def indexed_cost(inputs: IndexedInputs) -> Result:
    """RC = Σ C_k·I_now/I_k, less losses. An index carries old costs over; it does not say the work would be done the
    same way today."""
    factors = [inputs.index_now / cost.index_then for cost in inputs.costs]
    now = [cost.amount * factor for cost, factor in zip(inputs.costs, factors, strict=True)]
    rows = tuple(
        (cost.amount, cost.index_then, factor, amount)
        for cost, factor, amount in zip(inputs.costs, factors, now, strict=True)
    )
    columns = (
        column("amount", "Số tiền đã chi", "Amount paid"), column("index_then", "Chỉ số lúc chi", "Index then",
        Unit.level),
        column("factor", "Hệ số đưa về hiện tại", "Factor to now", FACTOR),
        column("cost_now", "Chi phí theo giá hiện tại", "Cost at today's prices"),
    )  # fmt: skip
    table = Schedule(
        key="costs", vi="Các khoản chi theo giá hiện tại", en="Costs at today's prices", columns=columns, rows=rows,
        labels=tuple(cost.label or str(i) for i, cost in enumerate(inputs.costs, 1)),
    )  # fmt: skip
    parts = [("historic", "Chi phí quá khứ theo giá hiện tại", "Historic cost at today's prices", sum(now, ZERO))]
    return worth("indexed_cost", parts, inputs, (table,))


_LOST = "·(1−functional)(1−technological)(1−economic)(1−used/(used+left)), or RC − Σ losses"

METHODS: tuple[Method[Any], ...] = (
    Method(
        name="reproduction_cost", approach=Approach.cost, vi="Phương pháp chi phí tái tạo", en="Reproduction cost",
        about_vi="Chi phí làm lại đúng tài sản này theo giá hiện tại, trừ hao mòn.",
        about_en="What making this same asset again would cost today, less obsolescence.",
        formula="RC = Σ costs; value = RC" + _LOST, inputs=Costs, function=reproduction_cost, sources=(TT37, TT32),
    ),
    Method(
        name="replacement_cost", approach=Approach.cost, vi="Phương pháp chi phí thay thế", en="Replacement cost",
        about_vi="Chi phí làm ra tài sản có công dụng tương đương, gồm lợi nhuận của nhà phát triển, trừ hao mòn.",
        about_en="What an asset of equal use would cost, with the developer's profit, less obsolescence.",
        formula="RC = Σ costs·(1 + profit + incentive); value = RC" + _LOST,
        inputs=ReplacementInputs, function=replacement_cost, sources=(TT37, TT32),
    ),
    Method(
        name="creativity_cost", approach=Approach.cost, vi="Chi phí có hệ số sáng tạo", en="Cost with a creativity "
        "multiplier",
        about_vi="Chi phí thay thế có tính giá trị lao động sáng tạo, rủi ro nghiên cứu và lợi nhuận đầu tư.",
        about_en="Replacement cost that weighs creative work, the risk of research and a return.",
        formula="RC = (C + β₁·V)/(1−β₂)·(1+L); value = RC" + _LOST,
        inputs=CreativityInputs, function=creativity_cost,
        sources=(Source("t.100ksw.com/kj/pgs/fxzd/339796.shtml", checked=True), TT37),
    ),
    Method(
        name="indexed_cost", approach=Approach.cost, vi="Chi phí quá khứ theo chỉ số "
        "giá", en="Index-linked historic cost",
        about_vi="Đưa các khoản đã chi về giá hiện tại bằng chỉ số giá, trừ hao mòn.",
        about_en="Brings what was paid to today's prices by an index, less obsolescence.",
        formula="RC = Σ C_k·I_now/I_k; value = "
        "RC" + _LOST, inputs=IndexedInputs, function=indexed_cost, sources=(TT32,),
    ),
)  # fmt: skip
