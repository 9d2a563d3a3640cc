"""The verbs of licences, and what the calendar does to them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from uuid import UUID

from app.accounts import organisations_by_id, people_names
from app.integrations.storage import storage
from app.intermediaries import errors, policy, repository
from app.intermediaries.models import Provider, ProviderLicence
from app.intermediaries.schemas import DeclareLicence
from app.intermediaries.service import intermediaries
from app.intermediaries.workflow import LICENCE
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.kit.text import one_line
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work
from app.settings import settings

MEGABYTE = 1024 * 1024
LARGEST = 10 * MEGABYTE
REMIND_DAYS = (30, 7)
CALENDAR = system("santex calendar")


@dataclass(frozen=True, slots=True)
class LicenceFile:
    name: str
    chunks: AsyncIterator[bytes]
    size: int


@dataclass(frozen=True, slots=True)
class ToldLicence:
    """What a message about a licence needs: whose it is and what it says."""

    provider_id: UUID
    org_id: UUID
    person_id: UUID | None
    owner: str
    licence: ProviderLicence
    days: int | None
    reason: str | None


def checked_pdf(data: bytes) -> bytes:
    """A PDF within the size allowed, decided by its bytes; Invalid otherwise."""
    largest = min(LARGEST, settings().upload_max_bytes)
    if len(data) > largest:
        raise errors.too_large(largest // MEGABYTE)
    if not data.startswith(b"%PDF-"):
        raise errors.not_a_pdf()
    return data


class Licences:
    async def declare(
        self, actor: Actor, provider_id: UUID, command: DeclareLicence, file_name: str, data: bytes
    ) -> UUID:
        """Declare a licence with its PDF; the operator checks it. Nothing it covers is offered before."""
        await self._owner(actor, provider_id)
        if command.issued_on > clock.today():
            raise errors.future_issue()
        if command.expires_on is not None and command.expires_on < clock.today():
            raise errors.over_already()
        checked_pdf(data)
        id_, now = new_id(), clock.now()
        key = f"licences/{provider_id}/{id_}"
        await storage().put(key, data)
        try:
            async with unit_of_work() as session:
                held = await repository.lock_provider(session, provider_id)
                if held.status == "suspended":
                    raise errors.not_editable()
                made = await repository.add_licence(
                    session,
                    id=id_,
                    provider_id=provider_id,
                    **command.model_dump(include={"number", "issuer", "issued_on", "expires_on"}),
                    kind=command.kind.value,
                    services=[s.value for s in command.services],
                    file_name=one_line(PurePath(file_name.replace("\\", "/")).name)[:200] or "giay-phep.pdf",
                    sha256=hashlib.sha256(data).hexdigest(),
                    size=len(data),
                    storage_key=key,
                    declared_at=now,
                    status=LICENCE.initial,
                    status_at=now,
                )
                if not made:
                    raise errors.declared_already()
                await state.note(session, LICENCE, id_, "declare", None, LICENCE.initial, actor)
        except BaseException:
            await storage().delete(key)
            raise
        return id_

    async def _owner(self, actor: Actor, provider_id: UUID) -> Provider:
        row, own = await intermediaries.held(actor, provider_id)
        if not policy.may_bind(actor, own, row.person_id is not None):
            raise Forbidden
        return row

    async def withdraw(self, actor: Actor, provider_id: UUID, licence_id: UUID) -> None:
        """The owner takes it back; what it alone covered is no longer offered from now on."""
        await self._take(actor, provider_id, licence_id, "withdraw")

    async def check(self, actor: Actor, provider_id: UUID, licence_id: UUID) -> None:
        """The operator has compared it with its issuer."""
        await self._take(actor, provider_id, licence_id, "check")

    async def refuse(self, actor: Actor, provider_id: UUID, licence_id: UUID, reason: str) -> None:
        """The operator does not accept it, or no longer; the owner reads why."""
        await self._take(actor, provider_id, licence_id, "refuse", reason)

    async def _take(
        self, actor: Actor, provider_id: UUID, licence_id: UUID, action: str, reason: str | None = None
    ) -> None:
        row, own = await intermediaries.held(actor, provider_id)
        found = await self._row(actor, own, provider_id, licence_id)
        if action == "withdraw":
            allowed = policy.may_bind(actor, own, row.person_id is not None)
        else:
            allowed = policy.may_review(actor)
        if not allowed:
            raise Forbidden
        if action == "check" and found.expires_on is not None and found.expires_on < clock.today():
            raise errors.expired_today()
        values = {"checked_at": clock.now()} if action == "check" else None
        async with unit_of_work() as session:
            await state.transition(
                session, ProviderLicence, licence_id, LICENCE, action, actor, reason=reason, values=values
            )

    @staticmethod
    async def _row(actor: Actor, own: bool, provider_id: UUID, licence_id: UUID) -> ProviderLicence:
        """A licence in force is public; any other, and every file, is its owner's and the operator's."""
        async with reading() as session:
            found = await repository.licence(session, provider_id, licence_id)
        if found is None:
            raise NotFound
        if not policy.may_see_whole(actor, own) and found.status != "checked":
            raise NotFound
        return found

    async def open(self, actor: Actor, provider_id: UUID, licence_id: UUID) -> LicenceFile:
        """The file, for its owner and the operator; the operator's look is written down."""
        if actor.anonymous:
            raise Unauthenticated
        _, own = await intermediaries.held(actor, provider_id)
        found = await self._row(actor, own, provider_id, licence_id)
        if not policy.may_see_whole(actor, own):
            raise Forbidden
        if not own:
            async with unit_of_work() as session:
                audit.record(session, actor, "licence.open", "licence", licence_id, {"provider": str(provider_id)})
        return LicenceFile(found.file_name, storage().stream(found.storage_key), found.size)

    async def keep_dates(self) -> int:
        """What the calendar asks for: licences whose last day has gone expire, owners are told 30 and 7 days before.
        How many expired. What is offered does not wait for this: it is computed by the date."""
        today, done = clock.today(), 0
        async with reading() as session:
            due = await repository.expired(session, today)
        for id_ in due:
            try:
                async with unit_of_work() as session:
                    await state.transition(session, ProviderLicence, id_, LICENCE, "expire", CALENDAR)
            except Conflict:
                continue  # withdrawn or refused a moment ago
            done += 1
        # The nearest first: one that is first looked at five days before its end is told of once, not twice.
        for days in sorted(REMIND_DAYS):
            async with unit_of_work() as session:
                for id_ in await repository.take_reminders(session, today, days, today + timedelta(days=days)):
                    audit.record(session, CALENDAR, "licence.remind", "licence", id_, {"days": days})
                    outbox.publish(session, "licence.remind", licence_id=id_)
        return done

    async def told(self, licence_id: UUID) -> ToldLicence | None:
        """For messages: the licence as it is now, and whom to write to."""
        async with reading() as session:
            found = await repository.licence_by_id(session, licence_id)
            row = await repository.provider(session, found.provider_id) if found else None
            if found is None or row is None:
                return None
            names = await organisations_by_id(session, [row.org_id])
            people = await people_names(session, [row.person_id]) if row.person_id else {}
            moves = await state.history(session, [licence_id])
        owner = people[row.person_id] if row.person_id in people else names[row.org_id].name_vi
        days = (found.expires_on - clock.today()).days if found.expires_on else None
        reason = next((m.reason for m in reversed(moves) if m.reason), None)
        return ToldLicence(row.id, row.org_id, row.person_id, owner, found, days, reason)


licences = Licences()
