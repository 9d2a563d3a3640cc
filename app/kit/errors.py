"""Refusals: each has a stable code, a sentence in both languages that says how to mend it, and a status.

Order of checks in every verb: visible? (NotFound) -> permitted? (Forbidden) -> possible now? (Conflict).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from app.kit.text import Text


class DomainError(Exception):
    status: ClassVar[int] = 400
    code: str = "bad_request"
    text: Text = Text("Yêu cầu không hợp lệ.", "The request is not valid.")

    def __init__(
        self,
        code: str | None = None,
        text: Text | None = None,
        *,
        fields: Mapping[str, Text] | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.code = code or type(self).code
        self.text = text or type(self).text
        self.fields: dict[str, Text] = dict(fields or {})
        self.retry_after = retry_after
        super().__init__(f"{self.code}: {self.text.en}")


class Unauthenticated(DomainError):
    status = 401
    code = "sign_in_required"
    text = Text("Bạn cần đăng nhập để làm việc này.", "Sign in to do this.")


class Forbidden(DomainError):
    status = 403
    code = "forbidden"
    text = Text(
        "Vai trò hiện tại của bạn không được làm việc này. Hãy nhờ người quản lý tổ chức của bạn.",
        "Your current role may not do this. Ask a manager of your organisation.",
    )


class NotFound(DomainError):
    status = 404
    code = "not_found"
    text = Text(
        "Không tìm thấy nội dung này, hoặc bạn không có quyền xem.",
        "This does not exist, or you may not see it.",
    )


class Conflict(DomainError):
    status = 409
    code = "conflict"
    text = Text(
        "Tình trạng đã thay đổi nên không thực hiện được. Hãy tải lại trang để xem tình trạng mới.",
        "The situation has changed. Reload the page to see where it stands.",
    )


class TooLarge(DomainError):
    status = 413
    code = "too_large"
    text = Text("Dữ liệu gửi lên quá lớn.", "What you sent is too large.")


class Invalid(DomainError):
    status = 422
    code = "invalid"
    text = Text(
        "Một số mục chưa đúng. Hãy sửa các mục được đánh dấu rồi gửi lại.",
        "Some fields need attention. Mend the marked ones and send again.",
    )


class TooMany(DomainError):
    status = 429
    code = "too_many_requests"
    text = Text(
        "Bạn thao tác quá nhanh. Hãy thử lại sau ít phút.",
        "Too many requests. Try again in a few minutes.",
    )


class Unavailable(DomainError):
    status = 503
    code = "unavailable"
    text = Text("Dịch vụ tạm thời gián đoạn. Hãy thử lại sau.", "Temporarily unavailable. Try again later.")


class BilingualError(ValueError):
    """A validator's refusal in both languages; `field` overrides where it is shown (dotted name)."""

    def __init__(self, vi: str, en: str, field: str | None = None) -> None:
        super().__init__(en)
        self.text = Text(vi, en)
        self.field = field
