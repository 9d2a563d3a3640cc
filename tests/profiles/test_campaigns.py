"""The Department's campaigns: who is asked, what is locked, and what a sector is told."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.kit import clock
from app.kit.actor import ANONYMOUS, Actor, Role, Staff
from app.kit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.profiles import campaigns, profiles, scoring
from app.profiles.schemas import Dates, InviteEnterprises, PlanCampaign
from tests.profiles import sector
from tests.profiles.sector import YEAR
from tests.support import market as m

pytestmark = pytest.mark.usefixtures("db")


def figure(view, measure):
    return next(f for f in view.figures if f.measure == measure)


async def test_from_plan_to_locked():
    early = await sector.declared(30)
    id_ = await sector.opened()
    late, draft, elsewhere = await sector.declared(50), await m.acting(), await sector.declared(section="F")
    await sector.saved(draft)
    view = await campaigns.read(m.OPERATOR, id_)
    assert (view.invited, view.begun, view.declared) == (1, 1, 2)
    rows = {p.org_id: p for p in view.participants}
    assert rows.keys() == {early.org_id, late.org_id, draft.org_id}
    assert rows[draft.org_id].profile_id is None
    await campaigns.close(m.DEPARTMENT, id_)
    for actor, status in ((early, "locked"), (late, "locked"), (draft, "draft"), (elsewhere, "declared")):
        assert (await profiles.own(actor, YEAR)).status == status
    with pytest.raises(Conflict):
        await profiles.reopen(early, YEAR)
    assert (await campaigns.read(m.DEPARTMENT, id_)).actions == []
    await m.sound()


async def test_one_sector_a_year():
    first = await sector.planned("C")
    with pytest.raises(Conflict) as refusal:
        await sector.planned("F")
    assert refusal.value.code == "campaign.year_taken"
    await campaigns.withdraw(m.DEPARTMENT, first)
    second = await sector.planned("F")
    await campaigns.open(m.DEPARTMENT, second)
    with pytest.raises(Conflict):
        await campaigns.withdraw(m.DEPARTMENT, second)


async def test_invitations_are_mailed_once(make_person, make_organisation, drain, mails):
    known = await make_person("owner")
    await sector.saved(known.actor, year=YEAR - 1)
    asked = await make_organisation(tax_code="0100109106")
    boss = await make_person("owner", asked)
    id_ = await sector.planned()
    command = InviteEnterprises(tax_codes="0100109106\n0100109106\n9999999999\nabc")
    found = await campaigns.invite(m.DEPARTMENT, id_, command)
    assert (found.invited, found.unknown) == (1, ["9999999999", "abc"])
    await drain()
    assert mails() == []
    await campaigns.open(m.DEPARTMENT, id_)
    await drain()
    assert (await campaigns.invite(m.DEPARTMENT, id_, InviteEnterprises(tax_codes=["0100109106"]))).invited == 0
    await drain()
    assert sorted(k.to for k in mails()) == sorted([known.email, boss.email])
    assert f"/account/profile/{YEAR}" in mails(boss.email)[0].body
    assert [c.id for c in (await profiles.years(boss.actor)).campaigns] == [id_]


async def test_dates_open_and_close_it():
    id_ = await sector.planned()
    actor = await sector.declared()
    with clock.frozen(clock.now() - timedelta(days=2)):
        assert await campaigns.keep_dates() == 0
    assert await campaigns.keep_dates() == 1
    assert (await campaigns.read(m.DEPARTMENT, id_)).status == "open"
    today = clock.today()
    await campaigns.reschedule(m.DEPARTMENT, id_, Dates(opens_on=today, closes_on=today + timedelta(days=1)))
    assert await campaigns.keep_dates() == 0
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert await campaigns.keep_dates() == 1
    assert (await profiles.own(actor, YEAR)).status == "locked"
    with pytest.raises(Conflict):
        await campaigns.reschedule(m.DEPARTMENT, id_, Dates(opens_on=today, closes_on=today))
    await m.sound()


async def test_who_sees_what():
    actor = await sector.declared()
    outsider, stranger = await m.acting(), ANONYMOUS
    id_ = await sector.planned()
    profile_id = await m.scalar("SELECT id FROM enterprise_profile")
    reader = Actor(person_id=new_id(), staff=frozenset({Staff.department}), scopes=frozenset({"read"}))
    with pytest.raises(NotFound):  # a plan is the Department's own
        await campaigns.read(actor, id_)
    with pytest.raises(NotFound):  # not before it opens
        await campaigns.profile(m.DEPARTMENT, id_, profile_id)
    await campaigns.open(m.DEPARTMENT, id_)
    seen = await campaigns.read(actor, id_)
    assert (seen.participants, seen.declared, seen.actions) == (None, None, [])
    for staff in (m.DEPARTMENT, m.OPERATOR, reader):
        assert (await campaigns.profile(staff, id_, profile_id)).answered == 26
    assert await m.scalar("SELECT count(*) FROM audit_entry WHERE action = 'profile.read'") == 3
    for who in (actor, replace(actor, role=Role.viewer)):
        with pytest.raises(NotFound):
            await campaigns.profile(who, id_, profile_id)
        await campaigns.comparison(who, id_)
    for read in (campaigns.read, campaigns.comparison):
        with pytest.raises(NotFound):
            await read(outsider, id_)
        with pytest.raises(Unauthenticated):
            await read(stranger, id_)
    with pytest.raises(Forbidden):
        await campaigns.calendar(actor)
    with pytest.raises(Forbidden):
        await campaigns.close(reader, id_)
    with pytest.raises(Forbidden):
        await campaigns.close(actor, id_)
    await profiles.reopen(actor, YEAR)
    with pytest.raises(NotFound):  # what was taken back is nobody else's business
        await campaigns.profile(m.DEPARTMENT, id_, profile_id)
    with pytest.raises(Forbidden) as refusal:
        await campaigns.comparison(actor, id_)
    assert refusal.value.code == "campaign.not_counted"


async def test_a_plan_is_sound_or_refused():
    today = clock.today()
    command = PlanCampaign(year=YEAR, section="C", opens_on=today, closes_on=today)
    for who, refusal in ((ANONYMOUS, Unauthenticated), (await m.acting(), Forbidden)):
        with pytest.raises(refusal):
            await campaigns.plan(who, command)
    old = PlanCampaign(year=YEAR, section="C", opens_on=today - timedelta(9), closes_on=today - timedelta(1))
    id_ = await campaigns.plan(m.DEPARTMENT, old)
    with pytest.raises(Conflict) as shut:
        await campaigns.open(m.DEPARTMENT, id_)
    assert shut.value.code == "campaign.dates_over"


async def test_a_sector_is_told_of_by_fives(drain):
    id_ = await sector.opened()
    actors = [await sector.declared(n) for n in (10, 20, 30, 40)]
    await drain()
    assert (await campaigns.comparison(actors[0], id_)).shown == 0
    actors.append(await sector.declared(50))
    await drain()
    first = await campaigns.comparison(actors[0], id_)
    assert first.shown == 26
    t5 = figure(first, "T5")
    assert (t5.members, t5.low, t5.median, t5.high, t5.own) == (5, 20, 30, 40, 10)
    assert t5.position.en == "In the lowest quarter"
    assert figure(first, "O15").median == 100
    assert figure(first, "T7").labels["median"].en.startswith("Automatic throughout")
    assert figure(await campaigns.comparison(m.DEPARTMENT, id_), "T5").own is None

    for number in (60, 70, 80, 90):
        await sector.declared(number)
        await drain()
        assert figure(await campaigns.comparison(actors[0], id_), "T5").members == 5, "one more would be told"
    await profiles.reopen(actors[4], YEAR)
    await sector.saved(actors[4], 99)
    await profiles.declare(actors[4], YEAR)
    await drain()
    later = figure(await campaigns.comparison(actors[0], id_), "T5")
    assert later.members == 9
    assert later.median == Decimal(60)
    await campaigns.close(m.DEPARTMENT, id_)
    await drain()
    assert figure(await campaigns.comparison(actors[0], id_), "T5").members == 9
    await m.sound()


async def test_each_question_has_its_own_crowd(drain):
    id_ = await sector.opened()
    for _ in range(4):
        await sector.declared(I26=None)
    last = await sector.declared()
    await sector.declared(I26=None)
    await drain()
    view = await campaigns.comparison(last, id_)
    assert figure(view, "I26").median is None
    assert figure(view, "I25").median is not None
    assert view.shown == 25


async def test_points_are_compared_when_a_table_is_loaded(tmp_path, monkeypatch, drain):
    sector.invented_table(tmp_path)
    monkeypatch.setattr(scoring, "FOLDER", tmp_path)
    id_ = await sector.opened()
    actors = [await sector.declared(n) for n in (10, 15, 20, 30, 40)]
    await drain()
    view = await campaigns.comparison(actors[0], id_)
    assert view.scored
    assert figure(view, "total").members == 5
    assert figure(view, "total").own < figure(view, "total").high


async def test_closing_and_declaring_at_once():
    """Whoever comes second: counted and locked, or declared and not counted, never in between."""
    id_ = await sector.opened()
    actors = [await m.acting() for _ in range(8)]
    for actor in actors:
        await sector.saved(actor)
    verbs = [profiles.declare(a, YEAR) for a in actors]
    results = await asyncio.gather(*verbs[:4], campaigns.close(m.DEPARTMENT, id_), *verbs[4:], return_exceptions=True)
    assert [r for r in results if r is not None] == []
    locked = await m.scalar("SELECT count(*) FROM enterprise_profile WHERE status = 'locked'")
    assert (await campaigns.read(m.DEPARTMENT, id_)).declared == locked
    again = await asyncio.gather(campaigns.show(id_), campaigns.show(id_), return_exceptions=True)
    assert sorted(again) == ([0, 26] if locked >= 5 else [0, 0])
    await m.sound()
