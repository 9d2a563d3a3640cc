"""An English auction in two browsers: each sees the other's bid without reloading; the pages hold at two widths."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from app.accounts import accounts
from app.kit.actor import Actor, Role
from app.platform import db as platform_db
from app.rounds import planning, running, sealing
from app.rounds.schemas import TurnKey
from tests.journeys.conftest import AXE, sign_in
from tests.rounds import hall as h
from tests.support import market as m
from tests.support.databases import Databases
from tests.support.people import SYSTEM
from tests.support.site import Site, made_folder

pytestmark = pytest.mark.browser


@dataclass
class Fair:
    site: Site
    hall: h.Hall
    opened: h.Hall
    coming: h.Hall
    draft: Any


@pytest.fixture(scope="module")
def fair(throwaway: Databases) -> Iterator[Fair]:
    """A running site with an auction that takes bids, one to come, a sealed round with its result, and a draft."""
    folder = made_folder()
    try:
        with throwaway.copy() as url:
            site = Site(folder, url, WORKER_IN_WEB="false")
            try:
                site.start()
                for who, kind in (("truong", "university"), ("an", "company"), ("binh", "company")):
                    site.join(f"{who}@thunghiem.example", f"Người {who}", f"Tổ chức {who}", kind).close()
                site.officers(operator=("vanhanh@thunghiem.example", "Người vận hành"))
                with ThreadPoolExecutor(1) as beside:  # the browser's own loop runs in this thread
                    made = beside.submit(_made, site, url).result()
                yield made
            finally:
                site.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _made(site: Site, url: str) -> Fair:
    """What stands on the site, written through the verbs into its database."""
    before = platform_db._database
    platform_db.configure(platform_db.Database(url, pool=2))
    try:
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            made = runner.run(_furnished(site))
            runner.run(platform_db.database().close())
        return made
    finally:
        platform_db.configure(before)


async def _acting(who: str) -> Actor:
    found = await m.row(
        "SELECT p.id, s.org_id FROM person p JOIN membership s ON s.person_id = p.id WHERE p.email = :e",
        e=f"{who}@thunghiem.example",
    )
    await accounts.change_standing(SYSTEM, found.org_id, "verify")
    return Actor(person_id=found.id, org_id=found.org_id, role=Role.owner, person_name=who)


async def _furnished(site: Site) -> Fair:
    seller, an, binh = [await _acting(who) for who in ("truong", "an", "binh")]

    async def held(kind: str, title: str, **changes: Any) -> h.Hall:
        listing_id = await m.publish(seller, title_vi=title)
        values = {"start_price": 450_000_000, "deposit": 50_000_000, "steps": [{"since": 0, "step": 10_000_000}],
                  "snipe_minutes": 5, "extend_minutes": 5}  # fmt: skip
        if kind == "sealed":
            values = {"start_price": 450_000_000, "deposit": 0}
        round_id = await planning.plan(seller, listing_id, h.plan(kind, **(values | changes)))
        keepers = await h.officers() if kind == "sealed" else []
        if keepers:
            ids = [o.person_id for o in keepers if o.person_id]
            await planning.name_officers(m.OPERATOR, round_id, h.NameOfficers(person_ids=ids))
        await planning.announce(seller, round_id, h.announce(500_000_000))
        return h.Hall(round_id, listing_id, seller, [an, binh], keepers)

    live = await held("english", "Xử lý nước thải dệt nhuộm bằng vi tảo trong bể kín")
    sealed = await held("sealed", "Cảm biến độ ẩm đất dùng năng lượng mặt trời")
    coming = await held("english", "Bao bì phân hủy sinh học từ bã mía")
    for hall, deposit in ((live, 50_000_000), (sealed, 0)):
        for bidder in (an, binh):
            await h.admit(hall.round_id, bidder, deposit)
        await hall.pass_time(hours=1, seconds=1)
        await running.advance(hall.round_id)
    await sealing.seal(an, sealed.round_id, h.sealed(520_000_000))
    await sealing.seal(binh, sealed.round_id, h.sealed(515_000_000))
    await sealing.seal(binh, sealed.round_id, h.sealed(560_000_000))
    await sealed.pass_time(hours=3)
    for officer in sealed.officers:
        await sealing.turn_key(officer, sealed.round_id, TurnKey(passphrase=h.PASSPHRASE))
    draft = await planning.plan(seller, await m.publish(seller, title_vi="Vật liệu cách nhiệt từ trấu"), h.plan())
    return Fair(site, live, sealed, coming, draft)


@pytest.fixture
def enter(chromium: Any, fair: Fair) -> Iterator[Any]:
    """`enter("an", width=390)` opens a page signed in; errors of scripts and refusals of the policy fail the test."""
    contexts, wrong = [], []

    def open_(who: str = "", width: int = 1280, **options: Any) -> Any:
        context = chromium.new_context(
            base_url=fair.site.url, viewport={"width": width, "height": 900}, locale="vi-VN", reduced_motion="reduce",
            **options,
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("pageerror", lambda e: wrong.append(str(e)))
        page.on("console", lambda e: wrong.append(e.text) if "Content Security Policy" in e.text else None)
        if who:
            sign_in(page, f"{who}@thunghiem.example")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def bid(page: Any, url: str, amount: str) -> None:
    page.goto(url)
    page.fill("form[action$='/bid'] [name=amount]", amount)
    page.click("form[action$='/bid'] button[type=submit]")
    page.click("form[action$='/bid'] button[type=submit]")
    page.wait_for_url(lambda u: u.endswith(url))


def test_two_browsers_see_each_others_bids(fair: Fair, enter: Any) -> None:
    url = f"/rounds/{fair.hall.round_id}"
    one, two = enter("an"), enter("binh")
    one.goto(f"{url}/live")
    bid(two, url, "450000000")
    one.wait_for_function("document.querySelector('[data-live-price]').textContent.includes('450.000.000')")
    assert one.text_content("[data-live-least]") == "460.000.000\u00a0₫"
    assert one.input_value("[name=amount]") == "460000000", "the form offers what is next"
    two.goto(f"{url}/live")
    bid(one, url, "470.000.000")
    two.wait_for_function("document.querySelector('[data-live-price]').textContent.includes('470.000.000')")
    assert "470.000.000" in two.text_content("[data-live-said]"), "it is read out"


def test_it_works_without_scripts(fair: Fair, enter: Any) -> None:
    page = enter(java_script_enabled=False)
    page.goto(f"/rounds/{fair.hall.round_id}/live")
    assert "Giá hiện tại" in page.text_content("main")
    page.click("main a[href$='/live']")
    assert page.url.endswith("/live")


PAGES = ("list", "live", "open", "result", "coming", "draft", "plan", "announce", "desk", "key", "own")


@pytest.mark.parametrize("name", PAGES)
def test_pages_hold_and_are_accessible(name: str, fair: Fair, enter: Any, shoot: Any) -> None:
    address, who = {
        "list": ("/rounds", ""),
        "live": (f"/rounds/{fair.hall.round_id}/live", "an"),
        "open": (f"/rounds/{fair.hall.round_id}", "an"),
        "result": (f"/rounds/{fair.opened.round_id}", ""),
        "coming": (f"/rounds/{fair.coming.round_id}", "an"),
        "draft": (f"/rounds/{fair.draft}", "truong"),
        "plan": (f"/listings/{fair.coming.listing_id}/rounds/new", "truong"),
        "announce": (f"/rounds/{fair.draft}/announce", "truong"),
        "desk": ("/rounds/desk", "vanhanh"),
        "key": ("/account/officer-key", "vanhanh"),
        "own": ("/my/rounds", "truong"),
    }[name]
    for width in (390, 1440):
        page = enter(who, width)
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if AXE.is_file():
            page.evaluate(AXE.read_text("utf-8"))
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []
        shoot(page, f"rounds-{name}-{width}")
