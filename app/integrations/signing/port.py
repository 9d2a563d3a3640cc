"""What the product asks of a signing service: a PDF signed by a person, and what a PDF's signatures are worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class SigningError(Exception):
    """The file cannot be signed: no PDF, or one that its own signatures forbid to change."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature in a PDF.

    `intact`: the bytes it covers are what was signed and nothing later changed them; `trusted`: its certificate leads
    to an authority this service trusts; `test`: that authority is our own, made for trying out, and binds nobody in
    law. `time` is the signer's own word (B-B level: no time stamp), and trust is judged as of then. `covers_all`: it
    covers the file to its last byte.
    """

    signer: str
    issuer: str
    serial: str
    reason: str
    time: datetime | None
    intact: bool
    trusted: bool
    test: bool
    covers_all: bool


class Signing(Protocol):
    """All of it blocks: call it off the event loop."""

    test: bool

    def sign(self, pdf: bytes, *, name: str, organisation: str, reason: str, at: datetime) -> bytes:
        """The PDF with one more PAdES signature (B-B), as an update after its bytes: earlier signatures stay valid.
        SigningError when it cannot take one."""
        ...

    def verify(self, pdf: bytes) -> list[Signature]:
        """Its signatures, oldest first; none for a PDF that carries none. SigningError when it is no PDF."""
        ...

    def extends(self, pdf: bytes, *, size: int, sha256: str) -> bool:
        """Whether the PDF begins with exactly the file of that size and hash, and nothing but signatures was added
        after it. A tool that writes the whole file anew gives False."""
        ...
