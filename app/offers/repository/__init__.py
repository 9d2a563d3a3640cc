"""Every query of offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Interval, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import clock
from app.offers.models import Offer, OfferMark, OfferUnlock
from app.offers.overlap import Scope


async def of_deal(session: AsyncSession, deal_id: UUID) -> list[Offer]:
    rows = await session.execute(select(Offer).where(Offer.deal_id == deal_id).order_by(Offer.round))
    return list(rows.scalars())


async def offer(session: AsyncSession, id_: UUID, *, fresh: bool = False) -> Offer | None:
    """`fresh` reads it again in the same unit of work, after a lock was waited for."""
    query = select(Offer).where(Offer.id == id_).execution_options(populate_existing=fresh)
    return (await session.execute(query)).scalar_one_or_none()


async def offers_by_id(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Offer]:
    rows = await session.execute(select(Offer).where(Offer.id.in_(ids)))
    return {r.id: r for r in rows.scalars()}


def scope_of(row: Offer) -> Scope:
    """What an offer would grant, as it was written down when it was sent."""
    return Scope(row.exclusive, tuple(row.scope_territory), tuple(row.scope_fields))


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


async def grants(session: AsyncSession, listing_id: UUID) -> list[tuple[UUID, Scope]]:
    """(deal, what it was granted) of every accepted offer that binds the listing, the newest last."""
    rows = await session.execute(
        select(Offer.deal_id, Offer.exclusive, Offer.scope_territory, Offer.scope_fields)
        .where(Offer.listing_id == listing_id, Offer.status == "accepted", Offer.binding)
        .order_by(Offer.status_at, Offer.id)
    )
    return [(r[0], Scope(r[1], tuple(r[2]), tuple(r[3]))) for r in rows]


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


async def competing(session: AsyncSession, listing_id: UUID, but_deal: UUID) -> list[tuple[UUID, Scope]]:
    """Open offers of other deals on the listing, locked, each with what it would grant."""
    rows = await session.execute(
        select(Offer.id, Offer.exclusive, Offer.scope_territory, Offer.scope_fields)
        .where(Offer.listing_id == listing_id, Offer.deal_id != but_deal, Offer.status == "open")
        .order_by(Offer.id)
        .with_for_update(key_share=True)
    )
    return [(r[0], Scope(r[1], tuple(r[2]), tuple(r[3]))) for r in rows]


async def frozen(session: AsyncSession, listing_id: UUID) -> list[Offer]:
    rows = await session.execute(
        select(Offer)
        .where(Offer.listing_id == listing_id, Offer.status == "frozen")
        .order_by(Offer.id)
        .with_for_update(key_share=True)
    )
    return list(rows.scalars())


def moment() -> ColumnElement[datetime]:
    """Now, for what may run out: the later of the database's clock, read when the row is looked at, and ours. A slow
    clock of this process keeps nothing alive. A frozen clock (tests, the demo) counts alone."""
    now = literal(clock.now(), DateTime(timezone=True))
    return now if clock.is_frozen() else func.greatest(func.clock_timestamp(), now)


def in_time() -> ColumnElement[bool]:
    return Offer.valid_until > moment()


def run_out() -> ColumnElement[bool]:
    return Offer.valid_until <= moment()


async def is_in_time(session: AsyncSession, id_: UUID) -> bool:
    return bool((await session.execute(select(in_time()).where(Offer.id == id_))).scalar_one())


async def due(session: AsyncSession, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """(offer, deal) of what has run out and still lies there."""
    rows = await session.execute(
        select(Offer.id, Offer.deal_id)
        .where(Offer.status.in_(("open", "frozen")), run_out())
        .order_by(Offer.valid_until)
        .limit(limit)
    )
    return [(r[0], r[1]) for r in rows]


async def remind(session: AsyncSession, days: int) -> list[UUID]:
    """Open offers that run out within `days` and were told of no nearer date yet; marked as told. One that was given
    no more than `days` from the start is not reminded of: whoever got it knows."""
    span = timedelta(days=days)
    rows = await session.execute(
        update(Offer)
        .where(
            Offer.status == "open",
            in_time(),
            Offer.valid_until <= moment() + literal(span, Interval()),
            Offer.valid_until - Offer.sent_at > span,
            or_(Offer.reminded.is_(None), Offer.reminded > days),
        )
        .values(reminded=days)
        .returning(Offer.id)
        .execution_options(synchronize_session=False)
    )
    return list(rows.scalars())


# --- agreed terms ---


async def said(session: AsyncSession, deal_id: UUID) -> list[tuple[Offer, list[OfferMark], list[OfferUnlock]]]:
    """Every round with the terms marked on it and the ones it opened again, oldest first."""
    rounds = await of_deal(session, deal_id)
    ids = [r.id for r in rounds]
    marks = (await session.execute(select(OfferMark).where(OfferMark.offer_id.in_(ids)))).scalars().all()
    unlocks = (await session.execute(select(OfferUnlock).where(OfferUnlock.offer_id.in_(ids)))).scalars().all()
    return [(r, [m for m in marks if m.offer_id == r.id], [u for u in unlocks if u.offer_id == r.id]) for r in rounds]


async def mark(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> int:
    """Marks terms; how many were not marked before."""
    made = await session.execute(
        upsert(OfferMark).values(list(rows)).on_conflict_do_nothing().returning(OfferMark.term)
    )
    return len(made.all())


async def unlock(session: AsyncSession, offer_id: UUID, reasons: Mapping[str, str]) -> None:
    rows = [{"offer_id": offer_id, "term": term, "reason": reason} for term, reason in reasons.items()]
    if rows:
        await session.execute(insert(OfferUnlock), rows)
