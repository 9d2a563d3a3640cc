"""What is read of a valuation case."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from app.kit.money import EXPONENTS
from app.listings import Card
from app.valuations.schemas.choices import CancelReason, DocumentKind, Kind, Part, Purpose, QuoteReason, Side


def units(minor: int | None, currency: str) -> Decimal | None:
    """Whole minor units as an amount of the currency."""
    return None if minor is None else Decimal(minor).scaleb(-EXPONENTS[currency])


class Amounts(BaseModel):
    """What a case found, in units of `currency`. All None until a sheet is approved."""

    currency: str
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None


class QuoteView(BaseModel):
    id: UUID
    org_id: UUID
    org_name: str
    status: str
    status_at: datetime
    fee: int | None
    days: int | None
    terms: str | None
    valid_until: date | None
    reason_code: QuoteReason | None
    reason: str | None
    actions: list[str]


class MemberView(BaseModel):
    person_id: UUID
    name: str
    part: Part
    card_number: str | None


class DocumentView(BaseModel):
    id: UUID
    kind: DocumentKind
    title: str
    name: str
    media_type: str
    size: int
    sha256: str
    at: datetime
    org_name: str


class FileView(BaseModel):
    """A file of a report: `format` is pdf (as issued), signed (the same with its signatures), xlsx or json."""

    format: str
    name: str
    size: int
    sha256: str


class SignatureView(BaseModel):
    person_id: UUID
    name: str
    part: Part
    card_number: str | None
    at: datetime
    sha256: str


class ReportView(BaseModel):
    """`sha256` is of the document that is signed."""

    id: UUID
    number: str
    certificate_number: str | None
    issued_at: datetime
    sha256: str
    files: list[FileView]
    signatures: list[SignatureView]
    current: bool


class ComplaintView(BaseModel):
    id: UUID
    status: str
    status_at: datetime
    filed_at: datetime
    words: str
    answer: str | None


class RemarkView(BaseModel):
    id: UUID
    calculation: str
    path: str
    body: str
    at: datetime
    person_name: str


class SheetCard(BaseModel):
    version: int
    revision: int
    status: str
    status_at: datetime
    author_name: str
    submitted_at: datetime | None
    reviewer_name: str | None
    reason: str | None


class SheetView(SheetCard):
    """A work sheet, for the people of the provider. `outcome` is what it computes to, None while it does not; then
    `errors` names what is in the way (dotted input -> sentence)."""

    id: UUID
    valuation_id: UUID
    reference: str
    kind: Kind
    paper: dict[str, Any]
    sha256: str | None
    outcome: dict[str, Any] | None
    errors: dict[str, str]
    remarks: list[RemarkView]
    documents: list[DocumentView]
    actions: list[str]


class ValuationCard(BaseModel):
    """A case in a list."""

    id: UUID
    reference: str
    kind: Kind
    purpose: Purpose
    listing_id: UUID
    title: str
    requester_name: str
    provider_name: str | None
    status: str
    status_at: datetime
    value_date: date
    side: Side | None
    is_demo: bool


class ValuationList(BaseModel):
    items: list[ValuationCard]


class ValuationView(BaseModel):
    """A case as this side reads it. Work sheets are the provider's own; the requester has the report from delivery
    on; one who was asked to quote reads the request and its own quote."""

    id: UUID
    reference: str
    kind: Kind
    kind_says: str
    purpose: Purpose
    purpose_note: str | None
    status: str
    status_at: datetime
    created_at: datetime
    listing: Card
    asset: dict[str, Any]
    deal_id: UUID | None
    previous_id: UUID | None
    requester_org_id: UUID
    requester_name: str
    provider_org_id: UUID | None
    provider_name: str | None
    value_date: date
    expires_on: date
    quotes_until: date
    due_on: date | None
    side: Side | None
    quotes: list[QuoteView]
    people: list[MemberView]
    documents: list[DocumentView]
    sheets: list[SheetCard]
    amounts: Amounts
    reports: list[ReportView]
    complaints: list[ComplaintView]
    complain_until: date | None
    delivered_at: datetime | None
    received_at: datetime | None
    asset_changed_at: datetime | None
    shown: bool
    reason_code: CancelReason | None
    reason: str | None
    may_renew: bool
    rules_checked: bool
    actions: list[str]
    is_demo: bool

    @property
    def url(self) -> str:
        return f"/valuations/{self.id}"


class ShownValuation(BaseModel):
    """What the owner shows of a delivered valuation on the technology's page: its kind, date and range, no inputs."""

    listing_id: UUID
    kind: Kind
    kind_says: str
    purpose: Purpose
    provider_name: str
    value_date: date
    expires_on: date
    amounts: Amounts
    asset_changed: bool


class ShownList(BaseModel):
    items: list[ShownValuation]
