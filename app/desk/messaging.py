"""Messages of a deal: to all parties, or inside one side. What was sent stays; its sender may retract it for ten
minutes, which hides the words from everyone while the record keeps them for a dispute."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.deals import Access, Side, deals
from app.desk import errors, policy
from app.desk.models import DeskMark, DeskMessage
from app.desk.repository import messages as repository
from app.desk.schemas import (
    Audience,
    Channel,
    ChannelView,
    FileView,
    Inspect,
    MessageView,
    ReadUpTo,
    SendMessage,
    Thread,
)
from app.desk.workflow import MESSAGE
from app.integrations.storage import StorageError, storage
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict, DomainError, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import safe_name, sniff
from app.platform import audit, rates, state
from app.platform.db import reading, unit_of_work
from app.settings import settings
from app.web import signing

PAGE = 50
MAX_FILES = 5
INSPECTION_SECONDS = 3600
PURPOSE = "desk.inspect"


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


class Messages:
    # --- reading ---

    async def thread(
        self, actor: Actor, deal_id: UUID, audience: Audience = Audience.all, *, before: int | None = None
    ) -> Thread:
        """The newest fifty messages of a channel (before number `before`), oldest first."""
        access, side = await self._reader(actor, deal_id)
        channel = _channel(audience, side)
        async with reading() as session:
            unread = await repository.unread(session, deal_id, _person(actor), [c.value for c in policy.channels(side)])
            rows = await repository.page(session, deal_id, [channel.value], before, PAGE + 1)
            marks = await repository.marks(session, deal_id, channel.value)
            files = await repository.files(session, [m.id for m, _ in rows])
        shown = rows[:PAGE][::-1]
        mark = next((k.seq for k in marks if k.person_id == actor.person_id), 0)
        items = [_view(actor, m, org, files.get(m.id, []), mark) for m, org in shown]
        _seen(items, marks)
        return Thread(
            deal_id=deal_id,
            reference=access.reference,
            channel=channel,
            audience=audience,
            channels=[
                ChannelView(audience=a, channel=_channel(a, side), unread=unread.get(_channel(a, side).value, 0))
                for a in Audience
            ],
            items=items,
            earlier=shown[0][0].seq if len(rows) > PAGE else None,
            upto=max((m.seq for m, _ in shown), default=0),
            may_write=policy.may_write(actor, side) and access.status != "closed",
            closed=access.status == "closed",
        )

    async def unread(self, actor: Actor, deal_id: UUID) -> int:
        """How many messages of the deal the actor has not read; 0 for whoever reads none."""
        access = await deals.access(actor, deal_id)
        side = policy.side_of(access)
        if not policy.may_read(actor, side) or actor.person_id is None:
            return 0
        async with reading() as session:
            found = await repository.unread(session, deal_id, actor.person_id, [c.value for c in policy.channels(side)])
        return sum(found.values())

    async def inspect(self, actor: Actor, deal_id: UUID, command: Inspect) -> Thread:
        """The operator opens what was said, the retracted too, giving a reason. Each opening is logged."""
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        if not policy.may_inspect(actor, access):
            raise Forbidden
        async with unit_of_work() as session:
            audit.record(session, actor, "message.inspect", "deal", deal_id, {"reason": command.reason})
            rows = await repository.page(session, deal_id, [c.value for c in Channel], None, 500)
            files = await repository.files(session, [m.id for m, _ in rows])
        items = [_view(actor, m, org, files.get(m.id, []), m.seq, whole=True) for m, org in rows[::-1]]
        return Thread(
            deal_id=deal_id, reference=access.reference, channel=None, audience=None, channels=[], items=items,
            earlier=None, upto=0, may_write=False, closed=access.status == "closed",
            inspection=signing.seal(PURPOSE, [str(deal_id), str(actor.person_id)], INSPECTION_SECONDS),
        )  # fmt: skip

    async def open_file(self, actor: Actor, deal_id: UUID, file_id: UUID, inspection: str | None = None) -> OpenedFile:
        """A file as it was sent, for who reads its channel; for the operator with the pass of an opening."""
        access = await deals.access(actor, deal_id)
        async with reading() as session:
            found = await repository.file(session, deal_id, file_id)
        side = policy.side_of(access)
        inspects = policy.may_inspect(actor, access)
        if inspects:
            passed = signing.unseal(PURPOSE, inspection) if inspection else None
            if passed != [str(deal_id), str(actor.person_id)]:
                raise errors.reason_needed()
        elif not policy.may_read(actor, side):
            raise errors.for_the_sides()
        if found is None:
            raise NotFound
        file, message = found
        if inspects:
            async with unit_of_work() as session:
                audit.record(session, actor, "message.inspect_file", "deal", deal_id, {"file": str(file_id)})
        elif Channel(message.channel) not in policy.channels(side) or message.status != "sent":
            raise NotFound
        return OpenedFile(file.name, file.media_type, file.size, storage().stream(file.storage_key))

    # --- writing ---

    async def send(self, actor: Actor, deal_id: UUID, command: SendMessage, files: Sequence[Upload] = ()) -> UUID:
        """Say something, with files kept byte for byte; its id. Invalid when there is neither a word nor a file."""
        if actor.anonymous:
            raise Unauthenticated
        access, side = await self._reader(actor, deal_id)
        if not policy.may_write(actor, side):
            raise Forbidden
        if access.status == "closed":
            raise errors.deal_closed()
        if not command.body and not files:
            raise errors.empty_message()
        if len(files) > MAX_FILES:
            raise errors.too_many_files(MAX_FILES)
        await rates.hit(f"message:{actor.person_id}", 30, 300)
        kept = [_described(f) for f in files]
        id_ = new_id()
        keys = [f"deals/{deal_id}/messages/{id_}/{n}" for n in range(len(files))]
        try:
            for key, upload in zip(keys, files, strict=True):
                await storage().put(key, upload.data)
            await self._put(actor, id_, deal_id, command, list(zip(keys, kept, strict=True)))
        except DomainError:
            for key in keys:  # refused, so nothing refers to them
                with contextlib.suppress(StorageError):
                    await storage().delete(key)
            raise
        return id_

    @staticmethod
    async def _put(
        actor: Actor, id_: UUID, deal_id: UUID, command: SendMessage, files: Sequence[tuple[str, FileView]]
    ) -> None:
        now = clock.now()
        async with unit_of_work() as session:
            row = await deals.locked(deal_id)
            if row.status == "closed":
                raise errors.deal_closed()
            # Read again under the lock: a broker may have left in the meantime.
            side = policy.side_of(await deals.access(actor, deal_id))
            channel = _channel(command.channel, side)
            await repository.add(
                session, id=id_, deal_id=deal_id, seq=await repository.next_seq(session, deal_id),
                channel=channel.value, org_id=actor.org_id, person_id=actor.person_id,
                person_name=actor.person_name, body=command.body or "", sent_at=now, status=MESSAGE.initial,
                status_at=now,
            )  # fmt: skip
            for n, (key, file) in enumerate(files):
                await repository.add_file(
                    session, id=file.id, message_id=id_, position=n, name=file.name, media_type=file.media_type,
                    size=file.size, sha256=file.sha256, storage_key=key,
                )  # fmt: skip
            detail = {"deal": str(deal_id), "channel": channel.value, "files": [f.sha256 for _, f in files]}
            await state.note(session, MESSAGE, id_, "send", None, MESSAGE.initial, actor, detail=detail)

    async def retract(self, actor: Actor, message_id: UUID) -> UUID:
        """Take one's own message back within ten minutes; the deal's id. Its words stay in the record."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await repository.message(session, message_id)
        if row is None:
            raise NotFound
        side = policy.side_of(await deals.access(actor, row.deal_id))
        if Channel(row.channel) not in policy.channels(side):
            # Staff see the deal, and hear that its messages are not theirs; of the other side's there are none.
            raise NotFound if side is not None else errors.for_the_sides()
        if not policy.may_write(actor, side):
            raise Forbidden
        if row.person_id != actor.person_id:
            raise errors.not_your_message()
        oldest = clock.now() - timedelta(minutes=policy.RETRACT_MINUTES)
        async with unit_of_work() as session:
            try:
                await state.transition(
                    session, DeskMessage, message_id, MESSAGE, "retract", actor, where=[DeskMessage.sent_at > oldest]
                )
            except Conflict:
                if row.status == "sent" and row.sent_at <= oldest:
                    raise errors.too_late_to_retract(policy.RETRACT_MINUTES) from None
                raise
        return row.deal_id

    async def read(self, actor: Actor, deal_id: UUID, command: ReadUpTo) -> None:
        """The actor has read a channel up to a number; a mark never goes back. Ends the open mail about the deal."""
        if actor.anonymous:
            raise Unauthenticated
        _, side = await self._reader(actor, deal_id)
        channel = _channel(command.channel, side)
        async with unit_of_work() as session:
            seq = min(command.seq, await repository.newest_seq(session, deal_id, channel.value))
            if seq == 0:
                return
            moved = await repository.mark(
                session, deal_id=deal_id, person_id=_person(actor), channel=channel.value, seq=seq, at=clock.now(),
                person_name=actor.person_name, org_name=actor.org_name,
            )  # fmt: skip
            if moved:
                await repository.end_mail(session, deal_id, _person(actor))

    @staticmethod
    async def _reader(actor: Actor, deal_id: UUID) -> tuple[Access, Side]:
        """Visible (404) -> one of the sides (403)."""
        access = await deals.access(actor, deal_id)
        side = policy.side_of(access)
        if side is None or not policy.may_read(actor, side):
            raise errors.reason_needed() if policy.may_inspect(actor, access) else errors.for_the_sides()
        return access, side


def _person(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise Unauthenticated
    return actor.person_id


def _channel(audience: Audience, side: Side | None) -> Channel:
    if side is None:
        raise Forbidden
    return Channel.all if audience is Audience.all else Channel(side.value)


def _described(upload: Upload) -> FileView:
    """What the file is by its bytes; Invalid (field `files`) when it is of no kind that is taken."""
    try:
        _, media_type = sniff(upload.data, upload.name, settings().upload_max_bytes)
    except DomainError as error:
        raise type(error)(
            error.code, error.text, fields={"files": next(iter(error.fields.values()), error.text)}
        ) from None
    return FileView(
        id=new_id(), name=safe_name(upload.name), media_type=media_type, size=len(upload.data),
        sha256=hashlib.sha256(upload.data).hexdigest(),
    )  # fmt: skip


def _view(
    actor: Actor, m: DeskMessage, org: str, files: list[FileView], mark: int, *, whole: bool = False
) -> MessageView:
    hidden = m.status != "sent" and not whole
    mine = m.person_id == actor.person_id
    return MessageView(
        id=m.id, seq=m.seq, channel=Channel(m.channel), org_id=m.org_id, org_name=org, person_id=m.person_id,
        person_name=m.person_name, sent_at=m.sent_at, status=m.status, body=None if hidden else m.body,
        files=[] if hidden else files, mine=mine, new=m.seq > mark and not mine and m.status == "sent",
        actions=policy.message_actions(actor, m.person_id, m.status, m.sent_at, clock.now()),
    )  # fmt: skip


def _seen(items: list[MessageView], marks: list[DeskMark]) -> None:
    """Each reader stands under the last of the shown messages they have read, unless they wrote it."""
    for mark in marks:
        last = next((m for m in reversed(items) if m.seq <= mark.seq), None)
        if last is not None and last.person_id != mark.person_id:
            last.seen_by.append(f"{mark.person_name} ({mark.org_name})" if mark.org_name else mark.person_name)


messages = Messages()
