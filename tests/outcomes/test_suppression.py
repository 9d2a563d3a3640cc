"""Small counts stay hidden, alone and against whoever subtracts."""

from __future__ import annotations

from itertools import product
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.outcomes.suppression import LEAST, Count, shown

PLACES = ["a", "b", "c", "d"]


def count(*orgs: int, each: int = 1) -> Count:
    made = Count()
    for n in orgs:
        made.add(each, UUID(int=n))
    return made


def test_five_organisations_may_be_told() -> None:
    assert shown({"a": count(*range(5)), "b": count(*range(7))}, PLACES) == {"a", "b"}
    assert shown({"a": count(*range(4))}, PLACES) == set()
    assert shown({"a": count(0, 0, 0, 0, 0, 0)}, PLACES) == set(), "six exits of one organisation"


def test_the_smallest_goes_with_the_small_one() -> None:
    children = {"a": count(1, 2), "b": count(*range(10, 15)), "c": count(*range(20, 29))}
    assert shown(children, PLACES) == {"c"}, "less the others it would have told two organisations"


def test_small_ones_that_are_five_together_need_no_other() -> None:
    children = {"a": count(1, 2, 3), "b": count(4, 5), "c": count(*range(20, 29))}
    assert shown(children, PLACES) == {"c"}


def test_nothing_below_a_hidden_one() -> None:
    assert shown({"a": count(*range(9))}, PLACES, parent_shown=False) == set()


def test_one_hidden_place_alone_is_never_left() -> None:
    children = {"a": count(1), "b": count(*range(10, 16)), "c": count(*range(20, 27))}
    told = shown(children, ["a", "b", "c"])
    assert told == {"c"}


orgs_ = st.sets(st.integers(0, 12), max_size=8)


@given(st.dictionaries(st.sampled_from(PLACES), st.tuples(orgs_, st.integers(1, 2)), max_size=4))
def test_whoever_subtracts_learns_no_small_count(found: dict[str, tuple[set[int], int]]) -> None:
    children = {k: count(*orgs, each=each) for k, (orgs, each) in found.items() if orgs}
    everything = set().union(*(c.orgs for c in children.values())) if children else set()
    if len(everything) < LEAST:
        return  # the parent would not be told
    told = shown(children, PLACES)
    total = sum(c.exits for c in children.values())
    rest = total - sum(children[k].exits for k in told)
    hidden = [k for k in PLACES if k not in told]
    assert all(len(children[k].orgs) >= LEAST for k in told)
    behind = set().union(*(children[k].orgs for k in hidden if k in children)) if hidden else set()
    assert not behind or len(behind) >= LEAST, "what is left over is itself a small count"
    if rest and rest <= 8:
        # Every way to spread the rest over the hidden places is as good as another: no place is pinned down.
        ways = [w for w in product(range(rest + 1), repeat=len(hidden)) if sum(w) == rest]
        assert all(len({w[n] for w in ways}) > 1 for n in range(len(hidden)))
