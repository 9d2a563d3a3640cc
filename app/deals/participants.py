"""Verbs of deals about who takes part: join, leave, hand over; and what a participant may see."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.accounts import accounts
from app.deals import errors, policy, repository
from app.deals.schemas import Access, Capacity, Concluded, Engagement, HandOver, Participant
from app.deals.turns import Turns
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.platform import audit, outbox
from app.platform.db import reading, unit_of_work


class Participation(Turns):
    async def access(self, actor: Actor, deal_id: UUID) -> Access:
        """What the actor is in this deal, and who else takes part. NotFound when they may not see it.
        Cheap and without an audit entry: the verb that shows content writes down the look itself."""
        async with reading() as session:
            row = await repository.deal(session, deal_id, actor)
            if row is None:
                raise NotFound
            participants = (await repository.participants(session, [deal_id]))[deal_id]
        return Access(
            deal_id=row.id,
            reference=repository.reference_of(row.number),
            listing_id=row.listing_id,
            seller_org_id=row.seller_org_id,
            buyer_org_id=row.buyer_org_id,
            status=row.status,
            status_at=row.status_at,
            side=policy.side_of(actor, row.seller_org_id, row.buyer_org_id),
            capacity=policy.capacity_of(actor, participants),
            participants=participants,
        )

    async def participants(self, deal_ids: Sequence[UUID]) -> dict[UUID, list[Participant]]:
        """Who takes part now in each of these deals, the parties first; for verbs that have asked `access`."""
        async with reading() as session:
            return await repository.participants(session, deal_ids)

    async def of_participant(self, org_id: UUID, capacities: Sequence[Capacity]) -> list[UUID]:
        """The deals in which the organisation takes part now in one of these capacities, the newest first."""
        async with reading() as session:
            return await repository.of_participant(session, org_id, [c.value for c in capacities])

    async def between(self, seller_org_id: UUID, buyer_org_id: UUID) -> list[UUID]:
        """Every deal of this seller with this buyer, for those above who reckon with their history."""
        async with reading() as session:
            return await repository.between(session, seller_org_id, buyer_org_id)

    async def references(self, deal_ids: Sequence[UUID]) -> dict[UUID, str]:
        """What people call these deals; for those who have decided that they may be named."""
        async with reading() as session:
            found = await repository.numbers(session, deal_ids)
        return {id_: repository.reference_of(number) for id_, number in found.items()}

    async def engagements(self, org_ids: Sequence[UUID], capacities: Sequence[Capacity]) -> list[Engagement]:
        """Every participation of these organisations in these capacities, ended ones too: for their track records."""
        async with reading() as session:
            return await repository.engagements(session, org_ids, [c.value for c in capacities])

    async def engagements_of_person(self, person_id: UUID, capacities: Sequence[Capacity]) -> list[Engagement]:
        """Every participation in which this person acts for whoever takes part, ended ones too, with whoever they
        acted for."""
        async with reading() as session:
            return await repository.engagements_of_person(session, person_id, [c.value for c in capacities])

    async def concluded(self, deal_id: UUID) -> Concluded | None:
        """Who took part when the deal's contract was confirmed; None while it has not reached L2. Asks no actor: the
        verb above decides who may know."""
        async with reading() as session:
            return await repository.concluded(session, deal_id)

    async def join(
        self, actor: Actor, deal_id: UUID, org_id: UUID, capacity: Capacity, *, handler_id: UUID | None = None
    ) -> None:
        """An organisation takes part from now on. Called by a verb above that has decided it may; Conflict when it
        takes part already, in whatever capacity."""
        if capacity.party:
            raise ValueError("the parties of a deal are settled when it opens")
        async with unit_of_work() as session:
            await self.locked(deal_id)
            made = await repository.join(
                session,
                deal_id=deal_id,
                org_id=org_id,
                capacity=capacity.value,
                handler_id=handler_id,
                since=clock.now(),
            )
            if made is None:
                raise errors.takes_part_already()
            detail = {"organisation": str(org_id), "capacity": capacity.value}
            audit.record(session, actor, "deal.join", "deal", deal_id, detail)
            outbox.publish(session, "deal.join", deal_id=deal_id, organisation_id=org_id)

    async def leave(self, actor: Actor, deal_id: UUID, org_id: UUID, *, reason: str) -> None:
        """A participation ends; its organisation sees the deal no longer. Called by a verb above. NotFound when the
        organisation takes no part; the parties themselves cannot leave, they close the deal."""
        async with unit_of_work() as session:
            await self.locked(deal_id)
            capacity = await repository.leave(session, deal_id, org_id, clock.now(), reason)
            if capacity is None:
                raise NotFound
            detail = {"organisation": str(org_id), "capacity": capacity, "reason": reason}
            audit.record(session, actor, "deal.leave", "deal", deal_id, detail)
            outbox.publish(session, "deal.leave", deal_id=deal_id, organisation_id=org_id)

    async def hand_over(self, actor: Actor, deal_id: UUID, command: HandOver) -> None:
        """Give the deal to a colleague. Owners and managers may, and the person who handles it now."""
        if actor.anonymous:
            raise Unauthenticated
        found = await self.access(actor, deal_id)
        mine = next((p for p in found.participants if p.org_id == actor.org_id), None)
        if not policy.may_hand_over(actor, found.capacity, mine.handler_id if mine else None):
            raise Forbidden
        assert actor.org_id is not None  # noqa: S101 - who takes part acts for an organisation
        colleagues = {c.person_id for c in await accounts.colleagues(actor.org_id)}
        if command.person_id not in colleagues:
            raise errors.no_colleague()
        async with unit_of_work() as session:
            await self.locked(deal_id)
            if await repository.hand_over(session, deal_id, actor.org_id, command.person_id) is None:
                raise NotFound
            detail = {"organisation": str(actor.org_id), "to": str(command.person_id)}
            audit.record(session, actor, "deal.hand_over", "deal", deal_id, detail)
            outbox.publish(session, "deal.hand_over", deal_id=deal_id, organisation_id=actor.org_id)
