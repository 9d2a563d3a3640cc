"""Verbs of whoever looks into the room in a deal: open, page, download, fields; of the operator: inspect.

Order of a look: the deal is visible (404), the rule holds (403, and the refusal is written down), the page is made,
and then, in one statement, the rule is asked again and the look written down; only after that commit does a byte leave.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePath
from uuid import UUID

from app.deals import Access, deals
from app.disclosure import errors, policy, rendering, repository
from app.disclosure.models import RoomVersion
from app.disclosure.policy import Facts
from app.disclosure.rooms import SHOWN, fetched
from app.disclosure.schemas import (
    ConfidentialView,
    DocumentView,
    Download,
    FolderView,
    Inspect,
    Paper,
    RoomFigures,
    RoomView,
)
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from app.listings import listings
from app.platform import audit, outbox
from app.platform.db import reading, unit_of_work

INSPECTION = timedelta(hours=1)


class Opening:
    async def room(self, actor: Actor, deal_id: UUID) -> RoomView:
        """What of the room is open to the actor, and what keeps the rest shut."""
        access, facts = await self._facts(actor, deal_id)
        async with reading() as session:
            papers = await repository.open_documents(session, actor, deal_id)
            whole = await repository.documents(session, access.listing_id)
            folders = await repository.folders(session, access.listing_id)
            granted = await repository.grants(session, deal_ids=[deal_id], now=clock.now())
        shown = {d.folder_id for d in papers}
        inside = policy.may_enter(facts)
        return RoomView(
            deal_id=deal_id,
            listing_id=access.listing_id,
            owner=facts.owner,
            why=None if inside else policy.why_not(facts),
            folders=[FolderView(id=f.id, name=f.name) for f in folders if f.id in shown or facts.owner],
            documents=papers,
            held_back=len(whole) - len(papers) if inside else 0,
            grants=granted if inside else [],
            unread=0,
            actions=self._room_actions(actor, facts),
        )

    @staticmethod
    def _room_actions(actor: Actor, facts: Facts) -> list[str]:
        found = ["grant"] if policy.may_grant(actor, facts.owner) else []
        if policy.may_ask(facts) and actor.can_write:
            found.append("ask")
        if policy.may_read_log(actor, facts.owner):
            found.append("log")
        if actor.is_operator and not facts.takes_part and not facts.inspecting:
            found.append("inspect")
        return found

    async def figures(self, actor: Actor, deal_id: UUID) -> RoomFigures:
        """How much there is and how often it was looked at: for the Department, and nothing else for it."""
        await deals.access(actor, deal_id)
        async with reading() as session:
            r = await repository.figures(session, deal_id)
        return RoomFigures(deal_id=deal_id, nda_status=r[0], documents=r[1], views=r[2], questions=r[3])

    async def open_document(self, actor: Actor, deal_id: UUID, document_id: UUID) -> DocumentView:
        """Open the viewer: which pages there are. One row of the log."""
        _, found = await self._allowed(actor, deal_id, document_id)
        await self._looked(actor, deal_id, "document", found)
        return found

    async def alive(self, actor: Actor, deal_id: UUID, document_id: UUID) -> None:
        """Whether a document that is on somebody's screen may still be there. Writes nothing down."""
        await deals.access(actor, deal_id)
        async with reading() as session:
            facts = await repository.facts(session, actor, deal_id, document_id)
        if why := policy.why_not(facts):
            raise errors.shut(why)

    async def page(self, actor: Actor, deal_id: UUID, document_id: UUID, number: int) -> Paper:
        """One page as a picture with the viewer's mark. One row of the log."""
        access, found = await self._allowed(actor, deal_id, document_id)
        if found.pages is None:
            raise errors.cannot_show()
        if not 1 <= number <= found.pages:
            raise NotFound
        version = await self._stored(found)
        made = await self._made(
            rendering.page(await fetched(version.storage_key), found.media_type, number, self._mark(actor, access))
        )
        await self._looked(actor, deal_id, "page", found, page=number)
        return Paper(name=f"{number}.png", media_type="image/png", data=made)

    async def download(self, actor: Actor, deal_id: UUID, document_id: UUID) -> Paper:
        """A copy as PDF with the viewer's mark on every page, when the owner allows copies. One row of the log."""
        access, found = await self._allowed(actor, deal_id, document_id)
        if found.media_type not in SHOWN:
            raise errors.cannot_show()
        if found.download is Download.none:
            await self._refuse(actor, deal_id, document_id, "no_download")
            raise errors.no_download()
        version = await self._stored(found)
        made = await self._made(
            rendering.stamped(await fetched(version.storage_key), found.media_type, self._mark(actor, access))
        )
        await self._looked(actor, deal_id, "download", found)
        stem = PurePath(found.name).stem
        return Paper(name=f"{stem}-{access.reference}.pdf", media_type="application/pdf", data=made)

    async def original(self, actor: Actor, deal_id: UUID, document_id: UUID) -> Paper:
        """The file byte for byte, when the owner allows that. One row of the log."""
        _, found = await self._allowed(actor, deal_id, document_id)
        if found.download is not Download.original:
            await self._refuse(actor, deal_id, document_id, "no_download")
            raise errors.no_download()
        version = await self._stored(found)
        data = await fetched(version.storage_key)
        await self._looked(actor, deal_id, "original", found)
        return Paper(name=version.name, media_type=version.media_type, data=data, sha256=version.sha256)

    async def fields(self, actor: Actor, deal_id: UUID) -> ConfidentialView:
        """The fields of the listing that lie under the agreement; they open here and nowhere else. One row of the log,
        which names them."""
        access, facts = await self._facts(actor, deal_id)
        if why := policy.why_not(facts):
            await self._refuse(actor, deal_id, None, why)
            raise errors.shut(why)
        content, names = await listings.confidential(access.listing_id)
        async with unit_of_work() as session:
            detail = ",".join(names) or None
            made = await repository.log(session, actor, deal_id, "fields", detail=detail, rule=repository.OPEN_FIELDS)
        if made is None:
            await self._refuse(actor, deal_id, None, "not_granted")
            raise errors.shut("not_granted")
        files = await listings.confidential_files(access.listing_id)
        return ConfidentialView(
            listing_id=access.listing_id, fields=names, content=content, tiers=content.tiers, files=files
        )

    async def listing_file(self, actor: Actor, deal_id: UUID, file_id: UUID) -> Paper:
        """A file of the listing that lies under the agreement, byte for byte; by the rule of the fields. One row of
        the log, which names it; what was removed meanwhile or is no such file is not found."""
        access, facts = await self._facts(actor, deal_id)
        if why := policy.why_not(facts):
            await self._refuse(actor, deal_id, None, why)
            raise errors.shut(why)
        found = await listings.confidential_file(access.listing_id, file_id)
        data = b"".join([chunk async for chunk in found.chunks])
        async with unit_of_work() as session:
            # The rule is asked again after the bytes were fetched: what was revoked meanwhile does not leave.
            made = await repository.log(
                session, actor, deal_id, "listing_file", detail=str(file_id), rule=repository.OPEN_FIELDS
            )
        if made is None:
            await self._refuse(actor, deal_id, None, "not_granted")
            raise errors.shut("not_granted")
        return Paper(name=found.name, media_type=found.media_type, data=data, sha256=found.sha256)

    async def inspect(self, actor: Actor, deal_id: UUID, command: Inspect) -> None:
        """The operator gives the reason for looking at content, for an hour; the owner reads it in the log and is
        told."""
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        if not actor.is_operator or not actor.can_write or access.capacity is not None:
            raise Forbidden
        now = clock.now()
        async with unit_of_work() as session:
            await repository.inspect(
                session, deal_id=deal_id, person_id=actor.person_id, reason=command.reason, at=now,
                until=now + INSPECTION,
            )  # fmt: skip
            await repository.log(session, actor, deal_id, "inspect", detail=command.reason, rule="true")
            audit.record(session, actor, "room.inspect", "deal", deal_id, {"until": now + INSPECTION})
            outbox.publish(session, "room.inspect", deal_id=deal_id)

    # --- checks ---

    @staticmethod
    async def _facts(actor: Actor, deal_id: UUID) -> tuple[Access, Facts]:
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        async with reading() as session:
            return access, await repository.facts(session, actor, deal_id)

    async def _allowed(self, actor: Actor, deal_id: UUID, document_id: UUID) -> tuple[Access, DocumentView]:
        """Visible (404) -> the rule (403); a refusal is written down."""
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        async with reading() as session:
            found = await repository.document(session, access.listing_id, document_id)
            if found is None:
                raise NotFound
            facts = await repository.facts(session, actor, deal_id, document_id)
        if why := policy.why_not(facts):
            await self._refuse(actor, deal_id, document_id, why)
            raise errors.shut(why)
        return access, found

    async def _looked(
        self, actor: Actor, deal_id: UUID, kind: str, found: DocumentView, *, page: int | None = None
    ) -> None:
        """Ask the rule again and write the look down, at once; what closed in the meantime stays shut."""
        async with unit_of_work() as session:
            made = await repository.log(
                session, actor, deal_id, kind, document_id=found.id, version=found.version, page=page,
                rule=repository.OPEN_DOCUMENT,
            )  # fmt: skip
        if made is None:
            await self._refuse(actor, deal_id, found.id, "not_granted")
            raise errors.shut("not_granted")

    @staticmethod
    async def _refuse(actor: Actor, deal_id: UUID, document_id: UUID | None, why: str) -> None:
        async with unit_of_work() as session:
            await repository.log(session, actor, deal_id, "refused", document_id=document_id, detail=why, rule="true")

    @staticmethod
    async def _stored(found: DocumentView) -> RoomVersion:
        async with reading() as session:
            version = await repository.version(session, found.id, found.version)
        if version is None:
            raise NotFound
        return version

    @staticmethod
    async def _made(work: object) -> bytes:
        try:
            made: bytes = await work  # type: ignore[misc]
        except rendering.Busy:
            raise Unavailable(retry_after=5) from None
        except rendering.Unreadable:
            raise errors.cannot_show() from None
        return made

    @staticmethod
    def _mark(actor: Actor, access: Access) -> rendering.Mark:
        org = next((p.org_name for p in access.participants if p.org_id == actor.org_id), actor.org_name)
        when = clock.now().astimezone(clock.VIETNAM).strftime("%d/%m/%Y %H:%M")
        return rendering.Mark((" · ".join(filter(None, (actor.person_name, org))), f"{access.reference} · {when}"))
