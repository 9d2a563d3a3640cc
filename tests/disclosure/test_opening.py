"""Looking into the room: who may, what leaves, and what is written down about it."""

from __future__ import annotations

import asyncio
import hashlib
import io
import unicodedata
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pypdf
import pypdfium2
import pytest
from PIL import Image, ImageChops

from app.deals import Capacity, deals
from app.deals.schemas import CloseDeal
from app.disclosure import disclosure, rendering
from app.disclosure.schemas import DescribeDocument, Inspect
from app.kit import clock
from app.kit.actor import ANONYMOUS, Role
from app.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unauthenticated
from app.listings import Tier, listings
from app.platform import audit
from app.platform.db import reading
from tests.support import market as m
from tests.support import secrets as s

REASON = "Kiểm tra khiếu nại số 12 về nội dung tài liệu."


async def _page(actor: Any, room: s.Room, number: int = 1) -> bytes:
    assert room.document_id
    return (await disclosure.page(actor, room.deal_id, room.document_id, number)).data


async def test_the_matrix(db: Any) -> None:
    """Everybody who might try, at once: what each is answered, and that a refusal is written down."""
    room = await s.room()
    other = await m.acting()
    other_deal = await m.open_deal(other, room.listing_id)  # a deal on the same listing, nothing granted
    broker = await s.broker(room.deal_id)
    expected: list[tuple[str, Any, type[DomainError] | None]] = [
        ("owner", room.seller, None),
        ("owner's viewer", s.colleague(room.seller, Role.viewer), None),
        ("buyer", room.buyer, None),
        ("buyer's member", s.colleague(room.buyer, Role.member), None),
        ("buyer's viewer", s.colleague(room.buyer, Role.viewer), Forbidden),
        ("stranger", ANONYMOUS, Unauthenticated),
        ("third company", await m.acting(), NotFound),
        ("other buyer", other, NotFound),
        ("broker before adherence", broker, Forbidden),
        ("operator", m.OPERATOR, Forbidden),
        ("Department", m.DEPARTMENT, Forbidden),
    ]
    for who, actor, refusal in expected:
        before = len(await s.log(room.deal_id))
        if refusal is None:
            assert (await _page(actor, room)).startswith(b"\x89PNG"), who
        else:
            with pytest.raises(refusal):
                await _page(actor, room)
        written = len(await s.log(room.deal_id)) - before
        assert written == (0 if refusal in (NotFound, Unauthenticated) else 1), who
    assert room.nda_id
    assert room.document_id
    await s.adhere(broker, room.nda_id)
    assert await _page(broker, room)
    # The other buyer has a deal of its own on this listing, and its address opens nothing of ours.
    with pytest.raises(Forbidden):
        await disclosure.page(other, other_deal, room.document_id, 1)
    assert [d.id for d in (await disclosure.room(other, other_deal)).documents] == []


async def test_a_viewer_who_handles_the_deal_may_look(db: Any) -> None:
    room = await s.room()
    viewer = s.colleague(room.buyer, Role.viewer)
    await m.execute(
        "UPDATE deal_participant SET handler_id = :p WHERE deal_id = :d AND org_id = :o",
        p=viewer.person_id, d=room.deal_id, o=viewer.org_id,
    )  # fmt: skip
    assert await _page(viewer, room)


async def test_a_broker_who_left_sees_the_deal_no_longer(db: Any) -> None:
    room = await s.room()
    broker = await s.broker(room.deal_id, Capacity.seller_broker)
    assert room.nda_id
    assert broker.org_id
    await s.adhere(broker, room.nda_id)
    assert await _page(broker, room)
    await deals.leave(m.OPERATOR, room.deal_id, broker.org_id, reason="hết ủy quyền")
    with pytest.raises(NotFound):
        await _page(broker, room)


async def test_revocation_stops_an_open_tab(db: Any) -> None:
    room = await s.room()
    assert room.document_id
    assert room.grant_id
    await disclosure.open_document(room.buyer, room.deal_id, room.document_id)
    await disclosure.alive(room.buyer, room.deal_id, room.document_id)
    await disclosure.revoke(room.seller, room.listing_id, room.grant_id)
    await disclosure.revoke(room.seller, room.listing_id, room.grant_id)  # a second click
    with pytest.raises(Forbidden):
        await disclosure.alive(room.buyer, room.deal_id, room.document_id)
    with pytest.raises(Forbidden):
        await _page(room.buyer, room)
    assert [r.kind for r in await s.log(room.deal_id)] == ["document", "refused"]


async def test_a_page_that_was_being_made_when_it_closed_does_not_leave(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule is asked again after the page is made: revoked in between, no byte leaves and no look is counted."""
    room = await s.room()
    real = rendering.page

    async def slow(*given: Any) -> bytes:
        made = await real(*given)
        assert room.grant_id
        await disclosure.revoke(room.seller, room.listing_id, room.grant_id)
        return made

    monkeypatch.setattr(rendering, "page", slow)
    with pytest.raises(Forbidden):
        await _page(room.buyer, room)
    assert [r.kind for r in await s.log(room.deal_id)] == ["refused"]


@pytest.mark.parametrize("end", ["expiry of the grant", "expiry of the agreement", "termination", "closing", "removal"])
async def test_what_ends_the_access(db: Any, end: str) -> None:
    table = await m.market()
    room = s.Room(table)
    room.nda_id = await s.in_force(table.deal_id, table.seller, table.buyer, term_months=1)
    room.document_id = await s.document(table.seller, table.listing_id)
    until = clock.today() + timedelta(days=3)
    await s.grant(table.seller, table.listing_id, table.deal_id, stage=1, until=until)
    assert await _page(room.buyer, room)
    later = clock.now()
    if end == "expiry of the grant":
        later += timedelta(days=4)
    elif end == "expiry of the agreement":
        later += timedelta(days=32)
    elif end == "termination":
        await disclosure.terminate_nda(room.buyer, room.nda_id, s.decline(reason="Đã đủ thông tin."))
    elif end == "closing":
        await deals.close(room.buyer, room.deal_id, CloseDeal(reason_code="price"))
    else:
        await disclosure.remove_document(room.seller, room.listing_id, room.document_id)
    with clock.frozen(later), pytest.raises(Forbidden):
        await _page(room.buyer, room)
    with clock.frozen(later):
        assert (await disclosure.room(room.buyer, room.deal_id)).documents == []


async def test_stages_and_single_documents(db: Any) -> None:
    room = await s.room()
    third = await s.document(room.seller, room.listing_id, title="Bản vẽ", stage=3)
    fourth = await s.document(room.seller, room.listing_id, title="Hợp đồng mẫu", stage=4)
    view = await disclosure.room(room.buyer, room.deal_id)
    assert ([d.id for d in view.documents], view.held_back) == ([room.document_id], 2)
    await s.grant(room.seller, room.listing_id, room.deal_id, document_id=fourth)
    assert [d.id for d in (await disclosure.room(room.buyer, room.deal_id)).documents] == [room.document_id, fourth]
    with pytest.raises(Forbidden):
        await disclosure.page(room.buyer, room.deal_id, third, 1)
    with pytest.raises(Conflict):
        await s.grant(room.seller, room.listing_id, room.deal_id, stage=3)  # one stage a deal: revoke it first
    assert room.grant_id
    await disclosure.revoke(room.seller, room.listing_id, room.grant_id)
    await s.grant(room.seller, room.listing_id, room.deal_id, stage=3)
    assert {d.id for d in (await disclosure.room(room.buyer, room.deal_id)).documents} == {
        room.document_id, third, fourth,
    }  # fmt: skip


async def test_the_watermark_is_the_readers_own(db: Any) -> None:
    """Two readers' pictures of one page differ; each holds the drawn name, Vietnamese letters among them."""
    room = await s.room()
    nhung = replace(room.buyer, person_name="Nguyễn Thị Hồng Nhung")
    duc = replace(room.seller, person_name="Đỗ Đức Quý")
    one, two = await _page(nhung, room), await _page(duc, room)
    assert one != two
    plain = pypdfium2.PdfDocument(s.PDF)[0].render(scale=1240 / 595).to_pil().convert("RGB")
    marked = Image.open(io.BytesIO(one)).convert("RGB")
    assert marked.size == plain.size
    changed = ImageChops.difference(marked, plain).convert("L").point(lambda v: 255 if v > 8 else 0)
    share = sum(changed.histogram()[255:]) / (changed.width * changed.height)
    assert 0.01 < share < 0.4, "the mark covers the page and leaves it readable"
    left, top, right, bottom = changed.getbbox() or (0, 0, 0, 0)
    assert right - left > plain.width * 0.95
    assert bottom - top > plain.height * 0.95


def test_the_type_face_has_every_vietnamese_letter() -> None:
    """Each letter has a shape of its own: none is the empty box of a letter the face does not have."""
    letters = "aăâeêioôơuưyđAĂÂEÊIOÔƠUƯYĐ"
    marks = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    every = [unicodedata.normalize("NFC", c + mark) for c in letters for mark in marks if c not in "đĐ" or not mark]
    latin, vietnamese = rendering._faces(40)
    for face, subset in ((latin, False), (vietnamese, True)):
        box = bytes(face.getmask("\ue000"))
        shapes = {c: bytes(face.getmask(c)) for c in every if rendering.in_vietnamese_subset(c) is subset}
        assert len(shapes) > 20
        assert all(any(shape) and shape != box for shape in shapes.values())
        assert len(set(shapes.values())) == len(shapes)


def test_a_line_is_drawn_in_runs() -> None:
    assert rendering.runs("Lê Đức") == [(False, "Lê "), (True, "Đ"), (True, "ứ")] or rendering.runs("Lê Đức") == [
        (False, "Lê "), (True, "Đứ"), (False, "c"),
    ]  # fmt: skip


async def test_the_original_leaves_byte_for_byte_and_only_when_allowed(db: Any) -> None:
    data = s.pdf(3) + b"% what follows the end stays too\n"
    room = await s.room(data=data, download="none")
    assert room.document_id
    for verb in (disclosure.original, disclosure.download):
        with pytest.raises(Forbidden):
            await verb(room.buyer, room.deal_id, room.document_id)
    allowed = DescribeDocument(title="Quy trình", stage=1, download="original")
    await disclosure.describe_document(room.seller, room.listing_id, room.document_id, allowed)
    paper = await disclosure.original(room.buyer, room.deal_id, room.document_id)
    assert paper.data == data
    assert hashlib.sha256(paper.data).hexdigest() == paper.sha256
    assert (await disclosure.own_original(room.seller, room.listing_id, room.document_id)).data == data


async def test_a_stamped_copy_is_a_pdf_with_the_mark_on_every_page(db: Any) -> None:
    room = await s.room(data=s.pdf(3), download="stamped")
    assert room.document_id
    paper = await disclosure.download(room.buyer, room.deal_id, room.document_id)
    reader = pypdf.PdfReader(io.BytesIO(paper.data))
    assert len(reader.pages) == 3
    assert all(len(page.images) == 1 for page in reader.pages)
    assert "HOP DONG" in reader.pages[2].extract_text()
    copy = pypdfium2.PdfDocument(paper.data)[2].render(scale=1).to_pil().convert("RGB")
    plain = pypdfium2.PdfDocument(s.PDF)[0].render(scale=1).to_pil().convert("RGB")
    assert ImageChops.difference(copy, plain).getbbox()
    with pytest.raises(Forbidden):
        await disclosure.original(room.buyer, room.deal_id, room.document_id)


async def test_pictures_are_pages_too(db: Any) -> None:
    room = await s.room(data=s.png(), name="so-do.png", download="stamped")
    assert room.document_id
    assert Image.open(io.BytesIO(await _page(room.buyer, room))).size == (300, 200)
    paper = await disclosure.download(room.buyer, room.deal_id, room.document_id)
    assert len(pypdf.PdfReader(io.BytesIO(paper.data)).pages) == 1
    with pytest.raises(NotFound):
        await _page(room.buyer, room, 2)


async def test_every_look_is_one_row(db: Any) -> None:
    """Looks of many at once: as many rows as answers, each with its page, its version and its reader."""
    room = await s.room(data=s.pdf(4), download="original")
    assert room.document_id
    id_ = room.document_id
    readers = [room.buyer, s.colleague(room.buyer, Role.member), room.seller]
    await asyncio.gather(*(disclosure.page(r, room.deal_id, id_, n) for r in readers for n in (1, 2, 3, 4)))
    rows = await s.log(room.deal_id, "page")
    assert sorted((r.org_id, r.page, r.version) for r in rows) == sorted(
        (r.org_id, n, 1) for r in readers for n in (1, 2, 3, 4)
    )
    await disclosure.replace_document(room.seller, room.listing_id, id_, "moi.pdf", s.PDF)
    await disclosure.original(room.buyer, room.deal_id, id_)
    await disclosure.download(room.buyer, room.deal_id, id_)
    assert [(r.kind, r.version, r.page) for r in await s.log(room.deal_id)][12:] == [
        ("original", 2, None), ("download", 2, None),
    ]  # fmt: skip
    with pytest.raises(NotFound):
        await _page(room.buyer, room, 2)
    assert len(await s.log(room.deal_id)) == 14


async def test_confidential_fields_open_here_and_nowhere_else(db: Any) -> None:
    seller, buyer = await m.acting("university"), await m.acting()
    listing_id = await m.publish(
        seller, confidential_vi=s.SECRET, limits_vi="Không dùng trên 60 độ.", tiers={"limits": "nda"}
    )
    deal_id = await m.open_deal(buyer, listing_id)
    with pytest.raises(Forbidden):
        await disclosure.fields(buyer, deal_id)
    await s.in_force(deal_id, seller, buyer)
    with pytest.raises(Forbidden):
        await disclosure.fields(buyer, deal_id)
    paper = await s.document(seller, listing_id, stage=2)
    await s.grant(seller, listing_id, deal_id, document_id=paper)
    with pytest.raises(Forbidden):  # one document opens that document
        await disclosure.fields(buyer, deal_id)
    await s.grant(seller, listing_id, deal_id, stage=1)
    found = await disclosure.fields(buyer, deal_id)
    assert (found.content.confidential_vi, sorted(found.fields)) == (s.SECRET, ["confidential", "limits"])
    row = (await s.log(deal_id, "fields"))[0]
    assert sorted(row.detail.split(",")) == ["confidential", "limits"]
    assert s.SECRET not in str(await m.rows("SELECT * FROM room_log"))
    for actor in (m.OPERATOR, m.DEPARTMENT):
        with pytest.raises(Forbidden):
            await disclosure.fields(actor, deal_id)


async def test_the_operator_gives_a_reason_and_the_owner_reads_it(db: Any) -> None:
    room = await s.room()
    with pytest.raises(Forbidden):
        await _page(m.OPERATOR, room)
    for actor in (room.buyer, m.DEPARTMENT):
        with pytest.raises(Forbidden):
            await disclosure.inspect(actor, room.deal_id, Inspect(reason=REASON))
    await disclosure.inspect(m.OPERATOR, room.deal_id, Inspect(reason=REASON))
    assert await _page(m.OPERATOR, room)
    assert [(r.kind, r.detail) for r in await s.log(room.deal_id, "inspect")] == [("inspect", REASON)]
    with clock.frozen(clock.now() + timedelta(minutes=61)), pytest.raises(Forbidden):
        await _page(m.OPERATOR, room)
    assert await m.scalar("SELECT count(*) FROM audit_entry WHERE action = 'room.inspect'") == 1
    async with reading():
        assert (await audit.verify()).sound


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("vo.pdf", b"%PDF-1.7\n% broken\n%%EOF\n"),
        ("trong.pdf", b""),
        ("trang.html", b"<html><script>alert(1)</script></html>"),
        ("anh.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
        ("gia.pdf", b"MZ\x90\x00" + b"\x00" * 200),
    ],
)
async def test_files_are_what_their_bytes_say(db: Any, name: str, data: bytes) -> None:
    table = await m.market()
    with pytest.raises(Invalid):
        await s.document(table.seller, table.listing_id, data, name)
    assert await m.scalar("SELECT count(*) FROM room_document") == 0


async def test_the_size_is_capped(db: Any, settings_changed: Any) -> None:
    table = await m.market()
    with settings_changed(ROOM_UPLOAD_MAX_BYTES="1024"), pytest.raises(Invalid):
        await s.document(table.seller, table.listing_id, s.PDF + b" " * 2000)


async def test_a_locked_pdf_is_refused(db: Any) -> None:
    writer, out = pypdf.PdfWriter(clone_from=io.BytesIO(s.PDF)), io.BytesIO()
    writer.encrypt("mật khẩu", algorithm="RC4-128")
    writer.write(out)
    table = await m.market()
    with pytest.raises(Invalid):
        await s.document(table.seller, table.listing_id, out.getvalue())


async def test_names_are_inert(db: Any) -> None:
    """A file's name is text: it is never a path, never a header, never markup."""
    room = await s.room(
        name='../../etc/<script>alert("1")</script>\r\nX: y.pdf', download="original", title="<b>Tên</b>"
    )
    assert room.document_id
    paper = await disclosure.original(room.buyer, room.deal_id, room.document_id)
    assert "/" not in paper.name
    assert "\n" not in paper.name
    keys = await m.rows("SELECT storage_key FROM room_version")
    assert all("script" not in r.storage_key and ".." not in r.storage_key for r in keys)


async def test_confidential_files_of_the_listing_open_under_the_rule_of_the_fields(db: Any) -> None:
    """Closed without agreement and grant, open with both, each opening one row, closed at once when revoked."""
    seller, buyer = await m.acting("university"), await m.acting()
    listing_id = await m.publish(seller)
    secret = await s.listing_file(seller, listing_id, s.PDF)
    open_one = await s.listing_file(seller, listing_id, s.pdf(2), Tier.registered)
    deal_id, other = await m.open_deal(buyer, listing_id), await m.open_deal(await m.acting(), listing_id)

    async def shut(actor: Any, deal: Any = deal_id, kind: type[DomainError] = Forbidden) -> None:
        before = await s.log(deal, "listing_file")
        with pytest.raises(kind):
            await disclosure.listing_file(actor, deal, secret)
        assert await s.log(deal, "listing_file") == before

    await shut(buyer)
    await s.in_force(deal_id, seller, buyer)
    await shut(buyer)
    grant_id = await s.grant(seller, listing_id, deal_id, stage=1)
    assert [f.id for f in (await disclosure.fields(buyer, deal_id)).files] == [secret]
    got = await disclosure.listing_file(buyer, deal_id, secret)
    assert (got.data, got.sha256) == (s.PDF, hashlib.sha256(s.PDF).hexdigest())
    [row] = await s.log(deal_id, "listing_file")
    assert row.detail == str(secret)
    for actor in (m.OPERATOR, m.DEPARTMENT):
        await shut(actor)
    await shut(buyer, other, NotFound)
    for wrong in (open_one, deal_id):
        with pytest.raises(NotFound):
            await disclosure.listing_file(buyer, deal_id, wrong)
    # On the listing itself it is as shut as before, and what another deal was granted is nothing here.
    with pytest.raises(Forbidden):
        await listings.open_file(buyer, secret)

    # Revoked while the bytes are on their way: they do not leave.
    real = listings.confidential_file

    async def slow(*asked: Any) -> Any:
        found = await real(*asked)
        await disclosure.revoke(seller, listing_id, grant_id)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listings, "confidential_file", slow)
        await shut(buyer)
    await shut(buyer)
    again = await s.grant(seller, listing_id, deal_id, stage=1)
    assert (await disclosure.listing_file(buyer, deal_id, secret)).data == s.PDF
    assert again
    await listings.detach(seller, listing_id, secret)
    await shut(buyer, kind=NotFound)
