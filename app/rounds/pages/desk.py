"""The operator's desk: applications, deposits, officers, openings; and the key of one's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid
from app.kit.text import Text
from app.rounds.applications import participants
from app.rounds.pages.reading import context_of, round_page
from app.rounds.planning import planning
from app.rounds.schemas import AdmitEntry, MakeOfficerKey, NameOfficers, TurnKey, Why
from app.rounds.sealing import TURN_MINUTES, sealing
from app.rounds.service import rounds
from app.rounds.workflow import DEPOSIT, ENTRY, ROUND
from app.web import csrf, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])


@router.get("/rounds/desk")
async def page_rounds_desk(request: Request) -> Response:
    actor = await signed_in(request)
    found = await rounds.desk(actor)
    cards = {c.id: c for c in found.rounds}
    key = await sealing.officer_key(actor)
    context = {
        "desk": found, "cards": cards, "key": key.key, "states": ROUND.states, "entry_states": ENTRY.states,
        "deposit_states": DEPOSIT.states,
    }  # fmt: skip
    return await render(request, "rounds/desk.html", context)


async def _ruled(
    request: Request, entry_id: UUID, verb: Any, said: Text, *, why: type[Why | AdmitEntry] | None = None
) -> Response:
    actor = await signed_in(request)
    try:
        more = (forms.build(why, await forms.form_data(request)),) if why else ()
        await verb(actor, entry_id, *more)
    except Invalid as error:
        text = next(iter(error.fields.values()), error.text)
        return redirect("/rounds/desk", ("error", text), locale=actor.locale)
    return redirect("/rounds/desk", ("success", said), locale=actor.locale)


@router.post("/round-entries/{entry_id}/approve")
async def page_approve_entry(request: Request, entry_id: UUID) -> Response:
    return await _ruled(request, entry_id, participants.approve, Text("Đã cho tham gia.", "Admitted."), why=AdmitEntry)


@router.post("/round-entries/{entry_id}/reject")
async def page_reject_entry(request: Request, entry_id: UUID) -> Response:
    said = Text("Đã từ chối kèm lý do.", "Kept out, with the reason.")
    return await _ruled(request, entry_id, participants.reject, said, why=Why)


@router.post("/round-entries/{entry_id}/confirm-deposit")
async def page_confirm_deposit(request: Request, entry_id: UUID) -> Response:
    said = Text("Đã xác nhận đặt cọc.", "The deposit is confirmed.")
    return await _ruled(request, entry_id, participants.confirm_deposit, said)


@router.post("/round-entries/{entry_id}/question-deposit")
async def page_question_deposit(request: Request, entry_id: UUID) -> Response:
    said = Text("Đã báo chưa thấy tiền.", "Asked to declare it again.")
    return await _ruled(request, entry_id, participants.question_deposit, said, why=Why)


# --- officers ---


async def _officers_page(
    request: Request, actor: Actor, round_id: UUID, *, errors: dict[str, Text] | None = None, status: int = 200
) -> Response:
    view = await rounds.read(actor, round_id)
    if "name_officers" not in view.actions:
        raise Forbidden
    able = await sealing.possible_officers(actor)
    context = context_of(
        view, actor, errors=errors or {}, people=[(str(o.person_id), o.name) for o in able],
        chosen=[str(o.person_id) for o in view.officers],
    )  # fmt: skip
    return await render(request, "rounds/officers.html", context, status=status)


@router.get("/rounds/{round_id}/officers")
async def page_officers(request: Request, round_id: UUID) -> Response:
    return await _officers_page(request, await signed_in(request), round_id)


@router.post("/rounds/{round_id}/officers")
async def page_name_officers(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await planning.name_officers(actor, round_id, forms.build(NameOfficers, typed))
    except Invalid as error:
        return await _officers_page(request, actor, round_id, errors=error.fields, status=422)
    said = Text("Đã chỉ định người giữ khóa.", "The officers are named.")
    return redirect(f"/rounds/{round_id}", ("success", said), locale=actor.locale)


@router.post("/rounds/{round_id}/turn-key")
async def page_turn_key(request: Request, round_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        opened = await sealing.turn_key(actor, round_id, forms.build(TurnKey, typed))
    except Invalid as error:
        return await round_page(request, actor, round_id, status=422, errors=error.fields, at="turn_key")
    said = Text("Đã mở mọi phong bì.", "Every envelope is opened.")
    if not opened:
        said = Text(
            f"Đã mở phần khóa của bạn. Người giữ khóa thứ hai cần mở trong {TURN_MINUTES} phút.",
            f"Your key is turned. A second officer must turn theirs within {TURN_MINUTES} minutes.",
        )
    return redirect(f"/rounds/{round_id}", ("success", said), locale=actor.locale)


async def _key_page(
    request: Request, actor: Actor, *, errors: dict[str, Text] | None = None, status: int = 200
) -> Response:
    context = {"key": (await sealing.officer_key(actor)).key, "errors": errors or {}}
    return await render(request, "rounds/officer_key.html", context, status=status)


@router.get("/account/officer-key")
async def page_officer_key(request: Request) -> Response:
    return await _key_page(request, await signed_in(request))


@router.post("/account/officer-key")
async def page_make_officer_key(request: Request) -> Response:
    """Passphrases are never shown again: on an error both fields are empty."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await sealing.make_officer_key(
            actor, forms.build(MakeOfficerKey, {**typed, "repeat": typed.get("repeat") or " "})
        )
    except Invalid as error:
        return await _key_page(request, actor, errors=error.fields, status=422)
    said = Text("Đã tạo khóa mở phong bì của bạn.", "Your officer's key is made.")
    return redirect("/account/officer-key", ("success", said), locale=actor.locale)
