"""The files of a report: the PDF people read, the workbook they recompute, the JSON that reproduces both.

The same report gives the same bytes, in any process on any day: dates come from the report, never from a clock.
Signatures are set on the PDF afterwards, as updates behind its bytes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from app.integrations.signing import Signature, signing
from app.integrations.typesetting import typesetter
from app.valuations import canonical
from app.valuations.document import address, document
from app.valuations.methods import METHODS
from app.valuations.paper import Methods
from app.valuations.parts import Report
from app.valuations.workbook import workbook

TEMPLATE = "valuation"


@dataclass(frozen=True, slots=True)
class Files:
    """A report's files, and the SHA-256 of the JSON that stands on every page."""

    pdf: bytes
    xlsx: bytes
    json: bytes
    sha256: str
    address: str


def pdf_of(report: Report, locale: str, methods: Methods = METHODS) -> bytes:
    """The printed report, PDF/A-2b. Blocks for about a tenth of a second. TypesettingError."""
    made_on = report.particulars.issued_on or report.paper.value_date
    return typesetter().pdf(TEMPLATE, document(report, locale, methods), made_on=made_on)


def files_of(report: Report, locale: str, methods: Methods = METHODS) -> Files:
    """All three files. Blocks; `make` does it off the event loop."""
    data = report.json_bytes()
    return Files(
        pdf=pdf_of(report, locale, methods),
        xlsx=workbook(report, locale, methods),
        json=data,
        sha256=canonical.sha256(data),
        address=address(report),
    )


async def make(report: Report, locale: str = "vi", methods: Methods = METHODS) -> Files:
    """PDF, workbook and JSON of the report in one language."""
    return await asyncio.to_thread(files_of, report, locale, methods)


async def sign(pdf: bytes, *, name: str, organisation: str, reason: str, at: datetime) -> bytes:
    """The PDF with one more signature; those it has stay valid. SigningError."""
    return await asyncio.to_thread(signing().sign, pdf, name=name, organisation=organisation, reason=reason, at=at)


async def verify_pdf(pdf: bytes) -> list[Signature]:
    """Its signatures, oldest first. SigningError when it is no PDF."""
    return await asyncio.to_thread(signing().verify, pdf)


async def extends(signed: bytes, *, size: int, sha256: str) -> bool:
    """Whether an uploaded PDF is the report's (its size and hash as kept) with nothing but signatures added."""
    return await asyncio.to_thread(signing().extends, signed, size=size, sha256=sha256)
