"""Ratings: only of settled deals, unseen until both are there or 14 days are over, published once, never changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.exc import DBAPIError

from app import intermediaries as door
from app.deals import Capacity, deals
from app.intermediaries import ratings
from app.intermediaries.offering import INTERMEDIATE
from app.kit import clock
from app.kit.actor import ANONYMOUS, Role
from app.kit.errors import Conflict, DomainError, Forbidden, NotFound, Unauthenticated
from app.platform import db as platform_db
from tests.offers.test_races import race, refusals
from tests.support import jobs
from tests.support import registry as r
from tests.support.market import DEPARTMENT, OPERATOR, acting, agreed, execute, row, scalar, sound

pytestmark = pytest.mark.usefixtures("db")


async def about(org) -> int:
    return (await ratings.of_organisation(ANONYMOUS, org.org_id)).count


@pytest.mark.parametrize("capacity", INTERMEDIATE)
async def test_two_ratings_are_published_together(capacity):
    broker = await acting("intermediary")
    table = await r.contracted(broker, capacity)
    await ratings.send(table.seller, table.deal_id, r.marks(broker))
    assert (await about(broker), await about(table.seller)) == (0, 0)
    mine = (await ratings.of_deal(table.seller, table.deal_id)).items[0]
    assert (mine.sent is not None, mine.theirs, mine.may_send) == (True, None, False)
    theirs = next(i for i in (await ratings.of_deal(broker, table.deal_id)).items if i.org_id == table.seller.org_id)
    assert (theirs.other_sent, theirs.theirs, theirs.may_send) == (True, None, True), "that they rated, not how"
    await ratings.send(broker, table.deal_id, r.marks(table.seller, words=None, speed=2))
    assert (await about(broker), await about(table.seller)) == (1, 1)
    shown = (await ratings.of_organisation(ANONYMOUS, broker.org_id)).items[0]
    assert (shown.rater_side, shown.capacity, shown.marks) == ("seller", capacity, r.MARKS)
    assert str(table.deal_id) not in shown.model_dump_json()
    assert str(table.seller.org_id) not in shown.model_dump_json()
    assert (await door.satisfaction([broker.org_id, table.buyer.org_id])) == {
        broker.org_id: door.Satisfaction(mean=4.25, count=1), table.buyer.org_id: door.Satisfaction(mean=None, count=0),
    }  # fmt: skip
    assert (await door.satisfaction([table.seller.org_id]))[table.seller.org_id].count == 0, "it was no intermediary"
    await sound()


async def test_the_window_ends_with_what_there_is_and_nobody_answers_it():
    broker, now = await acting("intermediary"), clock.now()
    table = await r.contracted(broker)
    with clock.frozen(now):
        await ratings.send(table.buyer, table.deal_id, r.marks(broker))
    with clock.frozen(now + timedelta(days=14) - timedelta(seconds=1)):
        assert await ratings.publish_due() == 0
        assert await about(broker) == 0
    with clock.frozen(now + timedelta(days=14)):
        assert await about(broker) == 1, "seen by the clock, before any job has run"
        with pytest.raises(Conflict) as refused:
            await ratings.send(broker, table.deal_id, r.marks(table.buyer))
        assert refused.value.code == "rating.window_over"
        assert await ratings.publish_due() == 1
        assert await ratings.publish_due() == 0
        with pytest.raises(Conflict) as refused:
            await ratings.send(broker, table.deal_id, r.marks(table.buyer))
        assert refused.value.code == "rating.window_over"
        await ratings.send(broker, table.deal_id, r.marks(table.seller))  # another pair, another window
    assert await scalar("SELECT count(*) FROM rating") == 2
    await sound()


async def test_who_may_rate_whom_and_when():
    broker, valuer, third = [await acting("intermediary") for _ in range(3)]
    table = await agreed()
    await r.joined(table, broker)
    await r.joined(table, valuer, Capacity.valuer)
    with pytest.raises(Conflict) as refused:
        await ratings.send(table.seller, table.deal_id, r.marks(broker))
    assert refused.value.code == "rating.too_early"
    await r.sign(table)
    before = await row("SELECT (SELECT count(*) FROM rating_pair), (SELECT seq FROM audit_head)")
    for who, whom, refusal in (
        (third, broker, NotFound),
        (ANONYMOUS, broker, NotFound),
        (DEPARTMENT, broker, Forbidden),
        (OPERATOR, broker, Forbidden),
        (replace(table.seller, role=Role.member), broker, Forbidden),
        (table.seller, table.buyer, Forbidden),
        (table.seller, third, Forbidden),
        (broker, valuer, Forbidden),
        (broker, broker, Forbidden),
    ):
        with pytest.raises(refusal):
            await ratings.send(who, table.deal_id, r.marks(whom))
    assert await row("SELECT (SELECT count(*) FROM rating_pair), (SELECT seq FROM audit_head)") == before
    await deals.join(OPERATOR, table.deal_id, third.org_id, Capacity.adviser)
    with pytest.raises(Forbidden):
        await ratings.send(third, table.deal_id, r.marks(table.buyer))  # it came after the contract
    assert [i.names for i in await ratings.waiting(table.seller)] == [[broker.org_name, valuer.org_name]]
    assert len((await ratings.waiting(valuer))[0].names) == 2
    await ratings.send(table.seller, table.deal_id, r.marks(broker))
    with pytest.raises(Conflict) as refused:
        await ratings.send(table.seller, table.deal_id, r.marks(broker, speed=1))
    assert refused.value.code == "rating.sent_already"
    assert [i.names for i in await ratings.waiting(table.seller)] == [[valuer.org_name]]


async def test_who_left_after_the_contract_still_rates_and_is_rated():
    broker, early = await acting("intermediary"), await acting("intermediary")
    table = await agreed()
    await r.joined(table, broker)
    await r.joined(table, early, Capacity.adviser)
    await deals.leave(OPERATOR, table.deal_id, early.org_id, reason="mandate_ended")
    await r.sign(table)
    await deals.leave(OPERATOR, table.deal_id, broker.org_id, reason="mandate_ended")
    await ratings.send(broker, table.deal_id, r.marks(table.buyer))
    await ratings.send(table.buyer, table.deal_id, r.marks(broker))
    assert await about(broker) == 1
    with pytest.raises(NotFound):
        await ratings.send(early, table.deal_id, r.marks(table.buyer))
    with pytest.raises(Forbidden):
        await ratings.send(table.buyer, table.deal_id, r.marks(early))


async def test_two_last_ratings_at_once_publish_once():
    for _ in range(12):
        broker = await acting("intermediary")
        table = await r.contracted(broker)
        results = await race(
            ratings.send(table.seller, table.deal_id, r.marks(broker)),
            ratings.send(broker, table.deal_id, r.marks(table.seller)),
        )
        assert not refusals(results)
        assert (await about(broker), await about(table.seller)) == (1, 1)
    moves = "SELECT count(*) FROM state_change WHERE workflow = 'rating_pair' AND action = "
    assert await scalar(moves + "'publish'") == 12
    assert await scalar(moves + "'open'") == 12
    await sound()


async def test_a_double_click_and_the_end_of_the_window_at_once():
    broker, now = await acting("intermediary"), clock.now()
    for _ in range(6):
        table = await r.contracted(broker)
        with clock.frozen(now):
            results = await race(*(ratings.send(table.seller, table.deal_id, r.marks(broker)) for _ in range(3)))
            assert {e.code for e in refusals(results)} == {"rating.sent_already"}
            assert len(refusals(results)) == 2
        with clock.frozen(now + timedelta(days=14)):
            results = await race(
                ratings.publish_due(), ratings.publish_due(), ratings.send(broker, table.deal_id, r.marks(table.seller))
            )
            assert [e.code for e in refusals(results)] == ["rating.window_over"]
    assert await scalar("SELECT count(*) FROM rating") == 6
    assert await scalar("SELECT count(*) FROM state_change WHERE workflow = 'rating_pair' AND action = 'publish'") == 6


async def test_what_was_sent_is_never_changed():
    broker = await acting("intermediary")
    table = await r.contracted(broker)
    id_ = await ratings.send(table.seller, table.deal_id, r.marks(broker))
    for sql in ("UPDATE rating SET speed = 5 WHERE id = :id", "UPDATE rating SET words = '' WHERE id = :id",
                "DELETE FROM rating WHERE id = :id"):  # fmt: skip
        with pytest.raises(DBAPIError):
            await execute(sql, id=id_)


async def test_words_are_reported_kept_and_hidden_and_marks_stay():
    broker = await acting("intermediary")
    table = await r.contracted(broker)
    id_ = await ratings.send(table.seller, table.deal_id, r.marks(broker, words="Lời lẽ không đúng mực."))
    with pytest.raises(NotFound):
        await ratings.hide(OPERATOR, id_, "Không ai được thấy trước khi công bố.")
    bare = await ratings.send(broker, table.deal_id, r.marks(table.seller, words=None))
    for who, refusal in ((table.seller, Forbidden), (table.buyer, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            await ratings.report(who, id_, "Lời này bịa đặt.")
    with pytest.raises(Conflict) as refused:
        await ratings.report(table.seller, bare, "Không có lời nào.")
    assert refused.value.code == "rating.no_words"
    await ratings.report(broker, id_, "Lời này bịa đặt.")
    queue = await door.intermediaries.queue(OPERATOR)
    assert [(q.rating_id, q.why, set(q.actions)) for q in queue.remarks] == [
        (id_, "Lời này bịa đặt.", {"keep", "hide"})
    ]
    await ratings.keep(OPERATOR, id_)
    await ratings.report(broker, id_, "Xin xem lại lần nữa.")
    with pytest.raises(Forbidden):
        await ratings.hide(broker, id_, "Tôi không thích.")
    await ratings.hide(OPERATOR, id_, "Xúc phạm cá nhân.")
    shown = await ratings.of_organisation(ANONYMOUS, broker.org_id)
    assert (shown.items[0].words, shown.items[0].hidden_why, shown.items[0].marks) == (
        None,
        "Xúc phạm cá nhân.",
        r.MARKS,
    )
    assert (await door.satisfaction([broker.org_id]))[broker.org_id].count == 1
    with pytest.raises(Conflict):
        await ratings.keep(OPERATOR, id_)
    await sound()


async def test_means_are_shown_of_three_or_more():
    broker = await acting("intermediary")
    for n, speed in enumerate((1, 3, 5), 1):
        table = await r.contracted(broker)
        await ratings.send(table.seller, table.deal_id, r.marks(broker, speed=speed))
        await ratings.send(broker, table.deal_id, r.marks(table.seller))
        view = await ratings.of_organisation(ANONYMOUS, broker.org_id)
        assert (view.count, view.mean is not None) == (n, n >= 3)
    assert view.marks["speed"] == 3
    assert view.mean == pytest.approx((3 + 5 + 5 + 3) / 4)


async def test_mail_says_that_one_was_rated_and_not_how(make_organisation, make_person, mails):
    org = await make_organisation("intermediary")
    person = await make_person("owner", org)
    table = await r.contracted(person.actor)
    jobs.forget_mails()
    await ratings.send(table.seller, table.deal_id, r.marks(person.actor, words="Bí mật cho đến khi công bố."))
    await jobs.drain()
    first = mails(person.email)
    assert len(first) == 1
    assert "đã đánh giá bạn" in first[0].subject
    assert "Bí mật" not in first[0].body
    await ratings.send(person.actor, table.deal_id, r.marks(table.seller))
    await jobs.drain()
    assert "công bố" in mails(person.email)[0].subject


# --- the rule of publication beside a model small enough to read ---

SIDES = st.sampled_from(["seller", "buyer", "broker>seller", "broker>buyer"])


@dataclass(slots=True)
class Pair:
    """Who has rated, and since when the window runs."""

    opened: Any = None
    rated: set[str] = field(default_factory=set)

    def over(self, now: Any) -> bool:
        return self.opened is not None and now >= self.opened + timedelta(days=14)

    def seen(self, now: Any) -> set[str]:
        return self.rated if len(self.rated) == 2 or self.over(now) else set()


class Publication(RuleBasedStateMachine):
    run: ClassVar[Callable[[Awaitable[Any]], Any]]

    def do(self, verb: Awaitable[Any]) -> Any:
        async def at() -> Any:
            with clock.frozen(self.now):
                return await verb

        return type(self).run(at())

    @initialize()
    def begin(self) -> None:
        self.now = clock.now()
        type(self).run(scalar("SELECT pristine.clean()"))
        self.broker = self.do(acting("intermediary"))
        self.table = self.do(r.contracted(self.broker))
        self.people = {"seller": self.table.seller, "buyer": self.table.buyer, "broker": self.broker}
        self.pairs = {"seller": Pair(), "buyer": Pair()}

    @rule(side=SIDES)
    def rate(self, side: str) -> None:
        rater, _, ratee = side.partition(">")
        pair = self.pairs[ratee or rater]
        expected = None
        if rater in pair.rated:
            expected = "rating.sent_already"
        elif pair.over(self.now):
            expected = "rating.window_over"
        whom = self.people[ratee] if ratee else self.broker
        verb = ratings.send(self.people[rater], self.table.deal_id, r.marks(whom))
        if expected:
            with pytest.raises(DomainError) as refused:
                self.do(verb)
            assert refused.value.code == expected
            return
        self.do(verb)
        pair.rated.add(rater)
        pair.opened = pair.opened or self.now

    @rule(hours=st.sampled_from([1, 24, 24 * 13, 24 * 14]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def work(self) -> None:
        self.do(ratings.publish_due())

    @invariant()
    def seen_as_the_model_says(self) -> None:
        if not hasattr(self, "pairs"):
            return
        seen = {side: pair.seen(self.now) for side, pair in self.pairs.items()}
        for side in ("seller", "buyer"):
            public = self.do(ratings.of_organisation(ANONYMOUS, self.people[side].org_id))
            assert public.count == ("broker" in seen[side])
            mine = self.do(ratings.of_deal(self.people[side], self.table.deal_id)).items[0]
            assert (mine.theirs is not None) == ("broker" in seen[side])
            assert (mine.sent is not None) == (side in self.pairs[side].rated)
        public = self.do(ratings.of_organisation(ANONYMOUS, self.broker.org_id))
        wanted = sorted(side for side in seen if side in seen[side])
        assert sorted(i.rater_side for i in public.items) == wanted
        held = self.do(door.satisfaction([self.broker.org_id]))[self.broker.org_id]
        assert held.count == len(wanted)
        theirs = {i.org_id: i.theirs for i in self.do(ratings.of_deal(self.broker, self.table.deal_id)).items}
        assert {s for s in seen if theirs[self.people[s].org_id]} == set(wanted)


@pytest.fixture
def runner(new_database: str) -> Iterator[asyncio.Runner]:
    """One event loop and one database of its own for all examples; the process's own is put back afterwards."""
    before = platform_db._database
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        platform_db.configure(platform_db.Database(new_database, pool=2))
        try:
            yield runner
            runner.run(platform_db.database().close())
        finally:
            platform_db.configure(before)


def test_publication_follows_the_model(runner: asyncio.Runner) -> None:
    Publication.run = staticmethod(runner.run)
    run_state_machine_as_test(
        Publication,
        settings=settings(
            max_examples=20,
            stateful_step_count=12,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
