"""Races on the deal itself."""

from app.deals import deals
from app.deals.schemas import CloseDeal, ExpressInterest
from app.kit.errors import Conflict, DomainError, Forbidden
from app.listings import listings
from tests.offers.test_races import TIMES, colleague, race, refusals
from tests.support import market as m


async def test_interest_twice_at_once_is_one_deal(db):
    seller = await m.acting("university")
    listing_id = await m.publish(seller)
    for n in range(TIMES):
        buyer = await m.acting()
        people = [buyer, await colleague(buyer), await colleague(buyer)]
        found = await race(*(m.open_deal(p, listing_id) for p in people))
        assert len(set(found)) == 1
        assert not isinstance(found[0], DomainError)
        assert await m.scalar("SELECT count(*) FROM deal") == n + 1
        assert await m.scalar("SELECT count(*) FROM deal_evidence") == n + 1
        assert await m.scalar("SELECT count(*) FROM state_change WHERE subject_id = :d", d=found[0]) == 1
    await m.sound()


async def test_interest_against_the_listing_leaving_the_market(db):
    for _ in range(5):
        seller, buyer = await m.acting("university"), await m.acting()
        listing_id = await m.publish(seller)
        found = await race(m.open_deal(buyer, listing_id), listings.archive(seller, listing_id))
        assert not isinstance(found[1], DomainError)
        deals_made = await m.scalar("SELECT count(*) FROM deal WHERE listing_id = :l", l=listing_id)
        assert deals_made == (0 if isinstance(found[0], DomainError) else 1)
    await m.sound()


async def test_two_close_one_deal(db):
    for _ in range(5):
        table = await m.market()
        results = await race(
            deals.close(table.seller, table.deal_id, CloseDeal(reason_code="price")),
            deals.close(table.buyer, table.deal_id, CloseDeal(reason_code="too_early")),
        )
        [refused] = refusals(results)
        assert isinstance(refused, Conflict)
        reason = "too_early" if isinstance(results[0], DomainError) else "price"
        assert await m.scalar("SELECT reason_code FROM deal WHERE id = :d", d=table.deal_id) == reason
    await m.sound()


async def test_both_sides_report_at_once_and_twenty_confirm(db):
    for _ in range(3):
        table = await m.agreed()
        reports = await race(*(m.report(table.side(s), table.deal_id, number=s) for s in ("seller", "buyer")))
        [refused] = refusals(reports)
        assert refused.code == "deal.already_reported"
        reporter, other = ("buyer", "seller") if isinstance(reports[0], DomainError) else ("seller", "buyer")
        people = [await colleague(table.side(other)) for _ in range(20)]
        results = await race(*(deals.confirm_contract(p, table.deal_id) for p in people))
        assert len(refusals(results)) == 19
        assert {type(r) for r in refusals(results)} <= {Conflict, Forbidden}
        assert await m.scalar("SELECT count(*) FROM deal_transaction WHERE deal_id = :d", d=table.deal_id) == 1
        contract = await m.row(
            "SELECT number, status FROM deal_evidence WHERE deal_id = :d AND kind = 'contract'", d=table.deal_id
        )
        assert tuple(contract) == (reporter, "confirmed")
    await m.sound()


async def test_confirm_against_dispute_and_close(db):
    for _ in range(8):
        table = await m.agreed()
        await m.report(table.seller, table.deal_id)
        results = await race(
            deals.confirm_contract(table.buyer, table.deal_id),
            deals.dispute_contract(await colleague(table.buyer), table.deal_id, m.dispute()),
            deals.close(table.seller, table.deal_id, CloseDeal(reason_code="other")),
        )
        counted = await m.scalar("SELECT count(*) FROM deal_transaction WHERE deal_id = :d", d=table.deal_id)
        status = await m.scalar("SELECT status FROM deal WHERE id = :d", d=table.deal_id)
        if isinstance(results[0], DomainError):
            assert (counted, status) == (0, "closed")
        else:
            assert (counted, status) == (1, "contracted")
            assert len(refusals(results)) == 2
    await m.sound()


async def test_interest_of_an_organisation_is_limited_by_the_hour(db):
    table = await m.market()
    for _ in range(59):
        assert await m.open_deal(table.buyer, table.listing_id) == table.deal_id
    before = await m.traces()
    [refused] = refusals(
        await race(deals.express_interest(table.buyer, table.listing_id, ExpressInterest(message=m.MESSAGE)))
    )
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert await m.traces() == before
