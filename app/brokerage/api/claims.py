"""JSON routes of claims on introductions."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from app.brokerage.claiming import claims
from app.brokerage.schemas.claims import AnswerClaim, AppealClaim, ClaimList, ClaimView, DecideClaim, OpenClaim
from app.web.actor import ApiActor
from app.web.answers import answer

router = APIRouter()


@router.post("/introductions/{introduction_id}/claim", status_code=201, response_model=ClaimView)
async def api_open_claim(actor: ApiActor, introduction_id: UUID, command: OpenClaim) -> Response:
    """Claim that your introduction brought the two together, against the one that holds by the record."""
    return answer(await claims.read(actor, await claims.open(actor, introduction_id, command)), 201)


@router.get("/introduction-claims", response_model=ClaimList)
async def api_list_claims(actor: ApiActor) -> Response:
    """The claims of your organisation; all of them for the operator."""
    return answer(await claims.own(actor))


@router.get("/introduction-claims/{claim_id}", response_model=ClaimView)
async def api_read_claim(actor: ApiActor, claim_id: UUID) -> Response:
    """A claim with its decisions."""
    return answer(await claims.read(actor, claim_id))


@router.post("/introduction-claims/{claim_id}/answer", response_model=ClaimView)
async def api_answer_claim(actor: ApiActor, claim_id: UUID, command: AnswerClaim) -> Response:
    """Your word on the claim, once (the other broker)."""
    await claims.answer(actor, claim_id, command)
    return answer(await claims.read(actor, claim_id))


@router.post("/introduction-claims/{claim_id}/withdraw", response_model=ClaimView)
async def api_withdraw_claim(actor: ApiActor, claim_id: UUID) -> Response:
    """Take your claim back before it is decided."""
    await claims.withdraw(actor, claim_id)
    return answer(await claims.read(actor, claim_id))


@router.post("/introduction-claims/{claim_id}/appeal", response_model=ClaimView)
async def api_appeal_claim(actor: ApiActor, claim_id: UUID, command: AppealClaim) -> Response:
    """Ask once that another person of the operator decides; within 15 days."""
    await claims.appeal(actor, claim_id, command)
    return answer(await claims.read(actor, claim_id))


@router.post("/introduction-claims/{claim_id}/decide", response_model=ClaimView)
async def api_decide_claim(actor: ApiActor, claim_id: UUID, command: DecideClaim) -> Response:
    """The first decision, with its reasons (operator)."""
    await claims.decide(actor, claim_id, command)
    return answer(await claims.read(actor, claim_id))


@router.post("/introduction-claims/{claim_id}/decide-appeal", response_model=ClaimView)
async def api_decide_appeal_claim(actor: ApiActor, claim_id: UUID, command: DecideClaim) -> Response:
    """The last decision, by somebody who did not take the first (operator)."""
    await claims.decide_appeal(actor, claim_id, command)
    return answer(await claims.read(actor, claim_id))
