"""Every query of disclosure. Each read of something confidential repeats the rule of `policy.why_not` as OPEN."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.disclosure.models import (
    Nda,
    NdaSignature,
    NdaTemplate,
    RoomDocument,
    RoomFolder,
    RoomGrant,
    RoomInspection,
    RoomQuestion,
    RoomSeen,
    RoomVersion,
)
from app.disclosure.policy import FULL_ROLES, Facts
from app.disclosure.schemas import DocumentView, GrantView
from app.disclosure.workflow import LIVE
from app.kit import clock
from app.kit.actor import Actor
from app.kit.ids import new_id

# --- who may open what ---

_DEAL = """
    FROM deal x
    LEFT JOIN deal_participant p ON p.deal_id = x.id AND p.org_id = CAST(:org AS uuid) AND p.until IS NULL
    LEFT JOIN nda n ON n.deal_id = x.id AND n.status = 'in_force' AND n.expires_at > :now
    LEFT JOIN nda_signature s ON s.nda_id = n.id AND s.org_id = CAST(:org AS uuid) AND s.sha256 = n.sha256
"""
_LIVE_GRANT = "g.deal_id = x.id AND g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > :now)"
_INSPECTS = (
    "EXISTS (SELECT 1 FROM room_inspection i WHERE i.deal_id = x.id AND i.person_id = CAST(:person AS uuid)"
    " AND i.until > :now)"
)
_OPEN = f"""
    ((x.seller_org_id = CAST(:org AS uuid) AND :member)
     OR (:operator AND p.id IS NULL AND x.seller_org_id IS DISTINCT FROM CAST(:org AS uuid) AND {_INSPECTS})
     OR (p.id IS NOT NULL AND x.seller_org_id <> CAST(:org AS uuid)
         AND (:full OR (:member AND p.handler_id = CAST(:person AS uuid)))
         AND x.status <> 'closed' AND n.id IS NOT NULL AND s.id IS NOT NULL
         AND EXISTS (SELECT 1 FROM room_grant g WHERE {_LIVE_GRANT} AND {{granted}})))
"""
OPEN_DOCUMENT = "d.removed_at IS NULL AND " + _OPEN.format(granted="(g.stage >= d.stage OR g.document_id = d.id)")
OPEN_FIELDS = _OPEN.format(granted="g.stage >= 1")
OPEN_ANYTHING = _OPEN.format(granted="true")


def _who(actor: Actor) -> dict[str, Any]:
    return {
        "org": actor.org_id if actor.role else None,
        "person": actor.person_id,
        "member": actor.role is not None,
        "full": actor.role in FULL_ROLES,
        "operator": actor.is_operator,
        "now": clock.now(),
    }


_FACTS = f"""
    SELECT coalesce(x.seller_org_id = CAST(:org AS uuid), false), p.id IS NOT NULL,
      coalesce(p.handler_id = CAST(:person AS uuid), false), x.status <> 'closed', n.id IS NOT NULL, s.id IS NOT NULL,
      coalesce((SELECT max(g.stage) FROM room_grant g WHERE {_LIVE_GRANT}), 0),
      EXISTS (SELECT 1 FROM room_grant g WHERE {_LIVE_GRANT} AND g.document_id IS NOT NULL),
      EXISTS (SELECT 1 FROM room_grant g WHERE {_LIVE_GRANT} AND g.document_id = CAST(:document AS uuid)),
      {_INSPECTS}, d.stage, d.removed_at IS NOT NULL
    {_DEAL}
    LEFT JOIN room_document d ON d.id = CAST(:document AS uuid) AND d.listing_id = x.listing_id
    WHERE x.id = :deal
"""


async def facts(session: AsyncSession, actor: Actor, deal_id: UUID, document_id: UUID | None = None) -> Facts:
    r = (await session.execute(text(_FACTS), _who(actor) | {"deal": deal_id, "document": document_id})).one()
    return Facts(
        owner=r[0], operator=actor.is_operator, inspecting=r[9], takes_part=r[1], role=actor.role, handles=r[2],
        live=r[3], nda=r[4], signed=r[5], stage=r[6], any_document=r[7], single=r[8], needs=r[10], removed=r[11],
    )  # fmt: skip


_DOCUMENT = """
    d.id, d.folder_id, d.title, d.stage, d.download, d.version, v.name, v.media_type, v.size, v.sha256, v.pages, v.at
"""
_DOCUMENT_FIELDS = (
    "id", "folder_id", "title", "stage", "download", "version", "name", "media_type", "size", "sha256", "pages", "at",
)  # fmt: skip
_WITH_VERSION = "JOIN room_version v ON v.document_id = d.id AND v.version = d.version"


def _document(row: Sequence[Any]) -> DocumentView:
    return DocumentView.model_validate(dict(zip(_DOCUMENT_FIELDS, row, strict=False)))


async def open_documents(session: AsyncSession, actor: Actor, deal_id: UUID) -> list[DocumentView]:
    """The documents of the room that are open to the actor in this deal now."""
    rows = await session.execute(
        text(
            f"SELECT {_DOCUMENT} {_DEAL} JOIN room_document d ON d.listing_id = x.listing_id {_WITH_VERSION}"
            f" WHERE x.id = :deal AND {OPEN_DOCUMENT} ORDER BY d.stage, d.at, d.id"
        ),
        _who(actor) | {"deal": deal_id},
    )
    return [_document(r) for r in rows]


_LOG = f"""
    INSERT INTO room_log (listing_id, deal_id, kind, org_id, org_name, person_id, person_name, session_id, document_id,
      version, page, title, detail)
    SELECT x.listing_id, x.id, :kind, CAST(:org AS uuid),
      coalesce((SELECT o.name_vi FROM organisation o WHERE o.id = CAST(:org AS uuid)), ''), CAST(:person AS uuid),
      :name, CAST(:session AS uuid), CAST(:document AS uuid), CAST(:version AS smallint), CAST(:page AS smallint),
      {{title}}, CAST(:detail AS text)
    {_DEAL} {{document}}
    WHERE x.id = :deal AND {{open}} RETURNING id
"""


async def log(
    session: AsyncSession,
    actor: Actor,
    deal_id: UUID,
    kind: str,
    *,
    document_id: UUID | None = None,
    version: int | None = None,
    page: int | None = None,
    detail: str | None = None,
    rule: str = OPEN_ANYTHING,
) -> int | None:
    """Write the look down while it is allowed, in one statement; None when it is not (any more), and nothing is
    written then. `rule` is one of the conditions above, or "true" for a refusal."""
    join = title = ""
    if document_id is not None:
        join = "JOIN room_document d ON d.id = CAST(:document AS uuid) AND d.listing_id = x.listing_id"
        title = "d.title"
    found = await session.execute(
        text(_LOG.format(title=title or "NULL", document=join, open=rule)),
        _who(actor)
        | {
            "deal": deal_id, "kind": kind, "name": actor.person_name, "session": actor.session_id,
            "document": document_id, "version": version, "page": page, "detail": detail,
        },
    )  # fmt: skip
    return found.scalar_one_or_none()


# --- templates and agreements ---


async def keep_first_versions(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        await session.execute(upsert(NdaTemplate).values(id=new_id(), **row).on_conflict_do_nothing())


async def templates(session: AsyncSession) -> list[NdaTemplate]:
    rows = await session.execute(select(NdaTemplate).order_by(NdaTemplate.kind, NdaTemplate.version.desc()))
    return list(rows.scalars())


async def template(session: AsyncSession, id_: UUID) -> NdaTemplate | None:
    return (await session.execute(select(NdaTemplate).where(NdaTemplate.id == id_))).scalar_one_or_none()


async def template_in_use(session: AsyncSession, kind: str) -> NdaTemplate | None:
    return (
        await session.execute(
            select(NdaTemplate)
            .where(NdaTemplate.kind == kind, NdaTemplate.status == "published")
            .order_by(NdaTemplate.version.desc())
            .limit(1)
        )
    ).scalar_one_or_none()


async def add_template(session: AsyncSession, kind: str, **values: Any) -> UUID:
    """The next version of its kind. Two at once: the unique key lets the second wait and take the one after."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('nda_template:' || :kind))"), {"kind": kind})
    newest = (await session.execute(select(func.max(NdaTemplate.version)).where(NdaTemplate.kind == kind))).scalar_one()
    id_ = new_id()
    await session.execute(upsert(NdaTemplate).values(id=id_, kind=kind, version=(newest or 0) + 1, **values))
    return id_


async def ndas(session: AsyncSession, deal_id: UUID) -> list[tuple[Nda, NdaTemplate]]:
    rows = await session.execute(
        select(Nda, NdaTemplate)
        .join(NdaTemplate, NdaTemplate.id == Nda.template_id)
        .where(Nda.deal_id == deal_id)
        .order_by(Nda.version.desc())
    )
    return [(r[0], r[1]) for r in rows]


async def nda(session: AsyncSession, id_: UUID) -> tuple[Nda, NdaTemplate] | None:
    row = (
        await session.execute(
            select(Nda, NdaTemplate).join(NdaTemplate, NdaTemplate.id == Nda.template_id).where(Nda.id == id_)
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def lock_nda(session: AsyncSession, id_: UUID) -> Nda | None:
    return (
        await session.execute(
            select(Nda).where(Nda.id == id_).with_for_update(key_share=True).execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def live_nda(session: AsyncSession, deal_id: UUID) -> Nda | None:
    return (
        await session.execute(
            select(Nda)
            .where(Nda.deal_id == deal_id, Nda.status.in_(LIVE))
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def add_nda(session: AsyncSession, deal_id: UUID, **values: Any) -> int:
    """The version it became; the caller holds the deal's lock."""
    newest = (await session.execute(select(func.max(Nda.version)).where(Nda.deal_id == deal_id))).scalar_one()
    await session.execute(upsert(Nda).values(deal_id=deal_id, version=(newest or 0) + 1, **values))
    return int((newest or 0) + 1)


async def sign(session: AsyncSession, **values: Any) -> UUID | None:
    """None when this organisation has signed this text already (the unique key decides)."""
    made = await session.execute(
        upsert(NdaSignature).values(id=new_id(), **values).on_conflict_do_nothing().returning(NdaSignature.id)
    )
    return made.scalar_one_or_none()


async def signatures(session: AsyncSession, nda_ids: Sequence[UUID]) -> list[NdaSignature]:
    rows = await session.execute(
        select(NdaSignature).where(NdaSignature.nda_id.in_(nda_ids)).order_by(NdaSignature.at, NdaSignature.id)
    )
    return list(rows.scalars())


async def in_force(session: AsyncSession, deal_id: UUID, now: datetime) -> bool:
    found = await session.execute(
        select(Nda.id).where(Nda.deal_id == deal_id, Nda.status == "in_force", Nda.expires_at > now)
    )
    return found.scalar_one_or_none() is not None


async def due(session: AsyncSession, now: datetime, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """(agreement, deal) of those whose term has passed."""
    rows = await session.execute(
        select(Nda.id, Nda.deal_id).where(Nda.status == "in_force", Nda.expires_at <= now).limit(limit)
    )
    return [(r[0], r[1]) for r in rows]


async def deadlines(session: AsyncSession, deal_ids: Sequence[UUID], now: datetime) -> list[tuple[UUID, datetime, str]]:
    """(deal, when, what ends: "nda" or "grant")."""
    rows = await session.execute(
        text(
            "SELECT deal_id, expires_at, 'nda' FROM nda WHERE deal_id = ANY(:ids) AND status = 'in_force'"
            " AND expires_at > :now UNION ALL SELECT deal_id, min(expires_at), 'grant' FROM room_grant"
            " WHERE deal_id = ANY(:ids) AND revoked_at IS NULL AND expires_at > :now GROUP BY deal_id ORDER BY 2, 1"
        ),
        {"ids": list(deal_ids), "now": now},
    )
    return [(r[0], r[1], r[2]) for r in rows]


# --- the room ---


async def folders(session: AsyncSession, listing_id: UUID) -> list[RoomFolder]:
    rows = await session.execute(
        select(RoomFolder)
        .where(RoomFolder.listing_id == listing_id, RoomFolder.removed_at.is_(None))
        .order_by(RoomFolder.at, RoomFolder.id)
    )
    return list(rows.scalars())


async def add(session: AsyncSession, model: Any, **values: Any) -> UUID:
    id_ = values.pop("id", None) or new_id()
    await session.execute(upsert(model).values(id=id_, **values))
    return UUID(str(id_))


async def remove_folder(session: AsyncSession, listing_id: UUID, folder_id: UUID, now: datetime) -> bool:
    """The folder goes, its documents stay in the room without one."""
    gone = await session.execute(
        update(RoomFolder)
        .where(RoomFolder.id == folder_id, RoomFolder.listing_id == listing_id, RoomFolder.removed_at.is_(None))
        .values(removed_at=now)
        .returning(RoomFolder.id)
    )
    if gone.scalar_one_or_none() is None:
        return False
    await session.execute(update(RoomDocument).where(RoomDocument.folder_id == folder_id).values(folder_id=None))
    return True


async def documents(session: AsyncSession, listing_id: UUID) -> list[DocumentView]:
    rows = await session.execute(
        text(
            f"SELECT {_DOCUMENT} FROM room_document d {_WITH_VERSION}"
            " WHERE d.listing_id = :listing AND d.removed_at IS NULL ORDER BY d.stage, d.at, d.id"
        ),
        {"listing": listing_id},
    )
    return [_document(r) for r in rows]


async def document(session: AsyncSession, listing_id: UUID, document_id: UUID) -> DocumentView | None:
    """Also one that was taken out: its refusal says so."""
    row = (
        await session.execute(
            text(
                f"SELECT {_DOCUMENT} FROM room_document d {_WITH_VERSION} WHERE d.listing_id = :listing AND d.id = :id"
            ),
            {"listing": listing_id, "id": document_id},
        )
    ).one_or_none()
    return _document(row) if row else None


async def lock_document(session: AsyncSession, listing_id: UUID, document_id: UUID) -> RoomDocument | None:
    return (
        await session.execute(
            select(RoomDocument)
            .where(
                RoomDocument.id == document_id,
                RoomDocument.listing_id == listing_id,
                RoomDocument.removed_at.is_(None),
            )
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def set_document(session: AsyncSession, document_id: UUID, **values: Any) -> None:
    await session.execute(
        update(RoomDocument)
        .where(RoomDocument.id == document_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def add_version(session: AsyncSession, **values: Any) -> None:
    await session.execute(upsert(RoomVersion).values(**values))


async def version(session: AsyncSession, document_id: UUID, number: int) -> RoomVersion | None:
    return (
        await session.execute(
            select(RoomVersion).where(RoomVersion.document_id == document_id, RoomVersion.version == number)
        )
    ).scalar_one_or_none()


async def versions(session: AsyncSession, document_id: UUID) -> list[RoomVersion]:
    rows = await session.execute(
        select(RoomVersion).where(RoomVersion.document_id == document_id).order_by(RoomVersion.version.desc())
    )
    return list(rows.scalars())


async def add_grant(session: AsyncSession, **values: Any) -> UUID | None:
    """None when the same is open to the deal already (the partial unique indexes decide)."""
    made = await session.execute(
        upsert(RoomGrant).values(id=new_id(), **values).on_conflict_do_nothing().returning(RoomGrant.id)
    )
    return made.scalar_one_or_none()


async def grants(session: AsyncSession, *, deal_ids: Sequence[UUID], now: datetime) -> list[GrantView]:
    """What is not revoked, expired ones too: the owner sees that they have run out."""
    rows = await session.execute(
        select(RoomGrant, RoomDocument.title)
        .outerjoin(RoomDocument, RoomDocument.id == RoomGrant.document_id)
        .where(RoomGrant.deal_id.in_(deal_ids), RoomGrant.revoked_at.is_(None))
        .order_by(RoomGrant.at, RoomGrant.id)
    )
    return [
        GrantView(
            id=g.id, deal_id=g.deal_id, stage=g.stage, document_id=g.document_id, title=title, at=g.at,
            expires_at=g.expires_at, live=g.expires_at is None or g.expires_at > now,
        )
        for g, title in rows
    ]  # fmt: skip


async def grant(session: AsyncSession, grant_id: UUID) -> RoomGrant | None:
    return (await session.execute(select(RoomGrant).where(RoomGrant.id == grant_id))).scalar_one_or_none()


async def revoke(
    session: AsyncSession, now: datetime, why: str, person_id: UUID | None, *, grant_id: UUID | None = None,
    deal_id: UUID | None = None, document_id: UUID | None = None, expired: bool = False,
) -> list[UUID]:  # fmt: skip
    """Take back one grant, those of a deal, those of a document, or the ones that have run out; which."""
    conditions: list[Any] = [RoomGrant.revoked_at.is_(None)]
    if grant_id:
        conditions.append(RoomGrant.id == grant_id)
    if deal_id:
        conditions.append(RoomGrant.deal_id == deal_id)
    if document_id:
        conditions.append(RoomGrant.document_id == document_id)
    if expired:
        conditions.append(RoomGrant.expires_at <= now)
    if len(conditions) == 1:
        raise ValueError("which grants?")
    rows = await session.execute(
        update(RoomGrant)
        .where(*conditions)
        .values(revoked_at=now, revoked_by=person_id, revoked_why=why)
        .returning(RoomGrant.id)
        .execution_options(synchronize_session=False)
    )
    return list(rows.scalars())


async def inspect(session: AsyncSession, **values: Any) -> None:
    await session.execute(upsert(RoomInspection).values(id=new_id(), **values))


# --- questions ---


async def question(session: AsyncSession, id_: UUID, *, lock: bool = False) -> RoomQuestion | None:
    wanted = select(RoomQuestion).where(RoomQuestion.id == id_).execution_options(populate_existing=True)
    return (await session.execute(wanted.with_for_update(key_share=True) if lock else wanted)).scalar_one_or_none()


async def questions(
    session: AsyncSession, listing_id: UUID, *, deal_id: UUID | None = None, org_id: UUID | None = None
) -> list[RoomQuestion]:
    """All of the room; with a deal, those asked in it (by one organisation when given) and what was published to
    all."""
    wanted = select(RoomQuestion).where(RoomQuestion.listing_id == listing_id)
    if deal_id is not None:
        own = RoomQuestion.deal_id == deal_id
        if org_id is not None:
            own &= RoomQuestion.org_id == org_id
        wanted = wanted.where(or_(own, RoomQuestion.status == "published"))
    rows = await session.execute(wanted.order_by(RoomQuestion.asked_at.desc(), RoomQuestion.id.desc()).limit(500))
    return list(rows.scalars())


async def seen(session: AsyncSession, person_id: UUID, deal_id: UUID) -> datetime | None:
    return (
        await session.execute(select(RoomSeen.at).where(RoomSeen.person_id == person_id, RoomSeen.deal_id == deal_id))
    ).scalar_one_or_none()


async def see(session: AsyncSession, person_id: UUID, deal_id: UUID, now: datetime) -> None:
    made = upsert(RoomSeen).values(person_id=person_id, deal_id=deal_id, at=now)
    await session.execute(
        made.on_conflict_do_update(
            index_elements=["person_id", "deal_id"], set_={"at": func.greatest(RoomSeen.at, made.excluded.at)}
        )
    )


async def parties_of_room(session: AsyncSession, listing_id: UUID, now: datetime) -> list[tuple[UUID, UUID]]:
    """(deal, organisation) of those to whom something of the room is open now, the owner apart."""
    rows = await session.execute(
        text(
            "SELECT DISTINCT x.id, s.org_id FROM deal x JOIN nda n ON n.deal_id = x.id AND n.status = 'in_force'"
            " AND n.expires_at > :now JOIN nda_signature s ON s.nda_id = n.id JOIN deal_participant p"
            " ON p.deal_id = x.id AND p.org_id = s.org_id AND p.until IS NULL WHERE x.listing_id = :listing"
            " AND x.status <> 'closed' AND s.org_id <> x.seller_org_id"
            f" AND EXISTS (SELECT 1 FROM room_grant g WHERE {_LIVE_GRANT})"
        ),
        {"listing": listing_id, "now": now},
    )
    return [(r[0], r[1]) for r in rows]


async def last_inspection(session: AsyncSession, deal_id: UUID) -> UUID | None:
    newest = select(RoomInspection.id).where(RoomInspection.deal_id == deal_id).order_by(RoomInspection.at.desc())
    return (await session.execute(newest.limit(1))).scalar_one_or_none()


# --- the log ---

_ROWS = """
    FROM room_log r JOIN deal x ON x.id = r.deal_id
    WHERE r.listing_id = :listing AND (CAST(:deal AS uuid) IS NULL OR r.deal_id = :deal)
      AND (CAST(:org AS uuid) IS NULL OR r.org_id = :org) AND (CAST(:kind AS text) IS NULL OR r.kind = :kind)
"""


async def log_rows(
    session: AsyncSession,
    listing_id: UUID,
    *,
    deal_id: UUID | None,
    org_id: UUID | None,
    kind: str | None,
    before: int | None,
    limit: int,
) -> list[Any]:
    rows = await session.execute(
        text(
            "SELECT r.id, r.at, r.deal_id, x.number, r.kind, r.org_id, r.org_name, r.person_name, r.document_id,"
            f" r.title, r.version, r.page, r.detail {_ROWS}"
            " AND (CAST(:before AS bigint) IS NULL OR r.id < :before) ORDER BY r.id DESC LIMIT :limit"
        ),
        {"listing": listing_id, "deal": deal_id, "org": org_id, "kind": kind, "before": before, "limit": limit},
    )
    return list(rows.all())


async def log_counts(session: AsyncSession, listing_id: UUID, deal_id: UUID | None) -> list[Any]:
    rows = await session.execute(
        text(
            "SELECT r.org_id, max(r.org_name), r.deal_id, x.number,"
            " count(*) FILTER (WHERE r.kind IN ('document','page','fields','questions')),"
            " count(*) FILTER (WHERE r.kind IN ('download','original','listing_file')),"
            " count(*) FILTER (WHERE r.kind = 'refused'),"
            f" max(r.at) {_ROWS} GROUP BY r.org_id, r.deal_id, x.number ORDER BY 8 DESC"
        ),
        {"listing": listing_id, "deal": deal_id, "org": None, "kind": None},
    )
    return list(rows.all())


async def figures(session: AsyncSession, deal_id: UUID) -> Any:
    """(state of the newest agreement, documents in the room, looks in this deal, questions in it)."""
    return (
        await session.execute(
            text(
                "SELECT (SELECT n.status FROM nda n WHERE n.deal_id = x.id ORDER BY n.version DESC LIMIT 1),"
                " (SELECT count(*) FROM room_document d WHERE d.listing_id = x.listing_id AND d.removed_at IS NULL),"
                " (SELECT count(*) FROM room_log r WHERE r.deal_id = x.id"
                "   AND r.kind IN ('document','page','fields','listing_file')),"
                " (SELECT count(*) FROM room_question q WHERE q.deal_id = x.id) FROM deal x WHERE x.id = :deal"
            ),
            {"deal": deal_id},
        )
    ).one()


async def standing_of_deals(session: AsyncSession, deal_ids: Sequence[UUID], owner: UUID) -> dict[UUID, Any]:
    """Deal -> (state of the newest agreement, its end, looks by others than the owner)."""
    rows = await session.execute(
        text(
            "SELECT x.id, n.status, n.expires_at, (SELECT count(*) FROM room_log r WHERE r.deal_id = x.id AND"
            " r.kind IN ('document','page','fields','listing_file') AND r.org_id IS DISTINCT FROM CAST(:owner AS uuid))"
            " FROM deal x"
            " LEFT JOIN LATERAL (SELECT status, expires_at FROM nda WHERE deal_id = x.id ORDER BY version DESC LIMIT 1)"
            " n ON true WHERE x.id = ANY(:ids)"
        ),
        {"ids": list(deal_ids), "owner": owner},
    )
    return {r[0]: r for r in rows}


async def count_waiting(session: AsyncSession, listing_id: UUID) -> int:
    found = await session.execute(
        select(func.count()).where(RoomQuestion.listing_id == listing_id, RoomQuestion.status == "asked")
    )
    return int(found.scalar_one())
