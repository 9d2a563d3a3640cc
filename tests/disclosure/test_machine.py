"""The room, driven at random beside a reference model small enough to read: who may open what after any sequence of
signing, adhering, opening, revoking, joining, leaving, ending, and the passing of time.

After every step three persons, in turn, try each document and the fields; the model, the pure rule, the list of
documents and the verbs must say the same, and each look must be one row of the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
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

from app.deals import Capacity, deals
from app.deals.schemas import CloseDeal
from app.disclosure import disclosure, policy, repository
from app.kit import clock
from app.kit.actor import Role
from app.kit.errors import Conflict, DomainError, Forbidden, NotFound
from app.platform import db as platform_db
from app.platform.db import reading
from tests.support import market as m
from tests.support import secrets as s

PARTIES = ("seller", "buyer")
OUTSIDE = ("broker", "stranger", "operator", "department")
STAGES = (1, 2, 3)


@dataclass(slots=True)
class Grant:
    id: Any
    stage: int | None
    document: int | None
    until: Any


@dataclass(slots=True)
class Model:
    """What the room is, in as few words as possible."""

    closed: bool = False
    nda: Any = None  # the id of the one that is alive
    status: str = "none"  # none | proposed | in_force
    proposer: str = ""
    signed: set[str] = field(default_factory=set)
    ends: Any = None
    broker_in: bool = False
    grants: list[Grant] = field(default_factory=list)
    removed: set[int] = field(default_factory=set)

    def force(self, now: Any) -> bool:
        return self.status == "in_force" and self.ends > now

    def opens(self, who: str, document: int | None, now: Any) -> bool:
        """`document` is its place in STAGES, None for the fields."""
        if document in self.removed:
            return False
        if who in ("seller", "seller's viewer"):
            return True
        org = who.split("'", maxsplit=1)[0]
        if who == "buyer's viewer" or org not in ("buyer", "broker") or (org == "broker" and not self.broker_in):
            return False
        if self.closed or not self.force(now) or org not in self.signed:
            return False
        live = [g for g in self.grants if g.until is None or g.until > now]
        if document is None:
            return any(g.stage for g in live)
        return any((g.stage or 0) >= STAGES[document] or g.document == document for g in live)


class RoomMachine(RuleBasedStateMachine):
    run: ClassVar[Callable[[Awaitable[Any]], Any]]

    @initialize()
    def begin(self) -> None:
        self.now = clock.now()
        self.run_(m.scalar("SELECT pristine.clean()"))
        seller, buyer, stranger = (self.do(m.acting(kind)) for kind in ("university", "company", "company"))
        broker = replace(self.do(m.acting("intermediary")), person_name="Người Môi Giới")
        self.people = {
            "seller": seller, "buyer": buyer, "broker": broker, "stranger": stranger, "operator": m.OPERATOR,
            "department": m.DEPARTMENT, "seller's viewer": s.colleague(seller, Role.viewer),
            "buyer's member": s.colleague(buyer, Role.member), "buyer's viewer": s.colleague(buyer, Role.viewer),
        }  # fmt: skip
        self.listing_id = self.do(m.publish(seller, confidential_vi=s.SECRET))
        self.deal_id = self.do(m.open_deal(buyer, self.listing_id))
        self.papers = [self.do(s.document(seller, self.listing_id, stage=n, title=f"Tài liệu {n}")) for n in STAGES]
        self.model = Model()
        self.turn = 0

    def do(self, verb: Awaitable[Any]) -> Any:
        async def at() -> Any:
            with clock.frozen(self.now):
                return await verb

        return type(self).run(at())

    def run_(self, query: Awaitable[Any]) -> Any:
        return type(self).run(query)

    def attempt(self, possible: bool, verb: Awaitable[Any]) -> Any:
        if possible:
            return self.do(verb)
        with pytest.raises((Conflict, Forbidden, NotFound)):
            self.do(verb)
        return None

    # --- the agreement ---

    @rule(who=st.sampled_from(PARTIES), months=st.sampled_from([1, 24]))
    def propose(self, who: str, months: int) -> None:
        model = self.model
        made = self.attempt(
            not model.closed and not model.force(self.now),
            s.propose(self.people[who], self.deal_id, term_months=months),
        )
        if made:
            if model.status == "in_force":
                model.grants = []  # its term had passed: what was opened under it is shut
            model.nda, model.status, model.proposer, model.signed = made, "proposed", who, set()
            self.months = months

    @precondition(lambda self: self.model.nda is not None)
    @rule(who=st.sampled_from([*PARTIES, *PARTIES, "stranger"]))
    def sign(self, who: str) -> None:
        model = self.model
        again = who in model.signed and model.status in ("proposed", "in_force")
        possible = who in PARTIES and (again or (not model.closed and model.status == "proposed"))
        self.attempt(possible, s.sign(self.people[who], model.nda))
        if possible and not again:
            model.signed.add(who)
            if model.signed >= set(PARTIES):
                model.status = "in_force"
                model.ends = self.do(disclosure.nda(self.people["seller"], model.nda)).expires_at

    @precondition(lambda self: self.model.nda is not None)
    @rule()
    def adhere(self) -> None:
        model = self.model
        possible = model.broker_in and not model.closed and model.force(self.now)
        self.attempt(possible, s.adhere(self.people["broker"], model.nda))
        if possible:
            model.signed.add("broker")

    @precondition(lambda self: self.model.nda is not None)
    @rule(who=st.sampled_from(PARTIES), how=st.sampled_from(["withdraw", "decline", "terminate"]))
    def end(self, who: str, how: str) -> None:
        model, actor = self.model, self.people[who]
        if how == "withdraw":
            possible = model.status == "proposed" and who == model.proposer
            self.attempt(possible, disclosure.withdraw_nda(actor, model.nda))
        elif how == "decline":
            possible = model.status == "proposed" and who != model.proposer
            self.attempt(possible, disclosure.decline_nda(actor, model.nda, s.decline()))
        else:
            possible = model.status == "in_force"
            self.attempt(possible, disclosure.terminate_nda(actor, model.nda, s.decline()))
            if possible:
                model.grants = []
        if possible:
            model.status, model.signed, model.nda = "none", set(), None

    # --- what is opened ---

    @rule(stage=st.sampled_from(STAGES), days=st.sampled_from([None, 2, 40]))
    def open_stage(self, stage: int, days: int | None) -> None:
        self._open({"stage": stage}, stage, None, days)

    @rule(document=st.sampled_from([0, 1, 2]), days=st.sampled_from([None, 2]))
    def open_document(self, document: int, days: int | None) -> None:
        self._open({"document_id": self.papers[document]}, None, document, days)

    def _open(self, what: dict[str, Any], stage: int | None, document: int | None, days: int | None) -> None:
        model = self.model
        with clock.frozen(self.now):
            until = clock.today() + timedelta(days=days) if days else None
        same = [g for g in model.grants if (g.until is None or g.until > self.now)]
        taken = any(g.stage for g in same) if stage else any(g.document == document for g in same)
        possible = not model.closed and not taken and document not in model.removed
        made = self.attempt(
            possible, s.grant(self.people["seller"], self.listing_id, self.deal_id, until=until, **what)
        )
        if made:
            model.grants = same  # opening sweeps out what has run out
            ends = self.run_(m.scalar("SELECT expires_at FROM room_grant WHERE id = :g", g=made))
            model.grants.append(Grant(made, stage, document, ends))

    @precondition(lambda self: self.model.grants)
    @rule(which=st.integers(0, 9), who=st.sampled_from(["seller", "seller", "buyer"]))
    def revoke(self, which: int, who: str) -> None:
        grant = self.model.grants[which % len(self.model.grants)]
        self.attempt(who == "seller", disclosure.revoke(self.people[who], self.listing_id, grant.id))
        if who == "seller":
            self.model.grants.remove(grant)

    @precondition(lambda self: len(self.model.removed) < 2)
    @rule(document=st.sampled_from([1, 2]))
    def remove(self, document: int) -> None:
        possible = document not in self.model.removed
        self.attempt(
            possible, disclosure.remove_document(self.people["seller"], self.listing_id, self.papers[document])
        )
        self.model.removed.add(document)
        self.model.grants = [g for g in self.model.grants if g.document != document]

    # --- who takes part, and time ---

    @rule()
    def broker_joins_or_leaves(self) -> None:
        org = self.people["broker"].org_id
        if self.model.broker_in:
            self.do(deals.leave(m.OPERATOR, self.deal_id, org, reason="hết ủy quyền"))
        else:
            self.do(deals.join(m.OPERATOR, self.deal_id, org, Capacity.buyer_broker))
        self.model.broker_in = not self.model.broker_in

    @rule(days=st.sampled_from([1, 3, 45]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def the_clock_is_served(self) -> None:
        self.do(disclosure.expire_due())
        if self.model.status == "in_force" and not self.model.force(self.now):
            self.model.status, self.model.nda, self.model.grants, self.model.signed = "none", None, [], set()
        self.model.grants = [g for g in self.model.grants if g.until is None or g.until > self.now]

    @precondition(lambda self: not self.model.closed and self.turn > 6)
    @rule(yes=st.integers(0, 5))
    def close(self, yes: int) -> None:
        if yes == 0:
            self.do(deals.close(self.people["buyer"], self.deal_id, CloseDeal(reason_code="price")))
            self.model.closed = True

    # --- what stands ---

    @invariant()
    def everybody_opens_what_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        self.turn += 1
        rows = self.run_(m.scalar("SELECT count(*) FROM room_log"))
        looks = 0
        # Three of the nine a step, in turn: twelve steps later everybody has been asked four times.
        names = list(self.people)
        for n in range(3):
            who = names[(3 * self.turn + n) % len(names)]
            for document in (0, 1, 2, None):
                looks += self._try(who, self.people[who], document)
        assert self.run_(m.scalar("SELECT count(*) FROM room_log")) - rows == looks

    def _try(self, who: str, actor: Any, document: int | None) -> int:
        """Try one thing as one person; how many rows of the log that is worth."""
        expected = self.model.opens(who, document, self.now)
        outside = who == "stranger" or (who == "broker" and not self.model.broker_in)
        paper = None if document is None else self.papers[document]
        facts = self.do(self._facts(actor, paper))
        assert policy.may_open(facts) is expected, (who, document, policy.why_not(facts))
        look = (
            disclosure.fields(actor, self.deal_id)
            if paper is None
            else disclosure.open_document(actor, self.deal_id, paper)
        )
        opened, refused = False, None
        try:
            self.do(look)
            opened = True
        except DomainError as refusal:
            refused = type(refusal)
        assert refused in (None, NotFound if outside else Forbidden), (who, document)
        assert opened is expected, (who, document)
        if paper is not None and not outside:
            room = self.do(disclosure.room(actor, self.deal_id))
            assert (paper in {d.id for d in room.documents}) is expected, (who, document)
        return 0 if outside else 1

    async def _facts(self, actor: Any, paper: Any) -> policy.Facts:
        async with reading() as session:
            return await repository.facts(session, actor, self.deal_id, paper)

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


def test_the_room_opens_as_the_model_says(runner: asyncio.Runner) -> None:
    RoomMachine.run = staticmethod(runner.run)
    run_state_machine_as_test(
        RoomMachine,
        settings=settings(
            max_examples=10,
            stateful_step_count=14,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
