"""Rate limits: fixed windows counted in PostgreSQL, so every process of every machine counts together."""

from __future__ import annotations

import time

from sqlalchemy import text

from app.kit.errors import TooMany
from app.platform import db

_HIT = text(
    'INSERT INTO rate_counter (key, "window", hits) VALUES (:key, :window, 1)'
    ' ON CONFLICT (key, "window") DO UPDATE SET hits = rate_counter.hits + 1 RETURNING hits'
)


async def hit(key: str, limit: int, per_seconds: int) -> None:
    """Count one use of `key`; TooMany (with the seconds to wait) past `limit` in the running window.

    Counted in a transaction of its own: a refused or failed action still counts.
    """
    now = int(time.time())
    window = now // per_seconds
    async with db.database().read_sessions() as session:
        hits = (await session.execute(_HIT, {"key": key, "window": window * per_seconds})).scalar_one()
    if hits > limit:
        raise TooMany(retry_after=per_seconds - now % per_seconds)


async def forgive(key: str, per_seconds: int, *, all_of_it: bool = False) -> None:
    """Take back one use of the running window (or every one): what turned out to be no misuse."""
    window = int(time.time()) // per_seconds * per_seconds
    async with db.unit_of_work() as session:
        await session.execute(
            text(
                "UPDATE rate_counter SET hits = CASE WHEN :all THEN 0 ELSE greatest(hits - 1, 0) END"
                ' WHERE key = :key AND "window" = :window'
            ),
            {"key": key, "window": window, "all": all_of_it},
        )


async def sweep() -> None:
    async with db.unit_of_work() as session:
        await session.execute(
            text('DELETE FROM rate_counter WHERE "window" < :before'), {"before": int(time.time()) - 86_400}
        )
