"""The outbox in tests: no worker runs beside a test; it drains the queue when it wants the effects."""

from __future__ import annotations

from sqlalchemy import text

from app.integrations.mail import mailbox
from app.integrations.mail.mailbox import Kept
from app.platform import db, outbox

_UNDONE = text(
    "SELECT task_name, args, status, attempts FROM procrastinate_jobs WHERE status = 'failed'"
    " OR (status = 'todo' AND attempts > 0)"
)


async def drain(*, long: bool = False) -> None:
    """Run every job that is due, the long ones when asked for; a handler that failed fails the test."""
    await outbox.drain(db.database().url, long=long)
    async with db.reading() as session:
        undone = (await session.execute(_UNDONE)).all()
    assert not undone, f"handlers failed: {[tuple(r) for r in undone]}"


def mails(to: str | None = None) -> list[Kept]:
    """Mails sent so far, newest first; only those to one address when given."""
    return [m for m in mailbox().newest(1000) if to is None or m.to == to]


def forget_mails() -> None:
    for file in mailbox().folder.glob("*.eml"):
        file.unlink()
