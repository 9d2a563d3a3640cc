"""Unread counts and mails beside a reference model: whoever writes, reads, retracts or waits, in any order."""

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

from app.desk import messages, unread_mails
from app.desk.schemas import Audience, ReadUpTo, SendMessage
from app.kit import clock
from app.kit.actor import Actor
from app.kit.ids import new_id
from app.platform import db as platform_db
from tests.support import market as m

NAMES = ("seller", "seller_member", "buyer", "buyer_member")
WHO = st.sampled_from(NAMES)
AUDIENCE = st.sampled_from(list(Audience))


@dataclass(slots=True)
class Said:
    id: Any
    seq: int
    by: str
    channel: str
    at: Any
    retracted: bool = False


@dataclass(slots=True)
class Model:
    """Everything said, how far each has read, and the mails: (person, up to) with whether one lies open."""

    said: list[Said] = field(default_factory=list)
    marks: dict[tuple[str, str], int] = field(default_factory=dict)
    open: dict[str, bool] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    mails: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))

    def unread(self, who: str) -> list[Said]:
        mine = ("all", who.split("_", maxsplit=1)[0])
        return [
            s
            for s in self.said
            if s.channel in mine and s.by != who and not s.retracted and s.seq > self.marks.get((who, s.channel), 0)
        ]


class Talk(RuleBasedStateMachine):
    run: ClassVar[Callable[[Awaitable[Any]], Any]]

    @initialize()
    def begin(self) -> None:
        self.do(m.scalar("SELECT pristine.clean()"))
        self.now = clock.now()
        seller, buyer = self.do(m.acting("university")), self.do(m.acting())
        self.people: dict[str, Actor] = {}
        for side, actor in (("seller", seller), ("buyer", buyer)):
            for name in (side, f"{side}_member"):
                self.people[name] = self.do(person(actor, name))
        self.deal_id = self.do(m.open_deal(self.people["buyer"], self.do(m.publish(self.people["seller"]))))
        # All four are told of what they have not read: those who may bind by their role, the others as handlers.
        self.do(m.execute("UPDATE membership SET role = 'owner'"))
        self.do(m.execute("UPDATE deal_participant SET handler_id = NULL"))
        self.model = Model()

    def do(self, call: Awaitable[Any]) -> Any:
        return type(self).run(call)

    def at(self, call: Any) -> Any:
        async def run() -> Any:
            with clock.frozen(self.now):
                return await call

        return self.do(run())

    @rule(who=WHO, audience=AUDIENCE)
    def say(self, who: str, audience: Audience) -> None:
        self.do(m.execute("DELETE FROM rate_counter"))
        id_ = self.at(messages.send(self.people[who], self.deal_id, SendMessage(body="Lời", channel=audience)))
        channel = "all" if audience is Audience.all else who.split("_", maxsplit=1)[0]
        self.model.said.append(Said(id_, len(self.model.said) + 1, who, channel, self.now))

    @rule(who=WHO, audience=AUDIENCE, upto=st.integers(0, 12))
    def read(self, who: str, audience: Audience, upto: int) -> None:
        self.at(messages.read(self.people[who], self.deal_id, ReadUpTo(channel=audience, seq=upto)))
        channel = "all" if audience is Audience.all else who.split("_", maxsplit=1)[0]
        newest = max((s.seq for s in self.model.said if s.channel == channel), default=0)
        reached = min(upto, newest)
        if reached > self.model.marks.get((who, channel), 0):
            self.model.marks[who, channel] = reached
            self.model.open[who] = False

    @precondition(lambda self: any(not s.retracted for s in self.model.said))
    @rule(data=st.data())
    def retract(self, data: Any) -> None:
        said = data.draw(st.sampled_from([s for s in self.model.said if not s.retracted]))
        if self.now - said.at < timedelta(minutes=10):
            self.at(messages.retract(self.people[said.by], said.id))
            said.retracted = True

    @rule(minutes=st.sampled_from([1, 9, 11]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def mail(self) -> None:
        self.at(unread_mails.run())
        for who in NAMES:
            due = [s for s in self.model.unread(who) if s.at <= self.now - timedelta(minutes=10)]
            if due and not self.model.open.get(who) and max(s.seq for s in due) > self.model.told.get(who, 0):
                self.model.open[who] = True
                self.model.told[who] = max(s.seq for s in due)
                self.model.mails[who] += 1

    @invariant()
    def counts_agree(self) -> None:
        if not hasattr(self, "model"):
            return
        for who in NAMES:
            assert self.do(messages.unread(self.people[who], self.deal_id)) == len(self.model.unread(who)), who
        found = dict(self.do(m.rows("SELECT person_id, count(*) FROM desk_mail GROUP BY person_id")))
        for who in NAMES:
            assert found.get(self.people[who].person_id, 0) == self.model.mails[who], who


async def person(actor: Actor, name: str) -> Actor:
    made = replace(actor, person_id=new_id(), person_name=name)
    await m.execute(
        "INSERT INTO person (id, email, name, locale, is_demo, created_at)"
        " VALUES (:id, :email, :name, 'vi', false, now())",
        id=made.person_id, email=f"{made.person_id}@thunghiem.example", name=name,
    )  # fmt: skip
    await m.execute(
        "INSERT INTO membership (person_id, org_id, role, since) VALUES (:id, :org, 'owner', now())",
        id=made.person_id, org=made.org_id,
    )  # fmt: skip
    return made


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


def test_unread_counts_and_mails_follow_the_model(runner: asyncio.Runner) -> None:
    Talk.run = staticmethod(runner.run)
    run_state_machine_as_test(
        Talk,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
