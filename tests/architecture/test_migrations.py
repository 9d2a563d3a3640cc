"""The history of the database: one line, from nothing to now and a step back."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

from app.platform import db, migrate
from tests.support import databases, schema


@pytest.fixture
def empty(throwaway: databases.Databases) -> Iterator[str]:
    name = throwaway.server.create()
    try:
        yield throwaway.server.address(name)
    finally:
        throwaway.server.drop(name)


def shape(url: str) -> list[tuple[Any, ...]]:
    """Tables, columns, indexes and constraints of the schema, as the server describes them."""
    with psycopg.connect(db.libpq_url(url)) as connection:
        return connection.execute(
            """
            SELECT 'column', table_name, column_name, data_type, is_nullable, coalesce(column_default, '')
              FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL SELECT 'index', tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', ''
              FROM pg_constraint WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '', ''
              FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT 'function', proname, pg_get_function_identity_arguments(oid), prosrc, '', ''
              FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            ORDER BY 1, 2, 3, 4
            """
        ).fetchall()


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(migrate.config(""))


def test_one_head_and_one_root() -> None:
    assert len(scripts().get_heads()) == 1
    assert len(scripts().get_bases()) == 1


def test_every_revision_says_what_it_does_and_can_be_undone() -> None:
    for revision in scripts().walk_revisions():
        assert revision.doc, revision.revision
        assert callable(revision.module.downgrade)


def test_from_empty_no_drift_and_one_step_back(empty: str) -> None:
    migrate.upgrade(empty)
    new = shape(empty)
    schema.import_models()
    importlib.import_module("search.postgres")
    importlib.import_module("search.pending")

    engine = create_engine(empty, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": False,
                "include_object": lambda _o, name, *_: not (name or "").startswith(("procrastinate", "alembic")),
            },
        )
        drift = compare_metadata(context, db.Base.metadata)
    engine.dispose()
    assert drift == [], "models and migrations differ: write a revision"

    migrate.downgrade(empty, "-1")
    migrate.upgrade(empty)
    assert shape(empty) == new


def test_running_it_again_changes_nothing(new_database: str) -> None:
    before = shape(new_database)
    migrate.upgrade(new_database)
    assert shape(new_database) == before
