"""All verbs of disclosure, and what those above ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.deals import deals
from app.disclosure import repository
from app.disclosure.logs import Logs
from app.disclosure.ndas import Ndas
from app.disclosure.opening import Opening
from app.disclosure.questions import Questions
from app.disclosure.rooms import Rooms
from app.kit import clock
from app.kit.actor import Actor, Staff
from app.kit.text import Text
from app.platform.db import reading

ENDS = {
    "nda": Text("Thỏa thuận bảo mật hết hạn", "The non-disclosure agreement expires"),
    "grant": Text("Hết hạn xem trong phòng dữ liệu", "Access to papers in the data room ends"),
}


@dataclass(frozen=True, slots=True)
class ToldNda:
    """What a message about an agreement needs; never its purpose or its text."""

    deal_id: UUID
    status: str
    status_at: datetime
    proposer: UUID
    seller: UUID
    buyer: UUID


@dataclass(frozen=True, slots=True)
class ToldQuestion:
    deal_id: UUID
    listing_id: UUID
    asker: UUID
    seller: UUID
    status: str
    answered_at: datetime | None


class Disclosure(Ndas, Rooms, Opening, Questions, Logs):
    async def nda_in_force(self, deal_id: UUID) -> bool:
        """Whether both parties of the deal have signed and the term has not passed."""
        async with reading() as session:
            return await repository.in_force(session, deal_id, clock.now())

    async def deadlines(self, deal_ids: Sequence[UUID]) -> list[tuple[UUID, datetime, Text]]:
        """(deal, when, what ends) of agreements and of what is open for a time, the soonest first."""
        async with reading() as session:
            found = await repository.deadlines(session, deal_ids, clock.now())
        return [(deal_id, at, ENDS[what]) for deal_id, at, what in found]

    # --- for messages: ids and states, no content ---

    async def told_nda(self, nda_id: UUID) -> ToldNda | None:
        async with reading() as session:
            found = await repository.nda(session, nda_id)
        if found is None:
            return None
        row = found[0]
        access = await deals.access(Actor(staff=frozenset({Staff.operator})), row.deal_id)
        return ToldNda(row.deal_id, row.status, row.status_at, row.org_id, access.seller_org_id, access.buyer_org_id)

    async def told_question(self, question_id: UUID) -> ToldQuestion | None:
        async with reading() as session:
            row = await repository.question(session, question_id)
        if row is None:
            return None
        access = await deals.access(Actor(staff=frozenset({Staff.operator})), row.deal_id)
        return ToldQuestion(row.deal_id, row.listing_id, row.org_id, access.seller_org_id, row.status, row.answered_at)

    async def rooms_of_parties(self, listing_id: UUID) -> list[tuple[UUID, UUID]]:
        """(deal, organisation) of those to whom something of the room is open now."""
        async with reading() as session:
            return await repository.parties_of_room(session, listing_id, clock.now())

    async def parties_of_room(self, listing_id: UUID) -> list[UUID]:
        """Organisations to which something of the room is open now."""
        return [org_id for _, org_id in await self.rooms_of_parties(listing_id)]

    async def last_inspection(self, deal_id: UUID) -> UUID | None:
        async with reading() as session:
            return await repository.last_inspection(session, deal_id)


disclosure = Disclosure()
