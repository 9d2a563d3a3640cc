"""Commands in, views out. `UpdateNeed` is partial: only the fields given are changed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from app.accounts import OrganisationView
from app.kit.errors import BilingualError
from app.kit.money import MAX_AMOUNT
from app.kit.text import Text
from app.kit.typed import clean, line, rate, whole
from app.kit.workflow import Choice, labels
from app.reference import Exclusivity, FieldCode, IpcSymbol, PriorityCode, ProvinceCode, Splitting, TransferMode

MAX_ROWS = 20


class Tier(Choice):
    """Who reads a field: everyone, also a verified intermediary, or only who both sides agreed to open it to."""

    gist = "gist"
    broker = "broker"
    matched = "matched"


labels(
    Tier,
    gist=("Mọi người", "Everyone"),
    broker=("Trung gian đã xác minh", "Verified brokers"),
    matched=("Hai bên đồng ý", "By consent"),
)


class NeedKind(Choice):
    enterprise = "enterprise"
    public_order = "public_order"


labels(
    NeedKind,
    enterprise=("Nhu cầu của tổ chức, doanh nghiệp", "Organisation's need"),
    public_order=("Đặt hàng của cơ quan, xã, phường", "Public order"),
)


class Direction(Choice):
    """Which way a metric gets better."""

    less = "less"
    more = "more"


labels(Direction, less=("Càng thấp càng tốt", "Lower is better"), more=("Càng cao càng tốt", "Higher is better"))


class RequirementKind(Choice):
    """What a requirement asks, so that matching can check it; `text` is checked by its keywords only."""

    trl_min = "trl_min"
    mode = "mode"
    exclusivity = "exclusivity"
    price_max = "price_max"
    province = "province"
    certification = "certification"
    text = "text"


labels(
    RequirementKind,
    trl_min=("TRL tối thiểu", "Least TRL"),
    mode=("Hình thức chuyển giao", "Transfer mode"),
    exclusivity=("Phạm vi quyền", "Exclusivity"),
    price_max=("Giá cao nhất", "Highest price"),
    province=("Nơi của bên cung cấp", "Supplier's province"),
    certification=("Chứng nhận, tiêu chuẩn", "Certification"),
    text=("Yêu cầu khác", "Other"),
)


class Payment(Choice):
    lump_sum = "lump_sum"
    instalments = "instalments"
    milestones = "milestones"
    royalty = "royalty"
    by_result = "by_result"
    equity = "equity"


labels(
    Payment,
    lump_sum=("Trả một lần", "Lump sum"),
    instalments=("Trả dần", "Instalments"),
    milestones=("Theo mốc", "Milestones"),
    royalty=("Phí kỳ vụ", "Royalty"),
    by_result=("Theo kết quả đạt được", "By result"),
    equity=("Góp vốn", "Equity"),
)


class CloseReason(Choice):
    """Why a need ends without a winner here."""

    no_fit = "no_fit"
    too_expensive = "too_expensive"
    solved_elsewhere = "solved_elsewhere"
    budget_gone = "budget_gone"
    no_longer_needed = "no_longer_needed"
    other = "other"


labels(
    CloseReason,
    no_fit=("Không có đề xuất phù hợp", "No proposal fits"),
    too_expensive=("Chi phí vượt khả năng", "Too expensive"),
    solved_elsewhere=("Đã giải quyết bằng cách khác", "Solved elsewhere"),
    budget_gone=("Không còn kinh phí", "The budget is gone"),
    no_longer_needed=("Không còn nhu cầu", "No longer needed"),
    other=("Lý do khác", "Other"),
)

Title = Annotated[str | None, Field(max_length=200), BeforeValidator(line)]
Line = Annotated[str | None, Field(max_length=300), BeforeValidator(line)]
Sentence = Annotated[str, Field(min_length=1, max_length=500), BeforeValidator(line)]
Paragraph = Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)]
Story = Annotated[str | None, Field(max_length=12_000), BeforeValidator(clean)]
Amount = Annotated[StrictInt | None, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]
Figure = Annotated[
    Decimal | None,
    Field(ge=Decimal("-1e12"), le=Decimal("1e12"), max_digits=18, decimal_places=6),
    BeforeValidator(rate),
]
Words = Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=MAX_ROWS), Splitting]


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Metric(Part):
    """A measured figure: how it is today, how it should be, and the least that is accepted."""

    name: Sentence
    unit: Annotated[str | None, Field(max_length=40), BeforeValidator(line)] = None
    baseline: Figure = None
    target: Figure = None
    minimum: Figure = None
    better: Direction | None = None

    @model_validator(mode="after")
    def _between(self) -> Self:
        if self.better is None and self.target is not None:
            start = self.baseline if self.baseline is not None else self.minimum
            if start is not None and start != self.target:
                self.better = Direction.less if self.target < start else Direction.more
        if self.target is not None and self.minimum is not None and self.better is not None:
            short = self.minimum < self.target if self.better is Direction.less else self.minimum > self.target
            if short:
                raise BilingualError(
                    "Mức tối thiểu chấp nhận phải dễ đạt hơn mục tiêu.",
                    "The least accepted is easier to reach than the target.",
                    "minimum",
                )
        return self


_VALUE = {
    RequirementKind.trl_min: "trl",
    RequirementKind.mode: "mode",
    RequirementKind.exclusivity: "exclusivity",
    RequirementKind.price_max: "amount",
    RequirementKind.province: "province",
}


class Requirement(Part):
    """Something asked for, typed where it can be: `kind` says which of the values counts. Amounts in đồng."""

    kind: RequirementKind = RequirementKind.text
    text: Line = None
    trl: Annotated[int | None, Field(ge=1, le=9)] = None
    mode: TransferMode | None = None
    exclusivity: Exclusivity | None = None
    amount: Amount = None
    province: ProvinceCode = None
    keywords: Words = []

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needed = _VALUE.get(self.kind, "text")
        if getattr(self, needed) in (None, ""):
            raise BilingualError("Hãy điền giá trị của yêu cầu này.", "Give the value of this requirement.", needed)
        for name in ("trl", "mode", "exclusivity", "amount", "province"):
            if name != needed:
                setattr(self, name, None)
        return self


class Banned(Part):
    """What may not be used; with several keywords: not all of them together."""

    text: Sentence
    keywords: Words = []


class Criterion(Part):
    """How it will be measured: what is tested, by which method, and when it counts as passed."""

    text: Sentence
    method: Line = None
    threshold: Line = None


# Fields whose tier the asker chooses; the rest makes the gist and is for everyone: title, summary, classification,
# TRL range, deadline, and what is asked of every proposal (must-haves, banned combinations, criteria).
TIERED = (
    "problem", "process", "metrics", "constraints", "tried", "nice_to_haves", "rights", "budget", "payment",
    "province", "pilot_site", "decision_maker",
)  # fmt: skip
Tiers = dict[str, Tier]


def _tiers(value: Tiers) -> Tiers:
    unknown = value.keys() - set(TIERED)
    if unknown:
        raise BilingualError(
            f"Không đặt được phạm vi cho: {', '.join(sorted(unknown))}.",
            f"These fields have no tier: {', '.join(sorted(unknown))}.",
        )
    return value


class CreateNeed(Part):
    """Start from a title, a plain description, or both."""

    title: Title = None
    description: Story = None
    kind: NeedKind = NeedKind.enterprise
    blind: bool = False

    @model_validator(mode="after")
    def _something(self) -> Self:
        if len(self.title or "") < 5 and len(self.description or "") < 20:
            raise BilingualError(
                "Hãy mô tả nhu cầu bằng vài câu (từ 20 ký tự), hoặc đặt một cái tên.",
                "Describe the need in a few sentences (20 characters or more), or give it a title.",
                "description",
            )
        return self


class UpdateNeed(Part):
    """Everything an asker writes. Absent fields stay as they are; null or an empty list clears one."""

    kind: NeedKind = NeedKind.enterprise
    blind: bool = False
    ordering_authority: Line = None
    programme: Line = None
    lang: Annotated[str, Field(pattern="^(vi|en)$")] = "vi"
    title: Title = None
    title_en: Title = None
    summary: Paragraph = None
    summary_en: Paragraph = None
    field: FieldCode = None
    priority: PriorityCode = None
    ipc: Annotated[list[IpcSymbol], Field(max_length=MAX_ROWS), Splitting] = []
    keywords: Words = []
    problem: Story = None
    process: Story = None
    metrics: Annotated[list[Metric], Field(max_length=MAX_ROWS)] = []
    constraints: Story = None
    tried: Story = None
    must_haves: Annotated[list[Requirement], Field(max_length=MAX_ROWS)] = []
    nice_to_haves: Annotated[list[Requirement], Field(max_length=MAX_ROWS)] = []
    banned: Annotated[list[Banned], Field(max_length=MAX_ROWS)] = []
    criteria: Annotated[list[Criterion], Field(max_length=MAX_ROWS)] = []
    trl_min: Annotated[int | None, Field(ge=1, le=9)] = None
    trl_max: Annotated[int | None, Field(ge=1, le=9)] = None
    modes: Annotated[list[TransferMode], Field(max_length=6)] = []
    exclusivity: Exclusivity | None = None
    rights_note: Paragraph = None
    budget_min: Amount = None
    budget_max: Amount = None
    payment: Annotated[list[Payment], Field(max_length=6)] = []
    payment_note: Line = None
    province: ProvinceCode = None
    pilot_site: Paragraph = None
    deadline: date | None = None
    decision_maker: Line = None
    tiers: Annotated[Tiers, AfterValidator(_tiers)] = {}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.trl_min is not None and self.trl_max is not None and self.trl_max < self.trl_min:
            raise BilingualError(
                "TRL cao nhất phải từ TRL thấp nhất trở lên.", "The highest TRL is below the lowest.", "trl_max"
            )
        if self.budget_min is not None and self.budget_max is not None and self.budget_max < self.budget_min:
            raise BilingualError("Mức cao nhất phải từ mức thấp nhất trở lên.", "Upper end below lower.", "budget_max")
        return self


class Content(UpdateNeed):
    """The whole of a need, as its asker sees it."""


class Reason(Part):
    reason: Annotated[str, Field(min_length=5, max_length=2000), BeforeValidator(clean)]


class Approve(Part):
    note: Paragraph = None


class CloseNeed(Part):
    """Without a winner: the code, and a line for those who proposed."""

    reason_code: CloseReason
    reason: Paragraph = None


class Extend(Part):
    deadline: date


class Suggested(BaseModel):
    """A value read out of the description, waiting for the asker's eye; `said` is where it stood."""

    field: str
    value: Any
    said: str


class Gap(BaseModel):
    """Something the need lacks: `required` blocks submission; the rest adds to the score."""

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


class NeedCard(BaseModel):
    """What a list shows of a need: the gist. A blind need's asker is absent, its times are whole days."""

    id: UUID
    reference: str
    kind: NeedKind
    blind: bool
    asker_id: UUID | None
    asker_name: str | None
    asker_name_en: str | None
    asker_verified: bool
    ordering_authority: str | None
    programme: str | None
    lang: str
    title: str
    title_en: str | None
    summary: str | None
    summary_en: str | None
    field: str | None
    priority: str | None
    ipc: list[str]
    keywords: list[str]
    trl_min: int | None
    trl_max: int | None
    modes: list[TransferMode]
    budget_min: int | None
    budget_max: int | None
    province: int | None
    deadline: date | None
    status: str
    published_at: datetime | None
    is_demo: bool

    @property
    def url(self) -> str:
        return f"/needs/{self.id}"

    def name(self, locale: str) -> str:
        return (self.title_en if locale == "en" else None) or self.title

    def about(self, locale: str) -> str:
        return (self.summary_en if locale == "en" else None) or self.summary or ""

    def asker(self, locale: str) -> str:
        """The name, or that it is sealed."""
        if self.asker_name is None:
            return SEALED.get(locale)
        return (self.asker_name_en if locale == "en" else None) or self.asker_name


SEALED = Text("Ẩn danh", "Anonymous")


class NeedView(BaseModel):
    """A need as this actor may read it. `locked` names the fields that exist but open at a higher tier."""

    id: UUID
    reference: str
    status: str
    status_at: datetime
    version: int | None
    card: NeedCard
    asker: OrganisationView | None
    content: Content
    tier: Tier
    locked: dict[str, Tier]
    actions: list[str]
    mine: bool
    reason_code: str | None = None
    suggested: list[Suggested] = []
    completeness: Completeness | None = None
    reveals: int | None = None


class Whole(BaseModel):
    """A need for the exchange's own work (matching, messages): whole, with the tiers of its fields. Never shown."""

    id: UUID
    reference: str
    org_id: UUID
    blind: bool
    status: str
    version: int
    published_at: datetime | None
    content: Content
    tiers: dict[str, Tier]


class RevealView(BaseModel):
    """Who was let in, how far and when: what the asker counts."""

    org_id: UUID
    org_name: str
    what: str
    at: datetime


class RevealList(BaseModel):
    items: list[RevealView]


class OwnNeed(BaseModel):
    """A need in its asker's list."""

    id: UUID
    reference: str
    title: str
    kind: NeedKind
    blind: bool
    status: str
    status_at: datetime
    completeness: int
    deadline: date | None
    reason: str | None = None


class OwnNeeds(BaseModel):
    items: list[OwnNeed]
    next_cursor: str | None = None


class QueuedNeed(BaseModel):
    """A need waiting for the operator, oldest first."""

    id: UUID
    reference: str
    title: str
    org_id: UUID
    org_name: str
    kind: NeedKind
    blind: bool
    since: datetime
    completeness: int


class NeedQueue(BaseModel):
    items: list[QueuedNeed]
