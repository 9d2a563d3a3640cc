"""Identifiers: UUID version 7 (RFC 9562), so that primary keys arrive in order of time."""

from __future__ import annotations

import os
import time
from uuid import UUID, uuid4


def new_id() -> UUID:
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def sealed_id() -> UUID:
    """An id that tells nothing, not even when it was made: for what may be anonymous."""
    return uuid4()


_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another


def sealed_reference(prefix: str, id_: UUID) -> str:
    """A short name of a sealed id for people to write down: "NC-7F3K-2A9M". It counts nothing."""
    value, signs = id_.int, ""
    for _ in range(8):
        value, digit = divmod(value, len(_SIGNS))
        signs += _SIGNS[digit]
    return f"{prefix}-{signs[:4]}-{signs[4:]}"


def parse_id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        return None
