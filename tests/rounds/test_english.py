"""The English auction: who may bid, when, and what becomes of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from app.kit.actor import ANONYMOUS
from app.kit.errors import Conflict, DomainError, Forbidden, NotFound, Unauthenticated
from app.listings import listings
from app.offers import offers
from app.rounds import english, participants, planning, rounds, running
from app.rounds.schemas import ApplyToRound, Why
from tests.rounds import hall as h
from tests.support import market as m


async def refused(verb: Any, kind: type[DomainError], code: str, hall: h.Hall) -> None:
    """The refusal, and that nothing happened."""
    before = await trace(hall)
    with pytest.raises(kind) as found:
        await verb
    assert found.value.code == code
    assert await trace(hall) == before


async def trace(hall: h.Hall) -> tuple[Any, ...]:
    row = await m.row(
        "SELECT (SELECT md5(r::text) FROM public_round r WHERE id = :r), (SELECT count(*) FROM round_bid),"
        " (SELECT count(*) FROM round_price), (SELECT seq FROM audit_head), (SELECT count(*) FROM procrastinate_jobs)",
        r=hall.round_id,
    )
    return tuple(row)


async def test_bids_are_refused_with_their_reason(db):
    hall = await h.announced()
    first, second, third = hall.bidders
    stranger = await h.verified()
    bid = h.offer(1000)
    await refused(english.bid(first, hall.round_id, bid), Conflict, "round.not_yet", hall)
    await hall.pass_time(hours=1, seconds=1)
    await running.advance(hall.round_id)

    await refused(english.bid(ANONYMOUS, hall.round_id, bid), Unauthenticated, "sign_in_required", hall)
    await refused(english.bid(hall.seller, hall.round_id, bid), Forbidden, "round.own", hall)
    await refused(english.bid(stranger, hall.round_id, bid), Forbidden, "round.not_admitted", hall)
    viewer = replace(first, role=m.Role.viewer)
    await refused(english.bid(viewer, hall.round_id, bid), Forbidden, "forbidden", hall)
    await refused(english.bid(first, hall.round_id, h.offer(999)), Conflict, "round.below_minimum", hall)
    with pytest.raises(NotFound):
        await english.bid(first, uuid4(), bid)

    assert (await english.bid(first, hall.round_id, bid)).outcome == "leading"
    await refused(english.bid(first, hall.round_id, h.offer(2000)), Conflict, "round.already_leading", hall)
    await refused(english.bid(second, hall.round_id, h.offer(1099)), Conflict, "round.below_minimum", hall)
    assert (await english.bid(second, hall.round_id, h.offer(1100))).outcome == "leading"

    await hall.pass_time(hours=3)
    await running.advance(hall.round_id)
    await refused(english.bid(third, hall.round_id, h.offer(5000)), Conflict, "round.too_late", hall)


async def test_a_late_bid_closes_the_round_by_itself(db):
    """Nobody read the page and no job ran: the bid that comes after the end finds the round over."""
    hall = await h.opened()
    await english.bid(hall.bidders[0], hall.round_id, h.offer(1000))
    await hall.pass_time(hours=3)
    with pytest.raises(Conflict) as late:
        await english.bid(hall.bidders[1], hall.round_id, h.offer(9000))
    assert late.value.code == "round.too_late"
    row = await hall.row()
    assert (row.status, row.result_price) == ("awarded", 1000)
    await m.sound()


async def test_a_cancelled_round_takes_no_bid_and_frees_the_listing(db):
    hall = await h.opened(deposit=50)
    await english.bid(hall.bidders[0], hall.round_id, h.offer(1000))
    with pytest.raises(Conflict):
        await planning.cancel(hall.seller, hall.round_id, Why(reason="Chúng tôi đổi ý."))
    await planning.cancel(m.OPERATOR, hall.round_id, Why(reason="Quyền sở hữu đang bị tranh chấp."))
    await refused(english.bid(hall.bidders[1], hall.round_id, h.offer(2000)), Conflict, "round.not_now", hall)
    assert await m.scalar("SELECT status FROM listing WHERE id = :l", l=hall.listing_id) == "published"
    assert await m.scalar("SELECT count(*) FROM round_deposit WHERE status <> 'released'") == 0
    await m.sound()


async def test_no_deposit_no_bid(db):
    hall = await h.announced(bidders=2, deposit=200)
    late = await h.verified()
    entry = await participants.apply(late, hall.round_id, ApplyToRound())
    await participants.approve(m.OPERATOR, entry)
    await hall.pass_time(hours=1, seconds=1)
    await running.advance(hall.round_id)
    await refused(english.bid(late, hall.round_id, h.offer(1000)), Conflict, "round.no_deposit", hall)


async def test_a_proxy_bids_and_its_maximum_stays_secret(db):
    hall = await h.opened()
    first, second, third = hall.bidders
    assert (await english.bid(first, hall.round_id, h.offer(1000, 5000))).price == 1000
    answer = await english.bid(second, hall.round_id, h.offer(1500))
    assert (answer.outcome, answer.price, answer.least) == ("outbid", 1600, 1700)
    for reader in (second, third, hall.seller, ANONYMOUS, m.DEPARTMENT, m.OPERATOR):
        view = await rounds.read(reader, hall.round_id)
        assert view.my_maximum is None
        assert "5000" not in view.model_dump_json()
        assert view.reserve is None
    mine = await rounds.read(first, hall.round_id)
    assert (mine.leading, mine.my_maximum, mine.price) == (True, 5000, 1600)
    assert (await english.bid(first, hall.round_id, h.offer(1700, 6000))).outcome == "raised"
    assert (await hall.row()).price == 1600
    assert [p.price for p in (await rounds.read(ANONYMOUS, hall.round_id)).prices] == [1600, 1500, 1000]


async def test_the_same_form_sent_twice_is_one_bid(db):
    hall = await h.opened()
    bid = h.offer(1000)
    results = await asyncio.gather(*(english.bid(hall.bidders[0], hall.round_id, bid) for _ in range(6)))
    assert {r.outcome for r in results} == {"leading"}
    assert await m.scalar("SELECT count(*) FROM round_bid") == 1
    with pytest.raises(Conflict) as other:
        await english.bid(hall.bidders[0], hall.round_id, h.offer(2000, key=bid.key))
    assert other.value.code == "round.key_used"


async def test_a_bid_in_the_last_minutes_moves_the_end_so_often(db):
    hall = await h.opened(snipe_minutes=10, extend_minutes=3, extensions_max=2)
    ends = (await hall.row()).ends_at
    await english.bid(hall.bidders[0], hall.round_id, h.offer(1000))
    assert (await hall.row()).ends_at == ends
    await hall.pass_time(minutes=117)
    ends = (await hall.row()).ends_at
    for n, amount in enumerate((1100, 1200, 1300)):
        await english.bid(hall.bidders[(n + 1) % 3], hall.round_id, h.offer(amount))
    row = await hall.row()
    assert ((row.ends_at - ends).total_seconds(), row.extensions) == (360, 2)
    assert await m.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE '%advance_round'") == 4


async def test_the_winner_gets_a_deal_and_the_losers_their_deposits(db):
    hall = await h.opened(deposit=200)
    await english.bid(hall.bidders[0], hall.round_id, h.offer(1000, 2500))
    await english.bid(hall.bidders[1], hall.round_id, h.offer(1200))
    await hall.pass_time(hours=3)
    view = await rounds.read(hall.bidders[0], hall.round_id)
    assert (view.status, view.result_price, view.winner.id) == ("awarded", 1300, hall.bidders[0].org_id)
    deal = await m.row("SELECT status, buyer_org_id, agreed_value FROM deal WHERE id = :d", d=view.deal_id)
    assert tuple(deal) == ("agreed", hall.bidders[0].org_id, 1300)
    assert await m.scalar("SELECT status FROM listing WHERE id = :l", l=hall.listing_id) == "reserved"
    states = await m.rows("SELECT e.org_id, d.status FROM round_deposit d JOIN round_entry e ON e.id = d.entry_id")
    assert {s for o, s in states if o == hall.bidders[0].org_id} == {"confirmed"}
    assert {s for o, s in states if o != hall.bidders[0].org_id} == {"released"}
    assert (await rounds.read(ANONYMOUS, hall.round_id)).deal_id is None
    await m.sound()


async def test_below_the_reserve_nobody_wins_and_a_maximum_reaches_it(db):
    hall = await h.opened(reserve=5000)
    await english.bid(hall.bidders[0], hall.round_id, h.offer(1000, 4999))
    await hall.pass_time(hours=3)
    view = await rounds.read(ANONYMOUS, hall.round_id)
    assert (view.status, view.reason_code, view.result_price) == ("unsold", "reserve_not_met", 1000)
    assert await m.scalar("SELECT status FROM listing WHERE id = :l", l=hall.listing_id) == "published"

    hall = await h.opened(reserve=5000)
    await english.bid(hall.bidders[0], hall.round_id, h.offer(1000, 5200))
    await hall.pass_time(hours=3)
    view = await rounds.read(ANONYMOUS, hall.round_id)
    assert (view.status, view.result_price, view.reserve_met) == ("awarded", 5000, True)
    await m.sound()


async def test_no_bids_is_unsold(db):
    hall = await h.opened()
    await hall.pass_time(hours=3)
    assert await running.sweep() == 1
    assert await running.sweep() == 0
    row = await hall.row()
    assert (row.status, row.reason_code) == ("unsold", "no_bids")
    await m.sound()


async def test_the_gate_needs_measured_interest(db):
    """Verified organisations with an application or a live deal, each once; the owner does not count."""
    hall = await h.announced(bidders=1, quorum=3)
    await hall.pass_time(hours=1, seconds=1)
    await running.advance(hall.round_id)
    row = await hall.row()
    assert (row.status, row.reason_code, row.interest) == ("cancelled", "no_interest", 1)

    hall = await h.announced(bidders=2, quorum=3)
    unverified = await m.acting()
    await m.open_deal(unverified, hall.listing_id)
    await m.open_deal(hall.bidders[0], hall.listing_id)
    third = await h.verified()
    await m.open_deal(third, hall.listing_id)
    await hall.pass_time(hours=1, seconds=1)
    await running.advance(hall.round_id)
    row = await hall.row()
    assert (row.status, row.interest) == ("open", 3)
    await m.sound()


async def test_other_negotiations_wait_while_bids_are_taken(db):
    hall = await h.announced()
    buyer = await m.acting()
    deal_id = await m.open_deal(buyer, hall.listing_id)
    offer_id = await m.send_offer(hall.seller, deal_id, exclusivity="exclusive")
    await hall.pass_time(hours=1, seconds=1)
    await running.advance(hall.round_id)
    with pytest.raises(Conflict):
        await offers.accept(buyer, offer_id)
    await hall.pass_time(hours=3)
    await running.advance(hall.round_id)  # nobody bid: the listing is on the market again
    await offers.accept(buyer, offer_id)
    await m.sound()


async def test_a_round_over_a_listing_taken_meanwhile_is_called_off(db):
    hall = await h.announced()
    buyer = await m.acting()
    deal_id = await m.open_deal(buyer, hall.listing_id)
    await offers.accept(buyer, await m.send_offer(hall.seller, deal_id, exclusivity="exclusive"))
    await hall.pass_time(hours=1, seconds=1)
    await running.advance(hall.round_id)
    assert (await hall.row()).reason_code == "listing_unavailable"
    await m.sound()


async def test_a_suspended_listing_goes_back_to_its_round(db):
    hall = await h.opened()
    await english.bid(hall.bidders[0], hall.round_id, h.offer(1000))
    await listings.suspend(m.OPERATOR, hall.listing_id, "Đang kiểm tra lại quyền sở hữu.")
    await hall.pass_time(hours=3)
    await running.advance(hall.round_id)
    assert (await hall.row()).status == "closed"  # cannot be granted now; tried again later
    await listings.restore(m.OPERATOR, hall.listing_id)
    await running.hold_again(hall.listing_id)
    assert await m.scalar("SELECT status FROM listing WHERE id = :l", l=hall.listing_id) == "reserved"
    await running.sweep()
    assert (await hall.row()).status == "awarded"
    await m.sound()
