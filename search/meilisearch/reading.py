"""A query as requests to Meilisearch, and its answers as ours. Pure.

A request wants every word (`all`), so that totals and facet counts are those of what was asked for. A short list is
filled up with near documents (search.meilisearch.near finds them), which are then asked for by their ids. Counts come
from exhaustive requests (`page`/`hitsPerPage`); a facet with a choice is counted by a request without that choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.kit import paging
from app.kit.errors import Invalid
from app.kit.text import Text, fold, nfc
from search.documents import MAX_VALUE, NO_PRICE, NO_VALUE, IndexSettings, Part
from search.meilisearch import filters
from search.meilisearch.settings import ID_PARTS, MAX_DEPTH, SHOWN, TITLE_KEY, facet
from search.port import Answer, Facet, Hit, Query
from search.query import Parsed, fold_words, highlight, parse, words_of

RELEVANCE = "relevance"
# Meilisearch reads no more words of a query than this.
MAX_WORDS = 10
# Meilisearch cannot tell "bán" from "bàn": the best hits are put in order here, by the words found as they were typed.
RERANKED = 60
MARK = "m:"
LOOSELY = "~"
BY_NUMBER = "#"
MEANT = "^"


class Mode(StrEnum):
    STRICT = "strict"
    LOOSE = "loose"
    IDENTIFIER = "identifier"


_SUFFIX = {Mode.STRICT: "", Mode.LOOSE: LOOSELY, Mode.IDENTIFIER: BY_NUMBER}


@dataclass(frozen=True, slots=True)
class Plan:
    settings: IndexSettings
    uid: str
    query: Query
    parsed: Parsed
    sort: str
    mode: Mode
    limit: int
    offset: int
    after: tuple[int | None, UUID] | None
    filters: Mapping[str, str]
    spans: tuple[str, ...]
    terms: tuple[str, ...]
    marked: tuple[str, ...]
    meant: str = ""  # searched for in place of what was typed
    near: tuple[str, ...] = ()  # in a loose search: the ids to answer with, the nearest first,
    passing: tuple[str, ...] = ()  # and those of them that what is chosen in the facets lets through

    @property
    def column(self) -> str:
        return self.settings.sorts[self.sort].column if self.sort != RELEVANCE else ""

    @property
    def keyset(self) -> bool:
        return self.sort != RELEVANCE and self.column != TITLE_KEY

    @property
    def fetched(self) -> tuple[int, int]:
        """Offset and count of what is asked for: more than the page where the best are put in order here."""
        if self.marked and self.offset < RERANKED and self.mode is not Mode.LOOSE:
            return 0, max(RERANKED, self.offset + self.limit)
        return self.offset, self.limit

    @property
    def by_nearness(self) -> bool:
        return self.mode is Mode.LOOSE and self.sort == RELEVANCE

    def requests(self) -> list[dict[str, Any]]:
        base = {"indexUid": self.uid, **self._words()}
        wanted: dict[str, Any] = {"attributesToRetrieve": ["id"], "sort": self._sort()}
        if self.parsed and (self.query.highlight or self.marked):
            wanted["attributesToRetrieve"] += [*SHOWN, "keywords"]
        if self.parsed and self.query.highlight:
            wanted["showMatchesPosition"] = True
        if self.keyset:
            wanted["attributesToRetrieve"].append(self.column)
        if self.sort == RELEVANCE:
            wanted["showRankingScore"] = True
        free = [facet(name) for name in self.query.facets if name not in self.filters]
        counted = {"page": 1, "hitsPerPage": 0, "facets": free or None, "attributesToRetrieve": ["id"]}
        offset, count = self.fetched
        if self.by_nearness:
            clauses = [filters.one_of("id", self.passing[self.offset : self.offset + self.limit])]
            asked = [
                base | wanted | {"filter": clauses, "limit": self.limit},
                base | counted | {"filter": self._filter()},
            ]
            if self.query.highlight:  # where its words stand: said of those among the first ten only
                said = {"q": words(self.parsed), "matchingStrategy": "frequency", "showMatchesPosition": True}
                retrieved = {"attributesToRetrieve": ["id"], "limit": self.limit}
                asked.append({"indexUid": self.uid, "filter": clauses, **said, **retrieved})
        elif offset == 0 and self.after is None:
            first = base | wanted | {"filter": self._filter(), "page": 1, "hitsPerPage": count, "facets": free or None}
            asked = [first]
        else:
            rest = base | wanted | {"filter": self._filter(after=True), "offset": offset, "limit": count + 1}
            asked = [rest, base | counted | {"filter": self._filter()}]
        asked += [
            base | counted | {"filter": self._filter(without=name), "facets": [facet(name)]}
            for name in self.query.facets
            if name in self.filters
        ]
        return asked

    def _words(self) -> dict[str, Any]:
        if self.mode is Mode.IDENTIFIER:
            return {"q": self.parsed.compact, "matchingStrategy": "all", "attributesToSearchOn": ["identifiers"]}
        if self.mode is Mode.LOOSE:
            return {"q": ""}
        return {"q": words(self.parsed), "matchingStrategy": "all"}

    def _sort(self) -> list[str] | None:
        if self.sort == RELEVANCE:
            return None
        way = "desc" if self.settings.sorts[self.sort].descending else "asc"
        return [f"{name}:{way}" for name in (self.column, *ID_PARTS)]

    def _filter(self, *, without: str | None = None, after: bool = False) -> list[str] | None:
        clauses = [clause for name, clause in self.filters.items() if name != without]
        clauses += self.spans
        if self.mode is Mode.LOOSE:
            clauses.append(filters.one_of("id", self.near))
        if after and self.after is not None:
            key, id_ = self.after
            descending = self.settings.sorts[self.sort].descending
            clauses.append(filters.beyond(self.column, key, id_, descending=descending))
        return clauses or None

    def passing_request(self) -> dict[str, Any]:
        """Which of the near documents what is chosen lets through."""
        asked = {"indexUid": self.uid, "q": "", "filter": self._filter(), "attributesToRetrieve": ["id"]}
        return asked | {"limit": len(self.near)}

    # answers

    def answer(self, found: Sequence[Mapping[str, Any]]) -> Answer:
        first, *counts = found
        whole = first
        if first.get("totalHits") is None:
            whole, *counts = counts
        said: Mapping[str, Any] = {}
        if self.by_nearness and self.query.highlight:
            said = {hit["id"]: hit.get("_matchesPosition") for hit in counts.pop(0)["hits"]}
        total = int(whole.get("totalHits") or 0)
        facets: dict[str, Facet] = {}
        filtered = [name for name in self.query.facets if name in self.filters]
        for name in self.query.facets:
            source = counts[filtered.index(name)] if name in self.filters else whole
            held = (source.get("facetDistribution") or {}).get(facet(name)) or {}
            facets[name] = Facet(name, {value: int(n) for value, n in held.items()})
        rows, more = self._page(list(first["hits"]), total)
        hits = tuple(self._hit({"_matchesPosition": said.get(row["id"]), **row}) for row in rows)
        return Answer(
            hits=hits,
            total=total,
            facets=facets,
            next_cursor=self._cursor(rows[-1]) if rows and more else None,
            relaxed=self.mode is Mode.LOOSE or bool(self.meant),
            terms=self.terms,
        )

    def _page(self, rows: list[dict[str, Any]], total: int) -> tuple[list[dict[str, Any]], bool]:
        start, _ = self.fetched
        if self.by_nearness:
            place = {id_: n for n, id_ in enumerate(self.passing)}
            page = sorted(rows, key=lambda row: place[row["id"]])
            return page, self.offset + self.limit < len(self.passing)
        if self.marked and start < RERANKED:
            rows = sorted(rows[:RERANKED], key=self._as_typed, reverse=True) + rows[RERANKED:]
        page = rows[self.offset - start :][: self.limit]
        if self.keyset:
            return page, len(rows) > self.limit if self.after else total > self.limit
        end = self.offset + len(page)
        return page, end < min(total, MAX_DEPTH)

    def _as_typed(self, row: Mapping[str, Any]) -> int:
        """How many of the words with marks stand in title, keywords or summary as typed; `sorted` keeps the rest."""
        held = {w for name in (*SHOWN, "keywords") for text in _listed(row.get(name)) for w in words_of(text)}
        return sum(word in held for word in self.marked)

    def _cursor(self, last: Mapping[str, Any]) -> str:
        mode = self.sort + _SUFFIX[self.mode] + (MEANT + self.meant if self.meant else "")
        if not self.keyset:
            return paging.encode([MARK + mode, self.offset + self.limit])
        # As the engine on PostgreSQL writes it, so that either can go on where the other stopped.
        none = NO_VALUE if self.settings.sorts[self.sort].descending else NO_PRICE
        key = last.get(self.column)
        return paging.encode([mode, none if key is None else int(key), last["id"]])

    def _hit(self, row: Mapping[str, Any]) -> Hit:
        score = float(row.get("_rankingScore") or 0.0)
        id_ = UUID(row["id"])
        if not self.parsed or not self.query.highlight:
            return Hit(id_, score)
        positions: Mapping[str, Any] = row.get("_matchesPosition") or {}
        languages = ("en", "vi") if self.query.locale == "en" else ("vi", "en")
        marks: dict[str, list[tuple[int, int]]] = {}
        matched: list[str] = []
        for part in (Part.TITLE, Part.KEYWORDS, Part.SUMMARY, Part.BODY):
            hit = any(name in positions for name in self.settings.searchable[part])
            for language in languages if part in (Part.TITLE, Part.SUMMARY) else ():
                name = f"{part}_{language}"
                text = row.get(name)
                if text and (found := highlight(text, (*self.terms, *_found(text, positions.get(name))))):
                    marks[name] = found
                    hit = True
                    break
            if hit:
                matched.append(part.value)
        return Hit(id_, score, tuple(matched), marks)


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


def _found(text: str, positions: Any) -> list[str]:
    """The words Meilisearch matched, a slip forgiven or not; it counts positions in bytes."""
    raw = text.encode()
    found: dict[str, None] = {}
    for position in positions or ():
        start, length = int(position["start"]), int(position["length"])
        for word in words_of(raw[start : start + length].decode(errors="ignore")):
            found[f"{fold(word)}*"] = None
    return list(found)


def words(parsed: Parsed) -> str:
    """The query's text: what is excluded, phrases, then words; a last blank says that the last word is whole."""
    excluded = [piece(ws, "-") for ws in parsed.excluded]
    room = max(MAX_WORDS - sum(len(ws) for ws in parsed.excluded), 4)
    whole = len(parsed.words) <= room
    pieces: list[str] = []
    for group in parsed.groups:
        kept = group.words[:room]
        room -= len(kept)
        if kept:
            pieces.append(piece(kept) if group.phrase else " ".join(kept))
    return " ".join([*excluded, *pieces]) + ("" if parsed.prefix and whole else " " if pieces else "")


def piece(group: Sequence[str], sign: str = "") -> str:
    return f'{sign}"{" ".join(group)}"' if len(group) > 1 else f"{sign}{group[0]}"


def terms_of(parsed: Parsed) -> tuple[str, ...]:
    own = list(fold_words(parsed.words))
    if parsed.prefix and own:
        own[-1] += "*"
    return tuple(dict.fromkeys((*own, *parsed.synonyms)))


def meant_in(cursor: str | None) -> str:
    """The text that the list of this cursor was searched with, where that is not the one typed."""
    if not cursor:
        return ""
    try:
        written = paging.decode(cursor, 2)[0]
    except Invalid:
        written = paging.decode(cursor, 3)[0]
    return str(written).partition(MEANT)[2]


def plan(settings: IndexSettings, uid: str, query: Query, meant: str = "") -> Plan:
    """A query that asks for what the index does not have, or continues another list, is Invalid."""
    meant = meant or meant_in(query.cursor)
    parsed = parse(meant or query.text)
    sort = query.sort or RELEVANCE
    if sort == RELEVANCE and not parsed:
        sort = "newest"
    if sort != RELEVANCE and sort not in settings.sorts:
        raise _invalid(f"sort={sort[:40]}")
    chosen, spans = _constraints(settings, query)
    for name in (*chosen, *query.facets):
        if name not in settings.filterable:
            raise _invalid(name[:40])
    mode, offset, after = Mode.STRICT, 0, None
    if query.cursor:
        mode, offset, after = _read_cursor(settings, sort, query.cursor)
    return Plan(
        settings=settings,
        uid=uid,
        query=query,
        parsed=parsed,
        sort=sort,
        mode=mode,
        limit=paging.clamp(query.limit),
        offset=offset,
        after=after,
        filters={name: filters.chosen(name, values) for name, values in sorted(chosen.items())},
        spans=spans,
        terms=terms_of(parsed),
        marked=tuple(w for w in parsed.words if not w.isascii()) if sort == RELEVANCE else (),
        meant=meant,
    )


def _constraints(settings: IndexSettings, query: Query) -> tuple[dict[str, frozenset[str]], tuple[str, ...]]:
    """The filters, with ranges over a facet's scale among them, and the ranges over columns."""
    chosen = {name: frozenset(nfc(v)[:MAX_VALUE] for v in values) for name, values in query.filters.items() if values}
    spans = []
    for name, (low, high) in query.ranges.items():
        if low is None and high is None:
            continue
        if name in settings.scales:
            first, last = settings.scales[name]
            first = first if low is None else max(low, first)
            last = last if high is None else min(high, last)
            span = frozenset(str(n) for n in range(first, last + 1))
            # No value at all is filtered for as the empty one, which no document has.
            chosen[name] = (chosen.get(name, span) & span) or frozenset({""})
        elif name in settings.ranges:
            spans.append(filters.spanning(*settings.ranges[name], low, high))
        else:
            raise _invalid(name[:40])
    return chosen, tuple(spans)


def _read_cursor(settings: IndexSettings, sort: str, cursor: str) -> tuple[Mode, int, tuple[int | None, UUID] | None]:
    if sort == RELEVANCE or settings.sorts[sort].column == TITLE_KEY:
        written, offset = paging.decode(cursor, 2)
        written = str(written).partition(MEANT)[0]
        for mode, suffix in _SUFFIX.items():
            if written == f"{MARK}{sort}{suffix}" and type(offset) is int and 0 < offset < MAX_DEPTH:
                return mode, offset, None
        raise _bad_cursor()
    written, key, id_ = paging.decode(cursor, 3)
    written = str(written).partition(MEANT)[0]
    for mode, suffix in _SUFFIX.items():
        if written == f"{sort}{suffix}" and type(key) is int:
            try:
                return mode, 0, (None if key in (NO_VALUE, NO_PRICE) else key, UUID(str(id_)))
            except ValueError:
                break
    raise _bad_cursor()


def is_own(cursor: str) -> bool:
    """Whether only this engine can go on from the cursor."""
    try:
        return str(paging.decode(cursor, 2)[0]).startswith(MARK)
    except Invalid:
        return False


def is_shared(cursor: str) -> bool:
    """Whether either engine can: a number and an id, as lists in the order of a number have."""
    try:
        return type(paging.decode(cursor, 3)[1]) is int
    except Invalid:
        return False


def _bad_cursor() -> Invalid:
    return Invalid(
        "bad_cursor",
        Text("Trang kết quả không hợp lệ. Hãy về trang đầu.", "Not a valid page. Go back to the first one."),
    )


def _invalid(what: str) -> Invalid:
    return Invalid("bad_search", Text(f"Yêu cầu tìm kiếm không hợp lệ: {what}.", f"Not a valid search: {what}."))
