"""The seal of an introduction: one writing of what was said, and its hash. Pure.

`seal = sha256(canonical JSON of the payload with its nonce)`: keys sorted, no spaces, UTF-8, NFC. The nonce is 32
random bytes in hex, so that nobody finds the parties out of the seal by trying them all.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from datetime import UTC, datetime
from typing import Any

VERSION = "santex introduction 1"


def canonical(value: Any) -> str:
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return unicodedata.normalize("NFC", plain)


def nonce() -> str:
    return secrets.token_hex(32)


def seal(payload: dict[str, Any], nonce_: str) -> str:
    """Hex sha256. Whatever JSON can hold has one, half a character of a broken text included."""
    return hashlib.sha256(canonical({"nonce": nonce_, "payload": payload}).encode("utf-8", "surrogatepass")).hexdigest()


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
