"""The typesetter: the same bytes, PDF/A, every character it lets through, and no way out of its folder."""

from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from app.integrations.typesetting.port import TypesettingError
from app.integrations.typesetting.typeset import UNKNOWN, Typst, shown

DAY = date(2026, 12, 1)


@pytest.fixture
def typst(tmp_path: Path) -> Typst:
    (tmp_path / "page.typ").write_text(
        '#set document(title: "x")\n#set page(height: auto)\n#json(bytes(sys.inputs.data)).text'
    )
    (tmp_path / "thief.typ").write_text("#read(json(bytes(sys.inputs.data)).text)")
    return Typst(tmp_path)


def test_the_same_data_is_the_same_file_and_another_day_is_not(typst: Typst) -> None:
    made = typst.pdf("page", {"text": "Tiếng Việt: ỗ ợ ữ Ặ đ Đ"}, made_on=DAY)
    assert typst.pdf("page", {"text": "Tiếng Việt: ỗ ợ ữ Ặ đ Đ"}, made_on=DAY) == made
    assert typst.pdf("page", {"text": "Tiếng Việt: ỗ ợ ữ Ặ đ Đ"}, made_on=date(2026, 12, 2)) != made
    text = pypdfium2.PdfDocument(made)[0].get_textpage().get_text_bounded()
    assert "Tiếng Việt: ỗ ợ ữ Ặ đ Đ" in unicodedata.normalize("NFC", text)


def test_every_character_let_through_can_be_set(typst: Typst) -> None:
    known = [chr(c) for c in range(0x20, 0x3000) if shown(chr(c)) == chr(c)]
    assert len(known) > 1500
    typst.pdf("page", {"text": "| ".join(known)}, made_on=DAY)
    assert shown("漢\u202e\ue000\x00🙂é") == UNKNOWN * 5 + "é"


def test_a_template_reads_nothing_outside_its_folder(typst: Typst, tmp_path: Path) -> None:
    for path in ("/etc/passwd", "../secret", str(tmp_path.parent / "secret")):
        (tmp_path.parent / "secret").write_text("secret")
        with pytest.raises(TypesettingError):
            typst.pdf("thief", {"text": path}, made_on=DAY)
    with pytest.raises(TypesettingError):
        typst.pdf("../page", {}, made_on=DAY)
    # and goes on working after a refusal
    assert typst.pdf("page", {"text": "a"}, made_on=DAY)
