"""Tables of needs. The row holds the gist; text of the other tiers lies in tables no list and no index ever reads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class Need(Base):
    """`id` is random and `reference` is drawn from it: neither tells when the need was written, nor after which."""

    __tablename__ = "need"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint("trl_min BETWEEN 1 AND 9 AND trl_max BETWEEN 1 AND 9 AND trl_min <= trl_max", name="trl"),
        CheckConstraint("budget_min <= budget_max", name="budget_order"),
        CheckConstraint("kind IN ('enterprise', 'public_order')", name="kind"),
        CheckConstraint("NOT blind OR kind = 'enterprise'", name="orders_are_named"),
        CheckConstraint("(status = 'closed') = (reason_code IS NOT NULL OR winner_id IS NOT NULL)", name="closing"),
        Index(None, "org_id", "created_at"),
        Index("ix_need_queue", "status_at", postgresql_where=text("status = 'submitted'")),
        Index("ix_need_deadline", "deadline", postgresql_where=text("status IN ('published','matched')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    status: Mapped[str]
    status_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    published_at: Mapped[datetime | None]
    completeness: Mapped[int] = mapped_column(SmallInteger, default=0)
    reason_code: Mapped[str | None]
    winner_id: Mapped[UUID | None]  # the proposal that was chosen; proposals stand above, so it is no foreign key
    is_demo: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str | None]
    source_id: Mapped[str | None]
    source_url: Mapped[str | None] = mapped_column(Text)
    source_hash: Mapped[str | None]

    kind: Mapped[str] = mapped_column(default="enterprise")
    blind: Mapped[bool] = mapped_column(default=False)
    ordering_authority: Mapped[str | None] = mapped_column(Text)
    programme: Mapped[str | None] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(default="vi")
    title: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str | None] = mapped_column(Text)
    summary: Mapped[str | None] = mapped_column(Text)
    summary_en: Mapped[str | None] = mapped_column(Text)
    field: Mapped[str | None]
    priority: Mapped[str | None]
    ipc: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    keywords: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    trl_min: Mapped[int | None] = mapped_column(SmallInteger)
    trl_max: Mapped[int | None] = mapped_column(SmallInteger)
    deadline: Mapped[date | None]
    tiers: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    gist: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # the other fields everyone reads
    suggested: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)

    # What the card shows of rights, money and place, copied here only when everyone may read it.
    modes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    budget_min: Mapped[int | None] = mapped_column(BigInteger)
    budget_max: Mapped[int | None] = mapped_column(BigInteger)
    province: Mapped[int | None] = mapped_column(SmallInteger)


class NeedTier(Base):
    """The fields of one tier above the gist."""

    __tablename__ = "need_tier"
    __table_args__ = (CheckConstraint("tier IN ('broker', 'matched')", name="tier"),)

    need_id: Mapped[UUID] = mapped_column(ForeignKey("need.id"), primary_key=True)
    tier: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class NeedReveal(Base):
    """One organisation was let in: `broker` at its first reading of that tier, `matched` by mutual consent.

    Append-only (a trigger refuses UPDATE and DELETE).
    """

    __tablename__ = "need_reveal"
    __table_args__ = (
        CheckConstraint("what IN ('broker', 'matched')", name="what"),
        UniqueConstraint("need_id", "org_id", "what"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    need_id: Mapped[UUID] = mapped_column(ForeignKey("need.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    what: Mapped[str]
    at: Mapped[datetime]
    person_id: Mapped[UUID | None]
