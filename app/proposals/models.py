"""Proposals: what was sent is never edited, only its state moves and consents are added."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class Proposal(Base):
    """`id` is random and `reference` is drawn from it, as a need's: a sealed proposer is not found by its times."""

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("org_id <> asker_org_id", name="two_parties"),
        CheckConstraint("price_from <= price_to", name="price_order"),
        CheckConstraint("NOT sealed OR listing_id IS NULL OR revealed_at IS NOT NULL", name="sealed_has_no_listing"),
        CheckConstraint(
            "(revealed_at IS NULL) = (asker_consented_at IS NULL OR proposer_consented_at IS NULL)", name="mutual"
        ),
        # One live answer with the same listing: a second click finds the first one.
        Index(
            "uq_proposal_live",
            "need_id",
            "listing_id",
            unique=True,
            postgresql_where=text("status IN ('sent','shortlisted')"),
        ),
        Index("uq_proposal_winner", "need_id", unique=True, postgresql_where=text("status = 'accepted'")),
        Index(None, "need_id", "sent_at"),
        Index(None, "org_id", "sent_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    need_id: Mapped[UUID] = mapped_column(ForeignKey("need.id"))
    asker_org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]
    sent_at: Mapped[datetime]
    status: Mapped[str]
    status_at: Mapped[datetime]
    listing_id: Mapped[UUID | None] = mapped_column(ForeignKey("listing.id"))
    sealed: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    fit: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    pilot: Mapped[str | None] = mapped_column(Text)
    mode: Mapped[str | None]
    exclusivity: Mapped[str | None]
    price_from: Mapped[int | None] = mapped_column(BigInteger)
    price_to: Mapped[int | None] = mapped_column(BigInteger)
    months: Mapped[int | None] = mapped_column(SmallInteger)
    terms_note: Mapped[str | None] = mapped_column(Text)
    asker_consented_at: Mapped[datetime | None]
    proposer_consented_at: Mapped[datetime | None]
    revealed_at: Mapped[datetime | None]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)
    deal_id: Mapped[UUID | None] = mapped_column(ForeignKey("deal.id"))
    is_demo: Mapped[bool] = mapped_column(default=False)
