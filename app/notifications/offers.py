"""Reminders, approvals and memoranda: who is told of them."""

from __future__ import annotations

from uuid import UUID

from app.accounts import accounts
from app.deals import Side, deals
from app.notifications.telling import tell, tell_people
from app.offers import memoranda, offers
from app.platform import outbox


@outbox.subscribe("offer.remind")
async def tell_offer_remind(offer_id: str, days: str) -> None:
    """To the side whose turn it is, while the offer is open; once for each number of days."""
    offer = await offers.peek(UUID(offer_id))
    if offer.status != "open":
        return
    deal = await deals.peek(offer.deal_id)
    answerer = deal.buyer if offer.side is Side.seller else deal.seller
    await tell(
        [answerer.id], "offer_remind", offer.id, f"offer.remind:{days}", f"/deals/{deal.id}",
        deal=deal, offer=offer, days=int(days),
    )  # fmt: skip


@outbox.subscribe("approval.ask")
async def tell_approval_ask(approval_id: str) -> None:
    """To the own side only: somebody there has to decide."""
    asked = await offers.approval_asked(UUID(approval_id))
    if asked is None:
        return
    org_id, deal_id, who, _ = asked
    deal = await deals.peek(deal_id)
    await tell([org_id], "approval_ask", UUID(approval_id), "approval.ask", "/approvals", deal=deal, who=who)


async def _tell_memorandum(memorandum_id: UUID, template: str, event: str, *, only_other: bool, **more: object) -> None:
    found = await memoranda.peek(memorandum_id)
    deal = await deals.peek(found.deal_id)
    sides = {Side.seller: deal.seller, Side.buyer: deal.buyer}
    to = [sides[found.side.other].id] if only_other else [deal.seller.id, deal.buyer.id]
    proposer = sides[found.side]
    await tell(
        to, template, memorandum_id, event, f"/deals/{deal.id}#memoranda",
        deal=deal, memorandum=found, proposer=proposer, **more,
    )  # fmt: skip


@outbox.subscribe("memorandum.propose")
async def tell_memorandum_propose(memorandum_id: str) -> None:
    await _tell_memorandum(UUID(memorandum_id), "memorandum_propose", "memorandum.propose", only_other=True)


@outbox.subscribe("memorandum.confirm")
async def tell_memorandum_confirm(memorandum_id: str) -> None:
    await _tell_memorandum(UUID(memorandum_id), "memorandum_confirm", "memorandum.confirm", only_other=False)


@outbox.subscribe("memorandum.remind")
async def tell_memorandum_remind(memorandum_id: str, days: str, term: str) -> None:
    """14 and 3 days before the end, to both sides, once a term."""
    found = await memoranda.peek(UUID(memorandum_id))
    if found.status != "confirmed" or found.term != int(term):
        return
    event = f"memorandum.remind:{term}:{days}"
    await _tell_memorandum(UUID(memorandum_id), "memorandum_remind", event, only_other=False)


@outbox.subscribe("memorandum.expire")
async def tell_memorandum_expire(memorandum_id: str) -> None:
    """The end has come: each side says what became of it."""
    found = await memoranda.peek(UUID(memorandum_id))
    if found.status != "due":
        return
    event = f"memorandum.expire:{found.term}"
    await _tell_memorandum(UUID(memorandum_id), "memorandum_expire", event, only_other=False)


@outbox.subscribe("memorandum.overdue")
async def tell_memorandum_overdue(memorandum_id: str) -> None:
    """To those who run the exchange: a side owes its outcome since seven days. Once a term, and not any more when it
    has been given since."""
    found = await memoranda.peek(UUID(memorandum_id))
    if not found.overdue:
        return
    deal = await deals.peek(found.deal_id)
    await tell_people(
        await accounts.operator_contacts(), "memorandum_overdue", found.id, f"memorandum.overdue:{found.term}",
        "/memoranda/overdue", deal=deal, memorandum=found,
    )  # fmt: skip
