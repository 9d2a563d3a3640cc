"""Reviewed rows of terms that mean the same (synonyms.toml).

An engine may expand a query by them (`expand`), or index beside the words a token for each term that a text holds
(`tokens`) and look for that (`token`): then one look-up finds all names of a thing, and a change wants a rebuild,
which the settings' hash tells (`fingerprint`).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.kit.text import fold

LONGEST = 6
FILE = Path(__file__).with_name("synonyms.toml")

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing in both languages, with other names for it."""

    field: str
    vi: tuple[str, ...]
    en: tuple[str, ...]


def split(term: str) -> Words:
    return tuple("".join(c if c.isalnum() else " " for c in fold(term)).split())


@lru_cache(maxsize=1)
def pairs() -> tuple[Pair, ...]:
    """The rows as written."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(_pair(field, row) for field, part in data.items() for row in part["pairs"].splitlines() if row.strip())


def _pair(field: str, row: str) -> Pair:
    vi, equal, en = row.partition(" = ")
    if not equal or " = " in en:
        raise ValueError(f"not a row of synonyms: {row}")
    return Pair(field, *(tuple(t.strip() for t in side.split(",")) for side in (vi, en)))


@lru_cache(maxsize=1)
def groups() -> tuple[tuple[str, ...], ...]:
    """The terms as written, group by group."""
    return tuple((*pair.vi, *pair.en) for pair in pairs())


@lru_cache(maxsize=1)
def _by_words() -> dict[Words, tuple[Words, ...]]:
    table: dict[Words, dict[Words, None]] = {}
    for group in groups():
        for term in group:
            others = table.setdefault(split(term), {})
            others.update((split(o), None) for o in group if split(o) != split(term))
    return {words: tuple(others) for words, others in table.items()}


def alternatives(words: Sequence[str]) -> tuple[Words, ...]:
    """What means the same as these words together."""
    return _by_words().get(tuple(fold(w) for w in words), ())


@lru_cache(maxsize=1)
def _tokens() -> dict[Words, str]:
    return {split(term): "zz" + "".join(split(group[0])) for group in groups() for term in group}


@lru_cache(maxsize=1)
def _openings() -> frozenset[str]:
    return frozenset(words[0] for words in _tokens())


def token(words: Sequence[str]) -> str:
    """The one word that stands for this term and all that mean the same; empty when these words are no term."""
    return _tokens().get(tuple(fold(w) for w in words), "")


def tokens(words: Sequence[str]) -> list[str]:
    """The tokens of all terms in a text, also of those within longer ones."""
    folded, known, openings = [fold(w) for w in words], _tokens(), _openings()
    return [
        found
        for i, word in enumerate(folded)
        if word in openings
        for size in range(1, LONGEST + 1)
        if i + size <= len(folded) and (found := known.get(tuple(folded[i : i + size])))
    ]


def others(words: Sequence[str]) -> list[Words]:
    """What all terms in a text are called otherwise, also those within longer ones."""
    folded, known, openings = [fold(w) for w in words], _by_words(), _openings()
    found = (
        known.get(tuple(folded[i : i + size]), ())
        for i, word in enumerate(folded)
        if word in openings
        for size in range(1, min(LONGEST, len(folded) - i) + 1)
    )
    return list(dict.fromkeys(other for names in found for other in names))


def fingerprint() -> str:
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:16]


def expand(words: Sequence[str]) -> list[tuple[Words, tuple[Words, ...]]]:
    """The words in order, cut into known terms (the longest first) and single words, each with its alternatives."""
    table = _by_words()
    folded = [fold(w) for w in words]
    out: list[tuple[Words, tuple[Words, ...]]] = []
    i = 0
    while i < len(words):
        for size in range(min(LONGEST, len(words) - i), 0, -1):
            alternatives = table.get(tuple(folded[i : i + size]))
            if alternatives:
                out.append((tuple(words[i : i + size]), alternatives))
                i += size
                break
        else:
            out.append(((words[i],), ()))
            i += 1
    return out
