"""The one place that asks what time it is. Always aware UTC; `frozen` stops it in tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone

# Vietnam keeps one offset all year and has since 1975: a fixed zone needs no tz database.
VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    return _frozen.get() or datetime.now(UTC)


def is_frozen() -> bool:
    """The calendar is somebody else's for a while (a test, the demo): the database's own clock does not count."""
    return _frozen.get() is not None


def today() -> date:
    """Today's date in Vietnam: what a deadline or an expiry date is compared with."""
    return now().astimezone(VIETNAM).date()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    token = _frozen.set(at)
    try:
        yield
    finally:
        _frozen.reset(token)


def parse(value: str) -> datetime:
    """An ISO 8601 moment; one without an offset is refused (ValueError)."""
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("a moment needs an offset")
    return at
