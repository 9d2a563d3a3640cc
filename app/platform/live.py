"""News for open pages: one LISTEN a process, handed on to whoever watches a topic.

`publish` sends with the unit of work's commit (PostgreSQL's NOTIFY is transactional), so nobody hears of what did not
happen. What is sent is public and small; a watcher that is too slow loses news, never memory: its page reads the state
again. The number of watchers of a process is bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.errors import Unavailable
from app.kit.text import Text
from app.platform import db

log = logging.getLogger("santex.live")
CHANNEL = "santex_live"
MOST_WATCHERS = 500
BACKLOG = 50
RETRY_SECONDS = 2
MOST_BYTES = 7000  # NOTIFY takes less than 8000

FULL = Text(
    "Đang có quá nhiều người theo dõi trực tiếp. Trang vẫn dùng được; hãy bấm “Tải lại”.",
    "Too many people follow live just now. The page works without it; reload it.",
)


def publish(session: AsyncSession, topic: str, news: dict[str, Any]) -> None:
    """Queue news for those who watch `topic`; ValueError when it is too large."""
    said = json.dumps({"topic": topic, "news": news}, separators=(",", ":"))
    if len(said) > MOST_BYTES:
        raise ValueError("news must be small")
    session.info.setdefault("live", []).append(said)


async def _write(session: AsyncSession) -> None:
    for said in session.info.pop("live", ()):
        await session.execute(text("SELECT pg_notify(:channel, :said)"), {"channel": CHANNEL, "said": said})


class Hub:
    """Listens while somebody watches; the connection is one of its own, beside the pool."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Queue[str]]] = {}
        self._count = 0
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    @property
    def watchers(self) -> int:
        return self._count

    def admit(self) -> None:
        """Unavailable when as many watch as may."""
        if self._count >= MOST_WATCHERS:
            raise Unavailable("live.full", FULL, retry_after=30)

    @contextlib.asynccontextmanager
    async def watch(self, topic: str) -> AsyncIterator[asyncio.Queue[str]]:
        """A queue of JSON texts; Unavailable when too many watch. Returns once the database is listened to, so that
        what is read afterwards and what is heard leave no gap."""
        self.admit()
        self._count += 1
        queue: asyncio.Queue[str] = asyncio.Queue(BACKLOG)
        self._watchers.setdefault(topic, set()).add(queue)
        try:
            if self._task is None or self._task.done():
                self._listening.clear()
                self._task = asyncio.create_task(self._listen())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._listening.wait(), RETRY_SECONDS)
            yield queue
        finally:
            self._count -= 1
            self._watchers[topic].discard(queue)
            if not self._watchers[topic]:
                del self._watchers[topic]
            if not self._watchers and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _listen(self) -> None:
        while True:
            try:
                url = db.libpq_url(db.database().url)
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._listening.set()
                    async for heard in connection.notifies():
                        self._hand_on(heard.payload)
            except psycopg.Error:
                log.exception("lost the database; listening again in %s seconds", RETRY_SECONDS)
            self._listening.clear()
            await asyncio.sleep(RETRY_SECONDS)

    def _hand_on(self, said: str) -> None:
        heard = json.loads(said)
        body = json.dumps(heard["news"], separators=(",", ":"))
        for queue in self._watchers.get(heard["topic"], ()):
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(body)


hub = Hub()
db.before_commit.insert(0, _write)
