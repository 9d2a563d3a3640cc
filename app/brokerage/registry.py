"""The one place that asks the registry of intermediaries: who may broker today, and how content their parties were."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from app import intermediaries
from app.intermediaries import ProviderCard, Service


async def offers_brokerage(org_id: UUID) -> bool:
    """Whether the organisation's brokerage service holds today."""
    return await intermediaries.offers_service(org_id, Service.brokerage)


async def brokers() -> list[ProviderCard]:
    """Those who offer brokerage today, to choose from."""
    return await intermediaries.providers(Service.brokerage)


async def satisfaction(org_ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """The mean rating, of five, of those of these organisations that have published ones. Of all time."""
    found = await intermediaries.satisfaction(sorted(set(org_ids)))
    return {org: Decimal(str(s.mean)) for org, s in found.items() if s.mean is not None}
