"""How a process of santex is put together: the database, who resolves actors, which index answers, what listens.

Used by the composition roots (main, worker, cli) and the demo; it connects names, it decides nothing.
"""

from __future__ import annotations

import search
from app.accounts import resolve_api_key, resolve_session
from app.accounts import tasks as accounts_tasks
from app.brokerage import tasks as brokerage_tasks
from app.catalogue import tasks as catalogue_tasks
from app.desk import tasks as desk_tasks
from app.disclosure import tasks as disclosure_tasks
from app.independence import tasks as independence_tasks
from app.intermediaries import tasks as intermediaries_tasks
from app.listings import tasks as listings_tasks
from app.matching import tasks as matching_tasks
from app.needs import tasks as needs_tasks
from app.notifications import tasks as notifications_tasks
from app.offers import tasks as offers_tasks
from app.outcomes import tasks as outcomes_tasks
from app.platform import db
from app.profiles import tasks as profiles_tasks
from app.proposals import tasks as proposals_tasks
from app.rounds import tasks as rounds_tasks
from app.settings import settings
from app.valuations import tasks as valuations_tasks
from app.web import actor
from search import sync
from search.fallback import FallbackEngine
from search.meilisearch import MeilisearchEngine, Server
from search.pending import PostgresJournal
from search.port import SearchEngine
from search.postgres import PostgresEngine

# Importing a capability's tasks is what makes it listen.
LISTENERS = (
    accounts_tasks, listings_tasks, needs_tasks, profiles_tasks, catalogue_tasks, independence_tasks,
    outcomes_tasks, intermediaries_tasks, matching_tasks, proposals_tasks, brokerage_tasks, disclosure_tasks,
    offers_tasks, rounds_tasks, valuations_tasks, desk_tasks, notifications_tasks, sync,
)  # fmt: skip


def search_engine() -> SearchEngine:
    """PostgreSQL, or Meilisearch with PostgreSQL behind it (docs/search.md)."""
    s = settings()
    if not s.meilisearch:
        return PostgresEngine()
    server = Server(s.meili_url, s.meili_key.get_secret_value())
    first = MeilisearchEngine(server, prefix=s.meili_prefix, journal=PostgresJournal())
    return FallbackEngine(first, PostgresEngine())


def start(url: str | None = None) -> str:
    """Connect this process to its database and index; the database's address."""
    url = url or db.resolve_url()
    db.configure(db.Database(url, pool=settings().database_pool, timeout_ms=settings().statement_timeout_ms))
    actor.configure(session=resolve_session, api_key=resolve_api_key)
    search.configure(search_engine())
    return url


async def stop() -> None:
    await search.close()
    await db.database().close()
    db.configure(None)
