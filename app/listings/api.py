"""JSON routes of listings. Public search lives in the catalogue (`GET /listings`)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Header, Query, Response, UploadFile

from app.kit import paging
from app.listings.schemas import (
    Approve,
    CreateListing,
    FileView,
    ListingView,
    OwnList,
    Queue,
    Reason,
    Tier,
    UpdateListing,
    VersionList,
)
from app.listings.service import listings
from app.web import downloads
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["listings"], responses=PROBLEMS)
Limit = Annotated[int, Query(description=f"at most {paging.MAX_LIMIT}; more is capped")]


@router.post("/listings", status_code=201, response_model=ListingView)
async def api_create_listing(actor: ApiActor, command: CreateListing) -> Response:
    """A draft of your organisation."""
    return answer(await listings.read(actor, await listings.create(actor, command)), 201)


@router.get("/listings/{listing_id}", response_model=ListingView)
async def api_read_listing(actor: ApiActor, listing_id: UUID) -> Response:
    """A listing as you may read it; `locked` names the fields that open at a higher tier."""
    return answer(await listings.read(actor, listing_id))


@router.patch("/listings/{listing_id}", response_model=ListingView)
async def api_update_listing(
    actor: ApiActor,
    listing_id: UUID,
    command: UpdateListing,
    if_match: Annotated[int | None, Header(description="The version you started from; 409 when it moved on.")] = None,
) -> Response:
    """Change the given fields; null or an empty list clears one."""
    await listings.update(actor, listing_id, command, version=if_match)
    return answer(await listings.read(actor, listing_id))


@router.get("/me/listings", response_model=OwnList)
async def api_own_listings(
    actor: ApiActor, status: str | None = None, cursor: str | None = None, limit: Limit = 50
) -> Response:
    """Your organisation's listings in every state."""
    return answer(await listings.own(actor, status=status, cursor=cursor, limit=limit))


@router.get("/listings/{listing_id}/versions", response_model=VersionList)
async def api_listing_versions(actor: ApiActor, listing_id: UUID) -> Response:
    """The revisions of a listing, newest first, for its organisation and the operator."""
    return answer(await listings.versions(actor, listing_id))


@router.get("/review/listings", response_model=Queue)
async def api_review_queue(actor: ApiActor) -> Response:
    """What waits for the operator, oldest first."""
    return answer(await listings.queue(actor))


@router.post("/listings/{listing_id}/submit", response_model=ListingView)
async def api_submit_listing(actor: ApiActor, listing_id: UUID) -> Response:
    """Send a complete draft to the operator's review (owner or manager)."""
    await listings.submit(actor, listing_id)
    return answer(await listings.read(actor, listing_id))


@router.post("/listings/{listing_id}/take-back", response_model=ListingView)
async def api_take_back_listing(actor: ApiActor, listing_id: UUID) -> Response:
    """Take a listing out of the review queue to edit it."""
    await listings.take_back(actor, listing_id)
    return answer(await listings.read(actor, listing_id))


@router.post("/listings/{listing_id}/approve", response_model=ListingView)
async def api_approve_listing(actor: ApiActor, listing_id: UUID, command: Approve) -> Response:
    """Publish: four scores of 0-5 (10 or more together, none 0) and the screening against the lists."""
    await listings.approve(actor, listing_id, command)
    return answer(await listings.read(actor, listing_id))


@router.post("/listings/{listing_id}/request-changes", response_model=ListingView)
async def api_request_changes_listing(actor: ApiActor, listing_id: UUID, command: Reason) -> Response:
    """Answer a submitted listing with what has to change (operator)."""
    await listings.request_changes(actor, listing_id, command.reason)
    return answer(await listings.read(actor, listing_id))


@router.post("/listings/{listing_id}/acknowledge", status_code=204)
async def api_acknowledge_listing(actor: ApiActor, listing_id: UUID, version: Annotated[int, Query()]) -> None:
    """The operator has seen the edits up to this version."""
    await listings.acknowledge(actor, listing_id, version)


@router.post("/listings/{listing_id}/refresh", status_code=204)
async def api_refresh_listing(actor: ApiActor, listing_id: UUID) -> None:
    """The owner confirms that everything still holds."""
    await listings.refresh(actor, listing_id)


@router.post("/listings/{listing_id}/suspend", response_model=ListingView)
async def api_suspend_listing(actor: ApiActor, listing_id: UUID, command: Reason) -> Response:
    """Take a listing off the catalogue, with a reason (operator)."""
    await listings.suspend(actor, listing_id, command.reason)
    return answer(await listings.read(actor, listing_id))


@router.post("/listings/{listing_id}/restore", response_model=ListingView)
async def api_restore_listing(actor: ApiActor, listing_id: UUID) -> Response:
    """Show a suspended listing again (operator)."""
    await listings.restore(actor, listing_id)
    return answer(await listings.read(actor, listing_id))


@router.post("/listings/{listing_id}/archive", response_model=ListingView)
async def api_archive_listing(actor: ApiActor, listing_id: UUID) -> Response:
    """Put a listing away; it is no longer shown."""
    await listings.archive(actor, listing_id)
    return answer(await listings.read(actor, listing_id))


@router.post("/listings/{listing_id}/reopen", response_model=ListingView)
async def api_reopen_listing(actor: ApiActor, listing_id: UUID) -> Response:
    """Make an archived listing a draft again."""
    await listings.reopen(actor, listing_id)
    return answer(await listings.read(actor, listing_id))


@router.post("/listings/{listing_id}/transfer", response_model=ListingView)
async def api_transfer_listing(actor: ApiActor, listing_id: UUID) -> Response:
    """Record that a reserved technology was handed over for good."""
    await listings.transfer(actor, listing_id)
    return answer(await listings.read(actor, listing_id))


@router.post("/listings/{listing_id}/files", status_code=201, response_model=FileView)
async def api_attach_listing(
    actor: ApiActor,
    listing_id: UUID,
    file: Annotated[UploadFile, File()],
    tier: Annotated[Tier, Form()] = Tier.public,
) -> Response:
    """Attach an image or a document; kept byte for byte."""
    return answer(await listings.attach(actor, listing_id, file.filename or "file", await file.read(), tier), 201)


@router.delete("/listings/{listing_id}/files/{file_id}", status_code=204)
async def api_detach_listing(actor: ApiActor, listing_id: UUID, file_id: UUID) -> None:
    """Remove a file from a listing."""
    await listings.detach(actor, listing_id, file_id)


@router.get("/files/{file_id}", response_class=Response)
async def api_open_file(actor: ApiActor, file_id: UUID) -> Response:
    """The file as it was sent."""
    found = await listings.open_file(actor, file_id)
    return downloads.stream(found.chunks, found.name, found.media_type, size=found.size)
