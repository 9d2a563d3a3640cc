"""The contract signed outside: one side reports it with its file, the other confirms, and only then it counts."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from app.deals import deals
from app.deals.schemas import CloseDeal, DisputeContract, ReportContract
from app.kit import clock
from app.kit.actor import ANONYMOUS, Actor, Role, Staff
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import listings
from tests.deals.test_deals import refused
from tests.support import market as m


def contract(**changes: object) -> ReportContract:
    values = {"number": "01/2026/HĐCN", "signed_on": clock.today(), "value": "1.250.000.000"}
    return ReportContract.model_validate(values | changes)


async def newest(table):
    return (await deals.read(table.seller, table.deal_id)).evidence[-1]


@pytest.mark.parametrize(
    "changes",
    [
        {"number": " "},
        {"value": -1},
        {"value": 1.5},
        {"value": "nhiều"},
        {"value": 10**15 + 1},
        {"signed_on": "hôm qua"},
    ],
)
def test_a_report_says_number_day_and_value(changes):
    with pytest.raises(ValidationError):
        contract(**changes)


async def test_a_report_waits_for_the_other_side(db):
    table = await m.agreed()
    assert (await deals.read(table.seller, table.deal_id)).evidence_level == 1
    await deals.report_contract(table.seller, table.deal_id, contract(), "Hợp đồng.pdf", m.PDF)
    view = await deals.read(table.seller, table.deal_id)
    [found] = [e for e in view.evidence if e.kind == "contract"]
    assert (found.level, found.status, found.value) == (2, "reported", 1_250_000_000)
    assert found.sha256 == hashlib.sha256(m.PDF).hexdigest()
    # Nothing counts yet: the level, the stage and the books are as they were.
    assert (view.evidence_level, view.status, view.turn) == (1, "agreed", "buyer")
    assert view.actions == ["close"]
    assert (await deals.read(table.buyer, table.deal_id)).actions == ["confirm_contract", "dispute_contract", "close"]
    assert await m.scalar("SELECT count(*) FROM deal_transaction") == 0
    await m.sound()


async def test_reports_that_are_refused(db):
    table = await m.agreed()
    tomorrow = contract(signed_on=clock.today() + timedelta(days=1))
    for actor, command, data, error, code in [
        (table.seller, tomorrow, m.PDF, Invalid, "invalid"),
        (table.seller, contract(), b"PK\x03\x04 a word file", Invalid, "invalid"),
        (table.seller, contract(), b"", Invalid, "invalid"),
        (table.seller, contract(), b" %PDF-1.7", Invalid, "invalid"),
        (ANONYMOUS, contract(), m.PDF, Unauthenticated, None),
        (await m.acting(), contract(), m.PDF, NotFound, None),
        (replace(table.buyer, role=Role.member), contract(), m.PDF, Forbidden, None),
        (m.OPERATOR, contract(), m.PDF, Forbidden, None),
    ]:
        verb = deals.report_contract(actor, table.deal_id, command, "hop-dong.pdf", data)
        await refused(error, verb, code=code)
    with pytest.raises(Invalid) as refusal:
        await deals.report_contract(table.seller, table.deal_id, contract(), "x.pdf", b"GIF89a")
    assert set(refusal.value.fields) == {"file"}
    unsettled = await m.market()
    await refused(Conflict, m.report(unsettled.seller, unsettled.deal_id), code="deal.not_now")


async def test_today_is_today_in_vietnam(db):
    """Just after midnight in Vietnam the day before is still running in UTC."""
    table = await m.agreed()
    night = (clock.now() + timedelta(days=1)).replace(hour=17, minute=30)
    with clock.frozen(night):
        assert clock.today() == (night + timedelta(days=1)).date()
        await m.report(table.seller, table.deal_id)


async def test_the_other_side_confirms_and_the_books_take_it_once(db):
    table = await m.agreed()
    await m.report(table.buyer, table.deal_id, value=700)
    with pytest.raises(Forbidden) as refusal:
        await deals.confirm_contract(table.buyer, table.deal_id)
    assert refusal.value.code == "deal.other_side_confirms"
    await refused(Forbidden, deals.confirm_contract(table.buyer, table.deal_id), code="deal.other_side_confirms")
    await refused(Forbidden, deals.dispute_contract(table.buyer, table.deal_id, m.dispute()))
    await refused(NotFound, deals.confirm_contract(await m.acting(), table.deal_id))
    await refused(Forbidden, deals.confirm_contract(replace(table.seller, role=Role.member), table.deal_id))
    await refused(Conflict, m.report(table.seller, table.deal_id), code="deal.already_reported")
    await refused(Conflict, m.report(table.buyer, table.deal_id), code="deal.already_reported")

    await deals.confirm_contract(table.seller, table.deal_id)
    view = await deals.read(table.buyer, table.deal_id)
    assert (view.status, view.evidence_level, view.turn, view.actions) == ("contracted", 2, None, [])
    assert [(e.level, e.status) for e in view.evidence] == [(0, "confirmed"), (1, "confirmed"), (2, "confirmed")]
    booked = await m.row("SELECT kind, amount, currency, signed_on, reverses_id, evidence_id FROM deal_transaction")
    assert tuple(booked) == ("completion", 700, "VND", clock.today(), None, view.evidence[-1].id)

    for verb in (
        deals.confirm_contract(table.seller, table.deal_id),
        deals.dispute_contract(table.seller, table.deal_id, m.dispute()),
        m.report(table.seller, table.deal_id),
        deals.close(table.seller, table.deal_id, CloseDeal(reason_code="other")),
    ):
        await refused(Conflict, verb)
    assert await deals.totals() == (0, 0, 1)
    await m.sound()


async def test_a_disputed_report_may_be_made_again(db):
    table = await m.agreed()
    start = clock.now()
    for round_, (reporter, answerer) in enumerate([("seller", "buyer"), ("seller", "buyer"), ("buyer", "seller")]):
        with clock.frozen(start + timedelta(hours=round_)):
            await m.report(table.side(reporter), table.deal_id, number=f"số {round_}")
            assert (await deals.read(table.seller, table.deal_id)).turn == answerer
            if round_ < 2:
                await deals.dispute_contract(table.side(answerer), table.deal_id, m.dispute())
                view = await deals.read(table.side(reporter), table.deal_id)
                assert (view.status, view.turn, view.evidence_level) == ("agreed", reporter, 1)
                assert view.actions == ["report_contract", "close"]
                code = "deal.other_side_confirms"
                await refused(Forbidden, deals.confirm_contract(table.side(answerer), table.deal_id), code=code)
    await deals.confirm_contract(table.seller, table.deal_id)
    contracts = await m.rows("SELECT number, status FROM deal_evidence WHERE kind = 'contract' ORDER BY at")
    assert [tuple(c) for c in contracts] == [("số 0", "disputed"), ("số 1", "disputed"), ("số 2", "confirmed")]
    assert await m.scalar("SELECT count(*) FROM deal_transaction") == 1
    await m.sound()


def test_a_dispute_says_why():
    with pytest.raises(ValidationError):
        DisputeContract(reason="sai")


async def test_a_closed_deal_takes_no_answer_to_its_report(db):
    table = await m.agreed()
    await m.report(table.seller, table.deal_id)
    await deals.close(table.seller, table.deal_id, CloseDeal(reason_code="other"))
    await refused(Conflict, deals.confirm_contract(table.buyer, table.deal_id), code="deal.not_now")
    await refused(Conflict, deals.dispute_contract(table.buyer, table.deal_id, m.dispute()), code="deal.not_now")
    assert (await deals.read(table.buyer, table.deal_id)).turn is None
    await m.sound()


async def test_an_exclusive_contract_keeps_the_listing_and_it_may_be_marked_transferred(db):
    table = await m.agreed(exclusivity="exclusive")
    await m.report(table.seller, table.deal_id)
    await deals.confirm_contract(table.buyer, table.deal_id)
    assert await m.scalar("SELECT status FROM listing") == "reserved"
    await listings.transfer(table.seller, table.listing_id)
    assert await m.scalar("SELECT status FROM listing") == "transferred"
    await m.sound()


# --- correcting the books ---


async def test_a_reversal_is_equal_and_opposite_and_happens_once(db):
    table = await m.agreed()
    await m.report(table.seller, table.deal_id, value=900)
    await deals.confirm_contract(table.buyer, table.deal_id)
    booked = await m.scalar("SELECT id FROM deal_transaction")
    for actor, error in [
        (ANONYMOUS, Unauthenticated),
        (table.seller, Forbidden),
        (m.DEPARTMENT, Forbidden),
        (replace(m.OPERATOR, scopes=frozenset({"read"})), Forbidden),
    ]:
        await refused(error, deals.reverse_transaction(actor, booked, "Báo nhầm hồ sơ."))
    await refused(NotFound, deals.reverse_transaction(m.OPERATOR, new_id(), "Báo nhầm hồ sơ."))

    await deals.reverse_transaction(m.OPERATOR, booked, "Báo nhầm hồ sơ.")
    both = await m.rows(
        "SELECT kind, amount, currency, signed_on, evidence_id, deal_id FROM deal_transaction ORDER BY at"
    )
    completion, reversal = both
    assert (completion.kind, completion.amount) == ("completion", 900)
    assert (reversal.kind, reversal.amount) == ("reversal", -900)
    assert completion[2:] == reversal[2:]
    assert await m.scalar("SELECT sum(amount) FROM deal_transaction") == 0
    reversed_ = await m.scalar("SELECT id FROM deal_transaction WHERE kind = 'reversal'")
    await refused(NotFound, deals.reverse_transaction(m.OPERATOR, reversed_, "Báo nhầm hồ sơ."))
    await refused(Conflict, deals.reverse_transaction(m.OPERATOR, booked, "Báo nhầm hồ sơ."))
    await m.sound()


# --- the file ---


async def test_the_file_opens_for_the_parties_and_the_operator_and_each_look_is_written_down(db):
    table = await m.agreed()
    await m.report(table.seller, table.deal_id)
    evidence = await newest(table)
    viewer = replace(table.buyer, role=Role.viewer)
    operator_and_department = Actor(person_id=new_id(), staff=frozenset({Staff.operator, Staff.department}))
    seq = await m.scalar("SELECT seq FROM audit_head")
    who = [table.seller, viewer, m.OPERATOR, operator_and_department]
    for actor in who:
        found = await deals.open_evidence(actor, table.deal_id, evidence.id)
        assert b"".join([chunk async for chunk in found.chunks]) == m.PDF
        assert (found.name, found.media_type) == ("hop-dong.pdf", "application/pdf")
    logged = await m.rows(
        "SELECT entry::jsonb->>'person_id', action FROM audit_entry WHERE seq > :s ORDER BY seq", s=seq
    )
    assert [tuple(r) for r in logged] == [(str(a.person_id), "deal.open_evidence") for a in who]

    stranger, elsewhere = await m.acting(), await m.market(seller=table.seller)
    for actor, deal_id, evidence_id, error in [
        (ANONYMOUS, table.deal_id, evidence.id, NotFound),
        (stranger, table.deal_id, evidence.id, NotFound),
        (m.DEPARTMENT, table.deal_id, evidence.id, Forbidden),
        (table.seller, elsewhere.deal_id, evidence.id, NotFound),
        (table.seller, table.deal_id, new_id(), NotFound),
    ]:
        await refused(error, deals.open_evidence(actor, deal_id, evidence_id))
    interest = (await deals.read(table.seller, table.deal_id)).evidence[0]
    await refused(NotFound, deals.open_evidence(table.seller, table.deal_id, interest.id))  # it has no file


async def test_a_transaction_row_is_for_ever(db):
    table = await m.agreed()
    await m.report(table.seller, table.deal_id)
    await deals.confirm_contract(table.buyer, table.deal_id)
    for sql in ("UPDATE deal_transaction SET amount = 1", "DELETE FROM deal_transaction"):
        with pytest.raises(IntegrityError, match="append-only"):
            await m.execute(sql)
    assert await m.scalar("SELECT amount FROM deal_transaction") == 500_000_000
