"""The desk's pages: what people click, what is kept when they err, and what nobody may read in them."""

from __future__ import annotations

import re
from datetime import timedelta

from app.desk import messages, notes, todo
from app.desk.schemas import AddTask, Audience, NoteScope, SendMessage, WriteNote
from app.kit import clock
from app.settings import ROOT
from tests.desk.conftest import Round
from tests.support import market as m


async def page(table: Round, who: str, path: str) -> str:
    browser = await table.people[who].browser()
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text[:400]
    return str(answer.text)


async def test_the_list_leads_to_its_parts(table: Round) -> None:
    await messages.send(table["buyer"], table.deal_id, SendMessage(body="Chào viện"))
    await todo.add(table["seller"], table.deal_id, AddTask(title="Trả lời", due_on=clock.today() - timedelta(days=1)))
    text = await page(table, "seller", "/desk")
    for path in (f"/deals/{table.deal_id}", f"/deals/{table.deal_id}/messages", f"/deals/{table.deal_id}/tasks"):
        assert f'href="{path}"' in text
    assert "1 tin mới" in text
    assert "1 việc quá hạn" in text
    assert "Lượt bạn" in text
    assert "js/desk.js" in text
    board = await page(table, "seller", "/desk?view=board")
    assert board.count("data-row") == 1
    await m.execute("UPDATE deal SET turn_since = now() - interval '16 days', turn_until = now() - interval '2 days'")
    assert f"Chờ {table['seller'].org_name} đã 16 ngày" in await page(table, "buyer", "/desk")
    assert "Đứng yên từ 14 ngày" in await page(table, "buyer", "/desk")
    assert "Waiting for" in await page(table, "buyer", "/desk?lang=en")
    assert "Chưa có giao dịch nào" in await page(table, "nobody", "/desk")
    assert "Không có giao dịch nào khớp bộ lọc" in await page(table, "seller", "/desk?status=agreed")


async def test_what_means_nothing_in_an_address_is_ignored(table: Round) -> None:
    for query in ("status=nope", "capacity=king", "sort=sideways", "whose=them", "turn=maybe", "view=9"):
        assert "GD-" in await page(table, "seller", f"/desk?{query}")


async def test_a_message_is_inert_and_counts_as_read_when_shown(table: Round) -> None:
    bad = "<script>alert(1)</script>\n- **a** <img src=x onerror=alert(1)>"
    await messages.send(table["buyer"], table.deal_id, SendMessage(body=bad))
    assert await messages.unread(table["seller"], table.deal_id) == 1
    assert 'Trao đổi <span class="small muted">1</span>' in await page(table, "seller", f"/deals/{table.deal_id}/tasks")
    text = await page(table, "seller", f"/deals/{table.deal_id}/messages")
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;" in text
    assert await messages.unread(table["seller"], table.deal_id) == 0
    assert "Đã xem" in await page(table, "buyer", f"/deals/{table.deal_id}/messages")
    assert 'hx-trigger="refresh"' in text


async def test_sending_with_a_file_and_what_is_kept_on_an_error(table: Round) -> None:
    browser = await table.people["buyer"].browser()
    address = f"/deals/{table.deal_id}/messages"
    refused = await browser.post_form(
        address, {"body": "Xin xem tệp", "channel": "own"}, files={"files": ("x.exe", b"MZ\x90", "application/pdf")}
    )
    assert refused.status_code == 422
    assert "Xin xem tệp" in refused.text
    assert 'name="channel" value="own"' in refused.text
    sent = await browser.post_form(
        address, {"body": "Xin xem tệp", "channel": "own"}, files={"files": ("bản vẽ.pdf", m.PDF, "application/pdf")}
    )
    assert sent.headers["location"] == f"{address}?channel=own#newest"
    shown = await browser.get(f"{address}?channel=own")
    [link] = re.findall(rf"{address}/files/[0-9a-f-]+", shown.text)
    file = await browser.get(link)
    assert file.content == m.PDF
    assert "sandbox" in file.headers["content-security-policy"]
    assert (await browser.post_form(address, {"channel": "all"})).status_code == 422


async def test_viewers_find_no_form(table: Round) -> None:
    await todo.add(table["seller"], table.deal_id, AddTask(title="Việc chung", channel=Audience.all))
    for path in (f"/deals/{table.deal_id}/messages", f"/deals/{table.deal_id}/tasks"):
        text = await page(table, "seller_viewer", path)
        assert f'method="post" action="{path}"' not in text
        assert "/finish" not in text
    assert "Bạn chỉ có quyền xem" in await page(table, "seller_viewer", f"/deals/{table.deal_id}/messages")


async def test_the_operators_page_asks_first(table: Round) -> None:
    await messages.send(table["buyer"], table.deal_id, SendMessage(body="Lời riêng của hai bên"))
    address = f"/deals/{table.deal_id}/messages"
    assert "Lời riêng" not in await page(table, "operator", address)
    browser = await table.people["operator"].browser()
    refused = await browser.post_form(f"{address}/inspect", {"reason": "Xem"})
    assert refused.status_code == 422
    assert "Lời riêng" not in refused.text
    opened = await browser.post_form(f"{address}/inspect", {"reason": "Đơn khiếu nại số 12/KN"})
    assert "Lời riêng" in opened.text
    assert "đã được ghi vào nhật ký" in opened.text
    assert "<textarea" not in opened.text


async def test_notes_stand_on_no_page_of_others(table: Round) -> None:
    secret = "Giá trần là 987 triệu"
    await notes.write(table["seller"], table.deal_id, WriteNote(body=secret, scope=NoteScope.organisation))
    assert secret in await page(table, "seller_viewer", f"/deals/{table.deal_id}/tasks")
    for who in ("buyer", "seller_broker", "valuer"):
        assert secret not in await page(table, who, f"/deals/{table.deal_id}/tasks")
    for who in ("operator", "department"):
        browser = await table.people[who].browser()
        for path in ("", "/messages", "/tasks", "/hand-over"):
            assert secret not in (await browser.get(f"/deals/{table.deal_id}{path}")).text


async def test_tasks_notes_and_handing_over_by_forms(table: Round) -> None:
    browser = await table.people["seller"].browser()
    address = f"/deals/{table.deal_id}/tasks"
    refused = await browser.post_form(address, {"title": "x", "due_on": "2026-12-24"})
    assert refused.status_code == 422
    assert 'value="2026-12-24"' in refused.text
    await browser.post_form(address, {"title": "Gửi bản vẽ", "due_on": "", "assignee_id": "", "channel": "all"})
    await browser.post_form(f"{address}/suggested")
    text = (await browser.get(address)).text
    assert "Gửi bản vẽ" in text
    assert "Chuẩn bị thỏa thuận bảo mật (NDA)" in text
    assert "Thêm danh mục gợi ý" not in text
    [first, *_] = re.findall(r"/tasks/([0-9a-f-]{36})/edit", text)
    edited = await browser.post_form(f"/tasks/{first}/edit", {"title": "Gửi bản vẽ lần hai"})
    assert edited.status_code == 303
    assert (await browser.post_form(f"/tasks/{first}/edit", {"title": ""})).status_code == 422
    await browser.post_form(f"/deals/{table.deal_id}/notes", {"body": "Nhớ gọi", "scope": "private"})
    [note] = re.findall(r"/notes/([0-9a-f-]{36})/edit", (await browser.get(address)).text)
    assert "Nhớ gọi" in (await browser.get(f"/notes/{note}/edit")).text
    await browser.post_form(f"/notes/{note}/edit", {"body": "Đã gọi"})
    assert "Đã gọi" in (await browser.get(address)).text
    await browser.post_form(f"/notes/{note}/remove")
    assert "Đã gọi" not in (await browser.get(address)).text
    given = await browser.post_form(f"/deals/{table.deal_id}/hand-over", {"person_id": ""})
    assert given.status_code == 422
    person = str(table["seller_member"].person_id)
    given = await browser.post_form(f"/deals/{table.deal_id}/hand-over", {"person_id": person, "note": "Bên mua chờ"})
    assert given.status_code == 303
    assert table["seller_member"].person_name in (await browser.get("/desk")).text


def test_the_pages_own_script_stays_small() -> None:
    assert (ROOT / "static/js/desk.js").stat().st_size < 1536
