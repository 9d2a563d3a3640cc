"""JSON routes of the catalogue."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.accounts import OrganisationView, accounts
from app.catalogue.schemas import CataloguePage, HomeFigures, OrganisationPage, Params, Suggestions
from app.catalogue.service import catalogue
from app.kit import paging
from app.listings import CardList, listings
from app.web import forms
from app.web.actor import ApiActor, locale_of
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["catalogue"], responses=PROBLEMS)
Limit = Annotated[int, Query(description=f"at most {paging.MAX_LIMIT}; more is capped")]


@router.get("/listings", response_model=CataloguePage)
async def api_search_listings(
    request: Request,
    q: Annotated[str, Query(description='words, "a phrase", -without; diacritics optional', max_length=2000)] = "",
    field: Annotated[list[str] | None, Query(description="FORD code; a parent counts its children")] = None,
    priority: Annotated[list[str] | None, Query()] = None,
    trl: Annotated[list[str] | None, Query(description="levels, 1 to 9")] = None,
    trl_min: Annotated[int | None, Query(ge=1, le=9)] = None,
    trl_max: Annotated[int | None, Query(ge=1, le=9)] = None,
    ip: Annotated[list[str] | None, Query()] = None,
    mode: Annotated[list[str] | None, Query()] = None,
    price_policy: Annotated[list[str] | None, Query()] = None,
    price_min: Annotated[int | None, Query(ge=0, le=10**15, description="đồng")] = None,
    price_max: Annotated[int | None, Query(ge=0, le=10**15, description="đồng")] = None,
    province: Annotated[list[str] | None, Query()] = None,
    owner_kind: Annotated[list[str] | None, Query()] = None,
    org: Annotated[list[str] | None, Query(description="id of the owner")] = None,
    ipc: Annotated[list[str] | None, Query(description="IPC prefix, for example C02F")] = None,
    sort: Annotated[str, Query(description="relevance, newest, trl, price, price_desc, title")] = "",
    cursor: str | None = None,
    limit: Limit = paging.DEFAULT_LIMIT,
) -> Response:
    """Published technologies. Filters of one kind are alternatives, different kinds all have to hold."""
    params = forms.build(
        Params,
        {
            "q": q, "field": field or [], "priority": priority or [], "trl": trl or [], "trl_min": trl_min,
            "trl_max": trl_max,
            "ip": ip or [], "mode": mode or [], "price_policy": price_policy or [], "price_min": price_min,
            "price_max": price_max, "province": province or [], "owner_kind": owner_kind or [], "org": org or [],
            "ipc": ipc or [], "sort": sort, "cursor": cursor, "limit": limit,
        },
    )  # fmt: skip
    return answer(await catalogue.page(params, locale_of(request)))


@router.get("/organisations", response_model=OrganisationPage)
async def api_list_organisations(
    kind: str | None = None, cursor: str | None = None, limit: Limit = paging.DEFAULT_LIMIT
) -> Response:
    """The directory, in Vietnamese order."""
    return answer(await catalogue.organisations(kind=kind, cursor=cursor, limit=limit))


@router.get("/organisations/{org_id}", response_model=OrganisationView)
async def api_read_organisation(actor: ApiActor, org_id: UUID) -> Response:
    """What the public may read of an organisation."""
    return answer(await accounts.organisation(actor, org_id))


@router.get("/organisations/{org_id}/listings", response_model=CardList)
async def api_organisation_listings(
    actor: ApiActor, org_id: UUID, cursor: str | None = None, limit: Limit = paging.DEFAULT_LIMIT
) -> Response:
    """An organisation's public technologies, newest first."""
    await accounts.organisation(actor, org_id)
    return answer(await listings.of_organisation(org_id, cursor=cursor, limit=limit))


@router.get("/suggestions", response_model=Suggestions)
async def api_suggest(q: Annotated[str, Query(max_length=200)] = "", limit: int = 8) -> Response:
    """Phrases that published technologies hold, beginning like `q`."""
    return answer(await catalogue.suggest(q, limit))


@router.get("/home-figures", response_model=HomeFigures)
async def api_home_figures() -> Response:
    """What the exchange holds, with the moment it was counted."""
    return answer(await catalogue.home_figures())
