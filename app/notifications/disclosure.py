"""Who is told of agreements, of what was opened in a data room and of questions there. No mail holds a text, a title
of a document, a question or an answer: what is confidential is read on the page, by those to whom it is open."""

from __future__ import annotations

from uuid import UUID

from app.deals import deals
from app.disclosure import disclosure
from app.notifications.telling import tell
from app.platform import outbox

# Event -> the states in which it still is worth telling.
NDA_EVENTS = {
    "nda.propose": ("proposed", "signed_one"),
    "nda.sign": ("signed_one",),
    "nda.countersign": ("in_force",),
    "nda.decline": ("declined",),
    "nda.terminate": ("terminated",),
    "nda.expire": ("expired",),
}


async def tell_nda(nda_id: UUID, event: str) -> None:
    """A new text and a first signature to the other side, the rest to both; nothing that has been overtaken."""
    told = await disclosure.told_nda(nda_id)
    if told is None or told.status not in NDA_EVENTS[event]:
        return
    deal = await deals.peek(told.deal_id)
    other = told.buyer if told.proposer == told.seller else told.seller
    to = {"nda.propose": [other], "nda.decline": [told.proposer]}.get(event, [told.seller, told.buyer])
    await tell(to, event.replace(".", "_"), nda_id, event, f"/ndas/{nda_id}", deal=deal)


def _on_nda(event: str) -> None:
    async def telling(nda_id: str) -> None:
        await tell_nda(UUID(nda_id), event)

    telling.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(telling)


for name in NDA_EVENTS:
    _on_nda(name)


@outbox.subscribe("room.grant")
async def tell_room_grant(deal_id: str, grant_id: str) -> None:
    """Something was opened: to the buyer and the others of the deal who may look."""
    id_ = UUID(deal_id)
    if not await disclosure.nda_in_force(id_):
        return
    deal = await deals.peek(id_)
    open_to = set(await disclosure.parties_of_room(deal.listing.id))
    to = [p.org_id for p in deal.participants if p.org_id in open_to]
    await tell(to, "room_grant", UUID(grant_id), "room.grant", f"/deals/{deal_id}/room", deal=deal)


@outbox.subscribe("room.inspect")
async def tell_room_inspect(deal_id: str) -> None:
    """The operator looked into the room, with a reason that stands in the log: to the owner."""
    deal = await deals.peek(UUID(deal_id))
    path = f"/listings/{deal.listing.id}/room/log?deal_id={deal_id}"
    newest = await disclosure.last_inspection(UUID(deal_id))
    if newest is not None:
        await tell([deal.seller.id], "room_inspect", newest, "room.inspect", path, deal=deal)


@outbox.subscribe("room_question.ask")
async def tell_question_asked(room_question_id: str) -> None:
    told = await disclosure.told_question(UUID(room_question_id))
    if told is None or told.status != "asked":
        return
    path = f"/deals/{told.deal_id}/room/questions"
    deal = await deals.peek(told.deal_id)
    await tell([told.seller], "room_question_ask", UUID(room_question_id), "room_question.ask", path, deal=deal)


@outbox.subscribe("room_question.answer")
async def tell_question_answered(room_question_id: str) -> None:
    """Each answer that was written anew is told of once."""
    told = await disclosure.told_question(UUID(room_question_id))
    if told is None or told.answered_at is None:
        return
    event = f"room_question.answer:{told.answered_at.isoformat()}"
    path = f"/deals/{told.deal_id}/room/questions"
    deal = await deals.peek(told.deal_id)
    await tell([told.asker], "room_question_answer", UUID(room_question_id), event, path, deal=deal)


@outbox.subscribe("room_question.publish")
async def tell_question_published(room_question_id: str) -> None:
    """To every party of the room, each at the address of its own deal, without who asked."""
    id_ = UUID(room_question_id)
    told = await disclosure.told_question(id_)
    if told is None:
        return
    for deal_id, org_id in await disclosure.rooms_of_parties(told.listing_id):
        deal = await deals.peek(deal_id)
        path = f"/deals/{deal_id}/room/questions"
        await tell([org_id], "room_question_publish", id_, f"room_question.publish:{deal_id}", path, deal=deal)
