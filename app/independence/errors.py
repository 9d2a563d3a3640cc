"""Refusals of the independence firewall. The sentence names the tie by its kind, never its figures or its people."""

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text


def related(words: Text) -> Conflict:
    return Conflict(
        "independence.related",
        Text(
            f"Không thể tham gia giao dịch này: tổ chức {words.vi}. Hãy chọn một tổ chức độc lập.",
            f"Cannot take part in this deal: the organisation {words.en}. Choose an independent one.",
        ),
    )


def undecided(words: Text) -> Conflict:
    return Conflict(
        "independence.undecided",
        Text(
            f"Chưa thể tham gia: tổ chức có thể {words.vi}. Đơn vị vận hành đang xem xét, hãy thử lại khi có kết quả.",
            f"Not yet: it is possible that the organisation {words.en}. The operator decides; try again afterwards.",
        ),
    )


def needs_consent(words: Text) -> Conflict:
    return Conflict(
        "independence.needs_consent",
        Text(
            f"Tổ chức {words.vi}. Hai bên cần đồng ý bằng văn bản ở trang Tính độc lập của hồ sơ trước khi tham gia.",
            f"The organisation {words.en}. Both parties must first consent in writing, on the deal's page of"
            " independence.",
        ),
    )


def certain_tie() -> Conflict:
    return Conflict(
        "independence.certain",
        Text(
            "Quan hệ này đã được khai hoặc đã chắc chắn nên không thể bỏ qua. Hãy xác định có xung đột, hoặc chờ khai "
            "báo được kết thúc.",
            "This tie is declared or certain and cannot be cleared. Uphold it, or wait until the declaration ends.",
        ),
    )


def who_leaves() -> Invalid:
    text = Text(
        "Hãy chọn một tổ chức không phải bên chào bán hay bên mua.",
        "Choose an organisation that is neither the seller nor the buyer.",
    )
    return Invalid("independence.who_leaves", fields={"org_id": text})


def not_the_manager() -> Forbidden:
    return Forbidden(
        "independence.not_the_manager",
        Text(
            "Chủ tài khoản hoặc người quản lý khai cho tổ chức; bạn vẫn khai được cho chính mình.",
            "An owner or manager declares for the organisation; you may still declare for yourself.",
        ),
    )


def already_ended() -> Conflict:
    return Conflict(
        "independence.already_ended", Text("Khai báo này đã kết thúc.", "This declaration has ended already.")
    )


def unknown_organisation(found: list[str]) -> Invalid:
    names = "; ".join(found)
    text = Text(
        f"Có nhiều tổ chức gần giống: {names}. Hãy gõ đúng một tên hoặc mã số thuế.",
        f"Several organisations are near: {names}. Type one name exactly, or its tax code.",
    )
    return Invalid("independence.unknown_organisation", fields={"other": text})


def own_organisation() -> Invalid:
    text = Text("Đây là chính tổ chức của bạn.", "This is your own organisation.")
    return Invalid("independence.own_organisation", fields={"other": text})


def not_a_member() -> Invalid:
    text = Text("Người này không thuộc tổ chức của bạn.", "This person is not of your organisation.")
    return Invalid("independence.not_a_member", fields={"member_id": text})


def unknown_subject(field: str) -> Invalid:
    text = Text("Không tìm thấy, hoặc bạn không có quyền xem.", "Not found, or you may not see it.")
    return Invalid("independence.unknown_subject", fields={field: text})


def deal_closed() -> Conflict:
    return Conflict(
        "independence.deal_closed",
        Text("Giao dịch đã dừng nên không thể thêm bên tham gia.", "The deal is closed; nobody can join it."),
    )
