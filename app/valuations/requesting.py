"""Verbs of the requester at the beginning and the end: request, cancel; show and hide the result."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app import accounts
from app.deals import deals
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import ListingView, listings
from app.platform import audit, outbox, rates, state
from app.platform.db import reading, unit_of_work
from app.valuations import errors, firewall, policy, repository
from app.valuations.base import VALIDITY_RULE, Base, last_valid_day, months_after, rule_value
from app.valuations.models import Valuation, ValuationComplaint, ValuationQuote, ValuationSheet
from app.valuations.schemas.choices import Kind
from app.valuations.schemas.commands import CancelValuation, RequestValuation
from app.valuations.workflow import COMPLAINT, QUOTE, SHEET, VALUATION

AHEAD_DAYS = 90
# Left out of the snapshot: what says nothing of the asset, and the owner's own asking price.
_PRICES = ("price_policy", "price_from", "price_to", "royalty_percent", "royalty_base")


def snapshot(view: ListingView) -> dict[str, Any]:
    """The facts of the asset as the listing states them to everybody: fields the owner keeps to a narrower circle stay
    out, because those who are asked to quote read this."""
    content = view.content.model_dump(mode="json")
    closed = view.content.tiers.keys() | view.locked.keys()
    kept = {n: content[n] for n in ("title_vi", "title_en", "summary_vi", "summary_en", "field", "ipc", "trl")}
    kept |= {n: content[n] for n in ("rights", "owners", "funding") if n not in closed}
    kept["offers"] = [{k: v for k, v in o.items() if k not in _PRICES} for o in content["offers"]]
    return {"reference": view.reference, "version": view.version, **kept}


def check_days(command: RequestValuation) -> date:
    """The last valid day of the result; Invalid when a day lies where it cannot."""
    today, months = clock.today(), rule_value(VALIDITY_RULE, command.value_date)
    expires = last_valid_day(command.value_date)
    if not months_after(today, -months) < command.value_date <= today + timedelta(days=AHEAD_DAYS):
        raise errors.value_date_range(months)
    if command.quotes_until < today:
        raise errors.past_day("quotes_until")
    if command.quotes_until > today + timedelta(days=AHEAD_DAYS):
        raise errors.too_late_day("quotes_until")
    return expires


class Requesting(Base):
    async def request(
        self, actor: Actor, listing_id: UUID, command: RequestValuation, *, is_demo: bool = False
    ) -> UUID:
        """Ask up to five organisations for a quote; the case's id. By the owner of the technology, or by a party of
        the deal the valuation is about."""
        view = await listings.read(actor, listing_id)
        if actor.anonymous:
            raise Unauthenticated
        parties = await self._parties(actor, view, command)
        if not policy.may_request(actor):
            raise Forbidden
        expires = check_days(command)
        await self._previous(actor, listing_id, command)
        await self._qualified(actor, command, parties)
        if not is_demo:
            await rates.hit(f"valuation:{actor.org_id}", 20, 3600)
        id_, now = new_id(), clock.now()
        async with unit_of_work() as session:
            await repository.add(
                session, Valuation, id=id_, kind=command.kind.value, purpose=command.purpose.value,
                purpose_note=command.purpose_note, status=VALUATION.initial, status_at=now, created_at=now,
                created_by=actor.person_id, listing_id=listing_id, listing_version=view.version,
                owner_org_id=view.card.org_id, deal_id=command.deal_id, requester_org_id=actor.org_id,
                previous_id=command.previous_id, asset=snapshot(view), value_date=command.value_date,
                currency=command.currency, quotes_until=command.quotes_until, expires_on=expires, is_demo=is_demo,
            )  # fmt: skip
            await state.note(
                session, VALUATION, id_, "request", None, VALUATION.initial, actor,
                detail={"listing": str(listing_id), "kind": command.kind.value},
            )  # fmt: skip
            for org_id in command.providers:
                quote_id = new_id()
                await repository.add(
                    session, ValuationQuote, id=quote_id, valuation_id=id_, org_id=org_id, status=QUOTE.initial,
                    status_at=now,
                )  # fmt: skip
                await state.note(
                    session, QUOTE, quote_id, "ask", None, QUOTE.initial, actor, detail={"valuation": str(id_)}
                )
        return id_

    @staticmethod
    async def _parties(actor: Actor, view: ListingView, command: RequestValuation) -> set[UUID]:
        """Who has a stake in the figure; Forbidden when the actor is none of them."""
        if command.deal_id is None:
            if not view.mine:
                raise errors.not_a_party()
            return {view.card.org_id}
        try:
            access = await deals.access(actor, command.deal_id)
        except NotFound:
            raise errors.wrong_deal() from None
        if access.listing_id != view.id:
            raise errors.wrong_deal()
        if access.side is None:
            raise errors.not_a_party()
        if access.status == "closed":
            raise errors.deal_closed()
        return {access.seller_org_id, access.buyer_org_id}

    async def _previous(self, actor: Actor, listing_id: UUID, command: RequestValuation) -> None:
        if command.previous_id is None:
            return
        async with reading() as session:
            row = await repository.case(session, command.previous_id, actor)
        if row is None or row.listing_id != listing_id or row.requester_org_id != actor.org_id:
            raise errors.wrong_previous()

    @staticmethod
    async def _qualified(actor: Actor, command: RequestValuation, parties: set[UUID]) -> None:
        if parties & set(command.providers) or actor.org_id in command.providers:
            raise errors.own_provider()
        lacking = await firewall.unqualified(command.kind, command.providers)
        if lacking:
            async with reading() as session:
                known = await accounts.organisations_by_id(session, lacking)
            names = [known[o].name(actor.locale) if o in known else str(o) for o in lacking]
            raise errors.unqualified(names, appraisal=command.kind is Kind.appraisal)

    async def cancel(self, actor: Actor, valuation_id: UUID, command: CancelValuation) -> None:
        """Either side stops before a report is made, with a coded reason that the other reads."""
        await self._allowed(actor, valuation_id, "cancel")
        code = command.reason_code.value
        async with unit_of_work() as session:
            row = await self._locked(session, valuation_id)
            await self._move(
                session, actor, valuation_id, "cancel", reason_code=code, reason=command.reason,
                values={"reason_code": code, "reason": command.reason},
            )  # fmt: skip
            await self._wind_up(session, actor, row, code)

    async def _wind_up(self, session: Any, actor: Actor, row: Valuation, why: str) -> None:
        """What hangs on a case that ends without a result: quotes lapse, sheets are dropped, the seat is given up."""
        for quote in await repository.quotes(session, [row.id]):
            if quote.status in ("asked", "offered"):
                await state.transition(session, ValuationQuote, quote.id, QUOTE, "lapse", actor)
        for sheet in await repository.sheets(session, row.id):
            if sheet.status in ("draft", "submitted"):
                await state.transition(session, ValuationSheet, sheet.id, SHEET, "drop", actor)
        for complaint in await repository.complaints(session, row.id):
            if complaint.status == "filed":
                await state.transition(session, ValuationComplaint, complaint.id, COMPLAINT, "lapse", actor)
        await firewall.unseat(actor, row, why)

    async def show(self, actor: Actor, valuation_id: UUID) -> None:
        """The owner shows kind, date and range on the technology's page; nothing else of the case."""
        await self._show(actor, valuation_id, True)

    async def hide(self, actor: Actor, valuation_id: UUID) -> None:
        """It is shown no more."""
        await self._show(actor, valuation_id, False)

    async def _show(self, actor: Actor, valuation_id: UUID, shown: bool) -> None:
        action = "show" if shown else "hide"
        await self._allowed(actor, valuation_id, action)
        async with unit_of_work() as session:
            row = await self._locked(session, valuation_id)
            facts = await self._facts(actor, row)
            if not policy.possible(action, facts):
                raise VALUATION.refusal("reopen", row.status)
            await repository.set_fields(session, valuation_id, shown=shown)
            audit.record(session, actor, f"valuation.{action}", "valuation", valuation_id)
            outbox.publish(session, f"valuation.{action}", valuation_id=valuation_id)
