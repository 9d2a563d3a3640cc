"""Every query of listings. Reads start from `visible_to(actor)`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    column,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    table,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.ids import new_id
from app.listings import tiers
from app.listings.models import (
    COMPACT,
    Listing,
    ListingConfidential,
    ListingFile,
    ListingOffer,
    ListingOwner,
    ListingReview,
    ListingRight,
    ListingVersion,
)
from app.listings.schemas import Card, Content, FileView, IpKind, PricePolicy, Tier
from app.listings.workflow import VISIBLE
from app.platform import bulk
from app.reference import TransferMode

DEPARTMENT_SEES = (*VISIBLE, "submitted", "suspended", "archived")


_ORGANISATION = table("organisation", column("id"), column("status"))
# A suspended organisation takes its listings out of the public's sight.
SUSPENDED = exists().where(_ORGANISATION.c.id == Listing.org_id, _ORGANISATION.c.status == "suspended")


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Published ones for all; one's own in any state; every state for the operator, all but drafts for the Sở."""
    if actor.is_operator:
        return true()
    seen = Listing.status.in_(DEPARTMENT_SEES) if actor.is_department else and_(Listing.status.in_(VISIBLE), ~SUSPENDED)
    return or_(seen, Listing.org_id == actor.org_id) if actor.org_id and actor.role else seen


_CARD = """
    l.id, l.number, l.title_vi, l.title_en, l.summary_vi, l.summary_en, l.lang, l.org_id, o.name_vi, o.name_en, o.kind,
    o.status = 'verified', l.is_demo, l.field, l.priority, l.ipc, l.trl, l.ip_kinds, l.protection_until, l.modes,
    l.price_policy, l.price_from, l.price_to, l.royalty_percent, l.province, l.status, l.published_at, l.refreshed_at,
    l.evidence_level,
    (SELECT f.id FROM listing_file f WHERE f.listing_id = l.id AND f.kind = 'image' AND f.tier = 'public'
     AND f.removed_at IS NULL ORDER BY f.at LIMIT 1)
"""
_CARD_FROM = "FROM listing l JOIN organisation o ON o.id = l.org_id"
_CARD_FIELDS = (
    "id", "reference", "title_vi", "title_en", "summary_vi", "summary_en", "lang", "org_id", "org_name", "org_name_en",
    "org_kind", "org_verified", "is_demo", "field", "priority", "ipc", "trl", "ip_kinds", "protection_until", "modes",
    "price_policy", "price_from", "price_to", "royalty_percent", "province", "status", "published_at", "refreshed_at",
    "evidence_level", "image_id",
)  # fmt: skip
CARD_WIDTH = len(_CARD_FIELDS)


def reference_of(number: int) -> str:
    return f"CN-{number:05d}"


def _card(row: Sequence[Any]) -> Card:
    # The row comes from our own constrained columns: validating it again would be half of a list page's time.
    values = dict(zip(_CARD_FIELDS, row, strict=False))
    values["reference"] = reference_of(row[1])
    values["ip_kinds"] = [IpKind(k) for k in row[17]]
    values["modes"] = [TransferMode(m) for m in row[19]]
    values["price_policy"] = PricePolicy(row[20]) if row[20] else None
    return Card.model_construct(**values)


_CARDS_PUBLIC = text(
    f"SELECT {_CARD} {_CARD_FROM} WHERE l.id = ANY(:ids) AND l.status = ANY(:states) AND o.status <> 'suspended'"
)


async def cards(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Card]:
    """Cards of the listings that the public may see among `ids`: what a search hydrates from, in one statement."""
    if not ids:
        return {}
    rows = await session.execute(_CARDS_PUBLIC, {"ids": list(ids), "states": list(VISIBLE)})
    return {r[0]: _card(r) for r in rows}


_MARKS = text("""
    SELECT string_agg(concat_ws('.', l.id, l.xmin, o.xmin,
      (SELECT string_agg(f.xmin::text, '-' ORDER BY f.id) FROM listing_file f WHERE f.listing_id = l.id)),
      ' ' ORDER BY l.id)
    FROM listing l JOIN organisation o ON o.id = l.org_id WHERE l.id = ANY(:ids)
    """)


async def marks(session: AsyncSession, ids: Sequence[UUID]) -> str:
    """Which versions of their rows these listings are shown from: a change of one, its owner or a file changes it."""
    return (await session.execute(_MARKS, {"ids": list(ids)})).scalar_one() or ""


_CARDS_ANY = text(f"SELECT {_CARD} {_CARD_FROM} WHERE l.id = ANY(:ids)")


async def cards_in_any_state(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Card]:
    """Cards whatever the state, for the parties of a deal: they keep seeing what the deal is about."""
    if not ids:
        return {}
    rows = await session.execute(_CARDS_ANY, {"ids": list(ids)})
    return {r[0]: _card(r) for r in rows}


_CARDS_OF_ORG = text(
    f"SELECT {_CARD} {_CARD_FROM} WHERE l.org_id = :org AND l.status = ANY(:states) AND o.status <> 'suspended'"
    " AND (CAST(:at AS timestamptz) IS NULL OR (l.published_at, l.id) < (:at, CAST(:id AS uuid)))"
    " ORDER BY l.published_at DESC, l.id DESC LIMIT :limit"
)


async def cards_of(session: AsyncSession, org_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Card]:
    """An organisation's public listings, newest first."""
    at, id_ = after or (None, None)
    rows = await session.execute(
        _CARDS_OF_ORG, {"org": org_id, "states": list(VISIBLE), "at": at, "id": id_, "limit": limit}
    )
    return [_card(r) for r in rows]


_DETAIL = text(f"""
    SELECT {_CARD}, l.version, l.status_at, l.keywords, l.funding, l.task_code, l.tiers, l.story, l.registered,
      c.content, l.source, l.source_url, l.reviewed_version, l.completeness,
      (SELECT jsonb_agg(to_jsonb(x) - 'listing_id' - 'position' ORDER BY x.position) FROM listing_owner x
       WHERE x.listing_id = l.id),
      (SELECT jsonb_agg(to_jsonb(x) - 'listing_id' - 'position' ORDER BY x.position) FROM listing_right x
       WHERE x.listing_id = l.id),
      (SELECT jsonb_agg(to_jsonb(x) - 'listing_id' - 'position' ORDER BY x.position) FROM listing_offer x
       WHERE x.listing_id = l.id),
      (SELECT jsonb_agg(jsonb_build_object('id', x.id, 'name', x.name, 'media_type', x.media_type, 'size', x.size,
         'sha256', x.sha256, 'kind', x.kind, 'tier', x.tier, 'at', x.at) ORDER BY x.at) FROM listing_file x
       WHERE x.listing_id = l.id AND x.removed_at IS NULL), o.status
    {_CARD_FROM} LEFT JOIN listing_confidential c ON c.listing_id = l.id
    WHERE l.id = :id
    """)  # noqa: S608


class Stored:
    """One listing as stored, whole: only `service` turns it into what an actor may read."""

    __slots__ = (
        "_raw", "card", "completeness", "org_suspended", "reviewed_version", "source", "source_url", "status_at",
        "version",
    )  # fmt: skip

    def __init__(self, row: Sequence[Any]) -> None:
        self.card = _card(row)
        self._raw = row[CARD_WIDTH:]
        self.version, self.status_at = self._raw[0], self._raw[1]
        self.source, self.source_url = self._raw[9], self._raw[10]
        self.reviewed_version, self.completeness = self._raw[11], self._raw[12]
        self.org_suspended: bool = self._raw[17] == "suspended"

    @property
    def tiers(self) -> dict[str, Tier]:
        return {k: Tier(v) for k, v in self._raw[5].items()}

    def content(self, have: Tier) -> tuple[Content, dict[str, Tier]]:
        """The content of tiers up to `have`, and the fields that exist above it."""
        raw, card, chosen = self._raw, self.card, self.tiers
        story: dict[str, Any] = dict(raw[6])
        if have is not Tier.public:
            story |= raw[7]
        if have is Tier.nda:
            story |= raw[8] or {}
        stored = tiers.names({*raw[6], *raw[7], *(raw[8] or {})})
        groups = {"owners": raw[13] or [], "rights": raw[14] or [], "funding": raw[3]}
        stored |= {name for name, value in groups.items() if value}
        if raw[15]:
            stored.add("price")
        probe = Content.model_construct(tiers=chosen)
        hidden = tiers.locked(probe, have, stored)
        offers = raw[15] or []
        if "price" in hidden:
            private = ("price_from", "price_to", "royalty_percent", "royalty_base", "price_policy")
            offers = [{k: v for k, v in o.items() if k not in private} for o in offers]
        data = {
            "title_vi": card.title_vi, "title_en": card.title_en, "summary_vi": card.summary_vi,
            "summary_en": card.summary_en, "field": card.field, "priority": card.priority, "ipc": card.ipc,
            "trl": card.trl, "province": card.province, "keywords": raw[2], "tiers": chosen, "offers": offers,
            "owners": [] if "owners" in hidden else groups["owners"],
            "rights": [] if "rights" in hidden else groups["rights"],
            "funding": None if "funding" in hidden else raw[3],
            "task_code": None if "funding" in hidden else raw[4],
            **story,
        }  # fmt: skip
        return Content.model_validate(data), hidden

    def files(self, have: Tier) -> list[FileView]:
        order = list(Tier)
        found = [FileView.model_validate(f) for f in self._raw[16] or []]
        return [f for f in found if order.index(f.tier) <= order.index(have)]


async def stored(session: AsyncSession, id_: UUID) -> Stored | None:
    row = (await session.execute(_DETAIL, {"id": id_})).one_or_none()
    return Stored(row) if row else None


async def standing(session: AsyncSession, id_: UUID, actor: Actor) -> tuple[UUID, str] | None:
    """(owner organisation, status) of a listing this actor may see."""
    row = (
        await session.execute(select(Listing.org_id, Listing.status).where(Listing.id == id_, visible_to(actor)))
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def lock(session: AsyncSession, id_: UUID) -> Listing | None:
    """The row, locked until the unit of work ends: whoever changes or reserves a listing takes this first."""
    return (
        await session.execute(
            select(Listing)
            .where(Listing.id == id_)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def territory(session: AsyncSession, id_: UUID) -> list[str]:
    """Country codes of all that is offered; nothing when some offer names none, for that one is for everywhere."""
    rows = (await session.execute(select(ListingOffer.territory).where(ListingOffer.listing_id == id_))).scalars().all()
    return [] if not all(rows) else list(dict.fromkeys(code for codes in rows for code in codes))


async def has_lapsed_right(session: AsyncSession, id_: UUID, today: Any) -> bool:
    """A right of the listing that no longer stands: marked lapsed, or past its expiry date."""
    found = await session.execute(
        select(ListingRight.listing_id)
        .where(
            ListingRight.listing_id == id_,
            or_(ListingRight.status == "lapsed", and_(ListingRight.expires.is_not(None), ListingRight.expires < today)),
        )
        .limit(1)
    )
    return found.first() is not None


def _projection(content: Content) -> dict[str, Any]:
    """The columns of the card: what is public of the content, and nothing else."""
    public = Tier.public
    rights = content.rights if tiers.tier_of(content.tiers, "rights") is public else []
    living = [r.expires for r in rights if r.expires and r.status.value != "lapsed"]
    values: dict[str, Any] = {
        "title_vi": content.title_vi, "title_en": content.title_en, "summary_vi": content.summary_vi,
        "summary_en": content.summary_en, "field": content.field, "priority": content.priority, "ipc": content.ipc,
        "keywords": content.keywords, "trl": content.trl, "province": content.province,
        "funding": content.funding.value if content.funding else None, "task_code": content.task_code,
        "tiers": {k: v.value for k, v in content.tiers.items()},
        "ip_kinds": sorted({r.kind.value for r in rights}), "protection_until": max(living, default=None),
        "modes": list(dict.fromkeys(o.mode.value for o in content.offers)),
        "price_policy": None, "price_from": None, "price_to": None, "royalty_percent": None,
    }  # fmt: skip
    if content.offers and tiers.tier_of(content.tiers, "price") is public:
        first = content.offers[0]
        lows = [o.price_from for o in content.offers if o.price_from is not None]
        highs = [o.price_to if o.price_to is not None else o.price_from for o in content.offers]
        tops = [h for h in highs if h is not None]
        values |= {
            "price_policy": first.price_policy.value,
            "price_from": min(lows, default=None),
            "price_to": max(tops, default=None),
            "royalty_percent": first.royalty_percent,
        }
    return values


async def write_content(session: AsyncSession, id_: UUID, content: Content, extra: dict[str, Any]) -> None:
    """Replace the whole content of one listing, split by tier over its tables."""
    story, registered, confidential = tiers.split(content)
    await session.execute(
        update(Listing)
        .where(Listing.id == id_)
        .values(story=story, registered=registered, **_projection(content), **extra)
        .execution_options(synchronize_session=False)
    )
    await _replace_parts(session, {id_: content}, {id_: confidential})


async def _replace_parts(
    session: AsyncSession, contents: dict[UUID, Content], confidential: dict[UUID, dict[str, Any]], *, new: bool = False
) -> None:
    ids = list(contents)
    if not new:
        for model in (ListingOwner, ListingRight, ListingOffer, ListingConfidential):
            await session.execute(delete(model).where(model.listing_id.in_(ids)))
    owners, rights, offers, secrets = [], [], [], []
    for id_, content in contents.items():
        owners += [
            {"listing_id": id_, "position": n, **o.model_dump(mode="python")} for n, o in enumerate(content.owners)
        ]
        rights += [{"listing_id": id_, "position": n, **_plain(r)} for n, r in enumerate(content.rights)]
        offers += [
            {"listing_id": id_, "position": n, "currency": "VND", **_plain(o)} for n, o in enumerate(content.offers)
        ]
        if confidential[id_]:
            secrets.append({"listing_id": id_, "content": confidential[id_]})
    for model, rows in (
        (ListingOwner, owners), (ListingRight, rights), (ListingOffer, offers), (ListingConfidential, secrets),
    ):  # fmt: skip
        await bulk.insert(session, model, rows)


def _plain(part: Any) -> dict[str, Any]:
    return {k: getattr(v, "value", v) for k, v in part.model_dump(mode="python").items()}


async def insert_listings(session: AsyncSession, rows: list[tuple[dict[str, Any], Content]]) -> None:
    """New listings with their content, many at a time."""
    values, contents, secrets = [], {}, {}
    for extra, content in rows:
        story, registered, confidential = tiers.split(content)
        values.append({"story": story, "registered": registered, **_projection(content), **extra})
        contents[extra["id"]], secrets[extra["id"]] = content, confidential
    await bulk.insert(session, Listing, values)
    await _replace_parts(session, contents, secrets, new=True)


async def known_sources(
    session: AsyncSession, source: str, source_ids: Iterable[str]
) -> dict[str, tuple[UUID, str | None]]:
    rows = await session.execute(
        select(Listing.source_id, Listing.id, Listing.source_hash).where(
            Listing.source == source, Listing.source_id.in_(list(source_ids))
        )
    )
    return {r[0]: (r[1], r[2]) for r in rows if r[0]}


async def add_version(session: AsyncSession, **values: Any) -> None:
    await session.execute(upsert(ListingVersion).values(**values).on_conflict_do_nothing())


async def versions(session: AsyncSession, id_: UUID, limit: int = 100) -> list[ListingVersion]:
    rows = await session.execute(
        select(ListingVersion)
        .where(ListingVersion.listing_id == id_)
        .order_by(ListingVersion.version.desc())
        .limit(limit)
    )
    return list(rows.scalars())


async def add_review(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(ListingReview).values(id=new_id(), **values))


async def newest_review(session: AsyncSession, id_: UUID) -> ListingReview | None:
    return (
        await session.execute(
            select(ListingReview).where(ListingReview.listing_id == id_).order_by(ListingReview.at.desc()).limit(1)
        )
    ).scalar_one_or_none()


_OWN = text("""
    SELECT l.id, l.number, l.title_vi, l.status, l.status_at, l.version, l.completeness, l.refreshed_at,
      CASE WHEN l.status IN ('changes_requested', 'suspended') THEN
        (SELECT s.reason FROM state_change s WHERE s.subject_id = l.id AND s.reason IS NOT NULL
         ORDER BY s.id DESC LIMIT 1) END
    FROM listing l WHERE l.org_id = :org AND (CAST(:status AS text) IS NULL OR l.status = :status)
      AND (CAST(:after AS uuid) IS NULL OR l.id < :after)
    ORDER BY l.id DESC LIMIT :limit
    """)


async def own(
    session: AsyncSession, org_id: UUID, status: str | None, after: UUID | None, limit: int
) -> list[Sequence[Any]]:
    rows = await session.execute(_OWN, {"org": org_id, "status": status, "after": after, "limit": limit})
    return list(rows.all())


_QUEUE = text("""
    SELECT l.id, l.number, l.title_vi, l.org_id, o.name_vi, l.status, l.status_at, l.completeness
    FROM listing l JOIN organisation o ON o.id = l.org_id
    WHERE l.status = 'submitted' OR (l.status = 'published' AND l.reviewed_version < l.version)
    ORDER BY l.status_at LIMIT :limit
    """)


async def queue(session: AsyncSession, limit: int) -> list[Sequence[Any]]:
    return list((await session.execute(_QUEUE, {"limit": limit})).all())


async def acknowledge(session: AsyncSession, id_: UUID, version: int) -> bool:
    if not 0 <= version < 2**31:  # no integer column holds it: there is no such version
        return False
    done = await session.execute(
        update(Listing)
        .where(Listing.id == id_, Listing.status == "published", Listing.version == version)
        .values(reviewed_version=version)
        .returning(Listing.id)
    )
    return done.scalar_one_or_none() is not None


async def refresh(session: AsyncSession, id_: UUID, now: datetime) -> bool:
    done = await session.execute(
        update(Listing)
        .where(Listing.id == id_, Listing.status == "published")
        .values(refreshed_at=now)
        .returning(Listing.id)
    )
    return done.scalar_one_or_none() is not None


async def raise_evidence(session: AsyncSession, id_: UUID, level: int) -> bool:
    """True when the listing's highest evidence level went up."""
    done = await session.execute(
        update(Listing)
        .where(Listing.id == id_, func.coalesce(Listing.evidence_level, -1) < level)
        .values(evidence_level=level)
        .returning(Listing.id)
        .execution_options(synchronize_session=False)
    )
    return done.scalar_one_or_none() is not None


_BY_NUMBER = text(f"""
    WITH c AS (SELECT id, false AS of_right FROM listing WHERE number = CAST(:number AS bigint)
      UNION SELECT listing_id, true FROM listing_right WHERE {COMPACT.format("application_no")} = ANY(:compact)
      UNION SELECT listing_id, true FROM listing_right WHERE {COMPACT.format("registration_no")} = ANY(:compact))
    SELECT DISTINCT l.id FROM c JOIN listing l ON l.id = c.id JOIN organisation o ON o.id = l.org_id
    WHERE l.status = ANY(:states) AND o.status <> 'suspended'
      AND (NOT c.of_right OR coalesce(l.tiers ->> 'rights', 'public') = 'public')
    LIMIT 3
    """)  # noqa: S608 - constants only


async def ids_by_identifier(session: AsyncSession, number: int | None, compact: Sequence[str]) -> list[UUID]:
    """Public listings of that number, or with a public right under one of these writings; no more than three."""
    values = {"states": list(VISIBLE), "number": number, "compact": list(compact)}
    return list((await session.execute(_BY_NUMBER, values)).scalars())


async def file(session: AsyncSession, id_: UUID) -> ListingFile | None:
    return (
        await session.execute(select(ListingFile).where(ListingFile.id == id_, ListingFile.removed_at.is_(None)))
    ).scalar_one_or_none()


async def files_of_tier(session: AsyncSession, listing_id: UUID, tier: str) -> list[ListingFile]:
    rows = await session.execute(
        select(ListingFile)
        .where(ListingFile.listing_id == listing_id, ListingFile.tier == tier, ListingFile.removed_at.is_(None))
        .order_by(ListingFile.at, ListingFile.id)
    )
    return list(rows.scalars())


async def add_file(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(ListingFile).values(**values))


async def remove_file(session: AsyncSession, listing_id: UUID, file_id: UUID, now: datetime) -> bool:
    done = await session.execute(
        update(ListingFile)
        .where(ListingFile.id == file_id, ListingFile.listing_id == listing_id, ListingFile.removed_at.is_(None))
        .values(removed_at=now)
        .returning(ListingFile.id)
    )
    return done.scalar_one_or_none() is not None


async def count_files(session: AsyncSession, listing_id: UUID) -> int:
    rows = await session.execute(
        select(ListingFile.id).where(ListingFile.listing_id == listing_id, ListingFile.removed_at.is_(None))
    )
    return len(rows.all())


_DOCUMENT = text("""
    SELECT l.id, l.lang, l.title_vi, l.title_en, l.summary_vi, l.summary_en, l.story, l.keywords, l.ipc, l.field,
      l.priority, l.trl, l.ip_kinds, l.modes, l.price_policy, l.price_from, l.price_to, l.province, l.published_at,
      l.refreshed_at, l.org_id, o.name_vi, o.name_en, o.kind, l.tiers, l.number, l.status,
      l.evidence_level,
      (SELECT array_agg(n) FROM listing_right r, LATERAL unnest(ARRAY[r.application_no, r.registration_no]) n
       WHERE r.listing_id = l.id AND n IS NOT NULL)
    FROM listing l JOIN organisation o ON o.id = l.org_id
    WHERE l.id = ANY(:ids) AND l.status = ANY(:states) AND o.status <> 'suspended'
    """)


async def documents(session: AsyncSession, ids: Sequence[UUID]) -> list[Any]:
    """The public rows that index documents are made from; a listing that is no longer shown is absent."""
    return list((await session.execute(_DOCUMENT, {"ids": list(ids), "states": list(VISIBLE)})).all())


async def listing_ids(session: AsyncSession, after: UUID | None, limit: int, org_id: UUID | None = None) -> list[UUID]:
    """Ids of shown listings in order, for a rebuild, a sitemap or all of one organisation."""
    stmt = select(Listing.id).where(Listing.status.in_(VISIBLE))
    if after:
        stmt = stmt.where(Listing.id > after)
    if org_id:
        stmt = stmt.where(Listing.org_id == org_id)
    return list((await session.execute(stmt.order_by(Listing.id).limit(limit))).scalars())


async def ids_of_source(session: AsyncSession, source: str) -> dict[str, UUID]:
    rows = await session.execute(select(Listing.source_id, Listing.id).where(Listing.source == source))
    return {r[0]: r[1] for r in rows if r[0]}


async def mark_demo(session: AsyncSession, id_: UUID, source: str | None, source_id: str | None) -> None:
    await session.execute(
        update(Listing).where(Listing.id == id_).values(is_demo=True, source=source, source_id=source_id)
    )


async def totals(session: AsyncSession) -> tuple[int, int]:
    row = (
        await session.execute(
            select(func.count(), func.count(func.distinct(Listing.org_id))).where(
                Listing.status.in_(VISIBLE), ~SUSPENDED
            )
        )
    ).one()
    return int(row[0]), int(row[1])


async def indexable(session: AsyncSession) -> int:
    """How many listings the index should hold: those shown, of organisations that are not suspended."""
    counted = text(
        "SELECT count(*) FROM listing l JOIN organisation o ON o.id = l.org_id"
        " WHERE l.status = ANY(:shown) AND o.status <> 'suspended'"
    )
    return int((await session.execute(counted, {"shown": list(VISIBLE)})).scalar_one())


async def offered_by(session: AsyncSession, org_ids: Sequence[UUID]) -> dict[UUID, tuple[int, list[str]]]:
    """Batch call of the door: how many listings shown to all these organisations have, and in which fields."""
    if not org_ids:
        return {}
    rows = await session.execute(
        select(
            Listing.org_id,
            func.count(),
            func.array_agg(func.distinct(Listing.field)).filter(Listing.field.is_not(None)),
        )
        .where(Listing.org_id.in_(org_ids), Listing.status.in_(VISIBLE))
        .group_by(Listing.org_id)
    )
    return {r[0]: (int(r[1]), sorted(r[2] or ())) for r in rows}


async def owners_of(session: AsyncSession, listing_ids: Sequence[UUID], *, shown: bool = False) -> list[UUID]:
    """Batch call of the door: whose these listings are; `shown`: only those that are public count."""
    stmt = select(Listing.org_id).where(Listing.id.in_(listing_ids)).distinct()
    if shown:
        stmt = stmt.where(Listing.status.in_(VISIBLE))
    return list((await session.execute(stmt)).scalars())


async def owner_names(session: AsyncSession, listing_ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Batch call of the door: (listing, name) of everybody named as owner of these listings."""
    rows = await session.execute(
        select(ListingOwner.listing_id, ListingOwner.name)
        .where(ListingOwner.listing_id.in_(listing_ids))
        .order_by(ListingOwner.listing_id, ListingOwner.position)
    )
    return [(r[0], r[1]) for r in rows]


async def co_owners(session: AsyncSession, names: Sequence[str], since: date) -> list[tuple[UUID, str, date]]:
    """(listing, name, day its newest right was filed) of all owners of listings that name one of `names` as owner and
    have a right filed since that day. Names are compared as they are written."""
    if not names:
        return []
    filed = (
        select(ListingRight.listing_id, func.max(ListingRight.filed).label("day"))
        .where(ListingRight.filed >= since)
        .group_by(ListingRight.listing_id)
        .subquery()
    )
    named = select(ListingOwner.listing_id).where(ListingOwner.name.in_(names))
    rows = await session.execute(
        select(ListingOwner.listing_id, ListingOwner.name, filed.c.day)
        .join(filed, filed.c.listing_id == ListingOwner.listing_id)
        .where(ListingOwner.listing_id.in_(named))
        .order_by(ListingOwner.listing_id, ListingOwner.position)
    )
    return [(r[0], r[1], r[2]) for r in rows]


async def addresses(session: AsyncSession, offset: int, limit: int) -> list[tuple[UUID, datetime | None]]:
    rows = await session.execute(
        select(Listing.id, Listing.refreshed_at)
        .where(Listing.status.in_(VISIBLE), ~SUSPENDED)
        .order_by(Listing.id)
        .offset(offset)
        .limit(limit)
    )
    return [(r[0], r[1]) for r in rows]


async def paid_by_state(session: AsyncSession, org_id: UUID) -> list[tuple[UUID, str, str | None, str]]:
    """(id, title, field, status) of the organisation's technologies made with state money, wholly or partly.

    For rules that hold whatever tier the source of the money is shown in.
    """
    rows = await session.execute(
        text(
            "SELECT id, title_vi, field, status FROM listing WHERE org_id = :org AND funding IN ('state', 'mixed')"
            " ORDER BY id"
        ),
        {"org": org_id},
    )
    return [(r[0], r[1], r[2], r[3]) for r in rows]
