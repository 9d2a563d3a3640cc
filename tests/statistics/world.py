"""A random market with a ledger of what happened in it, kept as it happened: the figures' independent witness."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from app import reference
from app.deals import deals
from app.deals.schemas import CloseDeal, ReportContract
from app.kit import clock
from app.kit.actor import Actor
from app.listings import listings
from app.offers import offers
from tests.listings import drafts
from tests.support import market as m

FIELDS = ("1", "1.2", "2", "2.7", "2.11", "3.3")
PRIORITIES = (*list(reference.priorities())[:3], None)
KINDS = ("university", "institute", "company")
PROVINCES = (1, 79, None)
REASONS = ("price", "rights", "too_early", "other")
# Moments at the edges of months, halves and years in Vietnam, and some in between.
EDGES = [
    datetime(y, mo, d, h, mi, tzinfo=clock.VIETNAM)
    for y, mo, d in (
        (2024, 12, 31),
        (2025, 1, 1),
        (2025, 3, 31),
        (2025, 4, 1),
        (2025, 6, 30),
        (2025, 7, 1),
        (2025, 12, 31),
        (2026, 1, 1),
    )
    for h, mi in ((0, 0), (0, 30), (6, 59), (23, 30))
]


@dataclass(slots=True)
class Listed:
    id: UUID
    field: str
    priority: str | None
    province: int | None
    kind: str
    owner: Actor
    at: datetime
    shown: bool = True


@dataclass(slots=True)
class Dealt:
    id: UUID
    listing: Listed
    opened: datetime
    offered: datetime | None = None
    agreed: datetime | None = None
    signed: date | None = None
    amount: int = 0
    reversed: bool = False
    closed: datetime | None = None
    reason: str | None = None

    @property
    def counts(self) -> bool:
        """A contract that stands."""
        return self.signed is not None and not self.reversed


@dataclass(slots=True)
class World:
    listings: list[Listed] = field(default_factory=list)
    deals: list[Dealt] = field(default_factory=list)

    def of(self, chosen: dict[str, Any]) -> World:
        """The slice that filters by field (with children), priority, kind of owner, province."""

        def inside(x: Listed) -> bool:
            code = chosen.get("field")
            return (
                (code is None or x.field == code or x.field.startswith(f"{code}."))
                and (chosen.get("priority") in (None, x.priority))
                and (chosen.get("owner_kind") in (None, x.kind))
                and (chosen.get("province") in (None, x.province))
            )

        return World([x for x in self.listings if inside(x)], [d for d in self.deals if inside(d.listing)])


def day(at: datetime) -> date:
    return at.astimezone(clock.VIETNAM).date()


def span(chosen: dict[str, Any]) -> tuple[date | None, date | None]:
    """First and last day of the period asked for, said in days of the Vietnamese calendar."""
    if (year := chosen.get("year")) is None:
        return chosen.get("since"), chosen.get("until")
    months = {"month": 1, "quarter": 3, "half": 6}
    for name, size in months.items():
        if (n := chosen.get(name)) is not None:
            first = date(year, (n - 1) * size + 1, 1)
            last_month = n * size
            after = date(year + last_month // 12, last_month % 12 + 1, 1)
            return first, after - timedelta(days=1)
    return date(year, 1, 1), date(year, 12, 31)


def within(on: date | datetime | None, chosen: dict[str, Any]) -> bool:
    if on is None:
        return False
    when = day(on) if isinstance(on, datetime) else on
    first, last = span(chosen)
    return (first is None or when >= first) and (last is None or when <= last)


def counted(world: World, figure: str, chosen: dict[str, Any]) -> list[Dealt]:
    """The deals a figure counts, by the ledger."""
    moments = {
        "interests": lambda d: d.opened,
        "offers": lambda d: d.offered,
        "agreements": lambda d: d.agreed,
        "contracts": lambda d: d.signed if d.counts else None,
        "declines": lambda d: d.closed,
    }
    return [d for d in world.of(chosen).deals if within(moments[figure](d), chosen)]


def listed(world: World, chosen: dict[str, Any]) -> list[Listed]:
    return [x for x in world.of(chosen).listings if x.shown and within(x.at, chosen)]


def figures(world: World, chosen: dict[str, Any]) -> dict[str, int]:
    found = {
        name: len(counted(world, name, chosen))
        for name in ("interests", "offers", "agreements", "contracts", "declines")
    }
    found["value"] = sum(d.amount for d in counted(world, "contracts", chosen))
    found["listings"] = len(listed(world, chosen))
    return found


def table(world: World, group: str, chosen: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Value -> (listings, interests, offers, agreements, contracts, value), rows of nothing left out."""

    def key(x: Listed) -> str:
        value = x.field.split(".")[0] if group == "field" else getattr(x, "kind" if group == "owner_kind" else group)
        return "" if value is None else str(value)

    columns: list[Counter[str]] = [Counter(key(x) for x in listed(world, chosen))]
    columns += [
        Counter(key(d.listing) for d in counted(world, name, chosen))
        for name in ("interests", "offers", "agreements", "contracts")
    ]
    value: Counter[str] = Counter()
    for d in counted(world, "contracts", chosen):
        value[key(d.listing)] += d.amount
    columns.append(value)
    keys = {k for c in columns for k, n in c.items() if n}
    return {k: tuple(c[k] for c in columns) for k in keys}


def months(world: World, chosen: dict[str, Any]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}

    def add(on: date | datetime | None, name: str, n: int = 1) -> None:
        assert on is not None
        when = day(on) if isinstance(on, datetime) else on
        found.setdefault(f"{when:%Y-%m}", Counter())[name] += n

    for x in listed(world, chosen):
        add(x.at, "listings")
    for d in counted(world, "interests", chosen):
        add(d.opened, "interests")
    for d in counted(world, "agreements", chosen):
        add(d.agreed, "agreements")
    for d in counted(world, "contracts", chosen):
        add(d.signed, "contracts")
        add(d.signed, "value", d.amount)
    return {k: dict(v) for k, v in sorted(found.items())}


class Maker:
    """Makes the market by the verbs themselves, under a clock that stands where the dice put it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.world = World()

    def moment(self) -> datetime:
        if self.dice.random() < 0.5:
            return self.dice.choice(EDGES).astimezone(UTC)
        return datetime(2024, 12, 1, tzinfo=UTC) + timedelta(minutes=self.dice.randrange(60 * 24 * 420))

    async def listing(self) -> Listed:
        dice = self.dice
        kind, at = dice.choice(KINDS), self.moment()
        owner = await m.acting(kind)
        made = Listed(
            UUID(int=0), dice.choice(FIELDS), dice.choice(PRIORITIES), dice.choice(PROVINCES), kind, owner, at
        )
        with clock.frozen(at):
            made.id = await m.publish(owner, field=made.field, priority=made.priority, province=made.province)
        self.world.listings.append(made)
        return made

    async def deal(self, listing: Listed) -> Dealt:
        """A deal that goes as far as the dice let it, each step some hours or days after the one before."""
        dice = self.dice
        buyer = await m.acting(dice.choice(KINDS))
        at = max(self.moment(), listing.at + timedelta(hours=1))
        with clock.frozen(at):
            made = Dealt(await m.open_deal(buyer, listing.id), listing, at)
        self.world.deals.append(made)
        far = dice.random()
        if far > 0.25:
            at += timedelta(hours=dice.randrange(1, 200))
            with clock.frozen(at):
                offer_id = await m.send_offer(buyer, made.id, exclusivity="non_exclusive", valid_days=30)
            made.offered = at
        if far > 0.45:
            at += timedelta(hours=dice.randrange(1, 200))
            with clock.frozen(at):
                await offers.accept(listing.owner, offer_id)
            made.agreed = at
        if far > 0.6:
            await self._contract(made, buyer, at + timedelta(hours=dice.randrange(1, 400)))
        elif dice.random() < 0.5:
            at += timedelta(hours=dice.randrange(1, 200))
            made.reason = dice.choice(REASONS)
            with clock.frozen(at):
                await deals.close(buyer, made.id, CloseDeal(reason_code=made.reason))  # type: ignore[arg-type]
            made.closed = at
        return made

    async def _contract(self, deal: Dealt, buyer: Actor, at: datetime) -> None:
        with clock.frozen(at):
            signed = day(at) - timedelta(days=self.dice.choice([0, 0, 1, 3]))
            amount = self.dice.randrange(1, 10**10)
            command = ReportContract(number="01", signed_on=signed, value=amount)
            await deals.report_contract(buyer, deal.id, command, "a.pdf", m.PDF)
            if self.dice.random() < 0.15:
                return  # reported, and never confirmed: counts nowhere
            await deals.confirm_contract(deal.listing.owner, deal.id)
        deal.signed, deal.amount = signed, amount
        if self.dice.random() < 0.25:
            with clock.frozen(at + timedelta(days=40)):
                id_ = await m.scalar("SELECT id FROM deal_transaction WHERE deal_id = :id", id=deal.id)
                await deals.reverse_transaction(m.OPERATOR, id_, "Nhập nhầm hợp đồng.")
            deal.reversed = True


async def make(seed: int, listed_: int = 18, dealt: int = 40) -> World:
    """`listed_` listings, `dealt` deals; some listings leave the market afterwards."""
    maker = Maker(seed)
    for _ in range(listed_):
        await maker.listing()
    for _ in range(dealt):
        await maker.deal(maker.dice.choice(maker.world.listings))
    for x in maker.world.listings[::6]:
        await listings.suspend(m.OPERATOR, x.id, drafts.REASON)
        x.shown = False
    for x in maker.world.listings[3::6]:
        await listings.archive(x.owner, x.id)
        x.shown = False
    return maker.world
