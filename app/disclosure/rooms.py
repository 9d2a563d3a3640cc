"""Verbs of the owner's room: folders, documents with their versions, and what is opened to which deal."""

from __future__ import annotations

import hashlib
from datetime import datetime, time, timedelta
from pathlib import PurePath
from uuid import UUID

from app.deals import deals
from app.disclosure import errors, policy, rendering, repository
from app.disclosure.models import RoomDocument, RoomFolder
from app.disclosure.schemas import (
    AddDocument,
    AddFolder,
    DescribeDocument,
    DocumentView,
    Download,
    FolderView,
    Grant,
    OwnRoom,
    Paper,
    RoomDeal,
)
from app.integrations.storage import storage
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from app.kit.ids import new_id
from app.listings import Card, listings, safe_name, sniff
from app.platform import audit, outbox
from app.platform.db import reading, unit_of_work
from app.settings import settings

MAX_DOCUMENTS = 200
SHOWN = ("application/pdf", "image/png", "image/jpeg")


async def fetched(key: str) -> bytes:
    return b"".join([chunk async for chunk in storage().stream(key)])


class Rooms:
    async def own_room(self, actor: Actor, listing_id: UUID) -> OwnRoom:
        """The owner's page: what lies in the room, and what of it is open to whom."""
        card = await self._own(actor, listing_id)
        found = await deals.list(actor, listing_id=listing_id, limit=100)
        ids, now = [d.id for d in found.items], clock.now()
        async with reading() as session:
            folders = await repository.folders(session, listing_id)
            papers = await repository.documents(session, listing_id)
            grants = await repository.grants(session, deal_ids=ids, now=now)
            standing = await repository.standing_of_deals(session, ids, card.org_id)
            waiting = await repository.count_waiting(session, listing_id)
        return OwnRoom(
            listing_id=listing_id,
            reference=card.reference,
            title=card.title(actor.locale),
            folders=[FolderView(id=f.id, name=f.name) for f in folders],
            documents=papers,
            deals=[
                RoomDeal(
                    deal_id=d.id, reference=d.reference, buyer_name=d.buyer_name, status=d.status,
                    nda_status=standing[d.id][1], nda_expires_at=standing[d.id][2], views=standing[d.id][3],
                    grants=[g for g in grants if g.deal_id == d.id],
                )
                for d in found.items
            ],
            waiting=waiting,
            actions=self._actions(actor),
        )  # fmt: skip

    @staticmethod
    def _actions(actor: Actor) -> list[str]:
        found = ["add_document", "add_folder"] if policy.may_manage_room(actor, True) else []
        return found + (["grant"] if policy.may_grant(actor, True) else [])

    async def add_folder(self, actor: Actor, listing_id: UUID, command: AddFolder) -> UUID:
        await self._managed(actor, listing_id)
        async with unit_of_work() as session:
            id_ = await repository.add(session, RoomFolder, listing_id=listing_id, name=command.name, at=clock.now())
            audit.record(session, actor, "room.add_folder", "listing", listing_id, {"folder": str(id_)})
        return id_

    async def remove_folder(self, actor: Actor, listing_id: UUID, folder_id: UUID) -> None:
        """The folder goes; its documents stay in the room."""
        await self._managed(actor, listing_id)
        async with unit_of_work() as session:
            if not await repository.remove_folder(session, listing_id, folder_id, clock.now()):
                raise NotFound
            audit.record(session, actor, "room.remove_folder", "listing", listing_id, {"folder": str(folder_id)})

    async def add_document(
        self, actor: Actor, listing_id: UUID, command: AddDocument, name: str, data: bytes
    ) -> DocumentView:
        """Put a file into the room, byte for byte; nobody but the owner sees it until it is opened to a deal."""
        await self._managed(actor, listing_id)
        media, pages = await self._looked_at(name, data)
        self._download_fits(command.download, media)
        id_ = new_id()
        key = f"rooms/{listing_id}/{id_}/1"
        # Stored before the row exists: a crash in between leaves an object nobody names, never a name without it.
        await storage().put(key, data)
        title = command.title or PurePath(safe_name(name)).stem
        async with unit_of_work() as session:
            await listings.lock(listing_id)
            if len(await repository.documents(session, listing_id)) >= MAX_DOCUMENTS:
                raise errors.full(MAX_DOCUMENTS)
            await self._folder(session, listing_id, command.folder_id)
            await repository.add(
                session, RoomDocument, id=id_, listing_id=listing_id, folder_id=command.folder_id, title=title,
                stage=command.stage, download=command.download.value, version=1, at=clock.now(),
            )  # fmt: skip
            await self._version(session, actor, listing_id, id_, 1, name, media, pages, data, key)
            found = await repository.document(session, listing_id, id_)
        assert found is not None  # noqa: S101 - just written
        return found

    async def replace_document(
        self, actor: Actor, listing_id: UUID, document_id: UUID, name: str, data: bytes
    ) -> DocumentView:
        """A new version of a document; the ones before are kept, and the log names the version that was seen."""
        await self._managed(actor, listing_id)
        async with reading() as session:
            before = await repository.document(session, listing_id, document_id)
        if before is None:
            raise NotFound
        media, pages = await self._looked_at(name, data)
        self._download_fits(before.download, media)
        key = f"rooms/{listing_id}/{document_id}/{new_id()}"
        await storage().put(key, data)
        async with unit_of_work() as session:
            row = await repository.lock_document(session, listing_id, document_id)
            if row is None:
                raise NotFound
            number = row.version + 1
            await self._version(session, actor, listing_id, document_id, number, name, media, pages, data, key)
            await repository.set_document(session, document_id, version=number)
            found = await repository.document(session, listing_id, document_id)
        assert found is not None  # noqa: S101 - just written
        return found

    async def describe_document(
        self, actor: Actor, listing_id: UUID, document_id: UUID, command: DescribeDocument
    ) -> None:
        """Its title, its stage, its folder, and what may be downloaded; holds from the next look on."""
        await self._managed(actor, listing_id)
        async with unit_of_work() as session:
            row = await repository.lock_document(session, listing_id, document_id)
            if row is None:
                raise NotFound
            shown = await repository.document(session, listing_id, document_id)
            assert shown is not None  # noqa: S101 - locked above
            self._download_fits(command.download, shown.media_type)
            await self._folder(session, listing_id, command.folder_id)
            await repository.set_document(
                session, document_id, title=command.title, stage=command.stage, download=command.download.value,
                folder_id=command.folder_id,
            )  # fmt: skip
            detail = {"document": str(document_id), "stage": command.stage, "download": command.download.value}
            audit.record(session, actor, "room.describe_document", "listing", listing_id, detail)

    async def remove_document(self, actor: Actor, listing_id: UUID, document_id: UUID) -> None:
        """Out of the room at once, for everybody; the file is kept for the record."""
        await self._managed(actor, listing_id)
        async with unit_of_work() as session:
            if await repository.lock_document(session, listing_id, document_id) is None:
                raise NotFound
            now = clock.now()
            await repository.set_document(session, document_id, removed_at=now)
            await repository.revoke(session, now, "removed", actor.person_id, document_id=document_id)
            audit.record(session, actor, "room.remove_document", "listing", listing_id, {"document": str(document_id)})

    async def own_original(self, actor: Actor, listing_id: UUID, document_id: UUID) -> Paper:
        """The owner takes its own file back, as it was sent."""
        await self._own(actor, listing_id)
        async with reading() as session:
            found = await repository.document(session, listing_id, document_id)
            version = await repository.version(session, document_id, found.version) if found else None
        if found is None or version is None:
            raise NotFound
        async with unit_of_work() as session:
            detail = {"document": str(document_id), "version": version.version}
            audit.record(session, actor, "room.own_original", "listing", listing_id, detail)
        data = await fetched(version.storage_key)
        return Paper(name=version.name, media_type=version.media_type, data=data, sha256=version.sha256)

    # --- opening to a deal ---

    async def grant(self, actor: Actor, listing_id: UUID, command: Grant) -> UUID:
        """Open a stage, or one document, to the others of a deal; it works once their agreement is in force."""
        card = await self._own(actor, listing_id)
        if not policy.may_grant(actor, actor.org_id == card.org_id):
            raise Forbidden
        if (command.stage is None) == (command.document_id is None):
            raise errors.one_thing()
        until = None
        if command.until is not None:
            until = datetime.combine(command.until + timedelta(days=1), time(), clock.VIETNAM)
            if until <= clock.now():
                raise errors.past_date()
        async with unit_of_work() as session:
            deal = await deals.locked(command.deal_id)
            if deal.listing_id != listing_id:
                raise NotFound
            if deal.status == "closed":
                raise errors.deal_closed()
            if command.document_id and await repository.lock_document(session, listing_id, command.document_id) is None:
                raise NotFound
            await repository.revoke(session, clock.now(), "expired", None, deal_id=deal.id, expired=True)
            id_ = await repository.add_grant(
                session, deal_id=deal.id, listing_id=listing_id, stage=command.stage, document_id=command.document_id,
                at=clock.now(), person_id=actor.person_id, expires_at=until,
            )  # fmt: skip
            if id_ is None:
                raise errors.granted_already()
            detail = {
                "grant": str(id_), "stage": command.stage, "until": until,
                "document": str(command.document_id) if command.document_id else None,
            }  # fmt: skip
            audit.record(session, actor, "room.grant", "deal", deal.id, detail)
            outbox.publish(session, "room.grant", deal_id=deal.id, grant_id=id_)
        return id_

    async def revoke(self, actor: Actor, listing_id: UUID, grant_id: UUID) -> None:
        """Shut it again, at once. A second click changes nothing."""
        card = await self._own(actor, listing_id)
        if not policy.may_grant(actor, actor.org_id == card.org_id):
            raise Forbidden
        async with reading() as session:
            found = await repository.grant(session, grant_id)
        if found is None or found.listing_id != listing_id:
            raise NotFound
        async with unit_of_work() as session:
            await deals.locked(found.deal_id)
            if await repository.revoke(session, clock.now(), "revoked", actor.person_id, grant_id=grant_id):
                audit.record(session, actor, "room.revoke", "deal", found.deal_id, {"grant": str(grant_id)})

    # --- checks ---

    @staticmethod
    async def _own(actor: Actor, listing_id: UUID) -> Card:
        """The room exists for its owner only (401, 404)."""
        if actor.anonymous:
            raise Unauthenticated
        card = (await listings.cards([listing_id])).get(listing_id)
        if card is None or actor.role is None or card.org_id != actor.org_id:
            raise NotFound
        return card

    async def _managed(self, actor: Actor, listing_id: UUID) -> Card:
        card = await self._own(actor, listing_id)
        if not policy.may_manage_room(actor, actor.org_id == card.org_id):
            raise Forbidden
        return card

    @staticmethod
    async def _folder(session: object, listing_id: UUID, folder_id: UUID | None) -> None:
        if folder_id is None:
            return
        async with reading() as reader:
            if folder_id not in {f.id for f in await repository.folders(reader, listing_id)}:
                raise NotFound

    @staticmethod
    async def _looked_at(name: str, data: bytes) -> tuple[str, int | None]:
        """(media type, pages that can be shown), by the bytes. Invalid when it is of no kind that is taken."""
        _, media = sniff(data, name, settings().room_upload_max_bytes)
        if media.startswith("image/") and media not in SHOWN:
            raise errors.bad_file("Ảnh trong phòng dữ liệu cần là PNG hoặc JPEG.", "Pictures here are PNG or JPEG.")
        try:
            return media, await rendering.count_pages(data, media)
        except rendering.Busy:
            raise Unavailable(retry_after=5) from None
        except rendering.Unreadable:
            raise errors.bad_file(
                f"Không mở được tệp: tệp hỏng, có mật khẩu, hoặc dài hơn {rendering.MAX_PAGES} trang. Hãy gỡ mật khẩu,"
                " xuất lại hoặc tách tệp.",
                f"The file does not open: it is broken, locked, or over {rendering.MAX_PAGES} pages. Unlock, export"
                " anew or split it.",
            ) from None

    @staticmethod
    def _download_fits(download: Download, media: str) -> None:
        if download is Download.stamped and media not in SHOWN:
            raise errors.only_original()

    @staticmethod
    async def _version(
        session: object, actor: Actor, listing_id: UUID, document_id: UUID, number: int, name: str, media: str,
        pages: int | None, data: bytes, key: str,
    ) -> None:  # fmt: skip
        digest = hashlib.sha256(data).hexdigest()
        async with unit_of_work() as writer:
            await repository.add_version(
                writer, document_id=document_id, version=number, name=safe_name(name), media_type=media,
                size=len(data), sha256=digest, storage_key=key, pages=pages, at=clock.now(),
                person_id=actor.person_id, person_name=actor.person_name,
            )  # fmt: skip
            detail = {"document": str(document_id), "version": number, "sha256": digest}
            audit.record(writer, actor, "room.add_version", "listing", listing_id, detail)
