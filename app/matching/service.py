"""The verbs of matching: what each side reads and answers, what is told, the radar, the brokers' queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from app import accounts, reference
from app.deals import ReasonCode
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import Card, listings
from app.matching import errors, facts, policy, repository
from app.matching.models import MatchSide
from app.matching.policy import ASKER, OWNER
from app.matching.schemas import (
    BrokerQueue,
    Digest,
    DismissMatch,
    Lack,
    MatchList,
    MatchView,
    QueuedMatch,
    Radar,
    RadarCell,
    ReasonGroup,
    ReasonGroups,
    Told,
    criteria_of,
)
from app.matching.workflow import SIDE
from app.needs import NeedCard, needs
from app.platform import audit, outbox, rates, state
from app.platform.db import reading, unit_of_work

SHOWN = 50
K = 3
GOOD = 45.0
UNMOVED = timedelta(days=14)
# A score below this is kept for the list and not worth a message.
TELL = 40.0


def monday() -> datetime:
    """The start of this week in Vietnam: sums of reasons move on Mondays only."""
    today = clock.today()
    return datetime.combine(today - timedelta(days=today.weekday()), time(), clock.VIETNAM)


def whole_day(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(clock.VIETNAM).date(), time(), clock.VIETNAM)


def in_threes(count: int) -> int:
    """Counts move by three organisations or not at all."""
    return count - count % K


class Matching:
    # --- reading ---

    async def of_need(self, actor: Actor, need_id: UUID) -> MatchList:
        """What answers one's own need, best first; none breaks a must-have."""
        view = await needs.read(actor, need_id)
        if not view.mine and not actor.is_operator:
            raise Unauthenticated if actor.anonymous else Forbidden
        async with reading() as session:
            rows = await repository.of_need(session, need_id, clock.today(), SHOWN)
        if not view.mine:
            async with unit_of_work() as session:
                audit.record(session, actor, "match.read", "need", need_id)
        fit = [r for r in rows if not (r.violates or r.shared_violates)]
        return MatchList(items=await self._views(actor, fit, ASKER), violating=len(rows) - len(fit))

    async def of_listing(self, actor: Actor, listing_id: UUID) -> MatchList:
        """Needs that one's own technology answers, by what everyone reads of them."""
        await self._own_listing(actor, listing_id)
        async with reading() as session:
            rows = await repository.of_listing(session, listing_id, clock.today(), SHOWN)
        fit = [r for r in rows if not r.shared_violates]
        return MatchList(items=await self._views(actor, fit, OWNER), violating=len(rows) - len(fit))

    @staticmethod
    async def _own_listing(actor: Actor, listing_id: UUID) -> None:
        view = await listings.read(actor, listing_id)
        if not view.mine and not actor.is_operator:
            raise Unauthenticated if actor.anonymous else Forbidden

    async def own(self, actor: Actor, side: str) -> MatchList:
        """What the organisation has not answered yet: for its needs (`asker`) or its technologies (`owner`)."""
        if actor.anonymous:
            raise Unauthenticated
        if actor.org_id is None or actor.role is None:
            return MatchList(items=[])
        async with reading() as session:
            rows = await repository.of_org(session, actor.org_id, side, clock.today(), SHOWN)
        return MatchList(items=await self._views(actor, rows, side))

    async def read(self, actor: Actor, match_id: UUID) -> MatchView:
        """One match, as the actor's side reads it."""
        row = await self._row(actor, match_id)
        side = policy.side_of(actor, row.asker_org_id, row.owner_org_id)
        return (await self._views(actor, [row], side or OWNER))[0]

    @staticmethod
    async def _row(actor: Actor, match_id: UUID) -> Any:
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await repository.match(session, match_id, clock.today())
        if row is None:
            raise NotFound
        if policy.side_of(actor, row.asker_org_id, row.owner_org_id) is None and not actor.is_operator:
            raise NotFound
        return row

    async def _views(self, actor: Actor, rows: Sequence[Any], side: str) -> list[MatchView]:
        need_cards = await needs.cards([r.need_id for r in rows])
        cards = await listings.cards([r.listing_id for r in rows])
        return [
            self._view(actor, r, need_cards[r.need_id], cards[r.listing_id], side)
            for r in rows
            if r.need_id in need_cards and r.listing_id in cards
        ]

    @staticmethod
    def _view(actor: Actor, row: Any, need: NeedCard, card: Card, side: str) -> MatchView:
        asker = side == ASKER
        status = row.asker_status if asker else row.owner_status
        other = row.owner_status if asker else row.asker_status
        reason = row.asker_reason if asker else row.owner_reason
        mine = policy.side_of(actor, row.asker_org_id, row.owner_org_id) == side
        kept = row.criteria if asker else row.shared_criteria
        return MatchView(
            id=row.id,
            side=side,
            need=need,
            listing=card,
            score=round(row.score if asker else row.shared_score),
            confidence=round(100 * (row.confidence if asker else row.shared_confidence)),
            criteria=criteria_of(kept, actor.locale),
            status=status if mine else SIDE.initial,
            # Interest invites the other side; a refusal is nobody's but one's own.
            other_interested=mine and other == "interested",
            reason_code=ReasonCode(reason) if mine and reason else None,
            found_at=whole_day(row.found_at) if need.blind and not (asker and mine) else row.found_at,
            actions=policy.actions(actor, side if mine else None, status),
        )

    # --- answering ---

    async def interest(self, actor: Actor, match_id: UUID) -> MatchView:
        """Say that it fits: the asker's word invites the owner to propose, the owner's leads to the proposal."""
        await self._answer(actor, match_id, "interest")
        return await self.read(actor, match_id)

    async def dismiss(self, actor: Actor, match_id: UUID, command: DismissMatch) -> MatchView:
        """Put it aside with a coded reason; the other side reads it only among sums of three or more."""
        if command.reason_code is ReasonCode.other and not command.reason:
            raise errors.say_which()
        await self._answer(actor, match_id, "dismiss", command)
        return await self.read(actor, match_id)

    async def _answer(self, actor: Actor, match_id: UUID, action: str, command: DismissMatch | None = None) -> None:
        row = await self._row(actor, match_id)
        side = policy.side_of(actor, row.asker_org_id, row.owner_org_id)
        if side is None or not actor.can_edit or actor.org_id is None:
            raise Forbidden
        await rates.hit(f"match:{actor.org_id}", 300, 3600)
        async with unit_of_work() as session:
            id_, made = await repository.open_side(session, match_id, side, actor.org_id, clock.now())
            if made:
                detail = {"match": str(match_id), "side": side}
                await state.note(session, SIDE, id_, "open", None, SIDE.initial, actor, detail=detail)
            code = command.reason_code.value if command else None
            reason = command.reason if command else None
            await state.transition(
                session, MatchSide, id_, SIDE, action, actor, reason_code=code, reason=reason,
                values={"reason_code": code, "reason": reason},
            )  # fmt: skip

    # --- why not ---

    async def reasons(self, actor: Actor, listing_id: UUID) -> ReasonGroups:
        """Why askers put one's technology aside: in threes of organisations, as of last Monday."""
        await self._own_listing(actor, listing_id)
        async with reading() as session:
            found = await repository.reasons_of(session, listing_id, monday())
        groups = [ReasonGroup(reason_code=ReasonCode(code), count=in_threes(n)) for code, n in found.items() if n >= K]
        return ReasonGroups(listing_id=listing_id, groups=sorted(groups, key=lambda g: (-g.count, g.reason_code)))

    async def radar(self, actor: Actor) -> Radar:
        """Needs that nothing answers well, by field and TRL, and what supply lacks; for operator and Department."""
        if actor.anonymous:
            raise Unauthenticated
        if not policy.may_watch(actor):
            raise Forbidden
        async with reading() as session:
            cells = await repository.cells(session, clock.today(), GOOD)
            lacks = await repository.lacks(session, 1)
            given = await repository.given_reasons(session, monday(), K)
        locale = actor.locale

        def field(code: str) -> str:
            return reference.field_label(code, locale) or code

        return Radar(
            cells=[RadarCell(field=field(r[0]), trl=r[1], needs=r[2], unmet=r[3]) for r in cells],
            lacks=[
                Lack(field=field(r[0]), what=facts.NAMES.get(r[1], facts.ASKED).get(locale), count=r[2]) for r in lacks
            ],
            reasons=[
                Lack(field=field(r[0]), what=ReasonCode(r[1]).label.get(locale), count=in_threes(r[2])) for r in given
            ],
            good_score=round(GOOD),
        )

    # --- brokers ---

    async def queue(self, actor: Actor) -> BrokerQueue:
        """Good matches without a move for fourteen days: for verified intermediaries; of the need the gist alone."""
        if actor.anonymous:
            raise Unauthenticated
        if not actor.is_operator and not await self._broker(actor):
            raise Forbidden
        before = clock.now() - UNMOVED
        async with reading() as session:
            rows = await repository.unmoved(session, before, clock.today(), GOOD, SHOWN)
        need_cards = await needs.cards([r.need_id for r in rows])
        cards = await listings.cards([r.listing_id for r in rows])
        return BrokerQueue(
            items=[
                QueuedMatch(
                    need=need_cards[r.need_id], listing=cards[r.listing_id], score=round(r.shared_score),
                    confidence=round(100 * r.shared_confidence), criteria=criteria_of(r.shared_criteria, actor.locale),
                )
                for r in rows
                if r.need_id in need_cards and r.listing_id in cards
            ]
        )  # fmt: skip

    @staticmethod
    async def _broker(actor: Actor) -> bool:
        if actor.org_id is None or actor.role is None or actor.org_kind != "intermediary":
            return False
        async with reading() as session:
            found = await accounts.organisations_by_id(session, [actor.org_id])
        return actor.org_id in found and found[actor.org_id].verified

    # --- telling ---

    async def open_digests(self) -> int:
        """One message a day to each organisation with matches it was not told of; how many were opened."""
        async with reading() as session:
            orgs = await repository.untold_orgs(session, clock.today(), TELL)
        opened = 0
        for org_id in orgs:
            async with unit_of_work() as session:
                id_ = new_id()
                if await repository.open_digest(session, id_, org_id, clock.today(), TELL, clock.now()):
                    outbox.publish(session, "match.digest", digest_id=id_)
                    opened += 1
        return opened

    async def digest(self, digest_id: UUID) -> Digest | None:
        """For the exchange's own message: what of a digest still stands."""
        async with reading() as session:
            found = await repository.digest(session, digest_id, clock.today())
        if found is None or not found[1]:
            return None
        org_id, rows = found
        need_cards = await needs.cards([r.need_id for r in rows])
        cards = await listings.cards([r.listing_id for r in rows])
        pairs = [
            (r.asker_org_id == org_id, need_cards[r.need_id].title, cards[r.listing_id].title("vi"))
            for r in rows
            if r.need_id in need_cards and r.listing_id in cards
        ]
        return Digest(
            id=digest_id,
            org_id=org_id,
            for_needs=[(n, t) for asked, n, t in pairs if asked],
            for_listings=[(t, n) for asked, n, t in pairs if not asked],
        )

    async def told(self, side_id: UUID) -> Told | None:
        """For the exchange's own message about an interest, while it stands."""
        async with reading() as session:
            row = await repository.side(session, side_id)
            if row is None or row.status != "interested":
                return None
            pair = await repository.pair(session, row.match_id)
            shown = await repository.match(session, row.match_id, clock.today())
        if shown is None:
            return None
        need = (await needs.cards([pair.need_id]))[pair.need_id]
        card = (await listings.cards([pair.listing_id]))[pair.listing_id]
        return Told(
            match_id=pair.id, need_id=pair.need_id, listing_id=pair.listing_id, need_title=need.title,
            need_reference=need.reference, listing_title=card.title("vi"), owner_org_id=pair.owner_org_id,
            side=row.side,
        )  # fmt: skip


matching = Matching()
