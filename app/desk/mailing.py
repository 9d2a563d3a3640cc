"""Mail about unread messages: after ten minutes, one a person and deal until they read, sent once.

A run a minute opens a mail for whoever is due and gives it to the outbox. A sender holds a lease: who dies in between
is followed by another, whose mail carries the same key and so replaces the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.desk.repository import messages as repository
from app.kit import clock
from app.kit.ids import new_id
from app.platform import outbox
from app.platform.db import reading, unit_of_work

UNREAD_MINUTES = 10
OLDEST_DAYS = 3  # a run looks no further back: what is older was told of, or a worker was down for days
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class UnreadMail:
    id: UUID
    deal_id: UUID
    person_id: UUID
    count: int


class Mailing:
    async def run(self) -> int:
        """Open what is due, and take up what a dead sender left; how many were opened."""
        now = clock.now()
        async with reading() as session:
            due = await repository.due_mails(
                session, now - timedelta(minutes=UNREAD_MINUTES), now - timedelta(days=OLDEST_DAYS)
            )
        opened = 0
        for deal_id, person_id, org_id, upto in due:
            async with unit_of_work() as session:
                made = await repository.open_mail(
                    session, id=new_id(), deal_id=deal_id, person_id=person_id, org_id=org_id, upto=upto, open=True,
                    created_at=now,
                )  # fmt: skip
                if made is not None:
                    outbox.publish(session, "desk.unread", mail_id=made)
                    opened += 1
        async with unit_of_work() as session:
            for mail_id in await repository.unsent(session, now, now - LEASE):
                outbox.publish(session, "desk.unread", mail_id=mail_id)
        return opened

    async def lease(self, mail_id: UUID) -> UnreadMail | None:
        """Claim the sending. None when it was sent, when another is at it, or when all has been read by now."""
        now = clock.now()
        async with unit_of_work() as session:
            mail = await repository.lease(session, mail_id, now, now + LEASE)
            if mail is None:
                return None
            count = await repository.waiting(session, mail.deal_id, mail.person_id)
            if not mail.open or count == 0:
                await repository.settle_mail(session, mail_id, now)
                await repository.end_mail(session, mail.deal_id, mail.person_id)
                return None
        return UnreadMail(mail.id, mail.deal_id, mail.person_id, count)

    async def sent(self, mail_id: UUID) -> None:
        async with unit_of_work() as session:
            await repository.settle_mail(session, mail_id, clock.now())

    async def give_back(self, mail_id: UUID) -> None:
        """It could not leave: the next sender need not wait for the lease to end."""
        async with unit_of_work() as session:
            await repository.settle_mail(session, mail_id, None)


unread_mails = Mailing()
