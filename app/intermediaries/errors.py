"""Refusals of profiles, licences and ratings."""

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text


def no_organisation() -> Forbidden:
    return Forbidden(
        "provider.no_organisation",
        Text(
            "Bạn cần thuộc một tổ chức để lập hồ sơ. Hãy tạo hoặc nhận lời mời vào tổ chức của bạn.",
            "You need an organisation to make a profile. Create one or accept an invitation.",
        ),
    )


def not_eligible() -> Conflict:
    return Conflict(
        "provider.not_eligible",
        Text(
            "Chỉ tổ chức trung gian hoặc tổ chức đã xác minh được vào danh bạ. Hãy đề nghị đơn vị vận hành xác minh.",
            "Only intermediaries and verified organisations are listed. Ask the operator to verify yours.",
        ),
    )


def not_editable() -> Conflict:
    return Conflict(
        "provider.not_editable",
        Text(
            "Hồ sơ đang chờ duyệt hoặc bị tạm ngừng nên không sửa được. Nếu đang chờ duyệt, hãy rút về bản nháp.",
            "The profile is in review or suspended. If it is in review, take it back to a draft first.",
        ),
    )


def nothing_changed() -> Conflict:
    return Conflict(
        "provider.nothing_changed",
        Text(
            "Hồ sơ đã ở trong danh bạ và không có gì mới để duyệt.",
            "The profile is listed and nothing has changed since its review.",
        ),
    )


def incomplete(fields: dict[str, Text]) -> Invalid:
    return Invalid(
        "provider.incomplete",
        Text(
            "Chưa gửi duyệt được: hãy bổ sung các mục dưới đây. Bản nháp của bạn vẫn được giữ.",
            "Not ready for review: add what is named below. Your draft is kept.",
        ),
        fields=fields,
    )


def not_a_pdf() -> Invalid:
    return Invalid(fields={"file": Text("Giấy phép phải là tệp PDF.", "The licence must be a PDF file.")})


def too_large(megabytes: int) -> Invalid:
    return Invalid(
        fields={
            "file": Text(
                f"Tệp lớn hơn {megabytes} MB. Hãy quét ở độ phân giải thấp hơn.",
                f"The file is over {megabytes} MB. Scan it at a lower resolution.",
            )
        }
    )


def future_issue() -> Invalid:
    return Invalid(fields={"issued_on": Text("Ngày cấp không thể ở tương lai.", "It was issued in the future.")})


def over_already() -> Invalid:
    return Invalid(
        fields={
            "expires_on": Text(
                "Giấy phép đã hết hạn. Hãy khai giấy phép còn hiệu lực.",
                "It has expired already. Declare one that is in force.",
            )
        }
    )


def declared_already() -> Conflict:
    return Conflict(
        "licence.declared_already",
        Text(
            "Giấy phép có số này đã được khai. Hãy rút bản cũ trước khi khai lại.",
            "A licence with this number is declared already. Withdraw it before declaring it anew.",
        ),
    )


def expired_today() -> Conflict:
    return Conflict(
        "licence.expired",
        Text(
            "Giấy phép đã hết hạn nên không xác nhận được nữa.",
            "The licence has expired and can no longer be confirmed.",
        ),
    )


def not_to_rate() -> Forbidden:
    return Forbidden(
        "rating.not_yours",
        Text(
            "Chỉ các bên và tổ chức trung gian của giao dịch này đánh giá nhau.",
            "Only the parties and the intermediaries of this deal rate each other.",
        ),
    )


def too_early() -> Conflict:
    return Conflict(
        "rating.too_early",
        Text(
            "Đánh giá mở khi hợp đồng được hai bên xác nhận (bậc L2).",
            "Ratings open once both sides have confirmed the contract (level L2).",
        ),
    )


def rated_already() -> Conflict:
    return Conflict(
        "rating.sent_already",
        Text(
            "Tổ chức của bạn đã gửi đánh giá này; đã gửi thì không sửa được.",
            "Your organisation has sent this rating; what was sent is not changed.",
        ),
    )


def window_over() -> Conflict:
    return Conflict(
        "rating.window_over",
        Text(
            "Đã quá 14 ngày kể từ khi bên kia đánh giá; các đánh giá đã được công bố.",
            "Fourteen days have passed since the other side rated; the ratings are published.",
        ),
    )


def no_words() -> Conflict:
    return Conflict(
        "rating.no_words",
        Text("Đánh giá này chỉ có điểm, không có lời.", "This rating has marks only, no words."),
    )
