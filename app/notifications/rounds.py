"""What is told about public rounds. No mail tells of a sealed bid, not even to its bidder: mails are kept in files and
logs, and would name who bid when."""

from __future__ import annotations

from uuid import UUID

from app.notifications.telling import tell
from app.platform import outbox
from app.rounds import RoundView, participants, rounds

ALIVE = ("applied", "approved")


def _everybody(view: RoundView) -> list[UUID]:
    """The owner and whoever takes part, or asked to when it ended."""
    orgs = [view.seller.id, *(e.org.id for e in view.entries if e.status in ALIVE)]
    if view.intended_party:
        orgs.append(view.intended_party.id)
    return list(dict.fromkeys(orgs))


def _on_round(event: str) -> None:
    async def tell_round(round_id: str) -> None:
        view = await rounds.peek(UUID(round_id))
        await tell(_everybody(view), event.replace(".", "_"), view.id, event, view.url, view=view)

    tell_round.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(tell_round)


for name in ("round.open", "round.award", "round.fail", "round.cancel"):
    _on_round(name)


def _on_entry(event: str) -> None:
    async def tell_entry(round_entry_id: str) -> None:
        entry = await participants.peek(UUID(round_entry_id))
        view = await rounds.peek(entry.round_id)
        await tell([entry.org.id], event.replace(".", "_"), entry.id, event, view.url, view=view, entry=entry)

    tell_entry.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(tell_entry)


for name in ("round_entry.approve", "round_entry.reject"):
    _on_entry(name)


@outbox.subscribe("round_deposit.confirm")
async def tell_deposit_confirm(round_deposit_id: str) -> None:
    await _deposit(UUID(round_deposit_id), "confirm", "confirmed")


@outbox.subscribe("round_deposit.question")
async def tell_deposit_question(round_deposit_id: str) -> None:
    await _deposit(UUID(round_deposit_id), "question", "required")


async def _deposit(deposit_id: UUID, action: str, state: str) -> None:
    """Told while it is so: a deposit may be questioned, declared and questioned again."""
    entry = await participants.of_deposit(deposit_id)
    if entry.deposit is None or entry.deposit.status != state:
        return
    view = await rounds.peek(entry.round_id)
    event = f"round_deposit.{action}:{entry.deposit.status_at.isoformat()}"
    await tell([entry.org.id], f"round_deposit_{action}", deposit_id, event, view.url, view=view, entry=entry)


@outbox.subscribe("round.outbid")
async def tell_outbid(round_id: str, entry_id: str, bid_id: str) -> None:
    """To who led until then, while bids are still taken and they do not lead again."""
    entry = await participants.peek(UUID(entry_id))
    view = await rounds.peek(UUID(round_id))
    if view.status == "open" and view.leader_number != entry.number:
        await tell([entry.org.id], "round_outbid", view.id, f"round.outbid:{bid_id}", view.url, view=view)


@outbox.subscribe("round.object")
async def tell_objection(round_id: str, objection_id: str) -> None:
    view = await rounds.peek(UUID(round_id))
    await tell([view.seller.id], "round_object", UUID(objection_id), "round.object", view.url, view=view)
