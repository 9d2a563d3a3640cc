"""Queries of the rounds themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.rounds.models import Objection, Round
from app.rounds.workflow import LIVE


def visible_to(actor: Actor) -> ColumnElement[bool]:
    if actor.is_operator:
        return true()
    public = Round.status != "draft"
    if actor.org_id is None or actor.role is None:
        return public
    return or_(public, Round.org_id == actor.org_id)


async def now(session: AsyncSession) -> datetime:
    """The database's time. Asked for in a statement of its own, so that waiting for a lock is over before."""
    at: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return at


async def get(session: AsyncSession, id_: UUID, actor: Actor | None = None) -> Round | None:
    query = select(Round).where(Round.id == id_)
    if actor is not None:
        query = query.where(visible_to(actor))
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


async def lock(session: AsyncSession, id_: UUID) -> Round | None:
    return (
        await session.execute(
            select(Round)
            .where(Round.id == id_)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def several(session: AsyncSession, ids: Iterable[UUID]) -> list[Round]:
    rows = await session.execute(select(Round).where(Round.id.in_(list(ids))).order_by(Round.ends_at, Round.id))
    return list(rows.scalars())


async def add(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(Round).values(**values))


async def set_fields(session: AsyncSession, id_: UUID, **values: Any) -> None:
    await session.execute(
        update(Round).where(Round.id == id_).values(**values).execution_options(synchronize_session=False)
    )


async def live_of_listing(session: AsyncSession, listing_id: UUID) -> UUID | None:
    return (
        await session.execute(
            select(Round.id).where(
                Round.listing_id == listing_id, Round.status.in_(("announced", "open", "closed", "opened"))
            )
        )
    ).scalar_one_or_none()


async def public(session: AsyncSession, limit: int) -> list[Round]:
    """Those that run first, then those to come, then what ended last."""
    order = {state: n for n, state in enumerate(("open", "announced", "closed", "opened"))}
    rank = case(order, value=Round.status, else_=len(order))
    rows = await session.execute(
        select(Round).where(Round.status != "draft").order_by(rank, Round.ends_at.desc(), Round.id).limit(limit)
    )
    return list(rows.scalars())


async def of_org(session: AsyncSession, org_id: UUID, limit: int) -> list[Round]:
    rows = await session.execute(
        select(Round).where(Round.org_id == org_id).order_by(Round.created_at.desc(), Round.id).limit(limit)
    )
    return list(rows.scalars())


async def of_listing(session: AsyncSession, listing_id: UUID, actor: Actor, limit: int) -> list[Round]:
    rows = await session.execute(
        select(Round)
        .where(Round.listing_id == listing_id, visible_to(actor))
        .order_by(Round.created_at.desc(), Round.id)
        .limit(limit)
    )
    return list(rows.scalars())


async def with_status(session: AsyncSession, kind: str | None, statuses: Sequence[str], limit: int) -> list[Round]:
    query = select(Round).where(Round.status.in_(statuses))
    if kind:
        query = query.where(Round.kind == kind)
    return list((await session.execute(query.order_by(Round.ends_at, Round.id).limit(limit))).scalars())


def _due() -> ColumnElement[bool]:
    late = func.clock_timestamp()
    return or_(
        and_(Round.status == "announced", Round.kind != "announcement", Round.opens_at <= late),
        and_(Round.status == "announced", Round.ends_at <= late),
        and_(Round.status == "open", Round.ends_at <= late),
    )


async def due(session: AsyncSession, limit: int = 200) -> list[UUID]:
    """Rounds whose time has come, by the database's clock, and those whose result could not be granted yet."""
    waits = or_(and_(Round.kind == "english", Round.status == "closed"), Round.status == "opened")
    rows = await session.execute(select(Round.id).where(or_(_due(), waits)).order_by(Round.ends_at).limit(limit))
    return list(rows.scalars())


async def is_due(session: AsyncSession, id_: UUID) -> bool:
    found = await session.execute(select(Round.id).where(Round.id == id_, Round.status.in_(LIVE), _due()))
    return found.first() is not None


# --- objections ---


async def objections(session: AsyncSession, round_id: UUID) -> list[Objection]:
    rows = await session.execute(select(Objection).where(Objection.round_id == round_id).order_by(Objection.at))
    return list(rows.scalars())


async def objection(session: AsyncSession, id_: UUID) -> Objection | None:
    return (await session.execute(select(Objection).where(Objection.id == id_))).scalar_one_or_none()


async def add_objection(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(Objection).values(**values))


async def answer_objection(session: AsyncSession, id_: UUID, answer: str, at: datetime) -> bool:
    found = await session.execute(
        update(Objection)
        .where(Objection.id == id_, Objection.answered_at.is_(None))
        .values(answer=answer, answered_at=at)
        .returning(Objection.id)
        .execution_options(synchronize_session=False)
    )
    return found.scalar_one_or_none() is not None
