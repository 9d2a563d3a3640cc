"""What the product asks of mail."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

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

    def message(self) -> EmailMessage:
        made = EmailMessage()
        made["From"] = settings().mail_from
        made["To"] = self.to
        made["Subject"] = self.subject
        made["Date"] = format_datetime(clock.now())
        made["Message-ID"] = f"<{self.key}@santex.example>"
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(self.body)
        return made


class Sender(Protocol):
    async def send(self, mail: Mail) -> None: ...

    async def check(self) -> str | None:
        """None when mail can leave, else what is wrong."""
        ...
