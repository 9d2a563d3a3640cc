"""How a term sheet reads: each value in words, amounts in đồng, differences against an earlier round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.kit.text import Text
from app.kit.workflow import Choice
from app.offers import overlap
from app.offers.schemas import Change, LockView, RoomView, Terms
from app.offers.terms import LABELS, MONEY
from app.web import formats

YES, NO = Text("Có", "Yes"), Text("Không", "No")
# What waits for approval, as a verb.
ACTS = {
    "send": Text("Gửi đề nghị", "Send an offer"),
    "counter": Text("Phản hồi điều khoản", "Counter"),
    "accept": Text("Đồng ý đề nghị", "Accept the offer"),
}
AFTER = Text("sau {n} ngày", "after {n} days")


def value(term: str, raw: Any, locale: str) -> str:
    """One term's value as a person reads it; "" for nothing."""
    if raw is None or (isinstance(raw, list) and not raw):
        return ""
    if isinstance(raw, bool):
        return (YES if raw else NO).get(locale)
    if isinstance(raw, Choice):
        return raw.label.get(locale)
    if term in MONEY:
        return formats.money(raw, locale)
    if term == "territory":
        return ", ".join(overlap.place_name(c).get(locale) for c in raw)
    if term == "fields":
        return "; ".join(overlap.field_name(c).get(locale) for c in raw)
    if term in ("instalments", "milestones"):
        return "; ".join(_part(p, locale) for p in raw)
    if term.endswith("_percent"):
        return f"{formats.number(raw, locale)} %"
    return str(raw)


def _part(part: Mapping[str, Any], locale: str) -> str:
    text = f"{part['label']}: {formats.money(part['amount'], locale)}"
    due = part.get("due_days")
    return f"{text} ({AFTER.format(n=due).get(locale)})" if due else text


def sheet(terms: Terms, locale: str) -> list[tuple[str, str]]:
    """The whole sheet in its order."""
    data = terms.model_dump()
    return [(LABELS[t].get(locale), shown) for t in LABELS if (shown := value(t, data.get(t), locale))]


def sheet_by_term(terms: Terms, locale: str) -> dict[str, str]:
    """Term -> its value in words, of what the sheet states."""
    data = terms.model_dump()
    return {t: shown for t in LABELS if (shown := value(t, data.get(t), locale))}


def rows(room: RoomView, locale: str) -> list[dict[str, Any]]:
    """The room's table: each term of the newest round against an earlier one, with what is agreed and what may be."""
    locks = {k.term: k for k in room.locks}
    current = room.current
    open_ = current is not None and "accept_terms" in current.actions
    found = []
    for c in room.difference:
        lock = locks.get(c.term)
        first = all(d.before is None for d in room.difference)
        found.append(
            {
                "term": c.term,
                "label": c.label.get(locale),
                "before": value(c.term, c.before, locale),
                "after": value(c.term, c.after, locale),
                "state": "agreed" if lock else "open" if c.kind == "same" or first else c.kind,
                "why": _since(lock).get(locale) if lock else "",
                "markable": open_ and lock is None and c.after is not None,
            }
        )
    return found


def _since(lock: LockView) -> Text:
    if lock.marked:
        return Text(f"đồng ý riêng ở lượt {lock.round}", f"agreed by itself in round {lock.round}")
    return Text(f"hai bên cùng ghi ở lượt {lock.round}", f"both said so in round {lock.round}")


def changes(found: Sequence[Change], locale: str) -> list[dict[str, str]]:
    """What a counter changed: term, label, before and after in words."""
    return [
        {
            "term": c.term,
            "label": c.label.get(locale),
            "before": value(c.term, c.before, locale) or "–",
            "after": value(c.term, c.after, locale) or "–",
        }
        for c in found
    ]


def codes(values: Mapping[str, Any]) -> dict[str, Any]:
    """Places and fields as the form shows them: boxes that are ticked, and what is left as text."""
    places, uses = (_entries(values.get(name)) for name in ("territory", "fields"))
    return {
        "territory": [p.upper() for p in places if p.upper().startswith("VN-")],
        "territory_text": ", ".join(p for p in places if not p.upper().startswith("VN-")),
        "fields": [u for u in uses if u.startswith(("ford:", "vsic:"))],
        "fields_text": ", ".join(u.removeprefix("ipc:") for u in uses if not u.startswith(("ford:", "vsic:"))),
    }


def _entries(raw: Any) -> list[str]:
    parts = raw if isinstance(raw, list) else [raw]
    return [p.strip() for part in parts if isinstance(part, str) for p in part.split(",") if p.strip()]


def form_values(terms: Terms) -> dict[str, Any]:
    """What the term form shows of a sheet."""
    return terms.model_dump(mode="json")
