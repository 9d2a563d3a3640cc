"""The reviewed list of synonyms: whole, tidy, without terms that mean two things."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest

from app.kit.text import nfc
from search import synonyms
from search.query import FUNCTION_WORDS, MAX_WORD, fold_same_length, words_of

PAIRS = synonyms.pairs()
TERMS = [(pair, term) for pair in PAIRS for term in (*pair.vi, *pair.en)]


def test_at_least_three_hundred_pairs() -> None:
    assert len(PAIRS) >= 300
    assert len({p.field for p in PAIRS}) >= 8


def test_both_sides_say_something_in_normal_form() -> None:
    for pair in PAIRS:
        assert pair.vi, pair
        assert pair.en, pair
    for pair, term in TERMS:
        assert synonyms.split(term), pair
        assert unicodedata.is_normalized("NFC", term), term
        assert term == nfc(term).strip(), term
        assert "  " not in term, term


def test_a_term_stands_once() -> None:
    counted = Counter(synonyms.split(term) for _, term in TERMS)
    assert [term for term, n in counted.items() if n > 1] == []


def test_english_is_written_without_marks() -> None:
    assert [t for p in PAIRS for t in p.en if not t.isascii()] == []


def test_terms_are_short_enough_to_be_found() -> None:
    for _, term in TERMS:
        words = synonyms.split(term)
        assert len(words) <= synonyms.LONGEST, term
        assert all(len(w) <= MAX_WORD for w in words), term


def test_no_short_word_that_means_other_things() -> None:
    """A single Vietnamese syllable without its marks is many words; so is a function word."""
    loose = [t for p in PAIRS for t in p.vi if len(synonyms.split(t)) == 1 and len(synonyms.split(t)[0]) < 4]
    assert loose == []
    short = [
        t for p in PAIRS for t in p.en if (len(synonyms.split(t)) == 1 and len(t) < 2) or t.lower() in FUNCTION_WORDS
    ]
    assert short == []


@pytest.mark.parametrize(("pair", "term"), TERMS, ids=lambda x: x if isinstance(x, str) else "")
def test_every_term_finds_the_others(pair: synonyms.Pair, term: str) -> None:
    ((words, others),) = synonyms.expand(words_of(term))
    assert words == tuple(words_of(term))
    wanted = {synonyms.split(t) for t in (*pair.vi, *pair.en)} - {synonyms.split(term)}
    assert set(others) == wanted
    assert fold_same_length(" ".join(words)).split() == list(synonyms.split(term))
