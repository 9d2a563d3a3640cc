"""Signatures in PDFs: one, two, and what happens to them when somebody touches the file."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.integrations.signing.pades import Pades
from app.integrations.signing.port import SigningError
from app.integrations.typesetting.typeset import Typst

AT = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 12, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "page.typ").write_text('#set document(title: "x")\n#json(bytes(sys.inputs.data)).text')
    setter = Typst(folder)
    return setter.pdf("page", {"text": "Báo cáo"}, made_on=date(2026, 12, 1))


@pytest.fixture(scope="module")
def pades(tmp_path_factory: pytest.TempPathFactory) -> Pades:
    return Pades(tmp_path_factory.mktemp("signing"))


def _sign(pades: Pades, pdf: bytes, name: str = "Trần Thị Ví Dụ", at: datetime = AT) -> bytes:
    return pades.sign(pdf, name=name, organisation="Trung tâm Định giá Sông Hồng", reason="Người lập", at=at)


@pytest.fixture(scope="module")
def signed(pades: Pades, document: bytes) -> bytes:
    return _sign(pades, document)


def _whole(pades: Pades, pdf: bytes) -> bool:
    try:
        found = pades.verify(pdf)
    except SigningError:
        return False
    return bool(found) and all(s.intact for s in found)


def test_a_signature_names_its_signer_and_says_that_it_is_a_test(pades: Pades, document: bytes, signed: bytes) -> None:
    assert signed.startswith(document)
    assert b"/ETSI.CAdES.detached" in signed
    (found,) = pades.verify(signed)
    assert (found.signer, found.reason, found.time) == ("Trần Thị Ví Dụ", "Người lập", AT)
    assert (found.intact, found.trusted, found.test, found.covers_all) == (True, True, True, True)
    assert "TEST" in found.issuer
    assert pades.verify(document) == []


def test_a_second_signature_keeps_the_first(pades: Pades, signed: bytes) -> None:
    both = _sign(pades, signed, "Lê Minh Họa", LATER)
    first, second = pades.verify(both)
    assert [first.signer, second.signer] == ["Trần Thị Ví Dụ", "Lê Minh Họa"]
    assert first.intact
    assert second.intact
    assert (first.covers_all, second.covers_all) == (False, True)
    assert first.serial != second.serial


def test_one_byte_breaks_it(pades: Pades, document: bytes, signed: bytes) -> None:
    assert _whole(pades, signed)
    step = max(1, len(signed) // 40)
    contents = signed.index(b"/Contents <")
    room = range(contents, signed.index(b">", contents))
    for at in range(20, len(signed), step):
        if at in room:  # zeros fill the room after the signature: nobody signs them
            continue
        touched = bytearray(signed)
        touched[at] ^= 1
        assert not _whole(pades, bytes(touched)), at


def test_what_is_added_after_a_signature_is_seen(pades: Pades, signed: bytes) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils.generic import NameObject, TextStringObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(signed))
    page = writer.root["/Pages"]["/Kids"][0]
    page[NameObject("/Note")] = TextStringObject("another price")
    writer.update_container(page)
    out = BytesIO()
    writer.write(out)
    assert not _whole(pades, out.getvalue())


def test_an_upload_must_be_our_file_with_signatures(pades: Pades, document: bytes, signed: bytes) -> None:
    digest = hashlib.sha256(document).hexdigest()
    both = _sign(pades, signed, at=LATER)
    for good in (signed, both):
        assert pades.extends(good, size=len(document), sha256=digest)
    assert not pades.extends(document, size=len(document), sha256=digest)  # no signature on it
    assert not pades.extends(signed, size=len(document), sha256="0" * 64)
    assert not pades.extends(signed[:-40], size=len(document), sha256=digest)


def test_a_change_hidden_under_a_signature_is_seen(pades: Pades, document: bytes) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils.generic import NameObject, TextStringObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(document))
    page = writer.root["/Pages"]["/Kids"][0]
    page[NameObject("/Note")] = TextStringObject("another price")
    writer.update_container(page)
    out = BytesIO()
    writer.write(out)
    changed = _sign(pades, out.getvalue())
    assert _whole(pades, changed)  # a good signature, but on another document
    assert not pades.extends(changed, size=len(document), sha256=hashlib.sha256(document).hexdigest())


def test_another_authority_is_not_trusted_until_its_root_is(pades: Pades, document: bytes, tmp_path: Path) -> None:
    other = Pades(tmp_path / "other")
    pdf = _sign(other, document)
    (found,) = pades.verify(pdf)
    assert (found.intact, found.trusted) == (True, False)
    mine = Pades(tmp_path / "mine")
    (tmp_path / "mine" / "trusted").mkdir(parents=True)
    pem = (tmp_path / "other" / "test-authority.pem").read_text()
    (tmp_path / "mine" / "trusted" / "other.pem").write_text(pem[pem.index("-----BEGIN CERTIFICATE") :])
    assert mine.verify(pdf)[0].trusted


def test_the_authority_is_made_once_and_kept_to_its_owner(document: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "signing"
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: _sign(Pades(folder), document), range(4)))
    assert {Pades(folder).verify(m)[0].trusted for m in made} == {True}
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"hello", b"%PDF-1.7\n" + b"1 0 obj" * 50])
def test_what_is_no_pdf_is_refused(pades: Pades, data: bytes) -> None:
    with pytest.raises(SigningError):
        pades.verify(data)
    with pytest.raises(SigningError):
        _sign(pades, data)
    assert not pades.extends(data, size=1, sha256="0" * 64)
