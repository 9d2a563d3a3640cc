"""Queries of claims and decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, insert, or_, select, true, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.brokerage.attribution import WHOLE, Decided
from app.brokerage.models import ClaimDecision, ClaimFile, IntroductionClaim
from app.kit.actor import Actor


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The two brokers and the operator."""
    if actor.is_operator:
        return true()
    if actor.org_id is None or actor.role is None:
        return false()
    return or_(IntroductionClaim.broker_org_id == actor.org_id, IntroductionClaim.respondent_org_id == actor.org_id)


def reference_of(number: int) -> str:
    return f"KN-{number:05d}"


async def claim(session: AsyncSession, id_: UUID, actor: Actor) -> IntroductionClaim | None:
    return (
        await session.execute(select(IntroductionClaim).where(IntroductionClaim.id == id_, visible_to(actor)))
    ).scalar_one_or_none()


async def peek(session: AsyncSession, id_: UUID) -> IntroductionClaim | None:
    return (await session.execute(select(IntroductionClaim).where(IntroductionClaim.id == id_))).scalar_one_or_none()


async def lock(session: AsyncSession, id_: UUID) -> IntroductionClaim | None:
    return (
        await session.execute(
            select(IntroductionClaim)
            .where(IntroductionClaim.id == id_)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def page(session: AsyncSession, actor: Actor, limit: int) -> list[IntroductionClaim]:
    """Those the actor may see: what waits for a decision first, the oldest of them on top."""
    waiting = IntroductionClaim.status.in_(("open", "appealed"))
    rows = await session.execute(
        select(IntroductionClaim)
        .where(visible_to(actor))
        .order_by(waiting.desc(), IntroductionClaim.opened_at, IntroductionClaim.id)
        .limit(limit)
    )
    return list(rows.scalars())


async def live_of(session: AsyncSession, introduction_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Introduction -> its claim that was not withdrawn."""
    rows = await session.execute(
        select(IntroductionClaim.introduction_id, IntroductionClaim.id).where(
            IntroductionClaim.introduction_id.in_(introduction_ids), IntroductionClaim.status != "withdrawn"
        )
    )
    return {introduction_id: claim_id for introduction_id, claim_id in rows}  # noqa: C416 - rows are no pairs


async def count_open(session: AsyncSession, actor: Actor) -> int:
    found = await session.execute(
        select(func.count())
        .select_from(IntroductionClaim)
        .where(visible_to(actor), IntroductionClaim.status.in_(("open", "decided", "appealed")))
    )
    return int(found.scalar_one())


async def add(session: AsyncSession, **values: Any) -> UUID | None:
    """None when there is a claim on this introduction already."""
    made = await session.execute(
        upsert(IntroductionClaim).values(**values).on_conflict_do_nothing().returning(IntroductionClaim.id)
    )
    return made.scalar_one_or_none()


async def set_fields(session: AsyncSession, id_: UUID, **values: Any) -> None:
    await session.execute(
        update(IntroductionClaim)
        .where(IntroductionClaim.id == id_)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def count_files(session: AsyncSession, claim_id: UUID, org_id: UUID | None) -> int:
    """Of one side."""
    found = await session.execute(
        select(func.count()).select_from(ClaimFile).where(ClaimFile.claim_id == claim_id, ClaimFile.org_id == org_id)
    )
    return int(found.scalar_one())


async def add_file(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(ClaimFile).values(**values))


async def files(session: AsyncSession, claim_ids: Iterable[UUID]) -> dict[UUID, list[ClaimFile]]:
    """Claim -> what the two gave as evidence, in the order it came."""
    rows = await session.execute(
        select(ClaimFile)
        .where(ClaimFile.claim_id.in_(list(claim_ids)))
        .order_by(ClaimFile.at, ClaimFile.org_id, ClaimFile.position)
    )
    found: dict[UUID, list[ClaimFile]] = {}
    for row in rows.scalars():
        found.setdefault(row.claim_id, []).append(row)
    return found


async def file(session: AsyncSession, claim_id: UUID, file_id: UUID) -> ClaimFile | None:
    rows = await session.execute(select(ClaimFile).where(ClaimFile.id == file_id, ClaimFile.claim_id == claim_id))
    return rows.scalar_one_or_none()


async def add_decision(session: AsyncSession, **values: Any) -> bool:
    """False when this level was decided already, or by this person."""
    made = await session.execute(
        upsert(ClaimDecision).values(**values).on_conflict_do_nothing().returning(ClaimDecision.claim_id)
    )
    return made.scalar_one_or_none() is not None


async def decisions(session: AsyncSession, claim_ids: Iterable[UUID]) -> dict[UUID, list[ClaimDecision]]:
    """Claim -> its decisions, the first one first."""
    rows = await session.execute(
        select(ClaimDecision).where(ClaimDecision.claim_id.in_(list(claim_ids))).order_by(ClaimDecision.level)
    )
    found: dict[UUID, list[ClaimDecision]] = {}
    for row in rows.scalars():
        found.setdefault(row.claim_id, []).append(row)
    return found


async def standing_decisions(session: AsyncSession, introduction_ids: Sequence[UUID]) -> list[Decided]:
    """What stands on the claims of these introductions: the appeal's decision where there is one."""
    rows = await session.execute(
        select(ClaimDecision, IntroductionClaim.introduction_id)
        .join(IntroductionClaim, IntroductionClaim.id == ClaimDecision.claim_id)
        .where(IntroductionClaim.introduction_id.in_(introduction_ids))
        .order_by(ClaimDecision.claim_id, ClaimDecision.level.desc())
        .ext(distinct_on(ClaimDecision.claim_id))
    )
    return [
        Decided(
            claim_id=d.claim_id, introduction_id=introduction_id, outcome=d.outcome,
            claimant=int(d.claimant_percent * 100) if d.claimant_percent is not None else WHOLE, at=d.at,
        )
        for d, introduction_id in rows
    ]  # fmt: skip
