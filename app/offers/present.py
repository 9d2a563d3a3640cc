"""How a term sheet reads: each value in words, amounts in đồng, differences against an earlier round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app import reference
from app.kit.text import Text
from app.kit.workflow import Choice
from app.offers.schemas import Change, Terms
from app.offers.terms import LABELS, MONEY
from app.web import formats

YES, NO = Text("Có", "Yes"), Text("Không", "No")
AFTER = Text("sau {n} ngày", "after {n} days")


def value(term: str, raw: Any, locale: str) -> str:
    """One term's value as a person reads it; "" for nothing."""
    if raw is None or (isinstance(raw, list) and not raw):
        return ""
    if isinstance(raw, bool):
        return (YES if raw else NO).get(locale)
    if isinstance(raw, Choice):
        return raw.label.get(locale)
    if term in MONEY:
        return formats.money(raw, locale)
    if term == "territory":
        countries = reference.countries()
        return ", ".join(countries[c].get(locale) if c in countries else c for c in raw)
    if term in ("instalments", "milestones"):
        return "; ".join(_part(p, locale) for p in raw)
    if term.endswith("_percent"):
        return f"{formats.number(raw, locale)} %"
    return str(raw)


def _part(part: Mapping[str, Any], locale: str) -> str:
    text = f"{part['label']}: {formats.money(part['amount'], locale)}"
    due = part.get("due_days")
    return f"{text} ({AFTER.format(n=due).get(locale)})" if due else text


def sheet(terms: Terms, locale: str) -> list[tuple[str, str]]:
    """The whole sheet in its order."""
    data = terms.model_dump()
    return [(LABELS[t].get(locale), shown) for t in LABELS if (shown := value(t, data.get(t), locale))]


def difference(changes: Sequence[Change], agreed: Sequence[str], locale: str) -> list[dict[str, Any]]:
    """Rows of the difference view."""
    rows = []
    for c in changes:
        state = {"same": "agreed" if c.term in agreed else "open"}.get(c.kind, c.kind)
        rows.append(
            {
                "label": c.label.get(locale),
                "before": value(c.term, c.before, locale),
                "after": value(c.term, c.after, locale),
                "state": state,
            }
        )
    return rows


def form_values(terms: Terms) -> dict[str, Any]:
    """What the term form shows of a sheet."""
    data = terms.model_dump(mode="json")
    data["territory"] = ", ".join(terms.territory)
    return data
