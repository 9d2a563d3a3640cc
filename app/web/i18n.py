"""Interface text: Vietnamese in the templates is the source, English comes from the PO files beside this one."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

LOCALES_DIR = Path(__file__).parent / "locales"


@lru_cache
def catalogue(locale: str) -> dict[str | tuple[str, str], str | tuple[str, ...]]:
    """msgid (or (context, msgid)) -> translation, merged from every PO file of the locale."""
    merged: dict[str | tuple[str, str], str | tuple[str, ...]] = {}
    for path in sorted((LOCALES_DIR / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if not message.id or message.fuzzy:
                    continue
                msgid = message.id[0] if isinstance(message.id, tuple | list) else message.id
                key = (message.context, msgid) if message.context else msgid
                string = message.string
                if isinstance(string, str) and string:
                    merged[key] = string
                elif isinstance(string, tuple | list) and all(string):
                    merged[key] = tuple(str(s) for s in string)
    return merged


class Translator:
    """The four gettext functions of one locale; Vietnamese returns its source text, which has no plural forms."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._messages = {} if locale == "vi" else catalogue(locale)

    def _find(self, key: str | tuple[str, str]) -> str | None:
        found = self._messages.get(key)
        return found[0] if isinstance(found, tuple) else found

    def gettext(self, message: str) -> str:
        return self._find(message) or message

    def pgettext(self, context: str, message: str) -> str:
        return self._find((context, message)) or self.gettext(message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        found = self._messages.get(singular)
        if isinstance(found, tuple):
            return found[0] if n == 1 else found[-1]
        return found or (singular if n == 1 else plural)

    def npgettext(self, context: str, singular: str, plural: str, n: int) -> str:
        return self.ngettext(singular, plural, n)


@lru_cache
def translator(locale: str) -> Translator:
    return Translator(locale)
