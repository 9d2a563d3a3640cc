"""JSON routes of the calculators: methods by name, and their results. No account is needed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.kit.errors import TooLarge
from app.valuations import calculators
from app.valuations.calculators import BODY_BYTES, Calculate, CalculationView, MethodList, MethodView
from app.web.actor import ApiActor, client_address
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["valuations"], responses=PROBLEMS)


async def small_body(request: Request) -> None:
    """Inputs of a method are a page of numbers at most. TooLarge."""
    if len(await request.body()) > BODY_BYTES:
        raise TooLarge


Small = Annotated[None, Depends(small_body)]


@router.get("/valuation-methods", response_model=MethodList)
async def api_valuation_methods() -> Response:
    """Every method of valuation: its name, its approach and what it is for, in both languages."""
    return answer(calculators.methods())


@router.get("/valuation-methods/{method}", response_model=MethodView)
async def api_valuation_method(method: str) -> Response:
    """One method: formula, sources, the JSON Schema of its inputs (units, ranges, explanations) and an example."""
    return answer(calculators.method(method))


@router.post("/valuation-methods/{method}/calculations", response_model=CalculationView)
async def api_calculate(request: Request, method: str, body: Calculate, actor: ApiActor, _: Small) -> Response:
    """The method's result on these inputs: a reference estimate, stored nowhere. Rates are fractions of one (0.18 is
    18 %); numbers may be strings, so that they stay exact. Refusals name the field and the range allowed."""
    return answer(
        await calculators.calculate(actor, method, body.inputs, body.currency, address=client_address(request))
    )
