"""Database: engines, the declarative base, the unit of work.

`unit_of_work()` is re-entrant: a verb opens it, verbs it calls join it, only the outermost commits. What is to
happen elsewhere (outbox jobs, audit entries) is collected on the session and written just before the commit,
the audit chain last of all, so that its lock is held for one statement and the commit only.
`reading()` is for queries: autocommit, a separate engine type, ready to point at a replica.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, MetaData, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import NullPool

from app.kit.errors import Unavailable
from app.platform import embedded, telemetry
from app.settings import settings

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: DateTime(timezone=True)}


class Database:
    """The engines of one process (or of one test database)."""

    def __init__(
        self, url: str, *, pool: int = 10, timeout_ms: int = 15_000, pooled: bool = True, apart: bool = False
    ) -> None:
        self.url = url
        options = f"-c statement_timeout={timeout_ms} -c timezone=UTC -c jit=off -c lock_timeout=10000"
        if apart:
            options += " -c search_path=pg_temp,public -c temp_buffers=64MB"
        args: dict[str, Any] = {"connect_args": {"options": options}}
        if apart:
            args |= {"pool_size": 1, "max_overflow": 0}
        elif pooled:
            args |= {"pool_size": pool, "max_overflow": pool, "pool_pre_ping": False, "pool_timeout": 20}
        else:
            args |= {"poolclass": NullPool}
        self.engine: AsyncEngine = create_async_engine(url, **args)
        event.listen(self.engine.sync_engine, "before_cursor_execute", telemetry.count_statement)
        self.write_sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        reading_engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.read_sessions = async_sessionmaker(reading_engine, expire_on_commit=False, autoflush=False)

    async def close(self) -> None:
        await self.engine.dispose()


# Gave up waiting for a lock, for the statement to end, or as the loser of a deadlock: nothing was done, try again.
BUSY = {"55P03", "57014", "40P01", "40001"}
_database: Database | None = None
_current: ContextVar[AsyncSession | None] = ContextVar("unit_of_work", default=None)
# Filled by outbox and audit at import: what is written right before the commit, in order.
before_commit: list[Callable[[AsyncSession], Awaitable[None]]] = []


def configure(database: Database | None) -> None:
    global _database  # noqa: PLW0603 - one database a process, set by the composition root
    _database = database


def database() -> Database:
    if _database is None:
        raise RuntimeError("app.platform.db.configure() has not been called by the composition root")
    return _database


@asynccontextmanager
async def apart() -> AsyncIterator[Database]:
    """For a while this process has a database of its own: tables made meanwhile are one connection's temporary ones.

    Everything else is still seen. What was made is gone afterwards, even when the process is killed.
    """
    usual = database()
    own = Database(usual.url, apart=True)
    configure(own)
    try:
        yield own
    finally:
        configure(usual)
        await own.close()


def resolve_url() -> str:
    """`DATABASE_URL` under the psycopg driver, or the embedded server (started when it is not running)."""
    given = settings().database_url
    if not given:
        return embedded.ensure(settings().data_dir / "postgres")
    url = make_url(given)
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise ValueError("DATABASE_URL must name a PostgreSQL database")
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def libpq_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@asynccontextmanager
async def unit_of_work() -> AsyncIterator[AsyncSession]:
    """A transaction that commits when the outermost block ends well and leaves nothing when it does not."""
    outer = _current.get()
    if outer is not None:
        try:
            yield outer
        except BaseException:
            # An inner verb was refused half-way: even a caller that swallows it may not commit its half.
            outer.info["broken"] = True
            raise
        return
    async with database().write_sessions() as session:
        token = _current.set(session)
        try:
            yield session
            if session.info.get("broken"):
                raise RuntimeError("a verb inside this unit of work failed; nothing was committed")
            await session.flush()
            for write in before_commit:
                await write(session)
            await session.commit()
        except OperationalError as error:
            await session.rollback()
            if getattr(error.orig, "sqlstate", None) in BUSY:
                raise Unavailable("busy", Unavailable.text, retry_after=5) from error
            raise
        except BaseException:
            await session.rollback()
            raise
        finally:
            _current.reset(token)


@asynccontextmanager
async def aside() -> AsyncIterator[AsyncSession]:
    """A unit of work that stands for itself even inside another one: what must be kept although the verb around it
    is refused (a note of the refusal). It must not touch rows that the outer one has locked."""
    token = _current.set(None)
    try:
        async with unit_of_work() as session:
            yield session
    finally:
        _current.reset(token)


@asynccontextmanager
async def reading() -> AsyncIterator[AsyncSession]:
    """A session for queries; inside a unit of work it is that unit's own session, so it sees its writes."""
    current = _current.get()
    if current is not None:
        yield current
        return
    async with database().read_sessions() as session:
        yield session


@dataclass(frozen=True, slots=True)
class ServerFacts:
    version: int
    revision: str | None
    clock: float  # seconds since 1970, by the server


async def server_facts() -> ServerFacts:
    async with reading() as session:
        result = await (await session.connection()).exec_driver_sql(
            "SELECT current_setting('server_version_num')::int, (SELECT version_num FROM alembic_version),"
            " extract(epoch FROM clock_timestamp())::float8"
        )
        version, revision, clock = tuple(result.one())
    return ServerFacts(version, revision, clock)


async def ping() -> None:
    async with reading() as session:
        await (await session.connection()).exec_driver_sql("select 1")
