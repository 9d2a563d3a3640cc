"""Calendars: read back by the library and by a parser of our own; times of Vietnam, steady names, no secrets."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from app.accounts import accounts
from app.deals import deals
from app.deals.schemas import CloseDeal
from app.desk import calendars, desk, todo
from app.desk.schemas import AddTask, Audience, MakeFeed
from app.kit import clock
from app.kit.errors import Forbidden, NotFound, TooMany
from app.offers import offers
from app.rounds import planning
from app.rounds.schemas import Why
from tests.desk.conftest import Round
from tests.rounds import hall as h
from tests.support import market as m


def parsed(data: bytes) -> list[dict[str, str]]:
    """RFC 5545 as far as this needs it, sharing nothing with the library: lines unfolded, escapes undone."""
    text = data.decode("utf-8")
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n")), "a line is too long and not folded"
    lines = text.replace("\r\n ", "").split("\r\n")
    assert (lines[0], lines[-2]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    events: list[dict[str, str]] = []
    for line in lines:
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events and ":" in line and not line.startswith(("END:", "BEGIN:")):
            name, _, value = line.partition(":")
            value = re.sub(r"\\([,;\\])", r"\1", value.replace("\\n", "\n"))
            events[-1][name] = value
    return events


def moment(event: dict[str, str]) -> datetime | date:
    for name, value in event.items():
        if name == "DTSTART;VALUE=DATE":
            return datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007
        if name == "DTSTART;TZID=Asia/Ho_Chi_Minh":
            return datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=clock.VIETNAM)
    raise AssertionError(event)


async def feed(table: Round, who: str, *, titles: bool = False) -> str:
    made = await calendars.make_feed(table[who], MakeFeed(titles=titles))
    assert made.address
    return made.address.rsplit("/", 1)[1].removesuffix(".ics")


async def both(token: str) -> list[dict[str, str]]:
    """What our parser reads, after seeing that the library reads the same."""
    data = await calendars.feed(token)
    ours, theirs = parsed(data), list(Calendar.from_ical(data).walk("VEVENT"))
    assert [e["UID"] for e in ours] == [str(e["UID"]) for e in theirs]
    assert [e["SUMMARY"] for e in ours] == [str(e["SUMMARY"]) for e in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        start = other.decoded("DTSTART")
        if isinstance(start, datetime):
            assert start.astimezone(UTC) == moment(mine).astimezone(UTC)  # type: ignore[union-attr]
            assert str(start.tzinfo) == "Asia/Ho_Chi_Minh"
        else:
            assert start == moment(mine)
    return ours


async def test_what_is_due_stands_there_in_the_time_of_vietnam(table: Round) -> None:
    due = clock.today() + timedelta(days=5)
    await todo.add(table["seller"], table.deal_id, AddTask(title="Bí mật: gọi đối thủ; hỏi giá", due_on=due))
    await m.send_offer(table["buyer"], table.deal_id, valid_days=20)
    events = await both(await feed(table, "seller"))
    until = await m.scalar("SELECT valid_until FROM offer")
    by_kind = {e["UID"].split("-")[0]: e for e in events}
    assert set(by_kind) == {"turn", "task", "offer"}
    assert moment(by_kind["task"]) == due
    assert by_kind["task"]["DTEND;VALUE=DATE"] == f"{due + timedelta(days=1):%Y%m%d}"
    assert moment(by_kind["offer"]) == until.replace(microsecond=0)
    assert all(e["STATUS"] == "CONFIRMED" for e in events)
    whole = (await calendars.feed(await feed(table, "seller"))).decode()
    for secret in ("Bí mật", "đối thủ", m.CONTENT["title_vi"], table["buyer"].org_name, table["seller"].org_name):
        assert secret not in whole
    assert all(e["SUMMARY"].startswith("GD-") for e in events)
    assert "BEGIN:VTIMEZONE" in whole
    told = await both(await feed(table, "seller", titles=True))
    assert any("Bí mật: gọi đối thủ; hỏi giá" in e["SUMMARY"] for e in told)


async def test_each_reads_their_own_dates(table: Round) -> None:
    day = clock.today() + timedelta(days=2)
    await todo.add(table["seller"], table.deal_id, AddTask(title="Bên bán", due_on=day))
    await todo.add(table["buyer"], table.deal_id, AddTask(title="Cả hai", due_on=day, channel=Audience.all))
    await m.send_offer(table["buyer"], table.deal_id)
    for who, wanted in (
        ("seller", ["offer", "task", "task", "turn"]), ("seller_viewer", ["offer", "task", "task", "turn"]),
        ("seller_broker", ["offer", "task", "task", "turn"]), ("buyer", ["offer", "task", "turn"]),
        ("valuer", ["turn"]), ("stranger", []),
    ):  # fmt: skip
        events = await both(await feed(table, who))
        assert sorted(e["UID"].split("-")[0] for e in events) == wanted, who
    for who in ("operator", "department", "nobody"):
        with pytest.raises(Forbidden):
            await calendars.make_feed(table[who], MakeFeed())


async def test_names_stay_and_what_is_off_is_cancelled(table: Round) -> None:
    token = await feed(table, "seller")
    due = clock.today() + timedelta(days=5)
    task_id = await todo.add(table["seller"], table.deal_id, AddTask(title="Gọi", due_on=due))
    offer = await m.send_offer(table["buyer"], table.deal_id)
    before = {e["UID"]: e for e in await both(token)}
    with clock.frozen(clock.now() + timedelta(hours=1)):
        await todo.finish(table["seller"], task_id)
        await offers.withdraw(table["buyer"], offer, m.withdraw())
        after = {e["UID"]: e for e in await both(token)}
        assert set(after) == set(before)
        for uid in (f"task-{task_id}@santex", f"offer-{offer}@santex"):
            assert after[uid]["STATUS"] == "CANCELLED"
            assert int(after[uid]["SEQUENCE"]) > int(before[uid]["SEQUENCE"])
        turn = f"turn-{table.deal_id}@santex"
        assert after[turn]["STATUS"] == "CONFIRMED"
        assert int(after[turn]["SEQUENCE"]) > int(before[turn]["SEQUENCE"])
    with clock.frozen(clock.now() + timedelta(hours=2)):
        await deals.close(table["seller"], table.deal_id, CloseDeal(reason_code="price"))
        assert {e["STATUS"] for e in await both(token)} == {"CANCELLED"}
    with clock.frozen(clock.now() + timedelta(days=40)):
        assert await both(token) == []


async def test_the_address_is_secret_and_ends(table: Round) -> None:
    first = await feed(table, "seller")
    assert await m.scalar("SELECT count(*) FROM desk_feed WHERE encode(token_hash, 'escape') LIKE :t", t=first) == 0
    second = await feed(table, "seller")
    with pytest.raises(NotFound):
        await calendars.feed(first)
    await both(second)
    await calendars.revoke_feed(table["seller"])
    for token in (second, "never-was", first):
        with pytest.raises(NotFound):
            await calendars.feed(token)
    third = await feed(table, "seller_member")
    person = table["seller_member"].person_id
    assert person
    await accounts.remove_member(table["seller"], person)
    with pytest.raises(NotFound):
        await calendars.feed(third)
    busy = await feed(table, "buyer")
    for _ in range(60):
        await calendars.feed(busy)
    with pytest.raises(TooMany):
        await calendars.feed(busy)


async def test_the_page_of_a_month(table: Round) -> None:
    today = clock.today()
    await todo.add(table["seller"], table.deal_id, AddTask(title="Hôm qua", due_on=today - timedelta(days=1)))
    await todo.add(table["seller"], table.deal_id, AddTask(title="Sang năm", due_on=date(today.year + 1, 1, 31)))
    found = await calendars.month(table["seller"])
    assert [e.title for e in found.late] == ["Hôm qua"]
    other = await calendars.month(table["seller"], f"{today.year + 1}-01")
    assert [e.title for e in other.items] == ["Sang năm"]
    assert (other.previous, other.following) == (f"{today.year}-12", f"{today.year + 1}-02")
    assert (await calendars.month(table["seller"], "2026-99")).month == today.isoformat()[:7]


async def test_the_file_of_a_deal(table: Round) -> None:
    assert [e["UID"] for e in parsed(await calendars.of_deal(table["valuer"], table.deal_id))]
    for who, kind in (("operator", Forbidden), ("department", Forbidden), ("stranger", NotFound)):
        with pytest.raises(kind):
            await calendars.of_deal(table[who], table.deal_id)


async def test_over_http(table: Round, client: Any) -> None:
    token = await feed(table, "seller")
    answer = await client.get(f"/calendar/{token}.ics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert parsed(answer.content)
    assert (await client.get("/calendar/never-was.ics")).status_code == 404
    browser = await table.people["seller"].browser()
    page = await browser.post_form("/desk/calendar/feed", {"titles": "true"})
    [address] = re.findall(r"/calendar/([\w-]+)\.ics", page.text)
    assert (await client.get(f"/calendar/{address}.ics")).status_code == 200
    assert address not in (await browser.get("/desk/calendar")).text
    assert (await client.get(f"/calendar/{token}.ics")).status_code == 404


async def test_public_rounds_stand_in_every_deal_over_their_listing(table: Round) -> None:
    seller = table["seller"]
    other = await m.acting()
    await m.open_deal(other, table.listing_id)
    round_id = await planning.plan(seller, table.listing_id, h.plan())
    token = await feed(table, "seller")

    def rounds_in(events: list[dict[str, str]]) -> list[str]:
        return sorted(e["UID"].split("-")[0] for e in events if e["UID"].split("-")[0] in ("opening", "bidding"))

    assert rounds_in(await both(token)) == [], "a draft is nobody's date"
    await planning.announce(seller, round_id, h.announce())
    events = await both(token)
    assert rounds_in(events) == ["bidding", "bidding", "opening", "opening"], "one for each of the two deals"
    assert len({e["UID"] for e in events}) == len(events)
    opens, ends = await m.row("SELECT opens_at, ends_at FROM public_round")
    at = {e["UID"].split("-")[0]: (moment(e), e["URL"]) for e in events}
    for kind, when in (("opening", opens), ("bidding", ends)):
        assert at[kind][0] == when.replace(microsecond=0)
        assert at[kind][1].endswith(f"/rounds/{round_id}")
    for who in ("buyer", "buyer_broker", "valuer"):
        assert rounds_in(await both(await feed(table, who))) == ["bidding", "opening"]
    [row] = (await desk.list(table["valuer"])).items
    assert row.deadline
    assert row.deadline.kind == "opening"
    await planning.cancel(seller, round_id, Why(reason="Cần bổ sung hồ sơ sở hữu."))
    gone = [e for e in await both(token) if e["UID"].startswith(("opening", "bidding"))]
    assert {e["STATUS"] for e in gone} == {"CANCELLED"}


async def test_the_end_of_an_announcement_is_a_date(table: Round) -> None:
    plan = h.plan("announcement", intended_org_id=table["buyer"].org_id, intended_price=10**9)
    round_id = await planning.plan(table["seller"], table.listing_id, plan)
    await planning.announce(table["seller"], round_id, h.announce(None, None))
    assert [e["UID"].split("-")[0] for e in await both(await feed(table, "buyer"))].count("announcement") == 1
