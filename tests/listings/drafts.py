"""Listings in any state, cheaply; and what a refused verb must leave alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings

from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import DomainError
from app.kit.ids import new_id
from app.listings import listings, repository, tasks
from app.listings.schemas import Approve, Content, CreateListing, UpdateListing
from app.platform.db import unit_of_work
from tests.support import market as m

CLEAR = Approve(advantages=4, clarity=4, cooperation=4, language=4, screening="clear")
# Random examples against the database: few, each fresh, and told as they fell (shrinking them costs minutes).
FEW = settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
REASON = "Tóm tắt còn quá chung, hãy nêu số liệu."
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


async def draft(owner: Actor, **content: Any) -> UUID:
    """A complete draft; `draft(owner, trl=None)` leaves something out."""
    fields = m.CONTENT | content
    listing_id = await listings.create(owner, CreateListing(title_vi=fields["title_vi"] or "Bản nháp"))
    await listings.update(owner, listing_id, UpdateListing.model_validate({k: v for k, v in fields.items() if v}))
    return listing_id


async def in_state(owner: Actor, status: str, **content: Any) -> UUID:
    """A listing brought to `status` by the verbs themselves."""
    id_ = await draft(owner, **content)
    if status == "draft":
        return id_
    if status == "archived":
        await listings.archive(owner, id_)
        return id_
    await listings.submit(owner, id_)
    if status == "submitted":
        return id_
    if status == "changes_requested":
        await listings.request_changes(m.OPERATOR, id_, REASON)
        return id_
    await listings.approve(m.OPERATOR, id_, CLEAR)
    if status == "suspended":
        await listings.suspend(m.OPERATOR, id_, REASON)
    if status in ("reserved", "transferred"):
        await listings.reserve(m.OPERATOR, id_, deal_id=new_id())
    if status == "transferred":
        await listings.transfer(owner, id_)
    return id_


async def shelve(
    org_id: UUID, rows: list[dict[str, Any]], *, status: str = "published", index: bool = True
) -> list[UUID]:
    """Many listings at once, put where the verbs would have put them; `published_at` a minute apart, newest last."""
    start: datetime = clock.now() - timedelta(minutes=len(rows))
    made = []
    for n, row in enumerate(rows):
        at = start + timedelta(minutes=n)
        extra = {
            "id": new_id(),
            "org_id": row.pop("org_id", org_id),
            "created_at": at,
            "status": status,
            "status_at": at,
            "published_at": row.pop("published_at", at),
            "refreshed_at": at,
            "version": 1,
            "reviewed_version": 1,
            "lang": row.pop("lang", "vi"),
        }
        made.append((extra, Content.model_validate(m.CONTENT | row)))
    async with unit_of_work() as session:
        await repository.insert_listings(session, made)
    ids = [extra["id"] for extra, _ in made]
    if index:
        await tasks.index(ids)
    return ids


async def trace(listing_id: UUID) -> tuple[Any, ...]:
    """The row with all its parts, and the length of every log: unchanged after a refusal."""

    def part(table: str, order: str) -> str:
        return (
            f"(SELECT md5(coalesce(string_agg(x::text, ';' ORDER BY {order}), '')) FROM {table} x"
            " WHERE listing_id = :id)"
        )

    parts = [part(f"listing_{name}", "position") for name in ("owner", "right", "offer")]
    parts += [part("listing_confidential", "listing_id"), part("listing_file", "at, id")]
    found = await m.row(
        f"SELECT (SELECT md5(l::text) FROM listing l WHERE id = :id), {', '.join(parts)},"
        " (SELECT count(*) FROM listing_version), (SELECT count(*) FROM listing_review),"
        " (SELECT count(*) FROM state_change), (SELECT seq FROM audit_head), (SELECT count(*) FROM procrastinate_jobs)",
        id=listing_id,
    )
    return tuple(found)


async def audited(listing_id: UUID) -> list[str]:
    """The audit log's actions about a listing, oldest first."""
    found = await m.rows("SELECT action FROM audit_entry WHERE subject_id = :id ORDER BY seq", id=str(listing_id))
    return [r[0] for r in found]


async def status_of(listing_id: UUID) -> str:
    return str(await m.scalar("SELECT status FROM listing WHERE id = :id", id=listing_id))


async def refused(verb: Any) -> DomainError:
    """The refusal of a verb that must not go through."""
    try:
        made = await verb
    except DomainError as error:
        return error
    raise AssertionError(f"went through: {made!r}")
