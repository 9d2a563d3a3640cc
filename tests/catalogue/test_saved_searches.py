"""Saved searches: any search, each new match once whatever dies in between, nothing that is not public."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest

import search
from app.accounts import accounts
from app.catalogue import saved
from app.catalogue.saved import MAX_SAVED, next_digest, saved_searches
from app.catalogue.schemas import Frequency, RenameSearch, SaveSearch, Scope, from_address
from app.integrations.mail import mailbox
from app.kit import clock
from app.kit.actor import ANONYMOUS
from app.kit.errors import Conflict, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import listings
from app.needs import needs
from app.platform import db as platform_db
from app.platform import outbox
from app.settings import ROOT
from tests.support import browser as pages
from tests.support import demand, market
from tests.support.jobs import drain, mails

WATER = "Màng lọc nano cho nước nhiễm mặn"
SOLAR = "Pin mặt trời trong suốt cho nhà kính"


async def save(person: Any, query: str, frequency: Frequency = Frequency.at_once, **given: Any) -> UUID:
    return await saved_searches.save_search(person.actor, SaveSearch(query=query, frequency=frequency, **given))


async def publish(scope: Scope, **content: Any) -> UUID:
    """Something new that "q=màng" finds."""
    if scope is Scope.needs:
        return await demand.published(await market.acting(), **content)
    return await market.publish(await market.acting("university"), **content)


async def turn() -> None:
    """What a minute of the worker does: the jobs that wait, a run, the jobs of the run."""
    await drain()
    await saved_searches.run()
    await drain()


async def rows(sql: str = "SELECT search_id, subject_id, digest_id FROM saved_search_match") -> list[Any]:
    return await market.rows(sql)


# --- addresses, names, dates ---


def test_an_address_has_one_form() -> None:
    one = from_address("trl_min=6&q=n%C6%B0%E1%BB%9Bc+th%E1%BA%A3i&field=2.7&field=1&cursor=x&sort=trl&nonsense=1")
    other = from_address("field=1&field=2.7&q=nước thải&trl_min=6&limit=5")
    assert one.address() == other.address()
    assert from_address(one.address()) == from_address(other.address())
    assert "cursor" not in one.address()
    assert "sort" not in one.address()


@pytest.mark.parametrize(
    "query", ["", "&&&", "q=%00%ff%zz", "trl_min=5&field=" + "9" * 50, "q=" + "a" * 900, "ipc=Z99"]
)
def test_any_address_is_a_search(query: str) -> None:
    made = from_address(query)
    assert from_address(made.address()).address() == made.address()


@pytest.mark.parametrize(
    ("frequency", "now", "then"),
    [
        (Frequency.daily, "2026-11-24T06:59:59+07:00", "2026-11-24T07:00:00+07:00"),
        (Frequency.daily, "2026-11-24T07:00:00+07:00", "2026-11-25T07:00:00+07:00"),
        (Frequency.daily, "2026-11-24T23:30:00+00:00", "2026-11-25T07:00:00+07:00"),
        (Frequency.weekly, "2026-11-24T08:00:00+07:00", "2026-11-30T07:00:00+07:00"),
        (Frequency.weekly, "2026-11-30T06:00:00+07:00", "2026-11-30T07:00:00+07:00"),
        (Frequency.weekly, "2026-11-30T07:00:00+07:00", "2026-12-07T07:00:00+07:00"),
    ],
)
def test_digests_leave_at_seven_in_vietnam(frequency: Frequency, now: str, then: str) -> None:
    assert next_digest(frequency, datetime.fromisoformat(now)) == datetime.fromisoformat(then)
    assert next_digest(Frequency.at_once, datetime.fromisoformat(now)) is None


# --- keeping ---


async def test_a_search_is_kept_once_under_a_name(make_person: Any) -> None:
    person = await make_person()
    id_ = await save(person, "q=n%C6%B0%E1%BB%9Bc&trl_min=6")
    assert await save(person, "trl_min=6&q=nước&sort=trl", name="Khác") == id_
    found = await saved_searches.list(person.actor)
    assert [s.name for s in found.items] == ["“nước”, TRL 6–9"]
    await saved_searches.rename(person.actor, id_, RenameSearch(name="Nước"))
    assert (await saved_searches.read(person.actor, id_)).name == "Nước"


async def test_others_know_nothing_of_it(make_person: Any) -> None:
    person, other = await make_person(), await make_person()
    id_ = await save(person, "q=nano")
    for verb in (saved_searches.pause, saved_searches.resume, saved_searches.delete, saved_searches.read,
                 saved_searches.matches, saved_searches.mark_seen):  # fmt: skip
        with pytest.raises(NotFound):
            await verb(other.actor, id_)
        with pytest.raises(Unauthenticated):
            await verb(ANONYMOUS, id_)
    with pytest.raises(NotFound):
        await saved_searches.rename(other.actor, id_, RenameSearch(name="x"))
    assert (await saved_searches.list(other.actor)).items == []
    assert (await saved_searches.read(person.actor, id_)).paused is False


async def test_there_is_an_end_to_saving(make_person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MAX_SAVED", 2)
    person = await make_person()
    first = await save(person, "q=a1")
    await save(person, "q=a2")
    with pytest.raises(Conflict):
        await save(person, "q=a3")
    assert await save(person, "q=a1") == first
    await saved_searches.delete(person.actor, first)
    await save(person, "q=a3")
    assert MAX_SAVED == 50


# --- finding and telling ---


async def test_a_new_match_is_told_of_once(make_person: Any) -> None:
    person, seller = await make_person(), await market.acting("university")
    await market.publish(seller, title_vi="Màng lọc nano có từ trước")
    await drain()
    id_ = await save(person, "q=màng lọc nano")
    await turn()
    assert mails(person.email) == []  # what was there when it was saved is no news
    listing = await market.publish(seller)
    await market.publish(seller, title_vi=SOLAR, title_en="Solar", summary_vi="Kính nhà lưới phát điện. " * 6,
                         problem_vi="Nhà kính cần điện mà không mất ánh sáng cho cây trồng bên trong nhà. " * 3,
                         solution_vi="Pin hữu cơ chỉ hấp thụ phần ánh sáng mà cây không cần đến để lớn lên. " * 3,
                         advantages_vi="Cho 60 W một mét vuông, cây vẫn lớn như thường. " * 3)  # fmt: skip
    await turn()
    sent = mails(person.email)
    assert [WATER in m.body and SOLAR not in m.body for m in sent] == [True]
    assert f"/listings/{listing}" in sent[0].body
    assert [(r[0], r[1]) for r in await rows()] == [(id_, listing)]
    for _ in range(3):
        await turn()
    assert len(mails(person.email)) == 1
    assert (await saved_searches.list(person.actor)).unseen == 1
    await saved_searches.mark_seen(person.actor, id_)
    assert (await saved_searches.list(person.actor)).unseen == 0


async def test_an_edit_may_make_a_match(make_person: Any) -> None:
    person, seller = await make_person(), await market.acting("university")
    await save(person, "q=graphene oxit")
    listing = await market.publish(seller)
    await turn()
    assert mails(person.email) == []
    command = market.UpdateListing.model_validate({"keywords": ["graphene oxit"]})
    await listings.update(seller, listing, command)
    await turn()
    assert len(mails(person.email)) == 1
    await listings.update(seller, listing, market.UpdateListing.model_validate({"keywords": ["graphene oxit", "màng"]}))
    await turn()
    assert len(mails(person.email)) == 1


@pytest.mark.parametrize(
    "query",
    ["", "trl_min=6", "field=2", "refreshed=30", "q=field%3A2+m%C3%A0ng", "q=org%3A%22to+chuc%22", "mode=licence"],
)
async def test_filters_are_searches_too(make_person: Any, query: str) -> None:
    person = await make_person()
    await save(person, query)
    await market.publish(await market.acting("university"))
    await turn()
    assert len(mails(person.email)) == 1


async def test_a_loose_match_is_not_told_of(make_person: Any) -> None:
    """Where nothing holds every word, the results page shows what is near; nobody is mailed about that."""
    person = await make_person()
    await save(person, "q=màng lọc nano cho động cơ phản lực")
    await market.publish(await market.acting("university"))
    await turn()
    assert await rows() == []


async def test_daily_digests_wait_for_their_hour(make_person: Any) -> None:
    person, seller = await make_person(), await market.acting("university")
    start = clock.now()
    id_ = await save(person, "q=màng", Frequency.daily)
    first = await market.publish(seller)
    await turn()
    second = await market.publish(seller)
    await turn()
    assert mails(person.email) == []
    assert (await saved_searches.list(person.actor)).unseen == 2
    due = (await saved_searches.read(person.actor, id_)).next_digest_at
    assert due is not None
    assert start < due <= start + timedelta(days=1)
    with clock.frozen(due + timedelta(minutes=1)):
        await turn()
        sent = mails(person.email)
        assert len(sent) == 1
        assert str(first) in sent[0].body
        assert str(second) in sent[0].body
        await turn()
        assert (await saved_searches.read(person.actor, id_)).next_digest_at == due + timedelta(days=1)
    with clock.frozen(due + timedelta(days=1, minutes=1)):
        await turn()
    assert len(mails(person.email)) == 1  # nothing new, no mail


async def test_what_is_hidden_meanwhile_is_not_shown_anywhere(make_person: Any) -> None:
    person, seller = await make_person(), await market.acting("university")
    id_ = await save(person, "q=màng", Frequency.daily)
    hidden, shown = await market.publish(seller, title_vi="Màng lọc bị dừng"), await market.publish(seller)
    await turn()
    await listings.suspend(market.OPERATOR, hidden, "Cần kiểm tra lại.")
    due = (await saved_searches.read(person.actor, id_)).next_digest_at
    assert due is not None
    browser = await person.browser()
    with clock.frozen(due + timedelta(minutes=1)):
        await turn()
    body = mails(person.email)[0].body
    assert str(shown) in body
    assert str(hidden) not in body
    assert "bị dừng" not in body
    assert (await saved_searches.list(person.actor)).unseen == 1
    for page in ("/account/searches", f"/account/searches/{id_}"):
        assert "bị dừng" not in (await browser.get(page)).text
    api = await person.api().get(f"/api/v1/me/searches/{id_}/matches")
    assert [i["card"]["id"] for i in api.json()["items"]] == [str(shown)]
    await listings.restore(market.OPERATOR, hidden)
    with clock.frozen(due + timedelta(days=1, minutes=1)):
        await turn()
    assert str(hidden) in mails(person.email)[0].body  # told of once it may be


async def test_hidden_between_the_digest_and_its_mail(make_person: Any) -> None:
    person = await make_person()
    await save(person, "q=màng")
    listing = await market.publish(await market.acting("university"))
    await drain()
    await saved_searches.run()
    await listings.suspend(market.OPERATOR, listing, "Cần kiểm tra lại.")
    await drain()
    assert mails(person.email) == []
    assert [r[2] for r in await rows()] == [None]
    await listings.restore(market.OPERATOR, listing)
    await turn()
    assert len(mails(person.email)) == 1


async def test_paused_means_silent_and_resuming_starts_anew(make_person: Any) -> None:
    person, seller = await make_person(), await market.acting("university")
    id_ = await save(person, "q=màng")
    await saved_searches.pause(person.actor, id_)
    await market.publish(seller)
    await turn()
    await saved_searches.resume(person.actor, id_)
    await turn()
    assert mails(person.email) == []
    await market.publish(seller)
    await turn()
    assert len(mails(person.email)) == 1


async def test_one_failing_search_keeps_nobody_waiting(make_person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await make_person()
    await save(person, "q=aaa")
    await save(person, "q=màng")
    await market.publish(await market.acting("university"))
    await drain()
    engine, plain = search.engine(), search.engine().search

    async def failing(index: str, query: search.Query) -> search.Answer:
        if query.text == "aaa":
            raise RuntimeError("poison")
        return await plain(index, query)

    monkeypatch.setattr(engine, "search", failing)
    await saved_searches.run()
    await drain()
    assert len(mails(person.email)) == 1


async def test_people_who_may_not_sign_in_get_no_mail(make_person: Any) -> None:
    person = await make_person()
    await save(person, "q=màng")
    await accounts.disable_person(market.Actor(staff=frozenset({market.Staff.admin})), person.email)
    await market.publish(await market.acting("university"))
    await turn()
    assert mails(person.email) == []


async def test_english_readers_get_english(make_person: Any) -> None:
    person = await make_person(locale="en")
    await market.execute("UPDATE person SET locale = 'en' WHERE id = :id", id=person.id)
    await save(person, "q=màng", name="Membranes")
    await market.publish(await market.acting("university"))
    await turn()
    (mail,) = mails(person.email)
    assert mail.subject == "1 new technology for “Membranes”"
    assert "A nano membrane for brackish water" in mail.body
    assert "Ngừng" not in mail.body


# --- over needs ---

MORNING = datetime.fromisoformat("2026-12-01T07:00:00+07:00")
NEED_TITLE = str(demand.NEED["title"])


def test_at_once_over_needs_wakes_at_the_digests_hour() -> None:
    assert saved._next("needs", Frequency.at_once, MORNING - timedelta(hours=1)) == MORNING
    assert saved._next("needs", Frequency.weekly, MORNING) == MORNING + timedelta(days=6)
    assert saved._next("listings", Frequency.at_once, MORNING) is None


async def test_a_new_need_is_told_of_once_and_only_over_needs(make_person: Any) -> None:
    person = await make_person()
    over_listings, over_needs = await save(person, "q=màng"), await save(person, "q=màng", scope=Scope.needs)
    assert over_listings != over_needs
    assert await save(person, "q=màng&sort=deadline", scope=Scope.needs) == over_needs
    need = await publish(Scope.needs)
    for _ in range(3):
        await turn()
    (mail,) = mails(person.email)
    assert mail.subject.startswith("1 nhu cầu mới cho ")
    assert f"/needs/{need}" in mail.body
    assert f"/account/searches/{over_needs}" in mail.body
    assert [(r[0], r[1]) for r in await rows()] == [(over_needs, need)]
    found = await saved_searches.list(person.actor)
    assert {s.id: (s.url, s.unseen) for s in found.items} == {
        over_listings: ("/listings?q=m%C3%A0ng", 0),
        over_needs: ("/needs?q=m%C3%A0ng", 1),
    }
    assert (await saved_searches.read(person.actor, over_needs)).next_digest_at is None


async def test_a_search_over_needs_in_words(make_person: Any) -> None:
    person = await make_person()
    id_ = await save(person, "q=màng&field=2.7&due=30&trl=7&nonsense=1", scope=Scope.needs)
    view = await saved_searches.read(person.actor, id_)
    assert view.about.startswith("“màng”, ")
    assert view.about.endswith("TRL 7, hạn trong 30 ngày tới")
    assert view.query == "q=m%C3%A0ng&field=2.7&trl=7&due=30"
    everything = await save(person, "", scope=Scope.needs)
    assert (await saved_searches.read(person.actor, everything)).name == "Mọi nhu cầu"


@pytest.mark.parametrize("query", ["", "field=2.7", "trl=7", "due=30", "kind=enterprise", "q=lọc mặn"])
async def test_filters_of_needs_are_searches_too(make_person: Any, query: str) -> None:
    person = await make_person()
    await save(person, query, scope=Scope.needs)
    await publish(Scope.needs)
    await turn()
    assert len(mails(person.email)) == 1


async def test_a_closed_need_is_no_news(make_person: Any) -> None:
    person = await make_person()
    id_ = await save(person, "q=màng", Frequency.daily, scope=Scope.needs)
    asker = await market.acting()
    need = await demand.published(asker)
    await turn()
    await needs.withdraw(asker, need, "Đã tự giải quyết được.")
    due = (await saved_searches.read(person.actor, id_)).next_digest_at
    assert due is not None
    with clock.frozen(due):
        await turn()
    assert mails(person.email) == []
    assert (await saved_searches.matches(person.actor, id_)).items == []


@pytest.mark.parametrize("hour", [1, 9, 23])
@pytest.mark.parametrize("frequency", [Frequency.at_once, Frequency.daily])
async def test_a_blind_need_is_told_of_the_morning_after(make_person: Any, frequency: Frequency, hour: int) -> None:
    """Whatever the hour it appeared at: the same mail in the same minute, the list in the product included."""
    person = await make_person()
    midnight = MORNING - timedelta(hours=7)
    with clock.frozen(midnight - timedelta(hours=6)):
        id_ = await save(person, "q=màng", frequency, scope=Scope.needs)
    with clock.frozen(midnight + timedelta(hours=hour)):
        blind = await publish(Scope.needs, blind=True)
        await turn()
    for later in range(hour + 1, 32, 3):
        with clock.frozen(midnight + timedelta(hours=later, minutes=-1)):
            await turn()
            assert mails(person.email) == [], later
            assert (await saved_searches.list(person.actor)).unseen == 0, later
            assert (await saved_searches.matches(person.actor, id_)).items == [], later
    with clock.frozen(MORNING + timedelta(days=1)):
        await turn()
        (mail,) = mails(person.email)
        (match,) = (await saved_searches.matches(person.actor, id_)).items
        await turn()
    assert f"/needs/{blind}" in mail.body
    assert match.found_at == MORNING + timedelta(days=1)
    assert len(mails(person.email)) == 1


async def test_a_named_need_does_not_wait_for_a_blind_one(make_person: Any) -> None:
    person = await make_person()
    with clock.frozen(MORNING + timedelta(hours=2)):
        await save(person, "q=màng", scope=Scope.needs)
    with clock.frozen(MORNING + timedelta(hours=3)):
        blind, named = await publish(Scope.needs, blind=True), await publish(Scope.needs)
        await turn()
        (mail,) = mails(person.email)
        assert str(named) in mail.body
        assert str(blind) not in mail.body
    with clock.frozen(MORNING + timedelta(days=1, minutes=1)):
        await turn()
    first, second = sorted(mails(person.email), key=lambda m: str(blind) in m.body)
    assert str(named) in first.body
    assert str(named) not in second.body


async def test_an_edit_of_a_blind_need_is_not_told_at_once_either(make_person: Any) -> None:
    person, asker = await make_person(), await market.acting()
    with clock.frozen(MORNING):
        await save(person, "q=graphene oxit", scope=Scope.needs)
        need = await demand.published(asker, blind=True)
        await drain()
    with clock.frozen(MORNING + timedelta(days=1)):
        await turn()
    with clock.frozen(MORNING + timedelta(days=1, hours=5)):
        await needs.update(asker, need, demand.UpdateNeed(keywords=["graphene oxit"]))
        await turn()
    assert mails(person.email) == []
    with clock.frozen(MORNING + timedelta(days=2)):
        await turn()
    assert len(mails(person.email)) == 1


async def test_searches_saved_all_day_do_not_bracket_a_blind_need(make_person: Any) -> None:
    """Who saves one search before and another after it appeared learns the day from them, not the hour."""
    person = await make_person()
    with clock.frozen(MORNING):
        before = await save(person, "q=màng", scope=Scope.needs)
    with clock.frozen(MORNING + timedelta(hours=4)):
        await publish(Scope.needs, blind=True)
        await turn()
    with clock.frozen(MORNING + timedelta(hours=8)):
        after = await save(person, "q=màng lọc", scope=Scope.needs)
    with clock.frozen(MORNING + timedelta(days=1)):
        late = await save(person, "q=lọc mặn", scope=Scope.needs)
        await turn()
    assert {r[0] for r in await rows()} == {before, after}
    with clock.frozen(MORNING + timedelta(days=2)):
        await turn()
    assert late not in {r[0] for r in await rows()}


async def test_a_match_shows_the_gist_of_a_blind_need_only(make_person: Any) -> None:
    person, asker = await make_person(), await market.acting()
    with clock.frozen(MORNING):
        id_ = await save(person, "q=màng", scope=Scope.needs)
        await demand.published(asker, blind=True, process="Lọc cát ở trạm Vắng Tên rồi khử trùng, khi mặn thì dừng.")
        await drain()
    with clock.frozen(MORNING + timedelta(days=1)):
        await turn()
    (mail,) = mails(person.email)
    page = (await (await person.browser()).get(f"/account/searches/{id_}")).text
    answer = (await person.api().get(f"/api/v1/me/searches/{id_}/matches")).text
    for shown in (mail.body, page, answer):
        assert NEED_TITLE in shown
        for secret in (asker.org_name, str(asker.org_id), "Vắng Tên", "Nguyễn Thị Mật"):
            assert str(secret) not in shown
    assert "Ẩn danh" in mail.body
    assert "Ẩn danh" in page
    assert '"published_at":"2026-12-01T00:00:00+07:00"' in answer.replace(" ", "")


async def test_the_pages_from_needs_to_a_match(make_person: Any) -> None:
    person = await make_person()
    browser = await person.browser()
    results = await browser.get("/needs", params={"q": "màng", "field": "2.7"})
    assert 'href="/account/searches/new?scope=needs&amp;q=m%C3%A0ng&amp;field=2.7"' in results.text
    form = pages.form(await browser.get("/account/searches/new?scope=needs&q=m%C3%A0ng&field=2.7"), "/account/searches")
    assert (form.fields["scope"], form.fields["query"]) == ("needs", "q=m%C3%A0ng&field=2.7")
    refused = await browser.submit(form, name="x" * 200)
    assert pages.form(refused, "/account/searches").fields["scope"] == "needs"
    assert 'href="/needs?q=m%C3%A0ng&amp;field=2.7"' in refused.text
    kept = await browser.submit(form, frequency="at_once")
    url = kept.headers["location"]
    await publish(Scope.needs)
    await turn()
    listed = await browser.get("/account/searches")
    assert "1 mới" in pages.text(listed)
    assert 'href="/needs?q=m%C3%A0ng&amp;field=2.7"' in listed.text
    page = await browser.get(url)
    assert NEED_TITLE in pages.text(page)
    assert "/feeds/needs.atom?q=m%C3%A0ng&amp;field=2.7" in page.text
    suggested = await browser.get("/suggest", params={"q": "màng"})
    assert "/needs?q=m%C3%A0ng&amp;field=2.7" in suggested.text
    assert (await person.api().post("/api/v1/me/searches", json={"scope": "deals", "query": ""})).status_code == 422


# --- killed between any two steps ---

STEPS = {
    "found, nothing written": "saved.SavedSearches._settle",
    "written, not committed": "repository.change",
    "committed, not leased": "repository.lease",
    "leased, not sent": "saved.SavedSearches._mail",
    "sent, not marked": "repository.close_digest",
}
KILLED = """
    import asyncio, os, signal, sys
    from tests.support import environment
    environment.os.environ.update(GIVEN)
    environment.forget()
    from app import wiring
    from app.catalogue import repository, saved
    from app.platform import outbox

    def die(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)

    async def main():
        wiring.start(URL)
        owner, _, name = "TARGET".rpartition(".")
        setattr(eval(owner), name, die)
        await saved.saved_searches.run()
        await outbox.drain(URL)

    asyncio.run(main())
"""


def killed(step: str) -> int:
    """A process of its own runs what a worker runs and is killed there, as `kill -9` kills."""
    given = {k: os.environ[k] for k in ("DATA_DIR", "SECRET_KEY", "BASE_URL", "ENVIRONMENT", "MAIL_TRANSPORT")}
    code = textwrap.dedent(KILLED).replace("GIVEN", repr(given)).replace("TARGET", step)
    code = code.replace("URL", repr(platform_db.database().url)).replace(
        "BASE_" + repr(platform_db.database().url), "BASE_URL"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -9, done.stderr
    return done.returncode


@pytest.mark.slow
@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
async def test_killed_between_steps_tells_once(make_person: Any, step: str, scope: Scope) -> None:
    person = await make_person()
    await save(person, "q=màng", scope=scope)
    found = await publish(scope)
    await drain()
    killed(step)
    # Another worker goes on: the run of the next minute, and one after every lease has ended.
    await saved_searches.run()
    with clock.frozen(clock.now() + timedelta(minutes=15)):
        await saved_searches.run()
        await saved_searches.run()
    sent = mails(person.email)
    assert len(sent) == 1
    assert f"/{scope.value}/{found}" in sent[0].body
    assert len(await rows("SELECT 1 FROM saved_search_digest")) == 1
    assert await rows("SELECT 1 FROM saved_search_digest WHERE sent_at IS NULL") == []


@pytest.mark.slow
async def test_a_killed_workers_job_is_taken_up_again(make_person: Any) -> None:
    """Its lock would otherwise keep the same handler from ever running about the same thing."""
    person = await make_person()
    await save(person, "q=màng")
    await market.publish(await market.acting("university"))
    await drain()
    killed(STEPS["committed, not leased"])
    undone = "SELECT status FROM procrastinate_jobs WHERE status <> 'succeeded' AND queue_name = 'santex'"
    assert [r[0] for r in await rows(undone)] == ["doing"]
    app = outbox.queue_app(platform_db.database().url, schedules=False)
    async with app.open_async():
        assert await outbox.rescue(app) == 0  # its heartbeat is fresh: it might only be slow
        await market.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
        assert await outbox.rescue(app) == 1
        assert await outbox.rescue(app) == 0
    await outbox.drain(platform_db.database().url)
    assert len(mails(person.email)) == 1


async def test_a_mail_that_could_not_leave_is_sent_later(make_person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await make_person()
    await save(person, "q=màng")
    await market.publish(await market.acting("university"))
    await drain()
    await saved_searches.run()
    digest = (await rows("SELECT id FROM saved_search_digest"))[0][0]

    class Broken:
        async def send(self, mail: Any) -> None:
            raise OSError("no route")

    with monkeypatch.context() as patch:
        patch.setattr(saved, "sender", Broken)
        with pytest.raises(OSError, match="no route"):
            await saved_searches.send_digest(digest)
    await saved_searches.send_digest(digest)
    await saved_searches.send_digest(digest)
    assert len(mails(person.email)) == 1


async def test_two_workers_at_once_tell_once(make_person: Any) -> None:
    import asyncio

    person = await make_person()
    await save(person, "q=màng")
    await market.publish(await market.acting("university"))
    await drain()
    await asyncio.gather(*(saved_searches.run() for _ in range(4)))
    digests = [r[0] for r in await rows("SELECT id FROM saved_search_digest")]
    assert len(digests) == 1
    await asyncio.gather(*(saved_searches.send_digest(d) for d in digests * 4))
    assert len(mails(person.email)) == 1


# --- the link that stops it ---


async def test_unsubscribing_needs_no_sign_in_and_one_post(make_person: Any, client: Any) -> None:
    person = await make_person()
    id_ = await save(person, "q=màng", name="Màng & <b>lọc</b>")
    await market.publish(await market.acting("university"))
    await turn()
    (file,) = mailbox().folder.glob("saved-search-*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    link = str(message["List-Unsubscribe"]).strip(" <>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mails(person.email)[0].body
    path = link.removeprefix("https://testserver")
    page = await client.get(path)
    assert page.status_code == 200
    assert "<b>lọc" not in page.text
    assert not (await saved_searches.read(person.actor, id_)).paused  # looking changes nothing
    done = await client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert (await saved_searches.read(person.actor, id_)).paused
    assert "Đã ngừng gửi thư" in (await client.post(path)).text
    assert "Đã ngừng gửi thư" in (await client.get(path)).text


async def test_other_links_stop_nothing(make_person: Any, client: Any) -> None:
    person = await make_person()
    id_ = await save(person, "q=màng")
    good = saved_searches.unsubscribe_token(id_)
    body, _, signature = good.partition(".")
    strange = saved_searches.unsubscribe_token(new_id())
    for token in ("x", good[:-2], f"{body}A.{signature}", f"{body}.", strange, "a.b"):
        assert (await client.get(f"/unsubscribe/{token}")).status_code == 404, token
        assert (await client.post(f"/unsubscribe/{token}")).status_code == 404, token
    assert not (await saved_searches.read(person.actor, id_)).paused
    await saved_searches.delete(person.actor, id_)
    assert (await client.post(f"/unsubscribe/{good}")).status_code == 404


# --- both faces ---


async def test_the_pages_from_results_to_deletion(make_person: Any, client: Any) -> None:
    person = await make_person()
    browser = await person.browser()
    results = await browser.get("/listings", params={"q": "màng", "trl_min": 6})
    assert 'href="/account/searches/new?q=m%C3%A0ng&amp;trl_min=6"' in results.text
    visitor = await client.get("/account/searches/new?q=x")
    assert visitor.status_code == 303
    assert visitor.headers["location"].startswith("/sign-in?next=/account/searches/new")
    new = await browser.get("/account/searches/new?q=m%C3%A0ng&trl_min=6")
    form = pages.form(new, "/account/searches")
    assert form.fields["name"] == "“màng”, TRL 6–9"
    refused = await browser.submit(form, name="x" * 200)
    assert refused.status_code == 422
    assert pages.form(refused, "/account/searches").fields["query"] == form.fields["query"]
    kept = await browser.submit(form, frequency="at_once")
    assert kept.status_code == 303
    url = kept.headers["location"]
    await market.publish(await market.acting("university"))
    await turn()
    assert "1 mới" in pages.text(await browser.get("/account/searches"))
    page = await browser.get(url)
    assert WATER in pages.text(page)
    assert "Mới" in pages.text(page)
    assert "1 mới" not in pages.text(await browser.get("/account/searches"))  # it was looked at
    assert (await browser.post_form(f"{url}/rename", {"name": " "})).status_code == 422
    for verb, fields in (
        ("rename", {"name": "Tên khác"}),
        ("frequency", {"frequency": "weekly"}),
        ("pause", {}),
        ("resume", {}),
    ):
        assert (await browser.post_form(f"{url}/{verb}", fields)).status_code == 303, verb
        assert (await browser.post(f"{url}/{verb}", data=fields)).status_code == 403, verb  # no token
    assert "Tên khác" in pages.text(await browser.get(url))
    assert (await browser.post_form(f"{url}/delete")).status_code == 303
    assert (await browser.get(url)).status_code == 404


async def test_the_api_does_the_same(make_person: Any) -> None:
    person, other = await make_person(), await make_person()
    api = person.api()
    made = await api.post("/api/v1/me/searches", json={"query": "?q=màng&sort=trl", "frequency": "weekly"})
    assert made.status_code == 201
    view = made.json()
    assert (view["query"], view["frequency"], view["paused"]) == ("q=m%C3%A0ng", "weekly", False)
    url = f"/api/v1/me/searches/{view['id']}"
    assert (await api.post(f"{url}/frequency", json={"frequency": "at_once"})).json()["next_digest_at"] is None
    assert (await api.post(f"{url}/frequency", json={"frequency": "hourly"})).status_code == 422
    assert (await api.post(f"{url}/rename", json={"name": "Nước"})).json()["name"] == "Nước"
    assert (await api.post(f"{url}/pause")).json()["paused"] is True
    assert (await api.post(f"{url}/resume")).json()["paused"] is False
    await market.publish(await market.acting("university"))
    await market.publish(await market.acting("university"))
    await turn()
    assert (await api.get("/api/v1/me/searches")).json()["unseen"] == 2
    one = (await api.get(f"{url}/matches", params={"limit": 1})).json()
    two = (await api.get(f"{url}/matches", params={"limit": 1, "cursor": one["next_cursor"]})).json()
    assert {p["items"][0]["card"]["title_vi"] for p in (one, two)} == {WATER}
    for wrong in ("x", "WyJ4IiwieCJd", one["next_cursor"][:-6]):
        assert (await api.get(f"{url}/matches", params={"cursor": wrong})).status_code == 422, wrong
    assert one["items"][0]["card"]["id"] != two["items"][0]["card"]["id"]
    assert (await api.post(f"{url}/seen")).status_code == 204
    assert (await api.get(url)).json()["unseen"] == 0
    assert (await other.api().get(url)).status_code == 404
    assert (await other.api().delete(url)).status_code == 404
    assert (await api.delete(url)).status_code == 204
    assert (await api.get(url)).status_code == 404


async def test_the_feed_of_a_search_is_the_same_search(make_person: Any, client: Any) -> None:
    person = await make_person()
    await market.publish(await market.acting("university"))
    await drain()
    id_ = await save(person, "q=màng&trl_min=6")
    page = await (await person.browser()).get(f"/account/searches/{id_}")
    assert "/feeds/listings.atom?q=m%C3%A0ng&amp;trl_min=6" in page.text
    assert WATER in (await client.get("/feeds/listings.atom?q=m%C3%A0ng&trl_min=6")).text
    assert WATER not in (await client.get("/feeds/listings.atom?q=m%C3%A0ng&trl_max=3")).text


async def test_old_watches_do_not_read_everything(make_person: Any) -> None:
    """A run looks a week back at most: what was found long ago is not read again."""
    person = await make_person()
    id_ = await save(person, "")
    await market.publish(await market.acting("university"))
    await turn()
    later = datetime.now(UTC) + timedelta(days=30)
    await market.execute("UPDATE saved_search SET checked_at = :at WHERE id = :id", at=later, id=id_)
    found = await saved_searches._found("listings", "", later - saved.OVERLAP)
    assert list(found) == []
