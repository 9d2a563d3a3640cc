"""Queries of English bidding. All of it runs with the round's row locked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.rounds.models import Bid, Price


async def by_key(session: AsyncSession, round_id: UUID, entry_id: UUID, key: UUID) -> Bid | None:
    return (
        await session.execute(select(Bid).where(Bid.round_id == round_id, Bid.entry_id == entry_id, Bid.key == key))
    ).scalar_one_or_none()


async def add(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(Bid).values(**values))


async def add_prices(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(Price), list(rows))


async def prices(session: AsyncSession, round_id: UUID, limit: int) -> list[Price]:
    """Newest first."""
    rows = await session.execute(
        select(Price).where(Price.round_id == round_id).order_by(Price.seq.desc()).limit(limit)
    )
    return list(rows.scalars())


async def log(session: AsyncSession, round_id: UUID, limit: int) -> list[tuple[UUID, int, str, datetime]]:
    """(entry, amount, outcome, time) in order; maxima are not asked for."""
    rows = await session.execute(
        select(Bid.entry_id, Bid.amount, Bid.outcome, Bid.at)
        .where(Bid.round_id == round_id)
        .order_by(Bid.at, Bid.id)
        .limit(limit)
    )
    return [(r[0], r[1], r[2], r[3]) for r in rows]


async def last_person(session: AsyncSession, round_id: UUID, entry_id: UUID) -> UUID | None:
    return (
        await session.execute(
            select(Bid.person_id)
            .where(Bid.round_id == round_id, Bid.entry_id == entry_id)
            .order_by(Bid.at.desc(), Bid.id.desc())
            .limit(1)
        )
    ).scalar_one_or_none()
