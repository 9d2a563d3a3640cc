"""Attribution is a function of the record: replayed in any order it says the same, and what a plain reading says."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.brokerage.attribution import WHOLE, Attributed, Decided, Sealed, attribute

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
OPENED = START + timedelta(days=100)
DAYS = st.integers(0, 140)


@st.composite
def records(draw: st.DrawFn) -> tuple[list[Sealed], list[Decided]]:
    sealed = []
    for n in range(draw(st.integers(0, 7))):
        at = START + timedelta(days=draw(DAYS))
        sealed.append(
            Sealed(
                introduction_id=UUID(int=n + 1), side=draw(st.sampled_from(["seller", "buyer"])),
                broker_org_id=UUID(int=100 + draw(st.integers(0, 4))), sealed_at=at,
                seal=f"{draw(st.integers(0, 15)):064x}"[:-2] + f"{n:02x}", until=at + timedelta(days=draw(DAYS)),
                contested=draw(st.booleans()),
            )
        )  # fmt: skip
    decided = [
        Decided(
            claim_id=UUID(int=1000 + n),
            introduction_id=draw(st.sampled_from(sealed)).introduction_id,
            outcome=draw(st.sampled_from(["uphold", "reject", "shared"])),
            claimant=draw(st.integers(1, WHOLE - 1)),
            at=START + timedelta(days=draw(DAYS)),
        )
        for n in range(draw(st.integers(0, 4)) if sealed else 0)
    ]
    return sealed, decided


def plain(opened: datetime, sealed: list[Sealed], decided: list[Decided]) -> dict[str, dict[UUID, Fraction]]:
    """The rule read aloud, with exact fractions: whoever was first holds it all; each decision moves shares."""
    found = {}
    for side in ("seller", "buyer"):
        best = None
        for s in sealed:
            if s.side != side or s.contested or opened < s.sealed_at or opened > s.until:
                continue
            if best is None or (s.sealed_at, s.seal) < (best.sealed_at, best.seal):
                best = s
        shares = {best.introduction_id: Fraction(1)} if best else {}
        ours = {s.introduction_id for s in sealed if s.side == side}
        for d in sorted(decided, key=lambda d: (d.at, d.claim_id.int)):
            if d.introduction_id not in ours or d.outcome == "reject":
                continue
            part = Fraction(1) if d.outcome == "uphold" else Fraction(d.claimant, WHOLE)
            others = {k: v for k, v in shares.items() if k != d.introduction_id and v}
            total = sum(others.values())
            shares = {k: v / total * (1 - part) for k, v in others.items()}
            shares[d.introduction_id] = part if others else Fraction(1)
        found[side] = {k: v for k, v in shares.items() if v}
    return found


@given(records(), st.randoms())
def test_replay_says_the_same_in_any_order(record: tuple[list[Sealed], list[Decided]], rng: random.Random) -> None:
    sealed, decided = record
    first = attribute(OPENED, sealed, decided)
    for _ in range(4):
        shuffled, ruled = list(sealed), list(decided)
        rng.shuffle(shuffled)
        rng.shuffle(ruled)
        assert attribute(OPENED, shuffled, ruled) == first


@given(records())
def test_it_agrees_with_the_plain_reading(record: tuple[list[Sealed], list[Decided]]) -> None:
    sealed, decided = record
    found = attribute(OPENED, sealed, decided)
    for side, shares in plain(OPENED, sealed, decided).items():
        ours = {a.introduction_id: a.basis_points for a in found if a.side == side}
        assert ours.keys() <= shares.keys()
        for id_, share in shares.items():  # a basis point a decision may be lost to rounding
            assert abs(ours.get(id_, 0) - share * WHOLE) <= len(decided) + 1
        assert sum(ours.values()) == (WHOLE if shares else 0)


@given(records())
def test_every_share_is_somebodys_own(record: tuple[list[Sealed], list[Decided]]) -> None:
    sealed, decided = record
    rows = {s.introduction_id: s for s in sealed}
    for a in attribute(OPENED, sealed, decided):
        assert 0 < a.basis_points <= WHOLE
        assert (a.side, a.broker_org_id) == (rows[a.introduction_id].side, rows[a.introduction_id].broker_org_id)


def one(n: int, at: datetime, *, days: int = 180, contested: bool = False) -> Sealed:
    return Sealed(UUID(int=n), "seller", UUID(int=100 + n), at, f"{n:064x}", at + timedelta(days=days), contested)


def test_the_first_seal_holds_and_the_window_closes() -> None:
    early, late = one(1, START), one(2, START + timedelta(days=1))
    assert attribute(OPENED, [late, early], []) == [Attributed("seller", UUID(int=1), UUID(int=101), WHOLE)]
    short = one(1, START, days=99)
    assert [a.introduction_id for a in attribute(OPENED, [late, short], [])] == [late.introduction_id]
    assert attribute(OPENED, [one(1, OPENED + timedelta(seconds=1))], []) == []
    assert attribute(OPENED, [one(1, OPENED)], []) != []


def test_an_old_acquaintance_waits_for_a_decision() -> None:
    known = one(1, START, contested=True)
    assert attribute(OPENED, [known], []) == []
    upheld = Decided(UUID(int=9), known.introduction_id, "uphold", WHOLE, OPENED)
    assert [a.basis_points for a in attribute(OPENED, [known], [upheld])] == [WHOLE]


def test_a_shared_merit_adds_up() -> None:
    early, late = one(1, START), one(2, START + timedelta(days=1))
    shared = Decided(UUID(int=9), late.introduction_id, "shared", 3333, OPENED)
    found = {a.introduction_id.int: a.basis_points for a in attribute(OPENED, [early, late], [shared])}
    assert found == {1: 6667, 2: 3333}
