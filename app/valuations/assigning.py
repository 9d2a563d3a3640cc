"""Assignment: who of the provider does the work, after its licence, its people and its independence were looked at."""

from __future__ import annotations

from uuid import UUID

from app import reference
from app.accounts import accounts
from app.kit import clock
from app.kit.actor import Actor
from app.platform import audit
from app.platform.db import unit_of_work
from app.valuations import errors, firewall, repository
from app.valuations.base import APPRAISERS_RULE, Base, rule_value
from app.valuations.schemas.choices import Kind
from app.valuations.schemas.commands import Assign, Why
from app.valuations.workflow import VALUATION


class Assigning(Base):
    async def assign(self, actor: Actor, valuation_id: UUID, command: Assign) -> None:
        """The provider names its people. Refused with the reason when it is not licensed today, when there are fewer
        certified appraisers than the rule of today asks, or when it or one of them is not independent. In a deal the
        provider takes part from now on."""
        row, _ = await self._allowed(actor, valuation_id, "assign")
        kind = Kind(row.kind)
        assert actor.org_id is not None  # noqa: S101 - the provider's own
        colleagues = {c.person_id: c.name for c in await accounts.colleagues(actor.org_id)}
        people = [a.person_id for a in command.appraisers]
        if not set(people) <= colleagues.keys():
            raise errors.not_colleagues()
        self._enough(kind, command, set(colleagues))
        if await firewall.unqualified(kind, [actor.org_id]):
            raise errors.unqualified_now()
        named = [
            {"person_id": a.person_id, "part": "appraiser", "name": colleagues[a.person_id],
             "card_number": a.card_number}
            for a in command.appraisers
        ]  # fmt: skip
        if kind is Kind.appraisal and command.representative_id:
            signs = command.representative_id
            people = list(dict.fromkeys([*people, signs]))
            named.append({"person_id": signs, "part": "representative", "name": colleagues[signs], "card_number": None})
        async with unit_of_work() as session:
            row = await self._locked(session, valuation_id)
            VALUATION.check("assign", row.status)
            if not firewall.today_is_valid(row):
                raise errors.valid_no_more()
            await firewall.seat(actor, row, actor.org_id, people)
            await repository.name_members(session, valuation_id, named)
            detail = {"people": [str(p) for p in people]}
            await self._move(session, actor, valuation_id, "assign", detail=detail)

    @staticmethod
    def _enough(kind: Kind, command: Assign, colleagues: set[UUID]) -> None:
        if kind is Kind.estimate:
            return
        needed = rule_value(APPRAISERS_RULE, clock.today())
        if sum(1 for a in command.appraisers if a.card_number) < needed:
            rule = reference.rule(APPRAISERS_RULE)
            raise errors.too_few(needed, rule.document if rule else "", rule.article if rule else "")
        signs = command.representative_id
        others = [a for a in command.appraisers if a.person_id != signs]
        if signs is None or signs not in colleagues or not others:
            raise errors.representative_needed()

    async def clear(self, actor: Actor, valuation_id: UUID, command: Why) -> None:
        """The operator has looked at ties that are only possible (equal names) and found no conflict, with the reason.
        What is certain cannot be cleared; in a deal its own findings are decided instead."""
        await self._allowed(actor, valuation_id, "clear")
        async with unit_of_work() as session:
            row = await self._locked(session, valuation_id)
            if row.status not in ("requested", "agreed") or row.deal_id is not None:
                raise errors.nothing_to_clear()
            orgs = [row.provider_org_id] if row.provider_org_id else []
            orgs = orgs or [q.org_id for q in await repository.quotes(session, [row.id])]
            keys: set[str] = set()
            for org_id in orgs:
                people = [c.person_id for c in await accounts.colleagues(org_id)]
                keys |= {c.key for c in await firewall.ties(row, org_id, people) if not c.certain}
                keys |= {c.key for c in await firewall.ties(row, org_id) if not c.certain}
            if not keys:
                raise errors.nothing_to_clear()
            await repository.set_fields(session, valuation_id, cleared=sorted({*row.cleared, *keys}))
            detail = {"reason": command.reason, "ties": sorted(keys)}
            audit.record(session, actor, "valuation.clear", "valuation", valuation_id, detail)
