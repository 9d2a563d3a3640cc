"""HTML routes of disclosure: the agreement, the room of a deal, the owner's room, its log, the operator's templates."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

from app.deals import REASONS, DealView, deals
from app.disclosure.schemas import (
    STAGE_LABELS,
    STAGES,
    AddDocument,
    AddFolder,
    Answer,
    Ask,
    Decline,
    DescribeDocument,
    Download,
    DraftTemplate,
    Grant,
    Inspect,
    LogKind,
    NdaKind,
    ProposeNda,
    Publish,
    RoomView,
    SignNda,
)
from app.disclosure.service import disclosure
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.kit.ids import parse_id
from app.kit.text import Text
from app.web import csrf, downloads, forms
from app.web.actor import signed_in
from app.web.templating import local_path, redirect, render, url_with

router = APIRouter(dependencies=[Depends(csrf.protect)])
NO_STORE = {"Cache-Control": "no-store"}
SAID: dict[str, Text] = {
    "propose": Text("Đã gửi văn bản để hai bên ký.", "The text is out for both parties to sign."),
    "sign": Text("Đã ghi nhận chữ ký của tổ chức bạn.", "Your organisation's signature is recorded."),
    "adhere": Text("Đã ký tuân thủ.", "The adherence is signed."),
    "decline": Text("Đã từ chối văn bản; bên kia đọc được lý do.", "Declined; the other side reads the reason."),
    "withdraw": Text("Đã rút văn bản.", "The text is withdrawn."),
    "terminate": Text(
        "Đã chấm dứt. Phòng dữ liệu đã khép lại; nghĩa vụ giữ bí mật những gì đã nhận vẫn còn.",
        "Terminated. The room is shut; the duty to keep secret what was received stays.",
    ),
    "grant": Text("Đã mở cho hồ sơ này.", "Opened to the deal."),
    "revoke": Text("Đã thu hồi; có hiệu lực ngay.", "Revoked, at once."),
    "add": Text("Đã thêm vào phòng.", "Added to the room."),
    "change": Text("Đã lưu thay đổi.", "Saved."),
    "remove": Text("Đã gỡ khỏi phòng.", "Taken out of the room."),
    "ask": Text("Đã gửi câu hỏi.", "The question is sent."),
    "answer": Text("Đã trả lời bên hỏi.", "The asker has your answer."),
    "publish": Text("Đã công bố cho các bên trong phòng.", "Published to all parties of the room."),
    "inspect": Text("Đã ghi lý do kiểm tra; bạn xem được trong một giờ.", "Noted; you may look for an hour."),
    "draft": Text("Đã lưu bản nháp.", "The draft is saved."),
    "publish_template": Text("Đã ban hành; từ nay không sửa được.", "In use; from now on it cannot be changed."),
    "retire": Text("Mẫu này thôi dùng.", "The template is out of use."),
}  # fmt: skip
STAGE_OPTIONS = [(str(n), STAGE_LABELS[n]) for n in STAGES]


def _said(what: str, url: str, actor: Actor) -> Response:
    return redirect(url, ("success", SAID[what]), locale=actor.locale)


# --- the room of a deal ---


async def _deal(request: Request, deal_id: UUID) -> tuple[Actor, DealView]:
    actor = await signed_in(request)
    return actor, await deals.read(actor, deal_id)


def _tabs(deal: DealView, room: RoomView, current: str, unread: int = 0) -> list[dict[str, Any]]:
    base = f"/deals/{deal.id}/room"
    words = {
        "nda": (Text("Thỏa thuận bảo mật", "Agreement"), f"{base}/nda", None),
        "documents": (Text("Tài liệu", "Documents"), base, None),
        "fields": (Text("Thông tin mật", "Confidential facts"), f"{base}/fields", None),
        "questions": (Text("Hỏi đáp", "Questions"), f"{base}/questions", unread or None),
    }
    if "log" in room.actions:
        log = f"/listings/{room.listing_id}/room/log?deal_id={deal.id}"
        words["log"] = (Text("Nhật ký", "Log"), log, None)
    return [
        {"label": label, "url": url, "current": key == current, "count": count}
        for key, (label, url, count) in words.items()
    ]


async def _room_page(
    request: Request,
    actor: Actor,
    deal: DealView,
    template: str,
    current: str,
    *,
    status: int = 200,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    **more: Any,
) -> Response:
    room = await disclosure.room(actor, deal.id)
    unread = 0
    if room.why is None and current != "questions":
        unread = await disclosure.unread(actor, deal.id)
    context = {
        "deal": deal, "room": room, "tabs_of_room": _tabs(deal, room, current, unread), "errors": errors or {},
        "values": values or {}, "stages": STAGE_OPTIONS, "papers": [(str(d.id), d.title) for d in room.documents],
        **more,
    }  # fmt: skip
    return await render(request, f"disclosure/{template}.html", context, status=status, headers=NO_STORE)


@router.get("/deals/{deal_id}/room")
async def page_deal_room(request: Request, deal_id: UUID) -> Response:
    """The documents that are open to the reader; for the Department, counts."""
    actor, deal = await _deal(request, deal_id)
    if actor.is_department and deal.capacity is None and not actor.is_operator:
        figures = await disclosure.figures(actor, deal_id)
        return await render(request, "disclosure/figures.html", {"deal": deal, "figures": figures})
    return await _documents_page(request, actor, deal)


async def _documents_page(request: Request, actor: Actor, deal: DealView, **more: Any) -> Response:
    ndas = await disclosure.ndas(actor, deal.id)
    live = next((n for n in ndas.items if n.status in ("proposed", "signed_one", "in_force")), None)
    return await _room_page(request, actor, deal, "documents", "documents", nda=live, **more)


@router.post("/deals/{deal_id}/room/inspect")
async def page_inspect_room(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await disclosure.inspect(actor, deal_id, forms.build(Inspect, typed))
    except Invalid as error:
        deal = await deals.read(actor, deal_id)
        return await _documents_page(request, actor, deal, status=422, errors=error.fields, values=typed)
    return _said("inspect", f"/deals/{deal_id}/room", actor)


@router.get("/deals/{deal_id}/room/nda")
async def page_room_ndas(request: Request, deal_id: UUID) -> Response:
    actor, deal = await _deal(request, deal_id)
    ndas = await disclosure.ndas(actor, deal_id)
    names = {p.org_id: p.org_name for p in deal.participants}
    return await _room_page(request, actor, deal, "ndas", "nda", ndas=ndas.items, names=names)


@router.get("/deals/{deal_id}/room/fields")
async def page_room_fields(request: Request, deal_id: UUID) -> Response:
    actor, deal = await _deal(request, deal_id)
    try:
        found = await disclosure.fields(actor, deal_id)
    except Forbidden as error:
        return await _room_page(
            request, actor, deal, "fields", "fields", found=None, shut=error.text, rows=[], status=403
        )
    rows = [r.model_dump() for r in found.content.comparison]
    return await _room_page(request, actor, deal, "fields", "fields", found=found, shut=None, rows=rows)


@router.get("/deals/{deal_id}/room/questions")
async def page_room_questions(request: Request, deal_id: UUID) -> Response:
    actor, deal = await _deal(request, deal_id)
    return await _questions_page(request, actor, deal)


async def _questions_page(request: Request, actor: Actor, deal: DealView, **more: Any) -> Response:
    found, shut, status = None, None, 200
    try:
        found = await disclosure.questions(actor, deal.id)
    except Forbidden as error:
        shut, status = error.text, 403
    more = {"status": status, "asked": None, **more}
    return await _room_page(request, actor, deal, "questions", "questions", found=found, shut=shut, **more)


@router.post("/deals/{deal_id}/room/questions")
async def page_ask_in_room(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await disclosure.ask(actor, deal_id, forms.build(Ask, typed))
    except Invalid as error:
        deal = await deals.read(actor, deal_id)
        return await _questions_page(request, actor, deal, status=422, errors=error.fields, values=typed)
    return _said("ask", f"/deals/{deal_id}/room/questions", actor)


async def _answered(request: Request, question_id: UUID, verb: str) -> Response:
    """Answer or publish; on an error the page of the question is shown again with what was typed."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    back = local_path(str(typed.get("next") or ""), "/my/listings")
    try:
        if verb == "answer":
            await disclosure.answer(actor, question_id, forms.build(Answer, typed))
        else:
            await disclosure.publish(actor, question_id, forms.build(Publish, typed))
    except Invalid as error:
        parts = back.split("/")
        deal_id = parse_id(parts[2]) if len(parts) > 2 and parts[1] == "deals" else None
        if deal_id is None:
            raise
        deal = await deals.read(actor, deal_id)
        return await _questions_page(
            request, actor, deal, status=422, errors=error.fields, values=typed, asked=str(question_id)
        )
    return _said(verb, back, actor)


@router.post("/room-questions/{question_id}/answer")
async def page_answer_room_question(request: Request, question_id: UUID) -> Response:
    return await _answered(request, question_id, "answer")


@router.post("/room-questions/{question_id}/publish")
async def page_publish_room_question(request: Request, question_id: UUID) -> Response:
    return await _answered(request, question_id, "publish")


@router.get("/deals/{deal_id}/room/documents/{document_id}")
async def page_room_document(request: Request, deal_id: UUID, document_id: UUID) -> Response:
    """The viewer: a picture a page, each fetched with a check of its own."""
    actor, deal = await _deal(request, deal_id)
    found = await disclosure.open_document(actor, deal_id, document_id)
    room = await disclosure.room(actor, deal_id)
    context = {"deal": deal, "room": room, "document": found, "errors": {}, "values": {}}
    return await render(request, "disclosure/viewer.html", context, headers=NO_STORE)


@router.get("/deals/{deal_id}/room/documents/{document_id}/alive")
async def page_room_document_alive(request: Request, deal_id: UUID, document_id: UUID) -> Response:
    await disclosure.alive(await signed_in(request), deal_id, document_id)
    return Response(status_code=204, headers=NO_STORE)


@router.get("/deals/{deal_id}/room/documents/{document_id}/pages/{number}")
async def page_room_document_page(request: Request, deal_id: UUID, document_id: UUID, number: int) -> Response:
    paper = await disclosure.page(await signed_in(request), deal_id, document_id, number)
    return downloads.secret(paper.data, paper.name, paper.media_type, shown=True)


@router.get("/deals/{deal_id}/room/documents/{document_id}/download")
async def page_download_room_document(request: Request, deal_id: UUID, document_id: UUID) -> Response:
    paper = await disclosure.download(await signed_in(request), deal_id, document_id)
    return downloads.secret(paper.data, paper.name, paper.media_type)


@router.get("/deals/{deal_id}/room/documents/{document_id}/original")
async def page_room_document_original(request: Request, deal_id: UUID, document_id: UUID) -> Response:
    paper = await disclosure.original(await signed_in(request), deal_id, document_id)
    return downloads.secret(paper.data, paper.name, paper.media_type)


@router.get("/deals/{deal_id}/room/files/{file_id}")
async def page_room_listing_file(request: Request, deal_id: UUID, file_id: UUID) -> Response:
    paper = await disclosure.listing_file(await signed_in(request), deal_id, file_id)
    return downloads.secret(paper.data, paper.name, paper.media_type)


# --- agreements ---


async def _propose_page(
    request: Request,
    deal: DealView,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "deal": deal, "errors": errors or {}, "values": values or {}, "kinds": [(k.value, k.label) for k in NdaKind],
    }  # fmt: skip
    return await render(request, "disclosure/propose.html", context, status=status)


@router.get("/deals/{deal_id}/ndas/new")
async def page_new_nda(request: Request, deal_id: UUID) -> Response:
    actor, deal = await _deal(request, deal_id)
    if deal.side is None or not actor.can_manage:
        raise Forbidden
    return await _propose_page(request, deal)


@router.post("/deals/{deal_id}/ndas")
async def page_propose_nda(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        nda_id = await disclosure.propose_nda(actor, deal_id, forms.build(ProposeNda, typed))
    except (Invalid, Conflict) as error:
        errors = error.fields or {"form": error.text}
        deal = await deals.read(actor, deal_id)
        return await _propose_page(request, deal, errors=errors, values=typed, status=error.status)
    return _said("propose", f"/ndas/{nda_id}", actor)


async def _nda_page(
    request: Request,
    actor: Actor,
    nda_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    view = await disclosure.nda(actor, nda_id)
    deal = await deals.read(actor, view.deal_id)
    checked = None
    if view.body is not None and request.query_params.get("check"):
        checked = await disclosure.verify_nda(actor, nda_id)
    context = {
        "nda": view, "deal": deal, "checked": checked, "errors": errors or {}, "values": values or {},
        "reasons": [(r.value, r.label) for r in REASONS], "names": {p.org_id: p.org_name for p in deal.participants},
    }  # fmt: skip
    return await render(request, "disclosure/nda.html", context, status=status, headers=NO_STORE)


@router.get("/ndas/{nda_id}")
async def page_nda(request: Request, nda_id: UUID) -> Response:
    """The agreement as it was fixed, its signatures, and whether its hash still holds; prints as the document."""
    return await _nda_page(request, await signed_in(request), nda_id)


@router.get("/ndas/{nda_id}/text")
async def page_nda_text(request: Request, nda_id: UUID) -> Response:
    """The very bytes that were signed, so that anybody may compute their hash."""
    view = await disclosure.nda(await signed_in(request), nda_id)
    if view.body is None:
        raise Forbidden
    return downloads.secret(view.body.encode(), f"nda-{view.version}.txt", "text/plain; charset=utf-8")


async def _nda_verb(request: Request, actor: Actor, nda_id: UUID, said: str, verb: Awaitable[None]) -> Response:
    try:
        await verb
    except (Invalid, Conflict) as error:
        errors = error.fields or {"form": error.text}
        values = await forms.form_data(request)
        return await _nda_page(request, actor, nda_id, errors=errors, values=values, status=error.status)
    return _said(said, f"/ndas/{nda_id}", actor)


async def _typed(request: Request, actor: Actor, nda_id: UUID, command: Any) -> Any:
    """The command, or the page again with what is wrong."""
    typed = await forms.form_data(request)
    try:
        return forms.build(command, typed)
    except Invalid as error:
        return await _nda_page(request, actor, nda_id, errors=error.fields, values=typed, status=422)


@router.post("/ndas/{nda_id}/sign")
async def page_sign_nda(request: Request, nda_id: UUID) -> Response:
    actor = await signed_in(request)
    command = await _typed(request, actor, nda_id, SignNda)
    if isinstance(command, Response):
        return command
    return await _nda_verb(request, actor, nda_id, "sign", disclosure.sign_nda(actor, nda_id, command))


@router.post("/ndas/{nda_id}/adhere")
async def page_adhere_nda(request: Request, nda_id: UUID) -> Response:
    actor = await signed_in(request)
    command = await _typed(request, actor, nda_id, SignNda)
    if isinstance(command, Response):
        return command
    return await _nda_verb(request, actor, nda_id, "adhere", disclosure.adhere_nda(actor, nda_id, command))


@router.post("/ndas/{nda_id}/decline")
async def page_decline_nda(request: Request, nda_id: UUID) -> Response:
    actor = await signed_in(request)
    command = await _typed(request, actor, nda_id, Decline)
    if isinstance(command, Response):
        return command
    return await _nda_verb(request, actor, nda_id, "decline", disclosure.decline_nda(actor, nda_id, command))


@router.post("/ndas/{nda_id}/withdraw")
async def page_withdraw_nda(request: Request, nda_id: UUID) -> Response:
    actor = await signed_in(request)
    return await _nda_verb(request, actor, nda_id, "withdraw", disclosure.withdraw_nda(actor, nda_id))


@router.post("/ndas/{nda_id}/terminate")
async def page_terminate_nda(request: Request, nda_id: UUID) -> Response:
    actor = await signed_in(request)
    command = await _typed(request, actor, nda_id, Decline)
    if isinstance(command, Response):
        return command
    return await _nda_verb(request, actor, nda_id, "terminate", disclosure.terminate_nda(actor, nda_id, command))


# --- the owner's room ---


async def _own_page(
    request: Request,
    actor: Actor,
    listing_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    view = await disclosure.own_room(actor, listing_id)
    context = {
        "room": view, "errors": errors or {}, "values": values or {}, "stages": STAGE_OPTIONS,
        "downloads": [(d.value, d.label) for d in Download],
        "folders": [(str(f.id), f.name) for f in view.folders],
        "papers": [(str(d.id), d.title) for d in view.documents],
        "folder_names": {f.id: f.name for f in view.folders},
    }  # fmt: skip
    return await render(request, "disclosure/own.html", context, status=status, headers=NO_STORE)


@router.get("/listings/{listing_id}/room")
async def page_own_room(request: Request, listing_id: UUID) -> Response:
    return await _own_page(request, await signed_in(request), listing_id)


async def _own_verb(request: Request, actor: Actor, listing_id: UUID, said: str, verb: Awaitable[object]) -> Response:
    typed = await forms.form_data(request)
    try:
        await verb
    except Invalid as error:
        return await _own_page(request, actor, listing_id, errors=error.fields, values=typed, status=422)
    return _said(said, local_path(str(typed.get("next") or ""), f"/listings/{listing_id}/room"), actor)


async def _built(request: Request, actor: Actor, listing_id: UUID, command: Any) -> Any:
    typed = await forms.form_data(request)
    try:
        return forms.build(command, typed)
    except Invalid as error:
        return await _own_page(request, actor, listing_id, errors=error.fields, values=typed, status=422)


@router.post("/listings/{listing_id}/room/folders")
async def page_add_room_folder(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    command = await _built(request, actor, listing_id, AddFolder)
    if isinstance(command, Response):
        return command
    return await _own_verb(request, actor, listing_id, "add", disclosure.add_folder(actor, listing_id, command))


@router.post("/listings/{listing_id}/room/folders/{folder_id}/remove")
async def page_remove_room_folder(request: Request, listing_id: UUID, folder_id: UUID) -> Response:
    actor = await signed_in(request)
    verb = disclosure.remove_folder(actor, listing_id, folder_id)
    return await _own_verb(request, actor, listing_id, "remove", verb)


async def _upload(request: Request) -> tuple[str, bytes]:
    sent = (await request.form()).get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return "", b""
    return sent.filename, await sent.read()


@router.post("/listings/{listing_id}/room/documents")
async def page_add_room_document(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    command = await _built(request, actor, listing_id, AddDocument)
    if isinstance(command, Response):
        return command
    name, data = await _upload(request)
    verb = disclosure.add_document(actor, listing_id, command, name, data)
    return await _own_verb(request, actor, listing_id, "add", verb)


@router.get("/listings/{listing_id}/room/documents/{document_id}")
async def page_own_room_document(request: Request, listing_id: UUID, document_id: UUID) -> Response:
    paper = await disclosure.own_original(await signed_in(request), listing_id, document_id)
    return downloads.secret(paper.data, paper.name, paper.media_type)


@router.post("/listings/{listing_id}/room/documents/{document_id}/replace")
async def page_replace_room_document(request: Request, listing_id: UUID, document_id: UUID) -> Response:
    actor = await signed_in(request)
    name, data = await _upload(request)
    verb = disclosure.replace_document(actor, listing_id, document_id, name, data)
    return await _own_verb(request, actor, listing_id, "change", verb)


@router.post("/listings/{listing_id}/room/documents/{document_id}/describe")
async def page_describe_room_document(request: Request, listing_id: UUID, document_id: UUID) -> Response:
    actor = await signed_in(request)
    command = await _built(request, actor, listing_id, DescribeDocument)
    if isinstance(command, Response):
        return command
    verb = disclosure.describe_document(actor, listing_id, document_id, command)
    return await _own_verb(request, actor, listing_id, "change", verb)


@router.post("/listings/{listing_id}/room/documents/{document_id}/remove")
async def page_remove_room_document(request: Request, listing_id: UUID, document_id: UUID) -> Response:
    actor = await signed_in(request)
    verb = disclosure.remove_document(actor, listing_id, document_id)
    return await _own_verb(request, actor, listing_id, "remove", verb)


@router.post("/listings/{listing_id}/room/grants")
async def page_grant_room(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    command = await _built(request, actor, listing_id, Grant)
    if isinstance(command, Response):
        return command
    return await _own_verb(request, actor, listing_id, "grant", disclosure.grant(actor, listing_id, command))


@router.post("/listings/{listing_id}/room/grants/{grant_id}/revoke")
async def page_revoke_room_grant(request: Request, listing_id: UUID, grant_id: UUID) -> Response:
    actor = await signed_in(request)
    return await _own_verb(request, actor, listing_id, "revoke", disclosure.revoke(actor, listing_id, grant_id))


@router.get("/listings/{listing_id}/room/questions")
async def page_own_room_questions(request: Request, listing_id: UUID) -> Response:
    """Every question of the room; each is answered on its deal's page."""
    actor = await signed_in(request)
    found = await disclosure.own_questions(actor, listing_id)
    room = await disclosure.own_room(actor, listing_id)
    names = {d.deal_id: d for d in room.deals}
    context = {"room": room, "found": found, "deals": names}
    return await render(request, "disclosure/own_questions.html", context, headers=NO_STORE)


@router.get("/listings/{listing_id}/room/log")
async def page_room_log(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    given = request.query_params
    deal_id, org_id = parse_id(given.get("deal_id", "")), parse_id(given.get("org_id", ""))
    kind = LogKind(given["kind"]) if given.get("kind") in list(LogKind) else None
    cursor = given.get("cursor")
    found = await disclosure.log(actor, listing_id, deal_id=deal_id, org_id=org_id, kind=kind, cursor=cursor)
    context = {
        "listing_id": listing_id, "found": found, "deal_id": deal_id, "org_id": org_id, "kind": kind,
        "kinds": [(k.value, k.label) for k in LogKind],
        "parties": sorted({(str(c.org_id), c.org_name) for c in found.counts if c.org_id}, key=lambda p: p[1]),
        "next_url": url_with(request, cursor=found.next_cursor) if found.next_cursor else "",
        "first_url": url_with(request, cursor=None) if cursor else "",
    }  # fmt: skip
    return await render(request, "disclosure/log.html", context, headers=NO_STORE)


@router.get("/listings/{listing_id}/room/log.{form}")
async def page_export_room_log(request: Request, listing_id: UUID, form: str) -> Response:
    actor = await signed_in(request)
    if form not in ("csv", "xlsx"):
        raise NotFound
    deal_id = parse_id(request.query_params.get("deal_id", ""))
    paper = await disclosure.export_log(actor, listing_id, form, deal_id=deal_id)
    return downloads.secret(paper.data, paper.name, paper.media_type)


# --- the operator's templates ---


async def _template_form(
    request: Request,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    context = {"errors": errors or {}, "values": values or {}, "kinds": [(k.value, k.label) for k in NdaKind]}
    return await render(request, "disclosure/template_form.html", context, status=status)


@router.get("/nda-templates")
async def page_nda_templates(request: Request) -> Response:
    found = await disclosure.templates(await signed_in(request))
    return await render(request, "disclosure/templates.html", {"items": found.items})


@router.get("/nda-templates/new")
async def page_new_nda_template(request: Request) -> Response:
    """Starts from a version that exists, when one is named."""
    actor = await signed_in(request)
    found = await disclosure.templates(actor)
    source = next((t for t in found.items if str(t.id) == request.query_params.get("from")), None)
    values = forms.values_of(source)
    return await _template_form(request, values=values | {"checked_by": ""})


@router.post("/nda-templates")
async def page_draft_nda_template(request: Request) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        id_ = await disclosure.draft_template(actor, forms.build(DraftTemplate, typed))
    except Invalid as error:
        return await _template_form(request, errors=error.fields, values=typed, status=422)
    return _said("draft", f"/nda-templates/{id_}", actor)


@router.get("/nda-templates/{template_id}")
async def page_nda_template(request: Request, template_id: UUID) -> Response:
    view = await disclosure.template(await signed_in(request), template_id)
    return await render(request, "disclosure/template.html", {"view": view})


@router.post("/nda-templates/{template_id}/publish")
async def page_publish_nda_template(request: Request, template_id: UUID) -> Response:
    actor = await signed_in(request)
    await disclosure.publish_template(actor, template_id)
    return _said("publish_template", f"/nda-templates/{template_id}", actor)


@router.post("/nda-templates/{template_id}/retire")
async def page_retire_nda_template(request: Request, template_id: UUID) -> Response:
    actor = await signed_in(request)
    await disclosure.retire_template(actor, template_id)
    return _said("retire", f"/nda-templates/{template_id}", actor)
