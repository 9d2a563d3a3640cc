"""HTML routes of proposals: answering a need, the comparison, one proposal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.deals import REASONS
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text
from app.listings import listings
from app.needs import NeedView, needs
from app.proposals.schemas import Answer, AttachListing, DeclineProposal, ProposalView, SendProposal
from app.proposals.service import proposals
from app.proposals.workflow import PROPOSAL
from app.reference import Exclusivity, TransferMode
from app.web import csrf, formats, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])
SAID: dict[str, Text] = {
    "send": Text("Đã gửi đề xuất.", "The proposal is sent."),
    "shortlist": Text("Đã chọn vào vòng xét.", "Shortlisted."),
    "decline": Text("Đã trả lời bên đề xuất kèm lý do.", "Declined; the proposer reads the reason."),
    "withdraw": Text("Đã rút đề xuất.", "The proposal is withdrawn."),
    "consent": Text("Đã ghi nhận đồng ý mở danh tính.", "Your consent to open names is noted."),
    "accept": Text("Đã chọn đề xuất này; nhu cầu khép lại.", "This proposal is chosen; the need is closed."),
    "attach-listing": Text("Đã gắn công nghệ vào đề xuất.", "The technology is attached."),
    "open-deal": Text("Đã mở hồ sơ giao dịch.", "The deal is opened."),
}
WORDS: dict[str, Text] = {
    "state": Text("Tình trạng", "Status"),
    "pilot": Text("Chạy thử", "Pilot"),
    "mode": Text("Hình thức", "Mode"),
    "rights": Text("Phạm vi quyền", "Rights"),
    "price": Text("Giá dự kiến", "Indicative price"),
    "months": Text("Thời gian", "Duration"),
    "n_months": Text("{n} tháng", "{n} months"),
    "terms": Text("Điều khoản khác", "Other terms"),
}


def _price(view: ProposalView, locale: str) -> str:
    ends = [formats.money_short(p, locale) for p in (view.price_from, view.price_to) if p is not None]
    return " – ".join(dict.fromkeys(ends))


def terms(view: ProposalView, locale: str) -> list[tuple[str, str]]:
    """The indicative terms in reading order; what is not said is empty."""
    months = WORDS["n_months"].format(n=view.months).get(locale) if view.months is not None else ""
    return [
        (WORDS["mode"].get(locale), view.mode.label.get(locale) if view.mode else ""),
        (WORDS["rights"].get(locale), view.exclusivity.label.get(locale) if view.exclusivity else ""),
        (WORDS["price"].get(locale), _price(view, locale)),
        (WORDS["months"].get(locale), months),
        (WORDS["terms"].get(locale), view.terms_note or ""),
    ]


# --- answering ---


async def _send_page(
    request: Request,
    actor: Actor,
    view: NeedView,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    own = await listings.own(actor, status="published", limit=100)
    typed = values or {}
    answered = {f.get("key"): f for f in typed.get("fit") or [] if isinstance(f, dict)}
    context = {
        "view": view,
        "asks": await proposals.asked(actor, view.id),
        "answered": answered,
        "own": [(str(i.id), f"{i.reference} · {i.title_vi}") for i in own.items],
        "answers": forms.options(Answer, actor.locale),
        "modes": forms.options(TransferMode, actor.locale),
        "exclusivities": forms.options(Exclusivity, actor.locale),
        "errors": errors or {},
        "values": typed,
    }
    return await render(request, "proposals/send.html", context, status=status)


@router.get("/needs/{need_id}/propose")
async def page_propose(request: Request, need_id: UUID) -> Response:
    actor = await signed_in(request)
    view = await needs.read(actor, need_id)
    if "propose" not in view.actions:
        raise Forbidden if view.mine or not actor.can_manage else Conflict
    # A match names the technology; the form offers one's own only, whatever stands in the address.
    return await _send_page(request, actor, view, values={"listing_id": request.query_params.get("listing") or ""})


@router.post("/needs/{need_id}/propose")
async def page_send_proposal(request: Request, need_id: UUID) -> Response:
    """On errors everything typed stays on the page."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    # Each asked thing has its row on the page; one without an answer is no answer.
    rows = [f for f in typed.get("fit") or [] if isinstance(f, dict) and f.get("answer")]
    try:
        command = forms.build(SendProposal, {**typed, "fit": rows})
        proposal_id = await proposals.send(actor, need_id, command)
    except Invalid as error:
        view = await needs.read(actor, need_id)
        values = {**typed, "fit": rows}
        return await _send_page(request, actor, view, errors=error.fields, values=values, status=422)
    return redirect(f"/proposals/{proposal_id}", ("success", SAID["send"]), locale=actor.locale)


# --- reading ---


@router.get("/my/proposals")
async def page_sent_proposals(request: Request) -> Response:
    actor = await signed_in(request)
    found = await proposals.sent(actor)
    return await render(request, "proposals/own.html", {"items": found.items, "states": PROPOSAL.states})


@router.get("/needs/{need_id}/proposals")
async def page_compare_proposals(request: Request, need_id: UUID) -> Response:
    """Criteria x proposals on one page, for the asker."""
    actor = await signed_in(request)
    found = await proposals.of_need(actor, need_id)
    view = await needs.read(actor, need_id)
    items, locale = found.items, actor.locale
    asked = items[0].fit if items else []
    columns = [terms(p, locale) for p in items]
    rows = [
        {"label": label, "cells": [c[n][1] for c in columns]}
        for n, (label, _) in enumerate(columns[0] if columns else [])
        if any(c[n][1] for c in columns)
    ]
    context = {
        "view": view,
        "items": items,
        "asked": [{"text": a.asked, "cells": [p.fit[n] for p in items]} for n, a in enumerate(asked)],
        "rows": rows,
        "pilots": [p.pilot or "" for p in items],
        "states": PROPOSAL.states,
    }
    return await render(request, "proposals/compare.html", context)


async def _proposal_page(
    request: Request,
    actor: Actor,
    proposal_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
    notice: Text | None = None,
) -> Response:
    view = await proposals.read(actor, proposal_id)
    own = []
    if "attach_listing" in view.actions:
        found = await listings.own(actor, status="published", limit=100)
        own = [(str(i.id), f"{i.reference} · {i.title_vi}") for i in found.items]
    context = {
        "view": view,
        "state": PROPOSAL.states[view.status],
        "terms": [t for t in terms(view, actor.locale) if t[1]],
        "reasons": [(r.value, r.label.get(actor.locale)) for r in REASONS],
        "own": own,
        "errors": errors or {},
        "values": values or {},
        "notice_text": notice,
    }
    return await render(request, "proposals/proposal.html", context, status=status)


@router.get("/proposals/{proposal_id}")
async def page_proposal(request: Request, proposal_id: UUID) -> Response:
    return await _proposal_page(request, await signed_in(request), proposal_id)


# --- actions ---


async def _done(actor: Actor, proposal_id: UUID, action: str) -> Response:
    return redirect(f"/proposals/{proposal_id}", ("success", SAID[action]), locale=actor.locale)


@router.post("/proposals/{proposal_id}/shortlist")
async def page_shortlist_proposal(request: Request, proposal_id: UUID) -> Response:
    actor = await signed_in(request)
    await proposals.shortlist(actor, proposal_id)
    return await _done(actor, proposal_id, "shortlist")


@router.post("/proposals/{proposal_id}/decline")
async def page_decline_proposal(request: Request, proposal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await proposals.decline(actor, proposal_id, forms.build(DeclineProposal, typed))
    except Invalid as error:
        return await _proposal_page(request, actor, proposal_id, errors=error.fields, values=typed, status=422)
    return await _done(actor, proposal_id, "decline")


@router.post("/proposals/{proposal_id}/withdraw")
async def page_withdraw_proposal(request: Request, proposal_id: UUID) -> Response:
    actor = await signed_in(request)
    await proposals.withdraw(actor, proposal_id)
    return await _done(actor, proposal_id, "withdraw")


@router.post("/proposals/{proposal_id}/consent")
async def page_consent_proposal(request: Request, proposal_id: UUID) -> Response:
    actor = await signed_in(request)
    await proposals.consent(actor, proposal_id)
    return await _done(actor, proposal_id, "consent")


@router.post("/proposals/{proposal_id}/accept")
async def page_accept_proposal(request: Request, proposal_id: UUID) -> Response:
    actor = await signed_in(request)
    await proposals.accept(actor, proposal_id)
    return await _done(actor, proposal_id, "accept")


@router.post("/proposals/{proposal_id}/attach-listing")
async def page_attach_listing_proposal(request: Request, proposal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await proposals.attach_listing(actor, proposal_id, forms.build(AttachListing, typed).listing_id)
    except Invalid as error:
        return await _proposal_page(request, actor, proposal_id, errors=error.fields, values=typed, status=422)
    return await _done(actor, proposal_id, "attach-listing")


@router.post("/proposals/{proposal_id}/open-deal")
async def page_open_deal_proposal(request: Request, proposal_id: UUID) -> Response:
    actor = await signed_in(request)
    deal_id = await proposals.open_deal(actor, proposal_id)
    return redirect(f"/deals/{deal_id}", ("success", SAID["open-deal"]), locale=actor.locale)
