"""HTML routes that move a case: quotes, assignment, documents, report, delivery, complaint."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

from app.kit.errors import Invalid
from app.kit.text import Text
from app.valuations.pages.cases import done
from app.valuations.schemas.commands import (
    AcceptQuote,
    AddDocument,
    AnswerComplaint,
    Assign,
    CancelValuation,
    Complain,
    IssueReport,
    OfferQuote,
    SignReport,
    TurnDown,
    Why,
)
from app.valuations.service import valuations
from app.web import csrf, downloads, forms
from app.web.actor import signed_in

router = APIRouter(dependencies=[Depends(csrf.protect)])
CASE = "/valuations/{valuation_id}"


async def _with(request: Request, valuation_id: UUID, action: str, model: Any, verb: Any, *ids: UUID) -> Response:
    """A verb that takes a command from the form."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)

    async def run() -> None:
        await verb(actor, valuation_id, *ids, forms.build(model, typed))

    return await done(request, actor, valuation_id, action, typed, run())


async def _bare(request: Request, valuation_id: UUID, action: str, verb: Any) -> Response:
    """A verb that takes nothing."""
    actor = await signed_in(request)
    return await done(request, actor, valuation_id, action, {}, verb(actor, valuation_id))


@router.post(CASE + "/offer")
async def page_offer_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _with(request, valuation_id, "offer", OfferQuote, valuations.offer)


@router.post(CASE + "/take-back")
async def page_take_back_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _bare(request, valuation_id, "take-back", valuations.take_back)


@router.post(CASE + "/refuse")
async def page_refuse_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _with(request, valuation_id, "refuse", TurnDown, valuations.refuse)


@router.post(CASE + "/quotes/{quote_id}/accept")
async def page_accept_valuation(request: Request, valuation_id: UUID, quote_id: UUID) -> Response:
    return await _with(request, valuation_id, "accept", AcceptQuote, valuations.accept, quote_id)


@router.post(CASE + "/quotes/{quote_id}/decline")
async def page_decline_valuation(request: Request, valuation_id: UUID, quote_id: UUID) -> Response:
    return await _with(request, valuation_id, "decline", TurnDown, valuations.decline, quote_id)


@router.post(CASE + "/assign")
async def page_assign_valuation(request: Request, valuation_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)

    async def run() -> None:
        # Each colleague has a row on the page; one whose box is not ticked is not named.
        named = [r for r in typed.get("appraisers") or [] if isinstance(r, dict) and r.get("person_id")]
        command = forms.build(Assign, {**typed, "appraisers": named})
        await valuations.assign(actor, valuation_id, command)

    return await done(request, actor, valuation_id, "assign", typed, run())


@router.post(CASE + "/clear")
async def page_clear_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _with(request, valuation_id, "clear", Why, valuations.clear)


@router.post(CASE + "/cancel")
async def page_cancel_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _with(request, valuation_id, "cancel", CancelValuation, valuations.cancel)


@router.post(CASE + "/documents")
async def page_attach_valuation(request: Request, valuation_id: UUID) -> Response:
    actor = await signed_in(request)
    form = await request.form(max_files=2, max_fields=100)
    typed, file = await forms.form_data(request), form.get("file")

    async def run() -> None:
        if not isinstance(file, UploadFile) or not file.filename:
            raise Invalid(fields={"file": Text("Hãy chọn một tệp.", "Choose a file.")})
        command = forms.build(AddDocument, typed)
        await valuations.attach(actor, valuation_id, command, file.filename, await file.read())

    return await done(request, actor, valuation_id, "documents", typed, run())


@router.get(CASE + "/documents/{document_id}")
async def page_open_valuation_document(request: Request, valuation_id: UUID, document_id: UUID) -> Response:
    found = await valuations.open_document(await signed_in(request), valuation_id, document_id)
    return downloads.stream(found.chunks, found.name, found.media_type, size=found.size)


@router.get(CASE + "/reports/{report_id}/{format}")
async def page_open_valuation_report(request: Request, valuation_id: UUID, report_id: UUID, format: str) -> Response:  # noqa: A002 - its name in the address
    found = await valuations.open_report(await signed_in(request), valuation_id, report_id, format)
    return downloads.stream(found.chunks, found.name, found.media_type, size=found.size)


@router.post(CASE + "/issue")
async def page_issue_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _with(request, valuation_id, "issue", IssueReport, valuations.issue)


@router.post(CASE + "/sign")
async def page_sign_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _with(request, valuation_id, "sign", SignReport, valuations.sign)


@router.post(CASE + "/deliver")
async def page_deliver_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _bare(request, valuation_id, "deliver", valuations.deliver)


@router.post(CASE + "/receive")
async def page_receive_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _bare(request, valuation_id, "receive", valuations.receive)


@router.post(CASE + "/complain")
async def page_complain_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _with(request, valuation_id, "complain", Complain, valuations.complain)


@router.post(CASE + "/answer-complaint")
async def page_answer_complaint_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _with(request, valuation_id, "answer-complaint", AnswerComplaint, valuations.answer_complaint)


@router.post(CASE + "/show")
async def page_show_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _bare(request, valuation_id, "show", valuations.show)


@router.post(CASE + "/hide")
async def page_hide_valuation(request: Request, valuation_id: UUID) -> Response:
    return await _bare(request, valuation_id, "hide", valuations.hide)
