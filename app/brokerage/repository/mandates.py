"""Queries of mandates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.brokerage.models import Mandate, MandateSignature, MandateVersion
from app.kit.actor import Actor


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The two parties and the operator. What a mandate says is no business of the Department."""
    if actor.is_operator:
        return true()
    if actor.org_id is None or actor.role is None:
        return false()
    return or_(Mandate.client_org_id == actor.org_id, Mandate.broker_org_id == actor.org_id)


def reference_of(number: int) -> str:
    return f"UN-{number:05d}"


async def mandate(session: AsyncSession, id_: UUID, actor: Actor) -> Mandate | None:
    return (await session.execute(select(Mandate).where(Mandate.id == id_, visible_to(actor)))).scalar_one_or_none()


async def peek(session: AsyncSession, id_: UUID) -> Mandate | None:
    """Whoever asks: for the exchange's own messages and reckonings."""
    return (await session.execute(select(Mandate).where(Mandate.id == id_))).scalar_one_or_none()


async def many(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Mandate]:
    rows = await session.execute(select(Mandate).where(Mandate.id.in_(ids)))
    return {m.id: m for m in rows.scalars()}


async def lock(session: AsyncSession, id_: UUID) -> Mandate | None:
    return (
        await session.execute(
            select(Mandate)
            .where(Mandate.id == id_)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def lock_side(session: AsyncSession, client_org_id: UUID, side: str) -> None:
    """Until the unit of work ends nobody else makes a mandate of this client's side active: taken before any row."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"mandate:{client_org_id}:{side}"}
    )


async def active_of(session: AsyncSession, client_org_id: UUID, side: str) -> list[Mandate]:
    """Active mandates of the client's side, the oldest first; read under `lock_side` they stand still."""
    rows = await session.execute(
        select(Mandate)
        .where(Mandate.client_org_id == client_org_id, Mandate.side == side, Mandate.status == "active")
        .order_by(Mandate.activated_at, Mandate.id)
        .execution_options(populate_existing=True)
    )
    return list(rows.scalars())


async def of_org(session: AsyncSession, actor: Actor, limit: int) -> list[Mandate]:
    rows = await session.execute(
        select(Mandate).where(visible_to(actor)).order_by(Mandate.status_at.desc(), Mandate.id).limit(limit)
    )
    return list(rows.scalars())


async def current_of_broker(session: AsyncSession, broker_org_id: UUID, today: date) -> list[Mandate]:
    """Active mandates whose term holds today."""
    rows = await session.execute(
        select(Mandate)
        .where(
            Mandate.broker_org_id == broker_org_id, Mandate.status == "active", Mandate.starts_on <= today,
            Mandate.ends_on >= today,
        )
        .order_by(Mandate.activated_at, Mandate.id)
    )  # fmt: skip
    return list(rows.scalars())


async def due(session: AsyncSession, today: date, limit: int = 200) -> list[UUID]:
    """Active mandates whose last day has passed."""
    rows = await session.execute(
        select(Mandate.id)
        .where(Mandate.status == "active", Mandate.ends_on < today)
        .order_by(Mandate.ends_on)
        .limit(limit)
    )
    return list(rows.scalars())


async def naming(session: AsyncSession, key: str, subject_id: UUID) -> list[UUID]:
    """Active mandates whose scope names this subject. `key`: listing_ids | need_ids."""
    rows = await session.execute(
        select(Mandate.id).where(
            Mandate.status == "active", Mandate.terms.contains({"scope": {key: [str(subject_id)]}})
        ).order_by(Mandate.id)
    )  # fmt: skip
    return list(rows.scalars())


async def add(session: AsyncSession, **values: Any) -> int:
    """The number it got."""
    made = await session.execute(upsert(Mandate).values(**values).returning(Mandate.number))
    return int(made.scalar_one())


async def set_fields(session: AsyncSession, id_: UUID, **values: Any) -> None:
    await session.execute(
        update(Mandate).where(Mandate.id == id_).values(**values).execution_options(synchronize_session=False)
    )


async def add_version(session: AsyncSession, **values: Any) -> None:
    await session.execute(upsert(MandateVersion).values(**values))


async def add_signature(session: AsyncSession, **values: Any) -> bool:
    """False when this organisation has signed this version already."""
    made = await session.execute(
        upsert(MandateSignature).values(**values).on_conflict_do_nothing().returning(MandateSignature.org_id)
    )
    return made.scalar_one_or_none() is not None


async def versions(session: AsyncSession, id_: UUID) -> list[MandateVersion]:
    rows = await session.execute(
        select(MandateVersion).where(MandateVersion.mandate_id == id_).order_by(MandateVersion.version)
    )
    return list(rows.scalars())


async def signatures(session: AsyncSession, id_: UUID) -> list[MandateSignature]:
    rows = await session.execute(
        select(MandateSignature).where(MandateSignature.mandate_id == id_).order_by(MandateSignature.at)
    )
    return list(rows.scalars())


async def signers(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Who has signed the newest version of each mandate."""
    rows = await session.execute(
        select(MandateSignature.mandate_id, MandateSignature.org_id)
        .join(Mandate, Mandate.id == MandateSignature.mandate_id)
        .where(Mandate.id.in_(ids), MandateSignature.version == Mandate.version)
    )
    found: dict[UUID, set[UUID]] = {}
    for mandate_id, org_id in rows:
        found.setdefault(mandate_id, set()).add(org_id)
    return found


async def proposers(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Whose the newest version of each mandate is."""
    rows = await session.execute(
        select(MandateVersion.mandate_id, MandateVersion.org_id)
        .join(Mandate, Mandate.id == MandateVersion.mandate_id)
        .where(Mandate.id.in_(ids), MandateVersion.version == Mandate.version)
    )
    return {mandate_id: org_id for mandate_id, org_id in rows}  # noqa: C416 - rows are no pairs to the type checker


async def database_now(session: AsyncSession) -> Any:
    return (await session.execute(select(func.clock_timestamp()))).scalar_one()
