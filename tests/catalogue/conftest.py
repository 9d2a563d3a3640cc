"""The home page's figures are kept for half a minute a process: each test counts anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.catalogue.service import catalogue


@pytest.fixture(autouse=True)
def _fresh_figures() -> Iterator[None]:
    catalogue._home = None
    yield
    catalogue._home = None
