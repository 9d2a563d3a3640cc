"""Messages of a deal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

from app.deals import deals
from app.desk.messaging import MAX_FILES, Upload, messages
from app.desk.schemas import Audience, Inspect, ReadUpTo, SendMessage, Thread
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid
from app.kit.text import Text
from app.web import csrf, downloads, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])


def _audience(value: Any) -> Audience:
    return Audience.own if value == Audience.own.value else Audience.all


async def _page(
    request: Request,
    actor: Actor,
    deal_id: UUID,
    thread: Thread | None,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "deal": await deals.read(actor, deal_id),
        "thread": thread,
        "errors": errors or {},
        "values": values or {},
        "max_files": MAX_FILES,
    }
    return await render(request, "desk/messages.html", context, status=status)


@router.get("/deals/{deal_id}/messages")
async def page_messages(request: Request, deal_id: UUID) -> Response:
    """A channel of the deal; what it shows counts as read. The operator is asked for a reason first."""
    actor = await signed_in(request)
    audience = _audience(request.query_params.get("channel"))
    before = request.query_params.get("before", "")
    try:
        thread = await messages.thread(
            actor, deal_id, audience, before=int(before) if before.isdecimal() and len(before) < 10 else None
        )
    except Forbidden as error:
        if error.code != "message.reason_needed":
            raise
        return await _page(request, actor, deal_id, None)
    if thread.upto:
        await messages.read(actor, deal_id, ReadUpTo(channel=audience, seq=thread.upto))
    return await _page(request, actor, deal_id, thread)


@router.post("/deals/{deal_id}/messages")
async def page_send(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    form = await request.form(max_files=20, max_fields=1000)
    uploads = [
        Upload(f.filename, await f.read()) for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename
    ]
    audience = _audience(typed.get("channel"))
    try:
        await messages.send(actor, deal_id, forms.build(SendMessage, typed), uploads)
    except Invalid as error:
        thread = await messages.thread(actor, deal_id, audience)
        return await _page(request, actor, deal_id, thread, errors=error.fields, values=typed, status=422)
    own = "?channel=own" if audience is Audience.own else ""
    return redirect(f"/deals/{deal_id}/messages{own}#newest", locale=actor.locale)


@router.post("/deals/{deal_id}/messages/inspect")
async def page_inspect(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        thread = await messages.inspect(actor, deal_id, forms.build(Inspect, typed))
    except Invalid as error:
        return await _page(request, actor, deal_id, None, errors=error.fields, values=typed, status=422)
    return await _page(request, actor, deal_id, thread)


@router.get("/deals/{deal_id}/messages/files/{file_id}")
async def page_message_file(request: Request, deal_id: UUID, file_id: UUID) -> Response:
    actor = await signed_in(request)
    found = await messages.open_file(actor, deal_id, file_id, request.query_params.get("inspection"))
    return downloads.stream(found.chunks, found.name, found.media_type, size=found.size)


@router.post("/messages/{message_id}/retract")
async def page_retract(request: Request, message_id: UUID) -> Response:
    actor = await signed_in(request)
    deal_id = await messages.retract(actor, message_id)
    typed = await forms.form_data(request)
    own = "?channel=own" if _audience(typed.get("channel")) is Audience.own else ""
    said = Text("Đã thu hồi lời nhắn.", "The message is retracted.")
    return redirect(f"/deals/{deal_id}/messages{own}", ("success", said), locale=actor.locale)
