"""The public pages: home, listing, directory, comparison; in both languages."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.accounts import accounts
from app.catalogue.service import catalogue
from app.deals import deals
from app.deals.schemas import CloseDeal
from app.kit import clock
from app.kit.ids import new_id
from app.listings import listings
from tests.listings import drafts
from tests.support import market as m
from tests.support.browser import text
from tests.support.people import SYSTEM

# Vietnamese dictionary order: letters first (a ă â, d đ, e ê, o ô ơ, u ư); among equal letters the tones (ngang huyền
# hỏi ngã sắc nặng).
ORDERED = [
    "An Bình",
    "Ăn Ngon",
    "Âu Lạc",
    "Ba Na",
    "Bà Na",
    "Bả Na",
    "Bã Na",
    "Bá Na",
    "Bạ Na",
    "Băng Tâm",
    "Bâng Khuâng",
    "Da Giày",
    "Đa Khoa",
    "Đà Nẵng",
    "Đá Quý",
    "Em Bé",
    "Êm Đềm",
    "Ong Vàng",
    "Ông Bụt",
    "Ơn Nghĩa",
    "Un Khói",
    "Ưng Ý",
]


async def directory(client: Any, **params: Any) -> list[str]:
    names: list[str] = []
    cursor: str | None = None
    for _ in range(50):
        page = await client.get("/api/v1/organisations", params=params | ({"cursor": cursor} if cursor else {}))
        assert page.status_code == 200
        names += [o["name_vi"] for o in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if not cursor:
            return names
    raise AssertionError("the pages do not end")


async def test_organisations_stand_in_vietnamese_order(client: Any, make_organisation: Any) -> None:
    shuffled = random.Random(5).sample(ORDERED, len(ORDERED))
    for name in shuffled:
        await make_organisation(name=name)
    for limit in (3, 7, 100):
        assert await directory(client, limit=limit) == ORDERED
    page = text(await client.get("/organisations"))
    places = [page.index(name) for name in ORDERED if name in page]
    assert places == sorted(places)
    assert len(places) == len(ORDERED)


async def test_equal_names_are_all_shown_once(client: Any, make_organisation: Any) -> None:
    for _ in range(7):
        await make_organisation(name="Công ty Trùng Tên")
    assert await directory(client, limit=2) == ["Công ty Trùng Tên"] * 7


async def test_the_directory_filters_by_kind_and_leaves_out_what_is_not_for_it(
    client: Any, make_organisation: Any
) -> None:
    for kind in ("university", "institute", "company", "operator", "department"):
        await make_organisation(kind, f"Đơn vị {kind}")
    gone = await make_organisation("university", "Đơn vị tạm ngừng")
    await accounts.change_standing(SYSTEM, gone.id, "suspend", reason="Kiểm tra lại.")
    assert await directory(client, limit=2) == ["Đơn vị company", "Đơn vị institute", "Đơn vị university"]
    assert await directory(client, kind="university") == ["Đơn vị university"]
    page = text(await client.get("/organisations?kind=institute"))
    assert "Đơn vị institute" in page
    assert "Đơn vị company" not in page
    assert "Đơn vị company" in text(await client.get("/organisations?kind=nope"))
    assert (await client.get(f"/organisations/{gone.id}")).status_code == 404


async def test_an_organisation_shows_its_technologies_page_by_page(client: Any, make_organisation: Any) -> None:
    org, other = await make_organisation("university", "Trường Đại học Thử"), await make_organisation()
    ids = await drafts.shelve(org.id, [{"title_vi": f"Công nghệ {n}"} for n in range(25)])
    await drafts.shelve(org.id, [{"title_vi": "Bản nháp kín"}], status="draft")
    await drafts.shelve(other.id, [{"title_vi": "Của người khác"}])
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        params = {"limit": 10} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(f"/api/v1/organisations/{org.id}/listings", params=params)).json()
        seen += [i["id"] for i in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == [str(i) for i in reversed(ids)]
    first = await client.get(f"/organisations/{org.id}")
    assert "Trường Đại học Thử" in text(first)
    assert "Bản nháp kín" not in first.text
    more = re.search(r'href="(/organisations/[^"]*cursor=[^"]+)"', first.text)
    assert more
    second = await client.get(more[1].replace("&amp;", "&"))
    assert "Công nghệ 0" in text(second)
    assert "Của người khác" not in second.text
    assert (await client.get(f"/organisations/{new_id()}")).status_code == 404


async def test_home_figures_are_the_databases_and_say_when(client: Any, drain: Any) -> None:
    first, _, third = [await m.market() for _ in range(3)]
    await drafts.in_state(first.seller, "draft")
    await deals.close(third.buyer, third.deal_id, CloseDeal(reason_code="price"))
    await drain()
    before = clock.now()
    got = (await client.get("/api/v1/home-figures")).json()
    as_of = datetime.fromisoformat(got.pop("as_of"))
    assert before <= as_of <= clock.now()
    assert as_of.tzinfo is not None
    assert got == {"technologies": 3, "organisations": 3, "live_deals": 2, "agreed": 0, "contracts": 0}
    page = text(await client.get("/"))
    assert (
        f"Tính đến {as_of.astimezone(clock.VIETNAM):%d/%m/%Y}" in page
        or f"{as_of.astimezone(clock.VIETNAM):%H:%M}" in page
    )
    # Kept for a while with its moment, counted anew afterwards.
    await m.publish(first.seller)
    again = (await client.get("/api/v1/home-figures")).json()
    assert (datetime.fromisoformat(again["as_of"]), again["technologies"]) == (as_of, 3)
    catalogue._home = None
    anew = (await client.get("/api/v1/home-figures")).json()
    assert anew["technologies"] == 4
    assert datetime.fromisoformat(anew["as_of"]) > as_of


ENGLISH = {
    "/": "What do you need to solve?",
    "/listings": "",
    "/listings?q=nano": "",
    "/organisations": "",
    "/compare": "",
    "/about": "",
    "/data-notes": "",
    "/api/v1/docs": "",
    "/statistics/public": "",
}
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯạảãàáằắặẳẵầấậẩẫẹẻẽèéềếệểễịỉĩìíọỏõòóồốộổỗờớợởỡụủũùúừứựửữỵỷỹỳý]")


@pytest.mark.parametrize("url", ENGLISH)
async def test_every_public_page_speaks_english(client: Any, drain: Any, make_organisation: Any, url: str) -> None:
    org = await make_organisation("university", "Trường Thử", name_en="Test University")
    await drafts.shelve(org.id, [{"title_vi": "Mang loc nano", "title_en": "A nano membrane", "summary_vi": "x" * 120}])
    page = await client.get(url + ("&" if "?" in url else "?") + "lang=en")
    assert page.status_code == 200
    assert '<html lang="en"' in page.text
    left = [line for line in _pieces(page) if VIETNAMESE.search(line) and not _meant(line)]
    assert left == [], url
    vietnamese = await client.get(url)
    assert '<html lang="vi"' in vietnamese.text


def _pieces(page: Any) -> list[str]:
    from tests.support.browser import _read

    return _read(page).text


def _meant(line: str) -> bool:
    """Names of places, laws and languages keep their own writing in English."""
    return bool(re.search(r"Tiếng Việt|TĐGVN|Nghị định|Luật|Thông tư|NĐ-CP|QĐ|QH\d|TT-|₫|santex|Thành phố|đồng", line))


async def test_a_listing_without_english_shows_its_own_words(client: Any, drain: Any) -> None:
    owner = await m.acting("university")
    id_ = await m.publish(owner, title_en=None, problem_en="The problem in English.")
    await drain()
    page = await client.get(f"/listings/{id_}?lang=en")
    assert m.CONTENT["title_vi"] in text(page)
    assert "The problem in English." in text(page)
    assert m.CONTENT["solution_vi"].strip()[:60] in text(page)
    assert '<html lang="en"' in page.text
    results = await client.get("/listings?lang=en")
    assert m.CONTENT["title_vi"] in text(results)


async def test_a_listing_page_says_its_state_and_what_can_be_done(client: Any, make_person: Any, drain: Any) -> None:
    seller, buyer = await make_person(), await make_person()
    shown = await drafts.in_state(seller.actor, "published")
    reserved = await drafts.in_state(seller.actor, "reserved")
    await drain()
    visitor = await client.get(f"/listings/{shown}")
    assert "Đăng nhập để gửi quan tâm" in text(visitor)
    asks, owns = await buyer.browser(), await seller.browser()
    assert f'href="/listings/{shown}/interest"' in (await asks.get(f"/listings/{shown}")).text
    page = await asks.get(f"/listings/{reserved}")
    assert "Đã giữ chỗ" in text(page)
    assert f'href="/listings/{reserved}/interest"' not in page.text
    own = await owns.get(f"/listings/{shown}")
    assert f'href="/listings/{shown}/edit"' in own.text
    assert f'href="/listings/{shown}/interest"' not in own.text


async def test_related_technologies_are_near_and_never_the_same(client: Any, drain: Any) -> None:
    owner = await m.acting("university")
    one = await m.publish(owner, title_vi="Màng lọc nano cho nước mặn", field="2.7")
    near = await m.publish(owner, title_vi="Màng lọc gốm cho nước mặn", field="2.7")
    far = await m.publish(owner, title_vi="Phần mềm chấm công", field="1.2")
    await drain()
    page = await client.get(f"/listings/{one}")
    part = page.text.split('id="related"')[1]
    assert f"/listings/{near}" in part
    assert f"/listings/{one}" not in part.split("</main>")[0]
    assert f"/listings/{far}" not in part
    assert (await catalogue.similar((await listings.read(owner, far)).card, "vi")) == []


async def test_comparing_up_to_four(client: Any, db: Any) -> None:
    owner = await m.acting("university")
    ids = [await m.publish(owner, title_vi=f"Phương án so sánh {n}", trl=n + 3) for n in range(5)]
    draft = await drafts.draft(owner, title_vi="Bản nháp kín")
    query = "&".join(f"id={i}" for i in (ids[2], ids[0], ids[2], ids[1], ids[3], ids[4]))
    page = await client.get(f"/compare?{query}")
    shown = text(page)
    assert [n for n in range(5) if f"Phương án so sánh {n}" in shown] == [0, 1, 2]
    assert shown.index("Phương án so sánh 2") < shown.index("Phương án so sánh 0")
    assert "5/9" in shown
    gone = await client.get(f"/compare?id={draft}&id={new_id()}&id=nonsense")
    assert gone.status_code == 200
    assert "Bản nháp kín" not in gone.text


async def test_the_languages_of_results_follow_the_visitor(client: Any, drain: Any) -> None:
    owner = await m.acting("university")
    await m.publish(
        owner, title_vi="Màng lọc nano", title_en="A nano membrane", summary_en="It filters salt at low pressure."
    )
    await drain()
    for q in ("membrane", "mang loc"):
        english = text(await client.get(f"/listings?q={q}&lang=en"))
        assert "A nano membrane" in english
        vietnamese = text(await client.get(f"/listings?q={q}"))
        assert "Màng lọc nano" in vietnamese


async def test_the_page_of_a_listing_counts_the_years_left(client: Any, db: Any) -> None:
    expires = clock.today() + timedelta(days=366 * 5)
    right = {"kind": "plant_variety", "status": "granted", "expires": expires.isoformat()}
    id_ = await m.publish(await m.acting(), rights=[right])
    assert f"{expires:%d/%m/%Y} (còn 5 năm)" in text(await client.get(f"/listings/{id_}"))
