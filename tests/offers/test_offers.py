"""The verbs of offers on PostgreSQL: rounds, answers, expiry, freezing, and what each refuses without a trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.deals import Side, deals
from app.deals.schemas import CloseDeal
from app.kit import clock
from app.kit.actor import ANONYMOUS, Actor, Role
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.listings import listings
from app.offers import offers
from tests.deals.test_deals import refused
from tests.support import market as m

CLOSE = CloseDeal(reason_code="other")


async def listing_status() -> str:
    return await m.scalar("SELECT status FROM listing")


async def test_rounds_go_back_and_forth_until_accepted(db):
    table = await m.market()
    first = await m.send_offer(table.buyer, table.deal_id, upfront=100, note="Mức đầu tiên")
    room = await offers.room_view(table.seller, table.deal_id)
    assert (room.deal.status, room.deal.turn, room.may_send) == ("negotiating", Side.seller, False)
    assert {c.kind for c in room.difference} == {"added"}
    assert room.agreed == []
    assert room.current.actions == ["accept", "counter", "accept_terms", "decline"]
    assert room.current.note == "Mức đầu tiên"

    second = await offers.counter(table.seller, first, m.proposal(upfront=300, exclusivity="exclusive"))
    third = await offers.counter(table.buyer, second, m.proposal(upfront=200, exclusivity="exclusive"))
    room = await offers.room_view(table.seller, table.deal_id)
    assert [(o.round, o.side, o.status) for o in room.offers] == [
        (1, Side.buyer, "countered"),
        (2, Side.seller, "countered"),
        (3, Side.buyer, "open"),
    ]
    assert [c.term for c in room.difference if c.kind != "same"] == ["upfront"]
    assert "upfront" not in room.agreed
    assert "exclusivity" in room.agreed
    assert room.newest.changed == ["upfront"]
    far = await offers.room_view(table.seller, table.deal_id, against=1)
    assert [(c.term, c.before, c.after) for c in far.difference if c.kind != "same"] == [
        ("exclusivity", "non_exclusive", "exclusive"),
        ("upfront", 100, 200),
    ]

    await offers.accept(table.seller, third)
    deal = await deals.read(table.buyer, table.deal_id)
    assert (deal.status, deal.turn, deal.evidence_level, deal.agreed_value) == ("agreed", None, 1, 200)
    assert deal.agreed_offer_id == third
    assert (
        deal.evidence[-1].sha256
        == (await offers.peek(third)).terms_hash
        == m.terms(upfront=200, exclusivity="exclusive").hash()
    )
    assert await listing_status() == "reserved"
    actions = [(e.workflow, e.action, e.side) for e in (await offers.room_view(table.buyer, table.deal_id)).timeline]
    assert actions == [
        ("deal", "express_interest", Side.buyer),
        ("offer", "send", Side.buyer),
        ("deal", "negotiate", Side.buyer),
        ("offer", "counter", Side.seller),
        ("offer", "send", Side.seller),
        ("offer", "counter", Side.buyer),
        ("offer", "send", Side.buyer),
        ("offer", "accept", Side.seller),
        ("deal", "agree", Side.seller),
    ]
    await m.sound()


async def test_a_non_exclusive_licence_leaves_the_listing_on_the_market(db):
    table, rival = await m.market(), await m.acting()
    other = await m.open_deal(rival, table.listing_id)
    theirs = await m.send_offer(rival, other)
    await offers.accept(table.buyer, await m.send_offer(table.seller, table.deal_id))
    assert await listing_status() == "published"
    assert (await offers.peek(theirs)).status == "open"
    await offers.accept(table.seller, theirs)
    # A third cannot have it for himself alone any more, but may join the others.
    third = await m.acting()
    deal_id = await m.open_deal(third, table.listing_id)
    alone = await m.send_offer(table.seller, deal_id, exclusivity="sole")
    await refused(Conflict, offers.accept(third, alone), code="offer.rights_taken")
    await offers.accept(table.seller, await offers.counter(third, alone, m.proposal()))
    assert await m.scalar("SELECT count(*) FROM deal WHERE status = 'agreed' AND NOT holds_listing") == 3
    await m.sound()


async def test_who_may_not_send_or_answer(db):
    table, stranger = await m.market(), await m.acting()
    nobodies = [
        (ANONYMOUS, NotFound),
        (stranger, NotFound),
        (Actor(person_id=new_id(), org_id=table.seller.org_id), NotFound),
        (replace(table.buyer, role=Role.member), Forbidden),
        (replace(table.buyer, role=Role.viewer), Forbidden),
        (replace(table.buyer, scopes=frozenset({"read"})), Forbidden),
    ]
    for actor, error in nobodies:
        await refused(error, offers.send(actor, table.deal_id, m.proposal()))
    offer_id = await m.send_offer(table.seller, table.deal_id)
    for actor, error in nobodies:
        for verb in (
            offers.accept(actor, offer_id),
            offers.counter(actor, offer_id, m.proposal(upfront=1)),
            offers.decline(actor, offer_id, m.decline()),
            offers.withdraw(actor, offer_id, m.withdraw()),
        ):
            await refused(error, verb)
    for actor in (m.OPERATOR, m.DEPARTMENT):  # they may look (and the look is written down), never act
        before = (await m.traces())[:6]
        for verb in (offers.accept(actor, offer_id), offers.withdraw(actor, offer_id, m.withdraw())):
            try:
                await verb
            except Forbidden:
                continue
            raise AssertionError("an onlooker acted")
        assert (await m.traces())[:6] == before
    for missing in (offers.accept(table.buyer, new_id()), offers.withdraw(table.buyer, new_id(), m.withdraw())):
        await refused(NotFound, missing)


async def test_turns_are_kept(db):
    table = await m.market()
    offer_id = await m.send_offer(table.seller, table.deal_id)
    await refused(Forbidden, offers.accept(table.seller, offer_id), code="offer.own")
    await refused(Forbidden, offers.counter(table.seller, offer_id, m.proposal(upfront=1)), code="offer.own")
    await refused(Forbidden, offers.decline(table.seller, offer_id, m.decline()), code="offer.own")
    await refused(Forbidden, offers.withdraw(table.buyer, offer_id, m.withdraw()), code="offer.not_own")
    for actor in (table.seller, table.buyer):
        await refused(Conflict, offers.send(actor, table.deal_id, m.proposal()), code="offer.not_your_turn")
    await refused(Invalid, offers.counter(table.buyer, offer_id, m.proposal()), code="offer.nothing_changed")
    await refused(Invalid, offers.decline(table.buyer, offer_id, m.decline("because")))


async def test_declined_and_withdrawn_offers_leave_the_table_free(db):
    table = await m.market()
    first = await m.send_offer(table.seller, table.deal_id)
    await offers.decline(table.buyer, first, m.decline("price", "Hãy giảm phần trả trước."))
    deal = await deals.read(table.seller, table.deal_id)
    assert (deal.status, deal.turn) == ("negotiating", Side.seller)
    said = (await deals.timeline(table.seller, table.deal_id, (first,))).items[-1]
    assert (said.action, said.reason_code, said.reason) == ("decline", "price", "Hãy giảm phần trả trước.")
    assert (await offers.room_view(table.buyer, table.deal_id)).may_send
    second = await m.send_offer(table.buyer, table.deal_id)
    await offers.withdraw(table.buyer, second, m.withdraw())
    assert (await deals.read(table.seller, table.deal_id)).turn == Side.buyer
    third = await m.send_offer(table.seller, table.deal_id)
    assert [o.round for o in (await offers.of_deal(table.buyer, table.deal_id)).items] == [1, 2, 3]
    for answered in (first, second):
        for verb in (
            offers.accept(table.buyer if answered == first else table.seller, answered),
            offers.withdraw(table.seller if answered == first else table.buyer, answered, m.withdraw()),
        ):
            await refused(Conflict, verb, code="offer.not_now")
    assert (await offers.peek(third)).status == "open"
    await m.sound()


async def test_terms_are_read_by_the_parties_and_the_operator_only(db):
    table = await m.market()
    offer_id = await m.send_offer(table.seller, table.deal_id)
    for actor in (table.seller, replace(table.buyer, role=Role.viewer), m.OPERATOR):
        room = await offers.room_view(actor, table.deal_id)
        assert [o.id for o in room.offers] == [offer_id]
        assert room.difference
    assert room.offers[0].actions == []
    department = await offers.room_view(m.DEPARTMENT, table.deal_id)
    assert (department.offers, department.difference, department.agreed) == ([], [], [])
    assert [e.action for e in department.timeline] == ["express_interest", "send", "negotiate"]
    await refused(NotFound, offers.room_view(await m.acting(), table.deal_id))
    await refused(NotFound, offers.deal_of(await m.acting(), offer_id))
    assert await offers.deal_of(table.buyer, offer_id) == table.deal_id


# --- time ---


async def test_expiry_gives_the_turn_back_to_the_sender(db):
    table = await m.market()
    offer_id = await m.send_offer(table.seller, table.deal_id, valid_days=3)
    end = (await offers.peek(offer_id)).valid_until
    assert (await deals.read(table.buyer, table.deal_id)).turn_until == end
    with clock.frozen(end - timedelta(seconds=1)):
        assert await offers.expire_due() == 0
    with clock.frozen(end):
        await refused(Conflict, offers.accept(table.buyer, offer_id), code="offer.expired")
        await refused(Conflict, offers.counter(table.buyer, offer_id, m.proposal(upfront=1)), code="offer.expired")
        await refused(Conflict, offers.decline(table.buyer, offer_id, m.decline()), code="offer.expired")
        assert (await offers.expire_due(), await offers.expire_due()) == (1, 0)
        deal = await deals.read(table.seller, table.deal_id)
        assert (deal.status, deal.turn) == ("negotiating", Side.seller)
        assert (await offers.peek(offer_id)).status == "expired"
        await m.send_offer(table.buyer, table.deal_id)
    await m.sound()


async def test_a_frozen_offer_may_be_withdrawn_expires_and_thaws_in_time_only(db, drain):
    table = await m.market()
    sent = {}
    for name, days in (("withdrawn", 14), ("expired", 1), ("open", 14), ("late", 2)):
        rival = await m.acting()
        deal_id = await m.open_deal(rival, table.listing_id)
        sent[name] = (rival, await m.send_offer(rival, deal_id, valid_days=days))
    await offers.accept(table.buyer, await m.send_offer(table.seller, table.deal_id, exclusivity="exclusive"))
    assert {(await offers.peek(o)).status for _, o in sent.values()} == {"frozen"}
    for verb in (offers.accept, lambda a, o: offers.counter(a, o, m.proposal(upfront=1))):
        await refused(Conflict, verb(table.seller, sent["open"][1]), code="offer.not_now")
    await offers.withdraw(*sent["withdrawn"], m.withdraw())
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        assert await offers.expire_due() == 1
    with clock.frozen(clock.now() + timedelta(days=2, minutes=1)):
        await deals.close(table.seller, table.deal_id, CLOSE)
        await offers.lapse_of(table.deal_id)
        await offers.thaw(table.listing_id)  # as its job would, at that time
        assert await offers.expire_due() == 1
    found = {name: (await offers.peek(o)).status for name, (_, o) in sent.items()}
    assert found == {"withdrawn": "withdrawn", "expired": "expired", "open": "open", "late": "expired"}
    turn = "SELECT d.turn FROM deal d JOIN offer o ON o.deal_id = d.id WHERE o.id = :o"
    assert await m.scalar(turn, o=sent["open"][1]) == "seller"
    assert await m.scalar(turn, o=sent["late"][1]) == "buyer"
    await drain()
    await m.sound()


# --- the listing under a deal ---


async def test_a_suspended_listing_goes_back_to_the_deal_that_holds_it(db, drain):
    table, rival = await m.market(), await m.acting()
    other = await m.open_deal(rival, table.listing_id)
    theirs = await m.send_offer(rival, other)
    await offers.accept(table.buyer, await m.send_offer(table.seller, table.deal_id, exclusivity="exclusive"))
    await listings.suspend(m.OPERATOR, table.listing_id, "Cần kiểm tra lại hồ sơ.")
    await drain()
    await m.sound()
    await listings.restore(m.OPERATOR, table.listing_id)
    await refused(Conflict, offers.accept(table.seller, theirs))
    await drain()
    assert await listing_status() == "reserved"
    assert (await offers.peek(theirs)).status == "frozen"
    await m.sound()
    await deals.close(table.buyer, table.deal_id, CLOSE)
    await drain()
    assert await listing_status() == "published"
    assert (await offers.peek(theirs)).status == "open"
    await m.sound()


async def test_a_deal_may_be_closed_while_its_listing_is_suspended(db, drain):
    table = await m.agreed(exclusivity="exclusive")
    await listings.suspend(m.OPERATOR, table.listing_id, "Cần kiểm tra lại hồ sơ.")
    await deals.close(table.buyer, table.deal_id, CLOSE)
    await drain()
    assert await listing_status() == "suspended"
    await listings.restore(m.OPERATOR, table.listing_id)
    await drain()
    assert await listing_status() == "published"
    await m.sound()


async def test_an_archived_listing_ends_no_talks_but_takes_no_agreement(db):
    table = await m.market()
    offer_id = await m.send_offer(table.seller, table.deal_id)
    await listings.archive(table.seller, table.listing_id)
    await refused(Conflict, offers.accept(table.buyer, offer_id), code="listing.not_offered")
    await refused(Conflict, offers.counter(table.buyer, offer_id, m.proposal(upfront=1)), code="listing.not_offered")
    await offers.decline(table.buyer, offer_id, m.decline())
    await deals.close(table.buyer, table.deal_id, CLOSE)
    await m.sound()
