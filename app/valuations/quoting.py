"""Verbs of quotes: offer, take back, refuse (who was asked); accept, decline (the requester). The case's row is locked
first, so of two quotes accepted at once the second finds the case agreed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.platform import state
from app.platform.db import reading, unit_of_work
from app.valuations import errors, firewall, repository
from app.valuations.base import Base
from app.valuations.models import ValuationQuote
from app.valuations.requesting import AHEAD_DAYS
from app.valuations.schemas.choices import Kind
from app.valuations.schemas.commands import AcceptQuote, OfferQuote, TurnDown
from app.valuations.workflow import QUOTE


class Quoting(Base):
    async def offer(self, actor: Actor, valuation_id: UUID, command: OfferQuote) -> None:
        """Send a quote. Whoever is not licensed today or not independent is told so before any work is done."""
        row, _ = await self._allowed(actor, valuation_id, "offer")
        if command.valid_until < clock.today():
            raise errors.past_day("valid_until")
        if command.valid_until > clock.today() + timedelta(days=AHEAD_DAYS):
            raise errors.too_late_day("valid_until")
        assert actor.org_id is not None  # noqa: S101 - who was asked acts for an organisation
        if await firewall.unqualified(Kind(row.kind), [actor.org_id]):
            raise errors.unqualified_now()
        await firewall.refuse_tied(row, actor.org_id)
        values = command.model_dump(include={"fee", "days", "terms", "valid_until"})
        await self._own(actor, valuation_id, "offer", values)

    async def take_back(self, actor: Actor, valuation_id: UUID) -> None:
        """Take the quote back, to send another one; it can no longer be accepted."""
        await self._allowed(actor, valuation_id, "take_back")
        await self._own(actor, valuation_id, "take_back", {"fee": None, "days": None, "terms": None})

    async def refuse(self, actor: Actor, valuation_id: UUID, command: TurnDown) -> None:
        """Not to take the work; the requester reads why."""
        await self._allowed(actor, valuation_id, "refuse")
        code = command.reason_code.value
        values = {"reason_code": code, "reason": command.reason}
        await self._own(actor, valuation_id, "refuse", values, reason_code=code, reason=command.reason)

    async def _own(self, actor: Actor, valuation_id: UUID, action: str, values: dict[str, Any], **why: Any) -> None:
        async with unit_of_work() as session:
            row = await self._locked(session, valuation_id)
            assert actor.org_id is not None  # noqa: S101 - asked above
            quote = await repository.quote_of(session, valuation_id, actor.org_id)
            if quote is None:
                raise NotFound
            QUOTE.check(action, quote.status)
            if row.status != "requested" or (action == "offer" and clock.today() > row.quotes_until):
                raise errors.quotes_closed()
            detail = {"valuation": str(valuation_id)}
            await state.transition(
                session, ValuationQuote, quote.id, QUOTE, action, actor, values=values, detail=detail, **why
            )

    async def _quote(self, session: Any, valuation_id: UUID, quote_id: UUID) -> ValuationQuote:
        found = {q.id: q for q in await repository.quotes(session, [valuation_id])}
        if quote_id not in found:
            raise NotFound
        return found[quote_id]

    async def accept(self, actor: Actor, valuation_id: UUID, quote_id: UUID, command: AcceptQuote) -> None:
        """Choose a quote: the others lapse, its organisation does the work. One transaction; a quote or a licence that
        has run out meanwhile is not accepted."""
        row, _ = await self._allowed(actor, valuation_id, "accept")
        async with reading() as session:
            org_id = (await self._quote(session, valuation_id, quote_id)).org_id
        if await firewall.unqualified(Kind(row.kind), [org_id]):
            raise errors.unqualified_now()
        async with unit_of_work() as session:
            row = await self._locked(session, valuation_id)
            quote = await self._quote(session, valuation_id, quote_id)
            QUOTE.check("accept", quote.status)
            if quote.fee != command.fee:
                raise errors.quote_changed()
            if quote.valid_until is None or quote.valid_until < clock.today():
                raise errors.quotes_closed()
            due = clock.today() + timedelta(days=quote.days or 0)
            await self._move(
                session, actor, valuation_id, "agree", values={"provider_org_id": quote.org_id, "due_on": due},
                detail={"quote": str(quote_id), "fee": quote.fee},
            )  # fmt: skip
            await state.transition(session, ValuationQuote, quote_id, QUOTE, "accept", actor)
            for other in await repository.quotes(session, [valuation_id]):
                if other.id != quote_id and other.status in ("asked", "offered"):
                    await state.transition(session, ValuationQuote, other.id, QUOTE, "lapse", actor)

    async def decline(self, actor: Actor, valuation_id: UUID, quote_id: UUID, command: TurnDown) -> None:
        """Not to take this quote, with a coded reason that its organisation reads."""
        await self._allowed(actor, valuation_id, "decline")
        code = command.reason_code.value
        async with unit_of_work() as session:
            row = await self._locked(session, valuation_id)
            quote = await self._quote(session, valuation_id, quote_id)
            if row.status != "requested":
                raise errors.quotes_closed()
            await state.transition(
                session, ValuationQuote, quote.id, QUOTE, "decline", actor, reason_code=code, reason=command.reason,
                values={"reason_code": code, "reason": command.reason}, detail={"valuation": str(valuation_id)},
            )  # fmt: skip
