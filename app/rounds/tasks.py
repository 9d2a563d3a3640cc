"""Rounds follow the clock, and listings that come back."""

from __future__ import annotations

from uuid import UUID

from app.platform import outbox
from app.rounds.running import running


@outbox.schedule("* * * * *")
async def sweep_rounds() -> None:
    await running.sweep()


@outbox.subscribe("round.due", priority=9)
async def advance_round(round_id: str) -> None:
    await running.advance(UUID(round_id))


@outbox.subscribe("listing.restore", priority=3)
async def hold_listing_again(listing_id: str) -> None:
    await running.hold_again(UUID(listing_id))
