"""Do two grants of rights meet, and is anything left to grant? Pure; the database holds the same rule for itself.

A scope is a set of places times a set of fields of use, each written as a path from the widest to the narrowest:
"" is everywhere (or every field), "VN" the country, "VN.79" one of its provinces, "ford.2.7" a branch of research,
"ipc.C.C02.C02F" a subclass. Two paths meet when one contains the other. Codes of two classifications cannot be
compared, so they are taken to meet: in doubt, rights are not sold twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app import reference
from app.kit.text import Text

# Contracting states of the European Patent Convention (39 since 2022, from a secondary list; not compared with the
# official text). A grant for "EP" is a grant in each of them.
EPC = (
    "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS",
    "IT", "LI", "LT", "LU", "LV", "MC", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO",
    "RS", "SE", "SI", "SK", "SM", "TR",
)  # fmt: skip
WHOLE = ("",)


@dataclass(frozen=True, slots=True)
class Scope:
    """What one grant covers. `exclusive`: it keeps every other licensee out (exclusive and sole alike)."""

    exclusive: bool
    territory: tuple[str, ...] = WHOLE
    fields: tuple[str, ...] = WHOLE


def territory_paths(codes: Iterable[str]) -> tuple[str, ...]:
    """Codes of a term sheet ("VN", "VN-79", "WO", "EP") as paths; no code at all is everywhere."""
    paths: list[str] = []
    for code in codes:
        if code == "WO":
            return WHOLE
        paths += EPC if code == "EP" else [code.replace("-", ".", 1)]
    return _least(paths)


def field_paths(codes: Iterable[str]) -> tuple[str, ...]:
    """Codes of fields of use ("ford:2.7", "vsic:C", "ipc:C02F 3/30") as paths; no code is every field."""
    return _least(_field_path(*code.split(":", 1)) for code in codes)


def _field_path(scheme: str, code: str) -> str:
    if scheme != "ipc":
        levels = reference.field_and_parents(code) if scheme == "ford" else (code,)
        # "2.7" lies under "2": what is new on each level is its last number.
        return ".".join((scheme, *(level.rsplit(".", 1)[-1] for level in levels)))
    found = re.fullmatch(r"([A-H])(\d{2})?([A-Z])?\s*(?:(\d+)/\d+)?", code)
    if not found:
        raise ValueError(f"no IPC symbol: {code}")
    # The tree below a main group is not at hand: two symbols of one main group are taken to meet.
    return ".".join(("ipc", *(part for part in found.groups() if part)))


def _least(paths: Iterable[str]) -> tuple[str, ...]:
    """Sorted, without those that another contains; nothing is everything."""
    given = sorted(set(paths))
    return tuple(p for p in given if not any(q != p and contains(q, p) for q in given)) or WHOLE


def contains(wide: str, narrow: str) -> bool:
    return wide in ("", narrow) or narrow.startswith(f"{wide}.")


def _meet(a: str, b: str) -> str | None:
    """The narrower of two paths that meet."""
    return b if contains(a, b) else a if contains(b, a) else None


def _fields_meet(a: str, b: str) -> str | None:
    if a and b and a.split(".", 1)[0] != b.split(".", 1)[0]:
        return b
    return _meet(a, b)


def shared(a: Scope, b: Scope) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """(places, fields) that both cover; None when they do not meet."""
    places = {p for x in a.territory for y in b.territory if (p := _meet(x, y)) is not None}
    fields = {f for x in a.fields for y in b.fields if (f := _fields_meet(x, y)) is not None}
    return (_least(places), _least(fields)) if places and fields else None


def conflict(a: Scope, b: Scope) -> bool:
    """They may not both be live: at least one keeps others out, and they meet."""
    return (a.exclusive or b.exclusive) and shared(a, b) is not None


def nothing_left(grants: Sequence[Scope], offered: Iterable[str]) -> bool:
    """Exclusive grants cover every field of use in every place that is `offered` (codes of a listing; none is
    everywhere): the listing has nothing more to grant."""
    exclusive = [g for g in grants if g.exclusive]
    return bool(exclusive) and all(
        _every_field([f for g in exclusive if any(contains(t, place) for t in g.territory) for f in g.fields])
        for path in territory_paths(offered)
        for place in _atoms(path)
    )


def words(places: Sequence[str], fields: Sequence[str]) -> Text:
    """The part of the rights that paths mean, as people read it: "Hà Nội; Khoa học nông nghiệp"."""
    spoken = [[_place(p) for p in places[:6]], [_field(f) for f in fields[:6]]]
    return Text("; ".join(", ".join(t.vi for t in part) for part in spoken),
                "; ".join(", ".join(t.en for t in part) for part in spoken))  # fmt: skip


def place_name(code: str) -> Text:
    """A place of a term sheet in words; its code when it has no name of its own (EP)."""
    if code in ("WO", "EP"):
        return {"WO": Text("mọi nơi", "everywhere"), "EP": Text("châu Âu (EP)", "Europe (EP)")}[code]
    return _place(code.replace("-", ".", 1))


def field_name(code: str) -> Text:
    """A code of a field of use in words."""
    return _field(_field_path(*code.split(":", 1)))


def _place(path: str) -> Text:
    country, _, province = path.partition(".")
    found = reference.province_name(int(province)) if province else reference.countries().get(country)
    return found or Text("mọi nơi", "everywhere")


def _field(path: str) -> Text:
    scheme, _, rest = path.partition(".")
    if scheme == "ford":
        found = reference.fields().get(rest)
        return found.name if found else Text(rest, rest)
    if scheme == "vsic":
        return reference.industries().get(rest, Text(rest, rest))
    if scheme == "ipc":
        parts = rest.split(".")
        symbol = "".join(parts[:3]) + (f" {parts[3]}/" if len(parts) > 3 else "")
        title = reference.ipc_title(symbol)
        return Text(f"{symbol} {title.vi}", f"{symbol} {title.en}") if title else Text(symbol, symbol)
    return Text("mọi lĩnh vực", "every field of use")


def _atoms(path: str) -> Sequence[str]:
    """The smallest places a path is made of."""
    provinces = [f"VN.{p.code:02d}" for p in reference.provinces()]
    if path == "":
        return [*(c for c in reference.countries() if c != "VN"), *provinces]
    return provinces if path == "VN" else [path]


def _every_field(paths: Sequence[str]) -> bool:
    return "" in paths or any(
        all(_covered(top, children, paths) for top in children[scheme]) for scheme, children in _trees().items()
    )


def _covered(path: str, children: Mapping[str, Sequence[str]], paths: Sequence[str]) -> bool:
    below = children.get(path, ())
    return path in paths or (bool(below) and all(_covered(p, children, paths) for p in below))


@lru_cache
def _trees() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Scheme -> path -> the paths right below it, as far as the lists reach (IPC: its sections)."""
    trees: dict[str, dict[str, list[str]]] = {"ford": {}, "vsic": {}, "ipc": {}}
    for field in reference.fields().values():
        path = _field_path("ford", field.code)
        trees["ford"].setdefault(path.rsplit(".", 1)[0], []).append(path)
    trees["vsic"]["vsic"] = [f"vsic.{code}" for code in reference.industries()]
    trees["ipc"]["ipc"] = [f"ipc.{code}" for code in reference.ipc_labels() if len(code) == 1]
    return trees
