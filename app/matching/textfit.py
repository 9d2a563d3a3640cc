"""How well a technology's text answers a need's text: words, pairs, numbers and codes, within and across languages.

    stock = LexicalIndex()                                   # a whole stock, kept in step with add and remove
    stock = LexicalIndex(statistics=kept, asked=needs_kept)  # some hundreds of candidates, weighed as in the stock
    stock.add(key, passage)
    stock.fit(need)                                          # {key: 0..1}, what has nothing in common left out

Within a language BM25 over stems and pairs; a word weighs the more the fewer technologies hold it, and the more the
fewer needs do (what every call for proposals says tells needs apart no better than a stop word). Across languages each
term of the need is looked up in the reviewed lists and counts once, by its best wording in the technology.
A technology with text in the need's language is compared in it; otherwise across. Codes and exact numbers are added so
that they can raise a fit and never lower it (`either`). Everything is linear in the texts given.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.kit.text import fold
from app.matching import words
from app.matching.words import EN, VI, Choice

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Tuning:
    """Set on one half of the labelled needs (docs/matching-evaluation.md)."""

    # How soon more of the same adds nothing (higher: later); the Vietnamese texts at hand are short.
    k1_en: float = 4.0
    k1_vi: float = 1.5
    b: float = 0.75
    k3: float = 5.0
    title: float = 2.0
    asked_title: float = 3.0
    asked_power: float = 1.0
    # Where a raw weight per unit of the need's weight becomes a fit of 1 - 1/e.
    within: float = 0.35
    across: float = 0.35
    codes: float = 0.25
    numbers: float = 0.6
    pair: float = 0.7
    neighbours: float = 0.5
    # Parts left out, for measuring what each is worth (evaluation.py).
    without: frozenset[str] = frozenset()


TUNED = Tuning()
PARTS = ("title", "pairs", "synonyms", "concepts", "needs", "glossary", "codes")


@dataclass(frozen=True, slots=True)
class Passage:
    """The text of one side; a language without text is left empty. `identifiers` are numbers of rights, standards and
    the like, `codes` classification symbols with those above them ("2", "2.7", "C02", "C02F")."""

    title_vi: str = ""
    body_vi: str = ""
    title_en: str = ""
    body_en: str = ""
    identifiers: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()

    def text(self, language: str) -> tuple[str, str]:
        return (self.title_vi, self.body_vi) if language == VI else (self.title_en, self.body_en)

    def languages(self) -> tuple[str, ...]:
        return tuple(language for language in (VI, EN) if any(t.strip() for t in self.text(language)))


def codes_of(fields: Iterable[str], ipc: Iterable[str]) -> frozenset[str]:
    """Classification symbols with those above them that still tell something: FORD "2.7" -> "2", "2.7"; an IPC group
    -> class, subclass, group."""
    codes: set[str] = set()
    for code in fields:
        codes |= {f"ford:{code}", f"ford:{code.split('.')[0]}"}
    for symbol in ipc:
        plain = "".join(symbol.upper().split())
        codes |= {f"ipc:{plain[:n]}" for n in (3, 4, len(plain)) if n <= len(plain)}
    return frozenset(codes)


def passage_of(
    texts: Mapping[str, Mapping[str, str]],
    identifiers: Iterable[str] = (),
    fields: Iterable[str] = (),
    ipc: Iterable[str] = (),
) -> Passage:
    """What is compared of a need's or a technology's facts; `texts` by language and field, "title" weighs more."""

    def body(language: str) -> str:
        return "\n".join(t for name, t in sorted(texts.get(language, {}).items()) if name != "title")

    def title(language: str) -> str:
        return texts.get(language, {}).get("title", "")

    numbers = frozenset("".join(c for c in fold(i) if c.isalnum()) for i in identifiers)
    return Passage(title(VI), body(VI), title(EN), body(EN), numbers - {""}, codes_of(fields, ipc))


FEATURES = {VI: words.vietnamese, EN: words.english}


def counted(passage: Passage, language: str, title: float, without: frozenset[str] = frozenset()) -> dict[str, float]:
    """How often each feature stands in a passage; one in the title counts `title` times."""
    features, (head, body) = FEATURES[language], passage.text(language)
    found: dict[str, float] = defaultdict(float)
    for times, text in ((1.0, body), (1.0 if "title" in without else title, head)):
        for feature in features(text):
            if not without or _part(feature, language) not in without:
                found[feature] += times
    return found


def _part(feature: str, language: str) -> str:
    if "|" in feature or "_" in feature:
        return "pairs"
    if feature.startswith("zz"):
        return "synonyms"
    return "concepts" if language == VI and feature.startswith("~") else ""


# --- statistics ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Statistics:
    """In how many texts of a stock a feature stands, by language; kept in step by `add` and `remove`."""

    texts: Counter[str] = field(default_factory=Counter)
    length: dict[str, float] = field(default_factory=lambda: {VI: 0.0, EN: 0.0})
    held: dict[str, Counter[str]] = field(default_factory=lambda: {VI: Counter(), EN: Counter()})

    def add(self, passage: Passage, tuning: Tuning = TUNED) -> None:
        for language in passage.languages():
            self.count(language, counted(passage, language, tuning.title, tuning.without), 1)

    def remove(self, passage: Passage, tuning: Tuning = TUNED) -> None:
        for language in passage.languages():
            self.count(language, counted(passage, language, tuning.title, tuning.without), -1)

    def count(self, language: str, features: Mapping[str, float], sign: int) -> None:
        self.texts[language] += sign
        self.length[language] += sign * sum(features.values())
        held = self.held[language]
        for feature in features:
            held[feature] += sign
            if held[feature] <= 0:
                del held[feature]

    def rarity(self, language: str, feature: str) -> float:
        n, held = self.texts[language], self.held[language].get(feature, 0)
        return math.log(1 + (n - held + 0.5) / (held + 0.5)) if held <= n else 0.0

    def mean_length(self, language: str) -> float:
        return self.length[language] / self.texts[language] if self.texts[language] else 1.0


# --- the index ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """What counts once: its weight, and the wordings of which the best counts, each features with shares."""

    weight: float
    wordings: tuple[tuple[tuple[str, float], ...], ...]


class LexicalIndex(Generic[Key]):
    def __init__(
        self, statistics: Statistics | None = None, asked: Statistics | None = None, tuning: Tuning = TUNED
    ) -> None:
        self._own = statistics is None
        self.statistics = statistics or Statistics()
        self.asked = asked or Statistics()
        self._tuning = tuning
        self._postings: dict[str, dict[str, dict[Key, float]]] = {VI: defaultdict(dict), EN: defaultdict(dict)}
        self._lengths: dict[str, dict[Key, float]] = {VI: {}, EN: {}}
        self._passages: dict[Key, Passage] = {}

    def __len__(self) -> int:
        return len(self._passages)

    def add(self, key: Key, passage: Passage) -> None:
        if key in self._passages:
            self.remove(key)
        self._passages[key] = passage
        for language in passage.languages():
            features = counted(passage, language, self._tuning.title, self._tuning.without)
            self._lengths[language][key] = sum(features.values())
            for feature, times in features.items():
                self._postings[language][feature][key] = times
            if self._own:
                self.statistics.count(language, features, 1)

    def remove(self, key: Key) -> None:
        passage = self._passages.pop(key)
        for language in passage.languages():
            features = counted(passage, language, self._tuning.title, self._tuning.without)
            del self._lengths[language][key]
            for feature in features:
                del self._postings[language][feature][key]
            if self._own:
                self.statistics.count(language, features, -1)

    def fit(self, need: Passage) -> dict[Key, float]:
        """How well each text answers, 0..1; what has nothing in common is left out."""
        spoken = need.languages()
        best: dict[Key, float] = {}
        for language in spoken:
            groups = self._within(need, language)
            for key, value in self._fits(language, groups, self._tuning.within).items():
                best[key] = max(best.get(key, 0.0), value)
        for language in (VI, EN):
            source = EN if language == VI else VI
            if source in spoken and language not in spoken and self._lengths[language]:
                foreign = self._fits(language, self._across(need, source, language), self._tuning.across)
                for key, value in foreign.items():
                    if source not in self._passages[key].languages():
                        best[key] = max(best.get(key, 0.0), value)
        for key, passage in self._passages.items():
            if "codes" in self._tuning.without:
                break
            codes = _overlap(need.codes, passage.codes) * self._tuning.codes
            numbers = self._tuning.numbers if need.identifiers & passage.identifiers else 0.0
            if codes or numbers:
                best[key] = either(best.get(key, 0.0), codes, numbers)
        return best

    def _within(self, need: Passage, language: str) -> list[Group]:
        asked = counted(need, language, self._tuning.asked_title, self._tuning.without)
        # English roots are there for needs in Vietnamese: within English they blur what stems tell apart.
        return [
            Group(self._share(f) * self._weight(language, f, n), (((f, 1.0),),))
            for f, n in asked.items()
            if language == VI or not f.startswith("~")
        ]

    def _share(self, feature: str) -> float:
        return self._tuning.neighbours if "|" in feature else 1.0

    def _weight(self, language: str, feature: str, times: float) -> float:
        k3 = self._tuning.k3
        told: float = 1.0
        if self.asked.texts[language] and "needs" not in self._tuning.without:
            n, held = self.asked.texts[language], self.asked.held[language].get(feature, 0)
            told = math.log(1 + (n + 1) / (held + 0.5)) ** self._tuning.asked_power
        return told * (k3 + 1) * times / (k3 + times)

    def _across(self, need: Passage, source: str, language: str) -> list[Group]:
        head, body = need.text(source)
        counts: dict[Choice, float] = defaultdict(float)
        pairs: dict[tuple[Choice, Choice], float] = defaultdict(float)
        for text, times in ((head, self._tuning.asked_title), (body, 1.0)):
            choices = words.translated(text, source, listed="glossary" not in self._tuning.without)
            for choice in choices:
                counts[choice] += times
            for a, b in itertools.pairwise(choices):
                pairs[a, b] += times
        groups = [
            Group(self._weight(source, c.source, n), tuple(_wording(a) for a in c.alternatives))
            for c, n in counts.items()
        ]
        for (a, b), n in pairs.items():
            joined = {words.pair(x[-1], y[-1]) for x in a.alternatives for y in b.alternatives if x[-1] != y[-1]}
            held = [j for j in sorted(joined) if j in self._postings[language]]
            if held and language == EN:
                weight = self._tuning.pair * self._weight(source, a.source, n)
                groups.append(Group(weight, tuple(((j, 1.0),) for j in held)))
        return groups

    def _fits(self, language: str, groups: Sequence[Group], scale: float) -> dict[Key, float]:
        raw: dict[Key, float] = defaultdict(float)
        most = 0.0
        for group in groups:
            most += group.weight
            if len(group.wordings) == 1 and len(group.wordings[0]) == 1:
                for key, value in self._held(language, *group.wordings[0][0]):
                    raw[key] += group.weight * value
                continue
            best: dict[Key, float] = {}
            for wording in group.wordings:
                held: dict[Key, float] = defaultdict(float)
                for feature, share in wording:
                    for key, value in self._held(language, feature, share):
                        held[key] += value
                for key, value in held.items():
                    if value > best.get(key, 0.0):
                        best[key] = value
            for key, value in best.items():
                raw[key] += group.weight * value
        return {key: 1 - math.exp(-value / (most * scale)) for key, value in raw.items()} if most else {}

    def _held(self, language: str, feature: str, share: float) -> Iterable[tuple[Key, float]]:
        postings = self._postings[language].get(feature)
        if not postings:
            return
        k1, b, lengths = (
            self._tuning.k1_vi if language == VI else self._tuning.k1_en,
            self._tuning.b,
            self._lengths[language],
        )
        mean = self.statistics.mean_length(language)
        weight = share * self.statistics.rarity(language, feature) * (k1 + 1)
        for key, times in postings.items():
            yield key, weight * times / (times + k1 * (1 - b + b * lengths[key] / mean))


def _wording(features: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """Each feature of a wording with its share; a wording of several words counts as the mean of them."""
    return tuple((f, 1 / len(features)) for f in features)


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def either(*fits: float) -> float:
    """Several signs together: each can raise the whole, none can lower it."""
    missing = 1.0
    for fit in fits:
        missing *= 1 - min(max(fit, 0.0), 1.0)
    return 1 - missing


def merged(lexical: Mapping[str, float], semantic: Mapping[str, float], share: float) -> dict[str, float]:
    """Vectors added to words: a likeness of 1 closes `share` of what the words leave open, a likeness of 0 nothing."""
    return {key: either(lexical.get(key, 0.0), share * semantic.get(key, 0.0)) for key in {*lexical, *semantic}}
