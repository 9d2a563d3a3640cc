"""Reading rounds: the public list, one round, the desks of those who act on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.listings import listings
from app.platform.db import reading
from app.rounds import policy, ties
from app.rounds.models import Entry, Round
from app.rounds.planning import notice_days, state_funded, visible
from app.rounds.repository import entries
from app.rounds.repository import rounds as repository
from app.rounds.running import CLOCK, running
from app.rounds.schemas import Desk, EntryView, Live, RoundList, RoundView
from app.rounds.showing import cards, entry_views, live_of, reference_of, view_of

MOST_LISTED = 100


async def _waiting(actor: Actor, rows: Sequence[Entry], about: Mapping[UUID, Round]) -> list[EntryView]:
    views = await entry_views(actor, rows)
    for v in views:
        stands = about[v.round_id].status
        v.actions = policy.entry_actions(actor, v.status, v.deposit.status if v.deposit else None, stands)
    await ties.show(actor, views, rows, about)
    return views


class Rounds:
    async def list(self) -> RoundList:
        """What is announced, what runs and what ended, for everybody."""
        async with reading() as session:
            rows = await repository.public(session, MOST_LISTED)
        return RoundList(items=await cards(rows))

    async def own(self, actor: Actor) -> RoundList:
        """The rounds of the actor's organisation, drafts among them."""
        if actor.anonymous:
            raise Unauthenticated
        if actor.org_id is None or actor.role is None:
            return RoundList(items=[])
        async with reading() as session:
            rows = await repository.of_org(session, actor.org_id, MOST_LISTED)
        return RoundList(items=await cards(rows))

    async def read(self, actor: Actor, round_id: UUID) -> RoundView:
        """A round as this actor may see it. Whoever reads it after its time makes it move on first."""
        row = await visible(actor, round_id)
        await running.advance(round_id)
        row = await visible(actor, round_id)
        about = await listings.read(CLOCK, row.listing_id)
        return await view_of(actor, row, notice_days=notice_days(about), funded=state_funded(about))

    async def live(self, round_id: UUID) -> Live:
        """The public state of a round that was announced."""
        async with reading() as session:
            row = await repository.get(session, round_id)
            if row is None or row.status == "draft":
                raise NotFound
            return live_of(row, await entries.numbers(session, round_id))

    async def of_listing(self, actor: Actor, listing_id: UUID) -> RoundList:
        """The rounds held over a listing, newest first."""
        await listings.read(actor, listing_id)
        async with reading() as session:
            rows = await repository.of_listing(session, listing_id, actor, MOST_LISTED)
        return RoundList(items=await cards(rows))

    async def desk(self, actor: Actor) -> Desk:
        """What waits for the operator."""
        if actor.anonymous:
            raise Unauthenticated
        if not policy.may_operate(actor):
            raise Forbidden
        async with reading() as session:
            drafts = await repository.with_status(session, "sealed", ("draft",), MOST_LISTED)
            waiting = await entries.waiting(session, MOST_LISTED)
            to_open = await repository.with_status(session, "sealed", ("closed",), MOST_LISTED)
            stuck = await repository.with_status(session, "english", ("closed",), MOST_LISTED)
            stuck += await repository.with_status(session, "sealed", ("opened",), MOST_LISTED)
            asked = await repository.several(session, {e.round_id for e in waiting})
        return Desk(
            drafts=await cards(drafts), entries=await _waiting(actor, waiting, {r.id: r for r in asked}),
            rounds=await cards(asked), to_open=await cards(to_open), stuck=await cards(stuck),
        )  # fmt: skip

    async def peek(self, round_id: UUID) -> RoundView:
        """For the exchange's own messages: as an operator reads it, without moving it on."""
        async with reading() as session:
            row = await repository.get(session, round_id)
        if row is None:
            raise NotFound
        about = await listings.read(CLOCK, row.listing_id)
        return await view_of(CLOCK, row, notice_days=notice_days(about), funded=state_funded(about))


rounds = Rounds()

__all__ = ["Rounds", "reference_of", "rounds"]
