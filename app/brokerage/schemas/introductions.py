"""Introductions, their receipts, what they lead to, and the statements of commission."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from app.brokerage.schemas.mandates import Command, MandateSide, PartyView, SubjectView
from app.kit.errors import BilingualError
from app.kit.text import Text
from app.kit.typed import clean
from app.kit.workflow import Choice, labels


class NoThanks(Choice):
    """Why an introduced party declines. `already_known` leaves the question whose merit it was to a claim."""

    not_interested = "not_interested"
    not_now = "not_now"
    wrong_fit = "wrong_fit"
    already_known = "already_known"
    other = "other"


labels(
    NoThanks,
    not_interested=("Không quan tâm", "Not interested"),
    not_now=("Chưa phải lúc này", "Not now"),
    wrong_fit=("Không phù hợp với việc của chúng tôi", "Does not fit our work"),
    already_known=("Hai bên đã biết nhau từ trước", "We knew each other already"),
    other=("Lý do khác", "Another reason"),
)


class SealIntroduction(Command):
    """A technology of the client for a buyer, or a need of the client for a seller."""

    mandate_id: UUID
    counterparty_org_id: UUID
    listing_id: UUID | None = None
    need_id: UUID | None = None
    message: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.listing_id is None) == (self.need_id is None):
            raise BilingualError(
                "Hãy chọn một công nghệ hoặc một nhu cầu.", "Choose one technology or need.", "subject"
            )
        return self


class AcceptIntroduction(Command):
    """`message` opens the deal about a technology; without one a plain sentence does."""

    message: Annotated[str | None, Field(min_length=20, max_length=3000), BeforeValidator(clean)] = None


class DeclineIntroduction(Command):
    reason_code: NoThanks
    reason: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None

    @model_validator(mode="after")
    def _said(self) -> Self:
        if self.reason_code is NoThanks.other and not self.reason:
            raise BilingualError("Hãy nói rõ lý do.", "Say what the reason is.", "reason")
        return self


class IntroductionView(BaseModel):
    """An introduction as broker, client, introduced party or operator read it; who is still sealed is absent."""

    id: UUID
    reference: str
    mandate_id: UUID | None
    mandate_reference: str | None
    side: MandateSide
    standing: str | None  # broker | client | counterparty | None
    broker: PartyView
    client: PartyView | None
    counterparty: PartyView | None
    subject: SubjectView
    message: str | None
    seal: str
    sealed_at: datetime
    window_until: datetime
    status: str
    status_at: datetime
    reason_code: NoThanks | None
    reason: str | None
    earlier: bool = False  # another broker's seal on the same introduction came first
    claim_id: UUID | None = None
    deal_ids: list[UUID] = []
    refused: str | None = None
    actions: list[str]
    is_demo: bool


class IntroductionList(BaseModel):
    items: list[IntroductionView]


class Receipt(BaseModel):
    """What the broker keeps: whoever has it can show what was sealed, nobody else."""

    payload: dict[str, Any]
    nonce: Annotated[str, Field(max_length=200)]
    seal: Annotated[str, Field(max_length=200)]


class VerifyReceipt(Command):
    receipt: Receipt


class Finding(Choice):
    matches = "matches"
    altered = "altered"
    unknown = "unknown"


labels(
    Finding,
    matches=("Khớp với niêm phong", "Matches the seal"),
    altered=("Không khớp: biên nhận đã bị sửa", "Does not match: the receipt was altered"),
    unknown=("Không có niêm phong này trên sàn", "No such seal was made here"),
)


class VerifyView(BaseModel):
    """Tells nothing that is not in the receipt: whether it matches, and when it was sealed."""

    finding: Finding
    sealed_at: datetime | None


class AttributionView(BaseModel):
    deal_id: UUID
    introduction_id: UUID
    side: MandateSide
    broker_org_id: UUID
    percent: Decimal


class CommissionView(BaseModel):
    """A statement of what is due; the newest of a deal and mandate counts. No money moves by it."""

    id: UUID
    deal_id: UUID
    deal_reference: str
    mandate_id: UUID
    mandate_reference: str
    broker: PartyView
    client: PartyView
    statement: int
    value: int
    reckoned: int
    percent: Decimal
    amount: int
    cap_percent: Decimal | None
    cap_rule: Text | None
    payer: str
    lines: list[dict[str, Any]]
    parts: list[dict[str, Any]]
    due_on: date
    at: datetime
    mine: str | None  # client | broker


class CommissionList(BaseModel):
    items: list[CommissionView]


class BrokerageDesk(BaseModel):
    """Counts of the broker's desk."""

    mandates: int
    waiting: int
    introductions: int
    deals: int
    claims: int
    due: int
