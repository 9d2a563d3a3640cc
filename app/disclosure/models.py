"""Tables of disclosure: texts and signatures, the room with what lies in it, who may open what, and who did."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base

STAGE = "stage BETWEEN 1 AND 5"


class NdaTemplate(Base):
    """A text the operator publishes; a trigger refuses to change a published one."""

    __tablename__ = "nda_template"
    __table_args__ = (
        UniqueConstraint("kind", "version"),
        CheckConstraint("kind IN ('one_way','mutual')", name="kind"),
        CheckConstraint("version > 0", name="version"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str]
    status_at: Mapped[datetime]
    body_vi: Mapped[str] = mapped_column(Text)
    body_en: Mapped[str] = mapped_column(Text)
    checked_by: Mapped[str | None] = mapped_column(Text)  # the lawyer who looked at it; empty: nobody has
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]


class Nda(Base):
    """One text for one deal, as it was proposed. A trigger keeps the text; a new text is a new row."""

    __tablename__ = "nda"
    __table_args__ = (
        UniqueConstraint("deal_id", "version"),
        CheckConstraint("term_months BETWEEN 1 AND 120", name="term"),
        CheckConstraint("(status IN ('in_force','expired','terminated')) = (in_force_at IS NOT NULL)", name="force"),
        CheckConstraint("(in_force_at IS NULL) = (expires_at IS NULL)", name="expiry"),
        Index(
            "uq_nda_live",
            "deal_id",
            unique=True,
            postgresql_where=text("status IN ('proposed','signed_one','in_force')"),
        ),
        Index("ix_nda_due", "expires_at", postgresql_where=text("status = 'in_force'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    version: Mapped[int] = mapped_column(SmallInteger)
    template_id: Mapped[UUID] = mapped_column(ForeignKey("nda_template.id"))
    purpose: Mapped[str] = mapped_column(Text)
    term_months: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str]
    proposed_by: Mapped[UUID | None]
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    proposed_at: Mapped[datetime]
    status: Mapped[str]
    status_at: Mapped[datetime]
    in_force_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)


class NdaSignature(Base):
    """Who signed which text, when by the database's clock. Append-only; one an organisation and text."""

    __tablename__ = "nda_signature"
    __table_args__ = (
        UniqueConstraint("nda_id", "org_id"),
        CheckConstraint("kind IN ('party','adherence')", name="kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    nda_id: Mapped[UUID] = mapped_column(ForeignKey("nda.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    capacity: Mapped[str]
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(Text)
    org_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str]
    session_id: Mapped[UUID | None]  # empty: signed by a program with a key
    typed_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class RoomFolder(Base):
    __tablename__ = "room_folder"
    __table_args__ = (Index(None, "listing_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class RoomDocument(Base):
    __tablename__ = "room_document"
    __table_args__ = (
        CheckConstraint(STAGE, name="stage"),
        CheckConstraint("download IN ('none','stamped','original')", name="download"),
        Index(None, "listing_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    folder_id: Mapped[UUID | None] = mapped_column(ForeignKey("room_folder.id"))
    title: Mapped[str] = mapped_column(Text)
    stage: Mapped[int] = mapped_column(SmallInteger)
    download: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger)  # the one that is shown
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class RoomVersion(Base):
    """A file as it was sent, byte for byte. Append-only."""

    __tablename__ = "room_version"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("room_document.id"), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    storage_key: Mapped[str] = mapped_column(Text)
    pages: Mapped[int | None] = mapped_column(SmallInteger)  # empty: cannot be shown as pages
    at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    person_name: Mapped[str] = mapped_column(Text)


class RoomGrant(Base):
    """A stage (and those before it), or one document, opened to one deal. Never deleted, only revoked."""

    __tablename__ = "room_grant"
    __table_args__ = (
        CheckConstraint("num_nonnulls(stage, document_id) = 1", name="one_thing"),
        CheckConstraint(STAGE, name="stage"),
        Index("uq_room_grant_stage", "deal_id", unique=True, postgresql_where=text("stage > 0 AND revoked_at IS NULL")),
        Index(
            "uq_room_grant_document",
            "deal_id",
            "document_id",
            unique=True,
            postgresql_where=text("document_id IS NOT NULL AND revoked_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    stage: Mapped[int | None] = mapped_column(SmallInteger)
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("room_document.id"))
    at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None]
    revoked_why: Mapped[str | None]


class RoomInspection(Base):
    """The operator looks into a room for a stated reason, for an hour; the owner reads it in the log."""

    __tablename__ = "room_inspection"
    __table_args__ = (Index(None, "deal_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    person_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    until: Mapped[datetime]


class RoomLog(Base):
    """Every look at something confidential and every refusal. Append-only."""

    __tablename__ = "room_log"
    __table_args__ = (
        ForeignKeyConstraint(["document_id", "version"], ["room_version.document_id", "room_version.version"]),
        Index(None, "listing_id", "id"),
        Index(None, "deal_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    kind: Mapped[str]
    org_id: Mapped[UUID | None]
    org_name: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID | None]
    person_name: Mapped[str] = mapped_column(Text)
    session_id: Mapped[UUID | None]
    document_id: Mapped[UUID | None]
    version: Mapped[int | None] = mapped_column(SmallInteger)
    page: Mapped[int | None] = mapped_column(SmallInteger)
    title: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)  # the fields shown, the reason of a refusal: codes, no content


class RoomQuestion(Base):
    """A question of one deal; the asker's words never change, a published pair never does (a trigger)."""

    __tablename__ = "room_question"
    __table_args__ = (
        CheckConstraint("(status = 'published') = (published_at IS NOT NULL)", name="published"),
        CheckConstraint("status = 'asked' OR answer IS NOT NULL", name="answered"),
        Index(None, "listing_id", "asked_at"),
        Index(None, "deal_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("room_document.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]
    person_name: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    question: Mapped[str] = mapped_column(Text)
    status: Mapped[str]
    status_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(Text)
    published_question: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None]


class RoomSeen(Base):
    """Up to when a person has read the questions of a deal's room: what came later is unread."""

    __tablename__ = "room_seen"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"), primary_key=True)
    at: Mapped[datetime]
