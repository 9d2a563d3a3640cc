"""Mails of the desk: unread messages, tasks that come due, deals that lie still, deals handed over.

No mail carries what was said: it says that something waits, and where.
"""

from __future__ import annotations

import hashlib
from datetime import date
from uuid import UUID

from app.accounts import accounts
from app.deals import deals
from app.desk import desk, todo, unread_mails
from app.integrations.mail import Mail, sender
from app.notifications.telling import tell, tell_people
from app.platform import outbox
from app.settings import settings
from app.web.mails import compose


@outbox.subscribe("desk.unread")
async def tell_desk_unread(mail_id: str) -> None:
    """One mail about all that a person has not read in a deal. Leased while it is sent; its key is its own, so that
    a second sender, after one that died, replaces the first one's mail."""
    mail = await unread_mails.lease(UUID(mail_id))
    if mail is None:
        return
    contact = await accounts.contact(mail.person_id)
    if contact is not None:
        email, name, locale = contact
        deal = await deals.peek(mail.deal_id)
        link = f"{settings().base_url.rstrip('/')}/deals/{mail.deal_id}/messages"
        subject, body = compose("desk_unread", locale, name=name, link=link, deal=deal, count=mail.count)
        key = hashlib.sha256(f"desk.unread|{mail.id}".encode()).hexdigest()[:40]
        try:
            await sender().send(Mail(key, email, subject, body))
        except Exception:
            await unread_mails.give_back(mail.id)
            raise
    await unread_mails.sent(mail.id)


@outbox.subscribe("deal.stalled")
async def tell_deal_stalled(stall_id: str) -> None:
    """The party that is waited for; its mail goes to the brokers of the deal as a copy."""
    stall = await desk.stalled(UUID(stall_id))
    if stall is None:
        return
    deal = await deals.peek(stall.deal_id)
    waited = deal.seller if deal.seller.id == stall.org_id else deal.buyer
    path, event = f"/deals/{stall.deal_id}", "deal.stalled"
    await tell([stall.org_id], "deal_stalled", UUID(stall_id), event, path, deal=deal, days=stall.days)
    await tell(
        stall.copies, "deal_stalled_copy", UUID(stall_id), event, path, deal=deal, days=stall.days, waited=waited
    )


@outbox.subscribe("task.due")
async def tell_task_due(task_id: str, due_on: str) -> None:
    """Whoever is to do it, or whoever wrote it down while it is given to nobody."""
    task = await todo.reminder(UUID(task_id), date.fromisoformat(due_on))
    contact = await accounts.contact(task.person_id) if task else None
    if task is None or contact is None:
        return
    deal = await deals.peek(task.deal_id)
    event = f"task.{'overdue' if task.late else 'due'}:{due_on}"
    path = f"/deals/{task.deal_id}/tasks"
    await tell_people([contact], "task_due", UUID(task_id), event, path, deal=deal, task=task)


@outbox.subscribe("desk.handed_over")
async def tell_handed_over(handover_id: str) -> None:
    """The colleague who handles the deal from now on."""
    given = await desk.handed_over(UUID(handover_id))
    contact = await accounts.contact(given.to_id) if given else None
    if given is None or contact is None:
        return
    deal = await deals.peek(given.deal_id)
    path = f"/deals/{given.deal_id}/tasks"
    await tell_people(
        [contact], "desk_handed_over", UUID(handover_id), "desk.handed_over", path, deal=deal, given=given
    )
