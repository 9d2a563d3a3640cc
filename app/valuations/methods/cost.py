"""The cost approach (cách tiếp cận từ chi phí): what it would take to make the asset again, less what it has lost.

Reproduction (chi phí tái tạo) makes the same asset; replacement (chi phí thay thế) one of equal use. An intangible does
not wear out: its losses are functional, technological and economic, or its used-up life.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import Field

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
    money,
    rate,
)  # fmt: skip
from app.valuations.methods.flows import MONEY, ONE, RATE, TT32, TT37, ZERO, column, figure

YEARS = 200


class LossForm(StrEnum):
    """How losses are taken: by factors one after another, or as amounts."""

    multiplicative = "multiplicative"
    subtractive = "subtractive"


def _share(vi: str, en: str, help_vi: str, help_en: str) -> Any:
    return rate(vi, en, default=ZERO, help_vi=help_vi, help_en=help_en)


def _loss(vi: str, en: str, help_vi: str, help_en: str) -> Any:
    return money(vi, en, default=ZERO, help_vi=help_vi, help_en=help_en)


class Obsolescence(Inputs):
    """What the asset has lost since new. Rates go with the multiplicative form, amounts with the subtractive one; the
    remaining-life rule with either."""

    loss_form: LossForm = field(
        Unit.none, "Cách tính hao mòn", "How losses are taken", default=LossForm.multiplicative,
        help_vi="Nhân lần lượt các tỷ lệ (multiplicative) hoặc trừ các khoản tiền (subtractive).",
        help_en="By rates one after another (multiplicative) or as amounts (subtractive).",
    )  # fmt: skip
    functional: Number = _share(
        "Lỗi thời chức năng", "Functional obsolescence",
        "Phần giá trị mất vì tính năng kém hơn giải pháp mới, từ 0 đến 1.",
        "The part lost because newer solutions do more, 0 to 1.",
    )  # fmt: skip
    technological: Number = _share(
        "Lỗi thời công nghệ", "Technological obsolescence",
        "Phần giá trị mất vì công nghệ đã có thế hệ thay thế, từ 0 đến 1.",
        "The part lost because the technology has a successor, 0 to 1.",
    )  # fmt: skip
    economic: Number = _share(
        "Lỗi thời kinh tế", "Economic obsolescence",
        "Phần giá trị mất vì thị trường, pháp luật hay ngành suy giảm, từ 0 đến 1.",
        "The part lost to market, law or a shrinking industry, 0 to 1.",
    )  # fmt: skip
    functional_loss: Number = _loss(
        "Khoản mất do chức năng", "Functional loss",
        "Số tiền, dùng khi trừ từng khoản.", "An amount, for the subtractive form.",
    )  # fmt: skip
    technological_loss: Number = _loss(
        "Khoản mất do công nghệ", "Technological loss",
        "Số tiền, dùng khi trừ từng khoản.", "An amount, for the subtractive form.",
    )  # fmt: skip
    economic_loss: Number = _loss(
        "Khoản mất do kinh tế",
        "Economic loss",
        "Số tiền, dùng khi trừ từng khoản.",
        "An amount, for the subtractive form.",
    )
    age: Number | None = field(
        Unit.years, "Số năm đã dùng", "Years used", default=None, ge=0, le=YEARS,
        help_vi="Cùng với số năm còn lại: hao mòn = đã dùng / (đã dùng + còn lại).",
        help_en="With the years left: obsolescence = used / (used + left).",
    )  # fmt: skip
    remaining_life: Number | None = field(
        Unit.years, "Số năm còn lại", "Years left", default=None, gt=0, le=YEARS,
        help_vi="Tuổi đời kinh tế còn lại, lớn hơn 0. Nhập cùng số năm đã dùng, hoặc bỏ trống cả hai.",
        help_en="Economic life left, above 0. Give it with the years used, or leave both empty.",
    )  # fmt: skip


_PAIR = Text(
    "Nhập cả số năm đã dùng (từ 0) và số năm còn lại (lớn hơn 0, đến 200), hoặc bỏ trống cả hai.",
    "Give both the years used (from 0) and the years left (above 0, to 200), or neither.",
)
_OTHER_FORM = Text(
    "Chỉ dùng với cách tính hao mòn kia: đặt bằng 0 hoặc đổi cách tính.",
    "Goes with the other form of losses: set it to 0 or change the form.",
)
_TOO_MUCH = Text(
    "Tổng các khoản mất phải từ 0 đến chi phí mới ({cost}).", "Losses together must be from 0 to the cost new ({cost})."
)  # fmt: skip
_KINDS = (
    ("functional", "Lỗi thời chức năng", "Functional obsolescence"),
    ("technological", "Lỗi thời công nghệ", "Technological obsolescence"),
    ("economic", "Lỗi thời kinh tế", "Economic obsolescence"),
)


def life_used(inputs: Obsolescence) -> Decimal:
    """used / (used + left); 0 where no life is given."""
    if (inputs.age is None) != (inputs.remaining_life is None):
        raise OutOfRange("age" if inputs.age is None else "remaining_life", _PAIR)
    if inputs.age is None or inputs.remaining_life is None:
        return ZERO
    return inputs.age / (inputs.age + inputs.remaining_life)


def _losses(cost: Decimal, inputs: Obsolescence) -> list[tuple[str, str, str, Decimal]]:
    """Each loss as an amount, in the order they are taken."""
    by_rate = inputs.loss_form is LossForm.multiplicative
    used = life_used(inputs)
    for kind, _, _ in _KINDS:
        idle = f"{kind}_loss" if by_rate else kind
        if getattr(inputs, idle) != 0:
            raise OutOfRange(idle, _OTHER_FORM)
    losses, left = [], cost
    for kind, vi, en in _KINDS:
        loss = left * getattr(inputs, kind) if by_rate else getattr(inputs, f"{kind}_loss")
        losses.append((kind, vi, en, loss))
        left -= loss
    losses.append(("life", "Hao mòn theo tuổi đời", "Life used up", (left if by_rate else cost) * used))
    total = sum((loss for _, _, _, loss in losses), ZERO)
    if total > cost:
        raise OutOfRange(
            max(_KINDS, key=lambda k: getattr(inputs, f"{k[0]}_loss"))[0] + "_loss", _TOO_MUCH.format(cost=cost)
        )
    return losses


def _worth(method: str, parts: list[tuple[str, str, str, Decimal]], cost: Decimal, inputs: Obsolescence) -> Result:
    """The result all cost methods share: how the cost new is made up, each loss, what is left."""
    losses = _losses(cost, inputs)
    lost = sum((loss for _, _, _, loss in losses), ZERO)
    value = cost - lost
    notes = [_NO_MARKET]
    taken = [kind for kind, _, _, loss in losses if loss]
    if "life" in taken and "technological" in taken:
        notes.append(_TWICE)
    shown = [Figure(key="cost_new", vi="Chi phí mới", en="Cost new", unit=MONEY, value=cost)]
    shown += [figure(f"loss_{kind}", vi, en, MONEY, loss) for kind, vi, en, loss in losses]
    shown += [
        figure("life_used", "Tỷ lệ hao mòn theo tuổi đời", "Share of life used", RATE, life_used(inputs)),
        figure("obsolescence", "Tỷ lệ hao mòn chung", "Obsolescence as a whole", RATE, lost / cost if cost else ZERO),
        figure("value", "Giá trị", "Value", MONEY, value),
    ]
    lines = [(vi, amount) for _, vi, _, amount in parts] + [("Chi phí mới", cost)]
    lines += [(f"Trừ: {vi.lower()}", -loss) for _, vi, _, loss in losses] + [("Giá trị", value)]
    return Result(
        method=method, unit=MONEY, value=value, figures=tuple(shown),
        schedules=(
            Schedule(
                key="cost", vi="Bảng chi phí", en="Cost table", columns=(column("amount", "Số tiền", "Amount"),),
                rows=tuple((amount,) for _, amount in lines), labels=tuple(label for label, _ in lines),
            ),
        ),
        notes=tuple(notes),
    )  # fmt: skip


_NO_MARKET = Note(
    code="cost_is_not_price", vi="Chi phí không cho biết thị trường trả bao nhiêu; nên đối chiếu với cách tiếp cận "
    "khác.",
    en="Cost does not tell what the market would pay; compare it with another approach.",
)  # fmt: skip
_TWICE = Note(
    code="life_and_technology", vi="Đã trừ cả lỗi thời công nghệ và hao mòn theo tuổi đời: kiểm tra để không trừ "
    "hai lần.",
    en="Both technological obsolescence and used life are taken: check that nothing is taken twice.",
)  # fmt: skip


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


def _parts(inputs: Costs) -> list[tuple[str, str, str, Decimal]]:
    return [(key, vi, en, getattr(inputs, key)) for key, vi, en in _PARTS]


def reproduction_cost(inputs: Costs) -> Result:
    """RC·(1−functional)(1−technological)(1−economic)(1−life used), or RC − Σ losses; RC the cost of making the same
    asset again at today's prices. Money in and out; figures `cost_new`, `loss_*`, `life_used`, `obsolescence`,
    `value`."""
    parts = _parts(inputs)
    return _worth("reproduction_cost", parts, sum((p[3] for p in parts), ZERO), inputs)


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
    return _worth("replacement_cost", parts, sum((p[3] for p in parts), ZERO), inputs)


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
    return _worth("creativity_cost", parts, cost, inputs)


class DatedCost(Inputs):
    """A cost as it was paid, with the price index of that time."""

    label: str = Field(
        default="", max_length=120,
        json_schema_extra={"unit": "none", "title_vi": "Khoản chi", "title_en": "Item"},
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
    parts = [
        (
            "cost",
            cost.label or f"Khoản {i}",
            cost.label or f"Item {i}",
            cost.amount * inputs.index_now / cost.index_then,
        )
        for i, cost in enumerate(inputs.costs, 1)
    ]
    return _worth("indexed_cost", parts, sum((p[3] for p in parts), ZERO), inputs)


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
