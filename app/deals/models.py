"""Tables of deals, their evidence, and the transactions statistics count."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base

CAPACITIES = "'seller','buyer','seller_broker','buyer_broker','valuer','appraiser','adviser'"


class Deal(Base):
    __tablename__ = "deal"
    __table_args__ = (
        CheckConstraint("seller_org_id <> buyer_org_id", name="two_parties"),
        CheckConstraint("turn IN ('seller','buyer')", name="turn"),
        CheckConstraint("evidence_level BETWEEN 0 AND 5", name="evidence"),
        # One live deal a buyer and listing: a second click finds the first one.
        Index(
            "uq_deal_live",
            "listing_id",
            "buyer_org_id",
            unique=True,
            postgresql_where=text("status IN ('interested','negotiating','agreed')"),
        ),
        Index(None, "seller_org_id", "status_at"),
        Index(None, "buyer_org_id", "status_at"),
        Index(None, "opened_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    seller_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    buyer_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    status: Mapped[str]
    status_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None]
    message: Mapped[str] = mapped_column(Text)
    intended_use: Mapped[str | None] = mapped_column(Text)
    turn: Mapped[str | None]
    turn_since: Mapped[datetime | None]
    turn_until: Mapped[datetime | None]
    evidence_level: Mapped[int] = mapped_column(SmallInteger, default=0)
    holds_listing: Mapped[bool] = mapped_column(default=False)
    agreed_offer_id: Mapped[UUID | None]
    agreed_value: Mapped[int | None] = mapped_column(BigInteger)
    agreed_mode: Mapped[str | None]
    reason_code: Mapped[str | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class DealParticipant(Base):
    """An organisation that takes part in a deal, in one capacity at a time. One that ended keeps its row."""

    __tablename__ = "deal_participant"
    __table_args__ = (
        CheckConstraint(f"capacity IN ({CAPACITIES})", name="capacity"),
        CheckConstraint("(until IS NULL) = (ended_why IS NULL)", name="ended"),
        # One live capacity an organisation and deal: nobody is broker and appraiser of the same thing.
        Index("uq_deal_participant_live", "deal_id", "org_id", unique=True, postgresql_where=text("until IS NULL")),
        Index("ix_deal_participant_org", "org_id", "deal_id", postgresql_where=text("until IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    capacity: Mapped[str]
    handler_id: Mapped[UUID | None]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    ended_why: Mapped[str | None] = mapped_column(Text)


class DealEvidence(Base):
    """A fact that lifts a deal on the evidence ladder: who said so, when, with which file."""

    __tablename__ = "deal_evidence"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 5", name="level"),
        Index(None, "deal_id"),
        Index(
            "uq_deal_evidence_open",
            "deal_id",
            unique=True,
            postgresql_where=text("kind = 'contract' AND status IN ('reported', 'confirmed')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    level: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]  # interest | terms | mou | contract
    status: Mapped[str]  # reported | confirmed | disputed
    status_at: Mapped[datetime]
    at: Mapped[datetime]
    org_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    number: Mapped[str | None] = mapped_column(Text)
    signed_on: Mapped[date | None]
    value: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str]
    file_name: Mapped[str | None] = mapped_column(Text)
    media_type: Mapped[str | None]
    storage_key: Mapped[str | None] = mapped_column(Text)
    disputed_why: Mapped[str | None] = mapped_column(Text)


class DealTransaction(Base):
    """What statistics count: written only when a contract is confirmed; never changed, corrected by a reversal."""

    __tablename__ = "deal_transaction"
    __table_args__ = (
        CheckConstraint("(kind = 'completion') = (reverses_id IS NULL)", name="reversal"),
        Index("uq_deal_transaction_completion", "evidence_id", unique=True, postgresql_where=text("kind='completion'")),
        Index("uq_deal_transaction_reversal", "reverses_id", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("deal_evidence.id"))
    kind: Mapped[str]  # completion | reversal
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("deal_transaction.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(default="VND")
    signed_on: Mapped[date]
    at: Mapped[datetime]
