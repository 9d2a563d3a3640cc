"""Commands in, views out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID, uuid4

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from app.accounts import OrganisationView
from app.kit import clock
from app.kit.errors import BilingualError
from app.kit.money import MAX_AMOUNT
from app.kit.text import Text
from app.kit.typed import clean, line, whole
from app.kit.workflow import Choice, labels
from app.listings import Card
from app.offers import Terms


class Kind(Choice):
    announcement = "announcement"
    sealed = "sealed"
    english = "english"


labels(
    Kind,
    announcement=("Niêm yết công khai", "Public announcement"),
    sealed=("Đấu giá kín", "Sealed bids"),
    english=("Đấu giá lên", "English auction"),
)


class Reason(Choice):
    """Why a round ended without a winner."""

    no_interest = "no_interest"
    no_bids = "no_bids"
    reserve_not_met = "reserve_not_met"
    listing_unavailable = "listing_unavailable"
    cancelled = "cancelled"


labels(
    Reason,
    no_interest=("Không đủ quan tâm", "Not enough interest"),
    no_bids=("Không có ai trả giá", "No bids"),
    reserve_not_met=("Chưa đạt giá sàn", "Reserve not met"),
    listing_unavailable=("Công nghệ không còn chào bán", "The listing is no longer offered"),
    cancelled=("Bị hủy", "Cancelled"),
)


def _moment(value: Any) -> Any:
    """A form's time has no offset and means Vietnam's."""
    if not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise BilingualError("Hãy nhập ngày và giờ.", "Enter a date and a time.") from None
    return at if at.tzinfo else at.replace(tzinfo=clock.VIETNAM)


def _unpriced(value: Any) -> Any:
    """The price is what the round finds: the terms are given without it."""
    return {**value, "upfront": 0} if isinstance(value, dict) else value


Moment = Annotated[datetime, BeforeValidator(_moment)]
Amount = Annotated[StrictInt, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]
Positive = Annotated[StrictInt, Field(gt=0, le=MAX_AMOUNT), BeforeValidator(whole)]
OptionalAmount = Annotated[StrictInt | None, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Rise(Command):
    """From this price on, a bid is at least so much higher."""

    since: Amount
    step: Positive


class PlanRound(Command):
    """All of a round but its reserve, which is given at the announcement. Amounts in đồng, times of Vietnam when
    they carry no offset. `steps` for an English auction, the first from 0."""

    kind: Kind
    about: Annotated[str, Field(min_length=20, max_length=4000), BeforeValidator(clean)]
    terms: Annotated[Terms, BeforeValidator(_unpriced)]
    registration_until: Moment
    opens_at: Moment
    ends_at: Moment
    deposit: Amount = 0
    quorum: Annotated[int, Field(ge=2, le=50)] = 3
    start_price: OptionalAmount = None
    steps: Annotated[list[Rise], Field(max_length=10)] = []
    snipe_minutes: Annotated[int, Field(ge=0, le=60)] = 0
    extend_minutes: Annotated[int, Field(ge=0, le=60)] = 0
    extensions_max: Annotated[int | None, Field(ge=1, le=1000)] = None
    intended_org_id: UUID | None = None
    intended_price: OptionalAmount = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.opens_at < self.registration_until:
            raise BilingualError(
                "Giờ mở phải từ lúc hết hạn đăng ký trở đi.", "Opening lies before the end of registration.", "opens_at"
            )
        if self.ends_at <= self.opens_at:
            raise BilingualError("Giờ kết thúc phải sau giờ mở.", "The end lies before the opening.", "ends_at")
        if self.kind is Kind.english:
            self._english()
        if self.kind is Kind.announcement and (self.intended_org_id is None or self.intended_price is None):
            raise BilingualError(
                "Hãy nêu bên dự kiến nhận và giá dự kiến.", "Name the intended party and price.", "intended_price"
            )
        return self

    def _english(self) -> None:
        if self.start_price is None:
            raise BilingualError("Hãy đặt giá khởi điểm.", "Give the starting price.", "start_price")
        if not self.steps or self.steps[0].since != 0:
            raise BilingualError("Hãy đặt bước giá áp dụng từ 0 ₫.", "Give the step that holds from 0.", "steps")
        starts = [r.since for r in self.steps]
        if starts != sorted(set(starts)):
            raise BilingualError("Các mốc bước giá phải tăng dần.", "The steps must rise.", "steps")
        if (self.snipe_minutes > 0) != (self.extend_minutes > 0):
            raise BilingualError(
                "Gia hạn cần cả hai: số phút cuối và số phút kéo dài.",
                "An extension needs both times.",
                "extend_minutes",
            )


class AnnounceRound(Command):
    """The reserve is kept from everybody until the end; the basis says why it is right."""

    reserve: OptionalAmount = None
    reserve_basis: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None


class NameOfficers(Command):
    person_ids: Annotated[list[UUID], Field(min_length=2, max_length=9)]


class Why(Command):
    reason: Annotated[str, Field(min_length=5, max_length=2000), BeforeValidator(clean)]


class AdmitEntry(Command):
    """`reason`: why a tie that does not forbid it is no conflict; asked for when there is one."""

    reason: Annotated[str | None, Field(min_length=10, max_length=2000), BeforeValidator(clean)] = None


class ApplyToRound(Command):
    message: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None


class DeclareDeposit(Command):
    """Where the deposit was paid: bank, date, transaction number."""

    evidence: Annotated[str, Field(min_length=10, max_length=500), BeforeValidator(line)]


class PlaceBid(Command):
    """`maximum`: up to which the exchange bids for you, known to nobody else. One `key` is one bid."""

    amount: Positive
    maximum: Annotated[StrictInt | None, Field(gt=0, le=MAX_AMOUNT), BeforeValidator(whole)] = None
    key: UUID = Field(default_factory=uuid4)

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.maximum is not None and self.maximum < self.amount:
            raise BilingualError(
                "Mức tối đa phải từ số tiền trả trở lên.", "The maximum lies below the bid.", "maximum"
            )
        return self


class SealBid(Command):
    amount: Positive


class TurnKey(Command):
    passphrase: Annotated[str, Field(min_length=1, max_length=500)]


class MakeOfficerKey(Command):
    passphrase: Annotated[str, Field(min_length=16, max_length=500)]
    repeat: Annotated[str | None, Field(max_length=500)] = None

    @model_validator(mode="after")
    def _same(self) -> Self:
        if self.repeat is not None and self.repeat != self.passphrase:
            raise BilingualError("Hai lần nhập chưa giống nhau.", "The two entries differ.", "repeat")
        return self


class FileObjection(Command):
    text: Annotated[str, Field(min_length=20, max_length=3000), BeforeValidator(clean)]


class AnswerObjection(Command):
    answer: Annotated[str, Field(min_length=5, max_length=3000), BeforeValidator(clean)]


# --- views ---


class DepositView(BaseModel):
    amount: int
    status: str
    status_at: datetime
    evidence: str | None
    reason: str | None


class TieView(BaseModel):
    """A tie of an applicant in words. `refuses`: it keeps the applicant out."""

    words: Text
    certain: bool
    refuses: bool


class EntryView(BaseModel):
    """An application, for its organisation, the owner of the round and the operator."""

    id: UUID
    round_id: UUID
    org: OrganisationView
    number: int | None
    status: str
    status_at: datetime
    applied_at: datetime
    message: str | None
    reason: str | None
    deposit: DepositView | None
    actions: list[str] = []
    # For the operator, and its own for the applicant: ties that wait for a decision.
    ties: list[TieView] = []


class PriceView(BaseModel):
    """A rise of the price, as the public reads it: bidders by their numbers."""

    seq: int
    price: int
    number: int
    automatic: bool
    at: datetime


class BidView(BaseModel):
    """Of the log after the end. Maxima stay confidential."""

    number: int
    amount: int
    outcome: str
    at: datetime


class EnvelopeView(BaseModel):
    """Of the log after the opening, in the order of their hashes."""

    sha256: str
    number: int | None
    amount: int | None
    at: datetime | None
    standing: str
    why: str | None


class ObjectionView(BaseModel):
    id: UUID
    org_name: str
    text: str
    at: datetime
    answer: str | None
    answered_at: datetime | None
    actions: list[str] = []


class OfficerView(BaseModel):
    person_id: UUID
    name: str
    turned: bool = False


class RoundCard(BaseModel):
    id: UUID
    reference: str
    kind: Kind
    listing: Card
    status: str
    status_at: datetime
    registration_until: datetime
    opens_at: datetime
    ends_at: datetime
    start_price: int | None
    deposit: int
    price: int | None
    result_price: int | None
    reason_code: Reason | None
    is_demo: bool

    @property
    def url(self) -> str:
        return f"/rounds/{self.id}"


class RoundList(BaseModel):
    items: list[RoundCard]


class Live(BaseModel):
    """What everybody may see while bids come in: also what the live stream carries."""

    round_id: UUID
    status: str
    seq: int
    price: int | None
    number: int | None
    least: int | None
    ends_at: datetime
    extensions: int


class RoundView(RoundCard):
    """A round as this reader may see it. `reserve` and names only after the end; `my_maximum` one's own only."""

    seller: OrganisationView
    mine: bool
    about: str
    terms: Terms
    announced_at: datetime | None
    quorum: int
    interest: int | None
    steps: list[Rise]
    snipe_minutes: int
    extend_minutes: int
    extensions_max: int | None
    extensions: int
    intended_party: OrganisationView | None
    intended_price: int | None
    seq: int
    least: int | None
    leader_number: int | None
    leading: bool
    my_maximum: int | None
    prices: list[PriceView]
    bids: list[BidView]
    envelopes: list[EnvelopeView]
    officers: list[OfficerView]
    objections: list[ObjectionView]
    reserve: int | None
    reserve_basis: str | None
    reserve_met: bool | None
    winner_number: int | None
    winner: OrganisationView | None
    deal_id: UUID | None
    reason: str | None
    state_funded: bool
    notice_days: int | None
    entry: EntryView | None
    entries: list[EntryView]
    actions: list[str]

    @property
    def over(self) -> bool:
        return self.status in ("awarded", "unsold", "cancelled")


class Receipt(BaseModel):
    """Given to whoever sealed an envelope, once and to nobody else: the hash is found again in the published log."""

    round_id: UUID
    sha256: str
    amount: int | None
    at: datetime


class BidResult(BaseModel):
    """`outcome`: leading, outbid (somebody's maximum is higher) or raised (one's own maximum)."""

    outcome: str
    price: int
    least: int
    ends_at: datetime


class OfficerKeyView(BaseModel):
    public_key: str
    made_at: datetime


class OfficerKeys(BaseModel):
    """One's own key, if any."""

    key: OfficerKeyView | None


class Desk(BaseModel):
    """What waits for the operator: drafts without officers, applications and deposits, envelopes to open."""

    drafts: list[RoundCard]
    entries: list[EntryView]
    rounds: list[RoundCard]  # those the applications are for
    to_open: list[RoundCard]
    stuck: list[RoundCard]


class Held(BaseModel):
    """`held`: an envelope with the asked hash lies in the round."""

    held: bool


OUTCOMES = {
    "leading": Text("Bạn đang dẫn đầu.", "You are leading."),
    "outbid": Text(
        "Giá của bạn đã được nhận nhưng có người đặt mức tối đa cao hơn.",
        "Your bid was taken, but somebody's maximum is higher.",
    ),
    "raised": Text("Đã nâng mức tối đa; giá hiện tại không đổi.", "Your maximum is raised; the price stays."),
}
