"""Mails of accounts and the sweep of what has expired."""

from __future__ import annotations

from uuid import UUID

from app.accounts import repository
from app.accounts.service import Accounts, accounts
from app.integrations.mail import Mail, sender
from app.kit import clock
from app.platform import outbox
from app.platform.db import reading
from app.settings import settings
from app.web.mails import compose


@outbox.subscribe("password_reset.requested", priority=10)
async def mail_password_reset(reset_id: str) -> None:
    async with reading() as session:
        found = await repository.reset_with_person(session, UUID(reset_id))
    if found is None or found[0].used_at or found[0].expires_at < clock.now():
        return
    person = found[1]
    link = f"{settings().base_url.rstrip('/')}/password/reset?token={Accounts.reset_token(UUID(reset_id))}"
    subject, body = compose("password_reset", person.locale, name=person.name, link=link)
    await sender().send(Mail(f"password-reset-{reset_id}", person.email, subject, body))


@outbox.subscribe("invitation.created", priority=5)
async def mail_invitation(invitation_id: str) -> None:
    async with reading() as session:
        found = await repository.invitation(session, UUID(invitation_id))
    if found is None or found[0].accepted_at:
        return
    link = f"{settings().base_url.rstrip('/')}/invitations/{Accounts.invitation_token(UUID(invitation_id))}"
    subject, body = compose("invitation", "vi", organisation=found[1], link=link)
    await sender().send(Mail(f"invitation-{invitation_id}", found[0].email, subject, body))


@outbox.schedule("17 3 * * *")
async def sweep_accounts() -> None:
    await accounts.sweep()
