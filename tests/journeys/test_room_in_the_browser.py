"""Revocation stops an open tab: the pages are on the screen, the owner revokes, and seconds later they are gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.conftest import World, sent
from tests.support import secrets

pytestmark = pytest.mark.browser


def test_revocation_clears_an_open_tab(world: World, visit: Callable[..., Any]) -> None:
    university, company = world.clients["university"], world.clients["company"]
    listing, deal = world.ids["other"], world.ids["agreed"]
    nda = world.ids["nda_waiting"]
    digest = sent(company.get(f"/ndas/{nda}"))["sha256"]
    for client, name in ((company, "Lê Văn Bình"), (university, "Trần Thị Hoa")):
        sent(client.post(f"/ndas/{nda}/sign", json={"typed_name": name, "sha256": digest}))
    paper = university.post(
        f"/listings/{listing}/room/documents", files={"file": ("ban-ve.pdf", secrets.pdf(2), "application/pdf")}
    )
    document = sent(paper)["id"]
    opened = sent(university.post(f"/listings/{listing}/room/grants", json={"deal_id": deal, "stage": 1}))
    grant = opened["deals"][0]["grants"][0]["id"]
    tab = visit("company")
    tab.set_default_timeout(30_000)
    tab.goto(f"/deals/{deal}/room/documents/{document}")
    first = tab.locator(".room-pages img").first
    tab.wait_for_function("document.querySelector('.room-pages img').naturalWidth === 1240")
    assert first.get_attribute("src").endswith("/pages/1")
    sent(university.post(f"/listings/{listing}/room/grants/{grant}/revoke"))
    tab.get_by_text("Quyền xem đã kết thúc", exact=True).wait_for()
    assert tab.locator(".room-pages img").count() == 0
    tab.go_back()
    tab.go_forward()
    tab.wait_for_load_state()
    assert tab.locator(".room-pages img").count() == 0
