"""Finding: without diacritics, by facet, by page; and what a page of results costs."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import reference
from app.kit import clock, paging
from app.kit.text import sort_key
from app.listings import listings
from app.listings.schemas import CreateListing
from tests.listings import drafts
from tests.support import market as m
from tests.support.browser import text

API = "/api/v1/listings"
FIELDS = ("1", "1.2", "2", "2.7", "2.11", "3.3", None)
PRIORITIES = (*list(reference.priorities())[:3], None)
IPC = ("C02F 1/44", "C02F", "H01M 10/0525", "G06N 3/08", "A01G")


def statements(answer: Any) -> int:
    found = re.search(r'sql;desc="(\d+)"', answer.headers["server-timing"])
    assert found
    return int(found[1])


async def everything(client: Any, params: dict[str, Any], limit: int = 7) -> list[dict[str, Any]]:
    """All pages of a search, one after another."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(100):
        answer = await client.get(API, params=params | {"limit": limit} | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items
        assert len(page["items"]) == limit
    raise AssertionError("the pages do not end")


def rows(count: int, seed: int = 7) -> list[dict[str, Any]]:
    """Random technologies with everything that is filtered and sorted by."""
    dice = random.Random(seed)
    made: list[dict[str, Any]] = []
    for n in range(count):
        policy = dice.choice(["negotiable", "fixed", "range", "by_valuation"])
        low = dice.choice([0, 5, 10, 20]) * 1_000_000
        offer: dict[str, Any] = {"mode": dice.choice(["licence", "assignment", "trial"]), "price_policy": policy}
        if policy in ("fixed", "range"):
            offer |= {"price_from": low, "price_to": low + dice.choice([0, 15_000_000])}
        kinds = dice.sample(["plant_variety", "trade_secret", "software_copyright"], dice.randint(0, 2))
        made.append(
            {
                "title_vi": f"{dice.choice(['Ống', 'Ong', 'Đèn', 'Dây', 'Âm', 'Ánh', 'An'])} {dice.choice('abc')} {n}",
                "field": dice.choice(FIELDS),
                "priority": dice.choice(PRIORITIES),
                "trl": dice.choice([1, 4, 4, 7, 9, None]),
                "province": dice.choice([1, 79, None]),
                "ipc": dice.sample(IPC, dice.randint(0, 2)),
                "rights": [{"kind": k} for k in kinds],
                "offers": [offer],
            }
        )
    return made


async def shelf(count: int = 60) -> list[dict[str, Any]]:
    """Random listings of three organisations, shown and indexed; what was put in, with ids and owners."""
    sellers = [await m.acting(kind) for kind in ("university", "company", "company")]
    made = rows(count)
    dice = random.Random(3)
    for row in made:
        row["seller"] = dice.choice(sellers)
    put = [{k: v for k, v in row.items() if k != "seller"} | {"org_id": row["seller"].org_id} for row in made]
    assert sellers[0].org_id
    ids = await drafts.shelve(sellers[0].org_id, put)
    return [row | {"id": str(id_)} for row, id_ in zip(made, ids, strict=True)]


# --- words ---


@pytest.mark.parametrize("typed", ["tri tue nhan tao", "trí tuệ nhân tạo", "TRI TUE NHAN TAO", "tri tue nhân tạo"])
async def test_words_are_found_without_their_marks(client: Any, drain: Any, typed: str) -> None:
    owner = await m.acting("university")
    wanted = await m.publish(owner, title_vi="Ứng dụng trí tuệ nhân tạo đọc ảnh X-quang")
    await m.publish(owner, title_vi="Than hoạt tính từ gáo dừa")
    await drain()
    answer = await client.get(API, params={"q": typed})
    assert [i["id"] for i in answer.json()["items"]] == [str(wanted)]
    page = await client.get("/listings", params={"q": typed})
    assert f"/listings/{wanted}" in page.text
    assert "trí tuệ nhân tạo" in text(page)
    assert "<mark>trí tuệ nhân tạo</mark>" in page.text
    assert "gáo dừa" not in text(page)
    feed = await client.get("/feeds/listings.atom", params={"q": typed})
    assert str(wanted) in feed.text
    assert feed.text.count("<entry>") == 1


async def test_a_phrase_an_exclusion_and_a_number(client: Any, drain: Any) -> None:
    owner = await m.acting("university")
    rights = [{"kind": "invention", "application_no": "1-2024-01234"}]
    one = await m.publish(owner, title_vi="Cảm biến đo độ mặn đầm tôm", rights=rights)
    two = await m.publish(owner, title_vi="Cảm biến rung cho cầu treo")
    await drain()
    number = await m.scalar("SELECT number FROM listing WHERE id = :id", id=two)
    for q, wanted in (
        ("cam bien", {one, two}),
        ('"cảm biến rung"', {two}),
        ("cam bien -rung", {one}),
        ("1-2024-01234", {one}),
        (f"CN-{number:05d}", {two}),
        ("cam bien dom dom", set()),
        ('"rung cảm biến"', set()),
    ):
        answer = (await client.get(API, params={"q": q})).json()
        if not wanted and answer["items"]:
            assert answer["items"], "only near matches, and said to be such"
            continue
        assert {i["id"] for i in answer["items"]} == {str(i) for i in wanted}, q


async def test_nothing_found_says_what_to_do_next(client: Any, drain: Any) -> None:
    await m.publish(await m.acting(), title_vi="Than hoạt tính từ gáo dừa")
    await drain()
    for url in ("/listings?q=zzzqqqxxx", "/listings?field=5.9", "/listings?q=than&trl_min=9", "/listings?org=nobody"):
        page = await client.get(url)
        assert page.status_code == 200
        assert "Không tìm thấy công nghệ phù hợp" in text(page), url
        assert 'href="/listings"' in page.text
    english = await client.get("/listings?q=zzzqqqxxx&lang=en")
    assert "Không tìm thấy" not in text(english)
    assert (await client.get(API, params={"q": "zzzqqqxxx"})).json()["items"] == []


async def test_an_empty_exchange_has_pages_too(client: Any, db: Any) -> None:
    for url in (
        "/",
        "/listings",
        "/organisations",
        "/compare",
        "/feeds/listings.atom",
        "/sitemap.xml",
        "/sitemaps/listings-1.xml",
        "/statistics/public",
    ):
        assert (await client.get(url)).status_code == 200, url


@settings(drafts.FEW, max_examples=40)
@given(
    params=st.dictionaries(
        st.sampled_from(
            ["q", "field", "priority", "ip", "mode", "province", "owner_kind", "org", "ipc", "sort", "trl"]
        ),
        st.one_of(
            st.text(max_size=40), st.sampled_from(["%", "'", '"', "\\", "a" * 400, "\x00", "2.7", "-", "()*&|!:"])
        ),
        max_size=4,
    )
)
async def test_whatever_is_asked_is_answered(client: Any, params: dict[str, str]) -> None:
    for url in (API, "/listings", "/feeds/listings.atom"):
        answer = await client.get(url, params=params)
        assert answer.status_code == 200 or (answer.status_code == 422 and url == API), answer.text[:300]


# --- facets ---


def _in_field(row: dict[str, Any], code: str) -> bool:
    return row["field"] is not None and (row["field"] == code or row["field"].startswith(code + "."))


FACETS: dict[str, Callable[[dict[str, Any]], Iterable[str]]] = {
    "field": lambda r: {r["field"], r["field"].split(".")[0]} if r["field"] else (),
    "priority": lambda r: [r["priority"]] if r["priority"] else (),
    "trl": lambda r: [str(r["trl"])] if r["trl"] else (),
    "ip": lambda r: {x["kind"] for x in r["rights"]},
    "mode": lambda r: {o["mode"] for o in r["offers"]},
    "price_policy": lambda r: [r["offers"][0]["price_policy"]],
    "owner_kind": lambda r: [r["seller"].org_kind],
    "province": lambda r: [str(r["province"])] if r["province"] else (),
}
VALUES = {
    "field": ["1", "2", "2.7", "2.11", "3", "5"],
    "priority": [p for p in PRIORITIES if p],
    "trl": ["1", "4", "9"],
    "ip": ["plant_variety", "trade_secret", "trademark"],
    "mode": ["licence", "assignment", "trial"],
    "price_policy": ["negotiable", "fixed", "range"],
    "owner_kind": ["university", "company"],
    "province": ["1", "79"],
}


def _others_hold(row: dict[str, Any], chosen: dict[str, list[str]], but: str = "") -> bool:
    return all(set(FACETS[n](row)) & set(v) for n, v in chosen.items() if n != but and v)


def _priced(row: dict[str, Any], low: int | None, high: int | None) -> bool:
    offer = row["offers"][0]
    if low is None and high is None:
        return True
    if "price_from" not in offer:
        return False
    top = offer["price_from"] if offer["price_policy"] == "fixed" else offer["price_to"]
    return (high is None or offer["price_from"] <= high) and (low is None or top >= low)


async def test_facets_and_totals_equal_a_count_by_hand(client: Any, db: Any) -> None:
    shelved = await shelf()
    dice = random.Random(11)
    for _ in range(60):
        chosen = {n: dice.sample(v, dice.randint(1, 2)) for n, v in VALUES.items() if dice.random() < 0.25}
        low, high = dice.choice([(None, None), (None, None), (6_000_000, None), (None, 10_000_000), (1, 8_000_000)])
        params: dict[str, Any] = dict(chosen)
        params |= {"price_min": low} if low is not None else {}
        params |= {"price_max": high} if high is not None else {}
        answer = (await client.get(API, params=params | {"limit": 100})).json()
        priced = [r for r in shelved if _priced(r, low, high)]
        wanted = [r for r in priced if _others_hold(r, chosen)]
        assert {i["id"] for i in answer["items"]} == {r["id"] for r in wanted}, params
        assert answer["total"] == len(wanted)
        for name, of in FACETS.items():
            counted = Counter(v for r in priced if _others_hold(r, chosen, name) for v in of(r))
            assert answer["facets"][name] == dict(counted), (name, params)


async def test_a_parent_field_counts_its_children(client: Any, db: Any) -> None:
    shelved = await shelf()
    for code in ("1", "2", "2.7"):
        answer = (await client.get(API, params={"field": code, "limit": 100})).json()
        assert answer["total"] == sum(_in_field(r, code) for r in shelved)
        assert answer["facets"]["field"][code] == answer["total"]


@pytest.mark.parametrize(("low", "high"), [(4, None), (None, 4), (4, 7), (5, 6), (8, 2), (1, 9)])
async def test_a_span_of_readiness(client: Any, db: Any, low: int | None, high: int | None) -> None:
    shelved = await shelf(30)
    params = {k: v for k, v in (("trl_min", low), ("trl_max", high)) if v is not None}
    answer = (await client.get(API, params=params | {"limit": 100})).json()
    inside = {r["id"] for r in shelved if r["trl"] and (low or 1) <= r["trl"] <= (high or 9)}
    assert {i["id"] for i in answer["items"]} == inside


@pytest.mark.parametrize(
    ("prefix", "starts"), [("C02F", "C02F"), ("H01M", "H01M"), ("C", "C"), ("A01", "A01"), ("Z", "Z")]
)
async def test_an_ipc_prefix(client: Any, db: Any, prefix: str, starts: str) -> None:
    shelved = await shelf(30)
    answer = (await client.get(API, params={"ipc": prefix, "limit": 100})).json()
    assert {i["id"] for i in answer["items"]} == {
        r["id"] for r in shelved if any(c.startswith(starts) for c in r["ipc"])
    }


async def test_the_page_shows_the_counts_the_api_gives(client: Any, db: Any) -> None:
    await shelf(30)
    api = (await client.get(API, params={"field": "2", "mode": "licence"})).json()
    page = await client.get("/listings?field=2&mode=licence")
    for slug, count in api["facets"]["field"].items():
        box = re.search(
            rf'<input[^>]*name="field"[^>]*value="{re.escape(slug)}"[^>]*>(.*?)</label>', page.text, re.DOTALL
        )
        assert box, slug
        assert re.findall(r"\d+", re.sub(r"<[^>]+>", " ", box[1]))[-1] == str(count), slug
    # What is chosen can be taken away again, each by itself.
    assert 'href="/listings?mode=licence"' in page.text
    assert 'href="/listings?field=2"' in page.text


# --- order and pages ---


def _keys(sort: str) -> Callable[[dict[str, Any]], Any]:
    def price(row: dict[str, Any], name: str) -> int | None:
        return row["offers"][0].get(name) if row["offers"][0]["price_policy"] in ("fixed", "range") else None

    def high(row: dict[str, Any]) -> int:
        top = price(row, "price_from" if row["offers"][0]["price_policy"] == "fixed" else "price_to")
        return -top if top is not None else 1

    def low(row: dict[str, Any]) -> int:
        found = price(row, "price_from")
        return found if found is not None else 2**62

    keys: dict[str, Callable[[dict[str, Any]], Any]] = {
        "title": lambda r: sort_key(r["title_vi"]),
        "trl": lambda r: -(r["trl"] or -1),
        "price": low,
        "price_desc": high,
    }
    return keys[sort]


@pytest.mark.parametrize("sort", ["newest", "title", "trl", "price", "price_desc"])
async def test_pages_join_without_gap_or_repeat_in_the_order_asked(client: Any, db: Any, sort: str) -> None:
    shelved = await shelf()
    whole = await everything(client, {"sort": sort})
    ids = [i["id"] for i in whole]
    assert len(ids) == len(set(ids)) == len(shelved)
    assert set(ids) == {r["id"] for r in shelved}
    by_id = {r["id"]: r for r in shelved}
    if sort == "newest":
        assert ids == [r["id"] for r in reversed(shelved)]
    else:
        found = [_keys(sort)(by_id[i]) for i in ids]
        assert found == sorted(found)
    assert ids == [i["id"] for i in await everything(client, {"sort": sort}, limit=60)]


async def test_pages_of_a_search_join_as_well(client: Any, db: Any) -> None:
    await shelf()
    for params in ({"q": "mang loc"}, {"q": "ong", "field": "2"}, {"field": ["1", "2"], "sort": "title"}):
        ids = [i["id"] for i in await everything(client, params, limit=5)]
        total = (await client.get(API, params=params)).json()["total"]
        assert len(ids) == len(set(ids)) == total


async def test_what_is_published_meanwhile_moves_no_page(client: Any, db: Any) -> None:
    shelved = await shelf(30)
    first = (await client.get(API, params={"sort": "newest", "limit": 10})).json()
    await drafts.shelve(shelved[0]["seller"].org_id, [{"published_at": clock.now()}])
    second = (await client.get(API, params={"sort": "newest", "limit": 10, "cursor": first["next_cursor"]})).json()
    assert [i["id"] for i in first["items"] + second["items"]] == [r["id"] for r in reversed(shelved)][:20]


async def test_the_pages_of_the_site_join_too(client: Any, db: Any) -> None:
    shelved = await shelf(45)
    url, seen = "/listings?sort=title", []
    for _ in range(10):
        page = await client.get(url)
        seen += re.findall(r'<h[23]><a href="/listings/([0-9a-f-]{36})"', page.text)
        more = re.search(r'href="(/listings\?[^"]*cursor=[^"]+)"', page.text)
        if not more:
            break
        url = more[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 45
    assert [sort_key(t) for t in _titles(shelved, seen)] == sorted(sort_key(r["title_vi"]) for r in shelved)


def _titles(shelved: list[dict[str, Any]], ids: list[str]) -> list[str]:
    titles = {r["id"]: r["title_vi"] for r in shelved}
    return [titles[i] for i in ids]


@pytest.mark.parametrize(("asked", "given"), [(100_000, 100), (101, 100), (100, 100), (1, 1), (0, 1), (-5, 1)])
async def test_a_limit_is_capped(client: Any, db: Any, asked: int, given: int) -> None:
    org = (await m.acting()).org_id
    assert org
    await drafts.shelve(org, [{} for _ in range(120)])
    answer = await client.get(API, params={"limit": asked})
    assert answer.status_code == 200
    assert len(answer.json()["items"]) == given
    assert (
        len((await client.get(f"/api/v1/organisations/{org}/listings", params={"limit": asked})).json()["items"])
        == given
    )
    page = await client.get("/listings", params={"limit": asked})
    assert len(set(re.findall(r'<h[23]><a href="/listings/([0-9a-f-]{36})"', page.text))) == given


async def test_a_limit_that_is_no_number_is_refused(client: Any, db: Any) -> None:
    for url in (API, "/listings"):
        assert (await client.get(url, params={"limit": "all"})).status_code == 422


async def test_a_cursor_that_was_altered_is_refused(client: Any, make_person: Any) -> None:
    person = await make_person()
    org = person.org.id
    await drafts.shelve(org, [{} for _ in range(4)])
    good = (await client.get(API, params={"limit": 2})).json()["next_cursor"]
    for n in range(3):
        await listings.create(person.actor, CreateListing(title_vi=f"Công nghệ số {n}"))
    key = {"Authorization": f"Bearer {person.key}"}
    forged = [
        "nonsense",
        "!!",
        "",
        "e30",
        paging.encode([]),
        paging.encode(["x"]),
        paging.encode(["x", "y"]),
        paging.encode([1, 2]),
        paging.encode(["2026-01-01T00:00:00", str(org)]),
        paging.encode([None, None]),
        paging.encode(["newest", 1, "y"]),
        paging.encode(["newest", True, str(org)]),
        paging.encode(["title", "a\x00b", str(org)]),
        paging.encode(["a\x00b", str(org)]),
    ]
    for url in (
        API,
        "/listings",
        f"/api/v1/organisations/{org}/listings",
        f"/organisations/{org}",
        "/api/v1/organisations",
        "/organisations",
        "/api/v1/me/listings",
        "/api/v1/deals",
    ):
        for cursor in [*forged, good]:
            if not cursor:
                continue
            answer = await client.get(url, params={"cursor": cursor}, headers=key)
            fine = cursor == good and url in (API, "/listings")
            fine |= url in ("/api/v1/organisations", "/organisations") and cursor == forged[8]  # any key is a position
            assert answer.status_code == (200 if fine else 422), (url, cursor, answer.text[:200])
    other = await client.get(API, params={"cursor": good, "sort": "title"})
    assert (other.status_code, other.json()["code"]) == (422, "bad_cursor")


# --- what it costs ---


async def test_a_page_of_results_takes_three_statements_at_most(client: Any, make_person: Any) -> None:
    person = await make_person()
    org = person.org.id
    (one,) = await drafts.shelve(org, [{"title_vi": "Một tấm zeolit duy nhất"}])
    few = statements(await client.get("/listings"))
    await drafts.shelve(org, [{"rights": [{"kind": "trade_secret"}], "ipc": ["C02F"]} for _ in range(40)])
    many = await client.get("/listings")
    assert many.text.count("<article") >= 20
    assert statements(many) == few <= 2
    for url in (
        "/listings?q=zeolit",
        "/listings?q=mang+loc",
        "/listings?q=khongcogi+dau+ca",
        "/listings?field=2&mode=licence",
        f"/listings?org={org}",
        "/listings?sort=price&price_min=1",
        f"{API}?q=zeolit",
        API,
        "/feeds/listings.atom?q=mang",
    ):
        assert statements(await client.get(url)) <= 3, url
    signed_in = await person.browser()
    await signed_in.get("/listings")
    assert statements(await signed_in.get("/listings")) <= 3
    assert str(one) in (await client.get("/listings?q=zeolit")).text


async def test_a_deep_page_costs_what_the_first_one_costs(client: Any, db: Any) -> None:
    org = (await m.acting()).org_id
    assert org
    await drafts.shelve(org, [{} for _ in range(110)])
    for sort in ("newest", "title", "price"):
        costs, cursor = [], None
        for _ in range(11):
            answer = await client.get(API, params={"sort": sort, "limit": 10} | ({"cursor": cursor} if cursor else {}))
            costs.append(statements(answer))
            cursor = answer.json()["next_cursor"]
        assert cursor is None
        assert set(costs) == {2}
