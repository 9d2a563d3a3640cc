"""The engine for Meilisearch against the stand-in: protocol, keys, faults; what is found is a real server's to show."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import Conflict, Invalid
from app.kit.text import fold
from search import synonyms
from search.documents import INDEXES, LISTINGS, NO_PRICE, NO_VALUE, ORGANISATIONS
from search.meilisearch import (
    MeilisearchEngine,
    Mismatch,
    Poisoned,
    Refused,
    Server,
    TaskFailed,
    Unavailable,
    filters,
    set_up_key,
)
from search.meilisearch import (
    server as server_module,
)
from search.meilisearch.reading import Mode, plan, words
from search.meilisearch.settings import for_index, settings_hash, stop_words, synonym_table
from search.meilisearch.writing import id_parts, other_number, title_key, write
from search.port import Query, SearchEngine
from search.query import FUNCTION_WORDS, parse
from tests.search import test_contract as contract
from tests.search.conftest import NOBODY, stream
from tests.search.corpus import FACETS, counted, document, filtered, ident, many, ordered
from tests.support import meili_standin
from tests.support.meili_standin import MASTER, Fault, Standin, filtering

SETTINGS = INDEXES[LISTINGS]
UID = "site_listings"


@pytest.fixture
async def engine(standin: Standin) -> AsyncIterator[MeilisearchEngine]:
    key = await set_up_key(standin.url, MASTER, "site", "the tests")
    made = MeilisearchEngine(Server(standin.url, key.key), prefix="site")
    yield made
    await made.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "SEARCH_SECONDS", 0.2)


# --- what the contract asks that needs no reading of texts -----------------------------------------------------------

test_browsing_without_text = contract.test_browsing_without_text
test_a_parent_field_counts_its_descendants = contract.test_a_parent_field_counts_its_descendants
test_disjunctive_counts = contract.test_disjunctive_counts
test_price_and_trl_ranges = contract.test_price_and_trl_ranges
test_filter_values_are_compared_whole = contract.test_filter_values_are_compared_whole
test_unknown_names_are_refused = contract.test_unknown_names_are_refused
test_an_altered_cursor_is_refused = contract.test_an_altered_cursor_is_refused
test_a_cursor_of_another_order_is_refused = contract.test_a_cursor_of_another_order_is_refused
test_hostile_documents_are_only_text = contract.test_hostile_documents_are_only_text
test_deleting = contract.test_deleting
test_rebuilding_replaces_everything = contract.test_rebuilding_replaces_everything
test_a_rebuild_that_fails_changes_nothing = contract.test_a_rebuild_that_fails_changes_nothing
test_status = contract.test_status


# --- requests ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["Bà Rịa - Vũng Tàu", "O'Neil", '"', "\\", '\\"', 'a" OR f_trl = "9', "a\\", "] OR ["]
)
def test_a_filter_value_is_one_value(value: str) -> None:
    test, names = filtering([filters.chosen("province", {value})])
    assert names == {"f_province": {"equality"}}
    assert test({"f_province": [value]})
    assert not test({"f_province": [value + "x"]})
    assert filters.quoted(value) == json.dumps(value, ensure_ascii=False)


@given(st.text())
def test_any_text_stays_inside_its_quotes(value: str) -> None:
    quoted = filters.quoted(value)
    inside = quoted[1:-1]
    assert quoted[0] == quoted[-1] == '"'
    assert '"' not in inside.replace("\\\\", "").replace('\\"', "")
    assert not any(ord(c) < 32 for c in quoted)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("cảm biến", "cảm biến"),
        ("cảm biến ", "cảm biến"),
        ("cảm bi", "cảm bi "),
        ('"nước thải" -dệt màng', '-dệt "nước thải" màng'),
        ('nước thải -"chăn nuôi"', '-"chăn nuôi" nước thải '),
        ("(a) & b:c | *", "a b c "),
        ("một hai ba bốn năm sáu bảy tám chín mười mười-một", "một hai ba bốn năm sáu bảy tám chín mười "),
        ("---", ""),
        ('"', ""),
    ],
)
def test_the_query_holds_words_and_our_own_signs_only(typed: str, sent: str) -> None:
    assert words(parse(typed)).strip() == sent.strip()
    assert words(parse("cảm biến")) == "cảm biến"
    assert words(parse('"cảm biến"')).endswith(" ")


async def test_one_round_trip_brings_hits_and_disjunctive_counts(engine: MeilisearchEngine, standin: Standin) -> None:
    await engine.upsert(LISTINGS, many(30))
    standin.requests.clear()
    chosen = {"modes": frozenset({"trial"}), "fields": frozenset({"2", "1"})}
    await engine.search(LISTINGS, Query(text="cảm biến", filters=chosen, facets=FACETS))
    assert standin.requests == [("POST", "/multi-search")]
    first, *counts = standin.bodies[-1]["queries"]
    assert first["matchingStrategy"] == "all"
    assert first["hitsPerPage"] >= 20
    assert len(first["filter"]) == 2
    assert [(len(c["filter"]), c["facets"], c["hitsPerPage"]) for c in counts] == [
        (1, ["f_fields"], 0),
        (1, ["f_modes"], 0),
    ]


@pytest.mark.parametrize("sort", ["newest", "trl", "price", "price_desc"])
async def test_pages_by_a_number_follow_one_another_however_deep(engine: MeilisearchEngine, sort: str) -> None:
    documents = many(90)
    await engine.upsert(LISTINGS, documents)
    query = Query(sort=sort, filters={"modes": frozenset({"trial", "licence"})}, limit=7, facets=("modes",))
    found: list[uuid.UUID] = []
    totals, cursor = set(), None
    while True:
        answer = await engine.search(LISTINGS, Query(**{**_plain(query), "cursor": cursor}))
        found += [h.id for h in answer.hits]
        totals.add(answer.total)
        assert dict(answer.facets["modes"].counts) == dict(counted(documents, query)["modes"])
        if (cursor := answer.next_cursor) is None:
            break
    expected = [d.id for d in ordered(filtered(documents, query), sort)]
    assert found == expected
    assert totals == {len(expected)}


def _plain(query: Query) -> dict[str, Any]:
    return {name: getattr(query, name) for name in Query.__dataclass_fields__}


async def test_pages_by_title_follow_one_another_and_end(engine: MeilisearchEngine, standin: Standin) -> None:
    documents = [document(k, f"Lò số {k:03}") for k in range(60)]
    await engine.upsert(LISTINGS, documents)
    standin.indexes[UID].settings["pagination"]["maxTotalHits"] = 1000
    found, cursor = [], None
    for _ in range(10):
        answer = await engine.search(LISTINGS, Query(sort="title", limit=25, cursor=cursor))
        found += [h.id for h in answer.hits]
        if (cursor := answer.next_cursor) is None:
            break
    assert found == [d.id for d in ordered(documents, "title")]


def test_no_offset_goes_deeper_than_the_cap() -> None:
    from app.kit import paging

    for offset in (1000, 10**9, -1, 0):
        with pytest.raises(Invalid):
            plan(SETTINGS, UID, Query(sort="title", cursor=paging.encode(["m:title", offset])))
    assert plan(SETTINGS, UID, Query(sort="title", cursor=paging.encode(["m:title", 980]))).offset == 980
    with pytest.raises(Invalid):
        plan(SETTINGS, UID, Query(text="pin", cursor=paging.encode(["m:title", 20])))
    loosely = plan(SETTINGS, UID, Query(text="pin xe máy", cursor=paging.encode(["m:relevance~", 20])))
    assert loosely.mode is Mode.LOOSE


def test_the_best_are_put_in_the_order_of_what_was_typed() -> None:
    planned = plan(SETTINGS, UID, Query(text="bàn dẫn"))
    rows = [
        {"id": str(ident(1)), "title_vi": "Bán dẫn", "_matchesPosition": {"title_vi": []}},
        {"id": str(ident(2)), "title_vi": "Bàn dẫn", "_matchesPosition": {"title_vi": []}},
        {"id": str(ident(3)), "title_vi": "Ban", "summary_vi": "có bàn dẫn", "_matchesPosition": {}},
    ]
    answer = planned.answer([{"hits": rows, "totalHits": 3, "facetDistribution": {}}])
    assert [h.id for h in answer.hits] == [ident(2), ident(3), ident(1)]
    assert answer.hits[0].matched == ("title",)


def test_highlights_are_ranges_of_characters_and_never_the_servers_markup() -> None:
    planned = plan(SETTINGS, UID, Query(text="cam bien"))
    title = "Màng <b>cảm biến</b> và cẩm biên"
    row = {
        "id": str(ident(1)),
        "title_vi": title,
        "summary_vi": "Kháng cẩn biến",
        "_formatted": {"title_vi": "<em>x</em>"},
        # A forgiven slip: only the server knows that it matched, and it counts bytes.
        "_matchesPosition": {
            "summary_vi": [{"start": len("Kháng ".encode()), "length": len("cẩn".encode())}],
            "keywords": [{"start": 0, "length": 3, "indices": [0]}],
            "body": [{"start": 0, "length": 3}],
        },
    }
    hit = planned.answer([{"hits": [row], "totalHits": 1}]).hits[0]
    assert [title[a:b] for a, b in hit.highlights["title_vi"]] == ["cảm biến", "cẩm biên"]
    assert [row["summary_vi"][a:b] for a, b in hit.highlights["summary_vi"]] == ["cẩn biến"]
    assert hit.matched == ("title", "keywords", "summary", "body")


# --- settings and documents -----------------------------------------------------------------------------------------


def test_settings_are_explicit() -> None:
    made = for_index(LISTINGS)
    assert made["rankingRules"][0] == "sort"
    assert not {"attribute"} & set(made["rankingRules"])
    order = made["searchableAttributes"]
    ranks = [order.index(name) for name in ("title_vi", "claims", "summary_vi", "body")]
    assert ranks == sorted(ranks)
    patterns = [p for rule in made["filterableAttributes"] for p in rule["attributePatterns"]]
    assert {f"f_{name}" for name in SETTINGS.filterable} <= set(patterns)
    assert not set(patterns) & {"province", "owner_name", "title_vi"}  # slugs only
    assert {"title_key", "newest", *id_parts(ident(1))} <= set(made["sortableAttributes"])
    assert settings_hash(LISTINGS) != settings_hash(ORGANISATIONS)
    json.dumps(made)


def test_stop_words_stand_in_every_form() -> None:
    listed = set(stop_words())
    for word in FUNCTION_WORDS:
        assert {word, word.capitalize(), word.upper()} <= listed
        if word != fold(word):
            assert fold(word) not in listed - {w for f in FUNCTION_WORDS for w in (f, f.capitalize(), f.upper())}


def test_synonyms_go_both_ways() -> None:
    table = synonym_table()
    for key, others in table.items():
        assert 1 <= len(key.split()) <= 3
        for other in others:
            if len(other.split()) <= 3:
                assert key in table[other]
    made = write(SETTINGS, document(1, "Xử lý nước thải bằng trí tuệ nhân tạo"))
    assert {"wastewater treatment", "ai"} <= set(made["same"])
    assert "xu ly nuoc thai" in write(SETTINGS, document(1, "", title_en="Wastewater treatment"))["same"]
    assert len(synonyms.groups()) > 100


@given(st.uuids(), st.uuids())
def test_the_parts_of_an_id_order_as_the_id(one: uuid.UUID, other: uuid.UUID) -> None:
    assert (list(id_parts(one).values()) < list(id_parts(other).values())) == (one < other)
    assert max(*id_parts(one).values()) < 2**53


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_key_of_a_title_orders_as_its_bytes(one: str, other: str) -> None:
    from app.kit.text import nfc

    a, b = (nfc(t).encode("utf-8", "surrogatepass") for t in (one, other))
    assert (title_key(one) < title_key(other)) == (a < b)


def test_a_document_says_nothing_where_there_is_nothing() -> None:
    made = write(SETTINGS, document(1, "Lò"))
    assert not {"price_low", "price_high", "trl"} & made.keys()
    assert NO_PRICE not in made.values()
    assert NO_VALUE not in made.values()
    assert made["digest"] == write(SETTINGS, document(1, "Lò"))["digest"]
    assert made["digest"] != write(SETTINGS, document(1, "Lò", body="x"))["digest"]
    assert "1202290001" in write(SETTINGS, document(1, "", identifiers=["1-2022-90001"]))["identifiers"]


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("sensors", "sensor"),
        ("batteries", "battery"),
        ("battery", "batteries"),
        ("boxes", "box"),
        ("glass", ""),
        ("gas", ""),
    ],
)
def test_the_other_number_of_a_word(word: str, other: str) -> None:
    assert other_number(word) == other


# --- keys -------------------------------------------------------------------------------------------------------------


async def test_the_key_is_scoped(standin: Standin) -> None:
    key = await set_up_key(standin.url, MASTER, "site", "the tests")
    assert key.indexes == ("site_*",)
    assert not {"*", "keys.get", "keys.create", "version"} & set(key.actions)
    assert (await set_up_key(standin.url, MASTER, "site", "the tests")).key == key.key  # made once
    server = Server(standin.url, key.key)
    assert not await server.may_administer()
    assert await Server(standin.url, MASTER).may_administer()
    other = MeilisearchEngine(Server(standin.url, key.key), prefix="another")
    with pytest.raises(Refused, match="invalid_api_key"):
        await other.upsert(LISTINGS, [document(1)])
    with pytest.raises(Refused, match="invalid_api_key"):
        await anext(Server(standin.url, "of another server").documents(UID))


# --- tasks and faults ------------------------------------------------------------------------------------------------


async def test_a_failed_task_is_raised_with_the_servers_reason(engine: MeilisearchEngine, standin: Standin) -> None:
    await engine.upsert(LISTINGS, [document(1)])
    standin.faults.append(Fault("fail_task", f"documentAdditionOrUpdate {UID}", code="no_space_left_on_device"))
    with pytest.raises(TaskFailed, match=r"no_space_left_on_device.*told to fail"):
        await engine.upsert(LISTINGS, [document(2)])
    standin.faults.append(Fault("fail_task", f"documentDeletion {UID}"))
    with pytest.raises(TaskFailed):
        await engine.delete(LISTINGS, [ident(1)])
    assert await engine.count(LISTINGS) == 1


async def test_one_poisonous_document_does_not_stop_its_batch(
    engine: MeilisearchEngine, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search.meilisearch import engine as module

    bad = {str(ident(13)), str(ident(700))}

    def poisoned(settings: Any, given_: Any) -> dict[str, Any]:
        made = write(settings, given_)
        return made | ({"_geo": "here"} if made["id"] in bad else {})

    monkeypatch.setattr(module, "write", poisoned)
    with pytest.raises(Poisoned) as caught:
        await engine.upsert(LISTINGS, [document(k) for k in range(800)])
    assert caught.value.reasons.keys() == bad
    assert all("invalid_document_geo_field" in why for why in caught.value.reasons.values())
    assert await engine.count(LISTINGS) == 798
    assert len(standin.tasks) < 60
    assert await engine.rebuild(LISTINGS, stream([document(k) for k in range(800)])) == 798


async def test_documents_go_in_batches_and_no_more_than_a_few_are_under_way(
    engine: MeilisearchEngine, standin: Standin
) -> None:
    await engine.upsert(LISTINGS, [document(k) for k in range(1700)])
    sent = [t for t in standin.tasks if t.type == "documentAdditionOrUpdate" and t.index == UID]
    assert [len(t.work) for t in sent] == [500, 500, 500, 200]
    standin.paused = True
    filling = asyncio.create_task(engine.upsert(LISTINGS, [document(k) for k in range(3000)]))
    await asyncio.sleep(0.5)
    assert sum(t.status == "enqueued" for t in standin.tasks) == 2
    standin.paused = False
    await filling
    assert await engine.count(LISTINGS) == 3000


async def test_threads_do_not_lose_their_content_type(engine: MeilisearchEngine, standin: Standin) -> None:
    """The official client shared by threads loses it; the stand-in, as the server, answers 415 to such a request."""
    await engine.upsert(LISTINGS, [document(0)])
    await asyncio.gather(
        *(engine.server.add(UID, [write(SETTINGS, document(k))]) for k in range(40)),
        *(engine.count(LISTINGS) for _ in range(40)),
    )


async def test_one_connection_serves_many_searches(engine: MeilisearchEngine, standin: Standin) -> None:
    await engine.upsert(LISTINGS, [document(1)])
    before = standin.connections
    for _ in range(30):
        await engine.search(LISTINGS, Query())
    assert standin.connections - before <= 1


@pytest.mark.parametrize("kind", ["slow", "unavailable", "lost", "lost_after"])
async def test_faults_of_reading_are_one_error(
    engine: MeilisearchEngine, standin: Standin, impatient: None, kind: str
) -> None:
    await engine.upsert(LISTINGS, [document(1)])
    await engine.search(LISTINGS, Query())
    standin.faults.append(Fault(kind, "multi-search", seconds=2))
    with pytest.raises(Unavailable):
        await engine.search(LISTINGS, Query())
    assert (await engine.search(LISTINGS, Query())).total == 1
    standin.faults.append(Fault(kind, "facet-search", seconds=2))
    with pytest.raises(Unavailable):
        await engine.suggest(LISTINGS, "pin")


@pytest.mark.parametrize("kind", ["unavailable", "lost", "lost_after"])
@pytest.mark.parametrize("where", [f"POST /indexes/{UID}/documents", "GET /tasks"])
async def test_faults_of_writing_are_told_and_writing_again_mends(
    engine: MeilisearchEngine, standin: Standin, kind: str, where: str
) -> None:
    await engine.upsert(LISTINGS, [document(1)])
    standin.faults.append(Fault(kind, where))
    with pytest.raises(Unavailable):
        await engine.upsert(LISTINGS, [document(2)])
    await engine.upsert(LISTINGS, [document(2)])
    assert (await engine.held(LISTINGS)).keys() == {ident(1), ident(2)}


async def test_a_server_that_is_not_there() -> None:
    engine = MeilisearchEngine(Server(NOBODY, "x"))
    status = await engine.status()
    assert not status.reachable
    for work in (engine.search(LISTINGS, Query()), engine.upsert(LISTINGS, [document(1)]), engine.count(LISTINGS)):
        with pytest.raises(Unavailable):
            await work
    await engine.close()


async def test_a_time_limit_holds_for_writing_too(standin: Standin) -> None:
    engine = MeilisearchEngine(Server(standin.url, MASTER, call_seconds=1), prefix="site")
    await engine.upsert(LISTINGS, [document(1)])
    standin.faults.append(Fault("slow", "/documents", seconds=3))
    with pytest.raises(Unavailable):
        await engine.upsert(LISTINGS, [document(2)])
    standin.paused = True
    with pytest.raises(Unavailable, match="still enqueued"):
        await engine.server.wait(await engine.server.add(UID, [write(SETTINGS, document(3))]), seconds=0.2)
    standin.paused = False
    await engine.close()


async def test_an_index_without_its_settings_is_told_apart(engine: MeilisearchEngine, standin: Standin) -> None:
    with pytest.raises(Mismatch):
        await engine.search(LISTINGS, Query(facets=("modes",)))
    await engine.upsert(LISTINGS, [document(1, modes=["trial"])])
    standin.indexes.clear()  # its disk is gone, and it is up again
    with pytest.raises(Mismatch):
        await engine.search(LISTINGS, Query())
    assert not await engine.made(LISTINGS)
    await engine.upsert(LISTINGS, [document(1, modes=["trial"])])
    assert standin.indexes[UID].settings == for_index(LISTINGS)


async def test_settings_under_which_an_index_was_built_are_remembered(
    engine: MeilisearchEngine, standin: Standin
) -> None:
    await engine.rebuild(LISTINGS, stream([document(1)]))
    assert not (await engine.status()).indexes[0].stale
    standin.indexes["site_state"].documents[LISTINGS]["settings"] = "of yesterday"
    standin.indexes[UID].settings["stopWords"] = []
    assert (await engine.status()).indexes[0].stale
    assert await engine.set_up(LISTINGS)  # the settings at once, the documents by a rebuild
    assert standin.indexes[UID].settings["stopWords"] == stop_words()
    await engine.rebuild(LISTINGS, stream([document(1)]))
    assert not (await engine.status()).indexes[0].stale
    assert not await engine.set_up(ORGANISATIONS)


# --- rebuilding -------------------------------------------------------------------------------------------------------


async def test_a_rebuild_keeps_what_is_written_meanwhile_and_readers_miss_nothing(
    engine: MeilisearchEngine, standin: Standin
) -> None:
    await engine.upsert(LISTINGS, [document(k, "cũ") for k in range(6)])
    seen: list[int] = []

    async def slowly() -> AsyncIterator[Any]:
        yield document(0, "cũ")
        await engine.upsert(LISTINGS, [document(1, "mới"), document(7, "mới")])
        await engine.delete(LISTINGS, [ident(2), ident(3), ident(0)])
        yield document(1, "cũ")
        yield document(2, "cũ")
        await engine.upsert(LISTINGS, [document(3, "mới")])
        yield document(3, "cũ")
        seen.append((await engine.search(LISTINGS, Query())).total)

    assert await engine.rebuild(LISTINGS, slowly()) == 3
    assert seen == [5]  # 1, 3, 4, 5, 7: what is written shows at once, what is being built does not
    held = standin.indexes[UID].documents
    assert {k: held[str(ident(k))]["title_vi"] for k in (1, 3, 7)} == {1: "mới", 3: "mới", 7: "mới"}
    assert set(standin.indexes) == {UID, "site_state"}


async def test_of_two_rebuilds_the_later_one_counts(engine: MeilisearchEngine) -> None:
    await engine.upsert(LISTINGS, [document(1)])

    async def overtaken() -> AsyncIterator[Any]:
        yield document(2)
        assert await engine.rebuild(LISTINGS, stream([document(3)])) == 1

    with pytest.raises((Conflict, TaskFailed, Mismatch)):
        await engine.rebuild(LISTINGS, overtaken())
    assert (await engine.held(LISTINGS)).keys() == {ident(3)}


@pytest.mark.parametrize("where", ["swap-indexes", "indexSwap"])
async def test_a_swap_that_fails_leaves_the_index_in_use(
    engine: MeilisearchEngine, standin: Standin, where: str
) -> None:
    await engine.upsert(LISTINGS, [document(1)])
    standin.faults.append(Fault("fail_task" if where == "indexSwap" else "lost", where))
    with pytest.raises((TaskFailed, Unavailable)):
        await engine.rebuild(LISTINGS, stream([document(2)]))
    assert (await engine.held(LISTINGS)).keys() == {ident(1)}
    assert await engine.rebuild(LISTINGS, stream([document(3)])) == 1


async def test_the_server_may_be_killed_while_it_works(engine: MeilisearchEngine, standin: Standin) -> None:
    await engine.upsert(LISTINGS, [document(k) for k in range(10)])
    standin.task_seconds = 0.2
    writing = asyncio.create_task(engine.upsert(LISTINGS, [document(k, "mới") for k in range(20)]))
    await asyncio.sleep(0.3)
    await asyncio.to_thread(standin.stop)
    with pytest.raises(Unavailable):
        await writing
    standin.task_seconds = 0.001
    await asyncio.to_thread(standin.start)
    await engine.upsert(LISTINGS, [document(k, "mới") for k in range(20)])
    expected = {ident(k): engine.version(LISTINGS, document(k, "mới")) for k in range(20)}
    assert await engine.held(LISTINGS) == expected


# --- the stand-in itself --------------------------------------------------------------------------------------------


@pytest.fixture
def wrongly(standin: Standin) -> Iterator[Standin]:
    yield standin
    assert standin.violations
    standin.violations.clear()


@pytest.mark.parametrize(
    "query",
    [
        {"q": 1},
        {"sort": "price:asc"},
        {"hitsPerPage": -1},
        {"matchingStrategy": "some"},
        {"attributesToRetreive": ["id"]},
    ],
)
async def test_the_stand_in_refuses_what_the_description_does_not_allow(
    wrongly: Standin, query: dict[str, Any]
) -> None:
    import httpx2

    async with httpx2.AsyncClient(base_url=wrongly.url, headers={"Authorization": f"Bearer {MASTER}"}) as client:
        answer = await client.post("/multi-search", json={"queries": [{"indexUid": "x", **query}]})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_the_stand_in_finds_unknown_keys_of_settings(wrongly: Standin) -> None:
    server = Server(wrongly.url, MASTER)
    with pytest.raises(Refused, match="bad_request"):
        await server.set_settings("x", {"stopword": []})
    with pytest.raises(Refused, match="bad_request"):
        await server.set_settings("x", {"typoTolerance": {"minWordSizeForTypos": {"oneTypos": 3}}})


def test_random_filters_mean_the_same_to_the_stand_in() -> None:
    """Its reader of filters against plain Python, so that what it is used to prove stands on something."""
    r = random.Random(3)
    documents = [{"a": r.choice([None, 1, 2, 3]), "b": r.choice(["x", "Y", 'q"', "\\"])} for _ in range(50)]
    documents = [{k: v for k, v in d.items() if v is not None} for d in documents]
    for n, s in ((n, s) for n in (1, 2, 3) for s in ("x", "y", 'q"', "\\")):
        test, _ = filtering([f"(a > {n} OR a NOT EXISTS)", [f"b = {filters.quoted(s)}", f"a = {n}"]])
        for d in documents:
            a = d.get("a")
            plain = (a is None or a > n) and (d["b"].lower() == s.lower() or a == n)
            assert test(d) == plain
    for bad in ("a >", 'b = "x', "a 1", "a = 1 b = 2", "(a = 1", "b IN [1, 2"):
        with pytest.raises(meili_standin.BadFilter):
            filtering(bad)


def test_both_kinds_of_engine_are_engines() -> None:
    engine: SearchEngine = MeilisearchEngine(Server(NOBODY, ""))
    assert engine.name == "meilisearch"
