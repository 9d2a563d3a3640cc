"""Deadlines as a calendar: a page, a secret address per person (iCalendar), and the file of one deal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.deals import deals, reference_of
from app.desk import dates, errors, policy
from app.desk.ics import document
from app.desk.repository import feeds, listing
from app.desk.schemas import CalendarView, Entry, FeedView, MakeFeed
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import NotFound, Unauthenticated
from app.kit.ids import new_id
from app.platform import audit, rates
from app.platform.db import reading, unit_of_work
from app.settings import settings
from app.web import signing

AHEAD = timedelta(days=400)
BEHIND = timedelta(days=30)


class Calendars:
    async def month(self, actor: Actor, month: str | None = None) -> CalendarView:
        """The dated things of one month (YYYY-MM; this one when not given or not a month), and what is late by now."""
        person, org_id = _reader(actor)
        first = _first(month)
        following = (first + timedelta(days=32)).replace(day=1)
        least, most = _midnight(first), _midnight(following)
        now = clock.now()
        async with reading() as session:
            rows = await listing.entries(session, org_id, least=least, most=most)
            before = min(now, least) if least <= now < most else now
            late = await listing.entries(session, org_id, least=now - timedelta(days=365), most=before)
            feed = await feeds.live(session, person, org_id)
        return CalendarView(
            month=first.isoformat()[:7],
            previous=(first - timedelta(days=1)).isoformat()[:7],
            following=following.isoformat()[:7],
            items=_entries(rows),
            late=_entries(late),
            feed=FeedView.model_validate(feed, from_attributes=True) if feed else None,
        )

    async def make_feed(self, actor: Actor, command: MakeFeed) -> FeedView:
        """A new secret address; the one before ends at once. The address is in this answer and nowhere else."""
        person, org_id = _reader(actor)
        if not actor.can_write:
            raise Unauthenticated
        token, now = signing.new_token(), clock.now()
        async with unit_of_work() as session:
            await feeds.lock_person(session, person)
            await feeds.revoke(session, person, org_id, now)
            id_ = new_id()
            await feeds.add(
                session, id=id_, person_id=person, org_id=org_id, token_hash=signing.token_hash(token),
                titles=command.titles, created_at=now,
            )  # fmt: skip
            audit.record(session, actor, "calendar.make_feed", "calendar", id_)
        address = f"{settings().base_url.rstrip('/')}/calendar/{token}.ics"
        return FeedView(created_at=now, titles=command.titles, address=address)

    async def revoke_feed(self, actor: Actor) -> None:
        """The address answers nobody any more. Nothing happens when there is none."""
        person, org_id = _reader(actor)
        async with unit_of_work() as session:
            if await feeds.revoke(session, person, org_id, clock.now()):
                audit.record(session, actor, "calendar.revoke_feed", "calendar", person)

    async def feed(self, token: str) -> bytes:
        """The calendar behind a secret address. NotFound once it is revoked, or its person has left."""
        hashed = signing.token_hash(token)
        now = clock.now()
        async with reading() as session:
            row = await feeds.reader(session, hashed)
        if row is None:
            raise NotFound
        await rates.hit(f"calendar:{row.id}", 60, 3600)
        async with reading() as session:
            found = await listing.entries(session, row.org_id, least=now - BEHIND, most=now + AHEAD, gone=True)
        if row.used_at is None or now - row.used_at > timedelta(hours=1):
            async with unit_of_work() as session:
                await feeds.touch(session, row.id, now)
        return document(_entries(found), row.locale, titles=row.titles, base_url=settings().base_url)

    async def of_deal(self, actor: Actor, deal_id: UUID) -> bytes:
        """The dates of one deal, for those who take part in it."""
        access = await deals.access(actor, deal_id)
        if not policy.may_note(actor, access) or actor.org_id is None:
            raise errors.for_the_sides()
        now = clock.now()
        async with reading() as session:
            found = await listing.entries(
                session, actor.org_id, least=now - BEHIND, most=now + AHEAD, gone=True, deal_id=deal_id
            )
        return document(_entries(found), actor.locale, titles=False, base_url=settings().base_url)


def _reader(actor: Actor) -> tuple[UUID, UUID]:
    if actor.person_id is None:
        raise Unauthenticated
    if actor.org_id is None or actor.role is None:
        raise errors.no_organisation()
    return actor.person_id, actor.org_id


def _first(month: str | None) -> date:
    try:
        found = date.fromisoformat(f"{month}-01").replace(day=1)
    except ValueError:
        found = clock.today().replace(day=1)
    return found if 2000 <= found.year <= 2100 else clock.today().replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.VIETNAM)


def _entries(rows: Sequence[Any]) -> list[Entry]:
    found = []
    for r in rows:
        source = dates.BY_KIND[r[0]]
        found.append(
            Entry(
                uid=source.uid_of(r[6], r[1]), deal_id=r[6], reference=reference_of(r[7]), listing_title=r[8],
                kind=r[0], label=source.label, title=r[5], at=r[2], on=r[9] if source.whole_day else None, live=r[3],
                changed_at=r[4], path=source.path_of(r[6], r[1]),
            )
        )  # fmt: skip
    return found


calendars = Calendars()
