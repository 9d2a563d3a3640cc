"""The engine: search by one or two round trips, writes in batches whose tasks are waited for, rebuilds beside."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.kit import clock
from app.kit.text import fold
from search import phrases
from search.documents import INDEXES, Document, IndexSettings
from search.meilisearch import filters, near
from search.meilisearch.journal import Journal, MemoryJournal, overtaken
from search.meilisearch.reading import RELEVANCE, Mode, Plan, plan
from search.meilisearch.server import DOCUMENT_ERRORS, Mismatch, Poisoned, Refused, Server, ServerError, TaskFailed
from search.meilisearch.settings import DIGEST, PHRASES, for_index, settings_hash
from search.meilisearch.writing import write
from search.port import Answer, Capability, EngineStatus, IndexStatus, Query, Suggestion
from search.query import MIN_PREFIX, Parsed, clues, words_of

log = logging.getLogger("santex.search")

BATCH = 500
# Tasks under way at once while filling an index: the server works on one batch while the next is on its way, and
# no more than this wait in its queue.
WINDOW = 2
FEW_HITS = 3
SHORT_LIST = 10
CANDIDATES = 40


class MeilisearchEngine:
    name = "meilisearch"
    capabilities = frozenset(
        {
            Capability.PREFIX,
            Capability.SYNONYMS,
            Capability.PHRASES,
            Capability.EXCLUSION,
            Capability.RELAXED,
            Capability.DID_YOU_MEAN,
            Capability.TYPOS,
        }
    )

    def __init__(self, server: Server, *, prefix: str = "santex", journal: Journal | None = None) -> None:
        self.server = server
        self.prefix = prefix
        self.journal: Journal = journal or MemoryJournal()
        # What this process has seen to exist; forgotten when the server says otherwise.
        self._known: set[str] = set()

    async def close(self) -> None:
        await self.server.close()

    def uid(self, index: str) -> str:
        return f"{self.prefix}_{_settings(index).name}"

    def _beside(self, index: str, build: UUID) -> str:
        """A name of its own for every build: none ever swaps in what another has only begun."""
        return f"{self.uid(index)}_next_{build.hex}"

    @property
    def _state(self) -> str:
        return f"{self.prefix}_state"

    # reading

    async def search(self, index: str, query: Query) -> Answer:
        planned = plan(_settings(index), self.uid(index), query)
        if query.cursor:
            if planned.mode is Mode.LOOSE:
                return await self._loosely(index, planned)
            return await self._ask(index, planned)
        parsed = planned.parsed
        if parsed.compact:
            answer = await self._ask(index, replace(planned, mode=Mode.IDENTIFIER))
            if answer.total:
                return answer
        answer = await self._ask(index, planned)
        if not parsed or answer.total >= SHORT_LIST:
            return answer
        return await self._more(index, query, planned, answer)

    async def _more(self, index: str, query: Query, planned: Plan, answer: Answer) -> Answer:
        """For a short list: near documents as well, and what may have been meant; as the engine on PostgreSQL does."""
        meant = await self._did_you_mean(index, planned.parsed) if answer.total < FEW_HITS else None
        if not query.strict and (answer.total == 0 or planned.sort == RELEVANCE) and clues(planned.parsed):
            answer = await self._loosely(index, planned, [str(hit.id) for hit in answer.hits])
        if not (answer.total or query.strict) and meant:
            # Nothing at all: then what was probably meant, and said so.
            answer = await self._ask(index, plan(_settings(index), self.uid(index), query, meant))
            answer = replace(answer, relaxed=answer.total > 0)
        return replace(answer, did_you_mean=meant)

    async def _loosely(self, index: str, planned: Plan, kept: Sequence[str] | None = None) -> Answer:
        """Near documents; `kept`: those that hold every word, where they are known already."""
        if kept is None:
            whole = replace(planned, mode=Mode.STRICT, offset=0, after=None, limit=SHORT_LIST)
            kept = [str(hit.id) for hit in (await self._ask(index, whole)).hits]
        nearest = tuple(near.nearest(await self._multi(index, near.requests(planned)), kept))
        loose = replace(planned, mode=Mode.LOOSE, near=nearest, passing=nearest)
        if loose.filters and nearest:
            [found] = await self._multi(index, [loose.passing_request()])
            through = {hit["id"] for hit in found["hits"]}
            loose = replace(loose, passing=tuple(i for i in nearest if i in through))
        return await self._ask(index, loose)

    async def _ask(self, index: str, planned: Plan) -> Answer:
        return planned.answer(await self._multi(index, planned.requests()))

    async def _multi(self, index: str, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        try:
            return await self.server.multi_search(requests)
        except Mismatch:
            self._known.discard(index)
            raise

    async def _saying(self, index: str, text: str, limit: int) -> list[list[str]]:
        """The phrases of the documents that say something like the text."""
        asked = {
            "indexUid": self.uid(index),
            "q": text,
            "attributesToSearchOn": [PHRASES],
            "matchingStrategy": "frequency",
            "attributesToRetrieve": [PHRASES],
            "limit": limit,
        }
        return [hit.get(PHRASES) or [] for hit in (await self._multi(index, [asked]))[0]["hits"]]

    async def _did_you_mean(self, index: str, parsed: Parsed) -> str | None:
        typed = " ".join(fold(w) for w in parsed.words)
        if len(typed) < 4 or parsed.compact:
            return None
        said: dict[str, int] = {}
        for held in await self._saying(index, typed, CANDIDATES):
            for phrase in held:
                said[phrase] = said.get(phrase, 0) + 1
        return phrases.best_extent(typed, list(said.items()))

    async def suggest(self, index: str, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        _settings(index)
        typed = " ".join(words_of(text))[:80]
        folded = fold(typed)
        if not folded:
            return ()
        counts = dict(await self._beginning(index, typed))
        begun = [p for p in counts if fold(p).startswith(folded)]
        inside: list[str] = []
        if len(begun) < limit and len(folded) >= MIN_PREFIX:
            said = (p for held in await self._saying(index, typed, CANDIDATES) for p in held)
            for phrase in said:
                if f" {folded}" in fold(phrase):
                    counts[phrase] = counts.get(phrase, 0) + 1
                    inside.append(phrase)
        best: dict[str, Suggestion] = {}
        for group in (begun, list(dict.fromkeys(inside))):
            for phrase in sorted(group, key=lambda p: (-counts[p], p)):
                key = fold(phrase)
                # Of two writings the one with the marks that were typed, else the commoner one, stands for both.
                if key not in best or (typed in phrase and typed not in best[key].text):
                    best[key] = Suggestion(phrase, counts[phrase])
        return tuple(best.values())[:limit]

    async def _beginning(self, index: str, text: str) -> list[tuple[str, int]]:
        try:
            return await self.server.facet_search(self.uid(index), PHRASES, text)
        except Mismatch:
            self._known.discard(index)
            raise

    async def count(self, index: str) -> int:
        return await self.server.count(self.uid(index))

    async def status(self) -> EngineStatus:
        if not await self.server.healthy():
            return EngineStatus(self.name, False, self.capabilities, ())
        try:
            states = {s["id"]: s async for s in self._states()}
            indexes = []
            for name in INDEXES:
                state = states.get(name, {})
                built = state.get("built_at")
                indexes.append(
                    IndexStatus(
                        name=name,
                        documents=await self.count(name),
                        built_at=datetime.fromisoformat(built) if built else None,
                        building_since=await self.journal.building_since(name),
                        stale=bool(state) and state.get("settings") != settings_hash(name),
                    )
                )
        except ServerError:
            return EngineStatus(self.name, False, self.capabilities, ())
        return EngineStatus(self.name, True, self.capabilities, tuple(indexes))

    async def _states(self) -> AsyncIterator[dict[str, Any]]:
        try:
            async for state in self.server.documents(self._state):
                yield state
        except Mismatch:
            return

    async def made(self, index: str) -> bool:
        """Whether the index is there and was made by this code: an index without settings is none."""
        if index not in self._known:
            said = [s async for s in self._states() if s["id"] == index]
            if not said or not await self.server.exists(self.uid(index)):
                return False
            self._known.add(index)
        return True

    async def held(self, index: str) -> dict[UUID, str]:
        """The id and the digest of every document kept, for a comparison with the database."""
        found: dict[UUID, str] = {}
        try:
            async for document in self.server.documents(self.uid(index), fields=["id", DIGEST]):
                found[UUID(document["id"])] = str(document.get(DIGEST))
        except Mismatch:
            return {}
        return found

    def version(self, index: str, document: Document) -> str:
        return str(write(_settings(index), document)[DIGEST])

    # writing

    async def set_up(self, index: str) -> bool:
        """Make the index, or give one that is there today's settings; whether its documents are out of date."""
        uid = self.uid(index)
        async with self.journal.exclusive(index):
            if not await self.made(index):
                await self._make(index)
                return False
            await self.server.set_settings(uid, for_index(index))
        return any(i.stale for i in (await self.status()).indexes if i.name == index)

    async def _make(self, index: str) -> None:
        uid = self.uid(index)
        if not await self.server.exists(uid):
            await self.server.create(uid)
        await self.server.set_settings(uid, for_index(index))
        await self._remember(index, built=False)

    async def _remember(self, index: str, *, built: bool) -> None:
        state = {"id": index, "settings": settings_hash(index), "built_at": clock.now().isoformat() if built else None}
        await self.server.wait(await self.server.add(self._state, [state]))
        self._known.add(index)

    async def upsert(self, index: str, documents: Sequence[Document]) -> None:
        """Returns when the server has taken them in; Poisoned when it would not take some, after the others are in."""
        settings = _settings(index)
        given = list({d.id: d for d in documents}.values())  # the last of two versions counts
        if not given:
            return
        async with self.journal.exclusive(index):
            if not await self.made(index):
                await self._make(index)
            # Noted before they are sent: a process that dies in between has noted too much, never too little.
            await self.journal.wrote(index, [d.id for d in given])
            refused = await self._send(self.uid(index), [write(settings, d) for d in given])
        if refused:
            raise Poisoned(refused)

    async def delete(self, index: str, ids: Sequence[UUID]) -> None:
        if not ids:
            return
        async with self.journal.exclusive(index):
            if await self.made(index):
                await self.journal.wrote(index, ids)
                await self._take_out(self.uid(index), ids)

    async def _take_out(self, uid: str, ids: Sequence[UUID]) -> None:
        for start in range(0, len(ids), BATCH):
            some = filters.one_of("id", (str(i) for i in ids[start : start + BATCH]))
            await self.server.wait(await self.server.remove(uid, some))

    async def _send(self, uid: str, made: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        filling = _Filling(self.server, uid)
        for start in range(0, len(made), BATCH):
            await filling.put(made[start : start + BATCH])
        return await filling.end()

    async def rebuild(self, index: str, documents: AsyncIterator[Document]) -> int:
        """Readers notice nothing; a rebuild that fails or is overtaken leaves the index as it was.

        What was written to the index meanwhile is copied from it, when no writer is at work, just before the swap.
        Documents the server will not take are left out and logged.
        """
        settings = _settings(index)
        build = await self.journal.begin(index)
        beside = self._beside(index, build)
        try:
            for left in await self.server.names(f"{self.uid(index)}_next_"):
                await self.server.drop(left)  # by a build that died, or that this one takes the place of
            await self.server.create(beside)
            await self.server.set_settings(beside, for_index(index))
            filling = _Filling(self.server, beside)
            batch: dict[UUID, Document] = {}
            async for document in documents:
                batch[document.id] = document
                if len(batch) == BATCH:
                    await self._building(index, build)
                    await filling.put([write(settings, d) for d in batch.values()])
                    batch.clear()
            await filling.put([write(settings, d) for d in batch.values()])
            refused = await filling.end()
            if refused:
                log.error("left out of %s: %s", index, Poisoned(refused))
            async with self.journal.exclusive(index):
                await self._copy(self.uid(index), beside, sorted(await self.journal.changed(index, build)))
                await self.server.swap(beside, self.uid(index), rename=not await self.server.exists(self.uid(index)))
                await self._remember(index, built=True)
                await self.journal.end(index, build)
        except BaseException:
            await self.journal.end(index, build)
            raise
        await self.server.drop(beside)
        return await self.count(index)

    async def _building(self, index: str, build: UUID) -> None:
        if await self.journal.building_since(index) is None:
            raise overtaken()
        await self.journal.changed(index, build)

    async def _copy(self, source: str, target: str, ids: Sequence[UUID]) -> None:
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            wanted = filters.one_of("id", (str(i) for i in some))
            there = [d async for d in self.server.documents(source, filter_=wanted)] if some else []
            if there:
                await self._send(target, there)
            gone = sorted(set(some) - {UUID(d["id"]) for d in there})
            if gone:
                await self._take_out(target, gone)


class _Filling:
    """Batches on their way into an index: a few at once, each task's outcome looked at, poison kept apart."""

    def __init__(self, server: Server, uid: str) -> None:
        self._server = server
        self._uid = uid
        self._under_way: deque[tuple[int, Sequence[Mapping[str, Any]]]] = deque()
        self._refused: dict[str, str] = {}

    async def put(self, batch: Sequence[Mapping[str, Any]]) -> None:
        if not batch:
            return
        while len(self._under_way) >= WINDOW:
            await self._settle()
        try:
            self._under_way.append((await self._server.add(self._uid, batch), batch))
        except Refused as error:
            await self._isolate(batch, error)

    async def end(self) -> dict[str, str]:
        """When all is in: the ids of what was refused, each with the reason."""
        while self._under_way:
            await self._settle()
        return self._refused

    async def _settle(self) -> None:
        task, batch = self._under_way.popleft()
        try:
            await self._server.wait(task)
        except TaskFailed as error:
            await self._isolate(batch, error)

    async def _isolate(self, batch: Sequence[Mapping[str, Any]], error: Refused | TaskFailed) -> None:
        """Halve until what is poisonous stands alone; a failure that is no document's goes up."""
        if error.code not in DOCUMENT_ERRORS:
            raise error
        if len(batch) == 1:
            self._refused[str(batch[0]["id"])] = str(error)
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            try:
                await self._server.wait(await self._server.add(self._uid, half))
            except (Refused, TaskFailed) as failed:
                await self._isolate(half, failed)


def _settings(index: str) -> IndexSettings:
    try:
        return INDEXES[index]
    except KeyError:
        raise ValueError(f"no index named {index!r}") from None
