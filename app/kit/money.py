"""Money is a type: whole minor units and an ISO 4217 currency. VND has no minor unit: 1 means 1 đồng."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

EXPONENTS = {"VND": 0, "USD": 2, "EUR": 2, "JPY": 0, "KRW": 0}
# Largest amount a form takes: 10^15 đồng (about 40 bn USD) fits bigint and a double without loss.
MAX_AMOUNT = 10**15


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`amount` in minor units of `currency`. Arithmetic refuses to mix currencies (ValueError)."""

    amount: int
    currency: str = "VND"

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise TypeError("money is counted in whole minor units")
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.amount <= other.amount

    def percent(self, rate: Decimal) -> Money:
        """`rate` in per cent (3.5 means 3.5 %), rounded once, half to even."""
        exact = Decimal(self.amount) * rate / 100
        return Money(int(exact.quantize(Decimal(1), ROUND_HALF_EVEN)), self.currency)

    def allocate(self, weights: Sequence[int | Decimal]) -> list[Money]:
        """Split by weights so that the parts add up exactly (largest remainder; ties to the earlier part).

        ValueError when weights are empty, negative or all zero.
        """
        if not weights or any(w < 0 for w in weights) or not any(weights):
            raise ValueError("weights must be non-negative with a positive sum")
        total = sum(Decimal(w) for w in weights)
        sign = -1 if self.amount < 0 else 1
        exact = [Decimal(abs(self.amount)) * Decimal(w) / total for w in weights]
        parts = [int(e) for e in exact]
        missing = abs(self.amount) - sum(parts)
        by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
        for i in by_remainder[:missing]:
            parts[i] += 1
        return [Money(sign * p, self.currency) for p in parts]
