"""The demo's independence: who holds whom, a valuer that is refused, one that waits for the operator's word."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.deals import Capacity, deals
from app.independence import independence
from app.independence.schemas import DeclareInterest
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict
from app.platform.db import unit_of_work
from app.settings import ROOT

CONTENT = ROOT / "demo" / "independence.json"


async def load(world: Any) -> None:
    """`world` is the cast of the demo. Declarations go in together; one that is there already ends the load."""
    content = json.loads(CONTENT.read_text(encoding="utf-8"))
    first = content["declarations"][0]
    if (await independence.own(world.binder(first["org"]))).organisation:
        return
    async with unit_of_work():
        for row in content["declarations"]:
            with clock.frozen(clock.now() - timedelta(days=row["days_ago"])):
                await _declare(world, _who(world, row), row)
        for row in content["admissions"]:
            if not row.get("refused"):
                await _admit(world, row)
        for row in content["later"]:
            await _declare(world, _who(world, row), row)
    for row in content["admissions"]:
        if row.get("refused"):
            try:
                await _admit(world, row)
            except Conflict:
                continue  # what the demo shows: it stands in the audit log


def _who(world: Any, row: dict[str, Any]) -> Actor:
    found: Actor = next((a for a in world.actors[row["org"]] if a.person_name == row.get("person")), None) or (
        world.binder(row["org"])
    )
    return found


async def _declare(world: Any, actor: Actor, row: dict[str, Any]) -> None:
    fields = {k: v for k, v in row.items() if k in DeclareInterest.model_fields}
    if "about" in row:
        fields["other"] = str(world.orgs[row["about"]])
    await independence.declare(actor, DeclareInterest.model_validate(fields), is_demo=True)


async def _admit(world: Any, row: dict[str, Any]) -> None:
    deal_id = await deal_of(world, row["buyer"], row["listing_key"])
    await independence.admit(world.operator, deal_id, world.orgs[row["org"]], Capacity(row["capacity"]))


async def deal_of(world: Any, buyer: str, listing_key: str) -> UUID:
    """The newest deal of this buyer on this technology."""
    found = await deals.list(world.binder(buyer), listing_id=world.published[listing_key])
    return found.items[0].id
