"""Refusals of the desk."""

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text


def reason_needed() -> Forbidden:
    return Forbidden(
        "message.reason_needed",
        Text(
            "Trao đổi là của các bên. Đơn vị vận hành chỉ mở khi nêu lý do; lần mở được ghi vào nhật ký.",
            "Messages belong to the parties. The operator opens them with a reason only, and each opening is logged.",
        ),
    )


def for_the_sides() -> Forbidden:
    return Forbidden(
        "desk.for_the_sides",
        Text(
            "Phần này dành cho hai bên và người môi giới của họ.",
            "This part is for the two sides and their brokers.",
        ),
    )


def deal_closed() -> Conflict:
    return Conflict(
        "desk.deal_closed",
        Text(
            "Giao dịch đã dừng nên không gửi thêm được. Bạn vẫn đọc được những gì đã trao đổi.",
            "The deal is closed: nothing more can be sent. What was said stays readable.",
        ),
    )


def empty_message() -> Invalid:
    return Invalid(
        fields={"body": Text("Hãy viết lời nhắn hoặc chọn ít nhất một tệp.", "Write a message or choose a file.")}
    )


def too_many_files(limit: int) -> Invalid:
    return Invalid(fields={"files": Text(f"Mỗi lời nhắn gửi tối đa {limit} tệp.", f"At most {limit} files a message.")})


def too_late_to_retract(minutes: int) -> Conflict:
    return Conflict(
        "message.too_late",
        Text(
            f"Chỉ thu hồi được trong {minutes} phút sau khi gửi. Hãy gửi một lời nhắn đính chính.",
            f"A message can be retracted within {minutes} minutes of sending. Send a correction instead.",
        ),
    )


def not_your_message() -> Forbidden:
    return Forbidden(
        "message.not_yours",
        Text("Chỉ người gửi thu hồi được lời nhắn.", "Only its sender may retract a message."),
    )


def not_a_colleague() -> Invalid:
    return Invalid(
        fields={
            "assignee_id": Text(
                "Hãy chọn một người của tổ chức bạn, không phải người chỉ xem.",
                "Choose somebody of your organisation who is more than a viewer.",
            )
        }
    )


def choose_a_colleague() -> Invalid:
    return Invalid(
        fields={
            "person_id": Text(
                "Hãy chọn một đồng nghiệp của tổ chức bạn, không phải người chỉ xem.",
                "Choose a colleague of your organisation who is more than a viewer.",
            )
        }
    )


def handed_over_meanwhile() -> Conflict:
    return Conflict(
        "desk.handed_over_meanwhile",
        Text(
            "Người phụ trách vừa được đổi. Hãy tải lại trang để xem ai đang phụ trách.",
            "The handler has just been changed. Reload the page to see who it is now.",
        ),
    )


def not_your_organisations_task() -> Forbidden:
    return Forbidden(
        "task.not_yours",
        Text("Chỉ tổ chức đã tạo việc mới sửa hoặc bỏ được.", "Only the organisation that added it may change it."),
    )


def not_your_note() -> Forbidden:
    return Forbidden(
        "note.not_yours", Text("Chỉ người viết sửa hoặc xóa được ghi chú.", "Only its writer may change a note.")
    )


def no_organisation() -> Forbidden:
    return Forbidden(
        "desk.no_organisation",
        Text(
            "Bạn cần thuộc một tổ chức để có lịch giao dịch. Hãy tạo hoặc nhận lời mời vào tổ chức của bạn.",
            "You need an organisation to have a calendar of deals. Create one or accept an invitation.",
        ),
    )


def unknown_stage() -> Invalid:
    return Invalid(
        fields={
            "status": Text(
                "Không có giai đoạn này. Hãy chọn một giai đoạn của giao dịch.",
                "There is no such stage. Choose one of the stages of a deal.",
            )
        }
    )
