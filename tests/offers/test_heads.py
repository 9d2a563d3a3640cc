"""Memoranda: proposed, confirmed, reminded of, due, and settled by what both sides say."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.deals import Capacity, deals
from app.deals.schemas import CloseDeal
from app.kit import clock
from app.kit.actor import Role
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.offers import memoranda, offers
from app.offers.schemas import DeclineMemorandum, GiveOutcome, ProposeMemorandum
from app.statistics.schemas import Filters
from app.statistics.service import statistics
from tests.deals.test_deals import refused
from tests.offers.test_database import forbidden
from tests.support import market as m

WORDS = "Hai bên cùng thử màng lọc ở một trạm nước trong sáu tháng rồi bàn hợp đồng."
NO = DeclineMemorandum(reason="Chưa đúng điều hai bên đã bàn.")


def paper(days: int = 60, **changes: Any) -> ProposeMemorandum:
    values = {"summary": WORDS, "expires_on": clock.today() + timedelta(days=days), "value": 900_000_000}
    return ProposeMemorandum.model_validate(values | changes)


async def confirmed(days: int = 60) -> tuple[m.Market, Any]:
    table = await m.market()
    made = await memoranda.propose(table.seller, table.deal_id, paper(days))
    await memoranda.confirm(table.buyer, made)
    return table, made


async def view(table: m.Market, at: int = 0) -> Any:
    return (await memoranda.of_deal(table.seller, table.deal_id)).items[at]


def later(day: date, days: int = 0) -> Any:
    """Noon in Viet Nam, so many days after."""
    moment = clock.now().astimezone(clock.VIETNAM).replace(hour=12)
    return clock.frozen(moment + (day - moment.date()) + timedelta(days=days))


def says(outcome: str, **values: Any) -> GiveOutcome:
    return GiveOutcome.model_validate({"outcome": outcome} | values)


async def test_proposed_by_one_side_and_confirmed_by_the_other(db, drain):
    table = await m.market()
    made = await memoranda.propose(table.buyer, table.deal_id, paper())
    await refused(Conflict, memoranda.propose(table.seller, table.deal_id, paper()), code="memorandum.lives")
    await refused(Forbidden, memoranda.confirm(table.buyer, made), code="memorandum.other_side")
    found = await view(table)
    assert (found.status, found.kind, found.value, found.actions) == (
        "proposed", "text", 900_000_000, ["confirm", "decline"]
    )  # fmt: skip
    assert found.sha256 == hashlib.sha256(WORDS.encode()).hexdigest()
    assert (await deals.read(table.seller, table.deal_id)).evidence_level == 0
    await memoranda.confirm(table.seller, made)
    deal = await deals.read(table.seller, table.deal_id)
    assert (deal.evidence_level, deal.status) == (1, "interested"), "it is a fact beside the stages"
    assert [(e.level, e.kind, e.value) for e in deal.evidence if e.level == 1] == [(1, "mou", 900_000_000)]
    assert await m.scalar("SELECT evidence_level FROM listing") == 1
    await drain()
    await m.sound()


async def test_its_value_is_counted_nowhere(db, make_person):
    table, _ = await confirmed()
    officer = (await make_person(None, staff=["department"])).actor
    assert await m.scalar("SELECT count(*) FROM deal_transaction") == 0
    assert (await deals.read(table.seller, table.deal_id)).agreed_value is None
    figures = {f.key: f.value for f in (await statistics.report(officer, Filters())).figures}
    assert (figures["agreements"], figures["contracts"], figures["value"]) == (1, 0, 0)
    # Terms agreed later are the same deal at the same level: counted once.
    await offers.accept(table.buyer, await m.send_offer(table.seller, table.deal_id))
    figures = {f.key: f.value for f in (await statistics.report(officer, Filters())).figures}
    assert (figures["agreements"], figures["contracts"], figures["value"]) == (1, 0, 0)


async def test_made_from_accepted_terms_from_a_file_or_from_words(db):
    table = await m.agreed()
    made = await memoranda.propose(table.seller, table.deal_id, paper(summary=None, value=None))
    found = await view(table)
    assert (found.kind, found.sha256, found.value) == ("terms", m.terms().hash(), 500_000_000)
    await memoranda.withdraw(table.seller, made)
    file = ("biên bản.pdf", m.PDF)
    made = await memoranda.propose(table.seller, table.deal_id, paper(summary=None, value=None), file)
    found = await view(table)
    assert (found.kind, found.sha256, found.file_name) == ("file", hashlib.sha256(m.PDF).hexdigest(), "biên bản.pdf")
    opened = await memoranda.open_file(table.buyer, made)
    assert b"".join([c async for c in opened.chunks]) == m.PDF
    with pytest.raises(NotFound):  # the look at the deal itself is written down
        await memoranda.open_file(m.DEPARTMENT, made)
    fresh = await m.market()
    await refused(Invalid, memoranda.propose(fresh.seller, fresh.deal_id, paper(summary=None)))
    await refused(Invalid, memoranda.propose(fresh.seller, fresh.deal_id, paper(), ("x.pdf", b"MZ")))
    for days in (0, -1, 2000):
        await refused(Invalid, memoranda.propose(fresh.seller, fresh.deal_id, paper(days)))


async def test_who_may_not(db):
    table, stranger, broker = await m.market(), await m.acting(), await m.acting("intermediary")
    await deals.join(m.OPERATOR, table.deal_id, broker.org_id, Capacity.seller_broker)
    await refused(NotFound, memoranda.propose(stranger, table.deal_id, paper()))
    member = replace(table.buyer, role=Role.member)
    made = await memoranda.propose(table.seller, table.deal_id, paper())
    for actor, error in ((stranger, NotFound), (member, Forbidden), (broker, Forbidden)):
        for verb in (
            memoranda.confirm(actor, made),
            memoranda.decline(actor, made, NO),
            memoranda.withdraw(actor, made),
            memoranda.give_outcome(actor, made, says("contract_signed")),
        ):
            await refused(error, verb)
    assert len((await memoranda.of_deal(broker, table.deal_id)).items) == 1
    assert (await memoranda.of_deal(m.DEPARTMENT, table.deal_id)).items == []
    await memoranda.decline(table.buyer, made, NO)
    assert (await view(table)).status == "declined"
    await memoranda.propose(table.buyer, table.deal_id, paper())
    await m.sound()


# --- its end ---


async def test_reminders_go_out_fourteen_and_three_days_before_once(db, drain, mails, make_person):
    seller, buyer = await make_person("owner"), await make_person("owner")
    table = await m.market(seller.actor, buyer.actor)
    made = await memoranda.propose(table.seller, table.deal_id, paper(60))
    await memoranda.confirm(table.buyer, made)
    end = (await view(table)).expires_on
    await drain()
    sent = len(mails())
    for days, moves in ((15, 0), (14, 1), (13, 0), (4, 0), (3, 1), (1, 0), (0, 0)):
        with later(end, -days):
            assert await memoranda.follow_clock() == moves, days
            assert await memoranda.follow_clock() == 0, days
            await drain()
        assert len(mails()) == sent + (2 if moves else 0)
        sent = len(mails())


async def test_due_on_the_day_after_and_flagged_a_week_later(db, drain):
    table, made = await confirmed(30)
    end = (await view(table)).expires_on
    with later(end):
        await memoranda.follow_clock()
        assert (await view(table)).status == "confirmed"
    with later(end, 1):
        assert await memoranda.follow_clock() == 1
        assert ((await view(table)).status, (await view(table)).overdue) == ("due", False)
        assert (await memoranda.overdue(m.OPERATOR)).items == []
    with later(end, 8):
        await memoranda.follow_clock()
        [flagged] = (await memoranda.overdue(m.OPERATOR)).items
        assert (flagged.id, flagged.overdue) == (made, True)
        await refused(Forbidden, memoranda.overdue(table.seller))
        await memoranda.give_outcome(table.seller, made, says("contract_signed"))
        assert len((await memoranda.overdue(m.OPERATOR)).items) == 1, "one side is not both"
        await memoranda.give_outcome(table.buyer, made, says("contract_signed"))
        assert (await memoranda.overdue(m.OPERATOR)).items == []
    assert ((await view(table)).status, (await view(table)).outcome) == ("resolved", "contract_signed")
    await drain()
    await m.sound()


async def test_extended_to_the_earlier_of_two_dates(db):
    table, made = await confirmed(30)
    end = (await view(table)).expires_on
    with later(end, 1):
        await memoranda.follow_clock()
        for wrong in (None, end, clock.today()):
            await refused(Invalid, memoranda.give_outcome(table.seller, made, says("extended", until=wrong)))
        await memoranda.give_outcome(table.seller, made, says("extended", until=end + timedelta(days=90)))
        assert (await view(table)).status == "due"
        await memoranda.give_outcome(table.buyer, made, says("in_progress", until=end + timedelta(days=40)))
    found = await view(table)
    assert (found.status, found.term, found.expires_on) == ("confirmed", 2, end + timedelta(days=40))
    with later(found.expires_on, -14):
        assert await memoranda.follow_clock() == 1, "the new term has reminders of its own"
    await m.sound()


async def test_one_side_ends_it_with_a_reason(db):
    table, made = await confirmed(30)
    await refused(Invalid, memoranda.give_outcome(table.buyer, made, says("ended")))
    await refused(Invalid, memoranda.give_outcome(table.buyer, made, says("ended", reason_code="because")))
    await memoranda.give_outcome(table.buyer, made, says("ended", reason_code="price", note="Ngân sách bị cắt."))
    assert ((await view(table)).status, (await view(table)).outcome) == ("resolved", "ended")
    assert (await deals.read(table.seller, table.deal_id)).status == "interested", "the deal itself goes on"
    await refused(Conflict, memoranda.give_outcome(table.seller, made, says("contract_signed")))
    await m.sound()


async def test_two_who_differ_settle_nothing_until_they_agree(db):
    table, made = await confirmed(30)
    await memoranda.give_outcome(table.seller, made, says("contract_signed"))
    await memoranda.give_outcome(table.buyer, made, says("in_progress", until=clock.today() + timedelta(days=90)))
    found = await view(table)
    assert (found.status, found.differ) == ("confirmed", True)
    await memoranda.give_outcome(table.buyer, made, says("contract_signed"))
    assert (await view(table)).outcome == "contract_signed"
    assert len((await view(table)).outcomes) == 3, "what was said before stays on record"


async def test_the_deal_gives_the_outcome_when_it_ends(db, drain):
    table, _ = await confirmed()
    await deals.close(table.buyer, table.deal_id, CloseDeal(reason_code="price"))
    await drain()
    assert ((await view(table)).status, (await view(table)).outcome) == ("resolved", "ended")
    signed = await m.agreed()
    made = await memoranda.propose(signed.seller, signed.deal_id, paper(summary=None))
    await memoranda.confirm(signed.buyer, made)
    await m.report(signed.seller, signed.deal_id)
    await deals.confirm_contract(signed.buyer, signed.deal_id)
    await drain()
    assert (await view(signed)).outcome == "contract_signed"
    await refused(Conflict, memoranda.propose(signed.seller, signed.deal_id, paper()), code="memorandum.deal_over")
    await m.sound()


@pytest.mark.parametrize("column", ["summary = 'khác'", "value = 1", "sha256 = 'x'", "side = 'buyer'"])
async def test_what_was_proposed_cannot_be_edited(db, column):
    await confirmed()
    await forbidden(f"UPDATE memorandum SET {column}", "was proposed and cannot be edited")
    await forbidden("DELETE FROM memorandum", "append-only")


async def test_the_operator_is_mailed_once_about_what_is_overdue(db, drain, mails, make_person):
    """Everybody who runs the exchange, once a term; nobody when the outcome came before the mail left."""
    operators = [await make_person(None, staff=[duty]) for duty in ("operator", "admin")]
    watcher = await make_person(None, staff=["department"])
    settled, silent = await confirmed(30), await confirmed(30)
    end = (await view(silent[0])).expires_on
    with later(end, 1):
        await memoranda.follow_clock()
        await drain()
    with later(end, 8):
        await memoranda.follow_clock()
        for side in (settled[0].seller, settled[0].buyer):
            await memoranda.give_outcome(side, settled[1], says("contract_signed"))
        await drain()
        await memoranda.follow_clock()
        await drain()
    reference = (await deals.peek(silent[0].deal_id)).reference
    for person in operators:
        told = [x for x in mails(person.email) if "quá 7 ngày" in x.subject]
        assert [reference in x.subject for x in told] == [True]
        assert "/memoranda/overdue" in told[0].body
    assert not [x for x in mails(watcher.email) if "quá 7 ngày" in x.subject]
