"""Quality as numbers: labelled queries asked of an engine, and how good its answers are.

    figures = await measured(engine_asks(engine, LISTINGS), queries)

Judgements are graded: 3 an exact answer, 2 a good one, 1 related; a document that is not judged counts as 0. The
measures: hit@1 (the first hit has the query's best grade), nDCG@10 (gain 2^grade - 1), recall@10 and MRR over the
documents of grade 2 and more (of the best grade, where none reaches 2), and how many queries found nothing at all.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from app.kit.text import fold, nfc
from search.port import Query, SearchEngine
from search.query import FUNCTION_WORDS, words_of

DEPTH = 10
SEED = 20261124
WARM = 8
Ask = Callable[[str], Awaitable[Sequence[str]]]


class Variant(StrEnum):
    AS_IS = "as-is"
    NO_DIACRITICS = "no-diacritics"
    TYPO = "typo"


@dataclass(frozen=True, slots=True)
class Labelled:
    id: str
    text: str
    judgements: Mapping[str, int]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one query."""

    hit: float
    ndcg: float
    recall: float
    reciprocal: float
    empty: float
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    queries: int
    hit_at_1: float
    ndcg_at_10: float
    recall_at_10: float
    mrr: float
    zero_hit_rate: float
    p50_ms: float
    p95_ms: float

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def scores(ranked: Sequence[str], judgements: Mapping[str, int], ms: float = 0.0) -> Scores:
    best = max(judgements.values())
    wanted = {key for key, grade in judgements.items() if grade >= min(2, best)}
    top = list(dict.fromkeys(ranked))[:DEPTH]
    gains = [2 ** judgements.get(key, 0) - 1 for key in top]
    ideal = sorted((2**grade - 1 for grade in judgements.values()), reverse=True)[:DEPTH]
    first = next((place for place, key in enumerate(top, 1) if key in wanted), 0)
    return Scores(
        hit=float(bool(top) and judgements.get(top[0], 0) == best),
        ndcg=_discounted(gains) / _discounted(ideal),
        recall=len(wanted & set(top)) / min(len(wanted), DEPTH),
        reciprocal=1 / first if first else 0.0,
        empty=float(not top),
        ms=ms,
    )


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))


def figures(of: Sequence[Scores]) -> Figures:
    def mean(name: str) -> float:
        return round(statistics.fmean(getattr(s, name) for s in of), 4) if of else 0.0

    times = sorted(s.ms for s in of) or [0.0]

    def at(share: float) -> float:
        return round(times[min(int(len(times) * share), len(times) - 1)], 2)

    return Figures(
        len(of), mean("hit"), mean("ndcg"), mean("recall"), mean("reciprocal"), mean("empty"), at(0.5), at(0.95)
    )


async def measured(ask: Ask, queries: Sequence[Labelled]) -> tuple[Figures, dict[str, Figures]]:
    """All queries one after another (a few before that, to warm up); the figures of all, and of each kind."""
    for query in queries[:WARM]:
        await ask(query.text)
    found: list[tuple[str, Scores]] = []
    for query in queries:
        began = time.perf_counter()
        ranked = await ask(query.text)
        found.append((query.kind, scores(ranked, query.judgements, (time.perf_counter() - began) * 1000)))
    kinds = dict.fromkeys(kind for kind, _ in found if kind)
    return figures([s for _, s in found]), {k: figures([s for kind, s in found if kind == k]) for k in kinds}


def asking(engine: SearchEngine, index: str, names: Mapping[Any, str], locale: str = "vi") -> Ask:
    """Asks the engine as the catalogue does; `names` turns ids into the keys of the judgements."""

    async def ask(text: str) -> list[str]:
        answer = await engine.search(index, Query(text=text, limit=DEPTH, locale=locale))
        return [names[hit.id] for hit in answer.hits]

    return ask


def by_title(titles: Mapping[str, str]) -> Ask:
    """What is common today: the titles that hold the text as it was typed, the case alone set aside."""
    lowered = {key: nfc(title).lower() for key, title in titles.items()}

    async def ask(text: str) -> list[str]:
        typed = nfc(text).lower().strip()
        return [key for key, title in lowered.items() if typed and typed in title][:DEPTH]

    return ask


def varied(query: Labelled, variant: Variant) -> str:
    if variant is Variant.NO_DIACRITICS:
        return fold(query.text)
    if variant is Variant.TYPO:
        return mistyped(query.text, query.id)
    return query.text


def mistyped(text: str, key: str, seed: int = SEED) -> str:
    """One slip in the longest word that means something: a letter changed, dropped, or swapped with the next."""
    pick = random.Random(f"{seed}/{key}")
    text = nfc(text)
    words = [w for w in words_of(text) if w not in FUNCTION_WORDS and w.isalpha()]
    if not words:
        return text
    word = max(words, key=len)
    start = text.lower().find(word)
    if start < 0 or len(word) < 2:
        return text
    written = text[start : start + len(word)]
    return text[:start] + _slip(written, pick) + text[start + len(word) :]


def _slip(word: str, pick: random.Random) -> str:
    at = pick.randrange(len(word))
    kind = pick.choice(("change", "drop", "swap"))
    if kind == "swap" and len(set(word.lower())) > 1:
        at = next(i % (len(word) - 1) for i in range(at, at + len(word)) if _differ(word, i % (len(word) - 1)))
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    letter = pick.choice([c for c in "abcdeghiklmnopqrstuvxy" if c != fold(word[at])])
    return word[:at] + letter + word[at + 1 :]


def _differ(word: str, at: int) -> bool:
    return word[at].lower() != word[at + 1].lower()
