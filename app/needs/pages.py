"""HTML routes of needs: the list and its feed, the guided form, a need, the operator's queue."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app import reference
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.kit.text import Text
from app.needs import browse, completeness, policy, present, tiers
from app.needs import forms as steps
from app.needs.schemas import (
    TIERED,
    Approve,
    CloseNeed,
    CloseReason,
    CreateNeed,
    Direction,
    Extend,
    NeedKind,
    NeedView,
    Payment,
    Reason,
    RequirementKind,
    Tier,
)
from app.needs.service import needs
from app.needs.workflow import NEED, VISIBLE
from app.reference import Exclusivity, TransferMode
from app.web import csrf, forms
from app.web.actor import page_actor, signed_in
from app.web.templating import redirect, render, url_with

router = APIRouter(dependencies=[Depends(csrf.protect)])
SAID: dict[str, Text] = {
    "submit": Text("Đã gửi duyệt. Đơn vị vận hành trả lời trong 5 ngày làm việc.", "Sent to review; answer in 5 days."),
    "take-back": Text("Đã rút về bản nháp.", "Taken back to a draft."),
    "approve": Text("Đã duyệt đăng.", "Approved and published."),
    "request-changes": Text("Đã gửi yêu cầu sửa tới bên nêu nhu cầu.", "The asker was asked for changes."),
    "reject": Text("Đã từ chối đăng.", "Rejected."),
    "withdraw": Text("Đã rút nhu cầu.", "Withdrawn."),
    "reopen": Text("Đã mở lại bản nháp.", "Reopened as a draft."),
    "close": Text("Đã khép nhu cầu.", "The need is closed."),
    "extend": Text("Đã lùi hạn nhận đề xuất.", "The deadline is moved."),
}


def _choices(locale: str) -> dict[str, Any]:
    return reference.form_choices(locale) | {
        "modes": forms.options(TransferMode, locale),
        "exclusivities": forms.options(Exclusivity, locale),
        "payments": forms.options(Payment, locale),
        "directions": forms.options(Direction, locale),
        "requirement_kinds": forms.options(RequirementKind, locale),
        "tier_options": forms.options(Tier, locale),
        "kinds": forms.options(NeedKind, locale),
        "trl_levels": [(str(n), f"TRL {n}") for n in range(1, 10)],
        "close_reasons": forms.options(CloseReason, locale),
    }


# --- for everyone ---


@router.get("/needs")
async def page_needs(request: Request) -> Response:
    """Open needs: facets and keyset pages in the address."""
    actor = await page_actor(request)
    params = browse.from_pairs(request.query_params.multi_items())
    found = await browse.find(params, actor.locale)
    query = params.address()
    context = {
        "params": params,
        "found": found,
        "rows": [present.row(r, actor.locale) for r in found.rows],
        "facets": browse.drawn(params, found.page.facets, actor.locale),
        "due_title": browse.TITLES["due"],
        "due_choices": [("", browse.ANY_DAY, params.due is None)]
        + [(str(n), browse.WITHIN.format(n=n), params.due == n) for n in browse.DUE],
        "chosen": browse.chips(params, partial(url_with, request), actor.locale),
        "save_url": "/account/searches/new?scope=needs" + (f"&{query}" if query else ""),
        "bare_url": url_with(request, **dict.fromkeys((*browse.FACETS, "due", "cursor"))),
        "sort": params.sort or ("relevance" if params.q else "newest"),
        "sorts": [(k, t.get(actor.locale)) for k, t in browse.SORTS.items() if params.q or k != "relevance"],
        "hidden": {k: v for k in ("q", "sort") if (v := getattr(params, k))},
        "bar_hidden": present.carried(request.query_params.multi_items(), drop=("sort", "cursor")),
        "next_url": url_with(request, cursor=found.page.next_cursor) if found.page.next_cursor else "",
        "first_url": url_with(request, cursor=None) if params.cursor else "",
        "feed_url": "/feeds/needs.atom" + (f"?{query}" if query else ""),
        "robots_noindex": bool(request.query_params),
    }
    return await render(request, "needs/results.html", context)


@router.get("/feeds/needs.atom")
async def page_needs_feed(request: Request) -> Response:
    """Atom of any search over needs, newest first."""
    actor = await page_actor(request)
    params = browse.from_pairs(request.query_params.multi_items())
    newest = params.model_copy(update={"sort": "newest", "cursor": None, "limit": 50})
    found = await browse.find(newest, actor.locale)
    body = browse.atom(found.page.items, params.address(), actor.locale, clock.now())
    return Response(body, media_type="application/atom+xml", headers={"Cache-Control": "public, max-age=300"})


# --- the asker's side ---


@router.get("/my/needs")
async def page_own_needs(request: Request) -> Response:
    actor = await signed_in(request)
    status = request.query_params.get("status")
    status = status if status in NEED.states else None
    cursor = request.query_params.get("cursor")
    found = await needs.own(actor, status=status, cursor=cursor)
    tabs = [{"label": Text("Tất cả", "All").get(actor.locale), "url": "/my/needs", "current": status is None}]
    tabs += [
        {"label": s.label.get(actor.locale), "url": f"/my/needs?status={s.key}", "current": s.key == status}
        for s in NEED.states.values()
    ]
    context = {
        "items": found.items,
        "states": NEED.states,
        "tabs": tabs,
        "next_url": url_with(request, cursor=found.next_cursor) if found.next_cursor else "",
        "first_url": url_with(request, cursor=None) if cursor else "",
    }
    return await render(request, "needs/own.html", context)


async def _new_page(
    request: Request, actor: Actor, values: dict[str, Any], errors: dict[str, Text] | None = None, status: int = 200
) -> Response:
    context = {
        "errors": errors or {},
        "values": values,
        "may": actor.org_id is not None and actor.can_edit,
        "may_order": actor.org_kind in policy.ORDERING_KINDS,
        "kinds": forms.options(NeedKind, actor.locale),
    }
    return await render(request, "needs/new.html", context, status=status)


@router.get("/needs/new")
async def page_new_need(request: Request) -> Response:
    return await _new_page(request, await signed_in(request), {})


@router.post("/needs/new")
async def page_create_need(request: Request) -> Response:
    """A draft from a plain description; on errors what was typed stays on the page."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        id_ = await needs.create(actor, forms.build(CreateNeed, typed))
    except Invalid as error:
        return await _new_page(request, actor, typed, error.fields or {"description": error.text}, 422)
    return redirect(f"/needs/{id_}/edit/task")


@router.get("/needs/review")
async def page_need_queue(request: Request) -> Response:
    """What waits for the operator, oldest first."""
    actor = await signed_in(request)
    found = await needs.queue(actor)
    return await render(request, "needs/queue.html", {"items": found.items})


async def _own_view(request: Request, need_id: UUID) -> tuple[Actor, NeedView]:
    actor = await signed_in(request)
    view = await needs.read(actor, need_id)
    if not view.mine or not actor.can_edit:
        raise Forbidden
    return actor, view


async def _asked(view: NeedView) -> str | None:
    """What the operator wrote, while it is still open."""
    action = {"changes_requested": "request_changes", "rejected": "reject"}.get(view.status)
    move = await needs.last_move(view.id, action) if action and (view.mine or view.completeness) else None
    return move.reason if move else None


async def _step_page(
    request: Request,
    actor: Actor,
    view: NeedView,
    key: str,
    *,
    typed: dict[str, Any] | None = None,
    errors: dict[str, Text] | None = None,
    spare: dict[str, int] | None = None,
    status: int = 200,
    notice: Text | None = None,
) -> Response:
    step = steps.STEPS[key]
    order = list(steps.STEPS)
    at = order.index(key)
    assessed = completeness.assess(view.content, actor.locale)
    gaps_of = {g.step for g in assessed.gaps if g.required}
    context = {
        "view": view,
        "step": step,
        "steps": [
            {
                "key": s.key,
                "label": s.title.get(actor.locale),
                "url": f"/needs/{view.id}/edit/{s.key}",
                "state": "current" if s.key == key else "todo" if s.key in gaps_of else "done",
            }
            for s in steps.STEPS.values()
        ],
        "previous": order[at - 1] if at else None,
        "values": steps.merged(view.content, typed, step),
        "errors": errors or {},
        "spare": {name: (spare or {}).get(name, 1) for name in steps.ROWS},
        "gaps": [g for g in assessed.gaps if g.step == key],
        "completeness": assessed,
        "suggested": {s.field: s.said for s in view.suggested if s.field in step.fields},
        "field_names": steps.FIELD_NAMES,
        "tiered": [
            (n, steps.TIER_LABELS[n], tiers.tier_of(view.content.tiers, view.content.blind, n).value) for n in TIERED
        ],
        "notice_text": notice,
        "editable": "edit" in view.actions,
        "fixed": view.status in VISIBLE,
        "may_order": actor.org_kind in policy.ORDERING_KINDS,
        "asked": await _asked(view),
        **_choices(actor.locale),
    }
    return await render(request, f"needs/edit_{key}.html", context, status=status)


def _step(key: str) -> str:
    if key not in steps.STEPS:
        raise NotFound
    return key


@router.get("/needs/{need_id}/edit/{step}")
async def page_edit_need(request: Request, need_id: UUID, step: str) -> Response:
    actor, view = await _own_view(request, need_id)
    return await _step_page(request, actor, view, _step(step))


def _version(typed: dict[str, Any]) -> int | None:
    raw = typed.get("version")
    return int(raw) if isinstance(raw, str) and raw.isdigit() else None


CHANGED = Text(
    "Người khác vừa sửa nhu cầu này. Nội dung bạn gõ vẫn ở dưới; hãy đối chiếu rồi lưu lại.",
    "Somebody else has just changed this need. Your words are below; compare, then save again.",
)


@router.post("/needs/{need_id}/edit/{step}")
async def page_save_need(request: Request, need_id: UUID, step: str) -> Response:
    """Keep what is right; show what is not, beside the field. `add=metrics` only asks for one more empty row."""
    actor, before = await _own_view(request, need_id)
    key = _step(step)
    typed = await forms.form_data(request)
    command, errors = steps.accept(steps.STEPS[key], typed)
    command = steps.chosen_tiers(before.content, command)
    adding = typed.get("add")
    try:
        if command.model_fields_set:
            await needs.update(actor, need_id, command, version=_version(typed))
    except Invalid as error:
        errors |= error.fields
    except Conflict as error:
        said = CHANGED if error.code == "need.changed_meanwhile" else error.text
        fresh = await needs.read(actor, need_id)
        return await _step_page(request, actor, fresh, key, typed=typed, status=409, notice=said)
    if errors or adding in steps.ROWS:
        fresh = await needs.read(actor, need_id)
        spare = {str(adding): 2} if adding in steps.ROWS else None
        return await _step_page(
            request, actor, fresh, key, typed=typed, errors=errors, spare=spare, status=422 if errors else 200
        )
    order = list(steps.STEPS)
    at = order.index(key) + 1
    flash = ("success", Text("Đã lưu.", "Saved."))
    if typed.get("then") == "stay":
        return redirect(f"/needs/{need_id}/edit/{key}", flash, locale=actor.locale)
    target = f"/needs/{need_id}/edit/{order[at]}" if at < len(order) else f"/needs/{need_id}"
    return redirect(target, flash, locale=actor.locale)


@router.post("/needs/{need_id}/edit/{step}/autosave")
async def page_autosave_need(request: Request, need_id: UUID, step: str) -> Response:
    """Save what is right of the step; the new version in a header. 409 when the need moved on."""
    actor, before = await _own_view(request, need_id)
    typed = await forms.form_data(request)
    command, errors = steps.accept(steps.STEPS[_step(step)], typed)
    command = steps.chosen_tiers(before.content, command)
    version = _version(typed)
    try:
        if command.model_fields_set:
            version = await needs.update(actor, need_id, command, version=version)
    except Invalid as error:
        errors |= error.fields
    headers = {"X-Version": str(version or ""), "X-Errors": str(len(errors))}
    return Response(status_code=204, headers=headers)


# --- a need ---


async def _need_page(
    request: Request,
    actor: Actor,
    need_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    view = await needs.read(actor, need_id)
    state = NEED.states[view.status]
    gap_url = {g.field: f"/needs/{need_id}/edit/{g.step}" for g in view.completeness.gaps} if view.completeness else {}
    context = {
        "view": view,
        "content": view.content,
        "card": view.card,
        "state": state,
        "public": view.status in VISIBLE,
        "asked": await _asked(view),
        "reveals": (await needs.reveals(actor, need_id)).items if view.mine else [],
        "errors": errors or {},
        "values": values or {},
        "gap_url": gap_url,
        "tier_labels": steps.TIER_LABELS,
        "close_reason": CloseReason(view.reason_code) if view.reason_code else None,
        "close_reasons": forms.options(CloseReason, actor.locale),
        **present.need(view, actor.locale),
    }
    return await render(request, "needs/need.html", context, status=status)


@router.get("/needs/{need_id}")
async def page_need(request: Request, need_id: UUID) -> Response:
    """The need as the visitor may read it."""
    return await _need_page(request, await page_actor(request), need_id)


async def _done(actor: Actor, need_id: UUID, action: str, to: str = "") -> Response:
    return redirect(to or f"/needs/{need_id}", ("success", SAID[action]), locale=actor.locale)


@router.post("/needs/{need_id}/submit")
async def page_submit_need(request: Request, need_id: UUID) -> Response:
    actor = await signed_in(request)
    try:
        await needs.submit(actor, need_id)
    except Invalid as error:
        return await _need_page(request, actor, need_id, errors=error.fields, status=422)
    return await _done(actor, need_id, "submit")


@router.post("/needs/{need_id}/take-back")
async def page_take_back_need(request: Request, need_id: UUID) -> Response:
    actor = await signed_in(request)
    await needs.take_back(actor, need_id)
    return await _done(actor, need_id, "take-back")


@router.post("/needs/{need_id}/reopen")
async def page_reopen_need(request: Request, need_id: UUID) -> Response:
    actor = await signed_in(request)
    await needs.reopen(actor, need_id)
    return await _done(actor, need_id, "reopen")


@router.post("/needs/{need_id}/close")
async def page_close_need(request: Request, need_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await needs.close(actor, need_id, forms.build(CloseNeed, typed))
    except Invalid as error:
        return await _need_page(request, actor, need_id, errors=error.fields, values=typed, status=422)
    return await _done(actor, need_id, "close")


@router.post("/needs/{need_id}/extend")
async def page_extend_need(request: Request, need_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await needs.extend(actor, need_id, forms.build(Extend, typed).deadline)
    except Invalid as error:
        return await _need_page(request, actor, need_id, errors=error.fields, values=typed, status=422)
    return await _done(actor, need_id, "extend")


@router.post("/needs/{need_id}/approve")
async def page_approve_need(request: Request, need_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await needs.approve(actor, need_id, forms.build(Approve, typed))
    except Invalid as error:
        return await _need_page(request, actor, need_id, errors=error.fields, values=typed, status=422)
    return await _done(actor, need_id, "approve", "/needs/review")


async def _with_reason(request: Request, need_id: UUID, action: str, to: str = "") -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    verbs = {"request-changes": needs.request_changes, "reject": needs.reject, "withdraw": needs.withdraw}
    try:
        await verbs[action](actor, need_id, forms.build(Reason, typed).reason)
    except Invalid as error:
        return await _need_page(request, actor, need_id, errors=error.fields, values=typed, status=422)
    return await _done(actor, need_id, action, to)


@router.post("/needs/{need_id}/request-changes")
async def page_request_changes_need(request: Request, need_id: UUID) -> Response:
    return await _with_reason(request, need_id, "request-changes", "/needs/review")


@router.post("/needs/{need_id}/reject")
async def page_reject_need(request: Request, need_id: UUID) -> Response:
    return await _with_reason(request, need_id, "reject", "/needs/review")


@router.post("/needs/{need_id}/withdraw")
async def page_withdraw_need(request: Request, need_id: UUID) -> Response:
    return await _with_reason(request, need_id, "withdraw")
