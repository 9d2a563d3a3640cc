"""Every query of the valuation case."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, false, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.valuations.models import (
    Valuation,
    ValuationComplaint,
    ValuationDocument,
    ValuationMember,
    ValuationQuote,
    ValuationRemark,
    ValuationReport,
    ValuationSheet,
    ValuationSignature,
)
from app.valuations.workflow import IN_HAND


def reference_of(number: int) -> str:
    return f"DG-{number:05d}"


def visible_to(actor: Actor) -> ColumnElement[bool]:
    if actor.is_operator:
        return true()
    if actor.anonymous or actor.org_id is None or actor.role is None:
        return false()
    asked = exists().where(ValuationQuote.valuation_id == Valuation.id, ValuationQuote.org_id == actor.org_id)
    return or_(Valuation.requester_org_id == actor.org_id, Valuation.provider_org_id == actor.org_id, asked)


async def case(session: AsyncSession, id_: UUID, actor: Actor) -> Valuation | None:
    return (await session.execute(select(Valuation).where(Valuation.id == id_, visible_to(actor)))).scalar_one_or_none()


async def peek(session: AsyncSession, id_: UUID) -> Valuation | None:
    """Whoever asks: for the exchange's own messages."""
    return (await session.execute(select(Valuation).where(Valuation.id == id_))).scalar_one_or_none()


async def lock(session: AsyncSession, id_: UUID) -> Valuation | None:
    return (
        await session.execute(
            select(Valuation)
            .where(Valuation.id == id_)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def of_actor(session: AsyncSession, org_id: UUID, limit: int) -> list[Valuation]:
    """Cases the organisation asked for, works on or was asked to quote for, the newest first."""
    asked = exists().where(ValuationQuote.valuation_id == Valuation.id, ValuationQuote.org_id == org_id)
    rows = await session.execute(
        select(Valuation)
        .where(or_(Valuation.requester_org_id == org_id, Valuation.provider_org_id == org_id, asked))
        .order_by(Valuation.id.desc())
        .limit(limit)
    )
    return list(rows.scalars())


async def of_listing(session: AsyncSession, listing_id: UUID, org_id: UUID, limit: int) -> list[Valuation]:
    """An organisation's own cases about a listing."""
    rows = await session.execute(
        select(Valuation)
        .where(Valuation.listing_id == listing_id, Valuation.requester_org_id == org_id)
        .order_by(Valuation.id.desc())
        .limit(limit)
    )
    return list(rows.scalars())


async def shown_of(session: AsyncSession, listing_ids: Collection[UUID], today: date) -> list[Valuation]:
    """Delivered, valid, and shown by the owner; the newest first."""
    rows = await session.execute(
        select(Valuation)
        .where(
            Valuation.listing_id.in_(listing_ids), Valuation.shown, Valuation.status == "delivered",
            Valuation.expires_on >= today,
        )
        .order_by(Valuation.value_date.desc(), Valuation.id.desc())
    )  # fmt: skip
    return list(rows.scalars())


async def due(session: AsyncSession, today: date, limit: int) -> list[Valuation]:
    """Cases whose result can be valid no more, and requests nobody was chosen for in time."""
    rows = await session.execute(
        select(Valuation)
        .where(
            or_(
                and_(Valuation.status.in_(IN_HAND), Valuation.expires_on < today),
                and_(Valuation.status == "agreed", Valuation.expires_on < today),
                and_(Valuation.status == "requested", Valuation.quotes_until < today),
            )
        )
        .order_by(Valuation.id)
        .limit(limit)
    )
    return list(rows.scalars())


async def touched_by(session: AsyncSession, listing_id: UUID, version: int) -> list[UUID]:
    """Cases in hand whose asset was looked at in an earlier version of the listing and are not marked yet."""
    rows = await session.execute(
        select(Valuation.id).where(
            Valuation.listing_id == listing_id, Valuation.status.in_(IN_HAND), Valuation.listing_version < version,
            Valuation.asset_changed_at.is_(None),
        )
    )  # fmt: skip
    return list(rows.scalars())


async def mark_changed(session: AsyncSession, id_: UUID, now: datetime) -> bool:
    done = await session.execute(
        update(Valuation)
        .where(Valuation.id == id_, Valuation.asset_changed_at.is_(None))
        .values(asset_changed_at=now)
        .returning(Valuation.id)
        .execution_options(synchronize_session=False)
    )
    return done.scalar_one_or_none() is not None


async def add(session: AsyncSession, model: Any, **values: Any) -> UUID | None:
    """Insert; None when a unique index of the table finds it there already."""
    made = await session.execute(upsert(model).values(**values).on_conflict_do_nothing().returning(model.id))
    found: UUID | None = made.scalar_one_or_none()
    return found


async def set_fields(session: AsyncSession, id_: UUID, **values: Any) -> None:
    await session.execute(
        update(Valuation).where(Valuation.id == id_).values(**values).execution_options(synchronize_session=False)
    )


# --- quotes and people ---


async def quotes(session: AsyncSession, ids: Sequence[UUID]) -> list[ValuationQuote]:
    rows = await session.execute(
        select(ValuationQuote)
        .where(ValuationQuote.valuation_id.in_(ids))
        .order_by(ValuationQuote.id)
        .execution_options(populate_existing=True)
    )
    return list(rows.scalars())


async def quote_of(session: AsyncSession, valuation_id: UUID, org_id: UUID) -> ValuationQuote | None:
    return (
        await session.execute(
            select(ValuationQuote).where(ValuationQuote.valuation_id == valuation_id, ValuationQuote.org_id == org_id)
        )
    ).scalar_one_or_none()


async def members(session: AsyncSession, valuation_id: UUID) -> list[ValuationMember]:
    rows = await session.execute(
        select(ValuationMember)
        .where(ValuationMember.valuation_id == valuation_id)
        .order_by(ValuationMember.part, ValuationMember.name)
    )
    return list(rows.scalars())


async def name_members(session: AsyncSession, valuation_id: UUID, rows: list[dict[str, Any]]) -> None:
    await session.execute(delete(ValuationMember).where(ValuationMember.valuation_id == valuation_id))
    await session.execute(upsert(ValuationMember).values([{"valuation_id": valuation_id, **r} for r in rows]))


# --- documents ---


async def documents(session: AsyncSession, valuation_id: UUID) -> list[ValuationDocument]:
    rows = await session.execute(
        select(ValuationDocument).where(ValuationDocument.valuation_id == valuation_id).order_by(ValuationDocument.id)
    )
    return list(rows.scalars())


async def document(session: AsyncSession, valuation_id: UUID, id_: UUID) -> ValuationDocument | None:
    return (
        await session.execute(
            select(ValuationDocument).where(ValuationDocument.id == id_, ValuationDocument.valuation_id == valuation_id)
        )
    ).scalar_one_or_none()


# --- work sheets ---


async def sheets(session: AsyncSession, valuation_id: UUID) -> list[ValuationSheet]:
    rows = await session.execute(
        select(ValuationSheet)
        .where(ValuationSheet.valuation_id == valuation_id)
        .order_by(ValuationSheet.version)
        .execution_options(populate_existing=True)
    )
    return list(rows.scalars())


async def sheet(
    session: AsyncSession, valuation_id: UUID, version: int, *, locked: bool = False
) -> ValuationSheet | None:
    if not 0 < version < 2**15:  # no smallint holds it: there is no such version
        return None
    query = select(ValuationSheet).where(ValuationSheet.valuation_id == valuation_id, ValuationSheet.version == version)
    if locked:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def sheet_by_id(session: AsyncSession, id_: UUID) -> ValuationSheet | None:
    return (await session.execute(select(ValuationSheet).where(ValuationSheet.id == id_))).scalar_one_or_none()


async def save_sheet(session: AsyncSession, id_: UUID, revision: int, **values: Any) -> bool:
    """Overwrite a draft that still stands at this revision; the database decides between two who save."""
    done = await session.execute(
        update(ValuationSheet)
        .where(ValuationSheet.id == id_, ValuationSheet.status == "draft", ValuationSheet.revision == revision)
        .values(revision=revision + 1, **values)
        .returning(ValuationSheet.id)
        .execution_options(synchronize_session=False)
    )
    return done.scalar_one_or_none() is not None


async def remarks(session: AsyncSession, sheet_id: UUID) -> list[ValuationRemark]:
    rows = await session.execute(
        select(ValuationRemark).where(ValuationRemark.sheet_id == sheet_id).order_by(ValuationRemark.id)
    )
    return list(rows.scalars())


# --- report, signatures, complaints ---


async def reports(session: AsyncSession, valuation_id: UUID) -> list[ValuationReport]:
    """The newest last: it is the current one."""
    rows = await session.execute(
        select(ValuationReport).where(ValuationReport.valuation_id == valuation_id).order_by(ValuationReport.id)
    )
    return list(rows.scalars())


async def mark_delivered(session: AsyncSession, report_id: UUID, now: datetime) -> None:
    await session.execute(
        update(ValuationReport)
        .where(ValuationReport.id == report_id)
        .values(delivered_at=now)
        .execution_options(synchronize_session=False)
    )


async def signatures(session: AsyncSession, report_ids: Sequence[UUID]) -> list[ValuationSignature]:
    rows = await session.execute(
        select(ValuationSignature)
        .where(ValuationSignature.report_id.in_(report_ids))
        .order_by(ValuationSignature.at, ValuationSignature.part)
    )
    return list(rows.scalars())


async def add_signature(session: AsyncSession, **values: Any) -> bool:
    made = await session.execute(
        upsert(ValuationSignature).values(**values).on_conflict_do_nothing().returning(ValuationSignature.report_id)
    )
    return made.scalar_one_or_none() is not None


async def complaints(session: AsyncSession, valuation_id: UUID) -> list[ValuationComplaint]:
    rows = await session.execute(
        select(ValuationComplaint)
        .where(ValuationComplaint.valuation_id == valuation_id)
        .order_by(ValuationComplaint.id)
        .execution_options(populate_existing=True)
    )
    return list(rows.scalars())


async def quote_home(session: AsyncSession, quote_id: UUID) -> tuple[UUID, UUID]:
    """(case, organisation) of a quote. NoResultFound when there is none."""
    row = await session.execute(
        select(ValuationQuote.valuation_id, ValuationQuote.org_id).where(ValuationQuote.id == quote_id)
    )
    found = row.one()
    return found[0], found[1]


async def complaint_home(session: AsyncSession, complaint_id: UUID) -> UUID:
    """The case of a complaint. NoResultFound when there is none."""
    found: UUID = (
        await session.execute(select(ValuationComplaint.valuation_id).where(ValuationComplaint.id == complaint_id))
    ).scalar_one()
    return found


# --- calibration ---

# Delivered results in force or expired, with the first contract over the asset that was signed after delivery.
_SETTLED_LATER = text("""
    SELECT v.id, v.provider_org_id, o.name_vi AS valuer_vi, o.name_en AS valuer_en, v.asset->>'field' AS field,
      v.value_date, v.value, v.low, v.high, s.outcome, p.deal_id, p.amount, p.signed_on
    FROM valuation v JOIN valuation_sheet s ON s.id = v.sheet_id JOIN organisation o ON o.id = v.provider_org_id
      JOIN LATERAL (
        SELECT d.id AS deal_id, t.amount, t.signed_on
        FROM deal d JOIN deal_transaction t ON t.deal_id = d.id
        WHERE d.listing_id = v.listing_id AND (v.deal_id IS NULL OR d.id = v.deal_id) AND t.kind = 'completion'
          AND t.amount > 0 AND t.currency = v.currency
          AND t.signed_on >= (v.delivered_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
          AND NOT EXISTS (SELECT 1 FROM deal_transaction r WHERE r.reverses_id = t.id)
        ORDER BY t.signed_on, t.at, t.id LIMIT 1) p ON true
    WHERE v.status IN ('delivered','expired') AND v.value > 0 AND v.currency = 'VND'
      AND EXISTS (SELECT 1 FROM valuation_report r WHERE r.sheet_id = v.sheet_id AND r.delivered_at IS NOT NULL)
      AND (CAST(:org AS uuid) IS NULL OR v.provider_org_id = :org)
    ORDER BY v.id""")


async def settled_later(session: AsyncSession, org_id: UUID | None) -> list[Mapping[str, Any]]:
    """Valuations of one provider, or of all, whose asset was sold after delivery; in whole VND. The window is the
    caller's to keep."""
    rows = await session.execute(_SETTLED_LATER, {"org": org_id})
    return [dict(r) for r in rows.mappings()]


async def has_delivered(session: AsyncSession, org_id: UUID) -> bool:
    """Whether the organisation has delivered a valuation."""
    found = await session.execute(
        select(exists().where(Valuation.provider_org_id == org_id, Valuation.delivered_at.is_not(None)))
    )
    return bool(found.scalar_one())
