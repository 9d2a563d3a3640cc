"""Refusals of proposals."""

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text


def own_need() -> Forbidden:
    return Forbidden(
        "proposal.own_need",
        Text("Đây là nhu cầu của chính tổ chức bạn.", "This is your own organisation's need."),
    )


def already_sent() -> Conflict:
    return Conflict(
        "proposal.already_sent",
        Text(
            "Công nghệ này đã được đề xuất cho nhu cầu và đang được xét.",
            "This technology has been proposed already and is being weighed.",
        ),
    )


def not_own_listing() -> Invalid:
    text = Text("Hãy chọn một công nghệ đang đăng của tổ chức bạn.", "Choose a published technology of your own.")
    return Invalid("proposal.not_own_listing", fields={"listing_id": text})


def unanswered(fields: list[str]) -> Invalid:
    text = Text("Hãy nói đề xuất đáp ứng điều này thế nào.", "Say how the proposal meets this.")
    return Invalid("proposal.unanswered", fields=dict.fromkeys(fields, text))


def betrays(fields: set[str]) -> Invalid:
    text = Text(
        "Phần này nêu tên tổ chức hoặc cách liên hệ, trong khi bạn chọn giấu tên. Hãy bỏ đi.",
        "This part names your organisation or a way to reach it, while you chose to be sealed. Take it out.",
    )
    return Invalid("proposal.betrays", fields=dict.fromkeys(sorted(fields), text))


def needs_consent() -> Conflict:
    return Conflict(
        "proposal.needs_consent",
        Text(
            "Bên đề xuất chưa đồng ý mở danh tính nên chưa chọn được. Hãy đồng ý trước để họ trả lời.",
            "The proposer has not agreed to open names yet, so it cannot be chosen. Agree first, so that they answer.",
        ),
    )


def no_listing() -> Conflict:
    return Conflict(
        "proposal.no_listing",
        Text(
            "Hồ sơ giao dịch cần một công nghệ đã đăng. Bên đề xuất hãy đăng công nghệ rồi gắn vào đề xuất.",
            "A deal needs a published technology. The proposer lists it and attaches it to the proposal.",
        ),
    )


def still_sealed() -> Conflict:
    return Conflict(
        "proposal.still_sealed",
        Text(
            "Gắn công nghệ đã đăng sẽ lộ tên bạn. Hãy chờ hai bên cùng đồng ý mở danh tính.",
            "Attaching a published technology would tell your name. Wait until both sides have agreed to open names.",
        ),
    )
