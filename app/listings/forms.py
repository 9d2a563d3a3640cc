"""The guided form: which fields each step asks, and saving what is right of a step even when something is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from app.kit.errors import Invalid
from app.kit.text import Text
from app.listings.schemas import ComparisonRow, Content, OwnerShare, Right, SaleOffer, UpdateListing
from app.web import forms


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    title: Text
    hint: Text
    fields: tuple[str, ...]


def _both(*names: str) -> tuple[str, ...]:
    return tuple(f"{n}_{language}" for n in names for language in ("vi", "en"))


STEPS: dict[str, Step] = {
    s.key: s
    for s in (
        Step(
            "introduction",
            Text("Giới thiệu", "Introduction"),
            Text(
                "Người xem quyết định trong mười giây: nói rõ công nghệ làm gì, cho ai, tốt hơn ở đâu.",
                "A visitor decides in ten seconds: say what it does, for whom, and what is better.",
            ),
            (*_both("title", "summary"), "field", "priority", "ipc", "keywords", "province"),
        ),
        Step(
            "story",
            Text("Vấn đề và giải pháp", "Problem and solution"),
            Text(
                "Viết cho người sẽ dùng công nghệ, không phải cho người phản biện.",
                "Write for who will use it, not for a referee.",
            ),
            (*_both("problem", "solution", "advantages", "applications", "target_users"), "comparison"),
        ),
        Step(
            "readiness",
            Text("Mức sẵn sàng", "Readiness"),
            Text(
                "TRL 4 cần kết quả thử trong phòng thí nghiệm; TRL 6 cần mẫu thử chạy trong môi trường gần thực tế.",
                "TRL 4 needs laboratory results; TRL 6 a prototype run in a relevant environment.",
            ),
            ("trl", *_both("trl_evidence", "limits")),
        ),
        Step(
            "asset",
            Text("Sở hữu trí tuệ", "Intellectual property"),
            Text(
                "Tổng tỷ lệ của các chủ sở hữu phải bằng 100 %. Số đơn ghi đúng dạng của Cục SHTT, ví dụ 1-2024-01234.",
                "The owners' shares add up to 100 %. Numbers as the office writes them, e.g. 1-2024-01234.",
            ),
            ("rights", "owners", "funding", "task_code"),
        ),
        Step(
            "offer",
            Text("Phương án chào bán", "Ways to buy"),
            Text(
                "Một công nghệ có thể có nhiều phương án: chuyển nhượng, chuyển quyền sử dụng, dùng thử.",
                "One technology may be offered in several ways: assignment, licence, trial.",
            ),
            ("offers", *_both("cooperation", "confidential")),
        ),
        Step(
            "tiers",
            Text("Phạm vi xem", "Who sees what"),
            Text(
                "Tên, tóm tắt, lĩnh vực và TRL luôn công khai. Các phần khác bạn chọn ai được xem.",
                "Title, summary, field and TRL are always public. For the rest you choose.",
            ),
            ("tiers",),
        ),
        Step(
            "files",
            Text("Ảnh và tài liệu", "Images and documents"),
            Text(
                "Ảnh PNG, JPEG, WebP; tài liệu PDF, DOCX, XLSX, PPTX. Tệp được giữ nguyên từng byte.",
                "PNG, JPEG or WebP images; PDF, DOCX, XLSX or PPTX documents, kept byte for byte.",
            ),
            (),
        ),
    )
}
ROWS: dict[str, type[BaseModel]] = {
    "comparison": ComparisonRow,
    "rights": Right,
    "owners": OwnerShare,
    "offers": SaleOffer,
}
# Carried along unseen: a row in which nothing else stands was emptied by its writer.
CARRIED = {"metric_en", "alternative_en", "source_en", "field_of_use_en", "consented"}


NO_TITLE = Text("Hãy đặt tên công nghệ.", "Give the technology a title.")


def accept(step: Step, data: Mapping[str, Any]) -> tuple[UpdateListing, dict[str, Text]]:
    """The command of what is right in a step, and the errors of what is not.

    A field the form did not send (an empty list, an unticked box) is cleared: a step always speaks for all of its
    fields. A wrong field is left out, so that what was stored of it stays until it is mended."""
    given: dict[str, Any] = {}
    errors: dict[str, Text] = {}
    for name in step.fields:
        value = data.get(name, [] if name in (*ROWS, "ipc", "keywords") else None)
        if name == "tiers":
            value = value or {}
        if name in ROWS:
            value = [row for row in value if not _emptied(row)] if isinstance(value, list) else []
        if name == "title_vi" and not value:
            errors[name] = NO_TITLE
            continue
        try:
            built = forms.build(UpdateListing, {name: value})
        except Invalid as error:
            errors |= error.fields
        else:
            given[name] = getattr(built, name)
    return UpdateListing.model_validate(given), errors


def _emptied(row: Any) -> bool:
    return isinstance(row, dict) and all(v in ("", None) for k, v in row.items() if k not in CARRIED)


def values_of(content: Content) -> dict[str, Any]:
    """What the form shows of stored content: plain values, lists as text where one line holds them."""
    data = content.model_dump(mode="json")
    data["ipc"] = ", ".join(content.ipc)
    data["keywords"] = ", ".join(content.keywords)
    for offer in data["offers"]:
        offer["territory"] = ", ".join(offer["territory"])
    return data


def merged(content: Content, typed: Mapping[str, Any] | None, step: Step) -> dict[str, Any]:
    """Stored values with what was just typed on top, so that a refused form shows the person's own words."""
    values = values_of(content)
    if typed is not None:
        for name in step.fields:
            if name in typed:
                values[name] = _whole_rows(name, typed[name]) if name in ROWS else typed[name]
            elif name in ROWS:
                values[name] = []
    return values


def _whole_rows(name: str, typed: Any) -> list[dict[str, Any]]:
    """Typed rows with every field of their kind, so that the page may ask for any of them."""
    rows = typed if isinstance(typed, list) else []
    blank = dict.fromkeys(ROWS[name].model_fields)
    return [blank | row for row in rows if isinstance(row, dict)]
