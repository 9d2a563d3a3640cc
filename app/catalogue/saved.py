"""The verbs of saved searches (tìm kiếm đã lưu): any search kept, and told of once for each new match.

Finding and telling are steps that may be repeated or broken off anywhere. A match is one row of (search, subject), so
it is found once. The transaction that puts untold matches into a digest also queues the digest's mail, so each is
told of in one mail. A sender holds a lease on the digest: who dies in between is followed by another, whose mail
carries the same Message-ID.

A blind need shows days, never hours. It is found, and told of, only by the run of a digest's hour, and only when it was
first shown on a day before: neither a mail nor the list in the product tells when on that day.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from app.accounts import accounts
from app.catalogue import errors, repository
from app.catalogue.models import SavedSearch
from app.catalogue.schemas import (
    Frequency,
    MatchList,
    MatchView,
    RenameSearch,
    SavedSearchList,
    SavedSearchView,
    SaveSearch,
    Scope,
)
from app.catalogue.scopes import over
from app.integrations.mail import Mail, sender
from app.kit import clock, paging
from app.kit.actor import Actor
from app.kit.errors import NotFound, Unauthenticated
from app.kit.ids import new_id, parse_id
from app.listings import Card
from app.needs import NeedCard, whole_day
from app.platform import outbox
from app.platform.db import reading, unit_of_work
from app.settings import settings
from app.web import signing
from app.web.mails import compose

log = logging.getLogger("santex.saved_searches")

MAX_SAVED = 50
IN_MAIL = 20
HOUR = 7  # of the day in Vietnam at which daily and weekly digests leave; the week's on Monday
# A match may be indexed late; what was first shown up to this long before the last look is looked at again.
OVERLAP = timedelta(days=7)
SETTLE = timedelta(minutes=2)
ANYWAY = timedelta(hours=1)
LEASE = timedelta(minutes=10)
LINK_SECONDS = 400 * 86_400
UNSUBSCRIBE = "saved-search-unsubscribe"


def next_digest(frequency: Frequency, now: datetime) -> datetime | None:
    """The next time a digest of this frequency leaves, after `now`; None for at once."""
    if frequency is Frequency.at_once:
        return None
    at = now.astimezone(clock.VIETNAM).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if frequency is Frequency.weekly:
        at -= timedelta(days=at.weekday())
    step = timedelta(days=7 if frequency is Frequency.weekly else 1)
    while at <= now:
        at += step
    return at


def _next(scope: str, frequency: Frequency, now: datetime) -> datetime | None:
    """Over needs, "at once" has an hour of the day too: that of the blind ones."""
    blind_too = frequency is Frequency.at_once and scope == Scope.needs
    return next_digest(Frequency.daily if blind_too else frequency, now)


def _day(at: datetime) -> datetime:
    day = whole_day(at)
    assert day is not None  # noqa: S101 - only the absent has no day
    return day


def _person(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise Unauthenticated
    return actor.person_id


class SavedSearches:
    # --- what a person does ---

    async def save_search(self, actor: Actor, command: SaveSearch) -> UUID:
        """Keep the search under a name; the same search again leads to the one kept before."""
        person = _person(actor)
        scope = over(command.scope)
        query, now = scope.address(command.query.lstrip("?")), clock.now()
        name = command.name or (await scope.describe(query, actor.locale))[:120]
        async with unit_of_work() as session:
            await repository.lock_person(session, person)
            known = await repository.by_query(session, person, command.scope.value, query)
            if known:
                return known
            if await repository.count(session, person) >= MAX_SAVED:
                raise errors.too_many(MAX_SAVED)
            id_ = new_id()
            await repository.add(
                session, id=id_, person_id=person, scope=command.scope.value, name=name, query=query,
                frequency=command.frequency.value, created_at=now, since=now, checked_at=now,
                next_digest_at=_next(command.scope, command.frequency, now),
            )  # fmt: skip
        return id_

    async def rename(self, actor: Actor, search_id: UUID, command: RenameSearch) -> None:
        await self._change(actor, search_id, name=command.name)

    async def change_frequency(self, actor: Actor, search_id: UUID, frequency: Frequency) -> None:
        person = _person(actor)
        async with unit_of_work() as session:
            row = await repository.saved_search(session, person, search_id)
            if row is None:
                raise NotFound
            due = _next(row.scope, frequency, clock.now())
            await repository.change(session, person, search_id, frequency=frequency.value, next_digest_at=due)

    async def pause(self, actor: Actor, search_id: UUID) -> None:
        """Nothing is looked for, nothing is mailed."""
        await self._change(actor, search_id, paused_at=clock.now())

    async def resume(self, actor: Actor, search_id: UUID) -> None:
        """Go on from now: what was first shown during the pause is old news."""
        person, now = _person(actor), clock.now()
        async with unit_of_work() as session:
            row = await repository.saved_search(session, person, search_id)
            if row is None:
                raise NotFound
            if row.paused_at is not None:
                due = _next(row.scope, Frequency(row.frequency), now)
                await repository.change(
                    session, person, search_id, paused_at=None, since=now, checked_at=now, next_digest_at=due
                )

    async def delete(self, actor: Actor, search_id: UUID) -> None:
        """Gone, with all it has found."""
        person = _person(actor)
        async with unit_of_work() as session:
            if not await repository.remove(session, person, search_id):
                raise NotFound

    async def _change(self, actor: Actor, search_id: UUID, **values: object) -> None:
        person = _person(actor)
        async with unit_of_work() as session:
            if not await repository.change(session, person, search_id, **values):
                raise NotFound

    async def list(self, actor: Actor) -> SavedSearchList:
        """The person's saved searches, newest first, each with how many matches wait to be looked at."""
        person = _person(actor)
        async with reading() as session:
            rows = await repository.of_person(session, person)
            waiting = await repository.unseen(session, [r.id for r in rows])
        scope_of = {r.id: r.scope for r in rows}
        shown: set[UUID] = set()
        for scope in Scope:
            found = {subject for search_id, subject in waiting if scope_of[search_id] == scope}
            shown |= set(await over(scope).cards(list(found)))
        unseen: dict[UUID, int] = {}
        for search_id, subject in waiting:
            unseen[search_id] = unseen.get(search_id, 0) + (subject in shown)
        items = [await self._view(r, unseen.get(r.id, 0), actor.locale) for r in rows]
        return SavedSearchList(items=items, unseen=sum(unseen.values()))

    async def read(self, actor: Actor, search_id: UUID) -> SavedSearchView:
        found = next((s for s in (await self.list(actor)).items if s.id == search_id), None)
        if found is None:
            raise NotFound
        return found

    async def _view(self, row: SavedSearch, unseen: int, locale: str) -> SavedSearchView:
        scope, frequency = Scope(row.scope), Frequency(row.frequency)
        silent = row.paused_at is not None or frequency is Frequency.at_once
        return SavedSearchView(
            id=row.id, scope=scope, name=row.name, query=row.query, url=scope.page(row.query),
            about=await over(scope).describe(row.query, locale), frequency=frequency,
            paused=row.paused_at is not None, unseen=unseen, created_at=row.created_at,
            next_digest_at=None if silent else row.next_digest_at,
        )  # fmt: skip

    async def matches(
        self, actor: Actor, search_id: UUID, *, cursor: str | None = None, limit: int = paging.DEFAULT_LIMIT
    ) -> MatchList:
        """What the search has found since it was saved, newest first; only what is shown to all today."""
        person, limit = _person(actor), paging.clamp(limit)
        after = None
        if cursor:
            at, id_ = paging.decode(cursor, 2)
            try:
                after = (clock.parse(str(at)), UUID(str(id_)))
            except ValueError:
                paging.decode("", 2)  # raises what every altered cursor raises
        async with reading() as session:
            row = await repository.saved_search(session, person, search_id)
            if row is None:
                raise NotFound
            rows = await repository.matches(session, search_id, after, limit + 1)
        shown = await over(row.scope).cards([r.subject_id for r in rows[:limit]])
        more = None
        if len(rows) > limit:
            more = paging.encode([rows[limit - 1].found_at.isoformat(), str(rows[limit - 1].subject_id)])
        items = [
            MatchView(card=shown[r.subject_id], found_at=r.found_at, unseen=r.seen_at is None)
            for r in rows[:limit]
            if r.subject_id in shown
        ]
        return MatchList(items=items, next_cursor=more)

    async def mark_seen(self, actor: Actor, search_id: UUID) -> None:
        """The person has looked at all that was found so far."""
        person = _person(actor)
        async with unit_of_work() as session:
            if await repository.saved_search(session, person, search_id) is None:
                raise NotFound
            await repository.mark_seen(session, search_id, clock.now())

    async def describe(self, scope: Scope, query: str, locale: str) -> tuple[str, str]:
        """(the one form of the address, the search in words)."""
        return over(scope).address(query), await over(scope).describe(query, locale)

    # --- the link in the mail ---

    @staticmethod
    def unsubscribe_token(search_id: UUID) -> str:
        return signing.seal(UNSUBSCRIBE, str(search_id), LINK_SECONDS)

    async def unsubscribing(self, token: str) -> tuple[UUID, str, bool] | None:
        """(id, name, paused) of the search whose link this is; None when the link does not hold or it is deleted."""
        id_ = parse_id(str(signing.unseal(UNSUBSCRIBE, token) or ""))
        if id_ is None:
            return None
        async with reading() as session:
            found = await repository.name_of(session, id_)
        return (id_, *found) if found else None

    async def unsubscribe(self, token: str) -> None:
        """Pause by the link of a mail, whoever holds it. A search deleted meanwhile needs no stopping."""
        found = await self.unsubscribing(token)
        if found:
            async with unit_of_work() as session:
                await repository.pause_anyones(session, found[0], clock.now())

    # --- what the worker does ---

    async def note_change(self) -> None:
        """Something shown has changed: the next run looks."""
        async with unit_of_work() as session:
            await repository.note_change(session, clock.now())

    async def run(self) -> None:
        """Look for new matches where a change calls for it, tell of what is due, send what a dead sender left."""
        now = clock.now()
        async with reading() as session:
            rows = await repository.to_check(session, now, settle=SETTLE, anyway=ANYWAY)
        for (scope, query), same in groupby(rows, key=lambda r: (r.scope, r.query)):
            try:
                await self._look(scope, query, list(same), now)
            except Exception:  # one search that fails keeps nobody else waiting; the next run tries it again
                log.exception("saved search %r over %s failed", query, scope)
        async with reading() as session:
            left = await repository.unsent(session, now, SETTLE)
        for digest_id in left:
            try:
                await self.send_digest(digest_id)
            except Exception:
                log.exception("digest %s was not sent", digest_id)

    async def _look(self, scope: str, query: str, searches: Sequence[SavedSearch], now: datetime) -> None:
        """One question for all who saved it."""
        found = await self._found(scope, query, min(self._floor(s) for s in searches))
        for row in searches:
            await self._settle(row.id, found, now)

    @staticmethod
    def _floor(row: SavedSearch) -> datetime:
        return max(row.since, row.checked_at - OVERLAP)

    @staticmethod
    async def _found(scope: str, query: str, floor: datetime) -> Sequence[Card | NeedCard]:
        """Public ones the search finds that were first shown on the day of `floor` or later."""
        day, found, cursor = _day(floor), [], None
        while True:
            cards, cursor = await over(scope).newest(query, cursor)
            times = [c.published_at for c in cards if c.published_at]
            found += [c for c in cards if c.published_at and c.published_at >= day]
            if not cursor or (times and min(times) < day):
                return found

    async def _settle(self, search_id: UUID, found: Sequence[Card | NeedCard], now: datetime) -> None:
        """One transaction: the matches found, the digest that takes them if it is due, its mail, the next date."""
        async with unit_of_work() as session:
            row = await repository.lock(session, search_id)
            if row is None:
                return
            scope, frequency = over(row.scope), Frequency(row.frequency)
            due = row.next_digest_at is not None and row.next_digest_at <= now
            floor = self._floor(row)

            def fresh(card: Card | NeedCard) -> bool:
                if not scope.waits(card):
                    return card.published_at is not None and card.published_at > floor
                return due and card.published_at is not None and _day(floor) <= card.published_at < _day(now)

            if ids := [c.id for c in found if fresh(c)]:
                await repository.add_matches(session, search_id, ids, now)
            values: dict[str, object] = {"checked_at": now}
            if due:
                values["next_digest_at"] = _next(row.scope, frequency, now)
            if due or frequency is Frequency.at_once:
                shown = await scope.cards(await repository.untold(session, search_id))
                told = [c.id for c in shown.values() if scope.told(c) and (due or not scope.waits(c))]
                if told:
                    digest_id = new_id()
                    await repository.open_digest(session, digest_id, search_id, told, now)
                    outbox.publish(session, "saved_search.digest", digest_id=digest_id)
            await repository.change(session, row.person_id, search_id, **values)

    async def send_digest(self, digest_id: UUID) -> None:
        """Mail one digest, once: nothing when it was sent or somebody else is at it."""
        now = clock.now()
        async with unit_of_work() as session:
            leased = await repository.lease(session, digest_id, now, now + LEASE)
        if leased is None:
            return
        async with reading() as session:
            found = await repository.digest(session, digest_id)
            if found is None:
                return
        row, ids = found
        shown = await over(row.scope).cards(ids)
        contact = await accounts.contact(row.person_id)
        if contact and shown and row.paused_at is None:
            mail = self._mail(digest_id, row, [shown[i] for i in ids if i in shown], contact)
            try:
                await sender().send(mail)
            except Exception:
                async with unit_of_work() as session:
                    await repository.give_back(session, digest_id)
                raise
        hidden = [i for i in ids if i not in shown]
        async with unit_of_work() as session:
            await repository.close_digest(session, digest_id, hidden, clock.now())

    def _mail(
        self, digest_id: UUID, row: SavedSearch, found: Sequence[Card | NeedCard], contact: tuple[str, str, str]
    ) -> Mail:
        email, name, locale = contact
        base = settings().base_url.rstrip("/")
        unsubscribe = f"{base}/unsubscribe/{self.unsubscribe_token(row.id)}"
        subject, body = compose(
            "saved_search",
            locale,
            name=name,
            search=row.name,
            needs=row.scope == Scope.needs,
            lines=[over(row.scope).line(c, locale) for c in found[:IN_MAIL]],
            total=len(found),
            base=base,
            link=f"{base}/account/searches/{row.id}",
            unsubscribe=unsubscribe,
        )
        return Mail(f"saved-search-{digest_id}", email, subject, body, unsubscribe=unsubscribe)


saved_searches = SavedSearches()
