"""The verbs of introductions: seal, receipt, verify, accept, decline. Lock order: listing, deal, introduction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app import accounts
from app.brokerage import caps, errors, policy, registry, sealing
from app.brokerage.mandating import CLOSED_NEED, mandates, party
from app.brokerage.models import Introduction, Mandate
from app.brokerage.repository import claims as claims_repository
from app.brokerage.repository import introductions as repository
from app.brokerage.repository import mandates as mandates_repository
from app.brokerage.schemas.introductions import (
    AcceptIntroduction,
    DeclineIntroduction,
    Finding,
    IntroductionList,
    IntroductionView,
    NoThanks,
    Receipt,
    SealIntroduction,
    VerifyReceipt,
    VerifyView,
)
from app.brokerage.schemas.mandates import MandateSide, MandateTerms, SubjectView
from app.brokerage.workflow import CONSENTED, INTRODUCTION
from app.deals import ExpressInterest, deals
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import DomainError, Forbidden, NotFound, Unauthenticated
from app.kit.ids import sealed_id, sealed_reference
from app.kit.text import Text
from app.listings import listings
from app.needs import OPEN, needs
from app.platform import audit, rates, state
from app.platform.db import reading, unit_of_work

SHOWN = 200
WINDOW_FROM = Text(
    "Chúng tôi quan tâm theo lời giới thiệu {reference} của {broker}.",
    "We are interested, following introduction {reference} by {broker}.",
)


def subject_of(row: Introduction, cards: dict[UUID, Any], wanted: dict[UUID, Any]) -> SubjectView:
    """What was introduced, from the cards of technologies and needs; a sealed asker stays as the card shows it."""
    if row.listing_id is not None:
        card = cards[row.listing_id]
        return SubjectView(id=card.id, reference=card.reference, title=card.title_vi, url=card.url)
    assert row.need_id is not None  # noqa: S101 - one of the two is there (constraint)
    need = wanted[row.need_id]
    return SubjectView(id=need.id, reference=need.reference, title=need.title, url=need.url)


class Introductions:
    # --- reading ---

    async def read(self, actor: Actor, introduction_id: UUID) -> IntroductionView:
        async with reading() as session:
            row = await repository.introduction(session, introduction_id, actor)
        if row is None:
            raise NotFound
        return (await self._views(actor, [row]))[0]

    async def own(self, actor: Actor, *, mandate_id: UUID | None = None) -> IntroductionList:
        """What one's organisation introduced, had introduced for it, or was introduced to; the newest first."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            rows = await repository.page(session, actor, mandate_id=mandate_id, limit=SHOWN)
        return IntroductionList(items=await self._views(actor, rows))

    async def _views(self, actor: Actor, rows: Sequence[Introduction]) -> list[IntroductionView]:
        ids = [r.id for r in rows]
        async with reading() as session:
            seals = await repository.seals(session, ids)
            attributed = await repository.deals_of(session, ids)
            claimed = await claims_repository.live_of(session, ids)
            held = await mandates_repository.many(session, [r.mandate_id for r in rows])
            orgs = await accounts.organisations_by_id(
                session, {o for r in rows for o in (r.broker_org_id, r.client_org_id, r.counterparty_org_id)}
            )
            brokers = [r for r in rows if policy.standing(actor, *self._three(r)) == "broker"]
            rivals = {r.id: await repository.rivals(session, r) for r in brokers} if len(brokers) < 30 else {}
        cards = await listings.cards([r.listing_id for r in rows if r.listing_id])
        wanted = await needs.cards([r.need_id for r in rows if r.need_id])
        views = []
        for row in rows:
            standing = policy.standing(actor, *self._three(row))
            consented = row.status in CONSENTED
            knows = policy.reads_counterparty(actor, standing, consented)
            card = wanted.get(row.need_id) if row.need_id else None
            blind = card is not None and card.blind and standing == "counterparty" and row.status != "connected"
            earlier = any(o.sealed_at <= row.sealed_at for o in rivals.get(row.id, ()))
            held_by = standing in ("broker", "client") or actor.is_operator
            mine = [a for a in attributed if a.introduction_id == row.id]
            claimable = row.id not in claimed and row.status != "lapsed" and (
                earlier or row.reason_code == NoThanks.already_known
            )  # fmt: skip
            views.append(
                IntroductionView(
                    id=row.id,
                    reference=row.reference,
                    mandate_id=row.mandate_id if held_by else None,
                    mandate_reference=(
                        mandates_repository.reference_of(held[row.mandate_id].number) if held_by else None
                    ),
                    side=MandateSide(row.side),
                    standing=standing,
                    broker=party(orgs[row.broker_org_id]),
                    client=None if blind else party(orgs[row.client_org_id]),
                    counterparty=party(orgs[row.counterparty_org_id]) if knows else None,
                    subject=subject_of(row, cards, wanted),
                    message=row.message if standing != "client" or consented else None,
                    seal=seals[row.id].seal,
                    sealed_at=row.sealed_at,
                    window_until=row.window_until,
                    status=row.status if knows or row.status != "declined" else "sealed",
                    status_at=row.status_at if knows else row.sealed_at,
                    reason_code=NoThanks(row.reason_code) if row.reason_code and knows else None,
                    reason=row.reason if knows else None,
                    earlier=earlier,
                    claim_id=claimed.get(row.id),
                    deal_ids=[a.deal_id for a in mine] if knows else [],
                    refused=next((a.refused for a in mine if a.refused), None) if standing == "broker" else None,
                    actions=policy.introduction_actions(actor, standing, row.status, claimable=claimable),
                    is_demo=row.is_demo,
                )
            )
        return views

    @staticmethod
    def _three(row: Introduction) -> tuple[UUID, UUID, UUID]:
        return row.broker_org_id, row.client_org_id, row.counterparty_org_id

    async def told(self, introduction_id: UUID) -> Introduction:
        """For the exchange's own messages."""
        async with reading() as session:
            row = await repository.peek(session, introduction_id)
        if row is None:
            raise NotFound
        return row

    async def receipt(self, actor: Actor, introduction_id: UUID) -> Receipt:
        """What proves the introduction, for the broker alone; each time it is taken is written down."""
        async with reading() as session:
            row = await repository.introduction(session, introduction_id, actor)
            if row is None:
                raise NotFound
            if policy.standing(actor, *self._three(row)) != "broker":
                raise Unauthenticated if actor.anonymous else Forbidden
            kept = (await repository.seals(session, [introduction_id]))[introduction_id]
        async with unit_of_work() as session:
            audit.record(session, actor, "introduction.receipt", "introduction", introduction_id)
        return Receipt(payload=kept.payload, nonce=kept.nonce, seal=kept.seal)

    async def verify(self, command: VerifyReceipt) -> VerifyView:
        """Whether a receipt is what was sealed, for anybody who has one; tells nothing that is not in it."""
        given = command.receipt
        whole = sealing.seal(given.payload, given.nonce) == given.seal
        async with reading() as session:
            at = await repository.sealed_at(session, given.seal)
        if at is None:
            return VerifyView(finding=Finding.unknown, sealed_at=None)
        return VerifyView(finding=Finding.matches if whole else Finding.altered, sealed_at=at if whole else None)

    # --- writing ---

    async def seal(self, actor: Actor, command: SealIntroduction, *, is_demo: bool = False) -> UUID:
        """Introduce a party under an active mandate, sealed at this moment of the database; its id."""
        row = await self._mandated(actor, command.mandate_id)
        if not is_demo:
            await rates.hit(f"introduction:{actor.org_id}", 60, 3600)
        terms = MandateTerms.model_validate(row.terms)
        subject, field = await self._of_client(command, row.client_org_id, terms)
        if not mandates.holds_today(row) or not terms.scope.covers(UUID(subject["id"]), field):
            raise errors.not_mandated()
        if not await registry.offers_brokerage(row.broker_org_id):
            raise errors.no_brokerage_service()
        await caps.check(row.client_org_id, terms)
        parties = await self._three_parties(row, command.counterparty_org_id)
        id_ = sealed_id()
        async with unit_of_work() as session:
            fresh = await mandates_repository.lock(session, row.id)
            if fresh is None or not mandates.holds_today(fresh):
                raise errors.not_mandated()
            signed = (await mandates_repository.versions(session, row.id))[-1]
            at = await mandates_repository.database_now(session)
            reference, nonce = sealed_reference("GT", id_), sealing.nonce()
            number = mandates_repository.reference_of(row.number)
            payload = {
                "what": sealing.VERSION, "reference": reference, "side": row.side, "sealed_at": sealing.moment(at),
                "subject": subject, **parties,
                "mandate": {"reference": number, "version": fresh.version, "sha256": signed.sha256},
            }  # fmt: skip
            seal = sealing.seal(payload, nonce)
            made = await repository.add(
                session, id=id_, reference=reference, mandate_id=row.id, side=row.side,
                broker_org_id=row.broker_org_id, client_org_id=row.client_org_id,
                counterparty_org_id=command.counterparty_org_id, listing_id=command.listing_id,
                need_id=command.need_id, message=command.message, person_id=actor.person_id, sealed_at=at,
                window_until=at + timedelta(days=terms.attribution_days), status=INTRODUCTION.initial, status_at=at,
                is_demo=is_demo,
            )  # fmt: skip
            if made is None:
                raise errors.already_introduced()
            await repository.add_seal(
                session, introduction_id=id_, seal=seal, nonce=nonce, payload=payload, sealed_at=at
            )
            await state.note(
                session, INTRODUCTION, id_, "seal", None, INTRODUCTION.initial, actor, detail={"seal": seal}
            )
        return id_

    @staticmethod
    async def _mandated(actor: Actor, mandate_id: UUID) -> Mandate:
        """Visible (404) -> its broker, by somebody who prepares work for it (401, 403)."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await mandates_repository.mandate(session, mandate_id, actor)
        if row is None:
            raise NotFound
        if policy.role_of(actor, row.client_org_id, row.broker_org_id) != "broker" or not actor.can_edit:
            raise Forbidden
        return row

    @staticmethod
    async def _three_parties(row: Mandate, introduced: UUID) -> dict[str, dict[str, str]]:
        """The parties as the seal writes them; the introduced one is known here and none of the other two."""
        if introduced in (row.client_org_id, row.broker_org_id):
            raise errors.counterparty_is_party()
        async with reading() as session:
            orgs = await accounts.organisations_by_id(session, [row.client_org_id, row.broker_org_id, introduced])
        if introduced not in orgs or orgs[introduced].status == "suspended":
            raise errors.unknown_organisation()
        ids = {"broker": row.broker_org_id, "client": row.client_org_id, "introduced": introduced}
        return {what: {"id": str(id_), "name": orgs[id_].name_vi} for what, id_ in ids.items()}

    @staticmethod
    async def _of_client(
        command: SealIntroduction, client_org_id: UUID, terms: MandateTerms
    ) -> tuple[dict[str, str], str | None]:
        """What is introduced, as the seal writes it, and its field. A mandate for a seller brings technologies."""
        if command.listing_id is not None:
            card = (await listings.cards([command.listing_id])).get(command.listing_id)
            if terms.side is not MandateSide.seller or card is None or card.org_id != client_org_id:
                raise errors.not_mandated()
            if card.status != "published":
                raise errors.not_on_the_market()
            named = {"kind": "listing", "id": str(card.id), "reference": card.reference, "title": card.title_vi}
            return named, card.field
        assert command.need_id is not None  # noqa: S101 - the command has one of the two
        found = await needs.whole([command.need_id])
        if terms.side is not MandateSide.buyer or not found or found[0].org_id != client_org_id:
            raise errors.not_mandated()
        need = found[0]
        if need.status in CLOSED_NEED or need.status not in OPEN:
            raise errors.not_on_the_market()
        named = {"kind": "need", "id": str(need.id), "reference": need.reference, "title": need.content.title or ""}
        return named, need.content.field

    async def accept(self, actor: Actor, introduction_id: UUID, command: AcceptIntroduction) -> UUID | None:
        """The introduced party says yes: it is named to the other; about a technology the deal opens (its id)."""
        row = await self._counterparty(actor, introduction_id)
        async with reading() as session:
            orgs = await accounts.organisations_by_id(session, [row.broker_org_id])
        plain = WINDOW_FROM.format(reference=row.reference, broker=orgs[row.broker_org_id].name(actor.locale))
        INTRODUCTION.check("accept", row.status)
        async with unit_of_work() as session:
            deal_id = None
            if row.listing_id is not None:
                interest = ExpressInterest(message=command.message or plain.get(actor.locale))
                deal_id = await deals.express_interest(actor, row.listing_id, interest, is_demo=row.is_demo)
            await state.transition(session, Introduction, introduction_id, INTRODUCTION, "accept", actor)
        return deal_id

    async def decline(self, actor: Actor, introduction_id: UUID, command: DeclineIntroduction) -> None:
        """The introduced party says no; it is not named to the other side."""
        await self._counterparty(actor, introduction_id)
        code = command.reason_code.value
        async with unit_of_work() as session:
            await state.transition(
                session, Introduction, introduction_id, INTRODUCTION, "decline", actor, reason_code=code,
                reason=command.reason, values={"reason_code": code, "reason": command.reason},
            )  # fmt: skip

    async def _counterparty(self, actor: Actor, introduction_id: UUID) -> Introduction:
        """Visible (404) -> the introduced party, by somebody who may bind it (401, 403)."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await repository.introduction(session, introduction_id, actor)
        if row is None:
            raise NotFound
        if policy.standing(actor, *self._three(row)) != "counterparty" or not actor.can_manage:
            raise Forbidden
        return row

    async def lapse_due(self) -> int:
        """Introductions whose window is over without a deal; how many."""
        async with reading() as session:
            ids = await repository.overdue(session, clock.now())
        for id_ in ids:
            try:
                async with unit_of_work() as session:
                    await state.transition(session, Introduction, id_, INTRODUCTION, "lapse", system())
            except DomainError:
                continue  # became a deal in the meantime
        return len(ids)


def written(receipt: Receipt) -> bytes:
    """The receipt as a file: the same writing everywhere, easy to read."""
    return (json.dumps(receipt.model_dump(), ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


introductions = Introductions()
