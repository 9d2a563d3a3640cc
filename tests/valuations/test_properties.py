"""What must hold of values whatever the numbers: monotone, scale-free, conserving, finite; exact where exact is "
"possible."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.valuations.methods import METHODS, OutOfRange, Result

PURE = settings(max_examples=60, deadline=None)

money = st.decimals(0, 10**13, places=0)
above = st.decimals(1, 10**13, places=0)
signed = st.decimals(-(10**13), 10**13, places=0)
rates = st.decimals("0.001", "0.9", places=4)
shares = st.decimals("0.01", "0.99", places=3)
taxes = st.decimals(0, "0.5", places=2)
series = st.lists(above, min_size=1, max_size=12)
conventions = st.sampled_from(["end_year", "mid_year"])


@pytest.fixture(autouse=True, scope="module")
def _more_digits_than_the_engine() -> Iterator[None]:
    """What a test computes beside a method is not less exact than the method."""
    with localcontext(prec=50):
        yield


def run(name: str, **inputs: Any) -> Result:
    method = METHODS[name]
    return method.calculate(method.inputs.model_validate(inputs))


def value(name: str, **inputs: Any) -> Decimal:
    found = run(name, **inputs).value
    assert found is not None
    return found


def near(a: Decimal, b: Decimal, digits: int = 34) -> bool:
    """Equal to `digits` of the 40 that are carried."""
    return abs(a - b) <= max(abs(a), abs(b), Decimal(1)) * Decimal(10) ** -digits


@PURE
@given(flows=st.lists(signed, min_size=1, max_size=12), r=rates)
def test_mid_is_end_times_root(flows: list[Decimal], r: Decimal) -> None:
    end = value("present_value", cash_flows=flows, discount_rate=r, convention="end_year")
    mid = value("present_value", cash_flows=flows, discount_rate=r, convention="mid_year")
    # Flows that cancel leave fewer exact digits: measured against their size.
    assert abs(mid - end * (1 + r).sqrt()) <= (sum(abs(f) for f in flows) + 1) * Decimal("1e-34")


@PURE
@given(flows=series, r=rates, more=rates, convention=conventions, part=shares)
def test_present_value(flows: list[Decimal], r: Decimal, more: Decimal, convention: str, part: Decimal) -> None:
    """Falls with the rate, grows with a nearer first period, never exceeds the sum, and is the sum of its table."""
    given_ = {"cash_flows": flows, "convention": convention}
    result = run("present_value", **given_, discount_rate=r)
    assert result.value is not None
    assert value("present_value", **given_, discount_rate=r + more) < result.value < sum(flows)
    assert value("present_value", **given_, discount_rate=r, first_period=part) > result.value
    assert value("present_value", **given_, discount_rate=0) == sum(flows)
    table = result.schedules[0]
    at = {c.key: i for i, c in enumerate(table.columns)}
    column = [row[at["present_value"]] for row in table.rows]
    with localcontext(prec=40):
        assert sum(v for v in column if v is not None) == result.value
    steps = [row[at["exponent"]] for row in table.rows]
    assert steps == [Decimal(i + 1) - (Decimal("0.5") if convention == "mid_year" else 0) for i in range(len(flows))]


@PURE
@given(amount=above, years=st.integers(1, 20), m=st.sampled_from([2, 4, 12]), r=rates)
def test_shorter_periods(amount: Decimal, years: int, m: int, r: Decimal) -> None:
    """The same money at the ends of years is worth the same told year by year or in shorter periods."""
    by_year = value("present_value", cash_flows=[amount], periods=years, discount_rate=r)
    line = [amount if (i + 1) % m == 0 else Decimal(0) for i in range(years * m)]
    assert near(value("present_value", cash_flows=line, discount_rate=r, periods_per_year=m), by_year, 32)
    spread = value("present_value", cash_flows=[amount / m], periods=years * m, discount_rate=r, periods_per_year=m)
    assert spread >= by_year


@PURE
@given(amount=above, count=st.integers(2, 20), part=shares, r=rates, convention=conventions)
def test_level_is_one_by_one(amount: Decimal, count: int, part: Decimal, r: Decimal, convention: str) -> None:
    """A repeating amount is the series written out, its part in a part first period."""
    timing = {"discount_rate": r, "convention": convention, "first_period": part}
    level = value("present_value", cash_flows=[amount], periods=count, **timing)
    assert level == value("present_value", cash_flows=[amount * part, *([amount] * (count - 1))], **timing)


@PURE
@given(revenue=series, rho=shares, r=rates, more=shares, tax=taxes, convention=conventions, life=st.integers(1, 20))
def test_royalty_is_monotone(
    revenue: list[Decimal], rho: Decimal, r: Decimal, more: Decimal, tax: Decimal, convention: str, life: int
) -> None:
    """Grows with royalty and life, falls with rate, tax and upkeep; a tax benefit never takes away."""
    base = {
        "revenue": revenue, "royalty_rate": rho, "discount_rate": r, "tax_rate": tax, "tax_basis": "after_tax",
        "convention": convention,
    }  # fmt: skip
    found = value("relief_from_royalty", **base)
    assert found > 0
    assert value("relief_from_royalty", **base | {"royalty_rate": rho + (1 - rho) * more}) > found
    assert value("relief_from_royalty", **base | {"discount_rate": r + more}) < found
    assert value("relief_from_royalty", **base | {"revenue": [*revenue, revenue[-1]]}) > found
    assert value("relief_from_royalty", **base | {"tax_rate": tax + Decimal("0.1")}) < found
    assert value("relief_from_royalty", **base, upkeep=[1], **({} if len(revenue) > 1 else {"periods": 1})) < found
    assert value("relief_from_royalty", **base, tab_life=life) >= found
    before = {k: v for k, v in base.items() if k != "tax_rate"} | {"tax_basis": "before_tax"}
    assert near(value("relief_from_royalty", **before) * (1 - tax), found)


@PURE
@given(before=above, tax=taxes, life=st.integers(1, 40), r=st.decimals(0, 2, places=3), convention=conventions)
def test_tax_benefit(before: Decimal, tax: Decimal, life: int, r: Decimal, convention: str) -> None:
    """The factor is at least 1; the benefit is the tax saved on the very price it raises; sooner is more."""
    given_ = {"value_before": before, "tax_rate": tax, "discount_rate": r}
    result = run("tax_amortisation_benefit", **given_, tax_life=life, convention=convention)
    assert result.figure("tab_factor") >= 1
    table = result.schedules[0]
    at = [c.key for c in table.columns].index("present_value")
    saved = sum((row[at] or Decimal(0) for row in table.rows), Decimal(0))
    assert near(saved, result.figure("tab"), 33)
    if life < 40 and tax > 0 and r > 0:
        longer = run("tax_amortisation_benefit", **given_, tax_life=life + 1, convention=convention)
        assert longer.figure("tab_factor") < result.figure("tab_factor")
        other = "mid_year" if convention == "end_year" else "end_year"
        mid = run("tax_amortisation_benefit", **given_, tax_life=life, convention=other).figure("tab_factor")
        assert (mid > result.figure("tab_factor")) is (other == "mid_year")


# What each method takes for money: scaled together, the value scales with it and nothing else changes.
MONEY: dict[str, tuple[str, ...]] = {
    "reproduction_cost": ("materials", "equipment", "labour", "overheads", "protection"),
    "replacement_cost": ("materials", "equipment", "labour", "overheads", "protection"),
    "creativity_cost": ("materials", "equipment", "creative_labour"),
    "relief_from_royalty": ("revenue", "upkeep"),
    "with_and_without": ("profit_with", "profit_without"),
    "mpeem": ("ebit", "revenue", "fixed_assets", "workforce"),
    "incremental_income": ("price", "price_without", "cost", "cost_without", "excess_per_unit"),
    "profit_split": ("profits",),
    "equivalent_investment_split": ("patent_cost", "licensee_assets", "profits"),
    "present_value": ("cash_flows",),
    "terminal_value": ("cash_flows",),
    "tax_amortisation_benefit": ("value_before",),
}


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(sorted(MONEY)), by=st.decimals("0.001", 1000, places=3))
def test_scale_free(name: str, by: Decimal) -> None:
    fields = METHODS[name].inputs.model_fields
    base = {n: f.json_schema_extra["example"] for n, f in fields.items() if "example" in (f.json_schema_extra or {})}  # type: ignore[index,operator]

    def scaled(amount: Any) -> Any:
        return [scaled(a) for a in amount] if isinstance(amount, list) else Decimal(amount) * by

    other = base | {n: scaled(base[n]) for n in MONEY[name] if n in base}
    assert near(value(name, **other), value(name, **base) * by, 32)


@PURE
@given(
    costs=st.lists(money, min_size=5, max_size=5), losses=st.lists(shares, min_size=3, max_size=3),
    age=st.integers(0, 50), left=st.integers(1, 50),
)  # fmt: skip
def test_cost_keeps_within_itself(costs: list[Decimal], losses: list[Decimal], age: int, left: int) -> None:
    """Between nothing and the cost new; what is lost and what is left add up; more age is never worth more."""
    given_: dict[str, Any] = dict(
        zip(("materials", "equipment", "labour", "overheads", "protection"), costs, strict=True)
    )
    given_ |= dict(zip(("functional", "technological", "economic"), losses, strict=True))
    result = run("reproduction_cost", **given_, age=age, remaining_life=left)
    assert result.value is not None
    new = result.figure("cost_new")
    assert new == sum(costs)
    assert 0 <= result.value <= new
    lost = sum(f.value for f in result.figures if f.key.startswith("loss_"))
    assert near(lost + result.value, new)
    assert value("reproduction_cost", **given_, age=age + 1, remaining_life=left) <= result.value
    plain = {k: v for k, v in given_.items() if k not in {"functional", "technological", "economic"}}
    amounts = {f"{k}_loss": new * given_[k] / 4 for k in ("functional", "technological", "economic")}
    left_over = value("reproduction_cost", **plain, **amounts, loss_form="subtractive")
    assert near(left_over + sum(amounts.values()), new)


@PURE
@given(profits=st.lists(signed, min_size=1, max_size=10), share=shares, r=rates, tax=taxes)
def test_split_parts_add_up(profits: list[Decimal], share: Decimal, r: Decimal, tax: Decimal) -> None:
    timing = {"profits": profits, "discount_rate": r, "tax_basis": "after_tax", "tax_rate": tax}
    mine = run("profit_split", **timing, share=share)
    whole = mine.figure("present_value_profits")
    lost = any(p < 0 for p in profits) and tax > 0
    assert ("assumption_losses" in {n.code for n in mine.notes}) is lost
    size = sum(abs(p) for p in profits) + 1
    assert abs(mine.figure("value") + mine.figure("other_part") - whole) <= size * Decimal("1e-34")
    theirs = run("profit_split", **timing, share=1 - share)
    assert abs(mine.figure("value") + theirs.figure("value") - whole) <= size * Decimal("1e-34")
    hint = run("profit_split", **timing)
    assert hint.figure("share") == Decimal("0.25")
    assert "assumption_25" in {n.code for n in hint.notes} - {n.code for n in mine.notes}


@PURE
@given(cost=above, assets=above, a=rates, b=rates)
def test_equivalent_shares_are_the_two_sides(cost: Decimal, assets: Decimal, a: Decimal, b: Decimal) -> None:
    nothing = {"discount_rate": 0, "tax_basis": "before_tax"}
    mine = value(
        "equivalent_investment_split", patent_cost=cost, patent_return=a, licensee_assets=assets, licensee_return=b,
        **nothing
    )  # fmt: skip
    theirs = value(
        "equivalent_investment_split", patent_cost=assets, patent_return=b, licensee_assets=cost, licensee_return=a,
        **nothing
    )  # fmt: skip
    assert 0 < mine < 1
    assert near(mine + theirs, Decimal(1))


@PURE
@given(
    q=st.tuples(money, money), p=st.tuples(money, money), c=st.tuples(money, money), r=rates, tax=taxes,
)  # fmt: skip
def test_effects_are_the_whole_difference(
    q: tuple[Decimal, Decimal], p: tuple[Decimal, Decimal], c: tuple[Decimal, Decimal], r: Decimal, tax: Decimal
) -> None:
    """Price, cost and volume effects together are the profit with the technology less the profit without it."""
    assume(q[0] > 0 or q[1] > 0)
    timing = {"discount_rate": r, "tax_basis": "after_tax", "tax_rate": tax}
    q0, q1, p0, p1, c0, c1 = (min(x, Decimal(10) ** 8) for x in (*q, *p, *c))
    apart = value(
        "incremental_income", volume_without=[q0], volume=[q1], price_without=[p0], price=[p1], cost_without=[c0],
        cost=[c1], **timing,
    )  # fmt: skip
    both = value(
        "with_and_without", profit_with=[(p1 - c1) * q1], profit_without=[(p0 - c0) * q0], **timing
    )  # fmt: skip
    assert near(apart, both)


@PURE
@given(ebit=st.lists(above, min_size=2, max_size=8), stock=money, fair=rates, r=rates, tax=taxes)
def test_excess_earnings(ebit: list[Decimal], stock: Decimal, fair: Decimal, r: Decimal, tax: Decimal) -> None:
    """A charge takes off its own present value; the same asset costs the same under whichever name; without charges
    all earnings are the technology's."""
    base = {"ebit": ebit, "discount_rate": r, "tax_basis": "after_tax", "tax_rate": tax}
    plain = value("mpeem", **base)
    assert plain == value("profit_split", **{k: v for k, v in base.items() if k != "ebit"}, profits=ebit, share=1)
    charged = value("mpeem", **base, fixed_assets=[stock], fixed_assets_return=fair)
    cost = value("present_value", cash_flows=[stock * fair], periods=len(ebit), discount_rate=r)
    size = (sum(ebit) + stock) * Decimal("1e-33")
    assert abs(plain - charged - cost) <= size
    assert charged == value("mpeem", **base, workforce=[stock], workforce_return=fair)
    other = [{"name": "x", "value": [stock], "return_rate": fair}]
    assert charged == value("mpeem", **base, other_charges=other)


def test_returns_are_compared() -> None:
    """WARA weighs every asset's return with its value, the technology's at the discount rate; a gap is told."""
    base = {
        "ebit": [300], "periods": 5, "discount_rate": "0.2", "tax_basis": "before_tax", "fixed_assets": [1000],
        "fixed_assets_return": "0.1",
    }  # fmt: skip
    result = run("mpeem", **base)
    assert result.value is not None
    with localcontext(prec=40):
        want = (1000 * Decimal("0.1") + result.value * Decimal("0.2")) / (1000 + result.value)
    assert result.figure("wara") == want
    assert "check_missing" in {n.code for n in result.notes}
    for wacc, told in ((want, False), (want + Decimal("0.05"), True)):
        checked = run("mpeem", **base, wacc=wacc)
        assert ("check_gap" in {n.code for n in checked.notes}) is told
        assert near(checked.figure("wara_less_wacc"), want - wacc)


@PURE
@given(prices=st.lists(above, min_size=3, max_size=8), data=st.data())
def test_comparables(prices: list[Decimal], data: st.DataObject) -> None:
    """The value lies within the adjusted prices, equal prices give exactly that price, weights count in proportion."""
    deals: list[dict[str, Any]] = [
        {
            "name": str(i), "price": price, "weight": data.draw(st.integers(1, 9)), "weight_reason": "gần nhất",
            "adjustments": [{"kind": "trl", "amount": data.draw(st.decimals("-0.4", "0.4", places=2))}],
        }
        for i, price in enumerate(prices)
    ]  # fmt: skip
    result = run("comparables", comparables=deals)
    assert result.value is not None
    assert result.low is not None
    assert result.high is not None
    assert result.low * (1 - Decimal("1e-38")) <= result.value <= result.high * (1 + Decimal("1e-38"))
    doubled = [d | {"weight": d["weight"] * 2} for d in deals]
    assert near(value("comparables", comparables=doubled), result.value)
    same = [{"name": str(i), "price": prices[0]} for i in range(3)]
    assert value("comparables", comparables=same) == prices[0]
    added = [
        d | {"adjustments": [{"kind": "trl", "amount": d["price"] * d["adjustments"][0]["amount"]}]} for d in deals
    ]
    assert near(value("comparables", comparables=added, form="additive"), result.value)


def test_too_few_comparables_give_no_value() -> None:
    far = [{"kind": "rights", "amount": "0.9"}]
    deals: list[dict[str, Any]] = [{"name": "A", "price": 100}, {"name": "B", "price": 120}]
    deals.append({"name": "C", "price": 500, "adjustments": far})
    result = run("comparables", comparables=deals)
    assert not result.enough
    assert (result.value, result.low, result.high) == (None, None, None)
    notes = {n.code: n.vi for n in result.notes}
    assert notes["too_few"].startswith("Không đủ mẫu")
    assert "C" in notes["set_aside"]
    two = run("comparables", comparables=deals, minimum=2, minimum_reason="Chỉ có hai giao dịch cùng ngành")
    assert two.value == 110
    assert two.enough
    assert "minimum_lowered" in {n.code for n in two.notes}
    assert not run("comparables", comparables=[]).enough
    third = run("comparables", comparables=deals, cap_each=1)
    assert third.figure("used") == 3


@PURE
@given(flows=series, r=rates, part=shares, convention=conventions)
def test_terminal_value(flows: list[Decimal], r: Decimal, part: Decimal, convention: str) -> None:
    """Nothing unless chosen; growth below the rate adds, more growth adds more; level for ever is CF/r."""
    base = {"cash_flows": flows, "discount_rate": r, "convention": convention}
    plain = run("terminal_value", **base)
    assert plain.value == value("present_value", **base)
    assert plain.figure("terminal_value") == 0
    steady = base | {"terminal": "gordon", "indefinite_life": True}
    slow, fast = (run("terminal_value", **steady, growth=r * part * k) for k in (Decimal("0.5"), Decimal(1)))
    assert plain.value is not None
    assert slow.value is not None
    assert fast.value is not None
    assert plain.value < slow.value < fast.value
    if len(set(flows)) == 1 and convention == "end_year":
        assert near(run("terminal_value", **steady, growth=0).figure("value"), flows[0] / r, 30)
    shift = Decimal("0.5") if convention == "mid_year" else 0
    assert slow.figure("terminal_exponent") == len(flows) - shift
    exit_ = run("terminal_value", **base, terminal="exit_multiple", exit_multiple=part)
    assert exit_.figure("terminal_exponent") == len(flows)


@PURE
@given(e=above, d=money, re=rates, rd=rates, tax=taxes)
def test_wacc_lies_between(e: Decimal, d: Decimal, re: Decimal, rd: Decimal, tax: Decimal) -> None:
    found = value("wacc", equity=e, debt=d, cost_of_equity=re, cost_of_debt=rd, tax_rate=tax)
    ends = sorted((re, rd * (1 - tax)))
    assert ends[0] - Decimal("1e-38") <= found <= ends[1] + Decimal("1e-38")
    assert found == value(
        "wacc", equity=e, debt=d, cost_of_equity=re, cost_of_debt=rd, tax_rate=tax, intangible_premium=0
    )


def test_bands_fall_with_readiness() -> None:
    bands = [run("rate_band", trl=trl) for trl in range(1, 10)]
    edges = [(b.low, b.value, b.high) for b in bands]
    assert edges == sorted(edges, reverse=True)  # type: ignore[type-var]
    assert all(b.low < b.value < b.high for b in bands)  # type: ignore[operator]
    assert all(n.code.startswith("assumption_") for b in bands for n in b.notes)
    assert all(b.notes for b in bands)


def anything(schema: dict[str, Any], defs: dict[str, Any], draw: Any) -> Any:
    """Any value a schema's property admits, leaning to its ends."""
    if "$ref" in schema:
        part = defs[schema["$ref"].rsplit("/", 1)[-1]]
        return anything(part, defs, draw)
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    if schema.get("type") == "object":
        return {
            name: anything(prop, defs, draw)
            for name, prop in schema["properties"].items()
            if name in schema.get("required", ()) or draw(st.booleans())
        }
    choices = [s for s in schema.get("anyOf", [schema]) if s.get("type") != "null"]
    bounds = schema | choices[0]
    if "$ref" in bounds:
        return anything({"$ref": bounds["$ref"]}, defs, draw)
    if bounds.get("type") == "array":
        size = draw(st.integers(bounds.get("minItems", 0), 3))
        return [anything(bounds["items"], defs, draw) for _ in range(size)]
    if bounds.get("type") == "boolean":
        return draw(st.booleans())
    if bounds.get("type") == "string":
        return draw(st.text("abc", min_size=1, max_size=5))
    low = Decimal(repr(max(bounds.get("minimum", bounds.get("exclusiveMinimum", -1e18)), -1e18)))
    high = Decimal(repr(min(bounds.get("maximum", 1e18), 1e18)))
    if bounds.get("type") == "integer":
        return draw(st.integers(int(low), int(high)))
    if bounds.get("exclusiveMinimum", -1e18) >= low:
        low += min(Decimal("0.001"), high - low)
    inside = st.decimals(low, high, places=3) if high - low >= Decimal("0.01") else st.just(high)
    return draw(st.one_of(st.sampled_from([low, high]), inside))


OURS = [
    "reproduction_cost", "replacement_cost", "creativity_cost", "indexed_cost", "comparables", "relief_from_royalty",
    "with_and_without", "mpeem", "incremental_income", "profit_split", "equivalent_investment_split", "present_value",
    "terminal_value", "capm", "wacc", "build_up", "rate_band", "tax_amortisation_benefit",
]  # fmt: skip

SCHEMAS = {name: METHODS[name].inputs.model_json_schema() for name in OURS}


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(OURS), data=st.data())
def test_a_result_or_a_named_field(name: str, data: st.DataObject) -> None:
    """Whatever the schema admits gives finite numbers, or a refusal that names a field; never NaN, never a crash."""
    method = METHODS[name]
    schema = SCHEMAS[name]
    given_ = anything(schema, schema.get("$defs", {}), data.draw)
    inputs = method.inputs.model_validate(given_)
    found, refused = None, None
    try:
        found = method.calculate(inputs)
    except OutOfRange as refusal:
        refused = refusal
    if found is None:
        assert refused is not None
        assert refused.field.split(".")[0] in {*method.inputs.model_fields, ""}
        assert refused.text.vi != refused.text.en
        return
    result = found
    numbers = [result.value, result.low, result.high, *(f.value for f in result.figures)]
    assert all(n is None or n.is_finite() for n in numbers)
    assert (result.value is None) is (not result.enough)
    if name.endswith("_cost"):
        assert result.value is not None
        assert result.value >= 0
