"""What an index of Meilisearch looks like, made from the reviewed settings in search.documents. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from search import synonyms
from search.documents import INDEXES, IndexSettings, Part
from search.query import FUNCTION_WORDS

# Raised when `writing` makes other documents of the same settings: indexes built before are then stale.
WRITING = 1

# Searchable beside a document's own texts, and after them.
SAME = "same"  # what its terms are called otherwise (synonyms.toml), for terms longer than a synonym's key may be
FORMS = "forms"  # the other number of its English words
PHRASES = "phrases"  # what is suggested while typing
DERIVED = (SAME, FORMS, PHRASES)

NEWEST, FRESH, TITLE_KEY, DIGEST = "newest", "fresh", "title_key", "digest"
# A UUID as three numbers of 48, 40 and 40 bits (Meilisearch compares numbers exactly up to 53 bits, texts not at all).
ID_PARTS = ("id_a", "id_b", "id_c")
SHOWN = ("title_vi", "title_en", "summary_vi", "summary_en")

# Meilisearch looks up synonyms for at most this many words of a query together.
LONGEST_KEY = 3
MAX_FACET_VALUES = 1000
# How deep offsets may go; lists in the order of a number are read by their last value, however deep.
MAX_DEPTH = 1000
CUTOFF_MS = 1000

# A syllable of up to four letters is so often one letter away from another syllable that forgiving a slip in it finds
# other words rather than the one meant (docs/search.md has the figures); whole phrases are mended by `did_you_mean`.
ONE_TYPO, TWO_TYPOS = 5, 9


def facet(name: str) -> str:
    """The attribute that holds a facet's slugs; the attribute of the bare name is text or a number."""
    return f"f_{name}"


def stop_words() -> list[str]:
    """Every form: Meilisearch compares them before it lowers case and takes marks off."""
    return sorted({form for w in FUNCTION_WORDS for form in (w, w.capitalize(), w.upper())})


def synonym_table() -> dict[str, list[str]]:
    """Both directions; only keys that Meilisearch can look up. Longer terms are expanded when a document is written."""
    table: dict[str, dict[str, None]] = {}
    for group in synonyms.groups():
        terms = {" ".join(synonyms.split(term)): None for term in group}
        for term in terms:
            if term and term.count(" ") < LONGEST_KEY:
                table.setdefault(term, {}).update((o, None) for o in terms if o != term)
    return {term: sorted(others) for term, others in sorted(table.items()) if others}


def searchable(settings: IndexSettings) -> list[str]:
    """In the order of what a match is worth."""
    own = [name for part in Part for name in settings.searchable[part]]
    return [*own, *DERIVED]


@lru_cache(maxsize=16)
def _settings(index: str) -> str:
    return json.dumps(_made(INDEXES[index]), sort_keys=True)


def for_index(index: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(_settings(index))
    return made


def _made(settings: IndexSettings) -> dict[str, Any]:
    def feature(*, comparison: bool, search: bool = False) -> Mapping[str, Any]:
        return {"facetSearch": search, "filter": {"equality": True, "comparison": comparison}}

    numbers = sorted({*settings.numbers, NEWEST, *ID_PARTS})
    slugs = sorted(settings.filterable)
    own = searchable(settings)
    return {
        # All that is searched, or a match in it would not be said; what a hit brings is asked for by name.
        "displayedAttributes": ["id", *(n for n in own if n not in (SAME, FORMS)), *numbers],
        "searchableAttributes": own,
        "filterableAttributes": [
            {"attributePatterns": ["id", *map(facet, slugs)], "features": feature(comparison=False)},
            {"attributePatterns": numbers, "features": feature(comparison=True)},
            {"attributePatterns": [PHRASES], "features": feature(comparison=False, search=True)},
        ],
        "sortableAttributes": sorted({*numbers, TITLE_KEY}),
        # `sort` first, or "cheapest first" would only break ties of relevance; it does nothing when no sort is asked.
        "rankingRules": [
            "sort", "words", "typo", "proximity", "attributeRank", "exactness", "wordPosition", f"{FRESH}:desc",
        ],
        "stopWords": stop_words(),
        "synonyms": synonym_table(),
        "typoTolerance": {
            "enabled": True,
            "minWordSizeForTypos": {"oneTypo": ONE_TYPO, "twoTypos": TWO_TYPOS},
            "disableOnAttributes": [a for a in own if a in ("identifiers", "ipc")],
            "disableOnNumbers": True,
        },
        "faceting": {"maxValuesPerFacet": MAX_FACET_VALUES, "sortFacetValuesBy": {"*": "count"}},
        "pagination": {"maxTotalHits": MAX_DEPTH},
        "prefixSearch": "indexingTime",
        "proximityPrecision": "byWord",
        "searchCutoffMs": CUTOFF_MS,
        "facetSearch": True,
    }  # fmt: skip


@lru_cache(maxsize=16)
def settings_hash(index: str) -> str:
    """Of all that an index is built under: its settings, the documents' definition, how they are written."""
    parts = [_settings(index), INDEXES[index].hash(), str(WRITING), synonyms.fingerprint()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
