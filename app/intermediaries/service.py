"""The verbs of profiles: of an organisation as an intermediary, of a person as an expert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.accounts import organisations_by_id, people_names
from app.intermediaries import errors, policy, repository, views
from app.intermediaries.models import Provider
from app.intermediaries.offering import FeeKind, ProviderKind
from app.intermediaries.schemas import (
    BeginProvider,
    Fee,
    OwnProviders,
    ProviderQueue,
    ProviderView,
    QueueItem,
    SaveProvider,
)
from app.intermediaries.workflow import EDITABLE, PROVIDER
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.kit.text import Text, sort_key
from app.platform import audit, state
from app.platform.db import reading, unit_of_work

STORY_LEAST = 80
WHY = {
    "submitted": Text("Hồ sơ chờ duyệt", "Profile in review"),
    "edited": Text("Sửa sau khi duyệt", "Edited after review"),
    "licence": Text("Giấy phép chờ kiểm tra", "Licences to check"),
}


def _fee_row(service: str, fee: Fee) -> dict[str, Any]:
    percent = fee.kind is FeeKind.percent
    amount = fee.kind in (FeeKind.fixed, FeeKind.hourly)
    return {
        "service": service,
        "fee_kind": fee.kind.value,
        "amount_from": int(fee.low) if amount and fee.low is not None else None,
        "amount_to": int(fee.high) if amount and fee.high is not None else None,
        "percent_from": fee.low if percent else None,
        "percent_to": fee.high if percent else None,
        "note": fee.note,
    }


@dataclass(frozen=True, slots=True)
class ToldProvider:
    """What a message about a profile needs."""

    org_id: UUID
    person_id: UUID | None
    owner: str
    move: state.Change | None


class Intermediaries:
    # --- reading ---

    async def read(self, actor: Actor, provider_id: UUID, *, kind: ProviderKind | None = None) -> ProviderView:
        """A profile as the reader may see it: whole for its owner and the operator, else as it is listed."""
        async with reading() as session:
            row = await repository.provider(session, provider_id)
            row = row if row is None or kind is None or row.kind == kind else None
            return await views.provider_view(session, actor, await self._visible(session, actor, row))

    async def of_organisation(self, actor: Actor, org_id: UUID) -> ProviderView:
        """The profile of an organisation. NotFound while it has none that the actor may see."""
        async with reading() as session:
            row = await repository.of_organisation(session, org_id)
            return await views.provider_view(session, actor, await self._visible(session, actor, row))

    @staticmethod
    async def _visible(session: Any, actor: Actor, row: Provider | None) -> Provider:
        if row is None:
            raise NotFound
        own = policy.is_own(actor, row.org_id, row.person_id)
        if not policy.may_see_whole(actor, own) and not await repository.is_shown(session, row.id):
            raise NotFound
        return row

    async def own(self, actor: Actor) -> OwnProviders:
        """The profile of one's organisation and one's own as an expert."""
        if actor.anonymous or actor.person_id is None:
            raise Unauthenticated
        async with reading() as session:
            org = await repository.of_organisation(session, actor.org_id) if actor.org_id and actor.role else None
            person = await repository.of_person(session, actor.person_id)
            return OwnProviders(
                organisation=await views.provider_view(session, actor, org) if org else None,
                expert=await views.provider_view(session, actor, person) if person else None,
            )

    async def told(self, provider_id: UUID, action: str) -> ToldProvider | None:
        """For messages: whose profile it is, and the last move of this kind."""
        async with reading() as session:
            row = await repository.provider(session, provider_id)
            if row is None:
                return None
            moves = await state.history(session, [provider_id])
            names = await organisations_by_id(session, [row.org_id])
            people = await people_names(session, [row.person_id]) if row.person_id else {}
        owner = people[row.person_id] if row.person_id in people else names[row.org_id].name_vi
        move = next((m for m in reversed(moves) if m.action == action), None)
        return ToldProvider(row.org_id, row.person_id, owner, move)

    async def queue(self, actor: Actor, limit: int = 100) -> ProviderQueue:
        """What waits for the operator, the oldest first."""
        if actor.anonymous:
            raise Unauthenticated
        if not actor.is_operator:
            raise Forbidden
        async with reading() as session:
            rows = await repository.queue(session, limit)
            remarks = await views.reported(session, actor, limit)
        items = [
            QueueItem(
                id=r[0], kind=ProviderKind(r[1]), name=r[2], org_id=r[3], org_name=r[4], since=r[5], why=WHY[r[6]],
                licences=r[7],
            )
            for r in rows
        ]  # fmt: skip
        return ProviderQueue(items=items, remarks=remarks)

    # --- the owner's verbs ---

    async def begin(self, actor: Actor, command: BeginProvider, *, is_demo: bool = False) -> UUID:
        """Begin the profile of one's organisation, or one's own as an expert; a second time leads to the first one."""
        if actor.anonymous:
            raise Unauthenticated
        expert = command.kind is ProviderKind.expert
        if actor.org_id is None or actor.role is None:
            raise errors.no_organisation()
        if not policy.may_begin(actor, expert):
            raise Forbidden
        now, id_ = clock.now(), new_id()
        async with unit_of_work() as session:
            made = await repository.add_provider(
                session,
                id=id_,
                kind=command.kind.value,
                org_id=actor.org_id,
                person_id=actor.person_id if expert else None,
                sort_name=sort_key(actor.person_name) if expert else "",
                status=PROVIDER.initial,
                status_at=now,
                created_at=now,
                edited_at=now,
                is_demo=is_demo,
            )
            if made:
                await state.note(session, PROVIDER, id_, "begin", None, PROVIDER.initial, actor)
                return id_
            if expert and actor.person_id is not None:
                found = await repository.of_person(session, actor.person_id)
            else:
                found = await repository.of_organisation(session, actor.org_id)
        if found is None:
            raise NotFound
        return found.id

    async def save(self, actor: Actor, provider_id: UUID, command: SaveProvider) -> None:
        """Keep what is given. In the directory it shows at once, and the operator is asked to look again."""
        row, own = await self.held(actor, provider_id)
        expert = row.person_id is not None
        if not policy.may_edit(actor, own, expert):
            raise Forbidden
        given = command.model_fields_set
        now = clock.now()
        values: dict[str, Any] = {
            name: getattr(command, name)
            for name in ("headline_vi", "headline_en", "story_vi", "story_en", "fields", "ipc", "regions", "capacity")
            if name in given
        }
        if "languages" in given:
            values["languages"] = [x.value for x in command.languages]
        if "availability" in given:
            values["availability"] = command.availability.value
        async with unit_of_work() as session:
            held = await repository.lock_provider(session, provider_id)
            if held.status not in EDITABLE:
                raise errors.not_editable()
            if expert:
                # Whoever changed employer speaks for the new one from the next save on.
                values |= {"org_id": actor.org_id, "sort_name": sort_key(actor.person_name)}
                if "consent" in given:
                    values["consented_at"] = (held.consented_at or now) if command.consent else None
            # How busy one is needs no second look.
            if given - {"availability", "capacity"}:
                values["edited_at"] = now
            await repository.set_fields(session, provider_id, **values)
            if "services" in given:
                rows = [_fee_row(service.value, fee) for service, fee in command.services.items()]
                await repository.replace_services(session, provider_id, rows)
            audit.record(session, actor, "provider.save", "provider", provider_id, {"fields": sorted(given)})

    async def submit(self, actor: Actor, provider_id: UUID) -> None:
        """Ask to be listed; Invalid with what is missing when the profile is not complete."""
        await self._may(actor, provider_id, "submit")
        async with unit_of_work() as session:
            held = await repository.lock_provider(session, provider_id)
            PROVIDER.check("submit", held.status)
            lacking = self._lacking(held, bool(await repository.services(session, provider_id)))
            if lacking:
                raise errors.incomplete(lacking)
            await self._eligible(session, held.org_id)
            await state.transition(session, Provider, provider_id, PROVIDER, "submit", actor)

    @staticmethod
    def _lacking(row: Provider, services: bool) -> dict[str, Text]:
        lacking: dict[str, Text] = {}
        if not row.headline_vi:
            lacking["headline_vi"] = Text("Hãy viết một câu giới thiệu.", "Write one line that introduces you.")
        if len(row.story_vi or "") < STORY_LEAST:
            lacking["story_vi"] = Text(
                f"Hãy kể kinh nghiệm của bạn, từ {STORY_LEAST} ký tự.",
                f"Tell your experience, in {STORY_LEAST} characters or more.",
            )
        if not services:
            lacking["services"] = Text("Hãy chọn ít nhất một dịch vụ.", "Choose at least one service.")
        if not row.fields:
            lacking["fields"] = Text("Hãy chọn ít nhất một lĩnh vực.", "Choose at least one field.")
        if not row.languages:
            lacking["languages"] = Text("Hãy chọn ít nhất một ngôn ngữ.", "Choose at least one language.")
        if row.person_id is not None and row.consented_at is None:
            lacking["consent"] = Text(
                "Hãy đồng ý công khai hồ sơ chuyên gia của bạn.", "Agree that your expert profile is public."
            )
        return lacking

    @staticmethod
    async def _eligible(session: Any, org_id: UUID) -> None:
        org = (await organisations_by_id(session, [org_id]))[org_id]
        if org.status == "suspended" or (org.kind != "intermediary" and not org.verified):
            raise errors.not_eligible()

    async def take_back(self, actor: Actor, provider_id: UUID) -> None:
        """Out of review, to edit it."""
        await self._take(actor, provider_id, "take_back")

    async def unlist(self, actor: Actor, provider_id: UUID) -> None:
        """Off the directory, back to a draft."""
        await self._take(actor, provider_id, "unlist")

    # --- the operator's verbs ---

    async def approve(self, actor: Actor, provider_id: UUID) -> None:
        """List the profile; for one that is listed: its changes have been seen."""
        await self._may(actor, provider_id, "approve")
        async with unit_of_work() as session:
            held = await repository.lock_provider(session, provider_id)
            PROVIDER.check("approve", held.status)
            if held.status == "listed" and held.reviewed_at is not None and held.edited_at <= held.reviewed_at:
                raise errors.nothing_changed()
            await self._eligible(session, held.org_id)
            values = {"reviewed_at": clock.now()}
            await state.transition(session, Provider, provider_id, PROVIDER, "approve", actor, values=values)

    async def request_changes(self, actor: Actor, provider_id: UUID, reason: str) -> None:
        await self._take(actor, provider_id, "request_changes", reason)

    async def suspend(self, actor: Actor, provider_id: UUID, reason: str) -> None:
        await self._take(actor, provider_id, "suspend", reason)

    async def restore(self, actor: Actor, provider_id: UUID) -> None:
        await self._take(actor, provider_id, "restore")

    async def _take(self, actor: Actor, provider_id: UUID, action: str, reason: str | None = None) -> None:
        await self._may(actor, provider_id, action)
        async with unit_of_work() as session:
            await state.transition(session, Provider, provider_id, PROVIDER, action, actor, reason=reason)

    async def _may(self, actor: Actor, provider_id: UUID, action: str) -> Provider:
        """Visible (404) -> permitted (401, 403)."""
        row, own = await self.held(actor, provider_id)
        if not policy.may_act(actor, own, row.person_id is not None, action):
            raise Forbidden
        return row

    async def held(self, actor: Actor, provider_id: UUID) -> tuple[Provider, bool]:
        async with reading() as session:
            row = await self._visible(session, actor, await repository.provider(session, provider_id))
        if actor.anonymous:
            raise Unauthenticated
        return row, policy.is_own(actor, row.org_id, row.person_id)


intermediaries = Intermediaries()
