"""Figures of brokerage: for the broker its own, for the operator by broker, for the Department the market's."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from app import accounts
from app.brokerage import policy, registry
from app.brokerage.mandating import party
from app.brokerage.repository import indicators as repository
from app.brokerage.schemas.indicators import (
    CONTRIBUTORS,
    DEFINITIONS,
    Facts,
    Figure,
    Indicators,
    IndicatorSheet,
    Period,
)
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Unauthenticated
from app.platform import audit
from app.platform.db import reading, unit_of_work

First = tuple[UUID, datetime, datetime]
Known = tuple[Decimal | None, set[UUID]]


def _days(pairs: Sequence[tuple[datetime | None, datetime | None]]) -> Decimal | None:
    """Median days between the two moments, to a tenth; pairs that lack one are left out."""
    spans = [(b - a).total_seconds() for a, b in pairs if a is not None and b is not None and b >= a]
    if not spans:
        return None
    return (Decimal(str(statistics.median(spans))) / 86_400).quantize(Decimal("0.1"), ROUND_HALF_EVEN)


def _percent(part: int, whole: int) -> Decimal | None:
    if not whole:
        return None
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_EVEN)


def reckon(
    facts: Sequence[Facts], introduced: dict[UUID, int], firsts: Sequence[First], ratings: dict[UUID, Decimal]
) -> dict[str, Known]:
    """Each figure with the brokers it rests on. Pure."""
    deals = {f.deal_id: f for f in facts}.values()
    contracted = [f for f in facts if f.contracted_at is not None and f.amount is not None]
    settled = {f.deal_id for f in contracted}
    everyone = {f.broker_org_id for f in facts}
    amount, value = sum(f.amount or 0 for f in contracted), sum({f.deal_id: f.value or 0 for f in contracted}.values())
    paid = {f.broker_org_id for f in contracted}
    mean = None
    if settled:
        mean = (Decimal(amount) / len(settled)).quantize(Decimal(1), ROUND_HALF_EVEN)
    score = None
    if ratings:
        score = (sum(ratings.values(), Decimal(0)) / len(ratings)).quantize(Decimal("0.1"), ROUND_HALF_EVEN)

    def behind(*names: str) -> set[UUID]:
        return {f.broker_org_id for f in facts if all(getattr(f, n) is not None for n in names)}

    return {
        "introductions": (Decimal(sum(introduced.values())), set(introduced)),
        "deals": (Decimal(len(deals)), everyone),
        "time_to_introduction": (_days([(a, b) for _, a, b in firsts]), {f[0] for f in firsts}),
        "days_to_offer": (_days([(f.opened_at, f.offered_at) for f in deals]), behind("offered_at")),
        "days_to_agree": (
            _days([(f.offered_at, f.agreed_at) for f in deals]), behind("offered_at", "agreed_at")
        ),
        "days_to_contract": (
            _days([(f.agreed_at, f.contracted_at) for f in deals]), behind("agreed_at", "contracted_at")
        ),
        "conversion_offer": (_percent(sum(f.offered_at is not None for f in deals), len(deals)), everyone),
        "conversion_agreed": (_percent(sum(f.agreed_at is not None for f in deals), len(deals)), everyone),
        "conversion_contract": (_percent(sum(f.contracted_at is not None for f in deals), len(deals)), everyone),
        "cost_per_deal": (mean, paid),
        "cost_share": (_percent(amount, value), paid),
        "satisfaction": (score, set(ratings)),
    }  # fmt: skip


def figures(known: dict[str, Known], *, suppress: bool) -> list[Figure]:
    """`suppress`: a figure fewer than five brokers stand behind is left out, and so is how many they are."""
    found = []
    for key in DEFINITIONS:
        value, behind = known[key]
        hidden = suppress and len(behind) < CONTRIBUTORS
        found.append(
            Figure(
                key=key, value=None if hidden else value, contributors=None if hidden else len(behind), hidden=hidden
            )
        )
    return found


def _moment(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, clock.VIETNAM) if day else None


class BrokerageIndicators:
    async def sheet(self, actor: Actor, period: Period) -> IndicatorSheet:
        """Own figures for a broker; by broker and in all for the operator; the market's for the Department."""
        if actor.anonymous:
            raise Unauthenticated
        broker = actor.org_kind == "intermediary" and actor.org_id is not None and actor.role is not None
        if not policy.may_read_figures(actor, broker):
            raise Forbidden
        everybody = actor.is_operator or actor.is_department
        own = None if everybody else actor.org_id
        start = _moment(period.since)
        end = _moment(period.until + timedelta(days=1)) if period.until else None
        async with reading() as session:
            facts = await repository.deals(session, own, start, end)
            introduced = await repository.introductions(session, own, start, end)
            firsts = await repository.first_introductions(session, own, start, end)
            ids = {f.broker_org_id for f in facts} | set(introduced) | {f[0] for f in firsts}
            ids |= {own} if own else set()
            ratings = await registry.satisfaction([own] if own else None, start, end)
            ids |= set(ratings)
            orgs = await accounts.organisations_by_id(session, ids)
        if everybody:
            async with unit_of_work() as session:
                audit.record(session, actor, "brokerage.indicators", "brokerage", None, {"since": str(period.since)})
        total = Indicators(
            broker=None,
            figures=figures(reckon(facts, introduced, firsts, ratings), suppress=not actor.is_operator and everybody),
        )
        rows = []
        if not everybody or actor.is_operator:
            for org in sorted(orgs.values(), key=lambda o: o.name_vi):
                mine = reckon(
                    [f for f in facts if f.broker_org_id == org.id],
                    {k: n for k, n in introduced.items() if k == org.id},
                    [f for f in firsts if f[0] == org.id],
                    {k: r for k, r in ratings.items() if k == org.id},
                )
                rows.append(Indicators(broker=party(org), figures=figures(mine, suppress=False)))
        scope = "own" if not everybody else "brokers" if actor.is_operator else "market"
        return IndicatorSheet(
            scope=scope, since=period.since, until=period.until, as_of=clock.now(),
            total=total if everybody else None, brokers=rows,
        )  # fmt: skip


brokerage_indicators = BrokerageIndicators()
