"""One mail to everyone who may bind an organisation, once per event and person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from uuid import UUID

from app.accounts import accounts
from app.integrations.mail import Mail, sender
from app.kit import clock
from app.notifications import repository
from app.platform.db import unit_of_work
from app.settings import settings
from app.web.mails import compose


async def tell(
    org_ids: Sequence[UUID], template: str, subject_id: UUID, event: str, path: str, **context: object
) -> None:
    """Mail everyone who may bind these organisations, once per event, subject and person; `template` is a file of
    templates/mail, `path` where its link leads."""
    for org_id in org_ids:
        await tell_people(await accounts.contacts(org_id), template, subject_id, event, path, **context)


async def tell_people(
    people: Iterable[tuple[str, str, str]], template: str, subject_id: UUID, event: str, path: str, **context: object
) -> None:
    """The same to single people, given as (e-mail, name, locale).

    The claim is committed first; a mail that could not leave gives it back, and the job is retried."""
    for email, name, locale in people:
        link = f"{settings().base_url.rstrip('/')}{path}"
        subject, body = compose(template, locale, name=name, link=link, **context)
        key = hashlib.sha256(f"{event}|{subject_id}|{email}".encode()).hexdigest()[:40]
        async with unit_of_work() as session:
            if not await repository.claim(session, key, email, event, subject_id, clock.now()):
                continue
        try:
            await sender().send(Mail(key, email, subject, body))
        except Exception:
            async with unit_of_work() as session:
                await repository.forget(session, key)
            raise
