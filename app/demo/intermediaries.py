"""Intermediaries and experts of the demo: profiles, licences (one ends soon, one has ended), ratings of contracts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from app.deals import Capacity, deals
from app.deals.schemas import DealItem
from app.demo import papers
from app.independence import independence
from app.intermediaries import ProviderKind, intermediaries, licences, ratings
from app.intermediaries.schemas import BeginProvider, DeclareLicence, SaveProvider, SendRating
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import Conflict
from app.settings import ROOT

CONTENT = ROOT / "demo" / "intermediaries.json"
ARRANGER = system("santex demo")


class World(Protocol):
    """What is asked of the demo's world."""

    orgs: dict[str, UUID]
    operator: Actor

    def binder(self, org: str) -> Actor: ...


async def load(world: World) -> None:
    """Through the verbs people use; only the calendar is turned back."""
    content = json.loads(CONTENT.read_text(encoding="utf-8"))
    for row in content["profiles"]:
        await _profile(world, ProviderKind.organisation, row)
    for row in content["experts"]:
        await _profile(world, ProviderKind.expert, row)
    await licences.keep_dates()
    found = await deals.list(world.operator, status="contracted", limit=100)
    contracted = sorted((d for d in found.items if d.is_demo), key=lambda d: d.status_at)
    for deal, script in zip(contracted, content["deals"], strict=False):
        await _deal(world, deal, script)
    await ratings.publish_due()


async def _profile(world: World, kind: ProviderKind, row: dict[str, Any]) -> None:
    owner = world.binder(row["org"])
    begun = clock.now() - timedelta(days=row["days_ago"])
    with clock.frozen(begun):
        id_ = await intermediaries.begin(owner, BeginProvider(kind=kind), is_demo=True)
        if (await intermediaries.read(owner, id_)).status != "draft":
            return  # loaded by a run that was cut short
        fields = {k: v for k, v in row.items() if k in SaveProvider.model_fields}
        await intermediaries.save(owner, id_, SaveProvider.model_validate(fields | {"consent": True}))
        await intermediaries.submit(owner, id_)
    with clock.frozen(begun + timedelta(days=1)):
        await intermediaries.approve(world.operator, id_)
    for licence in row["licences"]:
        await _licence(world, owner, id_, licence, begun)


async def _licence(world: World, owner: Actor, provider_id: UUID, row: dict[str, Any], begun: Any) -> None:
    today = clock.today()
    ends = today + timedelta(days=row["expires_in_days"]) if "expires_in_days" in row else None
    command = DeclareLicence(
        kind=row["kind"],
        number=row["number"],
        issuer=row["issuer"],
        issued_on=today - timedelta(days=row["issued_days_ago"]),
        expires_on=ends,
        services=row["services"],
    )
    at = clock.now() - timedelta(days=row["declared_days_ago"]) if "declared_days_ago" in row else begun
    with clock.frozen(at):
        paper = papers.licence(command.number, owner.org_name or owner.person_name, command.issuer)
        licence_id = await licences.declare(owner, provider_id, command, "giay-phep-minh-hoa.pdf", paper)
    if row.get("do") == "check":
        with clock.frozen(at + timedelta(days=2)):
            await licences.check(world.operator, provider_id, licence_id)


async def _deal(world: World, deal: DealItem, script: dict[str, Any]) -> None:
    """Who helped with a contract of the demo, and what they and the parties say of each other a week later."""
    for org, capacity, days_before in script["takes_part"]:
        at = max(deal.opened_at + timedelta(hours=2), deal.status_at - timedelta(days=days_before))
        with clock.frozen(at):
            try:
                await independence.admit(ARRANGER, deal.id, world.orgs[org], Capacity(capacity))
            except Conflict:
                continue  # it takes part already, or is tied to somebody who does
    parties = {"seller": deal.seller_org_id, "buyer": deal.buyer_org_id}
    keys = {id_: key for key, id_ in world.orgs.items()}
    for n, (rater, ratee, marks, words) in enumerate(script["ratings"]):
        who = world.binder(keys[parties[rater]] if rater in parties else rater)
        whom = parties.get(ratee) or world.orgs[ratee]
        command = SendRating(
            ratee_org_id=whom, speed=marks[0], clarity=marks[1], integrity=marks[2], result=marks[3], words=words
        )
        with clock.frozen(min(deal.status_at + timedelta(days=7, hours=5 * n), clock.now() - timedelta(minutes=9))):
            try:
                await ratings.send(who, deal.id, command)
            except Conflict:
                continue  # said already
