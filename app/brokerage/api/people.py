"""JSON routes of the people of a deal."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from app.brokerage.people import people
from app.brokerage.schemas.people import InviteBroker, PeopleView, RemoveBroker
from app.web.actor import ApiActor
from app.web.answers import answer

router = APIRouter()


@router.get("/deals/{deal_id}/people", response_model=PeopleView)
async def api_deal_people(actor: ApiActor, deal_id: UUID) -> Response:
    """Who takes part, who handles the deal there, whom you may invite."""
    return answer(await people.of_deal(actor, deal_id))


@router.post("/deals/{deal_id}/people/invite", response_model=PeopleView)
async def api_invite_broker(actor: ApiActor, deal_id: UUID, command: InviteBroker) -> Response:
    """Your broker joins the deal on your side."""
    await people.invite(actor, deal_id, command)
    return answer(await people.of_deal(actor, deal_id))


@router.post("/deals/{deal_id}/people/remove", response_model=PeopleView)
async def api_remove_broker(actor: ApiActor, deal_id: UUID, command: RemoveBroker) -> Response:
    """Your broker leaves the deal."""
    await people.remove(actor, deal_id, command)
    return answer(await people.of_deal(actor, deal_id))
