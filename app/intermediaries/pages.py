"""HTML routes of intermediaries and experts: the directory, profiles, one's own, the operator's queue, ratings."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

from app.deals import deals
from app.intermediaries import directory, policy, present
from app.intermediaries.licensing import REMIND_DAYS, licences
from app.intermediaries.offering import ProviderKind
from app.intermediaries.rating import ratings
from app.intermediaries.schemas import (
    MARK_LABELS,
    SCALE,
    BeginProvider,
    DeclareLicence,
    Find,
    GiveReason,
    ProviderView,
    SaveProvider,
    SendRating,
)
from app.intermediaries.service import intermediaries
from app.intermediaries.workflow import EDITABLE, LICENCE, PROVIDER
from app.kit.actor import Actor
from app.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from app.kit.text import Text
from app.web import csrf, downloads, forms
from app.web.actor import page_actor, signed_in
from app.web.templating import redirect, render, url_with

router = APIRouter(dependencies=[Depends(csrf.protect)])
SAID: dict[str, Text] = {
    "save": Text("Đã lưu hồ sơ.", "The profile is saved."),
    "submit": Text("Đã gửi duyệt. Đơn vị vận hành trả lời trong 5 ngày làm việc.", "Sent to review; answer in 5 days."),
    "take-back": Text("Đã rút về bản nháp.", "Taken back to a draft."),
    "unlist": Text("Đã rút hồ sơ khỏi danh bạ.", "The profile is off the directory."),
    "approve": Text("Đã duyệt hồ sơ.", "The profile is approved."),
    "request-changes": Text("Đã gửi yêu cầu sửa.", "The owner was asked for changes."),
    "suspend": Text("Đã tạm ngừng hồ sơ.", "The profile is suspended."),
    "restore": Text("Đã khôi phục hồ sơ.", "The profile is restored."),
    "declare": Text("Đã khai giấy phép; đơn vị vận hành sẽ kiểm tra.", "Declared; the operator will check it."),
    "withdraw": Text("Đã rút giấy phép.", "The licence is withdrawn."),
    "check": Text("Đã xác nhận giấy phép.", "The licence is confirmed."),
    "refuse": Text("Đã từ chối giấy phép và báo cho chủ hồ sơ.", "Refused, and the owner told."),
    "rate": Text("Đã gửi đánh giá.", "The rating is sent."),
    "report": Text("Đã báo đơn vị vận hành.", "The operator is told."),
    "keep": Text("Đã giữ lời nhận xét.", "The words stand."),
    "hide": Text("Đã ẩn lời nhận xét.", "The words are hidden."),
}


MOVES = {"begin": Text("Bắt đầu hồ sơ", "Begun"), **{k: t.label for k, t in PROVIDER.transitions.items()}}


# --- the directory ---


def _asked(request: Request) -> Find:
    """The filters of an address; one that is not understood is left out."""
    given = dict(request.query_params)
    try:
        return forms.build(Find, given)
    except Invalid as error:
        return forms.build(Find, {k: v for k, v in given.items() if k not in error.fields})


async def _directory(request: Request, kind: ProviderKind) -> Response:
    actor = await page_actor(request)
    asked = _asked(request)
    found = await directory.find(actor, kind, asked)
    address = partial(url_with, request)
    context = {
        **present.filters(asked, actor.locale),
        "expert": kind is ProviderKind.expert,
        "path": "/experts" if kind is ProviderKind.expert else "/intermediaries",
        "items": [present.card(c, actor.locale) for c in found.items],
        "chosen": present.chips(address, asked, actor.locale),
        "bare_url": address(service=None, field=None, province=None, language=None, cursor=None),
        "next_url": address(cursor=found.next_cursor) if found.next_cursor else "",
        "first_url": address(cursor=None) if asked.cursor else "",
        "robots_noindex": bool(request.query_params),
    }
    return await render(request, "intermediaries/directory.html", context)


@router.get("/intermediaries")
async def page_intermediaries(request: Request) -> Response:
    return await _directory(request, ProviderKind.organisation)


@router.get("/experts")
async def page_experts(request: Request) -> Response:
    return await _directory(request, ProviderKind.expert)


@router.get("/intermediaries/review")
async def page_provider_queue(request: Request) -> Response:
    """Before the profile's address: "review" is no organisation."""
    found = await intermediaries.queue(await signed_in(request))
    return await render(request, "intermediaries/queue.html", {"found": found})


@router.get("/intermediaries/{org_id}")
async def page_intermediary(request: Request, org_id: UUID) -> Response:
    actor = await page_actor(request)
    return await _profile(request, actor, await intermediaries.of_organisation(actor, org_id))


@router.get("/experts/{provider_id}")
async def page_expert(request: Request, provider_id: UUID) -> Response:
    actor = await page_actor(request)
    return await _profile(request, actor, await intermediaries.read(actor, provider_id, kind=ProviderKind.expert))


async def _profile(request: Request, actor: Actor, view: ProviderView) -> Response:
    """As everybody sees it; its owner finds the way to edit it."""
    view.services = [s for s in view.services if s.offered]
    view.licences = [x for x in view.licences if x.in_force]
    context = {
        **present.profile(view, actor.locale),
        "marks": MARK_LABELS,
        "state": PROVIDER.states[view.status],
        "errors": {},
    }
    return await render(request, "intermediaries/profile.html", context)


# --- one's own profiles ---


@router.get("/account/intermediary")
async def page_own_providers(request: Request) -> Response:
    actor = await signed_in(request)
    context = {
        "found": await intermediaries.own(actor),
        "waiting": await ratings.waiting(actor),
        "states": PROVIDER.states,
        "may_begin": {k.value: policy.may_begin(actor, k is ProviderKind.expert) for k in ProviderKind},
    }
    return await render(request, "intermediaries/own.html", context)


@router.post("/account/intermediary")
async def page_begin_provider(request: Request) -> Response:
    actor = await signed_in(request)
    id_ = await intermediaries.begin(actor, await forms.parse_form(request, BeginProvider))
    return redirect(f"/providers/{id_}/edit")


@router.get("/providers/{provider_id}")
async def page_provider(request: Request, provider_id: UUID) -> Response:
    """The whole of a profile, for its owner and the operator; others are led to what is listed."""
    actor = await page_actor(request)
    view = await intermediaries.read(actor, provider_id)
    if not policy.may_see_whole(actor, view.own):
        expert = view.kind is ProviderKind.expert
        return redirect(f"/experts/{view.id}" if expert else f"/intermediaries/{view.organisation.id}")
    return await _sheet(request, actor, view)


async def _sheet(
    request: Request, actor: Actor, view: ProviderView, *, errors: dict[str, Text] | None = None,
    lacking: dict[str, Text] | None = None, typed: dict[str, Any] | None = None, notice: Text | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    """`errors` are of a form on this page, `lacking` is what a submission needs and another page asks for."""
    context = {
        "lacking": lacking or {},
        **present.profile(view, actor.locale),
        **present.form_choices(actor.locale),
        "state": PROVIDER.states[view.status],
        "licence_states": LICENCE.states,
        "ending": [x for x in view.licences if view.own and x.days_left is not None and x.days_left <= REMIND_DAYS[0]],
        "moves": [{"at": m.at, "who": m.who, "text": MOVES[m.action], "detail": m.reason} for m in view.history],
        "values": typed or {},
        "errors": errors or {},
        "notice_text": notice,
        "is_operator": policy.may_review(actor),
    }
    return await render(request, "intermediaries/sheet.html", context, status=status)


async def _editing(request: Request, provider_id: UUID) -> tuple[Actor, ProviderView]:
    actor = await signed_in(request)
    view = await intermediaries.read(actor, provider_id)
    if not policy.may_edit(actor, view.own, view.kind is ProviderKind.expert):
        raise Forbidden
    return actor, view


@router.get("/providers/{provider_id}/edit")
async def page_edit_provider(request: Request, provider_id: UUID) -> Response:
    actor, view = await _editing(request, provider_id)
    return await _form(request, actor, view)


async def _form(
    request: Request, actor: Actor, view: ProviderView, *, typed: dict[str, Any] | None = None,
    errors: dict[str, Text] | None = None, notice: Text | None = None, status: int = 200,
) -> Response:  # fmt: skip
    context = {
        "view": view,
        "expert": view.kind is ProviderKind.expert,
        "values": present.form_values(view, typed),
        **present.form_choices(actor.locale),
        "errors": errors or {},
        "notice_text": notice,
        "editable": view.status in EDITABLE,
    }
    return await render(request, "intermediaries/edit.html", context, status=status)


@router.post("/providers/{provider_id}/edit")
async def page_save_provider(request: Request, provider_id: UUID) -> Response:
    actor, view = await _editing(request, provider_id)
    typed = await forms.form_data(request)
    try:
        await intermediaries.save(actor, provider_id, forms.build(SaveProvider, present.command_data(typed)))
    except Invalid as error:
        return await _form(request, actor, view, typed=typed, errors=error.fields, status=422)
    except Conflict as error:
        return await _form(request, actor, view, typed=typed, notice=error.text, status=409)
    return redirect(f"/providers/{provider_id}", ("success", SAID["save"]), locale=actor.locale)


async def _take(request: Request, provider_id: UUID, action: str, *args: Any) -> Response:
    """A verb of the profile; a refusal is shown on its sheet."""
    actor = await signed_in(request)
    verb = getattr(intermediaries, action.replace("-", "_"))
    try:
        await verb(actor, provider_id, *args)
    except Invalid as error:
        view = await intermediaries.read(actor, provider_id)
        return await _sheet(request, actor, view, lacking=error.fields, status=422)
    except Conflict as error:
        return await _refused(request, actor, provider_id, error)
    return redirect(f"/providers/{provider_id}", ("success", SAID[action]), locale=actor.locale)


async def _refused(
    request: Request, actor: Actor, provider_id: UUID, error: DomainError, typed: dict[str, Any] | None = None
) -> Response:
    view = await intermediaries.read(actor, provider_id)
    return await _sheet(request, actor, view, errors=error.fields, typed=typed, notice=error.text, status=error.status)


async def _with_reason(request: Request, provider_id: UUID, action: str) -> Response:
    actor = await signed_in(request)
    view = await intermediaries.read(actor, provider_id)
    if not policy.may_review(actor):
        raise Forbidden
    typed = await forms.form_data(request)
    try:
        command = forms.build(GiveReason, typed)
    except Invalid as error:
        named = {f"{action}-{k}": v for k, v in error.fields.items()}
        shown = {f"{action}-{k}": v for k, v in typed.items()}
        return await _sheet(request, actor, view, errors=named, typed=shown, notice=error.text, status=422)
    return await _take(request, provider_id, action, command.reason)


@router.post("/providers/{provider_id}/submit")
async def page_submit_provider(request: Request, provider_id: UUID) -> Response:
    return await _take(request, provider_id, "submit")


@router.post("/providers/{provider_id}/take-back")
async def page_take_back_provider(request: Request, provider_id: UUID) -> Response:
    return await _take(request, provider_id, "take-back")


@router.post("/providers/{provider_id}/unlist")
async def page_unlist_provider(request: Request, provider_id: UUID) -> Response:
    return await _take(request, provider_id, "unlist")


@router.post("/providers/{provider_id}/approve")
async def page_approve_provider(request: Request, provider_id: UUID) -> Response:
    return await _take(request, provider_id, "approve")


@router.post("/providers/{provider_id}/restore")
async def page_restore_provider(request: Request, provider_id: UUID) -> Response:
    return await _take(request, provider_id, "restore")


@router.post("/providers/{provider_id}/request-changes")
async def page_request_changes_of_provider(request: Request, provider_id: UUID) -> Response:
    return await _with_reason(request, provider_id, "request-changes")


@router.post("/providers/{provider_id}/suspend")
async def page_suspend_provider(request: Request, provider_id: UUID) -> Response:
    return await _with_reason(request, provider_id, "suspend")


# --- licences ---


@router.post("/providers/{provider_id}/licences")
async def page_declare_licence(request: Request, provider_id: UUID) -> Response:
    actor = await signed_in(request)
    view = await intermediaries.read(actor, provider_id)
    if not policy.may_bind(actor, view.own, view.kind is ProviderKind.expert):
        raise Forbidden
    typed = await forms.form_data(request)
    file = (await request.form(max_files=20, max_fields=1000)).get("file")
    data = await file.read() if isinstance(file, UploadFile) else b""
    name = (file.filename if isinstance(file, UploadFile) else None) or ""
    try:
        await licences.declare(actor, provider_id, forms.build(DeclareLicence, typed), name, data)
    except (Invalid, Conflict) as error:
        return await _refused(request, actor, provider_id, error, typed)
    return redirect(f"/providers/{provider_id}#licences", ("success", SAID["declare"]), locale=actor.locale)


@router.get("/providers/{provider_id}/licences/{licence_id}/file")
async def page_open_licence(request: Request, provider_id: UUID, licence_id: UUID) -> Response:
    found = await licences.open(await signed_in(request), provider_id, licence_id)
    return downloads.stream(found.chunks, found.name, "application/pdf", size=found.size)


async def _licence(request: Request, provider_id: UUID, licence_id: UUID, action: str, *args: Any) -> Response:
    actor = await signed_in(request)
    try:
        await getattr(licences, action)(actor, provider_id, licence_id, *args)
    except Conflict as error:
        return await _refused(request, actor, provider_id, error)
    return redirect(f"/providers/{provider_id}#licences", ("success", SAID[action]), locale=actor.locale)


@router.post("/providers/{provider_id}/licences/{licence_id}/withdraw")
async def page_withdraw_licence(request: Request, provider_id: UUID, licence_id: UUID) -> Response:
    return await _licence(request, provider_id, licence_id, "withdraw")


@router.post("/providers/{provider_id}/licences/{licence_id}/check")
async def page_check_licence(request: Request, provider_id: UUID, licence_id: UUID) -> Response:
    return await _licence(request, provider_id, licence_id, "check")


@router.post("/providers/{provider_id}/licences/{licence_id}/refuse")
async def page_refuse_licence(request: Request, provider_id: UUID, licence_id: UUID) -> Response:
    actor = await signed_in(request)
    view = await intermediaries.read(actor, provider_id)
    if not policy.may_review(actor):
        raise Forbidden
    typed = await forms.form_data(request)
    try:
        command = forms.build(GiveReason, typed)
    except Invalid as error:
        named = {f"refuse-{licence_id}-{k}": v for k, v in error.fields.items()}
        return await _sheet(request, actor, view, errors=named, notice=error.text, status=422)
    return await _licence(request, provider_id, licence_id, "refuse", command.reason)


# --- ratings ---


@router.get("/deals/{deal_id}/ratings")
async def page_deal_ratings(request: Request, deal_id: UUID) -> Response:
    return await _ratings(request, await signed_in(request), deal_id)


async def _ratings(
    request: Request, actor: Actor, deal_id: UUID, *, typed: dict[str, Any] | None = None,
    errors: dict[str, Text] | None = None, notice: Text | None = None, status: int = 200,
) -> Response:  # fmt: skip
    found = await ratings.of_deal(actor, deal_id)
    deal = None
    with contextlib.suppress(NotFound):  # an intermediary that has left still rates, and sees the deal no longer
        deal = await deals.read(actor, deal_id)
    context = {
        "found": found,
        "deal": deal,
        "marks": MARK_LABELS,
        "scale": [(str(n), words.get(actor.locale)) for n, words in SCALE.items()],
        "values": typed or {},
        "errors": errors or {},
        "notice_text": notice,
    }
    return await render(request, "intermediaries/ratings.html", context, status=status)


@router.post("/deals/{deal_id}/ratings")
async def page_send_rating(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await ratings.send(actor, deal_id, forms.build(SendRating, typed))
    except Invalid as error:
        await ratings.of_deal(actor, deal_id)  # visible and taking part, before the form is judged
        return await _ratings(request, actor, deal_id, typed=typed, errors=error.fields, status=422)
    except Conflict as error:
        return await _ratings(request, actor, deal_id, typed=typed, notice=error.text, status=409)
    return redirect(f"/deals/{deal_id}/ratings", ("success", SAID["rate"]), locale=actor.locale)


@router.post("/ratings/{rating_id}/report")
async def page_report_rating(request: Request, rating_id: UUID) -> Response:
    actor = await signed_in(request)
    await ratings.report(actor, rating_id, (await forms.parse_form(request, GiveReason)).reason)
    return redirect("/account/intermediary", ("success", SAID["report"]), locale=actor.locale)


@router.post("/ratings/{rating_id}/keep")
async def page_keep_rating(request: Request, rating_id: UUID) -> Response:
    actor = await signed_in(request)
    await ratings.keep(actor, rating_id)
    return redirect("/intermediaries/review", ("success", SAID["keep"]), locale=actor.locale)


@router.post("/ratings/{rating_id}/hide")
async def page_hide_rating(request: Request, rating_id: UUID) -> Response:
    actor = await signed_in(request)
    await ratings.hide(actor, rating_id, (await forms.parse_form(request, GiveReason)).reason)
    return redirect("/intermediaries/review", ("success", SAID["hide"]), locale=actor.locale)
