"""Deals are looked at again when a fact changes: a declaration, a participant, a handler; and every night."""

from __future__ import annotations

from uuid import UUID

from app.independence.service import independence
from app.platform import outbox


@outbox.subscribe("interest.declare", "interest.end")
async def recheck_concerned(declaration_id: str) -> None:
    await independence.concerned(UUID(declaration_id))


@outbox.subscribe("deal.join", "deal.hand_over")
async def recheck_deal(deal_id: str, organisation_id: str) -> None:
    await independence.recheck(UUID(deal_id))


@outbox.schedule("20 19 * * *")  # 02:20 in Vietnam
async def recheck_deals() -> None:
    await independence.recheck_all()
