"""Refusals of deals."""

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text


def own_listing() -> Forbidden:
    return Forbidden(
        "deal.own_listing",
        Text(
            "Đây là công nghệ của chính tổ chức bạn, nên không thể gửi quan tâm.",
            "This is your own organisation's technology; you cannot be its buyer.",
        ),
    )


def no_organisation() -> Forbidden:
    return Forbidden(
        "deal.no_organisation",
        Text(
            "Bạn cần thuộc một tổ chức để giao dịch. Hãy tạo hoặc nhận lời mời vào tổ chức của bạn.",
            "You need an organisation to deal. Create one or accept an invitation.",
        ),
    )


def other_side_confirms() -> Forbidden:
    return Forbidden(
        "deal.other_side_confirms",
        Text(
            "Bên kia phải xác nhận hợp đồng mà bạn đã báo.",
            "The other party confirms the contract you reported.",
        ),
    )


def already_reported() -> Conflict:
    return Conflict(
        "deal.already_reported",
        Text(
            "Hợp đồng đã được báo và đang chờ bên kia xác nhận.",
            "A contract is reported already, awaiting the other side.",
        ),
    )


def already_reversed() -> Conflict:
    return Conflict(
        "deal.already_reversed",
        Text("Bút toán này đã được đảo.", "This entry has been reversed already."),
    )


def future_date() -> Invalid:
    return Invalid(fields={"signed_on": Text("Ngày ký không thể ở tương lai.", "The date lies in the future.")})


def not_a_pdf() -> Invalid:
    return Invalid(fields={"file": Text("Hợp đồng phải là tệp PDF.", "The contract must be a PDF file.")})


def takes_part_already() -> Conflict:
    return Conflict(
        "deal.takes_part_already",
        Text(
            "Tổ chức này đã tham gia giao dịch. Mỗi tổ chức chỉ tham gia với một vai trò.",
            "This organisation takes part in the deal already; each takes part in one capacity only.",
        ),
    )


def no_colleague() -> Invalid:
    return Invalid(
        fields={
            "person_id": Text(
                "Hãy chọn một người trong tổ chức của bạn có quyền làm việc (không phải người xem).",
                "Choose a person of your organisation who may work (not a viewer).",
            )
        }
    )
