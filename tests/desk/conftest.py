"""A deal with everybody round it: both sides with their brokers, a valuer, and those who watch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from app.deals import Capacity, deals
from app.kit.actor import Actor
from tests.support import market as m
from tests.support.people import Person

CAPACITIES = {
    "seller_broker": Capacity.seller_broker,
    "buyer_broker": Capacity.buyer_broker,
    "valuer": Capacity.valuer,
}


@dataclass
class Round:
    """`people` by what they are here: seller, seller_manager, seller_member, seller_viewer, buyer, buyer_member,
    buyer_viewer, seller_broker, buyer_broker, valuer, stranger, operator, department, nobody."""

    deal_id: UUID
    listing_id: UUID
    people: dict[str, Person] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Actor:
        return self.people[name].actor

    def email(self, name: str) -> str:
        return self.people[name].email


@pytest.fixture
async def table(make_organisation: Callable[..., Any], make_person: Callable[..., Any]) -> Round:
    people: dict[str, Person] = {}
    for side, kind in (("seller", "university"), ("buyer", "company")):
        org = await make_organisation(kind=kind)
        people[side] = await make_person("owner", org)
        for role in ("manager", "member", "viewer"):
            people[f"{side}_{role}"] = await make_person(role, org)
    for name in CAPACITIES:
        people[name] = await make_person("owner", await make_organisation(kind="intermediary"))
    people["stranger"] = await make_person("owner")
    people["operator"] = await make_person(None, staff=["operator"])
    people["department"] = await make_person(None, staff=["department"])
    people["nobody"] = await make_person(None)
    listing_id = await m.publish(people["seller"].actor)
    deal_id = await m.open_deal(people["buyer"].actor, listing_id)
    for name, capacity in CAPACITIES.items():
        org = people[name].org
        assert org
        await deals.join(people["seller"].actor, deal_id, org.id, capacity)
    return Round(deal_id, listing_id, people)
