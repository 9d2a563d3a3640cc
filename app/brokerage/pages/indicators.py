"""HTML routes of the indicators, and the same as a table to keep."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response

from app.brokerage import present
from app.brokerage.indicators import brokerage_indicators
from app.brokerage.schemas.indicators import CONTRIBUTORS, DEFINITIONS, Figure, IndicatorSheet, Period
from app.deals import LEVEL_LABELS, EvidenceLevel
from app.kit.errors import Invalid
from app.kit.text import Text
from app.web import formats, forms
from app.web.actor import signed_in
from app.web.tables import table
from app.web.templating import render, url_with

router = APIRouter()
DAYS = Text("{n} ngày", "{n} days")
HIDDEN = Text("Chưa đủ mẫu", "Too few to show")
MARKET = Text("Toàn sàn", "The whole exchange")


def _written(figure: Figure, locale: str) -> str:
    """A figure in words; a dash when there is nothing to count."""
    if figure.hidden:
        return HIDDEN.get(locale)
    if figure.value is None:
        return "–"
    plain = formats.number(figure.value, locale)
    match DEFINITIONS[figure.key].unit:
        case "percent":
            return f"{plain} %"
        case "days":
            return DAYS.format(n=plain).get(locale)
        case "money":
            return formats.money_short(int(figure.value), locale)
        case "score":
            return f"{plain} / 5"
    return plain


def _level(key: str, locale: str) -> str:
    level = DEFINITIONS[key].level
    return LEVEL_LABELS[EvidenceLevel(level)].get(locale) if level is not None else ""


@router.get("/brokerage/indicators")
async def page_brokerage_indicators(request: Request) -> Response:
    actor = await signed_in(request)
    typed = {"since": request.query_params.get("since"), "until": request.query_params.get("until")}
    errors: dict[str, Text] = {}
    try:
        period = forms.build(Period, typed)
    except Invalid as error:
        errors, period = error.fields, Period()
    sheet = await brokerage_indicators.sheet(actor, period)
    first = sheet.total or (sheet.brokers[0] if sheet.brokers else None)
    context = {
        "sheet": sheet,
        "figures": [_shown(f, actor.locale) for f in first.figures] if first else [],
        "rows": [(b.broker, [_written(f, actor.locale) for f in b.figures]) for b in sheet.brokers],
        "labels": [d.label for d in DEFINITIONS.values()],
        "least": CONTRIBUTORS,
        "values": typed,
        "errors": errors,
        "export_url": url_with(request).replace("/indicators", "/indicators/export", 1),
        "tabs": present.tabs(actor, "indicators"),
    }
    return await render(request, "brokerage/indicators.html", context, status=422 if errors else 200)


def _shown(figure: Figure, locale: str) -> dict[str, Any]:
    definition = DEFINITIONS[figure.key]
    return {
        "label": definition.label, "value": _written(figure, locale), "definition": definition.text,
        "note": _level(figure.key, locale),
    }  # fmt: skip


@router.get("/brokerage/indicators/export")
async def page_export_indicators(request: Request) -> Response:
    """The figures as CSV: one row a broker and figure, with definition, level and the time they were reckoned."""
    actor = await signed_in(request)
    query = {"since": request.query_params.get("since"), "until": request.query_params.get("until")}
    sheet = await brokerage_indicators.sheet(actor, forms.build(Period, query))
    headers = {
        "Content-Disposition": 'attachment; filename="chi-so-moi-gioi.csv"',
        "Cache-Control": "private, no-store",
    }
    return Response(_csv(sheet, actor.locale), media_type="text/csv; charset=utf-8", headers=headers)


HEADER = (
    Text("Bên môi giới", "Broker"), Text("Chỉ số", "Indicator"), Text("Giá trị", "Value"), Text("Đơn vị", "Unit"),
    Text("Bậc chứng cứ", "Evidence level"), Text("Định nghĩa", "Definition"), Text("Từ ngày", "From"),
    Text("Đến ngày", "To"), Text("Tính lúc", "As of"),
)  # fmt: skip


def _csv(sheet: IndicatorSheet, locale: str) -> bytes:
    rows = []
    for one in [*([sheet.total] if sheet.total else []), *sheet.brokers]:
        for f in one.figures:
            d = DEFINITIONS[f.key]
            rows.append(
                [
                    one.broker.name(locale) if one.broker else MARKET.get(locale), d.label.get(locale),
                    HIDDEN.get(locale) if f.hidden else _plain(f.value), d.unit, _level(f.key, locale),
                    d.text.get(locale), sheet.since or "", sheet.until or "", formats.moment(sheet.as_of, locale),
                ]
            )  # fmt: skip
    return table([h.get(locale) for h in HEADER], rows)


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"
