"""Finding a class by what it is called: IPC symbols and fields of science, in either language, marks or not. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from app import reference
from app.kit.text import Text, fold
from search.query import Group, parse

Found = list[tuple[str, Text]]


def _words(text: str) -> tuple[str, ...]:
    return tuple("".join(c if c.isalnum() else " " for c in fold(text)).split())


@lru_cache
def _symbols() -> tuple[tuple[str, Text, tuple[str, ...], str], ...]:
    """(symbol, label, words of both labels, words of the labels above)."""
    labels = reference.ipc_labels()
    made = []
    for code, label in labels.items():
        above = " ".join(" ".join(_words(f"{labels[c].vi} {labels[c].en}")) for c in (code[:1], code[:3]) if c != code)
        made.append((code, label, _words(f"{label.vi} {label.en}"), f" {above} "))
    return tuple(made)


@lru_cache
def _fields() -> tuple[tuple[str, Text, tuple[str, ...], str], ...]:
    return tuple((c, f.name, _words(f"{f.name.vi} {f.name.en}"), "") for c, f in reference.fields().items())


def _score(group: Group, words: tuple[str, ...], above: str) -> int:
    """How well one part of the question stands in a label: whole words, the beginning of one, a synonym, or above."""
    text = f" {' '.join(words)} "
    own = [w for word in group.words for w in _words(word)]
    if f" {' '.join(own)} " in text:
        return 8
    if all(w in words for w in own):
        return 6
    if all(any(word.startswith(w) for word in words) for w in own):
        return 4
    if any(f" {' '.join(other)} " in text for other in group.alternatives):
        return 3
    return 1 if all(f" {w}" in above for w in own) else 0


def _find(text: str, rows: Iterable[tuple[str, Text, tuple[str, ...], str]], limit: int) -> Found:
    groups = parse(text).groups
    if not groups:
        return []
    ranked = []
    for code, label, words, above in rows:
        scores = [_score(g, words, above) for g in groups]
        if all(scores) and max(scores) > 1:
            ranked.append((-sum(scores), len(words), code, label))
    return [(code, label) for *_, code, label in sorted(ranked, key=lambda r: r[:3])][:limit]


def symbols(text: str, limit: int = 8) -> Found:
    """IPC symbols: those that begin like the text when it is a symbol, else those whose label says it."""
    symbol = text.replace(" ", "").upper()
    if len(symbol) <= 4 and symbol[:1] in "ABCDEFGH" and (len(symbol) == 1 or symbol[1:2].isdigit()):
        return [(c, name) for c, name in reference.ipc_labels().items() if c.startswith(symbol)][:limit]
    return _find(text, _symbols(), limit)


def sections() -> Found:
    return [(c, name) for c, name in reference.ipc_labels().items() if len(c) == 1]


def fields(text: str, limit: int = 8) -> Found:
    if text.strip() in reference.fields():
        return [(text.strip(), reference.fields()[text.strip()].name)]
    return _find(text, _fields(), limit)
