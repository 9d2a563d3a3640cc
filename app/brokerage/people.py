"""The people of a deal: parties, brokers and others, who handles it where; inviting and removing one's broker."""

from __future__ import annotations

from uuid import UUID

from app import accounts
from app.brokerage import errors, firewall
from app.brokerage.mandating import mandates, party
from app.brokerage.schemas.mandates import MandateSide, PartyView
from app.brokerage.schemas.people import InviteBroker, PeopleView, PersonView, RemoveBroker
from app.brokerage.settling import attributing
from app.deals import Access, Capacity, Participant, Side, deals
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.listings import listings
from app.platform.db import reading, unit_of_work

OF_SIDE = {Side.seller: Capacity.seller_broker, Side.buyer: Capacity.buyer_broker}
LIVE = ("interested", "negotiating", "agreed")


class People:
    async def of_deal(self, actor: Actor, deal_id: UUID) -> PeopleView:
        """Who takes part now, and what the actor may do about each."""
        access = await deals.access(actor, deal_id)
        merit = {a.broker_org_id: a.percent for a in await attributing.of_deal(deal_id)}
        mine = next((p for p in access.participants if p.org_id == actor.org_id), None)
        hands = mine is not None and (actor.can_manage or (actor.can_edit and mine.handler_id == actor.person_id))
        return PeopleView(
            deal_id=deal_id,
            people=[
                PersonView(
                    participant=p,
                    attributed=merit.get(p.org_id) if p.capacity.broker else None,
                    actions=self._actions(actor, access, p, hands=hands),
                )
                for p in access.participants
            ],
            invitable=await self._invitable(actor, access),
        )

    @staticmethod
    def _actions(actor: Actor, access: Access, one: Participant, *, hands: bool) -> list[str]:
        found = ["hand_over"] if hands and one.org_id == actor.org_id else []
        if one.capacity.broker and actor.can_manage and access.side is not None:
            found += ["remove"] if one.capacity.serves is access.side else []
        return found

    async def _invitable(self, actor: Actor, access: Access) -> list[PartyView]:
        """One's own brokers with an active mandate for this deal, who take no part yet."""
        if access.side is None or not actor.can_manage or access.status not in LIVE:
            return []
        there = {p.org_id for p in access.participants}
        ids = [x for x in await self._own_brokers(actor, access) if x not in there]
        async with reading() as session:
            orgs = await accounts.organisations_by_id(session, ids)
        return [party(orgs[x]) for x in ids]

    @staticmethod
    async def _own_brokers(actor: Actor, access: Access) -> list[UUID]:
        assert access.side is not None  # noqa: S101 - its callers look
        card = (await listings.cards([access.listing_id]))[access.listing_id]
        side = MandateSide(access.side.value)
        found = []
        for broker_id, terms in await mandates.of_client(actor.org_id, side):
            # A buyer's mandate names needs or fields; which need a deal answers is not said, so each may serve.
            if side is MandateSide.buyer or terms.scope.covers(card.id, card.field):
                found.append(broker_id)
        return list(dict.fromkeys(found))

    async def invite(self, actor: Actor, deal_id: UUID, command: InviteBroker) -> None:
        """One's broker joins the deal on one's side, through the firewall."""
        access = await self._party(actor, deal_id)
        assert access.side is not None  # noqa: S101 - _party looked
        if command.org_id not in await self._own_brokers(actor, access):
            raise errors.not_our_broker()
        await firewall.admit(actor, deal_id, command.org_id, OF_SIDE[access.side])

    async def remove(self, actor: Actor, deal_id: UUID, command: RemoveBroker) -> None:
        """One's broker leaves the deal and sees it no longer; what the sealed record says of it stays."""
        access = await self._party(actor, deal_id)
        one = next((p for p in access.participants if p.org_id == command.org_id), None)
        if one is None:
            raise NotFound
        if not one.capacity.broker or one.capacity.serves is not access.side:
            raise Forbidden
        async with unit_of_work():
            await deals.leave(actor, deal_id, command.org_id, reason=command.reason)

    @staticmethod
    async def _party(actor: Actor, deal_id: UUID) -> Access:
        """Visible (404) -> a party that may bind (401, 403)."""
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        if access.side is None or not actor.can_manage:
            raise Forbidden
        return access


people = People()
