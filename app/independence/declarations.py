"""Verbs about declared interests: declare, end, and what one has declared. Nothing is deleted, a tie ends."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app import accounts
from app.accounts import accounts as people
from app.deals import deals
from app.independence import errors, policy, repository
from app.independence.models import InterestDeclaration
from app.independence.schemas import (
    OF_ORGANISATION,
    DeclarationList,
    DeclarationView,
    DeclareInterest,
    EndInterest,
    Interest,
)
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import DomainError, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id, parse_id
from app.kit.text import one_line
from app.listings import listings
from app.platform import audit, outbox, rates
from app.platform.db import reading, unit_of_work


class Declarations:
    async def declare(self, actor: Actor, command: DeclareInterest, *, is_demo: bool = False) -> UUID:
        """Declare a tie, for one's organisation or for oneself; its id. Deals it concerns are looked at again."""
        if actor.person_id is None:
            raise Unauthenticated
        of_organisation = command.kind in OF_ORGANISATION
        self.check_may_declare(actor, of_organisation)
        if not is_demo:
            await rates.hit(f"declare:{actor.person_id}", 60, 3600)
        other_id, other_name = await self._other(actor, command)
        if of_organisation and command.member_id:
            async with reading() as session:
                members = await accounts.members_of(session, [actor.org_id] if actor.org_id else [])
            if command.member_id not in {m[1] for m in members}:
                raise errors.not_a_member()
        await self._subjects(actor, command)
        id_ = new_id()
        async with unit_of_work() as session:
            await repository.add_declaration(
                session,
                id=id_,
                kind=command.kind.value,
                org_id=actor.org_id if of_organisation else None,
                person_id=None if of_organisation else actor.person_id,
                other_org_id=other_id,
                other_name=other_name,
                member_id=command.member_id if of_organisation else None,
                listing_id=None if of_organisation else command.listing_id,
                deal_id=None if of_organisation else command.deal_id,
                percent=command.percent,
                since=command.since,
                until=command.until,
                note=command.note,
                made_at=clock.now(),
                made_by=actor.person_id,
                made_by_name=actor.person_name,
                is_demo=is_demo,
            )
            audit.record(session, actor, "interest.declare", "interest", id_, {"kind": command.kind.value})
            outbox.publish(session, "interest.declare", declaration_id=id_)
        return id_

    @staticmethod
    def check_may_declare(actor: Actor, of_organisation: bool) -> None:
        """Refusals before anything is typed: an organisation's interests are declared by who may bind it."""
        if actor.anonymous:
            raise Unauthenticated
        if of_organisation and not policy.may_declare_for_organisation(actor):
            raise errors.not_the_manager()
        if not actor.can_write:
            raise Forbidden

    async def about(self, actor: Actor, listing_id: UUID | None, deal_id: UUID | None) -> str:
        """The name of the technology or deal a declaration is to be about; refused as elsewhere when it is hidden."""
        if deal_id:
            return (await deals.access(actor, deal_id)).reference
        return (await listings.read(actor, listing_id)).card.title(actor.locale) if listing_id else ""

    async def _other(self, actor: Actor, command: DeclareInterest) -> tuple[UUID | None, str | None]:
        """The organisation that was typed: by id, tax code or name; (None, name) when it is not on the exchange."""
        typed = command.other
        if not typed or (command.kind is Interest.key_person):
            return None, typed
        digits = "".join(c for c in typed if c.isdigit())
        found = None
        if (id_ := parse_id(typed)) is not None:
            async with reading() as session:
                found = (await accounts.organisations_by_id(session, [id_])).get(id_)
            if found is None:
                raise errors.unknown_subject("other")
        elif len(digits) in (10, 13) and len(digits) >= len(typed) - 3:
            found = await people.organisation_by_tax_code(digits)
        else:
            near = await people.find_organisations(typed, 6)
            same = [
                o for o in near if one_line(typed).casefold() in (o.name_vi.casefold(), (o.name_en or "").casefold())
            ]
            if len(same) != 1 and near:
                raise errors.unknown_organisation([o.name_vi for o in near[:5]])
            found = same[0] if same else None
        if found is not None and found.id == actor.org_id:
            raise errors.own_organisation()
        return (found.id, None) if found else (None, typed)

    @staticmethod
    async def _subjects(actor: Actor, command: DeclareInterest) -> None:
        """A listing or a deal that is named must be one the actor may see."""
        if command.listing_id:
            try:
                await listings.read(actor, command.listing_id)
            except DomainError:
                raise errors.unknown_subject("listing_id") from None
        if command.deal_id:
            try:
                await deals.access(actor, command.deal_id)
            except DomainError:
                raise errors.unknown_subject("deal_id") from None

    async def end(self, actor: Actor, declaration_id: UUID, command: EndInterest) -> None:
        """The declared tie has ended; the record stays. Own declarations only."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            row = await repository.declaration(session, declaration_id)
        if row is None or not (row.org_id == actor.org_id if row.org_id else row.person_id == actor.person_id):
            raise NotFound
        if not policy.may_end(actor, row.org_id, row.person_id):
            raise Forbidden
        until = command.until or clock.today()
        if row.since and until < row.since:
            until = row.since
        async with unit_of_work() as session:
            if not await repository.end_declaration(session, row.id, until, clock.now(), actor.person_name):
                raise errors.already_ended()
            audit.record(session, actor, "interest.end", "interest", row.id, {"until": until.isoformat()})
            outbox.publish(session, "interest.end", declaration_id=row.id)

    async def own(self, actor: Actor) -> DeclarationList:
        """What one's organisation and oneself have declared, ended declarations included."""
        if actor.anonymous:
            raise Unauthenticated
        async with reading() as session:
            rows = await repository.declared_by(session, actor.org_id if actor.role else None, actor.person_id)
            orgs = await accounts.organisations_by_id(session, {r.other_org_id for r in rows if r.other_org_id})
            members = await accounts.people_names(session, {r.member_id for r in rows if r.member_id})
        titles = {
            c.id: c.title(actor.locale)
            for c in (await listings.cards([r.listing_id for r in rows if r.listing_id])).values()
        }
        views = [self._declaration(actor, r, orgs, members, titles) for r in rows]
        return DeclarationList(
            organisation=[v for v in views if v.org_id],
            person=[v for v in views if v.person_id],
            may_declare_for_organisation=policy.may_declare_for_organisation(actor),
        )

    @staticmethod
    def _declaration(
        actor: Actor, r: InterestDeclaration, orgs: dict[UUID, Any], members: dict[UUID, str], titles: dict[UUID, str]
    ) -> DeclarationView:
        other = orgs[r.other_org_id].name(actor.locale) if r.other_org_id in orgs else r.other_name
        open_ = r.ended_at is None and policy.may_end(actor, r.org_id, r.person_id)
        return DeclarationView(
            id=r.id, kind=Interest(r.kind), org_id=r.org_id, person_id=r.person_id, other_org_id=r.other_org_id,
            other_name=members.get(r.member_id, other) if r.member_id else other, listing_id=r.listing_id,
            listing_title=titles.get(r.listing_id) if r.listing_id else None, deal_id=r.deal_id, percent=r.percent,
            since=r.since, until=r.until, note=r.note, made_at=r.made_at, made_by=r.made_by_name,
            ended_at=r.ended_at, actions=["end"] if open_ else [], is_demo=r.is_demo,
        )  # fmt: skip
