"""Who brought the two parties of a deal together, decided by the sealed record and the decisions on it. Pure.

The same record always gives the same answer, in whatever order its rows are read. On each side the first seal in time
holds (of two at the same instant the one with the smaller seal). It counts when the deal was opened after it, within
its window, and before the mandate and its tail were over. The introduced party may have said that it knew the other
already: such an introduction waits for a claim. Decisions on claims follow in the order of time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.kit.money import Money

WHOLE = 10_000  # basis points


@dataclass(frozen=True, slots=True)
class Sealed:
    """An introduction as the record has it. `until`: the last moment at which a deal still follows from it."""

    introduction_id: UUID
    side: str  # seller | buyer
    broker_org_id: UUID
    sealed_at: datetime
    seal: str
    until: datetime
    contested: bool = False  # the introduced party said that it knew the other already

    def counts_for(self, opened_at: datetime) -> bool:
        return not self.contested and self.sealed_at <= opened_at <= self.until


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision that stands on a claim: the appeal's when there was one. `claimant` in basis points (shared)."""

    claim_id: UUID
    introduction_id: UUID
    outcome: str  # uphold | reject | shared
    claimant: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Attributed:
    side: str
    introduction_id: UUID
    broker_org_id: UUID
    basis_points: int


def attribute(opened_at: datetime, record: Iterable[Sealed], decisions: Iterable[Decided]) -> list[Attributed]:
    """The brokers of the deal by side; shares of a side add up to 10000 or there are none.

    `record` holds the introductions of the deal's parties and subject, `decisions` those on claims of theirs; a
    decision on an introduction that is not in the record changes nothing.
    """
    rows = {s.introduction_id: s for s in record}
    standing = sorted((d for d in decisions if d.introduction_id in rows), key=lambda d: (d.at, d.claim_id))
    found = []
    for side in ("buyer", "seller"):
        ours = sorted((s for s in rows.values() if s.side == side), key=lambda s: (s.sealed_at, s.seal))
        first = next((s for s in ours if s.counts_for(opened_at)), None)
        shares: dict[UUID, int] = {first.introduction_id: WHOLE} if first else {}
        for decision in standing:
            if rows[decision.introduction_id].side == side:
                shares = _after(shares, decision)
        found += [
            Attributed(side, s.introduction_id, s.broker_org_id, shares[s.introduction_id])
            for s in ours
            if shares.get(s.introduction_id)
        ]
    return found


def _after(shares: dict[UUID, int], decision: Decided) -> dict[UUID, int]:
    """The shares once a decision is taken: the claimant's part, and the rest among the others as it was before."""
    if decision.outcome == "reject":
        return shares
    part = WHOLE if decision.outcome == "uphold" else decision.claimant
    others = {k: v for k, v in sorted(shares.items()) if v and k != decision.introduction_id}
    if not others:
        return {decision.introduction_id: WHOLE} if part else shares
    rest = Money(WHOLE - part).allocate(list(others.values())) if part < WHOLE else [Money(0)] * len(others)
    after = {k: left.amount for k, left in zip(others, rest, strict=True)}
    return {decision.introduction_id: part, **after}
