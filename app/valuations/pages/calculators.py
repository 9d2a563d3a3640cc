"""Pages of the calculators: the list by approach, and a form with its result for every method."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from app import reference
from app.kit import clock
from app.kit.errors import Invalid, TooMany
from app.kit.money import EXPONENTS
from app.kit.text import Text
from app.valuations import calculators, canonical, controls, present, wording
from app.valuations.calculators import CalculationView
from app.valuations.methods.base import Approach
from app.valuations.parts import Asset, Calculation, Paper
from app.valuations.shapes import shapes
from app.valuations.typed import read, write
from app.web import csrf, forms
from app.web.actor import client_address, page_actor
from app.web.templating import render

router = APIRouter(dependencies=[Depends(csrf.protect)])
ROYALTY_FIELDS = ("royalty", "royalty_rate")
PURPOSE = Text("Tham khảo", "Reference")


@router.get("/valuations/calculators")
async def page_calculators(request: Request) -> Response:
    """Every method by approach: what it is for, when to use it, and where its legal name misleads."""
    found = calculators.methods().items
    groups = [
        {"key": a.value, "title": t, "when": wording.WHEN[a], "items": [m for m in found if m.approach is a]}
        for a, t in wording.APPROACHES.items()
    ]
    context = {
        "groups": [g for g in groups if g["items"]],
        "traps": [m for m in found if m.caution_vi],
        "said": wording.REFERENCE,
    }
    return await render(request, "valuations/calculators.html", context)


def paper_of(view: CalculationView, locale: str) -> str:
    """The calculation as the file that `santex valuate` takes."""
    m = calculators.method_named(view.method)
    name = Text(m.vi, m.en).get(locale)
    paper = Paper(
        asset=Asset(name=name),
        purpose=PURPOSE.get(locale),
        value_date=clock.today(),
        currency=view.currency,
        calculations=(Calculation(key=view.method, method=view.method, title=name, inputs=view.inputs),),
    )
    return json.dumps(canonical.plain(paper), ensure_ascii=False, indent=1)


def _result(view: CalculationView, locale: str) -> dict[str, Any]:
    def show(number: Any) -> str:
        return present.shown(number.exact, view.unit, view.currency, locale) if number else ""

    return {
        "view": view,
        "value": show(view.value),
        "low": show(view.low),
        "high": show(view.high),
        "figures": [
            (f.en if locale == "en" else f.vi, present.shown(f.exact, f.unit, view.currency, locale))
            for f in view.figures
        ],
        "tables": [present.table_of(s, view, locale) for s in view.schedules],
        "chart": present.chart_of(view, locale),
        "notes": [n.en if locale == "en" else n.vi for n in view.notes],
        "json": paper_of(view, locale),
    }


def _royalties(names: set[str]) -> tuple[reference.Royalty, ...]:
    return reference.royalties() if names & set(ROYALTY_FIELDS) else ()


async def _page(
    request: Request,
    name: str,
    typed: dict[str, Any],
    currency: str,
    *,
    view: CalculationView | None = None,
    errors: dict[str, Text] | None = None,
    refused: Text | None = None,
    spare: str = "",
    blank: bool = False,
    status: int = 200,
) -> Response:
    actor = await page_actor(request)
    locale, m = actor.locale, calculators.method_named(name)
    fields = shapes(m.inputs)
    wrong = controls.placed(fields, errors or {}, read(fields, typed))
    context = {
        "method": m,
        "name": Text(m.vi, m.en),
        "about": Text(m.about_vi, m.about_en),
        "caution": wording.TRAPS.get(name),
        "approach": wording.APPROACHES[m.approach],
        "is_tool": m.approach is Approach.tool,
        "controls": controls.controls(fields, typed, currency, locale, spare=spare, blank=blank),
        "currency": currency,
        "currencies": [(c, c) for c in EXPONENTS],
        "errors": wrong,
        "labels": controls.labels(fields, wrong, locale),
        "refused": refused,
        "result": _result(view, locale) if view else None,
        "royalties": _royalties({f.name for f in fields}),
        "said": wording.REFERENCE,
        "api": f"/api/v1/valuation-methods/{name}",
    }
    headers = {"Retry-After": "60"} if status == 429 else None
    return await render(request, "valuations/calculator.html", context, status=status, headers=headers)


@router.get("/valuations/calculators/{method}")
async def page_calculator(request: Request, method: str, example: bool = False) -> Response:
    """The empty form; with `?example=1` the method's own example and its result."""
    m = calculators.method_named(method)
    if not example:
        return await _page(request, method, {}, "VND", blank=True)
    actor = await page_actor(request)
    raw = calculators.method(method).example
    typed = write(shapes(m.inputs), raw, actor.locale)
    view = await calculators.calculate(actor, method, raw, address=client_address(request))
    return await _page(request, method, typed, "VND", view=view)


@router.post("/valuations/calculators/{method}")
async def page_calculate(request: Request, method: str) -> Response:
    """The result under what was typed. Asked for by a script while somebody types, what is still missing is no
    refusal; `add` asks for one more row."""
    actor = await page_actor(request)
    m = calculators.method_named(method)
    typed = await forms.form_data(request)
    currency = typed.pop("currency", "") or "VND"
    spare = str(typed.pop("add", ""))
    live = request.headers.get("hx-request") == "true"
    if not isinstance(currency, str) or currency not in EXPONENTS:
        currency = "VND"
    if spare:
        return await _page(request, method, typed, currency, spare=spare)
    try:
        raw = read(shapes(m.inputs), typed)
        view = await calculators.calculate(actor, method, raw, currency, address=client_address(request))
    except Invalid as error:
        return await _page(request, method, typed, currency, errors=error.fields, status=200 if live else 422)
    except TooMany as error:
        return await _page(request, method, typed, currency, refused=error.text, status=200 if live else 429)
    return await _page(request, method, typed, currency, view=view)
