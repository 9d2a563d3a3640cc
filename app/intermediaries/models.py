"""Tables of intermediaries and experts: profiles, services with fees, licences, ratings."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base

SERVICES = "'brokerage','valuation','price_appraisal','assessment','inspection','advice','promotion'"


class Provider(Base):
    """A profile: of an organisation (`person_id` empty), or of one of its people as an expert."""

    __tablename__ = "provider"
    __table_args__ = (
        CheckConstraint("kind IN ('organisation','expert')", name="kind"),
        CheckConstraint("(kind = 'expert') = (person_id IS NOT NULL)", name="person"),
        CheckConstraint("availability IN ('open','limited','full')", name="availability"),
        CheckConstraint("capacity BETWEEN 1 AND 500", name="capacity"),
        Index("uq_provider_org", "org_id", unique=True, postgresql_where=text("kind = 'organisation'")),
        Index("uq_provider_person", "person_id", unique=True, postgresql_where=text("kind = 'expert'")),
        Index(None, "status", "status_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    # Vietnamese order of an expert's name as it was when last saved: for sorting only. Organisations have their own.
    sort_name: Mapped[str] = mapped_column(Text(collation="C"), default="")
    headline_vi: Mapped[str | None] = mapped_column(Text)
    headline_en: Mapped[str | None] = mapped_column(Text)
    story_vi: Mapped[str | None] = mapped_column(Text)
    story_en: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    ipc: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    # Provinces served; none named means the whole country.
    regions: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), default=list)
    capacity: Mapped[int] = mapped_column(SmallInteger, default=1)
    availability: Mapped[str] = mapped_column(default="open")
    # An expert stands in the directory by their own wish only.
    consented_at: Mapped[datetime | None]
    status: Mapped[str]
    status_at: Mapped[datetime]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class ProviderService(Base):
    """A service the profile names, with its fee: amounts in đồng (a job, an hour) or per cent of a contract's value."""

    __tablename__ = "provider_service"
    __table_args__ = (
        CheckConstraint(f"service IN ({SERVICES})", name="service"),
        CheckConstraint("fee_kind IN ('agreed','fixed','hourly','percent')", name="fee_kind"),
        CheckConstraint("amount_from <= amount_to", name="amounts"),
        CheckConstraint("percent_from <= percent_to AND percent_to <= 100", name="percents"),
        CheckConstraint("(fee_kind IN ('fixed','hourly')) = (amount_from IS NOT NULL)", name="amount_of_kind"),
        CheckConstraint("(fee_kind = 'percent') = (percent_from IS NOT NULL)", name="percent_of_kind"),
    )

    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    fee_kind: Mapped[str]
    amount_from: Mapped[int | None] = mapped_column(BigInteger)
    amount_to: Mapped[int | None] = mapped_column(BigInteger)
    percent_from: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    percent_to: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    note: Mapped[str | None] = mapped_column(Text)


class ProviderLicence(Base):
    """A licence or certificate. Never edited: a wrong one is withdrawn and declared anew.

    `expires_on` is the last day it is in force, by the calendar of Vietnam. `checked_at` stays when it expires.
    """

    __tablename__ = "provider_licence"
    __table_args__ = (
        CheckConstraint("expires_on >= issued_on", name="dates"),
        CheckConstraint("cardinality(services) > 0", name="covers"),
        CheckConstraint("status <> 'checked' OR checked_at IS NOT NULL", name="checked"),
        Index(
            "uq_provider_licence_standing",
            "provider_id",
            "kind",
            "number",
            unique=True,
            postgresql_where=text("status IN ('declared','checked')"),
        ),
        Index("ix_provider_licence_due", "expires_on", postgresql_where=text("status IN ('declared','checked')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    kind: Mapped[str]
    number: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str] = mapped_column(Text)
    issued_on: Mapped[date]
    expires_on: Mapped[date | None]
    services: Mapped[list[str]] = mapped_column(ARRAY(Text))
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str]
    size: Mapped[int]
    storage_key: Mapped[str] = mapped_column(Text)
    declared_at: Mapped[datetime]
    status: Mapped[str]
    status_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    # The nearest reminder already sent, in days before expiry (30, then 7).
    reminded: Mapped[int | None] = mapped_column(SmallInteger)


class RatingPair(Base):
    """An intermediary and a party of one deal who rate each other. The row is what two last ratings wait for."""

    __tablename__ = "rating_pair"
    __table_args__ = (
        CheckConstraint("provider_org_id <> party_org_id", name="two_parties"),
        Index("uq_rating_pair_deal", "deal_id", "provider_org_id", "party_org_id", unique=True),
        Index("ix_rating_pair_due", "closes_at", postgresql_where=text("status = 'open'")),
        Index(None, "provider_org_id"),
        Index(None, "party_org_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    provider_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    party_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    capacity: Mapped[str]
    party_side: Mapped[str]
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    status: Mapped[str]
    status_at: Mapped[datetime]


class Rating(Base):
    """What one of the two says of the other. Marks from 1 to 5 are never changed (a trigger refuses it)."""

    __tablename__ = "rating"
    __table_args__ = (
        *(CheckConstraint(f"{n} BETWEEN 1 AND 5", name=n) for n in ("speed", "clarity", "integrity", "result")),
        CheckConstraint("rater_org_id <> ratee_org_id", name="two_parties"),
        Index("uq_rating_pair_rater", "pair_id", "rater_org_id", unique=True),
        Index(None, "ratee_org_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pair_id: Mapped[UUID] = mapped_column(ForeignKey("rating_pair.id"))
    rater_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    ratee_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]
    speed: Mapped[int] = mapped_column(SmallInteger)
    clarity: Mapped[int] = mapped_column(SmallInteger)
    integrity: Mapped[int] = mapped_column(SmallInteger)
    result: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime]
    # Of the words alone: shown, reported, hidden.
    status: Mapped[str]
    status_at: Mapped[datetime]
    reported_why: Mapped[str | None] = mapped_column(Text)
    hidden_why: Mapped[str | None] = mapped_column(Text)
