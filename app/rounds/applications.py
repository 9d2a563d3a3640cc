"""Taking part: applications, deposits, and objections to an announcement. The round is locked before its entries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.accounts import organisations_by_id
from app.kit import clock
from app.kit.actor import ANONYMOUS, Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.platform import audit, outbox, rates, state
from app.platform.db import reading, unit_of_work
from app.rounds import errors, policy, ties
from app.rounds.models import Deposit, Entry, Round
from app.rounds.planning import visible
from app.rounds.repository import entries
from app.rounds.repository import rounds as repository
from app.rounds.schemas import (
    AdmitEntry,
    AnswerObjection,
    ApplyToRound,
    DeclareDeposit,
    EntryView,
    FileObjection,
    Kind,
    Why,
)
from app.rounds.showing import entry_views
from app.rounds.workflow import DEPOSIT, ENTRY, ROUND


async def _locked(session: Any, round_id: UUID) -> Round:
    row = await repository.lock(session, round_id)
    if row is None:
        raise NotFound
    return row


class Participants:
    async def apply(self, actor: Actor, round_id: UUID, command: ApplyToRound) -> UUID:
        """Ask to take part, while registration runs by the database's clock; the application's id."""
        row = await visible(actor, round_id)
        if actor.anonymous:
            raise Unauthenticated
        if policy.is_owner(actor, row.org_id):
            raise errors.own_round()
        if not policy.may_take_part(actor, row.org_id) or actor.org_id is None:
            raise Forbidden
        async with reading() as session:
            org = (await organisations_by_id(session, [actor.org_id]))[actor.org_id]
        if not org.verified:
            raise errors.unverified()
        if row.kind == Kind.announcement:
            raise ROUND.refusal("open", row.status)
        await ties.refuse(row, actor.org_id, actor.person_id)
        id_, now = new_id(), clock.now()
        async with unit_of_work() as session:
            locked = await _locked(session, round_id)
            if locked.status != "announced" or await repository.now(session) >= locked.registration_until:
                raise errors.registration_over()
            made = await entries.add(
                session, id=id_, round_id=round_id, org_id=actor.org_id, person_id=actor.person_id,
                status=ENTRY.initial, status_at=now, applied_at=now, message=command.message,
            )  # fmt: skip
            if made is None:
                raise errors.already_applied()
            await state.note(session, ENTRY, id_, "apply", None, ENTRY.initial, actor, detail={"round": str(round_id)})
            if locked.deposit:
                deposit_id = new_id()
                await entries.add_deposit(
                    session, id=deposit_id, round_id=round_id, entry_id=id_, amount=locked.deposit,
                    status=DEPOSIT.initial, status_at=now,
                )  # fmt: skip
                await state.note(session, DEPOSIT, deposit_id, "ask", None, DEPOSIT.initial, actor)
        return id_

    async def withdraw(self, actor: Actor, round_id: UUID) -> None:
        """Leave before bids are taken; a deposit is released."""
        row, entry = await self._own(actor, round_id)
        async with unit_of_work() as session:
            locked = await _locked(session, row.id)
            if locked.status != "announced":
                raise ENTRY.refusal("withdraw", entry.status)
            await state.transition(session, Entry, entry.id, ENTRY, "withdraw", actor)
            await self._release(session, actor, entry.id)

    async def declare_deposit(self, actor: Actor, round_id: UUID, command: DeclareDeposit) -> None:
        """Say where the deposit was paid; the operator looks for it."""
        row, entry = await self._own(actor, round_id)
        async with unit_of_work() as session:
            await _locked(session, row.id)
            deposit = await entries.deposit(session, entry.id)
            if deposit is None:
                raise NotFound
            await state.transition(
                session, Deposit, deposit.id, DEPOSIT, "declare", actor,
                values={"evidence": command.evidence, "reason": None},
            )  # fmt: skip

    @staticmethod
    async def _own(actor: Actor, round_id: UUID) -> tuple[Round, Entry]:
        """Visible (404) -> one who may bind an organisation with an application (401, 403)."""
        row = await visible(actor, round_id)
        if actor.anonymous:
            raise Unauthenticated
        if not policy.may_take_part(actor, row.org_id) or actor.org_id is None:
            raise Forbidden
        async with reading() as session:
            entry = await entries.of_org(session, round_id, actor.org_id)
        if entry is None:
            raise errors.not_admitted()
        return row, entry

    # --- the operator ---

    async def _ruled(self, actor: Actor, entry_id: UUID) -> Entry:
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            entry = await entries.get(session, entry_id)
        if entry is None or not (actor.is_operator or entry.org_id == actor.org_id):
            raise NotFound
        if not policy.may_operate(actor):
            raise Forbidden
        return entry

    async def round_of(self, actor: Actor, entry_id: UUID) -> UUID:
        """The round of an application the actor may see; NotFound otherwise."""
        return (await self._ruled(actor, entry_id)).round_id

    async def peek(self, entry_id: UUID) -> EntryView:
        """For the exchange's own messages; NotFound when there is no such application."""
        async with reading() as session:
            entry = await entries.get(session, entry_id)
        if entry is None:
            raise NotFound
        return (await entry_views(ANONYMOUS, [entry]))[0]

    async def of_deposit(self, deposit_id: UUID) -> EntryView:
        """The application a deposit belongs to, for the exchange's own messages."""
        async with reading() as session:
            entry_id = await entries.entry_of_deposit(session, deposit_id)
        if entry_id is None:
            raise NotFound
        return await self.peek(entry_id)

    async def approve(self, actor: Actor, entry_id: UUID, command: AdmitEntry | None = None) -> None:
        """Admit an organisation: verified, no part of the owner and tied to nobody that forbids it. A tie that only
        may matter wants the operator's reason, which is kept in the history. It gets the next number."""
        entry = await self._ruled(actor, entry_id)
        reason = command.reason if command else None
        async with unit_of_work() as session:
            row = await _locked(session, entry.round_id)
            org = (await organisations_by_id(session, [entry.org_id]))[entry.org_id]
            if not org.verified:
                raise errors.unverified()
            if entry.org_id == row.org_id:
                raise errors.own_round()
            if row.status != "announced":
                raise ROUND.refusal("open", row.status)
            ENTRY.check("approve", entry.status)
            found = await ties.weighed(session, row, entry, reason)
            number = entry.number or await entries.next_number(session, row.id)
            await state.transition(
                session, Entry, entry_id, ENTRY, "approve", actor, values={"number": number},
                reason=reason if found else None, detail={"ties": [t.words.en for t in found]} if found else None,
            )  # fmt: skip

    async def reject(self, actor: Actor, entry_id: UUID, command: Why) -> None:
        """Keep an organisation out, with the reason it reads; until bids are taken."""
        entry = await self._ruled(actor, entry_id)
        async with unit_of_work() as session:
            row = await _locked(session, entry.round_id)
            if row.status != "announced":
                raise ENTRY.refusal("reject", entry.status)
            await state.transition(
                session, Entry, entry_id, ENTRY, "reject", actor, reason=command.reason,
                values={"reason": command.reason},
            )  # fmt: skip
            await self._release(session, actor, entry_id)

    async def confirm_deposit(self, actor: Actor, entry_id: UUID) -> None:
        """The operator has seen the deposit where it was paid."""
        await self._deposit(actor, entry_id, "confirm", None)

    async def question_deposit(self, actor: Actor, entry_id: UUID, command: Why) -> None:
        """The operator does not find it: to be declared again."""
        await self._deposit(actor, entry_id, "question", command.reason)

    async def _deposit(self, actor: Actor, entry_id: UUID, action: str, reason: str | None) -> None:
        entry = await self._ruled(actor, entry_id)
        async with unit_of_work() as session:
            row = await _locked(session, entry.round_id)
            if row.status not in ("announced", "open"):
                raise ROUND.refusal("close", row.status)
            deposit = await entries.deposit(session, entry_id)
            if deposit is None:
                raise NotFound
            await state.transition(
                session, Deposit, deposit.id, DEPOSIT, action, actor, reason=reason, values={"reason": reason}
            )

    @staticmethod
    async def _release(session: Any, actor: Actor, entry_id: UUID) -> None:
        deposit = await entries.deposit(session, entry_id)
        if deposit is not None and deposit.status != "released":
            await state.transition(session, Deposit, deposit.id, DEPOSIT, "release", actor)

    # --- objections to an announcement ---

    async def file_objection(self, actor: Actor, round_id: UUID, command: FileObjection) -> UUID:
        """Say what stands against the intended party or price, while the announcement runs; its id."""
        row = await visible(actor, round_id)
        if actor.anonymous:
            raise Unauthenticated
        if policy.is_owner(actor, row.org_id):
            raise errors.own_round()
        if not policy.may_take_part(actor, row.org_id) or actor.org_id is None:
            raise Forbidden
        await rates.hit(f"objection:{actor.org_id}", 10, 3600)
        id_ = new_id()
        async with unit_of_work() as session:
            locked = await _locked(session, round_id)
            now = await repository.now(session)
            if locked.kind != Kind.announcement or locked.status != "announced" or now >= locked.ends_at:
                raise errors.too_late()
            await repository.add_objection(
                session, id=id_, round_id=round_id, org_id=actor.org_id, person_id=actor.person_id, text=command.text,
                at=now,
            )  # fmt: skip
            audit.record(session, actor, "round.object", "round", round_id, {"objection": str(id_)})
            outbox.publish(session, "round.object", round_id=round_id, objection_id=id_)
        return id_

    async def answer_objection(
        self, actor: Actor, round_id: UUID, objection_id: UUID, command: AnswerObjection
    ) -> None:
        """The owner answers; both are read by everybody."""
        row = await visible(actor, round_id)
        async with reading() as session:
            found = await repository.objection(session, objection_id)
        if found is None or found.round_id != round_id:
            raise NotFound
        if not policy.may_plan(actor, row.org_id):
            raise Unauthenticated if actor.anonymous else Forbidden
        async with unit_of_work() as session:
            locked = await _locked(session, round_id)
            if locked.status not in ("announced", "closed"):
                raise ROUND.refusal("award", locked.status)
            if not await repository.answer_objection(session, objection_id, command.answer, clock.now()):
                raise ROUND.refusal("award", locked.status)
            audit.record(session, actor, "round.answer", "round", round_id, {"objection": str(objection_id)})
            outbox.publish(session, "round.answer", round_id=round_id, objection_id=objection_id)


participants = Participants()
