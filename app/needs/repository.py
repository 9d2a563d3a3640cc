"""Every query of needs. Reads start from `visible_to(actor)`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, column, delete, exists, or_, select, table, text, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import clock
from app.kit.actor import Actor
from app.kit.ids import new_id
from app.needs import tiers
from app.needs.models import Need, NeedReveal, NeedTier
from app.needs.schemas import Content, NeedCard, NeedKind, RevealView, Suggested, Tier, Whole
from app.needs.workflow import OPEN, VISIBLE
from app.platform import bulk
from app.reference import TransferMode

_ORGANISATION = table("organisation", column("id"), column("status"))
# A suspended organisation takes its named needs out of sight. Blind ones stay: to vanish with it would name it.
SUSPENDED = exists().where(_ORGANISATION.c.id == Need.org_id, _ORGANISATION.c.status == "suspended")
SHOWN = "n.status = ANY(:states) AND (n.blind OR o.status <> 'suspended')"


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Published ones for all; one's own in any state; every state for the operator."""
    if actor.is_operator:
        return true()
    seen = and_(Need.status.in_(VISIBLE), or_(Need.blind, ~SUSPENDED))
    return or_(seen, Need.org_id == actor.org_id) if actor.org_id and actor.role else seen


_CARD = """
    n.id, n.reference, n.kind, n.blind, n.org_id, o.name_vi, o.name_en, o.status = 'verified', n.ordering_authority,
    n.programme, n.lang, n.title, n.title_en, n.summary, n.summary_en, n.field, n.priority, n.ipc, n.keywords,
    n.trl_min, n.trl_max, n.modes, n.budget_min, n.budget_max, n.province, n.deadline, n.status, n.published_at,
    n.is_demo
"""
_CARD_FROM = "FROM need n JOIN organisation o ON o.id = n.org_id"
_CARD_FIELDS = (
    "id", "reference", "kind", "blind", "asker_id", "asker_name", "asker_name_en", "asker_verified",
    "ordering_authority", "programme", "lang", "title", "title_en", "summary", "summary_en", "field", "priority", "ipc",
    "keywords", "trl_min", "trl_max", "modes", "budget_min", "budget_max", "province", "deadline", "status",
    "published_at", "is_demo",
)  # fmt: skip
CARD_WIDTH = len(_CARD_FIELDS)


def whole_day(at: datetime | None) -> datetime | None:
    """Midnight in Vietnam of that day: the only time a blind need tells."""
    return datetime.combine(at.astimezone(clock.VIETNAM).date(), time(), clock.VIETNAM) if at else None


def _card(row: Sequence[Any], *, named: bool = False) -> NeedCard:
    """The gist of one row. `named`: for readers whom the asker of a blind need has let in."""
    # The row comes from our own constrained columns: validating it again would be half of a list page's time.
    values = dict(zip(_CARD_FIELDS, row, strict=False))
    values["kind"] = NeedKind(values["kind"])
    values["modes"] = [TransferMode(m) for m in values["modes"]]
    if values["blind"]:
        values["published_at"] = whole_day(values["published_at"])
        if not named:
            values |= {"asker_id": None, "asker_name": None, "asker_name_en": None, "asker_verified": False}
    return NeedCard.model_construct(**values)


_CARDS = text(f"SELECT {_CARD} {_CARD_FROM} WHERE n.id = ANY(:ids) AND {SHOWN}")


async def cards(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, NeedCard]:
    """Cards of the needs that the public may see among `ids`: what a search hydrates from, in one statement."""
    if not ids:
        return {}
    rows = await session.execute(_CARDS, {"ids": list(ids), "states": list(VISIBLE)})
    return {r[0]: _card(r) for r in rows}


_ANY_CARDS = text(f"SELECT {_CARD} {_CARD_FROM} WHERE n.id = ANY(:ids)")


async def cards_in_any_state(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, NeedCard]:
    """Cards whatever the state, for those who proposed: they keep seeing what they answered, sealed as before."""
    if not ids:
        return {}
    return {r[0]: _card(r) for r in await session.execute(_ANY_CARDS, {"ids": list(ids)})}


_DETAIL = text(f"""
    SELECT {_CARD}, n.org_id, o.status, n.version, n.status_at, n.tiers, n.gist, n.suggested, n.completeness,
      n.reason_code, n.winner_id, n.source, n.source_url,
      (SELECT t.content FROM need_tier t WHERE t.need_id = n.id AND t.tier = 'broker'),
      (SELECT t.content FROM need_tier t WHERE t.need_id = n.id AND t.tier = 'matched')
    {_CARD_FROM} WHERE n.id = ANY(:ids)
    """)  # noqa: S608 - constants only


class Stored:
    """One need as stored, whole: only `service` turns it into what an actor may read."""

    __slots__ = ("_raw", "_row", "id", "org_id", "org_suspended", "status", "status_at", "version")

    def __init__(self, row: Sequence[Any]) -> None:
        self._row, self._raw = row[:CARD_WIDTH], row[CARD_WIDTH:]
        self.id: UUID = row[0]
        self.org_id: UUID = self._raw[0]
        self.org_suspended: bool = self._raw[1] == "suspended"
        self.version: int = self._raw[2]
        self.status: str = row[_CARD_FIELDS.index("status")]
        self.status_at: datetime = self._raw[3]

    @property
    def blind(self) -> bool:
        return bool(self._row[3])

    @property
    def published_at(self) -> datetime | None:
        found: datetime | None = self._row[_CARD_FIELDS.index("published_at")]
        return found

    @property
    def tiers(self) -> dict[str, Tier]:
        return {k: Tier(v) for k, v in self._raw[4].items()}

    @property
    def suggested(self) -> list[Suggested]:
        return [Suggested.model_validate(s) for s in self._raw[6]]

    @property
    def reason_code(self) -> str | None:
        found: str | None = self._raw[8]
        return found

    @property
    def winner_id(self) -> UUID | None:
        found: UUID | None = self._raw[9]
        return found

    def card(self, *, named: bool) -> NeedCard:
        return _card(self._row, named=named)

    def content(self, have: Tier) -> tuple[Content, dict[str, Tier]]:
        """The content of tiers up to `have`, and the fields that exist above it."""
        card = dict(zip(_CARD_FIELDS, self._row, strict=True))
        by_tier = {Tier.gist: self._raw[5], Tier.broker: self._raw[12] or {}, Tier.matched: self._raw[13] or {}}
        read: dict[str, Any] = {}
        for tier, part in by_tier.items():
            if tiers.opens(have, tier):
                read |= part
        data = {name: card[name] for name in _OWN} | {"tiers": self.tiers} | read
        stored = {tier: set(part) for tier, part in by_tier.items()}
        return Content.model_validate(data), tiers.locked(self.tiers, self.blind, have, stored)

    def whole(self) -> Whole:
        content, _ = self.content(Tier.matched)
        return Whole(
            id=self.id, reference=self._row[1], org_id=self.org_id, blind=self.blind, status=self.status,
            version=self.version, published_at=self.published_at, content=content,
            tiers={name: tiers.tier_of(self.tiers, self.blind, name) for name in tiers.PARTS},
        )  # fmt: skip


# Columns of the row that are the content's own, whatever the tiers say.
_OWN = (
    "kind", "blind", "ordering_authority", "programme", "lang", "title", "title_en", "summary", "summary_en", "field",
    "priority", "ipc", "keywords", "trl_min", "trl_max", "deadline",
)  # fmt: skip


async def stored(session: AsyncSession, id_: UUID) -> Stored | None:
    row = (await session.execute(_DETAIL, {"ids": [id_]})).one_or_none()
    return Stored(row) if row else None


async def stored_many(session: AsyncSession, ids: Sequence[UUID]) -> list[Stored]:
    if not ids:
        return []
    return [Stored(r) for r in (await session.execute(_DETAIL, {"ids": list(ids)})).all()]


async def standing(session: AsyncSession, id_: UUID, actor: Actor) -> tuple[UUID, str] | None:
    """(asker organisation, status) of a need this actor may see."""
    row = (
        await session.execute(select(Need.org_id, Need.status).where(Need.id == id_, visible_to(actor)))
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def lock(session: AsyncSession, id_: UUID) -> Need | None:
    """The row, locked until the unit of work ends: whoever changes or answers a need takes this first."""
    return (
        await session.execute(
            select(Need).where(Need.id == id_).with_for_update(key_share=True).execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


def _projection(content: Content) -> dict[str, Any]:
    """The columns of the card: what everyone reads, and nothing else."""
    data = content.model_dump(mode="json")
    values = {name: data[name] for name in _OWN} | {"deadline": content.deadline}
    values["tiers"] = {k: v.value for k, v in content.tiers.items()}
    gist = tiers.split(content)[Tier.gist]
    return values | {
        "modes": gist.get("modes", []), "budget_min": gist.get("budget_min"), "budget_max": gist.get("budget_max"),
        "province": gist.get("province"), "gist": gist,
    }  # fmt: skip


def _above(id_: UUID, content: Content) -> list[dict[str, Any]]:
    parts = tiers.split(content)
    return [
        {"need_id": id_, "tier": tier.value, "content": parts[tier]}
        for tier in (Tier.broker, Tier.matched)
        if parts[tier]
    ]


async def write_content(session: AsyncSession, id_: UUID, content: Content, extra: dict[str, Any]) -> None:
    """Replace the whole content of one need, split by tier over its tables."""
    await session.execute(
        update(Need)
        .where(Need.id == id_)
        .values(**_projection(content), **extra)
        .execution_options(synchronize_session=False)
    )
    await session.execute(delete(NeedTier).where(NeedTier.need_id == id_))
    await bulk.insert(session, NeedTier, _above(id_, content))


async def insert_needs(session: AsyncSession, rows: list[tuple[dict[str, Any], Content]]) -> None:
    """New needs with their content, many at a time."""
    await bulk.insert(session, Need, [{**_projection(content), **extra} for extra, content in rows])
    await bulk.insert(session, NeedTier, [t for extra, content in rows for t in _above(extra["id"], content)])


async def known_sources(
    session: AsyncSession, source: str, source_ids: Iterable[str]
) -> dict[str, tuple[UUID, str | None]]:
    rows = await session.execute(
        select(Need.source_id, Need.id, Need.source_hash).where(
            Need.source == source, Need.source_id.in_(list(source_ids))
        )
    )
    return {r[0]: (r[1], r[2]) for r in rows if r[0]}


async def ids_of_source(session: AsyncSession, source: str) -> dict[str, UUID]:
    rows = await session.execute(select(Need.source_id, Need.id).where(Need.source == source))
    return {r[0]: r[1] for r in rows if r[0]}


async def mark_demo(session: AsyncSession, id_: UUID, source: str, source_id: str) -> None:
    await session.execute(update(Need).where(Need.id == id_).values(is_demo=True, source=source, source_id=source_id))


async def reveal(session: AsyncSession, need_id: UUID, org_id: UUID, what: str, person_id: UUID | None) -> bool:
    """Let an organisation in; False when it was let in before."""
    made = await session.execute(
        upsert(NeedReveal)
        .values(id=new_id(), need_id=need_id, org_id=org_id, what=what, at=clock.now(), person_id=person_id)
        .on_conflict_do_nothing()
        .returning(NeedReveal.id)
    )
    return made.scalar_one_or_none() is not None


async def let_in(session: AsyncSession, need_id: UUID, org_id: UUID) -> set[str]:
    """How far an organisation was let in already."""
    rows = await session.execute(
        select(NeedReveal.what).where(NeedReveal.need_id == need_id, NeedReveal.org_id == org_id)
    )
    return set(rows.scalars())


_REVEALS = text(
    "SELECT r.org_id, o.name_vi, r.what, r.at FROM need_reveal r JOIN organisation o ON o.id = r.org_id"
    " WHERE r.need_id = :id ORDER BY r.at DESC, r.id DESC"
)


async def reveals(session: AsyncSession, need_id: UUID) -> list[RevealView]:
    rows = await session.execute(_REVEALS, {"id": need_id})
    return [RevealView(org_id=r[0], org_name=r[1], what=r[2], at=r[3]) for r in rows]


async def count_reveals(session: AsyncSession, need_id: UUID) -> int:
    return len((await session.execute(select(NeedReveal.id).where(NeedReveal.need_id == need_id))).all())


_OWN_LIST = text("""
    SELECT n.id, n.reference, n.title, n.kind, n.blind, n.status, n.status_at, n.completeness, n.deadline, n.created_at,
      CASE WHEN n.status IN ('changes_requested', 'rejected', 'withdrawn') THEN
        (SELECT s.reason FROM state_change s WHERE s.subject_id = n.id AND s.reason IS NOT NULL
         ORDER BY s.id DESC LIMIT 1) END
    FROM need n WHERE n.org_id = :org AND (CAST(:status AS text) IS NULL OR n.status = :status)
      AND (CAST(:at AS timestamptz) IS NULL OR (n.created_at, n.id) < (:at, CAST(:id AS uuid)))
    ORDER BY n.created_at DESC, n.id DESC LIMIT :limit
    """)


async def own(
    session: AsyncSession, org_id: UUID, status: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Sequence[Any]]:
    at, id_ = after or (None, None)
    rows = await session.execute(_OWN_LIST, {"org": org_id, "status": status, "at": at, "id": id_, "limit": limit})
    return list(rows.all())


_QUEUE = text("""
    SELECT n.id, n.reference, n.title, n.org_id, o.name_vi, n.kind, n.blind, n.status_at, n.completeness
    FROM need n JOIN organisation o ON o.id = n.org_id WHERE n.status = 'submitted' ORDER BY n.status_at LIMIT :limit
    """)


async def queue(session: AsyncSession, limit: int) -> list[Sequence[Any]]:
    return list((await session.execute(_QUEUE, {"limit": limit})).all())


async def due(session: AsyncSession, today: date, limit: int = 500) -> list[UUID]:
    """Open needs whose deadline has passed."""
    rows = await session.execute(
        select(Need.id).where(Need.status.in_(OPEN), Need.deadline < today).order_by(Need.id).limit(limit)
    )
    return list(rows.scalars())


_DOCUMENT = text(f"""
    SELECT {_CARD}, n.gist {_CARD_FROM} WHERE n.id = ANY(:ids) AND {SHOWN}
    """)


async def documents(session: AsyncSession, ids: Sequence[UUID]) -> list[tuple[NeedCard, Mapping[str, Any]]]:
    """(card, the other fields everyone reads) of open needs; whatever else there is, is absent."""
    rows = await session.execute(_DOCUMENT, {"ids": list(ids), "states": list(OPEN)})
    return [(_card(r), r[CARD_WIDTH]) for r in rows]


async def open_of(session: AsyncSession, org_id: UUID) -> list[UUID]:
    """Ids of the organisation's open needs, blind ones too."""
    rows = await session.execute(select(Need.id).where(Need.org_id == org_id, Need.status.in_(OPEN)).order_by(Need.id))
    return list(rows.scalars())


async def need_ids(session: AsyncSession, after: UUID | None, limit: int, org_id: UUID | None = None) -> list[UUID]:
    """Ids of open needs in order, for a rebuild or for all named ones of one organisation."""
    stmt = select(Need.id).where(Need.status.in_(OPEN))
    if after:
        stmt = stmt.where(Need.id > after)
    if org_id:
        stmt = stmt.where(Need.org_id == org_id, ~Need.blind)
    return list((await session.execute(stmt.order_by(Need.id).limit(limit))).scalars())


_INDEXABLE = text(f"SELECT count(*) {_CARD_FROM} WHERE {SHOWN}")


async def indexable(session: AsyncSession) -> int:
    """How many needs the index should hold."""
    return int((await session.execute(_INDEXABLE, {"states": list(OPEN)})).scalar_one())


async def addresses(session: AsyncSession, offset: int, limit: int) -> list[tuple[UUID, datetime | None]]:
    """(id, day it was shown) of open needs in order of their random ids: a sitemap's page."""
    rows = await session.execute(
        select(Need.id, Need.published_at, Need.blind)
        .where(Need.status.in_(OPEN), or_(Need.blind, ~SUSPENDED))
        .order_by(Need.id)
        .offset(offset)
        .limit(limit)
    )
    return [(r[0], whole_day(r[1])) for r in rows]


def in_time(today: date) -> ColumnElement[bool]:
    """The deadline has not passed; one without a deadline is always in time."""
    return or_(Need.deadline.is_(None), Need.deadline >= today)
