"""Columns of numbers for a simulation: powers, the normal distribution, sums. Equal to the last bit on every machine.

IEEE 754 fixes the result of + - * / and of the square root, and numpy gives each its own pass, so nothing is fused.
What a machine's mathematics library may round in its own way (exp, log, sums in vector registers) is built here from
those five. A seed therefore gives the same draws, and the same report, everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, localcontext
from functools import cache
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.valuations.methods.base import PRECISION
from app.valuations.methods.options import density, normal

Column = NDArray[np.float64]
# A drawn input is a column, any other a plain number: arithmetic on either reads the same.
Value = Any

_LN2_HIGH = 6.93147180369123816490e-01  # ln 2 in two parts, the first short enough to multiply without loss
_LN2_LOW = 1.90821492927058770002e-10
_LN2 = 0.6931471805599453
_ROOT_HALF = 0.7071067811865476
# Beyond it exp leaves the range of a double.
_MOST_EXPONENT = 700.0


def uniform(seed: int, stream: int) -> np.random.PCG64:
    """The generator of one input's draws: each input has a stream of its own, so that adding one moves no other."""
    return np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(stream,)))


def draw(bits: np.random.PCG64, count: int) -> Column:
    """The next `count` numbers strictly between 0 and 1, of 52 random bits each."""
    raw: NDArray[np.uint64] = bits.random_raw(count)
    return ((raw >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def log(x: Value) -> Column:
    """Natural logarithm of positive numbers: 2·artanh((m-1)/(m+1)) of the mantissa m in [√½, √2), plus e·ln 2."""
    m, e = np.frexp(np.asarray(x, dtype=np.float64))
    low = m < _ROOT_HALF
    m = np.where(low, m * 2.0, m)
    e = (e - low).astype(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    made: Column = e * _LN2_HIGH + (e * _LN2_LOW + 2.0 * s * polynomial(z, _ARTANH))
    return made


def exp(x: Value) -> Column:
    """e^x: 2^k times the power series on |r| <= ln2/2. Beyond ±700 the argument is cut: the caller's check of the
    result finds such numbers."""
    x = np.minimum(np.maximum(np.asarray(x, dtype=np.float64), -_MOST_EXPONENT), _MOST_EXPONENT)
    k = np.rint(x / _LN2)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    made: Column = np.ldexp(polynomial(r, _EXP), k.astype(np.int32))
    return made


def power(base: Value, exponent: Value) -> Column:
    """base^exponent for a positive base. Whole and half exponents by products and one root, others by e^(x·ln b)."""
    base = np.asarray(base, dtype=np.float64)
    if isinstance(exponent, float) and (2 * exponent).is_integer() and 0 <= exponent <= 1200:
        whole, half = divmod(int(2 * exponent), 2)
        made: Column = np.sqrt(base) if half else np.ones_like(base)
        square = base
        while whole:
            if whole & 1:
                made = made * square
            whole >>= 1
            if whole:
                square = square * square
        return made
    return exp(exponent * log(base))


def polynomial(x: Column, coefficients: Sequence[float]) -> Column:
    """Σ c_k·x^k by Horner, the highest first."""
    made = np.full_like(x, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        made *= x
        made += c
    return made


def total(x: Column) -> float:
    """The sum, by adding halves: an order of our own, whatever the machine's registers."""
    while len(x) > 1:
        half = len(x) // 2
        rest = x[2 * half :]
        x = x[:half] + x[half : 2 * half]
        if len(rest):
            x = np.concatenate((x, rest))
    return float(x[0]) if len(x) else 0.0


def normal_quantile(p: Column) -> Column:
    """Φ⁻¹(p), to 16 digits. M. J. Wichura, Algorithm AS 241, Applied Statistics 37 (1988)."""
    q = p - 0.5
    r = 0.180625 - q * q
    made: Column = q * polynomial(r, _CENTRE[0]) / polynomial(r, _CENTRE[1])
    tail = np.abs(q) > 0.425
    if tail.any():
        side = q[tail]
        far = np.sqrt(-log(np.where(side < 0, p[tail], 1.0 - p[tail])))
        near = far - 1.6
        x = polynomial(near, _TAIL[0]) / polynomial(near, _TAIL[1])
        if (beyond := far > 5.0).any():
            out = far[beyond] - 5.0
            x[beyond] = polynomial(out, _FAR[0]) / polynomial(out, _FAR[1])
        made[tail] = np.where(side < 0, -x, x)
    return made


def normal_share(x: Column) -> Column:
    """Φ(x), to 1e-15: from the nearest point of a table, by Taylor's series around it."""
    points, shares, densities = _table()
    x = np.minimum(np.maximum(x, -_WIDEST), _WIDEST)
    at = np.rint((x + _WIDEST) * _PER_UNIT).astype(np.intp)
    z, d = points[at], x - points[at]
    # φ's derivatives are φ times Hermite polynomials of z.
    zz = z * z
    fifth = (zz * (zz - 6.0) + 3.0) / 120.0
    series = 1.0 + d * (-z / 2.0 + d * ((zz - 1.0) / 6.0 + d * (z * (3.0 - zz) / 24.0 + d * fifth)))
    return np.minimum(np.maximum(shares[at] + densities[at] * d * series, 2.0**-60), 1.0 - 2.0**-53)


_WIDEST = 8.5
_PER_UNIT = 32.0


@cache
def _table() -> tuple[Column, Column, Column]:
    count = int(_WIDEST * _PER_UNIT)
    half: list[tuple[float, float]] = []
    with localcontext(Context(prec=PRECISION)):
        for k in range(count + 1):
            z = Decimal(k) / int(_PER_UNIT)
            half.append((float(normal(-z)), float(density(z))))
    points = np.arange(-count, count + 1) / _PER_UNIT
    shares = [s for s, _ in reversed(half)] + [1.0 - s for s, _ in half[1:]]
    densities = [d for _, d in reversed(half)] + [d for _, d in half[1:]]
    return points, np.array(shares), np.array(densities)


class BetaQuantile:
    """The quantile of a Beta distribution with both parameters at least 1, from its distribution function tabulated
    by Simpson's rule in `CELLS` cells: right to about 1e-7 of the range where draws fall."""

    CELLS = 4096

    def __init__(self, alpha: float, beta: float) -> None:
        x = np.arange(2 * self.CELLS + 1) / (2.0 * self.CELLS)
        inner = x[1:-1]
        heights = np.zeros_like(x)
        heights[1:-1] = exp((alpha - 1.0) * log(inner) + (beta - 1.0) * log(1.0 - inner))
        heights[0], heights[-1] = float(alpha == 1.0), float(beta == 1.0)
        cells = heights[:-2:2] + 4.0 * heights[1:-1:2] + heights[2::2]
        shares = np.array([0.0, *accumulate(cells.tolist())])
        self._shares = shares / shares[-1]

    def __call__(self, p: Column) -> Column:
        at = np.minimum(np.searchsorted(self._shares, p, side="right") - 1, self.CELLS - 1)
        low, high = self._shares[at], self._shares[at + 1]
        made: Column = (at + (p - low) / (high - low)) / self.CELLS
        return made


_ARTANH = [1.0 / (2 * k + 1) for k in range(11)]
_EXP = list(accumulate(range(1, 15), lambda made, k: made / k, initial=1.0))
_CENTRE = (
    [3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3],
    [1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
     3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3],
)  # fmt: skip
_TAIL = (
    [1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4],
    [1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
     1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9],
)  # fmt: skip
_FAR = (
    [6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7],
    [1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
     1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15],
)  # fmt: skip
