"""Tasks, notes and hand-overs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.desk.models import DeskHandover, DeskNote, DeskTask


async def add(session: AsyncSession, **values: Any) -> bool:
    """False when this line of a ready-made list stands there already."""
    made = await session.execute(upsert(DeskTask).values(**values).on_conflict_do_nothing().returning(DeskTask.id))
    return made.scalar_one_or_none() is not None


async def task(session: AsyncSession, id_: UUID) -> DeskTask | None:
    return (await session.execute(select(DeskTask).where(DeskTask.id == id_))).scalar_one_or_none()


_OF_DEAL = text("""
    SELECT t.id, t.deal_id, t.channel, t.org_id, o.name_vi AS org_name, t.title, t.due_on, t.assignee_id,
      p.name AS assignee_name, t.status, t.status_at, t.created_at,
      t.assignee_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM membership m JOIN person q ON q.id = m.person_id
        WHERE m.person_id = t.assignee_id AND m.org_id = t.org_id AND q.disabled_at IS NULL) AS assignee_left
    FROM desk_task t JOIN organisation o ON o.id = t.org_id LEFT JOIN person p ON p.id = t.assignee_id
    WHERE t.deal_id = :deal AND t.channel = ANY(:channels) AND t.status <> 'dropped'
    ORDER BY t.status = 'done', t.due_on NULLS LAST, t.created_at, t.id LIMIT 300
""")


async def of_deal(session: AsyncSession, deal_id: UUID, channels: Sequence[str]) -> list[Any]:
    return list((await session.execute(_OF_DEAL, {"deal": deal_id, "channels": list(channels)})).all())


async def edit(session: AsyncSession, id_: UUID, **values: Any) -> bool:
    """Change an open task; False when it is no longer open."""
    done = await session.execute(
        update(DeskTask).where(DeskTask.id == id_, DeskTask.status == "open").values(**values).returning(DeskTask.id)
    )
    return done.scalar_one_or_none() is not None


async def suggested(session: AsyncSession, deal_id: UUID, channel: str) -> set[str]:
    rows = await session.execute(
        select(DeskTask.suggestion).where(
            DeskTask.deal_id == deal_id, DeskTask.channel == channel, DeskTask.suggestion.is_not(None)
        )
    )
    return {str(s) for s in rows.scalars()}


async def move_tasks(session: AsyncSession, deal_id: UUID, org_id: UUID, from_id: UUID, to_id: UUID) -> int:
    moved = await session.execute(
        update(DeskTask)
        .where(
            DeskTask.deal_id == deal_id,
            DeskTask.org_id == org_id,
            DeskTask.assignee_id == from_id,
            DeskTask.status == "open",
        )
        .values(assignee_id=to_id)
        .returning(DeskTask.id)
        .execution_options(synchronize_session=False)
    )
    return len(moved.all())


async def count_open(session: AsyncSession, deal_id: UUID, org_id: UUID, person_id: UUID) -> int:
    found = await session.execute(
        text(
            "SELECT count(*) FROM desk_task WHERE deal_id = :deal AND org_id = :org AND assignee_id = :person"
            " AND status = 'open'"
        ),
        {"deal": deal_id, "org": org_id, "person": person_id},
    )
    return int(found.scalar_one())


_REMIND = """
    UPDATE desk_task SET {told} = due_on WHERE id IN (
      SELECT t.id FROM desk_task t JOIN deal d ON d.id = t.deal_id
      WHERE t.status = 'open' AND t.due_on {when} AND t.{told} IS DISTINCT FROM t.due_on AND d.status <> 'closed'
      ORDER BY t.due_on, t.id LIMIT :limit FOR UPDATE OF t SKIP LOCKED)
    RETURNING id, due_on
"""
_DUE = text(_REMIND.format(told="due_told", when="BETWEEN :today AND :tomorrow"))
_OVERDUE = text(_REMIND.format(told="overdue_told", when="< :today"))


async def claim_due(session: AsyncSession, today: date, tomorrow: date, limit: int = 500) -> list[tuple[UUID, date]]:
    """Open tasks due today or tomorrow of which nobody was reminded; from now on somebody was."""
    rows = await session.execute(_DUE, {"today": today, "tomorrow": tomorrow, "limit": limit})
    return [(r[0], r[1]) for r in rows]


async def claim_overdue(session: AsyncSession, today: date, limit: int = 500) -> list[tuple[UUID, date]]:
    rows = await session.execute(_OVERDUE, {"today": today, "limit": limit})
    return [(r[0], r[1]) for r in rows]


# --- notes ---


async def notes(session: AsyncSession, deal_id: UUID, org_id: UUID, person_id: UUID) -> list[DeskNote]:
    """What this person, acting for this organisation, may read: never anybody else's."""
    rows = await session.execute(
        select(DeskNote)
        .where(
            DeskNote.deal_id == deal_id,
            DeskNote.org_id == org_id,
            (DeskNote.scope == "organisation") | (DeskNote.person_id == person_id),
        )
        .order_by(DeskNote.created_at.desc(), DeskNote.id.desc())
        .limit(200)
    )
    return list(rows.scalars())


async def note(session: AsyncSession, id_: UUID) -> DeskNote | None:
    return (await session.execute(select(DeskNote).where(DeskNote.id == id_))).scalar_one_or_none()


async def add_note(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(DeskNote).values(**values))


async def edit_note(session: AsyncSession, id_: UUID, body: str, now: datetime) -> None:
    await session.execute(
        update(DeskNote)
        .where(DeskNote.id == id_)
        .values(body=body, edited_at=now)
        .execution_options(synchronize_session=False)
    )


async def remove_note(session: AsyncSession, id_: UUID) -> None:
    await session.execute(delete(DeskNote).where(DeskNote.id == id_))


# --- hand-overs ---


async def add_handover(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(DeskHandover).values(**values))


_HANDOVERS = text("""
    SELECT h.at, f.name AS from_name, t.name AS to_name, h.by_name, h.note, h.tasks
    FROM desk_handover h LEFT JOIN person f ON f.id = h.from_id JOIN person t ON t.id = h.to_id
    WHERE h.deal_id = :deal AND h.org_id = :org ORDER BY h.at DESC, h.id DESC LIMIT 100
""")


async def handovers(session: AsyncSession, deal_id: UUID, org_id: UUID) -> list[Any]:
    return list((await session.execute(_HANDOVERS, {"deal": deal_id, "org": org_id})).all())


async def handover(session: AsyncSession, id_: UUID) -> DeskHandover | None:
    return (await session.execute(select(DeskHandover).where(DeskHandover.id == id_))).scalar_one_or_none()
