"""Keyset paging: an opaque cursor holds the last row's sort values, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.kit.errors import Invalid
from app.kit.text import Text

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


def decode(cursor: str, size: int) -> list[str | int | float | None]:
    """The values of a cursor of `size` parts; Invalid when it was altered or belongs to another list."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = json.loads(raw)
    except (binascii.Error, ValueError):
        values = None
    if (
        not isinstance(values, list)
        or len(values) != size
        or not all(isinstance(v, str | int | float | None) for v in values)
    ):
        raise Invalid(
            "bad_cursor",
            Text("Trang kết quả không hợp lệ. Hãy về trang đầu.", "Not a valid page. Go back to the first one."),
        )
    return values
