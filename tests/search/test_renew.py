"""An index of other settings is built anew by the worker, once, while it is searched and written to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

import search
from app.platform import db as platform_db
from app.platform import outbox
from search import sources, sync
from search.documents import LISTINGS, Document
from search.fallback import FallbackEngine
from search.meilisearch import MeilisearchEngine, Server, set_up_key
from search.pending import PostgresJournal
from search.port import Query, SearchEngine
from search.postgres import PostgresEngine
from search.postgres.run import run
from search.sources import Source
from tests.search.corpus import document, ident, many
from tests.search.test_fallback import Table
from tests.support.meili_standin import MASTER, Standin


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def engine(db: platform_db.Database, table: Table, monkeypatch: pytest.MonkeyPatch) -> PostgresEngine:
    made = PostgresEngine()
    monkeypatch.setattr(search, "_engine", made)
    monkeypatch.setattr(sources, "_sources", {LISTINGS: table.source})
    return made


async def age(index: str = LISTINGS) -> None:
    """As if an older version had built it."""
    async with platform_db.unit_of_work() as session:
        await run(session, "UPDATE search_index SET settings = 'older' WHERE name = %(name)s", {"name": index})


async def stale(engine: SearchEngine) -> bool:
    return next(i.stale for i in (await engine.status()).indexes if i.name == LISTINGS)


async def test_it_is_built_anew_and_nothing_is_missing_meanwhile(engine: PostgresEngine, table: Table) -> None:
    documents = many(900)
    table.put(*documents)
    await engine.upsert(LISTINGS, documents)
    await engine.rebuild(LISTINGS, table.every())
    await age()
    assert await stale(engine)
    done = asyncio.Event()
    seen: list[int] = []

    async def reader() -> None:
        while not done.is_set():
            seen.append((await PostgresEngine().search(LISTINGS, Query(limit=1))).total)
            await asyncio.sleep(0)

    async def writer() -> None:
        for k in range(2000, 2020):
            table.put(document(k, "Viết trong khi dựng"))
            await engine.upsert(LISTINGS, [document(k, "Viết trong khi dựng")])
            await asyncio.sleep(0.01)

    async def renewed() -> None:
        await sync.renew()
        done.set()

    await asyncio.gather(renewed(), reader(), writer())
    assert len(seen) > 3
    assert min(seen) >= 900, "a reader saw a part of the index"
    assert seen == sorted(seen)
    assert not await stale(engine)
    assert await engine.count(LISTINGS) == len(table.rows) == 920
    assert (await engine.search(LISTINGS, Query(text="viết trong khi dựng"))).total == 20


async def test_nothing_is_built_when_nothing_is_stale(
    engine: PostgresEngine, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any) -> int:
        raise AssertionError("built for nothing")

    await engine.upsert(LISTINGS, [document(1)])
    table.put(document(1))
    monkeypatch.setattr(engine, "rebuild", never)
    await sync.renew()  # never built as a whole, but whole by what was written
    monkeypatch.undo()
    monkeypatch.setattr(search, "_engine", engine)
    monkeypatch.setattr(sources, "_sources", {LISTINGS: table.source})
    table.put(document(2))
    await sync.renew()  # never built, and something is missing: an index that came with an upgrade
    assert await engine.count(LISTINGS) == 2
    monkeypatch.setattr(engine, "rebuild", never)
    table.put(document(3))
    await sync.renew()  # built once: what is missing now is for the jobs of the changes, and for the doctor to say
    assert (await engine.status()).indexes


async def test_one_process_at_a_time_builds(engine: PostgresEngine, table: Table) -> None:
    table.put(*many(40))
    await engine.rebuild(LISTINGS, table.every())
    await age()
    builds = 0

    async def every() -> AsyncIterator[Document]:
        nonlocal builds
        builds += 1
        for d in list(table.rows.values()):
            await asyncio.sleep(0)
            yield d

    sources.register(LISTINGS, read=table.read, every=every)
    await asyncio.gather(*(sync.renew() for _ in range(4)))
    assert builds == 1
    assert await engine.count(LISTINGS) == 40
    assert not await stale(engine)


async def test_a_build_by_hand_is_left_alone(
    engine: PostgresEngine, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.put(document(1))
    await engine.rebuild(LISTINGS, table.every())
    await age()
    async with platform_db.database().write_sessions() as session, session.begin():
        await run(session, "SELECT pg_advisory_xact_lock(hashtext('santex.search'), hashtext('listings build'))")
        waiting = asyncio.create_task(sync.renew())
        await asyncio.sleep(0.2)
        assert not waiting.done()
        assert (await engine.status()).indexes[0].building_since is None
        async with platform_db.unit_of_work() as other:
            current = next(i.hash() for n, i in search.INDEXES.items() if n == LISTINGS)
            await run(other, "UPDATE search_index SET settings = %(now)s WHERE name = 'listings'", {"now": current})
    built = (await engine.status()).indexes[0].built_at
    await waiting
    assert (await engine.status()).indexes[0].built_at == built, "what the other built is not built again"


async def test_a_build_that_dies_is_begun_again(engine: PostgresEngine, table: Table) -> None:
    table.put(*many(30))
    await engine.rebuild(LISTINGS, table.every())
    await age()

    async def broken() -> AsyncIterator[Document]:
        yield document(1)
        raise OSError("the worker is gone")

    sources.register(LISTINGS, read=table.read, every=broken)
    with pytest.raises(OSError, match="gone"):
        await sync.renew()
    assert (await engine.search(LISTINGS, Query())).total == 30
    async with platform_db.unit_of_work() as session:  # killed so hard that it could not take its mark away
        await run(session, "UPDATE search_index SET building = gen_random_uuid(), building_since = now()")
    sources.register(LISTINGS, read=table.read, every=table.every)
    await sync.renew()
    assert not await stale(engine)
    assert (await engine.search(LISTINGS, Query())).total == 30


def test_it_runs_every_minute() -> None:
    cron, function = outbox._schedules["search.sync.renew"]
    assert (cron, function) == ("* * * * *", sync.renew)


# --- a server beside the database ---


@pytest.fixture
async def both(
    standin: Standin, db: platform_db.Database, table: Table, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FallbackEngine]:
    key = await set_up_key(standin.url, MASTER, "site", "the tests")
    first = MeilisearchEngine(Server(standin.url, key.key), prefix="site", journal=PostgresJournal())
    made = FallbackEngine(first, PostgresEngine())
    monkeypatch.setattr(search, "_engine", made)
    monkeypatch.setattr(sources, "_sources", {LISTINGS: table.source})
    yield made
    await made.close()


async def test_each_engine_is_looked_at_by_itself(both: FallbackEngine, table: Table, standin: Standin) -> None:
    table.put(*many(20))
    await both.rebuild(LISTINGS, table.every())
    standin.indexes["site_state"].documents[LISTINGS]["settings"] = "older"
    assert await stale(both.first)
    assert not await stale(both.second)
    built = (await both.second.status()).indexes[0].built_at
    await sync.renew()
    assert not await stale(both.first)
    assert len(standin.indexes["site_listings"].documents) == 20
    assert (await both.second.status()).indexes[0].built_at == built
    await age()
    await sync.renew()
    assert not await stale(both.second)


async def test_a_server_that_is_only_set_up_is_filled(both: FallbackEngine, table: Table, standin: Standin) -> None:
    """`santex search setup` makes indexes with nothing in them."""
    table.put(*many(20))
    await both.second.rebuild(LISTINGS, table.every())
    await both.first.set_up(LISTINGS)
    await sync.renew()
    assert len(standin.indexes["site_listings"].documents) == 20


async def test_a_server_that_is_down_waits(both: FallbackEngine, table: Table, standin: Standin) -> None:
    table.put(*many(5))
    await both.rebuild(LISTINGS, table.every())
    await age()
    await asyncio.to_thread(standin.stop)
    await sync.renew()
    assert not await stale(both.second)
    await asyncio.to_thread(standin.start)


async def test_refused_documents_are_said_by_every_process(both: FallbackEngine, table: Table) -> None:
    """The process that syncs keeps the reasons in the database; a web process beside it looks there."""
    async with platform_db.unit_of_work() as session:
        await run(
            session,
            "INSERT INTO search_pending (name, id, refused) VALUES ('listings', %(id)s, 'no such geo')",
            {"id": ident(1)},
        )
    assert both.notices() == search.notices() == ()
    (notice,) = await search.look()
    assert notice.code == "search_refused_listings"
    assert "no such geo" in notice.detail
    assert notice.mend.get("vi") != notice.mend.get("en")


async def test_with_one_engine_there_is_nothing_to_say(engine: PostgresEngine) -> None:
    assert await search.look() == search.notices() == ()


def test_a_source_counts_by_itself_when_nobody_says_how(table: Table) -> None:
    table.put(*many(3))
    assert asyncio.run(table.source.expected()) == 3
    assert replace(table.source, count=None) == Source(table.read, table.every)
