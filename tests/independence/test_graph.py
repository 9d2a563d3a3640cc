"""Ties as a graph: examples by hand, and tiny random graphs against a walk that tries every way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.independence.graph import HARD, SOFT, UP, Edge, Graph, Kind, Node, Tie

DAY = date(2026, 12, 1)
TEN = Decimal(10)
A, B, C, D = (("org", x) for x in "ABCD")
P, Q = ("person", "p"), ("person", "q")
N, M = ("name", "n"), ("name", "m")


def related(*edges: Edge, a: Node = A, b: Node = B, day: date = DAY) -> set[tuple[Kind, bool]]:
    return {(f.kind, f.certain) for f in Graph(edges, day, TEN).related(a, b)}


def share(held: Node, holder: Node, percent: str | None, *, certain: bool = True) -> Edge:
    return Edge(held, holder, Tie.share, percent=Decimal(percent) if percent else None, certain=certain)


def test_the_same_organisation() -> None:
    assert related(a=A, b=A) == {(Kind.same, True)}
    assert related() == set()


@pytest.mark.parametrize(
    "edges",
    [
        (Edge(A, B, Tie.parent),),
        (Edge(B, A, Tie.parent),),
        (Edge(A, C, Tie.parent), Edge(B, C, Tie.parent)),
        (Edge(A, C, Tie.parent), Edge(C, D, Tie.parent), Edge(B, D, Tie.parent)),
        (share(A, C, "10"), share(B, C, "51")),
        (share(A, P, "30"), share(B, P, "10")),
        (share(A, C, "50"), share(C, B, "20")),
    ],
    ids=["parent", "child", "sisters", "cousins", "one shareholder", "one person holds both", "through another"],
)
def test_ownership(edges: tuple[Edge, ...]) -> None:
    assert related(*edges) == {(Kind.ownership, True)}


def test_a_joint_venture_does_not_tie_its_parents() -> None:
    assert related(Edge(C, A, Tie.parent), Edge(C, B, Tie.parent)) == set()


def test_a_share_counts_from_the_threshold_on() -> None:
    assert related(share(A, B, "9.99")) == set()
    assert related(share(A, B, "10")) == {(Kind.ownership, True)}
    assert related(share(A, B, None)) == {(Kind.ownership, False)}, "how much was not told"


def test_a_chain_that_thins_out_is_only_possible() -> None:
    assert related(share(A, C, "20"), share(C, B, "20")) == {(Kind.ownership, False)}
    surer = (share(A, C, "20"), share(C, B, "20"), share(A, D, "60"), share(D, B, "60"))
    assert related(*surer) == {(Kind.ownership, True)}, "the surest way counts"


def test_a_shared_person() -> None:
    for left, right in itertools.product(HARD, repeat=2):
        kind = Kind.ownership if left is right is Tie.owner else Kind.person
        assert related(Edge(A, P, left), Edge(B, P, right)) == {(kind, True)}, (left, right)
    assert related(Edge(A, P, Tie.member), Edge(B, Q, Tie.member)) == set()


def test_a_person_of_the_parent_is_shared_as_well() -> None:
    assert related(Edge(A, C, Tie.parent), Edge(C, P, Tie.employment), Edge(B, P, Tie.member)) == {(Kind.person, True)}


@pytest.mark.parametrize("tie", SOFT)
def test_somebody_close_to_it(tie: Tie) -> None:
    assert related(Edge(A, P, Tie.member), Edge(B, P, tie)) == {(Kind(tie.value), True)}
    assert related(Edge(A, P, tie), Edge(B, P, Tie.family)) == set(), "an outsider with two soft ties relates nobody"


def test_an_equal_name_is_possible_and_never_certain() -> None:
    edges = (Edge(A, P, Tie.member), Edge(P, N, Tie.namesake), Edge(B, N, Tie.key_person))
    assert related(*edges) == {(Kind.person, False)}
    both = (Edge(A, P, Tie.member), Edge(P, N, Tie.namesake), Edge(B, Q, Tie.member), Edge(Q, N, Tie.namesake))
    assert related(*both) == {(Kind.person, False)}


def test_named_together_as_owners_of_a_technology() -> None:
    edges = (
        Edge(A, P, Tie.member), Edge(P, N, Tie.namesake), Edge(B, Q, Tie.member), Edge(Q, M, Tie.namesake),
        Edge(N, M, Tie.co_owner, since=date(2024, 5, 1), until=date(2027, 5, 1)),
    )  # fmt: skip
    assert related(*edges) == {(Kind.co_inventor, False)}
    assert related(*edges, day=date(2027, 5, 2)) == set()


def test_every_possible_way_is_a_question_of_its_own() -> None:
    """One that is cleared must not hide another."""
    edges = [Edge(A, P, Tie.member), Edge(P, N, Tie.namesake), Edge(B, N, Tie.key_person, source="one")]
    edges += [Edge(A, Q, Tie.member, source="q"), Edge(Q, M, Tie.namesake), Edge(B, M, Tie.key_person, source="two")]
    found = Graph(edges, DAY, TEN).related(A, B)
    assert [f.kind for f in found] == [Kind.person, Kind.person]
    assert {e.source for f in found for e in f.path} >= {"one", "two"}


def test_days_are_whole_and_included() -> None:
    edge = Edge(A, B, Tie.parent, since=date(2026, 1, 1), until=date(2026, 6, 30))
    seen = [
        bool(related(edge, day=d)) for d in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1))
    ]
    assert seen == [False, True, True, False]


def test_the_path_leads_from_one_to_the_other() -> None:
    up, down = Edge(A, C, Tie.parent, source="1"), Edge(B, C, Tie.parent, source="2")
    found = Graph([down, up], DAY, TEN).related(A, B)
    assert [e.source for e in found[0].path] == ["1", "2"]


# --- against a walk that tries every way ---

ORGS = (A, B, C)
NAMES = (N, M)
PEOPLE = (P, Q)
dates = st.none() | st.sampled_from([date(2026, 11, 30), DAY, date(2026, 12, 2)])
percents = st.sampled_from([None, Decimal(5), Decimal(10), Decimal(30), Decimal(40), Decimal(100)])


def _edge(a: st.SearchStrategy[Node], b: st.SearchStrategy[Node], ties: tuple[Tie, ...]) -> st.SearchStrategy[Edge]:
    return st.builds(
        Edge, a, b, st.sampled_from(ties), dates, dates, percents, st.booleans(), st.uuids().map(str)
    ).filter(lambda e: e.a != e.b)


edges_ = st.lists(
    st.one_of(
        _edge(st.sampled_from(ORGS), st.sampled_from((*ORGS, *PEOPLE, *NAMES)), UP),
        _edge(st.sampled_from(ORGS), st.sampled_from((*PEOPLE, *NAMES)), (*HARD, *SOFT)),
        _edge(st.sampled_from((*ORGS, *PEOPLE)), st.sampled_from(NAMES), (Tie.namesake,)),
        _edge(st.sampled_from(NAMES), st.sampled_from(NAMES), (Tie.co_owner,)),
    ),
    max_size=8,
)


def _ways_up(edges: list[Edge], at: Node, seen: tuple[Node, ...]) -> Iterator[tuple[Node, bool]]:
    """Every way up without a circle: where it ends, and whether all of it is certain and thick enough."""

    def walk(at: Node, seen: tuple[Node, ...], share: Decimal, sure: bool) -> Iterator[tuple[Node, bool]]:
        yield at, sure and share >= TEN
        for e in edges:
            if e.a == at and e.tie in UP and e.b not in seen:
                if e.tie is Tie.share and e.percent is not None and e.percent < TEN:
                    continue
                told = e.tie is Tie.parent or e.percent is not None
                part = e.percent if e.tie is Tie.share and e.percent is not None else Decimal(100)
                yield from walk(e.b, (*seen, e.b), share * part / 100, sure and e.certain and told)

    yield from walk(at, seen, Decimal(100), True)


def _people(edges: list[Edge], at: Node) -> set[tuple[Node, Node, Kind | None, bool, bool]]:
    """(whom, tied to which, soft kind, owns, certain), namesakes included, over every way up."""
    near = set()
    for top, sure in _ways_up(edges, at, (at,)):
        near.add((top, top, None, True, sure))
        for e in edges:
            if e.a == top and e.tie in (*HARD, *SOFT):
                near.add(
                    (e.b, top, Kind(e.tie.value) if e.tie in SOFT else None, e.tie is Tie.owner, sure and e.certain)
                )
    for who, top, soft, owns, _ in list(near):
        for e in edges:
            if e.tie is Tie.namesake and who in (e.a, e.b):
                near.add((e.b if who == e.a else e.a, top, soft, owns, False))
    return near


def reference(edges: list[Edge], a: Node, b: Node) -> set[tuple[Kind, bool]]:
    live = [e for e in edges if (e.since or DAY) <= DAY <= (e.until or DAY)]
    found = set()
    for (top, sure), (other, also) in itertools.product(_ways_up(live, a, (a,)), _ways_up(live, b, (b,))):
        if top == other:
            found.add((Kind.ownership, sure and also))
    for (who, top, soft, owns, sure), (other, top2, soft2, owns2, also) in itertools.product(
        _people(live, a), _people(live, b)
    ):
        if top == top2:
            continue
        if who == other and not (soft and soft2):
            found.add((soft or soft2 or (Kind.ownership if owns and owns2 else Kind.person), sure and also))
        if not soft and not soft2:
            for e in live:
                if e.tie is Tie.co_owner and {who, other} == {e.a, e.b}:
                    found.add((Kind.co_inventor, False))
    certain = {kind for kind, sure in found if sure}
    return {(kind, kind in certain) for kind, _ in found}


@settings(max_examples=600)
@given(edges_)
def test_random_graphs_as_the_long_way_says(edges: list[Edge]) -> None:
    assert related(*edges) == reference(edges, A, B)
    assert related(*edges, a=B, b=A) == reference(edges, A, B), "which side asks does not matter"


@given(edges_)
def test_a_path_uses_facts_that_hold_and_begins_and_ends_right(edges: list[Edge]) -> None:
    for found in Graph(edges, DAY, TEN).related(A, B):
        assert all(e.holds(DAY) for e in found.path)
        ends = {n for e in found.path for n in (e.a, e.b)}
        assert {A, B} <= ends
