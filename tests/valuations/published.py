"""Published cases of valuation, each kept with the inputs its source prints, mapped to the engine's own inputs.

A case names its method in its source's words. `MAPPED` turns those inputs into calls of the engine, shape by shape:
what a key means, its unit, whether it is one amount or one a year. No number of a case is written here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from app.valuations.methods import METHODS, Result

Found = dict[str, Any]

SCALES = {
    "k": 10**3, "thousand": 10**3, "10k": 10**4, "100k": 10**5, "m": 10**6, "million": 10**6, "100m": 10**8,
    "billion": 10**9,
}  # fmt: skip
CURRENCIES = {"cny", "vnd", "usd", "eur", "jpy", "gbp", "krw"}
TIMES = {"years", "year"}
PERIODS = {"year": 1, "half_year": 2, "quarter": 4, "month": 12, "week": 52, "day": 365}
_NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(?:/\s*(\d+(?:\.\d+)?))?\s*(%?)")


def number(value: Any) -> Decimal:
    """A number of a case: as JSON prints it, or text such as "1/17 per year" or "12 %"."""
    if isinstance(value, str):
        found = _NUMBER.match(value)
        if not found:
            raise ValueError(f"no number: {value!r}")
        top, bottom, percent = found.groups()
        return Decimal(top) / Decimal(bottom or 1) / (100 if percent else 1)
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _split(name: str) -> tuple[str, list[str]]:
    """A key and the units at its end: "unit_cost_after_CNY" -> ("unit_cost_after", ["cny"])."""
    words, units = name.split("_"), []
    while len(words) > 1 and words[-1].lower() in SCALES.keys() | CURRENCIES | TIMES:
        units.append(words.pop().lower())
    return "_".join(words), units


def _scale(units: list[str]) -> Decimal:
    scale = Decimal(1)
    for unit in units:
        scale *= SCALES.get(unit, 1)
    return scale


class Given:
    """The inputs of a case, by key without its unit."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self.unit = _scale([w.lower() for w in str(inputs.get("unit", "")).split("_")])
        self.values: dict[str, tuple[Any, list[str]]] = {}
        for key, value in inputs.items():
            stem, units = _split(key)
            self.values[stem] = (value, units)

    def has(self, *names: str) -> bool:
        return any(self.values.get(name, (None,))[0] is not None for name in names)

    def _get(self, names: tuple[str, ...]) -> tuple[Any, list[str]]:
        for name in names:
            if self.has(name):
                return self.values[name]
        raise KeyError(f"the case gives none of {', '.join(names)}")

    def raw(self, *names: str) -> Any:
        return self._get(names)[0]

    def number(self, *names: str) -> Decimal:
        return number(self.raw(*names))

    def numbers(self, *names: str) -> list[Decimal]:
        value = self.raw(*names)
        return [number(v) for v in value] if isinstance(value, list) else [number(value)]

    def count(self, *names: str) -> list[Decimal]:
        """Quantities: a key with a scale ("volume_10k") counts in it."""
        return [v * _scale(self._get(names)[1]) for v in self.numbers(*names)]

    def money(self, *names: str) -> list[Decimal]:
        """Amounts in the case's unit: a key with a currency of its own ("price_CNY") is brought to it."""
        units = self._get(names)[1]
        scale = _scale(units) / self.unit if CURRENCIES & set(units) else Decimal(1)
        return [v * scale for v in self.numbers(*names)]

    def optional(self, take: Callable[..., Any], *names: str, default: Any = None) -> Any:
        return take(*names) if self.has(*names) else default


def run(method: str, **inputs: Any) -> Result:
    """The engine's result; inputs that are None are left to their defaults."""
    chosen = METHODS[method]
    given = {k: v for k, v in inputs.items() if v is not None}
    return chosen.calculate(chosen.inputs.model_validate(given))


def value(result: Result) -> Decimal:
    assert result.value is not None
    return result.value


def flows(result: Result, column: str = "flow", table: str = "cash_flow") -> list[Decimal]:
    schedule = next(s for s in result.schedules if s.key == table)
    at = [c.key for c in schedule.columns].index(column)
    return [row[at] for row in schedule.rows if row[at] is not None]  # type: ignore[misc]


def discounting(g: Given, *, level: bool = False, convention: str | None = None) -> dict[str, Any]:
    """Rate, convention and periods. `level`: the amounts repeat, so the case must tell how often."""
    out: dict[str, Any] = {"convention": convention or g.optional(g.raw, "convention")}
    if g.has("rate_per_period"):
        out |= {"discount_rate": g.number("rate_per_period"), "rate_basis": "per_period"}
    elif g.has("discount_rate", "rate", "wacc"):
        out["discount_rate"] = g.number("discount_rate", "rate", "wacc")
    else:
        premium = g.number("risk_premium", "market_premium")
        out["discount_rate"] = value(run("build_up", risk_free=g.number("risk_free"), market_premium=premium))
    if g.has("period"):
        out["periods_per_year"] = PERIODS[g.raw("period")]
    if g.has("first_period", "partial_first_year"):
        out["first_period"] = g.number("first_period", "partial_first_year")
    if level:
        out["periods"] = g.optional(lambda *n: int(g.number(*n)), "periods", "years", "n")
    return out


def tax(g: Given) -> dict[str, Any]:
    """After tax where the case gives a rate and does not say that it was not applied."""
    if not g.has("tax_rate") or g.values.get("tax_applied", (True,))[0] is False:
        return {"tax_basis": "before_tax"}
    return {"tax_basis": "after_tax", "tax_rate": g.number("tax_rate")}


def income(g: Given, *, convention: str | None = None) -> dict[str, Any]:
    return discounting(g, level=True, convention=convention) | tax(g)


def incremental(g: Given) -> Found:
    same_price, same_cost = g.optional(g.money, "price"), g.optional(g.money, "cost")
    before, after = ("volume_before", "volume_without"), ("volume", "volume_after", "units", "units_per", "volume_with")
    price, cost = ("price_after", "unit_price", "price_with"), ("unit_cost_after", "cost_after", "cost_with")
    result = run(
        "incremental_income", **income(g),
        volume=g.optional(g.count, *after), volume_without=g.optional(g.count, *before),
        price=g.optional(g.money, *price),
        price_without=g.optional(g.money, "price_before", "base_price", "price_without", default=same_price),
        cost=g.optional(g.money, *cost),
        cost_without=g.optional(g.money, "unit_cost_before", "cost_before", "cost_without", default=same_cost),
        excess_per_unit=g.optional(g.money, "excess_per_unit"),
        income=g.optional(g.money, "annual_income", "income"), capital=g.optional(g.money, "capital"),
        industry_return=g.optional(g.number, "industry_return"),
    )  # fmt: skip
    found: Found = {
        "value": value(result), "after_tax_excess": flows(result), "excess": flows(result, "increment"),
        "increment": result.figure("increment_first"), "excess_after_tax": result.figure("increment_after_tax_first"),
    }  # fmt: skip
    if g.has("annual_income", "income"):
        whole = run("present_value", cash_flows=g.money("annual_income", "income"), **discounting(g, level=True))
        found["pv_income"] = value(whole)
    return found


def tab(convention: str) -> Callable[[Given], Found]:
    def mapped(g: Given) -> Found:
        timing = discounting(g, level=True, convention=convention)
        before = value(
            run("present_value", cash_flows=g.money("annual_cash_flow", "cash_flows", "cash_flow"), **timing)
        )
        result = run(
            "tax_amortisation_benefit", value_before=before, tax_rate=g.number("tax_rate"),
            tax_life=int(g.number("tax_life", "tab_life")), discount_rate=timing["discount_rate"],
            convention=convention,
        )  # fmt: skip
        return {
            "pv_cash_flows": before, "tab": result.figure("tab"), "tab_factor": result.figure("tab_factor"),
            "value_with_tab": value(result),
        }  # fmt: skip

    return mapped


def equivalent(g: Given) -> Found:
    given = {
        "patent_cost": g.number("patent_cost", "patent_replacement_cost"),
        "patent_return": g.number("patent_cost_profit_rate"),
        "licensee_assets": g.number("licensee_assets"), "licensee_return": g.number("licensee_cost_profit_rate"),
    }  # fmt: skip
    if not g.has("profits", "profit"):
        return {"share": value(run("equivalent_investment_split", **given, discount_rate=0, tax_basis="before_tax"))}
    result = run("equivalent_investment_split", **given, profits=g.money("profits", "profit"), **income(g))
    return {"share": result.figure("share"), "value": value(result)}


def licence_share(g: Given) -> Found:
    share = g.number("licence_share", "share")
    result = run("profit_split", profits=g.money("extra_profit", "profits"), share=share, **income(g))
    return {"value": value(result), "share": share, "pv_profits": result.figure("present_value_profits")}


def creativity(g: Given) -> Result:
    return run(
        "creativity_cost", materials=g.number("materials", "production_cost"),
        equipment=g.optional(g.number, "equipment"),
        creative_labour=g.number("labour", "creative_labour"), creativity=g.number("creativity_multiplier"),
        research_risk=g.number("r_and_d_risk", "risk"), return_rate=g.number("return_on_investment"),
        age=g.optional(g.number, "age"), remaining_life=g.optional(g.number, "remaining_life"),
    )  # fmt: skip


def replacement(g: Given) -> Found:
    result = creativity(g)
    return {
        "replacement_cost": result.figure("cost_new"), "obsolescence": result.figure("obsolescence"),
        "value": value(result),
    }  # fmt: skip


def combined(g: Given) -> Found:
    """Cost of the technology plus its share of the income it is licensed for; the share is what it adds over all."""
    cost, timing = value(creativity(g)), discounting(g, level=True)
    share = g.number("annual_extra_profit") / g.number("annual_income")
    part = run("profit_split", profits=g.money("annual_income"), share=share, **timing, **tax(g))
    return {
        "net_replacement_cost": cost, "pv_income": part.figure("present_value_profits"), "share": part.figure("share"),
        "value": cost + value(part),
    }  # fmt: skip


def royalty(g: Given) -> Found:
    sales = {
        "revenue": g.optional(g.money, "revenue", "daily_revenue", "annual_revenue", "monthly_revenue"),
        "upkeep": g.optional(g.money, "upkeep"), "royalty_rate": g.number("royalty_rate"),
    }  # fmt: skip
    life = g.optional(lambda *n: int(g.number(*n)), "tab_life", "tax_life")
    found: Found = {}
    for when in ("end_year", "mid_year"):
        result = run("relief_from_royalty", **sales, **income(g, convention=when), tab_life=life)
        found[when] = result.figure("value_before_tab")
        if life:
            found |= {f"tab_factor_{when}": result.figure("tab_factor"), f"{when}_with_tab": value(result)}
    found["value"] = value(run("relief_from_royalty", **sales, **income(g), tab_life=life))
    return found


def royalty_base(g: Given) -> Found:
    """Only the base: units times price. The case gives no royalty and no rate, so none is applied."""
    result = run(
        "relief_from_royalty", units=g.count("units_year1", "units"), unit_price=g.money("unit_price"),
        royalty_rate=g.optional(g.number, "royalty_rate", default=0),
        discount_rate=g.optional(g.number, "discount_rate", default=0), tax_basis="before_tax",
    )  # fmt: skip
    return {"revenue_year1": result.figure("revenue_first"), "revenue": flows(result, "revenue")}


def excess_earnings(g: Given) -> Found:
    found: Found = {}
    for when in ("end_year", "mid_year"):
        result = run(
            "mpeem", ebit=g.money("ebit"), revenue=g.optional(g.money, "revenue"),
            fixed_assets=g.optional(g.money, "fixed_assets"),
            fixed_assets_return=g.optional(g.number, "fixed_assets_return"),
            working_capital=g.optional(g.number, "working_capital_to_revenue"),
            working_capital_return=g.optional(g.number, "working_capital_return"),
            workforce=g.optional(g.money, "workforce_value"), workforce_return=g.optional(g.number, "workforce_return"),
            **income(g, convention=when),
        )  # fmt: skip
        found |= {when: value(result), "excess": flows(result)}
    return found


def with_without(g: Given) -> Found:
    result = run(
        "with_and_without", profit_with=g.money("profit_with"), profit_without=g.money("profit_without"),
        probability=g.optional(g.number, "probability"), **income(g),
    )  # fmt: skip
    return {"value": value(result), "excess": flows(result, "excess")}


def single(convention: str) -> Callable[[Given], Found]:
    def mapped(g: Given) -> Found:
        year = int(g.number("year"))
        line = [Decimal(0)] * (year - 1) + g.money("cash_flow")
        result = run("present_value", cash_flows=line, **discounting(g, convention=convention))
        return {"present_value": value(result), "exponent": flows(result, "exponent")[-1]}

    return mapped


def terminal(kind: str) -> Callable[[Given], Found]:
    def mapped(g: Given) -> Found:
        found: Found = {}
        for when in ("end_year", "mid_year"):
            result = run(
                "terminal_value", cash_flows=g.money("cash_flows"), terminal=kind, indefinite_life=kind == "gordon",
                growth=g.optional(g.number, "growth"), exit_multiple=g.optional(g.number, "exit_multiple", "multiple"),
                **discounting(g, convention=when),
            )  # fmt: skip
            found |= {when: value(result), "terminal_value": result.figure("terminal_value")}
        return found

    return mapped


def capital_costs(g: Given) -> Found:
    found: Found = {}
    if g.has("beta"):
        equity = value(
            run(
                "capm", risk_free=g.number("risk_free"), beta=g.number("beta"),
                market_return=g.optional(g.number, "market_return"),
                equity_premium=g.optional(g.number, "equity_premium", "equity_risk_premium", "market_risk_premium"),
                size_premium=g.optional(g.number, "size_premium"),
                country_premium=g.optional(g.number, "country_premium"),
                specific_premium=g.optional(g.number, "specific_premium"),
            )
        )  # fmt: skip
    else:
        equity = g.number("cost_of_equity")
    found["cost_of_equity"] = equity
    if g.has("equity_weight"):
        found["wacc"] = value(
            run(
                "wacc", equity=g.number("equity_weight"), debt=g.number("debt_weight"), cost_of_equity=equity,
                cost_of_debt=g.number("pre_tax_debt", "cost_of_debt"), tax_rate=g.number("tax_rate"),
            )
        )  # fmt: skip
    return found


def _volatility(g: Given) -> Decimal:
    return g.number("sigma") if g.has("sigma") else g.number("variance").sqrt()


def _option(g: Given) -> dict[str, Any]:
    return {
        "underlying": g.number("S"), "exercise_price": g.number("K"), "life": g.number("T"),
        "risk_free_rate": g.number("risk_free_cont", "risk_free"),
        "dividend_yield": g.optional(g.number, "cost_of_delay", "dividend", "dividend_yield"),
    }  # fmt: skip


def black_scholes(kind: str) -> Callable[[Given], Found]:
    def mapped(g: Given) -> Found:
        result = run("black_scholes", **_option(g), volatility=_volatility(g), kind=kind)
        return {
            "value": value(result), "option_value": value(result),
            "npv_if_exercised_now": result.figure("npv_if_exercised_now"),
            "time_premium": result.figure("time_premium"),
        }  # fmt: skip

    return mapped


def binomial(kind: str, exercise: str) -> Callable[[Given], Found]:
    def mapped(g: Given) -> Found:
        moves = {"up": g.number("u"), "down": g.number("d")} if g.has("u") else {"volatility": _volatility(g)}
        steps = int(g.number("steps"))
        result = run("binomial_option", **_option(g), **moves, steps=steps, kind=kind, exercise=exercise)
        return {"value": value(result), "up": result.figure("up"), "down": result.figure("down")}

    return mapped


def tree(g: Given) -> Found:
    leaves = [{"value": number(v), "probability": number(p)} for v, p in g.raw("leaves_value_probability")]
    result = run("decision_tree", leaves=leaves)
    return {"expected_value": value(result), "probability_sum": result.figure("probability_sum")}


def same(printed: Decimal, chance: Decimal) -> bool:
    """Whether a chance as printed is this product of chances."""
    return abs(printed - chance) < Decimal("1e-6")


def staged(g: Given) -> Found:
    """Flows with the chance of reaching them: a chance before all stages are passed makes a flow a stage's cost."""
    chances = g.numbers("stage_success")
    flows_ = [tuple(number(part) for part in line) for line in g.raw("flows_year_amount_probability")]
    reached, stages, left = Decimal(1), [], list(flows_)
    for chance in chances:
        due = [f for f in left if same(f[2], reached) and f[1] <= 0]
        assert due, f"no cost carries {reached}, the chance of reaching this stage"
        # Further costs of one stage are stages that cannot fail.
        stages += [{"probability": 1, "cost": -amount, "year": year} for year, amount, _ in due]
        stages[-1]["probability"] = chance
        left = [f for f in left if f not in due]
        reached *= chance
    assert all(same(f[2], reached) for f in left), "a flow carries a chance that belongs to no stage"
    revenues = [{"year": year, "amount": amount} for year, amount, _ in left]
    result = run("rnpv", discount_rate=g.number("discount_rate"), stages=stages, revenues=revenues)
    return {"rnpv": value(result), "npv_unadjusted": result.figure("npv_unadjusted")}


MAPPED: dict[str, Callable[[Given], Found]] = {
    "tax_amortisation_benefit_end_year": tab("end_year"),
    "tax_amortisation_benefit_mid_year": tab("mid_year"),
    "income_profit_split_equivalent_investment": equivalent,
    "profit_split_share": equivalent,
    "incremental_income_price_premium_after_tax": incremental,
    "incremental_income_price_premium_pre_tax": incremental,
    "incremental_income_cost_saving_plus_price_premium": incremental,
    "incremental_income_cost_saving_after_tax": incremental,
    "incremental_income_after_tax": incremental,
    "incremental_income_over_industry_return": incremental,
    "incremental_income_volume_increase_pre_tax": incremental,
    "incremental_income_volume_increase_after_tax": incremental,
    "cost_replacement_with_creativity_multiplier_and_life_obsolescence": replacement,
    "relief_from_royalty_level_annuity": royalty,
    "relief_from_royalty_after_tax_with_tab": royalty,
    "relief_from_royalty_after_tax": royalty,
    "relief_from_royalty_base": royalty_base,
    "combined_cost_plus_profit_share": combined,
    "licence_fee_share_of_extra_profit_after_tax": licence_share,
    "licence_fee_share_of_extra_profit_pre_tax": licence_share,
    "discount_mid_year": single("mid_year"),
    "discount_end_year": single("end_year"),
    "capm_cost_of_equity": capital_costs,
    "wacc": capital_costs,
    "mpeem_thu_nhap_tang_them": excess_earnings,
    "with_and_without_loi_nhuan_vuot_troi": with_without,
    "terminal_value_gordon": terminal("gordon"),
    "terminal_value_exit_multiple": terminal("exit_multiple"),
    "real_option_black_scholes_with_cost_of_delay": black_scholes("call"),
    "black_scholes_european_call": black_scholes("call"),
    "black_scholes_european_put": black_scholes("put"),
    "binomial_crr_european_call": binomial("call", "european"),
    "binomial_crr_european_put": binomial("put", "european"),
    "binomial_crr_american_call": binomial("call", "american"),
    "binomial_crr_american_put": binomial("put", "american"),
    "binomial_given_u_d_european_call": binomial("call", "european"),
    "binomial_given_u_d_european_put": binomial("put", "european"),
    "binomial_given_u_d_american_call": binomial("call", "american"),
    "binomial_given_u_d_american_put": binomial("put", "american"),
    "stage_gate_decision_tree_expected_value": tree,
    "rnpv_stage_success": staged,
}
