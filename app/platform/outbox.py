"""The outbox: effects are rows, deferred on the session's own connection, so they commit or vanish with it.

`publish` defers one job per subscriber of a topic. Handlers get ids only, re-read the committed state and are
idempotent: a job may run twice, or late. Jobs of one handler about one subject run one after another (the lock),
so an older view never overwrites a newer one.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import procrastinate
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform import db

Handler = Callable[..., Awaitable[None]]
QUEUE = "santex"
# For jobs of seconds, which nobody waits for: imports and the demo leave them to the worker.
LONG = "santex-long"
RETRY = procrastinate.RetryStrategy(max_attempts=8, exponential_wait=2)


@dataclass(frozen=True, slots=True)
class _Subscriber:
    task: str
    priority: int
    queue: str


_handlers: dict[str, tuple[str, Handler]] = {}
_schedules: dict[str, tuple[str, Callable[[], Awaitable[None]]]] = {}
_subscribers: dict[str, list[_Subscriber]] = {}


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def subscribe(*topics: str, priority: int = 0, long: bool = False) -> Callable[[Handler], Handler]:
    """Run the handler once for every publication of any of `topics`; called as `handler(**ids)` of strings."""
    queue = LONG if long else QUEUE

    def register(handler: Handler) -> Handler:
        _handlers[_name(handler)] = (queue, handler)
        for topic in topics:
            _subscribers.setdefault(topic, []).append(_Subscriber(_name(handler), priority, queue))
        return handler

    return register


def schedule(cron: str) -> Callable[[Callable[[], Awaitable[None]]], Callable[[], Awaitable[None]]]:
    """Run the function at the times of a cron expression (UTC); one run at a time over all workers."""

    def register(function: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        _schedules[_name(function)] = (cron, function)
        return function

    return register


def topics() -> dict[str, list[str]]:
    return {topic: [s.task for s in subs] for topic, subs in sorted(_subscribers.items())}


def publish(session: AsyncSession, topic: str, **ids: UUID | str | int) -> None:
    """Queue `topic` for its subscribers; written with the unit of work's commit."""
    session.info.setdefault("outbox", []).append((topic, {k: str(v) for k, v in ids.items()}, None))


def publish_at(session: AsyncSession, at: datetime, topic: str, **ids: UUID | str | int) -> None:
    """Queue `topic` for its subscribers, not before that moment (by the database's clock)."""
    session.info.setdefault("outbox", []).append((topic, {k: str(v) for k, v in ids.items()}, at.isoformat()))


_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(array(SELECT row(j->>'queue', j->>'task', (j->>'priority')::int, j->>'lock',"
    " NULL, j->'args', (j->>'at')::timestamptz)::procrastinate_job_to_defer_v1"
    " FROM jsonb_array_elements(CAST(:jobs AS jsonb)) j))"
)


async def _write(session: AsyncSession) -> None:
    published = session.info.pop("outbox", None)
    if not published:
        return
    jobs: dict[str, dict[str, Any]] = {}
    for topic, ids, at in published:
        for sub in _subscribers.get(topic, ()):
            # One that waits for its time has a lock of its own: it must not hold up what is due before.
            lock = f"{sub.task}:{','.join(sorted(ids.values()))}" + (f"@{at}" if at else "")
            # The same handler about the same subject twice in one transaction is one job.
            jobs[lock] = {
                "queue": sub.queue, "task": sub.task, "priority": sub.priority, "lock": lock, "args": ids,
                "at": at,
            }  # fmt: skip
    if jobs:
        await session.execute(_DEFER, {"jobs": json.dumps(list(jobs.values()))})


def queue_app(database_url: str, *, pool: int = 3, schedules: bool = True) -> procrastinate.App:
    """The procrastinate application that a worker of this database runs; every handler is registered on it."""
    connector = procrastinate.PsycopgConnector(conninfo=db.libpq_url(database_url), min_size=1, max_size=pool)
    app = procrastinate.App(connector=connector)
    for name, (queue, handler) in _handlers.items():
        app.task(name=name, queue=queue, retry=RETRY)(handler)
    for name, (cron, function) in _schedules.items() if schedules else ():
        task = app.task(name=name, queue=QUEUE, queueing_lock=name, lock=name)(_on_time(function))
        app.periodic(cron=cron)(task)
    return app


def _on_time(function: Callable[[], Awaitable[None]]) -> Callable[[int], Awaitable[None]]:
    async def run(timestamp: int) -> None:
        await function()

    return run


async def rescue(app: procrastinate.App) -> int:
    """Jobs whose worker was killed at them wait again; how many. Handlers may run twice, so this is safe.

    Without it such a job would stay under way for ever, and its lock with it: a schedule would never run again.
    """
    stalled = list(await app.job_manager.get_stalled_jobs())
    for job in stalled:
        await app.job_manager.retry_job(job)
    return len(stalled)


async def drain(database_url: str, *, long: bool = True) -> None:
    """Run every job that is due, then return: for tests, and without the long ones for imports and the demo."""
    app = queue_app(database_url, schedules=False)
    queues = [QUEUE, LONG] if long else [QUEUE]
    async with app.open_async():
        await app.run_worker_async(
            queues=queues, wait=False, install_signal_handlers=False, listen_notify=False, concurrency=1
        )


def schema_sql() -> str:
    """The queue's schema as its installed package ships it; executed by a migration, never copied."""
    return (importlib.resources.files("procrastinate") / "sql" / "schema.sql").read_text()


def drop_sql() -> list[str]:
    """Statements that take the queue's schema away again, whatever its version made."""
    return [
        """
        DO $$ DECLARE r record; BEGIN
          FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate%' LOOP
            EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', r.tablename);
          END LOOP;
          FOR r IN SELECT oid::regprocedure AS signature FROM pg_proc
                   WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procrastinate%' LOOP
            EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', r.signature);
          END LOOP;
          FOR r IN SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
                   AND typname LIKE 'procrastinate%' AND typtype IN ('e', 'c') LOOP
            EXECUTE format('DROP TYPE IF EXISTS %I CASCADE', r.typname);
          END LOOP;
        END $$
        """
    ]


_HEALTH = text(
    "SELECT count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'failed'),"
    " coalesce(extract(epoch FROM now() - (SELECT min(e.at) FROM procrastinate_events e JOIN procrastinate_jobs j"
    " ON j.id = e.job_id WHERE j.status = 'todo' AND e.type = 'deferred' AND coalesce(j.scheduled_at, now()) <= now()"
    " )), 0) FROM procrastinate_jobs"
)


@dataclass(frozen=True, slots=True)
class Health:
    waiting: int
    failed: int
    oldest_seconds: float


async def health() -> Health:
    async with db.reading() as session:
        waiting, failed, oldest = (await session.execute(_HEALTH)).one()
    return Health(int(waiting), int(failed), float(oldest))


db.before_commit.insert(0, _write)
