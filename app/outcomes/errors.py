"""Refusals of outcomes."""

from app.kit.errors import Conflict, Invalid
from app.kit.text import Text


def nothing_asked() -> Conflict:
    return Conflict(
        "outcome.nothing_asked",
        Text(
            "Hiện không có câu hỏi nào chờ tổ chức bạn trả lời về giao dịch này.",
            "No question about this deal waits for your organisation now.",
        ),
    )


def not_an_option() -> Invalid:
    text = Text("Hãy chọn một câu trả lời trong danh sách.", "Choose one of the listed answers.")
    return Invalid("outcome.not_an_option", fields={"kind": text})
