"""The owner's log: complete, filtered, counted, exported; to nobody else but the operator."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from app.disclosure import disclosure
from app.disclosure.schemas import LogKind
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from tests.support import market as m
from tests.support import secrets as s

FORMULA = '=HYPERLINK("http://x.example";"bấm")'


async def _looked() -> s.Room:
    room = await s.room(data=s.pdf(3), download="original")
    assert room.document_id
    await disclosure.open_document(room.buyer, room.deal_id, room.document_id)
    for n in (1, 2, 3):
        await disclosure.page(room.buyer, room.deal_id, room.document_id, n)
    await disclosure.original(room.buyer, room.deal_id, room.document_id)
    with pytest.raises(Forbidden):
        await disclosure.open_document(m.DEPARTMENT, room.deal_id, room.document_id)
    return room


async def test_rows_filters_and_counts(db: Any) -> None:
    room = await _looked()
    found = await disclosure.log(room.seller, room.listing_id)
    assert [(r.kind.value, r.page, r.version) for r in reversed(found.items)] == [
        ("document", None, 1), ("page", 1, 1), ("page", 2, 1), ("page", 3, 1), ("original", None, 1),
        ("refused", None, None),
    ]  # fmt: skip
    assert {r.org_name for r in found.items if r.org_id == room.buyer.org_id} == {room.buyer.org_name}
    buyer = next(c for c in found.counts if c.org_id == room.buyer.org_id)
    assert (buyer.views, buyer.downloads, buyer.refusals) == (4, 1, 0)
    pages = await disclosure.log(room.seller, room.listing_id, kind=LogKind.page, org_id=room.buyer.org_id, limit=2)
    assert [r.page for r in pages.items] == [3, 2]
    more = await disclosure.log(room.seller, room.listing_id, kind=LogKind.page, cursor=pages.next_cursor, limit=2)
    assert [r.page for r in more.items] == [1]
    assert more.next_cursor is None


async def test_who_reads_it(db: Any) -> None:
    room = await _looked()
    for actor, refusal in (
        (room.buyer, NotFound),
        (await m.acting(), NotFound),
        (m.DEPARTMENT, Forbidden),
        (replace(m.OPERATOR, person_id=None, staff=frozenset()), Unauthenticated),
    ):
        with pytest.raises(refusal):
            await disclosure.log(actor, room.listing_id)
        with pytest.raises(refusal):
            await disclosure.export_log(actor, room.listing_id, "csv")
    assert len((await disclosure.log(m.OPERATOR, room.listing_id)).items) == 6
    assert await m.scalar("SELECT count(*) FROM audit_entry WHERE action = 'room.read_log'") == 1
    figures = await disclosure.figures(m.DEPARTMENT, room.deal_id)
    assert (figures.nda_status, figures.documents, figures.views, figures.questions) == ("in_force", 1, 4, 0)


async def test_exports_hold_every_row_and_no_formula(db: Any) -> None:
    room = await s.room(title=FORMULA)
    assert room.document_id
    sly = replace(room.buyer, person_name="+84 912, Lan")
    await disclosure.open_document(sly, room.deal_id, room.document_id)
    paper = await disclosure.export_log(room.seller, room.listing_id, "csv")
    assert paper.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(paper.data.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][5] == "'" + FORMULA
    assert rows[1][3] == "'+84 912, Lan"
    book = await disclosure.export_log(room.seller, room.listing_id, "xlsx")
    with zipfile.ZipFile(io.BytesIO(book.data)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        strings = parts.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert "HYPERLINK" in strings
    assert sheet.count("<row ") == 2
