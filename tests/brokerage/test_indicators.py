"""Indicators: every figure again by SQL that shares nothing with theirs; who may read which."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.brokerage.indicators import brokerage_indicators
from app.brokerage.schemas.indicators import CONTRIBUTORS, DEFINITIONS, Period
from app.deals import Capacity, deals
from app.intermediaries import ratings
from app.kit import clock
from app.kit.actor import ANONYMOUS
from app.kit.errors import Forbidden, Unauthenticated
from app.offers import offers
from tests.support import brokering as b
from tests.support import market as m
from tests.support import registry as r

DAY = timedelta(days=1)


def of(figures: Any, key: str) -> Any:
    return next(f for f in figures if f.key == key)


async def history(seller: Any, broker: Any, listing: Any, buyer: Any, days: tuple[int, ...], value: int) -> None:
    """A deal whose offer, agreement and contract come after these days, each counted from the one before."""
    held = await m.scalar("SELECT id FROM mandate WHERE broker_org_id = :b AND status = 'active'", b=broker.org_id)
    await b.introduced(broker, held, buyer, listing)
    start = clock.now()
    deal_id = await m.open_deal(buyer, listing)
    if not days:
        return
    with clock.frozen(start + days[0] * DAY):
        offer_id = await m.send_offer(seller, deal_id, upfront=value, valid_days=60)
    if len(days) == 1:
        return
    with clock.frozen(start + sum(days[:2]) * DAY):
        await offers.accept(buyer, offer_id)
    if len(days) == 2:
        return
    with clock.frozen(start + sum(days) * DAY):
        await m.report(seller, deal_id, value=value)
        await deals.confirm_contract(buyer, deal_id)


async def world(drain: Any) -> tuple[Any, list[Any]]:
    """Three brokers: one with four deals of different fates, one with one, one with none."""
    seller = await m.acting("university")
    listing = await m.publish(seller)
    brokers = [await b.broker() for _ in range(3)]
    for broker in brokers:
        await b.active(seller, broker, commission={"tiers": [{"up_to": 10**9, "percent": "5"}, {"percent": "3"}]})
    fates: list[tuple[int, tuple[int, ...], int]] = [
        (0, (2, 5, 9), 1_500_000_000), (0, (4, 8, 20), 700_000_001), (0, (6,), 1), (0, (), 0), (1, (10, 1), 5),
    ]  # fmt: skip
    for n, days, value in fates:
        await history(seller, brokers[n], listing, await m.acting(), days, value)
    await b.introduced(
        brokers[2],
        await m.scalar("SELECT id FROM mandate WHERE broker_org_id = :b", b=brokers[2].org_id),
        await m.acting(),
        listing,
    )
    await drain()
    return seller, brokers


MEDIAN = (
    "SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM {b} - {a})) / 86400)::numeric, 1)"
    " FROM (SELECT d.opened_at AS opened,"
    " (SELECT min(sent_at) FROM offer WHERE deal_id = d.id) AS offered,"
    " (SELECT min(at) FROM deal_evidence WHERE deal_id = d.id AND kind = 'terms') AS agreed,"
    " (SELECT min(status_at) FROM deal_evidence WHERE deal_id = d.id AND kind = 'contract'"
    "  AND status = 'confirmed') AS contracted"
    " FROM deal d WHERE d.id IN (SELECT deal_id FROM attribution a WHERE CAST(:b AS uuid) IS NULL"
    "  OR a.broker_org_id = :b)) x WHERE {a} IS NOT NULL AND {b} IS NOT NULL"
)
COUNTS = (
    "SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT 1 FROM offer o WHERE o.deal_id = d.id)),"
    " count(*) FILTER (WHERE d.status IN ('agreed','contracted')), count(*) FILTER (WHERE d.status = 'contracted'),"
    " sum(c.amount), sum(c.value) FROM deal d LEFT JOIN commission c ON c.deal_id = d.id AND c.statement = 1"
    " WHERE d.id IN (SELECT deal_id FROM attribution a WHERE CAST(:b AS uuid) IS NULL OR a.broker_org_id = :b)"
)


@pytest.mark.parametrize("who", ["all", 0, 1, 2])
async def test_figures_are_what_plain_sql_counts(db, drain, who):
    _, brokers = await world(drain)
    org = None if who == "all" else brokers[who].org_id
    sheet = await brokerage_indicators.sheet(m.OPERATOR, Period())
    found = sheet.total.figures if org is None else next(x for x in sheet.brokers if x.broker.id == org).figures
    if org is not None:
        own = await brokerage_indicators.sheet(brokers[who], Period())
        assert (own.scope, own.total, [x.figures for x in own.brokers]) == ("own", None, [found])
    spans = {
        "days_to_offer": ("opened", "offered"), "days_to_agree": ("offered", "agreed"),
        "days_to_contract": ("agreed", "contracted"),
    }  # fmt: skip
    for key, (start, end) in spans.items():
        assert of(found, key).value == await m.scalar(MEDIAN.format(a=start, b=end), b=org), key
    total, offered, agreed, contracted, amount, value = await m.row(COUNTS, b=org)
    assert of(found, "deals").value == total
    sealed = await m.scalar(
        "SELECT count(*) FROM introduction WHERE CAST(:b AS uuid) IS NULL OR broker_org_id = :b", b=org
    )
    assert of(found, "introductions").value == sealed
    for key, part in (("offer", offered), ("agreed", agreed), ("contract", contracted)):
        expected = (Decimal(100 * part) / total).quantize(Decimal("0.1")) if total else None
        assert of(found, f"conversion_{key}").value == expected, key
    if contracted:
        assert of(found, "cost_per_deal").value == round(Decimal(amount) / contracted)
        assert of(found, "cost_share").value == (Decimal(amount) * 100 / Decimal(value)).quantize(Decimal("0.1"))
    else:
        assert of(found, "cost_per_deal").value is None


async def test_the_department_sees_the_market_and_no_small_numbers(db, drain):
    await world(drain)
    sheet = await brokerage_indicators.sheet(m.DEPARTMENT, Period())
    assert (sheet.scope, sheet.brokers) == ("market", [])
    assert all(f.hidden and f.value is None and f.contributors is None for f in sheet.total.figures)
    seller = await m.acting("institute")
    listing = await m.publish(seller)
    for _ in range(CONTRIBUTORS - 3):
        broker = await b.broker()
        await b.introduced(broker, await b.active(seller, broker), await m.acting(), listing)
    sheet = await brokerage_indicators.sheet(m.DEPARTMENT, Period())
    shown = of(sheet.total.figures, "introductions")
    assert (shown.hidden, shown.value, shown.contributors) == (False, 8, CONTRIBUTORS)
    assert of(sheet.total.figures, "cost_per_deal").hidden
    assert await m.scalar("SELECT count(*) FROM audit_entry WHERE action = 'brokerage.indicators'") == 2


async def test_a_period_counts_what_began_in_it(db, drain):
    _, brokers = await world(drain)
    tomorrow = clock.today() + DAY
    sheet = await brokerage_indicators.sheet(brokers[0], Period(since=tomorrow))
    assert of(sheet.brokers[0].figures, "deals").value == 0
    sheet = await brokerage_indicators.sheet(brokers[0], Period(since=clock.today(), until=clock.today()))
    assert of(sheet.brokers[0].figures, "deals").value == 4


async def test_figures_are_for_brokers_and_offices(db):
    with pytest.raises(Unauthenticated):
        await brokerage_indicators.sheet(ANONYMOUS, Period())
    with pytest.raises(Forbidden):
        await brokerage_indicators.sheet(await m.acting(), Period())


def test_every_figure_says_what_it_is() -> None:
    assert all(d.text.vi and d.text.en and d.label.vi and d.label.en and d.unit for d in DEFINITIONS.values())


async def test_satisfaction_is_of_ratings_published_in_the_period(db):
    broker, valuer, today = await b.broker(), await m.acting("intermediary"), clock.today()
    for org, capacity, days, marks in (
        (broker, Capacity.seller_broker, 0, 5), (broker, Capacity.buyer_broker, 40, 3), (valuer, Capacity.valuer, 0, 1),
    ):  # fmt: skip
        with clock.frozen(clock.now() + days * DAY):
            table = await r.contracted(org, capacity)
            every = dict.fromkeys(r.MARKS, marks)
            await ratings.send(table.seller, table.deal_id, r.marks(org, **every))
            await ratings.send(org, table.deal_id, r.marks(table.seller))

    async def score(actor: Any, **period: Any) -> tuple[Any, Any]:
        sheet = await brokerage_indicators.sheet(actor, Period(**period))
        found = of((sheet.total or sheet.brokers[0]).figures, "satisfaction")
        return found.value, found.contributors

    with clock.frozen(clock.now() + 50 * DAY):
        for actor in (broker, m.OPERATOR):
            assert await score(actor) == (Decimal(4), 1), "the valuer's rating is no broker's"
            assert await score(actor, until=today + 5 * DAY) == (Decimal(5), 1)
            assert await score(actor, since=today + 30 * DAY) == (Decimal(3), 1), "though no deal began since"
            assert await score(actor, since=today + 45 * DAY) == (None, 0)
