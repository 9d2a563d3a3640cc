"""Queries of applications and deposits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.rounds.models import Deposit, Entry, Round

ALIVE = ("applied", "approved")


async def add(session: AsyncSession, **values: Any) -> UUID | None:
    """Insert; None when the organisation has a live application (the partial unique index decides)."""
    made = await session.execute(upsert(Entry).values(**values).on_conflict_do_nothing().returning(Entry.id))
    return made.scalar_one_or_none()


async def get(session: AsyncSession, id_: UUID) -> Entry | None:
    return (await session.execute(select(Entry).where(Entry.id == id_))).scalar_one_or_none()


async def of_org(session: AsyncSession, round_id: UUID, org_id: UUID) -> Entry | None:
    """The organisation's newest application."""
    return (
        await session.execute(
            select(Entry)
            .where(Entry.round_id == round_id, Entry.org_id == org_id)
            .order_by(Entry.applied_at.desc(), Entry.id.desc())
            .limit(1)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def of_round(session: AsyncSession, round_id: UUID, statuses: Sequence[str] | None = None) -> list[Entry]:
    query = select(Entry).where(Entry.round_id == round_id)
    if statuses:
        query = query.where(Entry.status.in_(statuses))
    rows = await session.execute(query.order_by(Entry.applied_at, Entry.id).execution_options(populate_existing=True))
    return list(rows.scalars())


async def next_number(session: AsyncSession, round_id: UUID) -> int:
    """Called with the round locked, so that no two get the same number."""
    found = await session.execute(select(func.max(Entry.number)).where(Entry.round_id == round_id))
    return (found.scalar_one() or 0) + 1


async def numbers(session: AsyncSession, round_id: UUID) -> dict[UUID, int]:
    rows = await session.execute(
        select(Entry.id, Entry.number).where(Entry.round_id == round_id, Entry.number.is_not(None))
    )
    return {r[0]: r[1] for r in rows if r[1] is not None}


async def waiting(session: AsyncSession, limit: int) -> list[Entry]:
    """Applications to decide and deposits to confirm, of rounds that have not ended."""
    rows = await session.execute(
        select(Entry)
        .join(Round, Round.id == Entry.round_id)
        .outerjoin(Deposit, Deposit.entry_id == Entry.id)
        .where(
            Round.status.in_(("announced", "open")),
            Entry.status.in_(ALIVE),
            (Entry.status == "applied") | (Deposit.status == "declared"),
        )
        .order_by(Entry.applied_at, Entry.id)
        .limit(limit)
    )
    return list(rows.scalars())


# --- deposits ---


async def add_deposit(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(Deposit).values(**values))


async def deposit(session: AsyncSession, entry_id: UUID) -> Deposit | None:
    return (
        await session.execute(
            select(Deposit).where(Deposit.entry_id == entry_id).execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def entry_of_deposit(session: AsyncSession, id_: UUID) -> UUID | None:
    return (await session.execute(select(Deposit.entry_id).where(Deposit.id == id_))).scalar_one_or_none()


async def deposits(session: AsyncSession, entry_ids: Sequence[UUID]) -> dict[UUID, Deposit]:
    rows = await session.execute(
        select(Deposit).where(Deposit.entry_id.in_(entry_ids)).execution_options(populate_existing=True)
    )
    return {d.entry_id: d for d in rows.scalars()}


async def standing_deposits(session: AsyncSession, round_id: UUID, but_entry: UUID | None) -> list[UUID]:
    query = select(Deposit.id).where(Deposit.round_id == round_id, Deposit.status != "released")
    if but_entry is not None:
        query = query.where(Deposit.entry_id != but_entry)
    return list((await session.execute(query.order_by(Deposit.id))).scalars())


async def set_deposit(session: AsyncSession, id_: UUID, **values: Any) -> None:
    await session.execute(
        update(Deposit).where(Deposit.id == id_).values(**values).execution_options(synchronize_session=False)
    )
