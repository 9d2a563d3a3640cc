"""Agreed terms lock, are opened with a reason, and free rights come back: the verbs on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.deals import Capacity, deals
from app.deals.schemas import CloseDeal
from app.kit import clock
from app.kit.errors import Conflict, Forbidden, Invalid
from app.offers import offers
from tests.deals.test_deals import refused
from tests.offers.test_database import forbidden
from tests.support import market as m

WHY = "Giá vật tư đã tăng từ tháng trước."


async def test_a_locked_term_is_changed_with_a_reason_only(db):
    table = await m.market()
    first = await m.send_offer(table.seller, table.deal_id)
    second = await offers.counter(table.buyer, first, m.proposal(upfront=1))
    room = await offers.room_view(table.seller, table.deal_id)
    assert {"term_years", "mode", "royalty_percent"} <= set(room.agreed)
    assert "upfront" not in room.agreed
    silent = m.proposal(upfront=2, term_years=9, training_days=11)
    await refused(Invalid, offers.counter(table.seller, second, silent), code="offer.locked")
    with pytest.raises(Invalid) as refusal:
        await offers.counter(table.seller, second, silent)
    assert list(refusal.value.fields) == ["unlock.term_years", "unlock.training_days"]
    assert all(t.vi and t.en for t in refusal.value.fields.values())
    half = m.proposal(upfront=2, term_years=9, training_days=11, unlock={"term_years": WHY, "training_days": "vì"})
    await refused(Invalid, offers.counter(table.seller, second, half), code="offer.locked")
    said = m.proposal(upfront=2, term_years=9, unlock={"term_years": WHY, "upfront": "không khóa, không cần"})
    await offers.counter(table.seller, second, said)
    room = await offers.room_view(table.buyer, table.deal_id)
    assert [(u.term, u.reason) for u in room.newest.unlocked] == [("term_years", WHY)]
    assert [(c.term, c.before, c.after) for c in room.newest.changes] == [("term_years", 5, 9), ("upfront", 1, 2)]
    assert "term_years" not in room.agreed
    await m.sound()


async def test_single_terms_are_agreed_to_on_the_others_offer(db):
    table = await m.market()
    offer_id = await m.send_offer(table.seller, table.deal_id, goods=None)
    for bad in ([], ["goods"], ["no_such_term"], ["upfront", "goods"]):
        await refused(Invalid, offers.accept_terms(table.buyer, offer_id, m.agreeing(*bad)))
    await refused(Forbidden, offers.accept_terms(table.seller, offer_id, m.agreeing("upfront")), code="offer.own")
    await offers.accept_terms(table.buyer, offer_id, m.agreeing("upfront", "mode"))
    await refused(Conflict, offers.accept_terms(table.buyer, offer_id, m.agreeing("mode")), code="offer.already_agreed")
    room = await offers.room_view(table.seller, table.deal_id)
    assert [(k.term, k.marked, k.round) for k in room.locks] == [("mode", True, 1), ("upfront", True, 1)]
    assert room.deal.turn == "buyer", "the turn stays"
    await refused(Invalid, offers.counter(table.buyer, offer_id, m.proposal(upfront=9)), code="offer.locked")
    counter = await offers.counter(table.buyer, offer_id, m.proposal(term_years=4))
    assert counter
    # Taken back, the sheet says nothing; what was marked on the sheet before stays.
    await offers.withdraw(table.buyer, counter, m.withdraw("price", "Xin tính lại."))
    assert [k.term for k in (await offers.room_view(table.seller, table.deal_id)).locks] == ["mode", "upfront"]
    await refused(Invalid, offers.send(table.seller, table.deal_id, m.proposal(upfront=3)), code="offer.locked")
    timeline = (await offers.room_view(table.seller, table.deal_id)).timeline
    taken = [e for e in timeline if e.action == "withdraw"]
    assert [(e.reason_code, e.reason) for e in taken] == [("price", "Xin tính lại.")]
    await m.sound()


async def test_withdrawing_takes_a_coded_reason(db):
    table = await m.market()
    offer_id = await m.send_offer(table.seller, table.deal_id)
    await refused(Invalid, offers.withdraw(table.seller, offer_id, m.withdraw("because")))


@pytest.mark.parametrize("what", ["offer_mark SET term = 'x'", "offer_unlock SET reason = 'khác'"])
async def test_marks_and_reasons_are_kept(db, what):
    table = await m.market()
    first = await m.send_offer(table.seller, table.deal_id)
    await offers.accept_terms(table.buyer, first, m.agreeing("upfront"))
    await offers.counter(table.buyer, first, m.proposal(upfront=9, unlock={"upfront": WHY}))
    await forbidden(f"UPDATE {what}", "append-only")
    await forbidden(f"DELETE FROM {what.split()[0]}", "append-only")


async def test_a_broker_reads_the_terms_and_cannot_act(db):
    table, broker, valuer = await m.market(), await m.acting("intermediary"), await m.acting("intermediary")
    await deals.join(m.OPERATOR, table.deal_id, broker.org_id, Capacity.buyer_broker)
    await deals.join(m.OPERATOR, table.deal_id, valuer.org_id, Capacity.valuer)
    offer_id = await m.send_offer(table.seller, table.deal_id)
    room = await offers.room_view(broker, table.deal_id)
    assert [(o.id, o.actions) for o in room.offers] == [(offer_id, [])]
    assert (room.may_send, room.may_propose_memorandum, room.approvals) == (False, False, [])
    assert (await offers.room_view(valuer, table.deal_id)).offers == []
    for verb in (
        offers.accept_terms(broker, offer_id, m.agreeing("mode")),
        offers.counter(broker, offer_id, m.proposal(upfront=1)),
    ):
        await refused(Forbidden, verb)


# --- rights in parts ---


async def test_what_a_closed_deal_held_is_free_again_and_its_rivals_open(db, drain):
    seller = await m.acting("university")
    listing_id = await m.publish(seller)
    sent = {}
    for place in ("VN-01", "VN-79", "VN"):
        buyer = await m.acting()
        deal_id = await m.open_deal(buyer, listing_id)
        offer_id = await m.send_offer(buyer, deal_id, exclusivity="exclusive", territory=[place])
        sent[place] = (buyer, deal_id, offer_id)
    await offers.accept(seller, sent["VN-79"][2])
    states = {place: (await offers.peek(o)).status for place, (_, _, o) in sent.items()}
    assert states == {"VN-01": "open", "VN-79": "accepted", "VN": "frozen"}
    assert await m.scalar("SELECT status FROM listing") == "published"
    await m.sound()
    await deals.close(seller, sent["VN-79"][1], CloseDeal(reason_code="other"))
    await drain()
    assert (await offers.peek(sent["VN"][2])).status == "open"
    await offers.accept(seller, sent["VN"][2])
    assert await m.scalar("SELECT status FROM listing") == "reserved"
    assert (await offers.peek(sent["VN-01"][2])).status == "frozen"
    await drain()
    await m.sound()


async def test_parts_that_make_the_whole_take_the_listing_until_one_is_free(db, drain):
    seller = await m.acting("university")
    listing_id = await m.publish(
        seller, offers=[{"mode": "licence", "price_policy": "negotiable", "territory": ["VN", "LA"]}]
    )
    held = {}
    for place in ("LA", "VN"):
        buyer = await m.acting()
        held[place] = await m.open_deal(buyer, listing_id)
        offer_id = await m.send_offer(buyer, held[place], exclusivity="sole", territory=[place])
        await offers.accept(seller, offer_id)
    assert await m.scalar("SELECT status FROM listing") == "reserved"
    assert await m.scalar("SELECT id FROM deal WHERE holds_listing") == held["VN"]
    await m.sound()
    # The one that does not hold the listing ends: its part is free, and the listing with it.
    await deals.close(seller, held["LA"], CloseDeal(reason_code="other"))
    await drain()
    assert await m.scalar("SELECT status FROM listing") == "published"
    assert await m.scalar("SELECT count(*) FROM deal WHERE holds_listing") == 0
    await m.sound()
    again = await m.acting()
    deal_id = await m.open_deal(again, listing_id)
    await offers.accept(seller, await m.send_offer(again, deal_id, exclusivity="exclusive", territory=["LA"]))
    assert await m.scalar("SELECT status FROM listing") == "reserved"
    await drain()
    await m.sound()


async def test_fields_of_use_split_the_rights_too(db):
    seller = await m.acting("university")
    listing_id = await m.publish(seller)
    for fields, taken in ((["ford:2"], False), (["ford:4"], False), (["ford:2.7"], True), ([], True)):
        buyer = await m.acting()
        deal_id = await m.open_deal(buyer, listing_id)
        offer_id = await m.send_offer(seller, deal_id, exclusivity="exclusive", fields=fields)
        room = await offers.room_view(buyer, deal_id)
        assert (room.taken is not None) == taken
        if taken:
            await refused(Conflict, offers.accept(buyer, offer_id), code="offer.rights_taken")
        else:
            await offers.accept(buyer, offer_id)
    await m.sound()


# --- reminders ---


async def test_the_side_whose_turn_it_is_is_reminded_three_days_and_one_day_before(db, drain, mails, make_person):
    seller, buyer = await make_person("owner"), await make_person("owner")
    table = await m.market(seller.actor, buyer.actor)
    offer_id = await m.send_offer(table.seller, table.deal_id, valid_days=14)
    end = (await offers.peek(offer_id)).valid_until
    await drain()
    told = 0
    for before, reminded in (
        (timedelta(days=4), 0),
        (timedelta(days=3), 1),
        (timedelta(days=2), 0),
        (timedelta(days=1), 1),
    ):
        with clock.frozen(end - before):
            assert await offers.remind_due() == reminded
            assert await offers.remind_due() == 0
            await drain()
        told += reminded
        assert [x.to for x in mails() if "sắp hết hạn" in x.subject] == [buyer.email] * told
    with clock.frozen(end + timedelta(minutes=1)):
        assert await offers.remind_due() == 0


async def test_no_reminder_of_what_was_short_from_the_start_and_one_after_an_outage(db):
    table = await m.market()
    short = await m.send_offer(table.seller, table.deal_id, valid_days=1)
    assert await offers.remind_due() == 0
    await offers.withdraw(table.seller, short, m.withdraw())
    long = await m.send_offer(table.seller, table.deal_id, valid_days=14)
    with clock.frozen((await offers.peek(long)).valid_until - timedelta(hours=2)):
        assert await offers.remind_due() == 1
        assert await offers.remind_due() == 0
