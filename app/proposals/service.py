"""The verbs of proposals. Lock order everywhere: need, then proposal, then listing and deal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID

from app import accounts
from app.deals import ExpressInterest, ReasonCode, deals
from app.kit import clock, sealing
from app.kit.actor import Actor, system
from app.kit.errors import DomainError, Forbidden, NotFound, Unauthenticated
from app.kit.ids import sealed_id, sealed_reference
from app.kit.text import Text
from app.listings import Card, listings
from app.needs import OPEN, NeedCard, Whole, needs, said
from app.platform import audit, outbox, rates, state
from app.platform.db import reading, unit_of_work
from app.proposals import errors, policy, repository
from app.proposals.models import Proposal
from app.proposals.schemas import (
    Answer,
    Asked,
    DeclineProposal,
    FitView,
    PartySide,
    ProposalList,
    ProposalView,
    SendProposal,
    Told,
    WithdrawProposal,
)
from app.proposals.workflow import LIVE, PROPOSAL

MAX_SHOWN = 100


def whole_day(at: datetime) -> datetime:
    """Midnight in Vietnam of that day: the only time a sealed side tells."""
    return datetime.combine(at.astimezone(clock.VIETNAM).date(), time(), clock.VIETNAM)


def asked_of(need: Whole, locale: str) -> list[Asked]:
    """What every proposal to the need has to say a word on: must-haves first, then criteria."""
    content = need.content
    musts = [Asked(key=f"must.{n}", text=said(r, locale), required=True) for n, r in enumerate(content.must_haves)]
    criteria = [
        Asked(key=f"criterion.{n}", text=c.text + (f" · {c.threshold}" if c.threshold else ""), required=False)
        for n, c in enumerate(content.criteria)
    ]
    return musts + criteria


class Proposals:
    # --- reading ---

    async def read(self, actor: Actor, proposal_id: UUID) -> ProposalView:
        """A proposal as this side reads it; a look by the operator is written down."""
        async with reading() as session:
            row = await repository.proposal(session, proposal_id, actor)
        if row is None:
            raise NotFound
        view = (await self._views(actor, [row]))[0]
        if view.side is None:
            async with unit_of_work() as session:
                audit.record(session, actor, "proposal.read", "proposal", proposal_id)
        return view

    async def of_need(self, actor: Actor, need_id: UUID) -> ProposalList:
        """All proposals to one's own need, for the comparison: chosen and shortlisted first."""
        view = await needs.read(actor, need_id)
        if not view.mine:
            raise Unauthenticated if actor.anonymous else Forbidden
        async with reading() as session:
            rows = await repository.of_need(session, need_id, MAX_SHOWN)
        return ProposalList(items=await self._views(actor, rows))

    async def sent(self, actor: Actor) -> ProposalList:
        """What the actor's organisation has proposed, newest first."""
        if actor.anonymous:
            raise Unauthenticated
        if actor.org_id is None or actor.role is None:
            return ProposalList(items=[])
        async with reading() as session:
            rows = await repository.sent_by(session, actor.org_id, MAX_SHOWN)
        return ProposalList(items=await self._views(actor, rows))

    async def asked(self, actor: Actor, need_id: UUID) -> list[Asked]:
        """What a proposal to this need has to say a word on."""
        await needs.read(actor, need_id)
        return asked_of((await needs.whole([need_id]))[0], actor.locale)

    async def told(self, proposal_id: UUID) -> Told:
        """For the exchange's own messages: whom they go to."""
        async with reading() as session:
            row = await repository.peek(session, proposal_id)
        if row is None:
            raise NotFound
        need = (await needs.whole([row.need_id]))[0]
        return Told(
            id=row.id, need_id=row.need_id, need_title=need.content.title or "", need_reference=need.reference,
            asker_org_id=row.asker_org_id, proposer_org_id=row.org_id,
        )  # fmt: skip

    async def _views(self, actor: Actor, rows: Sequence[Proposal]) -> list[ProposalView]:
        """Three statements for any number of proposals."""
        whole = {n.id: n for n in await needs.whole([r.need_id for r in rows])}
        need_cards = await needs.cards([r.need_id for r in rows])
        cards = await listings.cards([r.listing_id for r in rows if r.listing_id])
        async with reading() as session:
            wanted = {r.org_id for r in rows} | {r.asker_org_id for r in rows}
            orgs = await accounts.organisations_by_id(session, wanted)
        return [
            self._view(actor, r, whole[r.need_id], need_cards[r.need_id], orgs, cards.get(r.listing_id or r.id))
            for r in rows
        ]

    @staticmethod
    def _view(
        actor: Actor,
        row: Proposal,
        need: Whole,
        card: NeedCard,
        orgs: dict[UUID, accounts.OrganisationView],
        listing: Card | None,
    ) -> ProposalView:
        side = policy.side_of(actor, row.asker_org_id, row.org_id)
        revealed = row.revealed_at is not None
        # The operator reads both names; a side reads its own, and the other's unless it is sealed.
        sees_proposer = side is not PartySide.asker or revealed or not row.sealed
        sees_asker = side is not PartySide.proposer or revealed or not need.blind
        exact = sees_proposer and sees_asker
        given = {f["key"]: f for f in row.fit}
        asks = asked_of(need, actor.locale)
        mine = row.asker_consented_at if side is PartySide.asker else row.proposer_consented_at
        other = row.proposer_consented_at if side is PartySide.asker else row.asker_consented_at
        return ProposalView(
            id=row.id,
            reference=row.reference,
            need=card,
            side=side,
            proposer=orgs[row.org_id] if sees_proposer else None,
            asker=orgs[row.asker_org_id] if sees_asker else None,
            listing=listing,
            title=row.title,
            description=row.description,
            sealed=row.sealed,
            sent_at=row.sent_at if exact else whole_day(row.sent_at),
            status=row.status,
            status_at=row.status_at if exact else whole_day(row.status_at),
            fit=[
                FitView(
                    key=a.key, asked=a.text,
                    answer=Answer(given[a.key]["answer"]) if a.key in given else Answer.unknown,
                    text=given[a.key].get("text") if a.key in given else None,
                )
                for a in asks
            ],
            pilot=row.pilot, mode=row.mode, exclusivity=row.exclusivity, price_from=row.price_from,
            price_to=row.price_to, months=row.months, terms_note=row.terms_note,
            asker_consented=row.asker_consented_at is not None,
            proposer_consented=row.proposer_consented_at is not None,
            revealed_at=row.revealed_at,
            reason_code=ReasonCode(row.reason_code) if row.reason_code else None, reason=row.reason,
            deal_id=row.deal_id,
            actions=policy.actions(
                actor, side, row.status, need_open=need.status in OPEN, consented=mine is not None,
                other_consented=other is not None, with_listing=row.listing_id is not None,
                with_deal=row.deal_id is not None, revealed=revealed, sealed=row.sealed,
            ),
            is_demo=row.is_demo,
        )  # fmt: skip

    # --- writing ---

    async def send(self, actor: Actor, need_id: UUID, command: SendProposal, *, is_demo: bool = False) -> UUID:
        """Answer an open need; the proposal's id."""
        view = await needs.read(actor, need_id)
        if actor.anonymous:
            raise Unauthenticated
        if view.mine:
            raise errors.own_need()
        if not actor.can_manage or actor.org_id is None:
            raise Forbidden
        if not is_demo:
            await rates.hit(f"proposal:{actor.org_id}", 40, 3600)
        title = await self._title(actor, command)
        need = (await needs.whole([need_id]))[0]
        fit = self._fit(need, command, actor.locale)
        if command.sealed:
            await self._silent(actor.org_id, command)
        now, id_ = clock.now(), sealed_id()
        async with unit_of_work() as session:
            asker = await needs.lock_open(need_id)
            made = await repository.add(
                session,
                id=id_, reference=sealed_reference("DX", id_), need_id=need_id, asker_org_id=asker,
                org_id=actor.org_id, person_id=actor.person_id, sent_at=now, status=PROPOSAL.initial, status_at=now,
                title=title, fit=fit, is_demo=is_demo, proposer_consented_at=now if command.consent else None,
                **command.model_dump(
                    include={"listing_id", "description", "sealed", "pilot", "mode", "exclusivity", "price_from",
                             "price_to", "months", "terms_note"}
                ),
            )  # fmt: skip
            if made is None:
                raise errors.already_sent()
            await state.note(
                session, PROPOSAL, id_, "send", None, PROPOSAL.initial, actor, detail={"need": str(need_id)}
            )
        return id_

    @staticmethod
    async def _title(actor: Actor, command: SendProposal) -> str:
        if command.listing_id is None:
            return command.title or ""
        card = await Proposals._own_listing(actor, command.listing_id)
        return command.title or card.title("vi")

    @staticmethod
    async def _own_listing(actor: Actor, listing_id: UUID) -> Card:
        """A published listing of the actor's organisation."""
        card = (await listings.cards([listing_id])).get(listing_id)
        if card is None or card.org_id != actor.org_id or card.status != "published":
            raise errors.not_own_listing()
        return card

    @staticmethod
    def _fit(need: Whole, command: SendProposal, locale: str) -> list[dict[str, Any]]:
        """The answers to what is asked, every must-have among them; what is not asked falls out."""
        asks = asked_of(need, locale)
        given = {f.key: f for f in command.fit}
        if missing := [f"fit.{a.key}" for a in asks if a.required and a.key not in given]:
            raise errors.unanswered(missing)
        return [given[a.key].model_dump(mode="json") for a in asks if a.key in given]

    @staticmethod
    async def _silent(org_id: UUID, command: SendProposal) -> None:
        async with reading() as session:
            org = (await accounts.organisations_by_id(session, [org_id]))[org_id]
        names = sealing.names_of(org.name_vi, org.name_en)
        data = command.model_dump(mode="json", include={"title", "description", "fit", "pilot", "terms_note"})
        if found := {name for name, value in data.items() if sealing.tells(value, names)}:
            raise errors.betrays(found)

    async def _side(self, actor: Actor, proposal_id: UUID, action: str) -> Proposal:
        """Visible (404) -> the side whose verb it is (401, 403)."""
        async with reading() as session:
            row = await repository.proposal(session, proposal_id, actor)
        if row is None:
            raise NotFound
        if not policy.may_act(actor, policy.side_of(actor, row.asker_org_id, row.org_id), action):
            raise Unauthenticated if actor.anonymous else Forbidden
        return row

    @staticmethod
    async def _locked(session: Any, proposal_id: UUID) -> Proposal:
        row = await repository.lock(session, proposal_id)
        if row is None:
            raise NotFound
        return row

    async def shortlist(self, actor: Actor, proposal_id: UUID) -> None:
        """Take it into the round that is weighed; the need counts as matched from the first one on."""
        row = await self._side(actor, proposal_id, "shortlist")
        async with unit_of_work() as session:
            await needs.lock_open(row.need_id)
            await state.transition(session, Proposal, proposal_id, PROPOSAL, "shortlist", actor)
            await needs.match(actor, row.need_id)

    async def decline(self, actor: Actor, proposal_id: UUID, command: DeclineProposal) -> None:
        """Say no with a coded reason, which the proposer reads."""
        row = await self._side(actor, proposal_id, "decline")
        code = command.reason_code.value
        async with unit_of_work() as session:
            await needs.lock(row.need_id)
            await state.transition(
                session, Proposal, proposal_id, PROPOSAL, "decline", actor, reason_code=code, reason=command.reason,
                values={"reason_code": code, "reason": command.reason},
            )  # fmt: skip

    async def withdraw(self, actor: Actor, proposal_id: UUID, command: WithdrawProposal | None = None) -> None:
        """Take back one's own proposal while it is weighed; the coded reason goes to the asker."""
        code, reason = (command.reason_code.value, command.reason) if command else (None, None)
        row = await self._side(actor, proposal_id, "withdraw")
        async with unit_of_work() as session:
            await needs.lock(row.need_id)
            await state.transition(
                session, Proposal, proposal_id, PROPOSAL, "withdraw", actor, reason_code=code, reason=reason,
                values={"reason_code": code, "reason": reason},
            )  # fmt: skip

    async def consent(self, actor: Actor, proposal_id: UUID) -> None:
        """Agree to open names to the other side; when both have, both are told who the other is, and it is noted."""
        row = await self._side(actor, proposal_id, "consent")
        side = policy.side_of(actor, row.asker_org_id, row.org_id)
        assert side is not None  # noqa: S101 - _side checked
        async with unit_of_work() as session:
            await needs.lock(row.need_id)
            row = await self._locked(session, proposal_id)
            if row.status not in (*LIVE, "accepted"):
                raise PROPOSAL.refusal("shortlist", row.status)
            await self._consent(session, actor, row, side)

    @staticmethod
    async def _consent(session: Any, actor: Actor, row: Proposal, side: PartySide) -> None:
        opened = await repository.consent(session, row.id, side.value, clock.now())
        audit.record(session, actor, "proposal.consent", "proposal", row.id, {"side": side.value})
        if opened:
            await needs.reveal(actor, row.need_id, row.org_id)
            outbox.publish(session, "proposal.reveal", proposal_id=row.id)

    async def accept(self, actor: Actor, proposal_id: UUID) -> None:
        """Choose the winner: the need is closed with it, names open, and the deal begins when there is a listing.

        One transaction; of two at once the second finds the need closed. Expiry beats a late choice.
        """
        row = await self._side(actor, proposal_id, "accept")
        async with unit_of_work() as session:
            await needs.lock_open(row.need_id)
            row = await self._locked(session, proposal_id)
            PROPOSAL.check("accept", row.status)
            if row.proposer_consented_at is None:
                raise errors.needs_consent()
            await state.transition(session, Proposal, proposal_id, PROPOSAL, "accept", actor)
            await needs.win(actor, row.need_id, proposal_id=proposal_id)
            if row.asker_consented_at is None:
                await self._consent(session, actor, row, PartySide.asker)
            if row.listing_id is not None:
                await self._begin(session, actor, row)

    async def open_deal(self, actor: Actor, proposal_id: UUID) -> UUID:
        """Begin the deal of a chosen proposal whose listing came later; its id."""
        row = await self._side(actor, proposal_id, "open_deal")
        async with unit_of_work() as session:
            await needs.lock(row.need_id)
            row = await self._locked(session, proposal_id)
            if row.status != "accepted":
                raise PROPOSAL.refusal("accept", row.status)
            if row.deal_id is not None:
                return row.deal_id
            if row.listing_id is None:
                raise errors.no_listing()
            return await self._begin(session, actor, row)

    @staticmethod
    async def _begin(session: Any, actor: Actor, row: Proposal) -> UUID:
        need = (await needs.whole([row.need_id]))[0]
        message = Text(
            "Chọn đề xuất {p} cho nhu cầu {n}: {title}.", "Proposal {p} chosen for the need {n}: {title}."
        ).format(p=row.reference, n=need.reference, title=need.content.title)
        assert row.listing_id is not None  # noqa: S101 - its callers look
        interest = ExpressInterest(message=message.get(actor.locale))
        deal_id = await deals.express_interest(actor, row.listing_id, interest, is_demo=row.is_demo)
        await repository.set_fields(session, row.id, deal_id=deal_id)
        return deal_id

    async def attach_listing(self, actor: Actor, proposal_id: UUID, listing_id: UUID) -> None:
        """Say which published listing of one's own the proposal is about; a sealed proposer waits for the reveal."""
        row = await self._side(actor, proposal_id, "attach_listing")
        await self._own_listing(actor, listing_id)
        async with unit_of_work() as session:
            await needs.lock(row.need_id)
            row = await self._locked(session, proposal_id)
            if row.status not in (*LIVE, "accepted") or row.listing_id is not None:
                raise PROPOSAL.refusal("shortlist", row.status)
            if row.sealed and row.revealed_at is None:
                raise errors.still_sealed()
            await repository.set_fields(session, proposal_id, listing_id=listing_id)
            audit.record(
                session, actor, "proposal.attach_listing", "proposal", proposal_id, {"listing": str(listing_id)}
            )

    # --- what follows from elsewhere (tasks) ---

    async def lapse_of(self, need_id: UUID) -> None:
        """The need takes no proposals any more: those that were still weighed have no value."""
        async with unit_of_work() as session:
            need = await needs.lock(need_id)
            if need.status in OPEN:
                return
            for proposal_id in await repository.live_of_need(session, need_id):
                try:
                    await state.transition(session, Proposal, proposal_id, PROPOSAL, "lapse", system())
                except DomainError:
                    continue  # withdrawn in the meantime


proposals = Proposals()
