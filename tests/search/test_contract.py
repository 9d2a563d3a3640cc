"""What the product relies on, whatever the engine."""

from __future__ import annotations

import pytest

from app.kit.errors import Invalid
from app.kit.text import fold, sort_key
from search import highlight
from search.documents import INDEXES, LISTINGS, ORGANISATIONS, ListingDocument, OrganisationDocument
from search.port import Capability, Query, SearchEngine
from tests.search.conftest import stream
from tests.search.corpus import FACETS, START, counted, document, filtered, ident, many

LETTERS = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵdđ"


async def found(engine: SearchEngine, text: str, **more: object) -> list[int]:
    """The keys of the hits, in order."""
    answer = await engine.search(LISTINGS, Query(text=text, **more))  # type: ignore[arg-type]
    keys = {ident(k): k for k in range(400)}
    return [keys[h.id] for h in answer.hits]


async def put(engine: SearchEngine, *documents: ListingDocument) -> None:
    await engine.upsert(LISTINGS, documents)


async def test_marks_are_not_needed_and_rank_first_when_typed(engine: SearchEngine) -> None:
    await put(
        engine,
        document(1, "Bán dẫn công suất"),
        document(2, "Bàn dẫn hướng"),
        document(3, "Bạn dẫn đường"),
        document(4, "Trí tuệ nhân tạo trong y tế"),
    )
    assert await found(engine, "tri tue nhan tao") == [4]
    assert await found(engine, "TRÍ TUỆ NHÂN TẠO") == [4]
    assert (await found(engine, "bàn dẫn"))[0] == 2
    assert (await found(engine, "bán dẫn"))[0] == 1
    assert set(await found(engine, "ban dan")) == {1, 2, 3}


async def test_every_vietnamese_letter_folds(engine: SearchEngine) -> None:
    letters = [c for c in LETTERS + LETTERS.upper() if fold(c) != c.lower()]
    assert len(letters) == 134
    await put(engine, *(document(i, f"x{letter}x số{i:03d}") for i, letter in enumerate(letters)))
    for i, letter in enumerate(letters):
        for text in (f"x{fold(letter)}x so{i:03d}", f"x{letter}x so{i:03d}"):
            hits = await found(engine, text)
            # An engine that forgives slips also finds the numbers that differ in one digit, after the right one.
            assert (hits[:1] if Capability.TYPOS in engine.capabilities else hits) == [i], letter


async def test_decomposed_text_finds_and_is_found(engine: SearchEngine) -> None:
    await put(engine, document(1, "Nu\u031bo\u031b\u0301c tha\u0309i"), document(2, "Nước thải"))
    assert set(await found(engine, "nước thải")) == {1, 2}
    assert set(await found(engine, "nu\u031bo\u031b\u0301c tha\u0309i")) == {1, 2}


async def test_english_plural_and_singular_find_one_another(engine: SearchEngine) -> None:
    await put(
        engine,
        document(1, "", title_en="Soil moisture sensors"),
        document(2, "", title_en="A sensor of light"),
        document(3, "Thiết bị đo", keywords=["batteries"]),
    )
    assert set(await found(engine, "sensors ")) == {1, 2}
    assert set(await found(engine, "sensor light")) == {2}
    assert await found(engine, "moisture sensor") == [1]
    assert await found(engine, "battery") == [3]


async def test_the_last_word_may_be_unfinished(engine: SearchEngine) -> None:
    await put(engine, document(1, "Màng siêu lọc"), document(2, "", title_en="Ultrafiltration membrane"))
    assert await found(engine, "ultrafilt") == [2]
    assert await found(engine, "mang siê") == [1]
    assert await found(engine, "memb ultrafiltration") == []


async def test_title_before_keywords_before_summary_before_body(engine: SearchEngine) -> None:
    await put(
        engine,
        document(4, "Lò hơi", body="có dùng graphen"),
        document(3, "Lò hơi", summary_vi="có dùng graphen"),
        document(2, "Lò hơi", keywords=["graphen"]),
        document(1, "Lò graphen"),
    )
    assert await found(engine, "graphen") == [1, 2, 3, 4]


async def test_the_fresher_of_equals_comes_first(engine: SearchEngine) -> None:
    await put(engine, *(document(k, "Men vi sinh") for k in (3, 9, 5)))
    assert await found(engine, "men vi sinh") == [9, 5, 3]


@pytest.mark.parametrize(
    "typed", ["1-2022-90001", "1202290001", "1 2022 90001", "1/2022/90001", "12022-90001", "12022900", "1-2022-90001 "]
)
async def test_an_identifier_in_any_writing(engine: SearchEngine, typed: str) -> None:
    await put(
        engine,
        document(1, "Máy sấy", identifiers=["1-2022-90001"]),
        document(2, "Máy sấy", identifiers=["1-2022-90012", "CN-00002"]),
    )
    assert (await found(engine, typed))[:1] == [1]
    assert await found(engine, "CN-00002") == [2]
    assert await found(engine, "cn00002") == [2]


async def test_phrases_and_exclusion(engine: SearchEngine) -> None:
    await put(
        engine,
        document(1, "Xử lý nước thải dệt nhuộm"),
        document(2, "Nước sạch từ chất thải"),
        document(3, "Nước thải chăn nuôi"),
    )
    assert set(await found(engine, "nước thải")) == {1, 2, 3}
    assert set(await found(engine, '"nước thải"')) == {1, 3}
    assert set(await found(engine, "nước thải -dệt")) == {2, 3}
    assert set(await found(engine, 'nước thải -"chăn nuôi"')) == {1, 2}
    assert set(await found(engine, "“nước thải” -dệt")) == {3}


async def test_excluded_words_are_excluded_in_english_forms_too(engine: SearchEngine) -> None:
    await put(engine, document(1, "", title_en="Laser sensors"), document(2, "", title_en="Laser cutting"))
    assert await found(engine, "laser -sensor") == [2]


async def test_synonyms_in_both_languages(engine: SearchEngine) -> None:
    await put(
        engine,
        document(1, "Trí tuệ nhân tạo đọc ảnh X-quang"),
        document(2, "", title_en="AI for crop monitoring"),
        document(3, "", title_en="Wastewater treatment plant"),
        document(4, "Trạm xử lý nước thải"),
        document(5, "Nhân giống cây trồng"),
    )
    assert set(await found(engine, "AI")) == {1, 2}
    assert set(await found(engine, "trí tuệ nhân tạo")) == {1, 2}
    assert set(await found(engine, "wastewater treatment")) == {3, 4}
    assert set(await found(engine, "xu ly nuoc thai")) == {3, 4}


async def test_a_sentence_finds_what_it_is_about(engine: SearchEngine) -> None:
    await put(
        engine,
        document(1, "Hệ thống xử lý nước thải dệt nhuộm bằng màng"),
        document(2, "Giống lúa chịu mặn"),
        document(3, "Phần mềm quản lý kho"),
    )
    answer = await engine.search(
        LISTINGS, Query(text="Tôi cần xử lý nước thải dệt nhuộm cho nhà máy may ở Hưng Yên", facets=("modes",))
    )
    assert answer.relaxed
    assert [h.id for h in answer.hits] == [ident(1)]
    assert answer.total == 1


async def test_function_words_need_not_match(engine: SearchEngine) -> None:
    await put(engine, document(1, "Pin cho xe điện"), document(2, "Có chế cơ khí"))
    assert await found(engine, "pin của xe điện") == [1]
    assert await found(engine, "cơ khí") == [2]
    assert await found(engine, "co khi") == [2]


async def test_did_you_mean(engine: SearchEngine) -> None:
    await put(engine, document(1, "Hệ thống xử lý nước thải"), document(2, "Pin mặt trời", keywords=["quang điện"]))
    assert (await engine.search(LISTINGS, Query(text="xử lý nức thải"))).did_you_mean == "xử lý nước thải"
    assert (await engine.search(LISTINGS, Query(text="pim mat troi"))).did_you_mean == "pin mặt trời"
    assert (await engine.search(LISTINGS, Query(text="quang diện"))).did_you_mean is None
    assert (await engine.search(LISTINGS, Query(text="zzzz qqqq"))).did_you_mean is None


async def test_suggestions_come_from_what_is_there_only(engine: SearchEngine) -> None:
    await put(
        engine,
        document(1, "Cảm biến đo độ mặn", keywords=["cảm biến"]),
        document(2, "Mạng cảm biến không dây", keywords=["cảm biến"]),
    )
    said = [s.text for s in await engine.suggest(LISTINGS, "cam b")]
    assert said[0] == "cảm biến"
    assert "cảm biến đo độ mặn" in said
    assert "mạng cảm biến" in [s.text for s in await engine.suggest(LISTINGS, "cảm biến")] or len(said) >= 2
    assert (await engine.suggest(LISTINGS, "cảm biến", limit=1))[0].count == 2
    await engine.delete(LISTINGS, [ident(1)])
    assert "cảm biến đo độ mặn" not in [s.text for s in await engine.suggest(LISTINGS, "cam b")]
    await engine.delete(LISTINGS, [ident(2)])
    assert await engine.suggest(LISTINGS, "cam b") == ()
    assert await engine.suggest(LISTINGS, " -/% ") == ()


async def test_highlights_are_ranges_in_the_readers_language(engine: SearchEngine) -> None:
    title, summary = "Cảm biến <b>đo</b> TRÍ TUỆ", "Trí  tuệ & cảm biến"
    await put(
        engine,
        document(
            1, title, title_en="Measuring wisdom, tri tue", summary_vi=summary, body="trí tuệ", keywords=["trí tuệ"]
        ),
    )
    hit = (await engine.search(LISTINGS, Query(text="tri tue"))).hits[0]
    assert [title[a:b] for a, b in hit.highlights["title_vi"]] == ["TRÍ TUỆ"]
    assert [summary[a:b] for a, b in hit.highlights["summary_vi"]] == ["Trí", "tuệ"]
    assert "title_en" not in hit.highlights
    assert hit.matched == ("title", "keywords", "summary", "body")
    english = (await engine.search(LISTINGS, Query(text="tri tue", locale="en"))).hits[0]
    assert "title_en" in english.highlights
    assert "title_vi" not in english.highlights
    plain = (await engine.search(LISTINGS, Query(text="tri tue", highlight=False))).hits[0]
    assert plain.highlights == {}


async def test_answers_say_what_to_highlight(engine: SearchEngine) -> None:
    await put(engine, document(1, "Pin xe điện"))
    answer = await engine.search(LISTINGS, Query(text="xe điện"))
    assert highlight("Sạc XE ĐIỆN nhanh", answer.terms) == [(4, 11)]


async def test_matched_tells_the_parts_apart(engine: SearchEngine) -> None:
    await put(engine, document(1, "Lò nung", body="gạch ốp"), document(2, "Lò nung", claims="gạch ốp"))
    answer = await engine.search(LISTINGS, Query(text="gạch ốp"))
    assert [h.matched for h in answer.hits] == [("keywords",), ("body",)]


async def test_browsing_without_text(engine: SearchEngine) -> None:
    documents = many(60)
    await engine.upsert(LISTINGS, documents)
    query = Query(facets=FACETS, limit=5)
    answer = await engine.search(LISTINGS, query)
    assert answer.total == 60
    assert len(answer.hits) == 5
    assert answer.next_cursor
    assert {n: dict(f.counts) for n, f in answer.facets.items()} == counted(documents, query)
    assert answer.hits[0].matched == ()


async def test_a_parent_field_counts_its_descendants(engine: SearchEngine) -> None:
    await put(
        engine,
        document(1, "a1", fields=["2.7"]),
        document(2, "a2", fields=["2", "2.7"]),
        document(3, "a3", fields=["2.10"]),
    )
    answer = await engine.search(LISTINGS, Query(facets=("fields",)))
    assert dict(answer.facets["fields"].counts) == {"2": 3, "2.7": 2, "2.10": 1}
    assert (await engine.search(LISTINGS, Query(filters={"fields": frozenset({"2.1"})}))).total == 0


async def test_disjunctive_counts(engine: SearchEngine) -> None:
    await put(
        engine,
        document(1, "a1", modes=["licence"], province="1"),
        document(2, "a2", modes=["assignment"], province="1"),
        document(3, "a3", modes=["licence", "trial"], province="79"),
    )
    answer = await engine.search(
        LISTINGS, Query(filters={"modes": frozenset({"licence"})}, facets=("modes", "province"))
    )
    assert answer.total == 2
    assert dict(answer.facets["modes"].counts) == {"licence": 2, "assignment": 1, "trial": 1}
    assert dict(answer.facets["province"].counts) == {"1": 1, "79": 1}


async def test_price_and_trl_ranges(engine: SearchEngine) -> None:
    await put(
        engine,
        document(1, "a1", price_from=100, price_to=200, trl=3),
        document(2, "a2", price_from=300, trl=6),
        document(3, "a3", trl=None),
        document(4, "a4", price_to=150, trl=9),
    )

    async def keys(**ranges: tuple[int | None, int | None]) -> set[int]:
        return set(await found(engine, "", ranges=ranges))

    assert await keys(price=(150, 250)) == {1, 4}
    assert await keys(price=(None, 120)) == {1}
    assert await keys(price=(201, None)) == {2}
    assert await keys(price=(None, None)) == {1, 2, 3, 4}
    assert await keys(price=(-5, 2**70)) == {1, 2, 4}
    assert await keys(price=(500, 100)) == set()
    assert await keys(trl=(4, None)) == {2, 4}
    assert await keys(trl=(None, 3)) == {1}
    assert await keys(trl=(7, 2)) == set()
    assert await keys(trl=(1, 9), price=(250, None)) == {2}


async def test_sorts(engine: SearchEngine) -> None:
    await put(
        engine,
        document(1, "Đèn cơ", sort_title=sort_key("Đèn"), price_from=5, trl=2),
        document(2, "Dao cơ", sort_title=sort_key("Dao"), price_from=9, price_to=20, trl=8),
        document(3, "Ấm cơ", sort_title=sort_key("Ấm"), trl=None),
    )
    for text in ("", "cơ"):
        assert await found(engine, text, sort="newest") == [3, 2, 1]
        assert await found(engine, text, sort="title") == [3, 2, 1]
        assert await found(engine, text, sort="trl") == [2, 1, 3]
        assert await found(engine, text, sort="price") == [1, 2, 3]
        assert await found(engine, text, sort="price_desc") == [2, 1, 3]
    assert await found(engine, "", sort="relevance") == [3, 2, 1]


async def test_relevance_pages_follow_one_another(engine: SearchEngine) -> None:
    await put(engine, *(document(k, "Lọc khí" if k % 3 else "Lò đốt", body="lọc khí") for k in range(150)))
    keys: list[int] = []
    cursor = None
    totals = set()
    while True:
        answer = await engine.search(LISTINGS, Query(text="lọc khí", cursor=cursor, limit=17))
        totals.add(answer.total)
        keys += [k for k in range(150) for h in answer.hits if h.id == ident(k)]
        cursor = answer.next_cursor
        if cursor is None:
            break
    assert len(keys) == len(set(keys)) == 150
    assert totals == {150}
    whole = await engine.search(LISTINGS, Query(text="lọc khí", limit=100))
    assert len(whole.hits) == 100
    assert whole.next_cursor


async def test_pages_of_loose_matches_stay_loose(engine: SearchEngine) -> None:
    await put(engine, *(document(k, f"Xử lý nước thải số {k}") for k in range(30)))
    text = "xử lý nước thải mạ kẽm"
    first = await engine.search(LISTINGS, Query(text=text, limit=20))
    assert first.relaxed
    assert first.next_cursor
    second = await engine.search(LISTINGS, Query(text=text, limit=20, cursor=first.next_cursor))
    assert second.relaxed
    assert len({h.id for h in (*first.hits, *second.hits)}) == 30


@pytest.mark.parametrize(
    "cursor", ["x", "eyJ9", "W10", "WzEsMl0", "WyJuZXdlc3QiLDEsInV1aWQiXQ", "ÿ", "W251bGwsbnVsbCxudWxsXQ"]
)
async def test_an_altered_cursor_is_refused(engine: SearchEngine, cursor: str) -> None:
    for text, sort in (("", ""), ("pin", ""), ("", "title")):
        with pytest.raises(Invalid):
            await engine.search(LISTINGS, Query(text=text, sort=sort, cursor=cursor))


async def test_a_cursor_of_another_order_is_refused(engine: SearchEngine) -> None:
    await engine.upsert(LISTINGS, many(30))
    first = await engine.search(LISTINGS, Query(limit=3))
    with pytest.raises(Invalid):
        await engine.search(LISTINGS, Query(sort="title", limit=3, cursor=first.next_cursor))


async def test_unknown_names_are_refused(engine: SearchEngine) -> None:
    for query in (
        Query(sort="'; drop table"),
        Query(filters={"nothing": frozenset({"x"})}),
        Query(facets=("nothing",)),
        Query(ranges={"nothing": (1, 2)}),
    ):
        with pytest.raises(Invalid):
            await engine.search(LISTINGS, query)
    with pytest.raises(ValueError, match="no index"):
        await engine.search("nothing", Query())


HOSTILE = [
    "'",
    "''",
    '"',
    '"""',
    "\\",
    "\\'",
    "');--",
    "a' | 'b",
    "!",
    "!!",
    "& | !",
    "<->",
    ":*",
    "a:*",
    "a:A",
    "(",
    "(((",
    "-",
    "--",
    "-a",
    '-"',
    "%",
    "%s",
    "%(match)s",
    "_",
    "a_b",
    "\x00",
    "a\x00b",
    "x" * 5000,
    "a " * 500,
    "\U0001f600",
    "ŉ",
    "ß",
    "İ",
    "ﬁ",
    "²",
    "⑤",
    "ا",
    "中文",
    "\ud800",
    "'pin':*",
    "pin OR 1=1",
    "$$",
    "$1",
    "{}",
    "[x]",
    "\t\n",
    "\u200b",
    "e\u0301" * 60,
    "0x1F",
    "1e5",
    "http://x.y/z?a=b",
    "a@b.c",
    "/usr/lib",
    "1.5",
    "-1",
    "+",
    "a-b",
    "kg/giờ",
    "Bà Rịa - Vũng Tàu",
    "O'Neil",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_whatever_is_typed_is_only_text(engine: SearchEngine, text: str) -> None:
    await put(engine, document(1, "Pin xe điện", keywords=["kg/giờ", "O'Neil", "Bà Rịa - Vũng Tàu"], province="1"))
    query = Query(text=text, facets=FACETS, filters={"province": frozenset({text, "1"})})
    answer = await engine.search(LISTINGS, query)
    assert answer.total in (0, 1)
    await engine.suggest(LISTINGS, text)
    assert await engine.count(LISTINGS) == 1


@pytest.mark.parametrize(
    "value", ["Bà Rịa - Vũng Tàu", "O'Neil", '"', "\\", "a:b", "", "%", "NULL", "{1,2}", "é\u0301"]
)
async def test_filter_values_are_compared_whole(engine: SearchEngine, value: str) -> None:
    await put(engine, document(1, "a1", province=value), document(2, "a2", province=f"{value}x"))
    answer = await engine.search(LISTINGS, Query(filters={"province": frozenset({value})}, facets=("province",)))
    assert [h.id for h in answer.hits] == ([ident(1)] if value else [])


async def test_hostile_documents_are_only_text(engine: SearchEngine) -> None:
    documents = [
        document(i, text.replace("\ud800", ""), body=text.replace("\ud800", "")) for i, text in enumerate(HOSTILE)
    ]
    await engine.upsert(LISTINGS, documents)
    assert await engine.count(LISTINGS) == len(HOSTILE)


async def test_an_empty_index(engine: SearchEngine) -> None:
    for query in (
        Query(facets=FACETS),
        Query(text="pin", facets=FACETS),
        Query(text="pin xe máy điện"),
        Query(sort="title"),
    ):
        answer = await engine.search(LISTINGS, query)
        assert (answer.hits, answer.total, answer.next_cursor) == ((), 0, None)
        assert all(f.counts == {} for f in answer.facets.values())
    assert await engine.count(LISTINGS) == 0
    await engine.delete(LISTINGS, [ident(1)])
    await engine.upsert(LISTINGS, [])
    await engine.delete(LISTINGS, [])
    assert await engine.rebuild(LISTINGS, stream([])) == 0


async def test_writing_again_replaces(engine: SearchEngine) -> None:
    await put(engine, document(1, "Pin cũ", modes=["licence"], keywords=["pin"]), document(2, "Khác"))
    await put(engine, document(1, "Ắc quy mới", modes=["trial"], keywords=["ắc quy"]))
    assert await found(engine, "pin") == []
    assert await found(engine, "ắc quy") == [1]
    answer = await engine.search(LISTINGS, Query(facets=("modes",)))
    assert dict(answer.facets["modes"].counts) == {"trial": 1}
    assert await engine.count(LISTINGS) == 2
    await put(engine, document(3, "một"), document(3, "hai"))
    assert await found(engine, "một") == []
    assert await found(engine, "hai") == [3]


async def test_deleting(engine: SearchEngine) -> None:
    documents = many(40)
    await engine.upsert(LISTINGS, documents)
    gone = {d.id for d in documents[::3]}
    await engine.delete(LISTINGS, [*gone, ident(999)])
    left = [d for d in documents if d.id not in gone]
    query = Query(facets=FACETS, limit=100)
    answer = await engine.search(LISTINGS, query)
    assert {h.id for h in answer.hits} == {d.id for d in left}
    assert {n: dict(f.counts) for n, f in answer.facets.items()} == counted(left, query)
    assert await engine.count(LISTINGS) == len(left)


async def test_rebuilding_replaces_everything(engine: SearchEngine) -> None:
    await engine.upsert(LISTINGS, many(20))
    documents = many(50, seed=8)
    for _ in range(2):
        assert await engine.rebuild(LISTINGS, stream(documents)) == 50
        query = Query(facets=FACETS, filters={"modes": frozenset({"trial"})}, limit=100)
        answer = await engine.search(LISTINGS, query)
        assert {h.id for h in answer.hits} == {d.id for d in filtered(documents, query)}
        assert {n: dict(f.counts) for n, f in answer.facets.items()} == counted(documents, query)


async def test_writes_during_a_rebuild_are_kept(engine: SearchEngine) -> None:
    await put(engine, *(document(k, f"Bản cũ {k}") for k in range(6)))

    async def slowly():  # type: ignore[no-untyped-def]
        yield document(0, "Bản cũ 0")
        await put(engine, document(1, "Bản mới 1"), document(7, "Bản mới 7"))
        await engine.delete(LISTINGS, [ident(2), ident(3), ident(0)])
        yield document(1, "Bản cũ 1")
        yield document(2, "Bản cũ 2")
        await put(engine, document(3, "Bản mới 3"))
        yield document(3, "Bản cũ 3")
        assert set(await found(engine, "bản cũ")) == {4, 5}  # readers see the writes, and none of the rebuild

    assert await engine.rebuild(LISTINGS, slowly()) == 3
    assert set(await found(engine, "bản mới")) == {1, 3, 7}
    assert await found(engine, "bản cũ") == []


async def test_a_rebuild_that_fails_changes_nothing(engine: SearchEngine) -> None:
    await put(engine, document(1, "Pin"))

    async def failing():  # type: ignore[no-untyped-def]
        yield document(2, "Khác")
        raise OSError("the source is gone")

    with pytest.raises(OSError, match="the source"):
        await engine.rebuild(LISTINGS, failing())
    assert await found(engine, "") == [1]
    status = await engine.status()
    assert {i.building_since for i in status.indexes} == {None}
    assert await engine.rebuild(LISTINGS, stream([document(3, "Mới")])) == 1


async def test_organisations(engine: SearchEngine) -> None:
    def organisation(key: int, name: str, **more: object) -> OrganisationDocument:
        return OrganisationDocument(
            id=ident(key),
            title_vi=name,
            sort_title=sort_key(name),
            published_at=START,
            refreshed_at=START,
            **more,  # type: ignore[arg-type]
        )

    await engine.upsert(
        ORGANISATIONS,
        [
            organisation(1, "Trường Đại học Sông Nhuệ", kind="university", listings=4, verified="yes", province="1"),
            organisation(
                2, "Viện Vật liệu Ba Vì", kind="institute", listings=9, abbreviation="VLBV", identifiers=["0101234567"]
            ),
        ],
    )
    answer = await engine.search(ORGANISATIONS, Query(sort="listings", facets=("kind", "verified")))
    assert [h.id for h in answer.hits] == [ident(2), ident(1)]
    assert dict(answer.facets["verified"].counts) == {"yes": 1, "no": 1}
    for text in ("vlbv", "0101234567", "vien vat lieu"):
        assert [h.id for h in (await engine.search(ORGANISATIONS, Query(text=text))).hits] == [ident(2)]
    assert await engine.count(LISTINGS) == 0


async def test_status(engine: SearchEngine) -> None:
    await put(engine, document(1, "Pin"))
    status = await engine.status()
    assert status.reachable
    assert status.engine == engine.name
    assert status.capabilities == engine.capabilities
    counted = {i.name: (i.documents, i.stale) for i in status.indexes}
    assert counted == dict.fromkeys(INDEXES, (0, False)) | {LISTINGS: (1, False)}
    await engine.rebuild(LISTINGS, stream([document(1, "Pin")]))
    assert (await engine.status()).indexes[0].built_at is not None
