"""Verbs of non-disclosure agreements: propose, sign, adhere, decline, withdraw, terminate; by the clock: expire."""

from __future__ import annotations

import calendar
from datetime import datetime
from typing import Any
from uuid import UUID

from app import accounts
from app.deals import Access, Capacity, ReasonCode, deals
from app.disclosure import errors, policy, repository, wording
from app.disclosure.models import Nda, NdaSignature, NdaTemplate
from app.disclosure.schemas import (
    Decline,
    NdaKind,
    NdaList,
    NdaView,
    ProposeNda,
    SignatureView,
    SignNda,
    Verification,
)
from app.disclosure.templates import Templates
from app.disclosure.workflow import NDA
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import DomainError, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import listings
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work


def months_after(at: datetime, months: int) -> datetime:
    """The same day so many months later, or the last day of that month."""
    year, month = divmod(at.month - 1 + months, 12)
    year, month = at.year + year, month + 1
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))


class Ndas(Templates):
    # --- reading ---

    async def ndas(self, actor: Actor, deal_id: UUID) -> NdaList:
        """The agreements of a deal, the newest first. Who takes part and the operator read the text; the Department
        reads that there is one, and its state."""
        access = await deals.access(actor, deal_id)
        async with reading() as session:
            rows = await repository.ndas(session, deal_id)
            signed = await repository.signatures(session, [n.id for n, _ in rows])
        return NdaList(items=[self._nda(actor, access, n, t, signed) for n, t in rows])

    async def nda(self, actor: Actor, nda_id: UUID) -> NdaView:
        access, row, template = await self._found(actor, nda_id)
        async with reading() as session:
            signed = await repository.signatures(session, [nda_id])
        return self._nda(actor, access, row, template, signed)

    async def verify_nda(self, actor: Actor, nda_id: UUID) -> Verification:
        """The hash of the stored text computed anew, beside the one kept at the proposal and those signed."""
        view = await self.nda(actor, nda_id)
        if view.body is None:
            raise Forbidden
        return Verification(
            nda_id=nda_id,
            computed=wording.digest(view.body),
            kept=view.sha256,
            signed=[s.sha256 for s in view.signatures],
        )

    @staticmethod
    async def _found(actor: Actor, nda_id: UUID) -> tuple[Access, Nda, NdaTemplate]:
        async with reading() as session:
            found = await repository.nda(session, nda_id)
        if found is None:
            raise NotFound
        return await deals.access(actor, found[0].deal_id), *found

    @staticmethod
    def _nda(actor: Actor, access: Access, row: Nda, template: NdaTemplate, signed: list[NdaSignature]) -> NdaView:
        reads = access.capacity is not None or actor.is_operator
        mine = [s for s in signed if s.nda_id == row.id]
        party = access.capacity is not None and access.capacity.party
        live = access.status != "closed" or row.status == "in_force"
        return NdaView(
            id=row.id,
            deal_id=row.deal_id,
            version=row.version,
            kind=NdaKind(template.kind),
            template_version=template.version,
            checked_by=template.checked_by,
            purpose=row.purpose if reads else None,
            term_months=row.term_months,
            body=row.body if reads else None,
            sha256=row.sha256,
            org_id=row.org_id,
            proposed_at=row.proposed_at,
            status=row.status,
            status_at=row.status_at,
            in_force_at=row.in_force_at,
            expires_at=row.expires_at,
            reason_code=ReasonCode(row.reason_code) if row.reason_code else None,
            reason=row.reason if reads else None,
            signatures=[SignatureView.model_validate(s, from_attributes=True) for s in mine] if reads else [],
            actions=policy.nda_actions(
                actor, NDA, row.status, party=party, takes_part=access.capacity is not None,
                signed=any(s.org_id == actor.org_id for s in mine), proposer=row.org_id == actor.org_id,
            ) if live else [],
        )  # fmt: skip

    # --- writing ---

    async def propose_nda(self, actor: Actor, deal_id: UUID, command: ProposeNda) -> UUID:
        """Fix the text that is to be signed. One that waits for signatures is superseded: what was signed on it counts
        no longer. Conflict while an agreement is in force."""
        access = await self._party(actor, deal_id)
        template = await self.in_use(command.kind)
        body = await self._body(access, template, command)
        now, id_ = clock.now(), new_id()
        async with unit_of_work() as session:
            await self._open_deal(deal_id)
            before = await repository.live_nda(session, deal_id)
            if before is not None and before.status == "in_force":
                if before.expires_at is not None and before.expires_at > now:
                    raise errors.in_force_already()
                await self._expire(session, before.id, deal_id)
            elif before is not None:
                await state.transition(session, Nda, before.id, NDA, "supersede", actor, detail={"by": str(id_)})
            version = await repository.add_nda(
                session, deal_id, id=id_, template_id=template.id, purpose=command.purpose,
                term_months=command.term_months, body=body, sha256=wording.digest(body), proposed_by=actor.person_id,
                org_id=actor.org_id, proposed_at=now, status=NDA.initial, status_at=now,
            )  # fmt: skip
            detail = {"deal": str(deal_id), "version": version, "sha256": wording.digest(body)}
            await state.note(session, NDA, id_, "propose", None, NDA.initial, actor, detail=detail)
        return id_

    @staticmethod
    async def _body(access: Access, template: NdaTemplate, command: ProposeNda) -> str:
        async with reading() as session:
            orgs = await accounts.organisations_by_id(session, [access.seller_org_id, access.buyer_org_id])
        card = (await listings.cards([access.listing_id]))[access.listing_id]
        values = {
            "deal": access.reference, "technology": card.title("vi"), "seller": orgs[access.seller_org_id].name_vi,
            "buyer": orgs[access.buyer_org_id].name_vi, "purpose": command.purpose, "term_months": command.term_months,
        }  # fmt: skip
        return wording.agreement(template.body_vi, template.body_en, values)

    async def sign_nda(self, actor: Actor, nda_id: UUID, command: SignNda) -> None:
        """Sign for one's organisation: the second signature brings it into force. A second click changes nothing.

        Conflict when the text is not the one that was read, Invalid when the typed name is not the signer's."""
        access, row, _ = await self._found(actor, nda_id)
        capacity = self._may_bind(actor, access, party=True)
        self._confirmed(actor, row, command)
        async with unit_of_work() as session:
            await deals.locked(row.deal_id)
            locked = await repository.lock_nda(session, nda_id)
            if locked is None:
                raise NotFound
            signed = {s.org_id for s in await repository.signatures(session, [nda_id])}
            if actor.org_id in signed and locked.status in ("signed_one", "in_force"):
                return
            await self._open_deal(row.deal_id)
            action = "countersign" if locked.status == "signed_one" else "sign"
            NDA.check(action, locked.status)
            await self._signature(session, actor, locked, "party", capacity, command)
            now, values = clock.now(), {}
            if action == "countersign":
                values = {"in_force_at": now, "expires_at": months_after(now, locked.term_months)}
            await state.transition(
                session, Nda, nda_id, NDA, action, actor, values=values,
                detail={"deal": str(row.deal_id), "sha256": locked.sha256},
            )  # fmt: skip

    async def adhere_nda(self, actor: Actor, nda_id: UUID, command: SignNda) -> None:
        """A broker, adviser or expert of the deal takes the receiver's duties on itself before it sees anything."""
        access, row, _ = await self._found(actor, nda_id)
        capacity = self._may_bind(actor, access, party=False)
        self._confirmed(actor, row, command)
        async with unit_of_work() as session:
            await self._open_deal(row.deal_id)
            locked = await repository.lock_nda(session, nda_id)
            if locked is None:
                raise NotFound
            if locked.status != "in_force" or locked.expires_at is None or locked.expires_at <= clock.now():
                raise errors.not_in_force()
            if await self._signature(session, actor, locked, "adherence", capacity, command):
                detail = {"deal": str(row.deal_id), "sha256": locked.sha256, "capacity": capacity.value}
                audit.record(session, actor, "nda.adhere", "nda", nda_id, detail)
                outbox.publish(session, "nda.adhere", nda_id=nda_id, organisation_id=str(actor.org_id))

    @staticmethod
    async def _signature(
        session: Any, actor: Actor, row: Nda, kind: str, capacity: Capacity, command: SignNda
    ) -> UUID | None:
        assert actor.org_id is not None  # noqa: S101 - who takes part acts for an organisation
        async with reading() as reader:
            org = (await accounts.organisations_by_id(reader, [actor.org_id]))[actor.org_id]
        return await repository.sign(
            session, nda_id=row.id, org_id=actor.org_id, kind=kind, capacity=capacity.value,
            person_id=actor.person_id, person_name=actor.person_name, org_name=org.name_vi,
            role=actor.role.value if actor.role else "", session_id=actor.session_id, typed_name=command.typed_name,
            sha256=row.sha256,
        )  # fmt: skip

    async def decline_nda(self, actor: Actor, nda_id: UUID, command: Decline) -> None:
        """Say no to the text with a coded reason; the other side may propose another."""
        await self._end(actor, nda_id, "decline", command)

    async def withdraw_nda(self, actor: Actor, nda_id: UUID) -> None:
        """Take back one's own proposal before both have signed."""
        await self._end(actor, nda_id, "withdraw", None)

    async def terminate_nda(self, actor: Actor, nda_id: UUID, command: Decline) -> None:
        """End an agreement in force, with a reason, from now on. What was opened under it closes at once; the duty to
        keep secret what was received stays."""
        await self._end(actor, nda_id, "terminate", command)

    async def _end(self, actor: Actor, nda_id: UUID, action: str, command: Decline | None) -> None:
        access, row, _ = await self._found(actor, nda_id)
        self._may_bind(actor, access, party=True)
        ours = row.org_id == actor.org_id
        if (action == "withdraw" and not ours) or (action == "decline" and ours):
            raise Forbidden
        code = command.reason_code.value if command else None
        said = command.reason if command else None
        async with unit_of_work() as session:
            await deals.locked(row.deal_id)
            await state.transition(
                session, Nda, nda_id, NDA, action, actor, reason_code=code, reason=said,
                values={"reason_code": code, "reason": said}, detail={"deal": str(row.deal_id)},
            )  # fmt: skip
            if action == "terminate":
                await repository.revoke(session, clock.now(), "nda_ended", actor.person_id, deal_id=row.deal_id)

    # --- what the clock does (tasks) ---

    async def expire_due(self) -> int:
        """Agreements whose term has passed end, with what was opened under them; how many. Reading refuses by the
        moment itself and waits for nobody."""
        async with reading() as session:
            due = await repository.due(session, clock.now())
        ended = 0
        for nda_id, deal_id in due:
            try:
                async with unit_of_work() as session:
                    await deals.locked(deal_id)
                    await self._expire(session, nda_id, deal_id)
                ended += 1
            except DomainError:
                continue  # terminated in the meantime
        async with unit_of_work() as session:
            await repository.revoke(session, clock.now(), "expired", None, expired=True)
        return ended

    @staticmethod
    async def _expire(session: Any, nda_id: UUID, deal_id: UUID) -> None:
        await state.transition(session, Nda, nda_id, NDA, "expire", system(), detail={"deal": str(deal_id)})
        await repository.revoke(session, clock.now(), "nda_ended", None, deal_id=deal_id)

    # --- checks ---

    async def _party(self, actor: Actor, deal_id: UUID) -> Access:
        """Visible (404) -> a party's owner or manager (401, 403)."""
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        self._may_bind(actor, access, party=True)
        return access

    @staticmethod
    def _may_bind(actor: Actor, access: Access, *, party: bool) -> Capacity:
        if actor.anonymous:
            raise Unauthenticated
        if access.capacity is None or access.capacity.party is not party or not actor.can_manage:
            raise Forbidden
        return access.capacity

    @staticmethod
    def _confirmed(actor: Actor, row: Nda, command: SignNda) -> None:
        if not wording.same_name(command.typed_name, actor.person_name):
            raise errors.wrong_name()
        if command.sha256 != row.sha256:
            raise errors.other_text()

    @staticmethod
    async def _open_deal(deal_id: UUID) -> None:
        if (await deals.locked(deal_id)).status == "closed":
            raise errors.deal_closed()
