"""Queries of memoranda."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.offers.models import Memorandum, MemorandumOutcome


async def memorandum(session: AsyncSession, id_: UUID) -> Memorandum | None:
    return (await session.execute(select(Memorandum).where(Memorandum.id == id_))).scalar_one_or_none()


async def lock(session: AsyncSession, id_: UUID) -> Memorandum:
    query = select(Memorandum).where(Memorandum.id == id_).with_for_update(key_share=True)
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one()


async def of_deal(session: AsyncSession, deal_id: UUID) -> list[Memorandum]:
    rows = await session.execute(
        select(Memorandum).where(Memorandum.deal_id == deal_id).order_by(Memorandum.proposed_at.desc())
    )
    return list(rows.scalars())


async def live(session: AsyncSession, deal_id: UUID) -> list[Memorandum]:
    rows = await session.execute(
        select(Memorandum).where(Memorandum.deal_id == deal_id, Memorandum.status.in_(("proposed", "confirmed", "due")))
    )
    return list(rows.scalars())


async def add(session: AsyncSession, **values: Any) -> bool:
    """False when one lives in the deal already (the partial unique index decides)."""
    made = await session.execute(
        upsert(Memorandum).values(term=1, **values).on_conflict_do_nothing().returning(Memorandum.id)
    )
    return made.scalar_one_or_none() is not None


async def say(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(MemorandumOutcome).values(**values))


async def outcomes(session: AsyncSession, ids: list[UUID]) -> dict[UUID, list[MemorandumOutcome]]:
    """What was said about each, oldest first."""
    rows = await session.execute(
        select(MemorandumOutcome).where(MemorandumOutcome.memorandum_id.in_(ids)).order_by(MemorandumOutcome.id)
    )
    found: dict[UUID, list[MemorandumOutcome]] = {id_: [] for id_ in ids}
    for row in rows.scalars():
        found[row.memorandum_id].append(row)
    return found


async def overdue(session: AsyncSession, limit: int = 200) -> list[Memorandum]:
    rows = await session.execute(
        select(Memorandum)
        .where(Memorandum.status == "due", Memorandum.overdue_at.is_not(None))
        .order_by(Memorandum.expires_on, Memorandum.id)
        .limit(limit)
    )
    return list(rows.scalars())


def reached_its_end(today: date) -> ColumnElement[bool]:
    """It holds to the end of its last day (Viet Nam's calendar)."""
    return Memorandum.expires_on < today


async def ended(session: AsyncSession, today: date) -> list[UUID]:
    rows = await session.execute(
        select(Memorandum.id).where(Memorandum.status == "confirmed", reached_its_end(today)).limit(500)
    )
    return list(rows.scalars())


async def remind(session: AsyncSession, days: int, today: date) -> list[tuple[UUID, int]]:
    """(memorandum, term) of what ends within `days` and was not told of so near an end in this term; marked."""
    rows = await session.execute(
        update(Memorandum)
        .where(
            Memorandum.status == "confirmed",
            Memorandum.expires_on >= today,
            Memorandum.expires_on <= today + timedelta(days=days),
            or_(Memorandum.reminded.is_(None), Memorandum.reminded > days),
        )
        .values(reminded=days)
        .returning(Memorandum.id, Memorandum.term)
        .execution_options(synchronize_session=False)
    )
    return [(r[0], r[1]) for r in rows]


async def flag(session: AsyncSession, ended_before: date, now: datetime) -> list[UUID]:
    """What fell due before this day and is not settled: flagged once a term."""
    rows = await session.execute(
        update(Memorandum)
        .where(Memorandum.status == "due", Memorandum.expires_on < ended_before, Memorandum.overdue_at.is_(None))
        .values(overdue_at=now)
        .returning(Memorandum.id)
        .execution_options(synchronize_session=False)
    )
    return list(rows.scalars())
