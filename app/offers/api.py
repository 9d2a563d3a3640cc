"""JSON routes of offers."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from app.offers.schemas import AcceptTerms, DeclineOffer, OfferList, RoomView, SendOffer, WithdrawOffer
from app.offers.service import offers
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["offers"], responses=PROBLEMS)


@router.get("/deals/{deal_id}/offers", response_model=OfferList)
async def api_deal_offers(actor: ApiActor, deal_id: UUID) -> Response:
    """Every round of the deal, oldest first."""
    return answer(await offers.of_deal(actor, deal_id))


@router.post("/deals/{deal_id}/offers", status_code=201, response_model=RoomView)
async def api_send_offer(actor: ApiActor, deal_id: UUID, command: SendOffer) -> Response:
    """Put an offer on the table; 202 when it waits for your own side's approval."""
    sent = await offers.send(actor, deal_id, command)
    return answer(await offers.room_view(actor, deal_id), 201 if sent else 202)


@router.post("/offers/{offer_id}/counter", status_code=201, response_model=RoomView)
async def api_counter_offer(actor: ApiActor, offer_id: UUID, command: SendOffer) -> Response:
    """Answer with changed terms; `unlock` says why agreed ones change. 202 when it waits for approval."""
    deal_id = await offers.deal_of(actor, offer_id)
    sent = await offers.counter(actor, offer_id, command)
    return answer(await offers.room_view(actor, deal_id), 201 if sent else 202)


@router.post("/offers/{offer_id}/accept", response_model=RoomView)
async def api_accept_offer(actor: ApiActor, offer_id: UUID) -> Response:
    """Agree: one outcome however many try; 202 when it waits for your own side's approval."""
    deal_id = await offers.deal_of(actor, offer_id)
    done = await offers.accept(actor, offer_id)
    return answer(await offers.room_view(actor, deal_id), 200 if done else 202)


@router.post("/offers/{offer_id}/accept-terms", response_model=RoomView)
async def api_accept_terms(actor: ApiActor, offer_id: UUID, command: AcceptTerms) -> Response:
    """Agree to single terms of an open offer: they lock; the turn stays."""
    deal_id = await offers.deal_of(actor, offer_id)
    await offers.accept_terms(actor, offer_id, command)
    return answer(await offers.room_view(actor, deal_id))


@router.post("/offers/{offer_id}/decline", response_model=RoomView)
async def api_decline_offer(actor: ApiActor, offer_id: UUID, command: DeclineOffer) -> Response:
    """Turn an open offer down with a coded reason; the deal stays open."""
    deal_id = await offers.deal_of(actor, offer_id)
    await offers.decline(actor, offer_id, command)
    return answer(await offers.room_view(actor, deal_id))


@router.post("/offers/{offer_id}/withdraw", response_model=RoomView)
async def api_withdraw_offer(actor: ApiActor, offer_id: UUID, command: WithdrawOffer) -> Response:
    """Take one's own open offer back, with a coded reason."""
    deal_id = await offers.deal_of(actor, offer_id)
    await offers.withdraw(actor, offer_id, command)
    return answer(await offers.room_view(actor, deal_id))


@router.get("/deals/{deal_id}/room", response_model=RoomView)
async def api_deal_room(actor: ApiActor, deal_id: UUID, against: int | None = None) -> Response:
    """The deal with its rounds, the difference against an earlier round, what is agreed, and the timeline."""
    return answer(await offers.room_view(actor, deal_id, against=against))
