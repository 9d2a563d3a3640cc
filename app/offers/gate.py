"""Does this act of an organisation need its own people's approval first? Then a request is put instead of the act."""

from __future__ import annotations

from datetime import timedelta

from app.deals import DealView
from app.kit import clock
from app.kit.actor import Actor
from app.kit.ids import new_id
from app.offers import errors
from app.offers.models import ApprovalRequest, Offer
from app.offers.repository import approvals as rows
from app.offers.schemas import SendOffer
from app.offers.workflow import APPROVAL
from app.platform import state
from app.platform.db import unit_of_work


async def asks(
    actor: Actor,
    deal: DealView,
    act: str,
    *,
    value: int,
    answers: Offer | None = None,
    command: SendOffer | None = None,
) -> bool:
    """True when the act waits now: a request was put, and whoever is on the list decides. False when it may be done.

    `act` is send, counter or accept; `value` the sum of the terms in đồng. The deal is locked, and every other reason
    to refuse has been looked at. Conflict when something of this side in this deal waits already.
    """
    if actor.org_id is None or actor.person_id is None:
        return False
    async with unit_of_work() as session:
        if await rows.pending(session, deal.id, actor.org_id):
            raise errors.waits_for_approval()
        rule = await rows.rule(session, actor.org_id)
        if rule is None or value < rule.from_value or not (rule.on_accept if act == "accept" else rule.on_send):
            return False
        now, id_ = clock.now(), new_id()
        days = command.valid_days if command else 0
        await rows.add(
            session,
            id=id_,
            deal_id=deal.id,
            listing_id=deal.listing.id,
            org_id=actor.org_id,
            act=act,
            offer_id=answers.id if answers else None,
            command=command.model_dump(mode="json") if command else None,
            value=value,
            needed=rule.needed,
            approvers=rule.approvers,
            asked_by=actor.person_id,
            asked_by_name=actor.person_name,
            asked_at=now,
            expires_at=answers.valid_until if answers else now + timedelta(days=days),
            status=APPROVAL.initial,
            status_at=now,
        )
        await state.note(session, APPROVAL, id_, "ask", None, APPROVAL.initial, actor, detail={"act": act})
        if actor.person_id not in rule.approvers:
            return True
        # Whoever asks and is on the list has said yes by asking.
        await rows.vote(
            session, request_id=id_, person_id=actor.person_id, person_name=actor.person_name, verdict="approve", at=now
        )
        if rule.needed > 1:
            return True
        await state.transition(session, ApprovalRequest, id_, APPROVAL, "execute", actor)
        return False
