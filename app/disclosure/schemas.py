"""Commands in, views out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.deals import Capacity, ReasonCode
from app.disclosure.workflow import NDA, NDA_TEMPLATE, QUESTION
from app.kit import clock
from app.kit.actor import Role
from app.kit.text import Text
from app.kit.typed import clean, line
from app.kit.workflow import Choice, State, labels
from app.listings import Content, FileView, Tier

STAGES = (1, 2, 3, 4, 5)
STAGE_LABELS = {
    1: Text("Giai đoạn 1 · sau khi ký bảo mật", "Stage 1 · after the agreement"),
    2: Text("Giai đoạn 2 · khi đàm phán", "Stage 2 · in negotiation"),
    3: Text("Giai đoạn 3 · khi thẩm định kỹ", "Stage 3 · due diligence"),
    4: Text("Giai đoạn 4 · trước khi ký hợp đồng", "Stage 4 · before the contract"),
    5: Text("Giai đoạn 5 · khi chuyển giao", "Stage 5 · at the transfer"),
}


class NdaKind(Choice):
    one_way = "one_way"
    mutual = "mutual"


labels(
    NdaKind,
    one_way=("Một chiều: bên mua giữ bí mật", "One-way: the buyer keeps the secret"),
    mutual=("Hai chiều: cả hai bên giữ bí mật", "Mutual: both parties keep each other's secrets"),
)


class Download(Choice):
    none = "none"
    stamped = "stamped"
    original = "original"


labels(
    Download,
    none=("Chỉ xem trên trang", "View only"),
    stamped=("Cho tải bản có dấu chìm", "Download with a watermark"),
    original=("Cho tải bản gốc", "Download the original"),
)


class LogKind(Choice):
    document = "document"
    page = "page"
    download = "download"
    original = "original"
    fields = "fields"
    listing_file = "listing_file"
    questions = "questions"
    ask = "ask"
    inspect = "inspect"
    refused = "refused"


labels(
    LogKind,
    document=("Mở tài liệu", "Opened a document"),
    page=("Xem trang", "Viewed a page"),
    download=("Tải bản có dấu chìm", "Downloaded a stamped copy"),
    original=("Tải bản gốc", "Downloaded the original"),
    fields=("Đọc thông tin mật", "Read confidential fields"),
    listing_file=("Mở tệp mật của công nghệ", "Opened a confidential file of the listing"),
    questions=("Đọc hỏi đáp", "Read questions and answers"),
    ask=("Đặt câu hỏi", "Asked a question"),
    inspect=("Kiểm tra của đơn vị vận hành", "Operator's inspection"),
    refused=("Bị từ chối", "Refused"),
)

Paragraph = Annotated[str, Field(min_length=5, max_length=4000), BeforeValidator(clean)]
Label = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(line)]
Stage = Annotated[int, Field(ge=1, le=5)]


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore")


class DraftTemplate(Command):
    kind: NdaKind
    body_vi: Annotated[str, Field(min_length=200, max_length=30_000), BeforeValidator(clean)]
    body_en: Annotated[str, Field(min_length=200, max_length=30_000), BeforeValidator(clean)]
    checked_by: Annotated[str | None, Field(max_length=200), BeforeValidator(line)] = None


class ProposeNda(Command):
    kind: NdaKind
    purpose: Annotated[str, Field(min_length=20, max_length=1000), BeforeValidator(line)]
    term_months: Annotated[int, Field(ge=1, le=120)]


class SignNda(Command):
    """`sha256` is the hash of the text that was read; `typed_name` the signer's own full name."""

    typed_name: Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(line)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Decline(Command):
    reason_code: ReasonCode
    reason: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None


class AddFolder(Command):
    name: Label


class DescribeDocument(Command):
    title: Label
    stage: Stage
    download: Download = Download.none
    folder_id: UUID | None = None


class AddDocument(DescribeDocument):
    title: Annotated[str | None, Field(max_length=200), BeforeValidator(line)] = None  # type: ignore[assignment]
    stage: Stage = 1


class Grant(Command):
    """A stage (with those before it) or one document, until the end of a day when given."""

    deal_id: UUID
    stage: Stage | None = None
    document_id: UUID | None = None
    until: Annotated[date | None, Field(le=date(2199, 12, 31))] = None


class Inspect(Command):
    reason: Annotated[str, Field(min_length=20, max_length=1000), BeforeValidator(clean)]


class Ask(Command):
    question: Paragraph
    document_id: UUID | None = None


class Answer(Command):
    answer: Paragraph


class Publish(Command):
    """The question as all parties will read it, without who asked."""

    question: Paragraph


# --- views ---


class TemplateView(BaseModel):
    id: UUID
    kind: NdaKind
    version: int
    status: str
    status_at: datetime
    body_vi: str
    body_en: str
    checked_by: str | None
    actions: list[str] = []

    @property
    def state(self) -> State:
        return NDA_TEMPLATE.states[self.status]


class TemplateList(BaseModel):
    items: list[TemplateView]


class SignatureView(BaseModel):
    org_id: UUID
    org_name: str
    kind: str
    capacity: Capacity
    person_name: str
    role: Role
    typed_name: str
    sha256: str
    at: datetime
    session_id: UUID | None


class NdaView(BaseModel):
    """An agreement as those who take part in the deal may read it; the Department and others see no text."""

    id: UUID
    deal_id: UUID
    version: int
    kind: NdaKind
    template_version: int
    checked_by: str | None
    purpose: str | None
    term_months: int
    body: str | None
    sha256: str
    org_id: UUID
    proposed_at: datetime
    status: str
    status_at: datetime
    in_force_at: datetime | None
    expires_at: datetime | None
    reason_code: ReasonCode | None
    reason: str | None
    signatures: list[SignatureView]
    actions: list[str] = []

    @property
    def state(self) -> State:
        return NDA.states[self.status]


class NdaList(BaseModel):
    """The agreements of a deal, the newest first."""

    items: list[NdaView]


class Verification(BaseModel):
    """The hash of the stored text, computed anew, beside those that were signed."""

    nda_id: UUID
    computed: str
    kept: str
    signed: list[str]

    @property
    def sound(self) -> bool:
        return self.computed == self.kept and all(s == self.computed for s in self.signed)


class FolderView(BaseModel):
    id: UUID
    name: str


class DocumentView(BaseModel):
    id: UUID
    folder_id: UUID | None
    title: str
    stage: int
    download: Download
    version: int
    name: str
    media_type: str
    size: int
    sha256: str
    pages: int | None
    at: datetime

    @property
    def stage_label(self) -> Text:
        return STAGE_LABELS[self.stage]


class GrantView(BaseModel):
    id: UUID
    deal_id: UUID
    stage: int | None
    document_id: UUID | None
    title: str | None
    at: datetime
    expires_at: datetime | None
    live: bool

    @property
    def stage_label(self) -> Text | None:
        return STAGE_LABELS[self.stage] if self.stage else None

    @property
    def last_day(self) -> date | None:
        """The last whole day on which it is open."""
        return (self.expires_at - timedelta(seconds=1)).astimezone(clock.VIETNAM).date() if self.expires_at else None


class RoomView(BaseModel):
    """What of the room is open to the actor in this deal. `why` says what keeps it shut, `held_back` counts the
    documents of later stages, which carry no names until they open."""

    deal_id: UUID
    listing_id: UUID
    owner: bool
    why: str | None
    folders: list[FolderView]
    documents: list[DocumentView]
    held_back: int
    grants: list[GrantView]
    unread: int
    actions: list[str]


class RoomDeal(BaseModel):
    """A deal as the owner's page of the room shows it: its agreement, what is open to it, how much was looked at."""

    deal_id: UUID
    reference: str
    buyer_name: str
    status: str
    nda_status: str | None
    nda_expires_at: datetime | None
    grants: list[GrantView]
    views: int

    @property
    def nda_state(self) -> State | None:
        return NDA.states[self.nda_status] if self.nda_status else None


class OwnRoom(BaseModel):
    listing_id: UUID
    reference: str
    title: str
    folders: list[FolderView]
    documents: list[DocumentView]
    deals: list[RoomDeal]
    waiting: int
    actions: list[str]


class RoomFigures(BaseModel):
    """What the Department sees of a room: how much, never what."""

    deal_id: UUID
    nda_status: str | None
    documents: int
    views: int
    questions: int


class ConfidentialView(BaseModel):
    """The fields of the listing under the agreement: the content, and the names of those that lie at that tier;
    and the files of that tier, each opened and written down by itself."""

    listing_id: UUID
    fields: list[str]
    content: Content
    tiers: dict[str, Tier] = {}
    files: list[FileView] = []


class QuestionView(BaseModel):
    id: UUID
    deal_id: UUID | None  # absent when it came from another deal
    document_id: UUID | None
    document_title: str | None
    mine: bool
    asked_by: str | None
    asked_at: datetime | None
    question: str
    status: str
    answer: str | None
    answered_at: datetime | None
    published_at: datetime | None
    unread: bool
    actions: list[str] = []

    @property
    def state(self) -> State:
        return QUESTION.states[self.status]


class QuestionList(BaseModel):
    items: list[QuestionView]
    may_ask: bool


class LogRow(BaseModel):
    id: int
    at: datetime
    deal_id: UUID
    deal_reference: str
    kind: LogKind
    org_id: UUID | None
    org_name: str
    person_name: str
    document_id: UUID | None
    title: str | None
    version: int | None
    page: int | None
    detail: str | None


class PartyCount(BaseModel):
    org_id: UUID | None
    org_name: str
    deal_id: UUID
    deal_reference: str
    views: int
    downloads: int
    refusals: int
    last_at: datetime


class LogPage(BaseModel):
    items: list[LogRow]
    counts: list[PartyCount]
    next_cursor: str | None = None


class Paper(BaseModel):
    """Bytes on their way out, already written into the log."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    name: str
    media_type: str
    data: Any
    sha256: str = ""
