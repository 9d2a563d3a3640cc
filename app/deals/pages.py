"""HTML routes of deals: the desk, interest, contract. The room itself (`/deals/{id}`) is a page of offers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

from app.deals.schemas import (
    LEVEL_LABELS,
    REASONS,
    CloseDeal,
    DisputeContract,
    EvidenceLevel,
    ExpressInterest,
    ReportContract,
)
from app.deals.service import deals
from app.deals.workflow import DEAL
from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text
from app.listings import ListingView, listings
from app.web import csrf, downloads, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render, url_with

router = APIRouter(dependencies=[Depends(csrf.protect)])


@router.get("/desk")
async def page_desk(request: Request) -> Response:
    """One's deals: those that wait for us first; as a list or as a board by stage."""
    actor = await signed_in(request)
    status = request.query_params.get("status")
    status = status if status in DEAL.states else None
    cursor = request.query_params.get("cursor")
    board = request.query_params.get("view") == "board"
    found = await deals.list(actor, status=status, cursor=cursor, limit=100 if board else 50)
    tabs = [{"label": Text("Tất cả", "All").get(actor.locale), "url": "/desk", "current": status is None}]
    tabs += [
        {"label": s.label.get(actor.locale), "url": f"/desk?status={s.key}", "current": s.key == status}
        for s in DEAL.states.values()
    ]
    context = {
        "mine": [d for d in found.items if d.my_turn] if not cursor and status is None else [],
        "items": found.items,
        "columns": [(s, [d for d in found.items if d.status == s.key]) for s in DEAL.states.values()],
        "board": board,
        "states": DEAL.states,
        "levels": {level.value: label for level, label in LEVEL_LABELS.items()},
        "tabs": tabs,
        "list_url": url_with(request, view=None),
        "board_url": url_with(request, view="board", cursor=None),
        "next_url": url_with(request, cursor=found.next_cursor) if found.next_cursor else "",
        "first_url": url_with(request, cursor=None) if cursor else "",
        "sees_all": actor.is_operator or actor.is_department,
    }
    return await render(request, "deals/desk.html", context)


async def _interest_page(
    request: Request,
    view: ListingView,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    context = {"view": view, "errors": errors or {}, "values": values or {}}
    return await render(request, "deals/interest.html", context, status=status)


@router.get("/listings/{listing_id}/interest")
async def page_interest(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    return await _interest_page(request, await listings.read(actor, listing_id))


@router.post("/listings/{listing_id}/interest")
async def page_express_interest(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        deal_id = await deals.express_interest(actor, listing_id, forms.build(ExpressInterest, typed))
    except Invalid as error:
        view = await listings.read(actor, listing_id)
        return await _interest_page(request, view, errors=error.fields, values=typed, status=422)
    said = Text("Đã gửi quan tâm. Bên chào bán trả lời trong 14 ngày.", "Your interest is sent; answer in 14 days.")
    return redirect(f"/deals/{deal_id}", ("success", said), locale=actor.locale)


async def _may(request: Request, deal_id: UUID, action: str) -> None:
    """Before a form is shown: whoever may not, or not now, is told so before typing."""
    actor = await signed_in(request)
    deal = await deals.read(actor, deal_id)
    if action not in deal.actions:
        raise Conflict if deal.side is not None and actor.can_manage else Forbidden


@router.get("/deals/{deal_id}/close")
async def page_close_form(request: Request, deal_id: UUID) -> Response:
    await _may(request, deal_id, "close")
    return await _close_page(request, deal_id)


async def _close_page(
    request: Request,
    deal_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    actor = await signed_in(request)
    context = {
        "deal": await deals.read(actor, deal_id),
        "reasons": [(r.value, r.label.get(actor.locale)) for r in REASONS],
        "errors": errors or {},
        "values": values or {},
    }
    return await render(request, "deals/close.html", context, status=status)


@router.post("/deals/{deal_id}/close")
async def page_close_deal(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await deals.close(actor, deal_id, forms.build(CloseDeal, typed))
    except Invalid as error:
        return await _close_page(request, deal_id, errors=error.fields, values=typed, status=422)
    said = Text("Đã dừng giao dịch và báo cho bên kia.", "The deal is closed and the other side told.")
    return redirect(f"/deals/{deal_id}", ("success", said), locale=actor.locale)


async def _contract_page(
    request: Request,
    deal_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    actor = await signed_in(request)
    deal = await deals.read(actor, deal_id)
    context = {
        "deal": deal,
        "errors": errors or {},
        "values": values or {"value": deal.agreed_value if deal.agreed_value is not None else ""},
        "level": LEVEL_LABELS[EvidenceLevel.contract],
    }
    return await render(request, "deals/contract.html", context, status=status)


@router.get("/deals/{deal_id}/contract")
async def page_contract_form(request: Request, deal_id: UUID) -> Response:
    await _may(request, deal_id, "report_contract")
    return await _contract_page(request, deal_id)


@router.post("/deals/{deal_id}/contract")
async def page_report_contract(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    file = (await request.form(max_files=20, max_fields=1000)).get("file")
    data = await file.read() if isinstance(file, UploadFile) else b""
    name = file.filename if isinstance(file, UploadFile) and file.filename else "contract.pdf"
    try:
        await deals.report_contract(actor, deal_id, forms.build(ReportContract, typed), name, data)
    except Invalid as error:
        return await _contract_page(request, deal_id, errors=error.fields, values=typed, status=422)
    said = Text("Đã báo hợp đồng. Bên kia sẽ xác nhận.", "The contract is reported; the other side confirms.")
    return redirect(f"/deals/{deal_id}", ("success", said), locale=actor.locale)


@router.post("/deals/{deal_id}/confirm-contract")
async def page_confirm_contract(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    await deals.confirm_contract(actor, deal_id)
    said = Text("Đã xác nhận hợp đồng: bậc chứng cứ L2.", "Contract confirmed: evidence level L2.")
    return redirect(f"/deals/{deal_id}", ("success", said), locale=actor.locale)


@router.post("/deals/{deal_id}/dispute-contract")
async def page_dispute_contract(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    await deals.dispute_contract(actor, deal_id, await forms.parse_form(request, DisputeContract))
    said = Text("Đã báo hợp đồng không đúng.", "The reported contract is disputed.")
    return redirect(f"/deals/{deal_id}", ("success", said), locale=actor.locale)


@router.get("/deals/{deal_id}/evidence/{evidence_id}")
async def page_open_evidence(request: Request, deal_id: UUID, evidence_id: UUID) -> Response:
    found = await deals.open_evidence(await signed_in(request), deal_id, evidence_id)
    return downloads.stream(found.chunks, found.name, found.media_type)
