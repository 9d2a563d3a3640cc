"""What is not for the public is nowhere: not in a list, a suggestion, a feed, a sitemap, nor behind its address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

import search
from app.accounts import accounts
from app.kit import clock
from app.kit.text import sort_key
from app.listings import listings
from app.listings.schemas import Tier
from app.listings.tasks import index
from search import LISTINGS, ListingDocument
from tests.listings import drafts
from tests.support import market as m
from tests.support.people import SYSTEM

TITLE = "Vi sinh phân giải zeolit hiếm"
OUT = ("draft", "submitted", "changes_requested", "suspended", "archived")


async def places(client: Any, id_: UUID, org: UUID, near: UUID) -> dict[str, Any]:
    """Every public place that could show a listing, and its answer."""
    urls = [
        "/",
        "/listings",
        "/listings?q=zeolit",
        "/listings?q=phan+giai+zeolit&lang=en",
        f"/listings?org={org}",
        "/listings?sort=title",
        "/listings?sort=price",
        "/listings?ipc=C02F",
        f"/compare?id={id_}&id={near}",
        "/feeds/listings.atom",
        "/feeds/listings.atom?q=zeolit",
        "/sitemaps/listings-1.xml",
        f"/listings/{near}",
        "/api/v1/listings",
        "/api/v1/listings?q=zeolit",
        f"/api/v1/listings?org={org}",
        "/api/v1/suggestions?q=zeo",
        "/api/v1/suggestions?q=vi+sinh",
    ]
    return {url: await client.get(url) for url in urls}


async def absent(client: Any, id_: UUID, org: UUID, near: UUID) -> None:
    for url, answer in (await places(client, id_, org, near)).items():
        assert answer.status_code == 200, url
        assert str(id_) not in answer.text or url.startswith("/compare"), url
        assert TITLE not in answer.text, url
        if "suggestions" in url:
            assert answer.json()["items"] == [], url
        if url.startswith("/api/v1/listings"):
            assert all(i["id"] != str(id_) for i in answer.json()["items"])
    for url in (f"/listings/{id_}", f"/api/v1/listings/{id_}"):
        assert (await client.get(url)).status_code == 404, url


@pytest.fixture
async def near(db: Any) -> UUID:
    """Another listing, so that the lists are not empty and something could be related."""
    return await m.publish(await m.acting(), title_vi="Than hoạt tính từ gáo dừa", ipc=["C02F"])


@pytest.mark.parametrize("state", OUT)
async def test_what_is_not_public_is_nowhere(client: Any, drain: Any, near: UUID, state: str) -> None:
    owner = await m.acting("university")
    assert owner.org_id
    id_ = await drafts.in_state(owner, state, title_vi=TITLE, ipc=["C02F"])
    await drain()
    await absent(client, id_, owner.org_id, near)
    org = await client.get(f"/organisations/{owner.org_id}")
    assert TITLE not in org.text
    assert (await client.get(f"/api/v1/organisations/{owner.org_id}/listings")).json()["items"] == []
    figures = (await client.get("/api/v1/home-figures")).json()
    assert figures["technologies"] == 1


@pytest.mark.parametrize("state", ["published", "reserved", "transferred"])
async def test_what_is_public_is_everywhere(client: Any, drain: Any, near: UUID, state: str) -> None:
    owner = await m.acting("university")
    assert owner.org_id
    id_ = await drafts.in_state(owner, state, title_vi=TITLE, ipc=["C02F"])
    await drain()
    for url, answer in (await places(client, id_, owner.org_id, near)).items():
        assert answer.status_code == 200, url
        if "suggestions" in url:
            assert answer.json()["items"], url
        else:
            assert str(id_) in answer.text, url
    assert (await client.get(f"/listings/{id_}")).status_code == 200
    assert (await client.get("/api/v1/home-figures")).json()["technologies"] == 2


async def test_a_suspended_organisation_takes_its_listings_along_and_back(
    client: Any, drain: Any, near: UUID, make_person: Any
) -> None:
    person, operator = await make_person("owner"), await make_person(None, staff=["operator"])
    org, id_ = person.org.id, await m.publish(person.actor, title_vi=TITLE, ipc=["C02F"])
    file = await listings.attach(person.actor, id_, "a.png", drafts.PNG, Tier.public)
    await drain()
    assert str(id_) in (await client.get("/listings?q=zeolit")).text
    await accounts.change_standing(SYSTEM, org, "suspend", reason="Kiểm tra lại hồ sơ.")
    # At once, before the index has heard of it, and after.
    for _ in range(2):
        for url, answer in (await places(client, id_, org, near)).items():
            if "suggestions" not in url:
                assert str(id_) not in answer.text or url.startswith("/compare"), url
                assert TITLE not in answer.text, url
        await drain()
    await absent(client, id_, org, near)
    assert (await client.get(f"/files/{file.id}")).status_code == 404
    assert (await client.get(f"/organisations/{org}")).status_code == 404
    assert (await client.get("/api/v1/home-figures")).json()["technologies"] == 1
    # Those concerned still see it.
    for one in (person, operator):
        assert (await one.api().get(f"/api/v1/listings/{id_}")).status_code == 200
    buyer = await m.acting()
    error = await drafts.refused(m.open_deal(buyer, id_))
    assert error.status in (404, 409)
    await accounts.change_standing(SYSTEM, org, "restore")
    await drain()
    assert str(id_) in (await client.get("/listings?q=zeolit")).text
    assert (await client.get(f"/listings/{id_}")).status_code == 200


@pytest.mark.parametrize("state", OUT)
async def test_a_stale_document_never_shows(client: Any, drain: Any, near: UUID, state: str) -> None:
    """The index is a projection: whatever it wrongly holds, hits are read again under the visitor's visibility."""
    owner = await m.acting("university")
    assert owner.org_id
    id_ = await drafts.in_state(owner, state, title_vi=TITLE, ipc=["C02F"])
    await drain()
    now = clock.now()
    document = ListingDocument(
        id=id_,
        title_vi=TITLE,
        summary_vi="Zeolit",
        owner_id=owner.org_id,
        owner_name="Ai đó",
        owner_kind="university",
        ipc=["C02F"],
        fields=("2",),
        price_from=1,
        published_at=now,
        refreshed_at=now,
        sort_title=sort_key(TITLE),
    )
    await search.engine().upsert(LISTINGS, [document])
    for url, answer in (await places(client, id_, owner.org_id, near)).items():
        assert answer.status_code == 200, url
        assert str(id_) not in answer.text or url.startswith("/compare"), url
        if "suggestions" not in url:
            assert TITLE not in answer.text, url
    assert (await client.get(f"/listings/{id_}")).status_code == 404
    await index([id_])
    assert (await client.get("/api/v1/suggestions?q=zeo")).json()["items"] == []


async def test_the_index_follows_every_move(client: Any, drain: Any) -> None:
    owner = await m.acting("university")
    id_ = await drafts.draft(owner, title_vi=TITLE)

    async def found() -> bool:
        await drain()
        return str(id_) in (await client.get("/api/v1/listings?q=zeolit")).text

    assert not await found()
    await listings.submit(owner, id_)
    assert not await found()
    await listings.approve(m.OPERATOR, id_, drafts.CLEAR)
    assert await found()
    await listings.suspend(m.OPERATOR, id_, drafts.REASON)
    assert not await found()
    await listings.restore(m.OPERATOR, id_)
    assert await found()
    await listings.archive(owner, id_)
    assert not await found()
    assert await search.engine().count(LISTINGS) == 0


async def test_staff_see_more_by_address_but_not_in_lists(client: Any, drain: Any, near: UUID) -> None:
    owner = await m.acting("university")
    for state in OUT:
        id_ = await drafts.in_state(owner, state, title_vi=TITLE)
        assert (await listings.read(m.OPERATOR, id_)).status == state
        seen = state not in ("draft", "changes_requested")
        if seen:
            assert (await listings.read(m.DEPARTMENT, id_)).status == state
        else:
            assert (await drafts.refused(listings.read(m.DEPARTMENT, id_))).status == 404
        # A person whose membership was withdrawn is a stranger again.
        assert (await drafts.refused(listings.read(replace(owner, role=None), id_))).status == 404
