"""Bidding in an English auction. One transaction a bid, with the round's row locked: bids come one after another."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.platform import audit, outbox
from app.platform.db import reading, unit_of_work
from app.rounds import errors, policy, proxy
from app.rounds.models import Bid, Entry, Round
from app.rounds.planning import visible
from app.rounds.repository import bids, entries
from app.rounds.repository import rounds as repository
from app.rounds.running import running
from app.rounds.schemas import BidResult, Kind, PlaceBid
from app.rounds.showing import publish_live, rules_of
from app.rounds.workflow import ROUND


async def admitted(actor: Actor, row: Round) -> Entry:
    """Permitted (401, 403): one who may bind an admitted organisation that is not the owner."""
    if actor.anonymous:
        raise Unauthenticated
    if policy.is_owner(actor, row.org_id):
        raise errors.own_round()
    if not policy.may_take_part(actor, row.org_id) or actor.org_id is None:
        raise Forbidden
    async with reading() as session:
        entry = await entries.of_org(session, row.id, actor.org_id)
    if entry is None or entry.status != "approved":
        raise errors.not_admitted()
    return entry


def in_time(row: Round, now: datetime) -> None:
    """Possible now (409): the round is open and its hours run."""
    if row.status in ("draft", "announced") or (row.status == "open" and now < row.opens_at):
        raise errors.not_yet()
    if row.status == "cancelled":
        raise ROUND.refusal("close", row.status)
    if row.status != "open" or now >= row.ends_at:
        raise errors.too_late()


async def paid(session: Any, row: Round, entry: Entry) -> None:
    if row.deposit:
        deposit = await entries.deposit(session, entry.id)
        if deposit is None or deposit.status != "confirmed":
            raise errors.no_deposit()


class English:
    async def bid(self, actor: Actor, round_id: UUID, command: PlaceBid) -> BidResult:
        """Name an amount, and a maximum if you like. The same key again gives the answer of the first time.

        The leader may only raise the maximum, which the others do not see. A bid in the last minutes moves the end.
        """
        row = await visible(actor, round_id)
        entry = await admitted(actor, row)
        if row.kind != Kind.english:
            raise errors.not_yet()
        await running.advance(round_id)
        async with unit_of_work() as session:
            locked = await repository.lock(session, round_id)
            if locked is None:
                raise NotFound
            known = await bids.by_key(session, round_id, entry.id, command.key)
            if known is not None:
                return self._again(known, command, locked)
            now = await repository.now(session)
            in_time(locked, now)
            await paid(session, locked, entry)
            return await self._place(session, actor, locked, entry, command, now)

    @staticmethod
    def _again(known: Bid, command: PlaceBid, row: Round) -> BidResult:
        if known.amount != command.amount or known.maximum != (command.maximum or command.amount):
            raise errors.other_bid_same_key()
        standing = proxy.Standing(row.price, row.leader_id, row.leader_max)
        return BidResult(
            outcome=known.outcome, price=known.price, least=rules_of(row).least(standing), ends_at=row.ends_at
        )

    async def _place(
        self, session: Any, actor: Actor, row: Round, entry: Entry, command: PlaceBid, now: datetime
    ) -> BidResult:
        rules, before = rules_of(row), proxy.Standing(row.price, row.leader_id, row.leader_max)
        maximum = command.maximum or command.amount
        if before.leader == entry.id:
            if command.maximum is None or maximum <= (before.maximum or 0):
                raise errors.already_leading()
        elif command.amount < rules.least(before):
            raise errors.below(rules.least(before))
        after, steps = proxy.place(rules, before, entry.id, command.amount, maximum)
        outcome = "raised" if not steps else "leading" if after.leader == entry.id else "outbid"
        assert after.price is not None  # noqa: S101 - a bid was placed
        id_ = new_id()
        await bids.add(
            session, id=id_, round_id=row.id, entry_id=entry.id, person_id=actor.person_id, key=command.key,
            amount=command.amount, maximum=maximum, outcome=outcome, price=after.price, at=now,
        )  # fmt: skip
        await bids.add_prices(
            session,
            [
                {"round_id": row.id, "seq": row.seq + n, "entry_id": s.bidder, "price": s.price,
                 "automatic": s.automatic, "at": now}
                for n, s in enumerate(steps, 1)
            ],
        )  # fmt: skip
        values: dict[str, Any] = {
            "price": after.price, "leader_id": after.leader, "leader_max": after.maximum, "seq": row.seq + len(steps),
        }  # fmt: skip
        values |= self._extension(row, now) if steps else {}
        await repository.set_fields(session, row.id, **values)
        audit.record(session, actor, "round.bid", "round", row.id, {"bid": str(id_), "outcome": outcome})
        ends_at = values.get("ends_at", row.ends_at)
        if "ends_at" in values:
            outbox.publish_at(session, ends_at, "round.due", round_id=row.id)
        if steps:
            await publish_live(session, row.id)
        if before.leader not in (None, after.leader):
            outbox.publish(session, "round.outbid", round_id=row.id, entry_id=str(before.leader), bid_id=id_)
        return BidResult(outcome=outcome, price=after.price, least=rules.least(after), ends_at=ends_at)

    @staticmethod
    def _extension(row: Round, now: datetime) -> dict[str, Any]:
        """Nobody wins by waiting for the last second: a bid in the last minutes moves the end."""
        used_up = row.extensions_max is not None and row.extensions >= row.extensions_max
        if not row.snipe_minutes or used_up or now < row.ends_at - timedelta(minutes=row.snipe_minutes):
            return {}
        return {"ends_at": row.ends_at + timedelta(minutes=row.extend_minutes), "extensions": row.extensions + 1}


english = English()
