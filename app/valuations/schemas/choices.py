"""The closed lists of a valuation case."""

from __future__ import annotations

from app.deals import Capacity
from app.intermediaries import Service
from app.kit.text import Text
from app.kit.workflow import Choice, labels


class Kind(Choice):
    """Two kinds that are never mixed: an estimate (định giá) is for reference, an appraisal (thẩm định giá) is the
    statutory one of a qualified firm and ends in a certificate (chứng thư)."""

    estimate = "estimate"
    appraisal = "appraisal"

    @property
    def service(self) -> Service:
        return Service.price_appraisal if self is Kind.appraisal else Service.valuation

    @property
    def capacity(self) -> Capacity:
        """As what its provider takes part in a deal."""
        return Capacity.appraiser if self is Kind.appraisal else Capacity.valuer

    @property
    def says(self) -> Text:
        """What stands on every page and document of a case of this kind."""
        return SAYS[self]


labels(
    Kind,
    estimate=("Định giá (tham khảo)", "Price estimate (reference)"),
    appraisal=("Thẩm định giá", "Statutory price appraisal"),
)
SAYS = {
    Kind.estimate: Text(
        "Định giá để tham khảo, không phải chứng thư thẩm định giá và không thay thế được.",
        "A price estimate for reference. It is not a certificate of price appraisal and does not take its place.",
    ),
    Kind.appraisal: Text(
        "Thẩm định giá do tổ chức đủ điều kiện thực hiện; chỉ có giá trị với đúng mục đích, tài sản, thời hạn đã ghi.",
        "A price appraisal by a qualified firm; it holds for the purpose, the asset and the term it states, no other.",
    ),
}


class Purpose(Choice):
    listing = "listing"
    contribution = "contribution"
    mortgage = "mortgage"
    granting_rights = "granting_rights"
    transfer = "transfer"
    other = "other"


labels(
    Purpose,
    listing=("Niêm yết, chào bán", "Listing for sale"),
    contribution=("Góp vốn", "Contribution to capital"),
    mortgage=("Thế chấp, bảo đảm", "Mortgage, security"),
    granting_rights=("Giao quyền", "Granting of rights"),
    transfer=("Chuyển nhượng, chuyển giao", "Assignment, transfer"),
    other=("Mục đích khác", "Other"),
)


class Side(Choice):
    requester = "requester"
    provider = "provider"
    asked = "asked"


labels(
    Side,
    requester=("Bên yêu cầu", "Requester"),
    provider=("Bên thực hiện", "Provider"),
    asked=("Được mời báo giá", "Asked to quote"),
)


class Part(Choice):
    appraiser = "appraiser"
    representative = "representative"


labels(
    Part,
    appraiser=("Người thực hiện, thẩm định viên", "Valuer, appraiser"),
    representative=("Người đại diện theo pháp luật", "Legal representative"),
)


class QuoteReason(Choice):
    """Why a quote is not taken, or none is made."""

    price = "price"
    time = "time"
    terms = "terms"
    other_chosen = "other_chosen"
    no_capacity = "no_capacity"
    not_our_field = "not_our_field"
    not_independent = "not_independent"
    other = "other"


labels(
    QuoteReason,
    price=("Mức phí", "The fee"),
    time=("Thời gian", "The time it takes"),
    terms=("Điều kiện kèm theo", "The terms"),
    other_chosen=("Đã chọn tổ chức khác", "Another was chosen"),
    no_capacity=("Không đủ người làm", "No people free"),
    not_our_field=("Không đúng lĩnh vực", "Not our field"),
    not_independent=("Không độc lập với một bên", "Not independent of a party"),
    other=("Lý do khác", "Other"),
)


class CancelReason(Choice):
    not_needed = "not_needed"
    asset_changed = "asset_changed"
    no_documents = "no_documents"
    not_independent = "not_independent"
    no_capacity = "no_capacity"
    other = "other"


labels(
    CancelReason,
    not_needed=("Không còn cần", "No longer needed"),
    asset_changed=("Tài sản đã thay đổi", "The asset has changed"),
    no_documents=("Thiếu tài liệu", "Documents are lacking"),
    not_independent=("Không còn độc lập với một bên", "No longer independent of a party"),
    no_capacity=("Không đủ người làm", "No people free"),
    other=("Lý do khác", "Other"),
)


class DocumentKind(Choice):
    ownership = "ownership"
    registration = "registration"
    technical = "technical"
    financial = "financial"
    market = "market"
    contract = "contract"
    legal = "legal"
    other = "other"


labels(
    DocumentKind,
    ownership=("Văn bằng, quyền sở hữu", "Title, ownership"),
    registration=("Đăng ký, giấy phép", "Registration, permits"),
    technical=("Hồ sơ kỹ thuật", "Technical file"),
    financial=("Số liệu tài chính, chi phí", "Accounts, costs"),
    market=("Số liệu thị trường", "Market data"),
    contract=("Hợp đồng, giao dịch tương tự", "Contracts, similar deals"),
    legal=("Pháp lý khác", "Other legal papers"),
    other=("Tài liệu khác", "Other"),
)


class Answer(Choice):
    """What the provider says to a complaint."""

    keep = "keep"
    redo = "redo"


labels(Answer, keep=("Giữ kết quả", "Keep the result"), redo=("Làm lại bản mới", "Make a new version"))
