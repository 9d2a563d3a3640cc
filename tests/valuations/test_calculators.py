"""The calculators by verb, JSON route and page: one vocabulary, the same numbers, refusals that name field, range."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.actor import Actor
from app.kit.errors import Invalid
from app.valuations import calculators, canonical, controls, wording
from app.valuations.methods import METHODS
from app.valuations.methods.base import MOST, Approach, Unit
from app.valuations.parts import Paper
from app.valuations.shapes import Kind, choices, example, find, shapes
from app.valuations.typed import read, read_number, read_numbers, write
from tests.support import browser

API = "/api/v1/valuation-methods"
PAGES = "/valuations/calculators"
NAMES = sorted(METHODS)
PV = {"discount_rate": "0.1", "cash_flows": ["110", "121"]}


# --- what is typed ---


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1.250.000.000 ₫", Unit.money, "1250000000"),
        ("1,250,000", Unit.money, "1250000"),
        ("1.250", Unit.money, "1250"),
        ("1.250,5", Unit.money, "1250.5"),
        ("1,25 tỷ", Unit.money, "1250000000"),
        ("250tr", Unit.money, "250000000"),
        ("-3 bn", Unit.money, "-3000000000"),
        ("12,5", Unit.rate, "0.125"),
        ("12.5 %", Unit.rate, "0.125"),
        ("1.250", Unit.factor, "1.250"),
        ("0,125", Unit.money, "0.125"),
        ("nhiều", Unit.money, "nhiều"),
        ("1e5", Unit.money, "1e5"),
        (18, Unit.rate, 18),
    ],
)
def test_numbers_as_people_type_them(text: Any, unit: Unit, value: Any) -> None:
    assert read_number(text, unit) == value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1 tỷ; 1,2 tỷ", ["1000000000", "1200000000"]),
        ("100\n200\n", ["100", "200"]),
        ("100\t200", ["100", "200"]),
        ("100, 200, 300", ["100", "200", "300"]),
        ("100 200", ["100", "200"]),
        ("1 tỷ 2 tỷ", ["1000000000", "2000000000"]),
        ("100; x", ["100", "x"]),
    ],
)
def test_several_numbers_in_one_field(text: str, values: list[str]) -> None:
    assert read_numbers(text, Unit.money) == values


@settings(max_examples=150)
@given(
    st.decimals(min_value=-MOST, max_value=MOST, places=4, allow_nan=False),
    st.sampled_from([Unit.money, Unit.rate, Unit.factor, Unit.number, Unit.years]),
    st.sampled_from(["vi", "en"]),
)
def test_what_a_form_shows_is_read_back(value: Decimal, unit: Unit, locale: str) -> None:
    shape = next(s for s in shapes(METHODS["present_value"].inputs) if s.kind is Kind.numbers)
    kept = write(
        (type(shape)(**{f: getattr(shape, f) for f in shape.__slots__} | {"unit": unit}),),
        {shape.name: [value]},
        locale,
    )
    assert [Decimal(v) for v in read_numbers(kept[shape.name], unit)] == [value]


# --- every method ---


@pytest.mark.parametrize("name", NAMES)
def test_every_method_explains_itself(name: str) -> None:
    """Its example can be computed, its form gives the example back, and every field speaks both languages."""
    m, view = METHODS[name], calculators.method(name)
    fields = shapes(m.inputs)
    inputs = calculators.validated(m, view.example)
    for locale in ("vi", "en"):
        assert calculators.validated(m, read(fields, write(fields, view.example, locale))) == inputs
    for prop in view.inputs["properties"].values():
        assert prop["title_vi"]
        assert prop["title_en"]
        assert prop["unit"] in set(Unit)
    unnamed = [c for c in choices(fields) if c not in METHODS and c not in wording.CHOICES]
    assert unnamed == [], "give the choice words in app/valuations/wording.py"
    assert all(f.unit is not Unit.rate or f.high is not None for f in fields if f.kind is Kind.number)


async def test_function_api_and_page_agree_on_every_method(client: Any) -> None:
    """One example each: the function's value, the API's, and the page's after it went through the form as text."""
    listed = (await client.get(API)).json()["items"]
    assert [m["name"] for m in listed] == [m.name for m in calculators.methods().items]
    assert {m["name"] for m in listed} == set(NAMES)
    for name in NAMES:
        told = (await client.get(f"{API}/{name}")).json()
        m = METHODS[name]
        result = m.calculate(m.inputs.model_validate(told["example"]))
        answer = await client.post(f"{API}/{name}/calculations", json={"inputs": told["example"]})
        assert answer.status_code == 200, f"{name}: {answer.text}"
        view = answer.json()
        assert view["value"]["exact"] == canonical.number(result.value), name
        assert {f["key"]: f["exact"] for f in view["figures"]} == {
            f.key: canonical.number(f.value) for f in result.figures
        }
        assert view["disclaimer_vi"] == wording.REFERENCE.vi
        page = await client.get(f"{PAGES}/{name}?example=1")
        form = browser.form(page, f"{PAGES}/{name}")
        again = await client.submit(form)
        assert again.status_code == 200, name
        for shown in (page, again):
            paper = Paper.model_validate_json(_json(shown))
            assert paper.calculations[0].method == name
            assert m.inputs.model_validate(paper.calculations[0].inputs) == m.inputs.model_validate(told["example"])
            assert wording.REFERENCE.vi in browser.text(shown)


def _json(page: Any) -> str:
    text = page.text.split('id="json"', 1)[1].split(">", 1)[1].split("</textarea>", 1)[0]
    return (
        text.replace("&#34;", '"').replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    )


async def test_rounded_once_to_the_minor_unit(client: Any) -> None:
    body = {"inputs": {"discount_rate": "0.07", "cash_flows": ["1000"]}}
    for currency, rounded in (("VND", "935"), ("USD", "934.58")):
        view = (await client.post(f"{API}/present_value/calculations", json=body | {"currency": currency})).json()
        assert view["value"]["rounded"] == rounded
        assert view["value"]["exact"].startswith("934.5794392523364485981308")
    rate = (await client.post(f"{API}/capm/calculations", json={"inputs": calculators.method("capm").example})).json()
    assert rate["unit"] == "rate"
    assert rate["value"]["rounded"] is None


# --- refusals ---


@pytest.mark.parametrize(
    ("inputs", "field", "vi", "en"),
    [
        ({"discount_rate": 3, "cash_flows": [1]}, "discount_rate", "từ 0 đến 2 (200 %)", "from 0 to 2 (200 %)"),
        ({"discount_rate": -0.1, "cash_flows": [1]}, "discount_rate", "từ 0 đến 2", "from 0 to 2"),
        ({"discount_rate": "0.1"}, "cash_flows", "điền", "Fill in"),
        ({"discount_rate": "0.1", "cash_flows": []}, "cash_flows", "ít nhất 1", "at least 1"),
        ({"discount_rate": "0.1", "cash_flows": ["1"] * 601}, "cash_flows", "Tối đa 600", "at most 600"),
        ({"discount_rate": "0.1", "cash_flows": [1, "x"]}, "cash_flows.1", "một số", "a number"),
        (
            {"discount_rate": "0.1", "cash_flows": ["1e30"]},
            "cash_flows.0",
            "1.000.000.000.000.000.000",
            "1,000,000,000",
        ),
        ({"discount_rate": "0.1", "cash_flows": ["NaN"]}, "cash_flows.0", "một số", "a number"),
        ({"discount_rate": "0.1", "cash_flows": [True]}, "cash_flows.0", "một số", "a number"),
        (PV | {"first_period": 0}, "first_period", "trên 0 đến 1", "above 0 to 1"),
        (PV | {"rate": 0.1}, "rate", "không nhận", "not accepted"),
        (PV | {"convention": "whenever"}, "convention", "trong danh sách", "listed"),
        (PV | {"periods": 5}, "cash_flows", "đúng 5 số", "Exactly 5 numbers"),
    ],
)
async def test_a_refusal_names_the_field_and_the_range(client: Any, inputs: Any, field: str, vi: str, en: str) -> None:
    url = f"{API}/present_value/calculations"
    for language, words in (("vi", vi), ("en", en)):
        answer = await client.post(url, json={"inputs": inputs}, headers={"Accept-Language": language})
        assert answer.status_code == 422
        errors = {e["field"]: e["message"] for e in answer.json()["errors"]}
        assert list(errors) == [field]
        assert words in errors[field]


async def test_refusals_of_the_request_itself(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await client.get(f"{API}/crystal_ball")).json()["code"] == "valuations.no_method"
    assert (await client.post(f"{API}/crystal_ball/calculations", json={"inputs": {}})).status_code == 404
    assert (await client.get(f"{PAGES}/crystal_ball")).status_code == 404
    url = f"{API}/present_value/calculations"
    wrong = await client.post(url, json={"inputs": PV, "currency": "XAU"})
    assert [e["field"] for e in wrong.json()["errors"]] == ["currency"]
    assert (await client.post(url, json={"inputs": [1]})).status_code == 422
    assert (await client.post(url, json={"inputs": PV | {"x": "y" * calculators.BODY_BYTES}})).status_code == 413
    monkeypatch.setattr(calculators, "USES", 2)  # one was counted above
    last = await client.post(url, json={"inputs": PV})
    assert last.status_code == 200
    over = await client.post(url, json={"inputs": PV})
    assert over.status_code == 429
    assert int(over.headers["retry-after"]) > 0
    page = await client.post_form(f"{PAGES}/present_value", {"discount_rate": "10", "cash_flows": "1 tỷ"})
    assert page.status_code == 429
    assert "1 tỷ" in page.text, "what was typed is still there"


def test_draws_are_bounded_without_a_sign_in() -> None:
    m = METHODS["monte_carlo"]
    inputs = calculators.validated(m, calculators.method("monte_carlo").example | {"draws": 200_000})
    with pytest.raises(Invalid) as refused:
        calculators._allowed_draws(Actor(), inputs)
    assert "100000" in refused.value.fields["draws"].en
    calculators._allowed_draws(Actor(person_id=uuid4()), inputs)


# --- pages ---


async def test_the_list_of_methods(client: Any) -> None:
    page = await client.get(PAGES)
    assert page.status_code == 200
    for name in NAMES:
        assert f'href="{PAGES}/{name}"' in page.text
    said = browser.text(page)
    assert "phương pháp này là “thu nhập tăng thêm”" in said
    assert "chứng thư thẩm định giá" in said
    english = browser.text(await client.get(f"{PAGES}?lang=en"))
    assert "Income approach" in english
    assert "reference estimate" in english
    assert f'href="{PAGES}"' in (await client.get("/about")).text, "linked from every page"


async def test_nothing_typed_is_lost(client: Any) -> None:
    url = f"{PAGES}/present_value"
    typed = {"discount_rate": "250", "cash_flows": "1 tỷ; hai tỷ", "convention": "mid_year"}
    page = await client.post_form(url, typed)
    assert page.status_code == 422
    form = browser.form(page, url)
    assert {k: form.fields[k] for k in typed} == typed
    assert "Số thứ 2" in browser.text(page)
    assert 'href="#f-cash_flows"' in page.text
    live = await client.post_form(url, typed, headers={"HX-Request": "true"})
    assert live.status_code == 200
    assert "Cần thêm để tính" in browser.text(live)


async def test_rows_grow_and_errors_find_them(client: Any) -> None:
    url = f"{PAGES}/comparables"
    example = calculators.method("comparables").example
    typed = {}
    for n, row in enumerate(example["comparables"]):
        typed |= {f"comparables.{n}.name": row["name"], f"comparables.{n}.price": row["price"]}
    more = await client.post_form(url, typed | {"add": "comparables"})
    assert more.status_code == 200
    assert "comparables.3.price" in browser.form(more, url).fields
    wrong = typed | {"comparables.1.price": "-5", "comparables.0.adjustments.rights.amount": "x"}
    page = await client.post_form(url, wrong)
    assert page.status_code == 422
    assert 'href="#f-comparables-1-price"' in page.text
    assert 'href="#f-comparables-0-adjustments-rights-amount"' in page.text
    assert "Tài sản so sánh 2: Giá giao dịch" in browser.text(page)
    few = await client.post_form(url, {"comparables.0.name": "A", "comparables.0.price": "2 tỷ"})
    assert few.status_code == 200
    assert "Chưa có giá trị" in browser.text(few)


@pytest.mark.parametrize(
    ("name", "shape"), [("relief_from_royalty", "viewBox"), ("tornado", "bars"), ("monte_carlo", "viewBox")]
)
async def test_a_chart_tells_itself_in_words(client: Any, name: str, shape: str) -> None:
    page = (await client.get(f"{PAGES}/{name}?example=1")).text
    figure = page.split("<figure", 1)[1].split("</figure>", 1)[0]
    assert shape in figure
    assert "<figcaption>" in figure
    assert 'role="img" aria-label="' in figure or '<span class="num">' in figure
    assert "NaN" not in page


async def test_royalty_rates_stand_beside_a_royalty(client: Any) -> None:
    page = browser.text(await client.get(f"{PAGES}/relief_from_royalty"))
    assert "les Nouvelles 2002" in page
    assert "UNIDO" in page


def test_errors_are_placed_where_the_control_is() -> None:
    fields = shapes(METHODS["comparables"].inputs)
    raw = {"comparables": [{"adjustments": [{"kind": "trl", "amount": "x"}]}]}
    said = wording.REFERENCE
    found = controls.placed(fields, {"comparables.0.adjustments.0.amount": said}, raw)
    assert list(found) == ["comparables.0.adjustments.trl.amount"]
    assert find(fields, "comparables.0.adjustments.trl.amount").name == "amount"
    assert example(fields)["comparables"]


def test_approaches_are_all_told() -> None:
    assert set(wording.APPROACHES) == set(wording.WHEN) == set(Approach)
    assert set(wording.TRAPS) <= set(NAMES)
    assert json.dumps(calculators.method("mpeem").inputs)
