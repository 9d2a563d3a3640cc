"""Two hundred bids at once, on real connections."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

from app.kit.errors import Conflict
from app.rounds import english, rounds, running
from tests.rounds import hall as h
from tests.support import market as m


async def test_two_hundred_bids_at_once(db):
    """Prices strictly rise, one leads, and everybody is told what became of their bid."""
    hall = await h.opened(bidders=10)
    pick = random.Random(20261201)
    plans = [(pick.randrange(10), 1000 + pick.randrange(300) * 100, pick.choice((0, 0, 3000))) for _ in range(200)]

    async def one(who: int, amount: int, more: int) -> Any:
        await asyncio.sleep(pick.random() * 0.05)
        try:
            return await english.bid(hall.bidders[who], hall.round_id, h.offer(amount, amount + more if more else None))
        except Conflict as refusal:
            return refusal

    results = await asyncio.gather(*(one(*p) for p in plans))
    told = Counter(r.code if isinstance(r, Conflict) else r.outcome for r in results)
    assert sum(told.values()) == 200
    assert set(told) <= {"leading", "outbid", "raised", "round.below_minimum", "round.already_leading"}
    accepted = sum(told[o] for o in ("leading", "outbid", "raised"))
    assert accepted == await m.scalar("SELECT count(*) FROM round_bid")
    prices = [p for (p,) in await m.rows("SELECT price FROM round_price ORDER BY seq")]
    assert prices == sorted(set(prices))
    assert len(prices) >= 2, "how many bids raise the price depends on which of the two hundred come first"
    row = await hall.row()
    assert row.price == prices[-1]
    assert row.leader_max == await m.scalar("SELECT max(maximum) FROM round_bid")
    top = await m.row("SELECT entry_id FROM round_bid ORDER BY maximum DESC, at, id LIMIT 1")
    assert row.leader_id == top.entry_id
    assert row.seq == len(prices)
    await m.sound()


async def test_many_ends_at_once_make_one_result(db):
    hall = await h.opened(deposit=200)
    await english.bid(hall.bidders[0], hall.round_id, h.offer(1500))
    await hall.pass_time(hours=3)
    await asyncio.gather(
        *(running.advance(hall.round_id) for _ in range(8)),
        *(rounds.read(b, hall.round_id) for b in hall.bidders),
        running.sweep(),
    )
    assert (await hall.row()).status == "awarded"
    assert await m.scalar("SELECT count(*) FROM deal WHERE buyer_org_id = :o", o=hall.bidders[0].org_id) == 1
    assert await m.scalar("SELECT count(*) FROM state_change WHERE subject_id = :r", r=hall.round_id) == 5
    await m.sound()


async def test_bids_against_the_end(db):
    """Whatever comes first: no price rises after the round has closed."""
    hall = await h.opened(bidders=4)
    await hall.leave(0.8)

    async def keep_on(n: int) -> int:
        taken = 0
        for k in range(12):
            try:
                await english.bid(hall.bidders[n], hall.round_id, h.offer(1000 + 100 * (4 * k + n)))
                taken += 1
            except Conflict:
                pass
            await asyncio.sleep(0.1)
        return taken

    taken = sum(await asyncio.gather(*(keep_on(n) for n in range(4)), return_exceptions=False))
    await running.sweep()
    row = await hall.row()
    assert taken == await m.scalar("SELECT count(*) FROM round_bid")
    late = await m.scalar(
        "SELECT count(*) FROM round_bid b JOIN public_round r ON r.id = b.round_id WHERE b.at >= r.ends_at"
    )
    assert late == 0
    assert (row.status, row.result_price) == (("awarded", row.price) if taken else ("unsold", None))
    await m.sound()
