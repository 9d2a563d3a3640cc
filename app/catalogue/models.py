"""Saved searches, what they have found, and the mails that told of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class SavedSearch(Base):
    """`query` is the address form of the search over `scope`; only what is first shown after `since` counts as new."""

    __tablename__ = "saved_search"
    __table_args__ = (
        UniqueConstraint("person_id", "scope", "query"),
        CheckConstraint("scope IN ('listings','needs')", name="scope"),
        CheckConstraint("frequency IN ('at_once','daily','weekly')", name="frequency"),
        Index("ix_saved_search_running", "checked_at", postgresql_where=text("paused_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    scope: Mapped[str]
    name: Mapped[str] = mapped_column(Text)
    query: Mapped[str] = mapped_column(Text)
    frequency: Mapped[str]
    created_at: Mapped[datetime]
    since: Mapped[datetime]
    checked_at: Mapped[datetime]
    next_digest_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]


class SavedSearchDigest(Base):
    """One mail. `claimed_until` is the sender's lease: who died in between is followed by another."""

    __tablename__ = "saved_search_digest"
    __table_args__ = (
        Index(None, "search_id"),
        Index("ix_saved_search_digest_unsent", "created_at", postgresql_where=text("sent_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    search_id: Mapped[UUID] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class SavedSearchMatch(Base):
    """A listing or a need found by a saved search: once, whatever happens; told of in one digest at most.

    `subject_id` has no foreign key: the search's scope says whose it is, and what is gone has no card to be shown.
    """

    __tablename__ = "saved_search_match"
    __table_args__ = (
        Index("ix_saved_search_match_untold", "search_id", postgresql_where=text("digest_id IS NULL")),
        Index("ix_saved_search_match_unseen", "search_id", postgresql_where=text("seen_at IS NULL")),
        Index(None, "search_id", "found_at", "subject_id"),
        Index(None, "digest_id"),
    )

    search_id: Mapped[UUID] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    found_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    digest_id: Mapped[UUID | None] = mapped_column(ForeignKey("saved_search_digest.id", ondelete="SET NULL"))


class CatalogueChange(Base):
    """One row: when anything shown last changed. A busy hour of changes wakes the saved searches once a minute."""

    __tablename__ = "catalogue_change"
    __table_args__ = (CheckConstraint("one = 1", name="single"),)

    one: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
