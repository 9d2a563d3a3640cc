"""JSON routes of the statistics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.statistics.schemas import DealRows, Filters, ListingRows, PatentRows, PublicReport, Report
from app.statistics.service import statistics
from app.web import forms
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(prefix="/statistics", tags=["statistics"], responses=PROBLEMS)


def filters_of(
    request: Request,
    year: str = "",
    half: str = "",
    quarter: str = "",
    month: str = "",
    since: str = "",
    until: str = "",
    field: str = "",
    priority: str = "",
    owner_kind: str = "",
    province: str = "",
) -> Filters:
    """The filters of an address: a period (year with half, quarter or month; or since, until) and a slice."""
    return forms.build(Filters, dict(request.query_params))


Chosen = Annotated[Filters, Depends(filters_of)]


@router.get("", response_model=Report)
async def api_statistics(actor: ApiActor, filters: Chosen) -> Response:
    """The Department's figures; each states what it counts and on which evidence level."""
    return answer(await statistics.report(actor, filters))


@router.get("/deals", response_model=DealRows)
async def api_statistics_deals(actor: ApiActor, filters: Chosen, figure: str = "interests") -> Response:
    """Exactly the deals that a figure counts."""
    return answer(await statistics.deals(actor, figure, filters))


@router.get("/listings", response_model=ListingRows)
async def api_statistics_listings(actor: ApiActor, filters: Chosen) -> Response:
    """The listings behind a figure."""
    return answer(await statistics.listings(actor, filters))


@router.get("/patents", response_model=PatentRows)
async def api_statistics_patents(actor: ApiActor, filters: Chosen) -> Response:
    """City indicator 10, patent by patent."""
    return answer(await statistics.patents(actor, filters))


@router.get("/public", response_model=PublicReport)
async def api_statistics_public() -> Response:
    """What everyone may know; figures with fewer than five contributors are left out."""
    return answer(await statistics.public())
