"""Work that several people do, and work on a technology that no deal is about: ties are looked for all the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from app.deals import Capacity, Participant
from app.independence import independence
from app.independence.graph import Kind
from app.independence.schemas import Conflict as Tied
from app.independence.schemas import DecideFinding, Verdict
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict
from tests.independence.test_admission import declare, org
from tests.support import market
from tests.support.market import OPERATOR, acting, rows, scalar
from tests.support.people import Person

pytestmark = pytest.mark.usefixtures("db")
MakePerson = Callable[..., Awaitable[Person]]
V, AP = Capacity.valuer, Capacity.appraiser


async def over(listing_id: UUID, owner: Actor, who: Actor, *people: Person, capacity: Capacity = V) -> list[Tied]:
    side = Participant(org_id=org(owner), org_name="Bên có công nghệ", capacity=Capacity.seller, since=clock.now())
    return await independence.conflicts_over(listing_id, side, org(who), capacity, [p.id for p in people])


def said(found: list[Tied]) -> list[tuple[Kind, bool, Verdict]]:
    return [(c.kind, c.certain, c.verdict) for c in found]


@pytest.mark.parametrize("capacity", [V, AP])
async def test_who_holds_the_owner_does_not_work_on_its_technology(capacity: Capacity) -> None:
    owner, firm, stranger = await acting("university"), await acting("intermediary"), await acting("intermediary")
    listing_id = await market.publish(owner)
    assert await over(listing_id, owner, firm, capacity=capacity) == []
    await declare(firm, "shareholder", owner, percent="23.5")
    (tie,) = await over(listing_id, owner, firm, capacity=capacity)
    assert (tie.certain, tie.verdict, tie.other_org_id) == (True, Verdict.refuse, owner.org_id)
    assert "quan hệ sở hữu với bên chào bán" in tie.words.vi
    assert await over(listing_id, owner, stranger, capacity=capacity) == []
    assert await scalar("SELECT count(*) FROM conflict_finding") == 0, "who asks decides what follows"


async def test_the_people_who_would_work_are_asked_for_and_no_others(make_person: MakePerson) -> None:
    owner, firm = await acting("university"), await acting("intermediary")
    listing_id, other_listing = await market.publish(owner), await market.publish(owner)
    free, employed, inventor = [await make_person(None) for _ in range(3)]
    await declare(employed.actor, "employment", owner)
    await declare(inventor.actor, "other", None, listing_id=listing_id)
    assert await over(listing_id, owner, firm, free) == []
    (tie,) = await over(listing_id, owner, firm, free, employed)
    assert (tie.certain, tie.verdict, tie.other_capacity) == (True, Verdict.refuse, Capacity.seller)
    (interest,) = await over(listing_id, owner, firm, inventor)
    assert (interest.certain, interest.verdict, interest.other_org_id) == (True, Verdict.refuse, None)
    assert await over(other_listing, owner, firm, inventor) == [], "an interest in one technology is not in another"


async def test_an_equal_name_is_only_possible(make_person: MakePerson) -> None:
    owner, firm = await acting("university"), await acting("intermediary")
    listing_id = await market.publish(owner)
    namesake = await make_person(None, name="Nguyễn Thị Trùng")
    await declare(owner, "key_person", "PGS.TS. Nguyễn Thị Trùng")
    (tie,) = await over(listing_id, owner, firm, namesake)
    assert (tie.certain, tie.verdict) == (False, Verdict.refuse)
    assert "Trùng" not in tie.words.vi
    again = await over(listing_id, owner, firm, namesake)
    assert [c.key for c in again] == [tie.key], "a decision about a tie is found again by its key"
    assert await scalar("SELECT count(*) FROM conflict_finding") == 0


# --- a deal: those who would work beside the handler ---


async def seat(table: Any, who: Actor, handler: Person, *also: Person) -> None:
    await independence.admit(OPERATOR, table.deal_id, org(who), AP, handler_id=handler.id, also=[p.id for p in also])


async def test_who_works_beside_the_handler_is_looked_at_as_well(make_person: MakePerson) -> None:
    table, firm = await market.market(), await acting("intermediary")
    handler, employed = await make_person(None), await make_person(None)
    await declare(employed.actor, "employment", table.buyer)
    with pytest.raises(Conflict) as error:
        await seat(table, firm, handler, employed)
    assert error.value.code == "independence.related"
    assert "bên mua" in error.value.text.vi
    found = await independence.conflicts(table.deal_id, org(firm), AP, handler.id, [employed.id])
    assert [c.key for c in found] == [
        c.key
        for c in await independence.conflicts(table.deal_id, org(firm), AP, employed.id, [handler.id, employed.id])
    ], "in which place somebody stands, and how often, makes no difference"
    assert await independence.conflicts(table.deal_id, org(firm), AP, handler.id) == []
    await seat(table, firm, handler)
    seated = await rows("SELECT handler_id FROM deal_participant WHERE capacity = 'appraiser' AND until IS NULL")
    assert seated == [(handler.id,)]


async def test_a_possible_tie_of_one_beside_the_handler_waits_for_the_operator(make_person: MakePerson) -> None:
    table, firm = await market.market(), await acting("intermediary")
    handler, namesake = await make_person(None), await make_person(None, name="Lê Văn Giống")
    await declare(table.seller, "key_person", "Lê Văn Giống")
    for _ in range(2):
        with pytest.raises(Conflict) as error:
            await seat(table, firm, handler, namesake)
        assert error.value.code == "independence.undecided"
    ((finding, status),) = await rows("SELECT id, status FROM conflict_finding")
    assert status == "open"
    await independence.clear(OPERATOR, finding, DecideFinding(reason="Hai người khác nhau, đã đối chiếu năm sinh."))
    await seat(table, firm, handler, namesake)
    assert await independence.recheck(table.deal_id) == 0
    assert await rows("SELECT status FROM conflict_finding") == [("cleared",)]
