"""The room as it is met in a browser and over the API: what is sent, what may be kept, what an open tab is told."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from app.disclosure import disclosure
from app.disclosure.schemas import Ask
from tests.support import market as m
from tests.support import secrets as s
from tests.support.browser import forms, text

XSS = '<script>alert("x")</script>'


@pytest.fixture
async def scene(db: Any, make_person: Any, make_organisation: Any) -> Any:
    """(seller, buyer, room) with real accounts; the paper has two pages."""
    seller = await make_person("owner", await make_organisation("university"))
    buyer = await make_person("owner", await make_organisation("company"))
    table = await m.market(seller.actor, buyer.actor)
    room = s.Room(table)
    room.nda_id = await s.in_force(table.deal_id, seller.actor, buyer.actor)
    room.document_id = await s.document(seller.actor, table.listing_id, s.pdf(2), title=f"Bản vẽ {XSS}")
    room.grant_id = await s.grant(seller.actor, table.listing_id, table.deal_id)
    return seller, buyer, room


async def test_revocation_stops_an_open_tab(scene: Any) -> None:
    """The tab is open, a page is on it; the owner revokes: the poll and every further page are refused."""
    seller, buyer, room = scene
    base = f"/deals/{room.deal_id}/room/documents/{room.document_id}"
    tab, owner = await buyer.browser(), await seller.browser()
    viewer = await tab.get(base)
    assert viewer.status_code == 200
    assert viewer.headers["cache-control"] == "no-store"
    assert f'data-room-alive="{base}/alive"' in viewer.text
    page = await tab.get(f"{base}/pages/1")
    assert (page.headers["content-type"], page.headers["cache-control"]) == ("image/png", "no-store")
    assert Image.open(io.BytesIO(page.content)).width == 1240
    assert "etag" not in page.headers
    assert (await tab.get(f"{base}/alive")).status_code == 204
    done = await owner.post_form(f"/listings/{room.listing_id}/room/grants/{room.grant_id}/revoke")
    assert done.status_code == 303
    for path in ("", "/alive", "/pages/1", "/pages/2", "/download", "/original"):
        assert (await tab.get(base + path)).status_code == 403, path
    kinds = [r.kind for r in await s.log(room.deal_id)]
    assert kinds == ["document", "page", "refused", "refused", "refused", "refused", "refused"]


async def test_names_are_escaped_everywhere(scene: Any) -> None:
    seller, buyer, room = scene
    question = await disclosure.ask(buyer.actor, room.deal_id, Ask(question=f"Hỏi {XSS} được không?"))
    assert question
    reader, owner = await buyer.browser(), await seller.browser()
    base = f"/deals/{room.deal_id}/room"
    pages = [await reader.get(base + p) for p in ("", f"/documents/{room.document_id}", "/questions", "/nda")]
    pages += [await owner.get(f"/listings/{room.listing_id}/room{p}") for p in ("", "/log", "/questions")]
    for page in pages:
        assert page.status_code == 200, page.request.url
        assert XSS not in page.text
    assert "&lt;script&gt;" in pages[0].text


async def test_the_whole_way_by_forms(db: Any, make_person: Any, make_organisation: Any) -> None:
    """Without JavaScript: propose, sign, sign, upload, open, look, ask, answer, publish, log, terminate."""
    seller = await make_person("owner", await make_organisation("university"), name="Đỗ Thị Ánh")
    buyer = await make_person("owner", await make_organisation("company"), name="Lê Văn Bình")
    table = await m.market(seller.actor, buyer.actor)
    owner, reader = await seller.browser(), await buyer.browser()
    room, own = f"/deals/{table.deal_id}/room", f"/listings/{table.listing_id}/room"
    assert "Phòng dữ liệu mở sau khi hai bên ký" in text(await reader.get(room))
    bad = await reader.post_form(
        f"/deals/{table.deal_id}/ndas", {"kind": "mutual", "purpose": "ngắn", "term_months": "6"}
    )
    assert bad.status_code == 422
    assert 'value="6"' in bad.text
    sent = await reader.post_form(
        f"/deals/{table.deal_id}/ndas", {"kind": "mutual", "purpose": s.PURPOSE, "term_months": "6"}
    )
    nda = sent.headers["location"]
    for who, browser, name in ((buyer, reader, "Lê Văn Bình"), (seller, owner, "Đỗ Thị Ánh")):
        page = await browser.get(nda)
        form = next(f for f in forms(page) if f.action == f"{nda}/sign")
        wrong = await browser.submit(form, typed_name="Người Khác")
        assert wrong.status_code == 422
        assert 'value="Người Khác"' in wrong.text
        done = await browser.submit(form, typed_name=name)
        assert (done.status_code, who.name) == (303, name)
    checked = await reader.get(f"{nda}?check=1")
    assert "Văn bản nguyên vẹn" in text(checked)
    plain = await reader.get(f"{nda}/text")
    view = await disclosure.nda(buyer.actor, (await disclosure.ndas(buyer.actor, table.deal_id)).items[0].id)
    assert plain.text == view.body
    files = {"file": ("quy-trinh.pdf", s.PDF, "application/pdf")}
    empty = await owner.post_form(f"{own}/documents", {"stage": "1", "title": "Quy trình"})
    assert empty.status_code == 422
    assert 'value="Quy trình"' in empty.text
    added = await owner.post(f"{own}/documents", data={"csrf_token": owner.csrf_token(), "stage": "1"}, files=files)
    assert added.status_code == 303, added.text
    opened = await owner.post_form(f"{own}/grants", {"deal_id": str(table.deal_id), "stage": "1", "next": room})
    assert opened.headers["location"] == room
    assert "quy-trinh.pdf" in text(await reader.get(room))
    asked = await reader.post_form(f"{room}/questions", {"question": "Màng chịu được độ mặn bao nhiêu?"})
    assert asked.status_code == 303
    page = await owner.get(f"{room}/questions")
    form = next(f for f in forms(page) if f.action.endswith("/answer"))
    short = await owner.submit(form, answer="ừ")
    assert short.status_code == 422
    assert (await owner.submit(form, answer="Đến 12 gam muối một lít.")).status_code == 303
    page = await owner.get(f"{room}/questions")
    form = next(f for f in forms(page) if f.action.endswith("/publish"))
    assert (await owner.submit(form)).status_code == 303
    assert "Đến 12 gam" in text(await reader.get(f"{room}/questions"))
    assert "Đọc hỏi đáp" in text(await owner.get(f"{own}/log"))
    ended = await reader.post_form(f"{nda}/terminate", {"reason_code": "other", "reason": "Đã đủ."})
    assert ended.status_code == 303
    assert "nghĩa vụ giữ bí mật" in text(await reader.get(nda))
    assert "quy-trinh.pdf" not in text(await reader.get(room))


async def test_the_listing_page_says_what_opens_the_lock(db: Any, make_person: Any, make_organisation: Any) -> None:
    seller = await make_person("owner", await make_organisation("university"))
    buyer = await make_person("owner", await make_organisation("company"))
    listing_id = await m.publish(seller.actor, confidential_vi=s.SECRET)
    reader = await buyer.browser()
    before = await reader.get(f"/listings/{listing_id}")
    assert "ký thỏa thuận bảo mật trong hồ sơ" in text(before)
    deal_id = await m.open_deal(buyer.actor, listing_id)
    after = await reader.get(f"/listings/{listing_id}")
    assert f'href="/deals/{deal_id}/room"' in after.text
    await s.in_force(deal_id, seller.actor, buyer.actor)
    await s.document(seller.actor, listing_id)
    await s.grant(seller.actor, listing_id, deal_id)
    fields = await reader.get(f"/deals/{deal_id}/room/fields")
    assert s.SECRET in text(fields)
    assert fields.headers["cache-control"] == "no-store"
    for path in (f"/listings/{listing_id}", f"/api/v1/listings/{listing_id}", "/listings?q=nung"):
        assert s.SECRET not in (await reader.get(path)).text


async def test_a_large_document_goes_in_and_a_larger_one_does_not(scene: Any, settings_changed: Any) -> None:
    """The room's own bound holds at the edge too, beyond that of every other upload."""
    seller, _, room = scene
    client = seller.api()
    data = s.PDF + b"%" + b" " * (22 * 1024 * 1024)
    sent = await client.post(
        f"/api/v1/listings/{room.listing_id}/room/documents",
        files={"file": ("lon.pdf", data, "application/pdf")},
    )
    assert sent.status_code == 201, sent.text
    assert sent.json()["size"] == len(data)
    refused = await client.post(
        f"/api/v1/listings/{room.listing_id}/room/documents",
        files={"file": ("qua-lon.pdf", s.PDF + b" " * (52 * 1024 * 1024), "application/pdf")},
    )
    assert refused.status_code == 413


async def test_the_api_gives_the_same(scene: Any) -> None:
    _, buyer, room = scene
    client = buyer.api()
    view = (await client.get(f"/api/v1/deals/{room.deal_id}/data-room")).json()
    assert [d["id"] for d in view["documents"]] == [str(room.document_id)]
    assert view["actions"] == ["ask"]
    base = f"/api/v1/deals/{room.deal_id}/room/documents/{room.document_id}"
    page = await client.get(f"{base}/pages/2")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert (await client.get(f"{base}/pages/3")).status_code == 404
    refused = await client.get(f"{base}/download")
    assert (refused.status_code, refused.json()["code"]) == (403, "room.no_download")
