"""Offers: one row a round, never edited after it was sent (only its state moves)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class Offer(Base):
    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("deal_id", "round"),
        CheckConstraint("side IN ('seller','buyer')", name="side"),
        CheckConstraint("valid_until > sent_at", name="validity"),
        # One question on the table at a time, one answer for ever.
        Index("uq_offer_open", "deal_id", unique=True, postgresql_where=text("status IN ('open','frozen')")),
        Index("uq_offer_accepted", "deal_id", unique=True, postgresql_where=text("status = 'accepted'")),
        # At most one live exclusive grant a listing: `binding` is cleared when its deal is closed.
        Index(
            "uq_offer_exclusive",
            "listing_id",
            unique=True,
            postgresql_where=text("status = 'accepted' AND exclusive AND binding"),
        ),
        Index("ix_offer_due", "valid_until", postgresql_where=text("status IN ('open','frozen')")),
        Index(None, "listing_id", postgresql_where=text("status IN ('open','frozen')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    side: Mapped[str]
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]
    status: Mapped[str]
    status_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    exclusive: Mapped[bool]
    binding: Mapped[bool] = mapped_column(default=False)
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    terms_hash: Mapped[str]
    note: Mapped[str | None] = mapped_column(Text)
