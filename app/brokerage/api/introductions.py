"""JSON routes of introductions."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from app.brokerage.introducing import introductions
from app.brokerage.schemas.introductions import (
    AcceptIntroduction,
    DeclineIntroduction,
    IntroductionList,
    IntroductionView,
    Receipt,
    SealIntroduction,
    VerifyReceipt,
    VerifyView,
)
from app.web.actor import ApiActor
from app.web.answers import answer

router = APIRouter()


@router.get("/introductions", response_model=IntroductionList)
async def api_list_introductions(actor: ApiActor, mandate_id: UUID | None = None) -> Response:
    """What your organisation introduced, had introduced for it, or was introduced to."""
    return answer(await introductions.own(actor, mandate_id=mandate_id))


@router.post("/introductions", status_code=201, response_model=IntroductionView)
async def api_seal_introduction(actor: ApiActor, command: SealIntroduction) -> Response:
    """Introduce a party under an active mandate; sealed at this moment."""
    return answer(await introductions.read(actor, await introductions.seal(actor, command)), 201)


@router.post("/introductions/verify", response_model=VerifyView)
async def api_verify_introduction(command: VerifyReceipt) -> Response:
    """Whether a receipt is what was sealed here; for anybody who has one, without a key."""
    return answer(await introductions.verify(command))


@router.get("/introductions/{introduction_id}", response_model=IntroductionView)
async def api_read_introduction(actor: ApiActor, introduction_id: UUID) -> Response:
    """An introduction as your side may read it; who is still sealed is absent."""
    return answer(await introductions.read(actor, introduction_id))


@router.get("/introductions/{introduction_id}/receipt", response_model=Receipt)
async def api_introduction_receipt(actor: ApiActor, introduction_id: UUID) -> Response:
    """The receipt that proves the introduction (broker)."""
    return answer(await introductions.receipt(actor, introduction_id))


@router.post("/introductions/{introduction_id}/accept", response_model=IntroductionView)
async def api_accept_introduction(actor: ApiActor, introduction_id: UUID, command: AcceptIntroduction) -> Response:
    """Say yes: you are named to the other side; about a technology the deal opens (introduced party)."""
    await introductions.accept(actor, introduction_id, command)
    return answer(await introductions.read(actor, introduction_id))


@router.post("/introductions/{introduction_id}/decline", response_model=IntroductionView)
async def api_decline_introduction(actor: ApiActor, introduction_id: UUID, command: DeclineIntroduction) -> Response:
    """Say no with a coded reason; you are not named (introduced party)."""
    await introductions.decline(actor, introduction_id, command)
    return answer(await introductions.read(actor, introduction_id))
