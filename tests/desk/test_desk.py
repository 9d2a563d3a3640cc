"""The list of one's deals: what stands first, what it costs, whom it waits for; the clock of deals that lie still."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.deals import Capacity, deals
from app.deals.schemas import CloseDeal
from app.desk import desk, messages, todo
from app.desk.schemas import AddTask, Audience, DeskFilter, SendMessage, Sort, Whose
from app.kit import clock, paging
from app.kit.actor import ANONYMOUS
from app.kit.errors import Invalid, Unauthenticated
from app.offers import offers
from tests.desk.conftest import Round
from tests.support import market as m


def statements(answer: Any) -> int:
    found = re.search(r'sql;desc="(\d+)"', answer.headers["server-timing"])
    assert found
    return int(found[1])


async def test_a_row_says_what_is_next(table: Round) -> None:
    [row] = (await desk.list(table["seller"])).items
    assert (row.capacity, row.my_turn, row.overdue, row.stalled_days) == (Capacity.seller, True, False, None)
    assert row.deadline
    assert row.deadline.kind == "turn"
    tomorrow = clock.today() + timedelta(days=1)
    await todo.add(table["seller"], table.deal_id, AddTask(title="Trả lời", due_on=tomorrow))
    await messages.send(table["buyer"], table.deal_id, SendMessage(body="Chào viện"))
    [row] = (await desk.list(table["seller"])).items
    assert row.deadline
    assert row.deadline.kind == "task"
    assert row.deadline.at.astimezone(clock.VIETNAM).date() == tomorrow
    assert (row.unread, row.open_tasks, row.late_tasks) == (1, 1, 0)
    [row] = (await desk.list(table["buyer"])).items
    assert (row.my_turn, row.unread, row.open_tasks) == (False, 0, 0)
    assert row.deadline
    assert row.deadline.kind == "turn", "the other side's task is no deadline of ours"
    await m.send_offer(table["seller"], table.deal_id, valid_days=3)
    [row] = (await desk.list(table["buyer"])).items
    assert row.my_turn
    assert row.deadline
    assert row.deadline.kind == "offer"


async def test_each_reader_has_their_own_list(table: Round) -> None:
    for who, capacity in (
        ("seller", "seller"), ("seller_viewer", "seller"), ("buyer", "buyer"), ("seller_broker", "seller_broker"),
        ("buyer_broker", "buyer_broker"), ("valuer", "valuer"),
    ):  # fmt: skip
        [row] = (await desk.list(table[who])).items
        assert row.capacity == capacity, who
        assert (await desk.list(table[who], DeskFilter(capacity=Capacity(capacity)))).items, who
        assert not (await desk.list(table[who], DeskFilter(capacity=Capacity.adviser))).items, who
    for who in ("stranger", "nobody"):
        found = await desk.list(table[who])
        assert (found.items, found.counts.total) == ([], 0)
    for who in ("operator", "department"):
        [row] = (await desk.list(table[who])).items
        assert (row.capacity, row.unread, row.open_tasks) == (None, 0, 0)
    with pytest.raises(Unauthenticated):
        await desk.list(ANONYMOUS)
    await m.send_offer(table["seller"], table.deal_id, valid_days=3)
    [row] = (await desk.list(table["department"])).items
    assert row.deadline
    assert row.deadline.kind == "turn", "how long an offer is good for is a term"
    [row] = (await desk.list(table["valuer"])).items
    assert row.deadline
    assert row.deadline.kind == "turn"


async def test_filters(table: Round) -> None:
    async def shown(who: str, **wanted: Any) -> int:
        found = await desk.list(table[who], DeskFilter(**wanted))
        return len(found.items)

    assert await shown("seller", turn=True) == 1
    assert await shown("buyer", turn=True) == 0
    assert await shown("seller_broker", turn=True) == 1
    assert await shown("valuer", turn=True) == 0
    assert await shown("seller", status="interested") == 1
    assert await shown("seller", status="agreed") == 0
    assert await shown("seller_member", whose=Whose.handler) == 0
    assert await shown("seller_member", whose=Whose.mine) == 0
    await todo.add(table["seller"], table.deal_id, AddTask(title="Việc", assignee_id=table["seller_member"].person_id))
    assert await shown("seller_member", whose=Whose.mine) == 1
    assert await shown("seller_member", whose=Whose.handler) == 0
    assert await shown("buyer", whose=Whose.mine) == 1, "who opened it takes part"
    assert await shown("seller", overdue=True) == 0
    with clock.frozen(clock.now() + timedelta(days=15)):
        assert await shown("seller", overdue=True) == 1
        assert await shown("seller", stalled=True) == 1
        counts = (await desk.list(table["seller"])).counts
        assert (counts.total, counts.my_turn, counts.overdue, counts.stalled) == (1, 1, 1, 1)
        [row] = (await desk.list(table["buyer"])).items
        assert (row.stalled_days, row.waits_for) == (15, table["seller"].org_name)
    late = clock.today() - timedelta(days=1)
    await todo.add(table["seller"], table.deal_id, AddTask(title="Đã trễ", due_on=late))
    assert await shown("seller", overdue=True) == 1
    assert await shown("buyer", overdue=True) == 0
    await deals.close(table["seller"], table.deal_id, CloseDeal(reason_code="price"))
    with clock.frozen(clock.now() + timedelta(days=15)):
        assert await shown("seller", overdue=True) == await shown("seller", stalled=True) == 0
        [row] = (await desk.list(table["seller"])).items
        assert (row.overdue, row.deadline, row.late_tasks) == (False, None, 0)


@pytest.fixture
async def many(table: Round) -> list[Any]:
    """Forty more deals of the same seller, opened one after another."""
    now, made = clock.now(), [table.deal_id]
    for n in range(40):
        with clock.frozen(now - timedelta(hours=n + 1)):
            made.append(await m.open_deal(await m.acting(), table.listing_id))
    return made


@pytest.mark.parametrize("sort", list(Sort))
async def test_pages_hold_each_deal_once(table: Round, many: list[Any], sort: Sort) -> None:
    await m.execute(
        "UPDATE deal SET turn = NULL, turn_until = NULL, turn_since = NULL WHERE id = ANY(:ids)", ids=many[::3]
    )
    for who in ("seller", "operator"):
        seen, cursor = [], None
        while True:
            found = await desk.list(table[who], DeskFilter(sort=sort), cursor=cursor, limit=7)
            seen += [d.id for d in found.items]
            cursor = found.next_cursor
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == len(many)
        assert set(seen) == set(many)
    if sort is Sort.deadline:
        assert set(seen[-14:]) == set(many[::3]), "deals without a deadline come last"


async def test_a_bent_cursor_is_refused(table: Round) -> None:
    for values in (
        ["x", str(table.deal_id)],
        ["2026-01-01", "x"],
        ["-infinity", str(table.deal_id)],
        ["2026-01-01", str(table.deal_id)],
    ):
        with pytest.raises(Invalid):
            await desk.list(table["seller"], cursor=paging.encode(values))
    week = paging.encode(["2026-W05-1T00:00+00:00", str(table.deal_id)])
    assert len((await desk.list(table["seller"], DeskFilter(sort=Sort.age), cursor=week)).items) == 1
    with pytest.raises(Invalid):
        await desk.list(table["seller"], DeskFilter(status="\x00"))


async def test_a_list_takes_three_statements_however_long(table: Round, many: list[Any]) -> None:
    for deal_id in many[:10]:
        await todo.add(table["seller"], deal_id, AddTask(title="Việc", due_on=clock.today()))
        await messages.send(table["seller"], deal_id, SendMessage(body="Chào"))
        await m.execute("DELETE FROM rate_counter")
    for who in ("seller", "stranger", "operator", "department"):
        browser = await table.people[who].browser()
        await browser.get("/about")
        for url in (
            "/desk", "/desk?view=board", "/desk?sort=moved", "/desk?sort=age&status=interested", "/desk?overdue=1",
            "/desk?stalled=1&turn=1", "/desk?whose=mine&capacity=seller",
        ):  # fmt: skip
            answer = await browser.get(url)
            assert answer.status_code == 200, url
            assert statements(answer) <= 3, url
    api = table.people["seller"].api()
    await api.get("/api/v1/desk")  # the first use of a key is written down
    answer = await api.get("/api/v1/desk")
    assert statements(answer) <= 3
    assert len(answer.json()["items"]) == 41


# --- the stall clock ---


async def test_a_stall_is_told_once(table: Round, drain: Any, mails: Any) -> None:
    await drain()
    before = len(mails())
    assert await desk.find_stalls() == 0
    with clock.frozen(clock.now() + timedelta(days=16)):
        assert await asyncio.gather(*(desk.find_stalls() for _ in range(3))) != [0, 0, 0]
        assert await desk.find_stalls() == 0
        assert await m.scalar("SELECT count(*) FROM desk_stall") == 1
        await drain()
        sent = mails()[: len(mails()) - before]
        assert {x.to for x in sent} == {
            table.email(w) for w in ("seller", "seller_manager", "seller_broker", "buyer_broker")
        }
        assert all("16 ngày" in x.body for x in sent)
        assert {x.to for x in sent if table["seller"].org_name in x.body} == {
            table.email(w) for w in ("seller_broker", "buyer_broker")
        }
        # A move begins a new turn, and a new clock.
        offer = await m.send_offer(table["seller"], table.deal_id, valid_days=60)
        assert await desk.find_stalls() == 0
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert await desk.find_stalls() == 1
    with clock.frozen(clock.now() + timedelta(days=32)):
        await offers.accept(table["buyer"], offer)
        await drain()
    assert await m.scalar("SELECT count(*) FROM desk_stall") == 2
    assert not [x for x in mails(table.email("buyer")) if "Đang chờ bạn" in x.subject], "moved before the mail went"


async def test_a_message_of_the_party_that_is_waited_for_starts_the_clock_again(table: Round) -> None:
    """It answers without moving: the clock begins anew, turn and date stay. Nobody else's words count, nor what was
    said inside a side or retracted."""
    start = clock.now()
    turn = await m.row("SELECT turn, turn_since, turn_until FROM deal")

    async def say(who: str, channel: Audience = Audience.all) -> UUID:
        return await messages.send(table[who], table.deal_id, SendMessage(body="Đang chờ hội đồng.", channel=channel))

    async def stalled(days: float) -> tuple[int, int | None]:
        with clock.frozen(start + timedelta(days=days)):
            found = await desk.list(table["buyer"], DeskFilter(stalled=True))
            [row] = (await desk.list(table["buyer"])).items
            assert (found.counts.stalled, len(found.items)) == (int(row.stalled_days is not None),) * 2
            return len(found.items), row.stalled_days

    with clock.frozen(start + timedelta(days=10)):
        await say("seller", Audience.own)
        await say("buyer")
        await say("seller_broker")
        retracted = await say("seller")
        await messages.retract(table["seller"], retracted)
    assert await stalled(15) == (1, 15)
    with clock.frozen(start + timedelta(days=15)):
        assert await desk.find_stalls() == 1
    stall: UUID = await m.scalar("SELECT id FROM desk_stall")
    assert await desk.stalled(stall) is not None
    with clock.frozen(start + timedelta(days=16)):
        await say("seller_member")
        assert await desk.stalled(stall) is None, "what was written down does not go out any more"
        assert await desk.find_stalls() == 0
    assert await stalled(29) == (0, None)
    assert await stalled(30.5) == (1, 14)
    with clock.frozen(start + timedelta(days=31)):
        assert await asyncio.gather(*(desk.find_stalls() for _ in range(2))) in ([0, 1], [1, 0])
        [row] = (await desk.list(table["seller"])).items
        assert row.overdue, "the date of the turn is as it was"
    assert await m.row("SELECT turn, turn_since, turn_until FROM deal") == turn
