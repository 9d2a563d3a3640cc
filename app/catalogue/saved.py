"""The verbs of saved searches (tìm kiếm đã lưu): any search kept, and told of once for each new match.

Finding and telling are steps that may be repeated or broken off anywhere. A match is one row of (search, listing), so
it is found once. The transaction that puts untold matches into a digest also queues the digest's mail, so each is
told of in one mail. A sender holds a lease on the digest: who dies in between is followed by another, whose mail
carries the same Message-ID.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

import search
from app.accounts import accounts
from app.catalogue import errors, labels, repository
from app.catalogue.models import SavedSearch
from app.catalogue.schemas import (
    FACETS,
    Frequency,
    MatchList,
    MatchView,
    Params,
    RenameSearch,
    SavedSearchList,
    SavedSearchView,
    SaveSearch,
    from_address,
)
from app.catalogue.service import catalogue, query_of
from app.integrations.mail import Mail, sender
from app.kit import clock, paging
from app.kit.actor import Actor
from app.kit.errors import NotFound, Unauthenticated
from app.kit.ids import new_id, parse_id
from app.listings import Card, cards
from app.platform import outbox
from app.platform.db import reading, unit_of_work
from app.settings import settings
from app.web import formats, signing
from app.web.mails import compose
from search import LISTINGS

log = logging.getLogger("santex.saved_searches")

MAX_SAVED = 50
IN_MAIL = 20
HOUR = 7  # of the day in Vietnam at which daily and weekly digests leave; the week's on Monday
PAGE = 100
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


def _person(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise Unauthenticated
    return actor.person_id


class SavedSearches:
    # --- what a person does ---

    async def save_search(self, actor: Actor, command: SaveSearch) -> UUID:
        """Keep the search under a name; the same search again leads to the one kept before."""
        person = _person(actor)
        params = from_address(command.query.lstrip("?"))
        query, now = params.address(), clock.now()
        name = command.name or (await self.describe(params, actor.locale))[:120]
        async with unit_of_work() as session:
            await repository.lock_person(session, person)
            known = await repository.by_query(session, person, query)
            if known:
                return known
            if await repository.count(session, person) >= MAX_SAVED:
                raise errors.too_many(MAX_SAVED)
            id_ = new_id()
            await repository.add(
                session, id=id_, person_id=person, name=name, query=query, frequency=command.frequency.value,
                created_at=now, since=now, checked_at=now, next_digest_at=next_digest(command.frequency, now),
            )  # fmt: skip
        return id_

    async def rename(self, actor: Actor, search_id: UUID, command: RenameSearch) -> None:
        await self._change(actor, search_id, name=command.name)

    async def change_frequency(self, actor: Actor, search_id: UUID, frequency: Frequency) -> None:
        await self._change(
            actor, search_id, frequency=frequency.value, next_digest_at=next_digest(frequency, clock.now())
        )

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
                due = next_digest(Frequency(row.frequency), now)
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
            shown = await cards(session, list({listing for _, listing in waiting}))
        unseen: dict[UUID, int] = {}
        for search_id, listing in waiting:
            unseen[search_id] = unseen.get(search_id, 0) + (listing in shown)
        items = [await self._view(r, unseen.get(r.id, 0), actor.locale) for r in rows]
        return SavedSearchList(items=items, unseen=sum(unseen.values()))

    async def read(self, actor: Actor, search_id: UUID) -> SavedSearchView:
        found = next((s for s in (await self.list(actor)).items if s.id == search_id), None)
        if found is None:
            raise NotFound
        return found

    async def _view(self, row: SavedSearch, unseen: int, locale: str) -> SavedSearchView:
        return SavedSearchView(
            id=row.id, name=row.name, query=row.query, url=f"/listings?{row.query}" if row.query else "/listings",
            about=await self.describe(from_address(row.query), locale), frequency=Frequency(row.frequency),
            paused=row.paused_at is not None, unseen=unseen, created_at=row.created_at,
            next_digest_at=None if row.paused_at else row.next_digest_at,
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
            if await repository.saved_search(session, person, search_id) is None:
                raise NotFound
            rows = await repository.matches(session, search_id, after, limit + 1)
            shown = await cards(session, [r.listing_id for r in rows[:limit]])
        more = None
        if len(rows) > limit:
            more = paging.encode([rows[limit - 1].found_at.isoformat(), str(rows[limit - 1].listing_id)])
        items = [
            MatchView(card=shown[r.listing_id], found_at=r.found_at, unseen=r.seen_at is None)
            for r in rows[:limit]
            if r.listing_id in shown
        ]
        return MatchList(items=items, next_cursor=more)

    async def mark_seen(self, actor: Actor, search_id: UUID) -> None:
        """The person has looked at all that was found so far."""
        person = _person(actor)
        async with unit_of_work() as session:
            if await repository.saved_search(session, person, search_id) is None:
                raise NotFound
            await repository.mark_seen(session, search_id, clock.now())

    async def describe(self, params: Params, locale: str) -> str:
        """The search in words: what a name proposes and a list shows."""
        parts = [f"“{params.q}”"] if params.q else []
        for name in FACETS:
            parts += [labels.value(name, slug, locale) for slug in getattr(params, name)]
        if params.org:
            names = await catalogue.names(params.org)
            parts += [names[i].name(locale) if i in names else i for i in params.org]
        if params.trl_min or params.trl_max:
            parts.append(f"TRL {params.trl_min or 1}–{params.trl_max or 9}")
        if params.price_min is not None or params.price_max is not None:
            ends = (params.price_min, params.price_max)
            parts.append(" – ".join("…" if e is None else formats.money_short(e, locale) for e in ends))
        if params.refreshed:
            parts.append(labels.WITHIN.format(n=params.refreshed).get(locale))
        return ", ".join(parts) or labels.EVERYTHING.get(locale)

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
        for query, same in groupby(rows, key=lambda r: r.query):
            try:
                await self._look(query, list(same), now)
            except Exception:  # one search that fails keeps nobody else waiting; the next run tries it again
                log.exception("saved search %r failed", query)
        async with reading() as session:
            left = await repository.unsent(session, now, SETTLE)
        for digest_id in left:
            try:
                await self.send_digest(digest_id)
            except Exception:
                log.exception("digest %s was not sent", digest_id)

    async def _look(self, query: str, searches: Sequence[SavedSearch], now: datetime) -> None:
        """One question for all who saved it."""
        found = await self._found(from_address(query), min(self._floor(s) for s in searches))
        for row in searches:
            fresh = [id_ for id_, shown_at in found if shown_at > self._floor(row)]
            await self._settle(row.id, fresh, now)

    @staticmethod
    def _floor(row: SavedSearch) -> datetime:
        return max(row.since, row.checked_at - OVERLAP)

    @staticmethod
    async def _found(params: Params, floor: datetime) -> Sequence[tuple[UUID, datetime]]:
        """(listing, when it was first shown) of public listings the search finds that are newer than `floor`."""
        params, _ = await catalogue.understood(params.model_copy(update={"sort": "newest", "limit": PAGE}))
        found: list[tuple[UUID, datetime]] = []
        while True:
            # Strictly: what holds only some of the words is good enough to look at, not to be told of.
            query = replace(query_of(params, "vi", facets=False), strict=True)
            answer = await search.engine().search(LISTINGS, query)
            async with reading() as session:
                shown = await cards(session, [h.id for h in answer.hits])
            page = [(c.id, c.published_at) for c in shown.values() if c.published_at]
            found += [(id_, at) for id_, at in page if at > floor]
            if not answer.next_cursor or (page and min(at for _, at in page) <= floor):
                return found
            params = params.model_copy(update={"cursor": answer.next_cursor})

    async def _settle(self, search_id: UUID, fresh: Sequence[UUID], now: datetime) -> None:
        """One transaction: the matches found, the digest that takes them if it is due, its mail, the next date."""
        async with unit_of_work() as session:
            row = await repository.lock(session, search_id)
            if row is None:
                return
            if fresh:
                await repository.add_matches(session, search_id, fresh, now)
            values: dict[str, object] = {"checked_at": now}
            frequency = Frequency(row.frequency)
            if frequency is Frequency.at_once or (row.next_digest_at is not None and row.next_digest_at <= now):
                values["next_digest_at"] = next_digest(frequency, now)
                waiting = await repository.untold(session, search_id)
                shown = await cards(session, waiting)
                if shown:
                    digest_id = new_id()
                    await repository.open_digest(session, digest_id, search_id, list(shown), now)
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
            row, listing_ids = found
            shown = await cards(session, listing_ids)
        contact = await accounts.contact(row.person_id)
        if contact and shown and row.paused_at is None:
            mail = self._mail(digest_id, row, [shown[i] for i in listing_ids if i in shown], contact)
            try:
                await sender().send(mail)
            except Exception:
                async with unit_of_work() as session:
                    await repository.give_back(session, digest_id)
                raise
        hidden = [i for i in listing_ids if i not in shown]
        async with unit_of_work() as session:
            await repository.close_digest(session, digest_id, hidden, clock.now())

    def _mail(self, digest_id: UUID, row: SavedSearch, found: Sequence[Card], contact: tuple[str, str, str]) -> Mail:
        email, name, locale = contact
        base = settings().base_url.rstrip("/")
        unsubscribe = f"{base}/unsubscribe/{self.unsubscribe_token(row.id)}"
        subject, body = compose(
            "saved_search",
            locale,
            language=locale,
            name=name,
            search=row.name,
            cards=found[:IN_MAIL],
            total=len(found),
            base=base,
            link=f"{base}/account/searches/{row.id}",
            unsubscribe=unsubscribe,
        )
        return Mail(f"saved-search-{digest_id}", email, subject, body, unsubscribe=unsubscribe)


saved_searches = SavedSearches()
