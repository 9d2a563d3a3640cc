"""HTML routes of the deal's room: where it stands, what is agreed and what differs; and the short answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.deals import DEAL, LEVEL_LABELS, REASONS, DealView, Side
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid, NotFound
from app.kit.text import Text
from app.offers import present
from app.offers.schemas import AcceptTerms, DeclineOffer, OfferView, Outcome, RoomView, WithdrawOffer
from app.offers.service import offers
from app.offers.workflow import APPROVAL, MEMORANDUM, OFFER
from app.web import forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter()
EVENTS: dict[tuple[str, str], Text] = {
    ("deal", "express_interest"): Text("gửi quan tâm", "expressed interest"),
    ("deal", "agree"): Text("hai bên thống nhất điều khoản", "terms were agreed"),
    ("deal", "contract"): Text("xác nhận hợp đồng đã ký", "confirmed the signed contract"),
    ("deal", "close"): Text("dừng giao dịch", "closed the deal"),
    ("offer", "send"): Text("gửi đề nghị", "sent an offer"),
    ("offer", "counter"): Text("phản hồi đề nghị", "countered the offer"),
    ("offer", "accept"): Text("đồng ý đề nghị", "accepted the offer"),
    ("offer", "accept_terms"): Text("đồng ý từng điều khoản", "agreed to single terms"),
    ("offer", "unlock"): Text("mở khóa điều khoản đã thống nhất", "opened agreed terms again"),
    ("offer", "decline"): Text("từ chối đề nghị", "declined the offer"),
    ("offer", "withdraw"): Text("rút đề nghị", "withdrew the offer"),
    ("offer", "expire"): Text("đề nghị hết hạn", "the offer expired"),
    ("offer", "freeze"): Text(
        "đề nghị tạm ngưng vì phần quyền này đã thỏa thuận với bên khác", "frozen: these rights were agreed elsewhere"
    ),
    ("offer", "thaw"): Text("đề nghị mở lại", "the offer is open again"),
    ("offer", "lapse"): Text("đề nghị không còn giá trị", "the offer lapsed"),
    ("memorandum", "propose"): Text("gửi biên bản ghi nhớ", "proposed a memorandum"),
    ("memorandum", "confirm"): Text("xác nhận biên bản ghi nhớ", "confirmed the memorandum"),
    ("memorandum", "decline"): Text("không xác nhận biên bản ghi nhớ", "did not confirm the memorandum"),
    ("memorandum", "withdraw"): Text("rút biên bản ghi nhớ", "took the memorandum back"),
    ("memorandum", "expire"): Text("biên bản ghi nhớ đến hạn", "the memorandum fell due"),
    ("memorandum", "extend"): Text("biên bản ghi nhớ được gia hạn", "the memorandum was extended"),
    ("memorandum", "resolve"): Text("biên bản ghi nhớ có kết quả", "the memorandum has its outcome"),
}
TONES = {
    "accept": "agreed", "agree": "agreed", "contract": "agreed", "accept_terms": "agreed", "confirm": "agreed",
    "decline": "refused", "close": "closed", "unlock": "waiting", "expire": "stale", "freeze": "stale",
}  # fmt: skip


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


def _timeline(room: RoomView, locale: str) -> list[dict[str, Any]]:
    """Every move, and between them what was agreed and opened term by term; the newest first."""
    names = {Side.seller: room.deal.seller.name(locale), Side.buyer: room.deal.buyer.name(locale)}
    lines = [
        _line(
            e.at, (e.workflow, e.action), _who(e.person, names[e.side] if e.side else ""),
            " – ".join(p for p in (e.reason_code.label.get(locale) if e.reason_code else "", e.reason or "") if p),
            locale,
        )
        for e in room.timeline
        if (e.workflow, e.action) in EVENTS and not _follows_counter(room, e)
    ]  # fmt: skip
    for o in room.offers:
        for at, person in sorted({(k.at, k.person) for k in o.marks}):
            terms = ", ".join(k.label.get(locale) for k in o.marks if (k.at, k.person) == (at, person))
            lines.append(_line(at, ("offer", "accept_terms"), _who(person, names[o.side.other]), terms, locale))
        if o.unlocked:
            terms = "; ".join(f"{u.label.get(locale)}: {u.reason}" for u in o.unlocked)
            lines.append(_line(o.sent_at, ("offer", "unlock"), names[o.side], terms, locale))
    return sorted(lines, key=lambda line: line["at"], reverse=True)


def _line(at: Any, event: tuple[str, str], who: str, detail: str, locale: str) -> dict[str, Any]:
    text = EVENTS[event].get(locale)
    return {"at": at, "who": who, "text": text, "detail": detail, "tone": TONES.get(event[1], "moving")}


def _who(person: str, organisation: str) -> str:
    return " · ".join(p for p in (person, organisation) if p)


def _follows_counter(room: RoomView, event: Any) -> bool:
    """A counter is one act: the new offer that it puts on the table needs no line of its own."""
    if event.action != "send":
        return False
    return any(
        e.action == "counter" and e.org_id == event.org_id and abs((e.at - event.at).total_seconds()) < 5
        for e in room.timeline
    )


@router.get("/deals/{deal_id}")
async def page_deal(request: Request, deal_id: UUID) -> Response:
    """The room: stage, turn, terms and what differs, approvals, memoranda, evidence, timeline."""
    actor = await signed_in(request)
    raw = request.query_params.get("against", "")
    against = int(raw) if raw.isdigit() and len(raw) < 6 else None
    room = await offers.room_view(actor, deal_id, against=against)
    return await room_page(request, actor, room, against=against)


async def room_page(
    request: Request,
    actor: Actor,
    room: RoomView,
    *,
    against: int | None = None,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    deal, locale, newest = room.deal, actor.locale, room.newest
    earlier = against if against is not None else (newest.round - 1 if newest and newest.round > 1 else None)
    if earlier is not None and not any(o.round == earlier for o in room.offers[:-1]):
        earlier = None
    context = {
        "room": room,
        "deal": deal,
        "offer_states": OFFER.states,
        "approval_states": APPROVAL.states,
        "memorandum_states": MEMORANDUM.states,
        "turn": _turn(deal, locale),
        "steps": _stepper(deal, locale),
        "rows": present.rows(room, locale),
        "changes": {o.round: present.changes(o.changes, locale) for o in room.offers if o.round > 1},
        "earlier": earlier,
        "events": _timeline(room, locale),
        "levels": {level.value: label for level, label in LEVEL_LABELS.items()},
        "primary": _primary(room),
        "sides": {Side.seller: deal.seller.name(locale), Side.buyer: deal.buyer.name(locale)},
        "acts": present.ACTS,
        "outcomes": [(o.value, o.label) for o in Outcome],
        "reasons": [(r.value, r.label.get(locale)) for r in REASONS],
        "reason_labels": {r.value: r.label for r in REASONS},
        "today": clock.today(),
        "errors": errors or {},
        "values": values or {},
    }
    return await render(request, "offers/room.html", context, status=status)


def _primary(room: RoomView) -> str | None:
    """The one filled button of the page."""
    if any("approve" in a.actions for a in room.approvals):
        return "approve"
    if room.may_send and not room.offers:
        return "offer"
    if room.current and "accept" in room.current.actions and not room.taken:
        return "accept"
    for action in ("confirm_contract", "report_contract"):
        if action in room.deal.actions:
            return action
    return "offer" if room.may_send else None


# --- answers ---


async def offer_in_room(actor: Actor, offer_id: UUID) -> tuple[RoomView, OfferView]:
    deal_id = await offers.deal_of(actor, offer_id)
    room = await offers.room_view(actor, deal_id)
    found = next((o for o in room.offers if o.id == offer_id), None)
    if found is None:
        raise NotFound
    return room, found


def elsewhere(actor: Actor, room: RoomView, offer: OfferView, action: str) -> Response | None:
    """Before a form is shown: Forbidden for whoever may never, the room with the reason when it is not possible now."""
    if action in offer.actions:
        return None
    if room.deal.side is None or not actor.can_manage:
        raise Forbidden
    return redirect(
        f"/deals/{room.deal.id}", ("warning", OFFER.refusal(action, offer.status).text), locale=actor.locale
    )


def said(done: object, yes: Text, locale: str, path: str) -> Response:
    """Back to the room: what was done, or that it waits for the own side's approval."""
    if done:
        return redirect(path, ("success", yes), locale=locale)
    waits = Text(
        "Đã gửi yêu cầu duyệt nội bộ. Bên kia chưa thấy gì cho đến khi đủ người duyệt.",
        "Internal approval is asked for. The other side sees nothing until enough people have approved.",
    )
    return redirect(path, ("info", waits), locale=locale)


@router.get("/offers/{offer_id}/accept")
async def page_accept_form(request: Request, offer_id: UUID) -> Response:
    """Repeats the terms and says what follows, before anything binds."""
    actor = await signed_in(request)
    room, offer = await offer_in_room(actor, offer_id)
    if refused := elsewhere(actor, room, offer, "accept"):
        return refused
    rule = await offers.approval_rule(actor)
    context = {
        "deal": room.deal,
        "offer": offer,
        "taken": room.taken,
        "sheet": present.sheet(offer.terms, actor.locale),
        "rule": rule if rule.on_accept and offer.value >= rule.from_value else None,
    }
    return await render(request, "offers/accept.html", context)


@router.post("/offers/{offer_id}/accept")
async def page_accept_offer(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    deal_id = await offers.deal_of(actor, offer_id)
    done = await offers.accept(actor, offer_id)
    yes = Text("Hai bên đã thống nhất điều khoản (L1).", "Terms are agreed (L1).")
    return said(done, yes, actor.locale, f"/deals/{deal_id}")


@router.post("/offers/{offer_id}/accept-terms")
async def page_accept_terms(request: Request, offer_id: UUID) -> Response:
    """Single terms, ticked in the room's table."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    room, _ = await offer_in_room(actor, offer_id)
    try:
        await offers.accept_terms(actor, offer_id, forms.build(AcceptTerms, {"terms": [], **typed}))
    except Invalid as error:
        return await room_page(request, actor, room, errors=error.fields, values=typed, status=422)
    yes = Text("Đã đồng ý các điều khoản được chọn; chúng được khóa.", "The chosen terms are agreed and locked.")
    return redirect(f"/deals/{room.deal.id}", ("success", yes), locale=actor.locale)


async def _reason_page(
    request: Request, actor: Actor, offer: OfferView, room: RoomView, verb: str, error: Invalid | None, values: Any
) -> Response:
    """The short form that asks why: of declining, and of taking back."""
    context = {
        "deal": room.deal,
        "offer": offer,
        "errors": error.fields if error else {},
        "values": values,
        "reasons": [(r.value, r.label.get(actor.locale)) for r in REASONS],
    }
    return await render(request, f"offers/{verb}.html", context, status=422 if error else 200)


@router.get("/offers/{offer_id}/decline")
async def page_decline_form(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    room, offer = await offer_in_room(actor, offer_id)
    refused = elsewhere(actor, room, offer, "decline")
    return refused or await _reason_page(request, actor, offer, room, "decline", None, {})


@router.post("/offers/{offer_id}/decline")
async def page_decline_offer(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    room, offer = await offer_in_room(actor, offer_id)
    try:
        await offers.decline(actor, offer_id, forms.build(DeclineOffer, typed))
    except Invalid as error:
        return await _reason_page(request, actor, offer, room, "decline", error, typed)
    yes = Text("Đã từ chối và gửi lý do cho bên kia.", "Declined; the other side gets the reason.")
    return redirect(f"/deals/{room.deal.id}", ("success", yes), locale=actor.locale)


@router.get("/offers/{offer_id}/withdraw")
async def page_withdraw_form(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    room, offer = await offer_in_room(actor, offer_id)
    refused = elsewhere(actor, room, offer, "withdraw")
    return refused or await _reason_page(request, actor, offer, room, "withdraw", None, {})


@router.post("/offers/{offer_id}/withdraw")
async def page_withdraw_offer(request: Request, offer_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    room, offer = await offer_in_room(actor, offer_id)
    try:
        await offers.withdraw(actor, offer_id, forms.build(WithdrawOffer, typed))
    except Invalid as error:
        return await _reason_page(request, actor, offer, room, "withdraw", error, typed)
    yes = Text("Đã rút đề nghị và gửi lý do cho bên kia.", "The offer is withdrawn; the other side gets the reason.")
    return redirect(f"/deals/{room.deal.id}", ("success", yes), locale=actor.locale)
