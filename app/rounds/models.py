"""Tables of rounds. What was announced is fixed (a trigger keeps it so), what was bid is only ever added to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class Round(Base):
    """`reserve` and `leader_max` are never shown; a sealed round keeps its reserve in `reserve_sealed` instead.
    `leader_id` and `winner_id` name entries."""

    __tablename__ = "public_round"
    __table_args__ = (
        CheckConstraint("kind IN ('announcement','sealed','english')", name="kind"),
        CheckConstraint("registration_until <= opens_at AND opens_at < ends_at", name="schedule"),
        CheckConstraint("deposit >= 0 AND start_price >= 0 AND reserve >= 0", name="amounts"),
        CheckConstraint("quorum BETWEEN 2 AND 50", name="quorum"),
        CheckConstraint(
            "kind <> 'sealed' OR reserve IS NULL OR status IN ('opened','awarded','unsold','cancelled')",
            name="sealed_reserve",
        ),
        CheckConstraint("kind <> 'sealed' OR status IN ('draft','cancelled') OR public_key IS NOT NULL", name="key"),
        CheckConstraint("leader_max >= price", name="leader"),
        CheckConstraint("(status = 'awarded') = (deal_id IS NOT NULL)", name="awarded"),
        # One round at a time a listing.
        Index(
            "uq_public_round_live",
            "listing_id",
            unique=True,
            postgresql_where=text("status IN ('announced','open','closed','opened')"),
        ),
        Index(None, "status", "opens_at"),
        Index(None, "org_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    status: Mapped[str]
    status_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    about: Mapped[str] = mapped_column(Text)
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    registration_until: Mapped[datetime]
    opens_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]
    deposit: Mapped[int] = mapped_column(BigInteger, default=0)
    quorum: Mapped[int] = mapped_column(SmallInteger, default=3)
    interest: Mapped[int | None] = mapped_column(SmallInteger)
    start_price: Mapped[int | None] = mapped_column(BigInteger)
    steps: Mapped[list[dict[str, int]]] = mapped_column(JSONB, default=list)
    snipe_minutes: Mapped[int] = mapped_column(SmallInteger, default=0)
    extend_minutes: Mapped[int] = mapped_column(SmallInteger, default=0)
    extensions_max: Mapped[int | None] = mapped_column(SmallInteger)
    extensions: Mapped[int] = mapped_column(SmallInteger, default=0)
    intended_org_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    intended_price: Mapped[int | None] = mapped_column(BigInteger)
    reserve: Mapped[int | None] = mapped_column(BigInteger)
    reserve_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reserve_basis: Mapped[str | None] = mapped_column(Text)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    price: Mapped[int | None] = mapped_column(BigInteger)
    leader_id: Mapped[UUID | None]
    leader_max: Mapped[int | None] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(default=0)
    winner_id: Mapped[UUID | None]
    result_price: Mapped[int | None] = mapped_column(BigInteger)
    deal_id: Mapped[UUID | None] = mapped_column(ForeignKey("deal.id"))
    reason_code: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)
    is_demo: Mapped[bool] = mapped_column(default=False)


class Entry(Base):
    """An organisation that asks to take part. `number` is what the public reads instead of its name."""

    __tablename__ = "round_entry"
    __table_args__ = (
        Index(
            "uq_round_entry_live",
            "round_id",
            "org_id",
            unique=True,
            postgresql_where=text("status IN ('applied','approved')"),
        ),
        UniqueConstraint("round_id", "number"),
        CheckConstraint("status <> 'approved' OR number IS NOT NULL", name="numbered"),
        Index(None, "org_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("public_round.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]
    status: Mapped[str]
    status_at: Mapped[datetime]
    applied_at: Mapped[datetime]
    message: Mapped[str | None] = mapped_column(Text)
    number: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str | None] = mapped_column(Text)


class Deposit(Base):
    """Evidence of a deposit paid outside: the exchange holds no money."""

    __tablename__ = "round_deposit"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"), Index(None, "round_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("public_round.id"))
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("round_entry.id"), unique=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]
    status_at: Mapped[datetime]
    evidence: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)


class Bid(Base):
    """What somebody sent in an English auction. `maximum` is confidential."""

    __tablename__ = "round_bid"
    __table_args__ = (
        UniqueConstraint("round_id", "entry_id", "key"),
        CheckConstraint("maximum >= amount", name="maximum"),
        CheckConstraint("outcome IN ('leading','outbid','raised')", name="outcome"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("public_round.id"))
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("round_entry.id"))
    person_id: Mapped[UUID | None]
    key: Mapped[UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    maximum: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str]
    price: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]


class Price(Base):
    """The public run of an English auction: each row higher than the one before, by whom it stands."""

    __tablename__ = "round_price"
    __table_args__ = (UniqueConstraint("round_id", "price"),)

    round_id: Mapped[UUID] = mapped_column(ForeignKey("public_round.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("round_entry.id"))
    price: Mapped[int] = mapped_column(BigInteger)
    automatic: Mapped[bool]
    at: Mapped[datetime]


class Envelope(Base):
    """A sealed bid, a changed one or a withdrawal: they look the same. No time, no name, no order."""

    __tablename__ = "sealed_envelope"
    __table_args__ = (CheckConstraint("octet_length(ciphertext) = 560", name="size"), Index(None, "round_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("public_round.id"))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(unique=True)


class Opened(Base):
    """What an envelope held, written at the opening."""

    __tablename__ = "opened_envelope"
    __table_args__ = (
        CheckConstraint("standing IN ('counts','replaced','withdrawn','invalid')", name="standing"),
        Index(None, "round_id"),
    )

    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("sealed_envelope.id"), primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("public_round.id"))
    entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("round_entry.id"))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime | None]
    standing: Mapped[str]
    why: Mapped[str | None]


class OfficerKey(Base):
    """A key pair of somebody who may open rounds; the private half is locked with their passphrase."""

    __tablename__ = "officer_key"
    __table_args__ = (
        Index("uq_officer_key_used", "person_id", unique=True, postgresql_where=text("retired_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    locked: Mapped[bytes] = mapped_column(LargeBinary)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    passes: Mapped[int]
    memory: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Officer(Base):
    """One of those who open a sealed round. `share`: of the round's private key, sealed to the officer's key."""

    __tablename__ = "round_officer"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("public_round.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("officer_key.id"))
    share: Mapped[bytes | None] = mapped_column(LargeBinary)


class KeyTurn(Base):
    """The first officer's share, sealed to each of the others until one of them turns the second key."""

    __tablename__ = "round_key_turn"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("public_round.id"), primary_key=True)
    from_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    to_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    share: Mapped[bytes] = mapped_column(LargeBinary)
    until: Mapped[datetime]


class Objection(Base):
    """What somebody has against an announced round, and the owner's answer."""

    __tablename__ = "round_objection"
    __table_args__ = (Index(None, "round_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("public_round.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
