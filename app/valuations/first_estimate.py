"""The first estimate: ten answers of a seller to a range, the assumptions behind it, and what would narrow it.

Each answer (or its absence) becomes three figures, from unfavourable over middle to favourable; unanswered questions
take wide ones. The cost approach and the income approach are computed from the middle figures by the methods of
`app.valuations.methods`, the market approach where enough prices are known. A question's part in the range is found by
computing again with its figures at either end; parts are joined as factors that do not depend on one another (root of
the sum of squared logarithms). Every figure that no source gives is an assumption of the exchange and told as one.
Pure: the same answers, tax rate and prices give the same range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from typing import Any

from app.kit.text import Text
from app.reference import Exclusivity
from app.valuations.answers import QUESTIONS, REVENUES, Answers, Competition, Growth, Revenue, Span
from app.valuations.assumptions import Figure, figures, revenue_span
from app.valuations.methods import METHODS
from app.valuations.methods.base import PRECISION, Approach

D = Decimal
MINIMUM_PRICES = 3
MOST_YEARS = 20


# Readiness -> how much the cost approach weighs against income: early technology has costs and no sales yet.
COST_WEIGHT: dict[int | None, Decimal] = {
    1: D("0.6"), 2: D("0.6"), 3: D("0.6"), 4: D("0.4"), 5: D("0.4"), 6: D("0.4"), 7: D("0.3"), 8: D("0.2"),
    9: D("0.2"), None: D("0.4"),
}  # fmt: skip
MARKET_WEIGHT = D("0.5")
NOTHING = D("0.001")


# --- values at chosen figures ---

Values = Mapping[str, Decimal]


def _sales(v: Values) -> list[Decimal]:
    """Yearly sales over the life: none until the technology is on the market, then growing."""
    life, delay = min(int(v["life"]), MOST_YEARS), int(v["delay"])
    first = v["revenue"] * v.get("reached", D(1))
    return [D(0) if y < delay else first * (1 + v["growth"]) ** (y - delay) for y in range(life)]


def _computed(name: str, **inputs: Any) -> Decimal:
    m = METHODS[name]
    value = m.calculate(m.inputs.model_validate(inputs)).value
    return value if value is not None else D(0)


def _taxed(v: Values, tax: Decimal) -> dict[str, Any]:
    return {"discount_rate": v["discount_rate"], "tax_basis": "after_tax", "tax_rate": tax}


def _by_royalty(v: Values, tax: Decimal) -> Decimal:
    return _computed(
        "relief_from_royalty", royalty_rate=v["royalty"] * v["rights"], revenue=tuple(_sales(v)), **_taxed(v, tax)
    )


def _by_advantage(v: Values, tax: Decimal) -> Decimal:
    gains = tuple(s * v["advantage"] for s in _sales(v))
    return _computed("profit_split", profits=gains, share=v["share"], **_taxed(v, tax))


def _by_cost(v: Values, _: Decimal) -> Decimal:
    return _computed(
        "replacement_cost", materials=v["spent"], developer_profit=v["profit"], technological=v["obsolescence"]
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """A method that the answers allow, its weight and why it weighs so."""

    approach: Approach
    method: str
    weight: Decimal
    reason: Text
    value: Callable[[Values, Decimal], Decimal]


def _ways(a: Answers, found: Mapping[str, Figure]) -> list[_Way]:
    ways: list[_Way] = []
    cost = COST_WEIGHT[a.trl]
    if "spent" in found:
        ways.append(_Way(Approach.cost, "replacement_cost", cost, WHY_COST, _by_cost))
    if "revenue" in found:
        share = (1 - cost) / (2 if "advantage" in found else 1)
        ways.append(_Way(Approach.income, "relief_from_royalty", share, WHY_ROYALTY, _by_royalty))
        if "advantage" in found:
            ways.append(_Way(Approach.income, "profit_split", share, WHY_ADVANTAGE, _by_advantage))
    return _weighed(ways)


def _weighed(ways: list[_Way]) -> list[_Way]:
    total = sum((w.weight for w in ways), D(0))
    return [replace(w, weight=w.weight / total) for w in ways]


@dataclass(frozen=True, slots=True)
class Range:
    low: Decimal
    mid: Decimal
    high: Decimal

    @property
    def width(self) -> Decimal:
        """Of the middle: 2 is a range twice as wide as its middle is high."""
        return (self.high - self.low) / self.mid if self.mid else D(0)


def _joined(mid: Decimal, ends: Sequence[tuple[Decimal, Decimal]]) -> Range:
    """The middle, and what each part moves it by: factors joined as the root of the sum of their squared logarithms, so
    that a range never reaches below nothing. A part that takes all the value away counts as a factor of `NOTHING`."""
    if mid <= 0:
        return Range(D(0), D(0), max(D(0), *(max(e) for e in ends)))
    least = mid * NOTHING
    down = sum(((max(min(mid, *e), least) / mid).ln() ** 2 for e in ends), D(0)).sqrt()
    up = sum(((max(mid, *e) / mid).ln() ** 2 for e in ends), D(0)).sqrt()
    return Range(mid * (-down).exp(), mid, mid * up.exp())


def _ranged(
    found: Mapping[str, Figure], value: Callable[[Values], Decimal], more: Sequence[tuple[Decimal, Decimal]] = ()
) -> Range:
    """The value at the middle, moved by each question alone to either end of its figures; `more` are further ends."""
    middle = {k: f.span.mid for k, f in found.items()}
    ends = list(more)
    for question in dict.fromkeys(f.question for f in found.values()):
        bad, good = (
            value(middle | {k: getattr(f.span, end) for k, f in found.items() if f.question == question})
            for end in ("bad", "good")
        )
        ends.append((bad, good))
    return _joined(value(middle), ends)


@dataclass(frozen=True, slots=True)
class Part:
    approach: Approach
    method: str
    weight: Decimal
    reason: Text
    range: Range | None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """By which part (a fraction of one) the range, measured against its middle, gets narrower by a firm answer."""

    question: str
    answered: bool
    by: Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """`range` is None when nothing can be computed yet; `missing` names the questions that would change that."""

    range: Range | None
    parts: tuple[Part, ...]
    figures: tuple[Figure, ...]
    narrowing: tuple[Narrowing, ...]
    missing: tuple[str, ...]


def _market(prices: Sequence[Decimal]) -> Range | None:
    if len(prices) < MINIMUM_PRICES:
        return None
    m = METHODS["comparables"]
    raw = {"comparables": [{"name": str(n), "price": p} for n, p in enumerate(prices, 1)]}
    value = m.calculate(m.inputs.model_validate(raw)).value or D(0)
    return Range(min(prices), value, max(prices))


def _whole(found: Mapping[str, Figure], ways: list[_Way], tax: Decimal, market: Range | None) -> Range | None:
    if not ways:
        return market
    m = MARKET_WEIGHT if market else D(0)
    paid = m * market.mid if market else D(0)

    def value(v: Values) -> Decimal:
        return (1 - m) * sum((w.weight * w.value(v, tax) for w in ways), D(0)) + paid

    if market is None:
        return _ranged(found, value)
    # Prices paid do not depend on what this seller answers: their spread joins as one more part.
    rest = value({k: f.span.mid for k, f in found.items()}) - paid
    return _ranged(found, value, [(rest + m * market.low, rest + m * market.high)])


def _middle_answer(a: Answers, question: str) -> Any:
    """The answer a question gets when one asks how much knowing it would help: the one nearest to what is assumed."""
    revenue = revenue_span(a)
    band = next((b for b, s in REVENUES.items() if revenue and s.bad <= revenue.mid <= s.good), Revenue.to_20bn)
    answers = {
        "industry": "machinery", "trl": 6, "ip_years": 8, "exclusivity": Exclusivity.sole, "revenue": band,
        "growth": Growth.steady, "competitors": Competition.few,
    }  # fmt: skip
    return answers.get(question)


def _narrowing(a: Answers, tax: Decimal, market: Range | None, base: Range) -> list[Narrowing]:
    """Every question computed again with a firm answer: the middle one where there was none, its middle figures where
    the answer leaves a span."""
    found, made = figures(a), []
    for question in QUESTIONS:
        answered = getattr(a, question) is not None
        if answered:
            firm = {
                k: replace(f, span=Span(*[f.span.mid] * 3)) if f.question == question else f for k, f in found.items()
            }
            again = _whole(firm, _ways(a, firm), tax, market)
        else:
            middle = _middle_answer(a, question)
            if middle is None:
                continue
            told = a.model_copy(update={question: middle})
            again = _whole(figures(told), _ways(told, figures(told)), tax, market)
        if again is not None and base.width and again.width < base.width:
            made.append(Narrowing(question, answered, 1 - again.width / base.width))
    return sorted(made, key=lambda n: n.by, reverse=True)


def estimate(a: Answers, tax: Decimal, prices: Sequence[Decimal] = ()) -> Estimate:
    """The range that the answers lead to. `tax` is the corporate income tax rate (a fraction of one), `prices` settled
    prices of like technology, in the currency of the answers; fewer than three give no market approach."""
    with localcontext(Context(prec=PRECISION)):
        found, market = figures(a), _market(prices)
        ways = _ways(a, found)
        whole = _whole(found, ways, tax, market)
        rest = 1 - MARKET_WEIGHT if market and ways else D(1)
        parts = [
            Part(
                w.approach, w.method, w.weight * rest, w.reason,
                _ranged(found, lambda v, w=w: w.value(v, tax)),  # type: ignore[misc]
            )
            for w in ways
        ]  # fmt: skip
        weight = D(0) if market is None else MARKET_WEIGHT if ways else D(1)
        parts.append(Part(Approach.market, "comparables", weight, WHY_MARKET if market else NO_MARKET, market))
        narrowing = _narrowing(a, tax, market, whole) if whole else []
        missing = [q for q in ("revenue", "spent") if q not in found]
        return Estimate(whole, tuple(parts), tuple(found.values()), tuple(narrowing), tuple(missing))


WHY_COST = Text(
    "Chi phí làm lại, cộng lợi nhuận của người phát triển, trừ lỗi thời. Công nghệ càng sớm thì phần này càng nặng.",
    "The cost of making it again with a developer's profit, less obsolescence. It weighs more the earlier it is.",
)
WHY_ROYALTY = Text(
    "Phí kỳ vụ mà chủ sở hữu không phải trả, trên doanh thu dự kiến, theo mức phí đã công bố của ngành.",
    "The royalty the owner need not pay on the expected revenue, at the published rates of the industry.",
)
WHY_ADVANTAGE = Text(
    "Phần của chủ sở hữu trong khoản bán đắt hơn hoặc tiết kiệm được mà người mua có nhờ công nghệ.",
    "The owner's part of the premium or saving that the buyer gains by the technology.",
)
WHY_MARKET = Text(
    "Giá đã thanh toán của công nghệ tương tự trên sàn.", "Prices settled on the exchange for like technology."
)
NO_MARKET = Text(
    "Không đủ mẫu: cần ít nhất ba giá đã thanh toán của công nghệ tương tự.",
    "Too few: at least three settled prices of like technology are needed.",
)
