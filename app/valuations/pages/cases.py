"""HTML routes of the valuation case: lists, the request, the case with everything one may do in it now."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import accounts
from app.intermediaries import providers
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid, NotFound
from app.kit.ids import parse_id
from app.kit.money import EXPONENTS
from app.kit.text import Text
from app.listings import listings
from app.valuations import policy
from app.valuations.pages.showing import SAID, asset_facts, basis, history_of, steps_of, who
from app.valuations.schemas.choices import Answer, CancelReason, DocumentKind, Kind, Purpose, QuoteReason
from app.valuations.schemas.commands import RequestValuation
from app.valuations.schemas.views import ValuationView
from app.valuations.service import valuations
from app.valuations.workflow import COMPLAINT, QUOTE, SHEET, VALUATION
from app.web import csrf, forms
from app.web.actor import page_actor, signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])


@router.get("/my/valuations")
async def page_own_valuations(request: Request) -> Response:
    actor = await signed_in(request)
    found = await valuations.own(actor)
    return await render(request, "valuations/own.html", {"items": found.items, "states": VALUATION.states})


@router.get("/listings/{listing_id}/valuations")
async def page_listing_valuations(request: Request, listing_id: UUID) -> Response:
    """What the owner shows, and the reader's own cases about this technology."""
    actor = await page_actor(request)
    view = await listings.read(actor, listing_id)
    context = {
        "listing": view,
        "shown": (await valuations.shown(actor, listing_id)).items,
        "items": (await valuations.of_listing(actor, listing_id)).items,
        "states": VALUATION.states,
        "may_request": view.mine and policy.may_request(actor),
    }
    return await render(request, "valuations/of_listing.html", context)


# --- the request ---


async def _previous(actor: Actor, listing_id: UUID, given: str | None) -> ValuationView | None:
    id_ = parse_id(given) if given else None
    if id_ is None:
        return None
    view = await valuations.read(actor, id_)
    if view.listing.id != listing_id or view.side != "requester":
        raise NotFound
    return view


def _first(before: ValuationView | None) -> dict[str, Any]:
    """A new request starts from today; one that renews a case, from that case."""
    today = clock.today()
    values: dict[str, Any] = {
        "value_date": today.isoformat(), "quotes_until": (today + timedelta(days=14)).isoformat(), "currency": "VND",
    }  # fmt: skip
    if before:
        values |= {
            "purpose": before.purpose.value, "purpose_note": before.purpose_note or "",
            "currency": before.amounts.currency, "previous_id": str(before.id), "deal_id": str(before.deal_id or ""),
            "providers": [str(q.org_id) for q in before.quotes],
        }  # fmt: skip
    return values


async def _request_page(
    request: Request,
    actor: Actor,
    listing_id: UUID,
    kind: Kind,
    values: dict[str, Any],
    *,
    errors: dict[str, Text] | None = None,
    status: int = 200,
) -> Response:
    chosen = values.get("providers") or []
    cards = await providers(kind.service)
    context = {
        "listing": await listings.read(actor, listing_id),
        "kind": kind,
        "kinds": list(Kind),
        "purposes": forms.options(Purpose, actor.locale),
        "currencies": [(c, c) for c in EXPONENTS],
        "providers": [(str(c.org_id), c.org_name) for c in cards if c.org_id != actor.org_id],
        "chosen": chosen if isinstance(chosen, list) else [chosen],
        "rules": basis(kind, actor.locale),
        "values": values,
        "errors": errors or {},
    }
    return await render(request, "valuations/request.html", context, status=status)


def _kind(given: Any) -> Kind:
    return Kind(given) if given in {k.value for k in Kind} else Kind.estimate


@router.get("/listings/{listing_id}/valuations/new")
async def page_new_valuation(request: Request, listing_id: UUID) -> Response:
    """`?kind=` of the two, `?of=` a case to renew, `?deal=` the deal it is about."""
    actor = await signed_in(request)
    view = await listings.read(actor, listing_id)
    given = request.query_params
    before = await _previous(actor, listing_id, given.get("of"))
    values = _first(before) | ({"deal_id": given["deal"]} if parse_id(given.get("deal") or "") else {})
    if not policy.may_request(actor) or not (view.mine or values.get("deal_id")):
        raise Forbidden
    kind = before.kind if before and "kind" not in given else _kind(given.get("kind"))
    return await _request_page(request, actor, listing_id, kind, values)


@router.post("/listings/{listing_id}/valuations/new")
async def page_request_valuation(request: Request, listing_id: UUID) -> Response:
    """On errors everything typed stays on the page."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        valuation_id = await valuations.request(actor, listing_id, forms.build(RequestValuation, typed))
    except Invalid as error:
        kind = _kind(typed.get("kind"))
        return await _request_page(request, actor, listing_id, kind, typed, errors=error.fields, status=422)
    return redirect(f"/valuations/{valuation_id}", ("success", SAID["request"]), locale=actor.locale)


# --- the case ---


async def case_page(
    request: Request,
    actor: Actor,
    valuation_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    at: str = "",
    status: int = 200,
) -> Response:
    """`at` names the form the errors belong to."""
    view = await valuations.read(actor, valuation_id)
    people = []
    if "assign" in view.actions and actor.org_id:
        people = await accounts.colleagues(actor.org_id)
    locale = actor.locale
    context = {
        "view": view,
        "state": VALUATION.states[view.status],
        "states": VALUATION.states,
        "quote_states": QUOTE.states,
        "sheet_states": SHEET.states,
        "complaint_states": COMPLAINT.states,
        "steps": steps_of(view, locale),
        "facts": asset_facts(view, locale),
        "rules": basis(view.kind, locale),
        "history": await history_of(actor, valuation_id),
        "colleagues": [(str(p.person_id), p.name) for p in people],
        "who": who(view, locale),
        "quote_reasons": forms.options(QuoteReason, locale),
        "cancel_reasons": forms.options(CancelReason, locale),
        "document_kinds": forms.options(DocumentKind, locale),
        "answers": forms.options(Answer, locale),
        "errors": errors or {},
        "values": values or {},
        "at": at,
        "default_until": (clock.today() + timedelta(days=14)).isoformat(),
    }
    return await render(request, "valuations/case.html", context, status=status)


@router.get("/valuations/{valuation_id}")
async def page_valuation(request: Request, valuation_id: UUID) -> Response:
    return await case_page(request, await signed_in(request), valuation_id)


async def done(
    request: Request, actor: Actor, valuation_id: UUID, action: str, typed: dict[str, Any], verb: Awaitable[Any]
) -> Response:
    """Run a verb of the case: back to its page with a sentence, or the page with what was typed and what is wrong."""
    try:
        await verb
    except Invalid as error:
        return await case_page(
            request, actor, valuation_id, errors=error.fields or {"form": error.text}, values=typed, at=action,
            status=422,
        )  # fmt: skip
    return redirect(f"/valuations/{valuation_id}", ("success", SAID[action]), locale=actor.locale)
