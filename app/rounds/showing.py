"""What a reader sees of a round. Reserves, maxima and the names of bidders stay out until the end, and maxima after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from app.accounts import OrganisationView, organisations_by_id, people_names
from app.kit.actor import Actor
from app.listings import Card, listings
from app.offers import Terms
from app.platform import live
from app.platform.db import reading
from app.rounds import policy, proxy, ties
from app.rounds.models import Deposit, Entry, Officer, Round
from app.rounds.repository import bids, entries, sealed
from app.rounds.repository import rounds as repository
from app.rounds.schemas import (
    BidView,
    DepositView,
    EntryView,
    EnvelopeView,
    Kind,
    Live,
    ObjectionView,
    OfficerView,
    PriceView,
    Reason,
    Rise,
    RoundCard,
    RoundView,
)

MOST_SHOWN = 100
IN_LOG = 2000
OVER = ("awarded", "unsold", "cancelled")


def reference_of(number: int) -> str:
    return f"PG-{number:05d}"


def topic(round_id: UUID) -> str:
    return f"round:{round_id}"


def rules_of(row: Round) -> proxy.Rules:
    return proxy.Rules(row.start_price or 0, [(s["since"], s["step"]) for s in row.steps] or [(0, 1)])


def least_of(row: Round) -> int | None:
    if row.kind != Kind.english:
        return None
    return rules_of(row).least(proxy.Standing(row.price, row.leader_id, row.leader_max))


def live_of(row: Round, numbers: dict[UUID, int]) -> Live:
    return Live(
        round_id=row.id, status=row.status, seq=row.seq, price=row.price,
        number=numbers.get(row.leader_id) if row.leader_id else None,
        least=least_of(row), ends_at=row.ends_at, extensions=row.extensions,
    )  # fmt: skip


async def publish_live(session: Any, round_id: UUID) -> None:
    """Tell open pages what stands, with the commit."""
    row = await repository.get(session, round_id)
    if row is not None:
        numbers = await entries.numbers(session, round_id)
        live.publish(session, topic(round_id), live_of(row, numbers).model_dump(mode="json"))


async def cards(rows: Sequence[Round]) -> list[RoundCard]:
    found = await listings.cards([r.listing_id for r in rows])
    return [RoundCard(**_card(r, found[r.listing_id])) for r in rows]


def _card(row: Round, listing: Card) -> dict[str, Any]:
    return {
        "id": row.id, "reference": reference_of(row.number), "kind": Kind(row.kind), "listing": listing,
        "status": row.status, "status_at": row.status_at, "registration_until": row.registration_until,
        "opens_at": row.opens_at, "ends_at": row.ends_at, "start_price": row.start_price, "deposit": row.deposit,
        "price": row.price, "result_price": row.result_price,
        "reason_code": Reason(row.reason_code) if row.reason_code else None, "is_demo": row.is_demo,
    }  # fmt: skip


def deposit_view(row: Deposit | None) -> DepositView | None:
    if row is None:
        return None
    return DepositView(
        amount=row.amount, status=row.status, status_at=row.status_at, evidence=row.evidence, reason=row.reason
    )


async def entry_views(actor: Actor, rows: Iterable[Entry], round_status: str | None = None) -> list[EntryView]:
    rows = list(rows)
    async with reading() as session:
        orgs = await organisations_by_id(session, [r.org_id for r in rows])
        deposits = await entries.deposits(session, [r.id for r in rows])
    views = []
    for r in rows:
        deposit = deposits.get(r.id)
        stands = round_status or "announced"
        views.append(
            EntryView(
                id=r.id, round_id=r.round_id, org=orgs[r.org_id], number=r.number, status=r.status,
                status_at=r.status_at, applied_at=r.applied_at, message=r.message, reason=r.reason,
                deposit=deposit_view(deposit),
                actions=policy.entry_actions(actor, r.status, deposit.status if deposit else None, stands),
            )
        )  # fmt: skip
    return views


class _Facts:
    """What is read of a round besides its row."""

    def __init__(self) -> None:
        self.numbers: dict[UUID, int] = {}
        self.names: dict[UUID, str] = {}
        self.orgs: dict[UUID, OrganisationView] = {}
        self.entry: Entry | None = None
        self.deposit: Deposit | None = None
        self.entries: list[Entry] = []
        self.objections: list[Any] = []
        self.officers: list[Officer] = []
        self.turned: set[UUID] = set()
        self.prices: list[Any] = []
        self.log: list[Any] = []
        self.opened: list[Any] = []
        self.registering = False


async def _facts(actor: Actor, row: Round) -> _Facts:
    f = _Facts()
    async with reading() as session:
        f.entries = await entries.of_round(session, row.id)
        f.numbers = {e.id: e.number for e in f.entries if e.number is not None}
        if actor.org_id is not None and actor.role is not None:
            own = [e for e in f.entries if e.org_id == actor.org_id]
            f.entry = own[-1] if own else None
        f.deposit = await entries.deposit(session, f.entry.id) if f.entry else None
        f.registering = row.status == "announced" and await repository.now(session) < row.registration_until
        if row.kind == Kind.announcement:
            f.objections = await repository.objections(session, row.id)
        if row.kind == Kind.sealed:
            f.officers = await sealed.officers(session, row.id)
            f.turned = {t.from_id for t in await sealed.turns(session, row.id)}
            f.names = await people_names(session, [o.person_id for o in f.officers])
            if row.status in ("opened", *OVER):
                f.opened = await sealed.opened(session, row.id)
        if row.kind == Kind.english:
            f.prices = await bids.prices(session, row.id, IN_LOG if row.status in OVER else MOST_SHOWN)
            if row.status in OVER:
                f.log = await bids.log(session, row.id, IN_LOG)
        winner = next((e.org_id for e in f.entries if e.id == row.winner_id), None)
        wanted = [row.org_id, row.intended_org_id, winner, *(o.org_id for o in f.objections)]
        f.orgs = await organisations_by_id(session, [o for o in wanted if o])
    return f


def _objections(actor: Actor, row: Round, f: _Facts) -> list[ObjectionView]:
    may_answer = policy.may_plan(actor, row.org_id) and row.status in ("announced", "closed")
    return [
        ObjectionView(
            id=o.id, org_name=f.orgs[o.org_id].name(actor.locale), text=o.text, at=o.at, answer=o.answer,
            answered_at=o.answered_at, actions=["answer"] if may_answer and o.answered_at is None else [],
        )
        for o in f.objections
    ]  # fmt: skip


def _envelopes(f: _Facts) -> list[EnvelopeView]:
    return [
        EnvelopeView(
            sha256=digest, number=f.numbers.get(o.entry_id) if o.entry_id else None,
            # What was replaced or taken back is nobody's business.
            amount=o.amount if o.standing == "counts" else None, at=o.at, standing=o.standing, why=o.why,
        )
        for o, digest in f.opened
    ]  # fmt: skip


async def view_of(actor: Actor, row: Round, *, notice_days: int | None, funded: bool) -> RoundView:
    f = await _facts(actor, row)
    card = (await listings.cards([row.listing_id]))[row.listing_id]
    over, mine = row.status in OVER, policy.is_owner(actor, row.org_id)
    winner = next((e for e in f.entries if e.id == row.winner_id), None)
    won_by = f.orgs.get(winner.org_id) if winner else None
    leading = f.entry is not None and f.entry.id == row.leader_id
    deposit = f.deposit.status if f.deposit else None
    own = (await entry_views(actor, [f.entry], row.status))[0] if f.entry else None
    if own and f.entry:
        await ties.show(actor, [own], [f.entry], {row.id: row})
    listed = await entry_views(actor, f.entries, row.status) if policy.sees_entries(actor, row.org_id) else []
    parties = mine or actor.is_operator or (winner is not None and winner.org_id == actor.org_id)
    met = None
    if over and row.reserve is not None and row.result_price is not None:
        met = row.result_price >= row.reserve
    objections = _objections(actor, row, f)
    return RoundView(
        **_card(row, card),
        seller=f.orgs[row.org_id], mine=mine, about=row.about, terms=Terms.model_validate(row.terms),
        announced_at=row.announced_at, quorum=row.quorum, interest=row.interest,
        steps=[Rise.model_validate(s) for s in row.steps], snipe_minutes=row.snipe_minutes,
        extend_minutes=row.extend_minutes, extensions_max=row.extensions_max, extensions=row.extensions,
        intended_party=f.orgs.get(row.intended_org_id) if row.intended_org_id else None,
        intended_price=row.intended_price, seq=row.seq, least=least_of(row) if not over else None,
        leader_number=f.numbers.get(row.leader_id) if row.leader_id else None, leading=leading,
        my_maximum=row.leader_max if leading and row.status == "open" else None,
        prices=[
            PriceView(seq=p.seq, price=p.price, number=f.numbers[p.entry_id], automatic=p.automatic, at=p.at)
            for p in f.prices
        ],
        bids=[BidView(number=f.numbers[e], amount=a, outcome=o, at=at) for e, a, o, at in f.log],
        envelopes=_envelopes(f),
        officers=[
            OfficerView(person_id=o.person_id, name=f.names.get(o.person_id, ""), turned=o.person_id in f.turned)
            for o in f.officers
        ],
        objections=objections,
        reserve=row.reserve if over else None,
        reserve_basis=row.reserve_basis if over or mine else None,
        reserve_met=met,
        winner_number=f.numbers.get(row.winner_id) if row.winner_id else None,
        winner=won_by or (f.orgs.get(row.intended_org_id) if row.status == "awarded" and row.intended_org_id else None),
        deal_id=row.deal_id if parties or (actor.org_id == row.intended_org_id and actor.org_id) else None,
        reason=row.reason, state_funded=funded, notice_days=notice_days, entry=own, entries=listed,
        actions=policy.actions(
            actor, row.org_id, row.kind, row.status,
            entry=f.entry.status if f.entry else None, deposit=deposit, registering=f.registering,
            officers={o.person_id for o in f.officers}, objections_open=any(not o.answered_at for o in objections),
        ),
    )  # fmt: skip
