"""JSON routes of disclosure. `/deals/{id}/room` itself holds the rounds of offers; the data room is beside it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from app.disclosure.schemas import (
    AddDocument,
    AddFolder,
    Answer,
    Ask,
    ConfidentialView,
    Decline,
    DescribeDocument,
    DocumentView,
    Download,
    DraftTemplate,
    Grant,
    Inspect,
    LogKind,
    LogPage,
    NdaList,
    NdaView,
    OwnRoom,
    ProposeNda,
    Publish,
    QuestionList,
    RoomFigures,
    RoomView,
    SignNda,
    TemplateList,
    TemplateView,
    Verification,
)
from app.disclosure.service import disclosure
from app.kit import paging
from app.web import downloads, forms
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["disclosure"], responses=PROBLEMS)
Limit = Annotated[int, Query(description=f"at most {paging.MAX_LIMIT}; more is capped")]

# --- templates (operator) ---


@router.get("/nda-templates", response_model=TemplateList)
async def api_nda_templates(actor: ApiActor) -> Response:
    """Every version of the templates."""
    return answer(await disclosure.templates(actor))


@router.post("/nda-templates", status_code=201, response_model=TemplateView)
async def api_draft_nda_template(actor: ApiActor, command: DraftTemplate) -> Response:
    """A new version, as a draft."""
    return answer(await disclosure.template(actor, await disclosure.draft_template(actor, command)), 201)


@router.get("/nda-templates/{template_id}", response_model=TemplateView)
async def api_nda_template(actor: ApiActor, template_id: UUID) -> Response:
    """One version of a template, in both languages."""
    return answer(await disclosure.template(actor, template_id))


@router.post("/nda-templates/{template_id}/publish", response_model=TemplateView)
async def api_publish_nda_template(actor: ApiActor, template_id: UUID) -> Response:
    """Take it into use; from then on it is never changed."""
    await disclosure.publish_template(actor, template_id)
    return answer(await disclosure.template(actor, template_id))


@router.post("/nda-templates/{template_id}/retire", response_model=TemplateView)
async def api_retire_nda_template(actor: ApiActor, template_id: UUID) -> Response:
    """Take it out of use."""
    await disclosure.retire_template(actor, template_id)
    return answer(await disclosure.template(actor, template_id))


# --- agreements ---


@router.get("/deals/{deal_id}/ndas", response_model=NdaList)
async def api_deal_ndas(actor: ApiActor, deal_id: UUID) -> Response:
    """The agreements of a deal, the newest first."""
    return answer(await disclosure.ndas(actor, deal_id))


@router.post("/deals/{deal_id}/ndas", status_code=201, response_model=NdaView)
async def api_propose_nda(actor: ApiActor, deal_id: UUID, command: ProposeNda) -> Response:
    """Fix the text that both parties are to sign; one that waits for signatures is superseded."""
    return answer(await disclosure.nda(actor, await disclosure.propose_nda(actor, deal_id, command)), 201)


@router.get("/ndas/{nda_id}", response_model=NdaView)
async def api_read_nda(actor: ApiActor, nda_id: UUID) -> Response:
    """An agreement with its text and signatures; its state alone for those who take no part."""
    return answer(await disclosure.nda(actor, nda_id))


@router.get("/ndas/{nda_id}/verify", response_model=Verification)
async def api_verify_nda(actor: ApiActor, nda_id: UUID) -> Response:
    """The hash of the text computed anew, beside the one that was signed."""
    return answer(await disclosure.verify_nda(actor, nda_id))


@router.post("/ndas/{nda_id}/sign", response_model=NdaView)
async def api_sign_nda(actor: ApiActor, nda_id: UUID, command: SignNda) -> Response:
    """Sign for your organisation (owner or manager of a party)."""
    await disclosure.sign_nda(actor, nda_id, command)
    return answer(await disclosure.nda(actor, nda_id))


@router.post("/ndas/{nda_id}/adhere", response_model=NdaView)
async def api_adhere_nda(actor: ApiActor, nda_id: UUID, command: SignNda) -> Response:
    """Take the receiver's duties on your organisation (brokers, advisers and experts of the deal)."""
    await disclosure.adhere_nda(actor, nda_id, command)
    return answer(await disclosure.nda(actor, nda_id))


@router.post("/ndas/{nda_id}/decline", response_model=NdaView)
async def api_decline_nda(actor: ApiActor, nda_id: UUID, command: Decline) -> Response:
    """Say no with a coded reason (the party that did not propose it)."""
    await disclosure.decline_nda(actor, nda_id, command)
    return answer(await disclosure.nda(actor, nda_id))


@router.post("/ndas/{nda_id}/withdraw", response_model=NdaView)
async def api_withdraw_nda(actor: ApiActor, nda_id: UUID) -> Response:
    """Take back your own proposal."""
    await disclosure.withdraw_nda(actor, nda_id)
    return answer(await disclosure.nda(actor, nda_id))


@router.post("/ndas/{nda_id}/terminate", response_model=NdaView)
async def api_terminate_nda(actor: ApiActor, nda_id: UUID, command: Decline) -> Response:
    """End it from now on; the duty to keep secret what was received stays."""
    await disclosure.terminate_nda(actor, nda_id, command)
    return answer(await disclosure.nda(actor, nda_id))


# --- the room of a deal ---


@router.get("/deals/{deal_id}/data-room", response_model=RoomView)
async def api_data_room(actor: ApiActor, deal_id: UUID) -> Response:
    """What of the room is open to you."""
    return answer(await disclosure.room(actor, deal_id))


@router.get("/deals/{deal_id}/room/figures", response_model=RoomFigures)
async def api_room_figures(actor: ApiActor, deal_id: UUID) -> Response:
    """Counts alone: all that the Department sees of a room."""
    return answer(await disclosure.figures(actor, deal_id))


@router.get("/deals/{deal_id}/room/documents/{document_id}", response_model=DocumentView)
async def api_open_room_document(actor: ApiActor, deal_id: UUID, document_id: UUID) -> Response:
    """Open a document: which pages it has. Written into the owner's log."""
    return answer(await disclosure.open_document(actor, deal_id, document_id))


@router.get("/deals/{deal_id}/room/documents/{document_id}/alive", status_code=204)
async def api_room_document_alive(actor: ApiActor, deal_id: UUID, document_id: UUID) -> Response:
    """Whether what is on your screen may still be there (403 when not)."""
    await disclosure.alive(actor, deal_id, document_id)
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


@router.get("/deals/{deal_id}/room/documents/{document_id}/pages/{number}", response_class=Response)
async def api_room_document_page(actor: ApiActor, deal_id: UUID, document_id: UUID, number: int) -> Response:
    """A page as PNG with your mark on it. Written into the owner's log."""
    paper = await disclosure.page(actor, deal_id, document_id, number)
    return downloads.secret(paper.data, paper.name, paper.media_type, shown=True)


@router.get("/deals/{deal_id}/room/documents/{document_id}/download", response_class=Response)
async def api_download_room_document(actor: ApiActor, deal_id: UUID, document_id: UUID) -> Response:
    """A copy with your mark on every page, when the owner allows copies."""
    paper = await disclosure.download(actor, deal_id, document_id)
    return downloads.secret(paper.data, paper.name, paper.media_type)


@router.get("/deals/{deal_id}/room/documents/{document_id}/original", response_class=Response)
async def api_room_document_original(actor: ApiActor, deal_id: UUID, document_id: UUID) -> Response:
    """The file byte for byte, when the owner allows that."""
    paper = await disclosure.original(actor, deal_id, document_id)
    return downloads.secret(paper.data, paper.name, paper.media_type)


@router.get("/deals/{deal_id}/room/fields", response_model=ConfidentialView)
async def api_room_fields(actor: ApiActor, deal_id: UUID) -> Response:
    """The listing's fields under the agreement. Written into the owner's log."""
    return answer(await disclosure.fields(actor, deal_id))


@router.get("/deals/{deal_id}/room/files/{file_id}", response_class=Response)
async def api_room_listing_file(actor: ApiActor, deal_id: UUID, file_id: UUID) -> Response:
    """A file of the listing under the agreement. Written into the owner's log."""
    paper = await disclosure.listing_file(actor, deal_id, file_id)
    return downloads.secret(paper.data, paper.name, paper.media_type)


@router.post("/deals/{deal_id}/room/inspect", response_model=RoomView)
async def api_inspect_room(actor: ApiActor, deal_id: UUID, command: Inspect) -> Response:
    """The operator's look at content, with its reason, for an hour; the owner is told."""
    await disclosure.inspect(actor, deal_id, command)
    return answer(await disclosure.room(actor, deal_id))


@router.get("/deals/{deal_id}/room/questions", response_model=QuestionList)
async def api_room_questions(actor: ApiActor, deal_id: UUID) -> Response:
    """Your questions, and what was published to all parties of the room."""
    return answer(await disclosure.questions(actor, deal_id))


@router.post("/deals/{deal_id}/room/questions", status_code=201, response_model=QuestionList)
async def api_ask_in_room(actor: ApiActor, deal_id: UUID, command: Ask) -> Response:
    """Ask the owner about the room or one document."""
    await disclosure.ask(actor, deal_id, command)
    return answer(await disclosure.questions(actor, deal_id), 201)


@router.post("/room-questions/{question_id}/answer", status_code=204)
async def api_answer_room_question(actor: ApiActor, question_id: UUID, command: Answer) -> Response:
    """Answer the asker alone (owner); may be written anew until it is published."""
    await disclosure.answer(actor, question_id, command)
    return Response(status_code=204)


@router.post("/room-questions/{question_id}/publish", status_code=204)
async def api_publish_room_question(actor: ApiActor, question_id: UUID, command: Publish) -> Response:
    """Show it to every party of the room, for good, without who asked (owner)."""
    await disclosure.publish(actor, question_id, command)
    return Response(status_code=204)


# --- the owner's room ---


@router.get("/listings/{listing_id}/room", response_model=OwnRoom)
async def api_own_room(actor: ApiActor, listing_id: UUID) -> Response:
    """What lies in the room of your listing, and what is open to whom."""
    return answer(await disclosure.own_room(actor, listing_id))


@router.get("/listings/{listing_id}/room/questions", response_model=QuestionList)
async def api_own_room_questions(actor: ApiActor, listing_id: UUID) -> Response:
    """Every question asked in the room of your listing."""
    return answer(await disclosure.own_questions(actor, listing_id))


@router.post("/listings/{listing_id}/room/folders", status_code=201, response_model=OwnRoom)
async def api_add_room_folder(actor: ApiActor, listing_id: UUID, command: AddFolder) -> Response:
    """A folder of the room, to put documents in order."""
    await disclosure.add_folder(actor, listing_id, command)
    return answer(await disclosure.own_room(actor, listing_id), 201)


@router.post("/listings/{listing_id}/room/folders/{folder_id}/remove", response_model=OwnRoom)
async def api_remove_room_folder(actor: ApiActor, listing_id: UUID, folder_id: UUID) -> Response:
    """The folder goes; its documents stay."""
    await disclosure.remove_folder(actor, listing_id, folder_id)
    return answer(await disclosure.own_room(actor, listing_id))


@router.post("/listings/{listing_id}/room/documents", status_code=201, response_model=DocumentView)
async def api_add_room_document(
    actor: ApiActor,
    listing_id: UUID,
    file: Annotated[UploadFile, File(description="PDF, PNG, JPEG or an office file; 50 MB at most")],
    title: Annotated[str | None, Form()] = None,
    stage: Annotated[int, Form()] = 1,
    download: Annotated[Download, Form()] = Download.none,
    folder_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Put a file into the room; nobody but you sees it until it is opened to a deal."""
    typed = {"title": title, "stage": stage, "download": download, "folder_id": folder_id}
    command = forms.build(AddDocument, typed)
    made = await disclosure.add_document(actor, listing_id, command, file.filename or "file", await file.read())
    return answer(made, 201)


@router.get("/listings/{listing_id}/room/documents/{document_id}", response_class=Response)
async def api_own_room_document(actor: ApiActor, listing_id: UUID, document_id: UUID) -> Response:
    """Your own file back, as it was sent."""
    paper = await disclosure.own_original(actor, listing_id, document_id)
    return downloads.secret(paper.data, paper.name, paper.media_type)


@router.post("/listings/{listing_id}/room/documents/{document_id}/replace", response_model=DocumentView)
async def api_replace_room_document(
    actor: ApiActor, listing_id: UUID, document_id: UUID, file: Annotated[UploadFile, File()]
) -> Response:
    """A new version; earlier ones are kept for the record."""
    made = await disclosure.replace_document(actor, listing_id, document_id, file.filename or "file", await file.read())
    return answer(made)


@router.post("/listings/{listing_id}/room/documents/{document_id}/describe", response_model=OwnRoom)
async def api_describe_room_document(
    actor: ApiActor, listing_id: UUID, document_id: UUID, command: DescribeDocument
) -> Response:
    """Its title, stage, folder, and what may be downloaded."""
    await disclosure.describe_document(actor, listing_id, document_id, command)
    return answer(await disclosure.own_room(actor, listing_id))


@router.post("/listings/{listing_id}/room/documents/{document_id}/remove", response_model=OwnRoom)
async def api_remove_room_document(actor: ApiActor, listing_id: UUID, document_id: UUID) -> Response:
    """Out of the room at once, for everybody."""
    await disclosure.remove_document(actor, listing_id, document_id)
    return answer(await disclosure.own_room(actor, listing_id))


@router.post("/listings/{listing_id}/room/grants", status_code=201, response_model=OwnRoom)
async def api_grant_room(actor: ApiActor, listing_id: UUID, command: Grant) -> Response:
    """Open a stage, or one document, to a deal (owner or manager)."""
    await disclosure.grant(actor, listing_id, command)
    return answer(await disclosure.own_room(actor, listing_id), 201)


@router.post("/listings/{listing_id}/room/grants/{grant_id}/revoke", response_model=OwnRoom)
async def api_revoke_room_grant(actor: ApiActor, listing_id: UUID, grant_id: UUID) -> Response:
    """Shut it again, at once."""
    await disclosure.revoke(actor, listing_id, grant_id)
    return answer(await disclosure.own_room(actor, listing_id))


@router.get("/listings/{listing_id}/room/log", response_model=LogPage)
async def api_room_log(
    actor: ApiActor,
    listing_id: UUID,
    deal_id: UUID | None = None,
    org_id: UUID | None = None,
    kind: LogKind | None = None,
    cursor: str | None = None,
    limit: Limit = 100,
) -> Response:
    """Who looked at what, the newest first (owner, operator)."""
    found = await disclosure.log(
        actor, listing_id, deal_id=deal_id, org_id=org_id, kind=kind, cursor=cursor, limit=limit
    )
    return answer(found)


@router.get("/listings/{listing_id}/room/log.{form}", response_class=Response)
async def api_export_room_log(
    actor: ApiActor, listing_id: UUID, form: Literal["csv", "xlsx"], deal_id: UUID | None = None
) -> Response:
    """The log as a file for a spreadsheet."""
    paper = await disclosure.export_log(actor, listing_id, form, deal_id=deal_id)
    return downloads.secret(paper.data, paper.name, paper.media_type)
