"""Every query of saved searches. A person sees their own only; cards are asked of the door of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.models import CatalogueChange, SavedSearch, SavedSearchDigest, SavedSearchMatch


async def of_person(session: AsyncSession, person_id: UUID) -> list[SavedSearch]:
    """Newest first."""
    rows = await session.execute(
        select(SavedSearch).where(SavedSearch.person_id == person_id).order_by(SavedSearch.id.desc()).limit(200)
    )
    return list(rows.scalars())


async def saved_search(session: AsyncSession, person_id: UUID, id_: UUID) -> SavedSearch | None:
    return (
        await session.execute(select(SavedSearch).where(SavedSearch.id == id_, SavedSearch.person_id == person_id))
    ).scalar_one_or_none()


async def lock_person(session: AsyncSession, person_id: UUID) -> None:
    """Saving waits for saving of the same person, so that the limit holds."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('saved_search:' || :id, 0))"), {"id": str(person_id)}
    )


async def count(session: AsyncSession, person_id: UUID) -> int:
    found = await session.execute(select(func.count()).where(SavedSearch.person_id == person_id))
    return int(found.scalar_one())


async def by_query(session: AsyncSession, person_id: UUID, scope: str, query: str) -> UUID | None:
    found = await session.execute(
        select(SavedSearch.id).where(
            SavedSearch.person_id == person_id, SavedSearch.scope == scope, SavedSearch.query == query
        )
    )
    return found.scalar_one_or_none()


async def add(session: AsyncSession, **values: Any) -> None:
    await session.execute(upsert(SavedSearch).values(**values))


async def change(session: AsyncSession, person_id: UUID, id_: UUID, **values: Any) -> bool:
    done = await session.execute(
        update(SavedSearch)
        .where(SavedSearch.id == id_, SavedSearch.person_id == person_id)
        .values(**values)
        .returning(SavedSearch.id)
        .execution_options(synchronize_session=False)
    )
    return done.scalar_one_or_none() is not None


async def remove(session: AsyncSession, person_id: UUID, id_: UUID) -> bool:
    done = await session.execute(
        delete(SavedSearch)
        .where(SavedSearch.id == id_, SavedSearch.person_id == person_id)
        .returning(SavedSearch.id)
        .execution_options(synchronize_session=False)
    )
    return done.scalar_one_or_none() is not None


async def name_of(session: AsyncSession, id_: UUID) -> tuple[str, bool] | None:
    """(name, paused) whoever asks: only for the holder of a sealed link."""
    row = (
        await session.execute(select(SavedSearch.name, SavedSearch.paused_at).where(SavedSearch.id == id_))
    ).one_or_none()
    return (row[0], row[1] is not None) if row else None


async def pause_anyones(session: AsyncSession, id_: UUID, now: datetime) -> None:
    await session.execute(
        update(SavedSearch)
        .where(SavedSearch.id == id_, SavedSearch.paused_at.is_(None))
        .values(paused_at=now)
        .execution_options(synchronize_session=False)
    )


# --- finding ---


async def note_change(session: AsyncSession, now: datetime) -> None:
    await session.execute(
        update(CatalogueChange)
        .where(CatalogueChange.one == 1, CatalogueChange.at < now)
        .values(at=now)
        .execution_options(synchronize_session=False)
    )


async def to_check(session: AsyncSession, now: datetime, *, settle: timedelta, anyway: timedelta) -> list[SavedSearch]:
    """Running searches that a change has outdated (looked at again until it has settled), that have not been looked
    at for long, or whose digest is due."""
    changed = select(CatalogueChange.at).where(CatalogueChange.one == 1).scalar_subquery()
    rows = await session.execute(
        select(SavedSearch)
        .where(
            SavedSearch.paused_at.is_(None),
            or_(
                SavedSearch.checked_at <= changed + settle,
                SavedSearch.checked_at < now - anyway,
                SavedSearch.next_digest_at <= now,
            ),
        )
        .order_by(SavedSearch.scope, SavedSearch.query, SavedSearch.id)
    )
    return list(rows.scalars())


async def lock(session: AsyncSession, id_: UUID) -> SavedSearch | None:
    """The search as it is now, locked; None when it was paused or deleted meanwhile."""
    return (
        await session.execute(
            select(SavedSearch)
            .where(SavedSearch.id == id_, SavedSearch.paused_at.is_(None))
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def add_matches(session: AsyncSession, search_id: UUID, subject_ids: Sequence[UUID], now: datetime) -> None:
    """Once each: what was found before stays as it is."""
    await session.execute(
        text(
            "INSERT INTO saved_search_match (search_id, subject_id, found_at)"
            " SELECT :search, s, :now FROM unnest(CAST(:ids AS uuid[])) s ON CONFLICT DO NOTHING"
        ),
        {"search": search_id, "ids": list(subject_ids), "now": now},
    )


async def untold(session: AsyncSession, search_id: UUID) -> list[UUID]:
    rows = await session.execute(
        select(SavedSearchMatch.subject_id).where(
            SavedSearchMatch.search_id == search_id, SavedSearchMatch.digest_id.is_(None)
        )
    )
    return list(rows.scalars())


async def open_digest(
    session: AsyncSession, digest_id: UUID, search_id: UUID, subject_ids: Sequence[UUID], now: datetime
) -> int:
    """Claim these matches for one digest; how many were still to be told of."""
    await session.execute(upsert(SavedSearchDigest).values(id=digest_id, search_id=search_id, created_at=now))
    claimed = await session.execute(
        update(SavedSearchMatch)
        .where(
            SavedSearchMatch.search_id == search_id,
            SavedSearchMatch.subject_id.in_(subject_ids),
            SavedSearchMatch.digest_id.is_(None),
        )
        .values(digest_id=digest_id)
        .returning(SavedSearchMatch.subject_id)
        .execution_options(synchronize_session=False)
    )
    return len(claimed.all())


# --- telling ---


async def lease(session: AsyncSession, digest_id: UUID, now: datetime, until: datetime) -> tuple[UUID, UUID] | None:
    """(search, person) for the one who may send this digest until then; None when it was sent or another is at it."""
    search_id = (
        await session.execute(
            update(SavedSearchDigest)
            .where(
                SavedSearchDigest.id == digest_id,
                SavedSearchDigest.sent_at.is_(None),
                or_(SavedSearchDigest.claimed_until.is_(None), SavedSearchDigest.claimed_until <= now),
            )
            .values(claimed_until=until)
            .returning(SavedSearchDigest.search_id)
            .execution_options(synchronize_session=False)
        )
    ).scalar_one_or_none()
    if search_id is None:
        return None
    person = (await session.execute(select(SavedSearch.person_id).where(SavedSearch.id == search_id))).scalar_one()
    return search_id, person


async def give_back(session: AsyncSession, digest_id: UUID) -> None:
    await session.execute(
        update(SavedSearchDigest)
        .where(SavedSearchDigest.id == digest_id, SavedSearchDigest.sent_at.is_(None))
        .values(claimed_until=None)
        .execution_options(synchronize_session=False)
    )


async def digest(session: AsyncSession, digest_id: UUID) -> tuple[SavedSearch, list[UUID]] | None:
    """The search of a digest and what it tells of."""
    row = (
        await session.execute(
            select(SavedSearch)
            .join(SavedSearchDigest, SavedSearchDigest.search_id == SavedSearch.id)
            .where(SavedSearchDigest.id == digest_id)
        )
    ).scalar_one_or_none()
    if row is None:
        return None
    found = await session.execute(
        select(SavedSearchMatch.subject_id)
        .where(SavedSearchMatch.digest_id == digest_id)
        .order_by(SavedSearchMatch.found_at.desc(), SavedSearchMatch.subject_id.desc())
    )
    return row, list(found.scalars())


async def close_digest(session: AsyncSession, digest_id: UUID, hidden: Sequence[UUID], now: datetime) -> None:
    """Told. What could not be shown is free again, for the day it is."""
    await session.execute(
        update(SavedSearchDigest)
        .where(SavedSearchDigest.id == digest_id)
        .values(sent_at=now)
        .execution_options(synchronize_session=False)
    )
    if hidden:
        await session.execute(
            update(SavedSearchMatch)
            .where(SavedSearchMatch.digest_id == digest_id, SavedSearchMatch.subject_id.in_(hidden))
            .values(digest_id=None)
            .execution_options(synchronize_session=False)
        )


async def unsent(session: AsyncSession, now: datetime, age: timedelta) -> list[UUID]:
    """Digests that wait longer than their own job should take, and that nobody is sending."""
    rows = await session.execute(
        select(SavedSearchDigest.id)
        .where(
            SavedSearchDigest.sent_at.is_(None),
            SavedSearchDigest.created_at < now - age,
            or_(SavedSearchDigest.claimed_until.is_(None), SavedSearchDigest.claimed_until <= now),
        )
        .order_by(SavedSearchDigest.created_at)
        .limit(200)
    )
    return list(rows.scalars())


# --- the list in the product ---


async def unseen(session: AsyncSession, search_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """(search, what it found) of what its owner has not looked at yet, the newest."""
    if not search_ids:
        return []
    rows = await session.execute(
        select(SavedSearchMatch.search_id, SavedSearchMatch.subject_id)
        .where(SavedSearchMatch.search_id.in_(search_ids), SavedSearchMatch.seen_at.is_(None))
        .order_by(SavedSearchMatch.found_at.desc())
        .limit(2000)
    )
    return [(r[0], r[1]) for r in rows]


async def matches(
    session: AsyncSession, search_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> list[SavedSearchMatch]:
    stmt = select(SavedSearchMatch).where(SavedSearchMatch.search_id == search_id)
    if after:
        at, id_ = after
        stmt = stmt.where(text("(found_at, subject_id) < (:at, CAST(:id AS uuid))").bindparams(at=at, id=id_))
    stmt = stmt.order_by(SavedSearchMatch.found_at.desc(), SavedSearchMatch.subject_id.desc()).limit(limit)
    return list((await session.execute(stmt)).scalars())


async def mark_seen(session: AsyncSession, search_id: UUID, now: datetime) -> None:
    await session.execute(
        update(SavedSearchMatch)
        .where(SavedSearchMatch.search_id == search_id, SavedSearchMatch.seen_at.is_(None))
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )
