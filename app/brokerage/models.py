"""Tables of brokerage. What was signed, sealed or decided is append-only; triggers of the migration refuse changes."""

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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class Mandate(Base):
    """The standing of a mandate; `terms` repeat its newest version, `ends_on` moves with notice and extension."""

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("client_org_id <> broker_org_id", name="two_parties"),
        CheckConstraint("side IN ('seller','buyer')", name="side"),
        CheckConstraint("(status = 'ended') = (end_code IS NOT NULL)", name="ended_why"),
        Index(None, "client_org_id", "side", "status"),
        Index(None, "broker_org_id", "status"),
        Index("ix_mandate_due", "ends_on", postgresql_where=text("status = 'active'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    client_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    broker_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    side: Mapped[str]
    exclusive: Mapped[bool]
    status: Mapped[str]
    status_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(SmallInteger)
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    activated_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_code: Mapped[str | None]
    notice_at: Mapped[datetime | None]
    notice_org_id: Mapped[UUID | None]
    ending_asked_by: Mapped[UUID | None]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)
    is_demo: Mapped[bool] = mapped_column(default=False)


class MandateVersion(Base):
    """What was put forward, word for word."""

    __tablename__ = "mandate_version"

    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandate.id"), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    org_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    person_name: Mapped[str]
    at: Mapped[datetime]
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str]


class MandateSignature(Base):
    __tablename__ = "mandate_signature"

    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandate.id"), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None]
    person_name: Mapped[str]
    at: Mapped[datetime]
    sha256: Mapped[str]


class Introduction(Base):
    """`id` is random: it tells nothing of when. The facts that were sealed never change; the status does."""

    __tablename__ = "introduction"
    __table_args__ = (
        CheckConstraint("(listing_id IS NULL) <> (need_id IS NULL)", name="one_subject"),
        CheckConstraint("client_org_id <> counterparty_org_id", name="two_parties"),
        Index(
            "uq_introduction_live", "mandate_id", "listing_id", "need_id", "counterparty_org_id", unique=True,
            postgresql_where=text("status IN ('sealed','accepted','connected')"), postgresql_nulls_not_distinct=True,
        ),
        Index(None, "client_org_id", "counterparty_org_id"),
        Index(None, "counterparty_org_id", "status"),
        Index(None, "broker_org_id", "sealed_at"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandate.id"))
    side: Mapped[str]
    broker_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    client_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    counterparty_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    listing_id: Mapped[UUID | None] = mapped_column(ForeignKey("listing.id"))
    need_id: Mapped[UUID | None] = mapped_column(ForeignKey("need.id"))
    message: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[UUID | None]
    sealed_at: Mapped[datetime]
    window_until: Mapped[datetime]
    status: Mapped[str]
    status_at: Mapped[datetime]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)
    is_demo: Mapped[bool] = mapped_column(default=False)


class IntroductionSeal(Base):
    """The proof: append-only, one an introduction."""

    __tablename__ = "introduction_seal"

    introduction_id: Mapped[UUID] = mapped_column(ForeignKey("introduction.id"), primary_key=True)
    seal: Mapped[str] = mapped_column(unique=True)
    nonce: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sealed_at: Mapped[datetime]


class IntroductionClaim(Base):
    """A broker holds that the introduction was its own; `against_id` is the one that holds by the record, if any."""

    __tablename__ = "introduction_claim"
    __table_args__ = (
        Index(
            "uq_introduction_claim_live", "introduction_id", unique=True,
            postgresql_where=text("status <> 'withdrawn'"),
        ),
        Index(None, "against_id"),
        Index(None, "status", "opened_at"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    introduction_id: Mapped[UUID] = mapped_column(ForeignKey("introduction.id"))
    against_id: Mapped[UUID | None] = mapped_column(ForeignKey("introduction.id"))
    broker_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    respondent_org_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    appeal_org_id: Mapped[UUID | None]
    appeal_reason: Mapped[str | None] = mapped_column(Text)
    appealed_at: Mapped[datetime | None]
    person_id: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    status: Mapped[str]
    status_at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False)


class ClaimFile(Base):
    """A file a broker gave as evidence, kept byte for byte; `sha256` proves it. Append-only."""

    __tablename__ = "introduction_claim_file"
    __table_args__ = (UniqueConstraint("claim_id", "org_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("introduction_claim.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    person_id: Mapped[UUID]
    person_name: Mapped[str]
    at: Mapped[datetime]
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    storage_key: Mapped[str] = mapped_column(Text)


class ClaimDecision(Base):
    """Level 1 and, after an appeal, level 2, by another person. Append-only."""

    __tablename__ = "introduction_claim_decision"
    __table_args__ = (
        CheckConstraint("level IN (1, 2)", name="level"),
        CheckConstraint("outcome IN ('uphold','reject','shared')", name="outcome"),
        CheckConstraint("(outcome = 'shared') = (claimant_percent IS NOT NULL)", name="shared"),
        CheckConstraint("claimant_percent > 0 AND claimant_percent < 100", name="percent"),
        UniqueConstraint("claim_id", "person_id"),
    )

    claim_id: Mapped[UUID] = mapped_column(ForeignKey("introduction_claim.id"), primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    outcome: Mapped[str]
    claimant_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    reason: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID]
    person_name: Mapped[str]
    at: Mapped[datetime]


class Attribution(Base):
    """Projection of the sealed record and the decisions for one deal; made anew whenever they change."""

    __tablename__ = "attribution"
    __table_args__ = (
        CheckConstraint("basis_points BETWEEN 1 AND 10000", name="share"),
        Index(None, "introduction_id"),
        Index(None, "broker_org_id"),
    )

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"), primary_key=True)
    introduction_id: Mapped[UUID] = mapped_column(ForeignKey("introduction.id"), primary_key=True)
    side: Mapped[str]
    broker_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    basis_points: Mapped[int]
    at: Mapped[datetime]
    refused: Mapped[str | None] = mapped_column(Text)  # why the broker could not join the deal


class Commission(Base):
    """A statement of what is due; no money moves by it. Append-only: a decision later makes the next statement."""

    __tablename__ = "commission"
    __table_args__ = (
        CheckConstraint("amount >= 0 AND amount <= reckoned", name="amounts"),
        UniqueConstraint("deal_id", "mandate_id", "statement"),
        Index(None, "mandate_id"),
        Index(None, "broker_org_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandate.id"))
    introduction_id: Mapped[UUID] = mapped_column(ForeignKey("introduction.id"))
    broker_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    client_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    statement: Mapped[int] = mapped_column(SmallInteger)
    value: Mapped[int] = mapped_column(BigInteger)
    reckoned: Mapped[int] = mapped_column(BigInteger)
    basis_points: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    cap_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    due_on: Mapped[date]
    at: Mapped[datetime]
