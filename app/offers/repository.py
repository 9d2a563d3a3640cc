"""Every query of offers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.offers.models import Offer


async def of_deal(session: AsyncSession, deal_id: UUID) -> list[Offer]:
    rows = await session.execute(select(Offer).where(Offer.deal_id == deal_id).order_by(Offer.round))
    return list(rows.scalars())


async def offer(session: AsyncSession, id_: UUID) -> Offer | None:
    return (await session.execute(select(Offer).where(Offer.id == id_))).scalar_one_or_none()


async def open_offer(session: AsyncSession, deal_id: UUID) -> Offer | None:
    return (
        await session.execute(select(Offer).where(Offer.deal_id == deal_id, Offer.status.in_(("open", "frozen"))))
    ).scalar_one_or_none()


async def newest(session: AsyncSession, deal_id: UUID) -> Offer | None:
    return (
        await session.execute(select(Offer).where(Offer.deal_id == deal_id).order_by(Offer.round.desc()).limit(1))
    ).scalar_one_or_none()


async def add(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(Offer).values(**values))


async def next_round(session: AsyncSession, deal_id: UUID) -> int:
    """Called with the deal locked, so that two senders never get the same number."""
    found = await session.execute(select(func.coalesce(func.max(Offer.round), 0)).where(Offer.deal_id == deal_id))
    return int(found.scalar_one()) + 1


async def exclusive_holder(session: AsyncSession, listing_id: UUID) -> UUID | None:
    """The deal whose accepted exclusive offer binds the listing."""
    return (
        await session.execute(
            select(Offer.deal_id).where(
                Offer.listing_id == listing_id, Offer.status == "accepted", Offer.exclusive, Offer.binding
            )
        )
    ).scalar_one_or_none()


async def binding_any(session: AsyncSession, listing_id: UUID) -> bool:
    found = await session.execute(
        select(Offer.id).where(Offer.listing_id == listing_id, Offer.status == "accepted", Offer.binding).limit(1)
    )
    return found.first() is not None


async def bind(session: AsyncSession, id_: UUID, binding: bool) -> None:
    await session.execute(
        update(Offer).where(Offer.id == id_).values(binding=binding).execution_options(synchronize_session=False)
    )


async def unbind_deal(session: AsyncSession, deal_id: UUID) -> None:
    await session.execute(
        update(Offer)
        .where(Offer.deal_id == deal_id, Offer.binding)
        .values(binding=False)
        .execution_options(synchronize_session=False)
    )


async def competing(session: AsyncSession, listing_id: UUID, but_deal: UUID) -> list[UUID]:
    rows = await session.execute(
        select(Offer.id)
        .where(Offer.listing_id == listing_id, Offer.deal_id != but_deal, Offer.status == "open")
        .order_by(Offer.id)
        .with_for_update(key_share=True)
    )
    return list(rows.scalars())


async def frozen(session: AsyncSession, listing_id: UUID) -> list[Offer]:
    rows = await session.execute(
        select(Offer)
        .where(Offer.listing_id == listing_id, Offer.status == "frozen")
        .order_by(Offer.id)
        .with_for_update(key_share=True)
    )
    return list(rows.scalars())


async def due(session: AsyncSession, now: datetime, limit: int = 500) -> list[tuple[UUID, UUID]]:
    rows = await session.execute(
        select(Offer.id, Offer.deal_id)
        .where(Offer.status.in_(("open", "frozen")), Offer.valid_until <= now)
        .order_by(Offer.valid_until)
        .limit(limit)
    )
    return [(r[0], r[1]) for r in rows]
