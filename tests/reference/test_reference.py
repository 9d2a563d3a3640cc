"""Code lists are whole and bilingual; a legal rule is what held on the day asked about."""

import re
from datetime import date
from decimal import Decimal

import pytest

from app import reference
from app.kit.text import nfc, sort_key
from app.reference.tables import DATA


def test_provinces_are_the_34_in_vietnamese_order():
    found = reference.provinces()
    assert len({p.code for p in found}) == 34
    names = [p.name.vi for p in found]
    assert names == sorted(names, key=sort_key)
    assert reference.province_name(1).vi == "Hà Nội"
    assert reference.province_name(79).en == "Ho Chi Minh City"
    assert reference.province_name(2) is None
    assert reference.province_name(None) is None


def test_fields_form_two_levels():
    found = reference.fields()
    assert len(found) == 48
    assert sum(f.parent is None for f in found.values()) == 6
    assert all(f.parent in found and f.code.startswith(f"{f.parent}.") for f in found.values() if f.parent)
    assert reference.field_and_parents("2.10") == ("2", "2.10")
    assert reference.field_and_parents("2") == ("2",)
    assert reference.field_and_parents("9.9") == ()
    assert reference.field_label("2.7", "vi") == "Kỹ thuật môi trường"
    assert reference.field_label("2.7", "en") == "Environmental engineering"
    assert reference.field_label("x", "vi") is None


def test_priorities_are_the_seven():
    assert list(reference.priorities()) == [
        "ict", "biotech", "materials", "manufacturing", "energy", "environment", "construction_transport",
    ]  # fmt: skip


def test_ipc_labels_fall_back_to_the_level_above():
    labels = reference.ipc_labels()
    assert [c for c in labels if len(c) == 1] == list("ABCDEFGH")
    assert all(c[:1] in labels and c[:3] in labels for c in labels if len(c) == 4)
    assert reference.ipc_title("C02F 3/30") == labels["C02F"]
    assert reference.ipc_title("c02f") == labels["C02F"]
    assert reference.ipc_title("A41B") == labels["A41"]
    assert reference.ipc_title("A") == labels["A"]
    assert reference.ipc_title("") is None
    assert reference.ipc_title("Z99") is None


def test_countries_are_iso_3166():
    found = reference.countries()
    assert len(found) == 249
    assert (found["VN"].vi, found["KR"].vi, found["DE"].en) == ("Việt Nam", "Hàn Quốc", "Germany")
    assert not {"EU", "ZZ", "XK"} & found.keys()


def test_every_name_is_there_in_both_languages_and_in_nfc():
    names = [
        *(p.name for p in reference.provinces()),
        *(f.name for f in reference.fields().values()),
        *reference.priorities().values(),
        *reference.ipc_labels().values(),
        *reference.countries().values(),
        *(r.note for r in reference.rules()),
    ]
    assert all(n.vi.strip() and n.en.strip() for n in names)
    assert all(n.vi == nfc(n.vi) for n in names)


def test_every_data_file_tells_its_source_and_date():
    for file in DATA.iterdir():
        head = file.read_text(encoding="utf-8").split("\n\n")[0][:600]
        assert head.startswith("#"), file.name
        assert re.search(r"Written \d\d/\d\d/2026", head), file.name


def test_a_rule_is_what_held_on_the_day():
    code = "author_share_minimum_percent"
    assert reference.rule(code, date(2025, 9, 30)).document == "Nghị định 08/2014/NĐ-CP"
    assert reference.rule(code, date(2025, 10, 1)).document == "Luật 93/2025/QH15"
    assert reference.rule(code, date(2010, 1, 1)) is None
    assert reference.rule("registration_duty_days", date(2026, 11, 24)).value == Decimal(90)
    assert reference.rule("broker_share_maximum_percent", date(2025, 9, 30)).document == "Nghị định 08/2014/NĐ-CP"
    assert reference.rule("broker_share_maximum_percent", date(2026, 11, 24)).value == Decimal(10)
    assert reference.rule("no_such_rule") is None


def test_nothing_unchecked_is_called_checked():
    """A row is set to checked only together with the article it was compared with."""
    assert all(r.article for r in reference.rules() if r.checked)


@pytest.mark.parametrize(
    ("name", "count"),
    [("provinces", 34), ("fields", 48), ("priorities", 7), ("industries", 22), ("ipc", 200), ("countries", 249)],
)
async def test_lists_are_public_json(client, name, count):
    answer = await client.get(f"/api/v1/reference/{name}")
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert len(items) >= count
    assert all(i["code"] and i["vi"] and i["en"] for i in items)


async def test_rules_by_day_and_unknown_lists(client):
    every = (await client.get("/api/v1/reference/rules")).json()["items"]
    then = (await client.get("/api/v1/reference/rules?on=2026-11-24")).json()["items"]
    held = [r for r in every if r["in_force_from"] <= "2026-11-24" <= (r["in_force_to"] or "9999-12-31")]
    assert sorted(then, key=str) == sorted(held, key=str)
    assert len(every) > len(then), "some rule of the file no longer holds"
    assert {r["code"]: r["value"] for r in then}["registration_duty_days"] == "90"
    assert (await client.get("/api/v1/reference/wards")).status_code == 404
    assert (await client.get("/api/v1/reference/rules?on=yesterday")).status_code == 422


def test_royalty_rates_tell_where_they_come_from():
    rows = reference.royalties()
    assert {r.source.code for r in rows} == {"unido", "goldscheider"}
    assert len({(r.industry, r.source.code) for r in rows}) == len(rows) == 25
    assert next(iter(reference.royalty_industries())) == "all"
    of = {(r.industry, r.source.code): r for r in rows}
    assert (of["automotive", "unido"].low, of["automotive", "unido"].high) == (Decimal("4.5"), Decimal(6))
    assert of["automotive", "goldscheider"].median == 4
    whole = of["all", "unido"]
    assert all(whole.low <= r.low <= r.high <= whole.high for r in rows if r.low is not None)
    assert all(r.source.how.vi and r.source.how.en for r in rows)
    assert not any(r.source.checked for r in rows), "a source was checked: say when and against what"


async def test_royalty_rates_are_public_json(client):
    items = (await client.get("/api/v1/reference/royalties")).json()["items"]
    assert len(items) == len(reference.royalties())
    pharma = [i for i in items if i["industry"] == "pharma"]
    assert [(i["low_percent"], i["high_percent"], i["median_percent"]) for i in pharma] == [
        ("2.5", "4", None),
        (None, None, "5.1"),
    ]
    assert all(i["document"] and i["how_vi"] and i["checked"] is False for i in items)
