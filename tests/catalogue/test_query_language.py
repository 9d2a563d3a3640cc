"""What people type into the field: terms, numbers that name one thing, questions about the classification."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts import accounts
from app.catalogue import classes, language
from app.catalogue.schemas import Params, from_address, from_pairs
from app.deals import deals
from app.kit.ids import new_id
from app.listings import listings
from app.web import forms
from tests.support import browser as pages
from tests.support import market

API = "/api/v1/listings"
RIGHT = {
    "kind": "invention",
    "status": "pending",
    "office": "VN",
    "application_no": "1-2022-90001",
    "filed": "2022-03-01",
}
GRANTED = RIGHT | {
    "registration_no": "1-0031234",
    "status": "granted",
    "granted": "2024-03-01",
    "expires": "2042-03-01",
}
MST = "0100109106"


# --- reading the question ---


@pytest.mark.parametrize(
    ("question", "text", "terms"),
    [
        ("nước thải", "nước thải", []),
        ("nước ipc:C02F thải", "nước thải", [("ipc", ("C02F",))]),
        ("ipc: c02f", "", [("ipc", ("C02F",))]),
        ("IPC:C", "", [("ipc", ("C",))]),
        ("ipc:C02F1/44 màng", '"C02F 1/44" màng', [("ipc", ("C02F",))]),
        ("ipc:C02F 1/44 màng", '"C02F 1/44" màng', [("ipc", ("C02F",))]),
        ("trl:6", "", [("trl", ("6",))]),
        ("TRL:6-8", "", [("trl", ("6", "7", "8"))]),
        ("trl:8..6", "", [("trl", ("6", "7", "8"))]),
        ("trl:>=8", "", [("trl", ("8", "9"))]),
        ("trl:8+", "", [("trl", ("8", "9"))]),
        ("trl:<3", "", [("trl", ("1", "2"))]),
        ("trl:<1", "", [("trl", ("none",))]),
        ("field:2.7", "", [("field", ("2.7",))]),
        ("linhvuc:2.7", "", [("field", ("2.7",))]),
        ("lĩnhvực:2", "", [("field", ("2",))]),
        ('linhvuc:"kỹ thuật môi trường"', "", [("field", ("2.7",))]),
        ("field:nanotechnology", "", [("field", ("2.10",))]),
        ("donvi:bách", "", [("org", ("bách",))]),
        ('đơnvị:"Đại học" pin', "pin", [("org", ("Đại học",))]),
        ("org:“Đại học”", "", [("org", ("Đại học",))]),
        ("mst:0100109106", "", [("mst", (MST,))]),
        ("mst:0100.109.106-001", "", [("mst", ("0100109106001",))]),
        # What makes no sense stays what it is: words.
        ("ipc:Z99", "ipc:Z99", []),
        ("ipc:C02F1", "ipc:C02F1", []),
        ("trl:12", "trl:12", []),
        ("trl:>=6-8", "trl:>=6-8", []),
        ("field:9.9", "field:9.9", []),
        ("mst:12", "mst:12", []),
        ("org:", "org:", []),
        ("giờ:10 chú ý: pin", "giờ:10 chú ý: pin", []),
        ("http://trl:6", "http://trl:6", []),
        ("-trl:6", "-trl:6", []),
        ('"trl:6"', '"trl:6"', []),
    ],
)
def test_terms(question: str, text: str, terms: list[tuple[str, tuple[str, ...]]]) -> None:
    said = language.understand(question)
    assert (said.text, [(t.name, t.values) for t in said.terms]) == (text, terms)
    for term in said.terms:
        assert term.written not in language.without(question, term)


@given(st.text(max_size=80) | st.from_regex(r'(ipc|trl|org|field|mst): ?["<>=0-9A-Ha-z./\- ]{0,12}', fullmatch=True))
def test_nothing_typed_is_an_error(question: str) -> None:
    for term in language.understand(question).terms:
        language.without(question, term)
    language.identifier(question)
    language.ipc_of(question)
    language.amount(question)
    classes.symbols(question)
    classes.fields(question)


@pytest.mark.parametrize(
    ("typed", "number", "compact", "tax"),
    [
        ("CN-00012", 12, "", ""),
        (" cn 12 ", 12, "", ""),
        ("CN–00012", 12, "", ""),
        ("#CN00012", 12, "", ""),
        ("1-2022-90001", None, "1202290001", "1202290001"),
        ("1 2022 90001", None, "1202290001", "1202290001"),
        ("1/2022/90001", None, "1202290001", "1202290001"),
        ("VN 1-0031234", None, "vn10031234", ""),
        ("Số đơn: 1-2022-90001", None, "1202290001", "1202290001"),
        ("mst 0100109106", None, MST, MST),
        ("Mã số thuế: 0100109106-001", None, "0100109106001", "0100109106001"),
    ],
)
def test_identifiers(typed: str, number: int | None, compact: str, tax: str) -> None:
    found = language.identifier(typed)
    assert found is not None
    assert (found.number, found.tax_code) == (number, tax)
    assert (found.compact[:1] or ("",))[0] == compact


@pytest.mark.parametrize(
    "typed", ["", "nước thải", "2024", "cảm biến 5G 2024 mới", "nano 12345 và pin", "CN-", "trl:6", "-" * 50]
)
def test_words_are_no_identifiers(typed: str) -> None:
    assert language.identifier(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ipc of wastewater treatment", "wastewater treatment"),
        ("IPC của xử lý nước", "xử lý nước"),
        ("phân loại ipc cho cảm biến", "cảm biến"),
        ("ipc cua xu ly nuoc", "xu ly nuoc"),
        ("ipc", ""),
        ("ipc:C02F", ""),
        ("của ipc", ""),
    ],
)
def test_questions_about_the_classification(typed: str, meant: str) -> None:
    assert language.ipc_of(typed) == meant


@pytest.mark.parametrize(
    ("typed", "đồng"),
    [
        ("1.250.000.000", 1_250_000_000),
        ("1,25 tỷ", 1_250_000_000),
        ("1.25 bn", 1_250_000_000),
        ("250tr", 250_000_000),
        ("500 nghìn", 500_000),
        ("0", 0),
        ("abc", None),
        ("-5", None),
        ("1 con bò", None),
        ("9" * 40, None),
    ],
)
def test_amounts(typed: str, đồng: int | None) -> None:  # noqa: PLC2401
    assert language.amount(typed) == đồng


def test_of_a_branch_the_narrowest_choice_counts() -> None:
    found = from_address("field=2&field=2.7&field=1&ipc=C&ipc=C02F&ipc=A01&ipc=c02f&ipc=zz")
    assert found.field == ["2.7", "1"]
    assert found.ipc == ["C02F", "A01", "zz"]
    assert Params(field=["2", "2.7"], ipc=["c", "C02F 1/44"]).ipc == ["C", "C02F"]  # the API takes each as it is


def test_prices_have_two_ends_in_order() -> None:
    found = from_pairs([("price_min", "2 tỷ"), ("price_max", "500tr")])
    assert (found.price_min, found.price_max) == (500_000_000, 2_000_000_000)
    assert forms.build(Params, {"price_min": "0"}).price_min is None


@pytest.mark.parametrize(
    ("days", "taken"), [("30", 30), ("31", 90), ("400", None), ("x", None), ("-1", None), ("", None)]
)
def test_freshness_is_one_of_three(days: str, taken: int | None) -> None:
    assert from_pairs([("refreshed", days)]).refreshed == taken


# --- finding by it ---


async def ids(client: Any, q: str, **params: Any) -> set[str]:
    answer = await client.get(API, params={"q": q, **params})
    assert answer.status_code == 200, answer.text
    return {i["id"] for i in answer.json()["items"]}


@pytest.fixture
async def shelf(make_organisation: Any, db: Any) -> dict[str, str]:
    """Three listings of two organisations, indexed."""
    university = await make_organisation("university", "Trường Đại học Sông Nhuệ")
    company = await make_organisation("company", "Công ty Vật liệu Xanh", tax_code=MST)
    one = market.Actor(person_id=new_id(), org_id=university.id, role=market.Role.owner, person_name="A")
    two = market.Actor(person_id=new_id(), org_id=company.id, role=market.Role.owner, person_name="B")
    made = {
        "water": await market.publish(one, ipc=["C02F 1/44"], field="2.7", rights=[RIGHT]),
        "sensor": await market.publish(one, title_vi="Cảm biến mặn", ipc=["G01N"], field="2.2", trl=4),
        "hidden": await market.publish(two, title_vi="Vật liệu hấp phụ", ipc=["B01J"], trl=9, rights=[GRANTED],
                                       tiers={"rights": "registered"}),
    }  # fmt: skip
    return {k: str(v) for k, v in made.items()} | {"university": str(university.id), "company": str(company.id)}


async def test_terms_filter(client: Any, shelf: dict[str, str], drain: Any) -> None:
    await drain()
    water, sensor, hidden = shelf["water"], shelf["sensor"], shelf["hidden"]
    assert await ids(client, "ipc:C02F") == {water}
    assert await ids(client, "ipc:C") == {water}
    assert await ids(client, "ipc:C02F 1/44") == {water}
    assert await ids(client, "ipc:C02F 3/10") == set()
    assert await ids(client, "ipc:C02F ipc:G01N") == {water, sensor}
    assert await ids(client, "trl:4") == {sensor}
    assert await ids(client, "trl:7+") == {water, hidden}
    assert await ids(client, "zzqqxx trl:4") == set()
    assert await ids(client, "linhvuc:2.7") == {water}
    assert await ids(client, 'linhvuc:"môi trường"') == {water}
    assert await ids(client, "field:2") == {water, sensor, hidden}
    assert await ids(client, "donvi:vat-lieu") == {hidden}
    assert await ids(client, 'org:"dai hoc song nhue" cảm biến') == {sensor}
    assert await ids(client, "donvi:khongai") == set()
    assert await ids(client, f"mst:{MST}") == {hidden}
    assert await ids(client, "trl:4-7", trl_min=5) == {water}


async def test_chips_take_terms_out_again(client: Any, shelf: dict[str, str], drain: Any) -> None:
    await drain()
    page = await client.get("/listings", params={"q": "cảm biến ipc:G01N trl:4", "field": "2.2", "price_max": "5 tỷ"})
    chips = page.text.split('class="chips"')[1].split("</div>")[0]
    assert "G01N" in chips
    assert "TRL 4" in chips
    assert "≤ 5" in chips
    links = [line.split('"')[1].replace("&amp;", "&") for line in chips.split("<a href=")[1:]]
    questions = [dict(parse_qsl(urlsplit(link).query)).get("q") for link in links]
    assert questions[:2] == ["cảm biến trl:4", "cảm biến ipc:G01N"]
    assert questions[-1] == "cảm biến ipc:G01N trl:4"  # clears the filters, keeps the question


async def test_a_bare_identifier_goes_to_its_page(client: Any, shelf: dict[str, str], drain: Any) -> None:
    await drain()
    number = (await market.row("SELECT number FROM listing WHERE id = :id", id=shelf["sensor"]))[0]
    for typed, page in (
        (f"CN-{number:05d}", f"/listings/{shelf['sensor']}"),
        (f"cn{number}", f"/listings/{shelf['sensor']}"),
        ("1-2022-90001", f"/listings/{shelf['water']}"),
        ("1202290001", f"/listings/{shelf['water']}"),
        ("Số đơn 1.2022.90001", f"/listings/{shelf['water']}"),
        (MST, f"/organisations/{shelf['company']}"),
        (f"mst:{MST}", f"/organisations/{shelf['company']}"),
        (f"MST {MST[:4]} {MST[4:]}", f"/organisations/{shelf['company']}"),
    ):
        answer = await client.get("/listings", params={"q": typed, "sort": ""})
        assert (answer.status_code, answer.headers.get("location")) == (303, page), typed
    for params in (
        {"q": f"CN-{number:05d}", "trl_min": 5},
        {"q": f"CN-{number:05d} màng"},
        {"q": "CN-99999"},
        {"q": "9-2022-90009"},
        {"q": "1-0031234"},  # the number of a right that only signed-in people may see
        {"q": "0100109107"},
    ):  # fmt: skip
        assert (await client.get("/listings", params=params)).status_code == 200, params


async def test_an_identifier_of_two_things_shows_both(client: Any, shelf: dict[str, str], drain: Any) -> None:
    seller = await market.acting("university")
    other = str(await market.publish(seller, title_vi="Màng lọc thứ hai", rights=[RIGHT]))
    await drain()
    page = await client.get("/listings", params={"q": "1-2022-90001"})
    assert page.status_code == 200
    assert f"/listings/{other}" in page.text
    assert f"/listings/{shelf['water']}" in page.text


async def test_what_is_not_public_has_no_identifier(client: Any, shelf: dict[str, str], make_organisation: Any) -> None:
    number = (await market.row("SELECT number FROM listing WHERE id = :id", id=shelf["water"]))[0]
    await listings.suspend(market.OPERATOR, as_id(shelf["water"]), "Cần kiểm tra lại.")
    for typed in (f"CN-{number:05d}", "1-2022-90001"):
        assert (await client.get("/listings", params={"q": typed})).status_code == 200
    alone = await make_organisation("individual", "Nguyễn Văn Riêng", tax_code="8000000008")
    assert (await client.get("/listings", params={"q": "8000000008"})).status_code == 200
    await accounts.change_standing(market.OPERATOR, as_id(shelf["company"]), "suspend", "Hồ sơ sai.")
    assert (await client.get("/listings", params={"q": MST})).status_code == 200
    assert alone.id


def as_id(text: str) -> Any:
    from uuid import UUID

    return UUID(text)


# --- facets ---


async def facets(client: Any, **params: Any) -> Any:
    return (await client.get(API, params=params)).json()["facets"]


async def test_the_evidence_of_a_listing_is_that_of_its_best_deal(client: Any, drain: Any) -> None:
    table = await market.market()
    quiet = await market.publish(await market.acting("university"))
    await drain()
    assert (await facets(client))["evidence"] == {"0": 1}
    offer = await market.send_offer(table.seller, table.deal_id)
    await market.offers.accept(table.buyer, offer)
    await drain()
    assert (await facets(client))["evidence"] == {"1": 1}
    await market.report(table.seller, table.deal_id)
    await deals.confirm_contract(table.buyer, table.deal_id)
    second = await market.open_deal(await market.acting(), table.listing_id)
    await drain()
    assert second
    assert (await facets(client, evidence="2"))["evidence"] == {"2": 1}
    assert await ids(client, "", evidence="2") == {str(table.listing_id)}
    assert await ids(client, "", evidence="0") == set()
    assert str(quiet) in await ids(client, "")
    await market.sound()


async def test_freshness_counts_days(client: Any, shelf: dict[str, str], drain: Any) -> None:
    for name, days in (("water", 10), ("sensor", 80), ("hidden", 200)):
        sql = "UPDATE listing SET refreshed_at = now() - make_interval(days => :days) WHERE id = :id"
        await market.execute(sql, days=days, id=shelf[name])
    await drain()
    assert await ids(client, "", refreshed=30) == {shelf["water"]}
    assert await ids(client, "", refreshed=90) == {shelf["water"], shelf["sensor"]}
    assert len(await ids(client, "", refreshed=365)) == 3
    assert await ids(client, "cảm biến", refreshed=30) == set()
    page = await client.get("/listings?refreshed=90")
    assert 'value="90" checked' in page.text
    assert "trong 90 ngày" in page.text.split('class="chips"')[1]


async def test_trees_open_where_they_are_chosen(client: Any, shelf: dict[str, str], drain: Any) -> None:
    await drain()
    found = await facets(client)
    assert found["ipc"] == dict.fromkeys(("C", "C02", "C02F", "G", "G01", "G01N", "B", "B01", "B01J"), 1)

    async def boxes(query: str) -> set[str]:
        page = await client.get(f"/listings?{query}")
        return {v for v in found["ipc"] if f'name="ipc" value="{v}"' in page.text}

    assert await boxes("") == {"B", "C", "G"}
    assert await boxes("ipc=C") == {"B", "C", "G", "C02"}
    assert await boxes("ipc=C&ipc=C02") == {"B", "C", "G", "C02", "C02F"}
    assert await ids(client, "", ipc=["C", "G01N"]) == {shelf["water"], shelf["sensor"]}
    assert await ids(client, "", ipc="Z99") == set()
    page = await client.get("/listings?ipc=C&ipc=C02&ipc=C02F")
    assert page.text.split('class="chips"')[1].split("</div>")[0].count("<a ") == 2  # C02F, and "clear all"
    page = await client.get("/listings?field=2.7")
    assert 'name="field" value="2.7" checked' in page.text
    assert 'name="field" value="2.2"' in page.text  # its neighbours stay choosable


# --- the classification ---


async def test_the_page_of_the_classification(client: Any, shelf: dict[str, str], drain: Any) -> None:
    await drain()
    answer = await client.get("/listings", params={"q": "ipc của xử lý nước"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/ipc?q=x%E1%BB%AD+l%C3%BD+n%C6%B0%E1%BB%9Bc"
    page = await client.get(answer.headers["location"])
    assert 'href="/listings?ipc=C02F"' in page.text
    assert "1 công nghệ" in pages.text(page)
    items = (await client.get("/api/v1/ipc", params={"q": "wastewater"})).json()["items"]
    assert [(i["code"], i["count"]) for i in items] == [("C02", 1), ("C02F", 1)]
    assert [i["code"] for i in (await client.get("/api/v1/ipc")).json()["items"]] == list("ABCDEFGH")
    assert "Không có lớp nào" in pages.text(await client.get("/ipc?q=zzzz"))
    english = await client.get("/ipc?q=water&lang=en")
    assert "Water, wastewater, sludge treatment" in english.text
    assert "<script>alert(1)" not in (await client.get("/ipc", params={"q": "<script>alert(1)"})).text
