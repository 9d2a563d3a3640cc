"""Every query of proposals."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, false, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.proposals.models import Proposal
from app.proposals.workflow import LIVE

STANDING = ("accepted", "shortlisted", "sent")


def visible_to(actor: Actor) -> ColumnElement[bool]:
    if actor.is_operator:
        return true()
    if actor.org_id is None or actor.role is None:
        return false()
    return or_(Proposal.asker_org_id == actor.org_id, Proposal.org_id == actor.org_id)


async def proposal(session: AsyncSession, id_: UUID, actor: Actor) -> Proposal | None:
    return (await session.execute(select(Proposal).where(Proposal.id == id_, visible_to(actor)))).scalar_one_or_none()


async def peek(session: AsyncSession, id_: UUID) -> Proposal | None:
    """Whoever asks: for the exchange's own messages."""
    return (await session.execute(select(Proposal).where(Proposal.id == id_))).scalar_one_or_none()


async def lock(session: AsyncSession, id_: UUID) -> Proposal | None:
    return (
        await session.execute(
            select(Proposal)
            .where(Proposal.id == id_)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def add(session: AsyncSession, **values: Any) -> UUID | None:
    """Insert; None when the same listing answers the need already (the partial unique index decides)."""
    made = await session.execute(upsert(Proposal).values(**values).on_conflict_do_nothing().returning(Proposal.id))
    return made.scalar_one_or_none()


async def of_need(session: AsyncSession, need_id: UUID, limit: int) -> list[Proposal]:
    """All that was answered and not taken back, chosen and shortlisted ones first; in the order of their random ids."""
    order = case({state: n for n, state in enumerate(STANDING)}, value=Proposal.status, else_=len(STANDING))
    rows = await session.execute(
        select(Proposal)
        .where(Proposal.need_id == need_id, Proposal.status != "withdrawn")
        .order_by(order, Proposal.id)
        .limit(limit)
    )
    return list(rows.scalars())


async def sent_by(session: AsyncSession, org_id: UUID, limit: int) -> list[Proposal]:
    rows = await session.execute(
        select(Proposal).where(Proposal.org_id == org_id).order_by(Proposal.sent_at.desc(), Proposal.id).limit(limit)
    )
    return list(rows.scalars())


async def live_of_need(session: AsyncSession, need_id: UUID) -> list[UUID]:
    rows = await session.execute(
        select(Proposal.id).where(Proposal.need_id == need_id, Proposal.status.in_(LIVE)).order_by(Proposal.id)
    )
    return list(rows.scalars())


async def set_fields(session: AsyncSession, id_: UUID, **values: Any) -> None:
    await session.execute(
        update(Proposal).where(Proposal.id == id_).values(**values).execution_options(synchronize_session=False)
    )


async def consent(session: AsyncSession, id_: UUID, side: str, now: datetime) -> bool:
    """Note a side's consent, once; True when both have agreed by it."""
    column = Proposal.asker_consented_at if side == "asker" else Proposal.proposer_consented_at
    other = Proposal.proposer_consented_at if side == "asker" else Proposal.asker_consented_at
    done = await session.execute(
        update(Proposal)
        .where(Proposal.id == id_, column.is_(None))
        .values({column.key: now, "revealed_at": case((other.is_not(None), now), else_=None)})
        .returning(Proposal.revealed_at)
        .execution_options(synchronize_session=False)
    )
    return done.scalar_one_or_none() is not None
