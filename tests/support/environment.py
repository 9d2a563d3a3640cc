"""Settings of the test processes; imported by conftest before anything that reads them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app import settings as settings_module
from app.integrations import mail
from app.web import mails, templating

# Where a real Meilisearch is, for the tests of relevance; read before the settings of the tests take its place.
MEILI_URL, MEILI_KEY = os.environ.get("MEILI_URL", ""), os.environ.get("MEILI_KEY", "")

DATA_DIR = Path(tempfile.mkdtemp(prefix="santex-tests-data-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
BASE_URL = "https://testserver"
ENVIRONMENT = {
    "ENVIRONMENT": "development",
    "SECRET_KEY": "the-key-of-the-tests-which-guards-nothing",
    "BASE_URL": BASE_URL,
    "DATA_DIR": str(DATA_DIR),
    "MAIL_TRANSPORT": "mailbox",
    "STORAGE_URL": "",
    "WORKER_IN_WEB": "false",
    "SESSION_COOKIE_SECURE": "true",
    "SITE_NAME": "santex",
    "DEMO": "false",
}


def apply() -> None:
    """Tests must not depend on the developer's own `.env` or exported settings."""
    settings_module.Settings.model_config["env_file"] = None
    for name in settings_module.Settings.model_fields:
        os.environ.pop(name.upper(), None)
    os.environ.update(ENVIRONMENT)
    forget()


def forget() -> None:
    """Drop every cached value that was made from the settings."""
    caches = (
        settings_module.settings,
        templating.environment,
        mails._environment,
        mail.mailbox,
        mail.sender,
    )
    for cache in caches:
        cache.cache_clear()


@contextmanager
def changed(**values: str) -> Iterator[None]:
    """Other settings for a while: `with changed(ENVIRONMENT="production", SECRET_KEY="...")`."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    forget()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        forget()
