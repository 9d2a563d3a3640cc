"""The one place where a user's words become tsquery text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from search.documents import Part
from search.query import Parsed, clues

LETTER = {Part.TITLE: "A", Part.KEYWORDS: "B", Part.SUMMARY: "C", Part.BODY: "D"}


def _lexeme(word: str, *, prefix: bool = False, part: Part | None = None) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    flags = ("*" if prefix else "") + (LETTER[part] if part else "")
    return f"'{escaped}':{flags}" if flags else f"'{escaped}'"


def _all(words: Iterable[str], *, phrase: bool = False, open_last: bool = False) -> str:
    listed = list(words)
    last = len(listed) - 1
    joined = (" <-> " if phrase else " & ").join(
        _lexeme(w, prefix=open_last and i == last) for i, w in enumerate(listed)
    )
    return f"({joined})"


@dataclass(frozen=True, slots=True)
class Words:
    """tsquery texts: what has to match, what ranks, what ranks with its marks, what must not be there.

    `keywords` and `body` say whether any word stands in that part; `clues` are what counts in a loose search.
    """

    match: str
    clues: list[str]
    rank: str
    exact: str
    excluded: str
    keywords: str
    body: str

    def parameters(self) -> dict[str, str | list[str]]:
        return {name: getattr(self, name) for name in self.__slots__}


@lru_cache(maxsize=2048)
def words_for(parsed: Parsed, *, loosely: bool = False) -> Words:
    last = len(parsed.groups) - 1
    required = []
    for i, group in enumerate(parsed.groups):
        these = _all(group.words, phrase=group.phrase, open_last=parsed.prefix and i == last)
        others = [_all(a) for a in group.alternatives]
        required.append(f"({' | '.join([these, *others])})" if others else these)
    pointing = [_all(clue) for clue in clues(parsed)] if loosely else []
    match = " | ".join(pointing) or " & ".join(required)
    own = parsed.words
    marked = [w for w in own if not w.isascii()]
    ranking = [(w, False) for w in (*own, *parsed.synonyms)]
    if parsed.prefix:
        ranking.append((own[-1], True))
    if parsed.compact and not loosely:
        match = f"({match}) | {_lexeme(parsed.compact, prefix=True)}"
        ranking.append((parsed.compact, True))

    def any_in(part: Part | None) -> str:
        return " | ".join(_lexeme(word, prefix=prefix, part=part) for word, prefix in ranking)

    return Words(
        match=match,
        clues=pointing,
        rank=any_in(None),
        exact=" | ".join(_lexeme(w) for w in marked or own),
        excluded=" | ".join(_all(words, phrase=True) for words in parsed.excluded),
        keywords=any_in(Part.KEYWORDS),
        body=any_in(Part.BODY),
    )
