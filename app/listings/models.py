"""Tables of listings. The row holds what makes the card; story text sits in one JSON column a tier."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base

COMPACT = "lower(regexp_replace({}, '[^[:alnum:]]', '', 'g'))"


class Listing(Base):
    __tablename__ = "listing"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint("trl BETWEEN 1 AND 9", name="trl"),
        CheckConstraint("price_from <= price_to", name="price_order"),
        CheckConstraint("evidence_level BETWEEN 0 AND 5", name="evidence"),
        Index(None, "org_id", "id"),
        Index(
            "ix_listing_queue",
            "status_at",
            postgresql_where=text("status = 'submitted' OR (status = 'published' AND reviewed_version < version)"),
        ),
        Index(None, "published_at", "id", postgresql_where=text("status IN ('published','reserved','transferred')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    status: Mapped[str]
    status_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    reviewed_version: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None]
    refreshed_at: Mapped[datetime | None]
    completeness: Mapped[int] = mapped_column(SmallInteger, default=0)
    is_demo: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str | None]
    source_id: Mapped[str | None]
    source_url: Mapped[str | None] = mapped_column(Text)
    source_hash: Mapped[str | None]

    lang: Mapped[str] = mapped_column(default="vi")
    title_vi: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str | None] = mapped_column(Text)
    summary_vi: Mapped[str | None] = mapped_column(Text)
    summary_en: Mapped[str | None] = mapped_column(Text)
    field: Mapped[str | None]
    priority: Mapped[str | None]
    ipc: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    keywords: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    trl: Mapped[int | None] = mapped_column(SmallInteger)
    province: Mapped[int | None] = mapped_column(SmallInteger)
    funding: Mapped[str | None]
    task_code: Mapped[str | None]
    tiers: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    story: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # public fields
    registered: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # fields for signed-in people

    # What the card shows of rights and offers, copied here only when it is public.
    ip_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    protection_until: Mapped[date | None]
    modes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    price_policy: Mapped[str | None]
    price_from: Mapped[int | None] = mapped_column(BigInteger)
    price_to: Mapped[int | None] = mapped_column(BigInteger)
    royalty_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))

    # The highest evidence level of its deals; written by the verbs of deals, which stand above and call down.
    evidence_level: Mapped[int | None] = mapped_column(SmallInteger)


class ListingConfidential(Base):
    """Text under NDA, apart from everything a list or an index ever reads."""

    __tablename__ = "listing_confidential"

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ListingOwner(Base):
    """Owners' shares of one listing; a deferred trigger holds their sum at 100.00."""

    __tablename__ = "listing_owner"
    __table_args__ = (CheckConstraint("share > 0 AND share <= 100", name="share"),)

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    share: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    consented: Mapped[bool]


class ListingRight(Base):
    __tablename__ = "listing_right"
    __table_args__ = (
        CheckConstraint("expires > filed", name="dates"),
        Index(None, "application_no"),
        Index(None, "registration_no"),
        # Without its signs, as `search.query.compact` writes a number: "1-2022-90001" -> "1202290001".
        Index("ix_listing_right_application_compact", text(COMPACT.format("application_no"))),
        Index("ix_listing_right_registration_compact", text(COMPACT.format("registration_no"))),
    )

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[str]
    title_vi: Mapped[str | None] = mapped_column(Text)
    office: Mapped[str]
    status: Mapped[str]
    application_no: Mapped[str | None]
    registration_no: Mapped[str | None]
    filed: Mapped[date | None]
    granted: Mapped[date | None]
    expires: Mapped[date | None]


class ListingOffer(Base):
    __tablename__ = "listing_offer"
    __table_args__ = (
        CheckConstraint("price_from <= price_to", name="price_order"),
        CheckConstraint("royalty_percent BETWEEN 0 AND 100", name="royalty"),
    )

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    mode: Mapped[str]
    exclusivity: Mapped[str]
    sublicence: Mapped[bool]
    territory: Mapped[list[str]] = mapped_column(ARRAY(Text))
    field_of_use_vi: Mapped[str | None] = mapped_column(Text)
    field_of_use_en: Mapped[str | None] = mapped_column(Text)
    term_years: Mapped[int | None] = mapped_column(SmallInteger)
    price_policy: Mapped[str]
    price_from: Mapped[int | None] = mapped_column(BigInteger)
    price_to: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(default="VND")
    royalty_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    royalty_base: Mapped[str | None]
    training_days: Mapped[int | None] = mapped_column(SmallInteger)


class ListingFile(Base):
    __tablename__ = "listing_file"
    __table_args__ = (Index(None, "listing_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    kind: Mapped[str]  # image | document
    tier: Mapped[str]
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    storage_key: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    removed_at: Mapped[datetime | None]


class ListingVersion(Base):
    """The whole content as it stood after a change; read by the owner and the operator only."""

    __tablename__ = "listing_version"

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    person: Mapped[str] = mapped_column(Text)
    action: Mapped[str]
    changed: Mapped[list[str]] = mapped_column(ARRAY(Text))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ListingReview(Base):
    """A reviewer's scores and the screening record (which version of the lists, what was found, by whom)."""

    __tablename__ = "listing_review"
    __table_args__ = (Index(None, "listing_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    version: Mapped[int]
    at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    advantages: Mapped[int] = mapped_column(SmallInteger)
    clarity: Mapped[int] = mapped_column(SmallInteger)
    cooperation: Mapped[int] = mapped_column(SmallInteger)
    language: Mapped[int] = mapped_column(SmallInteger)
    screening: Mapped[str]
    list_version: Mapped[str]
    note: Mapped[str | None] = mapped_column(Text)
