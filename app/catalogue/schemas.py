"""What is asked of the catalogue, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from markupsafe import Markup
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.accounts import OrganisationView
from app.kit import paging
from app.kit.typed import line, whole
from app.listings import Card

MAX_QUERY = 300
SORTS = ("relevance", "newest", "trl", "price", "price_desc", "title")


def _many(value: Any) -> Any:
    """One value, several, or a comma-separated list; blanks fall out."""
    values = value if isinstance(value, list | tuple) else [value]
    return [p.strip() for v in values if isinstance(v, str) for p in v.split(",") if p.strip()][:50]


def _sort(value: Any) -> Any:
    return value if value in SORTS else ""


def _cut(value: Any) -> Any:
    return (line(value) or "")[:MAX_QUERY] if isinstance(value, str) else value


Many = Annotated[list[str], BeforeValidator(_many)]
Level = Annotated[int | None, Field(ge=1, le=9), BeforeValidator(lambda v: v or None)]
Amount = Annotated[int | None, Field(ge=0, le=10**15), BeforeValidator(lambda v: whole(v) or None)]
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
    org: Many = []
    ipc: Many = []
    sort: Annotated[str, BeforeValidator(_sort)] = ""
    cursor: str | None = None
    limit: Capped = paging.DEFAULT_LIMIT


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
}
FILTERS: Mapping[str, str] = {**FACETS, "org": "owner_id", "ipc": "ipc"}


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
class Results:
    items: list[Result]
    total: int
    facets: dict[str, dict[str, int]]
    next_cursor: str | None
    did_you_mean: str | None
    relaxed: bool


class OrganisationPage(BaseModel):
    items: list[OrganisationView]
    next_cursor: str | None = None


class Suggestions(BaseModel):
    items: list[str]


class HomeFigures(BaseModel):
    """Numbers of the home page, from the database, with the moment they were counted."""

    as_of: datetime
    technologies: int
    organisations: int
    live_deals: int
    agreed: int
    contracts: int
