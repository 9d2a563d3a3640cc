"""Complaints of the requester and their answers; and what the calendar and the asset do to a case."""

from __future__ import annotations

from uuid import UUID

from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.ids import new_id
from app.listings import listings
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work
from app.valuations import errors, policy, repository
from app.valuations.models import ValuationComplaint
from app.valuations.requesting import Requesting
from app.valuations.schemas.choices import Answer
from app.valuations.schemas.commands import AnswerComplaint, Complain
from app.valuations.workflow import COMPLAINT, IN_HAND, VALUATION

CALENDAR = system("santex calendar")
IN_ONE_SWEEP = 500


class Complaining(Requesting):
    async def complain(self, actor: Actor, valuation_id: UUID, command: Complain) -> UUID:
        """Say what is wrong with the delivered report, once a report, within the days of the rule."""
        await self._allowed(actor, valuation_id, "complain")
        now, id_ = clock.now(), new_id()
        async with unit_of_work() as session:
            row = await self._locked(session, valuation_id)
            facts = await self._facts(actor, row)
            if facts.status != "delivered":
                raise VALUATION.refusal("reopen", facts.status)
            if not policy.possible("complain", facts):
                raise errors.complaint_over()
            report = (await repository.reports(session, valuation_id))[-1]
            await repository.add(
                session, ValuationComplaint, id=id_, valuation_id=valuation_id, report_id=report.id,
                status=COMPLAINT.initial, status_at=now, filed_at=now, person_id=actor.person_id, words=command.words,
            )  # fmt: skip
            detail = {"valuation": str(valuation_id), "report": str(report.id)}
            await state.note(session, COMPLAINT, id_, "file", None, COMPLAINT.initial, actor, detail=detail)
        return id_

    async def answer_complaint(self, actor: Actor, valuation_id: UUID, command: AnswerComplaint) -> None:
        """The provider keeps the result or does it anew, with the reason. Done anew, the case goes back to work for a
        new version; the report that was delivered stays readable and is shown no more."""
        await self._allowed(actor, valuation_id, "answer_complaint")
        async with unit_of_work() as session:
            row = await self._now(session, actor, valuation_id, "answer_complaint", "reopen")
            open_ = next(c for c in await repository.complaints(session, valuation_id) if c.status == "filed")
            redo = command.answer is Answer.redo
            await state.transition(
                session, ValuationComplaint, open_.id, COMPLAINT, "uphold" if redo else "answer", actor,
                reason=command.reason, values={"answer": command.reason}, detail={"valuation": str(valuation_id)},
            )  # fmt: skip
            if redo:
                gone = {"delivered_at": None, "received_at": None, "shown": False}
                gone |= {"sheet_id": None, "value": None, "low": None, "high": None}
                await self._move(session, actor, valuation_id, "reopen", reason=command.reason, values=gone)
            if row.shown and redo:
                outbox.publish(session, "valuation.hide", valuation_id=valuation_id)

    # --- the calendar and the asset (tasks) ---

    async def sweep(self) -> int:
        """Results whose last day has gone expire; requests that nobody was chosen for in time lapse. How many. What is
        read does not wait for this: it is computed by the date."""
        today = clock.today()
        async with reading() as session:
            due = [r.id for r in await repository.due(session, today, IN_ONE_SWEEP)]
        done = 0
        for valuation_id in due:
            async with unit_of_work() as session:
                row = await repository.lock(session, valuation_id)
                if row is None or row.id not in {r.id for r in await repository.due(session, today, IN_ONE_SWEEP)}:
                    continue  # moved a moment ago
                action = "expire" if row.status in IN_HAND else "lapse"
                await self._move(session, CALENDAR, valuation_id, action, values={"shown": False})
                await self._wind_up(session, CALENDAR, row, action)
                done += 1
        return done

    async def asset_edited(self, listing_id: UUID) -> int:
        """The listing was edited: cases that looked at an earlier version are marked, once; how many were."""
        version = (await listings.read(system(), listing_id)).version
        async with reading() as session:
            touched = await repository.touched_by(session, listing_id, version)
        done = 0
        for valuation_id in touched:
            async with unit_of_work() as session:
                if await repository.mark_changed(session, valuation_id, clock.now()):
                    detail = {"listing_version": version}
                    audit.record(session, CALENDAR, "valuation.asset_changed", "valuation", valuation_id, detail)
                    outbox.publish(session, "valuation.asset_changed", valuation_id=valuation_id)
                    done += 1
        return done
