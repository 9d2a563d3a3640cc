"""Settled prices as evidence, and valuations beside them: who sees what, and the same figures by plain SQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.deals import deals
from app.kit import clock
from app.kit.actor import ANONYMOUS
from app.kit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.valuations import calibration, evidence, valuations
from app.valuations.schemas.commands import Submit
from app.valuations.schemas.evidence import AskPrices, TakeComparables
from tests.support import market, valuing
from tests.support.market import DEPARTMENT, OPERATOR, rows, scalar
from tests.support.valuing import Case

Make = Callable[..., Awaitable[Any]]
PRICES = (800_000_000, 950_000_000, 1_010_000_000, 1_234_000_000, 2_000_000_000)
LICENCE = AskPrices(mode="licence", field="2", trl=8)


async def settle(value: int, table: market.Market | None = None) -> market.Market:
    """A contract of this value that both sides confirmed."""
    table = table or await market.agreed()
    await market.report(table.seller, table.deal_id, number=f"{value}/HĐ", value=value)
    await deals.confirm_contract(table.buyer, table.deal_id)
    return table


@pytest.fixture
def start(make_person: Make, make_organisation: Make) -> Callable[[], Awaitable[Case]]:
    return lambda: valuing.case(make_person, make_organisation)


async def test_prices_from_the_fifth_deal_on(db, start, client):
    for price in PRICES[:4]:
        await settle(price)
    # A contract that only one side has reported is no evidence.
    waiting = await market.agreed()
    await market.report(waiting.seller, waiting.deal_id, value=PRICES[4])
    case = await (await start()).drafted()
    writer, manager = case.firm.first.actor, case.firm.manager.actor
    none = await evidence.price_bands(LICENCE)
    assert (none.items, none.asked, none.enough) == ([], None, False)
    assert not (await valuations.evidence(writer, case.id)).enough
    with pytest.raises(Conflict, match="too_few_prices"):
        await valuations.take_comparables(writer, case.id, 1, TakeComparables(mode="licence", revision=2))

    await deals.confirm_contract(waiting.buyer, waiting.deal_id)
    told = await evidence.price_bands(LICENCE)
    [band] = told.items
    assert told.asked == band
    assert (band.mode, band.field, band.trl, band.count) == ("licence", "2", "7-9", 5)
    assert (band.p25, band.p50, band.p75) == (950_000_000, 1_000_000_000, 1_200_000_000)
    assert (await evidence.price_bands(AskPrices(mode="assignment"))).items == []

    page = await client.get("/valuations/prices?mode=licence&field=2&trl=8")
    assert page.status_code == 200
    assert "P75" in page.text
    assert "UNIDO" in page.text
    [shown] = (await client.get("/api/v1/price-bands?mode=licence")).json()["items"]
    assert (shown["count"], shown["p50"]) == (5, 1_000_000_000)
    assert (await client.get("/valuations/prices?trl=12")).status_code == 422

    # To those who work on the case, without parties or titles; to the requester and strangers it does not exist.
    offer = await valuations.evidence(writer, case.id)
    [cell] = offer.cells
    year = clock.today().year
    assert [(c.year, c.price) for c in cell.comparables] == [
        (year, p) for p in (2_000_000_000, 1_250_000_000, 1_000_000_000, 1_000_000_000, 800_000_000)
    ]
    said = offer.model_dump_json()
    parties = await rows(
        "SELECT o.name_vi FROM deal d JOIN organisation o ON o.id IN (d.seller_org_id, d.buyer_org_id)"
    )
    assert parties
    assert not [name for (name,) in parties if name in said]
    assert market.CONTENT["title_vi"] not in said
    assert offer.draft == (1, 2)
    assert (await valuations.evidence(manager, case.id)).draft is None
    for stranger, refusal in ((ANONYMOUS, Unauthenticated), (case.requester, NotFound), (DEPARTMENT, NotFound)):
        with pytest.raises(refusal):
            await valuations.evidence(stranger, case.id)
        with pytest.raises(refusal):
            await valuations.take_comparables(stranger, case.id, 1, TakeComparables(mode="licence", revision=2))
    with pytest.raises(Forbidden):
        await valuations.take_comparables(manager, case.id, 1, TakeComparables(mode="licence", revision=2))
    with pytest.raises(Conflict):  # somebody saved meanwhile
        await valuations.take_comparables(writer, case.id, 1, TakeComparables(mode="licence", revision=1))

    revision = await valuations.take_comparables(writer, case.id, 1, TakeComparables(mode="licence", revision=2))
    sheet = await valuations.sheet(writer, case.id, 1)
    assert (revision, [c["key"] for c in sheet.paper["calculations"]]) == (3, ["income", "comparables"])
    taken = sheet.paper["calculations"][1]
    assert taken["notes"] == [{"path": "comparables", "origin": "measured", "source": cell.source}]
    assert len(taken["inputs"]["comparables"]) == 5
    assert not any("comparables" in name for name in sheet.errors)

    browser = await case.firm.first.browser()
    drawn = await browser.get(f"/valuations/{case.id}/evidence")
    assert drawn.status_code == 200
    assert "/sheets/1/comparables" in drawn.text
    assert "Giao dịch 5" in drawn.text

    # A contract reversed in the books is no evidence any more.
    await deals.reverse_transaction(OPERATOR, await scalar("SELECT id FROM deal_transaction LIMIT 1"), "Nhập nhầm.")
    assert (await evidence.price_bands(LICENCE)).items == []


SQL = """
  SELECT count(*) AS n, percentile_cont(0.5) WITHIN GROUP (ORDER BY v.value::numeric / t.amount) AS ratio,
    avg(abs(ln(v.value::numeric / t.amount))) AS error, avg((t.amount BETWEEN v.low AND v.high)::int) AS inside
  FROM valuation v JOIN deal d ON d.listing_id = v.listing_id JOIN deal_transaction t ON t.deal_id = d.id
  WHERE v.delivered_at IS NOT NULL AND t.signed_on BETWEEN v.delivered_at::date AND v.value_date + interval '24 months'
    AND t.amount = :price"""


async def test_a_valuation_beside_the_price_its_asset_was_sold_for(db, start):
    case = await (await start()).delivered()
    provider = case.firm.manager.actor
    assert not (await valuations.calibration(OPERATOR)).total.told  # nothing was sold yet
    buyer = await market.acting()
    table = market.Market(case.requester, buyer, case.listing_id, await market.open_deal(buyer, case.listing_id))
    await market.offers.accept(buyer, await market.send_offer(table.seller, table.deal_id))
    await settle(1_000_000_000, table)

    found = await valuations.calibration(OPERATOR)
    [(n, ratio, error, _)] = await rows(SQL, price=1_000_000_000)
    for line in (found.total, *found.by_method, *found.by_valuer, *found.by_field):
        assert (line.count, line.deals) == (n, 1)
        assert line.median_ratio == Decimal(str(ratio)).quantize(Decimal("0.0001"))
        assert line.mean_error == Decimal(str(error)).quantize(Decimal("0.0001"))
    assert [r.key for r in found.by_method] == ["with_and_without"]
    assert [r.key for r in found.by_valuer] == [str(case.firm.org_id)]
    assert [r.key for r in found.by_field] == ["2"]
    # One deal is told to nobody else: with the estimate in hand it would be its price.
    for actor, scope in ((DEPARTMENT, "all"), (provider, "own")):
        view = await valuations.calibration(actor)
        assert (view.scope, view.total.told, view.total.count) == (scope, False, None)
        assert view.by_method == view.by_valuer == view.by_field == []
    with pytest.raises(Unauthenticated):
        await valuations.calibration(ANONYMOUS)
    for other in (case.requester, buyer):
        with pytest.raises(Forbidden):
            await valuations.calibration(other)
    # Reversed in the books, the contract counts no more.
    await deals.reverse_transaction(OPERATOR, await scalar("SELECT id FROM deal_transaction"), "Nhập nhầm.")
    assert not (await valuations.calibration(OPERATOR)).total.told


def result(n: int, **changes: Any) -> dict[str, Any]:
    """A row as the database gives it: `n` names valuation and deal."""
    value = Decimal(1_100_000_000)
    fields = {
        "id": new_id(), "provider_org_id": "one", "valuer_vi": "Hãng Một", "valuer_en": None, "field": "2.7",
        "value_date": date(2026, 1, 31), "value": int(value), "low": int(value), "high": int(value), "outcome": None,
        "deal_id": n, "amount": 1_000_000_000, "signed_on": date(2026, 6, 1),
    }  # fmt: skip
    return fields | changes


def test_figures_of_known_points():
    found = [
        result(1, value=1_000, amount=1_000, low=900, high=1_100), result(2, value=2_000, amount=1_000),
        result(3, value=500, amount=1_000, low=400, high=600),
    ]  # fmt: skip
    total, _ = calibration.figures(found, 24, None)
    # |ln 1|, |ln 2|, |ln 1/2|; of two ranges one holds the price.
    assert (total.count, total.median_ratio, total.mean_error, total.inside) == (
        3, Decimal("1.0000"), Decimal("0.4621"), Decimal("0.5000"),
    )  # fmt: skip
    over, _ = calibration.figures([result(1, signed_on=date(2028, 2, 1))], 24, None)
    last, _ = calibration.figures([result(1, signed_on=date(2028, 1, 31))], 24, None)
    assert (over.told, last.told) == (False, True)


def test_methods_are_compared_by_their_own_value():
    calculations = [
        {"method": "relief_from_royalty", "approach": "income", "unit": "money", "value": "2000", "low": None,
         "high": None},
        {"method": "wacc", "approach": "tool", "unit": "rate", "value": "0.1", "low": None, "high": None},
        {"method": "comparables", "approach": "market", "unit": "money", "value": None, "low": None, "high": None},
    ]  # fmt: skip
    _, lines = calibration.figures([result(1, amount=1000, outcome={"calculations": calculations})], 24, None)
    assert [(r.key, r.median_ratio, r.inside) for r in lines["by_method"]] == [
        ("relief_from_royalty", Decimal("2.0000"), None)
    ]


def test_few_deals_are_neither_shown_nor_to_be_worked_out():
    five = [result(n) for n in range(5)]
    lone = result(9, provider_org_id="two", valuer_vi="Hãng Hai", field="1.2")
    total, lines = calibration.figures(five, 24, 5)
    assert (total.count, total.median_ratio) == (5, Decimal("1.10"))
    assert [len(v) for v in lines.values()] == [0, 1, 1]
    # With a sixth of another firm the five are told no more beside the whole: the sixth would be the difference.
    total, lines = calibration.figures([*five, lone], 24, 5)
    assert total.count == 6
    assert all(not rows_ for rows_ in lines.values())
    # Four deals valued twice are four deals.
    total, _ = calibration.figures([result(n % 4) for n in range(8)], 24, 5)
    assert not total.told
    # The operator sees each.
    total, lines = calibration.figures([*five, lone], 24, None)
    assert [[r.count for r in v] for v in lines.values()] == [[], [5, 1], [5, 1]]


async def test_a_submitted_sheet_takes_nothing(db, start):
    case = await (await start()).drafted()
    await valuations.submit(case.firm.first.actor, case.id, 1, Submit(revision=2))
    with pytest.raises(Conflict):
        await valuations.take_comparables(
            case.firm.first.actor, case.id, 1, TakeComparables(mode="licence", revision=3)
        )
    found = await valuations.evidence(case.firm.second.actor, case.id)
    assert found.draft is None
    assert found.facts.on == clock.today() - timedelta(days=3)
