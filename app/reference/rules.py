"""Law is dated data: code asks what held on a day, and shows the document it rests on."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from app.kit import clock
from app.kit.text import Text
from app.reference.tables import DATA


@dataclass(frozen=True, slots=True)
class Rule:
    """`checked` is False until someone has compared the row with the official text; show it so."""

    code: str
    document: str
    article: str
    in_force_from: date
    in_force_to: date | None
    checked: bool
    value: Decimal
    note: Text

    def holds(self, on: date) -> bool:
        return self.in_force_from <= on and (self.in_force_to is None or on <= self.in_force_to)


@lru_cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by code and date. ValueError when two of one code hold on the same day."""
    rows = tomllib.loads((DATA / "rules.toml").read_text(encoding="utf-8"))["rule"]
    made = [
        Rule(
            code=r["code"],
            document=r["document"],
            article=r["article"],
            in_force_from=r["in_force_from"],
            in_force_to=r.get("in_force_to"),
            checked=r["checked"],
            value=Decimal(r["value"]),
            note=Text(r["note_vi"], r["note_en"]),
        )
        for r in rows
    ]
    made.sort(key=lambda r: (r.code, r.in_force_from))
    for earlier, later in itertools.pairwise(made):
        if earlier.code == later.code and earlier.holds(later.in_force_from):
            raise ValueError(f"{later.code}: two rules hold on {later.in_force_from}")
    return tuple(made)


def rule(code: str, on: date | None = None) -> Rule | None:
    """The rule of this code in force on a day (today in Vietnam when not given); None when none held."""
    day = on or clock.today()
    return next((r for r in rules() if r.code == code and r.holds(day)), None)
