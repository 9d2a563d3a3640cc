"""Views of profiles, licences and ratings, made of rows for one reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.accounts import organisations_by_id, people_names
from app.deals import Capacity, Side, deals
from app.intermediaries import policy, repository
from app.intermediaries.models import Provider, ProviderLicence, Rating
from app.intermediaries.offering import (
    INTERMEDIATE,
    Availability,
    FeeKind,
    Language,
    LicenceKind,
    ProviderKind,
    Service,
)
from app.intermediaries.record import LEAST, record_of
from app.intermediaries.schemas import (
    MARKS,
    FeeView,
    LicenceView,
    Move,
    OfferedService,
    ProviderCard,
    ProviderView,
    RatingsView,
    RatingView,
    Record,
    ReportedRemark,
)
from app.kit import clock
from app.kit.actor import Actor
from app.kit.text import Text
from app.platform import state

SHOWN_RATINGS = 50


def card(r: Sequence[Any], locale: str) -> ProviderCard:
    """A row of the directory's statements."""
    order = list(Service)
    name = (r[4] if locale == "en" else None) or r[3]
    headline = Text(r[8] or "", r[9] or r[8] or "") if r[8] or r[9] else None
    return ProviderCard(
        id=r[0], kind=ProviderKind(r[1]), org_id=r[2], org_name=name, org_kind=r[5], verified=r[6] == "verified",
        name=r[7] or name, headline=headline, province=r[10],
        services=sorted((Service(s) for s in r[11]), key=order.index), fields=r[12],
        languages=[Language(x) for x in r[13]], regions=r[14], availability=Availability(r[15]), is_demo=r[16],
    )  # fmt: skip


def licence_view(row: ProviderLicence, actor: Actor, own: bool, expert: bool, reason: str | None = None) -> LicenceView:
    today = clock.today()
    whole = policy.may_see_whole(actor, own)
    in_force = (
        row.status == "checked" and row.issued_on <= today and (row.expires_on is None or row.expires_on >= today)
    )
    return LicenceView(
        id=row.id, kind=LicenceKind(row.kind), number=row.number, issuer=row.issuer, issued_on=row.issued_on,
        expires_on=row.expires_on, services=[Service(s) for s in row.services], status=row.status,
        status_at=row.status_at, checked_at=row.checked_at, in_force=in_force,
        days_left=(row.expires_on - today).days if in_force and row.expires_on else None,
        file_name=row.file_name if whole else None, sha256=row.sha256 if whole else None,
        reason=reason if whole else None, actions=policy.licence_actions(actor, own, expert, row.status),
    )  # fmt: skip


async def _licences(session: Any, actor: Actor, row: Provider, own: bool) -> list[LicenceView]:
    rows = await repository.licences(session, row.id)
    refused = [r.id for r in rows if r.status == "refused"]
    why = {c.subject_id: c.reason for c in await state.history(session, refused)} if refused else {}
    found = [licence_view(r, actor, own, row.person_id is not None, why.get(r.id)) for r in rows]
    return found if policy.may_see_whole(actor, own) else [x for x in found if x.in_force]


async def _services(session: Any, row: Provider, whole: bool) -> list[OfferedService]:
    found = [
        OfferedService(
            service=s.service, fee=FeeView(kind=FeeKind(s.fee_kind), low=s.low, high=s.high, note=s.note),
            needs_licence=s.needs_licence, offered=s.offered, licensed_until=s.licensed_until,
        )
        for s in await repository.services(session, row.id)
    ]  # fmt: skip
    return found if whole else [s for s in found if s.offered]


async def provider_view(session: Any, actor: Actor, row: Provider) -> ProviderView:
    """The profile for this reader; the caller has made sure that it may be seen."""
    own = policy.is_own(actor, row.org_id, row.person_id)
    expert, whole = row.person_id is not None, policy.may_see_whole(actor, own)
    organisation = (await organisations_by_id(session, [row.org_id]))[row.org_id]
    name = organisation.name(actor.locale)
    if row.person_id is not None:
        name = (await people_names(session, [row.person_id])).get(row.person_id, name)
    moves = await state.history(session, [row.id]) if whole else []
    asked = next((m.reason for m in reversed(moves) if m.reason), None)
    view = ProviderView(
        id=row.id,
        kind=ProviderKind(row.kind),
        organisation=organisation,
        name=name,
        **{k: getattr(row, k) for k in ("headline_vi", "headline_en", "story_vi", "story_en", "fields", "ipc")},
        services=await _services(session, row, whole),
        languages=[Language(x) for x in row.languages],
        regions=row.regions,
        capacity=row.capacity,
        availability=Availability(row.availability),
        licences=await _licences(session, actor, row, own),
        record=await _record(session, row),
        ratings=None if expert else await ratings_of(session, actor, row.org_id),
        consented=row.consented_at is not None,
        status=row.status,
        status_at=row.status_at,
        edited_at=row.edited_at,
        reviewed_at=row.reviewed_at,
        asked=asked if row.status in ("changes_requested", "suspended") else None,
        own=own,
        history=[Move(action=m.action, at=m.at, who=m.actor_name, reason=m.reason) for m in moves],
        is_demo=row.is_demo,
    )
    view.actions = policy.actions(actor, own, expert, row.status, unseen=view.unseen)
    return view


async def _record(session: Any, row: Provider) -> Record:
    """Of an organisation from the deals it took part in; of an expert from those in which that person acted."""
    if row.person_id is None:
        return (await records(session, [row.org_id]))[row.org_id]
    return record_of(await deals.engagements_of_person(row.person_id, INTERMEDIATE), clock.now())


async def records(session: Any, org_ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The track record of each organisation, from the deals it took part in as an intermediary."""
    found = await deals.engagements(org_ids, INTERMEDIATE)
    now = clock.now()
    return {org: record_of([e for e in found if e.org_id == org], now) for org in org_ids}


def rating_view(row: Rating, side: str | None, capacity: str, published_on: Any, actions: list[str]) -> RatingView:
    hidden = row.status == "hidden"
    return RatingView(
        id=row.id, rater_side=Side(side) if side else None, capacity=Capacity(capacity),
        marks=repository.marks(row), words=None if hidden else row.words, published_on=published_on,
        status=row.status, hidden_why=row.hidden_why if hidden else None, actions=actions,
    )  # fmt: skip


async def ratings_of(session: Any, actor: Actor, org_id: UUID) -> RatingsView:
    """Published ratings of an organisation: each as it is, the means of them from three on."""
    rows = await repository.about(session, org_id)
    items = []
    for r in rows[:SHOWN_RATINGS]:
        hidden, status = r[9] == "hidden", r[9]
        items.append(
            RatingView(
                id=r[0], rater_side=Side(r[1]) if r[1] else None, capacity=Capacity(r[2]),
                marks=dict(zip(MARKS, r[3:7], strict=True)), words=None if hidden else r[7],
                published_on=r[8].astimezone(clock.VIETNAM).date(), status=status,
                hidden_why=r[10] if hidden else None,
                actions=policy.remark_actions(actor, org_id, status, words=bool(r[7]), published=True),
            )
        )  # fmt: skip
    enough = len(rows) >= LEAST
    means = {m: round(sum(r[3 + n] for r in rows) / len(rows), 2) for n, m in enumerate(MARKS)} if enough else {}
    mean = round(sum(sum(r[3:7]) for r in rows) / (4 * len(rows)), 2) if enough else None
    return RatingsView(count=len(rows), mean=mean, marks=means, items=items)


async def reported(session: Any, actor: Actor, limit: int) -> list[ReportedRemark]:
    rows = await repository.reported(session, limit)
    names = await organisations_by_id(session, [r.ratee_org_id for r in rows])
    return [
        ReportedRemark(
            rating_id=r.id, ratee_org_id=r.ratee_org_id, ratee_name=names[r.ratee_org_id].name(actor.locale),
            words=r.words or "", why=r.reported_why, since=r.status_at,
            actions=policy.remark_actions(actor, r.ratee_org_id, r.status, words=bool(r.words), published=True),
        )
        for r in rows
    ]  # fmt: skip
