"""Why deals stop: every figure counted again by SQL that shares nothing with the page's; small ones left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.brokerage import introductions, mandates
from app.brokerage.schemas.introductions import DeclineIntroduction, NoThanks
from app.brokerage.schemas.mandates import DeclineCode, DeclineMandate
from app.deals import ReasonCode, deals
from app.deals.schemas import CloseDeal
from app.disclosure import disclosure
from app.disclosure.schemas import Decline
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.needs import needs
from app.needs.schemas import CloseNeed, CloseReason
from app.offers import offers
from app.outcomes import ReasonFilters, outcomes
from app.outcomes.schemas import AnswerOutcome, ReasonTable, Said, Stage
from app.proposals import proposals
from app.proposals.schemas import DeclineProposal
from tests.support import brokering, demand, market
from tests.support.market import DEPARTMENT, OPERATOR, acting, decline, rows, scalar
from tests.support.people import Person
from tests.support.secrets import propose as propose_nda

pytestmark = pytest.mark.usefixtures("db")
ALL = ReasonFilters()
LAST_YEAR = datetime(2025, 5, 5, 5, tzinfo=UTC)


def cells(table: ReasonTable) -> dict[tuple[str | None, str], int]:
    return {(r.reason and r.reason.value, c.stage.value): c.count for r in table.rows for c in r.cells if c.count}


async def stop(listing_id: object, reason: str, *, negotiated: bool = False, field: str = "2") -> Actor:
    buyer = await acting()
    deal_id = await market.open_deal(buyer, listing_id)  # type: ignore[arg-type]
    if negotiated:
        await market.send_offer(buyer, deal_id)
    await deals.close(buyer, deal_id, CloseDeal(reason_code=reason))
    return buyer


async def refuse_nda(actor: Actor, nda_id: UUID) -> None:
    await disclosure.decline_nda(actor, nda_id, Decline(reason_code="confidentiality"))


async def world() -> tuple[market.Market, Actor]:
    """Every kind of exit, of two sellers."""
    table = await market.market()
    seller, deal_id = table.seller, table.deal_id
    await offers.decline(seller, await market.send_offer(table.buyer, deal_id), decline("price"))
    await offers.withdraw(table.buyer, await market.send_offer(table.buyer, deal_id), market.withdraw("budget_gone"))
    with clock.frozen(clock.now() - timedelta(days=40)):
        late = await market.market(seller)
        await market.send_offer(late.buyer, late.deal_id, valid_days=3)
        other = await market.agreed()
        await deals.close(other.seller, other.deal_id, CloseDeal(reason_code="legal"))
    await offers.expire_due()
    await stop(table.listing_id, "timing")
    await stop(table.listing_id, "price", negotiated=True)
    asker = await acting()
    need_id = await demand.published(asker)
    await proposals.decline(
        asker, await demand.proposed(seller, need_id), DeclineProposal(reason_code="too_early", reason=None)
    )
    await proposals.withdraw(seller, await demand.proposed(seller, need_id))
    await refuse_nda(table.buyer, await propose_nda(seller, deal_id))
    await outcomes.ask_due()
    await outcomes.answer(other.buyer, other.deal_id, AnswerOutcome(kind="stopped", reason_code="budget_gone"))
    return table, other.seller


async def test_the_operator_s_figures_counted_again() -> None:
    await world()
    table = await outcomes.reasons(OPERATOR, ALL)
    found = cells(table)
    assert found == {
        ("confidentiality", "nda"): 1, ("price", "offer"): 1,
        ("budget_gone", "offer"): 1, ("no_answer", "offer"): 1, ("timing", "interested"): 1,
        ("price", "negotiating"): 1, ("legal", "agreed"): 1, ("too_early", "proposal"): 1, (None, "proposal"): 1,
        ("budget_gone", "afterwards"): 1,
    }  # fmt: skip
    assert table.total == sum(found.values()) == sum(r.total or 0 for r in table.rows) == 10
    # Another way to the same numbers: from the rows of each capability as they stand now.
    counted = {
        "interested": "SELECT count(*) FROM deal WHERE status = 'closed' AND id NOT IN (SELECT deal_id FROM offer)",
        "negotiating": "SELECT count(DISTINCT d.id) FROM deal d JOIN offer o ON o.deal_id = d.id"
        " WHERE d.status = 'closed' AND d.agreed_offer_id IS NULL",
        "agreed": "SELECT count(*) FROM deal WHERE status = 'closed' AND agreed_offer_id IS NOT NULL",
        "offer": "SELECT count(*) FROM offer WHERE status IN ('declined', 'withdrawn', 'expired')",
        "nda": "SELECT count(*) FROM nda WHERE status IN ('declined', 'terminated')",
        "proposal": "SELECT count(*) FROM proposal WHERE status IN ('declined', 'withdrawn')",
        "match": "SELECT count(*) FROM match_side WHERE status = 'dismissed'",
        "afterwards": "SELECT count(*) FROM outcome_answer WHERE reason_code IS NOT NULL",
    }
    for stage, sql in counted.items():
        assert sum(n for (_, s), n in found.items() if s == stage) == await scalar(sql), stage
    assert await scalar("SELECT count(*) FROM audit_entry WHERE action = 'outcomes.reasons'") == 1


async def test_an_organisation_counts_its_own() -> None:
    table, other = await world()
    mine = cells(await outcomes.reasons(table.seller, ALL))
    assert mine == {
        ("confidentiality", "nda"): 1, ("price", "offer"): 1,
        ("budget_gone", "offer"): 1, ("no_answer", "offer"): 1, ("timing", "interested"): 1,
        ("price", "negotiating"): 1, ("too_early", "proposal"): 1, (None, "proposal"): 1,
    }  # fmt: skip
    theirs = cells(await outcomes.reasons(other, ALL))
    assert theirs == {("legal", "agreed"): 1, ("budget_gone", "afterwards"): 1}
    assert cells(await outcomes.reasons(await acting(), ALL)) == {}
    one = ReasonFilters(listing_id=table.listing_id)
    assert cells(await outcomes.reasons(table.seller, one)) == {
        k: n for k, n in mine.items() if k[1] != "proposal" and k != ("no_answer", "offer")
    }
    with pytest.raises(Forbidden):
        await outcomes.reasons(other, one)
    with pytest.raises(NotFound):
        await outcomes.reasons(other, ReasonFilters(listing_id=new_id()))
    assert Stage.match not in (await outcomes.reasons(table.seller, ALL)).stages


async def test_filters() -> None:
    await world()
    today, old = clock.today(), clock.today() - timedelta(days=39)
    recent = cells(await outcomes.reasons(OPERATOR, ReasonFilters(since=today)))
    assert ("legal", "agreed") not in recent
    assert ("price", "offer") in recent
    assert cells(await outcomes.reasons(OPERATOR, ReasonFilters(until=old))) == {("legal", "agreed"): 1}
    assert (await outcomes.reasons(OPERATOR, ReasonFilters(field="5"))).total == 0
    assert (await outcomes.reasons(OPERATOR, ReasonFilters(field="2"))).total == 10, "a need has a field as well"
    with pytest.raises(Invalid):
        await outcomes.reasons(OPERATOR, ReasonFilters(field="2.7"))


async def exits_of_a_year() -> None:
    """Last year: twelve buyers said no for three reasons at two stages, in two fields."""
    with clock.frozen(LAST_YEAR):
        seller = await acting("university")
        first, second = (
            await market.publish(seller),
            await market.publish(seller, field="4", title_vi="Giống lúa chịu mặn"),
        )
        for _ in range(7):
            await stop(first, "price")
        for _ in range(6):
            await stop(second, "timing")
        for _ in range(2):
            await stop(first, "legal")
        for _ in range(2):
            await stop(first, "price", negotiated=True)


async def test_the_department_reads_a_year_without_small_counts() -> None:
    await exits_of_a_year()
    table = await outcomes.reasons(DEPARTMENT, ALL, year=2025)
    assert (table.suppressed, table.year, table.years, table.total) == (True, 2025, [2025], 17)
    shown = {r.reason and r.reason.value: r.total for r in table.rows}
    # "legal" is of two, so "timing", the smallest told, is left out with it.
    assert shown == {"price": 9}
    behind = await rows(
        "SELECT d.reason_code, c.from_state, count(*), count(DISTINCT c.org_id) FROM deal d JOIN state_change c"
        " ON c.subject_id = d.id AND c.action = 'close' GROUP BY 1, 2"
    )
    for reason, stage, exits, orgs in behind:
        told = cells(table).get((reason, stage))
        assert told in (None, exits)
        assert told is None or orgs >= 5
    # Of the nine for the price two were negotiating: told neither, nor by subtraction.
    assert cells(table) == {}
    assert await scalar("SELECT count(*) FROM audit_entry WHERE action = 'outcomes.reasons'") == 1


async def test_a_field_is_told_only_below_what_is_told() -> None:
    with clock.frozen(LAST_YEAR):
        seller = await acting("university")
        first, second = (
            await market.publish(seller),
            await market.publish(seller, field="4", title_vi="Giống lúa chịu mặn"),
        )
        for _ in range(6):
            await stop(first, "price")
        for _ in range(5):
            await stop(second, "price")
    whole = await outcomes.reasons(DEPARTMENT, ALL, year=2025)
    assert cells(whole) == {("price", "interested"): 11}
    assert cells(await outcomes.reasons(DEPARTMENT, ReasonFilters(field="2"), year=2025)) == {
        ("price", "interested"): 6
    }
    assert cells(await outcomes.reasons(DEPARTMENT, ReasonFilters(field="4"), year=2025)) == {
        ("price", "interested"): 5
    }
    with clock.frozen(LAST_YEAR):
        await stop(await market.publish(seller, field="5", title_vi="Bộ câu hỏi khảo sát"), "price")
    # One in a third field: told by eleven less ten, so the smaller of the two is left out as well.
    assert cells(await outcomes.reasons(DEPARTMENT, ReasonFilters(field="2"), year=2025)) == {
        ("price", "interested"): 6
    }
    assert cells(await outcomes.reasons(DEPARTMENT, ReasonFilters(field="4"), year=2025)) == {}


async def test_the_running_month_is_not_told_yet() -> None:
    listing_id = await market.publish(await acting("university"))
    for _ in range(6):
        await stop(listing_id, "price")
    assert (await outcomes.reasons(DEPARTMENT, ALL)).rows == []
    with clock.frozen(clock.now() + timedelta(days=40)):
        told = await outcomes.reasons(DEPARTMENT, ALL, year=(clock.now() - timedelta(days=40)).year)
    assert cells(told) == {("price", "interested"): 6}


def test_codes_have_a_day_and_old_ones_stay() -> None:
    old = {"too_early", "benefit_unclear", "route_unclear", "price", "rights", "description_unclear", "already_solved"}
    assert old <= {r.value for r in ReasonCode}
    assert {r.since.isoformat() for r in ReasonCode} == {"2026-11-24", "2026-12-01"}
    assert all(r.label.vi and r.label.en for r in ReasonCode)


async def test_the_page(make_person) -> None:  # type: ignore[no-untyped-def]
    from tests.support.browser import text

    seller: Person = await make_person("owner")
    table = await market.market(seller.actor)
    await deals.close(table.buyer, table.deal_id, CloseDeal(reason_code="confidentiality"))
    browser = await seller.browser()
    page = await browser.get("/outcomes/reasons")
    assert "Không thống nhất được về bảo mật" in text(page)
    assert "Tổng số lần dừng: 1" in text(page)
    assert (await browser.get("/outcomes/reasons?since=hom-qua")).status_code == 422
    assert (await browser.get(f"/outcomes/reasons?listing_id={table.listing_id}")).status_code == 200
    department = await (await make_person(None, staff=["department"])).browser()
    page = await department.get("/outcomes/reasons?year=2026")
    assert "Không thống nhất được về bảo mật" not in text(page)


async def test_needs_introductions_and_mandates_are_counted_under_the_same_reasons() -> None:
    client, broker, buyer, asker = await acting("university"), await brokering.broker(), await acting(), await acting()
    listing_id = await market.publish(client)
    held = await brokering.active(client, broker)
    for code, who in (("not_now", buyer), ("wrong_fit", await acting())):
        made = await brokering.introduced(broker, held, who, listing_id)
        await introductions.decline(who, made, DeclineIntroduction(reason_code=code))
    refused = await brokering.proposed(await acting("university"), broker)
    await mandates.decline(broker, refused, DeclineMandate(reason_code="capacity"))
    for code in ("no_fit", "too_expensive", "solved_elsewhere", "budget_gone"):
        await needs.close(asker, await demand.published(asker), CloseNeed(reason_code=code))
    table = await outcomes.reasons(OPERATOR, ALL)
    found = cells(table)
    assert found == {
        ("timing", "introduction"): 1, ("wrong_fit", "introduction"): 1, ("capacity", "mandate"): 1,
        ("no_fit", "need"): 1, ("price", "need"): 1, ("already_solved", "need"): 1, ("budget_gone", "need"): 1,
    }  # fmt: skip
    counted = {
        "introduction": "SELECT count(*) FROM introduction WHERE status = 'declined'",
        "mandate": "SELECT count(*) FROM mandate WHERE status = 'declined'",
        "need": "SELECT count(*) FROM need WHERE status = 'closed' AND winner_id IS NULL",
    }
    for stage, sql in counted.items():
        assert sum(n for (_, s), n in found.items() if s == stage) == await scalar(sql), stage
    mine = {who: cells(await outcomes.reasons(org, ALL)) for who, org in (("asker", asker), ("buyer", buyer))}
    assert {s for _, s in mine["asker"]} == {"need"}
    assert mine["buyer"] == {("timing", "introduction"): 1}
    assert {s for _, s in cells(await outcomes.reasons(broker, ALL))} == {"mandate"}


def test_every_code_that_is_said_has_a_row() -> None:
    """A reason that is added to a list elsewhere is either counted as one of the deal's or stands in a row here."""
    renamed = {"not_now", "too_expensive", "solved_elsewhere"}
    for choice in (ReasonCode, NoThanks, DeclineCode, CloseReason):
        assert {r.value for r in choice} - renamed <= {r.value for r in Said}
    for code in ReasonCode:
        assert Said(code.value).label == code.label
