"""Commands in, views out. `UpdateListing` is partial: only the fields given are changed."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from app import reference
from app.kit.errors import BilingualError
from app.kit.money import MAX_AMOUNT
from app.kit.typed import clean, line, rate, whole
from app.kit.workflow import Choice, labels
from app.reference import Exclusivity, FieldCode, IpcSymbol, PriorityCode, ProvinceCode, Splitting, TransferMode

MAX_ROWS = 20


class Tier(Choice):
    public = "public"
    registered = "registered"
    nda = "nda"


labels(
    Tier,
    public=("Công khai", "Public"),
    registered=("Người dùng đã đăng nhập", "Signed-in users"),
    nda=("Theo thỏa thuận bảo mật (NDA)", "Under NDA"),
)


class IpKind(Choice):
    invention = "invention"
    utility_solution = "utility_solution"
    industrial_design = "industrial_design"
    layout_design = "layout_design"
    plant_variety = "plant_variety"
    software_copyright = "software_copyright"
    trade_secret = "trade_secret"
    trademark = "trademark"


labels(
    IpKind,
    invention=("Sáng chế", "Invention patent"),
    utility_solution=("Giải pháp hữu ích", "Utility solution"),
    industrial_design=("Kiểu dáng công nghiệp", "Industrial design"),
    layout_design=("Thiết kế bố trí mạch tích hợp", "Layout design"),
    plant_variety=("Giống cây trồng", "Plant variety"),
    software_copyright=("Quyền tác giả chương trình máy tính", "Software copyright"),
    trade_secret=("Bí quyết, bí mật kinh doanh", "Know-how, trade secret"),
    trademark=("Nhãn hiệu", "Trade mark"),
)


class RightStatus(Choice):
    pending = "pending"
    granted = "granted"
    lapsed = "lapsed"
    unregistered = "unregistered"


labels(
    RightStatus,
    pending=("Đã nộp đơn", "Pending"),
    granted=("Đã cấp bằng", "Granted"),
    lapsed=("Hết hiệu lực", "Lapsed"),
    unregistered=("Không đăng ký", "Unregistered"),
)


class PricePolicy(Choice):
    fixed = "fixed"
    range = "range"
    royalty = "royalty"
    by_valuation = "by_valuation"
    free_evaluation = "free_evaluation"
    negotiable = "negotiable"


labels(
    PricePolicy,
    fixed=("Giá cố định", "Fixed price"),
    range=("Khoảng giá", "Price range"),
    royalty=("Phí kỳ vụ (royalty)", "Royalty"),
    by_valuation=("Theo kết quả định giá", "By valuation"),
    free_evaluation=("Miễn phí dùng thử đánh giá", "Free evaluation licence"),
    negotiable=("Thỏa thuận", "Negotiable"),
)


class RoyaltyBase(Choice):
    net_sales = "net_sales"
    net_revenue = "net_revenue"
    pretax_profit = "pretax_profit"


labels(
    RoyaltyBase,
    net_sales=("giá bán tịnh", "net sales price"),
    net_revenue=("doanh thu thuần", "net revenue"),
    pretax_profit=("lợi nhuận trước thuế", "pre-tax profit"),
)


class Funding(Choice):
    state = "state"
    own = "own"
    mixed = "mixed"
    foreign = "foreign"


labels(
    Funding,
    state=("Ngân sách nhà nước", "State budget"),
    own=("Vốn tự có", "Own funds"),
    mixed=("Nhiều nguồn, có ngân sách", "Mixed, with state funds"),
    foreign=("Tài trợ nước ngoài", "Foreign funds"),
)


def _country(code: str) -> str:
    code = code.strip().upper()
    if code not in {"WO", "EP"} and code not in reference.countries():
        raise BilingualError("Mã nước gồm hai chữ cái, ví dụ VN.", "A country is two letters, for example VN.")
    return code


Title = Annotated[str | None, Field(max_length=200), BeforeValidator(line)]
Line = Annotated[str | None, Field(max_length=300), BeforeValidator(line)]
Paragraph = Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)]
Story = Annotated[str | None, Field(max_length=12_000), BeforeValidator(clean)]
Amount = Annotated[StrictInt | None, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]
Percent = Annotated[Decimal | None, Field(ge=0, le=100, max_digits=6, decimal_places=3), BeforeValidator(rate)]
Territory = Annotated[list[Annotated[str, AfterValidator(_country)]], Field(max_length=60), Splitting]


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ComparisonRow(Part):
    """One metric against a named alternative."""

    metric_vi: Line = None
    metric_en: Line = None
    unit: Annotated[str | None, Field(max_length=40), BeforeValidator(line)] = None
    ours: Line = None
    theirs: Line = None
    alternative_vi: Line = None
    alternative_en: Line = None
    source_vi: Line = None
    source_en: Line = None


# Serials as the office writes them: kind digit, year, five digits (DOMAIN and identifiers, section E).
_VN_APPLICATION = re.compile(r"[1-46]-(19|20)\d{2}-\d{5}")
_VN_TITLE = re.compile(r"[1-4]-\d{7}(-\d{3})?")
_VN_DIGIT = {IpKind.invention: "1", IpKind.utility_solution: "2", IpKind.industrial_design: "3", IpKind.trademark: "4"}


class Right(Part):
    """An IP right as a machine can check it. Dates ISO; `office` a country code, or WO, EP."""

    kind: IpKind
    title_vi: Line = None
    office: Annotated[str, AfterValidator(_country)] = "VN"
    status: RightStatus = RightStatus.unregistered
    application_no: Annotated[str | None, Field(max_length=40), BeforeValidator(line)] = None
    registration_no: Annotated[str | None, Field(max_length=40), BeforeValidator(line)] = None
    filed: date | None = None
    granted: date | None = None
    expires: date | None = None

    @model_validator(mode="after")
    def _checks(self) -> Self:
        digit = _VN_DIGIT.get(self.kind)
        if self.office == "VN" and digit:
            for name, pattern, example in (
                ("application_no", _VN_APPLICATION, f"{digit}-2024-01234"),
                ("registration_no", _VN_TITLE, f"{digit}-0012345"),
            ):
                value = getattr(self, name)
                if value and (not pattern.fullmatch(value) or value[0] != digit):
                    raise BilingualError(
                        f"Số chưa đúng dạng của Cục SHTT, ví dụ {example}.",
                        f"Not in the form of the Vietnamese office, for example {example}.",
                        name,
                    )
        if self.status is RightStatus.granted and self.granted and self.filed and self.granted < self.filed:
            raise BilingualError("Ngày cấp phải sau ngày nộp đơn.", "The grant date comes after the filing.", "granted")
        if self.expires and self.filed and self.expires <= self.filed:
            raise BilingualError("Ngày hết hạn phải sau ngày nộp đơn.", "Expiry comes after the filing.", "expires")
        return self


class OwnerShare(Part):
    """An owner of the asset and the share held, in per cent with two decimals."""

    name: Annotated[str, Field(min_length=1, max_length=300), BeforeValidator(line)]
    share: Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2), BeforeValidator(rate)]
    consented: bool = True


class SaleOffer(Part):
    """What may be bought: mode, rights, territory, field of use, price policy (amounts in đồng, rates in %)."""

    mode: TransferMode
    exclusivity: Exclusivity = Exclusivity.non_exclusive
    sublicence: bool = False
    territory: Territory = ["VN"]
    field_of_use_vi: Line = None
    field_of_use_en: Line = None
    term_years: Annotated[int | None, Field(ge=1, le=99)] = None
    price_policy: PricePolicy = PricePolicy.negotiable
    price_from: Amount = None
    price_to: Amount = None
    royalty_percent: Percent = None
    royalty_base: RoyaltyBase | None = None
    training_days: Annotated[int | None, Field(ge=0, le=1000)] = None

    @model_validator(mode="after")
    def _price(self) -> Self:
        if self.mode is TransferMode.assignment:
            self.exclusivity, self.term_years, self.sublicence = Exclusivity.exclusive, None, False
        needs_price = self.price_policy in (PricePolicy.fixed, PricePolicy.range)
        if needs_price and self.price_from is None:
            raise BilingualError("Hãy điền số tiền.", "Give the amount.", "price_from")
        if self.price_policy is PricePolicy.fixed:
            self.price_to = self.price_from
        if self.price_policy is PricePolicy.range and self.price_to is None:
            raise BilingualError("Hãy điền mức cao nhất của khoảng giá.", "Give the upper end.", "price_to")
        if self.price_from is not None and self.price_to is not None and self.price_to < self.price_from:
            raise BilingualError("Mức cao nhất phải từ mức thấp nhất trở lên.", "Upper end below lower.", "price_to")
        if self.price_policy is PricePolicy.royalty and self.royalty_percent is None:
            raise BilingualError("Hãy điền tỷ lệ phí kỳ vụ, ví dụ 3,5.", "Give the rate, e.g. 3.5.", "royalty_percent")
        return self


# Fields whose tier the owner chooses; the rest (title, summary, classification, TRL) make the card and are public.
TIERED = (
    "problem", "solution", "advantages", "applications", "target_users", "comparison", "trl_evidence", "limits",
    "cooperation", "rights", "owners", "funding", "price",
)  # fmt: skip
# Text that leaves the listing row for the confidential table when its tier is nda.
STORY = (
    "problem", "solution", "advantages", "applications", "target_users", "trl_evidence", "limits", "cooperation",
)  # fmt: skip

Tiers = dict[str, Tier]


def _tiers(value: Tiers) -> Tiers:
    unknown = value.keys() - set(TIERED) - {"confidential"}
    if unknown:
        raise BilingualError(
            f"Không đặt được phạm vi cho: {', '.join(sorted(unknown))}.",
            f"These fields have no tier: {', '.join(sorted(unknown))}.",
        )
    # Public is what a field is that nobody chose a tier for: one writing for one choice.
    return {k: v for k, v in value.items() if k != "confidential" and v is not Tier.public}


class CreateListing(Part):
    title_vi: Annotated[str, Field(min_length=5, max_length=200), BeforeValidator(line)]


class UpdateListing(Part):
    """Everything an owner writes. Absent fields stay as they are; null or an empty list clears one."""

    title_vi: Title = None
    title_en: Title = None
    summary_vi: Paragraph = None
    summary_en: Paragraph = None
    problem_vi: Story = None
    problem_en: Story = None
    solution_vi: Story = None
    solution_en: Story = None
    advantages_vi: Story = None
    advantages_en: Story = None
    applications_vi: Story = None
    applications_en: Story = None
    target_users_vi: Paragraph = None
    target_users_en: Paragraph = None
    cooperation_vi: Story = None
    cooperation_en: Story = None
    limits_vi: Story = None
    limits_en: Story = None
    trl_evidence_vi: Story = None
    trl_evidence_en: Story = None
    confidential_vi: Story = None
    confidential_en: Story = None
    comparison: Annotated[list[ComparisonRow], Field(max_length=MAX_ROWS)] = []
    keywords: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=MAX_ROWS), Splitting] = []
    field: FieldCode = None
    priority: PriorityCode = None
    ipc: Annotated[list[IpcSymbol], Field(max_length=MAX_ROWS), Splitting] = []
    trl: Annotated[int | None, Field(ge=1, le=9)] = None
    rights: Annotated[list[Right], Field(max_length=MAX_ROWS)] = []
    owners: Annotated[list[OwnerShare], Field(max_length=MAX_ROWS)] = []
    funding: Funding | None = None
    task_code: Annotated[str | None, Field(max_length=60), BeforeValidator(line)] = None
    offers: Annotated[list[SaleOffer], Field(max_length=MAX_ROWS)] = []
    province: ProvinceCode = None
    tiers: Annotated[Tiers, AfterValidator(_tiers)] = {}

    @model_validator(mode="after")
    def _whole_owned(self) -> Self:
        if self.owners and sum((o.share for o in self.owners), Decimal(0)) != Decimal("100.00"):
            total = sum((o.share for o in self.owners), Decimal(0))
            raise BilingualError(
                f"Tổng tỷ lệ sở hữu phải bằng 100 %, hiện là {total} %.",
                f"The owners' shares add up to 100 %; they are {total} % now.",
                "owners",
            )
        return self


class Content(UpdateListing):
    """The whole of a listing, as its owner sees it."""


class Approve(Part):
    """The reviewer's scores (0-5 each) and the outcome of screening against the lists of technologies."""

    advantages: Annotated[int, Field(ge=0, le=5)]
    clarity: Annotated[int, Field(ge=0, le=5)]
    cooperation: Annotated[int, Field(ge=0, le=5)]
    language: Annotated[int, Field(ge=0, le=5)]
    screening: Annotated[str, Field(pattern="^(clear|restricted|banned)$")]
    note: Paragraph = None

    @property
    def total(self) -> int:
        return self.advantages + self.clarity + self.cooperation + self.language


class Reason(Part):
    reason: Annotated[str, Field(min_length=5, max_length=2000), BeforeValidator(clean)]


class Gap(BaseModel):
    """Something the listing lacks: `required` blocks submission; the rest adds to the score."""

    field: str
    step: str
    text: str
    points: int
    required: bool


class Completeness(BaseModel):
    """0-100, and what is worth adding with why."""

    score: int
    gaps: list[Gap]

    @property
    def blocking(self) -> list[Gap]:
        return [g for g in self.gaps if g.required]


class FileView(BaseModel):
    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    kind: str
    tier: Tier
    at: datetime

    @property
    def url(self) -> str:
        return f"/files/{self.id}"


class Card(BaseModel):
    """What a list shows of a listing: only what is public of it."""

    id: UUID
    reference: str
    title_vi: str
    title_en: str | None
    summary_vi: str | None
    summary_en: str | None
    lang: str
    org_id: UUID
    org_name: str
    org_name_en: str | None
    org_kind: str
    org_verified: bool
    is_demo: bool
    field: str | None
    priority: str | None
    ipc: list[str]
    trl: int | None
    ip_kinds: list[IpKind]
    protection_until: date | None
    modes: list[TransferMode]
    price_policy: PricePolicy | None
    price_from: int | None
    price_to: int | None
    royalty_percent: Decimal | None
    province: int | None
    status: str
    published_at: datetime | None
    refreshed_at: datetime | None
    evidence_level: int | None
    image_id: UUID | None

    @property
    def url(self) -> str:
        return f"/listings/{self.id}"

    def title(self, locale: str) -> str:
        return (self.title_en if locale == "en" else None) or self.title_vi

    def summary(self, locale: str) -> str:
        return (self.summary_en if locale == "en" else None) or self.summary_vi or self.summary_en or ""

    def org(self, locale: str) -> str:
        return (self.org_name_en if locale == "en" else None) or self.org_name


class ListingView(BaseModel):
    """A listing as this actor may read it. `locked` names the fields that exist but open at a higher tier."""

    id: UUID
    reference: str
    status: str
    status_at: datetime
    version: int
    card: Card
    content: Content
    locked: dict[str, Tier]
    files: list[FileView]
    source_url: str | None
    source: str | None
    actions: list[str]
    mine: bool
    edited_after_review: bool = False
    completeness: Completeness | None = None


class QueueItem(BaseModel):
    """A listing waiting for the operator: since when, and why."""

    id: UUID
    reference: str
    title_vi: str
    org_id: UUID
    org_name: str
    status: str
    since: datetime
    edited_after_review: bool
    completeness: int


class OwnItem(BaseModel):
    """A listing in its owner's list."""

    id: UUID
    reference: str
    title_vi: str
    status: str
    status_at: datetime
    version: int
    completeness: int
    refreshed_at: datetime | None
    reason: str | None = None


class OwnList(BaseModel):
    items: list[OwnItem]
    next_cursor: str | None = None


class Queue(BaseModel):
    items: list[QueueItem]


class CardList(BaseModel):
    items: list[Card]
    next_cursor: str | None = None
    total: int | None = None


class VersionView(BaseModel):
    version: int
    at: datetime
    person: str
    action: str
    changed: list[str]


class VersionList(BaseModel):
    items: list[VersionView]
