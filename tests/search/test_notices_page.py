"""What search suffers from is said on the operator's page, to operators only, in their language, with what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

import search
from app.platform import db as platform_db
from search.fallback import Breaker, FallbackEngine
from search.meilisearch import MeilisearchEngine, Server
from search.pending import PostgresJournal
from search.port import Query
from search.postgres import PostgresEngine
from search.postgres.run import run
from tests.search.conftest import NOBODY
from tests.search.corpus import ident
from tests.support.browser import text

DOWN = "Máy chủ tìm kiếm Meilisearch không trả lời"
MEND = "kiểm tra MEILI_URL và MEILI_KEY"


@pytest.fixture
async def down(db: platform_db.Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FallbackEngine]:
    first = MeilisearchEngine(Server(NOBODY, ""), journal=PostgresJournal())
    made = FallbackEngine(first, PostgresEngine(), breaker=Breaker(failures=1))
    monkeypatch.setattr(search, "_engine", made)
    yield made
    await made.close()


async def test_operators_are_told_and_nobody_else(down: FallbackEngine, client: Any, make_person: Any) -> None:
    desk = await (await make_person(None, staff=["operator"])).browser()
    assert DOWN not in text(await desk.get("/review"))
    await down.search(search.LISTINGS, Query(text="<b>"))
    page = await desk.get("/review")
    assert DOWN in text(page)
    assert MEND in text(page)
    english = text(await desk.get("/review?lang=en"))
    assert "The Meilisearch server does not answer" in english
    assert "check MEILI_URL and MEILI_KEY" in english
    other = await (await make_person(None, staff=["department"])).browser()
    assert (await other.get("/review")).status_code == 403
    for url in ("/", "/listings?q=nano", "/organisations?q=nano"):
        answer = await client.get(url)
        assert answer.status_code == 200
        assert "Meilisearch" not in answer.text


async def test_refused_documents_are_told_with_their_reason_escaped(down: FallbackEngine, make_person: Any) -> None:
    """By every web process: the one that syncs keeps the reasons in the database."""
    async with platform_db.unit_of_work() as session:
        await run(
            session,
            "INSERT INTO search_pending (name, id, refused) VALUES ('organisations', %(id)s, 'no <i>geo</i>')",
            {"id": ident(1)},
        )
    desk = await (await make_person(None, staff=["operator"])).browser()
    page = await desk.get("/review")
    assert "Meilisearch không nhận một số tài liệu" in text(page)
    assert "santex search status" in text(page)
    assert "no &lt;i&gt;geo&lt;/i&gt;" in page.text
    async with platform_db.unit_of_work() as session:
        await run(session, "DELETE FROM search_pending")
    assert "không nhận" not in text(await desk.get("/review"))
