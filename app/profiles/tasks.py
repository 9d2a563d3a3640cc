"""Campaigns follow the calendar; a sector's figures follow what is declared and locked."""

from __future__ import annotations

from uuid import UUID

from app.platform import outbox
from app.profiles.survey import campaigns


@outbox.schedule("11 * * * *")
async def keep_campaign_dates() -> None:
    await campaigns.keep_dates()


@outbox.subscribe("profile.declare")
async def show_sector_of_profile(profile_id: str) -> None:
    await campaigns.show_of_profile(UUID(profile_id))


@outbox.subscribe("campaign.open", "campaign.close")
async def show_sector(campaign_id: str) -> None:
    await campaigns.show(UUID(campaign_id))
