"""HTML routes of matching: the matches of a need, of a technology, of an organisation; the radar; brokers; weights."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from app.deals import REASONS
from app.kit.actor import Actor
from app.kit.errors import Invalid
from app.kit.text import Text
from app.listings import listings
from app.matching.policy import ASKER, OWNER
from app.matching.schemas import NAMES, DismissMatch, DraftWeights, MatchView, RadarCell
from app.matching.scoring import Component
from app.matching.service import K, matching
from app.matching.weighing import weighing
from app.matching.workflow import SIDE, WEIGHTS
from app.needs import needs
from app.web import csrf, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])
# A version's number is a small one; what is larger would not fit its column.
Version = Annotated[int, Path(ge=1, le=32_767)]
SAID: dict[str, Text] = {
    "invited": Text("Đã ghi nhận. Bên cung cấp được mời gửi đề xuất.", "Noted. The supplier is invited to propose."),
    "dismiss": Text("Đã ghi nhận lý do.", "Your reason is noted."),
    "enforce": Text("Đã áp dụng; các nhu cầu đang mở được tính lại.", "In force; open needs are looked at again."),
    "discard": Text("Đã bỏ bản nháp.", "The draft is discarded."),
}


def _cards(actor: Actor) -> dict[str, Any]:
    """What every list of matches needs besides its rows."""
    return {"reasons": [(r.value, r.label.get(actor.locale)) for r in REASONS], "states": SIDE.states}


@router.get("/needs/{need_id}/matches")
async def page_need_matches(request: Request, need_id: UUID) -> Response:
    actor = await signed_in(request)
    found = await matching.of_need(actor, need_id)
    view = await needs.read(actor, need_id)
    return await render(request, "matching/need.html", {"view": view, "found": found, **_cards(actor)})


@router.get("/listings/{listing_id}/matches")
async def page_listing_matches(request: Request, listing_id: UUID) -> Response:
    actor = await signed_in(request)
    found = await matching.of_listing(actor, listing_id)
    context = {
        "card": (await listings.read(actor, listing_id)).card,
        "found": found,
        "why": await matching.reasons(actor, listing_id),
        "least": K,
        **_cards(actor),
    }
    return await render(request, "matching/listing.html", context)


@router.get("/my/matches")
async def page_own_matches(request: Request) -> Response:
    """What has not been answered yet, for both roles an organisation may have."""
    actor = await signed_in(request)
    context = {
        "for_needs": (await matching.own(actor, ASKER)).items,
        "for_listings": (await matching.own(actor, OWNER)).items,
        **_cards(actor),
    }
    return await render(request, "matching/own.html", context)


async def _match_page(
    request: Request, actor: Actor, view: MatchView, errors: dict[str, Text] | None = None, status: int = 200
) -> Response:
    context = {"m": view, "errors": errors or {}, **_cards(actor)}
    return await render(request, "matching/match.html", context, status=status)


@router.get("/matches/{match_id}")
async def page_match(request: Request, match_id: UUID) -> Response:
    actor = await signed_in(request)
    return await _match_page(request, actor, await matching.read(actor, match_id))


def _list_of(view: MatchView) -> str:
    return f"/needs/{view.need.id}/matches" if view.side == ASKER else f"/listings/{view.listing.id}/matches"


@router.post("/matches/{match_id}/interest")
async def page_interest_match(request: Request, match_id: UUID) -> Response:
    """The asker goes back to the list; the owner goes on to the proposal, with this technology chosen."""
    actor = await signed_in(request)
    view = await matching.interest(actor, match_id)
    if view.side == OWNER and actor.can_manage:
        return redirect(f"/needs/{view.need.id}/propose?listing={view.listing.id}")
    said = SAID["invited"] if view.side == ASKER else SAID["dismiss"]
    return redirect(_list_of(view), ("success", said), locale=actor.locale)


@router.post("/matches/{match_id}/dismiss")
async def page_dismiss_match(request: Request, match_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        view = await matching.dismiss(actor, match_id, forms.build(DismissMatch, typed))
    except Invalid as error:
        return await _match_page(request, actor, await matching.read(actor, match_id), error.fields, 422)
    return redirect(_list_of(view), ("success", SAID["dismiss"]), locale=actor.locale)


# --- brokers, operator, Department ---


@router.get("/broker/matches")
async def page_broker_matches(request: Request) -> Response:
    actor = await signed_in(request)
    return await render(request, "matching/broker.html", {"items": (await matching.queue(actor)).items})


SPANS = (("1-3", "TRL 1–3"), ("4-6", "TRL 4–6"), ("7-9", "TRL 7–9"), ("", ""))


def _grid(cells: list[RadarCell]) -> list[dict[str, Any]]:
    """Fields x spans of TRL, the field with most unmet needs first."""
    by_field: dict[str, dict[str, RadarCell]] = {}
    for c in cells:
        by_field.setdefault(c.field, {})[c.trl] = c
    rows = [
        {
            "field": field, "cells": [found.get(key) for key, _ in SPANS],
            "needs": sum(c.needs for c in found.values()), "unmet": sum(c.unmet for c in found.values()),
        }
        for field, found in by_field.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (-r["unmet"], -r["needs"], r["field"]))


@router.get("/matching/radar")
async def page_matching_radar(request: Request) -> Response:
    actor = await signed_in(request)
    radar = await matching.radar(actor)
    context = {"radar": radar, "rows": _grid(radar.cells), "spans": [label for _, label in SPANS], "least": K}
    return await render(request, "matching/radar.html", context)


async def _weights_page(
    request: Request,
    actor: Actor,
    *,
    typed: dict[str, Any] | None = None,
    errors: dict[str, Text] | None = None,
    status: int = 200,
) -> Response:
    found = (await weighing.versions(actor)).items
    now = next(v for v in found if v.status == "in_force")
    values = typed or {k: f"{v * 100:f}".rstrip("0").rstrip(".") for k, v in now.shares.items()}
    context = {
        "versions": found, "now": now, "values": values, "errors": errors or {}, "states": WEIGHTS.states,
        "components": [(c.value, NAMES[c].get(actor.locale)) for c in Component],
    }  # fmt: skip
    return await render(request, "matching/weights.html", context, status=status)


@router.get("/matching/weights")
async def page_matching_weights(request: Request) -> Response:
    return await _weights_page(request, await signed_in(request))


@router.post("/matching/weights")
async def page_draft_weights(request: Request) -> Response:
    """A draft, then what it would change; on errors what was typed stays."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        version = await weighing.draft(actor, forms.build(DraftWeights, typed))
    except Invalid as error:
        return await _weights_page(request, actor, typed=typed, errors=error.fields, status=422)
    return redirect(f"/matching/weights/{version}")


@router.get("/matching/weights/{version}")
async def page_preview_weights(request: Request, version: Version) -> Response:
    actor = await signed_in(request)
    preview = await weighing.preview(actor, version)
    found = (await weighing.versions(actor)).items
    context = {
        "preview": preview,
        "chosen": next(v for v in found if v.version == version),
        "now": next(v for v in found if v.status == "in_force"),
        "states": WEIGHTS.states,
        "components": [(c.value, NAMES[c].get(actor.locale)) for c in Component],
    }
    return await render(request, "matching/preview.html", context)


@router.post("/matching/weights/{version}/enforce")
async def page_enforce_weights(request: Request, version: Version) -> Response:
    actor = await signed_in(request)
    await weighing.enforce(actor, version)
    return redirect("/matching/weights", ("success", SAID["enforce"]), locale=actor.locale)


@router.post("/matching/weights/{version}/discard")
async def page_discard_weights(request: Request, version: Version) -> Response:
    actor = await signed_in(request)
    await weighing.discard(actor, version)
    return redirect("/matching/weights", ("success", SAID["discard"]), locale=actor.locale)
