"""The glossary of technology words: whole, tidy, big enough, and read as the comparison reads it."""

from __future__ import annotations

import unicodedata

from app.kit.text import fold, nfc
from app.matching import words
from search import synonyms

ROWS = words.glossary()
TERMS = [(row, term) for row in ROWS for term in (*row.vi, *row.en)]


def test_it_is_large_and_covers_the_fields() -> None:
    assert len(ROWS) >= 1500
    assert len({r.field for r in ROWS}) >= 10


def test_both_sides_say_something_in_normal_form() -> None:
    assert [r for r in ROWS if not r.vi or not r.en] == []
    for row, term in TERMS:
        assert synonyms.split(term), row
        assert term == nfc(term).strip(), term
        assert unicodedata.is_normalized("NFC", term), term
        assert len(synonyms.split(term)) <= words.LONGEST, term


def test_english_is_written_without_marks() -> None:
    assert [t for r in ROWS for t in r.en if not t.isascii()] == []


def test_a_row_names_a_wording_once() -> None:
    assert [r for r in ROWS if len(set(r.vi)) < len(r.vi) or len(set(r.en)) < len(r.en)] == []


def named(text: str) -> list[str]:
    return [choice.source for choice in words.translated(text)]


def test_the_longest_term_wins() -> None:
    assert named("lớp phủ chắn nhiệt") == ["lop phu chan nhiet"]


def test_terms_are_found_with_and_without_marks() -> None:
    text = "cảm biến sợi quang theo dõi ăn mòn đường ống"
    assert named(text) == named(fold(text)) == ["cam bien soi quang", "theo doi", "an mon", "duong ong"]


def test_marks_tell_terms_apart() -> None:
    (copper,) = words.translated("đồng")
    assert (words.root("copper"),) in copper.alternatives
    assert all("motion" not in w for alternative in copper.alternatives for w in alternative)


def test_names_and_international_words_pass_and_syllables_do_not() -> None:
    assert named("LoRaWAN zyx cua khong") == ["lorawan", "zyx"]


def test_english_needs_are_looked_up_too() -> None:
    (choice,) = words.translated("gas sensors", words.EN)
    assert ("cam_bien", "bien_khi") in choice.alternatives


def test_roots_join_what_belongs_together() -> None:
    assert {words.root(w) for w in ("detect", "detection", "detectors", "detecting")} == {"~detect"}
