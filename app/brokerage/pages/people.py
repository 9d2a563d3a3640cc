"""HTML routes of the people of a deal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.brokerage.people import people
from app.brokerage.schemas.people import InviteBroker, RemoveBroker
from app.deals import deals
from app.kit.actor import Actor
from app.kit.errors import Invalid
from app.kit.text import Text
from app.web import forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter()
SAID: dict[str, Text] = {
    "invite": Text("Bên môi giới đã tham gia giao dịch.", "Your broker takes part in the deal."),
    "remove": Text("Bên môi giới không còn tham gia giao dịch.", "Your broker takes part no longer."),
}


async def _page(
    request: Request,
    actor: Actor,
    deal_id: UUID,
    *,
    errors: Mapping[str, Text] | None = None,
    values: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    deal, view = await deals.read(actor, deal_id), await people.of_deal(actor, deal_id)
    context = {
        "deal": deal,
        "view": view,
        "invitable": [(str(o.id), o.name(actor.locale)) for o in view.invitable],
        "errors": errors or {},
        "values": values or {},
    }
    return await render(request, "brokerage/people.html", context, status=status)


@router.get("/deals/{deal_id}/people")
async def page_deal_people(request: Request, deal_id: UUID) -> Response:
    """Parties, brokers and others; who handles the deal where; one's own broker."""
    return await _page(request, await signed_in(request), deal_id)


def _done(actor: Actor, deal_id: UUID, action: str) -> Response:
    return redirect(f"/deals/{deal_id}/people", ("success", SAID[action]), locale=actor.locale)


@router.post("/deals/{deal_id}/people/invite")
async def page_invite_broker(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    await people.invite(actor, deal_id, await forms.parse_form(request, InviteBroker))
    return _done(actor, deal_id, "invite")


@router.post("/deals/{deal_id}/people/remove")
async def page_remove_broker(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await people.remove(actor, deal_id, forms.build(RemoveBroker, typed))
    except Invalid as error:
        return await _page(request, actor, deal_id, errors=error.fields, values=typed, status=422)
    return _done(actor, deal_id, "remove")
