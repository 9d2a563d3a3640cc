"""Answering a need: sending, weighing, consent, choosing the winner, and the deal that begins."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.deals import deals
from app.kit import clock
from app.kit.actor import ANONYMOUS
from app.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unauthenticated
from app.needs import needs
from app.needs.schemas import CloseNeed
from app.platform.db import unit_of_work
from app.proposals import PROPOSAL, proposals
from app.proposals.policy import actions
from app.proposals.schemas import DeclineProposal, WithdrawProposal
from tests.support import demand, jobs, market
from tests.support.market import DEPARTMENT, OPERATOR, acting, execute, scalar

pytestmark = pytest.mark.usefixtures("db")


async def test_a_listing_answers_a_need_and_wins() -> None:
    asker, seller = await acting(), await acting("university")
    need_id, listing_id = await demand.published(asker), await market.publish(seller)
    proposal_id = await demand.proposed(seller, need_id, listing_id)
    view = (await proposals.of_need(asker, need_id)).items[0]
    assert [(f.key, f.answer.value) for f in view.fit] == [
        ("must.0", "met"), ("must.1", "partly"), ("criterion.0", "unknown")
    ]  # fmt: skip
    await proposals.shortlist(asker, proposal_id)
    assert (await needs.read(asker, need_id)).status == "matched"
    await proposals.accept(asker, proposal_id)
    chosen = await proposals.read(asker, proposal_id)
    assert (chosen.status, (await needs.read(asker, need_id)).status) == ("accepted", "closed")
    assert chosen.deal_id
    deal = await deals.read(seller, chosen.deal_id)
    assert (deal.listing.id, deal.buyer.id) == (listing_id, asker.org_id)
    assert await scalar("SELECT winner_id FROM need WHERE id = :id", id=need_id) == proposal_id


async def test_others_lapse_when_one_wins() -> None:
    asker, first, second = await acting(), await acting("university"), await acting("institute")
    need_id = await demand.published(asker)
    winner, other = await demand.proposed(first, need_id), await demand.proposed(second, need_id)
    await proposals.accept(asker, winner)
    await jobs.drain()
    assert (await proposals.read(second, other)).status == "lapsed"


async def test_a_confidential_one_wins_and_its_deal_begins_with_the_listing() -> None:
    asker, seller = await acting(), await acting("university")
    need_id = await demand.published(asker)
    proposal_id = await demand.proposed(seller, need_id)
    await proposals.accept(asker, proposal_id)
    with pytest.raises(Conflict) as refused:
        await proposals.open_deal(asker, proposal_id)
    assert refused.value.code == "proposal.no_listing"
    with pytest.raises(Invalid):
        await proposals.attach_listing(seller, proposal_id, await market.publish(await acting("company")))
    await proposals.attach_listing(seller, proposal_id, await market.publish(seller))
    deal_id = await proposals.open_deal(asker, proposal_id)
    assert await proposals.open_deal(asker, proposal_id) == deal_id


async def test_every_must_have_is_answered() -> None:
    asker, seller = await acting(), await acting()
    need_id = await demand.published(asker)
    with pytest.raises(Invalid) as refused:
        await demand.proposed(seller, need_id, fit=[{"key": "must.1", "answer": "met"}])
    assert set(refused.value.fields) == {"fit.must.0"}


async def test_who_may_send_and_read() -> None:
    asker, seller, third = await acting(), await acting(), await acting()
    need_id = await demand.published(asker)
    with pytest.raises(Unauthenticated):
        await demand.proposed(ANONYMOUS, need_id)
    with pytest.raises(Forbidden):
        await demand.proposed(asker, need_id)
    with pytest.raises(NotFound):
        await demand.proposed(seller, await demand.draft(asker))
    proposal_id = await demand.proposed(seller, need_id)
    for nobody in (third, DEPARTMENT, ANONYMOUS):
        with pytest.raises(NotFound):
            await proposals.read(nobody, proposal_id)
    with pytest.raises(Forbidden):
        await proposals.of_need(seller, need_id)
    with pytest.raises(Forbidden):
        await proposals.accept(seller, proposal_id)
    with pytest.raises(Forbidden):
        await proposals.withdraw(asker, proposal_id)
    assert (await proposals.read(OPERATOR, proposal_id)).side is None
    looks = await scalar("SELECT count(*) FROM audit_entry WHERE action = 'proposal.read'")
    assert looks == 1


async def test_a_listing_answers_once_at_a_time() -> None:
    asker, seller = await acting(), await acting()
    need_id, listing_id = await demand.published(asker), await market.publish(seller)
    first = await demand.proposed(seller, need_id, listing_id)
    with pytest.raises(Conflict) as refused:
        await demand.proposed(seller, need_id, listing_id)
    assert refused.value.code == "proposal.already_sent"
    await proposals.withdraw(seller, first)
    await demand.proposed(seller, need_id, listing_id)


async def test_the_coded_reason_goes_back() -> None:
    asker, seller = await acting(), await acting()
    proposal_id = await demand.proposed(seller, await demand.published(asker))
    with pytest.raises(ValueError, match="reason"):
        DeclineProposal(reason_code="other")
    await proposals.decline(asker, proposal_id, DeclineProposal(reason_code="too_early", reason="Mới thử trong phòng."))
    view = await proposals.read(seller, proposal_id)
    assert (view.status, view.reason_code, view.reason) == ("declined", "too_early", "Mới thử trong phòng.")


async def test_names_open_when_both_have_agreed() -> None:
    asker, seller = await acting(), await acting()
    need_id = await demand.published(asker, blind=True)
    proposal_id = await demand.proposed(seller, need_id, consent=False, sealed=True)
    for side in (asker, seller):
        view = await proposals.read(side, proposal_id)
        assert (view.asker is None) == (side is seller)
        assert (view.proposer is None) == (side is asker)
    with pytest.raises(Conflict) as refused:
        await proposals.accept(asker, proposal_id)
    assert refused.value.code == "proposal.needs_consent"
    await proposals.consent(asker, proposal_id)
    assert (await needs.read(seller, need_id)).asker is None
    await proposals.consent(seller, proposal_id)
    view = await proposals.read(seller, proposal_id)
    assert view.asker
    assert view.asker.id == asker.org_id
    assert (await proposals.read(asker, proposal_id)).proposer
    opened = await needs.read(seller, need_id)
    assert opened.content.decision_maker == demand.NEED["decision_maker"]
    assert [(r.org_id, r.what) for r in (await needs.reveals(asker, need_id)).items] == [(seller.org_id, "matched")]
    assert await scalar("SELECT count(*) FROM audit_entry WHERE action = 'need.reveal'") == 1
    assert (await needs.read(await acting(), need_id)).asker is None


async def test_a_sealed_proposer_keeps_silent() -> None:
    asker, seller = await acting(), await acting()
    need_id = await demand.published(asker)
    with pytest.raises(Invalid) as refused:
        await demand.proposed(seller, need_id, sealed=True, pilot=f"Tại xưởng của {seller.org_name}, 30 ngày.")
    assert set(refused.value.fields) == {"pilot"}
    with pytest.raises(ValueError, match="sealed"):
        demand.answering(await market.publish(seller), sealed=True)
    proposal_id = await demand.proposed(seller, need_id, sealed=True, consent=False)
    with pytest.raises(Conflict) as early:
        await proposals.attach_listing(seller, proposal_id, await market.publish(seller))
    assert early.value.code == "proposal.still_sealed"


async def test_expiry_beats_late_acts() -> None:
    asker, seller, late = await acting(), await acting(), await acting()
    need_id = await demand.published(asker, deadline=demand.deadline(1))
    proposal_id = await demand.proposed(seller, need_id)
    with clock.frozen(clock.now() + timedelta(days=2)):
        for act in (
            lambda: proposals.accept(asker, proposal_id),
            lambda: proposals.shortlist(asker, proposal_id),
            lambda: demand.proposed(late, need_id),
        ):
            with pytest.raises(Conflict) as refused:
                await act()
            assert refused.value.code == "need.expired"
        await needs.expire_due()
        await jobs.drain()
        assert (await proposals.read(seller, proposal_id)).status == "lapsed"


async def test_two_winners_at_once_are_one() -> None:
    asker = await acting()
    need_id = await demand.published(asker)
    sent = [await demand.proposed(await acting(), need_id) for _ in range(8)]
    answers = await asyncio.gather(*(proposals.accept(asker, p) for p in sent), return_exceptions=True)
    refused = [a for a in answers if a is not None]
    assert len(refused) == 7
    assert all(isinstance(a, DomainError) for a in refused)
    assert await scalar("SELECT count(*) FROM proposal WHERE status = 'accepted'") == 1
    assert await scalar("SELECT count(*) FROM need_reveal") == 1


async def test_closing_and_choosing_at_once_is_one_of_them() -> None:
    asker = await acting()
    need_id = await demand.published(asker)
    proposal_id = await demand.proposed(await acting(), need_id)
    answers = await asyncio.gather(
        proposals.accept(asker, proposal_id),
        needs.close(asker, need_id, CloseNeed(reason_code="no_fit")),
        return_exceptions=True,
    )
    assert [a is None for a in answers].count(True) == 1
    won = await scalar("SELECT count(*) FROM proposal WHERE status = 'accepted'")
    assert await scalar("SELECT reason_code IS NULL FROM need WHERE id = :id", id=need_id) == bool(won)


async def test_the_database_keeps_what_was_sent() -> None:
    proposal_id = await demand.proposed(await acting(), await demand.published(await acting()))
    for change in ("title = 'khác'", "fit = '[]'", "price_to = 1"):
        with pytest.raises(Exception, match=r"cannot be edited|append-only"):
            await execute(f"UPDATE proposal SET {change} WHERE id = :id", id=proposal_id)
    with pytest.raises(Exception, match="append-only"):
        await execute("DELETE FROM proposal")


async def test_a_lookalike_of_a_second_winner_is_refused_by_the_index() -> None:
    asker = await acting()
    need_id = await demand.published(asker)
    await proposals.accept(asker, await demand.proposed(await acting(), need_id))
    with pytest.raises(Exception, match="uq_proposal_winner"):
        async with unit_of_work():
            await execute(
                "INSERT INTO proposal SELECT gen_random_uuid(), 'DX-X', need_id, asker_org_id, org_id, person_id,"
                " sent_at, status, status_at, listing_id, sealed, title, description, fit, pilot, mode, exclusivity,"
                " price_from, price_to, months, terms_note, asker_consented_at, proposer_consented_at, revealed_at,"
                " reason_code, reason, deal_id, is_demo FROM proposal"
            )


def test_the_table_is_sound() -> None:
    assert {t.target for t in PROPOSAL.transitions.values()} | {"sent"} == set(PROPOSAL.states)


def test_a_stranger_has_no_button() -> None:
    for status in PROPOSAL.states:
        assert (
            actions(
                ANONYMOUS, None, status, need_open=True, consented=False, other_consented=True, with_listing=True,
                with_deal=False, revealed=True, sealed=False,
            )
            == []
        )  # fmt: skip


async def test_a_withdrawal_says_why() -> None:
    asker, seller = await acting(), await acting()
    proposal_id = await demand.proposed(seller, await demand.published(asker))
    await proposals.withdraw(seller, proposal_id, WithdrawProposal(reason_code="partner_changed", reason="Đã bận."))
    view = await proposals.read(asker, proposal_id)
    assert (view.status, view.reason_code, view.reason) == ("withdrawn", "partner_changed", "Đã bận.")
