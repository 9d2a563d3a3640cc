"""Needs and listings find each other by the jobs; each side reads its own reasons and answers for itself."""

from __future__ import annotations

import pytest

from app.deals import ReasonCode
from app.kit.actor import ANONYMOUS
from app.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from app.listings import listings
from app.matching import finding, matching, tasks
from app.matching.schemas import DismissMatch
from app.needs import needs
from app.needs.schemas import CloseNeed
from tests.support import demand, jobs, market
from tests.support.market import OPERATOR, acting, scalar

pytestmark = pytest.mark.usefixtures("db")


async def test_a_published_need_finds_a_listing_and_a_listing_finds_a_need() -> None:
    asker, seller, late = await acting(), await acting("university"), await acting("institute")
    first = await market.publish(seller)
    need_id = await demand.published(asker)
    await jobs.drain(long=True)
    second = await market.publish(late)
    await jobs.drain(long=True)
    found = await matching.of_need(asker, need_id)
    assert {m.listing.id for m in found.items} == {first, second}
    view = found.items[0]
    assert {c.code for c in view.criteria} >= {"must.0", "must.1", "trl", "money", "place", "freshness"}
    must = next(c for c in view.criteria if c.code == "must.0")
    assert (must.verdict, must.asked, must.evidence) == ("met", "TRL từ 6", "TRL 7")
    mine = (await matching.of_listing(seller, first)).items
    assert [m.need.id for m in mine] == [need_id]
    assert "money" not in {c.code for c in mine[0].criteria}, "what rests on a budget is the asker's own"


async def test_looking_again_changes_nothing() -> None:
    asker, seller = await acting(), await acting("university")
    await market.publish(seller)
    need_id = await demand.published(asker)
    await jobs.drain(long=True)
    before = await scalar("SELECT jsonb_agg(to_jsonb(m)) FROM match m")
    moves = await scalar("SELECT count(*) FROM state_change WHERE workflow = 'match'")
    for _ in range(2):
        await finding.look_for_need(need_id)
    assert await scalar("SELECT jsonb_agg(to_jsonb(m)) FROM match m") == before
    assert await scalar("SELECT count(*) FROM state_change WHERE workflow = 'match'") == moves


async def test_who_leaves_the_market_takes_the_matches_along() -> None:
    asker, seller = await acting(), await acting("university")
    listing_id = await market.publish(seller)
    need_id = await demand.published(asker)
    await jobs.drain(long=True)
    match_id = (await matching.of_need(asker, need_id)).items[0].id
    await needs.close(asker, need_id, CloseNeed(reason_code="no_fit"))
    with pytest.raises(NotFound):
        await matching.read(asker, match_id)
    assert (await matching.of_listing(seller, listing_id)).items == []
    await jobs.drain(long=True)
    assert await scalar("SELECT status FROM match") == "lapsed"


async def test_no_violated_must_have_is_listed() -> None:
    asker, seller, other = await acting(), await acting("university"), await acting("university")
    young = await market.publish(seller, trl=4)
    ripe = await market.publish(other)
    need_id = await demand.published(asker)
    await jobs.drain(long=True)
    found = await matching.of_need(asker, need_id)
    assert [m.listing.id for m in found.items] == [ripe]
    assert found.violating == 1
    assert (await matching.of_listing(seller, young)).items == []


async def test_each_side_answers_for_itself() -> None:
    asker, seller = await acting(), await acting("university")
    listing_id = await market.publish(seller)
    need_id = await demand.published(asker)
    await jobs.drain(long=True)
    match_id = (await matching.of_need(asker, need_id)).items[0].id
    await matching.dismiss(asker, match_id, DismissMatch(reason_code=ReasonCode.too_early))
    theirs = (await matching.of_listing(seller, listing_id)).items[0]
    assert (theirs.status, theirs.other_interested, theirs.reason_code) == ("new", False, None)
    mine = (await matching.of_need(asker, need_id)).items[0]
    assert (mine.status, mine.reason_code, mine.actions) == ("dismissed", ReasonCode.too_early, ["interest"])
    await matching.interest(asker, match_id)
    assert (await matching.read(seller, match_id)).other_interested
    assert (await matching.read(asker, match_id)).reason_code is None
    with pytest.raises(Invalid):
        await matching.dismiss(seller, match_id, DismissMatch(reason_code=ReasonCode.other))


async def test_strangers_see_nothing() -> None:
    asker, seller, stranger = await acting(), await acting("university"), await acting()
    listing_id = await market.publish(seller)
    need_id = await demand.published(asker)
    await jobs.drain(long=True)
    match_id = (await matching.of_need(asker, need_id)).items[0].id
    for actor, error in ((ANONYMOUS, Unauthenticated), (stranger, NotFound)):
        with pytest.raises(error):
            await matching.read(actor, match_id)
        with pytest.raises(error):
            await matching.interest(actor, match_id)
    with pytest.raises(Forbidden):
        await matching.of_need(seller, need_id)
    with pytest.raises(Forbidden):
        await matching.of_listing(asker, listing_id)
    with pytest.raises(Forbidden):
        await matching.interest(OPERATOR, match_id)
    assert await scalar("SELECT count(*) FROM match_side") == 0


async def test_a_suspended_listing_comes_back_with_its_matches() -> None:
    asker, seller = await acting(), await acting("university")
    listing_id = await market.publish(seller)
    need_id = await demand.published(asker)
    await jobs.drain(long=True)
    await listings.suspend(OPERATOR, listing_id, "Cần kiểm tra lại số liệu.")
    await jobs.drain(long=True)
    assert (await matching.of_need(asker, need_id)).items == []
    assert await scalar("SELECT status FROM match") == "lapsed"
    await listings.restore(OPERATOR, listing_id)
    await jobs.drain(long=True)
    assert [m.listing.id for m in (await matching.of_need(asker, need_id)).items] == [listing_id]


async def test_an_open_need_that_was_never_looked_at_is_caught_up() -> None:
    """As after an upgrade: the need was published before there was matching."""
    seller, buyer = await market.acting("university"), await market.acting("company")
    await market.publish(seller)
    need_id = await demand.published(buyer)
    await jobs.drain(long=True)
    found = await matching.of_need(buyer, need_id)
    await market.execute("DELETE FROM match_side")
    await market.execute("DELETE FROM match")
    await market.execute("DELETE FROM match_run")
    await tasks.catch_up()
    await jobs.drain(long=True)
    assert [m.listing.id for m in (await matching.of_need(buyer, need_id)).items] == [m.listing.id for m in found.items]
    assert found.items
    await tasks.catch_up()
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'santex-long'"
    assert await market.scalar(waiting) == 0
