"""What is wrong with this installation, and how to mend it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import search
from app import wiring
from app.integrations.mail import sender
from app.integrations.storage import storage
from app.platform import db, migrate, outbox
from app.settings import DEVELOPMENT_SECRET, settings
from search.fallback import FallbackEngine
from search.sources import sources

MAX_CLOCK_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Examined:
    name: str
    well: bool
    said: str
    mend: str = ""


async def examine() -> list[Examined]:
    """Everything in order; what depends on the database is skipped, and said so, when it is not there."""
    found = [_settings()]
    try:
        wiring.start()
        await db.ping()
    except Exception as error:
        found.append(
            Examined(
                "database", False, f"{type(error).__name__}: {error}",
                "check DATABASE_URL, or unset it to use the embedded server",
            )
        )  # fmt: skip
        found += [await _guarded("mail", _mail), await _guarded("storage", _storage)]
        return found
    try:
        for name, look in (
            ("database", _database), ("clock", _clock), ("index", _index), ("meilisearch", _meilisearch),
            ("outbox", _outbox), ("mail", _mail), ("storage", _storage),
        ):  # fmt: skip
            found.append(await _guarded(name, look))
    finally:
        await wiring.stop()
    return found


async def _guarded(name: str, look: Callable[[], Awaitable[Examined]]) -> Examined:
    try:
        return await look()
    except Exception as error:
        return Examined(name, False, f"{type(error).__name__}: {error}", "see the message; `santex migrate` may help")


def _settings() -> Examined:
    s = settings()
    if s.secret_key.get_secret_value() == DEVELOPMENT_SECRET:
        return Examined("settings", True, f"{s.environment}, with the development secret (loopback only)")
    return Examined("settings", True, s.environment)


async def _database() -> Examined:
    found = await db.server_facts()
    if found.version < 150_000:
        return Examined("database", False, f"PostgreSQL {found.version}", "use PostgreSQL 15 or newer")
    head = migrate.head()
    if found.revision != head:
        return Examined("database", False, f"at revision {found.revision}, code expects {head}", "run `santex migrate`")
    return Examined("database", True, f"PostgreSQL {found.version // 10_000}, revision {found.revision}")


async def _clock() -> Examined:
    off = abs((await db.server_facts()).clock - time.time())
    if off > MAX_CLOCK_SECONDS:
        return Examined(
            "clock", False, f"{off:.1f} s from the database's", "run NTP on both machines: deadlines depend on it"
        )
    return Examined("clock", True, f"{off:.2f} s from the database's")


async def _index() -> Examined:
    status = await search.engine().status()
    held = {i: (await search.engine().count(i), await s.expected()) for i, s in sorted(sources().items())}
    stale = [i.name for i in status.indexes if i.stale]
    if stale or any(indexed != shown for indexed, shown in held.values()):
        why = ", ".join(f"{indexed} of {shown} {index}" for index, (indexed, shown) in held.items()) + " indexed"
        why += f"; built under other settings: {', '.join(stale)}" if stale else ""
        return Examined("index", False, why, "wait a minute for the worker, or run `santex reindex`")
    return Examined("index", True, ", ".join([status.engine, *(f"{n} {index}" for index, (n, _) in held.items())]))


async def _meilisearch() -> Examined:
    engine = search.engine()
    if not isinstance(engine, FallbackEngine):
        return Examined("meilisearch", True, "not used; PostgreSQL answers")
    status = await engine.first.status()
    if not status.reachable:
        return Examined(
            "meilisearch", False, f"no answer from {settings().meili_url}; PostgreSQL answers meanwhile",
            "start the server; check MEILI_URL and MEILI_KEY",
        )  # fmt: skip
    if await engine.first.server.may_administer():
        return Examined(
            "meilisearch", False, "MEILI_KEY may make keys", "use the key that `santex search setup` prints"
        )
    stale = [i.name for i in status.indexes if i.stale] + [i for i in sources() if not await engine.first.made(i)]
    if stale:
        return Examined("meilisearch", False, f"not built, or under other settings: {stale}", "run `santex reindex`")
    waiting = sum([(await engine.look_at_backlog(i)).waiting for i in sources()])
    if said := engine.notices():
        return Examined("meilisearch", False, "; ".join(n.text.en for n in said), "run `santex search status`")
    return Examined("meilisearch", True, f"{settings().meili_url}, {waiting} documents waiting to be told")


async def _outbox() -> Examined:
    health = await outbox.health()
    said = f"{health.waiting} waiting, {health.failed} failed, oldest {health.oldest_seconds:.0f} s"
    if health.oldest_seconds > 300:
        return Examined("outbox", False, said, "start a worker: `santex worker`, or WORKER_IN_WEB=true")
    if health.failed:
        return Examined("outbox", False, said, "read the worker's log; the jobs are kept in procrastinate_jobs")
    return Examined("outbox", True, said)


async def _mail() -> Examined:
    wrong = await sender().check()
    if wrong:
        return Examined(
            "mail", False, wrong, "check SMTP_HOST, SMTP_PORT, SMTP_USER, SMTP_PASSWORD, or MAIL_TRANSPORT=mailbox"
        )
    return Examined("mail", True, settings().mail_transport)


async def _storage() -> Examined:
    wrong = await storage().check()
    if wrong:
        return Examined("storage", False, wrong, "check STORAGE_URL and its credentials, or the rights on DATA_DIR")
    return Examined("storage", True, settings().storage_url or f"files under {settings().data_dir}")
