"""Tables of people, organisations and how they prove who they are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base

KINDS = "'university','institute','company','cooperative','hospital','agency','individual','intermediary','operator'"


class Organisation(Base):
    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint(f"kind IN ({KINDS},'department')", name="kind"),
        Index(None, "sort_name", "id", postgresql_ops={"sort_name": "text_ops"}),
        UniqueConstraint("source", "source_id"),
        Index("uq_organisation_tax_code", "tax_code", unique=True, postgresql_where=text("tax_code IS NOT NULL")),
        Index("ix_organisation_folded", "folded", postgresql_using="gin", postgresql_ops={"folded": "gin_trgm_ops"}),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    # Vietnamese dictionary order; "C" because the key is bytes, not words.
    sort_name: Mapped[str] = mapped_column(Text(collation="C"))
    kind: Mapped[str]
    province: Mapped[int | None] = mapped_column(SmallInteger)
    country: Mapped[str] = mapped_column(default="VN")
    tax_code: Mapped[str | None]
    about_vi: Mapped[str | None] = mapped_column(Text)
    about_en: Mapped[str | None] = mapped_column(Text)
    website: Mapped[str | None]
    status: Mapped[str]
    status_at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str | None]
    source_id: Mapped[str | None]
    created_at: Mapped[datetime]
    # Both names without marks, for finding an organisation by a part of its name.
    folded: Mapped[str] = mapped_column(
        Text(collation="C"),
        Computed("f_unaccent((name_vi || ' '::text) || coalesce(name_en, ''::text))", persisted=True),
    )


class Person(Base):
    __tablename__ = "person"
    __table_args__ = (Index("uq_person_email", text("lower(email)"), unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(default="vi")
    disabled_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Membership(Base):
    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("role IN ('owner','manager','member','viewer')", name="role"),
        Index(None, "org_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    role: Mapped[str]
    since: Mapped[datetime]


class StaffDuty(Base):
    """A duty on the exchange itself; given by the command line, never by a form."""

    __tablename__ = "staff_duty"
    __table_args__ = (CheckConstraint("duty IN ('operator','department','admin')", name="duty"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    duty: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class UserSession(Base):
    """A signed-in browser. Only the token's hash is kept."""

    __tablename__ = "user_session"
    __table_args__ = (Index(None, "person_id"), Index(None, "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    org_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    user_agent: Mapped[str] = mapped_column(Text)
    address: Mapped[str]


class PasswordReset(Base):
    __tablename__ = "password_reset"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Invitation(Base):
    """A colleague asked to join as a member; a manager may raise the role afterwards, by a verb of its own."""

    __tablename__ = "invitation"
    __table_args__ = (Index(None, "org_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    email: Mapped[str] = mapped_column(Text)
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]


class ApiKey(Base):
    __tablename__ = "api_key"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    prefix: Mapped[str]
    name: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    org_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
