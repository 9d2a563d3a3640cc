"""Every query of profiles, licences and ratings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.intermediaries.models import Provider, ProviderLicence, ProviderService, Rating, RatingPair
from app.intermediaries.offering import Service, licensed
from app.intermediaries.schemas import MARKS, Find
from app.intermediaries.workflow import STANDING
from app.kit import clock
from app.kit.ids import new_id

# A service is offered on a day when the law of that day asks for no licence, or a checked one is in force and covers
# it. Written once, by dates alone: no job has to run for it to be true at midnight.
_COVERED = """EXISTS (SELECT 1 FROM provider_licence l WHERE l.provider_id = s.provider_id
    AND l.checked_at IS NOT NULL AND l.status IN ('checked','expired') AND s.service = ANY(l.services)
    AND l.issued_on <= :on AND (l.expires_on IS NULL OR l.expires_on >= :on))"""
_OFFERED = f"(s.service <> ALL(CAST(:licensed AS text[])) OR {_COVERED})"
# Whom everybody sees: the profile is listed and its organisation in good standing; an expert also agrees to stand here
# and still belongs to the organisation that is named.
_LISTED = """(p.status = 'listed' AND o.status <> 'suspended' AND (o.kind = 'intermediary' OR o.status = 'verified')
    AND (p.kind = 'organisation' OR (p.consented_at IS NOT NULL AND x.disabled_at IS NULL AND EXISTS
      (SELECT 1 FROM membership m WHERE m.person_id = p.person_id AND m.org_id = p.org_id))))"""
_FROM = "provider p JOIN organisation o ON o.id = p.org_id LEFT JOIN person x ON x.id = p.person_id"
_ORDER = "CASE p.kind WHEN 'expert' THEN p.sort_name ELSE o.sort_name END"
_CARD = f"""p.id, p.kind, p.org_id, o.name_vi, o.name_en, o.kind, o.status, x.name, p.headline_vi, p.headline_en,
    o.province, array(SELECT s.service FROM provider_service s WHERE s.provider_id = p.id AND {_OFFERED}), p.fields,
    p.languages, p.regions, p.availability, p.is_demo, {_ORDER}"""  # noqa: S608 - constants only


def _day(on: date | None) -> dict[str, Any]:
    day = on or clock.today()
    return {"on": day, "licensed": licensed(day)}


_FIND = text(f"""
    SELECT {_CARD} FROM {_FROM} WHERE p.kind = :kind AND {_LISTED}
      AND EXISTS (SELECT 1 FROM provider_service s WHERE s.provider_id = p.id AND {_OFFERED}
        AND (CAST(:service AS text) IS NULL OR s.service = :service))
      AND NOT EXISTS (SELECT 1 FROM unnest(CAST(:words AS text[])) w WHERE strpos(o.folded || ' ' || f_unaccent(
        concat_ws(' ', x.name, p.headline_vi, p.headline_en)), w) = 0)
      AND (CAST(:field AS text) IS NULL OR EXISTS (SELECT 1 FROM unnest(p.fields) f
        WHERE f = :field OR f LIKE :field || '.%' OR :field LIKE f || '.%'))
      AND (CAST(:province AS int) IS NULL OR cardinality(p.regions) = 0 OR :province = ANY(p.regions))
      AND (CAST(:language AS text) IS NULL OR :language = ANY(p.languages))
      AND (CAST(:after AS text) IS NULL OR ({_ORDER}, p.id) > (CAST(:after AS text) COLLATE "C", CAST(:id AS uuid)))
    ORDER BY {_ORDER}, p.id LIMIT :limit""")  # noqa: S608 - constants only


async def find(
    session: AsyncSession, kind: str, asked: Find, words: Sequence[str], after: tuple[str, UUID] | None, limit: int
) -> list[Any]:
    """Rows of the directory in Vietnamese order: those that offer something today, after the keyset position."""
    key, id_ = after or (None, None)
    rows = await session.execute(
        _FIND,
        {
            **_day(None), "kind": kind, "service": asked.service and asked.service.value, "words": list(words),
            "field": asked.field, "province": asked.province, "language": asked.language and asked.language.value,
            "after": key, "id": id_, "limit": limit,
        },
    )  # fmt: skip
    return list(rows.all())


_CARDS = text(f"""SELECT {_CARD} FROM {_FROM} WHERE p.kind = 'organisation'
    AND p.org_id = ANY(CAST(:orgs AS uuid[])) AND {_LISTED}""")  # noqa: S608 - constants only


async def cards(session: AsyncSession, org_ids: Iterable[UUID]) -> list[Any]:
    """Directory rows of these organisations' listed profiles, whatever they offer today."""
    wanted = list(set(org_ids))
    return list((await session.execute(_CARDS, {**_day(None), "orgs": wanted})).all()) if wanted else []


_PROVIDING = text(f"""SELECT {_CARD} FROM {_FROM} WHERE p.kind = :kind AND {_LISTED}
    AND EXISTS (SELECT 1 FROM provider_service s WHERE s.provider_id = p.id AND s.service = :service AND {_OFFERED})
    ORDER BY {_ORDER}, p.id LIMIT :limit""")  # noqa: S608 - constants only


async def providing(session: AsyncSession, service: str, kind: str, on: date | None, limit: int) -> list[Any]:
    values = {**_day(on), "service": service, "kind": kind, "limit": limit}
    return list((await session.execute(_PROVIDING, values)).all())


_OFFERS = text(f"""SELECT EXISTS (SELECT 1 FROM {_FROM} JOIN provider_service s ON s.provider_id = p.id
    WHERE p.kind = 'organisation' AND p.org_id = :org AND s.service = :service AND {_LISTED}
      AND {_OFFERED})""")  # noqa: S608 - constants only


async def offers(session: AsyncSession, org_id: UUID, service: str, on: date | None) -> bool:
    return bool((await session.execute(_OFFERS, {**_day(on), "org": org_id, "service": service})).scalar_one())


# --- profiles ---


async def provider(session: AsyncSession, id_: UUID) -> Provider | None:
    return (await session.execute(select(Provider).where(Provider.id == id_))).scalar_one_or_none()


async def lock_provider(session: AsyncSession, id_: UUID) -> Provider:
    """The row as it is now, held until the commit: two saves wait for each other, and a submission for a save."""
    return (
        await session.execute(
            select(Provider)
            .where(Provider.id == id_)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one()


async def of_organisation(session: AsyncSession, org_id: UUID) -> Provider | None:
    found = select(Provider).where(Provider.org_id == org_id, Provider.kind == "organisation")
    return (await session.execute(found)).scalar_one_or_none()


async def of_person(session: AsyncSession, person_id: UUID) -> Provider | None:
    return (await session.execute(select(Provider).where(Provider.person_id == person_id))).scalar_one_or_none()


async def add_provider(session: AsyncSession, **values: Any) -> bool:
    """False when the organisation, or the person, has a profile already."""
    made = await session.execute(upsert(Provider).values(**values).on_conflict_do_nothing().returning(Provider.id))
    return made.scalar_one_or_none() is not None


async def set_fields(session: AsyncSession, id_: UUID, **values: Any) -> None:
    await session.execute(
        update(Provider).where(Provider.id == id_).values(**values).execution_options(synchronize_session=False)
    )


async def replace_services(session: AsyncSession, id_: UUID, rows: Sequence[dict[str, Any]]) -> None:
    await session.execute(delete(ProviderService).where(ProviderService.provider_id == id_))
    if rows:
        await session.execute(insert(ProviderService), [{"provider_id": id_, **r} for r in rows])


async def is_shown(session: AsyncSession, id_: UUID) -> bool:
    """Everybody may see the profile."""
    found = await session.execute(
        text(f"SELECT EXISTS (SELECT 1 FROM {_FROM} WHERE p.id = :id AND {_LISTED})"),  # noqa: S608 - constants only
        {"id": id_},
    )
    return bool(found.scalar_one())


_SERVICES = text(f"""
    SELECT s.service, s.fee_kind, s.amount_from, s.amount_to, s.percent_from, s.percent_to, s.note,
      s.service = ANY(CAST(:licensed AS text[])), {_OFFERED},
      (SELECT CASE WHEN count(*) = count(l.expires_on) THEN max(l.expires_on) END FROM provider_licence l
        WHERE l.provider_id = s.provider_id AND l.status = 'checked' AND s.service = ANY(l.services)
          AND l.issued_on <= :on AND (l.expires_on IS NULL OR l.expires_on >= :on))
    FROM provider_service s WHERE s.provider_id = :id""")  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class ServiceRow:
    service: Service
    fee_kind: str
    low: int | Decimal | None
    high: int | Decimal | None
    note: str | None
    needs_licence: bool
    offered: bool
    licensed_until: date | None


async def services(session: AsyncSession, id_: UUID) -> list[ServiceRow]:
    """What the profile names, in the order of the list, each with whether it is offered today."""
    rows = (await session.execute(_SERVICES, {**_day(None), "id": id_})).all()
    found = [
        ServiceRow(
            Service(r[0]), r[1], r[2] if r[4] is None else r[4], r[3] if r[5] is None else r[5], r[6], r[7], r[8],
            r[9] if r[7] else None,
        )
        for r in rows
    ]  # fmt: skip
    return sorted(found, key=lambda s: list(Service).index(s.service))


async def queue(session: AsyncSession, limit: int) -> list[Any]:
    """Profiles to review, edited since their review, or with licences to check; those that wait longest first."""
    rows = await session.execute(
        text(f"""
            SELECT p.id, p.kind, coalesce(x.name, o.name_vi), p.org_id, o.name_vi,
              CASE WHEN p.status = 'submitted' THEN p.status_at
                   WHEN p.status = 'listed' AND p.edited_at > p.reviewed_at THEN p.edited_at ELSE w.since END AS since,
              CASE WHEN p.status = 'submitted' THEN 'submitted'
                   WHEN p.status = 'listed' AND p.edited_at > p.reviewed_at THEN 'edited' ELSE 'licence' END, w.waiting
            FROM {_FROM} CROSS JOIN LATERAL (SELECT count(*) AS waiting, min(l.declared_at) AS since
              FROM provider_licence l WHERE l.provider_id = p.id AND l.status = 'declared') w
            WHERE p.status = 'submitted' OR (p.status = 'listed' AND p.edited_at > p.reviewed_at) OR w.waiting > 0
            ORDER BY since, p.id LIMIT :limit"""),  # noqa: S608 - constants only
        {"limit": limit},
    )
    return list(rows.all())


# --- licences ---


async def licences(session: AsyncSession, provider_id: UUID) -> list[ProviderLicence]:
    rows = await session.execute(
        select(ProviderLicence).where(ProviderLicence.provider_id == provider_id).order_by(ProviderLicence.id.desc())
    )
    return list(rows.scalars())


async def licence(session: AsyncSession, provider_id: UUID, id_: UUID) -> ProviderLicence | None:
    return (
        await session.execute(
            select(ProviderLicence).where(ProviderLicence.id == id_, ProviderLicence.provider_id == provider_id)
        )
    ).scalar_one_or_none()


async def licence_by_id(session: AsyncSession, id_: UUID) -> ProviderLicence | None:
    return (await session.execute(select(ProviderLicence).where(ProviderLicence.id == id_))).scalar_one_or_none()


async def add_licence(session: AsyncSession, **values: Any) -> bool:
    """False when one of this kind and number stands already."""
    made = await session.execute(
        upsert(ProviderLicence).values(**values).on_conflict_do_nothing().returning(ProviderLicence.id)
    )
    return made.scalar_one_or_none() is not None


async def expired(session: AsyncSession, today: date) -> list[UUID]:
    """Standing licences whose last day has gone."""
    rows = await session.execute(
        select(ProviderLicence.id).where(ProviderLicence.status.in_(STANDING), ProviderLicence.expires_on < today)
    )
    return list(rows.scalars())


async def take_reminders(session: AsyncSession, today: date, days: int, until: date) -> list[UUID]:
    """Checked licences that end from `today` to `until`, each taken once for this many `days`: the reminder is due."""
    rows = await session.execute(
        update(ProviderLicence)
        .where(
            ProviderLicence.status == "checked",
            ProviderLicence.expires_on.between(today, until),
            or_(ProviderLicence.reminded.is_(None), ProviderLicence.reminded > days),
        )
        .values(reminded=days)
        .returning(ProviderLicence.id)
        .execution_options(synchronize_session=False)
    )
    return list(rows.scalars())


# --- ratings ---

# Both have rated, or the window is over: told by the clock, so that a late job changes nothing about what is seen.
_SEEN = "(rp.status = 'published' OR rp.closes_at <= :now)"
_PUBLISHED_AT = "CASE WHEN rp.status = 'published' THEN least(rp.status_at, rp.closes_at) ELSE rp.closes_at END"


async def open_pair(session: AsyncSession, **values: Any) -> UUID | None:
    """None when the two have one in this deal already."""
    made = await session.execute(
        upsert(RatingPair).values(id=new_id(), **values).on_conflict_do_nothing().returning(RatingPair.id)
    )
    return made.scalar_one_or_none()


async def lock_pair(session: AsyncSession, deal_id: UUID, provider_org_id: UUID, party_org_id: UUID) -> RatingPair:
    """Held until the commit: of two last ratings the second sees the first and publishes both, once."""
    return (
        await session.execute(
            select(RatingPair)
            .where(
                RatingPair.deal_id == deal_id,
                RatingPair.provider_org_id == provider_org_id,
                RatingPair.party_org_id == party_org_id,
            )
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one()


async def pairs_of_deal(session: AsyncSession, deal_id: UUID, org_id: UUID) -> list[RatingPair]:
    rows = await session.execute(
        select(RatingPair).where(
            RatingPair.deal_id == deal_id, or_(RatingPair.provider_org_id == org_id, RatingPair.party_org_id == org_id)
        )
    )
    return list(rows.scalars())


async def pair(session: AsyncSession, id_: UUID) -> RatingPair | None:
    return (await session.execute(select(RatingPair).where(RatingPair.id == id_))).scalar_one_or_none()


async def add_rating(session: AsyncSession, **values: Any) -> bool:
    """False when this organisation has rated the other already."""
    made = await session.execute(upsert(Rating).values(**values).on_conflict_do_nothing().returning(Rating.id))
    return made.scalar_one_or_none() is not None


async def ratings_of_pair(session: AsyncSession, pair_id: UUID) -> list[Rating]:
    return list((await session.execute(select(Rating).where(Rating.pair_id == pair_id))).scalars())


async def ratings_of_pairs(session: AsyncSession, pair_ids: Sequence[UUID]) -> list[Rating]:
    return list((await session.execute(select(Rating).where(Rating.pair_id.in_(pair_ids)))).scalars())


async def seen_rating(session: AsyncSession, id_: UUID) -> tuple[Rating, RatingPair] | None:
    """A published rating with its pair: until then it is there for nobody but whoever sent it."""
    row = (
        await session.execute(
            select(Rating, RatingPair)
            .join(RatingPair, RatingPair.id == Rating.pair_id)
            .where(Rating.id == id_, or_(RatingPair.status == "published", RatingPair.closes_at <= clock.now()))
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def set_rating(session: AsyncSession, id_: UUID, **values: Any) -> None:
    await session.execute(
        update(Rating).where(Rating.id == id_).values(**values).execution_options(synchronize_session=False)
    )


async def due_pairs(session: AsyncSession, now: datetime) -> list[UUID]:
    rows = await session.execute(select(RatingPair.id).where(RatingPair.status == "open", RatingPair.closes_at <= now))
    return list(rows.scalars())


_ABOUT = text(f"""
    SELECT r.id, CASE WHEN r.rater_org_id = rp.party_org_id THEN rp.party_side END, rp.capacity, r.speed, r.clarity,
      r.integrity, r.result, r.words, ({_PUBLISHED_AT}), r.status, r.hidden_why
    FROM rating r JOIN rating_pair rp ON rp.id = r.pair_id
    WHERE r.ratee_org_id = :org AND {_SEEN} ORDER BY 9 DESC, r.id DESC""")  # noqa: S608 - constants only


async def about(session: AsyncSession, org_id: UUID) -> list[Any]:
    """Published ratings of an organisation, the newest first."""
    return list((await session.execute(_ABOUT, {"org": org_id, "now": clock.now()})).all())


_SATISFACTION = text(f"""
    SELECT r.ratee_org_id, avg((r.speed + r.clarity + r.integrity + r.result) / 4.0), count(*)
    FROM rating r JOIN rating_pair rp ON rp.id = r.pair_id AND rp.provider_org_id = r.ratee_org_id
    WHERE (CAST(:orgs AS uuid[]) IS NULL OR r.ratee_org_id = ANY(CAST(:orgs AS uuid[]))) AND {_SEEN}
      AND (CAST(:capacities AS text[]) IS NULL OR rp.capacity = ANY(CAST(:capacities AS text[])))
      AND (CAST(:start AS timestamptz) IS NULL OR {_PUBLISHED_AT} >= :start)
      AND (CAST(:end AS timestamptz) IS NULL OR {_PUBLISHED_AT} < :end)
    GROUP BY r.ratee_org_id""")  # noqa: S608 - constants only


async def satisfaction(
    session: AsyncSession,
    org_ids: Iterable[UUID] | None,
    capacities: Iterable[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> dict[UUID, tuple[float, int]]:
    """(mean of all marks, how many) of ratings that parties gave these organisations (None: everybody) as
    intermediaries of these capacities, published from `start` on and before `end`."""
    values = {
        "orgs": None if org_ids is None else list(set(org_ids)), "now": clock.now(), "start": start, "end": end,
        "capacities": None if capacities is None else list(capacities),
    }  # fmt: skip
    rows = await session.execute(_SATISFACTION, values)
    return {r[0]: (float(r[1]), int(r[2])) for r in rows}


async def reported(session: AsyncSession, limit: int) -> list[Rating]:
    rows = await session.execute(
        select(Rating).where(Rating.status == "reported").order_by(Rating.status_at).limit(limit)
    )
    return list(rows.scalars())


def marks(row: Rating) -> dict[str, int]:
    return {name: getattr(row, name) for name in MARKS}
