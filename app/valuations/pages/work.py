"""HTML routes of work sheets: the draft as a form per method, the second person's remarks, the submitted sheet."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.kit.actor import Actor
from app.kit.errors import Invalid
from app.kit.text import Text
from app.valuations.controls import controls, labels, placed
from app.valuations.methods import METHODS, Approach
from app.valuations.pages.filling import command_of, outcome_of, shown_of
from app.valuations.pages.showing import SAID
from app.valuations.parts import Origin
from app.valuations.schemas.commands import AddRemark, Submit, Why
from app.valuations.schemas.views import SheetView
from app.valuations.service import valuations
from app.valuations.shapes import shapes
from app.valuations.workflow import SHEET as STATES
from app.web import csrf, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])
SHEET = "/valuations/{valuation_id}/sheets/{version}"
ORIGINS = {
    Origin.declared: Text("Bên yêu cầu khai", "Declared"),
    Origin.registry: Text("Đăng ký, hồ sơ nhà nước", "Registry"),
    Origin.measured: Text("Đo đạc, sổ sách", "Measured"),
    Origin.assumed: Text("Giả định", "Assumed"),
}
_WEIGHTS = Text("Trọng số và tổng hợp", "Weights and synthesis")


def _methods(locale: str) -> list[tuple[str, str]]:
    """Methods that give an amount to be weighed: tools that feed others are left to the calculators."""
    return [(m.name, m.vi if locale == "vi" else m.en) for m in METHODS.values() if m.approach is not Approach.tool]


def _errors(view: SheetView, drafts: list[dict[str, Any]], errors: dict[str, Text]) -> dict[str, Text]:
    """Every error at the control that stands on the page."""
    made: dict[str, Text] = {}
    for name, said in errors.items():
        match = re.match(r"calculations\.(\d+)\.inputs\.(.+)$", name)
        at = int(match.group(1)) if match else -1
        if match and at < len(drafts) and drafts[at]["method"] in METHODS:
            fields = shapes(METHODS[drafts[at]["method"]].inputs)
            for place, text in placed(fields, {match.group(2): said}, drafts[at]["typed"]).items():
                made.setdefault(f"calculations.{at}.inputs.{place}", text)
        else:
            made.setdefault(name, said)
    return made


def _names(drafts: list[dict[str, Any]], errors: dict[str, Text], locale: str) -> dict[str, str]:
    """What the inputs in error are called."""
    made: dict[str, str] = {}
    for n, c in enumerate(drafts):
        prefix = f"calculations.{n}.inputs."
        if c["method"] in METHODS:
            own = {name.removeprefix(prefix): said for name, said in errors.items() if name.startswith(prefix)}
            found = labels(shapes(METHODS[c["method"]].inputs), own, locale)
            made |= {prefix + path: label for path, label in found.items()}
    return made


def _calculation(view: SheetView, n: int, c: dict[str, Any], locale: str, spare: str) -> dict[str, Any]:
    """One method's part of the page. `typed` stands in the fields as it was typed, or as the draft has it."""
    method = METHODS.get(c["method"])
    prefix = f"calculations.{n}.inputs."
    fields = shapes(method.inputs) if method else ()
    currency = view.paper.get("currency") or "VND"
    made = controls(fields, c["typed"], currency, locale, prefix=prefix, spare=spare, blank=not c["typed"])
    notes = {note["path"]: note for note in c["notes"]}
    return {
        "key": c["key"],
        "method": c["method"],
        "name": (method.vi if locale == "vi" else method.en) if method else c["method"],
        "about": (method.about_vi if locale == "vi" else method.about_en) if method else "",
        "title": c.get("title") or "",
        "controls": [(item, notes.get(item.key, {})) for item in made],
        "weight": c.get("weight", {}),
        "remarks": [r for r in view.remarks if r.calculation == c["key"]],
    }


async def _sheet_page(
    request: Request,
    actor: Actor,
    view: SheetView,
    *,
    typed: dict[str, Any] | None = None,
    errors: dict[str, Text] | None = None,
    spare: str = "",
    at: str = "",
    status: int = 200,
) -> Response:
    locale = actor.locale
    case = await valuations.read(actor, view.valuation_id)
    drafts = shown_of(view.paper, typed, locale)
    told = errors if errors is not None else {k: Text(v, v) for k, v in view.errors.items()}
    placed_ = _errors(view, drafts, told)
    context = {
        "view": view,
        "case": case,
        "state": STATES.states[view.status],
        "editable": "save" in view.actions,
        "calculations": [_calculation(view, n, c, locale, spare) for n, c in enumerate(drafts)],
        "methods": _methods(locale),
        "origins": [(o.value, t.get(locale)) for o, t in ORIGINS.items()],
        "papers": [(d.sha256, d.title) for d in view.documents],
        "outcome": outcome_of(view.outcome, case.amounts.currency, locale),
        "weights_title": _WEIGHTS.get(locale),
        "synthesis": (typed or {}).get("synthesis") or view.paper.get("synthesis") or {},
        "errors": placed_ if errors is not None else {},
        "lacking": placed_ if errors is None else {},
        "labels": _names(drafts, placed_, locale),
        "values": typed or {},
        "at": at,
    }
    return await render(request, "valuations/sheet.html", context, status=status)


@router.post("/valuations/{valuation_id}/sheets")
async def page_begin_valuation_sheet(request: Request, valuation_id: UUID) -> Response:
    actor = await signed_in(request)
    version = await valuations.begin_sheet(actor, valuation_id)
    return redirect(f"/valuations/{valuation_id}/sheets/{version}")


@router.get(SHEET)
async def page_valuation_sheet(request: Request, valuation_id: UUID, version: int) -> Response:
    actor = await signed_in(request)
    return await _sheet_page(request, actor, await valuations.sheet(actor, valuation_id, version))


@router.post(SHEET)
async def page_save_valuation_sheet(request: Request, valuation_id: UUID, version: int) -> Response:
    """Keep what was typed. `method` adds a calculation, `remove` takes one out, `add` gives a list one more row."""
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    view = await valuations.sheet(actor, valuation_id, version)
    try:
        command = command_of(typed, view.paper)
        revision = await valuations.save(actor, valuation_id, version, command)
        if typed.get("then") == "submit":
            await valuations.submit(actor, valuation_id, version, Submit(revision=revision))
            return redirect(f"/valuations/{valuation_id}", ("success", SAID["submit"]), locale=actor.locale)
    except Invalid as error:
        fresh = await valuations.sheet(actor, valuation_id, version)
        # What computes nowhere is told by the sheet itself; the page keeps what was typed where it was not saved.
        kept = typed if fresh.revision == view.revision else None
        return await _sheet_page(request, actor, fresh, typed=kept, errors=error.fields, status=422)
    if typed.get("add"):
        fresh = await valuations.sheet(actor, valuation_id, version)
        return await _sheet_page(request, actor, fresh, spare=str(typed["add"]))
    address = f"/valuations/{valuation_id}/sheets/{version}"
    return redirect(address, ("success", SAID["save"]), locale=actor.locale)


async def _then(
    request: Request, valuation_id: UUID, version: int, what: str, model: Any, verb: Any, *, back: str = ""
) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        await verb(actor, valuation_id, version, *([forms.build(model, typed)] if model else []))
    except Invalid as error:
        view = await valuations.sheet(actor, valuation_id, version)
        return await _sheet_page(request, actor, view, errors=error.fields, at=what, status=422)
    return redirect(f"/valuations/{valuation_id}{back}", ("success", SAID[what]), locale=actor.locale)


@router.post(SHEET + "/submit")
async def page_submit_valuation_sheet(request: Request, valuation_id: UUID, version: int) -> Response:
    return await _then(request, valuation_id, version, "submit", Submit, valuations.submit)


@router.post(SHEET + "/remarks")
async def page_remark_valuation_sheet(request: Request, valuation_id: UUID, version: int) -> Response:
    back = f"/sheets/{version}"
    return await _then(request, valuation_id, version, "remarks", AddRemark, valuations.remark, back=back)


@router.post(SHEET + "/return")
async def page_return_valuation_sheet(request: Request, valuation_id: UUID, version: int) -> Response:
    return await _then(request, valuation_id, version, "return", Why, valuations.send_back)


@router.post(SHEET + "/approve")
async def page_approve_valuation_sheet(request: Request, valuation_id: UUID, version: int) -> Response:
    return await _then(request, valuation_id, version, "approve", None, valuations.approve)
