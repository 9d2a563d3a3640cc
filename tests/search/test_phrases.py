from __future__ import annotations

import pytest

from search import phrases
from search.documents import INDEXES, LISTINGS
from tests.search.corpus import document

SETTINGS = INDEXES[LISTINGS]


def test_phrases_of_a_document() -> None:
    said = phrases.of(
        SETTINGS,
        document(
            1,
            "Hệ thống xử lý nước thải dệt nhuộm bằng màng MBR: quy mô nhỏ",
            title_en="Treatment of textile wastewater with membranes",
            keywords=["MBR", "nước thải", "x"],
        ),
    )
    assert "màng mbr" in said
    assert "quy mô nhỏ" in said
    assert "textile wastewater" in said
    assert "nước thải" in said
    assert "mbr" in said
    assert "x" not in said


def test_a_documents_phrases_are_bounded() -> None:
    said = phrases.of(
        SETTINGS, document(1, ", ".join(f"cụm từ {i}" for i in range(99)), keywords=[f"khóa {i}" for i in range(99)])
    )
    assert len(said) == phrases.MAX_PHRASES


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("xu ly nuc thai", "xử lý nước thải"),
        ("cam bien doo man", "cảm biến đo mặn"),
        ("lap trinh nhungg", None),
        ("xuly nuoc thai", "xử lý nước thải"),
        ("khi thai lo hoi", None),
        ("nuoc thai", None),
        ("wastwater treatment", "wastewater treatment"),
    ],
)
def test_the_likeliest_run_of_words(typed: str, meant: str | None) -> None:
    known = [("hệ thống xử lý nước thải", 3), ("cảm biến đo mặn", 1), ("wastewater treatment plant", 2), ("lò nung", 9)]
    assert phrases.best_extent(typed, known) == meant


def test_similarity_is_the_databases() -> None:
    assert phrases.trigrams("cat") == frozenset({"  c", " ca", "cat", "at "})
    assert phrases.similarity("word", "two words") == pytest.approx(0.363636, abs=1e-5)
    assert phrases.similarity("", "a") == 0


def test_distance() -> None:
    assert [phrases.distance(*pair) for pair in (("", "ab"), ("nuc", "nuoc"), ("kitten", "sitting"), ("a", "a"))] == [
        2,
        1,
        3,
        0,
    ]
