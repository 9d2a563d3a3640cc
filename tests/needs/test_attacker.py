"""Somebody wants to know who asks. The asker of a blind need has a telling name; it must stand nowhere."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import search
from app.accounts import accounts
from app.kit import clock, sealing
from app.kit.actor import Actor
from app.kit.errors import Invalid
from app.kit.ids import new_id
from app.needs import needs, repository, tiers
from app.needs.schemas import TIERED, Content, Tier, UpdateNeed
from app.platform import rates
from app.proposals import proposals
from search import NEEDS
from tests.support import demand, market
from tests.support.browser import Browser
from tests.support.market import OPERATOR, scalar
from tests.support.people import Org

NAME = "Công ty Cổ phần Dệt Sông Ẩn"
SECRETS = ("Sông Ẩn", "song an", demand.NEED["decision_maker"], "Vắng Tên")
MOMENT = datetime(2026, 11, 20, 9, 41, 37, 123456, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scene:
    asker: Actor
    org: Org
    need_id: UUID
    seller: Any
    broker: Any
    proposal_id: UUID


@pytest.fixture
async def scene(make_person: Any, make_organisation: Any, drain: Callable[[], Awaitable[None]]) -> Scene:
    """A blind need of an organisation that also has a named need, a listing, and a proposal in its hands."""
    org = await make_organisation(name=NAME)
    asker = (await make_person(org=org)).actor
    seller = await make_person()
    broker = await make_person(org=await make_organisation(kind="intermediary"))
    with clock.frozen(MOMENT):
        need_id = await demand.published(asker, blind=True, deadline=datetime(2027, 6, 1, tzinfo=UTC).date())
        await demand.published(
            asker, title="Một nhu cầu khác, có nêu tên", deadline=datetime(2027, 6, 1, tzinfo=UTC).date()
        )
    await market.publish(asker)
    proposal_id = await demand.proposed(seller.actor, need_id)
    await drain()
    return Scene(asker, org, need_id, seller, broker, proposal_id)


def _leaks(text: str, scene: Scene) -> list[str]:
    low = text.lower()
    found = [s for s in SECRETS if s.lower() in low]
    found += [str(i) for i in (scene.org.id, scene.asker.person_id) if str(i) in low]
    found += [s for s in ("09:41", "16:41", "123456", "41:37") if s in low]
    return found


async def test_the_need_itself(scene: Scene, client: Browser) -> None:
    outsiders = [client, await scene.seller.browser(), await scene.broker.browser()]
    for browser in outsiders:
        page = await browser.get(f"/needs/{scene.need_id}")
        assert page.status_code == 200
        assert "Ẩn danh" in page.text
        assert _leaks(page.text, scene) == []
    for headers in ({}, scene.seller.headers, scene.broker.headers):
        answer = await client.get(f"/api/v1/needs/{scene.need_id}", headers=headers)
        assert answer.status_code == 200
        assert _leaks(answer.text, scene) == []
        body = answer.json()
        assert (body["asker"], body["card"]["asker_id"], body["version"], body["completeness"]) == (None,) * 4


async def test_search_feeds_suggestions_and_sitemaps(scene: Scene, client: Browser) -> None:
    for url in (
        "/needs", "/needs?q=lọc mặn", "/api/v1/needs", "/api/v1/needs?q=loc%20man", "/feeds/needs.atom",
        "/suggest?q=loc", "/api/v1/suggestions?q=loc", "/sitemap.xml", "/sitemaps/pages.xml",
    ):  # fmt: skip
        answer = await client.get(url)
        assert answer.status_code == 200, url
        # Its organisation and the named need stand beside it and say their own names: only its own part counts.
        parts = re.split(r"<entry|<article", answer.text)
        shown = [p for p in parts if str(scene.need_id) in p]
        if url.startswith("/api/v1/needs"):
            shown = [json.dumps(i) for i in answer.json()["items"] if i["id"] == str(scene.need_id)]
        assert bool(shown) == ("needs" in url), url
        assert _leaks(" ".join(shown), scene) == [], url
    by_name = (await client.get("/api/v1/needs?q=dệt sông ẩn")).json()
    assert [i for i in by_name["items"] if i["blind"]] == []
    by_person = (await client.get("/api/v1/needs?q=Nguyễn Thị Mật")).json()
    assert [i for i in by_person["items"] if i["blind"]] == []


async def test_the_index_holds_nothing_of_it(scene: Scene) -> None:
    for table in ("search_needs_a", "search_needs_b", "search_needs_phrases_a", "search_needs_phrases_b"):
        rows = await scalar(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
        if "phrases" not in table:
            blind = f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t WHERE id = :id"
            assert _leaks(await scalar(blind, id=scene.need_id), scene) == []
        assert "vắng tên" not in rows.lower()
    found = await search.engine().search(NEEDS, search.Query(text="vắng tên", strict=True))
    assert found.total == 0


async def test_the_organisations_page_and_counts(scene: Scene, client: Browser) -> None:
    for url in (f"/organisations/{scene.org.id}", f"/api/v1/organisations/{scene.org.id}", "/organisations", "/",
                "/api/v1/home-figures", "/api/v1/statistics/public", "/statistics/public"):  # fmt: skip
        text = (await client.get(url)).text
        assert str(scene.need_id) not in text, url
        assert demand.NEED["title"] not in text, url
    department = Actor(person_id=new_id(), staff=market.DEPARTMENT.staff)
    view = await needs.read(department, scene.need_id)
    assert (view.asker, view.tier) == (None, Tier.gist)


async def test_the_proposer_learns_nothing(scene: Scene, client: Browser, mails: Any) -> None:
    browser = await scene.seller.browser()
    for url in (f"/proposals/{scene.proposal_id}", "/my/proposals"):
        assert _leaks((await browser.get(url)).text, scene) == [], url
    for url in (f"/api/v1/proposals/{scene.proposal_id}", "/api/v1/me/proposals"):
        answer = await client.get(url, headers=scene.seller.headers)
        assert answer.status_code == 200
        assert _leaks(answer.text, scene) == [], url
    await proposals.shortlist(scene.asker, scene.proposal_id)
    answer = await client.get(f"/api/v1/proposals/{scene.proposal_id}", headers=scene.seller.headers)
    assert _leaks(answer.text, scene) == []
    at = datetime.fromisoformat(answer.json()["status_at"])
    assert (at.astimezone(clock.VIETNAM).hour, at.minute, at.second) == (0, 0, 0)
    for mail in mails():
        if mail.to == scene.seller.email:
            assert _leaks(f"{mail.subject} {mail.body}", scene) == []


async def test_refusals_say_no_more_than_of_what_never_was(scene: Scene, client: Browser) -> None:
    draft = await demand.draft(scene.asker, blind=True)
    never = new_id()
    for path in ("/needs/{}", "/needs/{}/edit/task", "/needs/{}/proposals", "/needs/{}/propose"):
        browser = await scene.seller.browser()
        answers = []
        for need_id in (draft, never):
            answer = await browser.get(path.format(need_id))
            answers.append((answer.status_code, answer.text.replace(str(need_id), "-")))
        assert answers[0][0] == 404
        strip = [a[1].split('name="csrf')[0] for a in answers]
        assert strip[0] == strip[1], path
    for path in ("/api/v1/needs/{}", "/api/v1/needs/{}/reveals", "/api/v1/needs/{}/proposals"):
        answers = [
            (a.status_code, a.text.replace(str(i), "-"))
            for i in (draft, never)
            if (a := await client.get(path.format(i), headers=scene.seller.headers))
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    # What only the asker may ask of a published blind need is refused to all others alike.
    answer = await client.get(f"/api/v1/needs/{scene.need_id}/reveals", headers=scene.seller.headers)
    assert answer.status_code == 403
    assert _leaks(answer.text, scene) == []


async def test_ids_and_order_tell_no_time(scene: Scene) -> None:
    assert scene.need_id.version == 4
    assert scene.proposal_id.version == 4
    reference = (await needs.read(scene.asker, scene.need_id)).reference
    assert (
        len({(await needs.read(OPERATOR, await demand.draft(scene.asker))).reference for _ in range(5)} | {reference})
        == 6
    )
    shown = (await needs.cards([scene.need_id]))[scene.need_id].published_at
    assert shown
    assert shown.astimezone(clock.VIETNAM).time().isoformat() == "00:00:00"
    newest = await scalar("SELECT newest FROM search_needs_a WHERE id = :id", id=scene.need_id)
    assert datetime.fromtimestamp(newest / 1_000_000, UTC).astimezone(clock.VIETNAM).hour == 0


async def test_it_does_not_vanish_with_its_organisation(scene: Scene, client: Browser, drain: Any) -> None:
    """A need that disappears in the hour its asker is suspended would name it."""
    await accounts.change_standing(OPERATOR, scene.org.id, "suspend", "Kiểm tra lại hồ sơ.")
    await drain()
    assert (await client.get(f"/needs/{scene.need_id}")).status_code == 200
    assert [i["blind"] for i in (await client.get("/api/v1/needs")).json()["items"]] == [True]


async def test_brokers_read_their_tier_and_are_counted(scene: Scene) -> None:
    view = await needs.read(scene.broker.actor, scene.need_id)
    assert view.tier is Tier.broker
    assert view.content.problem
    assert view.content.budget_max == demand.NEED["budget_max"]
    assert view.content.process is None
    assert view.asker is None
    await needs.read(scene.broker.actor, scene.need_id)
    reveals = (await needs.reveals(scene.asker, scene.need_id)).items
    assert [(r.org_id, r.what) for r in reveals] == [(scene.broker.org.id, "broker")]
    await accounts.change_standing(OPERATOR, scene.broker.org.id, "suspend", "Kiểm tra lại hồ sơ.")
    assert (await needs.read(scene.broker.actor, scene.need_id)).tier is Tier.gist


@pytest.mark.usefixtures("db")
async def test_a_text_that_names_the_asker_is_not_published(make_person: Any, make_organisation: Any) -> None:
    asker = (await make_person(org=await make_organisation(name=NAME))).actor
    for field, words in (
        ("summary", "Nhà máy dệt SÔNG ẨN cần cách giảm muối trong nước cấp cho xưởng nhuộm của mình."),
        ("problem", "Liên hệ kythuat@songan.example để biết thêm chi tiết về vấn đề nước nhiễm mặn của chúng tôi."),
        ("title", "Giảm muối cho nước cấp, gọi 0912 345 678"),
        ("criteria", [{"text": "Đo tại phòng thí nghiệm của Det Song An"}]),
    ):
        need_id = await demand.draft(asker, blind=True, **{field: words})
        with pytest.raises(Invalid) as refused:
            await needs.submit(asker, need_id)
        assert set(refused.value.fields) == {field}
        await needs.update(asker, need_id, UpdateNeed(blind=False))
        await needs.submit(asker, need_id)
    await rates.sweep()


def test_the_parts_of_a_name_that_tell() -> None:
    names = sealing.names_of("Công ty TNHH Sản xuất Minh Khuê", None)
    assert sealing.tells("xưởng của minh khue", names | {"minh khue"})
    assert not sealing.tells("Doanh nghiệp sản xuất linh kiện", names)
    assert not sealing.tells("Đạt QCVN 40:2011, dưới 75 mg/l, 1.250.000 đồng", names)


CONTENT = st.builds(
    dict,
    problem=st.text(min_size=1, max_size=40),
    process=st.text(min_size=1, max_size=40),
    constraints=st.text(min_size=1, max_size=40),
    pilot_site=st.text(min_size=1, max_size=40),
    budget_max=st.integers(0, 10**12),
    province=st.sampled_from([1, 33, 79]),
)
CHOSEN = st.dictionaries(st.sampled_from(TIERED), st.sampled_from(list(Tier)))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(fields=CONTENT, chosen=CHOSEN, blind=st.booleans(), have=st.sampled_from(list(Tier)))
def test_no_one_reads_above_their_tier(
    fields: dict[str, Any], chosen: dict[str, Tier], blind: bool, have: Tier
) -> None:
    content = Content.model_validate({"title": "Một nhu cầu", **fields, "tiers": chosen, "blind": blind})
    parts = tiers.split(content)
    readable: set[str] = set()
    for tier, part in parts.items():
        if tiers.opens(have, tier):
            readable |= part.keys()
    locked = tiers.locked(content.tiers, blind, have, {t: set(p) for t, p in parts.items()})
    for name in TIERED:
        needed = tiers.tier_of(content.tiers, blind, name)
        held = {c for c in tiers.PARTS[name] if content.model_dump(mode="json")[c] not in (None, "", [])}
        assert held <= readable if tiers.opens(have, needed) else not held & readable
        assert (name in locked) == (bool(held) and not tiers.opens(have, needed))


def test_a_day_is_vietnams() -> None:
    late = MOMENT.replace(hour=20)
    assert repository.whole_day(late) == repository.whole_day(late + timedelta(hours=3))
    assert repository.whole_day(MOMENT) != repository.whole_day(late)
