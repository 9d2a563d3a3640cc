"""The verbs of claims: open, attach, answer, withdraw, decide, appeal, decide_appeal. What is decided stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app import accounts
from app.brokerage import errors, evidence, policy
from app.brokerage.evidence import OpenedFile, Upload
from app.brokerage.introducing import subject_of
from app.brokerage.mandating import party
from app.brokerage.models import ClaimFile, Introduction, IntroductionClaim
from app.brokerage.repository import claims as repository
from app.brokerage.repository import introductions as introductions_repository
from app.brokerage.schemas.claims import (
    AnswerClaim,
    AppealClaim,
    ClaimFileView,
    ClaimList,
    ClaimView,
    DecideClaim,
    DecisionView,
    OpenClaim,
)
from app.brokerage.schemas.introductions import NoThanks
from app.brokerage.workflow import CLAIM
from app.integrations.storage import storage
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import listings
from app.needs import needs
from app.platform import audit, rates, state
from app.platform.db import reading, unit_of_work

APPEAL_DAYS = 15
SHOWN = 200


class Claims:
    # --- reading ---

    async def read(self, actor: Actor, claim_id: UUID) -> ClaimView:
        """A claim as the two brokers and the operator read it."""
        async with reading() as session:
            row = await repository.claim(session, claim_id, actor)
        if row is None:
            raise NotFound
        return (await self._views(actor, [row]))[0]

    async def own(self, actor: Actor) -> ClaimList:
        """The claims of one's organisation; all of them for the operator, undecided ones first."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            rows = await repository.page(session, actor, SHOWN)
        return ClaimList(items=await self._views(actor, rows))

    async def _views(self, actor: Actor, rows: Sequence[IntroductionClaim]) -> list[ClaimView]:
        async with reading() as session:
            found = await introductions_repository.many(
                session, [x for r in rows for x in (r.introduction_id, r.against_id) if x]
            )
            decided = await repository.decisions(session, [r.id for r in rows])
            files = await repository.files(session, [r.id for r in rows])
            orgs = await accounts.organisations_by_id(
                session, {x for r in rows for x in (r.broker_org_id, r.respondent_org_id, r.appeal_org_id) if x}
            )
        cards = await listings.cards([i.listing_id for i in found.values() if i.listing_id])
        wanted = await needs.cards([i.need_id for i in found.values() if i.need_id])
        views = []
        for row in rows:
            own, other = found[row.introduction_id], found.get(row.against_id) if row.against_id else None
            standing = policy.claim_standing(actor, row.broker_org_id, row.respondent_org_id)
            ruled = decided.get(row.id, [])
            until = ruled[0].at + timedelta(days=APPEAL_DAYS) if ruled and row.status == "decided" else None
            views.append(
                ClaimView(
                    id=row.id,
                    reference=repository.reference_of(row.number),
                    introduction_id=row.introduction_id,
                    introduction_reference=own.reference,
                    against_reference=other.reference if other else None,
                    claimant=party(orgs[row.broker_org_id]),
                    respondent=party(orgs[row.respondent_org_id]) if row.respondent_org_id else None,
                    standing=standing,
                    subject=subject_of(own, cards, wanted),
                    claimant_sealed_at=own.sealed_at,
                    against_sealed_at=other.sealed_at if other else None,
                    reason=row.reason,
                    evidence=row.evidence,
                    files=[_file_view(row, f) for f in files.get(row.id, [])],
                    answer=row.answer,
                    answered_at=row.answered_at,
                    appeal_by=party(orgs[row.appeal_org_id]) if row.appeal_org_id else None,
                    appeal_reason=row.appeal_reason,
                    appealed_at=row.appealed_at,
                    opened_at=row.opened_at,
                    status=row.status,
                    status_at=row.status_at,
                    decisions=[DecisionView.model_validate(d, from_attributes=True) for d in ruled],
                    appeal_until=until,
                    actions=policy.claim_actions(
                        actor,
                        standing,
                        row.status,
                        answered=row.answer is not None,
                        appealable=until is not None and clock.now() <= until,
                        first_decider=ruled[0].person_id if ruled else None,
                    ),
                    is_demo=row.is_demo,
                )
            )
        return views

    async def open_file(self, actor: Actor, claim_id: UUID, file_id: UUID) -> OpenedFile:
        """A file as it was given, for the two brokers and the operator."""
        async with reading() as session:
            row = await repository.claim(session, claim_id, actor)
            found = await repository.file(session, claim_id, file_id)
        if row is None or found is None:
            raise NotFound
        return OpenedFile(found.name, found.media_type, found.size, storage().stream(found.storage_key))

    async def told(self, claim_id: UUID) -> tuple[IntroductionClaim, Introduction]:
        """For the exchange's own messages and reckonings: the claim and its introduction."""
        async with reading() as session:
            row = await repository.peek(session, claim_id)
            own = await introductions_repository.peek(session, row.introduction_id) if row else None
        if row is None or own is None:
            raise NotFound
        return row, own

    # --- the brokers ---

    async def open(
        self,
        actor: Actor,
        introduction_id: UUID,
        command: OpenClaim,
        files: Sequence[Upload] = (),
        *,
        is_demo: bool = False,
    ) -> UUID:
        """Claim that one's own introduction brought the two together, against the one that holds by the record."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            own = await introductions_repository.introduction(session, introduction_id, actor)
        if own is None:
            raise NotFound
        if own.broker_org_id != actor.org_id or not actor.can_manage:
            raise Forbidden
        now, id_ = clock.now(), new_id()
        async with evidence.stored(id_, files) as kept, unit_of_work() as session:
            locked = await introductions_repository.lock(session, introduction_id)
            if locked is None:
                raise NotFound
            rivals = await introductions_repository.rivals(session, locked)
            holder = next((r for r in rivals if r.sealed_at <= locked.sealed_at), None)
            if holder is None and locked.reason_code != NoThanks.already_known:
                raise errors.nothing_to_claim()
            made = await repository.add(
                session, id=id_, introduction_id=introduction_id, against_id=holder.id if holder else None,
                broker_org_id=own.broker_org_id, respondent_org_id=holder.broker_org_id if holder else None,
                reason=command.reason, evidence=command.evidence, person_id=actor.person_id, opened_at=now,
                status=CLAIM.initial, status_at=now, is_demo=is_demo,
            )  # fmt: skip
            if made is None:
                raise errors.already_claimed()
            await evidence.add(session, actor, id_, kept)
            detail = {"introduction": str(introduction_id), "against": str(holder.id) if holder else None}
            if kept:
                detail["files"] = " ".join(f.sha256 for f in kept)
            await state.note(session, CLAIM, id_, "open", None, CLAIM.initial, actor, detail=detail)
        return id_

    async def attach(self, actor: Actor, claim_id: UUID, files: Sequence[Upload]) -> None:
        """Give files as evidence, either broker, while somebody has yet to decide. What was given stays."""
        await self._broker(actor, claim_id)
        if not files:
            raise errors.no_file()
        await rates.hit(f"claim_file:{actor.person_id}", 30, 300)
        async with evidence.stored(claim_id, files) as kept, unit_of_work() as session:
            row = await self._locked(session, claim_id)
            if not policy.takes_evidence(row.status):
                raise errors.decided_already()
            await evidence.add(session, actor, claim_id, kept)
            detail = {"files": [f.sha256 for f in kept]}
            audit.record(session, actor, "introduction_claim.attach", "introduction_claim", claim_id, detail)

    async def answer(self, actor: Actor, claim_id: UUID, command: AnswerClaim) -> None:
        """The other broker's word on the claim, once."""
        row = await self._broker(actor, claim_id)
        if row.respondent_org_id != actor.org_id:
            raise Forbidden
        async with unit_of_work() as session:
            row = await self._locked(session, claim_id)
            CLAIM.check("decide", row.status)
            if row.answer is not None:
                raise errors.answered()
            await repository.set_fields(session, claim_id, answer=command.answer, answered_at=clock.now())
            audit.record(session, actor, "introduction_claim.answer", "introduction_claim", claim_id)

    async def withdraw(self, actor: Actor, claim_id: UUID) -> None:
        """Take one's claim back before it is decided."""
        row = await self._broker(actor, claim_id)
        if row.broker_org_id != actor.org_id:
            raise Forbidden
        async with unit_of_work() as session:
            await state.transition(session, IntroductionClaim, claim_id, CLAIM, "withdraw", actor)

    async def appeal(self, actor: Actor, claim_id: UUID, command: AppealClaim) -> None:
        """Ask once that another person of the operator decides, within the days for it; either broker may."""
        await self._broker(actor, claim_id)
        async with unit_of_work() as session:
            row = await self._locked(session, claim_id)
            CLAIM.check("appeal", row.status)
            first = (await repository.decisions(session, [claim_id]))[claim_id][0]
            if clock.now() > first.at + timedelta(days=APPEAL_DAYS):
                raise errors.appeal_too_late(APPEAL_DAYS)
            await state.transition(
                session, IntroductionClaim, claim_id, CLAIM, "appeal", actor, reason=command.reason,
                values={"appeal_org_id": actor.org_id, "appeal_reason": command.reason, "appealed_at": clock.now()},
            )  # fmt: skip

    # --- the operator ---

    async def decide(self, actor: Actor, claim_id: UUID, command: DecideClaim) -> None:
        """The first decision, with its reasons."""
        await self._rule(actor, claim_id, "decide", 1, command)

    async def decide_appeal(self, actor: Actor, claim_id: UUID, command: DecideClaim) -> None:
        """The last decision, by somebody who did not take the first."""
        await self._rule(actor, claim_id, "decide_appeal", 2, command)

    async def _rule(self, actor: Actor, claim_id: UUID, action: str, level: int, command: DecideClaim) -> None:
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await repository.claim(session, claim_id, actor)
        if row is None:
            raise NotFound
        if not policy.may_decide(actor):
            raise Forbidden
        async with unit_of_work() as session:
            row = await self._locked(session, claim_id)
            CLAIM.check(action, row.status)
            before = (await repository.decisions(session, [claim_id])).get(claim_id, [])
            if any(d.person_id == actor.person_id for d in before):
                raise errors.another_person()
            made = await repository.add_decision(
                session, claim_id=claim_id, level=level, outcome=command.outcome.value,
                claimant_percent=command.claimant_percent, reason=command.reason, person_id=actor.person_id,
                person_name=actor.person_name, at=clock.now(),
            )  # fmt: skip
            if not made:
                raise errors.another_person()
            await state.transition(
                session, IntroductionClaim, claim_id, CLAIM, action, actor, reason_code=command.outcome.value,
                reason=command.reason, detail={"level": level},
            )  # fmt: skip

    async def _broker(self, actor: Actor, claim_id: UUID) -> IntroductionClaim:
        """Visible (404) -> one of the two brokers, by somebody who may bind it (401, 403)."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await repository.claim(session, claim_id, actor)
        if row is None:
            raise NotFound
        standing = policy.claim_standing(actor, row.broker_org_id, row.respondent_org_id)
        if standing is None or not actor.can_manage:
            raise Forbidden
        return row

    @staticmethod
    async def _locked(session: Any, claim_id: UUID) -> IntroductionClaim:
        row = await repository.lock(session, claim_id)
        if row is None:
            raise NotFound
        return row


def _file_view(row: IntroductionClaim, file: ClaimFile) -> ClaimFileView:
    return ClaimFileView(
        id=file.id, standing="claimant" if file.org_id == row.broker_org_id else "respondent", name=file.name,
        media_type=file.media_type, size=file.size, sha256=file.sha256, person_name=file.person_name, at=file.at,
    )  # fmt: skip


claims = Claims()
