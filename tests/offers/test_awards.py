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
