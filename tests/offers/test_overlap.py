"""Scopes of rights: when two meet, when nothing is left; and the database says the same."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import reference
from app.offers.overlap import Scope, conflict, field_paths, nothing_left, shared, territory_paths, words
from app.platform import db as platform_db
from tests.offers.test_terms import fields_of
from tests.support.market import terms

PLACES = ["VN", "VN-79", "VN-01", "VN-48", "LA", "DE", "EP", "WO"]
FIELDS = ["ford:2", "ford:2.7", "ford:4", "vsic:A", "vsic:C", "ipc:C", "ipc:C02F", "ipc:C02F 3/30", "ipc:C02F 3/00"]


def scope(exclusivity: str = "exclusive", territory: list[str] | None = None, fields: list[str] | None = None) -> Scope:
    return terms(exclusivity=exclusivity, territory=territory or ["VN"], fields=fields or []).scope


@pytest.mark.parametrize(
    ("a", "b", "meet"),
    [
        ((["VN"], []), (["VN"], []), True),
        ((["VN-01"], []), (["VN-79"], []), False),
        ((["VN"], []), (["VN-79"], []), True),
        ((["WO"], []), (["VN-79"], []), True),
        ((["EP"], []), (["DE"], []), True),
        ((["EP"], []), (["VN"], []), False),
        ((["LA", "VN-01"], []), (["VN-79", "LA"], []), True),
        ((["VN"], ["ford:2.7"]), (["VN"], ["ford:2"]), True),
        ((["VN"], ["ford:2.7"]), (["VN"], ["ford:2.1"]), False),
        ((["VN"], ["ford:2.7"]), (["VN"], []), True),
        ((["VN"], ["ford:2.7"]), (["VN"], ["vsic:A"]), True),  # two classifications: in doubt, they meet
        ((["VN"], ["ipc:C02F"]), (["VN"], ["ipc:C02F 3/30"]), True),
        ((["VN"], ["ipc:C02F 3/30"]), (["VN"], ["ipc:C02F 3/28"]), True),  # one main group
        ((["VN"], ["ipc:C02F 3/30"]), (["VN"], ["ipc:C02F 1/44"]), False),
        ((["VN-01"], ["ford:2.7"]), (["VN-79"], ["ford:2.7"]), False),
        ((["VN-01"], ["ford:2.7"]), (["VN-01"], ["ford:4"]), False),
    ],
)
def test_what_meets(a, b, meet):
    one, other = scope(territory=a[0], fields=a[1]), scope(territory=b[0], fields=b[1])
    assert (shared(one, other) is not None) == (shared(other, one) is not None) == meet
    assert conflict(one, other) == meet


def test_only_what_keeps_others_out_conflicts():
    assert not conflict(scope("non_exclusive"), scope("non_exclusive"))
    for kind in ("exclusive", "sole"):
        assert conflict(scope(kind), scope("non_exclusive"))
        assert conflict(scope("non_exclusive"), scope(kind))


def test_an_assignment_is_everything():
    sheet = terms(mode="assignment", territory=["VN-79"], fields=["ford:2.7"])
    assert sheet.scope == Scope(True)


def test_words_alone_limit_nothing():
    assert terms(exclusivity="exclusive", field_of_use="Chỉ cho trạm nước nông thôn").scope == scope()


@pytest.mark.parametrize(
    ("grants", "offered", "nothing"),
    [
        ([], ["VN"], False),
        ([scope()], ["VN"], True),
        ([scope()], ["VN", "LA"], False),
        ([scope(), scope(territory=["LA"])], ["VN", "LA"], True),
        ([scope(territory=["WO"])], ["VN", "LA"], True),
        ([scope(territory=["WO"])], [], True),
        ([scope()], [], False),
        ([scope("non_exclusive")], ["VN"], False),
        ([scope(territory=["VN-79"])], ["VN"], False),
        ([scope(territory=[f"VN-{p.code}" for p in reference.provinces()])], ["VN"], True),
        ([scope(territory=[f"VN-{p.code}" for p in reference.provinces()][1:])], ["VN"], False),
        ([scope(fields=["ford:2"])], ["VN"], False),
        ([scope(fields=[f"ford:{n}" for n in range(1, 7)])], ["VN"], True),
        ([scope(fields=[f"ford:{n}"]) for n in range(1, 7)], ["VN"], True),
        ([scope(fields=[f"vsic:{s}" for s in reference.industries()])], ["VN"], True),
        ([scope(fields=["ford:1", "vsic:A"])], ["VN"], False),
    ],
)
def test_when_nothing_is_left(grants, offered, nothing):
    assert nothing_left(grants, offered) is nothing


def test_half_the_fields_here_and_half_there_is_not_all():
    north, south = scope(territory=["VN-01"], fields=["ford:1"]), scope(territory=["VN-79"], fields=["ford:2"])
    assert not nothing_left([north, south], ["VN"])


def test_codes_are_read_as_people_type_them():
    sheet = terms(territory="vn-1, la", fields=["2.7, C02F 3/30", "VSIC: c", "ford:2.7"])
    assert sheet.territory == ["VN-01", "LA"]
    assert sheet.fields == ["ford:2.7", "ipc:C02F 3/30", "vsic:C"]
    for values, field in (
        ({"territory": ["VN-02"]}, "territory.0"),
        ({"territory": ["VN", "VN-79"]}, "territory"),
        ({"fields": ["9.9"]}, "fields.0"),
        ({"fields": ["vsic:Z"]}, "fields.0"),
        ({"fields": ["ipc:C02F 3"]}, "fields.0"),
    ):
        assert field in fields_of({"mode": "licence", "upfront": 1} | values)


def test_sheets_without_codes_keep_the_hash_they_had():
    assert "fields" not in terms().canonical()
    assert terms(fields=["ford:2"]).hash() != terms().hash()


def test_what_meets_is_said_in_words():
    met = shared(scope(fields=["ford:2"]), scope(territory=["VN-79", "LA"], fields=["ford:2.7", "ipc:C02F"]))
    assert met is not None
    said = words(*met)
    assert "Hồ Chí Minh" in said.vi
    assert "C02F" in said.vi
    assert words(("",), ("",)).en == "everywhere; every field of use"


@pytest.fixture(scope="module")
def server(throwaway) -> Iterator[psycopg.Connection]:
    with throwaway.copy() as url, psycopg.connect(platform_db.libpq_url(url), autocommit=True) as connection:
        yield connection


places = st.lists(st.sampled_from(PLACES), max_size=3).filter(
    lambda p: not ("VN" in p and any(c.startswith("VN-") for c in p))
)
uses = st.lists(st.sampled_from(FIELDS), max_size=3)


def test_the_database_says_the_same(server):
    @settings(max_examples=300)
    @given(places, uses, places, uses)
    def same(t1: list[str], f1: list[str], t2: list[str], f2: list[str]) -> None:
        a, b = (Scope(True, territory_paths(t), field_paths(f)) for t, f in ((t1, f1), (t2, f2)))
        [found] = server.execute(
            "SELECT scopes_meet(%s::text[], %s::text[], %s::text[], %s::text[])",
            [list(a.territory), list(a.fields), list(b.territory), list(b.fields)],
        ).fetchone() or [None]
        assert found is conflict(a, b)

    same()
