"""Inputs by path: `royalty_rate`, `stages.1.probability`. How a tool (simulation, sensitivity) reaches into the inputs
of the method it works on, and how it says which of them does not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from app.kit.text import Text
from app.valuations.methods.base import Inputs, Method, OutOfRange, Unit


def reach(inputs: Inputs, path: str, field: str) -> Decimal:
    """The number at the path; OutOfRange (`field`) when there is none: counts (steps, periods) do not vary."""
    at: Any = inputs
    for part in path.split("."):
        if isinstance(at, BaseModel) and part in type(at).model_fields:
            at = getattr(at, part)
        elif isinstance(at, tuple) and part.isdigit() and int(part) < len(at):
            at = at[int(part)]
        else:
            raise OutOfRange(field, _NO_SUCH.format(path=path))
    if not isinstance(at, Decimal):
        raise OutOfRange(field, _NO_NUMBER.format(path=path))
    return at


def unit(inputs: Inputs, path: str) -> Unit:
    """What the number at the path counts: the unit of the nearest named input."""
    at: Any = inputs
    found = Unit.none
    for part in path.split("."):
        if isinstance(at, BaseModel):
            extra = type(at).model_fields[part].json_schema_extra
            found = Unit(str(extra["unit"])) if isinstance(extra, dict) and "unit" in extra else Unit.none
            at = getattr(at, part)
        else:
            at = at[int(part)]
    return found


def names(inputs: Inputs, path: str) -> Text:
    """The path in words of both languages: the name of the input, with its place in a list."""
    at: Any = inputs
    vi, en = [], []
    for part in path.split("."):
        if isinstance(at, BaseModel):
            extra = type(at).model_fields[part].json_schema_extra
            known = extra if isinstance(extra, dict) else {}
            vi.append(str(known.get("title_vi", part)))
            en.append(str(known.get("title_en", part)))
            at = getattr(at, part)
        else:
            vi.append(str(int(part) + 1))
            en.append(str(int(part) + 1))
            at = at[int(part)]
    return Text(" ".join(vi), " ".join(en))


def moved(inputs: Inputs, changes: Mapping[str, tuple[Decimal, str]]) -> Inputs:
    """The same inputs with other numbers: path -> (number, field to name when it does not fit). Checked anew."""
    data = inputs.model_dump()
    for path, (value, _) in changes.items():
        *way, last = path.split(".")
        at: Any = data
        for part in way:
            if isinstance(at, dict) and isinstance(at[part], tuple):
                at[part] = list(at[part])
            elif isinstance(at, list) and isinstance(at[int(part)], tuple):
                at[int(part)] = list(at[int(part)])
            at = at[part] if isinstance(at, dict) else at[int(part)]
        at[last if isinstance(at, dict) else int(last)] = value
    try:
        return type(inputs).model_validate(data)
    except ValidationError as error:
        item = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(p) for p in item["loc"])
        field = next((f for path, (_, f) in changes.items() if path == where), next(iter(changes.values()))[1])
        raise OutOfRange(field, _DOES_NOT_FIT.format(bounds=bounds(item), **_shown(changes, where))) from None


def _shown(changes: Mapping[str, tuple[Decimal, str]], where: str) -> dict[str, str]:
    path, (value, _) = next(((p, c) for p, c in changes.items() if p == where), next(iter(changes.items())))
    return {"path": path, "value": f"{value:f}" if abs(value.adjusted()) < 30 else str(value)}


def bounds(item: Mapping[str, Any]) -> str:
    """The bound that a number broke, in signs: "≥ 0", "≤ 1"."""
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    return ", ".join(f"{signs[k]} {v}" for k, v in dict(item.get("ctx", {})).items() if k in signs) or "?"


def read(method: Method[Any], data: Any) -> Inputs:
    """The method's inputs. Raises ValidationError: inside a validator its errors join those of the outer model."""
    made: Inputs = method.inputs.model_validate(data)
    return made


def within(field: str, work: Callable[[], Any]) -> Any:
    """Run a calculation of the method under the tool: what it refuses is named as `field`.its own field."""
    try:
        return work()
    except OutOfRange as error:
        raise OutOfRange(f"{field}.{error.field}" if error.field else field, error.text) from None


_NO_SUCH = Text(
    "Phương pháp không có đầu vào “{path}” trong dữ liệu đã nhập.", "The method was given no input {path!r}."
)
_NO_NUMBER = Text(
    "“{path}” không phải một số có thể thay đổi (hoặc đang bỏ trống).",
    "{path!r} is no number that may vary, or is empty.",
)
_DOES_NOT_FIT = Text(
    "Đầu vào “{path}” không nhận giá trị {value} (phải {bounds}).",
    "The input {path!r} does not take {value} (must be {bounds}).",
)
