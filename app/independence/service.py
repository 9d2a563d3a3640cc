"""The verbs of independence: deciding findings, consenting, and the statement of a deal; with the declarations and the
admission they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app import accounts
from app.deals import Capacity, deals
from app.independence import errors, facts, policy, repository
from app.independence.admission import Admission
from app.independence.bidding import Bidding
from app.independence.declarations import Declarations
from app.independence.graph import Kind
from app.independence.models import ConflictConsent, ConflictFinding
from app.independence.schemas import (
    ConsentView,
    DecideFinding,
    FindingList,
    FindingView,
    GiveConsent,
    Seat,
    StatementView,
    Step,
    Verdict,
)
from app.independence.wording import words_of
from app.independence.workflow import FINDING
from app.kit import clock, paging
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.platform import audit, state
from app.platform.db import reading, unit_of_work


class Independence(Declarations, Admission, Bidding):
    async def concerned(self, declaration_id: UUID) -> None:
        """A declaration was made or ended: every deal it may touch is looked at again."""
        async with reading() as session:
            row = await repository.declaration(session, declaration_id)
            if row is None:
                return
            orgs = {o for o in (row.org_id, row.other_org_id) if o}
            if row.person_id:
                orgs |= set(await accounts.organisations_of_person(session, row.person_id))
            about = await repository.deals_about(session, row.listing_id, row.deal_id)
        for deal_id in about:
            await self.recheck(deal_id)
        await self.recheck_of(list(orgs))

    # --- findings ---

    async def queue(self, actor: Actor, *, status: str | None = "open", cursor: str | None = None) -> FindingList:
        """Findings for the operator to decide; those waiting longest first."""
        if not policy.may_see_queue(actor):
            raise Unauthenticated if actor.anonymous else Forbidden
        after = paging.position(cursor, clock.parse, UUID) if cursor else None
        limit = 30
        async with reading() as session:
            rows = await repository.finding_page(session, status=status, after=after, limit=limit + 1)
        more = None
        if len(rows) > limit:
            more = paging.encode([rows[limit - 1].opened_at.isoformat(), str(rows[limit - 1].id)])
        return FindingList(items=await self._findings(actor, rows[:limit]), next_cursor=more)

    async def waiting(self, actor: Actor) -> int:
        """How many findings wait for the operator."""
        if not policy.may_see_queue(actor):
            return 0
        async with reading() as session:
            return await repository.count_open(session)

    async def finding(self, actor: Actor, finding_id: UUID) -> FindingView:
        """One finding: whole for the operator (the look is written down), without people and figures for others."""
        row = await self._visible(actor, finding_id)
        view = (await self._findings(actor, [row]))[0]
        if view.path:
            async with unit_of_work() as session:
                audit.record(session, actor, "conflict_finding.read", "conflict_finding", finding_id)
        return view

    async def peek(self, finding_id: UUID) -> tuple[FindingView, tuple[UUID, UUID]]:
        """A finding as its parties may read it, and who they are: for the exchange's own messages."""
        async with reading() as session:
            row = await repository.finding(session, finding_id)
            if row is None:
                raise NotFound
            parties = (await repository.briefs(session, [row.deal_id]))[row.deal_id].parties
        return (await self._findings(Actor(), [row]))[0], parties

    async def _visible(self, actor: Actor, finding_id: UUID) -> ConflictFinding:
        async with reading() as session:
            row = await repository.finding(session, finding_id)
        if row is None:
            raise NotFound
        await deals.access(actor, row.deal_id)
        return row

    async def clear(self, actor: Actor, finding_id: UUID, command: DecideFinding) -> None:
        """The operator: no conflict, with the reason. A certain tie that the table refuses cannot be cleared."""
        row = await self._visible(actor, finding_id)
        if not policy.may_see_queue(actor) or not actor.can_write:
            raise Forbidden
        FINDING.check("clear", row.status)
        if row.certain and row.verdict == Verdict.refuse.value:
            raise errors.certain_tie()
        await self._decide(actor, row, "clear", command)

    async def uphold(self, actor: Actor, finding_id: UUID, command: DecideFinding) -> None:
        """The operator: there is a conflict, with the reason. Whoever takes part and is no party leaves the deal."""
        row = await self._visible(actor, finding_id)
        if not policy.may_see_queue(actor) or not actor.can_write:
            raise Forbidden
        FINDING.check("uphold", row.status)
        leaver = command.org_id or row.org_id
        if leaver not in (row.org_id, row.other_org_id):
            raise errors.who_leaves()
        async with unit_of_work():
            await deals.locked(row.deal_id)
            access = await deals.access(actor, row.deal_id)
            seat = next((p for p in access.participants if p.org_id == leaver), None)
            if seat is not None and seat.capacity.party:
                raise errors.who_leaves()
            await self._decide(actor, row, "uphold", command)
            if seat is not None:
                await deals.leave(actor, row.deal_id, leaver, reason="independence")

    @staticmethod
    async def _decide(actor: Actor, row: ConflictFinding, action: str, command: DecideFinding) -> None:
        async with unit_of_work() as session:
            await state.transition(
                session, ConflictFinding, row.id, FINDING, action, actor, reason=command.reason,
                values={"reason": command.reason}, detail={"deal": str(row.deal_id)},
            )  # fmt: skip

    async def consent(self, actor: Actor, finding_id: UUID, command: GiveConsent) -> None:
        """A party agrees in writing that somebody tied to a side takes part; the second consent settles it."""
        row = await self._visible(actor, finding_id)
        access = await deals.access(actor, row.deal_id)
        parties = (access.seller_org_id, access.buyer_org_id)
        if not policy.is_consenting_party(actor, parties, Verdict(row.verdict)):
            raise Forbidden
        FINDING.check("consent", row.status)
        view = (await self._findings(actor, [row]))[0]
        async with unit_of_work() as session:
            await deals.locked(row.deal_id)
            fresh = await repository.finding(session, finding_id)
            FINDING.check("consent", fresh.status if fresh else row.status)
            await repository.add_consent(
                session, finding_id=row.id, org_id=actor.org_id, person_id=actor.person_id, person=actor.person_name,
                at=clock.now(), words=view.sentence.get("vi"), note=command.note,
            )  # fmt: skip
            audit.record(session, actor, "conflict_finding.agree", "conflict_finding", row.id)
            given = {c.org_id for c in await repository.consents(session, [row.id])}
            if given >= set(parties):
                await state.transition(session, ConflictFinding, row.id, FINDING, "consent", actor)

    async def statement(self, actor: Actor, deal_id: UUID) -> StatementView:
        """Independence of a deal as its participants, the operator and the Department read it."""
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        async with reading() as session:
            rows = await repository.findings_of(session, deal_id)
        items = await self._findings(actor, rows)
        day = clock.today()
        unsettled = [f for f in items if f.takes_part and f.status == "open"]
        return StatementView(
            deal_id=deal_id,
            deal_reference=access.reference,
            as_of=clock.now(),
            seats=[
                Seat(org_id=p.org_id, org_name=p.org_name, capacity=p.capacity, since=p.since)
                for p in access.participants
            ],
            findings=items,
            independent=not unsettled,
            threshold_percent=facts.threshold(day),
            co_inventor_years=facts.co_inventor_years(day),
            rules_checked=facts.rules_checked(day),
        )

    async def _findings(self, actor: Actor, rows: Sequence[ConflictFinding]) -> list[FindingView]:
        """Four statements for any number of findings. Whoever calls has asked whether the actor may see their deals."""
        async with reading() as session:
            briefs = await repository.briefs(session, {r.deal_id for r in rows})
            consents = await repository.consents(session, [r.id for r in rows])
            ids = {o for r in rows for o in (r.org_id, r.other_org_id) if o} | {c.org_id for c in consents}
            orgs = await accounts.organisations_by_id(session, ids)
        names = {id_: view.name(actor.locale) for id_, view in orgs.items()}
        return [_view(actor, r, briefs[r.deal_id], names, [c for c in consents if c.finding_id == r.id]) for r in rows]


def _view(
    actor: Actor, r: ConflictFinding, deal: repository.Brief, names: dict[UUID, str], given: list[ConflictConsent]
) -> FindingView:
    whole, verdict = policy.may_see_queue(actor), Verdict(r.verdict)
    other = Capacity(r.other_capacity) if r.other_capacity else None
    actions = policy.decisions(actor, r.status, r.certain, verdict)
    if policy.may_consent(actor, deal.parties, [c.org_id for c in given], r.status, verdict):
        actions.append("consent")
    return FindingView(
        id=r.id, deal_id=r.deal_id, deal_reference=deal.reference,
        listing_title=(actor.locale == "en" and deal.title_en) or deal.title_vi, org_id=r.org_id,
        org_name=names[r.org_id], capacity=Capacity(r.capacity), other_org_id=r.other_org_id,
        other_name=names[r.other_org_id] if r.other_org_id else None, other_capacity=other,
        takes_part=r.org_id in deal.seated, kind=Kind(r.kind), certain=r.certain, verdict=verdict,
        words=words_of(Kind(r.kind), other), path=[Step.model_validate(s) for s in r.path] if whole else [],
        status=r.status, status_at=r.status_at, opened_at=r.opened_at, reason=r.reason,
        consents=[
            ConsentView(org_id=c.org_id, org_name=names[c.org_id], person=c.person, at=c.at, note=c.note)
            for c in given
        ],
        actions=actions, is_demo=r.is_demo,
    )  # fmt: skip


independence = Independence()
