"""JSON routes of the catalogue."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.accounts import OrganisationView, accounts
from app.catalogue.saved import saved_searches
from app.catalogue.schemas import (
    CataloguePage,
    ChangeFrequency,
    HomeFigures,
    IpcMatches,
    MatchList,
    OrganisationPage,
    OrganisationParams,
    Params,
    RenameSearch,
    SavedSearchList,
    SavedSearchView,
    SaveSearch,
    Suggestions,
)
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
    q: Annotated[
        str,
        Query(
            description='words, "a phrase", -without, ipc:C02F, org:name, trl:6-8, field:2.7, mst:number',
            max_length=2000,
        ),
    ] = "",
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
    ipc: Annotated[list[str] | None, Query(description="section, class or subclass, for example C02F")] = None,
    evidence: Annotated[list[str] | None, Query(description="highest evidence level of its deals, 0 to 5")] = None,
    refreshed: Annotated[int | None, Query(description="confirmed within so many days: 30, 90, 365")] = None,
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
            "ipc": ipc or [], "evidence": evidence or [], "refreshed": refreshed, "sort": sort,
            "cursor": cursor, "limit": limit,
        },
    )  # fmt: skip
    return answer(await catalogue.page(params, locale_of(request)))


@router.get("/organisations", response_model=OrganisationPage)
async def api_list_organisations(
    request: Request,
    q: Annotated[str, Query(max_length=500, description="words of the name or the description, or a tax code")] = "",
    kind: Annotated[list[str] | None, Query(description="one or more kinds of organisation")] = None,
    province: Annotated[list[str] | None, Query(description="codes of provinces")] = None,
    cursor: str | None = None,
    limit: Limit = paging.DEFAULT_LIMIT,
) -> Response:
    """The directory, in Vietnamese order; with `q` what it finds, the most relevant first."""
    given = {"q": q, "kind": kind or [], "province": province or [], "cursor": cursor, "limit": limit}
    found = await catalogue.organisations(forms.build(OrganisationParams, given), locale_of(request))
    return answer(
        OrganisationPage(
            items=[o.view for o in found.items], next_cursor=found.next_cursor, total=found.total,
            facets=found.facets, did_you_mean=found.did_you_mean,
        )
    )  # fmt: skip


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
async def api_suggest(
    actor: ApiActor, q: Annotated[str, Query(max_length=200)] = "", limit: Annotated[int, Query(le=20)] = 6
) -> Response:
    """What may be meant by the beginning of a question: words, technologies, organisations, fields, IPC symbols, and
    with a key one's own saved searches."""
    return answer(await catalogue.suggest(actor, q, limit))


@router.get("/ipc", response_model=IpcMatches)
async def api_find_ipc(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Symbols of the patent classification whose label says `q`, with how many public technologies each holds."""
    return answer(await catalogue.ipc(q, locale_of(request)))


# --- saved searches ---


def _done() -> Response:
    return Response(status_code=204)


@router.get("/me/searches", response_model=SavedSearchList)
async def api_list_saved_searches(actor: ApiActor) -> Response:
    """One's saved searches, newest first, each with how many new matches wait to be looked at."""
    return answer(await saved_searches.list(actor))


@router.post("/me/searches", status_code=201, response_model=SavedSearchView)
async def api_save_search(actor: ApiActor, command: SaveSearch) -> Response:
    """Keep a search; the same search again answers with the one kept before."""
    id_ = await saved_searches.save_search(actor, command)
    return answer(await saved_searches.read(actor, id_), 201)


@router.get("/me/searches/{search_id}", response_model=SavedSearchView)
async def api_read_saved_search(actor: ApiActor, search_id: UUID) -> Response:
    """One saved search of one's own."""
    return answer(await saved_searches.read(actor, search_id))


@router.get("/me/searches/{search_id}/matches", response_model=MatchList)
async def api_saved_search_matches(
    actor: ApiActor, search_id: UUID, cursor: str | None = None, limit: Limit = paging.DEFAULT_LIMIT
) -> Response:
    """What it has found since it was saved, newest first; only what is shown to all today."""
    return answer(await saved_searches.matches(actor, search_id, cursor=cursor, limit=limit))


@router.post("/me/searches/{search_id}/seen", status_code=204)
async def api_mark_matches_seen(actor: ApiActor, search_id: UUID) -> Response:
    """Say that all it has found so far was looked at."""
    await saved_searches.mark_seen(actor, search_id)
    return _done()


@router.post("/me/searches/{search_id}/rename", response_model=SavedSearchView)
async def api_rename_saved_search(actor: ApiActor, search_id: UUID, command: RenameSearch) -> Response:
    """Give it another name."""
    await saved_searches.rename(actor, search_id, command)
    return answer(await saved_searches.read(actor, search_id))


@router.post("/me/searches/{search_id}/frequency", response_model=SavedSearchView)
async def api_change_search_frequency(actor: ApiActor, search_id: UUID, command: ChangeFrequency) -> Response:
    """Tell of new matches at once, daily (7 a.m. in Vietnam) or weekly (on Monday)."""
    await saved_searches.change_frequency(actor, search_id, command.frequency)
    return answer(await saved_searches.read(actor, search_id))


@router.post("/me/searches/{search_id}/pause", response_model=SavedSearchView)
async def api_pause_saved_search(actor: ApiActor, search_id: UUID) -> Response:
    """Look for nothing and mail nothing until it is resumed."""
    await saved_searches.pause(actor, search_id)
    return answer(await saved_searches.read(actor, search_id))


@router.post("/me/searches/{search_id}/resume", response_model=SavedSearchView)
async def api_resume_saved_search(actor: ApiActor, search_id: UUID) -> Response:
    """Go on from now."""
    await saved_searches.resume(actor, search_id)
    return answer(await saved_searches.read(actor, search_id))


@router.delete("/me/searches/{search_id}", status_code=204)
async def api_delete_saved_search(actor: ApiActor, search_id: UUID) -> Response:
    """Delete it with all it has found."""
    await saved_searches.delete(actor, search_id)
    return _done()


@router.get("/home-figures", response_model=HomeFigures)
async def api_home_figures() -> Response:
    """What the exchange holds, with the moment it was counted."""
    return answer(await catalogue.home_figures())
