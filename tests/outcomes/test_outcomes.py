"""Questions to the parties: when, once, until when; answers that stay; who reads them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.deals import Capacity, Side, deals
from app.deals.schemas import CloseDeal
from app.independence import independence
from app.kit import clock
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.outcomes import PROMPT, outcomes
from app.outcomes.policy import DAYS, options, window
from app.outcomes.schemas import AnswerOutcome, Basis, Became
from tests.support import jobs, market
from tests.support.market import DEPARTMENT, OPERATOR, Market, acting, execute, rows, scalar

pytestmark = pytest.mark.usefixtures("db")
STOPPED = AnswerOutcome(kind="stopped", reason_code="budget_gone")


async def closed(days_ago: int, reason: str = "price") -> Market:
    with clock.frozen(clock.now() - timedelta(days=days_ago)):
        table = await market.market()
        await deals.close(table.buyer, table.deal_id, CloseDeal(reason_code=reason))
    return table


async def later(days: int) -> int:
    with clock.frozen(clock.now() + timedelta(days=days)):
        return await outcomes.ask_due()


async def test_each_party_is_asked_once_on_each_day() -> None:
    table = await closed(0)
    assert [await later(d) for d in (0, 29, 30, 30, 31, 89, 90, 179, 180, 181, 400)] == [
        0,
        0,
        2,
        0,
        0,
        0,
        2,
        0,
        2,
        0,
        0,
    ]
    found = await rows("SELECT org_id, days, status FROM outcome_prompt ORDER BY days, side")
    assert len(found) == len(set(found)) == 6
    assert {f[0] for f in found} == {table.seller.org_id, table.buyer.org_id}


async def test_what_passed_unasked_is_asked_as_the_newest_only() -> None:
    await closed(100)
    await outcomes.ask_due()
    assert await rows("SELECT DISTINCT days FROM outcome_prompt") == [(90,)]
    await closed(500)
    assert await outcomes.ask_due() == 0


async def test_two_schedules_at_once_ask_once() -> None:
    await closed(31)
    await asyncio.gather(*(outcomes.ask_due() for _ in range(4)))
    assert await scalar("SELECT count(*) FROM outcome_prompt") == 2


@pytest.mark.parametrize("basis", ["agreed", "contracted"])
async def test_agreed_and_contracted_deals_are_asked_about_too(basis: str) -> None:
    with clock.frozen(clock.now() - timedelta(days=40)):
        table = await market.agreed()
        if basis == "contracted":
            await market.report(table.buyer, table.deal_id)
            await deals.confirm_contract(table.seller, table.deal_id)
    assert await outcomes.ask_due() == 2
    assert await rows("SELECT DISTINCT basis, days FROM outcome_prompt") == [(basis, 30)]


async def test_live_deals_are_left_alone() -> None:
    with clock.frozen(clock.now() - timedelta(days=40)):
        table = await market.market()
        await market.send_offer(table.buyer, table.deal_id, valid_days=100)
    assert await outcomes.ask_due() == 0


async def test_a_deal_that_moves_on_is_asked_anew() -> None:
    with clock.frozen(clock.now() - timedelta(days=40)):
        table = await market.agreed()
    await outcomes.ask_due()
    await market.report(table.buyer, table.deal_id)
    await deals.confirm_contract(table.seller, table.deal_id)
    assert await later(1) == 0
    assert await rows("SELECT DISTINCT status FROM outcome_prompt") == [("expired",)]
    assert await later(31) == 2


async def test_nobody_answered_and_the_next_one_takes_its_place() -> None:
    table = await closed(31)
    await outcomes.ask_due()
    await later(60)
    found = await rows("SELECT days, status FROM outcome_prompt WHERE side = 'buyer' ORDER BY days")
    assert found == [(30, "expired"), (90, "asked")]
    await later(60 + 90 + 90)
    assert await scalar("SELECT count(*) FROM outcome_prompt WHERE status = 'asked'") == 0
    with pytest.raises(Conflict) as refused:
        await outcomes.answer(table.buyer, table.deal_id, STOPPED)
    assert refused.value.code == "outcome.nothing_asked"


async def test_an_answer_stays_and_the_next_one_may_say_otherwise() -> None:
    table = await closed(31)
    await outcomes.ask_due()
    await outcomes.answer(table.buyer, table.deal_id, AnswerOutcome(kind="still_looking"))
    with pytest.raises(Conflict):
        await outcomes.answer(table.buyer, table.deal_id, STOPPED)
    with clock.frozen(clock.now() + timedelta(days=60)):
        await outcomes.ask_due()
        await outcomes.answer(table.buyer, table.deal_id, STOPPED)
    said = (await outcomes.of_deal(table.buyer, table.deal_id)).past
    assert [p.answer.kind.value for p in said if p.answer] == ["stopped", "still_looking"]
    for sql in ("UPDATE outcome_answer SET kind = 'in_use'", "DELETE FROM outcome_answer"):
        with pytest.raises(Exception, match=r"refuse|append|change"):
            await execute(sql)


async def test_two_answers_at_once_are_one() -> None:
    table = await closed(31)
    await outcomes.ask_due()
    done = await asyncio.gather(
        *(outcomes.answer(table.buyer, table.deal_id, STOPPED) for _ in range(5)), return_exceptions=True
    )
    assert sorted(type(d).__name__ for d in done) == ["Conflict"] * 4 + ["NoneType"]
    assert await scalar("SELECT count(*) FROM outcome_answer") == 1
    await market.sound()


async def test_in_use_is_a_word_and_no_evidence() -> None:
    with clock.frozen(clock.now() - timedelta(days=40)):
        table = await market.agreed()
    await outcomes.ask_due()
    said = AnswerOutcome(kind="in_use", used_on=clock.today(), product="Trạm Cần Giờ", effect="Giảm 40 % điện")
    await outcomes.answer(table.buyer, table.deal_id, said)
    assert (await deals.read(table.buyer, table.deal_id)).evidence_level == 1
    assert await scalar("SELECT count(*) FROM deal_evidence WHERE level = 5") == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "solved_otherwise"}, "how"),
        ({"kind": "in_use", "product": "a", "effect": "b"}, "used_on"),
        ({"kind": "in_use", "used_on": "2999-01-01", "product": "a", "effect": "b"}, "used_on"),
        ({"kind": "in_use", "used_on": "2026-01-01", "effect": "b"}, "product"),
        ({"kind": "in_use", "used_on": "2026-01-01", "product": "a"}, "effect"),
        ({"kind": "stopped"}, "reason_code"),
        ({"kind": "stopped", "reason_code": "other"}, "note"),
    ],
)
def test_an_answer_is_whole(given: dict[str, str], field: str) -> None:
    from app.web import forms

    with pytest.raises(Invalid) as refused:
        forms.build(AnswerOutcome, given)
    assert set(refused.value.fields) == {field}


async def test_only_what_fits_the_deal_and_the_side() -> None:
    table = await closed(31)
    await outcomes.ask_due()
    with pytest.raises(Invalid):
        await outcomes.answer(table.seller, table.deal_id, AnswerOutcome(kind="solved_otherwise", how="Tự làm lấy."))
    with pytest.raises(Invalid):
        await outcomes.answer(table.seller, table.deal_id, AnswerOutcome(kind="under_way"))
    assert Became.still_looking not in options(Basis.contracted, Side.buyer)
    assert [window(d) for d in DAYS] == [60, 90, 90]
    assert set(PROMPT.states) == {"asked", "answered", "expired"}


async def test_who_reads_and_answers() -> None:
    with clock.frozen(clock.now() - timedelta(days=31)):
        table, broker, stranger = await market.market(), await acting("intermediary"), await acting()
        assert broker.org_id
        await independence.admit(OPERATOR, table.deal_id, broker.org_id, Capacity.buyer_broker)
        await deals.close(table.buyer, table.deal_id, CloseDeal(reason_code="price"))
    await outcomes.ask_due()
    await outcomes.answer(table.buyer, table.deal_id, STOPPED)
    seller = await outcomes.of_deal(table.seller, table.deal_id)
    assert (len(seller.open), seller.past) == (1, []), "the other party's answer is its own"
    assert len((await outcomes.of_deal(OPERATOR, table.deal_id)).past) == 1
    for nobody in (broker, DEPARTMENT):
        with pytest.raises(Forbidden):
            await outcomes.of_deal(nobody, table.deal_id)
    with pytest.raises(NotFound):
        await outcomes.of_deal(stranger, table.deal_id)
    for nobody in (OPERATOR, DEPARTMENT, broker):
        with pytest.raises(Forbidden):
            await outcomes.answer(nobody, table.deal_id, STOPPED)
    with pytest.raises(NotFound):
        await outcomes.answer(stranger, table.deal_id, STOPPED)
    assert await outcomes.waiting(table.seller) == 1
    assert await outcomes.waiting(broker) == 0


async def test_the_mail_leads_to_the_question(make_person, mails) -> None:  # type: ignore[no-untyped-def]
    buyer = await make_person("owner")
    with clock.frozen(clock.now() - timedelta(days=31)):
        table = await market.market(buyer=buyer.actor)
        await deals.close(table.buyer, table.deal_id, CloseDeal(reason_code="price"))
    await outcomes.ask_due()
    await jobs.drain()
    found = [m for m in mails(buyer.email) if "Kết quả thế nào" in m.subject]
    assert len(found) == 1
    assert f"/deals/{table.deal_id}/outcome" in found[0].body
    assert "30 ngày sau khi dừng giao dịch" in found[0].body


async def test_the_page_keeps_what_was_typed(make_person) -> None:  # type: ignore[no-untyped-def]
    from tests.support.browser import form, text

    buyer = await make_person("owner")
    with clock.frozen(clock.now() - timedelta(days=31)):
        table = await market.market(buyer=buyer.actor)
        await deals.close(table.buyer, table.deal_id, CloseDeal(reason_code="price"))
    await outcomes.ask_due()
    browser, url = await buyer.browser(), f"/deals/{table.deal_id}/outcome"
    assert "30 ngày sau khi dừng giao dịch" in text(await browser.get("/outcomes"))
    page = await browser.get(url)
    assert "L5" in text(page)
    again = await browser.submit(form(page, url), kind="in_use", product="Dây chuyền số 2")
    assert again.status_code == 422
    kept = form(again, url).fields
    assert (kept["kind"], kept["product"]) == ("in_use", "Dây chuyền số 2")
    done = await browser.submit(form(again, url), kind="contract_outside")
    assert done.status_code == 303
    assert "gửi quan tâm mới" in text(await browser.get(url))
