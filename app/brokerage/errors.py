"""Refusals of brokerage."""

from __future__ import annotations

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text
from app.reference import Rule


def not_a_party() -> Forbidden:
    return Forbidden(
        "mandate.not_a_party",
        Text(
            "Hợp đồng ủy nhiệm phải có tổ chức của bạn ở một bên.",
            "Your own organisation is one of the two parties of a mandate.",
        ),
    )


def no_brokerage_service() -> Conflict:
    return Conflict(
        "mandate.no_brokerage_service",
        Text(
            "Tổ chức này hiện không có dịch vụ môi giới còn hiệu lực trong danh bạ trung gian. Hãy kiểm tra giấy phép"
            " và dịch vụ của tổ chức đó.",
            "This organisation offers no valid brokerage service in the registry today. Look at its licences and"
            " services.",
        ),
    )


def same_organisation() -> Invalid:
    text = Text(
        "Bên ủy nhiệm và bên môi giới phải là hai tổ chức khác nhau.", "Client and broker are two organisations."
    )
    return Invalid("mandate.same_organisation", fields={"party": text})


def unknown_organisation() -> Invalid:
    text = Text(
        "Không tìm thấy tổ chức. Hãy nhập tên như trong danh bạ, hoặc mã số thuế.",
        "No such organisation. Type its name as in the directory, or its tax code.",
    )
    return Invalid("brokerage.unknown_organisation", fields={"party": text})


def several_organisations(names: str) -> Invalid:
    text = Text("Có nhiều tổ chức trùng: {names}. Hãy nhập đủ tên.", "Several match: {names}. Type the whole name.")
    return Invalid("brokerage.several_organisations", fields={"party": text.format(names=names)})


def not_the_clients(names: str) -> Invalid:
    text = Text(
        "Không phải của bên ủy nhiệm, hoặc không còn trên sàn: {names}.", "Not the client's, or not shown: {names}."
    )
    return Invalid("mandate.not_the_clients", fields={"scope.subjects": text.format(names=names)})


def not_in_split() -> Invalid:
    text = Text("Bên môi giới phải có phần trong thù lao.", "The mandated broker must have a share.")
    return Invalid("mandate.not_in_split", fields={"commission.split": text})


def over_the_cap(rule: Rule, percent: str, value: str, listing: str) -> Invalid:
    """`value`: a contract value at which the commission would be more than the cap, written out."""
    return Invalid(
        "mandate.over_the_cap",
        fields={
            "commission": Text(
                f"“{listing}” tạo ra bằng ngân sách nhà nước: theo {rule.document}, thù lao môi giới không quá"
                f" {percent} % giá trị, mà cách tính này vượt mức đó khi hợp đồng trị giá {value}. Hãy giảm tỷ lệ, bỏ"
                " mức tối thiểu, khoản cố định và phí duy trì."
                + ("" if rule.checked else " (Quy định này chưa được đối chiếu với văn bản chính thức.)"),
                f"“{listing}” was made with state money: by {rule.document} the broker gets at most {percent} % of the"
                f" value, which this commission exceeds at a contract of {value}. Lower the percentage, leave out"
                " minimum, fixed sum and retainer."
                + ("" if rule.checked else " (This rule has not been compared with the official text.)"),
            )
        },
    )


def changed_meanwhile() -> Conflict:
    return Conflict(
        "mandate.changed_meanwhile",
        Text(
            "Bản bạn đọc không còn là bản mới nhất. Hãy đọc bản mới rồi ký.",
            "What you read is no longer the newest version. Read the new one, then sign.",
        ),
    )


def already_signed() -> Conflict:
    return Conflict(
        "mandate.already_signed",
        Text("Tổ chức của bạn đã ký bản này; đang chờ bên kia.", "Your side has signed; the other one is awaited."),
    )


def exclusivity(reference: str, until: str) -> Conflict:
    return Conflict(
        "mandate.exclusivity",
        Text(
            f"Không thể bắt đầu hiệu lực: trùng phạm vi và thời gian với hợp đồng ủy nhiệm {reference} (đến {until}),"
            " mà một trong hai là độc quyền. Hãy đổi phạm vi, thời hạn hoặc bỏ độc quyền.",
            f"It cannot begin: it overlaps in scope and time with mandate {reference} (until {until}), and one of the"
            " two is exclusive. Change scope or term, or give up exclusivity.",
        ),
    )


def starts_in_the_past() -> Invalid:
    text = Text("Thời hạn đã qua. Hãy chọn ngày kết thúc từ hôm nay.", "The term is over. Choose a later end.")
    return Invalid("mandate.term_over", fields={"ends_on": text})


def notice_given() -> Conflict:
    return Conflict(
        "mandate.notice_given",
        Text("Đã có thông báo chấm dứt cho hợp đồng này.", "Notice has been given on this mandate."),
    )


def ending_asked() -> Conflict:
    return Conflict(
        "mandate.ending_asked",
        Text("Tổ chức bạn đã đề nghị chấm dứt; đang chờ bên kia.", "You have asked to end it; the other is awaited."),
    )


def not_asked() -> Conflict:
    return Conflict(
        "mandate.ending_not_asked",
        Text("Bên kia chưa đề nghị chấm dứt.", "The other side has not asked to end it."),
    )


def not_mandated() -> Conflict:
    return Conflict(
        "introduction.not_mandated",
        Text(
            "Bạn không có hợp đồng ủy nhiệm đang hiệu lực bao gồm mục này.",
            "You have no active mandate that covers this.",
        ),
    )


def not_on_the_market() -> Conflict:
    return Conflict(
        "introduction.not_on_the_market",
        Text("Mục này hiện không nhận giao dịch.", "This takes no deals at present."),
    )


def counterparty_is_party() -> Invalid:
    text = Text(
        "Bên được giới thiệu phải khác bên ủy nhiệm và bên môi giới.",
        "Neither the client nor the broker is introduced.",
    )
    return Invalid("introduction.counterparty", fields={"party": text})


def already_introduced() -> Conflict:
    return Conflict(
        "introduction.already_introduced",
        Text("Bạn đã niêm phong lời giới thiệu này rồi.", "You have sealed this introduction already."),
    )


def nothing_to_claim() -> Conflict:
    return Conflict(
        "claim.nothing_to_claim",
        Text(
            "Không có gì để khiếu nại: lời giới thiệu của bạn đang giữ quyền ghi công.",
            "There is nothing to claim: your introduction holds by the record.",
        ),
    )


def already_claimed() -> Conflict:
    return Conflict(
        "claim.already_claimed",
        Text("Lời giới thiệu này đã có khiếu nại.", "There is a claim on this introduction already."),
    )


def answered() -> Conflict:
    return Conflict("claim.answered", Text("Bạn đã trả lời khiếu nại này.", "You have answered this claim."))


def no_file() -> Invalid:
    return Invalid("claim.no_file", fields={"files": Text("Hãy chọn ít nhất một tệp.", "Choose at least one file.")})


def too_many_files(limit: int) -> Invalid:
    text = Text(f"Mỗi lần gửi tối đa {limit} tệp.", f"At most {limit} files at a time.")
    return Invalid("claim.too_many_files", fields={"files": text})


def too_many_files_in_all(limit: int) -> Invalid:
    text = Text(
        f"Mỗi bên đưa tối đa {limit} tệp cho một khiếu nại. Hãy gộp các tệp lại.",
        f"Each side gives at most {limit} files on a claim. Put several into one.",
    )
    return Invalid("claim.too_many_files_in_all", fields={"files": text})


def decided_already() -> Conflict:
    return Conflict(
        "claim.decided_already",
        Text(
            "Chỉ thêm chứng cứ được khi khiếu nại đang chờ quyết định hoặc đang phúc xét.",
            "Evidence is taken only while the claim awaits a decision or is under appeal.",
        ),
    )


def another_person() -> Forbidden:
    return Forbidden(
        "claim.another_person",
        Text(
            "Người đã ra quyết định đầu không được phúc xét. Cần một người khác của đơn vị vận hành.",
            "Whoever took the first decision does not decide the appeal. Another person of the operator does.",
        ),
    )


def appeal_too_late(days: int) -> Conflict:
    return Conflict(
        "claim.appeal_too_late",
        Text(f"Đã quá {days} ngày để đề nghị phúc xét.", f"The {days} days for an appeal are over."),
    )


def not_our_broker() -> Conflict:
    return Conflict(
        "deal.not_our_broker",
        Text(
            "Tổ chức này không có hợp đồng ủy nhiệm đang hiệu lực với bạn cho giao dịch này.",
            "This organisation has no active mandate of yours that covers this deal.",
        ),
    )
