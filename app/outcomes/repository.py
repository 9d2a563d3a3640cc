"""Every query of outcomes. Exits are read across the capabilities by SQL, as statistics does: a figure about all of
them, which none of them should know of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import new_id
from app.outcomes.models import OutcomeAnswer, OutcomePrompt

# --- questions ---

_DUE = text("""
    SELECT d.id, d.status, d.is_demo, x.org_id, x.side, x.days,
      (d.status_at AT TIME ZONE INTERVAL '+07:00')::date + x.days AS due_on
    FROM deal d CROSS JOIN LATERAL (
      SELECT o.org_id, o.side, w.days, w.stays FROM (VALUES (d.seller_org_id, 'seller'), (d.buyer_org_id, 'buyer'))
        AS o(org_id, side), unnest(CAST(:days AS int[]), CAST(:stays AS int[])) AS w(days, stays)
    ) x
    WHERE d.status IN ('agreed', 'contracted', 'closed')
      AND (d.status_at AT TIME ZONE INTERVAL '+07:00')::date + x.days <= CAST(:today AS date)
      AND CAST(:today AS date) < (d.status_at AT TIME ZONE INTERVAL '+07:00')::date + x.days + x.stays
      AND NOT EXISTS (SELECT 1 FROM outcome_prompt p WHERE p.deal_id = d.id AND p.org_id = x.org_id
        AND p.basis = d.status AND p.days = x.days)
    ORDER BY due_on, d.id, x.side LIMIT :limit
""")


async def due(
    session: AsyncSession, windows: dict[int, int], today: date, limit: int
) -> list[tuple[UUID, str, bool, UUID, str, int, date]]:
    """(deal, status, demo, organisation, side, days, due on) of what should have been asked by today and was not."""
    values = {"days": list(windows), "stays": list(windows.values()), "today": today, "limit": limit}
    return [(r[0], r[1], r[2], r[3], r[4], r[5], r[6]) for r in await session.execute(_DUE, values)]


async def stale(session: AsyncSession, today: date, limit: int) -> list[UUID]:
    """Open questions whose time is over, or whose deal has moved on since."""
    rows = await session.execute(
        text(
            "SELECT p.id FROM outcome_prompt p JOIN deal d ON d.id = p.deal_id"
            " WHERE p.status = 'asked' AND (p.expires_on <= :today OR p.basis <> d.status) ORDER BY p.id LIMIT :limit"
        ),
        {"today": today, "limit": limit},
    )
    return [r[0] for r in rows]


async def add_prompt(session: AsyncSession, **values: Any) -> UUID | None:
    """None when this question was asked already."""
    made = await session.execute(
        upsert(OutcomePrompt).values(id=new_id(), **values).on_conflict_do_nothing().returning(OutcomePrompt.id)
    )
    return made.scalar_one_or_none()


async def prompt(session: AsyncSession, id_: UUID) -> OutcomePrompt | None:
    return (await session.execute(select(OutcomePrompt).where(OutcomePrompt.id == id_))).scalar_one_or_none()


async def prompts(
    session: AsyncSession, *, org_id: UUID | None, deal_id: UUID | None, limit: int = 200
) -> list[OutcomePrompt]:
    """Questions to an organisation, about a deal, or both; newest first."""
    stmt = select(OutcomePrompt)
    if org_id:
        stmt = stmt.where(OutcomePrompt.org_id == org_id)
    if deal_id:
        stmt = stmt.where(OutcomePrompt.deal_id == deal_id)
    rows = await session.execute(stmt.order_by(OutcomePrompt.asked_at.desc(), OutcomePrompt.id).limit(limit))
    return list(rows.scalars())


async def open_prompt(session: AsyncSession, deal_id: UUID, org_id: UUID) -> OutcomePrompt | None:
    stmt = select(OutcomePrompt).where(
        OutcomePrompt.deal_id == deal_id, OutcomePrompt.org_id == org_id, OutcomePrompt.status == "asked"
    )
    return (await session.execute(stmt)).scalar_one_or_none()


async def add_answer(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(OutcomeAnswer).values(**values))


async def answers(session: AsyncSession, prompt_ids: Collection[UUID]) -> dict[UUID, OutcomeAnswer]:
    rows = await session.execute(select(OutcomeAnswer).where(OutcomeAnswer.prompt_id.in_(prompt_ids)))
    return {r.prompt_id: r for r in rows.scalars()}


async def titles(session: AsyncSession, deal_ids: Collection[UUID]) -> dict[UUID, tuple[str, str, str | None]]:
    """Deal -> (reference, title in Vietnamese, in English)."""
    rows = await session.execute(
        text(
            "SELECT d.id, 'GD-' || lpad(d.number::text, 5, '0'), l.title_vi, l.title_en"
            " FROM deal d JOIN listing l ON l.id = d.listing_id WHERE d.id = ANY(:ids)"
        ),
        {"ids": list(deal_ids)},
    )
    return {r[0]: (r[1], r[2], r[3]) for r in rows}


# --- exits: who said no, where in the chain, why ---

_EXITS = """
  WITH exit AS (
    SELECT c.from_state AS stage, d.reason_code AS reason, c.at, c.org_id AS said_by, l.field, d.listing_id,
      d.seller_org_id AS one, d.buyer_org_id AS other
    FROM state_change c JOIN deal d ON d.id = c.subject_id JOIN listing l ON l.id = d.listing_id
    WHERE c.workflow = 'deal' AND c.action = 'close'
    UNION ALL
    SELECT 'offer', CASE WHEN c.action = 'expire' THEN 'no_answer' ELSE c.reason_code END, c.at,
      CASE WHEN c.action <> 'expire' THEN c.org_id WHEN o.side = 'seller' THEN d.buyer_org_id ELSE d.seller_org_id END,
      l.field, d.listing_id, d.seller_org_id, d.buyer_org_id
    FROM state_change c JOIN offer o ON o.id = c.subject_id JOIN deal d ON d.id = o.deal_id
      JOIN listing l ON l.id = d.listing_id
    WHERE c.workflow = 'offer' AND c.action IN ('decline', 'withdraw', 'expire')
    UNION ALL
    SELECT 'nda', c.reason_code, c.at, c.org_id, l.field, d.listing_id, d.seller_org_id, d.buyer_org_id
    FROM state_change c JOIN nda a ON a.id = c.subject_id JOIN deal d ON d.id = a.deal_id
      JOIN listing l ON l.id = d.listing_id
    WHERE c.workflow = 'nda' AND c.action IN ('decline', 'terminate')
    UNION ALL
    SELECT 'proposal', c.reason_code, c.at, c.org_id, coalesce(l.field, n.field), p.listing_id, p.org_id, p.asker_org_id
    FROM state_change c JOIN proposal p ON p.id = c.subject_id JOIN need n ON n.id = p.need_id
      LEFT JOIN listing l ON l.id = p.listing_id
    WHERE c.workflow = 'proposal' AND c.action IN ('decline', 'withdraw')
    UNION ALL
    SELECT 'match', s.reason_code, s.status_at, s.org_id, l.field, m.listing_id, l.org_id, n.org_id
    FROM match_side s JOIN match m ON m.id = s.match_id JOIN listing l ON l.id = m.listing_id
      JOIN need n ON n.id = m.need_id
    WHERE s.status = 'dismissed'
    UNION ALL
    SELECT 'afterwards', a.reason_code, a.at, a.org_id, l.field, d.listing_id, d.seller_org_id, d.buyer_org_id
    FROM outcome_answer a JOIN deal d ON d.id = a.deal_id JOIN listing l ON l.id = d.listing_id
    WHERE a.kind = 'stopped'
    UNION ALL
    SELECT 'introduction', CASE c.reason_code WHEN 'not_now' THEN 'timing' ELSE c.reason_code END, c.at, c.org_id,
      coalesce(l.field, n.field), i.listing_id, i.client_org_id, i.counterparty_org_id
    FROM state_change c JOIN introduction i ON i.id = c.subject_id LEFT JOIN listing l ON l.id = i.listing_id
      LEFT JOIN need n ON n.id = i.need_id
    WHERE c.workflow = 'introduction' AND c.action = 'decline'
    UNION ALL
    SELECT 'mandate', c.reason_code, c.at, c.org_id, NULL, NULL, a.client_org_id, a.broker_org_id
    FROM state_change c JOIN mandate a ON a.id = c.subject_id WHERE c.workflow = 'mandate' AND c.action = 'decline'
    UNION ALL
    SELECT 'need', CASE c.reason_code WHEN 'too_expensive' THEN 'price' WHEN 'solved_elsewhere' THEN 'already_solved'
        ELSE c.reason_code END, c.at, c.org_id, n.field, NULL, n.org_id, n.org_id
    FROM state_change c JOIN need n ON n.id = c.subject_id WHERE c.workflow = 'need' AND c.action = 'close'
  )
"""
_WHERE = """
    WHERE (CAST(:since AS timestamptz) IS NULL OR e.at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR e.at < :until)
      AND (CAST(:field AS text) IS NULL OR split_part(e.field, '.', 1) = :field)
      AND (CAST(:listing AS uuid) IS NULL OR e.listing_id = :listing)
      AND (CAST(:org AS uuid) IS NULL OR e.one = :org OR e.other = :org)
      AND e.stage = ANY(:stages)
"""
_COUNTS = text(f"{_EXITS} SELECT e.reason, e.stage, count(*) FROM exit e {_WHERE} GROUP BY 1, 2")  # noqa: S608 - constants
_BEHIND = text(
    f"{_EXITS} SELECT e.reason, e.stage, split_part(coalesce(e.field, ''), '.', 1), e.said_by, count(*)"  # noqa: S608
    f" FROM exit e {_WHERE} AND e.said_by IS NOT NULL GROUP BY 1, 2, 3, 4"
)
_YEARS = text(
    f"{_EXITS} SELECT DISTINCT extract(year FROM e.at AT TIME ZONE INTERVAL '+07:00')::int FROM exit e"  # noqa: S608
    " WHERE e.at < :until ORDER BY 1 DESC"
)


def _bound(
    since: datetime | None, until: datetime | None, field: str | None, listing: UUID | None, org: UUID | None,
    stages: Collection[str],
) -> dict[str, Any]:  # fmt: skip
    return {"since": since, "until": until, "field": field, "listing": listing, "org": org, "stages": list(stages)}


async def exits(
    session: AsyncSession, *, since: datetime | None, until: datetime | None, field: str | None, listing: UUID | None,
    org: UUID | None, stages: Collection[str],
) -> dict[tuple[str | None, str], int]:  # fmt: skip
    """(reason, stage) -> how many exits; of one organisation's own dealings when it is given."""
    rows = await session.execute(_COUNTS, _bound(since, until, field, listing, org, stages))
    return {(r[0], r[1]): int(r[2]) for r in rows}


async def exits_with_contributors(
    session: AsyncSession, since: datetime, until: datetime, stages: Collection[str]
) -> list[tuple[str | None, str, str, UUID, int]]:
    """(reason, stage, field of first level, organisation that said no, exits)."""
    rows = await session.execute(_BEHIND, _bound(since, until, None, None, None, stages))
    return [(r[0], r[1], r[2], r[3], int(r[4])) for r in rows]


async def years(session: AsyncSession, until: datetime) -> list[int]:
    return [r[0] for r in await session.execute(_YEARS, {"until": until})]
