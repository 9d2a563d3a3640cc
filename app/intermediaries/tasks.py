"""The calendar: licences expire, owners are reminded, windows of ratings end."""

from __future__ import annotations

from app.intermediaries.licensing import licences
from app.intermediaries.rating import ratings
from app.platform import outbox


# Hourly and not once at midnight: a worker that was down catches up, and what has been done is not done again.
@outbox.schedule("4 * * * *")
async def keep_licence_dates() -> None:
    await licences.keep_dates()


@outbox.schedule("9 * * * *")
async def publish_ratings() -> None:
    await ratings.publish_due()
