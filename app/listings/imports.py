"""Import of technologies from JSON Lines: idempotent by source id, streaming, whole rows or none.

A row that does not fit is reported with its line and reasons and leaves nothing behind; rows are written in batches,
each one transaction, so a killed import keeps whole batches and a second run carries on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.accounts import accounts
from app.kit import clock, jsonl
from app.kit.actor import Actor
from app.kit.ids import new_id
from app.kit.jsonl import Report
from app.kit.text import fold, nfc, one_line
from app.listings import completeness, repository
from app.listings.schemas import (
    Content,
    Funding,
    IpKind,
    OwnerShare,
    PricePolicy,
    Right,
    RightStatus,
    SaleOffer,
)
from app.listings.workflow import LISTING
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work
from app.reference import Exclusivity, TransferMode

BATCH = 250


def _text(value: Any) -> Any:
    return nfc(value).strip() if isinstance(value, str) else value


Words = Annotated[str, BeforeValidator(_text)]


class SourceRow(BaseModel):
    """One line of a file shaped like the public technology records: what we read of it."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[Words, Field(min_length=1, max_length=200)]
    kind: Words = "solution"
    lang: Words = "en"
    title: Annotated[Words, Field(min_length=3, max_length=1000)]
    abstract: Words = ""
    title_vi: Words = ""
    abstract_vi: Words = ""
    owner: Words = ""
    owner_vi: Words = ""
    owner_type: Words = ""
    country: Annotated[Words, Field(max_length=2)] = ""
    category: Words = ""
    category_vi: Words = ""
    benefits: Words | list[Words] = ""
    target_clients: Words = ""
    target_clients_vi: Words = ""
    status: Words = ""
    url: Words = ""
    source: Words = ""
    programme: Words = ""
    agency: Words = ""
    reference: Words = ""
    topic_code: Words = ""
    release_type: Words = ""
    trl_current: Annotated[int | None, Field(ge=1, le=9)] = None
    ipc: list[Words] = []
    patent_number: Words = ""
    date_published: Words = ""
    date_start: Words = ""


_KINDS = {
    "company": "company",
    "university": "university",
    "academia": "university",
    "government": "agency",
    "people": "individual",
    "hospital": "hospital",
}
_MODES = {
    "patent": (TransferMode.licence, PricePolicy.negotiable),
    "software": (TransferMode.licence, PricePolicy.free_evaluation),
    "solution": (TransferMode.service, PricePolicy.negotiable),
}


def _parse_day(value: str) -> date | None:
    """Dates as sources write them; only a whole date is kept."""
    for form in ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(value, form).date()  # noqa: DTZ007 - a date, no time in it
        except ValueError:
            continue
    return None


def _cut(value: str, limit: int) -> str:
    return value if len(value) <= limit else value[: limit - 1].rsplit(" ", 1)[0] + "…"


def _sentences(value: str, limit: int) -> str:
    """The first sentences of a text, up to `limit` characters."""
    if len(value) <= limit:
        return value
    head = value[:limit]
    end = max(head.rfind(". "), head.rfind("! "), head.rfind("? "))
    return head[: end + 1] if end > limit // 3 else _cut(head, limit)


def content_of(row: SourceRow) -> Content:
    """Our listing of a source row. What the source does not say stays empty: nothing is invented."""
    english = row.lang != "vi" or not row.title_vi
    title = _cut(one_line(row.title), 200)
    title_vi = title if english else _cut(one_line(row.title_vi), 200)
    abstract = _cut(row.abstract, 12_000)
    rights = []
    if row.patent_number:
        office = row.country if row.country in {"WO", "EP"} or len(row.country) == 2 else "WO"
        granted = row.status.lower() == "granted"
        rights.append(
            Right(
                kind=IpKind.invention,
                office=office or "WO",
                status=RightStatus.granted if granted else RightStatus.pending,
                application_no=None if granted else row.patent_number[:40],
                registration_no=row.patent_number[:40] if granted else None,
            )
        )
    elif row.kind == "software":
        rights.append(Right(kind=IpKind.software_copyright, office=row.country or "US"))
    mode, policy = _MODES.get(row.kind, (TransferMode.joint_development, PricePolicy.negotiable))
    benefits = row.benefits if isinstance(row.benefits, str) else "\n".join(f"- {b}" for b in row.benefits)
    owner = one_line(row.owner_vi or row.owner)
    keywords = [k for k in (row.category_vi if not english else "", row.category, row.topic_code, row.reference) if k]
    data: dict[str, Any] = {
        "title_vi": title_vi,
        "title_en": title,
        "keywords": [k[:60] for k in keywords],
        "ipc": list(dict.fromkeys(i for raw in row.ipc if (i := _ipc(raw))))[:20],
        "trl": row.trl_current,
        "rights": rights,
        "owners": [OwnerShare(name=owner[:300], share="100.00")] if owner else [],
        "funding": Funding.foreign if row.country not in ("VN", "") and row.programme else None,
        "offers": [SaleOffer(mode=mode, exclusivity=Exclusivity.non_exclusive, price_policy=policy)],
        "summary_en": _sentences(abstract, 600) or None,
        "solution_en": abstract if len(abstract) > 600 else None,
        "advantages_en": _cut(benefits, 12_000) or None,
        "target_users_en": _cut(row.target_clients, 2000) or None,
    }
    if not english:
        abstract_vi = _cut(row.abstract_vi, 12_000)
        data |= {
            "summary_vi": _sentences(abstract_vi, 600) or None,
            "solution_vi": abstract_vi if len(abstract_vi) > 600 else None,
            "target_users_vi": _cut(row.target_clients_vi, 2000) or None,
        }
    return Content.model_validate(data)


def _ipc(raw: str) -> str | None:
    try:
        return Content.model_validate({"ipc": [raw]}).ipc[0]
    except (ValidationError, IndexError):
        return None


def _read(data: dict[str, Any]) -> tuple[SourceRow, Content]:
    row = SourceRow.model_validate(data)
    return row, content_of(row)


def parse(lines: Iterable[bytes], report: Report) -> Iterator[tuple[SourceRow, str, Content]]:
    """Valid rows with the digest of their line; the others go to the report. Blank lines are passed over."""
    for (row, content), _, digest in jsonl.rows(lines, report, _read):
        yield row, digest, content


async def import_technologies(
    actor: Actor, path: Path, *, progress: Callable[[int], None] | None = None, source: str = "jsonl"
) -> Report:
    """Read `path` and bring our listings in line with it; `progress` is told the bytes read so far."""
    report = Report()
    owners: dict[str, UUID] = {}
    batch: list[tuple[SourceRow, str, Content]] = []

    for item in parse(jsonl.lines(path, progress), report):
        batch.append(item)
        if len(batch) >= BATCH:
            await _write(actor, source, batch, owners, report)
            batch = []
    if batch:
        await _write(actor, source, batch, owners, report)
    return report


async def _write(
    actor: Actor,
    source: str,
    batch: list[tuple[SourceRow, str, Content]],
    owners: dict[str, UUID],
    report: Report,
) -> None:
    """One batch, one transaction: organisations, listings, history, audit, and the job that indexes them."""
    now = clock.now()
    async with reading() as session:
        known = await repository.known_sources(session, source, [row.id for row, _, _ in batch])
    async with unit_of_work() as session:
        new: list[tuple[SourceRow, str, Content]] = []
        for row, digest, content in batch:
            if row.id in known:
                id_, old = known[row.id]
                if old == digest:
                    report.unchanged += 1
                    continue
                locked = await repository.lock(session, id_)
                if locked is None:
                    continue
                extra = {"version": locked.version + 1, "reviewed_version": locked.version + 1, "source_hash": digest}
                await repository.write_content(session, id_, content, extra)
                audit.record(session, actor, "listing.import_update", "listing", id_, {"source": row.id})
                outbox.publish(session, "listing.updated", listing_id=id_)
                report.updated += 1
                continue
            new.append((row, digest, content))
        await _owners((row for row, _, _ in new), owners)
        fresh = [
            (_extra(row, owners[_owner(row)[0]], digest, content, source, now), content) for row, digest, content in new
        ]
        if fresh:
            await repository.insert_listings(session, fresh)
            await state.note_many(session, LISTING, [e["id"] for e, _ in fresh], "import", "published", actor)
            ids = sorted(e["id"] for e, _ in fresh)
            outbox.publish(session, "listings.imported", first=ids[0], last=ids[-1])
            report.created += len(fresh)


def _extra(row: SourceRow, org_id: UUID, digest: str, content: Content, source: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "org_id": org_id, "created_by": None, "created_at": now, "status": "published",
        "status_at": now, "published_at": now, "refreshed_at": now, "reviewed_version": 1, "version": 1,
        "completeness": completeness.assess(content).score, "source": source, "source_id": row.id,
        "source_url": row.url[:1000] or None, "source_hash": digest,
        "lang": "vi" if row.lang == "vi" and row.title_vi else "en",
    }  # fmt: skip


def _owner(row: SourceRow) -> tuple[str, dict[str, object]]:
    """The organisation named by the row, by its key; rows that name none belong to their source."""
    name = one_line(row.owner_vi or row.owner) or one_line(row.source) or "Chưa rõ chủ sở hữu"
    return fold(name)[:200], {
        "name_vi": name[:300], "name_en": one_line(row.owner)[:300] or None,
        "kind": _KINDS.get(row.owner_type, "company"), "country": row.country if len(row.country) == 2 else "VN",
    }  # fmt: skip


async def _owners(batch: Iterable[SourceRow], owners: dict[str, UUID]) -> None:
    """Make known in `owners` the organisations of a batch that the import has not met yet."""
    fresh: dict[str, dict[str, object]] = {}
    for row in batch:
        key, values = _owner(row)
        if key not in owners:
            fresh.setdefault(key, values)
    # In one order, so that two imports at once wait for each other instead of locking crosswise.
    owners |= await accounts.import_organisations("import", dict(sorted(fresh.items())))
