"""HTML routes of listings: the owner's form and list, the operator's queue, files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

import search
from app import reference
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.kit.text import Text
from app.listings import completeness, policy
from app.listings import forms as steps
from app.listings.schemas import (
    TIERED,
    Approve,
    CreateListing,
    Funding,
    IpKind,
    ListingView,
    PricePolicy,
    Reason,
    RightStatus,
    RoyaltyBase,
    Tier,
)
from app.listings.service import listings
from app.listings.trl import TRL
from app.listings.workflow import LISTING
from app.reference import Exclusivity, TransferMode
from app.web import csrf, downloads, forms
from app.web.actor import page_actor, signed_in
from app.web.templating import redirect, render, url_with

router = APIRouter(dependencies=[Depends(csrf.protect)])
TIER_LABELS: dict[str, Text] = {
    "problem": Text("Vấn đề", "Problem"),
    "solution": Text("Giải pháp", "Solution"),
    "advantages": Text("Ưu điểm", "Advantages"),
    "applications": Text("Ứng dụng", "Applications"),
    "target_users": Text("Ai dùng được", "Target users"),
    "comparison": Text("Bảng so sánh", "Comparison"),
    "trl_evidence": Text("Bằng chứng TRL", "TRL evidence"),
    "limits": Text("Giới hạn", "Limits"),
    "cooperation": Text("Mong muốn hợp tác", "Cooperation"),
    "rights": Text("Quyền sở hữu trí tuệ", "IP rights"),
    "owners": Text("Chủ sở hữu và tỷ lệ", "Owners and shares"),
    "funding": Text("Nguồn kinh phí", "Funding"),
    "price": Text("Giá", "Price"),
}
SAID: dict[str, Text] = {
    "submit": Text("Đã gửi duyệt. Đơn vị vận hành trả lời trong 5 ngày làm việc.", "Sent to review; answer in 5 days."),
    "take-back": Text("Đã rút về bản nháp.", "Taken back to a draft."),
    "approve": Text("Đã duyệt đăng.", "Approved and published."),
    "request-changes": Text("Đã gửi yêu cầu sửa tới bên chào bán.", "The owner was asked for changes."),
    "acknowledge": Text("Đã ghi nhận các sửa đổi.", "The edits are acknowledged."),
    "refresh": Text("Đã xác nhận thông tin còn đúng.", "Confirmed as still right."),
    "suspend": Text("Đã tạm dừng.", "Suspended."),
    "restore": Text("Đã khôi phục.", "Restored."),
    "archive": Text("Đã chuyển vào lưu trữ.", "Archived."),
    "reopen": Text("Đã mở lại bản nháp.", "Reopened as a draft."),
    "transfer": Text("Đã ghi nhận chuyển giao.", "Recorded as transferred."),
}


def _choices(locale: str) -> dict[str, Any]:
    return reference.form_choices(locale) | {
        "ip_kinds": forms.options(IpKind, locale),
        "right_statuses": forms.options(RightStatus, locale),
        "fundings": forms.options(Funding, locale),
        "modes": forms.options(TransferMode, locale),
        "exclusivities": forms.options(Exclusivity, locale),
        "policies": forms.options(PricePolicy, locale),
        "bases": forms.options(RoyaltyBase, locale),
        "tier_options": forms.options(Tier, locale),
        "trl_options": [
            {"value": str(n), "label": f"TRL {n}: {t.name.get(locale)}", "hint": t.evidence.get(locale)}
            for n, t in TRL.items()
        ],
    }


# --- the owner's side ---


@router.get("/my/listings")
async def page_own_listings(request: Request) -> Response:
    actor = await signed_in(request)
    status = request.query_params.get("status")
    status = status if status in LISTING.states else None
    cursor = request.query_params.get("cursor")
    found = await listings.own(actor, status=status, cursor=cursor)
    tabs = [{"label": Text("Tất cả", "All").get(actor.locale), "url": "/my/listings", "current": status is None}]
    tabs += [
        {"label": s.label.get(actor.locale), "url": f"/my/listings?status={s.key}", "current": s.key == status}
        for s in LISTING.states.values()
    ]
    context = {
        "items": found.items,
        "states": LISTING.states,
        "tabs": tabs,
        "next_url": url_with(request, cursor=found.next_cursor) if found.next_cursor else "",
        "first_url": url_with(request, cursor=None) if cursor else "",
    }
    return await render(request, "listings/own.html", context)


@router.get("/listings/new")
async def page_new_listing(request: Request) -> Response:
    actor = await signed_in(request)
    context = {"errors": {}, "values": {}, "may": actor.org_id is not None and actor.can_edit}
    return await render(request, "listings/new.html", context)


@router.post("/listings/new")
async def page_create_listing(request: Request) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        id_ = await listings.create(actor, forms.build(CreateListing, typed))
    except Invalid as error:
        context = {"errors": error.fields, "values": typed, "may": True}
        return await render(request, "listings/new.html", context, status=422)
    return redirect(f"/listings/{id_}/edit/introduction")


async def _own_view(request: Request, listing_id: UUID) -> tuple[Actor, ListingView]:
    actor = await signed_in(request)
    view = await listings.read(actor, listing_id)
    if not policy.may_edit(actor, view.card.org_id):
        raise Forbidden
    return actor, view


@router.get("/listings/{listing_id}/edit")
async def page_edit_listing(request: Request, listing_id: UUID) -> Response:
    """To the first step that lacks something required, else to the check."""
    _, view = await _own_view(request, listing_id)
    blocking = completeness.assess(view.content).blocking
    return redirect(f"/listings/{listing_id}/edit/{blocking[0].step if blocking else 'check'}")


async def _asked(view: ListingView) -> str | None:
    """What the operator asked to change, while it is still open."""
    if view.status != "changes_requested":
        return None
    move = await listings.last_move(view.id, "request_changes")
    return move.reason if move else None


async def _step_page(
    request: Request,
    actor: Actor,
    view: ListingView,
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
                "url": f"/listings/{view.id}/edit/{s.key}",
                "state": "current" if s.key == key else "todo" if s.key in gaps_of else "done",
            }
            for s in steps.STEPS.values()
        ],
        "previous": order[at - 1] if at else None,
        "following": order[at + 1] if at + 1 < len(order) else "check",
        "values": steps.merged(view.content, typed, step),
        "errors": errors or {},
        "spare": {name: (spare or {}).get(name, 1) for name in steps.ROWS},
        "gaps": [g for g in assessed.gaps if g.step == key],
        "completeness": assessed,
        "tiered": [(n, TIER_LABELS[n].get(actor.locale)) for n in TIERED],
        "notice_text": notice,
        "editable": "edit" in view.actions,
        "asked": await _asked(view),
        **_choices(actor.locale),
    }
    return await render(request, f"listings/edit_{key}.html", context, status=status)


@router.get("/listings/{listing_id}/edit/check")
async def page_check_listing(request: Request, listing_id: UUID) -> Response:
    """Everything by step with what is missing, and the button that sends it to review."""
    actor, view = await _own_view(request, listing_id)
    return await _check_page(request, actor, view)


async def _check_page(
    request: Request, actor: Actor, view: ListingView, *, errors: dict[str, Text] | None = None, status: int = 200
) -> Response:
    assessed = completeness.assess(view.content, actor.locale)
    context = {
        "view": view,
        "completeness": assessed,
        "steps": [
            {
                "key": s.key,
                "title": s.title.get(actor.locale),
                "url": f"/listings/{view.id}/edit/{s.key}",
                "gaps": [g for g in assessed.gaps if g.step == s.key],
            }
            for s in steps.STEPS.values()
        ],
        "errors": errors or {},
        "state": LISTING.states[view.status],
        "asked": await _asked(view),
    }
    return await render(request, "listings/check.html", context, status=status)


@router.get("/listings/{listing_id}/edit/{step}")
async def page_edit_step(request: Request, listing_id: UUID, step: str) -> Response:
    actor, view = await _own_view(request, listing_id)
    return await _step_page(request, actor, view, _step(step))


def _step(key: str) -> str:
    if key not in steps.STEPS:
        raise NotFound
    return key


def _version(typed: dict[str, Any]) -> int | None:
    raw = typed.get("version")
    return int(raw) if isinstance(raw, str) and raw.isdigit() else None


CHANGED = Text(
    "Người khác vừa sửa hồ sơ này. Nội dung bạn gõ vẫn ở dưới; hãy đối chiếu rồi lưu lại.",
    "Somebody else has just changed this listing. Your words are below; compare, then save again.",
)


@router.post("/listings/{listing_id}/edit/{step}")
async def page_save_step(request: Request, listing_id: UUID, step: str) -> Response:
    """Keep what is right; show what is not, beside the field. `add=rights` only asks for one more empty row."""
    actor, _ = await _own_view(request, listing_id)
    key = _step(step)
    typed = await forms.form_data(request)
    command, errors = steps.accept(steps.STEPS[key], typed)
    adding = typed.get("add")
    try:
        if command.model_fields_set:
            await listings.update(actor, listing_id, command, version=_version(typed))
    except Invalid as error:
        errors |= error.fields
    except Conflict as error:
        said = CHANGED if error.code == "listing.changed_meanwhile" else error.text
        fresh = await listings.read(actor, listing_id)
        return await _step_page(request, actor, fresh, key, typed=typed, status=409, notice=said)
    if errors or adding in steps.ROWS:
        fresh = await listings.read(actor, listing_id)
        spare = {str(adding): 2} if adding in steps.ROWS else None
        return await _step_page(
            request, actor, fresh, key, typed=typed, errors=errors, spare=spare, status=422 if errors else 200
        )
    order = [*steps.STEPS, "check"]
    target = order[order.index(key) + 1] if typed.get("then") != "stay" else key
    flash = ("success", Text("Đã lưu.", "Saved."))
    return redirect(f"/listings/{listing_id}/edit/{target}", flash, locale=actor.locale)


@router.post("/listings/{listing_id}/edit/{step}/autosave")
async def page_autosave_step(request: Request, listing_id: UUID, step: str) -> Response:
    """Save what is right of the step; the new version in a header. 409 when the listing moved on."""
    actor, _ = await _own_view(request, listing_id)
    typed = await forms.form_data(request)
    command, errors = steps.accept(steps.STEPS[_step(step)], typed)
    version = _version(typed)
    try:
        if command.model_fields_set:
            version = await listings.update(actor, listing_id, command, version=version)
    except Invalid as error:
        errors |= error.fields
    headers = {"X-Version": str(version or ""), "X-Errors": str(len(errors))}
    return Response(status_code=204, headers=headers)


# --- files ---


@router.post("/listings/{listing_id}/files")
async def page_attach_file(request: Request, listing_id: UUID) -> Response:
    actor, view = await _own_view(request, listing_id)
    form = await request.form(max_files=20, max_fields=1000)
    sent = [f for f in form.getlist("file") if isinstance(f, UploadFile) and f.filename]
    raw = form.get("tier")
    tier = Tier(raw) if isinstance(raw, str) and raw in list(Tier) else Tier.public
    if not sent:
        missing = {"file": Text("Hãy chọn một tệp.", "Choose a file.")}
        return await _step_page(request, actor, view, "files", errors=missing, status=422)
    try:
        for file in sent:
            await listings.attach(actor, listing_id, file.filename or "file", await file.read(), tier)
    except Invalid as error:
        fresh = await listings.read(actor, listing_id)
        return await _step_page(request, actor, fresh, "files", errors=error.fields, status=422)
    said = Text("Đã tải tệp lên.", "The file is uploaded.")
    return redirect(f"/listings/{listing_id}/edit/files", ("success", said), locale=actor.locale)


@router.post("/listings/{listing_id}/files/{file_id}/remove")
async def page_detach_file(request: Request, listing_id: UUID, file_id: UUID) -> Response:
    actor = await signed_in(request)
    await listings.detach(actor, listing_id, file_id)
    said = Text("Đã gỡ tệp.", "The file is removed.")
    return redirect(f"/listings/{listing_id}/edit/files", ("success", said), locale=actor.locale)


@router.get("/files/{file_id}")
async def page_open_file(request: Request, file_id: UUID) -> Response:
    actor = await page_actor(request)
    found = await listings.open_file(actor, file_id)
    return downloads.stream(found.chunks, found.name, found.media_type, size=found.size)


# --- actions ---


@router.post("/listings/{listing_id}/submit")
async def page_submit_listing(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    try:
        await listings.submit(actor, listing_id)
    except Invalid as error:
        view = await listings.read(actor, listing_id)
        return await _check_page(request, actor, view, errors=error.fields, status=422)
    return redirect("/my/listings", ("success", SAID["submit"]), locale=actor.locale)


async def _done(request: Request, listing_id: UUID, action: str, to: str = "") -> Response:
    actor = await page_actor(request)
    return redirect(to or f"/listings/{listing_id}", ("success", SAID[action]), locale=actor.locale)


@router.post("/listings/{listing_id}/take-back")
async def page_take_back_listing(request: Request, listing_id: UUID) -> Response:
    await listings.take_back(await signed_in(request), listing_id)
    return await _done(request, listing_id, "take-back", f"/listings/{listing_id}/edit/check")


@router.post("/listings/{listing_id}/refresh")
async def page_refresh_listing(request: Request, listing_id: UUID) -> Response:
    await listings.refresh(await signed_in(request), listing_id)
    return await _done(request, listing_id, "refresh")


@router.post("/listings/{listing_id}/archive")
async def page_archive_listing(request: Request, listing_id: UUID) -> Response:
    await listings.archive(await signed_in(request), listing_id)
    return await _done(request, listing_id, "archive", "/my/listings")


@router.post("/listings/{listing_id}/reopen")
async def page_reopen_listing(request: Request, listing_id: UUID) -> Response:
    await listings.reopen(await signed_in(request), listing_id)
    return await _done(request, listing_id, "reopen", f"/listings/{listing_id}/edit/check")


@router.post("/listings/{listing_id}/transfer")
async def page_transfer_listing(request: Request, listing_id: UUID) -> Response:
    await listings.transfer(await signed_in(request), listing_id)
    return await _done(request, listing_id, "transfer")


@router.post("/listings/{listing_id}/restore")
async def page_restore_listing(request: Request, listing_id: UUID) -> Response:
    await listings.restore(await signed_in(request), listing_id)
    return await _done(request, listing_id, "restore", f"/review/{listing_id}")


# --- the operator's side ---


@router.get("/review")
async def page_review_queue(request: Request) -> Response:
    """What waits, oldest first, with its age against the five working days promised."""
    actor = await signed_in(request)
    found = await listings.queue(actor)
    context = {"items": found.items, "states": LISTING.states, "notices": await search.look()}
    return await render(request, "listings/queue.html", context)


async def _review_page(
    request: Request,
    actor: Actor,
    listing_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    view = await listings.read(actor, listing_id)
    if not policy.may_review(actor):
        raise Forbidden
    context = {
        "view": view,
        "content": view.content,
        "state": LISTING.states[view.status],
        "versions": (await listings.versions(actor, listing_id)).items,
        "completeness": completeness.assess(view.content, actor.locale),
        "errors": errors or {},
        "values": values or {},
        "labels": TIER_LABELS,
        **_choices(actor.locale),
    }
    return await render(request, "listings/review.html", context, status=status)


@router.get("/review/{listing_id}")
async def page_review_listing(request: Request, listing_id: UUID) -> Response:
    return await _review_page(request, await signed_in(request), listing_id)


@router.post("/listings/{listing_id}/approve")
async def page_approve_listing(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await listings.approve(actor, listing_id, forms.build(Approve, typed))
    except Invalid as error:
        fields = error.fields or {"form": error.text}
        return await _review_page(request, actor, listing_id, errors=fields, values=typed, status=422)
    return await _done(request, listing_id, "approve", "/review")


async def _with_reason(request: Request, listing_id: UUID, action: str) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    verbs = {"request-changes": listings.request_changes, "suspend": listings.suspend}
    try:
        await verbs[action](actor, listing_id, forms.build(Reason, typed).reason)
    except Invalid as error:
        return await _review_page(request, actor, listing_id, errors=error.fields, values=typed, status=422)
    return await _done(request, listing_id, action, "/review")


@router.post("/listings/{listing_id}/request-changes")
async def page_request_changes_listing(request: Request, listing_id: UUID) -> Response:
    return await _with_reason(request, listing_id, "request-changes")


@router.post("/listings/{listing_id}/suspend")
async def page_suspend_listing(request: Request, listing_id: UUID) -> Response:
    return await _with_reason(request, listing_id, "suspend")


@router.post("/listings/{listing_id}/acknowledge")
async def page_acknowledge_listing(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    await listings.acknowledge(actor, listing_id, _version(typed) or 0)
    return await _done(request, listing_id, "acknowledge", "/review")


@router.get("/listings/{listing_id}/versions")
async def page_listing_versions(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    view = await listings.read(actor, listing_id)
    found = await listings.versions(actor, listing_id)
    return await render(request, "listings/versions.html", {"view": view, "versions": found.items})
