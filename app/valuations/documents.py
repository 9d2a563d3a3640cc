"""Documents of a case: put in by either side, read by both and by nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePath
from uuid import UUID

from app.integrations.storage import storage
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import safe_name, sniff
from app.platform import audit, outbox
from app.platform.db import reading, unit_of_work
from app.settings import settings
from app.valuations import errors, policy, repository
from app.valuations.base import Base
from app.valuations.models import ValuationDocument
from app.valuations.schemas.commands import AddDocument

MAX_DOCUMENTS = 100


@dataclass(frozen=True, slots=True)
class Download:
    name: str
    media_type: str
    size: int
    sha256: str
    chunks: AsyncIterator[bytes]


class Documents(Base):
    async def attach(self, actor: Actor, valuation_id: UUID, command: AddDocument, name: str, data: bytes) -> UUID:
        """Keep a file, byte for byte, with what it is and its hash; Invalid when it is of a kind that is not taken."""
        await self._allowed(actor, valuation_id, "attach")
        _, media = sniff(data, name, settings().upload_max_bytes)
        id_ = new_id()
        key = f"valuations/{valuation_id}/{id_}"
        shown = safe_name(name)
        # Stored before the row exists: a crash in between leaves an object nobody names, never a name without it.
        await storage().put(key, data)
        digest = hashlib.sha256(data).hexdigest()
        try:
            async with unit_of_work() as session:
                await self._now(session, actor, valuation_id, "attach", "review")
                if len(await repository.documents(session, valuation_id)) >= MAX_DOCUMENTS:
                    raise errors.full(MAX_DOCUMENTS)
                made = await repository.add(
                    session, ValuationDocument, id=id_, valuation_id=valuation_id, kind=command.kind.value,
                    title=command.title or PurePath(shown).stem, name=shown, media_type=media, size=len(data),
                    sha256=digest, storage_key=key, at=clock.now(), org_id=actor.org_id, person_id=actor.person_id,
                )  # fmt: skip
                if made is None:
                    raise errors.same_document()
                detail = {"document": str(id_), "sha256": digest}
                audit.record(session, actor, "valuation.attach", "valuation", valuation_id, detail)
                outbox.publish(session, "valuation.attach", valuation_id=valuation_id)
        except BaseException:
            await storage().delete(key)
            raise
        return id_

    async def open_document(self, actor: Actor, valuation_id: UUID, document_id: UUID) -> Download:
        """The file as it was sent, for the two sides; a look by the operator is written down."""
        if actor.anonymous:
            raise Unauthenticated
        row = await self._visible(actor, valuation_id)
        facts = await self._facts(actor, row)
        side = policy.side_of(actor, facts)
        async with reading() as session:
            found = await repository.document(session, valuation_id, document_id)
        if found is None or not policy.sees_documents(actor, side):
            raise NotFound
        if side is None:
            async with unit_of_work() as session:
                detail = {"document": str(document_id)}
                audit.record(session, actor, "valuation.open_document", "valuation", valuation_id, detail)
        chunks = storage().stream(found.storage_key)
        return Download(found.name, found.media_type, found.size, found.sha256, chunks)
