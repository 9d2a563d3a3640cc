"""JSON routes of independence."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from app.independence.schemas import (
    DecideFinding,
    DeclarationList,
    DeclareInterest,
    EndInterest,
    FindingList,
    FindingView,
    GiveConsent,
    StatementView,
)
from app.independence.service import independence
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["independence"], responses=PROBLEMS)


@router.get("/me/interests", response_model=DeclarationList)
async def api_interests(actor: ApiActor) -> Response:
    """What your organisation and you have declared, ended declarations included."""
    return answer(await independence.own(actor))


@router.post("/me/interests", status_code=201, response_model=DeclarationList)
async def api_declare_interest(actor: ApiActor, command: DeclareInterest) -> Response:
    """Declare a tie: parent, shareholder, holding, key_person of the organisation; the other kinds of yourself."""
    await independence.declare(actor, command)
    return answer(await independence.own(actor), 201)


@router.post("/me/interests/{declaration_id}/end", response_model=DeclarationList)
async def api_end_interest(actor: ApiActor, declaration_id: UUID, command: EndInterest | None = None) -> Response:
    """The tie has ended, today unless `until` says when; the record stays."""
    await independence.end(actor, declaration_id, command or EndInterest())
    return answer(await independence.own(actor))


@router.get("/deals/{deal_id}/independence", response_model=StatementView)
async def api_independence(actor: ApiActor, deal_id: UUID) -> Response:
    """Who takes part in a deal, which ties are known, and what became of them."""
    return answer(await independence.statement(actor, deal_id))


@router.get("/conflicts", response_model=FindingList)
async def api_conflicts(actor: ApiActor, status: str | None = "open", cursor: str | None = None) -> Response:
    """Findings to decide (operator), those waiting longest first."""
    return answer(await independence.queue(actor, status=status, cursor=cursor))


@router.get("/conflicts/{finding_id}", response_model=FindingView)
async def api_conflict(actor: ApiActor, finding_id: UUID) -> Response:
    """One finding; people and figures are for the operator alone."""
    return answer(await independence.finding(actor, finding_id))


@router.post("/conflicts/{finding_id}/clear", response_model=FindingView)
async def api_clear_conflict(actor: ApiActor, finding_id: UUID, command: DecideFinding) -> Response:
    """No conflict, with the reason (operator)."""
    await independence.clear(actor, finding_id, command)
    return answer(await independence.finding(actor, finding_id))


@router.post("/conflicts/{finding_id}/uphold", response_model=FindingView)
async def api_uphold_conflict(actor: ApiActor, finding_id: UUID, command: DecideFinding) -> Response:
    """A conflict, with the reason: whoever is no party leaves the deal (operator)."""
    await independence.uphold(actor, finding_id, command)
    return answer(await independence.finding(actor, finding_id))


@router.post("/conflicts/{finding_id}/consent", response_model=FindingView)
async def api_consent_conflict(actor: ApiActor, finding_id: UUID, command: GiveConsent) -> Response:
    """A party consents in writing to a disclosed tie."""
    await independence.consent(actor, finding_id, command)
    return answer(await independence.finding(actor, finding_id))
