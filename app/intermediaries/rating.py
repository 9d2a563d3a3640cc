"""Ratings: the parties of a deal that reached a contract, and its intermediaries, rate each other double-blind.

The first of the two opens a window of 14 days. Neither rating is seen by anybody but its sender until both are there or
the window is over; then both are published together. After the window nobody adds one, so that no rating answers
another. One a rater, ratee and deal; what was sent is never changed. Words may be hidden, with a reason; marks stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.accounts import organisations_by_id
from app.deals import Capacity, Participant, Side, deals
from app.intermediaries import errors, policy, repository, views
from app.intermediaries.models import Rating, RatingPair
from app.intermediaries.offering import INTERMEDIATE
from app.intermediaries.schemas import DealRatings, RatingsView, RatingView, SendRating, ToRate, WaitingRating
from app.intermediaries.workflow import RATING_PAIR, REMARK
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.platform import outbox, state
from app.platform.db import reading, unit_of_work

WINDOW = timedelta(days=14)
ASKED = timedelta(days=90)  # how long a contract's people are asked; they may rate later as well
PARTIES = {Capacity.seller: Side.seller, Capacity.buyer: Side.buyer}
CALENDAR = system("santex calendar")


@dataclass(frozen=True, slots=True)
class Standing:
    """What one's organisation was in a deal when its contract was confirmed; `settled` is false before that."""

    reference: str
    settled: bool
    org_id: UUID
    mine: Capacity
    participants: list[Participant]

    @property
    def is_party(self) -> bool:
        return self.mine in PARTIES

    @property
    def mates(self) -> list[Participant]:
        """Whom one rates: a party its intermediaries, an intermediary the parties."""
        wanted = INTERMEDIATE if self.is_party else tuple(PARTIES)
        return [p for p in self.participants if p.capacity in wanted and p.org_id != self.org_id]


@dataclass(frozen=True, slots=True)
class ToldPair:
    """What a message about two ratings needs; `awaited_org_id` while only the other has rated."""

    deal_id: UUID
    reference: str
    provider_org_id: UUID
    party_org_id: UUID
    awaited_org_id: UUID | None
    rater_name: str
    closes_at: datetime


class Ratings:
    # --- reading ---

    async def of_organisation(self, actor: Actor, org_id: UUID) -> RatingsView:
        """Published ratings of an organisation, for anyone."""
        async with reading() as session:
            if org_id not in await organisations_by_id(session, [org_id]):
                raise NotFound
            return await views.ratings_of(session, actor, org_id)

    async def of_deal(self, actor: Actor, deal_id: UUID) -> DealRatings:
        """Whom one's organisation may rate in a deal, what it sent, and what has been published of the others'."""
        standing = await self._standing(actor, deal_id)
        now, mine = clock.now(), standing.org_id
        async with reading() as session:
            pairs = await repository.pairs_of_deal(session, deal_id, mine)
            rows = await repository.ratings_of_pairs(session, [p.id for p in pairs])
        items = []
        for mate in standing.mates:
            pair = next((p for p in pairs if mate.org_id in (p.provider_org_id, p.party_org_id)), None)
            sent = next((r for r in rows if pair and r.pair_id == pair.id and r.rater_org_id == mine), None)
            theirs = next((r for r in rows if pair and r.pair_id == pair.id and r.rater_org_id == mate.org_id), None)
            published = pair is not None and (pair.status == "published" or pair.closes_at <= now)
            items.append(
                ToRate(
                    org_id=mate.org_id,
                    name=mate.org_name,
                    capacity=mate.capacity,
                    sent=self._shown(actor, pair, sent, published) if pair and sent else None,
                    theirs=self._shown(actor, pair, theirs, published) if pair and theirs and published else None,
                    other_sent=theirs is not None,
                    closes_at=pair.closes_at if pair and not published else None,
                    published=published,
                    may_send=standing.settled and sent is None and not published and policy.may_rate(actor),
                )
            )
        return DealRatings(deal_id=deal_id, reference=standing.reference, open=standing.settled, items=items)

    @staticmethod
    def _shown(actor: Actor, pair: RatingPair, row: Rating, published: bool) -> RatingView:
        side = pair.party_side if row.rater_org_id == pair.party_org_id else None
        at = min(pair.status_at, pair.closes_at) if pair.status == "published" else pair.closes_at
        actions = policy.remark_actions(actor, row.ratee_org_id, row.status, words=bool(row.words), published=published)
        day = at.astimezone(clock.VIETNAM).date() if published else None
        return views.rating_view(row, side, pair.capacity, day, actions)

    async def waiting(self, actor: Actor) -> list[WaitingRating]:
        """Deals with a contract of the last 90 days in which one's organisation may still rate somebody."""
        if actor.org_id is None or not policy.may_rate(actor):
            return []
        took = await deals.engagements([actor.org_id], [*Capacity])
        found = []
        recent = clock.now() - ASKED
        new = [e.deal_id for e in reversed(took) if e.contracted_at is not None and e.contracted_at > recent]
        for deal_id in dict.fromkeys(new):
            concluded = await deals.concluded(deal_id)
            if concluded is None or not any(p.org_id == actor.org_id for p in concluded.participants):
                continue
            left = [i for i in (await self.of_deal(actor, deal_id)).items if i.may_send]
            if left:
                ends = [i.closes_at for i in left if i.closes_at]
                found.append(
                    WaitingRating(
                        deal_id=deal_id, reference=concluded.reference, names=[i.name for i in left],
                        closes_at=min(ends) if ends else None,
                    )
                )  # fmt: skip
        return found

    async def told(self, pair_id: UUID) -> ToldPair | None:
        """For messages: the two, and which of them is still awaited."""
        async with reading() as session:
            pair = await repository.pair(session, pair_id)
            rows = await repository.ratings_of_pair(session, pair_id)
            if pair is None or not rows:
                return None
            names = await organisations_by_id(session, [rows[0].rater_org_id])
        concluded = await deals.concluded(pair.deal_id)
        return ToldPair(
            pair.deal_id, concluded.reference if concluded else "", pair.provider_org_id, pair.party_org_id,
            rows[0].ratee_org_id if len(rows) == 1 and pair.status == "open" else None,
            names[rows[0].rater_org_id].name_vi, pair.closes_at,
        )  # fmt: skip

    @staticmethod
    async def _standing(actor: Actor, deal_id: UUID) -> Standing:
        """Visible (404) -> taking part (401, 403). An intermediary whose part ended after the contract sees the deal
        no longer, and still rates and is rated."""
        concluded = await deals.concluded(deal_id)
        if concluded is not None and actor.role is not None and actor.org_id is not None:
            mine = next((p for p in concluded.participants if p.org_id == actor.org_id), None)
            if mine is not None:
                return Standing(concluded.reference, True, actor.org_id, mine.capacity, concluded.participants)
        access = await deals.access(actor, deal_id)
        if access.capacity is None or actor.org_id is None or concluded is not None:
            raise errors.not_to_rate()
        return Standing(access.reference, False, actor.org_id, access.capacity, access.participants)

    # --- sending ---

    async def send(self, actor: Actor, deal_id: UUID, command: SendRating) -> UUID:
        """Rate another organisation of the deal. The second of the two publishes both."""
        standing = await self._standing(actor, deal_id)
        mate = next((p for p in standing.mates if p.org_id == command.ratee_org_id), None)
        if mate is None:
            raise errors.not_to_rate()
        if not policy.may_rate(actor):
            raise Forbidden
        if not standing.settled:
            raise errors.too_early()
        mine = standing.org_id
        provider, party = (mate.org_id, mine) if standing.is_party else (mine, mate.org_id)
        now, id_ = clock.now(), new_id()
        async with unit_of_work() as session:
            made = await repository.open_pair(
                session,
                deal_id=deal_id,
                provider_org_id=provider,
                party_org_id=party,
                capacity=(mate.capacity if standing.is_party else standing.mine).value,
                party_side=PARTIES[standing.mine if standing.is_party else mate.capacity].value,
                opened_at=now,
                closes_at=now + WINDOW,
                status=RATING_PAIR.initial,
                status_at=now,
            )
            pair = await repository.lock_pair(session, deal_id, provider, party)
            if made:
                await state.note(session, RATING_PAIR, pair.id, "open", None, RATING_PAIR.initial, actor)
            before = await repository.ratings_of_pair(session, pair.id)
            if any(r.rater_org_id == mine for r in before):
                raise errors.rated_already()
            if pair.status != "open" or pair.closes_at <= now:
                raise errors.window_over()
            await repository.add_rating(
                session,
                id=id_,
                pair_id=pair.id,
                rater_org_id=mine,
                ratee_org_id=mate.org_id,
                person_id=actor.person_id,
                **command.model_dump(include={"speed", "clarity", "integrity", "result", "words"}),
                sent_at=now,
                status=REMARK.initial,
                status_at=now,
            )
            await state.note(session, REMARK, id_, "send", None, REMARK.initial, actor)
            if before:
                await state.transition(session, RatingPair, pair.id, RATING_PAIR, "publish", actor)
            else:
                outbox.publish(session, "rating.sent", rating_pair_id=pair.id)
        return id_

    async def publish_due(self) -> int:
        """Publish what waits in windows that are over; how many pairs. It is seen by the clock already."""
        done = 0
        async with reading() as session:
            due = await repository.due_pairs(session, clock.now())
        for id_ in due:
            try:
                async with unit_of_work() as session:
                    await state.transition(session, RatingPair, id_, RATING_PAIR, "publish", CALENDAR)
            except Conflict:
                continue  # the second rating came first
            done += 1
        return done

    # --- words that are complained of ---

    async def report(self, actor: Actor, rating_id: UUID, reason: str) -> None:
        """Whom the words are about asks the operator to look at them."""
        await self._remark(actor, rating_id, "report", reason, {"reported_why": reason})

    async def keep(self, actor: Actor, rating_id: UUID) -> None:
        """The operator lets the words stand."""
        await self._remark(actor, rating_id, "keep", None, {})

    async def hide(self, actor: Actor, rating_id: UUID, reason: str) -> None:
        """The operator hides the words and says why; the marks go on counting."""
        await self._remark(actor, rating_id, "hide", reason, {"hidden_why": reason})

    @staticmethod
    async def _remark(
        actor: Actor, rating_id: UUID, action: str, reason: str | None, values: dict[str, object]
    ) -> None:
        async with reading() as session:
            found = await repository.seen_rating(session, rating_id)
        if found is None:
            raise NotFound
        if actor.anonymous:
            raise Unauthenticated
        row, _ = found
        allowed = policy.may_report(actor, row.ratee_org_id) if action == "report" else policy.may_review(actor)
        if not allowed:
            raise Forbidden
        if not row.words:
            raise errors.no_words()
        async with unit_of_work() as session:
            await state.transition(session, Rating, rating_id, REMARK, action, actor, reason=reason, values=values)


ratings = Ratings()
