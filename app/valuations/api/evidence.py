"""JSON routes of price evidence and calibration."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.valuations import evidence
from app.valuations.schemas.evidence import AskPrices, Calibration, CaseEvidence, PriceBands, TakeComparables
from app.valuations.schemas.views import SheetView
from app.valuations.service import valuations
from app.web import forms
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["valuations"], responses=PROBLEMS)


def asked(request: Request, field: str = "", mode: str = "", trl: str = "") -> AskPrices:
    """Field, mode and readiness of an address; each may be left out."""
    return forms.build(AskPrices, dict(request.query_params))


@router.get("/price-bands", response_model=PriceBands)
async def api_price_bands(ask: Annotated[AskPrices, Depends(asked)]) -> Response:
    """Quartiles of settled prices by field, mode and readiness, where enough deals stand behind them."""
    return answer(await evidence.price_bands(ask))


@router.get("/valuations/calibration", response_model=Calibration)
async def api_valuation_calibration(actor: ApiActor) -> Response:
    """Valuations beside later prices: all of them (operator, Department), or your organisation's own (provider)."""
    return answer(await valuations.calibration(actor))


@router.get("/valuations/{valuation_id}/evidence", response_model=CaseEvidence)
async def api_valuation_evidence(actor: ApiActor, valuation_id: UUID) -> Response:
    """Comparables without parties, and facts of the asset's rights, for the provider of the case."""
    return answer(await valuations.evidence(actor, valuation_id))


@router.post("/valuations/{valuation_id}/sheets/{version}/comparables", response_model=SheetView)
async def api_take_comparables(actor: ApiActor, valuation_id: UUID, version: int, command: TakeComparables) -> Response:
    """Put the comparables of a mode into the draft as one more calculation, with their source."""
    await valuations.take_comparables(actor, valuation_id, version, command)
    return answer(await valuations.sheet(actor, valuation_id, version))
