"""Approvals within one side: asked, decided, carried out once, and never seen by the other side."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.deals import deals
from app.deals.schemas import CloseDeal
from app.kit import clock
from app.kit.actor import ANONYMOUS, Actor, Role
from app.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unauthenticated
from app.offers import offers
from app.offers.schemas import Decide, SetRule
from tests.deals.test_deals import refused
from tests.support import market as m

YES = Decide()
NO = Decide(reason="Giá trả trước quá cao so với ngân sách năm.")


class Team:
    """A buyer with an owner and three managers of flesh and account: approvers are real members."""

    def __init__(self, owner: Actor, managers: list[Actor]) -> None:
        self.owner, self.managers = owner, managers

    @property
    def all(self) -> list[Actor]:
        return [self.owner, *self.managers]


@pytest.fixture
async def team(make_person, make_organisation) -> Team:
    org = await make_organisation()
    owner = await make_person("owner", org)
    managers = [await make_person("manager", org) for _ in range(3)]
    return Team(owner.actor, [p.actor for p in managers])


async def rule(team: Team, needed: int = 2, approvers: list[Actor] | None = None, **changes: Any) -> None:
    listed = [a.person_id for a in (approvers if approvers is not None else team.managers)]
    values = {"needed": needed, "approvers": listed, "on_send": True, "on_accept": True} | changes
    await offers.set_approval_rule(team.owner, SetRule.model_validate(values))


async def table(team: Team) -> m.Market:
    return await m.market(buyer=team.owner)


async def asked(actor: Actor) -> Any:
    [found] = [a for a in (await offers.approvals(actor)).items if a.status == "pending"]
    return found


async def status(id_: Any) -> str:
    return await m.scalar("SELECT status FROM approval_request WHERE id = :i", i=id_)


async def test_two_of_three_and_the_offer_goes_out(db, team):
    await rule(team)
    at = await table(team)
    assert await offers.send(team.owner, at.deal_id, m.proposal(upfront=7, note="Bản đầu")) is None
    request = await asked(team.owner)
    assert (request.act, request.value, request.needed, request.approved, request.votes) == ("send", 7, 2, 0, [])
    assert request.actions == ["withdraw"], "whoever asks and is not on the list does not decide"
    first, second, third = team.managers
    assert (await asked(first)).actions == ["approve", "refuse", "withdraw"]
    assert await offers.approve(first, request.id, YES) == "pending"
    assert (await offers.room_view(at.seller, at.deal_id)).offers == []
    await refused(Conflict, offers.approve(first, request.id, YES), code="approval.already_voted")
    await refused(Forbidden, offers.approve(team.owner, request.id, YES), code="approval.not_an_approver")
    assert await offers.approve(second, request.id, YES) == "executed"
    await refused(Conflict, offers.approve(third, request.id, YES), code="approval.not_now")
    [offer] = (await offers.room_view(at.seller, at.deal_id)).offers
    assert (offer.side, offer.status, offer.value, offer.note) == ("buyer", "open", 7, "Bản đầu")
    assert await m.scalar("SELECT person_id FROM offer") == team.owner.person_id
    [view] = (await offers.approvals(third)).items
    assert [(v.name, v.verdict) for v in view.votes] == [
        (first.person_name, "approve"),
        (second.person_name, "approve"),
    ]
    await m.sound()


async def test_whoever_asks_and_is_on_the_list_counts_as_one(db, team):
    await rule(team, 2)
    at = await table(team)
    asker, other, _ = team.managers
    assert await offers.send(asker, at.deal_id, m.proposal()) is None
    request = await asked(other)
    assert request.approved == 1
    assert await offers.approve(other, request.id, YES) == "executed"
    await rule(team, 1)
    offer_id = (await offers.room_view(at.seller, at.deal_id)).newest.id
    back = await offers.counter(at.seller, offer_id, m.proposal(upfront=9))
    assert await offers.accept(asker, back), "one is enough, and asked"
    assert (await deals.read(at.seller, at.deal_id)).status == "agreed"
    assert await m.scalar("SELECT count(*) FROM approval_request WHERE status = 'executed'") == 2
    await m.sound()


async def test_the_rule_says_what_and_from_which_value(db, team):
    at = await table(team)
    await rule(team, 1, from_value=500_000_001)
    sent = await offers.send(team.owner, at.deal_id, m.proposal(upfront=500_000_000))
    assert sent is not None
    counter = await offers.counter(at.seller, sent, m.proposal(upfront=600_000_000))
    assert await offers.accept(team.owner, counter) is False
    request = await asked(team.owner)
    await offers.withdraw_approval(team.owner, request.id)
    assert await status(request.id) == "withdrawn"
    await rule(team, 1, on_accept=False)
    assert await offers.accept(team.owner, counter) is True
    await m.sound()


async def test_accepting_waits_and_then_does_all_that_accepting_does(db, team):
    await rule(team, 1)
    at, rival = await table(team), await m.acting()
    theirs = await m.send_offer(rival, await m.open_deal(rival, at.listing_id))
    offer_id = await m.send_offer(at.seller, at.deal_id, exclusivity="exclusive")
    assert await offers.accept(team.owner, offer_id) is False
    assert (await offers.peek(offer_id)).status == "open"
    await refused(Conflict, offers.accept(team.owner, offer_id), code="offer.waits_for_approval")
    await refused(
        Conflict, offers.counter(team.owner, offer_id, m.proposal(upfront=1)), code="offer.waits_for_approval"
    )
    assert await offers.approve(team.managers[0], (await asked(team.owner)).id, YES) == "executed"
    assert (await deals.read(at.seller, at.deal_id)).status == "agreed"
    assert (await offers.peek(theirs)).status == "frozen"
    assert await m.scalar("SELECT status FROM listing") == "reserved"
    await m.sound()


async def test_refusals_count_until_too_few_are_left(db, team):
    await rule(team, 2)
    at = await table(team)
    await offers.send(team.owner, at.deal_id, m.proposal())
    request = await asked(team.owner)
    await refused(Invalid, offers.refuse(team.managers[0], request.id, Decide()))
    assert await offers.refuse(team.managers[0], request.id, NO) == "pending"
    assert await offers.refuse(team.managers[1], request.id, NO) == "refused"
    await refused(Conflict, offers.approve(team.managers[2], request.id, YES), code="approval.not_now")
    assert await m.scalar("SELECT count(*) FROM offer") == 0
    assert await offers.send(team.owner, at.deal_id, m.proposal()) is None, "one may ask again"
    await m.sound()


async def test_nobody_else_sees_anything_of_it(db, team, make_person, drain, mails):
    await rule(team, 1)
    at = await table(team)
    before = (await m.traces())[:5]
    await offers.send(team.owner, at.deal_id, m.proposal(upfront=123_456_789))
    assert (await m.traces())[:5] == before, "the deal itself has not moved"
    request = await asked(team.owner)
    viewer = replace(team.owner, role=Role.viewer)
    assert len(await offers.approvals_of_deal(viewer, at.deal_id)) == 1
    for onlooker in (at.seller, m.OPERATOR, m.DEPARTMENT, await m.acting()):
        for verb in (offers.approve, offers.refuse):
            await refused(NotFound, verb(onlooker, request.id, NO))
        await refused(NotFound, offers.withdraw_approval(onlooker, request.id))
        assert await offers.approvals_of_deal(onlooker, at.deal_id) == []
    await refused(Unauthenticated, offers.approve(ANONYMOUS, request.id, YES))
    room = await offers.room_view(at.seller, at.deal_id)
    assert (room.approvals, room.offers, room.may_send) == ([], [], True)
    assert "123456789" not in room.model_dump_json()
    assert [e.action for e in room.timeline] == ["express_interest"]
    await drain()
    names = {p.person_id for p in team.all}
    told = await m.rows("SELECT email FROM notification WHERE topic = 'approval.ask'")
    assert len(told) == len(names)
    assert not [x for x in mails() if "123" in x.body]
    # After it was carried out the other side sees an offer, and nothing of how it came about.
    await offers.approve(team.managers[0], request.id, YES)
    seen = (await offers.room_view(at.seller, at.deal_id)).model_dump_json()
    assert team.managers[0].person_name not in seen
    assert "approv" not in seen.replace('"approvals":[]', "")


async def test_only_who_may_bind_decides(db, team):
    await rule(team, 1)
    at = await table(team)
    await offers.send(team.owner, at.deal_id, m.proposal())
    request = await asked(team.owner)
    for lowered in (replace(team.managers[0], role=Role.member), replace(team.managers[0], scopes=frozenset({"read"}))):
        await refused(Forbidden, offers.approve(lowered, request.id, YES))
    await refused(Forbidden, offers.withdraw_approval(replace(team.owner, role=Role.member), request.id))


async def test_the_rule_is_for_owners_and_names_members(db, team, make_person):
    at = await table(team)
    stranger = (await make_person("owner")).actor
    listed = SetRule(needed=1, approvers=[team.owner.person_id], on_send=True)
    await refused(Forbidden, offers.set_approval_rule(team.managers[0], listed))
    unknown = SetRule(needed=1, approvers=[stranger.person_id], on_send=True)
    await refused(Invalid, offers.set_approval_rule(team.owner, unknown))
    many = SetRule(needed=2, approvers=[team.owner.person_id], on_send=True)
    await refused(Invalid, offers.set_approval_rule(team.owner, many))
    await refused(NotFound, offers.approval_rule(m.OPERATOR))
    await offers.set_approval_rule(team.owner, listed)
    seen = await offers.approval_rule(team.managers[0])
    assert (seen.needed, seen.on_send, seen.on_accept, seen.may_change) == (1, True, False, False)
    assert {p.person_id for p in seen.people} == {a.person_id for a in team.all}
    assert await offers.send(team.owner, at.deal_id, m.proposal()), "the asker alone is enough here"


# --- what happens meanwhile ---


async def test_it_says_why_when_it_came_too_late(db, team, drain):
    await rule(team, 1)
    at = await table(team)
    await offers.send(team.owner, at.deal_id, m.proposal())
    request = await asked(team.owner)
    theirs = await m.send_offer(at.seller, at.deal_id)
    assert await offers.approve(team.managers[0], request.id, YES) == "failed"
    [view] = (await offers.approvals(team.owner)).items
    assert view.status == "failed"
    assert view.why is not None
    assert "lượt" in view.why.vi
    assert view.approved == 1, "the vote stays on record"
    assert [o.id for o in (await offers.room_view(at.seller, at.deal_id)).offers] == [theirs]
    await drain()
    await m.sound()


@pytest.mark.parametrize("end", ["withdrawn", "expired", "closed"])
async def test_it_ends_with_its_offer(db, team, drain, end):
    await rule(team, 1)
    at = await table(team)
    offer_id = await m.send_offer(at.seller, at.deal_id, valid_days=2)
    await offers.accept(team.owner, offer_id)
    request = await asked(team.owner)
    assert request.expires_at == (await offers.peek(offer_id)).valid_until
    if end == "withdrawn":
        await offers.withdraw(at.seller, offer_id, m.withdraw())
    elif end == "closed":
        await deals.close(at.seller, at.deal_id, CloseDeal(reason_code="other"))
    else:
        with clock.frozen(request.expires_at):
            await refused(Conflict, offers.approve(team.managers[0], request.id, YES), code="approval.expired")
            assert (await asked(team.managers[0])).actions == ["withdraw"]
            assert await offers.lapse_approvals() == 1
    await drain()
    assert await status(request.id) == "lapsed"
    assert (await deals.read(at.seller, at.deal_id)).status in ("negotiating", "closed")
    await m.sound()


async def test_a_request_keeps_the_rule_it_was_made_under(db, team):
    await rule(team, 2)
    at = await table(team)
    await offers.send(team.owner, at.deal_id, m.proposal())
    request = await asked(team.owner)
    await rule(team, 1, [team.owner])
    assert await offers.approve(team.managers[0], request.id, YES) == "pending"
    assert await offers.approve(team.managers[1], request.id, YES) == "executed"


async def test_the_last_two_approvals_at_once_act_once(db, team):
    await rule(team, 1)
    at = await table(team)
    for n in range(10):
        await offers.send(team.owner, at.deal_id, m.proposal(upfront=n))
        request = await asked(team.owner)
        results = await asyncio.gather(
            *(offers.approve(p, request.id, YES) for p in team.managers), return_exceptions=True
        )
        unexpected = [r for r in results if isinstance(r, BaseException) and not isinstance(r, DomainError)]
        assert not unexpected
        assert sorted(str(r) if isinstance(r, str) else type(r).__name__ for r in results) == [
            "Conflict", "Conflict", "executed"
        ]  # fmt: skip
        rounds = await m.rows("SELECT id, status FROM offer WHERE deal_id = :d ORDER BY round", d=at.deal_id)
        assert len(rounds) == n + 1
        await offers.withdraw(team.owner, rounds[-1].id, m.withdraw())
    await m.sound()


async def test_one_person_twice_at_once_counts_once(db, team):
    await rule(team, 2)
    at = await table(team)
    await offers.send(team.owner, at.deal_id, m.proposal())
    request = await asked(team.owner)
    results = await asyncio.gather(
        *(offers.approve(team.managers[0], request.id, YES) for _ in range(5)), return_exceptions=True
    )
    assert sorted(r if isinstance(r, str) else r.code for r in results) == ["approval.already_voted"] * 4 + ["pending"]
    assert await m.scalar("SELECT count(*) FROM offer") == 0


async def test_approval_against_withdrawal_of_the_offer(db, team):
    await rule(team, 1)
    at = await table(team)
    for _ in range(10):
        offer_id = await m.send_offer(at.seller, at.deal_id)
        await offers.accept_terms(team.owner, offer_id, m.agreeing("mode"))
        await offers.counter(team.owner, offer_id, m.proposal(upfront=3))
        request = await asked(team.owner)
        approved, withdrawn = await asyncio.gather(
            offers.approve(team.managers[0], request.id, YES),
            offers.withdraw(at.seller, offer_id, m.withdraw()),
            return_exceptions=True,
        )
        if approved == "executed":
            assert isinstance(withdrawn, Conflict)
            newest = (await offers.room_view(at.seller, at.deal_id)).newest
            await offers.withdraw(team.owner, newest.id, m.withdraw())
        else:
            assert withdrawn is None
            assert approved == "failed"
        assert await m.scalar("SELECT count(*) FROM offer WHERE status IN ('open','frozen')") == 0
    await m.sound()
