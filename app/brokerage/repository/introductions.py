"""Queries of introductions, seals, attributions and commission."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, false, or_, select, true, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.brokerage.attribution import Attributed, Sealed
from app.brokerage.models import Attribution, Commission, Introduction, IntroductionSeal, Mandate
from app.kit import clock
from app.kit.actor import Actor


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The broker, its client, the introduced party, and the operator."""
    if actor.is_operator:
        return true()
    if actor.org_id is None or actor.role is None:
        return false()
    mine = actor.org_id
    return or_(
        Introduction.broker_org_id == mine, Introduction.client_org_id == mine, Introduction.counterparty_org_id == mine
    )


async def introduction(session: AsyncSession, id_: UUID, actor: Actor) -> Introduction | None:
    return (
        await session.execute(select(Introduction).where(Introduction.id == id_, visible_to(actor)))
    ).scalar_one_or_none()


async def peek(session: AsyncSession, id_: UUID) -> Introduction | None:
    return (await session.execute(select(Introduction).where(Introduction.id == id_))).scalar_one_or_none()


async def many(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Introduction]:
    rows = await session.execute(select(Introduction).where(Introduction.id.in_(ids)))
    return {i.id: i for i in rows.scalars()}


async def lock(session: AsyncSession, id_: UUID) -> Introduction | None:
    return (
        await session.execute(
            select(Introduction)
            .where(Introduction.id == id_)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def page(session: AsyncSession, actor: Actor, *, mandate_id: UUID | None, limit: int) -> list[Introduction]:
    """Those the actor may see, the newest first."""
    chosen = Introduction.mandate_id == mandate_id if mandate_id else true()
    rows = await session.execute(
        select(Introduction)
        .where(visible_to(actor), chosen)
        .order_by(Introduction.sealed_at.desc(), Introduction.id)
        .limit(limit)
    )
    return list(rows.scalars())


async def add(session: AsyncSession, **values: Any) -> UUID | None:
    """None when this introduction stands already (the partial unique index decides)."""
    made = await session.execute(
        upsert(Introduction).values(**values).on_conflict_do_nothing().returning(Introduction.id)
    )
    return made.scalar_one_or_none()


async def add_seal(session: AsyncSession, **values: Any) -> None:
    await session.execute(upsert(IntroductionSeal).values(**values))


async def seals(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, IntroductionSeal]:
    rows = await session.execute(select(IntroductionSeal).where(IntroductionSeal.introduction_id.in_(ids)))
    return {s.introduction_id: s for s in rows.scalars()}


async def sealed_at(session: AsyncSession, seal: str) -> datetime | None:
    found = await session.execute(select(IntroductionSeal.sealed_at).where(IntroductionSeal.seal == seal))
    return found.scalar_one_or_none()


async def rivals(session: AsyncSession, row: Introduction) -> list[Introduction]:
    """Other brokers' introductions of the same two about the same subject on the same side, first seal first."""
    rows = await session.execute(
        select(Introduction)
        .join(IntroductionSeal, IntroductionSeal.introduction_id == Introduction.id)
        .where(
            Introduction.id != row.id,
            Introduction.broker_org_id != row.broker_org_id,
            Introduction.side == row.side,
            Introduction.client_org_id == row.client_org_id,
            Introduction.counterparty_org_id == row.counterparty_org_id,
            Introduction.listing_id.is_not_distinct_from(row.listing_id),
            # A deal does not say which need it answers: on the buyer's side any need of the two is the same subject.
            true() if row.need_id else Introduction.need_id.is_(None),
        )
        .order_by(Introduction.sealed_at, IntroductionSeal.seal)
    )
    return list(rows.scalars())


async def overdue(session: AsyncSession, now: datetime, limit: int = 500) -> list[UUID]:
    """Windows that are over without a deal."""
    rows = await session.execute(
        select(Introduction.id)
        .where(Introduction.status.in_(("sealed", "accepted", "declined")), Introduction.window_until < now)
        .limit(limit)
    )
    return list(rows.scalars())


# --- attribution ---


async def record(
    session: AsyncSession, *, seller: UUID, buyer: UUID, listing_id: UUID
) -> tuple[list[Sealed], dict[UUID, Introduction]]:
    """The sealed record of a deal's parties and subject, and the rows it comes from."""
    of_seller = and_(
        Introduction.side == "seller", Introduction.client_org_id == seller, Introduction.counterparty_org_id == buyer,
        Introduction.listing_id == listing_id,
    )  # fmt: skip
    of_buyer = and_(
        Introduction.side == "buyer", Introduction.client_org_id == buyer, Introduction.counterparty_org_id == seller
    )
    rows = await session.execute(
        select(Introduction, IntroductionSeal.seal, Mandate)
        .join(IntroductionSeal, IntroductionSeal.introduction_id == Introduction.id)
        .join(Mandate, Mandate.id == Introduction.mandate_id)
        .where(or_(of_seller, of_buyer))
        .execution_options(populate_existing=True)
    )
    found, by_id = [], {}
    for row, seal, mandate in rows:
        by_id[row.id] = row
        found.append(
            Sealed(
                introduction_id=row.id,
                side=row.side,
                broker_org_id=row.broker_org_id,
                sealed_at=row.sealed_at,
                seal=seal,
                until=_until(row, mandate),
                contested=row.reason_code == "already_known",
            )
        )
    return found, by_id


def _until(row: Introduction, mandate: Mandate) -> datetime:
    """The window, cut off where the tail of an ended mandate ends (its last moment in Vietnam)."""
    if mandate.ended_at is None:
        return row.window_until
    last = mandate.ended_at.astimezone(clock.VIETNAM).date() + timedelta(days=int(mandate.terms["tail_days"]))
    return min(row.window_until, datetime.combine(last + timedelta(days=1), time(), clock.VIETNAM))


async def attributions(session: AsyncSession, deal_id: UUID) -> list[Attribution]:
    rows = await session.execute(
        select(Attribution)
        .where(Attribution.deal_id == deal_id)
        .order_by(Attribution.side, Attribution.introduction_id)
        .execution_options(populate_existing=True)
    )
    return list(rows.scalars())


async def deals_of(session: AsyncSession, introduction_ids: Sequence[UUID]) -> list[Attribution]:
    rows = await session.execute(
        select(Attribution).where(Attribution.introduction_id.in_(introduction_ids)).order_by(Attribution.at)
    )
    return list(rows.scalars())


async def replace_attributions(
    session: AsyncSession, deal_id: UUID, wanted: Sequence[Attributed], now: datetime
) -> None:
    keep = [w.introduction_id for w in wanted]
    await session.execute(
        delete(Attribution).where(Attribution.deal_id == deal_id, Attribution.introduction_id.not_in(keep))
    )
    for w in wanted:
        values = {"side": w.side, "broker_org_id": w.broker_org_id, "basis_points": w.basis_points, "at": now}
        await session.execute(
            upsert(Attribution)
            .values(deal_id=deal_id, introduction_id=w.introduction_id, **values)
            .on_conflict_do_update(
                index_elements=["deal_id", "introduction_id"], set_={"basis_points": w.basis_points, "at": now}
            )
        )


async def note_refusal(session: AsyncSession, deal_id: UUID, introduction_id: UUID, why: str | None) -> None:
    await session.execute(
        update(Attribution)
        .where(Attribution.deal_id == deal_id, Attribution.introduction_id == introduction_id)
        .values(refused=why)
    )


async def refused_deals(session: AsyncSession, limit: int = 500) -> list[UUID]:
    """Deals a broker of the record could not join."""
    rows = await session.execute(
        select(Attribution.deal_id).where(Attribution.refused.is_not(None)).distinct().limit(limit)
    )
    return list(rows.scalars())


# --- commission ---


async def statements(session: AsyncSession, deal_id: UUID) -> list[Commission]:
    """Every statement of the deal, the oldest first."""
    rows = await session.execute(
        select(Commission).where(Commission.deal_id == deal_id).order_by(Commission.statement, Commission.mandate_id)
    )
    return list(rows.scalars())


async def add_commission(session: AsyncSession, **values: Any) -> None:
    await session.execute(upsert(Commission).values(**values).on_conflict_do_nothing())


async def commission_of(session: AsyncSession, actor: Actor, limit: int) -> list[Commission]:
    """The newest statement of each deal and mandate that is the actor's business."""
    if not actor.is_operator and (actor.org_id is None or actor.role is None):
        return []
    newest = (
        select(Commission.id)
        .ext(distinct_on(Commission.deal_id, Commission.mandate_id))
        .order_by(Commission.deal_id, Commission.mandate_id, Commission.statement.desc())
        .subquery()
    )
    ours = or_(Commission.broker_org_id == actor.org_id, Commission.client_org_id == actor.org_id)
    rows = await session.execute(
        select(Commission)
        .where(Commission.id.in_(select(newest.c.id)), true() if actor.is_operator else ours)
        .order_by(Commission.at.desc(), Commission.id)
        .limit(limit)
    )
    return list(rows.scalars())
