"""Notes on a deal: for oneself, or for one's organisation. Nobody else reads them, whatever their duty."""

from __future__ import annotations

from uuid import UUID

from app.deals import deals
from app.desk import errors, policy
from app.desk.models import DeskNote
from app.desk.repository import tasks as repository
from app.desk.schemas import EditNote, NoteList, NoteScope, NoteView, WriteNote
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.platform.db import reading, unit_of_work


class Notes:
    async def list(self, actor: Actor, deal_id: UUID) -> NoteList:
        """What the actor may read of the deal's notes, newest first."""
        access = await deals.access(actor, deal_id)
        if not policy.may_note(actor, access) or actor.org_id is None or actor.person_id is None:
            raise errors.for_the_sides()
        async with reading() as session:
            rows = await repository.notes(session, deal_id, actor.org_id, actor.person_id)
        writes = policy.may_write_note(actor, access)
        return NoteList(items=[_view(actor, n, writes) for n in rows], may_write=writes)

    async def read(self, actor: Actor, note_id: UUID) -> NoteView:
        return _view(actor, await self._note(actor, note_id), actor.can_edit)

    async def write(self, actor: Actor, deal_id: UUID, command: WriteNote) -> UUID:
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        if not policy.may_note(actor, access):
            raise errors.for_the_sides()
        if not policy.may_write_note(actor, access):
            raise Forbidden
        id_ = new_id()
        async with unit_of_work() as session:
            await repository.add_note(
                session, id=id_, deal_id=deal_id, org_id=actor.org_id, person_id=actor.person_id,
                person_name=actor.person_name, scope=command.scope.value, body=command.body, created_at=clock.now(),
            )  # fmt: skip
        return id_

    async def edit(self, actor: Actor, note_id: UUID, command: EditNote) -> UUID:
        """The deal's id. Only the writer changes a note."""
        row = await self._own(actor, note_id)
        async with unit_of_work() as session:
            await repository.edit_note(session, note_id, command.body, clock.now())
        return row.deal_id

    async def remove(self, actor: Actor, note_id: UUID) -> UUID:
        """The deal's id. A note is nobody's record but the writer's: it is gone."""
        row = await self._own(actor, note_id)
        async with unit_of_work() as session:
            await repository.remove_note(session, note_id)
        return row.deal_id

    async def _own(self, actor: Actor, note_id: UUID) -> DeskNote:
        row = await self._note(actor, note_id)
        if not actor.can_edit:
            raise Forbidden
        if row.person_id != actor.person_id:
            raise errors.not_your_note()
        return row

    @staticmethod
    async def _note(actor: Actor, note_id: UUID) -> DeskNote:
        """Visible (404), to those alone who may read it, and while their organisation takes part."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await repository.note(session, note_id)
        if row is None or not policy.reads_note(actor, row.org_id, row.person_id, NoteScope(row.scope)):
            raise NotFound
        if not policy.may_note(actor, await deals.access(actor, row.deal_id)):
            raise NotFound
        return row


def _view(actor: Actor, row: DeskNote, writes: bool) -> NoteView:
    return NoteView(
        id=row.id, deal_id=row.deal_id, scope=NoteScope(row.scope), person_id=row.person_id,
        person_name=row.person_name, body=row.body, created_at=row.created_at, edited_at=row.edited_at,
        actions=["edit", "remove"] if writes and row.person_id == actor.person_id else [],
    )  # fmt: skip


notes = Notes()
