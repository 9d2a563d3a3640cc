"""HTML routes of the statistics."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app import reference
from app.accounts import OrganisationKind
from app.deals import DEAL, LEVEL_LABELS
from app.kit import clock
from app.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.text import Text
from app.listings import LISTING
from app.outcomes import LEAST
from app.statistics.schemas import DEFINITIONS, Filters, Report, Row
from app.statistics.service import statistics
from app.web import forms, tables
from app.web.actor import page_actor
from app.web.templating import render

router = APIRouter()
COLUMNS = ("listings", "interests", "offers", "agreements", "contracts", "value")
GROUP_TITLES = {
    "by_field": Text("Theo lĩnh vực khoa học", "By field of science"),
    "by_priority": Text("Theo lĩnh vực ưu tiên", "By priority field"),
    "by_owner_kind": Text("Theo loại bên chào bán", "By kind of owner"),
    "by_province": Text("Theo tỉnh, thành phố", "By province"),
}
MEDIANS = {
    "interest_to_offer": Text("Từ quan tâm đến đề nghị", "Interest to offer"),
    "offer_to_agreement": Text("Từ đề nghị đến thống nhất", "Offer to agreement"),
    "agreement_to_contract": Text("Từ thống nhất đến hợp đồng", "Agreement to contract"),
}
LEVELS = {level.value: label for level, label in LEVEL_LABELS.items()}
PARAMETER = {"by_field": "field", "by_priority": "priority", "by_owner_kind": "owner_kind", "by_province": "province"}


def _filters(request: Request) -> tuple[Filters, dict[str, Text]]:
    """The filters, or none of them with what is wrong."""
    try:
        return forms.build(Filters, dict(request.query_params)), {}
    except Invalid as error:
        return Filters(), error.fields


def _door(figure: str, filters: Filters, **more: str) -> str:
    """The address of exactly the rows behind a figure."""
    query = urlencode({**filters.query(), **more})
    if figure == "listings":
        return f"/statistics/listings?{query}"
    return f"/statistics/deals?{urlencode({'figure': figure})}&{query}".rstrip("&")


def _table(name: str, rows: list[Row], filters: Filters, locale: str) -> dict[str, Any]:
    parameter = PARAMETER[name]
    return {
        "name": name,
        "title": GROUP_TITLES[name].get(locale),
        "rows": [
            {
                "label": r.label.get(locale),
                "cells": [
                    {
                        "figure": c,
                        "value": getattr(r, c),
                        "url": _door(c, filters, **{parameter: r.key}) if r.key else "",
                    }
                    for c in COLUMNS
                ],
            }
            for r in rows
        ],
    }


@router.get("/statistics")
async def page_statistics(request: Request) -> Response:
    """Figures with definition, level and as-of; each a door to its deals."""
    actor = await page_actor(request)
    filters, errors = _filters(request)
    report = await statistics.report(actor, filters)
    locale = actor.locale
    year = clock.today().year
    context = {
        "report": report,
        "filters": filters,
        "errors": errors,
        "figures": [
            {
                "key": f.key,
                "label": f.definition.label.get(locale),
                "value": f.value,
                "definition": f.definition.text.get(locale),
                "level": LEVELS.get(f.definition.level) if f.definition.level is not None else None,
                "url": _door(f.key, filters),
                "spark": [getattr(m, f.key, 0) for m in report.months][-12:]
                if f.key not in ("offers", "declines")
                else [],
            }
            for f in report.figures
        ],
        "tables": [_table(n, getattr(report, n), filters, locale) for n in GROUP_TITLES],
        "columns": [(c, DEFINITIONS[c].label.get(locale)) for c in COLUMNS],
        "years": [(str(y), str(y)) for y in range(year, year - 6, -1)],
        "months_options": [(str(m), str(m)) for m in range(1, 13)],
        "least_organisations": LEAST,
        "reason_items": [{"label": r.label.get(locale), "value": r.count} for r in report.reasons],
        "median_items": [(MEDIANS[k].get(locale), v) for k, v in report.median_days.items()],
        "fields": [(c, f"{c} {f.name.get(locale)}") for c, f in reference.fields().items()],
        "priorities": [(c, n.get(locale)) for c, n in reference.priorities().items()],
        "kinds": [(k.value, k.label.get(locale)) for k in OrganisationKind],
        "provinces": [(str(p.code), p.name.get(locale)) for p in reference.provinces()],
        "patents_url": f"/statistics/patents?{urlencode(filters.query())}",
        "csv_query": urlencode(filters.query()),
        "share": round(100 * report.patents_exploited / report.patents_granted, 1) if report.patents_granted else None,
    }
    return await render(request, "statistics/report.html", context, status=422 if errors else 200)


@router.get("/statistics/deals")
async def page_statistics_deals(request: Request) -> Response:
    actor = await page_actor(request)
    filters = forms.build(Filters, dict(request.query_params))
    figure = request.query_params.get("figure", "interests")
    found = await statistics.deals(actor, figure, filters)
    context = {
        "definition": DEFINITIONS[figure],
        "found": found,
        "states": DEAL.states,
        "back": f"/statistics?{urlencode(filters.query())}",
        "as_of": clock.now(),
    }
    return await render(request, "statistics/deals.html", context)


@router.get("/statistics/listings")
async def page_statistics_listings(request: Request) -> Response:
    actor = await page_actor(request)
    filters = forms.build(Filters, dict(request.query_params))
    context = {
        "definition": DEFINITIONS["listings"],
        "found": await statistics.listings(actor, filters),
        "states": LISTING.states,
        "back": f"/statistics?{urlencode(filters.query())}",
        "as_of": clock.now(),
    }
    return await render(request, "statistics/listings.html", context)


@router.get("/statistics/patents")
async def page_statistics_patents(request: Request) -> Response:
    """City indicator 10, patent by patent."""
    actor = await page_actor(request)
    filters = forms.build(Filters, dict(request.query_params))
    found = await statistics.patents(actor, filters)
    context = {"found": found, "back": f"/statistics?{urlencode(filters.query())}", "as_of": clock.now()}
    return await render(request, "statistics/patents.html", context)


@router.get("/statistics/public")
async def page_statistics_public(request: Request) -> Response:
    return await render(request, "statistics/public.html", {"report": await statistics.public()})


def _csv(report: Report, name: str, locale: str) -> bytes:
    if name == "months":
        header = ["month", "listings", "interests", "agreements", "contracts", "value_vnd"]
        return tables.table(
            header, [[m.month, m.listings, m.interests, m.agreements, m.contracts, m.value] for m in report.months]
        )
    rows: list[Row] = getattr(report, name)
    header = ["code", "name", *(c if c != "value" else "value_vnd" for c in COLUMNS)]
    return tables.table(header, [[r.key, r.label.get(locale), *(getattr(r, c) for c in COLUMNS)] for r in rows])


@router.get("/statistics/tables/{name}.csv")
async def page_statistics_csv(request: Request, name: str) -> Response:
    """A table of the page as CSV, under the page's filters."""
    actor = await page_actor(request)
    if actor.anonymous:
        raise Unauthenticated
    if not (actor.is_department or actor.is_operator):
        raise Forbidden
    if name not in (*GROUP_TITLES, "months"):
        raise NotFound
    filters = forms.build(Filters, dict(request.query_params))
    body = _csv(await statistics.report(actor, filters), name, actor.locale)
    headers = {"Content-Disposition": f'attachment; filename="santex-{name}.csv"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)
