"""What a sector may be told of itself without telling of one enterprise.

A cohort is who stands behind a figure: enterprise -> number of its declaration, so that an enterprise that declared
anew counts as changed. A figure is shown when at least K enterprises stand behind it, and when it differs from every
figure of the same question shown before by no enterprise or by at least K: two shown figures never single out fewer.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.profiles.questionnaire import Kind

K = 5
DIGITS = 2

Cohort = Mapping[str, int]


def difference(a: Cohort, b: Cohort) -> set[str]:
    """Enterprises that stand behind one of the two only, or behind both with another declaration."""
    return {who for who in a.keys() | b.keys() if a.get(who) != b.get(who)}


def may_show(cohort: Cohort, shown: Iterable[Cohort]) -> bool:
    return len(cohort) >= K and all(not (d := difference(cohort, other)) or len(d) >= K for other in shown)


@dataclass(frozen=True, slots=True)
class Figures:
    """Quartiles of a cohort; of a yes-no question, `median` is the share of yes in per cent, by tens."""

    low: Decimal | None
    median: Decimal
    high: Decimal | None


def figures(kind: Kind, values: Sequence[Decimal]) -> Figures:
    """Rounded to two significant digits: a quartile of five is one enterprise's answer, and should at least not be told
    to the đồng. Levels of a choice are numbers of its options from 0 and stay whole."""
    if kind is Kind.yes_no:
        return Figures(None, Decimal(10 * round(10 * sum(values) / len(values))), None)
    quarters = statistics.quantiles(values, n=4, method="inclusive")
    if kind is Kind.choice:
        return Figures(*(Decimal(round(q)) for q in quarters))
    return Figures(*(significant(q) for q in quarters))


def significant(value: Decimal) -> Decimal:
    """1,234,567 -> 1,200,000; written without an exponent."""
    return Decimal(f"{round(value, DIGITS - 1 - value.adjusted()):f}") if value else Decimal(0)
