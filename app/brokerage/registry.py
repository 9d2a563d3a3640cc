"""The one place that asks the registry of intermediaries: who may broker today, and how content their parties were."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app import intermediaries
from app.deals import Capacity
from app.intermediaries import ProviderCard, Service

BROKERS = (Capacity.seller_broker, Capacity.buyer_broker)


async def offers_brokerage(org_id: UUID) -> bool:
    """Whether the organisation's brokerage service holds today."""
    return await intermediaries.offers_service(org_id, Service.brokerage)


async def brokers() -> list[ProviderCard]:
    """Those who offer brokerage today, to choose from."""
    return await intermediaries.providers(Service.brokerage)


async def satisfaction(
    org_ids: Iterable[UUID] | None, start: datetime | None, end: datetime | None
) -> dict[UUID, Decimal]:
    """The mean rating as brokers, of five, of those of these organisations (None: everybody) of whom ratings were
    published from `start` on and before `end`."""
    wanted = None if org_ids is None else sorted(set(org_ids))
    found = await intermediaries.satisfaction_within(wanted, BROKERS, start, end)
    return {org: Decimal(str(s.mean)) for org, s in found.items() if s.mean is not None}
