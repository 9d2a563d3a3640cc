"""HTML routes of price evidence and calibration."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app import reference
from app.kit.errors import Invalid
from app.kit.text import Text
from app.valuations import evidence
from app.valuations.pages.showing import SAID
from app.valuations.pages.work import ORIGINS
from app.valuations.schemas.evidence import AskPrices, TakeComparables
from app.valuations.service import valuations
from app.web import csrf, forms
from app.web.actor import page_actor, signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])


@router.get("/valuations/prices")
async def page_price_bands(request: Request) -> Response:
    actor = await page_actor(request)
    errors: dict[str, Text] = {}
    try:
        ask = forms.build(AskPrices, dict(request.query_params))
    except Invalid as error:
        ask, errors = AskPrices(), dict(error.fields)
    context = {
        "view": await evidence.price_bands(ask),
        "ask": ask,
        "errors": errors,
        "fields": reference.form_choices(actor.locale)["fields"],
        "modes": forms.options(reference.TransferMode, actor.locale),
        "royalties": reference.royalties(),
    }
    return await render(request, "valuations/prices.html", context, status=422 if errors else 200)


@router.get("/valuations/calibration")
async def page_valuation_calibration(request: Request) -> Response:
    actor = await signed_in(request)
    return await render(request, "valuations/calibration.html", {"view": await valuations.calibration(actor)})


@router.get("/valuations/{valuation_id}/evidence")
async def page_valuation_evidence(request: Request, valuation_id: UUID) -> Response:
    actor = await signed_in(request)
    context = {"view": await valuations.evidence(actor, valuation_id), "origins": ORIGINS}
    return await render(request, "valuations/evidence.html", context)


@router.post("/valuations/{valuation_id}/sheets/{version}/comparables")
async def page_take_comparables(request: Request, valuation_id: UUID, version: int) -> Response:
    actor = await signed_in(request)
    command = await forms.parse_form(request, TakeComparables)
    await valuations.take_comparables(actor, valuation_id, version, command)
    address = f"/valuations/{valuation_id}/sheets/{version}"
    return redirect(address, ("success", SAID["save"]), locale=actor.locale)
