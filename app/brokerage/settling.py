"""What follows from the record: who brought a deal about, and what is due when its contract is signed.

Called by outbox handlers and decisions; doing it twice changes nothing. Lock order: deal, then our rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import accounts
from app.brokerage import caps, commission, firewall
from app.brokerage.attribution import WHOLE, Attributed, attribute
from app.brokerage.mandating import party
from app.brokerage.models import Attribution, Commission, Mandate
from app.brokerage.repository import claims as claims_repository
from app.brokerage.repository import introductions as repository
from app.brokerage.repository import mandates as mandates_repository
from app.brokerage.schemas.introductions import AttributionView, CommissionList, CommissionView
from app.brokerage.schemas.mandates import MandateSide, MandateTerms, Payer
from app.brokerage.workflow import INTRODUCTION
from app.deals import Capacity, DealView, deals
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import DomainError, Unauthenticated
from app.kit.ids import new_id
from app.kit.text import Text
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work

SHOWN = 200
CAPACITY = {"seller": Capacity.seller_broker, "buyer": Capacity.buyer_broker}


class Attributing:
    async def settle(self, deal_id: UUID) -> None:
        """Bring the attribution of a deal in line with the record; the brokers it names join the deal."""
        deal = await deals.peek(deal_id)
        async with unit_of_work() as session:
            await deals.locked(deal_id)
            wanted, rows = await self._reckon(session, deal)
            before = {(a.introduction_id, a.basis_points) for a in await repository.attributions(session, deal_id)}
            after = {(w.introduction_id, w.basis_points) for w in wanted}
            if before != after:
                await repository.replace_attributions(session, deal_id, wanted, clock.now())
                detail = {"shares": {str(w.introduction_id): w.basis_points for w in wanted}}
                audit.record(session, system(), "deal.attribute", "deal", deal_id, detail)
                outbox.publish(session, "deal.attribute", deal_id=deal_id)
            for w in wanted:
                fresh = await repository.lock(session, w.introduction_id)
                if fresh is not None and fresh.status in INTRODUCTION.transitions["connect"].sources:
                    await state.transition(
                        session, type(rows[w.introduction_id]), w.introduction_id, INTRODUCTION, "connect", system(),
                        detail={"deal": str(deal_id)},
                    )  # fmt: skip
        for w in wanted:
            await self._seat(deal, w)
        if deal.status == "contracted":
            await self.state_commission(deal_id)

    @staticmethod
    async def _reckon(session: Any, deal: DealView) -> tuple[list[Attributed], dict[UUID, Any]]:
        sealed, rows = await repository.record(
            session, seller=deal.seller.id, buyer=deal.buyer.id, listing_id=deal.listing.id
        )
        decided = await claims_repository.standing_decisions(session, list(rows))
        return attribute(deal.opened_at, sealed, decided), rows

    @staticmethod
    async def _seat(deal: DealView, who: Attributed) -> None:
        """The broker joins the deal through the firewall; what it says against it is kept beside the attribution."""
        if any(p.org_id == who.broker_org_id for p in deal.participants):
            return
        refused = None
        try:
            await firewall.admit(system(), deal.id, who.broker_org_id, CAPACITY[who.side])
        except DomainError as error:
            refused = error.text.vi
        async with unit_of_work() as session:
            await repository.note_refusal(session, deal.id, who.introduction_id, refused)

    async def seat_again(self) -> int:
        """A tie was cleared, consented to or has ended: brokers the firewall refused try again; how many."""
        async with reading() as session:
            ids = await repository.refused_deals(session)
        for deal_id in ids:
            await self.settle(deal_id)
        return len(ids)

    async def settle_between(self, seller: UUID, buyer: UUID) -> None:
        """A decision was taken on an introduction between these two: their deals are reckoned anew."""
        for deal_id in await deals.between(seller, buyer):
            await self.settle(deal_id)

    async def of_deal(self, deal_id: UUID) -> list[AttributionView]:
        """The attribution of a deal; the caller has asked whether the deal may be seen."""
        async with reading() as session:
            rows = await repository.attributions(session, deal_id)
        return [
            AttributionView(
                deal_id=a.deal_id, introduction_id=a.introduction_id, side=MandateSide(a.side),
                broker_org_id=a.broker_org_id, percent=Decimal(a.basis_points) / 100,
            )
            for a in rows
        ]  # fmt: skip

    # --- commission ---

    async def state_commission(self, deal_id: UUID) -> None:
        """Write the statements of a contracted deal; a new one only when something has changed since the last."""
        deal = await deals.peek(deal_id)
        contract = next((e for e in deal.evidence if e.kind == "contract" and e.status == "confirmed"), None)
        if contract is None or contract.signed_on is None:
            return
        async with unit_of_work() as session:
            await deals.locked(deal_id)
            attributed = await repository.attributions(session, deal_id)
            rows = await repository.many(session, [a.introduction_id for a in attributed])
            held = await mandates_repository.many(session, [r.mandate_id for r in rows.values()])
            shares = self._by_mandate(attributed, {k: r.mandate_id for k, r in rows.items()})
            wanted = [
                await self._statement(deal, contract.value or 0, contract.signed_on, held[mandate_id], intro, points)
                for mandate_id, (intro, points) in sorted(shares.items())
            ]
            known = await repository.statements(session, deal_id)
            last = {c.mandate_id: c for c in known}
            wanted += [self._void(c) for m, c in sorted(last.items()) if m not in shares and c.amount]
            if all(self._same(last.get(w["mandate_id"]), w) for w in wanted):
                return
            number, now = max((c.statement for c in known), default=0) + 1, clock.now()
            for values in wanted:
                await repository.add_commission(session, id=new_id(), statement=number, at=now, **values)
            detail = {"statement": number, "amounts": {str(w["mandate_id"]): w["amount"] for w in wanted}}
            audit.record(session, system(), "deal.commission", "deal", deal_id, detail)
            outbox.publish(session, "deal.commission", deal_id=deal_id)

    @staticmethod
    def _by_mandate(attributed: Sequence[Attribution], mandate_of: dict[UUID, UUID]) -> dict[UUID, tuple[UUID, int]]:
        found: dict[UUID, tuple[UUID, int]] = {}
        for a in attributed:
            intro, points = found.get(mandate_of[a.introduction_id], (a.introduction_id, 0))
            found[mandate_of[a.introduction_id]] = (intro, points + a.basis_points)
        return found

    @staticmethod
    async def _statement(
        deal: DealView, value: int, signed_on: Any, mandate: Mandate, introduction_id: UUID, points: int
    ) -> dict[str, Any]:
        terms = MandateTerms.model_validate(mandate.terms)
        cap = None
        if terms.side is MandateSide.seller:
            cap = await caps.of_listing(deal.seller.id, deal.listing.id, signed_on)
        computed = commission.compute(terms.commission, value, cap[0] if cap else None)
        amount = commission.portion(computed.amount, points)
        shares = [(s.org_id, s.percent) for s in terms.commission.split] or [(mandate.broker_org_id, Decimal(100))]
        return {
            "deal_id": deal.id, "mandate_id": mandate.id, "introduction_id": introduction_id,
            "broker_org_id": mandate.broker_org_id, "client_org_id": mandate.client_org_id, "value": value,
            "reckoned": computed.uncapped, "basis_points": points, "amount": amount,
            "cap_percent": cap[0] if cap else None, "due_on": signed_on,
            "detail": {
                "lines": [
                    {"part": x.part, "percent": f"{x.percent:f}", "amount": f"{x.amount.normalize():f}"}
                    for x in computed.lines
                ],
                "capped": computed.capped, "rule": cap[1].document if cap else None,
                "rule_checked": cap[1].checked if cap else None, "payer": terms.commission.payer.value,
                "version": mandate.version,
                "parts": [
                    {"org_id": str(org), "percent": f"{dict(shares)[org]:f}", "amount": part}
                    for org, part in commission.split(amount, shares)
                ],
            },
        }  # fmt: skip

    @staticmethod
    def _void(row: Commission) -> dict[str, Any]:
        """A decision took the share away: the next statement says zero."""
        return {
            "deal_id": row.deal_id, "mandate_id": row.mandate_id, "introduction_id": row.introduction_id,
            "broker_org_id": row.broker_org_id, "client_org_id": row.client_org_id, "value": row.value,
            "reckoned": row.reckoned, "basis_points": 0, "amount": 0, "cap_percent": row.cap_percent,
            "due_on": row.due_on, "detail": row.detail | {"parts": []},
        }  # fmt: skip

    @staticmethod
    def _same(row: Commission | None, wanted: dict[str, Any]) -> bool:
        return row is not None and (row.value, row.basis_points, row.amount) == (
            wanted["value"], wanted["basis_points"], wanted["amount"],
        )  # fmt: skip

    async def newest(self, deal_id: UUID) -> list[Commission]:
        """The newest statement of each mandate of a deal, for the exchange's own messages."""
        async with reading() as session:
            known = await repository.statements(session, deal_id)
        return list({c.mandate_id: c for c in known}.values())

    async def commissions(self, actor: Actor) -> CommissionList:
        """Statements that are one's business as broker or client; all of them for the operator."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            rows = await repository.commission_of(session, actor, SHOWN)
            held = await mandates_repository.many(session, [r.mandate_id for r in rows])
            shared = {UUID(p["org_id"]) for r in rows for p in r.detail["parts"]}
            orgs = await accounts.organisations_by_id(
                session, shared | {o for r in rows for o in (r.broker_org_id, r.client_org_id)}
            )
        references = await deals.references([r.deal_id for r in rows])
        return CommissionList(
            items=[self._commission_view(actor, r, held[r.mandate_id], references[r.deal_id], orgs) for r in rows]
        )

    @staticmethod
    def _commission_view(
        actor: Actor, row: Commission, mandate: Mandate, reference: str, orgs: dict[UUID, accounts.OrganisationView]
    ) -> CommissionView:
        rule = row.detail.get("rule")
        unchecked = "" if row.detail.get("rule_checked") else " (chưa đối chiếu)"
        unchecked_en = "" if row.detail.get("rule_checked") else " (not compared with the official text)"
        parts = [
            {**p, "name": orgs[UUID(p["org_id"])].name(actor.locale) if UUID(p["org_id"]) in orgs else ""}
            for p in row.detail["parts"]
        ]
        return CommissionView(
            id=row.id, deal_id=row.deal_id, deal_reference=reference, mandate_id=row.mandate_id,
            mandate_reference=mandates_repository.reference_of(mandate.number),
            broker=party(orgs[row.broker_org_id]), client=party(orgs[row.client_org_id]), statement=row.statement,
            value=row.value, reckoned=row.reckoned, percent=Decimal(row.basis_points) * 100 / WHOLE,
            amount=row.amount, cap_percent=row.cap_percent,
            cap_rule=Text(f"{rule}{unchecked}", f"{rule}{unchecked_en}") if rule else None,
            payer=Payer(row.detail["payer"]).value, lines=row.detail["lines"], parts=parts, due_on=row.due_on,
            at=row.at,
            mine="broker" if actor.org_id == row.broker_org_id else "client" if actor.org_id == row.client_org_id
            else None,
        )  # fmt: skip


attributing = Attributing()
