"""Import of needs from JSON Lines: idempotent by source id, streaming, whole rows or none.

A row that does not fit is reported with its line and reasons and leaves nothing behind; rows are written in batches,
each one transaction, so a killed import keeps whole batches and a second run carries on where it stopped. What the
source does not say stays empty: an imported need has no criteria, and a deadline only when it still lies ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.accounts import accounts
from app.kit import clock, jsonl
from app.kit.actor import Actor
from app.kit.ids import sealed_id, sealed_reference
from app.kit.jsonl import Report
from app.kit.text import fold, nfc, one_line
from app.needs import completeness, repository
from app.needs.schemas import Content, NeedKind
from app.needs.workflow import NEED
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work

BATCH = 250
INDEXED_AT_ONCE = 50  # ids named in one job
DATES = ("%Y-%m-%d", "%B %d, %Y", "%b %d, %Y", "%d/%m/%Y", "%m/%d/%Y")


def _text(value: Any) -> Any:
    return nfc(value).strip() if isinstance(value, str) else value


Words = Annotated[str, BeforeValidator(_text)]


class SourceRow(BaseModel):
    """One line of a file shaped like the public solicitation topics: what we read of it."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[Words, Field(min_length=1, max_length=200)]
    lang: Words = "en"
    title: Annotated[Words, Field(min_length=3, max_length=1000)]
    description: Words = ""
    title_vi: Words = ""
    description_vi: Words = ""
    organisation: Words = ""
    country: Annotated[Words, Field(max_length=2)] = ""
    topic_code: Words = ""
    programme: Words = ""
    phase: Words = ""
    keywords: list[Words] = []
    date_close: Words = ""
    url: Words = ""
    source: Words = ""


Item = tuple[SourceRow, str, Content]  # with the digest of its line


def _cut(value: str, limit: int) -> str:
    return value if len(value) <= limit else value[: limit - 1].rsplit(" ", 1)[0] + "…"


def _sentences(value: str, limit: int) -> str:
    """The first sentences of a text, up to `limit` characters."""
    flat = one_line(value)
    if len(flat) <= limit:
        return flat
    end = flat.rfind(". ", 0, limit)
    return flat[: end + 1] if end > limit // 3 else _cut(flat, limit)


def _day(value: str) -> date | None:
    """Dates as sources write them; only a whole date is kept."""
    for form in DATES:
        try:
            return datetime.strptime(value, form).date()  # noqa: DTZ007 - a date, no time in it
        except ValueError:
            continue
    return None


def content_of(row: SourceRow, today: date) -> Content:
    """Our need of a source row."""
    vietnamese = bool(row.title_vi) or row.lang == "vi"
    title, text = (row.title_vi or row.title, row.description_vi or row.description) if vietnamese else (
        row.title, row.description
    )  # fmt: skip
    english = vietnamese and row.lang != "vi"
    closes = _day(row.date_close)
    authority = one_line(row.organisation)[:300]
    data: dict[str, Any] = {
        "kind": NeedKind.public_order if authority else NeedKind.enterprise,
        "ordering_authority": authority or None,
        "lang": "vi" if vietnamese else "en",
        "title": _cut(one_line(title), 200),
        "title_en": _cut(one_line(row.title), 200) if english else None,
        "summary": _sentences(text, 600) or None,
        "summary_en": (_sentences(row.description, 600) or None) if english else None,
        "problem": _cut(text, 12_000) or None,
        "keywords": [k[:60] for k in [row.topic_code, *row.keywords] if k][:20],
        "programme": _cut(one_line(" ".join(p for p in (row.programme, row.phase) if p)), 300) or None,
        "deadline": closes if closes and closes > today else None,
    }
    return Content.model_validate(data)


def read(data: dict[str, Any]) -> tuple[SourceRow, Content]:
    row = SourceRow.model_validate(data)
    return row, content_of(row, clock.today())


async def import_needs(
    actor: Actor, path: Path, *, progress: Callable[[int], None] | None = None, source: str = "jsonl"
) -> Report:
    """Read `path` and bring our needs in line with it; `progress` is told the bytes read so far."""
    report = Report()
    owners: dict[str, UUID] = {}
    batch: list[Item] = []
    for (row, content), _, digest in jsonl.rows(jsonl.lines(path, progress), report, read):
        batch.append((row, digest, content))
        if len(batch) >= BATCH:
            await _write(actor, source, batch, owners, report)
            batch = []
    if batch:
        await _write(actor, source, batch, owners, report)
    return report


async def _write(actor: Actor, source: str, batch: Sequence[Item], owners: dict[str, UUID], report: Report) -> None:
    """One batch, one transaction: organisations, needs, history, audit, and the jobs that index them."""
    async with reading() as session:
        known = await repository.known_sources(session, source, [row.id for row, _, _ in batch])
    done = {"created": 0, "updated": 0, "unchanged": 0}
    async with unit_of_work() as session:
        new: list[Item] = []
        for row, digest, content in batch:
            if row.id not in known:
                new.append((row, digest, content))
                continue
            id_, old = known[row.id]
            if old == digest:
                done["unchanged"] += 1
                continue
            locked = await repository.lock(session, id_)
            if locked is None:
                continue
            extra = {"version": locked.version + 1, "source_hash": digest}
            await repository.write_content(session, id_, content, extra)
            audit.record(session, actor, "need.import_update", "need", id_, {"source": row.id})
            outbox.publish(session, "need.updated", need_id=id_)
            done["updated"] += 1
        await _askers([row for row, _, _ in new], owners)
        fresh = [
            (_extra(row, owners[_asker(row)[0]], digest, content, source), content) for row, digest, content in new
        ]
        if fresh:
            await repository.insert_needs(session, fresh)
            ids = [extra["id"] for extra, _ in fresh]
            await state.note_many(session, NEED, ids, "import", "published", actor)
            for start in range(0, len(ids), INDEXED_AT_ONCE):
                some = ids[start : start + INDEXED_AT_ONCE]
                outbox.publish(session, "needs.imported", ids=",".join(str(i) for i in some))
            done["created"] = len(fresh)
    # Counted after the commit: a batch that failed did nothing.
    report.created += done["created"]
    report.updated += done["updated"]
    report.unchanged += done["unchanged"]


def _extra(row: SourceRow, org_id: UUID, digest: str, content: Content, source: str) -> dict[str, Any]:
    now, id_ = clock.now(), sealed_id()
    return {
        "id": id_, "reference": sealed_reference("NC", id_), "org_id": org_id, "created_by": None, "created_at": now,
        "status": "published", "status_at": now, "published_at": now, "version": 1,
        "completeness": completeness.assess(content).score, "source": source, "source_id": row.id,
        "source_url": row.url[:1000] or None, "source_hash": digest,
    }  # fmt: skip


def _asker(row: SourceRow) -> tuple[str, dict[str, object]]:
    """The organisation named by the row, by its key; rows that name none belong to their source."""
    name = one_line(row.organisation) or one_line(row.source) or "Chưa rõ bên nêu nhu cầu"
    return fold(name)[:200], {
        "name_vi": name[:300], "name_en": name[:300], "kind": "agency",
        "country": row.country if len(row.country) == 2 else "VN",
    }  # fmt: skip


async def _askers(batch: Sequence[SourceRow], owners: dict[str, UUID]) -> None:
    """Make known in `owners` the organisations of a batch that the import has not met yet."""
    fresh: dict[str, dict[str, object]] = {}
    for row in batch:
        key, values = _asker(row)
        if key not in owners:
            fresh.setdefault(key, values)
    # In one order, so that two imports at once wait for each other instead of locking crosswise.
    owners |= await accounts.import_organisations("import", dict(sorted(fresh.items())))
