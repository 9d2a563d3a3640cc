"""What is uncertain and how: shapes of distributions, and how uncertain inputs move together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum

import numpy as np

from app.kit.text import Text
from app.valuations.methods.base import Inputs, Number, OutOfRange, Unit, field
from app.valuations.methods.simulation import numbers
from app.valuations.methods.simulation.numbers import Column

MOST_SPREADS = 12
PATH = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$"


class Shape(StrEnum):
    """`triangular` and `pert` from low, likely, high; `uniform` from low, high; `normal` and `lognormal` from the mean
    and the standard deviation of the input itself."""

    triangular = "triangular"
    pert = "pert"
    uniform = "uniform"
    normal = "normal"
    lognormal = "lognormal"


_NEEDED: dict[Shape, tuple[str, ...]] = {
    Shape.triangular: ("low", "likely", "high"),
    Shape.pert: ("low", "likely", "high"),
    Shape.uniform: ("low", "high"),
    Shape.normal: ("mean", "deviation"),
    Shape.lognormal: ("mean", "deviation"),
}


def _number(vi: str, en: str, help_vi: str, help_en: str, **rest: object) -> Number | None:
    made: Number | None = field(Unit.none, vi, en, help_vi=help_vi, help_en=help_en, default=None, **rest)
    return made


class Spread(Inputs):
    path: str = field(
        Unit.none, "Đầu vào", "Input", pattern=PATH, max_length=200, example="royalty_rate",
        help_vi="Tên đầu vào của phương pháp; trong danh sách thì nối bằng dấu chấm, ví dụ stages.1.probability.",
        help_en="Name of an input of the method; within a list joined by dots, for example stages.1.probability.",
    )  # fmt: skip
    shape: Shape = field(
        Unit.none, "Phân phối", "Distribution", example="triangular",
        help_vi="Tam giác, PERT: thấp, thường gặp, cao; đều: thấp, cao; chuẩn và lô-ga-rít chuẩn: trung bình, độ lệch.",
        help_en="Triangular, PERT: low, likely, high; uniform: low, high; normal and lognormal: mean, deviation.",
    )  # fmt: skip
    low: Number | None = _number("Thấp nhất", "Low", "Giá trị nhỏ nhất có thể.", "The least it may be.")
    likely: Number | None = _number("Thường gặp", "Likely", "Giá trị dễ xảy ra nhất.", "The value most likely.")
    high: Number | None = _number("Cao nhất", "High", "Giá trị lớn nhất có thể.", "The most it may be.")
    mean: Number | None = _number("Trung bình", "Mean", "Giá trị trung bình của đầu vào.", "The mean of the input.")
    deviation: Number | None = _number(
        "Độ lệch chuẩn", "Standard deviation", "Của chính đầu vào, cùng đơn vị; từ 0.",
        "Of the input itself, in its unit; 0 or more.", ge=0,
    )  # fmt: skip

    def check(self, where: str) -> None:
        """OutOfRange, under `where`, for numbers that the shape lacks, has no use for, or that are out of order."""
        needed = _NEEDED[self.shape]
        for name in ("low", "likely", "high", "mean", "deviation"):
            if (getattr(self, name) is not None) != (name in needed):
                raise OutOfRange(f"{where}.{name}", _NEEDS if name in needed else _NOT_NEEDED)
        ends = [v for v in (self.low, self.likely, self.high) if v is not None]
        if ends != sorted(ends):
            raise OutOfRange(f"{where}.low", _ORDER)
        if self.shape is Shape.lognormal and (self.mean is None or self.mean <= 0):
            raise OutOfRange(f"{where}.mean", _POSITIVE)

    @property
    def fixed(self) -> float | None:
        """The one value of a distribution without width."""
        if self.deviation is not None:
            return float(self.mean or 0) if self.deviation == 0 else None
        return float(self.low or 0) if self.low == self.high else None


class Correlation(Inputs):
    first: str = field(
        Unit.none, "Đầu vào thứ nhất", "First input", pattern=PATH, max_length=200, example="royalty_rate",
        help_vi="Một trong các đầu vào biến động.", help_en="One of the uncertain inputs.",
    )  # fmt: skip
    second: str = field(
        Unit.none, "Đầu vào thứ hai", "Second input", pattern=PATH, max_length=200, example="discount_rate",
        help_vi="Một đầu vào biến động khác.", help_en="Another uncertain input.",
    )  # fmt: skip
    coefficient: Number = field(
        Unit.rate, "Hệ số tương quan", "Coefficient", gt=-1, lt=1, example="0.3",
        help_vi="Giữa -1 và 1, của hai biến chuẩn đứng sau (copula Gauss).",
        help_en="Between -1 and 1, of the two normal variables behind (a Gaussian copula).",
    )  # fmt: skip


def quantile(spread: Spread) -> Callable[[Column], Column]:
    """The inverse of the distribution function, for columns of numbers between 0 and 1. Not for `normal` and
    `lognormal`, which are made from the normal variable itself (`from_normal`)."""
    low, high = float(spread.low or 0), float(spread.high or 0)
    width = high - low
    if spread.shape is Shape.uniform:
        return lambda u: low + width * u
    likely = float(spread.likely or 0)
    if spread.shape is Shape.triangular:
        rising, falling = likely - low, high - likely
        turn = rising / width
        return lambda u: np.where(
            u < turn, low + np.sqrt(u * (width * rising)), high - np.sqrt((1.0 - u) * (width * falling))
        )
    at = (likely - low) / width
    beta = numbers.BetaQuantile(1.0 + 4.0 * at, 5.0 - 4.0 * at)
    return lambda u: low + width * beta(u)


def from_normal(spread: Spread) -> Callable[[Column], Column]:
    """The input from a standard normal variable, for `normal` and `lognormal`."""
    mean, deviation = spread.mean or Decimal(0), spread.deviation or Decimal(0)
    if spread.shape is Shape.normal:
        centre, width = float(mean), float(deviation)
        return lambda z: centre + width * z
    variance = (1 + (deviation / mean) ** 2).ln()
    centre, width = float(mean.ln() - variance / 2), float(variance.sqrt())
    return lambda z: numbers.exp(centre + width * z)


def triangle(spreads: Sequence[Spread], correlations: Sequence[Correlation]) -> dict[int, list[tuple[int, float]]]:
    """The lower triangle of Cholesky of the correlation matrix, row by row, for inputs that move with another.

    OutOfRange names a correlation of unknown inputs, one stated twice, or a set of them that cannot hold together
    (the matrix is not positive definite).
    """
    at = {s.path: n for n, s in enumerate(spreads)}
    matrix: dict[tuple[int, int], Decimal] = {}
    for n, c in enumerate(correlations):
        for name in ("first", "second"):
            if getattr(c, name) not in at:
                raise OutOfRange(f"correlations.{n}.{name}", _UNKNOWN.format(path=getattr(c, name)))
        pair = at[c.first], at[c.second]
        if pair[0] == pair[1] or pair in matrix:
            raise OutOfRange(f"correlations.{n}.second", _TWICE)
        matrix[pair] = matrix[pair[::-1]] = c.coefficient
    used = sorted({n for pair in matrix for n in pair})
    lower: dict[tuple[int, int], Decimal] = {}
    for row in used:
        for column in (c for c in used if c <= row):
            left = Decimal(1) if row == column else matrix.get((row, column), Decimal(0))
            left -= sum((lower[row, k] * lower[column, k] for k in used if k < column), Decimal(0))
            if row == column:
                if left < _LEAST_PIVOT:
                    raise OutOfRange("correlations", _NOT_TOGETHER)
                lower[row, row] = left.sqrt()
            else:
                lower[row, column] = left / lower[column, column]
    return {row: [(k, float(lower[row, k])) for k in used if k <= row and lower[row, k]] for row in used}


class Draws:
    """Draws of all uncertain inputs, block after block; the same seed gives the same draws whatever the blocks."""

    def __init__(self, spreads: Sequence[Spread], correlations: Sequence[Correlation], seed: int) -> None:
        self._spreads = spreads
        self._together = triangle(spreads, correlations)
        self._bits = [numbers.uniform(seed, n) for n in range(len(spreads))]
        self._made: list[Callable[[Column], Column] | None] = []
        self._by_normal = [s.shape in (Shape.normal, Shape.lognormal) for s in spreads]
        for spread, by_normal in zip(spreads, self._by_normal, strict=True):
            made = None if spread.fixed is not None else (from_normal if by_normal else quantile)(spread)
            self._made.append(made)

    def block(self, count: int) -> dict[str, Column]:
        """The next `count` draws of every input, by its path."""
        shares = [numbers.draw(bits, count) for bits in self._bits]
        behind = {n: numbers.normal_quantile(shares[n]) for n in self._together}
        made = {}
        for n, (spread, make) in enumerate(zip(self._spreads, self._made, strict=True)):
            if make is None:
                made[spread.path] = np.full(count, spread.fixed)
                continue
            if n in behind:
                z = np.zeros(count)
                for k, weight in self._together[n]:
                    z += weight * behind[k]
                made[spread.path] = make(z if self._by_normal[n] else numbers.normal_share(z))
            else:
                made[spread.path] = make(numbers.normal_quantile(shares[n]) if self._by_normal[n] else shares[n])
        return made


_LEAST_PIVOT = Decimal("1e-9")
_NEEDS = Text("Phân phối này cần giá trị này.", "This distribution needs this value.")
_NOT_NEEDED = Text(
    "Phân phối này không dùng giá trị này; hãy bỏ trống.", "This distribution has no use for it; leave it out."
)
_ORDER = Text("Phải có thấp ≤ thường gặp ≤ cao.", "Low ≤ likely ≤ high must hold.")
_POSITIVE = Text("Phân phối lô-ga-rít chuẩn cần trung bình lớn hơn 0.", "A lognormal needs a mean greater than 0.")
_UNKNOWN = Text("“{path}” không phải đầu vào biến động nào đã nêu.", "{path!r} is none of the uncertain inputs given.")
_TWICE = Text("Mỗi cặp hai đầu vào khác nhau chỉ nêu một lần.", "State each pair of two different inputs once only.")
_NOT_TOGETHER = Text(
    "Các hệ số tương quan này không thể cùng đúng (ma trận không xác định dương). Hãy giảm độ lớn của chúng.",
    "These correlations cannot hold together (the matrix is not positive definite). Make them smaller.",
)
