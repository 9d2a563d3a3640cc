"""What was told to whom: the record that makes a repeated job silent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.notifications.models import Notification


async def claim(session: AsyncSession, key: str, email: str, topic: str, subject_id: UUID, now: datetime) -> bool:
    """True for the first who claims this message; False when it was sent before."""
    made = await session.execute(
        insert(Notification)
        .values(key=key, email=email, topic=topic, subject_id=subject_id, at=now)
        .on_conflict_do_nothing()
        .returning(Notification.key)
    )
    return made.scalar_one_or_none() is not None


async def forget(session: AsyncSession, key: str) -> None:
    await session.execute(delete(Notification).where(Notification.key == key))
