"""Proposals follow what happens to their need."""

from __future__ import annotations

from uuid import UUID

from app.platform import outbox
from app.proposals.service import proposals


@outbox.subscribe("need.win", "need.close", "need.expire", "need.withdraw", "need.reopen", priority=8)
async def lapse_proposals(need_id: str) -> None:
    await proposals.lapse_of(UUID(need_id))
