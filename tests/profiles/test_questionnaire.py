"""The questionnaire as data: its shape by the circular, and answers as people type them."""

from decimal import Decimal

import pytest

from app.kit.errors import BilingualError
from app.profiles.questionnaire import Kind, questionnaire, read


def test_groups_and_criteria_are_those_of_the_circular():
    found = questionnaire()
    assert {g.code: (g.max_points, len(found.of(g.code))) for g in found.groups.values()} == {
        "T": (30, 7), "E": (20, 5), "O": (19, 5), "R": (17, 5), "I": (14, 4),
    }  # fmt: skip
    assert len(found.criteria) == 26
    assert sum(g.max_points for g in found.groups.values()) == 100
    assert [c.number for c in found.criteria.values() if c.benchmark] == [4, 5, 6, 8]


def test_nothing_is_said_to_be_checked():
    found = questionnaire()
    assert not found.checked
    assert not any(c.checked for c in found.criteria.values())


def test_every_criterion_can_be_answered():
    for c in questionnaire().criteria.values():
        assert bool(c.options) == (c.kind in (Kind.yes_no, Kind.choice)), c.code
        assert c.name.vi, c.code
        assert c.hint.en, c.code


@pytest.mark.parametrize(
    ("code", "raw", "value"),
    [
        ("T4", "1.250.000.000 ₫", Decimal(1_250_000_000)),
        ("T4", 0, Decimal(0)),
        ("T5", "12,5 %", Decimal("12.50")),
        ("T5", Decimal("3.14159"), Decimal("3.14")),
        ("E11", "-7.5", Decimal("-7.50")),
        ("R19", "12", Decimal(12)),
        ("T7", "lines", "lines"),
        ("O15", True, "yes"),
        ("O15", "no", "no"),
    ],
)
def test_what_is_typed_is_read(code, raw, value):
    found = read(questionnaire().criteria[code], raw)
    assert (found.number if found.option is None else found.option) == value


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        ("T4", "-1"), ("T4", "1e99"), ("T4", "nhiều"), ("T5", "101"), ("T5", "-0.1"), ("T5", "NaN"), ("T5", "Infinity"),
        ("R19", "1.5"), ("R19", True), ("E11", "-101"), ("T7", "robot"), ("T7", 3), ("O15", "maybe"), ("O15", 1),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_words(code, raw):
    with pytest.raises(BilingualError):
        read(questionnaire().criteria[code], raw)
