"""JSON routes of the desk."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from app.deals import Capacity
from app.desk.calendars import calendars
from app.desk.messaging import Upload, messages
from app.desk.noting import notes
from app.desk.schemas import (
    AddTask,
    Audience,
    CalendarView,
    DeskFilter,
    DeskList,
    EditNote,
    EditTask,
    FeedView,
    HandOver,
    HandOverPage,
    Inspect,
    MakeFeed,
    NoteList,
    ReadUpTo,
    SendMessage,
    Sort,
    TaskList,
    Thread,
    Whose,
    WriteNote,
)
from app.desk.service import desk
from app.desk.tasking import todo
from app.kit import paging
from app.web import downloads, forms
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["desk"], responses=PROBLEMS)
Limit = Annotated[int, Query(description=f"at most {paging.MAX_LIMIT}; more is capped")]
Before = Annotated[int | None, Query(ge=0, le=2_000_000_000, description="those before this number")]
ICS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/calendar": {}}, "description": "iCalendar (RFC 5545)"}}


# --- the list, and who handles what ---


@router.get("/desk", response_model=DeskList)
async def api_desk(
    actor: ApiActor,
    status: str | None = None,
    whose: Whose = Whose.organisation,
    capacity: Capacity | None = None,
    turn: bool = False,
    overdue: bool = False,
    stalled: bool = False,
    handover: bool = False,
    sort: Sort | None = None,
    cursor: str | None = None,
    limit: Limit = 50,
) -> Response:
    """The deals you take part in, with turn, deadline, unread messages and stall clock; counts over all of them."""
    wanted = DeskFilter(
        status=status, whose=whose, capacity=capacity, turn=turn, overdue=overdue, stalled=stalled, handover=handover,
        sort=sort,
    )  # fmt: skip
    return answer(await desk.list(actor, wanted, cursor=cursor, limit=limit))


@router.get("/deals/{deal_id}/hand-over", response_model=HandOverPage)
async def api_hand_over_page(actor: ApiActor, deal_id: UUID) -> Response:
    """Who handles the deal for your organisation, to whom it may be given, and how it went before."""
    return answer(await desk.hand_over_page(actor, deal_id))


@router.post("/deals/{deal_id}/hand-over", response_model=HandOverPage)
async def api_hand_over(actor: ApiActor, deal_id: UUID, command: HandOver) -> Response:
    """Give the deal to a colleague; open tasks of the one before move along."""
    await desk.hand_over(actor, deal_id, command)
    return answer(await desk.hand_over_page(actor, deal_id))


# --- messages ---


@router.get("/deals/{deal_id}/messages", response_model=Thread)
async def api_thread(
    actor: ApiActor, deal_id: UUID, channel: Audience = Audience.all, before: Before = None
) -> Response:
    """Fifty messages of a channel, oldest first; `before` gives those before a number."""
    return answer(await messages.thread(actor, deal_id, channel, before=before))


@router.post("/deals/{deal_id}/messages", status_code=201, response_model=Thread)
async def api_send(
    actor: ApiActor,
    deal_id: UUID,
    body: Annotated[str, Form(description="plain text; may be empty when a file comes along")] = "",
    channel: Annotated[str, Form(description="all | own")] = "all",
    files: Annotated[list[UploadFile] | None, File(description="up to five")] = None,
) -> Response:
    """Say something to all parties, or to your own side only."""
    command = forms.build(SendMessage, {"body": body, "channel": channel})
    uploads = [Upload(f.filename or "file", await f.read()) for f in files or []]
    await messages.send(actor, deal_id, command, uploads)
    return answer(await messages.thread(actor, deal_id, command.channel), 201)


@router.post("/deals/{deal_id}/messages/read", status_code=204)
async def api_read_messages(actor: ApiActor, deal_id: UUID, command: ReadUpTo) -> Response:
    """You have read a channel up to this number."""
    await messages.read(actor, deal_id, command)
    return Response(status_code=204)


@router.post("/deals/{deal_id}/messages/inspect", response_model=Thread)
async def api_inspect(actor: ApiActor, deal_id: UUID, command: Inspect) -> Response:
    """The operator opens what the parties said, with a reason; each opening is logged."""
    return answer(await messages.inspect(actor, deal_id, command))


@router.get("/deals/{deal_id}/messages/files/{file_id}", response_class=Response)
async def api_message_file(actor: ApiActor, deal_id: UUID, file_id: UUID, inspection: str | None = None) -> Response:
    """A file as it was sent."""
    found = await messages.open_file(actor, deal_id, file_id, inspection)
    return downloads.stream(found.chunks, found.name, found.media_type, size=found.size)


@router.post("/messages/{message_id}/retract", response_model=Thread)
async def api_retract(actor: ApiActor, message_id: UUID) -> Response:
    """Take your message back, within ten minutes."""
    return answer(await messages.thread(actor, await messages.retract(actor, message_id)))


# --- tasks ---


@router.get("/deals/{deal_id}/tasks", response_model=TaskList)
async def api_tasks(actor: ApiActor, deal_id: UUID) -> Response:
    """What your side and all parties have to do."""
    return answer(await todo.list(actor, deal_id))


@router.post("/deals/{deal_id}/tasks", status_code=201, response_model=TaskList)
async def api_add_task(actor: ApiActor, deal_id: UUID, command: AddTask) -> Response:
    """A task for your own side, or for all parties."""
    await todo.add(actor, deal_id, command)
    return answer(await todo.list(actor, deal_id), 201)


@router.post("/deals/{deal_id}/tasks/suggested", response_model=TaskList)
async def api_add_suggested(actor: ApiActor, deal_id: UUID) -> Response:
    """Add the ready-made list of the deal's stage; lines that stand there already are left alone."""
    await todo.add_suggested(actor, deal_id)
    return answer(await todo.list(actor, deal_id))


@router.post("/tasks/{task_id}/edit", response_model=TaskList)
async def api_edit_task(actor: ApiActor, task_id: UUID, command: EditTask) -> Response:
    """Another title, date or person; for the organisation that added the task."""
    return answer(await todo.list(actor, await todo.edit(actor, task_id, command)))


@router.post("/tasks/{task_id}/finish", response_model=TaskList)
async def api_finish_task(actor: ApiActor, task_id: UUID) -> Response:
    """It is done."""
    return answer(await todo.list(actor, await todo.finish(actor, task_id)))


@router.post("/tasks/{task_id}/reopen", response_model=TaskList)
async def api_reopen_task(actor: ApiActor, task_id: UUID) -> Response:
    """It is not done after all."""
    return answer(await todo.list(actor, await todo.reopen(actor, task_id)))


@router.post("/tasks/{task_id}/drop", response_model=TaskList)
async def api_drop_task(actor: ApiActor, task_id: UUID) -> Response:
    """It need not be done; for the organisation that added the task."""
    return answer(await todo.list(actor, await todo.drop(actor, task_id)))


# --- notes ---


@router.get("/deals/{deal_id}/notes", response_model=NoteList)
async def api_notes(actor: ApiActor, deal_id: UUID) -> Response:
    """Your own notes and your organisation's."""
    return answer(await notes.list(actor, deal_id))


@router.post("/deals/{deal_id}/notes", status_code=201, response_model=NoteList)
async def api_write_note(actor: ApiActor, deal_id: UUID, command: WriteNote) -> Response:
    """A note for yourself, or for your organisation."""
    await notes.write(actor, deal_id, command)
    return answer(await notes.list(actor, deal_id), 201)


@router.post("/notes/{note_id}/edit", response_model=NoteList)
async def api_edit_note(actor: ApiActor, note_id: UUID, command: EditNote) -> Response:
    """Change your own note."""
    return answer(await notes.list(actor, await notes.edit(actor, note_id, command)))


@router.post("/notes/{note_id}/remove", response_model=NoteList)
async def api_remove_note(actor: ApiActor, note_id: UUID) -> Response:
    """Remove your own note for good."""
    return answer(await notes.list(actor, await notes.remove(actor, note_id)))


# --- calendar ---


@router.get("/desk/calendar", response_model=CalendarView)
async def api_calendar(actor: ApiActor, month: str | None = None) -> Response:
    """Dated things of your organisation's deals in a month (YYYY-MM)."""
    return answer(await calendars.month(actor, month))


@router.post("/desk/calendar/feed", status_code=201, response_model=FeedView)
async def api_make_feed(actor: ApiActor, command: MakeFeed) -> Response:
    """A new secret address of your calendar, shown here once; the one before ends."""
    return answer(await calendars.make_feed(actor, command), 201)


@router.post("/desk/calendar/feed/revoke", status_code=204)
async def api_revoke_feed(actor: ApiActor) -> Response:
    """The address of your calendar answers nobody any more."""
    await calendars.revoke_feed(actor)
    return Response(status_code=204)


@router.get("/deals/{deal_id}/calendar.ics", response_class=Response, responses=ICS)
async def api_deal_calendar(actor: ApiActor, deal_id: UUID) -> Response:
    """The dates of one deal as iCalendar."""
    return Response(await calendars.of_deal(actor, deal_id), media_type="text/calendar; charset=utf-8")
