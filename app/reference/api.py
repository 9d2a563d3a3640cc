"""JSON routes of reference data: public, small, the same for everyone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import StrEnum

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from app import reference
from app.kit.text import Text
from app.web.answers import PROBLEMS, answer

router = APIRouter(prefix="/reference", tags=["reference"], responses=PROBLEMS)


class ReferenceName(StrEnum):
    provinces = "provinces"
    fields = "fields"
    priorities = "priorities"
    industries = "industries"
    ipc = "ipc"
    countries = "countries"


class ReferenceItem(BaseModel):
    code: str
    vi: str
    en: str
    parent: str | None = None


class ReferenceList(BaseModel):
    items: list[ReferenceItem]


class RuleItem(BaseModel):
    """`checked` is false until the row has been compared with the official text."""

    code: str
    document: str
    article: str
    in_force_from: date
    in_force_to: date | None
    checked: bool
    value: str
    vi: str
    en: str


class RuleList(BaseModel):
    items: list[RuleItem]


class RoyaltyItem(BaseModel):
    """Per cent of net sales. `date` is as much of the publication's date as is known; `checked` is false until the row
    has been compared with it."""

    industry: str
    vi: str
    en: str
    low_percent: Decimal | None
    high_percent: Decimal | None
    median_percent: Decimal | None
    source: str
    document: str
    date: str
    checked: bool
    how_vi: str
    how_en: str


class RoyaltyList(BaseModel):
    items: list[RoyaltyItem]


def _item(code: str, name: Text, parent: str | None = None) -> ReferenceItem:
    return ReferenceItem(code=code, vi=name.vi, en=name.en, parent=parent)


def _ipc_parent(code: str) -> str | None:
    return {1: None, 3: code[:1]}.get(len(code), code[:3])


_LISTS: dict[ReferenceName, Callable[[], list[ReferenceItem]]] = {
    ReferenceName.provinces: lambda: [_item(str(p.code), p.name) for p in reference.provinces()],
    ReferenceName.fields: lambda: [_item(f.code, f.name, f.parent) for f in reference.fields().values()],
    ReferenceName.priorities: lambda: [_item(c, n) for c, n in reference.priorities().items()],
    ReferenceName.industries: lambda: [_item(c, n) for c, n in reference.industries().items()],
    ReferenceName.ipc: lambda: [_item(c, n, _ipc_parent(c)) for c, n in reference.ipc_labels().items()],
    ReferenceName.countries: lambda: [_item(c, n) for c, n in reference.countries().items()],
}


def _rule(rule: reference.Rule) -> RuleItem:
    return RuleItem(
        code=rule.code,
        document=rule.document,
        article=rule.article,
        in_force_from=rule.in_force_from,
        in_force_to=rule.in_force_to,
        checked=rule.checked,
        value=str(rule.value),
        vi=rule.note.vi,
        en=rule.note.en,
    )


@router.get("/rules", response_model=RuleList)
async def api_legal_rules(on: date | None = None) -> Response:
    """Legal rules the exchange computes with; `on` keeps those in force on that day."""
    found = [_rule(r) for r in reference.rules() if on is None or r.holds(on)]
    return answer(RuleList(items=found))


def _royalty(row: reference.Royalty) -> RoyaltyItem:
    return RoyaltyItem(
        industry=row.industry,
        vi=row.name.vi,
        en=row.name.en,
        low_percent=row.low,
        high_percent=row.high,
        median_percent=row.median,
        source=row.source.code,
        document=row.source.document.en,
        date=row.source.date,
        checked=row.source.checked,
        how_vi=row.source.how.vi,
        how_en=row.source.how.en,
    )


@router.get("/royalties", response_model=RoyaltyList)
async def api_royalties() -> Response:
    """Published royalty rates by industry, in per cent of net sales: where to start from, with how sure they are."""
    return answer(RoyaltyList(items=[_royalty(r) for r in reference.royalties()]))


@router.get("/{name}", response_model=ReferenceList)
async def api_reference(name: ReferenceName) -> Response:
    """A code list: provinces, fields, priorities, industries, ipc, countries."""
    return answer(ReferenceList(items=_LISTS[name]()))
