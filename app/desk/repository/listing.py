"""The list of one's deals: two statements, whatever it shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.deals import Capacity, Side, reference_of
from app.desk import dates
from app.desk.policy import STALL_DAYS
from app.desk.schemas import Deadline, DeskCounts, DeskFilter, DeskItem, Sort, Whose
from app.kit import clock
from app.kit.actor import Actor

LIVE = "('interested','negotiating','agreed')"
# The side a participation speaks for; NULL for valuers, appraisers, and those who run or watch the exchange.
SIDE = (
    "CASE p.capacity WHEN 'seller' THEN 'seller' WHEN 'seller_broker' THEN 'seller' WHEN 'buyer' THEN 'buyer'"
    " WHEN 'buyer_broker' THEN 'buyer' END"
)
_PARTICIPATION = f"""
    SELECT d.*, p.capacity, p.handler_id, {SIDE} AS side FROM deal d
    {{join}} deal_participant p ON p.deal_id = d.id AND p.org_id = CAST(:org AS uuid) AND p.until IS NULL
"""  # noqa: S608 - constants only
OWN = _PARTICIPATION.format(join="JOIN")
EVERY = _PARTICIPATION.format(join="LEFT JOIN")
# Open tasks that a reader of this side shares.
_TASKS = """
    SELECT count(*) AS open, count(*) FILTER (WHERE t.due_on < :today AND d.status <> 'closed') AS late FROM desk_task t
    WHERE t.deal_id = d.id AND t.status = 'open' AND t.channel IN ('all', d.side)
"""
_DEADLINE = f"""
    SELECT x.kind, x.at FROM ({dates.union()}) x
    WHERE x.deal_id = d.id AND x.live AND (x.for_staff OR d.capacity IS NOT NULL)
      AND (x.audience = 'all' OR (x.audience = 'sides' AND d.side IS NOT NULL) OR x.audience = d.side
           OR x.audience = CAST(:org AS text))
    ORDER BY x.at, x.kind LIMIT 1
"""  # noqa: S608 - put together from constants; every value is bound
_UNREAD = """
    SELECT count(*) AS n FROM desk_message m
    LEFT JOIN desk_mark k ON k.deal_id = m.deal_id AND k.person_id = :me AND k.channel = m.channel
    WHERE m.deal_id = d.id AND m.status = 'sent' AND m.person_id <> :me AND m.channel IN ('all', d.side)
      AND m.seq > coalesce(k.seq, 0)
"""
_GONE = """
    (d.handler_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM membership g JOIN person h ON h.id = g.person_id
      WHERE g.person_id = d.handler_id AND g.org_id = CAST(:org AS uuid) AND h.disabled_at IS NULL))
"""
_LATE = f"""
    ((d.turn IS NOT NULL AND d.turn_until < :now AND d.status IN {LIVE}) OR (d.status <> 'closed' AND EXISTS (
      SELECT 1 FROM desk_task t WHERE t.deal_id = d.id AND t.status = 'open' AND t.channel IN ('all', d.side)
        AND t.due_on < :today)))
"""  # noqa: S608
# Since when the party whose turn it is has been silent: its own message to everybody starts the clock again, what it
# retracted does not, and the turn and its date stay.
_SILENT = """
    greatest(d.turn_since, (SELECT max(m.sent_at) FROM desk_message m WHERE m.deal_id = d.id AND m.channel = 'all'
      AND m.status = 'sent' AND m.org_id = CASE d.turn WHEN 'seller' THEN d.seller_org_id ELSE d.buyer_org_id END))
"""
# The first condition is the cheap one: who has been silent for so long has had the turn for as long.
_STALLED = f"(d.turn IS NOT NULL AND d.turn_since <= :stalled AND d.status IN {LIVE} AND {_SILENT} <= :stalled)"
_MINE = """
    (d.handler_id = :me OR d.opened_by = :me OR EXISTS (SELECT 1 FROM desk_task t WHERE t.deal_id = d.id
      AND t.status = 'open' AND t.assignee_id = :me AND t.channel IN ('all', d.side)))
"""
_KEYS = {
    Sort.deadline: ("coalesce(n.at, 'infinity')", "ASC", ">"),
    Sort.moved: ("d.status_at", "DESC", "<"),
    Sort.age: ("d.status_at", "ASC", ">"),
    Sort.opened: ("d.opened_at", "DESC", "<"),
}


def _base(actor: Actor) -> str:
    return EVERY if sees_all(actor) else OWN


def sees_all(actor: Actor) -> bool:
    return actor.is_operator or actor.is_department


def _values(actor: Actor) -> dict[str, Any]:
    now = clock.now()
    return {
        "org": actor.org_id if actor.role else None,
        "me": actor.person_id,
        "now": now,
        "today": clock.today(),
        "stalled": now - timedelta(days=STALL_DAYS),
    }


def _conditions(wanted: DeskFilter) -> list[str]:
    found = []
    if wanted.status:
        found.append("d.status = :status")
    if wanted.whose is Whose.handler:
        found.append("d.handler_id = :me")
    elif wanted.whose is Whose.mine:
        found.append(_MINE)
    if wanted.capacity:
        found.append("d.capacity = :capacity")
    if wanted.turn:
        found.append("d.turn = d.side")
    if wanted.overdue:
        found.append(_LATE)
    if wanted.stalled:
        found.append(_STALLED)
    if wanted.handover:
        found.append(_GONE)
    return found


async def page(
    session: AsyncSession,
    actor: Actor,
    wanted: DeskFilter,
    sort: Sort,
    *,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[tuple[DeskItem, str]]:
    """Rows with the key they stand under. What each row says besides is read for the rows of the page alone."""
    key, order, beyond = _KEYS[sort]
    where = _conditions(wanted)
    if after:
        where.append(f"({key}, d.id) {beyond} (CAST(:at AS timestamptz), CAST(:id AS uuid))")
    early = f"LEFT JOIN LATERAL ({_DEADLINE}) n ON true" if sort is Sort.deadline else ""
    late = "" if early else f"LEFT JOIN LATERAL ({_DEADLINE}) n ON true"
    columns = "d.deadline_kind, d.deadline_at" if early else "n.kind, n.at"
    kept = ", n.kind AS deadline_kind, n.at AS deadline_at" if early else ""
    sql = f"""
        SELECT d.id, d.number, d.listing_id, l.title_vi, d.seller_org_id, s.name_vi, d.buyer_org_id, b.name_vi,
          d.capacity, d.side, d.status, d.status_at, d.opened_at, d.turn, d.turn_since, d.turn_until,
          d.evidence_level, d.is_demo, d.handler_id, h.name, {_GONE} AND d.status IN {LIVE}, u.n, t.open, t.late,
          {columns}, d.key::text, {_SILENT}
        FROM (
          SELECT d.*, {key} AS key{kept} FROM ({_base(actor)}) d {early}
          {"WHERE " + " AND ".join(where) if where else ""}
          ORDER BY {key} {order}, d.id {order} LIMIT :limit
        ) d
        JOIN listing l ON l.id = d.listing_id JOIN organisation s ON s.id = d.seller_org_id
        JOIN organisation b ON b.id = d.buyer_org_id LEFT JOIN person h ON h.id = d.handler_id
        {late}
        LEFT JOIN LATERAL ({_UNREAD}) u ON d.side IS NOT NULL
        LEFT JOIN LATERAL ({_TASKS}) t ON d.side IS NOT NULL
        ORDER BY d.key {order}, d.id {order}
    """  # noqa: S608 - put together from constants; every value is bound
    at, id_ = after or (None, None)
    values = _values(actor) | {
        "status": wanted.status,
        "capacity": wanted.capacity.value if wanted.capacity else None,
        "at": at,
        "id": id_,
        "limit": limit,
    }
    rows = await session.execute(text(sql), {k: v for k, v in values.items() if f":{k}" in sql})
    return [(_item(r), str(r[26])) for r in rows]


def _item(r: Sequence[Any]) -> DeskItem:
    now = clock.now()
    turn, since = r[13], r[14]
    days = (now - r[27]).days if turn and since and r[10] in ("interested", "negotiating", "agreed") else 0
    deadline = None
    if r[24]:
        label = dates.BY_KIND[r[24]].label
        deadline = Deadline.model_construct(kind=r[24], label=label, at=r[25], late=r[25] < now)
    return DeskItem.model_construct(
        id=r[0], reference=reference_of(r[1]), listing_id=r[2], listing_title=r[3], seller_org_id=r[4],
        seller_name=r[5], buyer_org_id=r[6], buyer_name=r[7], capacity=Capacity(r[8]) if r[8] else None,
        side=Side(r[9]) if r[9] else None, status=r[10], status_at=r[11], opened_at=r[12],
        turn=Side(turn) if turn else None, turn_since=since, turn_until=r[15], evidence_level=r[16], is_demo=r[17],
        handler_id=r[18], handler_name=r[19], needs_handover=bool(r[20]), unread=r[21] or 0, open_tasks=r[22] or 0,
        late_tasks=r[23] or 0, deadline=deadline, stalled_days=days if days >= STALL_DAYS else None,
    )  # fmt: skip


async def counts(session: AsyncSession, actor: Actor) -> DeskCounts:
    sql = f"""
        SELECT d.status, count(*), count(*) FILTER (WHERE d.turn = d.side), count(*) FILTER (WHERE {_LATE}),
          count(*) FILTER (WHERE {_STALLED}), count(*) FILTER (WHERE {_GONE} AND d.status IN {LIVE})
        FROM ({_base(actor)}) d GROUP BY d.status
    """  # noqa: S608 - put together from constants; every value is bound
    rows = (await session.execute(text(sql), {k: v for k, v in _values(actor).items() if f":{k}" in sql})).all()
    return DeskCounts(
        total=sum(r[1] for r in rows),
        by_status={r[0]: r[1] for r in rows},
        my_turn=sum(r[2] for r in rows),
        overdue=sum(r[3] for r in rows),
        stalled=sum(r[4] for r in rows),
        handover=sum(r[5] for r in rows),
    )


_ENTRIES = f"""
    SELECT x.kind, x.subject_id, x.at, x.live, x.changed_at, x.title, d.id, d.number, l.title_vi,
      (x.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
    FROM ({OWN}) d JOIN ({dates.union()}) x ON x.deal_id = d.id JOIN listing l ON l.id = d.listing_id
    WHERE (x.audience = 'all' OR (x.audience = 'sides' AND d.side IS NOT NULL) OR x.audience = d.side
        OR x.audience = CAST(:org AS text))
      AND (CAST(:deal AS uuid) IS NULL OR d.id = :deal)
      AND ((x.live AND x.at >= :least AND x.at < :most) OR (NOT x.live AND :gone AND x.changed_at >= :recent))
    ORDER BY x.at, x.kind, x.subject_id LIMIT 1000
"""  # noqa: S608 - put together from constants; every value is bound


async def entries(
    session: AsyncSession,
    org_id: UUID,
    *,
    least: datetime,
    most: datetime,
    gone: bool = False,
    deal_id: UUID | None = None,
) -> list[Any]:
    """Dated things of an organisation's deals; with `gone` also those called off in the last thirty days."""
    values = {
        "org": org_id, "deal": deal_id, "least": least, "most": most, "gone": gone,
        "recent": clock.now() - timedelta(days=30),
    }  # fmt: skip
    return list((await session.execute(text(_ENTRIES), values)).all())


async def due_stalls(session: AsyncSession, before: datetime, limit: int = 500) -> list[tuple[UUID, datetime]]:
    """Deals whose party has been silent since before `before`, since when, where no stall of that is written yet."""
    sql = f"""
        SELECT d.id, {_SILENT} FROM deal d WHERE {_STALLED} AND NOT EXISTS (
          SELECT 1 FROM desk_stall s WHERE s.deal_id = d.id AND s.turn_since = {_SILENT})
        ORDER BY d.turn_since LIMIT :limit
    """  # noqa: S608 - constants only
    rows = await session.execute(text(sql), {"stalled": before, "limit": limit})
    return [(r[0], r[1]) for r in rows]


async def silent_since(session: AsyncSession, deal_id: UUID) -> datetime | None:
    """Since when the deal's clock runs; None when nobody's turn it is."""
    sql = f"SELECT {_SILENT} FROM deal d WHERE d.id = :deal AND d.turn IS NOT NULL"  # noqa: S608 - constants only
    found: datetime | None = (await session.execute(text(sql), {"deal": deal_id})).scalar_one_or_none()
    return found


async def add_stall(
    session: AsyncSession, id_: UUID, deal_id: UUID, side: str, org_id: UUID, since: datetime, now: datetime
) -> bool:
    """False when this stall was written before. `since`: when the clock began."""
    made = await session.execute(
        text(
            "INSERT INTO desk_stall (id, deal_id, side, org_id, turn_since, found_at)"
            " VALUES (:id, :deal, :side, :org, :since, :now) ON CONFLICT (deal_id, turn_since) DO NOTHING RETURNING id"
        ),
        {"id": id_, "deal": deal_id, "side": side, "org": org_id, "since": since, "now": now},
    )
    return made.scalar_one_or_none() is not None


async def stall(session: AsyncSession, id_: UUID) -> Any | None:
    return (
        await session.execute(
            text(
                f"SELECT s.deal_id, s.side, s.org_id, s.turn_since, d.turn, {_SILENT} AS now_since"  # noqa: S608
                " FROM desk_stall s JOIN deal d ON d.id = s.deal_id WHERE s.id = :id"
            ),
            {"id": id_},
        )
    ).one_or_none()


async def brokers(session: AsyncSession, deal_id: UUID) -> list[UUID]:
    """Organisations that broker the deal now, for either side."""
    rows = await session.execute(
        text(
            "SELECT DISTINCT org_id FROM deal_participant WHERE deal_id = :deal AND until IS NULL"
            " AND capacity IN ('seller_broker', 'buyer_broker') ORDER BY org_id"
        ),
        {"deal": deal_id},
    )
    return list(rows.scalars())
