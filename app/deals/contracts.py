"""Verbs of deals about contracts signed outside the exchange: report, confirm, dispute, correct the books."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from app.deals import errors, policy, repository
from app.deals.models import Deal
from app.deals.schemas import DisputeContract, EvidenceLevel, ReportContract
from app.deals.turns import Turns
from app.deals.workflow import DEAL
from app.integrations.storage import storage
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import listings
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    name: str
    media_type: str
    chunks: AsyncIterator[bytes]


class Contracts(Turns):
    async def report_contract(
        self, actor: Actor, deal_id: UUID, command: ReportContract, file_name: str, data: bytes
    ) -> None:
        """Report the signed contract with its PDF; the other party confirms or disputes it."""
        if command.signed_on > clock.today():
            raise errors.future_date()
        if not data.startswith(b"%PDF-"):
            raise errors.not_a_pdf()
        await self._party(actor, deal_id)
        now, key = clock.now(), f"deals/{deal_id}/{new_id()}"
        await storage().put(key, data)
        async with unit_of_work() as session:
            row = await self._party(actor, deal_id, lock=True)
            DEAL.check("contract", row.status)
            made = await repository.add_evidence(
                session,
                deal_id=deal_id,
                level=EvidenceLevel.contract.value,
                kind="contract",
                status="reported",
                status_at=now,
                at=now,
                org_id=actor.org_id,
                person_id=actor.person_id,
                number=command.number,
                signed_on=command.signed_on,
                value=command.value,
                sha256=hashlib.sha256(data).hexdigest(),
                file_name=file_name[:200],
                media_type="application/pdf",
                storage_key=key,
            )
            if made is None:
                raise errors.already_reported()
            side = policy.side_of(actor, row.seller_org_id, row.buyer_org_id)
            assert side is not None  # noqa: S101 - _party checked
            await self._turn(deal_id, side.other)
            audit.record(session, actor, "deal.report_contract", "deal", deal_id, {"evidence": str(made)})
            outbox.publish(session, "deal.report_contract", deal_id=deal_id)

    async def confirm_contract(self, actor: Actor, deal_id: UUID) -> None:
        """The other party confirms: evidence L2, and the transaction that statistics count."""
        now = clock.now()
        async with unit_of_work() as session:
            row = await self._party(actor, deal_id)
            await listings.lock(row.listing_id)  # before the deal, as everywhere: its evidence level may go up
            row = await self._party(actor, deal_id, lock=True)
            DEAL.check("contract", row.status)
            assert actor.org_id is not None  # noqa: S101 - _party checked
            found = await repository.settle_contract(session, deal_id, actor.org_id, "confirmed", now)
            if found is None or found.signed_on is None:
                raise errors.other_side_confirms()
            await state.transition(
                session, Deal, deal_id, DEAL, "contract", actor,
                values={"turn": None, "turn_since": None, "turn_until": None},
                detail={"evidence": str(found.id), "sha256": found.sha256},
            )  # fmt: skip
            await repository.raise_evidence(session, deal_id, EvidenceLevel.contract)
            await listings.record_evidence(row.listing_id, EvidenceLevel.contract)
            made = await repository.add_transaction(
                session,
                deal_id=deal_id,
                evidence_id=found.id,
                kind="completion",
                reverses_id=None,
                amount=found.value or 0,
                currency="VND",
                signed_on=found.signed_on,
                at=now,
            )
            if made is None:
                raise Conflict

    async def dispute_contract(self, actor: Actor, deal_id: UUID, command: DisputeContract) -> None:
        """The reported contract is not what was signed; the reporter may report again."""
        async with unit_of_work() as session:
            row = await self._party(actor, deal_id, lock=True)
            DEAL.check("contract", row.status)
            assert actor.org_id is not None  # noqa: S101 - _party checked
            found = await repository.settle_contract(
                session, deal_id, actor.org_id, "disputed", clock.now(), command.reason
            )
            if found is None:
                raise errors.other_side_confirms()
            side = policy.side_of(actor, row.seller_org_id, row.buyer_org_id)
            assert side is not None  # noqa: S101 - _party checked
            await self._turn(deal_id, side.other)
            audit.record(session, actor, "deal.dispute_contract", "deal", deal_id, {"evidence": str(found.id)})
            outbox.publish(session, "deal.dispute_contract", deal_id=deal_id)

    async def reverse_transaction(self, actor: Actor, transaction_id: UUID, reason: str) -> None:
        """The operator corrects the books: an equal and opposite entry, never a change of the first."""
        if not actor.is_operator or not actor.can_write:
            raise Unauthenticated if actor.anonymous else Forbidden
        async with unit_of_work() as session:
            found = await repository.transaction(session, transaction_id)
            if found is None or found.kind != "completion":
                raise NotFound
            made = await repository.add_transaction(
                session, deal_id=found.deal_id, evidence_id=found.evidence_id, kind="reversal",
                reverses_id=found.id, amount=-found.amount, currency=found.currency, signed_on=found.signed_on,
                at=clock.now(),
            )  # fmt: skip
            if made is None:
                raise errors.already_reversed()
            audit.record(
                session, actor, "deal.reverse_transaction", "deal", found.deal_id,
                {"transaction": str(transaction_id), "reason": reason},
            )  # fmt: skip

    async def open_evidence(self, actor: Actor, deal_id: UUID, evidence_id: UUID) -> EvidenceFile:
        """The contract file: for the parties and the operator. The Department sees its hash, not its pages."""
        async with reading() as session:
            row = await repository.deal(session, deal_id, actor)
            found = await repository.evidence_row(session, deal_id, evidence_id) if row else None
        if row is None or found is None or found.storage_key is None:
            raise NotFound
        side = policy.side_of(actor, row.seller_org_id, row.buyer_org_id)
        if side is None and not actor.is_operator:
            raise Forbidden
        async with unit_of_work() as session:
            audit.record(session, actor, "deal.open_evidence", "deal", deal_id, {"evidence": str(evidence_id)})
        return EvidenceFile(
            found.file_name or "contract.pdf", found.media_type or "application/pdf",
            storage().stream(found.storage_key),
        )  # fmt: skip
