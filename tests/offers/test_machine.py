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
from app.kit.ids import new_id
from app.offers import offers
from app.offers.schemas import Decide, DeclineOffer
from app.platform import db as platform_db
from tests.support import market as m

OTHER = {"seller": "buyer", "buyer": "seller"}
# Who tries: the two who may, one of each side who may not, and somebody from outside.
WHO = st.sampled_from(["seller", "buyer", "seller", "buyer", "seller", "buyer", "buyer's member", "stranger"])
DAYS = st.sampled_from([1, 3, 14])
EXCLUSIVE = st.sampled_from(["exclusive", "non_exclusive", "sole"])
PLACE = st.sampled_from(["VN", "VN", "VN-79", "VN-01"])
# The terms a step may change, and those it may agree to by themselves.
VARIED = ("exclusivity", "territory", "upfront")
MARKED = st.sampled_from([("upfront",), ("territory",), ("exclusivity", "upfront"), ("goods",)])
VOID = ("withdrawn", "expired", "lapsed")


@dataclass(slots=True)
class Round:
    """An offer as the model knows it."""

    id: Any
    side: str
    status: str
    until: Any
    exclusivity: str
    place: str
    upfront: int
    binding: bool = False
    marked: set[str] = field(default_factory=set)
    unlocked: set[str] = field(default_factory=set)

    @property
    def exclusive(self) -> bool:
        return self.exclusivity != "non_exclusive"

    def says(self, term: str) -> Any:
        return {"exclusivity": self.exclusivity, "territory": self.place, "upfront": self.upfront}[term]

    def meets(self, other: Round) -> bool:
        """One of the two keeps others out of a place that both name."""
        places = self.place == other.place or "VN" in (self.place, other.place)
        return (self.exclusive or other.exclusive) and places


@dataclass(slots=True)
class Model:
    """What should stand of one deal. `held`: the listing is reserved for it."""

    deal_id: Any
    status: str = "interested"
    turn: str | None = "seller"
    rounds: list[Round] = field(default_factory=list)
    held: bool = False

    # The buyer's own approval that waits: what would be sent or accepted, and until when.
    waits: Waiting | None = None

    def lying(self) -> Round | None:
        return next((r for r in self.rounds if r.status in ("open", "frozen")), None)

    def locked(self) -> set[str]:
        """Which of the varied terms are agreed: said by both sides last, or marked and never changed since."""
        found = set()
        last = [next((r for r in reversed(self.rounds) if r.side == side), None) for side in OTHER]
        heard = [r for r in last if r is not None and r.status not in VOID]
        said = [r for r in self.rounds if r.status not in VOID]
        for term in VARIED:
            if len(heard) == 2 and heard[0].says(term) == heard[1].says(term):
                found.add(term)
            for n, r in enumerate(said):
                if term in r.marked and all(x.says(term) == r.says(term) for x in said[n:]):
                    found.add(term)
        return found


@dataclass(slots=True)
class Waiting:
    id: Any
    act: str
    until: Any
    made: Round | None = None
    target: Round | None = None


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
        self.second = replace(buyer, person_id=new_id(), person_name="Người Duyệt")
        self.ruled = False  # the buyer's organisation wants a second person's approval
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

    def command(self, days: int, exclusivity: str, place: str, opens: bool) -> tuple[Any, set[str], bool]:
        """(what is sent, the agreed terms it changes, whether it says why)."""
        made = Round(None, "", "open", None, exclusivity, place, self.upfront)
        locks = self.model.locked()
        changed = {t for t in locks if made.says(t) != self.agreed_value(t)}
        reasons = dict.fromkeys(changed, "Vì tình hình đã đổi.") if opens else {}
        sent = m.proposal(
            valid_days=days, exclusivity=exclusivity, territory=[place], upfront=self.upfront, unlock=reasons
        )
        return sent, changed, opens or not changed

    def agreed_value(self, term: str) -> Any:
        return next(r.says(term) for r in reversed(self.model.rounds) if r.status not in VOID)

    def granted(self) -> list[Round]:
        return [r for deal in (*self.earlier, self.model) for r in deal.rounds if r.binding]

    def gate(self, who: str) -> bool:
        return who == "buyer" and self.ruled

    def wait(self, act: str, until: Any, made: Round | None = None, target: Round | None = None) -> None:
        id_ = self.run_(m.scalar("SELECT id FROM approval_request WHERE status = 'pending'"))
        self.model.waits = Waiting(id_, act, until, made, target)

    @rule(who=WHO, days=DAYS, exclusivity=EXCLUSIVE, place=PLACE, opens=st.booleans())
    def send(self, who: str, days: int, exclusivity: str, place: str, opens: bool) -> None:
        model = self.model
        expected = self.barred(who)
        if not expected and (model.held or model.status not in ("interested", "negotiating") or model.lying()):
            expected = Conflict
        self.upfront += 1
        command, changed, reasoned = self.command(days, exclusivity, place, opens)
        if not expected and not reasoned:
            expected = Invalid
        if not expected and who == "buyer" and model.waits:
            expected = Conflict
        made = self.attempt(expected, offers.send(self.people[who], model.deal_id, command))
        if not expected:
            self._made(made, who, "send", days, exclusivity, place, changed)

    def _made(
        self, id_: Any, side: str, act: str, days: int, exclusivity: str, place: str, changed: set[str],
        target: Round | None = None,
    ) -> None:  # fmt: skip
        made = Round(id_, side, "open", None, exclusivity, place, self.upfront, unlocked=changed)
        if id_ is None:
            assert self.gate(side)
            self.wait(act, target.until if target else self.now + timedelta(days=days), made, target)
            made.until = timedelta(days=days)
            return
        made.until = self.now + timedelta(days=days)
        self._put(made, target)

    def _put(self, made: Round, target: Round | None) -> None:
        if target:
            target.status = "countered"
        self.model.rounds.append(made)
        self.model.status, self.model.turn = "negotiating", OTHER[made.side]

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
    @rule(
        who=WHO, which=st.integers(0, 3), days=DAYS, exclusivity=EXCLUSIVE, place=PLACE, same=st.integers(0, 4),
        opens=st.integers(0, 3),
    )  # fmt: skip
    def counter(self, who: str, which: int, days: int, exclusivity: str, place: str, same: int, opens: int) -> None:
        target = self.pick(which)
        expected = self._answer(who, target)
        self.upfront += 1
        command, changed, reasoned = self.command(days, exclusivity, place, opens > 0)
        if same == 0:  # exactly what lies on the table
            command = command.model_copy(update={"terms": self.do(offers.peek(target.id)).terms})
            expected = expected or Invalid
        if not expected and (self.model.held or self.model.status != "negotiating"):
            expected = Conflict
        if not expected and not reasoned:
            expected = Invalid
        if not expected and who == "buyer" and self.model.waits:
            expected = Conflict
        made = self.attempt(expected, offers.counter(self.people[who], target.id, command))
        if not expected:
            self._made(made, who, "counter", days, exclusivity, place, changed, target)

    @precondition(lambda self: self.model.rounds)
    @rule(who=WHO, which=st.integers(0, 3))
    def accept(self, who: str, which: int) -> None:
        target = self.pick(which)
        expected = self._answer(who, target)
        if not expected and (self.model.status != "negotiating" or any(r.meets(target) for r in self.granted())):
            expected = Conflict
        if not expected and who == "buyer" and self.model.waits:
            expected = Conflict
        done = self.attempt(expected, offers.accept(self.people[who], target.id))
        if expected:
            return
        assert done is not self.gate(who)
        if done:
            self._accepted(target)
        else:
            self.wait("accept", target.until, target=target)

    def _accepted(self, target: Round) -> None:
        target.status, target.binding = "accepted", True
        whole = any(r.exclusive and r.place == "VN" for r in self.granted())
        self.model.status, self.model.turn, self.model.held = "agreed", None, whole and target.exclusive
        for deal in self.earlier if target.exclusive else ():
            lies = deal.lying()
            if lies and lies.status == "open" and (self.model.held or target.meets(lies)):
                lies.status = "frozen"

    @precondition(lambda self: self.model.rounds)
    @rule(who=WHO, which=st.integers(0, 3), terms=MARKED)
    def accept_terms(self, who: str, which: int, terms: tuple[str, ...]) -> None:
        target = self.pick(which)
        expected = self._answer(who, target)
        if not expected and "goods" in terms:  # a term the offer does not state
            expected = Invalid
        if not expected and set(terms) <= target.marked:
            expected = Conflict
        self.attempt(expected, offers.accept_terms(self.people[who], target.id, m.agreeing(*terms)))
        if not expected:
            target.marked |= set(terms)

    # --- the buyer's own approvals ---

    @rule()
    def the_buyer_wants_two_pairs_of_eyes(self) -> None:
        """From then on (or no longer) what the buyer sends and accepts needs the second person."""
        self.ruled = not self.ruled
        values = {"o": self.people["buyer"].org_id, "p": [self.second.person_id], "r": self.ruled, "n": self.now}
        self.run_(
            m.execute(
                "INSERT INTO approval_rule (org_id, needed, approvers, from_value, on_send, on_accept, updated_at)"
                " VALUES (:o, 1, :p, 0, :r, :r, :n) ON CONFLICT (org_id) DO UPDATE SET on_send = :r, on_accept = :r",
                **values,
            )
        )

    @precondition(lambda self: self.model.waits)
    @rule(yes=st.integers(0, 3), who=st.sampled_from(["second", "second", "second", "seller", "buyer"]))
    def decide(self, yes: int, who: str) -> None:
        waits = self.model.waits
        person = self.second if who == "second" else self.people[who]
        expected = {"seller": NotFound, "buyer": Forbidden}.get(who)
        if not expected and waits.until <= self.now:
            expected = Conflict
        verb = offers.approve if yes else offers.refuse
        said = self.attempt(expected, verb(person, waits.id, Decide(reason="Đã xem kỹ.")))
        if expected:
            return
        self.model.waits = None
        if not yes:
            assert said == "refused"
        elif self.possible(waits):
            assert said == "executed"
            if waits.made:
                waits.made.id = self.run_(
                    m.scalar(
                        "SELECT id FROM offer WHERE deal_id = :d ORDER BY round DESC LIMIT 1", d=self.model.deal_id
                    )
                )
                waits.made.until = self.now + waits.made.until
                self._put(waits.made, waits.target)
            else:
                self._accepted(waits.target)
        else:
            assert said == "failed"

    def possible(self, waits: Waiting) -> bool:
        """May what was approved still be done?"""
        model, target, made = self.model, waits.target, waits.made
        if model.held or model.status not in ("interested", "negotiating"):
            return False
        if waits.act == "send":
            free = not model.lying()
        else:
            free = target.status == "open" and target.until > self.now and model.status == "negotiating"
        if made:
            opened = {t for t in model.locked() if made.says(t) != self.agreed_value(t)}
            return free and opened <= made.unlocked
        return free and not any(r.meets(target) for r in self.granted())

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

    @rule()
    def what_was_overtaken_ends(self) -> None:
        """The sweep of requests: their time has passed, or the offer they answer is gone."""
        waits = self.model.waits
        gone = waits and (waits.until <= self.now or (waits.target and waits.target.status not in ("open", "frozen")))
        assert self.do(offers.lapse_approvals()) == (1 if gone else 0)
        if gone:
            self.model.waits = None

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
            if deal.waits:
                assert self.do(offers.lapse_approvals(deal_id=deal.deal_id)) == 1
                deal.waits = None
        for deal in (*self.earlier, self.model):  # frozen ones that meet nothing any more open again
            lies = deal.lying()
            free = not self.model.held and lies and not any(r.meets(lies) for r in self.granted())
            if free and lies.status == "frozen" and lies.until > self.now:
                lies.status = "open"

    @precondition(lambda self: self.model.status == "closed" and not self.earlier and not self.model.waits)
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
                    "SELECT id, side, status, valid_until, terms->>'exclusivity', terms->'territory'->>0,"
                    " (terms->>'upfront')::bigint, binding FROM offer WHERE deal_id = :d ORDER BY round",
                    d=model.deal_id,
                )
            )
            accepted = [r.id for r in model.rounds if r.status == "accepted"]
            assert (deal.status, deal.turn, deal.holds_listing) == (model.status, model.turn, model.held)
            assert [deal.agreed_offer_id] == (accepted or [None])
            assert [tuple(r) for r in found] == [astuple(r)[:8] for r in model.rounds]
            room = self.do(offers.room_view(self.people["seller"], model.deal_id))
            assert {t for t in room.agreed if t in VARIED} == model.locked()
            assert room.approvals == [], "the other side sees nothing"
            waiting = self.run_(
                m.rows("SELECT id FROM approval_request WHERE deal_id = :d AND status = 'pending'", d=model.deal_id)
            )
            assert [r.id for r in waiting] == ([model.waits.id] if model.waits else [])
            marks = self.run_(
                m.rows(
                    "SELECT k.offer_id, k.term FROM offer_mark k JOIN offer o ON o.id = k.offer_id"
                    " WHERE o.deal_id = :d",
                    d=model.deal_id,
                )
            )
            assert {tuple(k) for k in marks} == {(r.id, t) for r in model.rounds for t in r.marked}
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
