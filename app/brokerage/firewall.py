"""The one place through which a broker joins a deal: the independence firewall."""

from __future__ import annotations

from uuid import UUID

from app.deals import Capacity
from app.independence import independence
from app.kit.actor import Actor


async def admit(
    actor: Actor, deal_id: UUID, org_id: UUID, capacity: Capacity, *, handler_id: UUID | None = None
) -> None:
    """The organisation takes part from now on; a DomainError with the tie in words when it may not, or not yet."""
    await independence.admit(actor, deal_id, org_id, capacity, handler_id=handler_id)
