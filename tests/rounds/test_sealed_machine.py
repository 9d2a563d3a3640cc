"""Sealed bids against a simple model: who said what last, who turned a key, what the opening then says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.kit.actor import ANONYMOUS, Actor
from app.kit.errors import Conflict, DomainError, Forbidden
from app.platform import db as platform_db
from app.rounds import planning, rounds, running, sealing
from app.rounds.schemas import NameOfficers, TurnKey
from tests.rounds import hall as h
from tests.support import market as m

RESERVE = 1500
NAMES = ("an", "binh", "chi")
WHO = st.sampled_from([*NAMES, *NAMES, "stranger", "owner"])
TURN = TurnKey(passphrase=h.PASSPHRASE)
HELD = 30  # minutes a turned key waits for the second


class Model:
    """Minutes until the opening and the end; the envelopes in the order in which they came; whose key waits."""

    def __init__(self) -> None:
        self.opens, self.ends = 60, 180
        self.status = "announced"
        self.laid: list[tuple[str, int | None]] = []
        self.turned: tuple[int, int] | None = None  # officer, minutes left

    def moves_on(self) -> None:
        if self.status == "announced" and self.opens <= 0:
            self.status = "open"
        if self.status == "open" and self.ends <= 0:
            self.status = "closed"

    @property
    def counting(self) -> dict[str, tuple[int, int]]:
        """Bidder -> (amount, when it came) of the last envelope, where it was not taken back."""
        last = {who: (amount, n) for n, (who, amount) in enumerate(self.laid)}
        return {who: (amount, n) for who, (amount, n) in last.items() if amount is not None}

    @property
    def result(self) -> tuple[str, str | None, int | None]:
        found = sorted(self.counting.items(), key=lambda x: (-x[1][0], x[1][1]))
        if not found or found[0][1][0] < RESERVE:
            return "unsold", None, None
        return "awarded", found[0][0], found[0][1][0]


class Sealed(RuleBasedStateMachine):
    run: ClassVar[Callable[[Awaitable[Any]], Any]]
    officers: ClassVar[list[Actor]]
    model: Model
    hall: h.Hall

    def run_(self, verb: Awaitable[Any]) -> Any:
        return type(self).run(verb)

    @initialize()
    def begin(self) -> None:
        self.model = Model()
        self.hall = self.run_(self._announced())
        self.people = dict(zip(NAMES, self.hall.bidders, strict=True)) | {
            "stranger": self.run_(h.verified()),
            "owner": self.hall.seller,
        }
        self.entries = {self.run_(self.hall.entry(self.people[n])): n for n in NAMES}

    async def _announced(self) -> h.Hall:
        """As `hall.announced`, with the same two officers every time: a key of theirs costs as much as it protects."""
        seller = await h.verified("university")
        listing_id = await m.publish(seller)
        round_id = await planning.plan(seller, listing_id, h.plan("sealed"))
        named = [o.person_id for o in self.officers if o.person_id]
        await planning.name_officers(m.OPERATOR, round_id, NameOfficers(person_ids=named))
        await planning.announce(seller, round_id, h.announce(RESERVE))
        bidders = [await h.verified() for _ in NAMES]
        for bidder in bidders:
            await h.admit(round_id, bidder)
        return h.Hall(round_id, listing_id, seller, bidders, self.officers)

    async def _envelopes(self) -> int:
        found = await m.scalar("SELECT count(*) FROM sealed_envelope WHERE round_id = :r", r=self.hall.round_id)
        return int(found)

    def refused(self, verb: Awaitable[Any], kind: type[DomainError]) -> None:
        self.run_(running.advance(self.hall.round_id))
        before = self.run_(self._envelopes())
        with pytest.raises(DomainError) as refusal:
            self.run_(verb)
        assert type(refusal.value) is kind
        assert self.run_(self._envelopes()) == before

    @rule(who=WHO, amount=st.sampled_from([1, 1400, 1500, 1500, 2000, 2000, 9_000, None]))
    def lay(self, who: str, amount: int | None) -> None:
        """A bid, another one, or (None) taking it back: an envelope like any other."""
        model, actor, round_id = self.model, self.people[who], self.hall.round_id
        verb = sealing.take_back(actor, round_id) if amount is None else sealing.seal(actor, round_id, h.sealed(amount))
        model.moves_on()
        if who not in NAMES:
            self.refused(verb, Forbidden)
        elif model.status != "open":
            self.refused(verb, Conflict)
        else:
            receipt = self.run_(verb)
            model.laid.append((who, amount))
            assert self.run_(sealing.holds(ANONYMOUS, round_id, receipt.sha256))

    @rule(minutes=st.sampled_from([5, 31, 61, 61, 125]))
    def time_passes(self, minutes: int) -> None:
        model = self.model
        if model.status in ("awarded", "unsold"):
            return
        self.run_(self.hall.pass_time(minutes=minutes))
        model.opens -= minutes
        model.ends -= minutes
        if model.turned:
            officer, left = model.turned
            model.turned = (officer, left - minutes) if left > minutes else None

    @rule(how=st.sampled_from(["job", "sweep", "read"]))
    def somebody_looks(self, how: str) -> None:
        verb = {
            "job": lambda: running.advance(self.hall.round_id),
            "sweep": running.sweep,
            "read": lambda: rounds.read(ANONYMOUS, self.hall.round_id),
        }[how]
        self.run_(verb())
        self.model.moves_on()

    @rule(officer=st.sampled_from([0, 0, 1, 1, None]))
    def turn(self, officer: int | None) -> None:
        """A key is turned: by one of the two, or by somebody who is no officer of the round."""
        model = self.model
        model.moves_on()
        verb = sealing.turn_key(m.OPERATOR if officer is None else self.officers[officer], self.hall.round_id, TURN)
        if officer is None:
            self.refused(verb, Forbidden)
        elif model.status != "closed" or (model.turned and model.turned[0] == officer):
            self.refused(verb, Conflict)
        elif model.turned is None:
            assert self.run_(verb) is False
            model.turned = (officer, HELD)
        else:
            assert self.run_(verb) is True
            model.status = model.result[0]

    @invariant()
    def the_database_says_the_same(self) -> None:
        if not hasattr(self, "hall"):
            return
        model, row = self.model, self.run_(self.hall.row())
        assert row.status == model.status
        assert self.run_(self._envelopes()) == len(model.laid)
        opened = self.run_(
            m.rows("SELECT entry_id, amount, standing FROM opened_envelope WHERE round_id = :r", r=self.hall.round_id)
        )
        if model.status not in ("awarded", "unsold"):
            assert not opened, "nothing is read before two keys have turned"
            assert (row.reserve, row.winner_id, row.result_price) == (None, None, None)
            return
        status, winner, price = model.result
        assert (row.status, self.entries.get(row.winner_id)) == (status, winner)
        if winner:
            assert row.result_price == price
        assert len(opened) == len(model.laid)
        counts = Counter((self.entries[o.entry_id], o.amount) for o in opened if o.standing == "counts")
        assert counts == Counter((who, amount) for who, (amount, _) in model.counting.items())

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


def test_sealed_bids_go_as_the_model_says(runner: asyncio.Runner) -> None:
    Sealed.run = staticmethod(runner.run)
    Sealed.officers = runner.run(h.officers())
    run_state_machine_as_test(
        Sealed,
        settings=settings(
            max_examples=12,
            stateful_step_count=15,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
