"""What the clock does to agreements and to what is open for a time."""

from __future__ import annotations

from app.disclosure.service import disclosure
from app.platform import outbox


@outbox.schedule("*/5 * * * *")
async def expire_agreements() -> None:
    await disclosure.expire_due()
