"""Verbs of questions in the room: ask, answer (to the asker alone), publish (to every party of the room)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app import accounts
from app.deals import deals
from app.disclosure import errors, policy, repository
from app.disclosure.models import RoomQuestion
from app.disclosure.policy import Facts
from app.disclosure.schemas import Answer, Ask, Publish, QuestionList, QuestionView
from app.disclosure.workflow import QUESTION
from app.kit import clock, sealing
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import listings
from app.platform import rates, state
from app.platform.db import reading, unit_of_work


class Questions:
    async def questions(self, actor: Actor, deal_id: UUID) -> QuestionList:
        """Of this deal, and what was published to all parties of the room; the newest first. A look marks them read
        and stands in the log."""
        facts, listing_id = await self._entered(actor, deal_id)
        now = clock.now()
        async with unit_of_work() as session:
            if await repository.log(session, actor, deal_id, "questions") is None:
                raise errors.shut("not_granted")
            wide = facts.owner or (facts.operator and not facts.takes_part)
            rows = await repository.questions(
                session, listing_id, deal_id=deal_id, org_id=None if wide else actor.org_id
            )
            papers = {d.id: d.title for d in await repository.open_documents(session, actor, deal_id)}
            seen = None
            if actor.person_id is not None:
                seen = await repository.seen(session, actor.person_id, deal_id)
                await repository.see(session, actor.person_id, deal_id, now)
        items = [self._view(actor, facts, q, deal_id, papers, seen) for q in rows]
        return QuestionList(items=items, may_ask=policy.may_ask(facts) and actor.can_write)

    async def unread(self, actor: Actor, deal_id: UUID) -> int:
        """How many answers (for the owner: questions) came since the actor last looked. Nothing is marked."""
        facts, listing_id = await self._entered(actor, deal_id)
        async with reading() as session:
            wide = facts.owner or (facts.operator and not facts.takes_part)
            rows = await repository.questions(
                session, listing_id, deal_id=deal_id, org_id=None if wide else actor.org_id
            )
            seen = await repository.seen(session, actor.person_id, deal_id) if actor.person_id else None
        return sum(self._unread(facts, q, deal_id, seen) for q in rows)

    async def own_questions(self, actor: Actor, listing_id: UUID) -> QuestionList:
        """Every question of the owner's room, over all deals."""
        card = (await listings.cards([listing_id])).get(listing_id)
        if actor.anonymous:
            raise Unauthenticated
        if card is None or actor.role is None or card.org_id != actor.org_id:
            raise NotFound
        facts = Facts(owner=True, role=actor.role)
        async with reading() as session:
            rows = await repository.questions(session, listing_id)
            papers = {d.id: d.title for d in await repository.documents(session, listing_id)}
        items = [self._view(actor, facts, q, q.deal_id, papers, None) for q in rows]
        return QuestionList(items=items, may_ask=False)

    @staticmethod
    def _unread(facts: Facts, q: RoomQuestion, deal_id: UUID, seen: datetime | None) -> bool:
        if facts.owner:
            at = q.asked_at if q.deal_id == deal_id and q.status == "asked" else None
        else:
            at = q.published_at or (q.answered_at if q.deal_id == deal_id else None)
        return at is not None and (seen is None or at > seen)

    def _view(
        self, actor: Actor, facts: Facts, q: RoomQuestion, deal_id: UUID, papers: dict[UUID, str],
        seen: datetime | None,
    ) -> QuestionView:  # fmt: skip
        wide = facts.owner or (facts.operator and not facts.takes_part)
        own = q.deal_id == deal_id and (wide or q.org_id == actor.org_id)
        # To the others it is the published wording, of the day of its publication: nothing tells who asked, or when.
        asked = q.question if own else q.published_question or ""
        actions = (
            [t.action for t in QUESTION.actions_from(q.status)] if policy.may_manage_room(actor, facts.owner) else []
        )
        return QuestionView(
            id=q.id,
            deal_id=q.deal_id if own else None,
            document_id=q.document_id if q.document_id in papers else None,
            document_title=papers.get(q.document_id) if q.document_id else None,
            mine=q.org_id == actor.org_id,
            asked_by=q.person_name if own else None,
            asked_at=q.asked_at if own else None,
            question=asked,
            status=q.status,
            answer=q.answer,
            answered_at=q.answered_at if own else None,
            published_at=q.published_at,
            unread=self._unread(facts, q, deal_id, seen) if seen is not None or not facts.owner else False,
            actions=actions,
        )

    async def ask(self, actor: Actor, deal_id: UUID, command: Ask) -> UUID:
        """Ask the owner, about the room or one document that is open to the asker. One row of the log."""
        facts, listing_id = await self._entered(actor, deal_id)
        if not policy.may_ask(facts) or not actor.can_write or actor.org_id is None:
            raise Forbidden
        if command.document_id is not None:
            async with reading() as session:
                if command.document_id not in {d.id for d in await repository.open_documents(session, actor, deal_id)}:
                    raise NotFound
        await rates.hit(f"room_question:{actor.org_id}", 60, 3600)
        id_, now = new_id(), clock.now()
        async with unit_of_work() as session:
            await deals.locked(deal_id)
            if await repository.log(session, actor, deal_id, "ask") is None:
                raise errors.shut("not_granted")
            await repository.add(
                session, RoomQuestion, id=id_, listing_id=listing_id, deal_id=deal_id,
                document_id=command.document_id, org_id=actor.org_id, person_id=actor.person_id,
                person_name=actor.person_name, asked_at=now, question=command.question, status=QUESTION.initial,
                status_at=now,
            )  # fmt: skip
            detail = {"deal": str(deal_id)}
            await state.note(session, QUESTION, id_, "ask", None, QUESTION.initial, actor, detail=detail)
        return id_

    async def answer(self, actor: Actor, question_id: UUID, command: Answer) -> None:
        """Answer the asker alone; until it is published the answer may be written anew."""
        row = await self._answered_by(actor, question_id)
        async with unit_of_work() as session:
            now = clock.now()
            await state.transition(
                session, RoomQuestion, question_id, QUESTION, "answer", actor,
                values={"answer": command.answer, "answered_at": now, "answered_by": actor.person_name},
                detail={"deal": str(row.deal_id)},
            )  # fmt: skip

    async def publish(self, actor: Actor, question_id: UUID, command: Publish) -> None:
        """Show question and answer to every party of the room, for good, in words that do not tell who asked."""
        row = await self._answered_by(actor, question_id)
        async with reading() as session:
            org = (await accounts.organisations_by_id(session, [row.org_id]))[row.org_id]
        async with unit_of_work() as session:
            locked = await repository.question(session, question_id, lock=True)
            if locked is None:
                raise NotFound
            QUESTION.check("publish", locked.status)
            names = sealing.names_of(org.name_vi, org.name_en, row.person_name)
            if sealing.tells([command.question, locked.answer], names):
                raise errors.betrays()
            await state.transition(
                session, RoomQuestion, question_id, QUESTION, "publish", actor,
                values={"published_question": command.question, "published_at": clock.now()},
                detail={"deal": str(row.deal_id)},
            )  # fmt: skip

    @staticmethod
    async def _entered(actor: Actor, deal_id: UUID) -> tuple[Facts, UUID]:
        """Visible (404) -> something of the room is open to the actor (403, and the refusal is written down)."""
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        async with reading() as session:
            facts = await repository.facts(session, actor, deal_id)
        if not policy.may_enter(facts):
            why = policy.why_not(facts) or "not_granted"
            async with unit_of_work() as session:
                await repository.log(session, actor, deal_id, "refused", detail=why, rule="true")
            raise errors.shut(why)
        return facts, access.listing_id

    @staticmethod
    async def _answered_by(actor: Actor, question_id: UUID) -> RoomQuestion:
        """The question as its room's owner may answer it: visible (404) -> permitted (403)."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await repository.question(session, question_id)
        if row is None:
            raise NotFound
        access = await deals.access(actor, row.deal_id)
        owner = access.seller_org_id == actor.org_id and actor.role is not None
        if not owner and row.org_id != actor.org_id:
            raise NotFound
        if not policy.may_manage_room(actor, owner):
            raise Forbidden
        return row
