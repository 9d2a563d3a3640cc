"""The engines under the contract. A further engine is a further parameter here, and has to pass the same tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import pytest

from app.platform import db as platform_db
from search.documents import Document
from search.port import SearchEngine
from search.postgres import PostgresEngine


@pytest.fixture(params=["postgres"])
def engine(request: pytest.FixtureRequest, db: platform_db.Database) -> SearchEngine:
    return {"postgres": PostgresEngine}[request.param]()


async def stream(documents: Iterable[Document]) -> AsyncIterator[Document]:
    for document in documents:
        yield document
