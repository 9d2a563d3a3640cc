"""JSON routes of rounds. The live stream of a round is a page's (`/rounds/{id}/events`)."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from app.rounds.applications import participants
from app.rounds.english import english
from app.rounds.planning import planning
from app.rounds.running import running
from app.rounds.schemas import (
    AdmitEntry,
    AnnounceRound,
    AnswerObjection,
    ApplyToRound,
    BidResult,
    DeclareDeposit,
    Desk,
    FileObjection,
    Held,
    Live,
    MakeOfficerKey,
    NameOfficers,
    OfficerKeys,
    PlaceBid,
    PlanRound,
    Receipt,
    RoundList,
    RoundView,
    SealBid,
    TurnKey,
    Why,
)
from app.rounds.sealing import sealing
from app.rounds.service import rounds
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["rounds"], responses=PROBLEMS)


# --- reading ---


@router.get("/rounds", response_model=RoundList)
async def api_rounds() -> Response:
    """What is announced, what runs, and what ended."""
    return answer(await rounds.list())


@router.get("/rounds/desk", response_model=Desk)
async def api_rounds_desk(actor: ApiActor) -> Response:
    """What waits for the operator."""
    return answer(await rounds.desk(actor))


@router.get("/me/rounds", response_model=RoundList)
async def api_own_rounds(actor: ApiActor) -> Response:
    """The rounds of your organisation, drafts among them."""
    return answer(await rounds.own(actor))


@router.get("/listings/{listing_id}/rounds", response_model=RoundList)
async def api_listing_rounds(actor: ApiActor, listing_id: UUID) -> Response:
    """The rounds held over a listing, newest first."""
    return answer(await rounds.of_listing(actor, listing_id))


@router.get("/rounds/{round_id}", response_model=RoundView)
async def api_read_round(actor: ApiActor, round_id: UUID) -> Response:
    """A round; after its end with the whole log."""
    return answer(await rounds.read(actor, round_id))


@router.get("/rounds/{round_id}/live", response_model=Live)
async def api_round_live(round_id: UUID) -> Response:
    """What stands now, as the live stream tells it."""
    return answer(await rounds.live(round_id))


@router.get("/rounds/{round_id}/envelopes/{sha256}", response_model=Held)
async def api_round_envelope(actor: ApiActor, round_id: UUID, sha256: str) -> Response:
    """Whether an envelope with this hash lies in the round: what a receipt is for."""
    return answer(Held(held=await sealing.holds(actor, round_id, sha256)))


# --- planning ---


@router.post("/listings/{listing_id}/rounds", status_code=201, response_model=RoundView)
async def api_plan_round(actor: ApiActor, listing_id: UUID, command: PlanRound) -> Response:
    """A draft over a published listing of yours."""
    return answer(await rounds.read(actor, await planning.plan(actor, listing_id, command)), 201)


@router.post("/rounds/{round_id}/edit", response_model=RoundView)
async def api_update_round(actor: ApiActor, round_id: UUID, command: PlanRound) -> Response:
    """Change a draft."""
    await planning.update(actor, round_id, command)
    return answer(await rounds.read(actor, round_id))


@router.post("/rounds/{round_id}/officers", response_model=RoundView)
async def api_name_officers(actor: ApiActor, round_id: UUID, command: NameOfficers) -> Response:
    """Name who opens the envelopes (operator)."""
    await planning.name_officers(actor, round_id, command)
    return answer(await rounds.read(actor, round_id))


@router.post("/rounds/{round_id}/announce", response_model=RoundView)
async def api_announce_round(actor: ApiActor, round_id: UUID, command: AnnounceRound) -> Response:
    """Publish it; its terms and schedule stand from then on."""
    await planning.announce(actor, round_id, command)
    return answer(await rounds.read(actor, round_id))


@router.post("/rounds/{round_id}/cancel", response_model=RoundView)
async def api_cancel_round(actor: ApiActor, round_id: UUID, command: Why) -> Response:
    """Stop it, with a reason everybody reads."""
    await planning.cancel(actor, round_id, command)
    return answer(await rounds.read(actor, round_id))


# --- taking part ---


@router.post("/rounds/{round_id}/apply", status_code=201, response_model=RoundView)
async def api_apply_round(actor: ApiActor, round_id: UUID, command: ApplyToRound) -> Response:
    """Ask to take part."""
    await participants.apply(actor, round_id, command)
    return answer(await rounds.read(actor, round_id), 201)


@router.post("/rounds/{round_id}/withdraw", response_model=RoundView)
async def api_withdraw_entry(actor: ApiActor, round_id: UUID) -> Response:
    """Leave before bids are taken."""
    await participants.withdraw(actor, round_id)
    return answer(await rounds.read(actor, round_id))


@router.post("/rounds/{round_id}/deposit", response_model=RoundView)
async def api_declare_deposit(actor: ApiActor, round_id: UUID, command: DeclareDeposit) -> Response:
    """Say where the deposit was paid."""
    await participants.declare_deposit(actor, round_id, command)
    return answer(await rounds.read(actor, round_id))


@router.post("/round-entries/{entry_id}/approve", response_model=RoundView)
async def api_approve_entry(actor: ApiActor, entry_id: UUID, command: AdmitEntry | None = None) -> Response:
    """Admit an organisation (operator); with a reason when it is tied to somebody of the round."""
    await participants.approve(actor, entry_id, command)
    return answer(await rounds.read(actor, await participants.round_of(actor, entry_id)))


@router.post("/round-entries/{entry_id}/reject", response_model=RoundView)
async def api_reject_entry(actor: ApiActor, entry_id: UUID, command: Why) -> Response:
    """Keep an organisation out, with the reason (operator)."""
    await participants.reject(actor, entry_id, command)
    return answer(await rounds.read(actor, await participants.round_of(actor, entry_id)))


@router.post("/round-entries/{entry_id}/confirm-deposit", response_model=RoundView)
async def api_confirm_deposit(actor: ApiActor, entry_id: UUID) -> Response:
    """The deposit was seen where it was paid (operator)."""
    await participants.confirm_deposit(actor, entry_id)
    return answer(await rounds.read(actor, await participants.round_of(actor, entry_id)))


@router.post("/round-entries/{entry_id}/question-deposit", response_model=RoundView)
async def api_question_deposit(actor: ApiActor, entry_id: UUID, command: Why) -> Response:
    """The deposit was not found (operator)."""
    await participants.question_deposit(actor, entry_id, command)
    return answer(await rounds.read(actor, await participants.round_of(actor, entry_id)))


@router.post("/rounds/{round_id}/objections", status_code=201, response_model=RoundView)
async def api_file_objection(actor: ApiActor, round_id: UUID, command: FileObjection) -> Response:
    """Object to an announcement while it runs."""
    await participants.file_objection(actor, round_id, command)
    return answer(await rounds.read(actor, round_id), 201)


@router.post("/rounds/{round_id}/objections/{objection_id}/answer", response_model=RoundView)
async def api_answer_objection(
    actor: ApiActor, round_id: UUID, objection_id: UUID, command: AnswerObjection
) -> Response:
    """Answer an objection (owner)."""
    await participants.answer_objection(actor, round_id, objection_id, command)
    return answer(await rounds.read(actor, round_id))


# --- bidding and the result ---


@router.post("/rounds/{round_id}/bid", response_model=BidResult)
async def api_bid(actor: ApiActor, round_id: UUID, command: PlaceBid) -> Response:
    """Bid in an English auction; the same `key` again gives the same answer."""
    return answer(await english.bid(actor, round_id, command))


@router.post("/rounds/{round_id}/seal", status_code=201, response_model=Receipt)
async def api_seal_bid(actor: ApiActor, round_id: UUID, command: SealBid) -> Response:
    """Bid in a sealed envelope, or replace your bid. Keep the receipt: nobody can tell it you again."""
    return answer(await sealing.seal(actor, round_id, command), 201)


@router.post("/rounds/{round_id}/take-back", status_code=201, response_model=Receipt)
async def api_take_back_bid(actor: ApiActor, round_id: UUID) -> Response:
    """Take your sealed bid back, by an envelope without an amount."""
    return answer(await sealing.take_back(actor, round_id), 201)


@router.post("/rounds/{round_id}/turn-key", response_model=RoundView)
async def api_turn_key(actor: ApiActor, round_id: UUID, command: TurnKey) -> Response:
    """Give your share of the key (officer); the second one opens every envelope."""
    await sealing.turn_key(actor, round_id, command)
    return answer(await rounds.read(actor, round_id))


@router.post("/rounds/{round_id}/award", response_model=RoundView)
async def api_award_round(actor: ApiActor, round_id: UUID) -> Response:
    """Grant what was won: the owner after an announcement; the operator when it could not be granted at once."""
    await running.award(actor, round_id)
    return answer(await rounds.read(actor, round_id))


@router.get("/me/officer-key", response_model=OfficerKeys)
async def api_officer_key(actor: ApiActor) -> Response:
    """Your key for opening sealed rounds (operator)."""
    return answer(await sealing.officer_key(actor))


@router.post("/me/officer-key", status_code=201, response_model=OfficerKeys)
async def api_make_officer_key(actor: ApiActor, command: MakeOfficerKey) -> Response:
    """A new key pair, locked with your passphrase (operator)."""
    return answer(await sealing.make_officer_key(actor, command), 201)
