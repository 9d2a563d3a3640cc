"""Filters in Meilisearch's language. Every value a user may have sent passes through `quoted`. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from uuid import UUID

from search.meilisearch.settings import ID_PARTS, facet
from search.meilisearch.writing import clean, id_parts

# Meilisearch compares integers exactly up to here.
EXACT = 2**53 - 1


def quoted(value: str) -> str:
    """A value in double quotes, quotes and backslashes escaped as Meilisearch's filter parser reads them."""
    return json.dumps(clean(value), ensure_ascii=False)


def one_of(attribute: str, values: Iterable[str]) -> str:
    return f"{attribute} IN [{', '.join(quoted(v) for v in sorted(values))}]"


def chosen(name: str, values: Iterable[str]) -> str:
    """The slugs chosen in a facet are alternatives."""
    return one_of(facet(name), values)


def exactly(number: int) -> int:
    return max(-EXACT, min(number, EXACT))


def spanning(low_column: str, high_column: str, low: int | None, high: int | None) -> str:
    """What overlaps the span; a document without these numbers does not."""
    low, high = exactly(low or 0), exactly(EXACT if high is None else high)
    return f"{high_column} >= {low} AND {low_column} <= {high}"


def beyond(column: str, key: int | None, id_: UUID, *, descending: bool) -> str:
    """What follows a row (its number, None for none, and its id) in a list; rows without the number come last."""
    past = "<" if descending else ">"
    a, b, c = ID_PARTS
    at = id_parts(id_)
    by_id = (
        f"({a} {past} {at[a]} OR ({a} = {at[a]} AND ({b} {past} {at[b]} OR ({b} = {at[b]} AND {c} {past} {at[c]}))))"
    )
    if key is None:
        return f"{column} NOT EXISTS AND {by_id}"
    key = exactly(key)
    return f"({column} {past} {key} OR ({column} = {key} AND {by_id}) OR {column} NOT EXISTS)"
