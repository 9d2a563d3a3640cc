"""The list and the board of one's deals, the calendar, and handing a deal over."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.deals import DEAL, Capacity, deals
from app.desk.calendars import calendars
from app.desk.schemas import DeskFilter, FeedView, HandOver, MakeFeed, Sort, Whose
from app.desk.service import desk
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid
from app.kit.text import Text
from app.web import csrf, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render, url_with

router = APIRouter(dependencies=[Depends(csrf.protect)])
FLAGS = ("turn", "overdue", "stalled", "handover")


def _filter(request: Request) -> DeskFilter:
    """What the address asks for; a value that means nothing counts as not given."""
    q = request.query_params
    status = q.get("status")
    capacity, whose, sort = q.get("capacity"), q.get("whose"), q.get("sort")
    return DeskFilter(
        status=status if status in DEAL.states else None,
        whose=Whose(whose) if whose in list(Whose) else Whose.organisation,
        capacity=Capacity(capacity) if capacity in list(Capacity) else None,
        sort=Sort(sort) if sort in list(Sort) else None,
        **{flag: q.get(flag) == "1" for flag in FLAGS},
    )


def _tabs(request: Request, actor: Actor, wanted: DeskFilter, counts: dict[str, int], total: int) -> list[Any]:
    tabs = [
        {
            "label": Text("Tất cả", "All").get(actor.locale),
            "url": url_with(request, status=None, cursor=None),
            "current": wanted.status is None,
            "count": total,
        }
    ]
    tabs += [
        {
            "label": s.label.get(actor.locale),
            "url": url_with(request, status=s.key, cursor=None),
            "current": s.key == wanted.status,
            "count": counts.get(s.key, 0),
        }
        for s in DEAL.states.values()
    ]
    return tabs


@router.get("/desk")
async def page_desk(request: Request) -> Response:
    """One's deals: what is due next first; as a list or as a board by stage."""
    actor = await signed_in(request)
    wanted = _filter(request)
    cursor = request.query_params.get("cursor")
    board = request.query_params.get("view") == "board"
    found = await desk.list(actor, wanted, cursor=cursor, limit=100 if board else 50)
    counts = found.counts
    flags = [
        ("turn", Text("Đang chờ bạn", "Waiting for you"), counts.my_turn),
        ("overdue", Text("Quá hạn", "Overdue"), counts.overdue),
        ("stalled", Text("Đứng yên từ 14 ngày", "Still for 14 days"), counts.stalled),
        ("handover", Text("Cần bàn giao", "To be handed over"), counts.handover),
    ]
    sees_all = actor.is_operator or actor.is_department
    context = {
        "items": found.items,
        "columns": [(s, [d for d in found.items if d.status == s.key]) for s in DEAL.states.values()],
        "board": board,
        "states": DEAL.states,
        "tabs": _tabs(request, actor, wanted, counts.by_status, counts.total),
        "flags": [
            {
                "key": key,
                "label": label,
                "count": n,
                "on": getattr(wanted, key),
                "url": url_with(request, cursor=None, **{key: None if getattr(wanted, key) else "1"}),
            }
            for key, label, n in flags
            if n or getattr(wanted, key)
        ],
        "wanted": wanted,
        "sort": found.sort,
        "sorts": [(s.value, s.label.get(actor.locale)) for s in Sort],
        "capacities": [(c.value, c.label.get(actor.locale)) for c in Capacity],
        "whoses": [(w.value, w.label.get(actor.locale)) for w in Whose],
        "kept": {k: v for k, v in request.query_params.items() if k in ("status", "view", *FLAGS)},
        "filtered": any((wanted.status, wanted.capacity, wanted.whose is not Whose.organisation))
        or any(getattr(wanted, f) for f in FLAGS),
        "list_url": url_with(request, view=None),
        "board_url": url_with(request, view="board", cursor=None),
        "next_url": url_with(request, cursor=found.next_cursor) if found.next_cursor else "",
        "first_url": url_with(request, cursor=None) if cursor else "",
        "sees_all": sees_all,
        "more": found.next_cursor is not None,
    }
    return await render(request, "desk/desk.html", context)


# --- calendar ---


async def _calendar_page(request: Request, feed: FeedView | None = None, status: int = 200) -> Response:
    actor = await signed_in(request)
    found = await calendars.month(actor, request.query_params.get("month"))
    context = {
        "calendar": found,
        "days": [
            (day, list(of_day)) for day, of_day in groupby(found.items, lambda e: e.at.astimezone(clock.VIETNAM).date())
        ],
        "today": clock.today(),
        "made": feed,
    }
    return await render(request, "desk/calendar.html", context, status=status)


@router.get("/desk/calendar")
async def page_calendar(request: Request) -> Response:
    """What is due in a month, and the secret address for calendars of one's own."""
    return await _calendar_page(request)


@router.post("/desk/calendar/feed")
async def page_make_feed(request: Request) -> Response:
    """The address is shown on this page alone: it is kept nowhere."""
    actor = await signed_in(request)
    made = await calendars.make_feed(actor, await forms.parse_form(request, MakeFeed))
    return await _calendar_page(request, made)


@router.post("/desk/calendar/feed/revoke")
async def page_revoke_feed(request: Request) -> Response:
    actor = await signed_in(request)
    await calendars.revoke_feed(actor)
    said = Text("Đã hủy địa chỉ lịch. Lịch cũ không cập nhật nữa.", "The calendar's address is revoked.")
    return redirect("/desk/calendar", ("success", said), locale=actor.locale)


@router.get("/calendar/{token}.ics")
async def page_calendar_feed(token: str) -> Response:
    """The calendar behind a secret address, for programs: no session, no page."""
    headers = {"Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex"}
    return Response(await calendars.feed(token), media_type="text/calendar; charset=utf-8", headers=headers)


@router.get("/deals/{deal_id}/calendar.ics")
async def page_deal_calendar(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    body = await calendars.of_deal(actor, deal_id)
    headers = {"Content-Disposition": 'attachment; filename="giao-dich.ics"', "Cache-Control": "private, no-store"}
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


# --- handing over ---


async def _hand_over_page(
    request: Request,
    deal_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    actor = await signed_in(request)
    page = await desk.hand_over_page(actor, deal_id)
    if not page.may_hand_over:
        raise Forbidden
    context = {
        "deal": await deals.read(actor, deal_id),
        "page": page,
        "people": [(str(p.person_id), p.name) for p in page.colleagues],
        "errors": errors or {},
        "values": values or {},
    }
    return await render(request, "desk/hand_over.html", context, status=status)


@router.get("/deals/{deal_id}/hand-over")
async def page_hand_over_form(request: Request, deal_id: UUID) -> Response:
    return await _hand_over_page(request, deal_id)


@router.post("/deals/{deal_id}/hand-over")
async def page_hand_over(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await desk.hand_over(actor, deal_id, forms.build(HandOver, typed))
    except Invalid as error:
        return await _hand_over_page(request, deal_id, errors=error.fields, values=typed, status=422)
    said = Text("Đã bàn giao. Người nhận được báo qua thư.", "Handed over. Your colleague is told by mail.")
    return redirect(f"/deals/{deal_id}/tasks", ("success", said), locale=actor.locale)
