"""What people type into a form of inputs, and back: per cent, thousands separators, "1,25 tỷ", one number a line.

The model takes fractions of one and exact decimals. Pure; what cannot be read is passed on as it was typed, for the
model to refuse with the name of the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import Any

from app.valuations.canonical import plain
from app.valuations.methods.base import Unit
from app.valuations.shapes import Kind, Shape, amount

_SCALES = {
    "tỷ": 9, "ty": 9, "tỉ": 9, "bn": 9, "b": 9, "triệu": 6, "trieu": 6, "tr": 6, "m": 6,
    "nghìn": 3, "nghin": 3, "ngàn": 3, "k": 3,
}  # fmt: skip
_TYPED = re.compile(r"([-−]?)([\d.,\s]*\d)\s*([^\W\d_]*)\s*(?:₫|đ|%|VND|USD|EUR)?", re.IGNORECASE)
# Units in which "1.250" is one thousand two hundred and fifty, and not one and a quarter.
_GROUPED = frozenset({Unit.money, Unit.number, Unit.year})


def _digits(text: str, grouped: bool) -> str:
    """Digits with a point at most: of two kinds of separator the last is the decimal one; one kind that stands twice
    parts thousands, and so does one that stands once before three digits where `grouped`."""
    text = re.sub(r"\s", "", text)
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return text
    mark, other = text[last], "," if text[last] == "." else "."
    thousands = text.count(mark) > 1 or (
        grouped and other not in text and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", text) is not None
    )
    if thousands:
        return text.replace(".", "").replace(",", "")
    return text[:last].replace(other, "") + "." + text[last + 1 :]


def read_number(text: Any, unit: Unit) -> Any:
    """A number as people type it, as an exact decimal string: "1.250.000 ₫", "1,25 tỷ", "12,5" (per cent for a rate).
    What cannot be read comes back as it was, for the model to refuse."""
    if not isinstance(text, str):
        return text
    match = _TYPED.fullmatch(text.strip())
    if not match:
        return text.strip()
    sign, digits, scale = match.groups()
    shift = _SCALES.get(scale.lower()) if scale else 0
    if shift is None:
        return text.strip()
    try:
        value = Decimal(("-" if sign else "") + _digits(digits, unit in _GROUPED and not shift))
    except DecimalException:
        return text.strip()
    return f"{value.scaleb(shift - (2 if unit is Unit.rate else 0)):f}"


def read_numbers(text: Any, unit: Unit) -> Any:
    """One number a line, or parted by semicolons, tabs or ", "; spaces part too where nothing else does."""
    if not isinstance(text, str):
        return text
    parts = [p for p in re.split(r"[;\n\t]|,\s", text) if p.strip()]
    if len(parts) == 1:
        parts = re.sub(r"\s+(?=[^\W\d_%]|₫|%)", "\u00a0", parts[0].strip()).split(" ")
    return [read_number(p, unit) for p in parts if p.strip()]


def read(fields: tuple[Shape, ...], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Raw inputs from the fields of a form; empty fields are left out, so that defaults hold."""
    made: dict[str, Any] = {}
    for f in fields:
        given = typed.get(f.name)
        if f.kind is Kind.flag:
            made[f.name] = given not in (None, "", "false", False)
        elif given not in (None, "", [], {}):
            made[f.name] = _read(f, given)
    return made


def _read(f: Shape, given: Any) -> Any:
    if f.kind in (Kind.number, Kind.whole):
        return read_number(given, f.unit)
    if f.kind is Kind.numbers:
        return read_numbers(given, f.unit)
    if f.kind is Kind.group and isinstance(given, Mapping):
        return read(f.fields, given)
    if f.kind is Kind.rows and isinstance(given, list):
        return [read(f.fields, row) if isinstance(row, Mapping) else row for row in given]
    if f.kind is Kind.keyed and isinstance(given, Mapping):
        rows = [(o, read(f.fields[1:], row)) for o in f.options if isinstance(row := given.get(o), Mapping)]
        return [{f.fields[0].name: o} | row for o, row in rows if row]
    if f.kind is Kind.json and isinstance(given, str):
        try:
            return json.loads(given, parse_float=Decimal)
        except (ValueError, RecursionError):
            return given
    return given


def write(fields: tuple[Shape, ...], raw: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """The fields of a form from raw inputs: `read` gives the same inputs back."""
    return {f.name: _write(f, raw[f.name], locale) for f in fields if raw.get(f.name) is not None}


def _write(f: Shape, value: Any, locale: str) -> Any:
    if f.kind in (Kind.number, Kind.whole):
        return _write_number(value, f.unit, locale)
    if f.kind is Kind.numbers:
        return "\n".join(_write_number(v, f.unit, locale) for v in value)
    if f.kind is Kind.group:
        return write(f.fields, value, locale)
    if f.kind is Kind.rows:
        return [write(f.fields, row, locale) for row in value]
    if f.kind is Kind.keyed:
        return {row[f.fields[0].name]: write(f.fields[1:], row, locale) for row in value}
    if f.kind is Kind.json:
        return json.dumps(plain(value), ensure_ascii=False, indent=1)
    return value


def _write_number(value: Any, unit: Unit, locale: str) -> str:
    try:
        number = Decimal(str(value))
    except DecimalException:
        return str(value)
    if unit is Unit.rate:
        number *= 100
    if unit in (Unit.money, Unit.number):
        grouped = amount(number, locale).replace("−", "-")
        # One and an eighth must not be read back as one thousand one hundred and twenty-five.
        return grouped + "0" if re.fullmatch(r"-?[1-9]\d{0,2}[.,]\d{3}", grouped) and number % 1 else grouped
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",") if locale == "vi" else text
