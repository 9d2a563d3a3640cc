"""Server-sent events: a stream that beats while nothing happens and ends after a while; the page opens it again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.responses import StreamingResponse

from app.platform import live

BEAT_SECONDS = 15.0
# A stream that never ended would hold a process that wants to stop; browsers come back by themselves.
LIFE_SECONDS = 300.0
RETRY_MILLIS = 3000


async def _written(topic: str, state: Callable[[], Awaitable[str]]) -> AsyncIterator[str]:
    async with live.hub.watch(topic) as news:
        yield f"retry: {RETRY_MILLIS}\nevent: state\ndata: {await state()}\n\n"
        ends = time.monotonic() + LIFE_SECONDS
        while (left := ends - time.monotonic()) > 0:
            try:
                body = await asyncio.wait_for(news.get(), min(BEAT_SECONDS, left))
            except TimeoutError:
                yield ": beat\n\n"
            else:
                yield f"event: state\ndata: {body}\n\n"


def events(topic: str, state: Callable[[], Awaitable[str]]) -> StreamingResponse:
    """What stands now (`state` gives JSON on one line, read once we listen), then every piece of news of the topic.
    Unavailable when too many watch already."""
    live.hub.admit()
    return StreamingResponse(
        _written(topic, state),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
