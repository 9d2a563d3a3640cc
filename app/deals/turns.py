"""What every verb of a deal begins with: is the actor a party who may bind, and whose turn is it then."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.deals import policy, repository
from app.deals.models import Deal
from app.deals.schemas import Side
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.platform.db import reading, unit_of_work

ANSWER_DAYS = 14


class Turns:
    async def _party(self, actor: Actor, deal_id: UUID, *, lock: bool = False) -> Deal:
        """Visible (404) -> a party who may bind (401, 403); locked when asked."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as reader:
            row = await repository.deal(reader, deal_id, actor)
            if row is None:
                raise NotFound
            if not policy.may_bind(actor, policy.side_of(actor, row.seller_org_id, row.buyer_org_id)):
                raise Forbidden
            if lock:
                row = await repository.lock(reader, deal_id)
                if row is None:
                    raise NotFound
        return row

    @staticmethod
    async def _turn(deal_id: UUID, side: Side | None, until: datetime | None = None) -> None:
        now = clock.now()
        async with unit_of_work() as writer:
            await repository.set_fields(
                writer,
                deal_id,
                turn=side.value if side else None,
                turn_since=now if side else None,
                turn_until=(until or now + timedelta(days=ANSWER_DAYS)) if side else None,
            )

    async def locked(self, deal_id: UUID) -> Deal:
        """The deal's row, locked until the unit of work ends."""
        async with unit_of_work() as session:
            row = await repository.lock(session, deal_id)
            if row is None:
                raise NotFound
            return row
