"""HTML routes of approvals within one's own organisation: what waits, and the rule."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.kit.actor import Actor
from app.kit.errors import Invalid
from app.kit.text import Text
from app.offers import present
from app.offers.schemas import Decide, SetRule
from app.offers.service import offers
from app.offers.workflow import APPROVAL
from app.web import forms
from app.web.actor import signed_in
from app.web.templating import local_path, redirect, render

router = APIRouter()
RULE = "/account/organisation/approvals"
OUTCOMES = {
    "executed": Text("Đã đủ người duyệt; việc đã được thực hiện.", "Approved by enough people and carried out."),
    "pending": Text("Đã ghi ý kiến của bạn. Còn chờ người khác.", "Your opinion is noted. Others are still to speak."),
    "refused": Text("Yêu cầu không được duyệt.", "The request is refused."),
    "failed": Text(
        "Đã đủ người duyệt nhưng không thực hiện được nữa; lý do ghi ở yêu cầu.",
        "Approved, but not possible any more; the request says why.",
    ),
}


@router.get("/approvals")
async def page_approvals(request: Request) -> Response:
    """What waits for approval in one's organisation, mine to decide first; and what was decided."""
    actor = await signed_in(request)
    return await _list(request, actor)


async def _list(
    request: Request, actor: Actor, *, about: UUID | None = None, error: Invalid | None = None, typed: Any = None
) -> Response:
    items = (await offers.approvals(actor)).items if actor.org_id and actor.role else []
    context = {
        "mine": [a for a in items if "approve" in a.actions],
        "others": [a for a in items if a.status == "pending" and "approve" not in a.actions],
        "past": [a for a in items if a.status != "pending"],
        "states": APPROVAL.states,
        "acts": present.ACTS,
        "changes": {a.id: present.changes(a.changes, actor.locale) for a in items},
        "sheets": {a.id: present.sheet(a.terms, actor.locale) for a in items},
        "about": about,
        "errors": error.fields if error else {},
        "values": typed or {},
    }
    return await render(request, "offers/approvals.html", context, status=422 if error else 200)


async def _decided(request: Request, approval_id: UUID, verb: str) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        command = forms.build(Decide, typed)
        act = offers.approve if verb == "approve" else offers.refuse
        state = await act(actor, approval_id, command)
    except Invalid as error:
        return await _list(request, actor, about=approval_id, error=error, typed=typed)
    kind = "success" if state in ("executed", "pending") else "warning"
    return redirect(local_path(typed.get("next"), "/approvals"), (kind, OUTCOMES[state]), locale=actor.locale)


@router.post("/approvals/{approval_id}/approve")
async def page_approve(request: Request, approval_id: UUID) -> Response:
    return await _decided(request, approval_id, "approve")


@router.post("/approvals/{approval_id}/refuse")
async def page_refuse(request: Request, approval_id: UUID) -> Response:
    return await _decided(request, approval_id, "refuse")


@router.post("/approvals/{approval_id}/withdraw")
async def page_withdraw_approval(request: Request, approval_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    await offers.withdraw_approval(actor, approval_id)
    yes = Text("Đã rút yêu cầu duyệt.", "The request is taken back.")
    return redirect(local_path(typed.get("next"), "/approvals"), ("success", yes), locale=actor.locale)


# --- the rule ---


@router.get(RULE)
async def page_approval_rule(request: Request) -> Response:
    actor = await signed_in(request)
    return await _rule_page(request, actor)


async def _rule_page(request: Request, actor: Actor, error: Invalid | None = None, typed: Any = None) -> Response:
    rule = await offers.approval_rule(actor)
    shown = typed if typed is not None else rule.model_dump(mode="json")
    names = {p.person_id: p.name for p in rule.people}
    context = {
        "rule": rule,
        "values": shown,
        "errors": error.fields if error else {},
        "approver_options": [(str(p.person_id), p.name) for p in rule.people],
        "approver_names": ", ".join(names.get(p, "–") for p in rule.approvers),
    }
    return await render(request, "offers/approval_rule.html", context, status=422 if error else 200)


@router.post(RULE)
async def page_set_approval_rule(request: Request) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await offers.set_approval_rule(actor, forms.build(SetRule, typed))
    except Invalid as error:
        return await _rule_page(request, actor, error, typed)
    yes = Text("Đã lưu quy tắc duyệt nội bộ.", "The approval rule is saved.")
    return redirect(RULE, ("success", yes), locale=actor.locale)
