"""What opened envelopes amount to: which bid of each bidder counts, and who has won. Pure.

The last envelope of a bidder counts (by the database's time written inside it); one without an amount takes the bid
back. The highest amount at or above the reserve wins; of two equal ones the earlier, and of two at the very same
moment the one whose envelope has the smaller hash. What cannot be read, or speaks of another round or of somebody
who was not admitted, is invalid: it is listed and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.kit import clock
from app.kit.ids import parse_id
from app.kit.money import MAX_AMOUNT


@dataclass(frozen=True, slots=True)
class Paper:
    """`content` is None when the envelope could not be opened."""

    envelope_id: UUID
    sha256: str
    content: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Read:
    envelope_id: UUID
    sha256: str
    entry_id: UUID | None
    amount: int | None
    at: datetime | None
    standing: str  # counts | replaced | withdrawn | invalid
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """`winner` is None without a bid or below the reserve; `best` is the highest bid all the same."""

    papers: list[Read]
    best: Read | None
    winner: Read | None


def _read(paper: Paper, round_id: UUID, admitted: Collection[UUID], least: int) -> Read:
    def invalid(why: str) -> Read:
        return Read(paper.envelope_id, paper.sha256, None, None, None, "invalid", why)

    content = paper.content
    if content is None:
        return invalid("unreadable")
    if content.get("round") != str(round_id):
        return invalid("other_round")
    entry = parse_id(str(content.get("entry")))
    if entry is None or entry not in admitted:
        return invalid("not_admitted")
    try:
        at = clock.parse(str(content.get("at")))
    except ValueError:
        return invalid("no_time")
    amount = content.get("amount")
    if amount is None:
        return Read(paper.envelope_id, paper.sha256, entry, None, at, "withdrawn")
    if isinstance(amount, bool) or not isinstance(amount, int) or not max(least, 1) <= amount <= MAX_AMOUNT:
        return invalid("no_amount")
    return Read(paper.envelope_id, paper.sha256, entry, amount, at, "counts")


def tally(papers: Sequence[Paper], round_id: UUID, admitted: Collection[UUID], *, least: int, reserve: int) -> Result:
    """`least`: the starting price, below which no bid is valid. Amounts in đồng."""
    found = [_read(p, round_id, admitted, least) for p in papers]
    last: dict[UUID, Read] = {}
    for r in sorted((r for r in found if r.entry_id and r.at), key=lambda r: (r.at, r.sha256)):
        if r.entry_id is not None:
            last[r.entry_id] = r
    standing = {r.envelope_id for r in last.values()}
    read = [
        r
        if r.standing == "invalid" or r.envelope_id in standing
        else Read(r.envelope_id, r.sha256, r.entry_id, r.amount, r.at, "replaced")
        for r in found
    ]
    counting = [r for r in last.values() if r.amount is not None]
    best = min(counting, key=lambda r: (-(r.amount or 0), r.at, r.sha256), default=None)
    won = best if best is not None and (best.amount or 0) >= reserve else None
    return Result(read, best, won)
