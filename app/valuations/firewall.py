"""Whether an organisation may do a case: its licence today, and its independence of those the figure matters to."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app import accounts
from app.deals import Capacity, Participant, deals
from app.independence import Conflict, Verdict, independence
from app.intermediaries import offers_service
from app.kit import clock
from app.kit.actor import Actor, system
from app.platform.db import reading
from app.valuations import errors
from app.valuations.models import Valuation
from app.valuations.schemas.choices import Kind


async def unqualified(kind: Kind, org_ids: Sequence[UUID]) -> list[UUID]:
    """Those that do not offer this kind of work today, or without the checked licence the law of today asks for."""
    return [o for o in org_ids if not await offers_service(o, kind.service)]


async def _owner(row: Valuation) -> Participant:
    async with reading() as session:
        found = (await accounts.organisations_by_id(session, [row.owner_org_id]))[row.owner_org_id]
    return Participant(
        org_id=row.owner_org_id, org_name=found.name("vi"), capacity=Capacity.seller, since=row.created_at
    )


async def ties(row: Valuation, org_id: UUID, people: Sequence[UUID] = ()) -> list[Conflict]:
    """What ties the organisation, or these people of it, to the owner of the technology or to those of the deal.
    What the operator has cleared in the case is left out."""
    capacity = Kind(row.kind).capacity
    if row.deal_id:
        found = await independence.conflicts(row.deal_id, org_id, capacity, also=people)
    else:
        found = await independence.conflicts_over(row.listing_id, await _owner(row), org_id, capacity, people)
    return [c for c in found if c.verdict is not Verdict.fine and c.key not in row.cleared]


async def refuse_tied(row: Valuation, org_id: UUID, people: Sequence[UUID] = ()) -> None:
    """Conflict with the reason when it is not independent, or when that is undecided. For a deal `admit` says the
    second, because it puts the question before the operator at once."""
    found = await ties(row, org_id, people)
    certain = next((c for c in found if c.certain), None)
    if certain:
        raise errors.not_independent(certain.words)
    if found and not row.deal_id:
        raise errors.undecided(found[0].words)


async def seat(actor: Actor, row: Valuation, org_id: UUID, people: Sequence[UUID]) -> None:
    """The provider takes part in the deal from now on, when there is one and it does not yet. The case is locked."""
    await refuse_tied(row, org_id, people)
    if row.deal_id is None:
        return
    capacity = Kind(row.kind).capacity
    access = await deals.access(system(), row.deal_id)
    if any(p.org_id == org_id and p.capacity is capacity for p in access.participants):
        return
    await independence.admit(actor, row.deal_id, org_id, capacity, handler_id=people[0], also=people[1:])


async def unseat(actor: Actor, row: Valuation, reason: str) -> None:
    """It takes part in the deal no more: the case is over before it had a result."""
    if row.deal_id is None or row.provider_org_id is None:
        return
    access = await deals.access(system(), row.deal_id)
    capacity = Kind(row.kind).capacity
    if any(p.org_id == row.provider_org_id and p.capacity is capacity for p in access.participants):
        await deals.leave(actor, row.deal_id, row.provider_org_id, reason=reason)


def today_is_valid(row: Valuation) -> bool:
    return clock.today() <= row.expires_on
