"""Near documents and what was probably meant, on PostgreSQL: what a short or empty list is filled up with."""

from __future__ import annotations

from app.platform import db as platform_db
from search import LISTINGS, Query
from search.documents import ListingDocument
from search.postgres import PostgresEngine
from tests.search.corpus import document, ident


async def asked(*documents: ListingDocument, text: str, **more: object) -> tuple[list[int], bool, str | None]:
    engine = PostgresEngine()
    await engine.upsert(LISTINGS, documents)
    answer = await engine.search(LISTINGS, Query(text=text, **more))  # type: ignore[arg-type]
    keys = {ident(k): k for k in range(100)}
    return [keys[h.id] for h in answer.hits], answer.relaxed, answer.did_you_mean


WATER = (
    document(1, "Xử lý nước thải dệt nhuộm", body="cho nhà máy"),
    document(2, "Lò nung gạch", body="nhà máy thải ra nước, dệt may, xử lý bề mặt, nhuộm màu"),
    document(3, "Màng lọc nước thải dệt nhuộm"),
    document(4, "Phần mềm kế toán"),
)


async def test_scattered_words_do_not_keep_better_documents_away(db: platform_db.Database) -> None:
    hits, relaxed, _ = await asked(*WATER, text="xử lý nước thải dệt nhuộm")
    assert hits[:2] == [1, 3]
    assert relaxed
    assert 4 not in hits


async def test_strictly_every_word_has_to_be_there(db: platform_db.Database) -> None:
    hits, relaxed, _ = await asked(*WATER, text="xử lý nước thải dệt nhuộm", strict=True)
    assert set(hits) == {1, 2}
    assert not relaxed
    assert (await asked(*WATER, text="xử lý nước thải dệt nhuộm giấy", strict=True))[0] == []


async def test_other_orders_are_strict_while_anything_is_found(db: platform_db.Database) -> None:
    hits, relaxed, _ = await asked(*WATER, text="xử lý nước thải dệt nhuộm", sort="newest")
    assert hits == [2, 1]
    assert not relaxed


async def test_quoted_and_excluded_words_hold_for_near_documents_too(db: platform_db.Database) -> None:
    assert set((await asked(*WATER, text='"nước thải" dệt nhuộm tơ lụa'))[0]) == {1, 3}
    hits, relaxed, _ = await asked(*WATER, text='"nước thải" dệt nhuộm tơ lụa -"màng lọc"')
    assert relaxed
    assert hits == [1]


async def test_a_word_with_marks_is_excluded_as_typed(db: platform_db.Database) -> None:
    two = (document(1, "Robot công nghiệp"), document(2, "Robot trong cống"))
    assert (await asked(*two, text="robot -cống"))[0] == [1]
    assert (await asked(*two, text="robot -cong"))[0] == []


async def test_what_was_meant_is_shown_page_by_page(db: platform_db.Database) -> None:
    engine = PostgresEngine()
    await engine.upsert(LISTINGS, [document(k, "Palletising robot", keywords=["palletising robot"]) for k in range(5)])
    first = await engine.search(LISTINGS, Query(text="palletising robott", limit=3))
    assert (first.total, first.relaxed, first.did_you_mean) == (5, True, "palletising robot")
    second = await engine.search(LISTINGS, Query(text="palletising robott", limit=3, cursor=first.next_cursor))
    assert second.relaxed
    assert len({h.id for h in (*first.hits, *second.hits)}) == 5
    assert (await engine.search(LISTINGS, Query(text="palletising robott", strict=True))).total == 0


async def test_names_of_a_thing_are_phrases(db: platform_db.Database) -> None:
    """A "rô-bốt" is a robot; "rò" here and "bột" there is none."""
    three = (document(1, "Tay gắp rô-bốt"), document(2, "Chống rò rỉ", body="bột đá"), document(3, "Robot"))
    assert set((await asked(*three, text="robot"))[0]) == {1, 3}


async def test_a_term_within_a_term_finds_its_names(db: platform_db.Database) -> None:
    two = (document(1, "Bãi lọc trồng cây cho nước thải"), document(2, "", title_en="Optical fibre"))
    assert (await asked(*two, text="wastewater treatment constructed wetland"))[0] == [1]
