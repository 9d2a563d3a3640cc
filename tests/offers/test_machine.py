"""One negotiation, driven at random beside a reference model small enough to read.

Every step calls the real verbs on PostgreSQL and then compares what stands there with the model; a refused step must
be refused for the model's reason and leave no trace at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import astuple, dataclass, field, replace
from datetime import timedelta
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

from app.deals import deals
from app.deals.schemas import CloseDeal
from app.kit import clock
from app.kit.actor import Role
from app.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from app.offers import offers
from app.offers.schemas import DeclineOffer
from app.platform import db as platform_db
from tests.support import market as m

OTHER = {"seller": "buyer", "buyer": "seller"}
# Who tries: the two who may, one of each side who may not, and somebody from outside.
WHO = st.sampled_from(["seller", "buyer", "seller", "buyer", "seller", "buyer", "buyer's member", "stranger"])
DAYS = st.sampled_from([1, 3, 14])
EXCLUSIVE = st.sampled_from(["exclusive", "non_exclusive", "sole"])


@dataclass(slots=True)
class Round:
    """An offer as the model knows it."""

    id: Any
    side: str
    status: str
    until: Any
    exclusive: bool
    upfront: int
    binding: bool = False


@dataclass(slots=True)
class Model:
    """What should stand of one deal. `held`: the listing is reserved for it."""

    deal_id: Any
    status: str = "interested"
    turn: str | None = "seller"
    rounds: list[Round] = field(default_factory=list)
    held: bool = False

    def lying(self) -> Round | None:
        return next((r for r in self.rounds if r.status in ("open", "frozen")), None)


class Negotiation(RuleBasedStateMachine):
    run: ClassVar[Callable[[Awaitable[Any]], Any]]

    @initialize()
    def begin(self) -> None:
        self.now = clock.now()
        self.upfront = 1_000
        self.run_(m.scalar("SELECT pristine.clean()"))
        seller, buyer, stranger = (self.do(m.acting(kind)) for kind in ("university", "company", "company"))
        member = replace(buyer, role=Role.member)
        self.people = {"seller": seller, "buyer": buyer, "buyer's member": member, "stranger": stranger}
        self.listing_id = self.do(m.publish(self.people["seller"]))
        self.model = Model(self.do(m.open_deal(self.people["buyer"], self.listing_id)))
        self.earlier: list[Model] = []  # closed deals of the same two, before they came back

    def do(self, verb: Awaitable[Any]) -> Any:
        async def at() -> Any:
            with clock.frozen(self.now):
                return await verb

        return type(self).run(at())

    def attempt(self, expected: type[DomainError] | None, verb: Awaitable[Any]) -> Any:
        """Run the verb; when the model expects a refusal it must be that one, and nothing may have moved."""
        before = self.run_(m.traces())
        if expected is None:
            return self.do(verb)
        with pytest.raises(DomainError) as refusal:
            self.do(verb)
        assert type(refusal.value) is expected
        assert self.run_(m.traces()) == before, "a refused verb left a trace"
        return None

    def barred(self, who: str) -> type[DomainError] | None:
        return NotFound if who == "stranger" else Forbidden if who not in OTHER else None

    # --- the verbs ---

    @rule(who=WHO, days=DAYS, exclusivity=EXCLUSIVE)
    def send(self, who: str, days: int, exclusivity: str) -> None:
        model = self.model
        expected = self.barred(who)
        if not expected and (model.held or model.status not in ("interested", "negotiating") or model.lying()):
            expected = Conflict
        self.upfront += 1
        command = m.proposal(valid_days=days, exclusivity=exclusivity, upfront=self.upfront)
        made = self.attempt(expected, offers.send(self.people[who], model.deal_id, command))
        if made:
            self._put(made, who, days, exclusivity)

    def _put(self, id_: Any, side: str, days: int, exclusivity: str) -> None:
        until = self.now + timedelta(days=days)
        self.model.rounds.append(Round(id_, side, "open", until, exclusivity != "non_exclusive", self.upfront))
        self.model.status, self.model.turn = "negotiating", OTHER[side]

    def _answer(self, who: str, target: Round) -> type[DomainError] | None:
        """Why this person may not answer this offer now."""
        barred = self.barred(who)
        if barred:
            return barred
        if who == target.side:
            return Forbidden
        return Conflict if target.status != "open" or target.until <= self.now else None

    def pick(self, which: int) -> Round:
        """The newest offer mostly, the one before it now and then."""
        return self.model.rounds[-1 if which or len(self.model.rounds) == 1 else -2]

    @precondition(lambda self: self.model.rounds)
    @rule(who=WHO, which=st.integers(0, 3), days=DAYS, exclusivity=EXCLUSIVE, same=st.integers(0, 4))
    def counter(self, who: str, which: int, days: int, exclusivity: str, same: int) -> None:
        target = self.pick(which)
        expected = self._answer(who, target)
        self.upfront += 1
        command = m.proposal(valid_days=days, exclusivity=exclusivity, upfront=self.upfront)
        if same == 0:  # exactly what lies on the table
            command = command.model_copy(update={"terms": self.do(offers.peek(target.id)).terms})
            expected = expected or Invalid
        if not expected and self.model.status != "negotiating":
            expected = Conflict
        made = self.attempt(expected, offers.counter(self.people[who], target.id, command))
        if made:
            target.status = "countered"
            self._put(made, who, days, exclusivity)

    @precondition(lambda self: self.model.rounds)
    @rule(who=WHO, which=st.integers(0, 3))
    def accept(self, who: str, which: int) -> None:
        target = self.pick(which)
        expected = self._answer(who, target)
        bound = [r for deal in (*self.earlier, self.model) for r in deal.rounds if r.binding]
        if not expected and (self.model.status != "negotiating" or any(r.exclusive or target.exclusive for r in bound)):
            expected = Conflict
        self.attempt(expected, offers.accept(self.people[who], target.id))
        if not expected:
            target.status, target.binding = "accepted", True
            self.model.status, self.model.turn, self.model.held = "agreed", None, target.exclusive
            for deal in self.earlier if target.exclusive else ():
                lies = deal.lying()
                if lies:
                    lies.status = "frozen"

    @precondition(lambda self: self.model.rounds)
    @rule(who=WHO, which=st.integers(0, 3))
    def decline(self, who: str, which: int) -> None:
        target = self.pick(which)
        expected = self._answer(who, target)
        if not expected and self.model.status != "negotiating":
            expected = Conflict
        self.attempt(expected, offers.decline(self.people[who], target.id, DeclineOffer(reason_code="price")))
        if not expected:
            target.status, self.model.turn = "declined", target.side

    @precondition(lambda self: self.model.rounds)
    @rule(who=WHO, which=st.integers(0, 3))
    def withdraw(self, who: str, which: int) -> None:
        target = self.pick(which)
        expected = self.barred(who)
        if not expected and who != target.side:
            expected = Forbidden
        if not expected and (target.status != "open" or self.model.status != "negotiating"):
            expected = Conflict
        self.attempt(expected, offers.withdraw(self.people[who], target.id, m.withdraw()))
        if not expected:
            target.status, self.model.turn = "withdrawn", target.side

    @rule(days=st.sampled_from([1, 2, 5]), swept=st.booleans())
    def time_passes(self, days: int, swept: bool) -> None:
        """Without the sweep an overdue offer still lies there, but nobody can answer it any more."""
        self.now += timedelta(days=days, seconds=1)
        if not swept:
            return
        due = [(d, r) for d in (*self.earlier, self.model) if (r := d.lying()) and r.until <= self.now]
        assert self.do(offers.expire_due()) == len(due)
        for deal, lies in due:
            lies.status = "expired"
            if deal.status == "negotiating":
                deal.turn = lies.side

    @precondition(lambda self: self.model.rounds)
    @rule(who=WHO)
    def close(self, who: str) -> None:
        expected = self.barred(who)
        if not expected and self.model.status == "closed":
            expected = Conflict
        self.attempt(expected, deals.close(self.people[who], self.model.deal_id, CloseDeal(reason_code="price")))
        if not expected:
            self.model.status, self.model.turn, self.model.held = "closed", None, False

    @precondition(lambda self: self.earlier or self.model.status == "closed")
    @rule()
    def the_closing_is_worked_off(self) -> None:
        """Until then what was on the table lies there, and what was agreed binds; the next deal must respect it."""
        for deal in (*self.earlier, self.model):
            if deal.status != "closed":
                continue
            self.do(offers.lapse_of(deal.deal_id))
            lies = deal.lying()
            if lies:
                lies.status = "lapsed"
            for r in deal.rounds:
                r.binding = False

    @precondition(lambda self: self.model.status == "closed" and not self.earlier)
    @rule()
    def the_buyer_comes_back(self) -> None:
        """A closed deal stays closed; a new interest is a new deal."""
        self.earlier = [self.model]
        self.model = Model(self.do(m.open_deal(self.people["buyer"], self.listing_id)))
        assert self.model.deal_id != self.earlier[0].deal_id

    # --- what stands ---

    @invariant()
    def the_database_says_the_same(self) -> None:
        for model in (*self.earlier, self.model):
            deal = self.run_(
                m.row("SELECT status, turn, agreed_offer_id, holds_listing FROM deal WHERE id = :d", d=model.deal_id)
            )
            found = self.run_(
                m.rows(
                    "SELECT id, side, status, valid_until, exclusive, (terms->>'upfront')::bigint, binding FROM offer"
                    " WHERE deal_id = :d ORDER BY round",
                    d=model.deal_id,
                )
            )
            accepted = [r.id for r in model.rounds if r.status == "accepted"]
            assert (deal.status, deal.turn, deal.holds_listing) == (model.status, model.turn, model.held)
            assert [deal.agreed_offer_id] == (accepted or [None])
            assert [tuple(r) for r in found] == [astuple(r) for r in model.rounds]
        status = self.run_(m.scalar("SELECT status FROM listing WHERE id = :l", l=self.listing_id))
        assert status == ("reserved" if model.held else "published")

    def run_(self, query: Awaitable[Any]) -> Any:
        return type(self).run(query)

    def teardown(self) -> None:
        if hasattr(self, "model"):
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


def test_a_negotiation_goes_as_the_model_says(runner: asyncio.Runner) -> None:
    Negotiation.run = staticmethod(runner.run)
    run_state_machine_as_test(
        Negotiation,
        settings=settings(
            max_examples=25,
            stateful_step_count=12,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
