"""The audit log: an append-only hash chain of every state change and sensitive read.

Entries are written in the transaction of what they tell. Each hash covers the one before it, so a changed,
missing or inserted row breaks every later link; `verify` names the first. Cutting off the newest rows together
with the head can only be seen by comparing with a head noted elsewhere: `santex audit verify` prints it.
The database function `audit_append` (first migration) writes the links, holding the head until the commit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import clock
from app.kit.actor import Actor
from app.platform import db

GENESIS = bytes(32)


def record(
    session: AsyncSession,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: UUID | str | None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Queue an entry of this unit of work. `detail` holds ids, codes and hashes, never private content."""
    entry = {
        "at": clock.now().isoformat(timespec="microseconds"),
        "action": action,
        "subject_type": subject_type,
        "subject_id": str(subject_id) if subject_id else None,
        "person_id": str(actor.person_id) if actor.person_id else None,
        "org_id": str(actor.org_id) if actor.org_id else None,
        "actor": actor.person_name if actor.anonymous else None,
        "detail": detail or {},
    }
    session.info.setdefault("audit", []).append(
        json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    )


async def _write(session: AsyncSession) -> None:
    entries = session.info.pop("audit", None)
    if entries:
        await session.execute(text("SELECT audit_append(:entries)"), {"entries": entries})


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken_at` is the first sequence number that does not follow from the one before it."""

    entries: int
    head: str
    broken_at: int | None = None
    why: str = ""

    @property
    def sound(self) -> bool:
        return self.broken_at is None


def link(previous: bytes, seq: int, entry: str) -> bytes:
    return hashlib.sha256(previous + f"{seq}|{entry}".encode()).digest()


async def _rows() -> AsyncIterator[tuple[int, str, bytes]]:
    after = 0
    while True:
        async with db.reading() as session:
            rows = (
                await session.execute(
                    text("SELECT seq, entry, hash FROM audit_entry WHERE seq > :after ORDER BY seq LIMIT 5000"),
                    {"after": after},
                )
            ).all()
        if not rows:
            return
        for seq, entry, digest in rows:
            yield seq, entry, bytes(digest)
        after = rows[-1][0]


async def verify() -> Verdict:
    """Recompute the chain from its first row; streams, so its memory does not grow with the log."""
    async with db.reading() as session:
        head_seq, head_hash = (await session.execute(text("SELECT seq, hash FROM audit_head WHERE chain = 1"))).one()
    previous, count = GENESIS, 0
    async for seq, entry, digest in _rows():
        if seq > head_seq:
            break  # written after we looked at the head
        count += 1
        if seq != count:
            return Verdict(count, previous.hex(), count, f"entry {count} is missing")
        previous = link(previous, seq, entry)
        if digest != previous:
            return Verdict(count, previous.hex(), seq, f"entry {seq} was changed")
    if count != head_seq:
        return Verdict(count, previous.hex(), count + 1, f"entry {count + 1} is missing")
    if previous != bytes(head_hash):
        return Verdict(count, previous.hex(), head_seq, "the head does not match the last entry")
    return Verdict(count, previous.hex())


db.before_commit.append(_write)
