"""PAdES with pyHanko, and the test authority that stands in for a public one.

The authority is made at first use and kept as one PEM file that only this user reads. Each signature gets a key and a
certificate of its own in the signer's name; the key is forgotten at once, so nobody can sign with it again. Other
authorities are trusted when their root certificates lie as PEM files in the folder `trusted` beside it. Nothing is
fetched from a network, so revocation is not looked at.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import pem as asn1_pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.integrations.signing.port import Signature, SigningError

TEST_NAME = "santex TEST authority"
LIFE = timedelta(days=3650)
# What a test authority is good for must not run out under a demonstration of another year.
SINCE, UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# Hexadecimal digits kept free for one signature.
ROOM = 16384
HARMLESS = {ModificationLevel.NONE, ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING}
# Signatures must not be denied by anybody later; nothing more is asked of a certificate's uses.
USES = KeyUsageConstraints(key_usage={"non_repudiation"})


class _Signer(signers.PdfSigner):
    """Signs at the moment it is told, which the file then states."""

    at: datetime

    def init_signing_session(self, *args: Any, **rest: Any) -> Any:
        session = super().init_signing_session(*args, **rest)
        session.system_time = self.at
        return session


@dataclass(frozen=True)
class _Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


class Pades:
    test = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sign(self, pdf: bytes, *, name: str, organisation: str, reason: str, at: datetime) -> bytes:
        with _reading("cannot be signed"):
            writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
            field = f"Signature{len(writer.prev.embedded_signatures) + 1}"
            meta = signers.PdfSignatureMetadata(
                field_name=field, name=name, reason=reason or None, md_algorithm="sha256",
                subfilter=fields.SigSeedSubFilter.PADES,
            )  # fmt: skip
            signer = _Signer(meta, signer=self._for(name, organisation, at))
            signer.at = at
            return bytes(signer.sign_pdf(writer, bytes_reserved=ROOM).getvalue())

    def verify(self, pdf: bytes) -> list[Signature]:
        with _reading("cannot be read"):
            return [self._judged(s) for s in PdfFileReader(io.BytesIO(pdf)).embedded_signatures]

    def extends(self, pdf: bytes, *, size: int, sha256: str) -> bool:
        if len(pdf) <= size or hashlib.sha256(pdf[:size]).hexdigest() != sha256:
            return False
        try:
            with _reading("cannot be read"):
                reader = PdfFileReader(io.BytesIO(pdf))
                return bool(reader.embedded_signatures) and _only_signed(PdfFileReader(io.BytesIO(pdf[:size])), reader)
        except SigningError:
            return False

    def _judged(self, found: Any) -> Signature:
        certificate = found.signer_cert
        stated = found.self_reported_timestamp
        moment = stated.astimezone(UTC) if stated else None
        own = self._own()
        roots = [own, *self._trusted()]
        context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=moment)
        status = validate_pdf_signature(found, context, key_usage_settings=USES)
        level = status.modification_level
        intact = bool(status.intact and status.valid and status.docmdp_ok) and level in HARMLESS
        return Signature(
            signer=_common_name(certificate.subject),
            issuer=_common_name(certificate.issuer),
            serial=f"{certificate.serial_number:x}",
            reason=str(found.sig_object.get("/Reason", "")),
            time=moment,
            intact=intact,
            trusted=bool(status.trusted),
            test=certificate.issuer == own.subject,
            covers_all=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        )

    def _for(self, name: str, organisation: str, at: datetime) -> signers.SimpleSigner:
        """A signer with a new key and a certificate in this name."""
        authority = self._authority()
        key = ec.generate_private_key(ec.SECP256R1())
        subject = [x509.NameAttribute(NameOID.COMMON_NAME, name[:64])]
        if organisation:
            subject.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]))
        made = _certificate(
            x509.Name(subject), key.public_key(), authority.certificate.subject, authority.key, at - timedelta(hours=1),
            at + LIFE, authority=False,
        )  # fmt: skip
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register(_asn1(authority.certificate))
        return signers.SimpleSigner(_asn1(made), _asn1_key(key), store)

    def _authority(self) -> _Authority:
        data = self._file().read_bytes() if self._file().exists() else self._made()
        key = serialization.load_pem_private_key(data, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SigningError(f"{self._file()} holds no key of ours")
        return _Authority(key, x509.load_pem_x509_certificate(data))

    def _own(self) -> asn1_x509.Certificate:
        return _asn1(self._authority().certificate)

    def _trusted(self) -> Iterator[asn1_x509.Certificate]:
        for file in sorted((self._folder / "trusted").glob("*.pem")):
            for kind, _, data in asn1_pem.unarmor(file.read_bytes(), multiple=True):
                if kind == "CERTIFICATE":
                    yield asn1_x509.Certificate.load(data)

    def _file(self) -> Path:
        return self._folder / "test-authority.pem"

    def _made(self) -> bytes:
        """A new authority, unless another process was first."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, TEST_NAME)])
        made = _certificate(name, key.public_key(), name, key, SINCE, UNTIL, authority=True)
        data = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ) + made.public_bytes(serialization.Encoding.PEM)
        handle, path = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.link(path, self._file())
        except FileExistsError:
            data = self._file().read_bytes()
        finally:
            Path(path).unlink()
        return data


# What signing adds to a document's root, and what a form of nothing but signatures may hold.
ROOT_KEYS = {"/AcroForm", "/DSS", "/Extensions", "/Perms", "/Version"}
FORM_KEYS = {"/Fields", "/SigFlags", "/DA", "/DR"}


def _only_signed(before: PdfFileReader, after: PdfFileReader) -> bool:
    """Whether every object of the file before is the same after, but for what signing touches: the root gains a form
    of signature fields, pages gain their widgets. (pyHanko's own comparison takes a form for granted on both sides.)"""
    if "/AcroForm" in before.root or "/AcroForm" not in after.root:
        return False
    form = after.root["/AcroForm"]
    if not isinstance(form, generic.DictionaryObject) or set(form) - FORM_KEYS:
        return False
    if not all(_is_signature(f.get_object()) for f in form["/Fields"]) or before.root_ref != after.root_ref:
        return False
    refs = {ref for n in range(before.xrefs.total_revisions) for ref in before.xrefs.explicit_refs_in_revision(n)}
    # What the file says about itself (its date of change, the tool): no page shows it.
    about = [before.root.raw_get("/Metadata"), before.trailer_view.raw_get("/Info")]
    told = {ref.idnum for ref in about if isinstance(ref, generic.IndirectObject)}
    return all(ref.idnum in told or _same(ref, before, after) for ref in refs)


def _same(ref: Any, before: PdfFileReader, after: PdfFileReader) -> bool:
    old = generic.Reference(ref.idnum, ref.generation, before).get_object()
    new = generic.Reference(ref.idnum, ref.generation, after).get_object()
    if _written(old) == _written(new):
        return True
    if not (isinstance(old, generic.DictionaryObject) and isinstance(new, generic.DictionaryObject)):
        return False
    if ref.idnum == before.root_ref.idnum:
        return _without(old, ROOT_KEYS) == _without(new, ROOT_KEYS)
    if old.get("/Type", None) != "/Page" or _without(old, {"/Annots"}) != _without(new, {"/Annots"}):
        return False
    had = [_written(a) for a in old.raw_get("/Annots").data] if "/Annots" in old else []
    has = new["/Annots"]
    kept = [_written(has.raw_get(i)) for i in range(len(has))]
    return kept[: len(had)] == had and all(_is_signature(has[i]) for i in range(len(had), len(has)))


def _is_signature(field: Any) -> bool:
    return (
        isinstance(field, generic.DictionaryObject)
        and "/FT" in field
        and field["/FT"] == "/Sig"
        and "/Kids" not in field
    )


def _without(of: Any, keys: set[str]) -> dict[str, bytes]:
    return {str(k): _written(of.raw_get(k)) for k in of if k not in keys}


def _written(value: Any) -> bytes:
    out = io.BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()


@contextmanager
def _reading(failure: str) -> Iterator[None]:
    """Whatever a strange file does to the reader becomes one error."""
    try:
        yield
    except Exception as error:
        raise SigningError(f"the file {failure}: {error}") from error


def _common_name(name: Any) -> str:
    return str(name.native.get("common_name") or name.human_friendly)


def _certificate(
    subject: x509.Name, public: ec.EllipticCurvePublicKey, issuer: x509.Name, key: ec.EllipticCurvePrivateKey,
    since: datetime, until: datetime, *, authority: bool,
) -> x509.Certificate:  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority, content_commitment=not authority, key_encipherment=False,
                data_encipherment=False, key_agreement=False, key_cert_sign=authority, crl_sign=authority,
                encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _asn1_key(key: ec.EllipticCurvePrivateKey) -> asn1_keys.PrivateKeyInfo:
    return asn1_keys.PrivateKeyInfo.load(
        key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
