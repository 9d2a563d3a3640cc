"""What people type, made plain before it is validated: text, amounts, rates. Values of other types pass unchanged."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from app.kit.text import nfc, one_line


def clean(value: Any) -> Any:
    return nfc(value).strip() or None if isinstance(value, str) else value


def line(value: Any) -> Any:
    return one_line(value) or None if isinstance(value, str) else value


def whole(value: Any) -> Any:
    """Amounts typed as people type them ("1.250.000.000", "1 250 000 000 ₫"); never a float, never a boolean."""
    if isinstance(value, str):
        compact = re.sub(r"[\s.,₫đ\u00a0]", "", value)
        return int(compact) if compact.isdigit() else value
    return value


def rate(value: Any) -> Any:
    return value.strip().rstrip("%").strip().replace(",", ".") if isinstance(value, str) else value


def plain(value: Decimal | None) -> Decimal | None:
    """A rate without trailing zeros: 3.5 and 3.50 are one value, so they have one writing and one hash."""
    if value is None:
        return None
    return value.quantize(Decimal(1)) + 0 if value == value.to_integral_value() else value.normalize()
