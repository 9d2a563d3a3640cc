"""What a mandate says, and the commands about it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from app.kit.errors import BilingualError
from app.kit.money import MAX_AMOUNT
from app.kit.text import Text
from app.kit.typed import clean, line, plain, rate, whole
from app.kit.workflow import Choice, labels
from app.reference import FieldCode, field_and_parents


class MandateSide(Choice):
    seller = "seller"
    buyer = "buyer"


labels(
    MandateSide, seller=("Môi giới cho bên chào bán", "For the seller"), buyer=("Môi giới cho bên mua", "For the buyer")
)


class ScopeKind(Choice):
    everything = "everything"
    subjects = "subjects"
    fields = "fields"


labels(
    ScopeKind,
    everything=("Tất cả", "Everything"),
    subjects=("Một số công nghệ hoặc nhu cầu", "Some technologies or needs"),
    fields=("Mọi thứ trong các lĩnh vực đã nêu", "Everything in named fields"),
)


class Pay(Choice):
    success = "success"
    retainer = "retainer"


labels(
    Pay,
    success=("Chỉ khi có hợp đồng", "On success only"),
    retainer=("Phí duy trì hằng tháng và thù lao khi có hợp đồng", "A monthly retainer besides the commission"),
)


class Payer(Choice):
    client = "client"
    counterparty = "counterparty"
    shared = "shared"


labels(
    Payer,
    client=("Bên ủy nhiệm trả", "The client pays"),
    counterparty=("Bên kia của giao dịch trả", "The other party pays"),
    shared=("Hai bên giao dịch chia đôi", "Both parties of the deal, half each"),
)


class DeclineCode(Choice):
    terms = "terms"
    commission = "commission"
    exclusivity = "exclusivity"
    capacity = "capacity"
    conflict = "conflict"
    withdrawn = "withdrawn"
    other = "other"


labels(
    DeclineCode,
    terms=("Phạm vi hoặc thời hạn chưa phù hợp", "Scope or term do not fit"),
    commission=("Thù lao chưa phù hợp", "The commission does not fit"),
    exclusivity=("Không muốn độc quyền", "No exclusivity wanted"),
    capacity=("Không đủ người làm", "No capacity"),
    conflict=("Có xung đột lợi ích", "Conflict of interest"),
    withdrawn=("Rút đề nghị ủy nhiệm", "The proposal is withdrawn"),
    other=("Lý do khác", "Another reason"),
)


class EndCode(Choice):
    term = "term"
    notice = "notice"
    agreement = "agreement"
    client_closed = "client_closed"


labels(
    EndCode,
    term=("Hết thời hạn", "The term is over"),
    notice=("Chấm dứt theo thông báo trước", "Notice was given"),
    agreement=("Hai bên thỏa thuận", "Both agreed"),
    client_closed=("Bên ủy nhiệm đã khép mọi mục trong phạm vi", "The client closed all that was in scope"),
)

Amount = Annotated[StrictInt | None, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]
Rate = Annotated[
    Decimal, Field(gt=0, le=100, max_digits=6, decimal_places=3), BeforeValidator(rate), AfterValidator(plain)
]
MAX_DAYS = 730


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Tier(Command):
    """A bracket: `percent` of the part of the value above the bracket before, up to `up_to` đồng; the last is open."""

    up_to: Annotated[StrictInt | None, Field(gt=0, le=MAX_AMOUNT), BeforeValidator(whole)] = None
    percent: Rate


class Share(Command):
    """What one broker of several gets of the commission; the mandated broker is among them."""

    org_id: UUID
    name: Annotated[str | None, Field(max_length=300), BeforeValidator(line)] = None
    percent: Annotated[
        Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2), BeforeValidator(rate), AfterValidator(plain)
    ]


class CommissionTerms(Command):
    """How the commission is reckoned: marginal brackets, a fixed sum, a minimum and a maximum, in whole đồng."""

    tiers: Annotated[list[Tier], Field(max_length=8)] = []
    fixed: Amount = None
    minimum: Amount = None
    maximum: Amount = None
    pay: Pay = Pay.success
    retainer: Amount = None
    payer: Payer = Payer.client
    split: Annotated[list[Share], Field(max_length=6)] = []

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.tiers and not self.fixed:
            raise BilingualError(
                "Hãy điền tỷ lệ thù lao hoặc một khoản cố định.",
                "Give a percentage or a fixed sum.",
                "commission.fixed",
            )
        bounds = [t.up_to for t in self.tiers]
        if any(b is None for b in bounds[:-1]) or (bounds and bounds[-1] is not None):
            raise BilingualError(
                "Mỗi bậc trừ bậc cuối cần mức trên; bậc cuối để trống mức trên.",
                "Every bracket but the last needs an upper end; the last has none.",
                "commission.tiers.0.up_to",
            )
        ends = [b for b in bounds if b is not None]
        if any(b <= a for a, b in itertools.pairwise(ends)):
            raise BilingualError(
                "Mức trên của các bậc phải tăng dần.", "Upper ends must rise.", "commission.tiers.0.up_to"
            )
        if self.minimum is not None and self.maximum is not None and self.maximum < self.minimum:
            raise BilingualError(
                "Mức tối đa phải từ mức tối thiểu trở lên.", "The maximum lies below the minimum.", "commission.maximum"
            )
        if self.maximum == 0:
            raise BilingualError("Mức tối đa phải lớn hơn 0.", "The maximum must be above 0.", "commission.maximum")
        if self.pay is Pay.retainer and not self.retainer:
            raise BilingualError("Hãy điền phí duy trì mỗi tháng.", "Give the monthly retainer.", "commission.retainer")
        if self.pay is Pay.success:
            self.retainer = None
        if self.split and sum(s.percent for s in self.split) != 100:
            raise BilingualError(
                "Các phần chia phải cộng lại đúng 100 %.", "Shares must add up to 100 %.", "commission.split"
            )
        if len({s.org_id for s in self.split}) != len(self.split):
            raise BilingualError("Một tổ chức chỉ có một phần.", "An organisation has one share.", "commission.split")
        return self


class Scope(Command):
    kind: ScopeKind = ScopeKind.everything
    listing_ids: Annotated[list[UUID], Field(max_length=200)] = []
    need_ids: Annotated[list[UUID], Field(max_length=200)] = []
    fields: Annotated[list[FieldCode], Field(max_length=30)] = []

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        """What belongs to another kind falls out; order and repetition mean nothing."""
        if self.kind is not ScopeKind.subjects:
            self.listing_ids, self.need_ids = [], []
        if self.kind is not ScopeKind.fields:
            self.fields = []
        self.listing_ids, self.need_ids = sorted(set(self.listing_ids)), sorted(set(self.need_ids))
        self.fields = [*sorted({f for f in self.fields if f})]
        if self.kind is ScopeKind.subjects and not self.listing_ids and not self.need_ids:
            raise BilingualError("Hãy chọn ít nhất một mục.", "Choose at least one.", "scope.subjects")
        if self.kind is ScopeKind.fields and not self.fields:
            raise BilingualError("Hãy chọn ít nhất một lĩnh vực.", "Choose at least one field.", "scope.fields")
        return self

    def covers(self, subject_id: UUID, field: str | None) -> bool:
        """Whether a technology or need of the client, in this field of research, is in scope."""
        if self.kind is ScopeKind.everything:
            return True
        if self.kind is ScopeKind.subjects:
            return subject_id in self.listing_ids or subject_id in self.need_ids
        return bool(set(field_and_parents(field or "")) & set(self.fields))

    def subjects(self) -> list[UUID]:
        return [*self.listing_ids, *self.need_ids]

    def overlaps(self, other: Scope, field_of: dict[UUID, str | None]) -> bool:
        """Whether something may lie in both. `field_of`: the field of each subject either names."""
        if ScopeKind.everything in (self.kind, other.kind):
            return True
        if self.kind is other.kind is ScopeKind.subjects:
            return bool(set(self.subjects()) & set(other.subjects()))
        if self.kind is other.kind is ScopeKind.fields:
            return _within(self.fields, other.fields) or _within(other.fields, self.fields)
        named, broad = (self, other) if self.kind is ScopeKind.subjects else (other, self)
        return any(broad.covers(s, field_of.get(s)) for s in named.subjects())


def _within(codes: Iterable[str | None], above: Iterable[str | None]) -> bool:
    return any(set(field_and_parents(code or "")) & set(above) for code in codes)


class MandateTerms(Command):
    """Everything both sign. Days are calendar days in Vietnam, both ends included."""

    side: MandateSide
    exclusive: bool = False
    scope: Scope = Scope()
    starts_on: date
    ends_on: date
    renew_months: Annotated[int | None, Field(ge=1, le=36)] = None
    notice_days: Annotated[int, Field(ge=0, le=180)] = 30
    tail_days: Annotated[int, Field(ge=0, le=MAX_DAYS)] = 90
    attribution_days: Annotated[int, Field(ge=1, le=MAX_DAYS)] = 180
    commission: CommissionTerms
    duties: Annotated[str | None, Field(max_length=4000), BeforeValidator(clean)] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise BilingualError("Ngày kết thúc phải sau ngày bắt đầu.", "The end lies before the start.", "ends_on")
        if (self.ends_on - self.starts_on).days > 366 * 5:
            raise BilingualError("Thời hạn tối đa 5 năm.", "The term is five years at most.", "ends_on")
        if self.side is MandateSide.seller and self.scope.need_ids:
            raise BilingualError("Bên chào bán chọn công nghệ.", "A seller names technologies.", "scope.subjects")
        if self.side is MandateSide.buyer and self.scope.listing_ids:
            raise BilingualError("Bên mua chọn nhu cầu.", "A buyer names needs.", "scope.subjects")
        return self


class ProposeMandate(Command):
    """`client_org_id` and `broker_org_id`: one of them is the proposer's own."""

    client_org_id: UUID
    broker_org_id: UUID
    terms: MandateTerms


class CounterMandate(Command):
    terms: MandateTerms


class SignMandate(Command):
    """`sha256` is the hash of the text that was read: a newer version is not signed unseen."""

    sha256: Annotated[str, Field(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$")]


class DeclineMandate(Command):
    reason_code: DeclineCode
    reason: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None

    @model_validator(mode="after")
    def _said(self) -> Self:
        if self.reason_code is DeclineCode.other and not self.reason:
            raise BilingualError("Hãy nói rõ lý do.", "Say what the reason is.", "reason")
        return self


class GiveNotice(Command):
    reason: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None


class PartyView(BaseModel):
    id: UUID
    name_vi: str
    name_en: str | None

    def name(self, locale: str) -> str:
        return (self.name_en if locale == "en" else None) or self.name_vi


class SubjectView(BaseModel):
    """A technology or a need in scope."""

    id: UUID
    reference: str
    title: str
    url: str
    state_money: bool = False


class SignatureView(BaseModel):
    org_id: UUID
    person_name: str
    at: datetime
    sha256: str


class VersionView(BaseModel):
    version: int
    org_id: UUID
    person_name: str
    at: datetime
    sha256: str
    text: str
    terms: MandateTerms
    signatures: list[SignatureView] = []


class MandateView(BaseModel):
    """A mandate as its two parties and the operator read it."""

    id: UUID
    reference: str
    client: PartyView
    broker: PartyView
    role: str | None  # client | broker | None
    status: str
    status_at: datetime
    version: int
    terms: MandateTerms
    text: str
    sha256: str
    signatures: list[SignatureView]
    versions: list[VersionView]
    ends_on: date
    ended_at: datetime | None
    end_code: EndCode | None
    notice_at: datetime | None
    notice_org_id: UUID | None
    ending_asked_by: UUID | None
    reason_code: DeclineCode | None
    reason: str | None
    subjects: list[SubjectView]
    cap: Text | None
    actions: list[str]
    is_demo: bool


class MandateItem(BaseModel):
    """A mandate in a list."""

    id: UUID
    reference: str
    client: PartyView
    broker: PartyView
    role: str | None
    side: MandateSide
    exclusive: bool
    status: str
    status_at: datetime
    starts_on: date
    ends_on: date
    waits_for_us: bool
    is_demo: bool


class MandateList(BaseModel):
    items: list[MandateItem]
