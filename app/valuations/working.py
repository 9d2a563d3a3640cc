"""From a draft to the paper of a valuation: what the case fixes, what the sheet adds, and what it must show. Pure but
for the thread a long computation runs in."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from app.kit.errors import Invalid
from app.kit.money import EXPONENTS, MAX_AMOUNT
from app.kit.text import Text
from app.listings import IpKind
from app.valuations import canonical, errors
from app.valuations.methods import METHODS
from app.valuations.models import Valuation
from app.valuations.paper import compute, read_paper, settle
from app.valuations.parts import Outcome, Paper
from app.valuations.schemas.choices import Purpose
from app.valuations.schemas.commands import SaveSheet
from app.valuations.shapes import find, shapes

DEFAULT = "Giá trị mặc định của phương pháp"
SHOWN_BY = ("registry", "measured")


def draft_of(command: SaveSheet) -> dict[str, Any]:
    """What a draft keeps, in JSON's types."""
    kept: dict[str, Any] = canonical.plain(command.model_dump(exclude={"revision"}, exclude_none=True))
    return kept


def copied(paper: dict[str, Any]) -> dict[str, Any]:
    """What of an earlier version a new draft starts from: all but what the case fixes."""
    kept = ("calculations", "synthesis", "sensitivity", "simulation")
    made = {name: paper[name] for name in kept if paper.get(name) is not None}
    return made | {
        "calculations": [
            c | {"inputs": {k: v for k, v in c["inputs"].items() if v is not None}} for c in made["calculations"]
        ]
    }


def head(row: Valuation) -> dict[str, Any]:
    """What the case fixes for every sheet of it: the asset as it stood at the request, purpose, date, currency."""
    asset = row.asset
    rights = [r for r in asset.get("rights", []) if r]
    numbers = [str(n) for r in rights for n in (r.get("registration_no") or r.get("application_no"),) if n]
    purpose = Purpose(row.purpose).label.vi
    return {
        "asset": {
            "name": asset["title_vi"][:300], "description": (asset.get("summary_vi") or "")[:4000],
            "rights": "; ".join(str(r.get("title_vi") or IpKind(r["kind"]).label.vi) for r in rights)[:300],
            "owner": "; ".join(o["name"] for o in asset.get("owners", []))[:300],
            "identifiers": [asset["reference"], *numbers][:20],
        },
        "purpose": f"{purpose}: {row.purpose_note}"[:300] if row.purpose_note else purpose,
        "value_date": row.value_date.isoformat(), "currency": row.currency,
    }  # fmt: skip


def paper_of(row: Valuation, draft: dict[str, Any]) -> Paper:
    """The paper of a draft; Invalid names what does not fit. Inputs nobody typed are defaults, and noted as assumed."""
    settled = settle(read_paper({**head(row), **draft}))
    calculations = []
    for c in settled.calculations:
        noted = {n.path.split(".")[0] for n in c.notes}
        typed = next(d["inputs"] for d in draft["calculations"] if d["key"] == c.key)
        added = [
            {"path": name, "origin": "assumed", "source": DEFAULT}
            for name, value in c.inputs.items()
            if value is not None and name not in noted and name not in typed
        ]
        calculations.append(canonical.plain(c) | {"notes": [*canonical.plain(c.notes), *added]})
    return read_paper(canonical.plain(settled) | {"calculations": calculations})


def _called(method: str, path: str) -> Text:
    """What people call an input; its path where it has no name of its own."""
    found = METHODS.get(method)
    shape = find(shapes(found.inputs), path) if found else None
    return shape.label if shape else Text(path, path)


def unsupported(draft: dict[str, Any], evidence: Collection[str]) -> dict[str, Text]:
    """Inputs whose origin is not shown: one note an input; a register or a measurement needs a source or a file."""
    found: dict[str, Text] = {}
    for n, c in enumerate(draft.get("calculations", [])):
        noted = {note["path"].split(".")[0] for note in c["notes"]}
        for name, value in c["inputs"].items():
            if value is not None and name not in noted:
                found[f"calculations.{n}.notes.{name}.origin"] = errors.no_origin(_called(c["method"], name))
        for note in c["notes"]:
            where = f"calculations.{n}.notes.{note['path']}"
            if note["origin"] in SHOWN_BY and not note.get("source") and not note.get("evidence"):
                found[f"{where}.source"] = errors.no_source(_called(c["method"], note["path"]))
            if note.get("evidence") and note["evidence"] not in evidence:
                found[f"{where}.evidence"] = errors.unknown_evidence()
    return found


def minor(value: Decimal | None, currency: str) -> int | None:
    """A rounded amount in whole minor units; Invalid above what is recorded."""
    if value is None:
        return None
    counted = int(value.scaleb(EXPONENTS[currency]))
    if abs(counted) > MAX_AMOUNT * 100:
        raise errors.too_large()
    return counted


def amounts(outcome: Outcome, currency: str) -> dict[str, int | None]:
    """The answer as the case records it; Invalid when the sheet has no single one."""
    if outcome.value is None:
        raise errors.no_single_value()
    value = minor(outcome.value, currency)
    low, high = (minor(outcome.value if v is None else v, currency) for v in (outcome.low, outcome.high))
    return {"value": value, "low": low, "high": high}


async def computed(paper: Paper) -> Outcome:
    """In a thread of its own: a simulation takes a second or two."""
    return await asyncio.to_thread(compute, paper)


async def tried(row: Valuation, draft: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Text]]:
    """(outcome, what is in the way): of a draft, one of the two is empty."""
    try:
        outcome: dict[str, Any] = canonical.plain(await computed(paper_of(row, draft)))
    except Invalid as error:
        return None, error.fields
    return outcome, {}
