"""What may be written: owners' shares, prices, numbers of rights, dates; whose words win; what a step keeps."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from app.kit import clock
from app.kit.ids import new_id
from app.listings import listings
from app.listings.forms import ROWS, STEPS
from app.listings.schemas import (
    Content,
    CreateListing,
    Exclusivity,
    IpKind,
    OwnerShare,
    Right,
    SaleOffer,
    UpdateListing,
)
from app.platform.db import unit_of_work
from tests.listings import drafts
from tests.support import market as m
from tests.support.browser import form, text


async def run(statement: str, **values: Any) -> None:
    async with unit_of_work() as session:
        await session.execute(sql(statement), values)


def fields_of(error: ValidationError) -> set[str]:
    """Where our own refusals are shown: the field they name, else the place they stand at."""
    found = set()
    for e in error.errors():
        cause = e.get("ctx", {}).get("error")
        found.add(getattr(cause, "field", None) or ".".join(str(p) for p in e["loc"]))
    return found


# --- owners ---


@given(cents=st.lists(st.integers(1, 9_000), min_size=1, max_size=6))
def test_owners_shares_add_up_or_are_refused(cents: list[int]) -> None:
    owners = [{"name": f"Chủ {n}", "share": f"{c // 100}.{c % 100:02}"} for n, c in enumerate(cents)]
    rest = 10_000 - sum(cents)
    if rest > 0:
        whole = [*owners, {"name": "Phần còn lại", "share": f"{rest // 100},{rest % 100:02}"}]
        kept = UpdateListing.model_validate({"owners": whole}).owners
        assert sum(o.share for o in kept) == Decimal("100.00")
    if rest != 0:
        with pytest.raises(ValidationError) as error:
            UpdateListing.model_validate({"owners": owners})
        assert fields_of(error.value) == {"owners"}


@pytest.mark.parametrize("share", ["0", "-5", "100.01", "33.333", "x", "NaN", "Infinity", None, ""])
def test_a_share_that_is_none(share: Any) -> None:
    with pytest.raises(ValidationError):
        OwnerShare.model_validate({"name": "Ai đó", "share": share})


async def test_the_database_holds_the_sum_even_against_hand_written_sql(db: Any) -> None:
    owner = await m.acting()
    id_ = await drafts.draft(owner, owners=[{"name": "A", "share": "60"}, {"name": "B", "share": "40"}])
    for statement in (
        "UPDATE listing_owner SET share = 61 WHERE listing_id = :id AND position = 0",
        "DELETE FROM listing_owner WHERE listing_id = :id AND position = 1",
        "INSERT INTO listing_owner (listing_id, position, name, share, consented) VALUES (:id, 2, 'C', 0.01, true)",
    ):
        with pytest.raises(DBAPIError, match="not 100"):
            await run(statement, id=id_)
    # Deferred: within a transaction the shares may be on their way.
    async with unit_of_work() as session:
        for share, position in ((90, 0), (10, 1)):
            await session.execute(
                sql("UPDATE listing_owner SET share = :s WHERE listing_id = :id AND position = :p"),
                {"s": share, "p": position, "id": id_},
            )
    with pytest.raises(DBAPIError, match="ck_listing_owner_share"):
        await run("UPDATE listing_owner SET share = 0 WHERE listing_id = :id", id=id_)
    view = await listings.read(owner, id_)
    assert [o.share for o in view.content.owners] == [Decimal(90), Decimal(10)]


# --- prices ---


@given(low=st.integers(0, 10**12), high=st.integers(0, 10**12))
def test_a_range_runs_upwards(low: int, high: int) -> None:
    offer = {"mode": "licence", "price_policy": "range", "price_from": low, "price_to": high}
    if low <= high:
        made = SaleOffer.model_validate(offer)
        assert (made.price_from, made.price_to) == (low, high)
    else:
        with pytest.raises(ValidationError) as error:
            SaleOffer.model_validate(offer)
        assert fields_of(error.value) == {"price_to"}


@pytest.mark.parametrize(
    ("offer", "field"),
    [
        ({"price_policy": "fixed"}, "price_from"),
        ({"price_policy": "range", "price_from": 5}, "price_to"),
        ({"price_policy": "range", "price_to": 5}, "price_from"),
        ({"price_policy": "royalty"}, "royalty_percent"),
    ],
)
def test_a_policy_asks_for_its_figure(offer: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as error:
        SaleOffer.model_validate({"mode": "licence"} | offer)
    assert fields_of(error.value) == {field}


@pytest.mark.parametrize("amount", ["1.250.000.000", "1 250 000 000", "1,250,000,000 ₫", "1250000000đ", 1_250_000_000])
def test_amounts_as_people_type_them(amount: Any) -> None:
    made = SaleOffer.model_validate({"mode": "licence", "price_policy": "fixed", "price_from": amount})
    assert (made.price_from, made.price_to) == (1_250_000_000, 1_250_000_000)


@pytest.mark.parametrize("amount", [-1, "-1", 10**18, 1.5, True, "một tỷ"])
def test_amounts_that_are_none(amount: Any) -> None:
    with pytest.raises(ValidationError):
        SaleOffer.model_validate({"mode": "licence", "price_policy": "fixed", "price_from": amount})


@pytest.mark.parametrize("percent", ["101", "-1", "3.1234", "x"])
def test_rates_that_are_none(percent: str) -> None:
    with pytest.raises(ValidationError):
        SaleOffer.model_validate({"mode": "licence", "price_policy": "royalty", "royalty_percent": percent})


def test_an_assignment_is_for_good_and_whole() -> None:
    made = SaleOffer.model_validate(
        {"mode": "assignment", "exclusivity": "non_exclusive", "term_years": 5, "sublicence": True}
    )
    assert (made.exclusivity, made.term_years, made.sublicence) == (Exclusivity.exclusive, None, False)


async def test_the_database_keeps_prices_in_order(db: Any) -> None:
    offer = {"mode": "licence", "price_policy": "range", "price_from": 10, "price_to": 20}
    id_ = await drafts.draft(await m.acting(), offers=[offer])
    for table, name in (("listing_offer", "ck_listing_offer_price_order"), ("listing", "ck_listing_price_order")):
        key = "listing_id" if table == "listing_offer" else "id"
        with pytest.raises(DBAPIError, match=name):
            await run(f"UPDATE {table} SET price_from = 21 WHERE {key} = :id", id=id_)
    with pytest.raises(DBAPIError, match="ck_listing_offer_royalty"):
        await run("UPDATE listing_offer SET royalty_percent = 100.5 WHERE listing_id = :id", id=id_)
    with pytest.raises(DBAPIError, match="ck_listing_trl"):
        await run("UPDATE listing SET trl = 10 WHERE id = :id", id=id_)


# --- rights ---

DIGITS = {"invention": "1", "utility_solution": "2", "industrial_design": "3", "trademark": "4"}


@given(
    kind=st.sampled_from(list(IpKind)),
    digit=st.sampled_from("012346"),
    year=st.integers(1900, 2099),
    serial=st.integers(0, 99_999),
    title=st.integers(0, 9_999_999),
)
def test_numbers_are_those_of_their_kind_at_the_vietnamese_office(
    kind: IpKind, digit: str, year: int, serial: int, title: int
) -> None:
    wanted = DIGITS.get(kind.value)
    for name, value in (
        ("application_no", f"{digit}-{year}-{serial:05}"),
        ("registration_no", f"{digit}-{title:07}"),
        ("registration_no", f"{digit}-{title:07}-001"),
    ):
        right = {"kind": kind.value, "office": "VN", name: value}
        if wanted is None or digit == wanted:
            assert getattr(Right.model_validate(right), name) == value
        else:
            with pytest.raises(ValidationError) as error:
                Right.model_validate(right)
            assert fields_of(error.value) == {name}
        # Another office writes as it likes.
        assert getattr(Right.model_validate(right | {"office": "us"}), name) == value


@pytest.mark.parametrize(
    "number",
    ["1-2024-1234", "1-24-01234", "2024-01234", "1/2024/01234", "VN1-2024-01234", "1-2024-01234x", "1-1824-01234"],
)
def test_application_numbers_in_another_form(number: str) -> None:
    with pytest.raises(ValidationError) as error:
        Right.model_validate({"kind": "invention", "application_no": number})
    assert fields_of(error.value) == {"application_no"}


@pytest.mark.parametrize("office", ["VN", "wo", "EP", "US", "jp"])
def test_offices_are_countries_or_the_two_regional_ones(office: str) -> None:
    assert Right.model_validate({"kind": "plant_variety", "office": office}).office == office.upper()


@pytest.mark.parametrize("office", ["", "XX", "Vietnam", "V"])
def test_offices_that_are_none(office: str) -> None:
    with pytest.raises(ValidationError):
        Right.model_validate({"kind": "invention", "office": office})


DAY = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(filed=DAY, granted=DAY, expires=DAY)
def test_dates_of_a_right_follow_each_other(filed: date, granted: date, expires: date) -> None:
    right = {"kind": "invention", "status": "granted", "filed": filed, "granted": granted, "expires": expires}
    if granted >= filed and expires > filed:
        Right.model_validate(right)
        return
    with pytest.raises(ValidationError) as error:
        Right.model_validate(right)
    assert fields_of(error.value) <= {"granted", "expires"}


async def test_the_database_keeps_the_dates_in_order(db: Any) -> None:
    right = {"kind": "invention", "filed": "2020-01-01", "expires": "2040-01-01"}
    id_ = await drafts.draft(await m.acting(), rights=[right])
    with pytest.raises(DBAPIError, match="ck_listing_right_dates"):
        await run("UPDATE listing_right SET expires = filed WHERE listing_id = :id", id=id_)


@pytest.mark.parametrize(
    ("typed", "kept"), [("c02f", "C02F"), ("C02F3/30", "C02F 3/30"), (" h01m 010/0525 ", "H01M 10/0525")]
)
def test_ipc_symbols_are_kept_in_the_official_writing(typed: str, kept: str) -> None:
    assert Content.model_validate({"ipc": [typed]}).ipc == [kept]


@pytest.mark.parametrize("typed", ["C02", "Z01A", "C02F 3", "C02F/30", "nước"])
def test_ipc_symbols_that_are_none(typed: str) -> None:
    with pytest.raises(ValidationError):
        Content.model_validate({"ipc": [typed]})


@pytest.mark.parametrize(
    "wrong",
    [
        {"field": "99"},
        {"priority": "nope"},
        {"province": 9999},
        {"trl": 0},
        {"trl": 10},
        {"title_vi": "x" * 201},
        {"summary_vi": "x" * 2001},
        {"keywords": ["x" * 61]},
        {"keywords": [f"k{n}" for n in range(21)]},
        {"rights": [{"kind": "patent"}]},
        {"offers": [{"mode": "gift"}]},
        {"funding": "lottery"},
        {"owners": [{"name": "", "share": "100"}]},
    ],
)
async def test_the_api_refuses_with_the_field_named_and_keeps_nothing(make_person: Any, wrong: dict[str, Any]) -> None:
    person = await make_person()
    id_ = await drafts.draft(person.actor)
    before = await drafts.trace(id_)
    answer = await person.api().patch(f"/api/v1/listings/{id_}", json=wrong | {"limits_vi": "Giữ lại được gì không"})
    assert answer.status_code == 422
    assert {e["field"].split(".")[0] for e in answer.json()["errors"]} == set(wrong)
    assert await drafts.trace(id_) == before


# --- writing beside others ---


async def test_a_stale_version_is_a_conflict_and_changes_nothing(make_person: Any, make_organisation: Any) -> None:
    org = await make_organisation()
    one, two = await make_person("owner", org), await make_person("member", org)
    id_ = await drafts.draft(one.actor)
    url = f"/api/v1/listings/{id_}"
    seen = (await one.api().get(url)).json()["version"]
    mine = await one.api().patch(url, json={"limits_vi": "Chỉ dùng trong nhà."}, headers={"If-Match": str(seen)})
    assert mine.status_code == 200
    assert mine.json()["version"] == seen + 1
    before = await drafts.trace(id_)
    theirs = await two.api().patch(url, json={"limits_vi": "Chỉ dùng ngoài trời."}, headers={"If-Match": str(seen)})
    assert (theirs.status_code, theirs.json()["code"]) == (409, "listing.changed_meanwhile")
    assert await drafts.trace(id_) == before
    assert (await two.api().patch(url, json={}, headers={"If-Match": "x"})).status_code == 422


async def test_the_form_shows_ones_own_words_beside_the_conflict(make_person: Any, make_organisation: Any) -> None:
    org = await make_organisation()
    one, two = await make_person("owner", org), await make_person("member", org)
    id_ = await drafts.draft(one.actor)
    mine, theirs = await one.browser(), await two.browser()
    url = f"/listings/{id_}/edit/readiness"
    step_one, step_two = form(await mine.get(url), url), form(await theirs.get(url), url)
    assert (await mine.submit(step_one, limits_vi="Chỉ dùng trong nhà.")).status_code == 303
    page = await theirs.submit(step_two, limits_vi="Chỉ dùng ngoài trời.")
    assert page.status_code == 409
    assert form(page, url).fields["limits_vi"] == "Chỉ dùng ngoài trời."
    assert "Người khác vừa sửa" in text(page)
    assert (await listings.read(one.actor, id_)).content.limits_vi == "Chỉ dùng trong nhà."
    # The page carries the new version, so sending it again is a decision, and goes through.
    assert (await theirs.submit(form(page, url))).status_code == 303
    assert (await listings.read(one.actor, id_)).content.limits_vi == "Chỉ dùng ngoài trời."


async def test_each_change_is_a_version_with_who_and_what(make_person: Any) -> None:
    person, reviewer, other = await make_person(), await make_person(None, staff=["operator"]), await make_person()
    id_ = await drafts.in_state(person.actor, "published")
    await listings.update(person.actor, id_, UpdateListing(limits_vi="Chỉ dùng trong nhà.", trl=7))
    await listings.update(person.actor, id_, UpdateListing(limits_vi="Chỉ dùng trong nhà."))
    found = (await person.api().get(f"/api/v1/listings/{id_}/versions")).json()["items"]
    assert [(v["version"], v["action"]) for v in found] == [(3, "update"), (2, "update"), (1, "create")]
    assert (found[0]["changed"], found[0]["person"]) == (["limits_vi"], person.name)
    assert (await reviewer.api().get(f"/api/v1/listings/{id_}/versions")).status_code == 200
    assert (await other.api().get(f"/api/v1/listings/{id_}/versions")).status_code == 403
    page = await (await person.browser()).get(f"/listings/{id_}/versions")
    assert person.name in text(page)
    with pytest.raises(DBAPIError, match="append-only"):
        await run("UPDATE listing_version SET person = 'x' WHERE listing_id = :id", id=id_)


async def test_null_and_empty_clear_and_absent_leaves_alone(make_person: Any) -> None:
    person = await make_person()
    right = {"kind": "invention", "application_no": "1-2024-01234"}
    id_ = await drafts.draft(person.actor, limits_vi="Giới hạn", keywords=["lọc", "nước"], rights=[right])
    url = f"/api/v1/listings/{id_}"
    first = (await person.api().patch(url, json={"keywords": []})).json()["content"]
    assert (first["keywords"], first["limits_vi"], len(first["rights"])) == ([], "Giới hạn", 1)
    second = (await person.api().patch(url, json={"limits_vi": None, "rights": []})).json()["content"]
    assert (second["limits_vi"], second["rights"], Decimal(second["owners"][0]["share"])) == (None, [], 100)
    title = await person.api().patch(url, json={"title_vi": None})
    assert title.status_code == 422


@pytest.mark.parametrize("state", ["submitted", "reserved", "transferred", "suspended", "archived"])
async def test_a_listing_is_written_only_where_its_state_allows(make_person: Any, state: str) -> None:
    person = await make_person()
    id_ = await drafts.in_state(person.actor, state)
    before = await drafts.trace(id_)
    answer = await person.api().patch(f"/api/v1/listings/{id_}", json={"limits_vi": "Sửa thử"})
    assert (answer.status_code, answer.json()["code"]) == (409, "listing.not_editable")
    assert await drafts.trace(id_) == before


async def test_nobody_else_writes(make_person: Any, make_organisation: Any, client: Any) -> None:
    org = await make_organisation()
    person, viewer = await make_person("owner", org), await make_person("viewer", org)
    shown, hidden = await drafts.in_state(person.actor, "published"), await drafts.draft(person.actor)
    others = {
        "viewer": viewer,
        "stranger": await make_person(),
        "operator": await make_person(None, staff=["operator"]),
        "department": await make_person(None, staff=["department"]),
    }
    before = await drafts.trace(shown), await drafts.trace(hidden)
    for who, other in others.items():
        api = other.api()
        assert (await api.patch(f"/api/v1/listings/{shown}", json={"trl": 9})).status_code == 403, who
        unseen = 403 if who in ("viewer", "operator") else 404
        assert (await api.patch(f"/api/v1/listings/{hidden}", json={"trl": 9})).status_code == unseen, who
    assert (await client.patch(f"/api/v1/listings/{shown}", json={"trl": 9})).status_code == 401
    assert (await client.patch(f"/api/v1/listings/{hidden}", json={"trl": 9})).status_code == 404
    assert (await drafts.trace(shown), await drafts.trace(hidden)) == before
    for who in ("viewer", "operator", "department"):
        created = await others[who].api().post("/api/v1/listings", json={"title_vi": "Công nghệ mới"})
        assert created.status_code == 403, who
    assert (await client.post("/api/v1/listings", json={"title_vi": "Công nghệ mới"})).status_code == 401


# --- edits of what is already shown ---


async def test_a_published_edit_shows_at_once_and_waits_for_a_look(make_person: Any, drain: Any) -> None:
    person, reviewer = await make_person(), await make_person(None, staff=["operator"])
    id_ = await m.publish(person.actor)
    desk = await reviewer.browser()
    assert (await listings.queue(reviewer.actor)).items == []
    await listings.update(person.actor, id_, UpdateListing(summary_vi="Màng lọc dùng cho ao tôm công nghệ cao. " * 4))
    await drain()
    queued = (await listings.queue(reviewer.actor)).items
    assert [(q.id, q.status, q.edited_after_review) for q in queued] == [(id_, "published", True)]
    assert "CN-" in text(await desk.get("/review"))
    found = await desk.get("/listings?q=ao+tom")
    assert str(id_) in found.text
    version = (await listings.read(person.actor, id_)).version
    beyond = await reviewer.api().post(f"/api/v1/listings/{id_}/acknowledge", params={"version": 10**14})
    assert beyond.status_code == 409
    stale = await reviewer.api().post(f"/api/v1/listings/{id_}/acknowledge", params={"version": version - 1})
    assert stale.status_code == 409
    page = await desk.get(f"/review/{id_}")
    done = await desk.submit(form(page, f"/listings/{id_}/acknowledge"))
    assert done.status_code == 303
    assert (await listings.queue(reviewer.actor)).items == []
    assert "listing.acknowledge" in await drafts.audited(id_)
    assert (await person.api().post(f"/api/v1/listings/{id_}/acknowledge", params={"version": 3})).status_code == 403


async def test_a_published_listing_stays_complete(make_person: Any) -> None:
    person = await make_person()
    id_ = await m.publish(person.actor)
    before = await drafts.trace(id_)
    for wrong in ({"owners": []}, {"summary_vi": "Ngắn."}, {"rights": [{"kind": "invention", "status": "lapsed"}]}):
        answer = await person.api().patch(f"/api/v1/listings/{id_}", json=wrong)
        assert answer.status_code == 422
        assert await drafts.trace(id_) == before


async def test_confirming_that_it_still_holds(make_person: Any) -> None:
    person = await make_person("member")
    id_ = await m.publish(await _owner_of(person))
    later = clock.now() + timedelta(days=100)
    with clock.frozen(later):
        await listings.refresh(person.actor, id_)
    view = await listings.read(person.actor, id_)
    assert view.card.refreshed_at == later
    assert view.card.published_at != later
    suspended = await drafts.in_state(await _owner_of(person), "suspended")
    assert (await drafts.refused(listings.refresh(person.actor, suspended))).status == 409
    assert (await drafts.refused(listings.refresh(await m.acting(), id_))).status == 403


async def _owner_of(person: Any) -> Any:
    from dataclasses import replace

    from app.kit.actor import Role

    return replace(person.actor, role=Role.owner)


async def test_drafts_are_nobody_elses_business(make_person: Any, client: Any) -> None:
    person, stranger = await make_person(), await make_person()
    id_ = await drafts.draft(person.actor)
    for url in (f"/listings/{id_}", f"/api/v1/listings/{id_}"):
        assert (await client.get(url)).status_code == 404
    assert (await stranger.api().get(f"/api/v1/listings/{id_}")).status_code == 404
    browser = await stranger.browser()
    for url in (
        f"/listings/{id_}",
        f"/listings/{id_}/edit",
        f"/listings/{id_}/edit/story",
        f"/listings/{id_}/versions",
    ):
        assert (await browser.get(url)).status_code == 404, url
    unknown, draft = new_id(), id_
    one, two = await browser.get(f"/listings/{unknown}"), await browser.get(f"/listings/{draft}")
    assert text(one).replace(str(unknown), "") == text(two).replace(str(draft), "")


async def test_the_own_list_pages_and_filters(make_person: Any) -> None:
    person = await make_person()
    ids = [await listings.create(person.actor, CreateListing(title_vi=f"Công nghệ số {n}")) for n in range(7)]
    await listings.archive(person.actor, ids[0])
    seen, cursor = [], None
    for _ in range(10):
        params = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await person.api().get("/api/v1/me/listings", params=params)).json()
        seen += [i["id"] for i in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(i) for i in reversed(ids)]
    archived = (await person.api().get("/api/v1/me/listings", params={"status": "archived"})).json()
    assert [i["id"] for i in archived["items"]] == [str(ids[0])]
    assert (await person.api().get("/api/v1/me/listings", params={"cursor": "nonsense"})).status_code == 422
    page = await (await person.browser()).get("/my/listings?status=archived")
    assert "Công nghệ số 0" in text(page)
    assert "Công nghệ số 1" not in text(page)


# --- the guided form ---


def test_every_field_is_asked_in_exactly_one_step() -> None:
    asked = [name for s in STEPS.values() for name in s.fields]
    assert sorted(asked) == sorted(UpdateListing.model_fields)


async def test_a_step_keeps_what_is_right_and_shows_what_is_not(make_person: Any) -> None:
    person = await make_person()
    id_ = await listings.create(person.actor, CreateListing(title_vi="Công nghệ mới của tôi"))
    browser = await person.browser()
    url = f"/listings/{id_}/edit/introduction"
    step = form(await browser.get(url), url)
    page = await browser.submit(
        step, title_vi="Màng lọc nano", ipc="C02F; sai rồi", keywords="lọc, nước, muối", field="2.7"
    )
    assert page.status_code == 422
    shown = form(page, url)
    assert shown.fields["ipc"] == "C02F; sai rồi"
    assert "Ký hiệu IPC chưa đúng" in text(page)
    content = (await listings.read(person.actor, id_)).content
    assert (content.title_vi, content.keywords, content.field, content.ipc) == (
        "Màng lọc nano",
        ["lọc", "nước", "muối"],
        "2.7",
        [],
    )
    done = await browser.submit(shown, ipc="C02F")
    assert done.status_code == 303
    assert done.headers["location"] == f"/listings/{id_}/edit/story"
    assert (await listings.read(person.actor, id_)).content.ipc == ["C02F"]


async def test_a_step_without_its_title_keeps_the_rest_of_it(make_person: Any) -> None:
    person = await make_person()
    id_ = await listings.create(person.actor, CreateListing(title_vi="Công nghệ mới của tôi"))
    browser = await person.browser()
    url = f"/listings/{id_}/edit/introduction"
    page = await browser.submit(form(await browser.get(url), url), title_vi="", summary_vi="Tóm tắt dài lâu.")
    assert page.status_code == 422
    assert "Hãy đặt tên công nghệ." in text(page)
    content = (await listings.read(person.actor, id_)).content
    assert (content.title_vi, content.summary_vi) == ("Công nghệ mới của tôi", "Tóm tắt dài lâu.")


async def test_a_wrong_row_keeps_the_rows_stored_before(make_person: Any) -> None:
    person = await make_person()
    id_ = await drafts.draft(person.actor, task_code="DT-1")
    browser = await person.browser()
    url = f"/listings/{id_}/edit/asset"
    step = form(await browser.get(url), url)
    page = await browser.submit(step, **{"owners.0.share": "70", "task_code": "DT-2"})
    assert page.status_code == 422
    assert "70" in text(page)
    assert form(page, url).fields["owners.0.share"] == "70"
    content = (await listings.read(person.actor, id_)).content
    assert (content.task_code, [o.share for o in content.owners]) == ("DT-2", [Decimal("100.00")])
    mended = await browser.submit(
        form(page, url), **{"owners.1.name": "Trường Đại học Thử", "owners.1.share": "30", "owners.0.share": "70"}
    )
    assert mended.status_code == 303
    content = (await listings.read(person.actor, id_)).content
    assert [(o.name, o.share) for o in content.owners] == [
        (m.CONTENT["owners"][0]["name"], Decimal(70)),
        ("Trường Đại học Thử", Decimal(30)),
    ]


async def test_a_row_emptied_is_taken_out(make_person: Any) -> None:
    person = await make_person()
    rows = [{"metric_vi": f"Chỉ tiêu {n}", "metric_en": f"Metric {n}", "ours": "1"} for n in range(2)]
    owners = [{"name": "A", "share": "50", "consented": False}, {"name": "B", "share": "50"}]
    id_ = await drafts.draft(person.actor, comparison=rows, owners=owners)
    browser = await person.browser()
    for key, empty in (
        ("story", ("comparison.0.metric_vi", "comparison.0.ours")),
        ("asset", ("owners.0.name", "owners.0.share")),
    ):
        url = f"/listings/{id_}/edit/{key}"
        done = await browser.submit(
            form(await browser.get(url), url), **dict.fromkeys(empty, ""), **{"owners.1.share": "100"}
        )
        assert done.status_code == 303, text(done)
    content = (await listings.read(person.actor, id_)).content
    assert [r.metric_vi for r in content.comparison] == ["Chỉ tiêu 1"]
    assert [(o.name, o.share, o.consented) for o in content.owners] == [("B", 100, True)]


@pytest.mark.parametrize("name", ROWS)
async def test_one_more_row_is_asked_without_losing_a_word(make_person: Any, name: str) -> None:
    person = await make_person()
    id_ = await drafts.draft(
        person.actor,
        comparison=[{"metric_vi": "Điện năng", "ours": "1", "theirs": "2"}],
        rights=[{"kind": "trade_secret", "title_vi": "Công thức"}],
    )
    key = next(s.key for s in STEPS.values() if name in s.fields)
    browser = await person.browser()
    url = f"/listings/{id_}/edit/{key}"
    before = form(await browser.get(url), url)
    page = await browser.submit(before, add=name)
    assert page.status_code == 200
    after = form(page, url)
    assert len({n.split(".")[1] for n in after.labels if n.startswith(f"{name}.")}) > len(
        {n.split(".")[1] for n in before.labels if n.startswith(f"{name}.")}
    )
    kept = {k: v for k, v in after.fields.items() if k in before.fields and k not in ("version", "csrf_token")}
    assert kept == {k: v for k, v in before.fields.items() if k in kept}
    assert {f"{name}.0.{k}" for k in ("mode", "name", "kind", "ours")} & kept.keys()


@pytest.mark.parametrize("key", [k for k in STEPS if k != "files"])
async def test_saving_a_step_untouched_changes_nothing(make_person: Any, key: str) -> None:
    """What the form shows is what it sends back: no tier, row or line break is lost on the way."""
    person = await make_person()
    id_ = await drafts.draft(
        person.actor,
        limits_vi="Dòng một.\nDòng hai <b>\n\nĐoạn sau & hết.",
        keywords=["lọc", "nước"],
        ipc=["C02F 3/30"],
        priority=None,
        province=79,
        trl_evidence_en="Run for a year.",
        confidential_vi="Công thức phủ.",
        comparison=[
            {
                "metric_vi": "Điện năng",
                "unit": "kWh",
                "ours": "1",
                "theirs": "2",
                "source_vi": "Đo tại xưởng",
                "metric_en": "Power",
            }
        ],
        rights=[
            {"kind": "invention", "application_no": "1-2024-01234", "filed": "2024-02-29", "expires": "2044-02-29"}
        ],
        owners=[{"name": "A", "share": "33.34"}, {"name": "B", "share": "66.66", "consented": False}],
        offers=[
            {
                "mode": "licence",
                "exclusivity": "sole",
                "sublicence": True,
                "territory": ["VN", "LA"],
                "term_years": 5,
                "price_policy": "range",
                "price_from": 1_250_000_000,
                "price_to": 2_000_000_000,
                "royalty_percent": "3.5",
                "royalty_base": "net_sales",
                "training_days": 3,
                "field_of_use_vi": "Thủy sản",
                "field_of_use_en": "Aquaculture",
            },
            {"mode": "trial", "price_policy": "free_evaluation"},
        ],
        funding="state",
        task_code="DT-01",
        tiers={"solution": "registered", "price": "nda"},
    )
    browser = await person.browser()
    url = f"/listings/{id_}/edit/{key}"
    before = await listings.read(person.actor, id_)
    done = await browser.submit(form(await browser.get(url), url))
    assert done.status_code == 303, text(done)
    after = await listings.read(person.actor, id_)
    assert after.content == before.content
    assert after.version == before.version


async def test_autosave_says_the_new_version_and_keeps_what_is_right(make_person: Any) -> None:
    person = await make_person()
    id_ = await drafts.draft(person.actor)
    browser = await person.browser()
    url = f"/listings/{id_}/edit/readiness"
    fields = {k: v for k, v in form(await browser.get(url), url).fields.items() if k != "csrf_token"}
    version = (await listings.read(person.actor, id_)).version
    saved = await browser.post_form(f"{url}/autosave", fields | {"limits_vi": "Chỉ dùng trong nhà.", "trl": "12"})
    assert saved.status_code == 204
    assert saved.content == b""
    assert (saved.headers["X-Version"], saved.headers["X-Errors"]) == (str(version + 1), "1")
    content = (await listings.read(person.actor, id_)).content
    assert (content.limits_vi, content.trl) == ("Chỉ dùng trong nhà.", m.CONTENT["trl"])
    stale = await browser.post_form(f"{url}/autosave", fields | {"limits_vi": "Muộn rồi."})
    assert stale.status_code == 409
    assert (await listings.read(person.actor, id_)).content.limits_vi == "Chỉ dùng trong nhà."
    again = await browser.post_form(
        f"{url}/autosave", fields | {"limits_vi": "Chỉ dùng trong nhà.", "version": str(version + 1)}
    )
    assert (again.status_code, again.headers["X-Version"]) == (204, str(version + 1))
    assert (await browser.post(f"{url}/autosave", data=fields)).status_code in (204, 403, 409)
    assert (await browser.post_form(f"/listings/{id_}/edit/nope/autosave", fields)).status_code == 404


async def test_the_form_belongs_to_those_who_edit(make_person: Any, make_organisation: Any, client: Any) -> None:
    org = await make_organisation()
    person, viewer = await make_person("owner", org), await make_person("viewer", org)
    id_ = await drafts.draft(person.actor)
    assert (await client.get(f"/listings/{id_}/edit/story")).status_code == 303
    assert (await client.get("/listings/new")).headers["location"].startswith("/sign-in?next=")
    reader = await viewer.browser()
    assert (await reader.get(f"/listings/{id_}")).status_code == 200
    assert (await reader.get(f"/listings/{id_}/edit/story")).status_code == 403
    saved = await reader.post_form(f"/listings/{id_}/edit/readiness", {"limits_vi": "x" * 30})
    assert saved.status_code == 403


async def test_a_listing_is_made_on_the_page(make_person: Any) -> None:
    person = await make_person("member")
    browser = await person.browser()
    new = form(await browser.get("/listings/new"), "/listings/new")
    short = await browser.submit(new, title_vi="Bốn")
    assert short.status_code == 422
    assert form(short, "/listings/new").fields["title_vi"] == "Bốn"
    made = await browser.submit(new, title_vi="  Màng   lọc\tnano ")
    assert made.status_code == 303
    page = await browser.get(made.headers["location"])
    assert form(page, made.headers["location"]).fields["title_vi"] == "Màng lọc nano"
