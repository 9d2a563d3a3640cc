"""Claims on who introduced whom, and the operator's decisions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from app.brokerage.schemas.mandates import Command, PartyView, SubjectView
from app.kit.errors import BilingualError
from app.kit.typed import clean, plain, rate
from app.kit.workflow import Choice, labels


class Outcome(Choice):
    uphold = "uphold"
    reject = "reject"
    shared = "shared"


labels(
    Outcome,
    uphold=("Chấp nhận khiếu nại", "Upheld"),
    reject=("Bác khiếu nại", "Rejected"),
    shared=("Chia quyền ghi công", "Shared"),
)

Words = Annotated[str, Field(min_length=20, max_length=5000), BeforeValidator(clean)]


class OpenClaim(Command):
    reason: Words
    evidence: Words


class AnswerClaim(Command):
    answer: Words


class AppealClaim(Command):
    reason: Words


class DecideClaim(Command):
    """`claimant_percent` only when the merit is shared."""

    outcome: Outcome
    claimant_percent: Annotated[
        Decimal | None,
        Field(gt=0, lt=100, max_digits=4, decimal_places=2),
        BeforeValidator(rate),
        AfterValidator(plain),
    ] = None
    reason: Words

    @model_validator(mode="after")
    def _shared(self) -> Self:
        if self.outcome is Outcome.shared and self.claimant_percent is None:
            raise BilingualError("Hãy điền phần của bên khiếu nại.", "Give the claimant's part.", "claimant_percent")
        if self.outcome is not Outcome.shared:
            self.claimant_percent = None
        return self


class DecisionView(BaseModel):
    level: int
    outcome: Outcome
    claimant_percent: Decimal | None
    reason: str
    person_name: str
    at: datetime


class ClaimFileView(BaseModel):
    """`standing`: whose evidence it is. `size` in bytes; `sha256` of them, in hexadecimal."""

    id: UUID
    standing: str  # claimant | respondent
    name: str
    media_type: str
    size: int
    sha256: str
    person_name: str
    at: datetime


class ClaimView(BaseModel):
    id: UUID
    reference: str
    introduction_id: UUID
    introduction_reference: str
    against_reference: str | None
    claimant: PartyView
    respondent: PartyView | None
    standing: str | None  # claimant | respondent | None
    subject: SubjectView
    claimant_sealed_at: datetime
    against_sealed_at: datetime | None
    reason: str
    evidence: str
    files: list[ClaimFileView]
    answer: str | None
    answered_at: datetime | None
    appeal_by: PartyView | None
    appeal_reason: str | None
    appealed_at: datetime | None
    opened_at: datetime
    status: str
    status_at: datetime
    decisions: list[DecisionView]
    appeal_until: datetime | None
    actions: list[str]
    is_demo: bool


class ClaimList(BaseModel):
    items: list[ClaimView]
