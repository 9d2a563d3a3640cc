"""JSON routes of mandates."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from app.brokerage.mandating import mandates
from app.brokerage.schemas.mandates import (
    CounterMandate,
    DeclineMandate,
    GiveNotice,
    MandateList,
    MandateView,
    ProposeMandate,
    SignMandate,
)
from app.web.actor import ApiActor
from app.web.answers import answer

router = APIRouter()


@router.get("/mandates", response_model=MandateList)
async def api_list_mandates(actor: ApiActor) -> Response:
    """The mandates of your organisation, as client and as broker."""
    return answer(await mandates.own(actor))


@router.post("/mandates", status_code=201, response_model=MandateView)
async def api_propose_mandate(actor: ApiActor, command: ProposeMandate) -> Response:
    """Put a mandate forward, as client or as broker."""
    return answer(await mandates.read(actor, await mandates.propose(actor, command)), 201)


@router.get("/mandates/{mandate_id}", response_model=MandateView)
async def api_read_mandate(actor: ApiActor, mandate_id: UUID) -> Response:
    """A mandate, all its versions and signatures."""
    return answer(await mandates.read(actor, mandate_id))


@router.post("/mandates/{mandate_id}/counter", response_model=MandateView)
async def api_counter_mandate(actor: ApiActor, mandate_id: UUID, command: CounterMandate) -> Response:
    """Put another version forward; signatures of the one before are void."""
    await mandates.counter(actor, mandate_id, command)
    return answer(await mandates.read(actor, mandate_id))


@router.post("/mandates/{mandate_id}/sign", response_model=MandateView)
async def api_sign_mandate(actor: ApiActor, mandate_id: UUID, command: SignMandate) -> Response:
    """Sign the version whose text has this hash; the second signature makes it active."""
    await mandates.sign(actor, mandate_id, command)
    return answer(await mandates.read(actor, mandate_id))


@router.post("/mandates/{mandate_id}/decline", response_model=MandateView)
async def api_decline_mandate(actor: ApiActor, mandate_id: UUID, command: DeclineMandate) -> Response:
    """Say no with a coded reason, or take your own proposal back."""
    await mandates.decline(actor, mandate_id, command)
    return answer(await mandates.read(actor, mandate_id))


@router.post("/mandates/{mandate_id}/give-notice", response_model=MandateView)
async def api_give_notice_mandate(actor: ApiActor, mandate_id: UUID, command: GiveNotice) -> Response:
    """End it after the days of notice; it is not extended any more."""
    await mandates.give_notice(actor, mandate_id, command)
    return answer(await mandates.read(actor, mandate_id))


@router.post("/mandates/{mandate_id}/ask-to-end", response_model=MandateView)
async def api_ask_to_end_mandate(actor: ApiActor, mandate_id: UUID) -> Response:
    """Propose to end it now."""
    await mandates.ask_to_end(actor, mandate_id)
    return answer(await mandates.read(actor, mandate_id))


@router.post("/mandates/{mandate_id}/agree-to-end", response_model=MandateView)
async def api_agree_to_end_mandate(actor: ApiActor, mandate_id: UUID) -> Response:
    """Agree to what the other side asked: it ends now."""
    await mandates.agree_to_end(actor, mandate_id)
    return answer(await mandates.read(actor, mandate_id))
