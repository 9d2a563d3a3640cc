"""Whether a text that should be silent about somebody tells who it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.kit.text import fold

_LEGAL_FORMS = {
    "cong", "ty", "tnhh", "mtv", "co", "phan", "cp", "tong", "tap", "doan", "doanh", "nghiep", "truong", "dai", "hoc",
    "vien", "nghien", "cuu", "hop", "tac", "xa", "benh", "trung", "tam", "so", "chi", "cuc", "nha", "may", "company",
    "ltd", "jsc", "university", "institute", "and", "of", "the", "va",
}  # fmt: skip
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|https?://\S+|\bwww\.\S+|(?<![\d.,])(?:\+84|0)[\s.]?\d{2,3}[\s.]?\d{3}[\s.]?\d{3,4}(?![\d])"
    r"|(?:mst|mã số thuế|tax code)\D{0,5}\d{10}",
    re.IGNORECASE,
)


def _plain(text: str) -> str:
    return " " + " ".join("".join(c if c.isalnum() else " " for c in fold(text)).split()) + " "


def names_of(*names: str | None) -> set[str]:
    """What a text must not say of an organisation: its name, also without the legal form, and its short form."""
    found = set()
    for name in filter(None, names):
        words = _plain(name).split()
        own = [w for w in words if w not in _LEGAL_FORMS]
        if words:
            found.add(" ".join(words))
        if own and (len(own) > 1 or len(own[0]) > 4):
            found.add(" ".join(own))
        found |= {fold(w) for w in re.findall(r"\b[A-ZĐ]{3,10}\b", name) if fold(w) not in _LEGAL_FORMS}
    return found


def _spoken(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(_spoken(v) for v in value.values())
    if isinstance(value, list | tuple):
        return " ".join(_spoken(v) for v in value)
    return value if isinstance(value, str) else ""


def tells(value: Any, names: set[str]) -> bool:
    """Whether a value (a text, or texts in lists and mappings) holds one of the names, or a way to reach somebody."""
    spoken = _spoken(value)
    plain = _plain(spoken)
    return bool(_CONTACT.search(spoken)) or any(f" {name} " in plain for name in names)
