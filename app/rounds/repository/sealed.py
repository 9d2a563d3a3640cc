"""Queries of sealed rounds: officers and their keys, envelopes, the opening."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Text, Uuid, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.rounds.models import Envelope, KeyTurn, Officer, OfficerKey, Opened, Round

# --- keys of officers ---


async def used_key(session: AsyncSession, person_id: UUID) -> OfficerKey | None:
    return (
        await session.execute(
            select(OfficerKey).where(OfficerKey.person_id == person_id, OfficerKey.retired_at.is_(None))
        )
    ).scalar_one_or_none()


async def used_keys(session: AsyncSession, person_ids: Sequence[UUID] | None = None) -> dict[UUID, OfficerKey]:
    query = select(OfficerKey).where(OfficerKey.retired_at.is_(None))
    if person_ids is not None:
        query = query.where(OfficerKey.person_id.in_(person_ids))
    return {k.person_id: k for k in (await session.execute(query)).scalars()}


async def key(session: AsyncSession, id_: UUID) -> OfficerKey | None:
    return (await session.execute(select(OfficerKey).where(OfficerKey.id == id_))).scalar_one_or_none()


async def add_key(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(OfficerKey).values(**values))


async def retire_key(session: AsyncSession, person_id: UUID, at: datetime) -> None:
    await session.execute(
        update(OfficerKey)
        .where(OfficerKey.person_id == person_id, OfficerKey.retired_at.is_(None))
        .values(retired_at=at)
        .execution_options(synchronize_session=False)
    )


# --- officers of a round ---


async def officers(session: AsyncSession, round_id: UUID) -> list[Officer]:
    rows = await session.execute(
        select(Officer)
        .where(Officer.round_id == round_id)
        .order_by(Officer.person_id)
        .execution_options(populate_existing=True)
    )
    return list(rows.scalars())


async def set_officers(session: AsyncSession, round_id: UUID, keys: dict[UUID, UUID]) -> None:
    await session.execute(delete(Officer).where(Officer.round_id == round_id))
    rows = [{"round_id": round_id, "person_id": p, "key_id": k, "share": None} for p, k in keys.items()]
    await session.execute(insert(Officer), rows)


async def set_share(session: AsyncSession, round_id: UUID, person_id: UUID, share: bytes) -> None:
    await session.execute(
        update(Officer)
        .where(Officer.round_id == round_id, Officer.person_id == person_id)
        .values(share=share)
        .execution_options(synchronize_session=False)
    )


# --- envelopes ---


async def put(session: AsyncSession, round_id: UUID, id_: UUID, ciphertext: bytes, sha256: str, most: int) -> bool:
    """Lay an envelope into the round; False when the database finds its time not come, or over, or too many there.

    The row of the round is locked for share first: whoever closes the round waits for us, and whoever comes after the
    close finds it closed. Only then is the clock asked."""
    r = (
        select(Round.id, Round.opens_at, Round.ends_at)
        .where(Round.id == round_id, Round.kind == "sealed", Round.status == "open")
        .with_for_update(read=True)
        .subquery()
    )
    laid = select(func.count()).select_from(Envelope).where(Envelope.round_id == round_id).scalar_subquery()
    rows = select(
        bindparam("new_id", id_, Uuid()), r.c.id, literal(ciphertext, LargeBinary), literal(sha256, Text)
    ).where(r.c.opens_at <= func.clock_timestamp(), func.clock_timestamp() < r.c.ends_at, laid < most)
    made = await session.execute(
        insert(Envelope).from_select(["id", "round_id", "ciphertext", "sha256"], rows).returning(Envelope.id)
    )
    return made.scalar_one_or_none() is not None


async def envelopes(session: AsyncSession, round_id: UUID) -> list[Envelope]:
    rows = await session.execute(select(Envelope).where(Envelope.round_id == round_id).order_by(Envelope.sha256))
    return list(rows.scalars())


async def holds(session: AsyncSession, round_id: UUID, sha256: str) -> bool:
    found = await session.execute(select(Envelope.id).where(Envelope.round_id == round_id, Envelope.sha256 == sha256))
    return found.first() is not None


async def hashes(session: AsyncSession, round_id: UUID) -> list[str]:
    rows = await session.execute(select(Envelope.sha256).where(Envelope.round_id == round_id).order_by(Envelope.sha256))
    return list(rows.scalars())


# --- the opening ---


async def turns(session: AsyncSession, round_id: UUID) -> list[KeyTurn]:
    """Keys turned and still in time, by the database's clock."""
    rows = await session.execute(
        select(KeyTurn).where(KeyTurn.round_id == round_id, KeyTurn.until > func.clock_timestamp())
    )
    return list(rows.scalars())


async def turn(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    statement = upsert(KeyTurn)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["round_id", "from_id", "to_id"],
            set_={"share": statement.excluded.share, "until": statement.excluded.until},
        ),
        list(rows),
    )


async def forget_turns(session: AsyncSession, round_id: UUID) -> None:
    await session.execute(delete(KeyTurn).where(KeyTurn.round_id == round_id))


async def forget_stale_turns(session: AsyncSession) -> None:
    await session.execute(delete(KeyTurn).where(KeyTurn.until <= func.clock_timestamp()))


async def add_opened(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(Opened), list(rows))


async def opened(session: AsyncSession, round_id: UUID) -> list[tuple[Opened, str]]:
    rows = await session.execute(
        select(Opened, Envelope.sha256)
        .join(Envelope, Envelope.id == Opened.envelope_id)
        .where(Opened.round_id == round_id)
        .order_by(Envelope.sha256)
    )
    return [(r[0], r[1]) for r in rows]
