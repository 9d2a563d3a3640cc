"""JSON Lines, row by row: what fits goes on, what does not is reported with its line and reasons."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

T = TypeVar("T")
MAX_LINE = 2_000_000


@dataclass(slots=True)
class Rejected:
    line: int
    id: str
    reasons: list[str]


@dataclass(slots=True)
class Report:
    """What an import did, row by row."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)


def reasons(error: ValidationError) -> list[str]:
    found = error.errors(include_url=False, include_input=False)
    return [f"{'.'.join(str(p) for p in e['loc']) or 'row'}: {e['msg']}" for e in found]


def id_of(raw: bytes) -> str:
    try:
        data = json.loads(raw)
    except ValueError:
        return ""
    return str(data.get("id", ""))[:200] if isinstance(data, dict) else ""


def rows(lines: Iterable[bytes], report: Report, read: Callable[[dict[str, Any]], T]) -> Iterator[tuple[T, str, str]]:
    """(what `read` made, its `id`, the digest of the line) of valid rows; a null counts as absent, an id once."""
    seen: set[str] = set()
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        report.read += 1
        try:
            if len(raw) > MAX_LINE:
                raise ValueError(f"the line is longer than {MAX_LINE} bytes")
            data = json.loads(raw.decode("utf-8"))
            if not isinstance(data, dict):
                raise ValueError("the line is no JSON object")
            made = read({k: v for k, v in data.items() if v is not None})
            key = str(data.get("id", "")).strip()
            if key in seen:
                raise ValueError(f"id {key!r} stands twice in the file")
        except ValidationError as error:
            report.rejected.append(Rejected(number, id_of(raw), reasons(error)))
        except (ValueError, UnicodeDecodeError) as error:
            report.rejected.append(Rejected(number, id_of(raw), [str(error)]))
        else:
            seen.add(key)
            yield made, key, hashlib.sha256(raw.strip()).hexdigest()


def lines(path: Path, progress: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """The lines of a file; `progress` is told the bytes read so far."""
    at = 0
    with path.open("rb") as file:
        for line in file:
            at += len(line)
            if progress:
                progress(at)
            yield line
