"""Commands in, views out."""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt

from app.accounts import OrganisationView
from app.deals.workflow import DEAL
from app.kit import clock
from app.kit.money import MAX_AMOUNT
from app.kit.text import Text
from app.kit.typed import clean, line, whole
from app.kit.workflow import Choice, State, labels
from app.listings import Card
from app.reference import TransferMode


class Side(Choice):
    seller = "seller"
    buyer = "buyer"

    @property
    def other(self) -> Side:
        return Side.buyer if self is Side.seller else Side.seller


labels(Side, seller=("Bên chào bán", "Seller"), buyer=("Bên mua", "Buyer"))


class Capacity(Choice):
    """In what an organisation takes part in a deal."""

    seller = "seller"
    buyer = "buyer"
    seller_broker = "seller_broker"
    buyer_broker = "buyer_broker"
    valuer = "valuer"
    appraiser = "appraiser"
    adviser = "adviser"

    @property
    def party(self) -> bool:
        return self in (Capacity.seller, Capacity.buyer)

    @property
    def broker(self) -> bool:
        return self in (Capacity.seller_broker, Capacity.buyer_broker)

    @property
    def serves(self) -> Side | None:
        """The side a party is, or a broker works for; None for those who serve no side."""
        if self in (Capacity.seller, Capacity.seller_broker):
            return Side.seller
        return Side.buyer if self in (Capacity.buyer, Capacity.buyer_broker) else None


labels(
    Capacity,
    seller=("Bên chào bán", "Seller"),
    buyer=("Bên mua", "Buyer"),
    seller_broker=("Môi giới bên chào bán", "Seller's broker"),
    buyer_broker=("Môi giới bên mua", "Buyer's broker"),
    valuer=("Bên định giá", "Valuer"),
    appraiser=("Bên thẩm định, đánh giá", "Appraiser"),
    adviser=("Bên tư vấn", "Adviser"),
)


class ReasonCode(Choice):
    """Why somebody says no; the codes go back to whoever listed or offered."""

    too_early = "too_early"
    benefit_unclear = "benefit_unclear"
    route_unclear = "route_unclear"
    price = "price"
    rights = "rights"
    description_unclear = "description_unclear"
    already_solved = "already_solved"
    timing = "timing"
    budget_gone = "budget_gone"
    partner_changed = "partner_changed"
    legal = "legal"
    confidentiality = "confidentiality"
    nda_refused = "nda_refused"
    no_answer = "no_answer"
    other = "other"

    @property
    def since(self) -> date:
        """The day from which the code may be chosen; what was said before was said with fewer codes."""
        return _SINCE.get(self, date(2026, 11, 24))


labels(
    ReasonCode,
    too_early=("Công nghệ còn quá sớm", "Too early a stage"),
    benefit_unclear=("Chưa rõ lợi ích", "Benefit unclear"),
    route_unclear=("Chưa rõ cách đưa vào sản xuất", "Route to use unclear"),
    price=("Giá chưa phù hợp", "Price"),
    rights=("Phạm vi quyền chưa phù hợp", "Rights do not fit"),
    description_unclear=("Mô tả chưa rõ", "Description unclear"),
    already_solved=("Đã có giải pháp khác", "Solved another way"),
    timing=("Thời điểm chưa phù hợp", "Not the right time"),
    budget_gone=("Không còn ngân sách", "The budget is gone"),
    partner_changed=("Đã chọn đối tác khác", "Another partner was chosen"),
    legal=("Vướng quy định pháp luật", "Legal obstacles"),
    confidentiality=("Không thống nhất được về bảo mật", "No agreement on confidentiality"),
    nda_refused=("Không ký thỏa thuận bảo mật", "The NDA was refused"),
    no_answer=("Bên kia không trả lời", "The other side does not answer"),
    other=("Lý do khác", "Other"),
)
_SINCE = dict.fromkeys(
    ("timing", "budget_gone", "partner_changed", "legal", "confidentiality", "nda_refused", "no_answer"),
    date(2026, 12, 1),
)
REASONS = list(ReasonCode)


class EvidenceLevel(IntEnum):
    """The evidence ladder; a figure says which level it counts, and levels are never added together."""

    interest = 0
    terms = 1
    contract = 2
    registration = 3
    payment = 4
    use = 5

    @property
    def label(self) -> Text:
        return LEVEL_LABELS[self]


LEVEL_LABELS = {
    EvidenceLevel.interest: Text("L0 · Quan tâm", "L0 · Interest"),
    EvidenceLevel.terms: Text("L1 · Ghi nhớ, thống nhất điều khoản", "L1 · Memorandum, terms agreed"),
    EvidenceLevel.contract: Text("L2 · Hợp đồng đã ký", "L2 · Contract signed"),
    EvidenceLevel.registration: Text("L3 · Đã đăng ký nhà nước", "L3 · State registration"),
    EvidenceLevel.payment: Text("L4 · Đã nhận tiền", "L4 · Money received"),
    EvidenceLevel.use: Text("L5 · Đã đưa vào sử dụng", "L5 · In use"),
}


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ExpressInterest(Command):
    message: Annotated[str, Field(min_length=20, max_length=3000), BeforeValidator(clean)]
    intended_use: Annotated[str | None, Field(max_length=1000), BeforeValidator(clean)] = None


class CloseDeal(Command):
    reason_code: ReasonCode
    reason: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None


class ReportContract(Command):
    """The contract both sides signed outside the exchange; its file comes along. `value` in đồng."""

    number: Annotated[str, Field(min_length=1, max_length=100), BeforeValidator(line)]
    signed_on: date
    value: Annotated[StrictInt, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]


class DisputeContract(Command):
    reason: Annotated[str, Field(min_length=5, max_length=2000), BeforeValidator(clean)]


class HandOver(Command):
    """To which person of one's own organisation the deal goes."""

    person_id: UUID


class Participant(BaseModel):
    """An organisation that takes part now, and who handles the deal there."""

    org_id: UUID
    org_name: str
    capacity: Capacity
    since: datetime
    handler_id: UUID | None = None
    handler_name: str | None = None


class Access(BaseModel):
    """What one may do in a deal follows from this: the actor's side or capacity, and who else takes part."""

    deal_id: UUID
    reference: str
    listing_id: UUID
    seller_org_id: UUID
    buyer_org_id: UUID
    status: str
    status_at: datetime
    side: Side | None
    capacity: Capacity | None
    participants: list[Participant]

    def orgs(self, *capacities: Capacity) -> list[UUID]:
        return [p.org_id for p in self.participants if p.capacity in capacities]


class Engagement(BaseModel):
    """One participation of one organisation, and how its deal went: what a track record is counted from. `until` is
    null while it takes part, `contracted_at` until both sides have confirmed a contract."""

    deal_id: UUID
    org_id: UUID
    capacity: Capacity
    since: datetime
    until: datetime | None
    status: str
    status_at: datetime
    opened_at: datetime
    turn_until: datetime | None
    evidence_level: int
    contracted_at: datetime | None
    disputed: bool

    @property
    def ended_at(self) -> datetime | None:
        return self.contracted_at or (self.status_at if self.status == "closed" else None)


class Concluded(BaseModel):
    """Who took part when both sides had confirmed a deal's contract (L2): also those whose part has ended since."""

    deal_id: UUID
    reference: str
    at: datetime
    participants: list[Participant]


class Settled(BaseModel):
    """A price that was paid: a contract both sides confirmed (L2) and nobody reversed. `amount` in whole minor units
    of `currency`; `mode` as the accepted terms have it; `field` and `trl` as the listing has them."""

    deal_id: UUID
    listing_id: UUID
    seller_org_id: UUID
    buyer_org_id: UUID
    mode: TransferMode | None
    field: str | None
    trl: int | None
    amount: int
    currency: str
    signed_on: date


class TimelineEvent(BaseModel):
    at: datetime
    workflow: str
    action: str
    to_state: str
    person: str
    org_id: UUID | None
    side: Side | None
    reason_code: ReasonCode | None
    reason: str | None


class EvidenceView(BaseModel):
    id: UUID
    level: int
    kind: str
    status: str
    at: datetime
    org_id: UUID | None
    number: str | None
    signed_on: date | None
    value: int | None
    sha256: str
    file_name: str | None
    disputed_why: str | None = None
    actions: list[str] = []

    @property
    def label(self) -> Text:
        return LEVEL_LABELS[EvidenceLevel(self.level)]


class DealView(BaseModel):
    """A deal as one of its parties, the operator or the Department may read it."""

    id: UUID
    reference: str
    listing: Card
    seller: OrganisationView
    buyer: OrganisationView
    participants: list[Participant]
    side: Side | None
    capacity: Capacity | None
    status: str
    status_at: datetime
    opened_at: datetime
    message: str
    intended_use: str | None
    turn: Side | None
    turn_until: datetime | None
    evidence_level: int
    agreed_offer_id: UUID | None
    agreed_value: int | None
    reason_code: ReasonCode | None
    evidence: list[EvidenceView]
    actions: list[str]
    is_demo: bool

    @property
    def my_turn(self) -> bool:
        return self.turn is not None and self.turn == self.side

    @property
    def state(self) -> State:
        return DEAL.states[self.status]


class DealItem(BaseModel):
    """A deal in a list: the desk's row."""

    id: UUID
    reference: str
    listing_id: UUID
    listing_title: str
    seller_org_id: UUID
    seller_name: str
    buyer_org_id: UUID
    buyer_name: str
    side: Side | None
    capacity: Capacity | None
    status: str
    status_at: datetime
    opened_at: datetime
    turn: Side | None
    turn_since: datetime | None
    turn_until: datetime | None
    evidence_level: int
    agreed_value: int | None
    reason_code: ReasonCode | None
    is_demo: bool

    @property
    def my_turn(self) -> bool:
        return self.turn is not None and self.turn == self.side

    @property
    def overdue(self) -> bool:
        """The time to answer has passed."""
        return self.turn is not None and self.turn_until is not None and self.turn_until < clock.now()


class DealList(BaseModel):
    items: list[DealItem]
    next_cursor: str | None = None


class Timeline(BaseModel):
    items: list[TimelineEvent]
