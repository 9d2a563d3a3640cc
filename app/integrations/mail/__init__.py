"""Mail: `sender()` gives the adapter that the MAIL_TRANSPORT setting names."""

from functools import lru_cache

from app.integrations.mail.mailbox import Mailbox
from app.integrations.mail.port import Mail, MailError, Sender
from app.integrations.mail.smtp import Smtp
from app.settings import settings

__all__ = ["Mail", "MailError", "Mailbox", "Sender", "mailbox", "sender"]


@lru_cache
def mailbox() -> Mailbox:
    return Mailbox(settings().data_dir / "mailbox")


@lru_cache
def sender() -> Sender:
    return Smtp() if settings().mail_transport == "smtp" else mailbox()
