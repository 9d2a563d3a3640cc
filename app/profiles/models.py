"""Tables of enterprise profiles and of the Department's campaigns."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base

SECTION = "section ~ '^[A-V]$'"
DIVISION = "division ~ '^[0-9]{2}$'"


class EnterpriseProfile(Base):
    """One a year and organisation. `declaration` counts how often it was declared: answers only change in between."""

    __tablename__ = "enterprise_profile"
    __table_args__ = (
        UniqueConstraint("org_id", "year"),
        CheckConstraint(SECTION, name="section"),
        CheckConstraint(DIVISION, name="division"),
        Index(None, "year", "section"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    section: Mapped[str | None]
    division: Mapped[str | None]
    status: Mapped[str]
    status_at: Mapped[datetime]
    declaration: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class ProfileAnswer(Base):
    """`number` in the criterion's unit, or the key of an `option`; `year` is the year the figure is of."""

    __tablename__ = "profile_answer"
    __table_args__ = (CheckConstraint("num_nonnulls(number, option) = 1", name="one_value"),)

    profile_id: Mapped[UUID] = mapped_column(ForeignKey("enterprise_profile.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[Decimal | None] = mapped_column(Numeric(20, 2))
    option: Mapped[str | None]
    year: Mapped[int] = mapped_column(SmallInteger)
    note: Mapped[str | None] = mapped_column(Text)


class ProfileCampaign(Base):
    """The Department surveys one sector a year."""

    __tablename__ = "profile_campaign"
    __table_args__ = (
        CheckConstraint(SECTION, name="section"),
        CheckConstraint(DIVISION, name="division"),
        CheckConstraint("closes_on >= opens_on", name="dates"),
        Index("uq_profile_campaign_year", "year", unique=True, postgresql_where=text("status <> 'withdrawn'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger)
    section: Mapped[str]
    division: Mapped[str | None]
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    status: Mapped[str]
    status_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class ProfileInvitation(Base):
    __tablename__ = "profile_invitation"
    __table_args__ = (Index(None, "org_id"),)

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("profile_campaign.id"), primary_key=True)
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    invited_at: Mapped[datetime]


class ProfileComparison(Base):
    """A figure that was shown, and who stood behind it. Never changed: what comes after is measured against it."""

    __tablename__ = "profile_comparison"
    __table_args__ = (Index(None, "campaign_id", "measure", "shown_at"), CheckConstraint("members >= 5", name="crowd"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("profile_campaign.id"))
    measure: Mapped[str]
    members: Mapped[int]
    cohort: Mapped[dict[str, int]] = mapped_column(JSONB)
    low: Mapped[Decimal | None] = mapped_column(Numeric(20, 4))
    median: Mapped[Decimal] = mapped_column(Numeric(20, 4))
    high: Mapped[Decimal | None] = mapped_column(Numeric(20, 4))
    shown_at: Mapped[datetime]
