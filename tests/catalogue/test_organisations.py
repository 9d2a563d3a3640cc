"""The index of organisations follows every change, and the directory is searched: on the page and over the API."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import search
from app import doctor
from app.accounts import OrganisationKind, accounts
from app.accounts.schemas import SignUp, UpdateOrganisation
from app.catalogue import organisations
from app.kit.actor import Actor
from app.kit.ids import new_id
from app.listings import listings
from app.listings.imports import import_technologies
from app.listings.schemas import UpdateListing
from app.platform import outbox
from search import ORGANISATIONS, Query, check, sources
from tests.support import market
from tests.support.browser import text
from tests.support.people import SYSTEM

API = "/api/v1/organisations"


async def held(q: str = "", **filters: str) -> dict[UUID, int]:
    """What the index holds: the ids found, each with its number of listings as the order by it tells."""
    query = Query(text=q, filters={k: frozenset({v}) for k, v in filters.items()}, limit=100)
    hits = (await search.engine().search(ORGANISATIONS, query)).hits
    return {d.id: d.listings for d in await organisations.read([h.id for h in hits])}


async def in_step() -> None:
    """The index says what the database says, document by document."""
    for difference in await check.compare(search.engine(), ORGANISATIONS, sources.sources()[ORGANISATIONS]):
        assert not difference.ids, difference


async def names(client: Any, **params: Any) -> list[str]:
    answer = await client.get(API, params=params)
    assert answer.status_code == 200, answer.text
    return [o["name_vi"] for o in answer.json()["items"]]


def owner(org_id: UUID) -> Actor:
    return Actor(person_id=new_id(), org_id=org_id, role=market.Role.owner, person_name="A")


# --- the index ---


async def test_it_follows_an_organisation_from_registration_on(db: Any, drain: Any) -> None:
    await accounts.sign_up(
        SignUp(
            name="Lan", email="lan@thunghiem.example", password="mot cau dai 4711 nua",  # type: ignore[arg-type]
            organisation="Công ty Gốm Bát Tràng Xanh", kind="company",
        ),
        address="127.0.0.1",
    )  # fmt: skip
    assert await held("gom bat trang") == {}
    await drain()
    (id_,) = await held("gom bat trang")
    acting = owner(id_)
    change = UpdateOrganisation(name_vi="Công ty Sứ Hải Dương", tax_code="0100109106", province=1)  # type: ignore[arg-type]
    await accounts.update_organisation(acting, change)
    await drain()
    assert await held("gốm") == {}
    assert id_ in await held("sứ hải dương", kind="company", province="1", verified="no")
    assert await held("0100109106") == {}
    await accounts.change_standing(SYSTEM, id_, "verify")
    await drain()
    assert id_ in await held(verified="yes")
    await accounts.change_standing(SYSTEM, id_, "suspend", reason="Kiểm tra lại.")
    await drain()
    assert await held() == {}
    await accounts.change_standing(SYSTEM, id_, "restore")
    await drain()
    assert id_ in await held(verified="no")
    await in_step()


async def test_what_is_not_for_the_directory_is_not_in_the_index(
    client: Any, make_organisation: Any, drain: Any
) -> None:
    for kind in ("operator", "department"):
        await make_organisation(kind, f"Đơn vị {kind}")
    person = await make_organisation("individual", "Nguyễn Văn Tư", tax_code="0301234568")
    firm = await make_organisation("company", "Công ty Tư", tax_code="0301234567-001")
    made = await accounts.add_organisation(SYSTEM, name="Viện Tư", kind=OrganisationKind.institute, province=79)
    await drain()
    assert set(await held()) == {person.id, firm.id, made}
    assert await held("0301234568") == {}, "a single person's tax code is nobody's business"
    assert await held("0301234567-001") == {}, "codes are looked up, not indexed"
    assert await names(client, q="0301234567001") == ["Công ty Tư"]
    assert await names(client, q="0301234568") == []


async def test_public_listings_are_counted_and_lend_their_fields(make_organisation: Any, drain: Any) -> None:
    org = await make_organisation("university", "Trường Đại học Sông Nhuệ")
    acting = owner(org.id)
    first = await market.publish(acting, field="2.7")
    second = await market.publish(acting, field="1.2")
    await listings.create(acting, market.CreateListing(title_vi="Bản nháp chưa ai thấy"))
    await drain()
    assert await held(fields="2") == await held(fields="2.7") == await held(fields="1.2") == {org.id: 2}
    await in_step()
    await listings.update(acting, second, UpdateListing(field="3.3"))
    await drain()
    assert await held(fields="1.2") == {}
    assert await held(fields="3.3") == {org.id: 2}
    await listings.archive(acting, first)
    await listings.suspend(market.OPERATOR, second, "Kiểm tra lại quyền.")
    await drain()
    assert await held(fields="2.7") == await held(fields="3.3") == {}
    assert await held("sông nhuệ") == {org.id: 0}
    await listings.restore(market.OPERATOR, second)
    await drain()
    assert await held(fields="3.3") == {org.id: 1}
    await in_step()


async def test_a_later_reading_wins_over_a_later_writing(
    make_organisation: Any, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job that read first writes last: it looks again, and writes what is so now."""
    org = await make_organisation("university", "Trường Đại học Sông Nhuệ")
    acting = owner(org.id)
    await drain()
    plain, raced = organisations.read, False

    async def slow(ids: Any) -> Any:
        nonlocal raced
        found = await plain(ids)
        if not raced:
            raced = True
            await market.publish(acting, field="2.7")
            await drain()
        return found

    monkeypatch.setattr(organisations, "read", slow)
    await organisations.index([org.id])
    assert raced
    assert await held(fields="2.7") == {org.id: 1}
    await in_step()


def rows(path: Path, count: int, owners: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            row = {
                "id": f"r{n}", "kind": "patent", "title": f"Filter {n}", "lang": "en", "source": "files",
                "abstract": "A nano filter. " * 9, "owner": f"Works {n % owners}", "owner_type": "company",
                "country": "VN",
            }  # fmt: skip
            file.write(json.dumps(row) + "\n")
    return path


async def test_an_import_costs_a_few_jobs_a_batch(db: Any, drain: Any, tmp_path: Path) -> None:
    report = await import_technologies(SYSTEM, rows(tmp_path / "a.jsonl", 120, 40))
    assert (report.created, len(report.rejected)) == (120, 0), report.rejected[:1]
    assert (await outbox.health()).waiting <= 6, "one job for each who listens, however many rows"
    await drain()
    assert await held() == dict.fromkeys(await held(), 3)
    assert await search.engine().count(ORGANISATIONS) == 40
    await in_step()
    # Known owners of new rows: their counts follow; nothing about themselves has changed.
    await import_technologies(SYSTEM, rows(tmp_path / "b.jsonl", 160, 40))
    assert (await outbox.health()).waiting <= 6
    await drain()
    assert set((await held()).values()) == {4}
    await in_step()


async def test_a_name_that_an_import_changes_is_followed(db: Any, drain: Any) -> None:
    values = {"name_vi": "Viện Cơ khí", "kind": "institute"}
    id_ = (await accounts.import_organisations("files", {"x": values}))["x"]
    await drain()
    assert await held("cơ khí") == {id_: 0}
    assert await accounts.import_organisations("files", {"x": values}) == {"x": id_}
    assert (await outbox.health()).waiting == 0, "nothing has changed"
    await accounts.import_organisations("files", {"x": values | {"name_vi": "Viện Luyện kim"}})
    await drain()
    assert await held("cơ khí") == {}
    assert await held("luyện kim") == {id_: 0}


async def test_a_rebuild_and_the_doctor_include_it(make_organisation: Any, drain: Any) -> None:
    org = await make_organisation("institute", "Viện Thủy lợi Miền Xuôi")
    source = sources.sources()[ORGANISATIONS]
    assert not (await doctor._index()).well
    assert "0 of 1 organisations" in (await doctor._index()).said
    assert await search.engine().rebuild(ORGANISATIONS, source.every()) == await source.expected() == 1
    assert await held("thuy loi") == {org.id: 0}
    assert (await doctor._index()).said == "postgres, 0 listings, 0 needs, 1 organisations"


async def test_a_count_that_is_behind_is_found_and_mended(make_organisation: Any, drain: Any) -> None:
    org = await make_organisation("university", "Trường Đại học Sông Nhuệ")
    await drain()
    await market.publish(owner(org.id))
    source = sources.sources()[ORGANISATIONS]
    (found,) = await check.mend(search.engine(), ORGANISATIONS, source)
    assert found.other == (org.id,)
    await in_step()


# --- the directory ---


@pytest.fixture
async def directory(make_organisation: Any, drain: Any) -> dict[str, UUID]:
    made = {
        "school": await make_organisation(
            "university", "Trường Đại học Sông Nhuệ", name_en="Song Nhue University", province=1,
            about_vi="Đào tạo & nghiên cứu <b>xử lý nước thải</b> dệt nhuộm.",
        ),
        "works": await make_organisation("company", "Công ty Dệt Sông Nhuệ", province=79, about_vi="Dệt may."),
        "water": await make_organisation("company", "Công ty Nước sạch Cửu Long", province=92),
    }  # fmt: skip
    await drain()
    return {key: org.id for key, org in made.items()}


async def test_words_find_with_and_without_marks(client: Any, directory: dict[str, UUID]) -> None:
    assert set(await names(client, q="song nhue")) == {"Trường Đại học Sông Nhuệ", "Công ty Dệt Sông Nhuệ"}
    assert (await names(client, q="nuoc thai"))[0] == "Trường Đại học Sông Nhuệ"
    assert (await names(client, q="Song Nhue University"))[0] == "Trường Đại học Sông Nhuệ"
    assert await names(client, q="zzzqqqxxx") == []


async def test_filters_and_counts(client: Any, directory: dict[str, UUID]) -> None:
    assert await names(client, q="sông nhuệ", kind="company") == ["Công ty Dệt Sông Nhuệ"]
    assert await names(client, province=["79", "92"]) == ["Công ty Dệt Sông Nhuệ", "Công ty Nước sạch Cửu Long"]
    assert await names(client, kind=["company", "university"]) == sorted(
        ["Công ty Dệt Sông Nhuệ", "Công ty Nước sạch Cửu Long", "Trường Đại học Sông Nhuệ"]
    )
    page = (await client.get(API, params={"kind": "company", "province": "79"})).json()
    assert page["total"] == 1
    assert page["facets"] == {"kind": {"company": 1}, "province": {"79": 1, "92": 1}}
    everything = (await client.get(API)).json()
    assert everything["facets"]["kind"] == {"company": 2, "university": 1}
    assert everything["total"] is None


async def test_pages_of_a_search_go_on(client: Any, directory: dict[str, UUID]) -> None:
    found: list[str] = []
    cursor = None
    for _ in range(3):
        answer = await client.get(API, params={"q": "công ty", "limit": 1} | ({"cursor": cursor} if cursor else {}))
        page = answer.json()
        found += [o["name_vi"] for o in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert sorted(found) == ["Công ty Dệt Sông Nhuệ", "Công ty Nước sạch Cửu Long"]
    assert (await client.get(API, params={"q": "công ty", "cursor": "zzz"})).status_code == 422


async def test_the_page_marks_words_and_escapes_the_rest(client: Any, directory: dict[str, UUID]) -> None:
    page = await client.get("/organisations?q=xu+ly+nuoc+thai")
    assert page.status_code == 200
    assert "&lt;b&gt;<mark>xử lý nước thải</mark>&lt;/b&gt;" in page.text
    assert "<b>xử lý" not in page.text
    assert 'name="q" value="xu ly nuoc thai"' in page.text
    assert "noindex" in page.text
    english = (await client.get("/organisations?q=song+nhue&lang=en")).text
    assert "<mark>Song Nhue</mark> University" in english


async def test_the_page_keeps_everything_in_the_address(client: Any, directory: dict[str, UUID]) -> None:
    page = (await client.get("/organisations?q=cong+ty&province=79")).text
    tabs = re.findall(r'href="(/organisations\?[^"]*kind=company[^"]*)"', page)
    assert tabs
    assert all("q=cong" in url and "province=79" in url for url in tabs)
    assert re.search(r'name="province" value="79" checked', page)
    assert 'type="hidden" name="province" value="79"' in page, "searching other words keeps the filter"
    assert "Công ty Nước sạch" not in text(await client.get("/organisations?q=cong+ty&province=79"))
    plain = text(await client.get("/organisations"))
    assert all(name in plain for name in ("Sông Nhuệ", "Cửu Long"))
    assert "noindex" not in (await client.get("/organisations")).text


async def test_what_was_meant_and_nothing_at_all(client: Any, directory: dict[str, UUID]) -> None:
    page = await client.get("/organisations?q=s%C3%B4ng+nhu%E1%BB%87k")
    assert "Có phải bạn tìm" in text(page)
    assert re.search(r'href="/organisations\?q=s[^"]*nhu[^"]*"', page.text)
    nothing = text(await client.get("/organisations?q=zzzqqqxxx"))
    assert "Không tìm thấy tổ chức phù hợp" in nothing
    assert "Xem tất cả tổ chức" in nothing


async def test_what_is_hidden_is_hidden_before_the_index_knows(
    client: Any, directory: dict[str, UUID], drain: Any
) -> None:
    await accounts.change_standing(SYSTEM, directory["works"], "suspend", reason="Kiểm tra lại.")
    for _ in range(2):
        assert await names(client, q="dệt sông nhuệ", province="79") == []
        assert "Công ty Dệt" not in text(await client.get("/organisations?q=det+song+nhue"))
        await drain()


async def test_the_directory_answers_before_its_index_is_built(client: Any, make_organisation: Any) -> None:
    await make_organisation("institute", "Viện Chưa Lập Chỉ mục")
    assert "Viện Chưa Lập Chỉ mục" in text(await client.get("/organisations"))


@pytest.mark.parametrize("query", ["?q=%00", "?q=" + "a" * 900, "?province=x'%22&kind=<b>", "?limit=-4&q=%25_%5C"])
async def test_nothing_typed_breaks_it(client: Any, directory: dict[str, UUID], query: str) -> None:
    assert (await client.get("/organisations" + query)).status_code == 200
