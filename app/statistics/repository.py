"""The queries behind the figures. Each figure and its drill-down share one WHERE, so that they cannot disagree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.statistics.schemas import Filters

# When each step of a deal happened, once a deal. A reversed contract counts no more.
_FACTS = """
  WITH fact AS (
    SELECT d.id, d.number, d.listing_id, d.seller_org_id, d.buyer_org_id, d.status, d.opened_at, d.evidence_level,
      d.reason_code,
      (SELECT min(o.sent_at) FROM offer o WHERE o.deal_id = d.id) AS offered_at,
      (SELECT min(e.at) FROM deal_evidence e WHERE e.deal_id = d.id AND e.level = 1 AND e.status = 'confirmed')
        AS agreed_at,
      t.signed_on, t.amount, CASE WHEN d.status = 'closed' THEN d.status_at END AS closed_at,
      l.field, l.priority, l.title_vi, l.province, s.kind AS owner_kind
    FROM deal d JOIN listing l ON l.id = d.listing_id JOIN organisation s ON s.id = d.seller_org_id
      LEFT JOIN deal_transaction t ON t.deal_id = d.id AND t.kind = 'completion'
        AND NOT EXISTS (SELECT 1 FROM deal_transaction r WHERE r.reverses_id = t.id)
  )
"""
_SLICE = """
  (CAST(:field AS text) IS NULL OR {t}.field = :field OR {t}.field LIKE :field || '.%')
  AND (CAST(:priority AS text) IS NULL OR {t}.priority = :priority)
  AND (CAST(:owner_kind AS text) IS NULL OR {kind} = :owner_kind)
  AND (CAST(:province AS smallint) IS NULL OR {t}.province = :province)
"""
_DEAL_SLICE = _SLICE.format(t="f", kind="f.owner_kind")
_LISTING_SLICE = _SLICE.format(t="l", kind="o.kind")


def _within(column: str) -> str:
    return (
        f"{column} IS NOT NULL AND (CAST(:start AS timestamptz) IS NULL OR {column} >= :start)"
        f" AND (CAST(:end AS timestamptz) IS NULL OR {column} < :end)"
    )


_DAYS = (
    "f.signed_on IS NOT NULL AND (CAST(:since AS date) IS NULL OR f.signed_on >= :since)"
    " AND (CAST(:until AS date) IS NULL OR f.signed_on <= :until)"
)
COUNTED: dict[str, str] = {
    "interests": _within("f.opened_at"),
    "offers": _within("f.offered_at"),
    "agreements": _within("f.agreed_at"),
    "contracts": _DAYS,
    "declines": _within("f.closed_at"),
}
_LISTED = f"l.status IN ('published','reserved','transferred') AND {_within('l.published_at')}"


def _bound(filters: Filters, **more: Any) -> dict[str, Any]:
    return {
        "start": filters.start,
        "end": filters.end,
        "since": filters.since,
        "until": filters.until,
        "field": filters.field,
        "priority": filters.priority,
        "owner_kind": filters.owner_kind.value if filters.owner_kind else None,
        "province": filters.province,
        **more,
    }


_COUNTS = ", ".join(f"count(*) FILTER (WHERE {where})" for where in COUNTED.values())
_SUM = f"coalesce(sum(f.amount) FILTER (WHERE {_DAYS}), 0)"


async def totals(session: AsyncSession, filters: Filters) -> tuple[Sequence[int], int]:
    """(interests, offers, agreements, contracts, declines, value), and the listings."""
    deals = (
        await session.execute(
            text(f"{_FACTS} SELECT {_COUNTS}, {_SUM} FROM fact f WHERE {_DEAL_SLICE}"), _bound(filters)
        )
    ).one()
    listings = await session.execute(
        text(
            f"SELECT count(*) FROM listing l JOIN organisation o ON o.id = l.org_id"
            f" WHERE {_LISTED} AND {_LISTING_SLICE}"
        ),
        _bound(filters),
    )
    return [int(v) for v in deals], int(listings.scalar_one())


GROUPS: dict[str, tuple[str, str]] = {
    "field": ("split_part(f.field, '.', 1)", "split_part(l.field, '.', 1)"),
    "priority": ("f.priority", "l.priority"),
    "owner_kind": ("f.owner_kind", "o.kind"),
    "province": ("f.province::text", "l.province::text"),
}


async def breakdown(session: AsyncSession, filters: Filters, group: str) -> dict[str, list[int]]:
    """Value -> [listings, interests, offers, agreements, contracts, value in đồng]."""
    deal_key, listing_key = GROUPS[group]
    found: dict[str, list[int]] = {}
    rows = await session.execute(
        text(f"{_FACTS} SELECT coalesce({deal_key}, ''), {_COUNTS}, {_SUM} FROM fact f WHERE {_DEAL_SLICE} GROUP BY 1"),
        _bound(filters),
    )
    for key, interests, offers, agreements, contracts, _declines, value in rows:
        found[key] = [0, interests, offers, agreements, contracts, int(value)]
    rows = await session.execute(
        text(
            f"SELECT coalesce({listing_key}, ''), count(*) FROM listing l JOIN organisation o ON o.id = l.org_id"
            f" WHERE {_LISTED} AND {_LISTING_SLICE} GROUP BY 1"
        ),
        _bound(filters),
    )
    for key, count in rows:
        found.setdefault(key, [0] * 6)[0] = count
    return {k: v for k, v in found.items() if any(v)}


_LOCAL = "to_char({c} AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM')"


async def months(session: AsyncSession, filters: Filters) -> dict[str, dict[str, int]]:
    """Month -> figure -> count, by the month (in Vietnam) each thing happened."""
    made: dict[str, dict[str, int]] = {}
    columns = {"interests": "f.opened_at", "agreements": "f.agreed_at"}
    for name, column in columns.items():
        rows = await session.execute(
            text(
                f"{_FACTS} SELECT {_LOCAL.format(c=column)}, count(*) FROM fact f"
                f" WHERE {COUNTED[name]} AND {_DEAL_SLICE} GROUP BY 1"
            ),
            _bound(filters),
        )
        for month, count in rows:
            made.setdefault(month, {})[name] = count
    rows = await session.execute(
        text(
            f"{_FACTS} SELECT to_char(f.signed_on, 'YYYY-MM'), count(*), sum(f.amount) FROM fact f"
            f" WHERE {_DAYS} AND {_DEAL_SLICE} GROUP BY 1"
        ),
        _bound(filters),
    )
    for month, count, value in rows:
        made.setdefault(month, {}).update(contracts=count, value=int(value))
    rows = await session.execute(
        text(
            f"SELECT {_LOCAL.format(c='l.published_at')}, count(*) FROM listing l"
            f" JOIN organisation o ON o.id = l.org_id WHERE {_LISTED} AND {_LISTING_SLICE} GROUP BY 1"
        ),
        _bound(filters),
    )
    for month, count in rows:
        made.setdefault(month, {})["listings"] = count
    return dict(sorted(made.items()))


async def reasons(session: AsyncSession, filters: Filters) -> list[tuple[str | None, UUID | None, int]]:
    """(reason, organisation that closed, deals) of the deals that stopped."""
    rows = await session.execute(
        text(
            f"{_FACTS} SELECT f.reason_code, c.org_id, count(*) FROM fact f LEFT JOIN LATERAL ("
            "   SELECT s.org_id FROM state_change s WHERE s.subject_id = f.id AND s.workflow = 'deal'"
            "   AND s.action = 'close' ORDER BY s.at DESC LIMIT 1) c ON true"
            f" WHERE {COUNTED['declines']} AND {_DEAL_SLICE} GROUP BY 1, 2"
        ),
        _bound(filters),
    )
    return [(r[0], r[1], int(r[2])) for r in rows]


async def median_days(session: AsyncSession, filters: Filters) -> dict[str, float | None]:
    """Median days between steps, over the deals that took the later step in the period."""
    row = (
        await session.execute(
            text(
                f"""{_FACTS} SELECT
                percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM f.offered_at - f.opened_at) / 86400)
                  FILTER (WHERE {COUNTED["offers"]}),
                percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM f.agreed_at - f.offered_at) / 86400)
                  FILTER (WHERE {COUNTED["agreements"]}),
                percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(0, f.signed_on
                  - (f.agreed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date))
                  FILTER (WHERE {_DAYS})
                FROM fact f WHERE {_DEAL_SLICE}"""
            ),
            _bound(filters),
        )
    ).one()
    names = ("interest_to_offer", "offer_to_agreement", "agreement_to_contract")
    return {n: None if v is None else round(float(v), 1) for n, v in zip(names, row, strict=True)}


async def deal_rows(session: AsyncSession, filters: Filters, figure: str, limit: int) -> tuple[list[Any], int]:
    """The deals that `figure` counts, newest first, and how many there are."""
    where = f"{COUNTED[figure]} AND {_DEAL_SLICE}"
    rows = await session.execute(
        text(
            f"{_FACTS} SELECT f.id, f.number, f.listing_id, f.title_vi, s.name_vi, b.name_vi, f.status, f.opened_at,"
            f" f.evidence_level, f.amount, count(*) OVER () FROM fact f"
            f" JOIN organisation s ON s.id = f.seller_org_id JOIN organisation b ON b.id = f.buyer_org_id"
            f" WHERE {where} ORDER BY f.opened_at DESC, f.id LIMIT :limit"
        ),
        _bound(filters, limit=limit),
    )
    found = list(rows.all())
    return found, int(found[0][10]) if found else 0


async def listing_rows(session: AsyncSession, filters: Filters, limit: int) -> tuple[list[Any], int]:
    rows = await session.execute(
        text(
            "SELECT l.id, l.number, l.title_vi, o.name_vi, l.status, l.published_at, count(*) OVER ()"
            " FROM listing l JOIN organisation o ON o.id = l.org_id"
            f" WHERE {_LISTED} AND {_LISTING_SLICE} ORDER BY l.published_at DESC, l.id LIMIT :limit"
        ),
        _bound(filters, limit=limit),
    )
    found = list(rows.all())
    return found, int(found[0][6]) if found else 0


PATENT_LIMIT = 2000
_EXPLOITED = """EXISTS (SELECT 1 FROM deal d JOIN deal_transaction t ON t.deal_id = d.id AND t.kind = 'completion'
  WHERE d.listing_id = l.id AND NOT EXISTS (SELECT 1 FROM deal_transaction x WHERE x.reverses_id = t.id))"""
# Rights kept under a tier above the public one are left out: the Department reads no private tier.
_PATENTS = f"""FROM listing_right r JOIN listing l ON l.id = r.listing_id JOIN organisation o ON o.id = l.org_id
  WHERE r.status = 'granted' AND r.kind IN ('invention','utility_solution') AND r.registration_no IS NOT NULL
    AND coalesce(l.tiers ->> 'rights', 'public') = 'public'
    AND l.status IN ('published','reserved','transferred') AND {_LISTING_SLICE}"""


async def patents(session: AsyncSession, filters: Filters) -> list[Any]:
    """Granted patents of shown listings, each with whether a contract stands for its listing."""
    rows = await session.execute(
        text(
            f"SELECT l.id, l.number, l.title_vi, r.registration_no, {_EXPLOITED} {_PATENTS}"
            " ORDER BY 5 DESC, r.registration_no LIMIT :limit"
        ),
        _bound(filters, limit=PATENT_LIMIT),
    )
    return list(rows.all())


async def patent_counts(session: AsyncSession, filters: Filters) -> tuple[int, int]:
    """(granted, exploited) of all of them, however many a list shows."""
    row = (
        await session.execute(
            text(f"SELECT count(*), count(*) FILTER (WHERE {_EXPLOITED}) {_PATENTS}"), _bound(filters)
        )
    ).one()
    return int(row[0]), int(row[1])


async def contributors(session: AsyncSession) -> list[Any]:
    """Per first-level field: (field, listings, organisations that list), for the public page."""
    rows = await session.execute(
        text(
            "SELECT coalesce(split_part(field, '.', 1), ''), count(*), count(DISTINCT org_id) FROM listing"
            " WHERE status IN ('published','reserved','transferred') GROUP BY ROLLUP (1) ORDER BY 1 NULLS LAST"
        )
    )
    return list(rows.all())


async def public_totals(session: AsyncSession) -> Any:
    """(figure, distinct contributing organisations) pairs of the public page."""
    return (
        await session.execute(
            text(
                f"""{_FACTS} SELECT
                count(*), count(DISTINCT f.buyer_org_id),
                count(*) FILTER (WHERE f.agreed_at IS NOT NULL),
                count(DISTINCT f.buyer_org_id) FILTER (WHERE f.agreed_at IS NOT NULL),
                count(*) FILTER (WHERE f.signed_on IS NOT NULL),
                count(DISTINCT f.buyer_org_id) FILTER (WHERE f.signed_on IS NOT NULL)
                FROM fact f"""
            )
        )
    ).one()
