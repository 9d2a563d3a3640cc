"""Approvals within one side (duyệt nội bộ, n of m): asked, decided and carried out without the other side knowing."""

from __future__ import annotations

from uuid import UUID

from app import accounts
from app.accounts import accounts as people
from app.deals import Side, deals
from app.kit import clock
from app.kit.actor import Actor, Role, system
from app.kit.errors import Conflict, DomainError, Forbidden, NotFound, Unauthenticated
from app.kit.text import Text
from app.listings import listings
from app.offers import errors, policy, repository, terms
from app.offers.models import ApprovalRequest, ApprovalVote
from app.offers.negotiation import Negotiation
from app.offers.repository import approvals as rows
from app.offers.schemas import (
    ApprovalList,
    ApprovalView,
    Approver,
    Decide,
    RuleView,
    SendOffer,
    SetRule,
    Terms,
    VoteView,
)
from app.offers.workflow import APPROVAL
from app.platform import audit, state
from app.platform.db import reading, unit_of_work


class Approvals(Negotiation):
    # --- the rule ---

    async def approval_rule(self, actor: Actor) -> RuleView:
        """The organisation's rule, and who may be on its list. For members; changing it is for owners."""
        org_id = self._member(actor)
        async with reading() as session:
            row = await rows.rule(session, org_id)
        found = (await people.members(actor)).items
        binding = [Approver(person_id=m.person_id, name=m.name) for m in found if m.role in (Role.owner, Role.manager)]
        return RuleView(
            needed=row.needed if row else 0,
            approvers=list(row.approvers) if row else [],
            from_value=row.from_value if row else 0,
            on_send=row.on_send if row else False,
            on_accept=row.on_accept if row else False,
            people=binding,
            may_change=policy.may_set_rule(actor),
        )

    async def set_approval_rule(self, actor: Actor, command: SetRule) -> None:
        """Set or lift (on_send and on_accept both off) the rule. Owners only; requests that wait keep the old one."""
        rule = await self.approval_rule(actor)
        if not policy.may_set_rule(actor):
            raise Forbidden
        if set(command.approvers) - {p.person_id for p in rule.people}:
            raise errors.unknown_approvers()
        if command.needed > len(command.approvers):
            raise errors.too_few_approvers()
        assert actor.org_id is not None  # noqa: S101 - _member
        values = command.model_dump() | {"updated_at": clock.now(), "updated_by": actor.person_id}
        async with unit_of_work() as session:
            await rows.set_rule(session, actor.org_id, **values)
            audit.record(session, actor, "approval.rule", "organisation", actor.org_id, command.model_dump(mode="json"))

    # --- reading ---

    async def approvals(self, actor: Actor) -> ApprovalList:
        """Requests of the actor's organisation, those that wait first."""
        org_id = self._member(actor)
        async with reading() as session:
            found = await rows.of_org(session, org_id)
        return ApprovalList(items=await self._approval_views(actor, found))

    async def approvals_of_deal(self, actor: Actor, deal_id: UUID) -> list[ApprovalView]:
        """What the actor's own side asked in a deal; nothing for whoever is no side of it."""
        if actor.org_id is None or actor.role is None:
            return []
        async with reading() as session:
            found = await rows.of_org(session, actor.org_id, deal_id=deal_id, limit=10)
        return await self._approval_views(actor, found)

    async def approvals_waiting(self, actor: Actor) -> int:
        """How many requests wait for the actor's own word."""
        if actor.org_id is None or actor.person_id is None:
            return 0
        async with reading() as session:
            return await rows.waiting_for(session, actor.org_id, actor.person_id)

    async def approval_asked(self, id_: UUID) -> tuple[UUID, UUID, str, str] | None:
        """(organisation, deal, who asked, act) of a request that still waits: for the exchange's own messages."""
        async with reading() as session:
            row = await rows.request(session, id_)
        return (row.org_id, row.deal_id, row.asked_by_name, row.act) if row and row.status == "pending" else None

    async def _approval_views(self, actor: Actor, found: list[ApprovalRequest]) -> list[ApprovalView]:
        if not found:
            return []
        async with reading() as session:
            votes = await rows.votes(session, [r.id for r in found])
            names = await accounts.people_names(session, {p for r in found for p in r.approvers})
            answered = await repository.offers_by_id(session, [r.offer_id for r in found if r.offer_id])
        cards = await listings.cards([r.listing_id for r in found])
        numbers = await deals.references([r.deal_id for r in found])
        views = []
        for row in found:
            before = Terms.model_validate(answered[row.offer_id].terms) if row.offer_id else None
            sent = SendOffer.model_validate(row.command) if row.command else None
            sheet = sent.terms if sent else before
            assert sheet is not None  # noqa: S101 - an act has its sheet or answers one (check "says")
            given = votes[row.id]
            views.append(
                ApprovalView(
                    id=row.id, deal_id=row.deal_id, reference=numbers[row.deal_id],
                    listing_title=cards[row.listing_id].title_vi, act=row.act, value=row.value, needed=row.needed,
                    approvers=[Approver(person_id=p, name=names.get(p, "–")) for p in row.approvers],
                    asked_by=row.asked_by_name, asked_at=row.asked_at, expires_at=row.expires_at, status=row.status,
                    status_at=row.status_at, why=self._why(row), terms=sheet, note=sent.note if sent else None,
                    changes=[c for c in terms.difference(before, sheet) if c.kind != "same"] if sent else [],
                    unlock=sent.unlock if sent else {},
                    votes=[VoteView(name=v.person_name, verdict=v.verdict, reason=v.reason, at=v.at) for v in given],
                    actions=policy.approval_actions(
                        actor, row.status, row.approvers, [v.person_id for v in given], row.expires_at > clock.now()
                    ),
                )
            )  # fmt: skip
        return views

    @staticmethod
    def _why(row: ApprovalRequest) -> Text | None:
        return Text(row.why_vi, row.why_en or row.why_vi) if row.why_vi else None

    @staticmethod
    def _member(actor: Actor) -> UUID:
        if actor.anonymous:
            raise Unauthenticated
        if actor.org_id is None or actor.role is None:
            raise NotFound
        return actor.org_id

    # --- deciding ---

    async def approve(self, actor: Actor, approval_id: UUID, command: Decide) -> str:
        """Say yes. The last yes that is needed carries the act out in the same transaction; when that is not possible
        any more, the request fails and says why. The request's new (or unchanged) state."""
        try:
            return await self._approve(actor, approval_id, command)
        except _NotPossible as failed:
            async with unit_of_work() as session:
                row = await self._decidable(actor, approval_id)
                await self._vote(actor, row, "approve", command)
                why = failed.why.text
                await state.transition(
                    session, ApprovalRequest, approval_id, APPROVAL, "fail", actor,
                    reason=why.vi, values={"why_vi": why.vi, "why_en": why.en},
                )  # fmt: skip
            return "failed"

    async def _approve(self, actor: Actor, approval_id: UUID, command: Decide) -> str:
        async with unit_of_work() as session:
            row = await self._decidable(actor, approval_id)
            votes = await self._vote(actor, row, "approve", command)
            if sum(v.verdict == "approve" for v in votes) < row.needed:
                return row.status
            await state.transition(session, ApprovalRequest, approval_id, APPROVAL, "execute", actor)
            try:
                await self._carry_out(row)
            except DomainError as why:
                raise _NotPossible(why) from None
            return "executed"

    async def refuse(self, actor: Actor, approval_id: UUID, command: Decide) -> str:
        """Say no, with the reason. When too few are left who could say yes, the request is refused."""
        if not command.reason:
            raise errors.reason_wanted()
        async with unit_of_work() as session:
            row = await self._decidable(actor, approval_id)
            votes = await self._vote(actor, row, "refuse", command)
            if len(row.approvers) - sum(v.verdict == "refuse" for v in votes) >= row.needed:
                return row.status
            return await state.transition(
                session, ApprovalRequest, approval_id, APPROVAL, "refuse", actor, reason=command.reason
            )

    async def withdraw_approval(self, actor: Actor, approval_id: UUID) -> None:
        """Take the request back: whoever asked, or anyone who may bind the organisation."""
        async with unit_of_work() as session:
            row = await self._locked_request(actor, approval_id)
            if not actor.can_manage:
                raise Forbidden
            await state.transition(session, ApprovalRequest, row.id, APPROVAL, "withdraw", actor)

    async def _decidable(self, actor: Actor, approval_id: UUID) -> ApprovalRequest:
        """Visible (404) -> on the list, still able to bind, (403) -> pending and in time (409); everything locked."""
        row = await self._locked_request(actor, approval_id)
        if not actor.can_manage or actor.person_id not in row.approvers:
            raise errors.not_an_approver()
        APPROVAL.check("execute", row.status)
        async with reading() as session:
            if not await rows.in_time(session, approval_id):
                raise errors.approval_expired()
        return row

    @staticmethod
    async def _locked_request(actor: Actor, approval_id: UUID) -> ApprovalRequest:
        async with unit_of_work() as session:
            row = await rows.visible(session, approval_id, actor)
            if row is None:
                raise Unauthenticated if actor.anonymous else NotFound
            await listings.lock(row.listing_id)
            await deals.locked(row.deal_id)
            row = await rows.visible(session, approval_id, actor, lock=True)
            assert row is not None  # noqa: S101 - requests are kept
            return row

    @staticmethod
    async def _vote(actor: Actor, row: ApprovalRequest, verdict: str, command: Decide) -> list[ApprovalVote]:
        async with unit_of_work() as session:
            made = await rows.vote(
                session, request_id=row.id, person_id=actor.person_id, person_name=actor.person_name,
                verdict=verdict, reason=command.reason, at=clock.now(),
            )  # fmt: skip
            if not made:
                raise errors.already_voted()
            audit.record(session, actor, f"approval.vote_{verdict}", "approval", row.id)
            return (await rows.votes(session, [row.id]))[row.id]

    async def _carry_out(self, row: ApprovalRequest) -> None:
        """Do what was asked, as whoever asked. The listing and the deal are locked."""
        asker = Actor(person_id=row.asked_by, org_id=row.org_id, role=Role.manager, person_name=row.asked_by_name)
        if row.offer_id is None:
            deal = await deals.read(asker, row.deal_id)
            assert deal.side is not None  # noqa: S101 - a party asked
            await listings.lock_offered(row.listing_id)
            await self._put(asker, deal, deal.side, SendOffer.model_validate(row.command))
            return
        offer, deal = await self._answerable(asker, row.offer_id)
        await listings.lock_offered(row.listing_id)
        if row.act == "accept":
            await self._grantable(row.listing_id, repository.scope_of(offer))
            await self._accept(asker, offer)
        else:
            command = SendOffer.model_validate(row.command)
            await self._put(asker, deal, Side(offer.side).other, command, answers=offer)

    # --- what follows from elsewhere (tasks) ---

    async def lapse_approvals(self, *, offer_id: UUID | None = None, deal_id: UUID | None = None) -> int:
        """End the requests that were overtaken: their offer answered or gone, their deal over, their time passed."""
        async with reading() as session:
            found = await rows.overtaken(session, offer_id=offer_id, deal_id=deal_id)
        done = 0
        for id_ in found:
            try:
                async with unit_of_work() as session:
                    await state.transition(session, ApprovalRequest, id_, APPROVAL, "lapse", system())
                done += 1
            except Conflict:
                continue  # decided meanwhile
        return done


class _NotPossible(Exception):
    """Everything was approved and the act itself is refused; nothing of the attempt is kept."""

    def __init__(self, why: DomainError) -> None:
        super().__init__(why.code)
        self.why = why
