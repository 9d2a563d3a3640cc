"""Invented documents for the search tests, and the plain-Python reading of a query that engines are compared with."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.kit.text import sort_key
from search.documents import INDEXES, LISTINGS, NO_PRICE, NO_VALUE, ListingDocument, facet_values, number
from search.port import Query

START = datetime(2026, 1, 1, tzinfo=UTC)
FACETS = ("fields", "priority", "trl", "ip_kinds", "modes", "price_policy", "province", "evidence_level", "owner_kind")


def document(key: int, title_vi: str = "", **given: Any) -> ListingDocument:
    """A listing whose id follows from `key`; later keys are fresher."""
    at = START + timedelta(hours=key)
    plain: dict[str, Any] = {"published_at": at, "refreshed_at": at, "sort_title": sort_key(title_vi)}
    return ListingDocument(id=ident(key), title_vi=title_vi, **(plain | given))


def ident(key: int) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, str(key))


def many(count: int, seed: int = 7) -> list[ListingDocument]:
    """A mixed bag: few distinct values, so that ties and overlaps are the rule."""
    r = random.Random(seed)
    words = ["cảm biến", "màng lọc", "nước thải", "pin mặt trời", "sensor", "enzyme", "vật liệu", "điều khiển", "số 5"]
    made = []
    for key in range(count):
        price = r.choice([None, r.randrange(1, 9) * 100])
        at = START + timedelta(days=r.randrange(12))
        title = " ".join(r.sample(words, 2))
        made.append(
            document(
                key,
                title,
                summary_vi=" ".join(r.sample(words, 3)),
                body=" ".join(r.sample(words, 4)),
                keywords=r.sample(words, 2),
                owner_id=ident(-1 - r.randrange(5)),
                owner_kind=r.choice(["university", "institute", "enterprise"]),
                ipc=r.sample(["C02F 1/44", "C02F", "B01D", "G06F 17/30", "G06N"], 2),
                fields=r.sample(["2.7", "2.10", "2", "1.2", "1"], 1),
                priority=r.choice(["ict", "energy", ""]),
                trl=r.choice([None, 3, 4, 6, 9]),
                ip_kinds=r.sample(["invention", "trade_secret", "trademark"], r.randrange(3)),
                modes=r.sample(["licence", "assignment", "trial"], r.randrange(1, 3)),
                price_policy=r.choice(["fixed", "range", "negotiable"]),
                price_from=price,
                price_to=price and price + r.choice([0, 150]),
                province=r.choice(["1", "79", ""]),
                evidence_level=r.choice(["L0", "L2", "L5"]),
                published_at=at,
                refreshed_at=at,
                sort_title=sort_key(title),
            )
        )
    return made


def values(document: ListingDocument) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, value in facet_values(INDEXES[LISTINGS], document):
        found.setdefault(name, set()).add(value)
    return found


def passes(document: ListingDocument, query: Query, left_out: str | None = None) -> bool:
    held = values(document)
    for name, chosen in query.filters.items():
        if name != left_out and chosen and not held.get(name, set()) & chosen:
            return False
    for name, (low, high) in query.ranges.items():
        if low is None and high is None:
            continue
        if name == "trl":
            inside = document.trl is not None and (low or 1) <= document.trl <= (9 if high is None else high)
            if name != left_out and not inside:
                return False
        else:
            prices = [p for p in (document.price_from, document.price_to) if p is not None]
            if not prices or max(prices) < (low or 0) or (high is not None and min(prices) > high):
                return False
    return True


def filtered(documents: Iterable[ListingDocument], query: Query) -> list[ListingDocument]:
    return [d for d in documents if passes(d, query)]


def counted(documents: Iterable[ListingDocument], query: Query) -> Mapping[str, Mapping[str, int]]:
    listed = list(documents)
    result: dict[str, dict[str, int]] = {name: {} for name in query.facets}
    for name in query.facets:
        for d in listed:
            if passes(d, query, left_out=name):
                for value in values(d).get(name, set()):
                    result[name][value] = result[name].get(value, 0) + 1
    return result


def ordered(documents: Iterable[ListingDocument], sort: str) -> list[ListingDocument]:
    def key(d: ListingDocument) -> Any:
        return {
            "newest": d.published_at.timestamp(),
            "title": d.sort_title,
            "trl": number(d, "trl"),
            "price": number(d, "price_low"),
            "price_desc": number(d, "price_high"),
        }[sort]

    assert number(document(0), "price_low") == NO_PRICE
    assert number(document(0), "price_high") == NO_VALUE
    return sorted(documents, key=lambda d: (key(d), d.id), reverse=sort in ("newest", "trl", "price_desc"))
