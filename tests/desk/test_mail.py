"""Mail about what nobody read: after ten minutes, once, to those who deal with it, without a word of what was said."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
from datetime import timedelta
from typing import Any

import pytest

from app.deals import HandOver, deals
from app.desk import messages, unread_mails
from app.desk.schemas import Audience, ReadUpTo, SendMessage
from app.integrations.mail import mailbox
from app.integrations.mail.port import MailError
from app.kit import clock
from app.notifications import desk as telling
from app.platform import db as platform_db
from app.platform import outbox
from app.settings import ROOT
from tests.desk.conftest import Round
from tests.support import jobs
from tests.support import market as m
from tests.support.environment import BASE_URL

SECRET = "giá sàn là 987 triệu"
LATER = timedelta(minutes=11)
# The buyer's deal has its handler, who is the writer; the seller's and the brokers' have none.
TOLD = ("seller", "seller_manager", "seller_broker", "buyer_broker")


async def say(table: Round, who: str, audience: Audience = Audience.all) -> Any:
    return await messages.send(table[who], table.deal_id, SendMessage(body=SECRET, channel=audience))


async def told(minutes: int = 11) -> dict[str, str]:
    """Who got a mail about messages after so many minutes: address -> subject. They are then put away."""
    with clock.frozen(clock.now() + timedelta(minutes=minutes)):
        await unread_mails.run()
        await jobs.drain()
    found = {x.to: x for x in jobs.mails() if "chưa đọc" in x.subject or "unread" in x.subject}
    for mail in found.values():
        assert SECRET not in mail.subject + mail.body
    jobs.forget_mails()
    return {to: x.subject for to, x in found.items()}


@pytest.fixture(autouse=True)
async def quiet(table: Round) -> None:
    await jobs.drain()
    jobs.forget_mails()


async def test_who_is_told_and_when(table: Round) -> None:
    await say(table, "buyer")
    assert await told(9) == {}
    first = await told()
    assert set(first) == {table.email(w) for w in TOLD}
    assert all(s.startswith("1 lời nhắn chưa đọc") for s in first.values())
    assert await told() == {}
    await say(table, "buyer")
    assert await told() == {}, "one mail until they read"


async def test_the_handler_alone_is_told_of_their_deal(table: Round) -> None:
    person = table["seller_member"].person_id
    assert person
    await deals.hand_over(table["seller"], table.deal_id, HandOver(person_id=person))
    await say(table, "buyer", Audience.all)
    found = set(await told())
    assert table.email("seller_member") in found
    assert not found & {table.email("seller"), table.email("seller_manager"), table.email("seller_viewer")}


async def test_own_side_stays_on_its_side(table: Round) -> None:
    await say(table, "seller", Audience.own)
    assert set(await told()) == {table.email("seller_manager"), table.email("seller_broker")}


async def test_what_was_read_or_retracted_is_not_told(table: Round) -> None:
    sent = await say(table, "buyer")
    for who in ("seller", "seller_manager"):
        await messages.read(table[who], table.deal_id, ReadUpTo(seq=1))
    assert set(await told()) == {table.email("seller_broker"), table.email("buyer_broker")}
    await messages.read(table["seller_broker"], table.deal_id, ReadUpTo(seq=1))
    again = await say(table, "buyer")
    await messages.retract(table["buyer"], again)
    await messages.retract(table["buyer"], sent)
    assert await told() == {}


async def test_after_reading_the_next_message_is_told_again(table: Round) -> None:
    await say(table, "buyer")
    assert table.email("seller") in await told()
    await messages.read(table["seller"], table.deal_id, ReadUpTo(seq=1))
    await say(table, "buyer")
    assert set(await told()) == {table.email("seller")}


async def test_read_before_the_mail_left(table: Round) -> None:
    """The mail is opened, then the person reads: nothing is sent, and what comes next is told."""
    await say(table, "buyer")
    with clock.frozen(clock.now() + LATER):
        await unread_mails.run()
        for who in TOLD:
            await messages.read(table[who], table.deal_id, ReadUpTo(seq=1))
    assert await told(12) == {}
    await say(table, "buyer")
    assert len(await told(30)) == 4


async def test_everybody_at_once_tells_once(table: Round) -> None:
    await say(table, "buyer")
    with clock.frozen(clock.now() + LATER):
        await asyncio.gather(*(unread_mails.run() for _ in range(4)))
        ids = [r[0] for r in await m.rows("SELECT id FROM desk_mail")]
        assert len(ids) == 4
        await asyncio.gather(*(telling.tell_desk_unread(str(i)) for i in ids for _ in range(3)))
    assert len(jobs.mails()) == 4
    assert await m.scalar("SELECT count(*) FROM desk_mail WHERE sent_at IS NULL") == 0


async def test_a_mail_is_in_ones_language_and_leads_there(table: Round) -> None:
    await m.execute("UPDATE person SET locale = 'en' WHERE id = :p", p=table["seller"].person_id)
    await say(table, "buyer")
    await say(table, "buyer")
    with clock.frozen(clock.now() + LATER):
        await unread_mails.run()
        await jobs.drain()
    [mail] = jobs.mails(table.email("seller"))
    assert mail.subject.startswith("2 unread messages")
    assert f"{BASE_URL}/deals/{table.deal_id}/messages" in mail.body


async def test_a_mail_that_could_not_leave_is_tried_again(table: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    await say(table, "buyer")
    box, failed = mailbox(), []

    class Broken:
        async def send(self, mail: Any) -> None:
            if mail.to == table.email("seller") and not failed:
                failed.append(mail.to)
                raise MailError("connection refused")
            await box.send(mail)

    monkeypatch.setattr(telling, "sender", Broken)
    with clock.frozen(clock.now() + LATER):
        await unread_mails.run()
        ids = [str(r[0]) for r in await m.rows("SELECT id FROM desk_mail")]
        results = [await asyncio.gather(telling.tell_desk_unread(i), return_exceptions=True) for i in ids]
        assert sum(isinstance(r[0], MailError) for r in results) == 1
        assert len(jobs.mails()) == 3
        for i in ids:
            await telling.tell_desk_unread(i)
    assert len(jobs.mails()) == 4


# --- killed between any two steps ---

STEPS = {
    "found, nothing written": "repository.open_mail",
    "committed, not leased": "repository.lease",
    "leased, not sent": "telling.compose",
    "sent, not marked": "mailing_module.Mailing.sent",
}
KILLED = """
    import asyncio, os, signal
    from datetime import timedelta
    from tests.support import environment
    environment.os.environ.update(GIVEN)
    environment.forget()
    from app import wiring
    from app.desk import mailing as mailing_module
    from app.desk.repository import messages as repository
    from app.kit import clock
    from app.notifications import desk as telling
    from app.platform import outbox

    def die(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)

    async def main():
        wiring.start(URL_OF_DATABASE)
        owner, _, name = "TARGET".rpartition(".")
        setattr(eval(owner), name, die)
        with clock.frozen(clock.now() + timedelta(minutes=11)):
            await mailing_module.unread_mails.run()
            await outbox.drain(URL_OF_DATABASE)

    asyncio.run(main())
"""


def killed(step: str) -> None:
    """A process of its own does what a worker does and is killed there, as `kill -9` kills."""
    given = {k: os.environ[k] for k in ("DATA_DIR", "SECRET_KEY", "BASE_URL", "ENVIRONMENT", "MAIL_TRANSPORT")}
    code = textwrap.dedent(KILLED).replace("GIVEN", repr(given)).replace("TARGET", step)
    code = code.replace("URL_OF_DATABASE", repr(platform_db.database().url))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -9, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
async def test_killed_between_steps_tells_each_once(table: Round, step: str) -> None:
    await say(table, "buyer")
    killed(step)
    # Another worker goes on: it takes up the jobs of the dead one, then the run of the next minute and those after
    # every lease has ended.
    await m.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    app = outbox.queue_app(platform_db.database().url, schedules=False)
    async with app.open_async():
        await outbox.rescue(app)
    for minutes in (12, 18, 24):
        with clock.frozen(clock.now() + timedelta(minutes=minutes)):
            await unread_mails.run()
            await jobs.drain()
    sent = jobs.mails()
    assert sorted(x.to for x in sent) == sorted(table.email(w) for w in TOLD)
    assert await m.scalar("SELECT count(*) FROM desk_mail") == 4
    assert await m.scalar("SELECT count(*) FROM desk_mail WHERE sent_at IS NULL") == 0
