"""JSON routes of offers, approvals and memoranda."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Response, UploadFile

from app.kit.actor import Actor
from app.offers.heads import memoranda
from app.offers.schemas import (
    AcceptTerms,
    ApprovalList,
    ApprovalView,
    Decide,
    DeclineMemorandum,
    DeclineOffer,
    GiveOutcome,
    MemorandumList,
    OfferList,
    ProposeMemorandum,
    RoomView,
    RuleView,
    SendOffer,
    SetRule,
    WithdrawOffer,
)
from app.offers.service import offers
from app.web import downloads, forms
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["offers"], responses=PROBLEMS)


@router.get("/deals/{deal_id}/offers", response_model=OfferList)
async def api_deal_offers(actor: ApiActor, deal_id: UUID) -> Response:
    """Every round of the deal, oldest first."""
    return answer(await offers.of_deal(actor, deal_id))


@router.post("/deals/{deal_id}/offers", status_code=201, response_model=RoomView)
async def api_send_offer(actor: ApiActor, deal_id: UUID, command: SendOffer) -> Response:
    """Put an offer on the table; 202 when it waits for your own side's approval."""
    sent = await offers.send(actor, deal_id, command)
    return answer(await offers.room_view(actor, deal_id), 201 if sent else 202)


@router.post("/offers/{offer_id}/counter", status_code=201, response_model=RoomView)
async def api_counter_offer(actor: ApiActor, offer_id: UUID, command: SendOffer) -> Response:
    """Answer with changed terms; `unlock` says why agreed ones change. 202 when it waits for approval."""
    deal_id = await offers.deal_of(actor, offer_id)
    sent = await offers.counter(actor, offer_id, command)
    return answer(await offers.room_view(actor, deal_id), 201 if sent else 202)


@router.post("/offers/{offer_id}/accept", response_model=RoomView)
async def api_accept_offer(actor: ApiActor, offer_id: UUID) -> Response:
    """Agree: one outcome however many try; 202 when it waits for your own side's approval."""
    deal_id = await offers.deal_of(actor, offer_id)
    done = await offers.accept(actor, offer_id)
    return answer(await offers.room_view(actor, deal_id), 200 if done else 202)


@router.post("/offers/{offer_id}/accept-terms", response_model=RoomView)
async def api_accept_terms(actor: ApiActor, offer_id: UUID, command: AcceptTerms) -> Response:
    """Agree to single terms of an open offer: they lock; the turn stays."""
    deal_id = await offers.deal_of(actor, offer_id)
    await offers.accept_terms(actor, offer_id, command)
    return answer(await offers.room_view(actor, deal_id))


@router.post("/offers/{offer_id}/decline", response_model=RoomView)
async def api_decline_offer(actor: ApiActor, offer_id: UUID, command: DeclineOffer) -> Response:
    """Turn an open offer down with a coded reason; the deal stays open."""
    deal_id = await offers.deal_of(actor, offer_id)
    await offers.decline(actor, offer_id, command)
    return answer(await offers.room_view(actor, deal_id))


@router.post("/offers/{offer_id}/withdraw", response_model=RoomView)
async def api_withdraw_offer(actor: ApiActor, offer_id: UUID, command: WithdrawOffer) -> Response:
    """Take one's own open offer back, with a coded reason."""
    deal_id = await offers.deal_of(actor, offer_id)
    await offers.withdraw(actor, offer_id, command)
    return answer(await offers.room_view(actor, deal_id))


@router.get("/deals/{deal_id}/room", response_model=RoomView)
async def api_deal_room(actor: ApiActor, deal_id: UUID, against: int | None = None) -> Response:
    """The deal with its rounds, the difference against an earlier round, what is agreed, and the timeline."""
    return answer(await offers.room_view(actor, deal_id, against=against))


# --- approvals within one's own organisation ---


@router.get("/approvals", response_model=ApprovalList)
async def api_approvals(actor: ApiActor) -> Response:
    """What waits for approval in your organisation, and what was decided; nobody else sees it."""
    return answer(await offers.approvals(actor))


async def _approval(actor: Actor, approval_id: UUID) -> Response:
    found = (await offers.approvals(actor)).items
    return answer(next(a for a in found if a.id == approval_id))


@router.post("/approvals/{approval_id}/approve", response_model=ApprovalView)
async def api_approve(actor: ApiActor, approval_id: UUID, command: Decide) -> Response:
    """Say yes; the last yes that is needed carries the act out, or says why it cannot be done any more."""
    await offers.approve(actor, approval_id, command)
    return await _approval(actor, approval_id)


@router.post("/approvals/{approval_id}/refuse", response_model=ApprovalView)
async def api_refuse(actor: ApiActor, approval_id: UUID, command: Decide) -> Response:
    """Say no, with the reason."""
    await offers.refuse(actor, approval_id, command)
    return await _approval(actor, approval_id)


@router.post("/approvals/{approval_id}/withdraw", response_model=ApprovalView)
async def api_withdraw_approval(actor: ApiActor, approval_id: UUID) -> Response:
    """Take a request back before it is decided."""
    await offers.withdraw_approval(actor, approval_id)
    return await _approval(actor, approval_id)


@router.get("/organisation/approvals", response_model=RuleView)
async def api_approval_rule(actor: ApiActor) -> Response:
    """How many of whom must approve what your organisation sends or accepts; `needed` 0 is no rule."""
    return answer(await offers.approval_rule(actor))


@router.put("/organisation/approvals", response_model=RuleView)
async def api_set_approval_rule(actor: ApiActor, command: SetRule) -> Response:
    """Set the rule, or lift it with `on_send` and `on_accept` both false. Owners only."""
    await offers.set_approval_rule(actor, command)
    return answer(await offers.approval_rule(actor))


# --- memoranda ---


@router.get("/deals/{deal_id}/memoranda", response_model=MemorandumList)
async def api_memoranda(actor: ApiActor, deal_id: UUID) -> Response:
    """The deal's heads of terms, the newest first."""
    return answer(await memoranda.of_deal(actor, deal_id))


@router.post("/deals/{deal_id}/memoranda", status_code=201, response_model=MemorandumList)
async def api_propose_memorandum(
    actor: ApiActor,
    deal_id: UUID,
    expires_on: Annotated[date, Form()],
    summary: Annotated[str | None, Form(description="what both sides intend; 20 characters or more")] = None,
    signed_on: Annotated[date | None, Form()] = None,
    value: Annotated[str | None, Form(description="đồng, digits only or grouped; counted nowhere")] = None,
    file: Annotated[UploadFile | None, File(description="the signed memorandum, PDF")] = None,
) -> Response:
    """Propose heads of terms; without words or a file they are the accepted terms. The other side confirms."""
    typed = {"expires_on": expires_on, "summary": summary, "signed_on": signed_on, "value": value}
    given = (file.filename or "bien-ban.pdf", await file.read()) if file else None
    await memoranda.propose(actor, deal_id, forms.build(ProposeMemorandum, typed), given)
    return answer(await memoranda.of_deal(actor, deal_id), 201)


async def _memoranda(actor: Actor, memorandum_id: UUID) -> Response:
    return answer(await memoranda.of_deal(actor, await memoranda.deal_of(actor, memorandum_id)))


@router.post("/memoranda/{memorandum_id}/confirm", response_model=MemorandumList)
async def api_confirm_memorandum(actor: ApiActor, memorandum_id: UUID) -> Response:
    """The other side confirms: evidence L1."""
    await memoranda.confirm(actor, memorandum_id)
    return await _memoranda(actor, memorandum_id)


@router.post("/memoranda/{memorandum_id}/decline", response_model=MemorandumList)
async def api_decline_memorandum(actor: ApiActor, memorandum_id: UUID, command: DeclineMemorandum) -> Response:
    """The other side does not confirm, and says why."""
    await memoranda.decline(actor, memorandum_id, command)
    return await _memoranda(actor, memorandum_id)


@router.post("/memoranda/{memorandum_id}/withdraw", response_model=MemorandumList)
async def api_withdraw_memorandum(actor: ApiActor, memorandum_id: UUID) -> Response:
    """Its proposer takes it back before it is confirmed."""
    await memoranda.withdraw(actor, memorandum_id)
    return await _memoranda(actor, memorandum_id)


@router.post("/memoranda/{memorandum_id}/outcome", response_model=MemorandumList)
async def api_give_outcome(actor: ApiActor, memorandum_id: UUID, command: GiveOutcome) -> Response:
    """Say what became of it: contract signed, extended, in progress (with the new date) or ended (with the reason)."""
    await memoranda.give_outcome(actor, memorandum_id, command)
    return await _memoranda(actor, memorandum_id)


@router.get("/memoranda/overdue", response_model=MemorandumList)
async def api_overdue_memoranda(actor: ApiActor) -> Response:
    """For the operator: past their end without an outcome of both sides."""
    return answer(await memoranda.overdue(actor))


@router.get("/memoranda/{memorandum_id}/file", response_class=Response)
async def api_open_memorandum(actor: ApiActor, memorandum_id: UUID) -> Response:
    """The signed file, for whoever may read the terms."""
    found = await memoranda.open_file(actor, memorandum_id)
    return downloads.stream(found.chunks, found.name, "application/pdf")
