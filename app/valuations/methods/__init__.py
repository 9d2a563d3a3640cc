"""Methods of valuation (phương pháp định giá): pure functions under stable names, and what they take.

`METHODS` holds each by its name: `METHODS["relief_from_royalty"].calculate(inputs)`. Nothing here reads a database, a
clock or a file.
"""

from __future__ import annotations

from typing import Any

from app.valuations.methods import (
    bands,
    cost,
    discounting,
    income,
    incremental,
    market,
    mpeem,
    options,
    profit_split,
    rates,
    rnpv,
    sensitivity,
    simulation,
    synthesis,
    tab,
    trees,
)
from app.valuations.methods.base import (
    Approach,
    Column,
    Convention,
    Figure,
    Inputs,
    Method,
    Note,
    OutOfRange,
    Result,
    Schedule,
    Source,
    Unit,
)  # fmt: skip

# Families in the order in which people meet them; within one, as its module lists them.
METHODS: dict[str, Method[Any]] = {
    m.name: m
    for family in (
        cost.METHODS, market.METHODS, income.METHODS, mpeem.METHODS, incremental.METHODS, profit_split.METHODS,
        discounting.METHODS, rates.METHODS, bands.METHODS, tab.METHODS, rnpv.METHODS, options.METHODS, trees.METHODS,
        simulation.METHODS, sensitivity.METHODS, synthesis.METHODS,
    )
    for m in family
}  # fmt: skip

__all__ = [
    "METHODS", "Approach", "Column", "Convention", "Figure", "Inputs", "Method", "Note", "OutOfRange", "Result",
    "Schedule", "Source", "Unit",
]  # fmt: skip
