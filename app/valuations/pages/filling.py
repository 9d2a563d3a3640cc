"""Between the form of a work sheet and its draft: inputs as people type them, notes of origin, weights in per cent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import Any

from app.valuations import canonical
from app.valuations.methods import METHODS, Unit
from app.valuations.schemas.commands import SaveSheet
from app.valuations.shapes import Kind, amount, in_words, shapes
from app.valuations.typed import read, read_number, write
from app.valuations.working import DEFAULT
from app.web import formats, forms


def _rows(value: Any) -> list[dict[str, Any]]:
    return [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []


def _is_default(method: str, name: str, value: Any) -> bool:
    field = METHODS[method].inputs.model_fields[name]
    return not field.is_required() and _same(canonical.plain(field.default), canonical.plain(value))


def _same(left: Any, right: Any) -> bool:
    """Equal as numbers where both are: 1 and 1.0 are one value."""
    try:
        return bool(Decimal(str(left)) == Decimal(str(right)))
    except DecimalException:
        return bool(left == right)


def _notes(
    method: str, typed: Mapping[str, Any], before: list[dict[str, Any]], inputs: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """One note an input that has a value. Notes of single parts, which only a program makes, are kept."""
    made = []
    for name, note in typed.items():
        if name in inputs and isinstance(note, dict) and note.get("origin"):
            kept = {k: note[k] for k in ("origin", "source", "evidence") if note.get(k)}
            made.append({"path": name, **kept})
    given = {n["path"] for n in made}
    # The form shows defaults; who leaves one as it is has assumed it.
    made += [
        {"path": name, "origin": "assumed", "source": DEFAULT}
        for name, value in inputs.items()
        if name not in given and _is_default(method, name, value)
    ]
    given = {n["path"] for n in made}
    kept_parts = [n for n in before if "." in n["path"] and n["path"] not in given]
    return made + [{k: n[k] for k in ("path", "origin", "source", "evidence") if n.get(k)} for n in kept_parts]


def _inputs(method: str, typed: Any) -> dict[str, Any]:
    """Inputs that were given; a box that was not ticked is the method's own default, not an answer."""
    found = METHODS.get(method)
    if found is None or not isinstance(typed, dict):
        return {}
    fields = shapes(found.inputs)
    made = read(fields, typed)
    unsaid = {f.name for f in fields if f.kind is Kind.flag and f.name not in typed}
    return {k: v for k, v in made.items() if k not in unsaid}


def command_of(typed: dict[str, Any], paper: dict[str, Any]) -> SaveSheet:
    """The draft a form says. Invalid when it cannot be read at all; what is incomplete is kept."""
    before = {c["key"]: c for c in paper.get("calculations", [])}
    made: list[dict[str, Any]] = []
    weights: list[dict[str, Any]] = []
    for row in _rows(typed.get("calculations")):
        key, method = str(row.get("key") or ""), str(row.get("method") or "")
        if key == typed.get("remove"):
            continue
        inputs = _inputs(method, row.get("inputs"))
        notes = row.get("notes") if isinstance(row.get("notes"), dict) else {}
        old = before.get(key, {}).get("notes", [])
        made.append(
            {"key": key, "method": method, "title": row.get("title") or None, "inputs": inputs,
             "notes": _notes(method, notes or {}, old, inputs)}
        )  # fmt: skip
        weight = row.get("weight") if isinstance(row.get("weight"), dict) else {}
        if weight and weight.get("share"):
            share = read_number(weight["share"], Unit.rate)
            weights.append({"calculation": key, "weight": share, "reason": weight.get("reason") or ""})
    if typed.get("method"):
        made.append({"key": _key(str(typed["method"]), {c["key"] for c in made}), "method": str(typed["method"])})
    said = typed.get("synthesis") if isinstance(typed.get("synthesis"), dict) else {}
    synthesis = {"weights": weights, "explanation": (said or {}).get("explanation") or ""} if weights else None
    data = {"revision": typed.get("revision"), "calculations": made, "synthesis": synthesis}
    kept = {n: paper[n] for n in ("sensitivity", "simulation") if paper.get(n)}
    return forms.build(SaveSheet, {**data, **kept})


def _key(method: str, taken: set[str]) -> str:
    base, n = method[:36], 2
    key = base
    while key in taken:
        key, n = f"{base}_{n}", n + 1
    return key


def shown_of(paper: dict[str, Any], typed: dict[str, Any] | None, locale: str) -> list[dict[str, Any]]:
    """The calculations of a page: as they were typed where they could not be kept, else as the draft has them."""
    if typed is not None:
        made = []
        for row in _rows(typed.get("calculations")):
            notes = row.get("notes") if isinstance(row.get("notes"), dict) else {}
            listed = [{"path": k, **v} for k, v in (notes or {}).items() if isinstance(v, dict)]
            made.append({**row, "typed": row.get("inputs") or {}, "notes": listed})
        return made
    weights = {w["calculation"]: w for w in (paper.get("synthesis") or {}).get("weights", [])}
    found = []
    for c in paper.get("calculations", []):
        method = METHODS.get(c["method"])
        fields = shapes(method.inputs) if method else ()
        weight = weights.get(c["key"])
        shown = (
            {"share": amount(Decimal(str(weight["weight"])) * 100, locale), "reason": weight["reason"]}
            if weight
            else {}
        )
        found.append({**c, "typed": _written(fields, c["inputs"], locale), "weight": shown})
    return found


def _written(fields: tuple[Any, ...], inputs: dict[str, Any], locale: str) -> dict[str, Any]:
    """Fields of a form; what was kept although it does not fit its field is shown as it is."""
    made: dict[str, Any] = {}
    for f in fields:
        if inputs.get(f.name) is None:
            continue
        try:
            made |= write((f,), inputs, locale)
        except (TypeError, ValueError, AttributeError, KeyError):
            made[f.name] = str(inputs[f.name])
    return made


def outcome_of(outcome: dict[str, Any] | None, currency: str, locale: str) -> dict[str, Any] | None:
    """What a sheet computes to, in words: each calculation's value and the whole's with its range."""
    if outcome is None:
        return None

    def said(value: str | None, unit: str = "money") -> str:
        if value is None:
            return "–"
        if unit == "money":
            return formats.number(Decimal(value), locale) + (" ₫" if currency == "VND" else f" {currency}")
        return in_words(Decimal(value), Unit(unit), locale)

    rows = []
    for c in outcome["calculations"]:
        method = METHODS[c["method"]]
        rows.append({"name": method.vi if locale == "vi" else method.en, "value": said(c["value"], c["unit"])})
    whole = outcome["value"]
    return {
        "rows": rows,
        "value": said(whole) if whole is not None else "",
        "low": said(outcome["low"]) if outcome["low"] is not None else "",
        "high": said(outcome["high"]) if outcome["high"] is not None else "",
    }
