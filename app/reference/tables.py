"""Code lists, read once from data/*.csv (lines that begin with # tell the source and the date)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from babel import Locale

from app.kit.text import Text, nfc, sort_key

DATA = Path(__file__).parent / "data"
# Territories of CLDR that ISO 3166-1 does not assign: groupings, exceptional reservations, test codes.
NOT_ISO = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})


@dataclass(frozen=True, slots=True)
class Province:
    code: int
    name: Text


@dataclass(frozen=True, slots=True)
class Field:
    """A field of research; `parent` is the code of the level above, None on the first level."""

    code: str
    parent: str | None
    name: Text


def _read(name: str) -> list[dict[str, str]]:
    lines = nfc((DATA / f"{name}.csv").read_text(encoding="utf-8")).splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def _text(row: Mapping[str, str]) -> Text:
    return Text(row["vi"], row["en"])


@lru_cache
def provinces() -> tuple[Province, ...]:
    """All 34, in Vietnamese order."""
    rows = [Province(int(r["code"]), _text(r)) for r in _read("provinces")]
    return tuple(sorted(rows, key=lambda p: sort_key(p.name.vi)))


@lru_cache
def _province_names() -> Mapping[int, Text]:
    return MappingProxyType({p.code: p.name for p in provinces()})


def province_name(code: int | None) -> Text | None:
    return _province_names().get(code) if code is not None else None


@lru_cache
def fields() -> Mapping[str, Field]:
    """By code, in the classification's order."""
    return MappingProxyType({r["code"]: Field(r["code"], r["parent"] or None, _text(r)) for r in _read("fields")})


def field_label(code: str, locale: str) -> str | None:
    found = fields().get(code)
    return found.name.get(locale) if found else None


def field_and_parents(code: str) -> tuple[str, ...]:
    """The code and those above it, the highest first ("2.7" -> ("2", "2.7")); empty when unknown."""
    chain: list[str] = []
    found = fields().get(code)
    while found:
        chain.insert(0, found.code)
        found = fields().get(found.parent) if found.parent else None
    return tuple(chain)


@lru_cache
def priorities() -> Mapping[str, Text]:
    return MappingProxyType({r["code"]: _text(r) for r in _read("priorities")})


@lru_cache
def industries() -> Mapping[str, Text]:
    """Sections of VSIC 2025 by letter. The levels below are not at hand: two-digit divisions are taken as typed."""
    return MappingProxyType({r["code"]: _text(r) for r in _read("vsic")})


@lru_cache
def ipc_labels() -> Mapping[str, Text]:
    """Sections, classes and some subclasses, each with a short label of our own (not WIPO's title)."""
    return MappingProxyType({r["code"]: _text(r) for r in _read("ipc")})


def ipc_title(code: str) -> Text | None:
    """The label of the nearest level we have: subclass, else class, else section. None for no IPC symbol."""
    symbol = code.strip().upper()
    for length in (4, 3, 1):
        found = ipc_labels().get(symbol[:length]) if len(symbol) >= length else None
        if found:
            return found
    return None


def _territories(locale: str) -> dict[str, str]:
    return {str(code): nfc(str(name)) for code, name in Locale(locale).territories.items()}


@lru_cache
def countries() -> Mapping[str, Text]:
    """ISO 3166-1 alpha-2 codes, in the Vietnamese order of their names."""
    vi, en = (_territories(locale) for locale in ("vi", "en"))
    codes = [c for c in en if len(c) == 2 and c.isalpha() and c not in NOT_ISO]
    named = {c: Text(vi.get(c, en[c]), en[c]) for c in codes}
    return MappingProxyType(dict(sorted(named.items(), key=lambda item: sort_key(item[1].vi))))


def form_choices(locale: str) -> dict[str, list[tuple[str, str]]]:
    """(code, words) of the lists that forms offer: fields (parents before their own), priorities, provinces."""
    return {
        "fields": [(c, ("— " if f.parent else "") + f"{c} {f.name.get(locale)}") for c, f in fields().items()],
        "priorities": [(c, n.get(locale)) for c, n in priorities().items()],
        "provinces": [(str(p.code), p.name.get(locale)) for p in provinces()],
    }
