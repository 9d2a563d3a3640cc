"""The documents of the indexes and their settings: what is searched, filtered, counted and sorted, as reviewed code.

A document is a projection of committed state (listings/search.py, accounts/search.py, needs/search.py build them).
Changing anything in `INDEXES` changes the settings' hash, and `status()` then calls an index built before it stale.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from search import synonyms

LISTINGS = "listings"
ORGANISATIONS = "organisations"
NEEDS = "needs"

# Stands for "no price" at the far end of an ascending list, and "no value" at the far end of a descending one.
NO_PRICE = 2**62
NO_VALUE = -1
EPOCH = date(1970, 1, 1)
MAX_VALUE = 200  # characters of a facet's value that count


class Document(Protocol):
    """What every index needs of a document; the rest is read by the names in its settings."""

    @property
    def id(self) -> UUID: ...
    @property
    def sort_title(self) -> str: ...
    @property
    def published_at(self) -> datetime: ...
    @property
    def refreshed_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingDocument:
    """`sort_title` is `app.kit.text.sort_key(title)`. `fields` are FORD codes ("2.7"; parents are added here).

    `evidence_level` is "0" to "5", the highest that a deal about the listing has reached, "" without a deal.
    """

    id: UUID
    title_vi: str
    title_en: str = ""
    summary_vi: str = ""
    summary_en: str = ""
    body: str = ""
    claims: str = ""
    owner_name: str = ""
    owner_id: UUID | None = None
    owner_kind: str = ""
    identifiers: Sequence[str] = ()
    ipc: Sequence[str] = ()
    keywords: Sequence[str] = ()
    fields: Sequence[str] = ()
    priority: Sequence[str] | str = ()
    trl: int | None = None
    ip_kinds: Sequence[str] = ()
    modes: Sequence[str] = ()
    price_policy: str = ""
    price_from: int | None = None
    price_to: int | None = None
    province: str = ""
    evidence_level: str = ""
    published_at: datetime
    refreshed_at: datetime
    sort_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationDocument:
    """`listings` is how many public listings the organisation has; `verified` is "yes" or "no"."""

    id: UUID
    title_vi: str
    title_en: str = ""
    abbreviation: str = ""
    summary_vi: str = ""
    summary_en: str = ""
    identifiers: Sequence[str] = ()
    keywords: Sequence[str] = ()
    kind: str = ""
    fields: Sequence[str] = ()
    province: str = ""
    verified: str = "no"
    listings: int = 0
    published_at: datetime
    refreshed_at: datetime
    sort_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedDocument:
    """The gist of an open need: of a blind one neither who asks nor the hour stands here.

    `trl` are the accepted levels, `budget` the bands its budget touches, `deadline` the last day for proposals.
    """

    id: UUID
    title_vi: str
    title_en: str = ""
    summary_vi: str = ""
    summary_en: str = ""
    body: str = ""
    asker_name: str = ""
    identifiers: Sequence[str] = ()
    ipc: Sequence[str] = ()
    keywords: Sequence[str] = ()
    kind: str = ""
    fields: Sequence[str] = ()
    priority: str = ""
    trl: Sequence[str] = ()
    modes: Sequence[str] = ()
    budget: Sequence[str] = ()
    province: str = ""
    deadline: date | None = None
    published_at: datetime
    refreshed_at: datetime
    sort_title: str


class Part(StrEnum):
    """Where a word stands decides what it weighs: title before keywords before summary before body."""

    TITLE = "title"
    KEYWORDS = "keywords"
    SUMMARY = "summary"
    BODY = "body"


class Kind(StrEnum):
    PLAIN = "plain"
    CODE = "code"  # "2.7" is also counted under "2"
    IPC = "ipc"  # "G06F 17/30" is also counted under "G", "G06" and "G06F", and no deeper


@dataclass(frozen=True, slots=True)
class Sort:
    """One key, then the id, both in the same direction."""

    column: str
    descending: bool


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """`numbers` are columns to sort by; `ranges` compare with a column pair; `scales` are ranges over a facet."""

    name: str
    searchable: Mapping[Part, tuple[str, ...]]
    english: frozenset[str]
    filterable: Mapping[str, Kind]
    sorts: Mapping[str, Sort]
    numbers: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    scales: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    version: int = 1

    def hash(self) -> str:
        plain = json.dumps(asdict(self), sort_keys=True, default=sorted) + synonyms.fingerprint()
        return hashlib.sha256(plain.encode()).hexdigest()[:16]


INDEXES: Mapping[str, IndexSettings] = {
    LISTINGS: IndexSettings(
        name=LISTINGS,
        searchable={
            Part.TITLE: ("title_vi", "title_en"),
            Part.KEYWORDS: ("keywords", "identifiers", "claims", "ipc", "owner_name"),
            Part.SUMMARY: ("summary_vi", "summary_en"),
            Part.BODY: ("body",),
        },
        english=frozenset({"title_en", "summary_en"}),
        filterable={
            "fields": Kind.CODE,
            "priority": Kind.PLAIN,
            "trl": Kind.PLAIN,
            "ip_kinds": Kind.PLAIN,
            "modes": Kind.PLAIN,
            "price_policy": Kind.PLAIN,
            "province": Kind.PLAIN,
            "evidence_level": Kind.PLAIN,
            "owner_kind": Kind.PLAIN,
            "owner_id": Kind.PLAIN,
            "ipc": Kind.IPC,
        },
        sorts={
            "newest": Sort("newest", descending=True),
            "title": Sort("title_key", descending=False),
            "trl": Sort("trl", descending=True),
            "price": Sort("price_low", descending=False),
            "price_desc": Sort("price_high", descending=True),
        },
        numbers=("trl", "price_low", "price_high", "refreshed_day"),
        ranges={"price": ("price_low", "price_high"), "refreshed": ("refreshed_day", "refreshed_day")},
        scales={"trl": (1, 9)},
        version=2,
    ),
    ORGANISATIONS: IndexSettings(
        name=ORGANISATIONS,
        searchable={
            Part.TITLE: ("title_vi", "title_en", "abbreviation"),
            Part.KEYWORDS: ("keywords", "identifiers"),
            Part.SUMMARY: ("summary_vi", "summary_en"),
            Part.BODY: (),
        },
        english=frozenset({"title_en", "summary_en"}),
        filterable={"kind": Kind.PLAIN, "fields": Kind.CODE, "province": Kind.PLAIN, "verified": Kind.PLAIN},
        sorts={
            "newest": Sort("newest", descending=True),
            "title": Sort("title_key", descending=False),
            "listings": Sort("listings", descending=True),
        },
        numbers=("listings",),
    ),
    NEEDS: IndexSettings(
        name=NEEDS,
        searchable={
            Part.TITLE: ("title_vi", "title_en"),
            Part.KEYWORDS: ("keywords", "identifiers", "ipc", "asker_name"),
            Part.SUMMARY: ("summary_vi", "summary_en"),
            Part.BODY: ("body",),
        },
        english=frozenset({"title_en", "summary_en"}),
        filterable={
            "kind": Kind.PLAIN,
            "fields": Kind.CODE,
            "priority": Kind.PLAIN,
            "trl": Kind.PLAIN,
            "modes": Kind.PLAIN,
            "budget": Kind.PLAIN,
            "province": Kind.PLAIN,
            "ipc": Kind.IPC,
        },
        sorts={
            "newest": Sort("newest", descending=True),
            "deadline": Sort("deadline_day", descending=False),
            "title": Sort("title_key", descending=False),
        },
        numbers=("deadline_day",),
        ranges={"deadline": ("deadline_day", "deadline_day")},
    ),
}


def _low(document: Any) -> int:
    known = [p for p in (document.price_from, document.price_to) if p is not None]
    return min(known) if known else NO_PRICE


def _high(document: Any) -> int:
    known = [p for p in (document.price_from, document.price_to) if p is not None]
    return max(known) if known else NO_VALUE


def day_number(at: datetime) -> int:
    """Days since 1970 (UTC): what "confirmed within so many days" compares."""
    return int(at.timestamp() // 86_400)


def _deadline(document: Any) -> int:
    day: date | None = document.deadline
    return (day - EPOCH).days if day else NO_PRICE


_NUMBERS: Mapping[str, Callable[[Any], int]] = {
    "trl": lambda d: d.trl if d.trl is not None else NO_VALUE,
    "price_low": _low,
    "price_high": _high,
    "refreshed_day": lambda d: day_number(d.refreshed_at),
    "listings": lambda d: d.listings,
    "deadline_day": _deadline,
}


def number(document: Document, name: str) -> int:
    return _NUMBERS[name](document)


def texts(document: Document, name: str) -> list[str]:
    """The values of an attribute as a list of texts, empty ones left out."""
    value = getattr(document, name)
    values = value if isinstance(value, list | tuple | set | frozenset) else (value,)
    return [str(v) for v in values if v is not None and v != ""]


def _widen(value: str, kind: Kind) -> list[str]:
    if kind is Kind.CODE:
        parts = value.split(".")
        return [".".join(parts[: i + 1]) for i in range(len(parts))]
    if kind is Kind.IPC:
        code = value.replace(" ", "").upper()
        return [code[:n] for n in (1, 3, 4) if len(code) >= n]
    return [value]


def facet_values(settings: IndexSettings, document: Document) -> set[tuple[str, str]]:
    """Every (facet, value) under which the document is counted, parents included."""
    return {
        (name, wide[:MAX_VALUE])
        for name, kind in settings.filterable.items()
        for value in texts(document, name)
        for wide in _widen(value, kind)
    }
