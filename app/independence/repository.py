"""Every query of independence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import column, func, insert, or_, select, table, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.independence.models import ConflictConsent, ConflictFinding, InterestDeclaration
from app.kit.ids import new_id

_DEAL = table("deal", column("id"), column("is_demo"))


@dataclass(frozen=True, slots=True)
class Brief:
    """What a finding's page says of its deal; `seated`: who takes part now."""

    reference: str
    title_vi: str
    title_en: str | None
    parties: tuple[UUID, UUID]
    seated: frozenset[UUID]


async def briefs(session: AsyncSession, deal_ids: Collection[UUID]) -> dict[UUID, Brief]:
    rows = await session.execute(
        text(
            "SELECT d.id, 'GD-' || lpad(d.number::text, 5, '0'), l.title_vi, l.title_en, d.seller_org_id,"
            " d.buyer_org_id, array(SELECT p.org_id FROM deal_participant p WHERE p.deal_id = d.id AND p.until IS NULL)"
            " FROM deal d JOIN listing l ON l.id = d.listing_id WHERE d.id = ANY(:ids)"
        ),
        {"ids": list(deal_ids)},
    )
    return {r[0]: Brief(r[1], r[2], r[3], (r[4], r[5]), frozenset(r[6])) for r in rows}


# --- declarations ---


async def add_declaration(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(InterestDeclaration).values(**values))


async def declaration(session: AsyncSession, id_: UUID) -> InterestDeclaration | None:
    return (
        await session.execute(select(InterestDeclaration).where(InterestDeclaration.id == id_))
    ).scalar_one_or_none()


async def end_declaration(session: AsyncSession, id_: UUID, until: Any, now: datetime, who: str) -> bool:
    """False when it has been ended already."""
    done = await session.execute(
        update(InterestDeclaration)
        .where(InterestDeclaration.id == id_, InterestDeclaration.ended_at.is_(None))
        .values(until=until, ended_at=now, ended_by=who)
        .returning(InterestDeclaration.id)
        .execution_options(synchronize_session=False)
    )
    return done.scalar_one_or_none() is not None


async def declared_by(session: AsyncSession, org_id: UUID | None, person_id: UUID | None) -> list[InterestDeclaration]:
    """Own declarations, newest first."""
    rows = await session.execute(
        select(InterestDeclaration)
        .where(or_(InterestDeclaration.org_id == org_id, InterestDeclaration.person_id == person_id))
        .order_by(InterestDeclaration.made_at.desc(), InterestDeclaration.id.desc())
        .limit(500)
    )
    return list(rows.scalars())


async def holding_of(session: AsyncSession, org_ids: Collection[UUID]) -> list[InterestDeclaration]:
    """Who controls or holds these organisations: as they say themselves, and as their holders say."""
    rows = await session.execute(
        select(InterestDeclaration)
        .where(
            or_(
                (InterestDeclaration.kind.in_(("parent", "shareholder")) & InterestDeclaration.org_id.in_(org_ids)),
                (InterestDeclaration.kind == "holding") & InterestDeclaration.other_org_id.in_(org_ids),
            )
        )
        .order_by(InterestDeclaration.id)
    )
    return list(rows.scalars())


async def about_people(
    session: AsyncSession, org_ids: Collection[UUID], listing_id: UUID | None, deal_id: UUID | None
) -> list[InterestDeclaration]:
    """Key persons these organisations name, and what people declare about them, the listing or the deal."""
    rows = await session.execute(
        select(InterestDeclaration)
        .where(
            or_(
                (InterestDeclaration.kind == "key_person") & InterestDeclaration.org_id.in_(org_ids),
                InterestDeclaration.person_id.is_not(None) & InterestDeclaration.other_org_id.in_(org_ids),
                InterestDeclaration.listing_id == listing_id,
                InterestDeclaration.deal_id == deal_id,
            )
        )
        .order_by(InterestDeclaration.id)
    )
    return list(rows.scalars())


# --- findings ---


async def add_finding(session: AsyncSession, **values: Any) -> UUID | None:
    """None when the same tie was found in this deal before. It is a demo's when its deal is."""
    is_demo = select(_DEAL.c.is_demo).where(_DEAL.c.id == values["deal_id"]).scalar_subquery()
    made = await session.execute(
        upsert(ConflictFinding)
        .values(id=new_id(), is_demo=is_demo, **values)
        .on_conflict_do_nothing(index_elements=["deal_id", "key"])
        .returning(ConflictFinding.id)
    )
    return made.scalar_one_or_none()


async def finding(session: AsyncSession, id_: UUID) -> ConflictFinding | None:
    return (await session.execute(select(ConflictFinding).where(ConflictFinding.id == id_))).scalar_one_or_none()


async def finding_by_key(session: AsyncSession, deal_id: UUID, key: str) -> ConflictFinding | None:
    stmt = select(ConflictFinding).where(ConflictFinding.deal_id == deal_id, ConflictFinding.key == key)
    return (await session.execute(stmt)).scalar_one_or_none()


async def findings_of(session: AsyncSession, deal_id: UUID) -> list[ConflictFinding]:
    rows = await session.execute(
        select(ConflictFinding).where(ConflictFinding.deal_id == deal_id).order_by(ConflictFinding.opened_at)
    )
    return list(rows.scalars())


async def finding_page(
    session: AsyncSession, *, status: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[ConflictFinding]:
    """Newest first; the open ones oldest first, as a queue is worked."""
    stmt = select(ConflictFinding)
    if status:
        stmt = stmt.where(ConflictFinding.status == status)
    oldest_first = status == "open"
    if after:
        sign = ">" if oldest_first else "<"
        stmt = stmt.where(text(f"(opened_at, id) {sign} (:at, :id)").bindparams(at=after[0], id=after[1]))
    order = (
        (ConflictFinding.opened_at, ConflictFinding.id)
        if oldest_first
        else (ConflictFinding.opened_at.desc(), ConflictFinding.id.desc())
    )
    return list((await session.execute(stmt.order_by(*order).limit(limit))).scalars())


async def count_open(session: AsyncSession) -> int:
    found = await session.execute(
        select(func.count()).select_from(ConflictFinding).where(ConflictFinding.status == "open")
    )
    return int(found.scalar_one())


# --- consents ---


async def add_consent(session: AsyncSession, **values: Any) -> bool:
    """False when this party has consented already."""
    made = await session.execute(
        upsert(ConflictConsent).values(id=new_id(), **values).on_conflict_do_nothing().returning(ConflictConsent.id)
    )
    return made.scalar_one_or_none() is not None


async def consents(session: AsyncSession, finding_ids: Sequence[UUID]) -> list[ConflictConsent]:
    rows = await session.execute(
        select(ConflictConsent).where(ConflictConsent.finding_id.in_(finding_ids)).order_by(ConflictConsent.at)
    )
    return list(rows.scalars())


# --- deals to look at again ---


async def deals_of(session: AsyncSession, org_ids: Collection[UUID]) -> list[UUID]:
    """Live deals in which one of these organisations takes part beside others than the two parties."""
    rows = await session.execute(
        text(
            "SELECT DISTINCT p.deal_id FROM deal_participant p JOIN deal d ON d.id = p.deal_id"
            " WHERE p.until IS NULL AND d.status <> 'closed' AND p.org_id = ANY(:orgs)"
            " AND EXISTS (SELECT 1 FROM deal_participant o WHERE o.deal_id = p.deal_id AND o.until IS NULL"
            " AND o.capacity NOT IN ('seller', 'buyer'))"
        ),
        {"orgs": list(org_ids)},
    )
    return [r[0] for r in rows]


async def deals_with_others(session: AsyncSession) -> list[UUID]:
    """Every live deal in which somebody takes part who is no party."""
    rows = await session.execute(
        text(
            "SELECT DISTINCT p.deal_id FROM deal_participant p JOIN deal d ON d.id = p.deal_id"
            " WHERE p.until IS NULL AND d.status <> 'closed' AND p.capacity NOT IN ('seller', 'buyer')"
        )
    )
    return [r[0] for r in rows]


async def below(session: AsyncSession, org_ids: Collection[UUID]) -> list[UUID]:
    """Organisations whose declared parents or holders are among these, at any height: whom a new tie above concerns."""
    rows = await session.execute(
        text(
            "WITH RECURSIVE tie AS ("
            "  SELECT org_id AS child, other_org_id AS holder FROM interest_declaration"
            "    WHERE kind IN ('parent', 'shareholder') AND other_org_id IS NOT NULL"
            "  UNION SELECT other_org_id, org_id FROM interest_declaration"
            "    WHERE kind = 'holding' AND other_org_id IS NOT NULL"
            "), down AS ("
            "  SELECT unnest(CAST(:orgs AS uuid[])) AS id"
            "  UNION SELECT t.child FROM tie t JOIN down d ON t.holder = d.id"
            ") SELECT id FROM down"
        ),
        {"orgs": list(org_ids)},
    )
    return [r[0] for r in rows]


async def deals_about(session: AsyncSession, listing_id: UUID | None, deal_id: UUID | None) -> list[UUID]:
    rows = await session.execute(
        text("SELECT id FROM deal WHERE id = :deal OR (listing_id = :listing AND status <> 'closed')"),
        {"deal": deal_id, "listing": listing_id},
    )
    return [r[0] for r in rows]


async def seated_on(session: AsyncSession, listing_id: UUID) -> list[tuple[UUID, str, UUID | None]]:
    """(organisation, capacity, who acts) of the owner's brokers, and of valuers and appraisers, in live deals over a
    listing: whoever knows more of it than a bidder may."""
    rows = await session.execute(
        text(
            "SELECT DISTINCT p.org_id, p.capacity, p.handler_id FROM deal_participant p JOIN deal d ON d.id = p.deal_id"
            " WHERE d.listing_id = :listing AND d.status <> 'closed' AND p.until IS NULL"
            " AND p.capacity IN ('seller_broker', 'valuer', 'appraiser') ORDER BY 1, 2, 3"
        ),
        {"listing": listing_id},
    )
    return [(r[0], r[1], r[2]) for r in rows]
