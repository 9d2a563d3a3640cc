"""Engines against plain Python: the same documents pass, the same counts come out, pages join to the whole order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.documents import LISTINGS
from search.port import Query, SearchEngine
from tests.search.corpus import FACETS, counted, filtered, many, ordered

DOCUMENTS = many(140)
SORTS = ("newest", "title", "trl", "price", "price_desc")
CHOICES = {
    "fields": ["2.7", "2.10", "2", "1.2", "1", "9"],
    "priority": ["ict", "energy", "none"],
    "trl": ["3", "4", "6", "9"],
    "ip_kinds": ["invention", "trade_secret", "trademark"],
    "modes": ["licence", "assignment", "trial"],
    "province": ["1", "79"],
    "ipc": ["C", "C02", "C02F", "G06F", "G06N", "B01D"],
}
filters = st.dictionaries(st.sampled_from(sorted(CHOICES)), st.integers(0, 5), max_size=4).flatmap(
    lambda chosen: st.fixed_dictionaries(
        {name: st.frozensets(st.sampled_from(CHOICES[name]), max_size=3) for name in chosen}
    )
)
bound = st.none() | st.integers(-50, 1200)
ranges = st.fixed_dictionaries(
    {},
    optional={
        "price": st.tuples(bound, bound),
        "trl": st.tuples(st.none() | st.integers(-1, 12), st.none() | st.integers(-1, 12)),
    },
)
facets = st.lists(st.sampled_from([*FACETS, "ipc", "owner_id"]), unique=True).map(tuple)
relaxed_checks = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def _filled(engine: SearchEngine) -> None:
    if await engine.count(LISTINGS) == 0:
        await engine.upsert(LISTINGS, DOCUMENTS)


@relaxed_checks
@given(filters=filters, ranges=ranges, facets=facets)
async def test_filters_and_counts(engine: SearchEngine, filters, ranges, facets) -> None:  # type: ignore[no-untyped-def]
    await _filled(engine)
    query = Query(filters=filters, ranges=ranges, facets=facets, limit=100)
    expected = {d.id for d in filtered(DOCUMENTS, query)}
    answer = await engine.search(LISTINGS, query)
    assert answer.total == len(expected)
    assert {h.id for h in answer.hits} <= expected
    assert len(answer.hits) == min(100, len(expected))
    assert {n: dict(f.counts) for n, f in answer.facets.items()} == counted(DOCUMENTS, query)


@relaxed_checks
@given(filters=filters, ranges=ranges, facets=facets, word=st.sampled_from(["cảm biến", "enzyme", "so 5", "loc nuoc"]))
async def test_words_with_filters_and_counts(engine: SearchEngine, filters, ranges, facets, word) -> None:  # type: ignore[no-untyped-def]
    await _filled(engine)
    everything = await engine.search(LISTINGS, Query(text=word, sort="newest", limit=100))
    matching = {h.id for h in everything.hits}
    cursor = everything.next_cursor
    while cursor:
        page = await engine.search(LISTINGS, Query(text=word, sort="newest", limit=100, cursor=cursor))
        matching |= {h.id for h in page.hits}
        cursor = page.next_cursor
    documents = [d for d in DOCUMENTS if d.id in matching]
    assert documents
    query = Query(text=word, filters=filters, ranges=ranges, facets=facets, limit=100)
    expected = {d.id for d in filtered(documents, query)}
    answer = await engine.search(LISTINGS, query)
    assert answer.total == len(expected)
    assert {h.id for h in answer.hits} <= expected
    assert len(answer.hits) == min(100, len(expected))
    assert {n: dict(f.counts) for n, f in answer.facets.items()} == counted(documents, query)


@relaxed_checks
@given(
    filters=filters,
    ranges=ranges,
    sort=st.sampled_from(SORTS),
    limit=st.integers(1, 40),
    text=st.sampled_from(["", "enzyme", "cam bien"]),
)
async def test_pages_join_to_the_whole_order(engine: SearchEngine, filters, ranges, sort, limit, text) -> None:  # type: ignore[no-untyped-def]
    await _filled(engine)
    query = Query(text=text, filters=filters, ranges=ranges, sort=sort)
    seen = []
    cursor = None
    while True:
        answer = await engine.search(LISTINGS, replace(query, limit=limit, cursor=cursor))
        seen += [h.id for h in answer.hits]
        cursor = answer.next_cursor
        if cursor is None:
            break
        assert len(answer.hits) == limit
    assert answer.total == len(seen)
    held = set(seen)
    documents = filtered(DOCUMENTS, query) if not text else [d for d in DOCUMENTS if d.id in held]
    assert seen == [d.id for d in ordered(documents, sort)]


@relaxed_checks
@given(filters=filters, limit=st.integers(1, 40), text=st.sampled_from(["enzyme", "cảm biến", "mang loc", "5 sensor"]))
async def test_pages_by_relevance_join_too(engine: SearchEngine, filters, limit, text) -> None:  # type: ignore[no-untyped-def]
    await _filled(engine)
    seen = []
    scores = []
    cursor = None
    while True:
        answer = await engine.search(LISTINGS, Query(text=text, filters=filters, limit=limit, cursor=cursor))
        seen += [h.id for h in answer.hits]
        scores += [h.score for h in answer.hits]
        cursor = answer.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == answer.total
    assert scores[:100] == sorted(scores[:100], reverse=True)


@relaxed_checks
@given(st.text(max_size=60), st.sampled_from(["vi", "en"]))
async def test_no_text_breaks_a_search(engine: SearchEngine, text, locale) -> None:  # type: ignore[no-untyped-def]
    await _filled(engine)
    answer = await engine.search(LISTINGS, Query(text=text, locale=locale))
    assert answer.total <= len(DOCUMENTS)
    await engine.suggest(LISTINGS, text)


@settings(relaxed_checks, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=25), st.integers(0, 2))
async def test_any_order_of_writes_leaves_what_was_written_last(engine: SearchEngine, writes, rebuilds) -> None:  # type: ignore[no-untyped-def]
    """(key, version): version 0 deletes, others write one of three versions of the document."""
    versions = [many(13, seed=s) for s in (1, 2, 3)]
    await engine.delete(LISTINGS, [d.id for d in DOCUMENTS])
    held: dict[int, int] = {}
    for key, version in writes:
        if version:
            held[key] = version
            await engine.upsert(LISTINGS, [versions[version - 1][key]])
        else:
            held.pop(key, None)
            await engine.delete(LISTINGS, [versions[0][key].id])
    documents = [versions[v - 1][k] for k, v in held.items()]
    for _ in range(rebuilds):

        async def stream():  # type: ignore[no-untyped-def]
            for document in documents:
                yield document

        await engine.rebuild(LISTINGS, stream())
    query = Query(facets=(*FACETS, "ipc", "owner_id"), limit=100)
    answer = await engine.search(LISTINGS, query)
    assert {h.id for h in answer.hits} == {d.id for d in documents}
    assert {n: dict(f.counts) for n, f in answer.facets.items()} == counted(documents, query)
    await engine.delete(LISTINGS, [d.id for d in documents])
    assert await engine.suggest(LISTINGS, "cam") == ()
