"""Tables of the desk: messages, files and read marks, tasks, notes, hand-overs, stalls, calendar feeds."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base

CHANNELS = "('all','seller','buyer')"


class DeskMessage(Base):
    """`seq` counts the messages of a deal in the order of their commits (the deal is locked while one is written), so
    that "read up to" never jumps over a message that appears later. A trigger refuses any change of what was sent."""

    __tablename__ = "desk_message"
    __table_args__ = (
        UniqueConstraint("deal_id", "seq"),
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        CheckConstraint("status IN ('sent','retracted')", name="status"),
        Index("ix_desk_message_recent", "sent_at", postgresql_where=text("status = 'sent'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    seq: Mapped[int] = mapped_column(Integer)
    channel: Mapped[str]
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime]
    status: Mapped[str]
    status_at: Mapped[datetime]


class DeskFile(Base):
    """A file of a message, kept byte for byte; `sha256` proves it."""

    __tablename__ = "desk_file"
    __table_args__ = (Index(None, "message_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("desk_message.id"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    storage_key: Mapped[str] = mapped_column(Text)


class DeskMark(Base):
    """How far a person has read a channel of a deal."""

    __tablename__ = "desk_mark"

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    person_name: Mapped[str] = mapped_column(Text)
    org_name: Mapped[str] = mapped_column(Text)


class DeskMail(Base):
    """One mail about unread messages of a deal to a person. It stays open until the person reads; while it is open
    there is no other. `claimed_until` is the sender's lease: who died in between is followed by another."""

    __tablename__ = "desk_mail"
    __table_args__ = (
        Index("uq_desk_mail_open", "deal_id", "person_id", unique=True, postgresql_where=text("open")),
        Index(None, "deal_id", "person_id"),
        Index("ix_desk_mail_unsent", "created_at", postgresql_where=text("sent_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    person_id: Mapped[UUID]
    org_id: Mapped[UUID]
    upto: Mapped[int] = mapped_column(Integer)
    open: Mapped[bool]
    created_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class DeskTask(Base):
    """`channel` is who shares it: one side, or all parties. `suggestion` names the line of a ready-made list, so that
    the list added twice stands once. The two `told` dates are the due date a reminder was last sent for."""

    __tablename__ = "desk_task"
    __table_args__ = (
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        CheckConstraint("status IN ('open','done','dropped')", name="status"),
        Index(None, "deal_id"),
        Index("uq_desk_task_suggestion", "deal_id", "channel", "suggestion", unique=True),
        Index("ix_desk_task_due", "due_on", postgresql_where=text("status = 'open'")),
        Index("ix_desk_task_assignee", "assignee_id", postgresql_where=text("status = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    channel: Mapped[str]
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None]
    assignee_id: Mapped[UUID | None]
    status: Mapped[str]
    status_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    suggestion: Mapped[str | None]
    due_told: Mapped[date | None]
    overdue_told: Mapped[date | None]


class DeskNote(Base):
    """`scope` private: its writer alone reads it, acting for the same organisation; organisation: its people do."""

    __tablename__ = "desk_note"
    __table_args__ = (
        CheckConstraint("scope IN ('private','organisation')", name="scope"),
        Index(None, "deal_id", "org_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(Text)
    scope: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]


class DeskHandover(Base):
    """Who gave a deal to whom inside one organisation; read by that organisation alone."""

    __tablename__ = "desk_handover"
    __table_args__ = (Index(None, "deal_id", "org_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    from_id: Mapped[UUID | None]
    to_id: Mapped[UUID]
    by_id: Mapped[UUID]
    by_name: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    tasks: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]


class DeskStall(Base):
    """A turn that lay still too long: one row a turn, however often the clock looks."""

    __tablename__ = "desk_stall"
    __table_args__ = (
        UniqueConstraint("deal_id", "turn_since"),
        CheckConstraint("side IN ('seller','buyer')", name="side"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    side: Mapped[str]
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    turn_since: Mapped[datetime]
    found_at: Mapped[datetime]


class DeskFeed(Base):
    """The secret address of a person's calendar. Only the token's hash is kept; a new one ends the one before."""

    __tablename__ = "desk_feed"
    __table_args__ = (
        Index("uq_desk_feed_live", "person_id", "org_id", unique=True, postgresql_where=text("revoked_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    titles: Mapped[bool]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
