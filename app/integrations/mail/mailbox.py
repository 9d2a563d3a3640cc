"""The offline twin: messages become files under DATA_DIR/mailbox, and /mailbox shows them."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from app.integrations.mail.port import Mail


@dataclass(frozen=True, slots=True)
class Kept:
    key: str
    to: str
    subject: str
    date: str
    body: str


class Mailbox:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, mail: Mail) -> None:
        await asyncio.to_thread(self._write, mail)

    def _write(self, mail: Mail) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^A-Za-z0-9_-]", "_", mail.key)
        draft = self.folder / f".{name}.{os.getpid()}"
        draft.write_bytes(mail.message().as_bytes())
        draft.replace(self.folder / f"{name}.eml")  # whole or not at all; a repeated job overwrites itself

    def newest(self, limit: int = 50) -> list[Kept]:
        if not self.folder.is_dir():
            return []
        files = sorted(self.folder.glob("*.eml"), key=lambda f: f.stat().st_mtime, reverse=True)[:limit]
        kept = []
        for file in files:
            message = message_from_bytes(file.read_bytes(), policy=policy.default)
            body = message.get_body(("plain",))
            kept.append(
                Kept(
                    file.stem,
                    str(message["To"]),
                    str(message["Subject"]),
                    str(message["Date"]),
                    body.get_content() if body else "",
                )
            )
        return kept

    async def check(self) -> str | None:
        parent = self.folder if self.folder.is_dir() else self.folder.parent
        return None if os.access(parent, os.W_OK) else f"cannot write to {self.folder}"
