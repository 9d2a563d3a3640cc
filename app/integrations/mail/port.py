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
    """`key` names the message once and for all: a repeated job sends the same Message-ID."""

    key: str
    to: str
    subject: str
    body: str

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
        return made


class Sender(Protocol):
    async def send(self, mail: Mail) -> None: ...

    async def check(self) -> str | None:
        """None when mail can leave, else what is wrong."""
        ...
