"""The real adapter: SMTP."""

from __future__ import annotations

import aiosmtplib

from app.integrations.mail.port import Mail, MailError
from app.settings import settings


class Smtp:
    def _client(self) -> aiosmtplib.SMTP:
        s = settings()
        return aiosmtplib.SMTP(
            hostname=s.smtp_host,
            port=s.smtp_port,
            username=s.smtp_user or None,
            password=s.smtp_password.get_secret_value() or None,
            use_tls=s.smtp_tls == "tls",
            start_tls=s.smtp_tls == "starttls",
            timeout=20,
        )

    async def send(self, mail: Mail) -> None:
        try:
            async with self._client() as client:
                await client.send_message(mail.message())
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailError(str(error)) from error

    async def check(self) -> str | None:
        try:
            async with self._client() as client:
                await client.noop()
        except (aiosmtplib.SMTPException, OSError) as error:
            return f"SMTP {settings().smtp_host}:{settings().smtp_port}: {error}"
        return None
