"""What lets a listing through to the public, and what keeps it out."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import clock
from app.kit.errors import Invalid
from app.listings import completeness, listings
from app.listings.schemas import Approve, Content, UpdateListing
from tests.listings import drafts
from tests.support import market as m
from tests.support.browser import form, text

# Written down here once more, on purpose: the gate is a promise, not whatever the rules happen to say.
REQUIRED: dict[str, Any] = {
    "title_vi": "Ngắn",
    "summary_vi": "Quá ngắn để hiểu công nghệ làm gì.",
    "field": None,
    "problem_vi": "Vấn đề ngắn.",
    "solution_vi": "Giải pháp ngắn.",
    "advantages_vi": "Rẻ hơn.",
    "trl": None,
    "owners": [],
    "offers": [],
}
OPTIONAL = set(UpdateListing.model_fields) - REQUIRED.keys()


def test_the_rules_require_exactly_these() -> None:
    assert {f for f, _, _, required, _, _ in completeness.RULES if required} == set(REQUIRED)


@pytest.mark.parametrize("name", REQUIRED)
async def test_each_required_field_blocks_alone(db: Any, name: str) -> None:
    owner = await m.acting("university")
    id_ = await drafts.draft(owner)
    await listings.update(owner, id_, UpdateListing.model_validate({name: REQUIRED[name]}))
    before = await drafts.trace(id_)
    error = await drafts.refused(listings.submit(owner, id_))
    assert (error.status, error.code, set(error.fields)) == (422, "listing.incomplete", {name})
    assert await drafts.trace(id_) == before
    await listings.update(owner, id_, UpdateListing.model_validate({name: m.CONTENT[name]}))
    await listings.submit(owner, id_)
    assert await drafts.status_of(id_) == "submitted"


async def test_the_api_and_the_check_page_name_what_is_missing(make_person: Any, client: Any) -> None:
    person = await make_person()
    id_ = await drafts.draft(person.actor)
    await listings.update(person.actor, id_, UpdateListing(trl=None, owners=[]))
    answer = await person.api().post(f"/api/v1/listings/{id_}/submit")
    assert answer.status_code == 422
    assert {e["field"] for e in answer.json()["errors"]} == {"trl", "owners"}
    browser = await person.browser()
    page = await browser.get(f"/listings/{id_}/edit/check")
    assert page.status_code == 200
    advice = {f: a for f, _, _, _, _, a in completeness.RULES}
    assert advice["trl"].vi in text(page)
    sent = await browser.post_form(f"/listings/{id_}/submit")
    assert sent.status_code == 422
    assert advice["owners"].vi in text(sent)
    first = await browser.get(f"/listings/{id_}/edit")
    assert first.headers["location"].startswith(f"/listings/{id_}/edit/readiness")


async def test_a_complete_draft_goes_from_the_page_to_the_queue_and_out(make_person: Any) -> None:
    person, reviewer = await make_person(), await make_person(None, staff=["operator"])
    id_ = await drafts.draft(person.actor)
    browser, desk = await person.browser(), await reviewer.browser()
    check = await browser.get(f"/listings/{id_}/edit/check")
    assert (await browser.submit(form(check, f"/listings/{id_}/submit"))).status_code == 303
    assert m.CONTENT["title_vi"] in text(await desk.get("/review"))
    page = await desk.get(f"/review/{id_}")
    approve = form(page, f"/listings/{id_}/approve")
    scores = {"advantages": "3", "clarity": "3", "cooperation": "2", "language": "2", "screening": "clear"}
    low = await desk.submit(approve, **(scores | {"language": "1"}))
    assert low.status_code == 422
    assert "9/20" in text(low)
    assert form(low, f"/listings/{id_}/approve").fields["advantages"] == "3"
    assert (await desk.submit(approve, **scores)).status_code == 303
    assert await drafts.status_of(id_) == "published"
    assert m.CONTENT["title_vi"] not in text(await desk.get("/review"))


@given(
    values=st.fixed_dictionaries({k: st.sampled_from([v, m.CONTENT[k]]) for k, v in REQUIRED.items()}),
    more=st.fixed_dictionaries({}, optional={"limits_vi": st.text(max_size=50), "keywords": st.just(["lọc"])}),
)
def test_completeness_is_a_share_and_gaps_are_what_is_short(values: dict[str, Any], more: dict[str, Any]) -> None:
    content = Content.model_validate(values | more)
    found = completeness.assess(content)
    assert 0 <= found.score <= 100
    short = {k for k in REQUIRED if values[k] != m.CONTENT[k]}
    assert {g.field for g in found.blocking} == short
    assert [g.required for g in found.gaps] == sorted((g.required for g in found.gaps), reverse=True)
    assert completeness.assess(Content.model_validate(m.CONTENT | more)).score >= found.score


async def test_every_score_below_the_gate_is_refused_and_every_one_above_goes_through(db: Any) -> None:
    owner = await m.acting("university")
    id_ = await drafts.in_state(owner, "submitted")
    before = await drafts.trace(id_)
    names = ("advantages", "clarity", "cooperation", "language")
    for scores in product(range(6), repeat=4):
        if sum(scores) >= 10 and min(scores) > 0:
            continue
        command = Approve(**dict(zip(names, scores, strict=True)), screening="clear")
        error = await drafts.refused(listings.approve(m.OPERATOR, id_, command))
        assert (error.status, error.code) == (422, "listing.below_gate"), scores
    assert await drafts.trace(id_) == before
    for scores in ((1, 1, 3, 5), (3, 3, 2, 2), (5, 5, 5, 5)):
        other = await drafts.in_state(owner, "submitted")
        await listings.approve(
            m.OPERATOR, other, Approve(**dict(zip(names, scores, strict=True)), screening="restricted")
        )
        kept = await m.row("SELECT * FROM listing_review WHERE listing_id = :id", id=other)
        assert tuple(getattr(kept, n) for n in names) == scores
        assert (kept.screening, kept.list_version, kept.version) == ("restricted", "ND-76/2018/ND-CP", 2)
        assert await drafts.status_of(other) == "published"


@pytest.mark.parametrize("wrong", [6, -1, "x", None])
async def test_a_score_out_of_range_is_refused_by_the_api(make_person: Any, wrong: Any) -> None:
    owner, reviewer = await m.acting(), await make_person(None, staff=["operator"])
    id_ = await drafts.in_state(owner, "submitted")
    body = {"advantages": wrong, "clarity": 5, "cooperation": 5, "language": 5, "screening": "clear"}
    answer = await reviewer.api().post(f"/api/v1/listings/{id_}/approve", json=body)
    assert answer.status_code == 422
    assert await drafts.status_of(id_) == "submitted"


async def test_a_banned_technology_is_refused_whatever_its_scores(make_person: Any) -> None:
    owner, reviewer = await m.acting(), await make_person(None, staff=["operator"])
    id_ = await drafts.in_state(owner, "submitted")
    browser = await reviewer.browser()
    before = await drafts.trace(id_)
    body = {"advantages": 5, "clarity": 5, "cooperation": 5, "language": 5, "screening": "banned"}
    answer = await reviewer.api().post(f"/api/v1/listings/{id_}/approve", json=body)
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == ["screening"]
    page = await browser.post_form(f"/listings/{id_}/approve", {k: str(v) for k, v in body.items()})
    assert page.status_code == 422
    assert "danh mục cấm" in text(page)
    assert await drafts.trace(id_) == before


@pytest.mark.parametrize("right", [{"status": "lapsed"}, {"filed": "2001-01-01", "expires": "2021-01-01"}])
async def test_a_lapsed_right_does_not_go_to_review(db: Any, right: dict[str, str]) -> None:
    owner = await m.acting("university")
    id_ = await drafts.draft(owner, rights=[{"kind": "invention"} | right])
    error = await drafts.refused(listings.submit(owner, id_))
    assert isinstance(error, Invalid)
    assert error.code == "listing.lapsed_right"


async def test_a_right_lapses_at_the_end_of_its_last_day_in_vietnam(db: Any) -> None:
    owner = await m.acting("university")
    last = clock.today() + timedelta(days=400)
    id_ = await drafts.draft(owner, rights=[{"kind": "invention", "expires": last.isoformat()}])
    midnight = (
        clock.now()
        .astimezone(clock.VIETNAM)
        .replace(year=last.year, month=last.month, day=last.day, hour=23, minute=59)
    )
    with clock.frozen(midnight + timedelta(minutes=2)):
        assert (await drafts.refused(listings.submit(owner, id_))).code == "listing.lapsed_right"
    with clock.frozen(midnight):
        await listings.submit(owner, id_)
    assert await drafts.status_of(id_) == "submitted"
