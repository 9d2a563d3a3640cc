"""Words stay words: markup typed into any field is shown as typed, and runs nowhere."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from app.deals import deals
from app.listings import listings
from app.listings.forms import STEPS
from app.listings.schemas import STORY, Tier, UpdateListing
from tests.listings import drafts
from tests.support import market as m

EVIL = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{ 7*7 }}</textarea></title>"
LONG = EVIL + " kim loại nặng" * 30


class Marks(HTMLParser):
    """What a browser would make of a page: its elements and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.seen = 0
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {k: v or "" for k, v in attrs}
        self.seen += sum(v.count("<img src=x onerror=alert(1)>") for v in a.values())
        self.bad += [f"{tag}.{k}={v[:60]}" for k, v in a.items() if k.startswith("on") or k == "style"]
        self.bad += [f"{tag}.{k}={v[:60]}" for k, v in a.items() if v.strip().lower().startswith("javascript:")]
        if tag in ("img", "iframe", "object", "embed", "link", "script") and not a.get(
            "src", a.get("href", "/")
        ).startswith(("/", "https://testserver", "data:image/")):
            self.bad.append(f"{tag} {a}")
        if tag == "script" and "src" not in a:
            self._script = a.get("type") != "application/ld+json"
            if self._script:
                self.bad.append("an inline script")

    def handle_data(self, data: str) -> None:
        self.seen += data.count("<img src=x onerror=alert(1)>")


def read(page: Any) -> Marks:
    marks = Marks()
    marks.feed(page.text)
    assert marks.bad == [], (page.url, marks.bad)
    return marks


async def evil(owner: Any) -> UUID:
    """A published listing with the markup in every field that holds text."""
    story = {f"{n}_{k}": LONG for n in (*STORY, "confidential") for k in ("vi", "en")}
    cells = ("metric_vi", "metric_en", "ours", "theirs", "alternative_vi", "alternative_en", "source_vi", "source_en")
    fields = story | {
        "title_vi": EVIL,
        "title_en": EVIL,
        "summary_vi": LONG,
        "summary_en": LONG,
        "keywords": [EVIL[:60]],
        "target_users_vi": LONG[:1900],
        "target_users_en": LONG[:1900],
        "task_code": EVIL[:60],
        "ipc": ["C02F"],
        "comparison": [dict.fromkeys(cells, EVIL) | {"unit": EVIL[:40]}],
        "rights": [
            {"kind": "plant_variety", "title_vi": EVIL, "application_no": EVIL[:40], "registration_no": EVIL[:40]}
        ],
        "owners": [{"name": EVIL, "share": "100"}],
        "funding": "own",
        "offers": [
            {
                "mode": "licence",
                "field_of_use_vi": EVIL,
                "field_of_use_en": EVIL,
                "price_policy": "fixed",
                "price_from": 1_000_000,
            }
        ],
    }
    id_ = await m.publish(owner, **fields)
    await listings.attach(owner, id_, EVIL + ".png", drafts.PNG, Tier.public)
    return id_


@pytest.fixture
async def stage(make_person: Any, make_organisation: Any, drain: Any) -> dict[str, Any]:
    org = await make_organisation("university", EVIL, name_en=EVIL)
    people = {
        "owner": await make_person("owner", org, name=EVIL),
        "buyer": await make_person(name=EVIL),
        "operator": await make_person(None, staff=["operator"], name=EVIL),
        "department": await make_person(None, staff=["department"]),
    }
    id_ = await evil(people["owner"].actor)
    await drain()
    return {"org": org, "id": id_, **people}


async def test_markup_is_shown_as_typed_on_every_page_of_a_listing(stage: dict[str, Any], client: Any) -> None:
    id_, org = stage["id"], stage["org"]
    browsers = {"anonymous": client} | {
        who: await stage[who].browser() for who in ("owner", "buyer", "operator", "department")
    }
    for who, browser in browsers.items():
        for url in (
            f"/listings/{id_}",
            "/listings",
            "/listings?q=kim+loai+nang",
            "/listings?q=img+onerror",
            "/",
            f"/compare?id={id_}",
            f"/organisations/{org.id}",
            "/organisations",
        ):
            for language in ("vi", "en"):
                page = await browser.get(url + ("&" if "?" in url else "?") + f"lang={language}")
                assert page.status_code == 200, (who, url)
                assert read(page).seen > 0, (who, url)
    owner, operator = browsers["owner"], browsers["operator"]
    assert read(await owner.get("/my/listings")).seen > 0
    for key in (*STEPS, "check"):
        page = await owner.get(f"/listings/{id_}/edit/{key}")
        assert page.status_code == 200
        assert read(page).seen > 0, key
    assert read(await owner.get(f"/listings/{id_}/versions")).seen > 0
    await listings.update(stage["owner"].actor, id_, UpdateListing(limits_vi=LONG + "!"))
    for url in ("/review", f"/review/{id_}", f"/listings/{id_}/versions"):
        assert read(await operator.get(url)).seen > 0, url


async def test_markup_in_structured_data_and_feeds_is_data(stage: dict[str, Any], client: Any) -> None:
    id_ = stage["id"]
    page = await client.get(f"/listings/{id_}")
    found = page.text.split('<script type="application/ld+json">')[1].split("</script>")[0]
    assert json.loads(found)["name"] == EVIL
    assert "<" not in found
    feed = ET.fromstring((await client.get("/feeds/listings.atom?q=<img src=x>")).content)
    assert [e.text for e in feed.iter("{http://www.w3.org/2005/Atom}title")][1:] in ([], [EVIL])
    whole = ET.fromstring((await client.get("/feeds/listings.atom")).content)
    assert EVIL in [e.text for e in whole.iter("{http://www.w3.org/2005/Atom}title")]
    for url in (f"/api/v1/listings/{id_}", "/api/v1/listings", "/api/v1/suggestions?q=img"):
        answer = await client.get(url)
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_markup_in_addresses_is_shown_as_typed(client: Any) -> None:
    for url, params in (
        ("/listings", {"q": EVIL}),
        ("/listings", {"field": EVIL, "org": EVIL, "ipc": EVIL, "province": EVIL, "sort": EVIL}),
        ("/organisations", {"kind": EVIL}),
        ("/compare", {"id": EVIL}),
        ("/listings/new", {"x": EVIL}),
        ("/sign-in", {"next": "/listings?q=" + EVIL}),
        ("/no/such/page", {"q": EVIL}),
        ("/statistics", {"since": EVIL}),
    ):
        page = await client.get(url, params=params, follow_redirects=True)
        assert page.status_code < 500, url
        read(page)


async def test_markup_in_what_was_refused_comes_back_as_typed(make_person: Any) -> None:
    person = await make_person()
    id_ = await drafts.draft(person.actor)
    browser = await person.browser()
    typed = {
        "introduction": {"title_vi": EVIL * 4, "ipc": EVIL, "keywords": EVIL},
        "asset": {"owners.0.name": EVIL, "owners.0.share": EVIL, "rights.0.kind": EVIL, "rights.0.office": EVIL},
        "offer": {"offers.0.mode": EVIL, "offers.0.price_from": EVIL, "offers.0.territory": EVIL},
        "readiness": {"trl": EVIL, "limits_vi": EVIL},
        "tiers": {"tiers.solution": EVIL, f"tiers.{EVIL}": "nda"},
    }
    for key, fields in typed.items():
        page = await browser.post_form(f"/listings/{id_}/edit/{key}", fields)
        assert page.status_code == 422, key
        read(page)
    page = await browser.post_form("/listings/new", {"title_vi": EVIL * 9})
    assert page.status_code == 422
    assert read(page).seen > 0


async def test_markup_reaches_the_desk_and_the_statistics_as_words(stage: dict[str, Any], drain: Any) -> None:
    buyer, owner = stage["buyer"], stage["owner"]
    deal_id = await m.open_deal(buyer.actor, stage["id"], message=EVIL + " chúng tôi quan tâm")
    await m.send_offer(buyer.actor, deal_id, note=EVIL)
    await drain()
    for person in (owner, buyer):
        browser = await person.browser()
        for url in ("/desk", "/desk?view=board", f"/deals/{deal_id}"):
            page = await browser.get(url)
            assert page.status_code == 200, url
            assert read(page).seen > 0, url
    browser = await stage["department"].browser()
    for url in ("/statistics/deals", "/statistics/listings", "/statistics", f"/deals/{deal_id}"):
        page = await browser.get(url)
        assert page.status_code == 200, url
        assert read(page).seen > 0 or url == "/statistics"
    assert (await deals.read(owner.actor, deal_id)).message.startswith(EVIL)
