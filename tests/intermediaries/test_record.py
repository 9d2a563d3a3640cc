"""The track record: counted here by a query of its own that shares nothing with the code."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from app.accounts import accounts
from app.deals import Capacity, Engagement, deals
from app.deals.schemas import CloseDeal
from app.intermediaries import ProviderKind, intermediaries
from app.intermediaries.offering import INTERMEDIATE
from app.intermediaries.record import LEAST, record_of
from app.kit import clock
from app.kit.actor import ANONYMOUS, Role
from app.kit.ids import new_id
from app.offers import offers
from tests.support import market as m
from tests.support import registry as r
from tests.support.people import SYSTEM

NOW = datetime(2026, 11, 20, 12, tzinfo=clock.VIETNAM)
START = NOW - timedelta(days=200)

# One row a deal: from the first joining; the outcome of whoever was there at the end; live ones overdue or silent.
SQL = """
WITH took AS (
  SELECT p.deal_id, min(p.since) AS since,
    bool_or(p.until IS NULL OR p.until >= c.at) AS at_contract, bool_or(p.until IS NULL) AS there
  FROM deal_participant p JOIN deal d ON d.id = p.deal_id
    LEFT JOIN deal_evidence e ON e.deal_id = d.id AND e.kind = 'contract' AND e.status = 'confirmed'
    CROSS JOIN LATERAL (SELECT e.status_at AS at) c
  WHERE p.org_id = :org AND p.capacity NOT IN ('seller','buyer')
    AND p.since <= coalesce(c.at, CASE WHEN d.status = 'closed' THEN d.status_at END, 'infinity')
  GROUP BY p.deal_id
), told AS (
  SELECT t.*, d.opened_at, e.status_at AS contracted_at,
    (e.status_at IS NOT NULL AND t.at_contract) AS won,
    (d.status IN ('interested','negotiating','agreed') AND t.there) AS live,
    (d.turn_until < :now OR (d.turn_until IS NULL AND d.status_at < :now - interval '90 days')) AS late,
    EXISTS (SELECT 1 FROM deal_evidence x WHERE x.deal_id = d.id AND x.status = 'disputed') AS disputed
  FROM took t JOIN deal d ON d.id = t.deal_id
    LEFT JOIN deal_evidence e ON e.deal_id = d.id AND e.kind = 'contract' AND e.status = 'confirmed'
)
SELECT count(*) AS taken, count(*) FILTER (WHERE live) AS live, count(*) FILTER (WHERE live AND late) AS stalled,
  count(*) FILTER (WHERE won) AS contracted, count(*) FILTER (WHERE NOT won AND NOT live) AS ended,
  count(*) FILTER (WHERE disputed) AS disputed,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM contracted_at - since) / 86400)
    FILTER (WHERE won) AS to_contract,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM contracted_at - opened_at) / 86400)
    FILTER (WHERE won) AS deal_time
FROM told
"""


async def play(random: Random, broker) -> None:
    """One deal of the broker, from interest to some end, over a few weeks."""
    at = START + timedelta(days=random.randint(0, 100))
    with clock.frozen(at):
        table = await m.market()
    at += timedelta(days=random.randint(1, 9))
    with clock.frozen(at):
        await r.joined(table, broker, random.choice(INTERMEDIATE))
    story = random.choice(["contract", "contract", "contract", "close", "left", "back", "open", "agreed", "dispute"])
    if story == "open":
        return
    at += timedelta(days=random.randint(1, 9))
    with clock.frozen(at):
        if story in ("left", "back"):
            await deals.leave(m.OPERATOR, table.deal_id, broker.org_id, reason="mandate_ended")
        offer_id = await m.send_offer(table.seller, table.deal_id)
    at += timedelta(days=random.randint(1, 9))
    with clock.frozen(at):
        if story == "close":
            await deals.close(table.buyer, table.deal_id, CloseDeal(reason_code="price"))
            return
        await offers.accept(table.buyer, offer_id)
        if story == "back":
            await r.joined(table, broker)
        if story == "agreed":
            return
        if story == "dispute":
            await m.report(table.seller, table.deal_id)
            await deals.dispute_contract(table.buyer, table.deal_id, m.dispute())
    at += timedelta(days=random.randint(1, 30), minutes=random.randint(0, 1440))
    with clock.frozen(at):
        await r.sign(table)


@pytest.mark.usefixtures("db")
async def test_the_record_is_what_a_query_of_its_own_says():
    random = Random(7)
    brokers = [await m.acting("intermediary") for _ in range(2)]
    for broker in brokers:
        with clock.frozen(START):
            await r.listed(broker)
        for n in range(14):
            await play(random, broker)
            if n not in (0, 1, 3, 13):
                continue
            for at in (NOW, NOW + timedelta(days=120)):
                with clock.frozen(at):
                    found = (await intermediaries.of_organisation(ANONYMOUS, broker.org_id)).record
                told = await m.row(SQL, org=broker.org_id, now=at)
                for name in ("taken", "live", "stalled", "contracted", "ended", "disputed"):
                    assert getattr(found, name) == getattr(told, name), name
                decided = told.contracted + told.ended + told.stalled
                if decided >= LEAST:
                    assert found.conversion == pytest.approx(told.contracted / decided, abs=1e-4)
                else:
                    assert found.conversion is None
                for name in ("to_contract", "deal_time"):
                    value, wanted = getattr(found, name), getattr(told, name)
                    assert value == (pytest.approx(wanted, abs=0.06) if told.contracted >= LEAST else None), name
    assert found.contracted >= LEAST


@pytest.mark.usefixtures("db")
async def test_whoever_joins_after_the_end_has_no_part_in_it():
    late, broker = await m.acting("intermediary"), await m.acting("intermediary")
    table = await r.contracted(broker)
    await deals.join(m.OPERATOR, table.deal_id, late.org_id, Capacity.adviser)
    for org, taken in ((broker, 1), (late, 0)):
        with clock.frozen(clock.now() + timedelta(minutes=1)):
            found = record_of(await deals.engagements([org.org_id], INTERMEDIATE), clock.now())
        assert (found.taken, found.contracted) == (taken, taken)


def engagement(**changes) -> Engagement:
    values = {
        "deal_id": new_id(), "org_id": new_id(), "capacity": "seller_broker", "since": START, "until": None,
        "status": "contracted", "status_at": START + timedelta(days=10), "opened_at": START - timedelta(days=5),
        "turn_until": None, "evidence_level": 2, "contracted_at": START + timedelta(days=10), "disputed": False,
    }  # fmt: skip
    return Engagement.model_validate(values | changes)


def test_medians_and_shares_are_of_three_deals_or_more():
    for n in range(6):
        found = record_of([engagement() for _ in range(n)], NOW)
        assert (found.taken, found.contracted) == (n, n)
        shown = n >= 3
        assert (found.conversion, found.to_contract, found.deal_time) == ((1.0, 10.0, 15.0) if shown else (None,) * 3)


def test_leaving_the_hopeless_ones_improves_no_record():
    stayed = engagement(status="closed", evidence_level=1, contracted_at=None)
    left = stayed.model_copy(update={"until": START + timedelta(days=2)})
    won_by_others = engagement(until=START + timedelta(days=2))
    for e in (stayed, left, won_by_others):
        found = record_of([e, engagement(), engagement()], NOW)
        assert (found.contracted, found.ended, found.conversion) == (2, 1, pytest.approx(2 / 3, abs=1e-4))


def test_a_live_deal_stalls_when_its_answer_is_overdue_or_nothing_moves_for_ninety_days():
    live = engagement(status="negotiating", evidence_level=0, contracted_at=None, status_at=NOW - timedelta(days=30),
                      turn_until=NOW + timedelta(days=1))  # fmt: skip
    for changes, stalled in (
        ({}, 0),
        ({"turn_until": NOW - timedelta(seconds=1)}, 1),
        ({"turn_until": None}, 0),
        ({"turn_until": None, "status_at": NOW - timedelta(days=91)}, 1),
    ):
        found = record_of([live.model_copy(update=changes)], NOW)
        assert (found.live, found.stalled, found.ended) == (1, stalled, 0)


def test_one_deal_counts_once_however_often_one_joined():
    deal = new_id()
    first = engagement(deal_id=deal, until=START + timedelta(days=1))
    again = replace_since(first, START + timedelta(days=3))
    found = record_of([again, first], NOW)
    assert (found.taken, found.contracted, found.ended) == (1, 1, 0)


def replace_since(e: Engagement, since: datetime) -> Engagement:
    return e.model_copy(update={"since": since, "until": None})


@pytest.mark.usefixtures("db")
async def test_an_expert_has_the_record_of_the_deals_in_which_they_acted():
    """For whichever organisation; what a colleague acts in counts for the colleague."""
    owner, elsewhere = await m.acting("intermediary"), await m.acting("intermediary")
    person_id = await accounts.add_person(
        SYSTEM, email=f"{new_id().hex}@thunghiem.example", name="Lê Thị Chuyên", password_hash="x",
        org_id=owner.org_id, role=Role.member,
    )  # fmt: skip
    expert = replace(owner, person_id=person_id, role=Role.member, person_name="Lê Thị Chuyên")
    profile = await r.listed(expert, ProviderKind.expert)
    for org, handler in ((owner, person_id), (elsewhere, person_id), (owner, None), (owner, "left")):
        table = await m.agreed()
        await deals.join(
            m.OPERATOR,
            table.deal_id,
            org.org_id,
            Capacity.adviser,
            handler_id=person_id if handler == "left" else handler,
        )
        if handler == "left":
            await deals.leave(m.OPERATOR, table.deal_id, org.org_id, reason="mandate_ended")
        await r.sign(table)
    found = (await intermediaries.read(ANONYMOUS, profile)).record
    assert (found.taken, found.contracted, found.ended, found.conversion) == (3, 2, 1, round(2 / 3, 4))
    assert found.to_contract is None, "of two deals a median would tell the terms of a known one"
