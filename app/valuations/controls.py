"""The form of a method, made from its inputs: controls that hold what was typed, errors where they belong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.kit.text import Text
from app.valuations import wording
from app.valuations.methods import METHODS
from app.valuations.methods.base import Unit
from app.valuations.shapes import Kind, Shape, amount, find
from app.valuations.typed import write


def named(value: str, locale: str) -> str:
    """What a value to choose from is called: a method by its own name, others by the words of valuations."""
    m = METHODS.get(value)
    return (m.en if locale == "en" else m.vi) if m else wording.choice(value).get(locale)


@dataclass(frozen=True, slots=True)
class Control:
    """One control of the form; `extra` ones may wait out of sight. `groups` holds the controls of each row (of a list
    of models) or of the one group."""

    name: str
    kind: str
    label: str
    hint: str
    required: bool
    value: Any = ""
    unit: str = ""
    money: bool = False
    long: bool = False
    options: list[tuple[str, str]] = field(default_factory=list)
    groups: list[list[Control]] = field(default_factory=list)
    key: str = ""
    extra: bool = False


# How programs write a rate, which nobody types here: "dạng phần của một: 0,18 là 18 %", "from 0 to 1".
_FRACTIONS = re.compile(
    r"[,;]?\s*(?:[Dd]ạng phần của một|[Aa]s a fraction of one)\b:?|[,;]?\s*\b\d[.,]\d+ (?:là|is) [\d,.]+ %"
    r"|[,;]?\s*(?:từ \d[\d,]* đến \d[\d,]*|(?:from )?\d[\d.]* to \d[\d.]*)(?= ?[.;,]|$)",
)


def _explained(shape: Shape, locale: str) -> str:
    """The help of a field for people: without the words that stand for choices in JSON, nor fractions of one."""
    text = shape.help.get(locale)
    for option in shape.options:
        text = text.replace(f" ({option})", "").replace(f" ({option}, ", " (")
        if "_" in option:  # a word of JSON that stands for itself in the sentence
            text = text.replace(option, named(option, locale))
    if shape.unit is Unit.rate:
        text = _FRACTIONS.sub("", text)
    text = re.sub(r"\s+([.;,])", r"\1", text).lstrip(" .;,:").strip()
    return text[:1].upper() + text[1:]


def _unit(shape: Shape, currency: str, locale: str) -> str:
    if shape.unit is Unit.money:
        return "₫" if currency == "VND" else currency
    return "" if shape.unit in (Unit.none, Unit.number) else wording.UNITS[shape.unit].get(locale)


def _range(shape: Shape, locale: str) -> str:
    """The range as it is typed here: per cent for rates. Amounts are left out: theirs are wider than anybody types."""
    if shape.kind not in (Kind.number, Kind.whole, Kind.numbers) or shape.unit is Unit.money or shape.low is None:
        return ""
    if shape.high is None or shape.high >= 10**9:
        return ""
    times = 100 if shape.unit is Unit.rate else 1
    ends = {"low": amount(shape.low * times, locale), "high": amount(shape.high * times, locale)}
    sign = " %" if times == 100 else ""
    return _BETWEEN.format(unit=sign, **ends).get(locale)


def controls(
    shapes: tuple[Shape, ...],
    typed: Mapping[str, Any],
    currency: str,
    locale: str,
    *,
    prefix: str = "",
    spare: str = "",
    blank: bool = False,
) -> list[Control]:
    """The controls of a form, holding what was typed (or, on a `blank` form, the defaults). `spare` names the list of
    rows that gets one more."""
    given = dict(typed)
    if blank:
        given = write(shapes, {s.name: s.default for s in shapes if s.default not in (None, (), [])}, locale) | given
    return [_control(s, given.get(s.name), currency, locale, prefix, spare, blank) for s in shapes]


def _control(s: Shape, value: Any, currency: str, locale: str, prefix: str, spare: str, blank: bool) -> Control:
    name = f"{prefix}{s.name}"
    hint = " ".join(x for x in (_explained(s, locale), _range(s, locale)) if x)
    groups: list[list[Control]] = []
    if s.kind is Kind.group:
        inner = value if isinstance(value, Mapping) else {}
        groups = [controls(s.fields, inner, currency, locale, prefix=f"{name}.", spare=spare, blank=blank)]
    elif s.kind is Kind.rows:
        rows = value if isinstance(value, list) else []
        count = max(len(rows) + (spare == name), s.least or 1 if not rows else 1)
        for n in range(count):
            row = rows[n] if n < len(rows) and isinstance(rows[n], Mapping) else {}
            made = controls(s.fields, row, currency, locale, prefix=f"{name}.{n}.", blank=n >= len(rows))
            groups.append(made)
    elif s.kind is Kind.keyed:
        inner = value if isinstance(value, Mapping) else {}
        groups = [
            controls(
                s.fields[1:], row if isinstance(row := inner.get(o), Mapping) else {}, currency, locale,
                prefix=f"{name}.{o}.",
            )
            for o in s.options
        ]  # fmt: skip
    if s.kind is Kind.flag:
        value = value in (True, "true", "on", "1")
    return Control(
        name=name,
        kind=s.kind.value,
        label=s.label.get(locale),
        hint=hint,
        required=s.required,
        value="" if value is None else value,
        unit=_unit(s, currency, locale),
        money=s.unit is Unit.money,
        long=s.kind is Kind.text and (s.most or 0) > 200,
        options=[(o, named(o, locale)) for o in s.options],
        groups=groups,
        key=s.name,
        extra=not s.required and s.example is None,
    )


def _by_key(shapes: tuple[Shape, ...], path: str, raw: Any) -> str:
    """A path through a `keyed` list by its key, as the controls are named: `adjustments.0.amount` to
    `adjustments.rights.amount`."""
    parts, node = path.split("."), raw
    for n, part in enumerate(parts):
        shape = find(shapes, ".".join(parts[:n])) if n else None
        try:
            node = node[int(part)] if part.isdigit() else node[part]
        except (KeyError, IndexError, TypeError):
            return ".".join(parts)
        if shape is not None and shape.kind is Kind.keyed and part.isdigit():
            parts[n] = str(node.get(shape.fields[0].name, part)) if isinstance(node, Mapping) else part
            return ".".join(parts)
    return path


def placed(shapes: tuple[Shape, ...], errors: Mapping[str, Text], raw: Mapping[str, Any]) -> dict[str, Text]:
    """Errors of `raw` inputs by the control that stands on the page: the fourth number of a list is told at the list,
    an adjustment at its kind."""
    made: dict[str, Text] = {}
    for where, said in errors.items():
        path = _by_key(shapes, where, raw)
        shape, name, place = find(shapes, path), path, ""
        if shape is not None and shape.kind in (Kind.numbers, Kind.json):
            head, _, tail = path.partition(f"{shape.name}.")
            name = f"{head}{shape.name}" if tail else path
            place = tail
        before = f"{place}: " if place else ""
        told = Text(before + said.vi, before + said.en)
        if place and shape is not None and shape.kind is Kind.numbers and place.isdigit():
            told = Text(f"Số thứ {int(place) + 1}: {said.vi}", f"Number {int(place) + 1}: {said.en}")
        made.setdefault(name, told)
    return made


def labels(shapes: tuple[Shape, ...], errors: Mapping[str, Text], locale: str) -> dict[str, str]:
    """What the fields in error are called: "Doanh thu", "Giao dịch so sánh 2: Giá"."""
    made = {}
    for path in errors:
        shape = find(shapes, path)
        number = next((int(p) + 1 for p in path.split(".") if p.isdigit()), None)
        above = find(shapes, path.split(".", maxsplit=1)[0])
        if shape is None:
            continue
        if number is not None and above is not None and above is not shape:
            made[path] = f"{above.label.get(locale)} {number}: {shape.label.get(locale)}"
        else:
            made[path] = shape.label.get(locale)
    return made


_BETWEEN = Text("Từ {low} đến {high}{unit}.", "From {low} to {high}{unit}.")
