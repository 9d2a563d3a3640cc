"""The track record of an intermediary: pure counting over the deals it takes or took part in.

"Settled" means evidence level L2, a contract that both sides confirmed: the highest rung there is today. When
settlement is built, L4 (money received) takes its place by changing `SETTLED`.

The outcome belongs to whoever took part at the end. Who left before the contract has a deal that ended without one:
leaving the hopeless ones improves no record. Who joined after the end is not counted.

Counts are always shown: they are about one's own deals. A median or a share of one or two deals would tell the very
terms of a known deal, so those are shown of `LEAST` deals or more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from statistics import median
from uuid import UUID

from app.deals import Engagement, EvidenceLevel
from app.intermediaries.schemas import Record

SETTLED = EvidenceLevel.contract
LEAST = 3
QUIET = timedelta(days=90)
LIVE = ("interested", "negotiating", "agreed")
DAY = 86_400


class Outcome(Enum):
    settled = 1
    live = 2
    stalled = 3
    ended = 4


@dataclass(frozen=True, slots=True)
class Taken:
    """One deal of one organisation, however often it joined."""

    outcome: Outcome
    since: datetime
    opened_at: datetime
    contracted_at: datetime | None
    disputed: bool


def stalled(e: Engagement, now: datetime) -> bool:
    """Live, and either the time to answer has passed, or nobody's turn it is and nothing moved for 90 days."""
    return e.turn_until < now if e.turn_until is not None else e.status_at < now - QUIET


def outcome(e: Engagement, now: datetime) -> Outcome:
    if e.contracted_at is not None and e.evidence_level >= SETTLED:
        return Outcome.settled if e.until is None or e.until >= e.contracted_at else Outcome.ended
    if e.status not in LIVE or e.until is not None:
        return Outcome.ended
    return Outcome.stalled if stalled(e, now) else Outcome.live


def taken(engagements: Iterable[Engagement], now: datetime) -> list[Taken]:
    """By deal: from when the organisation first joined, with the best that came of its participations."""
    by_deal: dict[UUID, list[Engagement]] = defaultdict(list)
    for e in engagements:
        if e.ended_at is None or e.since <= e.ended_at:
            by_deal[e.deal_id].append(e)
    return [
        Taken(
            min((outcome(e, now) for e in same), key=lambda o: o.value), min(e.since for e in same),
            same[0].opened_at, same[0].contracted_at, same[0].disputed,
        )
        for same in by_deal.values()
    ]  # fmt: skip


def _days(pairs: Iterable[tuple[datetime, datetime | None]]) -> float | None:
    took = [(end - begun).total_seconds() / DAY for begun, end in pairs if end is not None]
    return round(median(took), 1) if len(took) >= LEAST else None


def record_of(engagements: Iterable[Engagement], now: datetime) -> Record:
    """The record of one organisation at a moment."""
    found = taken(engagements, now)
    count = {o: sum(t.outcome is o for t in found) for o in Outcome}
    settled = [t for t in found if t.outcome is Outcome.settled]
    decided = len(found) - count[Outcome.live]
    return Record(
        taken=len(found),
        live=count[Outcome.live] + count[Outcome.stalled],
        stalled=count[Outcome.stalled],
        contracted=len(settled),
        ended=count[Outcome.ended],
        disputed=sum(t.disputed for t in found),
        conversion=round(len(settled) / decided, 4) if decided >= LEAST else None,
        to_contract=_days((t.since, t.contracted_at) for t in settled),
        deal_time=_days((t.opened_at, t.contracted_at) for t in settled),
        least=LEAST,
    )
