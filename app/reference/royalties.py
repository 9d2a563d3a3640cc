"""Published royalty rates by industry (phí kỳ vụ theo ngành): where a negotiation may start, with how sure we are."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from app.kit.text import Text
from app.reference.tables import DATA

ALL = "all"


@dataclass(frozen=True, slots=True)
class RoyaltySource:
    """`date` is as much of the publication's date as is known ("2002-12", ""). `checked` is False until the figures
    were compared with the publication; `how` tells where they were seen."""

    code: str
    document: Text
    date: str
    checked: bool
    how: Text


@dataclass(frozen=True, slots=True)
class Royalty:
    """Rates in per cent of net sales: a range, or a median, or both."""

    industry: str
    name: Text
    source: RoyaltySource
    low: Decimal | None
    high: Decimal | None
    median: Decimal | None


def _rate(value: str | None) -> Decimal | None:
    return Decimal(value) if value is not None else None


@lru_cache
def royalties() -> tuple[Royalty, ...]:
    """Every published row. ValueError when a row tells neither a range nor a median, or a range upside down."""
    data = tomllib.loads((DATA / "royalties.toml").read_text(encoding="utf-8"))
    sources = {
        s["code"]: RoyaltySource(
            code=s["code"],
            document=Text(s["document"], s["document_en"]),
            date=s["date"],
            checked=s["checked"],
            how=Text(s["how_vi"], s["how_en"]),
        )
        for s in data["source"]
    }
    made = []
    for r in data["royalty"]:
        low, high, median = (_rate(r.get(k)) for k in ("low", "high", "median"))
        if (low is None) != (high is None) or (low is None and median is None):
            raise ValueError(f"{r['industry']}: neither a range nor a median")
        if low is not None and high is not None and not 0 <= low <= high <= 100:
            raise ValueError(f"{r['industry']}: a range upside down")
        made.append(Royalty(r["industry"], Text(r["vi"], r["en"]), sources[r["source"]], low, high, median))
    return tuple(made)


@lru_cache
def royalty_industries() -> Mapping[str, Text]:
    """Industries that some row speaks of, by code, in the order of the file; "all" is every industry together."""
    named: dict[str, Text] = {}
    for row in royalties():
        named.setdefault(row.industry, row.name)
    return MappingProxyType(named)
