"""Refusals of offers."""

from collections.abc import Mapping
from datetime import date

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text


def not_your_turn() -> Conflict:
    return Conflict(
        "offer.not_your_turn",
        Text(
            "Đang đến lượt bên kia trả lời. Bạn có thể rút đề nghị của mình để gửi lại.",
            "It is the other side's turn. You may withdraw your offer and send another.",
        ),
    )


def own_offer() -> Forbidden:
    return Forbidden(
        "offer.own",
        Text("Bạn không thể trả lời đề nghị của chính mình.", "You cannot answer your own offer."),
    )


def not_own_offer() -> Forbidden:
    return Forbidden("offer.not_own", Text("Chỉ bên đã gửi mới rút được đề nghị.", "Only its sender may withdraw it."))


def expired() -> Conflict:
    return Conflict(
        "offer.expired",
        Text("Đề nghị đã hết hạn. Hãy gửi đề nghị mới.", "The offer has expired. Send a new one."),
    )


def rights_taken(what: Text) -> Conflict:
    """`what` names the places and fields that meet; never who holds them."""
    return Conflict(
        "offer.rights_taken",
        Text(
            f"Phần quyền này vừa được thỏa thuận với bên khác nên không thể đồng ý nữa: {what.vi}."
            " Hãy phản hồi với phạm vi khác hoặc quyền không trùng.",
            f"This part of the rights has just been agreed with someone else: {what.en}. Counter with another scope.",
        ),
    )


def locked(terms: Mapping[str, Text]) -> Invalid:
    """`terms`: names of agreed terms that the sheet changes without a reason -> their labels."""
    return Invalid(
        "offer.locked",
        fields={
            f"unlock.{term}": Text(
                f"“{label.vi}” đã thống nhất. Giữ nguyên, hoặc nêu lý do mở khóa (từ 5 ký tự).",
                f"“{label.en}” is agreed. Keep it, or say why it is opened again (5 characters or more).",
            )
            for term, label in terms.items()
        },
    )


def already_marked() -> Conflict:
    return Conflict(
        "offer.already_agreed",
        Text(
            "Các điều khoản này đã được đánh dấu thống nhất rồi.",
            "These terms are marked as agreed already.",
        ),
    )


def not_in_offer() -> Invalid:
    return Invalid(
        fields={
            "terms": Text(
                "Hãy chọn ít nhất một điều khoản có trong đề nghị.", "Choose at least one term that the offer states."
            )
        }
    )


def waits_for_approval() -> Conflict:
    return Conflict(
        "offer.waits_for_approval",
        Text(
            "Tổ chức bạn đang chờ duyệt nội bộ một việc trong hồ sơ này. Hãy duyệt xong hoặc rút yêu cầu đó trước.",
            "Something of yours in this deal waits for internal approval. Decide it or take the request back first.",
        ),
    )


def nothing_changed() -> Invalid:
    return Invalid(
        "offer.nothing_changed",
        Text(
            "Bạn chưa đổi điều khoản nào. Hãy sửa ít nhất một điều khoản, hoặc bấm “Đồng ý”.",
            "No term was changed. Change at least one, or accept.",
        ),
    )


def already_voted() -> Conflict:
    return Conflict(
        "approval.already_voted",
        Text("Bạn đã cho ý kiến về yêu cầu này.", "You have given your opinion on this request already."),
    )


def not_an_approver() -> Forbidden:
    return Forbidden(
        "approval.not_an_approver",
        Text(
            "Bạn không có tên trong danh sách duyệt của yêu cầu này.",
            "You are not among the approvers of this request.",
        ),
    )


def approval_expired() -> Conflict:
    return Conflict(
        "approval.expired",
        Text(
            "Yêu cầu duyệt đã hết hạn cùng đề nghị. Hãy gửi yêu cầu mới.",
            "The request expired with its offer. Ask again.",
        ),
    )


def unknown_approvers() -> Invalid:
    return Invalid(
        fields={
            "approvers": Text(
                "Người duyệt phải là chủ tài khoản hoặc quản lý của tổ chức bạn.",
                "Approvers must be owners or managers of your organisation.",
            )
        }
    )


def too_few_approvers() -> Invalid:
    return Invalid(
        fields={
            "needed": Text(
                "Số người phải duyệt không được lớn hơn số người trong danh sách.",
                "More approvals are needed than there are approvers.",
            )
        }
    )


def reason_wanted() -> Invalid:
    return Invalid(fields={"reason": Text("Hãy nêu lý do.", "Give the reason.")})


# --- memoranda ---


def memorandum_date() -> Invalid:
    return Invalid(
        fields={
            "expires_on": Text(
                "Ngày hết hiệu lực phải sau hôm nay và trong vòng ba năm.",
                "The end must lie after today and within three years.",
            )
        }
    )


def memorandum_until(after: date) -> Invalid:
    day = after.strftime("%d/%m/%Y")
    return Invalid(
        fields={
            "until": Text(f"Hãy chọn ngày mới, sau ngày {day}.", f"Choose the new date, after {day}."),
        }
    )


def signed_in_future() -> Invalid:
    return Invalid(fields={"signed_on": Text("Ngày ký không thể ở tương lai.", "The date lies in the future.")})


def not_a_pdf() -> Invalid:
    return Invalid(fields={"file": Text("Biên bản phải là tệp PDF.", "The memorandum must be a PDF file.")})


def memorandum_empty() -> Invalid:
    return Invalid(
        fields={
            "summary": Text(
                "Hãy ghi nội dung thỏa thuận (từ 20 ký tự) hoặc tải tệp đã ký; chưa có điều khoản thống nhất để lấy.",
                "Write what was agreed (20 characters or more) or upload the signed file; no terms are agreed yet.",
            )
        }
    )


def memorandum_lives() -> Conflict:
    return Conflict(
        "memorandum.lives",
        Text(
            "Giao dịch đã có một biên bản ghi nhớ chưa kết thúc. Hãy ghi kết quả của biên bản đó trước.",
            "The deal has a memorandum that is not over. Give its outcome first.",
        ),
    )


def deal_is_over() -> Conflict:
    return Conflict(
        "memorandum.deal_over",
        Text(
            "Giao dịch đã ký hợp đồng hoặc đã dừng, nên không ghi nhớ thêm.",
            "The deal has its contract or is closed; no memorandum is made any more.",
        ),
    )


def other_side_confirms() -> Forbidden:
    return Forbidden(
        "memorandum.other_side",
        Text("Bên kia xác nhận biên bản mà bạn đã gửi.", "The other side confirms what you proposed."),
    )


def not_own_memorandum() -> Forbidden:
    return Forbidden(
        "memorandum.not_own", Text("Chỉ bên đã gửi mới rút được biên bản.", "Only its proposer may take it back.")
    )
