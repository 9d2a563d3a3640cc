"""The verbs of independence: declaring interests, deciding findings, consenting, and the statement of a deal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app import accounts
from app.accounts import accounts as people
from app.deals import Capacity, deals
from app.independence import errors, facts, policy, repository
from app.independence.admission import Admission, words_of
from app.independence.graph import Kind
from app.independence.models import ConflictConsent, ConflictFinding, InterestDeclaration
from app.independence.schemas import (
    OF_ORGANISATION,
    ConsentView,
    DecideFinding,
    DeclarationList,
    DeclarationView,
    DeclareInterest,
    EndInterest,
    FindingList,
    FindingView,
    GiveConsent,
    Interest,
    Seat,
    StatementView,
    Step,
    Verdict,
)
from app.independence.workflow import FINDING
from app.kit import clock, paging
from app.kit.actor import Actor
from app.kit.errors import DomainError, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id, parse_id
from app.kit.text import one_line
from app.listings import listings
from app.platform import audit, outbox, rates, state
from app.platform.db import reading, unit_of_work


class Independence(Admission):
    # --- declarations ---

    async def declare(self, actor: Actor, command: DeclareInterest, *, is_demo: bool = False) -> UUID:
        """Declare a tie, for one's organisation or for oneself; its id. Deals it concerns are looked at again."""
        if actor.person_id is None:
            raise Unauthenticated
        of_organisation = command.kind in OF_ORGANISATION
        self.check_may_declare(actor, of_organisation)
        if not is_demo:
            await rates.hit(f"declare:{actor.person_id}", 60, 3600)
        other_id, other_name = await self._other(actor, command)
        if of_organisation and command.member_id:
            async with reading() as session:
                members = await accounts.members_of(session, [actor.org_id] if actor.org_id else [])
            if command.member_id not in {m[1] for m in members}:
                raise errors.not_a_member()
        await self._subjects(actor, command)
        id_ = new_id()
        async with unit_of_work() as session:
            await repository.add_declaration(
                session,
                id=id_,
                kind=command.kind.value,
                org_id=actor.org_id if of_organisation else None,
                person_id=None if of_organisation else actor.person_id,
                other_org_id=other_id,
                other_name=other_name,
                member_id=command.member_id if of_organisation else None,
                listing_id=None if of_organisation else command.listing_id,
                deal_id=None if of_organisation else command.deal_id,
                percent=command.percent,
                since=command.since,
                until=command.until,
                note=command.note,
                made_at=clock.now(),
                made_by=actor.person_id,
                made_by_name=actor.person_name,
                is_demo=is_demo,
            )
            audit.record(session, actor, "interest.declare", "interest", id_, {"kind": command.kind.value})
            outbox.publish(session, "interest.declare", declaration_id=id_)
        return id_

    @staticmethod
    def check_may_declare(actor: Actor, of_organisation: bool) -> None:
        """Refusals before anything is typed: an organisation's interests are declared by who may bind it."""
        if actor.anonymous:
            raise Unauthenticated
        if of_organisation and not policy.may_declare_for_organisation(actor):
            raise errors.not_the_manager()
        if not actor.can_write:
            raise Forbidden

    async def about(self, actor: Actor, listing_id: UUID | None, deal_id: UUID | None) -> str:
        """The name of the technology or deal a declaration is to be about; refused as elsewhere when it is hidden."""
        if deal_id:
            return (await deals.access(actor, deal_id)).reference
        return (await listings.read(actor, listing_id)).card.title(actor.locale) if listing_id else ""

    async def _other(self, actor: Actor, command: DeclareInterest) -> tuple[UUID | None, str | None]:
        """The organisation that was typed: by id, tax code or name; (None, name) when it is not on the exchange."""
        typed = command.other
        if not typed or (command.kind is Interest.key_person):
            return None, typed
        digits = "".join(c for c in typed if c.isdigit())
        found = None
        if (id_ := parse_id(typed)) is not None:
            async with reading() as session:
                found = (await accounts.organisations_by_id(session, [id_])).get(id_)
            if found is None:
                raise errors.unknown_subject("other")
        elif len(digits) in (10, 13) and len(digits) >= len(typed) - 3:
            found = await people.organisation_by_tax_code(digits)
        else:
            near = await people.find_organisations(typed, 6)
            same = [
                o for o in near if one_line(typed).casefold() in (o.name_vi.casefold(), (o.name_en or "").casefold())
            ]
            if len(same) != 1 and near:
                raise errors.unknown_organisation([o.name_vi for o in near[:5]])
            found = same[0] if same else None
        if found is not None and found.id == actor.org_id:
            raise errors.own_organisation()
        return (found.id, None) if found else (None, typed)

    @staticmethod
    async def _subjects(actor: Actor, command: DeclareInterest) -> None:
        """A listing or a deal that is named must be one the actor may see."""
        if command.listing_id:
            try:
                await listings.read(actor, command.listing_id)
            except DomainError:
                raise errors.unknown_subject("listing_id") from None
        if command.deal_id:
            try:
                await deals.access(actor, command.deal_id)
            except DomainError:
                raise errors.unknown_subject("deal_id") from None

    async def end(self, actor: Actor, declaration_id: UUID, command: EndInterest) -> None:
        """The declared tie has ended; the record stays. Own declarations only."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await repository.declaration(session, declaration_id)
        if row is None or not (row.org_id == actor.org_id if row.org_id else row.person_id == actor.person_id):
            raise NotFound
        if not policy.may_end(actor, row.org_id, row.person_id):
            raise Forbidden
        until = command.until or clock.today()
        if row.since and until < row.since:
            until = row.since
        async with unit_of_work() as session:
            if not await repository.end_declaration(session, row.id, until, clock.now(), actor.person_name):
                raise errors.already_ended()
            audit.record(session, actor, "interest.end", "interest", row.id, {"until": until.isoformat()})
            outbox.publish(session, "interest.end", declaration_id=row.id)

    async def own(self, actor: Actor) -> DeclarationList:
        """What one's organisation and oneself have declared, ended declarations included."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            rows = await repository.declared_by(session, actor.org_id if actor.role else None, actor.person_id)
            orgs = await accounts.organisations_by_id(session, {r.other_org_id for r in rows if r.other_org_id})
            members = await accounts.people_names(session, {r.member_id for r in rows if r.member_id})
        titles = {
            c.id: c.title(actor.locale)
            for c in (await listings.cards([r.listing_id for r in rows if r.listing_id])).values()
        }
        views = [self._declaration(actor, r, orgs, members, titles) for r in rows]
        return DeclarationList(
            organisation=[v for v in views if v.org_id],
            person=[v for v in views if v.person_id],
            may_declare_for_organisation=policy.may_declare_for_organisation(actor),
        )

    @staticmethod
    def _declaration(
        actor: Actor, r: InterestDeclaration, orgs: dict[UUID, Any], members: dict[UUID, str], titles: dict[UUID, str]
    ) -> DeclarationView:
        other = orgs[r.other_org_id].name(actor.locale) if r.other_org_id in orgs else r.other_name
        open_ = r.ended_at is None and policy.may_end(actor, r.org_id, r.person_id)
        return DeclarationView(
            id=r.id, kind=Interest(r.kind), org_id=r.org_id, person_id=r.person_id, other_org_id=r.other_org_id,
            other_name=members.get(r.member_id, other) if r.member_id else other, listing_id=r.listing_id,
            listing_title=titles.get(r.listing_id) if r.listing_id else None, deal_id=r.deal_id, percent=r.percent,
            since=r.since, until=r.until, note=r.note, made_at=r.made_at, made_by=r.made_by_name,
            ended_at=r.ended_at, actions=["end"] if open_ else [], is_demo=r.is_demo,
        )  # fmt: skip

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
