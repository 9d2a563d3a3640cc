"""Who may take part in a deal: the check, the admission under the deal's lock, and looking again when facts change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.deals import Access, Capacity, Participant, deals
from app.independence import errors, facts, policy, repository
from app.independence.graph import Found, Graph, Node
from app.independence.models import ConflictFinding
from app.independence.schemas import Conflict, Verdict
from app.independence.wording import steps_of, words_of
from app.independence.workflow import FINDING
from app.kit import clock
from app.kit.actor import Actor, system
from app.platform import audit, state
from app.platform.db import aside, reading, unit_of_work

SETTLED = ("cleared", "consented")


@dataclass(frozen=True, slots=True)
class _Seat:
    org_id: UUID
    capacity: Capacity
    people: tuple[UUID, ...]  # who would act for it


@dataclass(frozen=True, slots=True)
class _Table:
    """Whom a seat is compared with. `matter_id` is the deal's; of a listing without one, the listing's own."""

    matter_id: UUID
    reference: str
    listing_id: UUID
    seller_org_id: UUID
    participants: Sequence[Participant]


def _table(access: Access) -> _Table:
    return _Table(access.deal_id, access.reference, access.listing_id, access.seller_org_id, access.participants)


class Admission:
    async def conflicts(
        self, deal_id: UUID, org_id: UUID, capacity: Capacity, handler_id: UUID | None = None,
        also: Sequence[UUID] = (),
    ) -> list[Conflict]:  # fmt: skip
        """Ties that matter if this organisation took this part in the deal, with the person who would act for it and
        those who `also` would; ties already cleared or consented to are left out. NotFound when there is no such
        deal."""
        access = await deals.access(system(), deal_id)
        found = await self._ties(_table(access), _Seat(org_id, capacity, _people(handler_id, also)))
        async with reading() as session:
            known = {f.key: f.status for f in await repository.findings_of(session, deal_id)}
        for c in found:
            if known.get(c.key) == "upheld":
                c.certain, c.verdict = True, Verdict.refuse
        return [c for c in found if known.get(c.key) not in SETTLED]

    async def conflicts_over(
        self, listing_id: UUID, owner: Participant, org_id: UUID, capacity: Capacity, people: Sequence[UUID] = ()
    ) -> list[Conflict]:
        """The same for work on a technology that no deal is about (a valuation its owner asks for): ties of the
        organisation and of these people of it with the `owner` (who takes part as the seller) and the technology.
        Nothing is opened for decision: whoever asks decides what follows."""
        table = _Table(listing_id, "", listing_id, owner.org_id, [owner])
        return await self._ties(table, _Seat(org_id, capacity, tuple(people)))

    async def admit(
        self, actor: Actor, deal_id: UUID, org_id: UUID, capacity: Capacity, *, handler_id: UUID | None = None,
        also: Sequence[UUID] = (),
    ) -> None:  # fmt: skip
        """Let an organisation take part, when it is independent of whom it must be independent of. Conflict with the
        tie in words otherwise. What needs a decision or a consent is put before the operator or the parties, and that
        stays although the verb around is refused. Whoever calls has asked whether the actor may."""
        async with unit_of_work():
            # The lock makes two admissions follow one another: the second reads whom the first let in.
            if (await deals.locked(deal_id)).status == "closed":
                raise errors.deal_closed()
            found = await self.conflicts(deal_id, org_id, capacity, handler_id, also)
            if found:
                await self._refuse(actor, deal_id, found)
            await deals.join(actor, deal_id, org_id, capacity, handler_id=handler_id)

    async def _refuse(self, actor: Actor, deal_id: UUID, found: Sequence[Conflict]) -> None:
        """The strongest reason first: certain, then undecided, then what the parties may consent to."""
        certain = next((c for c in found if c.certain and c.verdict is Verdict.refuse), None)
        async with aside() as session:
            for c in found if certain is None else []:
                await self._open(deal_id, c, actor)
            detail = {"organisation": str(found[0].org_id), "ties": [c.key for c in found]}
            audit.record(session, actor, "independence.refuse", "deal", deal_id, detail)
        if certain:
            raise errors.related(certain.words)
        undecided = next((c for c in found if not c.certain), None)
        if undecided:
            raise errors.undecided(undecided.words)
        raise errors.needs_consent(found[0].words)

    async def recheck(self, deal_id: UUID) -> int:
        """Look again at everybody who takes part in a deal: new ties become findings, findings whose tie is gone end.
        How many were opened."""
        async with unit_of_work() as session:
            await deals.locked(deal_id)
            access = await deals.access(system(), deal_id)
            opened, keys = 0, set()
            for p in access.participants:
                if p.capacity.party:
                    continue
                seat = _Seat(p.org_id, p.capacity, _people(p.handler_id))
                for c in await self._ties(_table(access), seat):
                    keys.add(c.key)
                    if not _mirrored(c, access):
                        opened += await self._open(deal_id, c, system())
            seated = {p.org_id for p in access.participants}
            for f in await repository.findings_of(session, deal_id):
                # Of one who only asked to take part the tie is looked up when they ask again.
                if f.status in ("open", "consented") and f.org_id in seated and f.key not in keys:
                    await state.transition(session, ConflictFinding, f.id, FINDING, "end", system())
            return opened

    async def recheck_of(self, org_ids: Sequence[UUID]) -> None:
        """A fact about these organisations changed: their live deals, and those of whoever they stand above."""
        async with reading() as session:
            found = await repository.deals_of(session, await repository.below(session, org_ids))
        for deal_id in found:
            await self.recheck(deal_id)

    async def recheck_all(self) -> None:
        """Every night: memberships, names and days change without a declaration."""
        async with reading() as session:
            found = await repository.deals_with_others(session)
        for deal_id in found:
            await self.recheck(deal_id)

    async def _ties(self, table: _Table, seat: _Seat) -> list[Conflict]:
        """Ties of one who takes or would take part with everybody else, where the table gives them weight."""
        day = clock.today()
        others = [p for p in table.participants if p.org_id != seat.org_id or p.capacity.party]
        handlers = [(p.org_id, p.handler_id) for p in others if p.handler_id]
        handlers += [(seat.org_id, person) for person in seat.people]
        orgs = {seat.org_id, *(p.org_id for p in others)}
        known = await facts.around(table.matter_id, table.listing_id, table.seller_org_id, orgs, handlers, day)
        known.words[facts.matter(table.matter_id)] = table.reference
        graph = Graph(known.edges, day, facts.threshold(day))
        me, found = facts.org(seat.org_id), []
        sides: list[tuple[Node, Participant | None]] = [(facts.org(p.org_id), p) for p in others]
        for node, p in [*sides, (facts.matter(table.matter_id), None)]:
            verdict = policy.verdict(seat.capacity, p.capacity if p else policy.MATTER)
            if verdict is not Verdict.fine:
                found += [_conflict(seat, p, verdict, tie, known, me) for tie in graph.related(me, node)]
        return found

    async def _open(self, deal_id: UUID, c: Conflict, actor: Actor) -> int:
        """Put a tie before whoever decides, once; 1 when it is new."""
        now = clock.now()
        async with unit_of_work() as session:
            made = await repository.add_finding(
                session,
                deal_id=deal_id,
                org_id=c.org_id,
                capacity=c.capacity.value,
                other_org_id=c.other_org_id,
                other_capacity=c.other_capacity.value if c.other_capacity else None,
                kind=c.kind.value,
                certain=c.certain,
                verdict=c.verdict.value,
                path=[s.model_dump(mode="json") for s in c.path],
                key=c.key,
                status=FINDING.initial,
                status_at=now,
                opened_at=now,
            )
            if made is None:
                known = await repository.finding_by_key(session, deal_id, c.key)
                if known is None or known.status != "gone":
                    return 0
                await state.transition(session, ConflictFinding, known.id, FINDING, "find_again", actor)
                return 1
            await state.note(
                session, FINDING, made, "find", None, FINDING.initial, actor,
                detail={"deal": str(deal_id), "kind": c.kind.value, "certain": c.certain},
            )  # fmt: skip
        return 1


def _people(handler_id: UUID | None, also: Sequence[UUID] = ()) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys([*([handler_id] if handler_id else []), *also]))


def _mirrored(c: Conflict, access: Access) -> bool:
    """The same tie is met from both of its ends; it is opened by the one who joined last."""
    since = {p.org_id: (p.capacity.party is False, p.since, str(p.org_id)) for p in access.participants}
    return c.other_org_id in since and since[c.other_org_id] > since[c.org_id]


def _conflict(
    seat: _Seat, other: Participant | None, verdict: Verdict, tie: Found, known: facts.Facts, me: Node
) -> Conflict:
    parts = [
        str(seat.org_id), seat.capacity.value, str(other.org_id) if other else policy.MATTER,
        other.capacity.value if other else "", tie.kind.value, *sorted(e.source for e in tie.path),
    ]  # fmt: skip
    return Conflict(
        kind=tie.kind,
        certain=tie.certain,
        verdict=verdict,
        org_id=seat.org_id,
        capacity=seat.capacity,
        other_org_id=other.org_id if other else None,
        other_capacity=other.capacity if other else None,
        words=words_of(tie.kind, other.capacity if other else None),
        path=steps_of(tie.path, known, me),
        key=hashlib.sha256("|".join(parts).encode()).hexdigest()[:40],
    )
