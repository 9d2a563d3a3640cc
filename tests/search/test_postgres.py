"""What only the PostgreSQL engine promises: transactions, slots, one statement, narrow rows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.kit.errors import Conflict
from app.platform import db as platform_db
from app.platform import telemetry
from search.documents import INDEXES, LISTINGS
from search.port import Query
from search.postgres import DDL, DROP, TABLES, PostgresEngine
from search.postgres.run import run
from search.postgres.words import words_for
from search.query import parse
from tests.search.conftest import stream
from tests.search.corpus import FACETS, counted, document, ident, many


@pytest.fixture
def postgres(db: platform_db.Database) -> PostgresEngine:
    return PostgresEngine()


async def total(engine: PostgresEngine, text: str = "") -> int:
    return (await engine.search(LISTINGS, Query(text=text))).total


async def rows(statement: str) -> list[Any]:
    async with platform_db.reading() as session:
        return await run(session, statement)


async def test_a_write_belongs_to_the_unit_of_work(postgres: PostgresEngine) -> None:
    async def refused() -> None:
        async with platform_db.unit_of_work():
            await postgres.upsert(LISTINGS, [document(1, "Pin")])
            assert await total(postgres, "pin") == 1
            raise OSError("no")

    with pytest.raises(OSError, match="no"):
        await refused()
    assert await total(postgres, "pin") == 0
    assert await postgres.count(LISTINGS) == 0
    assert await postgres.suggest(LISTINGS, "pin") == ()


@pytest.mark.parametrize(
    "query",
    [
        Query(facets=FACETS),
        Query(text="cảm biến", facets=FACETS),
        Query(text="cảm biến", sort="price", filters={"trl": frozenset({"3"})}, facets=FACETS),
        Query(filters={"fields": frozenset({"2"}), "modes": frozenset({"trial"})}, facets=FACETS),
    ],
)
async def test_one_statement_gives_hits_total_and_facets(postgres: PostgresEngine, query: Query) -> None:
    await postgres.upsert(LISTINGS, many(60))
    await postgres.search(LISTINGS, query)  # learns which slot is current
    trace = telemetry.begin("search")
    answer = await postgres.search(LISTINGS, query)
    assert answer.total >= 3
    assert trace.statements == 1


@pytest.mark.parametrize("text", ["khong co", "khong co gi dau", "bơm cảm biến nhiệt hạch", "enzyme zzz yyy xxx"])
async def test_few_hits_take_two_statements_at_most(postgres: PostgresEngine, text: str) -> None:
    await postgres.upsert(LISTINGS, many(20))
    await postgres.search(LISTINGS, Query())
    trace = telemetry.begin("search")
    await postgres.search(LISTINGS, Query(text=text, facets=FACETS))
    assert trace.statements == 2


async def test_an_engine_that_learnt_the_other_slot_reads_the_current_one(postgres: PostgresEngine) -> None:
    other = PostgresEngine()
    await postgres.upsert(LISTINGS, [document(1, "Pin")])
    assert await total(other) == 1
    for version in range(3):
        documents = [document(k, "Pin") for k in range(2 + version)]
        await postgres.rebuild(LISTINGS, stream(documents))
        assert await total(other) == await total(postgres) == await other.count(LISTINGS) == 2 + version
        assert [s.count for s in await other.suggest(LISTINGS, "pin")] in ([], [2 + version])
    await other.upsert(LISTINGS, [document(9, "Pin")])
    assert await total(postgres) == 5


async def test_a_later_rebuild_overtakes_an_earlier(postgres: PostgresEngine) -> None:
    async def slow():  # type: ignore[no-untyped-def]
        yield document(1, "Cũ")
        assert await postgres.rebuild(LISTINGS, stream([document(2, "Mới")])) == 1
        yield document(3, "Cũ")

    with pytest.raises(Conflict) as refused:
        await postgres.rebuild(LISTINGS, slow())
    assert refused.value.code == "rebuild_overtaken"
    assert await total(postgres, "mới") == await postgres.count(LISTINGS) == 1
    assert (await postgres.status()).indexes[0].building_since is None


async def test_writers_at_once_leave_true_counts(postgres: PostgresEngine) -> None:
    documents = many(80)

    async def write(part: int) -> None:
        mine = documents[part::4]
        for document_ in mine:
            await postgres.upsert(LISTINGS, [document_])
        await postgres.delete(LISTINGS, [d.id for d in mine[::2]])

    await asyncio.gather(*(write(part) for part in range(4)), postgres.rebuild(LISTINGS, stream(documents[:0])))
    left = [d for part in range(4) for i, d in enumerate(documents[part::4]) if i % 2]
    query = Query(facets=FACETS)
    answer = await postgres.search(LISTINGS, query)
    # Those written before the rebuild began are in its source's hands, which was empty; none may be half there.
    held = {r[0] for slot in "ab" for r in await rows(f"SELECT id FROM search_listings_{slot}")}
    expected = [d for d in left if d.id in held]
    assert answer.total == len(expected) == await postgres.count(LISTINGS)
    assert {n: dict(f.counts) for n, f in answer.facets.items()} == counted(expected, query)


async def test_more_documents_than_a_segment_of_bits_holds(postgres: PostgresEngine) -> None:
    """Numbers around the borders of segments and of words of 64 bits."""
    documents = many(40)
    await postgres.upsert(LISTINGS, documents[:1])
    places = (63, 64, 8191, 8192, 8255, 16383, 16384)
    move = f"UPDATE search_listings_a SET ord = {{}} WHERE id = '{documents[0].id}'"
    for ord_, document_ in zip(places, documents[1:], strict=False):
        async with platform_db.unit_of_work() as session:
            if ord_ - 1 not in places:  # the next number is one past the highest
                await run(session, move.format(ord_ - 1))
            await postgres.upsert(LISTINGS, [document_])
            await run(session, move.format(0))
    held = documents[:8]
    assert [r[0] for r in await rows("SELECT ord FROM search_listings_a ORDER BY 1")] == [0, *places]
    for query in (
        Query(facets=FACETS),
        Query(facets=FACETS, filters={"modes": frozenset({"licence", "assignment"})}),
        Query(facets=FACETS, ranges={"price": (0, None)}),
    ):
        answer = await postgres.search(LISTINGS, query)
        assert {n: dict(f.counts) for n, f in answer.facets.items()} == counted(held, query)
        words = {d.id for d in held if "enzyme" in d.title_vi + d.summary_vi + d.body + " ".join(d.keywords)}
        found = await postgres.search(LISTINGS, Query(text="enzyme", filters=query.filters, ranges=query.ranges))
        assert {h.id for h in found.hits} == words & {h.id for h in answer.hits}


@pytest.mark.parametrize("few", [0, 10**9])
async def test_both_ways_to_a_page_give_the_same(
    postgres: PostgresEngine, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search.postgres import statement

    documents = many(90)
    await postgres.upsert(LISTINGS, documents)
    query = Query(filters={"modes": frozenset({"trial"})}, sort="title", limit=7)
    expected = [h.id for h in (await postgres.search(LISTINGS, query)).hits]
    monkeypatch.setattr(statement, "WALKED", few)
    statement.statement.cache_clear()
    try:
        assert [h.id for h in (await postgres.search(LISTINGS, query)).hits] == expected
    finally:
        statement.statement.cache_clear()


async def test_the_longest_titles_and_keywords_fit_their_row(postgres: PostgresEngine) -> None:
    wide = [chr(c) for c in range(0x1EA0, 0x1EF9)]
    word = lambda i: wide[i % 89] * 20 + wide[(i * 7) % 89] * 19  # noqa: E731 - forty letters of three bytes
    long = " ".join(word(i) for i in range(200))
    await postgres.upsert(
        LISTINGS, [document(1, long, title_en=long, keywords=[long] * 9, summary_vi=long, body=long * 9)]
    )
    assert await total(postgres, word(150)) == 1


async def test_settings_that_changed_make_an_index_stale(postgres: PostgresEngine) -> None:
    await postgres.rebuild(LISTINGS, stream([document(1, "Pin")]))
    assert not (await postgres.status()).indexes[0].stale
    async with platform_db.unit_of_work() as session:
        await run(session, "UPDATE search_index SET settings = 'older' WHERE name = 'listings'")
    assert (await postgres.status()).indexes[0].stale
    await postgres.rebuild(LISTINGS, stream([document(1, "Pin")]))
    assert not (await postgres.status()).indexes[0].stale


async def test_without_the_row_of_an_index(postgres: PostgresEngine) -> None:
    async with platform_db.unit_of_work() as session:
        await run(session, "DELETE FROM search_index")
    assert await total(postgres) == 0
    await postgres.upsert(LISTINGS, [document(1, "Pin")])
    assert await total(postgres, "pin") == 1


async def test_the_schema_may_be_made_again_and_taken_away(postgres: PostgresEngine) -> None:
    async def made_again() -> None:
        async with platform_db.unit_of_work() as session:
            # A column of the directory is folded by the engine's function, which could not be taken away with it there.
            for statement in (*DDL, "ALTER TABLE organisation DROP COLUMN folded", *DROP, *DDL):
                await run(session, statement)
            assert len(await run(session, "SELECT name FROM search_index")) == len(INDEXES)
            raise OSError("back")

    with pytest.raises(OSError, match="back"):
        await made_again()
    assert all("%" not in statement for statement in (*DDL, *DROP))
    assert len(TABLES) == 2 * len(INDEXES)


async def test_a_database_that_is_gone(postgres: PostgresEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = platform_db.Database("postgresql+psycopg://nobody@/nothing?host=/nowhere", pooled=False)
    monkeypatch.setattr(platform_db, "_database", gone)
    status = await postgres.status()
    assert not status.reachable
    assert status.indexes == ()
    await gone.close()


def test_words_as_tsquery_text() -> None:
    words = words_for(parse('bơm "nước thải" xử -dệt -pin'))
    assert words.match == "('nước' <-> 'thải') & ('bơm') & ('xử')"
    assert words.excluded == "('pin')", "typed without marks: left out in any writing"
    assert words.excluded_exactly == "(('det') & ('dệt'))", "typed with marks: only as it was typed"
    assert words.exact == "'nước' | 'thải' | 'bơm' | 'xử'"
    assert words.keywords.startswith("'nước':B | ")
    assert words_for(parse("pin nhiệt")).match == "('pin') & ('nhiệt':*)"
    # A term of the synonyms matches by its words, or by the one token that stands for all its names.
    assert words_for(parse("bơm nhiệt")).match == "(('bơm' & 'nhiệt':*) | 'zzbomnhiet')"


async def test_ids_not_known_are_no_error(postgres: PostgresEngine) -> None:
    await postgres.upsert(LISTINGS, [document(1, "Pin")])
    await postgres.delete(LISTINGS, [ident(2), ident(1), ident(1)])
    assert await total(postgres) == 0
