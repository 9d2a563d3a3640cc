"""What people ask of a valuation case."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from app.kit.errors import BilingualError
from app.kit.money import EXPONENTS, MAX_AMOUNT
from app.kit.typed import clean, line, whole
from app.valuations.schemas.choices import Answer, CancelReason, DocumentKind, Kind, Purpose, QuoteReason

Line = Annotated[str | None, Field(max_length=200), BeforeValidator(line)]
Words = Annotated[str, Field(min_length=10, max_length=4000), BeforeValidator(clean)]
Paragraph = Annotated[str | None, Field(max_length=4000), BeforeValidator(clean)]
Fee = Annotated[StrictInt, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore")


class RequestValuation(Command):
    """What is to be valued, for what, at which date, and who is asked to quote. The listing is in the address;
    `deal_id` when it is about a deal over it; `previous_id` when it renews a case of one's own."""

    kind: Kind
    purpose: Purpose
    purpose_note: Line = None
    value_date: date
    currency: str = "VND"
    deal_id: UUID | None = None
    previous_id: UUID | None = None
    providers: Annotated[list[UUID], Field(min_length=1, max_length=5)]
    quotes_until: date

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.purpose is Purpose.other and not self.purpose_note:
            raise BilingualError("Hãy nói rõ mục đích.", "Say what the purpose is.", "purpose_note")
        if self.currency not in EXPONENTS:
            known = ", ".join(EXPONENTS)
            raise BilingualError(f"Đồng tiền là một trong: {known}.", f"The currency is one of {known}.", "currency")
        self.providers = list(dict.fromkeys(self.providers))
        return self


class OfferQuote(Command):
    """The fee in đồng, the days from acceptance to delivery, and until when the quote holds."""

    fee: Fee
    days: Annotated[int, Field(ge=1, le=365)]
    valid_until: date
    terms: Paragraph = None


class AcceptQuote(Command):
    """`fee` is what the requester read: a quote that was changed meanwhile is not accepted by mistake."""

    fee: Fee


class _Coded(Command):
    reason: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None

    @model_validator(mode="after")
    def _said(self) -> Self:
        if getattr(self, "reason_code", None) == "other" and not self.reason:
            raise BilingualError("Hãy nói rõ lý do.", "Say what the reason is.", "reason")
        return self


class TurnDown(_Coded):
    """A quote that is not taken, or a request that is not quoted for."""

    reason_code: QuoteReason


class CancelValuation(_Coded):
    reason_code: CancelReason


class Appraiser(Command):
    """A person of the provider; `card_number` of the practising card (thẻ thẩm định viên về giá) where there is one."""

    person_id: UUID
    card_number: Annotated[str | None, Field(max_length=60), BeforeValidator(line)] = None


class Assign(Command):
    """Who does the work and, for an appraisal, who signs for the firm."""

    appraisers: Annotated[list[Appraiser], Field(min_length=1, max_length=8)]
    representative_id: UUID | None = None

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        people = [a.person_id for a in self.appraisers]
        if len(people) != len(set(people)):
            raise BilingualError("Mỗi người chỉ nêu một lần.", "Name each person once.", "appraisers")
        cards = [a.card_number for a in self.appraisers if a.card_number]
        if len(cards) != len(set(cards)):
            raise BilingualError("Hai người không chung một số thẻ.", "Two people share a card number.", "appraisers")
        return self


class Why(Command):
    reason: Annotated[str, Field(min_length=5, max_length=2000), BeforeValidator(clean)]


class AddDocument(Command):
    kind: DocumentKind
    title: Line = None


class DraftNote(Command):
    """Where an input comes from; `evidence` is the SHA-256 of a document of the case."""

    path: Annotated[str, Field(min_length=1, max_length=200)]
    origin: Annotated[str, Field(pattern="^(declared|registry|measured|assumed)$")]
    source: Line = None
    evidence: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None


class DraftCalculation(Command):
    """One method with its inputs, which may still be incomplete."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    method: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    title: Line = None
    inputs: dict[str, Any] = {}
    notes: Annotated[list[DraftNote], Field(max_length=500)] = []


class SaveSheet(Command):
    """What a draft holds. `revision` is the one that was read: a draft somebody else saved meanwhile is not
    overwritten. Synthesis, sensitivity and simulation are as in the paper."""

    revision: Annotated[int, Field(ge=1)]
    calculations: Annotated[list[DraftCalculation], Field(max_length=20)] = []
    synthesis: dict[str, Any] | None = None
    sensitivity: dict[str, Any] | None = None
    simulation: DraftCalculation | None = None

    @model_validator(mode="after")
    def _keys(self) -> Self:
        keys = [c.key for c in self.calculations]
        if len(keys) != len(set(keys)):
            raise BilingualError("Hai phép tính không được trùng tên.", "Two calculations share a key.", "calculations")
        return self


class Submit(Command):
    """`revision` is the one that was read and is meant."""

    revision: Annotated[int, Field(ge=1)]


class AddRemark(Command):
    """A remark on one input of a calculation (`path`, or empty for the whole calculation)."""

    calculation: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    path: Annotated[str, Field(max_length=200)] = ""
    body: Annotated[str, Field(min_length=3, max_length=2000), BeforeValidator(clean)]


class IssueReport(Command):
    """The provider's own number of the report and, for an appraisal alone, of the certificate."""

    number: Annotated[str, Field(min_length=3, max_length=60), BeforeValidator(line)]
    certificate_number: Annotated[str | None, Field(max_length=60), BeforeValidator(line)] = None


class SignReport(Command):
    """`sha256` is of the document that was read; the name is typed as it stands on the report."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    typed_name: Annotated[str, Field(min_length=2, max_length=120), BeforeValidator(line)]


class Complain(Command):
    words: Words


class AnswerComplaint(Command):
    answer: Answer
    reason: Words
