"""Who looks at the figures, what is written down of it, what leaves the house as CSV, and what everyone may know."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.deals import deals
from app.kit.errors import NotFound
from app.listings import listings
from app.offers import offers
from app.statistics import repository
from app.statistics.schemas import Filters
from app.statistics.service import statistics
from app.web import tables
from tests.listings import drafts
from tests.statistics import world as w
from tests.support import market as m
from tests.support.browser import text

API = ("/api/v1/statistics", "/api/v1/statistics/deals", "/api/v1/statistics/listings", "/api/v1/statistics/patents")
TABLES = ("by_field", "by_priority", "by_owner_kind", "by_province", "months")
PAGES = (
    "/statistics",
    "/statistics/deals?figure=contracts",
    "/statistics/listings",
    "/statistics/patents",
    *(f"/statistics/tables/{t}.csv" for t in TABLES),
)
LOOKED = "SELECT entry::jsonb FROM audit_entry WHERE action LIKE 'statistics.%' ORDER BY seq"


async def looks() -> list[dict[str, Any]]:
    return [r[0] for r in await m.rows(LOOKED)]


async def test_figures_are_for_the_department_and_the_operator(
    make_person: Any, make_organisation: Any, client: Any
) -> None:
    org = await make_organisation()
    parties = [await make_person(role, org) for role in ("owner", "manager", "member", "viewer")]
    parties += [await make_person(None), await make_person("owner")]
    for person in parties:
        api, browser = person.api(), await person.browser()
        for url in API:
            answer = await api.get(url)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), url
        for url in PAGES:
            assert (await browser.get(url)).status_code == 403, url
    for url in API:
        assert (await client.get(url)).status_code == 401, url
    for url in PAGES:
        answer = await client.get(url)
        assert answer.status_code == 303, url
        assert answer.headers["location"].startswith("/sign-in?next=%2Fstatistics") or answer.headers[
            "location"
        ].startswith("/sign-in?next=/statistics")
    assert await looks() == [], "a refused look is no look"
    for duty in ("department", "operator", "admin"):
        person = await make_person(None, staff=[duty])
        api, browser = person.api(), await person.browser()
        for url in API:
            assert (await api.get(url)).status_code == 200, url
        for url in PAGES:
            assert (await browser.get(url)).status_code == 200, url


async def test_every_look_is_written_down_with_what_was_asked(make_person: Any) -> None:
    person = await make_person(None, staff=["department"])
    api, browser = person.api(), await person.browser()
    asked = [
        (api, "/api/v1/statistics?year=2025&half=1", "report", {"since": "2025-01-01", "until": "2025-06-30"}),
        (api, "/api/v1/statistics/deals?figure=value&field=2.7", "deals", {"figure": "contracts", "field": "2.7"}),
        (api, "/api/v1/statistics/listings?owner_kind=university", "listings", {"owner_kind": "university"}),
        (api, "/api/v1/statistics/patents?province=79", "patents", {"province": "79"}),
        (browser, "/statistics", "report", {}),
        (browser, "/statistics/deals?figure=declines", "deals", {"figure": "declines"}),
        (browser, "/statistics/listings", "listings", {}),
        (browser, "/statistics/patents", "patents", {}),
        (browser, "/statistics/tables/months.csv?until=2025-06-30", "report", {"until": "2025-06-30"}),
    ]
    for n, (who, url, what, detail) in enumerate(asked, 1):
        assert (await who.get(url)).status_code == 200, url
        found = await looks()
        assert len(found) == n, url
        assert (found[-1]["action"], found[-1]["person_id"]) == (f"statistics.{what}", str(person.id))
        assert found[-1]["detail"] == detail
    await m.sound()


async def test_an_unknown_figure_is_not_found_and_not_written_down(make_person: Any) -> None:
    person = await make_person(None, staff=["department"])
    for figure in ("nope", "listings", "id; DROP TABLE deal"):
        answer = await person.api().get("/api/v1/statistics/deals", params={"figure": figure})
        assert answer.status_code == 404, figure
        page = await (await person.browser()).get("/statistics/deals", params={"figure": figure})
        assert page.status_code == 404, figure
    assert (await (await person.browser()).get("/statistics/tables/deals.csv")).status_code == 404
    assert await looks() == []
    with pytest.raises(NotFound):
        await statistics.deals(m.DEPARTMENT, "reasons", Filters())


async def test_the_page_says_what_the_api_says_and_each_figure_is_a_door(make_person: Any) -> None:
    await w.make(5, listed_=8, dealt=14)
    person = await make_person(None, staff=["department"])
    browser = await person.browser()
    for query in ("", "year=2025", "field=2&owner_kind=university"):
        report = (await person.api().get(f"/api/v1/statistics?{query}")).json()
        page = await browser.get(f"/statistics?{query}")
        shown = text(page)
        for figure in report["figures"]:
            assert figure["definition"]["label"]["vi"] in shown
            assert figure["definition"]["text"]["vi"] in shown
            more = {k: v for k, v in (pair.split("=") for pair in query.split("&") if pair) if k != "year"}
            if "year" in query:
                more |= {"since": "2025-01-01", "until": "2025-12-31"}
            if figure["key"] not in ("listings", "value"):
                found = await person.api().get("/api/v1/statistics/deals", params={"figure": figure["key"], **more})
                assert found.json()["total"] == figure["value"]
        doors = sorted(set(_doors(page.text)))
        assert len(doors) > 7
        for door in random.Random(1).sample(doors, 8):
            assert (await browser.get(door)).status_code == 200, door
    english = await browser.get("/statistics?lang=en")
    assert "Contracts signed" in text(english)
    assert "L2 · Contract signed" in text(english)


def _doors(html: str) -> list[str]:
    found = re.findall(r'href="(/statistics/(?:deals|listings|patents)[^"]*)"', html)
    return [f.replace("&amp;", "&") for f in found]


async def test_a_breakdowns_cell_leads_to_exactly_its_rows(make_person: Any) -> None:
    world = await w.make(6, listed_=10, dealt=20)
    person = await make_person(None, staff=["department"])
    report = (await person.api().get("/api/v1/statistics")).json()
    for group in ("field", "priority", "owner_kind", "province"):
        for row in report[f"by_{group}"]:
            if not row["key"]:
                continue
            for figure in ("interests", "offers", "agreements", "contracts"):
                url = "/api/v1/statistics/deals"
                found = (await person.api().get(url, params={"figure": figure, group: row["key"]})).json()
                assert found["total"] == row[figure], (group, row["key"], figure)
            found = (await person.api().get("/api/v1/statistics/listings", params={group: row["key"]})).json()
            assert found["total"] == row["listings"]
    assert sum(r["interests"] for r in report["by_field"]) == len(world.deals)


async def test_the_department_page_marks_what_a_figure_counts(make_person: Any) -> None:
    table = await m.agreed()
    await m.report(table.buyer, table.deal_id)
    await deals.confirm_contract(table.seller, table.deal_id)
    person = await make_person(None, staff=["department"])
    report = (await person.api().get("/api/v1/statistics")).json()
    levels = {f["key"]: f["definition"]["level"] for f in report["figures"]}
    assert levels == {
        "listings": None,
        "interests": 0,
        "offers": 0,
        "agreements": 1,
        "contracts": 2,
        "value": 2,
        "declines": None,
    }
    assert report["as_of"]
    rows = (await person.api().get("/api/v1/statistics/deals", params={"figure": "contracts"})).json()["items"]
    assert rows[0]["evidence_level"] == 2
    # Terms, messages and files of a deal are no part of a drill-down.
    assert set(rows[0]) == {
        "id",
        "reference",
        "listing_id",
        "title",
        "seller",
        "buyer",
        "status",
        "opened_at",
        "evidence_level",
        "amount",
    }
    assert m.MESSAGE not in json.dumps(rows)


# --- CSV ---


def parsed(body: bytes) -> list[list[str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body[3:].decode("utf-8"))))


async def test_tables_as_csv_hold_the_reports_numbers(make_person: Any) -> None:
    await w.make(7, listed_=8, dealt=16)
    person = await make_person(None, staff=["department"])
    browser = await person.browser()
    for query in ("", "year=2025", "field=2"):
        report = (await person.api().get(f"/api/v1/statistics?{query}")).json()
        for name in TABLES:
            answer = await browser.get(f"/statistics/tables/{name}.csv?{query}")
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            assert f'filename="santex-{name}.csv"' in answer.headers["content-disposition"]
            header, *rows = parsed(answer.content)
            assert header[-1] == "value_vnd"
            if name == "months":
                wanted = [
                    [x["month"], *(str(x[k]) for k in ("listings", "interests", "agreements", "contracts", "value"))]
                    for x in report["months"]
                ]
            else:
                columns = ("listings", "interests", "offers", "agreements", "contracts", "value")
                wanted = [[r["key"], r["label"]["vi"], *(str(r[k]) for k in columns)] for r in report[name]]
            assert rows == wanted
    english = parsed((await browser.get("/statistics/tables/by_owner_kind.csv?lang=en")).content)
    assert "University" in english[1][1] or any("University" in r[1] for r in english)


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x.example")', "=cmd|' /C calc'!A0"]


@given(
    cells=st.lists(
        st.one_of(st.text(max_size=20), st.sampled_from(DANGEROUS), st.integers(-5, 5)), min_size=1, max_size=6
    )
)
def test_no_cell_is_a_formula_and_no_text_is_lost(cells: list[Any]) -> None:
    body = tables.table(cells, [cells])
    rows = list(csv.reader(io.StringIO(body[3:].decode("utf-8", "surrogatepass"), newline="")))
    for row in rows:
        for cell, found in zip(cells, row, strict=True):
            if isinstance(cell, int):
                assert found == str(cell)
                continue
            assert found in (cell, "'" + cell)
            assert not found.startswith(("=", "+", "-", "@", "\t", "\r"))


async def test_a_code_that_would_be_a_formula_is_led_by_an_apostrophe(make_person: Any) -> None:
    id_ = await m.publish(await m.acting())
    await m.execute("UPDATE listing SET field = :evil, priority = :evil WHERE id = :id", evil="=1+1", id=id_)
    person = await make_person(None, staff=["department"])
    browser = await person.browser()
    for name in ("by_field", "by_priority"):
        row = parsed((await browser.get(f"/statistics/tables/{name}.csv")).content)[1]
        assert row[:3] == ["'=1+1", "'=1+1", "1"]
    assert (await browser.get("/statistics")).status_code == 200


# --- what everyone may know ---


async def test_the_public_page_leaves_out_what_fewer_than_five_contribute(client: Any, db: Any) -> None:
    seller = await m.acting("university")
    listing_id = await m.publish(seller)
    buyers = [await m.acting() for _ in range(5)]

    async def told() -> dict[str, int | None]:
        answer = await client.get("/api/v1/statistics/public")
        assert answer.status_code == 200
        return {f["key"]: f["value"] for f in answer.json()["figures"]}

    assert await told() == dict.fromkeys(("listings", "interests", "agreements", "contracts"))
    for n, buyer in enumerate(buyers, 1):
        await m.open_deal(buyer, listing_id)
        assert (await told())["interests"] == (n if n >= 5 else None)
    # One organisation five times is one contributor.
    for _ in range(3):
        await m.open_deal(buyers[0], await m.publish(seller))
    assert (await told())["interests"] == 8
    assert (await told())["listings"] is None
    for _ in range(4):
        await m.publish(await m.acting())
    assert (await told())["listings"] == 8
    page = await client.get("/statistics/public")
    assert page.status_code == 200
    assert (await client.get("/statistics/public?lang=en")).status_code == 200
    assert await looks() == []


async def test_the_public_table_by_field_is_suppressed_row_by_row(client: Any, db: Any) -> None:
    for n in range(5):
        await m.publish(await m.acting(), field="2.7" if n % 2 else "2")
    one = await m.acting()
    for _ in range(6):
        await m.publish(one, field="1.2")
    rows = (await client.get("/api/v1/statistics/public")).json()["by_field"]
    assert {r["key"]: r["value"] for r in rows} == {"2": 5, "1": None}


async def test_what_left_the_market_leaves_the_public_figures(client: Any, make_person: Any) -> None:
    people = [await make_person() for _ in range(5)]
    for person in people:
        await m.publish(person.actor)
    assert (await client.get("/api/v1/statistics/public")).json()["figures"][0]["value"] == 5
    await listings.archive(
        people[0].actor, await m.scalar("SELECT id FROM listing WHERE org_id = :o", o=people[0].org.id)
    )
    assert (await client.get("/api/v1/statistics/public")).json()["figures"][0]["value"] is None


# --- patents ---


def right(number: int, **changes: Any) -> dict[str, Any]:
    kind = changes.get("kind", "invention")
    digit = {"invention": 1, "utility_solution": 2, "trademark": 4}.get(kind, 1)
    return {
        "kind": kind,
        "status": "granted",
        "registration_no": f"{digit}-{number:07}",
        "granted": "2024-01-01",
    } | changes


async def test_patents_are_granted_shown_and_public(make_person: Any) -> None:
    seller = await m.acting("university")
    shown = await m.publish(
        seller,
        rights=[
            right(1),
            right(2, kind="utility_solution"),
            right(3, status="pending"),
            right(4, kind="trademark"),
            right(5, registration_no=None),
        ],
    )
    for tier in ("registered", "nda"):
        await m.publish(seller, rights=[right(10)], tiers={"rights": tier})
    for state in ("draft", "submitted", "suspended", "archived"):
        await drafts.in_state(seller, state, rights=[right(20)])
    await drafts.in_state(seller, "transferred", rights=[right(6)])
    person = await make_person(None, staff=["department"])
    rows = (await person.api().get("/api/v1/statistics/patents")).json()["items"]
    assert {(r["number"], r["exploited"]) for r in rows} == {
        ("1-0000001", False),
        ("2-0000002", False),
        ("1-0000006", False),
    }
    assert str(shown) in {r["listing_id"] for r in rows}
    page = text(await (await person.browser()).get("/statistics/patents"))
    assert "1-0000001" in page
    assert "1-0000010" not in page
    assert "1-0000020" not in page
    report = (await person.api().get("/api/v1/statistics")).json()
    assert (report["patents_granted"], report["patents_exploited"]) == (3, 0)


async def test_patents_are_counted_beyond_what_the_list_shows(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "PATENT_LIMIT", 2)
    await m.publish(await m.acting(), rights=[right(n) for n in range(5)])
    assert len((await statistics.patents(m.DEPARTMENT, Filters())).items) == 2
    assert (await statistics.report(m.DEPARTMENT, Filters())).patents_granted == 5


async def test_a_patent_is_exploited_while_a_contract_stands(make_person: Any) -> None:
    seller, buyer = await m.acting("university"), await m.acting()
    listing_id = await m.publish(seller, rights=[right(1)])
    await m.publish(seller, rights=[right(2)])
    deal_id = await m.open_deal(buyer, listing_id)
    offer = await m.send_offer(buyer, deal_id)
    person = await make_person(None, staff=["department"])

    async def exploited() -> dict[str, bool]:
        rows = (await person.api().get("/api/v1/statistics/patents")).json()["items"]
        return {r["number"]: r["exploited"] for r in rows}

    await offers.accept(seller, offer)
    await m.report(buyer, deal_id)
    assert await exploited() == {"1-0000001": False, "1-0000002": False}
    await deals.confirm_contract(seller, deal_id)
    assert await exploited() == {"1-0000001": True, "1-0000002": False}
    report = await statistics.report(m.DEPARTMENT, Filters())
    assert (report.patents_granted, report.patents_exploited) == (2, 1)
    transaction = await m.scalar("SELECT id FROM deal_transaction WHERE deal_id = :d", d=deal_id)
    await deals.reverse_transaction(m.OPERATOR, transaction, "Nhập nhầm hợp đồng.")
    assert await exploited() == {"1-0000001": False, "1-0000002": False}


async def test_patents_follow_the_slice(make_person: Any) -> None:
    for field, kind, n in (("2.7", "university", 1), ("2", "company", 2), ("1.2", "university", 3)):
        await m.publish(await m.acting(kind), field=field, rights=[right(n)])
    for filters, wanted in (({"field": "2"}, {1, 2}), ({"field": "2.7"}, {1}), ({"owner_kind": "university"}, {1, 3})):
        found = await statistics.patents(m.DEPARTMENT, Filters.model_validate(filters))
        assert {int(p.number[2:]) for p in found.items} == wanted
        report = await statistics.report(m.DEPARTMENT, Filters.model_validate(filters))
        assert report.patents_granted == len(wanted)


async def test_the_period_of_a_report_is_said(db: Any) -> None:
    report = await statistics.report(m.DEPARTMENT, Filters(year=2025, quarter=2))
    assert (report.since, report.until) == (date(2025, 4, 1), date(2025, 6, 30))
    assert all(f.value == 0 for f in report.figures)
    assert report.months == []
    assert report.median_days == dict.fromkeys(("interest_to_offer", "offer_to_agreement", "agreement_to_contract"))
