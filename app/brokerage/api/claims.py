"""JSON routes of claims on introductions."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Response, UploadFile

from app.brokerage.claiming import claims
from app.brokerage.evidence import Upload
from app.brokerage.schemas.claims import AnswerClaim, AppealClaim, ClaimList, ClaimView, DecideClaim, OpenClaim
from app.web import downloads
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


@router.post("/introduction-claims/{claim_id}/files", status_code=201, response_model=ClaimView)
async def api_attach_to_claim(
    actor: ApiActor, claim_id: UUID, files: Annotated[list[UploadFile] | None, File(description="up to five")] = None
) -> Response:
    """Give files as evidence while the claim awaits a decision or is under appeal (either broker)."""
    await claims.attach(actor, claim_id, [Upload(f.filename or "file", await f.read()) for f in files or []])
    return answer(await claims.read(actor, claim_id), 201)


@router.get("/introduction-claims/{claim_id}/files/{file_id}", response_class=Response)
async def api_claim_file(actor: ApiActor, claim_id: UUID, file_id: UUID) -> Response:
    """A file as it was given."""
    found = await claims.open_file(actor, claim_id, file_id)
    return downloads.stream(found.chunks, found.name, found.media_type, size=found.size)


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
