"""The files of a report: made once of an approved sheet, kept with their hashes; signatures are set on the PDF."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.integrations.storage import storage
from app.valuations import report
from app.valuations.models import ValuationSignature
from app.valuations.parts import Report

MEDIA = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "signed": "application/pdf",
}


async def kept(format_: str, data: bytes, key: str, name: str) -> dict[str, Any]:
    """Store a file; what is kept beside the report about it."""
    await storage().put(key, data)
    return {
        "format": format_, "name": name, "media_type": MEDIA[format_], "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(), "storage_key": key,
    }  # fmt: skip


async def make(made: Report, folder: str, name: str) -> list[dict[str, Any]]:
    """The printed report, the workbook that recomputes it and the JSON that reproduces both, stored in `folder`."""
    files = await report.make(made)
    return [
        await kept(f, data, f"{folder}.{f}", f"{name}.{f}")
        for f, data in (("pdf", files.pdf), ("xlsx", files.xlsx), ("json", files.json))
    ]


def signed_hash(files: Sequence[dict[str, Any]]) -> str:
    """SHA-256 of the printed report as it was issued: what every signature is over."""
    return next(str(f["sha256"]) for f in files if f["format"] == "pdf")


def newest(files: Sequence[dict[str, Any]], signatures: Sequence[ValuationSignature]) -> dict[str, Any]:
    """The printed report with the signatures it has by now."""
    if signatures:
        return signatures[-1].file
    return next(f for f in files if f["format"] == "pdf")


async def countersigned(
    before: dict[str, Any], key: str, *, name: str, organisation: str, reason: str, at: datetime
) -> dict[str, Any]:
    """The report with one more PAdES signature behind its bytes, stored; those it has stay valid."""
    pdf = b"".join([chunk async for chunk in storage().stream(before["storage_key"])])
    data = await report.sign(pdf, name=name, organisation=organisation, reason=reason, at=at)
    stem = str(before["name"]).removesuffix(".pdf").removesuffix("-signed")
    return await kept("signed", data, key, f"{stem}-signed.pdf")
