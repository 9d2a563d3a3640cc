"""Decision trees: chances and choices in the order of time, valued from the ends backwards.

At a chance the branches are weighted by their probabilities, at a decision the branch of the highest value is taken. A
published tree is often given by its ends alone: then `leaves` holds each end's value and probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as made_of
from decimal import Decimal
from enum import StrEnum
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

MOST_NODES = 500
DEEPEST = 20


class Kind(StrEnum):
    """What happens at a node: `chance` decides for us, `decision` is ours, `end` is the end of a path."""

    chance = "chance"
    decision = "decision"
    end = "end"


class Node(Inputs):
    name: str = field(Unit.none, "Tên", "Name", default="", max_length=120, example="Thử nghiệm")
    kind: Kind = field(
        Unit.none, "Loại nút", "Kind of node", default=Kind.end, example="chance",
        help_vi="chance: may rủi; decision: lựa chọn của ta; end: kết thúc.",
        help_en="chance: decided for us; decision: ours; end: the path ends.",
    )  # fmt: skip
    amount: Number = money(
        "Tiền tại nút", "Money at the node", least=-MOST, default=Decimal(0), example="-70",
        help_vi="Thu (dương) hoặc chi (âm) khi đến nút này.",
        help_en="What is received (positive) or paid (negative) on reaching this node.",
    )  # fmt: skip
    year: Number = field(
        Unit.years, "Sau số năm", "After years", default=Decimal(0), ge=0, le=100,
        help_vi="Số năm kể từ ngày định giá.", help_en="Years from the value date.",
    )  # fmt: skip
    probability: Number | None = rate(
        "Xác suất", "Probability", default=None,
        help_vi="Chỉ cho nhánh của nút may rủi; các nhánh cộng lại bằng 1.",
        help_en="For branches of a chance node only; the branches add to 1.",
    )  # fmt: skip
    branches: tuple[Node, ...] = field(
        Unit.none, "Các nhánh", "Branches", default=(), max_length=50,
        help_vi="Những gì có thể tiếp theo.", help_en="What may come next.",
    )  # fmt: skip


class Leaf(Inputs):
    name: str = field(Unit.none, "Tên", "Name", default="", max_length=120, example="Thành công")
    value: Number = money(
        "Giá trị", "Value", least=-MOST, example="680",
        help_vi="Giá trị hiện tại của cả đường đi, đã trừ chi phí.",
        help_en="The present value of the whole path, costs taken off.",
    )  # fmt: skip
    probability: Number = rate(
        "Xác suất", "Probability", example="0.05",
        help_vi="Xác suất của cả đường đi; các kết cục cộng lại bằng 1.",
        help_en="The probability of the whole path; the ends add to 1.",
    )  # fmt: skip


class TreeInputs(Inputs):
    discount_rate: Number = rate(
        "Tỷ suất chiết khấu", "Discount rate", default=Decimal(0), example="0.1",
        help_vi="Cho tiền ở các nút có năm; bỏ trống khi các giá trị đã là giá trị hiện tại.",
        help_en="For money at nodes that have a year; leave it out when values are present values already.",
    )  # fmt: skip
    root: Node | None = field(
        Unit.none, "Nút gốc", "Root", default=None,
        help_vi="Cây lồng nhau: mỗi nút giữ các nhánh của nó. Nhập nút gốc hoặc danh sách kết cục, không cả hai.",
        help_en="A nested tree: each node holds its branches. Give the root or the list of ends, not both.",
        example={
            "name": "Đầu tư?", "kind": "decision", "branches": [
                {"name": "Phát triển", "kind": "chance", "amount": "-3000000000", "branches": [
                    {"name": "Thành công", "probability": "0.4", "amount": "12000000000", "year": "2"},
                    {"name": "Thất bại", "probability": "0.6", "amount": "0", "year": "2"},
                ]},
                {"name": "Không đầu tư", "kind": "end", "amount": "0"},
            ],
        },
    )  # fmt: skip
    leaves: tuple[Leaf, ...] = field(
        Unit.none, "Danh sách kết cục", "List of ends", default=(), max_length=MOST_NODES,
        help_vi="Cây đã rút gọn: giá trị và xác suất của từng kết cục.",
        help_en="A tree already rolled out: value and probability of each end.",
    )  # fmt: skip


@dataclass(slots=True)
class _Valued:
    """A node rolled back: its value today, and the ends it leads to under the choices made."""

    value: Decimal
    ends: list[tuple[str, Decimal, Decimal]]  # name, value of the path from here, probability from here
    choices: list[tuple[str, str, Decimal]] = made_of(default_factory=list)  # decision, branch taken, value


def decision_tree(i: TreeInputs) -> Result:
    """Value in money: the expected value under the best choices; the ends reached under them with their chances."""
    if (i.root is None) == (not i.leaves):
        raise OutOfRange("root", _ONE_OF_TWO)
    if i.root is None:
        total = sum((leaf.probability for leaf in i.leaves), Decimal(0))
        if total != 1:
            raise OutOfRange("leaves", _PROBABILITIES.format(total=f"{total.normalize():f}"))
        ends = [(leaf.name, leaf.value, leaf.probability) for leaf in i.leaves]
        found = _Valued(sum((v * p for _, v, p in ends), Decimal(0)), ends)
    else:
        if i.root.probability is not None:
            raise OutOfRange("root.probability", _NO_PROBABILITY)
        if _count(i.root) > MOST_NODES:
            raise OutOfRange("root", _TOO_MANY.format(most=MOST_NODES))
        found = _roll_back(i.root, "root", 1 + i.discount_rate, Decimal(0), 1)
    spread = sum((p * (v - found.value) ** 2 for _, v, p in found.ends), Decimal(0))
    loss = sum((p for _, v, p in found.ends if v < 0), Decimal(0))
    named = all(not name for name, _, _ in found.ends)
    return Result(
        method="decision_tree", unit=Unit.money, value=found.value,
        low=min(v for _, v, p in found.ends if p), high=max(v for _, v, p in found.ends if p),
        figures=(
            Figure(key="probability_sum", vi="Tổng xác suất của các kết cục", en="Probabilities of the ends added",
                   unit=Unit.rate, value=sum((p for _, _, p in found.ends), Decimal(0))),
            Figure(key="probability_of_loss", vi="Xác suất lỗ", en="Chance of a loss", unit=Unit.rate, value=loss),
            Figure(key="standard_deviation", vi="Độ lệch chuẩn", en="Standard deviation", unit=Unit.money,
                   value=spread.sqrt()),
        ),
        schedules=(
            Schedule(
                key="ends", vi="Các kết cục theo lựa chọn tốt nhất", en="Ends under the best choices",
                columns=(
                    Column(key="value", vi="Giá trị", en="Value", unit=Unit.money),
                    Column(key="probability", vi="Xác suất", en="Probability", unit=Unit.rate),
                    Column(key="share", vi="Phần trong kỳ vọng", en="Share of the expectation", unit=Unit.money),
                ),
                rows=tuple((v, p, v * p) for _, v, p in found.ends),
                labels=() if named else tuple(name for name, _, _ in found.ends),
            ),
            *(
                (Schedule(
                    key="choices", vi="Nhánh được chọn", en="Branches chosen",
                    columns=(Column(key="value", vi="Giá trị", en="Value", unit=Unit.money),),
                    rows=tuple((v,) for _, _, v in found.choices),
                    labels=tuple(f"{at} → {taken}" for at, taken, _ in found.choices),
                ),) if found.choices else ()
            ),
        ),
        notes=(_CHOICES,) if found.choices else (),
    )  # fmt: skip


def _count(node: Node) -> int:
    return 1 + sum(_count(b) for b in node.branches)


def _roll_back(node: Node, path: str, growth: Decimal, since: Decimal, depth: int) -> _Valued:
    if depth > DEEPEST:
        raise OutOfRange(path, _TOO_DEEP.format(most=DEEPEST))
    if node.year < since:
        raise OutOfRange(f"{path}.year", _BACKWARDS.format(least=f"{since:f}"))
    here = node.amount / growth**node.year
    _check_branches(node, path)
    if node.kind is Kind.end:
        return _Valued(here, [(node.name, here, Decimal(1))])
    below = [_roll_back(b, f"{path}.branches.{n}", growth, node.year, depth + 1) for n, b in enumerate(node.branches)]
    if node.kind is Kind.decision:
        at = max(range(len(below)), key=lambda n: below[n].value)  # the first of equals
        taken = below[at]
        choice = (node.name or path, node.branches[at].name or f"{at + 1}", here + taken.value)
        return _Valued(here + taken.value, _shifted(taken, here, node, Decimal(1)), [choice, *taken.choices])
    weights = [b.probability or Decimal(0) for b in node.branches]
    if (total := sum(weights, Decimal(0))) != 1:
        raise OutOfRange(f"{path}.branches", _PROBABILITIES.format(total=f"{total.normalize():f}"))
    made = _Valued(here, [])
    for weight, branch in zip(weights, below, strict=True):
        made.value += weight * branch.value
        made.ends += _shifted(branch, here, node, weight)
        made.choices += branch.choices
    return made


def _check_branches(node: Node, path: str) -> None:
    if (node.kind is Kind.end) == bool(node.branches):
        raise OutOfRange(f"{path}.branches", _END if node.branches else _NO_BRANCHES)
    chance = node.kind is Kind.chance
    for n, branch in enumerate(node.branches):
        if (branch.probability is not None) != chance:
            raise OutOfRange(f"{path}.branches.{n}.probability", _NEEDS if chance else _NO_PROBABILITY)


def _shifted(below: _Valued, here: Decimal, node: Node, weight: Decimal) -> list[tuple[str, Decimal, Decimal]]:
    before = f"{node.name} → " if node.name else ""
    return [(f"{before}{name}", here + value, weight * p) for name, value, p in below.ends]


_ONE_OF_TWO = Text(
    "Hãy nhập cây (root) hoặc danh sách kết cục (leaves), đúng một trong hai.",
    "Give a tree (root) or a list of ends (leaves), exactly one of the two.",
)
_PROBABILITIES = Text(
    "Các xác suất cộng lại bằng {total}; phải bằng đúng 1.",
    "The probabilities add to {total}; they must add to exactly 1.",
)
_NEEDS = Text("Nhánh của nút may rủi cần xác suất.", "A branch of a chance node needs a probability.")
_NO_PROBABILITY = Text(
    "Chỉ nhánh của nút may rủi mới có xác suất.", "Only a branch of a chance node has a probability."
)
_END = Text("Nút kết thúc không có nhánh.", "An end has no branches.")
_NO_BRANCHES = Text("Nút này cần ít nhất một nhánh.", "This node needs at least one branch.")
_TOO_MANY = Text("Cây có quá nhiều nút; tối đa {most}.", "The tree has too many nodes; at most {most}.")
_TOO_DEEP = Text("Cây quá sâu; tối đa {most} tầng.", "The tree is too deep; at most {most} levels.")
_BACKWARDS = Text(
    "Nút không thể đến trước nút đứng trên nó: hãy nhập từ {least} trở lên.",
    "A node cannot come before the one above it: give {least} or more.",
)
_CHOICES = Note(
    code="best_choices",
    vi="Tại mỗi nút lựa chọn, nhánh có giá trị kỳ vọng cao nhất được chọn.",
    en="At each decision the branch of the highest expected value is taken.",
)

METHODS: tuple[Method[Any], ...] = (
    Method(
        name="decision_tree", approach=Approach.option,
        vi="Cây quyết định", en="Decision tree",
        about_vi="Cho công nghệ mà giá trị phụ thuộc vào may rủi và lựa chọn nối tiếp nhau.",
        about_en="For technology whose value depends on chances and choices that follow one another.",
        formula="V(chance) = Σ p_k·V_k;  V(decision) = max V_k;  money at year t divided by (1+r)^t",
        inputs=TreeInputs, function=decision_tree,
        sources=(Source("Raiffa, Decision Analysis (1968)"),),
    ),
)  # fmt: skip
