"""Messages, files, read marks, and the mails that tell of what is unread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, literal_column, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.desk.models import DeskFile, DeskMail, DeskMark, DeskMessage
from app.desk.schemas import FileView


async def next_seq(session: AsyncSession, deal_id: UUID) -> int:
    """Called with the deal locked, so that numbers follow the order of the commits."""
    found = await session.execute(
        select(func.coalesce(func.max(DeskMessage.seq), 0)).where(DeskMessage.deal_id == deal_id)
    )
    return int(found.scalar_one()) + 1


async def add(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(DeskMessage).values(**values))


async def add_file(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(DeskFile).values(**values))


async def message(session: AsyncSession, id_: UUID) -> DeskMessage | None:
    return (await session.execute(select(DeskMessage).where(DeskMessage.id == id_))).scalar_one_or_none()


async def page(
    session: AsyncSession, deal_id: UUID, channels: Sequence[str], before: int | None, limit: int
) -> list[tuple[DeskMessage, str]]:
    """The newest messages of these channels with their organisation's name, newest first."""
    org_name: ColumnElement[str] = literal_column("(SELECT o.name_vi FROM organisation o WHERE o.id = org_id)")
    rows = await session.execute(
        select(DeskMessage, org_name)
        .where(
            DeskMessage.deal_id == deal_id,
            DeskMessage.channel.in_(channels),
            *([DeskMessage.seq < before] if before is not None else []),
        )
        .order_by(DeskMessage.seq.desc())
        .limit(limit)
    )
    return [(r[0], r[1]) for r in rows]


async def files(session: AsyncSession, message_ids: Iterable[UUID]) -> dict[UUID, list[FileView]]:
    wanted = list(message_ids)
    if not wanted:
        return {}
    rows = await session.execute(
        select(DeskFile).where(DeskFile.message_id.in_(wanted)).order_by(DeskFile.message_id, DeskFile.position)
    )
    found: dict[UUID, list[FileView]] = {}
    for f in rows.scalars():
        found.setdefault(f.message_id, []).append(FileView.model_validate(f, from_attributes=True))
    return found


async def file(session: AsyncSession, deal_id: UUID, file_id: UUID) -> tuple[DeskFile, DeskMessage] | None:
    row = (
        await session.execute(
            select(DeskFile, DeskMessage)
            .join(DeskMessage, DeskMessage.id == DeskFile.message_id)
            .where(DeskFile.id == file_id, DeskMessage.deal_id == deal_id)
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


# --- read marks ---


async def unread(session: AsyncSession, deal_id: UUID, person_id: UUID, channels: Sequence[str]) -> dict[str, int]:
    rows = await session.execute(
        text(
            "SELECT m.channel, count(*) FROM desk_message m LEFT JOIN desk_mark k ON k.deal_id = m.deal_id"
            " AND k.person_id = :me AND k.channel = m.channel WHERE m.deal_id = :deal AND m.status = 'sent'"
            " AND m.person_id <> :me AND m.channel = ANY(:channels) AND m.seq > coalesce(k.seq, 0) GROUP BY m.channel"
        ),
        {"deal": deal_id, "me": person_id, "channels": list(channels)},
    )
    return {r[0]: int(r[1]) for r in rows}


async def marks(session: AsyncSession, deal_id: UUID, channel: str) -> list[DeskMark]:
    rows = await session.execute(
        select(DeskMark)
        .where(DeskMark.deal_id == deal_id, DeskMark.channel == channel)
        .order_by(DeskMark.org_name, DeskMark.person_name)
    )
    return list(rows.scalars())


async def newest_seq(session: AsyncSession, deal_id: UUID, channel: str) -> int:
    found = await session.execute(
        select(func.coalesce(func.max(DeskMessage.seq), 0)).where(
            DeskMessage.deal_id == deal_id, DeskMessage.channel == channel
        )
    )
    return int(found.scalar_one())


async def mark(session: AsyncSession, **values: Any) -> bool:
    """Move a person's mark forward, never back; whether it moved."""
    statement = upsert(DeskMark).values(**values)
    moved = await session.execute(
        statement.on_conflict_do_update(
            index_elements=[DeskMark.deal_id, DeskMark.person_id, DeskMark.channel],
            set_={
                "seq": statement.excluded.seq,
                "at": statement.excluded.at,
                "person_name": statement.excluded.person_name,
                "org_name": statement.excluded.org_name,
            },
            where=DeskMark.seq < statement.excluded.seq,
        ).returning(DeskMark.seq)
    )
    return moved.scalar_one_or_none() is not None


# --- mails ---

# Who is told of a message: the handler of each organisation that reads its channel, or while there is none those who
# may bind it; and whoever wrote in the deal before.
_DUE = text("""
    WITH fresh AS (
      SELECT deal_id, max(seq) AS seq FROM desk_message
      WHERE status = 'sent' AND sent_at <= :before AND sent_at > :since GROUP BY deal_id
    ), reader AS (
      SELECT p.deal_id, p.org_id, b.person_id, p.capacity FROM fresh f
      JOIN deal_participant p ON p.deal_id = f.deal_id AND p.until IS NULL
        AND p.capacity IN ('seller', 'buyer', 'seller_broker', 'buyer_broker')
      JOIN membership b ON b.org_id = p.org_id
      JOIN person e ON e.id = b.person_id AND e.disabled_at IS NULL
      WHERE b.person_id = p.handler_id
        OR (b.role IN ('owner', 'manager') AND NOT EXISTS (
              SELECT 1 FROM membership h JOIN person g ON g.id = h.person_id AND g.disabled_at IS NULL
              WHERE h.person_id = p.handler_id AND h.org_id = p.org_id))
        OR EXISTS (SELECT 1 FROM desk_message w WHERE w.deal_id = p.deal_id AND w.person_id = b.person_id)
    )
    SELECT r.deal_id, r.person_id, (array_agg(r.org_id ORDER BY r.org_id))[1], max(m.seq)
    FROM reader r
    JOIN desk_message m ON m.deal_id = r.deal_id AND m.status = 'sent' AND m.sent_at <= :before AND m.sent_at > :since
      AND m.person_id <> r.person_id
      AND m.channel IN ('all', CASE WHEN r.capacity IN ('seller', 'seller_broker') THEN 'seller' ELSE 'buyer' END)
    LEFT JOIN desk_mark k ON k.deal_id = r.deal_id AND k.person_id = r.person_id AND k.channel = m.channel
    WHERE m.seq > coalesce(k.seq, 0)
      AND NOT EXISTS (SELECT 1 FROM desk_mail o WHERE o.deal_id = r.deal_id AND o.person_id = r.person_id
        AND (o.open OR o.upto >= m.seq))
    GROUP BY r.deal_id, r.person_id ORDER BY r.deal_id, r.person_id LIMIT :limit
""")


async def due_mails(
    session: AsyncSession, before: datetime, since: datetime, limit: int = 500
) -> list[tuple[UUID, UUID, UUID, int]]:
    """(deal, person, organisation, newest unread message) of everyone who is to be told now."""
    rows = await session.execute(_DUE, {"before": before, "since": since, "limit": limit})
    return [(r[0], r[1], r[2], r[3]) for r in rows]


async def open_mail(session: AsyncSession, **values: Any) -> UUID | None:
    """None when another worker opened this person's mail first."""
    made = await session.execute(upsert(DeskMail).values(**values).on_conflict_do_nothing().returning(DeskMail.id))
    return made.scalar_one_or_none()


async def end_mail(session: AsyncSession, deal_id: UUID, person_id: UUID) -> None:
    """The person has read: what comes next may be told of again."""
    await session.execute(
        update(DeskMail)
        .where(DeskMail.deal_id == deal_id, DeskMail.person_id == person_id, DeskMail.open)
        .values(open=False)
        .execution_options(synchronize_session=False)
    )


async def unsent(session: AsyncSession, now: datetime, made_before: datetime, limit: int = 500) -> list[UUID]:
    """Mails that should have gone by now and that nobody is sending: the sender died."""
    rows = await session.execute(
        select(DeskMail.id)
        .where(
            DeskMail.sent_at.is_(None),
            DeskMail.created_at <= made_before,
            or_(DeskMail.claimed_until.is_(None), DeskMail.claimed_until <= now),
        )
        .order_by(DeskMail.created_at)
        .limit(limit)
    )
    return list(rows.scalars())


async def lease(session: AsyncSession, id_: UUID, now: datetime, until: datetime) -> DeskMail | None:
    """Claim the sending of a mail; None when it was sent, or another holds it."""
    return (
        await session.execute(
            update(DeskMail)
            .where(
                DeskMail.id == id_,
                DeskMail.sent_at.is_(None),
                or_(DeskMail.claimed_until.is_(None), DeskMail.claimed_until <= now),
            )
            .values(claimed_until=until)
            .returning(DeskMail)
            .execution_options(synchronize_session=False)
        )
    ).scalar_one_or_none()


async def settle_mail(session: AsyncSession, id_: UUID, sent_at: datetime | None) -> None:
    """Sent, or given back for another to send."""
    await session.execute(
        update(DeskMail)
        .where(DeskMail.id == id_, DeskMail.sent_at.is_(None))
        .values(sent_at=sent_at, claimed_until=None)
        .execution_options(synchronize_session=False)
    )


_WAITING = text("""
    SELECT count(*) FROM desk_message m
    JOIN deal_participant p ON p.deal_id = m.deal_id AND p.until IS NULL
    JOIN membership b ON b.org_id = p.org_id AND b.person_id = :person
    LEFT JOIN desk_mark k ON k.deal_id = m.deal_id AND k.person_id = :person AND k.channel = m.channel
    WHERE m.deal_id = :deal AND m.status = 'sent' AND m.person_id <> :person AND m.seq > coalesce(k.seq, 0)
      AND m.channel IN ('all', CASE p.capacity WHEN 'seller' THEN 'seller' WHEN 'seller_broker' THEN 'seller'
        WHEN 'buyer' THEN 'buyer' WHEN 'buyer_broker' THEN 'buyer' END)
      AND p.capacity IN ('seller', 'buyer', 'seller_broker', 'buyer_broker')
""")


async def waiting(session: AsyncSession, deal_id: UUID, person_id: UUID) -> int:
    """How many messages a person has not read, over every organisation they act for in this deal."""
    return int((await session.execute(_WAITING, {"deal": deal_id, "person": person_id})).scalar_one())
