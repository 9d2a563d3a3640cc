"""The verbs of needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from app import accounts
from app.kit import clock, paging, sealing
from app.kit.actor import Actor, system
from app.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.ids import sealed_id, sealed_reference
from app.kit.text import Text
from app.needs import completeness, errors, intake, policy, repository, tiers
from app.needs.models import Need
from app.needs.schemas import (
    Approve,
    CloseNeed,
    Content,
    CreateNeed,
    NeedCard,
    NeedKind,
    NeedQueue,
    NeedView,
    OwnNeed,
    OwnNeeds,
    QueuedNeed,
    RevealList,
    Tier,
    UpdateNeed,
    Whole,
)
from app.needs.workflow import EDITABLE, NEED, OPEN, VISIBLE
from app.platform import audit, outbox, rates, state
from app.platform.db import reading, unit_of_work

# What may still change once everyone has read the task: how it is found, what is paid, who is asked.
AFTER_PUBLICATION = {
    "keywords", "ipc", "priority", "budget_min", "budget_max", "payment", "payment_note", "province", "pilot_site",
    "decision_maker", "tiers",
}  # fmt: skip
UNTITLED = "Nhu cầu chưa đặt tên"


class Needs:
    # --- reading ---

    async def read(self, actor: Actor, need_id: UUID) -> NeedView:
        """The need as this actor may read it; reading above the gist is written down."""
        async with reading() as session:
            stored = await repository.stored(session, need_id)
            if stored is None or not self._visible(actor, stored):
                raise NotFound
            let_in: set[str] = set()
            if actor.org_id and actor.role:
                let_in = await repository.let_in(session, need_id, actor.org_id)
            broker = await self._verified_broker(session, actor)
            have = policy.level(actor, stored.org_id, verified_broker=broker, let_in="matched" in let_in)
            mine = policy.is_asker(actor, stored.org_id)
            named = not stored.blind or have is Tier.matched
            asker = None
            if named:
                asker = (await accounts.organisations_by_id(session, [stored.org_id]))[stored.org_id]
            reveals = await repository.count_reveals(session, need_id) if mine else None
        content, locked = stored.content(have)
        if have is not Tier.gist and not mine:
            await self._note_reading(actor, need_id, have, first="broker" not in let_in)
        exact = mine or actor.is_operator or not stored.blind
        card = stored.card(named=named)
        possible = NEED.actions_from(stored.status)
        actions = policy.actions(actor, stored.org_id, stored.status, possible)
        if policy.may_propose(actor, stored.org_id, stored.status, card.deadline, clock.today()):
            actions.append("propose")
        return NeedView(
            id=need_id,
            reference=card.reference,
            status=stored.status,
            status_at=stored.status_at if exact else repository.whole_day(stored.status_at) or stored.status_at,
            version=stored.version if mine or actor.is_operator else None,
            card=card,
            asker=asker,
            content=content,
            tier=have,
            locked=locked,
            actions=actions,
            mine=mine,
            reason_code=stored.reason_code if mine or actor.is_operator else None,
            suggested=stored.suggested if mine else [],
            completeness=completeness.assess(content, actor.locale) if mine or actor.is_operator else None,
            reveals=reveals,
        )

    @staticmethod
    def _visible(actor: Actor, stored: repository.Stored) -> bool:
        if actor.is_operator or policy.is_asker(actor, stored.org_id):
            return True
        return stored.status in VISIBLE and (stored.blind or not stored.org_suspended)

    @staticmethod
    async def _verified_broker(session: Any, actor: Actor) -> bool:
        if actor.org_id is None or actor.role is None or actor.org_kind != "intermediary":
            return False
        found = await accounts.organisations_by_id(session, [actor.org_id])
        return actor.org_id in found and found[actor.org_id].verified

    @staticmethod
    async def _note_reading(actor: Actor, need_id: UUID, have: Tier, *, first: bool) -> None:
        async with unit_of_work() as session:
            if have is Tier.broker and first and actor.org_id:
                await repository.reveal(session, need_id, actor.org_id, "broker", actor.person_id)
            audit.record(session, actor, "need.read", "need", need_id, {"tier": have.value})

    async def reveals(self, actor: Actor, need_id: UUID) -> RevealList:
        """Who was let in, how far and when: for the asker alone."""
        async with reading() as session:
            found = await repository.standing(session, need_id, actor)
            if found is None:
                raise NotFound
            if not policy.is_asker(actor, found[0]):
                raise Unauthenticated if actor.anonymous else Forbidden
            return RevealList(items=await repository.reveals(session, need_id))

    async def own(
        self, actor: Actor, *, status: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> OwnNeeds:
        """The needs of the actor's organisation in every state, newest first."""
        if actor.anonymous:
            raise Unauthenticated
        if actor.org_id is None or actor.role is None:
            return OwnNeeds(items=[])
        limit = paging.clamp(limit)
        after = paging.position(cursor, clock.parse, UUID) if cursor else None
        async with reading() as session:
            rows = await repository.own(session, actor.org_id, status, after, limit + 1)
        items = [
            OwnNeed(
                id=r[0], reference=r[1], title=r[2], kind=r[3], blind=r[4], status=r[5], status_at=r[6],
                completeness=r[7], deadline=r[8], reason=r[10],
            )
            for r in rows[:limit]
        ]  # fmt: skip
        more = paging.encode([rows[limit - 1][9].isoformat(), str(items[-1].id)]) if len(rows) > limit else None
        return OwnNeeds(items=items, next_cursor=more)

    async def queue(self, actor: Actor, limit: int = 100) -> NeedQueue:
        """What waits for the operator, oldest first."""
        if actor.anonymous:
            raise Unauthenticated
        if not actor.is_operator:
            raise Forbidden
        async with reading() as session:
            rows = await repository.queue(session, paging.clamp(limit))
        return NeedQueue(
            items=[
                QueuedNeed(
                    id=r[0], reference=r[1], title=r[2], org_id=r[3], org_name=r[4], kind=r[5], blind=r[6], since=r[7],
                    completeness=r[8],
                )
                for r in rows
            ]
        )  # fmt: skip

    async def cards(self, need_ids: Iterable[UUID]) -> dict[UUID, NeedCard]:
        """Cards in any state, sealed when blind: for lists of those who answered."""
        async with reading() as session:
            return await repository.cards_in_any_state(session, list(set(need_ids)))

    async def whole(self, need_ids: Iterable[UUID]) -> list[Whole]:
        """Needs for the exchange's own work (matching, messages), with the tiers of their fields. Never shown."""
        async with reading() as session:
            return [s.whole() for s in await repository.stored_many(session, list(set(need_ids)))]

    async def of_organisation(self, org_id: UUID) -> list[Whole]:
        """The open needs of an organisation, blind ones too: for verbs above that have asked who may know them."""
        async with reading() as session:
            ids = await repository.open_of(session, org_id)
        return await self.whole(ids)

    async def last_move(self, need_id: UUID, action: str) -> state.Change | None:
        """The newest time this action was taken on a need, with its reason or note."""
        async with reading() as session:
            changes = await state.history(session, [need_id])
        return next((c for c in reversed(changes) if c.action == action), None)

    # --- writing ---

    async def create(self, actor: Actor, command: CreateNeed, *, is_demo: bool = False) -> UUID:
        """A draft of the actor's organisation; what the description says is filled in as suggestions. Its id."""
        if actor.anonymous:
            raise Unauthenticated
        if actor.org_id is None or actor.role is None:
            raise errors.no_organisation()
        if not actor.can_edit:
            raise Forbidden
        if not is_demo:
            await rates.hit(f"need:{actor.org_id}", 60, 3600)
        values, suggested = intake.read(command.description or "", clock.today())
        if command.title:
            values["title"] = command.title
            suggested = [s for s in suggested if s.field != "title"]
        values |= {"kind": command.kind, "blind": command.blind, "title": values.get("title") or UNTITLED}
        content = Content.model_validate(values)
        now, id_ = clock.now(), sealed_id()
        async with unit_of_work() as session:
            await self._kind_allowed(session, actor.org_id, content)
            extra = {
                "id": id_, "reference": sealed_reference("NC", id_), "org_id": actor.org_id,
                "created_by": actor.person_id, "created_at": now, "status": NEED.initial, "status_at": now,
                "version": 1, "completeness": completeness.assess(content).score,
                "suggested": [s.model_dump(mode="json") for s in suggested],
            }  # fmt: skip
            await repository.insert_needs(session, [(extra, content)])
            await state.note(session, NEED, id_, "create", None, NEED.initial, actor)
        return id_

    @staticmethod
    async def _kind_allowed(session: Any, org_id: UUID, content: Content) -> None:
        org = (await accounts.organisations_by_id(session, [org_id]))[org_id]
        if not policy.may_order(org.kind.value, content.kind):
            raise errors.agencies_only()
        if content.kind is NeedKind.public_order and content.blind:
            raise errors.orders_are_named()

    async def update(self, actor: Actor, need_id: UUID, command: UpdateNeed, *, version: int | None = None) -> int:
        """Change the given fields; the new version. Once published, the task and its measures stay as they are."""
        async with unit_of_work() as session:
            row = await self._editable(session, actor, need_id)
            if version is not None and version != row.version:
                raise errors.changed_meanwhile()
            stored = await repository.stored(session, need_id)
            assert stored is not None  # noqa: S101 - the row is locked
            before, _ = stored.content(Tier.matched)
            changes = {name: getattr(command, name) for name in command.model_fields_set}
            if changes.get("title", before.title) is None:
                raise Invalid(fields={"title": Text("Hãy đặt tên cho nhu cầu.", "Give the need a title.")})
            after = Content.model_validate(before.model_copy(update=changes).model_dump())
            changed = sorted(n for n in changes if getattr(before, n) != getattr(after, n))
            looked_at = [s for s in stored.suggested if s.field not in command.model_fields_set]
            if not changed and len(looked_at) == len(stored.suggested):
                return row.version
            await self._kind_allowed(session, row.org_id, after)
            if row.status in OPEN:
                if closed := sorted(set(changed) - AFTER_PUBLICATION):
                    raise errors.fixed(closed)
                await self._gate(session, row.org_id, after)
            values = {
                "version": row.version + 1,
                "completeness": completeness.assess(after).score,
                "suggested": [s.model_dump(mode="json") for s in looked_at],
            }
            await repository.write_content(session, need_id, after, values)
            audit.record(
                session, actor, "need.update", "need", need_id, {"version": row.version + 1, "fields": changed}
            )
            outbox.publish(session, "need.updated", need_id=need_id)
            return row.version + 1

    async def extend(self, actor: Actor, need_id: UUID, deadline: date) -> None:
        """Move the deadline of an open need to a later day, while it has not passed."""
        async with unit_of_work() as session:
            row = await self._editable(session, actor, need_id)
            if not actor.can_manage:
                raise Forbidden
            if row.status not in OPEN:
                raise errors.not_open()
            if row.deadline is not None and row.deadline < clock.today():
                raise errors.expired()
            if deadline <= (row.deadline or clock.today()):
                raise errors.only_later()
            stored = await repository.stored(session, need_id)
            assert stored is not None  # noqa: S101 - the row is locked
            after = stored.content(Tier.matched)[0].model_copy(update={"deadline": deadline})
            await repository.write_content(session, need_id, after, {"version": row.version + 1})
            audit.record(session, actor, "need.extend", "need", need_id, {"deadline": deadline.isoformat()})
            outbox.publish(session, "need.updated", need_id=need_id)

    async def _editable(self, session: Any, actor: Actor, need_id: UUID) -> Need:
        """Visible (404) -> permitted (401, 403) -> possible now (409); the row locked."""
        if await repository.standing(session, need_id, actor) is None:
            raise NotFound
        row = await repository.lock(session, need_id)
        if row is None:
            raise NotFound
        if not policy.may_edit(actor, row.org_id):
            raise Unauthenticated if actor.anonymous else Forbidden
        if row.status not in EDITABLE:
            raise errors.not_editable()
        return row

    @staticmethod
    async def _gate(session: Any, org_id: UUID, content: Content) -> None:
        """Complete, in time, and, when blind, silent about who asks."""
        absent = completeness.missing(content)
        if absent:
            raise errors.incomplete(absent)
        if content.deadline is not None and content.deadline <= clock.today():
            raise errors.deadline_past()
        if content.blind:
            org = (await accounts.organisations_by_id(session, [org_id]))[org_id]
            if found := tiers.betrayals(content, sealing.names_of(org.name_vi, org.name_en)):
                raise errors.betrays(found)

    # --- moving ---

    async def _act(
        self,
        actor: Actor,
        need_id: UUID,
        action: str,
        *,
        reason: str | None = None,
        reason_code: str | None = None,
        values: dict[str, Any] | None = None,
    ) -> None:
        async with unit_of_work() as session:
            found = await repository.standing(session, need_id, actor)
            if found is None:
                raise NotFound
            if not policy.may_act(actor, found[0], action):
                raise Unauthenticated if actor.anonymous else Forbidden
            await state.transition(
                session, Need, need_id, NEED, action, actor, reason=reason, reason_code=reason_code, values=values
            )

    async def submit(self, actor: Actor, need_id: UUID) -> None:
        """Send to review; Invalid with what is missing when it is not complete."""
        async with unit_of_work() as session:
            found = await repository.standing(session, need_id, actor)
            if found is None:
                raise NotFound
            if not policy.may_act(actor, found[0], "submit"):
                raise Unauthenticated if actor.anonymous else Forbidden
            await repository.lock(session, need_id)
            stored = await repository.stored(session, need_id)
            assert stored is not None  # noqa: S101 - seen above
            NEED.check("submit", stored.status)
            await self._gate(session, stored.org_id, stored.content(Tier.matched)[0])
            await state.transition(session, Need, need_id, NEED, "submit", actor)

    async def take_back(self, actor: Actor, need_id: UUID) -> None:
        await self._act(actor, need_id, "take_back")

    async def approve(self, actor: Actor, need_id: UUID, command: Approve | None = None) -> None:
        """Publish; from now on the task and its criteria are fixed."""
        if not policy.may_review(actor):
            raise Unauthenticated if actor.anonymous else Forbidden
        now = clock.now()
        async with unit_of_work() as session:
            row = await repository.lock(session, need_id)
            if row is None:
                raise NotFound
            NEED.check("approve", row.status)
            if row.deadline is not None and row.deadline <= clock.today():
                raise errors.deadline_past()
            await state.transition(
                session, Need, need_id, NEED, "approve", actor, reason=command.note if command else None,
                values={"published_at": now, "suggested": []},
            )  # fmt: skip

    async def request_changes(self, actor: Actor, need_id: UUID, reason: str) -> None:
        await self._act(actor, need_id, "request_changes", reason=reason)

    async def reject(self, actor: Actor, need_id: UUID, reason: str) -> None:
        await self._act(actor, need_id, "reject", reason=reason)

    async def withdraw(self, actor: Actor, need_id: UUID, reason: str) -> None:
        await self._act(actor, need_id, "withdraw", reason=reason)

    async def reopen(self, actor: Actor, need_id: UUID) -> None:
        await self._act(actor, need_id, "reopen", values={"published_at": None})

    async def close(self, actor: Actor, need_id: UUID, command: CloseNeed) -> None:
        """End it without a winner, with a coded reason; expiry beats a late closing."""
        code = command.reason_code.value
        async with unit_of_work() as session:
            found = await repository.standing(session, need_id, actor)
            if found is None:
                raise NotFound
            if not policy.may_act(actor, found[0], "close"):
                raise Unauthenticated if actor.anonymous else Forbidden
            await self._in_time(
                session, actor, need_id, "close", reason_code=code, reason=command.reason, values={"reason_code": code}
            )

    @staticmethod
    async def _in_time(session: Any, actor: Actor, need_id: UUID, action: str, **moved: Any) -> None:
        """Move an open need whose deadline has not passed when the database writes it."""
        try:
            await state.transition(
                session, Need, need_id, NEED, action, actor, where=[repository.in_time(clock.today())], **moved
            )
        except Conflict:
            row = await repository.lock(session, need_id)
            if row is not None and row.status in NEED.transitions[action].sources:
                raise errors.expired() from None
            raise

    # --- called by proposals, inside their unit of work; the need's row is locked before any proposal's ---

    async def lock_open(self, need_id: UUID) -> UUID:
        """Lock a need that takes proposals; its asker. Conflict when it does not, or its deadline has passed."""
        async with unit_of_work() as session:
            row = await repository.lock(session, need_id)
            if row is None:
                raise NotFound
            if row.status not in OPEN:
                raise errors.not_open()
            if row.deadline is not None and row.deadline < clock.today():
                raise errors.expired()
            return row.org_id

    async def lock(self, need_id: UUID) -> Need:
        """Lock a need in whatever state."""
        async with unit_of_work() as session:
            row = await repository.lock(session, need_id)
            if row is None:
                raise NotFound
            return row

    async def match(self, actor: Actor, need_id: UUID) -> None:
        """A proposal was shortlisted: the need is being weighed. Nothing to do when it is already."""
        row = await self.lock(need_id)
        if row.status != "matched":
            async with unit_of_work() as session:
                await self._in_time(session, actor, need_id, "match")

    async def win(self, actor: Actor, need_id: UUID, *, proposal_id: UUID) -> None:
        """A proposal was chosen: the need is closed with it."""
        async with unit_of_work() as session:
            await self._in_time(
                session, actor, need_id, "win", values={"winner_id": proposal_id},
                detail={"proposal": str(proposal_id)},
            )  # fmt: skip

    async def reveal(self, actor: Actor, need_id: UUID, org_id: UUID) -> None:
        """Both sides agreed: this organisation reads everything and knows who asks."""
        async with unit_of_work() as session:
            if await repository.reveal(session, need_id, org_id, "matched", actor.person_id):
                audit.record(session, actor, "need.reveal", "need", need_id, {"to": str(org_id), "what": "matched"})
                outbox.publish(session, "need.reveal", need_id=need_id)

    # --- what follows from elsewhere (tasks) ---

    async def expire_due(self) -> int:
        """Expire every open need whose deadline has passed; how many. Each in its own transaction."""
        async with reading() as session:
            ids = await repository.due(session, clock.today())
        done = 0
        for need_id in ids:
            try:
                async with unit_of_work() as session:
                    await state.transition(
                        session, Need, need_id, NEED, "expire", system(), where=[Need.deadline < clock.today()]
                    )
                done += 1
            except DomainError:
                continue  # closed or extended in the meantime
        return done

    # --- demo and imports ---

    async def known_sources(self, source: str) -> dict[str, UUID]:
        """Source id -> our id of everything that came from `source`."""
        async with reading() as session:
            return await repository.ids_of_source(session, source)

    async def mark_demo(self, need_id: UUID, source: str, source_id: str) -> None:
        """Mark a need as illustration, and remember which piece of the demo's content it is."""
        async with unit_of_work() as session:
            await repository.mark_demo(session, need_id, source, source_id)


needs = Needs()
