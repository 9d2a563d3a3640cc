"""HTML routes: the broker's desk."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.brokerage import present
from app.brokerage.claiming import claims
from app.brokerage.introducing import introductions
from app.brokerage.mandating import mandates
from app.brokerage.settling import attributing
from app.brokerage.workflow import CLAIM, INTRODUCTION, MANDATE
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter()
SHOWN = 8


@router.get("/brokerage")
async def page_brokerage(request: Request) -> Response:
    """What waits, the newest of each part, and what is due. Without an organisation there are only figures."""
    actor = await signed_in(request)
    if actor.role is None and not actor.is_operator:
        return redirect("/brokerage/indicators", locale=actor.locale)
    held = (await mandates.own(actor)).items
    introduced = (await introductions.own(actor)).items
    claimed = (await claims.own(actor)).items
    due = (await attributing.commissions(actor)).items
    context = {
        "tabs": present.tabs(actor, "desk"),
        "waiting": [m for m in held if m.waits_for_us],
        "answering": [i for i in introduced if "accept" in i.actions],
        "deciding": [c for c in claimed if {"decide", "decide_appeal", "answer", "appeal"} & set(c.actions)],
        "active": [m for m in held if m.status == "active"],
        "introduced": introduced[:SHOWN],
        "connected": [(i, d) for i in introduced for d in i.deal_ids][:SHOWN],
        "due": due,
        "total": sum(c.amount for c in due if c.mine == "broker"),
        "mandate_states": MANDATE.states,
        "introduction_states": INTRODUCTION.states,
        "claim_states": CLAIM.states,
    }
    return await render(request, "brokerage/desk.html", context)
