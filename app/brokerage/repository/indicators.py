"""Queries of the indicators: facts by broker, reckoned into figures by `app.brokerage.indicators`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.brokerage.schemas.indicators import Facts

# A broker's share of a deal counts once, on whichever side it stood.
_DEALS = text(
    """
    SELECT a.deal_id, a.broker_org_id, d.opened_at,
      (SELECT min(o.sent_at) FROM offer o WHERE o.deal_id = d.id),
      (SELECT min(s.at) FROM state_change s WHERE s.subject_id = d.id AND s.workflow = 'deal' AND s.action = 'agree'),
      (SELECT min(s.at) FROM state_change s WHERE s.subject_id = d.id AND s.workflow = 'deal'
       AND s.action = 'contract'),
      c.value, c.amount
    FROM (SELECT DISTINCT deal_id, broker_org_id FROM attribution) a JOIN deal d ON d.id = a.deal_id
    LEFT JOIN LATERAL (
      SELECT max(x.value) AS value, sum(x.amount) AS amount FROM (
        SELECT DISTINCT ON (mandate_id) value, amount FROM commission
        WHERE deal_id = a.deal_id AND broker_org_id = a.broker_org_id ORDER BY mandate_id, statement DESC) x) c ON true
    WHERE (CAST(:broker AS uuid) IS NULL OR a.broker_org_id = :broker)
      AND (CAST(:start AS timestamptz) IS NULL OR d.opened_at >= :start)
      AND (CAST(:end AS timestamptz) IS NULL OR d.opened_at < :end)
    ORDER BY d.opened_at, a.deal_id, a.broker_org_id
    """
)
_INTRODUCTIONS = text(
    """
    SELECT broker_org_id, count(*) FROM introduction
    WHERE (CAST(:broker AS uuid) IS NULL OR broker_org_id = :broker)
      AND (CAST(:start AS timestamptz) IS NULL OR sealed_at >= :start)
      AND (CAST(:end AS timestamptz) IS NULL OR sealed_at < :end)
    GROUP BY broker_org_id
    """
)
_FIRSTS = text(
    """
    SELECT m.broker_org_id, m.activated_at, min(i.sealed_at)
    FROM mandate m JOIN introduction i ON i.mandate_id = m.id
    WHERE m.activated_at IS NOT NULL AND (CAST(:broker AS uuid) IS NULL OR m.broker_org_id = :broker)
      AND (CAST(:start AS timestamptz) IS NULL OR m.activated_at >= :start)
      AND (CAST(:end AS timestamptz) IS NULL OR m.activated_at < :end)
    GROUP BY m.id, m.broker_org_id, m.activated_at
    """
)


def _values(broker: UUID | None, start: datetime | None, end: datetime | None) -> dict[str, Any]:
    return {"broker": broker, "start": start, "end": end}


async def deals(
    session: AsyncSession, broker: UUID | None, start: datetime | None, end: datetime | None
) -> list[Facts]:
    rows = await session.execute(_DEALS, _values(broker, start, end))
    return [
        Facts(
            deal_id=r[0], broker_org_id=r[1], opened_at=r[2], offered_at=r[3], agreed_at=r[4], contracted_at=r[5],
            value=r[6], amount=r[7],
        )
        for r in rows
    ]  # fmt: skip


async def introductions(
    session: AsyncSession, broker: UUID | None, start: datetime | None, end: datetime | None
) -> dict[UUID, int]:
    rows = await session.execute(_INTRODUCTIONS, _values(broker, start, end))
    return {r[0]: int(r[1]) for r in rows}


async def first_introductions(
    session: AsyncSession, broker: UUID | None, start: datetime | None, end: datetime | None
) -> list[tuple[UUID, datetime, datetime]]:
    """(broker, mandate active, its first introduction)."""
    rows = await session.execute(_FIRSTS, _values(broker, start, end))
    return [(r[0], r[1], r[2]) for r in rows]
