"""A query, checked and bound: the shape of its statement, the values, and how its rows become hits and a cursor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.kit import paging
from app.kit.errors import Invalid
from app.kit.text import Text, nfc
from search.documents import MAX_VALUE, NO_PRICE, NO_VALUE, IndexSettings, Part
from search.port import Hit, Query
from search.postgres.statement import RELEVANCE, Shape
from search.query import Parsed, fold_words, highlight

LOOSELY = "~"


@dataclass(frozen=True, slots=True)
class Plan:
    shape: Shape
    parameters: Mapping[str, Any]
    parsed: Parsed
    limit: int
    terms: tuple[str, ...]
    languages: tuple[str, str]

    def cursor(self, last: tuple[Any, ...]) -> str:
        id_, key, *more = last
        mode = self.shape.sort + (LOOSELY if self.shape.loosely else "")
        if self.shape.sort == RELEVANCE:
            fresh, tier = more[:2]
            return paging.encode([mode, tier, key, fresh, str(id_)])
        return paging.encode([mode, key, str(id_)])

    def hit(self, row: tuple[Any, ...]) -> Hit:
        score = float(row[1]) if self.shape.sort == RELEVANCE else 0.0
        if not self.shape.shown:
            return Hit(row[0], score)
        shown, in_keywords, in_body = row[-3:]
        held = orjson.loads(shown)
        marks: dict[str, list[tuple[int, int]]] = {}
        matched: list[str] = []
        for part, also, where in (
            (Part.TITLE, in_keywords, Part.KEYWORDS),
            (Part.SUMMARY, in_body, Part.BODY),
        ):
            # In the reader's language where the document has it, else in the other; a match in either counts.
            for language in self.languages:
                name = f"{part}_{language}"
                if name in held and (found := highlight(held[name], self.terms)):
                    marks[name] = found
                    matched.append(part.value)
                    break
            if also:
                matched.append(where.value)
        return Hit(row[0], score, tuple(matched), marks)


def plan(settings: IndexSettings, query: Query, parsed: Parsed) -> Plan:
    sort = query.sort or RELEVANCE
    if sort == RELEVANCE and not parsed:
        sort = "newest"
    if sort != RELEVANCE and sort not in settings.sorts:
        raise _invalid(f"sort={sort[:40]}")
    limit = paging.clamp(query.limit)
    parameters: dict[str, Any] = {"limit": limit + 1}
    filters, spans = _constraints(settings, query, parameters)
    for name in (*filters, *query.facets):
        if name not in settings.filterable:
            raise _invalid(name[:40])
    parameters |= {f"f_{name}": sorted(_storable(v)[:MAX_VALUE] for v in values) for name, values in filters.items()}
    loosely = _bind_cursor(query.cursor, sort, parameters) if query.cursor else False
    shape = Shape(
        index=settings.name,
        sort=sort,
        text=bool(parsed),
        excluded=bool(parsed and parsed.excluded),
        filters=tuple(sorted(filters)),
        ranges=tuple(sorted(spans)),
        facets=tuple(dict.fromkeys(query.facets)),
        after=bool(query.cursor),
        shown=bool(parsed and query.highlight),
        loosely=loosely,
    )
    languages = ("en", "vi") if query.locale == "en" else ("vi", "en")
    return Plan(shape, parameters, parsed, limit, _terms(parsed), languages)


def _constraints(
    settings: IndexSettings, query: Query, parameters: dict[str, Any]
) -> tuple[dict[str, frozenset[str]], list[str]]:
    """The filters, with ranges over a facet's scale among them, and the ranges over columns, bound."""
    filters = {name: values for name, values in query.filters.items() if values}
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
            filters[name] = (filters.get(name, span) & span) or frozenset({""})
        elif name in settings.ranges:
            spans.append(name)
            parameters[f"{name}_low"] = min(max(low or 0, 0), NO_PRICE)
            parameters[f"{name}_high"] = max(NO_VALUE, min(NO_PRICE - 1 if high is None else high, NO_PRICE - 1))
        else:
            raise _invalid(name[:40])
    return filters, spans


def _storable(value: str) -> str:
    """What PostgreSQL takes as text: no NUL (`nfc` drops it) and no half of a surrogate pair."""
    return nfc(value).encode(errors="ignore").decode()


@lru_cache(maxsize=2048)
def _terms(parsed: Parsed) -> tuple[str, ...]:
    own = list(fold_words(parsed.words))
    if parsed.prefix:
        own[-1] += "*"
    return tuple(dict.fromkeys((*own, *parsed.synonyms)))


def _bind_cursor(cursor: str, sort: str, parameters: dict[str, Any]) -> bool:
    """The last row's values, bound; whether the list is one of loose matches. Invalid for another list's cursor."""
    kinds: dict[str, type]
    if sort == RELEVANCE:
        kinds = {"after_tier": int, "after_score": float, "after_fresh": int}
    else:
        kinds = {"after_key": str if sort == "title" else int}
    mode, *values, id_ = paging.decode(cursor, len(kinds) + 2)
    try:
        parameters["after_id"] = UUID(str(id_))
    except ValueError:
        mode = None
    right = all(type(value) is kind for value, kind in zip(values, kinds.values(), strict=True))
    if str(mode).removesuffix(LOOSELY) != sort or not right or any(_storable(str(v)) != str(v) for v in values):
        paging.decode("", len(kinds) + 2)  # raises what every altered cursor raises
    parameters.update(zip(kinds, values, strict=True))
    return str(mode).endswith(LOOSELY)


def _invalid(what: str) -> Invalid:
    return Invalid("bad_search", Text(f"Yêu cầu tìm kiếm không hợp lệ: {what}.", f"Not a valid search: {what}."))
