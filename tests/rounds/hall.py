"""Factories of rounds: verified organisations, announced and running rounds, officers with keys.

Time passes by moving a round's own times into the past (`pass_time`): the database's clock, which decides, cannot be
turned, and the product has no hook to turn it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts import accounts
from app.kit.actor import Actor, Role, Staff
from app.kit.ids import new_id
from app.platform.db import unit_of_work
from app.rounds import participants, planning, running, sealing
from app.rounds.schemas import (
    AnnounceRound,
    ApplyToRound,
    DeclareDeposit,
    MakeOfficerKey,
    NameOfficers,
    PlaceBid,
    PlanRound,
    SealBid,
)
from tests.support import market as m
from tests.support.people import SYSTEM

PASSPHRASE = "mot cau mat khau dai cua nguoi giu khoa"
BASIS = "Chứng thư thẩm định giá số 12/2026 và chi phí nghiên cứu đã đầu tư."
TERMS = {"mode": "licence", "exclusivity": "exclusive", "term_years": 5, "training_days": 10}


async def verified(kind: str = "company", role: Role = Role.owner) -> Actor:
    actor = await m.acting(kind, role)
    assert actor.org_id
    await accounts.change_standing(SYSTEM, actor.org_id, "verify")
    return actor


def plan(kind: str = "english", days: int = 0, **changes: Any) -> PlanRound:
    """Registration for an hour (and so many days), bids for two hours after."""
    now = datetime.now(UTC) + timedelta(days=days)
    values: dict[str, Any] = {
        "kind": kind, "about": "Chuyển giao quyền sử dụng độc quyền công nghệ màng lọc trong năm năm.",
        "terms": TERMS, "registration_until": now + timedelta(hours=1), "opens_at": now + timedelta(hours=1),
        "ends_at": now + timedelta(hours=3), "quorum": 2,
    }  # fmt: skip
    if kind == "english":
        values |= {"start_price": 1000, "steps": [{"since": 0, "step": 100}]}
    return PlanRound.model_validate(values | changes)


def announce(reserve: int | None = 1000, basis: str | None = BASIS) -> AnnounceRound:
    return AnnounceRound(reserve=reserve, reserve_basis=basis)


async def operator(name: str) -> Actor:
    """An operator with an account, as officers must be."""
    id_ = await accounts.add_person(
        SYSTEM, email=f"{new_id().hex}@thunghiem.example", name=name, password_hash="x", org_id=None, role=Role.member
    )
    await accounts.grant_duty(SYSTEM, (await accounts.contact(id_))[0], Staff.operator)  # type: ignore[index]
    return Actor(person_id=id_, staff=frozenset({Staff.operator}), person_name=name)


async def officers(count: int = 2) -> list[Actor]:
    found = [await operator(f"Người giữ khóa {n}") for n in range(count)]
    for officer in found:
        await sealing.make_officer_key(officer, MakeOfficerKey(passphrase=PASSPHRASE))
    return found


@dataclass
class Hall:
    round_id: UUID
    listing_id: UUID
    seller: Actor
    bidders: list[Actor]
    officers: list[Actor] = field(default_factory=list)

    async def pass_time(self, **delta: float) -> None:
        await pass_time(self.round_id, **delta)

    async def leave(self, seconds: float) -> None:
        """As if only so much time were left."""
        rest = await m.scalar(
            "SELECT extract(epoch FROM ends_at - clock_timestamp()) FROM public_round WHERE id = :r", r=self.round_id
        )
        await self.pass_time(seconds=float(rest) - seconds)

    async def entry(self, actor: Actor) -> UUID:
        return await m.scalar(
            "SELECT id FROM round_entry WHERE round_id = :r AND org_id = :o AND status IN ('applied','approved')",
            r=self.round_id, o=actor.org_id,
        )  # fmt: skip

    async def row(self) -> Any:
        return await m.row("SELECT * FROM public_round WHERE id = :r", r=self.round_id)


async def pass_time(round_id: UUID, **delta: float) -> None:
    """As if so much time had gone by: past the triggers that keep an announced schedule."""
    gone = timedelta(**delta)
    async with unit_of_work() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in (
            "UPDATE public_round SET registration_until = registration_until - CAST(:d AS interval), opens_at ="
            " opens_at - CAST(:d AS interval), ends_at = ends_at - CAST(:d AS interval) WHERE id = :r",
            "UPDATE round_key_turn SET until = until - CAST(:d AS interval) WHERE round_id = :r",
            "UPDATE round_bid SET at = at - CAST(:d AS interval) WHERE round_id = :r",
            "UPDATE round_price SET at = at - CAST(:d AS interval) WHERE round_id = :r",
        ):
            await session.execute(text(statement), {"d": f"{gone.total_seconds()} seconds", "r": round_id})


async def admit(round_id: UUID, bidder: Actor, deposit: int = 0) -> UUID:
    entry = await participants.apply(bidder, round_id, ApplyToRound())
    await participants.approve(m.OPERATOR, entry)
    if deposit:
        await participants.declare_deposit(bidder, round_id, DeclareDeposit(evidence="Ngân hàng X, giao dịch 123456"))
        await participants.confirm_deposit(m.OPERATOR, entry)
    return entry


async def announced(kind: str = "english", bidders: int = 3, *, reserve: int = 1000, **changes: Any) -> Hall:
    seller = await verified("university")
    listing_id = await m.publish(seller)
    round_id = await planning.plan(seller, listing_id, plan(kind, **changes))
    keepers = []
    if kind == "sealed":
        keepers = await officers()
        await planning.name_officers(
            m.OPERATOR, round_id, NameOfficers(person_ids=[o.person_id for o in keepers if o.person_id])
        )
    await planning.announce(seller, round_id, announce(reserve))
    people = [await verified() for _ in range(bidders)]
    for person in people:
        await admit(round_id, person, changes.get("deposit", 0))
    return Hall(round_id, listing_id, seller, people, keepers)


async def opened(kind: str = "english", bidders: int = 3, **changes: Any) -> Hall:
    hall = await announced(kind, bidders, **changes)
    await hall.pass_time(hours=1, seconds=1)
    await running.advance(hall.round_id)
    return hall


def offer(amount: int, maximum: int | None = None, **more: Any) -> PlaceBid:
    return PlaceBid(amount=amount, maximum=maximum, **more)


def sealed(amount: int) -> SealBid:
    return SealBid(amount=amount)
