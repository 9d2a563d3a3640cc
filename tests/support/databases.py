"""Throw-away databases: one server for all test processes, one template and one database a process."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from app.platform import db, embedded
from tests.support import schema

FOLDER = Path(tempfile.gettempdir()) / f"santex-tests-{os.getuid()}"


class Server:
    """TEST_DATABASE_URL (a superuser's address of a PostgreSQL to make databases in), or the embedded server.

    An open connection keeps the server from being stopped as idle by another test run that ends first.
    """

    def __init__(self) -> None:
        given = os.environ.get("TEST_DATABASE_URL")
        self.embedded = given is None
        found = make_url(given) if given else make_url(embedded.ensure(FOLDER, fast_unsafe=True))
        self.url = found.set(drivername="postgresql+psycopg")
        self.connection = psycopg.connect(db.libpq_url(self._at("postgres")), autocommit=True)

    def _at(self, database: str) -> str:
        return self.url.set(database=database).render_as_string(hide_password=False)

    def create(self, template: str = "template0") -> str:
        """A new database; its name."""
        name = f"santex_test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
        self.connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\''.encode())
        return name

    def drop(self, name: str) -> None:
        self.connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())

    def address(self, name: str) -> str:
        return self._at(name)

    def close(self) -> None:
        self.connection.close()
        if self.embedded:
            embedded.stop_if_idle(FOLDER)


class Databases:
    """A template with the schema in it, and copies of the template."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.template = server.create()
        try:
            schema.create(server.address(self.template))
            with psycopg.connect(db.libpq_url(server.address(self.template)), autocommit=True) as connection:
                connection.execute(schema.CLEANER.encode())
        except BaseException:
            self.close()
            raise

    @contextmanager
    def copy(self) -> Iterator[str]:
        """The address of a database of one's own, dropped afterwards."""
        name = self.server.create(self.template)
        try:
            yield self.server.address(name)
        finally:
            self.server.drop(name)

    def close(self) -> None:
        self.server.drop(self.template)


def clean(connection: psycopg.Connection) -> None:
    """Take out what the test wrote. Waits for nobody: a transaction a test left open is that test's fault."""
    connection.execute("SELECT pristine.clean()")
