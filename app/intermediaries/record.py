"""The track record of an intermediary: pure counting over the deals it takes or took part in.

Only deals on the exchange count, and only those that it joined before they ended. "Settled" means evidence level L2, a
contract that both sides confirmed: the highest rung there is today. When settlement is built, L4 (money received) takes
its place by changing `SETTLED`.

Counts are always shown: they are about one's own deals. A median or a share of one or two deals would tell the very
terms of a known deal, so those are shown of `LEAST` deals or more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from statistics import median

from app.deals import Engagement, EvidenceLevel
from app.intermediaries.schemas import Record

SETTLED = EvidenceLevel.contract
LEAST = 3
QUIET = timedelta(days=90)
LIVE = ("interested", "negotiating", "agreed")
DAY = 86_400


def stalled(e: Engagement, now: datetime) -> bool:
    """Live, and either the time to answer has passed, or nobody's turn it is and nothing moved for 90 days."""
    if e.status not in LIVE:
        return False
    return e.turn_until < now if e.turn_until is not None else e.status_at < now - QUIET


def _median(found: Iterable[Engagement], begun: Callable[[Engagement], datetime]) -> float | None:
    """Days from `begun` to the contract."""
    took = [(e.contracted_at - begun(e)).total_seconds() / DAY for e in found if e.contracted_at is not None]
    return round(median(took), 1) if len(took) >= LEAST else None


def record_of(engagements: Iterable[Engagement], now: datetime) -> Record:
    """An organisation that left and came back counts once a deal, from when it first joined."""
    first: dict[object, Engagement] = {}
    for e in sorted(engagements, key=lambda e: e.since):
        if e.ended_at is None or e.since <= e.ended_at:
            first.setdefault(e.deal_id, e)
    found = list(first.values())
    settled = [e for e in found if e.evidence_level >= SETTLED]
    late = sum(stalled(e, now) for e in found)
    ended = sum(e.status == "closed" and e.evidence_level < SETTLED for e in found)
    decided = len(settled) + ended + late
    return Record(
        taken=len(found),
        live=sum(e.status in LIVE for e in found),
        stalled=late,
        contracted=len(settled),
        ended=ended,
        disputed=sum(e.disputed for e in found),
        conversion=round(len(settled) / decided, 4) if decided >= LEAST else None,
        to_contract=_median(settled, lambda e: e.since),
        deal_time=_median(settled, lambda e: e.opened_at),
        least=LEAST,
    )
