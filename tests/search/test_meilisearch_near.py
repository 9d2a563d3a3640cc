"""Near documents on Meilisearch: what is asked for a sentence, and how the answers are added up. Pure."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from search.documents import INDEXES, LISTINGS
from search.meilisearch import near
from search.meilisearch.reading import plan
from search.port import Query

SENTENCE = "xử lý nước thải dệt nhuộm bằng vi tảo"


def asked(text: str, **others: Any) -> list[dict[str, Any]]:
    return near.requests(plan(INDEXES[LISTINGS], "uid", Query(text=text, **others)))


def answer(total: int, *hits: tuple[str, float]) -> dict[str, Any]:
    return {"estimatedTotalHits": total, "hits": [{"id": i, "_rankingScore": score} for i, score in hits]}


WHOLE = {"totalHits": 1000, "hits": []}


def test_every_clue_is_asked_by_itself() -> None:
    whole, *clues = asked(SENTENCE)
    assert (whole["q"], whole["hitsPerPage"]) == ("", 0)
    said = [c["q"] for c in clues]
    assert '"nước thải"' in said
    assert "tảo " in said, "a blank keeps a word from being a prefix"
    assert all(c["matchingStrategy"] == "all" and c["limit"] == near.CAPPED for c in clues)
    assert len(clues) <= near.MAX_CLUES


def test_phrases_and_exclusions_hold_for_every_clue() -> None:
    _, *clues = asked('"nước thải" dệt nhuộm tơ lụa -"màng lọc" -gốm')
    assert clues
    for clue in clues:
        assert clue["q"].startswith('-"màng lọc" -gốm "nước thải" ')


def test_what_is_chosen_in_facets_does_not_narrow_the_clues_but_spans_do() -> None:
    made = asked(SENTENCE, filters={"modes": frozenset({"licence"})}, ranges={"price": (1, 5)})
    assert all("f_modes" not in str(r["filter"]) and "price_high >= 1" in str(r["filter"]) for r in made)


def test_a_rare_clue_weighs_more_and_a_title_more_than_a_body() -> None:
    found = [WHOLE, answer(500, ("common", 1.0)), answer(3, ("rare", 0.5)), answer(500, ("rare", 0.1), ("common", 0.1))]
    assert near.nearest(found, []) == ["rare", "common"]
    assert near.nearest([WHOLE, answer(2, ("body", 0.2), ("title", 0.9))], []) == ["title", "body"]


def test_far_documents_are_left_out_and_whole_ones_stay() -> None:
    found = [WHOLE, answer(2, ("near", 1.0)), answer(900, ("far", 0.0))]
    assert near.nearest(found, []) == ["near"]
    assert near.nearest(found, ["far", "whole"]) == ["near", "far", "whole"]


def test_equals_stay_in_the_servers_order() -> None:
    assert near.nearest([WHOLE, answer(3, ("c", 0.5), ("a", 0.5), ("b", 0.5))], []) == ["c", "a", "b"]
    assert near.nearest([WHOLE, answer(3, ("a", 0.5), ("b", 0.5), ("c", 0.5))], ["c"]) == ["c", "a", "b"]


def test_nothing_found_is_nothing() -> None:
    assert near.nearest([WHOLE, answer(0)], []) == []


CLUES = st.lists(
    st.tuples(
        st.integers(1, 1000),
        st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1), max_size=6),
    ),
    max_size=8,
)


@given(CLUES, st.lists(st.sampled_from("xyz"), unique=True))
def test_each_once_and_the_kept_always(clues: list[tuple[int, dict[str, float]]], kept: list[str]) -> None:
    found = [WHOLE, *(answer(max(total, len(hits)), *hits.items()) for total, hits in clues)]
    near_ids = near.nearest(found, kept)
    assert len(near_ids) == len(set(near_ids))
    assert set(kept) <= set(near_ids) <= set(kept) | {i for _, hits in clues for i in hits}
