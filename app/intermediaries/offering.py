"""What is offered, in closed lists; and which services the law of a day lets only a licence holder offer."""

from __future__ import annotations

from datetime import date

from app import reference
from app.deals import Capacity
from app.kit import clock
from app.kit.workflow import Choice, labels


class ProviderKind(Choice):
    organisation = "organisation"
    expert = "expert"


labels(ProviderKind, organisation=("Tổ chức trung gian", "Intermediary"), expert=("Chuyên gia", "Expert"))


class Service(Choice):
    """Three words that must not be mixed up: định giá gives a price for reference, thẩm định giá is the statutory
    appraisal that ends in a certificate, đánh giá says what a technology is worth using for."""

    brokerage = "brokerage"
    valuation = "valuation"
    price_appraisal = "price_appraisal"
    assessment = "assessment"
    inspection = "inspection"
    advice = "advice"
    promotion = "promotion"


labels(
    Service,
    brokerage=("Môi giới", "Brokerage"),
    valuation=("Định giá", "Price estimate"),
    price_appraisal=("Thẩm định giá", "Statutory price appraisal"),
    assessment=("Đánh giá công nghệ", "Technology assessment"),
    inspection=("Giám định công nghệ", "Technology inspection"),
    advice=("Tư vấn", "Advice"),
    promotion=("Xúc tiến", "Promotion"),
)


class FeeKind(Choice):
    agreed = "agreed"
    fixed = "fixed"
    hourly = "hourly"
    percent = "percent"


labels(
    FeeKind,
    agreed=("Theo thỏa thuận", "By agreement"),
    fixed=("Trọn gói một việc (đồng)", "Fixed a job (VND)"),
    hourly=("Theo giờ (đồng)", "By the hour (VND)"),
    percent=("Phần trăm giá trị hợp đồng", "Per cent of the contract's value"),
)


class Availability(Choice):
    open = "open"
    limited = "limited"
    full = "full"


labels(
    Availability,
    open=("Đang nhận việc", "Taking work"),
    limited=("Nhận có chọn lọc", "Taking some work"),
    full=("Tạm thời kín việc", "Full for now"),
)


class Language(Choice):
    vi = "vi"
    en = "en"
    zh = "zh"
    ja = "ja"
    ko = "ko"
    fr = "fr"
    de = "de"
    ru = "ru"


labels(
    Language,
    vi=("Tiếng Việt", "Vietnamese"),
    en=("Tiếng Anh", "English"),
    zh=("Tiếng Trung", "Chinese"),
    ja=("Tiếng Nhật", "Japanese"),
    ko=("Tiếng Hàn", "Korean"),
    fr=("Tiếng Pháp", "French"),
    de=("Tiếng Đức", "German"),
    ru=("Tiếng Nga", "Russian"),
)


class LicenceKind(Choice):
    business = "business"
    practice = "practice"
    accreditation = "accreditation"
    certificate = "certificate"


labels(
    LicenceKind,
    business=("Giấy chứng nhận đủ điều kiện kinh doanh dịch vụ", "Certificate of eligibility to provide a service"),
    practice=("Thẻ, chứng chỉ hành nghề", "Licence to practise"),
    accreditation=("Công nhận năng lực tổ chức", "Accreditation of an organisation"),
    certificate=("Chứng chỉ đào tạo, chuyên môn", "Certificate of training or skill"),
)

# As what an intermediary takes part in a deal; the parties themselves are the two left out.
INTERMEDIATE = (
    Capacity.seller_broker, Capacity.buyer_broker, Capacity.adviser, Capacity.valuer, Capacity.appraiser,
)  # fmt: skip


def rule_of(service: Service, on: date | None = None) -> reference.Rule | None:
    """The dated rule that asks for a licence for this service on a day; None when none held."""
    found = reference.rule(f"licence_required_{service.value}", on)
    return found if found is not None and found.value > 0 else None


def licensed(on: date | None = None) -> list[str]:
    """Services that only a holder of a licence in force may offer on a day (today in Vietnam when not given)."""
    day = on or clock.today()
    return [s.value for s in Service if rule_of(s, day)]
