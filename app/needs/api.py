"""JSON routes of needs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from app.kit import paging
from app.needs import browse
from app.needs.browse import NeedPage, NeedParams
from app.needs.schemas import (
    Approve,
    CloseNeed,
    CreateNeed,
    Extend,
    NeedQueue,
    NeedView,
    OwnNeeds,
    Reason,
    RevealList,
    UpdateNeed,
)
from app.needs.service import needs
from app.web import forms
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["needs"], responses=PROBLEMS)
Limit = Annotated[int, Query(description=f"at most {paging.MAX_LIMIT}; more is capped")]
Many = Annotated[list[str] | None, Query()]


@router.get("/needs", response_model=NeedPage)
async def api_search_needs(
    actor: ApiActor,
    q: Annotated[str, Query(description='words, "a phrase", -without', max_length=2000)] = "",
    kind: Annotated[list[str] | None, Query(description="enterprise, public_order")] = None,
    field: Annotated[list[str] | None, Query(description="FORD code; a parent counts its children")] = None,
    budget: Annotated[list[str] | None, Query(description="to_500m, to_2b, to_10b, above_10b")] = None,
    trl: Annotated[list[str] | None, Query(description="an accepted level, 1 to 9")] = None,
    mode: Many = None,
    province: Many = None,
    due: Annotated[int | None, Query(description="deadline within so many days: 14, 30, 90")] = None,
    sort: Annotated[str, Query(description="relevance, newest, deadline, title")] = "",
    cursor: str | None = None,
    limit: Limit = paging.DEFAULT_LIMIT,
) -> Response:
    """Open needs, as everyone may read them: of a blind one neither who asks nor the hour."""
    params = forms.build(
        NeedParams,
        {
            "q": q, "kind": kind or [], "field": field or [], "budget": budget or [], "trl": trl or [],
            "mode": mode or [], "province": province or [], "due": due, "sort": sort, "cursor": cursor,
            "limit": str(limit),
        },
    )  # fmt: skip
    return answer((await browse.find(params, actor.locale)).page)


@router.post("/needs", status_code=201, response_model=NeedView)
async def api_create_need(actor: ApiActor, command: CreateNeed) -> Response:
    """A draft of your organisation; what a plain description says is filled in and marked as suggested."""
    return answer(await needs.read(actor, await needs.create(actor, command)), 201)


@router.get("/needs/{need_id}", response_model=NeedView)
async def api_read_need(actor: ApiActor, need_id: UUID) -> Response:
    """A need as you may read it; `locked` names the fields that open at a higher tier."""
    return answer(await needs.read(actor, need_id))


@router.patch("/needs/{need_id}", response_model=NeedView)
async def api_update_need(
    actor: ApiActor,
    need_id: UUID,
    command: UpdateNeed,
    if_match: Annotated[int | None, Header(description="The version you started from; 409 when it moved on.")] = None,
) -> Response:
    """Change the given fields. Once published the task and how it is measured are fixed (409)."""
    await needs.update(actor, need_id, command, version=if_match)
    return answer(await needs.read(actor, need_id))


@router.get("/needs/{need_id}/reveals", response_model=RevealList)
async def api_need_reveals(actor: ApiActor, need_id: UUID) -> Response:
    """Who was let in, how far and when; for its asker."""
    return answer(await needs.reveals(actor, need_id))


@router.get("/me/needs", response_model=OwnNeeds)
async def api_own_needs(
    actor: ApiActor, status: str | None = None, cursor: str | None = None, limit: Limit = 50
) -> Response:
    """Your organisation's needs in every state."""
    return answer(await needs.own(actor, status=status, cursor=cursor, limit=limit))


@router.get("/review/needs", response_model=NeedQueue)
async def api_need_queue(actor: ApiActor) -> Response:
    """What waits for the operator, oldest first."""
    return answer(await needs.queue(actor))


@router.post("/needs/{need_id}/submit", response_model=NeedView)
async def api_submit_need(actor: ApiActor, need_id: UUID) -> Response:
    """Send a complete draft to the operator's review (owner or manager)."""
    await needs.submit(actor, need_id)
    return answer(await needs.read(actor, need_id))


@router.post("/needs/{need_id}/take-back", response_model=NeedView)
async def api_take_back_need(actor: ApiActor, need_id: UUID) -> Response:
    """Take a need out of the review queue to edit it."""
    await needs.take_back(actor, need_id)
    return answer(await needs.read(actor, need_id))


@router.post("/needs/{need_id}/approve", response_model=NeedView)
async def api_approve_need(actor: ApiActor, need_id: UUID, command: Approve | None = None) -> Response:
    """Publish; its criteria are fixed from now on (operator)."""
    await needs.approve(actor, need_id, command)
    return answer(await needs.read(actor, need_id))


@router.post("/needs/{need_id}/request-changes", response_model=NeedView)
async def api_request_changes_need(actor: ApiActor, need_id: UUID, command: Reason) -> Response:
    """Answer a submitted need with what has to change (operator)."""
    await needs.request_changes(actor, need_id, command.reason)
    return answer(await needs.read(actor, need_id))


@router.post("/needs/{need_id}/reject", response_model=NeedView)
async def api_reject_need(actor: ApiActor, need_id: UUID, command: Reason) -> Response:
    """Refuse to publish a need, with a reason (operator)."""
    await needs.reject(actor, need_id, command.reason)
    return answer(await needs.read(actor, need_id))


@router.post("/needs/{need_id}/withdraw", response_model=NeedView)
async def api_withdraw_need(actor: ApiActor, need_id: UUID, command: Reason) -> Response:
    """Take a need back, with a reason (its asker, or the operator)."""
    await needs.withdraw(actor, need_id, command.reason)
    return answer(await needs.read(actor, need_id))


@router.post("/needs/{need_id}/reopen", response_model=NeedView)
async def api_reopen_need(actor: ApiActor, need_id: UUID) -> Response:
    """Make an expired, rejected or withdrawn need a draft again."""
    await needs.reopen(actor, need_id)
    return answer(await needs.read(actor, need_id))


@router.post("/needs/{need_id}/close", response_model=NeedView)
async def api_close_need(actor: ApiActor, need_id: UUID, command: CloseNeed) -> Response:
    """End an open need without a winner, with a coded reason."""
    await needs.close(actor, need_id, command)
    return answer(await needs.read(actor, need_id))


@router.post("/needs/{need_id}/extend", response_model=NeedView)
async def api_extend_need(actor: ApiActor, need_id: UUID, command: Extend) -> Response:
    """Move the deadline to a later day."""
    await needs.extend(actor, need_id, command.deadline)
    return answer(await needs.read(actor, need_id))
