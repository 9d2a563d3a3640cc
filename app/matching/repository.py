"""Every query of matching. Reads join both sides as they stand now: what either takes out of sight is out at once."""

# ruff: noqa: S608 - constants of this file only, never anything a user sent

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import sealed_id
from app.matching.models import Match, MatchDigest, MatchRun, MatchSide, MatchTold, MatchWeights
from app.platform import bulk

_LIVE = """
    FROM match m JOIN need n ON n.id = m.need_id JOIN listing l ON l.id = m.listing_id
    JOIN organisation ao ON ao.id = m.asker_org_id JOIN organisation lo ON lo.id = m.owner_org_id
    LEFT JOIN match_side a ON a.match_id = m.id AND a.side = 'asker'
    LEFT JOIN match_side o ON o.match_id = m.id AND o.side = 'owner'
    WHERE m.status = 'current' AND n.status IN ('published', 'matched')
      AND (n.deadline IS NULL OR n.deadline >= :today) AND l.status = 'published'
      AND (n.blind OR ao.status <> 'suspended') AND lo.status <> 'suspended'
    """
_ROW = """
    m.id, m.need_id, m.listing_id, m.asker_org_id, m.owner_org_id, m.found_at, m.score, m.confidence, m.violates,
    m.criteria, m.shared_score, m.shared_confidence, m.shared_violates, m.shared_criteria,
    coalesce(a.status, 'new') AS asker_status, a.reason_code AS asker_reason,
    coalesce(o.status, 'new') AS owner_status, o.reason_code AS owner_reason
    """


async def lock_need(session: AsyncSession, need_id: UUID) -> None:
    """Two looks at one need's matches run one after the other, and leave one set."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('match:' || :id, 0))"), {"id": str(need_id)}
    )


async def of_need_kept(session: AsyncSession, need_id: UUID) -> dict[UUID, Match]:
    """Every match of a need in any state, by listing."""
    rows = await session.execute(
        select(Match).where(Match.need_id == need_id).execution_options(populate_existing=True)
    )
    return {m.listing_id: m for m in rows.scalars()}


async def add(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    made = [{"id": sealed_id(), **r} for r in rows]
    await bulk.insert(session, Match, made)
    return [r["id"] for r in made]


async def write(session: AsyncSession, id_: UUID, values: Mapping[str, Any]) -> None:
    await session.execute(
        update(Match).where(Match.id == id_).values(**values).execution_options(synchronize_session=False)
    )


async def wanted(session: AsyncSession, match_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these matches that a side is interested in: no ranking takes them away."""
    rows = await session.execute(
        select(MatchSide.match_id).where(MatchSide.match_id.in_(match_ids), MatchSide.status == "interested")
    )
    return set(rows.scalars())


async def current_of(
    session: AsyncSession, *, need_id: UUID | None = None, listing_id: UUID | None = None
) -> list[UUID]:
    stmt = select(Match.id).where(Match.status == "current")
    stmt = stmt.where(Match.need_id == need_id) if need_id else stmt.where(Match.listing_id == listing_id)
    return list((await session.execute(stmt)).scalars())


async def needs_of_listing(session: AsyncSession, listing_id: UUID) -> list[UUID]:
    rows = await session.execute(select(Match.need_id).where(Match.listing_id == listing_id))
    return list(rows.scalars())


async def note_run(session: AsyncSession, **values: Any) -> None:
    stmt = upsert(MatchRun).values(**values)
    changed = {k: v for k, v in values.items() if k not in ("kind", "subject_id")}
    await session.execute(stmt.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=changed))


async def seen(session: AsyncSession, kind: str, subject_id: UUID) -> str | None:
    found = await session.execute(select(MatchRun.seen).where(MatchRun.kind == kind, MatchRun.subject_id == subject_id))
    return found.scalar_one_or_none()


_SAMPLE = text("SELECT id FROM listing WHERE status = 'published' ORDER BY md5(id::text) LIMIT :limit")
_OPEN_NEEDS = text(
    "SELECT id FROM need WHERE status IN ('published', 'matched') ORDER BY published_at DESC, id LIMIT :limit"
)


async def sample_listings(session: AsyncSession, limit: int) -> list[UUID]:
    """Some published listings, always the same ones: what words are rare is measured on them."""
    return list((await session.execute(_SAMPLE, {"limit": limit})).scalars())


async def open_needs(session: AsyncSession, limit: int) -> list[UUID]:
    """The newest open needs."""
    return list((await session.execute(_OPEN_NEEDS, {"limit": limit})).scalars())


async def open_needs_after(session: AsyncSession, after: UUID | None, limit: int) -> list[UUID]:
    rows = await session.execute(
        text(
            "SELECT id FROM need WHERE status IN ('published', 'matched')"
            " AND (CAST(:after AS uuid) IS NULL OR id > :after) ORDER BY id LIMIT :limit"
        ),
        {"after": after, "limit": limit},
    )
    return list(rows.scalars())


async def never_looked_at(session: AsyncSession, limit: int) -> list[UUID]:
    """Open needs without a look: published before there was matching, or whose job was given up."""
    rows = await session.execute(
        text(
            "SELECT n.id FROM need n WHERE n.status IN ('published', 'matched') AND NOT EXISTS"
            " (SELECT 1 FROM match_run r WHERE r.kind = 'need' AND r.subject_id = n.id) ORDER BY n.id LIMIT :limit"
        ),
        {"limit": limit},
    )
    return list(rows.scalars())


# --- reading ---


async def of_need(session: AsyncSession, need_id: UUID, today: date, limit: int) -> list[Any]:
    """The asker's list, best first."""
    rows = await session.execute(
        text(
            f"SELECT {_ROW} {_LIVE} AND m.need_id = :need"
            " ORDER BY m.violates, m.score DESC, m.confidence DESC, m.id LIMIT :limit"
        ),
        {"need": need_id, "today": today, "limit": limit},
    )
    return list(rows.all())


async def of_listing(session: AsyncSession, listing_id: UUID, today: date, limit: int) -> list[Any]:
    """The owner's list, by the shared reading."""
    rows = await session.execute(
        text(
            f"SELECT {_ROW} {_LIVE} AND m.listing_id = :listing"
            " ORDER BY m.shared_violates, m.shared_score DESC, m.shared_confidence DESC, m.id LIMIT :limit"
        ),
        {"listing": listing_id, "today": today, "limit": limit},
    )
    return list(rows.all())


async def of_org(session: AsyncSession, org_id: UUID, side: str, today: date, limit: int) -> list[Any]:
    """What an organisation has not answered yet on one side, the best of all its needs or technologies."""
    mine = {"asker": "m.asker_org_id", "owner": "m.owner_org_id"}[side]
    status = {"asker": "a", "owner": "o"}[side]
    prefix = {"asker": "", "owner": "shared_"}[side]
    rows = await session.execute(
        text(
            f"SELECT {_ROW} {_LIVE} AND {mine} = :org AND coalesce({status}.status, 'new') = 'new'"
            f" AND NOT m.{prefix}violates AND NOT m.shared_violates ORDER BY m.{prefix}score DESC, m.id LIMIT :limit"
        ),
        {"org": org_id, "today": today, "limit": limit},
    )
    return list(rows.all())


async def match(session: AsyncSession, id_: UUID, today: date) -> Any | None:
    found = await session.execute(text(f"SELECT {_ROW} {_LIVE} AND m.id = :id"), {"id": id_, "today": today})
    return found.one_or_none()


async def unmoved(session: AsyncSession, before: datetime, today: date, least: float, limit: int) -> list[Any]:
    """Good matches found before `before` on which neither side has moved."""
    rows = await session.execute(
        text(
            f"SELECT {_ROW} {_LIVE} AND m.found_at < :before AND m.shared_score >= :least AND NOT m.shared_violates"
            " AND a.id IS NULL AND o.id IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM proposal p WHERE p.need_id = m.need_id AND p.listing_id = m.listing_id)"
            " ORDER BY m.shared_score DESC, m.id LIMIT :limit"
        ),
        {"before": before, "today": today, "least": least, "limit": limit},
    )
    return list(rows.all())


# --- answers ---


async def open_side(session: AsyncSession, match_id: UUID, side: str, org_id: UUID, now: datetime) -> tuple[UUID, bool]:
    """The side's row, made when it has said nothing yet; (id, made)."""
    made = await session.execute(
        upsert(MatchSide)
        .values(id=sealed_id(), match_id=match_id, side=side, org_id=org_id, status="new", status_at=now)
        .on_conflict_do_nothing()
        .returning(MatchSide.id)
    )
    id_ = made.scalar_one_or_none()
    if id_ is not None:
        return id_, True
    found = await session.execute(select(MatchSide.id).where(MatchSide.match_id == match_id, MatchSide.side == side))
    return found.scalar_one(), False


async def side(session: AsyncSession, id_: UUID) -> MatchSide | None:
    return (await session.execute(select(MatchSide).where(MatchSide.id == id_))).scalar_one_or_none()


async def pair(session: AsyncSession, match_id: UUID) -> Match:
    return (await session.execute(select(Match).where(Match.id == match_id))).scalar_one()


_REASONS = text("""
    SELECT s.reason_code, count(DISTINCT s.org_id) FROM match_side s JOIN match m ON m.id = s.match_id
    WHERE m.listing_id = :listing AND s.side = 'asker' AND s.status = 'dismissed' AND s.status_at < :before
    GROUP BY s.reason_code
    """)


async def reasons_of(session: AsyncSession, listing_id: UUID, before: datetime) -> dict[str, int]:
    """How many organisations put this technology aside for each reason."""
    rows = await session.execute(_REASONS, {"listing": listing_id, "before": before})
    return {r[0]: int(r[1]) for r in rows}


# --- telling ---

_UNTOLD = """
    AND m.{prefix}score >= :least AND NOT m.{prefix}violates AND NOT m.shared_violates
    AND coalesce({side}.status, 'new') = 'new'
    AND NOT EXISTS (SELECT 1 FROM match_told t WHERE t.match_id = m.id AND t.org_id = m.{org})
"""
_SIDES = (("", "a", "asker_org_id"), ("shared_", "o", "owner_org_id"))


async def untold_orgs(session: AsyncSession, today: date, least: float) -> list[UUID]:
    found: set[UUID] = set()
    for prefix, side_, org in _SIDES:
        untold = _UNTOLD.format(prefix=prefix, side=side_, org=org)
        rows = await session.execute(
            text(f"SELECT DISTINCT m.{org} {_LIVE} {untold}"), {"today": today, "least": least}
        )
        found |= set(rows.scalars())
    return sorted(found)


async def open_digest(session: AsyncSession, id_: UUID, org_id: UUID, today: date, least: float, now: datetime) -> int:
    """Claim for one digest what this organisation was not told of; how many. Of two at once the second finds none."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('match_digest:' || :id, 0))"), {"id": str(org_id)}
    )
    ids: list[UUID] = []
    for prefix, side_, org in _SIDES:
        untold = _UNTOLD.format(prefix=prefix, side=side_, org=org)
        rows = await session.execute(
            text(f"SELECT m.id {_LIVE} {untold} AND m.{org} = :org"), {"today": today, "least": least, "org": org_id}
        )
        ids += rows.scalars()
    if not ids:
        return 0
    await session.execute(upsert(MatchDigest).values(id=id_, org_id=org_id, created_at=now))
    await bulk.insert(session, MatchTold, [{"match_id": i, "org_id": org_id, "digest_id": id_} for i in ids])
    return len(ids)


async def digest(session: AsyncSession, id_: UUID, today: date) -> tuple[UUID, list[Any]] | None:
    """Whom a digest goes to, and what of it still stands."""
    org_id = (await session.execute(select(MatchDigest.org_id).where(MatchDigest.id == id_))).scalar_one_or_none()
    if org_id is None:
        return None
    rows = await session.execute(
        text(
            f"SELECT {_ROW} {_LIVE} AND m.id IN (SELECT match_id FROM match_told WHERE digest_id = :digest)"
            " ORDER BY m.shared_score DESC, m.id"
        ),
        {"digest": id_, "today": today},
    )
    return org_id, list(rows.all())


# --- radar ---

_CELLS = text("""
    SELECT coalesce(n.field, ''), CASE WHEN n.trl_min IS NULL THEN '' WHEN n.trl_min <= 3 THEN '1-3'
      WHEN n.trl_min <= 6 THEN '4-6' ELSE '7-9' END, count(*),
      count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM match m JOIN listing l ON l.id = m.listing_id
        WHERE m.need_id = n.id AND m.status = 'current' AND NOT m.shared_violates AND m.shared_score >= :good
          AND l.status = 'published'))
    FROM need n WHERE n.status IN ('published', 'matched') AND (n.deadline IS NULL OR n.deadline >= :today)
    GROUP BY 1, 2 ORDER BY 1, 2
    """)


async def cells(session: AsyncSession, today: date, good: float) -> list[Any]:
    return list((await session.execute(_CELLS, {"today": today, "good": good})).all())


_LACKS = text("""
    SELECT coalesce(n.field, ''), split_part(c->>'code', '.', 1), count(DISTINCT n.id)
    FROM match m JOIN need n ON n.id = m.need_id, LATERAL jsonb_array_elements(m.shared_criteria) c
    WHERE m.status = 'current' AND n.status IN ('published', 'matched') AND c->>'verdict' = 'violated'
    GROUP BY 1, 2 HAVING count(DISTINCT n.id) >= :least ORDER BY 3 DESC, 1, 2 LIMIT 30
    """)


async def lacks(session: AsyncSession, least: int) -> list[Any]:
    return list((await session.execute(_LACKS, {"least": least})).all())


_GIVEN = text("""
    SELECT coalesce(l.field, ''), s.reason_code, count(DISTINCT s.org_id)
    FROM match_side s JOIN match m ON m.id = s.match_id JOIN listing l ON l.id = m.listing_id
    WHERE s.side = 'asker' AND s.status = 'dismissed' AND s.status_at < :before
    GROUP BY 1, 2 HAVING count(DISTINCT s.org_id) >= :least ORDER BY 3 DESC, 1, 2 LIMIT 30
    """)


async def given_reasons(session: AsyncSession, before: datetime, least: int) -> list[Any]:
    return list((await session.execute(_GIVEN, {"before": before, "least": least})).all())


# --- weights ---


async def in_force(session: AsyncSession) -> MatchWeights | None:
    found = await session.execute(
        select(MatchWeights).where(MatchWeights.status == "in_force").execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def versions(session: AsyncSession) -> list[MatchWeights]:
    rows = await session.execute(
        select(MatchWeights).order_by(MatchWeights.version.desc()).limit(50).execution_options(populate_existing=True)
    )
    return list(rows.scalars())


async def of_version(session: AsyncSession, version: int) -> MatchWeights | None:
    found = await session.execute(
        select(MatchWeights).where(MatchWeights.version == version).execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def lock_weights(session: AsyncSession) -> None:
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('match_weights', 0))"))


async def next_version(session: AsyncSession) -> int:
    """Version 1 is the built-in one."""
    newest = (await session.execute(select(func.max(MatchWeights.version)))).scalar_one()
    return int(newest or 1) + 1


async def add_weights(session: AsyncSession, **values: Any) -> None:
    await session.execute(upsert(MatchWeights).values(**values))


async def kept_components(session: AsyncSession, need_id: UUID) -> list[tuple[UUID, dict[str, float]]]:
    """The components of a need's shown matches, as they were last scored for the asker."""
    rows = await session.execute(
        select(Match.listing_id, Match.components, Match.confidence).where(
            Match.need_id == need_id, Match.status == "current", ~Match.violates, ~Match.shared_violates
        )
    )
    return [(r[0], r[1]) for r in rows]
