"""Who takes part in a deal: joining, leaving, handing over, and what each may see."""

from __future__ import annotations

import pytest

from app.accounts import accounts
from app.deals import Capacity, deals
from app.deals.schemas import HandOver
from app.kit.actor import Actor, Role
from app.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.offers import offers
from app.platform.db import unit_of_work
from tests.offers.test_races import race, refusals
from tests.support import market as m

OTHERS = [c for c in Capacity if not c.party]


async def test_the_parties_take_part_from_the_start(db):
    table = await m.market()
    found = await deals.access(table.buyer, table.deal_id)
    assert [(p.capacity, p.org_id) for p in found.participants] == [
        (Capacity.seller, table.seller.org_id),
        (Capacity.buyer, table.buyer.org_id),
    ]
    assert (found.side, found.capacity) == ("buyer", Capacity.buyer)
    assert found.participants[1].handler_id == table.buyer.person_id
    await m.sound()


@pytest.mark.parametrize("capacity", OTHERS)
async def test_who_joins_sees_the_deal_until_they_leave(db, capacity):
    table, other = await m.market(), await m.acting("intermediary")
    with pytest.raises(NotFound):
        await deals.access(other, table.deal_id)
    assert (await deals.list(other)).items == []
    await deals.join(m.OPERATOR, table.deal_id, other.org_id, capacity)
    view = await deals.read(other, table.deal_id)
    assert (view.side, view.capacity, view.actions) == (None, capacity, [])
    assert [i.capacity for i in (await deals.list(other)).items] == [capacity]
    assert await deals.of_participant(other.org_id, [capacity]) == [table.deal_id]
    assert await m.scalar("SELECT count(*) FROM audit_entry WHERE action = 'deal.read'") == 0
    await deals.leave(m.OPERATOR, table.deal_id, other.org_id, reason="mandate_ended")
    with pytest.raises(NotFound):
        await deals.read(other, table.deal_id)
    assert (await deals.list(other)).items == []
    with pytest.raises(NotFound):
        await deals.leave(m.OPERATOR, table.deal_id, other.org_id, reason="again")
    await deals.join(m.OPERATOR, table.deal_id, other.org_id, capacity)  # and may come back
    assert await m.scalar("SELECT count(*) FROM deal_participant WHERE org_id = :o", o=other.org_id) == 2
    await m.sound()


async def test_a_broker_binds_nobody(db):
    table, broker = await m.market(), await m.acting("intermediary")
    offer_id = await m.send_offer(table.seller, table.deal_id)
    await deals.join(m.OPERATOR, table.deal_id, broker.org_id, Capacity.seller_broker)
    before = await m.traces()
    for attempt in (
        offers.accept(broker, offer_id),
        offers.withdraw(broker, offer_id),
        offers.decline(broker, offer_id, m.decline()),
        offers.send(broker, table.deal_id, m.proposal()),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert await m.traces() == before


async def test_one_live_capacity_an_organisation(db):
    table, other = await m.market(), await m.acting("intermediary")
    for n in range(5):
        results = await race(*(deals.join(m.OPERATOR, table.deal_id, other.org_id, c) for c in OTHERS))
        assert len(refusals(results)) == len(OTHERS) - 1
        assert {r.code for r in refusals(results)} == {"deal.takes_part_already"}
        await deals.leave(m.OPERATOR, table.deal_id, other.org_id, reason=f"round {n}")
    for party in (table.seller, table.buyer):
        with pytest.raises(Conflict):
            await deals.join(m.OPERATOR, table.deal_id, party.org_id, Capacity.adviser)
        with pytest.raises(NotFound):
            await deals.leave(m.OPERATOR, table.deal_id, party.org_id, reason="a party closes the deal instead")
    with pytest.raises(ValueError, match="settled"):
        await deals.join(m.OPERATOR, table.deal_id, other.org_id, Capacity.buyer)
    await m.sound()


async def test_joining_belongs_to_the_callers_unit_of_work(db):
    table, other = await m.market(), await m.acting("intermediary")
    before = await m.traces()

    async def join_and_fail() -> None:
        async with unit_of_work():
            await deals.join(m.OPERATOR, table.deal_id, other.org_id, Capacity.valuer)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await join_and_fail()
    assert await m.traces() == before


async def test_a_deal_goes_from_hand_to_hand_within_one_organisation(db, make_organisation, make_person):
    org, buyer = await make_organisation(kind="university"), await m.acting()
    owner = await make_person(role="owner", org=org)
    worker, viewer = await make_person(role="member", org=org), await make_person(role="viewer", org=org)
    stranger = await make_person()

    def as_(person, role) -> Actor:
        return Actor(person_id=person.id, org_id=org.id, role=role, person_name="Người Thử")

    table = await m.market(as_(owner, Role.owner), buyer)
    assert {c.person_id for c in await accounts.colleagues(org.id)} == {owner.id, worker.id}

    async def handler():
        return (await deals.access(buyer, table.deal_id)).participants[0].handler_id

    for who, refusal in (
        (Actor(), Unauthenticated),
        (as_(worker, Role.member), Forbidden),  # does not handle it
        (as_(viewer, Role.viewer), Forbidden),
        (await m.acting(), NotFound),
        (m.DEPARTMENT, Forbidden),
    ):
        with pytest.raises(refusal):
            await deals.hand_over(who, table.deal_id, HandOver(person_id=worker.id))
    for target in (viewer.id, stranger.id, buyer.person_id, new_id()):
        with pytest.raises(Invalid):
            await deals.hand_over(as_(owner, Role.owner), table.deal_id, HandOver(person_id=target))
    assert await handler() is None
    await deals.hand_over(as_(owner, Role.owner), table.deal_id, HandOver(person_id=worker.id))
    assert await handler() == worker.id
    await deals.hand_over(as_(worker, Role.member), table.deal_id, HandOver(person_id=owner.id))
    assert await handler() == owner.id
    results = await race(
        deals.hand_over(as_(owner, Role.owner), table.deal_id, HandOver(person_id=worker.id)),
        deals.hand_over(as_(owner, Role.owner), table.deal_id, HandOver(person_id=owner.id)),
    )
    assert not [r for r in results if isinstance(r, DomainError)]
    assert await handler() in (worker.id, owner.id)
    assert await m.scalar("SELECT count(*) FROM audit_entry WHERE action = 'deal.hand_over'") == 4
    await m.sound()
