"""JSON routes of the valuation case."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Response, UploadFile

from app.valuations.schemas.choices import DocumentKind
from app.valuations.schemas.commands import (
    AcceptQuote,
    AddDocument,
    AddRemark,
    AnswerComplaint,
    Assign,
    CancelValuation,
    Complain,
    IssueReport,
    OfferQuote,
    RequestValuation,
    SaveSheet,
    SignReport,
    Submit,
    TurnDown,
    Why,
)
from app.valuations.schemas.views import SheetView, ShownList, ValuationList, ValuationView
from app.valuations.service import valuations
from app.web import downloads
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["valuations"], responses=PROBLEMS)
CASE = "/valuations/{valuation_id}"
SHEET = CASE + "/sheets/{version}"


async def _case(actor: ApiActor, valuation_id: UUID, status: int = 200) -> Response:
    return answer(await valuations.read(actor, valuation_id), status)


async def _sheet(actor: ApiActor, valuation_id: UUID, version: int, status: int = 200) -> Response:
    return answer(await valuations.sheet(actor, valuation_id, version), status)


# --- requesting ---


@router.post("/listings/{listing_id}/valuations", status_code=201, response_model=ValuationView)
async def api_request_valuation(actor: ApiActor, listing_id: UUID, command: RequestValuation) -> Response:
    """Ask up to five organisations for a quote (owner of the technology, or a party of a deal over it)."""
    return await _case(actor, await valuations.request(actor, listing_id, command), 201)


@router.get("/listings/{listing_id}/valuations", response_model=ShownList)
async def api_shown_valuations(actor: ApiActor, listing_id: UUID) -> Response:
    """What the owner shows of its delivered valuations: kind, date and range."""
    return answer(await valuations.shown(actor, listing_id))


@router.get("/me/valuations", response_model=ValuationList)
async def api_own_valuations(actor: ApiActor) -> Response:
    """Cases your organisation asked for, works on or was asked to quote for, the newest first."""
    return answer(await valuations.own(actor))


@router.get(CASE, response_model=ValuationView)
async def api_read_valuation(actor: ApiActor, valuation_id: UUID) -> Response:
    """A case as your side may read it."""
    return await _case(actor, valuation_id)


@router.post(CASE + "/cancel", response_model=ValuationView)
async def api_cancel_valuation(actor: ApiActor, valuation_id: UUID, command: CancelValuation) -> Response:
    """Stop before a report is made, with a coded reason (requester, provider)."""
    await valuations.cancel(actor, valuation_id, command)
    return await _case(actor, valuation_id)


@router.post(CASE + "/show", response_model=ValuationView)
async def api_show_valuation(actor: ApiActor, valuation_id: UUID) -> Response:
    """Show kind, date and range on the technology's page (owner)."""
    await valuations.show(actor, valuation_id)
    return await _case(actor, valuation_id)


@router.post(CASE + "/hide", response_model=ValuationView)
async def api_hide_valuation(actor: ApiActor, valuation_id: UUID) -> Response:
    """Show it no more (owner)."""
    await valuations.hide(actor, valuation_id)
    return await _case(actor, valuation_id)


# --- quotes and assignment ---


@router.post(CASE + "/offer", response_model=ValuationView)
async def api_offer_valuation(actor: ApiActor, valuation_id: UUID, command: OfferQuote) -> Response:
    """Send a quote: fee, days, terms (who was asked)."""
    await valuations.offer(actor, valuation_id, command)
    return await _case(actor, valuation_id)


@router.post(CASE + "/take-back", response_model=ValuationView)
async def api_take_back_valuation(actor: ApiActor, valuation_id: UUID) -> Response:
    """Take the quote back, to send another (who was asked)."""
    await valuations.take_back(actor, valuation_id)
    return await _case(actor, valuation_id)


@router.post(CASE + "/refuse", response_model=ValuationView)
async def api_refuse_valuation(actor: ApiActor, valuation_id: UUID, command: TurnDown) -> Response:
    """Do not take the work, with a coded reason (who was asked)."""
    await valuations.refuse(actor, valuation_id, command)
    return await _case(actor, valuation_id)


@router.post(CASE + "/quotes/{quote_id}/accept", response_model=ValuationView)
async def api_accept_valuation(actor: ApiActor, valuation_id: UUID, quote_id: UUID, command: AcceptQuote) -> Response:
    """Choose a quote; the others lapse (requester)."""
    await valuations.accept(actor, valuation_id, quote_id, command)
    return await _case(actor, valuation_id)


@router.post(CASE + "/quotes/{quote_id}/decline", response_model=ValuationView)
async def api_decline_valuation(actor: ApiActor, valuation_id: UUID, quote_id: UUID, command: TurnDown) -> Response:
    """Do not take a quote, with a coded reason (requester)."""
    await valuations.decline(actor, valuation_id, quote_id, command)
    return await _case(actor, valuation_id)


@router.post(CASE + "/assign", response_model=ValuationView)
async def api_assign_valuation(actor: ApiActor, valuation_id: UUID, command: Assign) -> Response:
    """Name the people who do the work; licence, certified appraisers and independence are checked (provider)."""
    await valuations.assign(actor, valuation_id, command)
    return await _case(actor, valuation_id)


@router.post(CASE + "/clear", response_model=ValuationView)
async def api_clear_valuation(actor: ApiActor, valuation_id: UUID, command: Why) -> Response:
    """Ties that are only possible are no conflict, with the reason (operator)."""
    await valuations.clear(actor, valuation_id, command)
    return await _case(actor, valuation_id)


# --- documents and work sheets ---


@router.post(CASE + "/documents", status_code=201, response_model=ValuationView)
async def api_attach_valuation(
    actor: ApiActor,
    valuation_id: UUID,
    file: Annotated[UploadFile, File()],
    kind: Annotated[DocumentKind, Form()],
    title: Annotated[str | None, Form(max_length=200)] = None,
) -> Response:
    """Put a document into the case; its two sides read it (requester, provider)."""
    command = AddDocument(kind=kind, title=title)
    await valuations.attach(actor, valuation_id, command, file.filename or "file", await file.read())
    return await _case(actor, valuation_id, 201)


@router.get(CASE + "/documents/{document_id}", response_class=Response)
async def api_open_valuation_document(actor: ApiActor, valuation_id: UUID, document_id: UUID) -> Response:
    """The file as it was sent."""
    found = await valuations.open_document(actor, valuation_id, document_id)
    return downloads.stream(found.chunks, found.name, found.media_type, size=found.size)


@router.post(CASE + "/sheets", status_code=201, response_model=SheetView)
async def api_begin_valuation_sheet(actor: ApiActor, valuation_id: UUID) -> Response:
    """A new version of the work sheet, a copy of the one before (appraiser)."""
    return await _sheet(actor, valuation_id, await valuations.begin_sheet(actor, valuation_id), 201)


@router.get(SHEET, response_model=SheetView)
async def api_read_valuation_sheet(actor: ApiActor, valuation_id: UUID, version: int) -> Response:
    """A work sheet, what it computes to or what is in the way, and its remarks (provider)."""
    return await _sheet(actor, valuation_id, version)


@router.put(SHEET, response_model=SheetView)
async def api_save_valuation_sheet(actor: ApiActor, valuation_id: UUID, version: int, command: SaveSheet) -> Response:
    """Keep the draft, complete or not; `revision` is the one you read (appraiser)."""
    await valuations.save(actor, valuation_id, version, command)
    return await _sheet(actor, valuation_id, version)


@router.post(SHEET + "/submit", response_model=SheetView)
async def api_submit_valuation_sheet(actor: ApiActor, valuation_id: UUID, version: int, command: Submit) -> Response:
    """Send it to the second person; from now on it is not edited (appraiser)."""
    await valuations.submit(actor, valuation_id, version, command)
    return await _sheet(actor, valuation_id, version)


@router.post(SHEET + "/remarks", status_code=201, response_model=SheetView)
async def api_remark_valuation_sheet(actor: ApiActor, valuation_id: UUID, version: int, command: AddRemark) -> Response:
    """Say something of one input (second person)."""
    await valuations.remark(actor, valuation_id, version, command)
    return await _sheet(actor, valuation_id, version, 201)


@router.post(SHEET + "/return", response_model=SheetView)
async def api_return_valuation_sheet(actor: ApiActor, valuation_id: UUID, version: int, command: Why) -> Response:
    """Return it with the reason (second person)."""
    await valuations.send_back(actor, valuation_id, version, command)
    return await _sheet(actor, valuation_id, version)


@router.post(SHEET + "/approve", response_model=SheetView)
async def api_approve_valuation_sheet(actor: ApiActor, valuation_id: UUID, version: int) -> Response:
    """Agree: its value is the case's (second person, never one who wrote in it)."""
    await valuations.approve(actor, valuation_id, version)
    return await _sheet(actor, valuation_id, version)


# --- report, delivery, complaint ---


@router.post(CASE + "/issue", response_model=ValuationView)
async def api_issue_valuation(actor: ApiActor, valuation_id: UUID, command: IssueReport) -> Response:
    """Make the report of the approved sheet (provider)."""
    await valuations.issue(actor, valuation_id, command)
    return await _case(actor, valuation_id)


@router.get(CASE + "/reports/{report_id}/{format}", response_class=Response)
async def api_open_valuation_report(actor: ApiActor, valuation_id: UUID, report_id: UUID, format: str) -> Response:  # noqa: A002 - its name in the address
    """A file of a report (pdf, xlsx, json); for the requester from delivery on."""
    found = await valuations.open_report(actor, valuation_id, report_id, format)
    return downloads.stream(found.chunks, found.name, found.media_type, size=found.size)


@router.post(CASE + "/sign", response_model=ValuationView)
async def api_sign_valuation(actor: ApiActor, valuation_id: UUID, command: SignReport) -> Response:
    """Sign what you read, as the appraiser or the legal representative (named people of the provider)."""
    await valuations.sign(actor, valuation_id, command)
    return await _case(actor, valuation_id)


@router.post(CASE + "/deliver", response_model=ValuationView)
async def api_deliver_valuation(actor: ApiActor, valuation_id: UUID) -> Response:
    """Hand the signed report to the requester (provider)."""
    await valuations.deliver(actor, valuation_id)
    return await _case(actor, valuation_id)


@router.post(CASE + "/receive", response_model=ValuationView)
async def api_receive_valuation(actor: ApiActor, valuation_id: UUID) -> Response:
    """Confirm that you have the report (requester)."""
    await valuations.receive(actor, valuation_id)
    return await _case(actor, valuation_id)


@router.post(CASE + "/complain", status_code=201, response_model=ValuationView)
async def api_complain_valuation(actor: ApiActor, valuation_id: UUID, command: Complain) -> Response:
    """Say what is wrong with the delivered report, within the days of the rule (requester)."""
    await valuations.complain(actor, valuation_id, command)
    return await _case(actor, valuation_id, 201)


@router.post(CASE + "/answer-complaint", response_model=ValuationView)
async def api_answer_complaint_valuation(actor: ApiActor, valuation_id: UUID, command: AnswerComplaint) -> Response:
    """Keep the result or do it anew, with the reason (provider)."""
    await valuations.answer_complaint(actor, valuation_id, command)
    return await _case(actor, valuation_id)
