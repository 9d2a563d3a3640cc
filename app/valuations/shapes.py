"""Inputs of a method as people meet them: which fields, in which unit, between which bounds.

Read from the Pydantic model itself, so a form, an error and an example can never say something else than the model.
Pure. A part that is no plain field (a nested tree, a matrix) has the kind `json` and is typed as such.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum, StrEnum
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types as at
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.kit.text import Text
from app.valuations.canonical import plain
from app.valuations.methods.base import Unit


class Kind(StrEnum):
    """How a field is typed: one number, one of a list, ..., one number a line, rows of fields, fields for each of a few
    words (`keyed`: each stands once at most), a group, JSON."""

    number = "number"
    whole = "whole"
    choice = "choice"
    flag = "flag"
    text = "text"
    numbers = "numbers"
    rows = "rows"
    keyed = "keyed"
    group = "group"
    json = "json"


@dataclass(frozen=True, slots=True)
class Shape:
    """One field. `low` and `high` are bounds of a number (of each number of a list), `over` and `under` tell that the
    bound itself is outside; `least` and `most` bound a length (characters, numbers, rows)."""

    name: str
    kind: Kind
    label: Text
    help: Text
    unit: Unit
    required: bool
    default: Any = None
    example: Any = None
    low: Decimal | None = None
    high: Decimal | None = None
    over: bool = False
    under: bool = False
    least: int | None = None
    most: int | None = None
    options: tuple[str, ...] = ()
    fields: tuple[Shape, ...] = ()


# --- from the model ---


def _unwrap(annotation: Any) -> tuple[Any, list[Any]]:
    """The plain type under Annotated and "or None", and what was said of it."""
    said: list[Any] = []
    while True:
        if get_origin(annotation) is Annotated:
            for item in annotation.__metadata__:
                said += item.metadata if isinstance(item, FieldInfo) else [item]
            annotation = annotation.__origin__
            continue
        if get_origin(annotation) in (Union, types.UnionType):
            others = [a for a in get_args(annotation) if a is not type(None)]
            if len(others) == 1:
                annotation = others[0]
                continue
        return annotation, said


def _number(bound: Any) -> Decimal:
    return Decimal(str(bound))


def _bounds(said: list[Any]) -> dict[str, Any]:
    """What was said of a number or a length; of two bounds on one side the narrower holds."""
    found: dict[str, Any] = {}
    lows = [(_number(x.ge), False) for x in said if isinstance(x, at.Ge)]
    lows += [(_number(x.gt), True) for x in said if isinstance(x, at.Gt)]
    highs = [(_number(x.le), True) for x in said if isinstance(x, at.Le)]
    highs += [(_number(x.lt), False) for x in said if isinstance(x, at.Lt)]
    if lows:
        found["low"], found["over"] = max(lows)
    if highs:
        high, within = min(highs)
        found |= {"high": high, "under": not within}
    for item in said:
        if isinstance(item, at.MinLen):
            found["least"] = item.min_length
        elif isinstance(item, at.MaxLen):
            found["most"] = item.max_length
    return found


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _shape(name: str, info: FieldInfo, above: tuple[type, ...]) -> Shape:
    extra: Mapping[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, Mapping) else {}
    kind, said = _unwrap(info.annotation)
    default = None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
    base = Shape(
        name=name,
        kind=Kind.json,
        label=Text(str(extra.get("title_vi", name)), str(extra.get("title_en", name))),
        help=Text(str(extra.get("help_vi", "")), str(extra.get("help_en", ""))),
        unit=Unit(str(extra.get("unit", "none"))),
        required=info.is_required(),
        default=default,
        example=extra.get("example"),
        **_bounds([*said, *info.metadata]),
    )
    return _kinded(base, kind, above)


def _kinded(base: Shape, kind: Any, above: tuple[type, ...]) -> Shape:
    plain = {bool: Kind.flag, int: Kind.whole, Decimal: Kind.number, str: Kind.text}
    if kind in plain:
        return replace(base, kind=plain[kind])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return replace(base, kind=Kind.choice, options=tuple(str(m.value) for m in kind))
    if get_origin(kind) is Literal:
        return replace(base, kind=Kind.choice, options=tuple(str(v) for v in get_args(kind)))
    if _is_model(kind) and kind not in above:
        inner = _fields(kind, above)
        return replace(base, kind=Kind.group, fields=inner) if _flat(inner) else base
    if get_origin(kind) in (list, tuple):
        given = get_args(kind)
        item, said = _unwrap(given[0])
        if get_origin(kind) is tuple and given[-1] is not ...:
            return base
        if item in (Decimal, int):
            return replace(base, kind=Kind.numbers, **_bounds(said))
        if _is_model(item) and item not in above:
            inner = _fields(item, above)
            if inner and inner[0].kind is Kind.choice and base.most == len(inner[0].options):
                return replace(base, kind=Kind.keyed, options=inner[0].options, fields=inner)
            return replace(base, kind=Kind.rows, fields=inner) if _flat(inner) else base
    return base


def _flat(inner: tuple[Shape, ...]) -> bool:
    """Whether a row or a group can be typed field by field."""
    return all(f.kind not in (Kind.rows, Kind.json) for f in inner)


def _fields(model: type[BaseModel], above: tuple[type, ...]) -> tuple[Shape, ...]:
    return tuple(_shape(name, info, (*above, model)) for name, info in model.model_fields.items())


@lru_cache
def _kept(model: type[BaseModel]) -> tuple[Shape, ...]:
    return _fields(model, ())


def shapes(model: type[BaseModel]) -> tuple[Shape, ...]:
    """The fields of a method's inputs, in the model's order."""
    return _kept(model)


def find(fields: tuple[Shape, ...], path: str) -> Shape | None:
    """The field an error's dotted path leads to ("comparables.0.price"); inside a `json` part, that part."""
    found: Shape | None = None
    for part in path.split("."):
        if part.isdigit():
            continue
        inner = fields if found is None else found.fields
        if found is not None and found.kind is Kind.keyed and part in found.options:
            continue
        step = next((f for f in inner if f.name == part), None)
        if step is None:
            return found
        found = step
    return found


# --- ranges in words ---


def amount(value: Decimal, locale: str) -> str:
    group, point = (".", ",") if locale == "vi" else (",", ".")
    whole, _, rest = f"{value:f}".partition(".")
    sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    rest = rest.rstrip("0")
    return sign + f"{int(digits):,}".replace(",", group) + (point + rest if rest else "")


def in_words(value: Decimal, unit: Unit, locale: str) -> str:
    """0.18 as a rate: "0,18 (18 %)"; an amount with its thousands apart."""
    text = amount(value, locale)
    return f"{text} ({amount(value * 100, locale)} %)" if unit is Unit.rate and value else text


def allowed(shape: Shape) -> Text | None:
    """The range a number must lie in, as a sentence; None for a field without bounds."""
    if shape.kind not in (Kind.number, Kind.whole, Kind.numbers):
        return None

    def say(locale: str, words: tuple[str, str, str, str]) -> str:
        over, from_, under, to = words
        parts = []
        if shape.low is not None:
            parts.append(f"{over if shape.over else from_} {in_words(shape.low, shape.unit, locale)}")
        if shape.high is not None:
            parts.append(f"{under if shape.under else to} {in_words(shape.high, shape.unit, locale)}")
        return " ".join(parts)

    if shape.low is None and shape.high is None:
        return None
    vi = say("vi", ("trên", "từ", "đến dưới", "đến"))
    en = say("en", ("above", "from", "to below", "to"))
    return Text(f"Giá trị phải nằm trong khoảng: {vi}.", f"The value must be in the range: {en}.")


# --- examples ---


def example(fields: tuple[Shape, ...]) -> dict[str, Any]:
    """Inputs a newcomer may start from: the examples of the fields, else their defaults; what is optional and has
    neither is left out."""
    made: dict[str, Any] = {}
    for f in fields:
        if f.example is not None:
            made[f.name] = plain(f.example)
        elif f.required and f.kind is Kind.group:
            made[f.name] = example(f.fields)
        elif f.required and f.kind is Kind.rows:
            made[f.name] = [example(f.fields) for _ in range(f.least or 1)]
        elif f.required and f.kind is Kind.choice:
            made[f.name] = f.options[0]
        elif f.default not in (None, (), []):
            made[f.name] = plain(f.default)
    return made


def choices(fields: tuple[Shape, ...]) -> Iterator[str]:
    """Every value that some field offers to choose from."""
    for f in fields:
        yield from f.options
        yield from choices(f.fields)
