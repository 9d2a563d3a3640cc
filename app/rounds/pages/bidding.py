"""Taking part: applying, the deposit, bids. Amounts are read back in words before they bind."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.kit.actor import Actor
from app.kit.errors import Conflict, Invalid
from app.kit.text import Text
from app.rounds.applications import participants
from app.rounds.english import english
from app.rounds.pages.reading import context_of, round_page
from app.rounds.schemas import OUTCOMES, ApplyToRound, DeclareDeposit, FileObjection, PlaceBid, Receipt, SealBid
from app.rounds.sealing import sealing
from app.rounds.service import rounds
from app.web import csrf, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])


def _done(actor: Actor, round_id: UUID, kind: str, vi: str, en: str) -> Response:
    return redirect(f"/rounds/{round_id}", (kind, Text(vi, en)), locale=actor.locale)


@router.post("/rounds/{round_id}/apply")
async def page_apply_round(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await participants.apply(actor, round_id, forms.build(ApplyToRound, typed))
    except Invalid as error:
        return await round_page(request, actor, round_id, status=422, errors=error.fields, values=typed, at="apply")
    return _done(actor, round_id, "success", "Đã đăng ký. Chờ đơn vị vận hành xét.", "Applied. The operator decides.")


@router.post("/rounds/{round_id}/withdraw")
async def page_withdraw_entry(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    await participants.withdraw(actor, round_id)
    return _done(actor, round_id, "success", "Đã rút đăng ký.", "Your application is withdrawn.")


@router.post("/rounds/{round_id}/deposit")
async def page_declare_deposit(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await participants.declare_deposit(actor, round_id, forms.build(DeclareDeposit, typed))
    except Invalid as error:
        return await round_page(request, actor, round_id, status=422, errors=error.fields, values=typed, at="deposit")
    return _done(actor, round_id, "success", "Đã khai báo đặt cọc.", "The deposit is declared.")


@router.post("/rounds/{round_id}/objections")
async def page_file_objection(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await participants.file_objection(actor, round_id, forms.build(FileObjection, typed))
    except Invalid as error:
        return await round_page(request, actor, round_id, status=422, errors=error.fields, values=typed, at="objection")
    return _done(actor, round_id, "success", "Đã gửi ý kiến; chủ sở hữu sẽ trả lời.", "Sent; the owner answers.")


async def _confirming(
    request: Request, actor: Actor, round_id: UUID, action: str, amount: int, maximum: int | None, typed: dict[str, Any]
) -> Response:
    view = await rounds.read(actor, round_id)
    kept = {k: str(v) for k, v in typed.items() if k in ("amount", "maximum", "key") and v not in ("", None)}
    context = context_of(view, actor, action=action, amount=amount, maximum=maximum, kept=kept)
    return await render(request, "rounds/confirm.html", context)


@router.post("/rounds/{round_id}/bid")
async def page_bid(request: Request, round_id: UUID) -> Response:
    """First the amount is read back in words; the second, confirming post bids. A refusal says what to do next."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        command = forms.build(PlaceBid, typed)
        if typed.get("confirmed") != "1":
            return await _confirming(request, actor, round_id, "bid", command.amount, command.maximum, typed)
        result = await english.bid(actor, round_id, command)
    except Invalid as error:
        return await round_page(request, actor, round_id, status=422, errors=error.fields, values=typed, at="bid")
    except Conflict as refusal:
        return await round_page(request, actor, round_id, status=409, values=typed, notice_text=refusal.text, at="bid")
    kind = "warning" if result.outcome == "outbid" else "success"
    said = OUTCOMES[result.outcome]
    return _done(actor, round_id, kind, said.vi, said.en)


@router.post("/rounds/{round_id}/seal")
async def page_seal_bid(request: Request, round_id: UUID) -> Response:
    """As with a bid. The receipt is this answer and nothing else: it is not kept where it could name the bidder."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        command = forms.build(SealBid, typed)
        if typed.get("confirmed") != "1":
            return await _confirming(request, actor, round_id, "seal", command.amount, None, typed)
        receipt = await sealing.seal(actor, round_id, command)
    except Invalid as error:
        return await round_page(request, actor, round_id, status=422, errors=error.fields, values=typed, at="seal")
    except Conflict as refusal:
        return await round_page(request, actor, round_id, status=409, values=typed, notice_text=refusal.text, at="seal")
    return await _receipt(request, actor, round_id, receipt)


@router.post("/rounds/{round_id}/take-back")
async def page_take_back_bid(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    try:
        receipt = await sealing.take_back(actor, round_id)
    except Conflict as refusal:
        return await round_page(request, actor, round_id, status=409, notice_text=refusal.text)
    return await _receipt(request, actor, round_id, receipt)


async def _receipt(request: Request, actor: Actor, round_id: UUID, receipt: Receipt) -> Response:
    view = await rounds.read(actor, round_id)
    return await render(request, "rounds/receipt.html", context_of(view, actor, receipt=receipt), status=201)
