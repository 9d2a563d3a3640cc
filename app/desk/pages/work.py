"""Tasks and notes of a deal: one page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.deals import deals
from app.desk.messaging import messages
from app.desk.noting import notes
from app.desk.schemas import AddTask, Audience, EditNote, EditTask, NoteScope, WriteNote
from app.desk.service import desk
from app.desk.tasking import todo
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid
from app.kit.text import Text
from app.web import csrf, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])


async def _page(
    request: Request,
    actor: Actor,
    deal_id: UUID,
    *,
    form: str = "",
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    """Whoever takes part without a side (a valuer) has notes and no tasks."""
    written = await notes.list(actor, deal_id)
    try:
        found = await todo.list(actor, deal_id)
    except Forbidden:
        found = None
    context = {
        "deal": await deals.read(actor, deal_id),
        "tasks": found,
        "notes": written,
        "unread": await messages.unread(actor, deal_id),
        "handover": await desk.hand_over_page(actor, deal_id),
        "people": [(str(p.person_id), p.name) for p in found.colleagues] if found else [],
        "audiences": [(a.value, a.label.get(actor.locale)) for a in reversed(Audience)],
        "scopes": [(s.value, s.label.get(actor.locale)) for s in NoteScope],
        "task_errors": (errors or {}) if form == "task" else {},
        "task_values": (values or {}) if form == "task" else {},
        "note_errors": (errors or {}) if form == "note" else {},
        "note_values": (values or {}) if form == "note" else {},
    }
    return await render(request, "desk/tasks.html", context, status=status)


def _back(deal_id: UUID, actor: Actor, said: Text) -> Response:
    return redirect(f"/deals/{deal_id}/tasks", ("success", said), locale=actor.locale)


@router.get("/deals/{deal_id}/tasks")
async def page_tasks(request: Request, deal_id: UUID) -> Response:
    """What is to be done, by whom and until when; and one's notes."""
    return await _page(request, await signed_in(request), deal_id)


@router.post("/deals/{deal_id}/tasks")
async def page_add_task(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await todo.add(actor, deal_id, forms.build(AddTask, typed))
    except Invalid as error:
        return await _page(request, actor, deal_id, form="task", errors=error.fields, values=typed, status=422)
    return _back(deal_id, actor, Text("Đã thêm việc.", "The task is added."))


@router.post("/deals/{deal_id}/tasks/suggested")
async def page_add_suggested(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    n = await todo.add_suggested(actor, deal_id)
    said = (
        Text(f"Đã thêm {n} việc gợi ý.", f"{n} suggested tasks are added.")
        if n
        else Text("Các việc gợi ý đã có sẵn trong danh sách.", "The suggested tasks are on the list already.")
    )
    return _back(deal_id, actor, said)


async def _task_form(
    request: Request,
    task_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    actor = await signed_in(request)
    task = await todo.read(actor, task_id)
    if "edit" not in task.actions:
        raise Forbidden
    people = (await todo.list(actor, task.deal_id)).colleagues
    context = {
        "deal": await deals.read(actor, task.deal_id),
        "task": task,
        "people": [(str(p.person_id), p.name) for p in people],
        "errors": errors or {},
        "values": values or forms.values_of(task),
    }
    return await render(request, "desk/task.html", context, status=status)


@router.get("/tasks/{task_id}/edit")
async def page_task_form(request: Request, task_id: UUID) -> Response:
    return await _task_form(request, task_id)


@router.post("/tasks/{task_id}/edit")
async def page_edit_task(request: Request, task_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        deal_id = await todo.edit(actor, task_id, forms.build(EditTask, typed))
    except Invalid as error:
        return await _task_form(request, task_id, errors=error.fields, values=typed, status=422)
    return _back(deal_id, actor, Text("Đã sửa việc.", "The task is changed."))


@router.post("/tasks/{task_id}/finish")
async def page_finish_task(request: Request, task_id: UUID) -> Response:
    actor = await signed_in(request)
    return _back(await todo.finish(actor, task_id), actor, Text("Đã đánh dấu việc là xong.", "The task is done."))


@router.post("/tasks/{task_id}/reopen")
async def page_reopen_task(request: Request, task_id: UUID) -> Response:
    actor = await signed_in(request)
    return _back(await todo.reopen(actor, task_id), actor, Text("Đã mở lại việc.", "The task is open again."))


@router.post("/tasks/{task_id}/drop")
async def page_drop_task(request: Request, task_id: UUID) -> Response:
    actor = await signed_in(request)
    return _back(await todo.drop(actor, task_id), actor, Text("Đã bỏ việc.", "The task is dropped."))


@router.post("/deals/{deal_id}/notes")
async def page_write_note(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await notes.write(actor, deal_id, forms.build(WriteNote, typed))
    except Invalid as error:
        return await _page(request, actor, deal_id, form="note", errors=error.fields, values=typed, status=422)
    return _back(deal_id, actor, Text("Đã lưu ghi chú.", "The note is kept."))


async def _note_form(
    request: Request,
    note_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    actor = await signed_in(request)
    note = await notes.read(actor, note_id)
    if "edit" not in note.actions:
        raise Forbidden
    context = {
        "deal": await deals.read(actor, note.deal_id),
        "note": note,
        "errors": errors or {},
        "values": values or {"body": note.body},
    }
    return await render(request, "desk/note.html", context, status=status)


@router.get("/notes/{note_id}/edit")
async def page_note_form(request: Request, note_id: UUID) -> Response:
    return await _note_form(request, note_id)


@router.post("/notes/{note_id}/edit")
async def page_edit_note(request: Request, note_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        deal_id = await notes.edit(actor, note_id, forms.build(EditNote, typed))
    except Invalid as error:
        return await _note_form(request, note_id, errors=error.fields, values=typed, status=422)
    return _back(deal_id, actor, Text("Đã sửa ghi chú.", "The note is changed."))


@router.post("/notes/{note_id}/remove")
async def page_remove_note(request: Request, note_id: UUID) -> Response:
    actor = await signed_in(request)
    return _back(await notes.remove(actor, note_id), actor, Text("Đã xóa ghi chú.", "The note is removed."))
