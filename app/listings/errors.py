"""Refusals of listings."""

from app.kit.errors import Conflict, Invalid
from app.kit.text import Text


def incomplete(fields: dict[str, Text]) -> Invalid:
    text = Text(
        "Chưa gửi duyệt được: còn thiếu các mục dưới đây. Bản nháp của bạn vẫn được giữ.",
        "Not ready for review: the fields below are missing. Your draft is kept.",
    )
    return Invalid("listing.incomplete", text, fields=fields)


def not_editable() -> Conflict:
    return Conflict(
        "listing.not_editable",
        Text(
            "Hồ sơ đang chờ duyệt hoặc đã khóa. Hãy rút về bản nháp trước khi sửa.",
            "The listing is in review or closed. Take it back to a draft before editing.",
        ),
    )


def changed_meanwhile() -> Conflict:
    return Conflict(
        "listing.changed_meanwhile",
        Text(
            "Người khác vừa sửa hồ sơ này. Hãy tải lại trang để không ghi đè lên phần họ viết.",
            "Somebody else has just changed this listing. Reload so that their words are not lost.",
        ),
    )


def below_gate(total: int) -> Invalid:
    return Invalid(
        "listing.below_gate",
        Text(
            f"Chưa đạt ngưỡng đăng: tổng {total}/20 điểm (cần từ 10, không mục nào 0). Hãy yêu cầu sửa.",
            f"Below the gate: {total} of 20 points (10 needed, none of them 0). Ask for changes instead.",
        ),
    )


def banned() -> Invalid:
    return Invalid(
        "listing.banned",
        Text(
            "Công nghệ thuộc danh mục cấm chuyển giao nên không được đăng.",
            "The technology is on the list of banned ones and may not be listed.",
        ),
        fields={"screening": Text("Thuộc danh mục cấm.", "On the banned list.")},
    )


def lapsed() -> Invalid:
    text = Text(
        "Quyền đã hết hiệu lực không chào bán được. Hãy cập nhật hoặc bỏ quyền này.",
        "A lapsed right cannot be offered. Update or remove it.",
    )
    return Invalid("listing.lapsed_right", fields={"rights": text})


def right_lapsed() -> Conflict:
    """To a buyer, who has no field to mend."""
    return Conflict(
        "listing.right_lapsed",
        Text(
            "Một quyền của công nghệ này đã hết hiệu lực nên chưa nhận đề nghị. Bên chào bán cần cập nhật hồ sơ.",
            "A right of this technology has lapsed, so it takes no offers until its owner updates the listing.",
        ),
    )


def bad_file(vi: str, en: str) -> Invalid:
    return Invalid("listing.bad_file", fields={"file": Text(vi, en)})


def not_offered() -> Conflict:
    return Conflict(
        "listing.not_offered",
        Text(
            "Công nghệ này hiện không nhận đề nghị (đã giữ chỗ, tạm dừng hoặc đã chuyển giao).",
            "This technology takes no offers now (reserved, suspended or transferred).",
        ),
    )
