"""The value functions of the main income methods over columns of drawn inputs: one pass of arithmetic for all draws.

Each takes the checked inputs (`m`, for counts and choices, which are never drawn) and the same inputs with every number
as a float and every drawn one as a column (`i`), and gives the column of values. Formulas are those of the methods;
that both forms agree is proven by tests, draw by draw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
from pydantic import BaseModel

from app.kit.text import Text
from app.valuations.methods.base import Convention, OutOfRange
from app.valuations.methods.flows import RateBasis, TaxBasis, Timing
from app.valuations.methods.rnpv import RnpvInputs
from app.valuations.methods.simulation.numbers import Column, Value, power

Form = Callable[[Any, Any], Value]


def loose(inputs: BaseModel, drawn: Mapping[str, Column], at: str = "") -> SimpleNamespace:
    """The inputs as floats, lists and names, with columns at the drawn paths."""
    return SimpleNamespace(
        **{name: _loose(getattr(inputs, name), drawn, f"{at}{name}") for name in type(inputs).model_fields}
    )


def _loose(value: Any, drawn: Mapping[str, Column], at: str) -> Any:
    if at in drawn:
        return drawn[at]
    if isinstance(value, BaseModel):
        return loose(value, drawn, f"{at}.")
    if isinstance(value, tuple):
        return [_loose(v, drawn, f"{at}.{n}") for n, v in enumerate(value)]
    return float(value) if isinstance(value, Decimal) else value


def period_rate(m: Timing, i: Any) -> Value:
    if m.rate_basis is RateBasis.per_period or m.periods_per_year == 1:
        return i.discount_rate
    return power(1.0 + i.discount_rate, 1.0 / m.periods_per_year) - 1.0


def annual_rate(m: Timing, i: Any) -> Value:
    if m.rate_basis is RateBasis.per_year or m.periods_per_year == 1:
        return i.discount_rate
    return power(1.0 + i.discount_rate, float(m.periods_per_year)) - 1.0


def spread(m: Timing, i: Any, values: Sequence[Value], count: int, *, whole: bool = False) -> list[Value]:
    """As `Timing.spread`."""
    if len(values) != 1 or (count == 1 and m.periods is None):
        return list(values) or [0.0] * count
    return [values[0] if whole else values[0] * i.first_period, *([values[0]] * (count - 1))]


def discounted(m: Timing, i: Any, flows: Sequence[Value]) -> Value:
    """Σ CF_i / (1+r)^x_i: two powers, then one division a period, since exponents rise by 1 from the second on."""
    base = 1.0 + period_rate(m, i)
    mid = m.convention is Convention.mid_year
    first = i.first_period / 2.0 if mid else i.first_period
    factor = 1.0 / power(base, first)
    made = flows[0] * factor
    step = 1.0 / base
    for n, flow in enumerate(flows[1:]):
        factor = 1.0 / power(base, i.first_period + 0.5) if mid and n == 0 else factor * step
        made = made + flow * factor
    return made


def tab(m: Any, i: Any) -> Value:
    """What a value grows by through the tax amortisation benefit; 1 where none is asked."""
    if m.tab_life is None:
        return 1.0
    base = 1.0 + annual_rate(m, i)
    step = factor = 1.0 / base
    annuity = step
    for _ in range(m.tab_life - 1):
        factor = factor * step
        annuity = annuity + factor
    if m.convention is Convention.mid_year:
        annuity = annuity * np.sqrt(base)
    return 1.0 / (1.0 - i.tax_rate / m.tab_life * annuity)


def after_tax(m: Any, i: Any) -> Value:
    """1 - t, or 1 before tax."""
    return 1.0 if m.tax_basis is TaxBasis.before_tax else 1.0 - i.tax_rate


def present_value(m: Any, i: Any) -> Value:
    count = m.count(cash_flows=m.cash_flows)
    return discounted(m, i, spread(m, i, i.cash_flows, count))


def relief_from_royalty(m: Any, i: Any) -> Value:
    count = m.count(revenue=m.revenue, units=m.units, unit_price=m.unit_price, upkeep=m.upkeep)
    if m.revenue:
        revenue = spread(m, i, i.revenue, count)
    else:
        prices = spread(m, i, i.unit_price, count, whole=True)
        revenue = [q * p for q, p in zip(spread(m, i, i.units, count), prices, strict=True)]
    upkeep = spread(m, i, i.upkeep, count)
    keep = after_tax(m, i)
    flows = [(r * i.royalty_rate - u) * keep for r, u in zip(revenue, upkeep, strict=True)]
    return discounted(m, i, flows) * tab(m, i)


def with_and_without(m: Any, i: Any) -> Value:
    count = m.count(profit_with=m.profit_with, profit_without=m.profit_without)
    keep = i.probability * after_tax(m, i)
    pairs = zip(spread(m, i, i.profit_with, count), spread(m, i, i.profit_without, count), strict=True)
    return discounted(m, i, [(a - b) * keep for a, b in pairs]) * tab(m, i)


def incremental_income(m: Any, i: Any) -> Value:
    count = m.count(**{name: getattr(m, name) for name in SERIES})
    at = {name: spread(m, i, getattr(i, name), count, whole=name not in _VOLUMES) for name in SERIES}
    without = at["volume_without"] if m.volume_without else at["volume"]
    keep = after_tax(m, i)
    flows = []
    for n, volume in enumerate(at["volume"]):
        p1, c1 = at["price_without"][n], at["cost_without"][n]
        made = (volume - without[n]) * (p1 - c1) + at["excess_per_unit"][n] * volume + at["income"][n]
        if m.price:
            made = made + (at["price"][n] - p1) * volume
        if m.cost:
            made = made + (c1 - at["cost"][n]) * volume
        if m.industry_return is not None:
            made = made - at["capital"][n] * i.industry_return * (i.first_period if n == 0 else 1.0)
        flows.append(made * keep)
    return discounted(m, i, flows) * tab(m, i)


# A single number of these repeats as a flow (less in a part first period), of the others as a price or a stock.
_VOLUMES = ("volume", "volume_without", "income")
SERIES = (*_VOLUMES, "price", "price_without", "cost", "cost_without", "excess_per_unit", "capital")


def mpeem(m: Any, i: Any) -> Value:
    others = {f"other_charges.{n}.value": c.value for n, c in enumerate(m.other_charges)}
    count = m.count(ebit=m.ebit, revenue=m.revenue, fixed_assets=m.fixed_assets, workforce=m.workforce, **others)
    stocks = [(i.fixed_assets, i.fixed_assets_return), (i.workforce, i.workforce_return)]
    stocks += [(c.value, c.return_rate) for c in i.other_charges]
    held = [(spread(m, i, stock, count, whole=True), return_) for stock, return_ in stocks]
    revenue = spread(m, i, i.revenue, count)
    keep = after_tax(m, i)
    flows = []
    for n, ebit in enumerate(spread(m, i, i.ebit, count)):
        part = i.first_period if n == 0 else 1.0
        made = ebit * keep - revenue[n] * i.working_capital * i.working_capital_return
        for stock, return_ in held:
            made = made - stock[n] * return_ * part
        flows.append(made)
    return discounted(m, i, flows) * tab(m, i)


def rnpv(m: RnpvInputs, i: Any) -> Value:
    growth = 1.0 + i.discount_rate
    reached: Value = 1.0
    ended: Value = 0.0
    made: Value = 0.0
    for n, stage in enumerate(i.stages):
        begins = ended if stage.year is None else stage.year
        if np.any(begins < ended):
            raise OutOfRange(f"stages.{n}.year", _OUT_OF_ORDER)
        made = made - stage.cost * reached / power(growth, begins)
        reached = reached * stage.probability
        ended = begins + stage.duration
    for n, revenue in enumerate(i.revenues):
        if np.any(revenue.year < ended):
            raise OutOfRange(f"revenues.{n}.year", _OUT_OF_ORDER)
        made = made + revenue.amount * reached / power(growth, revenue.year)
    return made


_OUT_OF_ORDER = Text(
    "Trong một số lần rút, mốc này đến trước mốc nó phải chờ. Hãy thu hẹp khoảng của năm hoặc thời gian.",
    "In some draws this comes before what it waits for. Narrow the range of the years or durations.",
)
