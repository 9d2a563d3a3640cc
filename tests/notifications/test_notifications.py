"""Who is told what: once, in their language, with a way back, and without a word that is the other side's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.deals import deals
from app.deals.schemas import CloseDeal
from app.integrations.mail import mailbox
from app.integrations.mail.port import MailError
from app.kit import clock
from app.listings import listings
from app.listings.schemas import Approve, CreateListing, UpdateListing
from app.notifications import notifications, tasks
from app.offers import offers
from app.platform import outbox
from app.web import mails as composed
from tests.support import market as m
from tests.support.environment import BASE_URL
from tests.support.people import Person

SECRETS = ("987.654.321", "987654321", "Ghi chú riêng", "Lý do riêng", "Giá vượt ngân sách")


@dataclass
class Table:
    """A deal between two organisations of three people each: an owner, an English-reading manager, a member."""

    seller: dict[str, Person]
    buyer: dict[str, Person]
    listing_id: object
    deal_id: object = None

    def mail_of(self, side: str) -> set[str]:
        people = getattr(self, side)
        return {people["owner"].email, people["manager"].email}


@pytest.fixture
async def table(make_organisation, make_person, drain, mails):
    sides = {}
    for side, kind in (("seller", "university"), ("buyer", "company")):
        org = await make_organisation(kind=kind)
        sides[side] = {role: await make_person(role, org) for role in ("owner", "manager", "member")}
        await m.execute("UPDATE person SET locale = 'en' WHERE id = :p", p=sides[side]["manager"].id)
    listing_id = await m.publish(sides["seller"]["owner"].actor)
    await drain()
    forget(mails)
    return Table(**sides, listing_id=listing_id)


def forget(mails) -> None:
    for file in mailbox().folder.glob("*.eml"):
        file.unlink()
    assert mails() == []


async def told(table: Table, drain, mails, template: str, *sides: str) -> dict[str, object]:
    """Drain; the mails must have gone to those who may bind `sides`, each right in itself. They are then put away."""
    await drain()
    sent = {mail.to: mail for mail in mails()}
    assert len(mails()) == len(sent)
    assert set(sent) == set().union(*(table.mail_of(s) for s in sides)), template
    deal = await deals.peek(table.deal_id)
    for side in sides:
        for role, locale in (("owner", "vi"), ("manager", "en")):
            person = getattr(table, side)[role]
            mail = sent[person.email]
            assert f"{BASE_URL}/deals/{table.deal_id}" in mail.body
            assert person.name in mail.body
            assert deal.reference in mail.body
            assert not any(secret in mail.subject + mail.body for secret in SECRETS)
            assert not re.search(r"[\w.]+@[\w.]+", mail.body), "nobody's address stands in a mail"
            assert "%(" not in mail.body
            subject = composed.i18n.translator(locale).gettext(SUBJECTS[template]) % {"title": deal.listing.title_vi}
            assert mail.subject == subject
            assert ("Hello" in mail.body) == (locale == "en")
    await run_again()
    assert {mail.to for mail in mails()} == set(sent), "a repeated job told somebody else"
    assert {mail.key for mail in mails()} == {mail.key for mail in sent.values()}
    forget(mails)
    return sent


SUBJECTS = {
    "deal_express_interest": "Có lời quan tâm mới: %(title)s",
    "deal_close": "Giao dịch đã dừng: %(title)s",
    "deal_contract": "Hợp đồng đã được xác nhận: %(title)s",
    "deal_report_contract": "Cần bạn xác nhận hợp đồng: %(title)s",
    "deal_dispute_contract": "Hợp đồng bị báo không đúng: %(title)s",
    "offer_send": "Đề nghị mới chờ bạn trả lời: %(title)s",
    "offer_accept": "Đã thống nhất điều khoản: %(title)s",
    "offer_decline": "Đề nghị bị từ chối: %(title)s",
    "offer_withdraw": "Đề nghị đã được rút: %(title)s",
    "offer_expire": "Đề nghị đã hết hạn: %(title)s",
    "offer_freeze": "Đàm phán tạm ngưng: %(title)s",
}


async def run_again() -> None:
    """Run every notification job there ever was once more, as a worker that crashed would."""
    jobs = await m.rows("SELECT task_name, args FROM procrastinate_jobs WHERE task_name LIKE 'app.notifications.%'")
    assert jobs
    before = await m.scalar("SELECT count(*) FROM notification")
    for task, args in jobs:
        await outbox._handlers[task][1](**args)
    assert await m.scalar("SELECT count(*) FROM notification") == before


async def opened(table: Table) -> None:
    table.deal_id = await m.open_deal(table.buyer["owner"].actor, table.listing_id, "Ghi chú riêng " * 3)


async def test_every_event_of_a_negotiation(table, drain, mails):
    seller, buyer = table.seller["owner"].actor, table.buyer["owner"].actor
    private = {"upfront": 987_654_321, "note": "Ghi chú riêng"}
    await opened(table)
    await told(table, drain, mails, "deal_express_interest", "seller")

    first = await m.send_offer(buyer, table.deal_id, **private)
    await told(table, drain, mails, "offer_send", "seller")
    await offers.decline(seller, first, m.decline("price", "Lý do riêng"))
    sent = await told(table, drain, mails, "offer_decline", "buyer")
    assert table.seller["owner"].org.name in next(iter(sent.values())).body

    second = await m.send_offer(buyer, table.deal_id, **private)
    await told(table, drain, mails, "offer_send", "seller")
    third = await offers.counter(seller, second, m.proposal(upfront=987_654_321, training_days=1))
    await told(table, drain, mails, "offer_send", "buyer")
    await offers.withdraw(seller, third)
    await told(table, drain, mails, "offer_withdraw", "buyer")

    fourth = await m.send_offer(seller, table.deal_id, **private)
    await told(table, drain, mails, "offer_send", "buyer")
    with clock.frozen(clock.now() + timedelta(days=15)):
        assert await offers.expire_due() == 1
    await told(table, drain, mails, "offer_expire", "seller", "buyer")
    assert (await offers.peek(fourth)).status == "expired"

    fifth = await m.send_offer(seller, table.deal_id, **private)
    await told(table, drain, mails, "offer_send", "buyer")
    await offers.accept(buyer, fifth)
    await told(table, drain, mails, "offer_accept", "seller", "buyer")
    await deals.close(buyer, table.deal_id, CloseDeal(reason_code="price", reason="Giá vượt ngân sách"))
    await told(table, drain, mails, "deal_close", "seller", "buyer")


async def test_a_contract_reported_twice_is_told_of_twice(table, drain, mails):
    seller, buyer = table.seller["owner"].actor, table.buyer["owner"].actor
    await opened(table)
    await offers.accept(seller, await m.send_offer(buyer, table.deal_id))
    await drain()
    forget(mails)
    for _ in range(2):
        await m.report(buyer, table.deal_id, value=987_654_321)
        sent = await told(table, drain, mails, "deal_report_contract", "seller")
        assert all(table.buyer["owner"].org.name in mail.body for mail in sent.values())
        await deals.dispute_contract(seller, table.deal_id, m.dispute())
        sent = await told(table, drain, mails, "deal_dispute_contract", "buyer")
        assert all(table.seller["owner"].org.name in mail.body for mail in sent.values())
    await m.report(seller, table.deal_id, value=987_654_321)
    await told(table, drain, mails, "deal_report_contract", "buyer")
    await deals.confirm_contract(buyer, table.deal_id)
    await told(table, drain, mails, "deal_contract", "seller", "buyer")


async def test_a_late_job_tells_what_holds_now(table, drain, mails):
    """The report was confirmed before its mail went out: nobody is asked to confirm it any more."""
    seller, buyer = table.seller["owner"].actor, table.buyer["owner"].actor
    await opened(table)
    await offers.accept(seller, await m.send_offer(buyer, table.deal_id))
    await drain()
    forget(mails)
    await m.report(buyer, table.deal_id)
    await deals.confirm_contract(seller, table.deal_id)
    await told(table, drain, mails, "deal_contract", "seller", "buyer")


async def test_those_whose_talks_are_frozen_are_told_each_time(table, drain, mails):
    seller, buyer = table.seller["owner"].actor, table.buyer["owner"].actor
    await opened(table)
    theirs = await m.send_offer(buyer, table.deal_id, upfront=987_654_321)
    await drain()
    for _ in range(2):
        rival = await m.acting()
        won = await m.open_deal(rival, table.listing_id)
        await offers.accept(rival, await m.send_offer(seller, won, exclusivity="exclusive"))
        assert (await offers.peek(theirs)).status == "frozen"
        await drain()
        news = [mail for mail in mails() if "tạm ngưng" in mail.subject or "paused" in mail.subject.lower()]
        assert {mail.to for mail in news} >= {table.buyer["owner"].email, table.seller["owner"].email}
        assert not any(rival.org_name in mail.body for mail in news), "the rival's name is the seller's to tell"
        forget(mails)
        await deals.close(seller, won, CloseDeal(reason_code="other"))
        await drain()
        assert (await offers.peek(theirs)).status == "open"
        forget(mails)


async def test_the_owner_hears_what_the_operator_said(make_organisation, make_person, drain, mails):
    org = await make_organisation(kind="university")
    owner, member = await make_person("owner", org), await make_person("member", org)
    listing_id = await listings.create(owner.actor, CreateListing(title_vi=m.CONTENT["title_vi"]))
    await listings.update(owner.actor, listing_id, UpdateListing.model_validate(m.CONTENT))

    async def heard(word: str, reason: str) -> None:
        await drain()
        [mail] = mails()
        assert mail.to == owner.email != member.email
        assert word in mail.subject
        assert m.CONTENT["title_vi"] in mail.subject
        assert reason in mail.body
        assert f"{BASE_URL}/listings/{listing_id}" in mail.body
        await run_again()
        assert [again.key for again in mails()] == [mail.key]
        forget(mails)

    await listings.submit(owner.actor, listing_id)
    await listings.act(m.OPERATOR, listing_id, "request_changes", reason="Thiếu bằng chứng cho TRL.")
    await heard("Cần sửa", "Thiếu bằng chứng cho TRL.")
    await listings.submit(owner.actor, listing_id)
    scores = Approve(advantages=4, clarity=4, cooperation=4, language=4, screening="clear", note="Bài viết rất rõ.")
    await listings.approve(m.OPERATOR, listing_id, scores)
    await heard("được đăng", "Bài viết rất rõ.")
    await listings.suspend(m.OPERATOR, listing_id, "Có khiếu nại về quyền.")
    await heard("tạm dừng", "Có khiếu nại về quyền.")


async def test_somebody_on_both_sides_is_told_once(table, drain, mails):
    """One person may act for two organisations; the news is the same."""
    await opened(table)
    await drain()
    forget(mails)
    person, org = table.seller["owner"], table.buyer["owner"].org
    await m.execute(
        "INSERT INTO membership (person_id, org_id, role, since) VALUES (:p, :o, 'manager', now())",
        p=person.id,
        o=org.id,
    )
    await deals.close(table.buyer["owner"].actor, table.deal_id, CloseDeal(reason_code="other"))
    await drain()
    assert len(mails(person.email)) == 1


async def test_a_disabled_person_is_not_written_to(table, drain, mails):
    await m.execute("UPDATE person SET disabled_at = now() WHERE id = :p", p=table.seller["manager"].id)
    await opened(table)
    await drain()
    assert [mail.to for mail in mails()] == [table.seller["owner"].email]


async def test_a_mail_that_could_not_leave_is_tried_again(table, drain, mails, monkeypatch):
    await opened(table)
    box, failed = mailbox(), []

    class Broken:
        async def send(self, mail):
            if mail.to == table.seller["manager"].email and not failed:
                failed.append(mail.to)
                raise MailError("connection refused")
            await box.send(mail)

    monkeypatch.setattr("app.notifications.telling.sender", Broken)
    with pytest.raises(MailError):
        await notifications.deal_event(table.deal_id, "deal.express_interest")
    assert [mail.to for mail in mails()] == [table.seller["owner"].email]
    assert (
        await m.scalar("SELECT count(*) FROM notification WHERE email = :e AND topic LIKE 'deal.%'", e=failed[0]) == 0
    )
    first = mails()[0]
    await notifications.deal_event(table.deal_id, "deal.express_interest")
    assert {mail.to for mail in mails()} == table.mail_of("seller")
    assert mails(first.to) == [first]
    monkeypatch.undo()
    await drain()
    assert len(mails()) == 2


def test_every_event_named_has_its_template_and_its_listener():
    heard = outbox.topics()
    for event in (*tasks.DEAL_EVENTS, *tasks.OFFER_EVENTS, *tasks.LISTING_EVENTS):
        assert f"app.notifications.tasks.tell_{event.replace('.', '_')}" in heard[event]
        assert (composed.TEMPLATES / "mail" / f"{event.replace('.', '_')}.txt").is_file()
