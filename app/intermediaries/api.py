"""JSON routes of intermediaries, experts, licences and ratings."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile

from app.intermediaries import directory
from app.intermediaries.licensing import licences
from app.intermediaries.offering import Language, ProviderKind, Service
from app.intermediaries.rating import ratings
from app.intermediaries.schemas import (
    BeginProvider,
    DealRatings,
    DeclareLicence,
    Find,
    GiveReason,
    OwnProviders,
    ProviderList,
    ProviderQueue,
    ProviderView,
    RatingsView,
    SaveProvider,
    SendRating,
)
from app.intermediaries.service import intermediaries
from app.kit import paging
from app.web import downloads, forms
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["intermediaries"], responses=PROBLEMS)
Limit = Annotated[int, Query(description=f"at most {paging.MAX_LIMIT}; more is capped")]


def _asked(request: Request) -> Find:
    return forms.build(Find, dict(request.query_params))


# --- the directory ---


@router.get("/intermediaries", response_model=ProviderList)
async def api_list_intermediaries(
    request: Request,
    actor: ApiActor,
    q: str = "",
    service: Service | None = None,
    field: str | None = None,
    province: int | None = None,
    language: Language | None = None,
    cursor: str | None = None,
    limit: Limit = paging.DEFAULT_LIMIT,
) -> Response:
    """Organisations that offer something today. `province`: where they serve, the whole country included."""
    return answer(await directory.find(actor, ProviderKind.organisation, _asked(request), limit))


@router.get("/intermediaries/{org_id}", response_model=ProviderView)
async def api_read_intermediary(actor: ApiActor, org_id: UUID) -> Response:
    """The listed profile of an organisation: services offered today, licences in force, track record, ratings."""
    return answer(await intermediaries.of_organisation(actor, org_id))


@router.get("/intermediaries/{org_id}/ratings", response_model=RatingsView)
async def api_ratings_of_organisation(actor: ApiActor, org_id: UUID) -> Response:
    """Published ratings about an organisation, as an intermediary or as a party."""
    return answer(await ratings.of_organisation(actor, org_id))


@router.get("/experts", response_model=ProviderList)
async def api_list_experts(
    request: Request,
    actor: ApiActor,
    q: str = "",
    service: Service | None = None,
    field: str | None = None,
    province: int | None = None,
    language: Language | None = None,
    cursor: str | None = None,
    limit: Limit = paging.DEFAULT_LIMIT,
) -> Response:
    """People who agreed to stand here and offer something today."""
    return answer(await directory.find(actor, ProviderKind.expert, _asked(request), limit))


@router.get("/experts/{provider_id}", response_model=ProviderView)
async def api_read_expert(actor: ApiActor, provider_id: UUID) -> Response:
    """An expert's listed profile."""
    return answer(await intermediaries.read(actor, provider_id, kind=ProviderKind.expert))


# --- one's own profiles ---


@router.get("/me/providers", response_model=OwnProviders)
async def api_own_providers(actor: ApiActor) -> Response:
    """The profile of your organisation and your own as an expert; null where there is none."""
    found = await intermediaries.own(actor)
    return answer(found.model_copy(update={"waiting": await ratings.waiting(actor)}))


@router.post("/providers", status_code=201, response_model=ProviderView)
async def api_begin_provider(actor: ApiActor, command: BeginProvider) -> Response:
    """Begin the profile of your organisation, or yours as an expert; a second time answers with the first."""
    return answer(await intermediaries.read(actor, await intermediaries.begin(actor, command)), 201)


@router.get("/providers/{provider_id}", response_model=ProviderView)
async def api_read_provider(actor: ApiActor, provider_id: UUID) -> Response:
    """A profile by its own id: whole for its owner and the operator, else as it is listed."""
    return answer(await intermediaries.read(actor, provider_id))


@router.patch("/providers/{provider_id}", response_model=ProviderView)
async def api_save_provider(actor: ApiActor, provider_id: UUID, command: SaveProvider) -> Response:
    """Change what is given; lists and services are replaced as a whole."""
    await intermediaries.save(actor, provider_id, command)
    return answer(await intermediaries.read(actor, provider_id))


@router.post("/providers/{provider_id}/submit", response_model=ProviderView)
async def api_submit_provider(actor: ApiActor, provider_id: UUID) -> Response:
    """Send the profile to the operator's review."""
    await intermediaries.submit(actor, provider_id)
    return answer(await intermediaries.read(actor, provider_id))


@router.post("/providers/{provider_id}/take-back", response_model=ProviderView)
async def api_take_back_provider(actor: ApiActor, provider_id: UUID) -> Response:
    """Take the profile out of review to edit it."""
    await intermediaries.take_back(actor, provider_id)
    return answer(await intermediaries.read(actor, provider_id))


@router.post("/providers/{provider_id}/unlist", response_model=ProviderView)
async def api_unlist_provider(actor: ApiActor, provider_id: UUID) -> Response:
    """Take the profile off the directory."""
    await intermediaries.unlist(actor, provider_id)
    return answer(await intermediaries.read(actor, provider_id))


# --- the operator's side ---


@router.get("/review/intermediaries", response_model=ProviderQueue)
async def api_provider_queue(actor: ApiActor) -> Response:
    """Profiles to review, licences to check, words that were reported."""
    return answer(await intermediaries.queue(actor))


@router.post("/providers/{provider_id}/approve", response_model=ProviderView)
async def api_approve_provider(actor: ApiActor, provider_id: UUID) -> Response:
    """List the profile, or say that its changes have been seen."""
    await intermediaries.approve(actor, provider_id)
    return answer(await intermediaries.read(actor, provider_id))


@router.post("/providers/{provider_id}/request-changes", response_model=ProviderView)
async def api_request_changes_of_provider(actor: ApiActor, provider_id: UUID, command: GiveReason) -> Response:
    """Back to the owner, with what to mend."""
    await intermediaries.request_changes(actor, provider_id, command.reason)
    return answer(await intermediaries.read(actor, provider_id))


@router.post("/providers/{provider_id}/suspend", response_model=ProviderView)
async def api_suspend_provider(actor: ApiActor, provider_id: UUID, command: GiveReason) -> Response:
    """Off the directory until the operator restores it."""
    await intermediaries.suspend(actor, provider_id, command.reason)
    return answer(await intermediaries.read(actor, provider_id))


@router.post("/providers/{provider_id}/restore", response_model=ProviderView)
async def api_restore_provider(actor: ApiActor, provider_id: UUID) -> Response:
    """Into the directory again."""
    await intermediaries.restore(actor, provider_id)
    return answer(await intermediaries.read(actor, provider_id))


# --- licences ---


@router.post("/providers/{provider_id}/licences", status_code=201, response_model=ProviderView)
async def api_declare_licence(
    actor: ApiActor,
    provider_id: UUID,
    kind: Annotated[str, Form()],
    number: Annotated[str, Form()],
    issuer: Annotated[str, Form()],
    issued_on: Annotated[date, Form()],
    services: Annotated[list[Service], Form(description="what it covers")],
    file: Annotated[UploadFile, File(description="the licence, PDF, at most 10 MB")],
    expires_on: Annotated[date | None, Form(description="the last day in force")] = None,
) -> Response:
    """Declare a licence with its PDF; the operator checks it."""
    given = {
        "kind": kind, "number": number, "issuer": issuer, "issued_on": issued_on, "expires_on": expires_on,
        "services": services,
    }  # fmt: skip
    command = forms.build(DeclareLicence, given)
    await licences.declare(actor, provider_id, command, file.filename or "", await file.read())
    return answer(await intermediaries.read(actor, provider_id), 201)


@router.get("/providers/{provider_id}/licences/{licence_id}/file", response_class=Response)
async def api_open_licence(actor: ApiActor, provider_id: UUID, licence_id: UUID) -> Response:
    """The licence's PDF, for its owner and the operator."""
    found = await licences.open(actor, provider_id, licence_id)
    return downloads.stream(found.chunks, found.name, "application/pdf", size=found.size)


@router.post("/providers/{provider_id}/licences/{licence_id}/withdraw", response_model=ProviderView)
async def api_withdraw_licence(actor: ApiActor, provider_id: UUID, licence_id: UUID) -> Response:
    """Take a licence back; what it alone covered is no longer offered."""
    await licences.withdraw(actor, provider_id, licence_id)
    return answer(await intermediaries.read(actor, provider_id))


@router.post("/providers/{provider_id}/licences/{licence_id}/check", response_model=ProviderView)
async def api_check_licence(actor: ApiActor, provider_id: UUID, licence_id: UUID) -> Response:
    """Confirm that the licence was compared with its issuer."""
    await licences.check(actor, provider_id, licence_id)
    return answer(await intermediaries.read(actor, provider_id))


@router.post("/providers/{provider_id}/licences/{licence_id}/refuse", response_model=ProviderView)
async def api_refuse_licence(actor: ApiActor, provider_id: UUID, licence_id: UUID, command: GiveReason) -> Response:
    """Do not accept the licence, and say why."""
    await licences.refuse(actor, provider_id, licence_id, command.reason)
    return answer(await intermediaries.read(actor, provider_id))


# --- ratings ---


@router.get("/deals/{deal_id}/ratings", response_model=DealRatings)
async def api_deal_ratings(actor: ApiActor, deal_id: UUID) -> Response:
    """Whom your organisation may rate in this deal, what it sent, and what has been published."""
    return answer(await ratings.of_deal(actor, deal_id))


@router.post("/deals/{deal_id}/ratings", status_code=201, response_model=DealRatings)
async def api_send_rating(actor: ApiActor, deal_id: UUID, command: SendRating) -> Response:
    """Rate another organisation of the deal; unseen until it has rated yours, or for 14 days."""
    await ratings.send(actor, deal_id, command)
    return answer(await ratings.of_deal(actor, deal_id), 201)


@router.post("/ratings/{rating_id}/report", status_code=204)
async def api_report_rating(actor: ApiActor, rating_id: UUID, command: GiveReason) -> Response:
    """Ask the operator to look at the words of a rating about your organisation."""
    await ratings.report(actor, rating_id, command.reason)
    return Response(status_code=204)


@router.post("/ratings/{rating_id}/keep", status_code=204)
async def api_keep_rating(actor: ApiActor, rating_id: UUID) -> Response:
    """Let the words of a reported rating stand."""
    await ratings.keep(actor, rating_id)
    return Response(status_code=204)


@router.post("/ratings/{rating_id}/hide", status_code=204)
async def api_hide_rating(actor: ApiActor, rating_id: UUID, command: GiveReason) -> Response:
    """Hide the words of a rating, with the reason; its marks go on counting."""
    await ratings.hide(actor, rating_id, command.reason)
    return Response(status_code=204)
