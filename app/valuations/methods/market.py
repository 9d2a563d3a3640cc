"""The market approach: comparables (phương pháp so sánh), each brought to the asset by adjustments of a named kind.

Fewer comparables than the minimum give no value ("không đủ mẫu") rather than a weak one. Caps and the minimum are the
exchange's assumptions until the limits of TT 32/2024/TT-BTC have been read; all can be changed with reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.kit.text import Text
from app.valuations.methods.base import (
    MOST,
    Approach,
    Column,
    Inputs,
    Method,
    Note,
    Number,
    OutOfRange,
    Result,
    Schedule,
    Unit,
    field,
    money,
    rate,
)  # fmt: skip
from app.valuations.methods.flows import MONEY, NUMBER, ONE, RATE, TT32, TT37, ZERO, Whole, column, figure

MINIMUM = 3


class Kind(StrEnum):
    """In what a comparable differs from the asset."""

    rights = "rights"
    territory = "territory"
    field = "field"
    remaining_life = "remaining_life"
    trl = "trl"
    date = "date"
    terms = "terms"


KINDS: dict[Kind, tuple[str, str]] = {
    Kind.rights: ("Quyền chuyển giao", "Rights"),
    Kind.territory: ("Lãnh thổ", "Territory"),
    Kind.field: ("Lĩnh vực sử dụng", "Field of use"),
    Kind.remaining_life: ("Thời hạn còn lại", "Remaining life"),
    Kind.trl: ("Mức sẵn sàng", "Readiness"),
    Kind.date: ("Thời điểm giao dịch", "Date"),
    Kind.terms: ("Điều kiện thanh toán", "Terms of payment"),
}


class AdjustmentForm(StrEnum):
    """How adjustments act on a price: one factor after another, or as amounts added."""

    multiplicative = "multiplicative"
    additive = "additive"


class Adjustment(Inputs):
    """One adjustment of a comparable's price towards the asset."""

    kind: Kind = field(
        Unit.none, "Loại điều chỉnh", "Kind", example="rights",
        help_vi="Quyền, lãnh thổ, lĩnh vực, thời hạn còn lại, TRL, thời điểm hay điều kiện thanh toán.",
        help_en="Rights, territory, field, remaining life, TRL, date or terms of payment.",
    )  # fmt: skip
    amount: Number = field(
        Unit.number, "Mức điều chỉnh", "Amount", ge=-MOST, le=MOST, example="-0.1",
        help_vi="Khi nhân: phần của một, lớn hơn −1 (−0,1 là giảm 10 %). Khi cộng: số tiền. Dương nếu tài sản định giá "
        "tốt hơn tài sản so sánh.",
        help_en="Multiplied: a fraction of one, above −1 (−0.1 takes off 10 %). Added: an amount of money. Positive "
        "where "
        "the asset is better than the comparable.",
    )  # fmt: skip
    reason: str = field(
        Unit.none, "Lý do", "Reason", default="", max_length=500, example="Hợp đồng so sánh là độc quyền",
        help_vi="Vì sao điều chỉnh như vậy.", help_en="Why it is adjusted so.",
    )  # fmt: skip


class Comparable(Inputs):
    """A deal in a like asset: its price, how it differs, and how much it counts."""

    name: str = field(
        Unit.none, "Tài sản so sánh", "Comparable", min_length=1, max_length=200, example="Hợp đồng A",
        help_vi="Tên hoặc mã của giao dịch.", help_en="Name or code of the deal.",
    )  # fmt: skip
    price: Number = money(
        "Giá giao dịch", "Price", gt=0, example="2000000000",
        help_vi="Giá đã trả, lớn hơn 0.", help_en="The price paid, above 0.",
    )  # fmt: skip
    adjustments: tuple[Adjustment, ...] = field(
        Unit.none, "Các điều chỉnh", "Adjustments", default=(), max_length=len(KINDS),
        help_vi="Mỗi loại nhiều nhất một lần.", help_en="Each kind once at most.",
    )  # fmt: skip
    weight: Number | None = field(
        Unit.factor, "Trọng số", "Weight", default=None, ge=0, le=1000,
        help_vi="Mức ảnh hưởng đến kết quả; tự quy về tổng bằng 1. Nhập cho mọi tài sản so sánh hoặc bỏ trống cả.",
        help_en="How much it counts; brought to a sum of 1. Give it for all comparables or for none.",
    )  # fmt: skip
    weight_reason: str = field(
        Unit.none, "Lý do trọng số", "Reason for the weight", default="", max_length=500,
        help_vi="Bắt buộc khi nhập trọng số.", help_en="Needed with a weight.",
    )  # fmt: skip


_EXAMPLE = [
    {"name": "Hợp đồng A", "price": "2000000000", "adjustments": [{"kind": "rights", "amount": "-0.1"}]},
    {"name": "Hợp đồng B", "price": "1700000000", "adjustments": [{"kind": "trl", "amount": "0.15"}]},
    {"name": "Hợp đồng C", "price": "1900000000", "adjustments": [{"kind": "date", "amount": "0.04"}]},
]


class ComparablesInputs(Inputs):
    """The comparables and the rules they are judged by."""

    comparables: tuple[Comparable, ...] = field(
        Unit.none, "Tài sản so sánh", "Comparables", max_length=50, example=_EXAMPLE,
        help_vi="Mỗi giao dịch một dòng. Ít hơn số tối thiểu thì không cho ra giá trị (không đủ mẫu).",
        help_en="One line a deal. Fewer than the minimum give no value (too few).",
    )  # fmt: skip
    form: AdjustmentForm = field(
        Unit.none, "Cách điều chỉnh", "Form of adjustments", default=AdjustmentForm.multiplicative,
        help_vi="Nhân lần lượt (multiplicative) hoặc cộng số tiền (additive).",
        help_en="One factor after another (multiplicative) or amounts added (additive).",
    )  # fmt: skip
    cap_each: Number = rate(
        "Giới hạn một điều chỉnh", "Cap on one adjustment", default=Decimal("0.5"), gt=0, le=5,
        help_vi="Phần của giá: tài sản so sánh có một điều chỉnh vượt mức này bị loại. Mặc định 0,5 là giả định của "
        "sàn.",
        help_en="A part of the price: a comparable with one adjustment above it is set aside. 0.5 is our assumption.",
    )  # fmt: skip
    cap_total: Number = rate(
        "Giới hạn tổng điều chỉnh", "Cap on all adjustments", default=ONE, gt=0, le=10,
        help_vi="Tổng độ lớn các điều chỉnh, phần của giá; vượt thì bị loại. Mặc định 1 là giả định của sàn.",
        help_en="Sum of their sizes as a part of the price; above it a comparable is set aside. 1 is our assumption.",
    )  # fmt: skip
    minimum: Whole = field(
        Unit.number, "Số tài sản so sánh tối thiểu", "Minimum number", default=MINIMUM, ge=2, le=50,
        help_vi="Mặc định 3; đặt 2 phải nêu lý do.", help_en="3 unless told; 2 needs a reason.",
    )  # fmt: skip
    minimum_reason: str = field(
        Unit.none, "Lý do dùng ít hơn 3", "Reason for fewer than 3", default="", max_length=500,
        help_vi="Vì sao chỉ tìm được hai giao dịch tương tự.", help_en="Why only two like deals could be found.",
    )  # fmt: skip


def _sizes(comparable: Comparable, form: AdjustmentForm) -> dict[Kind, Decimal]:
    """Each adjustment as a part of the price."""
    by = ONE if form is AdjustmentForm.multiplicative else comparable.price
    return {a.kind: a.amount / by for a in comparable.adjustments}


def _adjusted(i: int, comparable: Comparable, form: AdjustmentForm) -> Decimal:
    """P·Π(1+a_k), or P + Σ Δ_k. OutOfRange where a kind comes twice or the price would not stay above 0."""
    where, seen, price = f"comparables.{i}.adjustments", set(), comparable.price
    for k, adjustment in enumerate(comparable.adjustments):
        if adjustment.kind in seen:
            raise OutOfRange(f"{where}.{k}.kind", _TWICE)
        seen.add(adjustment.kind)
        if form is AdjustmentForm.additive:
            price += adjustment.amount
        elif adjustment.amount <= -1 or adjustment.amount > 10:
            raise OutOfRange(f"{where}.{k}.amount", _FRACTION)
        else:
            price *= ONE + adjustment.amount
    if price <= 0:
        raise OutOfRange(where, _ABOVE_ZERO.format(price=comparable.price))
    return price


_TWICE = Text("Mỗi loại điều chỉnh chỉ được dùng một lần.", "Each kind of adjustment may be used once.")
_FRACTION = Text(
    "Khi điều chỉnh theo cách nhân, mức điều chỉnh là phần của một, lớn hơn −1 và không quá 10.",
    "Where adjustments multiply, the amount is a fraction of one, above −1 and not above 10.",
)
_ABOVE_ZERO = Text(
    "Tổng các điều chỉnh phải lớn hơn −{price} để giá sau điều chỉnh vẫn lớn hơn 0.",
    "Adjustments together must be above −{price}, so that the adjusted price stays above 0.",
)
_ALL_WEIGHTS = Text(
    "Nhập trọng số (0 đến 1000) cho mọi tài sản so sánh, hoặc bỏ trống cả.",
    "Give a weight (0 to 1000) for every comparable, or for none.",
)
_REASON = Text("Trọng số cần có lý do.", "A weight needs its reason.")
_NO_WEIGHT = Text(
    "Trong các tài sản so sánh được dùng phải có ít nhất một trọng số lớn hơn 0.",
    "Among the comparables used at least one weight must be above 0.",
)
_MINIMUM = Text("Dùng ít hơn 3 tài sản so sánh phải nêu lý do.", "Fewer than 3 comparables need a reason.")


def _weights(inputs: ComparablesInputs, used: Sequence[int]) -> list[Decimal]:
    """Weights of all comparables as given (1 where none are), 0 where set aside."""
    given = [c.weight is not None for c in inputs.comparables]
    if any(given) and not all(given):
        raise OutOfRange(f"comparables.{given.index(False)}.weight", _ALL_WEIGHTS)
    for i, comparable in enumerate(inputs.comparables):
        if comparable.weight is not None and not comparable.weight_reason.strip():
            raise OutOfRange(f"comparables.{i}.weight_reason", _REASON)
    raw = [(ONE if c.weight is None else c.weight) if i in used else ZERO for i, c in enumerate(inputs.comparables)]
    total = sum(raw, ZERO)
    if used and total == 0:
        raise OutOfRange(f"comparables.{used[0]}.weight", _NO_WEIGHT)
    return raw


def _median(values: Sequence[Decimal]) -> Decimal:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _table(
    inputs: ComparablesInputs, prices: Sequence[Decimal], weights: Sequence[Decimal], used: Sequence[int]
) -> Schedule:
    """One row a comparable: price, an adjustment of each kind, adjusted price, whether used, weight."""
    unit = RATE if inputs.form is AdjustmentForm.multiplicative else MONEY
    columns: list[Column] = [column("price", "Giá giao dịch", "Price")]
    columns += [column(kind.value, vi, en, unit) for kind, (vi, en) in KINDS.items()]
    columns += [
        column("adjusted", "Giá sau điều chỉnh", "Adjusted price"), column("used", "Được dùng", "Used", NUMBER),
        column("weight", "Trọng số", "Weight", RATE),
    ]  # fmt: skip
    rows = []
    for i, comparable in enumerate(inputs.comparables):
        amounts = {a.kind: a.amount for a in comparable.adjustments}
        adjustments = (amounts.get(kind) for kind in KINDS)
        rows.append((comparable.price, *adjustments, prices[i], Decimal(i in used), weights[i]))
    return Schedule(
        key="comparables", vi="Bảng điều chỉnh", en="Adjustments", columns=tuple(columns), rows=tuple(rows),
        labels=tuple(c.name for c in inputs.comparables),
    )  # fmt: skip


def _notes(inputs: ComparablesInputs, aside: Sequence[int], used: Sequence[int]) -> list[Note]:
    notes = []
    if aside:
        names = ", ".join(inputs.comparables[i].name for i in aside)
        notes.append(
            Note(
                code="set_aside", vi=f"Bị loại vì điều chỉnh vượt giới hạn: {names}.",
                en=f"Set aside, since adjustments go beyond a cap: {names}.",
            )
        )  # fmt: skip
    if len(used) < inputs.minimum:
        notes.append(
            Note(
                code="too_few", vi=f"Không đủ mẫu: có {len(used)} tài sản so sánh dùng được, cần ít nhất "
                f"{inputs.minimum}.",
                en=f"Too few: {len(used)} comparables can be used, at least {inputs.minimum} are needed.",
            )
        )  # fmt: skip
    elif inputs.comparables[0].weight is None:
        notes.append(
            Note(
                code="assumption_equal_weights", vi="Giả định: các tài sản so sánh có trọng số bằng nhau; nên thay "
                "bằng trọng số có "
                "lý do.",
                en="Assumption: comparables weigh the same; reasoned weights should take their place.",
            )
        )  # fmt: skip
    if inputs.minimum < MINIMUM:
        notes.append(
            Note(
                code="minimum_lowered", vi=f"Chấp nhận {inputs.minimum} tài sản so sánh: "
                f"{inputs.minimum_reason.strip()}",
                en=f"{inputs.minimum} comparables are accepted: {inputs.minimum_reason.strip()}",
            )
        )  # fmt: skip
    return notes


def comparables(inputs: ComparablesInputs) -> Result:
    """V = Σ w_c·P_c', P_c' = P_c·Π(1+a_k) or P_c + Σ Δ_k; weights add up to 1. Money in and out. A comparable beyond a
    cap is set aside; fewer left than `minimum` give no value and `enough` False. `low` and `high` are the least and the
    greatest adjusted price used. Figures `count`, `used`, and with a value `mean`, `median`, `low`, `high`, `spread`
    (range over value), `value`."""
    if inputs.minimum < MINIMUM and not inputs.minimum_reason.strip():
        raise OutOfRange("minimum_reason", _MINIMUM)
    prices = [_adjusted(i, c, inputs.form) for i, c in enumerate(inputs.comparables)]
    used: list[int] = []
    aside: list[int] = []
    for i, comparable in enumerate(inputs.comparables):
        sizes = [abs(s) for s in _sizes(comparable, inputs.form).values()]
        beyond = max(sizes, default=ZERO) > inputs.cap_each or sum(sizes, ZERO) > inputs.cap_total
        (aside if beyond else used).append(i)
    raw, notes = _weights(inputs, used), _notes(inputs, aside, used)
    total = sum(raw, ZERO)
    weights = [w / total if total else ZERO for w in raw]
    counted = [
        figure("count", "Số tài sản so sánh", "Comparables", NUMBER, Decimal(len(prices))),
        figure("used", "Số được dùng", "Comparables used", NUMBER, Decimal(len(used))),
    ]
    schedules = (_table(inputs, prices, weights, used),)
    if len(used) < inputs.minimum:
        return Result(
            method="comparables", unit=MONEY, value=None, enough=False, figures=tuple(counted), schedules=schedules,
            notes=tuple(notes),
        )  # fmt: skip
    kept = [prices[i] for i in used]
    low, high = min(kept), max(kept)
    # Divided once, at the end: prices that agree give exactly that price.
    value = sum((w * p for w, p in zip(raw, prices, strict=True)), ZERO) / total
    counted += [
        figure("mean", "Bình quân", "Mean", MONEY, sum(kept, ZERO) / len(kept)),
        figure("median", "Trung vị", "Median", MONEY, _median(kept)), figure("low", "Thấp nhất", "Lowest", MONEY, low),
        figure("high", "Cao nhất", "Highest", MONEY, high),
        figure("spread", "Độ phân tán", "Spread", RATE, (high - low) / value),
        figure("value", "Giá trị", "Value", MONEY, value),
    ]  # fmt: skip
    return Result(
        method="comparables", unit=MONEY, value=value, low=low, high=high, figures=tuple(counted), schedules=schedules,
        notes=tuple(notes),
    )  # fmt: skip


METHODS: tuple[Method[Any], ...] = (
    Method(
        name="comparables", approach=Approach.market, vi="Phương pháp so sánh", en="Market comparables",
        about_vi="Giá của các giao dịch tương tự, điều chỉnh theo từng điểm khác nhau và cân theo trọng số có lý do.",
        about_en="Prices of like deals, adjusted for each difference and weighed with reasons.",
        formula="P_c' = P_c·Π(1+a_k) or P_c + Σ Δ_k; V = Σ w_c·P_c', Σ w_c = 1",
        inputs=ComparablesInputs, function=comparables, sources=(TT32, TT37),
    ),
)  # fmt: skip
