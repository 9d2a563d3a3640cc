"""The record of messages sent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class Notification(Base):
    __tablename__ = "notification"
    __table_args__ = (Index(None, "subject_id"),)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    topic: Mapped[str]
    subject_id: Mapped[UUID]
    at: Mapped[datetime]
