"""What the interface says: every msgid of the templates, with where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from jinja2.ext import babel_extract

from app.settings import ROOT

TEMPLATES = ROOT / "templates"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
OPTIONS = {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "trim_blocks": "true", "lstrip_blocks": "true",
           "silent": "false"}  # fmt: skip


@dataclass(slots=True)
class Message:
    ids: tuple[str, ...]  # one, or singular and plural
    context: str | None
    places: list[str] = field(default_factory=list)


def sources() -> list[Path]:
    return sorted(p for p in TEMPLATES.rglob("*") if p.is_file())


@lru_cache
def messages() -> list[Message]:
    found: dict[tuple[str | None, tuple[str, ...]], Message] = {}
    for path in sources():
        with path.open("rb") as file:
            for line, function, said, _comments in babel_extract(file, KEYWORDS, (), OPTIONS):
                parts = [said] if isinstance(said, str) else list(said)
                context = parts.pop(0) if function in ("pgettext", "npgettext") else None
                ids = tuple(p for p in parts if isinstance(p, str))[: 2 if "ngettext" in function else 1]
                made = found.setdefault((context, ids), Message(ids, context))
                made.places.append(f"{path.relative_to(ROOT)}:{line}")
    return list(found.values())
