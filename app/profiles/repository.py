"""Every query of profiles and campaigns, and the batch call of the door."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.profiles import scoring
from app.profiles.models import (
    EnterpriseProfile,
    ProfileAnswer,
    ProfileCampaign,
    ProfileComparison,
    ProfileInvitation,
)
from app.profiles.questionnaire import Value
from app.profiles.workflow import COUNTED, PENDING

# --- profiles ---


async def profile(session: AsyncSession, org_id: UUID, year: int) -> EnterpriseProfile | None:
    return (
        await session.execute(
            select(EnterpriseProfile).where(EnterpriseProfile.org_id == org_id, EnterpriseProfile.year == year)
        )
    ).scalar_one_or_none()


async def profile_by_id(session: AsyncSession, id_: UUID) -> EnterpriseProfile | None:
    return (await session.execute(select(EnterpriseProfile).where(EnterpriseProfile.id == id_))).scalar_one_or_none()


async def lock_profile(session: AsyncSession, id_: UUID) -> EnterpriseProfile:
    """The row as it is now, held until the commit: answers only enter a draft."""
    return (
        await session.execute(
            select(EnterpriseProfile)
            .where(EnterpriseProfile.id == id_)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one()


async def profiles_of(session: AsyncSession, org_id: UUID) -> list[EnterpriseProfile]:
    rows = await session.execute(
        select(EnterpriseProfile).where(EnterpriseProfile.org_id == org_id).order_by(EnterpriseProfile.year.desc())
    )
    return list(rows.scalars())


async def add_profile(session: AsyncSession, **values: Any) -> bool:
    """False when somebody of the organisation has just begun the year's profile."""
    made = await session.execute(
        upsert(EnterpriseProfile).values(**values).on_conflict_do_nothing().returning(EnterpriseProfile.id)
    )
    return made.scalar_one_or_none() is not None


async def set_sector(session: AsyncSession, id_: UUID, values: dict[str, Any]) -> None:
    await session.execute(
        update(EnterpriseProfile)
        .where(EnterpriseProfile.id == id_)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def answers(session: AsyncSession, profile_ids: Sequence[UUID]) -> dict[UUID, dict[str, ProfileAnswer]]:
    found: dict[UUID, dict[str, ProfileAnswer]] = {id_: {} for id_ in profile_ids}
    for row in (
        await session.execute(select(ProfileAnswer).where(ProfileAnswer.profile_id.in_(profile_ids)))
    ).scalars():
        found[row.profile_id][row.criterion] = row
    return found


async def counts(session: AsyncSession, profile_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many criteria each profile answers."""
    rows = await session.execute(
        select(ProfileAnswer.profile_id, func.count())
        .where(ProfileAnswer.profile_id.in_(profile_ids))
        .group_by(ProfileAnswer.profile_id)
    )
    return {r[0]: r[1] for r in rows}


async def put_answer(session: AsyncSession, profile_id: UUID, criterion: str, **values: Any) -> None:
    await session.execute(
        upsert(ProfileAnswer)
        .values(profile_id=profile_id, criterion=criterion, **values)
        .on_conflict_do_update(index_elements=["profile_id", "criterion"], set_=values)
    )


async def take_out(session: AsyncSession, profile_id: UUID, criteria: Sequence[str]) -> None:
    await session.execute(
        delete(ProfileAnswer).where(ProfileAnswer.profile_id == profile_id, ProfileAnswer.criterion.in_(criteria))
    )


def values(rows: dict[str, ProfileAnswer]) -> dict[str, Value]:
    return {code: Value(row.number, row.option) for code, row in rows.items()}


# --- campaigns ---


async def campaign(session: AsyncSession, id_: UUID) -> ProfileCampaign | None:
    return (await session.execute(select(ProfileCampaign).where(ProfileCampaign.id == id_))).scalar_one_or_none()


async def lock_campaign(session: AsyncSession, id_: UUID) -> ProfileCampaign | None:
    return (
        await session.execute(
            select(ProfileCampaign)
            .where(ProfileCampaign.id == id_)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def campaigns(session: AsyncSession) -> list[ProfileCampaign]:
    rows = await session.execute(
        select(ProfileCampaign).order_by(ProfileCampaign.year.desc(), ProfileCampaign.created_at.desc()).limit(100)
    )
    return list(rows.scalars())


async def campaign_of_year(session: AsyncSession, year: int) -> ProfileCampaign | None:
    return (
        await session.execute(
            select(ProfileCampaign).where(ProfileCampaign.year == year, ProfileCampaign.status != "withdrawn")
        )
    ).scalar_one_or_none()


async def add_campaign(session: AsyncSession, **values: Any) -> bool:
    """False when the year has a campaign."""
    made = await session.execute(
        upsert(ProfileCampaign).values(**values).on_conflict_do_nothing().returning(ProfileCampaign.id)
    )
    return made.scalar_one_or_none() is not None


async def set_dates(session: AsyncSession, id_: UUID, opens_on: date, closes_on: date) -> None:
    await session.execute(
        update(ProfileCampaign)
        .where(ProfileCampaign.id == id_)
        .values(opens_on=opens_on, closes_on=closes_on)
        .execution_options(synchronize_session=False)
    )


async def due(session: AsyncSession, today: date) -> list[tuple[UUID, str]]:
    """Campaigns whose opening day has come or whose closing day has gone, with the action that is due."""
    rows = await session.execute(
        select(ProfileCampaign.id, ProfileCampaign.status).where(
            or_(
                and_(
                    ProfileCampaign.status == "planned",
                    ProfileCampaign.opens_on <= today,
                    ProfileCampaign.closes_on >= today,
                ),
                and_(ProfileCampaign.status == "open", ProfileCampaign.closes_on < today),
            )
        )
    )
    return [(r[0], {"planned": "open", "open": "close"}[r[1]]) for r in rows]


def in_sector(of: ProfileCampaign) -> list[ColumnElement[bool]]:
    """Profiles of the campaign's sector, whatever their year."""
    found = [EnterpriseProfile.section == of.section]
    return [*found, EnterpriseProfile.division == of.division] if of.division else found


def _ours(of: ProfileCampaign) -> list[ColumnElement[bool]]:
    return [EnterpriseProfile.year == of.year, *in_sector(of)]


async def counted(session: AsyncSession, of: ProfileCampaign) -> list[EnterpriseProfile]:
    """Profiles that stand in the campaign's figures."""
    rows = await session.execute(
        select(EnterpriseProfile)
        .where(*_ours(of), EnterpriseProfile.status.in_(COUNTED.get(of.status, ())))
        .order_by(EnterpriseProfile.id)
    )
    return list(rows.scalars())


async def to_lock(session: AsyncSession, of: ProfileCampaign) -> list[UUID]:
    rows = await session.execute(
        select(EnterpriseProfile.id)
        .where(*_ours(of), EnterpriseProfile.status == "declared")
        .order_by(EnterpriseProfile.id)
        .with_for_update(key_share=True)
    )
    return list(rows.scalars())


async def invite(session: AsyncSession, campaign_id: UUID, org_ids: Iterable[UUID], now: datetime) -> list[UUID]:
    """Those of them who were not invited before."""
    rows = [{"campaign_id": campaign_id, "org_id": id_, "invited_at": now} for id_ in org_ids]
    if not rows:
        return []
    made = await session.execute(
        upsert(ProfileInvitation).values(rows).on_conflict_do_nothing().returning(ProfileInvitation.org_id)
    )
    return list(made.scalars())


async def invited(session: AsyncSession, campaign_id: UUID) -> dict[UUID, datetime]:
    rows = await session.execute(
        select(ProfileInvitation.org_id, ProfileInvitation.invited_at).where(
            ProfileInvitation.campaign_id == campaign_id
        )
    )
    return {r[0]: r[1] for r in rows}


async def of_sector(session: AsyncSession, of: ProfileCampaign) -> list[UUID]:
    """Organisations whose newest profile names the campaign's sector."""
    newest = (
        select(EnterpriseProfile.id)
        .ext(distinct_on(EnterpriseProfile.org_id))
        .where(EnterpriseProfile.year <= of.year)
        .order_by(EnterpriseProfile.org_id, EnterpriseProfile.year.desc())
    )
    rows = await session.execute(
        select(EnterpriseProfile.org_id).where(EnterpriseProfile.id.in_(newest), *in_sector(of))
    )
    return list(rows.scalars())


async def standing(session: AsyncSession, of: ProfileCampaign) -> dict[UUID, EnterpriseProfile]:
    """Profiles of the campaign's year, of its sector or of those invited, by organisation."""
    asked = select(ProfileInvitation.org_id).where(ProfileInvitation.campaign_id == of.id)
    rows = await session.execute(
        select(EnterpriseProfile).where(
            EnterpriseProfile.year == of.year, or_(and_(*in_sector(of)), EnterpriseProfile.org_id.in_(asked))
        )
    )
    return {r.org_id: r for r in rows.scalars()}


async def asks(session: AsyncSession, org_id: UUID, campaign_id: UUID | None = None) -> list[ProfileCampaign]:
    """Campaigns, open or closed, that invited the organisation or that its profile of the year belongs to."""
    asked = exists().where(ProfileInvitation.campaign_id == ProfileCampaign.id, ProfileInvitation.org_id == org_id)
    belongs = exists().where(
        EnterpriseProfile.org_id == org_id,
        EnterpriseProfile.year == ProfileCampaign.year,
        EnterpriseProfile.section == ProfileCampaign.section,
        or_(ProfileCampaign.division.is_(None), EnterpriseProfile.division == ProfileCampaign.division),
    )
    query = select(ProfileCampaign).where(ProfileCampaign.status.in_(COUNTED), or_(asked, belongs))
    if campaign_id:
        query = query.where(ProfileCampaign.id == campaign_id)
    return list((await session.execute(query.order_by(ProfileCampaign.year.desc()))).scalars())


async def pending(session: AsyncSession, id_: UUID) -> ProfileCampaign | None:
    """The campaign, held, when it may still be changed."""
    found = await lock_campaign(session, id_)
    return found if found and found.status in PENDING else None


# --- figures shown ---


async def shown(session: AsyncSession, campaign_id: UUID) -> dict[str, list[ProfileComparison]]:
    """Every figure shown, by measure, the newest first."""
    rows = await session.execute(
        select(ProfileComparison)
        .where(ProfileComparison.campaign_id == campaign_id)
        .order_by(ProfileComparison.measure, ProfileComparison.shown_at.desc(), ProfileComparison.id.desc())
    )
    found: dict[str, list[ProfileComparison]] = {}
    for row in rows.scalars():
        found.setdefault(row.measure, []).append(row)
    return found


async def show(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(ProfileComparison), rows)


# --- the door ---


@dataclass(frozen=True, slots=True)
class Absorption:
    """What an enterprise says it can take up, from its newest declared profile.

    `shares`: group (T, E, O, R, I) -> 0 to 1. `basis` is "answered" (part of the criteria that have an answer) until
    a score table covers the profile, then "scored" (points against the highest). Always the enterprise's own word:
    whoever shows it marks it as declared."""

    year: int
    shares: dict[str, float]
    basis: str
    declared: bool = True


async def absorptive(session: AsyncSession, org_ids: Iterable[UUID]) -> dict[UUID, Absorption]:
    """Batch call of the door. Organisations without a declared profile are absent."""
    wanted = list(set(org_ids))
    if not wanted:
        return {}
    newest = (
        await session.execute(
            select(EnterpriseProfile)
            .ext(distinct_on(EnterpriseProfile.org_id))
            .where(EnterpriseProfile.org_id.in_(wanted), EnterpriseProfile.status.in_(("declared", "locked")))
            .order_by(EnterpriseProfile.org_id, EnterpriseProfile.year.desc())
        )
    ).scalars()
    profiles = list(newest)
    rows = await answers(session, [p.id for p in profiles])
    found = {}
    for p in profiles:
        table = scoring.table_for(p.section, p.division, p.year)
        shares = scoring.shares(table, values(rows[p.id]))
        found[p.org_id] = Absorption(p.year, shares, "scored" if table else "answered")
    return found
