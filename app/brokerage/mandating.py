"""The verbs of mandates. Lock order: the client's side, then the mandate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app import accounts
from app import listings as listings_door
from app.brokerage import caps, errors, policy, registry, wording
from app.brokerage.models import Mandate
from app.brokerage.repository import mandates as repository
from app.brokerage.schemas.mandates import (
    CounterMandate,
    DeclineCode,
    DeclineMandate,
    EndCode,
    GiveNotice,
    MandateItem,
    MandateList,
    MandateSide,
    MandateTerms,
    MandateView,
    PartyView,
    ProposeMandate,
    Scope,
    SignatureView,
    SignMandate,
    SubjectView,
    VersionView,
)
from app.brokerage.workflow import MANDATE, PENDING
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import listings
from app.needs import needs
from app.platform import rates, state
from app.platform.db import reading, unit_of_work

SHOWN = 200
CLOSED_LISTING = ("archived", "transferred")
CLOSED_NEED = ("closed", "expired", "withdrawn", "rejected")


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the month's last day when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), first_of_next - timedelta(days=1))


def party(org: accounts.OrganisationView) -> PartyView:
    return PartyView(id=org.id, name_vi=org.name_vi, name_en=org.name_en)


class Mandates:
    # --- reading ---

    async def read(self, actor: Actor, mandate_id: UUID) -> MandateView:
        """The mandate as its parties and the operator read it."""
        async with reading() as session:
            row = await repository.mandate(session, mandate_id, actor)
            if row is None:
                raise NotFound
            versions = await repository.versions(session, mandate_id)
            signed = await repository.signatures(session, mandate_id)
            orgs = await accounts.organisations_by_id(session, [row.client_org_id, row.broker_org_id])
        terms = MandateTerms.model_validate(row.terms)
        role = policy.role_of(actor, row.client_org_id, row.broker_org_id)
        shown = [
            VersionView(
                version=v.version, org_id=v.org_id, person_name=v.person_name, at=v.at, sha256=v.sha256, text=v.text,
                terms=MandateTerms.model_validate(v.terms),
                signatures=[
                    SignatureView.model_validate(s, from_attributes=True) for s in signed if s.version == v.version
                ],
            )
            for v in versions
        ]  # fmt: skip
        newest = shown[-1]
        actions = policy.mandate_actions(
            actor, role, row.status, signed=any(s.org_id == actor.org_id for s in newest.signatures),
            notice=row.notice_at is not None, ending_asked_by=row.ending_asked_by,
        )  # fmt: skip
        if role == "broker" and actor.can_edit and self.holds_today(row):
            actions.append("introduce")
        return MandateView(
            id=row.id, reference=repository.reference_of(row.number), client=party(orgs[row.client_org_id]),
            broker=party(orgs[row.broker_org_id]), role=role, status=row.status, status_at=row.status_at,
            version=row.version, terms=terms, text=newest.text, sha256=newest.sha256, signatures=newest.signatures,
            versions=shown, ends_on=row.ends_on, ended_at=row.ended_at,
            end_code=EndCode(row.end_code) if row.end_code else None, notice_at=row.notice_at,
            notice_org_id=row.notice_org_id, ending_asked_by=row.ending_asked_by,
            reason_code=DeclineCode(row.reason_code) if row.reason_code else None, reason=row.reason,
            subjects=await self._subjects(row.client_org_id, terms.scope),
            cap=await caps.note(row.client_org_id, terms),
            actions=actions, is_demo=row.is_demo,
        )  # fmt: skip

    @staticmethod
    def holds_today(row: Mandate) -> bool:
        return row.status == "active" and row.starts_on <= clock.today() <= row.ends_on

    @staticmethod
    async def _subjects(client_org_id: UUID, scope: Scope) -> list[SubjectView]:
        cards = await listings.cards(scope.listing_ids)
        state_money = {x[0] for x in await caps.paid_by_state(client_org_id)} if scope.listing_ids else set()
        found = [
            SubjectView(
                id=c.id, reference=c.reference, title=c.title_vi, url=c.url, state_money=c.id in state_money
            )
            for c in cards.values()
        ]  # fmt: skip
        wanted = await needs.whole(scope.need_ids) if scope.need_ids else []
        found += [
            SubjectView(id=n.id, reference=n.reference, title=n.content.title or n.reference, url=f"/needs/{n.id}")
            for n in wanted
        ]
        return found

    async def own(self, actor: Actor) -> MandateList:
        """The mandates of one's organisation, as client and as broker (all of them for the operator)."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            rows = await repository.of_org(session, actor, SHOWN)
            ids = [r.id for r in rows]
            signers, proposers = await repository.signers(session, ids), await repository.proposers(session, ids)
            orgs = await accounts.organisations_by_id(
                session, {o for r in rows for o in (r.client_org_id, r.broker_org_id)}
            )
        items = []
        for row in rows:
            signed = signers.get(row.id, set())
            role = policy.role_of(actor, row.client_org_id, row.broker_org_id)
            ours = actor.org_id in signed or (not signed and proposers.get(row.id) == actor.org_id)
            asked = row.status == "active" and row.ending_asked_by not in (None, actor.org_id)
            items.append(
                MandateItem(
                    id=row.id,
                    reference=repository.reference_of(row.number),
                    client=party(orgs[row.client_org_id]),
                    broker=party(orgs[row.broker_org_id]),
                    role=role,
                    side=MandateSide(row.side),
                    exclusive=row.exclusive,
                    status=row.status,
                    status_at=row.status_at,
                    starts_on=row.starts_on,
                    ends_on=row.ends_on,
                    is_demo=row.is_demo,
                    waits_for_us=role is not None and ((row.status in PENDING and not ours) or asked),
                )
            )
        return MandateList(items=items)

    async def of_broker(self, org_id: UUID) -> list[tuple[UUID, str, UUID, MandateTerms]]:
        """(id, reference, client, terms) of the broker's mandates that hold today; called by introductions."""
        async with reading() as session:
            rows = await repository.current_of_broker(session, org_id, clock.today())
        return [
            (r.id, repository.reference_of(r.number), r.client_org_id, MandateTerms.model_validate(r.terms))
            for r in rows
        ]

    async def of_client(self, org_id: UUID | None, side: MandateSide) -> list[tuple[UUID, MandateTerms]]:
        """(broker, terms) of the client's mandates on a side that hold today."""
        if org_id is None:
            return []
        async with reading() as session:
            rows = await repository.active_of(session, org_id, side.value)
        return [(r.broker_org_id, MandateTerms.model_validate(r.terms)) for r in rows if self.holds_today(r)]

    async def told(self, mandate_id: UUID) -> Mandate:
        """For the exchange's own messages."""
        async with reading() as session:
            row = await repository.peek(session, mandate_id)
        if row is None:
            raise NotFound
        return row

    @staticmethod
    def reference(row: Mandate) -> str:
        return repository.reference_of(row.number)

    async def last_actor(self, mandate_id: UUID, action: str) -> UUID | None:
        """Whose last move of this kind it was; None for the exchange's own."""
        async with reading() as session:
            changes = await state.history(session, [mandate_id])
        return next((c.org_id for c in reversed(changes) if c.action == action), None)

    # --- before it is signed ---

    async def propose(self, actor: Actor, command: ProposeMandate, *, is_demo: bool = False) -> UUID:
        """Put a mandate forward, as client or as broker; its id. Nobody has signed yet."""
        if actor.anonymous:
            raise Unauthenticated
        role = policy.role_of(actor, command.client_org_id, command.broker_org_id)
        if role is None:
            raise errors.not_a_party()
        if not policy.may_bind(actor, role):
            raise Forbidden
        if command.client_org_id == command.broker_org_id:
            raise errors.same_organisation()
        if not is_demo:
            await rates.hit(f"mandate:{actor.org_id}", 40, 3600)
        terms = await self._sound(command.client_org_id, command.broker_org_id, command.terms)
        now, id_ = clock.now(), new_id()
        words = wording.text(terms, await self._names(command.client_org_id, command.broker_org_id, terms), 1)
        async with unit_of_work() as session:
            await repository.add(
                session, id=id_, client_org_id=command.client_org_id, broker_org_id=command.broker_org_id,
                status=MANDATE.initial, status_at=now, version=1, is_demo=is_demo, **self._columns(terms),
            )  # fmt: skip
            await self._add_version(session, actor, id_, 1, terms, words)
            await state.note(
                session, MANDATE, id_, "propose", None, MANDATE.initial, actor,
                detail={"version": 1, "sha256": wording.digest(words)},
            )  # fmt: skip
        return id_

    async def counter(self, actor: Actor, mandate_id: UUID, command: CounterMandate) -> None:
        """Put another version forward; a signature of the version before it binds nobody any more."""
        row = await self._party(actor, mandate_id)
        terms = await self._sound(row.client_org_id, row.broker_org_id, command.terms)
        names = await self._names(row.client_org_id, row.broker_org_id, terms)
        async with unit_of_work() as session:
            row = await self._locked(session, mandate_id)
            MANDATE.check("counter", row.status)
            version = row.version + 1
            words = wording.text(terms, names, version)
            await self._add_version(session, actor, mandate_id, version, terms, words)
            await state.transition(
                session, Mandate, mandate_id, MANDATE, "counter", actor,
                values={"version": version, **self._columns(terms)},
                detail={"version": version, "sha256": wording.digest(words)},
            )  # fmt: skip

    async def decline(self, actor: Actor, mandate_id: UUID, command: DeclineMandate) -> None:
        """Say no with a coded reason, or take one's own proposal back."""
        await self._party(actor, mandate_id)
        code = command.reason_code.value
        async with unit_of_work() as session:
            await state.transition(
                session, Mandate, mandate_id, MANDATE, "decline", actor, reason_code=code, reason=command.reason,
                values={"reason_code": code, "reason": command.reason},
            )  # fmt: skip

    async def sign(self, actor: Actor, mandate_id: UUID, command: SignMandate) -> None:
        """Sign the version that was read; the second signature makes the mandate active.

        Of two exclusive mandates that overlap the one whose second signature comes first stands: all signing of a
        client's side goes through one lock, under which overlaps are looked for.
        """
        row = await self._party(actor, mandate_id)
        if not await registry.offers_brokerage(row.broker_org_id):
            raise errors.no_brokerage_service()
        async with unit_of_work() as session:
            await repository.lock_side(session, row.client_org_id, row.side)
            row = await self._locked(session, mandate_id)
            action = "activate" if row.status == "signed" else "sign"
            MANDATE.check(action, row.status)
            newest = (await repository.versions(session, mandate_id))[-1]
            if newest.sha256 != command.sha256:
                raise errors.changed_meanwhile()
            if row.ends_on < clock.today():
                raise errors.starts_in_the_past()
            terms = MandateTerms.model_validate(row.terms)
            await caps.check(row.client_org_id, terms)
            made = await repository.add_signature(
                session, mandate_id=mandate_id, version=row.version, org_id=actor.org_id, person_id=actor.person_id,
                person_name=actor.person_name, at=clock.now(), sha256=newest.sha256,
            )  # fmt: skip
            if not made:
                raise errors.already_signed()
            values: dict[str, Any] = {}
            if action == "activate":
                await self._exclude(session, row, terms, row.ends_on)
                values = {"activated_at": clock.now()}
            await state.transition(
                session, Mandate, mandate_id, MANDATE, action, actor, values=values,
                detail={"version": row.version, "sha256": newest.sha256},
            )  # fmt: skip

    @staticmethod
    async def _exclude(session: Any, row: Mandate, terms: MandateTerms, ends_on: date) -> None:
        """Conflict when an active mandate of the client's side overlaps and one of the two is exclusive."""
        others = [
            m for m in await repository.active_of(session, row.client_org_id, row.side)
            if m.id != row.id and (m.exclusive or row.exclusive)
            and m.starts_on <= ends_on and row.starts_on <= m.ends_on
        ]  # fmt: skip
        scopes = {m.id: MandateTerms.model_validate(m.terms).scope for m in others}
        field_of = await Mandates._fields([terms.scope, *scopes.values()])
        for other in others:
            if terms.scope.overlaps(scopes[other.id], field_of):
                raise errors.exclusivity(repository.reference_of(other.number), other.ends_on.strftime("%d/%m/%Y"))

    @staticmethod
    async def _fields(scopes: Iterable[Scope]) -> dict[UUID, str | None]:
        kept = list(scopes)
        cards = await listings.cards({x for s in kept for x in s.listing_ids})
        wanted = await needs.whole({x for s in kept for x in s.need_ids})
        return {c.id: c.field for c in cards.values()} | {n.id: n.content.field for n in wanted}

    # --- while it holds ---

    async def give_notice(self, actor: Actor, mandate_id: UUID, command: GiveNotice) -> None:
        """End it after the days agreed for notice, or at its term when that comes first; no extension any more."""
        await self._party(actor, mandate_id)
        async with unit_of_work() as session:
            row = await self._locked(session, mandate_id)
            MANDATE.check("give_notice", row.status)
            if row.notice_at is not None:
                raise errors.notice_given()
            days = MandateTerms.model_validate(row.terms).notice_days
            last = min(row.ends_on, clock.today() + timedelta(days=days))
            await state.transition(
                session, Mandate, mandate_id, MANDATE, "give_notice", actor, reason=command.reason,
                values={"ends_on": last, "notice_at": clock.now(), "notice_org_id": actor.org_id},
                detail={"ends_on": last.isoformat()},
            )  # fmt: skip

    async def ask_to_end(self, actor: Actor, mandate_id: UUID) -> None:
        """Propose to end it now; it ends when the other side agrees."""
        await self._party(actor, mandate_id)
        async with unit_of_work() as session:
            row = await self._locked(session, mandate_id)
            MANDATE.check("ask_to_end", row.status)
            if row.ending_asked_by is not None:
                raise errors.ending_asked() if row.ending_asked_by == actor.org_id else Conflict
            await state.transition(
                session, Mandate, mandate_id, MANDATE, "ask_to_end", actor, values={"ending_asked_by": actor.org_id}
            )

    async def agree_to_end(self, actor: Actor, mandate_id: UUID) -> None:
        """The other side asked to end it: it ends now. Its tail runs from today."""
        await self._party(actor, mandate_id)
        async with unit_of_work() as session:
            row = await self._locked(session, mandate_id)
            MANDATE.check("agree_to_end", row.status)
            if row.ending_asked_by in (None, actor.org_id):
                raise errors.not_asked()
            await state.transition(
                session, Mandate, mandate_id, MANDATE, "agree_to_end", actor, reason_code=EndCode.agreement.value,
                values={
                    "end_code": EndCode.agreement.value, "ended_at": clock.now(),
                    "ends_on": min(row.ends_on, clock.today()),
                },
            )  # fmt: skip

    # --- by the clock, and by what happens to the client's things ---

    async def turn_due(self) -> int:
        """Extend or end the active mandates whose last day has passed, in Vietnam; how many."""
        async with reading() as session:
            ids = await repository.due(session, clock.today())
        for id_ in ids:
            await self._turn(id_)
        return len(ids)

    async def _turn(self, mandate_id: UUID) -> None:
        row = await self.told(mandate_id)
        async with unit_of_work() as session:
            await repository.lock_side(session, row.client_org_id, row.side)
            row = await self._locked(session, mandate_id)
            today = clock.today()
            if row.status != "active" or row.ends_on >= today:
                return
            terms = MandateTerms.model_validate(row.terms)
            if terms.renew_months and row.notice_at is None:
                later = self.extended(row.ends_on, terms.renew_months, today)
                others = await repository.active_of(session, row.client_org_id, row.side)
                if not await self._hindered(row, terms, later, others):
                    await state.transition(
                        session, Mandate, mandate_id, MANDATE, "extend", system(), values={"ends_on": later},
                        detail={"ends_on": later.isoformat()},
                    )  # fmt: skip
                    return
            await self._end(session, mandate_id, EndCode.notice if row.notice_at else EndCode.term)

    @staticmethod
    def extended(ends_on: date, months: int, today: date) -> date:
        """The end after as many extensions as bring it to today or later."""
        times = 1
        while (later := add_months(ends_on, months * times)) < today:
            times += 1
        return later

    @staticmethod
    async def _hindered(row: Mandate, terms: MandateTerms, later: date, others: Sequence[Mandate]) -> bool:
        """Whether an extension would run into another mandate of the side that excludes it."""
        rivals = [
            m for m in others
            if m.id != row.id and (m.exclusive or row.exclusive) and m.starts_on <= later and row.ends_on < m.ends_on
        ]  # fmt: skip
        scopes = [MandateTerms.model_validate(m.terms).scope for m in rivals]
        field_of = await Mandates._fields([terms.scope, *scopes])
        return any(terms.scope.overlaps(s, field_of) for s in scopes)

    @staticmethod
    async def _end(session: Any, mandate_id: UUID, code: EndCode) -> None:
        await state.transition(
            session, Mandate, mandate_id, MANDATE, "end", system(), reason_code=code.value,
            values={"end_code": code.value, "ended_at": clock.now()},
        )  # fmt: skip

    async def client_closed(self, key: str, subject_id: UUID) -> None:
        """A technology or need of a client left the market: mandates all of whose subjects have left it end."""
        async with reading() as session:
            ids = await repository.naming(session, key, subject_id)
        for id_ in ids:
            async with unit_of_work() as session:
                row = await self._locked(session, id_)
                scope = MandateTerms.model_validate(row.terms).scope
                if row.status != "active" or not await self._all_closed(scope):
                    continue
                await self._end(session, id_, EndCode.client_closed)

    @staticmethod
    async def _all_closed(scope: Scope) -> bool:
        cards = await listings.cards(scope.listing_ids)
        wanted = await needs.whole(scope.need_ids)
        return all(c.status in CLOSED_LISTING for c in cards.values()) and all(n.status in CLOSED_NEED for n in wanted)

    # --- what the verbs above share ---

    async def _party(self, actor: Actor, mandate_id: UUID) -> Mandate:
        """Visible (404) -> a party that may bind (401, 403)."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await repository.mandate(session, mandate_id, actor)
        if row is None:
            raise NotFound
        if not policy.may_bind(actor, policy.role_of(actor, row.client_org_id, row.broker_org_id)):
            raise Forbidden
        return row

    @staticmethod
    async def _locked(session: Any, mandate_id: UUID) -> Mandate:
        row = await repository.lock(session, mandate_id)
        if row is None:
            raise NotFound
        return row

    @staticmethod
    def _columns(terms: MandateTerms) -> dict[str, Any]:
        return {
            "side": terms.side.value, "exclusive": terms.exclusive, "terms": terms.model_dump(mode="json"),
            "starts_on": terms.starts_on, "ends_on": terms.ends_on,
        }  # fmt: skip

    @staticmethod
    async def _add_version(
        session: Any, actor: Actor, mandate_id: UUID, version: int, terms: MandateTerms, words: str
    ) -> None:
        await repository.add_version(
            session, mandate_id=mandate_id, version=version, org_id=actor.org_id, person_id=actor.person_id,
            person_name=actor.person_name, at=clock.now(), terms=terms.model_dump(mode="json"), text=words,
            sha256=wording.digest(words),
        )  # fmt: skip

    async def _sound(self, client_org_id: UUID, broker_org_id: UUID, terms: MandateTerms) -> MandateTerms:
        """What no form can say by itself: the broker may broker, the subjects are the client's, the law's cap holds."""
        async with reading() as session:
            known = await accounts.organisations_by_id(
                session, [client_org_id, broker_org_id, *(s.org_id for s in terms.commission.split)]
            )
        if client_org_id not in known or broker_org_id not in known:
            raise errors.unknown_organisation()
        if not await registry.offers_brokerage(broker_org_id):
            raise errors.no_brokerage_service()
        if terms.ends_on < clock.today():
            raise errors.starts_in_the_past()
        shares = terms.commission.split
        if shares and broker_org_id not in {s.org_id for s in shares}:
            raise errors.not_in_split()
        if any(s.org_id not in known or s.org_id == client_org_id for s in shares):
            raise errors.unknown_organisation()
        await self._clients_own(client_org_id, terms.scope)
        await caps.check(client_org_id, terms)
        return terms

    @staticmethod
    async def _clients_own(client_org_id: UUID, scope: Scope) -> None:
        cards = await listings.cards(scope.listing_ids)
        wanted = {n.id: n for n in await needs.whole(scope.need_ids)}
        strange = [
            str(x) for x in scope.listing_ids
            if x not in cards or cards[x].org_id != client_org_id or cards[x].status not in listings_door.VISIBLE
        ]  # fmt: skip
        strange += [
            str(x) for x in scope.need_ids
            if x not in wanted or wanted[x].org_id != client_org_id or wanted[x].status in CLOSED_NEED
        ]  # fmt: skip
        if strange:
            raise errors.not_the_clients(", ".join(strange[:5]))

    @staticmethod
    async def _names(client_org_id: UUID, broker_org_id: UUID, terms: MandateTerms) -> wording.Named:
        shares = [s.org_id for s in terms.commission.split]
        async with reading() as session:
            orgs = await accounts.organisations_by_id(session, [client_org_id, broker_org_id, *shares])
        subjects = await Mandates._subjects(client_org_id, terms.scope)
        return wording.Named(
            client=orgs[client_org_id].name_vi, broker=orgs[broker_org_id].name_vi,
            subjects=[f"{s.reference} {s.title}" for s in sorted(subjects, key=lambda s: s.reference)],
            brokers={str(s): orgs[s].name_vi for s in shares},
        )  # fmt: skip


mandates = Mandates()
