"""What every verb of a case starts from: the facts, who may see it (404), whose it is to do (401, 403)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import reference
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.platform import state
from app.platform.db import reading
from app.valuations import policy, repository
from app.valuations.models import Valuation, ValuationMember
from app.valuations.schemas.choices import Kind
from app.valuations.workflow import IN_HAND, VALUATION

APPRAISERS_RULE = "appraisal_appraisers_minimum"
VALIDITY_RULE = "valuation_validity_months"
COMPLAINT_RULE = "valuation_complaint_days"
_DEFAULTS = {APPRAISERS_RULE: Decimal(2), VALIDITY_RULE: Decimal(6), COMPLAINT_RULE: Decimal(30)}


def rule_value(code: str, on: date) -> int:
    """What the dated rule says on a day; the value known last where none held."""
    found = reference.rule(code, on)
    return int(found.value if found else _DEFAULTS[code])


def rules_checked(kind: Kind, on: date) -> bool:
    codes = [VALIDITY_RULE, COMPLAINT_RULE] + ([APPRAISERS_RULE] if kind is Kind.appraisal else [])
    found = [reference.rule(code, on) for code in codes]
    return all(r is not None and r.checked for r in found)


def months_after(day: date, months: int) -> date:
    """The same day so many months on; the last of the month where it has none (31 August + 6 = 28 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_valid_day(value_date: date) -> date:
    """The last day on which a result of this value date may be used."""
    return months_after(value_date, rule_value(VALIDITY_RULE, value_date))


def complain_until(row: Valuation) -> date | None:
    """The last day for a complaint; None before delivery. It ends with the result itself."""
    if row.delivered_at is None:
        return None
    delivered = row.delivered_at.astimezone(clock.VIETNAM).date()
    return min(delivered + timedelta(days=rule_value(COMPLAINT_RULE, delivered)), row.expires_on)


def status_of(row: Valuation) -> str:
    """The state as it is today: a result is over with its last day, whether the nightly sweep has come by or not."""
    return "expired" if row.status in IN_HAND and clock.today() > row.expires_on else row.status


class Base:
    async def _visible(self, actor: Actor, valuation_id: UUID) -> Valuation:
        async with reading() as session:
            row = await repository.case(session, valuation_id, actor)
        if row is None:
            raise NotFound
        return row

    @staticmethod
    async def _locked(session: Any, valuation_id: UUID) -> Valuation:
        row = await repository.lock(session, valuation_id)
        if row is None:
            raise NotFound
        return row

    async def _facts(self, actor: Actor, row: Valuation) -> policy.Facts:
        """What the policy decides on, as it stands now (inside a unit of work: under its locks)."""
        async with reading() as session:
            quotes = await repository.quotes(session, [row.id])
            members = await repository.members(session, row.id)
            sheets = await repository.sheets(session, row.id)
            reports = await repository.reports(session, row.id)
            signed = await repository.signatures(session, [reports[-1].id]) if reports else []
            complaints = await repository.complaints(session, row.id)
        own = next((q for q in quotes if q.org_id == actor.org_id), None)
        return policy.Facts(
            requester_org_id=row.requester_org_id, provider_org_id=row.provider_org_id,
            owner_org_id=row.owner_org_id, kind=row.kind, status=status_of(row), today=clock.today(),
            expires_on=row.expires_on, complain_until=complain_until(row), received=row.received_at is not None,
            shown=row.shown, asked=[q.org_id for q in quotes], own_quote=own.status if own else None,
            quotes_open=clock.today() <= row.quotes_until,
            appraisers=appraisers_of(members), representative=representative_of(members),
            signed=[s.person_id for s in signed], sheet_live=any(s.status in ("draft", "submitted") for s in sheets),
            complaint_open=any(c.status == "filed" for c in complaints),
            complained=bool(reports) and any(c.report_id == reports[-1].id for c in complaints),
        )  # fmt: skip

    async def _allowed(self, actor: Actor, valuation_id: UUID, action: str) -> tuple[Valuation, policy.Facts]:
        """Visible (404) -> this actor's to do (401, 403). Whether it is possible now the verb asks under its lock."""
        if actor.anonymous:
            raise Unauthenticated
        row = await self._visible(actor, valuation_id)
        facts = await self._facts(actor, row)
        if not policy.may(actor, policy.side_of(actor, facts), action, facts):
            raise Forbidden
        return row, facts

    async def _now(self, session: Any, actor: Actor, valuation_id: UUID, action: str, needs: str) -> Valuation:
        """The case, locked, when `action` is possible (409); `needs` names the move whose refusal is told."""
        row = await self._locked(session, valuation_id)
        facts = await self._facts(actor, row)
        if not policy.possible(action, facts):
            raise VALUATION.refusal(needs, status_of(row))
        return row

    async def _move(self, session: Any, actor: Actor, valuation_id: UUID, action: str, **more: Any) -> str:
        return await state.transition(session, Valuation, valuation_id, VALUATION, action, actor, **more)


def appraisers_of(members: list[ValuationMember]) -> list[UUID]:
    return [m.person_id for m in members if m.part == "appraiser"]


def representative_of(members: list[ValuationMember]) -> UUID | None:
    return next((m.person_id for m in members if m.part == "representative"), None)
