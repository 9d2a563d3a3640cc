"""The desk follows the clock: turns that lie still, messages that nobody read, tasks that come due."""

from __future__ import annotations

from app.desk.mailing import unread_mails
from app.desk.service import desk
from app.desk.tasking import todo
from app.platform import outbox


@outbox.schedule("*/10 * * * *")
async def find_stalls() -> None:
    await desk.find_stalls()


@outbox.schedule("* * * * *")
async def mail_unread() -> None:
    await unread_mails.run()


# From eight in the morning in Vietnam; once an hour, so that a worker that was down then loses nobody's reminder.
@outbox.schedule("5 1-10 * * *")
async def remind_of_tasks() -> None:
    await todo.remind()
