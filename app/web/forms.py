"""Forms into the same Pydantic commands the API takes, and validation errors into sentences that say how to mend.

Names nest by dots and numbers: `rights.0.kind=invention` -> {"rights": [{"kind": "invention"}]}; a key that
stands several times becomes a list where the model wants one. Empty strings count as not given.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request

from app.kit.errors import BilingualError, Invalid
from app.kit.text import Text
from app.web.csrf import FIELD

M = TypeVar("M", bound=BaseModel)
MAX_INDEX = 50


async def parse_form(request: Request, model: type[M]) -> M:
    """The command in the request's form; Invalid with the fields' errors (`form_data` keeps what was typed)."""
    return build(model, await form_data(request))


async def form_data(request: Request) -> dict[str, Any]:
    form = await request.form(max_files=20, max_fields=1000)
    return nest([(k, v) for k, v in form.multi_items() if k != FIELD and not isinstance(v, UploadFile)])


def nest(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for key, raw in pairs:
        value = raw.strip() if isinstance(raw, str) else raw
        node = root
        parts = key.split(".")
        for part in parts[:-1]:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise Invalid(fields={key: MESSAGES["other"]})
        last = parts[-1]
        if last in node and not isinstance(node[last], dict):
            node[last] = [*node[last], value] if isinstance(node[last], list) else [node[last], value]
        else:
            node[last] = value
    made = _lists(root)
    return made if isinstance(made, dict) else {}


def _lists(node: Any) -> Any:
    """Dictionaries whose keys are small numbers are lists; rows in which nothing was typed fall out."""
    if not isinstance(node, dict):
        return node
    made = {k: _lists(v) for k, v in node.items()}
    if made and all(k.isdigit() and int(k) <= MAX_INDEX for k in made):
        return [made[k] for k in sorted(made, key=int) if not _empty(made[k])]
    return made


def _empty(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_empty(v) for k, v in value.items())
    if isinstance(value, list):
        return all(_empty(v) for v in value)
    return value in ("", None)


def build(model: type[M], data: Mapping[str, Any]) -> M:
    """Validate; Invalid (fields -> sentence) when the data does not fit."""
    try:
        return model.model_validate(_shape(model, data))
    except ValidationError as error:
        raise invalid(error) from None


def _shape(annotation: Any, value: Any) -> Any:
    """Bend form values to what the model asks: "" is absent, one value for a list is a list of one."""
    wanted = [a for a in _options(annotation) if a is not type(None)]
    kind = wanted[0] if len(wanted) == 1 else annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(value, Mapping):
        shaped = {}
        for name, field in kind.model_fields.items():
            key = name if name in value else field.alias or name
            if key in value and (item := _shape(field.annotation, value[key])) is not None:
                shaped[key] = item
        return shaped
    if get_origin(kind) in (list, tuple, set, frozenset):
        inner = (get_args(kind) or (Any,))[0]
        values = value if isinstance(value, list) else [value]
        return [_shape(inner, v) for v in values if v not in ("", None)]
    return None if value == "" else value


def _options(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return _options(get_args(annotation)[0])
    return (annotation,)


MESSAGES: dict[str, Text] = {
    "missing": Text("Hãy điền mục này.", "Fill in this field."),
    "string_too_short": Text("Cần ít nhất {min_length} ký tự.", "Use at least {min_length} characters."),
    "string_too_long": Text("Tối đa {max_length} ký tự.", "Use at most {max_length} characters."),
    "too_short": Text("Cần ít nhất {min_length} mục.", "Give at least {min_length}."),
    "too_long": Text("Tối đa {max_length} mục.", "Give at most {max_length}."),
    "greater_than": Text("Phải lớn hơn {gt}.", "Must be greater than {gt}."),
    "greater_than_equal": Text("Phải từ {ge} trở lên.", "Must be {ge} or more."),
    "less_than": Text("Phải nhỏ hơn {lt}.", "Must be less than {lt}."),
    "less_than_equal": Text("Phải từ {le} trở xuống.", "Must be {le} or less."),
    "int": Text("Hãy nhập một số nguyên, ví dụ 250000000.", "Enter a whole number, for example 250000000."),
    "decimal": Text("Hãy nhập một số, ví dụ 3.5.", "Enter a number, for example 3.5."),
    "date": Text("Hãy nhập ngày dạng NĂM-THÁNG-NGÀY, ví dụ 2026-11-24.", "Enter a date, for example 2026-11-24."),
    "bool": Text("Hãy chọn có hoặc không.", "Choose yes or no."),
    "enum": Text("Hãy chọn một giá trị trong danh sách.", "Choose one of the listed values."),
    "email": Text("Địa chỉ email chưa đúng dạng ten@donvi.vn.", "Enter an e-mail address like name@example.org."),
    "extra_forbidden": Text("Mục này không nhận ở đây.", "This field is not accepted here."),
    "string": Text("Hãy nhập chữ.", "Enter text."),
    "other": Text("Giá trị chưa đúng.", "This value is not valid."),
}
_KINDS = {
    "int_parsing": "int",
    "int_type": "int",
    "int_from_float": "int",
    "int_parsing_size": "int",
    "decimal_parsing": "decimal",
    "decimal_type": "decimal",
    "decimal_max_places": "decimal",
    "decimal_max_digits": "decimal",
    "decimal_whole_digits": "decimal",
    "float_parsing": "decimal",
    "finite_number": "decimal",
    "date_parsing": "date",
    "date_type": "date",
    "date_from_datetime_parsing": "date",
    "date_from_datetime_inexact": "date",
    "bool_parsing": "bool",
    "literal_error": "enum",
    "string_type": "string",
}


def invalid(error: ValidationError) -> Invalid:
    """Pydantic's errors as ours: dotted field name -> sentence in both languages."""
    return from_items(error.errors(include_url=False, include_input=False))


def from_items(items: Iterable[Any]) -> Invalid:
    fields: dict[str, Text] = {}
    for item in items:
        name = ".".join(str(p) for p in item["loc"] if p not in ("body", "query", "path")) or "form"
        kind, ctx = item["type"], item.get("ctx", {})
        cause = ctx.get("error")
        if isinstance(cause, BilingualError):
            message = cause.text
            name = cause.field or name
        elif kind == "value_error" and "email" in item["msg"]:
            message = MESSAGES["email"]
        else:
            message = MESSAGES.get(_KINDS.get(kind, kind), MESSAGES["other"]).format(**ctx)
        fields.setdefault(name, message)
    return Invalid(fields=fields)


def values_of(model: BaseModel | None) -> dict[str, Any]:
    return model.model_dump(mode="json") if model else {}


def options(kind: Iterable[Any], locale: str) -> list[tuple[str, str]]:
    """(value, words) of every member of a Choice: what a select or a group of radio buttons offers."""
    return [(m.value, m.label.get(locale)) for m in kind]
