"""HTML routes of memoranda: propose, answer, say what became of it; the operator's list of what is overdue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid
from app.kit.text import Text
from app.offers import present
from app.offers.heads import memoranda
from app.offers.pages.room import room_page
from app.offers.schemas import DeclineMemorandum, GiveOutcome, MemorandumView, ProposeMemorandum, RoomView
from app.offers.service import offers
from app.offers.workflow import MEMORANDUM
from app.web import downloads, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter()


async def _form(
    request: Request, actor: Actor, room: RoomView, errors: dict[str, Text] | None = None, values: Any = None
) -> Response:
    accepted = next((o for o in room.offers if o.id == room.deal.agreed_offer_id), None)
    context = {
        "deal": room.deal,
        "sheet": present.sheet(accepted.terms, actor.locale) if accepted else [],
        "errors": errors or {},
        "values": values or {},
    }
    return await render(request, "offers/memorandum.html", context, status=422 if errors else 200)


@router.get("/deals/{deal_id}/memoranda/new")
async def page_new_memorandum(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    room = await offers.room_view(actor, deal_id)
    if room.deal.side is None or not actor.can_manage:
        raise Forbidden
    return await _form(request, actor, room)


@router.post("/deals/{deal_id}/memoranda/new")
async def page_propose_memorandum(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    upload = (await request.form()).get("file")
    file = None
    if isinstance(upload, UploadFile) and upload.filename:
        file = (upload.filename, await upload.read())
    try:
        await memoranda.propose(actor, deal_id, forms.build(ProposeMemorandum, typed), file)
    except Invalid as error:
        return await _form(request, actor, await offers.room_view(actor, deal_id), error.fields, typed)
    yes = Text("Đã gửi biên bản ghi nhớ cho bên kia xác nhận.", "The memorandum awaits the other side's confirmation.")
    return redirect(f"/deals/{deal_id}#memoranda", ("success", yes), locale=actor.locale)


async def _back(actor: Actor, memorandum_id: UUID, yes: Text) -> Response:
    deal_id = await memoranda.deal_of(actor, memorandum_id)
    return redirect(f"/deals/{deal_id}#memoranda", ("success", yes), locale=actor.locale)


@router.post("/memoranda/{memorandum_id}/confirm")
async def page_confirm_memorandum(request: Request, memorandum_id: UUID) -> Response:
    actor = await signed_in(request)
    await memoranda.confirm(actor, memorandum_id)
    return await _back(actor, memorandum_id, Text("Đã xác nhận biên bản ghi nhớ (L1).", "Confirmed (L1)."))


@router.post("/memoranda/{memorandum_id}/decline")
async def page_decline_memorandum(request: Request, memorandum_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await memoranda.decline(actor, memorandum_id, forms.build(DeclineMemorandum, typed))
    except Invalid as error:
        return await _room_again(request, actor, memorandum_id, error, typed, prefix="decline.")
    return await _back(actor, memorandum_id, Text("Đã gửi lý do cho bên kia.", "The other side gets your reason."))


@router.post("/memoranda/{memorandum_id}/withdraw")
async def page_withdraw_memorandum(request: Request, memorandum_id: UUID) -> Response:
    actor = await signed_in(request)
    await memoranda.withdraw(actor, memorandum_id)
    return await _back(actor, memorandum_id, Text("Đã rút biên bản.", "Taken back."))


@router.post("/memoranda/{memorandum_id}/outcome")
async def page_give_outcome(request: Request, memorandum_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await memoranda.give_outcome(actor, memorandum_id, forms.build(GiveOutcome, typed))
    except Invalid as error:
        return await _room_again(request, actor, memorandum_id, error, typed)
    return await _back(actor, memorandum_id, Text("Đã ghi kết quả bạn báo.", "Your outcome is noted."))


async def _room_again(
    request: Request, actor: Actor, memorandum_id: UUID, error: Invalid, typed: Any, prefix: str = ""
) -> Response:
    """The room with what was typed and what is wrong with it."""
    room = await offers.room_view(actor, await memoranda.deal_of(actor, memorandum_id))
    fields = {prefix + name: text for name, text in error.fields.items()}
    return await room_page(request, actor, room, errors=fields, values=typed, status=422)


@router.get("/memoranda/{memorandum_id}/file")
async def page_open_memorandum(request: Request, memorandum_id: UUID) -> Response:
    """The signed file."""
    found = await memoranda.open_file(await signed_in(request), memorandum_id)
    return downloads.stream(found.chunks, found.name, "application/pdf")


@router.get("/memoranda/overdue")
async def page_overdue_memoranda(request: Request) -> Response:
    """For the operator: past their end, and one side or both have not said what became of them."""
    actor = await signed_in(request)
    items: list[MemorandumView] = (await memoranda.overdue(actor)).items
    return await render(request, "offers/overdue.html", {"items": items, "states": MEMORANDUM.states})
