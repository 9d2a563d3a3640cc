"""Text in two languages, and Vietnamese folding and order.

Everything stored is Unicode NFC (`nfc`). `fold` is for comparison and slugs, never for display.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from vn_collate import collate_key

LOCALES = ("vi", "en")
DEFAULT_LOCALE = "vi"

_SPACE = re.compile(r"\s+")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
# Control characters but for tab and line feed: PostgreSQL refuses NUL, and none has a place in a form.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u2028\u2029\ufeff]")


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or label in Vietnamese and English; `{name}` places are filled by `format`."""

    vi: str
    en: str

    def get(self, locale: str) -> str:
        return self.en if locale == "en" else self.vi

    def format(self, **values: object) -> Text:
        return Text(self.vi.format(**values), self.en.format(**values))


def nfc(value: str) -> str:
    """NFC without control characters: the only form in which text enters the database."""
    return _CONTROL.sub("", unicodedata.normalize("NFC", value.replace("\r\n", "\n")))


def one_line(value: str) -> str:
    return _SPACE.sub(" ", nfc(value)).strip()


def fold(value: str) -> str:
    """Lower case without Vietnamese diacritics: "Trí tuệ Đà Nẵng" -> "tri tue da nang"."""
    decomposed = unicodedata.normalize("NFD", value.lower().replace("đ", "d"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def slug(value: str, limit: int = 80) -> str:
    return _NOT_SLUG.sub("-", fold(value)).strip("-")[:limit].strip("-")


def sort_key(value: str) -> str:
    """Key for Vietnamese dictionary order, stored as text and ordered by `COLLATE "C"`."""
    return collate_key(one_line(value))
