"""What the product asks of mail."""

from __future__ import annotations

from dataclasses import dataclass
from email.header import Header
from email.message import Message
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any, Protocol

from app.kit import clock
from app.settings import settings


class MailError(Exception):
    """The message was not accepted; the job is retried."""


@dataclass(frozen=True, slots=True)
class Mail:
    """`key` names the message once and for all: a repeated job sends the same Message-ID.

    `unsubscribe` is the address that stops such mail by one POST without a sign-in (RFC 2369, RFC 8058).
    """

    key: str
    to: str
    subject: str
    body: str
    unsubscribe: str = ""

    def message(self) -> Message:
        # Not EmailMessage: up to Python 3.12 it loses spaces where it folds a long subject with diacritics.
        made = MIMEText(self.body, "plain", "utf-8")
        made["From"] = formataddr(parseaddr(settings().mail_from))
        made["To"] = self.to
        subject: Any = Header(self.subject, "utf-8")
        made["Subject"] = subject
        made["Date"] = format_datetime(clock.now())
        made["Message-ID"] = f"<{self.key}@santex.example>"
        made["Auto-Submitted"] = "auto-generated"
        if self.unsubscribe:
            made["List-Unsubscribe"] = f"<{self.unsubscribe}>"
            made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return made


class Sender(Protocol):
    async def send(self, mail: Mail) -> None: ...

    async def check(self) -> str | None:
        """None when mail can leave, else what is wrong."""
        ...
