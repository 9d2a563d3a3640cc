"""What is asked of the catalogue, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from markupsafe import Markup
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.accounts import OrganisationView
from app.catalogue.language import IPC, amount
from app.kit import paging
from app.kit.text import Text
from app.kit.typed import line
from app.kit.workflow import Choice, labels
from app.listings import Card
from app.needs import NeedCard
from app.web import forms

MAX_QUERY = 300
FRESHNESS = (30, 90, 365)
SORTS = ("relevance", "newest", "trl", "price", "price_desc", "title")


def _many(value: Any) -> Any:
    """One value, several, or a comma-separated list; blanks fall out."""
    values = value if isinstance(value, list | tuple) else [value]
    return [p.strip() for v in values if isinstance(v, str) for p in v.split(",") if p.strip()][:50]


def narrowest(values: Sequence[str], above: Callable[[str], Sequence[str]]) -> list[str]:
    """Of a branch the narrowest choices: who ticks a class inside a section means the class."""
    passed = {parent for value in values for parent in above(value)}
    return [v for v in dict.fromkeys(values) if v not in passed]


def above_field(code: str) -> tuple[str, ...]:
    parts = code.split(".")
    return tuple(".".join(parts[:n]) for n in range(1, len(parts)))


def above_ipc(code: str) -> tuple[str, ...]:
    return tuple(code[:n] for n in (1, 3) if n < len(code))


def _symbols(value: Any) -> Any:
    """IPC symbols down to the subclass, however they are written; anything else stays and matches nothing."""
    return [m[1].upper() if (m := IPC.fullmatch(v)) else v for v in _many(value)]


def _within(value: Any) -> Any:
    """Days; one of those offered, else any number of days is brought up to the next one offered."""
    days = int(value) if str(value).isdigit() and len(str(value)) < 6 else 0
    return next((offered for offered in FRESHNESS if days <= offered), None) if days else None


def _amount(value: Any) -> Any:
    """đồng, typed as people type amounts; what is no amount stays to be refused, nothing stays nothing."""
    if isinstance(value, str) and value.strip():
        found = amount(value)
        return value if found is None else found or None
    return value or None


def _sort(value: Any) -> Any:
    return value if value in SORTS else ""


def _cut(value: Any) -> Any:
    return (line(value) or "")[:MAX_QUERY] if isinstance(value, str) else value


Many = Annotated[list[str], BeforeValidator(_many)]
Level = Annotated[int | None, Field(ge=1, le=9), BeforeValidator(lambda v: v or None)]
Amount = Annotated[int | None, Field(ge=0, le=10**15), BeforeValidator(_amount)]
Capped = Annotated[int, BeforeValidator(lambda v: paging.clamp(int(v)) if str(v).lstrip("-").isdigit() else v)]


class Params(BaseModel):
    """A search as its address states it. Unknown parameters are ignored; a limit past the maximum is capped."""

    model_config = ConfigDict(extra="ignore")

    q: Annotated[str, BeforeValidator(_cut)] = ""
    field: Many = []
    priority: Many = []
    trl: Many = []
    trl_min: Level = None
    trl_max: Level = None
    ip: Many = []
    mode: Many = []
    price_policy: Many = []
    price_min: Amount = None
    price_max: Amount = None
    province: Many = []
    owner_kind: Many = []
    evidence: Many = []
    ipc: Annotated[list[str], BeforeValidator(_symbols)] = []
    refreshed: Annotated[int | None, BeforeValidator(_within)] = None
    org: Many = []
    sort: Annotated[str, BeforeValidator(_sort)] = ""
    cursor: str | None = None
    limit: Capped = paging.DEFAULT_LIMIT

    @model_validator(mode="after")
    def _ends_in_order(self) -> Params:
        if self.price_min is not None and self.price_max is not None and self.price_min > self.price_max:
            self.price_min, self.price_max = self.price_max, self.price_min
        return self

    def pairs(self) -> list[tuple[str, str]]:
        """The search as address pairs, always in the same order: what is looked for, not how it is shown."""
        made: list[tuple[str, str]] = []
        for name in QUESTION:
            value = getattr(self, name)
            items = sorted(value) if isinstance(value, list) else [value]
            made += [(name, str(item)) for item in items if item not in (None, "")]
        return made

    def address(self) -> str:
        return urlencode(self.pairs())


QUESTION = tuple(name for name in Params.model_fields if name not in ("sort", "cursor", "limit"))


def from_address(query: str) -> Params:
    """The search of an address, as the results page reads it. Unknown parts are passed over."""
    return from_pairs(parse_qsl(query, max_num_fields=200, encoding="utf-8", errors="replace"))


def from_pairs(pairs: Iterable[tuple[str, str]]) -> Params:
    """The search as the page's form states it: of a branch only the narrowest choices count."""
    data: dict[str, list[str]] = {}
    for key, value in pairs:
        data.setdefault(key, []).append(value)
    found = forms.build(Params, {k: v if k in LISTS else v[-1] for k, v in data.items()})
    found.field, found.ipc = narrowest(found.field, above_field), narrowest(found.ipc, above_ipc)
    return found


# Parameter -> name of the facet in the index.
FACETS: Mapping[str, str] = {
    "field": "fields",
    "priority": "priority",
    "trl": "trl",
    "ip": "ip_kinds",
    "mode": "modes",
    "price_policy": "price_policy",
    "owner_kind": "owner_kind",
    "province": "province",
    "evidence": "evidence_level",
    "ipc": "ipc",
}
FILTERS: Mapping[str, str] = {**FACETS, "org": "owner_id"}
LISTS = frozenset(FILTERS)


class CataloguePage(BaseModel):
    """Found listings with facet counts (a facet's own filter is left out of its counts)."""

    items: list[Card]
    next_cursor: str | None
    total: int
    facets: dict[str, dict[str, int]]
    did_you_mean: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A found listing as the results page shows it."""

    card: Card
    title: Markup
    summary: Markup
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Condition:
    """A `field:value` of the question, as a chip shows it; `rest` is the question without it."""

    name: str
    label: Text | str
    rest: str


@dataclass(frozen=True, slots=True)
class Results:
    items: list[Result]
    total: int
    facets: dict[str, dict[str, int]]
    next_cursor: str | None
    did_you_mean: str | None
    relaxed: bool
    conditions: list[Condition] = field(default_factory=list)


class OrganisationParams(BaseModel):
    """A search for organisations as its address states it. Unknown parameters are ignored."""

    model_config = ConfigDict(extra="ignore")

    q: Annotated[str, BeforeValidator(_cut)] = ""
    kind: Many = []
    province: Many = []
    cursor: str | None = None
    limit: Capped = paging.DEFAULT_LIMIT

    @property
    def directory(self) -> bool:
        """Nothing is looked for: all, or all of one kind, in Vietnamese order."""
        return not self.q and not self.province and len(self.kind) < 2


ORGANISATION_FACETS = ("kind", "province")


class OrganisationPage(BaseModel):
    """Organisations with facet counts (a facet's own filter is left out of its counts); `total` of a search only."""

    items: list[OrganisationView]
    next_cursor: str | None = None
    total: int | None = None
    facets: dict[str, dict[str, int]] = {}
    did_you_mean: str | None = None


@dataclass(frozen=True, slots=True)
class FoundOrganisation:
    """An organisation as the directory shows it; `listings`: how many public technologies it has."""

    view: OrganisationView
    name: Markup
    about: Markup
    listings: int


@dataclass(frozen=True, slots=True)
class OrganisationResults:
    items: list[FoundOrganisation]
    next_cursor: str | None
    total: int | None
    facets: dict[str, dict[str, int]]
    did_you_mean: str | None = None
    relaxed: bool = False


class SuggestionKind(Choice):
    saved = "saved"
    phrase = "phrase"
    listing = "listing"
    organisation = "organisation"
    field = "field"
    ipc = "ipc"


labels(
    SuggestionKind,
    saved=("Tìm kiếm đã lưu", "Saved searches"),
    phrase=("Từ khóa", "Words"),
    listing=("Công nghệ", "Technologies"),
    organisation=("Tổ chức", "Organisations"),
    field=("Lĩnh vực", "Fields"),
    ipc=("Phân loại sáng chế (IPC)", "Patent classes (IPC)"),
)


class SuggestionItem(BaseModel):
    """`url` is where choosing it leads; `note` says more where the text alone does not tell."""

    text: str
    url: str
    note: str = ""


class SuggestionGroup(BaseModel):
    kind: SuggestionKind
    label: str
    items: list[SuggestionItem]


class Suggestions(BaseModel):
    """`items` are the phrases alone; `groups` everything, in the order in which it is shown."""

    items: list[str]
    groups: list[SuggestionGroup] = []


class IpcMatch(BaseModel):
    """A symbol of the classification with the symbols above it, and how many public technologies it holds."""

    code: str
    label: str
    above: list[str]
    count: int
    url: str


class IpcMatches(BaseModel):
    q: str
    items: list[IpcMatch]


class Scope(Choice):
    """What a saved search is over. The value is the last part of its results page's address too."""

    listings = "listings"
    needs = "needs"

    def page(self, query: str) -> str:
        return f"/{self.value}" + (f"?{query}" if query else "")

    def feed(self, query: str) -> str:
        return f"/feeds/{self.value}.atom" + (f"?{query}" if query else "")


labels(Scope, listings=("Công nghệ", "Technologies"), needs=("Nhu cầu", "Needs"))


class Frequency(Choice):
    at_once = "at_once"
    daily = "daily"
    weekly = "weekly"


labels(
    Frequency,
    at_once=("Ngay khi có", "At once"),
    daily=("Mỗi ngày, 7 giờ sáng", "Every day at 7 a.m."),
    weekly=("Mỗi tuần, sáng thứ Hai", "Every week, on Monday morning"),
)

Name = Annotated[str, Field(min_length=1, max_length=120), BeforeValidator(line)]


class SaveSearch(BaseModel):
    """`query` is the search as it stands in the address of the results page, for example `q=nano&trl_min=6`."""

    model_config = ConfigDict(extra="ignore")

    scope: Scope = Scope.listings
    query: Annotated[str, Field(max_length=4000)] = ""
    name: Annotated[str | None, Field(max_length=120), BeforeValidator(line)] = None
    frequency: Frequency = Frequency.daily


class RenameSearch(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: Name


class ChangeFrequency(BaseModel):
    model_config = ConfigDict(extra="ignore")

    frequency: Frequency


class SavedSearchView(BaseModel):
    """`about` says the search in words; `unseen` counts matches its owner has not looked at."""

    id: UUID
    scope: Scope
    name: str
    query: str
    url: str
    about: str
    frequency: Frequency
    paused: bool
    unseen: int
    created_at: datetime
    next_digest_at: datetime | None


class SavedSearchList(BaseModel):
    items: list[SavedSearchView]
    unseen: int


class MatchView(BaseModel):
    """`card` is a listing's or a need's, as the search's scope says; of a blind need the gist only."""

    card: Card | NeedCard
    found_at: datetime
    unseen: bool


class MatchList(BaseModel):
    items: list[MatchView]
    next_cursor: str | None = None


class HomeFigures(BaseModel):
    """Numbers of the home page, from the database, with the moment they were counted."""

    as_of: datetime
    technologies: int
    organisations: int
    live_deals: int
    agreed: int
    contracts: int
