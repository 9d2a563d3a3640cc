"""JSON routes of the calculators: methods by name, and their results. No account is needed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.kit.errors import TooLarge
from app.valuations import calculators, estimating
from app.valuations.answers import Answers
from app.valuations.calculators import BODY_BYTES, Calculate, CalculationView, MethodList, MethodView
from app.valuations.estimating import FirstEstimateView, QuestionList
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


@router.get("/valuations/first-estimate", response_model=QuestionList)
async def api_first_estimate_questions() -> Response:
    """The ten questions of the first estimate, with their options."""
    return answer(estimating.questions())


@router.post("/valuations/first-estimate", response_model=FirstEstimateView)
async def api_first_estimate(request: Request, body: Answers, actor: ApiActor, _: Small) -> Response:
    """Answers to any of the ten questions to a range in VND, the assumptions behind it, and by how much each further
    answer would narrow it. A reference estimate, stored nowhere."""
    return answer(await estimating.first_estimate(actor, body, address=client_address(request)))
