"""JSON routes of commission statements and indicators."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Response

from app.brokerage.indicators import brokerage_indicators
from app.brokerage.schemas.indicators import IndicatorSheet, Period
from app.brokerage.schemas.introductions import CommissionList
from app.brokerage.settling import attributing
from app.web import forms
from app.web.actor import ApiActor
from app.web.answers import answer

router = APIRouter()


@router.get("/brokerage/commissions", response_model=CommissionList)
async def api_list_commissions(actor: ApiActor) -> Response:
    """Statements of what is due, the newest of each deal and mandate; no money moves by them."""
    return answer(await attributing.commissions(actor))


@router.get("/brokerage/indicators", response_model=IndicatorSheet)
async def api_brokerage_indicators(actor: ApiActor, since: date | None = None, until: date | None = None) -> Response:
    """A broker's own figures, the operator's by broker, the Department's of the market."""
    return answer(await brokerage_indicators.sheet(actor, forms.build(Period, {"since": since, "until": until})))
