"""PostgreSQL as the search engine: full-text indexes for words, one bitmap a facet value for filters and counts.

Each document has a small number, `ord`. A facet value is a row of bits, one a document, in segments of 8,192; so
filters are ANDs, disjunctive counts are population counts, and both cost the same whatever was found. Words come
from two GIN-readable vectors: `tsv` (all text, kept out of line) finds, `head` (title, keywords, identifiers; kept
in the narrow row) ranks. One statement gives hits, total and facets of one moment.

Every index has two slots, `a` and `b`: one is read, the other is filled by a rebuild and then swapped in. Writers
of an index queue on its row in `search_index`; a reader's statement says which slot was current in its own snapshot
and is repeated on the other when that was not the one read.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, String, Table, Text, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, BIT, JSONB, TSVECTOR
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateIndex, CreateTable

from app.kit import clock, paging
from app.kit.errors import Conflict, Invalid
from app.kit.text import Text as Bilingual
from app.kit.text import fold, nfc
from app.platform import db
from search import phrases
from search.documents import (
    INDEXES,
    NO_PRICE,
    NO_VALUE,
    Document,
    IndexSettings,
    Part,
    facet_values,
    number,
    texts,
)
from search.port import Answer, Capability, EngineStatus, Facet, Hit, IndexStatus, Query, Suggestion
from search.query import MIN_PREFIX, Parsed, compacts, fold_words, highlight, parse, relaxed, words_of

SLOTS = ("a", "b")
SEGMENT = 8192
BATCH = 500
RERANKED = 100
DEEPEST = 1000
FEW_HITS = 3
CANDIDATES = 400
WALKED = 400
# How much a GIN index may put off (kB): a writer of one document leaves little for readers to look through, a
# writer of many gathers all (ten times cheaper) and then has it put in order.
PENDING_FEW = "256"
PENDING_MANY = "65536"
MANY = 40
HEAD_KEYWORDS = 32
HEAD_WORDS = 40
BODY_CHARACTERS = 20_000
PART_LETTER = {Part.TITLE: "A", Part.KEYWORDS: "B", Part.SUMMARY: "C", Part.BODY: "D"}
WEIGHTS = "'{0.02,0.1,0.4,1.0}'"

metadata = db.Base.metadata


def _tables(settings: IndexSettings, slot: str) -> tuple[Table, Table, Table]:
    name = f"search_{settings.name}_{slot}"
    bits = f"search_{settings.name}_bits_{slot}"
    known = f"search_{settings.name}_phrases_{slot}"
    documents = Table(
        name,
        metadata,
        Column("ord", Integer, primary_key=True, autoincrement=False),
        Column("id", Uuid, nullable=False),
        Column("newest", BigInteger, nullable=False),
        Column("fresh", BigInteger, nullable=False),
        *(Column(n, BigInteger, nullable=False) for n in settings.numbers),
        Column("title_key", Text(collation="C"), nullable=False),
        Column("head", TSVECTOR, nullable=False),
        Column("tsv", TSVECTOR, nullable=False),
        Column("facets", ARRAY(Text), nullable=False),
        Column("phrases", ARRAY(Text), nullable=False),
        Column("shown", JSONB, nullable=False),
        Index(f"uq_{name}_id", "id", unique=True),
        Index(f"ix_{name}_tsv", "tsv", postgresql_using="gin"),
        Index(f"ix_{name}_head", "head", postgresql_using="gin"),
        *(
            Index(f"ix_{name}_{column}", column, "id", postgresql_include=["ord"])
            for column in sorted({s.column for s in settings.sorts.values()})
        ),
        *(
            Index(f"ix_{name}_{span}_range", low, high, postgresql_include=["ord"])
            for span, (low, high) in settings.ranges.items()
        ),
    )
    bitmaps = Table(
        bits,
        metadata,
        Column("facet", Text(collation="C"), primary_key=True),
        Column("value", Text(collation="C"), primary_key=True),
        Column("seg", Integer, primary_key=True, autoincrement=False),
        Column("bits", BIT(SEGMENT), nullable=False),
    )
    dictionary = Table(
        known,
        metadata,
        Column("phrase", Text(collation="C"), primary_key=True),
        Column("folded", Text(collation="C"), nullable=False),
        Column("docs", Integer, nullable=False),
        Index(f"ix_{known}_folded", "folded"),
        Index(f"ix_{known}_trgm", "folded", postgresql_using="gin", postgresql_ops={"folded": "gin_trgm_ops"}),
    )
    return documents, bitmaps, dictionary


STATE = Table(
    "search_index",
    metadata,
    Column("name", String, primary_key=True),
    Column("slot", String(1), nullable=False),
    Column("settings", String, nullable=False),
    Column("built_at", DateTime(timezone=True)),
    Column("building", Uuid),
    Column("building_since", DateTime(timezone=True)),
)
# Ids deleted while a rebuild is under way: it may have read them before, and must not bring them back.
REMOVED = Table(
    "search_removed",
    metadata,
    Column("name", String, primary_key=True),
    Column("id", Uuid, primary_key=True),
)
TABLES: Mapping[tuple[str, str], tuple[Table, Table, Table]] = {
    (name, slot): _tables(settings, slot) for name, settings in INDEXES.items() for slot in SLOTS
}


def _configuration(name: str, dictionaries: str) -> list[str]:
    words = "asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart"
    missing = (
        f"NOT EXISTS (SELECT 1 FROM pg_ts_config WHERE cfgname = '{name}' AND cfgnamespace = 'public'::regnamespace)"
    )
    return [
        f"DO $$ BEGIN IF {missing} THEN"
        f" CREATE TEXT SEARCH CONFIGURATION public.{name} (COPY = pg_catalog.simple);"
        f" ALTER TEXT SEARCH CONFIGURATION public.{name} ALTER MAPPING FOR {words} WITH {dictionaries};"
        f" END IF; END $$"
    ]


def _ddl() -> list[str]:
    """Everything the engine needs, in order; each statement may be run again."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call, unused-ignore]
    statements = [
        "CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public",
        "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public",
        # Plain unaccent() is only STABLE, for its dictionary could be changed; this one never is.
        "CREATE OR REPLACE FUNCTION public.f_unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
        " AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, normalize($1, NFC))) $$",
        # English stems, without a list of stop words: what was typed is looked for.
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_ts_dict WHERE dictname = 'en_stem'"
        " AND dictnamespace = 'public'::regnamespace) THEN"
        " CREATE TEXT SEARCH DICTIONARY public.en_stem (TEMPLATE = pg_catalog.snowball, Language = english);"
        " END IF; END $$",
        *_configuration("vi", "public.unaccent, pg_catalog.simple"),
        *_configuration("en", "public.unaccent, public.en_stem"),
    ]
    for table in (STATE, REMOVED, *(t for tables in TABLES.values() for t in tables)):
        statements.append(str(CreateTable(table, if_not_exists=True).compile(dialect=dialect)).strip())
        statements += [
            str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect))
            for index in sorted(table.indexes, key=lambda i: str(i.name))
        ]
    for documents, bitmaps, _ in TABLES.values():
        # The narrow row is what is scanned: the long vector and the texts go out of line, the head stays in.
        statements += [
            f"ALTER TABLE {documents.name} ALTER COLUMN head SET STORAGE PLAIN",
            f"ALTER TABLE {documents.name} ALTER COLUMN title_key SET STORAGE MAIN",
            f"ALTER TABLE {documents.name} SET (toast_tuple_target = 256)",
            f"ALTER TABLE {bitmaps.name} ALTER COLUMN bits SET STORAGE MAIN",
            f"ALTER TABLE {bitmaps.name} SET (toast_tuple_target = 128, fillfactor = 70)",
        ]
    for name in INDEXES:
        statements.append(
            f"INSERT INTO search_index (name, slot, settings) VALUES ('{name}', 'a', '{INDEXES[name].hash()}')"
            " ON CONFLICT DO NOTHING"
        )
    return statements


DDL: list[str] = _ddl()
DROP: list[str] = [
    *(f"DROP TABLE IF EXISTS {t.name}" for tables in TABLES.values() for t in tables),
    f"DROP TABLE IF EXISTS {REMOVED.name}",
    f"DROP TABLE IF EXISTS {STATE.name}",
    "DROP TEXT SEARCH CONFIGURATION IF EXISTS public.vi",
    "DROP TEXT SEARCH CONFIGURATION IF EXISTS public.en",
    "DROP TEXT SEARCH DICTIONARY IF EXISTS public.en_stem",
    "DROP FUNCTION IF EXISTS public.f_unaccent(text)",
]


async def create_all_for_tests() -> None:
    """The engine's part of the schema in the configured database."""
    async with db.unit_of_work() as session:
        for statement in DDL:
            await _run(session, statement)


async def _run(session: AsyncSession, statement: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
    """Straight to the driver: the statements here are text with bound values, and the ORM has nothing to add."""
    connection = await session.connection()
    result = await connection.exec_driver_sql(statement, dict(parameters) if parameters else None)
    return list(result.fetchall()) if result.returns_rows else []


# --- the query language: the one place where words become tsquery text -------------------------------------------


def _lexeme(word: str, *, prefix: bool = False, part: Part | None = None) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    flags = ("*" if prefix else "") + (PART_LETTER[part] if part else "")
    return f"'{escaped}':{flags}" if flags else f"'{escaped}'"


def _all(words: Iterable[str], *, phrase: bool = False, open_last: bool = False) -> str:
    listed = list(words)
    last = len(listed) - 1
    joined = (" <-> " if phrase else " & ").join(
        _lexeme(w, prefix=open_last and i == last) for i, w in enumerate(listed)
    )
    return f"({joined})"


@dataclass(frozen=True, slots=True)
class _Words:
    """tsquery texts: what has to match, what ranks, what ranks with its marks, what must not be there."""

    match: str
    rank: str
    exact: str
    excluded: str
    keywords: str
    body: str


@lru_cache(maxsize=2048)
def _words(parsed: Parsed, *, loosely: bool = False) -> _Words:
    last = len(parsed.groups) - 1
    required = []
    for i, group in enumerate(parsed.groups):
        own = _all(group.words, phrase=group.phrase, open_last=parsed.prefix and i == last)
        others = [_all(a) for a in group.alternatives]
        required.append(f"({' | '.join([own, *others])})" if others else own)
    match = " & ".join(required)
    if loosely:
        match = " | ".join(_all(pair) for pair in relaxed(parsed))
    own = parsed.words
    ranking = [(w, False) for w in (*own, *parsed.synonyms)]
    if parsed.prefix:
        ranking.append((own[-1], True))
    if parsed.compact and not loosely:
        match = f"({match}) | {_lexeme(parsed.compact, prefix=True)}"
        ranking.append((parsed.compact, True))

    def any_in(part: Part | None) -> str:
        return " | ".join(_lexeme(word, prefix=prefix, part=part) for word, prefix in ranking)

    return _Words(
        match=match,
        rank=any_in(None),
        exact=" | ".join(_lexeme(w) for w in [w for w in own if not w.isascii()] or own),
        excluded=" | ".join(_all(words, phrase=True) for words in parsed.excluded),
        keywords=any_in(Part.KEYWORDS),
        body=any_in(Part.BODY),
    )


# --- the statement ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shape:
    """All that decides the text of a search statement; the values are bound."""

    index: str
    slot: str
    sort: str
    text: bool
    excluded: bool
    filters: tuple[str, ...]
    ranges: tuple[str, ...]
    facets: tuple[str, ...]
    after: bool
    shown: bool
    loosely: bool = False


_TSQUERY = "to_tsquery('public.vi', {0}) || to_tsquery('public.en', {0})"


@lru_cache(maxsize=512)
def _statement(shape: _Shape) -> str:  # noqa: C901 - one statement, read from top to bottom
    settings = INDEXES[shape.index]
    documents, bitmaps, _ = (t.name for t in TABLES[shape.index, shape.slot])
    ctes: list[str] = []
    spans = " AND ".join(
        f"d.{settings.ranges[r][1]} >= %({r}_low)s AND d.{settings.ranges[r][0]} <= %({r}_high)s" for r in shape.ranges
    )
    sort = settings.sorts.get(shape.sort)
    key = f"d.{sort.column}" if sort else ""

    # 1 what the words (or, without words, the ranges) find
    if shape.text:
        # Both readings of the words, but the English one only where it differs: GIN would look up all words twice.
        vi, en = (f"to_tsquery('public.{c}', %(match)s)" for c in ("vi", "en"))
        match = f"CASE WHEN {vi} = {en} THEN {vi} ELSE {vi} || {en} END"
        if shape.excluded:
            match = f"({match}) && !!({_TSQUERY.format('%(excluded)s')})"
        ctes.append(
            f"q AS MATERIALIZED (SELECT {match} AS m, {_TSQUERY.format('%(keywords)s')} AS kw,"
            f" {_TSQUERY.format('%(body)s')} AS bd,"
            f" {_TSQUERY.format('%(rank)s')} || to_tsquery('pg_catalog.simple', %(exact)s) AS r)"
        )
        searched = "head" if shape.loosely else "tsv"
        kept = f"d.id, {key} AS k" if sort else "d.fresh"
        ctes.append(
            f"m AS MATERIALIZED (SELECT d.ord, {kept} FROM {documents} d"
            f" WHERE d.{searched} @@ (SELECT m FROM q){' AND ' + spans if spans else ''})"
        )
    elif spans:
        ctes.append(f"m AS MATERIALIZED (SELECT d.ord FROM {documents} d WHERE {spans})")
    if shape.text or spans:
        ctes.append("w AS (SELECT ord >> 6 AS w, bit_or(1::bigint << (63 - (ord & 63))) AS bits FROM m GROUP BY 1)")
        ctes.append(
            "base AS MATERIALIZED (SELECT w >> 7 AS seg,"
            f" bit_or(bits::bit(64)::bit({SEGMENT}) >> ((w & 127) << 6)) AS bits FROM w GROUP BY 1)"
        )
    else:
        ctes.append(f"base AS MATERIALIZED (SELECT seg, bits FROM {bitmaps} WHERE facet = '' AND value = '')")

    # 2 the filters, and for each filtered facet that is counted the same without its own filter
    for i, name in enumerate(shape.filters):
        ctes.append(
            f"f{i} AS MATERIALIZED (SELECT seg, bit_or(bits) AS bits FROM {bitmaps}"
            f" WHERE facet = '{name}' AND value = ANY(%(f_{name})s) GROUP BY seg)"
        )

    def mask(name: str, leave_out: int | None) -> str:
        used = [i for i in range(len(shape.filters)) if i != leave_out]
        bits = " & ".join(["base.bits", *(f"f{i}.bits" for i in used)])
        joins = "".join(f" JOIN f{i} USING (seg)" for i in used)
        return f"{name} AS MATERIALIZED (SELECT seg, {bits} AS bits FROM base{joins})"

    ctes.append(mask("found", None))
    ctes.append("n AS MATERIALIZED (SELECT coalesce(sum(bit_count(bits)), 0)::bigint AS total FROM found)")
    counts = []
    free = [f for f in shape.facets if f not in shape.filters]
    if free:
        listed = ", ".join(f"'{f}'" for f in free)
        counts.append(
            f"SELECT b.facet, b.value, sum(bit_count(b.bits & x.bits)) AS n FROM {bitmaps} b"
            f" JOIN found x USING (seg) WHERE b.facet IN ({listed}) GROUP BY 1, 2"
        )
    for i, name in enumerate(shape.filters):
        if name in shape.facets:
            ctes.append(mask(f"without{i}", i))
            counts.append(
                f"SELECT b.facet, b.value, sum(bit_count(b.bits & x.bits)) AS n FROM {bitmaps} b"
                f" JOIN without{i} x USING (seg) WHERE b.facet = '{name}' GROUP BY 1, 2"
            )
    if counts:
        ctes.append(f"c AS (SELECT * FROM ({' UNION ALL '.join(counts)}) counted WHERE n > 0)")

    # 3 the page
    masked, inside = "", "true"
    if shape.filters or spans or shape.excluded:
        masked, inside = " JOIN found x ON x.seg = d.ord >> 13", "get_bit(x.bits, d.ord & 8191) = 1"
    if sort:
        order = "DESC" if sort.descending else "ASC"
        past = (
            f" AND ({{}}, d.id) {'<' if sort.descending else '>'} (%(after_key)s, %(after_id)s)" if shape.after else ""
        )
        if shape.text:
            ctes.append(
                f"page AS (SELECT d.ord, d.id, d.k FROM m d{masked} WHERE {inside}{past.format('d.k')}"
                f" ORDER BY d.k {order}, d.id {order} LIMIT %(limit)s)"
            )
        else:
            # Many found: walk along the sort's index until the page is full. Few: fetch them all and sort.
            ordered = f"{past.format(key)} ORDER BY {key} {order}, d.id {order} LIMIT %(limit)s"
            walked = "get_bit((SELECT x.bits FROM found x WHERE x.seg = d.ord >> 13), d.ord & 8191) = 1"
            ctes.append(
                f"page AS ((SELECT d.ord, d.id, {key} AS k FROM {documents} d"
                f" WHERE (SELECT total FROM n) > {WALKED} AND {walked}{ordered}) UNION ALL"
                f" (SELECT d.ord, d.id, {key} AS k FROM found x CROSS JOIN generate_series(0, 127) w"
                " CROSS JOIN LATERAL (SELECT substring(x.bits FROM w * 64 + 1 FOR 64) AS part OFFSET 0) p"
                f" CROSS JOIN generate_series(0, 63) i JOIN {documents} d ON d.ord = x.seg * {SEGMENT} + w * 64 + i"
                f" WHERE (SELECT total FROM n) <= {WALKED} AND p.part <> repeat('0', 64)::bit(64)"
                f" AND get_bit(p.part, i) = 1{ordered}))"
            )
        listing = f"ORDER BY page.k {order}, page.id {order}"
    else:
        # Documents whose title and keywords hold every word come first; were they few, the freshest others follow.
        # The best of both are ranked again by all their text.
        deepest = DEEPEST if shape.after else RERANKED
        rank = f"ts_rank({WEIGHTS}, d.head, (SELECT r FROM q)) AS k"
        ctes += [
            f"h AS MATERIALIZED (SELECT d.ord, d.id, d.fresh, {rank} FROM {documents} d{masked}"
            f" WHERE d.head @@ (SELECT m FROM q) AND {inside})",
            "o AS (SELECT d.ord FROM m d"
            f"{masked} WHERE {inside} AND (SELECT count(*) FROM h) < {deepest} AND d.ord NOT IN (SELECT ord FROM h)"
            f" ORDER BY d.fresh DESC, d.ord DESC LIMIT {CANDIDATES})",
            f"best AS (SELECT *, row_number() OVER (ORDER BY whole DESC, k DESC, fresh DESC, id DESC) AS place FROM"
            f" (SELECT 1 AS whole, h.* FROM h UNION ALL SELECT 0, d.ord, d.id, d.fresh, {rank}"
            f" FROM o JOIN {documents} d USING (ord)"
            f" ORDER BY whole DESC, k DESC, fresh DESC, id DESC LIMIT {deepest}) b)",
        ]
        ctes.append(
            f"ranked AS (SELECT b.ord, b.id, b.fresh, CASE WHEN place <= {RERANKED} THEN 2 ELSE whole END AS tier,"
            f" CASE WHEN place <= {RERANKED} THEN (SELECT b.k + ts_rank_cd({WEIGHTS}, d.tsv, q.m, 1)"
            f" + ts_rank({WEIGHTS}, d.tsv, q.r) FROM {documents} d, q WHERE d.ord = b.ord)"
            " ELSE b.k END::float8 AS score FROM best b)"
        )
        past = (
            " WHERE (r.tier, r.score, r.fresh, r.id) < (%(after_tier)s, %(after_score)s, %(after_fresh)s, %(after_id)s)"
            if shape.after
            else ""
        )
        ctes.append(
            f"page AS (SELECT r.ord, r.id, r.score AS k, r.fresh, r.tier FROM ranked r{past}"
            " ORDER BY r.tier DESC, r.score DESC, r.fresh DESC, r.id DESC LIMIT %(limit)s)"
        )
        listing = "ORDER BY page.tier DESC, page.k DESC, page.fresh DESC, page.id DESC"

    wanted = ["page.id", "page.k"]
    if not sort:
        wanted += ["page.fresh", "page.tier"]
    more = ""
    if shape.shown:
        wanted += ["d.shown::text", "d.tsv @@ q.kw", "d.tsv @@ q.bd"]
        more = f" JOIN {documents} d ON d.ord = page.ord CROSS JOIN q"
    rows = ", ".join(f"array_agg({column} {listing})" for column in wanted)
    counted = "(SELECT ARRAY[array_agg(facet), array_agg(value), array_agg(n::text)] FROM c)" if counts else "NULL"
    return (
        f"WITH {', '.join(ctes)} SELECT (SELECT slot FROM search_index WHERE name = '{shape.index}'),"
        f" (SELECT total FROM n), {counted}, {rows} FROM page{more}"
    )


# --- one document as a row ----------------------------------------------------------------------------------------

_MARKED = frozenset("àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ")


def _vietnamese(text: str) -> bool:
    return not _MARKED.isdisjoint(text)


@dataclass(slots=True)
class _Words3:
    """A part's words: all of them, those to stem as English, those with marks."""

    all: list[str]
    english: list[str]

    def add(self, text: str, *, english: bool) -> None:
        words = words_of(text)
        self.all += words
        if english or not _vietnamese(text.lower()):
            self.english += words

    def cut(self, size: int) -> tuple[_Words3, _Words3]:
        return (
            _Words3(self.all[:size], self.english[:size]),
            _Words3(self.all[size:], self.english[size:]),
        )

    def texts(self) -> tuple[str, str, str]:
        return " ".join(self.all), " ".join(self.english), " ".join(w for w in self.all if not w.isascii())


def _parts(settings: IndexSettings, document: Document) -> list[str]:
    """The fifteen texts the vectors are made of: five parts, each plain, English, marked."""
    made = {part: _Words3([], []) for part in Part}
    for part, names in settings.searchable.items():
        for name in names:
            for text in texts(document, name):
                made[part].add(text[:BODY_CHARACTERS], english=name in settings.english)
                if name == "identifiers":
                    made[part].all += compacts(text)
    title, rest = made[Part.TITLE].cut(HEAD_WORDS)
    made[Part.SUMMARY].all += rest.all
    made[Part.SUMMARY].english += rest.english
    first, others = made[Part.KEYWORDS].cut(HEAD_KEYWORDS)
    ordered = (title, first, others, made[Part.SUMMARY], made[Part.BODY])
    return [text for words in ordered for text in words.texts()]


def _micros(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


SEPARATOR = "\x1f"
_COLUMNS = ("a", "b", "bt", "c", "d")


def _facets(settings: IndexSettings, document: Document) -> list[str]:
    return sorted(f"{name}:{nfc(value)}" for name, value in facet_values(settings, document))


@lru_cache(maxsize=16)
def _insert(index: str, slot: str) -> str:
    settings = INDEXES[index]
    table = TABLES[index, slot][0].name
    plain = ("ord", "id", "newest", "fresh", *settings.numbers, "title_key")
    kinds = ("int[]", "uuid[]", "bigint[]", "bigint[]", *("bigint[]" for _ in settings.numbers), "text[]")
    given = [*plain, "facets", "phrases", "shown", *(f"{c}{k}" for c in _COLUMNS for k in ("v", "e", "m"))]
    types = [*kinds, *("text[]" for _ in range(3 + 3 * len(_COLUMNS)))]
    arrays = ", ".join(f"%({name})s::{kind}" for name, kind in zip(given, types, strict=True))

    def vector(column: str, letter: str) -> str:
        kinds = (("public.vi", "v"), ("public.en", "e"), ("pg_catalog.simple", "m"))
        vectors = " || ".join(f"to_tsvector('{name}', x.{column}{kind})" for name, kind in kinds)
        return f"setweight({vectors}, '{letter}')"

    changed = ", ".join(f"{c} = EXCLUDED.{c}" for c in (*plain[2:], "head", "tsv", "facets", "phrases", "shown"))
    return (
        f"INSERT INTO {table} ({', '.join(plain)}, head, tsv, facets, phrases, shown)"
        f" SELECT {', '.join('x.' + p for p in plain)}, v.head, v.head || v.tail,"
        " string_to_array(x.facets, chr(31)), string_to_array(x.phrases, chr(31)), x.shown::jsonb"
        f" FROM unnest({arrays}) AS x({', '.join(given)}),"
        f" LATERAL (SELECT {vector('a', 'A')} || {vector('b', 'B')} AS head,"
        f" {vector('bt', 'B')} || {vector('c', 'C')} || {vector('d', 'D')} AS tail OFFSET 0) v"
        f" ON CONFLICT (id) DO UPDATE SET {changed}"
    )


class _Bits:
    """Bits to turn over, by facet value and segment."""

    def __init__(self) -> None:
        self.masks: dict[tuple[str, str, int], int] = {}

    def turn(self, values: Iterable[str], ord_: int) -> None:
        segment, place = divmod(ord_, SEGMENT)
        bit = 1 << (SEGMENT - 1 - place)
        for value in values:
            facet, _, slug = value.partition(":")
            key = (facet, slug, segment)
            self.masks[key] = self.masks.get(key, 0) ^ bit

    async def write(self, session: AsyncSession, table: str) -> None:
        turned = sorted((key, mask) for key, mask in self.masks.items() if mask)
        if not turned:
            return
        await _run(
            session,
            f"INSERT INTO {table} AS b (facet, value, seg, bits) SELECT f, v, s, ('x' || h)::bit({SEGMENT})"  # noqa: S608
            " FROM unnest(%(f)s::text[], %(v)s::text[], %(s)s::int[], %(h)s::text[]) AS t(f, v, s, h)"
            " ON CONFLICT (facet, value, seg) DO UPDATE SET bits = b.bits # EXCLUDED.bits",
            {
                "f": [key[0] for key, _ in turned],
                "v": [key[1] for key, _ in turned],
                "s": [key[2] for key, _ in turned],
                "h": [f"{mask:0{SEGMENT // 4}x}" for _, mask in turned],
            },
        )


async def _count_phrases(session: AsyncSession, table: str, changes: Counter[str]) -> None:
    changed = sorted((phrase, by) for phrase, by in changes.items() if by)
    if not changed:
        return
    parameters = {"p": [p for p, _ in changed], "n": [n for _, n in changed]}
    await _run(
        session,
        f"INSERT INTO {table} AS k (phrase, folded, docs) SELECT p, public.f_unaccent(p), n"  # noqa: S608
        " FROM unnest(%(p)s::text[], %(n)s::int[]) AS t(p, n)"
        " ON CONFLICT (phrase) DO UPDATE SET docs = k.docs + EXCLUDED.docs",
        parameters,
    )
    if any(n < 0 for _, n in changed):
        await _run(session, f"DELETE FROM {table} WHERE phrase = ANY(%(p)s) AND docs <= 0", parameters)  # noqa: S608


async def _gather(session: AsyncSession, documents: int) -> None:
    limit = PENDING_MANY if documents >= MANY else PENDING_FEW
    await _run(session, "SELECT set_config('gin_pending_list_limit', %(limit)s, true)", {"limit": limit})


async def _put_in_order(session: AsyncSession, index: str, slot: str) -> None:
    for table in TABLES[index, slot]:
        for gin in table.indexes:
            if gin.dialect_options["postgresql"]["using"] == "gin":
                await _run(session, f"SELECT gin_clean_pending_list('{gin.name}'::regclass)")  # noqa: S608


# --- the engine ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _State:
    slot: str
    building: UUID | None

    @property
    def other(self) -> str:
        return SLOTS[1 - SLOTS.index(self.slot)]

    @property
    def written(self) -> tuple[str, ...]:
        return (self.slot, self.other) if self.building else (self.slot,)


def _invalid(code: str, what: str) -> Invalid:
    return Invalid(code, Bilingual(f"Yêu cầu tìm kiếm không hợp lệ: {what}.", f"Not a valid search: {what}."))


def _settings(index: str) -> IndexSettings:
    try:
        return INDEXES[index]
    except KeyError:
        raise ValueError(f"no index named {index!r}") from None


class PostgresEngine:
    name = "postgres"
    capabilities = frozenset(
        {
            Capability.PREFIX,
            Capability.SYNONYMS,
            Capability.PHRASES,
            Capability.EXCLUSION,
            Capability.RELAXED,
            Capability.DID_YOU_MEAN,
            Capability.DEEP_PAGES,
            Capability.TRANSACTIONAL,
        }
    )

    def __init__(self) -> None:
        # Only a first guess: every reading statement also tells which slot was current.
        self._slots: dict[str, str] = {}

    # reading

    async def search(self, index: str, query: Query) -> Answer:
        settings = _settings(index)
        parsed = parse(query.text)
        plan = _plan(settings, query, parsed)
        async with db.reading() as session:
            answer = await self._search(session, plan)
            if query.cursor or not parsed or answer.total >= FEW_HITS:
                return answer
            meant = await self._did_you_mean(session, settings.name, parsed)
            if answer.total == 0 and relaxed(parsed):
                answer = await self._search(session, replace(plan, shape=replace(plan.shape, loosely=True)))
        return replace(answer, did_you_mean=meant)

    async def _read(
        self, session: AsyncSession, index: str, statement: Callable[[str], str], parameters: Mapping[str, Any]
    ) -> list[Any]:
        """Run the statement of the slot that is current in its own snapshot; its first column says which that is."""
        slot = self._slots.get(index, SLOTS[0])
        for _ in range(3):
            rows = await _run(session, statement(slot), parameters)
            current = rows[0][0] or SLOTS[0]
            if current == slot:
                break
            self._slots[index] = slot = current
        return rows

    async def _search(self, session: AsyncSession, plan: _Plan) -> Answer:
        parameters = dict(plan.parameters)
        if plan.parsed:
            words = _words(plan.parsed, loosely=plan.shape.loosely)
            parameters |= asdict(words)

        def statement(slot: str) -> str:
            return _statement(replace(plan.shape, slot=slot))

        row = (await self._read(session, plan.shape.index, statement, parameters))[0]
        _, total, counted, ids, keys, *more = row
        facets: dict[str, dict[str, int]] = {name: {} for name in plan.shape.facets}
        if counted is not None:
            for facet, value, n in zip(*counted, strict=True):
                facets[facet][value] = int(n)
        next_cursor = None
        if ids is None:
            hits: tuple[Hit, ...] = ()
        else:
            shown = range(min(len(ids), plan.limit))
            if len(ids) > plan.limit:
                next_cursor = plan.cursor_of(ids, keys, more, plan.limit - 1)
            hits = tuple(plan.hit(ids[i], keys[i], more, i) for i in shown)
        return Answer(
            hits=hits,
            total=total,
            facets={name: Facet(name, counts) for name, counts in facets.items()},
            next_cursor=next_cursor,
            relaxed=plan.shape.loosely,
            terms=plan.terms,
        )

    async def _did_you_mean(self, session: AsyncSession, index: str, parsed: Parsed) -> str | None:
        typed = " ".join(fold(w) for w in parsed.words)
        if len(typed) < 4 or parsed.compact:
            return None

        def statement(slot: str) -> str:
            table = TABLES[index, slot][2].name
            return (
                f"WITH near AS (SELECT phrase, docs FROM {table}"  # noqa: S608
                " WHERE folded %% %(q)s::text OR %(q)s::text <%% folded"
                " ORDER BY public.word_similarity(%(q)s, folded) DESC, docs DESC, phrase LIMIT 40)"
                f" SELECT (SELECT slot FROM search_index WHERE name = '{index}'),"
                " array_agg(phrase), array_agg(docs) FROM near"
            )

        _, found, docs = (await self._read(session, index, statement, {"q": typed}))[0]
        candidates = [*zip(found or (), docs or (), strict=True)]
        return phrases.best_extent(typed, candidates)

    async def suggest(self, index: str, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        _settings(index)
        typed = " ".join(words_of(text))[:80]
        folded = fold(typed)
        if not folded:
            return ()

        def statement(slot: str) -> str:
            table = TABLES[index, slot][2].name
            inside = (
                f" UNION ALL (SELECT phrase, folded, docs, 1 AS far FROM {table}"  # noqa: S608
                " WHERE folded LIKE %(inside)s ORDER BY docs DESC, phrase LIMIT %(limit)s)"
                if len(folded) >= MIN_PREFIX
                else ""
            )
            return (
                f"WITH near AS ((SELECT phrase, folded, docs, 0 AS far FROM {table} WHERE folded ^@ %(q)s"  # noqa: S608
                f" ORDER BY docs DESC, phrase LIMIT %(limit)s){inside})"
                f" SELECT (SELECT slot FROM search_index WHERE name = '{index}'),"
                " array_agg(phrase ORDER BY far, docs DESC, phrase), array_agg(folded ORDER BY far, docs DESC, phrase),"
                " array_agg(docs ORDER BY far, docs DESC, phrase) FROM near"
            )

        parameters = {"q": folded, "limit": limit * 4, "inside": f"% {folded}%"}
        async with db.reading() as session:
            _, found, plain, docs = (await self._read(session, index, statement, parameters))[0]
        best: dict[str, Suggestion] = {}
        for phrase, key, n in zip(found or (), plain or (), docs or (), strict=True):
            known = best.get(key)
            # Of two writings the one with the marks that were typed, else the commoner one, stands for both.
            if known is None or (typed in phrase and typed not in known.text):
                best[key] = Suggestion(phrase, n)
        return tuple(best.values())[:limit]

    async def count(self, index: str) -> int:
        _settings(index)

        def statement(slot: str) -> str:
            bits = TABLES[index, slot][1].name
            return (
                f"SELECT (SELECT slot FROM search_index WHERE name = '{index}'),"  # noqa: S608
                f" (SELECT coalesce(sum(bit_count(bits)), 0)::bigint FROM {bits} WHERE facet = '' AND value = '')"
            )

        async with db.reading() as session:
            return int((await self._read(session, index, statement, {}))[0][1])

    async def status(self) -> EngineStatus:
        try:
            async with db.reading() as session:
                rows = await _run(session, "SELECT name, settings, built_at, building_since FROM search_index")
            counts = {name: await self.count(name) for name in INDEXES}
        except SQLAlchemyError:
            return EngineStatus(self.name, False, self.capabilities, ())
        known = {row[0]: row[1:] for row in rows}
        indexes = []
        for name, settings in INDEXES.items():
            built_under, built_at, since = known.get(name, ("", None, None))
            indexes.append(IndexStatus(name, counts[name], built_at, since, stale=built_under != settings.hash()))
        return EngineStatus(self.name, True, self.capabilities, tuple(indexes))

    # writing

    async def upsert(self, index: str, documents: Sequence[Document]) -> None:
        settings = _settings(index)
        # The last of two versions of one document counts.
        given = list({d.id: d for d in documents}.values())
        if not given:
            return
        async with db.unit_of_work() as session:
            state = await self._lock(session, index)
            await _gather(session, len(given))
            for slot in state.written:
                for start in range(0, len(given), BATCH):
                    await self._put(session, settings, slot, given[start : start + BATCH])
                if len(given) >= MANY:
                    await _put_in_order(session, index, slot)
            if state.building:
                await _run(
                    session,
                    "DELETE FROM search_removed WHERE name = %(index)s AND id = ANY(%(ids)s)",
                    {"index": index, "ids": [d.id for d in given]},
                )

    async def delete(self, index: str, ids: Sequence[UUID]) -> None:
        _settings(index)
        if not ids:
            return
        parameters = {"index": index, "ids": list(ids)}
        async with db.unit_of_work() as session:
            state = await self._lock(session, index)
            for slot in state.written:
                await self._take_out(session, index, slot, list(ids))
            if state.building:
                await _run(
                    session,
                    "INSERT INTO search_removed (name, id) SELECT %(index)s, unnest(%(ids)s::uuid[])"
                    " ON CONFLICT DO NOTHING",
                    parameters,
                )

    async def rebuild(self, index: str, documents: AsyncIterator[Document]) -> int:
        settings = _settings(index)
        token = uuid.uuid4()
        async with db.unit_of_work() as session:
            state = await self._lock(session, index)
            await self._empty(session, index, state.other)
            await _run(
                session,
                "UPDATE search_index SET building = %(token)s, building_since = %(now)s WHERE name = %(index)s",
                {"index": index, "token": token, "now": clock.now()},
            )
        batch: dict[UUID, Document] = {}
        async for document in documents:
            batch[document.id] = document
            if len(batch) >= BATCH:
                await self._fill(settings, token, list(batch.values()))
                batch.clear()
        await self._fill(settings, token, list(batch.values()))
        async with db.unit_of_work() as session:
            state = await self._lock(session, index, token)
            await _put_in_order(session, index, state.other)
            await _run(session, f"ANALYZE {TABLES[index, state.other][0].name}")
            await _run(session, f"ANALYZE {TABLES[index, state.other][2].name}")
            await _run(
                session,
                "UPDATE search_index SET slot = %(slot)s, settings = %(settings)s, built_at = %(now)s,"
                " building = NULL, building_since = NULL WHERE name = %(index)s",
                {"index": index, "slot": state.other, "settings": settings.hash(), "now": clock.now()},
            )
            await _run(session, "DELETE FROM search_removed WHERE name = %(index)s", {"index": index})
        async with db.unit_of_work() as session:
            state = await self._lock(session, index)
            if not state.building:
                await self._empty(session, index, state.other)
        return await self.count(index)

    async def _fill(self, settings: IndexSettings, token: UUID, batch: list[Document]) -> None:
        """Put what the rebuild has read into the new slot, but for what a writer has put there or taken out since."""
        if not batch:
            return
        async with db.unit_of_work() as session:
            state = await self._lock(session, settings.name, token)
            known = await _run(
                session,
                f"SELECT id FROM {TABLES[settings.name, state.other][0].name} WHERE id = ANY(%(ids)s)"  # noqa: S608
                " UNION ALL SELECT id FROM search_removed WHERE name = %(index)s AND id = ANY(%(ids)s)",
                {"index": settings.name, "ids": [d.id for d in batch]},
            )
            newer = {row[0] for row in known}
            wanted = [d for d in batch if d.id not in newer]
            if wanted:
                await _gather(session, MANY)
                await self._put(session, settings, state.other, wanted)

    async def _lock(self, session: AsyncSession, index: str, token: UUID | None = None) -> _State:
        """The index's row, locked until the transaction ends: its writers come one after another."""
        select = "SELECT slot, building FROM search_index WHERE name = %(index)s FOR UPDATE"
        rows = await _run(session, select, {"index": index})
        if not rows:
            await _run(
                session,
                "INSERT INTO search_index (name, slot, settings) VALUES (%(index)s, 'a', %(settings)s)"
                " ON CONFLICT DO NOTHING",
                {"index": index, "settings": INDEXES[index].hash()},
            )
            rows = await _run(session, select, {"index": index})
        state = _State(*rows[0])
        if token and state.building != token:
            raise Conflict(
                "rebuild_superseded",
                Bilingual(
                    "Một lần dựng lại chỉ mục khác đã thay lần này.", "Another rebuild has taken this one's place."
                ),
            )
        return state

    async def _empty(self, session: AsyncSession, index: str, slot: str) -> None:
        await _run(session, f"TRUNCATE {', '.join(t.name for t in TABLES[index, slot])}")
        await _run(session, "DELETE FROM search_removed WHERE name = %(index)s", {"index": index})

    async def _put(
        self, session: AsyncSession, settings: IndexSettings, slot: str, documents: Sequence[Document]
    ) -> None:
        table, bitmaps, dictionary = (t.name for t in TABLES[settings.name, slot])
        old = await _run(
            session,
            f"SELECT id, ord, facets, phrases FROM {table} WHERE id = ANY(%(ids)s)",  # noqa: S608
            {"ids": [d.id for d in documents]},
        )
        before = {row[0]: row[1:] for row in old}
        following = int((await _run(session, f"SELECT coalesce(max(ord) + 1, 0) FROM {table}"))[0][0])  # noqa: S608
        bits, phrase_changes = _Bits(), Counter[str]()
        columns: dict[str, list[Any]] = {}
        for document in documents:
            facets, said = _facets(settings, document), phrases.of(settings, document)
            if document.id in before:
                ord_, old_facets, old_said = before[document.id]
                bits.turn(set(old_facets) ^ set(facets), ord_)
                phrase_changes.subtract(old_said)
            else:
                ord_, following = following, following + 1
                bits.turn([":", *facets], ord_)
            phrase_changes.update(said)
            for name, value in _row(settings, document, ord_, facets, said).items():
                columns.setdefault(name, []).append(value)
        await _run(session, _insert(settings.name, slot), columns)
        await bits.write(session, bitmaps)
        await _count_phrases(session, dictionary, phrase_changes)

    async def _take_out(self, session: AsyncSession, index: str, slot: str, ids: list[UUID]) -> None:
        table, bitmaps, dictionary = (t.name for t in TABLES[index, slot])
        gone = await _run(
            session,
            f"DELETE FROM {table} WHERE id = ANY(%(ids)s) RETURNING ord, facets, phrases",  # noqa: S608
            {"ids": ids},
        )
        bits, phrase_changes = _Bits(), Counter[str]()
        for ord_, facets, said in gone:
            bits.turn([":", *facets], ord_)
            phrase_changes.subtract(said)
        await bits.write(session, bitmaps)
        await _count_phrases(session, dictionary, phrase_changes)


# --- a query, checked and bound -----------------------------------------------------------------------------------

RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class _Plan:
    shape: _Shape
    parameters: Mapping[str, Any]
    parsed: Parsed
    limit: int
    terms: tuple[str, ...]
    languages: tuple[str, str]

    def cursor_of(self, ids: list[UUID], keys: list[Any], more: list[list[Any]], last: int) -> str:
        mode = self.shape.sort + ("~" if self.shape.loosely else "")
        if self.shape.sort == RELEVANCE:
            fresh, tier = more[0], more[1]
            return paging.encode([mode, tier[last], keys[last], fresh[last], str(ids[last])])
        return paging.encode([mode, keys[last], str(ids[last])])

    def hit(self, id_: UUID, key: Any, more: list[list[Any]], i: int) -> Hit:
        score = float(key) if self.shape.sort == RELEVANCE else 0.0
        if not self.shape.shown:
            return Hit(id_, score)
        shown, in_keywords, in_body = (column[i] for column in more[-3:])
        held = orjson.loads(shown)
        marks: dict[str, list[tuple[int, int]]] = {}
        matched = []
        for part, also in ((Part.TITLE, in_keywords), (Part.SUMMARY, in_body)):
            # In the reader's language when the document has it, else in the other; a match in either counts.
            names = [name for language in self.languages if (name := f"{part}_{language}") in held]
            for name in names:
                if found := highlight(held[name], self.terms):
                    marks[name] = found
                    matched.append(part.value)
                    break
            if also:
                matched.append((Part.KEYWORDS if part is Part.TITLE else Part.BODY).value)
        return Hit(id_, score, tuple(matched), marks)


def _plan(settings: IndexSettings, query: Query, parsed: Parsed) -> _Plan:
    sort = query.sort or (RELEVANCE if parsed else "newest")
    if sort == RELEVANCE and not parsed:
        sort = "newest"
    if sort != RELEVANCE and sort not in settings.sorts:
        raise _invalid("bad_sort", f"sort={sort[:40]}")
    limit = paging.clamp(query.limit)
    parameters: dict[str, Any] = {"limit": limit + 1}
    filters = {name: values for name, values in query.filters.items() if values}
    spans = []
    for name, (low, high) in query.ranges.items():
        if low is None and high is None:
            continue
        if name in settings.scales:
            first, last = settings.scales[name]
            span = frozenset(
                str(n) for n in range(max(low or first, first), min(last if high is None else high, last) + 1)
            )
            # A filter by no value at all finds nothing, as it should: no document has the empty value.
            filters[name] = (filters.get(name, span) & span) or frozenset({""})
        elif name in settings.ranges:
            spans.append(name)
            parameters[f"{name}_low"] = min(max(low or 0, 0), NO_PRICE)
            parameters[f"{name}_high"] = min(NO_PRICE - 1 if high is None else max(high, NO_VALUE), NO_PRICE - 1)
        else:
            raise _invalid("bad_filter", f"{name[:40]}")
    for name in (*filters, *query.facets):
        if name not in settings.filterable:
            raise _invalid("bad_filter", f"{name[:40]}")
    parameters |= {f"f_{name}": sorted(nfc(v) for v in values) for name, values in filters.items()}
    loosely = False
    if query.cursor:
        loosely = _bind_cursor(query.cursor, sort, parameters)
    words = _words(parsed) if parsed else None
    shape = _Shape(
        index=settings.name,
        slot=SLOTS[0],
        sort=sort,
        text=bool(parsed),
        excluded=bool(words and words.excluded),
        filters=tuple(sorted(filters)),
        ranges=tuple(sorted(spans)),
        facets=tuple(dict.fromkeys(query.facets)),
        after=bool(query.cursor),
        shown=bool(parsed and query.highlight),
        loosely=loosely,
    )
    languages = ("en", "vi") if query.locale == "en" else ("vi", "en")
    return _Plan(shape, parameters, parsed, limit, _terms(parsed), languages)


@lru_cache(maxsize=2048)
def _terms(parsed: Parsed) -> tuple[str, ...]:
    own = list(fold_words(parsed.words))
    if parsed.prefix:
        own[-1] += "*"
    return tuple(dict.fromkeys((*own, *parsed.synonyms)))


def _bind_cursor(cursor: str, sort: str, parameters: dict[str, Any]) -> bool:
    """The last row's values, bound; whether the list is one of loose matches. Invalid for another list's cursor."""
    size = 5 if sort == RELEVANCE else 3
    mode, *values, raw_id = paging.decode(cursor, size)
    try:
        parameters["after_id"] = UUID(str(raw_id))
    except ValueError:
        values = []
    kinds: tuple[type | tuple[type, ...], ...] = (int, (int, float), int) if sort == RELEVANCE else (_key_kind(sort),)
    names = ("after_tier", "after_score", "after_fresh") if sort == RELEVANCE else ("after_key",)
    right = len(values) == len(kinds) and all(
        isinstance(v, k) and not isinstance(v, bool) for v, k in zip(values, kinds, strict=True)
    )
    if str(mode).rstrip("~") != sort or not right or any("\x00" in v for v in values if isinstance(v, str)):
        paging.decode("", size)  # raises what any altered cursor raises
    parameters.update(zip(names, values, strict=True))
    return str(mode).endswith("~")


def _key_kind(sort: str) -> type:
    return str if sort == "title" else int


def _row(settings: IndexSettings, document: Document, ord_: int, facets: list[str], said: list[str]) -> dict[str, Any]:
    names = ("title_vi", "title_en", "summary_vi", "summary_en")
    row: dict[str, Any] = {
        "ord": ord_,
        "id": document.id,
        "newest": _micros(document.published_at),
        "fresh": _micros(document.refreshed_at),
        "title_key": nfc(document.sort_title),
        "facets": SEPARATOR.join(facets),
        "phrases": SEPARATOR.join(said),
        "shown": orjson.dumps({n: nfc(getattr(document, n)) for n in names if getattr(document, n)}).decode(),
    }
    row |= {name: number(document, name) for name in settings.numbers}
    parts = _parts(settings, document)
    row |= {f"{c}{k}": parts[3 * i + j] for i, c in enumerate(_COLUMNS) for j, k in enumerate(("v", "e", "m"))}
    return row
