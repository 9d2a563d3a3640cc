"""Tables of the valuation case. Work sheets are fixed once submitted; documents, remarks, reports and signatures are
only added to (triggers refuse the rest)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class Valuation(Base):
    """One case. `asset` is what the listing said at the request; `expires_on` the last day its result is valid."""

    __tablename__ = "valuation"
    __table_args__ = (
        CheckConstraint("kind IN ('estimate','appraisal')", name="kind"),
        CheckConstraint("provider_org_id <> requester_org_id", name="two_parties"),
        CheckConstraint("expires_on >= value_date", name="validity"),
        CheckConstraint("low <= value AND value <= high", name="range"),
        Index(None, "listing_id", "id"),
        Index(None, "requester_org_id", "id"),
        Index(None, "provider_org_id", "id"),
        Index(
            "ix_valuation_due",
            "expires_on",
            postgresql_where=text("status NOT IN ('expired','cancelled','lapsed')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    kind: Mapped[str]
    purpose: Mapped[str]
    purpose_note: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str]
    status_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    listing_version: Mapped[int]
    owner_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    deal_id: Mapped[UUID | None] = mapped_column(ForeignKey("deal.id"))
    requester_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    provider_org_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    previous_id: Mapped[UUID | None] = mapped_column(ForeignKey("valuation.id"))
    asset: Mapped[dict[str, Any]] = mapped_column(JSONB)
    value_date: Mapped[date]
    currency: Mapped[str]
    quotes_until: Mapped[date]
    due_on: Mapped[date | None]
    expires_on: Mapped[date]
    # The sheet that was approved last, and what it found, in whole minor units of `currency`.
    sheet_id: Mapped[UUID | None]
    value: Mapped[int | None] = mapped_column(BigInteger)
    low: Mapped[int | None] = mapped_column(BigInteger)
    high: Mapped[int | None] = mapped_column(BigInteger)
    delivered_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    asset_changed_at: Mapped[datetime | None]
    shown: Mapped[bool] = mapped_column(default=False)
    reason_code: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)
    # Ties that are only possible, which the operator has looked at and cleared.
    cleared: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    is_demo: Mapped[bool] = mapped_column(default=False)


class ValuationQuote(Base):
    """An organisation that was asked, and what it offered. `fee` in đồng, `days` from acceptance to delivery."""

    __tablename__ = "valuation_quote"
    __table_args__ = (
        CheckConstraint("fee >= 0", name="fee"),
        CheckConstraint("days BETWEEN 1 AND 365", name="days"),
        CheckConstraint("status NOT IN ('offered','accepted','declined') OR fee IS NOT NULL", name="offered"),
        Index("uq_valuation_quote_org", "valuation_id", "org_id", unique=True),
        Index("uq_valuation_quote_won", "valuation_id", unique=True, postgresql_where=text("status = 'accepted'")),
        Index(None, "org_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    valuation_id: Mapped[UUID] = mapped_column(ForeignKey("valuation.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    status: Mapped[str]
    status_at: Mapped[datetime]
    fee: Mapped[int | None] = mapped_column(BigInteger)
    days: Mapped[int | None] = mapped_column(SmallInteger)
    terms: Mapped[str | None] = mapped_column(Text)
    valid_until: Mapped[date | None]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)


class ValuationMember(Base):
    """A named person of the provider: an appraiser with the number of the practising card, or who signs for it."""

    __tablename__ = "valuation_member"
    __table_args__ = (
        CheckConstraint("part IN ('appraiser','representative')", name="part"),
        Index(
            "uq_valuation_representative",
            "valuation_id",
            unique=True,
            postgresql_where=text("part = 'representative'"),
        ),
    )

    valuation_id: Mapped[UUID] = mapped_column(ForeignKey("valuation.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    card_number: Mapped[str | None] = mapped_column(Text)


class ValuationDocument(Base):
    """A file of the case, for its parties alone. Never changed: a better one is added."""

    __tablename__ = "valuation_document"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        Index("uq_valuation_document_content", "valuation_id", "sha256", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    valuation_id: Mapped[UUID] = mapped_column(ForeignKey("valuation.id"))
    kind: Mapped[str]
    title: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    storage_key: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]


class ValuationSheet(Base):
    """A work sheet: the paper that reproduces the valuation. After submission a new version is made instead.

    `revision` counts the saves of a draft, so that two people never overwrite one another unseen."""

    __tablename__ = "valuation_sheet"
    __table_args__ = (
        Index("uq_valuation_sheet_version", "valuation_id", "version", unique=True),
        Index(
            "uq_valuation_sheet_live",
            "valuation_id",
            unique=True,
            postgresql_where=text("status IN ('draft','submitted')"),
        ),
        CheckConstraint("reviewer_id IS NULL OR reviewer_id <> submitted_by", name="second_person"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    valuation_id: Mapped[UUID] = mapped_column(ForeignKey("valuation.id"))
    version: Mapped[int] = mapped_column(SmallInteger)
    revision: Mapped[int] = mapped_column(default=1)
    status: Mapped[str]
    status_at: Mapped[datetime]
    # Everybody who wrote in it: none of them reviews it.
    authors: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    author_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    paper: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # What it computed to when it was last saved; empty while it does not compute.
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    sha256: Mapped[str | None]
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    reviewer_id: Mapped[UUID | None]
    reviewer_name: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)


class ValuationRemark(Base):
    """What the reviewer says of one input of a submitted sheet."""

    __tablename__ = "valuation_remark"
    __table_args__ = (Index(None, "sheet_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("valuation_sheet.id"))
    calculation: Mapped[str]
    path: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    person_name: Mapped[str] = mapped_column(Text)


class ValuationReport(Base):
    """The report made of an approved sheet, its files with their hashes, and its numbers. An appraisal has a
    certificate (chứng thư) number as well; an estimate never has one."""

    __tablename__ = "valuation_report"
    __table_args__ = (
        Index("uq_valuation_report_sheet", "sheet_id", unique=True),
        Index("uq_valuation_report_number", "org_id", "number", unique=True),
        Index("uq_valuation_report_certificate", "org_id", "certificate_number", unique=True),
        Index(None, "valuation_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    valuation_id: Mapped[UUID] = mapped_column(ForeignKey("valuation.id"))
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("valuation_sheet.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[str]
    certificate_number: Mapped[str | None]
    issued_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    issued_by: Mapped[UUID | None]
    # [{"format", "name", "media_type", "size", "sha256", "storage_key"}]
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class ValuationSignature(Base):
    """Who signed a report, as what, over which hash of its document."""

    __tablename__ = "valuation_signature"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("valuation_report.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    card_number: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str]
    at: Mapped[datetime]
    # The printed report with this signature and those before it.
    file: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ValuationComplaint(Base):
    """What the requester says against a delivered report, and the answer with its reason."""

    __tablename__ = "valuation_complaint"
    __table_args__ = (
        Index("uq_valuation_complaint_open", "valuation_id", unique=True, postgresql_where=text("status = 'filed'")),
        Index(None, "valuation_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    valuation_id: Mapped[UUID] = mapped_column(ForeignKey("valuation.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("valuation_report.id"))
    status: Mapped[str]
    status_at: Mapped[datetime]
    filed_at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    words: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
