"""Refusals of offers."""

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


def rights_taken() -> Conflict:
    return Conflict(
        "offer.rights_taken",
        Text(
            "Quyền này vừa được thỏa thuận với bên khác nên không thể đồng ý nữa.",
            "These rights have just been agreed with someone else.",
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
