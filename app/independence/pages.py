"""HTML routes of independence: one's interests, the statement of a deal, the operator's queue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import accounts
from app.deals import Access, deals
from app.independence.schemas import (
    OF_ORGANISATION,
    OF_PERSON,
    DecideFinding,
    DeclareInterest,
    EndInterest,
    GiveConsent,
)
from app.independence.service import independence
from app.independence.workflow import FINDING
from app.kit.actor import Actor
from app.kit.errors import Invalid
from app.kit.ids import parse_id
from app.kit.text import Text
from app.web import csrf, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render, url_with

router = APIRouter(dependencies=[Depends(csrf.protect)])
SAID: dict[str, Text] = {
    "declare": Text("Đã ghi nhận khai báo.", "Your declaration is recorded."),
    "end": Text("Đã ghi nhận quan hệ kết thúc; lịch sử vẫn được giữ.", "The tie is marked as ended; history is kept."),
    "clear": Text("Đã kết luận không phải xung đột.", "Cleared: not a conflict."),
    "uphold": Text("Đã xác định có xung đột.", "The conflict is upheld."),
    "consent": Text("Đã ghi nhận đồng ý bằng văn bản.", "Your written consent is recorded."),
}


@router.get("/account/interests")
async def page_interests(request: Request) -> Response:
    actor = await signed_in(request)
    return await render(request, "independence/interests.html", {"found": await independence.own(actor)})


async def _new(
    request: Request,
    actor: Actor,
    of_organisation: bool,
    values: dict[str, Any],
    *,
    errors: dict[str, Text] | None = None,
    status: int = 200,
) -> Response:
    members: list[tuple[str, str]] = []
    if of_organisation and actor.org_id:
        members = [(str(m.person_id), m.name) for m in await accounts.colleagues(actor.org_id)]
    context = {
        "of_organisation": of_organisation,
        "kinds": forms.options(OF_ORGANISATION if of_organisation else OF_PERSON, actor.locale),
        "members": members,
        "about": await independence.about(
            actor, parse_id(values.get("listing_id") or ""), parse_id(values.get("deal_id") or "")
        ),
        "errors": errors or {},
        "values": values,
    }
    return await render(request, "independence/new.html", context, status=status)


@router.get("/account/interests/new")
async def page_new_interest(request: Request) -> Response:
    """`?for=organisation` or `?for=me`; `listing` and `deal` name what an interest of one's own is about."""
    actor, query = await signed_in(request), request.query_params
    of_organisation = query.get("for") == "organisation"
    independence.check_may_declare(actor, of_organisation)
    about = {"listing_id": query.get("listing") or "", "deal_id": query.get("deal") or ""}
    values = {} if of_organisation else {**about, "kind": "other" if any(about.values()) else ""}
    return await _new(request, actor, of_organisation, values)


@router.post("/account/interests")
async def page_declare_interest(request: Request) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await independence.declare(actor, forms.build(DeclareInterest, typed))
    except Invalid as error:
        of_organisation = typed.get("kind") in OF_ORGANISATION or "percent" in typed
        return await _new(request, actor, of_organisation, typed, errors=error.fields, status=422)
    return redirect("/account/interests", ("success", SAID["declare"]), locale=actor.locale)


@router.post("/account/interests/{declaration_id}/end")
async def page_end_interest(request: Request, declaration_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    await independence.end(actor, declaration_id, forms.build(EndInterest, typed))
    return redirect("/account/interests", ("success", SAID["end"]), locale=actor.locale)


async def _statement(
    request: Request,
    actor: Actor,
    deal_id: UUID,
    *,
    finding_id: UUID | None = None,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "statement": await independence.statement(actor, deal_id),
        "deal": await deals.peek(deal_id),
        "states": FINDING.states,
        "failed": finding_id,
        "errors": errors or {},
        "values": values or {},
    }
    return await render(request, "independence/statement.html", context, status=status)


@router.get("/deals/{deal_id}/independence")
async def page_independence(request: Request, deal_id: UUID) -> Response:
    return await _statement(request, await signed_in(request), deal_id)


@router.get("/conflicts")
async def page_conflicts(request: Request) -> Response:
    actor = await signed_in(request)
    status = request.query_params.get("status") or "open"
    status = status if status in FINDING.states else "open"
    found = await independence.queue(actor, status=status, cursor=request.query_params.get("cursor"))
    tabs = [
        {"label": s.label.get(actor.locale), "url": f"/conflicts?status={s.key}", "current": s.key == status}
        for s in FINDING.states.values()
    ]
    context = {
        "items": found.items,
        "states": FINDING.states,
        "tabs": tabs,
        "status": status,
        "next_url": url_with(request, cursor=found.next_cursor) if found.next_cursor else "",
        "first_url": url_with(request, cursor=None) if request.query_params.get("cursor") else "",
    }
    return await render(request, "independence/queue.html", context)


async def _finding(
    request: Request,
    actor: Actor,
    finding_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    view = await independence.finding(actor, finding_id)
    access: Access = await deals.access(actor, view.deal_id)
    leavers = [
        (str(p.org_id), f"{p.org_name} · {p.capacity.label.get(actor.locale)}")
        for p in access.participants
        if p.org_id in (view.org_id, view.other_org_id) and not p.capacity.party
    ]
    context = {
        "view": view,
        "state": FINDING.states[view.status],
        "leavers": leavers,
        "errors": errors or {},
        "values": values or {},
    }
    return await render(request, "independence/finding.html", context, status=status)


@router.get("/conflicts/{finding_id}")
async def page_conflict(request: Request, finding_id: UUID) -> Response:
    return await _finding(request, await signed_in(request), finding_id)


@router.post("/conflicts/{finding_id}/clear")
async def page_clear_conflict(request: Request, finding_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await independence.clear(actor, finding_id, forms.build(DecideFinding, typed))
    except Invalid as error:
        return await _finding(request, actor, finding_id, errors=error.fields, values=typed, status=422)
    return redirect("/conflicts", ("success", SAID["clear"]), locale=actor.locale)


@router.post("/conflicts/{finding_id}/uphold")
async def page_uphold_conflict(request: Request, finding_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await independence.uphold(actor, finding_id, forms.build(DecideFinding, typed))
    except Invalid as error:
        return await _finding(request, actor, finding_id, errors=error.fields, values=typed, status=422)
    return redirect("/conflicts", ("success", SAID["uphold"]), locale=actor.locale)


@router.post("/conflicts/{finding_id}/consent")
async def page_consent_conflict(request: Request, finding_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    deal_id = (await independence.finding(actor, finding_id)).deal_id
    try:
        await independence.consent(actor, finding_id, forms.build(GiveConsent, typed))
    except Invalid as error:
        return await _statement(
            request, actor, deal_id, finding_id=finding_id, errors=error.fields, values=typed, status=422
        )
    return redirect(f"/deals/{deal_id}/independence", ("success", SAID["consent"]), locale=actor.locale)
