"""Races provoked on purpose: whoever comes second is refused in words, and the books stay whole."""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.deals import deals
from app.deals.schemas import CloseDeal
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict, DomainError
from app.kit.ids import new_id
from app.listings import listings
from app.offers import offers
from app.offers.schemas import DeclineOffer
from app.platform.db import unit_of_work
from tests.support import market as m

TIMES = 20


async def race(*verbs: Awaitable[Any], apart: float = 0.006) -> list[Any]:
    """Run them together, each starting a few random milliseconds late; results, refusals among them.
    Anything but a refusal in words (a deadlock, a time-out, a broken constraint) fails the test."""

    async def late(verb: Awaitable[Any]) -> Any:
        await asyncio.sleep(random.uniform(0, apart))
        return await verb

    results = await asyncio.gather(*(late(v) for v in verbs), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, DomainError):
            raise result
    return list(results)


def refusals(results: list[Any]) -> list[DomainError]:
    return [r for r in results if isinstance(r, DomainError)]


async def colleague(actor: Actor) -> Actor:
    """A second person of the same organisation."""
    return replace(actor, person_id=new_id())


async def tables(count: int, *, days: int = 14, exclusivity: str = "non_exclusive") -> list[tuple[m.Market, Any]]:
    """One listing; `count` buyers, each with a deal in which the seller's offer lies open."""
    seller = await m.acting("university")
    listing_id = await m.publish(seller)
    laid = []
    for _ in range(count):
        buyer = await m.acting()
        deal_id = await m.open_deal(buyer, listing_id)
        offer_id = await m.send_offer(seller, deal_id, valid_days=days, exclusivity=exclusivity)
        laid.append((m.Market(seller, buyer, listing_id, deal_id), offer_id))
    return laid


async def status(offer_id: Any) -> str:
    return await m.scalar("SELECT status FROM offer WHERE id = :o", o=offer_id)


async def deal_row(deal_id: Any) -> Any:
    return await m.row("SELECT status, turn, agreed_offer_id, reason_code FROM deal WHERE id = :d", d=deal_id)


async def test_two_hundred_buyers_accept_one_exclusive_right(db):
    laid = await tables(200, exclusivity="exclusive")
    listing_id = laid[0][0].listing_id
    results = await race(*(offers.accept(t.buyer, offer_id) for t, offer_id in laid))

    refused = refusals(results)
    assert len(refused) == 199
    assert {type(r) for r in refused} == {Conflict}
    assert all(r.text.vi and r.text.en for r in refused)
    [won] = [i for i, r in enumerate(results) if not isinstance(r, DomainError)]

    found = dict(await m.rows("SELECT id, status FROM offer"))
    assert found.pop(laid[won][1]) == "accepted"
    assert Counter(found.values()) == {"frozen": 199}
    assert await m.scalar("SELECT status FROM listing WHERE id = :l", l=listing_id) == "reserved"
    moves = "SELECT count(*) FROM state_change WHERE workflow = :w AND action = :a"
    assert await m.scalar(moves, w="listing", a="reserve") == 1
    assert await m.scalar(moves, w="offer", a="accept") == 1
    assert await m.scalar(moves, w="offer", a="freeze") == 199
    assert await m.scalar(moves, w="deal", a="agree") == 1
    agreed = await m.rows("SELECT id, holds_listing FROM deal WHERE status = 'agreed'")
    assert [tuple(r) for r in agreed] == [(laid[won][0].deal_id, True)]
    assert await m.scalar("SELECT count(*) FROM deal WHERE holds_listing") == 1
    await m.sound()


async def test_fifty_accept_one_offer(db):
    [(table, offer_id)] = await tables(1, exclusivity="sole")
    people = [await colleague(table.buyer) for _ in range(50)]
    results = await race(*(offers.accept(p, offer_id) for p in people))
    assert len(refusals(results)) == 49
    assert {type(r) for r in refusals(results)} == {Conflict}
    winner = people[[isinstance(r, DomainError) for r in results].index(False)]
    history = await m.rows("SELECT action, person_id FROM state_change WHERE subject_id = :o ORDER BY id", o=offer_id)
    assert [tuple(r) for r in history] == [("send", table.seller.person_id), ("accept", winner.person_id)]
    assert await m.scalar("SELECT count(*) FROM deal_evidence WHERE kind = 'terms'") == 1
    await m.sound()


async def test_accept_against_withdraw(db):
    for table, offer_id in await tables(TIMES):
        results = await race(
            offers.accept(table.buyer, offer_id), offers.withdraw(table.seller, offer_id, m.withdraw())
        )
        assert len(refusals(results)) == 1
        assert isinstance(refusals(results)[0], Conflict)
        deal = await deal_row(table.deal_id)
        if isinstance(results[1], DomainError):
            assert (await status(offer_id), deal.status, deal.turn) == ("accepted", "agreed", None)
        else:
            assert (await status(offer_id), deal.status, deal.turn) == ("withdrawn", "negotiating", "seller")
    await m.sound()


async def test_accept_against_decline(db):
    for table, offer_id in await tables(TIMES):
        no = DeclineOffer(reason_code="price")
        results = await race(
            offers.accept(table.buyer, offer_id), offers.decline(await colleague(table.buyer), offer_id, no)
        )
        assert len(refusals(results)) == 1
        kept = "accepted" if isinstance(results[1], DomainError) else "declined"
        assert await status(offer_id) == kept
        assert (await deal_row(table.deal_id)).status == ("agreed" if kept == "accepted" else "negotiating")
    await m.sound()


async def test_accept_against_the_clock(db):
    """At the very moment it runs out an offer is expired, whoever else is at it."""
    laid = await tables(TIMES, days=1)
    ends = dict(await m.rows("SELECT id, valid_until FROM offer"))

    async def accept_before(table: m.Market, offer_id: Any) -> None:
        with clock.frozen(ends[offer_id] - timedelta(seconds=1)):
            await offers.accept(table.buyer, offer_id)

    async def sweep_after(offer_id: Any) -> int:
        with clock.frozen(ends[offer_id]):
            return await offers.expire_due()

    for table, offer_id in laid:
        results = await race(accept_before(table, offer_id), sweep_after(offer_id))
        kept, deal = await status(offer_id), await deal_row(table.deal_id)
        if isinstance(results[0], DomainError):
            assert isinstance(results[0], Conflict)
            assert (kept, deal.status, deal.turn) == ("expired", "negotiating", "seller")
        else:
            assert (kept, deal.status, deal.turn, deal.agreed_offer_id) == ("accepted", "agreed", None, offer_id)
    await m.sound()


async def test_nobody_accepts_at_the_last_moment_or_later(db):
    [(table, offer_id)] = await tables(1, days=1)
    end = await m.scalar("SELECT valid_until FROM offer")
    before = await m.traces()
    for late in (timedelta(0), timedelta(microseconds=1), timedelta(days=400)):
        with clock.frozen(end + late):
            [refused] = refusals(await race(offers.accept(table.buyer, offer_id)))
        assert refused.code == "offer.expired"
    assert await m.traces() == before
    with clock.frozen(end):
        assert await asyncio.gather(*(offers.expire_due() for _ in range(4))) in (
            [1, 0, 0, 0],
            [0, 1, 0, 0],
            [0, 0, 1, 0],
            [0, 0, 0, 1],
        )


async def test_time_that_runs_out_while_waiting_has_run_out(db):
    """Each answer was in time when it was asked for, then waited for somebody else's lock beyond the end."""
    table = await m.market()
    answers = [
        lambda o: offers.accept(table.buyer, o),
        lambda o: offers.counter(table.buyer, o, m.proposal(upfront=1)),
        lambda o: offers.decline(table.buyer, o, DeclineOffer(reason_code="price")),
    ]
    for answer in answers:
        end = clock.now() + timedelta(seconds=1.2)
        sent = end - timedelta(days=1)
        offer_id = await offers.send(table.seller, table.deal_id, m.proposal(valid_days=1), at=sent)
        async with unit_of_work():
            await listings.lock(table.listing_id)
            await deals.locked(table.deal_id)
            waiting = asyncio.get_running_loop().create_task(answer(offer_id), context=contextvars.Context())
            await asyncio.sleep((end - clock.now()).total_seconds() + 0.05)
            assert not waiting.done()
        [refused] = refusals(await asyncio.gather(waiting, return_exceptions=True))
        assert refused.code == "offer.expired"
        assert (await status(offer_id), (await deal_row(table.deal_id)).status) == ("open", "negotiating")
        assert await offers.expire_due() == 1
    await m.sound()


async def test_two_sweeps_expire_each_offer_once(db):
    laid = await tables(TIMES, days=1)
    with clock.frozen(clock.now() + timedelta(days=2)):
        done = await asyncio.gather(*(offers.expire_due() for _ in range(3)))
    assert sum(done) == TIMES
    assert {await status(offer_id) for _, offer_id in laid} == {"expired"}
    assert await m.scalar("SELECT count(*) FROM state_change WHERE action = 'expire'") == TIMES
    await m.sound()


async def test_counter_against_counter(db):
    for table, offer_id in await tables(TIMES):
        people = [table.buyer, await colleague(table.buyer)]
        results = await race(*(offers.counter(p, offer_id, m.proposal(upfront=i)) for i, p in enumerate(people)))
        assert len(refusals(results)) == 1
        assert isinstance(refusals(results)[0], Conflict)
        rounds = await m.rows("SELECT round, side, status FROM offer WHERE deal_id = :d ORDER BY 1", d=table.deal_id)
        assert [tuple(r) for r in rounds] == [(1, "seller", "countered"), (2, "buyer", "open")]
        assert (await deal_row(table.deal_id)).turn == "seller"
    await m.sound()


async def test_counter_against_accept_and_withdraw(db):
    for table, offer_id in await tables(TIMES):
        results = await race(
            offers.counter(table.buyer, offer_id, m.proposal(upfront=7)),
            offers.accept(await colleague(table.buyer), offer_id),
            offers.withdraw(table.seller, offer_id, m.withdraw()),
        )
        assert len(refusals(results)) == 2
        won = [isinstance(r, DomainError) for r in results].index(False)
        assert await status(offer_id) == ["countered", "accepted", "withdrawn"][won]
        assert await m.scalar("SELECT count(*) FROM offer WHERE deal_id = :d", d=table.deal_id) == (
            2 if won == 0 else 1
        )
    await m.sound()


async def test_close_against_accept(db):
    """Either order is a good one; accepting first and closing then is both."""
    for n, (table, offer_id) in enumerate(await tables(TIMES)):
        closer = table.side("seller" if n % 2 else "buyer")
        results = await race(
            offers.accept(table.buyer, offer_id), deals.close(closer, table.deal_id, CloseDeal(reason_code="price"))
        )
        assert not isinstance(results[1], DomainError)
        deal = await deal_row(table.deal_id)
        assert (deal.status, deal.turn, deal.reason_code) == ("closed", None, "price")
        if isinstance(results[0], DomainError):
            assert (await status(offer_id), deal.agreed_offer_id) == ("open", None)
        else:
            assert (await status(offer_id), deal.agreed_offer_id) == ("accepted", offer_id)
    await m.sound()


async def test_close_against_accept_of_an_exclusive_right(db, drain):
    """Whichever comes first, the listing is on the market again and the next buyer may have it."""
    for _ in range(5):
        [(table, offer_id), (next_table, next_offer)] = await tables(2, exclusivity="exclusive")
        results = await race(
            offers.accept(table.buyer, offer_id),
            deals.close(table.seller, table.deal_id, CloseDeal(reason_code="rights")),
        )
        assert not isinstance(results[1], DomainError)
        assert await m.scalar("SELECT status FROM listing WHERE id = :l", l=table.listing_id) == "published"
        await drain()
        assert await status(offer_id) in ("accepted", "lapsed")
        assert await status(next_offer) == "open"
        await offers.accept(next_table.buyer, next_offer)
        assert await m.scalar("SELECT status FROM listing WHERE id = :l", l=table.listing_id) == "reserved"
    await m.sound()


async def test_both_sides_send_the_first_offer_at_once(db):
    seller = await m.acting("university")
    listing_id = await m.publish(seller)
    for _ in range(TIMES):
        buyer = await m.acting()
        deal_id = await m.open_deal(buyer, listing_id)
        results = await race(
            offers.send(seller, deal_id, m.proposal(upfront=2)), offers.send(buyer, deal_id, m.proposal(upfront=1))
        )
        [refused] = refusals(results)
        assert refused.code == "offer.not_your_turn"
        [made] = await m.rows("SELECT round, side, status FROM offer WHERE deal_id = :d", d=deal_id)
        first, second = ("buyer", "seller") if isinstance(results[0], DomainError) else ("seller", "buyer")
        assert tuple(made) == (1, first, "open")
        assert (await deal_row(deal_id)).turn == second
    await m.sound()


async def test_accepts_and_withdrawals_over_many_deals_never_deadlock(db):
    """Accepting an exclusive right freezes the others' offers while their senders pull them back."""
    laid = await tables(20, exclusivity="exclusive")
    verbs: list[Awaitable[Any]] = []
    for table, offer_id in laid:
        verbs += [offers.accept(table.buyer, offer_id), offers.withdraw(table.seller, offer_id, m.withdraw())]
    random.shuffle(verbs)
    results = await race(*verbs)
    assert len(refusals(results)) < len(results)
    states = Counter(r[0] for r in await m.rows("SELECT status FROM offer"))
    assert states["accepted"] <= 1
    assert states["open"] == 0
    await m.sound()


# --- scopes, locks and the database's clock ---


async def split(*places: str, exclusivity: str = "exclusive") -> list[tuple[m.Market, Any]]:
    """One listing; for each place a buyer with the seller's offer for it."""
    seller = await m.acting("university")
    listing_id = await m.publish(seller)
    laid = []
    for place in places:
        buyer = await m.acting()
        deal_id = await m.open_deal(buyer, listing_id)
        offer_id = await m.send_offer(seller, deal_id, exclusivity=exclusivity, territory=[place])
        laid.append((m.Market(seller, buyer, listing_id, deal_id), offer_id))
    return laid


async def test_two_exclusive_accepts_that_do_not_meet_both_hold(db):
    for _ in range(5):
        laid = await split("VN-01", "VN-79")
        results = await race(*(offers.accept(t.buyer, o) for t, o in laid))
        assert results == [True, True]
        assert [await status(o) for _, o in laid] == ["accepted", "accepted"]
        assert await m.scalar("SELECT status FROM listing WHERE id = :l", l=laid[0][0].listing_id) == "published"
    await m.sound()


async def test_of_two_exclusive_accepts_that_meet_one_holds_and_the_other_is_told_where(db):
    for n in range(10):
        laid = await split("VN", "VN-79", "VN-01")
        order = [laid[0], laid[1]] if n % 2 else [laid[1], laid[0]]
        results = await race(*(offers.accept(t.buyer, o) for t, o in order))
        [refused] = refusals(results)
        won = order[[isinstance(r, DomainError) for r in results].index(False)]
        lost = order[[isinstance(r, DomainError) for r in results].index(True)]
        assert isinstance(refused, Conflict)
        # Either it came first to the lock and was told where, or it was frozen before it was looked at.
        assert refused.code in ("offer.rights_taken", "offer.not_now", "listing.not_offered")
        if refused.code == "offer.rights_taken":
            assert "Hồ Chí Minh" in refused.text.vi
        assert (await status(won[1]), await status(lost[1])) == ("accepted", "frozen")
        room = await offers.room_view(lost[0].buyer, lost[0].deal_id)
        assert room.taken is not None
        assert "Hồ Chí Minh" in room.taken.vi
        # Hà Nội meets the country, not the city in the south.
        assert await status(laid[2][1]) == ("frozen" if won is laid[0] else "open")
    await m.sound()


async def test_many_scopes_at_once_leave_only_what_does_not_meet(db):
    places = ["VN", "VN-01", "VN-79", "VN-01", "LA", "WO", "VN-48"] * 4
    laid = await split(*places)
    await race(*(offers.accept(t.buyer, o) for t, o in laid))
    held = [p for p, (_, o) in zip(places, laid, strict=True) if await status(o) == "accepted"]
    assert held
    assert len(set(held)) == len(held)
    if "WO" in held:
        assert held == ["WO"]
    if "VN" in held:
        assert not any(p.startswith("VN-") for p in held)
    await m.sound()


async def test_a_mark_against_a_counter_that_changes_the_term(db):
    """One person of the buyer agrees to a term while a colleague counters it away."""
    for table, offer_id in await tables(10):
        results = await race(
            offers.accept_terms(table.buyer, offer_id, m.agreeing("upfront")),
            offers.counter(await colleague(table.buyer), offer_id, m.proposal(upfront=9)),
        )
        assert len(refusals(results)) <= 1
        if isinstance(results[1], DomainError):
            assert (results[1].code, list(results[1].fields)) == ("offer.locked", ["unlock.upfront"])
            assert await status(offer_id) == "open"
        else:
            assert isinstance(results[0], Conflict)
            assert await status(offer_id) == "countered"
    await m.sound()


async def test_double_clicks_do_a_thing_once(db):
    for table, offer_id in await tables(5):
        counter = m.proposal(upfront=3)
        results = await race(*(offers.counter(table.buyer, offer_id, counter) for _ in range(3)), apart=0.001)
        assert len(refusals(results)) == 2
        marks = await race(
            *(
                offers.accept_terms(table.seller, next(r for r in results if not isinstance(r, DomainError)), a)
                for a in [m.agreeing("mode")] * 3
            ),
            apart=0.001,
        )
        assert [r.code for r in refusals(marks)] == ["offer.already_agreed"] * 2
    await m.sound()


async def test_a_slow_clock_of_the_process_keeps_no_offer_alive(db, monkeypatch):
    """The process believes it is an hour ago; the database knows better, for every answer and for the sweep."""
    table = await m.market()
    sent = clock.now() - timedelta(days=1, minutes=30)
    offer_id = await offers.send(table.seller, table.deal_id, m.proposal(valid_days=1), at=sent)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() - timedelta(hours=1))
    for answer in (
        offers.accept(table.buyer, offer_id),
        offers.counter(table.buyer, offer_id, m.proposal(upfront=1)),
        offers.decline(table.buyer, offer_id, m.decline()),
        offers.accept_terms(table.buyer, offer_id, m.agreeing("mode")),
    ):
        [refused] = refusals(await race(answer))
        assert refused.code == "offer.expired"
    assert await offers.expire_due() == 1
    assert await status(offer_id) == "expired"
    monkeypatch.undo()
    await m.sound()
