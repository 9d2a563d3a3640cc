"""The verbs of listings."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.integrations.storage import storage
from app.kit import clock, paging
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.kit.text import Text
from app.listings import completeness, errors, files, policy, repository
from app.listings.models import Listing
from app.listings.schemas import (
    Approve,
    Card,
    CardList,
    Content,
    CreateListing,
    FileView,
    ListingView,
    OwnItem,
    OwnList,
    Queue,
    QueueItem,
    Tier,
    UpdateListing,
    VersionList,
    VersionView,
)
from app.listings.workflow import EDITABLE, LISTING, VISIBLE
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work
from app.settings import settings

SCREENING_LIST = "ND-76/2018/ND-CP"


@dataclass(frozen=True, slots=True)
class Download:
    name: str
    media_type: str
    size: int
    sha256: str
    chunks: AsyncIterator[bytes]


class Listings:
    # --- reading ---

    async def read(self, actor: Actor, listing_id: UUID, *, opened: Tier | None = None) -> ListingView:
        """The listing as this actor may read it. `opened` raises the tier, for a party whose NDA was accepted."""
        async with reading() as session:
            stored = await repository.stored(session, listing_id)
            if stored is None or not self._visible(actor, stored):
                raise NotFound
        org_id = stored.card.org_id
        have = policy.level(actor, org_id)
        if opened is not None and not policy.opens(have, opened):
            have = opened
        content, locked = stored.content(have)
        mine = policy.is_owner(actor, org_id)
        possible = LISTING.actions_from(stored.card.status)
        return ListingView(
            id=listing_id,
            reference=stored.card.reference,
            status=stored.card.status,
            status_at=stored.status_at,
            version=stored.version,
            card=stored.card,
            content=content,
            locked=locked,
            files=stored.files(have),
            source=stored.source,
            source_url=stored.source_url,
            actions=policy.actions(actor, org_id, stored.card.status, possible),
            mine=mine,
            edited_after_review=stored.card.status == "published" and stored.reviewed_version < stored.version,
            completeness=completeness.assess(content, actor.locale) if mine or actor.is_operator else None,
        )

    @staticmethod
    def _visible(actor: Actor, stored: repository.Stored) -> bool:
        if actor.is_operator or policy.is_owner(actor, stored.card.org_id):
            return True
        if actor.is_department:
            return stored.card.status in repository.DEPARTMENT_SEES
        return stored.card.status in VISIBLE and not stored.org_suspended

    async def own(
        self, actor: Actor, *, status: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> OwnList:
        """The listings of the actor's organisation in every state, newest first."""
        if actor.anonymous:
            raise Unauthenticated
        if actor.org_id is None or actor.role is None:
            return OwnList(items=[])
        limit = paging.clamp(limit)
        after = paging.only(cursor, UUID) if cursor else None
        async with reading() as session:
            rows = await repository.own(session, actor.org_id, status, after, limit + 1)
        items = [
            OwnItem(
                id=r[0], reference=repository.reference_of(r[1]), title_vi=r[2], status=r[3], status_at=r[4],
                version=r[5], completeness=r[6], refreshed_at=r[7], reason=r[8],
            )
            for r in rows[:limit]
        ]  # fmt: skip
        more = paging.encode([str(items[-1].id)]) if len(rows) > limit else None
        return OwnList(items=items, next_cursor=more)

    async def of_organisation(self, org_id: UUID, *, cursor: str | None = None, limit: int = 20) -> CardList:
        """An organisation's public listings, newest first."""
        limit = paging.clamp(limit)
        after = None
        if cursor:
            after = paging.position(cursor, clock.parse, UUID)
        async with reading() as session:
            found = await repository.cards_of(session, org_id, after, limit + 1)
        items = found[:limit]
        more = None
        if len(found) > limit and items[-1].published_at:
            more = paging.encode([items[-1].published_at.isoformat(), str(items[-1].id)])
        return CardList(items=items, next_cursor=more)

    async def totals(self) -> tuple[int, int]:
        """(listings shown, organisations that show one)."""
        async with reading() as session:
            return await repository.totals(session)

    async def last_move(self, listing_id: UUID, action: str) -> state.Change | None:
        """The newest time this action was taken on a listing, with its reason or note."""
        async with reading() as session:
            changes = await state.history(session, [listing_id])
        return next((c for c in reversed(changes) if c.action == action), None)

    async def by_identifier(self, number: int | None, compact: Sequence[str]) -> list[UUID]:
        """Public listings that carry this reference number or this application or registration number."""
        async with reading() as session:
            return await repository.ids_by_identifier(session, number, compact)

    async def addresses(self, page: int, size: int) -> list[tuple[str, datetime | None]]:
        """(path, last change) of shown listings, a page of a sitemap; NotFound past the end."""
        if not 1 <= page <= 1000:
            raise NotFound
        async with reading() as session:
            rows = await repository.addresses(session, (page - 1) * size, size)
        if not rows and page > 1:
            raise NotFound
        return [(f"/listings/{r[0]}", r[1]) for r in rows]

    async def queue(self, actor: Actor, limit: int = 100) -> Queue:
        """What waits for the operator: submitted ones, and published ones edited since their last review."""
        if actor.anonymous:
            raise Unauthenticated
        if not actor.is_operator:
            raise Forbidden
        async with reading() as session:
            rows = await repository.queue(session, paging.clamp(limit))
        return Queue(
            items=[
                QueueItem(
                    id=r[0], reference=repository.reference_of(r[1]), title_vi=r[2], org_id=r[3], org_name=r[4],
                    status=r[5], since=r[6], edited_after_review=r[5] == "published", completeness=r[7],
                )
                for r in rows
            ]
        )  # fmt: skip

    async def versions(self, actor: Actor, listing_id: UUID) -> VersionList:
        """The history of the content: who changed which fields; for the owner and the operator."""
        async with reading() as session:
            found = await repository.standing(session, listing_id, actor)
            if found is None:
                raise NotFound
            if not (policy.is_owner(actor, found[0]) or actor.is_operator):
                raise Forbidden if not actor.anonymous else Unauthenticated
            rows = await repository.versions(session, listing_id)
        return VersionList(
            items=[
                VersionView(version=r.version, at=r.at, person=r.person, action=r.action, changed=r.changed)
                for r in rows
            ]
        )

    # --- writing ---

    async def create(self, actor: Actor, command: CreateListing) -> UUID:
        """A draft of the actor's organisation."""
        if actor.anonymous:
            raise Unauthenticated
        if actor.org_id is None or not actor.can_edit:
            raise Forbidden
        id_, now = new_id(), clock.now()
        content = Content(title_vi=command.title_vi)
        async with unit_of_work() as session:
            extra = {
                "id": id_,
                "org_id": actor.org_id,
                "created_by": actor.person_id,
                "created_at": now,
                "status": LISTING.initial,
                "status_at": now,
                "completeness": completeness.assess(content).score,
            }
            await repository.insert_listings(session, [(extra, content)])
            await self._version(session, actor, id_, 1, "create", ["title_vi"], content)
            await state.note(session, LISTING, id_, "create", None, LISTING.initial, actor)
        return id_

    async def update(
        self, actor: Actor, listing_id: UUID, command: UpdateListing, *, version: int | None = None
    ) -> int:
        """Change the given fields; the new version number. `version`, when given, must be the stored one
        (Conflict otherwise), so that two people never overwrite each other unseen. A published listing must stay
        complete, and goes back to the operator's queue for an after-the-fact look."""
        async with unit_of_work() as session:
            row = await self._editable(session, actor, listing_id)
            if version is not None and version != row.version:
                raise errors.changed_meanwhile()
            stored = await repository.stored(session, listing_id)
            assert stored is not None  # noqa: S101 - the row is locked
            before, _ = stored.content(Tier.nda)
            changes = {name: getattr(command, name) for name in command.model_fields_set}
            if changes.get("title_vi", before.title_vi) is None:
                raise Invalid(fields={"title_vi": Text("Hãy đặt tên công nghệ.", "Give the technology a title.")})
            after = before.model_copy(update=changes)
            changed = sorted(n for n in changes if getattr(before, n) != getattr(after, n))
            if not changed:
                return row.version
            if row.status == "published":
                self._gate(after)
            new_version = row.version + 1
            score = completeness.assess(after).score
            await repository.write_content(session, listing_id, after, {"version": new_version, "completeness": score})
            await self._version(session, actor, listing_id, new_version, "update", changed, after)
            audit.record(
                session, actor, "listing.update", "listing", listing_id, {"version": new_version, "fields": changed}
            )
            outbox.publish(session, "listing.updated", listing_id=listing_id)
        return new_version

    async def _editable(self, session: Any, actor: Actor, listing_id: UUID) -> Listing:
        """Visible (404) -> permitted (401, 403) -> possible now (409); the row locked."""
        if await repository.standing(session, listing_id, actor) is None:
            raise NotFound
        row = await repository.lock(session, listing_id)
        if row is None:
            raise NotFound
        if not policy.may_edit(actor, row.org_id):
            raise Unauthenticated if actor.anonymous else Forbidden
        if row.status not in EDITABLE:
            raise errors.not_editable()
        return row

    @staticmethod
    def _gate(content: Content) -> None:
        absent = completeness.missing(content)
        if absent:
            raise errors.incomplete(absent)
        today = clock.today()
        if any(r.status.value == "lapsed" or (r.expires and r.expires < today) for r in content.rights):
            raise errors.lapsed()

    @staticmethod
    async def _version(
        session: Any, actor: Actor, listing_id: UUID, version: int, action: str, changed: list[str], content: Content
    ) -> None:
        await repository.add_version(
            session,
            listing_id=listing_id,
            version=version,
            at=clock.now(),
            person_id=actor.person_id,
            person=actor.person_name,
            action=action,
            changed=changed,
            content=content.model_dump(mode="json", exclude_defaults=True),
        )

    # --- moving ---

    async def act(self, actor: Actor, listing_id: UUID, action: str, *, reason: str | None = None) -> str:
        """Take any action of the workflow that is a button; the new state."""
        async with unit_of_work() as session:
            found = await repository.standing(session, listing_id, actor)
            if found is None:
                raise NotFound
            if not policy.may_act(actor, found[0], action):
                raise Unauthenticated if actor.anonymous else Forbidden
            if LISTING.transitions[action].needs_reason and not reason:
                raise Invalid(fields={"reason": Text("Hãy nêu lý do.", "Give the reason.")})
            return await state.transition(session, Listing, listing_id, LISTING, action, actor, reason=reason)

    async def submit(self, actor: Actor, listing_id: UUID) -> None:
        """Send to review; Invalid with what is missing when it is not complete."""
        async with unit_of_work() as session:
            await self._moved_after_gate(session, actor, listing_id)

    async def _moved_after_gate(self, session: Any, actor: Actor, listing_id: UUID) -> None:
        found = await repository.standing(session, listing_id, actor)
        if found is None:
            raise NotFound
        if not policy.may_act(actor, found[0], "submit"):
            raise Unauthenticated if actor.anonymous else Forbidden
        await repository.lock(session, listing_id)
        stored = await repository.stored(session, listing_id)
        assert stored is not None  # noqa: S101 - seen above
        LISTING.check("submit", stored.card.status)
        self._gate(stored.content(Tier.nda)[0])
        await state.transition(session, Listing, listing_id, LISTING, "submit", actor)

    async def take_back(self, actor: Actor, listing_id: UUID) -> None:
        await self.act(actor, listing_id, "take_back")

    async def approve(self, actor: Actor, listing_id: UUID, command: Approve) -> None:
        """Publish after scoring and screening; Invalid below the gate or for a banned technology."""
        if not policy.may_review(actor):
            raise Unauthenticated if actor.anonymous else Forbidden
        scores = (command.advantages, command.clarity, command.cooperation, command.language)
        if command.screening == "banned":
            raise errors.banned()
        if command.total < 10 or 0 in scores:
            raise errors.below_gate(command.total)
        now = clock.now()
        async with unit_of_work() as session:
            row = await repository.lock(session, listing_id)
            if row is None:
                raise NotFound
            await repository.add_review(
                session,
                listing_id=listing_id,
                version=row.version,
                at=now,
                person_id=actor.person_id,
                list_version=SCREENING_LIST,
                **command.model_dump(),
            )
            await state.transition(
                session,
                Listing,
                listing_id,
                LISTING,
                "approve",
                actor,
                reason=command.note,
                values={
                    "reviewed_version": row.version,
                    "published_at": row.published_at or now,
                    "refreshed_at": now,
                },
                detail={"score": command.total, "screening": command.screening, "list": SCREENING_LIST},
            )

    async def request_changes(self, actor: Actor, listing_id: UUID, reason: str) -> None:
        await self.act(actor, listing_id, "request_changes", reason=reason)

    async def acknowledge(self, actor: Actor, listing_id: UUID, version: int) -> None:
        """The operator has looked at edits made after publication."""
        if not policy.may_review(actor):
            raise Unauthenticated if actor.anonymous else Forbidden
        async with unit_of_work() as session:
            if not await repository.acknowledge(session, listing_id, version):
                raise errors.changed_meanwhile()
            audit.record(session, actor, "listing.acknowledge", "listing", listing_id, {"version": version})

    async def refresh(self, actor: Actor, listing_id: UUID) -> None:
        """The owner confirms that a published listing still holds."""
        async with unit_of_work() as session:
            found = await repository.standing(session, listing_id, actor)
            if found is None:
                raise NotFound
            if not policy.may_edit(actor, found[0]):
                raise Unauthenticated if actor.anonymous else Forbidden
            if not await repository.refresh(session, listing_id, clock.now()):
                raise LISTING.refusal("archive", found[1])
            audit.record(session, actor, "listing.refresh", "listing", listing_id)
            outbox.publish(session, "listing.updated", listing_id=listing_id)

    async def suspend(self, actor: Actor, listing_id: UUID, reason: str) -> None:
        await self.act(actor, listing_id, "suspend", reason=reason)

    async def restore(self, actor: Actor, listing_id: UUID) -> None:
        await self.act(actor, listing_id, "restore")

    async def archive(self, actor: Actor, listing_id: UUID) -> None:
        await self.act(actor, listing_id, "archive")

    async def reopen(self, actor: Actor, listing_id: UUID) -> None:
        await self.act(actor, listing_id, "reopen")

    async def transfer(self, actor: Actor, listing_id: UUID) -> None:
        await self.act(actor, listing_id, "transfer")

    # --- called by deals and offers, inside their unit of work ---

    async def lock_offered(self, listing_id: UUID, *, reserved_too: bool = False) -> UUID:
        """Lock a listing that takes offers; its owner organisation. Conflict when it does not, or a right lapsed."""
        async with unit_of_work() as session:
            row = await repository.lock(session, listing_id)
            if row is None:
                raise NotFound
            if row.status != "published" and not (reserved_too and row.status == "reserved"):
                raise errors.not_offered()
            if await repository.has_lapsed_right(session, listing_id, clock.today()):
                raise errors.right_lapsed()
            return row.org_id

    async def lock(self, listing_id: UUID) -> str:
        """Lock a listing in whatever state; its status. Taken before a deal's row, in every verb that takes both."""
        async with unit_of_work() as session:
            row = await repository.lock(session, listing_id)
            if row is None:
                raise NotFound
            return row.status

    async def territory(self, listing_id: UUID) -> list[str]:
        """Country codes of everything the listing offers; Viet Nam when it names none."""
        async with reading() as session:
            return await repository.territory(session, listing_id) or ["VN"]

    async def reserve(
        self, actor: Actor, listing_id: UUID, *, deal_id: UUID | None = None, round_id: UUID | None = None
    ) -> None:
        """An exclusive right was agreed, or a public round takes bids: the listing leaves the market for it."""
        held_by = {"deal": deal_id, "round": round_id}
        async with unit_of_work() as session:
            await state.transition(
                session, Listing, listing_id, LISTING, "reserve", actor,
                detail={what: str(id_) for what, id_ in held_by.items() if id_},
            )  # fmt: skip

    async def record_evidence(self, listing_id: UUID, level: int) -> None:
        """A deal about the listing has reached this level; only the highest counts. The caller holds its lock."""
        async with unit_of_work() as session:
            if await repository.raise_evidence(session, listing_id, level):
                outbox.publish(session, "listing.updated", listing_id=listing_id)

    async def release(self, actor: Actor, listing_id: UUID, *, reason: str) -> None:
        async with unit_of_work() as session:
            await state.transition(session, Listing, listing_id, LISTING, "release", actor, reason=reason)

    async def cards(self, listing_ids: Iterable[UUID]) -> dict[UUID, Card]:
        async with reading() as session:
            return await repository.cards_in_any_state(session, list(set(listing_ids)))

    async def confidential(self, listing_id: UUID) -> tuple[Content, list[str]]:
        """The whole content, and the names of the fields that lie under the agreement. Only for `disclosure`, which
        has asked whether the reader may see them and written the look into the owner's log."""
        async with reading() as session:
            stored = await repository.stored(session, listing_id)
        if stored is None:
            raise NotFound
        content, _ = stored.content(Tier.nda)
        _, above = stored.content(Tier.registered)
        return content, [name for name, tier in above.items() if tier is Tier.nda]

    async def confidential_files(self, listing_id: UUID) -> list[FileView]:
        """The files under the agreement; asked by who shows them, as for `confidential`."""
        async with reading() as session:
            rows = await repository.files_of_tier(session, listing_id, Tier.nda.value)
        return [
            FileView(
                id=r.id, name=r.name, media_type=r.media_type, size=r.size, sha256=r.sha256, kind=r.kind,
                tier=Tier(r.tier), at=r.at,
            )
            for r in rows
        ]  # fmt: skip

    async def confidential_file(self, listing_id: UUID, file_id: UUID) -> Download:
        """One of them, byte for byte; NotFound when it is none. As for `confidential`, whoever asks has asked whether
        the reader may have it, and written the look down before a byte is read from `chunks`."""
        async with reading() as session:
            row = await repository.file(session, file_id)
        if row is None or row.listing_id != listing_id or Tier(row.tier) is not Tier.nda:
            raise NotFound
        return Download(row.name, row.media_type, row.size, row.sha256, storage().stream(row.storage_key))

    # --- demo and imports ---

    async def known_sources(self, source: str) -> dict[str, UUID]:
        """Source id -> our id of everything that came from `source`."""
        async with reading() as session:
            return await repository.ids_of_source(session, source)

    async def mark_demo(self, listing_id: UUID, source: str | None, source_id: str | None) -> None:
        """Mark a listing as illustration, and remember which piece of the demo's content it is."""
        async with unit_of_work() as session:
            await repository.mark_demo(session, listing_id, source, source_id)

    # --- files ---

    async def attach(self, actor: Actor, listing_id: UUID, name: str, data: bytes, tier: Tier) -> FileView:
        """Keep an image or a document, byte for byte; Invalid when it is not one, or too large."""
        kind, media_type = files.sniff(data, name, settings().upload_max_bytes)
        id_, now = new_id(), clock.now()
        digest = hashlib.sha256(data).hexdigest()
        key = f"listings/{listing_id}/{id_}"
        async with reading() as session:
            found = await repository.standing(session, listing_id, actor)
        if found is None:
            raise NotFound
        if not policy.may_edit(actor, found[0]):
            raise Unauthenticated if actor.anonymous else Forbidden
        # Stored before the row exists: a crash in between leaves an object nobody names, never a name without it.
        await storage().put(key, data)
        async with unit_of_work() as session:
            await self._editable(session, actor, listing_id)
            if await repository.count_files(session, listing_id) >= files.MAX_FILES:
                raise errors.bad_file(f"Tối đa {files.MAX_FILES} tệp.", f"At most {files.MAX_FILES} files.")
            view = FileView(
                id=id_, name=files.safe_name(name), media_type=media_type, size=len(data), sha256=digest, kind=kind,
                tier=tier, at=now,
            )  # fmt: skip
            values = view.model_dump() | {"tier": tier.value}
            await repository.add_file(
                session, listing_id=listing_id, person_id=actor.person_id, storage_key=key, **values
            )
            audit.record(session, actor, "listing.attach", "listing", listing_id, {"file": str(id_), "sha256": digest})
            outbox.publish(session, "listing.updated", listing_id=listing_id)
        return view

    async def detach(self, actor: Actor, listing_id: UUID, file_id: UUID) -> None:
        """Take a file off the listing; the stored original is kept for the record."""
        async with unit_of_work() as session:
            await self._editable(session, actor, listing_id)
            if not await repository.remove_file(session, listing_id, file_id, clock.now()):
                raise NotFound
            audit.record(session, actor, "listing.detach", "listing", listing_id, {"file": str(file_id)})

    async def open_file(self, actor: Actor, file_id: UUID, *, opened: Tier | None = None) -> Download:
        """A file as it was sent, when the actor may see its listing and its tier. Reading a non-public file of
        someone else's is a sensitive read and stands in the audit log."""
        async with reading() as session:
            row = await repository.file(session, file_id)
            found = await repository.standing(session, row.listing_id, actor) if row else None
        if row is None or found is None:
            raise NotFound
        tier = Tier(row.tier)
        have = policy.level(actor, found[0])
        if not policy.opens(have, tier) and not (opened and policy.opens(opened, tier)):
            raise Unauthenticated if actor.anonymous else Forbidden
        if tier is not Tier.public and not policy.is_owner(actor, found[0]):
            async with unit_of_work() as session:
                audit.record(session, actor, "listing.open_file", "listing", row.listing_id, {"file": str(file_id)})
        return Download(row.name, row.media_type, row.size, row.sha256, storage().stream(row.storage_key))


listings = Listings()
