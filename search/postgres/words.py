"""The one place where a user's words become tsquery text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.kit.text import fold
from search import synonyms
from search.documents import Part
from search.query import Parsed, clues

LETTER = {Part.TITLE: "A", Part.KEYWORDS: "B", Part.SUMMARY: "C", Part.BODY: "D"}


def _lexeme(word: str, *, prefix: bool = False, part: Part | None = None) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    flags = ("*" if prefix else "") + (LETTER[part] if part else "")
    return f"'{escaped}':{flags}" if flags else f"'{escaped}'"


_NOTHING = _lexeme("")


def _all(words: Iterable[str], *, phrase: bool = False, open_last: bool = False) -> str:
    listed = list(words)
    last = len(listed) - 1
    joined = (" <-> " if phrase else " & ").join(
        _lexeme(w, prefix=open_last and i == last) for i, w in enumerate(listed)
    )
    return f"({joined})"


def _plain(words: Iterable[str]) -> bool:
    return all(w.isascii() for w in words)


def _exactly(words: tuple[str, ...]) -> str:
    """The words as a phrase, and with their marks: "cống" is not "công". For the configuration that changes nothing."""
    marked = [w for w in words if not w.isascii()]
    return f"({_all((fold(w) for w in words), phrase=True)} & {_all(marked)})"


@dataclass(frozen=True, slots=True)
class Words:
    """tsquery texts: what has to match, what ranks, what ranks with its marks, what must not be there (in any writing
    of the marks, or as it was typed).

    `keywords` and `body` say whether any word stands in that part. `clues` are what counts in a loose search, each with
    the number of its thing in `things`, for what means the same counts once; `phrases` have to be there even then.
    """

    match: str
    clues: list[str]
    things: list[int]
    phrases: str
    rank: str
    exact: str
    excluded: str
    excluded_exactly: str
    keywords: str
    body: str

    def parameters(self) -> dict[str, str | list[str] | list[int]]:
        return {name: getattr(self, name) for name in self.__slots__}


@lru_cache(maxsize=2048)
def words_for(parsed: Parsed, *, loosely: bool = False) -> Words:
    last = len(parsed.groups) - 1
    required = []
    for i, group in enumerate(parsed.groups):
        these = _all(group.words, phrase=group.phrase, open_last=parsed.prefix and i == last)
        token = "" if group.phrase else synonyms.token(group.words)
        required.append(f"({these} | {_lexeme(token)})" if token else these)
    pointing = [
        (text, thing)
        for thing, clue in enumerate(clues(parsed) if loosely else ())
        for text in (_all(clue), _lexeme(synonyms.token(clue)))
        if text != _NOTHING
    ]
    match = " & ".join(required)
    own = parsed.words
    marked = [w for w in own if not w.isascii()]
    tokens = [token for group in parsed.groups if not group.phrase and (token := synonyms.token(group.words))]
    ranking = [(w, False) for w in (*own, *tokens)]
    if parsed.prefix:
        ranking.append((own[-1], True))
    if parsed.compact and not loosely:
        match = f"({match}) | {_lexeme(parsed.compact, prefix=True)}"
        ranking.append((parsed.compact, True))

    def any_in(part: Part | None) -> str:
        return " | ".join(_lexeme(word, prefix=prefix, part=part) for word, prefix in ranking)

    return Words(
        match=match,
        clues=[text for text, _ in pointing],
        things=[thing for _, thing in pointing],
        phrases=" & ".join(_all(group.words, phrase=True) for group in parsed.groups if group.phrase),
        rank=any_in(None),
        exact=" | ".join(_lexeme(w) for w in marked or own),
        excluded=" | ".join(_all(words, phrase=True) for words in parsed.excluded if _plain(words)),
        excluded_exactly=" | ".join(_exactly(words) for words in parsed.excluded if not _plain(words)),
        keywords=any_in(Part.KEYWORDS),
        body=any_in(Part.BODY),
    )
