"""Meilisearch first, PostgreSQL when it cannot answer: a visitor never sees which, and never an error.

PostgreSQL holds every document, written in the unit of work that changed it. Meilisearch is told by `sync`, which an
outbox job runs: it reads the marked documents from committed state and fails, to be run again, when the server is
down. A circuit breaker keeps a server that is down from costing every visitor a wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from app.kit.errors import DomainError
from app.kit.text import Text
from app.platform import db, outbox
from search import pending
from search.documents import INDEXES, Document
from search.meilisearch import MeilisearchEngine, Mismatch, Poisoned, ServerError, Unavailable
from search.meilisearch.reading import is_own, is_shared
from search.notices import Notice, Notices
from search.pending import Backlog
from search.port import Answer, EngineStatus, Query, SearchEngine, Suggestion
from search.sources import Source

log = logging.getLogger("santex.search")

CHANGED = "search.changed"
FAILURES = 3
COOL_DOWN = 15.0
BATCH = 500

T = TypeVar("T")


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Closed: ask. Open, after some failures in a row: do not. After a cool-down half open: one may try."""

    def __init__(
        self, *, failures: int = FAILURES, cool_down: float = COOL_DOWN, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.state = State.CLOSED
        self._limit = failures
        self._cool_down = cool_down
        self._now = now
        self._failed = 0
        self._opened = 0.0
        self._trying = False

    def allows(self) -> bool:
        if self.state is State.OPEN and self._now() - self._opened >= self._cool_down:
            self.state = State.HALF_OPEN
            self._trying = False
        if self.state is State.HALF_OPEN:
            if self._trying:
                return False
            self._trying = True
        return self.state is not State.OPEN

    def succeeded(self) -> bool:
        """Whether this closed it."""
        changed = self.state is not State.CLOSED
        self.state, self._failed, self._trying = State.CLOSED, 0, False
        return changed

    def failed(self) -> bool:
        """Whether this opened it, for the first time since it was closed."""
        self._failed += 1
        first = self.state is State.CLOSED
        if not first or self._failed >= self._limit:
            self.state, self._opened, self._trying = State.OPEN, self._now(), False
            return first
        return False

    def gave_up(self) -> None:
        """The one who tried was stopped before it knew."""
        self._trying = False


DOWN = Text(
    "Máy chủ tìm kiếm Meilisearch không trả lời; trang đang tìm bằng PostgreSQL.",
    "The Meilisearch server does not answer; the site is searching with PostgreSQL.",
)
START = Text(
    "Khách vẫn tìm được. Khởi động lại máy chủ, kiểm tra MEILI_URL và MEILI_KEY; `santex doctor` cho biết thêm. Khi máy"
    " chủ trả lời, trang tự dùng lại.",
    "Visitors still find what they look for. Start the server again, check MEILI_URL and MEILI_KEY; `santex doctor`"
    " says more. Once the server answers, the site uses it again by itself.",
)
UNBUILT = Text(
    "Chỉ mục Meilisearch chưa dựng hoặc dựng với cấu hình khác; trang đang tìm bằng PostgreSQL.",
    "The Meilisearch index is missing or has other settings; the site is searching with PostgreSQL.",
)
BUILD = Text(
    "Tiến trình worker tự dựng lại trong vài phút; nếu không thấy, chạy `santex reindex`.",
    "The worker builds it within minutes; if it does not, run `santex reindex`.",
)
REFUSED = Text(
    "Meilisearch không nhận một số tài liệu: các tài liệu này chỉ tìm được bằng PostgreSQL.",
    "Meilisearch does not take some documents: these are found by PostgreSQL only.",
)
LOOK = Text(
    "Chạy `santex search status` để xem tài liệu nào và vì sao, rồi sửa hồ sơ; khi hồ sơ đổi, trang tự gửi lại.",
    "Run `santex search status` to see which and why, then correct the record; it is sent again when it changes.",
)


class FallbackEngine:
    """`name` and `capabilities` are those of the first engine, which answers as long as it can."""

    def __init__(self, first: MeilisearchEngine, second: SearchEngine, *, breaker: Breaker | None = None) -> None:
        self.first = first
        self.second = second
        self.name = f"{first.name}, then {second.name}"
        self.capabilities = first.capabilities | second.capabilities
        self.breaker = breaker or Breaker()
        self._notices = Notices()

    def notices(self) -> tuple[Notice, ...]:
        return self._notices.all()

    async def close(self) -> None:
        await self.first.close()

    @property
    def engines(self) -> tuple[MeilisearchEngine, SearchEngine]:
        return self.first, self.second

    # reading

    async def _from_first(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """The first engine's answer; None when it is not asked or cannot answer."""
        if not self.breaker.allows():
            return None
        try:
            answer = await work()
        except (DomainError, asyncio.CancelledError):
            self.breaker.gave_up()  # says nothing of the server
            raise
        except ServerError as error:
            self._failed(error)
            return None
        except Exception as error:
            log.exception("an answer of %s that is not understood", self.first.name)
            self._failed(error)
            return None
        self._succeeded()
        return answer

    def _failed(self, error: Exception) -> None:
        opened = self.breaker.failed()
        if isinstance(error, Mismatch):
            self._notices.raise_("search_unbuilt", UNBUILT, BUILD, str(error))
        elif opened:
            self._notices.raise_("search_down", DOWN, START, str(error))

    def _succeeded(self) -> None:
        self.breaker.succeeded()
        self._notices.clear("search_down")
        self._notices.clear("search_unbuilt")

    async def search(self, index: str, query: Query) -> Answer:
        own = bool(query.cursor) and is_own(query.cursor or "")
        if query.cursor and not own and not is_shared(query.cursor):
            return await self.second.search(index, query)  # a list that PostgreSQL began
        answer = await self._from_first(lambda: self.first.search(index, query))
        if answer is not None:
            return answer
        # A list by relevance that the other began cannot be continued: it begins anew, which is better than nothing.
        return await self.second.search(index, replace(query, cursor=None) if own else query)

    async def suggest(self, index: str, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        found = await self._from_first(lambda: self.first.suggest(index, text, limit))
        return await self.second.suggest(index, text, limit) if found is None else found

    async def count(self, index: str) -> int:
        return await self.second.count(index)

    async def status(self) -> EngineStatus:
        first, second = await self.first.status(), await self.second.status()
        return EngineStatus(self.name, first.reachable or second.reachable, self.capabilities, second.indexes)

    # writing

    async def upsert(self, index: str, documents: Sequence[Document]) -> None:
        if documents:
            async with db.unit_of_work() as session:
                await self.second.upsert(index, documents)
                await pending.mark(index, [d.id for d in documents])
                outbox.publish(session, CHANGED, index=index)

    async def delete(self, index: str, ids: Sequence[UUID]) -> None:
        if ids:
            async with db.unit_of_work() as session:
                await self.second.delete(index, ids)
                await pending.mark(index, ids)
                outbox.publish(session, CHANGED, index=index)

    def syncing(self, index: str) -> AbstractAsyncContextManager[None]:
        """One at a time reads and tells, so that what was read earlier never follows what was read later."""
        return self.first.journal.exclusive(f"{index} sync")

    async def sync(self, index: str, source: Source) -> int:
        """Tell Meilisearch what is marked, a batch after the other; how many documents it was told of.

        ServerError when it cannot be told: the marks stay, and the job that called is run again.
        """
        try:
            async with self.syncing(index):
                if not await self.first.made(index):
                    await self.first.rebuild(index, source.every())
                done = 0
                while marks := await pending.take(index, BATCH):
                    await self._tell(index, source, marks)
                    done += len(marks)
        except ServerError as error:
            if isinstance(error, Unavailable):
                self._failed(error)
            raise
        if done:
            self._succeeded()
        await self.look_at_backlog(index)
        return done

    async def _tell(self, index: str, source: Source, marks: dict[UUID, int]) -> None:
        shown = await source.read(list(marks))
        refused: dict[UUID, str] = {}
        try:
            await self.first.upsert(index, shown)
        except Poisoned as poisoned:
            refused = {UUID(id_): why for id_, why in poisoned.reasons.items()}
            log.error("not taken into %s: %s", index, poisoned)
        await self.first.delete(index, sorted(set(marks) - {d.id for d in shown}))
        await pending.refuse(index, marks, refused)
        await pending.strike_out(index, {id_: n for id_, n in marks.items() if id_ not in refused})

    async def look_at_backlog(self, index: str) -> Backlog:
        """What is waiting and what is refused; keeps the notice about the latter."""
        found = await pending.backlog(index)
        code = f"search_refused_{index}"
        if found.refused:
            refused = "; ".join(f"{i}: {w}" for i, w in list(found.refused.items())[:5])
            self._notices.raise_(code, REFUSED, LOOK, refused)
        else:
            self._notices.clear(code)
        return found

    async def look(self) -> tuple[Notice, ...]:
        """The notices, after a look at what the process that syncs has found."""
        for index in INDEXES:
            await self.look_at_backlog(index)
        return self.notices()

    async def rebuild(self, index: str, documents: AsyncIterator[Document]) -> int:
        """Both, from one reading of the documents. Meilisearch being down leaves it as it was, and a notice."""
        branch = _Branch(documents)
        beside = asyncio.create_task(self.first.rebuild(index, branch.copy()))
        try:
            count = await self.second.rebuild(index, branch.main(beside))
        except BaseException:
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)
            raise
        try:
            await beside
        except Unavailable as error:
            self._notices.raise_("search_down", DOWN, START, str(error))
        else:
            self._succeeded()
        return count


class _Branch:
    """One stream of documents for two readers, neither far ahead of the other."""

    def __init__(self, documents: AsyncIterator[Document]) -> None:
        self._documents = documents
        self._queue: asyncio.Queue[Document | None] = asyncio.Queue(maxsize=2 * BATCH)

    async def main(self, other: asyncio.Task[int]) -> AsyncIterator[Document]:
        async for document in self._documents:
            await self._pass_on(document, other)
            yield document
        await self._pass_on(None, other)

    async def _pass_on(self, document: Document | None, other: asyncio.Task[int]) -> None:
        while not other.done():  # a reader that has failed is not waited for
            with contextlib.suppress(asyncio.QueueFull):
                self._queue.put_nowait(document)
                return
            await asyncio.sleep(0.01)

    async def copy(self) -> AsyncIterator[Document]:
        while (document := await self._queue.get()) is not None:
            yield document
