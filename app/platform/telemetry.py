"""Logs and per-request figures: how many SQL statements a request ran, under which request id."""

from __future__ import annotations

import logging
import sys
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Trace:
    request_id: str = "-"
    statements: int = 0
    started: float = field(default_factory=time.perf_counter)


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def begin(request_id: str) -> Trace:
    trace = Trace(request_id)
    _trace.set(trace)
    return trace


def count_statement(*_: Any) -> None:
    trace = _trace.get()
    if trace is not None:
        trace.statements += 1


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        trace = _trace.get()
        record.request = trace.request_id if trace else "-"
        return super().format(record)


def configure_logging(level: str = "INFO") -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s [%(request)s] %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Every poll of the queue at INFO would drown what an operator needs to read.
    for noisy in ("procrastinate", "alembic", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
