"""The live stream: over real HTTP, with real NOTIFY, bounded, and silent about what is secret."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import uvicorn

from app.kit.errors import Unavailable
from app.platform import live
from app.platform.db import unit_of_work
from app.rounds import english, rounds
from app.web import streams
from tests.rounds import hall as h

PATIENCE = 60  # seconds: so long a machine with much else to do may take, which says nothing of the stream


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The application behind a socket of loopback, in this event loop."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    config = uvicorn.Config(app, host="127.0.0.1", port=port, lifespan="off", log_level="error", access_log=False)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        await task


async def states(lines: AsyncIterator[str], count: int) -> list[dict[str, Any]]:
    """The next so many states of a stream."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        line = await anext(lines)
        if line.startswith("data: "):
            found.append(json.loads(line[6:]))
    return found


async def test_watchers_hear_of_every_rise(app, db):
    hall = await h.opened(reserve=7777)
    async with served(app) as url, httpx2.AsyncClient(timeout=PATIENCE) as client:
        path = f"{url}/rounds/{hall.round_id}/events"
        async with client.stream("GET", path) as one, client.stream("GET", path) as two:
            assert one.headers["content-type"].startswith("text/event-stream")
            assert one.headers["cache-control"] == "no-store"
            lines = [one.aiter_lines(), two.aiter_lines()]
            first = await states(lines[0], 1)
            assert (first[0]["price"], first[0]["status"]) == (None, "open")
            await english.bid(hall.bidders[0], hall.round_id, h.offer(1000, 5555))
            await english.bid(hall.bidders[1], hall.round_id, h.offer(1200))
            heard = [await states(lines[0], 2), await states(lines[1], 3)]
            assert [n["price"] for n in heard[0]] == [1000, 1300]
            assert heard[1][1:] == heard[0]
            last = heard[0][-1]
            assert last == json.loads((await rounds.live(hall.round_id)).model_dump_json())
            assert set(last) == {
                "round_id", "status", "seq", "price", "number", "least", "ends_at", "extensions"
            }  # fmt: skip
            assert not {5555, 7777} & set(last.values())
        for _ in range(50):
            if live.hub.watchers == 0:
                break
            await asyncio.sleep(0.05)
        assert live.hub.watchers == 0, "who leaves is forgotten"


async def test_a_stream_beats_and_ends(app, db, monkeypatch):
    monkeypatch.setattr(streams, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(streams, "LIFE_SECONDS", 0.35)
    hall = await h.opened()
    async with served(app) as url, httpx2.AsyncClient(timeout=PATIENCE) as client:
        answer = await client.get(f"{url}/rounds/{hall.round_id}/events")
    assert answer.text.startswith("retry: 3000\nevent: state\ndata: {")
    assert answer.text.count(": beat\n\n") >= 2


async def test_the_number_of_watchers_is_bounded(app, db, monkeypatch, client):
    hall = await h.opened()
    monkeypatch.setattr(live, "MOST_WATCHERS", 1)
    async with live.hub.watch("anything"):
        with pytest.raises(Unavailable):
            async with live.hub.watch("more"):
                pass
        answer = await client.get(f"/rounds/{hall.round_id}/events")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "30"
        assert (await client.get(f"/rounds/{hall.round_id}/live")).status_code == 200, "the page works without"


async def test_what_is_rolled_back_is_not_heard(db):
    async def fails() -> None:
        async with unit_of_work() as session:
            live.publish(session, "t", {"n": 1})
            raise RuntimeError

    async with live.hub.watch("t") as queue:
        with pytest.raises(RuntimeError):
            await fails()
        async with unit_of_work() as session:
            live.publish(session, "t", {"n": 2})
        assert json.loads(await asyncio.wait_for(queue.get(), 5)) == {"n": 2}
        assert queue.empty()


async def test_a_slow_watcher_loses_news_not_memory(db):
    async with live.hub.watch("slow") as queue:
        for n in range(live.BACKLOG + 20):
            async with unit_of_work() as session:
                live.publish(session, "slow", {"n": n})
        for _ in range(100):
            if queue.full():
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        assert queue.qsize() == live.BACKLOG
