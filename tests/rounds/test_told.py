"""Who is mailed about a round, and that nobody is about a sealed bid."""

from __future__ import annotations

from typing import Any

import pytest

from app.rounds import english, participants, planning, running, sealing
from app.rounds.schemas import ApplyToRound, DeclareDeposit, Why
from tests.rounds import hall as h
from tests.support import market as m


@pytest.fixture
async def company(make_person: Any, make_organisation: Any) -> Any:
    async def make() -> Any:
        return await make_person("owner", await make_organisation("company"))

    return make


async def test_a_bidder_hears_what_concerns_them(company, drain, mails):
    first, second = await company(), await company()
    hall = await h.announced(bidders=1, deposit=200)
    entry = await participants.apply(first.actor, hall.round_id, ApplyToRound())
    await participants.approve(m.OPERATOR, entry)
    declare = DeclareDeposit(evidence="Ngân hàng X, giao dịch 7788")
    await participants.declare_deposit(first.actor, hall.round_id, declare)
    await participants.question_deposit(m.OPERATOR, entry, Why(reason="Số giao dịch không có trong sao kê."))
    await drain()
    await participants.declare_deposit(first.actor, hall.round_id, declare)
    await participants.confirm_deposit(m.OPERATOR, entry)
    kept_out = await participants.apply(second.actor, hall.round_id, ApplyToRound())
    await participants.reject(m.OPERATOR, kept_out, Why(reason="Hồ sơ pháp lý chưa đủ."))
    await hall.pass_time(hours=1, seconds=1)
    await running.advance(hall.round_id)
    await english.bid(first.actor, hall.round_id, h.offer(1000))
    await english.bid(hall.bidders[0], hall.round_id, h.offer(1500))
    await drain()
    await hall.pass_time(hours=3)
    await running.advance(hall.round_id)
    await drain()
    subjects = [mail.subject.split(":")[0] for mail in reversed(mails(first.email))]
    assert sorted(subjects) == sorted(
        [
            "Được tham gia phiên", "Chưa thấy khoản đặt cọc", "Đã xác nhận đặt cọc", "Phiên đã mở nhận giá",
            "Có người trả cao hơn", "Phiên có người trúng",
        ]
    )  # fmt: skip
    assert [mail.subject.split(":")[0] for mail in mails(second.email)] == ["Chưa được tham gia phiên"]
    await drain()
    assert len(mails(first.email)) == len(subjects), "each is told once"


async def test_a_cancelled_round_is_told_with_its_reason(company, drain, mails):
    person = await company()
    hall = await h.announced(bidders=1)
    await h.admit(hall.round_id, person.actor)
    await planning.cancel(hall.seller, hall.round_id, Why(reason="Chúng tôi cần bổ sung hồ sơ sở hữu."))
    await drain()
    told = mails(person.email)[0]
    assert "bổ sung hồ sơ sở hữu" in told.body


async def due_now(which: str) -> None:
    """As if the moment of the first or the last job that waits for one had come."""
    await m.execute(
        "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE id ="
        f" (SELECT {which}(id) FROM procrastinate_jobs WHERE status = 'todo' AND task_name LIKE '%advance_round')"
    )


async def test_jobs_open_and_close_the_round_at_their_moments(db, drain):
    """Nobody reads the page, and no sweep runs."""
    hall = await h.announced(bidders=2)
    await due_now("min")
    await drain()
    assert (await hall.row()).status == "announced", "not due by the database's clock, whatever a job thinks"
    hall = await h.announced(bidders=2)
    await hall.pass_time(hours=1, seconds=1)
    jobs = await m.scalar("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at > now()")
    assert jobs == 3, "the end of the first, opening and end of the second"
    await m.execute(
        "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE id = (SELECT min(id) FROM procrastinate_jobs"
        " WHERE status = 'todo' AND args->>'round_id' = :r AND scheduled_at > now())",
        r=str(hall.round_id),
    )
    await drain()
    assert (await hall.row()).status == "open"
    await english.bid(hall.bidders[0], hall.round_id, h.offer(1000))
    await hall.pass_time(hours=3)
    await due_now("max")
    await drain()
    assert (await hall.row()).status == "awarded"


async def test_no_mail_tells_of_a_sealed_bid(company, drain, mails):
    person = await company()
    hall = await h.announced("sealed", bidders=2)
    await h.admit(hall.round_id, person.actor)
    await hall.pass_time(hours=1, seconds=1)
    await running.advance(hall.round_id)
    await drain()
    before = len(mails())
    await sealing.seal(person.actor, hall.round_id, h.sealed(123_456))
    await drain()
    assert len(mails()) == before
