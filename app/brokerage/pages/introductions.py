"""HTML routes of introductions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from app.brokerage import parties, present
from app.brokerage.introducing import introductions, written
from app.brokerage.mandating import mandates
from app.brokerage.schemas.introductions import (
    AcceptIntroduction,
    DeclineIntroduction,
    NoThanks,
    Receipt,
    SealIntroduction,
    VerifyReceipt,
    VerifyView,
)
from app.brokerage.schemas.mandates import MandateView
from app.brokerage.workflow import INTRODUCTION
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid
from app.kit.ids import parse_id
from app.kit.text import Text
from app.listings import listings
from app.needs import needs
from app.web import forms
from app.web.actor import page_actor, signed_in
from app.web.templating import redirect, render

router = APIRouter()
STANDINGS = ("counterparty", "broker", "client")
MOST = 20_000  # characters of a receipt
SAID: dict[str, Text] = {
    "seal": Text("Đã niêm phong lời giới thiệu. Hãy tải biên nhận về giữ.", "Sealed. Download the receipt, keep it."),
    "accept": Text("Đã nhận lời giới thiệu.", "The introduction is accepted."),
    "decline": Text("Đã trả lời bên môi giới kèm lý do.", "Declined; the broker reads the reason."),
}
NO_RECEIPT = Text(
    "Đây không phải biên nhận. Hãy dán nguyên văn tệp JSON đã tải về.",
    "This is no receipt. Paste the JSON file as it was downloaded.",
)


@router.get("/introductions")
async def page_introductions(request: Request) -> Response:
    actor = await signed_in(request)
    found = (await introductions.own(actor, mandate_id=parse_id(request.query_params.get("mandate") or ""))).items
    context = {
        "tabs": present.tabs(actor, "introductions"), "states": INTRODUCTION.states,
        "groups": {s: [i for i in found if (i.standing or "client") == s] for s in STANDINGS},
        "may_introduce": actor.can_edit and actor.org_id and bool(await mandates.of_broker(actor.org_id)),
    }  # fmt: skip
    return await render(request, "brokerage/introductions.html", context)


# --- sealing ---


async def _subjects(view: MandateView) -> list[tuple[str, str]]:
    """What may be introduced under the mandate: what is in its scope and on the market."""
    if view.terms.side.value == "seller":
        shown = (await listings.of_organisation(view.client.id, limit=100)).items
        return [
            (str(c.id), f"{c.reference} · {c.title_vi}")
            for c in shown
            if c.status == "published" and view.terms.scope.covers(c.id, c.field)
        ]
    wanted = await needs.of_organisation(view.client.id)
    return [
        (str(n.id), f"{n.reference} · {n.content.title}")
        for n in wanted
        if view.terms.scope.covers(n.id, n.content.field)
    ]


async def _form(
    request: Request,
    actor: Actor,
    values: Mapping[str, Any],
    *,
    errors: Mapping[str, Text] | None = None,
    status: int = 200,
) -> Response:
    assert actor.org_id is not None  # noqa: S101 - its callers look
    held = await mandates.of_broker(actor.org_id)
    chosen = parse_id(str(values.get("mandate_id") or "")) or (held[0][0] if len(held) == 1 else None)
    view = await mandates.read(actor, chosen) if chosen else None
    if view is not None and "introduce" not in view.actions:
        raise Forbidden
    choices = [await mandates.read(actor, m[0]) for m in held] if view is None else []
    context = {
        "view": view,
        "choices": choices,
        "subjects": await _subjects(view) if view else [],
        "values": values,
        "errors": errors or {},
        "tabs": present.tabs(actor, "introductions"),
    }
    return await render(request, "brokerage/introduction_form.html", context, status=status)


@router.get("/introductions/new")
async def page_new_introduction(request: Request) -> Response:
    actor = await signed_in(request)
    if actor.org_id is None or not actor.can_edit:
        raise Forbidden
    query = request.query_params
    return await _form(request, actor, {"mandate_id": query.get("mandate"), "subject": query.get("subject") or ""})


@router.post("/introductions")
async def page_seal_introduction(request: Request) -> Response:
    """On errors everything typed stays on the page."""
    actor = await signed_in(request)
    if actor.org_id is None or not actor.can_edit:
        raise Forbidden
    typed = await forms.form_data(request)
    try:
        mandate_id = parse_id(str(typed.get("mandate_id") or ""))
        subject = parse_id(str(typed.get("subject") or ""))
        if mandate_id is None or subject is None:
            raise Invalid(fields={"subject": forms.MESSAGES["missing"]})
        view = await mandates.read(actor, mandate_id)
        named = "listing_id" if view.terms.side.value == "seller" else "need_id"
        other = await parties.named(str(typed.get("party") or ""))
        command = forms.build(
            SealIntroduction,
            {"mandate_id": mandate_id, "counterparty_org_id": other, named: subject, "message": typed.get("message")},
        )
        introduction_id = await introductions.seal(actor, command)
    except Invalid as error:
        return await _form(request, actor, typed, errors=error.fields, status=422)
    return redirect(f"/introductions/{introduction_id}", ("success", SAID["seal"]), locale=actor.locale)


# --- verifying: for everybody ---


async def _verify_page(
    request: Request,
    *,
    found: VerifyView | None = None,
    text: str = "",
    errors: Mapping[str, Text] | None = None,
    status: int = 200,
) -> Response:
    context = {"found": found, "text": text, "errors": errors or {}}
    return await render(request, "brokerage/verify.html", context, status=status)


@router.get("/introductions/verify")
async def page_verify_form(request: Request) -> Response:
    return await _verify_page(request)


@router.post("/introductions/verify")
async def page_verify_introduction(request: Request) -> Response:
    await page_actor(request)
    form = await request.form(max_files=2, max_fields=10)
    file, pasted = form.get("file"), form.get("receipt")
    text = pasted if isinstance(pasted, str) else ""
    if isinstance(file, UploadFile) and file.filename:
        text = (await file.read(MOST + 1)).decode("utf-8", "replace")
    try:
        if len(text) > MOST:
            raise ValueError
        receipt = Receipt.model_validate(json.loads(text))
    except (ValueError, ValidationError, RecursionError):
        return await _verify_page(request, text=text[:MOST], errors={"receipt": NO_RECEIPT}, status=422)
    return await _verify_page(request, found=await introductions.verify(VerifyReceipt(receipt=receipt)), text=text)


# --- one introduction ---


async def _page(
    request: Request,
    actor: Actor,
    introduction_id: UUID,
    *,
    errors: Mapping[str, Text] | None = None,
    values: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    view = await introductions.read(actor, introduction_id)
    context = {
        "view": view,
        "state": INTRODUCTION.states[view.status],
        "codes": present.options(NoThanks, actor.locale),
        "errors": errors or {},
        "values": values or {},
        "tabs": present.tabs(actor, "introductions"),
    }
    return await render(request, "brokerage/introduction.html", context, status=status)


@router.get("/introductions/{introduction_id}")
async def page_introduction(request: Request, introduction_id: UUID) -> Response:
    return await _page(request, await signed_in(request), introduction_id)


@router.get("/introductions/{introduction_id}/receipt")
async def page_introduction_receipt(request: Request, introduction_id: UUID) -> Response:
    """The receipt as a file, for the broker."""
    receipt = await introductions.receipt(await signed_in(request), introduction_id)
    name = f"bien-nhan-{receipt.payload['reference']}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(written(receipt), media_type="application/json", headers=headers)


@router.post("/introductions/{introduction_id}/accept")
async def page_accept_introduction(request: Request, introduction_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        deal_id = await introductions.accept(actor, introduction_id, forms.build(AcceptIntroduction, typed))
    except Invalid as error:
        return await _page(request, actor, introduction_id, errors=error.fields, values=typed, status=422)
    to = f"/deals/{deal_id}" if deal_id else f"/introductions/{introduction_id}"
    return redirect(to, ("success", SAID["accept"]), locale=actor.locale)


@router.post("/introductions/{introduction_id}/decline")
async def page_decline_introduction(request: Request, introduction_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await introductions.decline(actor, introduction_id, forms.build(DeclineIntroduction, typed))
    except Invalid as error:
        return await _page(request, actor, introduction_id, errors=error.fields, values=typed, status=422)
    return redirect(f"/introductions/{introduction_id}", ("success", SAID["decline"]), locale=actor.locale)
