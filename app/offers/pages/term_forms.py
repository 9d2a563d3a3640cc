"""HTML routes of the long form: an offer's terms, first or as a counter with what changes marked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app import reference
from app.deals import DealView, deals
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid
from app.kit.text import Text
from app.listings import Exclusivity, RoyaltyBase, TransferMode, listings
from app.offers import present, terms
from app.offers.pages.room import elsewhere, offer_in_room, said
from app.offers.schemas import (
    Forum,
    GoverningLaw,
    Improvements,
    LockView,
    OfferView,
    Publication,
    RoomView,
    SendOffer,
)
from app.offers.service import offers
from app.web import forms
from app.web.actor import signed_in
from app.web.templating import render

router = APIRouter()


def _options(locale: str) -> dict[str, Any]:
    def of(kind: Any) -> list[tuple[str, str]]:
        return [(m.value, m.label.get(locale)) for m in kind]

    return {
        "modes": of(TransferMode),
        "exclusivities": of(Exclusivity),
        "bases": of(RoyaltyBase),
        "improvements": of(Improvements),
        "publications": of(Publication),
        "laws": of(GoverningLaw),
        "forums": of(Forum),
        "provinces": [(f"VN-{p.code:02d}", p.name.get(locale)) for p in reference.provinces()],
        "ford": [(f"ford:{f.code}", f"{f.code} {f.name.get(locale)}") for f in reference.fields().values()],
        "vsic": [(f"vsic:{code}", f"{code} {name.get(locale)}") for code, name in reference.industries().items()],
    }


async def _form_page(
    request: Request,
    actor: Actor,
    deal: DealView,
    action: str,
    *,
    sheet: dict[str, Any],
    typed: dict[str, Any] | None = None,
    errors: dict[str, Text] | None = None,
    answering: OfferView | None = None,
    locks: list[LockView] | None = None,
    changes: list[dict[str, str]] | None = None,
    spare: str = "",
    status: int = 200,
) -> Response:
    """`sheet` prefills the form; what was `typed` wins over it. `changes`: what differs from the answered round."""
    given = typed or {}
    shown = given.get("terms", {}) if typed is not None else sheet
    rule = await offers.approval_rule(actor)
    context = {
        "deal": deal,
        "action": action,
        "answering": answering,
        "values": shown if isinstance(shown, dict) else {},
        "chosen": present.codes(shown if isinstance(shown, dict) else {}),
        "unlock": given.get("unlock", {}) if isinstance(given.get("unlock"), dict) else {},
        "locks": {k.term: k for k in locks or []},
        "before": present.sheet_by_term(answering.terms, actor.locale) if answering else {},
        "changes": changes,
        "changed": {c["term"] for c in changes or []},
        "note": given.get("note", ""),
        "valid_days": given.get("valid_days", 14),
        "errors": errors or {},
        "spare": {name: 2 if spare == name else 1 for name in ("instalments", "milestones")},
        "rule": rule if rule.on_send else None,
        **_options(actor.locale),
    }
    return await render(request, "offers/form.html", context, status=status)


async def _first_terms(actor: Actor, deal: DealView) -> dict[str, Any]:
    """A first offer starts from what the listing offers."""
    view = await listings.read(actor, deal.listing.id)
    if not view.content.offers:
        return {}
    first = view.content.offers[0]
    return {
        "mode": first.mode.value,
        "exclusivity": first.exclusivity.value,
        "sublicence": first.sublicence,
        "territory": ", ".join(first.territory),
        "field_of_use": first.field_of_use_vi or "",
        "term_years": first.term_years or "",
        "upfront": first.price_from if first.price_from is not None else "",
        "royalty_percent": str(first.royalty_percent) if first.royalty_percent is not None else "",
        "royalty_base": first.royalty_base.value if first.royalty_base else "",
        "training_days": first.training_days or "",
        "governing_law": "VN",
    }


@router.get("/deals/{deal_id}/offers/new")
async def page_new_offer(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    room = await offers.room_view(actor, deal_id)
    if room.deal.side is None or not actor.can_manage:
        raise Forbidden
    sheet = present.form_values(room.newest.terms) if room.newest else await _first_terms(actor, room.deal)
    action = f"/deals/{deal_id}/offers/new"
    return await _form_page(request, actor, room.deal, action, sheet=sheet, locks=room.locks)


@router.post("/deals/{deal_id}/offers/new")
async def page_send_offer(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    action = f"/deals/{deal_id}/offers/new"
    if typed.get("add"):
        # One more empty row of a schedule, asked for without JavaScript.
        deal = await deals.read(actor, deal_id)
        return await _form_page(request, actor, deal, action, sheet={}, typed=typed, spare=str(typed["add"]))
    try:
        sent = await offers.send(actor, deal_id, forms.build(SendOffer, typed))
    except Invalid as error:
        room = await offers.room_view(actor, deal_id)
        fields = error.fields or {"form": error.text}
        return await _form_page(
            request, actor, room.deal, action, sheet={}, typed=typed, errors=fields, locks=room.locks, status=422
        )
    return said(sent, Text("Đã gửi đề nghị.", "The offer is sent."), actor.locale, f"/deals/{deal_id}")


@router.get("/offers/{offer_id}/counter")
async def page_counter_form(request: Request, offer_id: UUID) -> Response:
    """The terms on the table, prefilled: whatever stays as it is counts as agreed."""
    actor = await signed_in(request)
    room, offer = await offer_in_room(actor, offer_id)
    if refused := elsewhere(actor, room, offer, "counter"):
        return refused
    return await _form_page(
        request, actor, room.deal, f"/offers/{offer_id}/counter", sheet=present.form_values(offer.terms),
        answering=offer, locks=room.locks,
    )  # fmt: skip


@router.post("/offers/{offer_id}/counter")
async def page_counter_offer(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    room, offer = await offer_in_room(actor, offer_id)
    typed = await forms.form_data(request)
    if typed.get("add") or typed.get("preview"):
        return await _counter_again(request, actor, room, offer, typed)
    try:
        sent = await offers.counter(actor, offer_id, forms.build(SendOffer, typed))
    except Invalid as error:
        return await _counter_again(request, actor, room, offer, typed, error)
    yes = Text("Đã gửi phản hồi.", "Your counter-offer is sent.")
    return said(sent, yes, actor.locale, f"/deals/{room.deal.id}")


async def _counter_again(
    request: Request,
    actor: Actor,
    room: RoomView,
    offer: OfferView,
    typed: dict[str, Any],
    error: Invalid | None = None,
) -> Response:
    """The form with what was typed, what it changes, and what is wrong with it."""
    changes = None
    try:
        command = forms.build(SendOffer, typed)
    except Invalid as wrong:
        error = error or (wrong if typed.get("preview") else None)
    else:
        found = [c for c in terms.difference(offer.terms, command.terms) if c.kind != "same"]
        changes = present.changes(found, actor.locale)
    return await _form_page(
        request,
        actor,
        room.deal,
        f"/offers/{offer.id}/counter",
        sheet={},
        typed=typed,
        errors=(error.fields or {"form": error.text}) if error else None,
        answering=offer,
        locks=room.locks,
        changes=changes,
        spare=str(typed.get("add", "")),
        status=422 if error else 200,
    )
