"""Monte Carlo simulation: a method computed for many draws of its uncertain inputs.

A package of its own, because it alone counts in floats: `numbers` (arithmetic equal on every machine), `draws`
(distributions and correlations), `values` (the methods over columns), and here the method itself. The seed stands among
the inputs: the same inputs give the same result, to the last digit, on any machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from pydantic import ValidationInfo, field_validator

from app.kit.text import Text
from app.valuations.methods import discounting, income, incremental, mpeem, paths
from app.valuations.methods import rnpv as rnpv_
from app.valuations.methods.base import (
    Approach,
    Column,
    Figure,
    Inputs,
    Method,
    Note,
    OutOfRange,
    Result,
    Schedule,
    Source,
    Unit,
    field,
)
from app.valuations.methods.simulation import numbers, values
from app.valuations.methods.simulation.draws import MOST_SPREADS, Correlation, Draws, Spread

# Blocks this long stay in a processor's cache; the result does not depend on it.
BLOCK = 1 << 14
BINS = 40
LEAST_DRAWS, MOST_DRAWS = 1_000, 1_000_000
FORMS: dict[str, values.Form] = {
    "relief_from_royalty": values.relief_from_royalty, "mpeem": values.mpeem,
    "with_and_without": values.with_and_without, "incremental_income": values.incremental_income,
    "present_value": values.present_value, "rnpv": values.rnpv,
}  # fmt: skip
_FAMILIES = (income, mpeem, incremental, discounting, rnpv_)
TARGETS: dict[str, Method[Any]] = {m.name: m for f in _FAMILIES for m in f.METHODS if m.name in FORMS}


class Target(StrEnum):
    """The methods that can be simulated."""

    relief_from_royalty = "relief_from_royalty"
    mpeem = "mpeem"
    with_and_without = "with_and_without"
    incremental_income = "incremental_income"
    present_value = "present_value"
    rnpv = "rnpv"


class MonteCarloInputs(Inputs):
    method: Target = field(
        Unit.none, "Phương pháp", "Method", example="relief_from_royalty",
        help_vi="Phương pháp được mô phỏng.", help_en="The method that is simulated.",
    )  # fmt: skip
    inputs: dict[str, Any] = field(
        Unit.none, "Đầu vào của phương pháp", "Inputs of the method",
        help_vi="Như khi tính một lần; đầu vào biến động lấy giá trị ở đây làm giá trị điểm.",
        help_en="As for a single calculation; what is uncertain has its point value here.",
        example={
            "royalty_rate": "0.05", "revenue": ["20000000000", "26000000000", "32000000000"], "discount_rate": "0.18",
            "upkeep": ["300000000"], "periods": 3, "tax_basis": "after_tax", "tax_rate": "0.2",
        },
    )  # fmt: skip
    spreads: tuple[Spread, ...] = field(
        Unit.none, "Đầu vào biến động", "Uncertain inputs", min_length=1, max_length=MOST_SPREADS,
        help_vi="Mỗi dòng một đầu vào và phân phối của nó.", help_en="One input a line, with its distribution.",
        example=[
            {"path": "discount_rate", "shape": "triangular", "low": "0.14", "likely": "0.18", "high": "0.25"},
            {"path": "royalty_rate", "shape": "pert", "low": "0.02", "likely": "0.05", "high": "0.07"},
            {"path": "revenue.2", "shape": "lognormal", "mean": "32000000000", "deviation": "10000000000"},
        ],
    )  # fmt: skip
    correlations: tuple[Correlation, ...] = field(
        Unit.none, "Tương quan", "Correlations", default=(), max_length=MOST_SPREADS * (MOST_SPREADS - 1) // 2,
        help_vi="Cặp không nêu thì độc lập.", help_en="Pairs that are not stated are independent.",
        example=[{"first": "discount_rate", "second": "royalty_rate", "coefficient": "-0.3"}],
    )  # fmt: skip
    draws: int = field(
        Unit.number, "Số lần rút", "Draws", default=100_000, ge=LEAST_DRAWS, le=MOST_DRAWS, example=100_000,
        help_vi="Càng nhiều thì sai số mô phỏng càng nhỏ.", help_en="More draws make the error of simulation smaller.",
    )  # fmt: skip
    seed: int = field(
        Unit.none, "Hạt giống", "Seed", ge=0, le=2**53, example=20260701,
        help_vi="Lưu cùng kết quả: cùng hạt giống cho đúng cùng kết quả.",
        help_en="Kept with the result: the same seed gives the very same result.",
    )  # fmt: skip

    @field_validator("inputs")
    @classmethod
    def _fit_method(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if "method" in info.data:
            paths.read(TARGETS[info.data["method"].value], given)
        return given


def monte_carlo(i: MonteCarloInputs) -> Result:
    """Value in money: P50, with P10 and P90 as low and high; mean, errors, P(NPV < 0) and the distribution."""
    target, form = TARGETS[i.method.value], FORMS[i.method.value]
    inputs = paths.read(target, i.inputs)
    for n, s in enumerate(i.spreads):
        s.check(f"spreads.{n}")
        paths.reach(inputs, s.path, f"spreads.{n}.path")
        if s.path in {other.path for other in i.spreads[:n]}:
            raise OutOfRange(f"spreads.{n}.path", _TWICE)
    point = paths.within("inputs", lambda: target.calculate(inputs)).value
    draws = Draws(i.spreads, i.correlations, i.seed)
    found = np.empty(i.draws)
    seen = _Seen(i)
    for start in range(0, i.draws, BLOCK):
        count = min(BLOCK, i.draws - start)
        drawn = draws.block(count)
        with np.errstate(all="ignore"):  # what is not finite is refused below, with a sentence
            found[start : start + count] = paths.within("inputs", partial(form, inputs, values.loose(inputs, drawn)))
        seen.add(drawn, found[start : start + count])
    for n, s in enumerate(i.spreads):  # the ends of what was drawn must be what the input takes
        for end in (seen.least[n], seen.most[n]):
            paths.moved(inputs, {s.path: (_decimal(end), f"spreads.{n}")})
    if not np.isfinite(found).all():
        raise OutOfRange("spreads", _TOO_FAR)
    return _result(i, found, point, seen)


class _Seen:
    """What is kept of the draws while blocks pass: ends, sums and products of the inputs and (last) of the value."""

    def __init__(self, i: MonteCarloInputs) -> None:
        at = {s.path: n for n, s in enumerate(i.spreads)}
        self.paths = [s.path for s in i.spreads]
        self.value = width = len(at)
        self.pairs = [(at[c.first], at[c.second]) for c in i.correlations] + [(n, width) for n in range(width)]
        self.least, self.most = [float("inf")] * (width + 1), [float("-inf")] * (width + 1)
        self.sums, self.squares = [0.0] * (width + 1), [0.0] * (width + 1)
        self.products = dict.fromkeys(self.pairs, 0.0)
        self.first: list[float] = []
        self.count = 0

    def add(self, drawn: Mapping[str, numbers.Column], value: numbers.Column) -> None:
        columns = [*(drawn[path] for path in self.paths), value]
        if not self.first:  # sums of distances from the first draw lose no digits to a large mean
            self.first = [float(c[0]) for c in columns]
        apart = [c - f for c, f in zip(columns, self.first, strict=True)]
        for n, (column, d) in enumerate(zip(columns, apart, strict=True)):
            self.least[n] = min(self.least[n], float(column.min()))
            self.most[n] = max(self.most[n], float(column.max()))
            self.sums[n] += numbers.total(d)
            self.squares[n] += numbers.total(d * d)
        for a, b in self.products:
            self.products[a, b] += numbers.total(apart[a] * apart[b])
        self.count += len(value)

    def mean(self, n: int) -> float:
        return self.first[n] + self.sums[n] / self.count

    def correlation(self, a: int, b: int) -> Decimal | None:
        """Pearson's; None where one of the two does not vary."""
        if self.least[a] == self.most[a] or self.least[b] == self.most[b]:
            return None
        both = self.products[a, b] - self.sums[a] * self.sums[b] / self.count
        own = [self.squares[n] - self.sums[n] * self.sums[n] / self.count for n in (a, b)]
        bottom = float(np.sqrt(own[0])) * float(np.sqrt(own[1]))
        return _decimal(both / bottom) if bottom > 0 else None


def _result(i: MonteCarloInputs, found: numbers.Column, point: Decimal | None, seen: _Seen) -> Result:
    count = len(found)
    ordered = np.sort(found)
    mean = numbers.total(found) / count
    off = found - mean
    variance = numbers.total(off * off) / (count - 1)
    deviation = float(np.sqrt(variance))
    negative = int(np.count_nonzero(found < 0.0))
    p10, p50, p90 = (quantile(ordered, n, 10) for n in (1, 5, 9))
    money, share = Unit.money, Unit.rate
    named: list[tuple[str, str, str, Unit, float | Decimal]] = [
        ("p10", "P10", "P10", money, p10), ("p50", "P50 (trung vị)", "P50 (median)", money, p50),
        ("p90", "P90", "P90", money, p90), ("mean", "Trung bình", "Mean", money, mean),
        ("standard_deviation", "Độ lệch chuẩn", "Standard deviation", money, deviation),
        ("standard_error", "Sai số chuẩn của trung bình", "Standard error of the mean", money,
         float(np.sqrt(variance / count))),
        ("probability_negative", "Xác suất giá trị âm", "Chance of a negative value", share,
         Decimal(negative) / count),
        ("minimum", "Nhỏ nhất", "Smallest", money, float(ordered[0])),
        ("maximum", "Lớn nhất", "Largest", money, float(ordered[-1])),
        ("draws", "Số lần rút", "Draws", Unit.number, Decimal(count)),
    ]  # fmt: skip
    if point is not None:
        named.append(("point_value", "Giá trị điểm", "Point value", money, point))
    figures = tuple(
        Figure(key=key, vi=vi, en=en, unit=unit, value=v if isinstance(v, Decimal) else _decimal(v))
        for key, vi, en, unit, v in named
    )
    return Result(
        method="monte_carlo", unit=money, value=_decimal(p50), low=_decimal(p10), high=_decimal(p90), figures=figures,
        schedules=(_histogram(ordered), _uncertain(seen), *_together(i, seen)),
        notes=(Note(
            code="simulated", vi=f"Mô phỏng {count} lần rút với hạt giống {i.seed}; số thực dấu phẩy động.",
            en=f"Simulated with {count} draws from seed {i.seed}; counted in floating point.",
        ),),
    )  # fmt: skip


def quantile(ordered: Sequence[float] | numbers.Column, part: int, of: int) -> float:
    """The quantile part/of of ordered values, straight between the two nearest: position (n-1)·part/of."""
    whole, rest = divmod((len(ordered) - 1) * part, of)
    low = float(ordered[whole])
    return low if not rest else low + (float(ordered[whole + 1]) - low) * (rest / of)


def _histogram(ordered: numbers.Column) -> Schedule:
    """Equal bins between P0.5 and P99.5; the first and the last also hold what lies outside, so all draws are there."""
    low, high = quantile(ordered, 1, 200), quantile(ordered, 199, 200)
    bins = BINS if high > low else 1
    width = (high - low) / bins
    edges = [low + width * n for n in range(1, bins)]
    places = [0, *(int(p) for p in np.searchsorted(ordered, np.array(edges))), len(ordered)]
    ends = [float(ordered[0]), *edges, float(ordered[-1])]
    return Schedule(
        key="histogram", vi="Phân phối của giá trị", en="Distribution of the value",
        columns=(
            Column(key="from", vi="Từ", en="From", unit=Unit.money),
            Column(key="to", vi="Đến", en="To", unit=Unit.money),
            Column(key="count", vi="Số lần rút", en="Draws", unit=Unit.number),
            Column(key="share", vi="Tỷ lệ", en="Share", unit=Unit.rate),
        ),
        rows=tuple(
            (_decimal(ends[n]), _decimal(ends[n + 1]), Decimal(c), Decimal(c) / len(ordered))
            for n, c in enumerate(b - a for a, b in pairwise(places))
        ),
    )  # fmt: skip


def _uncertain(seen: _Seen) -> Schedule:
    """Of each uncertain input: its mean, its ends, and its correlation with the value."""
    return Schedule(
        key="inputs", vi="Đầu vào biến động", en="Uncertain inputs", labels=tuple(seen.paths),
        columns=(
            Column(key="mean", vi="Trung bình", en="Mean", unit=Unit.none),
            Column(key="least", vi="Nhỏ nhất", en="Smallest", unit=Unit.none),
            Column(key="most", vi="Lớn nhất", en="Largest", unit=Unit.none),
            Column(key="correlation", vi="Tương quan với giá trị", en="Correlation with the value", unit=Unit.rate),
        ),
        rows=tuple(
            (_decimal(seen.mean(n)), _decimal(seen.least[n]), _decimal(seen.most[n]), seen.correlation(n, seen.value))
            for n in range(len(seen.paths))
        ),
    )  # fmt: skip


def _together(i: MonteCarloInputs, seen: _Seen) -> tuple[Schedule, ...]:
    """Stated correlations beside those of the inputs drawn (which the shape of a distribution may bend a little)."""
    if not i.correlations:
        return ()
    return (
        Schedule(
            key="correlations", vi="Tương quan", en="Correlations",
            columns=(
                Column(key="stated", vi="Đã nêu", en="Stated", unit=Unit.rate),
                Column(key="drawn", vi="Trong các lần rút", en="In the draws", unit=Unit.rate),
            ),
            labels=tuple(f"{c.first} ~ {c.second}" for c in i.correlations),
            rows=tuple(
                (c.coefficient, seen.correlation(*seen.pairs[n])) for n, c in enumerate(i.correlations)
            ),
        ),
    )  # fmt: skip


def _decimal(value: float) -> Decimal:
    """The number that a float prints; what is not finite becomes NaN, which `Method.calculate` refuses."""
    return Decimal(repr(float(value)))


_TWICE = Text("Mỗi đầu vào chỉ có một phân phối.", "An input has one distribution only.")
_TOO_FAR = Text(
    "Một số lần rút cho kết quả vượt phạm vi tính được. Hãy thu hẹp các phân phối.",
    "Some draws lead beyond what can be counted. Narrow the distributions.",
)

METHODS: tuple[Method[Any], ...] = (
    Method(
        name="monte_carlo", approach=Approach.tool,
        vi="Mô phỏng Monte Carlo", en="Monte Carlo simulation",
        about_vi="Tính một phương pháp hàng nghìn lần với đầu vào biến động, cho khoảng giá trị và xác suất lỗ.",
        about_en="Computes a method many thousand times with uncertain inputs, for a range and the chance of a loss.",
        formula="V_k = f(x_k), k = 1..N; x = F⁻¹(Φ(L·z)), L·Lᵀ = correlations; P10, P50, P90 of V",
        inputs=MonteCarloInputs, function=monte_carlo,
        sources=(
            Source("Hertz, Risk Analysis in Capital Investment, Harvard Business Review 42 (1964)"),
            Source("O'Neill, PCG: A Family of Better Random Number Generators, HMC-CS-2014-0905"),
        ),
    ),
)  # fmt: skip
