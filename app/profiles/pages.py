"""HTML routes of profiles and campaigns."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app import reference
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.kit.text import Text
from app.profiles import policy
from app.profiles.schemas import Dates, InviteEnterprises, PlanCampaign, ProfileView, SaveProfile
from app.profiles.service import YEARS_BACK, profiles
from app.profiles.survey import campaigns
from app.profiles.workflow import CAMPAIGN, PROFILE
from app.web import csrf, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])
SECTOR = "sector"
SAID: dict[str, Text] = {
    "declare": Text("Đã khai hồ sơ.", "The profile is declared."),
    "reopen": Text("Đã mở lại bản nháp.", "Reopened as a draft."),
    "open": Text("Đã mở đợt khảo sát; thư mời đang được gửi.", "Open; the invitations are on their way."),
    "close": Text("Đã đóng đợt khảo sát và khóa các hồ sơ đã khai.", "Closed; what was declared is locked."),
    "withdraw": Text("Đã hủy đợt khảo sát.", "Withdrawn."),
    "reschedule": Text("Đã đổi ngày.", "The dates are changed."),
    "save": Text("Đã lưu.", "Saved."),
    "plan": Text("Đã lên lịch đợt khảo sát.", "The campaign is planned."),
}


def _sections(locale: str) -> list[tuple[str, str]]:
    return [(c, f"{c} {n.get(locale)}") for c, n in reference.industries().items()]


# --- the enterprise's side ---


@router.get("/account/profile")
async def page_profiles(request: Request) -> Response:
    """What it is for, the years, and who asks."""
    actor = await signed_in(request)
    asked = policy.is_enterprise(actor)
    found = await profiles.years(actor) if asked else None
    year = clock.today().year
    context = {
        "asked": asked,
        "found": found,
        "declared": {p.year for p in found.items if p.status != "draft"} if found else set(),
        "this_year": year,
        "current": await profiles.own(actor, year) if asked else None,
        "questionnaire": profiles.questionnaire(),
        "states": PROFILE.states,
        "may_edit": policy.may_edit(actor),
    }
    return await render(request, "profiles/own.html", context)


@router.get("/account/profile/{year}")
async def page_profile(request: Request, year: int) -> Response:
    """The whole of a year on one sheet, to check, declare and print."""
    actor = await signed_in(request)
    return await _sheet(request, await profiles.own(actor, year))


async def _sheet(
    request: Request, view: ProfileView, *, errors: dict[str, Text] | None = None, notice: Text | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    context = {
        "view": view,
        "state": PROFILE.states[view.status],
        "states": PROFILE.states,
        "own": True,
        "campaign": view.campaign,
        "errors": errors or {},
        "notice_text": notice,
        "moves": _moves(view),
    }
    return await render(request, "profiles/sheet.html", context, status=status)


def _moves(view: ProfileView) -> list[dict[str, Any]]:
    begun = Text("Bắt đầu hồ sơ", "Begun")
    labels = {key: t.label for key, t in PROFILE.transitions.items()}
    return [{"at": m.at, "who": m.who, "text": labels.get(m.action, begun)} for m in view.history]


@router.get("/account/profile/{year}/edit/{step}")
async def page_edit_profile(request: Request, year: int, step: str) -> Response:
    actor, view = await _editing(request, year, step)
    return await _step_page(request, actor, view, step)


async def _editing(request: Request, year: int, step: str) -> tuple[Actor, ProfileView]:
    actor = await signed_in(request)
    view = await profiles.own(actor, year)
    if step not in _steps(view):
        raise NotFound
    if not policy.may_edit(actor):
        raise Forbidden
    return actor, view


def _steps(view: ProfileView) -> list[str]:
    return [SECTOR, *(g.code for g in view.questionnaire.groups)]


async def _step_page(
    request: Request,
    actor: Actor,
    view: ProfileView,
    step: str,
    *,
    typed: dict[str, Any] | None = None,
    errors: dict[str, Text] | None = None,
    notice: Text | None = None,
    status: int = 200,
) -> Response:
    order = _steps(view)
    groups = {g.code: g for g in view.questionnaire.groups}
    titles = {SECTOR: Text("Ngành", "Sector"), **{c: g.name for c, g in groups.items()}}
    done = {SECTOR: view.section is not None, **{c: g.complete for c, g in groups.items()}}
    base = f"/account/profile/{view.year}/edit"
    context = {
        "view": view,
        "step": step,
        "title": titles[step],
        "group": groups.get(step),
        "steps": [
            {
                "label": titles[s].get(actor.locale) if s == SECTOR else f"{s} · {titles[s].get(actor.locale)}",
                "url": f"{base}/{s}",
                "state": "current" if s == step else "done" if done[s] else "todo",
            }
            for s in order
        ],
        "previous": order[order.index(step) - 1] if step != SECTOR else None,
        "editable": view.status == "draft",
        "values": _typed_values(view, typed),
        "errors": errors or {},
        "notice_text": notice,
        "sections": _sections(actor.locale),
        "years": [(str(y), str(y)) for y in range(view.year, view.year - YEARS_BACK - 1, -1)],
    }
    return await render(request, "profiles/edit.html", context, status=status)


def _typed_values(view: ProfileView, typed: dict[str, Any] | None) -> dict[str, Any]:
    """What stands in the fields: what was typed where something was, else what is kept."""
    typed = typed or {}
    found: dict[str, Any] = {k: typed.get(k, getattr(view, k)) for k in ("section", "division")}
    sent = typed.get("answers")
    sent = sent if isinstance(sent, dict) else {}
    for group in view.questionnaire.groups:
        for c in group.criteria:
            kept = {"value": "", "year": str(view.year), "note": ""}
            if c.answer:
                value = c.answer.option if c.answer.number is None else f"{c.answer.number:f}"
                kept = {"value": value or "", "year": str(c.answer.year), "note": c.answer.note or ""}
            now = sent.get(c.code)
            found[c.code] = kept | ({k: v for k, v in now.items() if k in kept} if isinstance(now, dict) else {})
    return found


@router.post("/account/profile/{year}/edit/{step}")
async def page_save_profile(request: Request, year: int, step: str) -> Response:
    actor, view = await _editing(request, year, step)
    typed = await forms.form_data(request)
    try:
        await profiles.save(actor, year, forms.build(SaveProfile, typed))
    except Invalid as error:
        return await _step_page(request, actor, view, step, typed=typed, errors=error.fields, status=422)
    except Conflict as error:
        return await _step_page(request, actor, view, step, typed=typed, notice=error.text, status=409)
    order = _steps(view)
    following = order[order.index(step) + 1] if step != order[-1] else None
    target = f"/edit/{step}" if typed.get("then") == "stay" else f"/edit/{following}" if following else ""
    return redirect(f"/account/profile/{year}{target}", ("success", SAID["save"]), locale=actor.locale)


@router.post("/account/profile/{year}/edit/{step}/autosave")
async def page_autosave_profile(request: Request, year: int, step: str) -> Response:
    actor, _ = await _editing(request, year, step)
    await profiles.save(actor, year, forms.build(SaveProfile, await forms.form_data(request)))
    return Response(status_code=204)


@router.post("/account/profile/{year}/declare")
async def page_declare_profile(request: Request, year: int) -> Response:
    actor = await signed_in(request)
    try:
        await profiles.declare(actor, year)
    except Invalid as error:
        view = await profiles.own(actor, year)
        return await _sheet(request, view, errors=error.fields, notice=error.text, status=422)
    except Conflict as error:
        return await _sheet(request, await profiles.own(actor, year), notice=error.text, status=409)
    return redirect(f"/account/profile/{year}", ("success", SAID["declare"]), locale=actor.locale)


@router.post("/account/profile/{year}/reopen")
async def page_reopen_profile(request: Request, year: int) -> Response:
    actor = await signed_in(request)
    try:
        await profiles.reopen(actor, year)
    except Conflict as error:
        return await _sheet(request, await profiles.own(actor, year), notice=error.text, status=409)
    return redirect(f"/account/profile/{year}", ("success", SAID["reopen"]), locale=actor.locale)


# --- the Department's side ---


@router.get("/campaigns")
async def page_campaigns(request: Request) -> Response:
    actor = await signed_in(request)
    return await _calendar(request, actor)


async def _calendar(
    request: Request, actor: Actor, *, typed: dict[str, Any] | None = None, errors: dict[str, Text] | None = None,
    notice: Text | None = None, status: int = 200,
) -> Response:  # fmt: skip
    found = await campaigns.calendar(actor)
    year = clock.today().year
    context = {
        "items": found.items,
        "states": CAMPAIGN.states,
        "sections": _sections(actor.locale),
        "years": [(str(y), str(y)) for y in (year, year + 1)],
        "values": {"year": str(year), "section": "C", "division": "", "opens_on": "", "closes_on": ""} | (typed or {}),
        "errors": errors or {},
        "notice_text": notice,
        "may_run": policy.may_run(actor),
    }
    return await render(request, "profiles/campaigns.html", context, status=status)


@router.post("/campaigns")
async def page_plan_campaign(request: Request) -> Response:
    actor = await signed_in(request)
    if not policy.may_run(actor):
        raise Forbidden
    typed = await forms.form_data(request)
    try:
        id_ = await campaigns.plan(actor, forms.build(PlanCampaign, typed))
    except Invalid as error:
        return await _calendar(request, actor, typed=typed, errors=error.fields, status=422)
    except Conflict as error:
        return await _calendar(request, actor, typed=typed, notice=error.text, status=409)
    return redirect(f"/campaigns/{id_}", ("success", SAID["plan"]), locale=actor.locale)


@router.get("/campaigns/{campaign_id}")
async def page_campaign(request: Request, campaign_id: UUID) -> Response:
    """Dates, progress, who takes part. An enterprise is led to what it may see of it."""
    actor = await signed_in(request)
    if not policy.is_staff(actor):
        await campaigns.read(actor, campaign_id)
        return redirect(f"/campaigns/{campaign_id}/comparison")
    return await _campaign(request, actor, campaign_id)


async def _campaign(
    request: Request, actor: Actor, campaign_id: UUID, *, typed: dict[str, Any] | None = None,
    errors: dict[str, Text] | None = None, notice: Text | None = None, status: int = 200,
) -> Response:  # fmt: skip
    view = await campaigns.read(actor, campaign_id)
    context = {
        "view": view,
        "state": CAMPAIGN.states[view.status],
        "profile_states": PROFILE.states,
        "transitions": CAMPAIGN.transitions,
        "values": {"opens_on": view.opens_on, "closes_on": view.closes_on, "tax_codes": ""} | (typed or {}),
        "errors": errors or {},
        "notice_text": notice,
    }
    return await render(request, "profiles/campaign.html", context, status=status)


async def _running(request: Request, campaign_id: UUID) -> Actor:
    """Visible (404) -> may run (403), before the form is looked at."""
    actor = await signed_in(request)
    await campaigns.read(actor, campaign_id)
    if not policy.may_run(actor):
        raise Forbidden
    return actor


@router.post("/campaigns/{campaign_id}/reschedule")
async def page_reschedule_campaign(request: Request, campaign_id: UUID) -> Response:
    actor = await _running(request, campaign_id)
    typed = await forms.form_data(request)
    try:
        await campaigns.reschedule(actor, campaign_id, forms.build(Dates, typed))
    except Invalid as error:
        return await _campaign(request, actor, campaign_id, typed=typed, errors=error.fields, status=422)
    except Conflict as error:
        return await _campaign(request, actor, campaign_id, notice=error.text, status=409)
    return redirect(f"/campaigns/{campaign_id}", ("success", SAID["reschedule"]), locale=actor.locale)


@router.post("/campaigns/{campaign_id}/invite")
async def page_invite_enterprises(request: Request, campaign_id: UUID) -> Response:
    """Invites those found; codes nobody has stay in the field, marked."""
    actor = await _running(request, campaign_id)
    typed = await forms.form_data(request)
    try:
        found = await campaigns.invite(actor, campaign_id, forms.build(InviteEnterprises, typed))
    except Invalid as error:
        return await _campaign(request, actor, campaign_id, typed=typed, errors=error.fields, status=422)
    except Conflict as error:
        return await _campaign(request, actor, campaign_id, notice=error.text, status=409)
    said = Text("Đã mời thêm {n} doanh nghiệp.", "{n} more invited.").format(n=found.invited)
    if found.unknown:
        none = Text("Chưa có doanh nghiệp nào trên sàn mang các mã này.", "No enterprise here has these codes.")
        left = {"tax_codes": "\n".join(found.unknown)}
        return await _campaign(
            request, actor, campaign_id, typed=left, errors={"tax_codes": none}, notice=said, status=422
        )
    return redirect(f"/campaigns/{campaign_id}", ("success", said), locale=actor.locale)


async def _take(request: Request, campaign_id: UUID, action: str) -> Response:
    actor = await _running(request, campaign_id)
    verbs = {"open": campaigns.open, "close": campaigns.close, "withdraw": campaigns.withdraw}
    try:
        await verbs[action](actor, campaign_id)
    except Conflict as error:
        return await _campaign(request, actor, campaign_id, notice=error.text, status=409)
    return redirect(f"/campaigns/{campaign_id}", ("success", SAID[action]), locale=actor.locale)


@router.post("/campaigns/{campaign_id}/open")
async def page_open_campaign(request: Request, campaign_id: UUID) -> Response:
    return await _take(request, campaign_id, "open")


@router.post("/campaigns/{campaign_id}/close")
async def page_close_campaign(request: Request, campaign_id: UUID) -> Response:
    return await _take(request, campaign_id, "close")


@router.post("/campaigns/{campaign_id}/withdraw")
async def page_withdraw_campaign(request: Request, campaign_id: UUID) -> Response:
    return await _take(request, campaign_id, "withdraw")


@router.get("/campaigns/{campaign_id}/profiles/{profile_id}")
async def page_campaign_profile(request: Request, campaign_id: UUID, profile_id: UUID) -> Response:
    """Answers of a profile in the campaign, as the enterprise gave them."""
    actor = await signed_in(request)
    view = await campaigns.profile(actor, campaign_id, profile_id)
    context = {
        "view": view, "state": PROFILE.states[view.status], "states": PROFILE.states, "own": False,
        "campaign": await campaigns.read(actor, campaign_id), "errors": {}, "notice_text": None,
        "moves": _moves(view),
    }  # fmt: skip
    return await render(request, "profiles/sheet.html", context)


@router.get("/campaigns/{campaign_id}/comparison")
async def page_comparison(request: Request, campaign_id: UUID) -> Response:
    """The sector's quartiles, and one's own place among them."""
    actor = await signed_in(request)
    view = await campaigns.comparison(actor, campaign_id)
    groups = [(g.code, g.name) for g in profiles.questionnaire().groups]
    if view.scored:
        groups.append(("total", Text("Tổng điểm", "Total points")))
    context = {
        "view": view,
        "groups": groups,
        "state": CAMPAIGN.states[view.campaign.status],
        "staff": policy.is_staff(actor),
    }
    return await render(request, "profiles/comparison.html", context)
