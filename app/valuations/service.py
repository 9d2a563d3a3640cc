"""The valuation case as each side reads it, with the verbs by group."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from app import accounts
from app.kit import clock
from app.kit.actor import Actor, Staff
from app.kit.errors import NotFound, Unauthenticated
from app.listings import listings
from app.platform import audit, state
from app.platform.db import reading, unit_of_work
from app.valuations import documenting, firewall, policy, repository
from app.valuations.assigning import Assigning
from app.valuations.base import complain_until, rules_checked, status_of
from app.valuations.calibration import Calibrations
from app.valuations.complaining import Complaining
from app.valuations.documents import Documents
from app.valuations.evidence import Evidence
from app.valuations.models import Valuation, ValuationQuote, ValuationReport, ValuationSignature
from app.valuations.quoting import Quoting
from app.valuations.reporting import Reporting
from app.valuations.schemas.choices import Kind, Purpose, Side
from app.valuations.schemas.views import (
    Amounts,
    ComplaintView,
    FileView,
    MemberView,
    QuoteView,
    ReportView,
    SheetCard,
    ShownList,
    ShownValuation,
    SignatureView,
    ValuationCard,
    ValuationList,
    ValuationView,
    units,
)
from app.valuations.sheets import document_view

MAX_SHOWN = 100
MESSENGER = Actor(staff=frozenset({Staff.operator}))


class Valuations(Quoting, Assigning, Documents, Evidence, Calibrations, Reporting, Complaining):
    async def read(self, actor: Actor, valuation_id: UUID) -> ValuationView:
        """The case as this side reads it; a look by the operator is written down."""
        if actor.anonymous:
            raise Unauthenticated
        view = await self._view(actor, await self._visible(actor, valuation_id))
        if view.side is None:
            async with unit_of_work() as session:
                audit.record(session, actor, "valuation.read", "valuation", valuation_id)
        return view

    async def peek(self, valuation_id: UUID) -> ValuationView:
        """The case for the exchange's own messages: no actor's look, so nothing is written to the audit log."""
        async with reading() as session:
            row = await repository.peek(session, valuation_id)
        if row is None:
            raise NotFound
        return await self._view(MESSENGER, row)

    async def of_quote(self, quote_id: UUID) -> tuple[UUID, UUID]:
        """(case, organisation that was asked) of a quote: for the exchange's own messages."""
        async with reading() as session:
            return await repository.quote_home(session, quote_id)

    async def of_complaint(self, complaint_id: UUID) -> UUID:
        """The case of a complaint: for the exchange's own messages."""
        async with reading() as session:
            return await repository.complaint_home(session, complaint_id)

    async def own(self, actor: Actor) -> ValuationList:
        """Cases the actor's organisation asked for, works on or was asked to quote for, the newest first."""
        if actor.anonymous:
            raise Unauthenticated
        if actor.org_id is None or actor.role is None:
            return ValuationList(items=[])
        async with reading() as session:
            rows = await repository.of_actor(session, actor.org_id, MAX_SHOWN)
        return ValuationList(items=await self._cards(actor, rows))

    async def of_listing(self, actor: Actor, listing_id: UUID) -> ValuationList:
        """The actor's organisation's own cases about a listing it may see."""
        await listings.read(actor, listing_id)
        if actor.org_id is None or actor.role is None:
            return ValuationList(items=[])
        async with reading() as session:
            rows = await repository.of_listing(session, listing_id, actor.org_id, MAX_SHOWN)
        return ValuationList(items=await self._cards(actor, rows))

    async def shown(self, actor: Actor, listing_id: UUID) -> ShownList:
        """What the owner shows of its delivered valuations to everybody who may see the listing."""
        await listings.read(actor, listing_id)
        return ShownList(items=(await self.of_listings([listing_id], actor.locale))[listing_id])

    async def of_listings(self, listing_ids: Collection[UUID], locale: str = "vi") -> dict[UUID, list[ShownValuation]]:
        """Batch call of the door: what is shown on each of these listings, valid today, the newest first."""
        async with reading() as session:
            rows = await repository.shown_of(session, listing_ids, clock.today())
            orgs = await accounts.organisations_by_id(session, [r.provider_org_id for r in rows if r.provider_org_id])
        made: dict[UUID, list[ShownValuation]] = {id_: [] for id_ in listing_ids}
        for r in rows:
            assert r.provider_org_id is not None  # noqa: S101 - a delivered case has its provider
            made[r.listing_id].append(
                ShownValuation(
                    listing_id=r.listing_id, kind=Kind(r.kind), kind_says=Kind(r.kind).says.get(locale),
                    purpose=Purpose(r.purpose), provider_name=orgs[r.provider_org_id].name(locale),
                    value_date=r.value_date, expires_on=r.expires_on, amounts=amounts(r),
                    asset_changed=r.asset_changed_at is not None,
                )
            )  # fmt: skip
        return made

    async def _cards(self, actor: Actor, rows: Sequence[Valuation]) -> list[ValuationCard]:
        async with reading() as session:
            ids = {o for r in rows for o in (r.requester_org_id, r.provider_org_id) if o}
            orgs = await accounts.organisations_by_id(session, ids)
        return [
            ValuationCard(
                id=r.id, reference=repository.reference_of(r.number), kind=Kind(r.kind), purpose=Purpose(r.purpose),
                listing_id=r.listing_id, title=_title(r, actor.locale),
                requester_name=orgs[r.requester_org_id].name(actor.locale),
                provider_name=orgs[r.provider_org_id].name(actor.locale) if r.provider_org_id else None,
                status=status_of(r), status_at=r.status_at, value_date=r.value_date,
                side=_side(actor, r), is_demo=r.is_demo,
            )
            for r in rows
        ]  # fmt: skip

    async def _view(self, actor: Actor, row: Valuation) -> ValuationView:
        facts = await self._facts(actor, row)
        side = policy.side_of(actor, facts)
        async with reading() as session:
            quotes = await repository.quotes(session, [row.id])
            members = await repository.members(session, row.id)
            papers = await repository.documents(session, row.id) if policy.sees_documents(actor, side) else []
            sheets = await repository.sheets(session, row.id) if policy.sees_sheets(actor, side) else []
            reports = await repository.reports(session, row.id)
            signatures = await repository.signatures(session, [r.id for r in reports])
            complaints = await repository.complaints(session, row.id)
            ids = {row.requester_org_id, row.owner_org_id, *(q.org_id for q in quotes), *(d.org_id for d in papers)}
            orgs = await accounts.organisations_by_id(session, ids)
        names = {id_: o.name(actor.locale) for id_, o in orgs.items()}
        whole, kind = side is not Side.asked, Kind(row.kind)
        if side in (Side.asked, Side.provider):
            quotes = [q for q in quotes if q.org_id == actor.org_id]
        seen = [r for r in reports if policy.sees_report(actor, side, r.delivered_at is not None)]
        found = policy.sees_report(actor, side, row.delivered_at is not None)
        actions = policy.actions(actor, facts)
        if (
            actor.person_id
            and actor.is_operator
            and side is None
            and row.deal_id is None
            and row.status in ("requested", "agreed")
        ):
            actions += ["clear"] if await self._undecided(row, [q.org_id for q in quotes]) else []
        return ValuationView(
            id=row.id, reference=repository.reference_of(row.number), kind=kind, kind_says=kind.says.get(actor.locale),
            purpose=Purpose(row.purpose), purpose_note=row.purpose_note, status=status_of(row),
            status_at=row.status_at, created_at=row.created_at,
            listing=(await listings.cards([row.listing_id]))[row.listing_id], asset=row.asset,
            deal_id=row.deal_id if whole else None, previous_id=row.previous_id if whole else None,
            requester_org_id=row.requester_org_id, requester_name=names[row.requester_org_id],
            provider_org_id=row.provider_org_id if whole else None,
            provider_name=names[row.provider_org_id] if whole and row.provider_org_id else None,
            value_date=row.value_date, expires_on=row.expires_on, quotes_until=row.quotes_until, due_on=row.due_on,
            side=side, quotes=[_quote(actor, side, row.status, q, names) for q in quotes],
            people=[
                MemberView.model_validate(m, from_attributes=True) for m in members
            ] if whole else [],
            documents=[document_view(d, names) for d in papers],
            sheets=[SheetCard.model_validate(s, from_attributes=True) for s in sheets],
            amounts=amounts(row if found else None, row.currency),
            reports=[_report(r, signatures, r is reports[-1]) for r in seen],
            complaints=[ComplaintView.model_validate(c, from_attributes=True) for c in complaints] if whole else [],
            complain_until=complain_until(row), delivered_at=row.delivered_at if whole else None,
            received_at=row.received_at if whole else None, asset_changed_at=row.asset_changed_at if whole else None,
            shown=row.shown, reason_code=row.reason_code if whole else None, reason=row.reason if whole else None,
            may_renew=side is Side.requester and actor.can_manage
            and (status_of(row) == "expired" or row.asset_changed_at is not None),
            rules_checked=rules_checked(kind, row.value_date), actions=actions, is_demo=row.is_demo,
        )  # fmt: skip

    @staticmethod
    async def _undecided(row: Valuation, orgs: Sequence[UUID]) -> bool:
        for org_id in [row.provider_org_id] if row.provider_org_id else orgs:
            people = [c.person_id for c in await accounts.accounts.colleagues(org_id)]
            if any(not c.certain for c in await firewall.ties(row, org_id, people)):
                return True
        return False

    async def history(self, actor: Actor, valuation_id: UUID) -> list[state.Change]:
        """The moves of the case, oldest first, for its two sides and the operator."""
        row = await self._visible(actor, valuation_id)
        if policy.side_of(actor, await self._facts(actor, row)) is Side.asked:
            return []
        async with reading() as session:
            return await state.history(session, [row.id])


def amounts(row: Valuation | None, currency: str = "VND") -> Amounts:
    """What the case found, or nothing where it is not to be read."""
    if row is None:
        return Amounts(currency=currency, value=None, low=None, high=None)
    low, value, high = (units(v, row.currency) for v in (row.low, row.value, row.high))
    return Amounts(currency=row.currency, value=value, low=low, high=high)


def _title(row: Valuation, locale: str) -> str:
    return str((row.asset.get("title_en") if locale == "en" else None) or row.asset["title_vi"])


def _side(actor: Actor, row: Valuation) -> Side | None:
    if actor.org_id == row.requester_org_id:
        return Side.requester
    return Side.provider if actor.org_id == row.provider_org_id else Side.asked


def _quote(actor: Actor, side: Side | None, status: str, q: ValuationQuote, names: dict[UUID, str]) -> QuoteView:
    fields: dict[str, Any] = {
        n: getattr(q, n)
        for n in ("id", "org_id", "status", "status_at", "fee", "days", "terms", "valid_until", "reason_code", "reason")
    }
    return QuoteView(**fields, org_name=names[q.org_id], actions=policy.quote_actions(actor, side, status, q.status))


def _report(row: ValuationReport, signatures: Sequence[ValuationSignature], current: bool) -> ReportView:
    mine = [s for s in signatures if s.report_id == row.id]
    files = [*row.files, *(s.file for s in mine[-1:])]
    return ReportView(
        id=row.id, number=row.number, certificate_number=row.certificate_number, issued_at=row.issued_at,
        sha256=documenting.signed_hash(row.files), files=[FileView.model_validate(f) for f in files],
        signatures=[SignatureView.model_validate(s, from_attributes=True) for s in mine], current=current,
    )  # fmt: skip


valuations = Valuations()
