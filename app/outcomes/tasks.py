"""Once a morning the parties of settled deals are asked what became of them."""

from __future__ import annotations

from app.outcomes.service import outcomes
from app.platform import outbox


@outbox.schedule("40 0 * * *")  # 07:40 in Vietnam
async def ask_outcomes() -> None:
    await outcomes.ask_due()
