"""Views made ready for the templates: labels in the visitor's language, facts in reading order. No I/O but names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from app import reference
from app.accounts import OPEN_KINDS, OrganisationKind
from app.catalogue import labels
from app.catalogue.schemas import (
    FACETS,
    FRESHNESS,
    Condition,
    FoundOrganisation,
    OrganisationParams,
    Params,
    Result,
    above_field,
    above_ipc,
)
from app.catalogue.service import catalogue
from app.kit import clock
from app.kit.text import Text
from app.listings import (
    LISTING,
    STORY,
    Card,
    Content,
    ListingView,
    Right,
    SaleOffer,
)
from app.settings import settings
from app.web import formats

NOTES = {
    "reserved": Text(
        "Quyền độc quyền đã được thống nhất với một bên; công nghệ tạm không nhận đề nghị mới.",
        "Exclusive rights have been agreed with one party; no new offers for now.",
    ),
    "transferred": Text("Công nghệ đã được chuyển giao; trang này giữ làm hồ sơ.", "Transferred; kept as a record."),
    "suspended": Text("Hồ sơ đang tạm dừng và không hiển thị với công chúng.", "Suspended, and not shown publicly."),
    "draft": Text("Bản nháp: chỉ tổ chức của bạn nhìn thấy.", "A draft: only your organisation sees it."),
    "submitted": Text("Đang chờ đơn vị vận hành duyệt.", "Waiting for the operator's review."),
    "changes_requested": Text("Đơn vị vận hành yêu cầu sửa trước khi đăng.", "The operator asks for changes."),
    "archived": Text("Hồ sơ đã lưu trữ, không còn hiển thị với công chúng.", "Archived, no longer shown publicly."),
}


def state_note(status: str, locale: str) -> str:
    note = NOTES.get(status)
    return note.get(locale) if note else ""


def price_range(card: Card, locale: str) -> str:
    if card.price_from is None:
        return ""
    low = formats.money_short(card.price_from, locale)
    if card.price_to is not None and card.price_to != card.price_from:
        return f"{low} – {formats.money_short(card.price_to, locale)}"
    return low


def price_text(card: Card, locale: str) -> str:
    if card.price_from is not None:
        return price_range(card, locale)
    if card.price_policy:
        return labels.value("price_policy", card.price_policy, locale)
    return "Sign in to see" if locale == "en" else "Xem khi đăng nhập"


@dataclass(frozen=True, slots=True)
class Row:
    """A found listing as the results page writes it: everything said already, for the page is made of twenty."""

    url: str
    title: Markup
    summary: Markup
    tone: str
    kicker: str
    state: str
    is_demo: bool
    trl: int | None
    ip: str
    until: int | None
    modes: str
    price: str
    org: str
    org_verified: bool
    reasons: str
    day: str


@lru_cache(maxsize=1024)
def _listed(facet: str, values: tuple[str, ...], locale: str) -> str:
    return ", ".join(labels.value(facet, v, locale) for v in values)


def row(result: Result, locale: str) -> Row:
    card = result.card
    about, slug = ("priority", card.priority) if card.priority else ("field", card.field)
    return Row(
        url=card.url,
        title=result.title,
        summary=result.summary,
        tone=card.status,
        kicker=labels.value(about, slug, locale) if slug else "",
        state="" if card.status == "published" else LISTING.label(card.status).get(locale),
        is_demo=card.is_demo,
        trl=card.trl,
        ip=_listed("ip", tuple(card.ip_kinds), locale),
        until=card.protection_until.year if card.protection_until else None,
        modes=_listed("mode", tuple(card.modes), locale),
        price=price_range(card, locale)
        or (labels.value("price_policy", card.price_policy, locale) if card.price_policy else ""),
        org=card.org(locale),
        org_verified=card.org_verified,
        reasons=", ".join(result.reasons),
        day=formats.day(card.refreshed_at or card.published_at, locale),
    )


def small(card: Card, locale: str) -> dict[str, Any]:
    """What the card component shows."""
    state = LISTING.states[card.status]
    return {
        "id": card.id,
        "url": card.url,
        "title": card.title(locale),
        "summary": card.summary(locale),
        "org_name": card.org(locale),
        "org_verified": card.org_verified,
        "is_demo": card.is_demo,
        "field_label": labels.value("field", card.field, locale) if card.field else "",
        "priority_label": labels.value("priority", card.priority, locale) if card.priority else "",
        "trl": card.trl,
        "ip_labels": [k.label.get(locale) for k in card.ip_kinds],
        "protection_until": card.protection_until,
        "mode_labels": [m.label.get(locale) for m in card.modes],
        "price_text": price_text(card, locale),
        "published_at": card.published_at,
        "updated_at": card.refreshed_at,
        "highlights": {},
        "reasons": [],
        "ipc": card.ipc,
        "status_label": state.label.get(locale) if card.status != "published" else "",
        "tone": state.tone,
    }


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    label: str
    count: int
    selected: bool
    depth: int


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    title: str
    values: list[FacetValue]
    open: bool
    limit: int


BY_COUNT = frozenset({"province", "owner_kind", "ip", "mode", "priority", "price_policy"})
OPEN = frozenset({"priority", "field", "trl", "ip"})
TREES: Mapping[str, Callable[[str], Sequence[str]]] = {"field": above_field, "ipc": above_ipc}


def facets(params: Params, counts: Mapping[str, Mapping[str, int]], locale: str) -> list[Facet]:
    """The facets as the component draws them: values in their own order, empty ones left out unless chosen."""
    drawn = []
    for name in FACETS:
        chosen = set(getattr(params, name))
        found = counts.get(name, {})
        known = labels.values(name, locale)
        if name == "ipc":  # the table has the subclasses most met; what else documents hold goes by its symbol alone
            known = {code: known.get(code, code) for code in sorted({*known, *found})}
        above = TREES.get(name)
        opened = {parent for value in chosen for parent in (value, *(above(value) if above else ()))}
        folded = name == "ipc"
        values = []
        for slug, label in known.items():
            parents = above(slug) if above else ()
            # Of the large tree the first level is shown, and what lies beneath a chosen branch.
            if (found.get(slug) or slug in chosen) and (not folded or opened.issuperset(parents)):
                values.append(FacetValue(slug, label, found.get(slug, 0), slug in chosen, len(parents)))
        if name in BY_COUNT:
            values.sort(key=lambda v: -v.count)
        if values:
            title = labels.TITLES[name].get(locale)
            drawn.append(Facet(name, title, values, name in OPEN or bool(chosen), 60 if folded else 8))
    return drawn


def freshness(params: Params, locale: str) -> dict[str, Any]:
    """The spans of "last confirmed" to choose one of; none of them is the first."""
    return {
        "title": labels.TITLES["refreshed"].get(locale),
        "choices": [("", labels.ANY_TIME.get(locale), params.refreshed is None)]
        + [(str(n), labels.WITHIN.format(n=n).get(locale), params.refreshed == n) for n in FRESHNESS],
        "open": params.refreshed is not None,
    }


Address = Callable[..., str]


async def chips(address: Address, params: Params, conditions: Iterable[Condition], locale: str) -> list[dict[str, str]]:
    """What is chosen, each with the address that takes it away (`address` gives the page's with changes)."""
    made = []

    def chip(group: str, label: str, **changes: Any) -> None:
        made.append({"group": group, "label": label, "remove_url": address(**changes, cursor=None)})

    for c in conditions:
        chip(labels.TITLES[c.name].get(locale), c.label if isinstance(c.label, str) else c.label.get(locale), q=c.rest)
    for name in (*FACETS, "org"):
        chosen: list[str] = getattr(params, name)
        names = {}
        if name == "org" and chosen:
            names = {k: v.name(locale) for k, v in (await catalogue.names(chosen)).items()}
        for slug in chosen:
            label = names.get(slug, slug) if name == "org" else labels.value(name, slug, locale)
            chip(labels.TITLES[name].get(locale), label, **{name: [v for v in chosen if v != slug]})
    if params.trl_min:
        chip("", f"TRL ≥ {params.trl_min}", trl_min=None)
    if params.trl_max:
        chip("", f"TRL ≤ {params.trl_max}", trl_max=None)
    low, high = (None if a is None else formats.money_short(a, locale) for a in (params.price_min, params.price_max))
    if low or high:
        span = f"{low} – {high}" if low and high else f"≥ {low}" if low else f"≤ {high}"
        chip(labels.TITLES["price"].get(locale), span, price_min=None, price_max=None)
    if params.refreshed:
        title = labels.TITLES["refreshed"].get(locale)
        chip(title, labels.WITHIN.format(n=params.refreshed).get(locale), refreshed=None)
    return made


def carried(given: Iterable[tuple[str, str]], drop: Sequence[str]) -> dict[str, list[str]]:
    """The address's other parameters, for a form that changes one of them."""
    made: dict[str, list[str]] = {}
    for key, value in given:
        if key not in drop:
            made.setdefault(key, []).append(value)
    return made


def story(content: Content, locale: str) -> dict[str, str]:
    """Each story field in the visitor's language, else in the other one."""
    other = "vi" if locale == "en" else "en"
    return {
        name: getattr(content, f"{name}_{locale}") or getattr(content, f"{name}_{other}") or ""
        for name in (*STORY, "confidential")
    }


def _either(row: Any, name: str, locale: str) -> str:
    other = "vi" if locale == "en" else "en"
    return getattr(row, f"{name}_{locale}") or getattr(row, f"{name}_{other}") or ""


WORDS: dict[str, Text] = {
    "rights": Text("Phạm vi quyền", "Rights"),
    "territory": Text("Lãnh thổ", "Territory"),
    "field_of_use": Text("Lĩnh vực sử dụng", "Field of use"),
    "term": Text("Thời hạn", "Term"),
    "years": Text("{n} năm", "{n} years"),
    "sublicence": Text("Chuyển giao tiếp", "Sublicence"),
    "yes": Text("Được", "Allowed"),
    "policy": Text("Chính sách giá", "Price policy"),
    "price": Text("Giá", "Price"),
    "royalty": Text("Phí kỳ vụ", "Royalty"),
    "on": Text("{rate} % trên {base}", "{rate} % of {base}"),
    "training": Text("Đào tạo", "Training"),
    "days": Text("{n} ngày", "{n} days"),
    "office": Text("Nơi đăng ký", "Office"),
    "application": Text("Số đơn", "Application no."),
    "registration": Text("Số bằng", "Registration no."),
    "filed": Text("Ngày nộp", "Filed"),
    "granted": Text("Ngày cấp", "Granted"),
    "expires": Text("Hết hạn", "Expires"),
    "left": Text("còn {n} năm", "{n} years left"),
    "reference": Text("Mã hồ sơ", "Reference"),
    "published": Text("Ngày đăng", "Published"),
    "confirmed": Text("Xác nhận gần nhất", "Last confirmed"),
    "version": Text("Phiên bản", "Version"),
    "source": Text("Nguồn nhập", "Imported from"),
    "summary": Text("Tóm tắt", "Summary"),
    "owner": Text("Bên chào bán", "Owner"),
    "mode": Text("Hình thức", "Mode"),
    "protection": Text("Bảo hộ đến", "Protected until"),
}


def _w(name: str, locale: str, **values: object) -> str:
    return WORDS[name].format(**values).get(locale)


def _country(code: str, locale: str) -> str:
    found = reference.countries().get(code)
    return found.get(locale) if found else code


def offer_facts(offer: SaleOffer, locale: str, *, priced: bool) -> list[tuple[str, str]]:
    facts = [
        (_w("rights", locale), offer.exclusivity.label.get(locale)),
        (_w("territory", locale), ", ".join(_country(c, locale) for c in offer.territory)),
    ]
    field = _either(offer, "field_of_use", locale)
    if field:
        facts.append((_w("field_of_use", locale), field))
    if offer.term_years:
        facts.append((_w("term", locale), _w("years", locale, n=offer.term_years)))
    if offer.sublicence:
        facts.append((_w("sublicence", locale), _w("yes", locale)))
    if priced:
        facts.append((_w("policy", locale), offer.price_policy.label.get(locale)))
        if offer.price_from is not None:
            amount = formats.money(offer.price_from, locale)
            if offer.price_to is not None and offer.price_to != offer.price_from:
                amount += f" – {formats.money(offer.price_to, locale)}"
            facts.append((_w("price", locale), amount))
        if offer.royalty_percent is not None:
            base = offer.royalty_base.label.get(locale) if offer.royalty_base else "…"
            rate = formats.number(offer.royalty_percent, locale)
            facts.append((_w("royalty", locale), _w("on", locale, rate=rate, base=base)))
    if offer.training_days:
        facts.append((_w("training", locale), _w("days", locale, n=offer.training_days)))
    return facts


def right_facts(right: Right, locale: str) -> list[tuple[str, str]]:
    facts = [(_w("office", locale), _country(right.office, locale))]
    if right.application_no:
        facts.append((_w("application", locale), right.application_no))
    if right.registration_no:
        facts.append((_w("registration", locale), right.registration_no))
    for name in ("filed", "granted", "expires"):
        value = getattr(right, name)
        if value:
            text = formats.day(value, locale)
            if name == "expires":
                left = (value - clock.today()).days // 365
                text += f" ({_w('left', locale, n=left)})" if left > 0 else ""
            facts.append((_w(name, locale), text))
    return facts


def listing(view: ListingView, locale: str) -> dict[str, Any]:
    """The steady panel and the tables of a listing page."""
    card, content = view.card, view.content
    province = reference.province_name(content.province)
    priced = "price" not in view.locked
    facts = [(_w("reference", locale), view.reference)]
    if card.published_at:
        facts.append((_w("published", locale), formats.day(card.published_at, locale)))
    if card.refreshed_at:
        facts.append((_w("confirmed", locale), formats.day(card.refreshed_at, locale)))
    facts.append((_w("version", locale), str(view.version)))
    if content.ipc:
        names = []
        for code in content.ipc:
            title = reference.ipc_title(code)
            names.append(f"{code}" + (f" – {title.get(locale)}" if title else ""))
        facts.append(("IPC", "; ".join(names)))
    return {
        "field_label": labels.value("field", content.field, locale) if content.field else "",
        "priority_label": labels.value("priority", content.priority, locale) if content.priority else "",
        "owner_kind": OrganisationKind(card.org_kind).label.get(locale),
        "province": province.get(locale) if province else "",
        "comparison": [
            {
                "metric": f"{_either(r, 'metric', locale)}" + (f" ({r.unit})" if r.unit else ""),
                "ours": r.ours or "",
                "theirs": r.theirs or "",
                "alternative": _either(r, "alternative", locale),
                "source": _either(r, "source", locale),
            }
            for r in content.comparison
        ],
        "offers": [
            {"mode": o.mode.label.get(locale), "facts": offer_facts(o, locale, priced=priced)} for o in content.offers
        ],
        "rights": [
            {
                "kind": r.kind.label.get(locale),
                "status": r.status.label.get(locale),
                "facts": right_facts(r, locale),
            }
            for r in content.rights
        ],
        "images": [f for f in view.files if f.kind == "image"],
        "documents": [f for f in view.files if f.kind == "document"],
        "facts": facts,
    }


def json_ld(view: ListingView, locale: str) -> dict[str, Any]:
    """schema.org description of what is public of the listing, read from the card alone."""
    card = view.card
    base = settings().base_url.rstrip("/")
    made: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "@id": f"{base}{card.url}",
        "url": f"{base}{card.url}",
        "sku": card.reference,
        "name": card.title(locale),
        "description": card.summary(locale),
        "category": labels.value("field", card.field, locale) if card.field else None,
        "brand": {"@type": "Organization", "name": card.org(locale), "url": f"{base}/organisations/{card.org_id}"},
    }
    if card.price_from is not None:
        states = {"published": "InStock", "reserved": "Reserved"}
        availability = f"https://schema.org/{states.get(card.status, 'SoldOut')}"
        made["offers"] = {
            "@type": "AggregateOffer",
            "priceCurrency": "VND",
            "lowPrice": card.price_from,
            "highPrice": card.price_to if card.price_to is not None else card.price_from,
            "availability": availability,
        }
    return {k: v for k, v in made.items() if v is not None}


def organisation(found: FoundOrganisation, locale: str) -> dict[str, Any]:
    """What the card of an organisation shows."""
    org = found.view
    province = reference.province_name(org.province)
    return {
        "url": f"/organisations/{org.id}",
        "name": found.name,
        "kind_label": org.kind.label.get(locale),
        "province": province.get(locale) if province else "",
        "summary": found.about,
        "verified": org.verified,
        "is_demo": org.is_demo,
        "listings_count": found.listings or None,
    }


def organisation_kinds(
    address: Address, params: OrganisationParams, counts: Mapping[str, Mapping[str, int]], locale: str
) -> list[dict[str, Any]]:
    """The tabs: all kinds, then each, with what the rest of the search finds in it; once anything is counted, kinds
    without any are left out."""
    kinds = counts.get("kind", {})
    tabs = [("", labels.ALL_KINDS.get(locale), sum(kinds.values()))]
    tabs += [(k.value, k.label.get(locale), kinds.get(k.value, 0)) for k in OPEN_KINDS]
    return [
        {
            "label": label,
            "url": address(kind=value or None, cursor=None),
            "current": params.kind == ([value] if value else []),
            "count": count if kinds else None,
        }
        for value, label, count in tabs
        if count or not kinds or not value or value in params.kind
    ]


def organisation_facets(
    params: OrganisationParams, counts: Mapping[str, Mapping[str, int]], locale: str
) -> list[Facet]:
    found = counts.get("province", {})
    values = [
        FacetValue(slug, label, found.get(slug, 0), slug in params.province, 0)
        for slug, label in labels.values("province", locale).items()
        if found.get(slug) or slug in params.province
    ]
    values.sort(key=lambda v: -v.count)
    return [Facet("province", labels.TITLES["province"].get(locale), values, True, 8)] if values else []


def organisation_chips(address: Address, params: OrganisationParams, locale: str) -> list[dict[str, str]]:
    """What is chosen and is not told by the tabs, each with the address that takes it away."""
    chosen = {"kind": params.kind if len(params.kind) > 1 else [], "province": params.province}
    return [
        {
            "group": labels.TITLES[title].get(locale),
            "label": labels.value(title, slug, locale),
            "remove_url": address(**{name: [v for v in slugs if v != slug]}, cursor=None),
        }
        for (name, slugs), title in zip(chosen.items(), ("owner_kind", "province"), strict=True)
        for slug in slugs
    ]


def comparison_rows(cards: Sequence[Card], locale: str) -> list[dict[str, Any]]:
    def row(label: str, cells: list[str]) -> dict[str, Any]:
        return {"label": label, "cells": cells}

    return [
        row(_w("summary", locale), [c.summary(locale) for c in cards]),
        row(_w("owner", locale), [c.org(locale) for c in cards]),
        row(labels.TITLES["field"].get(locale), [labels.value("field", c.field or "", locale) for c in cards]),
        row("TRL", [f"{c.trl}/9" if c.trl else "" for c in cards]),
        row(labels.TITLES["ip"].get(locale), [", ".join(k.label.get(locale) for k in c.ip_kinds) for c in cards]),
        row(_w("protection", locale), [formats.day(c.protection_until, locale) for c in cards]),
        row(_w("mode", locale), [", ".join(m.label.get(locale) for m in c.modes) for c in cards]),
        row(_w("price", locale), [price_text(c, locale) for c in cards]),
        row(_w("confirmed", locale), [formats.day(c.refreshed_at, locale) for c in cards]),
    ]


def rules(locale: str) -> list[dict[str, Any]]:
    checked = Text("đã đối chiếu", "checked")
    unchecked = Text("chưa đối chiếu", "not yet checked")
    return [
        {
            "code": r.note.get(locale),
            "document": r.document,
            "article": r.article,
            "from": formats.day(r.in_force_from, locale),
            "to": formats.day(r.in_force_to, locale),
            "checked": (checked if r.checked else unchecked).get(locale),
        }
        for r in reference.rules()
    ]


def operations(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The OpenAPI document's operations grouped by tag, for people to read."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for tag in operation.get("tags", ["other"]):
                groups.setdefault(tag, []).append(
                    {
                        "method": method.upper(),
                        "path": path,
                        "summary": operation.get("description") or operation.get("summary", ""),
                        "parameters": [
                            f"{p['name']}{'' if p.get('required') else '?'}" for p in operation.get("parameters", [])
                        ],
                        "body": _body(operation),
                    }
                )
    return [{"tag": tag, "operations": found} for tag, found in groups.items()]


def _body(operation: Mapping[str, Any]) -> str:
    for kind in operation.get("requestBody", {}).get("content", {}).values():
        ref = kind.get("schema", {}).get("$ref", "")
        return str(ref.rsplit("/", 1)[-1])
    return ""
