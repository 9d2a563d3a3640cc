"""Who is let into a deal: refusals that name the tie, questions to the operator, consents, races."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from app.deals import Capacity, deals
from app.deals.schemas import CloseDeal
from app.independence import independence
from app.independence.schemas import DecideFinding, DeclareInterest, EndInterest, GiveConsent
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.platform.db import unit_of_work
from tests.support import jobs, market
from tests.support.market import DEPARTMENT, OPERATOR, acting, execute, row, rows, scalar
from tests.support.people import Person

pytestmark = pytest.mark.usefixtures("db")
MakePerson = Callable[..., Awaitable[Person]]
V, SB, BB, AP, AD = (
    Capacity.valuer, Capacity.seller_broker, Capacity.buyer_broker, Capacity.appraiser, Capacity.adviser,
)  # fmt: skip
BECAUSE = DecideFinding(reason="Đã hỏi hai bên và đối chiếu giấy tờ.")


def org(actor: Actor) -> UUID:
    assert actor.org_id
    return actor.org_id


async def declare(actor: Actor, kind: str, other: Actor | str | None = None, **more: object) -> UUID:
    named = str(other.org_id) if isinstance(other, Actor) else other
    return await independence.declare(actor, DeclareInterest.model_validate({"kind": kind, "other": named, **more}))


async def admit(who: Actor, deal_id: UUID, capacity: Capacity, **more: UUID) -> None:
    await independence.admit(OPERATOR, deal_id, org(who), capacity, **more)


async def refused(who: Actor, deal_id: UUID, capacity: Capacity, code: str, **more: UUID) -> str:
    """The refusal's sentence; and nothing about who takes part has changed."""
    before = await rows("SELECT org_id, capacity FROM deal_participant WHERE until IS NULL ORDER BY 1")
    with pytest.raises(Conflict) as error:
        await admit(who, deal_id, capacity, **more)
    assert error.value.code == f"independence.{code}"
    assert await rows("SELECT org_id, capacity FROM deal_participant WHERE until IS NULL ORDER BY 1") == before
    return error.value.text.vi


async def open_finding() -> UUID:
    found: UUID = await scalar("SELECT id FROM conflict_finding WHERE status = 'open'")
    return found


async def test_the_independent_take_part() -> None:
    table = await market.market()
    for capacity in (V, SB, BB, AP, AD):
        await admit(await acting("intermediary"), table.deal_id, capacity)
    assert await scalar("SELECT count(*) FROM deal_participant WHERE deal_id = :d", d=table.deal_id) == 7
    assert await scalar("SELECT count(*) FROM conflict_finding") == 0


@pytest.mark.parametrize("other", ["seller", "buyer"])
async def test_a_valuer_that_a_party_holds_is_refused_with_the_tie_in_words(other: str) -> None:
    table, valuer = await market.market(), await acting("intermediary")
    await declare(valuer, "shareholder", table.side(other), percent="23.5")
    said = await refused(valuer, table.deal_id, V, "related")
    assert f"có quan hệ sở hữu với bên {'chào bán' if other == 'seller' else 'mua'}" in said
    assert "23" not in said
    assert "%" not in said
    assert await scalar("SELECT count(*) FROM audit_entry WHERE action = 'independence.refuse'") == 1


async def test_sisters_are_not_broker_and_valuer_of_one_deal() -> None:
    table, broker, valuer, parent = await market.market(), await acting(), await acting(), await acting()
    for sister in (broker, valuer):
        await declare(sister, "parent", parent)
    await admit(broker, table.deal_id, SB)
    assert "môi giới bên chào bán" in await refused(valuer, table.deal_id, V, "related")
    await admit(valuer, (await market.market()).deal_id, V)


async def test_below_the_threshold_nothing_matters() -> None:
    table, valuer = await market.market(), await acting()
    await declare(valuer, "shareholder", table.seller, percent="9.99")
    await admit(valuer, table.deal_id, V)


async def test_an_ended_share_counts_until_its_last_day() -> None:
    table, valuer = await market.market(), await acting()
    made = await declare(valuer, "holding", table.buyer, percent="30")
    await independence.end(valuer, made, EndInterest(until=clock.today() - timedelta(days=1)))
    await admit(valuer, table.deal_id, V)


async def test_a_stranger_s_word_refuses_nobody_for_good() -> None:
    """Whoever says they hold both sides cannot shut one out: the operator decides."""
    table, valuer, stranger = await market.market(), await acting(), await acting()
    for held in (valuer, table.seller):
        await declare(stranger, "holding", held, percent="40")
    assert "có thể" in await refused(valuer, table.deal_id, V, "undecided")


async def test_a_shared_member_refuses(make_person: MakePerson) -> None:
    table, valuer = await market.market(), await acting()
    person = await make_person(None)
    for one in (valuer, table.buyer):
        await execute(
            "INSERT INTO membership (person_id, org_id, role, since) VALUES (:p, :o, 'viewer', now())",
            p=person.id, o=org(one),
        )  # fmt: skip
    assert "có người chung với bên mua" in await refused(valuer, table.deal_id, V, "related")


async def test_declared_employment_of_the_one_who_would_act(make_person: MakePerson) -> None:
    table, appraiser = await market.market(), await acting()
    handler = await make_person(None)
    await declare(handler.actor, "employment", table.seller)
    await refused(appraiser, table.deal_id, AP, "related", handler_id=handler.id)
    await admit(appraiser, table.deal_id, AP)


@pytest.mark.parametrize(("years", "free"), [(2, False), (4, True)])
async def test_co_inventors_of_three_years(make_person: MakePerson, years: int, free: bool) -> None:
    table, valuer = await market.market(), await acting()
    handler = await make_person(None)
    since = clock.today() - timedelta(days=366 * years)
    await declare(handler.actor, "co_inventor", table.seller, since=since)
    if free:
        await admit(valuer, table.deal_id, V, handler_id=handler.id)
    else:
        assert "đồng tác giả" in await refused(valuer, table.deal_id, V, "related", handler_id=handler.id)


async def test_an_interest_in_the_deal_itself(make_person: MakePerson) -> None:
    table = await market.market()
    person = await make_person("owner")
    await declare(person.actor, "other", None, listing_id=table.listing_id)
    said = await refused(person.actor, table.deal_id, V, "related")
    assert "có người đã khai lợi ích ở công nghệ hoặc giao dịch này" in said
    await refused(person.actor, table.deal_id, SB, "needs_consent")


async def test_an_equal_name_asks_the_operator(make_person: MakePerson) -> None:
    table = await market.market()
    person = await make_person("owner", name="Nguyễn Thị Trùng")
    await declare(table.seller, "key_person", "PGS.TS. Nguyễn Thị Trùng")
    said = await refused(person.actor, table.deal_id, V, "undecided")
    assert "Trùng" not in said
    assert await scalar("SELECT count(*) FROM conflict_finding") == 1
    await refused(person.actor, table.deal_id, V, "undecided")
    assert await scalar("SELECT count(*) FROM conflict_finding") == 1
    await independence.clear(OPERATOR, await open_finding(), BECAUSE)
    await admit(person.actor, table.deal_id, V)
    await jobs.drain()
    assert await rows("SELECT status FROM conflict_finding") == [("cleared",)]


async def test_upheld_at_the_door_stays_refused(make_person: MakePerson) -> None:
    table = await market.market()
    person = await make_person("owner", name="Lê Văn Giống")
    await declare(table.seller, "key_person", "Lê Văn Giống")
    await refused(person.actor, table.deal_id, V, "undecided")
    await independence.uphold(OPERATOR, await open_finding(), BECAUSE)
    await refused(person.actor, table.deal_id, V, "related")


async def test_a_co_owner_named_on_the_listing_is_a_question() -> None:
    table = await market.market()
    name = market.CONTENT["owners"][0]["name"]
    appraiser = await acting("institute")
    await execute("UPDATE organisation SET name_vi = :n WHERE id = :o", n=name, o=org(appraiser))
    assert "sở hữu" in await refused(appraiser, table.deal_id, AP, "undecided")


async def test_a_broker_tied_to_the_other_side_needs_both_consents() -> None:
    table, broker = await market.market(), await acting("intermediary")
    await declare(broker, "shareholder", table.buyer, percent="15")
    assert "đồng ý bằng văn bản" in await refused(broker, table.deal_id, SB, "needs_consent")
    finding = await open_finding()
    with pytest.raises(ValueError, match="Tick"):
        GiveConsent(agreed=False)
    with pytest.raises(NotFound):
        await independence.consent(broker, finding, GiveConsent(agreed=True))
    with pytest.raises(Forbidden):
        await independence.consent(OPERATOR, finding, GiveConsent(agreed=True))
    await independence.consent(table.seller, finding, GiveConsent(agreed=True))
    await independence.consent(table.seller, finding, GiveConsent(agreed=True))
    await refused(broker, table.deal_id, SB, "needs_consent")
    await independence.consent(table.buyer, finding, GiveConsent(agreed=True, note="Đã biết phần vốn."))
    await admit(broker, table.deal_id, SB)
    view = await independence.statement(table.seller, table.deal_id)
    assert [len(f.consents) for f in view.findings] == [2]
    assert view.independent
    words = await scalar("SELECT words FROM conflict_consent LIMIT 1")
    assert "có quan hệ sở hữu với bên mua" in words


async def test_a_broker_may_belong_to_whom_it_serves() -> None:
    table, broker = await market.market(), await acting("intermediary")
    await declare(broker, "parent", table.seller)
    await admit(broker, table.deal_id, SB)


async def test_nobody_joins_a_closed_deal() -> None:
    table = await market.market()
    await deals.close(table.buyer, table.deal_id, CloseDeal(reason_code="price"))
    await refused(await acting(), table.deal_id, V, "deal_closed")


async def test_two_related_ones_at_the_same_time_exactly_one_gets_in() -> None:
    for _ in range(3):
        table, broker, valuer = await market.market(), await acting(), await acting()
        await declare(valuer, "parent", broker)
        done = await asyncio.gather(
            admit(broker, table.deal_id, SB), admit(valuer, table.deal_id, V), return_exceptions=True
        )
        assert sorted(type(r).__name__ for r in done) == ["Conflict", "NoneType"], done
        seated = await scalar(
            "SELECT count(*) FROM deal_participant WHERE deal_id = :d AND capacity NOT IN ('seller', 'buyer')",
            d=table.deal_id,
        )
        assert seated == 1


async def test_the_question_stays_although_the_verb_around_is_refused(make_person: MakePerson) -> None:
    table = await market.market()
    person = await make_person("owner", name="Trần Văn Chung")
    await declare(table.buyer, "key_person", "Trần Văn Chung")

    async def around() -> None:
        async with unit_of_work() as session:
            await session.execute(market.text("UPDATE deal SET message = 'đã đổi'"))
            await admit(person.actor, table.deal_id, V)

    with pytest.raises(Conflict):
        await around()
    assert await scalar("SELECT message FROM deal WHERE id = :d", d=table.deal_id) == market.MESSAGE
    assert (await row("SELECT status, certain FROM conflict_finding")) == ("open", False)


# --- facts that change later ---


async def test_a_new_declaration_raises_a_flag_and_whoever_is_tied_leaves() -> None:
    table, valuer = await market.market(), await acting("intermediary")
    await admit(valuer, table.deal_id, V)
    await jobs.drain()
    await declare(valuer, "shareholder", table.seller, percent="60")
    await jobs.drain()
    finding = await open_finding()
    view = await independence.finding(OPERATOR, finding)
    assert (view.certain, view.takes_part, view.actions) == (True, True, ["uphold"])
    assert [str(s.percent) for s in view.path] == ["60.00"]
    with pytest.raises(Conflict) as error:
        await independence.clear(OPERATOR, finding, BECAUSE)
    assert error.value.code == "independence.certain"
    assert not (await independence.statement(table.buyer, table.deal_id)).independent
    with pytest.raises(Invalid):
        await independence.uphold(OPERATOR, finding, DecideFinding(reason=BECAUSE.reason, org_id=table.seller.org_id))
    await independence.uphold(OPERATOR, finding, BECAUSE)
    with pytest.raises(NotFound):
        await deals.access(valuer, table.deal_id)
    assert (await independence.statement(table.buyer, table.deal_id)).independent
    await refused(valuer, table.deal_id, V, "related")


async def test_a_tie_between_two_who_both_take_part_is_one_finding() -> None:
    table, broker, valuer = await market.market(), await acting(), await acting()
    await admit(broker, table.deal_id, BB)
    await admit(valuer, table.deal_id, V)
    await declare(broker, "parent", valuer)
    await jobs.drain()
    await independence.recheck_all()
    assert await rows("SELECT org_id FROM conflict_finding") == [(valuer.org_id,)], "of the one who came last"


async def test_a_tie_far_above_is_noticed() -> None:
    """The declaration is of a parent's parent, which takes part in nothing."""
    table, valuer, mother, grandmother = await market.market(), await acting(), await acting(), await acting()
    await declare(valuer, "parent", mother)
    await admit(valuer, table.deal_id, V)
    await declare(table.seller, "parent", grandmother)
    await jobs.drain()
    assert await scalar("SELECT count(*) FROM conflict_finding") == 0
    await declare(mother, "parent", grandmother)
    await jobs.drain()
    assert await scalar("SELECT count(*) FROM conflict_finding") == 1


async def test_a_finding_ends_when_its_tie_does() -> None:
    table, valuer = await market.market(), await acting()
    await admit(valuer, table.deal_id, V)
    made = await declare(valuer, "parent", table.seller)
    await jobs.drain()
    finding = await open_finding()
    await independence.end(valuer, made, EndInterest(until=clock.today() - timedelta(days=1)))
    await jobs.drain()
    assert await scalar("SELECT status FROM conflict_finding WHERE id = :f", f=finding) == "gone"


async def test_who_reads_what() -> None:
    table, valuer, stranger = await market.market(), await acting(), await acting()
    await admit(valuer, table.deal_id, V)
    await declare(valuer, "shareholder", table.seller, percent="60", note="Sổ cổ đông 2026")
    await jobs.drain()
    finding = await open_finding()
    for party in (table.seller, table.buyer, valuer, DEPARTMENT):
        view = (await independence.statement(party, table.deal_id)).findings[0]
        assert (view.path, view.reason) == ([], None)
        assert "60" not in view.model_dump_json().replace(str(view.id), "")[:0] + view.sentence.vi
        assert view.sentence.vi.endswith("có quan hệ sở hữu với bên chào bán.")
    for hidden in (stranger,):
        with pytest.raises(NotFound):
            await independence.statement(hidden, table.deal_id)
        with pytest.raises(NotFound):
            await independence.finding(hidden, finding)
    for nobody in (table.seller, valuer, DEPARTMENT):
        with pytest.raises(Forbidden):
            await independence.queue(nobody)
        with pytest.raises(Forbidden):
            await independence.uphold(nobody, finding, BECAUSE)
    assert len((await independence.queue(OPERATOR)).items) == await independence.waiting(OPERATOR) == 1


async def test_many_at_once_leave_the_books_in_order() -> None:
    """Ten unrelated ones and ten sisters ask at once: no two sisters get in together."""
    table, parent = await market.market(), await acting()
    sisters = [await acting() for _ in range(5)]
    for sister in sisters:
        await declare(sister, "parent", parent)
    await asyncio.gather(*(admit(s, table.deal_id, V) for s in sisters), return_exceptions=True)
    assert await scalar("SELECT count(*) FROM deal_participant WHERE capacity = 'valuer' AND until IS NULL") == 1
    await market.sound()
