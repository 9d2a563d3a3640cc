"""Splitting a need's content by tier when it is written, and joining what an actor may read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.kit.sealing import tells
from app.needs.schemas import TIERED, Content, Tier

ORDER = list(Tier)
# The columns behind each tiered name.
PARTS: Mapping[str, tuple[str, ...]] = {
    "problem": ("problem",),
    "process": ("process",),
    "metrics": ("metrics",),
    "constraints": ("constraints",),
    "tried": ("tried",),
    "nice_to_haves": ("nice_to_haves",),
    "rights": ("modes", "exclusivity", "rights_note"),
    "budget": ("budget_min", "budget_max"),
    "payment": ("payment", "payment_note"),
    "province": ("province",),
    "pilot_site": ("pilot_site",),
    "decision_maker": ("decision_maker",),
}
NAMED = {
    "process": Tier.broker, "tried": Tier.broker, "pilot_site": Tier.matched, "decision_maker": Tier.matched,
}  # fmt: skip
# What tells who a sealed asker is, when put together, starts higher.
SEALED = NAMED | {
    "problem": Tier.broker, "process": Tier.matched, "constraints": Tier.broker, "tried": Tier.matched,
    "budget": Tier.broker, "payment": Tier.broker, "province": Tier.broker,
}  # fmt: skip
# For everyone, but no column of their own.
ALWAYS_GIST = ("must_haves", "banned", "criteria")


def tier_of(tiers: Mapping[str, Tier], blind: bool, name: str) -> Tier:
    """The tier of a field: the asker's choice, else what suits a blind or a named need."""
    return Tier(tiers.get(name) or (SEALED if blind else NAMED).get(name, Tier.gist))


def opens(have: Tier, needed: Tier) -> bool:
    return ORDER.index(have) >= ORDER.index(needed)


def split(content: Content) -> dict[Tier, dict[str, Any]]:
    """The tiered fields and what is asked of everyone, by tier; empty ones left out."""
    parts: dict[Tier, dict[str, Any]] = {t: {} for t in Tier}
    data = content.model_dump(mode="json")
    for name in TIERED:
        into = parts[tier_of(content.tiers, content.blind, name)]
        into.update({column: data[column] for column in PARTS[name] if data[column] not in (None, "", [])})
    parts[Tier.gist].update({name: data[name] for name in ALWAYS_GIST if data[name]})
    return parts


def locked(tiers: Mapping[str, Tier], blind: bool, have: Tier, stored: Mapping[Tier, set[str]]) -> dict[str, Tier]:
    """Fields that exist above `have`; `stored` holds the column names of each tier."""
    found = {}
    for name in TIERED:
        tier = tier_of(tiers, blind, name)
        if not opens(have, tier) and stored[tier].intersection(PARTS[name]):
            found[name] = tier
    return found


def betrayals(content: Content, names: set[str]) -> set[str]:
    """Fields of a blind need, readable without consent, that name the asker or a way to reach it."""
    data = content.model_dump(mode="json")
    read_early = {n: data[n] for n in ("title", "title_en", "summary", "summary_en", "keywords", *ALWAYS_GIST)}
    for name in TIERED:
        if tier_of(content.tiers, content.blind, name) is not Tier.matched:
            read_early |= {column: data[column] for column in PARTS[name]}
    return {column for column, value in read_early.items() if tells(value, names)}
