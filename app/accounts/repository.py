"""Every query of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import (
    ApiKey,
    Invitation,
    Membership,
    Organisation,
    PasswordReset,
    Person,
    StaffDuty,
    UserSession,
)
from app.accounts.schemas import Choose, MemberView, OrganisationView
from app.accounts.search import document
from app.kit.actor import Actor, Role, Staff
from app.platform import bulk
from search.documents import OrganisationDocument

_DUTIES = "array(SELECT d.duty FROM staff_duty d WHERE d.person_id = p.id)"
_SESSION = text(f"""
    SELECT s.id, p.id, p.name, p.locale, m.org_id, m.role, coalesce(o.name_vi, ''), coalesce(o.name_en, ''),
           coalesce(o.kind, ''), {_DUTIES}, s.last_seen_at
    FROM user_session s JOIN person p ON p.id = s.person_id AND p.disabled_at IS NULL
    LEFT JOIN membership m ON m.person_id = p.id AND m.org_id = s.org_id
    LEFT JOIN organisation o ON o.id = m.org_id
    WHERE s.token_hash = :hash AND s.expires_at > :now
    """)  # noqa: S608 - constants only
_KEY = text(f"""
    SELECT k.id, p.id, p.name, p.locale, m.org_id, m.role, coalesce(o.name_vi, ''), coalesce(o.name_en, ''),
           coalesce(o.kind, ''), {_DUTIES}, k.last_used_at, k.scopes
    FROM api_key k JOIN person p ON p.id = k.person_id AND p.disabled_at IS NULL
    LEFT JOIN membership m ON m.person_id = p.id AND m.org_id = k.org_id
    LEFT JOIN organisation o ON o.id = m.org_id
    WHERE k.token_hash = :hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > :now)
    """)  # noqa: S608 - constants only


def _actor(row: Sequence[Any], locale: str | None, scopes: frozenset[str] | None) -> Actor:
    use = locale or row[3]
    return Actor(
        person_id=row[1],
        org_id=row[4],
        role=Role(row[5]) if row[5] else None,
        staff=frozenset(Staff(d) for d in row[9]),
        locale=use,
        person_name=row[2],
        org_name=(row[7] if use == "en" and row[7] else row[6]),
        org_kind=row[8],
        session_id=row[0] if scopes is None else None,
        scopes=scopes,
    )


async def actor_of_session(
    session: AsyncSession, token_hash: bytes, now: datetime, locale: str | None
) -> tuple[Actor, bool] | None:
    """The actor and whether the last-seen time is old enough to be written again."""
    row = (await session.execute(_SESSION, {"hash": token_hash, "now": now})).one_or_none()
    if row is None:
        return None
    return _actor(row, locale, None), now - row[10] > timedelta(minutes=5)


async def actor_of_key(
    session: AsyncSession, token_hash: bytes, now: datetime, locale: str | None
) -> tuple[Actor, UUID, bool] | None:
    row = (await session.execute(_KEY, {"hash": token_hash, "now": now})).one_or_none()
    if row is None:
        return None
    stale = row[10] is None or now - row[10] > timedelta(minutes=5)
    return _actor(row, locale, frozenset(row[11])), row[0], stale


async def touch_session(session: AsyncSession, id_: UUID, now: datetime, expires: datetime) -> None:
    await session.execute(update(UserSession).where(UserSession.id == id_).values(last_seen_at=now, expires_at=expires))


async def touch_key(session: AsyncSession, id_: UUID, now: datetime) -> None:
    await session.execute(update(ApiKey).where(ApiKey.id == id_).values(last_used_at=now))


async def person_by_email(session: AsyncSession, email: str) -> Person | None:
    return (
        await session.execute(select(Person).where(func.lower(Person.email) == email.strip().lower()))
    ).scalar_one_or_none()


async def person(session: AsyncSession, id_: UUID) -> Person:
    return (await session.execute(select(Person).where(Person.id == id_))).scalar_one()


async def first_membership(session: AsyncSession, person_id: UUID) -> Membership | None:
    return (
        await session.execute(
            select(Membership).where(Membership.person_id == person_id).order_by(Membership.since).limit(1)
        )
    ).scalar_one_or_none()


async def choices(session: AsyncSession, person_id: UUID) -> list[Choose]:
    rows = await session.execute(
        select(Organisation.id, Organisation.name_vi, Membership.role)
        .join(Membership, Membership.org_id == Organisation.id)
        .where(Membership.person_id == person_id)
        .order_by(Organisation.sort_name)
    )
    return [Choose(org_id=r[0], name=r[1], role=Role(r[2])) for r in rows]


async def sessions_of(session: AsyncSession, person_id: UUID, now: datetime) -> list[UserSession]:
    return list(
        (
            await session.execute(
                select(UserSession)
                .where(UserSession.person_id == person_id, UserSession.expires_at > now)
                .order_by(UserSession.last_seen_at.desc())
                .limit(50)
            )
        ).scalars()
    )


async def end_session(session: AsyncSession, person_id: UUID, id_: UUID) -> bool:
    done = await session.execute(
        delete(UserSession).where(UserSession.id == id_, UserSession.person_id == person_id).returning(UserSession.id)
    )
    return done.scalar_one_or_none() is not None


async def end_sessions(session: AsyncSession, person_id: UUID, but: UUID | None = None) -> int:
    stmt = delete(UserSession).where(UserSession.person_id == person_id)
    if but:
        stmt = stmt.where(UserSession.id != but)
    return len((await session.execute(stmt.returning(UserSession.id))).all())


async def sweep(session: AsyncSession, now: datetime) -> None:
    await session.execute(delete(UserSession).where(UserSession.expires_at < now))
    await session.execute(delete(PasswordReset).where(PasswordReset.expires_at < now - timedelta(days=30)))


async def use_reset(session: AsyncSession, id_: UUID, now: datetime) -> UUID | None:
    """Spend a reset link once; the person's id, or None when it was used or has expired."""
    return (
        await session.execute(
            update(PasswordReset)
            .where(PasswordReset.id == id_, PasswordReset.used_at.is_(None), PasswordReset.expires_at > now)
            .values(used_at=now)
            .returning(PasswordReset.person_id)
        )
    ).scalar_one_or_none()


async def reset_with_person(session: AsyncSession, id_: UUID) -> tuple[PasswordReset, Person] | None:
    row = (
        await session.execute(
            select(PasswordReset, Person)
            .join(Person, Person.id == PasswordReset.person_id)
            .where(PasswordReset.id == id_)
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def open_invitation(session: AsyncSession, id_: UUID, now: datetime) -> Invitation | None:
    return (
        await session.execute(
            select(Invitation)
            .where(Invitation.id == id_, Invitation.accepted_at.is_(None), Invitation.expires_at > now)
            .with_for_update()
        )
    ).scalar_one_or_none()


async def invitation(session: AsyncSession, id_: UUID) -> tuple[Invitation, str] | None:
    row = (
        await session.execute(
            select(Invitation, Organisation.name_vi)
            .join(Organisation, Organisation.id == Invitation.org_id)
            .where(Invitation.id == id_)
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def join(session: AsyncSession, person_id: UUID, org_id: UUID, role: Role, now: datetime) -> None:
    await session.execute(
        upsert(Membership)
        .values(person_id=person_id, org_id=org_id, role=role.value, since=now)
        .on_conflict_do_nothing()
    )


async def members(session: AsyncSession, org_id: UUID) -> list[MemberView]:
    rows = await session.execute(
        select(Person.id, Person.name, Person.email, Membership.role, Membership.since)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.org_id == org_id)
        .order_by(Membership.since)
        .limit(200)
    )
    return [MemberView(person_id=r[0], name=r[1], email=r[2], role=Role(r[3]), since=r[4]) for r in rows]


async def colleagues(session: AsyncSession, org_id: UUID) -> list[MemberView]:
    rows = await session.execute(
        select(Person.id, Person.name, Person.email, Membership.role, Membership.since)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.org_id == org_id, Membership.role != "viewer", Person.disabled_at.is_(None))
        .order_by(Membership.since)
        .limit(200)
    )
    return [MemberView(person_id=r[0], name=r[1], email=r[2], role=Role(r[3]), since=r[4]) for r in rows]


async def lock_members(session: AsyncSession, org_id: UUID) -> dict[UUID, Role]:
    """Everyone of an organisation, locked: the count of owners cannot move under the caller."""
    rows = await session.execute(
        select(Membership.person_id, Membership.role)
        .where(Membership.org_id == org_id)
        .order_by(Membership.person_id)
        .with_for_update()
    )
    return {r[0]: Role(r[1]) for r in rows}


async def set_role(session: AsyncSession, person_id: UUID, org_id: UUID, role: Role | None) -> None:
    key = (Membership.person_id == person_id, Membership.org_id == org_id)
    if role is None:
        await session.execute(delete(Membership).where(*key))
        await session.execute(
            delete(UserSession).where(UserSession.person_id == person_id, UserSession.org_id == org_id)
        )
    else:
        await session.execute(update(Membership).where(*key).values(role=role.value))


async def keys_of(session: AsyncSession, person_id: UUID) -> list[ApiKey]:
    return list(
        (
            await session.execute(
                select(ApiKey)
                .where(ApiKey.person_id == person_id, ApiKey.revoked_at.is_(None))
                .order_by(ApiKey.created_at.desc())
                .limit(100)
            )
        ).scalars()
    )


async def revoke_key(session: AsyncSession, person_id: UUID, id_: UUID, now: datetime) -> bool:
    done = await session.execute(
        update(ApiKey)
        .where(ApiKey.id == id_, ApiKey.person_id == person_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiKey.id)
    )
    return done.scalar_one_or_none() is not None


async def organisation(session: AsyncSession, id_: UUID) -> Organisation | None:
    return (await session.execute(select(Organisation).where(Organisation.id == id_))).scalar_one_or_none()


async def tax_code_taken(session: AsyncSession, tax_code: str, but: UUID | None) -> bool:
    found = await session.execute(
        select(Organisation.id).where(Organisation.tax_code == tax_code, Organisation.id != but)
    )
    return found.first() is not None


def view(row: Organisation) -> OrganisationView:
    return OrganisationView.model_validate(row, from_attributes=True)


async def organisations_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, OrganisationView]:
    """Batch call of the door: the views of these organisations."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    rows = await session.execute(select(Organisation).where(Organisation.id.in_(wanted)))
    return {r.id: view(r) for r in rows.scalars()}


async def people_names(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, str]:
    wanted = list(set(ids))
    if not wanted:
        return {}
    rows = await session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {r[0]: r[1] for r in rows}


async def members_of(session: AsyncSession, org_ids: Iterable[UUID]) -> list[tuple[UUID, UUID, str]]:
    """Batch call of the door: (organisation, person, name) of everybody who acts for these organisations."""
    rows = await session.execute(
        select(Membership.org_id, Membership.person_id, Person.name)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.org_id.in_(list(set(org_ids))), Person.disabled_at.is_(None))
        .order_by(Membership.since, Membership.person_id)
    )
    return [(r[0], r[1], r[2]) for r in rows]


async def organisations_of_person(session: AsyncSession, person_id: UUID) -> list[UUID]:
    """Whom a person acts for."""
    rows = await session.execute(select(Membership.org_id).where(Membership.person_id == person_id))
    return list(rows.scalars())


async def operator_emails(session: AsyncSession) -> list[tuple[str, str, str]]:
    """(e-mail, name, locale) of everybody who runs the exchange now."""
    rows = await session.execute(
        select(Person.email, Person.name, Person.locale)
        .where(
            Person.disabled_at.is_(None),
            select(StaffDuty.person_id)
            .where(StaffDuty.person_id == Person.id, StaffDuty.duty.in_(("operator", "admin")))
            .exists(),
        )
        .order_by(Person.email)
    )
    return [(r[0], r[1], r[2]) for r in rows]


async def operators_among(session: AsyncSession, ids: Iterable[UUID], but_org: UUID | None) -> set[UUID]:
    """Those of these people who run the exchange now and do not belong to `but_org`."""
    query = (
        select(StaffDuty.person_id)
        .join(Person, Person.id == StaffDuty.person_id)
        .where(StaffDuty.duty.in_(("operator", "admin")), Person.disabled_at.is_(None), Person.id.in_(list(ids)))
    )
    if but_org is not None:
        query = query.where(
            ~select(Membership.person_id)
            .where(Membership.person_id == StaffDuty.person_id, Membership.org_id == but_org)
            .exists()
        )
    return set((await session.execute(query)).scalars())


async def member_emails(session: AsyncSession, org_id: UUID) -> list[tuple[str, str, str]]:
    """(e-mail, name, locale) of those who may bind the organisation: who is written to about its deals."""
    rows = await session.execute(
        select(Person.email, Person.name, Person.locale)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.org_id == org_id, Membership.role.in_(("owner", "manager")), Person.disabled_at.is_(None))
        .order_by(Membership.since)
        .limit(20)
    )
    return [(r[0], r[1], r[2]) for r in rows]


async def import_organisation(session: AsyncSession, source: str, source_id: str, values: dict[str, Any]) -> UUID:
    """Insert or refresh an organisation known by its id at a source; its id with us."""
    stmt = upsert(Organisation).values(source=source, source_id=source_id, **values)
    keep = {"id", "created_at", "status", "status_at"}
    stmt = stmt.on_conflict_do_update(
        index_elements=["source", "source_id"],
        set_={k: stmt.excluded[k] for k in values if k not in keep},
    )
    return (await session.execute(stmt.returning(Organisation.id))).scalar_one()


async def known_of_source(session: AsyncSession, source: str, ids: Sequence[str]) -> dict[str, Organisation]:
    """What is known already of a source, by its ids there."""
    if not ids:
        return {}
    rows = await session.execute(
        select(Organisation).where(Organisation.source == source, Organisation.source_id.in_(ids))
    )
    return {str(r.source_id): r for r in rows.scalars()}


async def import_organisations(session: AsyncSession, source: str, rows: dict[str, dict[str, Any]]) -> dict[str, UUID]:
    """The same for many, in one statement; all rows have the same columns."""
    known = [{"source": source, "source_id": source_id, **values} for source_id, values in rows.items()]
    keep = ("id", "created_at", "status", "status_at")
    found = await bulk.insert(session, Organisation, known, key=("source", "source_id"), keep=keep)
    return {source_id: id_ for _, source_id, id_ in found}


async def add_duty(session: AsyncSession, person_id: UUID, duty: Staff, now: datetime) -> None:
    await session.execute(
        upsert(StaffDuty).values(person_id=person_id, duty=duty.value, since=now).on_conflict_do_nothing()
    )


async def remove_duty(session: AsyncSession, person_id: UUID, duty: Staff) -> bool:
    done = await session.execute(
        delete(StaffDuty)
        .where(StaffDuty.person_id == person_id, StaffDuty.duty == duty.value)
        .returning(StaffDuty.person_id)
    )
    return done.scalar_one_or_none() is not None


async def list_people(session: AsyncSession, limit: int) -> list[tuple[str, str, str | None, str | None]]:
    rows = await session.execute(
        select(Person.email, Person.name, Organisation.name_vi, Membership.role)
        .outerjoin(Membership, Membership.person_id == Person.id)
        .outerjoin(Organisation, Organisation.id == Membership.org_id)
        .order_by(Person.email)
        .limit(limit)
    )
    return [(r[0], r[1], r[2], r[3]) for r in rows]


async def list_organisations(session: AsyncSession, limit: int) -> list[Organisation]:
    return list((await session.execute(select(Organisation).order_by(Organisation.sort_name).limit(limit))).scalars())


_SHOWN = (Organisation.status != "suspended", Organisation.kind.not_in(("operator", "department")))


async def organisation_page(
    session: AsyncSession, *, kind: str | None, after: tuple[str, UUID] | None, limit: int
) -> list[Organisation]:
    """Organisations in Vietnamese order after the keyset position; suspended ones are not shown."""
    stmt = select(Organisation).where(*_SHOWN)
    if kind:
        stmt = stmt.where(Organisation.kind == kind)
    if after:
        stmt = stmt.where(text("(sort_name, id) > (:key, :id)").bindparams(key=after[0], id=after[1]))
    stmt = stmt.order_by(Organisation.sort_name, Organisation.id).limit(limit)
    return list((await session.execute(stmt)).scalars())


async def shown_organisations(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, OrganisationView]:
    """Batch call of the door: of these organisations those shown to all. What a search hydrates from."""
    if not ids:
        return {}
    rows = await session.execute(select(Organisation).where(*_SHOWN, Organisation.id.in_(ids)))
    return {r.id: view(r) for r in rows.scalars()}


async def organisation_documents(
    session: AsyncSession, ids: Sequence[UUID], offered: Mapping[UUID, tuple[int, Sequence[str]]]
) -> list[OrganisationDocument]:
    """The index documents of those of these organisations that are shown to all.

    `offered`: how many public listings each has, and their fields; listings stand above and are counted there.
    """
    if not ids:
        return []
    rows = await session.execute(select(Organisation).where(*_SHOWN, Organisation.id.in_(ids)))
    return [document(r, *offered.get(r.id, (0, ()))) for r in rows.scalars()]


async def organisation_ids(
    session: AsyncSession, after: UUID | None, limit: int, last: UUID | None = None
) -> list[UUID]:
    """Ids of shown organisations in order, up to `last`: for a rebuild, or for a batch of an import."""
    stmt = select(Organisation.id).where(*_SHOWN)
    if after:
        stmt = stmt.where(Organisation.id > after)
    if last:
        stmt = stmt.where(Organisation.id <= last)
    return list((await session.execute(stmt.order_by(Organisation.id).limit(limit))).scalars())


async def count_organisations(session: AsyncSession) -> int:
    """How many are shown, and so how many the index should hold."""
    return int((await session.execute(select(func.count()).select_from(Organisation).where(*_SHOWN))).scalar_one())


async def find_organisations(session: AsyncSession, words: Sequence[str], limit: int) -> list[Organisation]:
    """Organisations in whose name every folded word begins a word; verified ones first, then in Vietnamese order."""
    if not words:
        return []
    stmt = select(Organisation).where(*_SHOWN)
    for word in words:
        # Letters and digits only, so there is nothing in it that LIKE would read as a pattern.
        stmt = stmt.where(or_(Organisation.folded.like(f"{word}%"), Organisation.folded.like(f"% {word}%")))
    first = case((Organisation.status == "verified", 0), else_=1)
    return list((await session.execute(stmt.order_by(first, Organisation.sort_name).limit(limit))).scalars())


async def organisation_by_tax_code(session: AsyncSession, writings: Sequence[str]) -> Organisation | None:
    """The organisation shown to all under this tax code; a single person's code is nobody's business."""
    return (
        await session.execute(
            select(Organisation)
            .where(*_SHOWN, Organisation.tax_code.in_(writings), Organisation.kind != "individual")
            .limit(1)
        )
    ).scalar_one_or_none()


async def contact(session: AsyncSession, person_id: UUID) -> tuple[str, str, str] | None:
    """(e-mail, name, locale) of a person who may sign in; None of anyone else."""
    row = (
        await session.execute(
            select(Person.email, Person.name, Person.locale).where(Person.id == person_id, Person.disabled_at.is_(None))
        )
    ).one_or_none()
    return (row[0], row[1], row[2]) if row else None


async def add(session: AsyncSession, model: Any, **values: Any) -> None:
    await session.execute(insert(model).values(**values))


async def add_person(session: AsyncSession, **values: Any) -> bool:
    """False when the address is taken."""
    made = await session.execute(upsert(Person).values(**values).on_conflict_do_nothing().returning(Person.id))
    return made.scalar_one_or_none() is not None
