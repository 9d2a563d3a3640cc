"""A document as Meilisearch keeps it. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from app.kit.text import nfc
from search import phrases, synonyms
from search.documents import NO_PRICE, NO_VALUE, Document, IndexSettings, facet_values, number, texts
from search.meilisearch.settings import DIGEST, FORMS, FRESH, ID_PARTS, NEWEST, PHRASES, SAME, TITLE_KEY, facet
from search.query import compacts, words_of

LONGEST = 20_000
# Meilisearch ignores longer values when it sorts (468 bytes), and the key is written as two digits a byte.
LONGEST_KEY_BYTES = 230
_VIETNAMESE = frozenset("àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def clean(text: str) -> str:
    return _CONTROL.sub("", nfc(_CONTROL.sub("", text)))


def micros(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def id_parts(id_: UUID) -> dict[str, int]:
    """Three numbers that order as the UUID does."""
    whole = id_.int
    return dict(zip(ID_PARTS, (whole >> 80, (whole >> 40) & (2**40 - 1), whole & (2**40 - 1)), strict=True))


def title_key(key: str) -> str:
    """Digits that order as the key's bytes do: Meilisearch would lower its case and take it to pieces."""
    return nfc(key).encode("utf-8", "surrogatepass")[:LONGEST_KEY_BYTES].hex()


def other_number(word: str) -> str:
    """An English word's singular, or the plural of one that ends in a consonant and y; "" for none."""
    if len(word) < 4 or not (word.isascii() and word.isalpha()):
        return ""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("ses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return ""


def _english(text: str) -> bool:
    return _VIETNAMESE.isdisjoint(text.lower())


def _same(said: Iterable[str]) -> list[str]:
    """The other names of every term of synonyms.toml in the texts."""
    found: dict[str, None] = {}
    for text in said:
        found.update((" ".join(other), None) for other in synonyms.others(words_of(text)))
    return list(found)


def write(settings: IndexSettings, document: Document) -> dict[str, Any]:
    """Numbers that stand for "none" are left out: Meilisearch sorts what has no value last, both ways."""
    made: dict[str, Any] = {
        "id": str(document.id),
        NEWEST: micros(document.published_at),
        FRESH: micros(document.refreshed_at),
        TITLE_KEY: title_key(document.sort_title),
        PHRASES: [nfc(p) for p in phrases.of(settings, document)],
        **id_parts(document.id),
    }
    for name in settings.numbers:
        value = number(document, name)
        if value not in (NO_PRICE, NO_VALUE):
            made[name] = value
    forms: dict[str, None] = {}
    said: list[str] = []
    for names in settings.searchable.values():
        for name in names:
            values = [clean(t[:LONGEST]) for t in texts(document, name)]
            said += values
            for text in values:
                if name in settings.english or _english(text):
                    forms.update((other, None) for w in words_of(text) if (other := other_number(w)))
            if name == "identifiers":
                values = list(dict.fromkeys([*values, *(c for v in values for c in compacts(v))]))
            if values:
                made[name] = (
                    values if isinstance(getattr(document, name), list | tuple | set | frozenset) else values[0]
                )
    made[FORMS] = " ".join(forms)
    made[SAME] = _same(said)
    held: dict[str, list[str]] = {}
    for name, slug in sorted(facet_values(settings, document)):
        held.setdefault(facet(name), []).append(clean(slug))
    made |= held
    made[DIGEST] = digest(made)
    return made


def digest(made: dict[str, Any]) -> str:
    """Of everything in the document but itself: two documents with one digest are the same."""
    plain = json.dumps({k: v for k, v in made.items() if k != DIGEST}, sort_keys=True)
    return hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
