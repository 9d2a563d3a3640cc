"""The demo's public rounds: one that takes bids now, one that was opened and awarded, one to come.

They go through the real verbs, and a round's times are decided by the database's clock, which the demo cannot turn
back: registration of the first two lasts a few seconds, as long as this machine needs for it.
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from app.kit import clock
from app.kit.actor import Actor
from app.listings import listings
from app.rounds import english, participants, planning, rounds, running, sealing
from app.rounds.schemas import (
    AnnounceRound,
    ApplyToRound,
    DeclareDeposit,
    MakeOfficerKey,
    NameOfficers,
    PlaceBid,
    PlanRound,
    SealBid,
    TurnKey,
)
from app.settings import ROOT

CONTENT = ROOT / "demo" / "rounds.json"
# Registering may take so many times as long as one verb took just now, and at least so long.
PATIENCE, LEAST_SECONDS = 60, 1.5


class World(Protocol):
    """What of the demo's world is needed here."""

    published: dict[str, UUID]
    operator: Actor
    actors: dict[str, list[Actor]]

    def binder(self, org: str) -> Actor: ...


def content() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CONTENT.read_text(encoding="utf-8"))
    return found


async def load(world: World) -> None:
    """Hold each round of the content that was not held before."""
    script = content()
    officers = [a for a in world.actors["operator"] if a.is_operator]
    for officer in officers:
        if (await sealing.officer_key(officer)).key is None:
            await sealing.make_officer_key(officer, MakeOfficerKey(passphrase=script["passphrase"]))

    async def one(row: dict[str, Any]) -> None:
        listing_id = world.published[row["listing_key"]]
        if not (await rounds.of_listing(world.operator, listing_id)).items:
            await _Round(world, row, listing_id, officers, script["passphrase"]).hold()

    await asyncio.gather(*(one(row) for row in script["rounds"]))  # they wait for the clock together


class _Round:
    def __init__(self, world: World, row: dict[str, Any], listing_id: UUID, officers: list[Actor], phrase: str) -> None:
        self.world, self.row, self.listing_id = world, row, listing_id
        self.officers, self.phrase = officers, phrase
        self.pace = LEAST_SECONDS

    async def hold(self) -> None:
        row = self.row
        view = await listings.read(self.world.operator, self.listing_id)
        owner = next(a for people in self.world.actors.values() for a in people
                     if a.org_id == view.card.org_id and a.can_manage)  # fmt: skip
        round_id = await planning.plan(owner, self.listing_id, self._plan(), is_demo=True)
        if row["kind"] == "sealed":
            people = [o.person_id for o in self.officers if o.person_id]
            await planning.name_officers(self.world.operator, round_id, NameOfficers(person_ids=people))
        started = time.perf_counter()
        await planning.update(owner, round_id, self._plan())
        self.pace = max(LEAST_SECONDS, PATIENCE * (time.perf_counter() - started))
        await planning.update(owner, round_id, self._plan())  # from now, at the pace just measured
        basis = AnnounceRound(reserve=row["reserve"], reserve_basis=row["reserve_basis_vi"])
        await planning.announce(owner, round_id, basis)
        for bidder in row["bidders"]:
            await self._admit(round_id, bidder)
        if row["stage"] == "announced":
            return
        await self._due(round_id, "announced")
        if row["kind"] == "english":
            for bid in row["bids"]:
                command = PlaceBid(amount=bid["amount"], maximum=bid.get("maximum"))
                await english.bid(self.world.binder(bid["org"]), round_id, command)
            return
        for paper in row["envelopes"]:
            await sealing.seal(self.world.binder(paper["org"]), round_id, SealBid(amount=paper["amount"]))
        await self._due(round_id, "open")
        for officer in self.officers[:2]:
            await sealing.turn_key(officer, round_id, TurnKey(passphrase=self.phrase))

    def _plan(self) -> PlanRound:
        row, now = self.row, clock.now()
        opens = now + timedelta(seconds=self.pace)
        if "days" in row:
            opens = (now + timedelta(days=row["days"])).astimezone(clock.VIETNAM).replace(hour=9, minute=0, second=0)
        ends = opens + (timedelta(hours=row["hours"]) if "hours" in row else timedelta(seconds=self.pace / 2))
        registration = opens - timedelta(days=2) if "days" in row else opens
        return PlanRound.model_validate(
            {k: v for k, v in row.items() if k in PlanRound.model_fields}
            | {"about": row["about_vi"], "registration_until": registration, "opens_at": opens, "ends_at": ends}
        )

    async def _admit(self, round_id: UUID, bidder: dict[str, Any]) -> None:
        actor = self.world.binder(bidder["org"])
        entry_id = await participants.apply(actor, round_id, ApplyToRound())
        if self.row["stage"] == "announced":
            return  # left for the operator's desk
        await participants.approve(self.world.operator, entry_id)
        if "evidence_vi" in bidder:
            await participants.declare_deposit(actor, round_id, DeclareDeposit(evidence=bidder["evidence_vi"]))
            await participants.confirm_deposit(self.world.operator, entry_id)

    @staticmethod
    async def _due(round_id: UUID, state: str) -> None:
        """Wait for the database's clock to take the round out of this state."""
        while (await rounds.live(round_id)).status == state:
            await asyncio.sleep(0.1)
            await running.advance(round_id)
