"""The jobs that keep the indexes as they should be: in step with the database, and built by today's settings."""

from __future__ import annotations

import logging
from contextlib import AbstractAsyncContextManager

import search
from app.kit.errors import Conflict
from app.platform import outbox
from search import check, pending
from search.fallback import CHANGED, FallbackEngine
from search.meilisearch import MeilisearchEngine
from search.pending import Busy, PostgresJournal
from search.port import SearchEngine
from search.sources import Source, sources

log = logging.getLogger("santex.search")


@outbox.subscribe(CHANGED, priority=5)
async def follow(index: str) -> None:
    """Tell the server what has changed; one job an index at a time, each telling all there is."""
    engine, source = search.engine(), sources().get(index)
    if isinstance(engine, FallbackEngine) and source:
        await engine.sync(index, source)


@outbox.schedule("* * * * *")
async def catch_up() -> None:
    """What jobs gave up on, and what was marked while no job could be run."""
    engine = search.engine()
    if isinstance(engine, FallbackEngine):
        for index, source in sources().items():
            if (await pending.backlog(index)).waiting or not await engine.first.made(index):
                await engine.sync(index, source)


def building(index: str) -> AbstractAsyncContextManager[None]:
    """As the only process that builds this index anew. Busy when another is at it."""
    return PostgresJournal().exclusive(f"{index} build")


async def _outdated(part: SearchEngine, index: str, source: Source) -> bool:
    """Built under other settings; or never built as a whole, and not whole by what was written since either."""
    known = next((i for i in (await part.status()).indexes if i.name == index), None)
    if known is None or (isinstance(part, MeilisearchEngine) and not await part.made(index)):
        return False  # nobody answers; or a server that has never heard of it, which `sync` builds
    return known.stale or (known.built_at is None and known.documents < await source.expected())


@outbox.schedule("* * * * *")
async def renew() -> None:
    """Build anew what other settings have built, so that an upgrade needs no hand. Meanwhile the old one is read."""
    for index, source in sources().items():
        for part in check.parts(search.engine()):
            if await _outdated(part, index, source):
                await _renew(part, index, source)


async def _renew(part: SearchEngine, index: str, source: Source) -> None:
    """Who has waited for another process looks again; who has waited too long leaves it to that one."""
    try:
        async with building(index):
            if await _outdated(part, index, source):
                log.warning("%s of %s is of other settings, or was never built: building it", index, part.name)
                log.warning("%s of %s: %d documents", index, part.name, await part.rebuild(index, source.every()))
    except (Busy, Conflict) as other:
        log.info("%s of %s is left to another process: %s", index, part.name, other)


@outbox.schedule("41 */6 * * *")
async def compare() -> None:
    """Nothing should ever differ; what does is mended and said in the log."""
    engine = search.engine()
    if isinstance(engine, FallbackEngine):
        for index, source in sources().items():
            await check.mend(engine, index, source)
