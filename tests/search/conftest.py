"""The engines under the contract. A further engine is a further parameter here, and has to pass the same tests.

PostgreSQL always; Meilisearch with PostgreSQL behind it while the server is down, which must be the same to a caller;
Meilisearch itself when MEILI_URL and MEILI_KEY name a server and a key for indexes called `santex_test_*` (on a real
server only: the stand-in of tests/support does not read texts). docs/search.md lists what differs by nature.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest

from app.platform import db as platform_db
from search.documents import INDEXES, Document
from search.fallback import FallbackEngine
from search.meilisearch import MeilisearchEngine, Server
from search.pending import PostgresJournal
from search.port import SearchEngine
from search.postgres import PostgresEngine
from tests.support import environment, meili_standin
from tests.support.meili_standin import Standin

NOBODY = "http://127.0.0.1:1"
NO_SERVER = "no Meilisearch server: set MEILI_URL and MEILI_KEY (a key for the indexes santex_test_*)"
REAL = pytest.param(
    "meilisearch", marks=pytest.mark.skipif(not (environment.MEILI_URL and environment.MEILI_KEY), reason=NO_SERVER)
)


@pytest.fixture(params=["postgres", "fallback", REAL])
async def engine(request: pytest.FixtureRequest, db: platform_db.Database) -> AsyncIterator[SearchEngine]:
    if request.param == "postgres":
        yield PostgresEngine()
    elif request.param == "fallback":
        down = FallbackEngine(MeilisearchEngine(Server(NOBODY, ""), journal=PostgresJournal()), PostgresEngine())
        yield down
        await down.close()
    else:
        prefix = f"santex_test_{uuid.uuid4().hex[:8]}"
        server = Server(environment.MEILI_URL, environment.MEILI_KEY)
        real = MeilisearchEngine(server, prefix=prefix)
        for name in INDEXES:
            await real.set_up(name)  # as `santex search setup` does
        yield real
        for name in (*INDEXES, "state"):
            await server.drop(f"{prefix}_{name}")
        await real.close()


@pytest.fixture
def standin() -> Iterator[Standin]:
    """A Meilisearch for protocol and faults. What it was asked must have been right, unless a test says otherwise."""
    why = meili_standin.missing()
    if why:
        pytest.skip(why)
    made = Standin()
    made.start()
    yield made
    made.stop()
    assert made.violations == []


async def stream(documents: Iterable[Document]) -> AsyncIterator[Document]:
    for document in documents:
        yield document
