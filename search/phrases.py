"""Phrases of documents: what is suggested while typing, and what a mistyped text is compared with.

Vietnamese syllables are so short that one wrong letter gives another syllable, so whole phrases are compared,
never single words. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from app.kit.text import fold, nfc
from search.documents import Document, IndexSettings, Part, texts
from search.query import words_of

MIN_WORDS = 1
MAX_WORDS = 7
MAX_CHARACTERS = 80
MAX_PHRASES = 24
SIMILAR = 0.4

# A title is a few noun phrases held together by these words and by punctuation.
_JOINTS = re.compile(
    r"[,;:()\[\]/–—|\"“”]|\s-\s|\s(?:và|bằng|cho|trong|từ|với|để|trên|của|theo|nhằm|tại|qua|không|dùng|sử dụng|ứng dụng"
    r"|and|for|of|with|using|in|by|to|from|on|the|a|an|at|via)(?=\s)",
    re.IGNORECASE,
)


def _clean(text: str) -> str:
    return " ".join(words_of(text))


def of(settings: IndexSettings, document: Document) -> list[str]:
    """The phrases of one document, in order, lower-case: the pieces of its titles, and its keywords whole."""
    found: dict[str, None] = {}
    for name in settings.searchable[Part.TITLE]:
        for title in texts(document, name):
            for piece in _JOINTS.split(f" {nfc(title)} "):
                _add(found, piece, fewest=2)
    if "keywords" in settings.searchable[Part.KEYWORDS]:
        for keyword in texts(document, "keywords"):
            _add(found, keyword, fewest=MIN_WORDS)
    return list(found)[:MAX_PHRASES]


def _add(found: dict[str, None], text: str, *, fewest: int) -> None:
    phrase = _clean(text)
    size = phrase.count(" ") + 1
    if fewest <= size <= MAX_WORDS and 3 <= len(phrase) <= MAX_CHARACTERS:
        found[phrase] = None


@lru_cache(maxsize=8192)
def trigrams(text: str) -> frozenset[str]:
    """As pg_trgm makes them: every word padded by two blanks before and one after."""
    return frozenset(
        padded[i : i + 3] for word in text.split() for padded in (f"  {word} ",) for i in range(len(padded) - 2)
    )


def similarity(one: str, other: str) -> float:
    a, b = trigrams(one), trigrams(other)
    return len(a & b) / len(a | b) if a and b else 0.0


def distance(one: str, other: str) -> int:
    """Levenshtein: letters to change, add or drop."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def _slips(typed: list[str], meant: list[str]) -> bool:
    """Whether each word is the typed one or a slip of it: one letter, in a long word two; or a blank is the slip."""
    if len(typed) != len(meant):
        return distance("".join(typed), "".join(meant)) <= 1
    return all(a == b or distance(a, b) <= (1 if len(a) < 6 else 2) for a, b in zip(typed, meant, strict=True))


def best_extent(typed: str, candidates: Iterable[tuple[str, int]]) -> str | None:
    """The run of words in the candidates (phrase, weight) most like the folded text; None when none is like it."""
    wanted = typed.split()
    best: tuple[float, int, str] | None = None
    for phrase, weight in candidates:
        for run in _runs(phrase.split(), len(wanted)):
            folded = fold(" ".join(run))
            if folded == typed:
                return None
            like = similarity(typed, folded)
            if like >= SIMILAR and (best is None or (like, weight) > best[:2]) and _slips(wanted, folded.split()):
                best = (like, weight, " ".join(run))
    return best[2] if best else None


def _runs(words: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    for length in (size, size - 1, size + 1):
        for start in range(len(words) - length + 1 if length > 0 else 0):
            yield words[start : start + length]
