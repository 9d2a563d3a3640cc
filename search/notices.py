"""What operators should know about search just now: one sentence a matter, gone when the matter is."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from app.kit import clock
from app.kit.text import Text

log = logging.getLogger("santex.search")


@dataclass(frozen=True, slots=True)
class Notice:
    """`mend` says what to do about it. `detail` is for operators and logs, never for visitors."""

    code: str
    text: Text
    detail: str
    since: datetime
    mend: Text


class Notices:
    """One line in the log when a matter comes up and one when it is over, however often it is said in between."""

    def __init__(self) -> None:
        self._open: dict[str, Notice] = {}

    def raise_(self, code: str, text: Text, mend: Text, detail: str) -> None:
        known = self._open.get(code)
        if known is None:
            log.warning("%s: %s (%s)", code, text.en, detail)
        self._open[code] = Notice(code, text, detail, known.since if known else clock.now(), mend)

    def clear(self, code: str) -> None:
        known = self._open.pop(code, None)
        if known is not None:
            log.warning("%s: over; it began at %s", code, known.since.isoformat(timespec="seconds"))

    def all(self) -> tuple[Notice, ...]:
        return tuple(sorted(self._open.values(), key=lambda n: n.since))
