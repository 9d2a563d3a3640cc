"""Commands in, views out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from app.accounts import OrganisationView
from app.deals import ReasonCode
from app.kit.errors import BilingualError
from app.kit.money import MAX_AMOUNT
from app.kit.text import Text
from app.kit.typed import clean, line, whole
from app.kit.workflow import Choice, labels
from app.listings import Card
from app.needs import NeedCard
from app.reference import Exclusivity, TransferMode


class Answer(Choice):
    """How a proposal meets one thing that is asked."""

    met = "met"
    partly = "partly"
    not_met = "not_met"
    unknown = "unknown"


labels(
    Answer,
    met=("Đạt", "Met"),
    partly=("Đạt một phần", "Partly"),
    not_met=("Không đạt", "Not met"),
    unknown=("Chưa rõ", "Not known yet"),
)


class PartySide(Choice):
    asker = "asker"
    proposer = "proposer"


labels(PartySide, asker=("Bên nêu nhu cầu", "Asker"), proposer=("Bên đề xuất", "Proposer"))

Line = Annotated[str | None, Field(max_length=200), BeforeValidator(line)]
Paragraph = Annotated[str | None, Field(max_length=4000), BeforeValidator(clean)]
Amount = Annotated[StrictInt | None, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Fit(Command):
    """`key` names what is asked: "must.0", "criterion.1" in the order of the need."""

    key: Annotated[str, Field(pattern=r"^(must|criterion)\.\d{1,2}$")]
    answer: Answer
    text: Annotated[str | None, Field(max_length=1000), BeforeValidator(clean)] = None


class SendProposal(Command):
    """With a listing of one's own, or a title and a short confidential description. Amounts in đồng.

    `consent`: names may open as soon as the asker agrees as well.
    """

    listing_id: UUID | None = None
    title: Line = None
    description: Paragraph = None
    sealed: bool = False
    fit: Annotated[list[Fit], Field(max_length=60)] = []
    pilot: Paragraph = None
    mode: TransferMode | None = None
    exclusivity: Exclusivity | None = None
    price_from: Amount = None
    price_to: Amount = None
    months: Annotated[int | None, Field(ge=0, le=120)] = None
    terms_note: Paragraph = None
    consent: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.listing_id is None and len(self.title or "") < 5:
            raise BilingualError(
                "Hãy chọn một công nghệ đã đăng, hoặc đặt tên cho giải pháp.",
                "Choose a listed technology, or give the solution a title.",
                "title",
            )
        if self.listing_id is None and len(self.description or "") < 40:
            raise BilingualError(
                "Mô tả ngắn giải pháp (từ 40 ký tự).", "Describe the solution (40 characters or more).", "description"
            )
        if self.sealed and self.listing_id is not None:
            raise BilingualError(
                "Công nghệ đã đăng nêu tên bạn, nên không giấu tên được. Hãy mô tả riêng.",
                "A listed technology tells your name. Describe the solution instead to be sealed.",
                "sealed",
            )
        if self.price_from is not None and self.price_to is not None and self.price_to < self.price_from:
            raise BilingualError("Mức cao nhất phải từ mức thấp nhất trở lên.", "Upper end below lower.", "price_to")
        return self


class DeclineProposal(Command):
    """The coded reason goes back to the proposer, with a line."""

    reason_code: ReasonCode
    reason: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None

    @model_validator(mode="after")
    def _said(self) -> Self:
        if self.reason_code is ReasonCode.other and not self.reason:
            raise BilingualError("Hãy nói rõ lý do.", "Say what the reason is.", "reason")
        return self


class WithdrawProposal(Command):
    """Why the proposer takes it back; the asker reads it."""

    reason_code: ReasonCode
    reason: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None


class AttachListing(Command):
    listing_id: UUID


class FitView(BaseModel):
    """One line of the comparison: what is asked, and what this proposal says of it."""

    key: str
    asked: str
    answer: Answer
    text: str | None


class ProposalView(BaseModel):
    """A proposal as one of its sides reads it. The other side is absent while sealed; its times are whole days."""

    id: UUID
    reference: str
    need: NeedCard
    side: PartySide | None
    proposer: OrganisationView | None
    asker: OrganisationView | None
    listing: Card | None
    title: str
    description: str | None
    sealed: bool
    sent_at: datetime
    status: str
    status_at: datetime
    fit: list[FitView]
    pilot: str | None
    mode: TransferMode | None
    exclusivity: Exclusivity | None
    price_from: int | None
    price_to: int | None
    months: int | None
    terms_note: str | None
    asker_consented: bool
    proposer_consented: bool
    revealed_at: datetime | None
    reason_code: ReasonCode | None
    reason: str | None
    deal_id: UUID | None
    actions: list[str]
    is_demo: bool

    def proposer_name(self, locale: str) -> str:
        return self.proposer.name(locale) if self.proposer else SEALED.get(locale)


SEALED = Text("Giấu tên", "Sealed")


class ProposalList(BaseModel):
    items: list[ProposalView]


class Asked(BaseModel):
    """Something a proposal has to say a word on."""

    key: str
    text: str
    required: bool


class Told(BaseModel):
    """Whom a message about a proposal goes to, and what it may name."""

    id: UUID
    need_id: UUID
    need_title: str
    need_reference: str
    asker_org_id: UUID
    proposer_org_id: UUID
