"""The difference between two term sheets, and how a term reads. Pure."""

from __future__ import annotations

from typing import Any

from app.kit.text import Text
from app.offers.schemas import Change, Terms

LABELS: dict[str, Text] = {
    "mode": Text("Hình thức chuyển giao", "Mode of transfer"),
    "exclusivity": Text("Phạm vi quyền", "Exclusivity"),
    "sublicence": Text("Được chuyển giao tiếp", "Sublicence"),
    "field_of_use": Text("Lĩnh vực sử dụng", "Field of use"),
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


def agreed(rounds: list[Terms]) -> list[str]:
    """Terms on which the last two rounds say the same: what both sides have settled so far."""
    if len(rounds) < 2:
        return []
    return [c.term for c in difference(rounds[-2], rounds[-1]) if c.kind == "same"]


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, list | str) and not value)
