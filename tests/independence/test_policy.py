"""The table of who may sit beside whom, cell by cell; and whose buttons are whose."""

from __future__ import annotations

import itertools

import pytest

from app.deals import Capacity
from app.independence import policy
from app.independence.graph import Kind
from app.independence.schemas import Verdict
from app.independence.wording import words_of
from app.independence.workflow import FINDING
from app.kit.actor import Actor, Role, Staff
from app.kit.ids import new_id

S, B, SB, BB, V, AP, AD = Capacity
NEUTRAL = (V, AP)


def test_two_of_the_four_are_never_held_by_related_ones() -> None:
    for one, other in itertools.combinations_with_replacement((SB, BB, V, AP), 2):
        if one is other and one not in NEUTRAL:
            continue  # two brokers of one side work together
        assert policy.verdict(one, other) is Verdict.refuse, (one, other)


@pytest.mark.parametrize("capacity", NEUTRAL)
def test_whoever_judges_serves_nobody(capacity: Capacity) -> None:
    for other in [c for c in Capacity if c is not capacity]:
        assert policy.verdict(capacity, other) is Verdict.refuse, other
    assert policy.verdict(capacity, policy.MATTER) is Verdict.refuse


def test_a_broker_may_be_close_to_whom_it_serves_and_with_consent_to_the_other() -> None:
    assert policy.verdict(SB, S) is Verdict.fine
    assert policy.verdict(BB, B) is Verdict.fine
    assert policy.verdict(SB, B) is Verdict.consent
    assert policy.verdict(BB, S) is Verdict.consent
    assert policy.verdict(SB, policy.MATTER) is policy.verdict(BB, policy.MATTER) is Verdict.consent


def test_the_order_of_the_two_does_not_matter() -> None:
    for one, other in itertools.product(Capacity, repeat=2):
        assert policy.verdict(one, other) is policy.verdict(other, one), (one, other)


def test_the_parties_and_an_adviser_are_nobody_s_rivals() -> None:
    assert policy.verdict(S, B) is Verdict.fine
    for other in (S, B, SB, BB, AD, policy.MATTER):
        assert policy.verdict(AD, other) is Verdict.fine


def test_words_name_the_kind_and_the_capacity_alone() -> None:
    words = words_of(Kind.ownership, Capacity.valuer)
    assert words.vi == "có quan hệ sở hữu với bên định giá"
    assert words.en == "is tied by ownership to the valuer"
    for kind, capacity in itertools.product(Kind, [*Capacity, None]):
        said = words_of(kind, capacity)
        assert not any(c.isdigit() or c == "%" for c in said.vi + said.en)


def test_the_operator_does_not_clear_what_is_certain() -> None:
    operator = Actor(person_id=new_id(), staff=frozenset({Staff.operator}))
    assert policy.decisions(operator, "open", True, Verdict.refuse) == ["uphold"]
    assert policy.decisions(operator, "open", False, Verdict.refuse) == ["clear", "uphold"]
    assert policy.decisions(operator, "open", True, Verdict.consent) == ["clear", "uphold"]
    assert policy.decisions(operator, "cleared", False, Verdict.refuse) == []
    other = Actor(person_id=new_id(), org_id=new_id(), role=Role.owner)
    assert policy.decisions(other, "open", False, Verdict.refuse) == []


def test_consent_is_of_the_two_parties_once_each() -> None:
    seller, buyer = new_id(), new_id()
    for org_id, role, given, status, expected in (
        (seller, Role.owner, [], "open", True),
        (buyer, Role.manager, [seller], "open", True),
        (seller, Role.owner, [seller], "open", False),
        (seller, Role.member, [], "open", False),
        (new_id(), Role.owner, [], "open", False),
        (seller, Role.owner, [], "upheld", False),
    ):
        actor = Actor(person_id=new_id(), org_id=org_id, role=role)
        assert policy.may_consent(actor, (seller, buyer), given, status, Verdict.consent) is expected
        assert not policy.may_consent(actor, (seller, buyer), given, status, Verdict.refuse)


def test_states() -> None:
    moves = {(t.action, s, t.target) for t in FINDING.transitions.values() for s in t.sources}
    assert moves == {
        ("clear", "open", "cleared"), ("uphold", "open", "upheld"), ("uphold", "consented", "upheld"),
        ("consent", "open", "consented"), ("end", "open", "gone"), ("end", "consented", "gone"),
        ("find_again", "gone", "open"),
    }  # fmt: skip
