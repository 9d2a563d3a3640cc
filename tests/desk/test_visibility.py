"""Who sees what at the desk: every person of a deal against every part of it."""

from __future__ import annotations

from typing import Any

import pytest

from app.deals import deals
from app.desk import messages, notes, todo
from app.desk.messaging import Upload
from app.desk.schemas import AddTask, Audience, Inspect, NoteScope, SendMessage, WriteNote
from app.kit.errors import DomainError, Forbidden, NotFound
from tests.desk.conftest import Round
from tests.support import market as m

SELLER_SIDE = ("seller", "seller_manager", "seller_member", "seller_viewer", "seller_broker")
BUYER_SIDE = ("buyer", "buyer_manager", "buyer_member", "buyer_viewer", "buyer_broker")
OUTSIDE = ("stranger", "nobody")
STAFF = ("operator", "department")
WRITERS = ("seller", "seller_manager", "seller_member", "seller_broker", "buyer", "buyer_manager", "buyer_member",
           "buyer_broker")  # fmt: skip
EVERYBODY = (*SELLER_SIDE, *BUYER_SIDE, "valuer", *OUTSIDE, *STAFF)


async def refused(call: Any, *kinds: type[DomainError]) -> DomainError:
    with pytest.raises(kinds) as caught:
        await call
    return caught.value


async def test_messages(table: Round) -> None:
    await messages.send(table["seller"], table.deal_id, SendMessage(body="Chào tất cả"))
    await messages.send(table["seller"], table.deal_id, SendMessage(body="Riêng bên bán", channel=Audience.own))
    await messages.send(table["buyer"], table.deal_id, SendMessage(body="Riêng bên mua", channel=Audience.own))
    for who in (*SELLER_SIDE, *BUYER_SIDE):
        said = await messages.thread(table[who], table.deal_id)
        own = await messages.thread(table[who], table.deal_id, Audience.own)
        side = "bán" if who in SELLER_SIDE else "mua"
        assert [x.body for x in said.items] == ["Chào tất cả"], who
        assert [x.body for x in own.items] == [f"Riêng bên {side}"], who
        assert said.may_write == own.may_write == (who in WRITERS), who
    for who in ("valuer", "department"):
        await refused(messages.thread(table[who], table.deal_id), Forbidden)
        await refused(messages.inspect(table[who], table.deal_id, Inspect(reason="Tôi muốn đọc thử")), Forbidden)
    error = await refused(messages.thread(table["operator"], table.deal_id), Forbidden)
    assert error.code == "message.reason_needed"
    for who in OUTSIDE:
        await refused(messages.thread(table[who], table.deal_id), NotFound)
        await refused(messages.inspect(table[who], table.deal_id, Inspect(reason="Tôi muốn đọc thử")), NotFound)
    for who in (*SELLER_SIDE, *BUYER_SIDE):
        await refused(messages.inspect(table[who], table.deal_id, Inspect(reason="Tôi muốn đọc thử")), Forbidden)


async def test_who_may_write(table: Round) -> None:
    for who in EVERYBODY:
        before = await m.scalar("SELECT count(*) FROM desk_message")
        call = messages.send(table[who], table.deal_id, SendMessage(body=f"Của {who}"))
        if who in WRITERS:
            await call
            assert await m.scalar("SELECT count(*) FROM desk_message") == before + 1
        else:
            await refused(call, Forbidden, NotFound)
            assert await m.scalar("SELECT count(*) FROM desk_message") == before
    await m.sound()


async def test_tasks(table: Round) -> None:
    shared = await todo.add(table["seller"], table.deal_id, AddTask(title="Hẹn gặp", channel=Audience.all))
    own = await todo.add(table["buyer"], table.deal_id, AddTask(title="Tính ngân sách"))
    for who in (*SELLER_SIDE, *BUYER_SIDE):
        found = await todo.list(table[who], table.deal_id)
        assert {t.id for t in found.items} == ({shared, own} if who in BUYER_SIDE else {shared}), who
        assert found.may_write == (who in WRITERS), who
        for task in found.items:
            assert ("finish" in task.actions) == (who in WRITERS), who
            mine = table[who].org_id == task.org_id and who in WRITERS
            assert ("edit" in task.actions) == ("drop" in task.actions) == mine, who
    for who in ("valuer", *STAFF):
        await refused(todo.list(table[who], table.deal_id), Forbidden)
        await refused(todo.finish(table[who], shared), Forbidden)
    for who in OUTSIDE:
        await refused(todo.list(table[who], table.deal_id), NotFound)
        await refused(todo.finish(table[who], shared), NotFound)
    for who in SELLER_SIDE:
        await refused(todo.finish(table[who], own), NotFound)
    for who in ("seller_viewer", "buyer_viewer"):
        await refused(todo.finish(table[who], shared), Forbidden)
        await refused(todo.add(table[who], table.deal_id, AddTask(title="Không được")), Forbidden)
    await refused(todo.drop(table["buyer"], shared), Forbidden)
    await todo.finish(table["buyer_broker"], shared)


async def test_notes_are_nobody_elses(table: Round) -> None:
    await notes.write(table["seller_member"], table.deal_id, WriteNote(body="Chỉ tôi"))
    await notes.write(table["seller_member"], table.deal_id, WriteNote(body="Cả viện", scope=NoteScope.organisation))
    await notes.write(table["valuer"], table.deal_id, WriteNote(body="Của người định giá"))
    wanted = {
        "seller_member": ["Cả viện", "Chỉ tôi"],
        "seller": ["Cả viện"],
        "seller_manager": ["Cả viện"],
        "seller_viewer": ["Cả viện"],
        "valuer": ["Của người định giá"],
    }
    for who in (*SELLER_SIDE, *BUYER_SIDE, "valuer"):
        found = await notes.list(table[who], table.deal_id)
        assert [n.body for n in found.items] == wanted.get(who, []), who
        assert found.may_write == (not who.endswith("viewer"))
    for who in STAFF:
        await refused(notes.list(table[who], table.deal_id), Forbidden)
    for who in OUTSIDE:
        await refused(notes.list(table[who], table.deal_id), NotFound)
    private = (await notes.list(table["seller_member"], table.deal_id)).items[1].id
    shared = (await notes.list(table["seller_member"], table.deal_id)).items[0].id
    for who in EVERYBODY:
        if who != "seller_member":
            await refused(notes.remove(table[who], private), NotFound)
            expected = Forbidden if who in SELLER_SIDE and who != "seller_broker" else NotFound
            await refused(notes.remove(table[who], shared), expected)
    await refused(notes.write(table["seller_viewer"], table.deal_id, WriteNote(body="Không")), Forbidden)


async def test_files_follow_their_channel(table: Round) -> None:
    await messages.send(
        table["buyer"], table.deal_id, SendMessage(channel=Audience.own), [Upload("ngan-sach.pdf", m.PDF)]
    )
    file = await m.scalar("SELECT id FROM desk_file")
    for who in EVERYBODY:
        call = messages.open_file(table[who], table.deal_id, file)
        if who in BUYER_SIDE:
            opened = await call
            assert b"".join([chunk async for chunk in opened.chunks]) == m.PDF
        else:
            await refused(call, Forbidden, NotFound)


async def test_the_operator_gives_a_reason_and_it_is_logged(table: Round) -> None:
    sent = await messages.send(
        table["buyer"], table.deal_id, SendMessage(body="Lời đã rút"), [Upload("bang-chung.pdf", m.PDF)]
    )
    await messages.retract(table["buyer"], sent)
    before = await m.scalar("SELECT seq FROM audit_head")
    opened = await messages.inspect(table["operator"], table.deal_id, Inspect(reason="Đơn khiếu nại số 12/KN"))
    assert [x.body for x in opened.items] == ["Lời đã rút"]
    entry = await m.scalar("SELECT entry FROM audit_entry WHERE seq = :seq", seq=before + 1)
    assert "message.inspect" in entry
    assert "Đơn khiếu nại số 12/KN" in entry
    file = opened.items[0].files[0].id
    await refused(messages.open_file(table["operator"], table.deal_id, file), Forbidden)
    await refused(messages.open_file(table["operator"], table.deal_id, file, "made.up"), Forbidden)
    await refused(messages.open_file(table["department"], table.deal_id, file, opened.inspection), Forbidden)
    found = await messages.open_file(table["operator"], table.deal_id, file, opened.inspection)
    assert b"".join([chunk async for chunk in found.chunks]) == m.PDF
    for who in (*SELLER_SIDE, *BUYER_SIDE):
        [shown] = (await messages.thread(table[who], table.deal_id)).items
        assert shown.body is None
        assert shown.files == []
        await refused(messages.open_file(table[who], table.deal_id, file), NotFound)


async def test_who_left_reads_no_more(table: Round) -> None:
    broker = table["seller_broker"]
    await messages.send(broker, table.deal_id, SendMessage(body="Chào"))
    assert broker.org_id
    await deals.leave(table["seller"], table.deal_id, broker.org_id, reason="Hết hợp đồng môi giới")
    for call in (
        messages.thread(broker, table.deal_id),
        messages.send(broker, table.deal_id, SendMessage(body="Còn đây")),
        todo.list(broker, table.deal_id),
        notes.list(broker, table.deal_id),
    ):
        await refused(call, NotFound)
