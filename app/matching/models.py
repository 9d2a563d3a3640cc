"""Tables of matching: the pairs found, what each side said of them, what was told, and the weights.

A match holds two readings: the asker's, of the whole need, and the shared one, of what everyone reads. Which pairs are
kept depends on the shared reading alone, so that neither a pair nor its place tells what the asker keeps back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class Match(Base):
    """`id` is random: it tells nothing of when a blind need came. Scores 0..100, confidence 0..1."""

    __tablename__ = "match"
    __table_args__ = (
        UniqueConstraint("need_id", "listing_id"),
        CheckConstraint("asker_org_id <> owner_org_id", name="two_sides"),
        Index("ix_match_of_need", "need_id", "score", postgresql_where=text("status = 'current'")),
        Index("ix_match_of_listing", "listing_id", "shared_score", postgresql_where=text("status = 'current'")),
        Index("ix_match_of_asker", "asker_org_id", postgresql_where=text("status = 'current'")),
        Index("ix_match_of_owner", "owner_org_id", postgresql_where=text("status = 'current'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    need_id: Mapped[UUID] = mapped_column(ForeignKey("need.id"))
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    asker_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    owner_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    status: Mapped[str]
    status_at: Mapped[datetime]
    found_at: Mapped[datetime]
    weights_version: Mapped[int]
    score: Mapped[float]
    confidence: Mapped[float]
    violates: Mapped[bool]
    components: Mapped[dict[str, float]] = mapped_column(JSONB)
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    shared_score: Mapped[float]
    shared_confidence: Mapped[float]
    shared_violates: Mapped[bool]
    shared_criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class MatchSide(Base):
    """What one side said of a match; a side that said nothing has no row. The other side never reads a refusal."""

    __tablename__ = "match_side"
    __table_args__ = (
        UniqueConstraint("match_id", "side"),
        CheckConstraint("side IN ('asker', 'owner')", name="side"),
        CheckConstraint("(status = 'dismissed') = (reason_code IS NOT NULL)", name="reason"),
        Index(None, "org_id", "status"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    match_id: Mapped[UUID] = mapped_column(ForeignKey("match.id"))
    side: Mapped[str]
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    status: Mapped[str]
    status_at: Mapped[datetime]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)


class MatchDigest(Base):
    """One message to one organisation about matches it was not told of before."""

    __tablename__ = "match_digest"
    __table_args__ = (Index(None, "org_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime]


class MatchTold(Base):
    """A match is told of to a side once, whatever happens to workers."""

    __tablename__ = "match_told"
    __table_args__ = (Index(None, "digest_id"),)

    match_id: Mapped[UUID] = mapped_column(ForeignKey("match.id"), primary_key=True)
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    digest_id: Mapped[UUID] = mapped_column(ForeignKey("match_digest.id"))


class MatchRun(Base):
    """The newest look for one need's or listing's matches: what it weighed and how long it took (milliseconds)."""

    __tablename__ = "match_run"
    __table_args__ = (CheckConstraint("kind IN ('need', 'listing')", name="kind"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    weights_version: Mapped[int]
    candidates: Mapped[int]
    kept: Mapped[int]
    milliseconds: Mapped[int]
    seen: Mapped[str]  # what of the subject was looked at: a listing that has not changed since is not looked at again


class MatchWeights(Base):
    """A version of the shares of the score's components; one is in force, before any the built-in version 1."""

    __tablename__ = "match_weights"
    __table_args__ = (
        UniqueConstraint("version"),
        Index("uq_match_weights_in_force", "status", unique=True, postgresql_where=text("status = 'in_force'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str]
    status_at: Mapped[datetime]
    shares: Mapped[dict[str, str]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
