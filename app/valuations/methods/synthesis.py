"""Synthesis (thống nhất kết quả): from what each approach found to one value, by weights with reasons.

Approaches that are far apart show that one of them, or the asset, is not understood. Beyond the bound on the spread no
value is given until the difference is explained in words.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.kit.text import Text
from app.valuations.methods.base import (
    MOST,
    Approach,
    Column,
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
)


class Part(Inputs):
    name: str = field(
        Unit.none, "Phương pháp", "Method", min_length=1, max_length=120, example="relief_from_royalty",
        help_vi="Tên của phép tính cho giá trị này.", help_en="The name of the calculation that gave this value.",
    )  # fmt: skip
    value: Number = money("Giá trị", "Value", least=-MOST, example="12000000000")
    weight: Number = rate(
        "Trọng số", "Weight", example="0.6",
        help_vi="Phần của giá trị này trong kết quả; các trọng số cộng lại bằng 1.",
        help_en="The share of this value in the result; the weights add to 1.",
    )  # fmt: skip
    reason: str = field(
        Unit.none, "Lý do của trọng số", "Reason for the weight", min_length=1, max_length=2000,
        example="Dữ liệu doanh thu đáng tin cậy nhất.",
        help_vi="Vì sao tin giá trị này nhiều hay ít.", help_en="Why this value is trusted much or little.",
    )  # fmt: skip


class SynthesisInputs(Inputs):
    parts: tuple[Part, ...] = field(
        Unit.none, "Giá trị theo từng phương pháp", "Values of the methods", min_length=1, max_length=12,
        help_vi="Mỗi phương pháp một dòng.", help_en="One line a method.",
        example=[
            {"name": "relief_from_royalty", "value": "12000000000", "weight": "0.6",
             "reason": "Dữ liệu doanh thu đáng tin cậy nhất."},
            {"name": "replacement_cost", "value": "10000000000", "weight": "0.4",
             "reason": "Chi phí có chứng từ nhưng không phản ánh lợi ích."},
        ],
    )  # fmt: skip
    spread_bound: Number = rate(
        "Chênh lệch cho phép", "Bound on the spread", default=Decimal("0.5"), le=10, example="0.5",
        help_vi="(Lớn nhất - nhỏ nhất) / trung bình; vượt mức này phải giải trình.",
        help_en="(Largest - smallest) / mean; beyond it an explanation is needed.",
    )  # fmt: skip
    explanation: str = field(
        Unit.none, "Giải trình chênh lệch", "Explanation of the spread", default="", max_length=4000,
        help_vi="Vì sao các phương pháp cho kết quả xa nhau.", help_en="Why the methods are far apart.",
    )  # fmt: skip


def synthesis(i: SynthesisInputs) -> Result:
    """Value in money: the weighted mean; `low` and `high` are the smallest and largest value that carries weight."""
    total = sum((p.weight for p in i.parts), Decimal(0))
    if total != 1:
        raise OutOfRange("parts", _WEIGHTS.format(total=f"{total.normalize():f}"))
    counted = [p.value for p in i.parts if p.weight]
    low, high = min(counted), max(counted)
    mean = sum(counted, Decimal(0)) / len(counted)
    if high > low and mean <= 0 and not i.explanation.strip():
        raise OutOfRange("explanation", _NO_MEAN)
    spread = (high - low) / mean if mean > 0 else Decimal(0)
    notes: tuple[Note, ...] = ()
    if spread > i.spread_bound or (high > low and mean <= 0):
        if not i.explanation.strip():
            found = {"spread": f"{spread * 100:.1f}", "bound": f"{i.spread_bound * 100:.1f}"}
            raise OutOfRange("explanation", _TOO_FAR_APART.format(**found))
        notes = (
            Note(
                code="spread_explained",
                vi=f"Chênh lệch giữa các phương pháp vượt mức cho phép; giải trình: {i.explanation.strip()}",
                en=f"The methods differ by more than the bound; explained: {i.explanation.strip()}",
            ),
        )
    rows = tuple((p.value, p.weight, p.value * p.weight) for p in i.parts)
    return Result(
        method="synthesis", unit=Unit.money, value=sum((r[2] for r in rows), Decimal(0)), low=low, high=high,
        figures=(
            Figure(key="spread", vi="Chênh lệch (lớn nhất - nhỏ nhất) / trung bình",
                   en="Spread (largest - smallest) / mean", unit=Unit.rate, value=spread),
            Figure(key="mean", vi="Trung bình không trọng số", en="Unweighted mean", unit=Unit.money, value=mean),
        ),
        schedules=(
            Schedule(
                key="parts", vi="Các phương pháp", en="Methods", rows=rows, labels=tuple(p.name for p in i.parts),
                columns=(
                    Column(key="value", vi="Giá trị", en="Value", unit=Unit.money),
                    Column(key="weight", vi="Trọng số", en="Weight", unit=Unit.rate),
                    Column(key="share", vi="Phần trong kết quả", en="Share of the result", unit=Unit.money),
                ),
            ),
        ),
        notes=notes,
    )  # fmt: skip


_WEIGHTS = Text(
    "Các trọng số cộng lại bằng {total}; phải bằng đúng 1.", "The weights add to {total}; they must add to exactly 1."
)
_TOO_FAR_APART = Text(
    "Các phương pháp chênh nhau {spread} % so với trung bình, mức cho phép là {bound} %."
    " Hãy xem lại các phương pháp, hoặc giải trình chênh lệch.",
    "The methods differ by {spread} % of their mean; the bound is {bound} %."
    " Look at the methods again, or explain the difference.",
)
_NO_MEAN = Text(
    "Trung bình của các phương pháp không dương nên không đo được chênh lệch. Hãy giải trình.",
    "The mean of the methods is not positive, so their spread cannot be measured. Explain the difference.",
)

METHODS: tuple[Method[Any], ...] = (
    Method(
        name="synthesis", approach=Approach.tool,
        vi="Thống nhất kết quả", en="Synthesis of values",
        about_vi="Gộp giá trị của nhiều phương pháp thành một, bằng trọng số có lý do.",
        about_en="Brings the values of several methods to one, by weights with reasons.",
        formula="V = Σ w_k·V_k,  Σ w_k = 1,  (max V - min V) / mean V <= bound",
        inputs=SynthesisInputs, function=synthesis,
        sources=(Source("TT 32/2024/TT-BTC"),),
    ),
)  # fmt: skip
