"""Planning a round and announcing it. Lock order: listing, then the round."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app import reference
from app.accounts import OrganisationView, accounts, organisations_by_id
from app.deals import deals
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.kit.text import Text, sort_key
from app.listings import ListingView, listings
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work
from app.rounds import cipher, errors, policy
from app.rounds.deposits import check_deposit
from app.rounds.models import Deposit, Round
from app.rounds.repository import entries, sealed
from app.rounds.repository import rounds as repository
from app.rounds.schemas import AnnounceRound, Kind, NameOfficers, PlanRound, Why
from app.rounds.showing import publish_live
from app.rounds.workflow import DEPOSIT, HOLDING, ROUND

STATE_FUNDED = ("state", "mixed")


def state_funded(view: ListingView) -> bool:
    funding = view.content.funding
    return funding is not None and funding.value in STATE_FUNDED


def notice_days(view: ListingView) -> int | None:
    """How long a round over a state-funded result is announced at least; None when no rule asks it."""
    rule = reference.rule("public_notice_days") if state_funded(view) else None
    return int(rule.value) if rule else None


async def visible(actor: Actor, round_id: UUID) -> Round:
    async with reading() as session:
        row = await repository.get(session, round_id, actor)
    if row is None:
        raise NotFound
    return row


def _values(command: PlanRound) -> dict[str, Any]:
    english, notice = command.kind is Kind.english, command.kind is Kind.announcement
    return {
        "kind": command.kind.value,
        "about": command.about,
        "terms": command.terms.canonical(),
        "registration_until": command.registration_until,
        "opens_at": command.opens_at,
        "ends_at": command.ends_at,
        "deposit": 0 if notice else command.deposit,
        "quorum": command.quorum,
        "start_price": command.start_price if not notice else None,
        "steps": [r.model_dump() for r in command.steps] if english else [],
        "snipe_minutes": command.snipe_minutes if english else 0,
        "extend_minutes": command.extend_minutes if english else 0,
        "extensions_max": command.extensions_max if english else None,
        "intended_org_id": command.intended_org_id if notice else None,
        "intended_price": command.intended_price if notice else None,
    }


class Planning:
    async def plan(self, actor: Actor, listing_id: UUID, command: PlanRound, *, is_demo: bool = False) -> UUID:
        """A draft of a round over a published listing of one's own; its id."""
        view = await listings.read(actor, listing_id)
        if not policy.may_plan(actor, view.card.org_id):
            raise Unauthenticated if actor.anonymous else Forbidden
        if view.card.status != "published":
            raise errors.not_offered()
        await self._party(view.card.org_id, command)
        check_deposit(command.deposit, command.start_price, clock.today())
        id_, now = new_id(), clock.now()
        async with unit_of_work() as session:
            await repository.add(
                session, id=id_, listing_id=listing_id, org_id=view.card.org_id, status=ROUND.initial, status_at=now,
                created_at=now, created_by=actor.person_id, is_demo=is_demo, **_values(command),
            )  # fmt: skip
            await state.note(session, ROUND, id_, "plan", None, ROUND.initial, actor)
        return id_

    async def update(self, actor: Actor, round_id: UUID, command: PlanRound) -> None:
        """Change a draft; its officers are named anew when it is of another kind."""
        row = await self._owned(actor, round_id)
        await self._party(row.org_id, command)
        check_deposit(command.deposit, command.start_price, clock.today())
        async with unit_of_work() as session:
            locked = await repository.lock(session, round_id)
            if locked is None:
                raise NotFound
            if locked.status != "draft":
                raise ROUND.refusal("announce", locked.status)
            await repository.set_fields(session, round_id, **_values(command))
            audit.record(session, actor, "round.update", "round", round_id)

    @staticmethod
    async def _party(org_id: UUID, command: PlanRound) -> None:
        if command.kind is not Kind.announcement or command.intended_org_id is None:
            return
        async with reading() as session:
            found = await organisations_by_id(session, [command.intended_org_id])
        if command.intended_org_id not in found or command.intended_org_id == org_id:
            text = Text("Hãy chọn một tổ chức khác có trên sàn.", "Choose another organisation of the exchange.")
            raise Invalid(fields={"intended_org_id": text})

    @staticmethod
    async def possible_parties(listing_id: UUID) -> list[OrganisationView]:
        """Organisations with a live deal on the listing: whom an announcement may intend, for the form."""
        async with reading() as session:
            found = await organisations_by_id(session, await deals.buyers_on(listing_id))
        return sorted(found.values(), key=lambda o: sort_key(o.name_vi))

    @staticmethod
    async def _owned(actor: Actor, round_id: UUID) -> Round:
        row = await visible(actor, round_id)
        if not policy.may_plan(actor, row.org_id):
            raise Unauthenticated if actor.anonymous else Forbidden
        return row

    async def name_officers(self, actor: Actor, round_id: UUID, command: NameOfficers) -> None:
        """The operator says who will open the envelopes: two people or more, each with a key of their own."""
        row = await visible(actor, round_id)
        if not policy.may_operate(actor):
            raise Unauthenticated if actor.anonymous else Forbidden
        wanted = sorted(set(command.person_ids))
        async with unit_of_work() as session:
            locked = await repository.lock(session, round_id)
            if locked is None or row.kind != Kind.sealed:
                raise NotFound
            if locked.status != "draft":
                raise ROUND.refusal("announce", locked.status)
            keys = await sealed.used_keys(session, wanted)
            serving = await accounts.operators_among(wanted, but_org=row.org_id)
            if len(wanted) < cipher.THRESHOLD or keys.keys() != set(wanted) or serving != set(wanted):
                raise errors.officers_need_keys()
            await sealed.set_officers(session, round_id, {p: k.id for p, k in keys.items()})
            audit.record(session, actor, "round.name_officers", "round", round_id, {"officers": wanted})

    async def announce(self, actor: Actor, round_id: UUID, command: AnnounceRound) -> None:
        """Publish the round: from here on its terms and schedule stand. A sealed one gets its key, whose private half
        is split among the officers and kept nowhere; its reserve is sealed to the same key."""
        row = await self._owned(actor, round_id)
        view = await listings.read(actor, row.listing_id)
        ROUND.check("announce", row.status)
        self._reserved(row, command)
        async with unit_of_work() as session:
            if await listings.lock(row.listing_id) != "published":
                raise errors.not_offered()
            locked = await repository.lock(session, round_id)
            if locked is None:
                raise NotFound
            ROUND.check("announce", locked.status)
            now = await repository.now(session)
            self._in_time(locked, now, notice_days(view))
            # A rule may have come into force since it was planned.
            check_deposit(locked.deposit, locked.start_price, clock.today())
            if await repository.live_of_listing(session, row.listing_id):
                raise errors.listing_busy()
            values: dict[str, Any] = {"announced_at": now, "reserve_basis": command.reserve_basis}
            if row.kind == Kind.sealed:
                values |= await self._keyed(session, round_id, command.reserve or 0)
            elif row.kind == Kind.english:
                values["reserve"] = command.reserve
            await state.transition(session, Round, round_id, ROUND, "announce", actor, values=values)
            for at in (locked.opens_at, locked.ends_at):
                outbox.publish_at(session, at, "round.due", round_id=round_id)

    @staticmethod
    def _reserved(row: Round, command: AnnounceRound) -> None:
        if row.kind == Kind.announcement:
            return
        absent = {}
        if command.reserve is None:
            absent["reserve"] = Text("Hãy đặt giá sàn (có thể là 0).", "Give the reserve (it may be 0).")
        if not command.reserve_basis or len(command.reserve_basis) < 10:
            absent["reserve_basis"] = Text(
                "Nói căn cứ của giá sàn: chứng thư thẩm định giá, chi phí đã đầu tư, giao dịch tương tự...",
                "Say what the reserve rests on: an appraisal, costs, comparable deals...",
            )
        if command.reserve is not None and row.start_price is not None and command.reserve < row.start_price:
            absent["reserve"] = Text(
                "Giá sàn không thể thấp hơn giá khởi điểm.", "The reserve lies below the starting price."
            )
        if absent:
            raise Invalid(fields=absent)

    @staticmethod
    def _in_time(row: Round, now: datetime, notice: int | None) -> None:
        if row.kind != Kind.announcement and row.registration_until <= now:
            raise errors.schedule(
                "registration_until", "Hạn đăng ký đã qua. Hãy sửa lịch.", "Registration would be over already."
            )
        first = row.ends_at if row.kind == Kind.announcement else row.opens_at
        if first <= now:
            raise errors.schedule("opens_at", "Giờ mở đã qua. Hãy sửa lịch.", "The opening would be past already.")
        if notice is not None and first < now + timedelta(days=notice):
            raise errors.schedule(
                "opens_at",
                f"Kết quả dùng ngân sách: phải niêm yết ít nhất {notice} ngày trước. Hãy lùi giờ mở.",
                f"A state-funded result is announced at least {notice} days before. Move the opening.",
            )

    @staticmethod
    async def _keyed(session: Any, round_id: UUID, reserve: int) -> dict[str, Any]:
        """The key ceremony in one step: shares go to keys that the officers made beforehand."""
        named = await sealed.officers(session, round_id)
        if len(named) < cipher.THRESHOLD:
            raise errors.no_officers()
        keys = await sealed.used_keys(session, [o.person_id for o in named])
        serving = await accounts.operators_among([o.person_id for o in named])
        if serving != {o.person_id for o in named} or any(
            o.person_id not in keys or keys[o.person_id].id != o.key_id for o in named
        ):
            raise errors.no_officers()  # one has left or has made another key since: to be named anew
        public, shares = cipher.split_key([keys[o.person_id].public_key for o in named])
        for officer, share in zip(named, shares, strict=True):
            await sealed.set_share(session, round_id, officer.person_id, share)
        content = {"round": str(round_id), "reserve": reserve}
        return {"public_key": public, "reserve_sealed": cipher.envelope(public, content)}

    async def cancel(self, actor: Actor, round_id: UUID, command: Why) -> None:
        """Stop a round with a reason that everybody reads: its owner until bids are taken, the operator after."""
        row = await visible(actor, round_id)
        if not policy.may_cancel(actor, row.org_id, row.status):
            if actor.anonymous:
                raise Unauthenticated
            if not (policy.may_plan(actor, row.org_id) or policy.may_operate(actor)):
                raise Forbidden
            ROUND.check("cancel", row.status)
            raise errors.bids_taken()
        await call_off(actor, row, "cancelled", command.reason)


async def call_off(actor: Actor, row: Round, reason_code: str, reason: str | None) -> None:
    """End a round without a result: the listing goes back on the market, deposits are released."""
    async with unit_of_work() as session:
        listing = await listings.lock(row.listing_id)
        locked = await repository.lock(session, row.id)
        if locked is None:
            raise NotFound
        if not actor.is_operator and not policy.may_cancel(actor, locked.org_id, locked.status):
            raise errors.bids_taken()
        await state.transition(
            session, Round, row.id, ROUND, "cancel", actor, reason_code=reason_code, reason=reason,
            values={"reason_code": reason_code, "reason": reason, "leader_max": None},
        )  # fmt: skip
        await let_go(session, actor, locked, listing, reason_code)
        await publish_live(session, row.id)


async def let_go(session: Any, actor: Actor, row: Round, listing: str, reason: str) -> None:
    """The listing back on the market, and every deposit released but the winner's."""
    if row.kind != Kind.announcement and row.status in HOLDING and listing == "reserved":
        await listings.release(actor, row.listing_id, reason=reason)
    await release_deposits(session, actor, row.id, None)


async def release_deposits(session: Any, actor: Actor, round_id: UUID, but_entry: UUID | None) -> None:
    for deposit_id in await entries.standing_deposits(session, round_id, but_entry):
        await state.transition(session, Deposit, deposit_id, DEPOSIT, "release", actor)


planning = Planning()
