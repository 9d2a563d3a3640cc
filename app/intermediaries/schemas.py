"""Commands in, views out."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from app import reference
from app.accounts import OrganisationView
from app.deals import Capacity, Side
from app.intermediaries.offering import Availability, FeeKind, Language, LicenceKind, ProviderKind, Service
from app.kit.errors import BilingualError
from app.kit.money import MAX_AMOUNT
from app.kit.text import Text
from app.kit.typed import clean, line, rate, whole

MARKS = ("speed", "clarity", "integrity", "result")
MARK_LABELS = {
    "speed": Text("Tốc độ", "Speed"),
    "clarity": Text("Rõ ràng", "Clarity"),
    "integrity": Text("Trung thực", "Integrity"),
    "result": Text("Kết quả", "Result"),
}


SCALE = {
    1: Text("1 · Kém", "1 · Poor"),
    2: Text("2", "2"),
    3: Text("3 · Được", "3 · Fair"),
    4: Text("4", "4"),
    5: Text("5 · Rất tốt", "5 · Excellent"),
}


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore")


Headline = Annotated[str | None, Field(max_length=160), BeforeValidator(line)]
Story = Annotated[str | None, Field(max_length=3000), BeforeValidator(clean)]
Reason = Annotated[str, Field(min_length=5, max_length=1000), BeforeValidator(clean)]
Province = Annotated[int, Field(ge=1)]


class Fee(Command):
    """`low` and `high`: whole đồng for `fixed` and `hourly`, per cent (at most two places) for `percent`, neither for
    `agreed`. `high` is `low` when not given."""

    kind: FeeKind = FeeKind.agreed
    low: Decimal | None = None
    high: Decimal | None = None
    note: Annotated[str | None, Field(max_length=300), BeforeValidator(line)] = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        """Amounts and rates are typed differently: the kind says how to read them."""
        if not isinstance(value, dict):
            return value
        kind = value.get("kind") or FeeKind.agreed.value
        read = rate if kind == FeeKind.percent.value else whole
        made = {k: v for k, v in value.items() if v not in ("", None)}
        for name in ("low", "high"):
            if kind == FeeKind.agreed.value:
                made.pop(name, None)
            elif name in made:
                made[name] = read(made[name])
        return made | {"kind": kind}

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.kind is FeeKind.agreed:
            return self
        if self.low is None:
            raise BilingualError("Hãy ghi mức phí, hoặc chọn theo thỏa thuận.", "Give the fee, or choose by agreement.")
        self.high = self.low if self.high is None else self.high
        if self.high < self.low:
            raise BilingualError("Mức cao nhất phải từ mức thấp nhất trở lên.", "Upper end below lower.")
        if self.kind is FeeKind.percent:
            if not 0 <= self.low <= self.high <= 100 or any(v != round(v, 2) for v in (self.low, self.high)):
                raise BilingualError("Tỷ lệ từ 0 đến 100, tối đa hai số lẻ.", "A rate from 0 to 100, two places.")
        elif not 0 <= self.low <= self.high <= MAX_AMOUNT or any(v != int(v) for v in (self.low, self.high)):
            raise BilingualError("Hãy nhập số đồng, ví dụ 15000000.", "Enter whole đồng, for example 15000000.")
        return self


def _codes(value: list[str]) -> list[str]:
    known = reference.fields()
    if any(code not in known for code in value):
        raise BilingualError("Hãy chọn lĩnh vực trong danh sách.", "Choose listed fields.")
    return sorted(set(value))


def _provinces(value: list[int]) -> list[int]:
    if any(reference.province_name(code) is None for code in value):
        raise BilingualError("Hãy chọn tỉnh, thành phố trong danh sách.", "Choose listed provinces.")
    return sorted(set(value))


def _languages(value: list[Language]) -> list[Language]:
    return sorted(set(value), key=list(Language).index)


class BeginProvider(Command):
    kind: ProviderKind


class SaveProvider(Command):
    """Only what is given changes; lists and `services` are replaced as a whole. `consent` is asked of experts."""

    headline_vi: Headline = None
    headline_en: Headline = None
    story_vi: Story = None
    story_en: Story = None
    services: Annotated[dict[Service, Fee], Field(max_length=7)] = {}
    fields: Annotated[list[str], Field(max_length=20), AfterValidator(_codes)] = []
    ipc: Annotated[list[reference.IpcSymbol], Field(max_length=20), reference.Splitting] = []
    languages: Annotated[list[Language], Field(max_length=8), AfterValidator(_languages)] = []
    regions: Annotated[list[Province], Field(max_length=34), AfterValidator(_provinces)] = []
    capacity: Annotated[int, Field(ge=1, le=500)] = 1
    availability: Availability = Availability.open
    consent: bool = False


class DeclareLicence(Command):
    """The licence's PDF comes along. `expires_on` is the last day in force; none when it does not end."""

    kind: LicenceKind
    number: Annotated[str, Field(min_length=1, max_length=100), BeforeValidator(line)]
    issuer: Annotated[str, Field(min_length=3, max_length=200), BeforeValidator(line)]
    issued_on: date
    expires_on: date | None = None
    services: Annotated[list[Service], Field(min_length=1, max_length=7)]

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.expires_on is not None and self.expires_on < self.issued_on:
            raise BilingualError("Ngày hết hạn phải sau ngày cấp.", "It expires before it was issued.", "expires_on")
        self.services = sorted(set(self.services), key=list(Service).index)
        return self


class GiveReason(Command):
    reason: Reason


class SendRating(Command):
    """Marks from 1 (poor) to 5 (excellent) about the other organisation; never changed once sent."""

    ratee_org_id: UUID
    speed: Annotated[int, Field(ge=1, le=5)]
    clarity: Annotated[int, Field(ge=1, le=5)]
    integrity: Annotated[int, Field(ge=1, le=5)]
    result: Annotated[int, Field(ge=1, le=5)]
    words: Annotated[str | None, Field(max_length=1500), BeforeValidator(clean)] = None


class Find(Command):
    """What the directory is asked for."""

    q: Annotated[str, Field(max_length=200)] = ""
    service: Service | None = None
    field: reference.FieldCode = None
    province: reference.ProvinceCode = None
    language: Language | None = None
    cursor: str | None = None


# --- what is shown ---


class FeeView(BaseModel):
    """Amounts in đồng, `low` and `high` of a percentage in per cent."""

    kind: FeeKind
    low: StrictInt | Decimal | None
    high: StrictInt | Decimal | None
    note: str | None


class OfferedService(BaseModel):
    """`offered` is false while the law asks for a licence and no checked one covers the service today."""

    service: Service
    fee: FeeView
    needs_licence: bool
    offered: bool
    licensed_until: date | None = None


class Move(BaseModel):
    action: str
    at: datetime
    who: str
    reason: str | None = None


class LicenceView(BaseModel):
    """Anyone sees checked ones in force; the rest, the file and its hash are the owner's and the operator's."""

    id: UUID
    kind: LicenceKind
    number: str
    issuer: str
    issued_on: date
    expires_on: date | None
    services: list[Service]
    status: str
    status_at: datetime
    checked_at: datetime | None
    in_force: bool
    days_left: int | None = None
    file_name: str | None = None
    sha256: str | None = None
    reason: str | None = None
    actions: list[str] = []


class Record(BaseModel):
    """Of deals on the exchange in which the organisation was broker, adviser, valuer or appraiser.

    `contracted` reached a signed contract (L2); `ended` stopped without one; `stalled` are live and overdue. Medians
    in days, of three deals or more; `conversion` from 0 to 1, of three or more.
    """

    taken: int
    live: int
    stalled: int
    contracted: int
    ended: int
    disputed: int
    conversion: float | None
    to_contract: float | None
    deal_time: float | None
    least: int


class Satisfaction(BaseModel):
    """`mean` of all marks of published ratings, from 1 to 5; null when there are none."""

    mean: float | None
    count: int


class RatingView(BaseModel):
    """A published rating names neither the deal nor who rated: only the side they stood on."""

    id: UUID
    rater_side: Side | None
    capacity: Capacity
    marks: dict[str, int]
    words: str | None
    published_on: date | None
    status: str
    hidden_why: str | None = None
    actions: list[str] = []

    @property
    def mean(self) -> float:
        return sum(self.marks.values()) / len(self.marks)


class RatingsView(BaseModel):
    """Means by mark are shown of three ratings or more."""

    count: int
    mean: float | None
    marks: dict[str, float]
    items: list[RatingView]


class ProviderCard(BaseModel):
    """A row of the directory: only services that are offered today."""

    id: UUID
    kind: ProviderKind
    org_id: UUID
    org_name: str
    org_kind: str
    verified: bool
    name: str
    headline: Text | None
    province: int | None
    services: list[Service]
    fields: list[str]
    languages: list[Language]
    regions: list[int]
    availability: Availability
    is_demo: bool

    @property
    def url(self) -> str:
        return f"/intermediaries/{self.org_id}" if self.kind is ProviderKind.organisation else f"/experts/{self.id}"


class ProviderList(BaseModel):
    items: list[ProviderCard]
    next_cursor: str | None = None


class ProviderView(BaseModel):
    """A profile. `services` and `licences` hold what the reader may see; `record` is of the organisation, or of the
    deals in which the expert acted; `ratings` are an organisation's."""

    id: UUID
    kind: ProviderKind
    organisation: OrganisationView
    name: str
    headline_vi: str | None
    headline_en: str | None
    story_vi: str | None
    story_en: str | None
    services: list[OfferedService]
    fields: list[str]
    ipc: list[str]
    languages: list[Language]
    regions: list[int]
    capacity: int
    availability: Availability
    licences: list[LicenceView]
    record: Record | None = None
    ratings: RatingsView | None = None
    consented: bool = False
    status: str
    status_at: datetime
    edited_at: datetime
    reviewed_at: datetime | None
    asked: str | None = None
    own: bool = False
    history: list[Move] = []
    actions: list[str] = []
    is_demo: bool = False

    @property
    def unseen(self) -> bool:
        """Edited since the operator last looked."""
        return self.status == "listed" and (self.reviewed_at is None or self.edited_at > self.reviewed_at)

    def headline(self, locale: str) -> str | None:
        return (self.headline_en if locale == "en" else None) or self.headline_vi

    def story(self, locale: str) -> str | None:
        return (self.story_en if locale == "en" else None) or self.story_vi


class OwnProviders(BaseModel):
    """One's organisation's profile and one's own as an expert; null where there is none yet."""

    organisation: ProviderView | None
    expert: ProviderView | None
    waiting: list[WaitingRating] = []


class QueueItem(BaseModel):
    id: UUID
    kind: ProviderKind
    name: str
    org_id: UUID
    org_name: str
    since: datetime
    why: Text
    licences: int


class ReportedRemark(BaseModel):
    rating_id: UUID
    ratee_org_id: UUID
    ratee_name: str
    words: str
    why: str | None
    since: datetime
    actions: list[str] = []


class ProviderQueue(BaseModel):
    """What waits for the operator: profiles, licences to check, words that were reported; the oldest first."""

    items: list[QueueItem]
    remarks: list[ReportedRemark]


class ToRate(BaseModel):
    """One other organisation of a deal that the actor's may rate, or has."""

    org_id: UUID
    name: str
    capacity: Capacity
    sent: RatingView | None
    theirs: RatingView | None
    other_sent: bool
    closes_at: datetime | None
    published: bool
    may_send: bool


class DealRatings(BaseModel):
    deal_id: UUID
    reference: str
    open: bool
    items: list[ToRate]


class WaitingRating(BaseModel):
    """A deal in which one's organisation may still rate somebody."""

    deal_id: UUID
    reference: str
    names: list[str]
    closes_at: datetime | None


OwnProviders.model_rebuild()
