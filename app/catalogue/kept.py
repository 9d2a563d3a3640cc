"""Listing pages as everybody sees them, kept while the database says that nothing on them has changed.

Before a page is sent again, one statement asks for the mark of every listing on it (its own and its neighbours'):
the versions of the rows it was made from. A listing that was edited, reserved or suspended, or whose owner was, has
another mark, and the page is made anew; so what may no longer be seen is never sent. A page is made anew after ten
minutes in any case, for new neighbours and for dates that read "three days ago". Pages of people who are signed in
are never kept, nor is a page that only one visitor asked for.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.listings import marks
from app.platform.db import reading

SECONDS = 600
MOST = 1000


@dataclass(slots=True)
class _Entry:
    """`ids`: the listings on the page, itself included. `body` is empty until the page was made a second time."""

    ids: tuple[UUID, ...]
    at: float
    mark: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is kept for a page, or what its listings' marks were before the page is made."""

    body: bytes
    ids: tuple[UUID, ...] = ()
    mark: str = ""


class Pages:
    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._entries: OrderedDict[tuple[UUID, str], _Entry] = OrderedDict()

    async def ask(self, listing_id: UUID, locale: str) -> Asked:
        entry = self._entries.get((listing_id, locale))
        if entry is None or time.monotonic() - entry.at > SECONDS:
            return Asked(b"")
        self._entries.move_to_end((listing_id, locale))
        # The marks are read before the page is: a change in between makes the next mark another one.
        async with reading() as session:
            mark = await marks(session, entry.ids)
        return Asked(entry.body if mark == entry.mark else b"", entry.ids, mark)

    def keep(self, listing_id: UUID, locale: str, asked: Asked, neighbours: Sequence[UUID], body: bytes) -> None:
        """Keep the page if the marks that were read are those of the listings it shows."""
        ids = (listing_id, *neighbours)
        known = asked.mark if asked.ids == ids else ""
        self._entries[listing_id, locale] = _Entry(ids, time.monotonic(), known, body if known else b"")
        while len(self._entries) > self.most:
            self._entries.popitem(last=False)


pages = Pages()
