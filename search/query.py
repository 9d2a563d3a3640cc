"""What the user typed, understood: phrases in quotes, words excluded by a leading minus, synonyms, the last word open.

Pure. The result speaks of words only; an engine puts them into its own query language. `fold_words` and `highlight`
use one folding that keeps the length of a text, so that ranges found in the folded text hold in the original.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from app.kit.text import fold, nfc
from search import synonyms

MAX_LENGTH = 240
MAX_WORDS = 16
MAX_WORD = 40
MAX_EXCLUDED = 6
MIN_PREFIX = 3

_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<plain>[^\s"]+))')
_QUOTES = str.maketrans(dict.fromkeys("“”„«»″", '"'))

# Words that carry a sentence but no subject. They need not match when any other word is there. Written as typed:
# without its marks "cơ" and "có" are one word, so a word with marks is dropped only when typed with them; English
# words that are Vietnamese syllables as well ("an", "in", "to") stay.
FUNCTION_WORDS = frozenset(
    word
    for line in (
        "và của các những cho là có được với để từ bằng về trong này đó tôi chúng cần muốn tìm đang bị thì mà ở như",
        "nào gì and at by for from how i into is it need of or that the this using we what which with",
    )
    for word in line.split()
)


def words_of(text: str) -> list[str]:
    """Lower-case words as typed, marks kept; `/`, `-`, `.` and all other signs part words."""
    return [w[:MAX_WORD] for w in _WORD.findall(nfc(text).lower())]


@dataclass(frozen=True, slots=True)
class Group:
    """Words that must all be there, or all words of one of the alternatives."""

    words: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()
    phrase: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """`prefix`: the last word of the last group may be unfinished. `compact`: an identifier's writing without signs."""

    groups: tuple[Group, ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    prefix: bool = False
    compact: str = ""

    def __bool__(self) -> bool:
        return bool(self.groups)

    @property
    def words(self) -> list[str]:
        return list(dict.fromkeys(w for g in self.groups for w in g.words))

    @property
    def synonyms(self) -> list[str]:
        own = set(self.words)
        alternatives = (w for g in self.groups for a in g.alternatives for w in a)
        return list(dict.fromkeys(w for w in alternatives if w not in own))


@lru_cache(maxsize=4096)
def parse(text: str) -> Parsed:
    """Never raises: whatever the user typed means something, perhaps nothing."""
    text = nfc(text)[:MAX_LENGTH].translate(_QUOTES)
    plain: list[str] = []
    phrases: list[tuple[str, ...]] = []
    excluded: list[tuple[str, ...]] = []
    open_end = False
    for piece in _PIECE.finditer(text):
        words = words_of(piece["plain"] if piece["plain"] is not None else piece["phrase"])
        if not words:
            continue
        if piece["minus"]:
            excluded.append(tuple(words))
            open_end = False
        elif piece["phrase"] is not None and len(words) > 1:
            phrases.append(tuple(words))
            open_end = False
        else:
            plain += words
            open_end = piece["plain"] is not None
    plain = plain[:MAX_WORDS]
    room = max(MAX_WORDS - len(plain), 0)
    groups: list[Group] = []
    for phrase in phrases:
        if room > 0:
            groups.append(Group(phrase[:room], phrase=True))
            room -= len(phrase)
    kept = [w for w in plain if w not in FUNCTION_WORDS]
    if kept and len(kept) < len(plain):
        open_end = open_end and plain[-1] == kept[-1]
        plain = kept
    elif phrases and not kept:
        plain = []
    groups += [Group(words, alternatives) for words, alternatives in synonyms.expand(plain)]
    return Parsed(
        groups=tuple(groups),
        excluded=tuple(excluded[:MAX_EXCLUDED]),
        prefix=bool(plain) and open_end and len(plain[-1]) >= MIN_PREFIX,
        compact=compact(text) if not phrases and not excluded else "",
    )


def compact(text: str) -> str:
    """ "1-2022-90001" -> "1202290001": an identifier without its signs; empty when the text is no identifier."""
    joined = "".join(words_of(text))
    digits = sum(c.isdigit() for c in joined)
    return fold(joined) if 5 <= len(joined) <= MAX_WORD and digits >= 4 and digits * 5 >= len(joined) * 3 else ""


def compacts(identifier: str) -> list[str]:
    """The words under which an identifier is indexed: its parts come from the text, this adds the joined writing."""
    joined = fold("".join(words_of(identifier)))
    return [joined] if 0 < len(joined) <= MAX_WORD else []


def clues(parsed: Parsed) -> list[tuple[str, ...]]:
    """What still points to a document when none holds all words; empty for fewer than three words.

    Pairs of neighbours, for most single Vietnamese syllables mean nothing without their marks, and long words.
    """
    words = parsed.words
    if len(words) < 3:
        return []
    return [*dict.fromkeys(pairwise(words)), *((w,) for w in words if len(w) > 3)]


class _Folding(dict[int, int]):
    """`str.translate` table: lower case without marks, one character for one, filled as characters come."""

    def __missing__(self, code: int) -> int:
        folded = fold(chr(code))
        self[code] = ord(folded) if len(folded) == 1 else code
        return self[code]


_FOLDING = _Folding()


def fold_same_length(text: str) -> str:
    return text.translate(_FOLDING)


def fold_words(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold(w) for w in words))


@lru_cache(maxsize=2048)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str] | None:
    """Whole words with an English plural; a term that ends in `*` is the beginning of a word."""
    whole, begun = [], []
    for term in sorted(terms, key=len, reverse=True):
        word = re.escape(term.rstrip("*"))
        if not word:
            continue
        if term.endswith("*"):
            begun.append(word + r"\w*")
        else:
            whole.append(word)
            if len(term) > 3 and term.isascii() and term.isalpha():
                whole.append(_in_any_number(term))
    alternatives = "|".join([*begun, *whole])
    return re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])") if alternatives else None


def _in_any_number(word: str) -> str:
    if word.endswith(("ies", "y")):
        return f"{word.removesuffix('ies').removesuffix('y')}(?:y|ies)"
    if word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return f"{word}(?:e?s)?"


def highlight(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Ranges (start, end) of the words of `text` that are among the folded `terms`; neighbours are joined.

    Only the first letters of a text are looked at as NFC; ranges hold in the text as given when it is NFC.
    """
    pattern = _pattern(tuple(terms))
    if pattern is None or not text:
        return []
    if not unicodedata.is_normalized("NFC", text):
        return []
    ranges: list[tuple[int, int]] = []
    for found in pattern.finditer(fold_same_length(text)):
        start, end = found.span()
        if ranges and text[ranges[-1][1] : start] == " ":
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
    return ranges
