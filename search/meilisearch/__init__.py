"""Meilisearch (1.47 or newer) as the search engine: a server beside the database, reached over HTTP.

`server` is the one file that knows the two client libraries: the official one administers and writes (in threads, one
client a call), the asynchronous one answers visitors (one client a process). `settings` and `writing` say what an
index looks like, `reading` turns a query into requests and answers into ours, `engine` puts them together behind
`search.port`. docs/search.md says why, and what has not been tried on a real server.
"""

from __future__ import annotations

from search.meilisearch.engine import MeilisearchEngine
from search.meilisearch.journal import Journal, MemoryJournal
from search.meilisearch.server import (
    Mismatch,
    Poisoned,
    Refused,
    Server,
    ServerError,
    TaskFailed,
    Unavailable,
    set_up_key,
)

__all__ = [
    "Journal",
    "MeilisearchEngine",
    "MemoryJournal",
    "Mismatch",
    "Poisoned",
    "Refused",
    "Server",
    "ServerError",
    "TaskFailed",
    "Unavailable",
    "set_up_key",
]
