"""Nothing that is shown singles out fewer than five enterprises, whatever comes and goes."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.profiles.anonymity import K, difference, figures, may_show, significant
from app.profiles.questionnaire import Kind

moves = st.lists(
    st.tuples(st.integers(0, 24), st.sampled_from(["declare", "leave"])), max_size=200
)  # fmt: skip
numbers = st.decimals(min_value=-100, max_value=10**12, places=2)


def walk(steps):
    """Every figure shown while enterprises declare, declare anew and leave, looked at after each step."""
    cohort, counter, shown = {}, {}, []
    for who, move in steps:
        if move == "declare":
            counter[str(who)] = counter.get(str(who), 0) + 1
            cohort[str(who)] = counter[str(who)]
        else:
            cohort.pop(str(who), None)
        if may_show(cohort, shown) and cohort not in shown:
            shown.append(dict(cohort))
    return shown


@given(moves)
def test_shown_figures_never_single_out_fewer_than_five(steps):
    shown = walk(steps)
    for n, one in enumerate(shown):
        assert len(one) >= 5
        for other in shown[:n]:
            changed = {w for w in one.keys() | other.keys() if one.get(w) != other.get(w)}
            assert len(changed) >= 5


@given(st.integers(5, 40))
def test_one_after_another_is_shown_every_five(count):
    shown = walk([(n, "declare") for n in range(count)])
    assert [len(s) for s in shown] == list(range(5, count + 1, 5))
    assert all(len(difference(a, b)) == K for a, b in pairwise(shown))


def test_the_same_is_no_difference_and_a_new_declaration_is():
    five = {str(n): 1 for n in range(5)}
    assert may_show(five, [five])
    assert not may_show({str(n): 1 for n in range(4)}, [])
    assert not may_show(five | {"0": 2}, [five])
    assert not may_show(five | {"9": 1}, [five])
    assert may_show(dict.fromkeys(five, 2), [five])


@given(st.lists(numbers, min_size=5, max_size=60))
def test_quartiles_are_in_order_and_rounded(values):
    found = figures(Kind.percent, values)
    assert found.low <= found.median <= found.high
    for value in (found.low, found.median, found.high):
        assert "E" not in str(value)
        assert len(str(abs(value)).replace(".", "").strip("0")) <= 2


@given(st.lists(st.sampled_from([Decimal(0), Decimal(1)]), min_size=5, max_size=60))
def test_a_share_of_yes_is_told_by_tens(values):
    found = figures(Kind.yes_no, values)
    assert found.low is found.high is None
    assert found.median % 10 == 0
    assert 0 <= found.median <= 100


def test_levels_stay_levels():
    found = figures(Kind.choice, [Decimal(n) for n in (0, 1, 1, 3, 3, 3)])
    assert {found.low, found.median, found.high} <= {Decimal(n) for n in range(4)}


def test_two_digits_are_kept():
    assert [str(significant(Decimal(v))) for v in ("1234567", "12.34", "0.0567", "0", "-987")] == [
        "1200000", "12", "0.057", "0", "-990",
    ]  # fmt: skip
