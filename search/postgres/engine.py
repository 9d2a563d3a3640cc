"""The engine: reads with one statement, writes and rebuilds under the index's lock."""

# ruff: noqa: S608 - names from search.documents.INDEXES, never anything a user sent

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import clock
from app.kit.errors import Conflict
from app.kit.text import Text, fold
from app.platform import db
from search import phrases
from search.documents import INDEXES, Document, IndexSettings
from search.port import Answer, Capability, EngineStatus, Facet, Hit, IndexStatus, Query, Suggestion
from search.postgres.plan import Plan, meant_in, plan
from search.postgres.rows import put, take_out
from search.postgres.run import run
from search.postgres.statement import NEAR, RELEVANCE, near, statement
from search.postgres.tables import SLOTS, TABLES
from search.postgres.words import words_for
from search.query import MIN_PREFIX, Parsed, clues, parse, words_of

BATCH = 500
FEW_HITS = 3
SHORT_LIST = 10
# How much a GIN index may put off (kB): a writer of one document leaves little for readers to look through, a
# writer of many gathers all (ten times cheaper) and then has it put in order.
PENDING_FEW = "256"
PENDING_MANY = "65536"
MANY = 40
LOCK_TRIES = 400
LOCK_PAUSE = 0.01
LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, slots=True)
class _State:
    slot: str
    building: UUID | None

    @property
    def other(self) -> str:
        return SLOTS[1 - SLOTS.index(self.slot)]

    @property
    def written(self) -> tuple[str, ...]:
        return (self.slot, self.other) if self.building else (self.slot,)


def _settings(index: str) -> IndexSettings:
    try:
        return INDEXES[index]
    except KeyError:
        raise ValueError(f"no index named {index!r}") from None


def _current(index: str) -> str:
    return f"(SELECT slot FROM search_index WHERE name = '{index}')"


def _typed(parsed: Parsed) -> str:
    return " ".join(fold(w) for w in parsed.words)


def _may_be_mistyped(parsed: Parsed) -> bool:
    return len(_typed(parsed)) >= 4 and not parsed.compact


def _meant(parsed: Parsed, found: list[str] | None, docs: list[int] | None) -> str | None:
    return phrases.best_extent(_typed(parsed), list(zip(found or (), docs or (), strict=True)))


class PostgresEngine:
    name = "postgres"
    capabilities = frozenset(
        {
            Capability.PREFIX,
            Capability.SYNONYMS,
            Capability.PHRASES,
            Capability.EXCLUSION,
            Capability.RELAXED,
            Capability.DID_YOU_MEAN,
            Capability.DEEP_PAGES,
            Capability.TRANSACTIONAL,
        }
    )

    def __init__(self) -> None:
        # Only a first guess: every reading statement also tells which slot was current.
        self._slots: dict[str, str] = {}

    # reading

    async def search(self, index: str, query: Query) -> Answer:
        meant = meant_in(query.cursor)
        parsed = parse(meant or query.text)
        planned = plan(_settings(index), query, parsed, meant)
        async with db.reading() as session:
            answer = await self._search(session, planned)
            if query.cursor or not parsed or answer.total >= SHORT_LIST:
                return replace(answer, relaxed=answer.relaxed or bool(meant))
            return await self._more(session, index, query, planned, answer)

    async def _more(self, session: AsyncSession, index: str, query: Query, planned: Plan, answer: Answer) -> Answer:
        """For a short list: near documents as well, and what may have been meant."""
        parsed = planned.parsed
        if not query.strict and (answer.total == 0 or planned.shape.sort == RELEVANCE) and clues(parsed):
            unsure = _may_be_mistyped(parsed) and answer.total < FEW_HITS
            loose = replace(planned.shape, loosely=True, meant=unsure)
            answer = await self._search(session, replace(planned, shape=loose))
        elif answer.total < FEW_HITS and _may_be_mistyped(parsed):
            answer = replace(answer, did_you_mean=await self._did_you_mean(session, index, parsed))
        meant = answer.did_you_mean
        if answer.total or query.strict or not meant:
            return answer
        # Nothing at all: then what was probably meant, and said so.
        found = await self._search(session, plan(_settings(index), query, parse(meant), meant))
        return replace(found, did_you_mean=meant, relaxed=found.total > 0)

    async def _search(self, session: AsyncSession, planned: Plan) -> Answer:
        shape, parameters = planned.shape, dict(planned.parameters)
        if planned.parsed:
            parameters |= words_for(planned.parsed, loosely=shape.loosely).parameters()
        if shape.meant:
            parameters["typed"] = _typed(planned.parsed)
        row = await self._read(session, shape.index, lambda slot: statement(shape, slot), parameters)
        _, total, counted, near_phrases, near_docs, *columns = row
        counts: dict[str, dict[str, int]] = {name: {} for name in shape.facets}
        for facet, value, n in zip(*counted, strict=True) if counted and counted[0] else ():
            counts[facet][value] = int(n)
        # The page comes as one array a column, and as NULLs when it is empty.
        rows = list(zip(*columns, strict=True)) if columns[0] else []
        hits: tuple[Hit, ...] = tuple(planned.hit(r) for r in rows[: planned.limit])
        return Answer(
            hits=hits,
            total=total,
            facets={name: Facet(name, values) for name, values in counts.items()},
            next_cursor=planned.cursor(rows[planned.limit - 1]) if len(rows) > planned.limit else None,
            did_you_mean=_meant(planned.parsed, near_phrases, near_docs) if shape.meant else None,
            relaxed=shape.loosely and total > 0,
            terms=planned.terms,
        )

    async def _read(
        self, session: AsyncSession, index: str, text: Callable[[str], str], parameters: Mapping[str, Any]
    ) -> Any:
        """The one row of the statement of the current slot; its first column says which that is in its snapshot."""
        slot = self._slots.get(index, SLOTS[0])
        for _ in SLOTS:
            row = (await run(session, text(slot), parameters))[0]
            current = row[0] or SLOTS[0]
            if current == slot:
                break
            self._slots[index] = slot = current
        return row

    async def _did_you_mean(self, session: AsyncSession, index: str, parsed: Parsed) -> str | None:
        def text(slot: str) -> str:
            return f"WITH {near(TABLES[index, slot][2].name)} SELECT {_current(index)}, {NEAR}"

        _, found, docs = await self._read(session, index, text, {"typed": _typed(parsed)})
        return _meant(parsed, found, docs)

    async def suggest(self, index: str, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        _settings(index)
        typed = " ".join(words_of(text))[:80]
        folded = fold(typed)
        if not folded:
            return ()

        def sql(slot: str) -> str:
            table = TABLES[index, slot][2].name
            near = f"(SELECT *, 0 AS far FROM {table} WHERE folded ^@ %(q)s ORDER BY docs DESC, phrase LIMIT %(limit)s)"
            if len(folded) >= MIN_PREFIX:
                near += (
                    f" UNION ALL (SELECT *, 1 AS far FROM {table} WHERE folded LIKE %(inside)s"
                    " ORDER BY docs DESC, phrase LIMIT %(limit)s)"
                )
            arrays = (f"array_agg({c} ORDER BY far, docs DESC, phrase)" for c in ("phrase", "folded", "docs"))
            return f"WITH near AS ({near}) SELECT {_current(index)}, {', '.join(arrays)} FROM near"

        # `folded` holds letters and digits only, so there is nothing in it that LIKE would read as a pattern.
        parameters = {"q": folded, "limit": limit * 4, "inside": f"% {folded}%"}
        async with db.reading() as session:
            _, found, plain, docs = await self._read(session, index, sql, parameters)
        best: dict[str, Suggestion] = {}
        for phrase, key, n in zip(found or (), plain or (), docs or (), strict=True):
            known = best.get(key)
            # Of two writings the one with the marks that were typed, else the commoner one, stands for both.
            if known is None or (typed in phrase and typed not in known.text):
                best[key] = Suggestion(phrase, n)
        return tuple(best.values())[:limit]

    async def count(self, index: str) -> int:
        _settings(index)

        def text(slot: str) -> str:
            counted = f"SELECT sum(bit_count(bits)) FROM {TABLES[index, slot][1].name} WHERE facet = '' AND value = ''"
            return f"SELECT {_current(index)}, coalesce(({counted}), 0)::bigint"

        async with db.reading() as session:
            return int((await self._read(session, index, text, {}))[1])

    async def status(self) -> EngineStatus:
        try:
            async with db.reading() as session:
                rows = await run(session, "SELECT name, settings, built_at, building_since FROM search_index")
            counts = {name: await self.count(name) for name in INDEXES}
        except SQLAlchemyError:
            return EngineStatus(self.name, False, self.capabilities, ())
        known = {row[0]: row[1:] for row in rows}
        indexes = []
        for name, settings in INDEXES.items():
            # What was never written to has no row yet, and will be made with today's settings.
            built_under, built_at, since = known.get(name, (settings.hash(), None, None))
            indexes.append(IndexStatus(name, counts[name], built_at, since, stale=built_under != settings.hash()))
        return EngineStatus(self.name, True, self.capabilities, tuple(indexes))

    # writing

    async def upsert(self, index: str, documents: Sequence[Document]) -> None:
        settings = _settings(index)
        given = list({d.id: d for d in documents}.values())  # the last of two versions counts
        if not given:
            return
        async with db.unit_of_work() as session:
            state = await _lock(session, index)
            await _may_put_off(session, len(given))
            for slot in state.written:
                for start in range(0, len(given), BATCH):
                    await put(session, settings, slot, given[start : start + BATCH])
                if len(given) >= MANY:
                    await _put_in_order(session, index, slot)
            if state.building:
                await run(
                    session,
                    "DELETE FROM search_removed WHERE name = %(index)s AND id = ANY(%(ids)s)",
                    {"index": index, "ids": [d.id for d in given]},
                )

    async def delete(self, index: str, ids: Sequence[UUID]) -> None:
        _settings(index)
        if not ids:
            return
        async with db.unit_of_work() as session:
            state = await _lock(session, index)
            for slot in state.written:
                await take_out(session, index, slot, ids)
            if state.building:
                await run(
                    session,
                    "INSERT INTO search_removed (name, id) SELECT %(index)s, unnest(%(ids)s::uuid[])"
                    " ON CONFLICT DO NOTHING",
                    {"index": index, "ids": list(ids)},
                )

    async def rebuild(self, index: str, documents: AsyncIterator[Document]) -> int:
        """Readers notice nothing; a rebuild that fails or is overtaken by another leaves the index as it was."""
        settings = _settings(index)
        token = uuid4()
        async with db.unit_of_work() as session:
            state = await _lock(session, index)
            await _empty(session, index, state.other)
            await run(
                session,
                "UPDATE search_index SET building = %(token)s, building_since = %(now)s WHERE name = %(index)s",
                {"index": index, "token": token, "now": clock.now()},
            )
        try:
            await _fill_all(settings, token, documents)
            async with db.unit_of_work() as session:
                state = await _lock(session, index, token)
                await _put_in_order(session, index, state.other)
                for table in TABLES[index, state.other]:
                    await run(session, f"ANALYZE {table.name}")
                await run(
                    session,
                    "UPDATE search_index SET slot = %(slot)s, settings = %(settings)s, built_at = %(now)s,"
                    " building = NULL, building_since = NULL WHERE name = %(index)s",
                    {"index": index, "slot": state.other, "settings": settings.hash(), "now": clock.now()},
                )
        except BaseException:
            async with db.unit_of_work() as session:
                await run(
                    session,
                    "UPDATE search_index SET building = NULL, building_since = NULL"
                    " WHERE name = %(index)s AND building = %(token)s",
                    {"index": index, "token": token},
                )
            raise
        async with db.unit_of_work() as session:
            state = await _lock(session, index)
            if not state.building:
                await _empty(session, index, state.other)
        return await self.count(index)


async def _fill_all(settings: IndexSettings, token: UUID, documents: AsyncIterator[Document]) -> None:
    batch: dict[UUID, Document] = {}
    async for document in documents:
        batch[document.id] = document
        if len(batch) == BATCH:
            await _fill(settings, token, list(batch.values()))
            batch.clear()
    if batch:
        await _fill(settings, token, list(batch.values()))


async def _fill(settings: IndexSettings, token: UUID, batch: list[Document]) -> None:
    """Put what the rebuild has read into the new slot, but for what a writer has put there or taken out since."""
    async with db.unit_of_work() as session:
        state = await _lock(session, settings.name, token)
        known = await run(
            session,
            f"SELECT id FROM {TABLES[settings.name, state.other][0].name} WHERE id = ANY(%(ids)s)"
            " UNION ALL SELECT id FROM search_removed WHERE name = %(index)s AND id = ANY(%(ids)s)",
            {"index": settings.name, "ids": [d.id for d in batch]},
        )
        newer = {row[0] for row in known}
        wanted = [d for d in batch if d.id not in newer]
        if wanted:
            await _may_put_off(session, BATCH)
            await put(session, settings, state.other, wanted)


async def _lock(session: AsyncSession, index: str, token: UUID | None = None) -> _State:
    """The index's row, locked until the transaction ends: its writers come one after another."""
    select = "SELECT slot, building FROM search_index WHERE name = %(index)s FOR UPDATE"
    rows = await run(session, select, {"index": index})
    if not rows:
        await run(
            session,
            "INSERT INTO search_index (name, slot, settings) VALUES (%(index)s, %(slot)s, %(settings)s)"
            " ON CONFLICT DO NOTHING",
            {"index": index, "slot": SLOTS[0], "settings": INDEXES[index].hash()},
        )
        rows = await run(session, select, {"index": index})
    state = _State(*rows[0])
    if token and state.building != token:
        raise Conflict(
            "rebuild_overtaken",
            Text("Một lần dựng lại chỉ mục khác đã thay lần này.", "Another rebuild has taken this one's place."),
        )
    return state


async def _empty(session: AsyncSession, index: str, slot: str) -> None:
    """A process that still takes this slot for the current one may be reading it. It takes the tables in its own order,
    so they are locked all at once or not at all: waiting for one while holding another would be a deadlock."""
    tables = ", ".join(t.name for t in TABLES[index, slot])
    for _ in range(LOCK_TRIES):
        try:
            async with session.begin_nested():
                await run(session, f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE NOWAIT")
            break
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
            await asyncio.sleep(LOCK_PAUSE)
    await run(session, f"TRUNCATE {tables}")
    await run(session, "DELETE FROM search_removed WHERE name = %(index)s", {"index": index})


async def _may_put_off(session: AsyncSession, documents: int) -> None:
    limit = PENDING_MANY if documents >= MANY else PENDING_FEW
    await run(session, "SELECT set_config('gin_pending_list_limit', %(limit)s, true)", {"limit": limit})


async def _put_in_order(session: AsyncSession, index: str, slot: str) -> None:
    for table in TABLES[index, slot]:
        for gin in table.indexes:
            if gin.dialect_options["postgresql"]["using"] == "gin":
                await run(session, f"SELECT gin_clean_pending_list('{gin.name}'::regclass)")
