"""Views made ready for the templates: labels in the visitor's language, facts in reading order. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from app import reference
from app.kit import clock
from app.kit.text import Text
from app.needs import browse
from app.needs.schemas import Metric, NeedKind, NeedView, Requirement, RequirementKind
from app.needs.workflow import NEED
from app.web import formats

WORDS: dict[str, Text] = {
    "trl": Text("TRL chấp nhận", "Accepted TRL"),
    "mode": Text("Hình thức", "Mode"),
    "rights": Text("Phạm vi quyền", "Rights"),
    "budget": Text("Ngân sách", "Budget"),
    "payment": Text("Thanh toán", "Payment"),
    "province": Text("Nơi dùng", "Place"),
    "deadline": Text("Hạn nhận đề xuất", "Deadline"),
    "published": Text("Ngày đăng", "Published"),
    "reference": Text("Mã nhu cầu", "Reference"),
    "authority": Text("Cơ quan đặt hàng", "Ordering authority"),
    "programme": Text("Chương trình", "Programme"),
    "decides": Text("Người quyết định", "Decided by"),
    "from": Text("từ {x}", "from {x}"),
    "to": Text("đến {x}", "up to {x}"),
    "least_trl": Text("TRL từ {n}", "TRL {n} or more"),
    "price_max": Text("Giá không quá {x}", "Price up to {x}"),
    "supplier": Text("Bên cung cấp ở {x}", "Supplier in {x}"),
    "days": Text("còn {n} ngày", "{n} days left"),
    "today": Text("hết hạn hôm nay", "ends today"),
}


def _w(name: str, locale: str, **values: object) -> str:
    return WORDS[name].format(**values).get(locale)


def place(code: int | None, locale: str) -> str:
    found = reference.province_name(code)
    return found.get(locale) if found else ""


def span(low: int | None, high: int | None, locale: str) -> str:
    """A budget as people say it."""
    if low is None and high is None:
        return ""
    if low is None or low == 0:
        return _w("to", locale, x=formats.money_short(high or 0, locale))
    if high is None:
        return _w("from", locale, x=formats.money_short(low, locale))
    if low == high:
        return formats.money_short(low, locale)
    return f"{formats.money_short(low, locale)} – {formats.money_short(high, locale)}"


def levels(low: int | None, high: int | None) -> str:
    if low is None and high is None:
        return ""
    return f"TRL {low or 1}–{high or 9}" if (low or 1) != (high or 9) else f"TRL {low}"


def left(deadline: Any, locale: str) -> str:
    if deadline is None:
        return ""
    days = (deadline - clock.today()).days
    if days < 0:
        return ""
    return _w("days", locale, n=days) if days else _w("today", locale)


def row(found: browse.Row, locale: str) -> dict[str, Any]:
    """A found need as the list writes it."""
    card = found.card
    field = reference.field_label(card.field, locale) if card.field else ""
    return {
        "url": card.url, "title": found.title, "summary": found.summary, "field": field or "",
        "order": card.kind is NeedKind.public_order, "kind": card.kind.label, "blind": card.blind,
        "asker": card.asker(locale), "verified": card.asker_verified, "is_demo": card.is_demo,
        "levels": levels(card.trl_min, card.trl_max), "budget": span(card.budget_min, card.budget_max, locale),
        "place": place(card.province, locale), "deadline": card.deadline, "left": left(card.deadline, locale),
        "modes": ", ".join(m.label.get(locale) for m in card.modes), "day": card.published_at,
        "state": "" if card.status == "published" else NEED.label(card.status),
    }  # fmt: skip


def requirement(asked: Requirement, locale: str) -> str:
    """A requirement in one line."""
    said = ""
    if asked.kind is RequirementKind.trl_min:
        said = _w("least_trl", locale, n=asked.trl)
    elif asked.kind is RequirementKind.mode and asked.mode:
        said = asked.mode.label.get(locale)
    elif asked.kind is RequirementKind.exclusivity and asked.exclusivity:
        said = asked.exclusivity.label.get(locale)
    elif asked.kind is RequirementKind.price_max and asked.amount is not None:
        said = _w("price_max", locale, x=formats.money_short(asked.amount, locale))
    elif asked.kind is RequirementKind.province:
        said = _w("supplier", locale, x=place(asked.province, locale))
    return ": ".join(p for p in (said, asked.text or "") if p)


def _figure(value: Decimal | None, locale: str) -> str:
    return formats.number(value.normalize(), locale) if value is not None else ""


def metric(m: Metric, locale: str) -> dict[str, str]:
    sign = ""
    if m.minimum is not None and m.better:
        sign = "≤ " if m.better.value == "less" else "≥ "
    return {
        "name": m.name + (f" ({m.unit})" if m.unit else ""),
        "baseline": _figure(m.baseline, locale),
        "target": _figure(m.target, locale),
        "minimum": (sign + _figure(m.minimum, locale)) if m.minimum is not None else "",
    }


def need(view: NeedView, locale: str) -> dict[str, Any]:
    """The steady panel and the tables of a need's page."""
    content, card = view.content, view.card
    pairs: Sequence[tuple[str, str]] = (
        (_w("authority", locale), content.ordering_authority or ""),
        (_w("programme", locale), content.programme or ""),
        (_w("trl", locale), levels(content.trl_min, content.trl_max)),
        (_w("mode", locale), ", ".join(m.label.get(locale) for m in content.modes)),
        (_w("rights", locale), content.exclusivity.label.get(locale) if content.exclusivity else ""),
        (_w("budget", locale), span(content.budget_min, content.budget_max, locale)),
        (
            _w("payment", locale),
            ", ".join([*(p.label.get(locale) for p in content.payment), *filter(None, [content.payment_note])]),
        ),
        (_w("province", locale), place(content.province, locale)),
        (_w("decides", locale), content.decision_maker or ""),
        (_w("published", locale), formats.day(card.published_at, locale) if card.published_at else ""),
        (_w("reference", locale), view.reference),
    )
    return {
        "facts": [p for p in pairs if p[1]],
        "field_label": reference.field_label(content.field, locale) if content.field else "",
        "left": left(content.deadline, locale) if view.status in ("published", "matched") else "",
        "metrics": [metric(m, locale) for m in content.metrics],
        "must_haves": [requirement(r, locale) for r in content.must_haves],
        "nice_to_haves": [requirement(r, locale) for r in content.nice_to_haves],
    }


def carried(given: Iterable[tuple[str, str]], drop: Sequence[str]) -> dict[str, list[str]]:
    """The address's other parameters, for a form that changes one of them."""
    made: dict[str, list[str]] = {}
    for key, value in given:
        if key not in drop:
            made.setdefault(key, []).append(value)
    return made
