"""Every figure is counted a second time, from a ledger kept while the market was made; every door leads to its rows."""

from __future__ import annotations

import itertools
import random
import statistics as stats
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.deals import deals
from app.deals.schemas import CloseDeal, ReportContract
from app.kit import clock
from app.offers import offers
from app.statistics.schemas import Filters
from app.statistics.service import statistics
from tests.statistics import world as w
from tests.support import market as m

PERIODS: list[dict[str, Any]] = [
    {},
    {"year": 2025},
    {"year": 2024},
    {"year": 2025, "half": 1},
    {"year": 2025, "half": 2},
    {"year": 2025, "quarter": 1},
    {"year": 2025, "quarter": 2},
    {"year": 2025, "quarter": 4},
    {"year": 2024, "month": 12},
    {"year": 2025, "month": 1},
    {"year": 2025, "month": 12},
    {"since": date(2025, 3, 31)},
    {"until": date(2025, 6, 30)},
    {"since": date(2025, 12, 31), "until": date(2025, 12, 31)},
    {"since": date(2025, 7, 1), "until": date(2026, 1, 1)},
]


def choose(dice: random.Random) -> dict[str, Any]:
    chosen = dict(dice.choice(PERIODS))
    for name, values in (
        ("field", ("1", "2", "2.7", "3", "5")),
        ("priority", w.PRIORITIES[:2]),
        ("owner_kind", w.KINDS),
        ("province", (1, 79)),
    ):
        if dice.random() < 0.3:
            chosen[name] = dice.choice(values)
    return chosen


def medians(world: w.World, chosen: dict[str, Any]) -> dict[str, float | None]:
    def days(pairs: list[float]) -> float | None:
        return round(stats.median(pairs), 1) if pairs else None

    def between(one: datetime | None, other: datetime | None) -> float:
        assert one
        assert other
        return (other - one) / timedelta(days=1)

    contracts = w.counted(world, "contracts", chosen)
    return {
        "interest_to_offer": days([between(d.opened, d.offered) for d in w.counted(world, "offers", chosen)]),
        "offer_to_agreement": days([between(d.offered, d.agreed) for d in w.counted(world, "agreements", chosen)]),
        "agreement_to_contract": days(
            [float(max(0, (d.signed - w.day(d.agreed)).days)) for d in contracts if d.signed and d.agreed]
        ),
    }


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_figure_equals_the_ledger(db: Any, seed: int) -> None:
    world = await w.make(seed)
    assert sum(d.reversed for d in world.deals) > 0
    assert sum(d.counts for d in world.deals) > 3
    dice = random.Random(seed)
    for chosen in [*(PERIODS if seed == 1 else []), *(choose(dice) for _ in range(12))]:
        # As the operator, who reads every reason; the other figures are the same for both.
        report = await statistics.report(m.OPERATOR, Filters.model_validate(chosen))
        assert {f.key: f.value for f in report.figures} == w.figures(world, chosen), chosen
        for group in ("field", "priority", "owner_kind", "province"):
            rows = {
                r.key: (r.listings, r.interests, r.offers, r.agreements, r.contracts, r.value)
                for r in getattr(report, f"by_{group}")
            }
            assert rows == w.table(world, group, chosen), (group, chosen)
        found = {x.month: {k: v for k, v in x.model_dump().items() if k != "month" and v} for x in report.months}
        assert found == w.months(world, chosen), chosen
        assert [x.month for x in report.months] == sorted(x.month for x in report.months)
        closed = Counter(d.reason for d in w.counted(world, "declines", chosen))
        assert {r.code: r.count for r in report.reasons} == dict(closed)
        for name, value in medians(world, chosen).items():
            given_ = report.median_days[name]
            assert given_ == pytest.approx(value, abs=0.11) if value is not None else given_ is None, (name, chosen)
    await m.sound()


async def test_the_rows_behind_a_figure_are_the_figure(db: Any) -> None:
    world = await w.make(3)
    dice = random.Random(3)
    for chosen in [{}, *(choose(dice) for _ in range(16))]:
        filters = Filters.model_validate(chosen)
        values = {f.key: f.value for f in (await statistics.report(m.DEPARTMENT, filters)).figures}
        for figure in ("interests", "offers", "agreements", "contracts", "declines"):
            found = await statistics.deals(m.DEPARTMENT, figure, filters)
            assert {r.id for r in found.items} == {d.id for d in w.counted(world, figure, chosen)}, (figure, chosen)
            assert len(found.items) == found.total == values[figure]
        behind = await statistics.deals(m.DEPARTMENT, "value", filters)
        assert sum(r.amount or 0 for r in behind.items) == values["value"]
        shown = await statistics.listings(m.DEPARTMENT, filters)
        assert {r.id for r in shown.items} == {x.id for x in w.listed(world, chosen)}
        assert len(shown.items) == shown.total == values["listings"]


async def test_a_parent_field_is_the_sum_of_itself_and_its_children(db: Any) -> None:
    world = await w.make(4, listed_=12, dealt=20)
    for parent in ("1", "2", "3"):
        parts = [c for c in w.FIELDS if c == parent or c.startswith(parent + ".")]
        whole = await statistics.report(m.DEPARTMENT, Filters(field=parent))
        total = {f.key: f.value for f in whole.figures}
        own = [x for x in world.listings if x.field in parts and x.shown]
        assert total["listings"] == len(own)
        assert total["interests"] == sum(d.listing.field in parts for d in world.deals)
        # "2" must not swallow a "21", nor a child its parent's other children.
        for child in parts:
            if child != parent:
                alone = {f.key: f.value for f in (await statistics.report(m.DEPARTMENT, Filters(field=child))).figures}
                assert alone["interests"] == sum(d.listing.field == child for d in world.deals)
    assert {r.key for r in (await statistics.report(m.DEPARTMENT, Filters(field="2.7"))).by_field} <= {"2"}


EDGE = [
    (datetime(2025, 12, 31, 23, 30, tzinfo=clock.VIETNAM), "2025-12"),
    (datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=clock.VIETNAM), "2025-12"),
    (datetime(2026, 1, 1, 0, 0, tzinfo=clock.VIETNAM), "2026-01"),
    (datetime(2025, 12, 31, 0, 0, tzinfo=clock.VIETNAM), "2025-12"),
    (datetime(2025, 12, 1, 0, 0, tzinfo=clock.VIETNAM), "2025-12"),
    (datetime(2025, 11, 30, 23, 59, tzinfo=clock.VIETNAM), "2025-11"),
]


@pytest.mark.parametrize(("at", "month"), EDGE)
async def test_the_last_half_hour_of_a_year_belongs_to_december(db: Any, at: datetime, month: str) -> None:
    with clock.frozen(at):
        table = await m.agreed()
        await m.report(table.buyer, table.deal_id, value=7)
        await deals.confirm_contract(table.seller, table.deal_id)
        other = await m.market()
        await deals.close(other.buyer, other.deal_id, CloseDeal(reason_code="price"))
    year, number = (int(x) for x in month.split("-"))
    expected = {"listings": 2, "interests": 2, "offers": 1, "agreements": 1, "contracts": 1, "value": 7, "declines": 1}
    for y, n in ((2025, 11), (2025, 12), (2026, 1)):
        report = await statistics.report(m.DEPARTMENT, Filters(year=y, month=n))
        values = {f.key: f.value for f in report.figures}
        assert values == (expected if (y, n) == (year, number) else dict.fromkeys(expected, 0)), (y, n)
    whole = await statistics.report(m.DEPARTMENT, Filters())
    assert [x.month for x in whole.months] == [month]
    december = await statistics.report(m.DEPARTMENT, Filters(since=date(2025, 12, 31), until=date(2025, 12, 31)))
    assert december.figures[0].value == (2 if w.day(at) == date(2025, 12, 31) else 0)


async def test_a_contract_counts_on_the_day_it_was_signed(db: Any) -> None:
    with clock.frozen(datetime(2026, 1, 10, tzinfo=clock.VIETNAM)):
        table = await m.agreed()
        command = ReportContract(number="9", signed_on=date(2025, 12, 31), value=5)
        await deals.report_contract(table.buyer, table.deal_id, command, "a.pdf", m.PDF)
        reported = await statistics.report(m.DEPARTMENT, Filters())
        assert {f.key: f.value for f in reported.figures}["contracts"] == 0, "reported is not confirmed"
        await deals.confirm_contract(table.seller, table.deal_id)
    for filters, wanted in (
        (Filters(year=2025), 1),
        (Filters(year=2026), 0),
        (Filters(until=date(2025, 12, 30)), 0),
        (Filters(since=date(2025, 12, 31)), 1),
        (Filters(since=date(2026, 1, 1)), 0),
    ):
        values = {f.key: f.value for f in (await statistics.report(m.DEPARTMENT, filters)).figures}
        assert (values["contracts"], values["value"]) == (wanted, 5 * wanted)


async def test_a_reversal_takes_the_contract_out_everywhere(db: Any) -> None:
    kept, undone = [await m.agreed() for _ in range(2)]
    for table in (kept, undone):
        await m.report(table.buyer, table.deal_id, value=1_000)
        await deals.confirm_contract(table.seller, table.deal_id)
    before = await statistics.report(m.DEPARTMENT, Filters())
    assert {f.key: f.value for f in before.figures} | {"contracts": 2, "value": 2_000} == {
        f.key: f.value for f in before.figures
    }
    id_ = await m.scalar("SELECT id FROM deal_transaction WHERE deal_id = :d", d=undone.deal_id)
    await deals.reverse_transaction(m.OPERATOR, id_, "Nhập nhầm hợp đồng.")
    after = await statistics.report(m.DEPARTMENT, Filters())
    values = {f.key: f.value for f in after.figures}
    assert (values["contracts"], values["value"], values["agreements"]) == (1, 1_000, 2)
    assert (after.by_field[0].contracts, after.by_field[0].value) == (1, 1_000)
    assert [(x.contracts, x.value) for x in after.months] == [(1, 1_000)]
    behind = await statistics.deals(m.DEPARTMENT, "contracts", Filters())
    assert [r.id for r in behind.items] == [kept.deal_id]
    # In the books both entries stand; their sum is what the figure says.
    assert await m.scalar("SELECT sum(amount) FROM deal_transaction") == 1_000


async def test_a_deal_counts_once_whatever_its_rounds(db: Any) -> None:
    table = await m.market()
    offer = await m.send_offer(table.buyer, table.deal_id)
    counter = await offers.counter(table.seller, offer, m.proposal(upfront=1))
    await offers.accept(table.buyer, counter)
    values = {f.key: f.value for f in (await statistics.report(m.DEPARTMENT, Filters())).figures}
    assert (values["offers"], values["agreements"]) == (1, 1)


# --- periods ---


@given(year=st.integers(2000, 2100), half=st.integers(1, 2), quarter=st.integers(1, 4), month=st.integers(1, 12))
def test_periods_tile_the_year(year: int, half: int, quarter: int, month: int) -> None:
    for parts, size in (("half", 2), ("quarter", 4), ("month", 12)):
        spans = [Filters.model_validate({"year": year, parts: n}) for n in range(1, size + 1)]
        assert spans[0].since == date(year, 1, 1)
        assert spans[-1].until == date(year, 12, 31)
        for one, two in itertools.pairwise(spans):
            assert one.until
            assert two.since == one.until + timedelta(days=1)
            assert one.end == two.start
    for chosen in ({"half": half}, {"quarter": quarter}, {"month": month}, {}):
        made = Filters.model_validate({"year": year, **chosen})
        assert (made.since, made.until) == w.span({"year": year, **chosen})


@pytest.mark.parametrize(
    "wrong",
    [
        "since=2025-02-30",
        "since=x",
        "year=1999",
        "year=2101",
        "year=2025&month=13",
        "year=2025&half=3",
        "year=2025&quarter=0",
        "since=2025-02-01&until=2025-01-31",
        "owner_kind=nobody",
        "province=x",
        "until=9999-12-31",
        "province=99999999999",
        "since=0001-01-01",
        "field=%25",
        "field=2_7",
        "field=%00",
        "priority=%00",
        "field=99",
        "priority=nope",
        "province=999",
    ],
)
async def test_filters_that_make_no_sense_are_refused(make_person: Any, wrong: str) -> None:
    department = await make_person(None, staff=["department"])
    api, browser = department.api(), await department.browser()
    for path in ("", "/deals", "/listings", "/patents"):
        answer = await api.get(f"/api/v1/statistics{path}?{wrong}")
        assert answer.status_code == 422, (path, answer.text[:200])
        page = await browser.get(f"/statistics{path}?{wrong}")
        assert page.status_code == 422, path
    assert (await browser.get(f"/statistics/tables/by_field.csv?{wrong}")).status_code == 422


async def test_the_department_reads_no_reason_that_few_gave(db) -> None:
    """Six closed for the price, five for time, two for the law; the operator reads all, and the two cannot be had by
    taking the others from all that stopped."""
    seller = await m.acting("university")
    listing_id = await m.publish(seller)
    for reason, times in (("price", 6), ("timing", 5), ("legal", 2)):
        for _ in range(times):
            buyer = await m.acting()
            await deals.close(buyer, await m.open_deal(buyer, listing_id), CloseDeal(reason_code=reason))
    seen = {}
    for name, actor in (("operator", m.OPERATOR), ("department", m.DEPARTMENT)):
        report = await statistics.report(actor, Filters())
        assert next(f.value for f in report.figures if f.key == "declines") == 13
        assert report.reasons_hidden is (name == "department")
        seen[name] = {r.code: r.count for r in report.reasons}
    assert seen == {"operator": {"price": 6, "timing": 5, "legal": 2}, "department": {"price": 6}}
