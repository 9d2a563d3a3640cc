"""The term sheet: what it takes and refuses, its value and hash, and the difference of two sheets."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.deals import Side
from app.kit.money import MAX_AMOUNT
from app.listings import Exclusivity, RoyaltyBase, TransferMode
from app.offers.schemas import Forum, GoverningLaw, Improvements, Publication, SendOffer, Terms
from app.offers.terms import LABELS, MONEY, Said, changed, difference, locked, unlocked_by, value_of
from app.web import forms
from tests.support.market import terms

LISTS = {"fields", "territory", "instalments", "milestones"}


def fields_of(values: dict[str, Any]) -> dict[str, Any]:
    """Field -> sentence, as a form would show the refusal."""
    with pytest.raises(forms.Invalid) as refusal:
        forms.build(Terms, values)
    return refusal.value.fields


# --- what the sheet takes ---


def test_amounts_and_rates_are_read_as_people_type_them():
    sheet = Terms(
        mode="licence", upfront="1.250.000.000 ₫", royalty_percent="3,5 %", royalty_base="net_sales",
        royalty_floor="0", royalty_cap="2 000 000", territory="VN, la", field_of_use="  trạm   nước ",
    )  # fmt: skip
    assert (sheet.upfront, sheet.royalty_percent, sheet.royalty_cap) == (1_250_000_000, Decimal("3.5"), 2_000_000)
    assert sheet.territory == ["VN", "LA"]
    assert sheet.field_of_use == "trạm nước"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"mode": "gift", "upfront": 1}, "mode"),
        ({"upfront": 1}, "mode"),
        ({"mode": "licence"}, "upfront"),
        ({"mode": "licence", "upfront": -1}, "upfront"),
        ({"mode": "licence", "upfront": 1.5}, "upfront"),
        ({"mode": "licence", "upfront": True}, "upfront"),
        ({"mode": "licence", "upfront": MAX_AMOUNT + 1}, "upfront"),
        ({"mode": "licence", "upfront": "một tỷ"}, "upfront"),
        ({"mode": "licence", "royalty_percent": "3.5"}, "royalty_base"),
        ({"mode": "licence", "royalty_percent": "100.001", "royalty_base": "net_sales"}, "royalty_percent"),
        ({"mode": "licence", "royalty_percent": "NaN", "royalty_base": "net_sales"}, "royalty_percent"),
        ({"mode": "licence", "royalty_percent": "3.5555", "royalty_base": "net_sales"}, "royalty_percent"),
        ({"mode": "licence", "upfront": 1, "royalty_floor": 2, "royalty_cap": 1}, "royalty_cap"),
        ({"mode": "licence", "upfront": 1, "term_years": 0}, "term_years"),
        ({"mode": "licence", "upfront": 1, "term_years": 100}, "term_years"),
        ({"mode": "licence", "upfront": 1, "territory": ["Atlantis"]}, "territory.0"),
        ({"mode": "licence", "upfront": 1, "exclusivity": "some"}, "exclusivity"),
        ({"mode": "licence", "instalments": [{"label": "", "amount": 1}]}, "instalments.0.label"),
        ({"mode": "licence", "milestones": [{"label": "Mốc 1", "amount": -5}]}, "milestones.0.amount"),
        ({"mode": "licence", "instalments": [{"label": "x", "amount": 1}] * 21}, "instalments"),
        ({"mode": "licence", "upfront": 1, "conditions": "x" * 3001}, "conditions"),
    ],
)
def test_refused(values, field):
    found = fields_of(values)
    assert field in found, found
    assert all(t.vi and t.en for t in found.values())


@pytest.mark.parametrize(
    "values",
    [
        {"mode": "licence", "upfront": 0},
        {"mode": "trial"},
        {"mode": "service", "goods": "Hai tấn hạt giống"},
        {"mode": "capital_contribution", "equity_percent": "20"},
        {"mode": "licence", "milestones": [{"label": "Nghiệm thu", "amount": 1}]},
        {"mode": "licence", "royalty_percent": "0.001", "royalty_base": "net_revenue"},
    ],
)
def test_any_way_of_paying_will_do(values):
    assert Terms.model_validate(values).value >= 0


def test_an_assignment_is_exclusive_and_for_ever():
    sheet = Terms(mode="assignment", exclusivity="non_exclusive", term_years=5, sublicence=True, upfront=1)
    assert (sheet.exclusivity, sheet.term_years, sheet.sublicence) == (Exclusivity.exclusive, None, False)


@pytest.mark.parametrize("kind", Exclusivity)
def test_sole_keeps_others_out_too(kind):
    assert terms(exclusivity=kind.value).exclusive == (kind is not Exclusivity.non_exclusive)


def test_the_value_is_what_is_certain_or_tied_to_milestones():
    sheet = terms(
        upfront=100,
        instalments=[{"label": "Quý I", "amount": 20}, {"label": "Quý II", "amount": 3}],
        milestones=[{"label": "Nghiệm thu", "amount": 7}],
        royalty_floor=1_000_000,
    )
    assert sheet.value == 130
    assert terms(upfront=None).value == 0


@pytest.mark.parametrize("days", [0, 181, -3])
def test_an_offer_holds_from_a_day_to_half_a_year(days):
    with pytest.raises(ValidationError):
        SendOffer(terms=terms(), valid_days=days)


# --- the difference of two sheets ---

amounts = st.none() | st.integers(0, 10**12)
rates = st.none() | st.decimals(0, 100, places=3)
words = st.none() | st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=20)
parts = st.lists(
    st.fixed_dictionaries({"label": st.sampled_from(["Ký", "Mốc 1", "Mốc 2"]), "amount": st.integers(0, 10**9)}),
    max_size=3,
)


@st.composite
def sheets(draw: st.DrawFn) -> Terms:
    floor, cap = draw(amounts), draw(amounts)
    if floor is not None and cap is not None:
        floor, cap = min(floor, cap), max(floor, cap)
    return Terms.model_validate(
        {
            "mode": draw(st.sampled_from(TransferMode)),
            "exclusivity": draw(st.sampled_from(Exclusivity)),
            "sublicence": draw(st.booleans()),
            "field_of_use": draw(words),
            "territory": draw(st.lists(st.sampled_from(["VN", "LA", "KH", "JP"]), unique=True)),
            "term_years": draw(st.none() | st.integers(1, 99)),
            "upfront": draw(st.integers(0, 10**12)),
            "instalments": draw(parts),
            "milestones": draw(parts),
            "royalty_percent": draw(rates),
            "royalty_base": draw(st.sampled_from(RoyaltyBase)),
            "royalty_floor": floor,
            "royalty_cap": cap,
            "equity_percent": draw(rates),
            "goods": draw(words),
            "training_days": draw(st.none() | st.integers(0, 1000)),
            "improvements": draw(st.none() | st.sampled_from(Improvements)),
            "publication": draw(st.none() | st.sampled_from(Publication)),
            "warranty_months": draw(st.none() | st.integers(0, 600)),
            "liability_cap": draw(amounts),
            "penalty_percent": draw(rates),
            "governing_law": draw(st.sampled_from(GoverningLaw)),
            "forum": draw(st.none() | st.sampled_from(Forum)),
            "conditions": draw(words),
        }
    )


def apply(sheet: Terms, changes: list[Any]) -> Terms:
    """`sheet` with the changes of a difference made."""
    values = sheet.model_dump()
    for change in changes:
        if change.kind != "same":
            blank = [] if change.term in LISTS else None
            values[change.term] = blank if change.after is None else change.after
    return Terms.model_validate(values)


def test_every_term_has_its_line():
    assert list(LABELS) == list(Terms.model_fields)
    assert all(label.vi and label.en for label in LABELS.values())
    assert set(LABELS) > MONEY


@given(sheets())
def test_a_sheet_does_not_differ_from_itself(a):
    assert changed(a, a) == []
    assert {c.kind for c in difference(a, a)} == {"same"}
    assert changed(a, Terms.model_validate(a.canonical())) == []


@given(sheets(), sheets())
def test_applying_the_difference_gives_the_other_sheet(a, b):
    changes = difference(a, b)
    assert apply(a, changes) == b
    assert apply(b, difference(b, a)) == a
    assert changed(a, b) == changed(b, a)
    assert (changed(a, b) == []) == (a == b)
    order = list(LABELS)
    assert [c.term for c in changes] == sorted((c.term for c in changes), key=order.index)
    mirrored = {"same": "same", "changed": "changed", "added": "removed", "removed": "added"}
    back = {c.term: c for c in difference(b, a)}
    assert {c.term: mirrored[c.kind] for c in changes} == {t: c.kind for t, c in back.items()}


@given(sheets())
def test_against_nothing_every_given_term_is_added(a):
    changes = difference(None, a)
    assert {c.kind for c in changes} == {"added"}
    assert {c.term for c in changes} == {t for t, v in a.model_dump().items() if v is not None and v != []}


STATES = ["countered", "open", "declined", "frozen", "withdrawn", "expired", "lapsed"]


@st.composite
def talks(draw: st.DrawFn) -> list[Said]:
    """Rounds of two sides, some taken back or run out, with terms marked on them."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(Side), st.sampled_from(STATES), sheets()), max_size=5))
    return [
        Said(n, side, state, sheet, frozenset(draw(st.sets(st.sampled_from(sorted(stated(sheet))), max_size=3))))
        for n, (side, state, sheet) in enumerate(drawn, 1)
    ]


def stated(sheet: Terms) -> set[str]:
    return {t for t in LABELS if value_of(sheet, t) is not None}


@given(talks())
def test_locked_is_what_both_sides_said_last_or_marked_and_never_changed_since(rounds):
    locks = locked(rounds)
    said = [r for r in rounds if r.status not in ("withdrawn", "expired", "lapsed")]
    last = {side: next((r for r in reversed(rounds) if r.side == side), None) for side in Side}
    heard = [r for r in last.values() if r is not None and r in said]
    for term in LABELS:
        values = [value_of(r.terms, term) for r in heard]
        both = len(heard) == 2 and values[0] is not None and values[0] == values[1]
        marked = any(
            term in r.marked
            and all(value_of(x.terms, term) == value_of(r.terms, term) for x in said if x.round > r.round)
            for r in said
        )
        assert (term in locks) == (both or marked), term
    assert list(locks) == [t for t in LABELS if t in locks]
    if said:
        newest = said[-1].terms
        assert set(unlocked_by(locks, newest)) <= {t for t in locks if not locks[t].marked}
        assert unlocked_by(locks, newest) == [] or len(heard) == 2


def test_a_side_that_took_its_sheet_back_agrees_to_nothing():
    one = Said(1, Side.seller, "countered", terms())
    assert "mode" in locked([one, Said(2, Side.buyer, "open", terms(upfront=1))])
    assert locked([one, Said(2, Side.buyer, "withdrawn", terms(upfront=1))]) == {}
    assert locked([one, Said(2, Side.seller, "open", terms())]) == {}, "one side alone agrees with nobody"


def test_a_mark_holds_until_the_offer_is_taken_back():
    marked = Said(1, Side.seller, "countered", terms(upfront=5), frozenset({"upfront"}))
    assert list(locked([marked])) == ["upfront"]
    assert locked([marked])["upfront"].marked
    assert unlocked_by(locked([marked]), terms(upfront=6)) == ["upfront"]
    assert "upfront" not in locked([marked, Said(2, Side.buyer, "open", terms(upfront=6))])
    assert locked([Said(1, Side.seller, "expired", terms(upfront=5), frozenset({"upfront"}))]) == {}


def test_kinds_of_change():
    before = terms(upfront=1, goods="Máy", territory=["VN"], training_days=None)
    after = terms(upfront=2, goods=None, territory=[], training_days=3)
    kinds = {c.term: c.kind for c in difference(before, after) if c.kind != "same"}
    assert kinds == {"upfront": "changed", "goods": "removed", "territory": "removed", "training_days": "added"}
    assert changed(before, after) == ["territory", "upfront", "goods", "training_days"]
    assert list(locked([Said(1, Side.seller, "countered", before), Said(2, Side.buyer, "open", after)])) == [
        "mode", "exclusivity", "sublicence", "term_years", "royalty_percent", "royalty_base", "governing_law"
    ]  # fmt: skip


# --- the hash that both sides' acceptance rests on ---


@given(sheets(), st.randoms())
def test_the_hash_does_not_hang_on_the_order_of_keys(sheet, random):
    pairs = list(sheet.canonical().items())
    random.shuffle(pairs)
    again = Terms.model_validate(dict(pairs))
    assert again.hash() == sheet.hash()
    stored = json.loads(json.dumps(sheet.canonical(), sort_keys=True))  # as jsonb keeps it
    assert Terms.model_validate(stored).hash() == sheet.hash()


@given(sheets(), sheets())
def test_sheets_that_say_the_same_have_one_hash_and_others_do_not(a, b):
    assert (a.hash() == b.hash()) == (a == b)


@pytest.mark.parametrize(("one", "other"), [("3.5", "3.50"), ("3,5 %", "3.500"), ("10", "10.0"), ("0", "0.000")])
def test_a_rate_is_its_value_not_its_writing(one, other):
    assert terms(royalty_percent=one).hash() == terms(royalty_percent=other).hash()


def test_every_term_changes_the_hash():
    sheet = terms()
    for term, value in {
        "mode": "service", "exclusivity": "sole", "sublicence": True, "field_of_use": "x", "territory": ["LA"],
        "term_years": 6, "upfront": 1, "instalments": [{"label": "a", "amount": 1}], "royalty_percent": "3.6",
        "milestones": [{"label": "a", "amount": 1}], "royalty_base": "net_revenue", "royalty_floor": 1,
        "royalty_cap": 1, "equity_percent": 1, "goods": "x", "training_days": 11, "improvements": "shared",
        "publication": "none", "warranty_months": 1, "liability_cap": 1, "penalty_percent": 1,
        "governing_law": "other", "forum": "court", "conditions": "x",
    }.items():  # fmt: skip
        assert terms(**{term: value}).hash() != sheet.hash(), term
