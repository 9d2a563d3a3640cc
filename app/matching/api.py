"""JSON routes of matching."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Response

from app.matching.schemas import (
    BrokerQueue,
    DismissMatch,
    DraftWeights,
    MatchList,
    MatchView,
    Preview,
    Radar,
    ReasonGroups,
    WeightsList,
)
from app.matching.service import matching
from app.matching.weighing import weighing
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["matching"], responses=PROBLEMS)
# A version's number is a small one; what is larger would not fit its column.
Version = Annotated[int, Path(ge=1, le=32_767)]


@router.get("/needs/{need_id}/matches", response_model=MatchList)
async def api_need_matches(actor: ApiActor, need_id: UUID) -> Response:
    """Technologies that answer your need, best first, with reasons; none breaks a must-have."""
    return answer(await matching.of_need(actor, need_id))


@router.get("/listings/{listing_id}/matches", response_model=MatchList)
async def api_listing_matches(actor: ApiActor, listing_id: UUID) -> Response:
    """Needs that your technology answers, by what everyone may read of them."""
    return answer(await matching.of_listing(actor, listing_id))


@router.get("/listings/{listing_id}/reasons", response_model=ReasonGroups)
async def api_listing_reasons(actor: ApiActor, listing_id: UUID) -> Response:
    """Why askers put your technology aside: sums of three organisations or more, as of last Monday."""
    return answer(await matching.reasons(actor, listing_id))


@router.get("/me/matches", response_model=MatchList)
async def api_own_matches(actor: ApiActor, side: Literal["asker", "owner"] = "asker") -> Response:
    """Matches your organisation has not answered: for its needs (`asker`) or its technologies (`owner`)."""
    return answer(await matching.own(actor, side))


@router.get("/matches/{match_id}", response_model=MatchView)
async def api_read_match(actor: ApiActor, match_id: UUID) -> Response:
    """One match as your side reads it."""
    return answer(await matching.read(actor, match_id))


@router.post("/matches/{match_id}/interest", response_model=MatchView)
async def api_interest_match(actor: ApiActor, match_id: UUID) -> Response:
    """Say that it fits. The asker's word invites the owner to propose."""
    return answer(await matching.interest(actor, match_id))


@router.post("/matches/{match_id}/dismiss", response_model=MatchView)
async def api_dismiss_match(actor: ApiActor, match_id: UUID, command: DismissMatch) -> Response:
    """Put it aside with a coded reason; the other side never reads a single one."""
    return answer(await matching.dismiss(actor, match_id, command))


@router.get("/broker/matches", response_model=BrokerQueue)
async def api_broker_matches(actor: ApiActor) -> Response:
    """Good matches without a move for fourteen days (verified intermediaries)."""
    return answer(await matching.queue(actor))


@router.get("/matching/radar", response_model=Radar)
async def api_matching_radar(actor: ApiActor) -> Response:
    """Unmet needs by field and TRL, and what supply lacks (operator, Department)."""
    return answer(await matching.radar(actor))


@router.get("/matching/weights", response_model=WeightsList)
async def api_matching_weights(actor: ApiActor) -> Response:
    """Every version of the weights, newest first (operator)."""
    return answer(await weighing.versions(actor))


@router.post("/matching/weights", status_code=201, response_model=Preview)
async def api_draft_weights(actor: ApiActor, command: DraftWeights) -> Response:
    """A draft version; answered with what it would change (operator)."""
    return answer(await weighing.preview(actor, await weighing.draft(actor, command)), 201)


@router.get("/matching/weights/{version}", response_model=Preview)
async def api_preview_weights(actor: ApiActor, version: Version) -> Response:
    """What a version would change among the first ten of the newest needs (operator)."""
    return answer(await weighing.preview(actor, version))


@router.post("/matching/weights/{version}/enforce", response_model=WeightsList)
async def api_enforce_weights(actor: ApiActor, version: Version) -> Response:
    """Put a version in force; every open need is looked at again (operator)."""
    await weighing.enforce(actor, version)
    return answer(await weighing.versions(actor))


@router.post("/matching/weights/{version}/discard", response_model=WeightsList)
async def api_discard_weights(actor: ApiActor, version: Version) -> Response:
    """Drop a draft (operator)."""
    await weighing.discard(actor, version)
    return answer(await weighing.versions(actor))
