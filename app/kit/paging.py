"""Keyset paging: an opaque cursor holds the last row's sort values, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.kit.errors import Invalid
from app.kit.text import Text

K = TypeVar("K")
T = TypeVar("T")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    next_cursor: str | None = None
    total: int | None = None


def clamp(limit: int) -> int:
    return max(1, min(limit, MAX_LIMIT))


def encode(values: Sequence[str | int | float | None]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def _bad() -> Invalid:
    return Invalid(
        "bad_cursor",
        Text("Trang kết quả không hợp lệ. Hãy về trang đầu.", "Not a valid page. Go back to the first one."),
    )


def decode(cursor: str, size: int) -> list[str | int | float | None]:
    """The values of a cursor of `size` parts; Invalid when it was altered or belongs to another list."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        values = None
    if (
        not isinstance(values, list)
        or len(values) != size
        or not all(isinstance(v, str | int | float | None) for v in values)
    ):
        raise _bad()
    return values


def key(value: str) -> str:
    """A text as the database keeps it; ValueError for one it cannot hold."""
    if "\x00" in value:
        raise ValueError("a zero character")
    value.encode()
    return value


def position(cursor: str, first: Callable[[str], K], second: Callable[[str], T]) -> tuple[K, T]:
    """Both values of a cursor, each read by its reader; Invalid when one of them is not what it reads."""
    values = decode(cursor, 2)
    try:
        return first(str(values[0])), second(str(values[1]))
    except ValueError:
        raise _bad() from None


def only(cursor: str, reader: Callable[[str], T]) -> T:
    """The value of a cursor of one part."""
    try:
        return reader(str(decode(cursor, 1)[0]))
    except ValueError:
        raise _bad() from None
