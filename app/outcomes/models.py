"""Questions about what became of a deal, and the answers, which are never changed."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class OutcomePrompt(Base):
    """One party is asked `days` days after its deal reached `basis`; once, whatever the schedule does."""

    __tablename__ = "outcome_prompt"
    __table_args__ = (
        UniqueConstraint("deal_id", "org_id", "basis", "days"),
        CheckConstraint("basis IN ('agreed','contracted','closed')", name="basis"),
        CheckConstraint("days IN (30, 90, 180)", name="days"),
        CheckConstraint("expires_on > due_on", name="window"),
        # One open question a party and deal: the next one takes the place of the one before.
        Index("uq_outcome_prompt_open", "deal_id", "org_id", unique=True, postgresql_where=text("status = 'asked'")),
        Index("ix_outcome_prompt_due", "expires_on", postgresql_where=text("status = 'asked'")),
        Index(None, "org_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    side: Mapped[str]
    basis: Mapped[str]
    days: Mapped[int] = mapped_column(SmallInteger)
    due_on: Mapped[date]
    expires_on: Mapped[date]
    asked_at: Mapped[datetime]
    status: Mapped[str]
    status_at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False)


class OutcomeAnswer(Base):
    """What a party said, once a question. A later question may be answered otherwise; both stay."""

    __tablename__ = "outcome_answer"
    __table_args__ = (
        CheckConstraint("(kind = 'stopped') = (reason_code IS NOT NULL)", name="reason"),
        CheckConstraint("kind <> 'in_use' OR (used_on IS NOT NULL AND product IS NOT NULL)", name="use"),
        Index(None, "deal_id", "at"),
    )

    prompt_id: Mapped[UUID] = mapped_column(ForeignKey("outcome_prompt.id"), primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deal.id"))
    org_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None]
    person: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    kind: Mapped[str]
    how: Mapped[str | None] = mapped_column(Text)
    used_on: Mapped[date | None]
    product: Mapped[str | None] = mapped_column(Text)
    effect: Mapped[str | None] = mapped_column(Text)
    reason_code: Mapped[str | None]
    note: Mapped[str | None] = mapped_column(Text)
