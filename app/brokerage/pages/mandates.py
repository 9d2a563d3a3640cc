"""HTML routes of mandates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app import needs as needs_door
from app.brokerage import parties, present, registry
from app.brokerage.mandating import mandates
from app.brokerage.schemas.mandates import (
    CounterMandate,
    DeclineCode,
    DeclineMandate,
    GiveNotice,
    MandateSide,
    MandateTerms,
    MandateView,
    Pay,
    Payer,
    ProposeMandate,
    ScopeKind,
    SignMandate,
)
from app.brokerage.workflow import MANDATE
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.ids import parse_id
from app.kit.text import Text
from app.listings import listings
from app.needs import needs
from app.reference import fields
from app.web import forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter()
TIERS = 3
SAID: dict[str, Text] = {
    "propose": Text("Đã gửi đề nghị ủy nhiệm. Hãy đọc lại rồi ký.", "The mandate is proposed. Read it, then sign."),
    "counter": Text("Đã gửi bản khác; chữ ký của bản trước không còn giá trị.", "Another version is proposed."),
    "sign": Text("Đã ký.", "Signed."),
    "decline": Text("Đã trả lời bên kia kèm lý do.", "Declined; the other side reads the reason."),
    "give-notice": Text("Đã thông báo chấm dứt.", "Notice is given."),
    "ask-to-end": Text("Đã đề nghị chấm dứt; đang chờ bên kia.", "You asked to end it; the other side is awaited."),
    "agree-to-end": Text("Hợp đồng ủy nhiệm đã kết thúc.", "The mandate has ended."),
}


@router.get("/mandates")
async def page_mandates(request: Request) -> Response:
    actor = await signed_in(request)
    found = (await mandates.own(actor)).items
    context = {
        "tabs": present.tabs(actor, "mandates"), "ours": [m for m in found if m.role != "broker"],
        "theirs": [m for m in found if m.role == "broker"], "states": MANDATE.states,
    }  # fmt: skip
    return await render(request, "brokerage/mandates.html", context)


# --- the form ---


async def _subjects(client_org_id: UUID) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What the client may name: its shown technologies and its needs that are not over."""
    shown = (await listings.of_organisation(client_org_id, limit=100)).items
    wanted = await needs.of_organisation(client_org_id)
    return (
        [(str(c.id), f"{c.reference} · {c.title_vi}") for c in shown],
        [(str(n.id), f"{n.reference} · {n.content.title}") for n in wanted if n.status in needs_door.OPEN],
    )


def _defaults() -> dict[str, Any]:
    today = clock.today()
    return {
        "side": "seller", "scope.kind": "everything", "starts_on": today, "ends_on": today + timedelta(days=365),
        "notice_days": 30, "tail_days": 90, "attribution_days": 180, "commission.pay": "success",
        "commission.payer": "client",
    }  # fmt: skip


async def _form(
    request: Request,
    actor: Actor,
    values: Mapping[str, Any],
    *,
    view: MandateView | None = None,
    errors: Mapping[str, Text] | None = None,
    status: int = 200,
) -> Response:
    client = view.client.id if view else actor.org_id if values.get("as") != "broker" else None
    own_listings, own_needs = await _subjects(client) if client else ([], [])
    tiers = sum(1 for k in values if k.startswith("commission.tiers.") and k.endswith(".percent"))
    context = {
        "view": view,
        "values": values,
        "errors": present.placed(errors or {}, str(values.get("side"))),
        "broker_side": values.get("as") == "broker",
        "may_switch": actor.org_kind == "intermediary" and view is None,
        "brokers": [(str(b.org_id), b.name) for b in await registry.brokers() if b.org_id != actor.org_id],
        "own_listings": own_listings,
        "own_needs": own_needs,
        "sides": present.options(MandateSide, actor.locale),
        "kinds": present.options(ScopeKind, actor.locale),
        "pays": present.options(Pay, actor.locale),
        "payers": present.options(Payer, actor.locale),
        "fields": [(f.code, f"{f.code} {f.name.get(actor.locale)}") for f in fields().values()],
        "tiers": max(TIERS, tiers + 1),
        "tabs": present.tabs(actor, "mandates"),
    }
    return await render(request, "brokerage/mandate_form.html", context, status=status)


@router.get("/mandates/new")
async def page_new_mandate(request: Request) -> Response:
    """A broker begins as broker unless it says otherwise; `broker` names whom one wants to mandate."""
    actor = await signed_in(request)
    if not actor.can_manage or actor.org_id is None:
        raise Forbidden
    chosen = request.query_params.get("as") or ("broker" if actor.org_kind == "intermediary" else "client")
    broker = request.query_params.get("broker") or ""
    return await _form(request, actor, _defaults() | {"as": chosen, "broker_org_id": broker})


async def _parties(actor: Actor, typed: Mapping[str, Any]) -> tuple[UUID, UUID]:
    """(client, broker) as the form says: one is one's own organisation."""
    if actor.org_id is None:
        raise Forbidden
    if typed.get("as") == "broker":
        return await parties.named(str(typed.get("party") or "")), actor.org_id
    broker = parse_id(str(typed.get("broker_org_id") or ""))
    if broker is None:
        raise Invalid(fields={"broker_org_id": forms.MESSAGES["missing"]})
    return actor.org_id, broker


@router.post("/mandates")
async def page_propose_mandate(request: Request) -> Response:
    """On errors everything typed stays on the page."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        client, broker = await _parties(actor, typed)
        command = ProposeMandate(client_org_id=client, broker_org_id=broker, terms=forms.build(MandateTerms, typed))
        mandate_id = await mandates.propose(actor, command)
    except Invalid as error:
        return await _form(request, actor, present.flat(typed), errors=error.fields, status=422)
    return redirect(f"/mandates/{mandate_id}", ("success", SAID["propose"]), locale=actor.locale)


@router.get("/mandates/{mandate_id}/counter")
async def page_counter_mandate_form(request: Request, mandate_id: UUID) -> Response:
    actor = await signed_in(request)
    view = await mandates.read(actor, mandate_id)
    if "counter" not in view.actions:
        raise Conflict if view.role is not None and actor.can_manage else Forbidden
    return await _form(request, actor, present.flat(view.terms.model_dump(mode="json")), view=view)


@router.post("/mandates/{mandate_id}/counter")
async def page_counter_mandate(request: Request, mandate_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await mandates.counter(actor, mandate_id, CounterMandate(terms=forms.build(MandateTerms, typed)))
    except Invalid as error:
        view = await mandates.read(actor, mandate_id)
        return await _form(request, actor, present.flat(typed), view=view, errors=error.fields, status=422)
    return redirect(f"/mandates/{mandate_id}", ("success", SAID["counter"]), locale=actor.locale)


# --- one mandate ---


async def _page(
    request: Request,
    actor: Actor,
    mandate_id: UUID,
    *,
    errors: Mapping[str, Text] | None = None,
    values: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    view = await mandates.read(actor, mandate_id)
    context = {
        "view": view,
        "state": MANDATE.states[view.status],
        "codes": present.options(DeclineCode, actor.locale),
        "errors": errors or {},
        "values": values or {},
        "tabs": present.tabs(actor, "mandates"),
        "orgs": {view.client.id: view.client, view.broker.id: view.broker},
    }
    return await render(request, "brokerage/mandate.html", context, status=status)


@router.get("/mandates/{mandate_id}")
async def page_mandate(request: Request, mandate_id: UUID) -> Response:
    return await _page(request, await signed_in(request), mandate_id)


def _done(actor: Actor, mandate_id: UUID, action: str) -> Response:
    return redirect(f"/mandates/{mandate_id}", ("success", SAID[action]), locale=actor.locale)


@router.post("/mandates/{mandate_id}/sign")
async def page_sign_mandate(request: Request, mandate_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await mandates.sign(actor, mandate_id, forms.build(SignMandate, typed))
    except Invalid as error:
        return await _page(request, actor, mandate_id, errors=error.fields, values=typed, status=422)
    return _done(actor, mandate_id, "sign")


@router.post("/mandates/{mandate_id}/decline")
async def page_decline_mandate(request: Request, mandate_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await mandates.decline(actor, mandate_id, forms.build(DeclineMandate, typed))
    except Invalid as error:
        return await _page(request, actor, mandate_id, errors=error.fields, values=typed, status=422)
    return _done(actor, mandate_id, "decline")


@router.post("/mandates/{mandate_id}/give-notice")
async def page_give_notice_mandate(request: Request, mandate_id: UUID) -> Response:
    actor = await signed_in(request)
    await mandates.give_notice(actor, mandate_id, await forms.parse_form(request, GiveNotice))
    return _done(actor, mandate_id, "give-notice")


@router.post("/mandates/{mandate_id}/ask-to-end")
async def page_ask_to_end_mandate(request: Request, mandate_id: UUID) -> Response:
    actor = await signed_in(request)
    await mandates.ask_to_end(actor, mandate_id)
    return _done(actor, mandate_id, "ask-to-end")


@router.post("/mandates/{mandate_id}/agree-to-end")
async def page_agree_to_end_mandate(request: Request, mandate_id: UUID) -> Response:
    actor = await signed_in(request)
    await mandates.agree_to_end(actor, mandate_id)
    return _done(actor, mandate_id, "agree-to-end")
