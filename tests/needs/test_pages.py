"""The pages of needs, as a browser meets them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.kit.ids import parse_id
from app.needs import needs, tiers
from app.needs.schemas import Tier
from tests.support import demand
from tests.support.browser import Browser
from tests.support.market import OPERATOR, acting

Drain = Callable[[], Awaitable[None]]


async def test_from_a_description_to_the_queue(make_person: Any) -> None:
    person = await make_person()
    browser: Browser = await person.browser()
    assert (await browser.get("/needs/new")).status_code == 200
    refused = await browser.post_form("/needs/new", fields={"description": "ngắn"})
    assert refused.status_code == 422
    assert "ngắn" in refused.text
    text = "Lò sấy của xưởng tốn điện, cần giảm tiêu thụ điện từ 1,2 kWh/kg xuống 0,8 kWh/kg. Ngân sách dưới 2 tỷ."
    made = await browser.post_form("/needs/new", fields={"description": text})
    assert made.status_code == 303
    step = made.headers["location"]
    need_id = parse_id(step.split("/")[2])
    assert need_id
    page = await browser.get(step)
    assert "Đọc từ mô tả của bạn" in page.text
    bad = await browser.post_form(
        f"/needs/{need_id}/edit/terms", fields={"budget_min": "5000000000", "budget_max": "1000", "trl_min": "6"}
    )
    assert bad.status_code == 422
    assert "5000000000" in bad.text
    assert (await needs.read(person.actor, need_id)).content.trl_min == 6
    refused = await browser.post_form(f"/needs/{need_id}/submit")
    assert refused.status_code == 422
    forms: dict[str, dict[str, str]] = {
        "task": {"title": "Giảm điện cho lò sấy", "problem": text,
                 "summary": "Xưởng sấy cần giảm điện tiêu thụ mà không kéo dài mẻ." * 2, "field": "2.3"},
        "measure": {"criteria.0.text": "Đo điện trong 10 mẻ liên tiếp", "criteria.0.threshold": "0,8 kWh/kg"},
        "terms": {"deadline": demand.deadline().isoformat(), "trl_min": "6"},
        "privacy": {"blind": "true", "tiers.budget": "gist"},
    }  # fmt: skip
    for key, data in forms.items():
        assert (await browser.post_form(f"/needs/{need_id}/edit/{key}", fields=data)).status_code == 303, key
    # The budget stood at "everyone" only because the need was a named one: made blind, it is sealed by default.
    made_blind = await needs.read(person.actor, need_id)
    assert made_blind.content.blind
    assert tiers.tier_of(made_blind.content.tiers, True, "budget") is Tier.broker
    raised = await browser.post_form(f"/needs/{need_id}/edit/privacy", fields={"blind": "true", "tiers.budget": "gist"})
    assert raised.status_code == 303
    assert (await needs.read(person.actor, need_id)).content.tiers == {"budget": Tier.gist}
    assert (await browser.post_form(f"/needs/{need_id}/submit")).status_code == 303
    assert [i.id for i in (await needs.queue(OPERATOR)).items] == [need_id]
    assert (await browser.get("/my/needs")).status_code == 200


async def test_the_operator_reviews_on_the_page(make_person: Any) -> None:
    operator = await make_person(role=None, staff=["operator"])
    browser = await operator.browser()
    need_id = await demand.submitted(await acting())
    assert str(need_id) in (await browser.get("/needs/review")).text
    page = await browser.get(f"/needs/{need_id}")
    assert f"/needs/{need_id}/approve" in page.text
    assert (await browser.post_form(f"/needs/{need_id}/request-changes", fields={"reason": ""})).status_code == 422
    assert (await browser.post_form(f"/needs/{need_id}/approve")).status_code == 303
    assert (await needs.read(OPERATOR, need_id)).status == "published"


@pytest.mark.usefixtures("db")
async def test_the_list_finds_filters_and_pages(client: Browser, drain: Drain) -> None:
    asker = await acting()
    for n in range(3):
        await demand.published(asker, title=f"Lọc mặn cho trạm số {n} ven biển", budget_max=600_000_000 * (n + 1))
    await demand.published(await acting("agency"), kind="public_order", ordering_authority="UBND phường Ven Sông")
    await drain()
    found = (await client.get("/api/v1/needs")).json()
    assert found["total"] == 4
    assert found["facets"]["kind"] == {"enterprise": 3, "public_order": 1}
    assert (await client.get("/api/v1/needs?q=loc+man")).json()["total"] == 4
    assert (await client.get("/api/v1/needs?kind=public_order&due=90")).json()["total"] == 1
    assert (await client.get("/api/v1/needs?due=14")).json()["total"] == 0
    assert (await client.get("/api/v1/needs?trl=3")).json()["total"] == 0
    first = (await client.get("/api/v1/needs?limit=2&sort=title")).json()
    second = (await client.get(f"/api/v1/needs?limit=2&sort=title&cursor={first['next_cursor']}")).json()
    assert len({i["id"] for i in first["items"] + second["items"]}) == 4
    page = await client.get("/needs?q=lọc mặn&kind=enterprise")
    assert page.status_code == 200
    assert "Lọc" in page.text
    feed = await client.get("/feeds/needs.atom?kind=public_order")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert "Ven Sông" not in feed.text  # an entry names the organisation, not the office it acts for
