"""A document as a row: the texts of its vectors, its facets, its phrases; and how a batch of rows is written."""

# ruff: noqa: S608 - names from search.documents.INDEXES, never anything a user sent

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.text import nfc
from search import phrases
from search.documents import INDEXES, Document, IndexSettings, Part, facet_values, number, texts
from search.postgres.run import run
from search.postgres.tables import SEGMENT, TABLES
from search.query import compacts, words_of

# The head stays in the narrow row, so it is kept short; the rest of a long title or keyword list goes to the tail.
HEAD_KEYWORDS = 32
HEAD_WORDS = 40
LONGEST = 20_000
LONGEST_KEY = 400  # bytes; an index takes no entry over 2,700, and the id parts what is alike so far
SHOWN = ("title_vi", "title_en", "summary_vi", "summary_en")
SEPARATOR = "\x1f"
_VIETNAMESE = frozenset("àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ")
_COLUMNS = ("a", "b", "rest", "c", "d")
_READINGS = ("vi", "en", "marked")


@dataclass(slots=True)
class _Words:
    """The words of a part: all, and those that are to be read as English as well."""

    all: list[str] = field(default_factory=list)
    english: list[str] = field(default_factory=list)

    def add(self, text: str, *, english: bool) -> None:
        words = words_of(text)
        self.all += words
        # A text without one Vietnamese letter is read as English too, whatever attribute it stands in.
        if english or _VIETNAMESE.isdisjoint(text.lower()):
            self.english += words

    def cut(self, size: int) -> tuple[_Words, _Words]:
        return _Words(self.all[:size], self.english[:size]), _Words(self.all[size:], self.english[size:])

    def extend(self, other: _Words) -> None:
        self.all += other.all
        self.english += other.english

    def readings(self) -> tuple[str, str, str]:
        return " ".join(self.all), " ".join(self.english), " ".join(w for w in self.all if not w.isascii())


def _parts(settings: IndexSettings, document: Document) -> Iterable[_Words]:
    """In the order of `_COLUMNS`: title, keywords, further keywords, summary, body."""
    made = {part: _Words() for part in Part}
    for part, names in settings.searchable.items():
        for name in names:
            for text in texts(document, name):
                made[part].add(text[:LONGEST], english=name in settings.english)
                if name == "identifiers":
                    made[part].all += compacts(text)
    title, further = made[Part.TITLE].cut(HEAD_WORDS)
    keywords, rest = made[Part.KEYWORDS].cut(HEAD_KEYWORDS)
    made[Part.SUMMARY].extend(further)
    return title, keywords, rest, made[Part.SUMMARY], made[Part.BODY]


def _micros(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def _facets(settings: IndexSettings, document: Document) -> list[str]:
    return sorted(f"{name}:{nfc(value)}" for name, value in facet_values(settings, document))


def _row(settings: IndexSettings, document: Document, ord_: int, facets: list[str], said: list[str]) -> dict[str, Any]:
    shown = {name: nfc(text) for name in SHOWN if (text := getattr(document, name))}
    row: dict[str, Any] = {
        "ord": ord_,
        "id": document.id,
        "newest": _micros(document.published_at),
        "fresh": _micros(document.refreshed_at),
        "title_key": nfc(document.sort_title).encode()[:LONGEST_KEY].decode(errors="ignore"),
        "facets": SEPARATOR.join(facets),
        "phrases": SEPARATOR.join(said),
        "shown": orjson.dumps(shown).decode(),
    }
    row |= {name: number(document, name) for name in settings.numbers}
    for column, words in zip(_COLUMNS, _parts(settings, document), strict=True):
        row |= zip((f"{column}_{reading}" for reading in _READINGS), words.readings(), strict=True)
    return row


@lru_cache(maxsize=16)
def _insert(index: str, slot: str) -> str:
    """Rows from arrays, one array a column; PostgreSQL makes the vectors."""
    settings = INDEXES[index]
    plain = {"ord": "int", "id": "uuid", "newest": "bigint", "fresh": "bigint"}
    plain |= dict.fromkeys(settings.numbers, "bigint") | {"title_key": "text"}
    given = plain | dict.fromkeys(("facets", "phrases", "shown"), "text")
    given |= {f"{column}_{reading}": "text" for column in _COLUMNS for reading in _READINGS}
    arrays = ", ".join(f"%({name})s::{kind}[]" for name, kind in given.items())

    def vector(column: str, letter: str) -> str:
        configurations = ("public.vi", "public.en", "pg_catalog.simple")
        read = (f"to_tsvector('{c}', x.{column}_{r})" for c, r in zip(configurations, _READINGS, strict=True))
        return f"setweight({' || '.join(read)}, '{letter}')"

    kept = (*plain, "head", "tsv", "facets", "phrases", "shown")
    changed = ", ".join(f"{c} = EXCLUDED.{c}" for c in kept if c not in ("ord", "id"))
    return (
        f"INSERT INTO {TABLES[index, slot][0].name} ({', '.join(kept)})"
        f" SELECT {', '.join('x.' + name for name in plain)}, v.head, v.head || v.tail,"
        " string_to_array(x.facets, chr(31)), string_to_array(x.phrases, chr(31)), x.shown::jsonb"
        f" FROM unnest({arrays}) AS x({', '.join(given)}), LATERAL (SELECT"
        f" {vector('a', 'A')} || {vector('b', 'B')} AS head,"
        f" {vector('rest', 'B')} || {vector('c', 'C')} || {vector('d', 'D')} AS tail OFFSET 0) v"
        f" ON CONFLICT (id) DO UPDATE SET {changed}"
    )


class _Changes:
    """What a batch changes beside its rows: the bits to turn over, and how often a phrase is now said."""

    def __init__(self) -> None:
        self._masks: dict[tuple[str, str, int], int] = {}
        self._phrases: Counter[str] = Counter()

    def turn(self, facets: Iterable[str], ord_: int) -> None:
        segment, place = divmod(ord_, SEGMENT)
        bit = 1 << (SEGMENT - 1 - place)
        for entry in facets:
            facet, _, value = entry.partition(":")
            key = (facet, value, segment)
            self._masks[key] = self._masks.get(key, 0) ^ bit

    def said(self, now: Iterable[str] = (), before: Iterable[str] = ()) -> None:
        self._phrases.update(now)
        self._phrases.subtract(before)

    async def write(self, session: AsyncSession, index: str, slot: str) -> None:
        _, bits, dictionary = (t.name for t in TABLES[index, slot])
        turned = sorted((*key, f"{mask:0{SEGMENT // 4}x}") for key, mask in self._masks.items() if mask)
        if turned:
            await run(
                session,
                f"INSERT INTO {bits} AS b (facet, value, seg, bits) SELECT f, v, s, ('x' || h)::bit({SEGMENT})"
                " FROM unnest(%(f)s::text[], %(v)s::text[], %(s)s::int[], %(h)s::text[]) AS t(f, v, s, h)"
                " ON CONFLICT (facet, value, seg) DO UPDATE SET bits = b.bits # EXCLUDED.bits",
                dict(zip("fvsh", (list(column) for column in zip(*turned, strict=True)), strict=True)),
            )
        changed = sorted((phrase, by) for phrase, by in self._phrases.items() if by)
        if changed:
            parameters = {"p": [p for p, _ in changed], "n": [n for _, n in changed]}
            await run(
                session,
                f"INSERT INTO {dictionary} AS k (phrase, folded, docs) SELECT p, public.f_unaccent(p), n"
                " FROM unnest(%(p)s::text[], %(n)s::int[]) AS t(p, n)"
                " ON CONFLICT (phrase) DO UPDATE SET docs = k.docs + EXCLUDED.docs",
                parameters,
            )
            if any(n < 0 for _, n in changed):
                await run(session, f"DELETE FROM {dictionary} WHERE phrase = ANY(%(p)s) AND docs <= 0", parameters)


EVERYTHING = ":"  # the facet of no name and no value, under which every document is


async def put(session: AsyncSession, settings: IndexSettings, slot: str, documents: Sequence[Document]) -> None:
    """Insert or replace; every id once. The caller holds the index's lock."""
    table = TABLES[settings.name, slot][0].name
    old = await run(
        session,
        f"SELECT id, ord, facets, phrases FROM {table} WHERE id = ANY(%(ids)s)",
        {"ids": [d.id for d in documents]},
    )
    before = {row[0]: row[1:] for row in old}
    following = int((await run(session, f"SELECT coalesce(max(ord) + 1, 0) FROM {table}"))[0][0])
    changes = _Changes()
    columns: dict[str, list[Any]] = {}
    for document in documents:
        facets, said = _facets(settings, document), phrases.of(settings, document)
        if document.id in before:
            ord_, old_facets, old_said = before[document.id]
            changes.turn(set(old_facets) ^ set(facets), ord_)
            changes.said(said, old_said)
        else:
            ord_, following = following, following + 1
            changes.turn([EVERYTHING, *facets], ord_)
            changes.said(said)
        for name, value in _row(settings, document, ord_, facets, said).items():
            columns.setdefault(name, []).append(value)
    await run(session, _insert(settings.name, slot), columns)
    await changes.write(session, settings.name, slot)


async def take_out(session: AsyncSession, index: str, slot: str, ids: Sequence[UUID]) -> None:
    """Delete what is there of these ids. The caller holds the index's lock."""
    gone = await run(
        session,
        f"DELETE FROM {TABLES[index, slot][0].name} WHERE id = ANY(%(ids)s) RETURNING ord, facets, phrases",
        {"ids": list(ids)},
    )
    changes = _Changes()
    for ord_, facets, said in gone:
        changes.turn([EVERYTHING, *facets], ord_)
        changes.said(before=said)
    await changes.write(session, index, slot)
