"""Listing pages that are kept: the same page with one statement, and never one that shows what is no longer so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.accounts import accounts
from app.accounts.schemas import UpdateOrganisation
from app.catalogue import kept
from app.kit.actor import Actor
from app.listings import listings
from app.listings.schemas import Tier, UpdateListing
from tests.support import market as m


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    kept.pages = kept.Pages()
    yield
    kept.pages = kept.Pages()


def statements(answer: Any) -> int:
    return int(re.search(r'sql;desc="(\d+)"', answer.headers["server-timing"])[1])  # type: ignore[index]


async def warm(client: Any, id_: UUID, query: str = "") -> Any:
    """Asked for often enough to be kept."""
    for _ in range(3):
        answer = await client.get(f"/listings/{id_}{query}")
        assert answer.status_code == 200
    return answer


async def test_a_page_asked_for_again_takes_one_statement(client: Any, drain: Any) -> None:
    owner = await m.acting("university")
    id_, _ = await m.publish(owner), await m.publish(owner)
    await drain()
    first = await client.get(f"/listings/{id_}")
    again = await warm(client, id_)
    assert statements(first) > 1
    assert statements(again) == 1
    assert again.text == first.text
    assert again.headers["cache-control"] == first.headers["cache-control"] == "private, no-cache"


async def _edit(owner: Actor, id_: UUID) -> None:
    await listings.update(owner, id_, UpdateListing(title_vi="Màng lọc nano thế hệ mới"))


async def _file(owner: Actor, id_: UUID) -> None:
    await listings.attach(owner, id_, "so-lieu.pdf", m.PDF, Tier.public)


async def _rename(owner: Actor, id_: UUID) -> None:
    changed = UpdateOrganisation(name_vi="Viện mang tên mới", kind="university")
    await accounts.update_organisation(owner, changed)


@pytest.mark.parametrize(
    ("change", "shows"),
    [(_edit, "thế hệ mới"), (_file, "so-lieu.pdf"), (_rename, "Viện mang tên mới")],
)
async def test_a_change_is_seen_at_once(client: Any, change: Any, shows: str) -> None:
    owner = await m.acting("university")
    id_ = await m.publish(owner)
    assert shows not in (await warm(client, id_)).text
    await change(owner, id_)
    assert shows in (await client.get(f"/listings/{id_}")).text


async def test_what_is_suspended_is_gone_at_once(client: Any) -> None:
    id_ = await m.publish(await m.acting("university"))
    await warm(client, id_)
    await listings.suspend(m.OPERATOR, id_, "Có khiếu nại về quyền sở hữu.")
    assert (await client.get(f"/listings/{id_}")).status_code == 404


async def test_a_neighbour_that_is_suspended_is_gone_at_once(client: Any, drain: Any) -> None:
    owner = await m.acting("university")
    id_, other = await m.publish(owner), await m.publish(owner, title_vi="Màng lọc nano cho nước lợ ở đảo")
    await drain()
    assert str(other) in (await warm(client, id_)).text
    await listings.suspend(m.OPERATOR, other, "Có khiếu nại về quyền sở hữu.")
    assert str(other) not in (await client.get(f"/listings/{id_}")).text


async def test_people_get_their_own_page(client: Any, open_browser: Any, make_person: Any) -> None:
    id_ = await m.publish(await m.acting("university"), tiers={"solution": "registered"})
    shared = await warm(client, id_)
    person = await make_person()
    mine = await (await person.browser()).get(f"/listings/{id_}")
    assert "giữ muối lại" not in shared.text
    assert "giữ muối lại" in mine.text
    assert (await warm(open_browser(), id_)).text == shared.text


async def test_languages_and_addresses_are_kept_apart(client: Any) -> None:
    id_ = await m.publish(await m.acting("university"))
    vietnamese = await warm(client, id_)
    english = await warm(client, id_, "?lang=en")
    assert 'lang="vi"' in vietnamese.text
    assert 'lang="en"' in english.text
    assert statements(english) > 1, "an address with parameters stands in its page, so it is not kept"


async def test_old_pages_and_rare_ones_fall_out(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.pages = kept.Pages(most=1)
    owner = await m.acting("university")
    one, two = await m.publish(owner), await m.publish(owner)
    await warm(client, one)
    await client.get(f"/listings/{two}")
    assert statements(await client.get(f"/listings/{one}")) > 1
    assert statements(await warm(client, one)) == 1
    monkeypatch.setattr(kept, "SECONDS", -timedelta(seconds=1).total_seconds())
    assert statements(await client.get(f"/listings/{one}")) > 1
