"""The verbs of statistics. Every look at the Department's page and its drill-downs stands in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app import reference
from app.accounts import OrganisationKind
from app.deals import ReasonCode
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.text import Text
from app.outcomes import Count, shown
from app.platform import audit
from app.platform.db import reading, unit_of_work
from app.statistics import repository
from app.statistics.schemas import (
    DEFINITIONS,
    DealRow,
    DealRows,
    Figure,
    Filters,
    ListingRow,
    ListingRows,
    Month,
    PatentRow,
    PatentRows,
    PublicFigure,
    PublicReport,
    ReasonCount,
    Report,
    Row,
)

SUPPRESS_BELOW = 5
DRILL_LIMIT = 500
NONE = Text("Chưa phân loại", "Unclassified")


def _label(group: str, key: str) -> Text:
    if not key:
        return NONE
    if group == "field":
        found = reference.fields().get(key)
        return found.name if found else Text(key, key)
    if group == "priority":
        return reference.priorities().get(key, Text(key, key))
    if group == "owner_kind":
        return OrganisationKind(key).label
    return reference.province_name(int(key)) or Text(key, key)


def _rows(group: str, found: dict[str, list[int]]) -> list[Row]:
    rows = [
        Row(
            key=key, label=_label(group, key), listings=v[0], interests=v[1], offers=v[2], agreements=v[3],
            contracts=v[4], value=v[5],
        )
        for key, v in found.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (-r.listings, -r.interests, r.key))


def _reasons(found: Sequence[tuple[str | None, UUID | None, int]], *, suppress: bool) -> tuple[list[ReasonCount], bool]:
    """Reasons, the most frequent first, and whether some were left out: for the Department by the rule of small
    counts of `outcomes`, with all deals that stopped as what they add up to."""
    counts: dict[str | None, Count] = {}
    for reason, org, n in found:
        of = counts.setdefault(reason, Count())
        of.exits += n
        of.orgs |= {org} if org else set()
    told = shown(counts, [*(r.value for r in ReasonCode), None]) if suppress else set(counts)
    items = [
        ReasonCount(code=c, label=ReasonCode(c).label, count=n.exits) for c, n in counts.items() if c and c in told
    ]
    return sorted(items, key=lambda r: (-r.count, r.code)), suppress


class Statistics:
    async def _allowed(self, actor: Actor, what: str, detail: dict[str, Any]) -> None:
        if actor.anonymous:
            raise Unauthenticated
        if not (actor.is_department or actor.is_operator):
            raise Forbidden
        async with unit_of_work() as session:
            audit.record(session, actor, f"statistics.{what}", "statistics", None, detail)

    async def report(self, actor: Actor, filters: Filters) -> Report:
        """All figures of a period and slice, as the database stands now."""
        await self._allowed(actor, "report", filters.query())
        async with reading() as session:
            deals, listings = await repository.totals(session, filters)
            groups = {g: _rows(g, await repository.breakdown(session, filters, g)) for g in repository.GROUPS}
            months = await repository.months(session, filters)
            reasons = await repository.reasons(session, filters)
            median = await repository.median_days(session, filters)
            granted, exploited = await repository.patent_counts(session, filters)
        told, hidden = _reasons(reasons, suppress=not actor.is_operator)
        interests, offered, agreed, contracts, declines, value = deals
        values = {
            "listings": listings, "interests": interests, "offers": offered, "agreements": agreed,
            "contracts": contracts, "value": value, "declines": declines,
        }  # fmt: skip
        return Report(
            as_of=clock.now(),
            since=filters.since,
            until=filters.until,
            figures=[Figure(key=k, value=v, definition=DEFINITIONS[k]) for k, v in values.items()],
            by_field=groups["field"],
            by_priority=groups["priority"],
            by_owner_kind=groups["owner_kind"],
            by_province=groups["province"],
            months=[Month(month=m, **counts) for m, counts in months.items()],
            reasons=told,
            reasons_hidden=hidden,
            patents_granted=granted,
            patents_exploited=exploited,
            median_days=median,
        )

    async def deals(self, actor: Actor, figure: str, filters: Filters) -> DealRows:
        """Exactly the deals a figure counts."""
        if figure == "value":
            figure = "contracts"
        if figure not in repository.COUNTED:
            raise NotFound
        await self._allowed(actor, "deals", {"figure": figure, **filters.query()})
        async with reading() as session:
            rows, total = await repository.deal_rows(session, filters, figure, DRILL_LIMIT)
        return DealRows(
            items=[
                DealRow(
                    id=r[0], reference=f"GD-{r[1]:05d}", listing_id=r[2], title=r[3], seller=r[4], buyer=r[5],
                    status=r[6], opened_at=r[7], evidence_level=r[8], amount=r[9],
                )
                for r in rows
            ],
            total=total,
        )  # fmt: skip

    async def listings(self, actor: Actor, filters: Filters) -> ListingRows:
        await self._allowed(actor, "listings", filters.query())
        async with reading() as session:
            rows, total = await repository.listing_rows(session, filters, DRILL_LIMIT)
        return ListingRows(
            items=[
                ListingRow(id=r[0], reference=f"CN-{r[1]:05d}", title=r[2], owner=r[3], status=r[4], published_at=r[5])
                for r in rows
            ],
            total=total,
        )

    async def patents(self, actor: Actor, filters: Filters) -> PatentRows:
        """City indicator 10, patent by patent: every granted one, and whether a contract stands for it."""
        await self._allowed(actor, "patents", filters.query())
        async with reading() as session:
            rows = await repository.patents(session, filters)
        return PatentRows(
            items=[
                PatentRow(listing_id=r[0], reference=f"CN-{r[1]:05d}", title=r[2], number=r[3], exploited=r[4])
                for r in rows
            ]
        )

    async def public(self) -> PublicReport:
        """What everyone may know: figures with fewer than five contributing organisations are left out."""
        async with reading() as session:
            fields = await repository.contributors(session)
            totals = await repository.public_totals(session)

        def shown(value: int, contributors: int) -> int | None:
            return value if contributors >= SUPPRESS_BELOW else None

        keys = ("interests", "agreements", "contracts")
        figures = [
            PublicFigure(key=k, label=DEFINITIONS[k].label, value=shown(totals[2 * n], totals[2 * n + 1]))
            for n, k in enumerate(keys)
        ]
        everything = next((r for r in fields if r[0] is None), None)
        if everything:
            figures.insert(
                0,
                PublicFigure(
                    key="listings", label=DEFINITIONS["listings"].label, value=shown(everything[1], everything[2])
                ),
            )
        return PublicReport(
            as_of=clock.now(),
            figures=figures,
            by_field=[
                PublicFigure(key=r[0], label=_label("field", r[0]), value=shown(r[1], r[2]))
                for r in fields
                if r[0] is not None
            ],
        )


statistics = Statistics()
