"""Messages: what was sent stays, files byte for byte, ten minutes to retract, marks that never go back."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from app.deals import deals
from app.deals.schemas import CloseDeal
from app.desk import messages
from app.desk.messaging import Upload
from app.desk.schemas import Audience, ReadUpTo, SendMessage
from app.kit import clock
from app.kit.errors import Conflict, Forbidden, Invalid, TooMany
from tests.desk.conftest import Round
from tests.support import market as m
from tests.support.scenes import PNG


async def say(table: Round, who: str, body: str = "Chào bạn", audience: Audience = Audience.all) -> Any:
    return await messages.send(table[who], table.deal_id, SendMessage(body=body, channel=audience))


async def unread(table: Round, who: str) -> int:
    return await messages.unread(table[who], table.deal_id)


async def test_a_thread_reads_in_order_with_its_files(table: Round) -> None:
    await say(table, "buyer", "Một\n\n- hai\n- ba")
    uploads = [Upload("../bản vẽ.png", PNG), Upload("hop-dong.pdf", m.PDF)]
    await messages.send(table["seller"], table.deal_id, SendMessage(), uploads)
    found = await messages.thread(table["buyer"], table.deal_id)
    assert [(x.seq, x.body, x.mine, x.new) for x in found.items] == [
        (1, "Một\n\n- hai\n- ba", True, False),
        (2, "", False, True),
    ]
    files = found.items[1].files
    assert [(f.name, f.media_type) for f in files] == [("bản vẽ.png", "image/png"), ("hop-dong.pdf", "application/pdf")]
    for file, data in zip(files, (PNG, m.PDF), strict=True):
        opened = await messages.open_file(table["buyer"], table.deal_id, file.id)
        assert b"".join([chunk async for chunk in opened.chunks]) == data
        assert file.sha256 == hashlib.sha256(data).hexdigest()
        assert file.size == len(data)
    await m.sound()


@pytest.mark.parametrize(
    ("command", "uploads"),
    [
        (SendMessage(), []),
        (SendMessage(body="   "), []),
        (SendMessage(body="Tệp lạ"), [Upload("virus.pdf", b"MZ\x90\x00 not a document")]),
        (SendMessage(body="Trống"), [Upload("a.pdf", b"")]),
        (SendMessage(body="Nhiều"), [Upload(f"{n}.pdf", m.PDF) for n in range(6)]),
    ],
)
async def test_what_is_not_taken(table: Round, command: SendMessage, uploads: list[Upload]) -> None:
    with pytest.raises(Invalid) as caught:
        await messages.send(table["buyer"], table.deal_id, command, uploads)
    assert set(caught.value.fields) <= {"body", "files"}
    assert await m.scalar("SELECT count(*) FROM desk_message") == 0
    assert await m.scalar("SELECT count(*) FROM desk_file") == 0


async def test_what_was_sent_cannot_be_edited_even_in_the_database(table: Round) -> None:
    await messages.send(table["buyer"], table.deal_id, SendMessage(body="Giá là 5 tỷ"), [Upload("a.pdf", m.PDF)])
    for sql in (
        "UPDATE desk_message SET body = 'Giá là 4 tỷ'",
        "UPDATE desk_message SET channel = 'buyer'",
        "UPDATE desk_message SET sent_at = now()",
        "DELETE FROM desk_message",
        "UPDATE desk_file SET sha256 = 'x'",
        "DELETE FROM desk_file",
    ):
        with pytest.raises((IntegrityError, Exception), match=r"cannot be edited|append-only|violates"):
            await m.execute(sql)
    assert await m.scalar("SELECT body FROM desk_message") == "Giá là 5 tỷ"


async def test_retracting(table: Round) -> None:
    now = clock.now()
    sent = await say(table, "buyer", "Nhầm hồ sơ")
    for who in ("seller", "buyer_member", "buyer_broker", "operator"):
        with pytest.raises(Forbidden):
            await messages.retract(table[who], sent)
    assert await unread(table, "seller") == 1
    await messages.retract(table["buyer"], sent)
    assert await unread(table, "seller") == 0
    with pytest.raises(Conflict):
        await messages.retract(table["buyer"], sent)
    assert await m.scalar("SELECT body FROM desk_message") == "Nhầm hồ sơ", "the record keeps it"
    late = await say(table, "buyer", "Để lâu")
    [action] = (await messages.thread(table["buyer"], table.deal_id)).items[-1].actions
    assert action == "retract"
    with clock.frozen(now + timedelta(minutes=11)):
        assert (await messages.thread(table["buyer"], table.deal_id)).items[-1].actions == []
        with pytest.raises(Conflict) as caught:
            await messages.retract(table["buyer"], late)
        assert caught.value.code == "message.too_late"
    await m.sound()


async def test_a_closed_deal_is_for_reading(table: Round) -> None:
    await say(table, "buyer")
    await deals.close(table["seller"], table.deal_id, CloseDeal(reason_code="price"))
    with pytest.raises(Conflict):
        await say(table, "buyer", "Còn một điều")
    found = await messages.thread(table["buyer"], table.deal_id)
    assert found.closed
    assert not found.may_write
    assert len(found.items) == 1


async def test_marks_never_go_back_and_tell_who_has_seen(table: Round) -> None:
    for n in range(3):
        await say(table, "buyer", f"Tin {n}")
    assert await unread(table, "seller") == 3
    await messages.read(table["seller"], table.deal_id, ReadUpTo(seq=2))
    assert await unread(table, "seller") == 1
    await messages.read(table["seller"], table.deal_id, ReadUpTo(seq=1))
    assert await unread(table, "seller") == 1
    await messages.read(table["seller_viewer"], table.deal_id, ReadUpTo(seq=99))
    seen = [x.seen_by for x in (await messages.thread(table["buyer"], table.deal_id)).items]
    assert [len(s) for s in seen] == [0, 1, 1]
    assert table["seller"].person_name in seen[1][0]
    assert await m.scalar("SELECT max(seq) FROM desk_mark") == 3, "no mark lies beyond what there is"
    await say(table, "buyer", "Tin mới")
    assert await unread(table, "seller_viewer") == 1


async def test_older_messages_come_by_pages(table: Round) -> None:
    now = clock.now()
    await m.execute(
        "INSERT INTO desk_message (id, deal_id, seq, channel, org_id, person_id, person_name, body, sent_at, status,"
        " status_at) SELECT gen_random_uuid(), :deal, n, 'all', :org, :me, 'Người mua', 'Tin ' || n, :now, 'sent', :now"
        " FROM generate_series(1, 120) n",
        deal=table.deal_id, org=table["buyer"].org_id, me=table["buyer"].person_id, now=now,
    )  # fmt: skip
    seen, before = [], None
    while True:
        found = await messages.thread(table["seller"], table.deal_id, before=before)
        seen = [x.seq for x in found.items] + seen
        before = found.earlier
        if before is None:
            break
    assert seen == list(range(1, 121))


async def test_nobody_floods_a_deal(table: Round) -> None:
    for n in range(30):
        await say(table, "buyer", f"Tin {n}")
    with pytest.raises(TooMany):
        await say(table, "buyer", "Một tin nữa")
    await say(table, "buyer_member", "Người khác vẫn viết được")


async def test_numbers_follow_each_other_when_all_write_at_once(table: Round) -> None:
    writers = ["seller", "seller_member", "buyer", "buyer_member", "seller_broker", "buyer_broker"] * 3
    own = [Audience.all, Audience.own, Audience.all]
    await asyncio.gather(*(say(table, who, "Cùng lúc", own[n % 3]) for n, who in enumerate(writers)))
    found = await m.rows("SELECT seq FROM desk_message ORDER BY seq")
    assert [r[0] for r in found] == list(range(1, len(writers) + 1))
    await m.sound()
