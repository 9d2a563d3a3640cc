"""Refusals of disclosure."""

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text


def wrong_name() -> Invalid:
    text = Text(
        "Chưa đúng họ tên của tài khoản đang đăng nhập. Hãy gõ đủ họ tên, có dấu.",
        "This is not the full name of the account that is signed in. Type it in full, with its accents.",
    )
    return Invalid("nda.wrong_name", fields={"typed_name": text})


def other_text() -> Conflict:
    return Conflict(
        "nda.other_text",
        Text(
            "Văn bản đã thay đổi sau khi bạn mở trang. Hãy tải lại và đọc bản mới trước khi ký.",
            "The text has changed since you opened the page. Reload and read the new one before you sign.",
        ),
    )


def in_force_already() -> Conflict:
    return Conflict(
        "nda.in_force_already",
        Text(
            "Thỏa thuận bảo mật của hồ sơ này đang có hiệu lực. Muốn dùng văn bản khác, hãy chấm dứt bản này trước.",
            "An agreement is in force for this deal. To use another text, terminate this one first.",
        ),
    )


def not_in_force() -> Conflict:
    return Conflict(
        "nda.not_in_force",
        Text(
            "Chưa có thỏa thuận bảo mật có hiệu lực giữa hai bên, nên chưa ký tuân thủ được.",
            "No agreement between the parties is in force yet, so it cannot be adhered to.",
        ),
    )


def deal_closed() -> Conflict:
    return Conflict(
        "disclosure.deal_closed",
        Text("Giao dịch đã dừng nên phòng dữ liệu đã khép lại.", "The deal is closed, and its room with it."),
    )


def no_template() -> Invalid:
    text = Text("Hãy chọn một mẫu đang dùng.", "Choose a template that is in use.")
    return Invalid("nda.no_template", fields={"kind": text})


def bad_places(field: str, missing: list[str], unknown: list[str]) -> Invalid:
    text = Text(
        f"Chỗ điền còn thiếu: {', '.join(missing) or 'không'}; không hiểu: {', '.join(unknown) or 'không'}.",
        f"Places missing: {', '.join(missing) or 'none'}; not understood: {', '.join(unknown) or 'none'}.",
    )
    return Invalid("nda_template.places", fields={field: text})


def shut(why: str) -> Forbidden:
    """Why something in the room does not open; `why` is one of policy.WHY."""
    return Forbidden(f"room.{why}", REFUSALS[why])


REFUSALS = {
    "role": Text(
        "Vai trò người xem không mở được tài liệu mật. Hãy nhờ quản lý đổi vai trò hoặc giao hồ sơ này cho bạn.",
        "A viewer cannot open confidential papers. Ask a manager to change your role or hand you the deal.",
    ),
    "no_part": Text(
        "Chỉ những bên tham gia giao dịch mới mở được nội dung trong phòng dữ liệu.",
        "Only those who take part in the deal open what lies in the room.",
    ),
    "no_nda": Text(
        "Chưa có thỏa thuận bảo mật có hiệu lực. Hai bên cần ký trước khi xem.",
        "No non-disclosure agreement is in force. Both parties sign first.",
    ),
    "not_signed": Text(
        "Tổ chức của bạn chưa ký tuân thủ thỏa thuận bảo mật này. Hãy ký trước khi xem.",
        "Your organisation has not adhered to this agreement. Sign first.",
    ),
    "not_granted": Text(
        "Bên chào bán chưa mở phần này cho hồ sơ của bạn, hoặc đã thu hồi, hoặc đã hết hạn xem.",
        "The owner has not opened this to your deal, has revoked it, or the time to look has passed.",
    ),
    "closed": Text("Giao dịch đã dừng nên phòng dữ liệu đã khép lại.", "The deal is closed, and its room with it."),
    "removed": Text("Tài liệu này đã được gỡ khỏi phòng.", "This document was taken out of the room."),
    "not_inspecting": Text(
        "Đơn vị vận hành chỉ xem nội dung sau khi ghi lý do kiểm tra; lý do được báo cho bên chào bán.",
        "The operator looks at content only after giving a reason, which the owner is told.",
    ),
}


def cannot_show() -> Conflict:
    return Conflict(
        "room.cannot_show",
        Text(
            "Loại tệp này không xem được trên trang. Nếu bên chào bán cho tải, hãy tải về.",
            "This kind of file cannot be shown on the page. Download it when the owner allows that.",
        ),
    )


def no_download() -> Forbidden:
    return Forbidden(
        "room.no_download",
        Text(
            "Tài liệu này chỉ xem trên trang, không cho tải về.", "This document is for viewing only, not to download."
        ),
    )


def bad_file(vi: str, en: str) -> Invalid:
    return Invalid("room.bad_file", fields={"file": Text(vi, en)})


def only_original() -> Invalid:
    text = Text(
        "Tệp văn phòng chỉ có thể không cho tải, hoặc cho tải bản gốc.",
        "An office file can only be kept from download, or downloaded as it is.",
    )
    return Invalid("room.only_original", fields={"download": text})


def one_thing() -> Invalid:
    text = Text("Hãy chọn một giai đoạn hoặc một tài liệu.", "Choose a stage or a document.")
    return Invalid("room.one_thing", fields={"stage": text})


def past_date() -> Invalid:
    return Invalid(
        "room.past_date", fields={"until": Text("Ngày hết hạn phải sau hôm nay.", "The date must lie ahead.")}
    )


def granted_already() -> Conflict:
    return Conflict(
        "room.granted_already",
        Text(
            "Phần này đang mở cho hồ sơ đó. Muốn đổi hạn, hãy thu hồi rồi mở lại.",
            "This is open to that deal already. To change the date, revoke it and open it again.",
        ),
    )


def full(most: int) -> Conflict:
    return Conflict(
        "room.full", Text(f"Phòng đã có {most} tài liệu.", f"The room holds {most} documents, the most it can.")
    )


def betrays() -> Invalid:
    text = Text(
        "Câu hỏi hoặc câu trả lời nêu tên bên hỏi hoặc cách liên hệ. Hãy bỏ đi trước khi công bố.",
        "The question or the answer names who asked, or a way to reach them. Take it out before publishing.",
    )
    return Invalid("room_question.betrays", fields={"question": text})
