"""How long rights still run: dates, kinds, offices, and never less than nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.valuations.parts import Origin
from app.valuations.patents import FactNote, asset_facts, right_fact, years_after

ON = date(2026, 12, 1)
HASH = "a" * 64


def right(**changes):
    fields = {"kind": "invention", "office": "VN", "status": "granted", "filed": "2020-12-01", "expires": None,
              "registration_no": "1-0041877", "application_no": "1-2020-07001"}  # fmt: skip
    return fields | changes


@pytest.mark.parametrize(
    ("changes", "ends", "left", "note"),
    [
        ({}, date(2040, 12, 1), "14.00", FactNote.fees),
        ({"kind": "utility_solution"}, date(2030, 12, 1), "4.00", FactNote.unchecked_rule),
        ({"filed": "2016-12-01", "kind": "utility_solution"}, date(2026, 12, 1), "0.00", FactNote.fees),  # its last day
        ({"filed": "2016-11-30", "kind": "utility_solution"}, date(2026, 11, 30), "0", FactNote.ended),
        ({"status": "lapsed"}, date(2040, 12, 1), "0", FactNote.lapsed),
        ({"status": "pending"}, date(2040, 12, 1), "14.00", FactNote.pending),
        ({"expires": "2030-12-01"}, date(2030, 12, 1), "4.00", FactNote.earlier),
        ({"expires": "2050-12-01"}, date(2040, 12, 1), "14.00", FactNote.later),
        ({"filed": None}, None, None, FactNote.unknown),
        ({"filed": None, "expires": "2030-12-01"}, date(2030, 12, 1), "4.00", FactNote.fees),
        ({"office": "US", "expires": None}, None, None, FactNote.unknown),  # another country's law is not known here
        ({"filed": "2004-01-01"}, None, None, FactNote.unknown),  # no rule is known to have held then
        ({"kind": "trademark", "expires": "2028-12-01"}, date(2028, 12, 1), "2.00", None),
        ({"status": "unregistered", "kind": "trade_secret"}, None, None, FactNote.not_registered),
        ({"filed": "2024-02-29"}, date(2044, 2, 29), "17.25", FactNote.fees),
    ],
)
def test_the_end_of_a_right(changes, ends, left, note):
    found = right_fact(right(**changes), ON)
    assert found.ends == ends
    assert found.remaining_years == (None if left is None else Decimal(left))
    assert note is None or note in found.notes


def test_leap_days_and_a_filing_still_to_come():
    assert years_after(date(2024, 2, 29), 10) == date(2034, 2, 28)
    late = right_fact(right(filed="2027-06-01"), ON)
    assert late.remaining_years == Decimal("20.00")  # never more than the whole term


def test_whose_word_it_is():
    assert right_fact(right(), ON).origin is Origin.declared
    shown = right_fact(right(), ON, HASH)
    assert (shown.origin, shown.evidence) == (Origin.registry, HASH)
    # A title proves no application and no right without a number.
    for changes in ({"status": "pending"}, {"registration_no": None}):
        found = right_fact(right(**changes), ON, HASH)
        assert (found.origin, found.evidence) == (Origin.declared, None)


def test_family_and_territories():
    rights = [right(), right(office="US", expires="2039-01-01"), right(office="JP", status="pending", expires=None),
              right(office="KR", status="lapsed"),
              right(kind="trademark", office="LA", expires="2030-01-01")]  # fmt: skip
    found = asset_facts({"rights": rights}, ON)
    assert (found.territories, found.family, found.remaining_years) == (["JP", "US", "VN"], 3, Decimal("14.00"))
    assert asset_facts({}, ON).remaining_years is None
    assert asset_facts({"rights": [right(status="lapsed")]}, ON).remaining_years == 0


DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(filed=st.none() | DAYS, expires=st.none() | DAYS, on=DAYS,
       kind=st.sampled_from(["invention", "utility_solution", "trademark"]),
       status=st.sampled_from(["granted", "pending", "lapsed", "unregistered"]))  # fmt: skip
def test_a_life_is_never_negative_nor_longer_than_the_law(filed, expires, on, kind, status):
    found = right_fact(right(kind=kind, status=status, filed=filed, expires=expires), on)
    left = found.remaining_years
    if left is None:
        return
    assert left >= 0
    if kind != "trademark" and filed and filed >= date(2006, 7, 1):
        assert left <= (20 if kind == "invention" else 10) + Decimal("0.02")
    if status == "granted" and left > 0:
        assert found.ends is not None
        later = right_fact(right(kind=kind, filed=filed, expires=expires), on + timedelta(days=400))
        assert later.remaining_years is not None
        assert later.remaining_years <= left
