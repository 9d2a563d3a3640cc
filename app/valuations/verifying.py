"""Anybody may check a report: its PDF's signatures, its JSON's numbers, and that the two belong together.

Nothing given is kept. The check needs no record of the exchange: signatures prove themselves, numbers are computed
anew from the inputs, and the PDF is set again from the JSON and compared byte for byte.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from app.integrations.signing import Signature, SigningError, signing
from app.kit.actor import Actor
from app.kit.errors import Invalid, TooLarge
from app.kit.text import Text
from app.platform import rates
from app.valuations import canonical, report
from app.valuations.calculators import HEAVY
from app.valuations.paper import read_report, verify
from app.valuations.parts import Difference, Paper, Report

PDF_BYTES, JSON_BYTES = 10 * 2**20, 2 * 2**20
USES, USES_SECONDS = 20, 600
# Runs of a simulation or a lattice that one check may ask for, and differences it lists.
MOST_HEAVY, MOST_LISTED = 3, 50
_HASH = re.compile(rb"[0-9a-f]{64}")


class SignatureView(BaseModel):
    """One signature: whose, what for, when by its own word. `test` marks the exchange's test authority, which binds
    nobody in law."""

    signer: str
    issuer: str
    reason: str
    time: datetime | None
    intact: bool
    trusted: bool
    test: bool


class Checked(BaseModel):
    """What a check found. Parts that were not given are None: `intact` and `signatures` speak of the PDF, `equal` and
    `differences` of the JSON's numbers, `together` of whether the PDF is the JSON's. `report_hash` is the JSON's hash,
    or the one the PDF states."""

    signatures: list[SignatureView] | None = None
    intact: bool | None = None
    equal: bool | None = None
    differences: list[Difference] | None = None
    more_differences: int = 0
    together: bool | None = None
    report_hash: str | None = None


async def check(actor: Actor, files: Sequence[bytes], *, address: str = "-") -> Checked:
    """Check a PDF, a JSON, or both, told apart by how they begin. TooLarge, TooMany; Invalid (`files`) for anything
    else, or a report whose paper cannot be computed."""
    who = str(actor.person_id) if actor.person_id else address
    await rates.hit(f"valuation-verify:{who}", USES, USES_SECONDS)
    pdfs = [f for f in files if f[:1024].lstrip().startswith(b"%PDF-")]
    others = [f for f in files if f not in pdfs]
    if not files or len(pdfs) > 1 or len(others) > 1:
        raise Invalid(fields={"files": _ONE_EACH})
    if any(len(f) > PDF_BYTES for f in pdfs) or any(len(f) > JSON_BYTES for f in others):
        raise TooLarge
    found: dict[str, Any] = {}
    if pdfs:
        found |= await _pdf(pdfs[0])
    if others:
        found |= await _json(others[0])
        if pdfs:
            found["together"] = await asyncio.to_thread(_together, pdfs[0], read_report(others[0]))
    return Checked(**found)


async def _pdf(data: bytes) -> dict[str, Any]:
    try:
        signatures = await report.verify_pdf(data)
    except SigningError:
        raise Invalid(fields={"files": _NO_PDF}) from None
    stated = _HASH.search(data)
    return {
        "signatures": [_view(s) for s in signatures],
        "intact": bool(signatures) and all(s.intact for s in signatures) and signatures[-1].covers_all,
        "report_hash": stated.group().decode() if stated else None,
    }


def _view(s: Signature) -> SignatureView:
    return SignatureView(
        signer=s.signer, issuer=s.issuer, reason=s.reason, time=s.time, intact=s.intact, trusted=s.trusted, test=s.test
    )


async def _json(data: bytes) -> dict[str, Any]:
    stated = read_report(data)
    if _heavy(stated.paper) > MOST_HEAVY:
        raise Invalid(fields={"files": _TOO_HEAVY})
    differences = await asyncio.to_thread(verify, stated)
    return {
        "equal": not differences,
        "differences": differences[:MOST_LISTED],
        "more_differences": max(0, len(differences) - MOST_LISTED),
        "report_hash": stated.sha256,
    }


def _heavy(paper: Paper) -> int:
    runs = {c.key: int(c.method in HEAVY) for c in paper.calculations}
    asked = paper.sensitivity
    swings = 2 * len(asked.swings) * runs.get(asked.calculation, 0) if asked else 0
    # Computed once for the comparison; a simulation beside the calculations counts like one of them.
    return sum(runs.values()) + swings + int(paper.simulation is not None and paper.simulation.method in HEAVY)


def _together(pdf: bytes, stated: Report) -> bool:
    """Whether the PDF is this report's, in either language, with nothing but signatures behind it."""
    from_json = [report.pdf_of(stated, locale) for locale in ("vi", "en")]
    return any(
        pdf == made or signing().extends(pdf, size=len(made), sha256=canonical.sha256(made)) for made in from_json
    )


_ONE_EACH = Text(
    "Hãy chọn một tệp PDF, một tệp JSON, hoặc mỗi loại một tệp của cùng báo cáo.",
    "Choose one PDF, one JSON file, or one of each of the same report.",
)
_NO_PDF = Text("Không đọc được tệp PDF này.", "This PDF cannot be read.")
_TOO_HEAVY = Text(
    "Báo cáo này có quá nhiều phép mô phỏng để tính lại tại đây. Hãy dùng lệnh santex valuate --verify.",
    "This report asks for too many simulations to compute here. Use the command santex valuate --verify.",
)
