"""The typed term sheet, commands and views."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from app.deals import DealView, Side, TimelineEvent
from app.kit.errors import BilingualError
from app.kit.money import MAX_AMOUNT
from app.kit.text import Text
from app.kit.typed import clean, line, plain, rate, whole
from app.kit.workflow import Choice, labels
from app.listings import Exclusivity, RoyaltyBase, Territory, TransferMode


class Improvements(Choice):
    each_owns = "each_owns"
    shared = "shared"
    assign_back = "assign_back"


labels(
    Improvements,
    each_owns=("Bên nào cải tiến bên đó sở hữu", "Each side owns its own"),
    shared=("Hai bên cùng dùng", "Shared"),
    assign_back=("Chuyển lại bên chào bán", "Assigned back to the seller"),
)


class Publication(Choice):
    free = "free"
    after_review = "after_review"
    none = "none"


labels(
    Publication,
    free=("Được công bố", "Free"),
    after_review=("Sau khi bên kia xem trước", "After review"),
    none=("Không công bố", "None"),
)


class GoverningLaw(Choice):
    VN = "VN"
    other = "other"


labels(GoverningLaw, VN=("Pháp luật Việt Nam", "Vietnamese law"), other=("Pháp luật khác", "Another law"))


class Forum(Choice):
    court = "court"
    arbitration_viac = "arbitration_viac"
    other = "other"


labels(
    Forum,
    court=("Tòa án có thẩm quyền", "Competent court"),
    arbitration_viac=("Trọng tài VIAC", "VIAC arbitration"),
    other=("Cơ quan khác", "Another forum"),
)

Amount = Annotated[StrictInt, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]
OptionalAmount = Annotated[StrictInt | None, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]
Percent = Annotated[
    Decimal | None, Field(ge=0, le=100, max_digits=6, decimal_places=3), BeforeValidator(rate), AfterValidator(plain)
]


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Instalment(Part):
    label: Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(line)]
    amount: Amount
    due_days: Annotated[int, Field(ge=0, le=36_500)] = 0


class Milestone(Part):
    label: Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(line)]
    amount: Amount


class Terms(Part):
    """What is agreed on, as a typed vector. Amounts in whole đồng, rates in %, terms in years or months."""

    mode: TransferMode
    exclusivity: Exclusivity = Exclusivity.non_exclusive
    sublicence: bool = False
    field_of_use: Annotated[str | None, Field(max_length=500), BeforeValidator(line)] = None
    territory: Territory = ["VN"]
    term_years: Annotated[int | None, Field(ge=1, le=99)] = None
    upfront: OptionalAmount = None
    instalments: Annotated[list[Instalment], Field(max_length=20)] = []
    milestones: Annotated[list[Milestone], Field(max_length=20)] = []
    royalty_percent: Percent = None
    royalty_base: RoyaltyBase | None = None
    royalty_floor: OptionalAmount = None
    royalty_cap: OptionalAmount = None
    equity_percent: Percent = None
    goods: Annotated[str | None, Field(max_length=1000), BeforeValidator(clean)] = None
    training_days: Annotated[int | None, Field(ge=0, le=1000)] = None
    improvements: Improvements | None = None
    publication: Publication | None = None
    warranty_months: Annotated[int | None, Field(ge=0, le=600)] = None
    liability_cap: OptionalAmount = None
    penalty_percent: Percent = None
    governing_law: GoverningLaw = GoverningLaw.VN
    forum: Forum | None = None
    conditions: Annotated[str | None, Field(max_length=3000), BeforeValidator(clean)] = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.mode is TransferMode.assignment:
            self.exclusivity, self.term_years, self.sublicence = Exclusivity.exclusive, None, False
        if self.royalty_percent is not None and self.royalty_base is None:
            raise BilingualError("Hãy chọn căn cứ tính phí kỳ vụ.", "Choose the royalty base.", "royalty_base")
        if self.royalty_floor is not None and self.royalty_cap is not None and self.royalty_cap < self.royalty_floor:
            raise BilingualError("Mức trần phải từ mức sàn trở lên.", "The cap lies below the floor.", "royalty_cap")
        paid = self.upfront or self.instalments or self.milestones or self.royalty_percent or self.equity_percent
        if not paid and not self.goods and self.upfront is None and self.mode is not TransferMode.trial:
            raise BilingualError(
                "Hãy điền ít nhất một khoản: trả trước (có thể là 0), trả dần, mốc, phí kỳ vụ, vốn góp hoặc hàng hóa.",
                "Give at least one payment: upfront (may be 0), instalments, milestones, royalty, equity or goods.",
                "upfront",
            )
        return self

    @property
    def exclusive(self) -> bool:
        """Exclusive and sole grants both keep every other licensee out."""
        return self.exclusivity is not Exclusivity.non_exclusive

    @property
    def value(self) -> int:
        """The sum that is certain or tied to milestones, in đồng; royalties are not guessed."""
        parts = [self.upfront or 0, *(i.amount for i in self.instalments), *(m.amount for m in self.milestones)]
        return sum(parts)

    def canonical(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_none=True)

    def hash(self) -> str:
        plain = json.dumps(self.canonical(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()


class SendOffer(Part):
    terms: Terms
    note: Annotated[str | None, Field(max_length=3000), BeforeValidator(clean)] = None
    valid_days: Annotated[int, Field(ge=1, le=180)] = 14


class DeclineOffer(Part):
    reason_code: str
    reason: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None


class Change(BaseModel):
    """One term against an earlier round: `kind` is same, changed, added or removed."""

    term: str
    label: Text
    kind: str
    before: Any = None
    after: Any = None


class OfferView(BaseModel):
    id: UUID
    deal_id: UUID
    round: int
    side: Side
    org_id: UUID
    status: str
    status_at: datetime
    sent_at: datetime
    valid_until: datetime
    terms: Terms
    terms_hash: str
    value: int
    note: str | None
    changed: list[str]
    actions: list[str] = []


class OfferList(BaseModel):
    items: list[OfferView]


class RoomView(BaseModel):
    """Everything a deal's room shows: `agreed` names the terms on which the last two rounds say the same."""

    deal: DealView
    offers: list[OfferView]
    difference: list[Change]
    agreed: list[str]
    timeline: list[TimelineEvent]
    may_send: bool

    @property
    def current(self) -> OfferView | None:
        return next((o for o in reversed(self.offers) if o.status in ("open", "frozen", "accepted")), None)

    @property
    def newest(self) -> OfferView | None:
        return self.offers[-1] if self.offers else None
