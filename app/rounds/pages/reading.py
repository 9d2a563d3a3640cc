"""The public list, one round, its live page and stream, and the check of a receipt."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response

from app import reference
from app.kit.actor import Actor
from app.kit.text import Text
from app.listings import listings
from app.offers import terms_sheet
from app.rounds import policy
from app.rounds.schemas import RoundView
from app.rounds.sealing import sealing
from app.rounds.service import rounds
from app.rounds.showing import topic
from app.rounds.workflow import DEPOSIT, ENTRY, ROUND
from app.web import csrf, streams
from app.web.actor import page_actor, signed_in
from app.web.templating import render

router = APIRouter(dependencies=[Depends(csrf.protect)])
STANDINGS: dict[str, Text] = {
    "counts": Text("Được tính", "Counts"),
    "replaced": Text("Đã thay bằng giá sau", "Replaced by a later bid"),
    "withdrawn": Text("Đã rút", "Taken back"),
    "invalid": Text("Không hợp lệ", "Invalid"),
}
WHY: dict[str, Text] = {
    "unreadable": Text("không mở được bằng khóa của phiên", "not sealed to this round's key"),
    "other_round": Text("ghi cho phiên khác", "made out for another round"),
    "not_admitted": Text("không phải của bên được tham gia", "not of an admitted bidder"),
    "no_time": Text("không có thời điểm", "no time"),
    "no_amount": Text("số tiền không hợp lệ", "no valid amount"),
}
OUTCOMES: dict[str, Text] = {
    "leading": Text("dẫn đầu", "led"),
    "outbid": Text("bị vượt ngay", "outbid at once"),
    "raised": Text("nâng mức tối đa", "raised the maximum"),
}


def sheet(view: RoundView, locale: str) -> list[tuple[str, str]]:
    """The fixed terms; the price is what the round finds."""
    unpriced = view.terms.model_copy(update={"upfront": None})
    return terms_sheet(unpriced, locale)


def steps(view: RoundView, locale: str) -> list[dict[str, str]]:
    order = ["announced", "open", "closed", "awarded"]
    if view.kind == "announcement":
        order.remove("open")
    stopped = view.status in ("unsold", "cancelled")
    at = {"opened": "closed", "unsold": "awarded"}.get(view.status, view.status)
    current = order.index(at) if at in order else -1
    return [
        {
            "key": key,
            "label": ROUND.states[view.status if stopped and n == current else key].label.get(locale),
            "state": "refused"
            if stopped and n == current
            else "done"
            if n < current or view.status == "awarded"
            else "current"
            if n == current
            else "todo",
        }
        for n, key in enumerate(order)
    ]


def context_of(view: RoundView, actor: Actor, **more: Any) -> dict[str, Any]:
    shown = ("public_notice_days", "auction_deposit_minimum_percent", "auction_deposit_maximum_percent")
    rules = {c: reference.rule(c) for c in shown}
    return {
        "view": view,
        "state": ROUND.states[view.status],
        "states": ROUND.states,
        "entry_states": ENTRY.states,
        "deposit_states": DEPOSIT.states,
        "sheet": sheet(view, actor.locale),
        "steps": steps(view, actor.locale),
        "standings": STANDINGS,
        "why": WHY,
        "outcomes": OUTCOMES,
        "rules": rules,
        "errors": {},
        "values": {},
        "key": uuid4(),
        "notice_text": None,
        **more,
    }


@router.get("/rounds")
async def page_rounds(request: Request) -> Response:
    found = await rounds.list()
    groups = [
        (Text("Đang nhận giá", "Taking bids now"), [r for r in found.items if r.status == "open"]),
        (Text("Sắp tới", "Coming"), [r for r in found.items if r.status == "announced"]),
        (Text("Chờ kết quả", "Awaiting the result"), [r for r in found.items if r.status in ("closed", "opened")]),
        (Text("Kết quả", "Results"), [r for r in found.items if r.status in ("awarded", "unsold", "cancelled")]),
    ]
    context = {"groups": [g for g in groups if g[1]], "states": ROUND.states}
    return await render(request, "rounds/list.html", context)


@router.get("/my/rounds")
async def page_own_rounds(request: Request) -> Response:
    actor = await signed_in(request)
    found = await rounds.own(actor)
    return await render(request, "rounds/own.html", {"items": found.items, "states": ROUND.states})


@router.get("/listings/{listing_id}/rounds")
async def page_listing_rounds(request: Request, listing_id: UUID) -> Response:
    actor = await page_actor(request)
    found = await rounds.of_listing(actor, listing_id)
    listing = await listings.read(actor, listing_id)
    may_plan = policy.may_plan(actor, listing.card.org_id) and listing.card.status == "published"
    context = {"items": found.items, "states": ROUND.states, "listing": listing, "may_plan": may_plan}
    return await render(request, "rounds/of_listing.html", context)


async def round_page(
    request: Request,
    actor: Actor,
    round_id: UUID,
    *,
    status: int = 200,
    template: str = "rounds/round.html",
    **more: Any,
) -> Response:
    view = await rounds.read(actor, round_id)
    return await render(request, template, context_of(view, actor, **more), status=status)


@router.get("/rounds/{round_id}")
async def page_round(request: Request, round_id: UUID) -> Response:
    return await round_page(request, await page_actor(request), round_id)


@router.get("/rounds/{round_id}/live")
async def page_round_live(request: Request, round_id: UUID) -> Response:
    """What stands, growing by itself where scripts run; a link reads it again where they do not."""
    return await round_page(request, await page_actor(request), round_id, template="rounds/live.html")


@router.get("/rounds/{round_id}/events")
async def page_round_events(request: Request, round_id: UUID) -> Response:
    """The stream behind the live page."""
    await rounds.live(round_id)

    async def stands() -> str:
        return (await rounds.live(round_id)).model_dump_json()

    return streams.events(topic(round_id), stands)


@router.get("/rounds/{round_id}/receipt")
async def page_round_receipt(request: Request, round_id: UUID) -> Response:
    """Whether the envelope of a receipt lies in the round."""
    actor = await page_actor(request)
    asked = re.sub(r"\s", "", request.query_params.get("sha256", "")).lower()
    held = await sealing.holds(actor, round_id, asked) if asked else None
    return await round_page(request, actor, round_id, template="rounds/check.html", asked=asked, held=held)
