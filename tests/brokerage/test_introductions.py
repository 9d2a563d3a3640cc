"""Introductions: sealed, shown by receipt, opened by consent; what they lead to, and what is due for it."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.brokerage import attributing, claims, introductions, mandates
from app.brokerage.schemas.claims import AnswerClaim, AppealClaim, DecideClaim, OpenClaim
from app.brokerage.schemas.introductions import (
    AcceptIntroduction,
    DeclineIntroduction,
    Finding,
    Receipt,
    VerifyReceipt,
)
from app.deals import deals
from app.kit import clock
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.offers import offers
from app.platform import audit
from tests.offers.test_races import race, refusals
from tests.support import brokering as b
from tests.support import demand
from tests.support import market as m

WORDS = "Chúng tôi đã gặp bên mua từ tháng ba, có biên bản và thư từ kèm theo."


class Table:
    """A seller with a technology, two brokers under mandates, a buyer."""

    seller: Any
    buyer: Any
    one: Any
    other: Any
    listing: Any
    held: Any  # mandate of the first broker
    second: Any  # of the second


async def table(**changes: Any) -> Table:
    t = Table()
    t.seller, t.buyer = await m.acting("university"), await m.acting()
    t.one, t.other = await b.broker(), await b.broker()
    t.listing = await m.publish(t.seller)
    t.held = await b.active(t.seller, t.one, **changes)
    t.second = await b.active(t.seller, t.other, **changes)
    return t


async def attributed(deal_id: Any) -> list[tuple[Any, int]]:
    rows = await m.rows("SELECT broker_org_id, basis_points FROM attribution WHERE deal_id = :d ORDER BY 2", d=deal_id)
    return [(r[0], r[1]) for r in rows]


async def contracted(t: Table, deal_id: Any, value: int = 1_500_000_000) -> None:
    offer_id = await m.send_offer(t.seller, deal_id, upfront=value)
    await offers.accept(t.buyer, offer_id)
    await m.report(t.seller, deal_id, value=value)
    await deals.confirm_contract(t.buyer, deal_id)


# --- the seal ---


async def test_a_receipt_proves_what_was_sealed_and_nothing_else(db):
    t = await table()
    id_ = await b.introduced(t.one, t.held, t.buyer, t.listing)
    receipt = await introductions.receipt(t.one, id_)
    found = await introductions.verify(VerifyReceipt(receipt=receipt))
    sealed_at = await m.scalar("SELECT sealed_at FROM introduction_seal WHERE introduction_id = :i", i=id_)
    assert (found.finding, found.sealed_at) == (Finding.matches, sealed_at)
    assert receipt.payload["introduced"]["id"] == str(t.buyer.org_id)

    for change in ("side", "sealed_at", "reference", "what"):
        forged = copy.deepcopy(receipt.payload) | {change: receipt.payload[change] + " "}
        told = await introductions.verify(VerifyReceipt(receipt=receipt.model_copy(update={"payload": forged})))
        assert (told.finding, told.sealed_at) == (Finding.altered, None)
    other = Receipt(payload=receipt.payload, nonce="0" * 64, seal=receipt.seal)
    assert (await introductions.verify(VerifyReceipt(receipt=other))).finding is Finding.altered
    unknown = Receipt(payload=receipt.payload, nonce=receipt.nonce, seal="0" * 64)
    assert (await introductions.verify(VerifyReceipt(receipt=unknown))).finding is Finding.unknown
    odd = Receipt(payload={"x": "\ud800"}, nonce="", seal=receipt.seal)
    assert (await introductions.verify(VerifyReceipt(receipt=odd))).finding is Finding.altered


async def test_the_seal_stands_in_the_audit_chain_and_cannot_be_changed(db):
    t = await table()
    id_ = await b.introduced(t.one, t.held, t.buyer, t.listing)
    seal = await m.scalar("SELECT seal FROM introduction_seal WHERE introduction_id = :i", i=id_)
    entry = await m.scalar(
        "SELECT entry FROM audit_entry WHERE action = 'introduction.seal' AND subject_id = :i", i=str(id_)
    )
    assert seal in entry
    assert str(t.buyer.org_id) not in entry
    assert (await audit.verify()).sound
    for sql in (
        "UPDATE introduction_seal SET nonce = ''",
        "DELETE FROM introduction_seal",
        "UPDATE introduction SET counterparty_org_id = broker_org_id",
        "UPDATE introduction SET sealed_at = now() - interval '1 day'",
        "DELETE FROM introduction",
    ):
        with pytest.raises(Exception, match=r"append-only|is sealed"):
            await m.execute(sql)


async def test_it_is_sealed_by_the_time_of_the_database(db):
    t = await table()
    before = await m.scalar("SELECT clock_timestamp()")
    with clock.frozen(clock.now() + timedelta(days=3)):
        id_ = await b.introduced(t.one, t.held, t.buyer, t.listing)
    after = await m.scalar("SELECT clock_timestamp()")
    assert before <= await m.scalar("SELECT sealed_at FROM introduction WHERE id = :i", i=id_) <= after


async def test_who_is_introduced_is_not_told_before_consenting(db):
    t = await table()
    id_ = await b.introduced(t.one, t.held, t.buyer, t.listing)
    assert (await introductions.read(t.seller, id_)).counterparty is None
    assert (await introductions.read(t.buyer, id_)).client.id == t.seller.org_id
    for stranger in (await m.acting(), t.other, m.DEPARTMENT):
        with pytest.raises(NotFound):
            await introductions.read(stranger, id_)
    for actor in (t.seller, t.buyer, m.OPERATOR):
        with pytest.raises(Forbidden):
            await introductions.receipt(actor, id_)
    with pytest.raises(Forbidden):
        await introductions.accept(t.seller, id_, AcceptIntroduction())
    await introductions.decline(t.buyer, id_, DeclineIntroduction(reason_code="not_now"))
    view = await introductions.read(t.seller, id_)
    assert (view.counterparty, view.status, view.reason_code) == (None, "sealed", None)
    assert (await introductions.read(t.one, id_)).reason_code == "not_now"


async def test_a_blind_asker_stays_sealed_to_whom_its_broker_speaks(db):
    buyer, seller, broker = await m.acting(), await m.acting("university"), await b.broker()
    need = await demand.published(buyer, blind=True)
    held = await b.active(buyer, broker, side="buyer", scope={"kind": "subjects", "need_ids": [str(need)]})
    id_ = await b.introduced(broker, held, seller, need, need=True)
    assert (await introductions.read(seller, id_)).client is None
    await introductions.accept(seller, id_, AcceptIntroduction())
    assert (await introductions.read(seller, id_)).client is None
    assert (await introductions.read(buyer, id_)).counterparty.id == seller.org_id


async def test_only_what_the_mandate_covers_is_introduced(db):
    t = await table(scope={"kind": "fields", "fields": ["3"]})
    with pytest.raises(Conflict) as outside:
        await b.introduced(t.one, t.held, t.buyer, t.listing)
    assert outside.value.code == "introduction.not_mandated"
    for other in (t.seller, t.one):
        with pytest.raises((Invalid, Conflict)):
            await b.introduced(t.one, t.held, other, t.listing)
    theirs = await m.publish(await m.acting("institute"))
    with pytest.raises(Conflict):
        await b.introduced(t.one, t.held, t.buyer, theirs)
    assert await m.scalar("SELECT count(*) FROM introduction") == 0


async def test_an_ended_mandate_introduces_nobody(db):
    t = await table(ends_on=clock.today() + timedelta(days=5))
    with clock.frozen(clock.now() + timedelta(days=6)), pytest.raises(Conflict):
        await b.introduced(t.one, t.held, t.buyer, t.listing)
    await mandates.ask_to_end(t.seller, t.held)
    await mandates.agree_to_end(t.one, t.held)
    with pytest.raises(Conflict):
        await b.introduced(t.one, t.held, t.buyer, t.listing)


async def test_the_same_introduction_twice_is_one(db):
    t = await table()
    results = await race(*(b.introduced(t.one, t.held, t.buyer, t.listing) for _ in range(6)))
    assert [r.code for r in refusals(results)] == ["introduction.already_introduced"] * 5
    assert await m.scalar("SELECT count(*) FROM introduction") == 1


# --- what follows ---


async def test_a_deal_in_the_window_is_attributed_and_its_broker_joins(db, drain):
    t = await table()
    id_ = await b.introduced(t.one, t.held, t.buyer, t.listing)
    deal_id = await m.open_deal(t.buyer, t.listing)
    await drain()
    assert await attributed(deal_id) == [(t.one.org_id, 10_000)]
    access = await deals.access(t.one, deal_id)
    assert access.capacity == "seller_broker"
    view = await introductions.read(t.seller, id_)
    assert (view.status, view.counterparty.id, view.deal_ids) == ("connected", t.buyer.org_id, [deal_id])
    before = await m.traces()
    await attributing.settle(deal_id)
    assert await m.traces() == before
    with pytest.raises(NotFound):
        await deals.access(t.other, deal_id)
    await m.sound()


async def test_accepting_opens_the_deal(db, drain):
    t = await table()
    id_ = await b.introduced(t.one, t.held, t.buyer, t.listing)
    deal_id = await introductions.accept(t.buyer, id_, AcceptIntroduction())
    await drain()
    assert await attributed(deal_id) == [(t.one.org_id, 10_000)]
    with pytest.raises(Conflict):
        await introductions.accept(t.buyer, id_, AcceptIntroduction())


async def test_deals_outside_the_window_or_before_the_seal_are_nobodys(db, drain):
    t = await table(attribution_days=30)
    early = await m.open_deal(t.buyer, t.listing)
    await b.introduced(t.one, t.held, t.buyer, t.listing)
    late = await m.acting()
    second = await b.introduced(t.one, t.held, late, t.listing)
    with clock.frozen(clock.now() + timedelta(days=31)):
        deal_id = await m.open_deal(late, t.listing)
        assert await introductions.lapse_due() == 2
    await drain()
    assert await attributed(early) == []
    assert await attributed(deal_id) == []
    assert (await introductions.read(t.one, second)).status == "lapsed"


async def test_the_tail_of_an_ended_mandate(db, drain):
    t = await table(tail_days=10)
    buyers = [await m.acting() for _ in range(2)]
    for buyer in buyers:
        await b.introduced(t.one, t.held, buyer, t.listing)
    await mandates.ask_to_end(t.seller, t.held)
    await mandates.agree_to_end(t.one, t.held)
    found = []
    for buyer, days in zip(buyers, (10, 12), strict=True):
        with clock.frozen(clock.now() + timedelta(days=days)):
            found.append(await m.open_deal(buyer, t.listing))
    await drain()
    assert [len(await attributed(d)) for d in found] == [1, 0]


async def test_of_two_introductions_the_first_seal_holds(db, drain):
    t = await table()
    await b.introduced(t.one, t.held, t.buyer, t.listing)
    late = await b.introduced(t.other, t.second, t.buyer, t.listing)
    deal_id = await m.open_deal(t.buyer, t.listing)
    await drain()
    assert await attributed(deal_id) == [(t.one.org_id, 10_000)]
    view = await introductions.read(t.other, late)
    assert (view.earlier, "claim" in view.actions) == (True, True)


# --- claims ---


async def test_a_decision_moves_the_merit_and_the_appeal_another_way(db, drain):
    t = await table()
    await b.introduced(t.one, t.held, t.buyer, t.listing)
    late = await b.introduced(t.other, t.second, t.buyer, t.listing)
    deal_id = await m.open_deal(t.buyer, t.listing)
    await contracted(t, deal_id)
    await drain()
    claim_id = await claims.open(t.other, late, OpenClaim(reason=WORDS, evidence=WORDS))
    with pytest.raises(Conflict):
        await claims.open(t.other, late, OpenClaim(reason=WORDS, evidence=WORDS))
    await claims.answer(t.one, claim_id, AnswerClaim(answer=WORDS))
    for actor in (t.one, t.other, t.seller):
        with pytest.raises((Forbidden, NotFound)):
            await claims.decide(actor, claim_id, DecideClaim(outcome="uphold", reason=WORDS))
    shared = DecideClaim(outcome="shared", claimant_percent="30", reason=WORDS)
    await claims.decide(m.OPERATOR, claim_id, shared)
    await drain()
    assert await attributed(deal_id) == [(t.other.org_id, 3000), (t.one.org_id, 7000)]
    due = await m.rows(
        "SELECT broker_org_id, amount FROM commission WHERE deal_id = :d AND statement = 2 ORDER BY amount", d=deal_id
    )
    assert [tuple(r) for r in due] == [(t.other.org_id, 19_500_000), (t.one.org_id, 45_500_000)]

    await claims.appeal(t.one, claim_id, AppealClaim(reason=WORDS))
    with pytest.raises(Forbidden) as same:
        await claims.decide_appeal(m.OPERATOR, claim_id, DecideClaim(outcome="reject", reason=WORDS))
    assert same.value.code == "claim.another_person"
    second = replace(m.OPERATOR, person_id=new_id())
    await claims.decide_appeal(second, claim_id, DecideClaim(outcome="reject", reason=WORDS))
    await drain()
    assert await attributed(deal_id) == [(t.one.org_id, 10_000)]
    newest = await m.rows(
        "SELECT DISTINCT ON (mandate_id) broker_org_id, amount FROM commission WHERE deal_id = :d"
        " ORDER BY mandate_id, statement DESC",
        d=deal_id,
    )
    assert {tuple(r) for r in newest} == {(t.one.org_id, 65_000_000), (t.other.org_id, 0)}
    with pytest.raises(Conflict):
        await claims.appeal(t.other, claim_id, AppealClaim(reason=WORDS))
    for sql in (
        "UPDATE introduction_claim_decision SET outcome = 'uphold'",
        "DELETE FROM introduction_claim_decision",
        "UPDATE introduction_claim SET reason = ''",
        "UPDATE introduction_claim SET answer = ''",
        "UPDATE commission SET amount = 0",
    ):
        with pytest.raises(Exception, match=r"append-only|cannot be edited"):
            await m.execute(sql)
    await m.sound()


async def test_two_decisions_at_once_are_one(db):
    t = await table()
    await b.introduced(t.one, t.held, t.buyer, t.listing)
    late = await b.introduced(t.other, t.second, t.buyer, t.listing)
    claim_id = await claims.open(t.other, late, OpenClaim(reason=WORDS, evidence=WORDS))
    people = [replace(m.OPERATOR, person_id=new_id()) for _ in range(4)]
    results = await race(*(claims.decide(p, claim_id, DecideClaim(outcome="uphold", reason=WORDS)) for p in people))
    assert len(refusals(results)) == 3
    assert await m.scalar("SELECT count(*) FROM introduction_claim_decision") == 1


async def test_the_first_has_nothing_to_claim_and_old_acquaintance_may(db, drain):
    t = await table()
    first = await b.introduced(t.one, t.held, t.buyer, t.listing)
    with pytest.raises(Conflict) as nothing:
        await claims.open(t.one, first, OpenClaim(reason=WORDS, evidence=WORDS))
    assert nothing.value.code == "claim.nothing_to_claim"
    await introductions.decline(t.buyer, first, DeclineIntroduction(reason_code="already_known"))
    deal_id = await m.open_deal(t.buyer, t.listing)
    await drain()
    assert await attributed(deal_id) == []
    claim_id = await claims.open(t.one, first, OpenClaim(reason=WORDS, evidence=WORDS))
    await claims.decide(m.OPERATOR, claim_id, DecideClaim(outcome="uphold", reason=WORDS))
    await drain()
    assert await attributed(deal_id) == [(t.one.org_id, 10_000)]


async def test_an_appeal_has_its_days(db):
    t = await table()
    await b.introduced(t.one, t.held, t.buyer, t.listing)
    late = await b.introduced(t.other, t.second, t.buyer, t.listing)
    claim_id = await claims.open(t.other, late, OpenClaim(reason=WORDS, evidence=WORDS))
    await claims.decide(m.OPERATOR, claim_id, DecideClaim(outcome="reject", reason=WORDS))
    with clock.frozen(clock.now() + timedelta(days=15, minutes=1)), pytest.raises(Conflict) as refused:
        await claims.appeal(t.other, claim_id, AppealClaim(reason=WORDS))
    assert refused.value.code == "claim.appeal_too_late"


# --- commission ---


async def test_a_confirmed_contract_makes_one_statement(db, drain):
    t = await table()
    await b.introduced(t.one, t.held, t.buyer, t.listing)
    deal_id = await m.open_deal(t.buyer, t.listing)
    await contracted(t, deal_id)
    await drain()
    await attributing.settle(deal_id)
    rows = await m.rows("SELECT broker_org_id, value, reckoned, amount, statement FROM commission")
    assert [tuple(r) for r in rows] == [(t.one.org_id, 1_500_000_000, 65_000_000, 65_000_000, 1)]
    for actor, mine in ((t.one, "broker"), (t.seller, "client")):
        [view] = (await attributing.commissions(actor)).items
        assert (view.amount, view.mine, view.parts[0]["amount"]) == (65_000_000, mine, 65_000_000)
    assert (await attributing.commissions(t.buyer)).items == []


async def test_the_cap_binds_the_statement_too(db, drain):
    """Signed while nothing in scope was state money; the technology of the contract is."""
    t = await table(commission={"tiers": [{"percent": "20"}]})
    await b.introduced(t.one, t.held, t.buyer, t.listing)
    await m.execute("UPDATE listing SET funding = 'state' WHERE id = :id", id=t.listing)
    deal_id = await m.open_deal(t.buyer, t.listing)
    await contracted(t, deal_id, value=1_000_000_005)
    await drain()
    row = await m.row("SELECT reckoned, amount, cap_percent FROM commission")
    assert tuple(row) == (200_000_001, 100_000_000, 10)


async def test_co_brokers_share_to_the_dong(db, drain):
    third = await m.acting("intermediary")
    seller, buyer, broker = await m.acting("university"), await m.acting(), await b.broker()
    listing = await m.publish(seller)
    shares = [{"org_id": str(broker.org_id), "percent": "66.67"}, {"org_id": str(third.org_id), "percent": "33.33"}]
    held = await b.active(seller, broker, commission={"tiers": [{"percent": "3"}], "split": shares})
    await b.introduced(broker, held, buyer, listing)
    deal_id = await m.open_deal(buyer, listing)
    t = Table()
    t.seller, t.buyer = seller, buyer
    await contracted(t, deal_id, value=333_333_367)
    await drain()
    [view] = (await attributing.commissions(broker)).items
    assert sum(p["amount"] for p in view.parts) == view.amount == 10_000_001
    with pytest.raises(Invalid):
        await b.proposed(
            seller, broker, commission={"fixed": 1, "split": [{"org_id": str(third.org_id), "percent": 100}]}
        )
