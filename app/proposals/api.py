"""JSON routes of proposals."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from app.proposals.schemas import (
    AttachListing,
    DeclineProposal,
    ProposalList,
    ProposalView,
    SendProposal,
    WithdrawProposal,
)
from app.proposals.service import proposals
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["proposals"], responses=PROBLEMS)


@router.post("/needs/{need_id}/proposals", status_code=201, response_model=ProposalView)
async def api_send_proposal(actor: ApiActor, need_id: UUID, command: SendProposal) -> Response:
    """Answer an open need, with a listing of your own or a confidential description; every must-have is answered."""
    return answer(await proposals.read(actor, await proposals.send(actor, need_id, command)), 201)


@router.get("/needs/{need_id}/proposals", response_model=ProposalList)
async def api_need_proposals(actor: ApiActor, need_id: UUID) -> Response:
    """The proposals to your need, chosen and shortlisted ones first."""
    return answer(await proposals.of_need(actor, need_id))


@router.get("/me/proposals", response_model=ProposalList)
async def api_sent_proposals(actor: ApiActor) -> Response:
    """What your organisation has proposed, newest first."""
    return answer(await proposals.sent(actor))


@router.get("/proposals/{proposal_id}", response_model=ProposalView)
async def api_read_proposal(actor: ApiActor, proposal_id: UUID) -> Response:
    """A proposal as your side may read it; a sealed side is absent."""
    return answer(await proposals.read(actor, proposal_id))


@router.post("/proposals/{proposal_id}/shortlist", response_model=ProposalView)
async def api_shortlist_proposal(actor: ApiActor, proposal_id: UUID) -> Response:
    """Take it into the round that is weighed (asker)."""
    await proposals.shortlist(actor, proposal_id)
    return answer(await proposals.read(actor, proposal_id))


@router.post("/proposals/{proposal_id}/decline", response_model=ProposalView)
async def api_decline_proposal(actor: ApiActor, proposal_id: UUID, command: DeclineProposal) -> Response:
    """Say no with a coded reason, which goes back to the proposer (asker)."""
    await proposals.decline(actor, proposal_id, command)
    return answer(await proposals.read(actor, proposal_id))


@router.post("/proposals/{proposal_id}/withdraw", response_model=ProposalView)
async def api_withdraw_proposal(
    actor: ApiActor, proposal_id: UUID, command: WithdrawProposal | None = None
) -> Response:
    """Take back your own proposal; say why, and the asker reads it."""
    await proposals.withdraw(actor, proposal_id, command)
    return answer(await proposals.read(actor, proposal_id))


@router.post("/proposals/{proposal_id}/consent", response_model=ProposalView)
async def api_consent_proposal(actor: ApiActor, proposal_id: UUID) -> Response:
    """Agree to open names; they open when the other side has agreed as well."""
    await proposals.consent(actor, proposal_id)
    return answer(await proposals.read(actor, proposal_id))


@router.post("/proposals/{proposal_id}/accept", response_model=ProposalView)
async def api_accept_proposal(actor: ApiActor, proposal_id: UUID) -> Response:
    """Choose the winner: the need is closed, names open, and the deal begins when there is a listing (asker)."""
    await proposals.accept(actor, proposal_id)
    return answer(await proposals.read(actor, proposal_id))


@router.post("/proposals/{proposal_id}/attach-listing", response_model=ProposalView)
async def api_attach_listing_proposal(actor: ApiActor, proposal_id: UUID, command: AttachListing) -> Response:
    """Say which published listing of yours it is about (proposer)."""
    await proposals.attach_listing(actor, proposal_id, command.listing_id)
    return answer(await proposals.read(actor, proposal_id))


@router.post("/proposals/{proposal_id}/open-deal", response_model=ProposalView)
async def api_open_deal_proposal(actor: ApiActor, proposal_id: UUID) -> Response:
    """Begin the deal of a chosen proposal whose listing came later (asker)."""
    await proposals.open_deal(actor, proposal_id)
    return answer(await proposals.read(actor, proposal_id))
