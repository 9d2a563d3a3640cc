"""Splitting a listing's content by tier when it is written, and joining what an actor may read. Pure."""

from __future__ import annotations

from typing import Any

from app.listings.schemas import STORY, Content, Tier, Tiers

LANGUAGES = ("vi", "en")


def tier_of(tiers: Tiers, name: str) -> Tier:
    return Tier.nda if name == "confidential" else Tier(tiers.get(name, Tier.public))


def split(content: Content) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(public, registered, under NDA): the story fields and comparison of each tier, empty ones left out."""
    parts: dict[Tier, dict[str, Any]] = {t: {} for t in Tier}
    data = content.model_dump(mode="json")
    for name in (*STORY, "confidential"):
        for language in LANGUAGES:
            key = f"{name}_{language}"
            if data[key]:
                parts[tier_of(content.tiers, name)][key] = data[key]
    if data["comparison"]:
        parts[tier_of(content.tiers, "comparison")]["comparison"] = data["comparison"]
    return parts[Tier.public], parts[Tier.registered], parts[Tier.nda]


def locked(content: Content, have: Tier, stored: set[str]) -> dict[str, Tier]:
    """Fields that exist (`stored`) but open at a higher tier than `have`."""
    order = list(Tier)
    return {
        name: tier_of(content.tiers, name)
        for name in stored
        if order.index(tier_of(content.tiers, name)) > order.index(have)
    }


def names(keys: set[str]) -> set[str]:
    """Field names of language-suffixed keys: {"problem_vi", "comparison"} -> {"problem", "comparison"}."""
    return {k.rsplit("_", 1)[0] if k.endswith(("_vi", "_en")) else k for k in keys}


def price_hidden(tiers: Tiers, have: Tier) -> bool:
    order = list(Tier)
    return order.index(tier_of(tiers, "price")) > order.index(have)
