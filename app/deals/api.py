"""JSON routes of deals. The rounds of a deal are under `/deals/{id}/offers` (offers)."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from app.deals.schemas import (
    CloseDeal,
    DealList,
    DealView,
    DisputeContract,
    ExpressInterest,
    ReportContract,
    Timeline,
)
from app.deals.service import deals
from app.kit import paging
from app.web import downloads, forms
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["deals"], responses=PROBLEMS)
Limit = Annotated[int, Query(description=f"at most {paging.MAX_LIMIT}; more is capped")]


@router.post("/listings/{listing_id}/interest", status_code=201, response_model=DealView)
async def api_express_interest(actor: ApiActor, listing_id: UUID, command: ExpressInterest) -> Response:
    """Open the deal with the listing's owner; a second interest leads to the same deal."""
    return answer(await deals.read(actor, await deals.express_interest(actor, listing_id, command)), 201)


@router.get("/deals", response_model=DealList)
async def api_list_deals(
    actor: ApiActor,
    status: str | None = None,
    listing_id: UUID | None = None,
    cursor: str | None = None,
    limit: Limit = 50,
) -> Response:
    """Your deals (all of them for the operator and the Department), those that moved last first."""
    return answer(await deals.list(actor, status=status, listing_id=listing_id, cursor=cursor, limit=limit))


@router.get("/deals/{deal_id}", response_model=DealView)
async def api_read_deal(actor: ApiActor, deal_id: UUID) -> Response:
    """A deal as its parties, the operator and the Department may each see it."""
    return answer(await deals.read(actor, deal_id))


@router.get("/deals/{deal_id}/timeline", response_model=Timeline)
async def api_deal_timeline(actor: ApiActor, deal_id: UUID) -> Response:
    """What happened to a deal, oldest first; with its offers in `/deals/{id}/room`."""
    return answer(await deals.timeline(actor, deal_id))


@router.post("/deals/{deal_id}/close", response_model=DealView)
async def api_close_deal(actor: ApiActor, deal_id: UUID, command: CloseDeal) -> Response:
    """Stop, with a coded reason."""
    await deals.close(actor, deal_id, command)
    return answer(await deals.read(actor, deal_id))


@router.post("/deals/{deal_id}/report-contract", response_model=DealView)
async def api_report_contract(
    actor: ApiActor,
    deal_id: UUID,
    number: Annotated[str, Form()],
    signed_on: Annotated[date, Form()],
    value: Annotated[str, Form(description="đồng, digits only or grouped")],
    file: Annotated[UploadFile, File(description="the signed contract, PDF")],
) -> Response:
    """Report the contract both sides signed; the other party confirms it."""
    command = forms.build(ReportContract, {"number": number, "signed_on": signed_on, "value": value})
    await deals.report_contract(actor, deal_id, command, file.filename or "contract.pdf", await file.read())
    return answer(await deals.read(actor, deal_id))


@router.post("/deals/{deal_id}/confirm-contract", response_model=DealView)
async def api_confirm_contract(actor: ApiActor, deal_id: UUID) -> Response:
    """The other side confirms the reported contract: the deal reaches L2."""
    await deals.confirm_contract(actor, deal_id)
    return answer(await deals.read(actor, deal_id))


@router.post("/deals/{deal_id}/dispute-contract", response_model=DealView)
async def api_dispute_contract(actor: ApiActor, deal_id: UUID, command: DisputeContract) -> Response:
    """The other side says what is wrong with the reported contract."""
    await deals.dispute_contract(actor, deal_id, command)
    return answer(await deals.read(actor, deal_id))


@router.get("/deals/{deal_id}/evidence/{evidence_id}", response_class=Response)
async def api_open_evidence(actor: ApiActor, deal_id: UUID, evidence_id: UUID) -> Response:
    """The contract's file, for the parties and the operator."""
    found = await deals.open_evidence(actor, deal_id, evidence_id)
    return downloads.stream(found.chunks, found.name, found.media_type)
