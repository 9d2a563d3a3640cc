"""An English auction against a simple model of it, in any order of bids, reads, waiting and cancelling."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.kit.actor import ANONYMOUS
from app.kit.errors import Conflict, DomainError, Forbidden
from app.platform import db as platform_db
from app.rounds import english, planning, rounds, running
from app.rounds.schemas import PlaceBid, Why
from tests.rounds import hall as h
from tests.rounds.test_proxy import Sent, simulated
from tests.support import market as m

START, STEP, RESERVE = 1000, 100, 1800
SNIPE, EXTEND, MOST = 5, 3, 2
WHO = st.sampled_from(["an", "binh", "chi", "an", "binh", "chi", "stranger", "owner", "viewer"])


class Model:
    """Minutes until the opening and until the end; what was accepted, in order."""

    def __init__(self) -> None:
        self.opens, self.ends, self.extensions = 60.0, 180.0, 0
        self.status = "announced"
        self.sent: list[Sent] = []

    @property
    def standing(self) -> tuple[int, Any, int] | None:
        return simulated([(0, STEP)], self.sent) if self.sent else None

    @property
    def least(self) -> int:
        return self.standing[0] + STEP if self.standing else START

    def moves_on(self) -> None:
        """What the clock makes of it, once somebody looks."""
        if self.status == "announced" and self.opens <= 0:
            self.status = "open"
        if self.status == "open" and self.ends <= 0:
            self.status = "over"

    @property
    def result(self) -> tuple[str, int | None, str | None]:
        if self.standing is None:
            return "unsold", None, "no_bids"
        price, _, maximum = self.standing
        if maximum < RESERVE:
            return "unsold", price, "reserve_not_met"
        return "awarded", max(price, RESERVE), None


class Auction(RuleBasedStateMachine):
    run: ClassVar[Callable[[Awaitable[Any]], Any]]
    model: Model
    hall: h.Hall

    @initialize()
    def begin(self) -> None:
        self.model = Model()
        extras = {"snipe_minutes": SNIPE, "extend_minutes": EXTEND, "extensions_max": MOST}
        self.hall = self.run_(h.announced(bidders=3, reserve=RESERVE, **extras))
        first = self.hall.bidders[0]
        self.people = dict(zip(("an", "binh", "chi"), self.hall.bidders, strict=True)) | {
            "stranger": self.run_(h.verified()),
            "owner": self.hall.seller,
            "viewer": h.Actor(person_id=h.new_id(), org_id=first.org_id, role=h.Role.viewer),
        }
        self.entries = {n: self.run_(self.hall.entry(self.people[n])) for n in ("an", "binh", "chi")}

    def run_(self, verb: Awaitable[Any]) -> Any:
        return type(self).run(verb)

    def refused(self, verb: Awaitable[Any], kind: type[DomainError]) -> None:
        # What the clock alone does (a round that ends is closed by whoever looks first) is done before.
        self.run_(running.advance(self.hall.round_id))
        before = self.run_(m.row("SELECT (SELECT count(*) FROM round_bid), (SELECT count(*) FROM round_price)"))
        with pytest.raises(DomainError) as refusal:
            self.run_(verb)
        assert type(refusal.value) is kind
        after = self.run_(m.row("SELECT (SELECT count(*) FROM round_bid), (SELECT count(*) FROM round_price)"))
        assert tuple(before) == tuple(after)

    @rule(who=WHO, above=st.integers(-1, 4), more=st.sampled_from([0, 0, 50, 300, 900]), again=st.booleans())
    def bid(self, who: str, above: int, more: int, again: bool) -> None:
        model = self.model
        amount = max(1, model.least + above * 60)
        maximum = amount + more if more else None
        command = PlaceBid(amount=amount, maximum=maximum)
        verb = english.bid(self.people[who], self.hall.round_id, command)
        model.moves_on()
        if who not in self.entries:
            self.refused(verb, Forbidden)
            return
        standing, me = model.standing, self.entries[who]
        leads = standing is not None and standing[1] == me
        raises = leads and maximum is not None and standing is not None and maximum > standing[2]
        if model.status != "open" or (leads and not raises) or (not leads and amount < model.least):
            self.refused(verb, Conflict)
            return
        answer = self.run_(verb)
        model.sent.append(Sent(me, amount, maximum or amount))
        new = model.standing
        assert new is not None
        assert answer.outcome == ("raised" if leads else "leading" if new[1] == me else "outbid")
        assert (answer.price, answer.least) == (new[0], model.least)
        if not leads and model.ends <= SNIPE and model.extensions < MOST:
            model.ends += EXTEND
            model.extensions += 1
        if again:  # the same form once more
            same = self.run_(english.bid(self.people[who], self.hall.round_id, command))
            assert (same.outcome, same.price) == (answer.outcome, answer.price)

    @rule(minutes=st.sampled_from([1, 2, 20, 61, 61, 116]))
    def time_passes(self, minutes: int) -> None:
        if self.model.status in ("over", "cancelled"):
            return
        self.run_(self.hall.pass_time(minutes=minutes))
        self.model.opens -= minutes
        self.model.ends -= minutes

    @rule(how=st.sampled_from(["job", "sweep", "read"]))
    def somebody_looks(self, how: str) -> None:
        verb = {
            "job": lambda: running.advance(self.hall.round_id),
            "sweep": running.sweep,
            "read": lambda: rounds.read(ANONYMOUS, self.hall.round_id),
        }[how]
        self.run_(verb())
        self.model.moves_on()

    @precondition(lambda self: self.model.status in ("announced", "open"))
    @rule(once_in=st.integers(0, 7))
    def the_operator_cancels(self, once_in: int) -> None:
        if once_in or self.model.ends <= 0:
            return
        self.run_(planning.cancel(m.OPERATOR, self.hall.round_id, Why(reason="Quyền đang bị tranh chấp.")))
        self.model.status = "cancelled"

    @invariant()
    def the_database_says_the_same(self) -> None:
        row, model = self.run_(self.hall.row()), self.model
        listing = self.run_(m.scalar("SELECT status FROM listing WHERE id = :l", l=self.hall.listing_id))
        standing = model.standing
        assert row.extensions == model.extensions
        if model.status == "over":
            status, price, reason = model.result
            assert (row.status, row.result_price, row.reason_code) == (status, price, reason)
            assert listing == ("reserved" if status == "awarded" else "published")
            return
        assert row.status == model.status
        assert listing == ("reserved" if model.status == "open" else "published")
        assert (row.price, row.leader_id) == ((standing[0], standing[1]) if standing else (None, None))
        if standing and model.status == "open":
            assert row.leader_max == standing[2]

    def teardown(self) -> None:
        if hasattr(self, "hall"):
            self.run_(m.sound())


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


def test_an_auction_goes_as_the_model_says(runner: asyncio.Runner) -> None:
    Auction.run = staticmethod(runner.run)
    run_state_machine_as_test(
        Auction,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
