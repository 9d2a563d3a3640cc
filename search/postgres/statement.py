"""The one statement of a search: hits, total and facets of one moment.

    words (or a range)  ->  m, the documents found  ->  base, the same as bits
    filters             ->  f0, f1, ... as bits     ->  found = base AND all of them; without0 = all but f0; ...
    found               ->  n, the total            ->  c, the facets' counts  ->  page, the hits

Only names from the reviewed settings are put into the text; every value is bound. Statements of one shape are the
same text, so that the driver prepares them.
"""

# ruff: noqa: S608 - names from search.documents.INDEXES, never anything a user sent

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from search.documents import INDEXES, Sort
from search.postgres.tables import SEGMENT, TABLES

RELEVANCE = "relevance"
# Ranked again by all their text; how deep relevance goes at all; how many that hold the words outside title and
# keywords are ranked, the freshest first.
RERANKED = 100
DEEPEST = 1000
CANDIDATES = 400
# More found: walk along the sort's index until the page is full. Fewer: fetch them all and sort.
WALKED = 400
# In a loose search: how many documents of one clue are looked at, and what part of the best one's weight is enough.
CAPPED = 1000
ENOUGH = 0.4
WEIGHTS = "'{0.02,0.1,0.4,1.0}'"
RANK = f"ts_rank({WEIGHTS}, d.head, (SELECT r FROM q))"
_BOTH = "to_tsquery('public.vi', {0}) || to_tsquery('public.en', {0})"
_EVERYTHING = "facet = '' AND value = ''"
_INSIDE = "get_bit((SELECT bits FROM mask), d.ord) = 1"


def _either(words: str) -> str:
    """Both readings, but the English one only where it differs: GIN would look up every word twice."""
    vi, en = (f"to_tsquery('public.{c}', {words})" for c in ("vi", "en"))
    return f"CASE WHEN {vi} = {en} THEN {vi} ELSE {vi} || {en} END"


@dataclass(frozen=True, slots=True)
class Shape:
    """All that decides the text of a statement."""

    index: str
    sort: str
    text: bool
    excluded: bool
    filters: tuple[str, ...]
    ranges: tuple[str, ...]
    facets: tuple[str, ...]
    after: bool
    shown: bool
    loosely: bool = False
    meant: bool = False


def near(dictionary: str) -> str:
    """The phrases most like what was typed."""
    return (
        f"near AS MATERIALIZED (SELECT phrase, docs FROM {dictionary}"
        " WHERE folded %% %(typed)s::text OR %(typed)s::text <%% folded"
        " ORDER BY public.word_similarity(%(typed)s, folded) DESC, docs DESC, phrase LIMIT 40)"
    )


NEAR = "(SELECT array_agg(phrase) FROM near), (SELECT array_agg(docs) FROM near)"


@lru_cache(maxsize=1024)
def statement(shape: Shape, slot: str) -> str:
    return _Statement(shape, slot).sql()


class _Statement:
    def __init__(self, shape: Shape, slot: str) -> None:
        self.shape = shape
        self.settings = INDEXES[shape.index]
        self.documents, self.bits, self.dictionary = (t.name for t in TABLES[shape.index, slot])
        self.sort = self.settings.sorts.get(shape.sort)
        self.key = f"d.{self.sort.column}" if self.sort else ""
        self.spans = " AND ".join(
            f"d.{high} >= %({name}_low)s AND d.{low} <= %({name}_high)s"
            for name in shape.ranges
            for low, high in (self.settings.ranges[name],)
        )
        masked = shape.filters or self.spans or shape.excluded
        self.inside = _INSIDE if masked else "true"
        self.parts: list[str] = []

    def sql(self) -> str:
        self._find()
        self._filter()
        counted = self._count()
        listing = self._page(self.sort) if self.sort else self._best_page()
        if self.shape.meant:
            self.parts.append(near(self.dictionary))
        wanted = ["page.id", "page.k"] + ([] if self.sort else ["page.fresh", "page.tier"])
        joined = ""
        if self.shape.shown:
            wanted += ["d.shown::text", "d.tsv @@ q.kw", "d.tsv @@ q.bd"]
            joined = f" JOIN {self.documents} d ON d.ord = page.ord CROSS JOIN q"
        rows = ", ".join(f"array_agg({column} ORDER BY {listing})" for column in wanted)
        return (
            f"WITH {', '.join(self.parts)} SELECT"
            f" (SELECT slot FROM search_index WHERE name = '{self.shape.index}'),"
            f" (SELECT total FROM n), {counted}, {NEAR if self.shape.meant else 'NULL, NULL'}, {rows} FROM page{joined}"
        )

    def _find(self) -> None:
        if self.shape.text:
            self._find_words()
        elif self.spans:
            self.parts.append(f"m AS MATERIALIZED (SELECT d.ord FROM {self.documents} d WHERE {self.spans})")
        else:
            self.parts.append(f"base AS MATERIALIZED (SELECT seg, bits FROM {self.bits} WHERE {_EVERYTHING})")
            return
        # Two steps, 64 documents and then a segment: setting single bits in a long row would copy it every time.
        self.parts += [
            "w AS (SELECT ord >> 6 AS w, bit_or(1::bigint << (63 - (ord & 63))) AS bits FROM m GROUP BY 1)",
            f"base AS MATERIALIZED (SELECT w >> 7 AS seg, bit_or(bits::bit(64)::bit({SEGMENT}) >> ((w & 127) << 6))"
            " AS bits FROM w GROUP BY 1)",
        ]

    def _find_words(self) -> None:
        match = _either("%(match)s")
        if self.shape.excluded:
            match = f"({match}) && !!({_BOTH.format('%(excluded)s')})"
        self.parts.append(
            f"q AS MATERIALIZED (SELECT {match} AS m, {_BOTH.format('%(keywords)s')} AS kw,"
            f" {_BOTH.format('%(body)s')} AS bd,"
            f" {_BOTH.format('%(rank)s')} || to_tsquery('pg_catalog.simple', %(exact)s) AS r)"
        )
        kept = f"d.id, {self.key} AS k" if self.sort else "d.fresh"
        spans = f" AND {self.spans}" if self.spans else ""
        if self.shape.loosely:
            self._find_loosely(kept if self.sort else "d.id, d.fresh, s.k", spans)
        else:
            self.parts.append(
                f"m AS MATERIALIZED (SELECT d.ord, {kept} FROM {self.documents} d"
                f" WHERE d.tsv @@ (SELECT m FROM q){spans})"
            )

    def _find_loosely(self, kept: str, spans: str) -> None:
        """Documents by the clues they hold, a rare clue weighing more, one in the title or keywords twice."""
        clue = _either("t.clue")
        held = " UNION ALL ".join(
            f"(SELECT d.ord FROM {self.documents} d WHERE d.{vector} @@ ({clue}) LIMIT {CAPPED})"
            for vector in ("tsv", "head")
        )
        self.parts += [
            "r AS MATERIALIZED (SELECT t.i, h.ord FROM unnest(%(clues)s::text[]) WITH ORDINALITY AS t(clue, i)"
            f" CROSS JOIN LATERAL ({held}) h)",
            "rare AS (SELECT i, ln(1 + (SELECT sum(bit_count(bits)) FROM"
            f" {self.bits} WHERE {_EVERYTHING})::float8 / count(*)) AS weight FROM r GROUP BY i)",
            "s AS MATERIALIZED (SELECT r.ord, sum(rare.weight) AS k FROM r JOIN rare USING (i) GROUP BY r.ord)",
            f"m AS MATERIALIZED (SELECT d.ord, {kept} FROM s JOIN {self.documents} d USING (ord)"
            f" WHERE s.k >= {ENOUGH} * (SELECT max(k) FROM s){spans})",
        ]

    def _filter(self) -> None:
        for i, name in enumerate(self.shape.filters):
            self.parts.append(
                f"f{i} AS MATERIALIZED (SELECT seg, bit_or(bits) AS bits FROM {self.bits}"
                f" WHERE facet = '{name}' AND value = ANY(%(f_{name})s) GROUP BY seg)"
            )
        self.parts += [
            self._all_but(None, "found"),
            "n AS MATERIALIZED (SELECT coalesce(sum(bit_count(bits)), 0)::bigint AS total FROM found)",
            f"mask AS (SELECT public.search_bits_cat(coalesce(x.bits, 0::bit({SEGMENT})) ORDER BY seg) AS bits"
            f" FROM (SELECT seg FROM {self.bits} WHERE {_EVERYTHING}) s LEFT JOIN found x USING (seg))",
        ]

    def _all_but(self, left_out: int | None, name: str) -> str:
        used = [f"f{i}" for i in range(len(self.shape.filters)) if i != left_out]
        bits = " & ".join(f"{part}.bits" for part in ("base", *used))
        joins = "".join(f" JOIN {part} USING (seg)" for part in used)
        return f"{name} AS MATERIALIZED (SELECT seg, {bits} AS bits FROM base{joins})"

    def _count(self) -> str:
        """A facet with a filter of its own is counted without it, all others under all filters."""
        free = [f for f in self.shape.facets if f not in self.shape.filters]
        counts = [self._counts_in("found", free)] if free else []
        for i, name in enumerate(self.shape.filters):
            if name in self.shape.facets:
                self.parts.append(self._all_but(i, f"without{i}"))
                counts.append(self._counts_in(f"without{i}", [name]))
        if not counts:
            return "NULL"
        self.parts.append(f"c AS (SELECT * FROM ({' UNION ALL '.join(counts)}) counted WHERE n > 0)")
        return "(SELECT ARRAY[array_agg(facet), array_agg(value), array_agg(n::text)] FROM c)"

    def _counts_in(self, bits: str, facets: list[str]) -> str:
        names = ", ".join(f"'{f}'" for f in facets)
        return (
            f"SELECT b.facet, b.value, sum(bit_count(b.bits & x.bits)) AS n FROM {self.bits} b"
            f" JOIN {bits} x USING (seg) WHERE b.facet IN ({names}) GROUP BY 1, 2"
        )

    def _page(self, sort: Sort) -> str:
        """The page by a stored key, which page 1,000 reads as fast as page 1."""
        order, past = ("DESC", "<") if sort.descending else ("ASC", ">")
        key = "d.k" if self.shape.text else self.key
        after = f" AND ({key}, d.id) {past} (%(after_key)s, %(after_id)s)" if self.shape.after else ""
        ordered = f"{after} ORDER BY {key} {order}, d.id {order} LIMIT %(limit)s"
        if self.shape.text:
            self.parts.append(f"page AS (SELECT d.ord, d.id, d.k FROM m d WHERE {self.inside}{ordered})")
        else:
            columns = f"SELECT d.ord, d.id, {key} AS k FROM"
            self.parts.append(
                f"page AS (({columns} {self.documents} d"
                f" WHERE (SELECT total FROM n) > {WALKED} AND {_INSIDE}{ordered}) UNION ALL"
                f" ({columns} found x CROSS JOIN generate_series(0, 127) w"
                " CROSS JOIN LATERAL (SELECT substring(x.bits FROM w * 64 + 1 FOR 64) AS part OFFSET 0) p"
                " CROSS JOIN generate_series(0, 63) i"
                f" JOIN {self.documents} d ON d.ord = x.seg * {SEGMENT} + w * 64 + i"
                f" WHERE (SELECT total FROM n) <= {WALKED} AND p.part <> 0::bit(64)"
                f" AND get_bit(p.part, i) = 1{ordered}))"
            )
        return f"page.k {order}, page.id {order}"

    def _best_page(self) -> str:
        """The page by relevance.

        Documents whose title and keywords hold every word come first (`h`); are they few, the freshest of the others
        follow (`o`). The best of these are ranked again by all their text and by how near the words stand. Later
        pages look deeper but put the same documents into the same order.
        """
        deepest = DEEPEST if self.shape.after else RERANKED + 1
        by = "whole DESC, k DESC, fresh DESC, id DESC"
        if self.shape.loosely:
            self.parts.append(f"h AS MATERIALIZED (SELECT d.ord, d.id, d.fresh, d.k FROM m d WHERE {self.inside})")
            others = ""
        else:
            place = "row_number() OVER (ORDER BY d.fresh DESC, d.ord DESC)"
            near = f"CASE WHEN {place} <= {CANDIDATES} THEN 0 ELSE -1 END" if self.shape.after else "0"
            self.parts += [
                f"h AS MATERIALIZED (SELECT d.ord, d.id, d.fresh, {RANK} AS k FROM {self.documents} d"
                f" WHERE d.head @@ (SELECT m FROM q) AND {self.inside})",
                f"o AS (SELECT d.ord, {near} AS whole FROM m d WHERE {self.inside}"
                f" AND (SELECT count(*) FROM h) < {deepest} AND d.ord NOT IN (SELECT ord FROM h)"
                f" ORDER BY d.fresh DESC, d.ord DESC LIMIT {DEEPEST if self.shape.after else CANDIDATES})",
            ]
            others = (
                f" UNION ALL SELECT o.whole, d.ord, d.id, d.fresh, {RANK} FROM o"
                f" JOIN {self.documents} d ON d.ord = o.ord"
            )
        again = (
            f"(SELECT b.k + ts_rank_cd({WEIGHTS}, d.tsv, q.m, 1) + ts_rank({WEIGHTS}, d.tsv, q.r)"
            f" FROM {self.documents} d, q WHERE d.ord = b.ord)"
        )
        after = (
            " WHERE (r.tier, r.score, r.fresh, r.id) < (%(after_tier)s, %(after_score)s, %(after_fresh)s, %(after_id)s)"
            if self.shape.after
            else ""
        )
        self.parts += [
            f"best AS (SELECT *, row_number() OVER (ORDER BY {by}) AS place FROM"
            f" (SELECT 1 AS whole, h.ord, h.id, h.fresh, h.k FROM h{others} ORDER BY {by} LIMIT {deepest}) b)",
            f"ranked AS (SELECT b.ord, b.id, b.fresh, CASE WHEN place <= {RERANKED} THEN 2 ELSE whole END AS tier,"
            f" (CASE WHEN place <= {RERANKED} THEN {again} ELSE b.k END)::float8 AS score FROM best b)",
            f"page AS (SELECT r.ord, r.id, r.score AS k, r.fresh, r.tier FROM ranked r{after}"
            " ORDER BY r.tier DESC, r.score DESC, r.fresh DESC, r.id DESC LIMIT %(limit)s)",
        ]
        return "page.tier DESC, page.k DESC, page.fresh DESC, page.id DESC"
