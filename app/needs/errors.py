"""Refusals of needs."""

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text


def incomplete(fields: dict[str, Text]) -> Invalid:
    text = Text(
        "Chưa gửi duyệt được: còn thiếu các mục dưới đây. Bản nháp của bạn vẫn được giữ.",
        "Not ready for review: the fields below are missing. Your draft is kept.",
    )
    return Invalid("need.incomplete", text, fields=fields)


def betrays(fields: set[str]) -> Invalid:
    text = Text(
        "Phần này nêu tên tổ chức hoặc cách liên hệ, nên nhu cầu không còn ẩn danh. Hãy bỏ đi, hoặc chuyển sang phần "
        "chỉ mở khi hai bên đồng ý.",
        "This part names your organisation or a way to reach it, so the need would not be anonymous. Take it out, or "
        "move it to the part opened by mutual consent.",
    )
    return Invalid("need.betrays", fields=dict.fromkeys(sorted(fields), text))


def not_editable() -> Conflict:
    return Conflict(
        "need.not_editable",
        Text(
            "Nhu cầu đang chờ duyệt hoặc đã khép lại. Hãy rút về bản nháp trước khi sửa.",
            "The need is in review or closed. Take it back to a draft before editing.",
        ),
    )


def fixed(fields: list[str]) -> Conflict:
    return Conflict(
        "need.fixed",
        Text(
            "Nhu cầu đã công bố nên đề bài và cách đo giữ nguyên cho mọi đề xuất. Nếu phải đổi, hãy rút nhu cầu rồi mở "
            f"lại bản nháp ({', '.join(fields)}).",
            "The need is published: the task and how it is measured stay the same for every proposal. Withdraw it and "
            f"reopen it as a draft if they must change ({', '.join(fields)}).",
        ),
    )


def changed_meanwhile() -> Conflict:
    return Conflict(
        "need.changed_meanwhile",
        Text(
            "Người khác vừa sửa nhu cầu này. Hãy tải lại trang để không ghi đè lên phần họ viết.",
            "Somebody else has just changed this need. Reload so that their words are not lost.",
        ),
    )


def agencies_only() -> Forbidden:
    return Forbidden(
        "need.agencies_only",
        Text(
            "Chỉ cơ quan nhà nước (sở, ngành, xã, phường) được đặt hàng công. Hãy chọn nhu cầu của tổ chức.",
            "Only a public agency may place a public order. Choose an organisation's need.",
        ),
    )


def orders_are_named() -> Invalid:
    text = Text("Đặt hàng công luôn nêu tên cơ quan đặt hàng.", "A public order always names its authority.")
    return Invalid("need.orders_are_named", fields={"blind": text})


def no_organisation() -> Forbidden:
    return Forbidden(
        "need.no_organisation",
        Text(
            "Bạn cần thuộc một tổ chức để nêu nhu cầu. Hãy tạo hoặc nhận lời mời vào tổ chức của bạn.",
            "You need an organisation to state a need. Create one or accept an invitation.",
        ),
    )


def deadline_past() -> Invalid:
    text = Text("Hạn nhận đề xuất phải sau hôm nay.", "The deadline must lie after today.")
    return Invalid("need.deadline_past", fields={"deadline": text})


def only_later() -> Invalid:
    text = Text("Chỉ có thể lùi hạn về sau, không rút ngắn.", "The deadline can only be moved to a later day.")
    return Invalid("need.only_later", fields={"deadline": text})


def expired() -> Conflict:
    return Conflict(
        "need.expired",
        Text("Nhu cầu này đã hết hạn nhận đề xuất.", "The deadline of this need has passed."),
    )


def not_open() -> Conflict:
    return Conflict(
        "need.not_open",
        Text("Nhu cầu này hiện không nhận đề xuất.", "This need takes no proposals now."),
    )
