"""What an asset has lost since new (hao mòn, lỗi thời): functional, technological, economic, and its used-up life.

An intangible does not wear out, so there is no physical loss. The rule of the remaining life, used/(used + left), goes
with either form of losses and is a loss of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.kit.text import Text
from app.valuations.methods.base import Inputs, Note, Number, OutOfRange, Result, Schedule, Unit, field, money, rate
from app.valuations.methods.flows import MONEY, RATE, ZERO, figure

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


def losses(cost: Decimal, inputs: Obsolescence) -> list[tuple[str, str, str, Decimal]]:
    """Each loss as an amount, in the order they are taken."""
    by_rate = inputs.loss_form is LossForm.multiplicative
    used = life_used(inputs)
    for kind, _, _ in _KINDS:
        idle = f"{kind}_loss" if by_rate else kind
        if getattr(inputs, idle) != 0:
            raise OutOfRange(idle, _OTHER_FORM)
    taken, left = [], cost
    for kind, vi, en in _KINDS:
        loss = left * getattr(inputs, kind) if by_rate else getattr(inputs, f"{kind}_loss")
        taken.append((kind, vi, en, loss))
        left -= loss
    taken.append(("life", "Hao mòn theo tuổi đời", "Life used up", (left if by_rate else cost) * used))
    total = sum((loss for _, _, _, loss in taken), ZERO)
    if total > cost:
        raise OutOfRange(
            max(_KINDS, key=lambda k: getattr(inputs, f"{k[0]}_loss"))[0] + "_loss", _TOO_MUCH.format(cost=cost)
        )
    return taken


def worth(
    method: str,
    parts: Sequence[tuple[str, str, str, Decimal]],
    inputs: Obsolescence,
    schedules: tuple[Schedule, ...] = (),
) -> Result:
    """The result all cost methods share: what the cost new is made up of (`part_*`), the cost new, each loss, what is
    left."""
    cost = sum((amount for _, _, _, amount in parts), ZERO)
    lost = losses(cost, inputs)
    total = sum((loss for _, _, _, loss in lost), ZERO)
    value = cost - total
    taken = [kind for kind, _, _, loss in lost if loss]
    notes = (_NO_MARKET, _TWICE) if "life" in taken and "technological" in taken else (_NO_MARKET,)
    shown = [figure(f"part_{key}", vi, en, MONEY, amount) for key, vi, en, amount in parts]
    shown.append(figure("cost_new", "Chi phí mới", "Cost new", MONEY, cost))
    shown += [
        figure(f"loss_{kind}", f"Trừ: {vi.lower()}", f"Less: {en.lower()}", MONEY, loss) for kind, vi, en, loss in lost
    ]
    shown += [
        figure("life_used", "Tỷ lệ hao mòn theo tuổi đời", "Share of life used", RATE, life_used(inputs)),
        figure("obsolescence", "Tỷ lệ hao mòn chung", "Obsolescence as a whole", RATE, total / cost if cost else ZERO),
        figure("value", "Giá trị", "Value", MONEY, value),
    ]
    return Result(
        method=method, unit=MONEY, value=value, figures=tuple(shown), schedules=schedules, notes=notes,
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
