"""Each method's working as spreadsheet formulas over named inputs: what the workbook lives on.

A recipe gives the formula of every figure, of every cell of a schedule, and of the value, in the terms of the method
itself (docs/valuation-report.md). Choices that change the arithmetic (mid-year, tax basis, loss form) stay choices: the
formula asks the input's cell. What has no recipe is written as a value and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from app.valuations.methods.base import Inputs
from app.valuations.methods.market import KINDS

Cell = Callable[[int], str | None]


class Place(Protocol):
    """Where a calculation stands in the workbook. `ref` is an input's name, `fig` a figure's cell, `at` one cell of a
    schedule, `span` a column of it, `value` the value's cell."""

    inputs: Inputs
    value: str

    def ref(self, path: str) -> str: ...
    def fig(self, key: str) -> str: ...
    def at(self, schedule: str, column: str, row: int) -> str: ...
    def span(self, schedule: str, column: str) -> str: ...
    def rows(self, schedule: str) -> int: ...


class Recipe:
    """Formulas of one calculation, without the leading `=`; what is not named stays a value."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.figures: dict[str, str] = {}
        self.cells: dict[tuple[str, str], Cell] = {}
        self.value: str | None = None

    @property
    def given(self) -> Any:
        return self.place.inputs

    def number(self, path: str, otherwise: str = "0") -> str:
        """The input's cell, or what stands for one that was left empty."""
        return otherwise if getattr(self.given, path) is None else self.place.ref(path)

    def series(self, name: str, row: int, *, whole: bool = False) -> str:
        """A period's amount of a series: one a period, or one that repeats (by its part in a part first period)."""
        values = getattr(self.given, name)
        if not values:
            return "0"
        if len(values) > 1:
            return self.place.ref(f"{name}.{row}")
        single = self.given.periods is None and self.place.rows(FLOWS) == 1
        part = f"*{self.place.ref('first_period')}" if row == 0 and not whole and not single else ""
        return f"{self.place.ref(f'{name}.0')}{part}"


FLOWS = "cash_flow"
# Begins a formula that looks at a whole column at once.
ARRAY = "{"


def _is(ref: str, choice: str) -> str:
    return f'{ref}="{choice}"'


def _timed(r: Recipe, flow: Cell) -> None:
    """Period rate, exponents, factors and present values of a table of flows."""
    p = r.place
    per_year, rate = p.ref("periods_per_year"), p.ref("discount_rate")
    as_is = f"OR({_is(p.ref('rate_basis'), 'per_period')},{per_year}=1)"
    r.figures["rate_per_period"] = f"IF({as_is},{rate},(1+{rate})^(1/{per_year})-1)"
    part, mid = p.ref("first_period"), _is(p.ref("convention"), "mid_year")

    def exponent(i: int) -> str:
        return f"IF({mid},{part}/2,{part})" if i == 0 else f"{part}+{i}-IF({mid},0.5,0)"

    r.cells[FLOWS, "flow"] = flow
    r.cells[FLOWS, "exponent"] = exponent
    r.cells[FLOWS, "factor"] = lambda i: f"1/(1+{p.fig('rate_per_period')})^{p.at(FLOWS, 'exponent', i)}"
    r.cells[FLOWS, "present_value"] = lambda i: f"{p.at(FLOWS, 'flow', i)}*{p.at(FLOWS, 'factor', i)}"


def _annuity(rate: str, life: str, mid: str) -> str:
    return f"IF({rate}=0,{life},(1-(1+{rate})^-{life})/({rate}+({rate}=0)))*IF({mid},(1+{rate})^0.5,1)"


def _taxed(r: Recipe, before: Cell) -> None:
    """Tax, flows, their present value, and the tax amortisation benefit where a tax life is given."""
    p = r.place
    tax = f"IF({_is(p.ref('tax_basis'), 'before_tax')},0,{r.number('tax_rate')})"
    r.cells[FLOWS, "tax"] = lambda i: f"({before(i)})*{tax}"
    _timed(r, lambda i: f"({before(i)})-{p.at(FLOWS, 'tax', i)}")
    _valued(r)


def _valued(r: Recipe) -> None:
    p = r.place
    r.figures["value_before_tab"] = f"SUM({p.span(FLOWS, 'present_value')})"
    r.figures["value"] = p.fig("value_before_tab")
    if r.given.tab_life is not None:
        per_year, rate = p.ref("periods_per_year"), p.ref("discount_rate")
        yearly = f"IF(OR({_is(p.ref('rate_basis'), 'per_year')},{per_year}=1),{rate},(1+{rate})^{per_year}-1)"
        tax = f"IF({_is(p.ref('tax_basis'), 'before_tax')},0,{r.number('tax_rate')})"
        life, mid = p.ref("tab_life"), _is(p.ref("convention"), "mid_year")
        r.figures["tab_factor"] = f"1/(1-{tax}/{life}*{_annuity(f'({yearly})', life, mid)})"
        r.figures["value"] = f"{p.fig('value_before_tab')}*{p.fig('tab_factor')}"
        r.figures["tab"] = f"{p.fig('value')}-{p.fig('value_before_tab')}"
    r.value = p.fig("value")


def _present_value(r: Recipe) -> None:
    p = r.place
    _timed(r, lambda i: r.series("cash_flows", i))
    r.figures["present_value"] = f"SUM({p.span(FLOWS, 'present_value')})"
    r.figures["undiscounted"] = f"SUM({p.span(FLOWS, 'flow')})"
    r.figures["annuity_factor"] = f"SUM({p.span(FLOWS, 'factor')})"
    r.value = p.fig("present_value")


def _terminal_value(r: Recipe) -> None:
    p = r.place
    _timed(r, lambda i: r.series("cash_flows", i))
    last, rate = p.rows(FLOWS) - 1, p.fig("rate_per_period")
    kind, flow = p.ref("terminal"), p.at(FLOWS, "flow", last)
    growth, multiple = r.number("growth"), r.number("exit_multiple")
    gordon = f"IF({_is(kind, 'gordon')},{flow}*(1+{growth})/({rate}-{growth}),0)"
    r.figures["present_value_explicit"] = f"SUM({p.span(FLOWS, 'present_value')})"
    r.figures["terminal_value"] = f"IF({_is(kind, 'exit_multiple')},{flow}*{multiple},{gordon})"
    end = f"{p.ref('first_period')}+{last}"
    r.figures["terminal_exponent"] = f"IF({_is(kind, 'gordon')},{p.at(FLOWS, 'exponent', last)},{end})"
    r.figures["present_value_terminal"] = f"{p.fig('terminal_value')}/(1+{rate})^{p.fig('terminal_exponent')}"
    r.figures["value"] = f"{p.fig('present_value_explicit')}+{p.fig('present_value_terminal')}"
    r.value = p.fig("value")


def _relief_from_royalty(r: Recipe) -> None:
    p = r.place
    if r.given.revenue:
        r.cells[FLOWS, "revenue"] = lambda i: r.series("revenue", i)
    else:
        r.cells[FLOWS, "revenue"] = lambda i: f"{r.series('units', i)}*{r.series('unit_price', i, whole=True)}"
    r.cells[FLOWS, "royalty"] = lambda i: f"{p.at(FLOWS, 'revenue', i)}*{p.ref('royalty_rate')}"
    r.cells[FLOWS, "upkeep"] = lambda i: r.series("upkeep", i)
    r.figures["revenue_first"] = p.at(FLOWS, "revenue", 0)
    _taxed(r, lambda i: f"{p.at(FLOWS, 'royalty', i)}-{p.at(FLOWS, 'upkeep', i)}")


def _with_and_without(r: Recipe) -> None:
    p = r.place
    for name in ("profit_with", "profit_without"):
        r.cells[FLOWS, name] = lambda i, name=name: r.series(name, i)  # type: ignore[misc]
    r.cells[FLOWS, "excess"] = lambda i: f"{p.at(FLOWS, 'profit_with', i)}-{p.at(FLOWS, 'profit_without', i)}"
    r.cells[FLOWS, "weighed"] = lambda i: f"{p.at(FLOWS, 'excess', i)}*{p.ref('probability')}"
    _taxed(r, lambda i: p.at(FLOWS, "weighed", i))


def _mpeem(r: Recipe) -> None:
    p, others = r.place, r.given.other_charges

    def part(i: int) -> str:
        return f"*{p.ref('first_period')}" if i == 0 else ""

    def stock(j: int, i: int) -> str:
        path = f"other_charges.{j}.value"
        return p.ref(f"{path}.{i if len(others[j].value) > 1 else 0}")

    def other(i: int) -> str:
        return "+".join(f"{stock(j, i)}*{p.ref(f'other_charges.{j}.return_rate')}{part(i)}" for j in range(len(others)))

    r.cells[FLOWS, "revenue"] = lambda i: r.series("revenue", i)
    r.cells[FLOWS, "ebit"] = lambda i: r.series("ebit", i)
    for name in ("fixed_assets", "workforce"):
        r.cells[FLOWS, f"charge_{name}"] = (
            lambda i, name=name: f"{r.series(name, i, whole=True)}*{p.ref(f'{name}_return')}{part(i)}"  # type: ignore[misc]
        )
    capital = f"{p.ref('working_capital')}*{p.ref('working_capital_return')}"
    r.cells[FLOWS, "charge_working_capital"] = lambda i: f"{p.at(FLOWS, 'revenue', i)}*{capital}"
    r.cells[FLOWS, "charge_other"] = lambda i: other(i) or "0"
    names = ("fixed_assets", "working_capital", "workforce", "other")
    tax = f"IF({_is(p.ref('tax_basis'), 'before_tax')},0,{r.number('tax_rate')})"
    r.cells[FLOWS, "tax"] = lambda i: f"{p.at(FLOWS, 'ebit', i)}*{tax}"

    def flow(i: int) -> str:
        charged = "-".join(p.at(FLOWS, f"charge_{n}", i) for n in names)
        return f"{p.at(FLOWS, 'ebit', i)}-{p.at(FLOWS, 'tax', i)}-{charged}"

    _timed(r, flow)
    _valued(r)
    r.figures["charges"] = "+".join(f"SUM({p.span(FLOWS, f'charge_{n}')})" for n in names)
    count = p.rows(FLOWS)
    r.cells["contributory", "asset"] = lambda i: stock(i // count, i % count)
    r.cells["contributory", "charge"] = lambda i: (
        f"{p.at('contributory', 'asset', i)}*{p.ref(f'other_charges.{i // count}.return_rate')}{part(i % count)}"
    )
    held = f"{p.at(FLOWS, 'revenue', 0)}*{p.ref('working_capital')}/{p.ref('first_period')}"
    assets = [(r.series(n, 0, whole=True), p.ref(f"{n}_return")) for n in ("fixed_assets", "workforce")]
    assets += [(held, p.ref("working_capital_return"))]
    assets += [(stock(j, 0), p.ref(f"other_charges.{j}.return_rate")) for j in range(len(others))]
    assets += [(f"MAX({p.fig('value')},0)", p.fig("rate_per_period"))]
    total = "+".join(value for value, _ in assets)
    r.figures["wara"] = f"({'+'.join(f'{value}*{return_}' for value, return_ in assets)})/({total})"
    r.figures["wara_less_wacc"] = f"{p.fig('wara')}-{r.number('wacc')}"
    r.figures["irr_less_wacc"] = f"{r.number('irr')}-{r.number('wacc')}"


def _incremental_income(r: Recipe) -> None:
    p, given = r.place, r.given

    def one(name: str, i: int) -> str:
        return r.series(name, i, whole=True)

    def volume(i: int) -> str:
        return r.series("volume", i)

    def without(i: int) -> str:
        return r.series("volume_without", i) if given.volume_without else volume(i)

    def price(i: int) -> str:
        return f"({one('price', i)}-{one('price_without', i)})*{volume(i)}" if given.price else "0"

    def cost(i: int) -> str:
        return f"({one('cost_without', i)}-{one('cost', i)})*{volume(i)}" if given.cost else "0"

    def usual(i: int) -> str:
        part = f"*{p.ref('first_period')}" if i == 0 else ""
        return f"{one('capital', i)}*{r.number('industry_return')}{part}"

    r.cells[FLOWS, "price_effect"] = price
    r.cells[FLOWS, "cost_effect"] = cost
    r.cells[FLOWS, "volume_effect"] = lambda i: (
        f"({volume(i)}-{without(i)})*({one('price_without', i)}-{one('cost_without', i)})"
    )
    r.cells[FLOWS, "unit_effect"] = lambda i: f"{one('excess_per_unit', i)}*{volume(i)}"
    r.cells[FLOWS, "return_effect"] = lambda i: f"{r.series('income', i)}-{usual(i)}"
    effects = ("price", "cost", "volume", "unit", "return")
    r.cells[FLOWS, "increment"] = lambda i: "+".join(p.at(FLOWS, f"{e}_effect", i) for e in effects)
    r.figures["increment_first"] = p.at(FLOWS, "increment", 0)
    r.figures["increment_after_tax_first"] = p.at(FLOWS, "flow", 0)
    _taxed(r, lambda i: p.at(FLOWS, "increment", i))


def _split(r: Recipe) -> None:
    p = r.place
    r.cells[FLOWS, "profit"] = lambda i: r.series("profits", i)
    r.cells[FLOWS, "shared"] = lambda i: f"{p.at(FLOWS, 'profit', i)}*{p.fig('share')}"
    _taxed(r, lambda i: p.at(FLOWS, "shared", i))
    tax = f"IF({_is(p.ref('tax_basis'), 'before_tax')},0,{r.number('tax_rate')})"
    worth = f"SUMPRODUCT({p.span(FLOWS, 'profit')},{p.span(FLOWS, 'factor')})*(1-{tax})"
    r.figures["present_value_profits"] = worth
    r.figures["other_part"] = f"{p.fig('present_value_profits')}-{p.fig('value_before_tab')}"


def _profit_split(r: Recipe) -> None:
    r.figures["share"] = r.number("share", "0.25")
    r.figures["royalty_on_sales"] = f"{r.number('share', '0.25')}*{r.number('operating_margin')}"
    _split(r)


def _equivalent_investment_split(r: Recipe) -> None:
    p = r.place
    r.figures["equivalent_technology"] = f"{p.ref('patent_cost')}*(1+{p.ref('patent_return')})"
    r.figures["equivalent_licensee"] = f"{p.ref('licensee_assets')}*(1+{p.ref('licensee_return')})"
    mine, theirs = p.fig("equivalent_technology"), p.fig("equivalent_licensee")
    r.figures["share"] = f"{mine}/({mine}+{theirs})"
    if r.given.profits:
        _split(r)
    else:
        r.value = p.fig("share")


def _tab(r: Recipe) -> None:
    p = r.place
    rate, life, mid = p.ref("discount_rate"), p.ref("tax_life"), _is(p.ref("convention"), "mid_year")
    r.figures["annuity_factor"] = _annuity(rate, life, mid)
    r.figures["tab_factor"] = f"1/(1-{p.ref('tax_rate')}/{life}*{p.fig('annuity_factor')})"
    r.figures["value_with_tab"] = f"{p.ref('value_before')}*{p.fig('tab_factor')}"
    r.figures["tab"] = f"{p.fig('value_with_tab')}-{p.ref('value_before')}"
    r.value = p.fig("value_with_tab")
    s = "tax_saving"
    r.cells[s, "amortisation"] = lambda _: f"{p.fig('value_with_tab')}/{life}"
    r.cells[s, "flow"] = lambda i: f"{p.at(s, 'amortisation', i)}*{p.ref('tax_rate')}"
    r.cells[s, "exponent"] = lambda i: f"{p.at(s, 'year', i)}-IF({mid},0.5,0)"
    r.cells[s, "factor"] = lambda i: f"1/(1+{rate})^{p.at(s, 'exponent', i)}"
    r.cells[s, "present_value"] = lambda i: f"{p.at(s, 'flow', i)}*{p.at(s, 'factor', i)}"


def _worn(r: Recipe, parts: dict[str, str]) -> None:
    """What all cost methods share: the parts of the cost new, each loss, what is left."""
    p, given = r.place, r.given
    by_rate = _is(p.ref("loss_form"), "multiplicative")
    for key, formula in parts.items():
        r.figures[f"part_{key}"] = formula
    cost = p.fig("cost_new")
    r.figures["cost_new"] = "+".join(p.fig(f"part_{key}") for key in parts)
    left = cost
    for kind in ("functional", "technological", "economic"):
        r.figures[f"loss_{kind}"] = f"IF({by_rate},({left})*{p.ref(kind)},{p.ref(f'{kind}_loss')})"
        left += f"-{p.fig(f'loss_{kind}')}"
    known = given.age is not None and given.remaining_life is not None
    r.figures["life_used"] = f"{p.ref('age')}/({p.ref('age')}+{p.ref('remaining_life')})" if known else "0"
    r.figures["loss_life"] = f"IF({by_rate},{left},{cost})*{p.fig('life_used')}"
    lost = "+".join(p.fig(f"loss_{k}") for k in ("functional", "technological", "economic", "life"))
    r.figures["obsolescence"] = f"IF({cost}=0,0,({lost})/({cost}+({cost}=0)))"
    r.figures["value"] = f"{cost}-({lost})"
    r.value = p.fig("value")


_COSTS = ("materials", "equipment", "labour", "overheads", "protection")


def _reproduction_cost(r: Recipe) -> None:
    _worn(r, {key: r.place.ref(key) for key in _COSTS})


def _replacement_cost(r: Recipe) -> None:
    p = r.place
    costs = "+".join(p.ref(key) for key in _COSTS)
    more = {key: f"({costs})*{p.ref(key)}" for key in ("developer_profit", "incentive")}
    _worn(r, {key: p.ref(key) for key in _COSTS} | more)


def _creativity_cost(r: Recipe) -> None:
    p = r.place
    labour = f"{p.ref('creativity')}*{p.ref('creative_labour')}"
    base, risk = f"({p.ref('materials')}+{p.ref('equipment')}+{labour})", p.ref("research_risk")
    parts = {
        "materials": p.ref("materials"),
        "equipment": p.ref("equipment"),
        "creative_labour": labour,
        "research_risk": f"{base}/(1-{risk})-{base}",
        "return": f"{base}/(1-{risk})*{p.ref('return_rate')}",
    }
    _worn(r, parts)


def _indexed_cost(r: Recipe) -> None:
    p, s = r.place, "costs"
    r.cells[s, "amount"] = lambda i: p.ref(f"costs.{i}.amount")
    r.cells[s, "index_then"] = lambda i: p.ref(f"costs.{i}.index_then")
    r.cells[s, "factor"] = lambda i: f"{p.ref('index_now')}/{p.at(s, 'index_then', i)}"
    r.cells[s, "cost_now"] = lambda i: f"{p.at(s, 'amount', i)}*{p.at(s, 'factor', i)}"
    _worn(r, {"historic": f"SUM({p.span(s, 'cost_now')})"})


def _comparables(r: Recipe) -> None:
    p, s, given = r.place, "comparables", r.given
    by_factor = _is(p.ref("form"), "multiplicative")
    kinds = [k.value for k in KINDS]
    at = [{a.kind.value: j for j, a in enumerate(c.adjustments)} for c in given.comparables]

    def adjustment(i: int, kind: str) -> str | None:
        return p.ref(f"comparables.{i}.adjustments.{at[i][kind]}.amount") if kind in at[i] else None

    def adjusted(i: int) -> str:
        price, own = p.at(s, "price", i), [p.at(s, k, i) for k in kinds if k in at[i]]
        factors = "".join(f"*(1+{a})" for a in own)
        return f"IF({by_factor},{price}{factors},{'+'.join([price, *own])})"

    def used(i: int) -> str:
        own = [f"ABS({p.at(s, k, i)})/IF({by_factor},1,{p.at(s, 'price', i)})" for k in kinds if k in at[i]]
        if not own:
            return "1"
        most, total = f"MAX({','.join(own)})", "+".join(own)
        return f"IF(OR({most}>{p.ref('cap_each')},{total}>{p.ref('cap_total')}),0,1)"

    def raw(i: int) -> str:
        weighed = given.comparables[i].weight is not None
        return f"{p.ref(f'comparables.{i}.weight')}*{p.at(s, 'used', i)}" if weighed else p.at(s, "used", i)

    count = len(given.comparables)
    total = "+".join(raw(i) for i in range(count))
    r.cells[s, "price"] = lambda i: p.ref(f"comparables.{i}.price")
    for kind in kinds:
        r.cells[s, kind] = lambda i, kind=kind: adjustment(i, kind)  # type: ignore[misc]
    r.cells[s, "adjusted"] = adjusted
    r.cells[s, "used"] = used
    r.cells[s, "weight"] = lambda i: f"({raw(i)})/({total})"
    prices, uses = p.span(s, "adjusted"), p.span(s, "used")
    r.figures["used"] = f"SUM({uses})"
    r.figures["mean"] = f"SUMPRODUCT({prices},{uses})/SUM({uses})"
    for key, of in (("low", "MIN"), ("high", "MAX"), ("median", "MEDIAN")):
        r.figures[key] = f"{ARRAY}{of}(IF({uses}=1,{prices}))"
    r.figures["value"] = f"SUMPRODUCT({prices},{p.span(s, 'weight')})"
    r.figures["spread"] = f"({p.fig('high')}-{p.fig('low')})/{p.fig('value')}"
    r.value = p.fig("value")


def _rnpv(r: Recipe) -> None:
    p, s, stages = r.place, "cash_flows", r.given.stages
    count, rate = len(stages), p.ref("discount_rate")

    def year(i: int) -> str:
        if i >= count:
            return p.ref(f"revenues.{i - count}.year")
        if stages[i].year is not None:
            return p.ref(f"stages.{i}.year")
        return f"{p.at(s, 'year', i - 1)}+{p.ref(f'stages.{i - 1}.duration')}" if i else "0"

    def amount(i: int) -> str:
        return f"-{p.ref(f'stages.{i}.cost')}" if i < count else p.ref(f"revenues.{i - count}.amount")

    def probability(i: int) -> str:
        return "*".join(["1", *(p.ref(f"stages.{j}.probability") for j in range(min(i, count)))])

    r.cells[s, "year"] = year
    r.cells[s, "amount"] = amount
    r.cells[s, "probability"] = probability
    r.cells[s, "present_value"] = lambda i: f"{p.at(s, 'amount', i)}/(1+{rate})^{p.at(s, 'year', i)}"
    r.cells[s, "expected"] = lambda i: f"{p.at(s, 'present_value', i)}*{p.at(s, 'probability', i)}"
    spent = "+".join(p.at(s, "expected", i) for i in range(count))
    r.figures["npv_unadjusted"] = f"SUM({p.span(s, 'present_value')})"
    r.figures["probability_of_success"] = probability(count)
    r.figures["present_costs"] = f"-({spent})"
    r.figures["present_income"] = f"SUM({p.span(s, 'expected')})-({spent})"
    r.value = f"SUM({p.span(s, 'expected')})"


RECIPES: dict[str, Callable[[Recipe], None]] = {
    "reproduction_cost": _reproduction_cost,
    "replacement_cost": _replacement_cost,
    "creativity_cost": _creativity_cost,
    "indexed_cost": _indexed_cost,
    "comparables": _comparables,
    "relief_from_royalty": _relief_from_royalty,
    "with_and_without": _with_and_without,
    "mpeem": _mpeem,
    "incremental_income": _incremental_income,
    "profit_split": _profit_split,
    "equivalent_investment_split": _equivalent_investment_split,
    "present_value": _present_value,
    "terminal_value": _terminal_value,
    "tax_amortisation_benefit": _tab,
    "rnpv": _rnpv,
}
