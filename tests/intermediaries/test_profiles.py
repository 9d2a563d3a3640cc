"""Profiles: begun once, complete before review, listed by the operator, found by what they offer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app import intermediaries as door
from app.accounts import accounts
from app.intermediaries import ProviderKind, Service, intermediaries
from app.intermediaries.directory import find
from app.intermediaries.schemas import BeginProvider, Find, SaveProvider
from app.kit import clock
from app.kit.actor import ANONYMOUS, Role
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.offers.test_races import race
from tests.support import registry as r
from tests.support.market import DEPARTMENT, OPERATOR, acting, execute, scalar, sound

pytestmark = pytest.mark.usefixtures("db")


async def names(kind: ProviderKind = ProviderKind.organisation, **asked) -> list[str]:
    return [c.name for c in (await find(ANONYMOUS, kind, Find(**asked))).items]


async def test_from_nothing_into_the_directory():
    owner = await acting("intermediary")
    id_ = await intermediaries.begin(owner, BeginProvider(kind=ProviderKind.organisation))
    assert await intermediaries.begin(owner, BeginProvider(kind=ProviderKind.organisation)) == id_
    with pytest.raises(Invalid) as refused:
        await intermediaries.submit(owner, id_)
    assert set(refused.value.fields) == {"headline_vi", "story_vi", "services", "fields", "languages"}
    await intermediaries.save(owner, id_, SaveProvider.model_validate(r.PROFILE))
    with pytest.raises(NotFound):
        await intermediaries.of_organisation(ANONYMOUS, owner.org_id)
    await intermediaries.submit(owner, id_)
    with pytest.raises(Conflict):
        await intermediaries.save(owner, id_, SaveProvider(capacity=9))
    assert [i.id for i in (await intermediaries.queue(OPERATOR)).items] == [id_]
    await intermediaries.request_changes(OPERATOR, id_, "Hãy nêu một việc đã làm cụ thể.")
    assert (await intermediaries.read(owner, id_)).asked == "Hãy nêu một việc đã làm cụ thể."
    assert await names() == []
    await intermediaries.submit(owner, id_)
    await intermediaries.approve(OPERATOR, id_)
    assert await names() == [owner.org_name]
    view = await intermediaries.of_organisation(ANONYMOUS, owner.org_id)
    assert (view.status, view.history, view.actions, view.asked) == ("listed", [], [], None)
    assert [(s.service, s.fee.low, s.fee.high) for s in view.services] == [
        (Service.brokerage, 3, 5), (Service.advice, 800000, 800000)
    ]  # fmt: skip
    await sound()


async def test_begun_twice_at_once_it_is_one():
    owner = await acting("intermediary")
    begin = BeginProvider(kind=ProviderKind.organisation)
    ids = await race(*(intermediaries.begin(replace(owner), begin) for _ in range(4)))
    assert len(set(ids)) == 1
    assert await scalar("SELECT count(*) FROM provider") == 1


async def test_only_intermediaries_and_verified_organisations_are_listed(make_organisation, make_person):
    org = await make_organisation("company", verified=False)
    owner = (await make_person("owner", org)).actor
    id_ = await r.draft(owner)
    with pytest.raises(Conflict) as refused:
        await intermediaries.submit(owner, id_)
    assert refused.value.code == "provider.not_eligible"
    await accounts.change_standing(OPERATOR, org.id, "verify")
    await intermediaries.submit(owner, id_)
    await intermediaries.approve(OPERATOR, id_)
    assert await door.offers_service(org.id, Service.brokerage)
    # Whatever happens to the organisation afterwards is seen at once.
    await accounts.change_standing(OPERATOR, org.id, "suspend", "Giấy tờ đang được kiểm tra.")
    assert not await door.offers_service(org.id, Service.brokerage)
    assert await names() == []
    await accounts.change_standing(OPERATOR, org.id, "restore")  # registered again, not verified
    assert not await door.offers_service(org.id, Service.brokerage)


async def test_who_may_see_and_do():
    owner, third = await acting("intermediary"), await acting()
    member, viewer = replace(owner, role=Role.member), replace(owner, role=Role.viewer)
    id_ = await r.draft(owner)
    for nobody in (third, DEPARTMENT, ANONYMOUS):
        with pytest.raises(NotFound):
            await intermediaries.read(nobody, id_)
        with pytest.raises(NotFound):
            await intermediaries.submit(nobody, id_)
    await intermediaries.save(member, id_, SaveProvider(capacity=7))
    for refused in (
        intermediaries.save(viewer, id_, SaveProvider(capacity=8)),
        intermediaries.save(OPERATOR, id_, SaveProvider(capacity=8)),
        intermediaries.submit(member, id_),
        intermediaries.approve(owner, id_),
        intermediaries.queue(owner),
        intermediaries.begin(viewer, BeginProvider(kind=ProviderKind.organisation)),
        intermediaries.begin(OPERATOR, BeginProvider(kind=ProviderKind.expert)),
    ):
        with pytest.raises(Forbidden):
            await refused
    await intermediaries.submit(owner, id_)
    await intermediaries.approve(OPERATOR, id_)
    with pytest.raises(Forbidden):
        await intermediaries.unlist(third, id_)
    with pytest.raises(Unauthenticated):
        await intermediaries.unlist(ANONYMOUS, id_)
    assert (await intermediaries.read(owner, id_)).capacity == 7


async def test_an_edit_shows_at_once_and_is_looked_at_again():
    owner = await acting("intermediary")
    now = clock.now()
    id_ = await r.listed(owner)
    with pytest.raises(Conflict) as refused:
        await intermediaries.approve(OPERATOR, id_)
    assert refused.value.code == "provider.nothing_changed"
    with clock.frozen(now + timedelta(hours=1)):
        await intermediaries.save(owner, id_, SaveProvider(availability="full", capacity=2))
        assert (await intermediaries.queue(OPERATOR)).items == [], "how busy one is needs no second look"
        await intermediaries.save(owner, id_, SaveProvider(headline_vi="Một câu giới thiệu khác hẳn"))
        assert (await intermediaries.of_organisation(ANONYMOUS, owner.org_id)).headline_vi.startswith("Một câu")
        assert [i.why.en for i in (await intermediaries.queue(OPERATOR)).items] == ["Edited after review"]
    with clock.frozen(now + timedelta(hours=2)):
        await intermediaries.approve(OPERATOR, id_)
        assert (await intermediaries.queue(OPERATOR)).items == []
        await intermediaries.suspend(OPERATOR, id_, "Có khiếu nại đang được xem xét.")
        with pytest.raises(NotFound):
            await intermediaries.of_organisation(ANONYMOUS, owner.org_id)
        with pytest.raises(Conflict):
            await intermediaries.save(owner, id_, SaveProvider(capacity=1))
        await intermediaries.restore(OPERATOR, id_)
        await intermediaries.unlist(owner, id_)
    assert await names() == []
    await sound()


async def test_an_expert_stands_there_by_their_own_wish(make_organisation, make_person):
    org = await make_organisation("university")
    person = await make_person("member", org, name="Trần Thị Nước")
    expert = person.actor
    id_ = await r.draft(expert, ProviderKind.expert, services=r.services("advice"), consent=False)
    with pytest.raises(Invalid) as refused:
        await intermediaries.submit(expert, id_)
    assert set(refused.value.fields) == {"consent"}
    await intermediaries.save(expert, id_, SaveProvider(consent=True))
    await intermediaries.submit(expert, id_)
    await intermediaries.approve(OPERATOR, id_)
    assert await names(ProviderKind.expert, q="tran thi") == ["Trần Thị Nước"]
    assert await names() == [], "not among the organisations"
    assert not await door.offers_service(org.id, Service.advice), "one person's services are not the organisation's"
    colleague = (await make_person("owner", org)).actor
    with pytest.raises(Forbidden):
        await intermediaries.save(colleague, id_, SaveProvider(capacity=3))
    await intermediaries.save(expert, id_, SaveProvider(consent=False))
    assert await names(ProviderKind.expert) == [], "a wish taken back counts at once"
    await intermediaries.save(expert, id_, SaveProvider(consent=True))
    assert await names(ProviderKind.expert) == ["Trần Thị Nước"]
    await execute("DELETE FROM membership WHERE person_id = :p", p=person.id)
    assert await names(ProviderKind.expert) == [], "who left the organisation does not stand there under its name"


async def test_the_directory_finds_by_name_service_field_province_and_language():
    water, law, wide = [await acting("intermediary") for _ in range(3)]
    for actor, name in ((water, "Trung gian Nước Sạch"), (law, "Án Lệ Tư vấn"), (wide, "Đại Dương Giám định")):
        await execute("UPDATE organisation SET name_vi = :n, sort_name = :s WHERE id = :id", n=name,
                      s=name.lower(), id=actor.org_id)  # fmt: skip
    await r.listed(water, regions=[1])
    await r.listed(
        law, services=r.services("advice"), fields=["5"], languages=["vi", "fr"], headline_vi="Hợp đồng li-xăng"
    )
    id_ = await r.listed(wide, services=r.services("inspection"), fields=["2.1"])
    assert set(await names()) == {"Trung gian Nước Sạch", "Án Lệ Tư vấn"}, "who offers nothing today is not there"
    await r.licensed(wide, id_, "inspection")
    assert len(await names()) == 3
    assert await names(q="nuoc sach") == ["Trung gian Nước Sạch"]
    assert await names(q="ĐẠI DƯƠNG") == ["Đại Dương Giám định"]
    assert await names(q="li-xăng hợp") == ["Án Lệ Tư vấn"]
    assert await names(q="%") == await names()
    assert await names(service="inspection") == ["Đại Dương Giám định"]
    assert set(await names(field="2")) == {"Trung gian Nước Sạch", "Đại Dương Giám định"}
    assert await names(field="2.7") == ["Trung gian Nước Sạch"]
    assert await names(language="fr") == ["Án Lệ Tư vấn"]
    assert set(await names(province=48)) == {"Án Lệ Tư vấn", "Đại Dương Giám định"}, "the whole country holds it too"
    assert [c.org_id for c in await door.providers(Service.inspection)] == [wide.org_id]
    cards = await door.cards([water.org_id, wide.org_id, OPERATOR.person_id])
    assert {k: v.services for k, v in cards.items()} == {
        water.org_id: [Service.brokerage, Service.advice], wide.org_id: [Service.inspection],
    }  # fmt: skip


async def test_pages_of_the_directory_follow_one_another():
    for n in range(5):
        owner = await acting("intermediary")
        await r.listed(owner)
        await execute("UPDATE organisation SET name_vi = :n, sort_name = 'same' WHERE id = :id", n=f"Số {n}",
                      id=owner.org_id)  # fmt: skip
    seen, cursor = [], None
    for _ in range(3):
        page = await find(ANONYMOUS, ProviderKind.organisation, Find(cursor=cursor), 2)
        seen += [c.name for c in page.items]
        cursor = page.next_cursor
    assert cursor is None
    assert sorted(seen) == [f"Số {n}" for n in range(5)]
    with pytest.raises(Invalid):
        await find(ANONYMOUS, ProviderKind.organisation, Find(cursor="altered"))


@pytest.mark.parametrize(("fee", "field"), [
    ({"kind": "percent", "low": "101"}, "services"),
    ({"kind": "percent", "low": "3.125"}, "services"),
    ({"kind": "fixed"}, "services"),
    ({"kind": "fixed", "low": "5000000", "high": "4000000"}, "services"),
    ({"kind": "hourly", "low": "12.5"}, None),
    ({"kind": "fixed", "low": "15.000.000", "high": "20.000.000"}, None),
    ({"kind": "percent", "low": "2,5", "high": "4 %"}, None),
    ({"kind": "agreed", "low": "nonsense"}, None),
])  # fmt: skip
def test_fees_are_read_as_their_kind_is_typed(fee, field):
    data = {"services": {"advice": fee}}
    if field:
        with pytest.raises(ValueError, match=field):
            SaveProvider.model_validate(data)
    else:
        made = SaveProvider.model_validate(data).services[Service.advice]
        assert made.kind.value == fee["kind"]
        assert made.low == {"12.5": 125, "15.000.000": 15_000_000, "2,5": 2.5}.get(fee["low"])
