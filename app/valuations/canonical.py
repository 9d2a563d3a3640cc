"""One way to write numbers and JSON down, so that the same valuation is the same bytes, and the hash of those bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import Enum
from typing import Any

from pydantic import BaseModel

from app.kit.money import EXPONENTS

# Enough digits for `MOST` (10^18) with every digit a method counts with behind the point.
_WIDE = Context(prec=100)
_FAR = 400


def number(value: Decimal) -> str:
    """The shortest plain writing: no exponent, no trailing zeros, no minus before zero. 0.10 and 1E-1 are "0.1"."""
    if value and abs(value.adjusted()) > _FAR:  # no method gives it; written out, it could fill the memory
        return str(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def to_minor(value: Decimal, currency: str) -> Decimal:
    """An amount in units of the currency rounded to its minor unit, half to even: the one rounding of a valuation."""
    return value.quantize(Decimal(1).scaleb(-EXPONENTS[currency]), ROUND_HALF_EVEN, _WIDE)


def rounded(value: Decimal, places: int) -> Decimal:
    """To so many places behind the point, half to even, however large: for the eye, never for counting on."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, _WIDE)


def plain(value: Any) -> Any:
    """The value in JSON's types: numbers that count something as strings, dates as ISO, enums by value."""
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(plain(k)): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(v) for v in value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, float):
        return number(Decimal(repr(value)))
    if isinstance(value, date):
        return value.isoformat()
    return value


def write(value: Any) -> bytes:
    """Canonical JSON in UTF-8: sorted keys, no spaces, Decimals as strings, text as it is."""
    text = json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def read(data: bytes | str) -> Any:
    """JSON with every fraction as the Decimal it prints; ValueError for what is no JSON, NaN and infinities."""
    return json.loads(data, parse_float=Decimal, parse_constant=_no_constant)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
