"""Keyed digests for cookies, CSRF tokens and links, each under its own purpose so that none serves for another."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from app.settings import settings


def digest(purpose: str, message: str) -> bytes:
    key = settings().secret_key.get_secret_value().encode()
    return hmac.digest(key, f"{purpose}\0{message}".encode(), hashlib.sha256)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def seal(purpose: str, value: Any, seconds: int) -> str:
    """A signed, dated value for a cookie or a link; readable by its holder, not alterable."""
    body = _b64(json.dumps([int(time.time()) + seconds, value], ensure_ascii=False).encode())
    return f"{body}.{_b64(digest(purpose, body))}"


def unseal(purpose: str, sealed: str) -> Any | None:
    body, _, signature = sealed.partition(".")
    try:
        if not hmac.compare_digest(_unb64(signature), digest(purpose, body)):
            return None
        expires, value = json.loads(_unb64(body))
    except (ValueError, TypeError):
        return None
    return value if expires >= time.time() else None


def mask(value: bytes) -> str:
    """A fresh look for a constant token at every use, so that compression of the page cannot leak it (BREACH)."""
    pad = secrets.token_bytes(len(value))
    return _b64(pad + bytes(a ^ b for a, b in zip(pad, value, strict=True)))


def unmask(text: str) -> bytes:
    try:
        raw = _unb64(text)
    except ValueError:
        return b""
    half = len(raw) // 2
    return bytes(a ^ b for a, b in zip(raw[:half], raw[half:], strict=False))


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a random token: a plain hash is enough, the token itself has 256 bits."""
    return hashlib.sha256(token.encode()).digest()
