"""The files of a report: made once, kept with their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.valuations.parts import Report

# What signatures are over: the document people read.
SIGNED = ("pdf", "json")


@dataclass(frozen=True, slots=True)
class File:
    format: str
    media_type: str
    data: bytes

    def row(self, key: str, name: str) -> dict[str, Any]:
        """As it is kept beside the report."""
        digest = hashlib.sha256(self.data).hexdigest()
        return {
            "format": self.format, "name": name, "media_type": self.media_type, "size": len(self.data),
            "sha256": digest, "storage_key": key,
        }  # fmt: skip


async def make(report: Report) -> list[File]:
    """The report as JSON that reproduces it."""
    return [File("json", "application/json", report.json_bytes())]


def signed_hash(files: Sequence[dict[str, Any]]) -> str:
    """SHA-256 of what is signed."""
    found = {f["format"]: f["sha256"] for f in files}
    return next(str(found[f]) for f in SIGNED if f in found)
