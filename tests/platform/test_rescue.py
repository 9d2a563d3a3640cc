"""What a worker killed in the middle of a job leaves behind: the job waits again, and its lock with it is let go."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from sqlalchemy import text

import search
from app.platform import db as platform_db
from app.platform import outbox
from search import LISTINGS
from tests.support import market

# A worker that reaches the index of a listing, says so, and never comes back.
CHILD = """
import asyncio, sys
from app import wiring
from app.platform import outbox

async def hang(*_):
    print("in the job", flush=True)
    await asyncio.sleep(600)

async def main(url):
    wiring.start(url)
    from app.listings import tasks
    tasks.index = hang
    await outbox.drain(url)

asyncio.run(main(sys.argv[1]))
"""


async def _all(statement: str) -> list[Any]:
    async with platform_db.reading() as session:
        return list((await session.execute(text(statement))).all())


async def _age_heartbeats() -> None:
    async with platform_db.unit_of_work() as session:
        await session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))


async def test_a_job_of_a_killed_worker_is_taken_up_again(db: Any, drain: Any) -> None:
    listing = await market.publish(await market.acting("university"))
    url = platform_db.database().url
    child = subprocess.Popen([sys.executable, "-c", CHILD, url], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "in the job"
    finally:
        child.kill()
        child.communicate()
    assert [r[0] for r in await _all("SELECT status FROM procrastinate_jobs WHERE status = 'doing'")] == ["doing"]
    await outbox.drain(url)
    # (The index itself may be whole by now: the schedule that renews an index never built has run as well.)
    held = await _all("SELECT lock FROM procrastinate_jobs WHERE status = 'doing'")
    assert len(held) == 1, "nobody but a rescuer may touch a job under way"

    app = outbox.queue_app(url, schedules=False)
    async with app.open_async():
        assert await outbox.rescue(app) == 0, "its heartbeat is fresh: it might only be slow"
        await _age_heartbeats()
        assert await outbox.rescue(app) == 1
        assert await outbox.rescue(app) == 0
    await drain()
    assert await search.engine().count(LISTINGS) == 1
    assert await _all("SELECT 1 FROM procrastinate_jobs WHERE status IN ('doing', 'todo')") == []
    assert listing
