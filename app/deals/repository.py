"""Every query of deals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, func, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.deals.models import Deal, DealEvidence, DealParticipant, DealTransaction
from app.deals.schemas import (
    Capacity,
    Concluded,
    DealItem,
    Engagement,
    EvidenceView,
    Participant,
    ReasonCode,
    Settled,
    Side,
    TimelineEvent,
)
from app.deals.workflow import LIVE
from app.kit.actor import Actor
from app.kit.ids import new_id
from app.platform import state


def visible_to(actor: Actor) -> ColumnElement[bool]:
    if actor.is_operator or actor.is_department:
        return true()
    if actor.org_id is None or actor.role is None:
        return false()
    takes_part = exists().where(
        DealParticipant.deal_id == Deal.id, DealParticipant.org_id == actor.org_id, DealParticipant.until.is_(None)
    )
    return or_(Deal.seller_org_id == actor.org_id, Deal.buyer_org_id == actor.org_id, takes_part)


def reference_of(number: int) -> str:
    return f"GD-{number:05d}"


async def deal(session: AsyncSession, id_: UUID, actor: Actor) -> Deal | None:
    return (await session.execute(select(Deal).where(Deal.id == id_, visible_to(actor)))).scalar_one_or_none()


async def references(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await session.execute(select(Deal.id, Deal.number).where(Deal.id.in_(ids)))
    return {r[0]: reference_of(r[1]) for r in rows}


async def lock(session: AsyncSession, id_: UUID) -> Deal | None:
    return (
        await session.execute(
            select(Deal).where(Deal.id == id_).with_for_update(key_share=True).execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def open_deal(session: AsyncSession, **values: Any) -> UUID | None:
    """Insert; None when this buyer has a live deal on this listing already (the partial unique index decides)."""
    made = await session.execute(upsert(Deal).values(**values).on_conflict_do_nothing().returning(Deal.id))
    return made.scalar_one_or_none()


async def buyers_on(session: AsyncSession, listing_id: UUID) -> set[UUID]:
    """Organisations with a live deal on the listing."""
    rows = await session.execute(select(Deal.buyer_org_id).where(Deal.listing_id == listing_id, Deal.status.in_(LIVE)))
    return set(rows.scalars())


async def live_deal(session: AsyncSession, listing_id: UUID, buyer_org_id: UUID) -> UUID | None:
    return (
        await session.execute(
            select(Deal.id).where(
                Deal.listing_id == listing_id,
                Deal.buyer_org_id == buyer_org_id,
                Deal.status.in_(("interested", "negotiating", "agreed")),
            )
        )
    ).scalar_one_or_none()


_PARTICIPANTS = """
    SELECT p.deal_id, p.org_id, o.name_vi, p.capacity, p.since, p.handler_id, h.name
    FROM deal_participant p JOIN organisation o ON o.id = p.org_id LEFT JOIN person h ON h.id = p.handler_id
    WHERE p.deal_id = ANY(:ids) AND p.until IS NULL
    ORDER BY p.deal_id, array_position(ARRAY['seller', 'buyer'], p.capacity), p.since, p.id
"""


async def participants(session: AsyncSession, deal_ids: Sequence[UUID]) -> dict[UUID, list[Participant]]:
    """Who takes part now, the parties first."""
    found: dict[UUID, list[Participant]] = {id_: [] for id_ in deal_ids}
    for r in await session.execute(text(_PARTICIPANTS), {"ids": list(deal_ids)}):
        found[r[0]].append(
            Participant(
                org_id=r[1], org_name=r[2], capacity=Capacity(r[3]), since=r[4], handler_id=r[5], handler_name=r[6]
            )
        )
    return found


async def join(session: AsyncSession, **values: Any) -> UUID | None:
    """None when the organisation takes part already (the partial unique index decides)."""
    made = await session.execute(
        upsert(DealParticipant).values(id=new_id(), **values).on_conflict_do_nothing().returning(DealParticipant.id)
    )
    return made.scalar_one_or_none()


async def leave(session: AsyncSession, deal_id: UUID, org_id: UUID, now: datetime, why: str) -> str | None:
    """The capacity that ended; None when the organisation did not take part."""
    return (
        await session.execute(
            update(DealParticipant)
            .where(
                DealParticipant.deal_id == deal_id,
                DealParticipant.org_id == org_id,
                DealParticipant.until.is_(None),
                DealParticipant.capacity.not_in(("seller", "buyer")),
            )
            .values(until=now, ended_why=why)
            .returning(DealParticipant.capacity)
        )
    ).scalar_one_or_none()


async def hand_over(session: AsyncSession, deal_id: UUID, org_id: UUID, person_id: UUID) -> UUID | None:
    """The participation that has a new handler; None when there is none."""
    return (
        await session.execute(
            update(DealParticipant)
            .where(
                DealParticipant.deal_id == deal_id, DealParticipant.org_id == org_id, DealParticipant.until.is_(None)
            )
            .values(handler_id=person_id)
            .returning(DealParticipant.id)
        )
    ).scalar_one_or_none()


async def of_participant(session: AsyncSession, org_id: UUID, capacities: Sequence[str]) -> list[UUID]:
    """The deals in which the organisation takes part now in one of these capacities, the newest first."""
    rows = await session.execute(
        select(DealParticipant.deal_id)
        .where(
            DealParticipant.org_id == org_id,
            DealParticipant.until.is_(None),
            DealParticipant.capacity.in_(capacities),
        )
        .order_by(DealParticipant.since.desc(), DealParticipant.id)
    )
    return list(rows.scalars())


async def between(session: AsyncSession, seller_org_id: UUID, buyer_org_id: UUID) -> list[UUID]:
    rows = await session.execute(
        select(Deal.id).where(Deal.seller_org_id == seller_org_id, Deal.buyer_org_id == buyer_org_id).order_by(Deal.id)
    )
    return list(rows.scalars())


async def numbers(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = await session.execute(select(Deal.id, Deal.number).where(Deal.id.in_(ids)))
    return {r[0]: r[1] for r in rows}


# The moment a deal reached L2: its confirmed contract.
_CONTRACTED = """(SELECT min(e.status_at) FROM deal_evidence e
      WHERE e.deal_id = d.id AND e.kind = 'contract' AND e.status = 'confirmed')"""
_ENGAGEMENTS = text(f"""
    SELECT p.deal_id, p.org_id, p.capacity, p.since, p.until, d.status, d.status_at, d.opened_at, d.turn_until,
      d.evidence_level, {_CONTRACTED} AS contracted_at, EXISTS (SELECT 1 FROM deal_evidence e
        WHERE e.deal_id = d.id AND e.kind = 'contract' AND e.status = 'disputed') AS disputed
    FROM deal_participant p JOIN deal d ON d.id = p.deal_id
    WHERE p.org_id = ANY(CAST(:orgs AS uuid[])) AND p.capacity = ANY(CAST(:capacities AS text[]))
    ORDER BY p.since, p.id""")  # noqa: S608 - constants only


async def engagements(session: AsyncSession, org_ids: Sequence[UUID], capacities: Sequence[str]) -> list[Engagement]:
    """Every participation of these organisations in these capacities, ended ones too, with how the deal stands."""
    rows = await session.execute(_ENGAGEMENTS, {"orgs": list(org_ids), "capacities": list(capacities)})
    return [Engagement.model_validate(dict(r)) for r in rows.mappings()]


_PERSONAL = text(_ENGAGEMENTS.text.replace("p.org_id = ANY(CAST(:orgs AS uuid[]))", "p.handler_id = :person"))


async def engagements_of_person(session: AsyncSession, person_id: UUID, capacities: Sequence[str]) -> list[Engagement]:
    """Every participation in these capacities in which this person acts, or acted last."""
    rows = await session.execute(_PERSONAL, {"person": person_id, "capacities": list(capacities)})
    return [Engagement.model_validate(dict(r)) for r in rows.mappings()]


_CONCLUDED = text(f"""
    SELECT d.number, c.at, p.org_id, o.name_vi, p.capacity, p.since, p.handler_id, h.name
    FROM deal d CROSS JOIN LATERAL (SELECT {_CONTRACTED} AS at) c
      JOIN deal_participant p ON p.deal_id = d.id AND p.since <= c.at AND (p.until IS NULL OR p.until >= c.at)
      JOIN organisation o ON o.id = p.org_id LEFT JOIN person h ON h.id = p.handler_id
    WHERE d.id = :id AND d.evidence_level >= 2 ORDER BY p.since, p.id""")  # noqa: S608 - constants only


async def concluded(session: AsyncSession, id_: UUID) -> Concluded | None:
    rows = (await session.execute(_CONCLUDED, {"id": id_})).all()
    if not rows:
        return None
    found = [
        Participant(org_id=r[2], org_name=r[3], capacity=Capacity(r[4]), since=r[5], handler_id=r[6], handler_name=r[7])
        for r in rows
    ]
    return Concluded(deal_id=id_, reference=reference_of(rows[0][0]), at=rows[0][1], participants=found)


_SETTLED = text("""
    SELECT d.id AS deal_id, d.listing_id, d.seller_org_id, d.buyer_org_id, d.agreed_mode AS mode, l.field, l.trl,
      t.amount, t.currency, t.signed_on
    FROM deal_transaction t JOIN deal d ON d.id = t.deal_id JOIN listing l ON l.id = d.listing_id
    WHERE t.kind = 'completion' AND t.amount > 0 AND t.signed_on BETWEEN :since AND :until AND d.evidence_level >= 2
      AND NOT EXISTS (SELECT 1 FROM deal_transaction r WHERE r.reverses_id = t.id)
    ORDER BY t.signed_on, t.at, t.id""")


async def settled(session: AsyncSession, since: date, until: date) -> list[Settled]:
    """Prices of contracts signed in these days, both included, whoever asks: callers let out no single one with its
    parties."""
    rows = await session.execute(_SETTLED, {"since": since, "until": until})
    return [Settled.model_validate(dict(r)) for r in rows.mappings()]


async def set_fields(session: AsyncSession, id_: UUID, **values: Any) -> None:
    await session.execute(
        update(Deal).where(Deal.id == id_).values(**values).execution_options(synchronize_session=False)
    )


async def raise_evidence(session: AsyncSession, id_: UUID, level: int) -> None:
    await session.execute(
        update(Deal)
        .where(Deal.id == id_)
        .values(evidence_level=func.greatest(Deal.evidence_level, level))
        .execution_options(synchronize_session=False)
    )


async def add_evidence(session: AsyncSession, **values: Any) -> UUID | None:
    """None when a contract is reported for the deal already."""
    made = await session.execute(
        upsert(DealEvidence).values(id=new_id(), **values).on_conflict_do_nothing().returning(DealEvidence.id)
    )
    return made.scalar_one_or_none()


async def evidence(session: AsyncSession, deal_id: UUID) -> list[EvidenceView]:
    rows = await session.execute(select(DealEvidence).where(DealEvidence.deal_id == deal_id).order_by(DealEvidence.at))
    return [EvidenceView.model_validate(r, from_attributes=True) for r in rows.scalars()]


async def evidence_row(session: AsyncSession, deal_id: UUID, evidence_id: UUID) -> DealEvidence | None:
    return (
        await session.execute(
            select(DealEvidence).where(DealEvidence.id == evidence_id, DealEvidence.deal_id == deal_id)
        )
    ).scalar_one_or_none()


async def settle_contract(
    session: AsyncSession, deal_id: UUID, reported_not_by: UUID, status: str, now: datetime, why: str | None = None
) -> DealEvidence | None:
    """Confirm or dispute the reported contract of the other party; None when there is none to decide."""
    return (
        await session.execute(
            update(DealEvidence)
            .where(
                DealEvidence.deal_id == deal_id,
                DealEvidence.kind == "contract",
                DealEvidence.status == "reported",
                DealEvidence.org_id != reported_not_by,
            )
            .values(status=status, status_at=now, disputed_why=why)
            .returning(DealEvidence)
        )
    ).scalar_one_or_none()


async def add_transaction(session: AsyncSession, **values: Any) -> UUID | None:
    """None when the contract was counted, or the entry reversed, already (the unique indexes decide)."""
    made = await session.execute(
        upsert(DealTransaction).values(id=new_id(), **values).on_conflict_do_nothing().returning(DealTransaction.id)
    )
    return made.scalar_one_or_none()


async def transaction(session: AsyncSession, id_: UUID) -> DealTransaction | None:
    return (await session.execute(select(DealTransaction).where(DealTransaction.id == id_))).scalar_one_or_none()


_LIST = """
    SELECT d.id, d.number, d.listing_id, l.title_vi, d.seller_org_id, s.name_vi, d.buyer_org_id, b.name_vi, d.status,
      d.status_at, d.opened_at, d.turn, d.turn_since, d.turn_until, d.evidence_level, d.agreed_value, d.reason_code,
      d.is_demo, p.capacity
    FROM deal d JOIN listing l ON l.id = d.listing_id JOIN organisation s ON s.id = d.seller_org_id
      JOIN organisation b ON b.id = d.buyer_org_id
      LEFT JOIN deal_participant p ON p.deal_id = d.id AND p.org_id = CAST(:org AS uuid) AND p.until IS NULL
    WHERE (:all OR d.seller_org_id = :org OR d.buyer_org_id = :org OR p.id IS NOT NULL)
      AND (CAST(:status AS text) IS NULL OR d.status = :status)
      AND (CAST(:listing AS uuid) IS NULL OR d.listing_id = :listing)
      AND (CAST(:at AS timestamptz) IS NULL OR (d.status_at, d.id) < (:at, CAST(:id AS uuid)))
    ORDER BY d.status_at DESC, d.id DESC LIMIT :limit
"""


async def page(
    session: AsyncSession,
    actor: Actor,
    *,
    status: str | None,
    listing_id: UUID | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[DealItem]:
    at, id_ = after or (None, None)
    rows = await session.execute(
        text(_LIST),
        {
            "all": actor.is_operator or actor.is_department,
            "org": actor.org_id if actor.role else None,
            "status": status,
            "listing": listing_id,
            "at": at,
            "id": id_,
            "limit": limit,
        },
    )
    return [_item(r, actor) for r in rows]


def _item(r: Sequence[Any], actor: Actor) -> DealItem:
    side = Side.seller if actor.org_id == r[4] else Side.buyer if actor.org_id == r[6] else None
    return DealItem(
        id=r[0], reference=reference_of(r[1]), listing_id=r[2], listing_title=r[3], seller_org_id=r[4],
        seller_name=r[5], buyer_org_id=r[6], buyer_name=r[7], side=side, status=r[8], status_at=r[9], opened_at=r[10],
        turn=Side(r[11]) if r[11] else None, turn_since=r[12], turn_until=r[13], evidence_level=r[14],
        agreed_value=r[15], reason_code=ReasonCode(r[16]) if r[16] else None, is_demo=r[17],
        capacity=Capacity(r[18]) if r[18] else None,
    )  # fmt: skip


async def timeline(session: AsyncSession, row: Deal, also: Sequence[UUID] = ()) -> list[TimelineEvent]:
    """Every move of the deal and of the subjects in `also` (its offers), oldest first."""
    changes = await state.history(session, [row.id, *also])
    side = {row.seller_org_id: Side.seller, row.buyer_org_id: Side.buyer}
    return [
        TimelineEvent(
            at=c.at, workflow=c.workflow, action=c.action, to_state=c.to_state, person=c.actor_name, org_id=c.org_id,
            side=side.get(c.org_id) if c.org_id else None,
            reason_code=ReasonCode(c.reason_code) if c.reason_code in list(ReasonCode) else None, reason=c.reason,
        )
        for c in changes
    ]  # fmt: skip


async def count_my_turn(session: AsyncSession, org_id: UUID) -> int:
    found = await session.execute(
        text(
            "SELECT count(*) FROM deal WHERE (turn = 'seller' AND seller_org_id = :org)"
            " OR (turn = 'buyer' AND buyer_org_id = :org)"
        ),
        {"org": org_id},
    )
    return int(found.scalar_one())


async def totals(session: AsyncSession) -> tuple[int, int, int]:
    row = (
        await session.execute(
            text(
                "SELECT count(*) FILTER (WHERE status IN ('interested','negotiating')),"
                " count(*) FILTER (WHERE status = 'agreed'), count(*) FILTER (WHERE status = 'contracted') FROM deal"
            )
        )
    ).one()
    return int(row[0]), int(row[1]), int(row[2])
