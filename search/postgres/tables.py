"""The tables of the index and the statements that make them.

Each index has two slots, `a` and `b`, of three tables: the documents, a row of bits for every facet value, and the
dictionary of phrases. Migrations state these tables in the words of their day; the metadata is the application's, so
no drift goes unseen. `DDL` makes an index where there are no migrations: in tests, and in a throw-away database.
"""

# ruff: noqa: S608 - names from search.documents.INDEXES, never anything a user sent

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, String, Table, Text, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, BIT, JSONB, TSVECTOR
from sqlalchemy.schema import CreateIndex, CreateTable

from app.platform import db
from search.documents import INDEXES, IndexSettings

SLOTS = ("a", "b")
SEGMENT = 8192

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
        "CREATE OR REPLACE AGGREGATE public.search_bits_cat(bit varying) (SFUNC = bitcat, STYPE = bit varying)",
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
    "DROP AGGREGATE IF EXISTS public.search_bits_cat(bit varying)",
    "DROP FUNCTION IF EXISTS public.f_unaccent(text)",
]
