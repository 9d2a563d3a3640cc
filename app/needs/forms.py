"""The guided form: which fields each step asks, and saving what is right of a step even when something is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from app.kit.errors import Invalid
from app.kit.text import Text
from app.needs import tiers
from app.needs.schemas import TIERED, Banned, Content, Criterion, Metric, Requirement, UpdateNeed
from app.web import forms


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    title: Text
    hint: Text
    fields: tuple[str, ...]


STEPS: dict[str, Step] = {
    s.key: s
    for s in (
        Step(
            "task",
            Text("Việc cần giải quyết", "The task"),
            Text(
                "Tên và tóm tắt là phần mọi người đọc; phần còn lại bạn chọn ai được xem ở bước cuối.",
                "Title and summary are what everyone reads; for the rest you choose readers in the last step.",
            ),
            ("title", "title_en", "summary", "summary_en", "kind", "ordering_authority", "programme", "field",
             "priority", "ipc", "keywords", "problem", "process", "tried"),
        ),
        Step(
            "measure",
            Text("Số đo và tiêu chí", "Figures and criteria"),
            Text(
                "Điều bắt buộc và tiêu chí nghiệm thu giữ nguyên từ khi công bố, để mọi đề xuất được đo như nhau.",
                "Must-haves and acceptance criteria stay fixed once published, so that all are measured alike.",
            ),
            ("metrics", "must_haves", "nice_to_haves", "banned", "criteria", "constraints"),
        ),
        Step(
            "terms",
            Text("Điều kiện", "Terms"),
            Text(
                "Nêu khoảng chấp nhận được; con số chính xác để dành cho đàm phán.",
                "Give the range you accept; exact figures can wait for the negotiation.",
            ),
            ("trl_min", "trl_max", "modes", "exclusivity", "rights_note", "budget_min", "budget_max", "payment",
             "payment_note", "deadline", "province", "pilot_site", "decision_maker"),
        ),
        Step(
            "privacy",
            Text("Ai được xem", "Who sees what"),
            Text(
                "Nhu cầu ẩn danh giấu tên bạn với mọi người trừ đơn vị vận hành, đến khi hai bên cùng đồng ý.",
                "A blind need seals your name from all but the operator, until you and a proposer both agree.",
            ),
            ("blind", "tiers"),
        ),
    )
}  # fmt: skip
ROWS: dict[str, type[BaseModel]] = {
    "metrics": Metric, "must_haves": Requirement, "nice_to_haves": Requirement, "banned": Banned,
    "criteria": Criterion,
}  # fmt: skip
LISTS = ("ipc", "keywords", "modes", "payment")
TIER_LABELS: dict[str, Text] = {
    "problem": Text("Vấn đề", "Problem"),
    "process": Text("Quy trình hiện tại", "Current process"),
    "metrics": Text("Chỉ số đo", "Figures"),
    "constraints": Text("Ràng buộc", "Constraints"),
    "tried": Text("Đã thử gì", "What was tried"),
    "nice_to_haves": Text("Điều mong muốn thêm", "Nice-to-haves"),
    "rights": Text("Hình thức và quyền", "Mode and rights"),
    "budget": Text("Ngân sách", "Budget"),
    "payment": Text("Cách thanh toán", "Payment"),
    "province": Text("Tỉnh, thành phố", "Province"),
    "pilot_site": Text("Nơi chạy thử", "Pilot site"),
    "decision_maker": Text("Người quyết định", "Decision maker"),
}
# What a suggestion is called.
FIELD_NAMES: dict[str, Text] = {
    "title": Text("Tên nhu cầu", "Title"),
    "summary": Text("Tóm tắt", "Summary"),
    "field": Text("Lĩnh vực khoa học", "Field of science"),
    "ipc": Text("Phân nhóm IPC", "IPC"),
    "metrics": Text("Chỉ số đo", "Figures"),
    "must_haves": Text("Điều bắt buộc", "Must-haves"),
    "trl_min": Text("TRL thấp nhất", "Lowest TRL"),
    "trl_max": Text("TRL cao nhất", "Highest TRL"),
    "modes": Text("Hình thức chuyển giao", "Modes"),
    "exclusivity": Text("Phạm vi quyền", "Exclusivity"),
    "budget_min": Text("Ngân sách từ", "Budget from"),
    "budget_max": Text("Ngân sách đến", "Budget up to"),
    "deadline": Text("Hạn nhận đề xuất", "Deadline"),
    "province": Text("Tỉnh, thành phố", "Province"),
}
assert set(TIER_LABELS) == set(TIERED)  # noqa: S101 - said at import
NO_TITLE = Text("Hãy đặt tên cho nhu cầu.", "Give the need a title.")


def _sent(name: str, data: Mapping[str, Any]) -> Any:
    """What a form says of a field, also when it says nothing."""
    value = data.get(name, [] if name in (*ROWS, *LISTS) else None)
    if name == "tiers":
        return value or {}
    if name == "blind":
        return bool(value)
    if name == "kind":
        return value or "enterprise"
    if name in ROWS:
        return [row for row in value if not _emptied(row)] if isinstance(value, list) else []
    return value


def accept(step: Step, data: Mapping[str, Any]) -> tuple[UpdateNeed, dict[str, Text]]:
    """The command of what is right in a step, and the errors of what is not.

    A field the form did not send (an empty list, an unticked box) is cleared: a step always speaks for all of its
    fields. A wrong field is left out, so that what was stored of it stays until it is mended."""
    given: dict[str, Any] = {}
    errors: dict[str, Text] = {}
    for name in step.fields:
        value = _sent(name, data)
        if name == "title" and not value:
            errors[name] = NO_TITLE
            continue
        try:
            built = forms.build(UpdateNeed, {name: value})
        except Invalid as error:
            errors |= error.fields
        else:
            given[name] = getattr(built, name)
    for low, high in (("trl_min", "trl_max"), ("budget_min", "budget_max")):
        if None not in (given.get(low), given.get(high)) and given[high] < given[low]:
            errors[high] = Text("Mức cao nhất phải từ mức thấp nhất trở lên.", "Upper end below lower.")
            del given[low], given[high]
    return UpdateNeed.model_validate(given), errors


def chosen_tiers(before: Content, command: UpdateNeed) -> UpdateNeed:
    """The command with the tiers its writer chose: what merely stood on the page is no choice, so that a need made
    blind takes the defaults of blind needs."""
    if "tiers" not in command.model_fields_set:
        return command
    kept = dict(before.tiers)
    kept |= {n: t for n, t in command.tiers.items() if t is not tiers.tier_of(before.tiers, before.blind, n)}
    return command.model_copy(update={"tiers": kept})


def _emptied(row: Any) -> bool:
    return isinstance(row, dict) and all(v in ("", None) for k, v in row.items() if k not in ("kind", "better"))


def values_of(content: Content) -> dict[str, Any]:
    """What the form shows of stored content: plain values, lists as text where one line holds them."""
    data = content.model_dump(mode="json")
    data["ipc"] = ", ".join(content.ipc)
    data["keywords"] = ", ".join(content.keywords)
    for name in ("must_haves", "nice_to_haves", "banned"):
        for row in data[name]:
            row["keywords"] = ", ".join(row["keywords"])
    return data


def merged(content: Content, typed: Mapping[str, Any] | None, step: Step) -> dict[str, Any]:
    """Stored values with what was just typed on top, so that a refused form shows the person's own words."""
    values = values_of(content)
    if typed is not None:
        for name in step.fields:
            if name in ROWS:
                values[name] = _whole_rows(name, typed.get(name))
            elif name in typed:
                values[name] = typed[name]
            elif name in LISTS:
                values[name] = []
    return values


def _whole_rows(name: str, typed: Any) -> list[dict[str, Any]]:
    """Typed rows with every field of their kind, so that the page may ask for any of them."""
    rows = typed if isinstance(typed, list) else []
    blank = dict.fromkeys(ROWS[name].model_fields)
    return [blank | row for row in rows if isinstance(row, dict)]
