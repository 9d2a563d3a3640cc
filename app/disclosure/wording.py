"""From a template to the one text that is signed, and its hash. Pure."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.kit.text import nfc, one_line

PLACES = ("deal", "technology", "seller", "buyer", "purpose", "term_months")
_PLACE = re.compile(r"\{(\w+)\}")
BETWEEN = "\n\n— — —\n\n"


@lru_cache
def first_versions() -> tuple[dict[str, Any], ...]:
    """Version 1 of each template, which comes with the program and which no lawyer has checked."""
    file = Path(__file__).parent / "data" / "nda.toml"
    return tuple(tomllib.loads(file.read_text(encoding="utf-8"))["template"])


def places(body: str) -> tuple[list[str], list[str]]:
    """(places that are missing, places nobody knows) of a template."""
    found = _PLACE.findall(body)
    return [p for p in PLACES if p not in found], sorted({p for p in found if p not in PLACES})


def filled(body: str, values: Mapping[str, object]) -> str:
    """Every place filled once: a brace in somebody's own name is text and no place."""
    return _PLACE.sub(lambda m: one_line(str(values[m[1]])) if m[1] in values else m[0], nfc(body)).strip()


def agreement(body_vi: str, body_en: str, values: Mapping[str, object]) -> str:
    """The text that is signed: Vietnamese, which holds, and its English beneath."""
    return f"{filled(body_vi, values)}{BETWEEN}{filled(body_en, values)}\n"


def digest(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes: what `sha256sum` says of the file /ndas/ID/text."""
    return hashlib.sha256(text.encode()).hexdigest()


def same_name(typed: str, name: str) -> bool:
    """The full name as the account has it; spaces and capitals do not matter, accents do."""
    return bool(one_line(name)) and one_line(typed).casefold() == one_line(name).casefold()
