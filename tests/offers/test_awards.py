"""What a public round decided becomes an agreed deal."""

from __future__ import annotations

import asyncio

import pytest

from app.deals import deals
from app.kit.actor import system
from app.kit.errors import Conflict, DomainError, Forbidden
from app.offers import offers
from app.platform.db import unit_of_work
from tests.deals.test_deals import refused
from tests.support import market as m

ROUND = system("Vòng niêm yết công khai")
WHY = {"reason": "Trả giá cao nhất trong vòng công khai.", "source": "round:1"}


async def test_an_award_opens_the_deal_and_agrees_it(db, drain):
    seller, buyer, rival = await m.acting("university"), await m.acting(), await m.acting()
    listing_id = await m.publish(seller)
    other = await m.open_deal(rival, listing_id)
    theirs = await m.send_offer(rival, other)
    async with unit_of_work():
        deal_id = await offers.award(ROUND, listing_id, buyer.org_id, m.terms(exclusivity="exclusive"), **WHY)
    deal = await deals.read(buyer, deal_id)
    assert (deal.status, deal.evidence_level, deal.turn, deal.agreed_value) == ("agreed", 1, None, 500_000_000)
    room = await offers.room_view(seller, deal_id)
    assert [(o.side, o.status, o.note) for o in room.offers] == [("buyer", "accepted", WHY["reason"])]
    assert await m.scalar("SELECT status FROM listing") == "reserved"
    assert (await offers.peek(theirs)).status == "frozen"
    await drain()
    await m.sound()


async def test_an_award_goes_into_the_deal_that_lives_and_replaces_what_lies_there(db):
    table = await m.market()
    lying = await m.send_offer(table.seller, table.deal_id)
    deal_id = await offers.award(ROUND, table.listing_id, table.buyer.org_id, m.terms(upfront=7), **WHY)
    assert deal_id == table.deal_id
    assert [(o.id == lying, o.status) for o in (await offers.of_deal(table.buyer, deal_id)).items] == [
        (True, "lapsed"),
        (False, "accepted"),
    ]
    assert await m.scalar("SELECT status FROM listing") == "published"
    await m.sound()


async def test_what_cannot_be_awarded(db):
    table = await m.agreed(exclusivity="exclusive")
    other = await m.acting()
    await refused(Conflict, offers.award(ROUND, table.listing_id, other.org_id, m.terms(), **WHY))
    free = await m.market()
    await refused(Forbidden, offers.award(ROUND, free.listing_id, free.seller.org_id, m.terms(), **WHY))
    done = await m.agreed()
    await refused(Conflict, offers.award(ROUND, done.listing_id, done.buyer.org_id, m.terms(), **WHY))


async def test_an_award_is_all_or_nothing_of_its_caller(db):
    seller, buyer = await m.acting("university"), await m.acting()
    listing_id = await m.publish(seller)
    before = await m.traces()

    async def called_off() -> None:
        async with unit_of_work():
            await offers.award(ROUND, listing_id, buyer.org_id, m.terms(), **WHY)
            raise RuntimeError("the round was called off")

    with pytest.raises(RuntimeError, match="the round was called off"):
        await called_off()
    assert await m.traces() == before


async def test_ten_awards_of_one_exclusive_right(db):
    seller = await m.acting("university")
    listing_id = await m.publish(seller)
    buyers = [await m.acting() for _ in range(10)]
    results = await asyncio.gather(
        *(offers.award(ROUND, listing_id, b.org_id, m.terms(exclusivity="sole"), **WHY) for b in buyers),
        return_exceptions=True,
    )
    refusals = [r for r in results if isinstance(r, BaseException)]
    assert len(refusals) == 9
    assert all(isinstance(r, DomainError) and isinstance(r, Conflict) for r in refusals)
    await m.sound()


# Exclusive grants over split scopes: (territory, fields of use) of two, and whether they meet.
SPLITS = [
    (["VN-79"], [], ["LA"], [], False),
    (["VN-79"], [], ["VN-01"], [], False),
    (["VN"], [], ["VN-79"], [], True),
    (["WO"], [], ["LA"], [], True),
    (["VN"], ["ford:2.7"], ["VN"], ["ford:4.1"], False),
    (["VN"], ["ford:2"], ["VN"], ["ford:2.7"], True),
    (["VN-79"], ["ford:2.7"], ["LA"], ["ford:2.7"], False),
    (["VN"], ["ford:2.7"], ["VN"], [], True),
    (["VN"], ["ford:2.7"], ["VN"], ["vsic:C"], True),  # two classifications cannot be compared
]


@pytest.mark.parametrize("first", ["award", "accept"])
@pytest.mark.parametrize(("place", "use", "other_place", "other_use", "meet"), SPLITS)
async def test_split_scopes_are_granted_side_by_side_and_never_twice(
    db, first, place, use, other_place, other_use, meet
):
    """One half by a round's award, the other by an offer accepted, in either order: both when they do not meet, else
    the first alone; what was open and meets is frozen, what does not meet stays open."""
    seller, one, two = await m.acting("university"), await m.acting(), await m.acting()
    listing_id = await m.publish(seller)
    deals_of = [await m.open_deal(who, listing_id) for who in (one, two)]
    won = {"exclusivity": "exclusive", "territory": place, "fields": use}
    asked = {"exclusivity": "exclusive", "territory": other_place, "fields": other_use}
    lying = await m.send_offer(two, deals_of[1], **asked)

    async def awarded() -> None:
        await offers.award(ROUND, listing_id, one.org_id, m.terms(**won), **WHY)

    if first == "award":
        await awarded()
        assert (await offers.peek(lying)).status == ("frozen" if meet else "open")
        if meet:
            await refused(Conflict, offers.accept(seller, lying))
        else:
            await offers.accept(seller, lying)
    else:
        await offers.accept(seller, lying)
        if meet:
            await refused(Conflict, awarded())
        else:
            await awarded()
    held = await m.rows("SELECT scope_territory, scope_fields FROM offer WHERE status = 'accepted'")
    assert len(held) == (1 if meet else 2)
    assert await m.scalar("SELECT count(*) FROM deal WHERE status = 'agreed'") == len(held)
    await m.sound()


async def test_an_award_and_an_accept_that_meet_end_one_way(db):
    """Both at once, over a province and its country: one is granted, the other told why."""
    seller, one, two = await m.acting("university"), await m.acting(), await m.acting()
    listing_id = await m.publish(seller)
    deal_id = await m.open_deal(two, listing_id)
    lying = await m.send_offer(two, deal_id, exclusivity="exclusive", territory=["VN-79"])
    sheet = m.terms(exclusivity="exclusive", territory=["VN"])
    done = await asyncio.gather(
        offers.award(ROUND, listing_id, one.org_id, sheet, **WHY), offers.accept(seller, lying), return_exceptions=True
    )
    assert sum(isinstance(d, DomainError) for d in done) == 1
    assert all(isinstance(d, Conflict) for d in done if isinstance(d, Exception))
    assert await m.scalar("SELECT count(*) FROM offer WHERE status = 'accepted'") == 1
    await m.sound()
