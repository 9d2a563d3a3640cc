"""Sealed bids and their opening.

Laying an envelope in writes one row that names nobody, and nothing else: no audit entry, no outbox message, no count
of uses. What a bidder gets instead is the envelope's hash, which stands in the log that is published at the opening.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections import defaultdict, deque
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.accounts import accounts, people_names
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import DomainError, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id, sealed_id
from app.platform import audit, rates, state
from app.platform.db import reading, unit_of_work
from app.rounds import cipher, errors, policy, tally
from app.rounds.english import admitted, in_time, paid
from app.rounds.models import KeyTurn, Officer, OfficerKey, Round
from app.rounds.planning import visible
from app.rounds.repository import entries, sealed
from app.rounds.repository import rounds as repository
from app.rounds.running import log, running
from app.rounds.schemas import (
    Kind,
    MakeOfficerKey,
    OfficerKeys,
    OfficerKeyView,
    OfficerView,
    Receipt,
    SealBid,
    TurnKey,
)
from app.rounds.showing import publish_live
from app.rounds.workflow import ROUND

TURN_MINUTES = 30
# Envelopes a bidder may lay in within ten minutes, counted in this process's memory only.
BURST, BURST_SECONDS = 10, 600.0
MOST_ENVELOPES = 5000


class Sealing:
    def __init__(self) -> None:
        self._laid: dict[UUID, deque[float]] = defaultdict(deque)

    # --- bids ---

    async def seal(self, actor: Actor, round_id: UUID, command: SealBid) -> Receipt:
        """Bid in a sealed envelope, or replace one's bid: the last one counts. The receipt is shown once."""
        return await self._lay(actor, round_id, command.amount)

    async def take_back(self, actor: Actor, round_id: UUID) -> Receipt:
        """Take one's bid back: an envelope like any other, with no amount in it."""
        return await self._lay(actor, round_id, None)

    async def _lay(self, actor: Actor, round_id: UUID, amount: int | None) -> Receipt:
        row = await visible(actor, round_id)
        entry = await admitted(actor, row)
        if row.kind != Kind.sealed:
            raise errors.not_yet()
        await running.advance(round_id)
        async with reading() as session:
            row = await repository.get(session, round_id) or row
            now = await repository.now(session)
            in_time(row, now)
            await paid(session, row, entry)
        if amount is not None and amount < (row.start_price or 0):
            raise errors.below(row.start_price or 0)
        self._often(entry.id)
        assert row.public_key is not None  # noqa: S101 - an announced sealed round has its key
        content = {
            "round": str(round_id), "entry": str(entry.id), "amount": amount, "at": now.isoformat(),
            "nonce": secrets.token_hex(16),
        }  # fmt: skip
        ciphertext = cipher.envelope(row.public_key, content)
        digest = hashlib.sha256(ciphertext).hexdigest()
        async with unit_of_work() as session:
            if not await sealed.put(session, round_id, sealed_id(), ciphertext, digest, MOST_ENVELOPES):
                raise errors.too_late()
        return Receipt(round_id=round_id, sha256=digest, amount=amount, at=now)

    def _often(self, entry_id: UUID) -> None:
        times, now = self._laid[entry_id], time.monotonic()
        while times and times[0] < now - BURST_SECONDS:
            times.popleft()
        if len(times) >= BURST:
            raise errors.too_often()
        times.append(now)

    async def holds(self, actor: Actor, round_id: UUID, sha256: str) -> bool:
        """Whether an envelope with this hash lies in the round: what a bidder asks with the receipt."""
        await visible(actor, round_id)
        async with reading() as session:
            return await sealed.holds(session, round_id, sha256.strip().lower())

    # --- keys of officers ---

    async def officer_key(self, actor: Actor) -> OfficerKeys:
        """One's own key; for operators."""
        person_id = self._operator(actor)
        async with reading() as session:
            found = await sealed.used_key(session, person_id)
        if found is None:
            return OfficerKeys(key=None)
        return OfficerKeys(key=OfficerKeyView(public_key=found.public_key.hex(), made_at=found.made_at))

    async def make_officer_key(self, actor: Actor, command: MakeOfficerKey) -> OfficerKeys:
        """A new key pair, its private half locked with the passphrase. Rounds announced before keep the old one,
        so the old passphrase must not be forgotten until they are opened."""
        person_id = self._operator(actor)
        made = await asyncio.to_thread(cipher.new_officer_key, command.passphrase)
        id_, now = new_id(), clock.now()
        async with unit_of_work() as session:
            await sealed.retire_key(session, person_id, now)
            await sealed.add_key(
                session, id=id_, person_id=person_id, public_key=made.public, locked=made.locked, salt=made.salt,
                passes=made.passes, memory=made.memory, made_at=now,
            )  # fmt: skip
            audit.record(session, actor, "officer_key.make", "officer_key", id_, {"public": made.public.hex()})
        return await self.officer_key(actor)

    @staticmethod
    def _operator(actor: Actor) -> UUID:
        if actor.person_id is None:
            raise Unauthenticated
        if not policy.may_operate(actor):
            raise Forbidden
        return actor.person_id

    async def possible_officers(self, actor: Actor) -> list[OfficerView]:
        """Operators who have a key, for the form that names them."""
        self._operator(actor)
        async with reading() as session:
            keyed = await sealed.used_keys(session)
            names = await people_names(session, keyed)
        serving = await accounts.operators_among(keyed)
        return [OfficerView(person_id=p, name=names[p]) for p in sorted(serving, key=lambda p: names[p])]

    # --- the opening ---

    async def turn_key(self, actor: Actor, round_id: UUID, command: TurnKey) -> bool:
        """An officer gives their share, by typing the passphrase. The first one's waits for half an hour, sealed to the
        others; with the second one's every envelope is opened, in one transaction. True when that has happened."""
        row = await visible(actor, round_id)
        if actor.anonymous:
            raise Unauthenticated
        if not policy.may_operate(actor) or row.kind != Kind.sealed:
            raise Forbidden
        async with reading() as session:
            named = {o.person_id: o for o in await sealed.officers(session, round_id)}
            own = named.get(actor.person_id) if actor.person_id else None
            key = await sealed.key(session, own.key_id) if own else None
        if own is None or key is None:
            raise errors.not_officer()
        await running.advance(round_id)
        async with reading() as session:
            row = await repository.get(session, round_id) or row
        ROUND.check("unseal", row.status)
        private = await self._unlocked(key, command.passphrase)
        opened = await self._turned(actor, round_id, named, own, private)
        if opened:
            try:
                await running.conclude(actor, round_id)
            except DomainError as refusal:
                log.warning("round %s is opened and has no result yet: %s", round_id, refusal)
        return opened

    @staticmethod
    async def _unlocked(key: OfficerKey, passphrase: str) -> bytes:
        await rates.hit(f"officer-key:{key.person_id}", 10, 900)
        locked = cipher.LockedKey(key.public_key, key.locked, key.salt, key.passes, key.memory)
        try:
            return await asyncio.to_thread(cipher.unlock, locked, passphrase)
        except cipher.Unreadable:
            raise errors.wrong_passphrase() from None

    async def _turned(
        self, actor: Actor, round_id: UUID, named: dict[UUID, Officer], own: Officer, private: bytes
    ) -> bool:
        if own.share is None:
            raise errors.broken_shares()
        share = cipher.unseal(private, own.share)
        async with unit_of_work() as session:
            row = await repository.lock(session, round_id)
            if row is None:
                raise NotFound
            ROUND.check("unseal", row.status)
            turns = await sealed.turns(session, round_id)
            waiting = next((t for t in turns if t.to_id == own.person_id), None)
            audit.record(session, actor, "round.turn_key", "round", round_id, {"second": waiting is not None})
            if waiting is None:
                if any(t.from_id == own.person_id for t in turns):
                    raise errors.already_turned()
                await self._wait(session, round_id, named, own, share)
                return False
            await self._open(session, actor, row, waiting, private, share)
        return True

    @staticmethod
    async def _wait(session: Any, round_id: UUID, named: dict[UUID, Officer], own: Officer, share: bytes) -> None:
        """Keep the first share, readable by each of the other officers and by nobody else."""
        until = await repository.now(session) + timedelta(minutes=TURN_MINUTES)
        rows = []
        for person_id, officer in named.items():
            key = await sealed.key(session, officer.key_id)
            if person_id != own.person_id and key is not None:
                rows.append(
                    {"round_id": round_id, "from_id": own.person_id, "to_id": person_id,
                     "share": cipher.seal(key.public_key, share), "until": until}
                )  # fmt: skip
        await sealed.turn(session, rows)

    @staticmethod
    async def _open(session: Any, actor: Actor, row: Round, waiting: KeyTurn, private: bytes, share: bytes) -> None:
        try:
            secret = cipher.join_shares([cipher.unseal(private, waiting.share), share])
        except cipher.Unreadable:
            raise errors.broken_shares() from None
        if cipher.public_of(secret) != row.public_key or row.reserve_sealed is None:
            raise errors.broken_shares()
        papers = []
        for e in await sealed.envelopes(session, row.id):
            try:
                content: dict[str, Any] | None = cipher.open_envelope(secret, e.ciphertext)
            except cipher.Unreadable:
                content = None
            papers.append(tally.Paper(e.id, e.sha256, content))
        reserve = int(cipher.open_envelope(secret, row.reserve_sealed)["reserve"])
        approved = {e.id for e in await entries.of_round(session, row.id, ("approved",))}
        result = tally.tally(papers, row.id, approved, least=row.start_price or 0, reserve=reserve)
        await sealed.add_opened(
            session,
            [
                {"envelope_id": r.envelope_id, "round_id": row.id, "entry_id": r.entry_id, "amount": r.amount,
                 "at": r.at, "standing": r.standing, "why": r.why}
                for r in result.papers
            ],
        )  # fmt: skip
        await sealed.forget_turns(session, row.id)
        await state.transition(
            session, Round, row.id, ROUND, "unseal", actor, detail={"envelopes": len(papers)},
            values={
                "reserve": reserve,
                "winner_id": result.winner.entry_id if result.winner else None,
                "result_price": result.best.amount if result.best else None,
            },
        )  # fmt: skip
        await publish_live(session, row.id)


sealing = Sealing()
