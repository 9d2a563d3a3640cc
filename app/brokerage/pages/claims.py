"""HTML routes of claims on introductions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from app.brokerage import present
from app.brokerage.claiming import APPEAL_DAYS, claims
from app.brokerage.evidence import MAX_FILES, Upload
from app.brokerage.introducing import introductions
from app.brokerage.schemas.claims import AnswerClaim, AppealClaim, DecideClaim, OpenClaim, Outcome
from app.brokerage.workflow import CLAIM
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text
from app.web import downloads, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter()
SAID: dict[str, Text] = {
    "open": Text("Đã gửi khiếu nại đến đơn vị vận hành.", "The claim is with the operator."),
    "attach": Text("Đã thêm chứng cứ.", "The evidence is added."),
    "answer": Text("Đã ghi nhận ý kiến của bạn.", "Your word is noted."),
    "withdraw": Text("Đã rút khiếu nại.", "The claim is withdrawn."),
    "appeal": Text("Đã gửi đề nghị phúc xét.", "The appeal is with the operator."),
    "decide": Text("Đã ra quyết định; hai bên được báo.", "The decision is taken; both are told."),
}


@router.get("/introduction-claims")
async def page_claims(request: Request) -> Response:
    actor = await signed_in(request)
    found = (await claims.own(actor)).items
    context = {"tabs": present.tabs(actor, "claims"), "items": found, "states": CLAIM.states}
    return await render(request, "brokerage/claims.html", context)


async def _uploads(request: Request) -> list[Upload]:
    form = await request.form(max_files=20, max_fields=1000)
    return [
        Upload(f.filename, await f.read()) for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename
    ]


async def _open_page(
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
        "view": view, "errors": errors or {}, "values": values or {}, "tabs": present.tabs(actor, "claims"),
        "max_files": MAX_FILES,
    }  # fmt: skip
    return await render(request, "brokerage/claim_form.html", context, status=status)


@router.get("/introductions/{introduction_id}/claim")
async def page_claim_form(request: Request, introduction_id: UUID) -> Response:
    actor = await signed_in(request)
    view = await introductions.read(actor, introduction_id)
    if "claim" not in view.actions:
        raise Conflict if view.standing == "broker" and actor.can_manage else Forbidden
    return await _open_page(request, actor, introduction_id)


@router.post("/introductions/{introduction_id}/claim")
async def page_open_claim(request: Request, introduction_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        command = forms.build(OpenClaim, typed)
        claim_id = await claims.open(actor, introduction_id, command, await _uploads(request))
    except Invalid as error:
        return await _open_page(request, actor, introduction_id, errors=error.fields, values=typed, status=422)
    return redirect(f"/introduction-claims/{claim_id}", ("success", SAID["open"]), locale=actor.locale)


async def _page(
    request: Request,
    actor: Actor,
    claim_id: UUID,
    *,
    errors: Mapping[str, Text] | None = None,
    values: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    view = await claims.read(actor, claim_id)
    context = {
        "view": view,
        "state": CLAIM.states[view.status],
        "outcomes": present.options(Outcome, actor.locale),
        "appeal_days": APPEAL_DAYS,
        "max_files": MAX_FILES,
        "errors": errors or {},
        "values": values or {},
        "tabs": present.tabs(actor, "claims"),
    }
    return await render(request, "brokerage/claim.html", context, status=status)


@router.get("/introduction-claims/{claim_id}")
async def page_claim(request: Request, claim_id: UUID) -> Response:
    return await _page(request, await signed_in(request), claim_id)


async def _act(
    request: Request, claim_id: UUID, said: str, verb: Callable[[Actor, dict[str, Any]], Awaitable[None]]
) -> Response:
    """Do it; on errors the page stands again with what was typed."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await verb(actor, typed)
    except Invalid as error:
        return await _page(request, actor, claim_id, errors=error.fields, values=typed, status=422)
    return redirect(f"/introduction-claims/{claim_id}", ("success", SAID[said]), locale=actor.locale)


@router.post("/introduction-claims/{claim_id}/files")
async def page_attach_to_claim(request: Request, claim_id: UUID) -> Response:
    uploads = await _uploads(request)
    return await _act(request, claim_id, "attach", lambda actor, _: claims.attach(actor, claim_id, uploads))


@router.get("/introduction-claims/{claim_id}/files/{file_id}")
async def page_claim_file(request: Request, claim_id: UUID, file_id: UUID) -> Response:
    found = await claims.open_file(await signed_in(request), claim_id, file_id)
    return downloads.stream(found.chunks, found.name, found.media_type, size=found.size)


@router.post("/introduction-claims/{claim_id}/answer")
async def page_answer_claim(request: Request, claim_id: UUID) -> Response:
    return await _act(
        request, claim_id, "answer", lambda actor, t: claims.answer(actor, claim_id, forms.build(AnswerClaim, t))
    )


@router.post("/introduction-claims/{claim_id}/withdraw")
async def page_withdraw_claim(request: Request, claim_id: UUID) -> Response:
    return await _act(request, claim_id, "withdraw", lambda actor, _: claims.withdraw(actor, claim_id))


@router.post("/introduction-claims/{claim_id}/appeal")
async def page_appeal_claim(request: Request, claim_id: UUID) -> Response:
    return await _act(
        request, claim_id, "appeal", lambda actor, t: claims.appeal(actor, claim_id, forms.build(AppealClaim, t))
    )


@router.post("/introduction-claims/{claim_id}/decide")
async def page_decide_claim(request: Request, claim_id: UUID) -> Response:
    return await _act(
        request, claim_id, "decide", lambda actor, t: claims.decide(actor, claim_id, forms.build(DecideClaim, t))
    )


@router.post("/introduction-claims/{claim_id}/decide-appeal")
async def page_decide_appeal_claim(request: Request, claim_id: UUID) -> Response:
    return await _act(
        request, claim_id, "decide", lambda actor, t: claims.decide_appeal(actor, claim_id, forms.build(DecideClaim, t))
    )
