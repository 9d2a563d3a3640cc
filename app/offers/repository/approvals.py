"""Queries of approvals within one side."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.offers.models import ApprovalRequest, ApprovalRule, ApprovalVote, Offer
from app.offers.repository import moment


async def rule(session: AsyncSession, org_id: UUID) -> ApprovalRule | None:
    return (await session.execute(select(ApprovalRule).where(ApprovalRule.org_id == org_id))).scalar_one_or_none()


async def set_rule(session: AsyncSession, org_id: UUID, **values: Any) -> None:
    made = upsert(ApprovalRule).values(org_id=org_id, **values)
    await session.execute(made.on_conflict_do_update(index_elements=[ApprovalRule.org_id], set_=values))


async def add(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(ApprovalRequest).values(**values))


async def pending(session: AsyncSession, deal_id: UUID, org_id: UUID) -> bool:
    found = await session.execute(
        select(ApprovalRequest.id).where(
            ApprovalRequest.deal_id == deal_id, ApprovalRequest.org_id == org_id, ApprovalRequest.status == "pending"
        )
    )
    return found.first() is not None


async def visible(session: AsyncSession, id_: UUID, actor: Actor, *, lock: bool = False) -> ApprovalRequest | None:
    """The request, for members of the organisation that asked; to everybody else it does not exist."""
    if actor.org_id is None or actor.role is None:
        return None
    query = select(ApprovalRequest).where(ApprovalRequest.id == id_, ApprovalRequest.org_id == actor.org_id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def request(session: AsyncSession, id_: UUID) -> ApprovalRequest | None:
    return (await session.execute(select(ApprovalRequest).where(ApprovalRequest.id == id_))).scalar_one_or_none()


async def in_time(session: AsyncSession, id_: UUID) -> bool:
    found = await session.execute(select(ApprovalRequest.expires_at > moment()).where(ApprovalRequest.id == id_))
    return bool(found.scalar_one())


async def vote(session: AsyncSession, **values: Any) -> bool:
    """False when this person has voted already (the key decides)."""
    made = await session.execute(
        upsert(ApprovalVote).values(**values).on_conflict_do_nothing().returning(ApprovalVote.request_id)
    )
    return made.scalar_one_or_none() is not None


async def votes(session: AsyncSession, ids: list[UUID]) -> dict[UUID, list[ApprovalVote]]:
    rows = await session.execute(select(ApprovalVote).where(ApprovalVote.request_id.in_(ids)).order_by(ApprovalVote.at))
    found: dict[UUID, list[ApprovalVote]] = {id_: [] for id_ in ids}
    for row in rows.scalars():
        found[row.request_id].append(row)
    return found


async def of_org(
    session: AsyncSession, org_id: UUID, *, deal_id: UUID | None = None, limit: int = 50
) -> list[ApprovalRequest]:
    """Requests of an organisation, those that wait first, then the newest."""
    query = select(ApprovalRequest).where(ApprovalRequest.org_id == org_id)
    if deal_id is not None:
        query = query.where(ApprovalRequest.deal_id == deal_id)
    waits_first = (ApprovalRequest.status != "pending", ApprovalRequest.status_at.desc(), ApprovalRequest.id)
    return list((await session.execute(query.order_by(*waits_first).limit(limit))).scalars())


async def waiting_for(session: AsyncSession, org_id: UUID, person_id: UUID) -> int:
    """How many requests of the organisation wait for this person's word."""
    voted = exists().where(ApprovalVote.request_id == ApprovalRequest.id, ApprovalVote.person_id == person_id)
    found = await session.execute(
        select(func.count())
        .select_from(ApprovalRequest)
        .where(
            ApprovalRequest.org_id == org_id,
            ApprovalRequest.status == "pending",
            ApprovalRequest.approvers.any(person_id),  # type: ignore[arg-type]
            ~voted,
        )
    )
    return int(found.scalar_one())


async def overtaken(session: AsyncSession, *, offer_id: UUID | None = None, deal_id: UUID | None = None) -> list[UUID]:
    """Pending requests about an offer or a deal; without either, those whose time has passed or whose offer is gone."""
    query = select(ApprovalRequest.id).where(ApprovalRequest.status == "pending")
    if offer_id is not None:
        query = query.where(ApprovalRequest.offer_id == offer_id)
    elif deal_id is not None:
        query = query.where(ApprovalRequest.deal_id == deal_id)
    else:
        answered = exists().where(Offer.id == ApprovalRequest.offer_id, Offer.status.not_in(("open", "frozen")))
        query = query.where(or_(ApprovalRequest.expires_at <= moment(), answered))
    return list((await session.execute(query.order_by(ApprovalRequest.id).limit(500))).scalars())
