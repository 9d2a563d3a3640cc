"""What machines read of the catalogue: Atom, sitemaps, robots."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from app.catalogue import feeds
from app.kit import clock
from app.listings import listings
from app.settings import settings
from tests.listings import drafts
from tests.support import market as m

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def moment(text: str) -> datetime:
    """An RFC 3339 date-time: with a zone."""
    found = datetime.fromisoformat(text)
    assert found.tzinfo is not None
    return found


async def feed(client: Any, url: str = "/feeds/listings.atom") -> ET.Element:
    answer = await client.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert answer.content.startswith(b"<?xml")
    root = ET.fromstring(answer.content)
    assert root.tag == f"{ATOM}feed"
    return root


async def test_the_feed_is_atom(client: Any, drain: Any) -> None:
    owner = await m.acting("university")
    one = await m.publish(owner, title_vi="Than hoạt tính <từ> gáo & dừa", ipc=["C01B 32/05"])
    two = await m.publish(owner, title_vi="Màng lọc nano cho ao tôm", title_en="A membrane for ponds")
    await drain()
    root = await feed(client)
    base = settings().base_url
    assert root.findtext(f"{ATOM}id") == f"{base}/feeds/listings.atom"
    assert root.findtext(f"{ATOM}title")
    links = {e.get("rel"): e.get("href") for e in root.findall(f"{ATOM}link")}
    assert links == {"self": f"{base}/feeds/listings.atom", "alternate": f"{base}/listings"}
    entries = root.findall(f"{ATOM}entry")
    assert [e.findtext(f"{ATOM}id") for e in entries] == [f"urn:uuid:{i}" for i in (two, one)]
    assert [e.findtext(f"{ATOM}title") for e in entries] == [
        "Màng lọc nano cho ao tôm",
        "Than hoạt tính <từ> gáo & dừa",
    ]
    published = []
    for entry in entries:
        id_ = UUID((entry.findtext(f"{ATOM}id") or "").removeprefix("urn:uuid:"))
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert (link.get("rel"), link.get("href")) == ("alternate", f"{base}/listings/{id_}")
        assert entry.findtext(f"{ATOM}author/{ATOM}name") == owner.org_name
        assert entry.findtext(f"{ATOM}summary") == m.CONTENT["summary_vi"].strip()
        published.append(moment(entry.findtext(f"{ATOM}published") or ""))
        assert moment(entry.findtext(f"{ATOM}updated") or "") >= published[-1]
    assert published == sorted(published, reverse=True)
    assert moment(root.findtext(f"{ATOM}updated") or "") == max(published)
    category = entries[1].find(f"{ATOM}category")
    assert category is not None
    assert category.get("term") == "C01B 32/05"
    english = await feed(client, "/feeds/listings.atom?lang=en")
    assert "A membrane for ponds" in [e.findtext(f"{ATOM}title") for e in english.iter(f"{ATOM}entry")]


async def test_the_feed_of_a_search_is_that_search_newest_first(client: Any, drain: Any) -> None:
    owner = await m.acting("university")
    ids = [await m.publish(owner, title_vi=f"Ao tôm số {n}", field="2.7" if n % 2 else "1.2") for n in range(4)]
    await m.publish(owner, title_vi="Than hoạt tính")
    await drain()
    root = await feed(client, "/feeds/listings.atom?q=ao+tom&field=2.7&sort=title&cursor=nonsense&limit=1")
    found = [e.findtext(f"{ATOM}id") for e in root.iter(f"{ATOM}entry")]
    assert found == [f"urn:uuid:{ids[3]}", f"urn:uuid:{ids[1]}"]
    here = next(e.get("href") for e in root.findall(f"{ATOM}link") if e.get("rel") == "self")
    assert here
    assert here.startswith(settings().base_url + "/feeds/listings.atom?q=ao")
    assert "cursor" not in here
    assert root.findtext(f"{ATOM}id") == here


async def test_sitemaps_name_every_page_once(client: Any, db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    org = (await m.acting()).org_id
    assert org
    ids = await drafts.shelve(org, [{} for _ in range(7)], index=False)
    await drafts.shelve(org, [{} for _ in range(2)], status="draft", index=False)
    monkeypatch.setattr(feeds, "SITEMAP_PAGE", 3)
    base = settings().base_url
    index = await client.get("/sitemap.xml")
    assert index.headers["content-type"].startswith("application/xml")
    root = ET.fromstring(index.content)
    assert root.tag == f"{MAP}sitemapindex"
    parts = [e.text or "" for e in root.iter(f"{MAP}loc")]
    assert parts == [f"{base}/sitemaps/pages.xml", *(f"{base}/sitemaps/listings-{n}.xml" for n in (1, 2, 3))]
    found, days = [], set()
    for part in parts[1:]:
        answer = await client.get(part.removeprefix(base))
        assert answer.status_code == 200
        urls = ET.fromstring(answer.content)
        assert urls.tag == f"{MAP}urlset"
        found += [e.text for e in urls.iter(f"{MAP}loc")]
        days |= {e.text for e in urls.iter(f"{MAP}lastmod")}
    assert sorted(found) == sorted(f"{base}/listings/{i}" for i in ids)
    assert len(days) <= 2
    assert all(datetime.fromisoformat(d or "") for d in days)
    for wrong in (
        "/sitemaps/listings-4.xml",
        "/sitemaps/listings-0.xml",
        "/sitemaps/listings--1.xml",
        "/sitemaps/listings-x.xml",
        "/sitemaps/listings-99999999999.xml",
    ):
        assert (await client.get(wrong)).status_code == 404, wrong


async def test_every_page_of_the_sitemap_is_there(client: Any, db: Any) -> None:
    root = ET.fromstring((await client.get("/sitemaps/pages.xml")).content)
    base = settings().base_url
    paths = [(e.text or "").removeprefix(base) for e in root.iter(f"{MAP}loc")]
    assert "/listings" in paths
    for path in paths:
        assert (await client.get(path)).status_code == 200, path


async def test_robots_keep_out_of_what_is_private(client: Any, db: Any) -> None:
    answer = await client.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    kept = {line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")}
    assert {"/api/", "/desk", "/deals/", "/review", "/account"} <= kept
    assert f"Sitemap: {settings().base_url}/sitemap.xml" in lines


async def test_what_is_not_for_robots_says_so(client: Any, make_person: Any) -> None:
    person = await make_person()
    shown, draft = await m.publish(person.actor), await drafts.draft(person.actor)
    browser = await person.browser()
    assert 'name="robots" content="noindex' in (await browser.get(f"/listings/{draft}")).text
    page = await client.get(f"/listings/{shown}")
    assert 'name="robots"' not in page.text
    assert f'<link rel="canonical" href="{settings().base_url}/listings/{shown}">' in page.text
    assert 'name="robots" content="noindex' in (await client.get("/listings?q=x")).text
    assert 'rel="canonical"' in (await client.get("/listings")).text


async def test_confirming_a_listing_moves_its_date(client: Any, db: Any) -> None:
    owner = await m.acting()
    id_ = await m.publish(owner)
    later = clock.now() + timedelta(days=40)
    with clock.frozen(later):
        await listings.refresh(owner, id_)
    found = ET.fromstring((await client.get("/sitemaps/listings-1.xml")).content)
    assert [e.text for e in found.iter(f"{MAP}lastmod")] == [later.date().isoformat()]
