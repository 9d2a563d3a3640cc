"""What the pages show: finished words for cards, fees, filters and forms."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app import reference
from app.intermediaries.offering import Availability, FeeKind, Language, LicenceKind, ProviderKind, Service, rule_of
from app.intermediaries.schemas import FeeView, Find, ProviderCard, ProviderView
from app.kit.text import Text
from app.web import formats
from app.web.forms import options

TONES = {Availability.open: "agreed", Availability.limited: "waiting", Availability.full: "closed"}
HOUR = Text("{fee} một giờ", "{fee} an hour")
JOB = Text("{fee} một việc", "{fee} a job")
PERCENT = Text("{fee} giá trị hợp đồng", "{fee} of the contract's value")
NATIONWIDE = Text("Cả nước", "The whole country")


def fee(view: FeeView, locale: str) -> str:
    """The fee in words: "15.000.000 ₫ một việc", "3–5 % giá trị hợp đồng"."""
    if view.kind is FeeKind.agreed or view.low is None or view.high is None:
        return FeeKind.agreed.label.get(locale)
    if view.kind is FeeKind.percent:
        ends = [formats.number(v, locale) for v in (view.low, view.high)]
        said = f"{ends[0]} %" if view.low == view.high else f"{ends[0]}–{ends[1]} %"
        return PERCENT.format(fee=said).get(locale)
    ends = [formats.money(int(v), locale) for v in (view.low, view.high)]
    said = ends[0] if view.low == view.high else f"{ends[0]} – {ends[1]}"
    return (HOUR if view.kind is FeeKind.hourly else JOB).format(fee=said).get(locale)


def places(regions: list[int], locale: str) -> str:
    names = [name.get(locale) for code in regions if (name := reference.province_name(code))]
    return ", ".join(names) if names else NATIONWIDE.get(locale)


def fields_text(codes: list[str], locale: str) -> list[str]:
    return [label for code in codes if (label := reference.field_label(code, locale))]


def card(found: ProviderCard, locale: str) -> dict[str, Any]:
    """A card of the directory."""
    place = reference.province_name(found.province)
    return {
        "url": found.url,
        "name": found.name,
        "expert": found.kind is ProviderKind.expert,
        "org_name": found.org_name,
        "headline": found.headline.get(locale) if found.headline else "",
        "verified": found.verified,
        "is_demo": found.is_demo,
        "province": place.get(locale) if place else "",
        "services": [s.label.get(locale) for s in found.services],
        "fields": fields_text(found.fields, locale)[:3],
        "availability": found.availability.label.get(locale),
        "tone": TONES[found.availability],
        "state": found.availability.value,
    }


def filters(asked: Find, locale: str) -> dict[str, Any]:
    listed = reference.form_choices(locale)
    return {
        "services": options(Service, locale),
        "fields": listed["fields"],
        "provinces": listed["provinces"],
        "languages": options(Language, locale),
        "asked": asked,
    }


def chips(address: Callable[..., str], asked: Find, locale: str) -> list[dict[str, Any]]:
    """What is chosen, each with the address without it."""
    said: list[tuple[str, str, str]] = []
    if asked.service:
        said.append(("service", Text("Dịch vụ", "Service").get(locale), asked.service.label.get(locale)))
    if asked.field:
        named = reference.field_label(asked.field, locale) or ""
        said.append(("field", Text("Lĩnh vực", "Field").get(locale), named))
    if asked.province and (place := reference.province_name(asked.province)):
        said.append(("province", Text("Phục vụ tại", "Serves").get(locale), place.get(locale)))
    if asked.language:
        said.append(("language", Text("Ngôn ngữ", "Language").get(locale), asked.language.label.get(locale)))
    return [{"group": g, "label": t, "remove_url": address(**{name: None, "cursor": None})} for name, g, t in said]


def profile(view: ProviderView, locale: str) -> dict[str, Any]:
    """What both the public page and the owner's sheet show of a profile."""
    place = reference.province_name(view.organisation.province)
    return {
        "view": view,
        "expert": view.kind is ProviderKind.expert,
        "org_name": view.organisation.name(locale),
        "headline": view.headline(locale) or "",
        "story": view.story(locale) or "",
        "province": place.get(locale) if place else "",
        "services": [
            {"row": s, "label": s.service.label.get(locale), "fee": fee(s.fee, locale)} for s in view.services
        ],
        "fields": fields_text(view.fields, locale),
        "languages": ", ".join(x.label.get(locale) for x in view.languages),
        "regions": places(view.regions, locale),
        "availability": view.availability.label.get(locale),
        "tone": TONES[view.availability],
        "rules": [r for s in Service if (r := rule_of(s)) and s in {x.service for x in view.services}],
    }


def _typed(value: int | Decimal | None) -> str:
    """As people type it: 25.000.000, 3,5."""
    return "" if value is None else formats.number(value, "vi")


def form_values(view: ProviderView, typed: dict[str, Any] | None) -> dict[str, Any]:
    """What stands in the fields: what was typed where something was, else what is kept."""
    kept: dict[str, Any] = {
        **{k: getattr(view, k) or "" for k in ("headline_vi", "headline_en", "story_vi", "story_en")},
        "ipc": ", ".join(view.ipc),
        "fields": view.fields,
        "languages": [x.value for x in view.languages],
        "regions": [str(r) for r in view.regions],
        "capacity": view.capacity,
        "availability": view.availability.value,
        "consent": view.consented,
    }
    known = {s.service: s.fee for s in view.services}
    rows: dict[str, dict[str, Any]] = {}
    for service in Service:
        found = known.get(service)
        rows[service.value] = {
            "offered": found is not None,
            "kind": found.kind.value if found else FeeKind.agreed.value,
            "low": _typed(found.low) if found else "",
            "high": _typed(found.high) if found and found.high != found.low else "",
            "note": (found.note if found else None) or "",
        }
    if typed is not None:
        kept |= {k: v for k, v in typed.items() if k in kept}
        kept["consent"] = bool(typed.get("consent"))
        sent = typed.get("services")
        for name, row in rows.items():
            given = sent.get(name) if isinstance(sent, dict) else None
            given = given if isinstance(given, dict) else {}
            row |= {k: str(given.get(k) or "") for k in ("kind", "low", "high", "note")}
            row["offered"] = bool(given.get("offered"))
    return kept | {"services": rows}


def command_data(typed: dict[str, Any]) -> dict[str, Any]:
    """A form as the command takes it: boxes that are not ticked are said to be empty, services not ticked fall out."""
    sent = typed.get("services")
    chosen = {
        name: {k: v for k, v in row.items() if k != "offered"}
        for name, row in (sent.items() if isinstance(sent, dict) else ())
        if isinstance(row, dict) and row.get("offered")
    }
    empty: dict[str, Any] = {"fields": [], "languages": [], "regions": [], "ipc": [], "consent": False}
    return empty | {k: v for k, v in typed.items() if v != ""} | {"services": chosen}


def form_choices(locale: str) -> dict[str, Any]:
    listed = reference.form_choices(locale)
    return {
        "service_list": list(Service),
        "fee_kinds": options(FeeKind, locale),
        "field_list": listed["fields"],
        "language_list": options(Language, locale),
        "province_list": listed["provinces"],
        "availability_list": options(Availability, locale),
        "licence_kinds": options(LicenceKind, locale),
        "licence_services": options(Service, locale),
        "licensed": {s.value: r for s in Service if (r := rule_of(s))},
    }
