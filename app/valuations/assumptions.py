"""What answers mean in figures: published rates, bands by readiness, the exchange's own assumptions, told as such."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app import reference
from app.reference import Exclusivity
from app.valuations.answers import GROWTH, REVENUES, Answers, Competition, Span
from app.valuations.methods.bands import READINESS

D = Decimal


def _span(bad: str, mid: str, good: str) -> Span:
    return Span(D(bad), D(mid), D(good))


# The exchange's own assumptions, no source: how far rights and rivals move what a royalty table says.
RIGHTS: dict[Exclusivity | None, Span] = {
    Exclusivity.exclusive: _span("1", "1.2", "1.4"),
    Exclusivity.sole: _span("0.9", "1", "1.2"),
    Exclusivity.non_exclusive: _span("0.6", "0.8", "1"),
    None: _span("0.6", "1", "1.4"),
}
# Years until something is sold, by readiness level.
_EARLY, _TRIED, _SHOWN = _span("8", "6", "4"), _span("6", "4", "2"), _span("4", "2", "1")
DELAYS: dict[int | None, Span] = {
    1: _EARLY, 2: _EARLY, 3: _EARLY, 4: _TRIED, 5: _TRIED, 6: _SHOWN, 7: _SHOWN, 8: _span("2", "1", "0"),
    9: _span("1", "0", "0"), None: _span("8", "3", "0"),
}  # fmt: skip
# How much of the expected revenue is reached, and the part of the market that can be won.
REACHED: dict[Competition | None, Span] = {
    Competition.none: _span("0.7", "0.9", "1"),
    Competition.few: _span("0.5", "0.75", "0.95"),
    Competition.many: _span("0.3", "0.5", "0.8"),
    None: _span("0.3", "0.7", "1"),
}
WON: dict[Competition | None, Span] = {
    Competition.none: _span("0.05", "0.15", "0.4"),
    Competition.few: _span("0.02", "0.07", "0.2"),
    Competition.many: _span("0.005", "0.02", "0.08"),
    None: _span("0.005", "0.05", "0.4"),
}
UNKNOWN_GROWTH = _span("-0.05", "0.04", "0.15")
UNKNOWN_RATE = _span("0.7", "0.35", "0.12")
UNKNOWN_LIFE = _span("3", "6", "10")
KNOW_HOW_LIFE = _span("2", "4", "6")
# The owner's part of what the buyer gains: 25 to 33 %, where negotiations start (a hint, not evidence).
SHARE = _span("0.25", "0.29", "0.33")
PROFIT = _span("0", "0.1", "0.2")
OBSOLESCENCE = _span("0.4", "0.2", "0")


@dataclass(frozen=True, slots=True)
class Figure:
    """One assumption: three figures, the question they come from, and whether the seller said it."""

    key: str
    question: str
    span: Span
    declared: bool


def royalty_span(industry: str | None) -> Span:
    """Published rates of the industry as fractions; a median alone is taken from half to one and a half of it."""
    rows = [r for r in reference.royalties() if r.industry == (industry or "all")]
    median = next((r.median for r in rows if r.median is not None), None)
    ranged = next((r for r in rows if r.low is not None), None)
    if ranged is not None and ranged.low is not None and ranged.high is not None:
        low, high = ranged.low, ranged.high
        if median is not None:
            low, high = min(low, median), max(high, median)
        mid = median if median is not None else (low + high) / 2
    else:
        middle = median or D(0)
        low, mid, high = middle / 2, middle, middle * 3 / 2
    if industry is None:
        medians = [r.median for r in reference.royalties() if r.median is not None]
        mid = sum(medians, D(0)) / len(medians)
    return Span(low / 100, mid / 100, high / 100)


def life_span(years: int | None) -> Span:
    if years is None:
        return UNKNOWN_LIFE
    if years == 0:
        return KNOW_HOW_LIFE
    return Span(D(max(1, -(-years // 2))), D(max(1, -(-3 * years // 4))), D(years))


def revenue_span(a: Answers) -> Span | None:
    if a.revenue is not None:
        bounds = REVENUES[a.revenue]
        top = a.market_size
        return bounds if top is None else Span(min(bounds.bad, top), min(bounds.mid, top), min(bounds.good, top))
    if a.market_size is None:
        return None
    won = WON[a.competitors]
    return Span(a.market_size * won.bad, a.market_size * won.mid, a.market_size * won.good)


def figures(a: Answers) -> dict[str, Figure]:
    """What the answers mean in figures, by name. Without revenue and market size there is no `revenue`, without
    spending no `spent`, without an advantage no `advantage`."""
    rate = Span(READINESS[a.trl][1], sum(READINESS[a.trl], D(0)) / 2, READINESS[a.trl][0]) if a.trl else UNKNOWN_RATE
    growth = GROWTH[a.growth] if a.growth else UNKNOWN_GROWTH
    made = [
        Figure("royalty", "industry", royalty_span(a.industry), a.industry is not None),
        Figure("rights", "exclusivity", RIGHTS[a.exclusivity], a.exclusivity is not None),
        Figure("discount_rate", "trl", rate, a.trl is not None),
        Figure("delay", "trl", DELAYS[a.trl], a.trl is not None),
        Figure("life", "ip_years", life_span(a.ip_years), a.ip_years is not None),
        Figure("growth", "growth", growth, a.growth is not None),
    ]
    revenue = revenue_span(a)
    if revenue is not None:
        question = "revenue" if a.revenue is not None else "market_size"
        made.append(Figure("revenue", question, revenue, True))
        if a.revenue is not None:  # the part of a market that can be won already counts the rivals
            made.append(Figure("reached", "competitors", REACHED[a.competitors], a.competitors is not None))
    if a.advantage is not None and revenue is not None:
        made.append(Figure("advantage", "advantage", Span(a.advantage * 3 / 4, a.advantage, a.advantage), True))
        made.append(Figure("share", "advantage", SHARE, False))
    if a.spent is not None:
        made.append(Figure("spent", "spent", Span(a.spent, a.spent, a.spent), True))
        made.append(Figure("profit", "spent", PROFIT, False))
        made.append(Figure("obsolescence", "spent", OBSOLESCENCE, False))
    return {f.key: f for f in made}
