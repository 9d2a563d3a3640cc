"""Who may bid: ties with the owner, with those who stand between, and with other bidders."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from app.deals import Capacity
from app.independence import independence
from app.independence.schemas import DeclareInterest, EndInterest
from app.kit.actor import Actor
from app.kit.errors import Conflict, Invalid
from app.rounds import participants, rounds
from app.rounds.schemas import AdmitEntry, ApplyToRound
from tests.rounds import hall as h
from tests.support import market as m

pytestmark = pytest.mark.usefixtures("db")
BECAUSE = AdmitEntry(reason="Đã đối chiếu giấy tờ: hai người chỉ trùng họ tên.")


async def declare(actor: Actor, kind: str, other: Actor, **more: Any) -> Any:
    return await independence.declare(
        actor, DeclareInterest.model_validate({"kind": kind, "other": str(other.org_id), **more})
    )


async def standing() -> list[Any]:
    return await m.rows("SELECT org_id, status, number FROM round_entry ORDER BY applied_at")


async def refused(verb: Awaitable[Any], kind: type[Conflict | Invalid], code: str) -> str:
    """The refusal's words; and that nobody's application moved."""
    before = await standing()
    with pytest.raises(kind) as found:
        await verb
    assert found.value.code == code
    assert await standing() == before
    return next(iter(found.value.fields.values()), found.value.text).vi


async def test_one_interest_with_the_owner_does_not_bid_and_may_once_it_has_ended() -> None:
    hall, bidder = await h.announced(bidders=1), await h.verified()
    made = await declare(bidder, "shareholder", hall.seller, percent="40")
    said = await refused(participants.apply(bidder, hall.round_id, ApplyToRound()), Conflict, "round.tied")
    assert "có quan hệ sở hữu với bên chào bán" in said
    assert "40" not in said
    await independence.end(bidder, made, EndInterest(until="2020-01-01"))  # type: ignore[arg-type]
    await h.admit(hall.round_id, bidder)


@pytest.mark.parametrize("capacity", [Capacity.seller_broker, Capacity.valuer, Capacity.appraiser])
async def test_whoever_stands_between_does_not_bid(capacity: Capacity) -> None:
    """The organisation itself, and its sister; a broker of the buyer's in a deal of the listing may."""
    hall = await h.announced(bidders=1)
    deal_id = await m.open_deal(await m.acting(), hall.listing_id)
    between, sister, parent, free = [await h.verified() for _ in range(4)]
    for child in (between, sister):
        await declare(child, "parent", parent)
    assert between.org_id
    await independence.admit(m.OPERATOR, deal_id, between.org_id, capacity)
    assert free.org_id
    await independence.admit(m.OPERATOR, deal_id, free.org_id, Capacity.buyer_broker)
    for tied in (between, sister):
        said = await refused(participants.apply(tied, hall.round_id, ApplyToRound()), Conflict, "round.tied")
        assert capacity.label.vi.lower() in said.lower()
    await h.admit(hall.round_id, free)


async def test_a_tie_found_after_the_application_keeps_out_at_the_approval() -> None:
    hall, bidder = await h.announced(bidders=1), await h.verified()
    entry = await participants.apply(bidder, hall.round_id, ApplyToRound())
    await declare(hall.seller, "holding", bidder, percent="60")
    await refused(participants.approve(m.OPERATOR, entry, BECAUSE), Conflict, "round.tied")
    shown = await rounds.read(bidder, hall.round_id)
    assert shown.entry
    assert [t.refuses for t in shown.entry.ties] == [True]


async def test_what_is_only_possible_waits_for_the_operator_s_reason() -> None:
    """A stranger's word that it holds both shuts nobody out, and is not passed over in silence."""
    hall, bidder, stranger = await h.announced(bidders=1), await h.verified(), await m.acting()
    for held in (bidder, hall.seller):
        await declare(stranger, "holding", held, percent="40")
    entry = await participants.apply(bidder, hall.round_id, ApplyToRound())
    shown = (await rounds.read(bidder, hall.round_id)).entry
    assert shown
    assert ["có thể có quan hệ sở hữu" in t.words.vi for t in shown.ties] == [True]
    assert "có thể" in await refused(participants.approve(m.OPERATOR, entry), Invalid, "round.weigh")
    await participants.approve(m.OPERATOR, entry, BECAUSE)
    kept = await m.row("SELECT reason, detail FROM state_change WHERE subject_id = :e AND action = 'approve'", e=entry)
    assert kept.reason == BECAUSE.reason
    assert "ownership" in kept.detail["ties"][0]


async def test_two_bidders_of_one_hand_are_the_operator_s_matter_and_nobody_else_reads_it() -> None:
    hall = await h.announced(bidders=0)
    first, second, parent = [await h.verified() for _ in range(3)]
    for child in (first, second):
        await declare(child, "parent", parent)
    entries = [await participants.apply(one, hall.round_id, ApplyToRound()) for one in (first, second)]
    # Both approvals at once: whichever is second sees the first.
    done = await asyncio.gather(*(participants.approve(m.OPERATOR, e) for e in entries), return_exceptions=True)
    assert sorted(type(d).__name__ for d in done) == ["Invalid", "NoneType"]
    late = (first, second)[next(n for n, d in enumerate(done) if d is not None)]
    for reader in (late, hall.seller):
        shown = await rounds.read(reader, hall.round_id)
        assert not [t for e in [shown.entry, *shown.entries] if e for t in e.ties]
    desk = await rounds.desk(m.OPERATOR)
    assert ["bên đăng ký khác" in t.words.vi for e in desk.entries for t in e.ties] == [True]
    await participants.approve(m.OPERATOR, await hall.entry(late), BECAUSE)
    assert await m.scalar("SELECT count(*) FROM round_entry WHERE status = 'approved'") == 2
