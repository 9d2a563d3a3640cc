"""Licences: declared, checked, and gone the very day they lapse, whether or not a job has run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from app import intermediaries as door
from app.intermediaries import ProviderKind, Service, intermediaries, licences
from app.intermediaries.directory import find
from app.intermediaries.offering import licensed
from app.intermediaries.schemas import Find
from app.kit import clock
from app.kit.actor import ANONYMOUS, Role
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.offers.test_races import race, refusals
from tests.support import jobs
from tests.support import registry as r
from tests.support.market import DEPARTMENT, OPERATOR, PDF, acting, row, rows, scalar, sound

pytestmark = pytest.mark.usefixtures("db")
BEGIN = datetime(2026, 11, 2, 9, tzinfo=clock.VIETNAM)
LAST_DAY = date(2026, 12, 31)


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), clock.VIETNAM)


async def inspector() -> tuple:
    owner = await acting("intermediary")
    return owner, await r.listed(owner, services=r.services("inspection", "advice"))


async def offered(owner) -> set[str]:
    view = await intermediaries.of_organisation(ANONYMOUS, owner.org_id)
    return {s.service.value for s in view.services}


async def found(service: str) -> int:
    return len((await find(ANONYMOUS, ProviderKind.organisation, Find(service=service))).items)


async def test_a_licensed_service_is_offered_once_its_licence_is_checked():
    owner, id_ = await inspector()
    assert await offered(owner) == {"advice"}
    licence_id = await licences.declare(owner, id_, r.licence("inspection"), "a/b\\giay phep.pdf", PDF)
    assert await offered(owner) == {"advice"}, "declared is not checked"
    view = await intermediaries.of_organisation(ANONYMOUS, owner.org_id)
    assert view.licences == []
    await licences.check(OPERATOR, id_, licence_id)
    assert await offered(owner) == {"advice", "inspection"}
    shown = (await intermediaries.of_organisation(ANONYMOUS, owner.org_id)).licences[0]
    assert (shown.number, shown.in_force, shown.file_name, shown.sha256) == ("12/GCN-2026", True, None, None)
    assert (await intermediaries.read(owner, id_)).licences[0].file_name == "giay phep.pdf"
    await licences.refuse(OPERATOR, id_, licence_id, "Nơi cấp cho biết giấy này đã bị thu hồi.")
    assert await offered(owner) == {"advice"}
    own = (await intermediaries.read(owner, id_)).licences[0]
    assert (own.status, own.reason) == ("refused", "Nơi cấp cho biết giấy này đã bị thu hồi.")
    await sound()


async def test_a_licence_covers_what_it_names_and_no_more():
    owner = await acting("intermediary")
    id_ = await r.listed(owner, services=r.services("inspection", "price_appraisal"))
    await r.licensed(owner, id_, "price_appraisal", "advice")
    assert await offered(owner) == {"price_appraisal"}


async def test_it_disappears_the_day_after_its_last_without_any_job():
    with clock.frozen(BEGIN):
        owner, id_ = await inspector()
        licence_id = await r.licensed(owner, id_, "inspection", until=LAST_DAY)
    for moment, there in (
        (at(LAST_DAY - timedelta(days=1), 12), True),
        (at(LAST_DAY, 0), True),
        (at(LAST_DAY, 23, 59), True),  # 16:59 UTC: the day is Vietnam's
        (at(LAST_DAY + timedelta(days=1), 0), False),
        (at(LAST_DAY + timedelta(days=1), 6, 30), False),  # still the last day by UTC
    ):
        with clock.frozen(moment):
            assert ("inspection" in await offered(owner)) is there, moment
            assert await door.offers_service(owner.org_id, Service.inspection) is there
            assert bool(await door.providers(Service.inspection)) is there
            assert await found("inspection") == there
            assert Service.inspection in (await door.cards([owner.org_id]))[owner.org_id].services or not there
            view = await intermediaries.of_organisation(ANONYMOUS, owner.org_id)
            assert bool(view.licences) is there
    assert await scalar("SELECT status FROM provider_licence WHERE id = :id", id=licence_id) == "checked"
    # A day may be asked about from anywhere in time.
    with clock.frozen(BEGIN):
        assert await door.offers_service(owner.org_id, "inspection", LAST_DAY)
        assert not await door.offers_service(owner.org_id, "inspection", LAST_DAY + timedelta(days=1))
        assert not await door.offers_service(owner.org_id, "inspection", BEGIN.date() - timedelta(days=31))
    with clock.frozen(at(LAST_DAY + timedelta(days=1), 1)):
        assert await licences.keep_dates() == 1
        assert await licences.keep_dates() == 0
        assert await door.offers_service(owner.org_id, "inspection", LAST_DAY), "the past stays as it was"
    assert await scalar("SELECT status FROM provider_licence WHERE id = :id", id=licence_id) == "expired"
    await sound()


async def test_the_rule_is_dated():
    assert licensed(date(2018, 6, 30)) == []
    assert licensed(date(2026, 12, 1)) == ["price_appraisal", "inspection"]
    owner, _ = await inspector()
    assert not await door.offers_service(owner.org_id, "inspection")
    assert await door.offers_service(owner.org_id, "inspection", date(2018, 6, 30))


async def test_the_owner_is_told_thirty_and_seven_days_before_and_on_the_day(make_organisation, make_person, mails):
    org = await make_organisation("intermediary")
    person = await make_person("owner", org)
    with clock.frozen(BEGIN):
        id_ = await r.listed(person.actor, services=r.services("inspection"))
        await r.licensed(person.actor, id_, "inspection", until=LAST_DAY)
        await jobs.drain()
    jobs.forget_mails()

    async def told(day: date) -> list[str]:
        jobs.forget_mails()
        with clock.frozen(at(day, 1)):
            await licences.keep_dates()
            await licences.keep_dates()
            await jobs.drain()
        return [m.subject for m in mails(person.email)]

    assert await told(LAST_DAY - timedelta(days=31)) == []
    assert ["30" in s for s in await told(LAST_DAY - timedelta(days=30))] == [True]
    assert await told(LAST_DAY - timedelta(days=12)) == []
    assert ["7" in s for s in await told(LAST_DAY - timedelta(days=7))] == [True]
    assert await told(LAST_DAY) == []
    assert ["hết hiệu lực" in s for s in await told(LAST_DAY + timedelta(days=1))] == [True]
    assert await told(LAST_DAY + timedelta(days=2)) == []


async def test_a_licence_first_looked_at_near_its_end_is_told_of_once():
    with clock.frozen(BEGIN):
        owner, id_ = await inspector()
        await r.licensed(owner, id_, "inspection", until=BEGIN.date() + timedelta(days=5))
        await licences.keep_dates()
        await licences.keep_dates()
    assert await scalar("SELECT count(*) FROM audit_entry WHERE action = 'licence.remind'") == 1


@pytest.mark.parametrize(("changes", "data", "field"), [
    ({}, b"", "file"),
    ({}, b"PK\x03\x04 not a PDF", "file"),
    ({}, b"%PDF-" + b"0" * (10 * 1024 * 1024), "file"),
    ({"issued_on": "2099-01-01"}, PDF, "issued_on"),
    ({"expires_on": "2020-01-02", "issued_on": "2020-01-01"}, PDF, "expires_on"),
])  # fmt: skip
async def test_what_is_not_taken(changes, data, field):
    owner, id_ = await inspector()
    before = await row("SELECT (SELECT count(*) FROM provider_licence), (SELECT seq FROM audit_head)")
    with pytest.raises(Invalid) as refused:
        await licences.declare(owner, id_, r.licence("inspection", **changes), "x.pdf", data)
    assert set(refused.value.fields) == {field}
    assert await row("SELECT (SELECT count(*) FROM provider_licence), (SELECT seq FROM audit_head)") == before


async def test_one_standing_licence_a_number_and_no_file_left_over(tmp_path, monkeypatch):
    owner, id_ = await inspector()
    results = await race(*(licences.declare(owner, id_, r.licence("inspection"), "x.pdf", PDF) for _ in range(4)))
    assert {e.code for e in refusals(results)} == {"licence.declared_already"}
    assert len(refusals(results)) == 3
    kept = await rows("SELECT storage_key FROM provider_licence")
    assert len(kept) == 1
    first = next(x for x in results if x not in refusals(results))
    opened = await licences.open(owner, id_, first)
    assert b"".join([chunk async for chunk in opened.chunks]) == PDF
    await licences.withdraw(owner, id_, first)
    await licences.declare(owner, id_, r.licence("inspection"), "x.pdf", PDF)


async def test_who_may_open_check_and_withdraw():
    owner, id_ = await inspector()
    third, member = await acting(), replace(owner, role=Role.member)
    licence_id = await licences.declare(owner, id_, r.licence("inspection"), "x.pdf", PDF)
    for nobody in (third, DEPARTMENT):
        with pytest.raises(NotFound):  # the profile is public, an unchecked licence is not
            await licences.open(nobody, id_, licence_id)
    with pytest.raises(Forbidden):
        await licences.declare(member, id_, r.licence("inspection", number="2"), "x.pdf", PDF)
    with pytest.raises(Forbidden):
        await licences.check(owner, id_, licence_id)
    with pytest.raises(Forbidden):
        await licences.withdraw(OPERATOR, id_, licence_id)
    await licences.open(member, id_, licence_id)
    assert await scalar("SELECT count(*) FROM audit_entry WHERE action = 'licence.open'") == 0
    await licences.open(OPERATOR, id_, licence_id)
    assert await scalar("SELECT count(*) FROM audit_entry WHERE action = 'licence.open'") == 1
    await licences.check(OPERATOR, id_, licence_id)
    with pytest.raises(Forbidden):
        await licences.open(third, id_, licence_id)
    with pytest.raises(Conflict):
        await licences.check(OPERATOR, id_, licence_id)
    await licences.withdraw(owner, id_, licence_id)
    with pytest.raises(NotFound):
        await licences.withdraw(third, id_, licence_id)


async def test_a_licence_that_has_ended_is_not_confirmed():
    with clock.frozen(BEGIN):
        owner, id_ = await inspector()
        licence_id = await licences.declare(owner, id_, r.licence("inspection", until=LAST_DAY), "x.pdf", PDF)
    with clock.frozen(at(LAST_DAY + timedelta(days=1))):
        with pytest.raises(Conflict) as refused:
            await licences.check(OPERATOR, id_, licence_id)
        assert refused.value.code == "licence.expired"
        assert await licences.keep_dates() == 1
    assert not await door.offers_service(owner.org_id, "inspection", LAST_DAY), "it never was checked"


async def test_checking_against_expiry_and_withdrawal_has_one_outcome():
    for _ in range(6):
        with clock.frozen(BEGIN):
            owner, id_ = await inspector()
            licence_id = await licences.declare(owner, id_, r.licence("inspection", until=LAST_DAY), "x.pdf", PDF)
            await race(licences.check(OPERATOR, id_, licence_id), licences.withdraw(owner, id_, licence_id))
            status = await scalar("SELECT status FROM provider_licence WHERE id = :id", id=licence_id)
            assert status == "withdrawn", "a withdrawal after the check goes through, before it the check is refused"
            assert not await door.offers_service(owner.org_id, "inspection")
    await sound()
