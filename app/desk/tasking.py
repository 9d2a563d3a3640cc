"""Tasks of a deal: of one side, or shared by all parties; done and undone with their history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.accounts import accounts
from app.deals import Access, Side, deals
from app.desk import errors, policy, suggestions
from app.desk.models import DeskTask
from app.desk.repository import tasks as repository
from app.desk.schemas import (
    AddTask,
    Audience,
    Channel,
    Colleague,
    EditTask,
    TaskChange,
    TaskList,
    TaskView,
    view,
)
from app.desk.workflow import TASK
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.kit.text import Text
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work

ADDED = Text("Thêm việc", "Added")


@dataclass(frozen=True, slots=True)
class TaskMail:
    """A reminder: whom to tell of which task. Nobody when the task is done by now or due another day."""

    deal_id: UUID
    person_id: UUID
    title: str
    due_on: date
    late: bool


class Tasks:
    # --- reading ---

    async def list(self, actor: Actor, deal_id: UUID) -> TaskList:
        """What the actor's side and all parties have to do in the deal: open ones first, by their due dates."""
        access, side = await self._reader(actor, deal_id)
        channels = [c.value for c in policy.channels(side)]
        async with reading() as session:
            rows = await repository.of_deal(session, deal_id, channels)
            history = await state.history(session, [r.id for r in rows]) if rows else []
            standing = await repository.suggested(session, deal_id, side.value)
        people = await accounts.colleagues(actor.org_id) if actor.org_id else []
        labels: dict[str, Text] = {"add": ADDED, **{t.action: t.label for t in TASK.transitions.values()}}
        changes: dict[UUID, list[TaskChange]] = {}
        for c in history:
            changes.setdefault(c.subject_id, []).append(
                TaskChange(at=c.at, who=c.actor_name, label=labels.get(c.action, Text(c.action, c.action)))
            )
        writes = policy.may_write(actor, side) and access.status != "closed"
        lines = suggestions.of(access.status, side) if writes else []
        return TaskList(
            deal_id=deal_id,
            reference=access.reference,
            items=[
                view(
                    TaskView, r, history=changes.get(r.id, []),
                    actions=policy.task_actions(actor, side, r.org_id, r.status),
                )
                for r in rows
            ],
            colleagues=[Colleague(person_id=p.person_id, name=p.name) for p in people],
            suggestions=[s.title for s in lines if s.key not in standing],
            may_write=writes,
        )  # fmt: skip

    async def read(self, actor: Actor, task_id: UUID) -> TaskView:
        """One task, for its form."""
        row, _, _ = await self._task(actor, task_id)
        found = await self.list(actor, row.deal_id)
        task = next((t for t in found.items if t.id == task_id), None)
        if task is None:
            raise NotFound
        return task

    async def reminder(self, task_id: UUID, due_on: date) -> TaskMail | None:
        async with reading() as session:
            row = await repository.task(session, task_id)
        if row is None or row.status != "open" or row.due_on != due_on:
            return None
        return TaskMail(row.deal_id, row.assignee_id or row.created_by, row.title, due_on, due_on < clock.today())

    # --- writing ---

    async def add(self, actor: Actor, deal_id: UUID, command: AddTask) -> UUID:
        """A task for one's own side or for all parties; its id."""
        _, side = await self._writer(actor, deal_id)
        channel = Channel.all if command.channel is Audience.all else Channel(side.value)
        id_ = new_id()
        async with unit_of_work():
            await self._open(deal_id)
            await self._assignable(actor, command.assignee_id)
            await self._put(
                actor, id_, deal_id, channel, command.title, command.due_on, command.assignee_id, suggestion=None
            )
        return id_

    async def add_suggested(self, actor: Actor, deal_id: UUID) -> int:
        """The ready-made list of the deal's stage, for one's own side; how many were added. Those that stand there
        already, done or dropped too, are not added again."""
        _, side = await self._writer(actor, deal_id)
        added = 0
        async with unit_of_work():
            stage = await self._open(deal_id)
            for s in suggestions.of(stage, side):
                due = clock.today() + timedelta(days=s.days)
                title = s.title.get(actor.locale)
                added += await self._put(
                    actor, new_id(), deal_id, Channel(side.value), title, due, None, suggestion=s.key
                )
        return added

    async def edit(self, actor: Actor, task_id: UUID, command: EditTask) -> UUID:
        """Another title, date or person; the deal's id. For the organisation that added the task."""
        row, _, side = await self._task(actor, task_id)
        if not policy.may_write(actor, side):
            raise Forbidden
        if row.org_id != actor.org_id:
            raise errors.not_your_organisations_task()
        async with unit_of_work() as session:
            if command.assignee_id != row.assignee_id:
                await self._assignable(actor, command.assignee_id)
            values = {"title": command.title, "due_on": command.due_on, "assignee_id": command.assignee_id}
            if not await repository.edit(session, task_id, **values):
                raise Conflict
            changed = [k for k, v in values.items() if getattr(row, k) != v]
            audit.record(session, actor, "task.edit", "task", task_id, {"deal": str(row.deal_id), "changed": changed})
        return row.deal_id

    async def finish(self, actor: Actor, task_id: UUID) -> UUID:
        """It is done; the deal's id. Of two who say so at once, one does."""
        return await self._move(actor, task_id, "finish")

    async def reopen(self, actor: Actor, task_id: UUID) -> UUID:
        return await self._move(actor, task_id, "reopen")

    async def drop(self, actor: Actor, task_id: UUID) -> UUID:
        """Not to be done after all. For the organisation that added the task."""
        return await self._move(actor, task_id, "drop", lambda row: row.org_id == actor.org_id)

    async def remind(self) -> int:
        """Queue the reminders: once for the day before (or the day itself), once when a task is overdue."""
        today = clock.today()
        async with unit_of_work() as session:
            due = await repository.claim_due(session, today, today + timedelta(days=1))
            due += await repository.claim_overdue(session, today)
            for task_id, due_on in due:
                outbox.publish(session, "task.due", task_id=task_id, due_on=due_on.isoformat())
        return len(due)

    # --- inside ---

    async def _move(
        self, actor: Actor, task_id: UUID, action: str, mine: Callable[[DeskTask], bool] | None = None
    ) -> UUID:
        row, _, side = await self._task(actor, task_id)
        if not policy.may_write(actor, side):
            raise Forbidden
        if mine is not None and not mine(row):
            raise errors.not_your_organisations_task()
        async with unit_of_work() as session:
            await state.transition(session, DeskTask, task_id, TASK, action, actor, detail={"deal": str(row.deal_id)})
        return row.deal_id

    async def _task(self, actor: Actor, task_id: UUID) -> tuple[DeskTask, Access, Side]:
        """Visible (404): the task is shared with the actor's side. Staff hear that tasks are the parties' (403)."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await repository.task(session, task_id)
        if row is None:
            raise NotFound
        access, side = await self._reader(actor, row.deal_id)
        if Channel(row.channel) not in policy.channels(side):
            raise NotFound
        return row, access, side

    @staticmethod
    async def _reader(actor: Actor, deal_id: UUID) -> tuple[Access, Side]:
        access = await deals.access(actor, deal_id)
        side = policy.side_of(access)
        if side is None or not policy.may_read(actor, side):
            raise errors.for_the_sides()
        return access, side

    async def _writer(self, actor: Actor, deal_id: UUID) -> tuple[Access, Side]:
        if actor.anonymous:
            raise Unauthenticated
        access, side = await self._reader(actor, deal_id)
        if not policy.may_write(actor, side):
            raise Forbidden
        if access.status == "closed":
            raise errors.deal_closed()
        return access, side

    @staticmethod
    async def _open(deal_id: UUID) -> str:
        """The stage of a deal that is not closed, locked so that it stays so."""
        row = await deals.locked(deal_id)
        if row.status == "closed":
            raise errors.deal_closed()
        return row.status

    @staticmethod
    async def _assignable(actor: Actor, person_id: UUID | None) -> None:
        if person_id is None or actor.org_id is None:
            return
        if all(p.person_id != person_id for p in await accounts.colleagues(actor.org_id)):
            raise errors.not_a_colleague()

    @staticmethod
    async def _put(
        actor: Actor,
        id_: UUID,
        deal_id: UUID,
        channel: Channel,
        title: str,
        due_on: date | None,
        assignee_id: UUID | None,
        *,
        suggestion: str | None,
    ) -> int:
        now = clock.now()
        async with unit_of_work() as session:
            made = await repository.add(
                session, id=id_, deal_id=deal_id, channel=channel.value, org_id=actor.org_id, title=title,
                due_on=due_on, assignee_id=assignee_id, status=TASK.initial, status_at=now, created_at=now,
                created_by=actor.person_id, suggestion=suggestion,
            )  # fmt: skip
            if made:
                detail = {"deal": str(deal_id), "channel": channel.value}
                await state.note(session, TASK, id_, "add", None, TASK.initial, actor, detail=detail)
        return int(made)


todo = Tasks()
