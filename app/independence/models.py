"""Declared interests (never deleted, ended at most once), findings about deals, and the parties' consents."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class InterestDeclaration(Base):
    """`org_id` speaks for itself, or `person_id` does. What it is about: another organisation (here or by name), a
    member of one's own, a listing or a deal."""

    __tablename__ = "interest_declaration"
    __table_args__ = (
        CheckConstraint("(org_id IS NULL) <> (person_id IS NULL)", name="one_declarer"),
        CheckConstraint("org_id <> other_org_id", name="two_organisations"),
        CheckConstraint("until >= since", name="days"),
        CheckConstraint("percent > 0 AND percent <= 100", name="percent"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        Index(None, "org_id"),
        Index(None, "person_id"),
        Index(None, "other_org_id"),
        Index(None, "listing_id", postgresql_where=text("listing_id IS NOT NULL")),
        Index(None, "deal_id", postgresql_where=text("deal_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    org_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    other_org_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    other_name: Mapped[str | None] = mapped_column(Text)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    listing_id: Mapped[UUID | None] = mapped_column(ForeignKey("listing.id"))
    deal_id: Mapped[UUID | None] = mapped_column(ForeignKey("deal.id"))
    percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    since: Mapped[date | None]
    until: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    made_by_name: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(Text)
    is_demo: Mapped[bool] = mapped_column(default=False)


class ConflictFinding(Base):
    """`org_id` asks for `capacity` or holds it; the other side is another participant, or the deal itself (absent).

    `key` names the facts of the path: the same tie is found once, another tie is another finding."""

    __tablename__ = "conflict_finding"
    __table_args__ = (
        UniqueConstraint("deal_id", "key"),
        Index("ix_conflict_finding_queue", "opened_at", postgresql_where=text("status = 'open'")),
        Index(None, "org_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    capacity: Mapped[str]
    other_org_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    other_capacity: Mapped[str | None]
    kind: Mapped[str]
    certain: Mapped[bool]
    verdict: Mapped[str]
    path: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    key: Mapped[str]
    status: Mapped[str]
    status_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)
    is_demo: Mapped[bool] = mapped_column(default=False)


class ConflictConsent(Base):
    """A party agrees, in writing and once, that somebody tied to a side takes part. `words` is what it agreed to."""

    __tablename__ = "conflict_consent"
    __table_args__ = (UniqueConstraint("finding_id", "org_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[UUID] = mapped_column(ForeignKey("conflict_finding.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]
    person: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
