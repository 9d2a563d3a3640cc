"""The engine that scores, on an invented table. No table is shipped."""

from decimal import Decimal

import pytest

from app.profiles import scoring
from app.profiles.questionnaire import Value, questionnaire, read
from tests.profiles import sector


def values(number=40, **changes):
    asked = questionnaire().criteria
    return {code: read(asked[code], a.value) for code, a in sector.answers(number, **changes).items()}


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    sector.invented_table(tmp_path)
    monkeypatch.setattr(scoring, "FOLDER", tmp_path)
    return scoring.table_for("C", None, sector.YEAR)


def test_none_is_shipped():
    assert scoring.tables(scoring.FOLDER) == ()
    assert scoring.table_for("C", "10", sector.YEAR) is None


def test_a_whole_profile_is_scored(loaded):
    found = scoring.score(loaded, values())
    assert dict(found.groups) == {"T": 30, "E": 20, "O": 19, "R": 17, "I": 14}
    assert (found.total, found.coefficient, found.grade.en) == (100, 1, "Test high")
    assert not found.table.checked


def test_the_coefficient_decides_too(loaded):
    found = scoring.score(loaded, values(I23=0, I24=0))
    assert (found.groups["I"], found.total, found.coefficient) == (6, 92, Decimal("0.429"))
    assert found.grade.en == "Test low"


def test_a_missing_answer_leaves_its_group_and_the_total_open(loaded):
    found = scoring.score(loaded, values(R22=None))
    assert "R" not in found.groups
    assert found.groups["T"] == 30
    assert (found.total, found.coefficient, found.grade) == (None, None, None)


def test_a_benchmark_turns_the_answer_into_per_cent_of_it(tmp_path):
    path = sector.invented_table(tmp_path)
    path.write_text(path.read_text("utf-8").replace('benchmark = "100"', 'benchmark = "400"'), "utf-8")
    table = scoring.load(path)
    assert table.points["T5"].of(Value(Decimal(79))) == 0
    assert table.points["T5"].of(Value(Decimal(80))) == table.points["T5"].highest


def test_shares_follow_the_table_when_there_is_one(loaded):
    half = values(T1=None, T2=None, O15="no")
    answered, scored = scoring.shares(None, half), scoring.shares(loaded, half)
    assert answered == {"T": 5 / 7, "E": 1, "O": 1, "R": 1, "I": 1}
    assert scored["E"] == 1
    assert 0 < scored["O"] < 1
    assert 0 < scored["T"] < 1


def test_a_table_covers_its_sectors_and_years(tmp_path, monkeypatch):
    sector.invented_table(tmp_path, 'sectors = ["C"]', "a.toml")
    sector.invented_table(tmp_path, 'sectors = ["C10"]', "b.toml")
    monkeypatch.setattr(scoring, "FOLDER", tmp_path)
    assert scoring.table_for("C", None, 2026).sectors == ("C",)
    assert scoring.table_for("C", "10", 2026).sectors == ("C10",)
    assert scoring.table_for("C", "13", 2026).sectors == ("C",)
    assert scoring.table_for("A", None, 2026) is None
    assert scoring.table_for(None, None, 2026) is None
    assert scoring.table_for("C", None, 2019) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[points.T1]", "[points.X1]"),
        ("steps = [[0, 0], [20, 6]]", "steps = [[20, 6], [0, 0]]"),
        ("steps = [[0, 0], [20, 6]]", "steps = [[0, 0], [20, 7]]"),
        ("no = 0, yes", "never = 0, yes"),
        ('benchmark = "100"', ""),
        ("min(T / 30", "open(T / 30"),
        ("min(T / 30", "min(Z / 30"),
    ],
)
def test_an_unsound_table_is_refused(tmp_path, old, new):
    path = sector.invented_table(tmp_path)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ValueError):
        scoring.load(path)


@pytest.mark.parametrize("formula", ["__import__('os')", "T.real", "T ** 9", "[T]", "min()", "lambda: T", "", "True"])
def test_a_formula_is_arithmetic_only(formula):
    with pytest.raises(ValueError):
        scoring.evaluate(formula, {"T": Decimal(1)})


def test_dividing_by_nothing_is_no_coefficient():
    assert scoring.evaluate("T / (T - 1)", {"T": Decimal(1)}) is None
    assert scoring.evaluate("-T + 2 * max(T, 3) - 0.5", {"T": Decimal(1)}) == Decimal("4.5")
