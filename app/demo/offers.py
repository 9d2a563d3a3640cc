"""Negotiations of the demo: rounds with locks, rights split by territory, an approval that waits, memoranda."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from app.deals import deals
from app.deals.schemas import ExpressInterest
from app.kit import clock
from app.kit.actor import Actor
from app.listings import listings
from app.offers import memoranda, offers
from app.offers.schemas import AcceptTerms, GiveOutcome, ProposeMemorandum, SendOffer, SetRule
from app.platform.db import unit_of_work
from app.settings import ROOT

CONTENT = ROOT / "demo" / "offers.json"

VALID_DAYS = 60


class World(Protocol):
    """What this part needs of the demo's people."""

    orgs: dict[str, UUID]
    actors: dict[str, list[Actor]]
    published: dict[str, UUID]
    operator: Actor

    def binder(self, org: str) -> Actor: ...


async def load(world: World) -> None:
    """All of it or nothing: a load that was killed starts this part anew."""
    content = json.loads(CONTENT.read_text(encoding="utf-8"))
    async with unit_of_work():
        for n, talk in enumerate(content["talks"]):
            await _talk(world, n, talk)
        await _waiting(world, content["waiting"])
        await memoranda.follow_clock()


async def _opened(world: World, row: dict[str, Any], n: int) -> tuple[UUID, dict[str, Actor], datetime]:
    """(deal, who acts for each side, when it was opened): the buyer's interest, so many days ago."""
    listing_id = world.published[row["listing_key"]]
    owner = (await listings.read(world.operator, listing_id)).card.org_id
    seller = next(key for key, id_ in world.orgs.items() if id_ == owner)
    sides = {"buyer": world.binder(row["buyer"]), "seller": world.binder(seller)}
    at = clock.now() - timedelta(days=row["days_ago"], hours=n)
    with clock.frozen(at):
        interest = ExpressInterest(message=row["message_vi"], intended_use=row.get("intended_use_vi"))
        return await deals.express_interest(sides["buyer"], listing_id, interest, is_demo=True), sides, at


async def _talk(world: World, n: int, talk: dict[str, Any]) -> None:
    deal_id, sides, at = await _opened(world, talk, n)
    lying: UUID | None = None
    for step in talk.get("steps", ()):
        at += timedelta(days=step["after_days"])
        with clock.frozen(at):
            lying = await _step(sides[step["who"]], deal_id, lying, step)
    if "memorandum" in talk:
        await _memorandum(sides, deal_id, at, talk["memorandum"])


async def _step(who: Actor, deal_id: UUID, lying: UUID | None, step: dict[str, Any]) -> UUID | None:
    """One act; the offer that lies there afterwards."""
    if step["do"] in ("send", "counter"):
        command = SendOffer(
            terms=step["terms"], note=step.get("note"), unlock=step.get("unlock", {}), valid_days=VALID_DAYS
        )
        return await (offers.send(who, deal_id, command) if lying is None else offers.counter(who, lying, command))
    if lying is not None and step["do"] == "accept_terms":
        await offers.accept_terms(who, lying, AcceptTerms(terms=step["marks"]))
    elif lying is not None:
        await offers.accept(who, lying)
    return lying


async def _memorandum(sides: dict[str, Actor], deal_id: UUID, at: datetime, row: dict[str, Any]) -> None:
    ends = clock.today() + timedelta(days=row["ends_in_days"])
    with clock.frozen(at + timedelta(days=row["after_days"])):
        command = ProposeMemorandum(
            summary=row["summary"], expires_on=ends, signed_on=clock.today(), value=row.get("value")
        )
        made = await memoranda.propose(sides["buyer"], deal_id, command)
    with clock.frozen(at + timedelta(days=row["after_days"] + 2)):
        await memoranda.confirm(sides["seller"], made)
    said = row.get("said")
    if said:
        await memoranda.follow_clock()  # it has fallen due in the meantime
        until = clock.today() + timedelta(days=said["in_days"])
        outcome = GiveOutcome(outcome=said["outcome"], until=until, note=said["note"])
        await memoranda.give_outcome(sides[said["who"]], made, outcome)


async def _waiting(world: World, row: dict[str, Any]) -> None:
    """The buyer's manager wants to counter; the owner, whose approval is the second, has not spoken yet."""
    deal_id, sides, at = await _opened(world, row, 0)
    with clock.frozen(at + timedelta(days=3)):
        offer_id = await offers.send(sides["seller"], deal_id, SendOffer(terms=row["offer"], valid_days=VALID_DAYS))
    owner, manager = world.actors[row["buyer"]][:2]
    approvers = [a.person_id for a in (owner, manager) if a.person_id]
    rule = SetRule(approvers=approvers, on_send=True, on_accept=True, **row["rule"])
    with clock.frozen(at + timedelta(days=4)):
        await offers.set_approval_rule(owner, rule)
    if offer_id is not None:
        with clock.frozen(at + timedelta(days=7)):
            counter = SendOffer(terms=row["counter"], note=row["note"], valid_days=30)
            await offers.counter(manager, offer_id, counter)
