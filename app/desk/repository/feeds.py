"""Calendar feeds: whose they are, and whether that person still acts for that organisation."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.desk.models import DeskFeed

# The feed ends with the membership: whoever left reads nothing through an address kept somewhere.
_READER = text("""
    SELECT f.id, f.person_id, f.org_id, f.titles, p.locale, f.used_at FROM desk_feed f
    JOIN membership m ON m.person_id = f.person_id AND m.org_id = f.org_id
    JOIN person p ON p.id = f.person_id AND p.disabled_at IS NULL
    WHERE f.token_hash = :hash AND f.revoked_at IS NULL
""")


async def reader(session: AsyncSession, token_hash: bytes) -> Any | None:
    return (await session.execute(_READER, {"hash": token_hash})).one_or_none()


async def live(session: AsyncSession, person_id: UUID, org_id: UUID) -> DeskFeed | None:
    return (
        await session.execute(
            select(DeskFeed).where(
                DeskFeed.person_id == person_id, DeskFeed.org_id == org_id, DeskFeed.revoked_at.is_(None)
            )
        )
    ).scalar_one_or_none()


async def add(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(DeskFeed).values(**values))


async def revoke(session: AsyncSession, person_id: UUID, org_id: UUID, now: datetime) -> bool:
    ended = await session.execute(
        update(DeskFeed)
        .where(DeskFeed.person_id == person_id, DeskFeed.org_id == org_id, DeskFeed.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(DeskFeed.id)
        .execution_options(synchronize_session=False)
    )
    return ended.scalar_one_or_none() is not None


async def lock_person(session: AsyncSession, person_id: UUID) -> None:
    """Two browsers that ask for a new address at once get one after the other."""
    await session.execute(text("SELECT 1 FROM person WHERE id = :id FOR NO KEY UPDATE"), {"id": person_id})


async def touch(session: AsyncSession, id_: UUID, now: datetime) -> None:
    await session.execute(
        update(DeskFeed).where(DeskFeed.id == id_).values(used_at=now).execution_options(synchronize_session=False)
    )
