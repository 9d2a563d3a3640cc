"""JSON routes of outcomes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Response

from app.outcomes.schemas import AnswerOutcome, PromptList, ReasonFilters, ReasonTable
from app.outcomes.service import outcomes
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["outcomes"], responses=PROBLEMS)


@router.get("/outcomes", response_model=PromptList)
async def api_outcomes(actor: ApiActor) -> Response:
    """Questions to your organisation about what became of its deals, and what it answered."""
    return answer(await outcomes.mine(actor))


@router.get("/outcomes/reasons", response_model=ReasonTable)
async def api_reasons(
    actor: ApiActor,
    since: date | None = None,
    until: date | None = None,
    field: str | None = None,
    listing_id: UUID | None = None,
    year: int | None = None,
) -> Response:
    """Why deals stop, by reason and stage: your own dealings, or all of them (operator). The Department reads one
    `year` up to the last whole month; counts behind which fewer than five organisations stand are absent."""
    filters = ReasonFilters(since=since, until=until, field=field, listing_id=listing_id)
    return answer(await outcomes.reasons(actor, filters, year=year))


@router.get("/deals/{deal_id}/outcome", response_model=PromptList)
async def api_deal_outcome(actor: ApiActor, deal_id: UUID) -> Response:
    """Questions to your organisation about one deal (to both parties, for the operator)."""
    return answer(await outcomes.of_deal(actor, deal_id))


@router.post("/deals/{deal_id}/outcome", status_code=201, response_model=PromptList)
async def api_answer_outcome(actor: ApiActor, deal_id: UUID, command: AnswerOutcome) -> Response:
    """Answer the open question, once. `in_use` does not raise the evidence level: L5 takes evidence of its own."""
    await outcomes.answer(actor, deal_id, command)
    return answer(await outcomes.of_deal(actor, deal_id), 201)
