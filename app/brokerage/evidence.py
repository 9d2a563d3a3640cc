"""Files as evidence of a claim: added while it waits for a decision, kept byte for byte, never taken away."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.brokerage import errors
from app.brokerage.repository import claims as repository
from app.integrations.storage import StorageError, storage
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import DomainError
from app.kit.ids import new_id
from app.listings import safe_name, sniff
from app.settings import settings

MAX_FILES = 5  # at a time
MAX_OF_A_SIDE = 20


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class OpenedFile:
    name: str
    media_type: str
    size: int
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Described:
    """A file by its bytes, as its row says it."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    storage_key: str


@contextlib.asynccontextmanager
async def stored(claim_id: UUID, uploads: Sequence[Upload]) -> AsyncIterator[list[Described]]:
    """The files in storage while the rows that speak of them are written; taken away again when that is refused.

    Invalid (field `files`) when there are too many, or one is empty, too large or of no kind that is taken.
    """
    if len(uploads) > MAX_FILES:
        raise errors.too_many_files(MAX_FILES)
    found = [_described(claim_id, u) for u in uploads]
    try:
        for file, upload in zip(found, uploads, strict=True):
            await storage().put(file.storage_key, upload.data)
        yield found
    except DomainError:
        for file in found:
            with contextlib.suppress(StorageError):
                await storage().delete(file.storage_key)
        raise


async def add(session: Any, actor: Actor, claim_id: UUID, files: Sequence[Described]) -> None:
    """Write their rows, under the lock of the claim's row (or in the transaction that makes it)."""
    before = await repository.count_files(session, claim_id, actor.org_id)
    if before + len(files) > MAX_OF_A_SIDE:
        raise errors.too_many_files_in_all(MAX_OF_A_SIDE)
    for n, file in enumerate(files):
        await repository.add_file(
            session, id=file.id, claim_id=claim_id, org_id=actor.org_id, position=before + n,
            person_id=actor.person_id, person_name=actor.person_name, at=clock.now(), name=file.name,
            media_type=file.media_type, size=file.size, sha256=file.sha256, storage_key=file.storage_key,
        )  # fmt: skip


def _described(claim_id: UUID, upload: Upload) -> Described:
    try:
        _, media_type = sniff(upload.data, upload.name, settings().upload_max_bytes)
    except DomainError as error:
        raise type(error)(
            error.code, error.text, fields={"files": next(iter(error.fields.values()), error.text)}
        ) from None
    id_ = new_id()
    return Described(
        id=id_, name=safe_name(upload.name), media_type=media_type, size=len(upload.data),
        sha256=hashlib.sha256(upload.data).hexdigest(), storage_key=f"claims/{claim_id}/{id_}",
    )  # fmt: skip
