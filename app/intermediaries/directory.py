"""Finding intermediaries and experts, and the batch calls of the door. Only what is offered today is found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from app.deals import Capacity
from app.intermediaries import repository, views
from app.intermediaries.offering import ProviderKind, Service
from app.intermediaries.schemas import Find, ProviderCard, ProviderList, Satisfaction
from app.kit import paging
from app.kit.actor import Actor
from app.kit.text import fold
from app.platform.db import reading

WORDS = 12
MOST = 200


async def find(actor: Actor, kind: ProviderKind, asked: Find, limit: int = paging.DEFAULT_LIMIT) -> ProviderList:
    """A page of the directory, in Vietnamese order."""
    after = paging.position(asked.cursor, paging.key, UUID) if asked.cursor else None
    words = re.findall(r"[a-z0-9]+", fold(asked.q))[:WORDS]
    limit = paging.clamp(limit)
    async with reading() as session:
        rows = await repository.find(session, kind.value, asked, words, after, limit + 1)
    shown = rows[:limit]
    following = paging.encode([shown[-1][-1], str(shown[-1][0])]) if len(rows) > limit else None
    return ProviderList(items=[views.card(r, actor.locale) for r in shown], next_cursor=following)


async def offers_service(org_id: UUID, service: Service | str, on: date | None = None) -> bool:
    """Whether the organisation offers this service: listed today, and licensed on the day (today when not given)
    where the law of that day asks for a licence. What brokerage asks before a mandate."""
    async with reading() as session:
        return await repository.offers(session, org_id, Service(service).value, on)


async def providers(
    service: Service | str, *, kind: ProviderKind = ProviderKind.organisation, on: date | None = None, limit: int = MOST
) -> list[ProviderCard]:
    """Those who offer a service, in Vietnamese order: to choose from."""
    async with reading() as session:
        rows = await repository.providing(session, Service(service).value, kind.value, on, min(limit, MOST))
    return [views.card(r, "vi") for r in rows]


async def cards(org_ids: Sequence[UUID], locale: str = "vi") -> dict[UUID, ProviderCard]:
    """Cards of those of these organisations that are listed, with what they offer today (perhaps nothing)."""
    async with reading() as session:
        return {r[2]: views.card(r, locale) for r in await repository.cards(session, org_ids)}


async def satisfaction_within(
    org_ids: Sequence[UUID] | None, capacities: Sequence[Capacity], start: datetime | None, end: datetime | None
) -> dict[UUID, Satisfaction]:
    """As `satisfaction`, of ratings in these capacities published from `start` on and before `end` (None: no bound);
    of everybody when no organisations are named. Who has none is left out."""
    async with reading() as session:
        found = await repository.satisfaction(session, org_ids, capacities, start, end)
    return {org: Satisfaction(mean=round(mean, 2), count=count) for org, (mean, count) in found.items()}


async def satisfaction(org_ids: Sequence[UUID]) -> dict[UUID, Satisfaction]:
    """Mean and count of published ratings that the parties of settled deals gave these organisations as
    intermediaries; a count of 0 and no mean where there are none."""
    async with reading() as session:
        found = await repository.satisfaction(session, org_ids)
    return {
        org: Satisfaction(mean=round(found[org][0], 2), count=found[org][1])
        if org in found
        else Satisfaction(mean=None, count=0)
        for org in org_ids
    }
