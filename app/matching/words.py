"""Texts as features: stems, pairs of neighbours, names and numbers, and what a Vietnamese term may be in English.

A feature is a short string. Plain stems stand for themselves; `a|b` is a pair of neighbours in either order, since
Vietnamese and English put what qualifies on opposite sides. Vietnamese is compared by folded syllables, so that a text
typed without marks gives the same features.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.kit.text import fold, nfc
from search import synonyms

FILE = Path(__file__).with_name("glossary.toml")
LONGEST = 9
VI, EN = "vi", "en"

# A word, or words joined by a hyphen or a dot as in "in-situ", "Al2O3-SiC", "802.11".
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_SYLLABLE = re.compile(r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?")

_SAYS_LITTLE_EN = """
    a about above across after again all also although am among an and any are as at be because been before being
    below between both but by can cannot could did do does doing down due during each e.g either else etc even
    every few for from further had has have having he her here his how however i.e if in into is it its itself
    just least less like made make makes many may might more most much must near need needed needs new no nor not
    now of off on once one only or other others our out over own per rather same several shall she should since so
    some such than that the their them then there these they this those through thus to too two under until up
    upon us use used useful user uses using various very via was we well were what when where whether which while
    who whose why will with within without would yet you your
"""
_STOP_EN = frozenset(_SAYS_LITTLE_EN.split())
_SAYS_LITTLE_VI = """
    ai bang bi boi cac cach cai can chi cho chua chung co con cua cung da dang day de den do dua duoc duong gi
    giua hay hoac hon khac khi khong la lai len luon ma moi mot muc nao nay nen neu ngay nhat nhieu nho nhu nhung
    o phai qua ra rang rat roi sao sau se su ta tai tat the theo thi thoi thuoc tren trong trung tu tung va van ve
    vi viec voi vua xuong
"""
_STOP_VI = frozenset(_SAYS_LITTLE_VI.split())


@dataclass(frozen=True, slots=True)
class Word:
    """`folded` without marks; `marked` in lower case as written; `named` when written as a name or with digits."""

    folded: str
    marked: str
    named: bool


def words(text: str) -> list[Word]:
    found: list[Word] = []
    for match in _WORD.finditer(nfc(text)):
        whole = match.group()
        parts = _PART.findall(whole)
        found += [_word(part) for part in parts]
        if len(parts) > 1 and len(whole) <= 24:
            found.append(Word(fold("".join(parts)), "", named=True))
    return found


@lru_cache(maxsize=100_000)
def _word(part: str) -> Word:
    named = any(c.isdigit() for c in part) or sum(c.isupper() for c in part) > 1
    return Word(fold(part), part.lower(), named)


# --- stems --------------------------------------------------------------------------------------------------------

_LEAST = 4
_PLURAL_NOT = ("ss", "us", "is")


def stem(word: str) -> str:
    """An English word without the -s of the plural: stronger stemming measured no better within English."""
    if len(word) >= _LEAST and word.endswith("s") and not word.endswith(_PLURAL_NOT):
        return word[:-1]
    return word


# Endings with what they become, the longest first; at least four letters stay. No folded Vietnamese syllable ends so.
_DROPPED = """
    ization isation ational ations ation ators ator ative ating ated ates ate izing ising ized ised izer ize ise ability
    ibility able ible ments ment ness ivity ively ive ities ity ional ions ion ances ance ences ence ings ing edly ed
    ers er ors or als al ally ly es e s
"""
_ENDINGS = tuple(
    sorted(
        [*((ending, "") for ending in _DROPPED.split()), ("ically", "ic"), ("ical", "ic"), ("ies", "y")],
        key=lambda pair: -len(pair[0]),
    )
)


@lru_cache(maxsize=200_000)
def root(word: str) -> str:
    """What "detectors", "detecting" and "detection" have in common; marked so that it meets no stem."""
    word = stem(word)
    if len(word) < _LEAST or not word.isalpha() or not word.isascii():
        return f"~{word}"
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= _LEAST:
            word = word[: len(word) - len(ending)] + instead
            break
    if len(word) > _LEAST and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return f"~{word}"


def is_syllable(folded: str) -> bool:
    """Whether a Vietnamese syllable may be spelt so: then the word may be no English one."""
    return _SYLLABLE.fullmatch(folded) is not None


# --- features of one text -----------------------------------------------------------------------------------------


def pair(a: str, b: str) -> str:
    return f"{a}|{b}" if a < b else f"{b}|{a}"


def english(text: str) -> list[str]:
    """Stems and pairs of neighbours (words that say little left out), the same as roots, synonyms' tokens."""
    found = words(text)
    stems = [stem(w.folded) for w in found if w.folded not in _STOP_EN and len(w.folded) > 1]
    roots = [root(w.folded) for w in found if w.folded not in _STOP_EN and len(w.folded) > 1]
    plain = [w.folded for w in found if w.marked]
    return [*stems, *_pairs(stems), *roots, *_pairs(roots), *synonyms.tokens(plain)]


def vietnamese(text: str) -> list[str]:
    """Syllables, pairs of neighbours (a word is mostly two syllables), synonyms' tokens, and as concepts the roots of
    what its terms may be in English, by which different words for one thing meet."""
    found = [w for w in words(text) if w.folded]
    plain = [w.folded for w in found if w.marked]
    single = [stem(w.folded) for w in found if w.folded not in _STOP_VI]
    ordered = [f"{a}_{b}" for a, b in itertools.pairwise(plain) if not (a in _STOP_VI and b in _STOP_VI)]
    concepts = [r for choice in translated(text) for wording in choice.alternatives for r in wording]
    return [*single, *ordered, *concepts, *synonyms.tokens(plain)]


def _pairs(stems: Sequence[str]) -> list[str]:
    return [pair(a, b) for a, b in itertools.pairwise(stems) if a != b]


# --- from one language to the other -------------------------------------------------------------------------------

Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    field: str
    vi: tuple[str, ...]
    en: tuple[str, ...]


@lru_cache(maxsize=1)
def glossary() -> tuple[Row, ...]:
    """The rows of glossary.toml as written."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(_row(field, row) for field, part in data.items() for row in part["pairs"].splitlines() if row.strip())


def _row(field: str, row: str) -> Row:
    vi, equal, en = row.partition(" = ")
    if not equal or " = " in en:
        raise ValueError(f"not a row of the glossary: {row}")
    return Row(field, *(tuple(t.strip() for t in side.split(",")) for side in (vi, en)))


@dataclass(frozen=True, slots=True)
class Table:
    """Folded terms of one language with what they are in the other; `marked` tells terms apart by their marks."""

    folded: Mapping[Term, tuple[str, ...]]
    marked: Mapping[Term, tuple[str, ...]]
    openings: frozenset[str]


def _table(rows: Iterable[tuple[tuple[str, ...], tuple[str, ...]]], key: bool) -> Table:
    by_fold: dict[Term, dict[str, None]] = {}
    by_mark: dict[Term, dict[str, None]] = {}
    for terms, others in rows:
        for term in terms:
            by_fold.setdefault(_key(term, key), {}).update(dict.fromkeys(others))
            by_mark.setdefault(tuple(term.lower().replace("-", " ").split()), {}).update(dict.fromkeys(others))
    return Table(
        {k: tuple(v) for k, v in by_fold.items()},
        {k: tuple(v) for k, v in by_mark.items()},
        frozenset(k[0] for k in by_fold if k),
    )


def _key(term: str, stemmed: bool) -> Term:
    split = synonyms.split(term)
    return tuple(stem(w) for w in split) if stemmed else split


@lru_cache(maxsize=1)
def to_english() -> Table:
    rows = [(r.vi, r.en) for r in glossary()] + [(p.vi, p.en) for p in synonyms.pairs()]
    return _table(rows, key=False)


@lru_cache(maxsize=1)
def to_vietnamese() -> Table:
    rows = [(r.en, r.vi) for r in glossary()] + [(p.en, p.vi) for p in synonyms.pairs()]
    return _table(rows, key=True)


@dataclass(frozen=True, slots=True)
class Choice:
    """What one term of a text may be in the other language: for each wording its words as features."""

    source: str
    alternatives: tuple[Term, ...]


def translated(text: str, source: str = VI, *, listed: bool = True) -> list[Choice]:
    """A text term by term, the longest first; of what no list knows only names, numbers and international words pass.

    A Vietnamese text with marks is looked up with them where a list has that very writing; without, by its syllables.
    """
    found = [w for w in words(text) if w.folded]
    vietnamese_source = source == VI
    has_marks = vietnamese_source and any(w.marked and w.marked != w.folded for w in found)
    table = to_english() if vietnamese_source else to_vietnamese()
    keys = [w.folded if vietnamese_source else stem(w.folded) for w in found]
    out: list[Choice] = []
    i = 0
    while i < len(found):
        size, others = _longest(table, found, keys, i, has_marks, vietnamese_source) if listed else (0, ())
        if size:
            out.append(Choice(" ".join(keys[i : i + size]), tuple(_features(o, source) for o in others)))
            i += size
            continue
        word = found[i]
        if word.named or (vietnamese_source and not is_syllable(word.folded)):
            out.append(Choice(keys[i], ((root(word.folded),) if vietnamese_source else (word.folded,),)))
        i += 1
    return out


@lru_cache(maxsize=50_000)
def _features(term: str, source: str) -> Term:
    split = synonyms.split(term)
    if source == VI:
        return tuple(root(w) for w in split)
    return tuple(f"{a}_{b}" for a, b in itertools.pairwise(split)) or split


def _longest(
    table: Table, found: Sequence[Word], keys: Sequence[str], i: int, has_marks: bool, vietnamese_source: bool
) -> tuple[int, tuple[str, ...]]:
    if keys[i] not in table.openings:
        return 0, ()
    stops = _STOP_VI if vietnamese_source else _STOP_EN
    for size in range(min(LONGEST, len(found) - i), 0, -1):
        key = tuple(keys[i : i + size])
        others = table.folded.get(key)
        if not others:
            continue
        if has_marks:
            exact = table.marked.get(tuple(w.marked for w in found[i : i + size]))
            if exact:
                return size, exact
            if size == 1:
                continue
        if size > 1 or key[0] not in stops:
            return size, others
    return 0, ()
