"""The page of the first estimate: ten questions, the range, and what would narrow it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Invalid, NotFound, TooMany
from app.kit.text import Text
from app.listings import ListingView, listings
from app.valuations import estimating, present, wording
from app.valuations.answers import QUESTIONS, Answers
from app.valuations.controls import Control
from app.valuations.estimating import CURRENCY, FirstEstimateView
from app.valuations.methods.base import Unit
from app.valuations.typed import read_number
from app.web import csrf, formats, forms
from app.web.actor import client_address, page_actor
from app.web.templating import render

router = APIRouter(dependencies=[Depends(csrf.protect)])
MOST_YEARS = 20


def _control(key: str, typed: dict[str, Any], locale: str) -> Control:
    q = QUESTIONS[key]
    options = [(o.value, o.en if locale == "en" else o.vi) for o in estimating.options_of(key, q)]
    unit = {Unit.money: "₫", Unit.rate: "%", Unit.years: wording.UNITS[Unit.years].get(locale)}.get(q.unit, "")
    if key == "trl":
        options = [(str(n), f"TRL {n}") for n in range(1, 10)]
    return Control(
        name=key,
        kind="choice" if options else "number",
        label=q.label.get(locale),
        hint=q.hint.get(locale),
        required=False,
        value=typed.get(key, "") or "",
        unit=unit,
        money=q.unit is Unit.money,
        options=options,
    )


def _answers(typed: dict[str, Any]) -> Answers:
    """Invalid names each question whose answer does not fit."""
    given = {k: typed[k] for k in QUESTIONS if typed.get(k) not in (None, "")}
    return forms.build(Answers, {k: read_number(v, QUESTIONS[k].unit) for k, v in given.items()})


def _left(rights: list[Any], today: date) -> int | None:
    """Whole years of protection left, of the right that lasts longest; None where none tells its end."""
    ends = [r.expires for r in rights if r.expires is not None]
    return min(MOST_YEARS, max(0, (max(ends) - today).days // 365)) if ends else None


def known_of(view: ListingView) -> dict[str, Any]:
    """What a listing already answers, as the form holds it."""
    c = view.content
    years = _left(c.rights, clock.today())
    offer = c.offers[0] if c.offers else None
    found = {
        "trl": str(c.trl) if c.trl else None,
        "ip_years": str(years) if years is not None else None,
        "exclusivity": offer.exclusivity.value if offer else None,
    }
    return {k: v for k, v in found.items() if v is not None}


async def _listing(actor: Actor, given: str | None) -> ListingView | None:
    """The listing the seller came from; none where the address names nothing this person may see."""
    try:
        return await listings.read(actor, UUID(given)) if given else None
    except (ValueError, NotFound):
        return None


def _shown(view: FirstEstimateView, locale: str) -> dict[str, Any]:
    def money(number: Any) -> str:
        return present.shown(number.exact, Unit.money, CURRENCY, locale) if number else ""

    def brief(number: Any) -> str:
        return formats.money_short(int(number.rounded), locale) if number else ""

    def words(item: Any) -> str:
        return str(item.en if locale == "en" else item.vi)

    bars = [
        (words(p), f"{money(p.low)} … {money(p.high)}", p.low.exact, p.high.exact)
        for p in view.parts
        if p.low and p.high
    ]
    return {
        "view": view,
        # To the digits an estimate can bear; the parts below tell every đồng.
        **{f"{k}_short": brief(getattr(view, k)) for k in ("low", "mid", "high")},
        "chart": present.spans(bars) if bars else None,
        "parts": [
            {
                "name": words(p),
                "approach": wording.APPROACHES[p.approach].get(locale),
                "weight": present.shown(p.weight, Unit.rate, CURRENCY, locale),
                "why": p.why_en if locale == "en" else p.why_vi,
                "method": p.method,
                "low": money(p.low),
                "mid": money(p.mid),
                "high": money(p.high),
            }
            for p in view.parts
        ],
        "assumptions": [
            {
                "name": words(a),
                "declared": a.origin == "declared",
                "figures": [present.shown(x, a.unit, CURRENCY, locale) for x in (a.bad, a.mid, a.good)],
            }
            for a in view.assumptions
        ],
        "narrowing": [
            {
                "key": n.question,
                "name": words(n),
                "answered": n.answered,
                "by": present.shown(f"{float(n.by):.2f}", Unit.rate, CURRENCY, locale),
            }
            for n in view.narrowing
            if float(n.by) >= 0.01
        ],
        "missing": [(k, QUESTIONS[k].label.get(locale)) for k in view.missing],
    }


async def _page(
    request: Request,
    typed: dict[str, Any],
    *,
    view: FirstEstimateView | None = None,
    errors: dict[str, Text] | None = None,
    refused: Text | None = None,
    status: int = 200,
) -> Response:
    actor = await page_actor(request)
    locale = actor.locale
    given = typed.get("listing")
    listing = await _listing(actor, given if isinstance(given, str) else None)
    context = {
        "controls": [_control(k, typed, locale) for k in QUESTIONS],
        "errors": errors or {},
        "labels": {k: q.label.get(locale) for k, q in QUESTIONS.items()},
        "refused": refused,
        "found": _shown(view, locale) if view else None,
        "listing": listing,
        "may_edit": listing is not None and "edit" in listing.actions,
        "said": wording.REFERENCE,
    }
    headers = {"Retry-After": "60"} if status == 429 else None
    return await render(request, "valuations/first_estimate.html", context, status=status, headers=headers)


@router.get("/valuations/first-estimate")
async def page_first_estimate(request: Request) -> Response:
    """The questions; `?listing=` answers those that the listing already tells."""
    actor = await page_actor(request)
    given = request.query_params.get("listing")
    listing = await _listing(actor, given)
    typed = {"listing": given, **known_of(listing)} if listing else {}
    return await _page(request, typed)


@router.post("/valuations/first-estimate")
async def page_make_first_estimate(request: Request) -> Response:
    """The range under the answers; a script asking while somebody types gets no refusal for what is half typed."""
    actor = await page_actor(request)
    typed = await forms.form_data(request)
    live = request.headers.get("hx-request") == "true"
    try:
        answers = _answers(typed)
        view = await estimating.first_estimate(actor, answers, address=client_address(request))
    except Invalid as error:
        return await _page(request, typed, errors=error.fields, status=200 if live else 422)
    except TooMany as error:
        return await _page(request, typed, refused=error.text, status=200 if live else 429)
    return await _page(request, typed, view=view)
