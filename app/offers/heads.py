"""Heads of terms (biên bản ghi nhớ): an L1 fact with an end, at which each side says what became of it.

Made from the accepted terms, from a file both signed, or from a typed summary; confirmed by the other side. It binds
nobody to contract, holds no listing, and its value is added to nothing. Lock order: listing, deal, memorandum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from app.deals import REASONS, DealView, Side, deals
from app.integrations.storage import storage
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import DomainError, Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.kit.text import Text
from app.listings import listings
from app.offers import errors, policy, repository
from app.offers.models import Memorandum, MemorandumOutcome
from app.offers.repository import heads as rows
from app.offers.schemas import (
    DeclineMemorandum,
    GiveOutcome,
    MemorandumFile,
    MemorandumList,
    MemorandumView,
    Outcome,
    OutcomeView,
    ProposeMemorandum,
    Terms,
)
from app.offers.workflow import MEMORANDUM
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work

# Days before the end on which both sides hear of it, the nearest first; days after it until the operator hears.
REMINDERS = (3, 14)
OVERDUE_DAYS = 7
LONGEST_DAYS = 3 * 366
LIVE = ("interested", "negotiating", "agreed")


class Memoranda:
    # --- reading ---

    async def of_deal(self, actor: Actor, deal_id: UUID) -> MemorandumList:
        """The deal's memoranda, the newest first: for the parties, their brokers and the operator."""
        return await self.in_deal(actor, await deals.read(actor, deal_id))

    async def in_deal(self, actor: Actor, deal: DealView) -> MemorandumList:
        """The same for a deal that was read already."""
        if not policy.may_read_terms(actor, deal.side, deal.capacity):
            return MemorandumList(items=[])
        async with reading() as session:
            found = await rows.of_deal(session, deal.id)
            said = await rows.outcomes(session, [r.id for r in found])
        return MemorandumList(items=[self._view(actor, deal.side, r, said[r.id], deal.status) for r in found])

    async def overdue(self, actor: Actor) -> MemorandumList:
        """What is past its end without an outcome of both sides: for the operator."""
        if not actor.is_operator:
            raise Unauthenticated if actor.anonymous else Forbidden
        async with reading() as session:
            found = await rows.overdue(session)
            said = await rows.outcomes(session, [r.id for r in found])
        numbers = await deals.references([r.deal_id for r in found])
        items = [self._view(actor, None, r, said[r.id], "negotiating") for r in found]
        for item in items:
            item.reference = numbers[item.deal_id]
        return MemorandumList(items=items)

    async def peek(self, memorandum_id: UUID) -> MemorandumView:
        """One of them for the exchange's own messages."""
        async with reading() as session:
            row = await rows.memorandum(session, memorandum_id)
            said = await rows.outcomes(session, [memorandum_id])
        if row is None:
            raise NotFound
        return self._view(system(), None, row, said[row.id], "negotiating")

    async def deal_of(self, actor: Actor, memorandum_id: UUID) -> UUID:
        """The deal of a memorandum the actor may see; NotFound otherwise."""
        row, _ = await self._seen(actor, memorandum_id)
        return row.deal_id

    async def open_file(self, actor: Actor, memorandum_id: UUID) -> MemorandumFile:
        """The signed file, for whoever may read the terms; each look is written down."""
        row, _ = await self._seen(actor, memorandum_id)
        if row.storage_key is None:
            raise NotFound
        async with unit_of_work() as session:
            audit.record(session, actor, "memorandum.open_file", "memorandum", memorandum_id)
        return MemorandumFile(row.file_name or "bien-ban.pdf", storage().stream(row.storage_key))

    @staticmethod
    def _view(
        actor: Actor, side: Side | None, row: Memorandum, said: Sequence[MemorandumOutcome], deal_status: str
    ) -> MemorandumView:
        mine = {o.side: o for o in said if o.term == row.term}
        return MemorandumView(
            id=row.id, deal_id=row.deal_id, kind=row.kind, side=Side(row.side), proposed_by=row.person_name,
            proposed_at=row.proposed_at, summary=row.summary, value=row.value, signed_on=row.signed_on,
            sha256=row.sha256, file_name=row.file_name, expires_on=row.expires_on, term=row.term, status=row.status,
            status_at=row.status_at, outcome=Outcome(row.outcome) if row.outcome else None,
            overdue=bool(row.overdue_at),
            outcomes=[
                OutcomeView(
                    term=o.term, side=Side(o.side), person=o.person_name, kind=Outcome(o.kind),
                    reason_code=o.reason_code, note=o.note, until=o.until, at=o.at,
                )
                for o in said
            ],
            differ=len({o.kind for o in mine.values()}) > 1,
            actions=policy.memorandum_actions(actor, side, Side(row.side), row.status, deal_status),
        )  # fmt: skip

    # --- made by one side, confirmed by the other ---

    async def propose(
        self, actor: Actor, deal_id: UUID, command: ProposeMemorandum, file: tuple[str, bytes] | None = None
    ) -> UUID:
        """Put a memorandum to the other side; its id. `file` is (name, PDF). Without a file and without words it is
        made from the accepted terms; Invalid when there are none. Conflict while another one lives."""
        deal = await deals.read(actor, deal_id)
        side = self._binding(actor, deal)
        if not clock.today() < command.expires_on <= clock.today() + timedelta(days=LONGEST_DAYS):
            raise errors.memorandum_date()
        if command.signed_on and command.signed_on > clock.today():
            raise errors.signed_in_future()
        if file and not file[1].startswith(b"%PDF-"):
            raise errors.not_a_pdf()
        sheet = None if file or command.summary else await self._agreed_terms(deal)
        if not (file or command.summary or sheet):
            raise errors.memorandum_empty()
        id_, key = new_id(), None
        if file:
            key = f"memoranda/{deal_id}/{id_}"
            await storage().put(key, file[1])
        content = file[1] if file else (command.summary or "").encode()
        async with unit_of_work() as session:
            if (await deals.locked(deal_id)).status not in LIVE:
                raise errors.deal_is_over()
            made = await rows.add(
                session,
                id=id_,
                deal_id=deal_id,
                kind="file" if file else "terms" if sheet else "text",
                side=side.value,
                org_id=actor.org_id,
                person_id=actor.person_id,
                person_name=actor.person_name,
                proposed_at=clock.now(),
                summary=command.summary or "",
                value=command.value if command.value is not None else sheet.value if sheet else None,
                signed_on=command.signed_on,
                sha256=sheet.hash() if sheet else hashlib.sha256(content).hexdigest(),
                file_name=file[0][:200] if file else None,
                storage_key=key,
                expires_on=command.expires_on,
                status=MEMORANDUM.initial,
                status_at=clock.now(),
            )
            if not made:
                raise errors.memorandum_lives()
            await state.note(session, MEMORANDUM, id_, "propose", None, MEMORANDUM.initial, actor)
        return id_

    @staticmethod
    async def _agreed_terms(deal: DealView) -> Terms | None:
        if deal.agreed_offer_id is None:
            return None
        async with reading() as session:
            row = await repository.offer(session, deal.agreed_offer_id)
        return Terms.model_validate(row.terms) if row else None

    async def confirm(self, actor: Actor, memorandum_id: UUID) -> None:
        """The other side confirms: evidence L1, and the clock towards its end runs."""
        row, deal = await self._answerable(actor, memorandum_id)
        async with unit_of_work() as session:
            await listings.lock(deal.listing.id)
            if (await deals.locked(row.deal_id)).status not in LIVE:
                raise errors.deal_is_over()
            if row.expires_on <= clock.today():
                raise errors.memorandum_date()
            await state.transition(
                session, Memorandum, memorandum_id, MEMORANDUM, "confirm", actor, values={"confirmed_at": clock.now()}
            )
            await deals.record_memorandum(
                actor, row.deal_id, value=row.value, signed_on=row.signed_on, sha256=row.sha256
            )

    async def decline(self, actor: Actor, memorandum_id: UUID, command: DeclineMemorandum) -> None:
        """The other side does not confirm, and says why."""
        await self._answerable(actor, memorandum_id)
        async with unit_of_work() as session:
            await state.transition(
                session, Memorandum, memorandum_id, MEMORANDUM, "decline", actor, reason=command.reason
            )

    async def withdraw(self, actor: Actor, memorandum_id: UUID) -> None:
        """Its proposer takes it back before it is confirmed."""
        row, deal = await self._seen(actor, memorandum_id)
        if self._binding(actor, deal) is not Side(row.side):
            raise errors.not_own_memorandum()
        async with unit_of_work() as session:
            await state.transition(session, Memorandum, memorandum_id, MEMORANDUM, "withdraw", actor)

    async def give_outcome(self, actor: Actor, memorandum_id: UUID, command: GiveOutcome) -> None:
        """One side says what became of it, from 14 days before the end on; the last word of a side counts. When
        one side ended it, or both say the same, it is settled: resolved, or running on to the earlier date."""
        row, deal = await self._seen(actor, memorandum_id)
        side = self._binding(actor, deal)
        self._plausible(row, command)
        async with unit_of_work() as session:
            await listings.lock(deal.listing.id)
            await deals.locked(row.deal_id)
            locked = await rows.lock(session, memorandum_id)
            if locked.status not in ("confirmed", "due"):
                raise MEMORANDUM.refusal("resolve", locked.status)
            await rows.say(
                session, memorandum_id=memorandum_id, term=locked.term, side=side.value, org_id=actor.org_id,
                person_name=actor.person_name, kind=command.outcome.value, reason_code=command.reason_code,
                note=command.note, until=command.until, at=clock.now(),
            )  # fmt: skip
            audit.record(
                session, actor, "memorandum.outcome", "memorandum", memorandum_id, {"outcome": command.outcome.value}
            )
            outbox.publish(session, "memorandum.outcome", memorandum_id=memorandum_id)
            await self._settle(actor, locked)

    @staticmethod
    def _plausible(row: Memorandum, command: GiveOutcome) -> None:
        runs_on = command.outcome in (Outcome.extended, Outcome.in_progress)
        least = max(row.expires_on, clock.today())
        if runs_on and (command.until is None or not least < command.until <= least + timedelta(days=LONGEST_DAYS)):
            raise errors.memorandum_until(least)
        if command.outcome is Outcome.ended and command.reason_code not in REASONS:
            raise Invalid(fields={"reason_code": Text("Hãy chọn lý do.", "Choose the reason.")})

    @staticmethod
    async def _settle(actor: Actor, row: Memorandum) -> None:
        async with unit_of_work() as session:
            last = {o.side: o for o in (await rows.outcomes(session, [row.id]))[row.id] if o.term == row.term}
            kinds = {o.kind for o in last.values()}
            if "ended" in kinds:
                word = next(o for o in last.values() if o.kind == "ended")
                await state.transition(
                    session, Memorandum, row.id, MEMORANDUM, "resolve", actor,
                    reason_code=word.reason_code, reason=word.note, values={"outcome": "ended", "overdue_at": None},
                )  # fmt: skip
            elif len(last) == len(Side) and kinds == {"contract_signed"}:
                await state.transition(
                    session, Memorandum, row.id, MEMORANDUM, "resolve", actor,
                    values={"outcome": "contract_signed", "overdue_at": None},
                )  # fmt: skip
            elif len(last) == len(Side) and kinds <= {"extended", "in_progress"}:
                until = min(o.until for o in last.values() if o.until)
                await state.transition(
                    session, Memorandum, row.id, MEMORANDUM, "extend", actor,
                    values={"expires_on": until, "term": row.term + 1, "reminded": None, "overdue_at": None},
                    detail={"until": until.isoformat()},
                )  # fmt: skip

    # --- checks ---

    @staticmethod
    def _binding(actor: Actor, deal: DealView) -> Side:
        if deal.side is None or not policy.may_bind(actor, deal.side):
            raise Forbidden
        return deal.side

    @staticmethod
    async def _seen(actor: Actor, memorandum_id: UUID) -> tuple[Memorandum, DealView]:
        async with reading() as session:
            row = await rows.memorandum(session, memorandum_id)
        if row is None:
            raise NotFound
        deal = await deals.read(actor, row.deal_id)
        if not policy.may_read_terms(actor, deal.side, deal.capacity):
            raise NotFound
        return row, deal

    async def _answerable(self, actor: Actor, memorandum_id: UUID) -> tuple[Memorandum, DealView]:
        row, deal = await self._seen(actor, memorandum_id)
        if self._binding(actor, deal) is Side(row.side):
            raise errors.other_side_confirms()
        return row, deal

    # --- what follows from the clock and the deal (tasks) ---

    async def follow_clock(self) -> int:
        """What reached its end falls due; reminders 14 and 3 days before; what stays unanswered is flagged. Moves."""
        today, done = clock.today(), 0
        async with reading() as session:
            ended = await rows.ended(session, today)
        for id_ in ended:
            done += await self._fall_due(id_, today)
        async with unit_of_work() as session:
            for days in REMINDERS:
                for id_, term in await rows.remind(session, days, today):
                    outbox.publish(session, "memorandum.remind", memorandum_id=id_, days=days, term=term)
                    done += 1
            for id_ in await rows.flag(session, today - timedelta(days=OVERDUE_DAYS), clock.now()):
                audit.record(session, system(), "memorandum.overdue", "memorandum", id_)
                outbox.publish(session, "memorandum.overdue", memorandum_id=id_)
                done += 1
        return done

    @staticmethod
    async def _fall_due(memorandum_id: UUID, today: date) -> int:
        try:
            async with unit_of_work() as session:
                await state.transition(
                    session, Memorandum, memorandum_id, MEMORANDUM, "expire", system(),
                    where=[rows.reached_its_end(today)],
                )  # fmt: skip
        except DomainError:
            return 0  # extended or settled in the meantime
        return 1

    async def follow_deal(self, deal_id: UUID) -> None:
        """The deal came to a contract, or was closed: its memorandum has its outcome from there."""
        deal = await deals.peek(deal_id)
        outcome = {"contracted": "contract_signed", "closed": "ended"}.get(deal.status)
        if outcome is None:
            return
        async with unit_of_work() as session:
            await deals.locked(deal_id)
            for row in await rows.live(session, deal_id):
                if row.status == "proposed":
                    await state.transition(session, Memorandum, row.id, MEMORANDUM, "withdraw", system())
                    continue
                await state.transition(
                    session, Memorandum, row.id, MEMORANDUM, "resolve", system(),
                    reason_code=deal.reason_code.value if deal.reason_code else None,
                    values={"outcome": outcome, "overdue_at": None},
                )  # fmt: skip


memoranda = Memoranda()
