"""The owner's pages: planning, announcing, cancelling, answering objections."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app import reference
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text
from app.listings import ListingView, listings
from app.offers import terms_form_values
from app.reference import Exclusivity, TransferMode
from app.rounds import errors as refusals
from app.rounds import policy
from app.rounds.applications import participants
from app.rounds.pages.reading import context_of, round_page
from app.rounds.planning import notice_days, planning, state_funded
from app.rounds.running import running
from app.rounds.schemas import AnnounceRound, AnswerObjection, Kind, PlanRound, RoundView, Why
from app.rounds.service import rounds
from app.web import csrf, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])


def _local(at: Any) -> str:
    return at.astimezone(clock.VIETNAM).strftime("%Y-%m-%dT%H:%M") if hasattr(at, "astimezone") else str(at or "")


def _first(listing: ListingView) -> dict[str, Any]:
    """A plan starts from what the listing offers, and a calendar that leaves people time."""
    start = clock.now().astimezone(clock.VIETNAM).replace(hour=9, minute=0) + timedelta(days=15)
    values: dict[str, Any] = {
        "registration_until": _local(start - timedelta(days=2)), "opens_at": _local(start),
        "ends_at": _local(start + timedelta(hours=6)), "quorum": 3, "snipe_minutes": 5, "extend_minutes": 5,
        "terms": {"governing_law": "VN", "territory": "VN"},
    }  # fmt: skip
    if listing.content.offers:
        o = listing.content.offers[0]
        values["terms"] |= {
            "mode": o.mode.value, "exclusivity": o.exclusivity.value, "territory": ", ".join(o.territory),
            "term_years": o.term_years or "", "field_of_use": o.field_of_use_vi or "",
        }  # fmt: skip
    return values


def _values(view: RoundView) -> dict[str, Any]:
    terms = terms_form_values(view.terms)
    data = view.model_dump(
        mode="json",
        include={"about", "deposit", "quorum", "start_price", "snipe_minutes", "extend_minutes", "extensions_max",
                 "intended_price", "steps"},
    )  # fmt: skip
    times = {n: _local(getattr(view, n)) for n in ("registration_until", "opens_at", "ends_at")}
    party = str(view.intended_party.id) if view.intended_party else ""
    return {**data, **times, "terms": terms, "intended_org_id": party}


async def _plan_page(
    request: Request,
    actor: Actor,
    listing_id: UUID,
    action: str,
    kind: str,
    values: dict[str, Any],
    *,
    back: str,
    errors: dict[str, Text] | None = None,
    status: int = 200,
) -> Response:
    listing = await listings.read(actor, listing_id)
    parties = await planning.possible_parties(listing_id)
    context = {
        "listing": listing,
        "action": action,
        "back": back,
        "kind": Kind(kind),
        "kinds": [(k.value, k.label.get(actor.locale)) for k in Kind],
        "modes": [(k.value, k.label.get(actor.locale)) for k in TransferMode],
        "exclusivities": [(k.value, k.label.get(actor.locale)) for k in Exclusivity],
        "parties": [(str(o.id), o.name(actor.locale)) for o in parties],
        "values": values,
        "errors": errors or {},
        "funded": state_funded(listing),
        "notice_days": notice_days(listing),
        "rule": reference.rule("public_notice_days"),
    }
    return await render(request, "rounds/plan.html", context, status=status)


def _kind(given: Any) -> str:
    return given if given in set(Kind) else Kind.english.value


def _command(typed: dict[str, Any]) -> PlanRound:
    terms = typed.get("terms")
    if isinstance(terms, dict) and isinstance(terms.get("territory"), str):
        typed = {
            **typed,
            "terms": {**terms, "territory": [t for t in terms["territory"].replace(",", " ").split() if t]},
        }
    return forms.build(PlanRound, typed)


@router.get("/listings/{listing_id}/rounds/new")
async def page_new_round(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    listing = await listings.read(actor, listing_id)
    if not policy.may_plan(actor, listing.card.org_id):
        raise Forbidden
    if listing.card.status != "published":
        raise refusals.not_offered()
    kind = _kind(request.query_params.get("kind"))
    action, back = f"/listings/{listing_id}/rounds/new", f"/listings/{listing_id}"
    return await _plan_page(request, actor, listing_id, action, kind, _first(listing), back=back)


@router.post("/listings/{listing_id}/rounds/new")
async def page_plan_round(request: Request, listing_id: UUID) -> Response:
    """On errors everything typed stays on the page."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        round_id = await planning.plan(actor, listing_id, _command(typed))
    except Invalid as error:
        action, back = f"/listings/{listing_id}/rounds/new", f"/listings/{listing_id}"
        return await _plan_page(
            request, actor, listing_id, action, _kind(typed.get("kind")), typed, back=back, errors=error.fields,
            status=422,
        )  # fmt: skip
    said = Text("Đã lưu bản nháp của phiên.", "The draft of the round is saved.")
    return redirect(f"/rounds/{round_id}", ("success", said), locale=actor.locale)


@router.get("/rounds/{round_id}/edit")
async def page_edit_round(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    view = await rounds.read(actor, round_id)
    if "update" not in view.actions:
        raise Forbidden if not view.mine or not actor.can_manage else Conflict
    address = f"/rounds/{round_id}"
    return await _plan_page(
        request, actor, view.listing.id, f"{address}/edit", view.kind.value, _values(view), back=address
    )


@router.post("/rounds/{round_id}/edit")
async def page_update_round(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await planning.update(actor, round_id, _command(typed))
    except Invalid as error:
        view, address = await rounds.read(actor, round_id), f"/rounds/{round_id}"
        return await _plan_page(
            request, actor, view.listing.id, f"{address}/edit", _kind(typed.get("kind")), typed, back=address,
            errors=error.fields, status=422,
        )  # fmt: skip
    said = Text("Đã lưu thay đổi.", "Changes saved.")
    return redirect(f"/rounds/{round_id}", ("success", said), locale=actor.locale)


@router.get("/rounds/{round_id}/announce")
async def page_announce_form(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    view = await rounds.read(actor, round_id)
    if "announce" not in view.actions:
        raise Forbidden if not view.mine or not actor.can_manage else Conflict
    return await render(request, "rounds/announce.html", context_of(view, actor))


@router.post("/rounds/{round_id}/announce")
async def page_announce_round(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await planning.announce(actor, round_id, forms.build(AnnounceRound, typed))
    except Invalid as error:
        view = await rounds.read(actor, round_id)
        context = context_of(view, actor, errors=error.fields, values=typed)
        return await render(request, "rounds/announce.html", context, status=422)
    said = Text("Đã niêm yết. Từ giờ điều khoản và lịch không sửa được.", "Announced. Terms and schedule now stand.")
    return redirect(f"/rounds/{round_id}", ("success", said), locale=actor.locale)


@router.post("/rounds/{round_id}/cancel")
async def page_cancel_round(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await planning.cancel(actor, round_id, forms.build(Why, typed))
    except Invalid as error:
        return await round_page(request, actor, round_id, status=422, errors=error.fields, values=typed, at="cancel")
    said = Text("Đã hủy phiên; các bên được báo lý do.", "The round is cancelled; everybody is told why.")
    return redirect(f"/rounds/{round_id}", ("success", said), locale=actor.locale)


@router.post("/rounds/{round_id}/objections/{objection_id}/answer")
async def page_answer_objection(request: Request, round_id: UUID, objection_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await participants.answer_objection(actor, round_id, objection_id, forms.build(AnswerObjection, typed))
    except Invalid as error:
        return await round_page(
            request, actor, round_id, status=422, errors=error.fields, values=typed, at=str(objection_id)
        )
    said = Text("Đã trả lời ý kiến.", "The objection is answered.")
    return redirect(f"/rounds/{round_id}", ("success", said), locale=actor.locale)


@router.post("/rounds/{round_id}/award")
async def page_award_round(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    await running.award(actor, round_id)
    return redirect(
        f"/rounds/{round_id}", ("success", Text("Đã công bố kết quả.", "The result is out.")), locale=actor.locale
    )
