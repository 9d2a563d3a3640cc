"""Meilisearch first, PostgreSQL when it cannot: breaker, notices, and an index that ends as the database is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

import search
from app.kit.errors import Conflict, Invalid
from app.platform import db as platform_db
from app.platform import outbox
from app.settings import ROOT
from search import check, pending, sources, sync
from search.documents import LISTINGS, Document, ListingDocument
from search.fallback import Breaker, FallbackEngine, State
from search.meilisearch import MeilisearchEngine, Server, Unavailable, server, set_up_key
from search.meilisearch.journal import Journal
from search.pending import PostgresJournal
from search.port import Query
from search.postgres import PostgresEngine
from search.sources import Source
from tests.search.conftest import NOBODY
from tests.search.corpus import document, ident, many
from tests.support.meili_standin import MASTER, Fault, Standin

UID = "site_listings"


class Table:
    """Stands for the listings: committed state that is read by id, and changes at any moment."""

    def __init__(self) -> None:
        self.rows: dict[UUID, ListingDocument] = {}

    def put(self, *documents: ListingDocument) -> None:
        self.rows |= {d.id: d for d in documents}

    async def read(self, ids: Sequence[UUID]) -> list[ListingDocument]:
        found = [self.rows[i] for i in ids if i in self.rows]
        await asyncio.sleep(0)
        return found

    async def every(self) -> AsyncIterator[Document]:
        for id_ in sorted(self.rows):
            if id_ in self.rows:
                yield self.rows[id_]

    @property
    def source(self) -> Source:
        return Source(self.read, self.every)


@pytest.fixture
async def engine(standin: Standin, db: platform_db.Database) -> AsyncIterator[FallbackEngine]:
    key = await set_up_key(standin.url, MASTER, "site", "the tests")
    first = MeilisearchEngine(Server(standin.url, key.key), prefix="site", journal=PostgresJournal())
    made = FallbackEngine(first, PostgresEngine(), breaker=Breaker(failures=2, cool_down=0.2))
    yield made
    await made.close()


@pytest.fixture
def table() -> Table:
    return Table()


async def write(engine: FallbackEngine, table: Table, *documents: ListingDocument) -> None:
    table.put(*documents)
    await engine.upsert(LISTINGS, documents)


async def same(engine: FallbackEngine, table: Table) -> bool:
    return all(d.wanted == d.held for d in await check.compare(engine, LISTINGS, table.source))


# --- the breaker ----------------------------------------------------------------------------------------------------


def test_the_breaker_opens_tries_and_closes() -> None:
    at = [0.0]
    breaker = Breaker(failures=3, cool_down=10, now=lambda: at[0])
    for opened in (False, False, True):
        assert breaker.allows()
        assert breaker.failed() is opened
    assert breaker.state is State.OPEN
    assert not breaker.allows()
    at[0] = 9.9
    assert not breaker.allows()
    at[0] = 10
    assert [breaker.allows() for _ in range(3)] == [True, False, False]  # one tries, the others do not wait for it
    assert breaker.failed() is False  # open again, and no news
    at[0] = 15
    assert not breaker.allows()
    at[0] = 20
    assert breaker.allows()
    breaker.gave_up()
    assert breaker.allows()
    assert breaker.succeeded()
    assert breaker.state is State.CLOSED
    assert breaker.allows()
    assert breaker.failed() is False  # counted from nothing again


# --- reading --------------------------------------------------------------------------------------------------------


async def test_a_visitor_notices_nothing_while_the_server_is_down(
    engine: FallbackEngine, table: Table, standin: Standin, caplog: pytest.LogCaptureFixture
) -> None:
    await write(engine, table, *many(30))
    await engine.sync(LISTINGS, table.source)
    before = await engine.search(LISTINGS, Query(facets=("modes",), limit=5))
    assert standin.requests[-1] == ("POST", "/multi-search")
    with caplog.at_level(logging.WARNING, "santex.search"):
        await asyncio.to_thread(standin.stop)
        for _ in range(6):
            assert await engine.search(LISTINGS, Query(facets=("modes",), limit=5)) == before
            assert await engine.suggest(LISTINGS, "cam b")
        assert [n.code for n in engine.notices()] == ["search_down"]
        assert engine.notices()[0].text.get("vi") != engine.notices()[0].text.get("en")
        await asyncio.to_thread(standin.start)
        await asyncio.sleep(0.3)
        asked = len(standin.requests)
        assert await engine.search(LISTINGS, Query(facets=("modes",), limit=5)) == before
        assert len(standin.requests) == asked + 1
        assert engine.notices() == ()
    assert [r.getMessage().split(":")[0] for r in caplog.records] == ["search_down", "search_down"]


async def test_an_open_breaker_costs_a_visitor_no_wait(
    engine: FallbackEngine, table: Table, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SEARCH_SECONDS", 0.1)
    await write(engine, table, document(1))
    await engine.sync(LISTINGS, table.source)
    standin.faults.append(Fault("slow", "multi-search", times=2, seconds=5))
    for _ in range(2):
        assert (await engine.search(LISTINGS, Query())).total == 1
    asked = len(standin.requests)
    assert (await engine.search(LISTINGS, Query())).total == 1
    assert len(standin.requests) == asked


@pytest.mark.parametrize("sort", ["", "trl", "title"])
async def test_pages_go_on_when_the_engine_changes(
    engine: FallbackEngine, table: Table, standin: Standin, sort: str
) -> None:
    documents = many(25)
    await write(engine, table, *documents)
    await engine.sync(LISTINGS, table.source)
    first = await engine.search(LISTINGS, Query(sort=sort, limit=10))
    await asyncio.to_thread(standin.stop)
    second = await engine.search(LISTINGS, Query(sort=sort, limit=10, cursor=first.next_cursor))
    if sort == "title":  # a list by offsets begins anew
        assert second.hits == first.hits
        return
    assert not {h.id for h in first.hits} & {h.id for h in second.hits}
    await asyncio.to_thread(standin.start)
    await asyncio.sleep(0.3)
    third = await engine.search(LISTINGS, Query(sort=sort, limit=10, cursor=second.next_cursor))
    assert {h.id for h in (*first.hits, *second.hits, *third.hits)} == {d.id for d in documents}


async def test_a_list_that_postgresql_began_it_goes_on_with(
    engine: FallbackEngine, table: Table, standin: Standin
) -> None:
    await write(engine, table, *(document(k, "Lò hơi") for k in range(12)))
    await engine.sync(LISTINGS, table.source)
    begun = await engine.second.search(LISTINGS, Query(text="lò hơi", limit=5))
    standin.requests.clear()
    more = await engine.search(LISTINGS, Query(text="lò hơi", limit=5, cursor=begun.next_cursor))
    assert not {h.id for h in begun.hits} & {h.id for h in more.hits}
    assert standin.requests == []


async def test_what_a_visitor_got_wrong_is_told_and_is_no_failure(engine: FallbackEngine) -> None:
    for _ in range(5):
        with pytest.raises(Invalid):
            await engine.search(LISTINGS, Query(sort="nothing"))
    assert engine.breaker.state is State.CLOSED


async def test_an_index_not_yet_built_is_not_asked(engine: FallbackEngine, table: Table, standin: Standin) -> None:
    await engine.second.upsert(LISTINGS, [document(1)])
    table.put(document(1))
    for _ in range(3):
        assert (await engine.search(LISTINGS, Query())).total == 1
    assert [n.code for n in engine.notices()] == ["search_unbuilt"]
    await engine.sync(LISTINGS, table.source)  # builds all of it, not what happens to be marked
    assert standin.indexes[UID].documents.keys() == {str(ident(1))}
    await asyncio.sleep(0.25)
    await engine.search(LISTINGS, Query())
    assert engine.notices() == ()


async def test_an_answer_that_is_not_understood_is_a_failure_too(
    engine: FallbackEngine, table: Table, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(engine, table, document(1))
    await engine.sync(LISTINGS, table.source)
    monkeypatch.setattr(
        standin, "_searched", lambda query: {"hits": [{"no": "id"}], "query": "", "processingTimeMs": 0}
    )
    assert (await engine.search(LISTINGS, Query())).total == 1


# --- writing --------------------------------------------------------------------------------------------------------


async def test_a_write_that_is_rolled_back_leaves_no_mark(engine: FallbackEngine, table: Table) -> None:
    async def half() -> None:
        async with platform_db.unit_of_work():
            await engine.upsert(LISTINGS, [document(1)])
            raise OSError("after")

    with pytest.raises(OSError, match="after"):
        await half()
    assert await engine.count(LISTINGS) == 0
    assert (await pending.backlog(LISTINGS)).waiting == 0


async def test_the_job_fails_while_the_server_is_down_and_is_run_again(
    engine: FallbackEngine, table: Table, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_engine", engine)
    monkeypatch.setattr(sources, "_sources", {LISTINGS: table.source})
    await write(engine, table, document(1), document(2))
    await asyncio.to_thread(standin.stop)
    await outbox.drain(platform_db.database().url)
    health = await outbox.health()
    assert health.waiting == 1  # put off, not lost
    assert (await pending.backlog(LISTINGS)).waiting == 2
    assert (await engine.search(LISTINGS, Query())).total == 2
    with pytest.raises(Unavailable):
        await sync.follow(LISTINGS)
    await asyncio.to_thread(standin.start)
    await sync.catch_up()
    assert (await pending.backlog(LISTINGS)).waiting == 0
    assert await same(engine, table)
    await sync.compare()


async def test_what_is_no_longer_shown_is_taken_out(engine: FallbackEngine, table: Table, standin: Standin) -> None:
    await write(engine, table, document(1), document(2))
    await engine.sync(LISTINGS, table.source)
    del table.rows[ident(1)]
    await engine.delete(LISTINGS, [ident(1)])
    began = time.monotonic()
    await engine.sync(LISTINGS, table.source)
    assert time.monotonic() - began < 1
    assert standin.indexes[UID].documents.keys() == {str(ident(2))}


async def test_a_change_made_while_the_server_is_told_is_told_after(engine: FallbackEngine, table: Table) -> None:
    """The mark struck out is the one that was read, not one made since."""
    await write(engine, table, document(1, "cũ"))
    await engine.sync(LISTINGS, table.source)
    await write(engine, table, document(1, "mới"))
    upsert = engine.first.upsert

    async def meanwhile(index: str, documents: Sequence[Document]) -> None:
        await upsert(index, documents)
        if table.rows[ident(1)].title_vi == "mới":
            await write(engine, table, document(1, "mới nhất"))

    engine.first.upsert = meanwhile  # type: ignore[method-assign]
    await engine.sync(LISTINGS, table.source)
    assert await same(engine, table)
    assert (await pending.backlog(LISTINGS)).waiting == 0


async def test_poison_is_kept_apart_and_said(
    engine: FallbackEngine, table: Table, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search.meilisearch import engine as module

    plain = module.write

    def poisoned(settings: Any, given: Any) -> dict[str, Any]:
        return plain(settings, given) | ({"_geo": "here"} if given.title_vi == "độc" else {})

    monkeypatch.setattr(module, "write", poisoned)
    await engine.sync(LISTINGS, table.source)
    await write(engine, table, *(document(k, "độc" if k == 3 else "lành") for k in range(9)))
    assert await engine.sync(LISTINGS, table.source) == 9
    backlog = await pending.backlog(LISTINGS)
    assert backlog.waiting == 0
    assert backlog.refused.keys() == {ident(3)}
    assert "invalid_document_geo_field" in backlog.refused[ident(3)]
    assert [n.code for n in engine.notices()] == ["search_refused_listings"]
    assert len(standin.indexes[UID].documents) == 8
    assert await engine.sync(LISTINGS, table.source) == 0  # not tried again as it is
    await write(engine, table, document(3, "lành"))
    await engine.sync(LISTINGS, table.source)
    assert engine.notices() == ()
    assert await same(engine, table)


async def test_one_process_at_a_time_tells_the_server(engine: FallbackEngine, table: Table) -> None:
    await write(engine, table, *many(30))
    at_work = 0
    upsert = engine.first.upsert

    async def counted(index: str, documents: Sequence[Document]) -> None:
        nonlocal at_work
        at_work += 1
        assert at_work == 1
        await upsert(index, documents)
        at_work -= 1

    engine.first.upsert = counted  # type: ignore[method-assign]
    await asyncio.gather(*(engine.sync(LISTINGS, table.source) for _ in range(4)))
    assert await same(engine, table)


async def test_a_rebuild_fills_both_and_keeps_what_is_written_meanwhile(
    engine: FallbackEngine, table: Table, standin: Standin
) -> None:
    await write(engine, table, *many(700))
    await engine.sync(LISTINGS, table.source)

    async def slowly() -> AsyncIterator[Document]:
        for n, d in enumerate([table.rows[i] for i in sorted(table.rows)]):
            if n == 600:
                await write(engine, table, document(1, "mới"))
                await engine.sync(LISTINGS, table.source)
                del table.rows[ident(2)]
                await engine.delete(LISTINGS, [ident(2)])
            yield d

    assert await engine.rebuild(LISTINGS, slowly()) == 699
    await engine.sync(LISTINGS, table.source)
    assert await same(engine, table)


async def test_a_rebuild_while_the_server_is_down_rebuilds_the_other(
    engine: FallbackEngine, table: Table, standin: Standin
) -> None:
    table.put(*many(1200))
    await asyncio.to_thread(standin.stop)
    assert await engine.rebuild(LISTINGS, table.every()) == 1200
    assert [n.code for n in engine.notices()] == ["search_down"]
    await asyncio.to_thread(standin.start)
    await engine.sync(LISTINGS, table.source)
    assert await same(engine, table)


async def test_differences_are_found_and_mended(engine: FallbackEngine, table: Table, standin: Standin) -> None:
    await write(engine, table, *(document(k) for k in range(8)))
    await engine.sync(LISTINGS, table.source)
    held = standin.indexes[UID].documents
    del held[str(ident(1))]
    held[str(ident(2))]["digest"] = "another"
    held[str(ident(99))] = {"id": str(ident(99))}
    await engine.second.delete(LISTINGS, [ident(5)])
    found = {d.engine: d for d in await check.mend(engine, LISTINGS, table.source)}
    first, second = found["meilisearch"], found["postgres"]
    assert (first.missing, first.other, first.surplus) == ((ident(1),), (ident(2),), (ident(99),))
    assert (second.missing, second.other, second.surplus) == ((ident(5),), (), ())
    assert first.wanted != first.held
    assert all(not d.ids for d in await check.compare(engine, LISTINGS, table.source))


async def test_the_listings_follow_by_themselves(
    engine: FallbackEngine, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the real capability: the job of a listing marks, the job of the index tells."""
    from app.listings import tasks

    assert sources.sources()[LISTINGS].read is tasks.read
    monkeypatch.setattr(search, "_engine", engine)
    await sync.catch_up()
    assert UID in standin.indexes


async def test_the_journal_of_all_processes(db: platform_db.Database) -> None:
    one, other = PostgresJournal(), PostgresJournal()
    journals: tuple[Journal, ...] = (one, other)
    order: list[str] = []

    async def hold(journal: Journal, name: str) -> None:
        async with journal.exclusive(LISTINGS):
            order.append(name)
            await asyncio.sleep(0.05)
            order.append(name)

    await asyncio.gather(*(hold(j, str(i)) for i, j in enumerate(journals)))
    assert order[0] == order[1] != order[2] == order[3]
    assert await one.building_since(LISTINGS) is None
    await one.wrote(LISTINGS, [ident(1)])  # nothing is being built: nothing to remember
    build = await one.begin(LISTINGS)
    await other.wrote(LISTINGS, [ident(2), ident(3), ident(2)])
    assert await one.changed(LISTINGS, build) == {ident(2), ident(3)}
    later = await other.begin(LISTINGS)
    with pytest.raises(Conflict):
        await one.changed(LISTINGS, build)
    await one.end(LISTINGS, build)  # not the other's
    assert await other.changed(LISTINGS, later) == set()
    await other.end(LISTINGS, later)
    assert await other.building_since(LISTINGS) is None


# --- settings -------------------------------------------------------------------------------------------------------


def test_which_engine(settings_changed: Any) -> None:
    from pydantic import ValidationError

    from app import wiring
    from app.settings import Settings, settings

    assert isinstance(wiring.search_engine(), PostgresEngine)
    with settings_changed(MEILI_URL=NOBODY, MEILI_KEY="x"):
        assert isinstance(wiring.search_engine(), FallbackEngine)
        assert "x" not in repr(settings().meili_key)
    with settings_changed(MEILI_URL=NOBODY, SEARCH_ENGINE="postgres"):
        assert isinstance(wiring.search_engine(), PostgresEngine)
    with settings_changed(SEARCH_ENGINE="meilisearch"), pytest.raises(ValidationError, match="MEILI_URL"):
        Settings()
    assert not any("master" in name for name in Settings.model_fields)


# --- the command line -----------------------------------------------------------------------------------------------


def santex(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_from_a_server_with_nothing_to_an_index_that_is_right(standin: Standin, new_database: str) -> None:
    known = {"MEILI_URL": standin.url, "MEILI_PREFIX": "site", "DATABASE_URL": new_database}
    without = santex("search", "setup", **known)
    assert without.returncode == 1
    assert "MEILI_MASTER_KEY" in without.stderr
    done = santex("search", "setup", **known, MEILI_MASTER_KEY=MASTER)
    assert done.returncode == 0, done.stderr
    key = done.stdout.split("MEILI_KEY=")[1].strip()
    assert key == standin.keys[0]["key"]
    assert MASTER not in done.stdout + done.stderr
    assert standin.indexes[UID].settings["rankingRules"]
    known["MEILI_KEY"] = key
    assert "0 listings indexed" in santex("reindex", **known).stdout
    standin.indexes[UID].documents[str(ident(1))] = {"id": str(ident(1))}
    first, second = (santex("search", "status", **known).stdout for _ in range(2))
    assert "meilisearch listings: 1 of 0" in first
    assert "1 too many" in first
    assert "mended" in first
    assert "mended" not in second
    assert re.search(r"ok +meilisearch", santex("doctor", **known).stdout)
    assert "may make keys" in santex("doctor", **(known | {"MEILI_KEY": MASTER})).stdout
    standin.stop()
    assert "PostgreSQL answers meanwhile" in santex("doctor", **known).stdout
    down = santex("search", "status", **known)
    assert down.returncode == 1
    assert "Traceback" not in down.stderr


# --- convergence ----------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """As by kill -9: nothing after it is done, clean-up neither."""


class Life:
    """Of one process: it may end before or after whatever has an effect outside, and then nothing more happens."""

    def __init__(self, seed: float, risk: float) -> None:
        self._turn, self._risk = random.Random(seed), risk
        self.over = False

    def step(self) -> None:
        self.over = self.over or self._turn.random() < self._risk
        if self.over:
            raise Killed


class MortalServer(Server):
    life: Life

    async def _call(self, work: Any) -> Any:
        self.life.step()
        answer = await super()._call(work)
        self.life.step()
        return answer


class MortalJournal(PostgresJournal):
    life: Life

    async def begin(self, index: str) -> UUID:
        self.life.step()
        return await super().begin(index)

    async def wrote(self, index: str, ids: Iterable[UUID]) -> None:
        self.life.step()
        await super().wrote(index, ids)

    async def end(self, index: str, build: UUID) -> None:
        self.life.step()
        await super().end(index, build)


class Process:
    """Syncs, or rebuilds, and tries again what failed; when it is killed another takes its place."""

    def __init__(self, url: str, key: str, table: Table, seed: float, *, rebuilds: bool) -> None:
        self.url, self.key, self.table, self.rebuilds = url, key, table, rebuilds
        self.turn = random.Random(seed)
        self.lives = self.failed = 0
        self.stopping = False
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while not self.stopping:
            self.lives += 1
            with contextlib.suppress(Killed):
                await self._live(Life(self.turn.random(), risk=0.01))

    async def _live(self, life: Life) -> None:
        server_, journal = MortalServer(self.url, self.key), MortalJournal()
        server_.life = journal.life = life
        first = MeilisearchEngine(server_, prefix="site", journal=journal)
        mine = FallbackEngine(first, PostgresEngine(), breaker=Breaker(cool_down=0.05))
        while not self.stopping:
            try:
                if self.rebuilds:
                    await first.rebuild(LISTINGS, self.table.every())
                    await asyncio.sleep(0.05)
                else:
                    await mine.sync(LISTINGS, self.table.source)
            except Exception:
                self.failed += 1
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        self.stopping = True
        await self.task


class Edits:
    """What people do: the row and its mark commit together; the table stands for rows."""

    def __init__(self, table: Table, r: random.Random, count: int) -> None:
        self.table, self.r = table, r
        self.made = many(count)

    async def some(self) -> int:
        chosen = self.r.sample(self.made, self.r.randrange(1, 12))
        for d in chosen:
            if self.r.random() < 0.25:
                self.table.rows.pop(d.id, None)
            else:
                self.table.put(replace(d, title_vi=f"{d.title_vi} {self.r.randrange(10**6)}"))
        await pending.mark(LISTINGS, [d.id for d in chosen])
        return len(chosen)


@pytest.mark.parametrize("edits", [2000, pytest.param(20_000, marks=pytest.mark.slow)])
async def test_random_edits_with_random_kills_end_in_the_same(
    standin: Standin, db: platform_db.Database, monkeypatch: pytest.MonkeyPatch, edits: int
) -> None:
    """Edits commit while a process that syncs and one that rebuilds are killed before or after anything they do, and
    the server loses connections, answers 503, fails tasks and is killed with tasks under way. At the end the index is
    the database.
    """
    monkeypatch.setattr(server, "POLL_LONGEST", 0.02)
    r = random.Random(edits)
    table = Table()
    people = Edits(table, r, edits // 3)  # few edits each, or a later one would hide a lost one
    key = (await set_up_key(standin.url, MASTER, "site", "the tests")).key
    processes = [Process(standin.url, key, table, r.random(), rebuilds=x) for x in (False, True)]
    restarts = done = 0

    def swaps() -> int:
        return sum(t.type == "indexSwap" and t.status == "succeeded" for t in standin.tasks)

    try:
        # On a slow machine a rebuild is killed more often before its end: then the edits go on until two came through.
        while done < edits or (swaps() < 2 and done < 3 * edits):
            done += await people.some()
            await asyncio.sleep(r.random() * 0.03)
            if r.random() < 0.05:
                standin.faults.append(_fault(r))
            if r.random() < 0.02:
                restarts += 1
                await asyncio.to_thread(standin.stop)
                await asyncio.sleep(r.random() * 0.02)
                await asyncio.to_thread(standin.start)
    finally:
        for process in processes:
            await process.stop()
    standin.faults.clear()
    first = MeilisearchEngine(Server(standin.url, key), prefix="site", journal=PostgresJournal())
    last = FallbackEngine(first, PostgresEngine())
    await last.sync(LISTINGS, table.source)
    assert await first.held(LISTINGS) == {id_: first.version(LISTINGS, d) for id_, d in table.rows.items()}
    assert (await pending.backlog(LISTINGS)).waiting == 0
    assert restarts > 2
    assert swaps() > 1
    assert all(p.lives > 2 and p.failed > 0 for p in processes)
    await last.rebuild(LISTINGS, table.every())
    assert await same(last, table)
    await last.close()


def _fault(r: random.Random) -> Fault:
    kind = r.choice(["unavailable", "lost", "lost_after", "fail_task"])
    where = {
        "fail_task": [f"documentAdditionOrUpdate {UID}", f"documentDeletion {UID}", "indexSwap", "settingsUpdate"],
    }.get(kind, ["/documents", "GET /tasks", "swap", "settings", "POST /indexes"])
    return Fault(kind, r.choice(where))
