"""Offers: one row a round, never edited after it was sent (only its state moves)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class Offer(Base):
    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("deal_id", "round"),
        CheckConstraint("side IN ('seller','buyer')", name="side"),
        CheckConstraint("valid_until > sent_at", name="validity"),
        CheckConstraint("cardinality(scope_territory) > 0 AND cardinality(scope_fields) > 0", name="scope"),
        # One question on the table at a time, one answer for ever.
        Index("uq_offer_open", "deal_id", unique=True, postgresql_where=text("status IN ('open','frozen')")),
        Index("uq_offer_accepted", "deal_id", unique=True, postgresql_where=text("status = 'accepted'")),
        # Live grants of a listing; `binding` is cleared when its deal is closed. That no exclusive one meets another
        # is kept by the trigger `offer_grants_apart`, which knows scopes as app.offers.overlap does.
        Index("ix_offer_binding", "listing_id", postgresql_where=text("status = 'accepted' AND binding")),
        Index("ix_offer_due", "valid_until", postgresql_where=text("status IN ('open','frozen')")),
        Index(None, "listing_id", postgresql_where=text("status IN ('open','frozen')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    side: Mapped[str]
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]
    status: Mapped[str]
    status_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    exclusive: Mapped[bool]
    binding: Mapped[bool] = mapped_column(default=False)
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    terms_hash: Mapped[str]
    note: Mapped[str | None] = mapped_column(Text)
    # What the terms would grant, as paths of places and of fields of use ("" is all of them).
    scope_territory: Mapped[list[str]] = mapped_column(ARRAY(Text), default=[""])
    scope_fields: Mapped[list[str]] = mapped_column(ARRAY(Text), default=[""])
    # The last reminder before expiry that went out, in days (3, then 1).
    reminded: Mapped[int | None] = mapped_column(SmallInteger)


class OfferMark(Base):
    """One term of an open offer to which the other side has agreed. Never changed or deleted."""

    __tablename__ = "offer_mark"

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]
    person_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class OfferUnlock(Base):
    """An agreed term that the offer opens again, and why. Never changed or deleted."""

    __tablename__ = "offer_unlock"

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(Text)


class ApprovalRule(Base):
    """How an organisation binds itself: `needed` of the `approvers`, for terms worth `from_value` đồng or more."""

    __tablename__ = "approval_rule"
    __table_args__ = (
        CheckConstraint("needed BETWEEN 1 AND cardinality(approvers)", name="needed"),
        CheckConstraint("from_value >= 0", name="from_value"),
    )

    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    needed: Mapped[int] = mapped_column(SmallInteger)
    approvers: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    from_value: Mapped[int] = mapped_column(BigInteger, default=0)
    on_send: Mapped[bool]
    on_accept: Mapped[bool]
    updated_at: Mapped[datetime]
    updated_by: Mapped[UUID | None]


class ApprovalRequest(Base):
    """An act that waits for its own side's approvals. The rule is copied: a later change does not touch it."""

    __tablename__ = "approval_request"
    __table_args__ = (
        CheckConstraint("act IN ('send','counter','accept')", name="act"),
        CheckConstraint("(act = 'send') = (offer_id IS NULL)", name="answers"),
        CheckConstraint("(act = 'accept') = (command IS NULL)", name="says"),
        Index(
            "uq_approval_request_pending", "deal_id", "org_id", unique=True, postgresql_where=text("status='pending'")
        ),
        Index(None, "org_id", "status_at"),
        Index("ix_approval_request_due", "expires_at", postgresql_where=text("status = 'pending'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    act: Mapped[str]
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("offer.id"))
    command: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    value: Mapped[int] = mapped_column(BigInteger)
    needed: Mapped[int] = mapped_column(SmallInteger)
    approvers: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    asked_by: Mapped[UUID]
    asked_by_name: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[str]
    status_at: Mapped[datetime]
    # Why an approved act could not be carried out any more, in both languages.
    why_vi: Mapped[str | None] = mapped_column(Text)
    why_en: Mapped[str | None] = mapped_column(Text)


class ApprovalVote(Base):
    """What one approver said, once. Never changed or deleted."""

    __tablename__ = "approval_vote"
    __table_args__ = (CheckConstraint("verdict IN ('approve','refuse')", name="verdict"),)

    request_id: Mapped[UUID] = mapped_column(ForeignKey("approval_request.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_name: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str]
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]


class Memorandum(Base):
    """Heads of terms (biên bản ghi nhớ): what both sides intend, until a date. Its value counts nowhere."""

    __tablename__ = "memorandum"
    __table_args__ = (
        CheckConstraint("kind IN ('terms','file','text')", name="kind"),
        CheckConstraint("side IN ('seller','buyer')", name="side"),
        CheckConstraint("(kind = 'file') = (storage_key IS NOT NULL)", name="file"),
        # One that lives at a time; what is over stays on record.
        Index(
            "uq_memorandum_live",
            "deal_id",
            unique=True,
            postgresql_where=text("status IN ('proposed','confirmed','due')"),
        ),
        Index(None, "deal_id"),
        Index("ix_memorandum_expiry", "expires_on", postgresql_where=text("status IN ('confirmed','due')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    kind: Mapped[str]  # terms | file | text
    side: Mapped[str]
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]
    person_name: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    summary: Mapped[str] = mapped_column(Text)
    value: Mapped[int | None] = mapped_column(BigInteger)
    signed_on: Mapped[date | None]
    sha256: Mapped[str]
    file_name: Mapped[str | None] = mapped_column(Text)
    storage_key: Mapped[str | None] = mapped_column(Text)
    # Until when it holds; moved on only by an outcome of both sides. `term` counts how often.
    expires_on: Mapped[date]
    term: Mapped[int] = mapped_column(SmallInteger, default=1)
    status: Mapped[str]
    status_at: Mapped[datetime]
    outcome: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    reminded: Mapped[int | None] = mapped_column(SmallInteger)
    overdue_at: Mapped[datetime | None]


class MemorandumOutcome(Base):
    """What one side said became of it at the end of a term; said again, the last word counts. Never changed."""

    __tablename__ = "memorandum_outcome"
    __table_args__ = (
        CheckConstraint("kind IN ('contract_signed','extended','ended','in_progress')", name="kind"),
        CheckConstraint("(kind IN ('extended','in_progress')) = (until IS NOT NULL)", name="until"),
        CheckConstraint("(kind = 'ended') = (reason_code IS NOT NULL)", name="reason"),
        Index(None, "memorandum_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    memorandum_id: Mapped[UUID] = mapped_column(ForeignKey("memorandum.id"))
    term: Mapped[int] = mapped_column(SmallInteger)
    side: Mapped[str]
    org_id: Mapped[UUID | None]
    person_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str]
    reason_code: Mapped[str | None]
    note: Mapped[str | None] = mapped_column(Text)
    until: Mapped[date | None]
    at: Mapped[datetime]
