"""The verbs of deals on PostgreSQL: interest, closing, reading, and what each refuses without a trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.deals import Side, deals
from app.deals.schemas import CloseDeal, ExpressInterest
from app.kit import clock
from app.kit.actor import ANONYMOUS, Actor, Role
from app.kit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import listings
from app.listings.schemas import CreateListing
from app.offers import offers
from app.platform.db import unit_of_work
from tests.support import market as m

WHY = CloseDeal(reason_code="price", reason="Giá vượt ngân sách năm nay.")


async def refused(error, verb, *, code=None):
    """The verb raises exactly `error`, and nothing moved."""
    before = await m.traces()
    with pytest.raises(error) as refusal:
        await verb
    assert type(refusal.value) is error
    assert code is None or refusal.value.code == code
    assert await m.traces() == before


async def test_interest_opens_a_deal_at_evidence_l0(db):
    seller, buyer = await m.acting("university"), await m.acting()
    listing_id = await m.publish(seller)
    with clock.frozen(clock.now()):
        deal_id = await m.open_deal(buyer, listing_id)
        view = await deals.read(buyer, deal_id)
        assert view.turn_until == clock.now() + timedelta(days=14)
    assert (view.side, view.turn, view.my_turn) == (Side.buyer, Side.seller, False)
    assert (view.status, view.evidence_level, view.message) == ("interested", 0, m.MESSAGE)
    assert view.reference.startswith("GD-")
    assert [(e.level, e.kind, e.status) for e in view.evidence] == [(0, "interest", "confirmed")]
    assert view.actions == ["close"]
    assert (await deals.read(seller, deal_id)).my_turn
    assert await m.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE '%express_interest'") == 1
    await m.sound()


async def test_who_may_not_express_interest(db):
    seller, buyer = await m.acting("university"), await m.acting()
    listing_id = await m.publish(seller)
    draft = await listings.create(seller, CreateListing(title_vi="Một bản nháp chưa gửi"))
    command = ExpressInterest(message=m.MESSAGE)
    for actor, target, error, code in [
        (ANONYMOUS, listing_id, Unauthenticated, None),
        (Actor(person_id=new_id()), listing_id, Forbidden, "deal.no_organisation"),
        (replace(buyer, role=Role.viewer), listing_id, Forbidden, "forbidden"),
        (replace(buyer, scopes=frozenset({"read"})), listing_id, Forbidden, "forbidden"),
        (seller, listing_id, Forbidden, "deal.own_listing"),
        (replace(seller, role=Role.viewer), listing_id, Forbidden, "deal.own_listing"),
        (buyer, draft, NotFound, None),
        (buyer, new_id(), NotFound, None),
    ]:
        await refused(error, deals.express_interest(actor, target, command), code=code)


async def test_a_listing_off_the_market_takes_no_interest(db):
    table = await m.agreed(exclusivity="exclusive")
    late = await m.acting()
    await refused(Conflict, m.open_deal(late, table.listing_id))
    await listings.suspend(m.OPERATOR, table.listing_id, "Cần kiểm tra lại hồ sơ.")
    await refused(NotFound, m.open_deal(late, table.listing_id))


async def test_a_lapsed_right_stops_interest_and_offers(db):
    table = await m.market()
    async with unit_of_work() as session:
        await session.execute(
            text(
                "INSERT INTO listing_right (listing_id, position, kind, office, status, expires)"
                " VALUES (:l, 0, 'invention', 'VN', 'granted', :d)"
            ),
            {"l": table.listing_id, "d": clock.today() - timedelta(days=1)},
        )
    await refused(Conflict, m.open_deal(await m.acting(), table.listing_id))
    await refused(Conflict, offers.send(table.seller, table.deal_id, m.proposal()))


async def test_a_second_interest_leads_to_the_live_deal_and_a_closed_one_to_a_new(db):
    table = await m.market()
    before = await m.traces()
    assert await m.open_deal(replace(table.buyer, person_id=new_id()), table.listing_id) == table.deal_id
    assert await m.traces() == before
    await deals.close(table.buyer, table.deal_id, WHY)
    again = await m.open_deal(table.buyer, table.listing_id)
    assert again != table.deal_id
    assert {d.status for d in (await deals.list(table.buyer)).items} == {"closed", "interested"}
    await m.sound()


async def test_reading_is_for_the_parties_the_operator_and_the_department(db):
    table, stranger = await m.market(), await m.acting()
    for actor in (
        stranger,
        ANONYMOUS,
        Actor(person_id=new_id()),
        Actor(person_id=new_id(), org_id=table.seller.org_id),
    ):
        await refused(NotFound, deals.read(actor, table.deal_id))
        await refused(NotFound, deals.timeline(actor, table.deal_id))
    assert (await deals.read(replace(table.buyer, role=Role.viewer), table.deal_id)).actions == []
    seq = await m.scalar("SELECT seq FROM audit_head")
    for actor in (m.OPERATOR, m.DEPARTMENT):
        view = await deals.read(actor, table.deal_id)
        assert (view.side, view.actions, view.my_turn) == (None, [], False)
    logged = await m.rows(
        "SELECT action, subject_id, entry::jsonb->>'person_id' FROM audit_entry WHERE seq > :s ORDER BY seq", s=seq
    )
    assert [tuple(r) for r in logged] == [
        ("deal.read", str(table.deal_id), str(actor.person_id)) for actor in (m.OPERATOR, m.DEPARTMENT)
    ]
    await deals.peek(table.deal_id)
    await deals.read(table.seller, table.deal_id)
    assert await m.scalar("SELECT seq FROM audit_head") == seq + 2


async def test_lists_hold_ones_own_deals_in_pages(db):
    seller, first, second = await m.acting("university"), await m.acting(), await m.acting()
    listing_id = await m.publish(seller)
    mine = await m.open_deal(first, listing_id)
    other = await m.open_deal(second, listing_id)
    assert [d.id for d in (await deals.list(first)).items] == [mine]
    assert [d.id for d in (await deals.list(seller)).items] == [other, mine]
    for actor in (m.OPERATOR, m.DEPARTMENT):
        assert {d.id for d in (await deals.list(actor)).items} == {mine, other}
    assert (await deals.list(await m.acting())).items == []
    assert (await deals.list(Actor(person_id=new_id(), org_id=seller.org_id))).items == []
    with pytest.raises(Unauthenticated):
        await deals.list(ANONYMOUS)
    one = await deals.list(seller, limit=1)
    two = await deals.list(seller, limit=1, cursor=one.next_cursor)
    assert [d.id for d in (*one.items, *two.items)] == [other, mine]
    assert two.next_cursor is None
    assert (await deals.list(seller, status="agreed")).items == []
    assert (await deals.list(seller, listing_id=new_id())).items == []
    assert (await deals.waiting(seller), await deals.waiting(first), await deals.waiting(ANONYMOUS)) == (2, 0, 0)
    assert await deals.totals() == (2, 0, 0)


async def test_closing_frees_the_listing_and_thaws_the_others(db, drain):
    table, rival = await m.market(), await m.acting()
    rivals_deal = await m.open_deal(rival, table.listing_id)
    rivals_offer = await m.send_offer(rival, rivals_deal, exclusivity="exclusive")
    won = await m.send_offer(table.seller, table.deal_id, exclusivity="exclusive")
    await offers.accept(table.buyer, won)
    assert (await offers.peek(rivals_offer)).status == "frozen"
    await refused(Conflict, offers.accept(table.seller, rivals_offer))

    await deals.close(table.buyer, table.deal_id, WHY)
    view = await deals.read(table.seller, table.deal_id)
    assert (view.status, view.turn, view.reason_code, view.actions) == ("closed", None, "price", [])
    assert (await deals.timeline(table.seller, table.deal_id)).items[-1].reason == WHY.reason
    # On the market again at once; the rights only when the closing is worked off.
    assert await m.scalar("SELECT status FROM listing") == "published"
    assert await m.scalar("SELECT binding FROM offer WHERE id = :o", o=won)
    await drain()
    assert not await m.scalar("SELECT binding FROM offer WHERE id = :o", o=won)
    assert (await offers.peek(rivals_offer)).status == "open"
    await offers.accept(table.seller, rivals_offer)
    assert await m.scalar("SELECT status FROM listing") == "reserved"
    await m.sound()


async def test_who_may_not_close(db):
    table = await m.market()
    for actor, error in [
        (ANONYMOUS, Unauthenticated),
        (await m.acting(), NotFound),
        (replace(table.buyer, role=Role.member), Forbidden),
        (replace(table.seller, role=Role.viewer), Forbidden),
        (m.OPERATOR, Forbidden),
        (m.DEPARTMENT, Forbidden),
    ]:
        await refused(error, deals.close(actor, table.deal_id, WHY))
    await deals.close(table.seller, table.deal_id, WHY)
    for side in Side:
        await refused(Conflict, deals.close(table.side(side), table.deal_id, WHY), code="deal.not_now")
        await refused(Conflict, offers.send(table.side(side), table.deal_id, m.proposal()))
    await m.sound()


async def test_a_closed_deal_has_no_turn_whatever_still_lies_there(db, drain):
    """Between closing and its follow-up the open offer lies there; nobody can answer or withdraw it into life."""
    table = await m.market()
    offer_id = await m.send_offer(table.seller, table.deal_id)
    await deals.close(table.buyer, table.deal_id, WHY)
    await refused(Conflict, offers.decline(table.buyer, offer_id, m.decline()))
    await refused(Conflict, offers.withdraw(table.seller, offer_id, m.withdraw()))
    await refused(Conflict, offers.accept(table.buyer, offer_id))
    await refused(Conflict, offers.counter(table.buyer, offer_id, m.proposal(upfront=3)))
    await drain()
    assert (await offers.peek(offer_id)).status == "lapsed"
    assert await m.scalar("SELECT turn FROM deal") is None
    await m.sound()
