"""An enterprise's own profile, on PostgreSQL."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from app.kit import clock
from app.kit.actor import ANONYMOUS, Role
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.platform.db import reading
from app.profiles import absorptive, profiles, scoring
from app.profiles.schemas import GiveAnswer, SaveProfile
from tests.profiles import sector
from tests.profiles.sector import YEAR
from tests.support import market as m

pytestmark = pytest.mark.usefixtures("db")


async def test_saved_as_one_goes():
    actor = await m.acting()
    empty = await profiles.own(actor, YEAR)
    assert (empty.id, empty.status, empty.answered, empty.asked, empty.actions) == (None, "draft", 0, 26, ["edit"])
    first = SaveProfile(
        answers={"T1": GiveAnswer(value="6", year=YEAR - 1, note="Sổ tài sản"), "O15": GiveAnswer(value=True)}
    )
    await profiles.save(actor, YEAR, first)
    await profiles.save(actor, YEAR, SaveProfile(section="C", division="10"))
    view = await profiles.own(actor, YEAR)
    assert (view.answered, view.section, view.division) == (2, "C", "10")
    assert view.sector.en == "C.10 · Manufacturing"
    found = {c.code: c.answer for g in view.questionnaire.groups for c in g.criteria if c.answer}
    assert (found["T1"].number, found["T1"].year, found["T1"].note) == (Decimal(6), YEAR - 1, "Sổ tài sản")
    assert (found["O15"].option, found["O15"].option_label.en, found["O15"].year) == ("yes", "Yes", YEAR)
    assert view.score is None
    assert not view.questionnaire.scored
    await profiles.save(actor, YEAR, SaveProfile(answers={"T1": GiveAnswer(value="")}))
    assert (await profiles.own(actor, YEAR)).answered == 1
    await m.sound()


async def test_one_answer_that_does_not_fit_keeps_none():
    actor = await m.acting()
    bad = {
        "T1": GiveAnswer(value=1),
        "T5": GiveAnswer(value=200),
        "X9": GiveAnswer(value=1),
        "T2": GiveAnswer(value=1, year=1999),
    }
    with pytest.raises(Invalid) as refusal:
        await profiles.save(actor, YEAR, SaveProfile(answers=bad))
    assert set(refusal.value.fields) == {"answers.T5.value", "answers.X9.value", "answers.T2.year"}
    assert (await profiles.own(actor, YEAR)).id is None


async def test_declaring_needs_a_sector_and_an_answer():
    actor = await m.acting()
    await profiles.save(actor, YEAR, SaveProfile())
    with pytest.raises(Invalid) as refusal:
        await profiles.declare(actor, YEAR)
    assert set(refusal.value.fields) == {"section", "answers"}
    await sector.saved(actor)
    await profiles.declare(actor, YEAR)
    with pytest.raises(Conflict) as shut:
        await sector.saved(actor)
    assert shut.value.code == "profile.not_editable"
    await profiles.reopen(actor, YEAR)
    await profiles.declare(actor, YEAR)
    view = await profiles.own(actor, YEAR)
    assert (view.status, view.declaration) == ("declared", 2)
    assert [h.action for h in view.history] == ["begin", "declare", "reopen", "declare"]
    await m.sound()


async def test_whose_business_it_is():
    owner = await sector.declared()
    member, viewer = (replace(owner, role=r, person_id=new_id()) for r in (Role.member, Role.viewer))
    assert (await profiles.own(viewer, YEAR)).answered == 26
    await profiles.reopen(member, YEAR)
    with pytest.raises(Forbidden):
        await profiles.declare(member, YEAR)
    with pytest.raises(Forbidden):
        await sector.saved(viewer)
    with pytest.raises(Unauthenticated):
        await profiles.own(ANONYMOUS, YEAR)
    for staff in (m.OPERATOR, m.DEPARTMENT):
        with pytest.raises(NotFound):
            await profiles.own(staff, YEAR)
    with pytest.raises(Forbidden) as refusal:
        await sector.saved(await m.acting("university"))
    assert refusal.value.code == "profile.not_an_enterprise"


@pytest.mark.parametrize("year", [2019, clock.today().year + 1, 0, 99999])
async def test_only_years_of_the_questionnaire(year):
    actor = await m.acting()
    for verb in (profiles.own, profiles.declare, profiles.reopen):
        with pytest.raises(NotFound):
            await verb(actor, year)


async def test_a_year_is_begun_once_and_declared_once():
    actor = await m.acting()
    colleagues = [replace(actor, person_id=new_id()) for _ in range(6)]
    await asyncio.gather(*(sector.saved(c, 10 + n) for n, c in enumerate(colleagues)))
    assert await m.scalar("SELECT count(*) FROM enterprise_profile") == 1
    results = await asyncio.gather(*(profiles.declare(c, YEAR) for c in colleagues), return_exceptions=True)
    assert [r for r in results if r is not None and not isinstance(r, Conflict)] == []
    assert results.count(None) == 1
    assert await m.scalar("SELECT count(*) FROM state_change WHERE action = 'declare'") == 1
    assert (await profiles.own(actor, YEAR)).declaration == 1
    await m.sound()


async def test_a_race_of_saving_and_declaring_keeps_what_was_declared():
    for _ in range(5):
        actor = await m.acting()
        await sector.saved(actor, 10)
        await asyncio.gather(profiles.declare(actor, YEAR), sector.saved(actor, 20), return_exceptions=True)
        view = await profiles.own(actor, YEAR)
        kept = {c.answer.number for g in view.questionnaire.groups for c in g.criteria if c.answer and c.answer.number}
        assert view.status == "declared"
        assert kept in ({Decimal(10)}, {Decimal(20)})


async def test_what_matching_reads():
    whole, half, draft = await sector.declared(), await sector.declared(T1=None, T2=None), await m.acting()
    await sector.saved(draft)
    await sector.saved(whole, 1, year=YEAR - 1)
    async with reading() as session:
        found = await absorptive(session, [whole.org_id, half.org_id, draft.org_id, new_id()])
        assert await absorptive(session, []) == {}
    assert found.keys() == {whole.org_id, half.org_id}
    assert found[whole.org_id].shares == dict.fromkeys("TEORI", 1.0)
    assert found[half.org_id].shares["T"] == pytest.approx(5 / 7)
    assert (found[half.org_id].basis, found[half.org_id].declared, found[half.org_id].year) == ("answered", True, YEAR)


async def test_a_loaded_table_scores_profiles_and_shares(tmp_path, monkeypatch):
    sector.invented_table(tmp_path)
    monkeypatch.setattr(scoring, "FOLDER", tmp_path)
    actor = await sector.declared(O15="no")
    view = await profiles.own(actor, YEAR)
    assert view.questionnaire.scored
    assert (view.score.total, view.score.grade.en) == (97, "Test low")
    assert (view.score.checked, view.score.document) == (False, "Bảng thử (bịa)")
    async with reading() as session:
        found = (await absorptive(session, [actor.org_id]))[actor.org_id]
    assert found.basis == "scored"
    assert found.shares["O"] < 1 == found.shares["T"]
