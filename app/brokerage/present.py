"""What the pages of brokerage share: the row of parts, form values by dotted name, options. No HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.kit.actor import Actor
from app.kit.text import Text
from app.kit.workflow import Choice

PARTS: tuple[tuple[str, str, Text], ...] = (
    ("desk", "/brokerage", Text("Bàn môi giới", "Brokerage desk")),
    ("mandates", "/mandates", Text("Ủy nhiệm", "Mandates")),
    ("introductions", "/introductions", Text("Giới thiệu", "Introductions")),
    ("claims", "/introduction-claims", Text("Khiếu nại", "Claims")),
    ("indicators", "/brokerage/indicators", Text("Chỉ số", "Indicators")),
)
# Where an error that belongs to no single field is shown.
PLACES = {"commission": "commission.tiers.0.percent", "commission.split": "commission.fixed"}


def tabs(actor: Actor, current: str) -> list[dict[str, Any]]:
    """The parts this actor has: the desk and figures are a broker's, the operator's and the Department's."""
    figures = actor.is_operator or actor.is_department or actor.org_kind == "intermediary"
    own = actor.is_operator or actor.role is not None
    shown = {"desk": figures and own, "mandates": own, "introductions": own, "claims": figures and own}
    return [
        {"label": label.get(actor.locale), "url": url, "current": key == current}
        for key, url, label in PARTS
        if shown.get(key, figures)
    ]


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested values by dotted name, as the fields of a form are called; lists of plain values stay lists."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found |= flat(value, f"{name}.")
        elif isinstance(value, list) and any(isinstance(v, Mapping) for v in value):
            for n, item in enumerate(value):
                found |= flat(item, f"{name}.{n}.")
        else:
            found[name] = value
    return found


def placed(errors: Mapping[str, Text], side: str) -> dict[str, Text]:
    """Errors under the names of fields that the page has."""
    subjects = "scope.need_ids" if side == "buyer" else "scope.listing_ids"
    known = PLACES | {"scope.subjects": subjects, "split": "commission.fixed"}
    return {known.get(name, name): text for name, text in errors.items()}


def options(kind: type[Choice], locale: str) -> list[tuple[str, str]]:
    return [(m.value, m.label.get(locale)) for m in kind]
