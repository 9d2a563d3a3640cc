"""Tasks, ready-made lists, reminders, and handing a deal over."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.accounts import accounts
from app.deals import deals
from app.deals.schemas import CloseDeal
from app.desk import desk, suggestions, todo
from app.desk.schemas import AddTask, Audience, DeskFilter, EditTask, HandOver
from app.kit import clock
from app.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from tests.desk.conftest import Round
from tests.support import market as m


async def add(table: Round, who: str = "seller", **values: Any) -> Any:
    return await todo.add(table[who], table.deal_id, AddTask(**{"title": "Gửi dự thảo NDA"} | values))


async def test_done_undone_and_its_history(table: Round) -> None:
    task_id = await add(table, channel=Audience.all)
    await todo.finish(table["buyer"], task_id)
    with pytest.raises(Conflict):
        await todo.finish(table["seller"], task_id)
    await todo.reopen(table["seller"], task_id)
    await todo.edit(table["seller"], task_id, EditTask(title="Gửi NDA đã sửa", due_on=clock.today()))
    [task] = (await todo.list(table["buyer"], table.deal_id)).items
    assert (task.title, task.status) == ("Gửi NDA đã sửa", "open")
    assert [c.label.en for c in task.history] == ["Added", "Mark as done", "Reopen"]
    assert [c.who for c in task.history] == [table[w].person_name for w in ("seller", "buyer", "seller")]
    await todo.drop(table["seller"], task_id)
    assert (await todo.list(table["seller"], table.deal_id)).items == []
    with pytest.raises(Conflict):
        await todo.edit(table["seller"], task_id, EditTask(title="Đã bỏ rồi"))
    await m.sound()


async def test_a_task_is_given_to_ones_own_people(table: Round) -> None:
    await add(table, assignee_id=table["seller_member"].person_id)
    for who in ("buyer", "seller_viewer", "stranger"):
        with pytest.raises(Invalid) as caught:
            await add(table, assignee_id=table[who].person_id)
        assert "assignee_id" in caught.value.fields
    assert await m.scalar("SELECT count(*) FROM desk_task") == 1


async def test_a_ready_made_list_stands_once(table: Round) -> None:
    wanted = suggestions.of("interested", suggestions.Side.seller)
    assert [s.key for s in wanted] == ["reply", "call", "nda", "files"]
    assert await todo.add_suggested(table["seller"], table.deal_id) == len(wanted)
    assert await todo.add_suggested(table["seller_broker"], table.deal_id) == 0
    assert (await todo.list(table["seller"], table.deal_id)).suggestions == []
    assert (await todo.list(table["buyer"], table.deal_id)).items == []
    assert len((await todo.list(table["buyer"], table.deal_id)).suggestions) == 3
    titles = {t.title for t in (await todo.list(table["seller"], table.deal_id)).items}
    assert "Chuẩn bị thỏa thuận bảo mật (NDA)" in titles


async def test_a_closed_deal_takes_no_new_task(table: Round) -> None:
    task_id = await add(table)
    await deals.close(table["seller"], table.deal_id, CloseDeal(reason_code="price"))
    with pytest.raises(Conflict):
        await add(table)
    with pytest.raises(Conflict):
        await todo.add_suggested(table["seller"], table.deal_id)
    await todo.finish(table["seller"], task_id)


async def test_two_who_finish_at_once_finish_once(table: Round) -> None:
    task_id = await add(table, channel=Audience.all)
    results = await asyncio.gather(
        *(todo.finish(table[w], task_id) for w in ("seller", "buyer", "seller_broker", "buyer_broker")),
        return_exceptions=True,
    )
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "Conflict", "Conflict", "UUID"]
    done = await m.scalar("SELECT count(*) FROM state_change WHERE workflow = 'task' AND action = 'finish'")
    assert done == 1
    await m.sound()


async def test_the_list_added_by_two_at_once_stands_once(table: Round) -> None:
    added = await asyncio.gather(*(todo.add_suggested(table["seller"], table.deal_id) for _ in range(4)))
    assert sorted(added) == [0, 0, 0, 4]
    assert await m.scalar("SELECT count(*) FROM desk_task") == 4


async def test_reminders_are_sent_once_a_date(table: Round, drain: Any, mails: Any) -> None:
    today = clock.today()
    member = table["seller_member"]
    await add(table, title="Việc ngày mai", due_on=today + timedelta(days=1), assignee_id=member.person_id)
    late = await add(table, title="Việc hôm qua", due_on=today - timedelta(days=1))
    await add(table, title="Việc tháng sau", due_on=today + timedelta(days=30))
    done = await add(table, title="Việc đã xong", due_on=today - timedelta(days=2))
    await todo.finish(table["seller"], done)
    await drain()
    before = len(mails())
    assert [await todo.remind() for _ in range(3)] == [2, 0, 0]
    await drain()
    assert len(mails()) == before + 2
    [mail] = [x for x in mails(table.email("seller_member")) if "sắp đến hạn" in x.subject]
    assert "Việc ngày mai" in mail.subject
    assert [x.subject for x in mails(table.email("seller")) if "quá hạn" in x.subject] == [
        "Việc đã quá hạn: Việc hôm qua"
    ]
    await todo.edit(table["seller"], late, EditTask(title="Việc hôm qua", due_on=today - timedelta(days=3)))
    assert await todo.remind() == 1, "another date is another reminder"


# --- handing over ---


async def handler(table: Round, who: str = "seller") -> Any:
    access = await deals.access(table[who], table.deal_id)
    return next(p.handler_id for p in access.participants if p.org_id == table[who].org_id)


async def give(table: Round, to: str, by: str = "seller", **values: Any) -> Any:
    return await desk.hand_over(table[by], table.deal_id, HandOver(person_id=table[to].person_id, **values))


async def test_handing_over_moves_tasks_and_tells(table: Round, drain: Any, mails: Any) -> None:
    await give(table, "seller_member")
    mine = await add(table, "seller", title="Của người cũ", assignee_id=table["seller_member"].person_id)
    other = await add(table, "seller", title="Của trưởng", assignee_id=table["seller"].person_id)
    finished = await add(table, "seller", title="Đã xong", assignee_id=table["seller_member"].person_id)
    await todo.finish(table["seller"], finished)
    await give(table, "seller_manager", "seller_member", note="Bên mua chờ bản vẽ")
    assert await handler(table) == table["seller_manager"].person_id
    held = dict(await m.rows("SELECT id, assignee_id FROM desk_task"))
    assert held[mine] == table["seller_manager"].person_id
    assert held[other] == table["seller"].person_id
    assert held[finished] == table["seller_member"].person_id
    page = await desk.hand_over_page(table["seller"], table.deal_id)
    assert (page.history[0].note, page.history[0].tasks) == ("Bên mua chờ bản vẽ", 1)
    assert page.history[0].from_name == table["seller_member"].person_name
    assert (await desk.hand_over_page(table["buyer"], table.deal_id)).history == []
    await drain()
    [mail] = [x for x in mails(table.email("seller_manager")) if "phụ trách" in x.subject]
    assert "bản vẽ" not in mail.body
    await m.sound()


async def test_who_may_hand_over(table: Round) -> None:
    for who, kind in (
        ("seller_viewer", Forbidden), ("seller_member", Forbidden), ("operator", Forbidden),
        ("department", Forbidden), ("stranger", NotFound), ("nobody", NotFound),
    ):  # fmt: skip
        with pytest.raises(kind):
            await give(table, "seller_manager", who)
    for to in ("buyer", "seller_viewer", "stranger"):
        with pytest.raises(DomainError):
            await give(table, to)
    assert await m.scalar("SELECT count(*) FROM desk_handover") == 0


async def test_two_who_hand_over_at_once(table: Round) -> None:
    """Both saw the same handler: one deal changes hands once, the other giver is told."""
    await give(table, "seller_member")
    saw = await handler(table)
    results = await asyncio.gather(
        give(table, "seller", "seller", from_id=saw), give(table, "seller_manager", "seller_manager", from_id=saw),
        return_exceptions=True,
    )  # fmt: skip
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "UUID"]
    assert await m.scalar("SELECT count(*) FROM desk_handover") == 2
    await m.sound()


async def test_who_left_leaves_a_deal_to_be_handed_over(table: Round) -> None:
    await give(table, "seller_member")
    task_id = await add(table, assignee_id=table["seller_member"].person_id)
    assert (await desk.list(table["seller"])).counts.handover == 0
    gone = table["seller_member"].person_id
    assert gone
    await accounts.remove_member(table["seller"], gone)
    found = await desk.list(table["seller"], DeskFilter(handover=True))
    assert [d.needs_handover for d in found.items] == [True]
    assert found.counts.handover == 1
    assert (await desk.list(table["buyer"])).counts.handover == 0
    assert (await todo.list(table["seller"], table.deal_id)).items[0].assignee_left
    assert (await desk.hand_over_page(table["seller"], table.deal_id)).handler_left
    await give(table, "seller_manager")
    assert (await desk.list(table["seller"])).counts.handover == 0
    assert (
        await m.scalar("SELECT assignee_id FROM desk_task WHERE id = :id", id=task_id)
        == table["seller_manager"].person_id
    )
