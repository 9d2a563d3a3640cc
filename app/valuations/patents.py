"""What the asset's rights tell a valuation: how long they still run, in which territories, and on whose word. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from app import reference
from app.kit.text import Text
from app.listings import IpKind
from app.valuations.parts import Origin

# The dated rule of each kind's term, in years from filing. Other kinds end when their own papers say so.
TERMS = {
    IpKind.invention: "patent_term_invention_years",
    IpKind.utility_solution: "patent_term_utility_solution_years",
}
_YEAR = Decimal("365.25")


class FactNote(StrEnum):
    """What has to be said beside a right."""

    lapsed = "lapsed"
    ended = "ended"
    pending = "pending"
    earlier = "earlier"
    later = "later"
    unknown = "unknown"
    unchecked_rule = "unchecked_rule"
    not_registered = "not_registered"
    fees = "fees"

    @property
    def label(self) -> Text:
        return _NOTES[self]


_NOTES = {
    FactNote.lapsed: Text("Quyền đã hết hiệu lực: thời hạn còn lại là 0.", "The right has lapsed: nothing is left."),
    FactNote.ended: Text("Thời hạn bảo hộ đã hết: thời hạn còn lại là 0.", "Protection has ended: nothing is left."),
    FactNote.pending: Text("Đơn chưa được cấp; thời hạn tính như khi được cấp.", "Not granted yet; counted as if."),
    FactNote.earlier: Text(
        "Hồ sơ ghi ngày hết hạn sớm hơn thời hạn luật định; lấy ngày sớm hơn.",
        "The listing states an earlier end than the law's term; the earlier day is taken.",
    ),
    FactNote.later: Text(
        "Hồ sơ ghi ngày hết hạn muộn hơn thời hạn luật định; lấy thời hạn luật định.",
        "The listing states a later end than the law's term; the law's term is taken.",
    ),
    FactNote.unknown: Text(
        "Chưa đủ ngày để tính: cần ngày nộp đơn hoặc ngày hết hạn.",
        "Days are missing: the filing date or the day of expiry is needed.",
    ),
    FactNote.unchecked_rule: Text("Thời hạn luật định chưa đối chiếu.", "The law's term has not been compared."),
    FactNote.not_registered: Text("Không đăng ký, không có thời hạn.", "Not registered, without a term."),
    FactNote.fees: Text(
        "Cần kiểm tra phí duy trì hằng năm tại Cục Sở hữu trí tuệ.",
        "Check with the office that yearly fees were paid.",
    ),
}


class RightFact(BaseModel):
    """One right. `ends` is its last day; `remaining_years` at the value date to a hundredth, never below 0, None where
    days are missing. `origin` is `registry` when a title stands among the documents of the case (`evidence`)."""

    kind: IpKind
    office: str
    number: str | None
    status: str
    filed: date | None
    ends: date | None
    remaining_years: Decimal | None
    origin: Origin
    evidence: str | None
    notes: list[FactNote]


class AssetFacts(BaseModel):
    """`remaining_years` of the patent (invention or utility solution) that runs longest, None when there is none that
    can be counted; `territories` where a right is in force or applied for; `family` the number of those rights."""

    on: date
    rights: list[RightFact]
    remaining_years: Decimal | None
    territories: list[str]
    family: int


def years_after(day: date, years: int) -> date:
    """The same day so many years on; 28 February for 29 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def years_between(start: date, end: date) -> Decimal:
    """Years from one day to another to a hundredth, 0 where the end lies before."""
    return (Decimal(max((end - start).days, 0)) / _YEAR).quantize(Decimal("0.01"))


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _end(kind: IpKind, office: str, filed: date | None, stated: date | None) -> tuple[date | None, list[FactNote]]:
    """The last day of protection. The law's term holds for titles of the Vietnamese office only."""
    code = TERMS.get(kind)
    rule = reference.rule(code, filed) if code and filed and office == "VN" else None
    if rule is None or filed is None:
        return stated, [] if stated else [FactNote.unknown]
    term = years_after(filed, int(rule.value))
    notes = [] if rule.checked else [FactNote.unchecked_rule]
    if stated is None or stated == term:
        return term, notes
    return min(stated, term), [*notes, FactNote.earlier if stated < term else FactNote.later]


def right_fact(right: Mapping[str, Any], on: date, evidence: str | None = None) -> RightFact:
    """A right as it stood at `on`. `right` has the fields of `listings.Right`; `evidence` the hash of its title."""
    kind, office, status = IpKind(right["kind"]), str(right["office"]), str(right["status"])
    filed = _day(right.get("filed"))
    number = right.get("registration_no") or right.get("application_no")
    ends: date | None = None
    left: Decimal | None = None
    if status == "unregistered":
        notes = [FactNote.not_registered]
    else:
        ends, notes = _end(kind, office, filed, _day(right.get("expires")))
        left = None if ends is None else years_between(max(on, filed or on), ends)
        if status == "lapsed":
            left, notes = Decimal(0), [FactNote.lapsed, *notes]
        elif ends is not None and ends < on:
            left, notes = Decimal(0), [FactNote.ended, *notes]
        elif status == "pending":
            notes = [FactNote.pending, *notes]
        elif kind in TERMS:
            notes = [*notes, FactNote.fees]
    shown = evidence is not None and status == "granted" and right.get("registration_no") is not None
    return RightFact(
        kind=kind, office=office, number=number, status=status, filed=filed, ends=ends, remaining_years=left,
        origin=Origin.registry if shown else Origin.declared, evidence=evidence if shown else None, notes=notes,
    )  # fmt: skip


def asset_facts(asset: Mapping[str, Any], on: date, evidence: str | None = None) -> AssetFacts:
    """The rights of an asset (a listing's content or a case's snapshot, as JSON or values) at a day."""
    rights = [right_fact(r, on, evidence) for r in asset.get("rights") or []]
    alive = [
        r for r in rights
        if r.status in ("granted", "pending") and r.kind in TERMS and (r.remaining_years is None or r.remaining_years)
    ]  # fmt: skip
    patents = [r.remaining_years for r in rights if r.kind in TERMS and r.remaining_years is not None]
    return AssetFacts(
        on=on, rights=rights, remaining_years=max(patents, default=None),
        territories=sorted({r.office for r in alive}), family=len(alive),
    )  # fmt: skip
