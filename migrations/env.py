"""Alembic environment: every app.*.models and the index's tables, one migrator at a time (advisory lock)."""

import importlib
import pkgutil
from logging.config import fileConfig  # noqa: F401 - logging is configured by the command line

from alembic import context
from sqlalchemy import create_engine, pool, text

import app
import search.pending
import search.postgres
from app.platform.db import Base

LOCK = 7_239_104_518

for module in pkgutil.iter_modules(app.__path__, "app."):
    if module.ispkg:
        try:
            importlib.import_module(f"{module.name}.models")
        except ModuleNotFoundError as error:
            if error.name != f"{module.name}.models":
                raise

assert search.postgres  # imported for its tables
assert search.pending


def include_object(obj, name, type_, reflected, compare_to):
    return not (name or "").startswith("procrastinate")


def run():
    url = context.config.attributes["url"]
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        # A migration waits for locks a little, never for ever: behind it every request would queue.
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
        connection.commit()
    engine.dispose()


run()
