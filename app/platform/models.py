"""Tables of the platform: history of states, audit chain, rate counters."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Computed, Identity, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class StateChange(Base):
    """One move of one workflow. Append-only (a trigger refuses UPDATE and DELETE)."""

    __tablename__ = "state_change"
    __table_args__ = (Index(None, "subject_id", "id"), Index(None, "workflow", "at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    workflow: Mapped[str]
    subject_id: Mapped[UUID]
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    org_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class AuditEntry(Base):
    """`hash` = sha256(previous hash || "seq|entry"). The columns beside `entry` are computed from it."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "subject_id", "seq"), Index(None, "action", "seq"))

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    action: Mapped[str] = mapped_column(Text, Computed("(entry::jsonb ->> 'action')", persisted=True))
    subject_type: Mapped[str] = mapped_column(Text, Computed("(entry::jsonb ->> 'subject_type')", persisted=True))
    subject_id: Mapped[str | None] = mapped_column(Text, Computed("(entry::jsonb ->> 'subject_id')", persisted=True))


class AuditHead(Base):
    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("chain = 1", name="single"),)

    chain: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class RateCounter(Base):
    """Fixed windows of the rate limiter. UNLOGGED: a crash may forget counts, never slow a request."""

    __tablename__ = "rate_counter"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    window: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    hits: Mapped[int]
