"""Fixtures everything else stands on.

`db`         a clean database behind `app.platform.db` (one a process; what a test wrote is taken out after it)
`app`        the web application, wired, without its worker
`client`     a browser nobody is signed in to; also speaks to the API
`make_person`, `make_organisation`   factories, see tests/support/people.py
`drain`      runs the outbox; `mails` lists what was sent
`new_database`   the address of a further database of one's own, with the schema, dropped after the test
`settings_changed`   a context manager: `with settings_changed(MAIL_TRANSPORT="smtp"): ...`
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack
from typing import Any

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from tests.support import environment

environment.apply()

from app import wiring  # noqa: E402 - after the settings of the tests
from app.accounts import passwords  # noqa: E402
from app.platform import db as platform_db  # noqa: E402
from tests.support import databases, jobs  # noqa: E402
from tests.support.browser import Browser  # noqa: E402
from tests.support.people import Factory, Org, Person  # noqa: E402

# No test asserts how long something takes: a busy machine is no failure.
hypothesis_settings.register_profile("santex", deadline=None)
hypothesis_settings.load_profile("santex")


def pytest_sessionfinish() -> None:
    shutil.rmtree(environment.DATA_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def throwaway() -> Iterator[databases.Databases]:
    server = databases.Server()
    made = None
    try:
        made = databases.Databases(server)
        yield made
    finally:
        if made:
            made.close()
        server.close()


@pytest.fixture(scope="session")
async def cleaning(throwaway: databases.Databases) -> AsyncIterator[psycopg.Connection]:
    """This process connected to its database, as the composition roots do it; gives the cleaning connection."""
    with throwaway.copy() as url:
        wiring.start(url)
        options = "-c lock_timeout=5000 -c statement_timeout=15000"
        with psycopg.connect(platform_db.libpq_url(url), autocommit=True, options=options) as connection:
            yield connection
        await wiring.stop()


@pytest.fixture(scope="session")
def _light_passwords() -> Iterator[None]:
    """Argon2 with the least parameters it takes: the real ones cost a fifth of a second a password."""
    light = passwords.Hasher(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", lambda: light)
        yield


@pytest.fixture
def db(cleaning: psycopg.Connection, _light_passwords: None) -> Iterator[platform_db.Database]:
    yield platform_db.database()
    databases.clean(cleaning)
    jobs.forget_mails()


@pytest.fixture(scope="session")
def app(_light_passwords: None) -> Any:
    from app.main import create_app

    return create_app()


@pytest.fixture
async def open_browser(app: Any, db: platform_db.Database) -> AsyncIterator[Callable[[], Browser]]:
    """`open_browser()` gives a fresh browser, closed after the test."""
    async with AsyncExitStack() as stack:

        def open_() -> Browser:
            browser = Browser(app)
            stack.push_async_callback(browser.aclose)
            return browser

        yield open_


@pytest.fixture
def client(open_browser: Callable[[], Browser]) -> Browser:
    return open_browser()


@pytest.fixture
def _factory(open_browser: Callable[[], Browser]) -> Factory:
    return Factory(open_browser)


@pytest.fixture
def make_person(_factory: Factory) -> Callable[..., Awaitable[Person]]:
    """`await make_person(role="member", org=org, staff=["operator"])`: see Factory.person."""
    return _factory.person


@pytest.fixture
def make_organisation(_factory: Factory) -> Callable[..., Awaitable[Org]]:
    """`await make_organisation(kind="university", verified=False)`: see Factory.organisation."""
    return _factory.organisation


@pytest.fixture
def drain(db: platform_db.Database) -> Callable[[], Awaitable[None]]:
    return jobs.drain


@pytest.fixture
def mails(db: platform_db.Database) -> Callable[..., list[Any]]:
    return jobs.mails


@pytest.fixture
def new_database(throwaway: databases.Databases) -> Iterator[str]:
    with throwaway.copy() as url:
        yield url


@pytest.fixture
def settings_changed() -> Callable[..., AbstractContextManager[None]]:
    return environment.changed
