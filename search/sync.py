"""The jobs that keep a server beside the database in step with it. Without such a server they have nothing to do."""

from __future__ import annotations

import search
from app.platform import outbox
from search import check, pending
from search.fallback import CHANGED, FallbackEngine
from search.sources import sources


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


@outbox.schedule("41 */6 * * *")
async def compare() -> None:
    """Nothing should ever differ; what does is mended and said in the log."""
    engine = search.engine()
    if isinstance(engine, FallbackEngine):
        for index, source in sources().items():
            await check.mend(engine, index, source)
