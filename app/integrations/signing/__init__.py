"""Signatures in PDFs (PAdES): `signing()` gives the service that signs and verifies.

Without a contract with a public authority it is the local twin: a test authority of our own, kept in the data folder.
Its signatures show that a file is unchanged and who was signed in; in law they are no digital signature, and the
interface says so. A file signed elsewhere, by a public authority's token, is taken by upload and verified here.
"""

from functools import lru_cache

from app.integrations.signing.pades import Pades
from app.integrations.signing.port import Signature, Signing, SigningError
from app.settings import settings

__all__ = ["Signature", "Signing", "SigningError", "signing"]


@lru_cache
def signing() -> Signing:
    return Pades(settings().data_dir / "signing")
