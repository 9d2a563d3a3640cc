"""The difference between two term sheets, and how a term reads. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.deals import Side
from app.kit.text import Text
from app.offers.schemas import Change, Terms

LABELS: dict[str, Text] = {
    "mode": Text("Hình thức chuyển giao", "Mode of transfer"),
    "exclusivity": Text("Phạm vi quyền", "Exclusivity"),
    "sublicence": Text("Được chuyển giao tiếp", "Sublicence"),
    "field_of_use": Text("Lĩnh vực sử dụng", "Field of use"),
    "fields": Text("Mã lĩnh vực sử dụng", "Codes of the field of use"),
    "territory": Text("Lãnh thổ", "Territory"),
    "term_years": Text("Thời hạn (năm)", "Term (years)"),
    "upfront": Text("Trả trước", "Upfront"),
    "instalments": Text("Trả dần", "Instalments"),
    "milestones": Text("Thanh toán theo mốc", "Milestones"),
    "royalty_percent": Text("Phí kỳ vụ (%)", "Royalty (%)"),
    "royalty_base": Text("Căn cứ tính phí", "Royalty base"),
    "royalty_floor": Text("Phí tối thiểu mỗi năm", "Minimum a year"),
    "royalty_cap": Text("Phí tối đa mỗi năm", "Maximum a year"),
    "equity_percent": Text("Vốn góp (%)", "Equity (%)"),
    "goods": Text("Trả bằng hàng hóa", "Payment in goods"),
    "training_days": Text("Đào tạo (ngày)", "Training (days)"),
    "improvements": Text("Cải tiến", "Improvements"),
    "publication": Text("Công bố khoa học", "Publication"),
    "warranty_months": Text("Bảo hành (tháng)", "Warranty (months)"),
    "liability_cap": Text("Giới hạn trách nhiệm", "Cap on liability"),
    "penalty_percent": Text("Phạt vi phạm (%)", "Penalty (%)"),
    "governing_law": Text("Luật áp dụng", "Governing law"),
    "forum": Text("Giải quyết tranh chấp", "Disputes"),
    "conditions": Text("Điều kiện khác", "Other conditions"),
}
MONEY = {"upfront", "royalty_floor", "royalty_cap", "liability_cap"}


# States in which a sheet says nothing any more.
VOID = ("withdrawn", "expired", "lapsed")


@dataclass(frozen=True, slots=True)
class Said:
    """One round as far as agreeing goes; `marked` are the terms the other side agreed to on this sheet."""

    round: int
    side: Side
    status: str
    terms: Terms
    marked: frozenset[str] = frozenset()

    @property
    def void(self) -> bool:
        return self.status in VOID


@dataclass(frozen=True, slots=True)
class Lock:
    """An agreed term: its value, since which round, and whether it was marked (or simply said by both)."""

    term: str
    value: Any
    round: int
    marked: bool


def difference(before: Terms | None, after: Terms) -> list[Change]:
    """Every term of the sheet in its order; with no earlier sheet each given term counts as added."""
    old = before.model_dump(exclude_none=True) if before else {}
    new = after.model_dump(exclude_none=True)
    changes = []
    for term, label in LABELS.items():
        a, b = old.get(term), new.get(term)
        if _blank(a) and _blank(b):
            continue
        kind = "same" if a == b else "added" if _blank(a) else "removed" if _blank(b) else "changed"
        changes.append(Change(term=term, label=label, kind=kind, before=a, after=b))
    return changes


def changed(before: Terms | None, after: Terms) -> list[str]:
    """Names of the terms that differ."""
    return [c.term for c in difference(before, after) if c.kind != "same"]


def locked(rounds: Sequence[Said]) -> dict[str, Lock]:
    """Terms both sides have agreed on so far, in the sheet's order.

    A term is agreed when the last sheets of both sides say the same of it, or when one side marked it on the other's
    sheet and nothing said since differs. A side whose last sheet was withdrawn, expired or lapsed says nothing.
    """
    found: dict[str, Lock] = {}
    last = {r.side: r for r in rounds}
    if len(last) == 2 and not any(r.void for r in last.values()):
        earlier, later = sorted(last.values(), key=lambda r: r.round)
        same = {c.term: c.after for c in difference(earlier.terms, later.terms) if c.kind == "same"}
        found = {term: Lock(term, value, later.round, False) for term, value in same.items()}
    said = [r for r in rounds if not r.void]
    for n, sheet in enumerate(said):
        for term in sheet.marked:
            value = value_of(sheet.terms, term)
            if term not in found and all(value_of(r.terms, term) == value for r in said[n + 1 :]):
                found[term] = Lock(term, value, sheet.round, True)
    return {term: found[term] for term in LABELS if term in found}


def unlocked_by(locks: Mapping[str, Lock], sheet: Terms) -> list[str]:
    """Agreed terms that this sheet would change."""
    return [term for term, lock in locks.items() if value_of(sheet, term) != lock.value]


def value_of(sheet: Terms, term: str) -> Any:
    """A term's value in plain types, None when the sheet says nothing of it."""
    value = sheet.model_dump(include={term}).get(term)
    return None if _blank(value) else value


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, list | str) and not value)
