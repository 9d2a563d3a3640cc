"""Refusals of profiles and campaigns."""

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text


def not_an_enterprise() -> Forbidden:
    return Forbidden(
        "profile.not_an_enterprise",
        Text(
            "Hồ sơ năng lực dành cho doanh nghiệp và hợp tác xã. Hãy đổi sang tổ chức phù hợp trong trang tài khoản.",
            "The profile is for companies and cooperatives. Switch to such an organisation on your account page.",
        ),
    )


def not_editable() -> Conflict:
    return Conflict(
        "profile.not_editable",
        Text(
            "Hồ sơ đã khai hoặc đã khóa. Nếu chưa khóa, hãy mở lại để sửa.",
            "The profile is declared or locked. Reopen it first, unless it is locked.",
        ),
    )


def incomplete(fields: dict[str, Text]) -> Invalid:
    return Invalid(
        "profile.incomplete",
        Text(
            "Chưa khai được: hãy bổ sung các mục dưới đây. Bản nháp của bạn vẫn được giữ.",
            "Not ready to declare: add what is named below. Your draft is kept.",
        ),
        fields=fields,
    )


def year_taken() -> Conflict:
    return Conflict(
        "campaign.year_taken",
        Text(
            "Năm này đã có một đợt khảo sát. Mỗi năm Sở khảo sát một ngành; hãy hủy đợt kia trước khi nó mở.",
            "There is a campaign this year already. One sector is surveyed a year; withdraw the other before it opens.",
        ),
    )


def dates_over() -> Conflict:
    return Conflict(
        "campaign.dates_over",
        Text(
            "Ngày đóng đã qua. Hãy dời ngày đóng rồi mở.",
            "The closing date has passed. Move it, then open.",
        ),
    )


def not_running() -> Conflict:
    return Conflict(
        "campaign.not_running",
        Text(
            "Đợt khảo sát đã đóng hoặc đã hủy nên không đổi được nữa.",
            "The campaign is closed or withdrawn and cannot be changed.",
        ),
    )


def not_counted() -> Forbidden:
    return Forbidden(
        "campaign.not_counted",
        Text(
            "So sánh ngành mở cho doanh nghiệp đã khai hồ sơ trong đợt này. Hãy khai hồ sơ của bạn trước.",
            "The comparison is open to enterprises that declared in this campaign. Declare your profile first.",
        ),
    )
