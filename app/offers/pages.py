"""HTML routes of the deal's room: rounds, differences, offers and answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.deals import DEAL, LEVEL_LABELS, REASONS, DealView, Side, TimelineEvent, deals
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid, NotFound
from app.kit.text import Text
from app.listings import Exclusivity, RoyaltyBase, TransferMode, listings
from app.offers import present
from app.offers.schemas import (
    DeclineOffer,
    Forum,
    GoverningLaw,
    Improvements,
    OfferView,
    Publication,
    RoomView,
    SendOffer,
)
from app.offers.service import offers
from app.offers.workflow import OFFER
from app.web import csrf, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])
EVENTS: dict[tuple[str, str], Text] = {
    ("deal", "express_interest"): Text("gửi quan tâm", "expressed interest"),
    ("deal", "agree"): Text("hai bên thống nhất điều khoản", "terms were agreed"),
    ("deal", "contract"): Text("xác nhận hợp đồng đã ký", "confirmed the signed contract"),
    ("deal", "close"): Text("dừng giao dịch", "closed the deal"),
    ("offer", "send"): Text("gửi đề nghị", "sent an offer"),
    ("offer", "counter"): Text("phản hồi đề nghị", "countered the offer"),
    ("offer", "accept"): Text("đồng ý đề nghị", "accepted the offer"),
    ("offer", "decline"): Text("từ chối đề nghị", "declined the offer"),
    ("offer", "withdraw"): Text("rút đề nghị", "withdrew the offer"),
    ("offer", "expire"): Text("đề nghị hết hạn", "the offer expired"),
    ("offer", "freeze"): Text(
        "đề nghị tạm ngưng vì quyền đã thỏa thuận với bên khác", "frozen: rights agreed elsewhere"
    ),
    ("offer", "thaw"): Text("đề nghị mở lại", "the offer is open again"),
    ("offer", "lapse"): Text("đề nghị không còn giá trị", "the offer lapsed"),
}
TONES = {"accept": "agreed", "agree": "agreed", "contract": "agreed", "decline": "refused", "close": "closed"}


def _turn(deal: DealView, locale: str) -> Text:
    """Whose turn it is, in one sentence."""
    if deal.status == "closed":
        return Text("Giao dịch đã dừng.", "The deal is closed.")
    if deal.status == "contracted":
        return Text("Hợp đồng đã ký và được hai bên xác nhận.", "The contract is signed and confirmed by both.")
    if deal.turn is None:
        if deal.status == "agreed":
            return Text(
                "Hai bên đã thống nhất điều khoản. Bước tiếp theo: ký hợp đồng và báo lên sàn.",
                "Terms are agreed. Next: sign the contract and report it.",
            )
        return Text("Chờ một bên gửi đề nghị.", "Waiting for an offer.")
    if deal.my_turn:
        return Text("Đến lượt bạn trả lời.", "It is your turn.")
    name = (deal.seller if deal.turn is Side.seller else deal.buyer).name(locale)
    return Text(f"Đến lượt {name} trả lời.", f"It is {name}'s turn.")


def _stepper(deal: DealView, locale: str) -> list[dict[str, str]]:
    """The deal's stages from the workflow table."""
    order = [s for s in DEAL.states.values() if s.step]
    keys = [s.key for s in order]
    at = keys.index(deal.status) if deal.status in keys else -1
    reached = at if at >= 0 else max(0, min(deal.evidence_level + 1, 2))
    return [
        {
            "key": s.key,
            "label": s.label.get(locale),
            "state": "refused"
            if deal.status == "closed" and n == reached
            else "done"
            if n < reached or deal.status == "contracted"
            else "current"
            if n == reached
            else "todo",
        }
        for n, s in enumerate(order)
    ]


def _timeline(events: list[TimelineEvent], deal: DealView, locale: str) -> list[dict[str, Any]]:
    names = {Side.seller: deal.seller.name(locale), Side.buyer: deal.buyer.name(locale)}
    shown = [e for e in events if (e.workflow, e.action) in EVENTS and not _follows_counter(e, events)]
    return [
        {
            "at": e.at,
            "who": f"{e.person} · {names[e.side]}"
            if e.side and e.person
            else e.person or (names[e.side] if e.side else ""),
            "text": EVENTS[(e.workflow, e.action)].get(locale),
            "detail": " – ".join(
                p for p in (e.reason_code.label.get(locale) if e.reason_code else "", e.reason or "") if p
            ),
            "tone": TONES.get(e.action, "moving"),
        }
        for e in reversed(shown)
    ]


def _follows_counter(event: TimelineEvent, events: list[TimelineEvent]) -> bool:
    """A counter is one act: the new offer that it puts on the table needs no line of its own."""
    if event.action != "send":
        return False
    return any(
        e.action == "counter" and e.org_id == event.org_id and abs((e.at - event.at).total_seconds()) < 5
        for e in events
    )


@router.get("/deals/{deal_id}")
async def page_deal(request: Request, deal_id: UUID) -> Response:
    """The room: stage, turn, terms and what differs, evidence, timeline."""
    actor = await signed_in(request)
    raw = request.query_params.get("against", "")
    room = await offers.room_view(actor, deal_id, against=int(raw) if raw.isdigit() else None)
    return await _room_page(request, actor, room, int(raw) if raw.isdigit() else None)


async def _room_page(request: Request, actor: Actor, room: RoomView, against: int | None) -> Response:
    deal, locale = room.deal, actor.locale
    newest = room.newest
    earlier = against if against is not None else (newest.round - 1 if newest and newest.round > 1 else None)
    primary = None
    if room.may_send and not room.offers:
        primary = "offer"
    elif room.current and "accept" in room.current.actions:
        primary = "accept"
    elif "confirm_contract" in deal.actions:
        primary = "confirm_contract"
    elif "report_contract" in deal.actions:
        primary = "report_contract"
    elif room.may_send:
        primary = "offer"
    context = {
        "room": room,
        "deal": deal,
        "state": DEAL.states[deal.status],
        "offer_states": OFFER.states,
        "turn": _turn(deal, locale),
        "steps": _stepper(deal, locale),
        "sheet": present.sheet(newest.terms, locale) if newest else [],
        "difference": present.difference(room.difference, room.agreed, locale) if earlier else [],
        "earlier": earlier,
        "events": _timeline(room.timeline, deal, locale),
        "levels": {level.value: label for level, label in LEVEL_LABELS.items()},
        "primary": primary,
        "sides": {Side.seller: deal.seller.name(locale), Side.buyer: deal.buyer.name(locale)},
    }
    return await render(request, "offers/room.html", context)


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
        "reasons": [(r.value, r.label.get(locale)) for r in REASONS],
    }


async def _form_page(
    request: Request,
    actor: Actor,
    deal: DealView,
    action: str,
    *,
    terms: dict[str, Any],
    typed: dict[str, Any] | None = None,
    errors: dict[str, Text] | None = None,
    answering: OfferView | None = None,
    spare: str = "",
    status: int = 200,
) -> Response:
    given = typed or {}
    context = {
        "deal": deal,
        "action": action,
        "answering": answering,
        "values": given.get("terms", terms) if typed is not None else terms,
        "note": given.get("note", ""),
        "valid_days": given.get("valid_days", 14),
        "errors": errors or {},
        "spare": {name: 2 if spare == name else 1 for name in ("instalments", "milestones")},
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
    terms = present.form_values(room.newest.terms) if room.newest else await _first_terms(actor, room.deal)
    return await _form_page(request, actor, room.deal, f"/deals/{deal_id}/offers/new", terms=terms)


async def _adding(
    request: Request, actor: Actor, deal: DealView, action: str, typed: dict[str, Any], answering: OfferView | None
) -> Response:
    """One more empty row of a schedule, asked for without JavaScript."""
    return await _form_page(
        request, actor, deal, action, terms={}, typed=typed, answering=answering, spare=str(typed["add"])
    )


@router.post("/deals/{deal_id}/offers/new")
async def page_send_offer(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    action = f"/deals/{deal_id}/offers/new"
    if typed.get("add"):
        return await _adding(request, actor, await deals.read(actor, deal_id), action, typed, None)
    try:
        await offers.send(actor, deal_id, forms.build(SendOffer, typed))
    except Invalid as error:
        deal = await deals.read(actor, deal_id)
        fields = error.fields or {"form": error.text}
        return await _form_page(request, actor, deal, action, terms={}, typed=typed, errors=fields, status=422)
    said = Text("Đã gửi đề nghị.", "The offer is sent.")
    return redirect(f"/deals/{deal_id}", ("success", said), locale=actor.locale)


async def _offer(actor: Actor, offer_id: UUID) -> tuple[RoomView, OfferView]:
    deal_id = await offers.deal_of(actor, offer_id)
    room = await offers.room_view(actor, deal_id)
    found = next((o for o in room.offers if o.id == offer_id), None)
    if found is None:
        raise NotFound
    return room, found


def _elsewhere(actor: Actor, room: RoomView, offer: OfferView, action: str) -> Response | None:
    """Before a form is shown: Forbidden for whoever may never, the room with the reason when it is not possible now."""
    if action in offer.actions:
        return None
    if room.deal.side is None or not actor.can_manage:
        raise Forbidden
    return redirect(
        f"/deals/{room.deal.id}", ("warning", OFFER.refusal(action, offer.status).text), locale=actor.locale
    )


@router.get("/offers/{offer_id}/counter")
async def page_counter_form(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    room, offer = await _offer(actor, offer_id)
    if refused := _elsewhere(actor, room, offer, "counter"):
        return refused
    terms = present.form_values(offer.terms)
    return await _form_page(request, actor, room.deal, f"/offers/{offer_id}/counter", terms=terms, answering=offer)


@router.post("/offers/{offer_id}/counter")
async def page_counter_offer(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    room, offer = await _offer(actor, offer_id)
    typed = await forms.form_data(request)
    action = f"/offers/{offer_id}/counter"
    if typed.get("add"):
        return await _adding(request, actor, room.deal, action, typed, offer)
    try:
        await offers.counter(actor, offer_id, forms.build(SendOffer, typed))
    except Invalid as error:
        fields = error.fields or {"form": error.text}
        return await _form_page(
            request, actor, room.deal, action, terms={}, typed=typed, errors=fields, answering=offer, status=422
        )
    said = Text("Đã gửi phản hồi.", "Your counter-offer is sent.")
    return redirect(f"/deals/{room.deal.id}", ("success", said), locale=actor.locale)


@router.get("/offers/{offer_id}/accept")
async def page_accept_form(request: Request, offer_id: UUID) -> Response:
    """Repeats the terms and says what follows, before anything binds."""
    actor = await signed_in(request)
    room, offer = await _offer(actor, offer_id)
    if refused := _elsewhere(actor, room, offer, "accept"):
        return refused
    context = {"deal": room.deal, "offer": offer, "sheet": present.sheet(offer.terms, actor.locale)}
    return await render(request, "offers/accept.html", context)


@router.post("/offers/{offer_id}/accept")
async def page_accept_offer(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    deal_id = await offers.deal_of(actor, offer_id)
    await offers.accept(actor, offer_id)
    said = Text("Hai bên đã thống nhất điều khoản (L1).", "Terms are agreed (L1).")
    return redirect(f"/deals/{deal_id}", ("success", said), locale=actor.locale)


@router.get("/offers/{offer_id}/decline")
async def page_decline_form(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    room, offer = await _offer(actor, offer_id)
    if refused := _elsewhere(actor, room, offer, "decline"):
        return refused
    context = {"deal": room.deal, "offer": offer, "errors": {}, "values": {}, **_options(actor.locale)}
    return await render(request, "offers/decline.html", context)


@router.post("/offers/{offer_id}/decline")
async def page_decline_offer(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    room, offer = await _offer(actor, offer_id)
    try:
        await offers.decline(actor, offer_id, forms.build(DeclineOffer, typed))
    except Invalid as error:
        context = {"deal": room.deal, "offer": offer, "errors": error.fields, "values": typed}
        return await render(request, "offers/decline.html", {**context, **_options(actor.locale)}, status=422)
    said = Text("Đã từ chối và gửi lý do cho bên kia.", "Declined; the other side gets the reason.")
    return redirect(f"/deals/{room.deal.id}", ("success", said), locale=actor.locale)


@router.post("/offers/{offer_id}/withdraw")
async def page_withdraw_offer(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    deal_id = await offers.deal_of(actor, offer_id)
    await offers.withdraw(actor, offer_id)
    said = Text("Đã rút đề nghị.", "The offer is withdrawn.")
    return redirect(f"/deals/{deal_id}", ("success", said), locale=actor.locale)
