"""Files: kept byte for byte, judged by their bytes, opened by whoever their tier opens to."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.ids import new_id
from app.listings import files, listings
from app.listings.schemas import Tier, UpdateListing
from tests.listings import drafts
from tests.support import market as m
from tests.support.browser import text

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb0043") + bytes(64) + bytes.fromhex("ffd9")
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020244013b")
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
HTML = b"<!DOCTYPE html><html><body><script>alert(document.cookie)</script></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'


def office(part: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{part}/document.xml", "<document/>")
    return buffer.getvalue()


TAKEN = {
    "anh.png": (drafts.PNG, "image", "image/png"),
    "anh.jpg": (JPEG, "image", "image/jpeg"),
    "anh.gif": (GIF, "image", "image/gif"),
    "anh.webp": (WEBP, "image", "image/webp"),
    "hồ sơ.pdf": (PDF, "document", "application/pdf"),
    "mô tả.docx": (office("word"), "document", files._OFFICE[".docx"]),
    "số liệu.xlsx": (office("xl"), "document", files._OFFICE[".xlsx"]),
    "trình bày.pptx": (office("ppt"), "document", files._OFFICE[".pptx"]),
}
REFUSED = {
    "html named as an image": ("anh.png", HTML),
    "html with white space before it": ("anh.jpg", b"\n\n   " + HTML),
    "html named as a document": ("hoso.pdf", HTML),
    "a picture that runs scripts": ("anh.svg", SVG),
    "the same, named otherwise": ("anh.png", SVG),
    "with an XML declaration": ("anh.png", b'<?xml version="1.0"?>\n' + SVG),
    "a program": ("anh.png", b"MZ\x90\x00" + bytes(200)),
    "a Linux program": ("anh.png", b"\x7fELF\x02\x01\x01" + bytes(200)),
    "a script": ("anh.png", b"#!/bin/sh\nrm -rf /\n"),
    "plain text": ("ghi chu.pdf", "Chỉ là chữ.".encode()),
    "a ZIP named as a document": ("mo ta.docx", b"PK\x03\x04" + bytes(100)),
    "a sheet named as a text": ("mo ta.docx", office("xl")),
    "a ZIP": ("tep.zip", office("word")),
    "noise": ("anh.png", bytes(range(256)) * 4),
}


async def send(api: Any, listing_id: Any, name: str, data: bytes, tier: str = "public") -> Any:
    return await api.post(f"/api/v1/listings/{listing_id}/files", files={"file": (name, data)}, data={"tier": tier})


@pytest.mark.parametrize("name", TAKEN)
async def test_what_is_taken_comes_back_byte_for_byte(make_person: Any, client: Any, name: str) -> None:
    person = await make_person()
    id_ = await m.publish(person.actor)
    data, kind, media = TAKEN[name]
    sent = await send(person.api(), id_, name, data)
    assert sent.status_code == 201, sent.text
    view = sent.json()
    assert (view["name"], view["kind"], view["media_type"], view["size"]) == (name, kind, media, len(data))
    assert view["sha256"] == hashlib.sha256(data).hexdigest()
    for url in (f"/files/{view['id']}", f"/api/v1/files/{view['id']}"):
        got = await client.get(url)
        assert got.status_code == 200
        assert hashlib.sha256(got.content).hexdigest() == view["sha256"]
        assert got.headers["content-type"].split(";")[0] == media
        assert "content-encoding" in got.headers or got.headers["content-length"] == str(len(data))
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in got.headers["content-security-policy"]
        assert got.headers["content-disposition"].startswith(
            "inline" if kind == "image" or name.endswith("pdf") else "attachment"
        )
    assert await drafts.audited(id_) == [*(await drafts.audited(id_))[:-1], "listing.attach"]


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_refused_leaves_nothing(make_person: Any, what: str) -> None:
    person = await make_person()
    id_ = await drafts.draft(person.actor)
    name, data = REFUSED[what]
    browser = await person.browser()
    before = await drafts.trace(id_)
    answer = await send(person.api(), id_, name, data)
    assert answer.status_code == 422, answer.text
    assert [e["field"] for e in answer.json()["errors"]] == ["file"]
    page = await browser.post_form(f"/listings/{id_}/files", files={"file": (name, data)})
    assert page.status_code == 422
    assert "Chỉ nhận ảnh PNG" in text(page)
    assert await drafts.trace(id_) == before


async def test_an_empty_file_is_refused(make_person: Any) -> None:
    person = await make_person()
    id_ = await drafts.draft(person.actor)
    before = await drafts.trace(id_)
    answer = await send(person.api(), id_, "anh.png", b"")
    assert answer.status_code == 422
    assert "trống" in answer.json()["errors"][0]["message"]
    assert await drafts.trace(id_) == before
    browser = await person.browser()
    page = await browser.post_form(f"/listings/{id_}/files", {"tier": "public"})
    assert page.status_code == 422
    assert "Hãy chọn một tệp." in text(page)


async def test_a_file_too_large_is_refused_at_either_door(make_person: Any, settings_changed: Any) -> None:
    from app.settings import settings

    person = await make_person()
    id_ = await drafts.draft(person.actor)
    before = await drafts.trace(id_)
    whole = settings().upload_max_bytes
    api = person.api()
    beyond = await send(api, id_, "anh.png", drafts.PNG + bytes(whole + 2 * 1024 * 1024))
    assert (beyond.status_code, beyond.json()["code"]) == (413, "too_large")
    with settings_changed(UPLOAD_MAX_BYTES="2048"):
        assert (await send(api, id_, "anh.png", drafts.PNG + bytes(2048))).status_code == 422
        assert await drafts.trace(id_) == before
        exact = await send(api, id_, "anh.png", drafts.PNG + bytes(2048 - len(drafts.PNG)))
        assert (exact.status_code, exact.json()["size"]) == (201, 2048)


async def test_the_twenty_first_is_refused_and_a_place_comes_free(make_person: Any) -> None:
    person = await make_person()
    id_ = await drafts.draft(person.actor)
    api = person.api()
    sent = [await send(api, id_, f"anh{n}.png", drafts.PNG + bytes([n])) for n in range(20)]
    assert {a.status_code for a in sent} == {201}
    before = await drafts.trace(id_)
    full = await send(api, id_, "anh20.png", drafts.PNG)
    assert full.status_code == 422
    assert "20" in full.json()["errors"][0]["message"]
    assert await drafts.trace(id_) == before
    gone = sent[3].json()["id"]
    assert (await api.delete(f"/api/v1/listings/{id_}/files/{gone}")).status_code == 204
    assert (await api.get(f"/api/v1/files/{gone}")).status_code == 404
    assert (await send(api, id_, "anh20.png", drafts.PNG)).status_code == 201
    names = [f["name"] for f in (await api.get(f"/api/v1/listings/{id_}")).json()["files"]]
    assert len(names) == 20
    assert "anh3.png" not in names
    assert (await drafts.audited(id_)).count("listing.detach") == 1


@pytest.mark.parametrize("tier", ["public", "registered", "nda"])
async def test_a_file_opens_as_its_tier_says_and_a_foreign_read_is_written_down(
    make_person: Any, make_organisation: Any, client: Any, tier: str
) -> None:
    org = await make_organisation()
    owner, viewer = await make_person("owner", org), await make_person("viewer", org)
    others = {
        "stranger": await make_person(),
        "operator": await make_person(None, staff=["operator"]),
        "department": await make_person(None, staff=["department"]),
    }
    id_ = await m.publish(owner.actor)
    file = (await send(owner.api(), id_, "hồ sơ.pdf", PDF, tier)).json()["id"]
    read = "SELECT count(*) FROM audit_entry WHERE action = 'listing.open_file'"
    assert await m.scalar(read) == 0
    for person in (owner, viewer):
        assert (await person.api().get(f"/api/v1/files/{file}")).content == PDF
        assert (await (await person.browser()).get(f"/files/{file}")).content == PDF
    assert await m.scalar(read) == 0, "one's own file is no foreign read"
    outside = await client.get(f"/api/v1/files/{file}")
    assert outside.status_code == (200 if tier == "public" else 401)
    page = await client.get(f"/files/{file}")
    assert page.status_code == (200 if tier == "public" else 303)
    foreign = 0
    for who, person in others.items():
        got = await person.api().get(f"/api/v1/files/{file}")
        assert got.status_code == (403 if tier == "nda" else 200), who
        foreign += tier == "registered"
        entry = await m.rows(
            "SELECT entry::jsonb ->> 'person_id', entry::jsonb -> 'detail' ->> 'file', subject_id FROM audit_entry"
            " WHERE action = 'listing.open_file' ORDER BY seq"
        )
        assert len(entry) == foreign
        if foreign:
            assert tuple(entry[-1]) == (str(person.id), file, str(id_))


async def test_a_file_of_a_listing_out_of_sight_is_out_of_sight(make_person: Any, client: Any) -> None:
    owner, stranger = await make_person(), await make_person()
    for state in ("draft", "archived", "suspended"):
        id_ = await drafts.in_state(owner.actor, "published" if state == "suspended" else "draft")
        file = (await send(owner.api(), id_, "anh.png", drafts.PNG)).json()["id"]
        if state == "archived":
            await listings.archive(owner.actor, id_)
        if state == "suspended":
            await listings.suspend(m.OPERATOR, id_, drafts.REASON)
        assert (await client.get(f"/files/{file}")).status_code == 404
        assert (await stranger.api().get(f"/api/v1/files/{file}")).status_code == 404
        assert (await owner.api().get(f"/api/v1/files/{file}")).status_code == 200
    assert (await client.get(f"/files/{new_id()}")).status_code == 404
    assert (await client.get("/files/not-an-id")).status_code == 404


async def test_only_those_who_edit_attach_and_remove(make_person: Any, make_organisation: Any, client: Any) -> None:
    org = await make_organisation()
    owner, viewer, stranger = await make_person("owner", org), await make_person("viewer", org), await make_person()
    id_, other = await m.publish(owner.actor), await m.publish(stranger.actor)
    file = (await send(owner.api(), id_, "anh.png", drafts.PNG)).json()["id"]
    operator = await make_person(None, staff=["operator"])
    before = await drafts.trace(id_)
    for person in (viewer, stranger, operator):
        assert (await send(person.api(), id_, "anh.png", drafts.PNG)).status_code == 403
        assert (await person.api().delete(f"/api/v1/listings/{id_}/files/{file}")).status_code == 403
    assert (await send(client, id_, "anh.png", drafts.PNG)).status_code == 401
    assert (await client.delete(f"/api/v1/listings/{id_}/files/{file}")).status_code == 401
    # A file is removed from its own listing only.
    assert (await stranger.api().delete(f"/api/v1/listings/{other}/files/{file}")).status_code == 404
    assert await drafts.trace(id_) == before
    submitted = await drafts.in_state(owner.actor, "submitted")
    assert (await send(owner.api(), submitted, "anh.png", drafts.PNG)).status_code == 409


async def test_files_on_the_page(make_person: Any) -> None:
    person = await make_person()
    id_ = await m.publish(person.actor)
    browser = await person.browser()
    done = await browser.post_form(
        f"/listings/{id_}/files",
        {"tier": "registered"},
        files=[("file", ("a.png", drafts.PNG)), ("file", ("b.pdf", PDF))],
    )
    assert done.status_code == 303
    page = await browser.get(f"/listings/{id_}/edit/files")
    view = await listings.read(person.actor, id_)
    assert [(f.name, f.tier) for f in view.files] == [("a.png", Tier.registered), ("b.pdf", Tier.registered)]
    assert all(f.name in text(page) for f in view.files)
    removed = await browser.post_form(f"/listings/{id_}/files/{view.files[0].id}/remove")
    assert removed.status_code == 303
    assert [f.name for f in (await listings.read(person.actor, id_)).files] == ["b.pdf"]


async def test_the_card_shows_only_a_public_image(db: Any) -> None:
    owner = await m.acting()
    id_ = await m.publish(owner)
    await listings.attach(owner, id_, "a.png", drafts.PNG, Tier.registered)
    await listings.attach(owner, id_, "b.pdf", PDF, Tier.public)
    assert (await listings.read(owner, id_)).card.image_id is None
    shown = await listings.attach(owner, id_, "c.png", drafts.PNG + b"c", Tier.public)
    assert (await listings.read(owner, id_)).card.image_id == shown.id
    await listings.update(owner, id_, UpdateListing(trl=8))
    assert (await listings.read(owner, id_)).card.image_id == shown.id


@given(name=st.text(max_size=300))
def test_names_are_made_safe_and_stay_readable(name: str) -> None:
    made = files.safe_name(name)
    assert made
    assert len(made) <= 130
    assert "/" not in made
    assert "\\" not in made
    assert made == made.strip()
    assert all(c.isprintable() or c == "\xad" for c in made if ord(c) < 0x20) or not any(ord(c) < 0x20 for c in made)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("D:\\thu-muc\\a\\hồ sơ.pdf", "hồ sơ.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie: x=1.pdf"),
        ("", "file"),
        ("/", "file"),
        ("x" * 300 + ".pdf", "x" * 120 + ".pdf"),
    ],
)
def test_names_that_would_be_something_else(name: str, kept: str) -> None:
    assert files.safe_name(name) == kept
